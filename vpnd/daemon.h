/* SPDX-License-Identifier: Apache-2.0
 *
 * vpnd: validates VPN instances before they are committed, watches whether what forwards is what was configured, and
 * answers for their state. It carries no route and no packet: its death disturbs nobody.
 */
#pragma once

struct env;
struct vpnd;

/* Connects to mgmtd and ribd by itself. `env` outlives the daemon. */
struct vpnd *vpnd_create(const struct env *env);
void vpnd_destroy(struct vpnd *v);
