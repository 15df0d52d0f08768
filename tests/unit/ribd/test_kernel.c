/* SPDX-License-Identifier: Apache-2.0
 *
 * What the RIB does with the kernel and with clients over time: guard, order of writes, refusals, silent losses,
 * restarts of clients and of ribd, adoption, sweep, audit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

#define BGP  RIB_CLIENT_BGPD
#define OSPF RIB_CLIENT_OSPFD
#define LDP  RIB_CLIENT_LDPD
enum { CARRIERA = 1002, EVIL = 1003 };

static uint32_t scope(struct world *w, uint32_t id, uint32_t vrf, const char *neighbor)
{
    struct rib_scope_member m = {.vrf = vrf, .neighbor = A(neighbor)};

    ribd_rib_scope_define(w->rib, BGP, id, &m, 1);
    return id;
}

/* The configuration part of l1pe1: what ribd has before any client comes. */
static void base(struct world *w)
{
    iface(w, 1, "lo", 0, "10.1.0.4/32", false, false);
    iface(w, 2, "l1pe1-p", 0, "10.9.4.1/24", true, false);
    ribd_rib_instance_set(w->rib, CARRIERA, true, 8);
    ribd_rib_instance_set(w->rib, EVIL, true, 9);
    iface(w, 3, "l1pe1-l1ce1", CARRIERA, "10.9.3.2/24", true, true);
    iface(w, 4, "l1pe1-evil", EVIL, "10.9.20.1/24", true, true);
}

static void told_by_ospf_and_ldp(struct world *w)
{
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32", 110, 0, "10.9.4.2 dev 2", 0);
    peer(w, 1, 0, "10.9.4.2");
    binding(w, 1, "10.1.0.6/32", 5061);
    follow(w, 5041, 0, "10.1.0.6/32");
}

static void told_by_bgp(struct world *w)
{
    route(w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.9/32", 200, 0, "lsp 10.1.0.6", 6093);
    scope(w, 1, CARRIERA, "10.9.3.1");
    swap(w, BGP, 4092, 0, "lsp 10.1.0.6", 6093, 1);
}

/* --- guard --- */

static void test_guard__let_in_before_installed_and_shut_after(void **state)
{
    struct world *w = *state;

    base(w);
    told_by_ospf_and_ldp(w);
    settle(w);
    w->dp->is_deferred = true;
    told_by_bgp(w);
    settle(w);
    assert_true(fake_dp_guard(w->dp, 3, 4092));
    assert_false(fake_dp_guard(w->dp, 4, 4092));
    assert_int_equal(said_count(w, SAID_LABEL), 1); /* 5041: nothing yet of 4092 */
    fake_dp_answer(w->dp);
    settle(w);
    assert_int_equal(said_label(w, 4092)->status, RIB_LABEL_INSTALLED);
    assert_int_equal(said_label(w, 4092)->scope, 1);
    w->dp->is_deferred = false;
    fake_dp_forget_ops(w->dp);
    ribd_rib_label_del(w->rib, BGP, 4092);
    settle(w);
    assert_true(fake_dp_op_index(w->dp, OP_LABEL_DEL, 4092) >= 0);
    assert_true(fake_dp_op_index(w->dp, OP_LABEL_DEL, 4092) < fake_dp_op_index(w->dp, OP_GUARD_DEL, 4092));
    assert_false(fake_dp_guard(w->dp, 3, 4092));
    assert_int_equal(w->n_gone, 1);
    assert_int_equal(w->gone[0], 4092);
}

static void test_guard__new_scope_before_old(void **state)
{
    struct world *w = *state;

    base(w);
    told_by_ospf_and_ldp(w);
    told_by_bgp(w);
    settle(w);
    fake_dp_forget_ops(w->dp);
    scope(w, 2, EVIL, "10.9.20.2");
    swap(w, BGP, 4092, 0, "lsp 10.1.0.6", 6093, 2);
    settle(w);
    assert_true(fake_dp_guard(w->dp, 4, 4092));
    assert_false(fake_dp_guard(w->dp, 3, 4092));
    assert_true(fake_dp_op_index(w->dp, OP_GUARD_ADD, 4092) < fake_dp_op_index(w->dp, OP_GUARD_DEL, 4092));
    assert_int_equal(fake_dp_count(w->dp, OP_LABEL_SET), 0);
    assert_int_equal(said_label(w, 4092)->scope, 2);
    assert_int_equal(said_label(w, 4092)->status, RIB_LABEL_INSTALLED);
}

static void test_guard__parallel_links_and_loopback_neighbor(void **state)
{
    struct world *w = *state;

    base(w);
    iface(w, 5, "l1pe1-l1ce1-b", CARRIERA, "10.9.33.2/24", true, true);
    route(w, OSPF, RIB_SOURCE_OSPF, CARRIERA, "10.2.0.3/32", 110, CARRIERA, "10.9.3.1 dev 3 + 10.9.33.1 dev 5", 0);
    scope(w, 1, CARRIERA, "10.2.0.3");
    lookup(w, 4093, CARRIERA, 1);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 4093), "lookup 8");
    assert_true(fake_dp_guard(w->dp, 3, 4093));
    assert_true(fake_dp_guard(w->dp, 5, 4093));
    iface(w, 5, "l1pe1-l1ce1-b", CARRIERA, "10.9.33.2/24", true, false); /* not guarded any more */
    settle(w);
    assert_false(fake_dp_guard(w->dp, 5, 4093));
    iface(w, 5, "l1pe1-l1ce1-b", CARRIERA, "10.9.33.2/24", true, true);
    settle(w);
    assert_true(fake_dp_guard(w->dp, 5, 4093));
    w->dp->n_guards = 0;
    assert_int_equal(audit(w, true), 2);
    settle(w);
    assert_int_equal(audit(w, false), 0);
    ribd_rib_guard_lost(w->rib);
    fake_dp_forget_ops(w->dp);
    settle(w);
    assert_int_equal(fake_dp_count(w->dp, OP_GUARD_ADD), 2);
}

