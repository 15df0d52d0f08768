/* SPDX-License-Identifier: Apache-2.0
 *
 * <daemon>_config.h: enumerations, structs (inner ones first), the root struct, and the node ids. Each definition has a
 * guard of its own, because daemons share containers; a name that would get two different definitions fails the build.
 */
#include <stdlib.h>
#include <string.h>

#include "src/yangc/yangc.h"

struct definition {
    SLIST_ENTRY(definition) link;
    char *name;
    char *text;
};

struct emitter {
    FILE *out;
    SLIST_HEAD(, definition) done;
};

/* Writes the definition unless it was written before. */
static void define(struct emitter *e, const char *name, const char *text)
{
    struct definition *d;
    char *guard;

    SLIST_FOREACH (d, &e->done, link) {
        if (strcmp(d->name, name) != 0)
            continue;
        if (strcmp(d->text, text) != 0)
            fail("cfg_%s: two uses of it differ in their configuration nodes:\n%s\nand\n%s", name, d->text, text);
        return;
    }
    d = calloc(1, sizeof(*d));
    if (!d)
        abort();
    d->name = text_of("%s", name);
    d->text = text_of("%s", text);
    SLIST_INSERT_HEAD(&e->done, d, link);
    guard = upper_of(name);
    fprintf(e->out, "#ifndef CFG_DEFINED_%s\n#define CFG_DEFINED_%s\n%s#endif\n\n", guard, guard, text);
    free(guard);
}

static const char *enum_base(const struct node *n)
{
    return n->value.enum_base[0] ? n->value.enum_base : n->base;
}

static void emit_enum(struct emitter *e, const struct node *n)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    char *upper = upper_of(enum_base(n));
    LY_ARRAY_COUNT_TYPE i;

    if (!out)
        abort();
    fprintf(out, "enum cfg_%s {\n", enum_base(n));
    LY_ARRAY_FOR(n->value.enums->enums, i)
    {
        char *value = upper_of(n->value.enums->enums[i].name);

        fprintf(out, "    CFG_%s_%s = %d,\n", upper, value, n->value.enums->enums[i].value);
        free(value);
    }
    fprintf(out, "};\n");
    fclose(out);
    define(e, enum_base(n), text);
    free(upper);
    free(text);
}

/* The group in the chain of `n` that stands directly in `level` (NULL: in the struct of the parent). */
static const struct group *group_below(const struct node *n, const struct group *level)
{
    const struct group *g = n->group;

    if (g == level)
        return NULL;
    while (g && g->outer != level)
        g = g->outer;
    return g;
}

static bool is_within(const struct node *n, const struct group *level)
{
    const struct group *g = n->group;

    while (g && g != level)
        g = g->outer;
    return g == level;
}

static void emit_type_of(const struct node *n, char *type, size_t size)
{
    if (n->value.type == SCHEMA_ENUM)
        snprintf(type, size, "enum cfg_%s ", enum_base(n));
    else if (n->value.type == SCHEMA_STRING)
        snprintf(type, size, "const char *");
    else
        snprintf(type, size, "%s ", n->value.c_name);
}

static void emit_member(const struct node *n, FILE *out)
{
    char type[YANGC_NAME_MAX + 16];

    switch (n->kind) {
    case SCHEMA_CONTAINER:
        fprintf(out, "    struct cfg_%s %s;\n", n->base, n->cname);
        return;
    case SCHEMA_PRESENCE:
        fprintf(out, "    struct cfg_%s *%s; /* NULL: absent */\n", n->base, n->cname);
        return;
    case SCHEMA_LIST:
        fprintf(out, "    size_t n_%s;\n    struct cfg_%s **%s;\n", n->cname, n->base, n->cname);
        return;
    case SCHEMA_LEAF:
        emit_type_of(n, type, sizeof(type));
        if (n->has_flag)
            fprintf(out, "    bool has_%s;\n", n->cname);
        fprintf(out, "    %s%s;", type, n->cname);
        if (n->is_key || n->default_text)
            fprintf(out, n->is_key ? " /* key */" : " /* default %s */", n->default_text);
        fputc('\n', out);
        return;
    case SCHEMA_LEAF_LIST:
        emit_type_of(n, type, sizeof(type));
        fprintf(out, "    size_t n_%s;\n    %s*%s;\n", n->cname, type, n->cname);
        return;
    }
}

