/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread that talks to the kernel where that takes long. Embed a job first in what it works on: run() is called in
 * the thread, and must touch nothing but the job and a socket that nobody else uses meanwhile; done() is called from
 * the loop, later, with the job back in its owner's hands. Jobs run in the order in which they were given.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "strata/loop.h"

struct kernel_dp;

struct sender_job {
    TAILQ_ENTRY(sender_job) link; /* its owner's while it is not given away */
    void (*run)(struct sender_job *job);
    void (*done)(struct kernel_dp *k, struct sender_job *job); /* takes it back */
    void (*drop)(struct sender_job *job);                      /* in place of done() when the data plane ends */
};
TAILQ_HEAD(sender_jobs, sender_job);

struct sender {
    pthread_t thread;
    bool is_running, is_tried;
    int to[2], from[2]; /* pipes of pointers to jobs */
    struct loop_watch *watch;
    size_t n_out;
    /* Without a thread: what ran, and is still to be told. */
    struct sender_jobs finished;
    struct timer tell;
};
enum { SENDER_JOBS_MAX = 32 }; /* with messages of 64 KiB 2 MiB; far fewer pointers than a pipe takes */

void sender_init(struct kernel_dp *k);
bool sender_has_room(const struct kernel_dp *k);
void sender_give(struct kernel_dp *k, struct sender_job *job);
void sender_stop(struct kernel_dp *k); /* what was given to it still runs */
