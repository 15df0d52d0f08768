/* SPDX-License-Identifier: Apache-2.0
 *
 * Encode and decode of the conversation between a front end and mgmtd. The only place that knows its protobuf types.
 */
#include "lib/ipc/north/front_msg.h"

#include <errno.h>

#include "front.pb-c.h"
#include "lib/ipc/ipc_pb.h"

static char *pb_text(const char *s)
{
    return (char *)(uintptr_t)(s ? s : "");
}

int front_request_send(struct ipc_conn *c, uint64_t id, const struct front_request *r)
{
    Strata__Front__Request pb = STRATA__FRONT__REQUEST__INIT;
    pb.id = id;
    pb.op = (uint32_t)r->op;
    pb.format = (uint32_t)r->format;
    pb.load = (uint32_t)r->load;
    pb.number = r->number;
    pb.is_candidate = r->is_candidate;
    pb.is_expanded = r->is_expanded;
    pb.text = pb_text(r->text);
    pb.name = pb_text(r->name);
    pb.path = pb_text(r->path);
    pb.argument = pb_text(r->argument);
    return ipc_send_pb(c, FRONT_MSG_REQUEST, &pb.base);
}

int front_request_decode(const uint8_t *payload, size_t len, uint64_t *id, struct front_request *r, void **held)
{
    Strata__Front__Request *pb = strata__front__request__unpack(NULL, len, payload);
    bool is_good =
        pb && pb->op >= FRONT_LOAD && pb->op < FRONT_OP_END && pb->format <= FRONT_XML && pb->load <= FRONT_OVERRIDE;
    if (!is_good) {
        if (pb)
            strata__front__request__free_unpacked(pb, NULL);
        return -EBADMSG;
    }
    *id = pb->id;
    *r = (struct front_request){
        .op = (enum front_op)pb->op,
        .format = (enum front_format)pb->format,
        .load = (enum front_load)pb->load,
        .number = pb->number,
        .is_candidate = pb->is_candidate,
        .is_expanded = pb->is_expanded,
        .text = pb->text,
        .name = pb->name,
        .path = pb->path,
        .argument = pb->argument,
    };
    *held = pb;
    return 0;
}

void front_request_release(void *held)
{
    strata__front__request__free_unpacked(held, NULL);
}

int front_reply_send(struct ipc_conn *c, const struct front_reply *r)
{
    Strata__Front__Reply pb = STRATA__FRONT__REPLY__INIT;
    pb.id = r->id;
    pb.error = r->error;
    pb.text = pb_text(r->text);
    pb.note = pb_text(r->note);
    return ipc_send_pb(c, FRONT_MSG_REPLY, &pb.base);
}

int front_reply_decode(const uint8_t *payload, size_t len, struct front_reply *r, void **held)
{
    Strata__Front__Reply *pb = strata__front__reply__unpack(NULL, len, payload);
    if (!pb)
        return -EBADMSG;
    *r = (struct front_reply){.id = pb->id, .error = pb->error, .text = pb->text, .note = pb->note};
    *held = pb;
    return 0;
}

void front_reply_release(void *held)
{
    strata__front__reply__free_unpacked(held, NULL);
}

int front_needed_send(struct ipc_conn *c, const char *const *daemons, size_t n)
{
    Strata__Front__Needed pb = STRATA__FRONT__NEEDED__INIT;
    pb.n_daemons = n;
    pb.daemons = (char **)(uintptr_t)daemons;
    return ipc_send_pb(c, FRONT_MSG_NEEDED, &pb.base);
}

int front_needed_decode(const uint8_t *payload, size_t len, const char *const **daemons, size_t *n, void **held)
{
    Strata__Front__Needed *pb = strata__front__needed__unpack(NULL, len, payload);
    if (!pb)
        return -EBADMSG;
    *daemons = (const char *const *)pb->daemons;
    *n = pb->n_daemons;
    *held = pb;
    return 0;
}

void front_needed_release(void *held)
{
    strata__front__needed__free_unpacked(held, NULL);
}
