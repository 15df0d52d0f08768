/* SPDX-License-Identifier: Apache-2.0
 *
 * See mgmtd.h. A connection that is lost is not made again for the same session: its locks and its place in the shared
 * candidate are gone with it, and the client must know.
 */
#include "src/netconfd/link/mgmtd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata/env.h"
#include "strata/mem.h"

#define USER_MAX   64
#define HOST_MAX   64
#define REASON_MAX 160

struct mgmtd_link {
    struct front *front;
    struct mgmtd_link_events ev;
    void *arg;
    char user[USER_MAX], host[HOST_MAX];
    uint64_t opening; /* id of the request */
    bool is_open, is_lost;
};

static void lose(struct mgmtd_link *l, const char *reason)
{
    if (l->is_lost)
        return;
    l->is_lost = true;
    l->ev.lost(reason, false, l->arg);
}

static void on_up(void *arg)
{
    struct mgmtd_link *l = arg;
    struct front_request r = {
        .op = FRONT_OPEN, .name = l->user, .argument = "netconf", .path = l->host, .is_shared = true};
    if (l->is_lost)
        return;
    l->opening = front_send(l->front, &r);
    if (!l->opening)
        lose(l, "mgmtd takes no request");
}

static void on_down(const char *reason, void *arg)
{
    struct mgmtd_link *l = arg;
    char text[REASON_MAX];
    if (l->is_lost)
        return;
    l->is_lost = true;
    snprintf(text, sizeof(text), "ended by mgmtd: %s", reason);
    l->ev.lost(text, strstr(reason, FRONT_KILLED) != NULL, l->arg);
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct mgmtd_link *l = arg;
    if (l->is_lost)
        return;
    if (l->is_open) {
        l->ev.reply(r, l->arg);
    } else if (r->id == l->opening) {
        unsigned long id = strtoul(r->text, NULL, 10);
        l->is_open = r->error == 0 && id > 0 && id <= UINT32_MAX;
        if (l->is_open)
            l->ev.opened((uint32_t)id, l->arg);
        else
            lose(l, r->error ? r->text : "mgmtd gives no session id");
    }
}

static void on_notice(const struct front_notice *n, void *arg)
{
    struct mgmtd_link *l = arg;
    if (!l->is_lost && l->is_open)
        l->ev.notice(n, l->arg);
}

static const struct front_events front_events = {.up = on_up, .down = on_down, .reply = on_reply, .notice = on_notice};

struct mgmtd_link *mgmtd_link_create(const struct env *env, const char *user, const char *host,
                                     const struct mgmtd_link_events *ev, void *arg)
{
    struct mgmtd_link *l = MEM_NEW(NULL, struct mgmtd_link);
    l->ev = *ev;
    l->arg = arg;
    snprintf(l->user, sizeof(l->user), "%s", user);
    snprintf(l->host, sizeof(l->host), "%s", host);
    l->front = front_create(env, "netconfd", &front_events, l);
    return l;
}

void mgmtd_link_destroy(struct mgmtd_link *l)
{
    if (!l)
        return;
    front_destroy(l->front);
    mem_free(NULL, l);
}

uint64_t mgmtd_link_ask(struct mgmtd_link *l, const struct front_request *r)
{
    return l->is_open && !l->is_lost ? front_send(l->front, r) : 0;
}
