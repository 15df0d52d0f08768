/* SPDX-License-Identifier: Apache-2.0
 *
 * The intent of a carrier's carrier changes while packets pass: BGP, both, LDP, neither, and back; typed out and
 * implied again; rolled back; with daemons that die in the middle of the commit, or are not there. A packet may be lost
 * while labels are exchanged anew; none may ever come out at a stranger's.
 *
 *   sim_attack_intent [--seed N] [--case NAME] [--verbose]     NAME may be the beginning of one
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "strata/front.h"
#include "tests/sim/harness.h"

enum { LOOK_MS = 40, OPEN_MS = 60000, CHANGE_HEAL_MS = 90000, STAY_MS = 4000, ROUNDS = 8 };

/* --- commits --- */

static bool change(struct test *t, const char *router, const char *text)
{
    struct front_request load = {.op = FRONT_LOAD, .load = FRONT_MERGE, .text = text, .name = "change"};
    char error[PROBLEM_BYTES];
    return network_commit(t->net, router, &load, UINT_MAX, error) || fails(t, "%s refused: %s", router, error);
}

static bool roll_back(struct test *t, const char *router, uint32_t number)
{
    struct front_request back = {.op = FRONT_ROLLBACK, .number = number};
    char error[PROBLEM_BYTES];
    return network_commit(t->net, router, &back, UINT_MAX, error) ||
           fails(t, "%s: rollback refused: %s", router, error);
}

/* --- looking --- */

static const struct {
    const char *from, *address, *to;
} ways[] = {{"cust1", "192.168.2.1", "cust2"}, {"cust2", "192.168.1.1", "cust1"}};

/* Sends packets both ways all the time. False: one came to the other carrier. */
static bool watch(struct test *t, uint64_t ms)
{
    for (uint64_t k = 0; k < ms / LOOK_MS; k++) {
        struct sim_trace trace;
        network_trace(t->net, ways[k % 2].from, ways[k % 2].address, ways[k % 2].to, 0, &trace);
        if (trace_visits(&trace, "evil"))
            return fails(t, "a packet from %s came to the other carrier", ways[k % 2].from);
        sim_run_ms(t->net->sim, LOOK_MS);
    }
    return true;
}

/* Both customers reach each other. By LDP the site's packets have fewer labels than the scenario says, so the stacks
 * are not looked at. */
static bool passes(struct network *net, char problem[PROBLEM_BYTES])
{
    for (size_t k = 0; k < 2; k++) {
        struct sim_trace trace;
        if (network_trace(net, ways[k].from, ways[k].address, ways[k].to, 0, &trace))
            continue;
        trace_end(&trace, problem);
        return false;
    }
    return true;
}

static bool opens(struct test *t, const char *when)
{
    char problem[PROBLEM_BYTES];
    if (!watch(t, STAY_MS))
        return false;
    if (network_wait(t->net, passes, OPEN_MS, problem) < 0)
        return fails(t, "%s: %s", when, problem);
    return is_sound(t);
}

static bool becomes_whole(struct test *t, const char *when)
{
    char problem[PROBLEM_BYTES];
    if (!watch(t, STAY_MS))
        return false;
    return network_wait_whole(t->net, CHANGE_HEAL_MS, problem) >= 0 || fails(t, "%s: %s", when, problem);
}

/* --- the changes --- */

#define LINK_TIMERS "{ hello-interval 1; dead-interval 4 }"
#define HELLOS      "hello-interval 1; hello-holdtime 5"

static const char pe_ldp_comes[] = "vpn-instance carrierA carriers-carrier signaling ldp\n"
                                   "ospf vpn-instance carrierA { router-id 10.9.3.2\n"
                                   "area 0.0.0.0 interface l1pe1-l1ce1 " LINK_TIMERS " }\n"
                                   "ldp vpn-instance carrierA { router-id 10.9.3.2\n"
                                   "interface l1pe1-l1ce1 { " HELLOS " } }";
static const char pe_ldp_goes[] = "no vpn-instance carrierA carriers-carrier signaling ldp\n"
                                  "no ospf vpn-instance carrierA\nno ldp vpn-instance carrierA";
/* While BGP has the better route at the CE, the site's LDP must know it all the same. */
static const char ce_ldp_comes[] = "ldp bgp-routes\nospf area 0.0.0.0 interface l1ce1-l1pe1 " LINK_TIMERS "\n"
                                   "ldp interface l1ce1-l1pe1 { " HELLOS "; transport-address interface }";
static const char ce_ldp_goes[] =
    "no ldp bgp-routes\nno ospf area 0.0.0.0 interface l1ce1-l1pe1\nno ldp interface l1ce1-l1pe1";

static const char pe_bgp_goes[] = "no vpn-instance carrierA carriers-carrier signaling bgp\n"
                                  "no bgp vpn-instance carrierA neighbor 10.9.3.1";
