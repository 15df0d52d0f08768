/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon.h: wires the supervisor to processes and to mgmtd.
 */
#include "src/stratad/daemon.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/stratad/process.h"
#include "src/stratad/supervisor.h"
#include "strata/env.h"
#include "strata/front.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

/* All that may have to be started; also the order in which they are. ribd and mgmtd always run. */
static const char *const known_daemons[] = {"mgmtd", "ribd", "vpnd", "ospfd", "ldpd", "bgpd", "netconfd", "metricsd"};
#define N_KNOWN  (sizeof(known_daemons) / sizeof(known_daemons[0]))
#define N_ALWAYS 2

struct stratad {
    struct env env;
    char bin_dir[PATH_MAX];
    struct processes *processes;
    struct supervisor *supervisor;
    struct front *front;
};

/* The daemons' programs lie where this one does. */
static bool find_bin_dir(char *dir, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", dir, size - 1);
    if (n <= 0)
        return false;
    dir[n] = '\0';
    char *slash = strrchr(dir, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

static int spawn(void *arg, const char *name, pid_t *pid)
{
    struct stratad *s = arg;
    return processes_spawn(s->processes, name, pid);
}

static void kill_process(void *arg, pid_t pid, int signum)
{
    (void)arg;
    kill(pid, signum);
}

static void stopped(void *arg)
{
    struct stratad *s = arg;
    loop_event_stop(s->env.loop);
}

static const struct supervisor_ops supervisor_ops = {.spawn = spawn, .kill = kill_process, .stopped = stopped};

static void exited(void *arg, pid_t pid, int status)
{
    struct stratad *s = arg;
    supervisor_exited(s->supervisor, pid, status);
}

static void on_front_up(void *arg)
{
    struct stratad *s = arg;
    struct front_request r = {.op = FRONT_SUBSCRIBE};
    front_send(s->front, &r);
}

static void on_needed(const char *const *daemons, size_t n, void *arg)
{
    struct stratad *s = arg;
    for (size_t k = N_ALWAYS; k < N_KNOWN; k++) {
        bool is_needed = false;
        for (size_t i = 0; i < n && !is_needed; i++)
            is_needed = strcmp(daemons[i], known_daemons[k]) == 0;
        supervisor_want(s->supervisor, known_daemons[k], is_needed);
    }
}

static const struct front_events front_events = {.up = on_front_up, .needed = on_needed};

struct stratad *stratad_create(const struct env *env, const char *config)
{
    struct stratad *s = MEM_NEW(NULL, struct stratad);
    s->env = *env;
    if (!find_bin_dir(s->bin_dir, sizeof(s->bin_dir))) {
        LOG_ERROR(env->log, "start-failed", "reason=\"own program not found in /proc\"");
        mem_free(NULL, s);
        return NULL;
    }
    struct process_options options = {
        .bin_dir = s->bin_dir, .run_dir = env->run_dir, .state_dir = env->state_dir, .config = config};
    s->processes = processes_create(env->loop, env->log, &options, exited, s);
    s->supervisor = supervisor_create(env->loop, env->log, &supervisor_ops, s);
    for (size_t k = 0; k < N_KNOWN; k++) {
        pid_t pid = processes_adopt(s->processes, known_daemons[k]);
        if (pid)
            supervisor_adopt(s->supervisor, known_daemons[k], pid);
    }
    for (size_t k = 0; k < N_ALWAYS; k++)
        supervisor_want(s->supervisor, known_daemons[k], true);
    s->front = front_create(&s->env, "stratad", &front_events, s);
    return s;
}

void stratad_destroy(struct stratad *s)
{
    front_destroy(s->front);
    supervisor_destroy(s->supervisor);
    processes_destroy(s->processes);
    mem_free(NULL, s);
}

void stratad_terminate(struct stratad *s)
{
    supervisor_stop(s->supervisor);
}
