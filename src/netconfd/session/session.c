/* SPDX-License-Identifier: Apache-2.0
 *
 * See session.h. The end is told to the owner in a turn of its own, so that nothing here is freed amid a callback.
 */
#include "src/netconfd/session/session.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/time.h"
#include "src/netconfd/packet/framing.h"
#include "src/netconfd/packet/hello.h"
#include "src/netconfd/rpc/rpc.h"
#include "src/netconfd/rpc/splice.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

#define OUT_HIGH      (1u << 20)  /* no further <rpc> is read while so much waits to be taken */
#define NOTICE_MAX    (4u << 20)  /* notifications are lost while so much waits */
#define PART_LOW      (1u << 20)  /* the next part of an answer is asked for when no more than that waits */
#define HOLD_MAX      (24u << 20) /* of an answer in parts: what cannot be written yet */
#define REASON_MAX    160
#define TO_MS(sec)    ((uint64_t)(sec)*1000)
#define NC_NOTIFY_NS  "urn:ietf:params:xml:ns:netmod:notification"
#define STOP_CHUNK_MS 60000 /* wall clocks move: how far is asked again each minute */

struct session {
    const struct env *env;
    struct ly_ctx *ctx;
    const struct rpc_names *names;
    const struct session_limits *limits;
    struct stream *stream;
    const struct session_ops *ops;
    void *arg, *data;
    enum session_state state;
    struct framing in;
    enum framing_mode out_mode;
    char host[RELAY_HOST_MAX];
    uint32_t id;
    int uid;
    uint64_t since_us;
    struct session_counters counters;
    struct timer hello, idle, stall, stop, end;
    char reason[REASON_MAX];
    enum session_end how;
    bool is_dropped;

    bool is_input_over; /* the client sends no more, and still reads */

    /* the <rpc> under way */
    bool is_busy, is_closing;
    uint64_t asked; /* id of the request */
    struct rpc rpc;
    struct rpc_plan plan;
    struct splice *splice; /* of its answer, if that comes in parts */
    bool is_amid;          /* the answer has begun: no other message may be written */
    bool wants_part;       /* the next part is to be asked for */
    struct text_buf held;  /* notifications, framed, until the answer is out */

    bool is_subscribed;
    uint64_t stop_sec;              /* of the subscription; 0 = none */
    uint64_t written, taken_before; /* bytes of output: to the stream, and out of it at the last look */
};

const char *session_state_name(enum session_state state)
{
    static const char *const names[] = {"line", "opening", "hello", "ready", "ended"};
    return names[state];
}

