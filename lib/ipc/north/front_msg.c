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
    pb.is_shared = r->is_shared;
    pb.is_in_parts = r->is_in_parts;
    pb.datastore = (uint32_t)r->datastore;
    pb.source = (uint32_t)r->source;
    pb.filter = (uint32_t)r->filter;
    pb.content = (uint32_t)r->content;
    pb.defaults = (uint32_t)r->defaults;
    pb.default_operation = (uint32_t)r->default_operation;
    pb.error_option = (uint32_t)r->error_option;
    pb.test_option = (uint32_t)r->test_option;
    pb.confirm_sec = r->confirm_sec;
    pb.persist = pb_text(r->persist);
    pb.persist_id = pb_text(r->persist_id);
    return ipc_send_pb(c, FRONT_MSG_REQUEST, &pb.base);
}

static bool has_good_numbers(const Strata__Front__Request *pb)
{
    return pb->op >= FRONT_LOAD && pb->op < FRONT_OP_END && pb->format <= FRONT_XML && pb->load <= FRONT_OVERRIDE &&
           pb->datastore < FRONT_DATASTORE_END && pb->source < FRONT_DATASTORE_END && pb->filter <= FRONT_XPATH &&
           pb->content <= FRONT_STATE_ONLY && pb->defaults <= FRONT_REPORT_ALL_TAGGED &&
           pb->default_operation <= FRONT_DEFAULT_NONE && pb->error_option <= FRONT_ROLLBACK_ON_ERROR &&
           pb->test_option <= FRONT_TEST_ONLY;
}

int front_request_decode(const uint8_t *payload, size_t len, uint64_t *id, struct front_request *r, void **held)
{
    Strata__Front__Request *pb = strata__front__request__unpack(NULL, len, payload);
    if (!pb || !has_good_numbers(pb)) {
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
        .is_shared = pb->is_shared,
        .is_in_parts = pb->is_in_parts,
        .datastore = (enum front_datastore)pb->datastore,
        .source = (enum front_datastore)pb->source,
        .filter = (enum front_filter)pb->filter,
        .content = (enum front_content)pb->content,
        .defaults = (enum front_defaults)pb->defaults,
        .default_operation = (enum front_default_operation)pb->default_operation,
        .error_option = (enum front_error_option)pb->error_option,
        .test_option = (enum front_test_option)pb->test_option,
        .confirm_sec = pb->confirm_sec,
        .persist = pb->persist,
        .persist_id = pb->persist_id,
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
    pb.has_more = r->has_more;
    pb.tag = pb_text(r->tag);
    pb.app_tag = pb_text(r->app_tag);
    pb.path = pb_text(r->path);
    pb.info = pb_text(r->info);
    return ipc_send_pb(c, FRONT_MSG_REPLY, &pb.base);
}

int front_reply_decode(const uint8_t *payload, size_t len, struct front_reply *r, void **held)
{
    Strata__Front__Reply *pb = strata__front__reply__unpack(NULL, len, payload);
    if (!pb)
        return -EBADMSG;
    *r = (struct front_reply){
        .id = pb->id,
        .error = pb->error,
        .text = pb->text,
        .note = pb->note,
        .has_more = pb->has_more,
        .tag = pb->tag,
        .app_tag = pb->app_tag,
        .path = pb->path,
        .info = pb->info,
    };
    *held = pb;
    return 0;
}

void front_reply_release(void *held)
{
    strata__front__reply__free_unpacked(held, NULL);
}

int front_notice_send(struct ipc_conn *c, const struct front_notice *n)
{
    Strata__Front__Notice pb = STRATA__FRONT__NOTICE__INIT;
    pb.time = pb_text(n->time);
    pb.text = pb_text(n->text);
    pb.is_replay_done = n->is_replay_done;
    return ipc_send_pb(c, FRONT_MSG_NOTICE, &pb.base);
}

int front_notice_decode(const uint8_t *payload, size_t len, struct front_notice *n, void **held)
{
    Strata__Front__Notice *pb = strata__front__notice__unpack(NULL, len, payload);
    if (!pb)
        return -EBADMSG;
    *n = (struct front_notice){.time = pb->time, .text = pb->text, .is_replay_done = pb->is_replay_done};
    *held = pb;
    return 0;
}

void front_notice_release(void *held)
{
    strata__front__notice__free_unpacked(held, NULL);
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
