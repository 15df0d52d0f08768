/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams over real UNIX and TCP sockets: bytes arrive whole, callbacks come from the loop only, every way to end is
 * told once, and closing is allowed everywhere. TCP runs in network namespaces of our own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/io/netns.h"
#include "tests/unit/io/peer.h"

static struct netns ns;

static struct stream_addr tcp_addr(const char *remote, uint16_t port)
{
    struct stream_addr a = {.kind = STREAM_TCP, .remote_port = port};

    assert_int_equal(ip_addr_parse(remote, &a.remote), 0);
    return a;
}

static void tcp_pair(struct real *r, struct pair *p)
{
    struct stream_addr at = {.kind = STREAM_TCP, .local_port = 179};
    struct stream_addr to = tcp_addr("127.0.0.1", 179);

    pair_open(r, p, &at, &to);
}

static void unix_pair(struct real *r, struct pair *p)
{
    struct stream_addr at = unix_addr(r, "sock");

    pair_open(r, p, &at, &at);
}

struct want {
    struct peer *peer;
    size_t n;
};

static bool has_bytes(void *arg)
{
    struct want *w = arg;

    return w->peer->n_got >= w->n;
}

static void until_bytes(struct real *r, struct peer *p, size_t n)
{
    struct want w = {p, n};

    real_until(r, has_bytes, &w);
    assert_int_equal(p->n_got, n);
}

/* --- content --- */

static void talk(struct real *r, struct pair *p)
{
    stream_write(p->a.s, "hello", 5);
    stream_write(p->a.s, "", 0);
    stream_write(p->a.s, " world", 6);
    assert_int_equal(stream_pending(p->a.s), 11);
    until_bytes(r, &p->b, 11);
    assert_memory_equal(p->b.got, "hello world", 11);
    assert_int_equal(p->b.readable, 1); /* small writes left as one */
    assert_int_equal(p->a.drained, 1);
    stream_write(p->b.s, "back", 4);
    until_bytes(r, &p->a, 4);
    assert_memory_equal(p->a.got, "back", 4);
    assert_int_equal(p->a.closed + p->b.closed, 0);
}

