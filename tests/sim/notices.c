/* SPDX-License-Identifier: Apache-2.0
 *
 * What a front end at l1pe1 of csc-ldp hears when neighbours go and come back: OSPF and LDP of the core and of the
 * customer carrier, BGP of the far PE. Each is told once, in its VPN instance, with its reason.
 *
 *   sim_notices [--seed N]... [--case NAME] [--verbose]
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "strata/front.h"
#include "tests/sim/harness.h"

enum { HEARD_BYTES = 1 << 16, WORDS_MAX = 4, ANSWER_MS = 10000, DOWN_MS = 120000, UP_MS = 60000, CALM_MS = 5000 };

#define SCENARIO STRATA_SOURCE_DIR "/tests/scenarios/csc-ldp"
#define EAR      "l1pe1"

/* --- listening --- */

struct ear {
    struct front *front;
    bool is_listening, is_deaf; /* deaf: the connection ended, or too much was heard */
    size_t used;
    char heard[HEARD_BYTES]; /* one notification after the other, each with its 0 */
};

static void on_up(void *arg)
{
    struct ear *e = arg;
    struct front_request r = {.op = FRONT_LISTEN};

    front_send(e->front, &r);
}

static void on_down(const char *reason, void *arg)
{
    struct ear *e = arg;

    (void)reason;
    e->is_deaf = true;
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct ear *e = arg;

    e->is_listening = !r->error;
}

static void on_notice(const struct front_notice *n, void *arg)
{
    struct ear *e = arg;
    size_t size = strlen(n->text) + 1;

    if (size > HEARD_BYTES - e->used) {
        e->is_deaf = true;
        return;
    }
    memcpy(e->heard + e->used, n->text, size);
    e->used += size;
}

static bool is_listening(void *arg)
{
    const struct ear *e = arg;

    return e->is_listening;
}

/* --- what is expected --- */

struct news { /* all of these are in one notification; NULL: no more */
    const char *words[WORDS_MAX];
};

static bool has_all(const char *text, const struct news *n)
{
    for (size_t i = 0; i < WORDS_MAX && n->words[i]; i++)
        if (!strstr(text, n->words[i]))
            return false;
    return true;
}

static unsigned count(const struct ear *e, const struct news *n)
{
    unsigned times = 0;

    for (size_t at = 0; at < e->used; at += strlen(e->heard + at) + 1)
        times += has_all(e->heard + at, n);
    return times;
}

/* Each is heard within `ms`, and in the time that follows nobody says it again. */
static bool hears(struct test *t, const struct ear *e, const struct news *news, size_t n, uint64_t ms)
{
    size_t found = 0;

    for (uint64_t passed = 0; passed < ms && found < n; passed += 100) {
        sim_run_ms(t->net->sim, 100);
        while (found < n && count(e, &news[found]) > 0)
            found++;
    }
    sim_run_ms(t->net->sim, CALM_MS);
    if (e->is_deaf)
        return fails(t, "the connection ended, or too much was told");
    for (size_t i = 0; i < n; i++) {
        unsigned times = count(e, &news[i]);

        if (times != 1)
            return fails(t, "heard %u times: %s %s", times, news[i].words[0], news[i].words[1]);
    }
    return true;
}

/* --- faults --- */

static void cut(struct test *t, bool is_connected)
{
    sim_cable_set(sim_cable_find(t->net->sim, EAR, "l1ce1"), is_connected);
}

static void hang(struct test *t, const char *router, const char *daemon, bool is_frozen)
{
    sim_process_freeze(sim_process_find(network_router(t->net, router)->node, daemon), is_frozen);
}

static void cable(struct test *t, bool is_good)
{
    cut(t, is_good);
}

static void ospf(struct test *t, bool is_good)
{
    hang(t, "p", "ospfd", !is_good);
}

static void ldp(struct test *t, bool is_good)
{
    hang(t, "p", "ldpd", !is_good);
}

static void bgp(struct test *t, bool is_good)
{
    hang(t, "l1pe2", "bgpd", !is_good);
}

static void commits(struct test *t, const char *router, const char *text)
{
    struct front_request load = {.op = FRONT_LOAD, .text = text};
    char error[PROBLEM_BYTES];

    if (!network_commit(t->net, router, &load, UINT_MAX, error))
        fails(t, "%s: %s", router, error);
}

