/* SPDX-License-Identifier: Apache-2.0
 *
 * How the children of a node were written. libyang's compiled tree has groupings dissolved and typedef names lost; here
 * the parsed tree is walked through its `uses` statements to find, for every child, its own statement, the module whose
 * prefixes it uses, and the marked groupings (st:struct) it came through.
 */
#include <stdlib.h>
#include <string.h>

#include "src/yangc/yangc.h"

const struct lysp_module *parsed_module_of(const struct lysp_module *module, const char **name)
{
    const char *colon = strchr(*name, ':');
    LY_ARRAY_COUNT_TYPE i;
    size_t len;

    if (!colon)
        return module;
    len = (size_t)(colon - *name);
    if (strncmp(module->mod->prefix, *name, len) == 0 && !module->mod->prefix[len]) {
        *name = colon + 1;
        return module;
    }
    LY_ARRAY_FOR(module->imports, i)
    {
        const struct lysp_import *import = &module->imports[i];

        if (strncmp(import->prefix, *name, len) == 0 && !import->prefix[len]) {
            *name = colon + 1;
            return import->module->parsed;
        }
    }
    return NULL;
}

static const struct lysp_node_grp *grouping_in(const struct lysp_node_grp *list, const char *name)
{
    for (; list; list = (const struct lysp_node_grp *)list->next)
        if (strcmp(list->name, name) == 0)
            return list;
    return NULL;
}

/* The grouping that `uses` means, and in *module the module it stands in. */
static const struct lysp_node_grp *grouping_of(const struct lysp_node_uses *uses, const struct lysp_module **module)
{
    const char *name = uses->name;
    const struct lysp_module *where = parsed_module_of(*module, &name);
    const struct lysp_node_grp *found;

    for (const struct lysp_node *n = uses->parent; n && where == *module; n = n->parent) {
        found = grouping_in(lysp_node_groupings(n), name);
        if (found)
            return found;
    }
    found = where ? grouping_in(where->groupings, name) : NULL;
    if (!found)
        fail("grouping %s is not found", uses->name);
    *module = where;
    return found;
}

/* The argument of st:struct in a grouping; NULL without. */
static const char *struct_mark(const struct lysp_node_grp *g)
{
    LY_ARRAY_COUNT_TYPE i;

    LY_ARRAY_FOR(g->exts, i)
    {
        const char *colon = strchr(g->exts[i].name, ':');

        if (colon && strcmp(colon, ":struct") == 0)
            return g->exts[i].argument;
    }
    return NULL;
}

static void add_origin(struct origin_list *out, const struct lysp_node *node, const struct lysp_module *module,
                       struct group *group)
{
    struct origin *o = calloc(1, sizeof(*o));

    if (!o)
        abort();
    o->parsed = node;
    o->module = module;
    o->group = group;
    SLIST_INSERT_HEAD(out, o, link);
}

void parsed_level(const struct lysp_node *first, const struct lysp_module *module, struct group *group,
                  struct origin_list *out)
{
    for (const struct lysp_node *n = first; n; n = n->next) {
        if (n->nodetype == LYS_USES) {
            const struct lysp_module *inner = module;
            const struct lysp_node_uses *uses = (const struct lysp_node_uses *)n;
            const struct lysp_node_grp *g = grouping_of(uses, &inner);
            const char *mark = struct_mark(g);
            struct group *use = group;

            if (mark) {
                use = calloc(1, sizeof(*use));
                if (!use)
                    abort();
                use->outer = group;
                use->cname = c_name_of(mark);
            }
            parsed_level(g->child, inner, use, out);
            for (const struct lysp_node_augment *a = uses->augments; a; a = (const struct lysp_node_augment *)a->next)
                parsed_level(a->child, module, group, out);
        } else if (n->nodetype == LYS_CHOICE || n->nodetype == LYS_CASE) {
            parsed_level(lysp_node_child(n), module, group, out);
        } else {
            add_origin(out, n, module, group);
        }
    }
}

/* "/if:interfaces/if:interface" ends in the node's parent's name? */
static bool augments_parent(const struct lysp_node_augment *a, const struct lysc_node *node)
{
    const struct lysc_node *parent = lysc_data_parent(node);
    const char *last = strrchr(a->nodeid, '/');
    const char *colon;

    if (!parent || !last)
        return false;
    colon = strchr(last, ':');
    return strcmp(colon ? colon + 1 : last + 1, parent->name) == 0;
}

/* A node that came by an augment: look through the augments of its module. */
static const struct origin *find_augmented(const struct lysc_node *node)
{
    const struct lysp_module *module = node->module->parsed;

    for (const struct lysp_node_augment *a = module->augments; a; a = (const struct lysp_node_augment *)a->next) {
        struct origin_list level = SLIST_HEAD_INITIALIZER(level);
        const struct origin *o;

        if (!augments_parent(a, node))
            continue;
        parsed_level(a->child, module, NULL, &level);
        SLIST_FOREACH (o, &level, link)
            if (strcmp(o->parsed->name, node->name) == 0)
                return o;
    }
    return NULL;
}

const struct origin *parsed_find(const struct origin_list *level, const struct lysc_node *node)
{
    const struct lysc_node *parent = lysc_data_parent(node);
    const struct origin *o;

    if (!parent || parent->module == node->module) {
        SLIST_FOREACH (o, level, link)
            if (strcmp(o->parsed->name, node->name) == 0)
                return o;
    }
    o = find_augmented(node);
    if (o)
        return o;
    SLIST_FOREACH (o, level, link) /* an augment's nodes below its own first level have the augment's module */
        if (strcmp(o->parsed->name, node->name) == 0)
            return o;
    return NULL;
}
