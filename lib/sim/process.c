/* SPDX-License-Identifier: Apache-2.0
 *
 * A daemon as a simulated process: its loop on virtual time, its lives and deaths. A crash is not an orderly end: first
 * the whole world of the daemon is dead, then its destroy function frees its memory, for which nobody outside notices
 * anything.
 */
#include <stdio.h>
#include <string.h>

#include "lib/sim/internal.h"
#include "strata/mem.h"

static struct sim_proc_loop *loop_of(struct loop *loop)
{
    return (struct sim_proc_loop *)(void *)loop;
}

static uint64_t proc_now_us(const struct loop *loop)
{
    return ((const struct sim_proc_loop *)(const void *)loop)->process->node->sim->now_us;
}

static uint64_t proc_random(struct loop *loop)
{
    return sim_mix(&loop_of(loop)->random);
}

/* A turn takes time: whoever arms timers of 0 for ever uses up his time and not that of the world. */
static void proc_set_wakeup(struct loop *loop, uint64_t at_us)
{
    struct sim_proc_loop *l = loop_of(loop);
    uint64_t now = proc_now_us(loop);

    if (at_us == UINT64_MAX || loop->is_dead || l->process->is_frozen) {
        timer_cancel(&l->wakeup);
        return;
    }
    if (at_us < l->busy_until_us)
        at_us = l->busy_until_us;
    timer_arm_us(&l->wakeup, at_us > now ? at_us - now : 0);
}

static void proc_destroy(struct loop *loop)
{
    timer_cancel(&loop_of(loop)->wakeup);
    loop_fini(loop);
    mem_free(NULL, loop);
}

static const struct loop_ops proc_ops = {proc_now_us, proc_random, proc_set_wakeup, proc_destroy, NULL};

static void on_wakeup(void *arg)
{
    struct sim_proc_loop *l = arg;

    l->busy_until_us = proc_now_us(&l->loop) + SIM_TURN_US;
    loop_run_due(&l->loop);
}

/* The chance of a process depends on its name and life only, so that one more packet elsewhere changes nothing here. */
static uint64_t seed_of(const struct sim_process *p)
{
    uint64_t state = p->node->sim->seed + p->life;

    for (const char *c = p->node->name; *c; c++)
        state = state * 31 + (uint8_t)*c;
    for (const char *c = p->name; *c; c++)
        state = state * 37 + (uint8_t)*c;
    return sim_mix(&state);
}

static void on_log(void *arg, enum log_level level, const char *line)
{
    struct sim_process *p = arg;
    struct sim *sim = p->node->sim;
    char text[1024];

    if (!sim->log_sink || level > sim->log_level || !p->is_running)
        return; /* the dead are silent */
    snprintf(text, sizeof(text), "%llu.%06llu %s/%s", (unsigned long long)(sim->now_us / 1000000),
             (unsigned long long)(sim->now_us % 1000000), p->node->name, line);
    sim->log_sink(sim->log_arg, level, text);
}

static void on_start(void *arg)
{
    sim_process_start(arg);
}

struct sim_process *sim_process_create(struct sim_node *node, const char *name, const struct sim_program *program)
{
    struct sim_process *p = MEM_NEW(NULL, struct sim_process);

    p->node = node;
    snprintf(p->name, sizeof(p->name), "%s", name);
    if (program)
        p->program = *program;
    p->env.run_dir = "/run/strata";
    p->env.state_dir = "/var/lib/strata";
    timer_init(&p->start, &node->sim->loop, on_start, p);
    TAILQ_INSERT_TAIL(&node->processes, p, link);
    sim_process_start(p);
    return p;
}

void sim_process_start(struct sim_process *p)
{
    if (p->is_running)
        return;
    timer_cancel(&p->start);
    p->life++;
    p->is_running = true;
    p->is_frozen = false;
    p->loop = MEM_NEW(NULL, struct sim_proc_loop);
    loop_init(&p->loop->loop, &proc_ops);
    p->loop->process = p;
    p->loop->random = seed_of(p);
    timer_init(&p->loop->wakeup, &p->node->sim->loop, on_wakeup, p->loop);
    p->env.loop = &p->loop->loop;
    p->env.io = sim_io_create(p);
    p->env.log = log_create(p->name, on_log, p);
    log_set_level(p->env.log, p->node->sim->log_level);
    p->io = (struct sim_io *)(void *)p->env.io;
    if (!p->program.create)
        return;
    p->daemon = p->program.create(p, &p->env, p->program.arg);
    if (!p->daemon)
        sim_process_crash(p);
}

void sim_process_crash(struct sim_process *p)
{
    timer_cancel(&p->start);
    if (!p->is_running)
        return;
    p->is_running = false;
    p->loop->loop.is_dead = true;
    timer_cancel(&p->loop->wakeup);
    sim_io_kill(p->io);
    if (p->daemon)
        p->program.destroy(p->daemon, p->program.arg);
    p->daemon = NULL;
    io_destroy(p->env.io);
    loop_destroy(p->env.loop);
    log_destroy(p->env.log);
    p->env.io = NULL;
    p->env.loop = NULL;
    p->env.log = NULL;
    p->io = NULL;
    p->loop = NULL;
}

void sim_process_stop(struct sim_process *p)
{
    if (sim_process_is_able(p) && p->daemon) {
        p->program.destroy(p->daemon, p->program.arg);
        p->daemon = NULL;
    }
    sim_process_crash(p); /* nothing is left but its world */
}

void sim_process_restart(struct sim_process *p, uint64_t after_ms)
{
    sim_process_crash(p);
    timer_arm_ms(&p->start, after_ms);
}

void sim_process_freeze(struct sim_process *p, bool is_frozen)
{
    if (!p->is_running || p->is_frozen == is_frozen)
        return;
    p->is_frozen = is_frozen;
    proc_set_wakeup(p->env.loop, loop_next_us(p->env.loop));
    if (!is_frozen)
        sim_io_wake(p->io);
}

bool sim_process_is_able(const struct sim_process *p)
{
    return p->is_running && !p->is_frozen;
}

bool sim_process_is_running(const struct sim_process *p)
{
    return p->is_running;
}

void sim_process_free(struct sim_process *p)
{
    sim_process_crash(p);
    TAILQ_REMOVE(&p->node->processes, p, link);
    mem_free(NULL, p);
}

struct sim_process *sim_process_find(const struct sim_node *node, const char *name)
{
    struct sim_process *p;

    TAILQ_FOREACH (p, &node->processes, link)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

const struct env *sim_process_env(const struct sim_process *p)
{
    return &p->env;
}

void *sim_process_daemon(const struct sim_process *p)
{
    return p->daemon;
}

struct sim_node *sim_process_node(const struct sim_process *p)
{
    return p->node;
}

const char *sim_process_name(const struct sim_process *p)
{
    return p->name;
}
