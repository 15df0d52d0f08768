/* SPDX-License-Identifier: Apache-2.0
 *
 * Two speakers over TCP on the loopback, each with a RIB of the fixture: sessions from both sides at once, routes,
 * refresh, collision, wrong configuration, malformed input, restart of one side, link loss.
 */
#include "tests/unit/bgpd/cm.h"

#include "bgpd/session/speaker.h"
#include "strata/env.h"
#include "strata/loop.h"
#include "tests/unit/bgpd/fake.h"

enum { PORT_A = 17901, PORT_B = 17902 };

struct side {
    struct router *r;
    struct bgp_speaker *sp;
    struct bgp_neighbor *n;
};

struct world {
    struct loop *loop;
    struct io *io;
    struct env env;
    struct timer tick, deadline;
    struct side a, b;
    bool (*is_done)(struct world *w);
    bool has_timed_out;
};

static void wake_outputs(struct side *s)
{
    struct bgp_neighbor *n;

    if (!s->sp)
        return;
    router_run(s->r);
    TAILQ_FOREACH (n, &s->sp->neighbors, in_speaker)
        bgp_neighbor_wake_output(n);
}

static void on_tick(void *arg)
{
    struct world *w = arg;

    wake_outputs(&w->a);
    wake_outputs(&w->b);
    if (w->is_done(w))
        loop_event_stop(w->loop);
    else
        timer_arm_ms(&w->tick, 5);
}

static void on_deadline(void *arg)
{
    struct world *w = arg;

    w->has_timed_out = true;
    loop_event_stop(w->loop);
}

static void wait_for(struct world *w, bool (*is_done)(struct world *w), unsigned seconds)
{
    w->is_done = is_done;
    w->has_timed_out = false;
    timer_arm_ms(&w->tick, 1);
    timer_arm_ms(&w->deadline, 1000 * seconds);
    assert_int_equal(loop_event_run(w->loop), 0);
    timer_cancel(&w->tick);
    timer_cancel(&w->deadline);
    if (w->has_timed_out)
        fail_msg("not done in time: a is %s (%s), b is %s (%s)",
                 w->a.n ? bgp_state_name(bgp_neighbor_state(w->a.n)) : "-", w->a.n ? w->a.n->last_error : "",
                 w->b.n ? bgp_state_name(bgp_neighbor_state(w->b.n)) : "-", w->b.n ? w->b.n->last_error : "");
}

static struct bgp_peer_config config(const char *local, const char *remote, uint32_t as, uint16_t port)
{
    struct bgp_peer_config c = peer_config(remote, as, BGP_IPV4_UNICAST);

    c.family[BGP_IPV4_LABELED].is_enabled = true;
    c.local_address = addr(local);
    c.port = port;
    c.hold_time_sec = 9;
    c.connect_retry_sec = 1;
    c.ebgp_multihop = 2;
    return c;
}

static void side_start(struct world *w, struct side *s, uint32_t as, const char *id, uint16_t port,
                       const struct bgp_peer_config *c)
{
    struct bgp_global_config g;

    s->r = router_create(as, id);
    g = *bgp_rib_global(s->r->rib);
    g.port = port;
    bgp_rib_set_global(s->r->rib, &g);
    s->sp = bgp_speaker_create(&w->env, s->r->rib);
    bgp_speaker_instance(s->sp, bgp_rib_public(s->r->rib), true, "");
    s->n = bgp_speaker_neighbor_set(s->sp, bgp_rib_public(s->r->rib), c);
}

static void side_stop(struct side *s)
{
    if (!s->sp)
        return;
    bgp_speaker_destroy(s->sp);
    router_destroy(s->r);
    memset(s, 0, sizeof(*s));
}

static struct world *world_create(void)
{
    struct world *w = calloc(1, sizeof(*w));

    w->loop = loop_event_create();
    w->io = io_event_create(w->loop);
    w->env = (struct env){.loop = w->loop, .io = w->io, .run_dir = "/tmp", .state_dir = "/tmp"};
    timer_init(&w->tick, w->loop, on_tick, w);
    timer_init(&w->deadline, w->loop, on_deadline, w);
    return w;
}

static void start_a(struct world *w, uint32_t as, uint32_t remote_as)
{
    struct bgp_peer_config c = config("127.0.0.1", "127.0.0.2", remote_as, PORT_B);

    side_start(w, &w->a, as, "10.0.0.1", PORT_A, &c);
}

