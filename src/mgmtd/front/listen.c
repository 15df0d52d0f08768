/* SPDX-License-Identifier: Apache-2.0
 *
 * FRONT_LISTEN: notifications for a session, from now on and if asked from earlier. A filter says which are sent; those
 * are sent whole (RFC 5277 section 3.6). Who does not read loses what does not fit, and that is counted.
 */
#include "src/mgmtd/front/session.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/text/context.h"
#include "lib/text/time.h"
#include "src/mgmtd/filter/filter.h"
#include "strata/ipc.h"
#include "strata/log.h"

enum { WAITING_MAX = 4 << 20 }; /* bytes that a listener may leave unread */

struct session_ear {
    enum front_filter filter;
    char *text; /* of the filter; "" = none */
    uint64_t n_lost;
};

static bool is_wanted(struct session *s, const struct lyd_node *notification)
{
    const struct session_ear *ear = s->ear;
    struct lyd_node *copy = NULL;
    char error[256];
    int rc;

    if (ear->filter == FRONT_NO_FILTER)
        return true;
    if (lyd_dup_single(notification, NULL, LYD_DUP_RECURSIVE, &copy))
        return false;
    rc = ear->filter == FRONT_XPATH ? filter_xpath(ear->text, &copy, error, sizeof(error))
                                    : filter_subtree(front_plain(s->m), ear->text, &copy, error, sizeof(error));
    bool is_kept = rc == 0 && copy;
    lyd_free_all(copy);
    return is_kept;
}

static void tell(struct session *s, const char *time, const struct lyd_node *notification)
{
    struct session_ear *ear = s->ear;
    char *text = NULL;

    if (ipc_pending(s->conn) > WAITING_MAX) {
        if (ear->n_lost++ == 0)
            LOG_WARN(s->m->env.log, "notifications-lost", "session=%u user=%s reason=\"it does not read them\"", s->sid,
                     s->user);
        return;
    }
    if (lyd_print_mem(&text, notification, LYD_XML, LYD_PRINT_SHRINK) == 0)
        front_notice_send(s->conn, &(struct front_notice){.time = time, .text = text});
    free(text);
}

static void deliver(struct session *s, const struct event *e)
{
    struct lyd_node *heard = access_may_hear(s, e->tree) ? access_notification(s, e->tree) : NULL;
    if (heard && is_wanted(s, heard))
        tell(s, e->time, heard);
    lyd_free_all(heard);
}

void sessions_deliver(struct mgmtd *m, const struct event *e)
{
    struct session *s, *next;
    for (s = TAILQ_FIRST(&m->sessions); s; s = next) {
        next = TAILQ_NEXT(s, link);
        if (s->ear && !s->is_ended)
            deliver(s, e);
    }
}

static bool refuse(struct session *s, uint64_t id, const char *element, const char *text)
{
    char info[96];
    snprintf(info, sizeof(info), "<bad-element>%s</bad-element>", element);
    session_fail(s, id, &(struct session_fault){.error = -EINVAL, .tag = "bad-element", .info = info, .text = text});
    return false;
}

/* Can the filter be used at all? */
static bool check_filter(struct session *s, uint64_t id, const struct front_request *r)
{
    struct lyd_node *any = NULL;
    char error[256];
    int rc = 0;

    if (r->filter == FRONT_SUBTREE) {
        rc = filter_subtree(front_plain(s->m), r->text, &any, error, sizeof(error));
    } else if (r->filter == FRONT_XPATH) {
        const struct lys_module *module = ly_ctx_get_module_implemented(s->m->ctx, "nc-notifications");
        if (module)
            lyd_new_inner(NULL, module, "replayComplete", 0, &any);
        rc = filter_xpath(r->text, &any, error, sizeof(error));
    }
    lyd_free_all(any);
    return rc == 0 || refuse(s, id, "filter", error);
}

static bool check(struct session *s, uint64_t id, const struct front_request *r, uint64_t *from)
{
    uint64_t start = 0;

    *from = UINT64_MAX;
    if (r->path[0] && strcmp(r->path, EVENTS_STREAM) != 0)
        refuse(s, id, "stream", "the only stream is " EVENTS_STREAM);
    else if (r->argument[0] && !text_time_read(r->argument, &start))
        refuse(s, id, "startTime", "this is no time");
    else if (r->argument[0] && start > txn_wall_sec(s->m))
        refuse(s, id, "startTime", "replay cannot begin in the future");
    else if (check_filter(s, id, r)) {
        if (r->argument[0])
            *from = start;
        return true;
    }
    return false;
}

void session_listen(struct session *s, uint64_t id, const struct front_request *r)
{
    struct mgmtd *m = s->m;
    const struct event *e;
    uint64_t from;

    if (!check(s, id, r, &from))
        return;
    session_deafen(s);
    s->ear = MEM_NEW(&m->mem, struct session_ear);
    s->ear->filter = r->filter;
    s->ear->text = mem_strdup(&m->mem, r->text);
    session_reply(s, id, 0, "", "");
    TAILQ_FOREACH (e, &m->events.kept, link)
        if (e->time_sec >= from)
            deliver(s, e);
    if (from != UINT64_MAX) {
        char now[TEXT_TIME_MAX];
        txn_time_text(m, now);
        front_notice_send(s->conn, &(struct front_notice){.time = now, .text = "", .is_replay_done = true});
    }
}

void session_deafen(struct session *s)
{
    if (!s->ear)
        return;
    mem_free(&s->m->mem, s->ear->text);
    mem_free(&s->m->mem, s->ear);
    s->ear = NULL;
}
