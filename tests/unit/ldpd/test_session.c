/* SPDX-License-Identifier: Apache-2.0
 *
 * Discovery and the life of a session (RFC 5036 s2.4, s2.5), with a scripted neighbour.
 */
#include "session_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static const struct ip_addr all_routers = {.family = AF_IPV4, .b = {224, 0, 0, 2}};

/* --- discovery --- */

static void test_ldp_session__says_hello(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    run_ms(f, 60000);
    assert_in_range(f->peer.n_hellos[0], 12, 17);
    assert_in_range(f->peer.n_hellos[1], 12, 17);
    assert_int_equal(f->peer.last_hello.hold_time_sec, 15);
    assert_int_equal(ip_addr_to_v4(&f->peer.last_hello.transport), US);
    assert_false(f->peer.last_hello.is_targeted);
}

static void test_ldp_session__says_hello_three_times_as_often_as_it_is_forgotten(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    f->peer.holdtime_sec = 3;
    peer_be(f, HIGH_PEER);
    run_ms(f, 1000);
    f->peer.n_hellos[0] = 0;
    run_ms(f, 30000);
    assert_in_range(f->peer.n_hellos[0], 29, 42);
    assert_int_equal(adjacency_count(f), 1);
}

static void test_ldp_session__answers_a_new_neighbour_at_once(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    run_ms(f, 1000);
    unsigned before = f->peer.n_hellos[0];
    peer_be(f, HIGH_PEER);
    run_ms(f, 20);
    assert_int_equal(f->peer.n_hellos[0], before + 1);
    assert_int_equal(adjacency_count(f), 1);
    assert_string_equal(session_state(f), "none");
}

static void test_ldp_session__forgets_a_silent_neighbour(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    f->peer.holdtime_sec = 9;
    run_ms(f, 3000);
    f->peer.says_hello[0] = false;
    run_ms(f, 7000);
    assert_int_equal(adjacency_count(f), 1);
    run_ms(f, 2500);
    assert_int_equal(adjacency_count(f), 0);
    assert_string_equal(session_state(f), "gone");
}

static void test_ldp_session__hold_time_0_is_the_default_and_ffff_for_ever(void **state)
{
    struct fixture *f = *state;
    f->e_config[0].hello_holdtime = 0xffff;
    fixture_start(f);
    f->peer.holdtime_sec = 0;
    peer_be(f, HIGH_PEER);
    run_ms(f, 100);
    f->peer.says_hello[0] = false;
    run_ms(f, 14500);
    assert_int_equal(adjacency_count(f), 1);
    run_ms(f, 1000);
    assert_int_equal(adjacency_count(f), 0);
    f->peer.holdtime_sec = 0xffff;
    peer_say_hello(f, 0);
    run_ms(f, 200000);
    assert_int_equal(adjacency_count(f), 1);
}

static void send_hello(struct fixture *f, const struct ip_addr *to, uint32_t lsr_id, uint16_t space,
                       const struct ldp_hello *h)
{
    uint8_t data[64];
    struct wire_writer w = wire_writer_of(data, sizeof(data));
    size_t begun = ldp_pdu_begin(&w, lsr_id, space);
    ldp_put_hello(&w, 1, h);
    ldp_pdu_end(&w, begun);
    peer_hello_to(f, 0, to, data, w.pos);
    run_ms(f, 20);
}

