/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon.h: the socket for the relays, the sessions with their conversations, limits by configuration.
 */
#include "src/netconfd/daemon.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/text/context.h"
#include "lib/text/time.h"
#include "netconfd_config.h"
#include "src/netconfd/link/mgmtd.h"
#include "src/netconfd/north/state.h"
#include "src/netconfd/rpc/envelope.h"
#include "src/netconfd/session/session.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/north.h"

#define SOCKET_NAME  "netconf.sock"
#define USER_MAX     64
#define MAX_SESSIONS 32 /* until mgmtd says otherwise, as in the schema */

struct client {
    TAILQ_ENTRY(client) entry;
    struct netconfd *d;
    struct session *session;
    struct mgmtd_link *link;
    char user[USER_MAX];
};

struct netconfd {
    struct env env;
    struct netconfd_options opt;
    struct ly_ctx *ctx;
    struct rpc_names *names;
    struct listener *listener;
    struct north *north;
    struct session_limits limits;
    size_t max_sessions, n_clients;
    struct netconfd_counters counters;
    char started[TEXT_TIME_MAX];
    TAILQ_HEAD(, client) clients;
};

static void on_opened(uint32_t id, void *arg)
{
    struct client *c = arg;
    c->d->counters.opened++;
    session_opened(c->session, id);
}

static void on_lost(const char *reason, bool is_killed, void *arg)
{
    struct client *c = arg;
    session_lost(c->session, reason, is_killed);
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct client *c = arg;
    session_reply(c->session, r);
}

static void on_notice(const struct front_notice *n, void *arg)
{
    struct client *c = arg;
    session_notice(c->session, n);
}

static const struct mgmtd_link_events link_events = {
    .opened = on_opened, .lost = on_lost, .reply = on_reply, .notice = on_notice};

static void on_open(struct session *s, void *arg)
{
    struct netconfd *d = arg;
    struct client *c = session_data(s);
    struct session_info info;
    session_info(s, &info);
    if (info.uid < 0 || !d->opt.user_name(info.uid, c->user, sizeof(c->user))) {
        session_lost(s, "the user has no name", false);
        return;
    }
    c->link = mgmtd_link_create(&d->env, c->user, info.host, &link_events, c);
}

static uint64_t on_ask(struct session *s, const struct front_request *r, void *arg)
{
    struct client *c = session_data(s);
    (void)arg;
    return mgmtd_link_ask(c->link, r);
}

static void add_counters(struct session_counters *to, const struct session_counters *c)
{
    to->rpcs += c->rpcs;
    to->bad_rpcs += c->bad_rpcs;
    to->errors += c->errors;
    to->notifications += c->notifications;
    to->lost_notifications += c->lost_notifications;
}

static void client_free(struct client *c)
{
    struct netconfd *d = c->d;
    TAILQ_REMOVE(&d->clients, c, entry);
    d->n_clients--;
    mgmtd_link_destroy(c->link);
    session_destroy(c->session);
    mem_free(NULL, c);
}

static void on_ended(struct session *s, const char *reason, void *arg)
{
    struct netconfd *d = arg;
    struct client *c = session_data(s);
    struct session_info info;
    session_info(s, &info);
    add_counters(&d->counters.ended, &info.counters);
    d->counters.dropped += info.is_dropped;
    d->counters.bad_hellos += info.end == SESSION_BAD_HELLO;
    d->counters.broken_off += info.end == SESSION_BROKEN_OFF && info.id;
    LOG_INFO(d->env.log, "session-closed", "session=%u user=%s reason=\"%s\"", info.id, c->user, reason);
    client_free(c);
}

static uint64_t on_wall_clock(void *arg)
{
    struct netconfd *d = arg;
    return d->opt.wall_clock_sec();
}

static const struct session_ops session_ops = {
    .open = on_open, .ask = on_ask, .ended = on_ended, .wall_clock_sec = on_wall_clock};

/* A quarter of the sessions is not for one user alone, so that nobody keeps all others out; root may have all. */
static bool has_room(const struct netconfd *d, int uid)
{
    const struct client *c;
    struct session_info info;
    size_t own = 0;
    TAILQ_FOREACH (c, &d->clients, entry) {
        session_info(c->session, &info);
        own += info.uid == uid;
    }
    return d->n_clients < d->max_sessions && (uid == 0 || own < d->max_sessions - d->max_sessions / 4);
}

