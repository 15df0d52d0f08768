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
enum { PLACES_A_TURN = 1024, SEARCH_MAX = 4096 };

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
        r->seen = k->foreign.look.number;
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
    r->seen = k->foreign.look.number;
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

/* --- looks at the tables, one after the other, each in parts --- */

static void on_dumped(void *arg, const struct nlmsghdr *nlh)
{
    if (nlh->nlmsg_type == RTM_NEWROUTE)
        take(arg, nlh);
}

static void look_end(struct kernel_dp *k, int error);

/* What is not there any more goes, some in each turn. */
static void forget_begin(struct kernel_dp *k)
{
    struct foreign_look *l = &k->foreign.look;

    l->is_forgetting = true;
    l->forget_at = k->foreign.places;
    timer_arm_us(&l->go_on, 0);
}

static bool is_gone(const struct foreign_look *l, const struct foreign_route *r)
{
    return l->kind == LOOK_GONE_TABLE ? r->key.table == l->table : r->seen != l->number;
}

static void forget_some(struct kernel_dp *k)
{
    struct foreign_look *l = &k->foreign.look;
    struct foreign_place *p = l->forget_at, *next_place;

    for (int i = 0; i < PLACES_A_TURN && p; i++, p = next_place) {
        struct foreign_route *r = p->first, *next;

        next_place = p->hh.next;
        for (; r; r = next) {
            next = r->next;
            if (is_gone(l, r))
                route_drop(k, &r->key, r->protocol); /* with the last one the place goes, too */
        }
    }
    l->forget_at = p;
    if (p)
        timer_arm_us(&l->go_on, 0);
    else
        look_end(k, l->labels_error);
}

static void on_labels_read(void *arg, int error)
{
    struct kernel_dp *k = arg;

    k->foreign.look.labels_error = foreign_label_read_end(k, error);
    forget_begin(k); /* of routes all is known */
}

static void read_labels(struct kernel_dp *k)
{
    int error = foreign_label_read(k, &k->foreign.look.reader, on_labels_read);

    if (error)
        on_labels_read(k, error);
}

static int read_routes(struct kernel_dp *k, uint32_t table, uint8_t protocol);

/* Of the protocols that had routes here only: our own million need not be looked at. */
static int read_next_known(struct kernel_dp *k)
{
    struct foreign_look *l = &k->foreign.look;

    for (; l->protocol < 256; l->protocol++) {
        if (k->foreign.protocols[l->protocol / 32] & 1u << (l->protocol % 32))
            return read_routes(k, 0, (uint8_t)l->protocol++);
    }
    forget_begin(k);
    return 0;
}

static void on_routes_read(void *arg, int error)
{
    struct kernel_dp *k = arg;
    struct foreign_look *l = &k->foreign.look;

    error = error == -ENOENT ? 0 : error; /* no such table */
    if (!error && l->kind == LOOK_KNOWN)
        error = read_next_known(k);
    else if (!error && l->kind == LOOK_ALL)
        read_labels(k);
    if (error || l->kind == LOOK_NEW_TABLE)
        look_end(k, error);
}

/* 0: all tables, all protocols. */
static int read_routes(struct kernel_dp *k, uint32_t table, uint8_t protocol)
{
    static const struct nl_reading how = {.fn = on_dumped, .done = on_routes_read, .tries = READER_TRIES};
    char buf[READER_QUESTION_MAX];

    return nl_reader_start(&k->foreign.look.reader, k->loop, route_encode_dump(buf, AF_INET, protocol, table), &how, k);
}

static void look_begin(struct kernel_dp *k, enum foreign_look_kind kind, uint32_t table)
{
    struct foreign_look *l = &k->foreign.look;
    int error = 0;

    monitor_hold(k, true);
    timer_cancel(&l->go_on);
    l->kind = kind;
    l->table = table;
    l->number++;
    l->protocol = 0;
    l->labels_error = 0;
    l->is_forgetting = false;
    l->began_us = loop_now_us(k->loop);
    if (kind == LOOK_KNOWN)
        error = read_next_known(k);
    else if (kind == LOOK_GONE_TABLE)
        forget_begin(k);
    else
        error = read_routes(k, table, 0);
    if (error)
        look_end(k, error);
}

/* What one of some tables did not see, or of some protocols, only one of all makes up for. */
static void look_failed(struct kernel_dp *k, int error)
{
    LOG_ERROR(k->log, "foreign-dump-failed", "error=\"%s\" failures=%u again=1", strerror(-error),
              ++k->foreign.n_failures);
    k->foreign.error = error;
    k->foreign.is_whole_due = k->foreign.is_again_due = true;
}

