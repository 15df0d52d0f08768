/* SPDX-License-Identifier: Apache-2.0
 *
 * What a carrier's carrier asks of LDP: labels for BGP's routes, other ends of sessions, an identifier without a
 * loopback, and neighbours of another carrier, who are not believed everything.
 */
#include "session_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static const struct ip_addr all_routers = {.family = AF_IPV4, .b = {224, 0, 0, 2}};

static struct prefix x(void)
{
    return prefix_v4(0x0a020009, 32);
}

static void best(struct fixture *f, struct prefix p, enum rib_source source, bool has_label, int link)
{
    struct rib_best_route r = {.prefix = p, .source = (uint8_t)source, .has_label = has_label, .is_usable = true};
    if (link >= 0) {
        r.n_nexthops = 1;
        r.nexthops[0].ifindex = f->e[link].ifindex;
        r.nexthops[0].gateway = ip_addr_v4(0x0a010002 + 0x100 * (uint32_t)link); /* the neighbour's end */
    }
    ldp_instance_route(f->ldp, &r);
}

/* --- which routes of BGP --- */

#define IGP ((1u << RIB_SOURCE_CONNECTED) | (1u << RIB_SOURCE_STATIC) | (1u << RIB_SOURCE_OSPF))
#define BGP ((1u << RIB_SOURCE_BGP) | (1u << RIB_SOURCE_BGP_LABELED))

static void test_ldp_carrier__labels_for_bgp_only_if_asked(void **state)
{
    struct fixture *f = *state;
    struct cfg_ldp_instance_bgp_routes bgp = {0};
    session_up_passive(f);
    assert_int_equal(ldp_instance_sources(f->ldp), IGP);
    best(f, x(), RIB_SOURCE_BGP_LABELED, true, 0);
    expect_told(f, "");
    f->config.bgp_routes = &bgp;
    assert_true(ldp_instance_configure(f->ldp, &f->config, NULL));
    assert_int_equal(ldp_instance_sources(f->ldp), IGP | BGP);
    best(f, x(), RIB_SOURCE_BGP_LABELED, true, 0);
    best(f, prefix_v4(0x0a020008, 32), RIB_SOURCE_BGP, true, 0);
    best(f, prefix_v4(0x0a020007, 32), RIB_SOURCE_BGP, false, 0); /* without a label there is nothing to go on with */
    best(f, prefix_v4(0x0a020000, 24), RIB_SOURCE_BGP, true, 0);
    expect_told(f, "entry 100 10.2.0.9/32;entry 101 10.2.0.8/32;");
    best(f, x(), RIB_SOURCE_BGP_LABELED, false, 0); /* it lost its label */
    expect_told(f, "no-entry 100;free 100;");
    f->config.bgp_routes = NULL;
    assert_true(ldp_instance_configure(f->ldp, &f->config, NULL));
    assert_int_equal(ldp_instance_sources(f->ldp), IGP);
}

static void test_ldp_carrier__all_lengths(void **state)
{
    struct fixture *f = *state;
    struct cfg_ldp_instance_bgp_routes bgp = {.all_lengths = true};
    f->config.bgp_routes = &bgp;
    session_up_passive(f);
    best(f, prefix_v4(0x0a020000, 24), RIB_SOURCE_BGP, true, 0);
    best(f, prefix_v4(0x0a030000, 24), RIB_SOURCE_OSPF, false, 0);
    best(f, prefix_v4(0, 0), RIB_SOURCE_BGP, true, 0);
    expect_told(f, "entry 100 10.2.0.0/24;");
}

static void test_ldp_carrier__prefix_list(void **state)
{
    struct fixture *f = *state;
    struct cfg_ldp_instance_bgp_routes bgp = {.has_prefix_list = true, .prefix_list = "REMOTE"};
    struct cfg_policy_prefix_list_rule rule = {.sequence = 10,
                                               .action = CFG_POLICY_ACTION_PERMIT,
                                               .prefix = prefix_v4(0x0a020000, 16),
                                               .has_ge = true,
                                               .ge = 32};
    struct cfg_policy_prefix_list_rule *rules[] = {&rule};
    struct cfg_policy_prefix_list list = {.name = "REMOTE", .n_rule = 1, .rule = rules}, anew = list;
    struct cfg_policy_prefix_list *lists[] = {&list};
    struct cfg_policy policy = {.n_prefix_list = 1, .prefix_list = lists};
    session_up_passive(f);
    f->config.bgp_routes = &bgp;
    assert_true(ldp_instance_configure(f->ldp, &f->config, &policy));
    assert_false(ldp_instance_configure(f->ldp, &f->config, &policy));
    best(f, x(), RIB_SOURCE_BGP, true, 0);
    best(f, prefix_v4(0x0a030009, 32), RIB_SOURCE_BGP, true, 0);
    expect_told(f, "entry 100 10.2.0.9/32;");
    anew.n_rule = 0;
    lists[0] = &anew; /* the list was changed: so routes are told again */
    assert_true(ldp_instance_configure(f->ldp, &f->config, &policy));
    best(f, x(), RIB_SOURCE_BGP, true, 0);
    expect_told(f, "no-entry 100;free 100;");
}

