/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of bulk writes. Messages are packed into buffers of 64 KiB and sent without asking for an answer; the last
 * one of each buffer asks, as a barrier, since the kernel answers failures anyway and handles a buffer within the send
 * call. A failure is found by its sequence number. One flush is one batch: guard changes first (the hook and its labels
 * before what is let in by them), then the messages in order, a bounded number a turn of the loop, then the results,
 * then batch_done. Owns batches, and calls nobody from inside the call that queued something.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { CHUNKS_A_TURN = 8 };

static struct write_batch *batch_open(struct kernel_dp *k)
{
    if (!k->open_batch) {
        k->open_batch = MEM_NEW(NULL, struct write_batch);
        TAILQ_INIT(&k->open_batch->chunks);
    }
    return k->open_batch;
}

static void batch_free(struct write_batch *b)
{
    struct write_chunk *c;

    while ((c = TAILQ_FIRST(&b->chunks))) {
        TAILQ_REMOVE(&b->chunks, c, link);
        mem_free(NULL, c);
    }
    for (size_t i = 0; i < b->n_ops; i++)
        mem_free(NULL, b->ops[i].text);
    mem_free(NULL, b->ops);
    mem_free(NULL, b->guard);
    mem_free(NULL, b);
}

size_t write_op(struct kernel_dp *k, uint64_t cookie)
{
    struct write_batch *b = batch_open(k);

    if (b->n_ops == b->ops_size) {
        b->ops_size = b->ops_size ? b->ops_size * 2 : 64;
        b->ops = mem_realloc(NULL, b->ops, b->ops_size * sizeof(*b->ops));
    }
    b->ops[b->n_ops] = (struct write_op){.cookie = cookie, .first_seq = k->write_seq + 1};
    return b->n_ops++;
}

static void op_fail(struct write_op *op, int error, const char *text)
{
    if (op->error)
        return; /* the first failure is the cause of the others */
    op->error = error;
    op->text = mem_strdup(NULL, text);
}

void write_op_fail(struct kernel_dp *k, size_t op, int error, const char *text)
{
    op_fail(&k->open_batch->ops[op], error, text);
}

void *write_room(struct kernel_dp *k)
{
    struct write_batch *b = batch_open(k);
    struct write_chunk *c = TAILQ_LAST(&b->chunks, write_chunks);

    if (!c || c->len + NL_MESSAGE_MAX > sizeof(c->data)) {
        c = mem_alloc(NULL, sizeof(*c));
        TAILQ_INSERT_TAIL(&b->chunks, c, link);
    }
    return c->data + c->len;
}

void write_message(struct kernel_dp *k, struct nlmsghdr *nlh)
{
    struct write_chunk *c = TAILQ_LAST(&k->open_batch->chunks, write_chunks);

    nlh->nlmsg_seq = ++k->write_seq;
    nlh->nlmsg_pid = k->bulk.portid;
    c->last_seq = nlh->nlmsg_seq;
    c->len += nl_align(nlh->nlmsg_len);
}

void write_guard(struct kernel_dp *k, uint64_t cookie, uint32_t ifindex, uint32_t label, bool is_on)
{
    size_t op = write_op(k, cookie);
    struct write_batch *b = k->open_batch;

    if (b->n_guard == b->guard_size) {
        b->guard_size = b->guard_size ? b->guard_size * 2 : 64;
        b->guard = mem_realloc(NULL, b->guard, b->guard_size * sizeof(*b->guard));
    }
    b->guard[b->n_guard++] = (struct guard_change){.op = op, .ifindex = ifindex, .label = label, .is_on = is_on};
}