/* --- label entries --- */

static void test_label__refused_input(void **state)
{
    struct world *w = *state;
    struct rib_label_entry e = {.in_label = 100, .op = RIB_LABEL_SWAP, .nhset = 77};

    base(w);
    ribd_rib_label_set(w->rib, BGP, &e);
    assert_int_equal(said_label(w, 100)->status, RIB_LABEL_FAILED);
    swap(w, BGP, 101, 0, "10.9.4.2 dev 2", 0, 0); /* no label at all */
    assert_int_equal(said_label(w, 101)->status, RIB_LABEL_FAILED);
    swap(w, BGP, 15, 0, "10.9.4.2 dev 2", 17, 0);
    assert_int_equal(said_label(w, 15)->status, RIB_LABEL_FAILED);
    swap(w, BGP, 102, 0, "10.9.4.2 dev 2", 17, 9);
    assert_string_equal(said_label(w, 102)->reason, "unknown label scope");
    swap(w, BGP, 103, 0, "10.9.4.2 dev 2", 17, 0);
    swap(w, LDP, 103, 0, "10.9.4.2 dev 2", 18, 0);
    assert_string_equal(said_label(w, 103)->reason, "the label is in use by another daemon");
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 103), "10.9.4.2 dev 2 17");
    assert_int_equal(w->dp->n_labels, 1);
}

static void test_label__kernel_refuses_then_takes(void **state)
{
    struct world *w = *state;

    base(w);
    w->dp->refuse_labels = -ENOBUFS;
    swap(w, BGP, 103, 0, "10.9.4.2 dev 2", 17, 0);
    settle(w);
    assert_int_equal(said_label(w, 103)->status, RIB_LABEL_FAILED);
    assert_string_equal(said_label(w, 103)->reason, "refused by the test");
    assert_true(ribd_rib_has_failures(w->rib));
    w->dp->refuse_labels = 0;
    ribd_rib_retry(w->rib);
    settle(w);
    assert_int_equal(said_label(w, 103)->status, RIB_LABEL_INSTALLED);
    assert_false(ribd_rib_has_failures(w->rib));
    /* Every set is answered, even if nothing changed. */
    w->n_said = 0;
    swap(w, BGP, 103, 0, "10.9.4.2 dev 2", 17, 0);
    settle(w);
    assert_int_equal(said_label(w, 103)->status, RIB_LABEL_INSTALLED);
    assert_int_equal(said_count(w, SAID_LABEL), 1);
}

