/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads libyang's compiled schema as a command syntax. No data, no state.
 */
#include "lib/text/syntax.h"

#include <inttypes.h>
#include <libyang/libyang.h>
#include <libyang/plugins_types.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"

static bool is_usable(const struct lysc_node *n, bool with_state)
{
    if (n->flags & LYS_STATUS_OBSLT)
        return false;
    if (!(n->flags & LYS_CONFIG_W) && !with_state)
        return false;
    if (n->nodetype == LYS_LEAF && lysc_is_key(n))
        return false;
    return (n->nodetype & (LYS_CONTAINER | LYS_LIST | LYS_LEAF | LYS_LEAFLIST)) != 0;
}

const struct lysc_node *syntax_transparent(const struct lysc_node *container)
{
    const struct lysc_node *only = NULL;
    if (container->nodetype != LYS_CONTAINER || (container->flags & LYS_PRESENCE))
        return NULL;
    for (const struct lysc_node *c = NULL; (c = lys_getnext(c, container, NULL, 0));) {
        if (!(c->flags & LYS_CONFIG_W))
            continue;
        if (only)
            return NULL;
        only = c;
    }
    if (!only || only->nodetype != LYS_LIST)
        return NULL;
    size_t n = strlen(only->name);
    bool is_plural = strncmp(container->name, only->name, n) == 0 && strcmp(container->name + n, "s") == 0;
    return is_plural ? only : NULL;
}

static size_t add_child(const struct lysc_node *n, bool with_state, struct syntax_step *out, size_t count)
{
    if (!is_usable(n, with_state) || count >= SYNTAX_CHILDREN_MAX)
        return count;
    const struct lysc_node *list = syntax_transparent(n);
    out[count] = list ? (struct syntax_step){n, list} : (struct syntax_step){NULL, n};
    return count + 1;
}

size_t syntax_children(const struct ly_ctx *ctx, const struct lysc_node *parent, bool with_state,
                       struct syntax_step out[SYNTAX_CHILDREN_MAX])
{
    size_t count = 0;
    const struct lysc_node *n = NULL;
    if (parent) {
        while ((n = lys_getnext(n, parent, NULL, 0)))
            count = add_child(n, with_state, out, count);
        return count;
    }
    uint32_t index = 0;
    for (const struct lys_module *m; (m = ly_ctx_get_module_iter(ctx, &index));) {
        if (!m->implemented || !m->compiled)
            continue;
        bool is_ours = strncmp(m->name, "strata-", 7) == 0; /* the state of others is not spoken of in words */
        for (n = NULL; (n = lys_getnext(n, NULL, m->compiled, 0));)
            count = add_child(n, with_state && is_ours, out, count);
    }
    return count;
}

bool syntax_find(const struct ly_ctx *ctx, const struct lysc_node *parent, const char *word, bool with_state,
                 struct syntax_step *out)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    size_t n = syntax_children(ctx, parent, with_state, all);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].node->name, word) == 0) {
            *out = all[i];
            return true;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (all[i].via && strcmp(all[i].via->name, word) == 0) {
            *out = (struct syntax_step){NULL, all[i].via};
            return true;
        }
    }
    return false;
}

static const struct lysc_type *leaf_type(const struct lysc_node *leaf)
{
    const struct lysc_type *t = leaf->nodetype == LYS_LEAFLIST ? ((const struct lysc_node_leaflist *)leaf)->type
                                                               : ((const struct lysc_node_leaf *)leaf)->type;
    while (t->basetype == LY_TYPE_LEAFREF)
        t = ((const struct lysc_type_leafref *)t)->realtype;
    return t;
}

bool syntax_is_number(const struct lysc_type *type)
{
    switch (type->basetype) {
    case LY_TYPE_UINT8:
    case LY_TYPE_UINT16:
    case LY_TYPE_UINT32:
    case LY_TYPE_UINT64:
    case LY_TYPE_INT8:
    case LY_TYPE_INT16:
    case LY_TYPE_INT32:
    case LY_TYPE_INT64:
    case LY_TYPE_DEC64:
        return true;
    default:
        return false;
    }
}

bool syntax_is_boolean(const struct lysc_node *leaf)
{
    return leaf->nodetype == LYS_LEAF && leaf_type(leaf)->basetype == LY_TYPE_BOOL;
}

static size_t type_values(const struct lysc_type *t, const char **out, size_t max)
{
    size_t n = 0;
    if (t->basetype == LY_TYPE_BOOL && max >= 2) {
        out[n++] = "true";
        out[n++] = "false";
    } else if (t->basetype == LY_TYPE_ENUM) {
        const struct lysc_type_enum *e = (const struct lysc_type_enum *)t;
        LY_ARRAY_COUNT_TYPE i;
        LY_ARRAY_FOR(e->enums, i) if (n < max) out[n++] = e->enums[i].name;
    } else if (t->basetype == LY_TYPE_BITS) {
        const struct lysc_type_bits *b = (const struct lysc_type_bits *)t;
        LY_ARRAY_COUNT_TYPE i;
        LY_ARRAY_FOR(b->bits, i) if (n < max) out[n++] = b->bits[i].name;
    } else if (t->basetype == LY_TYPE_IDENT) {
        const struct lysc_type_identityref *ref = (const struct lysc_type_identityref *)t;
        LY_ARRAY_COUNT_TYPE i, k;
        LY_ARRAY_FOR(ref->bases, i)
        LY_ARRAY_FOR(ref->bases[i]->derived, k) if (n < max) out[n++] = ref->bases[i]->derived[k]->name;
    } else if (t->basetype == LY_TYPE_UNION) {
        const struct lysc_type_union *u = (const struct lysc_type_union *)t;
        LY_ARRAY_COUNT_TYPE i;
        LY_ARRAY_FOR(u->types, i) n += type_values(u->types[i], out + n, max - n);
    }
    return n;
}

