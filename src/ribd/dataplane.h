/* SPDX-License-Identifier: Apache-2.0
 *
 * What ribd needs of a forwarding plane. Two backends: the Linux kernel over netlink (src/ribd/dataplane/) and the
 * simulated kernel (lib/sim), which behaves alike, surprises included (nexthop objects and their routes vanish silently
 * on carrier loss, enslaving bounces a port and loses its routes, ...). The data plane executes; it keeps no intent:
 * ribd does.
 *
 * Writes are queued in order and sent by flush(). Each write has a cookie; after the barrier of its batch its outcome
 * is told by events.result: once per write, 0 or -errno with the kernel's own words. Order of events: results of a
 * batch, then batch_done.
 */
#pragma once

#include "strata/addr.h"
#include "strata/label.h"
#include "strata/rib.h"

struct dataplane;

struct dp_platform {
    bool has_mpls, has_vrf, has_guard; /* mpls_router + mpls_iptunnel; vrf devices; nftables netdev hook */
    uint32_t platform_labels;
    char missing[2000]; /* what is missing and what to do, in clear words, a line each; "" if nothing */
};

struct dp_link {
    uint32_t ifindex;
    char name[RIB_IFNAME_MAX];
    char alias[128];
    uint32_t mtu;
    uint32_t master;    /* ifindex of the VRF device, 0 */
    uint32_t vrf_table; /* if this is a VRF device: its table, else 0 */
    bool is_admin_up, has_carrier, is_loopback;
};

/* Fully resolved: device and labels. A gateway that is unset means attached. */
struct dp_nexthop {
    uint32_t ifindex;
    struct ip_addr gateway;
    struct out_label label; /* NONE or implicit null: nothing is pushed */
    uint8_t ttl;            /* of the labels that are put on an IP packet; 0: the packet's own */
};

struct dp_route {
    uint32_t table; /* 0 = main */
    struct prefix prefix;
    uint32_t nexthop_id; /* a nexthop object; 0: blackhole/unreachable by `type` */
    enum { DP_ROUTE_UNICAST, DP_ROUTE_BLACKHOLE, DP_ROUTE_UNREACHABLE } type;
};

struct dp_label {
    uint32_t in_label;
    uint32_t lookup_ifindex; /* pop and look up: the VRF device (or lo); else 0 and: */
    bool keeps_ttl;          /* a packet that is bare after the pop keeps its own TTL, less one: pipe */
    uint8_t n_nexthops;
    struct dp_nexthop nexthops[RIB_NEXTHOPS_MAX]; /* label implicit null: pop to next hop. NONE is refused (-EINVAL). */
};

/* A route of somebody else in the main table or in that of a VRF device; not the kernel's own (addresses). */
struct dp_foreign_route {
    uint32_t table;
    struct prefix prefix;
    uint32_t metric;
    uint8_t protocol;    /* rtm_protocol: 3 boot, 4 static, 16 dhcp, ... */
    uint8_t type;        /* as in dp_route */
    bool has_our_metric; /* it has replaced ours, if ours was there */
    size_t n;
    const struct dp_nexthop *nexthops; /* without labels, which may be there */
};

/* Since the data plane object was made. */
struct dp_counters {
    uint64_t overruns; /* notifications of the kernel were lost */
    uint64_t resyncs;  /* all was compared anew because of it */
    bool is_resync_due;
    uint64_t resync_in_ms;
};

struct dp_events {
    void (*link)(void *arg, const struct dp_link *link); /* new or changed */
    void (*link_gone)(void *arg, uint32_t ifindex);
    void (*address)(void *arg, uint32_t ifindex, const struct prefix *a, bool is_gone);
    void (*started)(void *arg); /* links and addresses that exist have all been told */
    void (*result)(void *arg, uint64_t cookie, int error, const char *text);
    void (*batch_done)(void *arg);
    /* One of our entries was changed or removed by somebody else, or notifications were lost (resync): audit again. */
    void (*foreign_change)(void *arg, const char *what);
    /* A route of somebody else appeared, changed or (is_gone) went; those that exist are told before started(). Of
     * several for one prefix only the one that the kernel takes. May be NULL. */
    void (*foreign_route)(void *arg, const struct dp_foreign_route *r, bool is_gone);
    /* Another program has an entry for a label, or (is_gone) has it no more; those that exist are told before
     * started(). Told again, it may have replaced one of ours. May be NULL. */
    void (*foreign_label)(void *arg, uint32_t label, bool is_gone);
    /* The guard table is gone (somebody flushed the ruleset): input is off on guarded interfaces. The data plane
     * restores the table from what it was told, then input; nobody else has to do anything. */
    void (*guard_lost)(void *arg);
    void (*guard_restored)(void *arg); /* all is there again; may be NULL */
    /* What guard_enable asked for last is so now. May be NULL. */
    void (*guard_switched)(void *arg, bool is_enabled);
};

