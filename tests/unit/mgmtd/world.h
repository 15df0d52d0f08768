/* SPDX-License-Identifier: Apache-2.0
 *
 * A small world for mgmtd's tests: real files and sockets in a folder of their own, mgmtd, daemons that only know their
 * half of the conversation, and a front end that waits for its answers. Time passes when nobody has anything to do.
 */
#pragma once

#include "tests/unit/mgmtd/fixture.h"

#include "src/mgmtd/mgmtd.h"
#include "strata/env.h"
#include "strata/front.h"
#include "strata/io.h"
#include "strata/log.h"
#include "strata/loop.h"
#include "strata/north.h"
#include "strata/schema.h"

#define WORLD_DAEMONS 5

struct world;
struct fake {
    struct world *w;
    const char *name;
    const struct schema *schema;
    struct north *north;
    unsigned n_prepared, n_committed;
    const char *refuse_path;           /* not NULL: prepare refuses, with this path */
    unsigned accept_first;             /* so many times it agrees before it refuses */
    bool (*refuses)(const void *next); /* NULL: always, once refuse_path is set */
    bool kills_mgmtd;                  /* in prepare: mgmtd dies before the answer arrives */
    char last_action[128];
    const void *last_config;
};

struct world {
    struct env env;
    struct ly_ctx *ctx;
    struct mgmtd *mgmtd;
    struct front *front;
    struct fake fakes[WORLD_DAEMONS];
    size_t n_fakes;
    char dir[64], run_dir[80], state_dir[80];
    char log[16384]; /* mgmtd's, lines */
    char order[512]; /* "ribd vpnd ...": commits in their order */
    struct timer timer;
    bool must_kill;
    /* front end */
    uint64_t last_id;
    int error;
    char text[16384], note[1024];
    char needed[256];
    unsigned n_replies;
};

int world_setup(void **state);
int world_setup_in_real_time(void **state); /* for tests with other processes */
int world_teardown(void **state);
/* boot: text of the boot file, or NULL. */
void world_start(struct world *w, const char *boot);
void world_connect(struct world *w); /* a front end, if there is none */
void world_stop(struct world *w);    /* mgmtd only, as if killed */
struct fake *world_daemon(struct world *w, const char *name);
void world_daemon_stop(struct fake *f);
void world_run_ms(struct world *w, unsigned ms);
void world_run_us(struct world *w, unsigned us);
/* Runs until the condition holds, at most 8 s; fails the test otherwise. */
#define world_until(w, condition)                                                                                      \
    do {                                                                                                               \
        for (unsigned tries_ = 0; !(condition); tries_++) {                                                            \
            if (tries_ > 1600)                                                                                         \
                fail_msg("never happened: %s\nlog:\n%s", #condition, (w)->log);                                        \
            world_run_ms((w), 5);                                                                                      \
        }                                                                                                              \
    } while (0)
/* One request of the front end, its reply in w->error, w->text, w->note. */
int world_ask(struct world *w, const struct front_request *r);
int world_load(struct world *w, const char *text);
int world_commit(struct world *w);
const char *world_show(struct world *w);
