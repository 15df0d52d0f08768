/* SPDX-License-Identifier: Apache-2.0
 *
 * ldpd's operational state in YANG (strata-ldp), and its actions.
 */
#pragma once

struct ldp_instance;
struct ldp_session_news;
struct north;
struct state_writer;

/* Writes the state nodes of one instance that `path` asks for (state.h) into the container or list entry that is open.
 */
void ldpd_state_instance(struct state_writer *w, const char *path, const struct ldp_instance *i);
/* The notification of a session. */
void ldpd_state_session_news(struct north *n, const struct ldp_session_news *news);
