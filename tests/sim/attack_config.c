/* SPDX-License-Identifier: Apache-2.0
 *
 * Reconfiguration while packets pass. Each case changes something, looks, changes it back, and wants the network whole
 * again. A packet may be lost while what it needs is away; none may ever carry a wrong label or come out elsewhere.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "src/ribd/rib/view.h"
#include "strata/front.h"
#include "tests/sim/attack.h"

enum { SETTLE_MS = 3000, CHANGE_HEAL_MS = 90000, STALE_MS = 75000, DEATH_ROUNDS = 2 };

static bool commit(struct test *a, const char *router, const char *text, unsigned n_events, char *error)
{
    struct front_request load = {.op = FRONT_LOAD, .load = FRONT_MERGE, .text = text, .name = "change"};

    return network_commit(a->net, router, &load, n_events, error);
}

bool attack_commit(struct test *a, const char *router, const char *text, char error[PROBLEM_BYTES])
{
    return commit(a, router, text, UINT_MAX, error);
}

/* --- changes and their way back --- */

struct change {
    const char *name, *router, *forth, *back;
    bool is_cut; /* while changed the customers are cut off from one another */
    bool is_lossless;
};

static const struct change changes[] = {
    {"rd", "l1pe1", "vpn-instance carrierA route-distinguisher 100:11",
     "vpn-instance carrierA route-distinguisher 100:1", false, false},
    {"target-import", "l1pe1",
     "no vpn-instance carrierA vpn-target import 100:1\n"
     "vpn-instance carrierA vpn-target import 100:9",
     "no vpn-instance carrierA vpn-target import 100:9\nvpn-instance carrierA vpn-target import 100:1", true, false},
    {"target-export", "l1pe1",
     "no vpn-instance carrierA vpn-target export 100:1\n"
     "vpn-instance carrierA vpn-target export 100:9",
     "no vpn-instance carrierA vpn-target export 100:9\nvpn-instance carrierA vpn-target export 100:1", false, false},
    {"label-mode", "l2pe1", "vpn-instance custX label-mode per-route", "vpn-instance custX label-mode per-instance",
     false, false},
    {"allow-as-loop", "l1ce1", "no bgp neighbor 10.9.3.2 family ipv4-labeled-unicast allow-as-loop",
     "bgp neighbor 10.9.3.2 family ipv4-labeled-unicast allow-as-loop 1", true, false},
    {"as-override", "l1pe1", "bgp vpn-instance carrierA neighbor 10.9.3.1 family ipv4-labeled-unicast as-override true",
     "no bgp vpn-instance carrierA neighbor 10.9.3.1 family ipv4-labeled-unicast as-override", false, true},
    {"next-hop-self", "l1ce1", "no bgp neighbor 10.2.0.1 family ipv4-labeled-unicast next-hop-self",
     "bgp neighbor 10.2.0.1 family ipv4-labeled-unicast next-hop-self true", true, false},
    {"no-redistribute", "l1ce2", "no bgp family ipv4-labeled-unicast redistribute ospf",
     "bgp family ipv4-labeled-unicast redistribute ospf", true, false},
    {"no-neighbor", "l1pe1", "no bgp vpn-instance carrierA neighbor 10.9.3.1",
     "bgp vpn-instance carrierA neighbor 10.9.3.1 { remote-as 200; family ipv4-labeled-unicast }", true, false},
    {"no-pe-neighbor", "l1pe1", "no bgp neighbor 10.1.0.6",
     "bgp neighbor 10.1.0.6 { remote-as 100; local-address 10.1.0.4; family ipv4-vpn }", true, false},
    {"other-family", "l1pe1",
     "no vpn-instance carrierA carriers-carrier\n"
     "no bgp vpn-instance carrierA neighbor 10.9.3.1 family ipv4-labeled-unicast\n"
     "bgp vpn-instance carrierA neighbor 10.9.3.1 family ipv4-unicast",
     "no bgp vpn-instance carrierA neighbor 10.9.3.1 family ipv4-unicast\n"
     "bgp vpn-instance carrierA neighbor 10.9.3.1 family ipv4-labeled-unicast\n"
     "vpn-instance carrierA carriers-carrier signaling bgp",
     true, false},
    {"no-csc", "l1pe1", "no vpn-instance carrierA carriers-carrier",
     "vpn-instance carrierA carriers-carrier signaling bgp", true, false},
    {"no-mpls", "l1ce1", "no mpls interface l1ce1-l1pe1", "mpls interface l1ce1-l1pe1 guarded true", true, false},
    {"implied-mpls", "l1pe1", "no mpls interface l1pe1-l1ce1", "mpls interface l1pe1-l1ce1", false, true},
    {"unguarded", "l1ce1", "no mpls interface l1ce1-l1pe1 guarded", "mpls interface l1ce1-l1pe1 guarded true", false,
     true},
    {"no-bgp", "l1pe1", "no bgp",
     "bgp { as 100; router-id 10.1.0.4; neighbor 10.1.0.6 { remote-as 100; local-address 10.1.0.4; family ipv4-vpn }\n"
     "vpn-instance carrierA neighbor 10.9.3.1 { remote-as 200; family ipv4-labeled-unicast }\n"
     "vpn-instance carrierE neighbor 10.9.20.2 { remote-as 300; family ipv4-labeled-unicast } }",
     true, false},
    {"no-instance", "l1pe1",
     "no bgp vpn-instance carrierA\nno interface l1pe1-l1ce1 vpn-instance\nno vpn-instance carrierA\n"
     "no mpls interface l1pe1-l1ce1",
     "interface l1pe1-l1ce1 vpn-instance carrierA\nmpls interface l1pe1-l1ce1\n"
     "vpn-instance carrierA { route-distinguisher 100:1; vpn-target { import 100:1; export 100:1 }\n"
     "label-mode per-route; carriers-carrier signaling bgp }\n"
     "bgp vpn-instance carrierA neighbor 10.9.3.1 { remote-as 200; family ipv4-labeled-unicast }",
     true, false},
    {"no-custx", "l2pe2", "no bgp vpn-instance custX\nno interface l2pe2-cust2 vpn-instance\nno vpn-instance custX",
     "interface l2pe2-cust2 vpn-instance custX\n"
     "vpn-instance custX { route-distinguisher 200:2; vpn-target { import 200:1; export 200:1 } }\n"
     "bgp vpn-instance custX family ipv4-unicast redistribute connected",
     true, false},
    {"moved", "l1pe1",
     "interface l1pe1-l1ce1 vpn-instance carrierE\nno bgp vpn-instance carrierA neighbor 10.9.3.1\n"
     "bgp vpn-instance carrierE neighbor 10.9.3.1 { remote-as 200; family ipv4-labeled-unicast }",
     "no bgp vpn-instance carrierE neighbor 10.9.3.1\ninterface l1pe1-l1ce1 vpn-instance carrierA\n"
     "bgp vpn-instance carrierA neighbor 10.9.3.1 { remote-as 200; family ipv4-labeled-unicast }",
     true, false},
    {"label-range", "l1pe1", "mpls label-range { lower 4500; upper 4999 }",
     "mpls label-range { lower 4000; upper 4999 }", false, true},
    {"no-ldp", "l1pe1", "no ldp interface l1pe1-p\nno ldp interface l1pe1-p2",
     "ldp interface l1pe1-p { hello-interval 1; hello-holdtime 5 }\n"
     "ldp interface l1pe1-p2 { hello-interval 1; hello-holdtime 5 }",
     true, false},
    {"address", "l1pe1", "no interface lo ipv4 address 10.1.0.4/32", "interface lo ipv4 address 10.1.0.4/32", false,
     false},
};

