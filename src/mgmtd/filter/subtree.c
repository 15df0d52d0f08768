/* SPDX-License-Identifier: Apache-2.0
 *
 * Subtree filters. Each element is one of:
 *
 *   containment node     has elements in it: what they select of each instance
 *   selection node       is empty: the whole of each instance
 *   content match node   has text: the instance above is selected only if it has a leaf of that value
 *
 * Attributes of an element must be those of the instance. An element without a namespace, or in that of NETCONF itself
 * (which is what a filter inherits from its <rpc>), stands for any namespace.
 */
#include "src/mgmtd/filter/filter.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/tree.h"
#include "src/mgmtd/edit/xml.h"

static bool is_any_namespace(const char *ns)
{
    return !ns[0] || strcmp(ns, XML_NS_BASE) == 0;
}

static bool is_content(const struct lyd_node *element)
{
    return !lyd_child(element) && !xml_is_blank(xml_text(element));
}

static const char *meta_value(const struct lyd_node *node, const char *ns, const char *name)
{
    for (const struct lyd_meta *m = node->meta; m; m = m->next)
        if (strcmp(m->name, name) == 0 && strcmp(m->annotation->module->ns, ns) == 0)
            return lyd_get_meta_value(m);
    return NULL;
}

/* RFC 6241 section 6.2.2. */
static bool attributes_match(const struct lyd_node *element, const struct lyd_node *node)
{
    const struct lyd_node_opaq *o = (const struct lyd_node_opaq *)(const void *)element;
    for (const struct lyd_attr *a = element->schema ? NULL : o->attr; a; a = a->next) {
        const char *have = meta_value(node, a->name.module_ns ? a->name.module_ns : "", a->name.name);
        if (!have || strcmp(have, a->value) != 0)
            return false;
    }
    return true;
}

static bool name_matches(const struct lyd_node *element, const struct lyd_node *node)
{
    const char *ns = xml_namespace(element);
    return node->schema && strcmp(xml_name(element), node->schema->name) == 0 &&
           (is_any_namespace(ns) || strcmp(ns, node->schema->module->ns) == 0) && attributes_match(element, node);
}

/* Blanks around the text do not count. */
static bool text_is(const char *text, const char *value)
{
    size_t skip = strspn(text, " \t\r\n"), len = strlen(value);
    return strncmp(text + skip, value, len) == 0 && xml_is_blank(text + skip + len);
}

static bool value_matches(const struct lyd_node *element, const struct lyd_node *node)
{
    char *held;
    const char *value = xml_value(element, node->schema, lyd_parent(node), &held);
    bool is_same = text_is(value, lyd_get_value(node));

    if (!is_same) { /* written in another way: 010 for 10, or an address in capitals */
        struct lyd_node *copy = NULL;
        if (lyd_dup_single(node, NULL, 0, &copy) == 0 && lyd_change_term(copy, value) != LY_EVALID)
            is_same = strcmp(lyd_get_value(copy), lyd_get_value(node)) == 0;
        lyd_free_tree(copy);
    }
    free(held);
    return is_same;
}

/* Is there, for each content match node among the elements, a leaf of that value? */
static bool contents_match(const struct lyd_node *elements, const struct lyd_node *siblings)
{
    for (const struct lyd_node *e = elements; e; e = e->next) {
        bool is_found = false;
        if (!is_content(e))
            continue;
        for (const struct lyd_node *n = siblings; n && !is_found; n = n->next)
            is_found = name_matches(e, n) && (n->schema->nodetype & LYD_NODE_TERM) && value_matches(e, n);
        if (!is_found)
            return false;
    }
    return true;
}

static void keep(struct lyd_node **tree, struct lyd_node *siblings, const struct lyd_node *const *elements, size_t n);

static void drop(struct lyd_node **tree, struct lyd_node *node)
{
    if (node == *tree)
        *tree = node->next;
    lyd_free_tree(node);
}

