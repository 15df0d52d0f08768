/* SPDX-License-Identifier: Apache-2.0
 *
 * See screen.h. The signal is blocked and looked for, never handled: no handler, no state.
 */
#include "src/shell/screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "src/shell/shell.h"

#define SIZE_MAX_TYPED  10000u
#define WIDTH_DEFAULT   80
#define LENGTH_DEFAULT  24
#define WIDTH_SMALLEST  10
#define LENGTH_SMALLEST 3

/* 0: not a number that makes sense. */
static unsigned from_env(const char *name)
{
    const char *text = getenv(name);
    unsigned long n = text ? strtoul(text, NULL, 10) : 0;
    return n <= SIZE_MAX_TYPED ? (unsigned)n : 0;
}

static struct winsize window(void)
{
    struct winsize w = {0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
    return w;
}

unsigned screen_width(const struct shell *s)
{
    if (s && s->screen.has_width)
        return s->screen.width;
    if (!isatty(STDOUT_FILENO))
        return 0;
    unsigned n = from_env("COLUMNS");
    n = n ? n : window().ws_col;
    n = n ? n : WIDTH_DEFAULT;
    return n < WIDTH_SMALLEST ? WIDTH_SMALLEST : n;
}

unsigned screen_length(const struct shell *s)
{
    if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
        return 0;
    if (s && s->screen.has_length)
        return s->screen.length;
    unsigned n = from_env("LINES");
    n = n ? n : window().ws_row;
    return n ? n : LENGTH_DEFAULT;
}

static int show_screen(const struct shell *s)
{
    unsigned width = screen_width(s), length = screen_length(s);
    printf("width   %u%s\n", width, width ? "" : " (no limit)");
    printf("length  %u%s\n", length, length ? "" : " (no pages)");
    return 0;
}

int shell_terminal(struct shell *s, char *const *words, size_t n)
{
    bool is_length = n && strcmp(words[0], "length") == 0, is_width = n && strcmp(words[0], "width") == 0;
    char *end = NULL;

    if (n == 0)
        return show_screen(s);
    if (!is_length && !is_width)
        return shell_error("unknown word \"%s\" behind terminal; expected one of: length, width", words[0]);
    if (n == 2 && strcmp(words[1], "auto") == 0) {
        *(is_length ? &s->screen.has_length : &s->screen.has_width) = false;
        return 0;
    }
    unsigned long value = n == 2 ? strtoul(words[1], &end, 10) : 0;
    unsigned smallest = is_length ? LENGTH_SMALLEST : WIDTH_SMALLEST;
    if (n != 2 || !end || *end || words[1][0] == '-' || value > SIZE_MAX_TYPED || (value && value < smallest))
        return shell_error("usage: terminal %s N: %u..%u, 0 for no limit, or auto", words[0], smallest, SIZE_MAX_TYPED);
    if (is_length) {
        s->screen.length = (unsigned)value;
        s->screen.has_length = true;
    } else {
        s->screen.width = (unsigned)value;
        s->screen.has_width = true;
    }
    return 0;
}

static sigset_t interrupt(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    return set;
}

bool screen_hold_interrupts(void)
{
    sigset_t set = interrupt(), was;
    sigprocmask(SIG_BLOCK, &set, &was);
    return sigismember(&was, SIGINT) == 1;
}

bool screen_is_interrupted(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGINT) == 1;
}

void screen_release_interrupts(bool was_held)
{
    sigset_t set = interrupt();
    const struct timespec at_once = {0};
    if (was_held)
        return;
    while (isatty(STDIN_FILENO) && sigtimedwait(&set, NULL, &at_once) == SIGINT)
        ; /* it was for what is over now; without a terminal it ends the program */
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
