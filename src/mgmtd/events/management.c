/* SPDX-License-Identifier: Apache-2.0
 *
 * What mgmtd tells of itself: RFC 6470. Of a large change only its top parts are named.
 */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/node.h"
#include "src/mgmtd/events/events.h"
#include "src/mgmtd/front/session.h"

enum { EDITS_MAX = 100 };

static struct lyd_node *notification(const struct mgmtd *m, const char *name)
{
    const struct lys_module *module = ly_ctx_get_module_implemented(m->ctx, "ietf-netconf-notifications");
    struct lyd_node *top = NULL;
    if (module)
        lyd_new_inner(NULL, module, name, 0, &top);
    return top;
}

static void add_session(struct lyd_node *parent, const struct session *s)
{
    yang_add(parent, "username", s->user);
    yang_add_number(parent, "session-id", s->sid);
    if (s->host[0])
        yang_add(parent, "source-host", s->host); /* one that is no address is left out */
}

/* --- what was changed --- */

struct edits {
    struct lyd_node *top;
    size_t n;
    bool is_too_long;
};

static void add_edit(struct edits *e, const struct lyd_node *node, const char *operation)
{
    struct lyd_node *edit = NULL;
    char *path = lyd_path(node, LYD_PATH_STD, NULL, 0);
    if (path && lyd_new_list(e->top, NULL, "edit", 0, &edit) == 0) {
        yang_add(edit, "target", path);
        yang_add(edit, "operation", operation);
    }
    free(path);
}

static int on_difference(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    struct edits *e = arg;
    if (was && now && (now->schema->nodetype & (LYS_CONTAINER | LYS_LIST)))
        return yang_diff(lyd_child(was), lyd_child(now), on_difference, e);
    e->is_too_long = e->n == EDITS_MAX;
    if (e->is_too_long)
        return 1;
    e->n++;
    add_edit(e, now ? now : was, !was ? "create" : !now ? "delete" : "replace");
    return 0;
}

static int on_top(void *arg, const struct lyd_node *was, const struct lyd_node *now)
{
    add_edit(arg, now ? now : was, !was ? "create" : !now ? "delete" : "merge");
    return 0;
}

static void add_edits(struct lyd_node *top, const struct lyd_node *was, const struct lyd_node *now)
{
    struct edits e = {.top = top};
    struct lyd_node *next;

    yang_diff(was, now, on_difference, &e);
    if (!e.is_too_long)
        return;
    for (struct lyd_node *n = lyd_child(top); n; n = next) {
        next = n->next;
        if (n->schema->nodetype == LYS_LIST)
            lyd_free_tree(n);
    }
    yang_diff(was, now, on_top, &e);
}

void events_committed(struct mgmtd *m, const struct txn_request *req, const struct lyd_node *was,
                      const struct lyd_node *now)
{
    struct lyd_node *top = notification(m, "netconf-config-change"), *by = NULL;
    const struct session *s = sessions_find(m, req->by.id);

    if (!top)
        return;
    lyd_new_inner(top, NULL, "changed-by", 0, &by);
    if (s)
        add_session(by, s);
    else
        yang_add(by, "server", "");
    yang_add(top, "datastore", "running");
    add_edits(top, was, now);
    events_publish(m, top);
}

/* --- sessions --- */

void events_session_started(const struct session *s)
{
    struct lyd_node *top = notification(s->m, "netconf-session-start");
    if (!top)
        return;
    add_session(top, s);
    events_publish(s->m, top);
}

void events_session_ended(const struct session *s)
{
    struct lyd_node *top = notification(s->m, "netconf-session-end");
    if (!top)
        return;
    add_session(top, s);
    if (s->killed_by)
        yang_add_number(top, "killed-by", s->killed_by);
    yang_add(top, "termination-reason", s->killed_by ? "killed" : "closed");
    events_publish(s->m, top);
}

void events_confirm(struct mgmtd *m, enum confirm_event what, struct txn_session by, uint32_t left_sec)
{
    static const char *const names[] = {[CONFIRM_START] = "start",
                                        [CONFIRM_CANCEL] = "cancel",
                                        [CONFIRM_TIMEOUT] = "timeout",
                                        [CONFIRM_EXTEND] = "extend",
                                        [CONFIRM_COMPLETE] = "complete"};
    struct lyd_node *top = notification(m, "netconf-confirmed-commit");
    const struct session *s = sessions_find(m, by.id);

    if (!top)
        return;
    if (s && what != CONFIRM_TIMEOUT)
        add_session(top, s);
    yang_add(top, "confirm-event", names[what]);
    if (what == CONFIRM_START || what == CONFIRM_EXTEND)
        yang_add_number(top, "timeout", left_sec);
    events_publish(m, top);
}
