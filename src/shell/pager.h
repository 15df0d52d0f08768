/* SPDX-License-Identifier: Apache-2.0
 *
 * Output by the page. The core decides and touches nothing: lines and keys in, what to do out. pager_tty_* is the
 * terminal around it.
 */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

struct pager {
    unsigned height, width; /* of the screen; width 0 = lines never wrap */
    unsigned room;          /* screen lines left before it asks */
    bool is_free;           /* G: no more questions */
    bool is_done;           /* q: no more lines */
    bool is_searching;      /* until a line matches `re` */
    bool has_re;
    regex_t re;
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
/* A key at the question. False: it means nothing. */
bool pager_key(struct pager *p, char key);
/* `/`: lines are skipped until one matches. False: no regular expression. */
bool pager_search(struct pager *p, const char *re);
/* How many columns a text has: its characters, not its bytes; escape sequences have none. */
size_t pager_columns(const char *text);

/* Asks on the terminal until the pager has an answer. False: it cannot be asked; go on without. */
bool pager_tty_ask(struct pager *p);
