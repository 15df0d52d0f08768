/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration tree -> typed edits, state stream -> tree.
 */
#include "src/mgmtd/stream/stream.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "strata/log.h"
#include "strata/schema.h"
#include "strata/schema_edit.h"

#define MAX_KEYS  8
#define MAX_DEPTH 64

struct edit_writer {
    const struct schema *schema;
    struct schema_edit *edit;
    uint32_t parent;
    struct yang_fault *fault;
};

static size_t keys_of(const struct lyd_node *node, const char *keys[MAX_KEYS])
{
    size_t n = 0;
    if (node->schema->nodetype != LYS_LIST)
        return 0;
    for (const struct lyd_node *k = lyd_child(node); k && lysc_is_key(k->schema) && n < MAX_KEYS; k = k->next)
        keys[n++] = lyd_get_value(k);
    return n;
}

static int write_difference(void *arg, const struct lyd_node *was, const struct lyd_node *now);

static int write_inner(struct edit_writer *w, uint32_t id, const struct lyd_node *was, const struct lyd_node *now)
{
    const char *keys[MAX_KEYS];
    size_t n_keys = keys_of(now ? now : was, keys);
    if (!now)
        return schema_edit_delete(w->edit, id, n_keys ? keys : NULL, n_keys);
    int rc = schema_edit_enter(w->edit, id, n_keys ? keys : NULL, n_keys);
    if (rc)
        return rc;
    struct edit_writer below = *w;
    below.parent = id;
    rc = yang_diff(was ? lyd_child(was) : NULL, lyd_child(now), write_difference, &below);
    return rc ? rc : schema_edit_leave(w->edit);
}

static int write_difference(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    struct edit_writer *w = arg;
    const struct lyd_node *any = now ? now : was;
    int rc;

    if (lysc_is_key(any->schema))
        return 0;
    uint32_t id = schema_child(w->schema, w->parent, LYD_NAME(any));
    if (id == SCHEMA_NONE)
        return 0; /* not for this daemon */
    if (any->schema->nodetype & (LYS_CONTAINER | LYS_LIST))
        rc = write_inner(w, id, was, now);
    else if (any->schema->nodetype == LYS_LEAFLIST)
        rc = now ? schema_edit_add(w->edit, id, lyd_get_value(now))
                 : schema_edit_remove(w->edit, id, lyd_get_value(was));
    else
        rc = now ? schema_edit_leaf(w->edit, id, lyd_get_value(now)) : schema_edit_delete(w->edit, id, NULL, 0);
    if (rc && !w->fault->message[0]) {
        yang_path_of(any, w->fault->path, sizeof(w->fault->path));
        snprintf(w->fault->message, sizeof(w->fault->message), "the daemons cannot take this value (%s)",
                 strerror(-rc));
        w->fault->node = NULL;
    }
    return rc ? -EINVAL : 0;
}

static const struct lyd_node *full_top(const struct lyd_node *tree, const char *name)
{
    struct lyd_node *top = yang_top((struct lyd_node *)(uintptr_t)tree, name);
    return top && !yang_node_is_empty(top) ? top : NULL;
}

int stream_write_edits(const struct schema_owner *owner, const struct lyd_node *was, const struct lyd_node *now,
                       struct schema_edit *edit, size_t *n_changed, struct yang_fault *fault)
{
    struct edit_writer w = {.schema = owner->schema, .edit = edit, .parent = 0, .fault = fault};
    int rc = 0;

    *n_changed = 0;
    memset(fault, 0, sizeof(*fault));
    for (size_t i = 0; owner->config[i] && rc == 0; i++) {
        const struct lyd_node *a = full_top(was, owner->config[i]);
        const struct lyd_node *b = full_top(now, owner->config[i]);
        if ((!a && !b) || (a && b && yang_tree_equal(lyd_child(a), lyd_child(b))))
            continue;
        rc = write_difference(&w, a, b);
        (*n_changed)++;
    }
    return rc;
}

