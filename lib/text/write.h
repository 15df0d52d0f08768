/* SPDX-License-Identifier: Apache-2.0
 *
 * Data tree -> Strata's text syntax (grammar in parse.h). What is written, text_parse reads back to an equal tree.
 */
#pragma once

struct lyd_node;
struct text_buf;

/* The whole tree, in blocks; a statement with one thing in it stands on one line. */
void text_write(const struct lyd_node *tree, struct text_buf *out);
/* The same with "# implied by X" behind the statement of each node for which the function gives an X. The reader takes
 * it for a comment. */
typedef const char *text_origin_fn(const struct lyd_node *node);
void text_write_origins(const struct lyd_node *tree, text_origin_fn *origin_of, struct text_buf *out);
/* One line per difference: "+ bgp neighbor 10.1.1.2 remote-as 200", "- ...": without the sign a statement (to remove:
 * with "no" in front of what comes after "- "). */
void text_write_diff(const struct lyd_node *was, const struct lyd_node *now, struct text_buf *out);
/* The words from the top to `node`, its value left out: "bgp neighbor 10.1.1.2". */
void text_write_words(const struct lyd_node *node, struct text_buf *out);
