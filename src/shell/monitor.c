/* SPDX-License-Identifier: Apache-2.0
 *
 * `monitor`: a command again and again, in place on a terminal; or notifications as they come.
 */
#include "src/shell/monitor.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "lib/text/buf.h"
#include "lib/text/escape.h"
#include "src/shell/pager.h"
#include "src/shell/pipe.h"
#include "src/shell/screen.h"
#include "src/shell/shell.h"

#define INTERVAL_DEFAULT 2
#define INTERVAL_MAX     3600
#define FOREVER_MS       (3600 * 1000)
#define USAGE            "usage: monitor [interval SECONDS] [count N] show WORDS, or monitor events [match RE]"

/* --- notifications --- */

static void add_unescaped(const char *text, size_t len, struct text_buf *out)
{
    static const struct {
        const char *name, *is;
    } entities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}, {"&quot;", "\""}, {"&apos;", "'"}};
    for (size_t i = 0; i < len; i++) {
        size_t k = 0, n = sizeof(entities) / sizeof(entities[0]);
        while (k < n && strncmp(text + i, entities[k].name, strlen(entities[k].name)) != 0)
            k++;
        if (k < n) {
            text_buf_puts(out, entities[k].is);
            i += strlen(entities[k].name) - 1;
        } else {
            text_buf_add(out, (unsigned char)text[i] < ' ' ? " " : text + i, 1);
        }
    }
}

/* The local name of the element that begins at `p` ("<"). */
static const char *element_name(const char *p, size_t *len)
{
    p++;
    size_t n = strcspn(p, " \t\r\n/>");
    const char *colon = memchr(p, ':', n);
    const char *name = colon ? colon + 1 : p;
    *len = (size_t)(p + n - name);
    return name;
}

static void add_field(const char *name, size_t name_len, const char *value, size_t len, struct text_buf *out)
{
    struct text_buf text = {0};
    add_unescaped(value, len, &text);
    const char *quote = strpbrk(text_buf_get(&text), " \"=") ? "\"" : "";
    text_buf_printf(out, " %.*s%s%s%s%s", (int)name_len, name, text.len ? "=" : "", quote, text_buf_get(&text), quote);
    text_buf_fini(&text);
}

void monitor_event_line(const char *time, const char *xml, struct text_buf *out)
{
    size_t len;
    const char *p = xml;

    text_buf_puts(out, time);
    bool is_first = true;
    while ((p = strchr(p, '<'))) {
        const char *end = strchr(p, '>');
        if (!end)
            return;
        if (p[1] == '/' || p[1] == '?' || p[1] == '!') {
            p = end;
            continue;
        }
        const char *name = element_name(p, &len);
        const char *value = end + 1, *next = strchr(value, '<');
        bool is_empty = end[-1] == '/', is_leaf = is_empty || (next && next[1] == '/');
        if (is_first)
            text_buf_printf(out, " %.*s", (int)len, name);
        else if (is_leaf)
            add_field(name, len, value, is_empty ? 0 : (size_t)(next - value), out);
        is_first = false;
        p = end;
    }
}

struct lyd_node *monitor_event_tree(struct ly_ctx *ctx, const char *xml, struct lyd_node **notification)
{
    struct lyd_node *tree = NULL;
    struct ly_in *in = NULL;

    *notification = NULL;
    if (ly_in_new_memory(xml, &in))
        return NULL;
    if (lyd_parse_op(ctx, NULL, in, LYD_XML, LYD_TYPE_NOTIF_YANG, &tree, notification) || !*notification) {
        lyd_free_all(tree);
        tree = NULL;
    }
    ly_in_free(in, 0);
    return tree;
}

/* An object a line, as RFC 8040 section 6.4 has it; of what this shell's modules do not know, its XML. */
static void write_json(struct ly_ctx *ctx, const struct front_notice *n, struct text_buf *out)
{
    struct lyd_node *op, *tree = monitor_event_tree(ctx, n->text, &op);
    char *json = NULL;

    text_buf_printf(out, "{\"ietf-restconf:notification\": {\"eventTime\": \"%s\", ", n->time);
    if (tree && lyd_print_mem(&json, tree, LYD_JSON, LYD_PRINT_SHRINK) == LY_SUCCESS && json[0] == '{') {
        text_buf_printf(out, "%s}", json + 1);
    } else {
        text_buf_puts(out, "\"xml\": \"");
        text_add_json(out, n->text, strlen(n->text));
        text_buf_puts(out, "\"}}");
    }
    free(json);
    lyd_free_all(tree);
}

