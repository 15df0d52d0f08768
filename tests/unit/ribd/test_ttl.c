/* SPDX-License-Identifier: Apache-2.0
 *
 * What lies on packets: explicit null, how deep stacks may be; TTL modes by VPN instance: which nexthop objects and
 * label entries they reach, that a change of mode reaches the kernel, and that restarts and audits know the difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "world.h"

#define BGP  RIB_CLIENT_BGPD
#define OSPF RIB_CLIENT_OSPFD
enum { CUSTX = 1001, CUSTY = 1002 };

static void pop_to(struct world *w, uint32_t in, uint32_t vrf, const char *hops)
{
    struct rib_label_entry e = {.in_label = in, .op = RIB_LABEL_SWAP, .label = out_label_implicit_null()};

    e.fec.vrf = vrf;
    e.nhset = nhset(w, BGP, vrf, hops);
    ribd_rib_label_set(w->rib, BGP, &e);
    ribd_rib_nhset_undefine(w->rib, BGP, e.nhset);
}

/* A provider edge with two instances, whose far end is reached over one labelled path. */
static void configured(struct world *w)
{
    iface(w, 1, "lo", 0, "10.1.0.1/32", false, false);
    iface(w, 2, "pe1-p", 0, "10.9.1.1/24", true, false);
    ribd_rib_instance_set(w->rib, CUSTX, true, 8);
    ribd_rib_instance_set(w->rib, CUSTY, true, 9);
    iface(w, 3, "pe1-x", CUSTX, "10.9.2.1/24", true, false);
}

static void told(struct world *w)
{
    route(w, OSPF, RIB_SOURCE_OSPF, 0, "10.1.0.9/32", 110, 0, "10.9.1.2 dev 2", 0);
    peer(w, 1, 0, "10.9.1.2");
    binding(w, 1, "10.1.0.9/32", 2091);
    route(w, BGP, RIB_SOURCE_BGP, CUSTX, "192.168.2.0/24", 200, 0, "lsp 10.1.0.9", 9900);
    route(w, BGP, RIB_SOURCE_BGP, CUSTY, "192.168.2.0/24", 200, 0, "lsp 10.1.0.9", 9901);
    lookup(w, 1900, CUSTX, 0);
    lookup(w, 1901, CUSTY, 0);
    pop_to(w, 1902, CUSTX, "10.9.2.2 dev 3");
    follow(w, 2001, 0, "10.1.0.9/32");
}

static void assert_pipe_in_custx(struct world *w)
{
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "10.9.1.2 dev 2 2091/9900 ttl 255");
    assert_string_equal(fake_dp_route(w->dp, CUSTY, "192.168.2.0/24"), "10.9.1.2 dev 2 2091/9901");
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.9/32"), "10.9.1.2 dev 2 2091");
    assert_true(fake_dp_keeps_ttl(w->dp, 1900));
    assert_false(fake_dp_keeps_ttl(w->dp, 1901));
    assert_true(fake_dp_keeps_ttl(w->dp, 1902));
    assert_false(fake_dp_keeps_ttl(w->dp, 2001));
    assert_int_equal(audit(w, false), 0);
}

static void test_pipe__of_one_instance(void **state)
{
    struct world *w = *state;

    configured(w);
    ribd_rib_instance_pipe(w->rib, CUSTX, true);
    told(w);
    settle(w);
    assert_pipe_in_custx(w);
}

static void test_pipe__switched_while_it_forwards(void **state)
{
    struct world *w = *state;
    size_t before;

    configured(w);
    told(w);
    settle(w);
    assert_false(fake_dp_keeps_ttl(w->dp, 1900));
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "10.9.1.2 dev 2 2091/9900");
    ribd_rib_instance_pipe(w->rib, CUSTX, true);
    settle(w);
    assert_pipe_in_custx(w);
    assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_DEL), 0); /* make before break */
    before = w->dp->n_ops;
    ribd_rib_instance_pipe(w->rib, CUSTX, true); /* no news */
    settle(w);
    assert_int_equal(w->dp->n_ops, before);
    ribd_rib_instance_pipe(w->rib, CUSTX, false);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "10.9.1.2 dev 2 2091/9900");
    assert_false(fake_dp_keeps_ttl(w->dp, 1900));
    assert_false(fake_dp_keeps_ttl(w->dp, 1902));
    assert_int_equal(audit(w, false), 0);
}

/* `mpls ttl-propagate false`: packets of the public table. What passes with a label of its own is not concerned, and
 * instances have their own mode. */
static void test_pipe__of_the_public_instance(void **state)
{
    struct world *w = *state;

    configured(w);
    ribd_rib_instance_pipe(w->rib, 0, true);
    told(w);
    binding(w, 1, "10.1.0.9/32", 2092);
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.9/32"), "10.9.1.2 dev 2 2092 ttl 255");
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "10.9.1.2 dev 2 2092/9900");
    assert_string_equal(fake_dp_label(w->dp, 2001), "10.9.1.2 dev 2 2092");
    assert_false(fake_dp_keeps_ttl(w->dp, 2001)); /* a swap */
    binding(w, 1, "10.1.0.9/32", LABEL_IMPLICIT_NULL);
    settle(w);
    assert_true(fake_dp_keeps_ttl(w->dp, 2001)); /* now it pops */
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.9/32"), "10.9.1.2 dev 2");
    assert_int_equal(audit(w, false), 0);
}

