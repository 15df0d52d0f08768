/* SPDX-License-Identifier: Apache-2.0
 *
 * What one user may take of mgmtd, so that none can shut out another, and nobody shuts out root: sessions at once,
 * requests that wait for their answers, gathers of state, and the order of commits. Who asks for more is slowed down,
 * not refused; but for sessions, which are refused with resource-denied.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "strata/ipc.h"

enum {
    SESSIONS_MAX = 16,     /* of one user */
    ASKED_MAX = 64,        /* requests of a session that wait: then nothing more is read of it */
    ASKED_LOW = 32,        /* and again when there are so few */
    UNREAD_HIGH = 4 << 20, /* octets of answers that it leaves unread: likewise */
    UNREAD_LOW = 1 << 20,
    QUEUED_HIGH = 4 << 20, /* octets of its changes that wait for their turn: likewise */
    TEXT_MAX = 256 << 10,  /* that who may change nothing brings along */
    XPATH_MAX = 64 << 10,
    PATHS_MAX = 100,   /* in one request */
    GATHERS_MAX = 4,   /* of all users at once, */
    GATHERS_USER = 2,  /* and of one */
    FILTER_MAX = 1000, /* elements of a subtree filter; each is looked for in all that is there */
};

/* --- sessions --- */

bool session_is_one_too_many(const struct session *s, const char *user)
{
    const struct session *other;
    unsigned n = 0;

    if (access_is_recovery(s, user))
        return false;
    TAILQ_FOREACH (other, &s->m->sessions, link)
        n += other != s && !other->is_ended && strcmp(other->user, user) == 0;
    return n >= SESSIONS_MAX;
}

void session_fail_too_many(struct session *s, uint64_t id, const char *user)
{
    char text[160];

    snprintf(text, sizeof(text), "%.63s has %d sessions already, and may have no more at once", user, SESSIONS_MAX);
    session_fail(s, id, &(struct session_fault){.error = -EUSERS, .tag = "resource-denied", .text = text});
}

/* --- requests and answers --- */

static size_t count_elements(const char *xml)
{
    size_t n = 0;
    for (const char *p = strchr(xml, '<'); p; p = strchr(p + 1, '<'))
        n += p[1] != '/' && p[1] != '!' && p[1] != '?';
    return n;
}

static size_t count_paths(const char *paths)
{
    size_t n = paths[0] != '\0';
    for (const char *p = strstr(paths, " /"); p; p = strstr(p + 1, " /"))
        n++;
    return n;
}

bool session_may_ask(struct session *s, uint64_t id, const struct front_request *r)
{
    const char *why = NULL;

    if (r->filter == FRONT_SUBTREE && count_elements(r->text) > FILTER_MAX)
        why = "too many elements in a filter";
    else if (r->filter == FRONT_XPATH && strlen(r->text) > XPATH_MAX)
        why = "the filter is too long";
    else if (count_paths(r->path) > PATHS_MAX)
        why = "too many paths in one request";
    else if (strlen(r->text) > TEXT_MAX && !access_may_write(s))
        why = "so much is taken only from who may change something";
    if (why)
        session_fail(s, id, &(struct session_fault){.error = -EMSGSIZE, .text = why});
    return !why;
}

static void slow_down(struct session *s)
{
    size_t unread = ipc_pending(s->conn);

    if (s->is_leaving && s->n_asked == 0 && unread == 0) {
        ipc_close(s->conn, "goodbye");
        return;
    }
    bool is_full = s->n_asked >= ASKED_MAX || unread > UNREAD_HIGH || s->n_queued_octets > QUEUED_HIGH;
    bool has_room = s->n_asked <= ASKED_LOW && unread <= UNREAD_LOW;

    if (is_full || has_room)
        ipc_pause(s->conn, is_full);
}

void session_asked(struct session *s)
{
    s->n_asked++;
}

void session_slow_down(struct session *s)
{
    slow_down(s);
}

int session_send(struct session *s, const struct front_reply *r)
{
    int rc = front_reply_send(s->conn, r);

    if (rc == -EMSGSIZE) /* the next try is the answer */
        return rc;
    session_answered(s);
    return rc;
}

void session_answered(struct session *s)
{
    if (s->n_asked)
        s->n_asked--;
    slow_down(s);
}

bool sessions_leave(struct mgmtd *m, const struct ipc_conn *c)
{
    struct session *s;

    TAILQ_FOREACH (s, &m->sessions, link) {
        if (s->conn != c || s->is_ended)
            continue;
        s->is_leaving = true;
        slow_down(s);
        return true;
    }
    return false;
}

void sessions_drained(struct mgmtd *m, const struct ipc_conn *c)
{
    struct session *s;

    TAILQ_FOREACH (s, &m->sessions, link) {
        if (s->conn != c || s->is_ended)
            continue;
        slow_down(s);
        gather_admit_soon(m);
    }
}

/* --- gathers --- */

bool session_may_gather(const struct session *s)
{
    const struct session *other;
    unsigned n = 0, n_user = 0;

    if (s->n_gathering || ipc_pending(s->conn) > UNREAD_HIGH)
        return false;
    if (access_is_recovery(s, s->user))
        return true;
    TAILQ_FOREACH (other, &s->m->sessions, link) {
        if (access_is_recovery(other, other->user))
            continue;
        n += other->n_gathering;
        n_user += strcmp(other->user, s->user) == 0 ? other->n_gathering : 0;
    }
    return n < GATHERS_MAX && n_user < GATHERS_USER;
}

/* --- jobs --- */

/* Root's first; then not again those of the user who had the last turn, if somebody else waits. Each session's stay in
 * their order. */
struct job *jobs_next(struct mgmtd *m)
{
    struct job *j, *other = NULL;

    TAILQ_FOREACH (j, &m->jobs, link) {
        if (access_is_recovery(j->session, j->session->user))
            return j;
        if (!other && strcmp(j->session->user, m->front.last_user) != 0)
            other = j;
    }
    j = other ? other : TAILQ_FIRST(&m->jobs);
    if (j)
        snprintf(m->front.last_user, sizeof(m->front.last_user), "%s", j->session->user);
    return j;
}
