/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams between two network namespaces of our own: UDP and raw, unicast and multicast, one socket a device, what
 * the receiver is told, and the taking off of the IP header.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <net/if.h>

#include "lib/io/event_private.h"
#include "tests/unit/io/netns.h"
#include "tests/unit/io/real.h"

static struct netns ns;

struct ear {
    struct dgram *d;
    struct dgram_info info;
    uint8_t data[2048];
    size_t len;
    unsigned n;
    bool closes;
};

static void on_dgram(struct dgram *d, const struct dgram_info *info, const uint8_t *data, size_t len, void *arg)
{
    struct ear *e = arg;

    assert_ptr_equal(d, e->d);
    e->info = *info;
    e->len = len;
    memcpy(e->data, data, len < sizeof(e->data) ? len : sizeof(e->data));
    e->n++;
    if (e->closes) {
        dgram_close(d);
        e->d = NULL;
    }
}

static bool has_heard(void *arg)
{
    return ((struct ear *)arg)->n > 0;
}

static struct dgram_spec udp(const char *device, uint16_t port)
{
    struct dgram_spec s = {.kind = DGRAM_UDP, .port = port, .tos = 0xc0};

    snprintf(s.device, sizeof(s.device), "%s", device);
    return s;
}

static struct dgram_spec raw(const char *device)
{
    struct dgram_spec s = {.kind = DGRAM_RAW_IP, .ip_protocol = 89, .tos = 0xc0};

    snprintf(s.device, sizeof(s.device), "%s", device);
    return s;
}

static struct ip_addr addr(const char *text)
{
    struct ip_addr a;

    assert_int_equal(ip_addr_parse(text, &a), 0);
    return a;
}

/* Opens in namespace a or b. */
static void ear_open(struct real *r, struct ear *e, int in, struct dgram_spec spec)
{
    memset(e, 0, sizeof(*e));
    netns_use(in);
    assert_int_equal(dgram_open(r->io, &spec, on_dgram, e, &e->d), 0);
    netns_use(ns.a);
}

static void send_text(struct ear *from, const char *source, const char *dest, uint16_t port, const char *text)
{
    struct ip_addr src = source ? addr(source) : (struct ip_addr){0}, dst = addr(dest);

    assert_int_equal(dgram_send(from->d, source ? &src : NULL, &dst, port, text, strlen(text)), 0);
}

static void expect(const struct ear *e, const char *text, const char *source, const char *destination)
{
    struct ip_addr src = addr(source), dst = addr(destination);

    assert_int_equal(e->n, 1);
    assert_int_equal(e->len, strlen(text));
    assert_memory_equal(e->data, text, e->len);
    assert_true(ip_addr_equal(&e->info.source, &src));
    assert_true(ip_addr_equal(&e->info.destination, &dst));
    assert_true(e->info.ifindex > 0);
}

static void test_dgram__udp_hello_by_multicast(void **state)
{
    struct ip_addr group = addr("224.0.0.2");
    struct ear a, b;
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    ear_open(&r, &a, ns.a, udp("va", 646));
    ear_open(&r, &b, ns.b, udp("vb", 646));
    send_text(&a, NULL, "224.0.0.2", 646, "unheard");
    real_for_ms(&r, 20);
    assert_int_equal(b.n, 0);
    assert_int_equal(dgram_join(b.d, &group), 0);
    assert_int_equal(dgram_join(b.d, &group), 0); /* twice does no harm */
    assert_int_equal(dgram_join(a.d, &group), 0);
    send_text(&a, NULL, "224.0.0.2", 646, "hello");
    real_until(&r, has_heard, &b);
    expect(&b, "hello", "10.77.0.1", "224.0.0.2");
    assert_int_equal(b.info.source_port, 646);
    assert_int_equal(b.info.ttl, 1);
    assert_int_equal(a.n, 0); /* no loop */
    assert_int_equal(dgram_leave(b.d, &group), 0);
    assert_int_equal(dgram_leave(b.d, &group), -EADDRNOTAVAIL);
    dgram_close(a.d);
    dgram_close(b.d);
    dgram_close(NULL);
    real_fini(&r);
}

static void test_dgram__udp_unicast_with_source_and_ttl(void **state)
{
    struct dgram_spec spec = udp("", 3503);
    struct ip_addr bad = addr("203.0.113.9"), dest = addr("10.77.0.2"), v6 = addr("::1");
    struct ear a, b;
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    spec.ttl = 255;
    ear_open(&r, &a, ns.a, spec);
    ear_open(&r, &b, ns.b, udp("vb", 3503));
    send_text(&a, "10.77.0.1", "10.77.0.2", 3503, "targeted");
    real_until(&r, has_heard, &b);
    expect(&b, "targeted", "10.77.0.1", "10.77.0.2");
    assert_int_equal(b.info.ttl, 255);
    assert_true(dgram_send(a.d, &bad, &dest, 3503, "x", 1) < 0); /* not ours */
    assert_int_equal(dgram_send(a.d, NULL, &v6, 3503, "x", 1), -EAFNOSUPPORT);
    assert_int_equal(dgram_send(a.d, &v6, &dest, 3503, "x", 1), -EAFNOSUPPORT);
    assert_int_equal(dgram_join(a.d, &v6), -EAFNOSUPPORT);
    dgram_close(a.d);
    dgram_close(b.d);
    real_fini(&r);
}

