/* SPDX-License-Identifier: Apache-2.0
 *
 * See confirm.h. The record on disk names the commits that it is about, so that any order of deaths is understood at
 * the next start: a record of a commit that was never stored, and one whose commits were followed by another, say
 * nothing. A roll back is a transaction like others, but that no daemon can refuse it: who does not take it is brought
 * up to date afterwards.
 */
#include "src/mgmtd/core.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "strata/log.h"

/* A roll back that could not be done is tried again: after 5 s, 10, 20, 40, each minute. One that this software finds
 * invalid will not become valid: after some tries somebody else has to decide, and may. */
enum { RETRY_MIN_MS = 5000, RETRY_MAX_MS = 60000, INVALID_TRIES = 5 };

bool confirm_is_pending(const struct mgmtd *m)
{
    return m->confirm.is_pending;
}

const struct lyd_node *confirm_startup(const struct mgmtd *m)
{
    return m->confirm.is_pending ? m->confirm.before : m->running;
}

uint32_t confirm_left_sec(const struct mgmtd *m)
{
    return m->confirm.is_pending ? (uint32_t)((timer_remaining_ms(&m->confirm.timer) + 999) / 1000) : 0;
}

uint32_t confirm_back_to(const struct mgmtd *m)
{
    return m->confirm.is_pending ? m->confirm.record.back_to : m->head.sequence;
}

uint32_t confirm_owner(const struct mgmtd *m)
{
    const struct confirm *c = &m->confirm;
    return c->is_pending && c->record.is_netconf && !c->record.persist[0] ? c->record.session : 0;
}

static void tell(struct mgmtd *m, enum confirm_event what, struct txn_session by)
{
    static const char *const names[] = {"start", "cancel", "timeout", "extend", "complete"};
    LOG_INFO(m->env.log, "confirmed-commit", "event=%s first=%" PRIu32 " last=%" PRIu32 " seconds-left=%" PRIu32,
             names[what], m->confirm.record.since, m->confirm.record.last, confirm_left_sec(m));
    if (what == CONFIRM_COMPLETE || what == CONFIRM_CANCEL)
        access_confirmed(m, by.id, what == CONFIRM_CANCEL, m->confirm.record.since, m->confirm.record.last);
    if (m->confirm.on_event)
        m->confirm.on_event(m, what, by, confirm_left_sec(m));
}

/* Nothing waits any more. A record that stays on disk is out of date: a commit that it does not name was stored. */
static void end(struct mgmtd *m, enum confirm_event what, struct txn_session by)
{
    struct confirm *c = &m->confirm;
    int rc = store_pending_remove(&m->env);

    if (rc)
        LOG_WARN(m->env.log, "confirm-not-removed", "error=\"%s\"", strerror(-rc));
    timer_cancel(&c->timer);
    tell(m, what, by);
    mgmtd_release(m, c->before);
    c->before = NULL;
    c->is_pending = c->is_due = false;
    c->n_failed = 0;
    alarm_clear(m, ALARM_ROLL_BACK_FAILED);
}

static void arm(struct mgmtd *m)
{
    struct confirm *c = &m->confirm;
    uint64_t now = txn_wall_sec(m), left = c->record.deadline_sec > now ? c->record.deadline_sec - now : 0;
    /* A clock that was set back must not make it wait for ever. */
    if (left > c->record.period_sec)
        left = c->record.period_sec;
    timer_arm_ms(&c->timer, left * 1000);
}

static uint64_t retry_ms(uint32_t n_failed)
{
    uint64_t ms = RETRY_MIN_MS;
    for (uint32_t i = 1; i < n_failed && ms < RETRY_MAX_MS; i++)
        ms *= 2;
    return ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS;
}

/* After the last try it is due no more, and so a commit or a cancel of somebody who may is taken again. */
void confirm_failed(struct mgmtd *m, const struct txn_result *r)
{
    struct confirm *c = &m->confirm;

    if (!c->is_due) /* somebody cancelled too early, and was told */
        return;
    c->n_failed++;
    snprintf(c->failure, sizeof(c->failure), "%.120s%s%.120s", r->fault.path, r->fault.path[0] ? ": " : "",
             r->fault.message);
    bool is_last = r->error == -EINVAL && c->n_failed >= INVALID_TRIES;
    LOG_WARN(m->env.log, "roll-back-failed", "attempt=%" PRIu32 " reason=\"%s\" effect=\"%s\"", c->n_failed, c->failure,
             is_last ? "it is left as it is" : "tried again");
    alarm_raise(m, ALARM_ROLL_BACK_FAILED, "commit %" PRIu32 " was not confirmed and cannot be taken back: %s%s",
                c->record.last, c->failure, is_last ? "; commit what shall run" : "");
    if (is_last)
        c->is_due = false;
    else
        timer_arm_ms(&c->timer, retry_ms(c->n_failed));
}

