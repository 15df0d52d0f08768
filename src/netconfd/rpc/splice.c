/* SPDX-License-Identifier: Apache-2.0
 *
 * See splice.h. The tree that is held: containers and entries as far as two parts had to be merged in them; all else is
 * text as it came.
 *
 *   TOP -- containers, leafs, LISTs -- entries -- ...
 *
 * Parts are mgmtd's, printed by libyang: no comments, instructions or CDATA. They are not trusted to be well formed,
 * only to be no harm's work.
 */
#include "src/netconfd/rpc/splice.h"

#include <libyang/libyang.h>
#include <stdint.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/text/buf.h"
#include "src/netconfd/packet/xml.h"
#include "strata/mem.h"

enum {
    BULK_MIN = 64 << 10, /* octets of a list from which on it is given out */
    DEPTH_MAX = XML_DEPTH_MAX,
};

enum kind {
    TOP,   /* the root */
    LIST,  /* has no text of its own: its entries */
    INNER, /* container or entry of a list */
    LEAF,  /* also all that is never merged */
};

TAILQ_HEAD(nodes, node);

struct node {
    TAILQ_ENTRY(node) link;
    struct node *parent;
    enum kind kind;
    const struct lysc_node *schema; /* NULL: unknown */
    char *tag;                      /* name and attributes */
    size_t name_len, tag_len;
    char *content; /* INNER that is not split, LEAF */
    size_t content_len;
    uint64_t keys;  /* of an entry or a leaf-list: hash of the values */
    bool is_split;  /* children count, not content */
    bool is_open;   /* its start has been written */
    bool is_closed; /* its end, too: nothing more of it may come */
    struct nodes children;
    size_t octets; /* LIST: of its entries when they came */
};

struct splice {
    const struct ly_ctx *ctx;
    struct node top;
    struct node *open; /* the innermost that is open */
    size_t held, hold_max;
};

/* An element of the text. */
struct element {
    struct xml_part tag; /* name and attributes */
    struct xml_part name, attributes, content;
    struct xml_part whole;
};

/* --- the text --- */

/* Behind the '>' that ends a tag; NULL: there is none. */
static const char *tag_end(const char *at, const char *end)
{
    for (; at < end && *at != '>'; at++) {
        if (*at != '"' && *at != '\'')
            continue;
        at = memchr(at + 1, *at, (size_t)(end - at - 1));
        if (!at)
            return NULL;
    }
    return at < end ? at + 1 : NULL;
}

/* From behind a start tag to its end tag ("</"); NULL: there is none. */
static const char *content_end(const char *at, const char *end)
{
    for (unsigned depth = 1; at && (at = memchr(at, '<', (size_t)(end - at)));) {
        if (end - at < 2)
            return NULL;
        bool is_end = at[1] == '/';
        if (is_end && --depth == 0)
            return at;
        const char *behind = tag_end(at + 1, end);
        if (behind && !is_end && behind[-2] != '/' && ++depth > DEPTH_MAX)
            return NULL;
        at = behind;
    }
    return NULL;
}

enum next { NEXT_ELEMENT, NEXT_END, NEXT_BAD };

/* The next element, cut off *rest. */
static enum next next_element(struct xml_part *rest, struct element *e)
{
    const char *end = rest->text + rest->len;
    struct xml_part clean = xml_trim(*rest);
    if (clean.len == 0)
        return NEXT_END;
    const char *from = clean.text, *behind = tag_end(from, end);
    if (*from != '<' || from[1] == '/' || !behind)
        return NEXT_BAD;
    bool is_empty = behind[-2] == '/';
    e->tag = xml_trim((struct xml_part){from + 1, (size_t)(behind - from - 2 - is_empty)});
    e->name = e->tag;
    for (e->name.len = 0; e->name.len < e->tag.len && !strchr(" \t\r\n", e->name.text[e->name.len]);)
        e->name.len++;
    if (e->name.len == 0)
        return NEXT_BAD;
    e->attributes = (struct xml_part){e->tag.text + e->name.len, e->tag.len - e->name.len};
    e->content = (struct xml_part){behind, 0};
    if (!is_empty) {
        const char *close = content_end(behind, end);
        const char *last = close ? tag_end(close, end) : NULL;
        if (!last)
            return NEXT_BAD;
        e->content.len = (size_t)(close - behind);
        behind = last;
    }
    e->whole = (struct xml_part){from, (size_t)(behind - from)};
    *rest = (struct xml_part){behind, (size_t)(end - behind)};
    return NEXT_ELEMENT;
}

