/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks the elements of an edit beside the tree that they change. Containers that mean nothing by themselves come and
 * go with what is in them.
 */
#include "src/mgmtd/edit/edit.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/context.h"
#include "lib/text/tree.h"
#include "src/mgmtd/edit/place.h"
#include "src/mgmtd/edit/walk.h"
#include "src/mgmtd/edit/xml.h"

enum edit_op { EDIT_NONE, EDIT_MERGE, EDIT_REPLACE, EDIT_CREATE, EDIT_DELETE, EDIT_REMOVE, EDIT_OP_END };
static const char *const op_names[] = {
    [EDIT_NONE] = "none",     [EDIT_MERGE] = "merge",   [EDIT_REPLACE] = "replace",
    [EDIT_CREATE] = "create", [EDIT_DELETE] = "delete", [EDIT_REMOVE] = "remove",
};

static int edit_children(struct edit *e, const struct lyd_node *elements, struct lyd_node *parent, enum edit_op op);

/* --- what an element says --- */

static int operation_of(struct edit *e, const struct place *at, const struct lyd_node *element, enum edit_op *op)
{
    const char *name = xml_attribute(element, XML_NS_BASE, "operation");
    if (!name)
        return 0;
    for (enum edit_op i = EDIT_MERGE; i < EDIT_OP_END; i++) {
        if (strcmp(op_names[i], name) == 0) {
            *op = i;
            return 0;
        }
    }
    return edit_fail_attribute(e, at, element, "bad-attribute", "operation", "\"%.40s\" is no operation", name);
}

/* Nothing is written at a place that the schema calls state. */
static int check_config(struct edit *e, const struct place *at)
{
    if (at->schema->flags & LYS_CONFIG_R)
        return edit_fail(e, at, -EINVAL, "invalid-value", "this is state, and cannot be configured");
    if (!(at->schema->nodetype & (LYS_CONTAINER | LYS_LIST | LYS_LEAF | LYS_LEAFLIST)))
        return edit_fail(e, at, -EOPNOTSUPP, "operation-not-supported", "this kind of node cannot be configured");
    return 0;
}

/* --- changes --- */

static bool is_there(const struct place *at)
{
    const struct lyd_node *n = at->node;
    return n && !((n->schema->nodetype == LYS_CONTAINER) && yang_node_is_empty(n));
}

static int edit_remove(struct edit *e, struct place *at, enum edit_op op)
{
    if (!is_there(at))
        return op == EDIT_REMOVE ? 0 : edit_fail(e, at, -ENOENT, "data-missing", "there is nothing to delete");
    if (lysc_is_key(at->schema))
        return edit_fail(e, at, -EINVAL, "invalid-value", "a key cannot be deleted without its entry");
    place_drop(e, at);
    return 0;
}

static int set_leaf(struct edit *e, struct place *at, const struct lyd_node *element, enum edit_op op)
{
    if (op == EDIT_NONE)
        return is_there(at) ? 0 : edit_fail(e, at, -ENOENT, "data-missing", "this is not configured");
    if (op == EDIT_CREATE && at->node)
        return edit_fail(e, at, -EEXIST, "data-exists", "this is configured already");
    if (at->node && at->schema->nodetype == LYS_LEAF) {
        LY_ERR rc = lyd_change_term(at->node, at->value);
        if (rc && rc != LY_EEXIST && rc != LY_ENOT)
            return edit_fail_value(e, at, element);
        at->node->flags &= ~(uint32_t)LYD_DEFAULT;
        return 0;
    }
    int rc = at->node ? 0 : place_create(e, at, element);
    return rc ? rc : place_order(e, at, element);
}

static void empty(struct edit *e, struct lyd_node *node)
{
    struct lyd_node *next;
    for (struct lyd_node *c = lyd_child(node); c; c = next) {
        next = c->next;
        if (!c->schema || !lysc_is_key(c->schema))
            tree_drop(e->tree, c);
    }
}

static int edit_inner(struct edit *e, struct place *at, const struct lyd_node *element, enum edit_op op)
{
    bool is_plain = at->schema->nodetype == LYS_CONTAINER && !(at->schema->flags & LYS_PRESENCE);
    int rc = 0;

    if (op == EDIT_CREATE && is_there(at))
        return edit_fail(e, at, -EEXIST, "data-exists", "this is configured already");
    if (op == EDIT_NONE && !at->node && !is_plain)
        return edit_fail(e, at, -ENOENT, "data-missing", "this is not configured");
    if (!at->node)
        rc = place_create(e, at, element);
    else if (op == EDIT_REPLACE)
        empty(e, at->node);
    if (rc == 0 && op != EDIT_NONE)
        rc = place_order(e, at, element);
    if (rc == 0) /* what is new below is judged like this itself, but that nothing can be there yet */
        rc = edit_children(e, lyd_child(element), at->node, op == EDIT_REPLACE ? EDIT_MERGE : op);
    if (is_plain && !lyd_child(at->node))
        tree_drop(e->tree, at->node);
    return rc;
}

static int edit_one(struct edit *e, const struct lyd_node *element, struct lyd_node *parent, enum edit_op op)
{
    struct place at = {.parent = parent};
    int rc = place_find(e, &at, element);

    if (rc == 0)
        rc = check_config(e, &at);
    if (rc == 0)
        rc = operation_of(e, &at, element, &op);
    if (rc == 0 && at.is_key)
        rc = op == EDIT_DELETE || op == EDIT_REMOVE ? edit_remove(e, &at, op) : 0;
    else if (rc == 0 && (op == EDIT_DELETE || op == EDIT_REMOVE))
        rc = edit_remove(e, &at, op);
    else if (rc == 0 && (at.schema->nodetype & LYD_NODE_TERM))
        rc = set_leaf(e, &at, element, op);
    else if (rc == 0)
        rc = edit_inner(e, &at, element, op);
    place_fini(&at);
    return rc;
}

static int edit_children(struct edit *e, const struct lyd_node *elements, struct lyd_node *parent, enum edit_op op)
{
    int first = 0;
    for (const struct lyd_node *x = elements; x; x = x->next) {
        int rc = edit_one(e, x, parent, op);
        if (rc && !e->goes_on)
            return rc;
        first = first ? first : rc;
    }
    return first;
}

int edit_apply(const struct ly_ctx *ctx, struct ly_ctx *plain, const struct edit_request *r, struct lyd_node **tree,
               struct edit_fault *fault)
{
    static const enum edit_op defaults[] = {
        [FRONT_DEFAULT_MERGE] = EDIT_MERGE, [FRONT_DEFAULT_REPLACE] = EDIT_REPLACE, [FRONT_DEFAULT_NONE] = EDIT_NONE};
    struct edit e = {.ctx = ctx, .tree = tree, .fault = fault, .goes_on = r->goes_on};
    struct lyd_node *document;

    *fault = (struct edit_fault){.app_tag = ""};
    if (xml_parse(plain, r->xml, &document, fault->message, sizeof(fault->message))) {
        fault->tag = "malformed-message";
        return fault->error = -EINVAL;
    }
    if (r->default_operation == FRONT_DEFAULT_REPLACE) {
        /* RFC 6241 section 7.2: the whole of the target is replaced */
        yang_tree_free(*tree);
        *tree = NULL;
    }
    int rc = edit_children(&e, document ? lyd_child(document) : NULL, NULL, defaults[r->default_operation]);
    yang_tree_free(document);
    return rc;
}