static void test_label__deleted_and_set_again_before_the_answer(void **state)
{
    struct world *w = *state;

    base(w);
    swap(w, BGP, 103, 0, "10.9.4.2 dev 2", 17, 0);
    settle(w);
    w->dp->is_deferred = true;
    ribd_rib_label_del(w->rib, BGP, 103);
    settle(w);
    swap(w, BGP, 103, 0, "10.9.4.2 dev 2", 18, 0);
    settle(w);
    fake_dp_answer(w->dp);
    settle(w);
    fake_dp_answer(w->dp);
    settle(w);
    assert_int_equal(w->n_gone, 0);
    assert_string_equal(fake_dp_label(w->dp, 103), "10.9.4.2 dev 2 18");
    assert_int_equal(said_label(w, 103)->status, RIB_LABEL_INSTALLED);
}

/* --- routes --- */

static void test_route__kernel_refuses(void **state)
{
    struct world *w = *state;

    base(w);
    ribd_rib_subscribe(w->rib, LDP, 0, 1u << RIB_SOURCE_OSPF);
    w->dp->refuse_routes = -ENETUNREACH;
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32", 110, 0, "10.9.4.2 dev 2", 0);
    settle(w);
    assert_int_equal(said_count(w, SAID_FAILED), 1);
    assert_false(said_route(w, LDP, 0, "10.1.0.6/32")->route.is_usable);
    w->dp->refuse_routes = 0;
    ribd_rib_retry(w->rib);
    settle(w);
    assert_true(said_route(w, LDP, 0, "10.1.0.6/32")->route.is_usable);
    assert_false(ribd_rib_has_failures(w->rib));
    assert_int_equal(audit(w, false), 0);
}

static void test_subscription__best_routes_only(void **state)
{
    struct world *w = *state;
    const struct said *s;

    base(w);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32", 110, 0, "10.9.4.2 dev 2", 0);
    ribd_rib_subscribe(w->rib, LDP, 0, 1u << RIB_SOURCE_OSPF | 1u << RIB_SOURCE_CONNECTED);
    settle(w);
    assert_int_equal(said_count(w, SAID_COMPLETE), 1);
    s = said_route(w, LDP, 0, "10.1.0.6/32");
    assert_int_equal(s->kind, SAID_ROUTE);
    assert_true(s->route.is_usable);
    assert_int_equal(s->route.n_nexthops, 1);
    assert_int_equal(s->route.nexthops[0].ifindex, 2);
    s = said_route(w, LDP, 0, "10.1.0.4/32");
    assert_int_equal(s->route.source, RIB_SOURCE_CONNECTED);
    assert_false(ip_addr_is_set(&s->route.nexthops[0].gateway));
    assert_null(said_route(w, LDP, CARRIERA, "10.9.3.0/24"));
    route(w, BGP, RIB_SOURCE_BGP, 0, "10.1.0.6/32", 20, 0, "10.9.4.2 dev 2", 0);
    settle(w);
    assert_int_equal(said_route(w, LDP, 0, "10.1.0.6/32")->kind, SAID_GONE); /* best is another source's now */
    unroute(w, BGP, RIB_SOURCE_BGP, 0, "10.1.0.6/32");
    settle(w);
    assert_int_equal(said_route(w, LDP, 0, "10.1.0.6/32")->kind, SAID_ROUTE);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.6/32");
    settle(w);
    assert_int_equal(said_route(w, LDP, 0, "10.1.0.6/32")->kind, SAID_GONE);
}

static void test_silent_loss__written_again(void **state)
{
    struct world *w = *state;

    base(w);
    told_by_ospf_and_ldp(w);
    told_by_bgp(w);
    settle(w);
    /* Carrier lost and back before anybody looked: the kernel dropped objects and routes without a word. */
    fake_dp_lose_interface(w->dp, 2);
    assert_int_equal(w->dp->n_routes, 0);
    ribd_rib_interface_bounced(w->rib, 2, false);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093");
    assert_int_equal(audit(w, false), 0);
    /* Really down: everything over it is withdrawn and comes back. */
    iface_down(w, 2, "l1pe1-p", 0, true);
    settle(w);
    assert_int_equal(said_label(w, 4092)->status, RIB_LABEL_UNUSABLE);
    assert_int_equal(w->dp->n_labels, 0);
    assert_int_equal(audit(w, false), 0);
    iface(w, 2, "l1pe1-p", 0, "10.9.4.1/24", true, false);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093");
    assert_int_equal(said_label(w, 4092)->status, RIB_LABEL_INSTALLED);
    assert_int_equal(audit(w, false), 0);
}

