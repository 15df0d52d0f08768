/* SPDX-License-Identifier: Apache-2.0
 *
 * <daemon>_config.c: the constant table over which the runtime works, and its hash: FNV-1a over what both ends of a
 * stream must agree on (names, shapes, types, enumerations, defaults), so that C layout does not count.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "src/yangc/yangc.h"

static const char *const kinds[] = {
    [SCHEMA_CONTAINER] = "SCHEMA_CONTAINER", [SCHEMA_PRESENCE] = "SCHEMA_PRESENCE",   [SCHEMA_LIST] = "SCHEMA_LIST",
    [SCHEMA_LEAF] = "SCHEMA_LEAF",           [SCHEMA_LEAF_LIST] = "SCHEMA_LEAF_LIST",
};

static const char *const types[SCHEMA_TYPE_COUNT] = {
    [SCHEMA_NO_TYPE] = "SCHEMA_NO_TYPE",
    [SCHEMA_BOOL] = "SCHEMA_BOOL",
    [SCHEMA_U8] = "SCHEMA_U8",
    [SCHEMA_U16] = "SCHEMA_U16",
    [SCHEMA_U32] = "SCHEMA_U32",
    [SCHEMA_U64] = "SCHEMA_U64",
    [SCHEMA_I8] = "SCHEMA_I8",
    [SCHEMA_I16] = "SCHEMA_I16",
    [SCHEMA_I32] = "SCHEMA_I32",
    [SCHEMA_I64] = "SCHEMA_I64",
    [SCHEMA_ENUM] = "SCHEMA_ENUM",
    [SCHEMA_STRING] = "SCHEMA_STRING",
    [SCHEMA_ADDRESS] = "SCHEMA_ADDRESS",
    [SCHEMA_PREFIX] = "SCHEMA_PREFIX",
    [SCHEMA_INTERFACE_ADDRESS] = "SCHEMA_INTERFACE_ADDRESS",
    [SCHEMA_QUAD] = "SCHEMA_QUAD",
    [SCHEMA_RD] = "SCHEMA_RD",
    [SCHEMA_ROUTE_TARGET] = "SCHEMA_ROUTE_TARGET",
    [SCHEMA_SITE_OF_ORIGIN] = "SCHEMA_SITE_OF_ORIGIN",
};

static void hash_text(uint64_t *hash, const char *text)
{
    for (; *text; text++)
        *hash = (*hash ^ (uint8_t)*text) * 0x100000001b3u;
    *hash = (*hash ^ 0xff) * 0x100000001b3u; /* ends the text */
}

static void hash_node(uint64_t *hash, const struct node *n)
{
    const struct node *child;
    char shape[96];

    if (n->compiled) {
        hash_text(hash, n->name);
        hash_text(hash, n->compiled->module->name);
        hash_text(hash, n->default_text ? n->default_text : "");
        if (n->value.type == SCHEMA_ENUM) {
            LY_ARRAY_COUNT_TYPE i;

            LY_ARRAY_FOR(n->value.enums->enums, i)
            {
                snprintf(shape, sizeof(shape), "%d", n->value.enums->enums[i].value);
                hash_text(hash, n->value.enums->enums[i].name);
                hash_text(hash, shape);
            }
        }
    }
    snprintf(shape, sizeof(shape), "%u %u %d %d %zu %d %d %d", n->id, n->last, (int)n->kind, (int)n->value.type,
             n->n_keys, n->is_config, n->is_stored, n->is_notification);
    hash_text(hash, shape);
    TAILQ_FOREACH (child, &n->children, link)
        hash_node(hash, child);
}

static void emit_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        if (*text == '\n')
            fputs("\\n", out);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void emit_enums(const struct node *n, FILE *out)
{
    const struct node *child;
    LY_ARRAY_COUNT_TYPE i;

    if (n->value.type == SCHEMA_ENUM) {
        fprintf(out, "static const struct schema_enum enums_%u[] = {\n", n->id);
        LY_ARRAY_FOR(n->value.enums->enums, i)
        {
            fputs("    {", out);
            emit_string(n->value.enums->enums[i].name, out);
            fprintf(out, ", %d},\n", n->value.enums->enums[i].value);
        }
        fputs("};\n", out);
    }
    TAILQ_FOREACH (child, &n->children, link)
        emit_enums(child, out);
}

