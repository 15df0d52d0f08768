/* SPDX-License-Identifier: Apache-2.0
 *
 * See supervisor.h. States of a child:
 *
 *   STOPPED --want--> RUNNING --exit--> WAITING --delay--> RUNNING
 *      ^                 | unwant          |  20 deaths in a row --> FAILED --want--> RUNNING
 *      |                 v 10 s            | unwant
 *      +---exit------ STOPPING             +--> STOPPED
 */
#include "src/stratad/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

#define FIRST_DELAY_MS 100
#define MAX_DELAY_MS   30000
#define STABLE_MS      60000
#define MAX_DEATHS     20
#define KILL_AFTER_MS  5000
#define LINGER_MS      10000
#define NAME_MAX_LEN   32

struct child {
    TAILQ_ENTRY(child) entry;
    struct supervisor *supervisor;
    char name[NAME_MAX_LEN];
    enum child_state state;
    bool is_wanted;
    pid_t pid;
    uint64_t started_us;
    unsigned deaths; /* in a row, without a minute of life between them */
    unsigned restarts;
    struct timer timer; /* WAITING: start again; STOPPING: SIGKILL; RUNNING and not wanted: stop */
};

struct supervisor {
    struct loop *loop;
    struct log *log;
    const struct supervisor_ops *ops;
    void *arg;
    bool is_stopping;
    struct mem_account mem;
    TAILQ_HEAD(child_list, child) children;
};

const char *child_state_name(enum child_state s)
{
    switch (s) {
    case CHILD_STOPPED:
        return "stopped";
    case CHILD_RUNNING:
        return "running";
    case CHILD_WAITING:
        return "waiting";
    case CHILD_STOPPING:
        return "stopping";
    case CHILD_FAILED:
        return "failed";
    }
    return "unknown";
}

static void child_start(struct child *c);

static uint64_t restart_delay_ms(unsigned deaths)
{
    uint64_t delay = FIRST_DELAY_MS;
    for (unsigned i = 1; i < deaths && delay < MAX_DELAY_MS; i++)
        delay *= 2;
    return delay < MAX_DELAY_MS ? delay : MAX_DELAY_MS;
}

/* One more death: wait, or give up. */
static void child_back_off(struct child *c)
{
    struct supervisor *s = c->supervisor;
    c->deaths++;
    if (c->deaths >= MAX_DEATHS) {
        c->state = CHILD_FAILED;
        LOG_ERROR(s->log, "daemon-failed", "daemon=%s deaths=%u it stays down; commit or restart stratad to try again",
                  c->name, c->deaths);
        return;
    }
    c->state = CHILD_WAITING;
    timer_arm_ms(&c->timer, restart_delay_ms(c->deaths));
}

static void child_start(struct child *c)
{
    struct supervisor *s = c->supervisor;
    int err = s->ops->spawn(s->arg, c->name, &c->pid);
    c->started_us = loop_now_us(s->loop);
    if (err) {
        LOG_ERROR(s->log, "daemon-start-failed", "daemon=%s error=\"%s\"", c->name, strerror(-err));
        c->pid = 0;
        child_back_off(c);
        return;
    }
    c->state = CHILD_RUNNING;
    LOG_INFO(s->log, "daemon-started", "daemon=%s pid=%d restarts=%u", c->name, (int)c->pid, c->restarts);
}

static void child_stop(struct child *c);

static void child_timer(void *arg)
{
    struct child *c = arg;
    struct supervisor *s = c->supervisor;
    if (c->state == CHILD_WAITING) {
        c->restarts++;
        child_start(c);
    } else if (c->state == CHILD_STOPPING) {
        LOG_WARN(s->log, "daemon-killed", "daemon=%s pid=%d did not end within %d ms", c->name, (int)c->pid,
                 KILL_AFTER_MS);
        s->ops->kill(s->arg, c->pid, SIGKILL);
    } else if (c->state == CHILD_RUNNING && !c->is_wanted) {
        child_stop(c);
    }
}