/* --- audit --- */

static void test_audit__finds_and_mends(void **state)
{
    struct world *w = *state;
    struct dp_route stranger = {.table = 0, .prefix = P("192.0.2.0/24"), .type = DP_ROUTE_BLACKHOLE};
    struct dp_label label = {.in_label = 999, .lookup_ifindex = 8};

    base(w);
    told_by_ospf_and_ldp(w);
    told_by_bgp(w);
    settle(w);
    assert_int_equal(audit(w, false), 0);
    w->dp->dp.ops->label_set(&w->dp->dp, RIB_COOKIE_NONE, &label);
    w->dp->dp.ops->label_del(&w->dp->dp, RIB_COOKIE_NONE, 4092);
    w->dp->dp.ops->route_set(&w->dp->dp, RIB_COOKIE_NONE, &stranger);
    w->dp->routes[0].type = DP_ROUTE_BLACKHOLE;
    w->dp->nh[0].nh[0].ifindex = 77;
    assert_true(audit(w, true) >= 5);
    settle(w);
    assert_int_equal(audit(w, false), 0);
    assert_string_equal(fake_dp_label(w->dp, 999), "-");
    assert_string_equal(fake_dp_label(w->dp, 4092), "10.9.4.2 dev 2 5061/6093");
    assert_string_equal(fake_dp_route(w->dp, 0, "192.0.2.0/24"), "-");
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093");
}

/* --- restarts --- */

static void test_client_restart__kept_then_swept(void **state)
{
    struct world *w = *state;

    base(w);
    told_by_ospf_and_ldp(w);
    told_by_bgp(w);
    route(w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.10/32", 200, 0, "lsp 10.1.0.6", 6094);
    swap(w, BGP, 4099, 0, "lsp 10.1.0.6", 6094, 1);
    settle(w);
    fake_dp_forget_ops(w->dp);
    ribd_rib_client_lost(w->rib, BGP);
    settle(w);
    assert_int_equal(w->dp->n_ops, 0); /* nothing moves */
    told_by_bgp(w);                    /* but not 10.2.0.10 and 4099 */
    settle(w);
    assert_int_equal(w->dp->n_ops, 0); /* the same again is no write */
    assert_int_equal(said_label(w, 4092)->status, RIB_LABEL_INSTALLED);
    ribd_rib_client_sweep(w->rib, BGP);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.10/32"), "-");
    assert_string_equal(fake_dp_label(w->dp, 4099), "-");
    assert_string_equal(fake_dp_label(w->dp, 4092), "10.9.4.2 dev 2 5061/6093");
    assert_false(fake_dp_guard(w->dp, 3, 4099));
    assert_int_equal(w->gone[0], 4099);
    assert_int_equal(audit(w, false), 0);
}

static void test_ldp_restart__bindings_hold(void **state)
{
    struct world *w = *state;

    base(w);
    told_by_ospf_and_ldp(w);
    told_by_bgp(w);
    settle(w);
    fake_dp_forget_ops(w->dp);
    ribd_rib_client_lost(w->rib, LDP);
    settle(w);
    assert_int_equal(w->dp->n_ops, 0);
    peer(w, 1, 0, "10.9.4.2"); /* the same number is another peer's now */
    settle(w);
    assert_int_equal(w->dp->n_ops, 0);
    binding(w, 1, "10.1.0.6/32", 5099);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 4092), "10.9.4.2 dev 2 5099/6093");
    ribd_rib_client_sweep(w->rib, LDP); /* 5041 was not told again */
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 4092), "10.9.4.2 dev 2 5099/6093");
    assert_string_equal(fake_dp_label(w->dp, 5041), "-");
    ribd_rib_client_lost(w->rib, LDP);
    ribd_rib_client_sweep(w->rib, LDP); /* never came back */
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 4092), "-");
    assert_int_equal(audit(w, false), 0);
}