static void test_dgram__raw_ospf(void **state)
{
    struct ip_addr group = addr("224.0.0.5");
    struct ear a, b;
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    ear_open(&r, &a, ns.a, raw("va"));
    ear_open(&r, &b, ns.b, raw("vb"));
    assert_int_equal(dgram_join(b.d, &group), 0);
    send_text(&a, "10.77.0.1", "224.0.0.5", 0, "ospf hello");
    real_until(&r, has_heard, &b);
    expect(&b, "ospf hello", "10.77.0.1", "224.0.0.5");
    assert_int_equal(b.info.ttl, 1);
    assert_int_equal(b.info.source_port, 0);
    send_text(&b, NULL, "10.77.0.1", 99, "reply"); /* a port means nothing here */
    real_until(&r, has_heard, &a);
    expect(&a, "reply", "10.77.0.2", "10.77.0.1");
    dgram_close(a.d);
    dgram_close(b.d);
    real_fini(&r);
}

static void test_dgram__one_socket_a_device(void **state)
{
    struct ear on_lo, on_va, b;
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    ear_open(&r, &on_lo, ns.a, udp("lo", 646));
    ear_open(&r, &on_va, ns.a, udp("va", 646));
    ear_open(&r, &b, ns.b, udp("vb", 646));
    send_text(&b, NULL, "10.77.0.1", 646, "hi");
    real_until(&r, has_heard, &on_va);
    real_for_ms(&r, 10);
    assert_int_equal(on_lo.n, 0);
    dgram_close(on_lo.d);
    dgram_close(on_va.d);
    dgram_close(b.d);
    real_fini(&r);
}

static void test_dgram__closing_inside_its_callback(void **state)
{
    struct ear a, b;
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    ear_open(&r, &a, ns.a, udp("va", 646));
    ear_open(&r, &b, ns.b, udp("vb", 646));
    b.closes = true;
    send_text(&a, NULL, "10.77.0.2", 646, "one");
    send_text(&a, NULL, "10.77.0.2", 646, "two");
    real_until(&r, has_heard, &b);
    real_for_ms(&r, 10);
    assert_int_equal(b.n, 1);
    dgram_close(a.d);
    real_fini(&r);
}

struct flood {
    struct ear *ear;
    struct timer timer;
    unsigned heard_at_tick;
};

static void on_tick(void *arg)
{
    struct flood *f = arg;

    if (f->ear->n == 0)
        timer_arm_us(&f->timer, 0);
    else
        f->heard_at_tick = f->ear->n;
}

static bool has_ticked(void *arg)
{
    return ((struct flood *)arg)->heard_at_tick > 0;
}

static void test_dgram__a_flood_starves_nobody(void **state)
{
    struct flood flood = {0};
    struct ear a, b;
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    ear_open(&r, &a, ns.a, udp("va", 646));
    ear_open(&r, &b, ns.b, udp("vb", 646));
    for (int i = 0; i < 500; i++)
        send_text(&a, NULL, "10.77.0.2", 646, "flood");
    flood.ear = &b;
    timer_init(&flood.timer, r.loop, on_tick, &flood);
    timer_arm_us(&flood.timer, 0);
    real_until(&r, has_ticked, &flood);
    assert_true(flood.heard_at_tick < 200); /* others had their turn long before the end */
    real_for_ms(&r, 50);
    assert_int_equal(b.n, 500);
    dgram_close(a.d);
    dgram_close(b.d);
    real_fini(&r);
}

static void test_dgram__largest(void **state)
{
    enum { SIZE = 60000 };
    static uint8_t big[SIZE];
    struct ip_addr dest = addr("10.77.0.2");
    struct ear a, b;
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    ear_open(&r, &a, ns.a, raw("va"));
    ear_open(&r, &b, ns.b, raw("vb"));
    assert_int_equal(dgram_send(a.d, NULL, &dest, 0, big, SIZE), 0); /* comes in fragments */
    real_until(&r, has_heard, &b);
    assert_int_equal(b.len, SIZE);
    b.n = 0;
    assert_int_equal(dgram_send(a.d, NULL, &dest, 0, big, 0), 0);
    real_until(&r, has_heard, &b);
    assert_int_equal(b.len, 0);
    dgram_close(a.d);
    dgram_close(b.d);
    real_fini(&r);
}

static void test_dgram__impossible(void **state)
{
    struct dgram_spec spec = udp("nothere", 646), endless = udp("", 646), taken = udp("va", 646);
    struct dgram *d = NULL;
    struct real r;

    (void)state;
    if (!ns.is_ready)
        skip();
    real_init(&r);
    assert_int_equal(dgram_open(r.io, &spec, on_dgram, NULL, &d), -ENODEV);
    memset(endless.device, 'x', sizeof(endless.device));
    assert_int_equal(dgram_open(r.io, &endless, on_dgram, NULL, &d), -EINVAL);
    assert_int_equal(dgram_open(r.io, &taken, on_dgram, NULL, &d), 0);
    dgram_close(d);
    real_fini(&r);
}