static void emit_body(struct emitter *e, const struct node *parent, const struct group *level, const char *name);

static void emit_members(struct emitter *e, const struct node *parent, const struct group *level, FILE *out)
{
    const struct group *seen[64];
    const struct node *n;
    size_t n_seen = 0;

    TAILQ_FOREACH (n, &parent->children, link) {
        const struct group *g;
        size_t i = 0;

        if (!n->is_stored || !is_within(n, level))
            continue;
        g = group_below(n, level);
        if (!g) {
            emit_member(n, out);
            continue;
        }
        while (i < n_seen && seen[i] != g)
            i++;
        if (i < n_seen)
            continue;
        if (n_seen == sizeof(seen) / sizeof(seen[0]))
            fail("%s: too many groupings in one place", parent->name);
        seen[n_seen++] = g;
        emit_body(e, parent, g, g->cname);
        fprintf(out, "    struct cfg_%s %s;\n", g->cname, g->cname);
    }
}

static void emit_body(struct emitter *e, const struct node *parent, const struct group *level, const char *name)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    long before;

    if (!out)
        abort();
    fprintf(out, "struct cfg_%s {\n", name);
    before = ftell(out);
    emit_members(e, parent, level, out);
    if (ftell(out) == before)
        fprintf(out, "    char nothing; /* its presence says it all */\n");
    fprintf(out, "};\n");
    fclose(out);
    define(e, name, text);
    free(text);
}

static void emit_inner(struct emitter *e, const struct node *n)
{
    const struct node *child;

    TAILQ_FOREACH (child, &n->children, link)
        if (child->is_stored)
            emit_inner(e, child);
    if (n->value.type == SCHEMA_ENUM)
        emit_enum(e, n);
    else if (n->kind != SCHEMA_LEAF && n->kind != SCHEMA_LEAF_LIST)
        emit_body(e, n, NULL, n->base);
}

/* State that is an enumeration has no member, but the daemon needs the values. */
static void emit_state_enums(struct emitter *e, const struct node *n)
{
    const struct node *child;

    TAILQ_FOREACH (child, &n->children, link)
        emit_state_enums(e, child);
    if (n->value.type == SCHEMA_ENUM && !n->is_stored && strncmp(n->compiled->module->name, "strata-", 7) == 0)
        emit_enum(e, n);
}

static void emit_ids(const struct node *n, const char *daemon, FILE *out)
{
    const struct node *child;

    if (n->path)
        fprintf(out, "    %s_%s = %u,\n", daemon, n->path, n->id);
    TAILQ_FOREACH (child, &n->children, link)
        emit_ids(child, daemon, out);
}

void emit_header(const struct model *m, FILE *out)
{
    struct emitter e = {.out = out, .done = SLIST_HEAD_INITIALIZER(e.done)};
    const char *daemon = m->owner->daemon;
    char *upper = upper_of(daemon);
    const struct node *top;
    bool is_empty = true;

    fprintf(out,
            "/* SPDX-License-Identifier: Apache-2.0\n *\n * Generated by yangc from the YANG modules. */\n"
            "#pragma once\n\n#include \"strata/addr.h\"\n#include \"strata/rd.h\"\n#include \"strata/schema.h\"\n\n");
    TAILQ_FOREACH (top, &m->root->children, link)
        if (top->is_stored)
            emit_inner(&e, top);
    emit_state_enums(&e, m->root);
    fprintf(out, "struct %s_config {\n", daemon);
    TAILQ_FOREACH (top, &m->root->children, link) {
        if (top->is_stored) {
            emit_member(top, out);
            is_empty = false;
        }
    }
    fprintf(out, "%s};\n\nenum %s_node {\n    %s_ROOT = 0,\n", is_empty ? "    char nothing;\n" : "", daemon, upper);
    emit_ids(m->root, upper, out);
    fprintf(out, "};\n\nextern const struct schema %s_schema;\n", daemon);
    free(upper);
}