static void finish(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void finish(struct session *s, const char *fmt, ...)
{
    va_list args;
    if (s->state == SESSION_ENDED)
        return;
    va_start(args, fmt);
    vsnprintf(s->reason, sizeof(s->reason), fmt, args);
    va_end(args);
    s->state = SESSION_ENDED;
    s->is_dropped = true;
    stream_pause(s->stream, true);
    timer_arm_us(&s->end, 0);
}

static void finish_closed(struct session *s)
{
    if (s->state == SESSION_ENDED)
        return;
    finish(s, "closed by the client");
    s->how = SESSION_CLOSED;
    s->is_dropped = false;
}

static void on_end(void *arg)
{
    struct session *s = arg;
    s->ops->ended(s, s->reason, s->arg);
}

static void on_hello_timeout(void *arg)
{
    struct session *s = arg;
    finish(s, s->state == SESSION_OPENING ? "mgmtd does not answer" : "no hello in time");
}

static void on_idle(void *arg)
{
    struct session *s = arg;
    if (s->is_subscribed || s->is_busy)
        timer_arm_ms(&s->idle, TO_MS(s->limits->idle_sec));
    else
        finish(s, "idle for %u s", s->limits->idle_sec);
}

static void restart_idle(struct session *s)
{
    if (s->limits->idle_sec)
        timer_arm_ms(&s->idle, TO_MS(s->limits->idle_sec));
    else
        timer_cancel(&s->idle);
}

/* --- out --- */

static void on_stall(void *arg)
{
    struct session *s = arg;
    size_t pending = stream_pending(s->stream);
    uint64_t taken = s->written - pending;
    if (pending == 0)
        return;
    if (taken == s->taken_before) {
        finish(s, "nobody reads: %zu bytes waited for %u s", pending, s->limits->stall_sec);
        return;
    }
    s->taken_before = taken;
    timer_arm_ms(&s->stall, TO_MS(s->limits->stall_sec));
}

static void watch_stall(struct session *s)
{
    if (timer_is_armed(&s->stall))
        return;
    s->taken_before = s->written - stream_pending(s->stream);
    timer_arm_ms(&s->stall, TO_MS(s->limits->stall_sec));
}

static void write_bytes(struct session *s, const char *data, size_t len)
{
    if (len == 0)
        return;
    stream_write(s->stream, data, len);
    s->written += len;
}

/* Part of a message, at least one octet. */
static void write_piece(struct session *s, const struct text_buf *piece)
{
    char head[FRAMING_MARK_MAX];
    framing_head(s->out_mode, piece->len, head);
    write_bytes(s, head, strlen(head));
    write_bytes(s, piece->data, piece->len);
    watch_stall(s);
}

static void write_tail(struct session *s)
{
    const char *tail = framing_tail(s->out_mode);
    write_bytes(s, tail, strlen(tail));
}

static void write_message(struct session *s, const struct text_buf *message)
{
    write_piece(s, message);
    write_tail(s);
}

static void pump(struct session *s);

static void rpc_done(struct session *s)
{
    rpc_plan_fini(&s->plan);
    rpc_fini(&s->rpc);
    splice_destroy(s->splice);
    s->splice = NULL;
    s->wants_part = false;
    s->is_busy = false;
    s->asked = 0;
    restart_idle(s);
}

static void write_fault(struct session *s, const struct rpc_fault *fault)
{
    struct text_buf out = {0};
    s->counters.errors++;
    rpc_write_fault(&out, &s->rpc, fault);
    write_message(s, &out);
    text_buf_fini(&out);
    rpc_done(s);
}

static void write_answer(struct session *s, const char *text)
{
    struct text_buf out = {0};
    struct rpc_fault fault;
    if (s->plan.finish) {
        struct rpc_call call = {.rpc = &s->rpc};
        if (!s->plan.finish(&call, &s->plan, &fault)) {
            write_fault(s, &fault);
            return;
        }
        text = text_buf_get(&s->plan.body);
    }
    bool is_last = s->plan.ends_session;
    rpc_write_answer(&out, &s->rpc, &s->plan, text);
    write_message(s, &out);
    text_buf_fini(&out);
    rpc_done(s);
    s->is_closing = is_last;
    if (is_last && stream_pending(s->stream) == 0)
        finish_closed(s);
}

/* --- answers in parts --- */

/* Too late to say so in a reply: the client has the beginning of another one. */
static void fail_part(struct session *s, const struct rpc_fault *fault)
{
    if (s->is_amid)
        finish(s, "an answer broke off: %s", fault->message);
    else
        write_fault(s, fault);
}

static void ask_part(struct session *s)
{
    struct front_request more = {.op = FRONT_MORE, .number = (uint32_t)s->asked};
    struct rpc_fault fault;
    if (!s->wants_part || s->state != SESSION_READY || stream_pending(s->stream) > PART_LOW)
        return;
    s->wants_part = false;
    if (!s->ops->ask(s, &more, s->arg)) {
        rpc_fault_set(&fault, "application", "operation-failed", "mgmtd is gone");
        fail_part(s, &fault);
    }
}

static void write_held(struct session *s)
{
    write_bytes(s, text_buf_get(&s->held), s->held.len);
    text_buf_fini(&s->held);
}

static void write_part(struct session *s, const struct text_buf *data, bool is_last)
{
    struct text_buf out = {0};
    if (!data->len && !is_last)
        return;
    if (!s->is_amid)
        rpc_write_begin(&out, &s->rpc, &s->plan);
    s->is_amid = true;
    rpc_write_data(&out, &s->plan, text_buf_get(data));
    if (is_last)
        rpc_write_end(&out, &s->plan);
    write_piece(s, &out);
    text_buf_fini(&out);
    if (!is_last)
        return;
    write_tail(s);
    s->is_amid = false;
    write_held(s);
    rpc_done(s);
}

static void take_part(struct session *s, const struct front_reply *r)
{
    struct text_buf out = {0};
    struct rpc_fault fault;

    if (!s->splice)
        s->splice = splice_create(s->ctx, HOLD_MAX);
    enum splice_outcome outcome = splice_add(s->splice, r->text, &out);
    if (outcome == SPLICE_GOOD) {
        if (!r->has_more)
            splice_end(s->splice, &out);
        s->wants_part = r->has_more;
        write_part(s, &out, !r->has_more);
    } else {
        bool is_big = outcome == SPLICE_TOO_BIG;
        rpc_fault_set(&fault, "application", is_big ? "too-big" : "operation-failed",
                      is_big ? "the answer is too long: ask for less" : "the parts of the answer do not fit together");
        fail_part(s, &fault);
    }
    text_buf_fini(&out);
    ask_part(s);
}

/* --- notifications --- */

static void hold_message(struct session *s, const struct text_buf *message)
{
    char head[FRAMING_MARK_MAX];
    text_buf_puts(&s->held, framing_head(s->out_mode, message->len, head));
    text_buf_add(&s->held, message->data, message->len);
    text_buf_puts(&s->held, framing_tail(s->out_mode));
}

static void write_notice(struct session *s, const char *time, const char *text)
{
    struct text_buf out = {0};
    if (stream_pending(s->stream) + s->held.len > NOTICE_MAX) {
        s->counters.lost_notifications++;
        return;
    }
    s->counters.notifications++;
    rpc_write_notice(&out, time, text);
    (s->is_amid ? hold_message : write_message)(s, &out);
    text_buf_fini(&out);
}

static void subscription_over(struct session *s)
{
    char now[TEXT_TIME_MAX];
    write_notice(s, text_time_write(s->ops->wall_clock_sec(s->arg), now),
                 "<notificationComplete xmlns=\"" NC_NOTIFY_NS "\"/>");
    s->is_subscribed = false;
    restart_idle(s);
}

static void on_stop(void *arg)
{
    struct session *s = arg;
    uint64_t now = s->ops->wall_clock_sec(s->arg);
    if (!s->is_subscribed || s->state != SESSION_READY)
        return;
    if (now >= s->stop_sec) {
        subscription_over(s);
        return;
    }
    uint64_t left = s->stop_sec - now;
    timer_arm_ms(&s->stop, left < STOP_CHUNK_MS / 1000 ? TO_MS(left) : STOP_CHUNK_MS);
}

void session_notice(struct session *s, const struct front_notice *n)
{
    uint64_t at;
    if (s->state != SESSION_READY || !s->is_subscribed)
        return;
    if (n->is_replay_done) {
        char now[TEXT_TIME_MAX];
        write_notice(s, n->time[0] ? n->time : text_time_write(s->ops->wall_clock_sec(s->arg), now),
                     "<replayComplete xmlns=\"" NC_NOTIFY_NS "\"/>");
        if (s->stop_sec)
            on_stop(s);
    } else if (!s->stop_sec || !text_time_read(n->time, &at) || at <= s->stop_sec) {
        write_notice(s, n->time, n->text);
    }
}

/* --- in --- */

static void take_rpc(struct session *s)
{
    struct rpc_fault fault;
    struct rpc_call call = {.rpc = &s->rpc, .is_subscribed = s->is_subscribed};

    s->is_busy = true;
    timer_cancel(&s->idle);
    s->counters.rpcs++;
    if (!rpc_read(&s->rpc, s->ctx, s->names, s->in.data, s->in.len, &fault)) {
        s->counters.bad_rpcs++;
        write_fault(s, &fault);
        return;
    }
    call.now_sec = s->ops->wall_clock_sec(s->arg);
    if (!rpc_plan_make(&call, &s->plan, &fault)) {
        write_fault(s, &fault);
        return;
    }
    if (s->plan.is_local) {
        struct text_buf body = s->plan.body;
        s->plan.body = (struct text_buf){0};
        write_answer(s, text_buf_get(&body));
        text_buf_fini(&body);
        return;
    }
    s->asked = s->ops->ask(s, &s->plan.request, s->arg);
    if (!s->asked) {
        rpc_fault_set(&fault, "application", "too-big", "this is longer than mgmtd takes");
        write_fault(s, &fault);
    }
}

static void take_hello(struct session *s)
{
    struct hello hello;
    const char *error;
    if (!hello_parse(s->in.data, s->in.len, &hello, &error)) {
        finish(s, "hello: %s", error);
        s->how = SESSION_BAD_HELLO;
        return;
    }
    s->in.mode = s->out_mode = hello.has_base_1_1 ? FRAMING_CHUNKED : FRAMING_END_MARK;
    s->state = SESSION_READY;
    timer_cancel(&s->hello);
    restart_idle(s);
    LOG_INFO(s->env->log, "session-open", "session=%u uid=%d host=%s base=%s", s->id, s->uid, s->host,
             hello.has_base_1_1 ? "1.1" : "1.0");
}

static void take_line(struct session *s)
{
    size_t n, used;
    const uint8_t *bytes = stream_peek(s->stream, &n);
    int rc = relay_line_parse((const char *)bytes, n, s->host, &used);
    if (rc < 0)
        finish(s, "no line of the relay");
    if (rc <= 0)
        return;
    stream_consume(s->stream, used);
    s->state = SESSION_OPENING;
    s->ops->open(s, s->arg);
}

/* One message, or what there is of it. False: wait for more bytes. */
static bool take_message(struct session *s)
{
    size_t n, used;
    const uint8_t *bytes = stream_peek(s->stream, &n);
    if (n == 0)
        return false;
    enum framing_outcome outcome = framing_take(&s->in, bytes, n, &used);
    stream_consume(s->stream, used);
    switch (outcome) {
    case FRAMING_MORE:
        return false;
    case FRAMING_BAD:
        finish(s, "framing: %s", s->in.error);
        return false;
    case FRAMING_MESSAGE:
        if (s->state == SESSION_HELLO)
            take_hello(s);
        else
            take_rpc(s);
        return true;
    }
    return false;
}

static bool may_read(const struct session *s)
{
    bool is_listening = s->state == SESSION_HELLO || s->state == SESSION_READY;
    return is_listening && !s->is_busy && !s->is_closing && stream_pending(s->stream) < OUT_HIGH;
}

static void gone(struct session *s)
{
    bool is_amid = framing_is_amid(&s->in);
    if (s->state == SESSION_ENDED)
        return;
    if (s->is_closing) { /* quicker than our own end */
        finish_closed(s);
        return;
    }
    finish(s, is_amid ? "gone amid a message" : "gone");
    s->is_dropped = is_amid;
}

/* Does all that can be done now. */
static void pump(struct session *s)
{
    if (s->state == SESSION_LINE)
        take_line(s);
    while (may_read(s) && take_message(s))
        continue;
    if (s->is_input_over && !s->is_closing && (s->state == SESSION_LINE || may_read(s)) &&
        stream_pending(s->stream) == 0)
        gone(s); /* what it asked was answered */
    if (s->state != SESSION_ENDED)
        stream_pause(s->stream, s->state != SESSION_LINE && !may_read(s));
}

static void on_readable(struct stream *stream, void *arg)
{
    (void)stream;
    pump(arg);
}

static void on_drained(struct stream *stream, void *arg)
{
    struct session *s = arg;
    (void)stream;
    timer_cancel(&s->stall);
    ask_part(s);
    if (s->is_closing)
        finish_closed(s);
    else
        pump(s);
}

static void on_half_closed(struct stream *stream, void *arg)
{
    struct session *s = arg;
    (void)stream;
    s->is_input_over = true;
    pump(s);
}

static void on_closed(struct stream *stream, int error, void *arg)
{
    struct session *s = arg;
    (void)stream;
    if (error)
        finish(s, "%s", strerror(-error));
    else
        gone(s);
}

static const struct stream_events stream_events = {
    .readable = on_readable, .drained = on_drained, .closed = on_closed, .half_closed = on_half_closed};

/* --- mgmtd --- */

void session_opened(struct session *s, uint32_t id)
{
    struct text_buf out = {0};
    if (s->state != SESSION_OPENING)
        return;
    s->id = id;
    s->state = SESSION_HELLO;
    rpc_write_hello(&out, s->ctx, id);
    write_message(s, &out);
    text_buf_fini(&out);
    pump(s);
}

void session_lost(struct session *s, const char *reason, bool is_killed)
{
    if (s->state == SESSION_ENDED)
        return;
    finish(s, "%s", reason);
    s->how = is_killed ? SESSION_KILLED : SESSION_BROKEN_OFF;
}

void session_reply(struct session *s, const struct front_reply *r)
{
    struct rpc_fault fault;
    if (s->state != SESSION_READY || !s->is_busy || r->id != s->asked)
        return;
    if (r->note[0])
        LOG_INFO(s->env->log, "note", "session=%u text=\"%.200s\"", s->id, r->note);
    if (r->error) {
        rpc_fault_of_reply(&fault, r);
        fail_part(s, &fault);
    } else if (r->has_more || s->splice) {
        take_part(s, r);
    } else {
        if (s->plan.subscribes) {
            s->is_subscribed = true;
            s->stop_sec = s->plan.stop_sec;
            timer_cancel(&s->stop);
        }
        write_answer(s, r->text);
        if (s->is_subscribed && s->stop_sec > s->ops->wall_clock_sec(s->arg))
            on_stop(s);
    }
    pump(s);
}

/* --- life --- */

struct session *session_create(const struct env *env, struct ly_ctx *ctx, const struct rpc_names *names,
                               const struct session_limits *limits, struct stream *stream,
                               const struct session_ops *ops, void *arg)
{
    struct session *s = MEM_NEW(NULL, struct session);
    s->env = env;
    s->ctx = ctx;
    s->names = names;
    s->limits = limits;
    s->stream = stream;
    s->ops = ops;
    s->arg = arg;
    s->uid = stream_peer_uid(stream);
    s->since_us = loop_now_us(env->loop);
    framing_init(&s->in, limits->message_bytes);
    timer_init(&s->hello, env->loop, on_hello_timeout, s);
    timer_init(&s->idle, env->loop, on_idle, s);
    timer_init(&s->stall, env->loop, on_stall, s);
    timer_init(&s->stop, env->loop, on_stop, s);
    timer_init(&s->end, env->loop, on_end, s);
    timer_arm_ms(&s->hello, TO_MS(limits->hello_sec));
    stream_set_events(stream, &stream_events, s);
    return s;
}

void session_destroy(struct session *s)
{
    timer_cancel(&s->hello);
    timer_cancel(&s->idle);
    timer_cancel(&s->stall);
    timer_cancel(&s->stop);
    timer_cancel(&s->end);
    rpc_plan_fini(&s->plan);
    rpc_fini(&s->rpc);
    splice_destroy(s->splice);
    text_buf_fini(&s->held);
    framing_fini(&s->in);
    stream_close(s->stream);
    mem_free(NULL, s);
}

void session_info(const struct session *s, struct session_info *out)
{
    *out = (struct session_info){.state = s->state,
                                 .end = s->how,
                                 .is_dropped = s->is_dropped,
                                 .id = s->id,
                                 .uid = s->uid,
                                 .host = s->host,
                                 .is_subscribed = s->is_subscribed,
                                 .since_us = s->since_us,
                                 .counters = s->counters};
}

void session_set_data(struct session *s, void *data)
{
    s->data = data;
}

void *session_data(const struct session *s)
{
    return s->data;
}
