/* SPDX-License-Identifier: Apache-2.0
 *
 * See place.h. Searches among siblings are libyang's hash lookups.
 */
#include "src/mgmtd/edit/place.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/tree.h"
#include "src/mgmtd/edit/walk.h"
#include "src/mgmtd/edit/xml.h"

#define CONFIGURABLE (LYS_CONTAINER | LYS_LIST | LYS_LEAF | LYS_LEAFLIST | LYS_ANYDATA)

static struct lyd_node *siblings_of(const struct edit *e, const struct place *at)
{
    return at->parent ? lyd_child(at->parent) : *e->tree;
}

void tree_drop(struct lyd_node **tree, struct lyd_node *node)
{
    if (node == *tree)
        *tree = node->next;
    lyd_free_tree(node);
}

void place_drop(struct edit *e, struct place *at)
{
    tree_drop(e->tree, at->node);
    at->node = NULL;
}

void place_fini(struct place *at)
{
    free(at->held);
    at->held = NULL;
}

static int find_schema(struct edit *e, struct place *at, const struct lyd_node *element)
{
    const char *ns = xml_namespace(element), *name = xml_name(element);
    const struct lys_module *module = ly_ctx_get_module_implemented_ns(e->ctx, ns);
    const struct lysc_node *above = at->parent ? at->parent->schema : NULL;
    struct place up = {.parent = at->parent};

    if (!module) {
        edit_fail_element(e, &up, "unknown-namespace", name, "\"%.100s\" is no known namespace", ns);
        size_t used = strlen(e->fault->info);
        snprintf(e->fault->info + used, sizeof(e->fault->info) - used, "<bad-namespace>%.100s</bad-namespace>",
                 strpbrk(ns, "<&>") ? "" : ns);
        return -EINVAL;
    }
    at->schema = lys_find_child(above, module, name, 0, CONFIGURABLE, 0);
    if (!at->schema)
        return edit_fail_element(e, &up, "unknown-element", name, "there is no \"%.100s\" here", name);
    return 0;
}

static const struct lyd_node *find_key(const struct lyd_node *element, const struct lysc_node *key)
{
    for (const struct lyd_node *c = lyd_child(element); c; c = c->next)
        if (strcmp(xml_name(c), key->name) == 0 && strcmp(xml_namespace(c), key->module->ns) == 0)
            return c;
    return NULL;
}

/* [a='1'][b='2'] of the element's keys, allocated; NULL: one is missing. */
static char *predicates(const struct lyd_node *element, const struct lysc_node *list, const struct lysc_node **missing)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    *missing = NULL;
    for (const struct lysc_node *k = lysc_node_child(list); k && lysc_is_key(k); k = k->next) {
        const struct lyd_node *found = find_key(element, k);
        if (!found) {
            *missing = k;
            break;
        }
        char quote = strchr(xml_text(found), '\'') ? '"' : '\'';
        fprintf(out, "[%s=%c%s%c]", k->name, quote, xml_text(found), quote);
    }
    fclose(out);
    if (*missing) {
        free(text);
        return NULL;
    }
    return text;
}

static int find_entry(struct edit *e, struct place *at, const struct lyd_node *element)
{
    const struct lysc_node *missing;
    struct place up = {.parent = at->parent, .schema = at->schema};

    at->held = predicates(element, at->schema, &missing);
    if (missing)
        return edit_fail_element(e, &up, "missing-element", missing->name, "an entry needs its key \"%s\"",
                                 missing->name);
    LY_ERR rc = lyd_find_sibling_val(siblings_of(e, at), at->schema, at->held, 0, &at->node);
    return rc && rc != LY_ENOTFOUND ? edit_fail_value(e, &up, element) : 0;
}

static int find_value(struct edit *e, struct place *at, const struct lyd_node *element)
{
    at->value = xml_value(element, at->schema, at->parent, &at->held);
    LY_ERR rc = lyd_find_sibling_val(siblings_of(e, at), at->schema,
                                     at->schema->nodetype == LYS_LEAFLIST ? at->value : NULL, 0, &at->node);
    return rc && rc != LY_ENOTFOUND ? edit_fail_value(e, at, element) : 0;
}

