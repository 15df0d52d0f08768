/* SPDX-License-Identifier: Apache-2.0
 *
 * Anything at any time, from a seed: links and addresses come and go, the configuration changes, routes flap, ribd is
 * told again, the neighbour says sense and nonsense. Nothing may crash, and in the end, when all is quiet, the session
 * stands and the neighbour knows every label.
 */
#include "session_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define FECS   8
#define ROUNDS 20
#define STEPS  300

static uint32_t pick(struct fixture *f, uint32_t n)
{
    return (uint32_t)(sim_random(f->sim) % n);
}

static struct prefix fec_of(uint32_t k)
{
    return prefix_v4(0x0a090900 + k, 32);
}

/* What ribd would answer: it knows each label by what it was told. */
static void answer(struct fixture *f, bool is_good)
{
    for (uint32_t k = 0; k < FECS; k++) {
        struct prefix p = fec_of(k);
        for (uint32_t label = 100; label < f->next_label; label++)
            installed(f, &p, label, is_good); /* of no interest for any but its own */
    }
}

static void nonsense(struct fixture *f)
{
    uint8_t body[40];
    static const uint16_t types[] = {LDP_NOTIFICATION,  LDP_INITIALIZATION, LDP_ADDRESS, LDP_LABEL_MAPPING,
                                     LDP_LABEL_REQUEST, LDP_LABEL_WITHDRAW, 0x0999,      LDP_LABEL_RELEASE};
    static const uint8_t start[] = {1, 0, 0, 8, 2, 0, 1, 32, 10, 9, 9, 1, 2, 0, 0, 4, 0, 0, 2, 0};
    size_t n = pick(f, sizeof(body));
    for (size_t k = 0; k < n; k++)
        body[k] = k < sizeof(start) && pick(f, 8) ? start[k] : (uint8_t)pick(f, 256);
    peer_message(f, types[pick(f, 8)], body, n);
}

static void say(struct fixture *f)
{
    struct prefix p = fec_of(pick(f, FECS));
    struct ip_addr a[2] = {ip_addr_v4(0x0a0a0a00 + pick(f, 4)), ip_addr_v4(0x0a010002)};
    uint32_t label = pick(f, 3) ? 500 + pick(f, 4) : 3;
    bool is_all = pick(f, 8) == 0;
    struct ldp_session_parameters init = good_init();
    if (!f->peer.stream)
        return;
    switch (pick(f, 9)) {
    case 0:
    case 1:
        peer_label(f, LDP_LABEL_MAPPING, &p, &label);
        break;
    case 2:
        peer_label(f, LDP_LABEL_WITHDRAW, is_all ? NULL : &p, pick(f, 2) ? &label : NULL);
        break;
    case 3:
        label = 100 + pick(f, f->next_label - 99);
        peer_label(f, LDP_LABEL_RELEASE, is_all ? NULL : &p, pick(f, 2) ? &label : NULL);
        break;
    case 4:
        peer_label(f, LDP_LABEL_REQUEST, &p, NULL);
        break;
    case 5:
        peer_addresses(f, pick(f, 2) ? LDP_ADDRESS : LDP_ADDRESS_WITHDRAW, a, 2);
        break;
    case 6:
        peer_init(f, &init);
        break;
    case 7:
        nonsense(f);
        break;
    case 8:
        peer_keepalive(f);
        break;
    }
}

static void shake_link(struct fixture *f)
{
    int k = (int)pick(f, 2);
    struct rib_interface *e = &f->e[k], before = *e;
    switch (pick(f, 5)) {
    case 0:
        e->is_up = !e->is_up;
        break;
    case 1:
        e->n_addresses = (uint16_t)(1 + pick(f, 3));
        for (uint16_t n = 1; n < e->n_addresses; n++)
            e->addresses[n] = prefix_v4(0x0a500000 + (pick(f, 5) << 8), 24);
        break;
    case 2:
        e->is_guarded = !e->is_guarded;
        break;
    case 3:
        e->ifindex += 100;
        ldp_instance_interface(f->ldp, NULL, &before);
        ldp_instance_interface(f->ldp, e, NULL);
        return;
    case 4:
        f->peer.says_hello[k] = !f->peer.says_hello[k];
        return;
    }
    ldp_instance_interface(f->ldp, e, &before);
}

static void shake_configuration(struct fixture *f)
{
    switch (pick(f, 5)) {
    case 0:
        f->config.router_id = US + pick(f, 2);
        break;
    case 1:
        f->config.has_transport_address = !f->config.has_transport_address;
        f->config.transport_address = ip_addr_v4(0x0a010001);
        break;
    case 2:
        f->config.n_interface = 1 + pick(f, 2);
        break;
    case 3:
        f->peer.transport[pick(f, 2)] = ip_addr_v4(pick(f, 2) ? LOW_PEER : HIGH_PEER);
        return;
    case 4:
        ldp_instance_clear(f->ldp, 0);
        return;
    }
    ldp_instance_configure(f->ldp, &f->config, NULL);
}

