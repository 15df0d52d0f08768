/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of bulk writes. Messages are packed into buffers of 64 KiB, which a thread sends (sender.c) without asking
 * for an answer; the last message of each buffer asks, as a barrier, since the kernel answers failures anyway. A
 * failure is found by its sequence number. One flush is one batch: what the guard is to let in, then the messages in
 * order, then what it is not to let in any more (RFC 4364 s9: nothing is refused before its entry is gone), then the
 * results, then batch_done; the next batch begins when that one is done. Where the guard does not change its messages
 * are given to the thread before, so that it does not wait. Owns batches, and calls nobody from inside the call that
 * queued something.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

enum { SPARE_BUSY = 8, SPARE_IDLE = 2, OPS_FIRST = 256 };

/* ---- one chunk: in the thread ---- */

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

static void chunk_run(struct sender_job *job)
{
    struct write_chunk *c = (struct write_chunk *)(void *)job;
    struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)c->data;

    if (c->len == 0)
        return; /* all that was to be in it could not be encoded */
    while (nlh->nlmsg_seq != c->last_seq)
        nlh = (struct nlmsghdr *)(void *)((uint8_t *)nlh + nl_align(nlh->nlmsg_len));
    nlh->nlmsg_flags |= NLM_F_ACK;
    if (mnl_socket_sendto(c->sock->mnl, c->data, c->len) < 0)
        lost(c, -errno, NULL);
    else
        receive(c->sock, c);
}

/* ---- batches ---- */

static struct write_batch *batch_open(struct kernel_dp *k)
{
    if (!k->open_batch) {
        k->open_batch = MEM_NEW(NULL, struct write_batch);
        TAILQ_INIT(&k->open_batch->chunks);
    }
    return k->open_batch;
}

static void chunk_free(struct sender_job *job)
{
    struct write_chunk *c = (struct write_chunk *)(void *)job;

    mem_free(NULL, c->failures);
    mem_free(NULL, c);
}

/* Room that is given back and taken again costs a page fault for each 4 KiB. */
static void chunk_put(struct kernel_dp *k, struct write_chunk *c)
{
    if (k->n_spare_chunks == SPARE_BUSY) {
        chunk_free(&c->job);
        return;
    }
    mem_free(NULL, c->failures);
    TAILQ_INSERT_HEAD(&k->spare_chunks, &c->job, link);
    k->n_spare_chunks++;
}

static struct write_chunk *chunk_get(struct kernel_dp *k)
{
    struct write_chunk *c = (struct write_chunk *)(void *)TAILQ_FIRST(&k->spare_chunks);

    if (!c) {
        c = mem_realloc(NULL, NULL, sizeof(*c));
    } else {
        TAILQ_REMOVE(&k->spare_chunks, &c->job, link);
        k->n_spare_chunks--;
    }
    memset(c, 0, offsetof(struct write_chunk, data));
    return c;
}

static void spare_trim(struct kernel_dp *k, size_t keep)
{
    while (k->n_spare_chunks > keep)
        chunk_free(&chunk_get(k)->job);
}

static void batch_free(struct write_batch *b)
{
    struct sender_job *job;

    while ((job = TAILQ_FIRST(&b->chunks))) {
        TAILQ_REMOVE(&b->chunks, job, link);
        chunk_free(job);
    }
    for (size_t i = 0; i < b->n_faults; i++)
        mem_free(NULL, b->faults[i].text);
    mem_free(NULL, b->faults);
    mem_free(NULL, b->ops);
    mem_free(NULL, b->guard);
    mem_free(NULL, b);
}

size_t write_op(struct kernel_dp *k, uint64_t cookie)
{
    struct write_batch *b = batch_open(k);

    if (b->n_ops == b->ops_size) {
        b->ops_size = b->ops_size ? b->ops_size * 2 : OPS_FIRST;
        b->ops = mem_realloc(NULL, b->ops, b->ops_size * sizeof(*b->ops));
    }
    b->ops[b->n_ops] = (struct write_op){.cookie = cookie, .first_seq = k->write_seq + 1};
    return b->n_ops++;
}

static void op_fail(struct write_batch *b, struct write_op *op, int error, const char *text)
{
    if (op->fault)
        return; /* the first failure is the cause of the others */
    if (b->n_faults == b->faults_size) {
        b->faults_size = b->faults_size ? b->faults_size * 2 : 16;
        b->faults = mem_realloc(NULL, b->faults, b->faults_size * sizeof(*b->faults));
    }
    b->faults[b->n_faults++] = (struct write_fault){.error = error, .text = mem_strdup(NULL, text)};
    op->fault = (uint32_t)b->n_faults;
}

void write_op_fail(struct kernel_dp *k, size_t op, int error, const char *text)
{
    op_fail(k->open_batch, &k->open_batch->ops[op], error, text);
}

static struct write_chunk *last_chunk(struct write_batch *b)
{
    return (struct write_chunk *)(void *)TAILQ_LAST(&b->chunks, sender_jobs);
}

static void chunk_done(struct kernel_dp *k, struct sender_job *job);

static struct write_chunk *chunk_add(struct kernel_dp *k, struct write_batch *b)
{
    struct write_chunk *c = chunk_get(k);

    c->batch = b;
    c->job.run = chunk_run;
    c->job.done = chunk_done;
    c->job.drop = chunk_free;
    c->sock = &k->bulk;
    TAILQ_INSERT_TAIL(&b->chunks, &c->job, link);
    return c;
}

