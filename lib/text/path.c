/* SPDX-License-Identifier: Apache-2.0
 *
 * Data paths: writing, converting from libyang's form, looking up. Pure text and tree work.
 */
#include "lib/text/path.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

static void append(char *out, size_t size, size_t *len, const char *text, size_t n)
{
    for (size_t i = 0; i < n && *len + 1 < size; i++)
        out[(*len)++] = text[i];
    if (size)
        out[*len] = '\0';
}

static void append_bracket(char *out, size_t size, size_t *len, const char *value)
{
    append(out, size, len, "[", 1);
    append(out, size, len, value, strlen(value));
    append(out, size, len, "]", 1);
}

static void append_node(const struct lyd_node *node, char *out, size_t size, size_t *len)
{
    if (node->parent)
        append_node(lyd_parent(node), out, size, len);
    append(out, size, len, "/", 1);
    append(out, size, len, LYD_NAME(node), strlen(LYD_NAME(node)));
    if (node->schema && node->schema->nodetype == LYS_LEAFLIST)
        append_bracket(out, size, len, lyd_get_value(node));
    if (!node->schema || node->schema->nodetype != LYS_LIST)
        return;
    for (const struct lyd_node *key = lyd_child(node); key && lysc_is_key(key->schema); key = key->next)
        append_bracket(out, size, len, lyd_get_value(key));
}

char *yang_path_of(const struct lyd_node *node, char *out, size_t size)
{
    size_t len = 0;
    if (size)
        out[0] = '\0';
    append_node(node, out, size, &len);
    return out;
}

/* `p` stands on '['. Copies the quoted value of "[name='value']" and returns the place behind ']'. */
static const char *convert_predicate(const char *p, char *out, size_t size, size_t *len)
{
    const char *quote = strpbrk(p, "'\"]");
    if (!quote || *quote == ']') {
        const char *end = quote ? quote + 1 : p + strlen(p);
        append(out, size, len, p, (size_t)(end - p)); /* a position, "[3]": kept */
        return end;
    }
    const char *end = strchr(quote + 1, *quote);
    if (!end)
        return p + strlen(p);
    append(out, size, len, "[", 1);
    append(out, size, len, quote + 1, (size_t)(end - quote - 1));
    append(out, size, len, "]", 1);
    return end[1] == ']' ? end + 2 : end + 1;
}

char *yang_path_from_libyang(const char *path, char *out, size_t size)
{
    size_t len = 0;
    if (size)
        out[0] = '\0';
    while (*path) {
        if (*path == '[') {
            path = convert_predicate(path, out, size, &len);
            continue;
        }
        if (*path == '/') {
            append(out, size, &len, path++, 1);
            continue;
        }
        size_t n = strcspn(path, "/[");
        const char *colon = memchr(path, ':', n);
        const char *name = colon ? colon + 1 : path;
        append(out, size, &len, name, (size_t)(path + n - name));
        path += n;
    }
    return out;
}

bool yang_path_next(const char **path, struct yang_segment *out)
{
    const char *p = *path;
    while (*p == '/')
        p++;
    if (!*p)
        return false;
    memset(out, 0, sizeof(*out));
    out->name = p;
    p += strcspn(p, "/[");
    const char *colon = memchr(out->name, ':', (size_t)(p - out->name));
    if (colon)
        out->name = colon + 1;
    out->name_len = (size_t)(p - out->name);
    while (*p == '[') {
        const char *end = strchr(p, ']');
        if (!end)
            end = p + strlen(p);
        if (!out->key) {
            out->key = p + 1;
            out->key_len = (size_t)(end - p - 1);
        }
        p = *end ? end + 1 : end;
    }
    out->keys_end = p;
    *path = p;
    return true;
}

static bool value_is(const struct lyd_node *node, const char *text, size_t len)
{
    const char *value = lyd_get_value(node);
    return strlen(value) == len && memcmp(value, text, len) == 0;
}

/* "prefix=10.0.0.0/8" names its key: sets *key, returns the value. Else `text`, the value of the key in turn. */
static const char *named_key(const struct lyd_node *entry, const char *text, const struct lyd_node **key)
{
    for (const struct lyd_node *k = lyd_child(entry); k && lysc_is_key(k->schema); k = k->next) {
        size_t n = strlen(k->schema->name);
        if (strncmp(text, k->schema->name, n) == 0 && text[n] == '=') {
            *key = k;
            return text + n + 1;
        }
    }
    return text;
}

bool yang_segment_matches(const struct yang_segment *seg, const struct lyd_node *node)
{
    if (!node->schema || strlen(node->schema->name) != seg->name_len ||
        memcmp(node->schema->name, seg->name, seg->name_len) != 0)
        return false;
    if (!seg->key)
        return true;
    if (node->schema->nodetype == LYS_LEAFLIST)
        return value_is(node, seg->key, seg->key_len);
    if (node->schema->nodetype != LYS_LIST)
        return true;
    const char *p = seg->key - 1;
    for (const struct lyd_node *next = lyd_child(node); *p == '[';) {
        const char *end = strchr(p, ']');
        const struct lyd_node *key = next;
        if (!end || !key || !lysc_is_key(key->schema))
            return end != NULL;
        const char *value = named_key(node, p + 1, &key);
        if (key == next && value == p + 1)
            next = next->next;
        if (!value_is(key, value, (size_t)(end - value)))
            return false;
        p = end + 1;
    }
    return true;
}

struct lyd_node *yang_path_lookup(struct lyd_node *tree, const char *path, bool *is_exact)
{
    struct lyd_node *found = NULL;
    struct lyd_node *level = tree;
    struct yang_segment seg;

    *is_exact = false;
    while (yang_path_next(&path, &seg)) {
        struct lyd_node *hit = level;
        while (hit && !yang_segment_matches(&seg, hit))
            hit = hit->next;
        if (!hit)
            return found;
        found = hit;
        level = lyd_child(hit);
    }
    *is_exact = found != NULL;
    return found;
}
