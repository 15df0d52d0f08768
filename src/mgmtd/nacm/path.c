/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths of rules: RFC 8341's node-instance-identifier, in the form that libyang stores: module names as prefixes where
 * the module changes, predicates in quotes. libyang has checked it against the schema when the configuration was
 * accepted; here it becomes schema nodes and values. Keys that are not given match every entry.
 */
#include <libyang/libyang.h>
#include <string.h>

#include "src/mgmtd/nacm/rules.h"
#include "strata/mem.h"

#define SEGMENTS_MAX 64
#define KEYS_MAX     16

static char *copy(const char *text, size_t len)
{
    char *out = mem_alloc(NULL, len + 1);
    memcpy(out, text, len);
    return out;
}

/* Cuts "module:name" or "name" off *p. */
static const struct lys_module *read_name(const struct ly_ctx *ctx, const char **p, const struct lys_module *module,
                                          const char **name, size_t *len)
{
    size_t n = strcspn(*p, "/[=]");
    const char *colon = memchr(*p, ':', n);

    *name = colon ? colon + 1 : *p;
    *len = n - (size_t)(*name - *p);
    if (colon) {
        char *prefix = copy(*p, (size_t)(colon - *p));
        module = ly_ctx_get_module_implemented(ctx, prefix);
        mem_free(NULL, prefix);
    }
    *p += n;
    return module;
}

/* A rule may point at anything of the data tree, at actions and at notifications in it. */
static const struct lysc_node *find_child(const struct lysc_node *parent, const struct lys_module *module,
                                          const char *name, size_t len)
{
    const struct lysc_node *c = NULL;
    if (!module)
        return NULL;
    while ((c = lys_getnext(c, parent, module->compiled, 0)))
        if (c->module == module && strlen(c->name) == len && memcmp(c->name, name, len) == 0)
            return c;
    return NULL;
}

/* `[3]`, a place in a list of state without keys: it says nothing that lasts. */
static bool skip_position(const char **p)
{
    size_t n = strspn(*p, "0123456789");
    if (n == 0 || (*p)[n] != ']')
        return false;
    *p += n + 1;
    return true;
}

/* `*p` stands behind '['. */
static bool read_key(const struct ly_ctx *ctx, const char **p, struct rule_segment *seg)
{
    const char *name;
    size_t len;
    struct rule_key *key = &seg->keys[seg->n_keys];
    const struct lys_module *module = read_name(ctx, p, seg->node->module, &name, &len);
    bool is_value = len == 1 && name[0] == '.';

    key->node = is_value ? seg->node : find_child(seg->node, module, name, len);
    if (!key->node || (*p)[0] != '=' || ((*p)[1] != '\'' && (*p)[1] != '"'))
        return false;
    const char *start = *p + 2, *end = strchr(start, (*p)[1]);
    if (!end || end[1] != ']')
        return false;
    key->value = copy(start, (size_t)(end - start));
    seg->n_keys++;
    *p = end + 2;
    return true;
}

static bool read_segment(const struct ly_ctx *ctx, const char **p, const struct lysc_node *parent,
                         struct rule_segment *seg, bool *has_position)
{
    const char *name;
    size_t len;
    struct rule_key keys[KEYS_MAX];
    const struct lys_module *module = read_name(ctx, p, parent ? parent->module : NULL, &name, &len);
    bool is_good = true;

    seg->node = find_child(parent, module, name, len);
    seg->keys = keys;
    while (seg->node && is_good && **p == '[') {
        ++*p;
        if (skip_position(p))
            *has_position = true;
        else
            is_good = seg->n_keys < KEYS_MAX && read_key(ctx, p, seg);
    }
    seg->keys = seg->n_keys ? mem_dup(NULL, keys, seg->n_keys * sizeof(keys[0])) : NULL;
    return is_good && seg->node && (**p == '/' || **p == '\0');
}

bool rule_path_compile(const struct ly_ctx *ctx, const char *text, struct rule *out)
{
    struct rule_segment segments[SEGMENTS_MAX];
    const struct lysc_node *parent = NULL;
    const char *p = text;
    size_t n = 0;
    bool is_good = *p == '/', has_position = false;

    memset(segments, 0, sizeof(segments));
    if (strcmp(text, "/") == 0)
        return true;
    while (is_good && *p == '/') {
        p++;
        is_good = n < SEGMENTS_MAX && read_segment(ctx, &p, parent, &segments[n], &has_position);
        parent = n < SEGMENTS_MAX ? segments[n].node : NULL;
        n += n < SEGMENTS_MAX;
    }
    out->path = mem_dup(NULL, segments, n * sizeof(segments[0]));
    out->n_path = n;
    /* Of one entry among those without a name: denied are all of them, permitted is none. */
    return is_good && !(has_position && out->is_permit);
}

void rule_path_free(struct rule *r)
{
    for (size_t i = 0; i < r->n_path; i++) {
        for (size_t k = 0; k < r->path[i].n_keys; k++)
            mem_free(NULL, r->path[i].keys[k].value);
        mem_free(NULL, r->path[i].keys);
    }
    mem_free(NULL, r->path);
}

static const char *value_of(const struct rule_key *key, const struct lyd_node *node)
{
    if (key->node == node->schema)
        return lyd_get_value(node);
    for (const struct lyd_node *c = lyd_child(node); c && lysc_is_key(c->schema); c = c->next)
        if (c->schema == key->node)
            return lyd_get_value(c);
    return NULL;
}

bool rule_segment_has(const struct rule_segment *seg, const struct rule_segment *place)
{
    if (seg->node != place->node)
        return false;
    for (size_t i = 0; i < seg->n_keys; i++) {
        size_t k = 0;
        while (k < place->n_keys &&
               (place->keys[k].node != seg->keys[i].node || strcmp(place->keys[k].value, seg->keys[i].value) != 0))
            k++;
        if (k == place->n_keys)
            return false;
    }
    return true;
}

bool rule_segment_matches(const struct rule_segment *seg, const struct lyd_node *node)
{
    if (seg->node != node->schema)
        return false;
    for (size_t i = 0; i < seg->n_keys; i++) {
        const char *value = value_of(&seg->keys[i], node);
        if (!value || strcmp(value, seg->keys[i].value) != 0)
            return false;
    }
    return true;
}
