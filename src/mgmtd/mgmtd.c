/* SPDX-License-Identifier: Apache-2.0
 *
 * The root object: the context, the socket, and who gets which message. Daemons and front ends share one socket; the
 * type of the first message tells them apart.
 */
#include "src/mgmtd/mgmtd.h"

#include <libyang/libyang.h>
#include <string.h>
#include <unistd.h>

#include "lib/ipc/north/front_msg.h"
#include "lib/ipc/north/north_msg.h"
#include "src/mgmtd/core.h"
#include "src/mgmtd/intent/intent.h"
#include "lib/text/context.h"
#include "strata/ipc.h"
#include "strata/log.h"

/* The same commit under other rules of expansion is another version. The epoch is odd, so the sum is never 0. */
uint64_t mgmtd_version_of(const struct store_commit *commit)
{
    return (uint64_t)(commit->epoch + 2 * INTENT_REVISION) << 32 | commit->sequence;
}

uint64_t mgmtd_version(const struct mgmtd *m)
{
    return mgmtd_version_of(&m->head);
}

uint64_t mgmtd_next_id(struct mgmtd *m)
{
    return ++m->last_id;
}

struct lyd_node *mgmtd_hold(struct mgmtd *m, struct lyd_node *tree)
{
    return share_hold(&m->shares, &m->mem, tree);
}

void mgmtd_release(struct mgmtd *m, struct lyd_node *tree)
{
    share_release(&m->shares, &m->mem, tree);
}

uint32_t mgmtd_sequence(const struct mgmtd *m)
{
    return m->head.sequence;
}

/* More than sessions: each of these is told what is wrong before it has to go. */
enum { CONNECTIONS_USER = 24, FRAME_MAX_USER = 8 << 20 };

static void on_up(struct ipc_conn *c, void *arg)
{
    (void)c, (void)arg; /* the client speaks first */
}

static void on_down(struct ipc_conn *c, const char *reason, void *arg)
{
    struct mgmtd *m = arg;
    daemons_down(m, c, reason);
    sessions_down(m, c);
}

/* Front ends may be anybody's: what they may do is judged by user. Daemons run as we do. */
static bool is_system(const struct ipc_conn *c)
{
    int uid = ipc_conn_peer_uid(c);
    return uid == 0 || uid == (int)geteuid();
}

static void on_drained(struct ipc_conn *c, void *arg)
{
    sessions_drained(arg, c);
}

static void on_ended(struct ipc_conn *c, void *arg)
{
    if (!sessions_leave(arg, c))
        ipc_close(c, "the other end is gone");
}

static void on_message(struct ipc_conn *c, uint16_t type, const uint8_t *payload, size_t len, void *arg)
{
    struct mgmtd *m = arg;
    bool is_good = type >= FRONT_MSG_REQUEST ? sessions_message(m, c, type, payload, len)
                                             : is_system(c) && daemons_message(m, c, type, payload, len);
    if (is_good)
        return;
    LOG_WARN(m->env.log, "message-refused", "peer=%s uid=%d type=%u effect=\"the connection is closed\"",
             ipc_conn_peer(c)->name, ipc_conn_peer_uid(c), type);
    ipc_close(c, "malformed or unexpected message of type %u", type);
}

static int make_context(struct mgmtd *m, const struct mgmtd_options *opt)
{
    char dir[512], error[512] = "";
    const char *found[] = {dir, NULL};

    if (opt->ctx) {
        m->ctx = opt->ctx;
        return 0;
    }
    if (!opt->yang_dirs)
        yang_default_dir(dir, sizeof(dir));
    int rc = yang_context_create(opt->yang_dirs ? opt->yang_dirs : found, &m->ctx, error, sizeof(error));
    if (rc)
        LOG_ERROR(m->env.log, "no-schema", "error=\"%s\"", error);
    m->owns_ctx = rc == 0;
    return rc;
}

struct mgmtd *mgmtd_create(const struct env *env, const struct mgmtd_options *opt)
{
    static const struct ipc_events events = {
        .up = on_up, .down = on_down, .message = on_message, .drained = on_drained, .ended = on_ended};
    struct ipc_spec spec = {.socket = MGMT_SOCKET,
                            .service = MGMT_SERVICE,
                            .version = MGMT_VERSION,
                            .name = "mgmtd",
                            .frame_max = MGMT_FRAME_MAX,
                            .is_for_any_user = true,
                            .frame_max_user = FRAME_MAX_USER,
                            .max_per_user = CONNECTIONS_USER,
                            .is_quiet = true}; /* each `strata -c` comes and goes */
    struct mgmtd *m = MEM_NEW(NULL, struct mgmtd);

    m->env = *env;
    m->mem.name = "mgmtd";
    m->wall_clock_sec = opt->wall_clock_sec;
    sessions_init(m, opt->users);
    access_init(m);
    daemons_init(m);
    alive_init(m);
    confirm_init(m);
    events_init(m);
    if (make_context(m, opt)) {
        mgmtd_destroy(m);
        return NULL;
    }
    boot_start(m, opt->boot_file, opt->boot_text);
    int rc = ipc_listener_create(&m->env, &spec, &events, m, &m->listener);
    if (rc) {
        LOG_ERROR(env->log, "no-socket", "socket=%s/%s error=\"%s\"", env->run_dir, MGMT_SOCKET, strerror(-rc));
        mgmtd_destroy(m);
        return NULL;
    }
    return m;
}

void mgmtd_destroy(struct mgmtd *m)
{
    if (!m)
        return;
    ipc_listener_destroy(m->listener);
    alive_fini(m);
    confirm_fini(m); /* first: the end of a session must not take anything back now */
    gather_fini(m);
    sessions_fini(m);
    access_fini(m);
    txn_destroy(m);
    boot_fini(m);
    events_fini(m);
    mgmtd_release(m, m->running);
    yang_tree_free(m->intended);
    if (m->owns_ctx)
        ly_ctx_destroy(m->ctx);
    mem_free(NULL, m);
}
