/* SPDX-License-Identifier: Apache-2.0
 *
 * What was typed, kept from one session to the next in ~/.strata_history, for its owner alone; without secrets.
 */
#pragma once

#include <stdbool.h>

struct shell;

typedef void past_line_fn(void *arg, const char *line);
/* Each line of the file, oldest first; a file that has grown too long is cut to the newest. */
void past_load(past_line_fn *fn, void *arg);
void past_add(const char *line);
/* Does the line have the value of a secret leaf? Then it is kept nowhere. */
bool past_is_secret(const struct shell *s, const char *line);

#define PAST_KEEP 1000
