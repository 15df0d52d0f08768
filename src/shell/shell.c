/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines: cut into words, understood by the command table, done. And what all commands share: asking mgmtd, saying
 * errors where they are.
 */
#include "src/shell/shell.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/text/lexer.h"
#include "lib/text/syntax.h"
#include "src/shell/commands.h"
#include "src/shell/configure.h"
#include "src/shell/input.h"
#include "strata/mem.h"

/* --- saying what is wrong --- */

int shell_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("error: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    return 1;
}

/* TABs as the terminal shows them would move the mark away. */
static void print_mark(const char *line, unsigned column)
{
    int len = (int)strcspn(line, "\n");
    fprintf(stderr, "  ");
    for (int i = 0; i < len; i++)
        fputc(line[i] == '\t' ? ' ' : line[i], stderr);
    fprintf(stderr, "\n  %*s^\n", (int)column - 1, "");
}

int shell_error_at(const struct shell *s, const char *text, unsigned line, unsigned column, const char *message)
{
    for (unsigned i = 1; i < line && *text; i++) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    if (column)
        print_mark(text, column);
    if (!s->line_number || !column)
        return shell_error("%s", message);
    return shell_error("%u:%u: %s", s->line_number + (line ? line - 1 : 0), column, message);
}

void shell_mark_word(const struct shell *s, const char *word)
{
    struct text_lexer lx;
    struct text_token tok;
    unsigned column = 0;

    if (!s || !s->running)
        return;
    text_lexer_init(&lx, s->running, strlen(s->running));
    for (text_lexer_next(&lx, &tok); tok.kind != TEXT_EOF && tok.kind != TEXT_BAD; text_lexer_next(&lx, &tok))
        if (tok.kind == TEXT_WORD && strcmp(tok.word, word) == 0)
            column = tok.column;
    if (column)
        print_mark(s->running, column);
}

void shell_print_notes(const char *notes)
{
    for (size_t n; *notes; notes += n + (notes[n] == '\n')) {
        n = strcspn(notes, "\n");
        fprintf(stderr, "note: %.*s\n", (int)n, notes);
    }
}

/* --- asking --- */

int shell_ask(struct shell *s, const struct front_request *r, struct client_answer *answer)
{
    if (client_call(s->client, r, answer) == 0)
        return 0;
    if (answer->error == -EOPNOTSUPP)
        shell_error("this mgmtd cannot do that: %s", answer->text);
    else
        shell_error("%s", answer->text);
    shell_print_notes(answer->note);
    client_answer_fini(answer);
    return 1;
}

int shell_ask_and_print(struct shell *s, const struct front_request *r, const char *pipes)
{
    struct client_answer answer;
    struct text_buf text = {0};
    if (shell_ask(s, r, &answer))
        return 1;
    if (answer.text[0])
        text_buf_printf(&text, "%s%s", answer.text, answer.text[strlen(answer.text) - 1] == '\n' ? "" : "\n");
    int rc = shell_print(s, text_buf_get(&text), pipes);
    shell_print_notes(answer.note);
    text_buf_fini(&text);
    client_answer_fini(&answer);
    return rc;
}

int shell_request(struct shell *s, const char *words, const char *pipes)
{
    struct front_request r = {.op = FRONT_ACTION, .argument = words};
    return shell_ask_and_print(s, &r, pipes);
}

const char *shell_user(void)
{
    const char *name = getuid() == 0 ? getenv("SUDO_USER") : NULL;
    struct passwd *pw = getpwuid(getuid());
    return name && name[0] ? name : pw ? pw->pw_name : "";
}

void shell_context_words(const struct shell *s, struct text_buf *out)
{
    for (size_t i = 0; i < s->depth; i++)
        text_buf_printf(out, "%s%s", i ? " " : "", s->context[i]);
}

void shell_leave_context(struct shell *s, size_t depth)
{
    while (s->depth > depth)
        mem_free(NULL, s->context[--s->depth]);
}

void shell_refresh_hostname(struct shell *s)
{
    struct client_answer answer;
    struct front_request r = {.op = FRONT_SHOW, .path = "/system/hostname"};
    s->hostname[0] = '\0';
    if (client_call(s->client, &r, &answer) == 0)
        sscanf(answer.text, "system hostname %63s", s->hostname);
    client_answer_fini(&answer);
}