static bool see_role(void *arg, const struct ldp_bind_view *v, const struct ldp_remote_view *remotes, size_t n)
{
    (void)remotes;
    (void)n;
    *(enum ldp_route_role *)arg = v->role;
    return true;
}

/* The remote site's routes may come by BGP and by the IGP: the label stays, whoever wins. */
static void test_ldp_carrier__route_changes_hands(void **state)
{
    struct fixture *f = *state;
    struct cfg_ldp_instance_bgp_routes bgp = {0};
    struct prefix p = x();
    enum ldp_route_role role = LDP_ROUTE_NONE;
    f->config.bgp_routes = &bgp;
    session_up_passive(f);
    best(f, x(), RIB_SOURCE_BGP_LABELED, true, 1);
    installed(f, &p, 100, true);
    run_ms(f, 10);
    expect_heard(f, "map 10.2.0.9/32 100;");
    ldp_bind_each(ldp_instance_bind(f->ldp), NULL, see_role, &role);
    assert_int_equal(role, LDP_ROUTE_STITCHED);
    best(f, x(), RIB_SOURCE_OSPF, false, 1);
    installed(f, &p, 100, true);
    ldp_bind_each(ldp_instance_bind(f->ldp), NULL, see_role, &role);
    assert_int_equal(role, LDP_ROUTE_TRANSIT);
    best(f, x(), RIB_SOURCE_BGP_LABELED, true, 1);
    installed(f, &p, 100, false); /* no label-switched path to BGP's next hop */
    run_ms(f, 10);
    expect_heard(f, "withdraw 10.2.0.9/32 100;");
    expect_told(f, "entry 100 10.2.0.9/32;");
}

/* --- split horizon --- */

static void test_ldp_carrier__no_label_back_to_another_carrier(void **state)
{
    struct fixture *f = *state;
    struct cfg_ldp_instance_bgp_routes bgp = {0};
    struct prefix p = x();
    f->config.bgp_routes = &bgp;
    f->e[0].is_guarded = true;
    f->tells_members = true;
    session_up_passive(f);
    best(f, x(), RIB_SOURCE_BGP, true, -1); /* a VPN route: its next hops are in the public instance */
    installed(f, &p, 100, true);
    run_ms(f, 10);
    expect_told(f, "entry 100 10.2.0.9/32 for 10.1.0.2;");
    expect_heard(f, "map 10.2.0.9/32 100;");
    best(f, x(), RIB_SOURCE_OSPF, false, 0);
    installed(f, &p, 100, true);
    run_ms(f, 10);
    expect_told(f, "entry 100 10.2.0.9/32;"); /* it is let in no more there */
    expect_heard(f, "withdraw 10.2.0.9/32 100;");
}

static void test_ldp_carrier__a_link_becomes_guarded(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    f->tells_members = true;
    session_up_passive(f);
    best(f, x(), RIB_SOURCE_OSPF, false, 0);
    installed(f, &p, 100, true);
    run_ms(f, 10);
    expect_heard(f, "map 10.2.0.9/32 100;"); /* one of our own keeps it, though it leads there */
    f->e[0].is_guarded = true;
    ldp_instance_interface(f->ldp, &f->e[0], &f->e[0]);
    installed(f, &p, 100, true);
    run_ms(f, 10);
    expect_heard(f, "withdraw 10.2.0.9/32 100;");
    expect_told(f, "entry 100 10.2.0.9/32;entry 100 10.2.0.9/32;");
    f->e[0].is_guarded = false;
    ldp_instance_interface(f->ldp, &f->e[0], &f->e[0]);
    installed(f, &p, 100, true);
    run_ms(f, 10);
    expect_heard(f, "map 10.2.0.9/32 100;");
}

/* --- ends of sessions, identity --- */

