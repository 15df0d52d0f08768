/* SPDX-License-Identifier: Apache-2.0
 *
 * See pager.h. Lines come from somebody who waits while there is a question; those that went by are kept, a bounded
 * amount, so that one can go back.
 */
#include "src/shell/pager.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "strata/mem.h"

#define CTRL_C      3
#define CTRL_D      4
#define ESCAPE      27
#define PATTERN_MAX 128
#define KEEP_BYTES  (4 << 20)
#define TICK_MS     200 /* how soon another size of the screen is noticed */

void pager_init(struct pager *p, unsigned height, unsigned width)
{
    memset(p, 0, sizeof(*p));
    p->height = height > 2 ? height : 2;
    p->width = width;
    p->room = p->height - 1;
}

static void forget(struct pager_kept *k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        k->bytes -= strlen(k->line[i]) + 1;
        mem_free(NULL, k->line[i]);
    }
    k->n -= n;
    memmove(k->line, k->line + n, k->n * sizeof(*k->line));
}

void pager_fini(struct pager *p)
{
    if (p->has_re)
        regfree(&p->re);
    p->has_re = false;
    if (p->kept.n)
        forget(&p->kept, p->kept.n);
    mem_free(NULL, p->kept.line);
    p->kept = (struct pager_kept){0};
}

/* The older half goes when there are too many: not one by one. */
static void keep(struct pager *p, const char *line)
{
    struct pager_kept *k = &p->kept;
    if (k->bytes > KEEP_BYTES)
        forget(k, k->n / 2);
    if (k->n == k->size) {
        k->size = k->size ? k->size * 2 : 256;
        k->line = mem_realloc(NULL, k->line, k->size * sizeof(*k->line));
    }
    k->line[k->n++] = mem_strdup(NULL, line);
    k->bytes += strlen(line) + 1;
}

size_t pager_columns(const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        if (*text == ESCAPE && text[1] == '[') {
            text += 2;
            while (*text && !((*text >= '@' && *text <= '~')))
                text++;
            if (!*text)
                break;
        } else if (*text == '\t') {
            n += 8 - n % 8;
        } else if (((unsigned char)*text & 0xc0) != 0x80) { /* not the rest of a UTF-8 character */
            n++;
        }
    }
    return n;
}

static unsigned rows_of(const struct pager *p, const char *line)
{
    size_t columns = p->width ? pager_columns(line) : 0;
    return columns ? (unsigned)((columns + p->width - 1) / p->width) : 1;
}

enum pager_verdict pager_line(struct pager *p, const char *line)
{
    unsigned rows = rows_of(p, line);

    if (p->is_done)
        return PAGER_SKIP;
    if (p->is_free)
        return PAGER_PRINT;
    if (p->is_searching) {
        if (regexec(&p->re, line, 0, NULL, 0)) {
            keep(p, line);
            p->n_skipped++;
            return PAGER_SKIP;
        }
        p->is_searching = false;
    }
    if (rows > p->room && p->room < p->height - 1)
        return PAGER_ASK;
    p->room -= rows < p->room ? rows : p->room;
    keep(p, line);
    return PAGER_PRINT;
}

bool pager_end(struct pager *p)
{
    if (!p->is_searching || p->is_done)
        return false;
    p->is_searching = false;
    p->is_missed = true;
    p->back = p->n_skipped < p->kept.n ? p->n_skipped : 0;
    return true;
}

void pager_resize(struct pager *p, unsigned height, unsigned width)
{
    p->height = height > 2 ? height : 2;
    p->width = width;
    p->room = p->room < p->height - 1 ? p->room : p->height - 1;
}

/* --- back and forth --- */

size_t pager_view(const struct pager *p, size_t *first)
{
    size_t end = p->kept.n - (p->back < p->kept.n ? p->back : p->kept.n), at = end;
    unsigned room = p->height - 1;

    while (at > 0) {
        unsigned rows = rows_of(p, p->kept.line[at - 1]);
        if (rows > room && at < end)
            break;
        room -= rows < room ? rows : room;
        at--;
    }
    *first = at;
    return end - at;
}