/* "bgp_instance.router_id" with a prefix to its last part: "bgp_instance.has_router_id" */
static char *member_with(const struct node *n, const char *prefix)
{
    const char *dot = strrchr(n->member, '.');
    int head = dot ? (int)(dot + 1 - n->member) : 0;

    return text_of("%.*s%s%s", head, n->member, prefix, n->member + head);
}

static void emit_offset(const struct model *m, const struct node *n, const char *field, const char *prefix, FILE *out)
{
    char *member = member_with(n, prefix);

    if (n->parent->parent)
        fprintf(out, " .%s = offsetof(struct cfg_%s, %s),", field, n->parent->base, member);
    else
        fprintf(out, " .%s = offsetof(struct %s_config, %s),", field, m->owner->daemon, member);
    free(member);
}

static void emit_size(const struct node *n, FILE *out)
{
    if (n->value.type == SCHEMA_ENUM)
        fprintf(out, " .size = sizeof(int),");
    else if (n->value.type != SCHEMA_NO_TYPE)
        fprintf(out, " .size = sizeof(%s),", n->value.c_name);
    else if (n->is_stored)
        fprintf(out, " .size = sizeof(struct cfg_%s),", n->base);
}

static void emit_place(const struct model *m, const struct node *n, FILE *out)
{
    emit_size(n, out);
    if (!n->is_stored) {
        fprintf(out, " .offset = SCHEMA_NONE, .count_offset = SCHEMA_NONE, .has_offset = SCHEMA_NONE,");
        return;
    }
    emit_offset(m, n, "offset", "", out);
    if (n->kind == SCHEMA_LIST || n->kind == SCHEMA_LEAF_LIST)
        emit_offset(m, n, "count_offset", "n_", out);
    else
        fprintf(out, " .count_offset = SCHEMA_NONE,");
    if (n->kind == SCHEMA_LEAF && n->has_flag)
        emit_offset(m, n, "has_offset", "has_", out);
    else
        fprintf(out, " .has_offset = SCHEMA_NONE,");
}

static void emit_node(const struct model *m, const struct node *n, FILE *out)
{
    const struct node *child;

    if (!n->compiled) {
        fprintf(out,
                "    {.name = \"\", .module = \"\", .parent = SCHEMA_NONE, .last = %u, .offset = SCHEMA_NONE,"
                " .count_offset = SCHEMA_NONE, .has_offset = SCHEMA_NONE, .size = sizeof(struct %s_config),"
                " .kind = SCHEMA_CONTAINER, .is_config = true},\n",
                n->last, m->owner->daemon);
    } else {
        fprintf(out, "    {.name = \"%s\", .module = \"%s\", .parent = %u, .last = %u,", n->name,
                n->compiled->module->name, n->parent->id, n->last);
        emit_place(m, n, out);
        fprintf(out, " .kind = %s, .type = %s,", kinds[n->kind], types[n->value.type]);
        if (n->default_text) {
            fputs(" .default_text = ", out);
            emit_string(n->default_text, out);
            fputc(',', out);
        }
        if (n->value.type == SCHEMA_ENUM)
            fprintf(out, " .enums = enums_%u, .n_enums = %zu,", n->id, (size_t)LY_ARRAY_COUNT(n->value.enums->enums));
        fprintf(out, " .n_keys = %zu, .is_config = %s, .is_mandatory = %s,%s},\n", n->n_keys,
                n->is_config ? "true" : "false", n->is_mandatory ? "true" : "false",
                n->is_notification ? " .is_notification = true" : "");
    }
    TAILQ_FOREACH (child, &n->children, link)
        emit_node(m, child, out);
}

void emit_source(const struct model *m, FILE *out)
{
    const char *daemon = m->owner->daemon;
    uint64_t hash = 0xcbf29ce484222325u;

    hash_node(&hash, m->root);
    fprintf(out,
            "/* SPDX-License-Identifier: Apache-2.0\n *\n * Generated by yangc from the YANG modules. */\n"
            "#include \"%s_config.h\"\n\n#include <stddef.h>\n\n",
            daemon);
    emit_enums(m->root, out);
    fprintf(out, "\nstatic const struct schema_node nodes[] = {\n");
    emit_node(m, m->root, out);
    fprintf(out,
            "};\n\nconst struct schema %s_schema = {\n    .name = \"%s\",\n    .nodes = nodes,\n    .n_nodes = %u,\n",
            daemon, daemon, m->n_nodes);
    fprintf(out, "    .root_size = sizeof(struct %s_config),\n    .hash = UINT64_C(0x%016" PRIx64 "),\n};\n", daemon,
            hash);
}
