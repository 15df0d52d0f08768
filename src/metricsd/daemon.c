/* SPDX-License-Identifier: Apache-2.0
 *
 * See daemon.h: brings the HTTP server, the collector and the configuration together. The text is kept for
 * min-interval: however many ask, and however often, the daemons are asked once in that time.
 */
#include "src/metricsd/daemon.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/context.h"
#include "metricsd_config.h"
#include "src/metricsd/http/server.h"
#include "src/metricsd/link/mgmtd.h"
#include "src/metricsd/metrics/plan.h"
#include "src/metricsd/metrics/render.h"
#include "strata/env.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "strata/north.h"
#include "strata/state.h"

#define SOCKET_NAME "metrics.sock"

struct metricsd {
    struct env env;
    struct ly_ctx *ctx;
    bool owns_ctx;
    struct metrics_plan plan;
    struct http_server *server;
    struct collector *collector;
    struct north *north;
    struct metrics_render *render; /* of the collection under way; else NULL */
    struct text_buf text;          /* of the last one */
    uint64_t text_at_us;           /* 0: there is none */
    uint64_t begun_us, lasted_us, n_collections;
    struct {
        bool is_open;
        struct ip_addr address;
        uint16_t port;
    } tcp;
    char fault[160];
};

static const struct cfg_metrics *config_of(const struct metricsd *d)
{
    const struct metricsd_config *c = north_config(d->north);
    return c ? c->metrics : NULL;
}

static void on_wanted(void *arg)
{
    struct metricsd *d = arg;
    uint64_t now_us = loop_now_us(d->env.loop);
    uint64_t keep_us = config_of(d) ? (uint64_t)config_of(d)->min_interval * 1000000 : 0;

    if (d->text_at_us && now_us - d->text_at_us < keep_us) {
        http_server_answer(d->server, METRICS_CONTENT_TYPE, text_buf_get(&d->text), d->text.len);
        return;
    }
    if (d->render)
        return; /* it will be answered with those who wait already */
    d->render = metrics_render_create();
    d->begun_us = now_us;
    d->n_collections++;
    collector_start(d->collector);
}

static void on_part(void *arg, const struct lyd_node *tree)
{
    struct metricsd *d = arg;
    metrics_render_add(d->render, tree);
}

static void on_done(void *arg, bool is_complete, const char *why)
{
    struct metricsd *d = arg;
    struct metrics_render *r = d->render;

    d->render = NULL;
    d->lasted_us = loop_now_us(d->env.loop) - d->begun_us;
    if (why) {
        http_server_fail(d->server, why);
    } else {
        if (!is_complete)
            metrics_render_incomplete(r);
        text_buf_fini(&d->text);
        metrics_render_text(r, &d->text);
        d->text_at_us = loop_now_us(d->env.loop);
        http_server_answer(d->server, METRICS_CONTENT_TYPE, text_buf_get(&d->text), d->text.len);
    }
    metrics_render_destroy(r);
}

/* --- mgmtd --- */

static void on_commit(void *arg, const void *next, const void *prev)
{
    const struct metricsd_config *c = next;
    struct metricsd *d = arg;
    struct stream_addr addr = {.kind = STREAM_TCP};
    int err;

    (void)prev;
    bool is_wanted = c->metrics && c->metrics->has_port;
    if (d->tcp.is_open && is_wanted && d->tcp.port == c->metrics->port &&
        ip_addr_equal(&d->tcp.address, &c->metrics->address))
        return;
    http_server_unlisten_tcp(d->server);
    d->tcp.is_open = false;
    d->fault[0] = '\0';
    if (!is_wanted)
        return;
    d->tcp.address = addr.local = c->metrics->address;
    d->tcp.port = addr.local_port = c->metrics->port;
    err = http_server_listen(d->server, &addr);
    d->tcp.is_open = err == 0;
    if (err) {
        snprintf(d->fault, sizeof(d->fault), "port %u: %s", c->metrics->port, strerror(-err));
        LOG_ERROR(d->env.log, "listen-failed", "port=%u error=\"%s\"", c->metrics->port, strerror(-err));
    }
}

static void on_state(void *arg, const char *path, struct state_writer *w)
{
    struct metricsd *d = arg;
    const struct http_counters *n = http_server_counters(d->server);

    (void)path;
    state_open(w, METRICSD_METRICS);
    state_open(w, METRICSD_METRICS_STATE);
    state_u64(w, METRICSD_METRICS_STATE_REQUESTS, n->requests);
    state_u64(w, METRICSD_METRICS_STATE_REFUSED, n->refused);
    state_u64(w, METRICSD_METRICS_STATE_CUT, n->cut);
    state_u64(w, METRICSD_METRICS_STATE_COLLECTIONS, d->n_collections);
    state_u64(w, METRICSD_METRICS_STATE_LAST_DURATION, d->lasted_us / 1000);
    state_u64(w, METRICSD_METRICS_STATE_SIZE, d->text.len);
    state_text(w, METRICSD_METRICS_STATE_PROBLEM, d->fault);
    state_close(w);
    state_close(w);
}

/* --- life --- */

static int make_context(struct metricsd *d, struct ly_ctx *ctx)
{
    char dir[512], error[512] = "";
    const char *dirs[] = {dir, NULL};
    int rc = 0;

    d->ctx = ctx;
    if (!ctx) {
        yang_default_dir(dir, sizeof(dir));
        rc = yang_context_create(dirs, &d->ctx, error, sizeof(error));
        d->owns_ctx = rc == 0;
    }
    if (rc == 0)
        rc = metrics_plan_init(&d->plan, d->ctx);
    if (rc)
        LOG_ERROR(d->env.log, "no-schema", "error=\"%s\"", error);
    return rc;
}

struct metricsd *metricsd_create(const struct env *env, struct ly_ctx *ctx)
{
    static const struct collector_events collector_events = {.part = on_part, .done = on_done};
    static const struct north_ops north_ops = {.commit = on_commit, .state = on_state};
    struct metricsd *d = MEM_NEW(NULL, struct metricsd);
    struct stream_addr addr = {.kind = STREAM_UNIX};
    int err;

    d->env = *env;
    if (make_context(d, ctx)) {
        metricsd_destroy(d);
        return NULL;
    }
    d->server = http_server_create(&d->env, on_wanted, d);
    snprintf(addr.path, sizeof(addr.path), "%s/%s", env->run_dir, SOCKET_NAME);
    err = http_server_listen(d->server, &addr);
    if (err) {
        LOG_ERROR(env->log, "no-socket", "socket=%s error=\"%s\"", addr.path, strerror(-err));
        metricsd_destroy(d);
        return NULL;
    }
    d->collector = collector_create(&d->env, d->ctx, &d->plan, &collector_events, d);
    d->north = north_create(&d->env, "metricsd", &metricsd_schema, &north_ops, d);
    return d;
}

void metricsd_destroy(struct metricsd *d)
{
    if (!d)
        return;
    http_server_destroy(d->server);
    collector_destroy(d->collector);
    north_destroy(d->north);
    metrics_render_destroy(d->render);
    metrics_plan_fini(&d->plan);
    text_buf_fini(&d->text);
    if (d->owns_ctx)
        ly_ctx_destroy(d->ctx);
    mem_free(NULL, d);
}
