/* SPDX-License-Identifier: Apache-2.0
 *
 * From a leaf's YANG type to its C type. First by the name of a typedef on the way down to the built-in type (the table
 * below), else by the built-in type; what C has nothing better for is text in YANG's canonical form.
 */
#include <stdlib.h>
#include <string.h>

#include "src/yangc/yangc.h"

struct named_type {
    const char *module;
    const char *name;
    enum schema_type type;
};

static const struct named_type named_types[] = {
    {"strata-types", "ip-address", SCHEMA_ADDRESS},
    {"strata-types", "ipv4-address", SCHEMA_ADDRESS},
    {"strata-types", "ip-prefix", SCHEMA_PREFIX},
    {"strata-types", "ipv4-prefix", SCHEMA_PREFIX},
    {"strata-types", "interface-address", SCHEMA_INTERFACE_ADDRESS},
    {"strata-types", "dotted-quad", SCHEMA_QUAD},
    {"strata-types", "route-target", SCHEMA_ROUTE_TARGET},
    {"strata-types", "site-of-origin", SCHEMA_SITE_OF_ORIGIN},
    {"strata-types", "route-distinguisher", SCHEMA_RD},
    {"ietf-inet-types", "ip-address-no-zone", SCHEMA_ADDRESS},
    {"ietf-inet-types", "ipv4-address-no-zone", SCHEMA_ADDRESS},
    {"ietf-inet-types", "ip-prefix", SCHEMA_PREFIX},
    {"ietf-inet-types", "ipv4-prefix", SCHEMA_PREFIX},
    {"ietf-yang-types", "dotted-quad", SCHEMA_QUAD},
};

static const char *const c_types[SCHEMA_TYPE_COUNT] = {
    [SCHEMA_BOOL] = "bool",
    [SCHEMA_U8] = "uint8_t",
    [SCHEMA_U16] = "uint16_t",
    [SCHEMA_U32] = "uint32_t",
    [SCHEMA_U64] = "uint64_t",
    [SCHEMA_I8] = "int8_t",
    [SCHEMA_I16] = "int16_t",
    [SCHEMA_I32] = "int32_t",
    [SCHEMA_I64] = "int64_t",
    [SCHEMA_ENUM] = "enum",
    [SCHEMA_STRING] = "const char *",
    [SCHEMA_ADDRESS] = "struct ip_addr",
    [SCHEMA_PREFIX] = "struct prefix",
    [SCHEMA_INTERFACE_ADDRESS] = "struct prefix",
    [SCHEMA_QUAD] = "uint32_t",
    [SCHEMA_RD] = "rd_t",
    [SCHEMA_ROUTE_TARGET] = "ext_community_t",
    [SCHEMA_SITE_OF_ORIGIN] = "ext_community_t",
};

static enum schema_type by_name(const struct lysp_module *module, const char *name)
{
    for (size_t i = 0; i < sizeof(named_types) / sizeof(named_types[0]); i++)
        if (strcmp(named_types[i].module, module->mod->name) == 0 && strcmp(named_types[i].name, name) == 0)
            return named_types[i].type;
    return SCHEMA_NO_TYPE;
}

static enum schema_type by_base(LY_DATA_TYPE base)
{
    switch (base) {
    case LY_TYPE_BOOL:
        return SCHEMA_BOOL;
    case LY_TYPE_UINT8:
        return SCHEMA_U8;
    case LY_TYPE_UINT16:
        return SCHEMA_U16;
    case LY_TYPE_UINT32:
        return SCHEMA_U32;
    case LY_TYPE_UINT64:
        return SCHEMA_U64;
    case LY_TYPE_INT8:
        return SCHEMA_I8;
    case LY_TYPE_INT16:
        return SCHEMA_I16;
    case LY_TYPE_INT32:
        return SCHEMA_I32;
    case LY_TYPE_INT64:
        return SCHEMA_I64;
    case LY_TYPE_ENUM:
        return SCHEMA_ENUM;
    case LY_TYPE_UNKNOWN:
    case LY_TYPE_BINARY:
    case LY_TYPE_STRING:
    case LY_TYPE_BITS:
    case LY_TYPE_DEC64:
    case LY_TYPE_EMPTY:
    case LY_TYPE_IDENT:
    case LY_TYPE_INST:
    case LY_TYPE_LEAFREF:
    case LY_TYPE_UNION:
        return SCHEMA_STRING;
    }
    return SCHEMA_STRING;
}

