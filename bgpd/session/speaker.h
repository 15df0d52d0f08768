/* SPDX-License-Identifier: Apache-2.0
 *
 * All neighbours of a bgpd, and one listener per instance.
 */
#pragma once

#include <sys/queue.h>

#include "bgpd/session/neighbor.h"

struct env;

struct bgp_listener {
    TAILQ_ENTRY(bgp_listener) in_speaker;
    struct bgp_speaker *speaker;
    struct bgp_vrf *vrf;
    char device[IO_DEVICE_MAX];
    struct listener *listener; /* NULL: not (yet) open */
    struct timer retry;
};

/* Told whenever a session came or went; may be unset. */
struct bgp_speaker_listener {
    void (*up)(void *arg, const struct bgp_neighbor *n);
    void (*down)(void *arg, const struct bgp_neighbor *n, uint32_t lasted_sec); /* n->last_error says why */
    void *arg;
};

struct bgp_speaker {
    const struct env *env;
    struct bgp_speaker_listener told;
    struct bgp_rib *rib;
    TAILQ_HEAD(bgp_neighbor_list, bgp_neighbor) neighbors;
    TAILQ_HEAD(, bgp_listener) listeners;
    struct bgp_attr_scratch *scratch;
    uint8_t buffer[BGP_MESSAGE_MAX];
};

struct bgp_speaker *bgp_speaker_create(const struct env *env, struct bgp_rib *rib);
void bgp_speaker_destroy(struct bgp_speaker *sp);
/* Creates the neighbour or changes it. */
struct bgp_neighbor *bgp_speaker_neighbor_set(struct bgp_speaker *sp, struct bgp_vrf *v,
                                              const struct bgp_peer_config *cfg);
struct bgp_neighbor *bgp_speaker_neighbor_find(struct bgp_speaker *sp, const struct bgp_vrf *v,
                                               const struct ip_addr *address);
void bgp_speaker_neighbor_remove(struct bgp_neighbor *n);
/* The instance came or went: opens or closes its listener and lets its neighbours start or stops them. */
void bgp_speaker_instance(struct bgp_speaker *sp, struct bgp_vrf *v, bool is_ready, const char *device);
/* Links have changed: is_onlink tells whether an address is on a living link of an instance. */
void bgp_speaker_links_changed(struct bgp_speaker *sp,
                               bool (*is_onlink)(void *arg, uint32_t vrf, const struct ip_addr *a), void *arg);
void bgp_speaker_reopen_listeners(struct bgp_speaker *sp); /* the port has changed */
void bgp_speaker_reset_all(struct bgp_speaker *sp, enum bgp_cease_subcode subcode);
/* Every neighbour that may start has a session and has sent all it has. */
bool bgp_speaker_is_converged(const struct bgp_speaker *sp);
