/* SPDX-License-Identifier: Apache-2.0
 *
 * See mgmtd.h. A collection that loses mgmtd, or takes too long, ends with what there is.
 */
#include "src/metricsd/link/mgmtd.h"

#include <errno.h>
#include <libyang/libyang.h>

#include "lib/text/tree.h"
#include "src/metricsd/metrics/plan.h"
#include "strata/env.h"
#include "strata/front.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"

struct collector {
    const struct env *env;
    const struct ly_ctx *ctx;
    const struct metrics_plan *plan;
    struct collector_events ev;
    void *arg;
    struct front *front;
    struct timer limit;
    bool is_running, is_complete, has_any;
    size_t at;   /* index of the path that is asked for */
    uint64_t id; /* of its request */
};

static void finish(struct collector *c, const char *why)
{
    if (!c->is_running)
        return;
    c->is_running = false;
    c->id = 0;
    timer_cancel(&c->limit);
    c->ev.done(c->arg, c->is_complete && !why, c->has_any ? NULL : why);
}

static void ask(struct collector *c)
{
    struct front_request r = {.op = FRONT_STATE, .is_in_parts = true};

    if (c->at == c->plan->n) {
        c->has_any = true;
        finish(c, NULL);
        return;
    }
    r.path = c->plan->paths[c->at];
    c->id = front_send(c->front, &r);
    if (!c->id)
        finish(c, "mgmtd takes no request");
}

static void on_limit(void *arg)
{
    struct collector *c = arg;

    LOG_WARN(c->env->log, "collection-slow", "path=%s", c->plan->paths[c->at]);
    finish(c, "the daemons take too long to answer");
}

static void take(struct collector *c, const struct front_reply *r)
{
    struct lyd_node *tree = NULL;

    if (r->error || front_note_is_fault(r->note))
        c->is_complete = false;
    if (r->error || !r->text[0])
        return;
    if (lyd_parse_data_mem(c->ctx, r->text, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) != LY_SUCCESS) {
        LOG_WARN(c->env->log, "state-unreadable", "path=%s", c->plan->paths[c->at]);
        c->is_complete = false;
        return;
    }
    c->has_any = true;
    c->ev.part(c->arg, tree);
    lyd_free_all(tree);
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct collector *c = arg;
    struct front_request more = {.op = FRONT_MORE, .number = (uint32_t)r->id};

    if (!c->is_running || r->id != c->id)
        return; /* of a collection that has ended */
    take(c, r);
    if (r->has_more) {
        if (!front_send(c->front, &more))
            finish(c, "mgmtd takes no request");
        return;
    }
    c->at++;
    ask(c);
}

static void on_up(void *arg)
{
    (void)arg;
}

static void on_down(const char *reason, void *arg)
{
    (void)reason;
    finish(arg, "mgmtd is gone");
}

void collector_start(struct collector *c)
{
    if (c->is_running)
        return;
    c->is_running = c->is_complete = true;
    c->has_any = false;
    c->at = 0;
    if (!front_is_up(c->front)) {
        finish(c, "mgmtd is not running");
        return;
    }
    timer_arm_ms(&c->limit, COLLECT_MS);
    ask(c);
}

struct collector *collector_create(const struct env *env, const struct ly_ctx *ctx, const struct metrics_plan *plan,
                                   const struct collector_events *ev, void *arg)
{
    static const struct front_events events = {.up = on_up, .down = on_down, .reply = on_reply};
    struct collector *c = MEM_NEW(NULL, struct collector);

    c->env = env;
    c->ctx = ctx;
    c->plan = plan;
    c->ev = *ev;
    c->arg = arg;
    timer_init(&c->limit, env->loop, on_limit, c);
    c->front = front_create(env, "metricsd", &events, c);
    return c;
}

void collector_destroy(struct collector *c)
{
    if (!c)
        return;
    timer_cancel(&c->limit);
    front_destroy(c->front);
    mem_free(NULL, c);
}
