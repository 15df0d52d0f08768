/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the model of one daemon: the containers of its lines in daemons.map, each node with its C names, its place in
 * a struct and its id. Ids are given depth first, in the order of the schema, keys before all else.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "src/yangc/yangc.h"

static const char *const keywords[] = {
    "auto",   "break",  "case",     "char",     "const",  "continue", "default", "do",      "double", "else",
    "enum",   "extern", "float",    "for",      "goto",   "if",       "inline",  "int",     "long",   "register",
    "return", "short",  "signed",   "sizeof",   "static", "struct",   "switch",  "typedef", "union",  "unsigned",
    "void",   "while",  "volatile", "restrict", "bool",   "true",     "false",   "asm",     "typeof",
};

char *c_name_of(const char *yang_name)
{
    char *name = NULL;

    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (strcmp(keywords[i], yang_name) == 0)
            return text_of("%s_", yang_name);
    name = text_of("%s", yang_name);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return name;
}

char *upper_of(const char *name)
{
    char *upper = text_of("%s", name);

    for (char *c = upper; *c; c++)
        *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
    return upper;
}

static struct node *node_new(struct node *parent, const struct lysc_node *compiled, const struct origin *origin)
{
    struct node *n = calloc(1, sizeof(*n));
    char *upper;

    if (!n)
        abort();
    TAILQ_INIT(&n->children);
    n->parent = parent;
    n->compiled = compiled;
    if (!parent)
        return n;
    n->group = origin ? origin->group : NULL;
    n->name = compiled->name;
    n->cname = c_name_of(n->name);
    upper = upper_of(n->name);
    n->path = parent->path ? text_of("%s_%s", parent->path, upper) : text_of("%s", upper);
    free(upper);
    if (n->group)
        n->base = text_of("%s_%s", n->group->cname, n->cname);
    else
        n->base = parent->base ? text_of("%s_%s", parent->base, n->cname) : text_of("%s", n->cname);
    n->member = text_of("%s", n->cname);
    for (const struct group *g = n->group; g; g = g->outer) {
        char *inner = n->member;

        n->member = text_of("%s.%s", g->cname, inner);
        free(inner);
    }
    n->is_config = (compiled->flags & LYS_CONFIG_W) != 0;
    TAILQ_INSERT_TAIL(&parent->children, n, link);
    return n;
}

static bool in_choice(const struct lysc_node *n)
{
    return n->parent && (n->parent->nodetype & (LYS_CASE | LYS_CHOICE));
}

static void fill_leaf(struct node *n, const struct origin *origin)
{
    const struct lysc_node *c = n->compiled;

    value_type_of(c, origin, &n->value);
    n->is_key = lysc_is_key(c);
    n->is_mandatory = n->is_key || ((c->flags & LYS_MAND_TRUE) && !in_choice(c));
    if (c->nodetype == LYS_LEAF) {
        struct lyd_value *dflt = ((const struct lysc_node_leaf *)c)->dflt;

        n->kind = SCHEMA_LEAF;
        if (dflt)
            n->default_text = text_of("%s", lyd_value_get_canonical(c->module->ctx, dflt));
        n->has_flag = !n->is_mandatory && !n->default_text;
    } else {
        n->kind = SCHEMA_LEAF_LIST;
        if (((const struct lysc_node_leaflist *)c)->dflts)
            fail("leaf-list %s: a leaf-list has no defaults here", n->name);
        if (n->is_config && (c->flags & LYS_ORDBY_USER))
            fail("leaf-list %s: ordered-by user is not used", n->name);
    }
}

static void add_children(struct node *n, const struct lysp_node *parsed, const struct lysp_module *module,
                         bool is_stored);

static void add_child(struct node *parent, const struct lysc_node *c, const struct origin_list *level, bool is_stored)
{
    const struct origin *origin = parsed_find(level, c);
    struct node *n;

    if (c->nodetype & (LYS_ANYDATA | LYS_ACTION | LYS_NOTIF))
        return;
    if (!origin && strncmp(c->module->name, "strata-", 7) == 0)
        fail("%s: its statement is not found", c->name);
    n = node_new(parent, c, origin);
    is_stored = is_stored && n->is_config;
    if (c->nodetype & (LYS_LEAF | LYS_LEAFLIST)) {
        fill_leaf(n, origin);
        n->is_stored = is_stored;
        return;
    }
    if (c->nodetype == LYS_LIST && is_stored && (c->flags & LYS_ORDBY_USER))
        fail("list %s: ordered-by user is not used; give entries a sequence number as key", n->name);
    add_children(n, origin ? origin->parsed : NULL, origin ? origin->module : NULL, is_stored);
    if (c->nodetype == LYS_LIST)
        n->kind = SCHEMA_LIST;
    else
        n->kind = (c->flags & LYS_PRESENCE) ? SCHEMA_PRESENCE : SCHEMA_CONTAINER;
    n->is_stored = is_stored && n->kind != SCHEMA_CONTAINER;
    for (const struct node *child = TAILQ_FIRST(&n->children); child && is_stored; child = TAILQ_NEXT(child, link))
        n->is_stored = n->is_stored || child->is_stored;
}

