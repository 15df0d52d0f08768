/* SPDX-License-Identifier: Apache-2.0
 *
 * ospfd: OSPFv2 in the public instance and in VPN instances. The root object; many may live in one process.
 */
#pragma once

#include <stdint.h>

struct env;
struct ospf_instance;
struct ospfd;

/* Connects to mgmtd and ribd by itself. `env` outlives the daemon. */
struct ospfd *ospfd_create(const struct env *env);
/* At once, as if it crashed: nothing is withdrawn, and neighbours find out. */
void ospfd_destroy(struct ospfd *d);
/* For tests: the instance of a VRF, NULL if none runs there. */
struct ospf_instance *ospfd_instance(struct ospfd *d, uint32_t vrf);