static void introduce(struct fixture *f)
{
    struct ldp_session_parameters init = good_init();
    run_ms(f, 20);
    if (!f->peer.stream)
        return;
    peer_init(f, &init);
    peer_keepalive(f);
}

static void step(struct fixture *f)
{
    struct prefix p = fec_of(pick(f, FECS));
    static const enum rib_source sources[] = {RIB_SOURCE_CONNECTED, RIB_SOURCE_OSPF, RIB_SOURCE_STATIC, RIB_SOURCE_BGP};
    switch (pick(f, 16)) {
    case 0:
        shake_link(f);
        break;
    case 1:
        if (pick(f, 3) == 0)
            shake_configuration(f);
        break;
    case 2:
        ldp_instance_replay(f->ldp);
        break;
    case 3:
        ldp_instance_routes_complete(f->ldp);
        break;
    case 4:
    case 5:
        route(f, &p, sources[pick(f, 4)]);
        break;
    case 6:
        ldp_instance_route_gone(f->ldp, &p);
        break;
    case 7:
    case 8:
        answer(f, pick(f, 4) != 0);
        break;
    case 9:
        if (f->peer.stream && pick(f, 3) == 0)
            peer_close(f);
        break;
    case 10:
        if (!f->peer.stream || pick(f, 6) == 0)
            peer_connect(f);
        if (pick(f, 4))
            introduce(f);
        break;
    default:
        if (!f->peer.stream)
            peer_connect(f);
        if (strcmp(session_state(f), "operational") != 0 && pick(f, 2))
            introduce(f);
        else
            say(f);
        break;
    }
    forget_logs(f);
    run_ms(f, pick(f, 6) ? pick(f, 50) : pick(f, 4000));
}

/* Everything as it should be, and time to settle. */
static void calm_down(struct fixture *f)
{
    struct ldp_session_parameters init = good_init();
    f->config.router_id = US;
    f->config.has_transport_address = false;
    f->config.n_interface = 2;
    peer_be(f, HIGH_PEER);
    for (int k = 0; k < 2; k++) {
        struct rib_interface before = f->e[k];
        f->e[k].is_up = true;
        f->e[k].is_guarded = false;
        f->e[k].n_addresses = 1;
        ldp_instance_interface(f->ldp, &f->e[k], &before);
    }
    ldp_instance_configure(f->ldp, &f->config, NULL);
    run_ms(f, 60000);
    if (f->peer.stream)
        peer_close(f);
    for (uint32_t k = 0; k < FECS; k++) {
        struct prefix p = fec_of(k);
        route(f, &p, RIB_SOURCE_OSPF);
    }
    answer(f, true);
    run_ms(f, 2000);
    forget_logs(f);
    peer_connect(f);
    run_ms(f, 100);
    peer_init(f, &init);
    peer_keepalive(f);
    run_ms(f, 500);
}

static void check_all_known(struct fixture *f)
{
    assert_string_equal(session_state(f), "operational");
    assert_int_equal(adjacency_count(f), 1 + f->peer.says_hello[1]);
    for (uint32_t k = 0; k < FECS; k++) {
        char wanted[64];
        snprintf(wanted, sizeof(wanted), "map 10.9.9.%u/32 ", k);
        assert_non_null(strstr(f->peer.heard.text, wanted));
    }
    assert_null(strstr(f->peer.heard.text, "fatal"));
}

static void test_ldp_random__any_order_of_things(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    peer_listen(f);
    peer_be(f, HIGH_PEER);
    unsigned n_operational = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned n = 0; n < STEPS; n++) {
            step(f);
            n_operational += strcmp(session_state(f), "operational") == 0;
        }
        calm_down(f);
        check_all_known(f);
    }
    print_message("operational after %u of %u steps\n", n_operational, ROUNDS * STEPS);
    assert_true(n_operational > ROUNDS * STEPS / 8); /* else this proves little */
}

/* The whole instance may go while anything is under way. */
static void test_ldp_random__ends_at_any_time(void **state)
{
    struct fixture *f = *state;
    peer_listen(f);
    peer_be(f, HIGH_PEER);
    for (unsigned round = 0; round < 100; round++) {
        fixture_start(f);
        for (unsigned n = pick(f, 60); n > 0; n--)
            step(f);
        if (pick(f, 2))
            ldp_instance_retire(f->ldp);
        fixture_stop(f);
        run_ms(f, pick(f, 300));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ldp_random__any_order_of_things, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_ldp_random__ends_at_any_time, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
