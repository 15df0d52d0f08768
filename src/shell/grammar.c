/* SPDX-License-Identifier: Apache-2.0
 *
 * Follows all rows of the command table at once, word by word: a row stays in the race as long as the words fit it.
 */
#include "src/shell/grammar.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/expand.h"
#include "lib/text/explain.h"
#include "src/shell/complete.h"
#include "src/shell/shell.h"
#include "strata/mem.h"

#define ELEMENTS_MAX 16
#define WORD_LEN     24
#define NAMES_MAX    256
#define ROWS_MAX     128

struct element {
    char word[WORD_LEN];
    const struct argument_kind *kind; /* NULL: the word itself */
    unsigned group;                   /* 0: must be there; else the optional group it is of, from 1 */
};

struct row { /* a command, and how far it got */
    const struct command *command;
    struct element element[ELEMENTS_MAX];
    size_t n;
    size_t at;            /* the next element, if in a sequence */
    unsigned used_groups; /* bits */
    bool is_out;
    bool is_between; /* all that must be there was, and no group is begun */
    struct command_line line;
};

static const struct argument_kind *find_kind(const char *name)
{
    const struct argument_kind *k = argument_kinds;
    while (k->name && strcmp(k->name, name) != 0)
        k++;
    return k->name ? k : NULL;
}

static void settle(struct row *r)
{
    unsigned before = r->at ? r->element[r->at - 1].group : 0;
    unsigned now = r->at < r->n ? r->element[r->at].group : UINT32_MAX;
    r->is_between = now != before;
}

static void read_syntax(const struct command *c, struct row *r)
{
    unsigned group = 0, n_groups = 0;
    memset(r, 0, sizeof(*r));
    r->command = c;
    for (const char *p = c->syntax; *p && r->n < ELEMENTS_MAX;) {
        if (*p == '[')
            group = ++n_groups;
        else if (*p == ']')
            group = 0;
        if (*p == '[' || *p == ']' || *p == ' ') {
            p++;
            continue;
        }
        size_t len = strcspn(p, " ]");
        struct element *e = &r->element[r->n++];
        snprintf(e->word, sizeof(e->word), "%.*s", (int)len, p);
        e->group = group;
        e->kind = isupper((unsigned char)*p) ? find_kind(e->word) : NULL;
        p += len;
    }
    settle(r);
}

/* The elements that may come next. Returns how many. */
static size_t next_elements(const struct row *r, size_t out[ELEMENTS_MAX])
{
    size_t n = 0;
    if (r->is_out)
        return 0;
    if (r->at > 0 && r->element[r->at - 1].kind && r->element[r->at - 1].kind->is_rest) {
        out[n++] = r->at - 1;
        return n;
    }
    if (!r->is_between) {
        out[n++] = r->at;
        return n;
    }
    for (size_t i = 0; i < r->n; i++) {
        unsigned g = r->element[i].group;
        bool is_first = g && (i == 0 || r->element[i - 1].group != g);
        if (is_first && !(r->used_groups & (1u << g)))
            out[n++] = i;
    }
    return n;
}

static bool may_end(const struct row *r)
{
    if (r->is_out || !r->command->fn)
        return false;
    bool in_rest = r->at > 0 && r->element[r->at - 1].kind && r->element[r->at - 1].kind->is_rest;
    return r->is_between || in_rest;
}

static void take(struct row *r, size_t element, const char *word, size_t index, unsigned column)
{
    const struct element *e = &r->element[element];
    struct command_line *l = &r->line;
    bool is_more_of_rest = e->kind && e->kind->is_rest && element + 1 == r->at;

    if (e->kind && e->kind->is_rest && !is_more_of_rest) {
        l->rest_at = index;
        l->rest_column = column;
    } else if (e->kind && !is_more_of_rest && l->n_arguments < COMMAND_ARGUMENTS_MAX) {
        l->argument[l->n_arguments].name = e->word;
        l->argument[l->n_arguments++].value = word;
    }
    r->used_groups |= e->group ? 1u << e->group : 0;
    r->at = element + 1;
    settle(r);
}

