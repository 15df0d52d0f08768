/* SPDX-License-Identifier: Apache-2.0
 *
 * See document.h. Entries and keys are printed by libyang, alone and in one line; only what holds them together is
 * written here.
 */
#include "src/shell/document.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/escape.h"
#include "src/shell/pipe.h"
#include "strata/mem.h"

#define DEPTH_MAX 16
#define DATA_NS   "urn:ietf:params:xml:ns:netconf:base:1.0"

struct level {
    const struct lysc_node *schema; /* container or list */
    char *keys;                     /* of the list's open entry */
    bool has_member;                /* something stands in it: JSON needs a comma */
};

struct document {
    struct pipe *out;
    bool is_xml, has_any;
    struct level levels[DEPTH_MAX];
    size_t depth;
    const struct lysc_node *list; /* JSON: the array that is open in the last level */
};

struct document *document_create(struct pipe *out, bool is_xml)
{
    struct document *d = MEM_NEW(NULL, struct document);
    d->out = out;
    d->is_xml = is_xml;
    return d;
}

static void put(struct document *d, const char *text)
{
    pipe_part(d->out, text, strlen(text));
}

static bool is_foreign(const struct lysc_node *schema)
{
    return !schema->parent || schema->parent->module != schema->module;
}

/* A comma if one is due, and the name of what follows. */
static void open_member(struct document *d, const struct lysc_node *schema)
{
    struct text_buf name = {0};
    bool *has_member = d->depth ? &d->levels[d->depth - 1].has_member : &d->has_any;

    if (d->is_xml) {
        text_buf_printf(&name, "<%s", schema->name);
        if (is_foreign(schema))
            text_buf_printf(&name, " xmlns=\"%s\"", schema->module->ns);
        text_buf_puts(&name, ">\n");
    } else {
        text_buf_printf(&name, "%s\"%s%s%s\": ", *has_member ? ",\n" : "",
                        is_foreign(schema) ? schema->module->name : "", is_foreign(schema) ? ":" : "", schema->name);
    }
    *has_member = true;
    put(d, text_buf_get(&name));
    text_buf_fini(&name);
}

/* The keys as they stand in the document. */
static char *keys_of(const struct document *d, const struct lyd_node *entry)
{
    struct text_buf all = {0};

    if (entry->schema->nodetype != LYS_LIST)
        return mem_strdup(NULL, "");
    for (const struct lyd_node *k = lyd_child(entry); k && lysc_is_key(k->schema); k = k->next) {
        char *printed = NULL;
        LYD_FORMAT format = d->is_xml ? LYD_XML : LYD_JSON;
        if (lyd_print_mem(&printed, k, format, LYD_PRINT_SHRINK) || !printed)
            continue;
        size_t len = strlen(printed);
        const char *colon = strchr(printed, ':'); /* {"module:name":value} */
        if (d->is_xml)
            text_buf_puts(&all, printed);
        else if (colon && len > 2)
            text_buf_printf(&all, "%s\"%.*s", all.len ? ", " : "", (int)(len - (size_t)(colon + 1 - printed) - 1),
                            colon + 1);
        free(printed);
    }
    char *keys = mem_strdup(NULL, text_buf_get(&all));
    text_buf_fini(&all);
    return keys;
}

static void open_entry(struct document *d, struct level *l, char *keys)
{
    mem_free(NULL, l->keys);
    l->keys = keys;
    l->has_member = keys[0] != '\0';
    if (!d->is_xml)
        put(d, "{");
    put(d, keys);
    if (d->is_xml && keys[0])
        put(d, "\n");
}

static void open_level(struct document *d, const struct lyd_node *node, char *keys)
{
    struct level *l = &d->levels[d->depth];
    *l = (struct level){.schema = node->schema};
    open_member(d, node->schema);
    d->depth++;
    if (!d->is_xml && node->schema->nodetype == LYS_LIST)
        put(d, "[");
    open_entry(d, l, keys);
}

static void close_list(struct document *d)
{
    if (d->list && !d->is_xml)
        put(d, "\n]");
    d->list = NULL;
}

static void close_entry(struct document *d, const struct level *l)
{
    put(d, d->is_xml ? "</" : "}");
    if (d->is_xml) {
        put(d, l->schema->name);
        put(d, ">\n");
    }
}

static void close_level(struct document *d)
{
    struct level *l = &d->levels[d->depth - 1];
    close_list(d);
    close_entry(d, l);
    if (!d->is_xml && l->schema->nodetype == LYS_LIST)
        put(d, "]");
    mem_free(NULL, l->keys);
    d->depth--;
}

/* Opens what is around `node`, and closes what is not. */
static void go_to(struct document *d, const struct lyd_node *const *around, size_t n)
{
    size_t same = 0;
    char *keys = NULL;

    for (; same < n && same < d->depth && d->levels[same].schema == around[same]->schema; same++) {
        keys = keys_of(d, around[same]);
        if (strcmp(keys, d->levels[same].keys) != 0)
            break;
        mem_free(NULL, keys);
        keys = NULL;
    }
    while (d->depth > same + (keys ? 1 : 0))
        close_level(d);
    if (keys) { /* another entry of the same list */
        struct level *l = &d->levels[same++];
        close_list(d);
        close_entry(d, l);
        if (d->is_xml) {
            d->depth--;
            open_member(d, l->schema);
            d->depth++;
        } else {
            put(d, ",\n");
        }
        open_entry(d, l, keys);
    }
    for (; same < n; same++) {
        close_list(d);
        open_level(d, around[same], keys_of(d, around[same]));
    }
}

