/* SPDX-License-Identifier: Apache-2.0
 *
 * Words behind `show` -> a place in the schema and conditions. Words go down the schema, state included; a word that is
 * no child is looked for further down (nearest first), so that `show ospf neighbor` works wherever the module has its
 * neighbours. Words that are no names filter: `vpn-instance X`, `COLUMN VALUE`, or a value that a row must have.
 */
#include "src/shell/show.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/explain.h"
#include "lib/text/syntax.h"
#include "src/shell/show_aliases.h"
#include "strata/addr.h"
#include "strata/mem.h"

#define SEARCH_DEPTH 8

/* Nearest node named `word` below `parent`, state before configuration; not inside lists of instances. */
static const struct lysc_node *search(const struct ly_ctx *ctx, const struct lysc_node *parent, const char *word,
                                      unsigned depth)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    const struct lysc_node *config = NULL;
    size_t n = syntax_children(ctx, parent, true, all);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].node->name, word) != 0)
            continue;
        if (all[i].node->flags & LYS_CONFIG_R)
            return all[i].node;
        config = all[i].node;
    }
    for (size_t i = 0; i < n && depth > 1; i++) {
        const struct lysc_node *c = all[i].node;
        if (!(c->nodetype & (LYS_CONTAINER | LYS_LIST)) || strcmp(c->name, "vpn-instance") == 0)
            continue;
        const struct lysc_node *hit = search(ctx, c, word, depth - 1);
        if (hit && ((hit->flags & LYS_CONFIG_R) || !config))
            return hit;
    }
    return config;
}

static const struct lysc_node *search_nearest(const struct ly_ctx *ctx, const struct lysc_node *parent,
                                              const char *word)
{
    const struct lysc_node *best = NULL;
    for (unsigned depth = 1; depth <= SEARCH_DEPTH; depth++) {
        const struct lysc_node *hit = search(ctx, parent, word, depth);
        if (hit && (hit->flags & LYS_CONFIG_R))
            return hit;
        best = best ? best : hit;
    }
    return best;
}

static bool has_leaf(const struct lysc_node *node, const char *name)
{
    return node && (node->nodetype & (LYS_LIST | LYS_CONTAINER)) && lys_find_child(node, node->module, name, 0, 0, 0);
}

/* `show ldp binding vpn-instance X` where the module has the instances in a list. */
static const struct lysc_node *instance_list(const struct ly_ctx *ctx, const struct lysc_node *top)
{
    struct syntax_step s;
    return top && syntax_find(ctx, top, "vpn-instance", true, &s) && s.node->nodetype == LYS_LIST ? s.node : NULL;
}

/* Adds a name to a list, once. */
static void add_name(struct text_buf *names, const char *name, size_t len)
{
    const char *p = text_buf_get(names);
    for (; *p; p += strcspn(p, ","), p += strspn(p, ", "))
        if (strncmp(p, name, len) == 0 && (p[len] == ',' || !p[len]))
            return;
    text_buf_printf(names, "%s%.*s", names->len ? ", " : "", (int)len, name);
}

static int add_filter(struct query *q, const char *column, const char *value)
{
    if (q->view.n_filters == TABLE_FILTERS_MAX)
        return shell_error("too many conditions");
    q->view.filters[q->view.n_filters++] = (struct table_filter){.column = column, .value = value};
    return 0;
}

/* The tables of a container each of whose rows is of a VPN instance: how many; 0 if it is no such container. */
size_t show_instance_tables(const struct lysc_node *container, const struct lysc_node *lists[TABLE_VIEWS_MAX])
{
    size_t n_lists = 0;
    if (container->nodetype != LYS_CONTAINER)
        return 0;
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, container, NULL, 0));) {
        if (n->nodetype != LYS_LIST)
            continue;
        if (!has_leaf(n, "vpn-instance") || n_lists == TABLE_VIEWS_MAX)
            return 0;
        lists[n_lists++] = n;
    }
    return n_lists;
}