struct following {
    struct ly_ctx *ctx;
    struct pipe *out;
};

static void on_notice(const struct front_notice *n, void *arg)
{
    struct following *f = arg;
    struct text_buf line = {0};

    if (n->is_replay_done)
        return;
    monitor_event_line(n->time, n->text, &line);
    bool is_wanted = pipe_passes(f->out, text_buf_get(&line)); /* filters in front of json and xml judge the line */
    if (pipe_wants(f->out) == SHELL_XML || pipe_wants(f->out) == SHELL_JSON)
        text_buf_fini(&line);
    if (pipe_wants(f->out) == SHELL_XML)
        text_buf_puts(&line, n->text);
    else if (pipe_wants(f->out) == SHELL_JSON)
        write_json(f->ctx, n, &line);
    if (is_wanted)
        pipe_text(f->out, text_buf_get(&line), 0);
    fflush(stdout);
    text_buf_fini(&line);
}

/* Returns a key that is waiting on the terminal; 0 = none, or the terminal is gone. */
static char take_key(void)
{
    char key = 0;
    return read(STDIN_FILENO, &key, 1) == 1 ? key : 'q';
}

/* Keys come one by one and unseen. False: no terminal. */
static bool raw_begin(struct termios *was)
{
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, was))
        return false;
    struct termios raw = *was;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    return true;
}

/* Waits; true: goes on. */
static bool wait_or_key(struct client *c, uint64_t ms, bool has_keys, int *error)
{
    *error = client_wait(c, ms, has_keys ? STDIN_FILENO : -1);
    if (*error == 1) {
        char key = take_key();
        return key != 'q' && key != 'Q' && key != 3;
    }
    return *error != -EINTR;
}

/* A session beside this one listens: it ends when nobody looks any more. */
static int follow(struct shell *s, struct pipe *out)
{
    struct following f = {.ctx = s->ctx, .out = out};
    struct shell side = {.ctx = s->ctx, .screen = s->screen};
    struct front_request listen = {.op = FRONT_LISTEN};
    struct client_answer answer;
    struct termios was;
    int error = 0;

    side.client = client_create(client_run_dir(s->client));
    client_on_notice(side.client, on_notice, &f);
    int rc = shell_ask(&side, &listen, &answer);
    if (rc == 0) {
        client_answer_fini(&answer);
        bool has_keys = raw_begin(&was);
        while (!pipe_is_done(out) && wait_or_key(side.client, FOREVER_MS, has_keys, &error) && error != -ECONNRESET)
            ;
        if (has_keys)
            tcsetattr(STDIN_FILENO, TCSADRAIN, &was);
        if (error == -ECONNRESET)
            rc = shell_error("mgmtd was lost");
    }
    client_destroy(side.client);
    return rc;
}

static int monitor_events(struct shell *s, char *const *words, size_t n, const char *pipes)
{
    struct text_buf all = {0};

    if (n != 0 && !(n == 2 && strcmp(words[0], "match") == 0))
        return shell_error(USAGE);
    text_buf_puts(&all, "no-more");
    if (n == 2)
        text_buf_printf(&all, " | match \"%s\"", words[1]);
    text_buf_printf(&all, " | %s", pipes ? pipes : "");
    struct pipe *out = pipe_open(s, text_buf_get(&all));
    text_buf_fini(&all);
    if (!out)
        return 1;
    int rc = follow(s, out);
    return pipe_close(out) || rc;
}

/* --- a command again and again --- */

struct repeating {
    unsigned long interval, count; /* count 0: until somebody ends it */
    char *const *words;
    size_t n;
    const char *pipes;
    bool is_in_place;
};

/* What the command prints, errors as well. */
static int capture(struct shell *s, const struct repeating *r, char **text)
{
    size_t size = 0;
    FILE *out = stdout, *err = stderr;
    struct text_buf pipes = {0};

    *text = NULL;
    FILE *all = open_memstream(text, &size);
    if (!all)
        return shell_error("%s", strerror(errno));
    text_buf_printf(&pipes, "no-more | %s", r->pipes ? r->pipes : "");
    stdout = stderr = all;
    int rc = shell_show(s, r->words, r->n, text_buf_get(&pipes));
    stdout = out;
    stderr = err;
    fclose(all);
    text_buf_fini(&pipes);
    return rc;
}

