/* SPDX-License-Identifier: Apache-2.0
 *
 * Audits of the whole: entries (the RIB's audit, in parts), what the data plane set up beside them, and the label
 * manager's books. One at a time; who asks meanwhile waits for one of his own, since what he asks about may be behind
 * the place that the other has reached. Asked for by the operator, by news of somebody else's hand, and every ten
 * minutes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "strata/log.h"
#include "strata/mem.h"
#include "strata/pace.h"

enum { AUDIT_DELAY_MS = 200, PATROL_MS = 10 * 60 * 1000, TOLD_MAX = 20, REPLY_MAX = 1024, WAITING_MAX = 16 };

struct ribd_audit {
    struct ribd *d;
    bool is_repair, is_of_news;
    uint64_t since_us;
    ribd_audited_fn *done;
    void *arg;
    char reply[REPLY_MAX];
    size_t used;
    int told, n;
    TAILQ_ENTRY(ribd_audit) link;
};

static void run(struct ribd *d);

static void on_difference(void *arg, const char *difference)
{
    struct ribd_audit *a = arg;
    int n;

    if (a->told++ < TOLD_MAX) { /* a whole table that was flushed needs no notification for each entry */
        LOG_WARN(a->d->env->log, "audit-difference", "what=\"%s\"", difference);
        ribd_tell_difference(a->d, difference);
    }
    if (a->used + 2 >= sizeof(a->reply))
        return;
    n = snprintf(a->reply + a->used, sizeof(a->reply) - a->used, "%s%s", a->used ? "; " : "", difference);
    a->used += (size_t)n < sizeof(a->reply) - a->used ? (size_t)n : sizeof(a->reply) - a->used - 1;
}

static void finish(struct ribd_audit *a, int n)
{
    struct ribd *d = a->d;

    if (n == 0)
        snprintf(a->reply, sizeof(a->reply), "clean");
    else if (n < 0)
        snprintf(a->reply, sizeof(a->reply), "the kernel's tables cannot be read: %s", strerror(-n));
    if (n > TOLD_MAX)
        LOG_WARN(d->env->log, "audit-differences", "n=%d told=%d", n, TOLD_MAX);
    if (a->is_of_news) { /* what finds something is worth its time; else there are fewer and fewer */
        uint64_t now = loop_now_us(d->env->loop);

        pace_done(&d->audit_pace, now, now - a->since_us, n > 0);
    }
    TAILQ_REMOVE(&d->audits, a, link);
    if (a->done)
        a->done(a->arg, a->reply);
    mem_free(NULL, a);
    run(d);
}

static void on_checked(void *arg, int n)
{
    struct ribd_audit *a = arg;
    struct ribd *d = a->d;

    n += a->n;
    d->is_auditing = false;
    d->n_audits++;
    if (n > 0)
        d->n_differences += (size_t)n;
    if (a->is_repair) {
        ribd_rib_retry(d->rib); /* nor does what was refused wait for its time */
        ribd_settle_soon(d);
    }
    finish(a, n);
}

static void on_compared(void *arg, int n)
{
    struct ribd_audit *a = arg;
    struct ribd *d = a->d;
    int more = d->dp->ops->audit ? d->dp->ops->audit(d->dp, a->is_repair, on_difference, a) : 0;

    a->n = n < 0 ? n : more < 0 ? more : n + more;
    if (a->n < 0)
        on_checked(a, 0);
    else
        ribd_labels_check(d, on_difference, on_checked, a);
}

/* The next one; while the kernel is being read at our start it waits. */
static void run(struct ribd *d)
{
    static const struct rib_audit_events ev = {.difference = on_difference, .done = on_compared};
    struct ribd_audit *a = TAILQ_FIRST(&d->audits);
    int error;

    if (!a || d->is_auditing || d->is_closing)
        return;
    d->is_auditing = true;
    a->since_us = loop_now_us(d->env->loop);
    error = ribd_rib_audit_start(d->rib, a->is_repair, &ev, a);
    if (!error)
        return;
    d->is_auditing = false;
    if (error == -EBUSY)
        timer_arm_ms(&d->audit_next, AUDIT_DELAY_MS);
    else
        finish(a, error);
}

static void on_next(void *arg)
{
    run(arg);
}

static void add(struct ribd *d, bool is_repair, bool is_of_news, ribd_audited_fn *done, void *arg)
{
    struct ribd_audit *a;
    size_t n = 0;

    TAILQ_FOREACH (a, &d->audits, link) {
        if (is_of_news && a->is_of_news && n > 0)
            return; /* it has not begun yet, and will see it */
        n++;
    }
    if (n >= WAITING_MAX) {
        if (done)
            done(arg, "too many audits wait already");
        return;
    }
    a = MEM_NEW(NULL, struct ribd_audit);
    *a = (struct ribd_audit){.d = d, .is_repair = is_repair, .is_of_news = is_of_news, .done = done, .arg = arg};
    TAILQ_INSERT_TAIL(&d->audits, a, link);
    run(d);
}

void ribd_audit(struct ribd *d, bool is_repair, ribd_audited_fn *done, void *arg)
{
    add(d, is_repair, false, done, arg);
}

static void on_audit(void *arg)
{
    add(arg, true, true, NULL, NULL);
}

void ribd_audit_soon(struct ribd *d, const char *what)
{
    d->is_audit_owed |= d->has_adopted;
    if (timer_is_armed(&d->audit))
        return;
    LOG_WARN(d->env->log, "foreign-change", "what=\"%s\"", what);
    timer_arm_ms(&d->audit, pace_wait_ms(&d->audit_pace, loop_now_us(d->env->loop), AUDIT_DELAY_MS));
}

void ribd_audit_owed(struct ribd *d)
{
    if (!d->is_audit_owed)
        return;
    d->is_audit_owed = false;
    ribd_audit_soon(d, "something was changed before all clients had told");
}

/* Much of what others can change makes no notification. */
static void on_patrol(void *arg)
{
    struct ribd *d = arg;

    timer_arm_ms(&d->patrol, PATROL_MS);
    if (d->is_started && d->is_configured)
        ribd_audit(d, true, NULL, NULL);
}

void ribd_audits_init(struct ribd *d)
{
    TAILQ_INIT(&d->audits);
    timer_init(&d->audit, d->env->loop, on_audit, d);
    timer_init(&d->audit_next, d->env->loop, on_next, d);
    timer_init(&d->patrol, d->env->loop, on_patrol, d);
    timer_arm_ms(&d->patrol, PATROL_MS);
}

void ribd_audits_fini(struct ribd *d)
{
    struct ribd_audit *a;

    timer_cancel(&d->audit);
    timer_cancel(&d->audit_next);
    timer_cancel(&d->patrol);
    while ((a = TAILQ_FIRST(&d->audits))) {
        TAILQ_REMOVE(&d->audits, a, link);
        if (a->done)
            a->done(a->arg, NULL);
        mem_free(NULL, a);
    }
}
