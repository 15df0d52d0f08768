/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the carrier's carrier simulation share.
 */
#pragma once

#include "tests/sim/harness.h"

#define CSC_SCENARIO STRATA_SOURCE_DIR "/tests/sim/redundant-core"

/* The network with the redundant core: either of its two routers may carry a packet. */
static inline void csc_open(struct test *t, uint64_t seed)
{
    harness_open(t, CSC_SCENARIO, seed);
    t->net->twins[0] = "p";
    t->net->twins[1] = "p2";
}

/* chaos.c */
void foreign_hands(struct test *t); /* somebody deletes what is ribd's in the kernel */
/* Networks of their own: over bad cables, with daemons that die while it comes up, twice from the same seed. */
void whole_lives(struct test *t);
