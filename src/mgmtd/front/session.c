/* SPDX-License-Identifier: Apache-2.0
 *
 * Front ends: one session per connection, one reply per request. Commits run one after the other, in order of arrival.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/text/buf.h"
#include "strata/ipc.h"
#include "strata/schema.h"

void session_reply(struct session *s, uint64_t id, int error, const char *text, const char *note)
{
    struct front_reply r = {.id = id, .error = error, .text = text, .note = note};
    if (front_reply_send(s->conn, &r) == -EMSGSIZE) {
        r = (struct front_reply){.id = id, .error = -EMSGSIZE, .text = "the answer is too long; ask for less"};
        front_reply_send(s->conn, &r);
    }
}

void session_reply_fmt(struct session *s, uint64_t id, int error, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    session_reply(s, id, error, text, "");
}

void session_begin(struct session *s)
{
    struct mgmtd *m = s->m;
    struct lyd_node *next;

    if (s->has_candidate && s->base_version == mgmtd_version(m))
        return;
    next = yang_tree_dup(m->running);
    if (s->has_candidate)
        yang_tree_rebase(s->base, s->candidate, &next);
    session_end_candidate(s);
    s->has_candidate = true;
    s->candidate = next;
    s->base = yang_tree_dup(m->running);
    s->base_version = mgmtd_version(m);
}

void session_end_candidate(struct session *s)
{
    yang_tree_free(s->candidate);
    yang_tree_free(s->base);
    s->candidate = s->base = NULL;
    s->has_candidate = false;
}

/* --- commits --- */

static void on_txn_done(void *arg, const struct txn_result *r)
{
    struct session *s = arg;
    uint64_t id = s->commit_id;
    struct text_buf text = {.acct = &s->m->mem};

    s->commit_id = 0;
    if (r->error) {
        if (r->fault.path[0])
            text_buf_printf(&text, "%s: ", r->fault.path);
        text_buf_puts(&text, r->fault.message);
        if (r->daemon && r->error == -EINVAL)
            text_buf_printf(&text, " (refused by %s)", r->daemon);
    } else if (r->is_unchanged) {
        text_buf_puts(&text, "nothing to commit");
    } else if (s->commit_is_check) {
        text_buf_puts(&text, "can be committed");
    } else {
        text_buf_printf(&text, "committed as %u", s->m->head.sequence);
    }
    if (!r->error && !s->commit_is_check)
        session_end_candidate(s);
    session_reply(s, id, r->error, text_buf_get(&text), r->note);
    text_buf_fini(&text);
}

static void run_job(struct session *s, const struct job *j)
{
    struct mgmtd *m = s->m;
    struct txn_request req = {.is_check = j->is_check, .done = on_txn_done, .arg = s};

    snprintf(req.author, sizeof(req.author), "%s", j->author);
    snprintf(req.comment, sizeof(req.comment), "%s", j->comment);
    session_begin(s);
    req.tree = yang_tree_dup(s->candidate);
    s->commit_id = j->id;
    s->commit_is_check = j->is_check;
    txn_start(m, &req);
}

/* After a commit the candidate starts from what runs then; it does so lazily. */
void sessions_next_job(struct mgmtd *m)
{
    struct job *j = TAILQ_FIRST(&m->jobs);
    if (!j || m->txn || m->boot.is_pending)
        return;
    TAILQ_REMOVE(&m->jobs, j, link);
    run_job(j->session, j);
    mem_free(&m->mem, j);
}

static void commit(struct session *s, uint64_t id, const struct front_request *r)
{
    struct mgmtd *m = s->m;
    struct job *j = MEM_NEW(&m->mem, struct job);

    j->session = s;
    j->id = id;
    j->is_check = r->op == FRONT_CHECK;
    snprintf(j->author, sizeof(j->author), "%s", r->name);
    snprintf(j->comment, sizeof(j->comment), "%s", r->text);
    TAILQ_INSERT_TAIL(&m->jobs, j, link);
    sessions_next_job(m);
}

/* --- needed daemons --- */

bool sessions_has_subscriber(const struct mgmtd *m)
{
    const struct session *s;
    TAILQ_FOREACH (s, &m->sessions, link)
        if (s->is_subscriber)
            return true;
    return false;
}

