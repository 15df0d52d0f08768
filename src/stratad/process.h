/* SPDX-License-Identifier: Apache-2.0
 *
 * Starts the daemons as processes, learns of their end, and finds those of an earlier supervisor again. The daemons are
 * not tied to the supervisor's life: when it dies they go on, and its successor adopts them by their pid files.
 */
#pragma once

#include <sys/types.h>

struct log;
struct loop;
struct processes;

struct process_options {
    const char *bin_dir;   /* where the daemons' programs are */
    const char *run_dir;   /* handed on to each */
    const char *state_dir; /* handed on to each */
    const char *config;    /* handed on to mgmtd; NULL: none */
};

/* `exited` is called in the loop for every process that ended; status is that of wait(2), -1 for an adopted one. */
struct processes *processes_create(struct loop *event_loop, struct log *log, const struct process_options *options,
                                   void (*exited)(void *arg, pid_t pid, int status), void *arg);
void processes_destroy(struct processes *p);
int processes_spawn(struct processes *p, const char *name, pid_t *pid); /* 0 or -errno */
/* The living daemon of that name, which is then watched; 0 if none runs. */
pid_t processes_adopt(struct processes *p, const char *name);
