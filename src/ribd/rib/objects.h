/* SPDX-License-Identifier: Apache-2.0
 *
 * The objects inside the RIB, shared by the files of this folder only. Objects that others may hold are counted; one
 * that waits in a queue or for a kernel result lives until it left both.
 */
#pragma once

#include <sys/queue.h>
#include <uthash.h>
#undef HASH_BKT_CAPACITY_THRESH /* 10: each label looks through chains of several that are not in the cache */
#define HASH_BKT_CAPACITY_THRESH 5U

#include "src/ribd/dataplane.h"
#include "src/ribd/rib/rib.h"
#include "src/ribd/rib/view.h"
#include "strata/intern.h"
#include "strata/mem.h"
#include "strata/slab.h"
#include "strata/trie.h"

#define NHID_BLACKHOLE   UINT32_MAX /* dest.kernel_nhid: a blackhole route */
#define NHID_UNREACHABLE (UINT32_MAX - 2)
#define NHID_UNKNOWN     (UINT32_MAX - 1) /* it may have a route, or have dropped it silently */
#define NHID_FIRST       0x00010000u      /* our nexthop objects; the data plane takes 24 bits */
#define NHID_LAST        0x00ffffffu
enum { NHID_PAGE = 65536, NHID_PAGES = (NHID_LAST + 1) / NHID_PAGE };
enum { NHID_PATH_PAGE = 4096, NHID_PATH_PAGES = (NHID_LAST + 1) / NHID_PATH_PAGE };
enum { CLIENTS = RIB_CLIENT_VPND + 1, FAMILIES = 2, DEPTH_MAX = 8 };
/* Who has a prefix resolved anew: a client (its number), or what befell many: fans, walks, sweeps. */
enum { BY_MANY = CLIENTS, QUEUES };

/* A resolved next hop; lists of them are interned, so every byte counts. */
struct rnh {
    uint32_t ifindex;
    struct ip_addr gateway;
    uint8_t is_lsp; /* labels may be put beneath: depth 0 is then an implicit null */
    uint8_t depth;
    uint8_t ttl; /* of the labels; 0: the packet's */
    uint32_t label[LABEL_STACK_MAX];
};
_Static_assert(sizeof(struct rnh) == 24 + 4 * LABEL_STACK_MAX, "no holes: lists are compared as bytes");

struct vec {
    void **at;
    size_t n, room;
};
struct fifo {
    struct vec v;
    size_t head;
};

struct dest;

/* A visit of all prefixes, a part of them in each turn (walk.c). */
struct walk {
    void (*visit)(struct rib *r, struct walk *w, struct dest *d); /* may remove it */
    void (*done)(struct rib *r, struct walk *w);                  /* may be NULL */
    struct vrf *only;                                             /* its prefixes, NULL: all */
    uint32_t client;
    uint32_t vrf_index; /* so far it is: this one, */
    uint8_t family;     /* and in it, */
    bool has_after, is_on, is_again;
    struct prefix after; /* behind this */
    TAILQ_ENTRY(walk) link;
};
TAILQ_HEAD(walks, walk);

/* What its prefixes have before them. */
enum { VRF_QUEUE = 1, VRF_FLUSHED = 2, VRF_REKEY = 4 };

struct vrf {
    uint32_t id;
    uint16_t index; /* in rib.vrf_at */
    bool is_present;
    bool is_pipe; /* ttl.c */
    uint32_t lookup_ifindex;
    struct rib_route_counts counts;
    uint32_t n_unusable, n_far, n_entries[3]; /* counts.c */
    struct far_count *far;
    struct trie *dests[FAMILIES];
    struct trie *nodes[FAMILIES]; /* host prefix -> node, siblings chained */
    struct trie *fecs[FAMILIES];
    uint32_t sources[CLIENTS]; /* subscriptions */
    uint8_t subscribers;       /* bits: who has one */
    struct {
        bool is_due, has_begun;
        struct prefix after; /* so far it is told */
    } dump[CLIENTS];
    uint8_t todo; /* VRF_... */
    struct walk walk;
    UT_hash_handle hh;
};

