/* SPDX-License-Identifier: Apache-2.0
 *
 * The carrier's carrier network under attack: the configuration changes while packets pass, daemons die in the middle
 * of a commit, and a customer lies. Nothing may ever come out where it does not belong.
 *
 *   sim_attack [--seed N] [--case NAME] [--verbose]     NAME may be the beginning of one
 */
#include "tests/sim/attack.h"

#include <stdio.h>
#include <string.h>

#include "strata/mem.h"

enum { SESSION_MS = 20000 };

/* --- a customer that lies --- */

/* What evil sends as plain IP stays in its instance, whatever routes it told. */
static bool no_packet_leaks(struct test *a)
{
    static const char *const addresses[] = {"10.1.0.4", "10.1.0.6", "10.9.4.2",  "10.9.3.1",   "10.2.0.3",
                                            "10.2.0.9", "10.9.6.2", "10.9.15.2", "192.168.2.1"};
    struct sim_trace trace;

    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        attack_inject(a, "evil", "evil-l1pe1", NULL, 0, addresses[i], &trace);
        if (reaches_victim(&trace) || trace_is_delivered(&trace, "l1pe1"))
            return fails(a, "a packet of evil to %s left its instance", addresses[i]);
    }
    return true;
}

static struct speaker *liar_start(struct test *a)
{
    return speaker_start(a->net, "evil", "10.9.20.1", 300);
}

static bool has_session(struct test *a, const struct speaker *s)
{
    sim_run_ms(a->net->sim, SESSION_MS);
    return speaker_is_up(s) || fails(a, "the liar has no session");
}

static void judge(struct test *a, const char *name, struct speaker *s, struct flows *f, bool is_ok)
{
    flows_stop(f);
    is_ok = is_ok && flows_are_clean(a, f, true);
    speaker_stop(s);
    outcome(a, name, is_ok, "");
}

/* The victims' addresses, the carrier's own, a default route, and labels that nobody may give. */
static void case_lies(struct test *a)
{
    static const char *const prefixes[] = {"10.2.0.9/32",  "10.2.0.1/32", "10.2.0.3/32",   "10.1.0.4/32",
                                           "10.1.0.6/32",  "0.0.0.0/0",   "172.16.0.0/12", "10.9.20.1/32",
                                           "10.9.20.0/24", "10.9.3.1/32", "10.0.0.0/8",    "127.0.0.1/32",
                                           "224.0.0.5/32", "10.9.4.2/32", "0.0.0.0/32"};
    static const uint32_t labels[] = {777777, 0, 1, 2, 3, 7, 13, 14, 15, 16, 1048575, 4000, 4001};
    struct speaker *s = liar_start(a);
    struct flows f;
    bool is_ok;

    flows_start(&f, a->net);
    is_ok = has_session(a, s);
    for (size_t l = 0; is_ok && l < sizeof(labels) / sizeof(labels[0]); l++) {
        for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
            speaker_announce(s, prefixes[i], labels[l], NULL);
        sim_run_ms(a->net->sim, 1000);
        is_ok = (speaker_is_up(s) || fails(a, "label %u ended the session", labels[l])) && all_is_well(a);
    }
    is_ok = is_ok && no_label_leads_out(a) && no_packet_leaks(a);
    judge(a, "liar-lies", s, &f, is_ok);
}

/* Route targets of the victim, next hops everywhere: carrierA must not learn any of it. */
static void case_targets(struct test *a)
{
    static const uint8_t target[] = {0, 2, 0, 100, 0, 0, 0, 1};
    static const char *const next_hops[] = {"10.9.20.2", "10.9.20.1", "10.1.0.4", "10.1.0.6",  "10.9.3.1",
                                            "10.2.0.9",  "10.9.4.2",  "10.2.0.1", "127.0.0.1", "10.9.20.99"};
    struct speaker *s = liar_start(a);
    struct flows f;
    bool is_ok;

    flows_start(&f, a->net);
    is_ok = has_session(a, s);
    for (size_t i = 0; is_ok && i < sizeof(next_hops) / sizeof(next_hops[0]); i++) {
        struct bgp_attrs more = {.ext_communities = {target, sizeof(target)}};

        ip_addr_parse(next_hops[i], &more.next_hop);
        speaker_announce(s, "10.2.0.9/32", 500000, &more);
        speaker_announce(s, "10.2.0.1/32", 500001, &more);
        speaker_announce(s, "10.77.0.0/16", 500002, &more);
        sim_run_ms(a->net->sim, 1500);
        is_ok = all_is_well(a) &&
                (!label_of(a->net, "l1pe2 bgp carrierA 10.77.0.0/16") || fails(a, "carrierA knows evil's route"));
    }
    is_ok = is_ok && no_label_leads_out(a) && no_packet_leaks(a);
    judge(a, "liar-targets", s, &f, is_ok);
}

