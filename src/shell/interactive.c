/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal: line editing and history by libedit; TAB and ? ask complete.c. Between lines the terminal is as the
 * user left it, so that questions and `load terminal` read plain lines.
 */
#include "src/shell/shell.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "src/shell/complete.h"
#include "src/shell/configure.h"
#include "src/shell/input.h"
#include "src/shell/past.h"
#include "strata/mem.h"

struct terminal {
    struct shell *s;
    History *past;
    bool is_dropped; /* by Ctrl-C */
    struct text_buf line;
    struct winsize size;
};

static struct terminal *terminal_of(EditLine *el)
{
    struct terminal *t = NULL;
    el_get(el, EL_CLIENTDATA, &t);
    return t;
}

static struct shell *shell_of(EditLine *el)
{
    return terminal_of(el)->s;
}

static char *prompt(EditLine *el)
{
    struct shell *s = shell_of(el);
    struct text_buf where = {0};
    const char *host = s->hostname[0] ? s->hostname : "router";
    unsigned left = mode_confirm_left_sec(s);

    shell_context_words(s, &where);
    for (char *p = where.data; p && *p; p++)
        *p = *p == ' ' ? '-' : *p;
    if (s->pending.len)
        snprintf(s->prompt, sizeof(s->prompt), "... ");
    else if (s->is_configuring)
        snprintf(s->prompt, sizeof(s->prompt), "%sstrata@%s(config%s%s%s)# ", left ? "[not confirmed] " : "", host,
                 s->is_exclusive ? "-exclusive" : "", where.len ? "-" : "", text_buf_get(&where));
    else
        snprintf(s->prompt, sizeof(s->prompt), "%sstrata@%s# ", left ? "[not confirmed] " : "", host);
    text_buf_fini(&where);
    return s->prompt;
}

/* --- what may follow --- */

