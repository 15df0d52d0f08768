/* SPDX-License-Identifier: Apache-2.0
 *
 * See render.h. Pure.
 */
#include "src/metricsd/metrics/render.h"

#include <ctype.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "lib/text/buf.h"
#include "lib/text/syntax.h"
#include "src/metricsd/metrics/plan.h"
#include "strata/mem.h"

enum { LABELS_MAX = 16, DEPTH_MAX = 32 };

enum family_type { FAMILY_GAUGE, FAMILY_COUNTER, FAMILY_STATESET };
static const char *const type_names[] = {"gauge", "counter", "stateset"};

struct family {
    UT_hash_handle hh;
    enum family_type type;
    char *unit; /* "" = none */
    char *help;
    struct text_buf samples;
    char name[METRICS_NAME_MAX]; /* key; a counter's without _total */
};

struct metrics_render {
    struct family *families;
    size_t n_samples;
    bool is_incomplete;
};

struct label {
    char name[64];
    const char *value; /* of the tree */
};

/* Where in the tree we are. */
struct place {
    char name[METRICS_NAME_MAX];
    bool is_marked;
    size_t n_labels;
    struct label labels[LABELS_MAX];
    unsigned depth;
};

struct metrics_render *metrics_render_create(void)
{
    return MEM_NEW(NULL, struct metrics_render);
}

void metrics_render_destroy(struct metrics_render *r)
{
    struct family *f, *next;

    if (!r)
        return;
    HASH_ITER (hh, r->families, f, next) {
        HASH_DEL(r->families, f);
        text_buf_fini(&f->samples);
        mem_free(NULL, f->unit);
        mem_free(NULL, f->help);
        mem_free(NULL, f);
    }
    mem_free(NULL, r);
}

void metrics_render_incomplete(struct metrics_render *r)
{
    r->is_incomplete = true;
}

/* Within quotes, and in HELP. */
static void put_escaped(struct text_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            text_buf_printf(out, "\\%c", *text);
        else if (*text == '\n')
            text_buf_puts(out, "\\n");
        else
            text_buf_add(out, text, 1);
    }
}

/* The description in one line. */
static char *help_of(const struct lysc_node *leaf)
{
    struct text_buf b = {0};
    char *help;

    for (const char *p = leaf->dsc ? leaf->dsc : ""; *p; p++) {
        bool is_gap = isspace((unsigned char)*p);

        if (!is_gap)
            text_buf_add(&b, p, 1);
        else if (b.len && !isspace((unsigned char)p[1]))
            text_buf_puts(&b, " ");
    }
    help = mem_strdup(NULL, text_buf_get(&b));
    text_buf_fini(&b);
    return help;
}

static const char *unit_of(const struct lysc_node *leaf)
{
    const char *units = ((const struct lysc_node_leaf *)leaf)->units;

    if (!units)
        return "";
    if (strcmp(units, "octets") == 0)
        return "bytes";
    return strspn(units, "abcdefghijklmnopqrstuvwxyz") == strlen(units) ? units : "";
}

/* The name must end in the unit. */
static void add_unit(char name[METRICS_NAME_MAX], const char *unit)
{
    size_t len = strlen(name), unit_len = strlen(unit);

    if (unit_len == 0 ||
        (len > unit_len && name[len - unit_len - 1] == '_' && strcmp(name + len - unit_len, unit) == 0))
        return;
    snprintf(name + len, METRICS_NAME_MAX - len, "_%s", unit);
}

static bool type_of(const struct lysc_node *leaf, enum family_type *type)
{
    const struct lysc_type *t = ((const struct lysc_node_leaf *)leaf)->type;

    if (syntax_is_number(t))
        *type = metrics_is_counter(leaf) ? FAMILY_COUNTER : FAMILY_GAUGE;
    else if (t->basetype == LY_TYPE_BOOL)
        *type = FAMILY_GAUGE;
    else if (t->basetype == LY_TYPE_ENUM)
        *type = FAMILY_STATESET;
    else
        return false;
    return true;
}

static bool is_sample(const struct lysc_node *leaf, enum family_type *type)
{
    return !lysc_is_key(leaf) && (leaf->flags & LYS_CONFIG_R) && type_of(leaf, type);
}

const char *metrics_family_of(const char *prefix, const struct lysc_node *leaf, char name[METRICS_NAME_MAX])
{
    enum family_type type;

    if (!is_sample(leaf, &type))
        return NULL;
    metrics_name(prefix, leaf, name);
    if (type != FAMILY_STATESET)
        add_unit(name, unit_of(leaf));
    return type_names[type];
}

/* NULL: it has no place in a family of another kind that has its name. */
static struct family *family_of(struct metrics_render *r, const struct place *p, const struct lysc_node *leaf,
                                enum family_type type)
{
    const char *unit = type == FAMILY_STATESET ? "" : unit_of(leaf);
    char name[METRICS_NAME_MAX];
    struct family *f;

    metrics_family_of(p->name, leaf, name);
    HASH_FIND_STR(r->families, name, f);
    if (f)
        return f->type == type && strcmp(f->unit, unit) == 0 ? f : NULL;
    f = MEM_NEW(NULL, struct family);
    snprintf(f->name, sizeof(f->name), "%s", name);
    f->type = type;
    f->unit = mem_strdup(NULL, unit);
    f->help = help_of(leaf);
    HASH_ADD_STR(r->families, name, f);
    return f;
}

