/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking down a tree with a user's rules. Each level holds the rules that can still match there, in order: those
 * without a path, those whose path ended at the node or above, and those whose path leads on. What cannot match drops
 * out, so that deep in a tree few rules are looked at. RFC 8341 section 3.4.5.
 */
#include <libyang/libyang.h>
#include <string.h>

#include "src/mgmtd/nacm/rules.h"
#include "strata/mem.h"

bool nacm_has_extension(const struct nacm *n, const struct lysc_node *node, const char *name)
{
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(node->exts, i)
    if (node->exts[i].def->module == n->module && strcmp(node->exts[i].def->name, name) == 0)
        return true;
    return false;
}

static void push(struct walk *w, const struct rule *rule, bool is_covered)
{
    if (w->used == w->size) {
        w->size = w->size * 2 + 32;
        w->live = mem_realloc(NULL, w->live, w->size * sizeof(w->live[0]));
    }
    w->live[w->used++] = (struct live){rule, is_covered};
}

void walk_init(struct walk *w, const struct nacm_view *v, struct level *top)
{
    *w = (struct walk){.view = v};
    *top = (struct level){0};
    for (size_t i = 0; i < v->n_rules; i++) {
        const struct rule *r = v->rules[i];
        if (r->kind == RULE_ANY || r->kind == RULE_DATA)
            push(w, r, r->n_path == 0);
    }
    top->n = w->used;
}

void walk_fini(struct walk *w)
{
    mem_free(NULL, w->live);
}

/* One of node and place is NULL. */
static void enter(struct walk *w, const struct level *up, const struct lyd_node *node, const struct rule_segment *place,
                  struct level *out)
{
    const struct nacm *n = w->view->nacm;
    const struct lysc_node *schema = node ? node->schema : place->node;

    *out = (struct level){.first = w->used, .depth = up->depth + 1};
    for (size_t i = 0; i < up->n; i++) {
        struct live l = w->live[up->first + i];
        const struct rule_segment *seg = l.is_covered ? NULL : &l.rule->path[up->depth];
        if (l.is_covered)
            push(w, l.rule, true);
        else if (node ? rule_segment_matches(seg, node) : rule_segment_has(seg, place))
            push(w, l.rule, l.rule->n_path == out->depth);
    }
    out->n = w->used - out->first;
    out->is_deny_all = up->is_deny_all || nacm_has_extension(n, schema, "default-deny-all");
    out->is_deny_write = up->is_deny_write || nacm_has_extension(n, schema, "default-deny-write");
}

void walk_enter(struct walk *w, const struct level *up, const struct lyd_node *node, struct level *out)
{
    enter(w, up, node, NULL, out);
}

void walk_enter_place(struct walk *w, const struct level *up, const struct rule_segment *place, struct level *out)
{
    enter(w, up, NULL, place, out);
}

void walk_leave(struct walk *w, const struct level *level)
{
    w->used = level->first;
}

void walk_enter_path(struct walk *w, const struct level *top, const struct lyd_node *node, struct level *out)
{
    struct level up = *top;
    if (node->parent)
        walk_enter_path(w, top, lyd_parent(node), &up);
    walk_enter(w, &up, node, out);
}

static bool permits_by_default(const struct nacm *n, const struct level *level, enum nacm_op op)
{
    switch (op) {
    case NACM_READ:
        return !level->is_deny_all && n->permits_read;
    case NACM_CREATE:
    case NACM_UPDATE:
    case NACM_DELETE:
        return !level->is_deny_all && !level->is_deny_write && n->permits_write;
    case NACM_EXEC:
    case NACM_ALL:
        break;
    }
    return !level->is_deny_all && n->permits_exec;
}

bool walk_permits(const struct walk *w, const struct level *level, const struct lysc_node *node, enum nacm_op op,
                  bool *is_pointed)
{
    *is_pointed = false;
    for (size_t i = 0; i < level->n; i++) {
        const struct live *l = &w->live[level->first + i];
        const struct rule *r = l->rule;
        if (!l->is_covered || !(r->ops & op) || (!r->is_any_module && r->module != node->module))
            continue;
        *is_pointed = r->kind == RULE_DATA && r->n_path == level->depth;
        return r->is_permit;
    }
    return permits_by_default(w->view->nacm, level, op);
}

bool walk_may_reopen(const struct walk *w, const struct level *level, enum nacm_op op)
{
    for (size_t i = 0; i < level->n; i++) {
        const struct live *l = &w->live[level->first + i];
        if (!l->is_covered && l->rule->is_permit && (l->rule->ops & op))
            return true;
    }
    return false;
}
