/* SPDX-License-Identifier: Apache-2.0
 *
 * See fsm.h. Every cell is filled in; tests walk all of them.
 */
#include "ospfd/session/fsm.h"

#define DOWN   OSPF_IF_DOWN
#define LOOP   OSPF_IF_LOOPBACK
#define PASS   OSPF_IF_PASSIVE
#define P2P    OSPF_IF_POINT_TO_POINT
#define WAIT   OSPF_IF_WAITING
#define OTHER  OSPF_IF_DR_OTHER
#define BACKUP OSPF_IF_BACKUP
#define DR     OSPF_IF_DR

#define STEP(action, state)                                                                                            \
    {                                                                                                                  \
        OSPF_IF_ACTION_##action, state                                                                                 \
    }
#define STAY(state) STEP(NONE, state)

/* columns: up as loopback, up passive, up point-to-point, up broadcast, down */
#define LINK_EVENTS(loopback, passive, point_to_point, broadcast, down)                                                \
    [OSPF_IF_EVENT_UP_LOOPBACK] = loopback, [OSPF_IF_EVENT_UP_PASSIVE] = passive,                                      \
    [OSPF_IF_EVENT_UP_POINT_TO_POINT] = point_to_point, [OSPF_IF_EVENT_UP_BROADCAST] = broadcast,                      \
    [OSPF_IF_EVENT_DOWN] = down
/* columns: wait over, neighbour change, elected nothing, elected backup, elected designated router */
#define ROLE_EVENTS(wait_over, change, other, backup, dr)                                                              \
    [OSPF_IF_EVENT_WAIT_OVER] = wait_over, [OSPF_IF_EVENT_NEIGHBOR_CHANGE] = change,                                   \
    [OSPF_IF_EVENT_ELECTED_OTHER] = other, [OSPF_IF_EVENT_ELECTED_BACKUP] = backup, [OSPF_IF_EVENT_ELECTED_DR] = dr
#define NO_ROLES(state) ROLE_EVENTS(STAY(state), STAY(state), STAY(state), STAY(state), STAY(state))

/* s9.3. A state in which an event means nothing stays as it is. */
static const struct ospf_interface_step interface_table[OSPF_IF_STATES][OSPF_IF_EVENTS] = {
    [DOWN] = {LINK_EVENTS(STEP(ADVERTISE, LOOP), STEP(ADVERTISE, PASS), STEP(START, P2P), STEP(START, WAIT),
                          STAY(DOWN)),
              NO_ROLES(DOWN)},
    [LOOP] = {LINK_EVENTS(STAY(LOOP), STEP(ADVERTISE, PASS), STEP(START, P2P), STEP(START, WAIT), STEP(STOP, DOWN)),
              NO_ROLES(LOOP)},
    [PASS] = {LINK_EVENTS(STEP(ADVERTISE, LOOP), STAY(PASS), STEP(START, P2P), STEP(START, WAIT), STEP(STOP, DOWN)),
              NO_ROLES(PASS)},
    [P2P] = {LINK_EVENTS(STEP(CHANGE, LOOP), STEP(CHANGE, PASS), STAY(P2P), STEP(RESTART, WAIT), STEP(STOP, DOWN)),
             NO_ROLES(P2P)},
    [WAIT] = {LINK_EVENTS(STEP(CHANGE, LOOP), STEP(CHANGE, PASS), STEP(RESTART, P2P), STAY(WAIT), STEP(STOP, DOWN)),
              ROLE_EVENTS(STEP(ELECT, WAIT), STAY(WAIT), STEP(ROLE, OTHER), STEP(ROLE, BACKUP), STEP(ROLE, DR))},
    [OTHER] = {LINK_EVENTS(STEP(CHANGE, LOOP), STEP(CHANGE, PASS), STEP(RESTART, P2P), STAY(OTHER), STEP(STOP, DOWN)),
               ROLE_EVENTS(STAY(OTHER), STEP(ELECT, OTHER), STAY(OTHER), STEP(ROLE, BACKUP), STEP(ROLE, DR))},
    [BACKUP] = {LINK_EVENTS(STEP(CHANGE, LOOP), STEP(CHANGE, PASS), STEP(RESTART, P2P), STAY(BACKUP), STEP(STOP, DOWN)),
                ROLE_EVENTS(STAY(BACKUP), STEP(ELECT, BACKUP), STEP(ROLE, OTHER), STAY(BACKUP), STEP(ROLE, DR))},
    [DR] = {LINK_EVENTS(STEP(CHANGE, LOOP), STEP(CHANGE, PASS), STEP(RESTART, P2P), STAY(DR), STEP(STOP, DOWN)),
            ROLE_EVENTS(STAY(DR), STEP(ELECT, DR), STEP(ROLE, OTHER), STEP(ROLE, BACKUP), STAY(DR))},
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
#define OVER                                                                                                           \
    {                                                                                                                  \
        OSPF_NBR_ACTION_CLEAR, TWOWAY                                                                                  \
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
                [OSPF_NBR_EVENT_ADJ_OVER] = STAY(N_DOWN),
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
                [OSPF_NBR_EVENT_ADJ_OVER] = STAY(INIT),
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
                [OSPF_NBR_EVENT_ADJ_OVER] = STAY(TWOWAY),
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
                [OSPF_NBR_EVENT_ADJ_OVER] = OVER,
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
                [OSPF_NBR_EVENT_ADJ_OVER] = OVER,
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
                [OSPF_NBR_EVENT_ADJ_OVER] = OVER,
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
                [OSPF_NBR_EVENT_ADJ_OVER] = OVER,
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
    static const char *const names[OSPF_IF_STATES] = {"down",    "loopback", "passive", "point-to-point",
                                                      "waiting", "dr-other", "backup",  "dr"};
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
    static const char *const names[OSPF_NBR_EVENTS] = {"hello",         "2-way",          "1-way",
                                                       "adjacency-ok",  "adjacency-over", "negotiation-done",
                                                       "exchange-done", "loading-done",   "sequence-mismatch",
                                                       "bad-request",   "kill",           "inactivity",
                                                       "interface-down"};
    return e < OSPF_NBR_EVENTS ? names[e] : "unknown";
}