/* `carriers-carrier carrierA`: of all its tables the rows of that instance. */
static int add_instance_filter(struct query *q, const char *instance)
{
    if (add_filter(q, "vpn-instance", instance))
        return 1;
    q->view.filters[q->view.n_filters - 1].is_required = true;
    return 0;
}

/* A leaf of the shown rows with that name? */
static bool is_column(const struct lysc_node *target, const char *word)
{
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, target, NULL, 0));) {
        if ((n->nodetype & (LYS_LEAF | LYS_LEAFLIST)) && strcmp(n->name, word) == 0)
            return true;
        if (n->nodetype == LYS_CONTAINER && is_column(n, word))
            return true;
    }
    return false;
}

/* The rest of a phrase that begins with these words and goes on; else NULL. */
static const char *behind(const char *phrase, char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strcspn(phrase, " ");
        if (strlen(words[i]) != len || memcmp(phrase, words[i], len) != 0 || !phrase[len])
            return NULL;
        phrase += len + 1;
    }
    return phrase;
}

/* Is there an alias for what the schema calls so? */
static bool has_alias(const char *name, char *const *words, size_t n)
{
    for (const struct show_alias *a = show_aliases; a->words; a++) {
        const char *rest = a->path && behind(a->words, words, n) ? behind(a->path, words, n) : NULL;
        if (rest && strcmp(rest, name) == 0)
            return true;
    }
    return false;
}

/* What `show` knows behind the typed words: our own, then the schema's that have no other name here. */
static void list_words(const struct ly_ctx *ctx, const struct query *q, const struct lysc_node *at,
                       struct text_buf *names)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    size_t n = at && (at->nodetype & (LYS_CONTAINER | LYS_LIST)) ? syntax_children(ctx, at, true, all) : 0;

    if (!at)
        add_name(names, "configuration", strlen("configuration"));
    for (const struct show_alias *a = show_aliases; a->words; a++) {
        const char *rest = behind(a->words, q->typed, q->n_typed);
        if (rest)
            add_name(names, rest, strcspn(rest, " "));
    }
    for (size_t i = 0; i < n; i++)
        if ((all[i].node->flags & LYS_CONFIG_R) && !has_alias(all[i].node->name, q->typed, q->n_typed))
            add_name(names, all[i].node->name, strlen(all[i].node->name));
}

/* Of the names, "a, b, c": those to name in an error, and which one the word was meant to be. */
static void pick_names(const char *names, const char *word, struct text_buf *some, struct text_buf *meant)
{
    const char *name[SYNTAX_CHILDREN_MAX];
    char *copy = mem_strdup(NULL, names), *save = NULL;
    size_t n = 0;
    for (char *p = strtok_r(copy, ", ", &save); p && n < SYNTAX_CHILDREN_MAX; p = strtok_r(NULL, ", ", &save))
        name[n++] = p;
    const char *near = meant ? text_nearest(word, name, n) : NULL;
    if (near)
        text_buf_printf(meant, "; did you mean \"%s\"?", near);
    text_list_names(word, name, n, some);
    mem_free(NULL, copy);
}

/* `at`: NULL = at the start. */
static int unknown_word(const struct ly_ctx *ctx, const struct query *q, const char *word, const struct lysc_node *at)
{
    struct text_buf names = {0}, some = {0}, meant = {0};

    list_words(ctx, q, at, &names);
    pick_names(text_buf_get(&names), word, &some, &meant);
    shell_mark_word(q->shell, word);
    if (at)
        shell_error("unknown word \"%s\" behind %s%s%s%s", word, at->name, some.len ? "; expected one of: " : "",
                    text_buf_get(&some), text_buf_get(&meant));
    else
        shell_error("unknown: show %s; expected one of: %s%s", word, text_buf_get(&some), text_buf_get(&meant));
    text_buf_fini(&names);
    text_buf_fini(&some);
    text_buf_fini(&meant);
    return 1;
}

