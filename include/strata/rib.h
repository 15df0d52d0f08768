/* SPDX-License-Identifier: Apache-2.0
 *
 * The values that daemons and ribd exchange: interfaces, VPN instances, next hops, routes, label entries. Both halves
 * of the conversation (rib_client.h, rib_server.h) speak in these; the wire format is known to lib/ipc alone.
 *
 * A VPN instance is named by `vrf`: 0 is the public instance, else its kernel table id, which ribd keeps over restarts.
 */
#pragma once

#include "strata/addr.h"
#include "strata/label.h"

#define RIB_VRF_PUBLIC   0u
#define RIB_NAME_MAX     64 /* VPN instance names, with NUL */
#define RIB_IFNAME_MAX   16
#define RIB_NEXTHOPS_MAX 64
#define RIB_TEXT_MAX     120

enum rib_client_id {
    RIB_CLIENT_NONE,
    RIB_CLIENT_RIBD,
    RIB_CLIENT_OSPFD,
    RIB_CLIENT_LDPD,
    RIB_CLIENT_BGPD,
    RIB_CLIENT_VPND
};
const char *rib_client_id_name(enum rib_client_id c); /* "ribd", "ospfd", ... */

/* Where a route comes from. Default distances: connected 0, static 1, EBGP 20, OSPF 110, IBGP 200. For one prefix each
 * source of each client holds one route; the lowest distance wins, then the lower source. */
enum rib_source {
    RIB_SOURCE_CONNECTED,
    RIB_SOURCE_STATIC,
    RIB_SOURCE_OSPF,
    RIB_SOURCE_BGP,         /* SAFI 1, and routes of a VPN instance imported from VPNv4 */
    RIB_SOURCE_BGP_LABELED, /* SAFI 4 */
    RIB_SOURCE_KERNEL,      /* somebody else's kernel route */
    RIB_SOURCE_COUNT
};
const char *rib_source_name(enum rib_source s); /* "connected", "static", "ospf", "bgp", "bgp-labeled", "kernel" */

struct rib_interface {
    uint32_t ifindex;
    char name[RIB_IFNAME_MAX];
    uint32_t vrf;
    uint32_t mtu;     /* bytes, IP */
    bool is_up;       /* admin up and carrier */
    bool is_loopback; /* lo, or the VRF device itself: its addresses are the instance's own */
    bool has_mpls;    /* configured under mpls: labelled packets are accepted and sent here */
    bool
        is_guarded; /* only labels given to neighbours here are accepted (design: "a label is only good where given") */
    uint16_t n_addresses;
    struct prefix *addresses; /* with host bits; owned by whoever holds the struct */
};

struct rib_instance {
    uint32_t vrf;
    char name[RIB_NAME_MAX];     /* "" for the public instance */
    char device[RIB_IFNAME_MAX]; /* VRF device, "" for the public instance: bind sockets to it */
    bool is_ready;               /* false: being set up or going away */
};

/* One next hop. Without ifindex it is resolved recursively in `vrf`, through routes and label-switched paths. */
struct rib_nexthop {
    uint32_t vrf;           /* instance of gateway and interface (a VPN route's is RIB_VRF_PUBLIC) */
    uint32_t ifindex;       /* 0 = resolve */
    struct ip_addr gateway; /* unset with ifindex: attached */
    bool needs_lsp;         /* unusable while only an unlabelled path exists (VPNv4, IBGP labelled) */
    bool is_blackhole;
    bool is_unreachable; /* with is_blackhole: the sender is told (ICMP); ribd's own routes only */
    bool is_foreign;     /* of somebody else's kernel route, which neither instance nor network of the interface bind */
    struct out_label label; /* for all routes on the set; a route's own label (rib_route.label) goes beneath it */
};

struct rib_route {
    uint32_t vrf;
    struct prefix prefix;
    uint8_t source; /* enum rib_source */
    uint8_t distance;
    uint32_t metric;
    uint32_t tag;
    uint32_t nhset;         /* next-hop set id of this client */
    struct out_label label; /* label column: given by the route's next hop for this prefix (BGP); NONE for IGP */
};