/* A route. Of a million, so every octet counts: links are handles in rib.space. */
struct route {
    struct path *path;
    uint32_t next_on_path, prev_on_path; /* prev 0: the path's first */
    uint32_t next;                       /* of the same prefix, less preferred */
    uint32_t metric, tag;
    uint16_t epoch;
    uint8_t client : 3, source : 3;
    bool is_selected : 1; /* the first usable one of its prefix */
    bool is_extra : 1;    /* a struct extra_route, not the one inside its prefix */
    uint8_t distance;
};
_Static_assert(sizeof(struct route) == 32 && CLIENTS <= 8 && RIB_SOURCE_COUNT <= 8, "client and source have 3 bits");

/* The second and later routes of a prefix. */
struct extra_route {
    struct route route;
    uint32_t dest;
};

/* A prefix of one instance. It lives in the entry of the instance's trie, which knows the prefix itself. */
struct dest {
    struct route own;     /* one of its routes; unused if it has no path */
    struct path *used;    /* whose nexthop object the kernel route shall use; counted in path.users */
    uint32_t kernel_nhid; /* what the kernel has, 0 nothing */
    uint32_t changed_sec; /* when another route was selected */
    uint32_t routes;      /* the most preferred one */
    uint8_t pending;
    uint8_t told; /* clients (bits) that know it as best route */
    bool is_queued : 1, is_writing : 1, is_reporting : 1, is_failed : 1, in_failed : 1;
    bool is_forced : 1;
    bool is_adopted : 1;  /* a former ribd's, and nobody has told a route since */
    bool is_unusable : 1; /* counted so: no route of it can be used */
    uint8_t audit;        /* the last one that saw it, or in whose time it was written */
};
_Static_assert(sizeof(struct dest) == 56, "with what the trie adds, 72 octets for IPv4");

/* A next-hop set and the label of its own that a route or label entry puts beneath: one nexthop object in the kernel.
 */
struct path_key {
    struct nhset *set;
    struct interned *label; /* struct out_label's stack; NULL is "none" */
    struct fec *fec;        /* LDP's labels of this prefix go on; only where label is NULL */
    uintptr_t is_pipe;      /* 1: labels start with a TTL of their own */
};
/* What the routes and entries of a path are told, a part of them in each turn (fan.c). */
enum {
    FAN_QUEUE = 1,    /* select again */
    FAN_TOUCH = 2,    /* what hangs on the selected one */
    FAN_LOST = 4,     /* the kernel may have lost the object and so what uses it */
    FAN_AGAIN = 8,    /* what was refused for want of the object */
    FAN_REASON = 16,  /* label entries that follow the prefixes may have another reason */
    FAN_ENTRIES = 32, /* label entries of the path itself */
};
struct path {
    struct path_key key;
    uint32_t refs;
    uint32_t users;           /* prefixes whose kernel route uses the object */
    uint32_t id;              /* in the kernel, 0 none */
    uint32_t leaving_id;      /* the one it had last, while its delete is under way */
    uint32_t found_id;        /* what a prefix on it has in the kernel from before our start */
    struct interned *list;    /* of struct rnh; NULL: unusable */
    struct interned *written; /* the same as the kernel has it */
    struct interned *lsp_of;  /* a list that was this one's, */
    struct interned *lsp;     /* and what label entries make of it: ribd_path_lsp() */
    uint32_t routes;          /* the first of them, linked by next_on_path */
    uint8_t lsp_depth;        /* of the deepest stack there */
    LIST_HEAD(, entry) entries;
    LIST_ENTRY(path) on_set;
    uint32_t changed_sec; /* when `list` was last another */
    uint16_t pending;
    bool is_queued, is_writing, is_failed;
    bool is_new;            /* not resolved yet: all its routes wait for that */
    bool is_resolved;       /* since it was queued last */
    uint8_t audit;          /* as in struct dest */
    uint8_t fan, fan_again; /* FAN_...; what needs another pass */
    uint32_t fan_route;     /* the next one */
    struct entry *fan_entry;
    TAILQ_ENTRY(path) fan_link;
    uint32_t lost_round; /* as rib.lost_round: the object was lost, and who used it is not among the routes */
    UT_hash_handle hh;
};
TAILQ_HEAD(paths, path);

