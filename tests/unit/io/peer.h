/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of streams: an end that notes what happens to it and does what the test asks for in its callbacks.
 */
#pragma once

#include "strata/mem.h"
#include "tests/unit/io/real.h"

struct peer {
    struct stream *s;
    uint8_t *got;
    size_t n_got;
    unsigned opened, readable, drained, closed;
    int error;          /* of closed */
    bool keeps;         /* do not consume */
    bool close_on_open; /* close inside the callback */
    bool close_on_data, close_on_drained;
    bool in_call; /* set by the test around calls: callbacks must not come now */
};

static inline void peer_close(struct peer *p)
{
    stream_close(p->s);
    p->s = NULL;
}

static inline void peer_opened(struct stream *s, void *arg)
{
    struct peer *p = arg;

    (void)s;
    assert_false(p->in_call);
    p->opened++;
    if (p->close_on_open)
        peer_close(p);
}

static inline void peer_readable(struct stream *s, void *arg)
{
    struct peer *p = arg;
    size_t len;
    const uint8_t *data = stream_peek(s, &len);

    assert_false(p->in_call);
    assert_true(len > 0);
    p->readable++;
    if (p->keeps)
        return;
    p->got = mem_realloc(NULL, p->got, p->n_got + len);
    memcpy(p->got + p->n_got, data, len);
    p->n_got += len;
    stream_consume(s, len);
    if (p->close_on_data)
        peer_close(p);
}

static inline void peer_drained(struct stream *s, void *arg)
{
    struct peer *p = arg;

    assert_false(p->in_call);
    assert_int_equal(stream_pending(s), 0);
    p->drained++;
    if (p->close_on_drained)
        peer_close(p);
}

static inline void peer_closed(struct stream *s, int error, void *arg)
{
    struct peer *p = arg;

    (void)s;
    assert_false(p->in_call);
    p->closed++;
    p->error = error;
    if (!p->keeps)
        peer_close(p);
}

static const struct stream_events peer_events = {
    .opened = peer_opened, .readable = peer_readable, .drained = peer_drained, .closed = peer_closed};

static inline void peer_fini(struct peer *p)
{
    peer_close(p);
    mem_free(NULL, p->got);
    *p = (struct peer){0};
}

/* A listener's argument: the next accepted stream goes to `to`. */
struct door {
    struct listener *l;
    struct peer *to;
    unsigned accepted;
};

static inline void door_accept(struct listener *l, struct stream *s, void *arg)
{
    struct door *d = arg;

    assert_ptr_equal(l, d->l);
    d->accepted++;
    if (!d->to)
        return; /* forgets it: the io closes it */
    d->to->s = s;
    stream_set_events(s, &peer_events, d->to);
}

static inline void door_open(struct real *r, struct door *d, const struct stream_addr *addr, struct peer *to)
{
    *d = (struct door){.to = to};
    assert_int_equal(stream_listen(r->io, addr, door_accept, d, &d->l), 0);
}

static inline void peer_connect(struct real *r, struct peer *p, const struct stream_addr *addr)
{
    p->in_call = true;
    assert_int_equal(stream_connect(r->io, addr, &peer_events, p, &p->s), 0);
    p->in_call = false;
}

/* --- conditions for real_until --- */

struct pair {
    struct peer a, b; /* a connects, b accepts */
    struct door door;
};

static inline bool pair_is_open(void *arg)
{
    struct pair *p = arg;

    return p->a.opened && p->door.accepted;
}

static inline void pair_open(struct real *r, struct pair *p, const struct stream_addr *listen_at,
                             const struct stream_addr *connect_to)
{
    memset(p, 0, sizeof(*p));
    door_open(r, &p->door, listen_at, &p->b);
    peer_connect(r, &p->a, connect_to);
    real_until(r, pair_is_open, p);
}

static inline void pair_fini(struct pair *p)
{
    peer_fini(&p->a);
    peer_fini(&p->b);
    listener_close(p->door.l);
}

static inline bool peer_is_closed(void *arg)
{
    return ((struct peer *)arg)->closed > 0;
}

static inline bool peer_was_read(void *arg)
{
    return ((struct peer *)arg)->readable > 0;
}

static inline bool peer_was_drained(void *arg)
{
    return ((struct peer *)arg)->drained > 0;
}