/* --- what must hold in between --- */

/* No kernel differs from its intent, and what should be cut off is. */
static bool looks_right_between(struct test *a, const struct change *c)
{
    struct sim_trace trace;

    if (network_trace(a->net, "cust1", "192.168.2.1", "cust2", 0, &trace) == c->is_cut)
        return fails(a, "after the change a packet was %sdelivered", c->is_cut ? "" : "not ");
    return is_sound(a);
}

static bool go_back(struct test *a, const struct change *c)
{
    char error[PROBLEM_BYTES];

    if (!attack_commit(a, c->router, c->back, error))
        return fails(a, "the way back was refused: %s", error);
    if (network_wait_whole(a->net, CHANGE_HEAL_MS, error) < 0)
        return fails(a, "not whole after the way back: %s", error);
    sim_run_ms(a->net->sim, SETTLE_MS);
    return network_is_whole(a->net, error) || fails(a, "not whole for long: %s", error);
}

static void case_change(struct test *a, const struct change *c, uint64_t stay_ms, const char *kind)
{
    char error[PROBLEM_BYTES], name[80];
    struct flows f;
    bool is_ok, is_back;

    snprintf(name, sizeof(name), "%s-%s", kind, c->name);
    if (!is_wanted(a, name))
        return;
    flows_start(&f, a->net);
    sim_run_ms(a->net->sim, 500);
    is_ok = attack_commit(a, c->router, c->forth, error) || fails(a, "refused: %s", error);
    sim_run_ms(a->net->sim, stay_ms);
    if (is_ok && stay_ms >= SETTLE_MS)
        is_ok = looks_right_between(a, c);
    is_back = go_back(a, c);
    flows_stop(&f);
    is_ok = flows_are_clean(a, &f, c->is_lossless) && is_ok && is_back;
    outcome(a, name, is_ok, "");
}