struct race {
    struct row *row; /* owned */
    size_t n;
};

static void race_init(struct race *race, unsigned mode)
{
    race->row = mem_alloc(NULL, ROWS_MAX * sizeof(*race->row));
    race->n = 0;
    for (const struct command *c = commands; c->syntax && race->n < ROWS_MAX; c++)
        if (c->modes & mode)
            read_syntax(c, &race->row[race->n++]);
}

static void race_fini(struct race *race)
{
    mem_free(NULL, race->row);
}

static void add_name(const char **names, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(names[i], name) == 0)
            return;
    if (*n < NAMES_MAX)
        names[(*n)++] = name;
}

/* The plain words that may come next. */
static size_t next_words(const struct race *race, const char **names)
{
    size_t n = 0, next[ELEMENTS_MAX];
    for (size_t i = 0; i < race->n; i++) {
        size_t k = next_elements(&race->row[i], next);
        while (k--)
            if (!race->row[i].element[next[k]].kind)
                add_name(names, &n, race->row[i].element[next[k]].word);
    }
    return n;
}

/* All rows go on by one word: `literal`, or NULL and a value. Returns how many are left. */
static size_t advance(struct race *race, const char *literal, const struct token *t, size_t index)
{
    size_t left = 0, next[ELEMENTS_MAX];
    for (size_t i = 0; i < race->n; i++) {
        struct row *r = &race->row[i];
        size_t n = next_elements(r, next), hit = ELEMENTS_MAX;
        for (size_t k = 0; k < n && hit == ELEMENTS_MAX; k++) {
            const struct element *e = &r->element[next[k]];
            bool fits = literal ? !e->kind && strcmp(e->word, literal) == 0
                                : e->kind && (!e->kind->accepts || e->kind->accepts(t->word));
            if (fits)
                hit = next[k];
        }
        r->is_out = hit == ELEMENTS_MAX;
        if (r->is_out)
            continue;
        take(r, hit, t->word, index, t->column);
        left++;
    }
    return left;
}

/* `with_rest`: what takes any words counts, too. */
static bool has_value_for(const struct race *race, const char *word, bool with_rest)
{
    size_t next[ELEMENTS_MAX];
    for (size_t i = 0; i < race->n; i++) {
        size_t n = next_elements(&race->row[i], next);
        for (size_t k = 0; k < n; k++) {
            const struct argument_kind *kind = race->row[i].element[next[k]].kind;
            if (kind && (with_rest || !kind->is_rest) && (!kind->accepts || kind->accepts(word)))
                return true;
        }
    }
    return false;
}

/* --- errors --- */

/* What a value that may come next is; words are said by the caller. */
static size_t describe_values(const struct race *race, struct text_buf *out)
{
    size_t next[ELEMENTS_MAX], said = 0;
    for (size_t i = 0; i < race->n; i++) {
        for (size_t k = next_elements(&race->row[i], next); k--;) {
            const struct argument_kind *kind = race->row[i].element[next[k]].kind;
            if (!kind || strstr(text_buf_get(out), kind->help))
                continue;
            text_buf_printf(out, "%s%s", out->len ? ", " : "", kind->help);
            said++;
        }
    }
    return said;
}

/* All that may come next; of many words those most like the one that was typed. Returns how much there is. */
static size_t describe_next(const struct race *race, const char *typed, const struct grammar_words *others,
                            struct text_buf *out)
{
    const char *names[NAMES_MAX];
    size_t n = next_words(race, names);

    for (size_t i = 0; others && i < others->n; i++)
        if (strcmp(others->names[i], "}") != 0)
            add_name(names, &n, others->names[i]);
    text_list_names(typed, names, n, out);
    return n + describe_values(race, out);
}