/* A route as ribd tells it to subscribers (redistribution, LDP's FECs): the best route of the prefix. */
struct rib_best_route {
    uint32_t vrf;
    struct prefix prefix;
    uint8_t source;
    uint8_t distance;
    uint32_t metric;
    uint32_t tag;
    bool has_label; /* the best route is a BGP labelled route or VPN route: an LSP continues through it */
    bool is_usable; /* resolved and installed */
    uint16_t n_nexthops;
    struct {
        struct ip_addr gateway; /* unset: attached (connected) */
        uint32_t ifindex;       /* resolved outgoing interface; 0 if unresolved */
    } nexthops[RIB_NEXTHOPS_MAX];
};

struct rib_nexthop_state {
    uint32_t watch;
    bool is_usable; /* resolved, and over a label-switched path if it was asked for */
    bool has_lsp;
    uint8_t source;            /* of the route it resolves through */
    uint8_t prefix_len;        /* of that route */
    uint32_t metric;           /* of that route: the IGP cost for BGP */
    uint32_t ifindex;          /* first outgoing interface */
    char reason[RIB_TEXT_MAX]; /* why not usable: "no route to 10.2.0.9", "no label-switched path to 10.2.0.9: ..." */
};

/* What a label stands for. Also the key by which a label survives the restart of its owner: same FEC, same label. */
enum rib_label_purpose {
    RIB_LABEL_LDP = 1,      /* LDP FEC: vrf + prefix */
    RIB_LABEL_BGP_LABELED,  /* SAFI 4 route advertised with next-hop-self: vrf + prefix */
    RIB_LABEL_VPN_ROUTE,    /* per-route VPN label: vrf (instance) + prefix */
    RIB_LABEL_VPN_INSTANCE, /* per-instance VPN label: vrf */
    RIB_LABEL_STATIC
};
const char *rib_label_purpose_name(enum rib_label_purpose p); /* "ldp", "bgp-labeled", "vpn-route", ... */

struct rib_fec {
    uint8_t purpose; /* enum rib_label_purpose */
    uint32_t vrf;
    struct prefix prefix;   /* zero for RIB_LABEL_VPN_INSTANCE */
    uint64_t discriminator; /* 0, or what else tells two FECs apart */
};

enum rib_label_op {
    RIB_LABEL_SWAP = 1,   /* forward over nhset with `label` beneath; label implicit null: pop to the next hop */
    RIB_LABEL_POP_LOOKUP, /* pop, look the packet up in instance `lookup_vrf`; another label beneath: dropped */
    RIB_LABEL_FOLLOW_FEC  /* forward as the best route of {fec.vrf, fec.prefix} does, with its labels; only over an LSP
                           */
};

struct rib_label_entry {
    uint32_t in_label;
    uint8_t op; /* enum rib_label_op */
    struct rib_fec fec;
    uint32_t nhset;         /* SWAP */
    struct out_label label; /* SWAP: implicit null or stack, never NONE */
    uint32_t lookup_vrf;    /* POP_LOOKUP */
    uint32_t scope;         /* label scope id: to which neighbours it is given; 0 = good on trusted interfaces only */
};

/* Labels that a client may ask for at a time (with twice as many in store it gets none), and how many of its store it
 * keeps when others wait for labels. */
enum { RIB_LABELS_MAX = 16384, RIB_LABELS_KEPT = 4 };

enum rib_label_status {
    RIB_LABEL_INSTALLED = 1, /* acknowledged by the kernel: may be advertised */
    RIB_LABEL_UNUSABLE,      /* no usable next hop now: entry is not in the kernel; withdraw. Comes back by itself. */
    RIB_LABEL_FAILED         /* kernel or label manager refused; `reason` says why */
};

struct rib_label_result {
    uint32_t in_label;
    uint8_t status; /* enum rib_label_status */
    uint32_t scope; /* the scope that is in force in the guard now */
    char reason[RIB_TEXT_MAX];
};

/* A neighbour that a label is given to: found on the interfaces that reach `neighbor` in `vrf` (parallel links
 * included). Or an interface itself (ribd's own label entries only). */
struct rib_scope_member {
    uint32_t vrf;
    struct ip_addr neighbor; /* unset with ifindex */
    uint32_t ifindex;
};
