/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread that sends. The kernel handles a buffer of messages within the send call, so that the loop would stand
 * still for milliseconds at each; here it goes on meanwhile, and makes the next buffers. Whole chunks change hands
 * through two pipes, and whoever has one is alone with it: nothing else is shared but the bulk socket, which only the
 * thread uses while it runs. It makes no decisions and knows nothing of routes. Without a thread (none could be had) a
 * chunk is sent at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

/* --- one chunk --- */

static void lost(struct write_chunk *c, int error, const char *text)
{
    c->error = error;
    c->error_text = text;
}

static void answer(struct write_chunk *c, const struct nlmsghdr *nlh)
{
    const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
    int error = nl_error(nlh); /* -EBADMSG if it is too short to look into */
    struct write_failure *f;

    if (error == 0 || error == -EBADMSG)
        return;
    if (c->n_failures == c->failures_size) {
        c->failures_size = c->failures_size ? c->failures_size * 2 : 16;
        c->failures = mem_realloc(NULL, c->failures, c->failures_size * sizeof(c->failures[0]));
    }
    f = &c->failures[c->n_failures++];
    f->seq = nlh->nlmsg_seq;
    f->type = e->msg.nlmsg_type;
    f->error = error;
    nl_error_text(nlh, f->text, sizeof(f->text));
}

static void receive(struct nl_sock *s, struct write_chunk *c)
{
    for (;;) {
        ssize_t got = recv(s->fd, s->buffer, NL_BUFFER, 0);
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)s->buffer;
        int left = (int)got;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) { /* ENOBUFS: answers were dropped, the barrier's may be among them */
            lost(c, -errno, "the kernel's answers were lost");
            if (c->error != -ENOBUFS)
                return;
            while (recv(s->fd, s->buffer, NL_BUFFER, MSG_DONTWAIT) >= 0)
                continue;
            return;
        }
        for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
            if (nlh->nlmsg_type != NLMSG_ERROR)
                continue;
            answer(c, nlh);
            if (nlh->nlmsg_seq == c->last_seq)
                return;
        }
    }
}

static void send_chunk(struct nl_sock *s, struct write_chunk *c)
{
    struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)c->data;

    while (nlh->nlmsg_seq != c->last_seq)
        nlh = (struct nlmsghdr *)(void *)((uint8_t *)nlh + nl_align(nlh->nlmsg_len));
    nlh->nlmsg_flags |= NLM_F_ACK;
    if (mnl_socket_sendto(s->mnl, c->data, c->len) < 0)
        lost(c, -errno, NULL);
    else
        receive(s, c);
}

/* --- the thread --- */

/* Pointers are far below PIPE_BUF, so that they come and go whole. */
static bool read_chunk(int fd, struct write_chunk **c)
{
    ssize_t n;

    do
        n = read(fd, c, sizeof(*c));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(*c);
}

static bool write_pointer(int fd, struct write_chunk *c)
{
    ssize_t n;

    do
        n = write(fd, &c, sizeof(c));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(c);
}

static void *run(void *arg)
{
    struct sender *s = arg;
    struct write_chunk *c;

    while (read_chunk(s->to[0], &c)) {
        send_chunk(s->sock, c);
        if (!write_pointer(s->from[1], c))
            break;
    }
    return NULL;
}

static void on_done(void *arg)
{
    struct kernel_dp *k = arg;
    struct write_chunk *c;

    while (read_chunk(k->sender.from[0], &c)) {
        k->sender.n_out--;
        write_chunk_done(k, c);
    }
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
    s->sock = &k->bulk;
    s->to[0] = s->to[1] = s->from[0] = s->from[1] = -1;
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

bool sender_has_room(const struct kernel_dp *k)
{
    return k->sender.n_out < SENDER_CHUNKS_MAX;
}

void sender_give(struct kernel_dp *k, struct write_chunk *c)
{
    if (!k->sender.is_running && !k->sender.is_tried)
        sender_start(k);
    if (k->sender.is_running && write_pointer(k->sender.to[1], c)) {
        k->sender.n_out++;
        return;
    }
    send_chunk(&k->bulk, c);
    write_chunk_done(k, c);
}

/* What was given to it is still sent. */
void sender_stop(struct kernel_dp *k)
{
    struct sender *s = &k->sender;
    struct write_chunk *c;

    if (!s->is_running)
        return;
    loop_event_unwatch(s->watch);
    close(s->to[1]);
    s->to[1] = -1;
    pthread_join(s->thread, NULL);
    while (read_chunk(s->from[0], &c))
        write_chunk_free(c);
    close_pipe(s->to);
    close_pipe(s->from);
    s->is_running = false;
}
