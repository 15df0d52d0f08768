/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditions of `show` that nothing can meet: what is asked for in vain is an empty answer, what was mistyped an error.
 */
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/explain.h"
#include "lib/text/syntax.h"
#include "lib/text/tree.h"
#include "src/shell/client.h"
#include "src/shell/show.h"
#include "src/shell/show_aliases.h"
#include "strata/mem.h"

/* The leaf that a column is of; NULL: none. */
static const struct lysc_node *leaf_named(const struct lysc_node *target, const char *name)
{
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, target, NULL, 0));) {
        if ((n->nodetype & (LYS_LEAF | LYS_LEAFLIST)) && strcmp(n->name, name) == 0)
            return n;
        const struct lysc_node *deeper = n->nodetype == LYS_CONTAINER ? leaf_named(n, name) : NULL;
        if (deeper)
            return deeper;
    }
    return NULL;
}

/* Types whose values are shown as they are written in the schema. */
static bool is_plain(const struct lysc_node *leaf)
{
    const struct lysc_type *t = leaf->nodetype == LYS_LEAFLIST ? ((const struct lysc_node_leaflist *)leaf)->type
                                                               : ((const struct lysc_node_leaf *)leaf)->type;
    return t->basetype != LY_TYPE_UNION && t->basetype != LY_TYPE_IDENT && t->basetype != LY_TYPE_LEAFREF &&
           t->basetype != LY_TYPE_INST;
}

/* `"x" is no valid COLUMN; did you mean "y"? expected ...` */
static void print_fault(const struct shell *s, const struct lysc_node *leaf, const char *value)
{
    struct text_buf type = {0};
    const char *values[64];
    size_t n = syntax_values(leaf, values, 64);
    const char *near = text_nearest(value, values, n);

    syntax_describe_type(leaf, &type);
    shell_mark_word(s, value);
    shell_error("\"%.80s\" is no valid %s; %s%s%sexpected %s", value, leaf->name, near ? "did you mean \"" : "",
                near ? near : "", near ? "\"? " : "", text_buf_get(&type));
    text_buf_fini(&type);
}

static int check_value(const struct shell *s, const struct lysc_node *target, const struct table_filter *f)
{
    struct ip_addr address;
    const struct lysc_node *leaf = leaf_named(target, f->column);

    if (!leaf || !is_plain(leaf) || ip_addr_parse(f->value, &address) == 0) /* an address stands for prefixes, too */
        return 0;
    LY_ERR rc = lyd_value_validate(s->ctx, leaf, f->value, strlen(f->value), NULL, NULL, NULL);
    if (rc == LY_SUCCESS || rc == LY_EINCOMPLETE)
        return 0;
    print_fault(s, leaf, f->value);
    return 1;
}

/* 10.2.0.300, 10.2.0.0/33 */
static bool is_bad_address(const char *word)
{
    struct ip_addr address;
    struct prefix prefix;
    return strchr(word, '.') && strspn(word, "0123456789./") == strlen(word) && ip_addr_parse(word, &address) != 0 &&
           prefix_parse(word, &prefix) != 0;
}

int show_check_values(const struct shell *s, const struct query *q, const struct table_seen *seen)
{
    for (size_t i = 0; i < q->view.n_filters; i++) {
        const struct table_filter *f = &q->view.filters[i];
        if (f->is_not || seen->is_hit[i] || f->value == q->only_value)
            continue;
        if (f->column && check_value(s, q->view.target, f))
            return 1;
        if (!f->column && is_bad_address(f->value)) {
            shell_mark_word(s, f->value);
            return shell_error("\"%s\" is no address or prefix, and no row has it", f->value);
        }
    }
    return 0;
}

/* --- programs --- */

enum { PROGRAMS_MAX = 64 };

struct programs {
    char *name[PROGRAMS_MAX];
    size_t n;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_program(struct programs *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->name[i], name) == 0)
            return;
    if (all->n < PROGRAMS_MAX)
        all->name[all->n++] = mem_strdup(NULL, name);
}

/* The values of the leaf `leaf` in the rows of that path. */
static void ask_programs(struct shell *s, const char *path, const char *leaf, struct programs *all)
{
    struct front_request r = {.op = FRONT_STATE, .path = path};
    struct client_answer answer = {0};
    struct lyd_node *tree = NULL, *row;

    if (client_call(s->client, &r, &answer) == 0 && answer.error == 0)
        lyd_parse_data_mem(s->ctx, answer.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree);
    LY_LIST_FOR(tree ? lyd_child(tree) : NULL, row)
    {
        for (const struct lyd_node *c = lyd_child(row); c; c = c->next)
            if (c->schema && strcmp(LYD_NAME(c), leaf) == 0)
                add_program(all, lyd_get_value(c));
    }
    yang_tree_free(tree);
    client_answer_fini(&answer);
}

static bool is_program(const struct programs *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->name[i], name) == 0)
            return true;
    return false;
}

/* `there is no program "x" ...; expected one of: ...; did you mean "y"?` */
static int no_program(const struct shell *s, struct programs *all, const char *name)
{
    const char *names[PROGRAMS_MAX], *near;
    struct text_buf some = {0};

    qsort(all->name, all->n, sizeof(all->name[0]), by_name);
    for (size_t i = 0; i < all->n; i++) {
        names[i] = all->name[i];
        text_buf_printf(&some, "%s%s", i ? ", " : "", names[i]);
    }
    near = text_nearest(name, names, all->n);
    shell_mark_word(s, name);
    shell_error("there is no program \"%.80s\" on this router; expected one of: %s%s%s%s", name, text_buf_get(&some),
                near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    text_buf_fini(&some);
    return 1;
}

int show_check_program(struct shell *s, const struct query *q, const struct table_seen *seen)
{
    struct programs all = {0};
    const char *vain = NULL;
    int rc = 0;

    for (size_t i = 0; q->alias && strcmp(q->alias->words, "log") == 0 && i < q->view.n_filters; i++) {
        const struct table_filter *f = &q->view.filters[i];
        if (f->column && strcmp(f->column, "daemon") == 0 && !f->is_not && !seen->is_hit[i])
            vain = f->value;
    }
    if (!vain)
        return 0;
    ask_programs(s, "/management/daemon", "name", &all);
    ask_programs(s, "/log/line", "daemon", &all); /* stratad's and mgmtd's, too */
    if (all.n && !is_program(&all, vain))
        rc = no_program(s, &all, vain);
    for (size_t i = 0; i < all.n; i++)
        mem_free(NULL, all.name[i]);
    return rc;
}

int show_check_lookup(const struct query *q)
{
    struct ip_addr address;
    const char *other = NULL;

    if (!q->alias || strcmp(q->alias->words, "route lookup") != 0)
        return 0;
    for (size_t i = 0; i < q->view.n_filters; i++) {
        const struct table_filter *f = &q->view.filters[i];
        bool may_be = !f->column || strcmp(f->column, "to") == 0;
        if (may_be && ip_addr_parse(f->value, &address) == 0)
            return 0;
        other = may_be && !other ? f->value : other;
    }
    if (other)
        return shell_error("\"%s\" is no address: expected one, as \"show route lookup 192.0.2.1\"", other);
    return shell_error("an address is missing, as \"show route lookup 192.0.2.1\"");
}
