/* SPDX-License-Identifier: Apache-2.0
 *
 * The server's side of ipc.h: accepts connections and keeps them until they end. The listener owns its connections.
 */
#include "lib/ipc/conn.h"

#include <stdio.h>
#include <unistd.h>

#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

enum { CONNECTIONS_MAX = 256, CONNECTIONS_KEPT = 32 /* of these, for root and our own user */ };

TAILQ_HEAD(conn_list, ipc_conn);

struct ipc_listener {
    const struct env *env;
    struct ipc_settings settings;
    struct ipc_events ev;
    void *arg;
    struct listener *listener;
    struct conn_list conns;
    size_t n_conns;
};

static void on_gone(struct ipc_conn *c, void *owner)
{
    struct ipc_listener *l = owner;

    TAILQ_REMOVE(&l->conns, c, entry);
    l->n_conns--;
}

/* Why a connection more of that user is not taken; NULL: it is. */
static const char *refuse(const struct ipc_listener *l, int uid)
{
    bool is_system = uid == 0 || uid == (int)geteuid();
    const struct ipc_conn *c;
    unsigned n = 0;

    if (l->n_conns >= CONNECTIONS_MAX)
        return "too many connections";
    if (!l->settings.max_per_user || is_system)
        return NULL;
    TAILQ_FOREACH (c, &l->conns, entry)
        n += ipc_conn_peer_uid(c) == uid;
    if (n >= l->settings.max_per_user)
        return "too many connections of this user";
    return l->n_conns >= CONNECTIONS_MAX - CONNECTIONS_KEPT ? "too many connections" : NULL;
}

static void on_accepted(struct listener *sock, struct stream *s, void *arg)
{
    struct ipc_listener *l = arg;
    struct ipc_conn *c;

    (void)sock;
    int uid = stream_peer_uid(s);
    const char *why = refuse(l, uid);
    if (why) {
        LOG_WARN(l->env->log, "ipc-too-many", "service=%s connections=%zu uid=%d reason=\"%s\"", l->settings.service,
                 l->n_conns, uid, why);
        stream_close(s);
        return;
    }
    c = ipc_conn_create(l->env, &l->settings, &l->ev, l->arg, on_gone, l);
    TAILQ_INSERT_TAIL(&l->conns, c, entry);
    l->n_conns++;
    ipc_conn_accept(c, s);
}

int ipc_listener_create(const struct env *env, const struct ipc_spec *spec, const struct ipc_events *ev, void *arg,
                        struct ipc_listener **out)
{
    struct stream_addr addr = {.kind = STREAM_UNIX};
    struct ipc_listener *l = MEM_NEW(NULL, struct ipc_listener);
    int err;

    l->env = env;
    l->ev = *ev;
    l->arg = arg;
    TAILQ_INIT(&l->conns);
    err = ipc_settings_init(&l->settings, env, spec);
    if (!err) {
        snprintf(addr.path, sizeof(addr.path), "%s", l->settings.path);
        err = stream_listen(env->io, &addr, on_accepted, l, &l->listener);
    }
    if (err) {
        mem_free(NULL, l);
        return err;
    }
    *out = l;
    return 0;
}

void ipc_listener_destroy(struct ipc_listener *l)
{
    struct ipc_conn *c;

    if (!l)
        return;
    listener_close(l->listener);
    while ((c = TAILQ_FIRST(&l->conns)) != NULL) {
        TAILQ_REMOVE(&l->conns, c, entry);
        ipc_conn_abandon(c);
    }
    mem_free(NULL, l);
}

struct ipc_conn *ipc_listener_next(const struct ipc_listener *l, const struct ipc_conn *after)
{
    struct ipc_conn *c = after ? TAILQ_NEXT(after, entry) : TAILQ_FIRST(&l->conns);

    while (c && !ipc_is_up(c))
        c = TAILQ_NEXT(c, entry);
    return c;
}