static void on_accepted(struct listener *l, struct stream *stream, void *arg)
{
    struct netconfd *d = arg;
    int uid = stream_peer_uid(stream);
    (void)l;
    d->counters.accepted++;
    if (!has_room(d, uid)) {
        d->counters.refused++;
        LOG_WARN(d->env.log, "session-refused", "uid=%d reason=\"max-sessions %zu\"", uid, d->max_sessions);
        stream_close(stream);
        return;
    }
    struct client *c = MEM_NEW(NULL, struct client);
    c->d = d;
    c->session = session_create(&d->env, d->ctx, d->names, &d->limits, stream, &session_ops, d);
    session_set_data(c->session, c);
    TAILQ_INSERT_TAIL(&d->clients, c, entry);
    d->n_clients++;
}

static void on_commit(void *daemon, const void *next, const void *prev)
{
    struct netconfd *d = daemon;
    const struct cfg_netconf_server *c = ((const struct netconfd_config *)next)->netconf_server;
    (void)prev;
    if (!c)
        return; /* the supervisor will end us */
    d->max_sessions = c->max_sessions;
    d->limits = (struct session_limits){.hello_sec = c->hello_timeout,
                                        .idle_sec = c->idle_timeout,
                                        .stall_sec = c->stall_timeout,
                                        .message_bytes = c->max_message_size * 1024};
}

static void on_state(void *daemon, const char *path, struct state_writer *w)
{
    struct netconfd *d = daemon;
    struct session_counters all = d->counters.ended;
    struct session_info info;
    struct client *c;
    (void)path;
    TAILQ_FOREACH (c, &d->clients, entry) {
        session_info(c->session, &info);
        add_counters(&all, &info.counters);
    }
    netconfd_state_open(w, d->started, &d->counters, &all);
    TAILQ_FOREACH (c, &d->clients, entry) {
        session_info(c->session, &info);
        netconfd_state_session(w, &info, c->user, loop_now_us(d->env.loop));
    }
    netconfd_state_close(w);
}

static const struct north_ops north_ops = {.commit = on_commit, .state = on_state};

static bool load_schema(struct netconfd *d)
{
    char dir[512], error[512];
    const char *dirs[] = {d->opt.yang_dir, NULL};
    if (!dirs[0]) {
        if (!yang_default_dir(dir, sizeof(dir))) {
            LOG_ERROR(d->env.log, "schema-missing", "dir=%s", dir);
            return false;
        }
        dirs[0] = dir;
    }
    if (yang_context_create(dirs, &d->ctx, error, sizeof(error))) {
        LOG_ERROR(d->env.log, "schema-bad", "error=\"%s\"", error);
        return false;
    }
    d->names = rpc_names_create(d->ctx);
    return true;
}

static bool listen_for_relays(struct netconfd *d)
{
    struct stream_addr addr = {.kind = STREAM_UNIX};
    int n = snprintf(addr.path, sizeof(addr.path), "%s/" SOCKET_NAME, d->env.run_dir);
    int err = n > 0 && (size_t)n < sizeof(addr.path) ? stream_listen(d->env.io, &addr, on_accepted, d, &d->listener)
                                                     : -ENAMETOOLONG;
    if (err)
        LOG_ERROR(d->env.log, "listen-failed", "path=%s error=\"%s\"", addr.path, strerror(-err));
    else if (d->opt.share_socket)
        d->opt.share_socket(addr.path);
    return !err;
}

struct netconfd *netconfd_create(const struct env *env, const struct netconfd_options *opt)
{
    struct netconfd *d = MEM_NEW(NULL, struct netconfd);
    d->env = *env;
    d->opt = *opt;
    d->max_sessions = MAX_SESSIONS;
    d->limits = (struct session_limits){.hello_sec = 60, .stall_sec = 60, .message_bytes = 32u << 20};
    TAILQ_INIT(&d->clients);
    text_time_write(opt->wall_clock_sec(), d->started);
    if (!load_schema(d) || !listen_for_relays(d)) {
        rpc_names_destroy(d->names);
        ly_ctx_destroy(d->ctx);
        mem_free(NULL, d);
        return NULL;
    }
    d->north = north_create(&d->env, "netconfd", &netconfd_schema, &north_ops, d);
    return d;
}

void netconfd_destroy(struct netconfd *d)
{
    struct client *c;
    listener_close(d->listener);
    while ((c = TAILQ_FIRST(&d->clients)))
        client_free(c);
    north_destroy(d->north);
    rpc_names_destroy(d->names);
    ly_ctx_destroy(d->ctx);
    mem_free(NULL, d);
}
