/* SPDX-License-Identifier: Apache-2.0
 *
 * A neighbour's sessions: up to two connections, of which at most one becomes the session; timers; counters.
 */
#pragma once

#include <sys/queue.h>

#include "bgpd/packet/open.h"
#include "bgpd/rib/rib.h"
#include "bgpd/session/fsm.h"
#include "strata/io.h"
#include "strata/loop.h"

struct bgp_neighbor;
struct bgp_speaker;

enum bgp_conn_side { BGP_CONN_OUT, BGP_CONN_IN, BGP_CONN_COUNT };

struct bgp_conn {
    struct bgp_neighbor *neighbor;
    enum bgp_conn_side side;
    enum bgp_state state;
    struct stream *stream; /* NULL: none */
    struct timer retry, hold, keepalive, send_hold;
    struct bgp_open remote; /* what the neighbour's OPEN said */
    uint16_t hold_time_sec; /* negotiated */
};

struct bgp_neighbor_counters {
    uint64_t in[6], out[6]; /* by enum bgp_message_type */
    uint64_t treated_as_withdraw, discarded_attributes;
    uint32_t established; /* how often */
};

struct bgp_neighbor {
    TAILQ_ENTRY(bgp_neighbor) in_speaker;
    struct bgp_speaker *speaker;
    struct bgp_vrf *vrf;
    char device[IO_DEVICE_MAX]; /* of the instance */
    bool is_startable;          /* the instance is ready */
    bool is_over_limit;         /* too many prefixes: to be reset */
    struct bgp_peer_config cfg;
    struct bgp_rib_peer *rib_peer;
    struct bgp_conn conn[BGP_CONN_COUNT];
    struct bgp_conn *session; /* the established one, or NULL */
    uint32_t negotiated;      /* families of the session */
    struct timer idle;        /* until the next start */
    struct timer output;      /* there is something to send */
    struct timer lost;        /* unreachable: the session ends with it */
    uint32_t failures;        /* in a row: the idle time grows */
    uint64_t changed_at_us;   /* session came or went */
    struct bgp_neighbor_counters counters;
    char last_error[80]; /* "received cease/...", "hold-timer-expired sent" */
};

struct bgp_neighbor *bgp_neighbor_create(struct bgp_speaker *sp, struct bgp_vrf *v, const struct bgp_peer_config *cfg);
void bgp_neighbor_destroy(struct bgp_neighbor *n); /* says 6/3 to a living session */
/* Policy is changed in place, anything else resets the session (6/6). */
void bgp_neighbor_configure(struct bgp_neighbor *n, const struct bgp_peer_config *cfg);
/* The instance is ready, sockets go to `device`; or not any more. */
void bgp_neighbor_set_startable(struct bgp_neighbor *n, bool is_startable, const char *device);
/* An accepted connection; taken over. */
void bgp_neighbor_accept(struct bgp_neighbor *n, struct stream *s);
/* Ends the session with a Cease; it starts again by itself. */
void bgp_neighbor_reset(struct bgp_neighbor *n, enum bgp_cease_subcode subcode);
/* The link to a directly connected neighbour is gone: don't wait for the hold timer. */
void bgp_neighbor_link_down(struct bgp_neighbor *n);
/* There is a way to the neighbour, or none any more. Without one for some seconds the session ends; with a new one it
 * starts at once: both earlier than TCP would notice. */
void bgp_neighbor_set_reachable(struct bgp_neighbor *n, bool is_reachable);
void bgp_neighbor_wake_output(struct bgp_neighbor *n);
/* Ask for all routes of a family again. False: no session, or the neighbour can't. */
bool bgp_neighbor_request_refresh(struct bgp_neighbor *n, enum bgp_family f);
enum bgp_state bgp_neighbor_state(const struct bgp_neighbor *n); /* of the connection that got furthest */
