/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be typed next: commands from the command table, statements straight from the schema.
 */
#include "src/shell/complete.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/expand.h"
#include "lib/text/lexer.h"
#include "lib/text/syntax.h"
#include "src/shell/configure.h"
#include "src/shell/grammar.h"
#include "src/shell/shell.h"
#include "strata/addr.h"
#include "strata/mem.h"

#define COMPLETIONS_MAX 2000

void completion_list_fini(struct completion_list *list)
{
    mem_free(NULL, list->item);
    list->item = NULL;
    list->n = list->size = 0;
}

static void append(struct completion_list *list, const char *word, const char *help, bool is_hint)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->item[i].word, word) == 0)
            return;
    if (list->n == COMPLETIONS_MAX)
        return;
    if (list->n == list->size) {
        list->size = list->size ? list->size * 2 : 64;
        list->item = mem_realloc(NULL, list->item, list->size * sizeof(*list->item));
    }
    struct completion *c = &list->item[list->n++];
    snprintf(c->word, sizeof(c->word), "%s", word);
    snprintf(c->help, sizeof(c->help), "%s", help);
    c->is_hint = is_hint;
}

void completion_add(struct completion_list *list, const char *word, const char *help)
{
    if (strncmp(word, list->prefix, strlen(list->prefix)) == 0)
        append(list, word, help, false);
}

void completion_add_hint(struct completion_list *list, const char *word, const char *help)
{
    if (!list->prefix[0] || strcmp(word, "<Enter>") != 0)
        append(list, word, help, true);
}

size_t completion_common(const struct completion_list *list)
{
    const char *first = NULL;
    size_t common = 0;
    for (size_t i = 0; i < list->n; i++) {
        const char *word = list->item[i].word;
        if (list->item[i].is_hint)
            continue;
        if (!first)
            common = strlen(word);
        first = first ? first : word;
        while (strncmp(first, word, common) != 0)
            common--;
    }
    return common;
}

/* --- statements --- */

/* Words of the context and of the blocks that are open. */
static void place_words(struct shell *s, struct text_buf *out, struct text_place *place)
{
    struct text_buf path = {0};
    struct text_words all;
    struct text_expansion x;
    struct text_error err;
    struct text_source src = {.text = text_buf_get(&s->pending), .len = s->pending.len};

    configure_place(s, place, &path);
    shell_context_words(s, out);
    if (s->pending.len) {
        text_expand(s->ctx, place->node, "", &src, &x, &err);
        text_buf_printf(out, " %s", text_buf_get(&x.blocks));
        text_expansion_fini(&x);
        text_buf_fini(&path);
        if (text_words_split(text_buf_get(out), &all))
            text_words_walk(s->ctx, (const char *const *)all.word, all.n, false, place, &path);
        text_words_free(&all);
    }
    text_buf_fini(&path);
}

static void add_units(const struct lysc_node *node, char *help, size_t size)
{
    const struct lysc_node_leaf *leaf = (const struct lysc_node_leaf *)node;
    size_t used = strlen(help);
    if (node->nodetype != LYS_LEAF)
        return;
    if (leaf->units && used < size)
        used += (size_t)snprintf(help + used, size - used, " (%s)", leaf->units);
    if (leaf->dflt && used < size)
        snprintf(help + used, size - used, " [%s]", lyd_value_get_canonical(leaf->module->ctx, leaf->dflt));
}

/* `is_show`: state, and the way to that of VPN instances; else configuration. */
static void add_schema(struct shell *s, struct completion_list *list, const struct lysc_node *parent, bool is_show)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    size_t n = syntax_children(s->ctx, parent, is_show, all);
    for (size_t i = 0; i < n; i++) {
        char help[200];
        if (is_show && (all[i].node->flags & LYS_CONFIG_W) && strcmp(all[i].node->name, "vpn-instance") != 0)
            continue;
        syntax_help(all[i].node, help, sizeof(help));
        add_units(all[i].node, help, sizeof(help));
        completion_add(list, all[i].node->name, help);
    }
}