static const char pe_bgp_comes[] =
    "vpn-instance carrierA carriers-carrier signaling bgp\n"
    "bgp vpn-instance carrierA neighbor 10.9.3.1 remote-as 200"; /* its family is implied */
static const char ce_bgp_goes[] = "no bgp neighbor 10.9.3.2";
static const char ce_bgp_comes[] =
    "bgp neighbor 10.9.3.2 { remote-as 100; family ipv4-labeled-unicast allow-as-loop 1 }";

static const char pe_nothing[] = "no vpn-instance carrierA carriers-carrier\n"
                                 "no bgp vpn-instance carrierA neighbor 10.9.3.1";

/* Takes away what the scenario types although it is implied. A daemon that dies leaves labels that must rest for two
 * minutes; with so many deaths a thousand are not enough. */
#define NO_TYPED                                                                                                       \
    "no vpn-instance carrierA label-mode\nno mpls interface l1pe1-l1ce1\n"                                             \
    "no bgp vpn-instance carrierA neighbor 10.9.3.1 family ipv4-labeled-unicast\n"
static const char untyped[] = NO_TYPED "mpls label-range upper 9999";
static const char untyped_again[] = NO_TYPED "no bgp vpn-instance carrierA family ipv4-unicast\n"
                                             "no bgp vpn-instance carrierA family ipv4-labeled-unicast";
static const char typed[] = "vpn-instance carrierA label-mode per-route\nmpls interface l1pe1-l1ce1\n"
                            "bgp vpn-instance carrierA { neighbor 10.9.3.1 family ipv4-labeled-unicast\n"
                            "family ipv4-unicast import-table ipv4-labeled-unicast\n"
                            "family ipv4-labeled-unicast import-table ipv4-unicast }";

/* The CE gives the backbone its own site's routes only. Else, with both, it would give back by BGP what it has by OSPF,
 * and the PE would prefer that to its source: routes that hunt each other for ever. */
static const char ce_site[] = "policy prefix-list SITE rule 10 { action permit; prefix 10.2.0.0/29; ge 32; le 32 }\n"
                              "bgp family ipv4-labeled-unicast redistribute ospf prefix-list SITE";

/* After a failure: everything as the scenario has it, so that the cases that follow mean something. */
static void restore(struct test *t)
{
    static const char *const changed[] = {"l1pe1", "l1ce1"};
    char ignored[PROBLEM_BYTES];

    for (size_t i = 0; i < 2; i++) {
        struct front_request all = {.op = FRONT_LOAD, .load = FRONT_OVERRIDE, .name = "scenario"};
        all.text = network_router(t->net, changed[i])->config;
        network_commit(t->net, changed[i], &all, UINT_MAX, ignored);
    }
    change(t, "l1pe1", untyped);
    change(t, "l1ce1", ce_site);
    t->problem[0] = '\0';
    mend(t);
}

static void ends(struct test *t, const char *name, bool is_ok)
{
    outcome(t, name, is_ok, "");
    if (!is_ok)
        restore(t);
}

static void case_typed(struct test *t)
{
    struct flows f;
    bool is_ok = true;

    if (!is_wanted(t, "typed-or-implied"))
        return;
    flows_start(&f, t->net);
    for (unsigned round = 0; round < 3 && is_ok; round++) {
        is_ok = change(t, "l1pe1", typed);
        sim_run_ms(t->net->sim, 1000);
        is_ok = is_ok && change(t, "l1pe1", untyped_again);
        sim_run_ms(t->net->sim, 1000);
    }
    flows_stop(&f);
    is_ok = is_ok && flows_are_clean(t, &f, true); /* nothing new was meant */
    is_ok = becomes_whole(t, "at the end") && is_ok;
    ends(t, "typed-or-implied", is_ok);
}

/* BGP, both, LDP, both, BGP; forgetful: the way back by rollback. */
static void case_walk(struct test *t, const char *name, bool is_rolled_back)
{
    if (!is_wanted(t, name))
        return;
    bool is_ok = change(t, "l1pe1", pe_ldp_comes) && change(t, "l1ce1", ce_ldp_comes) && opens(t, "with both");
    is_ok = is_ok && change(t, "l1pe1", pe_bgp_goes) && change(t, "l1ce1", ce_bgp_goes) && opens(t, "with LDP");
    if (is_rolled_back) {
        is_ok = is_ok && roll_back(t, "l1ce1", 2) && watch(t, STAY_MS) && roll_back(t, "l1pe1", 2);
    } else {
        is_ok = is_ok && change(t, "l1ce1", ce_bgp_comes) && change(t, "l1pe1", pe_bgp_comes) &&
                opens(t, "with both again");
        is_ok = is_ok && change(t, "l1pe1", pe_ldp_goes) && change(t, "l1ce1", ce_ldp_goes);
    }
    is_ok = is_ok && becomes_whole(t, "with BGP again");
    ends(t, name, is_ok);
}