static void test_ldp_carrier__transport_address_of_the_interface(void **state)
{
    struct fixture *f = *state;
    session_up_active(f);
    peer_stays_alive(f, false);
    f->e_config[0].transport_address = CFG_LDP_INSTANCE_INTERFACE_TRANSPORT_ADDRESS_INTERFACE;
    f->config.has_transport_address = true; /* that of the others */
    f->config.transport_address = ip_addr_v4(US);
    ldp_instance_configure(f->ldp, &f->config, NULL);
    run_ms(f, 20); /* not with the next hello only */
    assert_int_equal(ip_addr_to_v4(&f->peer.last_hello.transport), 0x0a010001);
    run_ms(f, 3000);
    expect_heard(f, "fatal shutdown;closed;init;");
    assert_int_equal(ip_addr_to_v4(&stream_endpoints(f->peer.stream)->remote), 0x0a010001);
}

static void test_ldp_carrier__parallel_links_keep_one_session(void **state)
{
    struct fixture *f = *state;
    f->e_config[0].transport_address = CFG_LDP_INSTANCE_INTERFACE_TRANSPORT_ADDRESS_INTERFACE;
    f->e_config[1].transport_address = CFG_LDP_INSTANCE_INTERFACE_TRANSPORT_ADDRESS_INTERFACE;
    f->peer.transport[1] = ip_addr_v4(LOW_PEER);
    session_up_active(f);
    f->peer.transport[1] = ip_addr_v4(LOW_PEER);
    f->peer.says_hello[1] = true;
    run_ms(f, 20000);
    assert_int_equal(adjacency_count(f), 2);
    assert_int_equal(f->peer.n_connected, 1);
    assert_string_equal(session_state(f), "operational");
}

static void test_ldp_carrier__identifier_that_is_nobodys_address(void **state)
{
    struct fixture *f = *state;
    struct ldp_instance_options o = fixture_options(f);
    o.vrf = 100;
    o.name = "carrierA";
    f->config.router_id = US + 1; /* as of the public instance */
    f->ldp = ldp_instance_create(&o);
    ldp_instance_interface(f->ldp, &f->e[0], NULL);
    ldp_instance_configure(f->ldp, &f->config, NULL);
    run_ms(f, 1000);
    assert_int_equal(ip_addr_to_v4(&f->peer.last_hello.transport), 0x0a010001);
}

/* The address of one of two parallel links is no place for the session over the other. */
static void test_ldp_carrier__identifier_that_is_the_address_of_a_link(void **state)
{
    struct fixture *f = *state;
    struct ldp_instance_options o = fixture_options(f);
    f->config.router_id = US + 1;
    prefix_parse("10.0.0.6/24", &f->addresses[1][0]);
    f->ldp = ldp_instance_create(&o);
    ldp_instance_interface(f->ldp, &f->e[0], NULL);
    ldp_instance_interface(f->ldp, &f->e[1], NULL);
    f->config.n_interface = 1;
    ldp_instance_configure(f->ldp, &f->config, NULL);
    run_ms(f, 1000);
    assert_int_equal(ip_addr_to_v4(&f->peer.last_hello.transport), 0x0a010001);
}

static void test_ldp_carrier__vpn_instance_without_an_identifier(void **state)
{
    struct fixture *f = *state;
    struct ldp_instance_options o = fixture_options(f);
    o.vrf = 100;
    o.name = "carrierA";
    f->config.has_router_id = false;
    f->ldp = ldp_instance_create(&o);
    dgram_close(f->peer.hello[0]); /* which expects another identifier */
    dgram_close(f->peer.hello[1]);
    f->peer.hello[0] = f->peer.hello[1] = NULL;
    ldp_instance_interface(f->ldp, &f->e[0], NULL);
    ldp_instance_interface(f->ldp, &f->e[1], NULL);
    ldp_instance_configure(f->ldp, &f->config, NULL);
    assert_int_equal(ldp_instance_lsr_id(f->ldp), 0x0a010101); /* the higher one */
    ldp_instance_interface(f->ldp, NULL, &f->e[1]);
    assert_int_equal(ldp_instance_lsr_id(f->ldp), 0x0a010101); /* what was chosen stays */
}

static void test_ldp_carrier__public_instance_waits_for_a_loopback(void **state)
{
    struct fixture *f = *state;
    struct ldp_instance_options o = fixture_options(f);
    f->config.has_router_id = false;
    f->ldp = ldp_instance_create(&o);
    ldp_instance_interface(f->ldp, &f->e[0], NULL);
    ldp_instance_configure(f->ldp, &f->config, NULL);
    assert_int_equal(ldp_instance_lsr_id(f->ldp), 0);
    ldp_instance_interface(f->ldp, &f->lo, NULL);
    assert_int_equal(ldp_instance_lsr_id(f->ldp), US);
}

