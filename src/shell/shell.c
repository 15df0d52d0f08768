/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of operational mode, and what both modes share: asking mgmtd, saying errors, contexts.
 */
#include "src/shell/shell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "strata/mem.h"

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

void shell_print_notes(const char *notes)
{
    for (size_t n; *notes; notes += n + (notes[n] == '\n')) {
        n = strcspn(notes, "\n");
        fprintf(stderr, "note: %.*s\n", (int)n, notes);
    }
}

int shell_ask(struct shell *s, const struct front_request *r, struct client_answer *answer)
{
    if (client_call(s->client, r, answer) == 0)
        return 0;
    shell_error("%s", answer->text);
    shell_print_notes(answer->note);
    client_answer_fini(answer);
    return 1;
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

int shell_request(struct shell *s, const char *words, const char *pipes)
{
    struct client_answer answer;
    struct text_buf out = {0};
    struct front_request r = {.op = FRONT_ACTION, .argument = words};

    if (!words[0])
        return shell_error("request what? For example: request mpls guard enable");
    if (shell_ask(s, &r, &answer))
        return 1;
    if (answer.text[0])
        text_buf_printf(&out, "%s\n", answer.text);
    int rc = shell_print(s, text_buf_get(&out), pipes);
    text_buf_fini(&out);
    client_answer_fini(&answer);
    return rc;
}

static int request(struct shell *s, const struct text_words *w, const char *pipes)
{
    struct text_buf words = {0};
    for (size_t i = 1; i < w->n; i++)
        text_buf_printf(&words, "%s%s", i > 1 ? " " : "", w->word[i]);
    int rc = shell_request(s, text_buf_get(&words), pipes);
    text_buf_fini(&words);
    return rc;
}

static int help(void)
{
    puts("show WORDS [vpn-instance X] [COLUMN VALUE] [| json | match RE | except RE | count]");
    for (const struct show_alias *a = show_aliases; a->words; a++)
        printf("    show %-26s %s\n", a->words, a->help);
    puts("    show configuration [WORDS]      The running configuration [| json | xml]\n"
         "    show configuration expanded [WORDS]  ... with everything that it implies, marked\n"
         "request WORDS                       Do something, for example: request mpls guard enable\n"
         "configure                           Change the configuration\n"
         "exit");
    return 0;
}

/* Cuts the line at the first | outside quotes; returns what is behind, or "". */
static const char *cut_pipes(char *line)
{
    bool is_quoted = false;
    for (char *p = line; *p; p++) {
        is_quoted ^= *p == '"';
        if (*p == '|' && !is_quoted) {
            *p = '\0';
            return p + 1;
        }
    }
    return "";
}

static int operational(struct shell *s, const struct text_words *w, const char *pipes)
{
    const char *first = w->word[0];
    if (strcmp(first, "show") == 0)
        return shell_show(s, w->word + 1, w->n - 1, pipes);
    if (strcmp(first, "terminal") == 0)
        return shell_terminal(s, w->word + 1, w->n - 1);
    if (strcmp(first, "monitor") == 0)
        return shell_monitor(s, w->word + 1, w->n - 1, pipes);
    if (strcmp(first, "request") == 0)
        return request(s, w, pipes);
    if (strcmp(first, "configure") == 0 && w->n == 1) {
        s->is_configuring = true;
        return 0;
    }
    if (strcmp(first, "help") == 0 || strcmp(first, "?") == 0)
        return help();
    if (strcmp(first, "exit") == 0 || strcmp(first, "quit") == 0) {
        s->is_done = true;
        return 0;
    }
    return shell_error("unknown command \"%s\"; expected one of: show, request, configure, help, exit", first);
}

int shell_line(struct shell *s, const char *line)
{
    if (s->is_configuring)
        return shell_configure_line(s, line);
    char *copy = mem_strdup(NULL, line);
    const char *pipes = cut_pipes(copy);
    struct text_words w;
    int rc = 0;
    if (!text_words_split(copy, &w))
        rc = shell_error("a quoted text has no end");
    else if (w.n)
        rc = operational(s, &w, pipes);
    text_words_free(&w);
    mem_free(NULL, copy);
    return rc;
}
