/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of a file descriptor, and whether more of them are already there.
 */
#pragma once

#include <stdbool.h>

struct input;
struct text_buf;

struct input *input_create(int fd);
void input_destroy(struct input *in); /* does not close */
/* The next line without its end; NULL at the end (a terminal goes on after it). Borrowed until the next call. */
const char *input_line(struct input *in);
unsigned input_line_number(const struct input *in); /* of that line, from 1 */
/* Everything up to the end (on a terminal: Ctrl-D). */
void input_rest(struct input *in, struct text_buf *out);
/* Can more be read without waiting? Was more read already than was asked for? */
bool input_has_more(struct input *in);
bool input_is_ahead(const struct input *in);
