/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state of the tables: order, kinds, both label columns, counts and examples of what is wrong.
 */
#include "tests/unit/bgpd/cm.h"

#include "bgpd/north/north.h"
#include "bgpd/session/speaker.h"
#include "bgpd_config.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/loop.h"
#include "strata/schema_edit.h"
#include "tests/unit/bgpd/hand.h"
#include "tests/unit/schema/state_dump.h"

enum { CARRIER = 101 };

static const char *peer_state(const struct bgpd_north_peer *peer, const char *path)
{
    static struct state_dump d;
    struct cfg_bgp bgp = {.as = 100};
    struct bgpd_config c = {.bgp = &bgp};
    struct state_writer *w = state_writer_create(&bgpd_schema);

    bgpd_state_write(peer, &c, path, 0, w);
    return state_dump_take(&d, &bgpd_schema, w);
}

/* Good until the next call. */
static const char *read_state(struct router *r, const char *path)
{
    struct bgpd_north_peer peer = {.rib = r->rib};

    return peer_state(&peer, path);
}

static void has(struct router *r, const char *path, const char *text)
{
    const char *all = read_state(r, path);

    if (!strstr(all, text))
        fail_msg("%s lacks \"%s\": %s", path, text, all);
}

static struct router *sample(struct bgp_vrf **v)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_rib_peer *ce;

    *v = router_vrf(r, "carrierA", CARRIER, "100:1", "100:1", true);
    ce = join(r, *v, peer_config("10.9.3.1", 200, BGP_IPV4_LABELED), 2);
    join(r, pub(r), peer_config("10.1.0.6", 100, BGP_IPV4_VPN), 3);
    for (int i = 20; i > 0; i--) {
        char text[32];
        struct say s;

        snprintf(text, sizeof(text), "10.2.%d.0/24", i);
        s = say(text, i % 2 ? "10.9.3.1" : "10.9.3.7", 1, 200u);
        tell(r, ce, BGP_IPV4_LABELED, &s, false);
    }
    router_redistribute(r, CARRIER, "10.9.3.0/24", RIB_SOURCE_CONNECTED, NULL);
    router_run(r);
    return r;
}

static void test_state__tables_are_sorted(void **state)
{
    struct bgp_vrf *v;
    struct router *r = sample(&v);
    const char *all, *at;

    (void)state;
    all = at = read_state(r, "bgp/vpn-instance/ipv4-labeled-unicast");
    for (int i = 1; i <= 20; i++) {
        char text[64];

        snprintf(text, sizeof(text), "ipv4-labeled-unicast 10.2.%d.0/24 1", i);
        at = strstr(at, text);
        if (!at)
            fail_msg("no %s in its place: %s", text, all);
    }
    router_destroy(r);
}

