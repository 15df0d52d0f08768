/* SPDX-License-Identifier: Apache-2.0
 *
 * What ends in a transaction: COMMIT, CHECK, CANCEL, and EDIT and COPY of the running configuration; and LOCK of it, if
 * it has to wait for one. They run one after the other, in order of arrival, each on what runs when its turn comes.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "src/mgmtd/edit/edit.h"

static void job_free(struct mgmtd *m, struct job *j)
{
    j->session->n_queued_octets -= j->octets;
    const char *const strings[] = {j->r.text, j->r.name, j->r.path, j->r.argument, j->r.persist, j->r.persist_id};
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        mem_free(&m->mem, (char *)(uintptr_t)strings[i]);
    mem_free(&m->mem, j->fault);
    mem_free(&m->mem, j);
}

static struct job *job_create(struct session *s, uint64_t id, const struct front_request *r)
{
    struct mem_account *mem = &s->m->mem;
    struct job *j = MEM_NEW(mem, struct job);

    j->session = s;
    j->id = id;
    j->octets = strlen(r->text);
    s->n_queued_octets += j->octets;
    j->r = *r;
    const char **strings[] = {&j->r.text, &j->r.name, &j->r.path, &j->r.argument, &j->r.persist, &j->r.persist_id};
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        *strings[i] = mem_strdup(mem, *strings[i] ? *strings[i] : "");
    return j;
}

static bool is_of_candidate(const struct job *j)
{
    return j->r.op == FRONT_COMMIT || j->r.op == FRONT_CHECK;
}

/* The candidate is what runs now, but for what was changed since the transaction began. */
static void settle_candidate(struct session *s, const struct job *j)
{
    struct candidate *c = session_candidate(s);
    if (c->n_changes == j->n_changes) {
        candidate_end(s->m, c);
    } else if (c->is_there) {
        mgmtd_release(s->m, c->base);
        c->base = mgmtd_hold(s->m, s->m->running);
        c->base_version = mgmtd_version(s->m);
    }
}

static void fail(struct session *s, const struct job *j, const struct txn_result *r)
{
    struct text_buf text = {.acct = &s->m->mem};
    const struct candidate *c = session_candidate(s);
    struct txn_result told = *r;

    access_hide_fault(s, is_of_candidate(j) && c->is_there ? c->tree : s->m->running, &told.fault);
    if (told.fault.path[0])
        text_buf_printf(&text, "%s: ", told.fault.path);
    text_buf_puts(&text, told.fault.message);
    if (r->daemon && r->error == -EINVAL)
        text_buf_printf(&text, " (refused by %s)", r->daemon);
    session_fail_txn(s, j->id, &told, text_buf_get(&text));
    text_buf_fini(&text);
}

static void succeed(struct session *s, const struct job *j, const struct txn_result *r)
{
    struct text_buf notes = {.acct = &s->m->mem};
    char text[96], *note = mem_strdup(&s->m->mem, r->note ? r->note : "");

    access_hide_notes(s, note);
    if (r->is_confirming && r->is_unchanged)
        snprintf(text, sizeof(text), "confirmed");
    else if (r->is_unchanged)
        snprintf(text, sizeof(text), "nothing to commit");
    else if (j->r.op == FRONT_CHECK)
        snprintf(text, sizeof(text), "can be committed");
    else if (j->r.op == FRONT_CANCEL)
        snprintf(text, sizeof(text), "rolled back as %u", s->m->head.sequence);
    else
        snprintf(text, sizeof(text), "committed as %u", s->m->head.sequence);
    text_buf_puts(&notes, note);
    if (j->r.op == FRONT_COMMIT && j->carried_to && !r->is_unchanged)
        text_buf_printf(&notes, "%scarried over to commit %u of others", note[0] ? "\n" : "", j->carried_to);
    session_reply(s, j->id, 0, text, text_buf_get(&notes));
    text_buf_fini(&notes);
    mem_free(&s->m->mem, note);
}

static void on_txn_done(void *arg, const struct txn_result *r)
{
    struct session *s = arg;
    struct job *j = s->job;

    s->job = NULL;
    if (r->error) {
        fail(s, j, r);
    } else {
        if (j->r.op == FRONT_COMMIT)
            settle_candidate(s, j);
        if (j->fault)
            session_fail_edit(s, j->id, j->fault);
        else
            succeed(s, j, r);
    }
    job_free(s->m, j);
}

/* What is locked for others cannot be committed to (RFC 6241 section 8.3.4.1). */
static bool is_locked_out(struct session *s, const struct job *j)
{
    uint32_t owner = j->r.op == FRONT_CHECK ? 0 : session_locked_out(s, FRONT_RUNNING);
    if (owner) {
        session_fail_locked(s, j->id, "in-use", owner, "the running configuration is locked");
        return true;
    }
    return j->r.op == FRONT_COMMIT && !session_may_change(s, j->id);
}

/* Once: who asks again has seen it. */
static bool tell_conflicts(struct session *s, const struct job *j, struct candidate *c)
{
    struct text_buf text = {.acct = &s->m->mem};
    char *places = c->conflicts;

    if (!places)
        return false;
    c->conflicts = NULL;
    places[strlen(places) - 1] = '\0'; /* its last line end */
    access_hide_notes(s, places);
    text_buf_printf(&text,
                    "others committed meanwhile (the last is %u)%s%s\nlook with compare, commit again to have yours",
                    s->m->head.sequence, places[0] ? ":\n" : " in conflict with changes here", places);
    session_fail(s, j->id,
                 &(struct session_fault){.error = -EBUSY, .tag = "operation-failed", .text = text_buf_get(&text)});
    text_buf_fini(&text);
    mem_free(&s->m->mem, places);
    return true;
}

