/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes of others (an operator's `ip route`, DHCP, another daemon) in the main table and in those of VRF devices: ribd
 * must know them, since its own route for the same prefix would fight with them. What the kernel does by itself
 * (addresses, redirects, caches) is left out. Of several for one prefix the one is told that the kernel takes. The
 * kernel drops routes silently with their link or address, so these lead to a look at the tables. IPv4, as the monitor.
 */
#include "src/ribd/dataplane/foreign.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "src/ribd/dataplane/codec.h"
#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { FOREIGN_MAX = 200000, RESYNC_MS = 50, OBJECTS_RESYNC_MS = 500, GROUP_MAX = RIB_NEXTHOPS_MAX };
enum { BUFFERS_A_TURN = 8, TORN_MAX = 5 };

/* --- decoding --- */

static bool hop_of(const struct nlattr *gateway, const struct nlattr *via, uint32_t ifindex, struct foreign_hop *out)
{
    memset(out, 0, sizeof(*out));
    out->ifindex = ifindex;
    if (gateway)
        return addr_from_kernel(AF_INET, mnl_attr_get_payload(gateway), mnl_attr_get_payload_len(gateway),
                                &out->gateway);
    if (via && mnl_attr_get_payload_len(via) > sizeof(uint16_t)) { /* a gateway of the other family */
        uint16_t family;
        const uint8_t *data = mnl_attr_get_payload(via);

        memcpy(&family, data, sizeof(family));
        return addr_from_kernel(family, data + sizeof(family), mnl_attr_get_payload_len(via) - sizeof(family),
                                &out->gateway);
    }
    return true;
}

static size_t hops_of_multipath(const struct nlattr *multipath, struct foreign_hop *hops)
{
    const uint8_t *at = mnl_attr_get_payload(multipath);
    size_t left = mnl_attr_get_payload_len(multipath), n = 0, step;
    const struct nlattr *a[RTA_MAX + 1];
    struct rtnexthop hop;

    while (left >= sizeof(hop) && n < RIB_NEXTHOPS_MAX) {
        memcpy(&hop, at, sizeof(hop));
        if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left)
            break;
        nl_attrs_of(at + sizeof(hop), hop.rtnh_len - sizeof(hop), a, RTA_MAX + 1);
        if (hop_of(a[RTA_GATEWAY], a[RTA_VIA], (uint32_t)hop.rtnh_ifindex, &hops[n]))
            n++;
        step = nl_align(hop.rtnh_len) < left ? nl_align(hop.rtnh_len) : left;
        at += step;
        left -= step;
    }
    return n;
}

/* A route over a nexthop object says only its id (net.ipv4.nexthop_compat_mode is 0): the object is asked for. */
struct object {
    struct foreign_hop hop;
    bool is_blackhole;
    size_t n_members;
    uint32_t members[GROUP_MAX];
};

static void on_object(void *arg, const struct nlmsghdr *nlh)
{
    struct object *o = arg;
    const struct nlattr *a[NHA_MAX + 1];
    struct nexthop_grp entry;

    if (nlh->nlmsg_type != RTM_NEWNEXTHOP || nlh->nlmsg_len < NL_HEADER + sizeof(struct nhmsg))
        return;
    nl_attrs(nlh, sizeof(struct nhmsg), a, NHA_MAX + 1);
    o->is_blackhole = a[NHA_BLACKHOLE] != NULL;
    if (nl_attr_u32(a[NHA_OIF], &o->hop.ifindex))
        hop_of(a[NHA_GATEWAY], NULL, o->hop.ifindex, &o->hop);
    for (size_t at = 0;
         a[NHA_GROUP] && at + sizeof(entry) <= mnl_attr_get_payload_len(a[NHA_GROUP]) && o->n_members < GROUP_MAX;
         at += sizeof(entry)) {
        memcpy(&entry, (const uint8_t *)mnl_attr_get_payload(a[NHA_GROUP]) + at, sizeof(entry));
        o->members[o->n_members++] = entry.id;
    }
}

static void object_get(struct kernel_dp *k, uint32_t id, struct object *o)
{
    char buf[128];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

    memset(o, 0, sizeof(*o));
    nlh->nlmsg_type = RTM_GETNEXTHOP;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
    mnl_attr_put_u32(nlh, NHA_ID, id);
    nl_get(&k->request, nlh, on_object, o);
}