/* Two labels are left when the customer carrier has four routers more. What has labels keeps them. */
static void labels(struct test *t, bool is_good)
{
    if (is_good) {
        commits(t, EAR, "mpls label-range { lower 4000; upper 4999 }");
        return;
    }
    commits(t, EAR, "mpls label-range { lower 4990; upper 4991 }");
    sim_process_restart(sim_process_find(network_router(t->net, EAR)->node, "ldpd"),
                        100); /* and what it had in stock */
    sim_run_ms(t->net->sim, 20000);
    commits(
        t, "l1ce1",
        "interface lo ipv4 { address 10.2.0.91/32; address 10.2.0.92/32; address 10.2.0.93/32; address 10.2.0.94/32 }");
}

#define IN_CARRIER "<vpn-instance>carrierA<"
#define L1CE1      "-id>10.2.0.3<"
#define P          "-id>10.1.0.5<"
#define L1PE2      "<neighbor>10.1.0.6<"
#define OSPF       "<ospf-neighbor-state-change"

static const struct {
    const char *name;
    void (*set)(struct test *t, bool is_good);
    struct news down[2], up[2];
    size_t n;
} cases[] = {
    {"cable-to-the-carrier",
     cable,
     {{{OSPF, L1CE1, IN_CARRIER, "<state>down<"}}, {{"<ldp-session-down", L1CE1, IN_CARRIER, "<reason>"}}},
     {{{OSPF, L1CE1, IN_CARRIER, "<state>full<"}}, {{"<ldp-session-up", L1CE1, IN_CARRIER, "<keepalive-time>"}}},
     2},
    {"ospf-of-the-core-hangs",
     ospf,
     {{{OSPF, P, "<state>down<", "<previous-state>full<"}}},
     {{{OSPF, P, "<state>full<"}}},
     1},
    {"ldp-of-the-core-hangs",
     ldp,
     {{{"<ldp-session-down", P, "<reason>", "<uptime>"}}},
     {{{"<ldp-session-up", P, "<keepalive-time>"}}},
     1},
    {"bgp-of-the-far-pe-hangs",
     bgp,
     {{{"<bgp-neighbor-down", L1PE2, "<reason>sent hold-timer-expired<", "<uptime>"}}},
     {{{"<bgp-neighbor-up", L1PE2, "<router-id>10.1.0.6<", "<hold-time>"}}},
     1},
    {"labels-run-out",
     labels,
     {{{"<label-range-exhausted", "<client>", "<lower>4990<"}}},
     {{{"<label-range-available", "<available>"}}},
     1},
};

static void goes_and_comes_back(struct test *t, struct ear *e, size_t i)
{
    char more[80];
    bool is_ok;

    e->used = 0;
    cases[i].set(t, false);
    is_ok = hears(t, e, cases[i].down, cases[i].n, DOWN_MS);
    if (is_ok && (count(e, &cases[i].up[0]) || count(e, &cases[i].up[cases[i].n - 1])))
        is_ok = fails(t, "told as up while it is down");
    e->used = 0;
    cases[i].set(t, true);
    is_ok = hears(t, e, cases[i].up, cases[i].n, UP_MS) && is_ok;
    snprintf(more, sizeof(more), "%zu down, %zu up", cases[i].n, cases[i].n);
    outcome(t, cases[i].name, is_ok, more);
    if (!is_ok)
        mend(t);
}

static void listen_to_all(struct test *t)
{
    static const struct front_events events = {.up = on_up, .down = on_down, .reply = on_reply, .notice = on_notice};
    struct ear e = {0};

    e.front = front_create(network_shell(t->net, EAR), "strata", &events, &e);
    if (!sim_run_until(t->net->sim, is_listening, &e, ANSWER_MS))
        outcome(t, "listens", fails(t, "nobody lets us listen"), "");
    for (size_t i = 0; e.is_listening && i < sizeof(cases) / sizeof(cases[0]); i++)
        if (is_wanted(t, cases[i].name))
            goes_and_comes_back(t, &e, i);
    front_destroy(e.front);
}

static void run(struct test *t, const char *scenario)
{
    harness_open(t, scenario, t->seed);
    if (converges(t))
        listen_to_all(t);
    harness_close(t);
}

int main(int argc, char **argv)
{
    return harness_main(argc, argv, SCENARIO, run);
}
