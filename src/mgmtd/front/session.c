/* SPDX-License-Identifier: Apache-2.0
 *
 * Front ends: one session per connection, one reply per request. Who works in a session is said by the socket, and by
 * FRONT_OPEN if the socket's user may speak for others.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/text/utf8.h"
#include "strata/ipc.h"
#include "strata/log.h"
#include "strata/schema.h"

struct session *sessions_find(struct mgmtd *m, uint32_t sid)
{
    struct session *s;
    TAILQ_FOREACH (s, &m->sessions, link)
        if (s->sid == sid && sid && !s->is_ended)
            return s;
    return NULL;
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

static void subscribe(struct session *s, uint64_t id, const struct front_request *r)
{
    (void)r;
    s->is_subscriber = true;
    s->told_needed = UINT32_MAX;
    session_reply(s, id, 0, "", "");
    announce(s);
}

/* --- who works here --- */

static void find_groups(struct session *s)
{
    const struct mgmtd_users *users = s->m->front.users;
    char groups[SESSION_GROUPS_MAX][MGMTD_NAME_MAX];
    size_t n = users ? users->groups_of(s->user, groups, SESSION_GROUPS_MAX) : 0;
    bool is_same = n == s->n_groups;

    for (size_t i = 0; i < n && is_same; i++)
        is_same = strcmp(groups[i], s->groups[i]) == 0;
    s->groups_us = loop_now_us(s->m->env.loop);
    if (is_same)
        return;
    access_forget(s);
    memcpy(s->groups, groups, n * sizeof(groups[0]));
    s->n_groups = n;
    for (size_t i = 0; i < n; i++)
        s->group_names[i] = s->groups[i];
}

void session_know_groups(struct session *s, uint64_t age_us)
{
    if (!s->is_ended && loop_now_us(s->m->env.loop) - s->groups_us >= age_us)
        find_groups(s);
}

static void find_user(struct session *s)
{
    const struct mgmtd_users *users = s->m->front.users;
    s->uid = ipc_conn_peer_uid(s->conn);
    s->is_trusted = !users || s->uid == 0 || s->uid == (int)geteuid();
    if (!users || s->uid == 0)
        snprintf(s->user, sizeof(s->user), "root");
    else if (!users->name_of(s->uid, s->user, sizeof(s->user)))
        snprintf(s->user, sizeof(s->user), "#%d", s->uid);
    find_groups(s);
}

static void set_once(char *out, size_t size, const char *text)
{
    if (text[0])
        snprintf(out, size, "%s", text);
}

static void open_session(struct session *s, uint64_t id, const struct front_request *r)
{
    char text[16];

    if (s->is_open) {
        session_reply(s, id, -EINVAL, "the session is open already", "");
        return;
    }
    if (strlen(r->name) >= sizeof(s->user)) {
        session_reply(s, id, -EINVAL, "the name is too long", "");
        return;
    }
    if (r->name[0] && strcmp(r->name, s->user) != 0) {
        if (!s->is_trusted) {
            access_refused(s, r->name);
            session_reply_fmt(s, id, -EACCES, "%s cannot work as %s", s->user, r->name);
            return;
        }
        if (session_is_one_too_many(s, r->name)) {
            session_fail_too_many(s, id, r->name);
            return;
        }
        snprintf(s->user, sizeof(s->user), "%s", r->name);
        find_groups(s);
        access_forget(s);
    }
    s->is_counted = true;
    set_once(s->kind, sizeof(s->kind), r->argument);
    set_once(s->host, sizeof(s->host), r->path);
    s->is_open = true;
    s->is_shared = r->is_shared;
    s->is_netconf = strcmp(s->kind, "netconf") == 0;
    access_started(s);
    snprintf(text, sizeof(text), "%u", s->sid);
    session_reply(s, id, 0, text, "");
    if (s->is_netconf)
        events_session_started(s);
}

/* --- dispatch --- */

typedef void session_fn(struct session *s, uint64_t id, const struct front_request *r);

/* What runs is changed in a transaction, which waits for its turn. */
static void edit(struct session *s, uint64_t id, const struct front_request *r)
{
    (r->datastore == FRONT_RUNNING ? session_queue : session_edit)(s, id, r);
}

static void copy(struct session *s, uint64_t id, const struct front_request *r)
{
    (r->datastore == FRONT_RUNNING ? session_queue : session_copy)(s, id, r);
}

/* Who gets the lock of what runs finds nobody changing it: a commit that began before is waited for. */
static void lock(struct session *s, uint64_t id, const struct front_request *r)
{
    bool is_of_running = r->datastore == FRONT_RUNNING || r->datastore == FRONT_STARTUP;
    (is_of_running && txn_is_changing(s->m) ? session_queue : session_lock)(s, id, r);
}

static void more(struct session *s, uint64_t id, const struct front_request *r)
{
    (void)id; /* has no reply of its own */
    session_more(s, r);
}

/* NETCONF validates any configuration, also one that it brings; all others the candidate. */
static void check(struct session *s, uint64_t id, const struct front_request *r)
{
    bool is_other = s->is_netconf && (r->text[0] || r->datastore != FRONT_CANDIDATE);
    (is_other ? session_validate : session_queue)(s, id, r);
}

static void unknown(struct session *s, uint64_t id, const struct front_request *r)
{
    (void)r;
    session_reply(s, id, -EOPNOTSUPP, "mgmtd does not know this request", "");
}