/* --- claims --- */

/* `source`, `transport` 0: as it should be */
static void say_hello_from(struct fixture *f, int link, uint32_t lsr_id, uint32_t source, uint32_t transport)
{
    uint8_t data[64];
    struct wire_writer w = wire_writer_of(data, sizeof(data));
    struct ldp_hello h = {.hold_time_sec = 15};
    struct ip_addr from = ip_addr_v4(source);
    size_t begun = ldp_pdu_begin(&w, lsr_id, 0);
    if (transport)
        h.transport = ip_addr_v4(transport);
    ldp_put_hello(&w, 1, &h);
    ldp_pdu_end(&w, begun);
    assert_int_equal(dgram_send(f->peer.hello[link], source ? &from : NULL, &all_routers, LDP_PORT, data, w.pos), 0);
    run_ms(f, 10);
}

static void say_hello(struct fixture *f, int link, uint32_t lsr_id)
{
    say_hello_from(f, link, lsr_id, 0, 0);
}

static void claim(struct fixture *f, uint32_t address)
{
    struct ip_addr a = ip_addr_v4(address);
    peer_addresses(f, LDP_ADDRESS, &a, 1);
    run_ms(f, 200);
}

static void test_ldp_carrier__where_another_is_heard_is_not_its(void **state)
{
    struct fixture *f = *state;
    session_up_passive(f);
    claim(f, 0x0a010102); /* the second link's far end: nobody else is there yet */
    expect_told(f, "peer 1 10.1.0.2 10.1.1.2;");
    say_hello(f, 1, 0x0a000002); /* another is heard there */
    expect_told(f, "peer 1 10.1.0.2;");
    claim(f, US); /* and what is ours is not its either */
    claim(f, 0x0a010001);
    expect_told(f, "");
    claim(f, HIGH_PEER);
    expect_told(f, "peer 1 10.1.0.2 10.0.0.9;");
}

static void test_ldp_carrier__another_carrier_is_not_believed_on_other_links(void **state)
{
    struct fixture *f = *state;
    f->e[0].is_guarded = true;
    session_up_passive(f);
    claim(f, 0x0a010102); /* a network of ours, where it is not heard */
    expect_told(f, "");
    claim(f, HIGH_PEER);
    expect_told(f, "peer 1 10.1.0.2 10.0.0.9;");
    struct ldp_session_view v;
    assert_true(session_view(f, &v));
    assert_int_equal(v.n_addresses, 2);
}

static void test_ldp_carrier__bounds_the_claims_of_another_carrier(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_view v;
    struct ip_addr many[100];
    f->e[0].is_guarded = true;
    session_up_passive(f);
    for (uint32_t round = 0; round < 10; round++) {
        for (uint32_t k = 0; k < 100; k++)
            many[k] = ip_addr_v4(0x0b000000 + 100 * round + k);
        peer_addresses(f, LDP_ADDRESS, many, 100);
    }
    run_ms(f, 200);
    assert_true(session_view(f, &v));
    assert_int_equal(v.n_addresses, 256);
    assert_string_equal(v.state, "operational");
}

/* --- who may be heard --- */

static void test_ldp_carrier__another_carrier_in_the_name_of_our_own_router(void **state)
{
    struct fixture *f = *state;
    f->e[1].is_guarded = true;
    f->tells_members = true;
    session_up_active(f);
    say_hello(f, 1, LOW_PEER);
    assert_int_equal(adjacency_count(f), 1);
    assert_int_equal(ldp_instance_counters(f->ldp)->ignored_hello, 1);
    assert_string_equal(session_state(f), "operational");
    expect_told(f, ""); /* our labels are let in nowhere else */
}

static void test_ldp_carrier__our_own_router_after_another_carrier_took_its_name(void **state)
{
    struct fixture *f = *state;
    f->e[1].is_guarded = true;
    fixture_start(f);
    say_hello(f, 1, LOW_PEER);
    assert_int_equal(adjacency_count(f), 1);
    peer_listen(f);
    peer_be(f, LOW_PEER);
    run_ms(f, 200);
    assert_int_equal(adjacency_count(f), 1);
    expect_heard(f, "init;"); /* the session is with the right one */
    assert_int_equal(ip_addr_to_v4(&stream_endpoints(f->peer.stream)->local), LOW_PEER);
}

