/* SPDX-License-Identifier: Apache-2.0
 *
 * Differences of configuration trees. Most of two trees is the same and stands in the same order: siblings are compared
 * in step, and only what is out of step is searched for, by libyang's hashes. Lists ordered by the user are rare and
 * short: their order is looked at with less hurry.
 */
#include <libyang/libyang.h>
#include <stdint.h>
#include <string.h>

#include "lib/text/tree.h"
#include "strata/mem.h"

/* Texts of values are interned by the context: mostly one look at the pointers is enough. */
static bool same_text(const struct lyd_node *a, const struct lyd_node *b)
{
    const char *x = lyd_get_value(a), *y = lyd_get_value(b);
    return x == y || (x && y && strcmp(x, y) == 0);
}

static bool same_keys(const struct lyd_node *a, const struct lyd_node *b)
{
    const struct lyd_node *x = lyd_child(a), *y = lyd_child(b);
    for (; x && lysc_is_key(x->schema); x = x->next, y = y->next)
        if (!y || x->schema != y->schema || !same_text(x, y))
            return false;
    return x != lyd_child(a); /* without keys nothing tells entries apart */
}

/* Do they stand for the same thing, whatever it says? */
static bool are_twins(const struct lyd_node *a, const struct lyd_node *b)
{
    if (!a || !b || a->schema != b->schema || !a->schema)
        return false;
    switch (a->schema->nodetype) {
    case LYS_LIST:
        return a->hash == b->hash && same_keys(a, b);
    case LYS_LEAFLIST:
        return same_text(a, b);
    default: /* one of a kind */
        return true;
    }
}

struct lyd_node *yang_twin(const struct lyd_node *siblings, const struct lyd_node *node)
{
    struct lyd_node *hit = NULL;
    if (!siblings)
        return NULL;
    if (node->schema->nodetype == LYS_LEAF)
        lyd_find_sibling_val(siblings, node->schema, NULL, 0, &hit);
    else
        lyd_find_sibling_first(siblings, node, &hit);
    return hit;
}

/* The twin of `node` on the other side, which says something. *at: where to look first; behind the hit afterwards. */
static const struct lyd_node *find_twin(const struct lyd_node *siblings, const struct lyd_node **at,
                                        const struct lyd_node *node)
{
    const struct lyd_node *hit = are_twins(*at, node) ? *at : yang_twin(siblings, node);
    if (hit)
        *at = hit->next;
    return hit && !yang_node_is_empty(hit) ? hit : NULL;
}

/* Same value (leafs), or the same below (inner nodes)? */
static bool same(const struct lyd_node *a, const struct lyd_node *b)
{
    if (a->schema->nodetype & LYD_NODE_TERM)
        return same_text(a, b);
    return yang_tree_equal(lyd_child(a), lyd_child(b));
}

/* --- order --- */

/* Entries of lists ordered by the user that are on both sides and changed places: nodes of both sides. */
struct moves {
    const struct lyd_node **node;
    size_t n;
};

static void add_move(struct moves *m, const struct lyd_node *was, const struct lyd_node *now)
{
    m->node = mem_realloc(NULL, m->node, (m->n + 2) * sizeof(m->node[0]));
    m->node[m->n++] = was;
    m->node[m->n++] = now;
}

static bool is_moved(const struct moves *m, const struct lyd_node *node)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->node[i] == node)
            return true;
    return false;
}

/* Entries of the list of `first` (in the new order) that stand before one that they stood behind. */
static void find_moves(const struct lyd_node *was, const struct lyd_node *first, struct moves *m)
{
    const struct lyd_node *at = NULL; /* the last old one that kept its place */

    for (const struct lyd_node *n = first; n; n = n->next) {
        const struct lyd_node *old = n->schema == first->schema ? yang_twin(was, n) : NULL;
        if (!old)
            continue;
        const struct lyd_node *behind = at ? at->next : was;
        while (behind && behind != old)
            behind = behind->next;
        if (behind)
            at = old;
        else
            add_move(m, old, n);
    }
}

