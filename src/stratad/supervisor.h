/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor's mind: which daemons should run, which do, when a dead one is started again. It starts no process
 * itself: spawn and kill are given, so that tests drive it with virtual time.
 *
 * A daemon that ends unasked is started again after 100 ms, twice that each further time up to 30 s; after a minute of
 * life the delay starts over. One that keeps dying (20 times without a minute of life) stays down with an alarm in the
 * log until it is wanted anew; the others are not touched.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct log;
struct loop;
struct supervisor;

struct supervisor_ops {
    int (*spawn)(void *arg, const char *name, pid_t *pid); /* 0 or -errno */
    void (*kill)(void *arg, pid_t pid, int signum);
    void (*stopped)(void *arg); /* after supervisor_stop: nothing runs any more */
};

enum child_state { CHILD_STOPPED, CHILD_RUNNING, CHILD_WAITING, CHILD_STOPPING, CHILD_FAILED };
const char *child_state_name(enum child_state s);

struct supervisor *supervisor_create(struct loop *loop, struct log *log, const struct supervisor_ops *ops, void *arg);
void supervisor_destroy(struct supervisor *s); /* processes go on */

/* Says whether a daemon should run. One that is no longer wanted ends 10 s later: a commit that was only checked is
 * often followed by the commit itself, which must not lose the daemons that it asks. The order of the first mention is
 * the order of starting; stopping is reversed. */
void supervisor_want(struct supervisor *s, const char *name, bool is_wanted);
/* A daemon of an earlier supervisor that is still alive. Before supervisor_want. */
void supervisor_adopt(struct supervisor *s, const char *name, pid_t pid);
/* A process ended. `status` as of wait(2), or -1 if unknown (adopted). Unknown pids are ignored. */
void supervisor_exited(struct supervisor *s, pid_t pid, int status);
/* Orderly end: SIGTERM in reverse order, SIGKILL after 5 s, then ops->stopped. */
void supervisor_stop(struct supervisor *s);

enum child_state supervisor_state(const struct supervisor *s, const char *name);
unsigned supervisor_restarts(const struct supervisor *s, const char *name);
