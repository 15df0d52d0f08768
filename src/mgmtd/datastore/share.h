/* SPDX-License-Identifier: Apache-2.0
 *
 * Configurations that several hold at once: what runs is also where candidates begin, and a candidate that is committed
 * is what runs then. A tree that is held by more than one is not changed any more.
 */
#pragma once

#include <sys/queue.h>

struct lyd_node;
struct mem_account;
struct share;

LIST_HEAD(share_list, share); /* of the trees with more than one holder */

/* One holder more. NULL is the empty configuration, and held by nobody. */
struct lyd_node *share_hold(struct share_list *list, struct mem_account *mem, struct lyd_node *tree);
/* One holder less; the last one frees it. */
void share_release(struct share_list *list, struct mem_account *mem, struct lyd_node *tree);