static void announce(struct session *s)
{
    const char *names[MGMTD_DAEMONS_MAX];
    uint32_t needed = daemons_needed(s->m);
    size_t n = 0;

    if (needed == s->told_needed)
        return;
    s->told_needed = needed;
    for (unsigned rank = 0; rank <= 2; rank++)
        for (size_t i = 0; i < s->m->n_daemons; i++)
            if ((needed & (1u << i)) && daemons_rank(&s->m->daemons[i]) == rank)
                names[n++] = s->m->daemons[i].owner->daemon;
    front_needed_send(s->conn, names, n);
}

void sessions_announce(struct mgmtd *m)
{
    struct session *s;
    TAILQ_FOREACH (s, &m->sessions, link)
        if (s->is_subscriber)
            announce(s);
}

static void subscribe(struct session *s, uint64_t id)
{
    s->is_subscriber = true;
    s->told_needed = UINT32_MAX;
    session_reply(s, id, 0, "", "");
    announce(s);
}

/* --- dispatch --- */

static void discard(struct session *s, uint64_t id)
{
    session_end_candidate(s);
    session_reply(s, id, 0, "", "");
}

static void dispatch(struct session *s, uint64_t id, const struct front_request *r)
{
    switch (r->op) {
    case FRONT_LOAD:
        session_load(s, id, r);
        break;
    case FRONT_COMPARE:
        session_compare(s, id, r);
        break;
    case FRONT_CHECK:
    case FRONT_COMMIT:
        commit(s, id, r);
        break;
    case FRONT_DISCARD:
        discard(s, id);
        break;
    case FRONT_ROLLBACK:
        session_rollback(s, id, r);
        break;
    case FRONT_SHOW:
        session_show(s, id, r);
        break;
    case FRONT_STATE:
        session_state(s, id, r);
        break;
    case FRONT_ACTION:
        session_action(s, id, r);
        break;
    case FRONT_SUBSCRIBE:
        subscribe(s, id);
        break;
    case FRONT_OPEN:
    case FRONT_MORE:
    case FRONT_GET:
    case FRONT_EDIT:
    case FRONT_COPY:
    case FRONT_DELETE:
    case FRONT_LOCK:
    case FRONT_UNLOCK:
    case FRONT_CANCEL:
    case FRONT_KILL:
    case FRONT_LISTEN:
    case FRONT_RPC:
        session_reply(s, id, -EOPNOTSUPP, "mgmtd does not know this request", "");
        break;
    case FRONT_OP_END:
        break;
    }
}

static struct session *find(struct mgmtd *m, const struct ipc_conn *c)
{
    struct session *s;
    TAILQ_FOREACH (s, &m->sessions, link)
        if (s->conn == c)
            return s;
    return NULL;
}

bool sessions_message(struct mgmtd *m, struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len)
{
    struct front_request r;
    uint64_t id;
    void *held;

    if (type != FRONT_MSG_REQUEST || ipc_conn_data(c) || front_request_decode(payload, len, &id, &r, &held))
        return false;
    struct session *s = find(m, c);
    if (!s) {
        s = MEM_NEW(&m->mem, struct session);
        s->m = m;
        s->conn = c;
        TAILQ_INSERT_TAIL(&m->sessions, s, link);
    }
    dispatch(s, id, &r);
    front_request_release(held);
    return true;
}

static void session_destroy(struct session *s)
{
    struct mgmtd *m = s->m;
    struct job *j, *next;

    for (j = TAILQ_FIRST(&m->jobs); j; j = next) {
        next = TAILQ_NEXT(j, link);
        if (j->session != s)
            continue;
        TAILQ_REMOVE(&m->jobs, j, link);
        mem_free(&m->mem, j);
    }
    txn_forget(m, s);
    gather_forget(m, s);
    session_end_candidate(s);
    TAILQ_REMOVE(&m->sessions, s, link);
    mem_free(&m->mem, s);
}

void sessions_down(struct mgmtd *m, struct ipc_conn *c)
{
    struct session *s = find(m, c);
    if (s)
        session_destroy(s);
}

void sessions_fini(struct mgmtd *m)
{
    while (!TAILQ_EMPTY(&m->sessions))
        session_destroy(TAILQ_FIRST(&m->sessions));
}
