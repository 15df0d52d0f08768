/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operator sees of a customer carrier (`show carriers-carrier`), in any scenario: all is well when the network
 * is whole, and stays so; networks that LDP has no labels for are a problem only if it is to have some; when LDP in the
 * core hangs, the far sites are missed and it is said which label is missing where; and all is well again afterwards.
 *
 *   sim_carrier [--seed N]... [--verbose] SCENARIO...
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata/front.h"
#include "strata/mem.h"
#include "tests/sim/harness.h"

enum { SEEN_MS = 45000, HANG_MS = 60000, ANSWER_MS = 10000, ASK_MS = 1000, SETTLE_MS = 20000 };

/* --- asking, as the shell does --- */

struct question {
    struct front *front;
    const char *path;
    json_t *answer; /* NULL: none yet */
};

static void on_up(void *arg)
{
    struct question *q = arg;
    struct front_request r = {.op = FRONT_STATE, .path = q->path};

    front_send(q->front, &r);
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct question *q = arg;

    if (!q->answer)
        q->answer = json_loads(r->text, 0, NULL);
}

static bool is_answered(void *arg)
{
    const struct question *q = arg;

    return q->answer != NULL;
}

/* What the router says of its carriers; to be dereferenced by json_decref(*root). NULL: nothing. */
static json_t *ask(struct router *r, json_t **root)
{
    static const struct front_events events = {.up = on_up, .reply = on_reply};
    struct question q = {.path = "/carriers-carrier"};

    q.front = front_create(network_shell(r->net, sim_node_name(r->node)), "strata", &events, &q);
    sim_run_until(r->net->sim, is_answered, &q, ANSWER_MS);
    front_destroy(q.front);
    *root = q.answer;
    return json_object_get(q.answer, "strata-vpn-state:carriers-carrier");
}

/* --- judging --- */

/* Who has a customer carrier that is meant to work: "evil" is none. `only`: this one, if not NULL. */
static bool is_meant(const char *instance, const char *only)
{
    return only ? strcmp(instance, only) == 0 : strcmp(instance, "carrierE") != 0;
}

static bool find_problem(const json_t *state, const char *only, const char *part, char problem[PROBLEM_BYTES])
{
    const json_t *p;
    size_t i;

    json_array_foreach (json_object_get(state, "problem"), i, p) {
        const char *text = scenario_text(p, "text");

        if (!is_meant(scenario_text(p, "vpn-instance"), only))
            continue;
        if (part && !strstr(text, part))
            continue;
        snprintf(problem, PROBLEM_BYTES, "%s", text);
        return true;
    }
    return false;
}

/* Every carrier is `status`. False: `why`. The number of carriers is added to *n. */
static bool all_are(const json_t *state, const char *only, const char *status, size_t *n, char why[PROBLEM_BYTES])
{
    const json_t *c;
    size_t i;

    json_array_foreach (json_object_get(state, "carrier"), i, c) {
        const char *name = scenario_text(c, "vpn-instance"), *is = scenario_text(c, "status");

        if (!is_meant(name, only))
            continue;
        (*n)++;
        if (strcmp(is, status) == 0)
            continue;
        snprintf(why, PROBLEM_BYTES, "%s is %s, not %s", name, is, status);
        return false;
    }
    return true;
}

struct expectation {
    struct test *t;
    struct router *at; /* NULL: at all */
    const char *only;  /* of which carrier; NULL: of all */
    const char *status;
    const char *part; /* of a problem; NULL: there shall be none */
    size_t n_carriers;
};

static bool holds_at(struct expectation *e, struct router *r)
{
    char why[PROBLEM_BYTES] = "";
    json_t *root = NULL;
    const json_t *state = ask(r, &root);
    size_t n_here = 0;
    bool is_so = all_are(state, e->only, e->status, &n_here, why);

    if (is_so && n_here && find_problem(state, e->only, e->part, why) != (e->part != NULL)) {
        is_so = false;
        if (e->part)
            snprintf(why, sizeof(why), "nobody says \"%s\"", e->part);
    }
    json_decref(root);
    if (!is_so)
        snprintf(e->t->problem, PROBLEM_BYTES, "%s: %.200s", sim_node_name(r->node), why);
    e->n_carriers += n_here;
    return is_so;
}

