/* SPDX-License-Identifier: Apache-2.0
 *
 * The world: virtual time, its event queue (the timer heap of loop.h, in order of time, then of arming) and the one
 * source of chance. Nothing here or below reads a clock, an address in memory or a hash order, so a run is the same for
 * a seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sim/kernel.h"
#include "strata/mem.h"

/* If so much happens at one instant, somebody makes work for himself without end. */
enum { EVENTS_AN_INSTANT = 5000000 };

uint64_t sim_mix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t world_now_us(const struct loop *loop)
{
    return ((const struct sim *)(const void *)loop)->now_us;
}

static uint64_t world_random(struct loop *loop)
{
    return sim_mix(&((struct sim *)(void *)loop)->random);
}

static void world_set_wakeup(struct loop *loop, uint64_t at_us)
{
    (void)loop, (void)at_us; /* advance() asks */
}

static void world_destroy(struct loop *loop)
{
    (void)loop; /* sim_destroy */
}

static const struct loop_ops world_ops = {world_now_us, world_random, world_set_wakeup, world_destroy, NULL};

struct sim *sim_create(uint64_t seed)
{
    struct sim *sim = MEM_NEW(NULL, struct sim);

    loop_init(&sim->loop, &world_ops);
    sim->seed = sim->random = seed;
    sim->log_level = LOG_LEVEL_INFO;
    TAILQ_INIT(&sim->nodes);
    TAILQ_INIT(&sim->cables);
    return sim;
}

void sim_destroy(struct sim *sim)
{
    struct sim_process *p;
    struct sim_cable *c;
    struct sim_node *n;

    if (!sim)
        return;
    sim->trace = NULL;
    TAILQ_FOREACH (n, &sim->nodes, link)
        TAILQ_FOREACH (p, &n->processes, link)
            sim_process_crash(p);
    while ((c = TAILQ_FIRST(&sim->cables)))
        sim_cable_free(c);
    while ((n = TAILQ_FIRST(&sim->nodes))) {
        while ((p = TAILQ_FIRST(&n->processes)))
            sim_process_free(p);
        sim_tcp_free_all(n);
        sim_files_free(n);
        sim_kernel_free(n->kernel);
        TAILQ_REMOVE(&sim->nodes, n, link);
        mem_free(NULL, n);
    }
    loop_fini(&sim->loop);
    mem_free(NULL, sim);
}

uint64_t sim_seed(const struct sim *sim)
{
    return sim->seed;
}

uint64_t sim_now_us(const struct sim *sim)
{
    return sim->now_us;
}

uint64_t sim_random(struct sim *sim)
{
    return sim_mix(&sim->random);
}

uint64_t sim_events(const struct sim *sim)
{
    return sim->n_events;
}

uint64_t sim_between(struct sim *sim, uint64_t low, uint64_t high)
{
    return high > low ? low + sim_random(sim) % (high - low + 1) : low;
}

struct loop *sim_loop(struct sim *sim)
{
    return &sim->loop;
}

void sim_set_log(struct sim *sim, log_sink_fn *sink, void *arg, enum log_level level)
{
    sim->log_sink = sink;
    sim->log_arg = arg;
    sim->log_level = level;
}

/* Handles what is next, if it is not after end_us. */
static bool advance(struct sim *sim, uint64_t end_us, uint64_t *n_here)
{
    uint64_t next = loop_next_us(&sim->loop);

    if (next > end_us)
        return false;
    if (next > sim->now_us) {
        sim->now_us = next;
        *n_here = 0;
    }
    if (++*n_here > EVENTS_AN_INSTANT) {
        fprintf(stderr, "sim: time stands still at %llu us\n", (unsigned long long)sim->now_us);
        abort();
    }
    sim->n_events++;
    loop_run_due(&sim->loop);
    return true;
}

bool sim_run_until(struct sim *sim, bool (*is_done)(void *arg), void *arg, uint64_t max_ms)
{
    uint64_t end_us = sim->now_us + max_ms * 1000, n_here = 0;

    while (!is_done(arg)) {
        if (!advance(sim, end_us, &n_here)) {
            sim->now_us = end_us;
            return is_done(arg);
        }
    }
    return true;
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

void sim_run_ms(struct sim *sim, uint64_t ms)
{
    sim_run_until(sim, never, NULL, ms);
}

struct sim_node *sim_node_create(struct sim *sim, const char *name)
{
    struct sim_node *n = MEM_NEW(NULL, struct sim_node);

    n->sim = sim;
    snprintf(n->name, sizeof(n->name), "%s", name);
    TAILQ_INIT(&n->processes);
    TAILQ_INIT(&n->listeners);
    TAILQ_INIT(&n->dgrams);
    TAILQ_INIT(&n->connections);
    LIST_INIT(&n->files);
    n->last_port = 32768;
    TAILQ_INSERT_TAIL(&sim->nodes, n, link);
    n->kernel = sim_kernel_create(n);
    return n;
}

struct sim_node *sim_node_find(struct sim *sim, const char *name)
{
    struct sim_node *n;

    TAILQ_FOREACH (n, &sim->nodes, link)
        if (strcmp(n->name, name) == 0)
            return n;
    return NULL;
}

void sim_node_make_switch(struct sim_node *node)
{
    node->is_switch = true;
}

const char *sim_node_name(const struct sim_node *node)
{
    return node->name;
}