static struct moves all_moves(const struct lyd_node *was, const struct lyd_node *now)
{
    const struct lysc_node *seen = NULL; /* instances of a list stand together */
    struct moves m = {0};

    for (const struct lyd_node *n = was ? now : NULL; n; n = n->next) {
        if (n->schema == seen || !lysc_is_userordered(n->schema))
            continue;
        seen = n->schema;
        find_moves(was, n, &m);
    }
    return m;
}

/* --- differences --- */

static int walk_gone(const struct lyd_node *was, const struct lyd_node *now, const struct moves *m, yang_diff_fn *fn,
                     void *arg)
{
    const struct lyd_node *at = now;
    int rc = 0;

    for (const struct lyd_node *n = was; n && rc == 0; n = n->next)
        if (n->schema && !yang_node_is_empty(n) && (!find_twin(now, &at, n) || is_moved(m, n)))
            rc = fn(arg, n, NULL);
    return rc;
}

int yang_diff(const struct lyd_node *was, const struct lyd_node *now, yang_diff_fn *fn, void *arg)
{
    struct moves m = all_moves(was, now);
    const struct lyd_node *at = was;
    int rc = walk_gone(was, now, &m, fn, arg);

    for (const struct lyd_node *n = now; n && rc == 0; n = n->next) {
        if (!n->schema || yang_node_is_empty(n))
            continue;
        const struct lyd_node *old = find_twin(was, &at, n);
        if (old && is_moved(&m, n))
            old = NULL;
        if (!old || !same(old, n))
            rc = fn(arg, old, n);
    }
    mem_free(NULL, m.node);
    return rc;
}

static int differs(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    (void)arg, (void)was, (void)now;
    return 1;
}

bool yang_tree_equal(const struct lyd_node *a, const struct lyd_node *b)
{
    return a == b || yang_diff(a, b, differs, NULL) == 0;
}

/* --- rebase --- */

struct rebase {
    const struct lyd_node *base, *mine; /* siblings */
    struct lyd_node *parent;
    struct lyd_node **tree;
};

static struct lyd_node *siblings_of(const struct rebase *r)
{
    return r->parent ? lyd_child(r->parent) : *r->tree;
}

/* What is new or changed places in `mine` comes to stand behind what is before it there; the rest stays where it is. */
static void put_in_order(const struct rebase *r, const struct lyd_node *first, const struct moves *m)
{
    struct lyd_node *last = NULL, *head = NULL;

    for (const struct lyd_node *n = first; n; n = n->next) {
        struct lyd_node *have = n->schema == first->schema ? yang_twin(siblings_of(r), n) : NULL;
        if (!have)
            continue;
        bool must_move = is_moved(m, n) || !yang_twin(r->base, n);
        if (must_move && last && last->next != have)
            lyd_insert_after(last, have);
        if (must_move && !last && lyd_find_sibling_val(siblings_of(r), n->schema, NULL, 0, &head) == LY_SUCCESS &&
            head != have)
            lyd_insert_before(head, have);
        last = have;
    }
    if (last && !r->parent)
        *r->tree = lyd_first_sibling(last);
}

static int rebase_one(void *arg, const struct lyd_node *was, const struct lyd_node *now);

static void rebase(const struct rebase *r)
{
    struct moves m = all_moves(r->base, r->mine);
    const struct lysc_node *seen = NULL;

    yang_diff(r->base, r->mine, rebase_one, (void *)(uintptr_t)r);
    for (const struct lyd_node *n = r->mine; n; n = n->next) {
        if (n->schema == seen || !lysc_is_userordered(n->schema))
            continue;
        seen = n->schema;
        put_in_order(r, n, &m);
    }
    mem_free(NULL, m.node);
}

