/* SPDX-License-Identifier: Apache-2.0
 *
 * The conversation with mgmtd. Owns it, and the value that was made of the last configuration for the time of a commit.
 */
#include "bgpd/north/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/session/speaker.h"
#include "bgpd_config.h"
#include "strata/env.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/north.h"

static int prepare(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    (void)daemon;
    (void)prev;
    return bgpd_config_check(next, err);
}

static void commit(void *daemon, const void *next, const void *prev)
{
    struct bgpd_north *n = daemon;
    struct bgpd_wanted w = bgpd_wanted_of(next);

    (void)prev;
    n->peer.apply(n->peer.arg, &w);
    bgpd_wanted_free(&w);
}

static void state(void *daemon, const char *path, struct state_writer *w)
{
    struct bgpd_north *n = daemon;

    bgpd_state_write(&n->peer, north_config(n->north), path, loop_now_us(n->env->loop), w);
}

struct clear {
    bool is_all;
    struct ip_addr address;
    char instance[RIB_NAME_MAX];
    bool is_soft;
};

/* "10.0.0.1 [vpn-instance X] [soft]", "all [vpn-instance X] [soft]" */
static int parse_clear(const char *argument, struct clear *c)
{
    char text[200], *word, *rest = NULL;

    *c = (struct clear){0};
    snprintf(text, sizeof(text), "%s", argument);
    word = strtok_r(text, " ", &rest);
    c->is_all = word && strcmp(word, "all") == 0;
    if (!word || (!c->is_all && ip_addr_parse(word, &c->address)))
        return -EINVAL;
    while ((word = strtok_r(NULL, " ", &rest))) {
        if (strcmp(word, "soft") == 0) {
            c->is_soft = true;
        } else if (strcmp(word, "vpn-instance") == 0 && (word = strtok_r(NULL, " ", &rest))) {
            snprintf(c->instance, sizeof(c->instance), "%s", word);
        } else {
            return -EINVAL;
        }
    }
    return 0;
}

/* Soft: ask for the routes again and send ours again, the session stays. */
static void clear_soft(struct bgp_neighbor *neighbor)
{
    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++) {
        bgp_neighbor_request_refresh(neighbor, f);
        bgp_rib_refresh(neighbor->rib_peer, f);
    }
}

static void clear_one(struct bgp_neighbor *neighbor, bool is_soft)
{
    if (is_soft)
        clear_soft(neighbor);
    else
        bgp_neighbor_reset(neighbor, BGP_CEASE_RESET);
}

/* Of one instance, or of every one (NULL). How many there are. */
static unsigned clear_all(struct bgpd_north *n, const struct bgp_vrf *only, bool is_soft)
{
    struct bgp_neighbor *neighbor;
    unsigned count = 0;

    TAILQ_FOREACH (neighbor, &n->peer.speaker->neighbors, in_speaker) {
        if (only && neighbor->vrf != only)
            continue;
        clear_one(neighbor, is_soft);
        count++;
    }
    return count;
}

static int action(void *daemon, const char *name, const char *argument, char *reply, size_t size)
{
    struct bgpd_north *n = daemon;
    struct bgp_neighbor *neighbor;
    struct bgp_vrf *v;
    struct clear c;

    if (strcmp(name, "bgp clear") != 0 || parse_clear(argument, &c)) {
        snprintf(reply, size, "usage: bgp clear ADDRESS|all [vpn-instance NAME] [soft]");
        return -EINVAL;
    }
    v = bgp_vrf_find(n->peer.rib, c.instance);
    if (c.is_all && (v || !c.instance[0])) {
        unsigned count = clear_all(n, c.instance[0] ? v : NULL, c.is_soft);

        snprintf(reply, size, c.is_soft ? "routes are exchanged anew with %u neighbors" : "%u sessions start anew",
                 count);
        return 0;
    }
    neighbor = v ? bgp_speaker_neighbor_find(n->peer.speaker, v, &c.address) : NULL;
    if (!neighbor) {
        snprintf(reply, size, "there is no such neighbor");
        return -ENOENT;
    }
    clear_one(neighbor, c.is_soft);
    snprintf(reply, size, c.is_soft ? "routes are exchanged anew" : "the session starts anew");
    return 0;
}

struct bgpd_north *bgpd_north_create(const struct env *env, const struct bgpd_north_peer *peer)
{
    static const struct north_ops ops = {.prepare = prepare, .commit = commit, .state = state, .action = action};
    struct bgpd_north *n = MEM_NEW(NULL, struct bgpd_north);

    n->env = env;
    n->peer = *peer;
    n->north = north_create(env, "bgpd", &bgpd_schema, &ops, n);
    bgpd_north_listen(n, peer->speaker);
    return n;
}

void bgpd_north_destroy(struct bgpd_north *n)
{
    if (!n)
        return;
    n->peer.speaker->told = (struct bgp_speaker_listener){0};
    north_destroy(n->north);
    mem_free(NULL, n);
}