static void offer_at(struct shell *s, struct completion_list *list, const struct text_place *place, const char *path)
{
    if (place->leaf) {
        complete_values(s, list, place->leaf);
        if (syntax_is_boolean(place->leaf))
            add_schema(s, list, place->node, false);
    } else if (place->key) {
        complete_keys(s, list, path, place->key);
        complete_values(s, list, place->key);
    } else {
        add_schema(s, list, place->node, false);
    }
    bool may_end = !place->key && (!place->leaf || syntax_is_boolean(place->leaf));
    if (may_end && place->node)
        completion_add_hint(list, "<Enter>", "go there");
}

static bool is_mark(const char *word)
{
    return strcmp(word, "no") == 0 || strcmp(word, "delete") == 0 || strcmp(word, "set") == 0;
}

/* The typed words in full, as far as they are clear: what is wrong with them is said when they are entered. */
static void in_full(struct shell *s, const struct text_place *from, char *const *words, size_t n, struct text_buf *out)
{
    struct text_buf typed = {0};
    struct text_expansion x;
    struct text_error err;

    for (size_t i = 0; i < n; i++) {
        bool is_plain = strlen(words[i]) == 1 && strchr("{}[];", words[i][0]);
        text_buf_puts(&typed, i ? " " : "");
        if (is_plain)
            text_buf_puts(&typed, words[i]);
        else
            text_quote(&typed, words[i]);
    }
    struct text_source src = {.text = text_buf_get(&typed), .len = typed.len};
    text_expand(s->ctx, from->node, "", &src, &x, &err);
    text_buf_puts(out, text_buf_get(&x.full));
    text_expansion_fini(&x);
    text_buf_fini(&typed);
}

/* Is there a list below whose order the user gives? */
static bool leads_to_order(const struct lysc_node *node)
{
    if (node->nodetype == LYS_LIST && lysc_is_userordered(node))
        return true;
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, node, NULL, 0));)
        if ((n->nodetype & (LYS_CONTAINER | LYS_LIST)) && (n->flags & LYS_CONFIG_W) && leads_to_order(n))
            return true;
    return false;
}

static void offer_places_of(struct shell *s, struct completion_list *list, const struct text_place *place,
                            const char *path, bool is_ordered)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    size_t n = place->key || place->leaf ? 0 : syntax_children(s->ctx, place->node, false, all);

    if (place->key)
        complete_keys(s, list, path, place->key);
    for (size_t i = 0; i < n; i++) {
        char help[200];
        syntax_help(all[i].node, help, sizeof(help));
        if ((all[i].node->nodetype & (LYS_CONTAINER | LYS_LIST)) && (!is_ordered || leads_to_order(all[i].node)))
            completion_add(list, all[i].node->name, help);
    }
}

static void offer_places(struct shell *s, struct completion_list *list, const struct text_place *place,
                         const char *path)
{
    offer_places_of(s, list, place, path, false);
}

static void offer_ordered(struct shell *s, struct completion_list *list, const struct text_place *place,
                          const char *path)
{
    offer_places_of(s, list, place, path, true);
}

typedef void offer_fn(struct shell *s, struct completion_list *list, const struct text_place *place, const char *path);

static void complete_words_of_schema(struct shell *s, struct completion_list *list, char *const *words, size_t n,
                                     bool with_context, offer_fn *offer)
{
    struct text_buf line = {0}, path = {0};
    struct text_place from = {0}, place;
    struct text_words all;

    if (with_context) {
        place_words(s, &line, &from);
        text_buf_puts(&line, " ");
    }
    size_t skip = n && is_mark(words[0]);
    in_full(s, &from, words + skip, n - skip, &line);
    if (text_words_split(text_buf_get(&line), &all)) {
        text_words_walk(s->ctx, (const char *const *)all.word, all.n, false, &place, &path);
        if (place.used == all.n)
            offer(s, list, &place, text_buf_get(&path));
        text_words_free(&all);
    }
    text_buf_fini(&line);
    text_buf_fini(&path);
}

void complete_statement(struct shell *s, struct completion_list *list, char *const *words, size_t n, bool with_context)
{
    complete_words_of_schema(s, list, words, n, with_context, offer_at);
}

void complete_place(struct shell *s, struct completion_list *list, char *const *words, size_t n, bool is_ordered)
{
    complete_words_of_schema(s, list, words, n, true, is_ordered ? offer_ordered : offer_places);
}

