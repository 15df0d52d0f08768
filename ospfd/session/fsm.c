/* SPDX-License-Identifier: Apache-2.0
 *
 * See fsm.h. Every cell is filled in; tests walk all of them.
 */
#include "ospfd/session/fsm.h"

#define DOWN OSPF_IF_DOWN
#define LOOP OSPF_IF_LOOPBACK
#define PASS OSPF_IF_PASSIVE
#define P2P  OSPF_IF_POINT_TO_POINT

#define ADVERTISE(state)                                                                                               \
    {                                                                                                                  \
        OSPF_IF_ACTION_ADVERTISE, state                                                                                \
    }
#define START(state)                                                                                                   \
    {                                                                                                                  \
        OSPF_IF_ACTION_START, state                                                                                    \
    }
#define CHANGE(state)                                                                                                  \
    {                                                                                                                  \
        OSPF_IF_ACTION_CHANGE, state                                                                                   \
    }
#define STAY(state)                                                                                                    \
    {                                                                                                                  \
        OSPF_IF_ACTION_NONE, state                                                                                     \
    }
#define STOP                                                                                                           \
    {                                                                                                                  \
        OSPF_IF_ACTION_STOP, DOWN                                                                                      \
    }

/* columns: up as loopback, up passive, up point-to-point, down */
static const struct ospf_interface_step interface_table[OSPF_IF_STATES][OSPF_IF_EVENTS] = {
    [DOWN] = {ADVERTISE(LOOP), ADVERTISE(PASS), START(P2P), STAY(DOWN)},
    [LOOP] = {STAY(LOOP), ADVERTISE(PASS), START(P2P), STOP},
    [PASS] = {ADVERTISE(LOOP), STAY(PASS), START(P2P), STOP},
    [P2P] = {CHANGE(LOOP), CHANGE(PASS), STAY(P2P), STOP},
};

struct ospf_interface_step ospf_interface_step(enum ospf_interface_state state, enum ospf_interface_event event)
{
    return interface_table[state][event];
}

#undef STAY
#define N_DOWN OSPF_NBR_DOWN
#define INIT   OSPF_NBR_INIT
#define TWOWAY OSPF_NBR_2WAY
#define EXST   OSPF_NBR_EXSTART
#define EXCH   OSPF_NBR_EXCHANGE
#define LOAD   OSPF_NBR_LOADING
#define FULL   OSPF_NBR_FULL

#define STAY(state)                                                                                                    \
    {                                                                                                                  \
        OSPF_NBR_ACTION_NONE, state                                                                                    \
    }
#define ALIVE(state)                                                                                                   \
    {                                                                                                                  \
        OSPF_NBR_ACTION_ALIVE, state                                                                                   \
    }
#define RESTART                                                                                                        \
    {                                                                                                                  \
        OSPF_NBR_ACTION_NEGOTIATE, EXST                                                                                \
    }
#define BACK                                                                                                           \
    {                                                                                                                  \
        OSPF_NBR_ACTION_CLEAR, INIT                                                                                    \
    }
#define GONE                                                                                                           \
    {                                                                                                                  \
        OSPF_NBR_ACTION_DELETE, N_DOWN                                                                                 \
    }