/* The column that is meant: also by the name that others have for it. NULL: none. */
static const char *column_named(const struct lysc_node *target, const char *word)
{
    static const char *const others[][2] = {{"label", "in-label"},   {"protocol", "source"},
                                            {"vrf", "vpn-instance"}, {"instance", "vpn-instance"},
                                            {"nexthop", "next-hop"}, {"next-hop", "gateway"}};

    if (is_column(target, word))
        return word;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(others[i][0], word) == 0 && is_column(target, others[i][1]))
            return others[i][1];
    return NULL;
}

/* `10.0.0.0/8 longer-prefixes`: of the condition in front. */
static int add_longer(struct query *q)
{
    struct table_filter *f = q->view.n_filters ? &q->view.filters[q->view.n_filters - 1] : NULL;
    struct prefix prefix;

    if (!f || f->is_not || !strchr(f->value, '/') || prefix_parse(f->value, &prefix))
        return shell_error("longer-prefixes is said of a prefix, as \"show route 10.0.0.0/8 longer-prefixes\"");
    f->is_within = true;
    return 0;
}

static int read_filters(const struct ly_ctx *ctx, struct query *q, char *const *words, size_t n)
{
    const struct lysc_node *lists[TABLE_VIEWS_MAX];
    bool is_list = q->view.target->nodetype == LYS_LIST;
    bool has_instances = show_instance_tables(q->view.target, lists) > 0;

    for (size_t i = 0; i < n; i++) {
        const char *next = i + 1 < n ? words[i + 1] : NULL;
        if (has_instances) {
            i += next && strcmp(words[i], "vpn-instance") == 0;
            if (add_instance_filter(q, words[i]))
                return 1;
        } else if (strcmp(words[i], "vpn-instance") == 0 && next && !has_leaf(q->view.target, "vpn-instance")) {
            if (!instance_list(ctx, q->top))
                return shell_error("%s is not kept per VPN instance", q->view.target->name);
            q->instance = next;
            i++;
        } else if (is_list && strcmp(words[i], "longer-prefixes") == 0) {
            if (add_longer(q))
                return 1;
        } else if (is_list && next && column_named(q->view.target, words[i])) {
            if (add_filter(q, column_named(q->view.target, words[i]), next))
                return 1;
            if (q->alias && strcmp(q->alias->words, "log") == 0 && strcmp(words[i], "level") == 0)
                q->view.filters[q->view.n_filters - 1].is_up_to = true; /* what is graver is not to be missed */
            i++;
        } else if (is_list && !next && strcmp(words[i], "detail") == 0) {
            q->view.is_detail = true;
        } else if (is_list) {
            if (add_filter(q, NULL, words[i]))
                return 1;
        } else {
            return unknown_word(ctx, q, words[i], q->view.target);
        }
    }
    return 0;
}

/* Goes down `words`; returns how many were names. */
static size_t descend(const struct ly_ctx *ctx, struct query *q, char *const *words, size_t n)
{
    size_t used = 0;
    const struct lysc_node *at = NULL;
    for (; used < n; used++) {
        if (at && !(at->nodetype & (LYS_CONTAINER | LYS_LIST)))
            break;
        if (at && strcmp(words[used], "vpn-instance") == 0 && used + 1 < n)
            break; /* an instance to look into, not the list of them */
        if (at && at->nodetype == LYS_LIST && is_column(at, words[used]) && used + 1 < n)
            break;
        const struct lysc_node *next = NULL;
        struct syntax_step s;
        if (syntax_find(ctx, at, words[used], true, &s))
            next = s.node;
        if (!next || (at && !(next->flags & LYS_CONFIG_R))) {
            const struct lysc_node *deeper = search_nearest(ctx, at, words[used]);
            next = deeper ? deeper : next;
        }
        if (!next)
            break;
        at = next;
        if (!q->top)
            for (q->top = at; q->top->parent;)
                q->top = q->top->parent;
    }
    q->view.target = at;
    return used;
}

/* The same node below the list of instances. */
static const struct lysc_node *move_into(const struct lysc_node *list, const struct lysc_node *top,
                                         const struct lysc_node *n)
{
    if (n == top)
        return list;
    const struct lysc_node *parent = move_into(list, top, n->parent);
    return parent ? lys_find_child(parent, n->module, n->name, 0, 0, 0) : NULL;
}