static void test_stream__unix_talks(void **state)
{
    struct real r;
    struct pair p;

    (void)state;
    real_init(&r);
    unix_pair(&r, &p);
    talk(&r, &p);
    assert_int_equal(stream_peer_uid(p.a.s), (int)getuid());
    assert_int_equal(stream_peer_uid(p.b.s), (int)getuid());
    assert_int_equal(stream_endpoints(p.b.s)->kind, STREAM_UNIX);
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__tcp_talks(void **state)
{
    const struct stream_addr *a, *b;
    struct real r;
    struct pair p;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    tcp_pair(&r, &p);
    talk(&r, &p);
    a = stream_endpoints(p.a.s);
    b = stream_endpoints(p.b.s);
    assert_true(ip_addr_equal(&a->local, &b->remote));
    assert_int_equal(a->local_port, b->remote_port);
    assert_true(a->local_port > 0);
    assert_int_equal(b->local_port, 179);
    assert_int_equal(ip_addr_to_v4(&b->local), 0x7f000001);
    assert_int_equal(stream_peer_uid(p.a.s), -1);
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__tcp_over_ipv6(void **state)
{
    struct stream_addr at = {.kind = STREAM_TCP, .local_port = 179, .ttl = 255, .min_ttl = 255};
    struct stream_addr to = tcp_addr("::1", 179);
    struct real r;
    struct pair p;

    (void)state;
    if (!ns.is_ready || access("/proc/net/if_inet6", R_OK) < 0)
        skip();
    real_init(&r);
    to.ttl = to.min_ttl = 255;
    assert_int_equal(ip_addr_parse("::", &at.local), 0);
    pair_open(&r, &p, &at, &to);
    talk(&r, &p);
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__written_before_open(void **state)
{
    struct real r;
    struct pair p = {0};
    struct stream_addr at;

    (void)state;
    real_init(&r);
    at = unix_addr(&r, "sock");
    door_open(&r, &p.door, &at, &p.b);
    peer_connect(&r, &p.a, &at);
    stream_write(p.a.s, "early", 5);
    until_bytes(&r, &p.b, 5);
    assert_int_equal(p.a.opened, 1);
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__large_and_in_pieces(void **state)
{
    enum { SIZE = 6 * 1024 * 1024 };
    uint8_t *data = test_malloc(SIZE);
    struct real r;
    struct pair p;
    size_t at = 0, piece = 1;

    (void)state;
    real_init(&r);
    unix_pair(&r, &p);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (uint8_t)(i * 31 >> 3);
    while (at < SIZE) {
        piece = piece * 7 % 65521;
        if (piece > SIZE - at)
            piece = SIZE - at;
        stream_write(p.a.s, data + at, piece);
        at += piece;
    }
    assert_int_equal(stream_pending(p.a.s), SIZE);
    until_bytes(&r, &p.b, SIZE);
    assert_memory_equal(p.b.got, data, SIZE);
    assert_int_equal(p.a.drained, 1);
    assert_int_equal(stream_pending(p.a.s), 0);
    test_free(data);
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__unconsumed_bytes_wait_and_grow(void **state)
{
    struct real r;
    struct pair p;
    const uint8_t *data;
    size_t len;

    (void)state;
    real_init(&r);
    unix_pair(&r, &p);
    p.b.keeps = true;
    stream_write(p.a.s, "abc", 3);
    real_until(&r, peer_was_read, &p.b);
    real_for_ms(&r, 30);
    assert_int_equal(p.b.readable, 1); /* not again for the same bytes */
    stream_consume(p.b.s, 1);
    stream_write(p.a.s, "def", 3);
    p.b.readable = 0;
    real_until(&r, peer_was_read, &p.b);
    data = stream_peek(p.b.s, &len);
    assert_int_equal(len, 5);
    assert_memory_equal(data, "bcdef", 5);
    stream_consume(p.b.s, 100); /* more than there is */
    stream_peek(p.b.s, &len);
    assert_int_equal(len, 0);
    p.b.keeps = false;
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__pause_stops_reading(void **state)
{
    enum { SIZE = 4 * 1024 * 1024 };
    uint8_t *data = test_calloc(1, SIZE);
    struct real r;
    struct pair p;

    (void)state;
    real_init(&r);
    unix_pair(&r, &p);
    stream_pause(p.b.s, true);
    stream_pause(p.b.s, true);
    stream_write(p.a.s, data, SIZE);
    real_for_ms(&r, 50);
    assert_int_equal(p.b.readable, 0);
    assert_true(stream_pending(p.a.s) > 0); /* the kernel's room is full: we feel the other's pause */
    assert_int_equal(p.a.drained, 0);
    stream_pause(p.b.s, false);
    until_bytes(&r, &p.b, SIZE);
    test_free(data);
    pair_fini(&p);
    real_fini(&r);
}

/* --- ends --- */

static void test_stream__refused(void **state)
{
    struct real r;
    struct peer a = {0};
    struct stream_addr at;
    int fd;

    (void)state;
    real_init(&r);
    at = unix_addr(&r, "absent");
    peer_connect(&r, &a, &at);
    stream_write(a.s, "x", 1);
    real_until(&r, peer_is_closed, &a);
    assert_int_equal(a.error, -ENOENT);
    assert_int_equal(a.opened, 0);
    peer_fini(&a);
    at.path[0] = '\0';
    assert_int_equal(stream_connect(r.io, &at, &peer_events, &a, &a.s), -EINVAL);
    at = unix_addr(&r, "file");
    fd = open(at.path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    peer_connect(&r, &a, &at);
    real_until(&r, peer_is_closed, &a);
    assert_int_equal(a.error, -ECONNREFUSED);
    peer_fini(&a);
    real_fini(&r);
}

static void test_stream__tcp_refused_and_impossible(void **state)
{
    struct real r;
    struct peer a = {0};
    struct stream_addr to = tcp_addr("127.0.0.1", 7);

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    peer_connect(&r, &a, &to);
    real_until(&r, peer_is_closed, &a);
    assert_int_equal(a.error, -ECONNREFUSED);
    peer_fini(&a);
    snprintf(to.device, sizeof(to.device), "nothere");
    assert_int_equal(stream_connect(r.io, &to, &peer_events, &a, &a.s), -ENODEV);
    to.device[0] = '\0';
    to.local = ip_addr_v4(0x01020304);
    assert_int_equal(stream_connect(r.io, &to, &peer_events, &a, &a.s), -EADDRNOTAVAIL);
    to = tcp_addr("198.51.100.1", 179);
    assert_int_equal(stream_connect(r.io, &to, &peer_events, &a, &a.s), -ENETUNREACH);
    peer_fini(&a);
    real_fini(&r);
}

static void test_stream__end_comes_after_the_last_bytes(void **state)
{
    struct real r;
    struct pair p;
    size_t len;

    (void)state;
    real_init(&r);
    unix_pair(&r, &p);
    p.b.keeps = true;
    stream_write(p.a.s, "last", 4);
    peer_close(&p.a);
    real_until(&r, peer_is_closed, &p.b);
    assert_int_equal(p.b.error, 0);
    assert_int_equal(p.b.readable, 1);
    assert_memory_equal(stream_peek(p.b.s, &len), "last", 4);
    stream_write(p.b.s, "nobody hears", 12); /* harmless */
    stream_pause(p.b.s, true);
    stream_pause(p.b.s, false);
    real_for_ms(&r, 20);
    assert_int_equal(p.b.closed, 1);
    pair_fini(&p);
    real_fini(&r);
}

/* A NOTIFICATION must get through although we never read what the peer sent meanwhile. */
static void test_stream__goodbye_survives_unread_input(void **state)
{
    enum { SIZE = 30000 };
    static uint8_t junk[SIZE];
    struct real r;
    struct pair p;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    tcp_pair(&r, &p);
    stream_pause(p.a.s, true);
    stream_write(p.b.s, junk, SIZE);
    real_until(&r, peer_was_drained, &p.b);
    stream_write(p.a.s, "cease", 5);
    peer_close(&p.a);
    real_until(&r, peer_is_closed, &p.b);
    assert_int_equal(p.b.n_got, 5);
    assert_memory_equal(p.b.got, "cease", 5);
    assert_int_equal(p.b.error, 0);
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__writing_to_the_dead(void **state)
{
    struct real r;
    struct pair p;

    (void)state;
    real_init(&r);
    unix_pair(&r, &p);
    stream_pause(p.b.s, true); /* so that only writing can notice */
    peer_close(&p.a);
    stream_write(p.b.s, "x", 1);
    real_until(&r, peer_is_closed, &p.b);
    assert_int_equal(p.b.error, -EPIPE);
    assert_int_equal(p.b.closed, 1);
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__last_words_are_read_before_the_error(void **state)
{
    struct real r;
    struct pair p;

    (void)state;
    real_init(&r);
    unix_pair(&r, &p);
    stream_write(p.a.s, "cease", 5);
    peer_close(&p.a);
    stream_write(p.b.s, "x", 1); /* fails before the words are read */
    real_until(&r, peer_is_closed, &p.b);
    assert_int_equal(p.b.n_got, 5);
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__closing_inside_every_callback(void **state)
{
    struct real r;
    struct pair p;
    struct stream_addr at;

    (void)state;
    real_init(&r);
    at = unix_addr(&r, "sock");
    for (int which = 0; which < 3; which++) {
        memset(&p, 0, sizeof(p));
        p.a.close_on_open = which == 0;
        p.b.close_on_data = which == 1;
        p.a.close_on_drained = which == 2;
        door_open(&r, &p.door, &at, &p.b);
        peer_connect(&r, &p.a, &at);
        stream_write(p.a.s, "data", 4);
        real_until(&r, peer_is_closed, which == 1 ? &p.a : &p.b);
        assert_null(which == 1 ? p.b.s : p.a.s);
        pair_fini(&p);
    }
    real_fini(&r);
}

static void close_other(struct stream *s, void *arg)
{
    struct pair *p = arg;

    (void)s;
    p->a.readable++;
    peer_close(&p->a);
    peer_close(&p->b);
}

static const struct stream_events closes_both = {.readable = close_other};

static void test_stream__closing_another_that_is_ready_too(void **state)
{
    struct real r;
    struct pair p;

    (void)state;
    real_init(&r);
    unix_pair(&r, &p);
    stream_set_events(p.a.s, &closes_both, &p);
    stream_set_events(p.b.s, &closes_both, &p);
    stream_write(p.a.s, "x", 1);
    stream_write(p.b.s, "x", 1);
    real_until(&r, peer_was_read, &p.a);
    real_for_ms(&r, 10);
    assert_int_equal(p.a.readable, 1);
    pair_fini(&p);
    real_fini(&r);
}

static void test_stream__accepted_and_forgotten_is_closed(void **state)
{
    struct real r;
    struct door door;
    struct peer a = {0};
    struct stream_addr at;

    (void)state;
    real_init(&r);
    at = unix_addr(&r, "sock");
    door_open(&r, &door, &at, NULL);
    peer_connect(&r, &a, &at);
    real_until(&r, peer_is_closed, &a);
    assert_int_equal(door.accepted, 1);
    listener_close(door.l);
    peer_fini(&a);
    real_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream__unix_talks),
        cmocka_unit_test(test_stream__tcp_talks),
        cmocka_unit_test(test_stream__tcp_over_ipv6),
        cmocka_unit_test(test_stream__written_before_open),
        cmocka_unit_test(test_stream__large_and_in_pieces),
        cmocka_unit_test(test_stream__unconsumed_bytes_wait_and_grow),
        cmocka_unit_test(test_stream__pause_stops_reading),
        cmocka_unit_test(test_stream__refused),
        cmocka_unit_test(test_stream__tcp_refused_and_impossible),
        cmocka_unit_test(test_stream__end_comes_after_the_last_bytes),
        cmocka_unit_test(test_stream__goodbye_survives_unread_input),
        cmocka_unit_test(test_stream__writing_to_the_dead),
        cmocka_unit_test(test_stream__last_words_are_read_before_the_error),
        cmocka_unit_test(test_stream__closing_inside_every_callback),
        cmocka_unit_test(test_stream__closing_another_that_is_ready_too),
        cmocka_unit_test(test_stream__accepted_and_forgotten_is_closed),
    };

    ns = netns_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