/* The lines that fit below the headline, over what is there. */
static void paint(const struct repeating *r, const char *text, bool is_first)
{
    struct winsize w = {0};
    struct text_buf frame = {0};
    char clock[32] = "";
    time_t now = time(NULL);
    struct tm tm;

    ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
    size_t height = w.ws_row > 2 ? w.ws_row : 24, width = w.ws_col ? w.ws_col : 80, used = 2;
    if (localtime_r(&now, &tm))
        strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
    text_buf_printf(&frame, "%s%s, every %lu s; q ends\033[K\n\033[K\n", is_first ? "\033[H\033[2J" : "\033[H", clock,
                    r->interval);
    while (*text && used < height) {
        size_t len = strcspn(text, "\n");
        char *line = strndup(text, len);
        size_t columns = line ? pager_columns(line) : 0, rows = columns ? (columns + width - 1) / width : 1;
        bool is_last = used + rows >= height && text[len] && text[len + 1];
        text_buf_printf(&frame, "%s\033[K", is_last || !line ? "..." : line);
        free(line);
        text += len + (text[len] == '\n');
        used += rows;
        if (is_last)
            break;
        text_buf_puts(&frame, used < height ? "\n" : "");
    }
    text_buf_puts(&frame, "\033[J");
    fputs(text_buf_get(&frame), stdout);
    fflush(stdout);
    text_buf_fini(&frame);
}

static int repeat(struct shell *s, const struct repeating *r)
{
    bool goes_on = true, has_keys;
    struct termios was;
    int rc = 0, error;

    has_keys = raw_begin(&was);
    for (unsigned long i = 0; goes_on; i++) {
        char *text = NULL;
        rc = capture(s, r, &text);
        if (screen_is_interrupted())
            rc = 0;
        else if (r->is_in_place)
            paint(r, text ? text : "", i == 0);
        else
            printf("%s%s", i ? "\n" : "", text ? text : "");
        free(text);
        if (fflush(stdout) || (r->count && i + 1 == r->count) || screen_is_interrupted())
            break;
        goes_on = wait_or_key(s->client, r->interval * 1000, has_keys, &error);
    }
    if (has_keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &was);
    if (r->is_in_place)
        putchar('\n');
    return rc;
}

static bool read_number(const char *word, unsigned long max, unsigned long *out)
{
    char *end;
    *out = strtoul(word, &end, 10);
    return *word && *word != '-' && !*end && *out > 0 && *out <= max;
}

static bool is_word(const char *typed, const char *word)
{
    return *typed && strncmp(word, typed, strlen(typed)) == 0;
}

int shell_monitor(struct shell *s, char *const *words, size_t n, const char *pipes)
{
    struct repeating r = {.interval = INTERVAL_DEFAULT, .pipes = pipes};
    size_t i = 0;

    if (n && is_word(words[0], "events")) {
        bool was_held = screen_hold_interrupts();
        int rc = monitor_events(s, words + 1, n - 1, pipes);
        screen_release_interrupts(was_held);
        return rc;
    }
    for (; i + 1 < n && !is_word(words[i], "show"); i += 2) {
        bool is_interval = is_word(words[i], "interval"), is_count = is_word(words[i], "count");
        if (!is_interval && !is_count)
            return shell_error("unknown word \"%s\" behind monitor; " USAGE, words[i]);
        unsigned long max = is_interval ? INTERVAL_MAX : 1000000;
        if (!read_number(words[i + 1], max, is_interval ? &r.interval : &r.count))
            return shell_error("%s needs a number 1..%lu, not \"%s\"", words[i], max, words[i + 1]);
    }
    if (i >= n || !is_word(words[i], "show"))
        return shell_error(USAGE);
    r.words = words + i + 1;
    r.n = n - i - 1;
    r.is_in_place = isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) && !strstr(pipes ? pipes : "", "save");
    bool was_held = screen_hold_interrupts();
    int rc = repeat(s, &r);
    screen_release_interrupts(was_held);
    return rc;
}