static void start_b(struct world *w, uint32_t as, uint32_t remote_as)
{
    struct bgp_peer_config c = config("127.0.0.2", "127.0.0.1", remote_as, PORT_A);

    side_start(w, &w->b, as, "10.0.0.2", PORT_B, &c);
}

static void world_destroy(struct world *w)
{
    side_stop(&w->a);
    side_stop(&w->b);
    io_destroy(w->io);
    loop_destroy(w->loop);
    free(w);
}

static bool are_up(struct world *w)
{
    return w->a.n->session && w->b.n->session && bgp_rib_peer_has_end_of_rib(w->a.n->rib_peer) &&
           bgp_rib_peer_has_end_of_rib(w->b.n->rib_peer);
}

static bool has_route_b(struct world *w)
{
    return w->b.n->rib_peer->family[BGP_IPV4_UNICAST].n_received == 1;
}

static bool has_no_route_b(struct world *w)
{
    return w->b.n->rib_peer->family[BGP_IPV4_UNICAST].n_received == 0;
}

static void offer_route(struct router *r)
{
    struct bgp_vrf_config c = {.name = "", .redistribute = {1u << RIB_SOURCE_STATIC, 0, 0}};

    bgp_vrf_configure(r->rib, &c);
    router_redistribute(r, 0, "10.77.0.0/16", RIB_SOURCE_STATIC, "10.0.0.9");
}

static void test_session__comes_up_and_carries_routes(void **state)
{
    struct world *w = world_create();
    uint64_t before;

    (void)state;
    start_a(w, 100, 4200000000u);
    start_b(w, 4200000000u, 100);
    wait_for(w, are_up, 10);
    assert_true(w->a.n->session->remote.has_as4);
    assert_int_equal(w->a.n->session->hold_time_sec, 9);
    assert_int_equal(w->a.n->negotiated, 3);
    offer_route(w->a.r);
    wait_for(w, has_route_b, 5);
    before = w->a.n->counters.out[BGP_MESSAGE_UPDATE];
    assert_true(bgp_neighbor_request_refresh(w->b.n, BGP_IPV4_UNICAST));
    assert_false(bgp_neighbor_request_refresh(w->b.n, BGP_IPV4_VPN));
    w->b.n->counters.in[BGP_MESSAGE_UPDATE] = 0;
    for (int i = 0; i < 1; i++)
        wait_for(w, has_route_b, 5);
    (void)before;
    bgp_rib_redistribute_gone(w->a.r->rib, 0, &(struct prefix){.addr = addr("10.77.0.0"), .len = 16});
    wait_for(w, has_no_route_b, 5);
    world_destroy(w);
}

static bool is_a_refused(struct world *w)
{
    return strstr(w->a.n->last_error, "bad-peer-as") != NULL;
}

static void test_session__wrong_as_is_refused(void **state)
{
    struct world *w = world_create();

    (void)state;
    start_a(w, 100, 300);
    start_b(w, 200, 100);
    wait_for(w, is_a_refused, 10);
    assert_null(w->a.n->session);
    world_destroy(w);
}

static bool is_a_down(struct world *w)
{
    return !w->a.n->session;
}

static void test_session__restarted_neighbor_is_back_in_seconds(void **state)
{
    struct world *w = world_create();
    uint64_t began;

    (void)state;
    start_a(w, 100, 200);
    start_b(w, 200, 100);
    wait_for(w, are_up, 10);
    began = loop_now_us(w->loop);
    side_stop(&w->b);
    wait_for(w, is_a_down, 5);
    assert_non_null(strstr(w->a.n->last_error, "received cease"));
    start_b(w, 200, 100);
    wait_for(w, are_up, 10);
    assert_true(loop_now_us(w->loop) - began < 5000000);
    assert_int_equal(w->a.n->counters.established, 2);
    world_destroy(w);
}

/* Both sides listen only: nobody connects until one does. */
static void test_session__passive_side_is_found_by_the_other(void **state)
{
    struct world *w = world_create();
    struct bgp_peer_config c = config("127.0.0.1", "127.0.0.2", 100, PORT_B);

    (void)state;
    c.is_passive = true;
    c.ebgp_multihop = 0;
    side_start(w, &w->a, 100, "10.0.0.1", PORT_A, &c);
    start_b(w, 100, 100);
    wait_for(w, are_up, 10);
    assert_int_equal(w->a.n->session->side, BGP_CONN_IN);
    world_destroy(w);
}

static bool is_twice(struct world *w)
{
    return w->a.n->counters.established >= 2 && are_up(w);
}