/* False: there is none, the reply was sent. */
static bool make_tree(struct session *s, struct job *j, struct lyd_node **tree)
{
    if (j->r.op == FRONT_CANCEL)
        return true;
    if (!is_of_candidate(j)) {
        struct edit_fault fault = {.error = 0};
        if (session_next_running(s, j->id, &j->r, tree, &fault))
            return false;
        if (fault.error)
            j->fault = mem_dup(&s->m->mem, &fault, sizeof(fault));
        return true;
    }
    struct candidate *c = session_begin(s);
    if (tell_conflicts(s, j, c))
        return false;
    j->n_changes = c->n_changes;
    j->carried_to = c->carried_to;
    *tree = mgmtd_hold(s->m, c->tree);
    return true;
}

/* A confirmed commit of somebody else is taken back, or made to stay, by who could change as much by himself; or who
 * was given its persist-id. */
static bool may_settle(struct session *s, const struct job *j)
{
    const struct confirm *c = &s->m->confirm;
    const char *given = j->r.op == FRONT_CANCEL && !j->r.persist_id[0] ? j->r.argument : j->r.persist_id;

    /* Numbers of sessions begin anew with mgmtd; names do not. */
    bool is_own = c->record.session == s->sid && strcmp(s->m->head.author, s->user) == 0;
    if (!c->is_pending || is_own || given[0])
        return true;
    if (j->r.op == FRONT_CANCEL)
        return access_may_change(s, j->id, s->m->running, c->before);
    return j->r.op != FRONT_COMMIT || access_may_change(s, j->id, c->before, s->m->running);
}

/* To look whether a configuration is valid, as NETCONF's validate does, needs no right to make it run. */
static bool may_change(struct session *s, const struct job *j, struct lyd_node *tree)
{
    session_know_groups(s, 0); /* it may have waited */
    bool is_free = j->r.op == FRONT_CANCEL || (j->r.op == FRONT_CHECK && s->is_netconf);
    if (!may_settle(s, j)) {
        mgmtd_release(s->m, tree);
        return false;
    }
    if (is_free || access_may_change(s, j->id, s->m->running, tree))
        return true;
    mgmtd_release(s->m, tree);
    return false;
}

/* There is nothing that could come back by itself. */
static bool is_idle(struct session *s, const struct job *j, struct lyd_node *tree)
{
    if (j->r.op != FRONT_COMMIT || !j->r.confirm_sec || j->r.persist_id[0] || confirm_is_pending(s->m) ||
        !yang_tree_equal(s->m->running, tree))
        return false;
    session_reply(s, j->id, -EINVAL, "nothing to commit, and so nothing to confirm", "");
    mgmtd_release(s->m, tree);
    return true;
}

static bool is_test(const struct job *j)
{
    return j->r.op == FRONT_EDIT && j->r.test_option == FRONT_TEST_ONLY;
}

static void run_job(struct job *j)
{
    struct session *s = j->session;
    struct txn_request req = {.is_check = j->r.op == FRONT_CHECK || is_test(j),
                              .is_edit = j->r.op == FRONT_EDIT || j->r.op == FRONT_COPY,
                              .by = {s->sid, s->is_netconf},
                              .confirm_sec = j->r.op == FRONT_COMMIT ? j->r.confirm_sec : 0,
                              .done = on_txn_done,
                              .arg = s};

    if (j->r.op == FRONT_LOCK) {
        session_lock(s, j->id, &j->r);
        job_free(s->m, j);
        return;
    }
    if (is_locked_out(s, j) || !make_tree(s, j, &req.tree) || !may_change(s, j, req.tree) || is_idle(s, j, req.tree)) {
        job_free(s->m, j);
        return;
    }
    snprintf(req.persist, sizeof(req.persist), "%s", j->r.persist);
    snprintf(req.persist_id, sizeof(req.persist_id), "%s",
             j->r.op == FRONT_CANCEL && !j->r.persist_id[0] ? j->r.argument : j->r.persist_id);
    snprintf(req.author, sizeof(req.author), "%s", s->is_trusted && !s->is_open && j->r.name[0] ? j->r.name : s->user);
    if (is_of_candidate(j))
        snprintf(req.comment, sizeof(req.comment), "%s", j->r.text);
    s->job = j;
    if (j->r.op == FRONT_CANCEL)
        confirm_cancel(s->m, &req);
    else
        txn_start(s->m, &req);
}

void sessions_next_job(struct mgmtd *m)
{
    struct job *j;
    while (!m->txn && !m->boot.is_pending && (j = jobs_next(m))) {
        TAILQ_REMOVE(&m->jobs, j, link);
        run_job(j);
    }
}

void session_queue(struct session *s, uint64_t id, const struct front_request *r)
{
    struct job *j = job_create(s, id, r);
    TAILQ_INSERT_TAIL(&s->m->jobs, j, link);
    sessions_next_job(s->m);
}

void session_drop_jobs(struct session *s)
{
    struct mgmtd *m = s->m;
    struct job *j, *next;

    for (j = TAILQ_FIRST(&m->jobs); j; j = next) {
        next = TAILQ_NEXT(j, link);
        if (j->session != s)
            continue;
        TAILQ_REMOVE(&m->jobs, j, link);
        job_free(m, j);
    }
    txn_forget(m, s);
    if (s->job)
        job_free(m, s->job);
    s->job = NULL;
}
