/* SPDX-License-Identifier: Apache-2.0
 *
 * See server.h. A connection owns its stream and its timer; it ends by itself in every case: answered, cut, or closed
 * by the other end.
 */
#include "src/metricsd/http/server.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/queue.h>

#include "src/metricsd/http/request.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

enum { LISTENERS_MAX = 2, HEAD_MAX = 512 };

enum phase { PHASE_READING, PHASE_WAITING, PHASE_WRITING };

struct connection {
    TAILQ_ENTRY(connection) entry;
    struct http_server *server;
    struct stream *stream;
    enum phase phase;
    bool is_head_only;
    size_t pending; /* at the last look */
    struct timer timer;
};

struct http_server {
    const struct env *env;
    void (*wanted)(void *arg);
    void *arg;
    struct {
        struct listener *listener;
        bool is_tcp;
    } listeners[LISTENERS_MAX];
    TAILQ_HEAD(, connection) connections;
    size_t n_connections;
    struct http_counters counters;
};

static void end(struct connection *c)
{
    struct http_server *s = c->server;

    TAILQ_REMOVE(&s->connections, c, entry);
    s->n_connections--;
    timer_cancel(&c->timer);
    stream_close(c->stream);
    mem_free(NULL, c);
}

static void begin_writing(struct connection *c)
{
    c->phase = PHASE_WRITING;
    stream_pause(c->stream, true);
    c->pending = stream_pending(c->stream);
    timer_arm_ms(&c->timer, HTTP_WRITE_MS);
}

static void on_timer(void *arg)
{
    struct connection *c = arg;
    size_t pending = stream_pending(c->stream);

    if (c->phase == PHASE_WAITING) { /* the owner has a limit of its own */
        timer_arm_ms(&c->timer, HTTP_WRITE_MS);
        return;
    }
    if (c->phase == PHASE_WRITING && pending < c->pending) {
        c->pending = pending;
        timer_arm_ms(&c->timer, HTTP_WRITE_MS);
        return;
    }
    c->server->counters.cut++;
    LOG_INFO(c->server->env->log, "collector-cut", "reason=\"%s\"",
             c->phase == PHASE_READING ? "it sends no request" : "it does not take the answer");
    end(c);
}

static void refuse(struct connection *c, enum http_outcome outcome)
{
    char head[HEAD_MAX];

    stream_write(c->stream, head, http_error_write(outcome, head, sizeof(head)));
    begin_writing(c);
}

static void on_readable(struct stream *stream, void *arg)
{
    struct connection *c = arg;
    size_t len;
    const uint8_t *data = stream_peek(stream, &len);
    enum http_outcome outcome = c->phase == PHASE_READING ? http_request_read(data, len) : HTTP_MORE;

    if (c->phase != PHASE_READING) { /* one request a connection: what follows is not read */
        stream_consume(stream, len);
        return;
    }
    if (outcome == HTTP_MORE)
        return;
    stream_consume(stream, len);
    c->server->counters.requests++;
    if (outcome != HTTP_GET_METRICS && outcome != HTTP_HEAD_METRICS) {
        refuse(c, outcome);
        return;
    }
    c->is_head_only = outcome == HTTP_HEAD_METRICS;
    c->phase = PHASE_WAITING;
    stream_pause(stream, true);
    timer_arm_ms(&c->timer, HTTP_WRITE_MS);
    c->server->wanted(c->server->arg);
}

static void on_drained(struct stream *stream, void *arg)
{
    struct connection *c = arg;

    (void)stream;
    if (c->phase == PHASE_WRITING)
        end(c);
}

static void on_closed(struct stream *stream, int error, void *arg)
{
    (void)stream;
    (void)error;
    end(arg);
}

static void on_accepted(struct listener *l, struct stream *stream, void *arg)
{
    static const struct stream_events events = {.readable = on_readable, .drained = on_drained, .closed = on_closed};
    struct http_server *s = arg;
    struct connection *c;

    (void)l;
    if (s->n_connections >= HTTP_CONNECTIONS_MAX) {
        s->counters.refused++;
        stream_close(stream);
        return;
    }
    c = MEM_NEW(NULL, struct connection);
    c->server = s;
    c->stream = stream;
    timer_init(&c->timer, s->env->loop, on_timer, c);
    timer_arm_ms(&c->timer, HTTP_READ_MS);
    TAILQ_INSERT_TAIL(&s->connections, c, entry);
    s->n_connections++;
    stream_set_events(stream, &events, c);
}

void http_server_answer(struct http_server *s, const char *content_type, const char *text, size_t len)
{
    struct connection *c;
    char head[HEAD_MAX];

    TAILQ_FOREACH (c, &s->connections, entry) {
        if (c->phase != PHASE_WAITING)
            continue;
        stream_write(c->stream, head, http_head_write(content_type, len, head, sizeof(head)));
        if (!c->is_head_only)
            stream_write(c->stream, text, len);
        begin_writing(c);
    }
}

void http_server_fail(struct http_server *s, const char *why)
{
    struct connection *c;
    char head[HEAD_MAX];

    TAILQ_FOREACH (c, &s->connections, entry) {
        if (c->phase != PHASE_WAITING)
            continue;
        stream_write(c->stream, head, http_unavailable_write(why, head, sizeof(head)));
        begin_writing(c);
    }
}

const struct http_counters *http_server_counters(const struct http_server *s)
{
    return &s->counters;
}

int http_server_listen(struct http_server *s, const struct stream_addr *addr)
{
    for (size_t i = 0; i < LISTENERS_MAX; i++) {
        if (s->listeners[i].listener)
            continue;
        s->listeners[i].is_tcp = addr->kind == STREAM_TCP;
        return stream_listen(s->env->io, addr, on_accepted, s, &s->listeners[i].listener);
    }
    return -ENOSPC;
}

void http_server_unlisten_tcp(struct http_server *s)
{
    for (size_t i = 0; i < LISTENERS_MAX; i++) {
        if (!s->listeners[i].listener || !s->listeners[i].is_tcp)
            continue;
        listener_close(s->listeners[i].listener);
        s->listeners[i].listener = NULL;
    }
}

struct http_server *http_server_create(const struct env *env, void (*wanted)(void *arg), void *arg)
{
    struct http_server *s = MEM_NEW(NULL, struct http_server);

    s->env = env;
    s->wanted = wanted;
    s->arg = arg;
    TAILQ_INIT(&s->connections);
    return s;
}

void http_server_destroy(struct http_server *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        if (s->listeners[i].listener)
            listener_close(s->listeners[i].listener);
    while (!TAILQ_EMPTY(&s->connections))
        end(TAILQ_FIRST(&s->connections));
    mem_free(NULL, s);
}