static void test_ldp_session__hellos_that_do_not_count(void **state)
{
    struct fixture *f = *state;
    struct ldp_hello plain = {.hold_time_sec = 15}, targeted = {.hold_time_sec = 15, .is_targeted = true};
    struct ldp_hello martian = {.hold_time_sec = 15, .transport = ip_addr_v4(0x7f000001)};
    struct ip_addr unicast = ip_addr_v4(0x0a010001);
    fixture_start(f);
    send_hello(f, &all_routers, HIGH_PEER, 0, &targeted);
    send_hello(f, &all_routers, US, 0, &plain);
    send_hello(f, &unicast, HIGH_PEER, 0, &plain);
    assert_int_equal(ldp_instance_counters(f->ldp)->malformed_hello, 0);
    send_hello(f, &all_routers, 0, 0, &plain);
    send_hello(f, &all_routers, HIGH_PEER, 1, &plain);
    send_hello(f, &all_routers, HIGH_PEER, 0, &martian);
    assert_int_equal(ldp_instance_counters(f->ldp)->malformed_hello, 3);
    static const uint8_t junk[] = {0, 1, 0, 30, 10, 0, 0, 9, 0, 0, 1, 0, 0, 20, 0, 0, 0, 1};
    for (size_t n = 0; n <= sizeof(junk); n++)
        peer_hello_to(f, 0, &all_routers, junk, n);
    run_ms(f, 20);
    assert_int_equal(ldp_instance_counters(f->ldp)->malformed_hello, 3 + sizeof(junk) + 1);
    assert_int_equal(adjacency_count(f), 0);
    send_hello(f, &all_routers, HIGH_PEER, 0, &plain);
    assert_int_equal(adjacency_count(f), 1);
}

static void test_ldp_session__invented_neighbours_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct ldp_hello h = {.hold_time_sec = 15};
    fixture_start(f);
    for (uint32_t k = 0; k < 400; k++)
        send_hello(f, &all_routers, 0x0b000000 + k, 0, &h);
    assert_int_equal(adjacency_count(f), 256);
}

/* --- the way up --- */

static void test_ldp_session__connects_when_its_address_is_higher(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_parameters p = good_init();
    struct ldp_session_view v;
    fixture_start(f);
    peer_listen(f);
    peer_be(f, LOW_PEER);
    run_ms(f, 200);
    assert_int_equal(ip_addr_to_v4(&stream_endpoints(f->peer.stream)->remote), US);
    expect_heard(f, "init;");
    assert_int_equal(f->peer.init.keepalive_sec, 45);
    assert_int_equal(f->peer.init.version, 1);
    assert_int_equal(f->peer.init.max_pdu, 4096);
    assert_int_equal(f->peer.init.receiver_lsr_id, LOW_PEER);
    assert_false(f->peer.init.is_on_demand || f->peer.init.has_loop_detection);
    assert_string_equal(session_state(f), "open-sent");
    peer_init(f, &p);
    run_ms(f, 100);
    expect_heard(f, "keepalive;");
    assert_string_equal(session_state(f), "open-rec");
    expect_told(f, "");
    peer_keepalive(f);
    run_ms(f, 100);
    expect_heard(f, "addresses 10.1.1.1 10.1.0.1 10.0.0.5;");
    expect_told(f, "peer 1 10.1.0.2;");
    assert_true(session_view(f, &v) && v.is_operational && v.is_active);
    assert_int_equal(v.keepalive_sec, 30);
}

static void test_ldp_session__waits_when_its_address_is_lower(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_parameters p = good_init();
    struct ldp_session_view v;
    fixture_start(f);
    peer_listen(f);
    peer_be(f, HIGH_PEER);
    run_ms(f, 3000);
    assert_int_equal(f->peer.n_connected, 0);
    peer_connect(f);
    run_ms(f, 100);
    expect_heard(f, "");
    assert_string_equal(session_state(f), "initialized");
    peer_init(f, &p);
    run_ms(f, 100);
    expect_heard(f, "init;keepalive;");
    peer_keepalive(f);
    run_ms(f, 100);
    assert_true(session_view(f, &v) && v.is_operational && !v.is_active);
    expect_told(f, "peer 1 10.1.0.2;");
}

static void test_ldp_session__downstream_on_demand_yields(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_parameters p = good_init();
    fixture_start(f);
    peer_listen(f);
    peer_be(f, LOW_PEER);
    run_ms(f, 200);
    p.is_on_demand = true;
    p.has_loop_detection = true;
    p.path_vector_limit = 3;
    peer_init(f, &p);
    peer_keepalive(f);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "operational");
}