/* --- lines --- */

struct line {
    struct token token[TEXT_WORDS_MAX];
    char *word[TEXT_WORDS_MAX]; /* the tokens' */
    size_t n;
    char *text; /* without pipes; owned, the words are too */
    const char *pipes;
    unsigned end_column;
};

static void line_fini(struct line *l)
{
    for (size_t i = 0; i < l->n; i++)
        mem_free(NULL, l->token[i].word);
    mem_free(NULL, l->text);
}

/* Cuts the line at the first | outside quotes; returns what is behind, or "". */
static const char *cut_pipes(char *line)
{
    bool is_quoted = false;
    for (char *p = line; *p; p++) {
        is_quoted ^= *p == '"' && (p == line || p[-1] != '\\');
        if (*p == '|' && !is_quoted) {
            *p = '\0';
            return p + 1;
        }
    }
    return "";
}

static int line_read(struct shell *s, const char *text, struct line *l)
{
    struct text_lexer lx;
    struct text_token tok;

    l->n = 0;
    l->text = mem_strdup(NULL, text);
    l->pipes = cut_pipes(l->text);
    text_lexer_init(&lx, l->text, strlen(l->text));
    for (text_lexer_next(&lx, &tok); tok.kind != TEXT_EOF; text_lexer_next(&lx, &tok)) {
        static const char *const marks[] = {
            [TEXT_OPEN] = "{", [TEXT_CLOSE] = "}", [TEXT_LIST_OPEN] = "[", [TEXT_LIST_CLOSE] = "]", [TEXT_END] = ";"};
        if (tok.kind == TEXT_BAD)
            return shell_error_at(s, text, 1, tok.column, tok.word);
        if (l->n == TEXT_WORDS_MAX)
            return shell_error_at(s, text, 1, tok.column, "too many words in a line");
        if (tok.kind == TEXT_END && tok.is_newline)
            continue;
        l->token[l->n++] = (struct token){.word = mem_strdup(NULL, tok.kind == TEXT_WORD ? tok.word : marks[tok.kind]),
                                          .column = tok.column,
                                          .is_quoted = tok.is_quoted || tok.kind != TEXT_WORD};
    }
    l->end_column = lx.column;
    return 0;
}

/* Words that statements here may begin with. */
static size_t statement_words(struct shell *s, const char *names[SYNTAX_CHILDREN_MAX + 4])
{
    static const char *const marks[] = {"set", "no", "delete", "}"};
    struct syntax_step all[SYNTAX_CHILDREN_MAX];
    struct text_place place;
    struct text_buf path = {0};

    configure_place(s, &place, &path);
    text_buf_fini(&path);
    size_t n = syntax_children(s->ctx, place.node, false, all);
    for (size_t i = 0; i < n; i++)
        names[i] = all[i].node->name;
    for (size_t i = 0; i < 4; i++)
        names[n++] = marks[i];
    return n;
}

/* The line with its first word in full. */
static int run_statement(struct shell *s, const char *text, const struct line *l)
{
    struct text_buf full = {0};
    const struct token *first = &l->token[0];
    bool is_all = l->n == 1 && (strcmp(first->word, "delete") == 0 || strcmp(first->word, "no") == 0);

    if (is_all && !first->is_quoted)
        return configure_delete_all(s);
    const char *p = text + first->column - 1;
    size_t typed = first->is_quoted ? 0 : strcspn(p, " \t\r{}[];\"");

    text_buf_add(&full, text, first->column - 1);
    if (typed)
        text_buf_puts(&full, first->word);
    text_buf_puts(&full, p + typed);
    int rc = configure_statement(s, text, text_buf_get(&full));
    text_buf_fini(&full);
    return rc;
}

static int run_command(struct shell *s, struct line *l, struct grammar_result *result)
{
    struct command_line *c = &result->line;
    for (size_t i = 0; i < l->n; i++)
        l->word[i] = l->token[i].word;
    c->typed = l->text;
    c->pipes = l->pipes;
    c->words = l->word;
    c->n_words = l->n;
    int rc = configure_flush(s);
    if (rc)
        return rc;
    s->running = l->text;
    rc = c->command->fn(s, c);
    if (rc && s->line_number) /* of a script: statements have their place in the error */
        fprintf(stderr, "note: in line %u: %s\n", s->line_number, l->text + strspn(l->text, " \t"));
    s->running = NULL;
    return rc;
}

