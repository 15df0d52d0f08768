/* SPDX-License-Identifier: Apache-2.0
 *
 * /nacm -> rules -> a user's view; operations and notifications. RFC 8341 sections 3.4.1 to 3.4.4, 3.4.6. A view is
 * short: of all rules those of the user's groups, in the order of the configuration.
 */
#include "src/mgmtd/nacm/nacm.h"

#include <libyang/libyang.h>
#include <string.h>

#include "lib/text/node.h"
#include "src/mgmtd/nacm/rules.h"
#include "strata/mem.h"

const char *nacm_op_name(enum nacm_op op)
{
    switch (op) {
    case NACM_CREATE:
        return "create";
    case NACM_READ:
        return "read";
    case NACM_UPDATE:
        return "update";
    case NACM_DELETE:
        return "delete";
    case NACM_EXEC:
        return "exec";
    case NACM_ALL:
        break;
    }
    return "*";
}

/* --- compiling --- */

static const char *value(const struct lyd_node *parent, const char *name, const char *otherwise)
{
    const struct lyd_node *c = yang_child(parent, name);
    return c ? lyd_get_value(c) : otherwise;
}

static bool is_text(const struct lyd_node *parent, const char *name, const char *otherwise, const char *text)
{
    return strcmp(value(parent, name, otherwise), text) == 0;
}

static size_t count(const struct lyd_node *parent, const char *name)
{
    size_t n = 0;
    for (const struct lyd_node *c = lyd_child(parent); c; c = c->next)
        n += strcmp(LYD_NAME(c), name) == 0;
    return n;
}

/* All values of a leaf-list. */
static char **values(const struct lyd_node *parent, const char *name, size_t *n)
{
    char **out = mem_alloc(NULL, (count(parent, name) + 1) * sizeof(out[0]));
    *n = 0;
    for (const struct lyd_node *c = lyd_child(parent); c; c = c->next)
        if (strcmp(LYD_NAME(c), name) == 0)
            out[(*n)++] = mem_strdup(NULL, lyd_get_value(c));
    return out;
}

static unsigned compile_ops(const char *text)
{
    static const enum nacm_op ops[] = {NACM_CREATE, NACM_READ, NACM_UPDATE, NACM_DELETE, NACM_EXEC};
    unsigned out = 0;
    if (strcmp(text, "*") == 0)
        return NACM_ALL;
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
        if (strstr(text, nacm_op_name(ops[i]))) /* canonical: the names, with blanks between */
            out |= ops[i];
    return out;
}

static char *name_or_any(const char *text)
{
    return strcmp(text, "*") == 0 ? NULL : mem_strdup(NULL, text);
}

static void compile_rule(const struct ly_ctx *ctx, const struct lyd_node *node, struct rule *r)
{
    const char *module = value(node, "module-name", "*");
    const char *rpc = value(node, "rpc-name", NULL), *notification = value(node, "notification-name", NULL);
    const char *path = value(node, "path", NULL);

    r->is_any_module = strcmp(module, "*") == 0;
    r->module_name = mem_strdup(NULL, module);
    r->module = r->is_any_module ? NULL : ly_ctx_get_module_implemented(ctx, module);
    r->ops = compile_ops(value(node, "access-operations", "*"));
    r->is_permit = is_text(node, "action", "deny", "permit");
    if (rpc) {
        r->kind = RULE_OPERATION;
        r->target = name_or_any(rpc);
    } else if (notification) {
        r->kind = RULE_NOTIFICATION;
        r->target = name_or_any(notification);
    } else if (path) {
        r->kind = RULE_DATA;
        if (!rule_path_compile(ctx, path, r))
            r->ops = 0; /* the schema has no such place: there is nothing to permit or to deny */
    }
}

static void compile_list(const struct ly_ctx *ctx, const struct lyd_node *node, struct rule_list *l)
{
    l->groups = values(node, "group", &l->n_groups);
    l->rules = mem_alloc(NULL, (count(node, "rule") + 1) * sizeof(l->rules[0]));
    for (const struct lyd_node *c = lyd_child(node); c; c = c->next)
        if (strcmp(LYD_NAME(c), "rule") == 0)
            compile_rule(ctx, c, &l->rules[l->n_rules++]);
}