/* Of the elements that match the node, those whose content does, too; *is_whole: one selects all of it. */
static size_t matching(const struct lyd_node *node, const struct lyd_node *const *elements, size_t n,
                       const struct lyd_node **out, bool *is_whole)
{
    size_t count = 0;
    *is_whole = false;
    for (size_t i = 0; i < n; i++) {
        const struct lyd_node *e = elements[i], *below = lyd_child(e);
        bool is_selection = true;
        if (!name_matches(e, node))
            continue;
        if (is_content(e) && !((node->schema->nodetype & LYD_NODE_TERM) && value_matches(e, node)))
            continue;
        if (below && !contents_match(below, lyd_child(node)))
            continue;
        for (const struct lyd_node *b = below; b; b = b->next)
            is_selection = is_selection && is_content(b);
        *is_whole = *is_whole || is_selection;
        out[count++] = e;
    }
    return count;
}

static bool has_more_than_keys(const struct lyd_node *node)
{
    return lyd_child_no_keys(node) != NULL;
}

/* False: nothing of it is selected. */
static bool keep_node(struct lyd_node **tree, struct lyd_node *node, const struct lyd_node *const *elements, size_t n)
{
    const struct lyd_node **hits = calloc(n + 1, sizeof(*hits));
    const struct lyd_node **below = NULL;
    size_t n_below = 0;
    bool is_whole, is_kept;
    size_t n_hits = matching(node, elements, n, hits, &is_whole);

    is_kept = n_hits > 0;
    if (is_kept && !is_whole) {
        bool names_key = false;
        for (size_t i = 0; i < n_hits; i++)
            for (const struct lyd_node *b = lyd_child(hits[i]); b; b = b->next)
                n_below++;
        below = calloc(n_below + 1, sizeof(*below));
        n_below = 0;
        for (size_t i = 0; i < n_hits; i++)
            for (const struct lyd_node *b = lyd_child(hits[i]); b; b = b->next)
                below[n_below++] = b;
        for (const struct lyd_node *k = lyd_child(node); k && k->schema && lysc_is_key(k->schema); k = k->next)
            for (size_t i = 0; i < n_below; i++)
                names_key = names_key || name_matches(below[i], k);
        keep(tree, lyd_child(node), below, n_below);
        is_kept = names_key || has_more_than_keys(node);
    }
    free(below);
    free(hits);
    return is_kept;
}

/* Keys stay with their entry whether they are named or not. */
static void keep(struct lyd_node **tree, struct lyd_node *siblings, const struct lyd_node *const *elements, size_t n)
{
    struct lyd_node *next;
    for (struct lyd_node *node = siblings; node; node = next) {
        next = node->next;
        if (node->schema && lysc_is_key(node->schema))
            continue;
        if (!keep_node(tree, node, elements, n))
            drop(tree, node);
    }
}

int filter_subtree(struct ly_ctx *plain, const char *xml, struct lyd_node **tree, char *error, size_t size)
{
    struct lyd_node *document;
    const struct lyd_node **elements;
    size_t n = 0;

    if (xml_parse(plain, xml, &document, error, size))
        return -EINVAL;
    for (const struct lyd_node *e = document ? lyd_child(document) : NULL; e; e = e->next)
        n++;
    elements = calloc(n + 1, sizeof(*elements));
    n = 0;
    for (const struct lyd_node *e = document ? lyd_child(document) : NULL; e; e = e->next)
        elements[n++] = e;
    keep(tree, *tree, elements, n);
    free(elements);
    yang_tree_free(document);
    return 0;
}

/* --- where data must come from --- */

enum { PATHS_MAX = 16 }; /* with more it is cheaper to ask for all that they are in */

/* The child that the element names; NULL: none, or it might be several. */
static const struct lysc_node *schema_of(const struct ly_ctx *ctx, const struct lysc_node *parent,
                                         const struct lyd_node *element)
{
    const struct lysc_node *found = NULL;
    const struct lys_module *m;
    const char *ns = xml_namespace(element);
    uint32_t index = 0;

    while ((m = ly_ctx_get_module_iter(ctx, &index))) {
        if (!m->implemented || (!is_any_namespace(ns) && strcmp(ns, m->ns) != 0))
            continue;
        const struct lysc_node *n = lys_find_child(parent, m, xml_name(element), 0, 0, 0);
        if (n && found)
            return NULL;
        found = n ? n : found;
    }
    return found;
}

