/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration mode. Commands of the mode are rows of a table; every other line is a statement of the text syntax,
 * below the context one is in. A statement that ends at a container or list entry moves the context there.
 */
#include "src/shell/shell.h"

#include <libyang/libyang.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/text/lexer.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "strata/mem.h"

typedef int command_fn(struct shell *s, const struct text_words *w, const char *line);

static const char *user_name(void)
{
    const char *name = getenv("SUDO_USER");
    struct passwd *pw = getpwuid(getuid());
    return name ? name : pw ? pw->pw_name : "unknown";
}

static int ask_and_print(struct shell *s, const struct front_request *r)
{
    struct client_answer answer;
    if (shell_ask(s, r, &answer))
        return 1;
    if (answer.text[0])
        printf("%s%s", answer.text, answer.text[strlen(answer.text) - 1] == '\n' ? "" : "\n");
    shell_print_notes(answer.note);
    client_answer_fini(&answer);
    return 0;
}

static bool read_number(const struct text_words *w, uint32_t *out)
{
    char *end;
    *out = 0;
    if (w->n < 2)
        return true;
    *out = (uint32_t)strtoul(w->word[1], &end, 10);
    return w->n == 2 && !*end;
}

static int do_compare(struct shell *s, const struct text_words *w, const char *line)
{
    struct front_request r = {.op = FRONT_COMPARE};
    (void)line;
    if (!read_number(w, &r.number))
        return shell_error("usage: compare [N]");
    return ask_and_print(s, &r);
}

/* Interfaces may be configured before they exist; but mostly a name that the kernel does not have was mistyped. */
static void warn_of_missing_interfaces(struct shell *s)
{
    struct front_request wanted = {.op = FRONT_SHOW, .format = FRONT_JSON, .path = "/interfaces/interface/name"};
    struct front_request found = {.op = FRONT_STATE, .path = "/rib/interface/name"};
    struct client_answer a = {0}, b = {0};
    struct lyd_node *tree = NULL, *state = NULL;

    bool is_known = client_call(s->client, &wanted, &a) == 0 && a.error == 0 &&
                    client_call(s->client, &found, &b) == 0 && b.error == 0 && !b.note[0];
    if (is_known && lyd_parse_data_mem(s->ctx, a.text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) == LY_SUCCESS &&
        lyd_parse_data_mem(s->ctx, b.text, LYD_JSON, LYD_PARSE_ONLY, 0, &state) == LY_SUCCESS) {
        for (const struct lyd_node *n = tree ? lyd_child(tree) : NULL; n; n = n->next) {
            char path[YANG_PATH_MAX];
            bool is_exact;
            snprintf(path, sizeof(path), "/rib/interface[%.64s]", lyd_get_value(lyd_child(n)));
            yang_path_lookup(state, path, &is_exact);
            if (!is_exact)
                printf("note: there is no interface %s (yet)\n", lyd_get_value(lyd_child(n)));
        }
    }
    yang_tree_free(tree);
    yang_tree_free(state);
    client_answer_fini(&a);
    client_answer_fini(&b);
}

/* commit [check] [comment TEXT] */
static int do_commit(struct shell *s, const struct text_words *w, const char *line)
{
    struct front_request r = {.op = FRONT_COMMIT, .name = user_name()};
    size_t i = 1;
    (void)line;
    if (i < w->n && strcmp(w->word[i], "check") == 0) {
        r.op = FRONT_CHECK;
        i++;
    }
    if (i + 1 < w->n && strcmp(w->word[i], "comment") == 0) {
        r.text = w->word[i + 1];
        i += 2;
    }
    if (i < w->n)
        return shell_error("usage: commit [check] [comment \"TEXT\"]");
    if (client_was_lost(s->client))
        return shell_error("mgmtd was restarted meanwhile; what was not committed is lost");
    struct client_answer answer;
    if (shell_ask(s, &r, &answer))
        return 1;
    if (s->is_interactive)
        puts(answer.text);
    shell_print_notes(answer.note);
    client_answer_fini(&answer);
    if (s->is_interactive && r.op == FRONT_COMMIT)
        warn_of_missing_interfaces(s);
    shell_refresh_hostname(s);
    return 0;
}

static int do_rollback(struct shell *s, const struct text_words *w, const char *line)
{
    struct front_request r = {.op = FRONT_ROLLBACK};
    (void)line;
    if (!read_number(w, &r.number))
        return shell_error("usage: rollback [N]");
    return ask_and_print(s, &r);
}

