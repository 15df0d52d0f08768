/* SPDX-License-Identifier: Apache-2.0
 *
 * What vpnd thinks of VPN instances, as pure functions of values: is a configuration one that can work, and is what
 * forwards what was configured. RFC 4364, section 9 for carrier's carrier.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct vpnd_config;
struct cfg_vpn_instances_vpn_instance;
struct rib_instance;
struct rib_interface;

#define VPN_TEXT_MAX     200
#define VPN_PROBLEMS_MAX 16

/* Finds the first instance that cannot work. True: all can. Else `path` and `message` (VPN_TEXT_MAX each) say which
 * leaf and what to do. */
bool vpn_config_check(const struct vpnd_config *config, char *path, char *message);

enum vpn_status { VPN_STATUS_UP, VPN_STATUS_DEGRADED, VPN_STATUS_DOWN };

struct vpn_view {
    enum vpn_status status;
    size_t n_problems;
    char problems[VPN_PROBLEMS_MAX][VPN_TEXT_MAX];
};

/* Judges one instance. `instance` is ribd's view, NULL if it has none; `interfaces` are those that ribd has in it. */
void vpn_view_make(struct vpn_view *view, const struct vpnd_config *config,
                   const struct cfg_vpn_instances_vpn_instance *vpn, const struct rib_instance *instance,
                   const struct rib_interface *const *interfaces, size_t n_interfaces);