static void hops_of_object(struct kernel_dp *k, struct foreign_route *r, struct foreign_hop *hops)
{
    struct object o, member;

    object_get(k, r->kernel_id, &o);
    if (o.is_blackhole)
        r->type = DP_ROUTE_BLACKHOLE;
    if (o.hop.ifindex)
        hops[r->n++] = o.hop;
    for (size_t i = 0; i < o.n_members && r->n < RIB_NEXTHOPS_MAX; i++) {
        object_get(k, o.members[i], &member);
        if (member.hop.ifindex)
            hops[r->n++] = member.hop;
    }
}

static bool type_of(unsigned char kernel_type, uint8_t *out)
{
    if (kernel_type == RTN_UNICAST)
        *out = DP_ROUTE_UNICAST;
    else if (kernel_type == RTN_BLACKHOLE)
        *out = DP_ROUTE_BLACKHOLE;
    else if (kernel_type == RTN_UNREACHABLE || kernel_type == RTN_PROHIBIT) /* says it with other words */
        *out = DP_ROUTE_UNREACHABLE;
    else
        return false;
    return true;
}

/* False: not somebody else's, or of a kind that says nothing about where packets of a prefix go. `hops` has room for
 * RIB_NEXTHOPS_MAX. A nexthop object is not resolved yet. */
static bool foreign_decode(const struct nlmsghdr *nlh, struct foreign_route *out, struct foreign_hop *hops)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    const struct nlattr *a[RTA_MAX + 1];
    uint32_t ifindex = 0;

    memset(out, 0, sizeof(*out));
    if (nlh->nlmsg_len < NL_HEADER + sizeof(*rtm) || rtm->rtm_family != AF_INET || rtm->rtm_flags & RTM_F_CLONED ||
        rtm->rtm_protocol == KERNEL_PROTOCOL || rtm->rtm_protocol <= RTPROT_KERNEL || rtm->rtm_tos ||
        rtm->rtm_src_len || rtm->rtm_dst_len > 32 || !type_of(rtm->rtm_type, &out->type))
        return false;
    nl_attrs(nlh, sizeof(*rtm), a, RTA_MAX + 1);
    out->protocol = rtm->rtm_protocol;
    out->key.table = rtm->rtm_table;
    nl_attr_u32(a[RTA_TABLE], &out->key.table);
    nl_attr_u32(a[RTA_PRIORITY], &out->key.metric);
    if (out->key.table == RT_TABLE_MAIN)
        out->key.table = 0;
    out->key.prefix.addr.family = AF_IPV4;
    out->key.prefix.len = rtm->rtm_dst_len;
    if (rtm->rtm_dst_len > 0 &&
        (!a[RTA_DST] || !addr_from_kernel(AF_INET, mnl_attr_get_payload(a[RTA_DST]),
                                          mnl_attr_get_payload_len(a[RTA_DST]), &out->key.prefix.addr)))
        return false;
    if (nl_attr_u32(a[RTA_NH_ID], &out->kernel_id))
        return true;
    if (a[RTA_MULTIPATH])
        out->n = hops_of_multipath(a[RTA_MULTIPATH], hops);
    else if (nl_attr_u32(a[RTA_OIF], &ifindex) && hop_of(a[RTA_GATEWAY], a[RTA_VIA], ifindex, &hops[0]))
        out->n = 1;
    return true;
}

/* --- what is known --- */

static bool is_our_table(const struct kernel_dp *k, uint32_t table)
{
    struct link_entry *e, *next;

    if (table == 0)
        return true;
    HASH_ITER (hh, k->links, e, next) {
        if (e->link.vrf_table == table)
            return true;
    }
    return false;
}

static struct foreign_key place_of(const struct foreign_key *key)
{
    struct foreign_key place;

    memset(&place, 0, sizeof(place)); /* compared as bytes */
    place.table = key->table;
    place.prefix = key->prefix;
    return place;
}

static struct foreign_place *place_find(const struct kernel_dp *k, const struct foreign_key *key)
{
    struct foreign_key place = place_of(key);
    struct foreign_place *p;

    HASH_FIND(hh, k->foreign.places, &place, sizeof(place), p);
    return p;
}

static void tell(struct kernel_dp *k, const struct foreign_route *r, bool is_gone)
{
    struct dp_nexthop hops[RIB_NEXTHOPS_MAX];
    struct dp_foreign_route out = {.table = r->key.table,
                                   .prefix = r->key.prefix,
                                   .metric = r->key.metric,
                                   .protocol = r->protocol,
                                   .type = r->type,
                                   .has_our_metric = r->key.metric == KERNEL_METRIC,
                                   .n = r->n,
                                   .nexthops = hops};

    memset(hops, 0, r->n * sizeof(hops[0]));
    for (size_t i = 0; i < r->n; i++) {
        hops[i].ifindex = r->hops[i].ifindex;
        hops[i].gateway = r->hops[i].gateway;
    }
    if (k->events->foreign_route)
        k->events->foreign_route(k->events_arg, &out, is_gone);
}

