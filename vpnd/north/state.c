/* SPDX-License-Identifier: Apache-2.0
 *
 * See state.h.
 */
#include "vpnd/north/state.h"

#include "strata/north.h"
#include "strata/rd.h"
#include "strata/rib.h"
#include "strata/state.h"
#include "vpnd/vrf/check.h"
#include "vpnd_config.h"

void vpnd_state_begin(struct state_writer *w)
{
    state_open(w, VPND_VPN_INSTANCES);
}

void vpnd_state_end(struct state_writer *w)
{
    state_close(w);
}

static void write_interface(struct state_writer *w, const struct rib_interface *i)
{
    state_open(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_INTERFACE);
    state_text(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_INTERFACE_NAME, i->name);
    state_bool(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_INTERFACE_UP, i->is_up);
    state_bool(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_INTERFACE_MPLS, i->has_mpls);
    state_bool(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_INTERFACE_GUARDED, i->is_guarded);
    state_close(w);
}

void vpnd_state_instance(struct state_writer *w, const struct cfg_vpn_instances_vpn_instance *vpn,
                         const struct vpn_view *view, const struct rib_instance *instance,
                         const struct rib_interface *const *interfaces, size_t n_interfaces, uint64_t changed_sec)
{
    char text[RD_TEXT_MAX];
    state_open(w, VPND_VPN_INSTANCES_VPN_INSTANCE);
    state_text(w, VPND_VPN_INSTANCES_VPN_INSTANCE_NAME, vpn->name);
    state_open(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE);
    if (vpn->has_route_distinguisher)
        state_text(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_ROUTE_DISTINGUISHER,
                   rd_text(vpn->route_distinguisher, text, sizeof(text)));
    state_enum(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_LABEL_MODE, (int)vpn->label_mode);
    for (size_t i = 0; vpn->carriers_carrier && i < vpn->carriers_carrier->n_signaling; i++)
        state_enum(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_CARRIERS_CARRIER, (int)vpn->carriers_carrier->signaling[i]);
    state_enum(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_STATUS, (int)view->status);
    if (instance) {
        state_text(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_DEVICE, instance->device);
        state_u64(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_TABLE, instance->vrf);
    }
    state_u64(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_CHANGED, changed_sec);
    for (size_t i = 0; i < view->n_problems; i++)
        state_text(w, VPND_VPN_INSTANCES_VPN_INSTANCE_STATE_PROBLEM, view->problems[i]);
    for (size_t i = 0; i < n_interfaces; i++)
        write_interface(w, interfaces[i]);
    state_close(w);
    state_close(w);
}

void vpnd_state_tell_status(struct north *n, const char *instance, const struct vpn_view *view)
{
    struct state_writer *w = north_notify_begin(n, VPND_NOTIFY_VPN_INSTANCE_STATUS_CHANGE);

    state_text(w, VPND_NOTIFY_VPN_INSTANCE_STATUS_CHANGE_VPN_INSTANCE, instance);
    state_enum(w, VPND_NOTIFY_VPN_INSTANCE_STATUS_CHANGE_STATUS, (int)view->status);
    for (size_t i = 0; i < view->n_problems; i++)
        state_text(w, VPND_NOTIFY_VPN_INSTANCE_STATUS_CHANGE_PROBLEM, view->problems[i]);
    north_notify_end(n);
}

void vpnd_state_tell_alarm(struct north *n, const char *instance, const char *problem, bool is_raised,
                           uint32_t lasted_sec)
{
    struct state_writer *w = north_notify_begin(n, is_raised ? VPND_NOTIFY_CARRIERS_CARRIER_PROBLEM_RAISED
                                                             : VPND_NOTIFY_CARRIERS_CARRIER_PROBLEM_CLEARED);

    state_text(w, VPND_NOTIFY_CARRIERS_CARRIER_PROBLEM_RAISED_VPN_INSTANCE, instance);
    state_text(w, VPND_NOTIFY_CARRIERS_CARRIER_PROBLEM_RAISED_PROBLEM, problem);
    if (!is_raised)
        state_u64(w, VPND_NOTIFY_CARRIERS_CARRIER_PROBLEM_CLEARED_DURATION, lasted_sec);
    north_notify_end(n);
}
