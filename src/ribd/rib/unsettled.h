/* SPDX-License-Identifier: Apache-2.0
 *
 * Next hops whose way does not come to rest (unsettled.c).
 */
#pragma once

#include "src/ribd/rib/internal.h"

/* To be asked once for each visit: it has no way until it is tried again. */
bool ribd_node_is_unsettled(struct rib *r, struct node *n);
void ribd_unsettled_forget(struct node *n);
void ribd_unsettled_due(struct rib *r, uint32_t now, bool is_all);
