/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers to front ends: text for people, and for NETCONF the fields of an rpc-error (RFC 6241 section 4.3).
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/text/buf.h"
#include "lib/text/instance.h"
#include "strata/ipc.h"

static const char *tag_of(int error)
{
    switch (-error) {
    case EACCES:
        return "access-denied";
    case EBUSY:
        return "in-use";
    case EEXIST:
        return "data-exists";
    case ENOENT:
        return "data-missing";
    case EMSGSIZE:
        return "too-big";
    case EOPNOTSUPP:
        return "operation-not-supported";
    default:
        return "operation-failed";
    }
}

void session_fail(struct session *s, uint64_t id, const struct session_fault *f)
{
    struct front_reply r = {.id = id,
                            .error = f->error,
                            .text = f->text,
                            .note = f->note,
                            .tag = f->tag ? f->tag : tag_of(f->error),
                            .app_tag = f->app_tag,
                            .path = f->path,
                            .info = f->info};
    session_send(s, &r);
}

void session_reply(struct session *s, uint64_t id, int error, const char *text, const char *note)
{
    struct front_reply r = {.id = id, .error = error, .text = text, .note = note};
    if (error)
        r.tag = tag_of(error);
    if (session_send(s, &r) == -EMSGSIZE)
        session_fail(s, id,
                     &(struct session_fault){.error = -EMSGSIZE, .text = "the answer is too long; ask for less"});
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

/* When it locked something; else when it came. */
static const char *since(const struct session *s)
{
    for (enum front_datastore d = FRONT_RUNNING; d < FRONT_DATASTORE_END; d++)
        if (s->m->front.locks[d].sid == s->sid)
            return s->m->front.locks[d].time;
    return s->started;
}

void session_fail_locked(struct session *s, uint64_t id, const char *tag, uint32_t owner, const char *what)
{
    const struct session *other = owner ? sessions_find(s->m, owner) : NULL;
    char text[512], info[64];
    int len = snprintf(text, sizeof(text), "%s", what);

    if (owner)
        len += snprintf(text + len, sizeof(text) - (size_t)len, " by session %u", owner);
    if (other)
        snprintf(text + len, sizeof(text) - (size_t)len,
                 ", user %s, %s%s%s, since %s; `request session kill %u` ends it", other->user, other->kind,
                 other->host[0] ? " from " : "", other->host, since(other), owner);
    snprintf(info, sizeof(info), "<session-id>%u</session-id>", owner);
    session_fail(s, id,
                 &(struct session_fault){
                     .error = -EBUSY, .tag = tag, .info = strcmp(tag, "lock-denied") == 0 ? info : NULL, .text = text});
}

void session_fail_yang(struct session *s, uint64_t id, int error, const struct yang_fault *f, const char *text)
{
    struct txn_result r = {.error = error, .fault = *f};
    session_fail_txn(s, id, &r, text);
}

/* RFC 7950 section 15. */
static const char *tag_of_constraint(const char *app_tag)
{
    bool is_data = strcmp(app_tag, "instance-required") == 0 || strcmp(app_tag, "missing-choice") == 0;
    return is_data ? "data-missing" : NULL;
}

void session_fail_txn(struct session *s, uint64_t id, const struct txn_result *r, const char *text)
{
    struct text_buf path = {.acct = &s->m->mem};
    char info[64] = "";
    if (r->session)
        snprintf(info, sizeof(info), "<session-id>%u</session-id>", r->session);
    yang_instance_path(s->m->ctx, r->fault.path, &path);
    session_fail(s, id,
                 &(struct session_fault){.error = r->error,
                                         .tag = r->tag ? r->tag : tag_of_constraint(r->fault.app_tag),
                                         .app_tag = r->fault.app_tag,
                                         .path = text_buf_get(&path),
                                         .info = info,
                                         .text = text,
                                         .note = r->note});
    text_buf_fini(&path);
}
