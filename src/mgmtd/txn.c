/* SPDX-License-Identifier: Apache-2.0
 *
 * The transaction: one candidate tree on its way to become the running configuration.
 *
 *   validate (schema), expand (intent/) -> WAITING for daemons it newly needs -> PREPARING: edits to all concerned, in
 * parallel any refusal, loss or silence: ABORT to all, nothing changed all agreed: persist -> COMMITTING: ribd, then
 * vpnd, then the protocols, each when the ones before answered
 *
 * Once persisted it cannot fail any more: a daemon that is lost or silent then is brought up to date by SYNC when it
 * comes back. Removals go the same order as additions. What is stored is what people configured; what daemons get is
 * what it means, the intended configuration: edits lead from the intended one before to the new one.
 */
#include "src/mgmtd/core.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/north/north_msg.h"
#include "src/mgmtd/intent/intent.h"
#include "src/mgmtd/intent/warn.h"
#include "src/mgmtd/stream/stream.h"
#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "lib/text/utf8.h"
#include "strata/ipc.h"
#include "strata/log.h"
#include "strata/schema.h"
#include "strata/schema_edit.h"

enum phase { TXN_WAITING, TXN_PREPARING, TXN_COMMITTING };
enum part { PART_NONE, PART_ASKED, PART_AGREED, PART_TOLD };

struct txn {
    struct mgmtd *m;
    struct txn_request req;
    struct lyd_node *intended; /* what req.tree means */
    uint64_t id;
    uint64_t version;  /* it will be */
    uint64_t asked_us; /* when those were asked, or told, who have to answer now */
    bool was_late;     /* its deadline was, and is given once more */
    struct store_commit meta;
    bool is_confirming;
    enum phase phase;
    enum part parts[MGMTD_DAEMONS_MAX];
    unsigned rank; /* COMMITTING: whose turn */
    struct timer deadline;
    struct text_buf notes;
    struct text_buf warnings; /* said if it succeeds */
    char app_tag[24];         /* of the constraint that is violated */
};

const struct lyd_node *txn_intended(const struct mgmtd *m)
{
    return m->txn ? m->txn->intended : NULL;
}

bool txn_is_waiting(const struct mgmtd *m)
{
    return m->txn && m->txn->phase == TXN_WAITING;
}

bool txn_is_changing(const struct mgmtd *m)
{
    return m->txn && !m->txn->req.is_check;
}

bool txn_is_of_session(const struct mgmtd *m, uint32_t session_id)
{
    return m->txn && m->txn->req.by.id == session_id;
}

uint64_t txn_wall_sec(const struct mgmtd *m)
{
    return m->wall_clock_sec ? m->wall_clock_sec() : loop_now_us(m->env.loop) / 1000000;
}

void txn_time_text(const struct mgmtd *m, char out[TEXT_TIME_MAX])
{
    text_time_write(txn_wall_sec(m), out);
}

static void add_note(struct txn *t, const char *daemon, const char *what)
{
    text_buf_printf(&t->notes, "%s%s %s", t->notes.len ? "\n" : "", daemon, what);
}

static void txn_free(struct txn *t)
{
    timer_cancel(&t->deadline);
    mgmtd_release(t->m, t->req.tree);
    yang_tree_free(t->intended);
    text_buf_fini(&t->notes);
    text_buf_fini(&t->warnings);
    mem_free(&t->m->mem, t);
}

/* The end: the owner is told after the object is gone from m, so that it may start the next one. */
static void finish(struct txn *t, struct txn_result *r)
{
    struct mgmtd *m = t->m;
    if (!r->error && t->warnings.len)
        text_buf_printf(&t->notes, "%s%s", t->notes.len ? "\n" : "", text_buf_get(&t->warnings));
    r->note = text_buf_get(&t->notes);
    m->txn = NULL;
    if (r->error && t->req.is_rollback)
        confirm_failed(m, r);
    if (t->req.done)
        t->req.done(t->req.arg, r);
    txn_free(t);
    daemons_meet_all(m);
    sessions_announce(m);
    confirm_next(m);
    sessions_next_job(m);
}

static void tell_parts(struct txn *t, enum north_type type)
{
    struct north_to_daemon msg = {.id = t->id};
    for (size_t i = 0; i < t->m->n_daemons; i++) {
        if (t->parts[i] == PART_NONE || !t->m->daemons[i].conn)
            continue;
        north_to_daemon_send(t->m->daemons[i].conn, type, &msg);
    }
}