/* More routes than l1pe1 has labels, and all of them over and over: the victim keeps its own. */
static void case_greedy(struct test *a)
{
    enum { ROUTES = 1500, ROUNDS = 3 };
    struct speaker *s = liar_start(a);
    struct router *pe = network_router(a->net, "l1pe1");
    bool is_ok;

    is_ok = has_session(a, s);
    for (unsigned round = 0; is_ok && round < ROUNDS; round++) {
        char prefix[40];

        for (unsigned i = 0; i < ROUTES; i++) {
            snprintf(prefix, sizeof(prefix), "10.%u.%u.%u/32", 100 + round, i >> 8, i & 255);
            speaker_announce(s, prefix, 100000 + i, NULL);
        }
        sim_run_ms(a->net->sim, 3000);
        is_ok = all_is_well(a);
        if (round == 1)
            router_crash(pe, 5, 200); /* bgpd */
        sim_run_ms(a->net->sim, 30000);
        if (is_ok && network_wait_whole(a->net, CONVERGE_MS, a->problem) < 0)
            is_ok = false;
        for (unsigned i = 0; i < ROUTES; i++) {
            snprintf(prefix, sizeof(prefix), "10.%u.%u.%u/32", 100 + round, i >> 8, i & 255);
            speaker_withdraw(s, prefix);
        }
        sim_run_ms(a->net->sim, 1000);
    }
    is_ok = is_ok && all_is_well(a);
    speaker_stop(s);
    outcome(a, "liar-greedy", is_ok, "");
}

/* Messages that are nearly right, and routes that come and go faster than labels can. */
static void case_garbage(struct test *a)
{
    struct speaker *s = liar_start(a);
    struct bgp_nlri n = {.label = 1234};
    struct flows f;
    bool is_ok;

    flows_start(&f, a->net);
    is_ok = has_session(a, s);
    prefix_parse("10.2.0.9/32", &n.prefix);
    for (unsigned i = 0; is_ok && i < 400; i++) {
        struct bgp_attrs attrs = {.as_path = {(const uint8_t[]){2, 1, 0, 0, 1, 44}, 6}};
        uint8_t buf[BGP_MESSAGE_MAX];
        size_t used, len;

        ip_addr_parse("10.9.20.2", &attrs.next_hop);
        len = bgp_update_encode(buf, sizeof(buf), BGP_IPV4_LABELED, &attrs, true, &n, 1, &used);
        for (unsigned k = 0; k < 1 + i % 3; k++)
            buf[BGP_HEADER_LEN + sim_random(a->net->sim) % (len - BGP_HEADER_LEN)] ^=
                (uint8_t)(1u << sim_random(a->net->sim) % 8);
        speaker_write(s, buf, len);
        speaker_announce(s, "10.2.0.1/32", 2000 + i, NULL);
        if (i % 2)
            speaker_withdraw(s, "10.2.0.1/32");
        sim_run_ms(a->net->sim, sim_random(a->net->sim) % 3 ? 1 : 700);
    }
    is_ok = is_ok && all_is_well(a);
    judge(a, "liar-garbage", s, &f, is_ok);
}

static void run(struct test *a, const char *scenario)
{
    csc_open(a, scenario);
    if (converges(a)) {
        if (is_wanted(a, "liar-lies"))
            case_lies(a);
        if (is_wanted(a, "liar-targets"))
            case_targets(a);
        if (is_wanted(a, "liar-garbage"))
            case_garbage(a);
        attack_reconfigure(a);
        if (is_wanted(a, "liar-greedy"))
            case_greedy(a);
    }
    harness_close(a);
}

int main(int argc, char **argv)
{
    return harness_main(argc, argv, CSC_SCENARIO, run);
}