/* Hellos inside a VPN instance: sockets on the port that is enslaved to the VRF, beside public ones. */
static void test_dgram__on_a_port_of_a_vrf(void **state)
{
    struct ip_addr routers = addr("224.0.0.2"), ospf = addr("224.0.0.5");
    struct ear hello, public, router, peer_hello, peer_router;
    struct real r;

    (void)state;
    if (!ns.is_ready || !netns_add_vrf(&ns))
        skip();
    real_init(&r);
    ear_open(&r, &hello, ns.a, udp("ca", 646));
    ear_open(&r, &public, ns.a, udp("va", 646));
    ear_open(&r, &router, ns.a, raw("ca"));
    ear_open(&r, &peer_hello, ns.b, udp("cb", 646));
    ear_open(&r, &peer_router, ns.b, raw("cb"));
    assert_int_equal(dgram_join(hello.d, &routers), 0);
    assert_int_equal(dgram_join(public.d, &routers), 0);
    assert_int_equal(dgram_join(router.d, &ospf), 0);
    assert_int_equal(dgram_join(peer_hello.d, &routers), 0);
    assert_int_equal(dgram_join(peer_router.d, &ospf), 0);
    send_text(&peer_hello, NULL, "224.0.0.2", 646, "hello");
    real_until(&r, has_heard, &hello);
    expect(&hello, "hello", "10.78.0.2", "224.0.0.2");
    netns_use(ns.a);
    assert_int_equal(hello.info.ifindex, if_nametoindex("ca"));
    send_text(&peer_router, NULL, "224.0.0.5", 0, "ospf");
    real_until(&r, has_heard, &router);
    expect(&router, "ospf", "10.78.0.2", "224.0.0.5");
    assert_int_equal(router.info.ifindex, if_nametoindex("ca"));
    send_text(&hello, "10.78.0.1", "224.0.0.2", 646, "back");
    real_until(&r, has_heard, &peer_hello);
    expect(&peer_hello, "back", "10.78.0.1", "224.0.0.2");
    send_text(&router, "10.78.0.1", "10.78.0.2", 0, "unicast");
    real_until(&r, has_heard, &peer_router);
    expect(&peer_router, "unicast", "10.78.0.1", "10.78.0.2");
    real_for_ms(&r, 20);
    assert_int_equal(public.n, 0);
    dgram_close(hello.d);
    dgram_close(public.d);
    dgram_close(router.d);
    dgram_close(peer_hello.d);
    dgram_close(peer_router.d);
    real_fini(&r);
}

/* --- the header, without a socket --- */

static const uint8_t packet[] = {0x46, 0xc0, 0, 30, 0, 1,    0, 0, 1, 89,  0x12, 0x34, 10,  0,   0,
                                 1,    224,  0, 0,  5, 0x94, 4, 0, 0, 'o', 's',  'p',  'f', '!', '!'};

static void test_dgram_strip__options_and_every_truncation(void **state)
{
    (void)state;
    for (size_t size = 0; size <= sizeof(packet); size++) {
        uint8_t *exact = test_malloc(size + 1);
        const uint8_t *data = exact + 1;
        struct dgram_info info = {0};
        size_t len = size;

        memcpy(exact + 1, packet, size);
        if (dgram_event_strip(&data, &len, &info)) {
            assert_true(size >= 24);
            assert_ptr_equal(data, exact + 25);
            assert_int_equal(len, size - 24);
            assert_int_equal(ip_addr_to_v4(&info.source), 0x0a000001);
            assert_int_equal(ip_addr_to_v4(&info.destination), 0xe0000005);
            assert_int_equal(info.ttl, 1);
        } else {
            assert_true(size < 24);
        }
        test_free(exact);
    }
}

static void test_dgram_strip__bad_headers(void **state)
{
    uint8_t copy[sizeof(packet)];

    (void)state;
    memcpy(copy, packet, sizeof(copy));
    for (unsigned first = 0; first < 256; first++) {
        const uint8_t *data = copy;
        struct dgram_info info = {0};
        size_t len = sizeof(copy), header = (first & 15) * 4u;

        copy[0] = (uint8_t)first;
        assert_int_equal(dgram_event_strip(&data, &len, &info),
                         first >> 4 == 4 && header >= 20 && header <= sizeof(copy));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dgram__udp_hello_by_multicast),
        cmocka_unit_test(test_dgram__udp_unicast_with_source_and_ttl),
        cmocka_unit_test(test_dgram__raw_ospf),
        cmocka_unit_test(test_dgram__one_socket_a_device),
        cmocka_unit_test(test_dgram__closing_inside_its_callback),
        cmocka_unit_test(test_dgram__a_flood_starves_nobody),
        cmocka_unit_test(test_dgram__largest),
        cmocka_unit_test(test_dgram__impossible),
        cmocka_unit_test(test_dgram__on_a_port_of_a_vrf),
        cmocka_unit_test(test_dgram_strip__options_and_every_truncation),
        cmocka_unit_test(test_dgram_strip__bad_headers),
    };

    ns = netns_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
