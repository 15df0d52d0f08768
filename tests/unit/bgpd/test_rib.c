/* SPDX-License-Identifier: Apache-2.0
 *
 * Decision, policy, labels and redistribution on single routers with a few neighbours.
 */
#include "tests/unit/bgpd/cm.h"

#include "bgpd/rib/best.h"
#include "tests/unit/bgpd/fake.h"
#include "tests/unit/bgpd/hand.h"

static struct bgp_peer_config ebgp(const char *address, uint32_t as)
{
    return peer_config(address, as, BGP_IPV4_UNICAST);
}

/* --- decision --- */

/* Two neighbours say `x` and `y`; x must win, whoever comes first, and y must lose for `why`. */
static void expect_better(struct say x, bool is_x_internal, struct say y, bool is_y_internal, enum bgp_decision why)
{
    for (int order = 0; order < 2; order++) {
        struct router *r = router_create(100, "10.0.0.100");
        struct bgp_rib_peer *px = join(r, pub(r), ebgp("10.0.0.1", is_x_internal ? 100 : 200), 1);
        struct bgp_rib_peer *py = join(r, pub(r), ebgp("10.0.0.2", is_y_internal ? 100 : 300), 2);
        struct bgp_path *best, *p;

        tell(r, order ? py : px, BGP_IPV4_UNICAST, order ? &y : &x, false);
        tell(r, order ? px : py, BGP_IPV4_UNICAST, order ? &x : &y, false);
        best = best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.5.0.0/16");
        assert_non_null(best);
        assert_ptr_equal(best->peer, px);
        LIST_FOREACH (p, &best->dest->paths, in_dest)
            if (p != best && p->lost_at != why)
                fail_msg("lost for %s, not for %s", bgp_decision_text(p->lost_at), bgp_decision_text(why));
        router_destroy(r);
    }
}

static void test_decision__each_step(void **state)
{
    struct say x = say("10.5.0.0/16", "10.1.0.1", 2, 200, 400), y = say("10.5.0.0/16", "10.1.0.2", 2, 300, 400);
    struct say z;

    (void)state;
    z = x;
    z.a.has_local_pref = true;
    z.a.local_pref = 101;
    expect_better(z, true, y, true, BGP_DECIDED_LOCAL_PREF);
    z = say("10.5.0.0/16", "10.1.0.1", 1, 200);
    expect_better(z, false, y, false, BGP_DECIDED_AS_PATH);
    z = y;
    z.a.origin = BGP_ORIGIN_INCOMPLETE;
    expect_better(x, false, z, false, BGP_DECIDED_ORIGIN);
    z = x;
    z.next_hop = "10.1.0.3";
    z.a.has_med = true;
    z.a.med = 7;
    expect_better(x, true, z, true, BGP_DECIDED_MED); /* the same neighbouring AS */
    z = y;
    z.a.has_med = true;
    z.a.med = 7;
    expect_better(x, false, z, false, BGP_DECIDED_ROUTER_ID); /* another: not compared */
    expect_better(x, false, y, true, BGP_DECIDED_EXTERNAL);
    expect_better(x, false, y, false, BGP_DECIDED_ROUTER_ID);
    z = y;
    z.a.has_originator_id = true;
    z.a.originator_id = 1;
    z.a.cluster_list = (struct bgp_bytes){(const uint8_t *)"\1\2\3\4", 4};
    expect_better(x, true, z, true, BGP_DECIDED_CLUSTER_LIST);
}