static bool find_attribute(struct xml_part attributes, struct xml_part wanted, struct xml_part *value)
{
    struct xml_part name;
    while (xml_attribute(&attributes, &name, value))
        if (name.len == wanted.len && memcmp(name.text, wanted.text, name.len) == 0)
            return true;
    return false;
}

/* Declarations of prefixes that stand at `e` and not at the node it is merged into: its children need them. */
static void lost_declarations(const struct node *into, const struct element *e, struct text_buf *out)
{
    struct xml_part rest = e->attributes, name, value, known;
    struct xml_part have = {into->tag + into->name_len, into->tag_len - into->name_len};
    while (xml_attribute(&rest, &name, &value)) {
        if (name.len <= 6 || memcmp(name.text, "xmlns:", 6) != 0)
            continue;
        if (find_attribute(have, name, &known) && known.len == value.len &&
            memcmp(known.text, value.text, value.len) == 0)
            continue;
        text_buf_printf(out, " %.*s=\"%.*s\"", (int)name.len, name.text, (int)value.len, value.text);
    }
}

/* --- schema --- */

static const struct lysc_node *schema_of(const struct splice *s, const struct node *parent, const struct element *e)
{
    static const struct xml_part xmlns = {"xmlns", 5};
    const struct lys_module *module = parent->schema ? parent->schema->module : NULL;
    struct xml_part ns;
    char uri[256];

    if (e->attributes.len && find_attribute(e->attributes, xmlns, &ns)) {
        if (ns.len >= sizeof(uri))
            return NULL;
        memcpy(uri, ns.text, ns.len);
        uri[ns.len] = '\0';
        module = ly_ctx_get_module_implemented_ns(s->ctx, uri);
    }
    if (!module || (parent->kind != TOP && !parent->schema))
        return NULL;
    return lys_find_child(parent->schema, module, e->name.text, e->name.len, 0, 0);
}

static bool is_bulk(const struct lysc_node *schema)
{
    return schema && schema->nodetype == LYS_LIST && (schema->flags & LYS_CONFIG_R) && !(schema->flags & LYS_KEYLESS);
}

static uint64_t hash(uint64_t h, struct xml_part part)
{
    for (size_t i = 0; i < part.len; i++)
        h = (h ^ (unsigned char)part.text[i]) * 0x100000001b3u;
    return (h ^ 0xff) * 0x100000001b3u;
}

/* Of the keys, which stand first; 0: it has none. */
static uint64_t keys_of(const struct lysc_node *schema, const struct element *e)
{
    struct xml_part rest = e->content;
    struct element child;
    uint64_t h = 0xcbf29ce484222325u;

    if (schema->nodetype == LYS_LEAFLIST)
        return hash(h, e->content);
    if (schema->flags & LYS_KEYLESS)
        return 0;
    for (const struct lysc_node *key = lysc_node_child(schema); key && lysc_is_key(key); key = key->next) {
        if (next_element(&rest, &child) != NEXT_ELEMENT)
            return 0;
        h = hash(h, child.content);
    }
    return h;
}

/* --- nodes --- */

static void node_free(struct splice *s, struct node *n);

static void drop_children(struct splice *s, struct node *n)
{
    struct node *c;
    while ((c = TAILQ_FIRST(&n->children)))
        node_free(s, c);
}

