/* SPDX-License-Identifier: Apache-2.0
 *
 * Next hops whose way does not come to rest (unsettled.c).
 */
#pragma once

#include "src/ribd/rib/internal.h"

/* To be asked once for each visit, is_news: it found another way than the node has. True: it has none until it is tried
 * again. */
bool ribd_node_is_unsettled(struct rib *r, struct node *n, bool is_news);
void ribd_unsettled_forget(struct node *n);
void ribd_unsettled_due(struct rib *r, uint32_t now, bool is_all);
