/* SPDX-License-Identifier: Apache-2.0
 *
 * See fsm.h.
 */
#include "ldpd/session/fsm.h"

#define S_NONE LDP_SESSION_NONE
#define S_CONN LDP_SESSION_CONNECTING
#define S_INIT LDP_SESSION_INITIALIZED
#define S_SENT LDP_SESSION_OPENSENT
#define S_REC  LDP_SESSION_OPENREC
#define S_OPER LDP_SESSION_OPERATIONAL

#define STAY(state)                                                                                                    \
    {                                                                                                                  \
        LDP_ACTION_NONE, state                                                                                         \
    }
#define CLOSE                                                                                                          \
    {                                                                                                                  \
        LDP_ACTION_CLOSE, S_NONE                                                                                       \
    }
#define NOTIFY                                                                                                         \
    {                                                                                                                  \
        LDP_ACTION_NOTIFY, S_NONE                                                                                      \
    }
#define REJECT                                                                                                         \
    {                                                                                                                  \
        LDP_ACTION_REJECT, S_NONE                                                                                      \
    }

static const struct ldp_session_step table[LDP_SESSION_STATES][LDP_SESSION_EVENTS] =
    {
        [LDP_SESSION_NONE] =
            {
                [LDP_EVENT_START] = {LDP_ACTION_CONNECT, S_CONN},
                [LDP_EVENT_TCP_ACTIVE] = CLOSE,
                [LDP_EVENT_TCP_PASSIVE] = STAY(S_INIT),
                [LDP_EVENT_INIT_GOOD] = STAY(S_NONE),
                [LDP_EVENT_INIT_BAD] = STAY(S_NONE),
                [LDP_EVENT_KEEPALIVE] = STAY(S_NONE),
                [LDP_EVENT_MESSAGE] = STAY(S_NONE),
                [LDP_EVENT_FATAL] = STAY(S_NONE),
                [LDP_EVENT_ERROR] = STAY(S_NONE),
                [LDP_EVENT_TIMEOUT] = STAY(S_NONE),
                [LDP_EVENT_TCP_DOWN] = STAY(S_NONE),
                [LDP_EVENT_STOP] = STAY(S_NONE),
            },
        [LDP_SESSION_CONNECTING] =
            {
                [LDP_EVENT_START] = STAY(S_CONN),
                [LDP_EVENT_TCP_ACTIVE] = {LDP_ACTION_SEND_INIT, S_SENT},
                [LDP_EVENT_TCP_PASSIVE] = STAY(S_INIT),
                [LDP_EVENT_INIT_GOOD] = CLOSE,
                [LDP_EVENT_INIT_BAD] = CLOSE,
                [LDP_EVENT_KEEPALIVE] = CLOSE,
                [LDP_EVENT_MESSAGE] = CLOSE,
                [LDP_EVENT_FATAL] = CLOSE,
                [LDP_EVENT_ERROR] = CLOSE,
                [LDP_EVENT_TIMEOUT] = CLOSE,
                [LDP_EVENT_TCP_DOWN] = CLOSE,
                [LDP_EVENT_STOP] = CLOSE,
            },
        [LDP_SESSION_INITIALIZED] =
            {
                [LDP_EVENT_START] = STAY(S_INIT),
                [LDP_EVENT_TCP_ACTIVE] = CLOSE,
                [LDP_EVENT_TCP_PASSIVE] = STAY(S_INIT),
                [LDP_EVENT_INIT_GOOD] = {LDP_ACTION_SEND_INIT_KEEPALIVE, S_REC},
                [LDP_EVENT_INIT_BAD] = REJECT,
                [LDP_EVENT_KEEPALIVE] = NOTIFY,
                [LDP_EVENT_MESSAGE] = NOTIFY,
                [LDP_EVENT_FATAL] = CLOSE,
                [LDP_EVENT_ERROR] = NOTIFY,
                [LDP_EVENT_TIMEOUT] = NOTIFY,
                [LDP_EVENT_TCP_DOWN] = CLOSE,
                [LDP_EVENT_STOP] = NOTIFY,
            },
        [LDP_SESSION_OPENSENT] =
            {
                [LDP_EVENT_START] = STAY(S_SENT),
                [LDP_EVENT_TCP_ACTIVE] = STAY(S_SENT),
                [LDP_EVENT_TCP_PASSIVE] = STAY(S_INIT),
                [LDP_EVENT_INIT_GOOD] = {LDP_ACTION_SEND_KEEPALIVE, S_REC},
                [LDP_EVENT_INIT_BAD] = REJECT,
                [LDP_EVENT_KEEPALIVE] = NOTIFY,
                [LDP_EVENT_MESSAGE] = NOTIFY,
                [LDP_EVENT_FATAL] = {LDP_ACTION_REJECT, S_NONE},
                [LDP_EVENT_ERROR] = NOTIFY,
                [LDP_EVENT_TIMEOUT] = NOTIFY,
                [LDP_EVENT_TCP_DOWN] = CLOSE,
                [LDP_EVENT_STOP] = NOTIFY,
            },
        [LDP_SESSION_OPENREC] =
            {
                [LDP_EVENT_START] = STAY(S_REC),
                [LDP_EVENT_TCP_ACTIVE] = STAY(S_REC),
                [LDP_EVENT_TCP_PASSIVE] = STAY(S_INIT),
                [LDP_EVENT_INIT_GOOD] = NOTIFY,
                [LDP_EVENT_INIT_BAD] = NOTIFY,
                [LDP_EVENT_KEEPALIVE] = {LDP_ACTION_UP, S_OPER},
                [LDP_EVENT_MESSAGE] = NOTIFY,
                [LDP_EVENT_FATAL] = {LDP_ACTION_REJECT, S_NONE},
                [LDP_EVENT_ERROR] = NOTIFY,
                [LDP_EVENT_TIMEOUT] = NOTIFY,
                [LDP_EVENT_TCP_DOWN] = CLOSE,
                [LDP_EVENT_STOP] = NOTIFY,
            },
        [LDP_SESSION_OPERATIONAL] =
            {
                [LDP_EVENT_START] = STAY(S_OPER),
                [LDP_EVENT_TCP_ACTIVE] = STAY(S_OPER),
                [LDP_EVENT_TCP_PASSIVE] = STAY(S_INIT),
                [LDP_EVENT_INIT_GOOD] = NOTIFY,
                [LDP_EVENT_INIT_BAD] = NOTIFY,
                [LDP_EVENT_KEEPALIVE] = {LDP_ACTION_ALIVE, S_OPER},
                [LDP_EVENT_MESSAGE] = {LDP_ACTION_DELIVER, S_OPER},
                [LDP_EVENT_FATAL] = CLOSE,
                [LDP_EVENT_ERROR] = NOTIFY,
                [LDP_EVENT_TIMEOUT] = NOTIFY,
                [LDP_EVENT_TCP_DOWN] = CLOSE,
                [LDP_EVENT_STOP] = NOTIFY,
            },
};

struct ldp_session_step ldp_session_step(enum ldp_session_state state, enum ldp_session_event event)
{
    return table[state][event];
}

const char *ldp_session_state_name(enum ldp_session_state s)
{
    static const char *const names[LDP_SESSION_STATES] = {"none",      "connecting", "initialized",
                                                          "open-sent", "open-rec",   "operational"};
    return s < LDP_SESSION_STATES ? names[s] : "unknown";
}

const char *ldp_session_event_name(enum ldp_session_event e)
{
    static const char *const names[LDP_SESSION_EVENTS] = {"start",    "tcp-active", "tcp-passive", "init-good",
                                                          "init-bad", "keepalive",  "message",     "fatal",
                                                          "error",    "timeout",    "tcp-down",    "stop"};
    return e < LDP_SESSION_EVENTS ? names[e] : "unknown";
}
