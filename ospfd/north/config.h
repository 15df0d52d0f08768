/* SPDX-License-Identifier: Apache-2.0
 *
 * ospfd's configuration: is it acceptable (prepare), and which instances does it ask for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cfg_ospf_instance;
struct north_error;
struct ospfd_config;

/* 0, or -EINVAL and *err. Pure. */
int ospf_config_check(const struct ospfd_config *c, struct north_error *err);
/* The configuration of an instance by the name of its VPN instance ("" = public); NULL if OSPF is not to run there. */
const struct cfg_ospf_instance *ospf_config_instance(const struct ospfd_config *c, const char *name);
