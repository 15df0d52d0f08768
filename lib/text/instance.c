/* SPDX-License-Identifier: Apache-2.0
 *
 * From Strata's paths and from words to instance-identifiers. Pure text and schema work.
 */
#include "lib/text/instance.h"

#include <libyang/libyang.h>
#include <libyang/plugins_types.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "lib/text/words.h"

static const struct lysc_node *schema_child(const struct ly_ctx *ctx, const struct lysc_node *parent,
                                            const struct yang_segment *seg)
{
    const struct lysc_node *n = NULL;
    const struct lys_module *m;
    uint32_t index = 0;

    if (parent) {
        while ((n = lys_getnext(n, parent, NULL, 0)))
            if (strlen(n->name) == seg->name_len && memcmp(n->name, seg->name, seg->name_len) == 0)
                return n;
        return NULL;
    }
    while ((m = ly_ctx_get_module_iter(ctx, &index)))
        for (n = NULL; m->compiled && (n = lys_getnext(n, NULL, m->compiled, 0));)
            if (strlen(n->name) == seg->name_len && memcmp(n->name, seg->name, seg->name_len) == 0)
                return n;
    return NULL;
}

static void add_keys(const struct lysc_node *node, const char *at, const char *end, struct text_buf *out)
{
    const struct lysc_node *key = node->nodetype == LYS_LIST ? lysc_node_child(node) : NULL;
    while (at < end && *at == '[') {
        const char *close = memchr(at, ']', (size_t)(end - at));
        size_t len = close ? (size_t)(close - at) - 1 : 0;
        char quote = close && memchr(at, '\'', len + 1) ? '"' : '\'';
        if (!close || (node->nodetype == LYS_LIST && (!key || !lysc_is_key(key))))
            return;
        text_buf_printf(out, "[%s=%c%.*s%c]", key ? key->name : ".", quote, (int)len, at + 1, quote);
        key = key ? key->next : NULL;
        at = close + 1;
    }
}

void yang_instance_path(const struct ly_ctx *ctx, const char *path, struct text_buf *out)
{
    const struct lysc_node *node = NULL;
    struct yang_segment seg;
    while (yang_path_next(&path, &seg)) {
        const struct lysc_node *next = schema_child(ctx, node, &seg);
        if (!next)
            return;
        bool is_other = !node || node->module != next->module;
        text_buf_printf(out, "/%s%s%s", is_other ? next->module->name : "", is_other ? ":" : "", next->name);
        if (seg.key)
            add_keys(next, seg.key - 1, seg.keys_end, out);
        node = next;
    }
}

/* libyang has a type of its own for the paths of access rules; it shows only by the name of its implementation. */
static bool is_instance(const struct lysc_node *leaf)
{
    if (!(leaf->nodetype & (LYS_LEAF | LYS_LEAFLIST)))
        return false;
    const struct lysc_type *type = ((const struct lysc_node_leaf *)leaf)->type;
    return type->basetype == LY_TYPE_INST || (type->plugin && strstr(type->plugin->id, "node-instance-identifier"));
}

/* Does Strata's path lead to a place of the schema, to its end? */
static bool leads_somewhere(const char *path, const char *instance)
{
    struct yang_segment asked, found;
    size_t n = 0;
    while (yang_path_next(&path, &asked)) {
        if (!yang_path_next(&instance, &found) || !asked.key != !found.key)
            return false;
        n++;
    }
    return n > 0;
}

static bool path_of_words(const struct ly_ctx *ctx, const char *typed, struct text_buf *path)
{
    struct text_words words;
    struct text_place place;
    bool is_good = text_words_split(typed, &words) && words.n > 0;

    if (is_good) {
        text_words_walk(ctx, (const char *const *)words.word, words.n, true, &place, path);
        if (place.leaf)
            text_buf_printf(path, "/%s", place.leaf->name);
        is_good = place.used == words.n && !place.ends_with_value;
    }
    text_words_free(&words);
    return is_good;
}

bool yang_instance_value(const struct ly_ctx *ctx, const struct lysc_node *leaf, const char *typed,
                         struct text_buf *out)
{
    struct text_buf path = {0};
    bool is_good;

    if (!is_instance(leaf) || strcmp(typed, "/") == 0)
        return false;
    if (typed[0] == '/')
        text_buf_puts(&path, typed);
    is_good = typed[0] == '/' ? !memchr(typed, ':', strcspn(typed, "[")) : path_of_words(ctx, typed, &path);
    if (is_good) {
        yang_instance_path(ctx, text_buf_get(&path), out);
        is_good = leads_somewhere(text_buf_get(&path), text_buf_get(out));
    }
    text_buf_fini(&path);
    return is_good;
}