static int do_discard(struct shell *s, const struct text_words *w, const char *line)
{
    struct front_request r = {.op = FRONT_DISCARD};
    (void)w, (void)line;
    return ask_and_print(s, &r);
}

static enum front_format format_of(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot && strcmp(dot, ".json") == 0 ? FRONT_JSON : dot && strcmp(dot, ".xml") == 0 ? FRONT_XML : FRONT_TEXT;
}

static int read_file(const char *path, struct text_buf *out)
{
    char part[4096];
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!f)
        return shell_error("%s: %s", path, strerror(errno));
    for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
        text_buf_add(out, part, n);
    bool is_bad = ferror(f);
    if (f != stdin)
        fclose(f);
    return is_bad ? shell_error("%s: cannot be read", path) : 0;
}

static int do_load(struct shell *s, const struct text_words *w, const char *line)
{
    static const char *const modes[] = {
        [FRONT_MERGE] = "merge", [FRONT_REPLACE] = "replace", [FRONT_OVERRIDE] = "override"};
    struct text_buf text = {0};
    unsigned mode = 0;
    (void)line;

    while (mode < 3 && (w->n != 3 || strcmp(w->word[1], modes[mode]) != 0))
        mode++;
    if (mode == 3)
        return shell_error("usage: load merge|replace|override FILE");
    int rc = read_file(w->word[2], &text);
    if (rc == 0) {
        struct front_request r = {.op = FRONT_LOAD,
                                  .load = (enum front_load)mode,
                                  .format = format_of(w->word[2]),
                                  .name = w->word[2],
                                  .text = text_buf_get(&text)};
        rc = ask_and_print(s, &r);
    }
    text_buf_fini(&text);
    return rc;
}

static int do_save(struct shell *s, const struct text_words *w, const char *line)
{
    struct client_answer answer;
    (void)line;
    if (w->n != 2)
        return shell_error("usage: save FILE");
    struct front_request r = {.op = FRONT_SHOW, .is_candidate = true, .format = format_of(w->word[1])};
    if (shell_ask(s, &r, &answer))
        return 1;
    FILE *f = fopen(w->word[1], "we");
    bool is_good = f && fputs(answer.text, f) >= 0;
    is_good = f && fclose(f) == 0 && is_good;
    client_answer_fini(&answer);
    return is_good ? 0 : shell_error("%s: %s", w->word[1], strerror(errno));
}

static int do_show(struct shell *s, const struct text_words *w, const char *line)
{
    struct text_buf path = {0};
    struct text_words all;
    const char *pipes = strchr(line, '|');
    size_t n = w->n;

    for (size_t i = 0; i < w->n; i++)
        if (w->word[i][0] == '|' && n == w->n)
            n = i;
    struct show_what what = {.is_candidate = true, .is_expanded = n > 1 && strcmp(w->word[1], "expanded") == 0};
    shell_context_words(s, &path);
    for (size_t i = 1 + what.is_expanded; i < n; i++) {
        text_buf_puts(&path, " ");
        text_quote(&path, w->word[i]);
    }
    int rc = 1;
    if (text_words_split(text_buf_get(&path), &all))
        rc = shell_show_configuration(s, all.word, all.n, pipes ? pipes + 1 : "", what);
    text_words_free(&all);
    text_buf_fini(&path);
    return rc;
}

static int do_run(struct shell *s, const struct text_words *w, const char *line)
{
    (void)w;
    s->is_configuring = false;
    line += strspn(line, " \t");
    int rc = shell_line(s, line + strcspn(line, " \t"));
    s->is_configuring = true;
    return rc;
}

static int do_top(struct shell *s, const struct text_words *w, const char *line)
{
    (void)w, (void)line;
    shell_leave_context(s, 0);
    return 0;
}

static int do_up(struct shell *s, const struct text_words *w, const char *line)
{
    (void)w, (void)line;
    shell_leave_context(s, s->depth ? s->depth - 1 : 0);
    return 0;
}

static int do_end(struct shell *s, const struct text_words *w, const char *line)
{
    (void)w, (void)line;
    shell_leave_context(s, 0);
    s->is_configuring = false;
    return 0;
}

static int do_exit(struct shell *s, const struct text_words *w, const char *line)
{
    return s->depth ? do_up(s, w, line) : do_end(s, w, line);
}

static int do_help(struct shell *s, const struct text_words *w, const char *line);