static void expect_rejected(struct fixture *f, const struct ldp_session_parameters *p, const char *wanted)
{
    peer_connect(f);
    run_ms(f, 100);
    peer_init(f, p);
    run_ms(f, 100);
    expect_heard(f, wanted);
    assert_string_equal(session_state(f), "none");
}

static void test_ldp_session__rejects_bad_parameters(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_parameters p = good_init();
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    run_ms(f, 200);
    p.receiver_lsr_id = 0x01020304;
    expect_rejected(f, &p, "fatal session-rejected-no-hello of initialization;closed;");
    p = good_init();
    p.receiver_space = 2;
    expect_rejected(f, &p, "fatal session-rejected-no-hello of initialization;closed;");
    p = good_init();
    p.keepalive_sec = 0;
    expect_rejected(f, &p, "fatal session-rejected-bad-keepalive-time of initialization;closed;");
    p = good_init();
    p.version = 2;
    expect_rejected(f, &p, "fatal bad-protocol-version of initialization;closed;");
    peer_connect(f); /* and takes a good one afterwards */
    run_ms(f, 100);
    p = good_init();
    peer_init(f, &p);
    peer_keepalive(f);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "operational");
}

/* RFC 5036 s2.5.3: at least 15 s, doubled up to at least 120 s. */
static void test_ldp_session__backs_off_when_it_is_rejected(void **state)
{
    struct fixture *f = *state;
    static const unsigned waits_sec[] = {15, 30, 60, 120, 120};
    fixture_start(f);
    peer_listen(f);
    peer_be(f, LOW_PEER);
    run_ms(f, 200);
    for (unsigned k = 0; k < 5; k++) {
        assert_int_equal(f->peer.n_connected, k + 1);
        peer_notify(f, LDP_STATUS_BAD_ADVERTISEMENT);
        run_ms(f, (waits_sec[k] - 1) * 1000u);
        assert_int_equal(f->peer.n_connected, k + 1);
        assert_null(f->peer.stream);
        run_ms(f, 1200);
    }
    struct ldp_session_parameters p = good_init();
    peer_init(f, &p);
    peer_keepalive(f);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "operational");
    peer_close(f);
    run_ms(f, 1500); /* forgiven */
    assert_int_equal(f->peer.n_connected, 7);
}

static void test_ldp_session__tries_again_soon_when_the_connection_fails(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    peer_be(f, LOW_PEER);
    run_ms(f, 10000); /* nobody listens: refused */
    peer_listen(f);
    run_ms(f, 1500);
    assert_int_equal(f->peer.n_connected, 1);
    peer_close(f);
    run_ms(f, 1500);
    assert_int_equal(f->peer.n_connected, 2);
    sim_cable_blackhole(f->cable[0], false, true); /* its answers are lost: our attempt must time out */
    peer_close(f);
    run_ms(f, 8000);
    sim_cable_blackhole(f->cable[0], false, false);
    run_ms(f, 7000);
    assert_int_equal(f->peer.n_connected, 3);
}

static void test_ldp_session__a_connection_that_says_nothing_is_closed(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    run_ms(f, 200);
    peer_connect(f);
    run_ms(f, 14000);
    expect_heard(f, "");
    run_ms(f, 2000);
    expect_heard(f, "fatal keepalive-timer-expired;closed;");
}

static void test_ldp_session__messages_out_of_turn(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_parameters p = good_init();
    struct prefix fec = prefix_v4(0x0a090909, 32);
    uint32_t label = 700;
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    run_ms(f, 200);
    peer_connect(f);
    run_ms(f, 50);
    peer_keepalive(f);
    run_ms(f, 100);
    expect_heard(f, "fatal shutdown of keepalive;closed;");
    peer_connect(f);
    run_ms(f, 50);
    peer_label(f, LDP_LABEL_MAPPING, &fec, &label);
    run_ms(f, 100);
    expect_heard(f, "fatal shutdown of label-mapping;closed;");
    peer_connect(f);
    run_ms(f, 50);
    peer_init(f, &p);
    peer_init(f, &p);
    run_ms(f, 100);
    expect_heard(f, "init;keepalive;fatal shutdown of initialization;closed;");
    expect_told(f, "");
}