/* s10.3. A state in which an event means nothing stays as it is. */
static const struct ospf_neighbor_step neighbor_table[OSPF_NBR_STATES][OSPF_NBR_EVENTS] =
    {
        [N_DOWN] =
            {
                [OSPF_NBR_EVENT_HELLO] = ALIVE(INIT),
                [OSPF_NBR_EVENT_2WAY] = STAY(N_DOWN),
                [OSPF_NBR_EVENT_1WAY] = STAY(N_DOWN),
                [OSPF_NBR_EVENT_ADJ_OK] = STAY(N_DOWN),
                [OSPF_NBR_EVENT_NEGOTIATION_DONE] = STAY(N_DOWN),
                [OSPF_NBR_EVENT_EXCHANGE_DONE] = STAY(N_DOWN),
                [OSPF_NBR_EVENT_LOADING_DONE] = STAY(N_DOWN),
                [OSPF_NBR_EVENT_SEQ_MISMATCH] = STAY(N_DOWN),
                [OSPF_NBR_EVENT_BAD_REQUEST] = STAY(N_DOWN),
                [OSPF_NBR_EVENT_KILL] = GONE,
                [OSPF_NBR_EVENT_INACTIVITY] = GONE,
                [OSPF_NBR_EVENT_LL_DOWN] = GONE,
            },
        [INIT] =
            {
                [OSPF_NBR_EVENT_HELLO] = ALIVE(INIT),
                [OSPF_NBR_EVENT_2WAY] = {OSPF_NBR_ACTION_EVALUATE, TWOWAY},
                [OSPF_NBR_EVENT_1WAY] = STAY(INIT),
                [OSPF_NBR_EVENT_ADJ_OK] = STAY(INIT),
                [OSPF_NBR_EVENT_NEGOTIATION_DONE] = STAY(INIT),
                [OSPF_NBR_EVENT_EXCHANGE_DONE] = STAY(INIT),
                [OSPF_NBR_EVENT_LOADING_DONE] = STAY(INIT),
                [OSPF_NBR_EVENT_SEQ_MISMATCH] = STAY(INIT),
                [OSPF_NBR_EVENT_BAD_REQUEST] = STAY(INIT),
                [OSPF_NBR_EVENT_KILL] = GONE,
                [OSPF_NBR_EVENT_INACTIVITY] = GONE,
                [OSPF_NBR_EVENT_LL_DOWN] = GONE,
            },
        [TWOWAY] =
            {
                [OSPF_NBR_EVENT_HELLO] = ALIVE(TWOWAY),
                [OSPF_NBR_EVENT_2WAY] = STAY(TWOWAY),
                [OSPF_NBR_EVENT_1WAY] = BACK,
                [OSPF_NBR_EVENT_ADJ_OK] = {OSPF_NBR_ACTION_NEGOTIATE, EXST},
                [OSPF_NBR_EVENT_NEGOTIATION_DONE] = STAY(TWOWAY),
                [OSPF_NBR_EVENT_EXCHANGE_DONE] = STAY(TWOWAY),
                [OSPF_NBR_EVENT_LOADING_DONE] = STAY(TWOWAY),
                [OSPF_NBR_EVENT_SEQ_MISMATCH] = STAY(TWOWAY),
                [OSPF_NBR_EVENT_BAD_REQUEST] = STAY(TWOWAY),
                [OSPF_NBR_EVENT_KILL] = GONE,
                [OSPF_NBR_EVENT_INACTIVITY] = GONE,
                [OSPF_NBR_EVENT_LL_DOWN] = GONE,
            },
        [EXST] =
            {
                [OSPF_NBR_EVENT_HELLO] = ALIVE(EXST),
                [OSPF_NBR_EVENT_2WAY] = STAY(EXST),
                [OSPF_NBR_EVENT_1WAY] = BACK,
                [OSPF_NBR_EVENT_ADJ_OK] = STAY(EXST),
                [OSPF_NBR_EVENT_NEGOTIATION_DONE] = {OSPF_NBR_ACTION_DESCRIBE, EXCH},
                [OSPF_NBR_EVENT_EXCHANGE_DONE] = STAY(EXST),
                [OSPF_NBR_EVENT_LOADING_DONE] = STAY(EXST),
                [OSPF_NBR_EVENT_SEQ_MISMATCH] = STAY(EXST),
                [OSPF_NBR_EVENT_BAD_REQUEST] = STAY(EXST),
                [OSPF_NBR_EVENT_KILL] = GONE,
                [OSPF_NBR_EVENT_INACTIVITY] = GONE,
                [OSPF_NBR_EVENT_LL_DOWN] = GONE,
            },
        [EXCH] =
            {
                [OSPF_NBR_EVENT_HELLO] = ALIVE(EXCH),
                [OSPF_NBR_EVENT_2WAY] = STAY(EXCH),
                [OSPF_NBR_EVENT_1WAY] = BACK,
                [OSPF_NBR_EVENT_ADJ_OK] = STAY(EXCH),
                [OSPF_NBR_EVENT_NEGOTIATION_DONE] = STAY(EXCH),
                [OSPF_NBR_EVENT_EXCHANGE_DONE] = {OSPF_NBR_ACTION_LOAD, LOAD},
                [OSPF_NBR_EVENT_LOADING_DONE] = STAY(EXCH),
                [OSPF_NBR_EVENT_SEQ_MISMATCH] = RESTART,
                [OSPF_NBR_EVENT_BAD_REQUEST] = RESTART,
                [OSPF_NBR_EVENT_KILL] = GONE,
                [OSPF_NBR_EVENT_INACTIVITY] = GONE,
                [OSPF_NBR_EVENT_LL_DOWN] = GONE,
            },
        [LOAD] =
            {
                [OSPF_NBR_EVENT_HELLO] = ALIVE(LOAD),
                [OSPF_NBR_EVENT_2WAY] = STAY(LOAD),
                [OSPF_NBR_EVENT_1WAY] = BACK,
                [OSPF_NBR_EVENT_ADJ_OK] = STAY(LOAD),
                [OSPF_NBR_EVENT_NEGOTIATION_DONE] = STAY(LOAD),
                [OSPF_NBR_EVENT_EXCHANGE_DONE] = STAY(LOAD),
                [OSPF_NBR_EVENT_LOADING_DONE] = {OSPF_NBR_ACTION_FULL, FULL},
                [OSPF_NBR_EVENT_SEQ_MISMATCH] = RESTART,
                [OSPF_NBR_EVENT_BAD_REQUEST] = RESTART,
                [OSPF_NBR_EVENT_KILL] = GONE,
                [OSPF_NBR_EVENT_INACTIVITY] = GONE,
                [OSPF_NBR_EVENT_LL_DOWN] = GONE,
            },
        [FULL] =
            {
                [OSPF_NBR_EVENT_HELLO] = ALIVE(FULL),
                [OSPF_NBR_EVENT_2WAY] = STAY(FULL),
                [OSPF_NBR_EVENT_1WAY] = BACK,
                [OSPF_NBR_EVENT_ADJ_OK] = STAY(FULL),
                [OSPF_NBR_EVENT_NEGOTIATION_DONE] = STAY(FULL),
                [OSPF_NBR_EVENT_EXCHANGE_DONE] = STAY(FULL),
                [OSPF_NBR_EVENT_LOADING_DONE] = STAY(FULL),
                [OSPF_NBR_EVENT_SEQ_MISMATCH] = RESTART,
                [OSPF_NBR_EVENT_BAD_REQUEST] = RESTART,
                [OSPF_NBR_EVENT_KILL] = GONE,
                [OSPF_NBR_EVENT_INACTIVITY] = GONE,
                [OSPF_NBR_EVENT_LL_DOWN] = GONE,
            },
};