/* One line; `state`: the value of a state set that it is about. */
static void put_sample(struct family *f, const struct place *p, const char *state, const char *value)
{
    const char *open = "{";

    text_buf_printf(&f->samples, "%s%s", f->name, f->type == FAMILY_COUNTER ? "_total" : "");
    for (size_t i = 0; i < p->n_labels; i++) {
        text_buf_printf(&f->samples, "%s%s=\"", open, p->labels[i].name);
        put_escaped(&f->samples, p->labels[i].value);
        text_buf_puts(&f->samples, "\"");
        open = ",";
    }
    if (state) {
        text_buf_printf(&f->samples, "%s%s=\"", open, f->name);
        put_escaped(&f->samples, state);
        text_buf_puts(&f->samples, "\"");
    }
    text_buf_printf(&f->samples, "%s %s\n", state || p->n_labels ? "}" : "", value);
}

static void add_states(struct family *f, const struct place *p, const struct lyd_node *leaf)
{
    const struct lysc_type_enum *type =
        (const struct lysc_type_enum *)((const struct lysc_node_leaf *)leaf->schema)->type;
    LY_ARRAY_COUNT_TYPE i;

    LY_ARRAY_FOR(type->enums, i)
    {
        const char *name = type->enums[i].name;

        put_sample(f, p, name, strcmp(name, lyd_get_value(leaf)) == 0 ? "1" : "0");
    }
}

static void add_leaf(struct metrics_render *r, const struct place *p, const struct lyd_node *leaf)
{
    const char *value = lyd_get_value(leaf);
    enum family_type type;
    struct family *f;

    if (!is_sample(leaf->schema, &type))
        return;
    f = r->n_samples < METRICS_SAMPLES_MAX ? family_of(r, p, leaf->schema, type) : NULL;
    if (!f) {
        r->is_incomplete = true;
        return;
    }
    r->n_samples++;
    if (type == FAMILY_STATESET)
        add_states(f, p, leaf);
    else if (((const struct lysc_node_leaf *)leaf->schema)->type->basetype == LY_TYPE_BOOL)
        put_sample(f, p, NULL, strcmp(value, "true") == 0 ? "1" : "0");
    else
        put_sample(f, p, NULL, value);
}

/* A key is called by its own name; `name`, or one that is taken, by its list's. */
static void add_label(struct place *p, const struct lyd_node *key)
{
    const char *name = LYD_NAME(key), *list = key->parent->schema->name;
    bool is_taken = strcmp(name, "name") == 0;
    struct label *l;

    if (p->n_labels == LABELS_MAX)
        return;
    for (size_t i = 0; i < p->n_labels && !is_taken; i++)
        is_taken = strcmp(p->labels[i].name, name) == 0;
    l = &p->labels[p->n_labels++];
    snprintf(l->name, sizeof(l->name), "%s", is_taken ? list : name);
    for (char *c = l->name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    l->value = lyd_get_value(key);
}

static void walk(struct metrics_render *r, const struct place *p, const struct lyd_node *first)
{
    const struct lyd_node *n;

    LY_LIST_FOR(first, n)
    {
        if (!n->schema)
            continue;
        if (n->schema->nodetype == LYS_LEAF && p->is_marked)
            add_leaf(r, p, n);
        if (!(n->schema->nodetype & (LYS_CONTAINER | LYS_LIST)) || p->depth == DEPTH_MAX)
            continue;
        struct place below = *p;
        bool is_marked = metrics_is_marked(n->schema);

        below.depth++;
        below.is_marked = is_marked || (p->is_marked && n->schema->nodetype == LYS_CONTAINER);
        metrics_name(p->name, n->schema, below.name);
        if (n->schema->nodetype == LYS_LIST)
            for (const struct lyd_node *k = lyd_child(n); k && lysc_is_key(k->schema); k = k->next)
                add_label(&below, k);
        walk(r, &below, lyd_child(n));
    }
}

void metrics_render_add(struct metrics_render *r, const struct lyd_node *tree)
{
    struct place top = {.name = "strata"};

    walk(r, &top, tree);
}

static int by_name(const struct family *a, const struct family *b)
{
    return strcmp(a->name, b->name);
}

void metrics_render_text(struct metrics_render *r, struct text_buf *out)
{
    struct family *f, *next;

    HASH_SORT(r->families, by_name);
    HASH_ITER (hh, r->families, f, next) {
        text_buf_printf(out, "# TYPE %s %s\n", f->name, type_names[f->type]);
        if (f->unit[0])
            text_buf_printf(out, "# UNIT %s %s\n", f->name, f->unit);
        text_buf_printf(out, "# HELP %s ", f->name);
        put_escaped(out, f->help);
        text_buf_puts(out, "\n");
        text_buf_add(out, text_buf_get(&f->samples), f->samples.len);
    }
    text_buf_printf(out,
                    "# TYPE strata_metrics_complete gauge\n"
                    "# HELP strata_metrics_complete 1 if every daemon that is needed has answered.\n"
                    "strata_metrics_complete %d\n# EOF\n",
                    !r->is_incomplete);
}
