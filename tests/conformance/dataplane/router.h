/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole ribd on the bench's router, for cases that disturb it.
 */
#pragma once

#include "tests/conformance/dataplane/suite.h"

struct ribd;

struct router {
    struct bench b; /* first; its data plane is started by ribd */
    struct ribd *d;
    size_t n_more;                      /* next-hop sets and routes that it has beside those of its configuration */
    bool (*is_whole)(struct router *r); /* they work; NULL: there are none */
};

int router_setup(void **state);
int router_teardown(void **state);
void router_start(struct router *r); /* until all works */
void router_configure(struct router *r, bool is_pipe);
/* In at p0, out at `out` with these labels? */
bool router_passes(struct bench *b, unsigned out, const char *stack, const char *destination, const char *expected);
/* An audit of the whole; reply may be NULL. */
void router_audit(struct router *r, bool is_repair, char *reply, size_t size);
void router_recovers(struct router *r); /* all packets take their ways, and the audit is clean; or the test fails */