static void test_pipe__found_again_after_a_restart(void **state)
{
    struct world *w = *state;

    configured(w);
    ribd_rib_instance_pipe(w->rib, CUSTX, true);
    told(w);
    settle(w);
    world_restart(w);
    fake_dp_forget_ops(w->dp);
    configured(w);
    ribd_rib_instance_pipe(w->rib, CUSTX, true);
    told(w);
    settle(w);
    ribd_rib_sweep_adopted(w->rib);
    settle(w);
    assert_pipe_in_custx(w);
    assert_int_equal(fake_dp_count(w->dp, OP_NEXTHOP_SET), 0);
    assert_int_equal(fake_dp_count(w->dp, OP_LABEL_SET), 0);
    assert_int_equal(fake_dp_count(w->dp, OP_ROUTE_SET), 0);
}

static void test_pipe__audit_sees_another_mode(void **state)
{
    struct world *w = *state;

    configured(w);
    ribd_rib_instance_pipe(w->rib, CUSTX, true);
    told(w);
    settle(w);
    for (size_t i = 0; i < w->dp->n_labels; i++)
        w->dp->labels[i]->keeps_ttl = false;
    w->dp->nh[0].nh[0].ttl ^= 255;
    assert_int_equal(audit(w, true), 3); /* two labels and an object */
    settle(w);
    assert_pipe_in_custx(w);
}

static struct out_label stack_of(unsigned depth)
{
    struct out_label l = {.state = LABEL_STATE_STACK, .stack.depth = (uint8_t)depth};

    for (unsigned i = 0; i < depth; i++)
        l.stack.label[i] = 100 + i;
    return l;
}

static void on_route(void *arg, const struct rib_route_view *v)
{
    struct prefix p = P("30.0.0.0/24");

    if (prefix_equal(&v->prefix, &p))
        snprintf(arg, RIB_TEXT_MAX, "%s", v->reason);
}

/* Sixteen labels are built; one more is refused, and the owner is told why. */
static void test_stack__too_deep(void **state)
{
    struct rib_label_entry e = {.in_label = 3000, .op = RIB_LABEL_SWAP};
    struct rib_route r = {.prefix = P("30.0.0.0/24"), .source = RIB_SOURCE_BGP, .distance = 200};
    struct world *w = *state;
    char reason[RIB_TEXT_MAX] = "";

    configured(w);
    told(w);
    e.nhset = r.nhset = nhset(w, BGP, 0, "lsp 10.1.0.9"); /* 2091 lies above */
    e.label = r.label = stack_of(LABEL_STACK_MAX - 1);
    ribd_rib_label_set(w->rib, BGP, &e);
    assert_int_equal(ribd_rib_route_set(w->rib, BGP, &r), 0);
    settle(w);
    assert_int_equal(said_label(w, 3000)->status, RIB_LABEL_INSTALLED);
    assert_string_not_equal(fake_dp_route(w->dp, 0, "30.0.0.0/24"), "-");
    e.label = r.label = stack_of(LABEL_STACK_MAX);
    ribd_rib_label_set(w->rib, BGP, &e);
    assert_int_equal(ribd_rib_route_set(w->rib, BGP, &r), 0);
    settle(w);
    assert_int_equal(said_label(w, 3000)->status, RIB_LABEL_UNUSABLE);
    assert_string_equal(said_label(w, 3000)->reason, "label stack too deep: more than 16 labels");
    assert_string_equal(fake_dp_label(w->dp, 3000), "-");
    assert_string_equal(fake_dp_route(w->dp, 0, "30.0.0.0/24"), "-");
    ribd_rib_view_routes(w->rib, 0, on_route, reason);
    assert_string_equal(reason, "label stack too deep: more than 16 labels");
    r.label.stack.depth = LABEL_STACK_MAX + 1; /* nonsense is refused at once */
    assert_true(ribd_rib_route_set(w->rib, BGP, &r) < 0);
    assert_int_equal(audit(w, false), 0);
}

static size_t label_writes(const struct world *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->dp->n_ops; i++)
        n += w->dp->ops[i].kind == OP_LABEL_SET || w->dp->ops[i].kind == OP_LABEL_DEL;
    return n;
}

static void stack_set(struct world *w, uint32_t set, uint32_t in, unsigned depth, uint32_t bottom)
{
    struct rib_label_entry e = {.in_label = in, .op = RIB_LABEL_SWAP, .nhset = set, .label = stack_of(depth)};

    if (depth)
        e.label.stack.label[depth - 1] = bottom;
    else
        e.label = out_label_implicit_null();
    ribd_rib_label_set(w->rib, BGP, &e);
}

