/* SPDX-License-Identifier: Apache-2.0
 *
 * See xml.h.
 */
#include "src/mgmtd/edit/xml.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <libyang/plugins_types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "lib/text/namespace.h"

#define OPENING "<x>"
#define CLOSING "</x>"

bool xml_is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

int xml_parse(struct ly_ctx *plain, const char *text, struct lyd_node **out, char *error, size_t size)
{
    char path[64];

    *out = NULL;
    if (xml_is_blank(text))
        return 0;
    struct text_buf document = {0}, named = {0};
    text_buf_printf(&document, "%s%s%s", OPENING, text, CLOSING);
    const char *fault = text_xml_name_none(text_buf_get(&document), &named);
    text_buf_fini(&document);
    if (fault) {
        text_buf_fini(&named);
        snprintf(error, size, "%s", fault);
        return -EINVAL;
    }
    ly_err_clean(plain, NULL);
    LY_ERR rc = lyd_parse_data_mem(plain, text_buf_get(&named), LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_OPAQ, 0, out);
    text_buf_fini(&named);
    if (rc == LY_SUCCESS && *out && !(*out)->next)
        return 0;
    snprintf(error, size, "%s", rc ? yang_last_error(plain, path, sizeof(path)) : "elements end that did not begin");
    lyd_free_all(*out);
    *out = NULL;
    return -EINVAL;
}

static const struct lyd_node_opaq *opaque(const struct lyd_node *n)
{
    return n->schema ? NULL : (const struct lyd_node_opaq *)(const void *)n;
}

const char *xml_name(const struct lyd_node *element)
{
    const struct lyd_node_opaq *o = opaque(element);
    return o ? o->name.name : element->schema->name;
}

const char *xml_namespace(const struct lyd_node *element)
{
    const struct lyd_node_opaq *o = opaque(element);
    if (!o)
        return element->schema->module->ns;
    return o->name.module_ns && strcmp(o->name.module_ns, TEXT_NS_NONE) != 0 ? o->name.module_ns : "";
}

const char *xml_text(const struct lyd_node *element)
{
    const struct lyd_node_opaq *o = opaque(element);
    const char *text = o ? o->value : lyd_get_value(element);
    return text ? text : "";
}

const char *xml_attribute(const struct lyd_node *element, const char *ns, const char *name)
{
    const struct lyd_node_opaq *o = opaque(element);
    for (const struct lyd_attr *a = o ? o->attr : NULL; a; a = a->next)
        if (strcmp(a->name.name, name) == 0 && strcmp(a->name.module_ns ? a->name.module_ns : "", ns) == 0)
            return a->value;
    for (const struct lyd_meta *m = o ? NULL : element->meta; m; m = m->next)
        if (strcmp(m->name, name) == 0 && strcmp(m->annotation->module->ns, ns) == 0)
            return lyd_get_meta_value(m);
    return NULL;
}

/* --- values --- */

/* A value of this type may have prefixes. */
static bool has_prefixes(const struct lysc_type *t)
{
    const struct lysc_type_union *u = (const struct lysc_type_union *)t;
    LY_ARRAY_COUNT_TYPE i;

    if (t->basetype == LY_TYPE_LEAFREF)
        return has_prefixes(((const struct lysc_type_leafref *)t)->realtype);
    if (t->basetype == LY_TYPE_UNION)
        LY_ARRAY_FOR(u->types, i) if (has_prefixes(u->types[i])) return true;
    /* Derived from xpath1.0, it has a plugin of its own, and so is no plain string. */
    bool is_xpath = t->basetype == LY_TYPE_STRING && t->plugin && strstr(t->plugin->id, "xpath");
    bool is_node = t->basetype == LY_TYPE_STRING && t->plugin && strstr(t->plugin->id, "instance-identifier");
    return t->basetype == LY_TYPE_IDENT || t->basetype == LY_TYPE_INST || is_xpath || is_node;
}

/* The leaf as libyang reads it below a copy of its ancestors. */
static char *canonical(const struct lyd_node *element, const struct lyd_node *parent)
{
    struct lyd_node *bare = NULL, *above = NULL, *top = NULL, *read = NULL;
    const struct ly_ctx *ctx = parent->schema->module->ctx;
    struct ly_in *in = NULL;
    char *xml = NULL, *found = NULL;

    if (lyd_dup_single(element, NULL, 0, &bare))
        return NULL;
    struct lyd_node_opaq *o = (struct lyd_node_opaq *)(void *)bare;
    lyd_free_attr_siblings(o->ctx, o->attr);
    o->attr = NULL;
    if (lyd_dup_single(parent, NULL, LYD_DUP_WITH_PARENTS, &above) == 0)
        for (top = above; lyd_parent(top);)
            top = lyd_parent(top);
    if (top && lyd_print_mem(&xml, bare, LYD_XML, LYD_PRINT_SHRINK) == 0 && ly_in_new_memory(xml, &in) == 0 &&
        lyd_parse_data(ctx, above, in, LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &read) == 0) {
        const struct lyd_node *hit = lyd_child_no_keys(above);
        found = hit ? strdup(lyd_get_value(hit)) : NULL;
    }
    ly_in_free(in, 0);
    free(xml);
    lyd_free_all(top);
    lyd_free_tree(bare);
    return found;
}

const char *xml_value(const struct lyd_node *element, const struct lysc_node *leaf, const struct lyd_node *parent,
                      char **held)
{
    const char *text = xml_text(element);
    const struct lysc_type *type = leaf->nodetype == LYS_LEAFLIST ? ((const struct lysc_node_leaflist *)leaf)->type
                                                                  : ((const struct lysc_node_leaf *)leaf)->type;
    *held = NULL;
    if (!parent || !opaque(element) || !has_prefixes(type) || !strchr(text, ':'))
        return text;
    *held = canonical(element, parent);
    return *held ? *held : text;
}