static const struct {
    const char *word;
    command_fn *fn;
    const char *usage, *help;
} commands[] = {
    {"compare", do_compare, "compare [N]", "What would change: against running, or the commit N before it"},
    {"commit", do_commit, "commit [check] [comment \"TEXT\"]", "Make it so, or only ask whether it could be"},
    {"rollback", do_rollback, "rollback [N]", "Take the configuration of N commits ago as candidate"},
    {"discard", do_discard, "discard", "Forget what was not committed"},
    {"load", do_load, "load merge|replace|override FILE", "Read a file (text; .json, .xml)"},
    {"save", do_save, "save FILE", "Write the candidate (text; .json, .xml)"},
    {"show", do_show, "show [expanded] [WORDS] [| json | xml]", "The candidate from here on; with what it implies"},
    {"run", do_run, "run COMMAND", "A command of operational mode"},
    {"top", do_top, "top", "To the top of the configuration"},
    {"up", do_up, "up", "One level up"},
    {"exit", do_exit, "exit", "One level up, or back to operational mode"},
    {"end", do_end, "end", "Back to operational mode"},
    {"help", do_help, "help", "This list"},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int do_help(struct shell *s, const struct text_words *w, const char *line)
{
    (void)s, (void)w, (void)line;
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("%-34s %s\n", commands[i].usage, commands[i].help);
    puts("[no] WORDS [{ ... }]               A statement; press ? for what may follow");
    return 0;
}

/* --- statements --- */

/* A lone container or list entry becomes the context. */
static void enter(struct shell *s, const struct text_words *w)
{
    struct text_buf words = {0}, path = {0}, mine = {0};
    struct text_words all;
    struct text_place place;
    bool is_removal = strcmp(w->word[0], "no") == 0 || strcmp(w->word[0], "delete") == 0;
    size_t skip = strcmp(w->word[0], "set") == 0;

    for (size_t i = skip; i < w->n; i++) {
        if (i > skip)
            text_buf_puts(&mine, " ");
        text_quote(&mine, w->word[i]);
    }
    shell_context_words(s, &words);
    text_buf_printf(&words, " %s", text_buf_get(&mine));
    if (text_words_split(text_buf_get(&words), &all)) {
        text_words_walk(s->ctx, (const char *const *)all.word, all.n, false, &place, &path);
        bool is_place = place.used == all.n && !place.leaf && !place.key && !place.ends_with_value && place.node;
        /* a boolean alone is a value, and leaves no trace in place */
        if (is_place && !is_removal && s->depth < SHELL_DEPTH_MAX)
            s->context[s->depth++] = mem_strdup(NULL, text_buf_get(&mine));
    }
    text_words_free(&all);
    text_buf_fini(&words);
    text_buf_fini(&path);
    text_buf_fini(&mine);
}

static int statement(struct shell *s, const char *text, const struct text_words *w, bool is_block)
{
    struct text_buf all = {0};
    struct client_answer answer;

    shell_context_words(s, &all);
    if (s->depth)
        text_buf_puts(&all, " {\n");
    text_buf_puts(&all, text);
    text_buf_puts(&all, s->depth ? "\n}\n" : "\n");
    struct front_request r = {.op = FRONT_LOAD, .load = FRONT_MERGE, .text = text_buf_get(&all)};
    int rc = shell_ask(s, &r, &answer);
    if (rc == 0) {
        client_answer_fini(&answer);
        if (!is_block)
            enter(s, w);
    }
    text_buf_fini(&all);
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

static int gather(struct shell *s, const char *line)
{
    struct text_words none = {0};
    text_buf_puts(&s->pending, line);
    text_buf_puts(&s->pending, "\n");
    if (open_braces(text_buf_get(&s->pending)) > 0)
        return 0;
    struct text_buf text = s->pending;
    s->pending = (struct text_buf){0};
    int rc = statement(s, text_buf_get(&text), &none, true);
    text_buf_fini(&text);
    return rc;
}

static int split_line(struct shell *s, const struct text_words *w, const char *line)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(w->word[0], commands[i].word) == 0)
            return commands[i].fn(s, w, line);
    bool is_block = strpbrk(line, "{;") != NULL;
    return is_block ? gather(s, line) : statement(s, line, w, false);
}

int shell_configure_line(struct shell *s, const char *line)
{
    struct text_words w;
    int rc = 0;

    if (s->pending.len)
        return gather(s, line);
    if (!text_words_split(line, &w))
        rc = shell_error("a quoted text has no end");
    else if (w.n)
        rc = split_line(s, &w, line);
    text_words_free(&w);
    return rc;
}