int place_find(struct edit *e, struct place *at, const struct lyd_node *element)
{
    int rc = find_schema(e, at, element);
    if (rc)
        return rc;
    at->is_key = lysc_is_key(at->schema);
    ly_err_clean((struct ly_ctx *)(uintptr_t)e->ctx, NULL);
    if (at->schema->nodetype & LYD_NODE_TERM)
        return find_value(e, at, element);
    if (!xml_is_blank(xml_text(element)))
        return edit_fail_element(e, at, "bad-element", at->schema->name, "there is text between the elements");
    if (at->schema->nodetype == LYS_LIST && !(at->schema->flags & LYS_KEYLESS))
        return find_entry(e, at, element);
    if (at->schema->nodetype == LYS_CONTAINER)
        lyd_find_sibling_val(siblings_of(e, at), at->schema, NULL, 0, &at->node);
    return 0;
}

int place_create(struct edit *e, struct place *at, const struct lyd_node *element)
{
    const struct lysc_node *s = at->schema;
    LY_ERR rc;

    yang_drop_other_cases(siblings_of(e, at), s, e->tree);
    ly_err_clean((struct ly_ctx *)(uintptr_t)e->ctx, NULL);
    if (s->nodetype == LYS_CONTAINER)
        rc = lyd_new_inner(at->parent, s->module, s->name, 0, &at->node);
    else if (s->nodetype == LYS_LIST)
        rc = lyd_new_list2(at->parent, s->module, s->name, at->held, 0, &at->node);
    else
        rc = lyd_new_term(at->parent, s->module, s->name, at->value, 0, &at->node);
    if (rc)
        return edit_fail_value(e, at, element);
    if (!at->parent)
        lyd_insert_sibling(*e->tree, at->node, e->tree);
    return 0;
}

/* --- order --- */

static struct lyd_node *edge(struct lyd_node *siblings, const struct lysc_node *schema, const struct lyd_node *but,
                             bool is_last)
{
    struct lyd_node *found = NULL;
    for (struct lyd_node *n = siblings; n; n = n->next) {
        if (n->schema != schema || n == but)
            continue;
        found = n;
        if (!is_last)
            break;
    }
    return found;
}

/* [p:a='1'] without the prefixes. */
static void without_prefixes(const char *key, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = key; *p && n + 1 < size; p++) {
        out[n++] = *p;
        if (*p != '[')
            continue;
        size_t len = strcspn(p + 1, "=:]'\"");
        if (p[1 + len] == ':')
            p += len + 1;
    }
    out[n] = '\0';
}

static int find_mark(struct edit *e, struct place *at, const struct lyd_node *element, struct lyd_node **mark)
{
    const char *name = at->schema->nodetype == LYS_LIST ? "key" : "value";
    const char *text = xml_attribute(element, XML_NS_YANG, name);
    char key[512];

    if (!text)
        return edit_fail_attribute(e, at, element, "missing-attribute", name, "before what, or after what?");
    snprintf(key, sizeof(key), "%s", text);
    if (at->schema->nodetype == LYS_LIST)
        without_prefixes(text, key, sizeof(key));
    if (lyd_find_sibling_val(siblings_of(e, at), at->schema, key, 0, mark) == LY_SUCCESS && *mark != at->node)
        return 0;
    int rc = edit_fail_attribute(e, at, element, "bad-attribute", name, "there is no such entry");
    e->fault->app_tag = "missing-instance";
    return rc;
}

int place_order(struct edit *e, struct place *at, const struct lyd_node *element)
{
    const char *insert = xml_attribute(element, XML_NS_YANG, "insert");
    struct lyd_node *mark = NULL;
    bool is_before, is_relative;

    if (!insert)
        return 0;
    if (!lysc_is_userordered(at->schema))
        return edit_fail_attribute(e, at, element, "unknown-attribute", "insert", "these entries have no order");
    is_relative = strcmp(insert, "before") == 0 || strcmp(insert, "after") == 0;
    is_before = strcmp(insert, "before") == 0 || strcmp(insert, "first") == 0;
    if (!is_relative && !is_before && strcmp(insert, "last") != 0)
        return edit_fail_attribute(e, at, element, "bad-attribute", "insert", "\"%.40s\" is no place", insert);
    if (is_relative) {
        int rc = find_mark(e, at, element, &mark);
        if (rc)
            return rc;
    } else {
        mark = edge(siblings_of(e, at), at->schema, at->node, !is_before);
    }
    if (mark && is_before)
        lyd_insert_before(mark, at->node);
    else if (mark)
        lyd_insert_after(mark, at->node);
    return 0;
}
