/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the rib_msg_*.c files: packing, and the decoders that rib_msg.c dispatches to.
 */
#pragma once

#include "lib/ipc/rib_cols.h"
#include "lib/ipc/rib_msg.h"

void rib_msg_pack(struct rib_msg_buf *out, const ProtobufCMessage *m);

/* For the columns of the message that is encoded now: those of the one before are void. */
static inline struct rib_scratch *rib_msg_scratch(struct rib_msg_buf *out)
{
    rib_scratch_reset(&out->scratch);
    return &out->scratch;
}

/* One turn of unpacking: `m` is typed by the descriptor. NULL, or what is wrong. */
typedef const char *rib_msg_server_fn(const ProtobufCMessage *m, const struct rib_msg_server_sink *sink);
typedef const char *rib_msg_client_fn(const ProtobufCMessage *m, const struct rib_msg_client_sink *sink);

static inline bool rib_msg_is_closed(const bool *is_closed)
{
    return is_closed && *is_closed;
}

rib_msg_server_fn rib_msg_nhset_define_decode, rib_msg_nhset_undefine_decode, rib_msg_scope_define_decode,
    rib_msg_scope_undefine_decode, rib_msg_routes_decode, rib_msg_subscribe_decode, rib_msg_watches_decode,
    rib_msg_end_of_replay_decode, rib_msg_labels_wanted_decode, rib_msg_label_claim_decode, rib_msg_label_free_decode,
    rib_msg_label_entries_decode, rib_msg_label_peer_decode, rib_msg_bindings_decode;

rib_msg_client_fn rib_msg_ready_decode, rib_msg_held_labels_decode, rib_msg_interface_decode,
    rib_msg_interface_gone_decode, rib_msg_instance_decode, rib_msg_instance_gone_decode, rib_msg_best_routes_decode,
    rib_msg_routes_complete_decode, rib_msg_nexthops_decode, rib_msg_label_block_decode, rib_msg_label_results_decode,
    rib_msg_routes_failed_decode, rib_msg_labels_short_decode;
