/* SPDX-License-Identifier: Apache-2.0
 *
 * See process.h. Children are reaped on SIGCHLD. Adopted processes are nobody's children here: whether they live is
 * asked from the lock on their pid file, five times a second.
 */
#include "src/stratad/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/program.h"

#define ADOPTED_POLL_MS 200

struct adopted {
    SLIST_ENTRY(adopted) entry;
    char name[32];
    pid_t pid;
};

struct processes {
    struct loop *loop;
    struct log *log;
    struct process_options options;
    void (*exited)(void *arg, pid_t pid, int status);
    void *arg;
    struct timer poll;
    SLIST_HEAD(, adopted) adopted;
};

static void reap(void *arg)
{
    struct processes *p = arg;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        p->exited(p->arg, pid, status);
}

static void poll_adopted(void *arg)
{
    struct processes *p = arg;
    struct adopted *next;
    for (struct adopted *a = SLIST_FIRST(&p->adopted); a; a = next) {
        next = SLIST_NEXT(a, entry);
        if (program_running_pid(p->options.run_dir, a->name) == a->pid)
            continue;
        pid_t pid = a->pid;
        SLIST_REMOVE(&p->adopted, a, adopted, entry);
        mem_free(NULL, a);
        p->exited(p->arg, pid, -1);
    }
    if (!SLIST_EMPTY(&p->adopted))
        timer_arm_ms(&p->poll, ADOPTED_POLL_MS);
}

struct processes *processes_create(struct loop *event_loop, struct log *log, const struct process_options *options,
                                   void (*exited)(void *arg, pid_t pid, int status), void *arg)
{
    struct processes *p = MEM_NEW(NULL, struct processes);
    *p = (struct processes){.loop = event_loop, .log = log, .options = *options, .exited = exited, .arg = arg};
    SLIST_INIT(&p->adopted);
    timer_init(&p->poll, event_loop, poll_adopted, p);
    loop_event_signal(event_loop, SIGCHLD, reap, p);
    return p;
}

void processes_destroy(struct processes *p)
{
    timer_cancel(&p->poll);
    struct adopted *a;
    while ((a = SLIST_FIRST(&p->adopted))) {
        SLIST_REMOVE_HEAD(&p->adopted, entry);
        mem_free(NULL, a);
    }
    mem_free(NULL, p);
}

/* In the child: signals as a fresh program expects them, its own session so that a terminal's ^C is not for it. */
static void exec_daemon(const struct process_options *o, const char *path, const char *name)
{
    const char *argv[8] = {name, "--run-dir", o->run_dir, "--state-dir", o->state_dir};
    if (o->config && strcmp(name, "mgmtd") == 0) {
        argv[5] = "--config";
        argv[6] = o->config;
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    setsid();
    execv(path, (char *const *)(uintptr_t)argv);
    _exit(127);
}

int processes_spawn(struct processes *p, const char *name, pid_t *pid)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s", p->options.bin_dir, name);
    if (n < 0 || (size_t)n >= sizeof(path))
        return -ENAMETOOLONG;
    if (access(path, X_OK) < 0)
        return -errno;
    pid_t child = fork();
    if (child < 0)
        return -errno;
    if (child == 0)
        exec_daemon(&p->options, path, name);
    *pid = child;
    return 0;
}

pid_t processes_adopt(struct processes *p, const char *name)
{
    pid_t pid = program_running_pid(p->options.run_dir, name);
    if (pid <= 0)
        return 0;
    struct adopted *a = MEM_NEW(NULL, struct adopted);
    snprintf(a->name, sizeof(a->name), "%s", name);
    a->pid = pid;
    SLIST_INSERT_HEAD(&p->adopted, a, entry);
    if (!timer_is_armed(&p->poll))
        timer_arm_ms(&p->poll, ADOPTED_POLL_MS);
    return pid;
}
