/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection of a neighbour: stream, timers, state machine. Private to session/.
 */
#pragma once

#include "bgpd/session/neighbor.h"

void bgp_conn_init(struct bgp_conn *c, struct bgp_neighbor *n, enum bgp_conn_side side);
void bgp_conn_fini(struct bgp_conn *c);
/* Runs the state machine; `e` is the error behind the event, if it has one. The stream may be gone afterwards. */
void bgp_conn_event(struct bgp_conn *c, enum bgp_event event, const struct bgp_error *e);
/* An accepted stream becomes this connection's (which has none). */
void bgp_conn_adopt(struct bgp_conn *c, struct stream *s);
void bgp_conn_send(struct bgp_conn *c, enum bgp_message_type type, const void *data, size_t len);
void bgp_conn_send_keepalive(struct bgp_conn *c);
bool bgp_conn_has_room(const struct bgp_conn *c); /* for more UPDATEs */

/* What conn.c asks of neighbor.c. */
void bgp_neighbor_conn_idle(struct bgp_neighbor *n);
void bgp_neighbor_session_up(struct bgp_neighbor *n, struct bgp_conn *c);
void bgp_neighbor_session_down(struct bgp_neighbor *n);
bool bgp_neighbor_loses_collision(struct bgp_conn *c);
void bgp_neighbor_continue_output(struct bgp_neighbor *n);

/* receive.c: everything that has arrived. */
void bgp_conn_receive(struct bgp_conn *c);