/* --- state --- */

struct state_reader {
    const struct schema *schema;
    const struct ly_ctx *ctx;
    struct log *log;
    struct lyd_node **tree;
    struct lyd_node *open[MAX_DEPTH]; /* NULL: left out, with all below */
    bool was_there[MAX_DEPTH];        /* it was open in an earlier stream: what comes below may be there, too */
    size_t depth;
    bool is_notification;    /* one is expected, not state */
    const char *module_name; /* which `module` is of: nearly all nodes are of one */
    const struct lys_module *module;
};

static const struct lys_module *module_of(struct state_reader *r, const struct schema_node *sn)
{
    if (sn->module != r->module_name) {
        r->module = ly_ctx_get_module_implemented(r->ctx, sn->module);
        r->module_name = sn->module;
    }
    return r->module;
}

static struct lyd_node *top_of(struct state_reader *r, const struct schema_node *sn)
{
    struct lyd_node *top = yang_top(*r->tree, sn->name);
    const struct lys_module *module = module_of(r, sn);
    r->was_there[0] = top != NULL;
    if (top || !module || lyd_new_inner(NULL, module, sn->name, 0, &top))
        return top;
    lyd_insert_sibling(*r->tree, top, r->tree);
    return top;
}

/* The entry with these keys that is there already; NULL if there is none, or that cannot be said. */
static struct lyd_node *entry_of(const struct lyd_node *parent, const struct lysc_node *list, const char *const *keys,
                                 size_t n_keys)
{
    char text[512];
    size_t len = 0;
    const struct lysc_node *key = list ? lysc_node_child(list) : NULL;
    struct lyd_node *node = NULL;

    for (size_t i = 0; i < n_keys && key; i++, key = key->next) {
        char quote = strchr(keys[i], '\'') ? '"' : '\'';
        int n = snprintf(text + len, sizeof(text) - len, "[%s=%c%s%c]", key->name, quote, keys[i], quote);
        if (strchr(keys[i], quote) || n < 0 || (size_t)n >= sizeof(text) - len)
            return NULL;
        len += (size_t)n;
    }
    if (len == 0 || lyd_find_sibling_val(lyd_child(parent), list, text, len, &node) != LY_SUCCESS)
        return NULL;
    return node;
}

static struct lyd_node *child_of(struct state_reader *r, struct lyd_node *parent, const struct schema_node *sn,
                                 const char *const *keys, size_t n_keys)
{
    const struct lys_module *module = module_of(r, sn);
    struct lyd_node *node = NULL;

    if (!module)
        return NULL;
    if (sn->kind == SCHEMA_LIST && r->was_there[r->depth - 1])
        node = entry_of(parent, lys_find_child(parent->schema, module, sn->name, 0, 0, 0), keys, n_keys);
    r->was_there[r->depth] = node != NULL;
    if (node)
        return node;
    if (sn->kind == SCHEMA_LIST) {
        const char *k[MAX_KEYS];
        for (size_t i = 0; i < MAX_KEYS; i++)
            k[i] = i < n_keys ? keys[i] : "";
        lyd_new_list(parent, module, sn->name, 0, &node, k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7]);
        return node;
    }
    const struct lysc_node *schema = lys_find_child(parent->schema, module, sn->name, 0, 0, 0);
    if (schema && lyd_find_sibling_val(lyd_child(parent), schema, NULL, 0, &node) == LY_SUCCESS) {
        r->was_there[r->depth] = r->was_there[r->depth - 1];
        return node;
    }
    lyd_new_inner(parent, module, sn->name, 0, &node);
    return node;
}

static void log_unknown(struct state_reader *r, uint32_t node, const char *value)
{
    char path[256];
    LOG_WARN(r->log, "state-left-out", "path=%s value=\"%s\" reason=\"%s\"",
             schema_path(r->schema, node, path, sizeof(path)), value, ly_errmsg(r->ctx) ? ly_errmsg(r->ctx) : "");
}

