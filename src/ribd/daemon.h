/* SPDX-License-Identifier: Apache-2.0
 *
 * ribd as an object: used by main.c and by simulations that run many of them in one process.
 */
#pragma once

struct dataplane;
struct env;
struct ribd;

/* Both are borrowed and outlive the daemon. Configuration comes from mgmtd; clients are served from then on. NULL:
 * failed, the reason is logged. The kernel (data plane) keeps its state over destroy, for the next one to adopt. After
 * destroy the data plane must not report any more: destroy it before the loop goes on. */
struct ribd *ribd_create(const struct env *env, struct dataplane *dp);
void ribd_destroy(struct ribd *d);
