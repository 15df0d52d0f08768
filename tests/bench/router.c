/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/router.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "strata/io.h"
#include "strata/log.h"

double bench_now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

void bench_die(const char *what)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    exit(1);
}

static void on_timer(void *arg)
{
    struct bench_router *r = arg;
    r->is_late = true;
    loop_event_stop(r->env.loop);
}

void bench_router_run(struct bench_router *r, const bool *is_done)
{
    timer_arm_ms(&r->timer, r->wait_ms);
    while (!*is_done && !r->is_late)
        loop_event_run(r->env.loop);
    timer_cancel(&r->timer);
    if (r->is_late)
        bench_die("nothing happened for too long");
}

static void on_up(void *arg)
{
    struct bench_router *r = arg;
    r->is_up = true;
    loop_event_stop(r->env.loop);
}

static void on_down(const char *reason, void *arg)
{
    (void)arg;
    bench_die(reason);
}

static void on_reply(const struct front_reply *reply, void *arg)
{
    struct bench_router *r = arg;
    if (reply->error)
        bench_die(reply->text);
    r->reply(reply, r->arg);
    loop_event_stop(r->env.loop);
}

int bench_agree(void *daemon, const void *next, const void *prev, struct north_error *err)
{
    (void)daemon, (void)next, (void)prev, (void)err;
    return 0;
}

static void say_nothing(void *arg, enum log_level level, const char *line)
{
    (void)arg, (void)level, (void)line;
}

static void start_mgmtd(struct bench_router *r)
{
    char path[512];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 8);
    char *slash = len > 0 ? memrchr(path, '/', (size_t)len) : NULL;

    if (!slash)
        bench_die("where am I?");
    snprintf(slash, sizeof(path) - (size_t)(slash - path), "/mgmtd");
    r->mgmtd = fork();
    if (r->mgmtd == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(127);
        execl(path, "mgmtd", "--run-dir", r->env.run_dir, "--state-dir", r->env.state_dir, (char *)NULL);
        _exit(127);
    }
}

void bench_router_start(struct bench_router *r, uint64_t wait_ms, void (*reply)(const struct front_reply *r, void *arg),
                        void *arg)
{
    static const struct front_events events = {.up = on_up, .down = on_down, .reply = on_reply};

    r->wait_ms = wait_ms;
    r->reply = reply;
    r->arg = arg;
    snprintf(r->dir, sizeof(r->dir), "/tmp/strata-bench-XXXXXX");
    if (!mkdtemp(r->dir))
        bench_die("no folder");
    r->env.loop = loop_event_create();
    r->env.io = io_event_create(r->env.loop);
    r->env.log = log_create("bench", say_nothing, r);
    r->env.run_dir = r->env.state_dir = r->dir;
    timer_init(&r->timer, r->env.loop, on_timer, r);
    start_mgmtd(r);
    r->front = front_create(&r->env, "bench", &events, r);
    bench_router_run(r, &r->is_up);
}

void bench_router_end(struct bench_router *r)
{
    char command[128];

    front_destroy(r->front);
    kill(r->mgmtd, SIGTERM);
    waitpid(r->mgmtd, NULL, 0);
    io_destroy(r->env.io);
    loop_destroy(r->env.loop);
    log_destroy(r->env.log);
    snprintf(command, sizeof(command), "rm -rf %s", r->dir);
    if (system(command))
        bench_die("cannot clean up");
}
