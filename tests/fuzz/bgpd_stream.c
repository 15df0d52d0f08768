/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream of messages from a customer's neighbour into a whole RIB: a carrier's carrier instance with an external and
 * an internal customer and a neighbour of all families, tables that copy from each other, ribd answering at once.
 * Nothing may break, and everything must be put out as messages that decode.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/packet/open.h"
#include "bgpd/rib/rib_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PEERS = 3, INSTANCE = 101 };

struct world {
    struct bgp_rib *rib;
    struct bgp_rib_peer *peer[PEERS];
    uint32_t next_label;
    struct bgp_label_slot *due[64];
    size_t n_due;
    struct bgp_attr_scratch scratch;
};

static void op_none(void *arg)
{
    (void)arg;
}

static void op_peer(void *arg, struct bgp_rib_peer *p)
{
    (void)arg;
    (void)p;
}

static void op_route_set(void *arg, const struct bgp_fib_route *r, uint32_t *nhset)
{
    (void)arg;
    if (!r->n)
        abort();
    *nhset = 1;
}

static void op_route_del(void *arg, uint32_t vrf, const struct prefix *p, enum rib_source source, uint32_t *nhset)
{
    (void)arg;
    (void)vrf;
    (void)p;
    (void)source;
    *nhset = 0;
}

static void op_watch(void *arg, struct bgp_nexthop *nh)
{
    (void)arg;
    nh->is_usable = ip_addr_to_v4(&nh->key.address) % 5 != 0;
}

static void op_unwatch(void *arg, struct bgp_nexthop *nh)
{
    (void)arg;
    (void)nh;
}

static void op_label_set(void *arg, struct bgp_label_slot *s, const struct bgp_label_want *want)
{
    struct world *w = arg;

    if (want->op == RIB_LABEL_SWAP && (want->label.state == LABEL_STATE_NONE || !want->n))
        abort();
    if (!s->link.in_label)
        s->link.in_label = w->next_label++;
    if (w->n_due < sizeof(w->due) / sizeof(w->due[0]))
        w->due[w->n_due++] = s;
}

static void op_label_free(void *arg, struct bgp_label_slot *s)
{
    struct world *w = arg;

    for (size_t i = 0; i < w->n_due;)
        if (w->due[i] == s)
            w->due[i] = w->due[--w->n_due];
        else
            i++;
}

static void op_subscribe(void *arg, uint32_t vrf, uint32_t sources)
{
    (void)arg;
    (void)vrf;
    (void)sources;
}

static bool op_is_own(void *arg, uint32_t vrf, const struct ip_addr *a)
{
    (void)arg;
    (void)vrf;
    return ip_addr_to_v4(a) == 0x0a000001;
}

static void op_reach(void *arg, struct bgp_rib_peer *p, bool is_reachable)
{
    (void)arg;
    (void)p;
    (void)is_reachable;
}

static void op_max(void *arg, struct bgp_rib_peer *p, enum bgp_family f)
{
    (void)arg;
    (void)p;
    (void)f;
}

static const struct bgp_rib_ops ops = {.wake = op_none,
                                       .peer_output = op_peer,
                                       .route_set = op_route_set,
                                       .route_del = op_route_del,
                                       .watch = op_watch,
                                       .unwatch = op_unwatch,
                                       .label_set = op_label_set,
                                       .label_free = op_label_free,
                                       .subscribe = op_subscribe,
                                       .is_own_address = op_is_own,
                                       .peer_reach = op_reach,
                                       .max_prefixes = op_max};

static void add_peer(struct world *w, size_t i, struct bgp_vrf *v, uint32_t as, uint32_t families)
{
    struct bgp_peer_config c = {.address = ip_addr_v4(0x0a090001 + (uint32_t)i), .remote_as = as};
    struct bgp_peer_info info = {
        .router_id = 10 + (uint32_t)i, .local_address = ip_addr_v4(0x0a000001), .is_as4 = true, .families = families};

    for (enum bgp_family f = 0; f < BGP_FAMILY_COUNT; f++)
        c.family[f].is_enabled = families & BGP_FAMILY_BIT(f);
    w->peer[i] = bgp_rib_peer_create(v, &c, NULL);
    bgp_rib_peer_up(w->peer[i], &info);
}