/* Labels of whoever is heard at an address count for the next hop there. */
static void test_ldp_carrier__another_carrier_from_an_address_elsewhere(void **state)
{
    struct fixture *f = *state;
    f->e[1].is_guarded = true;
    session_up_active(f);
    say_hello_from(f, 1, 0x0a000002, 0x0a010002, 0); /* that of our own router on the first link */
    assert_int_equal(adjacency_count(f), 1);
    assert_int_equal(ldp_instance_counters(f->ldp)->ignored_hello, 1);
    say_hello_from(f, 1, 0x0a000002, 0x0a010102, 0);
    assert_int_equal(adjacency_count(f), 2);
    say_hello_from(f, 1, 0x0a000002, 0x0a010002, 0); /* nor does it move there */
    assert_int_equal(ldp_instance_counters(f->ldp)->ignored_hello, 2);
}

/* A session with the router that ends there would be disturbed, or be taken for one with somebody else. */
static void test_ldp_carrier__another_carrier_with_the_end_of_our_own_router(void **state)
{
    struct fixture *f = *state;
    f->e[1].is_guarded = true;
    session_up_active(f);
    say_hello_from(f, 1, 0x0a000002, 0, LOW_PEER);
    say_hello_from(f, 1, 0x0a000003, 0, US); /* or our own */
    run_ms(f, 8000);
    assert_int_equal(adjacency_count(f), 1);
    assert_int_equal(ldp_instance_counters(f->ldp)->ignored_hello, 2);
    assert_int_equal(f->peer.n_connected, 1);
    assert_string_equal(session_state(f), "operational");
}

static void test_ldp_carrier__our_own_router_after_another_carrier_took_its_end(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_parameters p = good_init();
    f->e[1].is_guarded = true;
    fixture_start(f);
    say_hello_from(f, 1, 0x0a000002, 0, HIGH_PEER);
    assert_int_equal(adjacency_count(f), 1);
    peer_be(f, HIGH_PEER);
    run_ms(f, 200);
    assert_int_equal(adjacency_count(f), 1);
    peer_connect(f);
    run_ms(f, 100);
    peer_init(f, &p);
    run_ms(f, 100);
    expect_heard(f, "init;keepalive;"); /* its connection was not taken for the other's */
}

static void test_ldp_carrier__bounds_the_neighbours_of_another_carrier(void **state)
{
    struct fixture *f = *state;
    f->e[0].is_guarded = true;
    fixture_start(f);
    for (uint32_t k = 0; k < 100; k++)
        say_hello(f, 0, 0x0a0c0000 + k);
    assert_int_equal(adjacency_count(f), 16);
    assert_int_equal(ldp_instance_counters(f->ldp)->ignored_hello, 84);
}

/* Hellos cost nothing to send: they must not make us tell ribd every label again. */
static void test_ldp_carrier__who_only_says_hello_costs_nothing(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    f->e[1].is_guarded = true;
    session_up_passive(f);
    best(f, x(), RIB_SOURCE_OSPF, false, 0);
    installed(f, &p, 100, true);
    run_ms(f, 10);
    expect_told(f, "entry 100 10.2.0.9/32;");
    say_hello(f, 1, 0x0a000002);
    assert_int_equal(adjacency_count(f), 2);
    run_ms(f, 20000);
    assert_int_equal(adjacency_count(f), 1);
    expect_told(f, "");
}

/* --- a neighbour that says more than ribd can take --- */

static void test_ldp_carrier__who_says_too_much_waits(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x(), q = prefix_v4(0x0a020008, 32);
    uint32_t label = 500;
    session_up_passive(f);
    f->is_busy = true;
    peer_label(f, LDP_LABEL_MAPPING, &p, &label); /* is the last that is taken */
    run_ms(f, 10);
    peer_label(f, LDP_LABEL_MAPPING, &q, &label);
    run_ms(f, 40000); /* longer than the keepalive time: it is ours to read, not its to speak */
    assert_string_equal(session_state(f), "operational");
    expect_told(f, "bind 1 10.2.0.9/32=500;bind 1 10.2.0.8/32=500;");
    for (unsigned k = 0; k < 2000; k++) {
        struct prefix some = prefix_v4(0x0b000000 + k, 32);
        peer_label(f, LDP_LABEL_MAPPING, &some, &label);
    }
    run_ms(f, 500); /* a message every 50 ms */
    struct ldp_session_view v;
    assert_true(session_view(f, &v));
    assert_in_range(v.n_labels, 5, 15);
    f->is_busy = false;
    forget_logs(f);
    f->told.used = 0;
    run_ms(f, 1000);
    assert_true(session_view(f, &v));
    assert_int_equal(v.n_labels, 2002);
}