/* A value without a column that can only be that of this key. */
static bool is_of_key(const char *value, const char *key)
{
    struct ip_addr address;
    struct prefix prefix;

    if (strcmp(key, "prefix") == 0)
        return strchr(value, '/') && prefix_parse(value, &prefix) == 0;
    if (strcmp(key, "to") == 0)
        return ip_addr_parse(value, &address) == 0;
    return (strcmp(key, "label") == 0 || strcmp(key, "in-label") == 0) && strspn(value, "0123456789") == strlen(value);
}

/* The value that the conditions demand of a key, if they demand just one; else NULL. */
static const char *demanded(const struct query *q, const struct lysc_node *key)
{
    struct ip_addr address;
    struct prefix prefix;

    for (size_t i = 0; i < q->view.n_filters; i++) {
        const struct table_filter *f = &q->view.filters[i];
        if (f->is_not || f->is_within)
            continue;
        if (strpbrk(f->value, "[]'\" /=") && prefix_parse(f->value, &prefix))
            continue; /* no value that a path can have in brackets */
        if (!f->column && is_of_key(f->value, key->name))
            return f->value;
        if (!f->column || strcmp(f->column, key->name) != 0)
            continue;
        if (ip_addr_parse(f->value, &address) || strcmp(key->name, "to") == 0)
            return f->value; /* an address stands for the prefixes around it, except where it is the key itself */
    }
    return NULL;
}

struct ip_addr show_around(const struct query *q)
{
    bool is_route = q->alias && strcmp(q->alias->words, "route") == 0;
    const struct lysc_node *key = is_route ? lysc_node_child(q->view.target) : NULL;
    struct ip_addr address;

    while (key && lysc_is_key(key) && strcmp(key->name, "prefix") != 0)
        key = key->next;
    for (size_t i = 0; key && lysc_is_key(key) && i < q->view.n_filters; i++) {
        const struct table_filter *f = &q->view.filters[i];
        if (!f->is_not && (!f->column || strcmp(f->column, "prefix") == 0) && ip_addr_parse(f->value, &address) == 0)
            return address;
    }
    return (struct ip_addr){.family = AF_NONE};
}

/* The keys that conditions give; one that is out of turn with its name. */
static void write_keys(const struct lysc_node *list, const struct query *q, struct text_buf *out)
{
    char text[PREFIX_TEXT_MAX];
    bool is_in_turn = true;
    for (const struct lysc_node *k = lysc_node_child(list); k && lysc_is_key(k); k = k->next) {
        const char *value = demanded(q, k);
        if (q->around && strcmp(k->name, "prefix") == 0)
            value = prefix_text(q->around, text, sizeof(text));
        if (value)
            text_buf_printf(out, "[%s%s%s]", is_in_turn ? "" : k->name, is_in_turn ? "" : "=", value);
        is_in_turn = is_in_turn && value;
    }
}

static void write_path(const struct lysc_node *n, const struct query *q, const struct lysc_node *target,
                       struct text_buf *out)
{
    if (n->parent)
        write_path(n->parent, q, target, out);
    if (n->nodetype & (LYS_CHOICE | LYS_CASE))
        return;
    text_buf_printf(out, "/%s", n->name);
    if (q->instance && n->nodetype == LYS_LIST && strcmp(n->name, "vpn-instance") == 0)
        text_buf_printf(out, "[%s]", q->instance);
    else if (n == target && n->nodetype == LYS_LIST)
        write_keys(n, q, out);
    if (n == target && q->is_counted && lysc_is_key(lysc_node_child(n)))
        text_buf_printf(out, "/%s", lysc_node_child(n)->name);
}

