/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of texts on a screen of some width: pure. Measure cells, fit once, then print rows. What does not fit is
 * tried in this order: cells of several words go over several lines; headings are broken; the least important columns
 * are left out; each row becomes a block of `name: value`, which a single row does at once. No line is longer than the
 * screen.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text_buf;

#define LAYOUT_COLUMNS_MAX 64

struct layout_column {
    const char *head; /* borrowed */
    bool is_right;    /* numbers */
    bool is_key;      /* never left out */
    bool is_telling;  /* left out late: what is wrong, and whether */
    /* measured: */
    size_t widest, longest_word; /* 0 = empty everywhere */
    /* fitted: */
    bool is_shown, is_left_out;
    size_t width;
    bool has_more; /* it was empty when it was measured, and a later row has it */
};

struct layout {
    struct layout_column columns[LAYOUT_COLUMNS_MAX];
    size_t n;
    size_t screen; /* 0 = no limit */
    bool is_vertical;
    bool is_narrowed; /* a row may take several lines, or lack columns */
    size_t n_printed;
};

void layout_init(struct layout *l, size_t screen);
/* Instead of layout_fit(): blocks, whether a table would fit or not. */
void layout_blocks(struct layout *l);
struct layout_column *layout_add(struct layout *l, const char *head);
void layout_measure(struct layout *l, size_t column, const char *text);
/* `n_rows`: how many there are; 0 = more than were measured. */
void layout_fit(struct layout *l, size_t n_rows);
/* The heading's lines; nothing for blocks. */
void layout_head(const struct layout *l, struct text_buf *out);
/* A row's lines. `cells`: one for each column, never NULL. A cell wider than any measured one gets room if there is. */
void layout_row(struct layout *l, const char *const *cells, struct text_buf *out);
/* The row in one line with all its columns. */
void layout_line(const struct layout *l, const char *const *cells, struct text_buf *out);
/* "columns left out: a, b (...)\n" or nothing. */
void layout_note(const struct layout *l, struct text_buf *out);
/* Lines of a text, each but the first behind `indent` blanks; the first begins where the line is. */
void layout_text(const char *text, size_t indent, size_t screen, struct text_buf *out);