static struct child *child_find(const struct supervisor *s, const char *name)
{
    struct child *c;
    TAILQ_FOREACH (c, &s->children, entry)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static struct child *child_get(struct supervisor *s, const char *name)
{
    struct child *c = child_find(s, name);
    if (c)
        return c;
    c = MEM_NEW(&s->mem, struct child);
    c->supervisor = s;
    snprintf(c->name, sizeof(c->name), "%s", name);
    timer_init(&c->timer, s->loop, child_timer, c);
    TAILQ_INSERT_TAIL(&s->children, c, entry);
    return c;
}

static void child_stop(struct child *c)
{
    struct supervisor *s = c->supervisor;
    if (c->state == CHILD_RUNNING) {
        c->state = CHILD_STOPPING;
        s->ops->kill(s->arg, c->pid, SIGTERM);
        timer_arm_ms(&c->timer, KILL_AFTER_MS);
    } else if (c->state != CHILD_STOPPING) {
        timer_cancel(&c->timer);
        c->state = CHILD_STOPPED;
    }
}

/* Stops one child after the other, last started first; tells when none is left. */
static void stop_next(struct supervisor *s)
{
    struct child *c;
    TAILQ_FOREACH_REVERSE(c, &s->children, child_list, entry)
    {
        child_stop(c);
        if (c->state == CHILD_STOPPING)
            return;
    }
    s->ops->stopped(s->arg);
}

struct supervisor *supervisor_create(struct loop *loop, struct log *log, const struct supervisor_ops *ops, void *arg)
{
    struct supervisor *s = MEM_NEW(NULL, struct supervisor);
    *s = (struct supervisor){.loop = loop, .log = log, .ops = ops, .arg = arg, .mem = {.name = "stratad child"}};
    TAILQ_INIT(&s->children);
    return s;
}

void supervisor_destroy(struct supervisor *s)
{
    struct child *c;
    while ((c = TAILQ_FIRST(&s->children))) {
        TAILQ_REMOVE(&s->children, c, entry);
        timer_cancel(&c->timer);
        mem_free(&s->mem, c);
    }
    mem_free(NULL, s);
}

void supervisor_want(struct supervisor *s, const char *name, bool is_wanted)
{
    struct child *c = is_wanted ? child_get(s, name) : child_find(s, name);
    if (!c || s->is_stopping)
        return;
    c->is_wanted = is_wanted;
    if (!is_wanted && c->state == CHILD_RUNNING) {
        if (!timer_is_armed(&c->timer))
            timer_arm_ms(&c->timer, LINGER_MS);
    } else if (!is_wanted) {
        child_stop(c);
    } else if (c->state == CHILD_RUNNING) {
        timer_cancel(&c->timer);
    } else if (c->state == CHILD_STOPPED || c->state == CHILD_FAILED) {
        c->deaths = 0;
        child_start(c);
    }
}

void supervisor_adopt(struct supervisor *s, const char *name, pid_t pid)
{
    struct child *c = child_get(s, name);
    c->pid = pid;
    c->state = CHILD_RUNNING;
    c->started_us = loop_now_us(s->loop);
    LOG_INFO(s->log, "daemon-adopted", "daemon=%s pid=%d", name, (int)pid);
}

static void log_exit(const struct child *c, int status)
{
    struct log *log = c->supervisor->log;
    if (status == -1)
        LOG_WARN(log, "daemon-ended", "daemon=%s pid=%d", c->name, (int)c->pid);
    else if (WIFSIGNALED(status))
        LOG_WARN(log, "daemon-ended", "daemon=%s pid=%d signal=%d", c->name, (int)c->pid, WTERMSIG(status));
    else
        LOG_WARN(log, "daemon-ended", "daemon=%s pid=%d status=%d", c->name, (int)c->pid, WEXITSTATUS(status));
}

void supervisor_exited(struct supervisor *s, pid_t pid, int status)
{
    struct child *c;
    TAILQ_FOREACH (c, &s->children, entry)
        if (c->pid == pid && (c->state == CHILD_RUNNING || c->state == CHILD_STOPPING))
            break;
    if (!c)
        return;
    timer_cancel(&c->timer);
    bool was_asked = c->state == CHILD_STOPPING;
    if (!was_asked)
        log_exit(c, status);
    c->pid = 0;
    c->state = CHILD_STOPPED;
    if (s->is_stopping) {
        stop_next(s);
    } else if (c->is_wanted) {
        if (was_asked || loop_now_us(s->loop) - c->started_us >= STABLE_MS * 1000ull)
            c->deaths = 0;
        child_back_off(c);
    }
}

void supervisor_stop(struct supervisor *s)
{
    s->is_stopping = true;
    stop_next(s);
}

enum child_state supervisor_state(const struct supervisor *s, const char *name)
{
    const struct child *c = child_find(s, name);
    return c ? c->state : CHILD_STOPPED;
}

unsigned supervisor_restarts(const struct supervisor *s, const char *name)
{
    const struct child *c = child_find(s, name);
    return c ? c->restarts : 0;
}
