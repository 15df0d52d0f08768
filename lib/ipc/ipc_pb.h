/* SPDX-License-Identifier: Apache-2.0
 *
 * For the conversations in lib/ only: sends a protobuf-c message as one frame. No daemon includes this.
 */
#pragma once

#include "strata/ipc.h"

#include <protobuf-c/protobuf-c.h>

/* Packs and queues. Outcomes of ipc_send(). */
int ipc_send_pb(struct ipc_conn *c, uint16_t type, const ProtobufCMessage *m);