int show_path(struct shell *s, struct query *q, struct text_buf *out)
{
    const struct lysc_node *list = instance_list(s->ctx, q->top);

    if (list && q->view.target != q->top && q->view.target != list)
        q->in_instances = move_into(list, q->top, q->view.target);
    if (q->instance && !q->in_instances)
        return shell_error("%s is not kept per VPN instance", q->view.target->name);
    if (!q->instance)
        write_path(q->view.target, q, q->view.target, out);
    if (q->in_instances) {
        text_buf_puts(out, out->len ? " " : "");
        write_path(q->in_instances, q, q->in_instances, out);
    }
    return 0;
}

static const struct show_alias *find_alias(char *const *words, size_t n, size_t *used)
{
    const struct show_alias *best = NULL;
    for (const struct show_alias *a = show_aliases; a->words; a++) {
        struct text_words w;
        text_words_split(a->words, &w);
        bool is_hit = w.n <= n && (!best || w.n > *used);
        for (size_t i = 0; is_hit && i < w.n; i++)
            is_hit = strcmp(w.word[i], words[i]) == 0;
        if (is_hit) {
            best = a;
            *used = w.n;
        }
        text_words_free(&w);
    }
    return best;
}

static int resolve_alias(struct shell *s, const struct show_alias *alias, char *const *rest, size_t n, struct query *q)
{
    struct text_words w, only = {0};
    q->alias = alias;
    if (!alias->path)
        return n ? shell_error("unexpected \"%s\"", rest[0]) : 0;
    text_words_split(alias->path, &w);
    bool is_whole = descend(s->ctx, q, w.word, w.n) == w.n;
    text_words_free(&w);
    if (!is_whole)
        return shell_error("this version has no state of that");
    if (alias->only && text_words_split(alias->only, &only) && only.n == 2)
        snprintf(q->only_value, sizeof(q->only_value), "%s", only.word[1]);
    if (only.n == 2) {
        snprintf(q->only_column, sizeof(q->only_column), "%s", only.word[0]);
        bool is_not = q->only_value[0] == '!';
        add_filter(q, q->only_column, q->only_value + is_not);
        q->view.filters[q->view.n_filters - 1].is_not = is_not;
    }
    text_words_free(&only);
    q->view.columns = alias->columns;
    return read_filters(s->ctx, q, rest, n);
}

int show_resolve(struct shell *s, char *const *words, size_t n, struct query *q)
{
    size_t used = 0;
    const struct show_alias *alias = find_alias(words, n, &used);
    q->shell = s;
    q->typed = words;
    q->n_typed = used;
    if (alias)
        return resolve_alias(s, alias, words + used, n - used, q);
    q->n_typed = used = descend(s->ctx, q, words, n);
    if (!q->view.target)
        return unknown_word(s->ctx, q, n ? words[0] : "", NULL);
    if (q->view.target->nodetype == LYS_CONTAINER && syntax_transparent(q->view.target))
        q->view.target = syntax_transparent(q->view.target);
    return read_filters(s->ctx, q, words + used, n - used);
}

/* --- words in full --- */

struct candidates {
    const char *prefix;
    size_t len;
    struct text_buf names; /* that begin so, ", " between them */
    size_t n;
    char hit[64];
    bool is_exact;
};

static void consider(struct candidates *c, const char *name, size_t len)
{
    if (len < c->len || memcmp(name, c->prefix, c->len) != 0)
        return;
    c->is_exact = c->is_exact || len == c->len;
    size_t before = c->names.len;
    add_name(&c->names, name, len);
    if (c->names.len == before)
        return;
    c->n++;
    snprintf(c->hit, sizeof(c->hit), "%.*s", (int)len, name);
}