static enum grammar_outcome fail_unknown(const struct race *race, const struct token *t, size_t index,
                                         const struct grammar_words *others, struct grammar_result *out)
{
    const char *names[NAMES_MAX];
    struct text_buf expected = {0};
    size_t n = next_words(race, names);

    for (size_t i = 0; index == 0 && others && i < others->n; i++)
        add_name(names, &n, others->names[i]);
    const char *near = text_nearest(t->word, names, n);
    const char *several = describe_next(race, t->word, index ? NULL : others, &expected) > 1 ? "one of: " : "";
    snprintf(out->message, sizeof(out->message), "%s \"%.80s\"%s%s%s%s%s%s", index ? "unexpected" : "unknown command",
             t->word, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "",
             expected.len ? (near ? " expected " : "; expected ") : "; nothing more can follow", several,
             text_buf_get(&expected));
    out->column = t->column;
    text_buf_fini(&expected);
    return GRAMMAR_ERROR;
}

static enum grammar_outcome fail_ambiguous(const struct token *t, const char *const *hits, size_t n,
                                           struct grammar_result *out)
{
    size_t used = (size_t)snprintf(out->message, sizeof(out->message), "\"%.80s\" is ambiguous: ", t->word);
    struct text_buf names = {0};
    text_list_names(t->word, hits, n, &names);
    if (used < sizeof(out->message))
        snprintf(out->message + used, sizeof(out->message) - used, "%s", text_buf_get(&names));
    text_buf_fini(&names);
    out->column = t->column;
    return GRAMMAR_ERROR;
}

static enum grammar_outcome fail_incomplete(const struct race *race, unsigned column, struct grammar_result *out)
{
    struct text_buf expected = {0};
    bool is_several = describe_next(race, "", NULL, &expected) > 1;
    snprintf(out->message, sizeof(out->message), "the command is not complete; expected%s %s",
             is_several ? " one of:" : "", text_buf_get(&expected));
    out->column = column;
    text_buf_fini(&expected);
    return GRAMMAR_ERROR;
}

/* --- parsing --- */

/* One word. GRAMMAR_OK: all rows that are left went on. */
static enum grammar_outcome word(struct race *race, struct token *t, size_t index, const struct grammar_words *others,
                                 struct grammar_result *out)
{
    const char *names[NAMES_MAX], *hits[NAMES_MAX];
    size_t n = next_words(race, names);
    bool is_start = index == 0 && others;

    if (is_start)
        for (size_t i = 0; i < n; i++)
            if (strcmp(names[i], t->word) == 0)
                is_start = false; /* the exact command wins */
    for (size_t i = 0; is_start && i < others->n; i++)
        add_name(names, &n, others->names[i]);
    size_t n_hits = t->is_quoted ? 0 : text_abbreviated(t->word, names, n, hits, NAMES_MAX);
    bool is_exact = n_hits == 1 && strcmp(hits[0], t->word) == 0;
    if (!is_exact && has_value_for(race, t->word, n_hits == 0))
        return advance(race, NULL, t, index) ? GRAMMAR_OK : fail_unknown(race, t, index, others, out);
    if (n_hits > 1)
        return fail_ambiguous(t, hits, n_hits, out);
    if (n_hits == 0)
        return fail_unknown(race, t, index, others, out);
    if (!is_exact) {
        mem_free(NULL, t->word);
        t->word = mem_strdup(NULL, hits[0]);
    }
    for (size_t i = 0; is_start && i < others->n; i++)
        if (strcmp(others->names[i], t->word) == 0)
            return GRAMMAR_STATEMENT;
    const char *literal = hits[0];
    char copy[WORD_LEN];
    snprintf(copy, sizeof(copy), "%s", literal); /* the rows' own words stay, but their order is ours */
    advance(race, copy, t, index);
    return GRAMMAR_OK;
}

