/* SPDX-License-Identifier: Apache-2.0
 *
 * The way of output: what follows `|`, then a file, the pager or standard output. Text goes in row by row and comes out
 * as it goes in: nothing is kept but what `last` must keep. A row may be several lines (a table that was narrowed);
 * what judges rows judges its one-line form. Headings are no rows: they pass `first` and `last`, and vanish where rows
 * are picked by their text.
 */
#pragma once

#include <stdbool.h>

#include "src/shell/shell.h"

struct pipe;

/* NULL: an error was said. `s` NULL: the terminal as it is. */
struct pipe *pipe_open(const struct shell *s, const char *pipes);
enum shell_format pipe_wants(const struct pipe *p);
/* Columns a line may have; 0 = as many as it needs. */
unsigned pipe_width(const struct pipe *p);
/* Are there stages in front of json or xml? They pick entries: ask pipe_passes() for each. */
bool pipe_picks_entries(const struct pipe *p);
bool pipe_passes(struct pipe *p, const char *row);
/* One or more whole lines. */
void pipe_head(struct pipe *p, const char *text);
/* `shown`: whole lines; `row`: the row in one line, without its end, NULL = as shown. */
void pipe_row(struct pipe *p, const char *row, const char *shown);
/* Lines, each a row; the first n_head are headings. */
void pipe_text(struct pipe *p, const char *text, size_t n_head);
/* Part of a document, lines or not: each line is a row. */
void pipe_part(struct pipe *p, const char *text, size_t len);
/* Only how many rows there are is wanted: they are told with pipe_count(). */
bool pipe_is_counting(const struct pipe *p);
void pipe_count(struct pipe *p, size_t n_rows);
/* Nothing more is wanted: enough rows, the reader quit, Ctrl-C. */
bool pipe_is_done(const struct pipe *p);
/* Frees, and prints nothing of what was kept. */
void pipe_cancel(struct pipe *p);
/* Prints what was kept, frees. 0 or 1. NULL allowed: 1. */
int pipe_close(struct pipe *p);