/* --- what is shown --- */

static void note_interface(void *arg, const struct ldp_interface_view *v)
{
    char *text = arg;
    char a[ADDR_TEXT_MAX];
    size_t used = strlen(text);
    used += (size_t)snprintf(text + used, 512 - used, "%s: %s", v->name, v->status);
    if (v->is_running)
        snprintf(text + used, 512 - used, ", %s, %u", ip_addr_text(&v->local, a, sizeof(a)), v->n_neighbors);
    strcat(text, ";");
}

static void expect_interfaces(struct fixture *f, const char *wanted)
{
    char text[512] = "";
    ldp_instance_each_interface(f->ldp, note_interface, text);
    assert_string_equal(text, wanted);
}

static void test_ldp_carrier__says_what_an_interface_lacks(void **state)
{
    struct fixture *f = *state;
    f->e[1].has_mpls = false;
    session_up_active(f);
    expect_interfaces(
        f, "e1: up, 10.0.0.5, 1;e2: up, but not configured for MPLS: labels lead nowhere here, 10.0.0.5, 0;");
    f->e[0].is_up = false;
    ldp_instance_interface(f->ldp, &f->e[0], &f->e[0]);
    f->e[1].n_addresses = 0;
    ldp_instance_interface(f->ldp, &f->e[1], &f->e[1]);
    expect_interfaces(f, "e1: down;e2: no address;");
    ldp_instance_interface(f->ldp, NULL, &f->e[1]);
    expect_interfaces(f, "e1: down;e2: no such interface outside of VPN instances;");
}

/* --- what is remembered --- */

struct ends {
    struct ldp_end_view last;
    char reason[128];
    unsigned n;
};

static void see_end(void *arg, const struct ldp_end_view *v)
{
    struct ends *e = arg;
    if (e->n++)
        return;
    e->last = *v;
    snprintf(e->reason, sizeof(e->reason), "%s", v->reason);
}

static void test_ldp_carrier__remembers_how_sessions_ended(void **state)
{
    struct fixture *f = *state;
    struct ldp_session_view v;
    struct ends ends = {.n = 0};
    session_up_active(f);
    run_ms(f, 30000);
    assert_true(session_view(f, &v));
    assert_in_range(v.keepalives_received, 3, 10);
    assert_in_range(v.keepalives_sent, 3, 10);
    f->peer.says_hello[0] = false;
    run_ms(f, 30000);
    assert_string_equal(session_state(f), "gone");
    ldp_instance_each_end(f->ldp, see_end, &ends);
    assert_int_equal(ends.n, 1);
    assert_int_equal(ends.last.lsr_id, LOW_PEER);
    assert_int_equal(ends.last.count, 1);
    assert_in_range(ends.last.lasted_sec, 30, 50);
    assert_in_range(ends.last.since_sec, 10, 20);
    assert_string_equal(ends.reason, "hello hold time expired");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_ldp_carrier__##name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(labels_for_bgp_only_if_asked),
        TEST(all_lengths),
        TEST(prefix_list),
        TEST(route_changes_hands),
        TEST(no_label_back_to_another_carrier),
        TEST(a_link_becomes_guarded),
        TEST(transport_address_of_the_interface),
        TEST(parallel_links_keep_one_session),
        TEST(identifier_that_is_nobodys_address),
        TEST(identifier_that_is_the_address_of_a_link),
        TEST(vpn_instance_without_an_identifier),
        TEST(public_instance_waits_for_a_loopback),
        TEST(where_another_is_heard_is_not_its),
        TEST(another_carrier_is_not_believed_on_other_links),
        TEST(bounds_the_claims_of_another_carrier),
        TEST(another_carrier_in_the_name_of_our_own_router),
        TEST(our_own_router_after_another_carrier_took_its_name),
        TEST(another_carrier_from_an_address_elsewhere),
        TEST(another_carrier_with_the_end_of_our_own_router),
        TEST(our_own_router_after_another_carrier_took_its_end),
        TEST(bounds_the_neighbours_of_another_carrier),
        TEST(who_only_says_hello_costs_nothing),
        TEST(who_says_too_much_waits),
        TEST(says_what_an_interface_lacks),
        TEST(remembers_how_sessions_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