/* A daemon dies in the middle of the commit. */
static void case_death(struct test *a, const struct change *c, size_t daemon)
{
    struct router *r = network_router(a->net, c->router);
    char error[PROBLEM_BYTES], name[80];
    struct flows f;
    bool is_ok;

    snprintf(name, sizeof(name), "death-%s-%s", daemon_names[daemon], c->name);
    if (!is_wanted(a, name) || !r->is_needed[daemon])
        return;
    flows_start(&f, a->net);
    commit(a, c->router, c->forth, (unsigned)(sim_random(a->net->sim) % 120), error); /* anywhere on its way */
    router_crash(r, daemon, 200);
    sim_run_ms(a->net->sim, 5000);
    if (!attack_commit(a, c->router, c->forth, error) && strstr(error, "no change") == NULL)
        attack_commit(a, c->router, c->back, error); /* it was made: what is to be removed is gone */
    else
        sim_run_ms(a->net->sim, 1000);
    attack_commit(a, c->router, c->back, error);
    is_ok = network_wait_whole(a->net, CHANGE_HEAL_MS, error) >= 0 || fails(a, "not whole: %s", error);
    flows_stop(&f);
    is_ok = flows_are_clean(a, &f, false) && is_ok;
    outcome(a, name, is_ok, "");
}

/* The cable moves from one instance to another: labels of the first are good there no more. */
static void case_moved_labels(struct test *a)
{
    static const char *const name = "moved-labels";
    const struct change *c = changes;
    char error[PROBLEM_BYTES];
    struct sim_trace trace;
    uint32_t stack[2] = {label_of(a->net, "l1pe1 bgp carrierA 10.2.0.9/32"),
                         label_of(a->net, "l2pe2 bgp custX 192.168.2.0/24")};
    bool is_ok;

    if (!is_wanted(a, name))
        return;
    while (strcmp(c->name, "moved") != 0)
        c++;
    attack_inject(a, "l1ce1", "l1ce1-l1pe1", stack, 2, "192.168.2.1", &trace);
    is_ok = trace_is_delivered(&trace, "cust2") || fails(a, "the label leads nowhere even before");
    is_ok = is_ok && (attack_commit(a, c->router, c->forth, error) || fails(a, "refused: %s", error));
    for (unsigned ms = 0; is_ok && ms < 200; ms += 20) { /* an injection takes 20 ms */
        attack_inject(a, "l1ce1", "l1ce1-l1pe1", stack, 2, "192.168.2.1", &trace);
        if (ms > 0 && trace_visits(&trace, "l1pe2"))
            is_ok = fails(a, "a label of carrierA was good in carrierE %u ms after the commit", ms);
    }
    is_ok = go_back(a, c) && is_ok;
    outcome(a, name, is_ok, "");
}

