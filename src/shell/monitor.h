/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to `monitor`: a notification as a line.
 */
#pragma once

struct text_buf;

/* "2026-11-22T20:00:00Z session-down address=10.0.0.1 reason=\"hold timer expired\"": the element's name, then each
 * leaf in it. `xml` need not be well-formed: what cannot be read is left out. */
void monitor_event_line(const char *time, const char *xml, struct text_buf *out);