/* Keys first, in the order of the key statement: libyang keeps them so. */
static void count_keys(struct node *n)
{
    const struct node *child;
    bool others = false;

    TAILQ_FOREACH (child, &n->children, link) {
        if (child->is_key && others)
            fail("list %s: its keys do not come first", n->name);
        if (child->is_key)
            n->n_keys++;
        else
            others = true;
    }
}

static void add_children(struct node *n, const struct lysp_node *parsed, const struct lysp_module *module,
                         bool is_stored)
{
    struct origin_list level = SLIST_HEAD_INITIALIZER(level);
    const struct lysc_node *c = NULL;

    if (parsed)
        parsed_level(lysp_node_child(parsed), module, NULL, &level);
    while ((c = lys_getnext(c, n->compiled, NULL, 0)))
        add_child(n, c, &level, is_stored);
    count_keys(n);
}

static const struct lysc_node *find_top(struct ly_ctx *ctx, const char *name)
{
    const struct lys_module *mod;
    uint32_t index = 0;

    while ((mod = ly_ctx_get_module_iter(ctx, &index))) {
        const struct lysc_node *c = NULL;

        if (!mod->implemented || !mod->compiled)
            continue;
        while ((c = lys_getnext(c, NULL, mod->compiled, 0)))
            if (c->nodetype == LYS_CONTAINER && strcmp(c->name, name) == 0)
                return c;
    }
    return NULL;
}

static void add_top(struct model *m, const char *name, size_t n_failed_modules)
{
    const struct lysc_node *c = find_top(m->ctx, name);
    struct origin_list level = SLIST_HEAD_INITIALIZER(level);

    if (!c && n_failed_modules)
        fail("%s needs the container %s, which may be in a module that does not compile", m->owner->daemon, name);
    if (!c) {
        printf("yangc: %s: no module has the container %s yet, left out\n", m->owner->daemon, name);
        return;
    }
    parsed_level(c->module->parsed->data, c->module->parsed, NULL, &level);
    add_child(m->root, c, &level, name_in(m->owner->config, name));
}

/* Its id is named NOTIFY_<NAME>, so that it is not taken for a container's. Below it the nodes are as those of state.
 */
static void add_notification(struct model *m, const struct lysc_node *c, const struct lysp_module *module)
{
    struct origin_list level = SLIST_HEAD_INITIALIZER(level);
    const struct origin *origin;
    struct node *n;
    char *base, *path;

    parsed_level((const struct lysp_node *)module->notifs, module, NULL, &level);
    origin = parsed_find(&level, c);
    if (!origin)
        fail("%s: its statement is not found", c->name);
    n = node_new(m->root, c, origin);
    base = n->base;
    path = n->path;
    n->base = text_of("notify_%s", base);
    n->path = text_of("NOTIFY_%s", path);
    free(base);
    free(path);
    n->kind = SCHEMA_CONTAINER;
    n->is_notification = true;
    add_children(n, origin->parsed, origin->module, false);
}

static bool has_state_of(const struct model *m, const struct lys_module *module)
{
    const struct node *top;

    TAILQ_FOREACH (top, &m->root->children, link)
        if (!top->is_notification && top->compiled->module == module && name_in(m->owner->state, top->name))
            return true;
    return false;
}

/* A module's notifications are told by who answers state for a container of the module. */
static void add_notifications(struct model *m)
{
    const struct lys_module *mod;
    uint32_t index = 0;

    while ((mod = ly_ctx_get_module_iter(m->ctx, &index))) {
        if (!mod->implemented || !mod->compiled || strncmp(mod->name, "strata-", 7) != 0 || !has_state_of(m, mod))
            continue;
        for (const struct lysc_node_notif *c = mod->compiled->notifs; c; c = (const struct lysc_node_notif *)c->next)
            add_notification(m, (const struct lysc_node *)c, mod->parsed);
    }
}

/* A daemon that does not answer state for a container does not get its state nodes. */
static void drop_state(struct node *n)
{
    struct node *child, *next;

    for (child = TAILQ_FIRST(&n->children); child; child = next) {
        next = TAILQ_NEXT(child, link);
        if (!child->is_config)
            TAILQ_REMOVE(&n->children, child, link);
        else
            drop_state(child);
    }
}

static void number(struct model *m, struct node *n)
{
    struct node *child;

    n->id = m->n_nodes++;
    TAILQ_FOREACH (child, &n->children, link)
        number(m, child);
    n->last = m->n_nodes - 1;
}

struct model *model_build(struct ly_ctx *ctx, const struct owner *owner, size_t n_failed_modules)
{
    struct model *m = calloc(1, sizeof(*m));
    struct node *child;

    if (!m)
        abort();
    m->owner = owner;
    m->ctx = ctx;
    m->root = node_new(NULL, NULL, NULL);
    m->root->is_stored = true;
    m->root->is_config = true;
    for (char *const *name = owner->config; *name; name++)
        add_top(m, *name, n_failed_modules);
    for (char *const *name = owner->state; *name; name++)
        if (!name_in(owner->config, *name))
            add_top(m, *name, n_failed_modules);
    TAILQ_FOREACH (child, &m->root->children, link)
        if (!name_in(owner->state, child->name))
            drop_state(child);
    add_notifications(m);
    number(m, m->root);
    return m;
}
