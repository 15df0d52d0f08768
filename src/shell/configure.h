/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements of configuration mode, contexts, and the way in and out of the mode.
 */
#pragma once

#include <stdbool.h>

#include "lib/text/words.h"

struct batch;
struct shell;
struct text_buf;

/* A statement, or a line of a block. `typed`: as it came; `text`: its first word in full. Collected while more input is
 * there, and sent by configure_flush(). 0 or 1. */
int configure_statement(struct shell *s, const char *typed, const char *text);
/* The next line of a block whose } is not there yet. */
int configure_gather(struct shell *s, const char *line);
/* `delete` alone: all that there is from the current place on; asks on a terminal. */
int configure_delete_all(struct shell *s);
/* Sends what was collected. 0 or 1: an error was said. */
int configure_flush(struct shell *s);
void batch_destroy(struct batch *b);

/* Where the shell is; the path in Strata's form, "" at the top. */
void configure_place(const struct shell *s, struct text_place *place, struct text_buf *path);
/* May a statement at this place begin with the word, in full or cut short? */
bool configure_knows(const struct shell *s, const char *word);
/* Leaves the context for the nearest one around it where the word is one statement's, in full or cut short; false:
 * there is none. */
bool configure_leave_for(struct shell *s, const char *word);
/* Is there something that was not committed? */
bool configure_is_changed(struct shell *s);

/* Words of `show` with those of `show configuration` in full; free them. */
void configure_show_words(struct shell *s, char *const *words, size_t n, struct text_words *out);

/* --- mode.c --- */
void mode_enter(struct shell *s);
/* Asks what is to become of changes. 0: the mode was left. */
int mode_leave(struct shell *s);
/* A question with one of the answers ("yes no cancel") on the terminal; the first at Ctrl-D, NULL = nobody can answer.
 */
const char *mode_ask(struct shell *s, const char *question, const char *const *answers);
/* Until when a commit waits to be confirmed. */
void mode_confirm_pending(struct shell *s, unsigned sec);
unsigned mode_confirm_left_sec(const struct shell *s);
/* Says so when that time is over and mgmtd said nothing. */
void mode_look_at_clock(struct shell *s);
/* *is_due: it is time to warn (once). Else how long until then; 0: there will be no warning. */
unsigned mode_until_warning_sec(struct shell *s, bool *is_due);
/* Is there one already? It is said. */
void mode_look_for_pending(struct shell *s);
