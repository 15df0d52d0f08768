/* SPDX-License-Identifier: Apache-2.0
 *
 * Does a daemon that is connected still answer? Every message of it is a sign of life; one that says nothing for two
 * beats of the pulse is asked, and is silent after five. What is asked of a silent daemon ends at once, without it;
 * what it missed it gets when it is heard again. Nobody is ended or started again for it: that is for people to decide.
 *
 * Beats are counted, not seconds: while mgmtd itself does not run, none pass. A beat that comes late says that this
 * process or the whole machine stood still, and is held against nobody; in a silence that lasts, some are forgiven
 * only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/text/time.h"
#include "strata/loop.h"

struct daemon_link;
struct mgmtd;

#define ALIVE_BEAT_MS 1000
#define ALIVE_LATE_MS 500 /* a beat that comes so much later is late */

struct alive { /* a member of struct daemon_link; zero: not connected */
    bool answers_ping;
    bool is_silent;
    unsigned n_quiet;    /* beats since it was heard */
    unsigned n_forgiven; /* late ones, that are not in n_quiet */
    uint64_t heard_us;
    char since[TEXT_TIME_MAX]; /* is_silent: when it was heard */
};

struct pulse { /* a member of struct mgmtd */
    struct timer timer;
    uint64_t beat_us; /* the last */
};

void alive_init(struct mgmtd *m);
void alive_fini(struct mgmtd *m);
void alive_met(struct daemon_link *l, bool answers_ping); /* it said hello */
void alive_heard(struct daemon_link *l);                  /* it said anything */
void alive_lost(struct daemon_link *l);                   /* the connection is gone */
/* It had its time to answer what it was asked at `asked_us`. Was there no sign of life at all since then? Then it
 * counts as silent; the transaction is not told, it is who asks. */
bool alive_give_up(struct daemon_link *l, uint64_t asked_us);
/* "does not answer since 2026-01-01T00:00:00Z". Returns buf. */
#define ALIVE_TEXT_MAX 64
const char *alive_text(const struct daemon_link *l, char buf[ALIVE_TEXT_MAX]);
