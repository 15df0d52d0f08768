/* SPDX-License-Identifier: Apache-2.0
 *
 * One framed connection (ipc.h): hello, frames, orderly close. It knows nothing of what the messages mean and never
 * reads a clock. The connection owns its stream and timers; its connector or listener owns the connection.
 *
 *   OPENING --connected--> HELLO --good hello--> UP
 *      any  --error, bye, ipc_close()--> CLOSING --next turn--> down(), gone(), freed
 */
#include "lib/ipc/conn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipc.pb-c.h"
#include "lib/ipc/ipc_pb.h"
#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"
#include "strata/wire.h"

enum {
    HELLO_TIMEOUT_MS = 5000,
    HELLO_FRAME_MAX = 4096, /* before the other end is known it gets no more of our memory */
    ASSEMBLE_MIN = 65536    /* longer frames are put together here, shorter ones in the stream's buffer */
};

int ipc_settings_init(struct ipc_settings *st, const struct env *env, const struct ipc_spec *spec)
{
    int n;

    *st = (struct ipc_settings){.version = spec->version,
                                .frame_max = spec->frame_max ? spec->frame_max : IPC_FRAME_MAX,
                                .is_for_any_user = spec->is_for_any_user,
                                .frame_max_user = spec->frame_max_user,
                                .max_per_user = spec->max_per_user,
                                .is_quiet = spec->is_quiet};
    n = snprintf(st->path, sizeof(st->path), "%s/%s", env->run_dir, spec->socket);
    if (n < 0 || (size_t)n >= sizeof(st->path))
        return -ENAMETOOLONG;
    snprintf(st->service, sizeof(st->service), "%s", spec->service);
    snprintf(st->name, sizeof(st->name), "%s", spec->name);
    return 0;
}

static void conn_free(struct ipc_conn *c)
{
    timer_cancel(&c->hello_timer);
    timer_cancel(&c->close_timer);
    timer_cancel(&c->resume_timer);
    stream_close(c->stream);
    mem_free(NULL, c->rx);
    mem_free(NULL, c);
}

/* Returns false if the owner left during the callback: the connection is then freed. */
static bool leave_callback(struct ipc_conn *c)
{
    c->callback_depth--;
    if (!c->is_abandoned)
        return true;
    if (c->callback_depth == 0)
        conn_free(c);
    return false;
}

void ipc_conn_abandon(struct ipc_conn *c)
{
    c->is_abandoned = true;
    c->state = IPC_CONN_CLOSING;
    timer_cancel(&c->hello_timer);
    timer_cancel(&c->close_timer);
    timer_cancel(&c->resume_timer);
    stream_close(c->stream);
    c->stream = NULL;
    if (c->callback_depth == 0)
        conn_free(c);
}