/* --- show --- */

/* The next word of a phrase that begins with the words. */
static void add_phrase(struct completion_list *list, const char *phrase, const char *help, char *const *words, size_t n)
{
    struct text_words w;
    bool is_hit = text_words_split(phrase, &w) && w.n > n;
    for (size_t i = 0; is_hit && i < n; i++)
        is_hit = strcmp(w.word[i], words[i]) == 0;
    if (is_hit)
        completion_add(list, w.word[n], w.n == n + 1 ? help : "");
    text_words_free(&w);
}

/* Names of columns of the rows, containers gone through. */
static void add_columns(struct completion_list *list, const struct lysc_node *rows, const struct lysc_node **found,
                        const char *wanted)
{
    for (const struct lysc_node *n = NULL; (n = lys_getnext(n, rows, NULL, 0));) {
        char help[200];
        if (n->nodetype == LYS_CONTAINER)
            add_columns(list, n, found, wanted);
        if (!(n->nodetype & (LYS_LEAF | LYS_LEAFLIST)))
            continue;
        syntax_help(n, help, sizeof(help));
        if (!wanted)
            completion_add(list, n->name, help);
        else if (strcmp(n->name, wanted) == 0 && !*found)
            *found = n;
    }
}

/* Behind the words that name a list: conditions on its rows. */
static void add_conditions(struct shell *s, struct completion_list *list, const struct lysc_node *rows,
                           char *const *words, size_t n)
{
    const struct lysc_node *column = NULL;
    struct prefix prefix;

    if (rows->nodetype != LYS_LIST && !(rows->nodetype & LYS_CONTAINER))
        return;
    if (n > 0)
        add_columns(list, rows, &column, words[n - 1]);
    bool is_instance = n > 0 && strcmp(words[n - 1], "vpn-instance") == 0;
    if (is_instance)
        complete_from_candidate(s, list, "/vpn-instances/vpn-instance/name", "VPN instance");
    if (column)
        complete_values(s, list, column);
    if (column || is_instance)
        return;
    if (rows->nodetype == LYS_LIST && n > 0 && strchr(words[n - 1], '/') && prefix_parse(words[n - 1], &prefix) == 0)
        completion_add(list, "longer-prefixes", "And the prefixes that it covers");
    if (rows->nodetype == LYS_LIST) {
        add_columns(list, rows, &column, NULL);
        completion_add(list, "detail", "All that there is of each row, a line for each value");
    }
    completion_add(list, "vpn-instance", "Of one VPN instance");
    completion_add_hint(list, "<Enter>", "do it");
}

/* The schema node that the first words name (the longest alias, else the schema's own words); *used of them. */
static const struct lysc_node *find_target(struct shell *s, char *const *words, size_t n, size_t *used)
{
    const struct show_alias *best = NULL;
    struct text_words w = {0};
    struct text_place place = {0};
    struct text_buf path = {0};

    *used = 0;
    for (const struct show_alias *a = show_aliases; a->words; a++) {
        bool is_hit = text_words_split(a->words, &w) && w.n <= n && w.n > *used;
        for (size_t i = 0; is_hit && i < w.n; i++)
            is_hit = strcmp(w.word[i], words[i]) == 0;
        if (is_hit) {
            best = a;
            *used = w.n;
        }
        text_words_free(&w);
    }
    if (best && best->path && text_words_split(best->path, &w)) {
        const struct lysc_node *at = NULL; /* lists of instances have keys, which are not in the alias */
        struct syntax_step step;
        for (size_t i = 0; i < w.n && syntax_find(s->ctx, at, w.word[i], true, &step); i++)
            at = step.node;
        place.node = at;
        text_words_free(&w);
    } else if (!best) {
        text_words_walk(s->ctx, (const char *const *)words, n, true, &place, &path);
        *used = place.used;
    }
    text_buf_fini(&path);
    return place.leaf ? NULL : place.node;
}

