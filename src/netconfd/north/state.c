/* SPDX-License-Identifier: Apache-2.0
 *
 * See state.h.
 */
#include "src/netconfd/north/state.h"

#include "netconfd_config.h"
#include "strata/state.h"

void netconfd_state_open(struct state_writer *w, const char *started, const struct netconfd_counters *counters,
                         const struct session_counters *all)
{
    state_open(w, NETCONFD_NETCONF_SERVER);
    state_open(w, NETCONFD_NETCONF_SERVER_STATE);
    state_text(w, NETCONFD_NETCONF_SERVER_STATE_STARTED, started);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_ACCEPTED, counters->accepted);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_REFUSED, counters->refused);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_DROPPED, counters->dropped);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_OPENED, counters->opened);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_BAD_HELLOS, counters->bad_hellos);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_BROKEN_OFF, counters->broken_off);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_REQUESTS, all->rpcs);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_BAD_REQUESTS, all->bad_rpcs);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_ERRORS, all->errors);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_NOTIFICATIONS, all->notifications);
    state_u64(w, NETCONFD_NETCONF_SERVER_STATE_LOST_NOTIFICATIONS, all->lost_notifications);
    state_close(w);
}

void netconfd_state_session(struct state_writer *w, const struct session_info *info, const char *user, uint64_t now_us)
{
    if (!info->id)
        return;
    state_open(w, NETCONFD_NETCONF_SERVER_SESSION);
    state_u64(w, NETCONFD_NETCONF_SERVER_SESSION_ID, info->id);
    state_text(w, NETCONFD_NETCONF_SERVER_SESSION_USER, user);
    state_text(w, NETCONFD_NETCONF_SERVER_SESSION_HOST, info->host);
    state_u64(w, NETCONFD_NETCONF_SERVER_SESSION_AGE, (now_us - info->since_us) / 1000000);
    state_bool(w, NETCONFD_NETCONF_SERVER_SESSION_SUBSCRIBED, info->is_subscribed);
    state_u64(w, NETCONFD_NETCONF_SERVER_SESSION_REQUESTS, info->counters.rpcs);
    state_u64(w, NETCONFD_NETCONF_SERVER_SESSION_BAD_REQUESTS, info->counters.bad_rpcs);
    state_u64(w, NETCONFD_NETCONF_SERVER_SESSION_ERRORS, info->counters.errors);
    state_u64(w, NETCONFD_NETCONF_SERVER_SESSION_NOTIFICATIONS, info->counters.notifications);
    state_close(w);
}

void netconfd_state_close(struct state_writer *w)
{
    state_close(w);
}