static void comment_of(const struct mgmtd *m, const char *what, char *out, size_t size)
{
    const struct store_pending *p = &m->confirm.record;
    if (p->since == p->last)
        snprintf(out, size, "commit %" PRIu32 " was %s", p->since, what);
    else
        snprintf(out, size, "commits %" PRIu32 " to %" PRIu32 " were %s", p->since, p->last, what);
}

void confirm_next(struct mgmtd *m)
{
    struct confirm *c = &m->confirm;
    struct txn_request req = {.is_rollback = true, .author = "rollback"};

    if (!c->is_pending || !c->is_due || m->txn || m->boot.is_pending || timer_is_armed(&c->timer))
        return;
    comment_of(m, "not confirmed", req.comment, sizeof(req.comment));
    req.tree = mgmtd_hold(m, c->before);
    txn_start(m, &req);
}

static void go_back(struct mgmtd *m, enum confirm_event why)
{
    struct confirm *c = &m->confirm;
    timer_cancel(&c->timer);
    if (!c->is_due)
        c->why = why;
    c->is_due = true;
    confirm_next(m);
}

static void on_timer(void *arg)
{
    go_back(arg, CONFIRM_TIMEOUT);
}

void confirm_session_ended(struct mgmtd *m, uint32_t session_id)
{
    if (txn_is_of_session(m, session_id))
        m->confirm.ended = session_id;
    if (session_id && confirm_owner(m) == session_id)
        go_back(m, CONFIRM_CANCEL);
}

/* --- who may --- */