static void set_text(struct splice *s, char **to, size_t *len, const char *text, size_t n)
{
    if (*to)
        s->held -= *len;
    mem_free(NULL, *to);
    *to = NULL;
    *len = n;
    if (!text)
        return;
    *to = mem_alloc(NULL, n + 1);
    memcpy(*to, text, n);
    (*to)[n] = '\0';
    s->held += n;
}

static void node_free(struct splice *s, struct node *n)
{
    drop_children(s, n);
    set_text(s, &n->tag, &n->tag_len, NULL, 0);
    set_text(s, &n->content, &n->content_len, NULL, 0);
    TAILQ_REMOVE(&n->parent->children, n, link);
    s->held -= sizeof(*n);
    mem_free(NULL, n);
}

static struct node *node_add(struct splice *s, struct node *parent, enum kind kind, const struct lysc_node *schema)
{
    struct node *n = MEM_NEW(NULL, struct node);
    n->parent = parent;
    n->kind = kind;
    n->schema = schema;
    n->is_split = kind == LIST;
    TAILQ_INIT(&n->children);
    TAILQ_INSERT_TAIL(&parent->children, n, link);
    s->held += sizeof(*n);
    return n;
}

static void take_tag(struct splice *s, struct node *n, const struct element *e, const char *inherited)
{
    struct text_buf tag = {0};
    text_buf_add(&tag, e->tag.text, e->tag.len);
    for (struct xml_part rest = {inherited, strlen(inherited)}, name, value, own; xml_attribute(&rest, &name, &value);)
        if (!find_attribute(e->attributes, name, &own))
            text_buf_printf(&tag, " %.*s=\"%.*s\"", (int)name.len, name.text, (int)value.len, value.text);
    set_text(s, &n->tag, &n->tag_len, tag.data, tag.len);
    n->name_len = e->name.len;
    text_buf_fini(&tag);
}

static struct node *find(const struct node *parent, const struct lysc_node *schema)
{
    struct node *n;
    TAILQ_FOREACH (n, &parent->children, link)
        if (n->schema == schema)
            return n;
    return NULL;
}

/* Among those that were there before this part, up to `last`. */
static struct node *find_entry(const struct node *list, uint64_t keys, const struct node *last)
{
    struct node *n;
    if (!last || !keys)
        return NULL;
    TAILQ_FOREACH (n, &list->children, link) {
        if (n->keys == keys)
            return n;
        if (n == last)
            break;
    }
    return NULL;
}

/* --- merging --- */

static bool merge(struct splice *s, struct node *into, struct xml_part text, const char *inherited);

/* From now on it is its children that count. */
static bool split(struct splice *s, struct node *n)
{
    if (n->is_split)
        return true;
    char *content = n->content;
    size_t len = n->content_len;
    n->content = NULL;
    n->content_len = 0;
    n->is_split = true;
    bool is_good = merge(s, n, (struct xml_part){content ? content : "", len}, "");
    s->held -= content ? len : 0;
    mem_free(NULL, content);
    return is_good;
}

static bool merge_inner(struct splice *s, struct node *n, const struct element *e, const char *inherited)
{
    struct text_buf declarations = {0};
    if (n->is_closed)
        return e->content.len == 0;
    if (!split(s, n))
        return false;
    text_buf_puts(&declarations, inherited);
    lost_declarations(n, e, &declarations);
    bool is_good = merge(s, n, e->content, text_buf_get(&declarations));
    text_buf_fini(&declarations);
    return is_good;
}

static void take_content(struct splice *s, struct node *n, const struct element *e)
{
    set_text(s, &n->content, &n->content_len, e->content.text, e->content.len);
}

static bool add_inner(struct splice *s, struct node *n, const struct element *e, const char *inherited)
{
    take_tag(s, n, e, inherited);
    take_content(s, n, e);
    return true;
}