/* What may stand at words[n], ours and the schema's; else the names of others. */
static void find_candidates(struct shell *s, char *const *words, size_t n, struct candidates *c)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    struct query q = {0};
    const char *rest;

    if (n == 0)
        consider(c, "configuration", strlen("configuration"));
    for (const struct show_alias *a = show_aliases; a->words; a++)
        if ((rest = behind(a->words, words, n)))
            consider(c, rest, strcspn(rest, " "));
    bool is_way = n == 0 || (descend(s->ctx, &q, words, n) == n && q.view.target->nodetype == LYS_CONTAINER);
    size_t n_children = is_way ? syntax_children(s->ctx, n ? q.view.target : NULL, true, all) : 0;
    for (size_t i = 0; i < n_children; i++)
        if ((all[i].node->flags & LYS_CONFIG_R) && !has_alias(all[i].node->name, words, n))
            consider(c, all[i].node->name, strlen(all[i].node->name));
    for (size_t i = 0; show_synonyms[i][0] && !c->n; i++)
        if ((rest = behind(show_synonyms[i][0], words, n)) && strncmp(rest, c->prefix, c->len) == 0)
            consider(c, rest, strcspn(rest, " "));
}

/* The words of the longest synonym in front, replaced. */
static void replace_synonym(struct show_words *w)
{
    size_t best = 0, at = 0;
    struct text_words from, to;

    for (size_t i = 0; show_synonyms[i][0]; i++) {
        text_words_split(show_synonyms[i][0], &from);
        bool is_hit = from.n <= w->n && from.n > best;
        for (size_t k = 0; is_hit && k < from.n; k++)
            is_hit = strcmp(from.word[k], w->word[k]) == 0;
        best = is_hit ? from.n : best;
        at = is_hit ? i : at;
        text_words_free(&from);
    }
    if (!best || !text_words_split(show_synonyms[at][1], &to))
        return;
    for (size_t i = 0; i < best; i++)
        mem_free(NULL, w->word[i]);
    memmove(w->word + to.n, w->word + best, (w->n - best) * sizeof(*w->word));
    for (size_t i = 0; i < to.n; i++)
        w->word[i] = mem_strdup(NULL, to.word[i]);
    w->n += to.n - best;
    text_words_free(&to);
}

/* `vpn-instance red forwarding` is `vpn-instance forwarding vpn-instance red`. */
static void turn_instance(struct show_words *w)
{
    char phrase[64], *name = w->n > 2 ? w->word[1] : NULL;

    if (!name || w->n == TEXT_WORDS_MAX || strcmp(w->word[0], "vpn-instance") != 0)
        return;
    snprintf(phrase, sizeof(phrase), "vpn-instance %s", w->word[2]);
    for (const struct show_alias *a = show_aliases; a->words; a++) {
        if (strcmp(a->words, phrase) != 0)
            continue;
        w->word[1] = w->word[2];
        memmove(w->word + 4, w->word + 3, (w->n - 3) * sizeof(*w->word));
        w->word[2] = mem_strdup(NULL, w->word[0]);
        w->word[3] = name;
        w->n++;
        return;
    }
}

int show_words_expand(struct shell *s, char *const *words, size_t n, struct show_words *out)
{
    bool is_open = true; /* names may still follow */
    int rc = 0;

    *out = (struct show_words){.n = 0};
    for (size_t i = 0; i < n && i < TEXT_WORDS_MAX - 4; i++) {
        struct candidates c = {.prefix = words[i], .len = strlen(words[i])};
        if (is_open && c.len)
            find_candidates(s, out->word, i, &c);
        if (c.n > 1 && !c.is_exact && rc == 0) {
            struct text_buf some = {0};
            pick_names(text_buf_get(&c.names), words[i], &some, NULL);
            shell_mark_word(s, words[i]);
            rc = shell_error("\"%s\" may be one of: %s", words[i], text_buf_get(&some));
            text_buf_fini(&some);
        }
        is_open = is_open && c.n;
        out->word[out->n++] = mem_strdup(NULL, c.n == 1 ? c.hit : words[i]);
        text_buf_fini(&c.names);
        if (i == 0 && strcmp(out->word[0], "configuration") == 0 && n > 1 &&
            strncmp("history", words[1], strlen(words[1])))
            is_open = false; /* statements have words of their own */
    }
    replace_synonym(out);
    turn_instance(out);
    return rc;
}

void show_words_free(struct show_words *w)
{
    for (size_t i = 0; i < w->n; i++)
        mem_free(NULL, w->word[i]);
    w->n = 0;
}