static int refuse(struct txn_result *r, int error, const char *tag, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int refuse(struct txn_result *r, int error, const char *tag, const char *fmt, ...)
{
    va_list ap;
    *r = (struct txn_result){.error = error, .tag = tag, .session = r->session, .note = ""};
    va_start(ap, fmt);
    vsnprintf(r->fault.message, sizeof(r->fault.message), fmt, ap);
    va_end(ap);
    return error;
}

static int check_owner(const struct mgmtd *m, const struct txn_request *req, struct txn_result *r)
{
    const struct confirm *c = &m->confirm;
    const struct store_pending *p = &c->record;

    r->session = confirm_owner(m);
    if (c->is_due && !(req->is_rollback && c->n_failed))
        return refuse(r, -EBUSY, "in-use", "commit %" PRIu32 " is about to be rolled back", p->last);
    if (req->persist_id[0] && strcmp(req->persist_id, p->persist) != 0)
        return refuse(r, -EINVAL, "invalid-value", "no confirmed commit has this persist-id");
    if (p->persist[0] && !req->persist_id[0])
        return refuse(r, -EBUSY, "in-use", "commit %" PRIu32 " waits to be confirmed by who has its persist-id",
                      p->last);
    if (!p->persist[0] && req->by.is_netconf && (!p->is_netconf || p->session != req->by.id))
        return refuse(r, -EBUSY, "in-use", "commit %" PRIu32 " of session %" PRIu32 " waits to be confirmed", p->last,
                      p->session);
    return 0;
}

int confirm_check(const struct mgmtd *m, const struct txn_request *req, struct txn_result *r)
{
    const struct confirm *c = &m->confirm;

    if (req->is_check || req->is_boot || req->is_rollback)
        return 0;
    if (!c->is_pending && req->persist_id[0])
        return refuse(r, -EINVAL, "invalid-value", "no confirmed commit waits for this persist-id");
    if (!c->is_pending)
        return 0;
    if (req->is_edit) {
        r->session = c->record.session;
        return refuse(r, -EBUSY, "in-use", "commit %" PRIu32 " waits to be confirmed", c->record.last);
    }
    if (req->confirm_sec && m->head.sequence - c->record.back_to >= STORE_KEEP - 1)
        return refuse(r, -EBUSY, "resource-denied", "too many commits wait to be confirmed: confirm or cancel them");
    return check_owner(m, req, r);
}

void confirm_cancel(struct mgmtd *m, struct txn_request *req)
{
    struct txn_result r = {.note = ""};
    int rc;

    req->is_rollback = true;
    if (!m->confirm.is_pending)
        rc = refuse(&r, -ENOENT, "operation-failed", "no confirmed commit waits");
    else
        rc = check_owner(m, req, &r);
    if (rc) {
        req->done(req->arg, &r);
        return;
    }
    m->confirm.why = CONFIRM_CANCEL;
    req->is_check = req->is_boot = false;
    req->confirm_sec = 0;
    comment_of(m, "cancelled", req->comment, sizeof(req->comment));
    req->tree = mgmtd_hold(m, m->confirm.before);
    txn_start(m, req);
}

/* --- around the store --- */

static void next_record(struct mgmtd *m, const struct txn_request *req, uint32_t since, uint32_t last)
{
    struct confirm *c = &m->confirm;
    struct store_pending *p = &c->next;
    bool keeps_persist = c->is_pending && !req->persist[0];

    *p = (struct store_pending){.since = c->is_pending ? c->record.since : since,
                                .last = last,
                                .back_to = confirm_back_to(m),
                                .period_sec = req->confirm_sec,
                                .deadline_sec = txn_wall_sec(m) + req->confirm_sec,
                                .session = req->by.id,
                                .is_netconf = req->by.is_netconf};
    snprintf(p->persist, sizeof(p->persist), "%s", keeps_persist ? c->record.persist : req->persist);
}

/* A record that stays although nothing waits would be about the next commit of that number. */
static int remove_leftover(struct mgmtd *m)
{
    int rc = store_pending_remove(&m->env);
    m->confirm.has_leftover = rc != 0;
    if (rc)
        LOG_WARN(m->env.log, "confirm-not-removed", "error=\"%s\"", strerror(-rc));
    return rc;
}

int confirm_before_store(struct mgmtd *m, const struct txn_request *req, uint32_t sequence)
{
    if (!req->confirm_sec)
        return m->confirm.has_leftover && !m->confirm.is_pending ? remove_leftover(m) : 0;
    next_record(m, req, sequence, sequence);
    int rc = store_pending_save(&m->env, m->ctx, &m->confirm.next);
    if (rc)
        confirm_not_stored(m, req);
    return rc;
}

/* If the old record cannot come back, the new one stays: it has the same first commit and another deadline. */
void confirm_not_stored(struct mgmtd *m, const struct txn_request *req)
{
    int rc = 0;

    if (!req->confirm_sec)
        return;
    if (m->confirm.is_pending)
        rc = store_pending_save(&m->env, m->ctx, &m->confirm.record);
    else
        remove_leftover(m);
    if (rc)
        LOG_WARN(m->env.log, "confirm-not-restored", "error=\"%s\"", strerror(-rc));
}

/* The record on disk comes into force. */
static void begin(struct mgmtd *m, const struct txn_request *req, struct lyd_node *was)
{
    struct confirm *c = &m->confirm;
    enum confirm_event what = c->is_pending ? CONFIRM_EXTEND : CONFIRM_START;

    c->record = c->next;
    if (c->is_pending)
        mgmtd_release(m, was);
    else
        c->before = was;
    c->is_pending = true;
    c->is_due = false;
    arm(m);
    tell(m, what, req->by);
    if (c->ended && confirm_owner(m) == c->ended)
        go_back(m, CONFIRM_CANCEL); /* when this transaction is over */
}

bool confirm_stored(struct mgmtd *m, const struct txn_request *req, struct lyd_node *was)
{
    bool is_confirming = m->confirm.is_pending && !req->confirm_sec && !req->is_rollback;

    if (req->confirm_sec) {
        begin(m, req, was);
        return false;
    }
    if (m->confirm.is_pending)
        end(m, is_confirming ? CONFIRM_COMPLETE : m->confirm.why, req->by);
    mgmtd_release(m, was);
    return is_confirming;
}

int confirm_unchanged(struct mgmtd *m, const struct txn_request *req, bool *is_confirming)
{
    struct confirm *c = &m->confirm;
    int rc = 0;

    *is_confirming = false;
    if (req->confirm_sec) {
        next_record(m, req, m->head.sequence, m->head.sequence);
        rc = store_pending_save(&m->env, m->ctx, &c->next);
        if (rc == 0)
            begin(m, req, c->is_pending ? NULL : mgmtd_hold(m, m->running));
        return rc;
    }
    if (!c->is_pending)
        return 0;
    /* Nothing else says that it is confirmed: the record must go. */
    rc = store_pending_remove(&m->env);
    if (rc)
        return rc;
    *is_confirming = !req->is_rollback;
    end(m, req->is_rollback ? c->why : CONFIRM_COMPLETE, req->by);
    return 0;
}

/* --- life --- */

void confirm_init(struct mgmtd *m)
{
    timer_init(&m->confirm.timer, m->env.loop, on_timer, m);
}

/* What comes back, from the history. */
static int load_before(struct mgmtd *m)
{
    struct confirm *c = &m->confirm;
    struct store_commit meta;
    char error[512] = "";
    int rc = 0;

    if (c->record.back_to == m->head.sequence)
        c->before = mgmtd_hold(m, m->running);
    else if (c->record.back_to)
        rc = store_load_history(&m->env, m->ctx, c->record.back_to, &c->before, &meta, error, sizeof(error));
    if (rc)
        alarm_raise(m, ALARM_CONFIRMATION_DAMAGED,
                    "commit %" PRIu32 " cannot be taken back (%.200s): it counts as confirmed", c->record.last, error);
    return rc;
}

void confirm_recovered(struct mgmtd *m, uint32_t older, uint32_t now)
{
    struct store_pending p;

    if (store_pending_load(&m->env, m->ctx, &p) || older < p.since || older > p.last)
        return;
    p.last = now;
    int rc = store_pending_save(&m->env, m->ctx, &p);
    if (rc)
        LOG_ERROR(m->env.log, "confirm-not-stored", "error=\"%s\" effect=\"commit %" PRIu32 " counts as confirmed\"",
                  strerror(-rc), now);
}

/* The record is damaged. The commit that runs says itself whether it had to be confirmed, and what it goes back to; who
 * confirms removes the record, so that it was not confirmed yet. Another one was never stored, or is confirmed. */
static int guess(struct mgmtd *m)
{
    const struct store_commit *head = &m->head;

    m->confirm.record = (struct store_pending){
        .since = head->sequence, .last = head->sequence, .back_to = head->back_to, .deadline_sec = 0};
    alarm_raise(m, ALARM_CONFIRMATION_DAMAGED,
                head->is_temporary
                    ? "the record of commit %" PRIu32 ", which waits to be confirmed, cannot be read: it goes back"
                    : "the record of a confirmed commit cannot be read; commit %" PRIu32 " is none and stays",
                head->sequence);
    return head->is_temporary ? 0 : -ENOENT;
}

void confirm_start(struct mgmtd *m)
{
    struct confirm *c = &m->confirm;
    const struct store_pending *p = &c->record;
    int rc = store_pending_load(&m->env, m->ctx, &c->record);

    if (rc == -ENOENT)
        return;
    if (rc)
        rc = guess(m);
    if (rc || m->head.sequence < p->since || m->head.sequence > p->last || load_before(m)) {
        remove_leftover(m);
        return;
    }
    c->is_pending = true;
    c->record.session = 0; /* it is no more, and its number will be given to others */
    LOG_INFO(m->env.log, "confirmed-commit-waits", "first=%" PRIu32 " last=%" PRIu32 " back-to=%" PRIu32, p->since,
             p->last, p->back_to);
    if (p->is_netconf && !p->persist[0])
        go_back(m, CONFIRM_CANCEL); /* its session ended with the mgmtd before */
    else if (p->deadline_sec <= txn_wall_sec(m))
        go_back(m, CONFIRM_TIMEOUT);
    else
        arm(m);
}

void confirm_forget(struct mgmtd *m)
{
    remove_leftover(m);
}

void confirm_fini(struct mgmtd *m)
{
    timer_cancel(&m->confirm.timer);
    mgmtd_release(m, m->confirm.before);
    m->confirm.before = NULL;
    m->confirm.is_pending = m->confirm.is_due = false;
}
