/* SPDX-License-Identifier: Apache-2.0
 *
 * Output by the page. The core decides and touches nothing: lines and keys in, what to do out. pager_tty_* is the
 * terminal around it.
 */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

struct pager_kept {
    char **line; /* the oldest first */
    size_t n, size, bytes;
};

struct pager {
    unsigned height, width; /* of the screen; width 0 = lines never wrap */
    struct pager_kept kept; /* what went by, for going back; the oldest is forgotten */
    size_t back;            /* lines below those that are looked at now; 0 = the end of what went by */
    unsigned room;          /* screen lines left before it asks */
    bool is_free;           /* G: no more questions */
    bool is_done;           /* q: no more lines */
    bool is_searching;      /* until a line matches `re` */
    size_t n_skipped;       /* lines below what was looked at when the search began */
    bool is_missed;         /* all lines went by, and none matched: to be said */
    bool has_re;
    regex_t re;
    unsigned screen_rows, screen_columns; /* as the terminal said at the last question; 0 = not yet */
};

enum pager_verdict {
    PAGER_PRINT,
    PAGER_SKIP, /* looked for something else, or the reader has enough */
    PAGER_ASK,  /* pager_key(), then the same line again */
};

void pager_init(struct pager *p, unsigned height, unsigned width);
void pager_fini(struct pager *p);
/* What is to be done with the next line (without its end). */
enum pager_verdict pager_line(struct pager *p, const char *line);
/* There are no more lines. True: what was searched for did not come, and one looks at the same as before: to be asked
 * again. */
bool pager_end(struct pager *p);
/* A key that stays at the question: back, or forward again in what went by. True: what pager_view() says is to be shown
 * now. */
bool pager_move(struct pager *p, char key);
/* What is looked at: so many kept lines from *first on. */
size_t pager_view(const struct pager *p, size_t *first);
/* The next kept line below (or above) what is looked at that matches becomes the first one. False: there is none. */
bool pager_find(struct pager *p, bool is_upwards);
/* The screen has another size now. */
void pager_resize(struct pager *p, unsigned height, unsigned width);
/* A key at the question. False: it means nothing. */
bool pager_key(struct pager *p, char key);
/* `/`: looked for from now on; "" = the last again. False: no regular expression. */
bool pager_pattern(struct pager *p, const char *re);
/* And lines that come are skipped until one matches. */
bool pager_search(struct pager *p, const char *re);
/* How many columns a text has: its characters, not its bytes; escape sequences have none. */
size_t pager_columns(const char *text);

/* Asks on the terminal until the pager has an answer. False: it cannot be asked; go on without. */
bool pager_tty_ask(struct pager *p);
/* The same behind the last line, if something is still searched for. */
void pager_tty_end(struct pager *p);
