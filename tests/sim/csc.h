/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the carrier's carrier simulation share.
 */
#pragma once

#include "tests/sim/harness.h"

#define CSC_SCENARIO STRATA_SOURCE_DIR "/tests/sim/redundant-core"

/* The network with the redundant core: either of its two routers may carry a packet. */
static inline void csc_open(struct test *t, const char *scenario)
{
    t->twins[0] = "p";
    t->twins[1] = "p2";
    harness_open(t, scenario, t->seed);
}

/* chaos.c */
void foreign_hands(struct test *t); /* somebody deletes what is ribd's in the kernel */
