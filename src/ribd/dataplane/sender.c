/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread. The kernel handles a buffer of messages within the send call, so that the loop would stand still for
 * milliseconds at each, and for seconds while a hundred thousand guarded labels are written or read; here it goes on
 * meanwhile. Jobs change hands through two pipes, and whoever has one is alone with it: nothing else is shared. It
 * makes no decisions and knows nothing of routes and labels. Without a thread (none could be had) a job is done at
 * once.
 */
#include "src/ribd/dataplane/sender.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "src/ribd/dataplane/internal.h"

/* Pointers are far below PIPE_BUF, so that they come and go whole. */
static bool read_job(int fd, struct sender_job **job)
{
    ssize_t n;

    do
        n = read(fd, job, sizeof(*job));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(*job);
}

static bool write_pointer(int fd, struct sender_job *job)
{
    ssize_t n;

    do
        n = write(fd, &job, sizeof(job));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(job);
}

static void *run(void *arg)
{
    struct sender *s = arg;
    struct sender_job *job;

    while (read_job(s->to[0], &job)) {
        job->run(job);
        if (!write_pointer(s->from[1], job))
            break;
    }
    return NULL;
}

static void finish(struct kernel_dp *k, struct sender_job *job)
{
    k->sender.n_out--;
    job->done(k, job);
}

static void on_done(void *arg)
{
    struct kernel_dp *k = arg;
    struct sender_job *job;

    while (read_job(k->sender.from[0], &job))
        finish(k, job);
    guard_go_on(k);
    write_go_on(k);
}

static void on_tell(void *arg)
{
    struct kernel_dp *k = arg;
    struct sender_job *job;

    while ((job = TAILQ_FIRST(&k->sender.finished))) {
        TAILQ_REMOVE(&k->sender.finished, job, link);
        finish(k, job);
    }
    guard_go_on(k);
    write_go_on(k);
}

/* Signals are the loop's. */
static int start_thread(struct sender *s)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&s->thread, NULL, run, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

static void close_pipe(int fd[2])
{
    for (int i = 0; i < 2; i++) {
        if (fd[i] >= 0)
            close(fd[i]);
        fd[i] = -1;
    }
}

static bool sender_start(struct kernel_dp *k)
{
    struct sender *s = &k->sender;

    s->is_tried = true;
    if (pipe2(s->to, O_CLOEXEC) == 0 && pipe2(s->from, O_CLOEXEC) == 0 && fcntl(s->from[0], F_SETFL, O_NONBLOCK) == 0 &&
        loop_event_watch(k->loop, s->from[0], on_done, k, &s->watch) == 0 && start_thread(s) == 0) {
        s->is_running = true;
        return true;
    }
    LOG_WARN(k->log, "sender-missing", "text=\"no thread for writing: the kernel is waited for\"");
    loop_event_unwatch(s->watch);
    s->watch = NULL;
    close_pipe(s->to);
    close_pipe(s->from);
    return false;
}

void sender_init(struct kernel_dp *k)
{
    struct sender *s = &k->sender;

    s->to[0] = s->to[1] = s->from[0] = s->from[1] = -1;
    TAILQ_INIT(&s->finished);
    timer_init(&s->tell, k->loop, on_tell, k);
}

bool sender_has_room(const struct kernel_dp *k)
{
    return k->sender.n_out < SENDER_JOBS_MAX;
}

void sender_give(struct kernel_dp *k, struct sender_job *job)
{
    struct sender *s = &k->sender;

    if (!s->is_running && !s->is_tried)
        sender_start(k);
    s->n_out++;
    if (s->is_running && write_pointer(s->to[1], job))
        return;
    job->run(job);
    TAILQ_INSERT_TAIL(&s->finished, job, link);
    if (!timer_is_armed(&s->tell))
        timer_arm_us(&s->tell, 0);
}

void sender_stop(struct kernel_dp *k)
{
    struct sender *s = &k->sender;
    struct sender_job *job;

    timer_cancel(&s->tell);
    while ((job = TAILQ_FIRST(&s->finished))) {
        TAILQ_REMOVE(&s->finished, job, link);
        job->drop(job);
    }
    if (!s->is_running)
        return;
    loop_event_unwatch(s->watch);
    close(s->to[1]);
    s->to[1] = -1;
    pthread_join(s->thread, NULL);
    while (read_job(s->from[0], &job))
        job->drop(job);
    close_pipe(s->to);
    close_pipe(s->from);
    s->is_running = false;
}