/* --- the way down --- */

static void test_ldp_session__dies_without_keepalives(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    run_ms(f, 100000);
    assert_string_equal(session_state(f), "operational");
    assert_in_range(f->peer.n_keepalives, 10, 12); /* every 10 s of 30 */
    expect_heard(f, "");
    peer_stays_alive(f, false);
    run_ms(f, 24000);
    peer_notify(f, LDP_STATUS_SUCCESS); /* any message will do (s2.5.6) */
    run_ms(f, 29000);
    assert_string_equal(session_state(f), "operational");
    run_ms(f, 2500);
    expect_heard(f, "fatal keepalive-timer-expired;closed;init;");
    expect_told(f, "no-peer 1;");
}

static void test_ldp_session__ends_with_the_neighbours_fatal_notification(void **state)
{
    struct fixture *f = *state;
    session_up_passive(f);
    peer_notify(f, LDP_STATUS_NO_ROUTE);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "operational");
    peer_notify(f, LDP_STATUS_SHUTDOWN);
    run_ms(f, 100);
    expect_heard(f, "closed;"); /* and is not answered */
    assert_string_equal(session_state(f), "none");
    expect_told(f, "no-peer 1;");
}

static void test_ldp_session__restarted_neighbour_is_up_at_once(void **state)
{
    struct fixture *f = *state;
    struct prefix fec = prefix_v4(0x0a090909, 32);
    uint32_t label = 700;
    struct ldp_session_parameters p = good_init();
    session_up_passive(f);
    peer_label(f, LDP_LABEL_MAPPING, &fec, &label);
    run_ms(f, 100);
    expect_told(f, "bind 1 10.9.9.9/32=700;");
    /* The old connection is not closed: its end was lost with the neighbour. */
    sim_cable_blackhole(f->cable[0], false, true);
    peer_close(f);
    run_ms(f, 20);
    sim_cable_blackhole(f->cable[0], false, false);
    peer_connect(f);
    run_ms(f, 100);
    expect_told(f, "unbind 1 10.9.9.9/32;no-peer 1;");
    peer_init(f, &p);
    peer_keepalive(f);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "operational");
    expect_told(f, "peer 2 10.1.0.2;");
}

static void test_ldp_session__lost_connection_is_made_again(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    peer_close(f);
    run_ms(f, 50);
    expect_told(f, "no-peer 1;");
    run_ms(f, 1200);
    expect_heard(f, "init;");
}

static void test_ldp_session__lives_while_one_adjacency_does(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    f->peer.says_hello[1] = true;
    run_ms(f, 3000);
    assert_int_equal(adjacency_count(f), 2);
    expect_told(f, "peer 1 10.1.1.2 10.1.0.2;");
    f->peer.says_hello[1] = false;
    run_ms(f, 16000);
    assert_int_equal(adjacency_count(f), 1);
    expect_told(f, "peer 1 10.1.0.2;");
    assert_string_equal(session_state(f), "operational");
    f->peer.says_hello[0] = false;
    run_ms(f, 16000);
    expect_heard(f, "fatal hold-timer-expired;closed;");
    expect_told(f, "no-peer 1;");
    assert_string_equal(session_state(f), "gone");
}

static void test_ldp_session__two_transport_addresses_do_not_shake_it(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    f->peer.transport[1] = ip_addr_v4(0x0a010102);
    f->peer.says_hello[1] = true;
    run_ms(f, 20000);
    expect_heard(f, "");
    assert_string_equal(session_state(f), "operational");
    peer_stays_alive(f, false);
    f->peer.says_hello[0] = false; /* now the other one counts */
    run_ms(f, 16000);
    expect_heard(f, "fatal shutdown;closed;");
    f->peer.transport[0] = f->peer.transport[1];
    peer_connect(f); /* the higher one now */
    run_ms(f, 100);
    assert_string_equal(session_state(f), "initialized");
}

