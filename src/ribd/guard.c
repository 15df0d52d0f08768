/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's switch of the label guard. The data plane takes some milliseconds, more if there are many labels: who
 * asked is answered when it is so. What cannot be so soon is answered as such, and goes on being tried. Who asks for
 * the other meanwhile has the last word, and who asked before hears that.
 *
 * State says "off" from the moment that it is to be switched off until it is on again: never more safety than there is.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/ribd/ribd.h"
#include "strata/log.h"
#include "strata/mem.h"

enum { GUARD_WAIT_MS = 5000, REPLY_MAX = 2 * RIB_TEXT_MAX };

struct ribd_guard_asked {
    struct ribd *d;
    bool is_enabled;
    struct timer patience;
    ribd_guard_fn *done;
    void *arg;
    TAILQ_ENTRY(ribd_guard_asked) link;
};

static const char *word(bool is_enabled)
{
    return is_enabled ? "on" : "off";
}

static void answer(struct ribd_guard_asked *a, int error, const char *reply)
{
    TAILQ_REMOVE(&a->d->guard_asked, a, link);
    timer_cancel(&a->patience);
    if (a->done)
        a->done(a->arg, error, reply);
    mem_free(NULL, a);
}

static void so_it_is(struct ribd_guard_asked *a)
{
    answer(a, 0, a->is_enabled ? "the label guard is on" : "the label guard is OFF: any label is let in from anywhere");
}

static void cannot_be(struct ribd_guard_asked *a, int error, const char *why)
{
    char reply[REPLY_MAX];

    LOG_ERROR(a->d->env->log, "guard-not-switched", "enabled=%d error=%d text=\"%s\"", a->is_enabled, error, why);
    snprintf(reply, sizeof(reply), "the label guard cannot be switched %s: %s", word(a->is_enabled), why);
    answer(a, error, reply);
}

/* Tells once that it is so now. */
static void stands(struct ribd *d, bool is_enabled)
{
    d->is_guard_off = !is_enabled;
    if (d->is_guard_off_told == !is_enabled)
        return;
    d->is_guard_off_told = !is_enabled;
    LOG_WARN(d->env->log, "guard-switched", "enabled=%d", is_enabled);
    ribd_tell_guard_switched(d, is_enabled);
}

void ribd_guard_switched(struct ribd *d, bool is_enabled)
{
    struct ribd_guard_asked *a, *next;

    stands(d, is_enabled);
    for (a = TAILQ_FIRST(&d->guard_asked); a; a = next) {
        next = TAILQ_NEXT(a, link);
        if (a->is_enabled == is_enabled)
            so_it_is(a);
    }
}

static void on_patience(void *arg)
{
    struct ribd_guard_asked *a = arg;
    struct ribd *d = a->d;
    char why[RIB_TEXT_MAX], reply[REPLY_MAX];
    int err = d->dp->ops->guard_enable(d->dp, a->is_enabled, why); /* again: only to hear why */

    if (err == 0) {
        stands(d, a->is_enabled);
        so_it_is(a);
    } else if (err != -EINPROGRESS) {
        cannot_be(a, err, why);
    } else {
        snprintf(reply, sizeof(reply), "the label guard is not %s yet: %s%sribd goes on with it, see show platform",
                 word(a->is_enabled), why, *why ? "; " : "");
        answer(a, -ETIMEDOUT, reply);
    }
}

static void overtake(struct ribd *d, bool is_enabled)
{
    struct ribd_guard_asked *a, *next;
    char reply[REPLY_MAX];

    snprintf(reply, sizeof(reply), "the label guard is not %s: meanwhile somebody switched it %s again",
             word(!is_enabled), word(is_enabled));
    for (a = TAILQ_FIRST(&d->guard_asked); a; a = next) {
        next = TAILQ_NEXT(a, link);
        if (a->is_enabled != is_enabled)
            answer(a, -ECANCELED, reply);
    }
}

void ribd_guard_enable(struct ribd *d, bool is_enabled, ribd_guard_fn *done, void *arg)
{
    struct ribd_guard_asked *a = MEM_NEW(NULL, struct ribd_guard_asked);
    char why[RIB_TEXT_MAX];
    int err;

    *a = (struct ribd_guard_asked){.d = d, .is_enabled = is_enabled, .done = done, .arg = arg};
    timer_init(&a->patience, d->env->loop, on_patience, a);
    overtake(d, is_enabled);
    TAILQ_INSERT_TAIL(&d->guard_asked, a, link);
    err = d->dp->ops->guard_enable(d->dp, is_enabled, why);
    if (err == -EINPROGRESS) {
        d->is_guard_off = true;
        timer_arm_ms(&a->patience, GUARD_WAIT_MS);
    } else if (err) {
        cannot_be(a, err, why);
    } else {
        ribd_guard_switched(d, is_enabled);
    }
}

void ribd_guard_init(struct ribd *d)
{
    TAILQ_INIT(&d->guard_asked);
}

void ribd_guard_fini(struct ribd *d)
{
    while (!TAILQ_EMPTY(&d->guard_asked))
        answer(TAILQ_FIRST(&d->guard_asked), 0, NULL);
}