/* Each entry of ours that the kernel holds, for adoption at our start and for the audit. */
struct dp_dump {
    void (*nexthop)(void *arg, uint32_t id, const struct dp_nexthop *nh, size_t n);
    void (*route)(void *arg, const struct dp_route *route);
    void (*label)(void *arg, const struct dp_label *label);
    void (*guard)(void *arg, uint32_t ifindex, uint32_t label);
    void (*done)(void *arg, int error); /* the last word: 0 or -errno */
};

struct dp_ops {
    /* Starts listening; existing links and addresses come as events, then started(). 0 or -errno. */
    int (*start)(struct dataplane *dp, const struct dp_events *ev, void *arg);
    void (*platform)(struct dataplane *dp, struct dp_platform *out);
    /* Tells all of it, a bounded part in each turn or at once, then done(). Each entry that is there from the beginning
     * to the end is told once, and may be told as it was at any moment in between. 0 or -errno: then done() does not
     * come. One at a time; dump_stop() breaks it off, without a word. */
    int (*dump)(struct dataplane *dp, const struct dp_dump *fn, void *arg);
    void (*dump_stop)(struct dataplane *dp);

    /* What it set up beside entries (switches, rules, ends of VRF tables, inputs, the guard) against the kernel: calls
     * fn (may be NULL) for each difference, mends them if asked to. Returns how many, or -errno. NULL: it has none. */
    int (*audit)(struct dataplane *dp, bool is_repair, void (*fn)(void *arg, const char *difference), void *arg);

    /* Once per start: platform_labels, rule order (l3mdev before local), {tcp,udp,raw}_l3mdev_accept=0, forwarding on,
     * rp_filter off, ip_ttl_propagate. 0 or -errno. Immediate. */
    int (*setup)(struct dataplane *dp, uint32_t platform_labels);

    /* Immediate (configuration, not bulk): 0 or -errno with text in `why` (may be NULL; size RIB_TEXT_MAX). */
    /* Creates or adopts (by table and alias) the VRF device, its `unreachable default`, and brings it up. */
    int (*vrf_create)(struct dataplane *dp, const char *device, uint32_t table, const char *alias, char *why);
    /* The device goes now; the table is flushed in parts, as long as no vrf_create() wants it again. */
    int (*vrf_destroy)(struct dataplane *dp, const char *device, uint32_t table, char *why);
    /* vrf_device NULL: none. Does nothing if it is so already (enslaving bounces the port). */
    int (*link_set_master)(struct dataplane *dp, uint32_t ifindex, const char *vrf_device, char *why);
    int (*link_set)(struct dataplane *dp, uint32_t ifindex, bool is_up, uint32_t mtu /* 0 = leave */, char *why);
    int (*link_set_mpls)(struct dataplane *dp, uint32_t ifindex, bool accepts_labels,
                         char *why); /* net.mpls.conf.X.input */
    int (*address_set)(struct dataplane *dp, uint32_t ifindex, const struct prefix *a, bool is_present, char *why);

    /* Bulk: queued until flush. Replace is make-before-break. Deleting what is absent is a success. */
    void (*nexthop_set)(struct dataplane *dp, uint64_t cookie, uint32_t id, const struct dp_nexthop *nh, size_t n);
    void (*nexthop_del)(struct dataplane *dp, uint64_t cookie, uint32_t id);
    void (*route_set)(struct dataplane *dp, uint64_t cookie, const struct dp_route *route);
    void (*route_del)(struct dataplane *dp, uint64_t cookie, uint32_t table, const struct prefix *p);
    void (*label_set)(struct dataplane *dp, uint64_t cookie, const struct dp_label *label);
    void (*label_del)(struct dataplane *dp, uint64_t cookie, uint32_t in_label);
    /* Guarded interfaces accept only listed {interface, label}; hook first, then input. Labels 0-15 are refused. */
    void (*guard_interface)(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, bool is_guarded);
    void (*guard_set)(struct dataplane *dp, uint64_t cookie, uint32_t ifindex, uint32_t label, bool is_allowed);
    /* Operator's switch for tests and emergencies: false lets every label pass. 0: it is so. -EINPROGRESS: it will be,
     * and guard_switched tells, unless the other is asked for before; `why` says what has been in the way, "" if
     * nothing. Asking again for the same changes nothing. Else -errno with `why`: it cannot be; after an attempt to
     * switch it on no guarded interface takes labels. */
    int (*guard_enable)(struct dataplane *dp, bool is_enabled, char *why);
    uint64_t (*guard_drops)(struct dataplane *dp, uint32_t ifindex); /* packets dropped by the guard there */
    void (*count)(struct dataplane *dp, struct dp_counters *out);    /* NULL: it loses nothing */
    void (*flush)(struct dataplane *dp);
    void (*destroy)(struct dataplane *dp); /* leaves the kernel as it is */
};

/* Each backend's object embeds this first. */
struct dataplane {
    const struct dp_ops *ops;
};
