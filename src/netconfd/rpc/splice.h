/* SPDX-License-Identifier: Apache-2.0
 *
 * One tree out of an answer in parts (front.h, is_in_parts), without holding all of it. Each part is XML of siblings
 * from the top: containers that were in a part before, with other entries. What comes out has every container and entry
 * once. Pure.
 *
 * Entries of big lists of state are in one part each, in the order of their keys: they are given out as soon as there
 * are many, but the last one, which the next part may go on with. For that the ways to them are opened, and closed when
 * entries elsewhere are given out. All else is held until the way to it is closed, or the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct splice;
struct text_buf;

enum splice_outcome {
    SPLICE_GOOD,
    SPLICE_TOO_BIG, /* too much that must be held */
    SPLICE_BAD,     /* not XML, or more of what was closed */
};

/* `hold_max`: octets of text held at most. `ctx` is borrowed. */
struct splice *splice_create(const struct ly_ctx *ctx, size_t hold_max);
void splice_destroy(struct splice *s); /* NULL allowed */
/* Takes a part and adds to `out` what can be written now. */
enum splice_outcome splice_add(struct splice *s, const char *xml, struct text_buf *out);
/* All that is left. */
void splice_end(struct splice *s, struct text_buf *out);
size_t splice_held(const struct splice *s);