static void case_nothing(struct test *t)
{
    struct sim_trace trace;

    if (!is_wanted(t, "no-intent"))
        return;
    bool is_ok = change(t, "l1pe1", pe_nothing) && watch(t, STAY_MS);
    if (is_ok && network_trace(t->net, "cust1", "192.168.2.1", "cust2", 0, &trace))
        is_ok = fails(t, "a packet passed a backbone that no longer carries carriers");
    is_ok = is_ok && is_sound(t) && change(t, "l1pe1", pe_bgp_comes) && becomes_whole(t, "with BGP again");
    ends(t, "no-intent", is_ok);
}

/* A daemon of the PE dies, or is not there, while BGP gives way to LDP in one commit. */
static void case_death(struct test *t, size_t daemon, unsigned round, bool is_absent)
{
    static const char both_at_once[] = "vpn-instance carrierA carriers-carrier signaling ldp\n"
                                       "no vpn-instance carrierA carriers-carrier signaling bgp\n"
                                       "no bgp vpn-instance carrierA neighbor 10.9.3.1\n"
                                       "ospf vpn-instance carrierA { router-id 10.9.3.2\n"
                                       "area 0.0.0.0 interface l1pe1-l1ce1 " LINK_TIMERS " }\n"
                                       "ldp vpn-instance carrierA { router-id 10.9.3.2\n"
                                       "interface l1pe1-l1ce1 { " HELLOS " } }";
    struct front_request load = {.op = FRONT_LOAD, .load = FRONT_MERGE, .text = both_at_once, .name = "change"};
    struct router *r = network_router(t->net, "l1pe1");
    char name[64], error[PROBLEM_BYTES];

    snprintf(name, sizeof(name), "%s-%s-%u", is_absent ? "absent" : "death", daemon_names[daemon], round);
    if (!is_wanted(t, name) || !r->is_needed[daemon])
        return;
    if (is_absent)
        sim_process_crash(r->daemons[daemon]);
    bool is_made =
        network_commit(t->net, "l1pe1", &load, is_absent ? UINT_MAX : (unsigned)(sim_random(t->net->sim) % 150), error);
    bool is_ok = is_made || !is_absent || fails(t, "refused: %s", error);
    if (is_absent)
        router_start(r, daemon);
    else
        router_crash(r, daemon, 200);
    is_ok = watch(t, STAY_MS) && is_ok;
    if (!is_made && !network_commit(t->net, "l1pe1", &load, UINT_MAX, error) && !strstr(error, "nothing to remove"))
        is_ok = fails(t, "refused the second time: %s", error);
    is_ok = is_ok && change(t, "l1ce1", ce_ldp_comes) && change(t, "l1ce1", ce_bgp_goes) && opens(t, "with LDP");
    is_ok = is_ok && change(t, "l1ce1", ce_bgp_comes) && change(t, "l1ce1", ce_ldp_goes) && roll_back(t, "l1pe1", 1) &&
            becomes_whole(t, "with BGP again");
    ends(t, name, is_ok);
}

/* What contradicts changes nothing at all. */
static void case_contradictions(struct test *t)
{
    static const char *const bad[] = {
        "vpn-instance carrierA label-mode per-instance",
        "bgp vpn-instance carrierA neighbor 10.9.3.1 family ipv4-unicast",
        "vpn-instance carrierA label-mode per-instance\nno mpls interface l1pe1-l1ce1\nsystem hostname other",
    };
    struct flows f;
    bool is_ok = true;

    if (!is_wanted(t, "contradictions"))
        return;
    flows_start(&f, t->net);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct front_request load = {.op = FRONT_LOAD, .load = FRONT_MERGE, .text = bad[i], .name = "bad"};
        char error[PROBLEM_BYTES];
        if (network_commit(t->net, "l1pe1", &load, UINT_MAX, error))
            is_ok = fails(t, "not refused: %s", bad[i]);
        sim_run_ms(t->net->sim, 500);
    }
    flows_stop(&f);
    is_ok = is_ok && flows_are_clean(t, &f, true);
    ends(t, "contradictions", is_ok);
}

static void attack(struct test *t)
{
    if (!converges(t) || !change(t, "l1pe1", untyped) || !change(t, "l1ce1", ce_site) ||
        !becomes_whole(t, "with what is implied"))
        return;
    case_contradictions(t);
    case_typed(t);
    case_walk(t, "walk", false);
    case_walk(t, "walk-rollback", true);
    case_nothing(t);
    for (size_t k = 1; k < DAEMONS_MAX; k++)
        case_death(t, k, 0, true);
    for (unsigned round = 0; round < ROUNDS; round++)
        for (size_t k = 0; k < DAEMONS_MAX; k++)
            case_death(t, k, round, false);
}

static void run(struct test *t, const char *scenario)
{
    harness_open(t, scenario, t->seed);
    attack(t);
    harness_close(t);
}

int main(int argc, char **argv)
{
    return harness_main(argc, argv, "csc-bgp", run);
}