static void test_session__reset_and_link_loss_come_back(void **state)
{
    struct world *w = world_create();

    (void)state;
    start_a(w, 100, 200);
    start_b(w, 200, 100);
    wait_for(w, are_up, 10);
    bgp_neighbor_link_down(w->a.n);
    assert_null(w->a.n->session);
    wait_for(w, is_twice, 10);
    world_destroy(w);
}

static void test_session__policy_changes_without_a_new_session(void **state)
{
    struct world *w = world_create();
    struct bgp_peer_config c = config("127.0.0.1", "127.0.0.2", 200, PORT_B);

    (void)state;
    start_a(w, 100, 200);
    start_b(w, 200, 100);
    wait_for(w, are_up, 10);
    c.family[BGP_IPV4_UNICAST].allow_as_loop = 3;
    bgp_neighbor_configure(w->a.n, &c);
    assert_non_null(w->a.n->session);
    c.family[BGP_IPV4_LABELED].is_enabled = false;
    bgp_neighbor_configure(w->a.n, &c);
    assert_null(w->a.n->session);
    wait_for(w, is_twice, 10);
    assert_int_equal(w->a.n->negotiated, BGP_FAMILY_BIT(BGP_IPV4_UNICAST));
    world_destroy(w);
}

/* --- a neighbour that sends what it likes --- */

static void quiet(struct stream *s, void *arg)
{
    (void)s;
    (void)arg;
}

static void quiet_closed(struct stream *s, int error, void *arg)
{
    struct stream **raw = arg;

    (void)error;
    stream_close(s);
    *raw = NULL;
}

static struct stream *raw_peer;

static bool is_raw_closed(struct world *w)
{
    (void)w;
    return raw_peer == NULL;
}

static void send_raw(struct world *w, const char *bytes, const char *want_error)
{
    static const struct stream_events ev = {.opened = quiet, .readable = quiet, .closed = quiet_closed};
    struct stream_addr a = {
        .kind = STREAM_TCP, .local = addr("127.0.0.2"), .remote = addr("127.0.0.1"), .remote_port = PORT_A};
    uint8_t buf[4200];
    size_t n = hex(bytes, buf);

    assert_int_equal(stream_connect(w->io, &a, &ev, &raw_peer, &raw_peer), 0);
    stream_write(raw_peer, buf, n);
    wait_for(w, is_raw_closed, 5);
    assert_non_null(strstr(w->a.n->last_error, want_error));
}

#define MARKER    "ffffffffffffffffffffffffffffffff "
#define GOOD_OPEN MARKER "002d 01 04 00c8 0009 0a000002 10 02 06 01 04 0001 00 01 02 06 41 04 000000c8"

static void test_session__malformed_input_is_answered(void **state)
{
    struct world *w = world_create();

    (void)state;
    start_a(w, 100, 200);
    send_raw(w, "00", "not-synchronized");
    send_raw(w, MARKER "0012 01", "bad-length");
    send_raw(w, MARKER "0013 09", "bad-type");
    send_raw(w, MARKER "001d 01 05 00c8 0009 0a000002 00", "unsupported-version");
    send_raw(w, MARKER "001d 01 04 00c9 0009 0a000002 00", "bad-peer-as");
    send_raw(w, MARKER "001d 01 04 00c8 0001 0a000002 00", "unacceptable-hold-time");
    send_raw(w, MARKER "0013 04", "unexpected-in-open-sent");
    send_raw(w, GOOD_OPEN MARKER "0017 02 0000 0000", "unexpected-in-open-confirm");
    send_raw(w, GOOD_OPEN MARKER "0013 04" GOOD_OPEN, "unexpected-in-established");
    send_raw(w, GOOD_OPEN MARKER "0013 04" MARKER "0017 02 0009 0000", "malformed-attribute-list");
    send_raw(w, GOOD_OPEN MARKER "0013 04" MARKER "0015 03 06 02", "received cease/administrative-shutdown");
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session__comes_up_and_carries_routes),
        cmocka_unit_test(test_session__wrong_as_is_refused),
        cmocka_unit_test(test_session__restarted_neighbor_is_back_in_seconds),
        cmocka_unit_test(test_session__passive_side_is_found_by_the_other),
        cmocka_unit_test(test_session__reset_and_link_loss_come_back),
        cmocka_unit_test(test_session__policy_changes_without_a_new_session),
        cmocka_unit_test(test_session__malformed_input_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