static enum log_level level_of(const struct ipc_conn *c)
{
    return c->settings->is_quiet ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

/* The end: tells the owner and frees. */
static void conn_finish(struct ipc_conn *c)
{
    bool was_up = c->was_up;

    c->state = IPC_CONN_CLOSING;
    timer_cancel(&c->hello_timer);
    timer_cancel(&c->close_timer);
    timer_cancel(&c->resume_timer);
    stream_close(c->stream);
    c->stream = NULL;
    if (was_up) {
        log_event(c->env->log, level_of(c), "ipc-down", "service=%s peer=%s reason=\"%s\"", c->settings->service,
                  c->peer.name, c->reason);
        c->callback_depth++;
        c->ev.down(c, c->reason, c->arg);
        if (!leave_callback(c))
            return;
    }
    c->gone(c, c->owner);
    conn_free(c);
}

static void on_close_timer(void *arg)
{
    conn_finish(arg);
}

/* Decides to close; what the other end is told differs from what our owner is told only in who says it. */
static void conn_close(struct ipc_conn *c, bool tell_peer, const char *reason)
{
    if (c->state == IPC_CONN_CLOSING)
        return;
    snprintf(c->reason, sizeof(c->reason), "%s", reason);
    if (!c->was_up && c->state != IPC_CONN_OPENING)
        LOG_WARN(c->env->log, "ipc-refused", "service=%s reason=\"%s\"", c->settings->service, c->reason);
    if (tell_peer && c->state != IPC_CONN_OPENING) {
        Strata__Ipc__Bye bye = STRATA__IPC__BYE__INIT;

        bye.reason = c->reason;
        ipc_send_pb(c, IPC_TYPE_BYE, &bye.base);
    }
    c->state = IPC_CONN_CLOSING;
    timer_cancel(&c->hello_timer);
    timer_arm_us(&c->close_timer, 0);
}

void ipc_close(struct ipc_conn *c, const char *fmt, ...)
{
    char reason[IPC_REASON_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(reason, sizeof(reason), fmt, ap);
    va_end(ap);
    conn_close(c, true, reason);
}

static void on_hello_timer(void *arg)
{
    conn_close(arg, true, "no hello in time");
}

/* --- sending --- */

static int check_send(const struct ipc_conn *c, uint16_t type, size_t len)
{
    if (c->state != IPC_CONN_UP && !(c->state == IPC_CONN_HELLO && type < IPC_TYPE_FIRST))
        return -ENOTCONN;
    return len > c->settings->frame_max ? -EMSGSIZE : 0;
}

static void put_header(uint8_t *at, uint16_t type, size_t len)
{
    struct wire_writer w = wire_writer_of(at, IPC_HEADER_LEN);

    wire_put_be32(&w, (uint32_t)len);
    wire_put_be16(&w, type);
}

int ipc_send(struct ipc_conn *c, uint16_t type, const void *payload, size_t len)
{
    uint8_t header[IPC_HEADER_LEN];
    int err = check_send(c, type, len);

    if (err)
        return err;
    put_header(header, type, len);
    stream_write(c->stream, header, sizeof(header));
    if (len)
        stream_write(c->stream, payload, len);
    return 0;
}

int ipc_send_pb(struct ipc_conn *c, uint16_t type, const ProtobufCMessage *m)
{
    size_t len = protobuf_c_message_get_packed_size(m);
    int err = check_send(c, type, len);
    uint8_t *frame;

    if (err)
        return err;
    frame = mem_alloc(NULL, IPC_HEADER_LEN + len);
    put_header(frame, type, len);
    protobuf_c_message_pack(m, frame + IPC_HEADER_LEN);
    stream_write(c->stream, frame, IPC_HEADER_LEN + len);
    mem_free(NULL, frame);
    return 0;
}

static void send_hello(struct ipc_conn *c)
{
    Strata__Ipc__Hello hello = STRATA__IPC__HELLO__INIT;

    hello.service = (char *)c->settings->service;
    hello.version = c->settings->version;
    hello.name = (char *)c->settings->name;
    hello.pid = (uint32_t)getpid();
    ipc_send_pb(c, IPC_TYPE_HELLO, &hello.base);
}

/* --- receiving --- */

static bool is_uid_welcome(const struct ipc_conn *c)
{
    int uid = stream_peer_uid(c->stream);

    return c->settings->is_for_any_user || uid == 0 || uid == (int)geteuid();
}

/* Fills c->peer from a good hello; else says what is wrong with it. */
static bool read_hello(struct ipc_conn *c, const Strata__Ipc__Hello *hello, char *why, size_t size)
{
    if (strcmp(hello->service, c->settings->service) != 0)
        snprintf(why, size, "this is service %s, not %.32s", c->settings->service, hello->service);
    else if (hello->version != c->settings->version)
        snprintf(why, size, "service %s is version %u here, %u there", c->settings->service, c->settings->version,
                 hello->version);
    else if (!hello->name[0] || strlen(hello->name) >= sizeof(c->peer.name))
        snprintf(why, size, "hello has no good name");
    else {
        snprintf(c->peer.name, sizeof(c->peer.name), "%s", hello->name);
        c->peer.pid = hello->pid;
        return true;
    }
    return false;
}

/* Returns false if the connection is freed. */
static bool on_hello(struct ipc_conn *c, const uint8_t *payload, size_t len)
{
    Strata__Ipc__Hello *hello = strata__ipc__hello__unpack(NULL, len, payload);
    char why[IPC_REASON_MAX] = "malformed hello";
    bool is_good = hello && read_hello(c, hello, why, sizeof(why));

    if (hello)
        strata__ipc__hello__free_unpacked(hello, NULL);
    if (!is_good) {
        conn_close(c, true, why);
        return true;
    }
    timer_cancel(&c->hello_timer);
    if (!c->is_client)
        send_hello(c);
    c->state = IPC_CONN_UP;
    c->was_up = true;
    log_event(c->env->log, level_of(c), "ipc-up", "service=%s peer=%s pid=%u", c->settings->service, c->peer.name,
              c->peer.pid);
    c->callback_depth++;
    c->ev.up(c, c->arg);
    return leave_callback(c);
}

static void on_bye(struct ipc_conn *c, const uint8_t *payload, size_t len)
{
    Strata__Ipc__Bye *bye = strata__ipc__bye__unpack(NULL, len, payload);
    char reason[IPC_REASON_MAX];

    snprintf(reason, sizeof(reason), "the other end says: %s", bye ? bye->reason : "(malformed bye)");
    if (bye)
        strata__ipc__bye__free_unpacked(bye, NULL);
    conn_close(c, false, reason);
}

/* Returns false if the connection is freed. */
static bool on_frame(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len)
{
    if (type == IPC_TYPE_BYE) {
        on_bye(c, payload, len);
        return true;
    }
    if (c->state == IPC_CONN_HELLO) {
        if (type == IPC_TYPE_HELLO)
            return on_hello(c, payload, len);
        conn_close(c, true, "message before hello");
        return true;
    }
    if (type < IPC_TYPE_FIRST) {
        conn_close(c, true, "unexpected message of the framing");
        return true;
    }
    c->callback_depth++;
    c->ev.message(c, type, payload, len, c->arg);
    return leave_callback(c);
}

static bool is_receiving(const struct ipc_conn *c)
{
    return !c->is_paused && !c->is_yielding && (c->state == IPC_CONN_HELLO || c->state == IPC_CONN_UP);
}

/* The frame at `data`: its whole length, 0 if the header is not complete; SIZE_MAX if it is too long. */
static size_t frame_length(const struct ipc_conn *c, const uint8_t *data, size_t len, uint16_t *type)
{
    struct wire_reader r = wire_reader_of(data, len);
    size_t payload = wire_be32(&r);

    *type = wire_be16(&r);
    if (r.failed)
        return 0;
    if (payload > (c->state == IPC_CONN_UP ? c->frame_max : HELLO_FRAME_MAX))
        return SIZE_MAX;
    return payload + IPC_HEADER_LEN;
}

/* Goes on with a long frame. Returns false if the connection is freed. */
static bool assemble(struct ipc_conn *c, const uint8_t *data, size_t len)
{
    size_t n = c->rx_size - c->rx_len < len ? c->rx_size - c->rx_len : len;
    uint8_t *frame = c->rx;
    size_t size = c->rx_size;
    uint16_t type = 0;
    bool is_alive;

    memcpy(c->rx + c->rx_len, data, n);
    c->rx_len += n;
    stream_consume(c->stream, n);
    if (c->rx_len < c->rx_size)
        return true;
    c->rx = NULL; /* ours until the callback is over, whatever it does to the connection */
    c->rx_len = c->rx_size = 0;
    frame_length(c, frame, size, &type);
    is_alive = on_frame(c, type, frame + IPC_HEADER_LEN, size - IPC_HEADER_LEN);
    mem_free(NULL, frame);
    return is_alive;
}

/* One step of reading: the frames that are whole in the stream's buffer, or a piece of a long one. Sets *is_idle if
 * nothing more can be done now. Returns false if the connection is freed. */
static bool receive_step(struct ipc_conn *c, bool *is_idle)
{
    size_t len, at = 0, total = 0;
    const uint8_t *data = stream_peek(c->stream, &len);
    uint16_t type;

    if (len && c->rx_size)
        return assemble(c, data, len);
    while (is_receiving(c)) {
        total = frame_length(c, data + at, len - at, &type);
        if (total == 0 || total > len - at)
            break;
        if (!on_frame(c, type, data + at + IPC_HEADER_LEN, total - IPC_HEADER_LEN))
            return false;
        at += total;
    }
    if (at)
        stream_consume(c->stream, at);
    if (is_receiving(c) && total == SIZE_MAX)
        conn_close(c, true, "frame is too long");
    *is_idle = !is_receiving(c) || total <= ASSEMBLE_MIN || at == len;
    if (!*is_idle) {
        c->rx_size = total;
        c->rx = mem_alloc(NULL, total);
    }
    return true;
}

/* Reads all there is. Returns false if the connection is freed. */
static bool receive(struct ipc_conn *c)
{
    bool is_idle = false;
    size_t len;

    while (is_receiving(c) && !is_idle) {
        stream_peek(c->stream, &len);
        if (len == 0)
            break;
        if (!receive_step(c, &is_idle))
            return false;
    }
    if (c->state == IPC_CONN_UP && c->ev.turn_end) {
        c->callback_depth++;
        c->ev.turn_end(c, c->arg);
        if (!leave_callback(c))
            return false;
    }
    if (c->state != IPC_CONN_UP || !c->is_ended || c->is_paused || c->is_yielding)
        return true;
    c->callback_depth++;
    c->ev.ended(c, c->arg);
    return leave_callback(c);
}

static void on_resume_timer(void *arg)
{
    struct ipc_conn *c = arg;

    c->is_yielding = false;
    if (c->state == IPC_CONN_UP)
        stream_pause(c->stream, c->is_paused);
    receive(c);
}

void ipc_pause(struct ipc_conn *c, bool is_paused)
{
    if (c->is_paused == is_paused || c->state != IPC_CONN_UP)
        return;
    c->is_paused = is_paused;
    stream_pause(c->stream, is_paused || c->is_yielding);
    if (!is_paused)
        timer_arm_us(&c->resume_timer, 0);
}

void ipc_yield(struct ipc_conn *c)
{
    if (c->is_yielding || c->state != IPC_CONN_UP)
        return;
    c->is_yielding = true;
    stream_pause(c->stream, true);
    timer_arm_us(&c->resume_timer, 0);
}

/* --- the stream's events --- */

static void on_readable(struct stream *s, void *arg)
{
    (void)s;
    receive(arg);
}

static void on_opened(struct stream *s, void *arg)
{
    struct ipc_conn *c = arg;

    (void)s;
    if (c->state != IPC_CONN_OPENING)
        return;
    c->state = IPC_CONN_HELLO;
    if (!is_uid_welcome(c)) {
        conn_close(c, false, "server runs as a stranger");
        return;
    }
    send_hello(c);
}

static void on_drained(struct stream *s, void *arg)
{
    struct ipc_conn *c = arg;

    (void)s;
    if (c->state != IPC_CONN_UP || !c->ev.drained)
        return;
    c->callback_depth++;
    c->ev.drained(c, c->arg);
    leave_callback(c);
}

static void on_closed(struct stream *s, int error, void *arg)
{
    struct ipc_conn *c = arg;

    (void)s;
    if (is_receiving(c) && !receive(c)) /* what came before the end, a bye perhaps */
        return;
    if (c->state != IPC_CONN_CLOSING)
        snprintf(c->reason, sizeof(c->reason), "%s", error ? strerror(-error) : "the other end is gone");
    conn_finish(c);
}

static void on_half_closed(struct stream *s, void *arg)
{
    struct ipc_conn *c = arg;

    if (c->state != IPC_CONN_UP || !c->ev.ended) {
        on_closed(s, 0, c);
        return;
    }
    c->is_ended = true;
    receive(c);
}

static const struct stream_events conn_stream_events = {.opened = on_opened,
                                                        .readable = on_readable,
                                                        .drained = on_drained,
                                                        .closed = on_closed,
                                                        .half_closed = on_half_closed};

/* --- life --- */

struct ipc_conn *ipc_conn_create(const struct env *env, const struct ipc_settings *st, const struct ipc_events *ev,
                                 void *arg, void (*gone)(struct ipc_conn *c, void *owner), void *owner)
{
    struct ipc_conn *c = MEM_NEW(NULL, struct ipc_conn);

    c->env = env;
    c->settings = st;
    c->frame_max = st->frame_max;
    c->ev = *ev;
    c->arg = arg;
    c->gone = gone;
    c->owner = owner;
    timer_init(&c->hello_timer, env->loop, on_hello_timer, c);
    timer_init(&c->close_timer, env->loop, on_close_timer, c);
    timer_init(&c->resume_timer, env->loop, on_resume_timer, c);
    timer_arm_ms(&c->hello_timer, HELLO_TIMEOUT_MS);
    return c;
}

int ipc_conn_connect(struct ipc_conn *c)
{
    struct stream_addr addr = {.kind = STREAM_UNIX};

    c->is_client = true;
    snprintf(addr.path, sizeof(addr.path), "%s", c->settings->path);
    return stream_connect(c->env->io, &addr, &conn_stream_events, c, &c->stream);
}

void ipc_conn_accept(struct ipc_conn *c, struct stream *s)
{
    c->stream = s;
    c->state = IPC_CONN_HELLO;
    stream_set_events(s, &conn_stream_events, c);
    int uid = stream_peer_uid(s);
    if (c->settings->frame_max_user && uid != 0 && uid != (int)geteuid())
        c->frame_max = c->settings->frame_max_user;
    if (!is_uid_welcome(c))
        conn_close(c, true, "user is not allowed here");
}

size_t ipc_pending(const struct ipc_conn *c)
{
    return c->stream ? stream_pending(c->stream) : 0;
}

bool ipc_is_up(const struct ipc_conn *c)
{
    return c->state == IPC_CONN_UP;
}

const struct ipc_hello *ipc_conn_peer(const struct ipc_conn *c)
{
    return &c->peer;
}

int ipc_conn_peer_uid(const struct ipc_conn *c)
{
    return c->stream ? stream_peer_uid(c->stream) : -1;
}

void ipc_conn_set_data(struct ipc_conn *c, void *data)
{
    c->data = data;
}

void *ipc_conn_data(const struct ipc_conn *c)
{
    return c->data;
}