static bool holds(struct expectation *e)
{
    bool is_so = true;

    e->n_carriers = 0;
    if (e->at)
        return holds_at(e, e->at);
    for (size_t i = 0; i < e->t->net->n_routers && is_so; i++)
        is_so = holds_at(e, &e->t->net->routers[i]);
    return is_so;
}

/* Becomes so, within SEEN_MS. */
static bool expect_at(struct test *t, struct router *at, const char *only, const char *name, const char *status,
                      const char *part)
{
    struct expectation e = {.t = t, .at = at, .only = only, .status = status, .part = part};
    bool is_so = false;

    for (uint64_t ms = 0; ms < SEEN_MS && !is_so; ms += ASK_MS) {
        t->problem[0] = '\0';
        is_so = holds(&e);
        if (!is_so)
            sim_run_ms(t->net->sim, ASK_MS);
    }
    if (is_so && e.n_carriers == 0)
        is_so = fails(t, "no router has a customer carrier");
    outcome(t, name, is_so, "");
    return is_so;
}

static bool expect(struct test *t, const char *name, const char *status, const char *part)
{
    return expect_at(t, NULL, NULL, name, status, part);
}

/* --- networks that LDP has no labels for --- */

/* A router with such networks; `carrier`: whose. */
static struct router *find_networks(struct test *t, char carrier[64])
{
    for (size_t i = 0; i < t->net->n_routers; i++) {
        json_t *root = NULL, *c;
        const json_t *state = ask(&t->net->routers[i], &root);
        bool is_found = false;
        size_t k;

        json_array_foreach (json_object_get(state, "carrier"), k, c) {
            const char *n = scenario_text(c, "unlabelled-networks");

            is_found = n[0] && strcmp(n, "0") != 0;
            if (is_found) {
                snprintf(carrier, 64, "%s", scenario_text(c, "vpn-instance"));
                break;
            }
        }
        json_decref(root);
        if (is_found)
            return &t->net->routers[i];
    }
    return NULL;
}

/* Only this router is told to label networks: the carrier's, which go on having none, are a problem until it is told
 * otherwise. */
static void networks_shall_have_labels(struct test *t)
{
    char carrier[64], text[160], error[PROBLEM_BYTES] = "";
    struct front_request load = {.op = FRONT_LOAD, .format = FRONT_TEXT, .load = FRONT_MERGE, .text = text};
    struct router *r;

    sim_run_ms(t->net->sim, SETTLE_MS);
    if (!expect(t, "stays-well", "up", NULL))
        return;
    r = find_networks(t, carrier);
    if (!r)
        return;
    snprintf(text, sizeof(text), "ldp vpn-instance %s label-for all-routes", carrier);
    if (!network_commit(t->net, sim_node_name(r->node), &load, UINT_MAX, error)) {
        outcome(t, "networks-shall-have-labels", fails(t, "%s", error), "");
        return;
    }
    expect_at(t, r, carrier, "networks-shall-have-labels", "degraded", "told to nobody");
    snprintf(text, sizeof(text), "ldp vpn-instance %s label-for host-routes", carrier);
    network_commit(t->net, sim_node_name(r->node), &load, UINT_MAX, error);
    expect_at(t, r, carrier, "host-routes-will-do", "up", NULL);
}

/* LDP of the core router hangs: its sessions end, its labels are gone, OSPF and BGP live on. */
static void core_hangs(struct test *t)
{
    struct router *p = network_router(t->net, "p");
    struct sim_process *ldpd = p ? sim_process_find(p->node, "ldpd") : NULL;

    if (!ldpd)
        return;
    sim_process_freeze(ldpd, true);
    sim_run_ms(t->net->sim, HANG_MS / 4);
    expect(t, "core-without-labels", "down", "no LDP binding");
    sim_process_freeze(ldpd, false);
    sim_run_ms(t->net->sim, HANG_MS / 4);
    expect(t, "well-again", "up", NULL);
}

static void run(struct test *t, const char *scenario)
{
    harness_open(t, scenario, t->seed);
    if (converges(t) && expect(t, "all-is-well", "up", NULL)) {
        networks_shall_have_labels(t);
        core_hangs(t);
    }
    harness_close(t);
}

int main(int argc, char **argv)
{
    return harness_main(argc, argv, NULL, run);
}