static void test_decision__igp_metric_and_usability(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *a = join(r, pub(r), ebgp("10.0.0.1", 100), 1), *b = join(r, pub(r), ebgp("10.0.0.2", 100), 2);
    struct say x = say("10.5.0.0/16", "10.1.0.1", 1, 200), y = say("10.5.0.0/16", "10.1.0.2", 1, 200);

    (void)state;
    tell(r, a, BGP_IPV4_UNICAST, &x, false);
    tell(r, b, BGP_IPV4_UNICAST, &y, false);
    for (size_t i = 0; i < r->n_watched; i++)
        router_nexthop(r, r->watched[i], "", RIB_SOURCE_OSPF,
                       ip_addr_to_v4(&r->watched[i]->key.address) == 0x0a010001 ? 20 : 10);
    router_run(r);
    assert_ptr_equal(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.5.0.0/16")->peer, b);
    router_set_nexthop(r, "10.1.0.2", false, "no route to 10.1.0.2");
    router_run(r);
    assert_ptr_equal(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.5.0.0/16")->peer, a);
    router_set_nexthop(r, "10.1.0.1", false, "no route to 10.1.0.1");
    router_run(r);
    assert_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.5.0.0/16"));
    assert_null(router_route(r, 0, "10.5.0.0/16"));
    router_destroy(r);
}

static struct bgp_nexthop *nexthop_at(const struct router *r, const char *address)
{
    struct ip_addr a = addr(address);

    for (size_t i = 0; i < r->n_watched; i++)
        if (ip_addr_equal(&r->watched[i]->key.address, &a))
            return r->watched[i];
    return NULL;
}

/* ribd's word of 10.2.0.13, which it has no route to but the one that BGP tells it. */
static void answer_as_told(struct router *r)
{
    const struct fake_route *route = router_route(r, 0, "10.2.0.13/32");
    struct bgp_nexthop *nh = nexthop_at(r, "10.2.0.13");

    if (!nh)
        return;
    if (!route || ip_addr_equal(&route->nexthop.gateway, &nh->key.address))
        router_nexthop(r, nh, "its route leads through itself", RIB_SOURCE_CONNECTED, 0);
    else
        router_nexthop(r, nh, "", RIB_SOURCE_BGP_LABELED, 0);
    router_run(r);
}

/* A site's second border router is reached over the first one alone: what it says of itself makes no better way. */
static void test_decision__next_hop_that_is_reached_over_the_route_itself(void **state)
{
    struct router *r = router_create(100, "10.2.0.1");
    struct bgp_rib_peer *a = join(r, pub(r), peer_config("10.2.0.3", 100, BGP_IPV4_LABELED), 0x0a020003);
    struct bgp_rib_peer *b = join(r, pub(r), peer_config("10.2.0.13", 100, BGP_IPV4_LABELED), 0x0a02000d);
    struct say by_a = say("10.2.0.13/32", "10.2.0.3", 0), by_b = say("10.2.0.13/32", "10.2.0.13", 0);
    struct say far_a = say("10.2.0.9/32", "10.2.0.3", 0), far_b = say("10.2.0.9/32", "10.2.0.13", 0);
    struct bgp_path *best;

    (void)state;
    tell(r, a, BGP_IPV4_LABELED, &by_a, false);
    tell(r, a, BGP_IPV4_LABELED, &far_a, false);
    tell(r, b, BGP_IPV4_LABELED, &by_b, false);
    tell(r, b, BGP_IPV4_LABELED, &far_b, false);
    for (int i = 0; i < 6; i++) {
        answer_as_told(r);
        assert_ptr_equal(best_path(r, pub(r), BGP_IPV4_LABELED, NULL, "10.2.0.13/32")->peer, a);
        best = best_path(r, pub(r), BGP_IPV4_LABELED, NULL, "10.2.0.9/32");
        assert_ptr_equal(best->peer, a); /* MED of BGP's route is no metric */
    }
    router_nexthop(r, nexthop_at(r, "10.2.0.13"), "", RIB_SOURCE_OSPF, 5);
    router_run(r);
    assert_ptr_equal(best_path(r, pub(r), BGP_IPV4_LABELED, NULL, "10.2.0.13/32")->peer, b);
    assert_ptr_equal(best_path(r, pub(r), BGP_IPV4_LABELED, NULL, "10.2.0.9/32")->peer, b);
    router_destroy(r);
}

/* MED makes pairwise comparison circular; elimination must not care for the order. */
static void test_decision__independent_of_order(void **state)
{
    static const uint8_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    (void)state;
    for (size_t k = 0; k < 6; k++) {
        struct router *r = router_create(100, "10.0.0.100");
        struct bgp_rib_peer *p[3];
        struct say s[3] = {say("10.5.0.0/16", "10.1.0.1", 1, 200), say("10.5.0.0/16", "10.1.0.2", 1, 300),
                           say("10.5.0.0/16", "10.1.0.3", 1, 200)};

        s[0].a.has_med = s[2].a.has_med = true;
        s[0].a.med = 10; /* loses to the third by MED, but would beat the second by router id */
        p[0] = join(r, pub(r), ebgp("10.0.0.1", 100), 1);
        p[1] = join(r, pub(r), ebgp("10.0.0.2", 100), 2);
        p[2] = join(r, pub(r), ebgp("10.0.0.3", 100), 3);
        for (size_t i = 0; i < 3; i++)
            tell(r, p[orders[k][i]], BGP_IPV4_UNICAST, &s[orders[k][i]], false);
        assert_ptr_equal(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.5.0.0/16")->peer, p[1]);
        router_destroy(r);
    }
}

/* --- what is accepted --- */

static void expect_reject(struct say s, struct bgp_peer_config c, enum bgp_family f, enum bgp_reject want)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *p = join(r, pub(r), c, 7);
    struct bgp_path *path;

    tell(r, p, f, &s, false);
    path = LIST_FIRST(&p->paths); /* kept, with the reason */
    assert_non_null(path);
    assert_int_equal(path->reject, want);
    assert_int_equal(path->dest->best == NULL, want != BGP_REJECT_NONE);
    router_destroy(r);
}

static void test_accept__rules(void **state)
{
    struct bgp_peer_config e = ebgp("10.0.0.1", 200), i = ebgp("10.0.0.1", 100),
                           l = peer_config("10.0.0.1", 200, BGP_IPV4_LABELED),
                           v = peer_config("10.0.0.1", 100, BGP_IPV4_VPN), loop = e;
    struct say s = say("10.5.0.0/16", "10.1.0.1", 3, 200, 100, 100), plain = say("10.5.0.0/16", "10.1.0.1", 1, 200), t;

    (void)state;
    expect_reject(plain, e, BGP_IPV4_UNICAST, BGP_REJECT_NONE);
    expect_reject(s, e, BGP_IPV4_UNICAST, BGP_REJECT_AS_LOOP);
    loop.family[BGP_IPV4_UNICAST].allow_as_loop = 1;
    expect_reject(s, loop, BGP_IPV4_UNICAST, BGP_REJECT_AS_LOOP);
    loop.family[BGP_IPV4_UNICAST].allow_as_loop = 2;
    expect_reject(s, loop, BGP_IPV4_UNICAST, BGP_REJECT_NONE);
    expect_reject(s, i, BGP_IPV4_UNICAST, BGP_REJECT_AS_LOOP); /* internal sessions, too */
    t = plain;
    t.next_hop = "127.0.0.1";
    expect_reject(t, e, BGP_IPV4_UNICAST, BGP_REJECT_NEXT_HOP);
    t.next_hop = "10.0.0.100";
    expect_reject(t, e, BGP_IPV4_UNICAST, BGP_REJECT_NEXT_HOP);
    t = plain;
    t.a.has_originator_id = true;
    t.a.originator_id = 0x0a000064;
    expect_reject(t, i, BGP_IPV4_UNICAST, BGP_REJECT_ORIGINATOR);
    t = plain;
    t.a.cluster_list = (struct bgp_bytes){(const uint8_t *)"\x0a\0\0\x64", 4};
    expect_reject(t, i, BGP_IPV4_UNICAST, BGP_REJECT_CLUSTER);
    t = plain;
    for (uint32_t label = 0; label < 18; label++) {
        t.label = label;
        expect_reject(t, l, BGP_IPV4_LABELED,
                      label == 0 || label == 3 || label >= 16 ? BGP_REJECT_NONE : BGP_REJECT_LABEL);
        expect_reject(t, v, BGP_IPV4_VPN, label >= 16 ? BGP_REJECT_NONE : BGP_REJECT_LABEL);
    }
}

static void test_accept__change_of_policy_needs_no_new_word(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_peer_config c = ebgp("10.0.0.1", 200);
    struct bgp_rib_peer *p = join(r, pub(r), c, 7);
    struct say s = say("10.5.0.0/16", "10.1.0.1", 2, 200, 100);

    (void)state;
    tell(r, p, BGP_IPV4_UNICAST, &s, false);
    assert_null(router_route(r, 0, "10.5.0.0/16"));
    c.family[BGP_IPV4_UNICAST].allow_as_loop = 1;
    bgp_rib_peer_configure(p, &c);
    router_run(r);
    assert_non_null(router_route(r, 0, "10.5.0.0/16"));
    c.family[BGP_IPV4_UNICAST].allow_as_loop = 0;
    bgp_rib_peer_configure(p, &c);
    router_run(r);
    assert_null(router_route(r, 0, "10.5.0.0/16"));
    router_destroy(r);
}

static void test_accept__max_prefixes(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_peer_config c = ebgp("10.0.0.1", 200);
    struct say s = say("10.5.0.0/16", "10.1.0.1", 1, 200);
    struct bgp_rib_peer *p;

    (void)state;
    c.family[BGP_IPV4_UNICAST].max_prefixes = 1;
    p = join(r, pub(r), c, 7);
    tell(r, p, BGP_IPV4_UNICAST, &s, false);
    assert_false(r->has_exceeded);
    s.prefix = "10.6.0.0/16";
    tell(r, p, BGP_IPV4_UNICAST, &s, false);
    assert_true(r->has_exceeded);
    router_destroy(r);
}

/* --- what is told --- */

static void test_send__external_and_internal_attributes(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *from = join(r, pub(r), ebgp("10.0.0.1", 200), 1);
    struct bgp_rib_peer *e = join(r, pub(r), ebgp("10.0.0.2", 300), 2), *i = join(r, pub(r), ebgp("10.0.0.3", 100), 3);
    struct say s = say("10.5.0.0/16", "10.1.0.1", 2, 200, 300);
    struct heard h;

    (void)state;
    s.a.has_med = true;
    s.a.med = 9;
    s.a.unknown = (struct bgp_bytes){(const uint8_t *)"\xe0\xff\x01\x07", 4};
    tell(r, from, BGP_IPV4_UNICAST, &s, false);
    h = hear(r, e);
    assert_int_equal(h.n_announced, 1);
    assert_string_equal(h.path, "100 200 300");
    assert_false(h.a.has_local_pref || h.a.has_med); /* another AS's MED goes no further */
    assert_true(next_hop_is(&h, "10.0.0.100"));
    assert_int_equal(h.a.unknown.len, 4);
    h = hear(r, i);
    assert_string_equal(h.path, "200 300");
    assert_true(h.a.has_local_pref && h.a.local_pref == 100 && h.a.has_med);
    assert_true(next_hop_is(&h, "10.1.0.1"));
    assert_true(h.has_end_of_rib);
    h = hear(r, from);
    assert_int_equal(h.n_announced, 0); /* never back to where it came from */
    tell(r, from, BGP_IPV4_UNICAST, &s, true);
    h = hear(r, e);
    assert_int_equal(h.n_withdrawn, 1);
    router_destroy(r);
}

static void test_send__as_override(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *from = join(r, pub(r), ebgp("10.0.0.1", 100), 1), *to;
    struct bgp_peer_config c = ebgp("10.0.0.2", 200);
    struct say s = say("10.5.0.0/16", "10.1.0.1", 3, 200, 300, 200);
    struct heard h;

    (void)state;
    c.family[BGP_IPV4_UNICAST].has_as_override = true;
    to = join(r, pub(r), c, 2);
    tell(r, from, BGP_IPV4_UNICAST, &s, false);
    h = hear(r, to);
    assert_string_equal(h.path, "100 100 300 100");
    router_destroy(r);
}

static void test_send__communities_and_site_of_origin(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_peer_config soo = ebgp("10.0.0.4", 400);
    struct bgp_rib_peer *from, *e = join(r, pub(r), ebgp("10.0.0.2", 300), 2),
                               *i = join(r, pub(r), ebgp("10.0.0.3", 100), 3), *site;
    struct bgp_peer_config first = ebgp("10.0.0.1", 200);
    struct say s = say("10.5.0.0/16", "10.1.0.1", 1, 200);
    struct heard h;

    (void)state;
    first.has_site_of_origin = soo.has_site_of_origin = true;
    assert_int_equal(site_of_origin_parse("100:7", &first.site_of_origin), 0);
    soo.site_of_origin = first.site_of_origin;
    from = join(r, pub(r), first, 1);
    site = join(r, pub(r), soo, 4);
    s.a.communities = (struct bgp_bytes){(const uint8_t *)"\xff\xff\xff\x01", 4}; /* no-export */
    tell(r, from, BGP_IPV4_UNICAST, &s, false);
    assert_int_equal(hear(r, e).n_announced, 0);
    h = hear(r, i);
    assert_int_equal(h.n_announced, 1);
    assert_true(bgp_has_ext_community(&h.a, first.site_of_origin));
    s.a.communities.len = 0;
    tell(r, from, BGP_IPV4_UNICAST, &s, false);
    assert_int_equal(hear(r, e).n_announced, 1);
    assert_int_equal(hear(r, site).n_announced, 0);                               /* the same site by another door */
    s.a.communities = (struct bgp_bytes){(const uint8_t *)"\xff\xff\xff\x02", 4}; /* no-advertise */
    tell(r, from, BGP_IPV4_UNICAST, &s, false);
    assert_int_equal(hear(r, e).n_withdrawn, 1);
    assert_int_equal(hear(r, i).n_withdrawn, 1);
    router_destroy(r);
}

static void test_send__reflection(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_peer_config client = ebgp("10.0.0.2", 100);
    struct bgp_rib_peer *a, *b, *c;
    struct say s = say("10.5.0.0/16", "10.1.0.1", 1, 200);
    struct heard h;

    (void)state;
    client.family[BGP_IPV4_UNICAST].is_reflector_client = true;
    a = join(r, pub(r), ebgp("10.0.0.1", 100), 1);
    b = join(r, pub(r), client, 2);
    c = join(r, pub(r), ebgp("10.0.0.3", 100), 3);
    tell(r, a, BGP_IPV4_UNICAST, &s, false);
    assert_int_equal(hear(r, c).n_announced, 0); /* internal to internal: only by reflection */
    h = hear(r, b);
    assert_int_equal(h.n_announced, 1);
    assert_true(h.a.has_originator_id && h.a.originator_id == 1);
    assert_int_equal(h.a.cluster_list.len, 4);
    assert_true(next_hop_is(&h, "10.1.0.1"));
    tell(r, a, BGP_IPV4_UNICAST, &s, true);
    tell(r, b, BGP_IPV4_UNICAST, &s, false);
    assert_int_equal(hear(r, a).n_announced, 1); /* a client's routes go to all */
    assert_int_equal(hear(r, c).n_announced, 1);
    router_destroy(r);
}

static void test_send__labeled_next_hop_unchanged_keeps_the_label(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_peer_config self = peer_config("10.0.0.3", 100, BGP_IPV4_LABELED);
    struct bgp_rib_peer *from = join(r, pub(r), peer_config("10.0.0.1", 200, BGP_IPV4_LABELED), 1), *keep, *ours;
    struct say s = say("10.5.0.1/32", "10.1.0.1", 1, 200);
    struct heard h;

    (void)state;
    self.family[BGP_IPV4_LABELED].is_next_hop_self = true;
    keep = join(r, pub(r), peer_config("10.0.0.2", 100, BGP_IPV4_LABELED), 2);
    tell(r, from, BGP_IPV4_LABELED, &s, false);
    h = hear(r, keep);
    assert_int_equal(h.nlri.label, 500);
    assert_true(next_hop_is(&h, "10.1.0.1"));
    assert_int_equal(r->n_labels, 0); /* nobody needs one: none is taken */
    ours = join(r, pub(r), self, 3);
    h = hear(r, ours);
    assert_int_equal(r->n_labels, 1);
    assert_int_equal(h.nlri.label, r->labels[0].in_label);
    assert_true(next_hop_is(&h, "10.0.0.100"));
    assert_int_equal(r->labels[0].label.stack.label[0], 500);
    router_destroy(r);
}

/* --- labels --- */

static void test_label__not_advertised_before_it_is_installed(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *from = join(r, pub(r), peer_config("10.0.0.1", 200, BGP_IPV4_LABELED), 1);
    struct bgp_rib_peer *to = join(r, pub(r), peer_config("10.0.0.2", 300, BGP_IPV4_LABELED), 2), *late;
    struct say s = say("10.5.0.1/32", "10.1.0.1", 1, 200);
    struct bgp_label_slot *slot;

    (void)state;
    tell(r, from, BGP_IPV4_LABELED, &s, false);
    assert_int_equal(hear(r, to).n_announced, 1);
    r->is_silent = true;
    /* A second neighbour: the label must be granted to it first, the first one keeps it meanwhile. */
    late = join(r, pub(r), peer_config("10.0.0.3", 400, BGP_IPV4_LABELED), 3);
    assert_int_equal(hear(r, late).n_announced, 0);
    assert_int_equal(hear(r, to).n_withdrawn, 0);
    slot = r->labels[0].slot;
    bgp_rib_label_result(slot, BGP_LABEL_INSTALLED, false, ""); /* the answer to an older scope */
    assert_int_equal(hear(r, late).n_announced, 0);
    bgp_rib_label_result(slot, BGP_LABEL_INSTALLED, true, "");
    assert_int_equal(hear(r, late).n_announced, 1);
    /* Unusable: withdrawn from both, but still wanted. */
    bgp_rib_label_result(slot, BGP_LABEL_UNUSABLE, true, "no label-switched path to 10.1.0.1");
    assert_int_equal(hear(r, to).n_withdrawn, 1);
    assert_int_equal(hear(r, late).n_withdrawn, 1);
    assert_int_equal(r->n_labels, 1);
    bgp_rib_label_result(slot, BGP_LABEL_FAILED, true, "kernel says no");
    bgp_rib_label_result(slot, BGP_LABEL_INSTALLED, true, "");
    assert_int_equal(hear(r, to).n_announced, 1);
    router_destroy(r);
}

static void test_label__freed_after_the_withdrawal_was_sent(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *from = join(r, pub(r), peer_config("10.0.0.1", 200, BGP_IPV4_LABELED), 1);
    struct bgp_rib_peer *to = join(r, pub(r), peer_config("10.0.0.2", 300, BGP_IPV4_LABELED), 2);
    struct say s = say("10.5.0.1/32", "10.1.0.1", 1, 200);

    (void)state;
    tell(r, from, BGP_IPV4_LABELED, &s, false);
    hear(r, to);
    tell(r, from, BGP_IPV4_LABELED, &s, true);
    assert_int_equal(r->n_freed, 0);
    assert_int_equal(hear(r, to).n_withdrawn, 1);
    assert_int_equal(r->n_freed, 1);
    /* Never sent: freed without a word. */
    tell(r, from, BGP_IPV4_LABELED, &s, false);
    tell(r, from, BGP_IPV4_LABELED, &s, true);
    assert_int_equal(r->n_freed, 2);
    assert_int_equal(hear(r, to).n_messages, 0);
    router_destroy(r);
}

static void test_label__follows_the_route(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *a = join(r, pub(r), peer_config("10.0.0.1", 200, BGP_IPV4_LABELED), 1);
    struct bgp_rib_peer *to = join(r, pub(r), peer_config("10.0.0.2", 300, BGP_IPV4_LABELED), 2);
    struct say s = say("10.5.0.1/32", "10.1.0.1", 1, 200);
    uint32_t label;

    (void)state;
    tell(r, a, BGP_IPV4_LABELED, &s, false);
    label = hear(r, to).nlri.label;
    s.label = 3;
    tell(r, a, BGP_IPV4_LABELED, &s, false);
    assert_int_equal(r->labels[0].label.state, LABEL_STATE_IMPLICIT_NULL);
    s.label = 700;
    s.next_hop = "10.1.0.9";
    tell(r, a, BGP_IPV4_LABELED, &s, false);
    assert_int_equal(r->labels[0].label.stack.label[0], 700);
    assert_int_equal(ip_addr_to_v4(&r->labels[0].nexthop.gateway), 0x0a010009);
    assert_int_equal(r->labels[0].in_label, label); /* the same label all the time */
    assert_int_equal(hear(r, to).n_messages, 0);    /* and nothing new for who has it */
    router_destroy(r);
}

/* --- VPN --- */

static void test_vpn__targets_decide_what_is_imported(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *p = join(r, pub(r), peer_config("10.0.0.1", 100, BGP_IPV4_VPN), 1);
    struct bgp_vrf *red = router_vrf(r, "red", 7, "100:7", "100:7", false),
                   *blue = router_vrf(r, "blue", 8, "100:8", "100:8", false);
    struct say s = say("10.5.0.0/16", "10.1.0.1", 0);
    struct bgp_vrf_config c = blue->cfg;
    ext_community_t both[2] = {rt("100:7"), rt("100:8")};

    (void)state;
    s.rd = rd("100:1");
    s.a.ext_communities = (struct bgp_bytes){(const uint8_t *)"\0\2\0\x64\0\0\0\7", 8};
    tell(r, p, BGP_IPV4_VPN, &s, false);
    assert_non_null(best_path(r, red, BGP_IPV4_UNICAST, NULL, "10.5.0.0/16"));
    assert_null(best_path(r, blue, BGP_IPV4_UNICAST, NULL, "10.5.0.0/16"));
    assert_non_null(router_route(r, 7, "10.5.0.0/16"));
    assert_int_equal(router_route(r, 7, "10.5.0.0/16")->label.stack.label[0], 500);
    /* A new import target: without any new word from the neighbour. */
    c.import_targets = both;
    c.n_import = 2;
    bgp_vrf_configure(r->rib, &c);
    router_run(r);
    assert_non_null(router_route(r, 8, "10.5.0.0/16"));
    /* Other targets, then gone. */
    s.a.ext_communities = (struct bgp_bytes){(const uint8_t *)"\0\2\0\x64\0\0\0\x8", 8};
    tell(r, p, BGP_IPV4_VPN, &s, false);
    assert_null(router_route(r, 7, "10.5.0.0/16"));
    assert_non_null(router_route(r, 8, "10.5.0.0/16"));
    bgp_rib_peer_down(p);
    router_run(r);
    assert_null(router_route(r, 8, "10.5.0.0/16"));
    assert_int_equal(r->n_routes, 0);
    router_destroy(r);
}

static void test_vpn__customer_cannot_choose_targets(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_vrf *red = router_vrf(r, "red", 7, "100:7", "100:7", false),
                   *blue = router_vrf(r, "blue", 8, "100:8", "100:8", false);
    struct bgp_rib_peer *ce = join(r, red, ebgp("10.9.0.1", 200), 1);
    struct say s = say("10.5.0.0/16", "10.9.0.1", 1, 200);
    struct bgp_path *p;

    (void)state;
    s.a.ext_communities = (struct bgp_bytes){(const uint8_t *)"\0\2\0\x64\0\0\0\x8", 8}; /* blue's */
    tell(r, ce, BGP_IPV4_UNICAST, &s, false);
    assert_non_null(router_route(r, 7, "10.5.0.0/16"));
    assert_null(best_path(r, blue, BGP_IPV4_UNICAST, NULL, "10.5.0.0/16"));
    p = best_path(r, pub(r), BGP_IPV4_VPN, "100:7", "10.5.0.0/16");
    assert_non_null(p);
    assert_int_equal(p->attrs->a.ext_communities.len, 8);
    assert_true(bgp_has_ext_community(&p->attrs->a, rt("100:7")));
    router_destroy(r);
}

/* Two instances of one router that import each other's routes, with the same prefix in both. */
static void test_vpn__instances_of_one_router(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_vrf *red = router_vrf(r, "red", 7, "100:7", "100:7", false),
                   *blue = router_vrf(r, "blue", 8, "100:8", "100:7", false);
    struct bgp_rib_peer *ce = join(r, red, ebgp("10.9.0.1", 200), 1);
    struct say s = say("10.5.0.0/16", "10.9.0.1", 1, 200);

    (void)state;
    tell(r, ce, BGP_IPV4_UNICAST, &s, false);
    assert_non_null(router_route(r, 8, "10.5.0.0/16"));
    assert_int_equal(router_route(r, 8, "10.5.0.0/16")->nexthop.vrf, 7);
    assert_int_equal(router_route(r, 8, "10.5.0.0/16")->label.state, LABEL_STATE_NONE);
    router_redistribute(r, 7, "10.6.0.0/16", RIB_SOURCE_CONNECTED, NULL);
    router_redistribute(r, 8, "10.6.0.0/16", RIB_SOURCE_CONNECTED, NULL);
    router_run(r);                                  /* comes to rest */
    assert_null(router_route(r, 7, "10.6.0.0/16")); /* its own is better */
    bgp_rib_redistribute_gone(r->rib, 8, &(struct prefix){.addr = addr("10.6.0.0"), .len = 16});
    router_run(r);
    assert_non_null(router_route(r, 8, "10.6.0.0/16"));
    assert_int_equal(router_route(r, 8, "10.6.0.0/16")->nexthop.ifindex, 7);
    bgp_vrf_remove(blue);
    bgp_vrf_set_ready(red, 7, false);
    router_run(r);
    assert_int_equal(r->n_labels, 0);
    router_destroy(r);
}

static void test_vpn__per_instance_and_per_route_labels(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_vrf *red = router_vrf(r, "red", 7, "100:7", "100:7", false);
    struct bgp_vrf_config c = red->cfg;
    ext_community_t t = rt("100:7");
    struct bgp_rib_peer *pe;

    (void)state;
    pe = join(r, pub(r), peer_config("10.0.0.1", 100, BGP_IPV4_VPN), 1);
    router_redistribute(r, 7, "10.6.0.0/16", RIB_SOURCE_CONNECTED, NULL);
    router_redistribute(r, 7, "10.7.0.0/16", RIB_SOURCE_STATIC, "10.6.0.1");
    assert_int_equal(hear(r, pe).n_announced, 2);
    assert_int_equal(r->n_labels, 1);
    assert_non_null(router_label(r, RIB_LABEL_VPN_INSTANCE, 7, NULL));
    c.is_label_per_route = true;
    c.import_targets = c.export_targets = &t;
    bgp_vrf_configure(r->rib, &c);
    router_run(r);
    assert_int_equal(hear(r, pe).n_announced, 2);
    assert_int_equal(router_label(r, RIB_LABEL_VPN_ROUTE, 7, "10.6.0.0/16")->op, RIB_LABEL_POP_LOOKUP);
    assert_int_equal(router_label(r, RIB_LABEL_VPN_ROUTE, 7, "10.7.0.0/16")->op, RIB_LABEL_POP_LOOKUP);
    router_destroy(r);
}

/* --- redistribution --- */

static void test_local__sources_and_staleness(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_vrf_config c = {.name = "", .redistribute = {1u << RIB_SOURCE_OSPF, 0, 0}};

    (void)state;
    bgp_vrf_configure(r->rib, &c);
    assert_int_equal(r->subscribed[0], 1u << RIB_SOURCE_OSPF);
    router_redistribute(r, 0, "10.6.0.0/16", RIB_SOURCE_OSPF, "10.0.0.1");
    router_redistribute(r, 0, "10.7.0.0/16", RIB_SOURCE_OSPF, "10.0.0.1");
    router_redistribute(r, 0, "10.8.0.0/16", RIB_SOURCE_STATIC, "10.0.0.1");
    router_run(r);
    assert_non_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.6.0.0/16"));
    assert_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.8.0.0/16"));
    bgp_rib_replay(r->rib);
    router_redistribute(r, 0, "10.6.0.0/16", RIB_SOURCE_OSPF, "10.0.0.1");
    router_run(r);
    assert_non_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.7.0.0/16")); /* until ribd has told all */
    bgp_rib_redistribute_complete(r->rib, 0);
    router_run(r);
    assert_non_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.6.0.0/16"));
    assert_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.7.0.0/16"));
    c.redistribute[0] = 0;
    bgp_vrf_configure(r->rib, &c);
    router_run(r);
    assert_null(best_path(r, pub(r), BGP_IPV4_UNICAST, NULL, "10.6.0.0/16"));
    assert_int_equal(r->subscribed[0], 0);
    router_destroy(r);
}

static void test_output__one_message_for_equal_attributes(void **state)
{
    struct router *r = router_create(100, "10.0.0.100");
    struct bgp_rib_peer *from = join(r, pub(r), ebgp("10.0.0.1", 200), 1),
                        *to = join(r, pub(r), ebgp("10.0.0.2", 300), 2);
    struct say s = say("10.5.0.0/16", "10.1.0.1", 1, 200);
    char text[32];
    struct heard h;

    (void)state;
    hear(r, to);
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof(text), "10.5.%d.0/24", i);
        s.prefix = text;
        tell(r, from, BGP_IPV4_UNICAST, &s, false);
    }
    h = hear(r, to);
    assert_int_equal(h.n_announced, 100);
    assert_int_equal(h.n_messages, 1);
    bgp_rib_refresh(to, BGP_IPV4_UNICAST);
    h = hear(r, to);
    assert_int_equal(h.n_announced, 100);
    bgp_rib_peer_down(from);
    h = hear(r, to);
    assert_int_equal(h.n_withdrawn, 100);
    assert_int_equal(h.n_messages, 1);
    router_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decision__each_step),
        cmocka_unit_test(test_decision__igp_metric_and_usability),
        cmocka_unit_test(test_decision__next_hop_that_is_reached_over_the_route_itself),
        cmocka_unit_test(test_decision__independent_of_order),
        cmocka_unit_test(test_accept__rules),
        cmocka_unit_test(test_accept__change_of_policy_needs_no_new_word),
        cmocka_unit_test(test_accept__max_prefixes),
        cmocka_unit_test(test_send__external_and_internal_attributes),
        cmocka_unit_test(test_send__as_override),
        cmocka_unit_test(test_send__communities_and_site_of_origin),
        cmocka_unit_test(test_send__reflection),
        cmocka_unit_test(test_send__labeled_next_hop_unchanged_keeps_the_label),
        cmocka_unit_test(test_label__not_advertised_before_it_is_installed),
        cmocka_unit_test(test_label__freed_after_the_withdrawal_was_sent),
        cmocka_unit_test(test_label__follows_the_route),
        cmocka_unit_test(test_vpn__targets_decide_what_is_imported),
        cmocka_unit_test(test_vpn__customer_cannot_choose_targets),
        cmocka_unit_test(test_vpn__instances_of_one_router),
        cmocka_unit_test(test_vpn__per_instance_and_per_route_labels),
        cmocka_unit_test(test_local__sources_and_staleness),
        cmocka_unit_test(test_output__one_message_for_equal_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