static void world_init(struct world *w)
{
    ext_community_t target = 0x0002006400000001u;
    struct bgp_global_config g = {
        .as = 100, .router_id = 1, .cluster_id = 1, .distance_external = 20, .distance_internal = 200};
    struct bgp_vrf_config c = {.name = "a",
                               .has_rd = true,
                               .rd = 7,
                               .n_import = 1,
                               .n_export = 1,
                               .import_targets = &target,
                               .export_targets = &target,
                               .is_label_per_route = true,
                               .is_carrier = true,
                               .has_import_table = {true, true, false}};
    struct bgp_vrf_config public = {.name = "", .has_import_table = {true, true, false}};
    struct bgp_vrf *v;

    w->next_label = 1000;
    w->rib = bgp_rib_create(&ops, w, NULL);
    bgp_rib_set_global(w->rib, &g);
    bgp_vrf_configure(w->rib, &public);
    bgp_vrf_set_ready(bgp_rib_public(w->rib), 0, true);
    v = bgp_vrf_configure(w->rib, &c);
    bgp_vrf_set_ready(v, INSTANCE, true);
    add_peer(w, 0, v, 200, 3);
    add_peer(w, 1, v, 100, 3);
    add_peer(w, 2, bgp_rib_public(w->rib), 100, 7);
}

static void settle(struct world *w)
{
    uint8_t buf[BGP_MESSAGE_MAX];
    size_t len;

    for (int round = 0; round < 8; round++) {
        bgp_rib_run(w->rib);
        while (w->n_due)
            bgp_rib_label_result(w->due[--w->n_due], BGP_LABEL_INSTALLED, true, "");
        for (size_t i = 0; i < PEERS; i++)
            while ((len = bgp_rib_output(w->peer[i], buf, sizeof(buf)))) {
                struct bgp_update_context ctx = {.attr = {.is_as4 = true}, .families = 7};
                struct bgp_update u;

                if (bgp_update_decode(buf + BGP_HEADER_LEN, len - BGP_HEADER_LEN, &ctx, &w->scratch, &u) != BGP_ACCEPT)
                    abort();
            }
    }
}

/* One message; false ends the stream. The marker's first octet, which must be ff, gives way to the peer's number. */
static bool take(struct world *w, struct bgp_rib_peer *p, const uint8_t *body, size_t len, uint8_t type)
{
    struct bgp_update_context ctx = {.attr = {.is_as4 = true, .is_ebgp = p->is_ebgp}, .families = p->info.families};
    struct bgp_notification n;
    struct bgp_refresh refresh;
    struct bgp_update u;
    struct bgp_error e;
    struct bgp_open o;

    switch (type) {
    case BGP_MESSAGE_UPDATE:
        if (bgp_update_decode(body, len, &ctx, &w->scratch, &u) == BGP_RESET)
            return false;
        bgp_rib_update(p, &u);
        return true;
    case BGP_MESSAGE_ROUTE_REFRESH:
        if (bgp_refresh_decode(body, len, &refresh, &e) &&
            bgp_family_find(refresh.afi, refresh.safi) < BGP_FAMILY_COUNT)
            bgp_rib_refresh(p, bgp_family_find(refresh.afi, refresh.safi));
        return true;
    case BGP_MESSAGE_OPEN:
        bgp_open_decode(body, len, &o, &e);
        return true;
    case BGP_MESSAGE_NOTIFICATION:
        bgp_notification_decode(body, len, &n);
        bgp_rib_peer_down(p);
        return true;
    default:
        settle(w);
        return true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;
    struct bgp_error e;

    memset(&w, 0, sizeof(w));
    world_init(&w);
    settle(&w);
    while (size) {
        static uint8_t copy[BGP_MESSAGE_MAX];
        size_t n = size < sizeof(copy) ? size : sizeof(copy);
        struct bgp_header h;

        memcpy(copy, data, n);
        copy[0] = 0xff;
        if (bgp_header_decode(copy, n, &h, &e) != BGP_HEADER_OK)
            break;
        if (!take(&w, w.peer[data[0] % PEERS], copy + BGP_HEADER_LEN, h.len - (size_t)BGP_HEADER_LEN, h.type))
            break;
        data += h.len;
        size -= h.len;
    }
    settle(&w);
    bgp_rib_destroy(w.rib);
    return 0;
}
