/* SPDX-License-Identifier: Apache-2.0
 *
 * One end of a stream that remembers what happened to it.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "strata/io.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/sim_packet.h"

struct peer {
    struct stream *s;
    unsigned opened, readable, drained, closed;
    int error;
    char text[4096];
    size_t len, total;
    struct peer *accepts; /* listener: who takes the next stream */
};

static void peer_opened(struct stream *s, void *arg)
{
    (void)s;
    ((struct peer *)arg)->opened++;
}

static void peer_readable(struct stream *s, void *arg)
{
    struct peer *p = arg;
    size_t n;
    const uint8_t *data = stream_peek(s, &n);
    size_t take = n < sizeof(p->text) - p->len ? n : sizeof(p->text) - p->len;

    memcpy(p->text + p->len, data, take);
    p->len += take;
    p->total += n;
    p->readable++;
    stream_consume(s, n);
}

static void peer_drained(struct stream *s, void *arg)
{
    (void)s;
    ((struct peer *)arg)->drained++;
}

static void peer_closed(struct stream *s, int error, void *arg)
{
    struct peer *p = arg;

    p->closed++;
    p->error = error;
    stream_close(s);
    p->s = NULL;
}

static const struct stream_events peer_events = {
    .opened = peer_opened, .readable = peer_readable, .drained = peer_drained, .closed = peer_closed};

static inline void peer_accept(struct listener *l, struct stream *s, void *arg)
{
    struct peer *p = arg;

    (void)l;
    p->s = s;
    p->opened++;
    stream_set_events(s, &peer_events, p);
}

static inline void peer_say(struct peer *p, const char *text)
{
    stream_write(p->s, text, strlen(text));
}

static inline struct ip_addr addr_of_text(const char *text)
{
    struct ip_addr a;

    assert_int_equal(ip_addr_parse(text, &a), 0);
    return a;
}
