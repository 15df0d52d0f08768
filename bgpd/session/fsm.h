/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine of one BGP connection (RFC 4271 s8) as a table {state, event} -> {action, next}. Pure.
 */
#pragma once

enum bgp_state {
    BGP_STATE_IDLE,
    BGP_STATE_CONNECT,
    BGP_STATE_ACTIVE,
    BGP_STATE_OPEN_SENT,
    BGP_STATE_OPEN_CONFIRM,
    BGP_STATE_ESTABLISHED,
    BGP_STATE_COUNT
};

/* In brackets: the event's number in RFC 4271 s8.1. DelayOpen and damping of peer oscillations (optional there) are not
 * events here: an idle time that grows with every failure takes their place. */
enum bgp_event {
    BGP_EVENT_START,                /* 1, 3 */
    BGP_EVENT_START_PASSIVE,        /* 4, 5 */
    BGP_EVENT_STOP,                 /* 2, 8: with a Cease subcode */
    BGP_EVENT_CONNECT_RETRY,        /* 9 */
    BGP_EVENT_HOLD_EXPIRES,         /* 10 */
    BGP_EVENT_KEEPALIVE_EXPIRES,    /* 11 */
    BGP_EVENT_SEND_HOLD_EXPIRES,    /* RFC 9687 */
    BGP_EVENT_TCP_UP,               /* 16, 17 */
    BGP_EVENT_TCP_FAILS,            /* 18 */
    BGP_EVENT_OPEN,                 /* 19 */
    BGP_EVENT_HEADER_ERROR,         /* 21 */
    BGP_EVENT_OPEN_ERROR,           /* 22 */
    BGP_EVENT_COLLISION,            /* 23: this connection is the one to go */
    BGP_EVENT_NOTIFICATION_VERSION, /* 24 */
    BGP_EVENT_NOTIFICATION,         /* 25 */
    BGP_EVENT_KEEPALIVE,            /* 26 */
    BGP_EVENT_UPDATE,               /* 27, and ROUTE-REFRESH */
    BGP_EVENT_UPDATE_ERROR,         /* 28 */
    BGP_EVENT_COUNT
};

enum bgp_action {
    BGP_ACTION_NONE,
    BGP_ACTION_CONNECT,   /* (again) connect, start the connect-retry timer */
    BGP_ACTION_LISTEN,    /* wait for the neighbour */
    BGP_ACTION_WAIT,      /* close what is open, start the connect-retry timer */
    BGP_ACTION_SEND_OPEN, /* stop connect-retry, send OPEN, hold time of four minutes */
    BGP_ACTION_CONFIRM,   /* send KEEPALIVE, start the negotiated timers */
    BGP_ACTION_ESTABLISH, /* the session is up; restart the hold timer */
    BGP_ACTION_HOLD,      /* restart the hold timer */
    BGP_ACTION_KEEPALIVE, /* send KEEPALIVE, restart its timer */
    BGP_ACTION_UPDATE,    /* restart the hold timer, use the message */
    BGP_ACTION_DROP,      /* close without a word */
    BGP_ACTION_NOTIFY,    /* send the NOTIFICATION of the error, close */
    BGP_ACTION_FSM_ERROR, /* send 5/x of the state (RFC 6608), close */
    BGP_ACTION_COUNT
};

struct bgp_transition {
    enum bgp_action action;
    enum bgp_state next;
};

struct bgp_transition bgp_fsm(enum bgp_state state, enum bgp_event event);
const char *bgp_state_name(enum bgp_state s);
const char *bgp_event_name(enum bgp_event e);
const char *bgp_action_name(enum bgp_action a);