/* Two daemons of a router die at once in the middle of a commit, and one of a neighbour's. */
static void case_deaths(struct test *a, const struct change *c, unsigned round)
{
    struct router *r = network_router(a->net, c->router);
    struct router *other = &a->net->routers[sim_random(a->net->sim) % a->net->n_routers];
    size_t one = 1 + sim_random(a->net->sim) % (DAEMONS_MAX - 1), two = 1 + sim_random(a->net->sim) % (DAEMONS_MAX - 1),
           third = sim_random(a->net->sim) % DAEMONS_MAX;
    char error[PROBLEM_BYTES], name[80];
    struct flows f;
    bool is_ok;

    snprintf(name, sizeof(name), "deaths-%u-%s-%s-%s", round, c->name, daemon_names[one], daemon_names[two]);
    if (!is_wanted(a, name) || !r->is_needed[one] || !r->is_needed[two] || !other->is_needed[third])
        return;
    flows_start(&f, a->net);
    commit(a, c->router, c->forth, (unsigned)(sim_random(a->net->sim) % 120), error);
    router_crash(r, one, sim_random(a->net->sim) % 3000);
    if (two != one)
        router_crash(r, two, sim_random(a->net->sim) % 3000);
    if (other != r)
        router_crash(other, third, sim_random(a->net->sim) % 3000);
    sim_run_ms(a->net->sim, 100 + sim_random(a->net->sim) % 8000);
    attack_commit(a, c->router, c->forth, error); /* refused if it was made */
    attack_commit(a, c->router, c->back, error);
    is_ok = network_wait_whole(a->net, CHANGE_HEAL_MS, error) >= 0 || fails(a, "not whole: %s", error);
    flows_stop(&f);
    is_ok = flows_are_clean(a, &f, false) && is_ok;
    outcome(a, name, is_ok, "");
}

/* A daemon is not there when the commit comes, and finds what was before in the kernel when it comes back. */
static void case_absent(struct test *a, const struct change *c, size_t daemon)
{
    struct router *r = network_router(a->net, c->router);
    char error[PROBLEM_BYTES], name[80];
    struct flows f;
    bool is_ok;

    snprintf(name, sizeof(name), "absent-%s-%s", daemon_names[daemon], c->name);
    if (!is_wanted(a, name) || !r->is_needed[daemon] || strcmp(c->name, "address") == 0) /* sessions need it */
        return;
    flows_start(&f, a->net);
    sim_process_crash(r->daemons[daemon]);
    is_ok = attack_commit(a, c->router, c->forth, error) || fails(a, "refused: %s", error);
    router_start(r, daemon);
    sim_run_ms(a->net->sim, STALE_MS);
    if (is_ok)
        is_ok = looks_right_between(a, c);
    is_ok = go_back(a, c) && is_ok;
    flows_stop(&f);
    is_ok = flows_are_clean(a, &f, false) && is_ok;
    outcome(a, name, is_ok, "");
}

/* A route over a customer's plain IP interface with a label of its own. */
static void case_plain_per_route(struct test *a)
{
    static const char *const name = "plain-per-route";
    char error[PROBLEM_BYTES];
    struct sim_trace trace;
    bool is_ok;

    if (!is_wanted(a, name))
        return;
    is_ok = attack_commit(a, "l2pe1",
                          "vpn-instance custX label-mode per-route\n"
                          "static-routes vpn-instance custX route 192.168.7.0/24 next-hop 192.168.1.1\n"
                          "bgp vpn-instance custX family ipv4-unicast redistribute static",
                          error) ||
            fails(a, "refused: %s", error);
    sim_run_ms(a->net->sim, SETTLE_MS);
    network_trace(a->net, "cust2", "192.168.7.1", NULL, 0, &trace);
    if (a->is_verbose)
        trace_print(&trace);
    if (is_ok && !trace_visits(&trace, "cust1"))
        is_ok = fails(a, "a packet to a static route behind cust1 did not get there");
    if (!attack_commit(a, "l2pe1",
                       "vpn-instance custX label-mode per-instance\nno static-routes vpn-instance custX\n"
                       "no bgp vpn-instance custX family ipv4-unicast redistribute static",
                       error))
        is_ok = fails(a, "the way back was refused: %s", error);
    if (network_wait_whole(a->net, CHANGE_HEAL_MS, error) < 0)
        is_ok = fails(a, "not whole: %s", error);
    outcome(a, name, is_ok, "");
}

void attack_reconfigure(struct test *a)
{
    case_plain_per_route(a);
    case_moved_labels(a);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        case_change(a, &changes[i], 8000, "change");
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        case_change(a, &changes[i], sim_random(a->net->sim) % 40, "blink");
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        case_death(a, &changes[i], sim_random(a->net->sim) % DAEMONS_MAX);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        for (size_t k = 1; k < DAEMONS_MAX; k++)
            case_absent(a, &changes[i], k);
    for (unsigned round = 0; round < DEATH_ROUNDS; round++)
        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
            case_deaths(a, &changes[i], round);
}
