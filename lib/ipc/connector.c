/* SPDX-License-Identifier: Apache-2.0
 *
 * The client's side of ipc.h: keeps one connection to a service, for ever. Back-off doubles from 100 ms to 2 s and
 * starts anew after a connection that lived a while, so that a server which throws us out at once is not hammered.
 */
#include "lib/ipc/conn.h"

#include "strata/env.h"
#include "strata/log.h"
#include "strata/mem.h"

enum { STEADY_US = 3000000 }; /* a connection that lived so long was a good one */

struct ipc_connector {
    const struct env *env;
    struct ipc_settings settings;
    struct ipc_events ev;
    void *arg;
    struct ipc_conn *conn;
    struct timer retry;
    uint64_t backoff_ms;
    uint64_t started_us;
};

static void on_gone(struct ipc_conn *c, void *owner)
{
    struct ipc_connector *k = owner;

    if (c->was_up && loop_now_us(k->env->loop) - k->started_us >= STEADY_US)
        k->backoff_ms = IPC_BACKOFF_MIN_MS;
    k->conn = NULL;
    timer_arm_ms(&k->retry, k->backoff_ms);
    k->backoff_ms = k->backoff_ms * 2 < IPC_BACKOFF_MAX_MS ? k->backoff_ms * 2 : IPC_BACKOFF_MAX_MS;
}

static void on_retry(void *arg)
{
    struct ipc_connector *k = arg;
    int err;

    k->started_us = loop_now_us(k->env->loop);
    k->conn = ipc_conn_create(k->env, &k->settings, &k->ev, k->arg, on_gone, k);
    err = ipc_conn_connect(k->conn);
    if (err == 0)
        return;
    ipc_conn_abandon(k->conn);
    k->conn = NULL;
    timer_arm_ms(&k->retry, k->backoff_ms);
    k->backoff_ms = k->backoff_ms * 2 < IPC_BACKOFF_MAX_MS ? k->backoff_ms * 2 : IPC_BACKOFF_MAX_MS;
}

struct ipc_connector *ipc_connector_create(const struct env *env, const struct ipc_spec *spec,
                                           const struct ipc_events *ev, void *arg)
{
    struct ipc_connector *k = MEM_NEW(NULL, struct ipc_connector);

    k->env = env;
    k->ev = *ev;
    k->arg = arg;
    k->backoff_ms = IPC_BACKOFF_MIN_MS;
    timer_init(&k->retry, env->loop, on_retry, k);
    if (ipc_settings_init(&k->settings, env, spec) == 0)
        timer_arm_us(&k->retry, 0);
    else
        LOG_ERROR(env->log, "ipc-path-too-long", "run-dir=%s socket=%s", env->run_dir, spec->socket);
    return k;
}

void ipc_connector_destroy(struct ipc_connector *k)
{
    if (!k)
        return;
    timer_cancel(&k->retry);
    if (k->conn)
        ipc_conn_abandon(k->conn);
    mem_free(NULL, k);
}

struct ipc_conn *ipc_connector_conn(const struct ipc_connector *k)
{
    return k->conn && ipc_is_up(k->conn) ? k->conn : NULL;
}