/* The op that a sequence number belongs to: the last one that begins at or before it. */
static struct write_op *op_of_seq(struct write_batch *b, uint32_t seq)
{
    size_t low = 0, high = b->n_ops;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((int32_t)(b->ops[middle].first_seq - seq) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &b->ops[low - 1] : NULL;
}

/* Deleting what is absent is a success, also where the delete is part of another write. */
static bool is_absent_delete(const struct nlmsgerr *e)
{
    uint16_t type = e->msg.nlmsg_type;

    return (type == RTM_DELROUTE || type == RTM_DELNEXTHOP) &&
           (e->error == -ESRCH || e->error == -ENOENT || e->error == -ENODEV);
}

static void chunk_answer(struct write_batch *b, const struct nlmsghdr *nlh)
{
    struct write_op *op = op_of_seq(b, nlh->nlmsg_seq);
    const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
    int error = nl_error(nlh); /* -EBADMSG if it is too short to look into */
    char text[RIB_TEXT_MAX];

    if (!op || error == 0 || error == -EBADMSG || is_absent_delete(e))
        return;
    op_fail(op, error, nl_error_text(nlh, text, sizeof(text)));
}

/* All ops of the chunk whose outcome we did not hear. */
static void chunk_lost(struct write_batch *b, const struct write_chunk *c, int error, const char *text)
{
    const struct nlmsghdr *first = (const struct nlmsghdr *)(const void *)c->data;
    struct write_op *op = op_of_seq(b, first->nlmsg_seq);

    for (; op && op < b->ops + b->n_ops && (int32_t)(op->first_seq - c->last_seq) <= 0; op++)
        op_fail(op, error, text);
}

static void chunk_receive(struct kernel_dp *k, struct write_batch *b, const struct write_chunk *c)
{
    for (;;) {
        ssize_t got = recv(k->bulk.fd, k->bulk.buffer, NL_BUFFER, 0);
        const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)k->bulk.buffer;
        int left = (int)got;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) { /* ENOBUFS: answers were dropped, the barrier's may be among them */
            int error = -errno;

            chunk_lost(b, c, error, "the kernel's answers were lost");
            if (error != -ENOBUFS)
                return;
            while (recv(k->bulk.fd, k->bulk.buffer, NL_BUFFER, MSG_DONTWAIT) >= 0)
                continue;
            return;
        }
        for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
            if (nlh->nlmsg_type != NLMSG_ERROR)
                continue;
            chunk_answer(b, nlh);
            if (nlh->nlmsg_seq == c->last_seq)
                return;
        }
    }
}

static void chunk_send(struct kernel_dp *k, struct write_batch *b, struct write_chunk *c)
{
    struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)c->data;

    while (nlh->nlmsg_seq != c->last_seq)
        nlh = (struct nlmsghdr *)(void *)((uint8_t *)nlh + nl_align(nlh->nlmsg_len));
    nlh->nlmsg_flags |= NLM_F_ACK;
    if (mnl_socket_sendto(k->bulk.mnl, c->data, c->len) < 0) {
        int error = -errno;

        chunk_lost(b, c, error, strerror(-error));
        return;
    }
    chunk_receive(k, b, c);
}

static void guard_failed(void *arg, size_t op, int error, const char *text)
{
    struct write_batch *b = arg;

    op_fail(&b->ops[op], error, text);
}

static void batch_guard(struct kernel_dp *k, struct write_batch *b)
{
    if (b->guard_done < b->n_guard)
        guard_apply(k, b->guard + b->guard_done, b->n_guard - b->guard_done, guard_failed, b);
    b->guard_done = b->n_guard;
}

void write_guard_now(struct kernel_dp *k)
{
    struct write_batch *b;

    TAILQ_FOREACH (b, &k->batches, link)
        batch_guard(k, b);
    if (k->open_batch)
        batch_guard(k, k->open_batch);
}

static void batch_report(struct kernel_dp *k, struct write_batch *b)
{
    for (size_t i = 0; i < b->n_ops; i++)
        k->events->result(k->events_arg, b->ops[i].cookie, b->ops[i].error, b->ops[i].text ? b->ops[i].text : "");
    k->events->batch_done(k->events_arg);
}

static void on_write(void *arg)
{
    struct kernel_dp *k = arg;
    struct write_batch *b = TAILQ_FIRST(&k->batches);
    struct write_chunk *c;
    int n = 0;

    if (!b)
        return;
    batch_guard(k, b);
    while (n++ < CHUNKS_A_TURN && (c = TAILQ_FIRST(&b->chunks))) {
        TAILQ_REMOVE(&b->chunks, c, link);
        chunk_send(k, b, c);
        mem_free(NULL, c);
    }
    if (TAILQ_EMPTY(&b->chunks)) {
        TAILQ_REMOVE(&k->batches, b, link);
        batch_report(k, b);
        batch_free(b);
    }
    if (!TAILQ_EMPTY(&k->batches))
        timer_arm_us(&k->write_timer, 0);
}

void write_flush(struct dataplane *dp)
{
    struct kernel_dp *k = kernel_of(dp);

    if (!k->open_batch)
        return;
    TAILQ_INSERT_TAIL(&k->batches, k->open_batch, link);
    k->open_batch = NULL;
    if (!timer_is_armed(&k->write_timer))
        timer_arm_us(&k->write_timer, 0);
}

void write_init(struct kernel_dp *k)
{
    TAILQ_INIT(&k->batches);
    timer_init(&k->write_timer, k->loop, on_write, k);
}

void write_fini(struct kernel_dp *k)
{
    struct write_batch *b;

    timer_cancel(&k->write_timer);
    while ((b = TAILQ_FIRST(&k->batches))) {
        TAILQ_REMOVE(&k->batches, b, link);
        batch_free(b);
    }
    if (k->open_batch)
        batch_free(k->open_batch);
    k->open_batch = NULL;
}