/* Looked at from this line on, as far as there are lines below. */
static void look_from(struct pager *p, size_t first)
{
    unsigned room = p->height - 1;
    size_t end = first;
    while (end < p->kept.n) {
        unsigned rows = rows_of(p, p->kept.line[end]);
        if (rows > room && end > first)
            break;
        room -= rows < room ? rows : room;
        end++;
    }
    p->back = p->kept.n - end;
}

bool pager_move(struct pager *p, char key)
{
    size_t first, n = pager_view(p, &first), was = p->back;

    switch (key) {
    case 'b':
        look_from(p, first > n ? first - n : 0);
        return p->back != was;
    case 'u':
        look_from(p, first > n / 2 ? first - n / 2 : 0);
        return p->back != was;
    case 'k':
        look_from(p, first ? first - 1 : 0);
        return p->back != was;
    case 'g':
        look_from(p, 0);
        return p->back != was;
    case ' ':
    case 'f':
        p->back -= p->back < n ? p->back : n;
        return was != 0;
    case 'd':
        p->back -= p->back < n / 2 ? p->back : n / 2;
        return was != 0;
    case '\r':
    case '\n':
    case 'j':
        p->back -= p->back ? 1 : 0;
        return was != 0;
    default:
        return false;
    }
}

bool pager_find(struct pager *p, bool is_upwards)
{
    size_t first, n = pager_view(p, &first);

    if (!p->has_re || n == 0)
        return false;
    for (size_t i = first; is_upwards ? i-- > 0 : ++i < p->kept.n;) {
        if (regexec(&p->re, p->kept.line[i], 0, NULL, 0))
            continue;
        if (!is_upwards && i + n > p->kept.n && !p->back)
            return false; /* on the last screen already */
        look_from(p, i);
        return true;
    }
    return false;
}

bool pager_key(struct pager *p, char key)
{
    switch (key) {
    case ' ':
    case 'f':
        p->room = p->height - 1;
        return true;
    case '\r':
    case '\n':
    case 'j':
        p->room = p->room + 1 < p->height ? p->room + 1 : p->height - 1;
        return true;
    case 'd':
        p->room = p->height / 2;
        return true;
    case 'G':
        p->is_free = true;
        return true;
    case 'n':
        if (!p->has_re)
            return false;
        p->is_searching = true;
        p->n_skipped = 0;
        p->room = p->height - 1;
        return true;
    case 'q':
    case 'Q':
    case CTRL_C:
    case CTRL_D:
        p->is_done = true;
        return true;
    default:
        return false;
    }
}

bool pager_pattern(struct pager *p, const char *re)
{
    regex_t compiled;

    if (!re[0])
        return p->has_re;
    if (regcomp(&compiled, re, REG_EXTENDED | REG_NOSUB))
        return false;
    if (p->has_re)
        regfree(&p->re);
    p->re = compiled;
    p->has_re = true;
    return true;
}

bool pager_search(struct pager *p, const char *re)
{
    return pager_pattern(p, re) && pager_key(p, 'n');
}

/* --- the terminal --- */

/* The size that the screen has now; false: it is the one that is known. */
static bool has_other_size(struct pager *p, int fd)
{
    struct winsize w = {0};
    if (ioctl(fd, TIOCGWINSZ, &w) || !w.ws_row || (w.ws_row == p->screen_rows && w.ws_col == p->screen_columns))
        return false;
    bool is_known = p->screen_rows != 0, follows = p->height == p->screen_rows;
    p->screen_rows = w.ws_row;
    p->screen_columns = w.ws_col;
    if (is_known && follows)
        pager_resize(p, w.ws_row, p->width ? w.ws_col : 0);
    return is_known && follows;
}

/* 1: a key; 0: the screen has another size; -1: nobody is there any more. */
static int read_key(struct pager *p, int fd, char *key)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (!has_other_size(p, fd))
        if (poll(&wait, 1, TICK_MS))
            return read(fd, key, 1) == 1 ? 1 : -1;
    return 0;
}

static void say(int fd, const char *text)
{
    ssize_t n = write(fd, text, strlen(text));
    (void)n; /* a terminal that is gone has no reader either */
}