size_t syntax_values(const struct lysc_node *leaf, const char **out, size_t max)
{
    return type_values(leaf_type(leaf), out, max);
}

static const char *base_name(LY_DATA_TYPE t)
{
    switch (t) {
    case LY_TYPE_BINARY:
        return "base64 text";
    case LY_TYPE_INST:
        return "a path";
    case LY_TYPE_EMPTY:
        return "no value";
    default: /* libyang's list of types is open; what is left is text to the person who types */
        return "text";
    }
}

/* Addresses and prefixes: libyang has types of its own for them, known by the names of their implementations. */
static const char *written_like(const struct lysc_type *t)
{
    static const struct {
        const char *type, *text;
    } known[] = {{"ipv4-prefix", "an IPv4 prefix like 10.0.0.0/24"}, {"ipv4-address", "an IPv4 address like 10.0.0.1"}};
    const char *id = t->plugin ? t->plugin->id : NULL;

    for (size_t i = 0; id && i < sizeof(known) / sizeof(known[0]); i++)
        if (strstr(id, known[i].type))
            return known[i].text;
    return NULL;
}

static bool describe_range(const struct lysc_type *t, struct text_buf *out)
{
    const struct lysc_type_num *num = (const struct lysc_type_num *)t;
    bool is_signed = t->basetype >= LY_TYPE_INT8 && t->basetype <= LY_TYPE_INT64;
    bool is_unsigned = t->basetype >= LY_TYPE_UINT8 && t->basetype <= LY_TYPE_UINT64;
    if (!is_signed && !is_unsigned)
        return false;
    text_buf_puts(out, "a number");
    if (!num->range)
        return true;
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(num->range->parts, i)
    {
        const struct lysc_range_part *p = &num->range->parts[i];
        if (is_signed)
            text_buf_printf(out, "%s%" PRId64 "..%" PRId64, i ? "|" : " ", p->min_64, p->max_64);
        else
            text_buf_printf(out, "%s%" PRIu64 "..%" PRIu64, i ? "|" : " ", p->min_u64, p->max_u64);
    }
    return true;
}

void syntax_describe_type(const struct lysc_node *leaf, struct text_buf *out)
{
    const char *values[64];
    size_t n = syntax_values(leaf, values, 64);
    const struct lysc_type *t = leaf_type(leaf);

    if (n) {
        text_buf_puts(out, "one of: ");
        for (size_t i = 0; i < n; i++)
            text_buf_printf(out, "%s%s", i ? ", " : "", values[i]);
        return;
    }
    if (!describe_range(t, out)) {
        const char *units = leaf->nodetype == LYS_LEAF ? ((const struct lysc_node_leaf *)leaf)->units : NULL;
        const char *like = written_like(t);
        text_buf_puts(out, like ? like : units ? units : base_name(t->basetype));
    }
}

static void first_sentence(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = text ? text : ""; *p && n + 1 < size; p++) {
        bool is_gap = *p == '\n' || *p == ' ' || *p == '\t';
        if (is_gap && (n == 0 || out[n - 1] == ' '))
            continue;
        if (*p == '.' && (p[1] == ' ' || p[1] == '\n' || !p[1]))
            break;
        out[n++] = is_gap ? ' ' : *p;
    }
    if (size)
        out[n] = '\0';
}

void syntax_help(const struct lysc_node *node, char *out, size_t size)
{
    first_sentence(node->dsc, out, size);
}

static const char *enum_description(const struct lysc_type *t, const char *value)
{
    const struct lysc_type_enum *e = (const struct lysc_type_enum *)t;
    const struct lysc_type_union *u = (const struct lysc_type_union *)t;
    const char *found = NULL;
    LY_ARRAY_COUNT_TYPE i;

    if (t->basetype == LY_TYPE_ENUM)
        LY_ARRAY_FOR(e->enums, i) found = strcmp(e->enums[i].name, value) == 0 ? e->enums[i].dsc : found;
    else if (t->basetype == LY_TYPE_UNION)
        LY_ARRAY_FOR(u->types, i) found = found ? found : enum_description(u->types[i], value);
    return found;
}

void syntax_value_help(const struct lysc_node *leaf, const char *value, char *out, size_t size)
{
    first_sentence(enum_description(leaf_type(leaf), value), out, size);
}

/* libyang keeps no names of typedefs; leafs of st:area-id are all called so. */
void syntax_write_out(const struct lysc_node *leaf, char *word, size_t size)
{
    unsigned long long n = 0;
    size_t len = strspn(word, "0123456789");

    if (strcmp(leaf->name, "area-id") != 0 || len == 0 || len > 10 || word[len])
        return;
    for (size_t i = 0; i < len; i++)
        n = n * 10 + (unsigned long long)(word[i] - '0');
    if (n <= UINT32_MAX)
        snprintf(word, size, "%llu.%llu.%llu.%llu", n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255);
}