void filter_add_key(const struct lysc_node *leaf, const char *value, size_t len, struct text_buf *path)
{
    const char *canonical = NULL;
    const LY_DATA_TYPE type =
        leaf->nodetype == LYS_LEAF ? ((const struct lysc_node_leaf *)leaf)->type->basetype : LY_TYPE_UNKNOWN;

    if (!lysc_is_key(leaf) || type == LY_TYPE_IDENT || type == LY_TYPE_INST ||
        lyd_value_validate(leaf->module->ctx, leaf, value, len, NULL, NULL, &canonical) || !canonical)
        return;
    if (canonical[0] && !strpbrk(canonical, "[]'\"= "))
        text_buf_printf(path, "[%s=%s]", leaf->name, canonical);
    lydict_remove(leaf->module->ctx, canonical);
}

static void add_keys(const struct ly_ctx *ctx, const struct lysc_node *list, const struct lyd_node *element,
                     struct text_buf *path)
{
    for (const struct lyd_node *e = lyd_child(element); e; e = e->next) {
        const struct lysc_node *leaf = is_content(e) ? schema_of(ctx, list, e) : NULL;
        const char *text = xml_text(e);
        size_t skip = strspn(text, " \t\r\n"), len = strlen(text + skip);
        while (len && strchr(" \t\r\n", text[skip + len - 1]))
            len--;
        if (leaf)
            filter_add_key(leaf, text + skip, len, path);
    }
}

static bool has_content(const struct lyd_node *elements)
{
    for (const struct lyd_node *e = elements; e; e = e->next)
        if (is_content(e))
            return true;
    return false;
}

/* The paths that `element` leads to; `above` is the path of its parent. */
static void add_paths(const struct ly_ctx *ctx, const struct lysc_node *parent, const char *above,
                      const struct lyd_node *element, unsigned *n, struct text_buf *out)
{
    const struct lysc_node *schema = schema_of(ctx, parent, element);
    const struct lyd_node *below = lyd_child(element);
    struct text_buf path = {0};
    bool is_plain = schema && schema->nodetype == LYS_CONTAINER && below && !has_content(below);

    text_buf_printf(&path, "%s/%s", above, xml_name(element));
    if (is_plain)
        for (const struct lyd_node *e = below; e && is_plain; e = e->next)
            is_plain = schema_of(ctx, schema, e) != NULL;
    if (schema && schema->nodetype == LYS_LIST)
        add_keys(ctx, schema, element, &path);
    if (is_plain) {
        for (const struct lyd_node *e = below; e; e = e->next)
            add_paths(ctx, schema, text_buf_get(&path), e, n, out);
    } else {
        ++*n;
        text_buf_printf(out, "%s%s", out->len ? " " : "", text_buf_get(&path));
    }
    text_buf_fini(&path);
}

void filter_subtree_tops(struct ly_ctx *plain, const struct ly_ctx *ctx, const char *xml, struct text_buf *out)
{
    struct lyd_node *document;
    char error[16];
    unsigned n = 0;

    if (xml_parse(plain, xml, &document, error, sizeof(error)) || !document) {
        text_buf_puts(out, "/");
        return;
    }
    for (const struct lyd_node *e = lyd_child(document); e; e = e->next)
        add_paths(ctx, NULL, "", e, &n, out);
    if (n > PATHS_MAX)
        text_buf_fini(out);
    for (const struct lyd_node *e = n > PATHS_MAX ? lyd_child(document) : NULL; e; e = e->next)
        text_buf_printf(out, "%s/%s", out->len ? " " : "", xml_name(e));
    yang_tree_free(document);
}

/* --- in parts --- */

static bool contents_are_divisible(const struct ly_ctx *ctx, const struct lysc_node *parent,
                                   const struct lyd_node *elements)
{
    if (parent && parent->nodetype == LYS_LIST && (parent->flags & LYS_CONFIG_R))
        return true;
    for (const struct lyd_node *e = elements; e; e = e->next) {
        const struct lysc_node *schema = schema_of(ctx, parent, e);
        if (is_content(e) && !(schema && lysc_is_key(schema)))
            return false;
        if (lyd_child(e) && !schema)
            return false;
        if (lyd_child(e) && !contents_are_divisible(ctx, schema, lyd_child(e)))
            return false;
    }
    return true;
}

bool filter_subtree_is_divisible(struct ly_ctx *plain, const struct ly_ctx *ctx, const char *xml)
{
    struct lyd_node *document;
    char error[16];

    if (xml_parse(plain, xml, &document, error, sizeof(error)))
        return false;
    bool is_divisible = !document || contents_are_divisible(ctx, NULL, lyd_child(document));
    yang_tree_free(document);
    return is_divisible;
}