static void route_free(struct kernel_dp *k, struct foreign_route *r)
{
    k->foreign.n--;
    k->foreign.n_at_ours -= r->key.metric == KERNEL_METRIC;
    mem_free(NULL, r->hops);
    mem_free(NULL, r);
}

static bool is_same_content(const struct foreign_route *a, const struct foreign_route *b)
{
    return a->protocol == b->protocol && a->type == b->type && a->n == b->n &&
           (a->n == 0 || memcmp(a->hops, b->hops, a->n * sizeof(a->hops[0])) == 0);
}

static void route_put(struct kernel_dp *k, const struct foreign_route *in)
{
    struct foreign_place *p = place_find(k, &in->key);
    struct foreign_route **link, *r;

    if (!p && k->foreign.n >= FOREIGN_MAX) {
        if (!k->foreign.is_full)
            LOG_ERROR(k->log, "foreign-routes-ignored", "text=\"others have more than %d routes here\"", FOREIGN_MAX);
        k->foreign.is_full = true;
        return;
    }
    if (!p) {
        p = MEM_NEW(NULL, struct foreign_place);
        p->place = place_of(&in->key);
        HASH_ADD(hh, k->foreign.places, place, sizeof(p->place), p);
    }
    for (link = &p->first; *link && (*link)->key.metric < in->key.metric; link = &(*link)->next)
        continue;
    r = *link;
    if (r && r->key.metric == in->key.metric) {
        r->is_seen = true;
        if (is_same_content(r, in))
            return;
        mem_free(NULL, r->hops);
    } else {
        r = MEM_NEW(NULL, struct foreign_route);
        r->key = in->key;
        r->next = *link;
        *link = r;
        k->foreign.n++;
        k->foreign.n_at_ours += r->key.metric == KERNEL_METRIC;
    }
    r->is_seen = true;
    r->protocol = in->protocol;
    r->type = in->type;
    r->n = in->n;
    r->hops = in->n ? mem_dup(NULL, in->hops, in->n * sizeof(in->hops[0])) : NULL;
    k->foreign.protocols[r->protocol / 32] |= 1u << (r->protocol % 32);
    if (p->first == r)
        tell(k, r, false);
}

static void route_drop(struct kernel_dp *k, const struct foreign_key *key, uint8_t protocol)
{
    struct foreign_place *p = place_find(k, key);
    struct foreign_route **link, *r;
    bool was_first;

    if (!p)
        return;
    for (link = &p->first; *link && (*link)->key.metric != key->metric; link = &(*link)->next)
        continue;
    r = *link;
    if (!r || r->protocol != protocol)
        return; /* it has been replaced meanwhile */
    was_first = p->first == r;
    *link = r->next;
    if (was_first)
        tell(k, p->first ? p->first : r, p->first == NULL);
    route_free(k, r);
    if (!p->first) {
        HASH_DEL(k->foreign.places, p);
        mem_free(NULL, p);
    }
    if (k->foreign.is_full && k->foreign.n < FOREIGN_MAX / 2) { /* what was ignored may find room now */
        k->foreign.is_full = false;
        foreign_resync_soon(k, true);
    }
}

/* --- news --- */

/* A route behind another one of others is not told, and one at the end of a VRF's table says nothing; either may have
 * replaced ours. */
static bool is_all_told(const struct kernel_dp *k, const struct foreign_route *r)
{
    const struct foreign_place *p = place_find(k, &r->key);

    if (r->key.metric == KERNEL_METRIC)
        return p && p->first->key.metric == KERNEL_METRIC;
    return r->key.metric != KERNEL_UNREACHABLE_METRIC || r->key.table == 0;
}

