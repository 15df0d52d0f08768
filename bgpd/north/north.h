/* SPDX-License-Identifier: Apache-2.0
 *
 * bgpd's conversation with mgmtd: configuration in, state out, actions.
 */
#pragma once

#include "bgpd/daemon.h"

struct bgp_neighbor;
struct bgp_speaker;
struct bgpd_config;
struct bgp_vrf;
struct bgpd_north;
struct north_error;
struct state_writer;

/* What is asked of the daemon, and what state is read from. All borrowed. */
struct bgpd_north_peer {
    void (*apply)(void *arg, const struct bgpd_wanted *w);
    void *arg;
    struct bgp_rib *rib;
    struct bgp_speaker *speaker;
    /* Is the address on a network of an interface of the instance that is up? */
    bool (*is_onlink)(void *arg, uint32_t vrf, const struct ip_addr *a);
};

struct bgpd_north *bgpd_north_create(const struct env *env, const struct bgpd_north_peer *peer);
void bgpd_north_destroy(struct bgpd_north *n);

/* notify.c: sessions and limits, as notifications. The speaker tells of its sessions while the conversation lives. */
void bgpd_north_listen(struct bgpd_north *n, struct bgp_speaker *sp);
void bgpd_north_max_prefixes(struct bgpd_north *n, const struct bgp_neighbor *neighbor, enum bgp_family f);

/* config.c: pure. 0, or -EINVAL and *err filled. */
int bgpd_config_check(const struct bgpd_config *c, struct north_error *err);
/* The wanted value; its lists are to be given to bgpd_wanted_free. Names are borrowed from *c. */
struct bgpd_wanted bgpd_wanted_of(const struct bgpd_config *c);
void bgpd_wanted_free(struct bgpd_wanted *w);

/* state_count.c: the statistics of an instance; its list entry is open */
void bgpd_state_count(struct state_writer *w, const struct bgp_vrf *v);
/* Next hops of VPN routes that no instance imports */
void bgpd_state_unimported(struct state_writer *w, const struct bgp_rib *rib);

/* state.c */
void bgpd_state_write(const struct bgpd_north_peer *peer, const struct bgpd_config *c, const char *path,
                      uint64_t now_us, struct state_writer *w);