/* What is typed behind `/`. False: given up. */
static bool read_pattern(int fd, char pattern[PATTERN_MAX])
{
    size_t n = 0;
    char key;

    say(fd, "\r\033[K/");
    while (read(fd, &key, 1) == 1 && key != '\r' && key != '\n') {
        if (key == CTRL_C || key == ESCAPE)
            return false;
        if ((key == 127 || key == '\b') && n == 0)
            return false;
        if (key == 127 || key == '\b') {
            n--;
            say(fd, "\b \b");
        } else if ((unsigned char)key >= ' ' && n + 1 < PATTERN_MAX) {
            pattern[n++] = key;
            say(fd, (const char[]){key, '\0'});
        }
    }
    pattern[n] = '\0';
    return true;
}

static void ask(const struct pager *p, int fd)
{
    char text[96];
    say(fd, p->is_missed ? "\r\033[Knot found " : "\r\033[K");
    snprintf(text, sizeof(text), p->back ? "--More-- (%zu lines below)" : "--More--", p->back);
    say(fd, text);
}

static void show_view(const struct pager *p, int fd)
{
    size_t first, n = pager_view(p, &first);
    say(fd, "\033[H\033[2J");
    for (size_t i = first; i < first + n; i++) {
        say(fd, p->kept.line[i]);
        say(fd, "\r\n");
    }
    ask(p, fd);
}

/* In what went by first; behind that, in what comes. True: the question is answered. */
static bool search(struct pager *p, int fd, const char *re)
{
    if (!pager_pattern(p, re)) {
        ask(p, fd);
        return false;
    }
    if (pager_find(p, false)) {
        show_view(p, fd);
        return false;
    }
    size_t below = p->back;
    p->back = 0;
    say(fd, "\r\033[K... looking for it\r\n");
    bool is_key = pager_key(p, 'n');
    p->n_skipped = below;
    return is_key;
}

/* True: the question is answered. */
static bool take_key(struct pager *p, int fd, char key)
{
    char pattern[PATTERN_MAX];

    if (key == '/') {
        if (read_pattern(fd, pattern))
            return search(p, fd, pattern);
        ask(p, fd);
    } else if (key == 'n' && p->has_re) {
        return search(p, fd, "");
    } else if ((key == 'N' && pager_find(p, true)) || pager_move(p, key)) {
        show_view(p, fd);
    } else if (strchr("bukgN", key)) {
        ask(p, fd); /* there is no more above */
    } else {
        if (key == 'G' && p->back) {
            p->back = 0;
            show_view(p, fd);
        }
        if (pager_key(p, key))
            return true;
        say(fd, "\r\033[K--More-- (space: page, enter: line, b/u: back, g/G: start/end, /RE n N: search, q: quit)");
    }
    return false;
}

static void converse(struct pager *p, int fd)
{
    char key = 0;
    bool is_answered = false;

    while (!is_answered) {
        int rc = read_key(p, fd, &key);
        if (rc < 0) {
            p->is_free = true;
            return;
        }
        if (rc == 0)
            show_view(p, fd);
        else
            is_answered = take_key(p, fd, key);
    }
    say(fd, "\r\033[K");
}

/* From what is looked at; the end of what went by, or what was before a search in vain. */
static bool talk(struct pager *p)
{
    struct termios was, raw;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

    if (fd < 0 || tcgetattr(fd, &was)) {
        if (fd >= 0)
            close(fd);
        p->is_free = true;
        return false;
    }
    raw = was;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    fflush(stdout);
    tcsetattr(fd, TCSADRAIN, &raw);
    has_other_size(p, fd);
    if (p->is_missed)
        show_view(p, fd);
    else
        ask(p, fd);
    p->is_missed = false;
    converse(p, fd);
    tcsetattr(fd, TCSADRAIN, &was);
    close(fd);
    return true;
}

bool pager_tty_ask(struct pager *p)
{
    p->back = 0;
    return talk(p);
}

void pager_tty_end(struct pager *p)
{
    while (pager_end(p) && talk(p))
        ;
}