static void test_ldp_session__follows_a_new_transport_address(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    peer_stays_alive(f, false);
    f->config.has_transport_address = true;
    f->config.transport_address = ip_addr_v4(0x0a010001);
    ldp_instance_configure(f->ldp, &f->config, NULL);
    run_ms(f, 8000);
    expect_heard(f, "fatal shutdown;closed;init;");
    assert_int_equal(ip_addr_to_v4(&stream_endpoints(f->peer.stream)->remote), 0x0a010001);
    assert_int_equal(ip_addr_to_v4(&f->peer.last_hello.transport), 0x0a010001);
}

static void test_ldp_session__role_changes_with_the_address(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    f->peer.transport[0] = ip_addr_v4(HIGH_PEER);
    run_ms(f, 30000);
    expect_heard(f, "fatal shutdown;closed;"); /* and no attempt of ours any more */
    assert_string_equal(session_state(f), "none");
    peer_connect(f);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "initialized");
}

static void test_ldp_session__says_goodbye(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    fixture_stop(f);
    run_ms(f, 100);
    expect_heard(f, "fatal shutdown;closed;");
}

static void test_ldp_session__clear(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    assert_int_equal(ldp_instance_clear(f->ldp, HIGH_PEER), 0);
    assert_int_equal(ldp_instance_clear(f->ldp, LOW_PEER), 1);
    run_ms(f, 1500);
    expect_heard(f, "fatal shutdown;closed;init;");
    peer_notify(f, LDP_STATUS_BAD_ADVERTISEMENT);
    run_ms(f, 100);
    ldp_instance_clear(f->ldp, 0); /* the back-off, too */
    run_ms(f, 100);
    expect_heard(f, "closed;init;");
}

/* --- links --- */

static void test_ldp_session__link_down_and_up(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    f->e[0].is_up = false;
    ldp_instance_interface(f->ldp, &f->e[0], &f->e[0]);
    run_ms(f, 100);
    expect_heard(f, "fatal shutdown;closed;");
    assert_string_equal(session_state(f), "gone");
    f->e[0].is_up = true;
    ldp_instance_interface(f->ldp, &f->e[0], &f->e[0]);
    run_ms(f, 3000);
    expect_heard(f, "init;");
}

static void test_ldp_session__link_that_was_made_anew(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    struct rib_interface anew = f->e[0];
    anew.ifindex = 77;
    unsigned hellos = f->peer.n_hellos[0];
    ldp_instance_interface(f->ldp, &anew, NULL); /* the new one may be told before the end of the old one */
    ldp_instance_interface(f->ldp, NULL, &f->e[0]);
    run_ms(f, 3000);
    assert_true(f->peer.n_hellos[0] > hellos);
    expect_heard(f, "fatal shutdown;closed;init;");
}

static void test_ldp_session__only_configured_links(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    f->config.n_interface = 1;
    f->e_configs[0] = &f->e_config[1];
    ldp_instance_configure(f->ldp, &f->config, NULL);
    run_ms(f, 100);
    expect_heard(f, "fatal shutdown;closed;");
    run_ms(f, 10000);
    assert_string_equal(session_state(f), "gone");
}

static void test_ldp_session__new_router_id_starts_over(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    f->config.router_id = US + 1;
    f->peer.says_hello[0] = false;
    dgram_leave(f->peer.hello[0], &all_routers); /* it knows us by the old one only */
    dgram_leave(f->peer.hello[1], &all_routers);
    ldp_instance_configure(f->ldp, &f->config, NULL);
    run_ms(f, 100);
    expect_heard(f, "fatal shutdown;closed;");
    assert_string_equal(session_state(f), "gone");
}

/* --- connections before the hello --- */