/* Entries of one set have stacks of their own beneath the same way: each is written once when either is another. */
static void test_stack__many_beneath_one_way(void **state)
{
    struct world *w = *state;
    uint32_t set;

    configured(w);
    told(w);
    set = nhset(w, BGP, 0, "lsp 10.1.0.9"); /* 2091 lies above */
    stack_set(w, set, 3001, 1, 701);
    stack_set(w, set, 3002, 1, 702);
    stack_set(w, set, 3003, 3, 703);
    stack_set(w, set, 3004, 0, 0);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 3001), "10.9.1.2 dev 2 2091/701");
    assert_string_equal(fake_dp_label(w->dp, 3002), "10.9.1.2 dev 2 2091/702");
    assert_string_equal(fake_dp_label(w->dp, 3003), "10.9.1.2 dev 2 2091/100/101/703");
    assert_string_equal(fake_dp_label(w->dp, 3004), "10.9.1.2 dev 2 2091");
    fake_dp_forget_ops(w->dp);
    stack_set(w, set, 3001, 1, 711); /* another label, fewer, more, none, and the same */
    stack_set(w, set, 3003, 2, 713);
    stack_set(w, set, 3004, 1, 714);
    stack_set(w, set, 3002, 1, 702);
    settle(w);
    assert_int_equal(label_writes(w), 3);
    assert_string_equal(fake_dp_label(w->dp, 3001), "10.9.1.2 dev 2 2091/711");
    assert_string_equal(fake_dp_label(w->dp, 3003), "10.9.1.2 dev 2 2091/100/713");
    assert_string_equal(fake_dp_label(w->dp, 3004), "10.9.1.2 dev 2 2091/714");
    fake_dp_forget_ops(w->dp);
    binding(w, 1, "10.1.0.9/32", 2092);
    settle(w);
    assert_string_equal(fake_dp_label(w->dp, 3003), "10.9.1.2 dev 2 2092/100/713");
    assert_string_equal(fake_dp_label(w->dp, 3002), "10.9.1.2 dev 2 2092/702");
    assert_int_equal(audit(w, false), 0);
    w->dp->labels[w->dp->n_labels - 1]->nexthops[0].label.stack.label[1]++; /* what lies beneath is compared, too */
    assert_int_equal(audit(w, true), 1);
    settle(w);
    assert_int_equal(audit(w, false), 0);
}

/* A stack that is too deep for one of two ways goes over the other. */
static void test_stack__too_deep_for_one_way(void **state)
{
    struct world *w = *state;
    uint32_t set;

    configured(w);
    told(w);
    set = nhset(w, BGP, 0, "lsp 10.1.0.9 + 10.9.1.2 dev 2");
    stack_set(w, set, 3005, LABEL_STACK_MAX, 705);
    stack_set(w, set, 3006, 1, 706);
    settle(w);
    for (size_t i = 0; i < w->dp->n_labels; i++) {
        if (w->dp->labels[i]->in_label != 3005)
            continue;
        assert_int_equal(w->dp->labels[i]->n_nexthops, 1);
        assert_int_equal(w->dp->labels[i]->nexthops[0].label.stack.depth, LABEL_STACK_MAX);
        assert_int_equal(w->dp->labels[i]->nexthops[0].label.stack.label[LABEL_STACK_MAX - 1], 705);
    }
    assert_int_equal(said_label(w, 3005)->status, RIB_LABEL_INSTALLED);
    assert_string_equal(fake_dp_label(w->dp, 3006), "10.9.1.2 dev 2 2091/706 + 10.9.1.2 dev 2 706");
    assert_int_equal(audit(w, false), 0);
}

/* A neighbour that asked for explicit null gets it, beneath what leads to it. */
static void test_null__explicit(void **state)
{
    struct world *w = *state;

    configured(w);
    told(w);
    settle(w);
    ribd_rib_binding_set(w->rib, RIB_CLIENT_LDPD, 1, &(struct prefix){.addr = A("10.1.0.9"), .len = 32},
                         &(struct out_label){.state = LABEL_STATE_STACK, .stack = {.depth = 1}});
    settle(w);
    assert_string_equal(fake_dp_route(w->dp, 0, "10.1.0.9/32"), "10.9.1.2 dev 2 0");
    assert_string_equal(fake_dp_label(w->dp, 2001), "10.9.1.2 dev 2 0");
    assert_string_equal(fake_dp_route(w->dp, CUSTX, "192.168.2.0/24"), "10.9.1.2 dev 2 0/9900");
    assert_false(fake_dp_keeps_ttl(w->dp, 2001));
    assert_int_equal(audit(w, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pipe__of_one_instance, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_pipe__switched_while_it_forwards, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_pipe__of_the_public_instance, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_pipe__found_again_after_a_restart, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_pipe__audit_sees_another_mode, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_stack__too_deep, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_stack__many_beneath_one_way, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_stack__too_deep_for_one_way, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_null__explicit, world_setup, world_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