static int on_enter(void *arg, uint32_t id, const char *const *keys, size_t n_keys)
{
    struct state_reader *r = arg;
    const struct schema_node *sn = &r->schema->nodes[id];
    struct lyd_node *parent = r->depth ? r->open[r->depth - 1] : NULL;
    struct lyd_node *node = NULL;

    if (r->depth >= MAX_DEPTH || (r->depth == 0 && sn->is_notification != r->is_notification) ||
        (r->depth == 0 && r->is_notification && *r->tree))
        return -EBADMSG;
    if (r->depth == 0)
        node = top_of(r, sn);
    else if (parent)
        node = child_of(r, parent, sn, keys, n_keys);
    if (!node && (r->depth == 0 || parent))
        log_unknown(r, id, n_keys ? keys[0] : "");
    r->open[r->depth++] = node;
    return 0;
}

static bool has_leaf(const struct lyd_node *parent, const struct lys_module *module, const struct schema_node *sn,
                     const char *value)
{
    const struct lysc_node *schema = lys_find_child(parent->schema, module, sn->name, 0, 0, 0);
    bool is_list = sn->kind == SCHEMA_LEAF_LIST;
    struct lyd_node *node;

    return schema && lyd_find_sibling_val(lyd_child(parent), schema, is_list ? value : NULL,
                                          is_list ? strlen(value) : 0, &node) == LY_SUCCESS;
}

static int on_leaf(void *arg, uint32_t id, const char *value)
{
    struct state_reader *r = arg;
    const struct schema_node *sn = &r->schema->nodes[id];
    struct lyd_node *parent = r->depth ? r->open[r->depth - 1] : NULL;
    const struct lys_module *module = module_of(r, sn);

    if (parent && module && r->was_there[r->depth - 1] && has_leaf(parent, module, sn, value))
        return 0;
    if (parent && (!module || lyd_new_term(parent, module, sn->name, value, 0, NULL)))
        log_unknown(r, id, value);
    return 0;
}

static int on_leave(void *arg, uint32_t id)
{
    struct state_reader *r = arg;
    (void)id;
    if (r->depth)
        r->depth--;
    return 0;
}

int stream_read_state(const struct schema_owner *owner, const struct ly_ctx *ctx, const uint8_t *data, size_t len,
                      struct log *log, struct lyd_node **tree, char *error, size_t size)
{
    static const struct schema_state_ops ops = {.enter = on_enter, .leaf = on_leaf, .leave = on_leave};
    struct state_reader r = {.schema = owner->schema, .ctx = ctx, .log = log, .tree = tree};
    struct schema_error bad = {0};

    int rc = schema_state_read(owner->schema, data, len, &ops, &r, &bad);
    if (rc)
        snprintf(error, size, "unreadable state (%s)", bad.message);
    return rc ? -EBADMSG : 0;
}

int stream_read_notification(const struct schema_owner *owner, const struct ly_ctx *ctx, const uint8_t *data,
                             size_t len, struct log *log, struct lyd_node **tree, char *error, size_t size)
{
    static const struct schema_state_ops ops = {.enter = on_enter, .leaf = on_leaf, .leave = on_leave};
    struct state_reader r = {.schema = owner->schema, .ctx = ctx, .log = log, .tree = tree, .is_notification = true};
    struct schema_error bad = {.message = "not one notification"};
    const char *why = bad.message;

    *tree = NULL;
    if (schema_state_read(owner->schema, data, len, &ops, &r, &bad) == 0 && *tree) {
        if (lyd_validate_op(*tree, NULL, LYD_TYPE_NOTIF_YANG, NULL) == LY_SUCCESS)
            return 0;
        why = ly_errmsg(ctx) ? ly_errmsg(ctx) : "it does not fit the schema";
    }
    snprintf(error, size, "an unusable notification (%s)", why);
    lyd_free_all(*tree);
    *tree = NULL;
    return -EBADMSG;
}