void *write_room(struct kernel_dp *k)
{
    struct write_batch *b = batch_open(k);
    struct write_chunk *c = last_chunk(b);

    if (!c || c->len + NL_MESSAGE_MAX > sizeof(c->data))
        c = chunk_add(k, b);
    return c->data + c->len;
}

void write_message(struct kernel_dp *k, struct nlmsghdr *nlh)
{
    struct write_chunk *c = last_chunk(k->open_batch);

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
static bool is_absent_delete(const struct write_failure *f)
{
    return (f->type == RTM_DELROUTE || f->type == RTM_DELNEXTHOP) &&
           (f->error == -ESRCH || f->error == -ENOENT || f->error == -ENODEV);
}

/* All ops of the chunk whose outcome we did not hear. */
static void chunk_lost(struct write_batch *b, const struct write_chunk *c, int error, const char *text)
{
    const struct nlmsghdr *first = (const struct nlmsghdr *)(const void *)c->data;
    struct write_op *op = op_of_seq(b, first->nlmsg_seq);

    for (; op && op < b->ops + b->n_ops && (int32_t)(op->first_seq - c->last_seq) <= 0; op++)
        op_fail(b, op, error, text);
}

static void chunk_done(struct kernel_dp *k, struct sender_job *job)
{
    struct write_chunk *c = (struct write_chunk *)(void *)job;
    struct write_batch *b = c->batch;

    for (size_t i = 0; i < c->n_failures; i++) {
        const struct write_failure *f = &c->failures[i];
        struct write_op *op = op_of_seq(b, f->seq);

        if (op && !is_absent_delete(f))
            op_fail(b, op, f->error, f->text);
    }
    if (c->error)
        chunk_lost(b, c, c->error, c->error_text ? c->error_text : strerror(-c->error));
    chunk_put(k, c);
    b->n_out--;
}

static void guard_failed(void *arg, size_t op, int error, const char *text)
{
    struct write_batch *b = arg;

    op_fail(b, &b->ops[op], error, text);
}

void write_guard_done(struct write_batch *b, int error, const char *text)
{
    b->n_guard_out--;
    for (size_t i = 0; error && i < b->n_guard; i++)
        op_fail(b, &b->ops[b->guard[i].op], error, text);
}

static bool wants_guard(const struct write_batch *b, uint32_t ifindex)
{
    for (size_t i = 0; b && i < b->n_guard; i++)
        if (b->guard[i].label == GUARD_LABEL_NONE && b->guard[i].ifindex == ifindex && b->guard[i].is_on)
            return true;
    return false;
}

bool write_awaits_guard(const struct kernel_dp *k, uint32_t ifindex)
{
    const struct write_batch *b;

    TAILQ_FOREACH (b, &k->batches, link)
        if (!b->is_guard_begun && wants_guard(b, ifindex))
            return true;
    return wants_guard(k->open_batch, ifindex);
}

static void batch_report(struct kernel_dp *k, struct write_batch *b)
{
    for (size_t i = 0; i < b->n_ops; i++) {
        const struct write_op *op = &b->ops[i];
        const struct write_fault *f = op->fault ? &b->faults[op->fault - 1] : NULL;

        if (op->cookie == WRITE_OF_VRF_FLUSH)
            vrf_flush_written(k, f ? f->error : 0);
        else
            k->events->result(k->events_arg, op->cookie, f ? f->error : 0, f ? f->text : "");
    }
    k->events->batch_done(k->events_arg);
    foreign_written(k);
}

static void give_chunks(struct kernel_dp *k, struct write_batch *b)
{
    struct sender_job *job;

    while (sender_has_room(k) && (job = TAILQ_FIRST(&b->chunks))) {
        TAILQ_REMOVE(&b->chunks, job, link);
        b->n_out++;
        sender_give(k, job);
    }
}

/* True: all of the first batch is done. */
static bool batch_send(struct kernel_dp *k, struct write_batch *b)
{
    if (!b->is_guard_begun) {
        b->is_guard_begun = true;
        if (b->n_guard)
            guard_begin(k, b, guard_failed);
    }
    give_chunks(k, b);
    if (b->n_out || !TAILQ_EMPTY(&b->chunks))
        return false;
    if (!b->is_guard_ended && b->n_guard)
        guard_end(k, b);
    b->is_guard_ended = true;
    return b->n_guard_out == 0;
}

/* What is behind batches that are on their way whole. */
static void send_ahead(struct kernel_dp *k)
{
    struct write_batch *b = TAILQ_FIRST(&k->batches);

    while (b && !b->n_guard && TAILQ_EMPTY(&b->chunks)) {
        b = TAILQ_NEXT(b, link);
        if (b && !b->n_guard)
            give_chunks(k, b);
    }
}

/* The results of one batch a turn; the next one is on its way before they are told. */
void write_go_on(struct kernel_dp *k)
{
    struct write_batch *b = TAILQ_FIRST(&k->batches), *next;

    if (!b)
        return;
    if (!batch_send(k, b)) {
        send_ahead(k);
        return;
    }
    TAILQ_REMOVE(&k->batches, b, link);
    next = TAILQ_FIRST(&k->batches);
    if (next && batch_send(k, next) && !timer_is_armed(&k->write_timer))
        timer_arm_us(&k->write_timer, 0);
    send_ahead(k);
    if (!next)
        spare_trim(k, SPARE_IDLE);
    batch_report(k, b);
    batch_free(b);
}

static void on_write(void *arg)
{
    write_go_on(arg);
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
    TAILQ_INIT(&k->spare_chunks);
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
    spare_trim(k, 0);
}