static void print_wrapped(const char *text, int indent, int width)
{
    int column = indent;
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (column > indent && column + n + 1 > width) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        column += printf("%s%.*s", column > indent ? " " : "", n, text);
        text += n;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_list(const struct completion_list *list)
{
    struct winsize size = {0};
    int width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 40 ? size.ws_col : 80, word = 4;

    for (size_t i = 0; i < list->n; i++)
        if ((int)strlen(list->item[i].word) > word)
            word = (int)strlen(list->item[i].word);
    word = word > width / 2 ? width / 2 : word;
    putchar('\n');
    for (size_t i = 0; i < 2 * list->n; i++) { /* words, then what may be typed instead */
        const struct completion *c = &list->item[i % list->n];
        if (c->is_hint != (i >= list->n))
            continue;
        printf("  %-*s  ", word, c->word);
        print_wrapped(c->help, word + 4, width);
    }
    if (list->n == 0)
        printf("  nothing known can follow\n");
    fflush(stdout);
}

/* The line up to the cursor; with the lines of the block before it nothing is known but the line. */
static char *typed_text(EditLine *el)
{
    const LineInfo *info = el_line(el);
    size_t n = (size_t)(info->cursor - info->buffer);
    char *line = mem_alloc(NULL, n + 1);
    memcpy(line, info->buffer, n);
    line[n] = '\0';
    return line;
}

static bool is_quoted(const char *line)
{
    bool is_open = false;
    for (; *line; line++) {
        if (*line == '\\' && is_open && line[1])
            line++;
        else
            is_open ^= *line == '"';
    }
    return is_open;
}

static bool is_comment(const char *line)
{
    line += strspn(line, " \t");
    return *line == '#' || *line == '!';
}

static unsigned char on_question(EditLine *el, int ch)
{
    struct completion_list list;
    char *line = typed_text(el);
    unsigned char result = CC_REDISPLAY;
    (void)ch;

    if (is_quoted(line) || is_comment(line)) {
        el_insertstr(el, "?");
        result = CC_REFRESH;
    } else {
        shell_complete(shell_of(el), line, &list);
        print_list(&list);
        completion_list_fini(&list);
    }
    mem_free(NULL, line);
    return result;
}

/* What TAB adds to the word: what all offers have in common, and a blank if there is but one. */
static void to_insert(EditLine *el, const struct completion_list *list, char *out, size_t size)
{
    const LineInfo *info = el_line(el);
    const struct completion *word = NULL;
    size_t n_words = 0, typed = strlen(list->prefix), common = completion_common(list);

    out[0] = '\0';
    for (size_t i = 0; i < list->n; i++) {
        n_words += !list->item[i].is_hint;
        word = list->item[i].is_hint ? word : &list->item[i];
    }
    if (n_words == 0 || common < typed)
        return;
    bool is_folder = word->word[strlen(word->word) - 1] == '/';
    bool has_blank = info->cursor < info->lastchar && *info->cursor == ' ';
    snprintf(out, size, "%.*s%s", (int)(common - typed), word->word + typed,
             n_words == 1 && !is_folder && !has_blank ? " " : "");
}

/* Pasted TABs in front of a line are blanks. */
static unsigned char on_tab(EditLine *el, int ch)
{
    struct shell *s = shell_of(el);
    struct completion_list list;
    char insert[260], *line = typed_text(el);
    unsigned char result = CC_ERROR;
    (void)ch;

    bool is_pasted = !line[strspn(line, " ")] && input_has_more(s->input);
    if (is_quoted(line) || is_comment(line) || is_pasted) {
        el_insertstr(el, " ");
        mem_free(NULL, line);
        return CC_REFRESH;
    }
    shell_complete(s, line, &list);
    to_insert(el, &list, insert, sizeof(insert));
    if (insert[0] && el_insertstr(el, insert) == 0) {
        result = CC_REFRESH;
    } else if (list.n) {
        print_list(&list);
        result = CC_REDISPLAY;
    }
    completion_list_fini(&list);
    mem_free(NULL, line);
    return result;
}

static void drop_line(EditLine *el)
{
    const LineInfo *info = el_line(el);
    int n = (int)(info->lastchar - info->buffer);
    el_cursor(el, (int)(info->lastchar - info->cursor));
    if (n)
        el_deletestr(el, n);
}

/* Ctrl-Z: whatever was typed is dropped, and configuration mode left. */
static unsigned char on_end(EditLine *el, int ch)
{
    (void)ch;
    if (!shell_of(el)->is_configuring)
        return CC_ERROR;
    drop_line(el);
    el_insertstr(el, "end\n");
    return CC_NEWLINE;
}

static unsigned char on_drop(EditLine *el, int ch)
{
    (void)ch;
    drop_line(el);
    el_insertstr(el, "\n");
    fputs("^C\n", stdout);
    fflush(stdout);
    terminal_of(el)->is_dropped = true;
    return CC_NEWLINE;
}

/* --- keys --- */

/* Above the prompt; what was typed stays. */
static void say_above(const char *lines, void *arg)
{
    EditLine *el = arg;
    fputs("\r\033[J", stdout);
    for (size_t n; *lines; lines += n + (lines[n] == '\n')) {
        n = strcspn(lines, "\n");
        printf("note: %.*s\n", (int)n, lines);
    }
    fflush(stdout);
    el_set(el, EL_REFRESH);
}

static void follow_size(EditLine *el, struct terminal *t)
{
    struct winsize now = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) || (now.ws_col == t->size.ws_col && now.ws_row == t->size.ws_row))
        return;
    t->size = now;
    el_resize(el);
}

/* One character. While none comes, others may do something that is to be told. */
static int read_key(EditLine *el, wchar_t *out)
{
    struct terminal *t = terminal_of(el);
    mbstate_t state = {0};
    char byte;

    follow_size(el, t);
    if (news_wait_for_key(t->s, say_above, el)) {
        errno = EINTR;
        return -1;
    }
    for (;;) {
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n <= 0)
            return (int)n;
        size_t used = mbrtowc(out, &byte, 1, &state);
        if (used == (size_t)-1) { /* no character of this locale */
            *out = (unsigned char)byte;
            return 1;
        }
        if (used != (size_t)-2)
            return 1;
    }
}