struct ospf_neighbor_step ospf_neighbor_step(enum ospf_neighbor_state state, enum ospf_neighbor_event event)
{
    return neighbor_table[state][event];
}

const char *ospf_interface_state_name(enum ospf_interface_state s)
{
    static const char *const names[OSPF_IF_STATES] = {"down", "loopback", "passive", "point-to-point"};
    return s < OSPF_IF_STATES ? names[s] : "unknown";
}

const char *ospf_neighbor_state_name(enum ospf_neighbor_state s)
{
    static const char *const names[OSPF_NBR_STATES] = {"down",     "init",    "2-way", "exstart",
                                                       "exchange", "loading", "full"};
    return s < OSPF_NBR_STATES ? names[s] : "unknown";
}

const char *ospf_neighbor_event_name(enum ospf_neighbor_event e)
{
    static const char *const names[OSPF_NBR_EVENTS] = {"hello",
                                                       "2-way",
                                                       "1-way",
                                                       "adjacency-ok",
                                                       "negotiation-done",
                                                       "exchange-done",
                                                       "loading-done",
                                                       "sequence-mismatch",
                                                       "bad-request",
                                                       "kill",
                                                       "inactivity",
                                                       "interface-down"};
    return e < OSPF_NBR_EVENTS ? names[e] : "unknown";
}