static void test_ribd_restart__adopts(void **state)
{
    struct world *w = *state;

    base(w);
    told_by_ospf_and_ldp(w);
    told_by_bgp(w);
    route(w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.10/32", 200, 0, "lsp 10.1.0.6", 6094);
    swap(w, BGP, 4099, 0, "lsp 10.1.0.6", 6094, 1);
    settle(w);
    world_restart(w);
    fake_dp_forget_ops(w->dp);
    ribd_rib_hold(w->rib, true);
    base(w);
    told_by_bgp(w); /* in an order in which nothing resolves yet */
    settle(w);
    told_by_ospf_and_ldp(w);
    settle(w);
    assert_int_equal(w->dp->n_ops, 0);
    assert_int_equal(w->n_said, 0);
    ribd_rib_hold(w->rib, false);
    settle(w);
    for (size_t i = 0; i < w->dp->n_ops; i++)
        assert_int_equal(w->dp->ops[i].kind, OP_GUARD_ADD); /* which is idempotent */
    assert_int_equal(said_label(w, 4092)->status, RIB_LABEL_INSTALLED);
    assert_int_equal(said_label(w, 5041)->status, RIB_LABEL_INSTALLED);
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.10/32"),
                        "10.9.4.2 dev 2 5061/6094"); /* stale, forwards */
    assert_string_equal(fake_dp_label(w->dp, 4099), "10.9.4.2 dev 2 5061/6094");
    assert_true(ribd_rib_label_is_live(w->rib, 4099));
    ribd_rib_sweep_adopted(w->rib);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.10/32"), "-");
    assert_string_equal(fake_dp_label(w->dp, 4099), "-");
    assert_false(fake_dp_guard(w->dp, 3, 4099));
    assert_false(ribd_rib_label_is_live(w->rib, 4099));
    assert_int_equal(w->gone[w->n_gone - 1], 4099);
    assert_int_equal(audit(w, false), 0);
    /* New objects do not collide with what was found. */
    route(w, BGP, RIB_SOURCE_BGP, CARRIERA, "10.2.0.11/32", 200, 0, "lsp 10.1.0.6", 6095);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.9/32"), "10.9.4.2 dev 2 5061/6093");
    assert_string_equal(fake_dp_route(w->dp, CARRIERA, "10.2.0.11/32"), "10.9.4.2 dev 2 5061/6095");
}

/* The device of an instance goes before its routes, when these are many, and its table is emptied behind it. From then
 * on none is written into the table, whatever waits; and if the instance is back before the last is gone, all that is
 * told is there in the end. */
static void test_instance__goes_before_its_routes(void **state)
{
    enum { TABLE = 1002, MANY = 400, PART = 1024 };
    struct world *w = *state;
    char prefix[40];

    iface(w, 2, "a", 0, "10.9.1.1/24", true, false);
    ribd_rib_instance_set(w->rib, TABLE, true, 8);
    for (int back_after = 0; back_after < 300; back_after += back_after < 30 ? 3 : 30) {
        static const char *const ways[] = {"10.9.1.2 dev 2", "10.9.1.3 dev 2"};

        for (int way = 0; way < 2; way++) {
            for (int i = 0; i < MANY; i += 1 + way) { /* the others stay as they are */
                snprintf(prefix, sizeof(prefix), "20.%d.%d.0/24", i / 200, i % 200);
                route(w, RIB_CLIENT_BGPD, RIB_SOURCE_BGP, TABLE, prefix, 200, 0, ways[way], 0);
            }
            if (way == 0)
                settle(w);
        }
        ribd_rib_in_parts(w->rib, PART);
        w->dp->is_deferred = true;
        for (int i = 0; i < 20; i++)
            ribd_rib_settle(w->rib);
        ribd_rib_instance_set(w->rib, TABLE, false, 0);
        ribd_rib_instance_flushed(w->rib, TABLE);
        fake_dp_forget_ops(w->dp);
        for (int i = 0; i < back_after; i++) {
            ribd_rib_settle(w->rib);
            for (size_t k = w->dp->n_routes; k > 0; k--) { /* the last come first */
                if (w->dp->routes[k - 1].table != TABLE)
                    continue;
                w->dp->routes[k - 1] = w->dp->routes[--w->dp->n_routes];
                break;
            }
            if (i % 5 == 0)
                fake_dp_answer(w->dp);
        }
        assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_SET), 0);
        ribd_rib_instance_set(w->rib, TABLE, true, 8);
        w->dp->is_deferred = false;
        fake_dp_answer(w->dp);
        ribd_rib_in_parts(w->rib, 1);
        settle(w);
        assert_string_equal(fake_dp_route(w->dp, TABLE, "20.1.6.0/24"), ways[1]);
        assert_string_equal(fake_dp_route(w->dp, TABLE, "20.1.7.0/24"), ways[0]);
        assert_int_equal(audit(w, false), 0);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