enum grammar_outcome grammar_parse(unsigned mode, struct token *tokens, size_t n, unsigned end_column,
                                   const struct grammar_words *others, struct grammar_result *out)
{
    struct race race;
    enum grammar_outcome outcome = GRAMMAR_OK;

    memset(out, 0, sizeof(*out));
    race_init(&race, mode);
    for (size_t i = 0; i < n && outcome == GRAMMAR_OK; i++)
        outcome = word(&race, &tokens[i], i, others, out);
    const struct row *winner = NULL;
    for (size_t i = 0; i < race.n && outcome == GRAMMAR_OK && !winner; i++)
        if (may_end(&race.row[i]))
            winner = &race.row[i];
    if (winner) {
        out->line = winner->line;
        out->line.command = winner->command;
        for (size_t i = 0; i < out->line.n_arguments; i++) /* the row's copy of the name goes away */
            out->line.argument[i].name = find_kind(out->line.argument[i].name)->name;
        if (!out->line.rest_column)
            out->line.rest_at = n;
    } else if (outcome == GRAMMAR_OK) {
        outcome = fail_incomplete(&race, end_column, out);
    }
    race_fini(&race);
    return outcome;
}

const char *command_argument(const struct command_line *line, const char *name)
{
    for (size_t i = 0; i < line->n_arguments; i++)
        if (strcmp(line->argument[i].name, name) == 0)
            return line->argument[i].value;
    return NULL;
}

/* --- completion --- */

static const char *option_help(const char *word)
{
    const struct option_word *o = option_words;
    while (o->word && strcmp(o->word, word) != 0)
        o++;
    return o->word ? o->help : "";
}

/* What the element means: the row's help if it ends the words that must be there, else that of its group. */
static const char *element_help(const struct row *r, size_t i)
{
    bool is_last = i + 1 == r->n || r->element[i + 1].group != r->element[i].group || r->element[i + 1].kind;
    if (r->element[i].group)
        return option_help(r->element[i].word);
    return is_last ? r->command->help : "";
}

static void offer_element(struct shell *s, const struct row *r, size_t i, struct completion_list *list,
                          char *const *words, size_t n)
{
    const struct element *e = &r->element[i];
    char hint[WORD_LEN + 3];

    if (!e->kind) {
        completion_add(list, e->word, element_help(r, i));
        return;
    }
    if (e->kind->offer)
        e->kind->offer(s, list, words, n);
    if (e->kind->is_rest || e->kind->help[0] == '\0')
        return;
    snprintf(hint, sizeof(hint), "<%s>", e->word);
    completion_add_hint(list, hint, e->kind->help);
}

void grammar_offer(struct shell *s, unsigned mode, char *const *words, size_t n, struct completion_list *list,
                   const struct argument_kind **rest, size_t *rest_at)
{
    struct race race;
    struct grammar_result ignored;
    bool is_good = true, ends = false;

    race_init(&race, mode);
    *rest = NULL;
    for (size_t i = 0; i < n && is_good; i++) {
        struct token t = {.word = mem_strdup(NULL, words[i]), .column = 1};
        is_good = word(&race, &t, i, NULL, &ignored) == GRAMMAR_OK;
        for (size_t k = 0; k < race.n; k++) /* values are not looked at again */
            race.row[k].line.n_arguments = 0;
        mem_free(NULL, t.word);
    }
    for (size_t i = 0; i < race.n && is_good; i++) {
        struct row *r = &race.row[i];
        size_t next[ELEMENTS_MAX], k = next_elements(r, next);
        const struct argument_kind *last = r->at ? r->element[r->at - 1].kind : NULL;
        if (!r->is_out && last && last->is_rest) {
            *rest = last;
            *rest_at = r->line.rest_at;
        }
        for (size_t j = 0; j < k; j++) {
            size_t from = *rest ? *rest_at : n;
            offer_element(s, r, next[j], list, words + from, n - from);
        }
        bool in_rest = last && last->is_rest; /* its offers say whether it may end */
        ends |= n > 0 && !in_rest && may_end(r);
    }
    if (ends)
        completion_add_hint(list, "<Enter>", "do it");
    race_fini(&race);
}