struct member {
    struct rib_nexthop nh;
    struct nhset *set;
    struct node *node;   /* recursive */
    struct iface *iface; /* direct */
    LIST_ENTRY(member) on_target;
};
struct nhset {
    struct interned *key; /* the members as given, sorted */
    uint32_t refs;
    bool is_blackhole, is_unreachable;
    bool has_hops, has_hops_in_several; /* to be resolved, in hops_vrf or in several instances */
    uint32_t hops_vrf;
    struct far_count *last_far;
    size_t n;
    struct member *members;
    LIST_HEAD(, path) paths;
    uint8_t fan, fan_again; /* FAN_QUEUE, FAN_REASON: of its paths */
    struct path *fan_path;  /* the next one */
    TAILQ_ENTRY(nhset) fan_link;
    struct path *bare; /* that of label entries: with implicit null */
    UT_hash_handle hh;
};
TAILQ_HEAD(nhsets, nhset);

struct node {
    struct vrf *vrf;
    struct ip_addr addr;
    bool needs_lsp;
    struct node *sibling;
    uint32_t refs;
    struct interned *list;
    bool has_match, is_skipping, is_queued;
    uint8_t match_len;
    struct nhset *match_set; /* for comparison only, never followed */
    uint8_t source;
    uint32_t metric;
    char reason[RIB_TEXT_MAX];
    /* unsettled.c */
    bool is_held, is_try_due;
    uint32_t run, visit_turn, visits, first_visit_sec;
    uint32_t pause_sec, due_sec; /* 0: not among rib.unsettled */
    uint32_t rest_until_sec;     /* held until then, whatever changes */
    uint32_t looked;
    LIST_ENTRY(node) unsettled;
    LIST_HEAD(, member) members;
    LIST_HEAD(, watch) watches;
    LIST_HEAD(, scope_node) scopes;
    LIST_ENTRY(node) skipping;
};

struct watch {
    uint32_t id;
    uint32_t due_at; /* in rib.watches_due */
    uint8_t client;
    bool is_due;
    struct node *node;
    LIST_ENTRY(watch) on_node;
    UT_hash_handle hh;
};

struct iface {
    uint32_t ifindex;
    bool is_present;
    struct rib_interface i;
    LIST_HEAD(, member) members;
    UT_hash_handle hh;
};

/* A prefix that label entries follow or that label peers gave labels for. */
struct fec {
    struct vrf *vrf;
    struct prefix prefix;
    uint32_t refs; /* paths */
    LIST_HEAD(, binding) bindings;
    LIST_HEAD(, entry) entries;
};

struct label_peer {
    uint32_t id;
    uint8_t client;
    bool is_stale;
    uint16_t epoch; /* if it is: since which one of its client */
    struct vrf *vrf;
    size_t n_addresses;
    struct ip_addr *addresses;
    LIST_HEAD(, binding) bindings;
    TAILQ_ENTRY(label_peer) all; /* fresh ones before stale ones */
    UT_hash_handle hh;           /* by id, of the client; not if stale */
};
TAILQ_HEAD(label_peers, label_peer);

struct binding {
    struct label_peer *peer;
    struct fec *fec;
    bool is_implicit_null;
    uint32_t label;
    LIST_ENTRY(binding) on_fec, on_peer;
};

struct scope_node {
    struct scope *scope;
    struct node *node;
    LIST_ENTRY(scope_node) on_node;
};
struct scope {
    struct interned *key; /* members, sorted */
    uint32_t refs;
    bool is_queued;
    size_t n;
    const struct rib_scope_member *members;
    struct scope_node *nodes;
    struct interned *ifindexes; /* guarded interfaces that reach the members, ascending; in rib.keys, NULL: none */
    LIST_HEAD(, entry_guard) entries;
    UT_hash_handle hh;
};

/* What of an entry is rarely there. */
struct entry_rare {
    struct rib_fec fec;             /* if it is not of few octets */
    struct interned *own, *beneath; /* stacks of several labels, in rib.labels */
    struct interned *reason;        /* why it is unusable, in rib.keys; NULL: "" */
};

