/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of RFC 4271 s8.2.2. Each connection (ours to the neighbour, the neighbour's to us) runs it for itself;
 * which of two survives is decided in neighbor.c. A NOTIFICATION is never answered with one, whatever the state (s8.2.2
 * asks for an FSM error in OpenSent; the other end is gone by then). Pure.
 *
 *              start            tcp up            OPEN                KEEPALIVE
 *       Idle ---------> Connect --------> OpenSent -------> OpenConfirm ---------> Established
 *        ^  \             ^ |  tcp fails     | tcp fails
 *        |   \ passive    | v                |
 *        |    `---------> Active <-----------'        (anything else: back to Idle)
 */
#include "bgpd/session/fsm.h"

#define T(action_, next_)                                                                                              \
    {                                                                                                                  \
        BGP_ACTION_##action_, BGP_STATE_##next_                                                                        \
    }

static const struct bgp_transition table[BGP_STATE_COUNT][BGP_EVENT_COUNT] =
    {
        [BGP_STATE_IDLE] =
            {
                [BGP_EVENT_START] = T(CONNECT, CONNECT),
                [BGP_EVENT_START_PASSIVE] = T(LISTEN, ACTIVE),
                [BGP_EVENT_STOP] = T(NONE, IDLE),
                [BGP_EVENT_CONNECT_RETRY] = T(NONE, IDLE),
                [BGP_EVENT_HOLD_EXPIRES] = T(NONE, IDLE),
                [BGP_EVENT_KEEPALIVE_EXPIRES] = T(NONE, IDLE),
                [BGP_EVENT_SEND_HOLD_EXPIRES] = T(NONE, IDLE),
                [BGP_EVENT_TCP_UP] = T(DROP, IDLE),
                [BGP_EVENT_TCP_FAILS] = T(NONE, IDLE),
                [BGP_EVENT_OPEN] = T(NONE, IDLE),
                [BGP_EVENT_HEADER_ERROR] = T(NONE, IDLE),
                [BGP_EVENT_OPEN_ERROR] = T(NONE, IDLE),
                [BGP_EVENT_COLLISION] = T(NONE, IDLE),
                [BGP_EVENT_NOTIFICATION_VERSION] = T(NONE, IDLE),
                [BGP_EVENT_NOTIFICATION] = T(NONE, IDLE),
                [BGP_EVENT_KEEPALIVE] = T(NONE, IDLE),
                [BGP_EVENT_UPDATE] = T(NONE, IDLE),
                [BGP_EVENT_UPDATE_ERROR] = T(NONE, IDLE),
            },
        [BGP_STATE_CONNECT] =
            {
                [BGP_EVENT_START] = T(NONE, CONNECT),
                [BGP_EVENT_START_PASSIVE] = T(NONE, CONNECT),
                [BGP_EVENT_STOP] = T(DROP, IDLE),
                [BGP_EVENT_CONNECT_RETRY] = T(CONNECT, CONNECT),
                [BGP_EVENT_HOLD_EXPIRES] = T(DROP, IDLE),
                [BGP_EVENT_KEEPALIVE_EXPIRES] = T(DROP, IDLE),
                [BGP_EVENT_SEND_HOLD_EXPIRES] = T(DROP, IDLE),
                [BGP_EVENT_TCP_UP] = T(SEND_OPEN, OPEN_SENT),
                [BGP_EVENT_TCP_FAILS] = T(WAIT, ACTIVE),
                [BGP_EVENT_OPEN] = T(DROP, IDLE),
                [BGP_EVENT_HEADER_ERROR] = T(DROP, IDLE),
                [BGP_EVENT_OPEN_ERROR] = T(DROP, IDLE),
                [BGP_EVENT_COLLISION] = T(DROP, IDLE),
                [BGP_EVENT_NOTIFICATION_VERSION] = T(DROP, IDLE),
                [BGP_EVENT_NOTIFICATION] = T(DROP, IDLE),
                [BGP_EVENT_KEEPALIVE] = T(DROP, IDLE),
                [BGP_EVENT_UPDATE] = T(DROP, IDLE),
                [BGP_EVENT_UPDATE_ERROR] = T(DROP, IDLE),
            },
        [BGP_STATE_ACTIVE] =
            {
                [BGP_EVENT_START] = T(NONE, ACTIVE),
                [BGP_EVENT_START_PASSIVE] = T(NONE, ACTIVE),
                [BGP_EVENT_STOP] = T(DROP, IDLE),
                [BGP_EVENT_CONNECT_RETRY] = T(CONNECT, CONNECT),
                [BGP_EVENT_HOLD_EXPIRES] = T(DROP, IDLE),
                [BGP_EVENT_KEEPALIVE_EXPIRES] = T(DROP, IDLE),
                [BGP_EVENT_SEND_HOLD_EXPIRES] = T(DROP, IDLE),
                [BGP_EVENT_TCP_UP] = T(SEND_OPEN, OPEN_SENT),
                [BGP_EVENT_TCP_FAILS] = T(DROP, IDLE),
                [BGP_EVENT_OPEN] = T(DROP, IDLE),
                [BGP_EVENT_HEADER_ERROR] = T(DROP, IDLE),
                [BGP_EVENT_OPEN_ERROR] = T(DROP, IDLE),
                [BGP_EVENT_COLLISION] = T(DROP, IDLE),
                [BGP_EVENT_NOTIFICATION_VERSION] = T(DROP, IDLE),
                [BGP_EVENT_NOTIFICATION] = T(DROP, IDLE),
                [BGP_EVENT_KEEPALIVE] = T(DROP, IDLE),
                [BGP_EVENT_UPDATE] = T(DROP, IDLE),
                [BGP_EVENT_UPDATE_ERROR] = T(DROP, IDLE),
            },
        [BGP_STATE_OPEN_SENT] =
            {
                [BGP_EVENT_START] = T(NONE, OPEN_SENT),
                [BGP_EVENT_START_PASSIVE] = T(NONE, OPEN_SENT),
                [BGP_EVENT_STOP] = T(NOTIFY, IDLE),
                [BGP_EVENT_CONNECT_RETRY] = T(FSM_ERROR, IDLE),
                [BGP_EVENT_HOLD_EXPIRES] = T(NOTIFY, IDLE),
                [BGP_EVENT_KEEPALIVE_EXPIRES] = T(FSM_ERROR, IDLE),
                [BGP_EVENT_SEND_HOLD_EXPIRES] = T(DROP, IDLE),
                [BGP_EVENT_TCP_UP] = T(NONE, OPEN_SENT),
                [BGP_EVENT_TCP_FAILS] = T(WAIT, ACTIVE),
                [BGP_EVENT_OPEN] = T(CONFIRM, OPEN_CONFIRM),
                [BGP_EVENT_HEADER_ERROR] = T(NOTIFY, IDLE),
                [BGP_EVENT_OPEN_ERROR] = T(NOTIFY, IDLE),
                [BGP_EVENT_COLLISION] = T(NOTIFY, IDLE),
                [BGP_EVENT_NOTIFICATION_VERSION] = T(DROP, IDLE),
                [BGP_EVENT_NOTIFICATION] = T(DROP, IDLE),
                [BGP_EVENT_KEEPALIVE] = T(FSM_ERROR, IDLE),
                [BGP_EVENT_UPDATE] = T(FSM_ERROR, IDLE),
                [BGP_EVENT_UPDATE_ERROR] = T(FSM_ERROR, IDLE),
            },
        [BGP_STATE_OPEN_CONFIRM] =
            {
                [BGP_EVENT_START] = T(NONE, OPEN_CONFIRM),
                [BGP_EVENT_START_PASSIVE] = T(NONE, OPEN_CONFIRM),
                [BGP_EVENT_STOP] = T(NOTIFY, IDLE),
                [BGP_EVENT_CONNECT_RETRY] = T(FSM_ERROR, IDLE),
                [BGP_EVENT_HOLD_EXPIRES] = T(NOTIFY, IDLE),
                [BGP_EVENT_KEEPALIVE_EXPIRES] = T(KEEPALIVE, OPEN_CONFIRM),
                [BGP_EVENT_SEND_HOLD_EXPIRES] = T(DROP, IDLE),
                [BGP_EVENT_TCP_UP] = T(NONE, OPEN_CONFIRM),
                [BGP_EVENT_TCP_FAILS] = T(DROP, IDLE),
                [BGP_EVENT_OPEN] = T(FSM_ERROR, IDLE),
                [BGP_EVENT_HEADER_ERROR] = T(NOTIFY, IDLE),
                [BGP_EVENT_OPEN_ERROR] = T(NOTIFY, IDLE),
                [BGP_EVENT_COLLISION] = T(NOTIFY, IDLE),
                [BGP_EVENT_NOTIFICATION_VERSION] = T(DROP, IDLE),
                [BGP_EVENT_NOTIFICATION] = T(DROP, IDLE),
                [BGP_EVENT_KEEPALIVE] = T(ESTABLISH, ESTABLISHED),
                [BGP_EVENT_UPDATE] = T(FSM_ERROR, IDLE),
                [BGP_EVENT_UPDATE_ERROR] = T(FSM_ERROR, IDLE),
            },
        [BGP_STATE_ESTABLISHED] =
            {
                [BGP_EVENT_START] = T(NONE, ESTABLISHED),
                [BGP_EVENT_START_PASSIVE] = T(NONE, ESTABLISHED),
                [BGP_EVENT_STOP] = T(NOTIFY, IDLE),
                [BGP_EVENT_CONNECT_RETRY] = T(FSM_ERROR, IDLE),
                [BGP_EVENT_HOLD_EXPIRES] = T(NOTIFY, IDLE),
                [BGP_EVENT_KEEPALIVE_EXPIRES] = T(KEEPALIVE, ESTABLISHED),
                [BGP_EVENT_SEND_HOLD_EXPIRES] = T(DROP, IDLE),
                [BGP_EVENT_TCP_UP] = T(NONE, ESTABLISHED),
                [BGP_EVENT_TCP_FAILS] = T(DROP, IDLE),
                [BGP_EVENT_OPEN] = T(FSM_ERROR, IDLE),
                [BGP_EVENT_HEADER_ERROR] = T(NOTIFY, IDLE),
                [BGP_EVENT_OPEN_ERROR] = T(NOTIFY, IDLE),
                [BGP_EVENT_COLLISION] = T(NOTIFY, IDLE),
                [BGP_EVENT_NOTIFICATION_VERSION] = T(DROP, IDLE),
                [BGP_EVENT_NOTIFICATION] = T(DROP, IDLE),
                [BGP_EVENT_KEEPALIVE] = T(HOLD, ESTABLISHED),
                [BGP_EVENT_UPDATE] = T(UPDATE, ESTABLISHED),
                [BGP_EVENT_UPDATE_ERROR] = T(NOTIFY, IDLE),
            },
};

struct bgp_transition bgp_fsm(enum bgp_state state, enum bgp_event event)
{
    return table[state][event];
}

const char *bgp_state_name(enum bgp_state s)
{
    static const char *const names[BGP_STATE_COUNT] = {"idle",      "connect",      "active",
                                                       "open-sent", "open-confirm", "established"};

    return s < BGP_STATE_COUNT ? names[s] : "?";
}

const char *bgp_event_name(enum bgp_event e)
{
    static const char *const names[BGP_EVENT_COUNT] = {"start",
                                                       "start-passive",
                                                       "stop",
                                                       "connect-retry",
                                                       "hold-expires",
                                                       "keepalive-expires",
                                                       "send-hold-expires",
                                                       "tcp-up",
                                                       "tcp-fails",
                                                       "open",
                                                       "header-error",
                                                       "open-error",
                                                       "collision",
                                                       "notification-version",
                                                       "notification",
                                                       "keepalive",
                                                       "update",
                                                       "update-error"};

    return e < BGP_EVENT_COUNT ? names[e] : "?";
}

const char *bgp_action_name(enum bgp_action a)
{
    static const char *const names[BGP_ACTION_COUNT] = {"none",    "connect",   "listen",   "wait",      "send-open",
                                                        "confirm", "establish", "hold",     "keepalive", "update",
                                                        "drop",    "notify",    "fsm-error"};

    return a < BGP_ACTION_COUNT ? names[a] : "?";
}