static void test_state__kinds_and_labels(void **state)
{
    struct bgp_vrf *v;
    struct router *r = sample(&v);
    char text[200];

    (void)state;
    snprintf(text, sizeof(text),
             "ipv4-unicast 10.2.1.0/24 1 { best=true; kind=copied; next-hop=10.9.3.1; label=500; local-label=%u; "
             "as-path=200; origin=igp; from=ipv4-labeled-unicast; }",
             router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.2.1.0/24")->in_label);
    has(r, "bgp/vpn-instance/ipv4-unicast", text);
    has(r, "bgp/vpn-instance/ipv4-labeled-unicast",
        "ipv4-labeled-unicast 10.9.3.0/24 1 { best=true; kind=copied; local-label=3; ");
    has(r, "bgp/ipv4-vpn", "ipv4-vpn 100:1 10.2.1.0/24 1 { best=true; kind=exported; ");
    router_destroy(r);
}

/* Every source that can be redistributed has its own name. */
static void test_state__sources(void **state)
{
    static const struct {
        const char *prefix, *name;
        enum rib_source source;
    } of[] = {{"10.5.1.0/24", "connected", RIB_SOURCE_CONNECTED},
              {"10.5.2.0/24", "static", RIB_SOURCE_STATIC},
              {"10.5.3.0/24", "ospf", RIB_SOURCE_OSPF},
              {"10.5.4.0/24", "kernel", RIB_SOURCE_KERNEL}};
    struct bgp_vrf *v;
    struct router *r = sample(&v);
    struct bgp_vrf_config c = v->cfg;
    const char *all, *row;
    char text[64];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        c.redistribute[BGP_IPV4_UNICAST] |= 1u << of[i].source;
    bgp_vrf_configure(r->rib, &c);
    for (size_t i = 0; i < 4; i++)
        router_redistribute(r, CARRIER, of[i].prefix, of[i].source, "10.9.3.1");
    router_run(r);
    all = read_state(r, "bgp/vpn-instance/ipv4-unicast");
    for (size_t i = 0; i < 4; i++) {
        snprintf(text, sizeof(text), "ipv4-unicast %s 1 { ", of[i].prefix);
        row = strstr(all, text);
        assert_non_null(row);
        snprintf(text, sizeof(text), " from=%s; ", of[i].name);
        row = strstr(row, " from=");
        if (strncmp(row, text, strlen(text)) != 0)
            fail_msg("%s: %.40s", of[i].prefix, row);
    }
    router_destroy(r);
}

/* How often `what` is in the text. */
static unsigned times(const char *text, const char *what)
{
    unsigned n = 0;

    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

/* A row says once what its label lacks, where it speaks of labels. */
static void test_state__label_is_said_once(void **state)
{
    struct bgp_vrf *v;
    struct router *r = sample(&v);
    const char *row;

    (void)state;
    bgp_rib_label_result(router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.2.1.0/24")->slot, BGP_LABEL_WAITING, true,
                         "no labels left");
    router_run(r);
    row = read_state(r, "bgp/ipv4-vpn[100:1][10.2.1.0/24]");
    assert_non_null(strstr(row, "best=false; "));
    assert_non_null(strstr(row, " label-reason=no labels left; "));
    assert_int_equal(times(row, "no labels left"), 1);
    router_destroy(r);
}

static void test_state__counts_and_examples(void **state)
{
    struct bgp_vrf *v;
    struct router *r = sample(&v);

    (void)state;
    has(r, "bgp/vpn-instance/statistics",
        "statistics ipv4-unicast { destinations=21; best=21; paths=21; received=0; redistributed=1; imported=0; "
        "copied=20; "
        "exported=21; refused=0; unusable=0; without-label=0; networks-without-label=0; }");
    has(r, "bgp/statistics",
        "statistics ipv4-vpn { destinations=21; best=21; paths=21; received=0; redistributed=0; imported=0; copied=0; "
        "exported=21; ");
    router_set_nexthop(r, "10.9.3.7", false, "no route to 10.9.3.7");
    router_run(r);
    has(r, "bgp/vpn-instance/statistics",
        "statistics ipv4-labeled-unicast { destinations=21; best=11; paths=21; received=20; redistributed=0; "
        "imported=0; "
        "copied=1; exported=0; refused=0; unusable=10; unusable-example=10.2.");
    has(r, "bgp/vpn-instance/statistics", "no route to 10.9.3.7; ");
    bgp_rib_label_result(router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, "10.2.1.0/24")->slot, BGP_LABEL_UNUSABLE, true,
                         "no label-switched path to 10.9.3.1");
    router_run(r);
    has(r, "bgp/vpn-instance/statistics",
        "without-label=1; without-label-example=10.2.1.0/24: no label-switched path to 10.9.3.1; ");
    router_destroy(r);
}

/* Labels that would go on with a path of LDP's are told apart: those of networks, and those of host routes. */
static void test_state__networks_without_label(void **state)
{
    static const char *const prefixes[] = {"10.9.1.0/24", "10.2.0.9/32", "10.9.2.0/24"};
    struct bgp_vrf *v;
    struct router *r = sample(&v);

    (void)state;
    for (size_t i = 0; i < 3; i++)
        router_redistribute(r, CARRIER, prefixes[i], RIB_SOURCE_STATIC, "10.9.3.1");
    router_run(r);
    has(r, "bgp/vpn-instance/statistics", "without-label=0; networks-without-label=0; ");
    for (size_t i = 0; i < 3; i++)
        bgp_rib_label_result(router_label(r, RIB_LABEL_VPN_ROUTE, CARRIER, prefixes[i])->slot, BGP_LABEL_UNUSABLE, true,
                             "no LDP binding");
    router_run(r);
    has(r, "bgp/vpn-instance/statistics",
        "without-label=1; without-label-example=10.2.0.9/32: no LDP binding; networks-without-label=2; "
        "networks-without-label-example=10.9.");
    router_destroy(r);
}

/* Every table of every instance, a destination at a time, while some come and go. */
static void test_state__chunks(void **state)
{
    static struct state_dump d;
    static char all[1 << 20];
    struct bgp_vrf *v;
    struct router *r = sample(&v);
    struct bgp_rib_peer *late = join(r, v, peer_config("10.9.3.2", 200, BGP_IPV4_LABELED), 4);
    struct bgp_speaker speaker = {.neighbors = TAILQ_HEAD_INITIALIZER(speaker.neighbors)};
    struct bgpd_north_peer peer = {.rib = r->rib, .speaker = &speaker};
    struct cfg_bgp bgp = {.as = 100};
    struct bgpd_config c = {.bgp = &bgp};
    uint8_t *cursor = NULL;
    size_t len = 0, chunks = 0;
    char text[64];

    (void)state;
    all[0] = '\0';
    do {
        struct state_writer *w = state_writer_create(&bgpd_schema);
        struct say s = say(chunks % 2 ? "10.1.0.0/24" : "10.2.99.0/24", "10.9.3.2", 1, 200u);

        assert_int_equal(state_writer_ask(w, "/bgp", cursor, len, 1), 0);
        free(cursor);
        bgpd_state_write(&peer, &c, "/bgp", 0, w);
        cursor = state_writer_cursor(w, &len);
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s\n", state_dump_take(&d, &bgpd_schema, w));
        tell(r, late, BGP_IPV4_LABELED, &s, chunks % 4 >= 2);
        router_run(r);
        assert_true(++chunks < 500);
    } while (cursor);
    assert_true(chunks > 40);
    for (int i = 1; i <= 20; i++) {
        snprintf(text, sizeof(text), " ipv4-labeled-unicast 10.2.%d.0/24 1 {", i);
        assert_int_equal(times(all, text), 1);
        snprintf(text, sizeof(text), " ipv4-vpn 100:1 10.2.%d.0/24 1 {", i);
        assert_in_range(times(all, text), 0, 1);
    }
    assert_int_equal(times(all, "statistics ipv4-vpn {"), 1);
    assert_int_equal(times(all, "statistics ipv4-unicast {"), 2); /* of two instances */
    router_destroy(r);
}

/* An instance's name is no list. */
static void test_state__by_path(void **state)
{
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_speaker alone = {.rib = r->rib};
    struct bgpd_north_peer peer = {.rib = r->rib, .speaker = &alone};

    (void)state;
    TAILQ_INIT(&alone.neighbors);
    router_vrf(r, "neighborX", CARRIER, "100:1", "100:1", true);
    router_redistribute(r, CARRIER, "10.9.3.0/24", RIB_SOURCE_CONNECTED, NULL);
    router_run(r);
    has(r, "/bgp/vpn-instance[neighborX]/ipv4-unicast", "vpn-instance neighborX { ipv4-unicast 10.9.3.0/24 1 { ");
    assert_non_null(strstr(peer_state(&peer, "/bgp/vpn-instance[neighborX]"), " } ipv4-unicast 10.9.3.0/24 1 { "));
    has(r, "/bgp/vpn-instance[neighborX]/statistics", "vpn-instance neighborX { statistics ipv4-unicast { ");
    has(r, "/bgp/ipv4-vpn[100:1][10.9.3.0/24][1]/from", "bgp { ipv4-vpn 100:1 10.9.3.0/24 1 { ");
    assert_string_equal(read_state(r, "/bgp/unimported"), "bgp { vpn-instance neighborX { } } ");
    router_destroy(r);
}

/* Whose VPN routes no instance wants is said, until one does. */
static void test_state__unimported(void **state)
{
    struct bgp_vrf *v;
    struct router *r = sample(&v);
    struct bgp_rib_peer *pe = join(r, pub(r), peer_config("10.1.0.7", 100, BGP_IPV4_VPN), 4);
    struct say s = say("10.5.0.0/16", "10.1.0.7", 0);
    uint8_t targets[] = {0, 2, 0, 100, 0, 0, 0, 9};

    (void)state;
    assert_null(strstr(read_state(r, "bgp/unimported"), "unimported"));
    rd_parse("100:1", &s.rd);
    s.a.ext_communities = (struct bgp_bytes){targets, sizeof(targets)};
    tell(r, pe, BGP_IPV4_VPN, &s, false);
    router_run(r);
    has(r, "bgp/unimported", "unimported 10.1.0.7 { routes=1; example=100:1 10.5.0.0/16: rt 100:9; }");
    has(r, "bgp/ipv4-vpn", "reason=no instance imports its targets; ");
    targets[7] = 1;
    tell(r, pe, BGP_IPV4_VPN, &s, false);
    router_run(r);
    assert_null(strstr(read_state(r, "bgp/unimported"), "unimported"));
    assert_null(strstr(read_state(r, "bgp/ipv4-vpn"), "no instance imports"));
    router_destroy(r);
}

static bool is_near(void *arg, uint32_t vrf, const struct ip_addr *a)
{
    const struct prefix *net = arg;

    return vrf == 0 && prefix_contains_addr(net, a);
}

static void expect_error(struct router *r, struct bgp_speaker *sp, struct prefix *near, const char *error)
{
    struct bgpd_north_peer peer = {.rib = r->rib, .speaker = sp, .is_onlink = is_near, .arg = near};
    const char *all = peer_state(&peer, "bgp/neighbor");

    if (error ? !strstr(all, error) : strstr(all, "last-error") != NULL)
        fail_msg("not \"%s\": %s", error ? error : "no last-error", all);
}

/* Why there can be no session is said before why the last one ended; a session has no error. */
static void test_state__errors_of_neighbors(void **state)
{
    struct loop *loop = loop_event_create();
    struct io *io = io_event_create(loop);
    struct env env = {.loop = loop, .io = io, .run_dir = "/tmp", .state_dir = "/tmp"};
    struct router *r = router_create(100, "10.1.0.4");
    struct bgp_speaker *sp = bgp_speaker_create(&env, r->rib);
    struct bgp_peer_config c = peer_config("10.9.9.1", 200, BGP_IPV4_UNICAST);
    struct prefix near = pfx("10.9.9.0/24"), far = pfx("10.9.8.0/24");
    struct bgp_neighbor *n = bgp_speaker_neighbor_set(sp, pub(r), &c);

    (void)state;
    n->changed_at_us = 0; /* as is the time */
    bgp_neighbor_set_startable(n, true, "");
    expect_error(r, sp, &near, NULL);
    expect_error(r, sp, &far, "last-error=not directly connected: ");
    snprintf(n->last_error, sizeof(n->last_error), "hold time");
    expect_error(r, sp, &near, "last-error=hold time");
    expect_error(r, sp, &far, "last-error=not directly connected: ");
    n->session = &n->conn[BGP_CONN_OUT];
    expect_error(r, sp, &near, NULL);
    n->session = NULL;
    c.ebgp_multihop = 2;
    bgp_neighbor_configure(n, &c);
    expect_error(r, sp, &far, "last-error=hold time");
    c.ebgp_multihop = 0;
    c.remote_as = 100;
    bgp_neighbor_configure(n, &c);
    expect_error(r, sp, &far, "last-error=hold time");
    bgp_speaker_destroy(sp);
    router_destroy(r);
    io_destroy(io);
    loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state__tables_are_sorted),
        cmocka_unit_test(test_state__kinds_and_labels),
        cmocka_unit_test(test_state__sources),
        cmocka_unit_test(test_state__label_is_said_once),
        cmocka_unit_test(test_state__counts_and_examples),
        cmocka_unit_test(test_state__networks_without_label),
        cmocka_unit_test(test_state__unimported),
        cmocka_unit_test(test_state__errors_of_neighbors),
        cmocka_unit_test(test_state__chunks),
        cmocka_unit_test(test_state__by_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