/* --- while much is under way --- */

/* A route leaves a path and comes back before that is written; the interface bounces in between. */
/* The kernel keeps an entry of two ways until both devices are gone. */
static void test_bounce__entry_that_cannot_be_used_any_more(void **state)
{
    struct world *w = *state;

    iface(w, 2, "e2", 0, "10.9.1.1/24", true, false);
    iface(w, 3, "e3", 0, "10.9.2.1/24", true, false);
    swap(w, RIB_CLIENT_BGPD, 5001, 0, "10.9.1.2 dev 2 + 10.9.2.2 dev 3", 77, 0);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 5001), "10.9.1.2 dev 2 77 + 10.9.2.2 dev 3 77");
    ribd_rib_interface_bounced(w->rib, 2, true);
    ribd_rib_interface_gone(w->rib, 2);
    iface(w, 3, "e3", 0, "10.9.2.1/24", false, false);
    settle(w);
    assert_int_equal(said_label(w, 5001)->status, RIB_LABEL_UNUSABLE);
    assert_string_equal(fake_dp_label(w->dp, 5001), "-");
}

static void on_audit_failed(void *arg, int n)
{
    *(int *)arg = n;
}

/* What went while the kernel told was kept, and goes with the audit. */
static void test_audit__that_fails_keeps_nothing(void **state)
{
    struct world *w = *state;
    struct rib_counters before, now;
    int result = 0;

    iface(w, 2, "e2", 0, "10.9.1.1/24", true, false);
    settle(w);
    ribd_rib_count(w->rib, &before);
    route(w, RIB_CLIENT_OSPFD, RIB_SOURCE_OSPF, 0, "172.16.0.0/24", 110, 0, "10.9.1.2 dev 2", 0);
    settle(w);
    w->dp->is_dump_slow = true;
    assert_int_equal(ribd_rib_audit_start(w->rib, true, &(struct rib_audit_events){.done = on_audit_failed}, &result),
                     0);
    unroute(w, RIB_CLIENT_OSPFD, RIB_SOURCE_OSPF, 0, "172.16.0.0/24");
    settle(w);
    w->dp->dump->done(w->dp->dump_arg, -EIO);
    settle(w);
    assert_int_equal(result, -EIO);
    ribd_rib_count(w->rib, &now);
    assert_int_equal(now.prefixes, before.prefixes);
}