static int rebase_one(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    const struct rebase *r = arg;
    const struct lyd_node *any = now ? now : was;
    struct lyd_node *have = yang_twin(siblings_of(r), any);
    bool is_ordered = lysc_is_userordered(any->schema);

    if (!now) {
        bool is_elsewhere = is_ordered && yang_twin(r->mine, any); /* only changed places */
        if (have && !is_elsewhere && !lysc_is_key(have->schema))
            yang_tree_remove(r->tree, have);
    } else if (!have) {
        yang_graft(r->parent, r->tree, now);
    } else if (now->schema->nodetype == LYS_LEAF) {
        lyd_change_term(have, lyd_get_value(now));
    } else if (now->schema->nodetype & (LYS_CONTAINER | LYS_LIST)) {
        const struct lyd_node *old = was || !is_ordered ? was : yang_twin(r->base, now);
        struct rebase below = {old ? lyd_child(old) : NULL, lyd_child(now), have, r->tree};
        rebase(&below);
    }
    return 0;
}

void yang_tree_rebase(const struct lyd_node *base, const struct lyd_node *mine, struct lyd_node **target)
{
    struct rebase top = {base, mine, NULL, target};
    rebase(&top);
}

/* --- conflicts --- */

struct conflicts {
    const struct lyd_node *base, *mine, *theirs; /* siblings */
    yang_conflict_fn *fn;
    void *arg;
};

static int conflict_one(void *arg, const struct lyd_node *was, const struct lyd_node *now);

static int conflicts_below(const struct conflicts *c, const struct lyd_node *was, const struct lyd_node *now,
                           const struct lyd_node *theirs)
{
    struct conflicts below = {was ? lyd_child(was) : NULL, now ? lyd_child(now) : NULL,
                              theirs ? lyd_child(theirs) : NULL, c->fn, c->arg};
    return yang_diff(below.base, below.mine, conflict_one, &below);
}

static const struct lyd_node *twin_that_speaks(const struct lyd_node *siblings, const struct lyd_node *node)
{
    const struct lyd_node *hit = yang_twin(siblings, node);
    return hit && !yang_node_is_empty(hit) ? hit : NULL;
}

static int conflict_of_leaf(const struct conflicts *c, const struct lyd_node *was, const struct lyd_node *now,
                            const struct lyd_node *theirs)
{
    bool is_theirs_changed = !was || !theirs ? was != theirs : !same_text(was, theirs);

    if (!is_theirs_changed || (!now && !theirs) || (now && theirs && same_text(now, theirs)))
        return 0;
    if (!now)
        return c->fn(c->arg, YANG_CHANGED_THERE, was);
    return c->fn(c->arg, theirs ? YANG_CHANGED_BOTH : YANG_REMOVED_THERE, now);
}

static int conflict_one(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    const struct conflicts *c = arg;
    const struct lyd_node *any = now ? now : was, *theirs = twin_that_speaks(c->theirs, any);
    bool is_ordered = lysc_is_userordered(any->schema);

    if (is_ordered && !now && yang_twin(c->mine, any))
        return 0; /* only changed places: comes again as new */
    if (is_ordered && !was)
        was = twin_that_speaks(c->base, any);
    if (any->schema->nodetype == LYS_LEAF)
        return conflict_of_leaf(c, was, now, theirs);
    if (!(any->schema->nodetype & (LYS_CONTAINER | LYS_LIST)))
        return 0; /* values of a leaf-list come and go each for itself */
    if (!now)
        return theirs && !same(was, theirs) ? c->fn(c->arg, YANG_CHANGED_THERE, was) : 0;
    if (was && !theirs && !lysc_is_np_cont(any->schema))
        return same(was, now) ? 0 : c->fn(c->arg, YANG_REMOVED_THERE, now);
    return conflicts_below(c, was, now, theirs);
}

int yang_tree_conflicts(const struct lyd_node *base, const struct lyd_node *mine, const struct lyd_node *theirs,
                        yang_conflict_fn *fn, void *arg)
{
    struct conflicts top = {base, mine, theirs, fn, arg};
    return yang_diff(base, mine, conflict_one, &top);
}
