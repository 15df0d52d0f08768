/* SPDX-License-Identifier: Apache-2.0
 *
 * Incoming connections (RFC 5036 s2.5.2). A neighbour may connect before its hello reached us: such a connection waits
 * for a few seconds, then it is refused with "no hello". So nobody backs off for a hello that was merely late.
 */
#include <string.h>

#include "ldpd/session/internal.h"

#define PENDING_MS  5000
#define PENDING_MAX 32

static void pending_drop(struct ldp_pending *p, bool close_stream)
{
    timer_cancel(&p->timeout);
    LIST_REMOVE(p, entry);
    p->instance->n_pending--;
    if (close_stream)
        stream_close(p->stream);
    mem_free(&p->instance->mem, p);
}

static void pending_refuse(void *arg)
{
    struct ldp_pending *p = arg;
    struct ldp_instance *i = p->instance;
    uint8_t data[64];
    struct wire_writer w = wire_writer_of(data, sizeof(data));
    struct ldp_notification n = {.status = LDP_STATUS_NO_HELLO};
    size_t pdu = ldp_pdu_begin(&w, i->lsr_id, 0);
    ldp_put_notification(&w, ++i->next_message, &n);
    ldp_pdu_end(&w, pdu);
    stream_write(p->stream, data, w.pos);
    i->counters.unknown_neighbor++;
    pending_drop(p, true);
}

static void pending_readable(struct stream *s, void *arg)
{
    size_t len;
    (void)arg; /* its owner reads it, once known */
    stream_peek(s, &len);
    if (len > LDP_MAX_PDU_DEFAULT) /* an Init is smaller: nobody fills our memory unasked */
        stream_pause(s, true);
}

static void pending_closed(struct stream *s, int error, void *arg)
{
    (void)s;
    (void)error;
    pending_drop(arg, true);
}

static const struct stream_events pending_events = {.readable = pending_readable, .closed = pending_closed};

static void accepted(struct listener *l, struct stream *s, void *arg)
{
    (void)l;
    struct ldp_instance *i = arg;
    struct ldp_neighbor *n = ldp_neighbor_by_transport(i, &stream_endpoints(s)->remote);
    if (n && !n->is_active) {
        ldp_neighbor_accept(n, s);
        return;
    }
    if (n || i->n_pending >= PENDING_MAX) {
        i->counters.unknown_neighbor++;
        stream_close(s);
        return;
    }
    struct ldp_pending *p = MEM_NEW(&i->mem, struct ldp_pending);
    p->instance = i;
    p->stream = s;
    stream_set_events(s, &pending_events, p);
    timer_init(&p->timeout, i->env->loop, pending_refuse, p);
    timer_arm_ms(&p->timeout, PENDING_MS);
    LIST_INSERT_HEAD(&i->pending, p, entry);
    i->n_pending++;
}

void ldp_listen_claim(struct ldp_neighbor *n)
{
    struct ldp_pending *p, *next;
    struct stream *newest = NULL; /* the first in the list; what came before it was given up */
    if (n->is_active)
        return;
    for (p = LIST_FIRST(&n->instance->pending); p; p = next) {
        next = LIST_NEXT(p, entry);
        if (ldp_neighbor_by_transport(n->instance, &stream_endpoints(p->stream)->remote) != n)
            continue;
        bool is_older = newest != NULL;
        if (!is_older)
            newest = p->stream;
        pending_drop(p, is_older);
    }
    if (!newest)
        return;
    stream_pause(newest, false);
    ldp_neighbor_accept(n, newest);
}

void ldp_listen_stop(struct ldp_instance *i)
{
    while (!LIST_EMPTY(&i->pending))
        pending_drop(LIST_FIRST(&i->pending), true);
    if (i->listener)
        listener_close(i->listener);
    i->listener = NULL;
}

void ldp_listen_update(struct ldp_instance *i)
{
    if (!i->lsr_id) {
        ldp_listen_stop(i);
        return;
    }
    if (i->listener)
        return;
    struct stream_addr addr = {.kind = STREAM_TCP, .local_port = LDP_PORT};
    addr.local = ip_addr_v4(0);
    memcpy(addr.device, i->device, sizeof(addr.device));
    int err = stream_listen(i->env->io, &addr, accepted, i, &i->listener);
    if (err) {
        LOG_WARN(i->env->log, "listen", "instance=%s error=\"%s\"", i->name, strerror(-err));
        i->listener = NULL;
    }
}