static void compile_lists(struct nacm *n, const struct lyd_node *top)
{
    const struct lyd_node *groups = yang_child(top, "groups");

    n->groups = mem_alloc(NULL, (count(groups, "group") + 1) * sizeof(n->groups[0]));
    for (const struct lyd_node *c = lyd_child(groups); c; c = c->next) {
        struct rule_group *g = &n->groups[n->n_groups++];
        g->name = mem_strdup(NULL, value(c, "name", ""));
        g->users = values(c, "user-name", &g->n_users);
    }
    n->lists = mem_alloc(NULL, (count(top, "rule-list") + 1) * sizeof(n->lists[0]));
    for (const struct lyd_node *c = lyd_child(top); c; c = c->next)
        if (strcmp(LYD_NAME(c), "rule-list") == 0)
            compile_list(n->ctx, c, &n->lists[n->n_lists++]);
}

static const struct lyd_node *find_top(const struct lyd_node *tree, const struct lys_module *module)
{
    for (; tree; tree = tree->next)
        if (tree->schema && tree->schema->module == module && strcmp(tree->schema->name, "nacm") == 0)
            return tree;
    return NULL;
}

struct nacm *nacm_create(const struct ly_ctx *ctx, const struct lyd_node *running)
{
    struct nacm *n = MEM_NEW(NULL, struct nacm);

    n->ctx = ctx;
    n->module = ly_ctx_get_module_implemented(ctx, "ietf-netconf-acm");
    const struct lyd_node *top = n->module ? find_top(lyd_first_sibling(running), n->module) : NULL;
    n->is_enabled = is_text(top, "enable-nacm", "true", "true");
    n->has_external_groups = is_text(top, "enable-external-groups", "true", "true");
    n->permits_read = is_text(top, "read-default", "permit", "permit");
    n->permits_write = is_text(top, "write-default", "deny", "permit");
    n->permits_exec = is_text(top, "exec-default", "permit", "permit");
    compile_lists(n, top);
    return n;
}

static void free_texts(char **texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mem_free(NULL, texts[i]);
    mem_free(NULL, texts);
}

static void free_list(struct rule_list *l)
{
    for (size_t i = 0; i < l->n_rules; i++) {
        rule_path_free(&l->rules[i]);
        mem_free(NULL, l->rules[i].module_name);
        mem_free(NULL, l->rules[i].target);
    }
    mem_free(NULL, l->rules);
    free_texts(l->groups, l->n_groups);
}

void nacm_destroy(struct nacm *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->n_lists; i++)
        free_list(&n->lists[i]);
    for (size_t i = 0; i < n->n_groups; i++) {
        mem_free(NULL, n->groups[i].name);
        free_texts(n->groups[i].users, n->groups[i].n_users);
    }
    mem_free(NULL, n->lists);
    mem_free(NULL, n->groups);
    mem_free(NULL, n);
}

/* --- views --- */

