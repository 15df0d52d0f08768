/* SPDX-License-Identifier: Apache-2.0
 *
 * Views of configuration and state: path, filter, content, depth (RFC 8526 section 3.1.1), defaults (RFC 6243), origin
 * (RFC 8342 section 5.3.4). The basic mode for defaults is "explicit": only what was configured is configured.
 */
#include "src/mgmtd/front/view.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "lib/text/write.h"
#include "src/mgmtd/filter/filter.h"
#include "strata/front.h"

enum { ANSWER_MAX = 32 << 20 };

static void drop(struct lyd_node **tree, struct lyd_node *node)
{
    if (node == *tree)
        *tree = node->next;
    lyd_free_tree(node);
}

static bool is_config(const struct lyd_node *n)
{
    return !n->schema || (n->schema->flags & LYS_CONFIG_W);
}

/* Entries and containers stay as far as they lead to state. */
static bool has_state(const struct lyd_node *n)
{
    if (!is_config(n))
        return true;
    for (const struct lyd_node *c = lyd_child(n); c; c = c->next)
        if (has_state(c))
            return true;
    return false;
}

static void keep_content(struct lyd_node **tree, struct lyd_node *siblings, bool wants_config)
{
    struct lyd_node *next;
    for (struct lyd_node *n = siblings; n; n = next) {
        next = n->next;
        if (n->schema && lysc_is_key(n->schema))
            continue;
        if (wants_config ? !is_config(n) : !has_state(n))
            drop(tree, n);
        else if (is_config(n))
            keep_content(tree, lyd_child(n), wants_config);
    }
}

static void keep_depth(struct lyd_node **tree, struct lyd_node *siblings, uint32_t depth)
{
    struct lyd_node *next;
    for (struct lyd_node *n = siblings; n; n = next) {
        next = n->next;
        if (depth == 0 && !(n->schema && lysc_is_key(n->schema)))
            drop(tree, n);
        else if (depth)
            keep_depth(tree, lyd_child(n), depth - 1);
    }
}

/* --- origin --- */

static struct lyd_node *twin_of(const struct lyd_node *siblings, const struct lyd_node *n)
{
    struct lyd_node *hit = NULL;
    if (n->schema->nodetype == LYS_LEAF)
        lyd_find_sibling_val(siblings, n->schema, NULL, 0, &hit);
    else if (siblings)
        lyd_find_sibling_first(siblings, n, &hit);
    return hit;
}

/* What is not configured: interfaces are the system's own, all else was learned by a protocol. */
static const char *origin_of(const struct lyd_node *n, const struct lyd_node *twin, const char *above)
{
    if (twin)
        return "ietf-origin:intended";
    if (n->flags & LYD_DEFAULT)
        return n->schema->nodetype == LYS_CONTAINER && above ? above : "ietf-origin:default";
    return strcmp(n->schema->module->name, "ietf-interfaces") == 0 ? "ietf-origin:system" : "ietf-origin:learned";
}

static void add_origins(const struct ly_ctx *ctx, struct lyd_node *siblings, const struct lyd_node *configured,
                        const char *above)
{
    for (struct lyd_node *n = siblings; n; n = n->next) {
        if (!n->schema || !is_config(n) || lysc_is_key(n->schema))
            continue;
        const struct lyd_node *twin = twin_of(configured, n);
        const char *origin = origin_of(n, twin, above);
        if (!above || strcmp(origin, above) != 0)
            lyd_new_meta(ctx, n, NULL, "ietf-origin:origin", origin, 0, NULL);
        add_origins(ctx, lyd_child(n), twin ? lyd_child(twin) : NULL, origin);
    }
}

/* Of "intended learned" one is the origin; of "!default" none is. Names with or without the module. */
static bool origin_matches(const char *wanted, const char *origin)
{
    bool is_negated = wanted[0] == '!', is_found = false;
    const char *name = strchr(origin, ':') + 1;

    for (const char *p = wanted + is_negated; *p && !is_found;) {
        size_t len = strcspn(p, " ");
        const char *colon = memchr(p, ':', len);
        const char *word = colon ? colon + 1 : p;
        size_t word_len = (size_t)(p + len - word);
        is_found = (word_len == 6 && memcmp(word, "origin", 6) == 0) ||
                   (strlen(name) == word_len && memcmp(name, word, word_len) == 0);
        p += len + strspn(p + len, " ");
    }
    return is_found != is_negated;
}

/* State stays with the configuration that it is of. Ways and keys to what stays do, too. */
static void keep_origins(struct lyd_node **tree, struct lyd_node *siblings, const struct lyd_node *configured,
                         const char *above, const char *wanted)
{
    struct lyd_node *next;
    for (struct lyd_node *n = siblings; n; n = next) {
        next = n->next;
        if (!n->schema || lysc_is_key(n->schema))
            continue;
        bool is_state = !is_config(n);
        const struct lyd_node *twin = is_state ? NULL : twin_of(configured, n);
        const char *origin = is_state ? above : origin_of(n, twin, above);
        bool is_kept = !origin || origin_matches(wanted, origin);
        if (!is_state && lyd_child(n))
            keep_origins(tree, lyd_child(n), twin ? lyd_child(twin) : NULL, origin, wanted);
        if (!is_kept && (is_state || !lyd_child_no_keys(n)))
            drop(tree, n);
    }
}

