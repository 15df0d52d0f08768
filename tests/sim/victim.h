/* SPDX-License-Identifier: Apache-2.0
 *
 * The backbone's customer "evil" and those whom nothing of its may reach, in sim_attack's network and in csc-ldp.
 */
#pragma once

#include "tests/sim/harness.h"

/* `node` sends a packet with these labels over its interface; where does it come out? */
void attack_inject(struct test *t, const char *node, const char *interface, const uint32_t *labels, size_t n,
                   const char *to, struct sim_trace *trace);
/* Did it come to anybody but evil and the backbone's edge? */
bool reaches_victim(const struct sim_trace *trace);
/* No label of l1pe1 lets a packet of evil out at a victim's: alone, over another one, and none at all. */
bool no_label_leads_out(struct test *t);
