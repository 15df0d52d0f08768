/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal: line editing and history by libedit; TAB and ? ask complete.c.
 */
#include "src/shell/shell.h"

#include <histedit.h>
#include <stdio.h>
#include <string.h>

#include "strata/mem.h"

#define COMPLETIONS_MAX 128

static struct shell *shell_of(EditLine *el)
{
    void *data = NULL;
    el_get(el, EL_CLIENTDATA, &data);
    return data;
}

static char *prompt(EditLine *el)
{
    struct shell *s = shell_of(el);
    struct text_buf where = {0};

    shell_context_words(s, &where);
    for (char *p = where.data; p && *p; p++)
        *p = *p == ' ' ? '-' : *p;
    const char *host = s->hostname[0] ? s->hostname : "router";
    if (s->pending.len)
        snprintf(s->prompt, sizeof(s->prompt), "... ");
    else if (s->is_configuring)
        snprintf(s->prompt, sizeof(s->prompt), "strata@%s(config%s%s)# ", host, where.len ? "-" : "",
                 text_buf_get(&where));
    else
        snprintf(s->prompt, sizeof(s->prompt), "strata@%s# ", host);
    text_buf_fini(&where);
    return s->prompt;
}

static size_t ask(EditLine *el, char *line, size_t size, struct completion *list)
{
    const LineInfo *info = el_line(el);
    snprintf(line, size, "%.*s", (int)(info->cursor - info->buffer), info->buffer);
    return shell_complete(shell_of(el), line, list, COMPLETIONS_MAX);
}

static void print_list(const struct completion *list, size_t n)
{
    printf("\n");
    for (size_t i = 0; i < n; i++)
        printf("  %-28s %s\n", list[i].word, list[i].help);
    if (n == 0)
        printf("  nothing known can follow\n");
}

static unsigned char on_question(EditLine *el, int ch)
{
    struct completion *list = mem_alloc(NULL, COMPLETIONS_MAX * sizeof(*list));
    char line[1024];
    (void)ch;
    print_list(list, ask(el, line, sizeof(line), list));
    mem_free(NULL, list);
    return CC_REDISPLAY;
}

/* Inserts what all offers have in common; shows them if that is nothing. */
static unsigned char on_tab(EditLine *el, int ch)
{
    struct completion *list = mem_alloc(NULL, COMPLETIONS_MAX * sizeof(*list));
    char line[1024], insert[130] = "";
    unsigned char result = CC_ERROR;
    (void)ch;

    size_t n = ask(el, line, sizeof(line), list);
    const char *space = strrchr(line, ' ');
    size_t typed = strlen(space ? space + 1 : line);
    if (n && list[0].word[0] != '<' && strlen(list[0].word) >= typed) {
        size_t common = strlen(list[0].word);
        for (size_t i = 1; i < n; i++)
            while (strncmp(list[0].word, list[i].word, common) != 0)
                common--;
        if (common >= typed)
            snprintf(insert, sizeof(insert), "%.*s%s", (int)(common - typed), list[0].word + typed, n == 1 ? " " : "");
    }
    if (insert[0]) {
        el_insertstr(el, insert);
        result = CC_REFRESH;
    } else if (n) {
        print_list(list, n);
        result = CC_REDISPLAY;
    }
    mem_free(NULL, list);
    return result;
}

int shell_interactive(struct shell *s)
{
    HistEvent event;
    History *past = history_init();
    EditLine *el = el_init("strata", stdin, stdout, stderr);
    int n;

    history(past, &event, H_SETSIZE, 1000);
    el_set(el, EL_CLIENTDATA, s);
    el_set(el, EL_PROMPT, prompt);
    el_set(el, EL_EDITOR, "emacs");
    el_set(el, EL_HIST, history, past);
    el_set(el, EL_ADDFN, "strata-complete", "complete the word", on_tab);
    el_set(el, EL_ADDFN, "strata-list", "list what may follow", on_question);
    el_set(el, EL_BIND, "^I", "strata-complete", NULL);
    el_set(el, EL_BIND, "?", "strata-list", NULL);
    shell_refresh_hostname(s);
    s->is_interactive = true;
    while (!s->is_done) {
        const char *line = el_gets(el, &n);
        if (!line || n <= 0)
            break;
        if (strspn(line, " \t\n") < strlen(line))
            history(past, &event, H_ENTER, line);
        shell_line(s, line);
    }
    el_end(el);
    history_end(past);
    return 0;
}
