/* SPDX-License-Identifier: Apache-2.0
 *
 * What is remembered of sessions that ended, by neighbour, whether or not it is still there. Bounded: the neighbours
 * whose sessions ended last.
 */
#include <stdio.h>

#include "ldpd/session/internal.h"

#define ENDS_MAX 64

static struct ldp_end *end_get(struct ldp_instance *i, uint32_t lsr_id)
{
    struct ldp_end *e;
    TAILQ_FOREACH (e, &i->ends, entry)
        if (e->lsr_id == lsr_id)
            break;
    if (e) {
        TAILQ_REMOVE(&i->ends, e, entry);
    } else if (i->n_ends >= ENDS_MAX) {
        e = TAILQ_LAST(&i->ends, ldp_ends);
        TAILQ_REMOVE(&i->ends, e, entry);
        e->count = 0;
    } else {
        e = MEM_NEW(&i->mem, struct ldp_end);
        i->n_ends++;
    }
    e->lsr_id = lsr_id;
    TAILQ_INSERT_HEAD(&i->ends, e, entry);
    return e;
}

void ldp_end_note(struct ldp_neighbor *n)
{
    struct ldp_end *e = end_get(n->instance, n->lsr_id);
    e->count++;
    e->ended_us = loop_now_us(n->instance->env->loop);
    e->lasted_us = e->ended_us - n->up_since_us;
    snprintf(e->reason, sizeof(e->reason), "%s", n->last_error);
}

void ldp_ends_forget(struct ldp_instance *i)
{
    struct ldp_end *e;
    while ((e = TAILQ_FIRST(&i->ends))) {
        TAILQ_REMOVE(&i->ends, e, entry);
        mem_free(&i->mem, e);
    }
    i->n_ends = 0;
}

void ldp_instance_each_end(const struct ldp_instance *i, void (*fn)(void *arg, const struct ldp_end_view *v), void *arg)
{
    uint64_t now = loop_now_us(i->env->loop);
    const struct ldp_end *e;
    TAILQ_FOREACH (e, &i->ends, entry) {
        struct ldp_end_view v = {
            .lsr_id = e->lsr_id,
            .count = e->count,
            .since_sec = (uint32_t)((now - e->ended_us) / 1000000),
            .lasted_sec = (uint32_t)(e->lasted_us / 1000000),
            .reason = e->reason,
        };
        fn(arg, &v);
    }
}
