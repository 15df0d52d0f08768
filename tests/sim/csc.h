/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the carrier's carrier simulation share.
 */
#pragma once

#include "tests/sim/watch.h"

enum { CONVERGE_MS = 120000 };

struct test {
    struct network *net;
    char problem[PROBLEM_BYTES];
    unsigned n_failed, n_passed;
    const char *only;
    bool is_verbose;
    unsigned n_storms;
    uint64_t virtual_us;
};

bool is_wanted(const struct test *t, const char *name);
/* Prints and counts; t->problem says why if it failed. */
void outcome(struct test *t, const char *name, bool is_ok, const char *more);
/* After a failure the cases that follow should start from a sound network, if it can be had. */
void mend(struct test *t);
/* Does it under the flow of pings. The network must be whole at the end, whatever was lost on the way (nothing, if it
 * is lossless); nothing may ever leave with a wrong stack. */
void fault(struct test *t, const char *name, void (*do_it)(struct test *t, void *arg), void *arg, uint64_t heal_ms,
           bool is_lossless);
/* evil sends a packet under these labels: does a customer get it? */
bool forge(struct test *t, const char *const *meanings, const char *to);

/* chaos.c */
void foreign_hands(struct test *t); /* somebody deletes what is ribd's in the kernel */
void full_size(struct test *t);     /* a full customer's packet passes */
void chaos(struct test *t);         /* many faults at once */
/* Networks of their own: over bad cables, with daemons that die while it comes up, twice from the same seed. */
void whole_lives(struct test *t, uint64_t seed, const char *const *dirs);
