/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks of datastores (RFC 6241 section 7.5), which vanish with the session that holds them, and the end of other
 * sessions by request (section 7.9). A lock keeps other sessions from changing; it keeps nobody from reading.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "strata/ipc.h"
#include "strata/log.h"

const char *lock_name(enum front_datastore d)
{
    switch (d) {
    case FRONT_RUNNING:
        return "running";
    case FRONT_CANDIDATE:
        return "candidate";
    case FRONT_STARTUP:
        return "startup";
    case FRONT_INTENDED:
    case FRONT_OPERATIONAL:
    case FRONT_DATASTORE_END:
        break;
    }
    return NULL;
}

uint32_t session_locked_out(const struct session *s, enum front_datastore d)
{
    uint32_t owner = s->m->front.locks[d].sid;
    return owner == s->sid ? 0 : owner;
}

/* Why it cannot be locked, beside a lock; NULL: it can. */
static const char *obstacle(struct session *s, enum front_datastore d, uint32_t *owner)
{
    *owner = 0;
    if (d == FRONT_CANDIDATE && candidate_is_changed(&s->m->front.shared))
        return "the candidate configuration has changes that are neither committed nor discarded";
    if (d == FRONT_RUNNING && confirm_is_pending(s->m) && confirm_owner(s->m) != s->sid) {
        *owner = confirm_owner(s->m);
        return "a commit waits to be confirmed";
    }
    return NULL;
}

void session_lock(struct session *s, uint64_t id, const struct front_request *r)
{
    struct front_lock *lock = &s->m->front.locks[r->datastore];
    const char *name = lock_name(r->datastore), *why;
    uint32_t owner;

    if (!name) {
        session_reply(s, id, -EOPNOTSUPP, "this datastore cannot be changed, and so not be locked", "");
        return;
    }
    if (!access_may_lock(s, id))
        return;
    if (lock->sid) {
        char text[96];
        snprintf(text, sizeof(text), "the %s configuration is locked", name);
        session_fail_locked(s, id, "lock-denied", lock->sid, text);
        return;
    }
    why = obstacle(s, r->datastore, &owner);
    if (why) {
        session_fail_locked(s, id, "lock-denied", owner, why);
        return;
    }
    lock->sid = s->sid;
    txn_time_text(s->m, lock->time);
    access_locked(s, true, name);
    session_reply(s, id, 0, "", "");
}

/* What was not committed under the lock of the candidate goes with it (RFC 6241 section 8.3.5.2). */
static void release(struct session *s, enum front_datastore d)
{
    s->m->front.locks[d].sid = 0;
    if (d == FRONT_CANDIDATE)
        candidate_end(s->m, &s->m->front.shared);
}

void session_unlock(struct session *s, uint64_t id, const struct front_request *r)
{
    uint32_t owner = s->m->front.locks[r->datastore].sid;
    if (owner == s->sid) {
        release(s, r->datastore);
        access_locked(s, false, lock_name(r->datastore));
        session_reply(s, id, 0, "", "");
    } else if (owner) {
        session_fail_locked(s, id, "operation-failed", owner, "it is locked");
    } else {
        session_reply(s, id, -EINVAL, "it is not locked", "");
    }
}

void session_release_locks(struct session *s)
{
    for (enum front_datastore d = FRONT_RUNNING; d < FRONT_DATASTORE_END; d++)
        if (s->m->front.locks[d].sid == s->sid)
            release(s, d);
}

static const char *locks_of(const struct session *s, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (enum front_datastore d = FRONT_RUNNING; d <= FRONT_STARTUP; d++)
        if (s->m->front.locks[d].sid == s->sid)
            len += (size_t)snprintf(out + len, size - len, "%s%s", len ? ", " : "", lock_name(d));
    return out;
}

/* The other end hears why, and its connection ends in a later turn; it does nothing any more from now on. */
void session_kill(struct session *s, uint64_t id, const struct front_request *r)
{
    struct session *other = sessions_find(s->m, r->number);
    char locks[64];

    if (!other || other == s) {
        session_fail(s, id,
                     &(struct session_fault){.error = -EINVAL,
                                             .tag = "invalid-value",
                                             .text = other ? "this is your own session" : "there is no such session"});
        return;
    }
    LOG_INFO(s->m->env.log, "session-killed", "session=%u user=%s by=%u by-user=%s", other->sid, other->user, s->sid,
             s->user);
    other->killed_by = s->sid;
    access_killed(other, s, locks_of(other, locks, sizeof(locks)));
    session_end(other);
    ipc_close(other->conn, FRONT_KILLED " %u, user %s", s->sid, s->user);
    session_reply(s, id, 0, "", "");
}
