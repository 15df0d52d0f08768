/* SPDX-License-Identifier: Apache-2.0
 *
 * A real LDP instance between a scripted neighbour and a scripted ribd, over the simulated network in virtual time:
 *
 *    ribd (log) --- us 10.0.0.5 ==e1== peer 10.0.0.1, 10.0.0.9
 *                               ==e2==
 *
 * As 10.0.0.1 the neighbour is passive (we connect), as 10.0.0.9 active. What either hears is kept as text.
 */
#pragma once

#include "ldpd/packet/ldp.h"
#include "ldpd/session/instance.h"
#include "ldpd_config.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/loop.h"
#include "strata/sim.h"

#define LOG_MAX   16384
#define US        0x0a000005u
#define LOW_PEER  0x0a000001u
#define HIGH_PEER 0x0a000009u

struct text_log {
    char text[LOG_MAX];
    size_t used;
};

struct peer {
    const struct env *env;
    struct dgram *hello[2];
    struct listener *listener;
    struct stream *stream;
    uint32_t lsr_id;
    struct ip_addr transport[2]; /* by link */
    bool says_hello[2];
    uint16_t holdtime_sec;
    struct timer hello_timer, keepalive_timer;
    struct text_log heard;
    unsigned n_connected, n_keepalives, n_hellos[2];
    uint64_t connected_at_us;
    struct ldp_hello last_hello;
    struct ldp_session_parameters init; /* the last that came */
    bool was_kept;                      /* a KeepAlive of this connection was logged */
};

struct fixture {
    struct sim *sim;
    struct sim_cable *cable[2];
    const struct env *env;
    struct ldp_instance *ldp;
    uint32_t next_peer, next_label;
    struct rib_interface lo, e[2];
    struct prefix addresses[2][4];
    struct prefix lo_address;
    struct cfg_ldp_instance config;
    struct cfg_ldp_instance_interface e_config[2];
    struct cfg_ldp_instance_interface *e_configs[2];
    struct text_log told; /* what ribd was told */
    bool tells_members;
    bool is_busy; /* ribd is */
    struct peer peer;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);
void fixture_start(struct fixture *f); /* the instance, with its configuration and interfaces */
struct ldp_instance_options fixture_options(struct fixture *f);
void fixture_stop(struct fixture *f);
void run_ms(struct fixture *f, uint64_t ms);

/* The logs are compared and emptied. */
void expect_told(struct fixture *f, const char *wanted);
void expect_heard(struct fixture *f, const char *wanted);
void forget_logs(struct fixture *f);

/* The neighbour */
void peer_be(struct fixture *f, uint32_t lsr_id); /* and says hello on the first link from now on */
void peer_listen(struct fixture *f);
void peer_connect(struct fixture *f); /* from where its hello says that sessions end */
void peer_close(struct fixture *f);
void peer_send(struct fixture *f, const void *data, size_t n); /* raw octets */
void peer_hello_to(struct fixture *f, int link, const struct ip_addr *to, const void *data, size_t n);
void peer_say_hello(struct fixture *f, int link);
struct ldp_session_parameters good_init(void);
void peer_init(struct fixture *f, const struct ldp_session_parameters *p);
void peer_keepalive(struct fixture *f);
void peer_label(struct fixture *f, enum ldp_message_type type, const struct prefix *fec, const uint32_t *label);
void peer_addresses(struct fixture *f, enum ldp_message_type type, const struct ip_addr *a, size_t n);
void peer_notify(struct fixture *f, uint32_t status);
/* One PDU with one message of these octets behind the message id. */
void peer_message(struct fixture *f, uint16_t type, const void *body, size_t n);
void peer_stays_alive(struct fixture *f, bool is_alive);

/* Up and exchanged; logs empty. */
void session_up_active(struct fixture *f);                        /* we connect */
void session_up_passive(struct fixture *f);                       /* the neighbour does */
bool session_view(struct fixture *f, struct ldp_session_view *v); /* false: no neighbour */
const char *session_state(struct fixture *f);                     /* "gone": no neighbour */
unsigned adjacency_count(struct fixture *f);

/* ribd */
void route(struct fixture *f, const struct prefix *p, enum rib_source source);
void installed(struct fixture *f, const struct prefix *p, uint32_t label, bool is_installed);
