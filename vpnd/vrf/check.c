/* SPDX-License-Identifier: Apache-2.0
 *
 * See check.h. A carrier's carrier instance must give each route a label of its own: below the VPN label lies another
 * label or a destination that this router does not know, so the packet can be switched and never looked up
 * (RFC 4364 section 9).
 */
#include "vpnd/vrf/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "strata/rib.h"
#include "vpnd_config.h"

static bool refuse(char *path, char *message, const char *name, const char *leaf, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static bool refuse(char *path, char *message, const char *name, const char *leaf, const char *fmt, ...)
{
    va_list ap;
    snprintf(path, VPN_TEXT_MAX, "/vpn-instances/vpn-instance[%s]/%s", name, leaf);
    va_start(ap, fmt);
    vsnprintf(message, VPN_TEXT_MAX, fmt, ap);
    va_end(ap);
    return false;
}

static bool instance_check(const struct cfg_vpn_instances_vpn_instance *vpn, char *path, char *message)
{
    bool has_targets = vpn->vpn_target.n_import > 0 || vpn->vpn_target.n_export > 0;
    if (has_targets && !vpn->has_route_distinguisher)
        return refuse(path, message, vpn->name, "route-distinguisher",
                      "an instance with a vpn-target needs a route-distinguisher, as \"route-distinguisher 100:1\"");
    if (!vpn->carriers_carrier)
        return true;
    if (vpn->label_mode != CFG_LABEL_MODE_PER_ROUTE)
        return refuse(
            path, message, vpn->name, "label-mode",
            "a carriers-carrier instance needs \"label-mode per-route\": with one label for the instance its packets "
            "would be looked up as IP although they carry the customer carrier's labels");
    return true;
}

bool vpn_config_check(const struct vpnd_config *config, char *path, char *message)
{
    for (size_t i = 0; i < config->vpn_instances.n_vpn_instance; i++)
        if (!instance_check(config->vpn_instances.vpn_instance[i], path, message))
            return false;
    return true;
}

static void add_problem(struct vpn_view *view, enum vpn_status at_least, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void add_problem(struct vpn_view *view, enum vpn_status at_least, const char *fmt, ...)
{
    if (at_least > view->status)
        view->status = at_least;
    if (view->n_problems == VPN_PROBLEMS_MAX)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(view->problems[view->n_problems++], VPN_TEXT_MAX, fmt, ap);
    va_end(ap);
}

static const struct rib_interface *find_interface(const struct rib_interface *const *interfaces, size_t n,
                                                  const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(interfaces[i]->name, name) == 0)
            return interfaces[i];
    return NULL;
}

static void view_interface(struct vpn_view *view, const struct cfg_vpn_instances_vpn_instance *vpn,
                           const struct rib_interface *found, const char *name)
{
    if (!found) {
        add_problem(view, VPN_STATUS_DEGRADED, "interface %s is configured but not in the instance: does it exist?",
                    name);
        return;
    }
    if (!found->is_up)
        add_problem(view, VPN_STATUS_DEGRADED, "interface %s is down", name);
    if (vpn->carriers_carrier && !found->has_mpls)
        add_problem(view, VPN_STATUS_DEGRADED, "interface %s takes no labelled packets: add \"mpls interface %s\"",
                    name, name);
    if (found->has_mpls && !found->is_guarded)
        add_problem(view, VPN_STATUS_DEGRADED, "interface %s takes labelled packets but is not guarded", name);
}

void vpn_view_make(struct vpn_view *view, const struct vpnd_config *config,
                   const struct cfg_vpn_instances_vpn_instance *vpn, const struct rib_instance *instance,
                   const struct rib_interface *const *interfaces, size_t n_interfaces)
{
    *view = (struct vpn_view){.status = VPN_STATUS_UP};
    if (!instance || !instance->is_ready) {
        add_problem(view, VPN_STATUS_DOWN,
                    instance ? "the kernel does not have it yet: \"show rib vpn-instance\" says if it refuses"
                             : "ribd does not have the instance (see show platform)");
        return;
    }
    for (size_t i = 0; i < config->interfaces.n_interface; i++) {
        const struct cfg_interfaces_interface *wanted = config->interfaces.interface[i];
        if (!wanted->has_vpn_instance || strcmp(wanted->vpn_instance, vpn->name) != 0)
            continue;
        view_interface(view, vpn, find_interface(interfaces, n_interfaces, wanted->name), wanted->name);
    }
}