static session_fn *const operations[FRONT_OP_END] = {
    [FRONT_LOAD] = session_load,
    [FRONT_COMPARE] = session_compare,
    [FRONT_CHECK] = check,
    [FRONT_COMMIT] = session_queue,
    [FRONT_DISCARD] = session_discard,
    [FRONT_ROLLBACK] = session_rollback,
    [FRONT_EDIT] = edit,
    [FRONT_COPY] = copy,
    [FRONT_DELETE] = session_delete,
    [FRONT_SHOW] = session_show,
    [FRONT_STATE] = session_state,
    [FRONT_ACTION] = session_action,
    [FRONT_SUBSCRIBE] = subscribe,
    [FRONT_OPEN] = open_session,
    [FRONT_MORE] = more,
    [FRONT_GET] = session_get,
    [FRONT_LOCK] = lock,
    [FRONT_UNLOCK] = session_unlock,
    [FRONT_CANCEL] = session_queue,
    [FRONT_KILL] = session_kill,
    [FRONT_LISTEN] = session_listen,
    [FRONT_RPC] = session_rpc,
};

/* What is said ends in files that must be read again. What LOAD brings is looked at by its parser, which knows the
 * line. */
static bool is_readable(const struct front_request *r)
{
    return (r->op == FRONT_LOAD || text_is_good(r->text)) && text_is_good(r->name) && text_is_good(r->path) &&
           text_is_good(r->argument) && text_is_good(r->persist) && text_is_good(r->persist_id) &&
           strlen(r->persist) < STORE_PERSIST_MAX;
}

static void refuse_session(struct session *s, uint64_t id, const char *user)
{
    session_fail_too_many(s, id, user);
    ipc_close(s->conn, "%s has too many sessions", user);
}

static void dispatch(struct session *s, uint64_t id, const struct front_request *r)
{
    session_fn *fn = operations[r->op];

    /* OPEN may make it another user's */
    if ((r->op != FRONT_OPEN || !r->name[0]) && !s->is_counted) {
        if (session_is_one_too_many(s, s->user)) {
            refuse_session(s, id, s->user);
            return;
        }
        s->is_counted = true;
    }
    if (r->op != FRONT_OPEN)
        access_started(s);
    if (!is_readable(r))
        session_fail(s, id,
                     &(struct session_fault){.error = -EINVAL,
                                             .tag = "invalid-value",
                                             .text = "a text is no UTF-8, has control characters, or is too long"});
    else if (session_may_ask(s, id, r) && access_may_run(s, id, r))
        (fn ? fn : unknown)(s, id, r);
}

/* --- life --- */

static struct session *find(struct mgmtd *m, const struct ipc_conn *c)
{
    struct session *s;
    TAILQ_FOREACH (s, &m->sessions, link)
        if (s->conn == c)
            return s;
    return NULL;
}

static struct session *session_create(struct mgmtd *m, struct ipc_conn *c)
{
    struct session *s = MEM_NEW(&m->mem, struct session);
    s->m = m;
    s->conn = c;
    do
        s->sid = ++m->front.last_sid;
    while (s->sid == 0);
    snprintf(s->kind, sizeof(s->kind), "local");
    txn_time_text(m, s->started);
    TAILQ_INIT(&s->gets);
    TAILQ_INIT(&s->calls);
    TAILQ_INSERT_TAIL(&m->sessions, s, link);
    find_user(s);
    return s;
}

bool sessions_message(struct mgmtd *m, struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len)
{
    struct front_request r;
    uint64_t id;
    void *held;

    if (type != FRONT_MSG_REQUEST || ipc_conn_data(c) || front_request_decode(payload, len, &id, &r, &held))
        return false;
    struct session *s = find(m, c);
    if (!s)
        s = session_create(m, c);
    if (!s->is_ended) {
        session_asked(s);
        dispatch(s, id, &r);
        session_slow_down(s);
        ipc_yield(c); /* others have their turn */
    }
    front_request_release(held);
    return true;
}

/* It does nothing any more, and what was its own is free. */
void session_end(struct session *s)
{
    if (s->is_ended)
        return;
    s->is_ended = true;
    s->is_subscriber = false;
    session_deafen(s);
    if (s->is_netconf && !s->m->front.is_closing)
        events_session_ended(s);
    confirm_session_ended(s->m, s->sid);
    session_drop_jobs(s);
    session_drop_gets(s);
    session_drop_calls(s);
    gather_forget(s->m, s);
    session_release_locks(s);
    candidate_end(s->m, &s->own);
    access_ended(s);
    access_forget(s);
}

static void session_destroy(struct session *s)
{
    struct mgmtd *m = s->m;
    session_end(s);
    TAILQ_REMOVE(&m->sessions, s, link);
    mem_free(&m->mem, s);
}

void sessions_down(struct mgmtd *m, struct ipc_conn *c)
{
    struct session *s = find(m, c);
    if (s)
        session_destroy(s);
}

struct ly_ctx *front_plain(struct mgmtd *m)
{
    if (!m->front.plain)
        ly_ctx_new(NULL, LY_CTX_NO_YANGLIBRARY | LY_CTX_DISABLE_SEARCHDIR_CWD, &m->front.plain);
    return m->front.plain;
}

void sessions_init(struct mgmtd *m, const struct mgmtd_users *users)
{
    TAILQ_INIT(&m->sessions);
    gather_init(m);
    TAILQ_INIT(&m->jobs);
    m->front.users = users;
}

void sessions_fini(struct mgmtd *m)
{
    m->front.is_closing = true;
    while (!TAILQ_EMPTY(&m->sessions))
        session_destroy(TAILQ_FIRST(&m->sessions));
    candidate_end(m, &m->front.shared);
    ly_ctx_destroy(m->front.plain);
}
