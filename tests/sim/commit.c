/* SPDX-License-Identifier: Apache-2.0
 *
 * A front end that commits, and changes that any router has to bear: each protocol goes and comes back, and all of the
 * configuration at once.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "strata/front.h"
#include "tests/sim/harness.h"

enum { ANSWER_MS = 20000, CALM_MS = 500, AWAY_MS = 5000, BACK_HEAL_MS = 90000, SETTLE_MS = 3000 };

/* --- a front end --- */

struct client {
    struct front *front;
    const struct front_request *load;
    bool is_done, is_good;
    char error[PROBLEM_BYTES];
    uint64_t commit;
    unsigned events_left; /* then nobody waits for the answer any more */
};

static void on_up(void *arg)
{
    struct client *c = arg;
    struct front_request commit = {.op = FRONT_COMMIT, .name = "test"};

    front_send(c->front, c->load);
    c->commit = front_send(c->front, &commit);
}

static void on_down(const char *reason, void *arg)
{
    struct client *c = arg;

    snprintf(c->error, sizeof(c->error), "%s", reason);
    c->is_done = true;
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct client *c = arg;

    if (r->error && !c->error[0])
        snprintf(c->error, sizeof(c->error), "%s", r->text);
    if (r->id == c->commit) {
        c->is_good = !c->error[0];
        c->is_done = true;
    }
}

static bool is_done(void *arg)
{
    struct client *c = arg;

    return c->is_done || c->events_left-- == 0;
}

const struct env *network_shell(struct network *net, const char *router)
{
    struct sim_node *node = network_router(net, router)->node;
    struct sim_process *p = sim_process_find(node, "shell");

    return sim_process_env(p ? p : sim_process_create(node, "shell", NULL));
}

bool network_commit(struct network *net, const char *router, const struct front_request *load, unsigned n_events,
                    char error[PROBLEM_BYTES])
{
    static const struct front_events events = {.up = on_up, .down = on_down, .reply = on_reply};
    struct client c = {.load = load, .events_left = n_events};

    c.front = front_create(network_shell(net, router), "strata", &events, &c);
    sim_run_until(net->sim, is_done, &c, ANSWER_MS);
    front_destroy(c.front);
    if (!c.is_done)
        snprintf(c.error, sizeof(c.error), "no answer");
    snprintf(error, PROBLEM_BYTES, "%s", c.error);
    return c.is_good;
}

/* --- things go and come back --- */

static bool goes_and_comes_back(struct test *t, const struct router *r, const struct front_request *away, char *refused)
{
    const char *name = sim_node_name(r->node);
    struct front_request back = {.op = FRONT_LOAD, .load = FRONT_OVERRIDE, .text = r->config, .name = "as before"};
    char error[PROBLEM_BYTES];

    if (!network_commit(t->net, name, away, UINT_MAX, refused))
        return true; /* something else needs it */
    sim_run_ms(t->net->sim, AWAY_MS);
    if (!is_sound(t))
        return false;
    if (!network_commit(t->net, name, &back, UINT_MAX, error))
        return fails(t, "the way back was refused: %s", error);
    if (network_wait_whole(t->net, BACK_HEAL_MS, error) < 0)
        return fails(t, "not whole after the way back: %s", error);
    sim_run_ms(t->net->sim, SETTLE_MS);
    return network_is_whole(t->net, error) || fails(t, "not whole for long: %s", error);
}

static void change(struct test *t, const struct router *r, const char *what, const struct front_request *away)
{
    char name[80], more[120], refused[PROBLEM_BYTES] = "";
    struct flows f;
    bool is_ok;

    snprintf(name, sizeof(name), "without-%s-%s", what, sim_node_name(r->node));
    if (!is_wanted(t, name))
        return;
    flows_start(&f, t->net);
    sim_run_ms(t->net->sim, CALM_MS);
    is_ok = goes_and_comes_back(t, r, away, refused);
    flows_stop(&f);
    is_ok = flows_are_clean(t, &f, false) && is_ok;
    if (refused[0])
        snprintf(more, sizeof(more), "refused: %.100s", refused);
    else
        snprintf(more, sizeof(more), "%u of %u lost", flows_lost(&f), f.sent);
    outcome(t, name, is_ok, more);
    if (!is_ok)
        mend(t);
}

static bool has_statement(const struct router *r, const char *word)
{
    size_t n = strlen(word);

    for (const char *line = r->config; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, word, n) == 0 && line[n] == ' ')
            return true;
    return false;
}

void reconfigurations(struct test *t)
{
    static const char *const words[] = {"bgp", "ldp", "ospf", "mpls", "static-routes"};

    for (size_t i = 0; i < t->net->n_routers; i++) {
        const struct router *r = &t->net->routers[i];
        char text[80];

        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
            struct front_request away = {.op = FRONT_LOAD, .load = FRONT_MERGE, .text = text, .name = "away"};

            snprintf(text, sizeof(text), "no %s", words[k]);
            if (has_statement(r, words[k]))
                change(t, r, words[k], &away);
        }
        snprintf(text, sizeof(text), "system hostname %s", sim_node_name(r->node));
        change(t, r, "all",
               &(struct front_request){.op = FRONT_LOAD, .load = FRONT_OVERRIDE, .text = text, .name = "blank"});
    }
}