static const struct lysp_tpdf *typedef_in(const struct lysp_module *module, const char *name)
{
    LY_ARRAY_COUNT_TYPE i;

    LY_ARRAY_FOR(module->typedefs, i)
    {
        if (strcmp(module->typedefs[i].name, name) == 0)
            return &module->typedefs[i];
    }
    return NULL;
}

/* Follows typedefs from `type`, written in `module`. Sets the C type if one of them is in the table, and names the
 * enumeration by the last one, which holds the enums. */
static void follow_typedefs(const struct lysp_type *type, const struct lysp_module *module, struct value_type *out)
{
    for (;;) {
        const char *name = type->name;
        const struct lysp_module *where = parsed_module_of(module, &name);
        const struct lysp_tpdf *tpdf = where ? typedef_in(where, name) : NULL;
        char *cname;

        if (!tpdf)
            return;
        out->type = by_name(where, name);
        if (out->type != SCHEMA_NO_TYPE)
            return;
        cname = c_name_of(name);
        snprintf(out->enum_base, sizeof(out->enum_base), "%s", cname);
        free(cname);
        type = &tpdf->type;
        module = where;
    }
}

/* A leafref has its target's type. libyang shares the compiled type of a typedef among its users, so the typedef can be
 * found again by it. */
static void follow_leafref(const struct lysc_type *target, struct ly_ctx *ctx, struct value_type *out)
{
    const struct lys_module *mod;
    uint32_t index = 0;

    while ((mod = ly_ctx_get_module_iter(ctx, &index))) {
        LY_ARRAY_COUNT_TYPE i;

        if (!mod->parsed)
            continue;
        LY_ARRAY_FOR(mod->parsed->typedefs, i)
        {
            const struct lysp_tpdf *tpdf = &mod->parsed->typedefs[i];
            struct lysp_type self = {.name = tpdf->name};

            if (tpdf->type.compiled != target)
                continue;
            follow_typedefs(&self, mod->parsed, out);
            return;
        }
    }
}

void value_type_of(const struct lysc_node *node, const struct origin *origin, struct value_type *out)
{
    const struct lysc_type *type = node->nodetype == LYS_LEAF ? ((const struct lysc_node_leaf *)node)->type
                                                              : ((const struct lysc_node_leaflist *)node)->type;

    out->type = SCHEMA_NO_TYPE;
    if (type->basetype == LY_TYPE_LEAFREF) {
        type = ((const struct lysc_type_leafref *)type)->realtype;
        follow_leafref(type, node->module->ctx, out);
    } else if (origin) {
        const struct lysp_type *parsed = node->nodetype == LYS_LEAF
                                             ? &((const struct lysp_node_leaf *)origin->parsed)->type
                                             : &((const struct lysp_node_leaflist *)origin->parsed)->type;

        follow_typedefs(parsed, origin->module, out);
    }
    if (out->type == SCHEMA_NO_TYPE)
        out->type = by_base(type->basetype);
    if (type->basetype == LY_TYPE_EMPTY)
        fail("%s: type empty is not used; take a boolean with the default false", node->name);
    snprintf(out->c_name, sizeof(out->c_name), "%s", c_types[out->type]);
    if (out->type == SCHEMA_ENUM)
        out->enums = ((const struct lysc_type_enum *)type)->enums ? (const struct lysc_type_enum *)type : NULL;
}
