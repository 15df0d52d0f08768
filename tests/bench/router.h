/* SPDX-License-Identifier: Apache-2.0
 *
 * What the measurements of mgmtd share: a real mgmtd beside the program, in a folder of its own, and a front end to it.
 * What fails ends the program.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "strata/env.h"
#include "strata/front.h"
#include "strata/loop.h"
#include "strata/north.h"

struct bench_router {
    struct env env;
    char dir[64];
    pid_t mgmtd;
    struct front *front;
    void (*reply)(const struct front_reply *r, void *arg); /* one without an error */
    void *arg;
    bool is_up, is_late;
    uint64_t wait_ms;
    struct timer timer;
};

double bench_now_ms(void);
_Noreturn void bench_die(const char *what);
/* The router must be zero. Returns when mgmtd answers. */
void bench_router_start(struct bench_router *r, uint64_t wait_ms, void (*reply)(const struct front_reply *r, void *arg),
                        void *arg);
void bench_router_end(struct bench_router *r);
/* Until the flag is set, at most wait_ms. */
void bench_router_run(struct bench_router *r, const bool *is_done);
/* For north_ops.prepare: any configuration is good. */
int bench_agree(void *daemon, const void *next, const void *prev, struct north_error *err);
