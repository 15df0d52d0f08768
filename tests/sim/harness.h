/* SPDX-License-Identifier: Apache-2.0
 *
 * What all programs of the simulation share: cases and their outcome, the command line, faults under watched pings.
 */
#pragma once

#include "tests/sim/watch.h"

enum { SEEDS_MAX = 8, CONVERGE_MS = 120000, HEAL_MS = 30000, CUT_HEAL_MS = 60000 };

struct test {
    struct network *net;
    char problem[PROBLEM_BYTES];
    unsigned n_failed, n_passed;
    uint64_t seeds[SEEDS_MAX], seed; /* given; of this run */
    size_t n_seeds;
    const char *only;
    bool is_verbose, is_quick;
    unsigned n_storms;
    const char *twins[2]; /* for struct network */
    uint64_t virtual_us;
};

/* --- cases --- */
bool is_wanted(const struct test *t, const char *name);
/* Prints and counts; t->problem says why if it failed, and is emptied. */
void outcome(struct test *t, const char *name, bool is_ok, const char *more);
/* False, and t->problem if it has none yet. */
bool fails(struct test *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* After a failure the cases that follow should start from a sound network, if it can be had. */
void mend(struct test *t);
bool converges(struct test *t); /* starts the network; the first case of each program */
/* No packet was seen with a wrong stack; none was lost, if that is asked for. */
bool flows_are_clean(struct test *t, const struct flows *f, bool is_lossless);

/* --- programs --- */
/* A program: with each seed of the command line (t->seed) it runs the scenario, or each that is named there if it is
 * NULL. Returns the program's status; exits if the command line is wrong. */
int harness_main(int argc, char **argv, const char *scenario, void (*run)(struct test *t, const char *scenario));
void harness_open(struct test *t, const char *scenario, uint64_t seed); /* t->net, with logs if verbose */
void harness_close(struct test *t);

/* --- faults (fault.c) --- */
/* Does it under the flows. The network must be whole at the end, whatever was lost on the way (nothing, if it is
 * lossless); nothing may ever be seen with a wrong stack. */
void fault(struct test *t, const char *name, void (*do_it)(struct test *t, void *arg), void *arg, uint64_t heal_ms,
           bool is_lossless);
void faults_prepare(struct test *t); /* once it is whole */
void single_faults(struct test *t);  /* of each daemon and each cable */
void storms(struct test *t);         /* many faults at once */
void random_fault(struct test *t);

/* --- commits (commit.c) --- */
struct env;
struct front_request;
const struct env *network_shell(struct network *net, const char *router); /* where front ends at the router live */
/* A front end at the router loads what it is told and commits. False: refused, or no answer within n_events; `error`
 * says why. */
bool network_commit(struct network *net, const char *router, const struct front_request *load, unsigned n_events,
                    char error[PROBLEM_BYTES]);
void reconfigurations(struct test *t); /* each protocol of each router goes and comes back */

/* Networks of their own (lives.c): over bad cables, with daemons that die while it comes up, twice from the same seed.
 */
void whole_lives(struct test *t, const char *scenario);

/* --- the scenario's own checks (checks.c) --- */
void check_all(struct test *t); /* and that no label that a host sends leads anywhere */
/* Nobody knows what he must not know, and no kernel differs from its intent. Says it only if t->problem is empty. */
bool is_sound(struct test *t);
bool all_is_well(struct test *t); /* sound, and whole */
/* Puts packets under these labels (as the scenario writes them) on the cable: does one come to the node? `source` NULL:
 * chosen. -1: there is no such label. */
int forge(struct test *t, const char *from, const char *interface, const char *source, const json_t *labels,
          const char *to);
