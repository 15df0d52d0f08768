/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole ribd on the fake data plane, with a folder of its own, and short ways to configure it and to look at its
 * state. Time passes when nobody has anything to do.
 */
#pragma once

#include "fake_dp.h"
#include "ribd_config.h"
#include "src/ribd/daemon.h"
#include "strata/env.h"
#include "tests/unit/schema/state_dump.h"

struct whole {
    struct env env;
    char dir[64];
    struct fake_dp *dp;
    struct ribd *d;
    void *config; /* the test's own */
    struct state_dump dump;
};

/* Ports by name, with ifindex 1, 2, ...; NULL at the end. */
void whole_open(struct whole *w, const char *const *ports);
void whole_close(struct whole *w);
/* Another ribd over the same data plane, after the end of the one there was. */
void whole_restart(struct whole *w);

void run_ms(struct whole *w, uint64_t ms);
/* Until it is so; fails the test after limit_ms. */
void run_until(struct whole *w, bool (*is_done)(void *arg), void *arg, uint64_t limit_ms);

/* Prepares, commits and lets the result settle; fails the test if it is refused. */
void take(struct whole *w, const struct ribd_config *c);
/* It is refused, with that path and some message. */
void refuses(struct whole *w, const struct ribd_config *c, const char *path);

/* State as text: see state_dump.h. */
const char *state_of(struct whole *w, const char *path);
void has(struct whole *w, const char *path, const char *text);
void lacks(struct whole *w, const char *path, const char *text);
