/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of bulk writes. Messages are packed into buffers of 64 KiB, which a thread sends (sender.c) without asking
 * for an answer; the last message of each buffer asks, as a barrier, since the kernel answers failures anyway. A
 * failure is found by its sequence number. One flush is one batch: guard changes first (the hook and its labels before
 * what is let in by them), then the messages in order, then the results, then batch_done; the next batch begins when
 * that one is done. Owns batches, and calls nobody from inside the call that queued something.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "src/ribd/dataplane/internal.h"
#include "strata/mem.h"

static struct write_batch *batch_open(struct kernel_dp *k)
{
    if (!k->open_batch) {
        k->open_batch = MEM_NEW(NULL, struct write_batch);
        TAILQ_INIT(&k->open_batch->chunks);
    }
    return k->open_batch;
}

void write_chunk_free(struct write_chunk *c)
{
    mem_free(NULL, c->failures);
    mem_free(NULL, c);
}

static void batch_free(struct write_batch *b)
{
    struct write_chunk *c;

    while ((c = TAILQ_FIRST(&b->chunks))) {
        TAILQ_REMOVE(&b->chunks, c, link);
        write_chunk_free(c);
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
        op_fail(op, error, text);
}

/* Of the first batch: there is no other that is being sent. */
void write_chunk_done(struct kernel_dp *k, struct write_chunk *c)
{
    struct write_batch *b = TAILQ_FIRST(&k->batches);

    for (size_t i = 0; i < c->n_failures; i++) {
        const struct write_failure *f = &c->failures[i];
        struct write_op *op = op_of_seq(b, f->seq);

        if (op && !is_absent_delete(f))
            op_fail(op, f->error, f->text);
    }
    if (c->error)
        chunk_lost(b, c, c->error, c->error_text ? c->error_text : strerror(-c->error));
    write_chunk_free(c);
    b->n_out--;
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
    foreign_written(k);
}

/* True: all of the first batch is done. */
static bool batch_send(struct kernel_dp *k, struct write_batch *b)
{
    struct write_chunk *c;

    batch_guard(k, b);
    while (sender_has_room(k) && (c = TAILQ_FIRST(&b->chunks))) {
        TAILQ_REMOVE(&b->chunks, c, link);
        b->n_out++;
        sender_give(k, c);
    }
    return b->n_out == 0 && TAILQ_EMPTY(&b->chunks);
}

/* The results of one batch a turn; the next one is on its way before they are told. */
void write_go_on(struct kernel_dp *k)
{
    struct write_batch *b = TAILQ_FIRST(&k->batches), *next;

    if (!b || !batch_send(k, b))
        return;
    TAILQ_REMOVE(&k->batches, b, link);
    next = TAILQ_FIRST(&k->batches);
    if (next && batch_send(k, next) && !timer_is_armed(&k->write_timer))
        timer_arm_us(&k->write_timer, 0);
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
    timer_init(&k->write_timer, k->loop, on_write, k);
}

void write_fini(struct kernel_dp *k)
{
    struct write_batch *b;

    timer_cancel(&k->write_timer);
    sender_stop(k);
    while ((b = TAILQ_FIRST(&k->batches))) {
        TAILQ_REMOVE(&k->batches, b, link);
        batch_free(b);
    }
    if (k->open_batch)
        batch_free(k->open_batch);
    k->open_batch = NULL;
}
