/* SPDX-License-Identifier: Apache-2.0
 *
 * vpnd's operational state in YANG (strata-vpn-state).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cfg_vpn_instances_vpn_instance;
struct north;
struct rib_instance;
struct rib_interface;
struct state_writer;
struct vpn_view;

void vpnd_state_begin(struct state_writer *w);
/* `instance` may be NULL; `changed_sec` is the time since the last change of status. */
void vpnd_state_instance(struct state_writer *w, const struct cfg_vpn_instances_vpn_instance *vpn,
                         const struct vpn_view *view, const struct rib_instance *instance,
                         const struct rib_interface *const *interfaces, size_t n_interfaces, uint64_t changed_sec);
void vpnd_state_end(struct state_writer *w);
/* Notifications: a status has changed; an alarm of a carrier was raised, or is cleared after so long. */
void vpnd_state_tell_status(struct north *n, const char *instance, const struct vpn_view *view);
void vpnd_state_tell_alarm(struct north *n, const char *instance, const char *problem, bool is_raised,
                           uint32_t lasted_sec);