static void look_end(struct kernel_dp *k, int error)
{
    struct foreign_look *l = &k->foreign.look;
    void (*done)(struct kernel_dp *, int) = l->done;
    bool is_resync = l->kind == LOOK_ALL || l->kind == LOOK_KNOWN;

    if (error)
        look_failed(k, error);
    else if (l->kind == LOOK_ALL)
        k->foreign.n_failures = 0;
    l->kind = LOOK_NONE;
    l->done = NULL;
    monitor_hold(k, false);
    if (k->is_started && is_resync)
        pace_done(&k->foreign.pace, loop_now_us(k->loop), loop_now_us(k->loop) - l->began_us, false);
    if (!monitor_is_behind(k))
        foreign_news_told(k);
    if (l->n_tables)
        timer_arm_us(&l->go_on, 0);
    if (done)
        done(k, error);
}

void foreign_news_told(struct kernel_dp *k)
{
    if (k->foreign.is_again_due)
        foreign_resync_soon(k, false);
    k->foreign.is_again_due = false;
}

static void look_stop(struct kernel_dp *k)
{
    struct foreign_look *l = &k->foreign.look;

    nl_reader_stop(&l->reader);
    timer_cancel(&l->go_on);
    l->kind = LOOK_NONE;
    mem_free(NULL, l->tables);
    l->tables = NULL;
    l->n_tables = 0;
}

static void on_go_on(void *arg)
{
    struct kernel_dp *k = arg;
    struct foreign_look *l = &k->foreign.look;
    struct foreign_table first;

    if (l->is_forgetting && l->kind != LOOK_NONE) {
        forget_some(k);
    } else if (l->kind == LOOK_NONE && l->n_tables) {
        first = l->tables[0];
        memmove(l->tables, l->tables + 1, --l->n_tables * sizeof(first));
        look_begin(k, first.is_new ? LOOK_NEW_TABLE : LOOK_GONE_TABLE, first.table);
    }
}

void foreign_tell_all(struct kernel_dp *k, void (*done)(struct kernel_dp *k, int error))
{
    look_stop(k); /* what was thrown away since it began may be what it has passed; and this one sees all tables */
    timer_cancel(&k->foreign.resync);
    k->foreign.is_whole_due = false;
    k->foreign.look.done = done ? done : k->foreign.look.done;
    look_begin(k, LOOK_ALL, 0);
}

static void on_resync(void *arg)
{
    struct kernel_dp *k = arg;

    if (monitor_is_behind(k)) /* what waits may have gone since, and would be told after it */
        k->foreign.is_again_due = true;
    else if (k->foreign.is_whole_due)
        foreign_tell_all(k, NULL);
    else
        look_begin(k, LOOK_KNOWN, 0);
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

/* In their turn, and not from here: the monitor, which has just told it, is to be held meanwhile. */
static void look_at_table(struct kernel_dp *k, uint32_t table, bool is_new)
{
    struct foreign_look *l = &k->foreign.look;

    l->tables = mem_realloc(NULL, l->tables, (l->n_tables + 1) * sizeof(l->tables[0]));
    l->tables[l->n_tables++] = (struct foreign_table){table, is_new};
    if (l->kind == LOOK_NONE)
        timer_arm_us(&l->go_on, 0);
}

void foreign_table_appeared(struct kernel_dp *k, uint32_t table)
{
    if (k->is_started || k->foreign.look.kind != LOOK_NONE) /* else a look at all is to come */
        look_at_table(k, table, true);
}

void foreign_table_gone(struct kernel_dp *k, uint32_t table)
{
    if (k->foreign.places)
        look_at_table(k, table, false);
}

void foreign_link_lost(struct kernel_dp *k, uint32_t ifindex)
{
    struct foreign_place *p, *next;

    /* To look at the tables, in parts, costs less; and what waits may be over it. */
    if (k->foreign.n > SEARCH_MAX || monitor_is_behind(k)) {
        foreign_resync_soon(k, false);
        return;
    }
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

void foreign_init(struct kernel_dp *k)
{
    timer_init(&k->foreign.resync, k->loop, on_resync, k);
    timer_init(&k->foreign.look.go_on, k->loop, on_go_on, k);
}

void foreign_close(struct kernel_dp *k)
{
    struct foreign_place *p, *next;

    look_stop(k);
    timer_cancel(&k->foreign.resync);
    HASH_ITER (hh, k->foreign.places, p, next) {
        struct foreign_route *r;

        while ((r = p->first)) {
            p->first = r->next;
            route_free(k, r);
        }
        HASH_DEL(k->foreign.places, p);
        mem_free(NULL, p);
    }
}