static void fail(struct txn *t, int error, const char *daemon, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static void fail(struct txn *t, int error, const char *daemon, const char *path, const char *fmt, ...)
{
    struct txn_result r = {.error = error, .daemon = daemon};
    va_list ap;

    snprintf(r.fault.path, sizeof(r.fault.path), "%s", path);
    snprintf(r.fault.app_tag, sizeof(r.fault.app_tag), "%s", t->app_tag);
    va_start(ap, fmt);
    vsnprintf(r.fault.message, sizeof(r.fault.message), fmt, ap);
    va_end(ap);
    intent_blame(t->m->ctx, t->req.tree, t->intended, &r.fault);
    tell_parts(t, NORTH_ABORT);
    LOG_INFO(t->m->env.log, "commit-refused", "author=%s daemon=%s path=%s reason=\"%s\"", t->req.author,
             daemon ? daemon : "none", r.fault.path, r.fault.message);
    finish(t, &r);
}

static void succeed(struct txn *t, bool is_unchanged)
{
    struct txn_result r = {.is_unchanged = is_unchanged, .is_confirming = t->is_confirming};
    finish(t, &r);
}

static void note_silent(struct txn *t, const struct daemon_link *l)
{
    char silent[ALIVE_TEXT_MAX], note[ALIVE_TEXT_MAX + 96];

    snprintf(note, sizeof(note), "%s%s; it gets the configuration when it does",
             t->phase == TXN_COMMITTING ? "has not confirmed: it " : "", alive_text(l, silent));
    add_note(t, l->owner->daemon, note);
}

/* It does not answer: the rest goes on, and it gets the whole configuration when it is heard again. Its connection
 * stays, so that what is known of it is not lost. */
static void leave_silent(struct txn *t, struct daemon_link *l)
{
    t->parts[l - t->m->daemons] = PART_NONE;
    l->version = 0;
    daemons_out_of_sync(l, "it did not answer when the configuration was committed");
    note_silent(t, l);
}

/* Tells COMMIT to those whose turn it is; goes on to the next rank while there is nobody to wait for. */
static void commit_rank(struct txn *t)
{
    struct north_to_daemon msg = {.id = t->id};
    for (; t->rank <= 2; t->rank++) {
        bool is_waiting = false;
        for (size_t i = 0; i < t->m->n_daemons; i++) {
            struct daemon_link *l = &t->m->daemons[i];
            if (t->parts[i] != PART_AGREED || daemons_rank(l) != t->rank || !l->conn)
                continue;
            if (l->alive.is_silent) {
                leave_silent(t, l);
                continue;
            }
            l->version = t->version;
            l->state = LINK_IN_SYNC;
            t->parts[i] = PART_TOLD;
            is_waiting = north_to_daemon_send(l->conn, NORTH_COMMIT, &msg) == 0 || is_waiting;
        }
        if (is_waiting) {
            t->asked_us = loop_now_us(t->m->env.loop);
            timer_arm_ms(&t->deadline, MGMTD_ANSWER_MS);
            return;
        }
    }
    LOG_INFO(t->m->env.log, "committed", "sequence=%u author=%s comment=\"%s\"", t->meta.sequence, t->meta.author,
             t->meta.comment);
    daemons_retry_all(t->m);
    succeed(t, false);
}

static void persist(struct txn *t)
{
    struct mgmtd *m = t->m;
    int rc;

    if (t->req.is_check) {
        tell_parts(t, NORTH_ABORT);
        succeed(t, false);
        return;
    }
    text_copy_good(t->meta.author, sizeof(t->meta.author), t->req.author);
    text_copy_good(t->meta.comment, sizeof(t->meta.comment), t->req.comment);
    txn_time_text(m, t->meta.time);
    t->meta.is_temporary = t->req.confirm_sec != 0;
    t->meta.back_to = t->meta.is_temporary ? confirm_back_to(m) : 0;
    rc = confirm_before_store(m, &t->req, t->meta.sequence);
    if (rc == 0) {
        rc = store_save(&m->env, m->ctx, t->req.tree, &t->meta);
        if (rc)
            confirm_not_stored(m, &t->req);
    }
    if (rc) {
        fail(t, rc, NULL, "", "cannot store the configuration in %s: %s", m->env.state_dir, strerror(-rc));
        return;
    }
    struct lyd_node *was = m->running;
    yang_tree_free(m->intended);
    m->running = t->req.tree;
    m->intended = t->intended;
    t->req.tree = t->intended = NULL;
    m->head = t->meta;
    if (!t->req.is_boot && !t->req.is_rollback)
        alarm_commit_seen(m);
    access_committed(m, &t->req, &t->meta);
    events_committed(m, &t->req, was, m->running);
    t->is_confirming = confirm_stored(m, &t->req, was);
    t->phase = TXN_COMMITTING;
    t->rank = 0;
    commit_rank(t);
}

/* A roll back goes on without a daemon that does not agree: it gets the whole configuration afterwards. */
static void leave_out(struct txn *t, struct daemon_link *l, const char *why)
{
    t->parts[l - t->m->daemons] = PART_NONE;
    daemons_out_of_sync(l, why);
    add_note(t, l->owner->daemon, "did not agree: it gets the configuration again");
}

static void check_prepared(struct txn *t)
{
    for (size_t i = 0; i < t->m->n_daemons; i++)
        if (t->parts[i] == PART_ASKED)
            return;
    timer_cancel(&t->deadline);
    persist(t);
}

/* Is this daemon asked, and from which configuration do its edits start? */
static bool takes_part(const struct txn *t, const struct daemon_link *l)
{
    if (!l->conn)
        return false;
    return t->req.is_boot ? l->state == LINK_MET && l->version == 0 : l->state == LINK_IN_SYNC;
}

/* What runs at the start, and what ran before, come without asking who does not answer. */
static bool may_leave_silent(const struct txn *t)
{
    return t->req.is_boot || t->req.is_rollback;
}

static void fail_silent(struct txn *t, const struct daemon_link *l)
{
    char silent[ALIVE_TEXT_MAX];
    fail(t, -ETIMEDOUT, l->owner->daemon, "", "%s %s", l->owner->daemon, alive_text(l, silent));
}

/* The transaction needs a daemon that is known not to answer. 0, or -EINVAL after the transaction failed. */
static int pass_silent(struct txn *t, struct daemon_link *l)
{
    if (may_leave_silent(t)) {
        leave_silent(t, l);
        return 0;
    }
    fail_silent(t, l);
    return -EINVAL;
}

/* 0, or -EINVAL after the transaction failed. */
static int ask(struct txn *t, struct daemon_link *l, enum part *part)
{
    struct schema_edit *edit = schema_edit_create(l->owner->schema);
    struct north_to_daemon msg = {.id = t->id, .version = t->version, .base_version = l->version};
    struct yang_fault fault;
    size_t n_changed;

    int rc = stream_write_edits(l->owner, t->m->intended, t->intended, edit, &n_changed, &fault);
    if (rc == 0 && (n_changed || t->req.is_boot) && l->alive.is_silent) {
        schema_edit_destroy(edit);
        return pass_silent(t, l);
    }
    if (rc == 0 && (n_changed || t->req.is_boot)) {
        msg.edits = schema_edit_data(edit, &msg.len);
        rc = north_to_daemon_send(l->conn, NORTH_PREPARE, &msg);
        if (rc == 0)
            *part = PART_ASKED;
        else
            snprintf(fault.message, sizeof(fault.message), "the change is too long to be sent");
    }
    schema_edit_destroy(edit);
    if (rc && t->req.is_rollback) {
        leave_out(t, l, fault.message);
        return 0;
    }
    if (rc)
        fail(t, -EINVAL, l->owner->daemon, fault.path, "%s", fault.message);
    return rc ? -EINVAL : 0;
}

static void prepare(struct txn *t)
{
    struct mgmtd *m = t->m;
    uint32_t needed = daemons_needed_by(m, t->intended);

    t->phase = TXN_PREPARING;
    for (size_t i = 0; i < m->n_daemons; i++) {
        struct daemon_link *l = &m->daemons[i];
        if (takes_part(t, l)) {
            if (ask(t, l, &t->parts[i]))
                return;
        } else if ((needed & (1u << i)) && l->alive.is_silent) {
            note_silent(t, l);
        } else if (needed & (1u << i)) {
            add_note(t, l->owner->daemon,
                     l->conn ? "is not in sync: it gets the configuration afterwards"
                             : "is not running: it gets the configuration when it starts");
        }
    }
    t->asked_us = loop_now_us(m->env.loop);
    timer_arm_ms(&t->deadline, MGMTD_ANSWER_MS);
    check_prepared(t);
}

/* Newly needed daemons that a supervisor is about to start, so that they can judge what is meant for them. */
static bool must_wait(const struct txn *t)
{
    const struct mgmtd *m = t->m;
    uint32_t needed = daemons_needed_by(m, t->intended) & ~daemons_needed_by(m, m->intended);
    if (t->req.is_boot || t->req.is_rollback || !sessions_has_subscriber(m))
        return false;
    for (size_t i = 0; i < m->n_daemons; i++)
        if ((needed & (1u << i)) && !m->daemons[i].conn)
            return true;
    return false;
}

static void on_prepare_late(struct txn *t)
{
    struct mgmtd *m = t->m;

    for (size_t i = 0; i < m->n_daemons; i++) {
        struct daemon_link *l = &m->daemons[i];
        if (t->parts[i] != PART_ASKED)
            continue;
        if (alive_give_up(l, t->asked_us)) {
            if (pass_silent(t, l))
                return;
            continue;
        }
        if (!t->req.is_rollback) {
            fail(t, -ETIMEDOUT, l->owner->daemon, "", "%s did not answer within %d s", l->owner->daemon,
                 MGMTD_ANSWER_MS / 1000);
            return;
        }
        leave_out(t, l, "it does not answer; it is connected anew");
        ipc_close(l->conn, "no answer to a roll back");
    }
    check_prepared(t);
}

static void on_commit_late(struct txn *t)
{
    for (size_t i = 0; i < t->m->n_daemons; i++) {
        struct daemon_link *l = &t->m->daemons[i];
        if (t->parts[i] != PART_TOLD || daemons_rank(l) != t->rank)
            continue;
        if (alive_give_up(l, t->asked_us)) {
            leave_silent(t, l);
            continue;
        }
        t->parts[i] = PART_NONE;
        daemons_out_of_sync(l, "it did not confirm a commit; it is connected anew");
        ipc_close(l->conn, "no answer to a commit");
        add_note(t, l->owner->daemon, "did not confirm: it gets the configuration again");
    }
    t->rank++;
    commit_rank(t);
}

/* This process, or the whole machine, stood still: nobody had his time to answer. */
static bool stood_still(struct txn *t)
{
    uint64_t us = loop_now_us(t->m->env.loop) - t->asked_us;

    if (t->phase == TXN_WAITING || t->was_late || us <= (MGMTD_ANSWER_MS + ALIVE_LATE_MS) * 1000ull)
        return false;
    t->was_late = true;
    t->asked_us += us;
    timer_arm_ms(&t->deadline, MGMTD_ANSWER_MS);
    return true;
}

static void on_deadline(void *arg)
{
    struct txn *t = arg;

    if (stood_still(t))
        return;
    switch (t->phase) {
    case TXN_WAITING:
        prepare(t);
        return;
    case TXN_PREPARING:
        on_prepare_late(t);
        return;
    case TXN_COMMITTING:
        on_commit_late(t);
        return;
    }
}

static void add_warning(void *arg, const char *path, const char *text)
{
    struct txn *t = arg;
    text_buf_printf(&t->warnings, "%s%s%s%s", t->warnings.len ? "\n" : "", path, path[0] ? ": " : "", text);
}

static struct txn *txn_create(struct mgmtd *m, const struct txn_request *req)
{
    struct txn *t = MEM_NEW(&m->mem, struct txn);

    t->m = m;
    t->req = *req;
    t->id = mgmtd_next_id(m);
    t->meta = (struct store_commit){.epoch = m->head.epoch, .sequence = m->head.sequence + 1};
    t->version = mgmtd_version_of(&t->meta);
    t->notes.acct = t->warnings.acct = &m->mem;
    timer_init(&t->deadline, m->env.loop, on_deadline, t);
    m->txn = t;
    m->confirm.ended = 0;
    return t;
}

static void stay(struct txn *t)
{
    struct mgmtd *m = t->m;
    int rc = confirm_unchanged(m, &t->req, &t->is_confirming);
    if (rc)
        fail(t, rc, NULL, "", "cannot store the confirmation in %s: %s", m->env.state_dir, strerror(-rc));
    else
        succeed(t, true);
}

void txn_start(struct mgmtd *m, struct txn_request *req)
{
    struct txn *t = txn_create(m, req);
    struct txn_result refused = {0};
    struct yang_fault fault;

    if (confirm_check(m, req, &refused)) {
        finish(t, &refused);
        return;
    }
    if (yang_tree_validate(m->ctx, t->req.tree, &fault) || intent_expand(m->ctx, t->req.tree, &t->intended, &fault)) {
        snprintf(t->app_tag, sizeof(t->app_tag), "%s", fault.app_tag);
        fail(t, -EINVAL, NULL, fault.path, "%s", fault.message);
        return;
    }
    if (!req->is_check && !req->is_boot && yang_tree_equal(m->running, t->req.tree)) {
        stay(t);
        return;
    }
    if (!req->is_boot) /* boot.c logs them */
        intent_warn(m->running, req->tree, t->intended, add_warning, t);
    sessions_announce(m);
    if (!must_wait(t)) {
        prepare(t);
        return;
    }
    t->phase = TXN_WAITING;
    timer_arm_ms(&t->deadline, MGMTD_START_MS);
}

static struct txn *find(struct daemon_link *l, uint64_t id, enum phase phase, enum part part, size_t *i)
{
    struct txn *t = l->m->txn;
    *i = (size_t)(l - l->m->daemons);
    return t && t->id == id && t->phase == phase && t->parts[*i] == part ? t : NULL;
}

void txn_prepared(struct daemon_link *l, uint64_t id, bool is_refused, const char *path, const char *text)
{
    size_t i;
    struct txn *t = find(l, id, TXN_PREPARING, PART_ASKED, &i);
    if (!t)
        return;
    if (is_refused && t->req.is_rollback) {
        leave_out(t, l, text);
    } else if (is_refused) {
        t->parts[i] = PART_NONE;
        if (l->state == LINK_OUT_OF_SYNC) /* SYNC was on its way when the transaction began */
            fail(t, -EAGAIN, l->owner->daemon, "", "%s does not take the running configuration: %s", l->owner->daemon,
                 l->fault);
        else
            fail(t, -EINVAL, l->owner->daemon, path, "%s", text);
        return;
    } else {
        t->parts[i] = PART_AGREED;
    }
    check_prepared(t);
}

/* The rank is done when nobody of it is told and silent. */
static void check_rank(struct txn *t)
{
    for (size_t i = 0; i < t->m->n_daemons; i++)
        if (t->parts[i] == PART_TOLD)
            return;
    timer_cancel(&t->deadline);
    t->rank++;
    commit_rank(t);
}

void txn_committed(struct daemon_link *l, uint64_t id)
{
    size_t i;
    struct txn *t = find(l, id, TXN_COMMITTING, PART_TOLD, &i);
    if (!t)
        return;
    t->parts[i] = PART_NONE;
    check_rank(t);
}

void txn_daemon_down(struct daemon_link *l)
{
    struct txn *t = l->m->txn;
    size_t i = (size_t)(l - l->m->daemons);
    if (!t || t->parts[i] == PART_NONE)
        return;
    bool was_told = t->parts[i] == PART_TOLD;
    t->parts[i] = PART_NONE;
    if (t->phase == TXN_PREPARING && t->req.is_rollback) {
        add_note(t, l->owner->daemon, "was lost: it gets the configuration when it comes back");
        check_prepared(t);
    } else if (t->phase == TXN_PREPARING) {
        fail(t, -ECONNRESET, l->owner->daemon, "", "%s was lost while it looked at the configuration",
             l->owner->daemon);
    } else if (t->phase == TXN_COMMITTING) {
        add_note(t, l->owner->daemon, "was lost: it gets the configuration when it comes back");
        if (was_told)
            check_rank(t);
    }
}

void txn_daemon_silent(struct daemon_link *l)
{
    struct txn *t = l->m->txn;
    size_t i = (size_t)(l - l->m->daemons);
    enum part part = t ? t->parts[i] : PART_NONE;

    if (part == PART_ASKED && t->phase == TXN_PREPARING && pass_silent(t, l) == 0) {
        check_prepared(t);
    } else if (part == PART_TOLD) {
        leave_silent(t, l);
        check_rank(t);
    } /* who agreed before is left when it is his turn to be told */
}

void txn_daemon_met(struct mgmtd *m)
{
    struct txn *t = m->txn;
    if (t && t->phase == TXN_WAITING && !must_wait(t)) {
        timer_cancel(&t->deadline);
        prepare(t);
    }
}

void txn_forget(struct mgmtd *m, const void *arg)
{
    if (m->txn && m->txn->req.arg == arg)
        m->txn->req.done = NULL;
}

void txn_destroy(struct mgmtd *m)
{
    if (m->txn)
        txn_free(m->txn);
    m->txn = NULL;
}
