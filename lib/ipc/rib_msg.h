/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the conversation with ribd: each message as values <-> bytes (ribd.proto). Pure. Encode and decode of a
 * message stand in one file. Decoders call a sink row by row; what they refuse ends the session.
 */
#pragma once

#include "lib/ipc/rib_scratch.h"
#include "strata/rib.h"
#include "strata/rib_server.h"

enum { RIB_PROTOCOL_VERSION = 2 };

enum rib_msg_type {
    /* client to ribd */
    RIB_MSG_NHSET_DEFINE = 16, /* IPC_TYPE_FIRST */
    RIB_MSG_NHSET_UNDEFINE,
    RIB_MSG_SCOPE_DEFINE,
    RIB_MSG_SCOPE_UNDEFINE,
    RIB_MSG_ROUTES,
    RIB_MSG_SUBSCRIBE,
    RIB_MSG_WATCHES,
    RIB_MSG_END_OF_REPLAY,
    RIB_MSG_LABELS_WANTED,
    RIB_MSG_LABEL_CLAIM,
    RIB_MSG_LABEL_FREE,
    RIB_MSG_LABEL_ENTRIES,
    RIB_MSG_LABEL_PEER,
    RIB_MSG_BINDINGS,
    RIB_MSG_CLIENT_END,
    /* ribd to client */
    RIB_MSG_READY = 64,
    RIB_MSG_HELD_LABELS,
    RIB_MSG_INTERFACE,
    RIB_MSG_INTERFACE_GONE,
    RIB_MSG_INSTANCE,
    RIB_MSG_INSTANCE_GONE,
    RIB_MSG_BEST_ROUTES,
    RIB_MSG_ROUTES_COMPLETE,
    RIB_MSG_NEXTHOPS,
    RIB_MSG_LABEL_BLOCK,
    RIB_MSG_LABEL_RESULTS,
    RIB_MSG_ROUTES_FAILED,
    RIB_MSG_LABELS_SHORT,
    RIB_MSG_RIBD_END,
};

enum {
    RIB_BATCH_MAX = 4096,    /* rows in a message */
    RIB_INNER_MAX = 65536,   /* next hops or members of all sets in a message */
    RIB_MEMBERS_MAX = 32768, /* members of one scope, addresses of one label peer */
};

/* A status of a label result that only the two halves know: the label is another's, and the client's half finds the FEC
 * another one. */
enum { RIB_LABEL_REFUSED = RIB_LABEL_FAILED + 1 };

/* --- rows --- */
struct rib_row_nhset {
    uint32_t id;
    size_t n;
    const struct rib_nexthop *nexthops;
};
struct rib_row_scope {
    uint32_t id;
    size_t n;
    const struct rib_scope_member *members;
};
struct rib_row_route {
    bool is_gone;
    struct rib_route route;
};
struct rib_row_watch {
    bool is_gone;
    uint32_t id;
    uint32_t vrf;
    struct ip_addr address;
    bool needs_lsp;
};
struct rib_row_label_fec {
    uint32_t label;
    struct rib_fec fec;
};
struct rib_row_label_entry {
    bool is_gone;
    struct rib_label_entry entry;
};
struct rib_row_label_result {
    uint32_t in_label;
    uint32_t scope;
    char *reason;   /* NULL: none */
    uint8_t status; /* 0: no such row */
};
struct rib_row_binding {
    bool is_gone;
    uint32_t peer;
    struct prefix prefix;
    struct out_label label;
};
struct rib_row_best_route {
    bool is_gone;
    const struct rib_best_route *route; /* gone: vrf and prefix alone; only n_nexthops of the next hops need be there */
};
struct rib_row_route_failed {
    uint32_t vrf;
    struct prefix prefix;
    char reason[RIB_TEXT_MAX];
};

/* --- encoders: append nothing, replace what is in `out` --- */
struct rib_msg_buf {
    uint8_t *data;
    size_t len, size;
    struct rib_scratch scratch; /* of the encoder */
};
void rib_msg_buf_fini(struct rib_msg_buf *b);
void rib_msg_pack_bytes(struct rib_msg_buf *out, const void *data, size_t len); /* what was encoded earlier */

