/* SPDX-License-Identifier: Apache-2.0
 *
 * See alive.h.
 */
#include "src/mgmtd/alive.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/ipc/north/north_msg.h"
#include "src/mgmtd/core.h"
#include "src/mgmtd/link/notify.h"
#include "strata/ipc.h"
#include "strata/log.h"
#include "strata/schema.h"

enum {
    ASK_AT = 2,       /* quiet beats */
    SILENT_AT = 5,    /* three of them after it was asked */
    FORGIVEN_MAX = 10 /* a machine that always stutters must not hide a daemon that hangs */
};

const char *alive_text(const struct daemon_link *l, char buf[ALIVE_TEXT_MAX])
{
    snprintf(buf, ALIVE_TEXT_MAX, "does not answer since %s", l->alive.since);
    return buf;
}

static void mark_silent(struct daemon_link *l)
{
    struct alive *a = &l->alive;
    uint64_t quiet_sec = (loop_now_us(l->m->env.loop) - a->heard_us + 999999) / 1000000;

    a->is_silent = true;
    text_time_write(txn_wall_sec(l->m) - quiet_sec, a->since);
    LOG_ERROR(l->m->env.log, "daemon-silent", "daemon=%s pid=%u since=%s effect=\"nothing is asked of it\"",
              l->owner->daemon, (unsigned)ipc_conn_peer(l->conn)->pid, a->since);
    notify_silent(l);
    gather_daemon_silent(l);
}

bool alive_give_up(struct daemon_link *l, uint64_t asked_us)
{
    struct alive *a = &l->alive;

    if (a->is_silent)
        return true;
    if (!l->conn || !a->answers_ping || a->heard_us > asked_us)
        return false;
    mark_silent(l);
    return true;
}

static void forgive(struct alive *a)
{
    a->n_forgiven++;
    if (a->n_quiet > ASK_AT)
        a->n_quiet = ASK_AT; /* it was asked, and has all of its time again */
}

static void beat(struct daemon_link *l, bool is_late)
{
    struct alive *a = &l->alive;

    if (a->is_silent)
        return;
    if (is_late && a->n_forgiven < FORGIVEN_MAX) {
        forgive(a);
        return;
    }
    a->n_quiet++;
    if (a->n_quiet == ASK_AT) {
        north_to_daemon_send(l->conn, NORTH_PING, &(struct north_to_daemon){.id = 0});
    } else if (a->n_quiet >= SILENT_AT) {
        mark_silent(l);
        txn_daemon_silent(l);
    }
}

static void on_beat(void *arg)
{
    struct mgmtd *m = arg;
    uint64_t now_us = loop_now_us(m->env.loop);
    bool is_late = now_us - m->pulse.beat_us > (ALIVE_BEAT_MS + ALIVE_LATE_MS) * 1000ull;

    m->pulse.beat_us = now_us;
    for (size_t i = 0; i < m->n_daemons; i++) {
        struct daemon_link *l = &m->daemons[i];
        if (!l->conn || !l->alive.answers_ping)
            continue;
        timer_arm_ms(&m->pulse.timer, ALIVE_BEAT_MS);
        beat(l, is_late);
    }
}

void alive_met(struct daemon_link *l, bool answers_ping)
{
    struct pulse *p = &l->m->pulse;
    uint64_t now_us = loop_now_us(l->m->env.loop);

    l->alive = (struct alive){.answers_ping = answers_ping, .heard_us = now_us};
    if (!answers_ping || timer_is_armed(&p->timer))
        return;
    p->beat_us = now_us;
    timer_arm_ms(&p->timer, ALIVE_BEAT_MS);
}

void alive_heard(struct daemon_link *l)
{
    struct alive *a = &l->alive;
    uint64_t now_us = loop_now_us(l->m->env.loop), silent_sec = (now_us - a->heard_us) / 1000000;

    a->n_quiet = a->n_forgiven = 0;
    a->heard_us = now_us;
    if (!a->is_silent)
        return;
    a->is_silent = false;
    LOG_WARN(l->m->env.log, "daemon-answers", "daemon=%s pid=%u silent-seconds=%" PRIu64, l->owner->daemon,
             (unsigned)ipc_conn_peer(l->conn)->pid, silent_sec);
    notify_answers(l, silent_sec);
    if (l->state == LINK_OUT_OF_SYNC && l->version == 0) /* a commit went on without it */
        l->state = LINK_MET;
    daemons_meet_all(l->m);
}

void alive_lost(struct daemon_link *l)
{
    l->alive = (struct alive){.answers_ping = false};
}

void alive_init(struct mgmtd *m)
{
    timer_init(&m->pulse.timer, m->env.loop, on_beat, m);
}

void alive_fini(struct mgmtd *m)
{
    timer_cancel(&m->pulse.timer);
}
