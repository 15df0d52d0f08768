/* SPDX-License-Identifier: Apache-2.0
 *
 * See policy.h. Lists come sorted by name, rules by sequence: a search by halves and a walk.
 */
#include "strata/policy.h"

#include <stddef.h>
#include <string.h>

#include "policy_config.h"
#include "strata/addr.h"

static const struct cfg_policy_prefix_list *find_list(const struct cfg_policy *policy, const char *name)
{
    size_t low = 0, high = policy->n_prefix_list;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(policy->prefix_list[middle]->name, name);
        if (order == 0)
            return policy->prefix_list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool rule_matches(const struct cfg_policy_prefix_list_rule *rule, const struct prefix *p)
{
    uint8_t least = rule->has_ge ? rule->ge : rule->prefix.len;
    uint8_t most = rule->has_le ? rule->le : rule->has_ge ? ip_addr_bits(&rule->prefix.addr) : rule->prefix.len;
    return p->len >= least && p->len <= most && prefix_contains(&rule->prefix, p);
}

bool policy_permits(const struct cfg_policy *policy, const char *list_name, const struct prefix *p)
{
    const struct cfg_policy_prefix_list *list = find_list(policy, list_name);
    for (size_t i = 0; list && i < list->n_rule; i++)
        if (rule_matches(list->rule[i], p))
            return list->rule[i]->action == CFG_POLICY_ACTION_PERMIT;
    return false;
}
