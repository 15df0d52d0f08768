/* SPDX-License-Identifier: Apache-2.0
 *
 * See envelope.h. One pass over the message.
 */
#include "src/netconfd/rpc/envelope.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "src/netconfd/packet/xml.h"
#include "src/netconfd/rpc/rpc.h"
#include "strata/mem.h"

#define SINGLE_MAX    1000      /* children of one element that cannot repeat: no schema has so many */
#define CHILDLESS_MAX 20000     /* values of one leaf-list */
#define FILTER_MAX    1000      /* elements in a filter */
#define DECLARED_MAX  (1 << 20) /* octets of namespaces that the children of <config> inherit, all together */
#define OPERATION     2         /* depths */
#define ARGUMENT      3
#define IN_SOURCE     4

struct rpc_names {
    const char **names;
    size_t n, size;
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static LY_ERR add_name(struct lysc_node *node, void *data, ly_bool *stop)
{
    struct rpc_names *names = data;
    (void)stop;
    if (!(node->nodetype & (LYS_LIST | LYS_LEAFLIST)))
        return LY_SUCCESS;
    if (names->n == names->size) {
        names->size = names->size ? names->size * 2 : 64;
        names->names = mem_realloc(NULL, names->names, names->size * sizeof(*names->names));
    }
    names->names[names->n++] = node->name;
    return LY_SUCCESS;
}

struct rpc_names *rpc_names_create(const struct ly_ctx *ctx)
{
    struct rpc_names *names = MEM_NEW(NULL, struct rpc_names);
    uint32_t index = 0;
    for (const struct lys_module *m; (m = ly_ctx_get_module_iter(ctx, &index));)
        if (m->implemented && m->compiled)
            lysc_module_dfs_full(m, add_name, names);
    if (names->n)
        qsort(names->names, names->n, sizeof(*names->names), compare);
    return names;
}

void rpc_names_destroy(struct rpc_names *names)
{
    if (!names)
        return;
    mem_free(NULL, names->names);
    mem_free(NULL, names);
}

static bool may_repeat(const struct rpc_names *names, struct xml_part name)
{
    char key[128];
    const char *p = key;
    if (name.len >= sizeof(key))
        return false;
    memcpy(key, name.text, name.len);
    key[name.len] = '\0';
    return names->n && bsearch(&p, names->names, names->n, sizeof(*names->names), compare);
}

/* --- one pass --- */

struct level {
    struct xml_part name, attributes;
    size_t n_children, n_single, n_childless;
};

struct pass {
    struct envelope *out;
    const struct rpc_names *names;
    struct rpc_fault *fault;
    const char *text, *end;
    struct level levels[XML_DEPTH_MAX + 1]; /* by depth; 0 is the document */
    size_t n_filter;
    size_t config;      /* depth of the <config>; 0 = not in it */
    const char *cursor; /* copied so far: into the content within it, else into outer */
    size_t declared;    /* octets */
    bool has_config;
};

static bool too_big(struct pass *p, const char *what, struct xml_part name)
{
    rpc_fault_set(p->fault, "protocol", "too-big", "%s", what);
    rpc_fault_info(p->fault, "bad-element", name.text, name.len < 64 ? name.len : 64);
    return false;
}

static bool declares(struct xml_part attributes, struct xml_part name)
{
    struct xml_part n, value;
    while (xml_attribute(&attributes, &n, &value))
        if (n.len == name.len && memcmp(n.text, name.text, n.len) == 0)
            return true;
    return false;
}

/* The namespaces that an element directly in <config> inherits. */
static void add_declarations(struct pass *p, struct xml_part own)
{
    for (size_t depth = p->config; depth > 0; depth--) {
        struct xml_part rest = p->levels[depth].attributes, name, value;
        while (xml_attribute(&rest, &name, &value)) {
            bool is_known = name.len < 5 || memcmp(name.text, "xmlns", 5) != 0 || declares(own, name);
            for (size_t inner = depth + 1; inner <= p->config && !is_known; inner++)
                is_known = declares(p->levels[inner].attributes, name);
            char quote = memchr(value.text, '"', value.len) ? '\'' : '"';
            if (!is_known)
                text_buf_printf(&p->out->content, " %.*s=%c%.*s%c", (int)name.len, name.text, quote, (int)value.len,
                                value.text, quote);
        }
    }
}

static bool takes_config(struct xml_part operation)
{
    static const char *const names[] = {"edit-config", "copy-config", "validate", "edit-data"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (xml_is(operation, names[i]))
            return true;
    return false;
}

static bool is_config(const struct pass *p, size_t depth)
{
    if (!xml_is(p->levels[depth].name, "config") || !takes_config(p->levels[OPERATION].name))
        return false;
    return depth == ARGUMENT || (depth == IN_SOURCE && xml_is(p->levels[ARGUMENT].name, "source"));
}

static bool is_filter(const struct pass *p, size_t depth)
{
    return depth > ARGUMENT &&
           (xml_is(p->levels[ARGUMENT].name, "filter") || xml_is(p->levels[ARGUMENT].name, "subtree-filter"));
}

static bool on_start(struct pass *p, const struct xml_event *e, size_t depth, const char *behind)
{
    struct level *parent = &p->levels[depth - 1];
    struct xml_part name = xml_local_name(e->name);

    p->levels[depth] = (struct level){.name = name, .attributes = e->attributes};
    parent->n_children++;
    if (!may_repeat(p->names, name) && ++parent->n_single > SINGLE_MAX)
        return too_big(p, "too many elements side by side", name);
    if (is_filter(p, depth) && ++p->n_filter > FILTER_MAX)
        return too_big(p, "too many elements in a filter", name);
    if (p->config && depth == p->config + 1) {
        const char *name_end = e->name.text + e->name.len;
        text_buf_add(&p->out->content, p->cursor, (size_t)(name_end - p->cursor));
        size_t before = p->out->content.len;
        add_declarations(p, e->attributes);
        p->declared += p->out->content.len - before;
        if (p->declared > DECLARED_MAX)
            return too_big(p, "too many namespaces declared around <config>", name);
        p->cursor = name_end;
    } else if (!p->config && is_config(p, depth)) {
        if (p->has_config)
            return too_big(p, "more than one <config>", name);
        p->has_config = true;
        if (!e->is_empty) {
            text_buf_add(&p->out->outer, p->cursor, (size_t)(behind - p->cursor));
            p->config = depth;
            p->cursor = behind;
        }
    }
    return true;
}

static bool on_end(struct pass *p, struct xml_part name, size_t depth, const char *tag)
{
    if (p->levels[depth].n_children == 0 && ++p->levels[depth - 1].n_childless > CHILDLESS_MAX)
        return too_big(p, "too many values side by side", name);
    if (p->config == depth && depth) {
        text_buf_add(&p->out->content, p->cursor, (size_t)(tag - p->cursor));
        p->config = 0;
        p->cursor = tag;
    }
    return true;
}

bool envelope_open(struct envelope *out, const struct rpc_names *names, const char *text, size_t len,
                   struct rpc_fault *fault)
{
    struct pass p = {.out = out, .names = names, .fault = fault, .text = text, .end = text + len, .cursor = text};
    struct xml_reader r;
    struct xml_event e;
    bool is_good = true;

    *out = (struct envelope){0};
    xml_begin(&r, text, len);
    while (is_good && xml_next(&r, &e) < XML_DONE) {
        if (e.kind == XML_START)
            is_good = on_start(&p, &e, r.depth, r.at) && (!e.is_empty || on_end(&p, e.name, r.depth, NULL));
        else if (e.kind == XML_END)
            is_good = on_end(&p, e.name, r.depth + 1, e.name.text - 2);
    }
    text_buf_add(&out->outer, p.cursor, (size_t)(p.end - p.cursor));
    return is_good;
}

void envelope_fini(struct envelope *e)
{
    text_buf_fini(&e->outer);
    text_buf_fini(&e->content);
}