static void test_bounce__route_that_left_and_came_back(void **state)
{
    struct world *w = *state;

    iface(w, 2, "eth0", 0, "10.9.4.1/24", true, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.4.2 dev 2", 0);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.1.0/24", 110, 0, "10.9.4.2 dev 2", 0);
    settle(w);
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24");
    fake_dp_lose_interface(w->dp, 2);
    ribd_rib_interface_bounced(w->rib, 2, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.4.2 dev 2", 0);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "10.9.4.2 dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.1.0/24"), "10.9.4.2 dev 2");
    assert_int_equal(audit(w, false), 0);
}

/* The object that nobody uses any more is still in the kernel while its delete is on its way. */
static void test_audit__delete_under_way_is_no_difference(void **state)
{
    struct world *w = *state;
    struct fake_nh kept;

    iface(w, 2, "eth0", 0, "10.9.4.1/24", true, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.4.2 dev 2", 0);
    settle(w);
    kept = w->dp->nh[0];
    w->dp->is_deferred = true;
    unroute(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24");
    ribd_rib_settle(w->rib);
    assert_int_equal(w->dp->n_nh, 0);
    w->dp->nh[w->dp->n_nh++] = kept; /* a kernel that has not come to it yet */
    assert_int_equal(audit(w, true), 0);
    w->dp->n_nh = 0;
    w->dp->is_deferred = false;
    fake_dp_answer(w->dp);
    settle(w);
    w->dp->nh[w->dp->n_nh++] = kept; /* but now it should be gone */
    assert_int_equal(audit(w, false), 1);
    w->dp->n_nh = 0;
}

/* The last id of all was in use when ribd died: the next one begins anew with those that are free. */
static void test_restart__ids_go_round(void **state)
{
    struct world *w = *state;

    iface(w, 2, "eth0", 0, "10.9.4.1/24", true, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.4.2 dev 2", 0);
    settle(w);
    w->dp->nh[0].id = w->dp->routes[0].nexthop_id = 0x00ffffff;
    world_restart(w);
    iface(w, 2, "eth0", 0, "10.9.4.1/24", true, false);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.0.0/24", 110, 0, "10.9.4.2 dev 2", 0);
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "20.0.1.0/24", 110, 0, "10.9.4.3 dev 2", 0);
    settle(w);
    ribd_rib_sweep_adopted(w->rib);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.0.0/24"), "10.9.4.2 dev 2");
    assert_string_equal(fake_dp_route(w->dp, 0, "20.0.1.0/24"), "10.9.4.3 dev 2");
    assert_int_equal(audit(w, false), 0);
}

/* --- who tells too much --- */

/* One that subscribes again and again, to more than is told in a turn, delays no other's routes. */
static void test_subscribe__again_and_again_delays_nobody(void **state)
{
    enum { MANY = 17000, TURNS = 6 };
    struct world *w = *state;
    char prefix[32];
    bool is_complete = false;

    for (int i = 0; i < MANY; i++) {
        snprintf(prefix, sizeof(prefix), "30.%d.%d.0/24", i / 250, i % 250);
        route(w, BGP, RIB_SOURCE_BGP, 0, prefix, 200, 0, "lsp 10.1.0.9", 0);
    }
    settle(w);
    ribd_rib_subscribe(w->rib, BGP, 0, 1u << RIB_SOURCE_BGP);
    for (int turn = 0; turn < TURNS; turn++) {
        w->n_said = 0;
        ribd_rib_subscribe(w->rib, OSPF, 0, 1u << RIB_SOURCE_BGP);
        ribd_rib_settle(w->rib);
        for (size_t i = 0; i < w->n_said; i++)
            is_complete |= w->said[i].kind == SAID_COMPLETE && w->said[i].to == BGP;
    }
    assert_true(is_complete);
}

static void test_watch__ended_before_it_was_answered(void **state)
{
    struct ip_addr a = A("10.1.0.9");
    struct world *w = *state;

    for (uint32_t id = 1; id <= 5; id++)
        ribd_rib_watch(w->rib, BGP, id, 0, &a, false);
    ribd_rib_unwatch(w->rib, BGP, 2);
    ribd_rib_unwatch(w->rib, BGP, 5);
    ribd_rib_unwatch(w->rib, BGP, 1);
    settle(w);
    assert_int_equal(said_count(w, SAID_NEXTHOP), 2);
    assert_false(said_nexthop(w, 3)->is_usable);
    assert_false(said_nexthop(w, 4)->is_usable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_instance__goes_before_its_routes),
        T(test_guard__let_in_before_installed_and_shut_after),
        T(test_guard__new_scope_before_old),
        T(test_guard__parallel_links_and_loopback_neighbor),
        T(test_label__refused_input),
        T(test_label__kernel_refuses_then_takes),
        T(test_label__deleted_and_set_again_before_the_answer),
        T(test_route__kernel_refuses),
        T(test_subscription__best_routes_only),
        T(test_silent_loss__written_again),
        T(test_audit__finds_and_mends),
        T(test_client_restart__kept_then_swept),
        T(test_ldp_restart__bindings_hold),
        T(test_ribd_restart__adopts),
        cmocka_unit_test_setup_teardown(test_bounce__route_that_left_and_came_back, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_bounce__entry_that_cannot_be_used_any_more, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_audit__that_fails_keeps_nothing, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_audit__delete_under_way_is_no_difference, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_restart__ids_go_round, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_subscribe__again_and_again_delays_nobody, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_watch__ended_before_it_was_answered, world_setup, world_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