static bool has_text(char *const *texts, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

struct membership {
    const char **groups;
    size_t n;
};

static void find_groups(const struct nacm *n, const struct nacm_user *user, struct membership *out)
{
    out->groups = mem_alloc(NULL, (n->n_groups + user->n_groups + 1) * sizeof(out->groups[0]));
    for (size_t i = 0; i < n->n_groups; i++)
        if (has_text(n->groups[i].users, n->groups[i].n_users, user->name))
            out->groups[out->n++] = n->groups[i].name;
    for (size_t i = 0; n->has_external_groups && i < user->n_groups; i++)
        out->groups[out->n++] = user->groups[i];
}

static bool applies(const struct rule_list *l, const struct membership *m)
{
    if (has_text(l->groups, l->n_groups, "*"))
        return true;
    for (size_t i = 0; i < m->n; i++)
        if (has_text(l->groups, l->n_groups, m->groups[i]))
            return true;
    return false;
}

struct nacm_view *nacm_view_create(const struct nacm *n, const struct nacm_user *user)
{
    struct nacm_view *v = MEM_NEW(NULL, struct nacm_view);
    struct membership in = {0};
    size_t n_max = 0;

    v->nacm = n;
    v->is_open = user->is_recovery || !n->is_enabled;
    for (size_t i = 0; i < n->n_lists; i++)
        n_max += n->lists[i].n_rules;
    v->rules = mem_alloc(NULL, (n_max + 1) * sizeof(v->rules[0]));
    find_groups(n, user, &in);
    /* Without any group no rule applies, not even those of group "*": section 3.4.4 step 5. */
    for (size_t i = 0; in.n > 0 && i < n->n_lists; i++)
        for (size_t k = 0; applies(&n->lists[i], &in) && k < n->lists[i].n_rules; k++)
            v->rules[v->n_rules++] = &n->lists[i].rules[k];
    mem_free(NULL, in.groups);
    return v;
}

void nacm_view_destroy(struct nacm_view *v)
{
    if (!v)
        return;
    mem_free(NULL, v->rules);
    mem_free(NULL, v);
}

bool nacm_is_open(const struct nacm_view *v)
{
    return v->is_open;
}

/* --- operations, notifications --- */

static bool is_named(const struct rule *r, enum rule_kind kind, const char *module, const char *name, enum nacm_op op)
{
    if (r->kind != RULE_ANY && (r->kind != kind || (r->target && strcmp(r->target, name) != 0)))
        return false;
    return (r->ops & op) && (r->is_any_module || strcmp(r->module_name, module) == 0);
}

static bool is_denied_operation(const struct nacm *n, const char *module, const char *rpc)
{
    const struct lys_module *m = ly_ctx_get_module_implemented(n->ctx, module);
    const struct lysc_node *c = NULL;

    if (strcmp(module, "ietf-netconf") == 0 && (strcmp(rpc, "kill-session") == 0 || strcmp(rpc, "delete-config") == 0))
        return true;
    while (m && (c = lys_getnext(c, NULL, m->compiled, 0)))
        if (c->nodetype == LYS_RPC && c->module == m && strcmp(c->name, rpc) == 0)
            return nacm_has_extension(n, c, "default-deny-all");
    return false;
}

bool nacm_may_execute(const struct nacm_view *v, const char *module, const char *rpc)
{
    if (v->is_open || (strcmp(module, "ietf-netconf") == 0 && strcmp(rpc, "close-session") == 0))
        return true;
    for (size_t i = 0; i < v->n_rules; i++)
        if (is_named(v->rules[i], RULE_OPERATION, module, rpc, NACM_EXEC))
            return v->rules[i]->is_permit;
    return !is_denied_operation(v->nacm, module, rpc) && v->nacm->permits_exec;
}

static const struct lyd_node *find_notification(const struct lyd_node *n)
{
    for (; n; n = n->next) {
        if (n->schema && n->schema->nodetype == LYS_NOTIF)
            return n;
        const struct lyd_node *below = find_notification(lyd_child(n));
        if (below)
            return below;
    }
    return NULL;
}

/* Is the rule for data, and its path that of the notification or of a node above it? */
static bool leads_to(const struct rule *r, const struct lyd_node *n)
{
    const struct lyd_node *up = n;
    size_t depth = 1;

    if (r->kind != RULE_DATA)
        return false;
    for (const struct lyd_node *p = n; p->parent; p = lyd_parent(p))
        depth++;
    if (r->n_path > depth)
        return false;
    for (size_t i = depth; i > 0; i--, up = lyd_parent(up))
        if (i <= r->n_path && !rule_segment_matches(&r->path[i - 1], up))
            return false;
    return true;
}

bool nacm_may_hear(const struct nacm_view *v, const struct lyd_node *tree)
{
    const struct lyd_node *n = find_notification(tree);
    struct walk w;
    struct level top, here;

    if (v->is_open)
        return true;
    if (!n)
        return false;
    const char *module = n->schema->module->name, *name = n->schema->name;
    /* They end a replay: section 3.4.6 step 3. */
    if (strcmp(name, "replayComplete") == 0 || strcmp(name, "notificationComplete") == 0)
        return true;
    for (size_t i = 0; i < v->n_rules; i++) {
        const struct rule *r = v->rules[i];
        bool is_data = leads_to(r, n) && (r->ops & NACM_READ) && (r->is_any_module || r->module == n->schema->module);
        if (is_data || is_named(r, RULE_NOTIFICATION, module, name, NACM_READ))
            return r->is_permit;
    }
    walk_init(&w, v, &top);
    walk_enter_path(&w, &top, n, &here);
    walk_fini(&w);
    return !here.is_deny_all && v->nacm->permits_read;
}
