/* SPDX-License-Identifier: Apache-2.0
 *
 * See mgmtd.h. The conversation is that of a front end (front.h). mgmtd answers for a daemon that hangs after its own
 * deadline, with a note; a daemon that need not run has none, and that is an answer too.
 */
#include "vpnd/link/mgmtd.h"

#include <string.h>

#include "strata/env.h"
#include "strata/front.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/mem.h"
#include "vpnd/csc/facts.h"

#define ROUND_MS  5000  /* between the beginnings of two rounds */
#define SLOW_MS   30000 /* at most, */
#define SHARE     5     /* where answers are slow: a fifth of the time is spent on asking */
#define SOON_MS   1000
#define ANSWER_MS 20000 /* mgmtd's own deadlines are shorter */

struct vpnd_poll {
    const struct env *env;
    struct csc_facts *facts;
    void (*heard)(void *arg);
    void *arg;
    struct front *front;
    struct timer next, deadline;
    bool is_wanted, is_asking;
    enum csc_source source;
    uint64_t request, round_us;
};

static void end_round(struct vpnd_poll *p)
{
    uint64_t took_ms = (loop_now_us(p->env->loop) - p->round_us) / 1000;
    uint64_t round_ms = took_ms * SHARE < ROUND_MS ? ROUND_MS : took_ms * SHARE > SLOW_MS ? SLOW_MS : took_ms * SHARE;

    p->is_asking = false;
    timer_cancel(&p->deadline);
    timer_arm_ms(&p->next, round_ms > took_ms + SOON_MS ? round_ms - took_ms : SOON_MS);
    p->heard(p->arg);
}

static void ask(struct vpnd_poll *p)
{
    struct front_request r = {.op = csc_source_is_config(p->source) ? FRONT_SHOW : FRONT_STATE,
                              .format = FRONT_JSON,
                              .path = csc_source_path(p->source)};

    p->request = front_send(p->front, &r);
    if (p->request)
        timer_arm_ms(&p->deadline, ANSWER_MS);
    else
        end_round(p); /* not connected */
}

static void on_next(void *arg)
{
    struct vpnd_poll *p = arg;

    if (!p->is_wanted || p->is_asking)
        return;
    p->is_asking = true;
    p->round_us = loop_now_us(p->env->loop);
    p->source = (enum csc_source)0;
    ask(p);
}

static void on_deadline(void *arg)
{
    struct vpnd_poll *p = arg;

    p->request = 0; /* whatever still comes is not for us */
    LOG_WARN(p->env->log, "state-unanswered", "path=%s", csc_source_path(p->source));
    end_round(p);
}

static void on_reply(const struct front_reply *r, void *arg)
{
    struct vpnd_poll *p = arg;
    struct csc_answer *a = &p->facts->from[p->source];

    if (!p->is_asking || r->id != p->request)
        return;
    a->is_silent = r->error != 0 || front_note_is_fault(r->note);
    if (!a->is_silent && !csc_facts_take(p->facts, p->source, r->text ? r->text : "{}", loop_now_us(p->env->loop)))
        LOG_WARN(p->env->log, "state-unreadable", "path=%s", csc_source_path(p->source));
    p->source = (enum csc_source)(p->source + 1);
    if (p->source == CSC_SOURCE_COUNT || !p->is_wanted)
        end_round(p);
    else
        ask(p);
}

static void on_up(void *arg)
{
    vpnd_poll_soon(arg);
}

static void on_down(const char *reason, void *arg)
{
    struct vpnd_poll *p = arg;

    (void)reason;
    if (p->is_asking)
        end_round(p);
}

struct vpnd_poll *vpnd_poll_create(const struct env *env, struct csc_facts *facts, void (*heard)(void *arg), void *arg)
{
    static const struct front_events events = {.up = on_up, .down = on_down, .reply = on_reply};
    struct vpnd_poll *p = MEM_NEW(NULL, struct vpnd_poll);

    p->env = env;
    p->facts = facts;
    p->heard = heard;
    p->arg = arg;
    timer_init(&p->next, env->loop, on_next, p);
    timer_init(&p->deadline, env->loop, on_deadline, p);
    p->front = front_create(env, "vpnd", &events, p);
    return p;
}

void vpnd_poll_destroy(struct vpnd_poll *p)
{
    if (!p)
        return;
    timer_cancel(&p->next);
    timer_cancel(&p->deadline);
    front_destroy(p->front);
    mem_free(NULL, p);
}

void vpnd_poll_soon(struct vpnd_poll *p)
{
    if (p->is_wanted && !p->is_asking)
        timer_arm_ms(&p->next, SOON_MS);
}

void vpnd_poll_want(struct vpnd_poll *p, bool is_wanted)
{
    if (p->is_wanted == is_wanted)
        return;
    p->is_wanted = is_wanted;
    if (is_wanted)
        vpnd_poll_soon(p);
    else
        timer_cancel(&p->next);
}