/* Where the label of an entry may come in. */
struct entry_guard {
    struct scope *scope;
    LIST_ENTRY(entry_guard) on_scope;
    struct interned *let_in; /* interfaces where it is, ascending; in rib.keys */
    uint32_t entry;
};

/* A label entry; there are hundreds of thousands. What its owner told, and what the kernel has. */
struct entry {
    union {
        struct path *path; /* SWAP: of the set, with implicit null; shared by all entries of the set */
        struct fec *fec;   /* FOLLOW_FEC */
    } way;
    LIST_ENTRY(entry) on_way;
    struct interned *written; /* what the kernel has, NULL nothing; */
    uint32_t beneath;         /* and under each of it: ribd_entry_written() puts them together */
    uint32_t own; /* the label that is put beneath the way; of a stack of several: 0, and they are in rare */
    uint32_t in_label;
    union {
        uint32_t nhset;      /* SWAP */
        uint32_t lookup_vrf; /* POP_LOOKUP */
    } told_id;
    uint32_t scope_id;
    uint32_t fec_vrf;
    uint32_t fec_address; /* as it stands in the FEC */
    uint32_t written_lookup;
    uint32_t changed_sec; /* when what is written was last another */
    uint32_t guard, rare; /* handles; 0: it has none */
    uint16_t epoch;
    uint16_t pending;
    uint8_t own_depth, beneath_depth; /* 0: implicit null */
    uint8_t fec_len;
    uint8_t client : 3, op : 2, fec_purpose : 3;
    uint8_t told : 2; /* enum rib_label_status, 0 nothing yet */
    bool has_wide_fec : 1;
    bool written_keeps_ttl : 1;
    bool is_deleted : 1, is_answer_due : 1, is_queued : 1, is_failed : 1;
    bool is_reporting : 1, is_guard_forced : 1;
    bool is_reason_new : 1; /* unusable for another reason than the owner was told */
    bool may_be_there : 1;  /* in the kernel, though nothing is written: it is deleted all the same */
    bool is_refused : 1;    /* one of its writes that are under way: what the guard lets in, or the entry */
    uint8_t counted : 2;    /* counts.h */
};
_Static_assert(sizeof(struct entry) == 88 && CLIENTS <= 8 && RIB_LABEL_STATIC < 8, "small, and its bits are enough");

/* The label entry that was written last: most share its list with the next one. */
struct label_form {
    struct interned *list;
    uint8_t beneath_depth; /* labels beneath each of the list */
    struct dp_label label;
};

/* By label: nothing is searched, and nothing that follows is far away. */
enum { ENTRY_PAGE = 512, ENTRY_PAGES = (LABEL_MAX + ENTRY_PAGE) / ENTRY_PAGE };
struct entry_page {
    uint32_t n;
    struct entry *at[ENTRY_PAGE];
};

struct idmap {
    uint32_t id;
    void *object;
    UT_hash_handle hh;
};

struct client {
    uint16_t epoch;
    struct idmap *nhsets, *scopes;
    struct idmap *last_nhset; /* that a label entry named: the next one mostly names the same */
    struct label_peer *peers;
    struct watch *watches;
    struct walk forget; /* what an earlier session was told */
    struct walk sweep;  /* of what is older than: */
    uint16_t sweep_epoch;
    bool is_sweeping; /* peers and entries */
    uint32_t sweep_label;
};

/* What the kernel refused, in its words, and when it is asked again. */
enum failure_kind { FAILURE_PATH, FAILURE_DEST, FAILURE_ENTRY };
struct failure {
    const void *object;
    struct interned *text; /* with NUL */
    uint32_t next_sec;
    uint16_t pause_sec; /* before that try */
    uint8_t kind;       /* enum failure_kind */
    UT_hash_handle hh;
};

struct adopted_nexthop {
    uint32_t id;
    struct interned *list;
    UT_hash_handle hh, by_list;
};
struct adopted_label {
    uint32_t label, lookup;
    bool keeps_ttl;
    struct interned *list;
    UT_hash_handle hh;
};
struct guard_key {
    uint32_t ifindex, label;
};
struct adopted_guard {
    struct guard_key key;
    UT_hash_handle hh;
};

