/* SPDX-License-Identifier: Apache-2.0
 *
 * The session state machine as a table (RFC 5036 s2.5.4), without side effects: state x event -> action, next state.
 *
 *   NONE --adjacency, we are active--> CONNECTING --tcp up--> [send Init] OPENSENT --good Init--> [send KeepAlive]
 * OPENREC NONE --tcp up, passive--> INITIALIZED --good Init--> [send Init, KeepAlive] OPENREC --KeepAlive--> [up]
 * OPERATIONAL anything wrong --> NONE, with a notification where the other side can still read one
 */
#pragma once

enum ldp_session_state {
    LDP_SESSION_NONE,
    LDP_SESSION_CONNECTING,
    LDP_SESSION_INITIALIZED,
    LDP_SESSION_OPENSENT,
    LDP_SESSION_OPENREC,
    LDP_SESSION_OPERATIONAL,
    LDP_SESSION_STATES
};

enum ldp_session_event {
    LDP_EVENT_START,       /* time to connect: adjacency, active role */
    LDP_EVENT_TCP_ACTIVE,  /* our connection is open */
    LDP_EVENT_TCP_PASSIVE, /* the neighbour's connection is here */
    LDP_EVENT_INIT_GOOD,
    LDP_EVENT_INIT_BAD, /* parameters that we can not accept */
    LDP_EVENT_KEEPALIVE,
    LDP_EVENT_MESSAGE, /* address and label messages */
    LDP_EVENT_FATAL,   /* a notification with the E bit came */
    LDP_EVENT_ERROR,   /* something that ends the session was received */
    LDP_EVENT_TIMEOUT, /* nothing heard for too long */
    LDP_EVENT_TCP_DOWN,
    LDP_EVENT_STOP, /* no adjacency left, or taken down by configuration */
    LDP_SESSION_EVENTS
};

enum ldp_session_action {
    LDP_ACTION_NONE,
    LDP_ACTION_CONNECT,
    LDP_ACTION_SEND_INIT,
    LDP_ACTION_SEND_INIT_KEEPALIVE,
    LDP_ACTION_SEND_KEEPALIVE,
    LDP_ACTION_UP,
    LDP_ACTION_ALIVE,   /* restart the hold timer */
    LDP_ACTION_DELIVER, /* hand the message on */
    LDP_ACTION_CLOSE,   /* without a word */
    LDP_ACTION_NOTIFY,  /* notification of the pending status, then close */
    LDP_ACTION_REJECT   /* as NOTIFY, and back off exponentially (s2.5.3) */
};

struct ldp_session_step {
    enum ldp_session_action action;
    enum ldp_session_state next;
};

struct ldp_session_step ldp_session_step(enum ldp_session_state state, enum ldp_session_event event);
const char *ldp_session_state_name(enum ldp_session_state s);
const char *ldp_session_event_name(enum ldp_session_event e);
