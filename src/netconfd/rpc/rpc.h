/* SPDX-License-Identifier: Apache-2.0
 *
 * An <rpc> (RFC 6241 section 4.1) from its text to what mgmtd is asked, and from mgmtd's answer to the <rpc-reply>.
 * Knows the schema (libyang), and no session, socket or clock: what those know comes in struct rpc_call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/text/buf.h"
#include "src/netconfd/rpc/envelope.h"
#include "strata/front.h"

struct ly_ctx;
struct lyd_node;

#define RPC_TEXT_MAX 1024
struct rpc_fault {    /* RFC 6241 section 4.3 */
    const char *type; /* transport, rpc, protocol, application */
    char tag[64];
    char app_tag[64];           /* "" = none */
    char path[RPC_TEXT_MAX];    /* module names as prefixes; "" = none */
    char message[RPC_TEXT_MAX]; /* text, not yet XML */
    char info[RPC_TEXT_MAX];    /* XML content; "" = none */
};
void rpc_fault_set(struct rpc_fault *f, const char *type, const char *tag, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds <name>value</name> to the info. */
void rpc_fault_info(struct rpc_fault *f, const char *name, const char *value, size_t len);
/* What mgmtd said. */
void rpc_fault_of_reply(struct rpc_fault *f, const struct front_reply *r);

struct rpc {
    struct ly_ctx *ctx;
    struct lyd_node *envelope, *op;
    struct text_buf attributes; /* of the <rpc>, for the <rpc-reply>; each with a blank before it */
    struct envelope text;
};

/* Reads one message. False: *fault says what to reply; the attributes are good nonetheless. rpc_fini in any case. */
bool rpc_read(struct rpc *rpc, struct ly_ctx *ctx, const struct rpc_names *names, const char *text, size_t len,
              struct rpc_fault *fault);
void rpc_fini(struct rpc *rpc);

enum rpc_answer {
    RPC_OK,        /* <ok/> */
    RPC_DATA,      /* <data> of base:1.0 */
    RPC_NMDA_DATA, /* <data> of RFC 8526 */
    RPC_OUTPUT,    /* the reply's own elements, or <ok/> if there are none */
};

struct rpc_call;
struct rpc_plan;
/* Makes the content of the reply, plan->body. False: *fault. */
typedef bool rpc_finish_fn(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *fault);

/* How to do an <rpc>. */
struct rpc_plan {
    bool is_local;         /* `body` is the content of the reply; else `request` goes to mgmtd */
    rpc_finish_fn *finish; /* when mgmtd agreed; NULL: its reply is the content */
    bool ends_session;     /* after the reply */
    bool subscribes;       /* create-subscription; until stop_sec (0 = for ever), seconds since 1970 */
    uint64_t stop_sec;
    struct front_request request;
    enum rpc_answer answer;
    struct text_buf body;
    char *held[6]; /* strings of the request, free() */
    size_t n_held;
};

struct rpc_call {
    const struct rpc *rpc;
    bool is_subscribed;
    uint64_t now_sec; /* wall clock */
};
/* False: *fault. rpc_plan_fini in any case. */
bool rpc_plan_make(const struct rpc_call *call, struct rpc_plan *plan, struct rpc_fault *fault);
void rpc_plan_fini(struct rpc_plan *plan);

/* --- replies, into a buffer --- */
void rpc_write_fault(struct text_buf *out, const struct rpc *rpc, const struct rpc_fault *fault);
void rpc_write_answer(struct text_buf *out, const struct rpc *rpc, const struct rpc_plan *plan, const char *text);
/* The same in pieces: what stands before the data, data, what stands behind. */
void rpc_write_begin(struct text_buf *out, const struct rpc *rpc, const struct rpc_plan *plan);
void rpc_write_data(struct text_buf *out, const struct rpc_plan *plan, const char *text);
void rpc_write_end(struct text_buf *out, const struct rpc_plan *plan);
void rpc_write_notice(struct text_buf *out, const char *time, const char *text);
void rpc_write_hello(struct text_buf *out, const struct ly_ctx *ctx, uint32_t session_id);