/* --- the loop --- */

static void enter_past(void *arg, const char *line)
{
    HistEvent event;
    history(((struct terminal *)arg)->past, &event, H_ENTER, line);
}

static EditLine *start(struct terminal *t)
{
    HistEvent event;
    EditLine *el = el_init("strata", stdin, stdout, stderr);

    t->past = history_init();
    history(t->past, &event, H_SETSIZE, PAST_KEEP);
    history(t->past, &event, H_SETUNIQUE, 1);
    past_load(enter_past, t);
    el_set(el, EL_CLIENTDATA, t);
    el_set(el, EL_PROMPT, prompt);
    el_set(el, EL_EDITOR, "emacs");
    el_set(el, EL_GETCFN, read_key);
    el_set(el, EL_HIST, history, t->past);
    el_set(el, EL_ADDFN, "strata-complete", "complete the word", on_tab);
    el_set(el, EL_ADDFN, "strata-list", "list what may follow", on_question);
    el_set(el, EL_ADDFN, "strata-end", "leave configuration mode", on_end);
    el_set(el, EL_BIND, "^I", "strata-complete", NULL);
    el_set(el, EL_BIND, "?", "strata-list", NULL);
    el_set(el, EL_ADDFN, "strata-drop", "drop the line", on_drop);
    el_set(el, EL_SETTY, "-d", "-isig", NULL); /* while a line is edited Ctrl-C and Ctrl-Z are keys */
    el_set(el, EL_BIND, "^C", "strata-drop", NULL);
    el_set(el, EL_BIND, "^Z", "strata-end", NULL);
    el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    return el;
}

static void on_interrupt(int signal)
{
    (void)signal; /* it ends the call that waits; the line is dropped */
}

static void remember(struct terminal *t, const char *line)
{
    if (!line[strspn(line, " \t")] || past_is_secret(t->s, line))
        return;
    enter_past(t, line);
    past_add(line);
}

/* The terminal was taken away. */
static bool is_gone(void)
{
    struct winsize size;
    return ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0;
}

/* NULL: no more. "": dropped. Ctrl-D leaves one place after the other. */
static const char *next_line(EditLine *el, struct terminal *t)
{
    struct shell *s = t->s;
    int n = 0;

    if (input_is_ahead(s->input))
        return input_line(s->input);
    errno = 0;
    t->is_dropped = false;
    const char *line = el_gets(el, &n);
    if (t->is_dropped || (!line && errno == EINTR)) {
        text_buf_fini(&s->pending);
        return "";
    }
    if (line && n > 0) { /* it ends nowhere but after n bytes */
        text_buf_fini(&t->line);
        text_buf_add(&t->line, line, (size_t)n);
        t->line.data[strcspn(t->line.data, "\r\n")] = '\0';
        return text_buf_get(&t->line);
    }
    putchar('\n');
    return n == 0 && s->is_configuring && !is_gone() ? "exit" : NULL;
}

/* Letters of all languages are one character each, also where the environment says nothing. */
static void speak_utf8(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

int shell_interactive(struct shell *s)
{
    struct terminal t = {.s = s};
    struct sigaction interrupt = {.sa_handler = on_interrupt};

    speak_utf8();
    s->input = input_create(STDIN_FILENO);
    EditLine *el = start(&t);
    sigaction(SIGINT, &interrupt, NULL);
    shell_refresh_hostname(s);
    s->is_interactive = true;
    mode_look_for_pending(s);
    news_start(s);
    for (const char *line; !s->is_done && (line = next_line(el, &t));) {
        if (*line)
            remember(&t, line);
        shell_line(s, line);
        fflush(stdout);
        if (client_was_lost(s->client) && s->is_configuring)
            shell_print_notes("the session with mgmtd ended; what was not committed is gone, and a new one begins");
        mode_look_at_clock(s);
        news_print(s);
        if (is_gone())
            break;
    }
    configure_flush(s);
    el_end(el);
    history_end(t.past);
    text_buf_fini(&t.line);
    text_buf_fini(&s->news);
    return 0;
}
