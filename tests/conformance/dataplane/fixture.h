/* SPDX-License-Identifier: Apache-2.0
 *
 * What the data-plane conformance suite needs of a backend: one router with FX_PORTS ports, each with one neighbour,
 * and means to see what comes out. Port i is named "p<i>", has MTU 1500 and the address 10.90.<i>.1/24; its neighbour
 * is 10.90.<i>.2 and answers ARP, nothing else. The router's lo has 10.1.0.4/32. All links are up at create.
 */
#pragma once

#include "src/ribd/dataplane.h"
#include "strata/env.h"

enum { FX_PORTS = 3, FX_LABELS_MAX = 20 };

enum fx_kind {
    FX_DATA,        /* UDP */
    FX_PING,        /* ICMP echo request */
    FX_PONG,        /* ICMP echo reply */
    FX_UNREACHABLE, /* ICMP destination unreachable */
};

struct fx_packet {
    uint8_t n_labels;
    uint32_t labels[FX_LABELS_MAX]; /* [0] is the top */
    uint8_t ttl;                    /* of the top label, or of the IP packet without labels; sending 0 = 64 */
    uint8_t ip_ttl;                 /* of the IP packet below; sending 0 = 64 */
    enum fx_kind kind;
    struct ip_addr source, destination;
    uint16_t size; /* sending: of the IP packet, if more than it takes anyway */
    uint16_t id;   /* tells packets apart; an answer to a ping has the ping's */
    uint8_t
        priority_tags; /* sending: that many 802.1Q tags with VLAN id 0 in front; a backend without VLANs ignores it */
};

struct fx; /* of the backend */

struct fx_backend {
    const char *name;
    bool is_time_ours; /* no other process takes any of it */
    unsigned n_seeds;  /* how many random runs it bears */
    struct fx *(*create)(void);
    void (*destroy)(struct fx *fx); /* the dataplane first */
    /* A new data plane object on the same router. The suite destroys it. */
    struct dataplane *(*dataplane)(struct fx *fx);
    const struct env *(*env)(struct fx *fx); /* for a daemon on the router */
    /* Runs the loop until is_done says so, at most `ms`. False: time is over. is_done NULL: for `ms`. */
    bool (*run)(struct fx *fx, bool (*is_done)(void *arg), void *arg, unsigned ms);
    uint32_t (*ifindex)(struct fx *fx, const char *name); /* 0: no such link */
    /* The neighbour's side of the link goes down or up. */
    void (*carrier)(struct fx *fx, unsigned port, bool is_up);
    /* The neighbour sends a packet to the router. */
    void (*send)(struct fx *fx, unsigned port, const struct fx_packet *p);
    /* The next packet with an id of ours that the router sent out there. False: none within `ms`. */
    bool (*receive)(struct fx *fx, unsigned port, struct fx_packet *out, unsigned ms);
    /* net.mpls.conf.<port>.input */
    bool (*accepts_labels)(struct fx *fx, unsigned port);
    /* Things that somebody else does behind our back. */
    void (*foreign_flush_ruleset)(struct fx *fx);
    void (*foreign_delete_route)(struct fx *fx, uint32_t table, const struct prefix *p);
    void (*foreign_delete_label)(struct fx *fx, uint32_t label);
    void (*foreign_admin)(struct fx *fx, unsigned port, bool is_up);        /* the router's side */
    void (*foreign_address)(struct fx *fx, unsigned port, bool is_present); /* that of the port */
    void (*foreign_recreate)(struct fx *fx, unsigned port); /* deleted and made again, with its address */
    void (*foreign_rename)(struct fx *fx, const char *from, const char *to);
    void (*foreign_delete_link)(struct fx *fx, const char *name);
    void (*foreign_input)(struct fx *fx, unsigned port, bool is_on); /* as accepts_labels */
    /* The seal of the guard at a port goes, as its owner only can do it. */
    void (*break_seal)(struct fx *fx, struct dataplane *dp, unsigned port);
    void (*foreign_delete_end)(struct fx *fx, uint32_t table); /* the unreachable default of a VRF's table */
    /* A route of somebody else: to the neighbour at a port. Replaces one of the same metric. */
    void (*foreign_route_add)(struct fx *fx, uint32_t table, const struct prefix *p, unsigned port, uint32_t metric);
    void (*foreign_route_del)(struct fx *fx, uint32_t table, const struct prefix *p, uint32_t metric);
    void (*foreign_replace_label)(struct fx *fx, uint32_t label, unsigned port); /* popped, to the neighbour there */
    void (*foreign_replace_nexthops)(struct fx *fx, unsigned port);              /* all of ours, without labels */
    void (*foreign_delete_nexthops)(struct fx *fx);
    /* Runs the loop for so long while 100 routes of 20.<n>.0.0/16 come and go as fast as they can. */
    void (*foreign_flood)(struct fx *fx, unsigned ms);
    void (*foreign_overrun)(struct fx *fx); /* more news than the data plane has room for, before it reads any */
};

extern const struct fx_backend fx_backend; /* one a program */
