/* SPDX-License-Identifier: Apache-2.0
 *
 * Filtering routes by the prefix lists of the configuration (container policy, lib/yang/strata-policy.yang). A daemon
 * whose configuration has that container passes its member: policy_permits(&config->policy, name, &prefix).
 */
#pragma once

#include <stdbool.h>

struct cfg_policy;
struct prefix;

/* Does the list let the prefix pass? The first rule that matches decides. No rule matches, or no such list: no. */
bool policy_permits(const struct cfg_policy *policy, const char *list_name, const struct prefix *p);