/* False: it says nothing of where packets go, or not all of it could be told. */
static bool take(struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    struct foreign_hop hops[RIB_NEXTHOPS_MAX];
    struct foreign_route r;

    if (!foreign_decode(nlh, &r, hops))
        return false;
    if (!is_our_table(k, r.key.table))
        return true;
    r.hops = hops;
    if (nlh->nlmsg_type == RTM_DELROUTE) {
        route_drop(k, &r.key, r.protocol);
        if (k->foreign.has_doubles)
            foreign_resync_soon(k, false);
        return true;
    }
    if (r.kernel_id) {
        k->foreign.has_objects = true;
        hops_of_object(k, &r, hops);
    }
    if (nlh->nlmsg_flags & NLM_F_APPEND)
        k->foreign.has_doubles = true; /* two with one metric: which one is left shows only the table */
    route_put(k, &r);
    return is_all_told(k, &r);
}

bool foreign_message(struct kernel_dp *k, const struct nlmsghdr *nlh)
{
    const struct nlattr *a[RTA_MAX + 1];
    uint32_t metric = 0;

    if (take(k, nlh))
        return false;
    nl_attrs(nlh, sizeof(struct rtmsg), a, RTA_MAX + 1);
    nl_attr_u32(a[RTA_PRIORITY], &metric);
    return metric == KERNEL_METRIC || metric == KERNEL_UNREACHABLE_METRIC;
}

/* --- a look at the tables --- */

static void on_dumped(void *arg, const struct nlmsghdr *nlh)
{
    if (nlh->nlmsg_type == RTM_NEWROUTE)
        take(arg, nlh);
}

/* 0: all tables, all protocols. `buf` has 128 octets. */
static struct nlmsghdr *question(char *buf, uint32_t table, uint8_t protocol)
{
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

    nlh->nlmsg_type = RTM_GETROUTE;
    rtm->rtm_family = AF_INET;
    rtm->rtm_protocol = protocol;
    if (table)
        mnl_attr_put_u32(nlh, RTA_TABLE, table);
    return nlh;
}

static int dump(struct kernel_dp *k, uint32_t table, uint8_t protocol)
{
    int error, torn = 0;
    char buf[128];

    do {
        error = nl_dump(&k->foreign.dump, question(buf, table, protocol), on_dumped, k);
    } while (error == -EINTR && ++torn < TORN_MAX);
    return error == -ENOENT ? 0 : error; /* no such table */
}

static void forget_where(struct kernel_dp *k, bool (*match)(const struct foreign_route *r, const void *arg),
                         const void *arg)
{
    struct foreign_place *p, *next;

    HASH_ITER (hh, k->foreign.places, p, next) {
        struct foreign_route *r = p->first, *after;

        for (; r; r = after) {
            after = r->next;
            if (match(r, arg))
                route_drop(k, &r->key, r->protocol); /* with the last one the place goes, too */
        }
    }
}

static bool is_unseen(const struct foreign_route *r, const void *arg)
{
    (void)arg;
    return !r->is_seen;
}

static bool is_in_table(const struct foreign_route *r, const void *arg)
{
    return r->key.table == *(const uint32_t *)arg;
}

static void unsee(struct kernel_dp *k)
{
    struct foreign_place *p, *next;

    HASH_ITER (hh, k->foreign.places, p, next) {
        for (struct foreign_route *r = p->first; r; r = r->next)
            r->is_seen = false;
    }
}

static void parts_stop(struct kernel_dp *k)
{
    struct foreign_parts *p = &k->foreign.parts;

    if (!p->watch)
        return;
    loop_event_unwatch(p->watch);
    p->watch = NULL;
    nl_close(&p->sock);
}

static void parts_end(struct kernel_dp *k, int error)
{
    void (*done)(struct kernel_dp *, int) = k->foreign.parts.done;

    parts_stop(k);
    monitor_hold(k, false);
    if (!error)
        forget_where(k, is_unseen, NULL);
    if (error)
        LOG_ERROR(k->log, "foreign-dump-failed", "error=\"%s\"", strerror(-error));
    k->foreign.parts.done = NULL;
    if (k->is_started)
        pace_done(&k->foreign.pace, loop_now_us(k->loop), loop_now_us(k->loop) - k->foreign.parts.began_us, false);
    if (k->foreign.is_again_due)
        foreign_resync_soon(k, false);
    k->foreign.is_again_due = false;
    if (done)
        done(k, error);
}

static int parts_ask(struct kernel_dp *k)
{
    char buf[128];

    return nl_dump_begin(&k->foreign.parts.sock, question(buf, 0, 0), &k->foreign.parts.answer);
}

static void on_part(void *arg)
{
    struct kernel_dp *k = arg;
    struct foreign_parts *p = &k->foreign.parts;
    int error;

    if (!nl_dump_go_on(&p->sock, &p->answer, BUFFERS_A_TURN, &error))
        return;
    if (error == -EINTR && ++p->torn < TORN_MAX && parts_ask(k) == 0)
        return;
    parts_end(k, error);
}

