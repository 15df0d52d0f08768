/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting who holds a configuration. There are never more than a few.
 */
#include "src/mgmtd/datastore/share.h"

#include <stddef.h>

#include "lib/text/tree.h"
#include "strata/mem.h"

struct share {
    LIST_ENTRY(share) link;
    struct lyd_node *tree;
    unsigned n; /* holders, two or more */
};

static struct share *find(struct share_list *list, const struct lyd_node *tree)
{
    struct share *s;
    LIST_FOREACH (s, list, link)
        if (s->tree == tree)
            return s;
    return NULL;
}

struct lyd_node *share_hold(struct share_list *list, struct mem_account *mem, struct lyd_node *tree)
{
    struct share *s = tree ? find(list, tree) : NULL;

    if (!tree)
        return NULL;
    if (!s) {
        s = MEM_NEW(mem, struct share);
        s->tree = tree;
        s->n = 1;
        LIST_INSERT_HEAD(list, s, link);
    }
    s->n++;
    return tree;
}

void share_release(struct share_list *list, struct mem_account *mem, struct lyd_node *tree)
{
    struct share *s = tree ? find(list, tree) : NULL;

    if (!s) {
        yang_tree_free(tree);
        return;
    }
    if (--s->n > 1)
        return;
    LIST_REMOVE(s, link);
    mem_free(mem, s);
}