/* The sweep of what a former ribd left. */
enum adopted_sweep { SWEEP_NONE, SWEEP_FIND, SWEEP_ROUTES, SWEEP_WRITE, SWEEP_REST };

/* While the kernel is read at our start. */
struct adoption {
    bool is_on;
    size_t n;
    struct rib_adoption_events events;
    void *arg;
    size_t n_bounced; /* meanwhile: looked at again at the end */
    struct bounced {
        uint32_t ifindex;
        bool is_device_gone;
    } * bounced;
};

enum { VRFS_MAX = 65535 };

struct rib {
    struct dataplane *dp;
    struct log *log;
    const struct rib_callbacks *cb;
    void *arg;
    bool is_held, is_settling, lacks_mpls;
    bool is_work_due; /* that was said: ribd_rib_settle() follows */
    uint32_t part;    /* of what a turn may do */
    struct vrf *vrfs, **vrf_at;
    struct vrf *last_vrf;    /* that was asked for: the next one mostly is the same */
    struct slab_space space; /* prefixes and routes; its owner is the rib */
    struct slab extra_routes;
    struct trie_pool *dest_pool, *value_pool;
    struct iface *ifaces;
    uint32_t n_missing; /* of them, interfaces that only the configuration names */
    struct nhset *sets;
    struct path *paths;
    struct slab entries, entry_guards, entry_rares;
    struct entry_page *entry_pages[ENTRY_PAGES];
    struct label_form label_form;
    struct scope *scopes;
    struct label_peers label_peers;
    struct client clients[CLIENTS];
    struct failure *failures;
    uint32_t retry_sec;   /* when one of them is due, or some time before; UINT32_MAX: none is */
    uint32_t crowd_sec;   /* when those are due that there was no room to note, */
    uint16_t crowd_pause; /* all together; 0: there are none */
    struct adoption adoption;
    enum adopted_sweep adopted_sweep;
    size_t n_swept;
    struct walk adopted_walk, lost_adopted_walk;
    struct adopted_nexthop *adopted_nexthops, *adopted_by_list;
    struct adopted_label *adopted_labels;
    struct adopted_guard *adopted_guards;
    struct intern_table *lists, *labels, *keys;
    LIST_HEAD(, node) skipping, unsettled;
    uint32_t unsettled_sec; /* when one of them is due, UINT32_MAX: none is */
    uint32_t looked;
    struct vec look_behind;
    /* queues */
    struct walks walks;
    struct paths fans;
    struct nhsets set_fans;
    struct fifo dests[QUEUES], changed_paths; /* resolve: each queue a share in turns, none waits for another's end */
    size_t n_dests;                           /* in all of them */
    size_t dest_turn;                         /* whose turn it was */
    bool is_set_turn;                         /* of the fans */
    struct vec nodes, scopes_due;
    struct fifo write_dests[CLIENTS]; /* by whose route it is: none waits for the end of another's flood */
    struct vec slice, path_slice;     /* of write_dests and write_paths, being written */
    struct fifo write_entries[CLIENTS];
    struct fifo write_paths, report_dests; /* write, report */
    struct vec failed_dests, watches_due, report_entries;
    uint32_t run, turn, now_sec;               /* a run: turns of which each left something to do but the last */
    uint32_t next_nhid;                        /* the first to look at */
    uint64_t *nhid_pages[NHID_PAGES];          /* a bit for each id that is used, nhid.c */
    uint64_t *nhid_leaving[NHID_PAGES];        /* whose delete is under way */
    struct path **nhid_paths[NHID_PATH_PAGES]; /* whose it is, nhid.c */
    size_t n_outstanding;                      /* writes of prefixes and nexthop objects without a result yet */
    size_t n_entry_writes;                     /* the same of label entries and of what the guard lets in of them */
    struct walk lost_walk;                     /* who uses a lost object and is not among its routes */
    uint32_t lost_round;
    struct audit *audit; /* under way */
    uint8_t audit_no;    /* of the last one, never 0 */
    bool is_dump_left;
    bool has_backlog; /* the last settling did not come to an end */
    size_t n_routes, n_prefixes, n_nexthops, n_bindings, n_retries, n_resolutions;
    struct mem_account mem;
};