void foreign_tell_all(struct kernel_dp *k, void (*done)(struct kernel_dp *k, int error))
{
    struct foreign_parts *p = &k->foreign.parts;
    int error;

    parts_stop(k); /* what was thrown away since it began may be what it has passed */
    timer_cancel(&k->foreign.resync);
    unsee(k);
    k->foreign.is_whole_due = false;
    p->answer.fn = on_dumped;
    p->answer.arg = k;
    p->torn = 0;
    p->began_us = loop_now_us(k->loop);
    p->done = done ? done : p->done;
    error = nl_open(&p->sock, NETLINK_ROUTE, true);
    if (!error)
        error = loop_event_watch(k->loop, p->sock.fd, on_part, k, &p->watch);
    if (error)
        nl_close(&p->sock);
    else
        monitor_hold(k, true);
    if (!error)
        error = parts_ask(k);
    if (error)
        parts_end(k, error);
}

/* Of the protocols that had routes here only: our own million need not be looked at. */
static int look_at_known(struct kernel_dp *k)
{
    int error = 0;

    unsee(k);
    for (unsigned protocol = 0; !error && protocol < 256; protocol++) {
        if (k->foreign.protocols[protocol / 32] & 1u << (protocol % 32))
            error = dump(k, 0, (uint8_t)protocol);
    }
    if (!error)
        forget_where(k, is_unseen, NULL);
    return error;
}

static void on_resync(void *arg)
{
    struct kernel_dp *k = arg;
    uint64_t start = loop_now_us(k->loop);
    int error;

    if (k->foreign.parts.watch) {
        k->foreign.is_again_due = true;
        return;
    }
    if (k->foreign.is_whole_due) {
        foreign_tell_all(k, NULL);
        return;
    }
    error = look_at_known(k);
    if (error)
        LOG_ERROR(k->log, "foreign-dump-failed", "error=\"%s\"", strerror(-error));
    pace_done(&k->foreign.pace, loop_now_us(k->loop), loop_now_us(k->loop) - start, false);
}

void foreign_resync_soon(struct kernel_dp *k, bool is_whole)
{
    k->foreign.is_whole_due |= is_whole;
    if (!timer_is_armed(&k->foreign.resync))
        timer_arm_ms(&k->foreign.resync, pace_wait_ms(&k->foreign.pace, loop_now_us(k->loop), RESYNC_MS));
}

/* A write of ours that was on its way when a stranger's route with our metric came has replaced it, and nobody says so.
 */
void foreign_written(struct kernel_dp *k)
{
    if (k->foreign.n_at_ours)
        foreign_resync_soon(k, false);
}

void foreign_nexthop_changed(struct kernel_dp *k)
{
    if (k->foreign.has_objects && !timer_is_armed(&k->foreign.resync)) /* another daemon may change thousands */
        timer_arm_ms(&k->foreign.resync, pace_wait_ms(&k->foreign.pace, loop_now_us(k->loop), OBJECTS_RESYNC_MS));
}

void foreign_table_appeared(struct kernel_dp *k, uint32_t table)
{
    if (k->is_started)
        dump(k, table, 0);
}

void foreign_table_gone(struct kernel_dp *k, uint32_t table)
{
    forget_where(k, is_in_table, &table);
}

void foreign_link_lost(struct kernel_dp *k, uint32_t ifindex)
{
    struct foreign_place *p, *next;

    HASH_ITER (hh, k->foreign.places, p, next) {
        for (struct foreign_route *r = p->first; r; r = r->next) {
            for (size_t i = 0; i < r->n; i++) {
                if (r->hops[i].ifindex != ifindex)
                    continue;
                foreign_resync_soon(k, false);
                return;
            }
        }
    }
}

int foreign_open(struct kernel_dp *k)
{
    timer_init(&k->foreign.resync, k->loop, on_resync, k);
    return nl_open(&k->foreign.dump, NETLINK_ROUTE, false);
}

static bool is_any(const struct foreign_route *r, const void *arg)
{
    (void)r;
    (void)arg;
    return true;
}

void foreign_close(struct kernel_dp *k)
{
    parts_stop(k);
    k->events_copy.foreign_route = NULL; /* nobody is told any more */
    forget_where(k, is_any, NULL);
    timer_cancel(&k->foreign.resync);
    nl_close(&k->foreign.dump);
}
