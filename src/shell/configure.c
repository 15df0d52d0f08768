/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements below the context one is in, and the context itself. A statement that ends at a container or list entry
 * moves the context there; with `set` in front it never does, so that lines of `set` mean the same in any order. Words
 * are judged here; what stands the test is collected as long as more input is there, and goes to mgmtd in one piece:
 * ten thousand pasted lines are a few requests, not ten thousand.
 */
#include "src/shell/configure.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/expand.h"
#include "lib/text/lexer.h"
#include "lib/text/syntax.h"
#include "src/shell/commands.h"
#include "src/shell/input.h"
#include "src/shell/shell.h"
#include "strata/mem.h"

#define BATCH_BYTES 500000
#define SOURCE      "typed" /* as what mgmtd knows the text */

struct item { /* a statement on its way */
    char *typed, *full;
    char *context;        /* words of where it stands, "" = top */
    size_t depth;         /* to go back to if it fails */
    unsigned line_number; /* of the input */
    unsigned line;        /* where it begins in the text that is sent */
};

struct batch {
    struct item *item;
    size_t n, size, bytes;
};

static void drop_items(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        mem_free(NULL, b->item[i].typed);
        mem_free(NULL, b->item[i].full);
        mem_free(NULL, b->item[i].context);
    }
    b->n = b->bytes = 0;
}

void batch_destroy(struct batch *b)
{
    if (!b)
        return;
    drop_items(b);
    mem_free(NULL, b->item);
    mem_free(NULL, b);
}

void configure_place(const struct shell *s, struct text_place *place, struct text_buf *path)
{
    struct text_buf words = {0};
    struct text_words all;

    memset(place, 0, sizeof(*place));
    shell_context_words(s, &words);
    if (text_words_split(text_buf_get(&words), &all))
        text_words_walk(s->ctx, (const char *const *)all.word, all.n, false, place, path);
    text_words_free(&all);
    text_buf_fini(&words);
}

/* How many statements at the current place the word may begin: in full one alone. */
static size_t count_statements(const struct shell *s, const char *word)
{
    struct syntax_step all[SYNTAX_CHILDREN_MAX], step;
    const char *names[SYNTAX_CHILDREN_MAX], *hits[SYNTAX_CHILDREN_MAX];
    struct text_place place;
    struct text_buf path = {0};

    configure_place(s, &place, &path);
    text_buf_fini(&path);
    if (syntax_find(s->ctx, place.node, word, false, &step))
        return 1;
    size_t n = syntax_children(s->ctx, place.node, false, all);
    for (size_t i = 0; i < n; i++)
        names[i] = all[i].node->name;
    return text_abbreviated(word, names, n, hits, SYNTAX_CHILDREN_MAX);
}

bool configure_knows(const struct shell *s, const char *word)
{
    return count_statements(s, word) > 0;
}

bool configure_leave_for(struct shell *s, const char *word)
{
    size_t depth = s->depth;
    bool is_found = false;

    while (s->depth && !is_found) {
        s->depth--;
        is_found = count_statements(s, word) == 1;
    }
    size_t found = s->depth;
    s->depth = depth;
    if (is_found)
        shell_leave_context(s, found);
    return is_found;
}

bool configure_is_changed(struct shell *s)
{
    struct front_request r = {.op = FRONT_COMPARE};
    struct client_answer answer;
    bool is_changed = client_call(s->client, &r, &answer) == 0 && answer.text[0];
    client_answer_fini(&answer);
    return is_changed;
}

/* --- sending --- */

