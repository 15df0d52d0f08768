/* SPDX-License-Identifier: Apache-2.0
 *
 * See pager.h. It goes forward only, so that nothing of what was shown need be kept.
 */
#include "src/shell/pager.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_C      3
#define CTRL_D      4
#define ESCAPE      27
#define PATTERN_MAX 128

void pager_init(struct pager *p, unsigned height, unsigned width)
{
    memset(p, 0, sizeof(*p));
    p->height = height > 2 ? height : 2;
    p->width = width;
    p->room = p->height - 1;
}

void pager_fini(struct pager *p)
{
    if (p->has_re)
        regfree(&p->re);
    p->has_re = false;
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

enum pager_verdict pager_line(struct pager *p, const char *line)
{
    size_t columns = p->width ? pager_columns(line) : 0;
    unsigned rows = columns ? (unsigned)((columns + p->width - 1) / p->width) : 1;

    if (p->is_done)
        return PAGER_SKIP;
    if (p->is_searching) {
        if (regexec(&p->re, line, 0, NULL, 0))
            return PAGER_SKIP;
        p->is_searching = false;
    }
    if (p->is_free)
        return PAGER_PRINT;
    if (rows > p->room && p->room < p->height - 1)
        return PAGER_ASK;
    p->room -= rows < p->room ? rows : p->room;
    return PAGER_PRINT;
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

bool pager_search(struct pager *p, const char *re)
{
    if (re[0]) {
        regex_t compiled;
        if (regcomp(&compiled, re, REG_EXTENDED | REG_NOSUB))
            return false;
        pager_fini(p);
        p->re = compiled;
        p->has_re = true;
    }
    return pager_key(p, 'n'); /* an empty one: the last again */
}

/* --- the terminal --- */

static bool read_key(int fd, char *key)
{
    return read(fd, key, 1) == 1;
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
    while (read_key(fd, &key) && key != '\r' && key != '\n') {
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

static void converse(struct pager *p, int fd)
{
    char key, pattern[PATTERN_MAX];
    bool is_answered = false;

    while (!is_answered) {
        if (!read_key(fd, &key)) {
            p->is_free = true;
            return;
        }
        if (key == '/') {
            is_answered = read_pattern(fd, pattern) && pager_search(p, pattern);
            say(fd, is_answered ? "\r\033[K" : "\r\033[K--More--");
        } else {
            is_answered = pager_key(p, key);
            if (!is_answered)
                say(fd, "\r\033[K--More-- (space: page, enter: line, /RE: search, n: again, G: to the end, q: quit)");
        }
    }
    say(fd, "\r\033[K");
}

bool pager_tty_ask(struct pager *p)
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
    say(fd, "--More--");
    converse(p, fd);
    tcsetattr(fd, TCSADRAIN, &was);
    close(fd);
    return true;
}
