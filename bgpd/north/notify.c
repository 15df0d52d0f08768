/* SPDX-License-Identifier: Apache-2.0
 *
 * What bgpd tells without being asked: sessions that come and go, neighbours that send too much.
 */
#include "bgpd/north/private.h"

#include "bgpd/session/speaker.h"
#include "bgpd_config.h"
#include "strata/north.h"
#include "strata/state.h"

/* The grouping is used by several notifications: the ids of one use serve for all. */
static struct state_writer *begin(struct bgpd_north *n, uint32_t node, const struct bgp_neighbor *neighbor)
{
    struct state_writer *w = north_notify_begin(n->north, node);

    state_text(w, BGPD_NOTIFY_BGP_NEIGHBOR_UP_VPN_INSTANCE, bgp_vrf_name(neighbor->vrf));
    state_addr(w, BGPD_NOTIFY_BGP_NEIGHBOR_UP_NEIGHBOR, &neighbor->cfg.address);
    state_u64(w, BGPD_NOTIFY_BGP_NEIGHBOR_UP_REMOTE_AS, neighbor->cfg.remote_as);
    return w;
}

static void on_up(void *arg, const struct bgp_neighbor *neighbor)
{
    struct bgpd_north *n = arg;
    struct state_writer *w = begin(n, BGPD_NOTIFY_BGP_NEIGHBOR_UP, neighbor);

    state_quad(w, BGPD_NOTIFY_BGP_NEIGHBOR_UP_ROUTER_ID, neighbor->session->remote.router_id);
    state_u64(w, BGPD_NOTIFY_BGP_NEIGHBOR_UP_HOLD_TIME, neighbor->session->hold_time_sec);
    north_notify_end(n->north);
}

static void on_down(void *arg, const struct bgp_neighbor *neighbor, uint32_t lasted_sec)
{
    struct bgpd_north *n = arg;
    struct state_writer *w = begin(n, BGPD_NOTIFY_BGP_NEIGHBOR_DOWN, neighbor);

    state_text(w, BGPD_NOTIFY_BGP_NEIGHBOR_DOWN_REASON, neighbor->last_error);
    state_u64(w, BGPD_NOTIFY_BGP_NEIGHBOR_DOWN_UPTIME, lasted_sec);
    north_notify_end(n->north);
}

void bgpd_north_listen(struct bgpd_north *n, struct bgp_speaker *sp)
{
    sp->told = (struct bgp_speaker_listener){.up = on_up, .down = on_down, .arg = n};
}

void bgpd_north_max_prefixes(struct bgpd_north *n, const struct bgp_neighbor *neighbor, enum bgp_family f)
{
    struct state_writer *w = begin(n, BGPD_NOTIFY_BGP_MAXIMUM_PREFIXES_EXCEEDED, neighbor);

    state_text(w, BGPD_NOTIFY_BGP_MAXIMUM_PREFIXES_EXCEEDED_FAMILY, bgp_family_name(f));
    north_notify_end(n->north);
}