static void test_ldp_session__connection_waits_for_the_hello(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_parameters p = good_init();
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    f->peer.says_hello[0] = false;
    timer_cancel(&f->peer.hello_timer);
    peer_connect(f);
    run_ms(f, 100);
    peer_init(f, &p);
    run_ms(f, 3000);
    expect_heard(f, "");
    peer_say_hello(f, 0);
    run_ms(f, 100);
    expect_heard(f, "init;keepalive;");
    peer_keepalive(f);
    run_ms(f, 10000);
    assert_string_equal(session_state(f), "operational");
}

static void test_ldp_session__connection_without_hello_is_refused(void **state)
{
    struct fixture *f = *state;
    uint8_t junk[3000] = {0};
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    f->peer.says_hello[0] = false;
    timer_cancel(&f->peer.hello_timer);
    peer_connect(f);
    run_ms(f, 100);
    for (int k = 0; k < 100; k++)
        peer_send(f, junk, sizeof(junk));
    run_ms(f, 4800);
    expect_heard(f, "");
    run_ms(f, 500);
    expect_heard(f, "fatal session-rejected-no-hello;closed;");
    assert_int_equal(ldp_instance_counters(f->ldp)->unknown_neighbor, 1);
    peer_connect(f); /* one that gives up itself */
    run_ms(f, 100);
    peer_close(f);
    run_ms(f, 10000);
    assert_int_equal(ldp_instance_counters(f->ldp)->unknown_neighbor, 1);
}

static void test_ldp_session__the_newest_waiting_connection_counts(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_parameters p = good_init();
    fixture_start(f);
    peer_be(f, HIGH_PEER);
    timer_cancel(&f->peer.hello_timer);
    peer_connect(f);
    run_ms(f, 100);
    struct stream *old = f->peer.stream;
    f->peer.stream = NULL; /* forgotten, but open */
    peer_connect(f);
    run_ms(f, 100);
    peer_init(f, &p);
    peer_say_hello(f, 0);
    run_ms(f, 100);
    expect_heard(f, "closed;init;keepalive;");
    peer_keepalive(f);
    run_ms(f, 100);
    assert_string_equal(session_state(f), "operational");
    (void)old; /* closed by its event */
}

static void test_ldp_session__connection_to_the_active_side_is_refused(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    struct stream *good = f->peer.stream;
    f->peer.stream = NULL;
    peer_connect(f);
    run_ms(f, 100);
    expect_heard(f, "closed;");
    f->peer.stream = good;
    assert_string_equal(session_state(f), "operational");
}

#define CASE(name) cmocka_unit_test_setup_teardown(test_ldp_session__##name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(says_hello),
        CASE(says_hello_three_times_as_often_as_it_is_forgotten),
        CASE(answers_a_new_neighbour_at_once),
        CASE(forgets_a_silent_neighbour),
        CASE(hold_time_0_is_the_default_and_ffff_for_ever),
        CASE(hellos_that_do_not_count),
        CASE(invented_neighbours_are_bounded),
        CASE(connects_when_its_address_is_higher),
        CASE(waits_when_its_address_is_lower),
        CASE(downstream_on_demand_yields),
        CASE(rejects_bad_parameters),
        CASE(backs_off_when_it_is_rejected),
        CASE(tries_again_soon_when_the_connection_fails),
        CASE(a_connection_that_says_nothing_is_closed),
        CASE(messages_out_of_turn),
        CASE(dies_without_keepalives),
        CASE(ends_with_the_neighbours_fatal_notification),
        CASE(restarted_neighbour_is_up_at_once),
        CASE(lost_connection_is_made_again),
        CASE(lives_while_one_adjacency_does),
        CASE(two_transport_addresses_do_not_shake_it),
        CASE(follows_a_new_transport_address),
        CASE(role_changes_with_the_address),
        CASE(says_goodbye),
        CASE(clear),
        CASE(link_down_and_up),
        CASE(link_that_was_made_anew),
        CASE(only_configured_links),
        CASE(new_router_id_starts_over),
        CASE(connection_waits_for_the_hello),
        CASE(connection_without_hello_is_refused),
        CASE(the_newest_waiting_connection_counts),
        CASE(connection_to_the_active_side_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