/* `no bgp` means in every place what `bgp` means there. */
static void leave_for_marked(struct shell *s, const struct line *l)
{
    const char *mark = l->token[0].word;
    bool is_mark = strcmp(mark, "no") == 0 || strcmp(mark, "delete") == 0 || strcmp(mark, "set") == 0;
    if (is_mark && l->n > 1 && !l->token[0].is_quoted && !configure_knows(s, mark) &&
        !configure_knows(s, l->token[1].word))
        configure_leave_for(s, l->token[1].word);
}

/* Where one was: a statement that is wrong leaves no place. */
struct kept_place {
    char *context[SHELL_DEPTH_MAX];
    size_t depth;
};

static void keep_place(const struct shell *s, struct kept_place *k)
{
    k->depth = s->depth;
    for (size_t i = 0; i < s->depth; i++)
        k->context[i] = mem_strdup(NULL, s->context[i]);
}

/* Goes back there, or forgets it. */
static void settle_place(struct shell *s, struct kept_place *k, bool goes_back)
{
    if (goes_back)
        shell_leave_context(s, 0);
    for (size_t i = 0; i < k->depth; i++) {
        if (goes_back)
            s->context[s->depth++] = k->context[i];
        else
            mem_free(NULL, k->context[i]);
    }
}

/* A statement of a place around: that place is gone to, for good only if the statement is right. -1: `is_of_around`,
 * and no place around knows the word. */
static int run_leaving(struct shell *s, const char *text, const struct line *l, bool is_of_around)
{
    struct kept_place was;
    keep_place(s, &was);
    if (!is_of_around)
        leave_for_marked(s, l);
    else if (!configure_leave_for(s, l->token[0].word)) {
        settle_place(s, &was, false);
        return -1;
    }
    int rc = run_statement(s, text, l);
    settle_place(s, &was, rc != 0 && !s->pending.len);
    return rc;
}

/* Behind the words of a schema name, `others` of a statement that is full already. */
static int understand(struct shell *s, const char *text, struct line *l)
{
    const char *names[SYNTAX_CHILDREN_MAX + 4];
    struct grammar_words others = {.names = names};
    struct grammar_result result;
    unsigned mode = s->is_configuring ? IN_CONFIGURATION : IN_OPERATIONAL;
    int left;

    if (s->is_configuring)
        others.n = statement_words(s, names);
    switch (grammar_parse(mode, l->token, l->n, l->end_column, s->is_configuring ? &others : NULL, &result)) {
    case GRAMMAR_OK:
        return run_command(s, l, &result);
    case GRAMMAR_STATEMENT:
        return run_leaving(s, text, l, false);
    case GRAMMAR_ERROR: /* pasted statements do not say that they leave a place: what is only known around it does */
        if (s->is_configuring && result.column == l->token[0].column && (left = run_leaving(s, text, l, true)) >= 0)
            return left;
        break;
    }
    int rc = configure_flush(s);
    shell_error_at(s, text, 1, result.column, result.message);
    return rc ? rc : 1;
}

int shell_line(struct shell *s, const char *line)
{
    struct line l;
    const char *start = line + strspn(line, " \t\r\n");

    if (s->is_configuring && s->pending.len)
        return configure_gather(s, line);
    if (!*start || *start == '#' || *start == '!')
        return s->batch && !(s->input && input_has_more(s->input)) ? configure_flush(s) : 0;
    int rc = line_read(s, line, &l);
    if (rc == 0 && l.n)
        rc = understand(s, line, &l);
    line_fini(&l);
    return rc;
}

int shell_end(struct shell *s)
{
    if (configure_flush(s))
        return 1;
    if (s->pending.len)
        return shell_error("a block has no }");
    if (s->is_configuring && s->input && configure_is_changed(s))
        shell_print_notes("the changes were not committed and are gone");
    return 0;
}