/* A leaf that came before is replaced: state says what is. */
static void merge_leaf(struct splice *s, struct node *into, const struct lysc_node *schema, const struct element *e,
                       const char *inherited)
{
    bool is_one = schema && !(schema->nodetype & (LYS_LEAFLIST | LYS_LIST));
    struct node *n = is_one ? find(into, schema) : NULL;
    if (is_one && lysc_is_key(schema) && into->is_open)
        return; /* it is written already */
    if (!n)
        n = node_add(s, into, LEAF, schema);
    take_tag(s, n, e, inherited);
    take_content(s, n, e);
}

/* What a part brings of one parent: up to where the list at hand was before, and which entry is likely the next. */
struct before {
    const struct node *list, *last;
    struct node *next;
};

static bool merge_entry(struct splice *s, struct node *into, const struct lysc_node *schema, const struct element *e,
                        const char *inherited, struct before *before)
{
    struct node *list =
        before->list && before->list->schema == schema ? (struct node *)(uintptr_t)before->list : find(into, schema);
    uint64_t keys = keys_of(schema, e);
    bool is_new = !list;

    if (is_new)
        list = node_add(s, into, LIST, schema);
    if (before->list != list)
        *before = (struct before){list, is_new ? NULL : TAILQ_LAST(&list->children, nodes), NULL};
    struct node *n =
        before->next && keys && before->next->keys == keys ? before->next : find_entry(list, keys, before->last);
    if (n)
        before->next = n == before->last ? NULL : TAILQ_NEXT(n, link);
    list->octets += e->whole.len;
    if (n && schema->nodetype == LYS_LEAFLIST)
        return true;
    if (n)
        return merge_inner(s, n, e, inherited);
    n = node_add(s, list, schema->nodetype == LYS_LEAFLIST ? LEAF : INNER, schema);
    n->keys = keys;
    return add_inner(s, n, e, inherited);
}

static bool merge(struct splice *s, struct node *into, struct xml_part text, const char *inherited)
{
    struct before before = {0};
    struct element e;
    enum next next;

    while ((next = next_element(&text, &e)) == NEXT_ELEMENT) {
        const struct lysc_node *schema = schema_of(s, into, &e);
        bool is_good = true;
        if (schema && schema->nodetype == LYS_CONTAINER) {
            struct node *n = find(into, schema);
            is_good =
                n ? merge_inner(s, n, &e, inherited) : add_inner(s, node_add(s, into, INNER, schema), &e, inherited);
        } else if (schema && (schema->nodetype & (LYS_LIST | LYS_LEAFLIST))) {
            is_good = merge_entry(s, into, schema, &e, inherited, &before);
        } else {
            merge_leaf(s, into, schema, &e, inherited);
        }
        if (!is_good)
            return false;
    }
    return next == NEXT_END;
}

/* --- out --- */

static void write_start(const struct node *n, struct text_buf *out)
{
    text_buf_puts(out, "<");
    text_buf_add(out, n->tag, n->tag_len);
    text_buf_puts(out, ">");
}

static void write_end(const struct node *n, struct text_buf *out)
{
    text_buf_puts(out, "</");
    text_buf_add(out, n->tag, n->name_len);
    text_buf_puts(out, ">");
}

static void write_node(const struct node *n, struct text_buf *out)
{
    const struct node *c;

    if (n->is_closed)
        return;
    if (n->kind == LIST) {
        TAILQ_FOREACH (c, &n->children, link)
            write_node(c, out);
    } else if (!n->is_split && n->content_len == 0) {
        text_buf_puts(out, "<");
        text_buf_add(out, n->tag, n->tag_len);
        text_buf_puts(out, "/>");
    } else {
        write_start(n, out);
        if (!n->is_split)
            text_buf_add(out, n->content, n->content_len);
        TAILQ_FOREACH (c, &n->children, link)
            write_node(c, out);
        write_end(n, out);
    }
}