static unsigned count_lines(const char *text)
{
    unsigned n = 1;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Items [from, to) as one text; each knows the line where it begins. */
static void write_items(struct batch *b, size_t from, size_t to, struct text_buf *out)
{
    unsigned line = 1;
    const char *context = "";
    for (size_t i = from; i < to; i++) {
        struct item *it = &b->item[i];
        if (strcmp(it->context, context) != 0) {
            text_buf_printf(out, "%s", context[0] ? "}\n" : "");
            line += context[0] != '\0';
            context = it->context;
            if (context[0])
                text_buf_printf(out, "%s {\n", context);
            line += context[0] != '\0';
        }
        it->line = line;
        text_buf_puts(out, it->full);
        text_buf_puts(out, "\n");
        line += count_lines(it->full);
    }
    if (context[0])
        text_buf_puts(out, "}\n");
}

static struct item *item_at(struct batch *b, size_t from, size_t to, unsigned line)
{
    struct item *hit = NULL;
    for (size_t i = from; i < to; i++)
        if (b->item[i].line <= line)
            hit = &b->item[i];
    return hit;
}

/* mgmtd's "typed:LINE:COLUMN: message" at the word that was typed. The item, or NULL: it is about none of them. */
static struct item *say_fault(struct shell *s, size_t from, size_t to, const char *text)
{
    unsigned line = 0, column = 0;
    int used = 0;
    struct item *it = NULL;

    if (sscanf(text, SOURCE ":%u:%u: %n", &line, &column, &used) == 2 && used)
        it = item_at(s->batch, from, to, line);
    if (!it) {
        shell_error("%s", text);
        return NULL;
    }
    line -= it->line - 1;
    text_same_word(it->full, it->typed, &line, &column);
    unsigned now = s->line_number;
    s->line_number = it->line_number;
    shell_error_at(s, it->typed, line, column, text + used);
    s->line_number = now;
    return it;
}

static int load(struct shell *s, size_t from, size_t to, struct client_answer *answer)
{
    struct text_buf text = {0};
    write_items(s->batch, from, to, &text);
    struct front_request r = {.op = FRONT_LOAD, .load = FRONT_MERGE, .name = SOURCE, .text = text_buf_get(&text)};
    int rc = client_call(s->client, &r, answer);
    text_buf_fini(&text);
    return rc;
}

/* A fault stops a script. On a terminal, and where each line counts for itself, all other lines are taken. */
static int send_from(struct shell *s, size_t from, size_t *next)
{
    struct batch *b = s->batch;
    struct client_answer answer;
    int rc = load(s, from, b->n, &answer);

    *next = b->n;
    if (rc) {
        struct item *bad = say_fault(s, from, b->n, answer.text);
        shell_print_notes(answer.note);
        client_answer_fini(&answer);
        if (!bad)
            return 1;
        size_t at = (size_t)(bad - b->item);
        if (at + 1 == b->n)
            shell_leave_context(s, bad->depth);
        if (at > from && load(s, from, at, &answer))
            shell_error("%s", answer.text);
        else if (at == from)
            return *next = at + 1, 1;
        *next = at + 1;
    } else if (s->is_interactive) {
        shell_print_notes(answer.note);
    }
    client_answer_fini(&answer);
    return rc ? 1 : 0;
}

int configure_flush(struct shell *s)
{
    int rc = 0;
    if (!s->batch || !s->batch->n)
        return 0;
    bool is_script = s->input && !s->is_interactive;
    for (size_t next = 0; next < s->batch->n;) {
        rc |= send_from(s, next, &next);
        if (rc && is_script)
            break;
    }
    drop_items(s->batch);
    return rc;
}

static void add_item(struct shell *s, const char *typed, const char *full, unsigned line_number)
{
    struct text_buf context = {0};
    if (!s->batch)
        s->batch = MEM_NEW(NULL, struct batch);
    struct batch *b = s->batch;
    if (b->n == b->size) {
        b->size = b->size ? b->size * 2 : 16;
        b->item = mem_realloc(NULL, b->item, b->size * sizeof(*b->item));
    }
    shell_context_words(s, &context);
    b->item[b->n++] = (struct item){.typed = mem_strdup(NULL, typed),
                                    .full = mem_strdup(NULL, full),
                                    .context = mem_strdup(NULL, text_buf_get(&context)),
                                    .depth = s->depth,
                                    .line_number = line_number};
    b->bytes += strlen(full) + context.len;
    text_buf_fini(&context);
}

/* --- statements --- */

static int say_local(struct shell *s, const char *typed, const char *text, struct text_error *err)
{
    struct text_buf message = {0};
    int rc = configure_flush(s);
    text_same_word(text, typed, &err->line, &err->column);
    if (err->path[0])
        text_buf_printf(&message, "%s: ", err->path);
    text_buf_puts(&message, err->message);
    shell_error_at(s, typed, err->line, err->column, text_buf_get(&message));
    text_buf_fini(&message);
    return rc ? rc : 1;
}

static void wait_for_more(struct shell *s, const char *text)
{
    text_buf_puts(&s->pending, text);
    text_buf_puts(&s->pending, "\n");
}

static void enter(struct shell *s, const char *words)
{
    if (s->depth < SHELL_DEPTH_MAX)
        s->context[s->depth++] = mem_strdup(NULL, words);
}

static bool begins_with_set(const char *text)
{
    text += strspn(text, " \t");
    return strncmp(text, "set", 3) == 0 && (text[3] == ' ' || text[3] == '\t');
}

int configure_statement(struct shell *s, const char *typed, const char *text)
{
    struct text_place place;
    struct text_buf path = {0};
    struct text_expansion x;
    struct text_error err;
    struct text_source src = {.text = text, .len = strlen(text)};
    int rc = 0;

    configure_place(s, &place, &path);
    if (text_expand(s->ctx, place.node, text_buf_get(&path), &src, &x, &err)) {
        rc = say_local(s, typed, text, &err);
    } else if (x.is_open) {
        wait_for_more(s, text);
    } else {
        add_item(s, typed, text_buf_get(&x.full), s->line_number);
        if (x.is_place && !begins_with_set(text))
            enter(s, text_buf_get(&x.place));
        bool is_more = s->input && input_has_more(s->input) && s->batch->bytes < BATCH_BYTES;
        rc = is_more ? 0 : configure_flush(s);
    }
    text_expansion_fini(&x);
    text_buf_fini(&path);
    return rc;
}

int configure_delete_all(struct shell *s)
{
    static const char *const answers[] = {"no", "yes", NULL};
    struct text_buf where = {0}, text = {0};
    struct client_answer answer;
    int rc = configure_flush(s);

    if (rc)
        return rc;
    const char *said = mode_ask(s, s->depth ? "Delete everything here?" : "Delete the whole configuration?", answers);
    if (said && strcmp(said, "no") == 0)
        return 0;
    shell_context_words(s, &where);
    if (where.len) /* the place itself stays, if it is one without anything in it */
        text_buf_printf(&text, "no %s\n%s\n", text_buf_get(&where), text_buf_get(&where));
    struct front_request r = {.op = FRONT_LOAD,
                              .load = where.len ? FRONT_MERGE : FRONT_OVERRIDE,
                              .name = SOURCE,
                              .text = text_buf_get(&text)};
    rc = shell_ask(s, &r, &answer);
    if (rc == 0)
        client_answer_fini(&answer);
    text_buf_fini(&where);
    text_buf_fini(&text);
    return rc;
}

/* Open braces of a text; -1: unreadable. */
static int open_braces(const char *text)
{
    struct text_lexer lx;
    struct text_token tok;
    int open = 0;
    text_lexer_init(&lx, text, strlen(text));
    for (text_lexer_next(&lx, &tok); tok.kind != TEXT_EOF; text_lexer_next(&lx, &tok)) {
        if (tok.kind == TEXT_BAD)
            return -1;
        open += tok.kind == TEXT_OPEN;
        open -= tok.kind == TEXT_CLOSE;
    }
    return open;
}

int configure_gather(struct shell *s, const char *line)
{
    unsigned number = s->line_number;
    wait_for_more(s, line);
    if (open_braces(text_buf_get(&s->pending)) > 0)
        return 0;
    struct text_buf text = s->pending;
    s->pending = (struct text_buf){0};
    if (number)
        s->line_number = number + 2 - count_lines(text_buf_get(&text)); /* where it began; the text ends a line */
    int rc = configure_statement(s, text_buf_get(&text), text_buf_get(&text));
    s->line_number = number;
    text_buf_fini(&text);
    return rc;
}

/* --- contexts --- */

int do_edit(struct shell *s, const struct command_line *l)
{
    struct text_expansion x;
    struct text_error err;
    struct text_place place;
    struct text_buf path = {0};
    const char *words = l->typed + l->rest_column - 1;
    struct text_source src = {.text = words, .len = strlen(words)};
    int rc = 0;

    configure_place(s, &place, &path);
    rc = text_expand(s->ctx, place.node, text_buf_get(&path), &src, &x, &err);
    if (rc == 0 && !x.is_place) {
        err = (struct text_error){.line = 1, .column = 1};
        snprintf(err.message, sizeof(err.message), "expected a container or a list entry, and nothing behind it");
        rc = 1;
    }
    if (rc) {
        err.column += l->rest_column - 1;
        text_buf_printf(&path, "%s%s", err.path[0] ? ": " : "", err.message);
        shell_error_at(s, l->typed, 1, err.column, err.path[0] ? text_buf_get(&path) : err.message);
        rc = 1;
    } else {
        rc = configure_statement(s, words, words);
    }
    text_expansion_fini(&x);
    text_buf_fini(&path);
    return rc;
}

int do_top(struct shell *s, const struct command_line *l)
{
    (void)l;
    shell_leave_context(s, 0);
    return 0;
}

/* The words without the last container or entry; "" if there was but one. */
static void cut_level(struct shell *s, const char *words, struct text_buf *out)
{
    struct text_words w;
    struct text_buf before = {0};
    size_t keep = 0;

    s->depth--;
    shell_context_words(s, &before);
    s->depth++;
    if (text_words_split(words, &w)) {
        for (size_t n = 1; n < w.n; n++) {
            struct text_buf all = {0}, path = {0};
            struct text_words full;
            struct text_place place;
            text_buf_puts(&all, text_buf_get(&before));
            for (size_t i = 0; i < n; i++) {
                text_buf_puts(&all, " ");
                text_quote(&all, w.word[i]);
            }
            text_words_split(text_buf_get(&all), &full);
            text_words_walk(s->ctx, (const char *const *)full.word, full.n, false, &place, &path);
            if (place.used == full.n && place.node && !place.key && !place.leaf)
                keep = n;
            text_words_free(&full);
            text_buf_fini(&all);
            text_buf_fini(&path);
        }
    }
    for (size_t i = 0; i < keep; i++) {
        text_buf_puts(out, i ? " " : "");
        text_quote(out, w.word[i]);
    }
    text_words_free(&w);
    text_buf_fini(&before);
}

int do_up(struct shell *s, const struct command_line *l)
{
    struct text_buf words = {0};
    (void)l;
    if (s->depth == 0)
        return 0;
    cut_level(s, s->context[s->depth - 1], &words);
    shell_leave_context(s, s->depth - 1);
    if (words.len)
        enter(s, text_buf_get(&words));
    text_buf_fini(&words);
    return 0;
}

int do_exit(struct shell *s, const struct command_line *l)
{
    (void)l;
    if (s->depth == 0)
        return mode_leave(s);
    shell_leave_context(s, s->depth - 1);
    return 0;
}

int do_end(struct shell *s, const struct command_line *l)
{
    (void)l;
    return mode_leave(s);
}

/* False: the words are none of the configuration; said, with what may have been meant. */
static bool is_configuration(struct shell *s, const struct command_line *l, const struct text_words *all)
{
    struct text_place place;
    struct text_buf path = {0};

    text_words_walk(s->ctx, (const char *const *)all->word, all->n, false, &place, &path);
    text_buf_fini(&path);
    if (place.used == all->n)
        return true;
    shell_mark_word(s, all->word[place.used]);
    shell_error("unknown part of the configuration: %s", all->word[place.used]);
    fprintf(stderr, "note: for what is not configuration try: run show %s\n", l->typed + l->rest_column - 1);
    return false;
}

int do_show_candidate(struct shell *s, const struct command_line *l)
{
    struct text_buf words = {0};
    struct text_words all;
    struct show_what what = {
        .is_candidate = true, .is_expanded = l->command->value != 0, .is_asked_for = l->rest_at < l->n_words};
    int rc = 1;

    if (pipes_to_compare(l->pipes))
        return do_compare(s, l);
    shell_context_words(s, &words);
    if (l->rest_at < l->n_words) { /* abbreviated words as well */
        struct text_place place;
        struct text_buf path = {0};
        struct text_expansion x;
        struct text_error err;
        const char *typed = l->typed + l->rest_column - 1;
        struct text_source src = {.text = typed, .len = strlen(typed)};
        configure_place(s, &place, &path);
        text_expand(s->ctx, place.node, "", &src, &x, &err);
        text_buf_printf(&words, " %s", text_buf_get(&x.full));
        text_expansion_fini(&x);
        text_buf_fini(&path);
    }
    if (text_words_split(text_buf_get(&words), &all) && is_configuration(s, l, &all))
        rc = shell_show_configuration(s, all.word, all.n, l->pipes, what);
    text_words_free(&all);
    text_buf_fini(&words);
    return rc;
}

/* In operational mode for one line. */
int do_run(struct shell *s, const struct command_line *l)
{
    struct text_buf line = {0};
    text_buf_printf(&line, "%s%s%s", l->typed + l->rest_column - 1, l->pipes[0] ? "|" : "", l->pipes);
    s->is_configuring = false;
    int rc = shell_line(s, text_buf_get(&line));
    s->is_configuring = true;
    text_buf_fini(&line);
    return rc;
}

void configure_show_words(struct shell *s, char *const *words, size_t n, struct text_words *out)
{
    static const char *const names[] = {"configuration", "expanded"};
    struct text_buf typed = {0};
    struct text_expansion x;
    struct text_error err;
    struct text_words full = {0};
    size_t head = 0;

    out->n = 0;
    while (head < n && head < 2 && strlen(words[head]) >= 3 &&
           strncmp(names[head], words[head], strlen(words[head])) == 0) {
        out->word[out->n++] = mem_strdup(NULL, names[head]);
        head++;
    }
    for (size_t i = head; i < n; i++) {
        text_buf_puts(&typed, " ");
        text_quote(&typed, words[i]);
    }
    struct text_source src = {.text = text_buf_get(&typed), .len = typed.len};
    text_expand(s->ctx, NULL, "", &src, &x, &err); /* what is unknown stays as it is */
    bool is_read = head > 0 && text_words_split(text_buf_get(&x.full), &full) && full.n == n - head;
    for (size_t i = head; i < n; i++)
        out->word[out->n++] = mem_strdup(NULL, is_read ? full.word[i - head] : words[i]);
    text_words_free(&full);
    text_expansion_fini(&x);
    text_buf_fini(&typed);
}