/* --- in all --- */

static bool wants_defaults(const struct front_request *r)
{
    return r->defaults == FRONT_REPORT_ALL || r->defaults == FRONT_REPORT_ALL_TAGGED;
}

static int filter(const struct front_request *r, struct ly_ctx *plain, struct lyd_node **tree, struct view_fault *fault)
{
    switch (r->filter) {
    case FRONT_NO_FILTER:
        return 0;
    case FRONT_SUBTREE:
        return filter_subtree(plain, r->text, tree, fault->text, sizeof(fault->text));
    case FRONT_XPATH:
        return filter_xpath(r->text, tree, fault->text, sizeof(fault->text));
    }
    return 0;
}

void view_tops(const struct front_request *r, const struct ly_ctx *ctx, struct ly_ctx *plain, struct text_buf *out)
{
    if (r->path[0])
        text_buf_puts(out, r->path);
    else if (r->filter == FRONT_SUBTREE)
        filter_subtree_tops(plain, ctx, r->text, out);
    else if (r->filter == FRONT_XPATH)
        filter_xpath_tops(ctx, r->text, out);
}

void view_add_defaults(const struct front_request *r, const struct ly_ctx *ctx, struct lyd_node **tree)
{
    if (wants_defaults(r))
        lyd_new_implicit_all(tree, ctx, LYD_IMPLICIT_NO_STATE, NULL);
}

/* `siblings` of a parent that is known: its defaults have been told. */
static void drop_known_defaults(struct lyd_node **tree, struct lyd_node *siblings, const struct lyd_node *configured)
{
    struct lyd_node *next;
    for (struct lyd_node *n = siblings; n; n = next) {
        next = n->next;
        if (!n->schema || lysc_is_key(n->schema))
            continue;
        const struct lyd_node *twin = twin_of(configured, n);
        bool is_plain = n->schema->nodetype == LYS_CONTAINER && !(n->schema->flags & LYS_PRESENCE);
        if (is_plain || twin)
            drop_known_defaults(tree, lyd_child(n), twin ? lyd_child(twin) : NULL);
        if ((n->flags & LYD_DEFAULT) && !lyd_child(n))
            drop(tree, n);
    }
}

void view_add_new_defaults(const struct front_request *r, const struct ly_ctx *ctx, struct lyd_node **tree,
                           const struct lyd_node *configured)
{
    view_add_defaults(r, ctx, tree);
    if (wants_defaults(r))
        drop_known_defaults(tree, *tree, configured);
}

bool view_is_divisible(const struct front_request *r, const struct ly_ctx *ctx, struct ly_ctx *plain)
{
    switch (r->filter) {
    case FRONT_SUBTREE:
        return filter_subtree_is_divisible(plain, ctx, r->text);
    case FRONT_XPATH:
        return filter_xpath_is_divisible(ctx, r->text);
    case FRONT_NO_FILTER:
        break;
    }
    return true;
}

int view_apply(const struct front_request *r, const struct ly_ctx *ctx, struct ly_ctx *plain, struct lyd_node **tree,
               const struct lyd_node *configured, struct view_fault *fault)
{
    yang_tree_prune(tree, r->path);
    bool has_origins = r->datastore >= FRONT_INTENDED;
    if (r->argument[0] && has_origins)
        keep_origins(tree, *tree, configured, NULL, r->argument);
    if (r->is_expanded && has_origins)
        add_origins(ctx, *tree, configured, NULL);
    if (r->content != FRONT_ALL)
        keep_content(tree, *tree, r->content == FRONT_CONFIG_ONLY);
    if (r->number)
        keep_depth(tree, *tree, r->number);
    return filter(r, plain, tree, fault);
}

static uint32_t print_options(const struct front_request *r)
{
    static const uint32_t modes[] = {
        [FRONT_EXPLICIT] = LYD_PRINT_WD_EXPLICIT,
        [FRONT_TRIM] = LYD_PRINT_WD_TRIM,
        [FRONT_REPORT_ALL] = LYD_PRINT_WD_ALL,
        [FRONT_REPORT_ALL_TAGGED] = LYD_PRINT_WD_IMPL_TAG,
    };
    /* cut off at a depth, a container is empty and yet there */
    return LYD_PRINT_WITHSIBLINGS | LYD_PRINT_SHRINK | modes[r->defaults] | (r->number ? LYD_PRINT_KEEPEMPTYCONT : 0);
}

int view_write(const struct front_request *r, const struct lyd_node *tree, struct text_buf *out)
{
    char *printed = NULL;

    if (r->format == FRONT_TEXT)
        text_write(tree, out);
    else if (tree && lyd_print_mem(&printed, tree, r->format == FRONT_XML ? LYD_XML : LYD_JSON, print_options(r)) == 0)
        text_buf_puts(out, printed ? printed : "");
    else
        text_buf_puts(out, r->format == FRONT_JSON ? "{}\n" : "");
    free(printed);
    return out->len > ANSWER_MAX ? -EMSGSIZE : 0;
}