/* The innermost open node is finished: what is held of it, and its end. It stays, as a mark; entries of state do not.
 */
static void close_one(struct splice *s, struct text_buf *out)
{
    struct node *n = s->open, *c;

    TAILQ_FOREACH (c, &n->children, link)
        write_node(c, out);
    write_end(n, out);
    drop_children(s, n);
    n->is_open = false;
    n->is_closed = true;
    for (n = n->parent; n->kind == LIST;)
        n = n->parent;
    s->open = n;
}

static bool is_below(const struct node *n, const struct node *up)
{
    while (n && n != up)
        n = n->parent;
    return n != NULL;
}

/* Keys stand first. */
static void write_keys(struct splice *s, struct node *n, struct text_buf *out)
{
    struct node *c, *next;
    for (c = TAILQ_FIRST(&n->children); c; c = next) {
        next = TAILQ_NEXT(c, link);
        if (c->kind == LEAF && c->schema && lysc_is_key(c->schema)) {
            write_node(c, out);
            node_free(s, c);
        }
    }
}

static void open_to(struct splice *s, struct node *n, struct text_buf *out)
{
    if (n->kind == TOP || n->is_open)
        return;
    open_to(s, n->parent, out);
    if (n->kind == LIST)
        return;
    write_start(n, out);
    n->is_open = true;
    s->open = n;
    write_keys(s, n, out);
}

/* All entries but the last, which may go on. */
static void give_out(struct splice *s, struct node *list, struct text_buf *out)
{
    struct node *n;

    while (s->open->kind != TOP && !is_below(list, s->open))
        close_one(s, out);
    open_to(s, list, out);
    while ((n = TAILQ_FIRST(&list->children)) != TAILQ_LAST(&list->children, nodes)) {
        if (n->is_open) /* the entry that the last parts went on with */
            while (!n->is_closed)
                close_one(s, out);
        write_node(n, out);
        node_free(s, n);
    }
    list->octets = n ? n->content_len : 0;
}

/* A list stands out of what it is in only if that is split. */
static bool give_out_below(struct splice *s, struct node *n, struct text_buf *out)
{
    struct node *c;
    bool is_good = true;

    if (n->kind == LIST && is_bulk(n->schema) && n->octets >= BULK_MIN)
        give_out(s, n, out);
    TAILQ_FOREACH (c, &n->children, link) {
        if (c->is_closed || c->kind == LEAF)
            continue;
        if (c->content_len >= BULK_MIN)
            is_good = split(s, c) && is_good;
        if (c->is_split)
            is_good = give_out_below(s, c, out) && is_good;
    }
    return is_good;
}

/* --- life --- */

struct splice *splice_create(const struct ly_ctx *ctx, size_t hold_max)
{
    struct splice *s = MEM_NEW(NULL, struct splice);
    s->ctx = ctx;
    s->hold_max = hold_max;
    s->top.kind = TOP;
    s->top.is_split = true;
    s->open = &s->top;
    TAILQ_INIT(&s->top.children);
    return s;
}

void splice_destroy(struct splice *s)
{
    if (!s)
        return;
    drop_children(s, &s->top);
    mem_free(NULL, s);
}

enum splice_outcome splice_add(struct splice *s, const char *xml, struct text_buf *out)
{
    if (!merge(s, &s->top, (struct xml_part){xml, strlen(xml)}, "") || !give_out_below(s, &s->top, out))
        return SPLICE_BAD;
    return s->held > s->hold_max ? SPLICE_TOO_BIG : SPLICE_GOOD;
}

void splice_end(struct splice *s, struct text_buf *out)
{
    struct node *n;
    while (s->open->kind != TOP)
        close_one(s, out);
    TAILQ_FOREACH (n, &s->top.children, link)
        write_node(n, out);
    drop_children(s, &s->top);
}

size_t splice_held(const struct splice *s)
{
    return s->held;
}