/* Rows at most RIB_BATCH_MAX, sets within RIB_NEXTHOPS_MAX, RIB_MEMBERS_MAX and RIB_INNER_MAX: the caller's duty. */
void rib_msg_nhset_define_encode(struct rib_msg_buf *out, const struct rib_row_nhset *rows, size_t n);
void rib_msg_scope_define_encode(struct rib_msg_buf *out, const struct rib_row_scope *rows, size_t n);
void rib_msg_ids_encode(struct rib_msg_buf *out, const uint32_t *ids, size_t n);
void rib_msg_labels_short_encode(struct rib_msg_buf *out, bool all);
void rib_msg_routes_encode(struct rib_msg_buf *out, const struct rib_row_route *rows, size_t n);
void rib_msg_subscribe_encode(struct rib_msg_buf *out, uint32_t vrf, uint32_t sources);
void rib_msg_watches_encode(struct rib_msg_buf *out, const struct rib_row_watch *rows, size_t n);
void rib_msg_labels_wanted_encode(struct rib_msg_buf *out, uint32_t count);
void rib_msg_label_fecs_encode(struct rib_msg_buf *out, const struct rib_row_label_fec *rows, size_t n);
void rib_msg_label_entries_encode(struct rib_msg_buf *out, const struct rib_row_label_entry *rows, size_t n);
void rib_msg_label_peer_encode(struct rib_msg_buf *out, uint32_t peer, bool is_gone, uint32_t vrf,
                               const struct ip_addr *a, size_t n);
void rib_msg_bindings_encode(struct rib_msg_buf *out, const struct rib_row_binding *rows, size_t n);

void rib_msg_interface_encode(struct rib_msg_buf *out, const struct rib_interface *i);
void rib_msg_instance_encode(struct rib_msg_buf *out, const struct rib_instance *i);
void rib_msg_best_routes_encode(struct rib_msg_buf *out, const struct rib_row_best_route *rows, size_t n,
                                uint64_t epoch);
void rib_msg_routes_complete_encode(struct rib_msg_buf *out, uint32_t vrf, uint64_t epoch);
void rib_msg_nexthops_encode(struct rib_msg_buf *out, const struct rib_nexthop_state *rows, size_t n);
size_t rib_msg_label_results_encode(struct rib_msg_buf *out, const struct rib_row_label_result *rows, size_t n,
                                    uint64_t epoch); /* returns how many rows there are */
void rib_msg_routes_failed_encode(struct rib_msg_buf *out, const struct rib_row_route_failed *rows, size_t n);

/* --- decoding --- */
/* What a client says, as calls of rib_server_events. */
struct rib_msg_server_sink {
    const struct rib_server_events *ev;
    void *arg;
    struct rib_session *session;
    const bool *is_closed;       /* set by a call: deliver no more rows; NULL: never */
    struct rib_scratch *scratch; /* where messages are unpacked; NULL: memory of their own */
};

/* What ribd says. Pointers are valid during the call. */
struct rib_msg_client_ops {
    void (*ready)(void *arg);
    void (*held_label)(void *arg, uint32_t label, const struct rib_fec *fec);
    void (*interface)(void *arg, const struct rib_interface *i);
    void (*interface_gone)(void *arg, uint32_t ifindex);
    void (*instance)(void *arg, const struct rib_instance *i);
    void (*instance_gone)(void *arg, uint32_t vrf);
    void (*route)(void *arg, const struct rib_best_route *r, uint64_t epoch);
    void (*route_gone)(void *arg, uint32_t vrf, const struct prefix *p, uint64_t epoch);
    void (*routes_complete)(void *arg, uint32_t vrf, uint64_t epoch);
    void (*nexthop)(void *arg, const struct rib_nexthop_state *n);
    void (*label_block)(void *arg, const uint32_t *labels, size_t n);
    void (*label_result)(void *arg, const struct rib_label_result *r, uint64_t epoch);
    void (*label_refused)(void *arg, uint32_t label, const char *reason);
    void (*label_epoch)(void *arg, uint64_t epoch); /* after the results of a message */
    void (*labels_short)(void *arg, bool all);
    void (*route_failed)(void *arg, uint32_t vrf, const struct prefix *p, const char *reason);
};
struct rib_msg_client_sink {
    const struct rib_msg_client_ops *ops;
    void *arg;
    const bool *is_closed;
    struct rib_scratch *scratch;
};

/* NULL: all rows were delivered. Else what is wrong with the message; rows before it may have been delivered. */
const char *rib_msg_decode_for_server(uint16_t type, const uint8_t *data, size_t len,
                                      const struct rib_msg_server_sink *sink);
const char *rib_msg_decode_for_client(uint16_t type, const uint8_t *data, size_t len,
                                      const struct rib_msg_client_sink *sink);

enum rib_client_id rib_client_id_of(const char *name); /* RIB_CLIENT_NONE if unknown */
