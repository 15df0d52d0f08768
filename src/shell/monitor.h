/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to `monitor`: a notification as a line.
 */
#pragma once

struct ly_ctx;
struct lyd_node;
struct text_buf;

/* "2026-11-22T20:00:00Z session-down address=10.0.0.1 reason=\"hold timer expired\"": the element's name, then each
 * leaf in it. `xml` need not be well-formed: what cannot be read is left out. */
void monitor_event_line(const char *time, const char *xml, struct text_buf *out);
/* The notification that is the XML, with what is around it; NULL: no module here has it. lyd_free_all(). */
struct lyd_node *monitor_event_tree(struct ly_ctx *ctx, const char *xml, struct lyd_node **notification);