void document_entry(struct document *d, const struct lyd_node *entry)
{
    const struct lyd_node *around[DEPTH_MAX];
    size_t n = 0;
    char *printed = NULL;

    for (const struct lyd_node *up = lyd_parent(entry); up; up = lyd_parent(up))
        n++;
    if (n > DEPTH_MAX || lyd_print_mem(&printed, entry, d->is_xml ? LYD_XML : LYD_JSON, LYD_PRINT_SHRINK) || !printed)
        return;
    size_t i = n;
    for (const struct lyd_node *up = lyd_parent(entry); up; up = lyd_parent(up))
        around[--i] = up;
    if (!d->is_xml && !d->has_any)
        put(d, "{");
    go_to(d, around, n);
    if (d->is_xml) {
        d->has_any = true;
        put(d, printed);
        put(d, "\n");
    } else { /* {"module:name":[{...}]} */
        char *start = strchr(printed, '['), *end = strrchr(printed, ']');
        if (d->list != entry->schema) {
            close_list(d);
            open_member(d, entry->schema);
            d->list = entry->schema;
            put(d, "[\n");
        } else {
            put(d, ",\n");
        }
        if (start && end)
            pipe_part(d->out, start + 1, (size_t)(end - start - 1));
    }
    free(printed);
}

void document_finish(struct document *d)
{
    close_list(d);
    while (d->depth)
        close_level(d);
    if (d->is_xml && !d->has_any)
        put(d, "<data xmlns=\"" DATA_NS "\"/>\n");
    else if (!d->is_xml)
        put(d, d->has_any ? "}\n" : "{}\n");
    mem_free(NULL, d);
}

/* --- whole documents --- */

/* How many elements stand at the top, as libyang prints them: nothing else begins a line with "<" and a letter. */
static size_t count_roots(const char *xml)
{
    size_t n = 0;
    for (const char *p = xml; *p;) {
        n += p[0] == '<' && p[1] != '/' && p[1] != '?' && p[1] != '!';
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return n;
}

void document_write_data(const char *xml, struct text_buf *out)
{
    size_t n = count_roots(xml), len = strlen(xml);

    if (n == 0) {
        text_buf_puts(out, "<data xmlns=\"" DATA_NS "\"/>\n");
        return;
    }
    text_buf_puts(out, n > 1 ? "<data xmlns=\"" DATA_NS "\">\n" : "");
    text_buf_add(out, xml, len);
    text_buf_puts(out, len && xml[len - 1] != '\n' ? "\n" : "");
    text_buf_puts(out, n > 1 ? "</data>\n" : "");
}

void document_data(const char *xml, struct pipe *out)
{
    struct text_buf all = {0};

    document_write_data(xml, &all);
    pipe_part(out, text_buf_get(&all), all.len);
    text_buf_fini(&all);
}

/* `p` behind white space, declarations and comments. */
static char *skip_prolog(char *p)
{
    for (;;) {
        p += strspn(p, " \t\r\n");
        bool is_comment = strncmp(p, "<!--", 4) == 0;
        if (!is_comment && strncmp(p, "<?", 2) != 0)
            return p;
        char *end = strstr(p, is_comment ? "-->" : "?>");
        if (!end)
            return p;
        p = end + (is_comment ? 3 : 2);
    }
}

static void blank(char *from, const char *to)
{
    for (; from < to; from++)
        if (*from != '\n')
            *from = ' ';
}

void document_unwrap(char *xml)
{
    char *root = skip_prolog(xml);
    char *end = root + strcspn(root, ">");
    size_t len = strcspn(root, " \t\r\n/>");
    const char *colon = memchr(root, ':', len);
    const char *name = colon ? colon + 1 : root + 1;
    size_t name_len = len - (size_t)(name - root);

    if (*root != '<' || *end != '>')
        return;
    bool is_wrapper =
        (name_len == 4 && strncmp(name, "data", 4) == 0) || (name_len == 6 && strncmp(name, "config", 6) == 0);
    const char *space = strstr(root, DATA_NS);
    if (!is_wrapper || !space || space > end)
        return;
    char *closing = strrchr(end, '<');
    bool is_empty = end[-1] == '/';
    if (!is_empty && (!closing || strncmp(closing + 1, "/", 1) != 0 || strncmp(closing + 2, root + 1, len - 1) != 0))
        return;
    blank(xml, end + 1);
    if (!is_empty)
        blank(closing, closing + strlen(closing));
}

void document_lines(const char *text, bool is_xml, struct pipe *out)
{
    struct text_buf all = {0};
    const char *gap = "";

    text_buf_puts(&all, is_xml ? "<output>\n" : "{\"output\": [");
    while (*text) {
        size_t len = strcspn(text, "\n");
        text_buf_puts(&all, is_xml ? "<line>" : gap);
        text_buf_puts(&all, is_xml ? "" : "\n\"");
        if (is_xml)
            text_add_xml(&all, text, len);
        else
            text_add_json(&all, text, len);
        text_buf_puts(&all, is_xml ? "</line>\n" : "\"");
        gap = ",";
        text += len + (text[len] == '\n');
    }
    text_buf_puts(&all, is_xml ? "</output>\n" : "\n]}\n");
    pipe_text(out, text_buf_get(&all), 0);
    text_buf_fini(&all);
}