void complete_show(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    size_t used;

    if (n && strcmp(words[n - 1], "history") == 0 && (n == 1 || (n == 2 && strcmp(words[0], "configuration") == 0))) {
        complete_history(s, list);
        return;
    }
    if (n && strcmp(words[0], "configuration") == 0) {
        size_t skip = n > 1 && strcmp(words[1], "expanded") == 0 ? 2 : 1;
        if (n == 1)
            completion_add(list, "expanded", "With everything that the configuration implies");
        for (const struct show_alias *a = show_aliases; a->words; a++)
            add_phrase(list, a->words, a->help, words, n);
        complete_statement(s, list, words + skip, n - skip, false);
        return;
    }
    for (const struct show_alias *a = show_aliases; a->words; a++)
        add_phrase(list, a->words, a->help, words, n);
    if (n == 0) {
        completion_add(list, "configuration", "The running configuration");
        return;
    }
    const struct lysc_node *target = find_target(s, words, n, &used);
    if (!target)
        return;
    if (used == n && (target->nodetype & (LYS_CONTAINER | LYS_LIST)))
        add_schema(s, list, target, true);
    add_conditions(s, list, target, words + used, n - used);
}

/* --- lines --- */

static void complete_pipes(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    if (n == 1 && strcmp(words[0], "compare") == 0 && s->is_configuring) {
        complete_commits(s, list, NULL, 0);
        completion_add_hint(list, "<Enter>", "with what runs");
        return;
    }
    if (n && strcmp(words[n - 1], "|") != 0) {
        for (const struct pipe_word *p = pipe_words; p->name; p++)
            if (strcmp(p->name, words[n - 1]) == 0 && p->argument) {
                char hint[64];
                snprintf(hint, sizeof(hint), "<%s>", p->argument);
                if (strcmp(p->argument, "FILE") == 0)
                    complete_files(s, list, NULL, 0);
                completion_add_hint(list, hint, p->help ? p->help : "");
                return;
            }
        completion_add_hint(list, "<Enter>", "do it");
        return;
    }
    for (const struct pipe_word *p = pipe_words; p->name; p++)
        if (p->help)
            completion_add(list, p->name, p->help);
    if (s->is_configuring)
        completion_add(list, "compare", "What would change, from here on");
}

/* Words of commands in full, for what looks at them behind the command. */
static size_t first_pipe(char *const *words, size_t n)
{
    size_t i = 0;
    while (i < n && strcmp(words[i], "|") != 0)
        i++;
    return i;
}

static void complete_words(struct shell *s, struct completion_list *list, char *const *words, size_t n)
{
    const struct argument_kind *rest = NULL;
    size_t rest_at = 0, bar = first_pipe(words, n);
    unsigned mode = s->is_configuring ? IN_CONFIGURATION : IN_OPERATIONAL;

    if (bar < n) {
        complete_pipes(s, list, words + bar + 1, n - bar - 1);
        return;
    }
    if (!s->pending.len)
        grammar_offer(s, mode, words, n, list, &rest, &rest_at);
    if (!s->is_configuring)
        return;
    if (n == 0) {
        completion_add(list, "no", "Remove what follows");
        completion_add(list, "delete", "Remove what follows");
        completion_add(list, "set", "A statement, whatever its first word is");
    }
    bool is_command = false;
    for (size_t i = 0; i < list->n && n; i++)
        is_command |= !list->item[i].is_hint || strcmp(list->item[i].word, "<Enter>") != 0;
    if (is_command || rest)
        return;
    size_t before = list->n;
    complete_statement(s, list, words, n, true);
    if (s->depth == 0 || s->pending.len)
        return;
    if (n == 0 && !list->prefix[0])
        completion_add_hint(list, "<top>", "or a statement of the top of the configuration, which leaves this place");
    else if (list->n == before)
        complete_statement(s, list, words, n, false);
}

void shell_complete(struct shell *s, const char *line, struct completion_list *out)
{
    struct text_words w;
    size_t len = strlen(line);

    memset(out, 0, sizeof(*out));
    if (text_words_split(line, &w)) {
        size_t n = w.n;
        bool is_begun = n && len && line[len - 1] != ' ' && line[len - 1] != '\t' && strcmp(w.word[n - 1], "|") != 0;
        if (is_begun)
            snprintf(out->prefix, sizeof(out->prefix), "%s", w.word[--n]);
        complete_words(s, out, w.word, n);
    }
    text_words_free(&w);
}
