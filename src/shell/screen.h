/* SPDX-License-Identifier: Apache-2.0
 *
 * How large the terminal is, and Ctrl-C while output runs: it ends the output, not the shell.
 */
#pragma once

#include <stdbool.h>

struct shell;

/* Of standard output; 0 = no limit: no terminal, or `terminal width 0`. `s` NULL: as the terminal says. */
unsigned screen_width(const struct shell *s);
/* Lines of a page; 0 = no pages. */
unsigned screen_length(const struct shell *s);

/* Between begin and end SIGINT only waits, and screen_is_interrupted() sees it. They nest: begin returns what end
 * takes. */
bool screen_hold_interrupts(void);
bool screen_is_interrupted(void);
void screen_release_interrupts(bool was_held);
