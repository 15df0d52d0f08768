/* SPDX-License-Identifier: Apache-2.0
 *
 * The two state machines of OSPF as tables: interfaces (RFC 2328 s9) and neighbours (s10). Pure: a step says what to do
 * and where it leads; who does it is interface.c and neighbor.c.
 *
 *   interface:  Down --up--> Point-to-point | Passive | Loopback
 *               Down --up, broadcast--> Waiting --wait over--> election --> DROther | Backup | DR (each election anew)
 *   neighbour:  Down --hello--> Init --2-way--> 2-Way --adjacency wanted--> ExStart --negotiated--> Exchange
 *               --all summaries seen--> Loading --all requests answered--> Full
 *               back to ExStart: sequence mismatch, bad request; to 2-Way: adjacency not wanted any more; to Init:
 * 1-way; to Down: silence, interface down
 */
#pragma once

/* In this order: those from Point-to-point on speak, those from Waiting on are on a broadcast link. */
enum ospf_interface_state {
    OSPF_IF_DOWN,
    OSPF_IF_LOOPBACK,
    OSPF_IF_PASSIVE,
    OSPF_IF_POINT_TO_POINT,
    OSPF_IF_WAITING,
    OSPF_IF_DR_OTHER,
    OSPF_IF_BACKUP,
    OSPF_IF_DR,
    OSPF_IF_STATES
};

enum ospf_interface_event {
    OSPF_IF_EVENT_UP_LOOPBACK,
    OSPF_IF_EVENT_UP_PASSIVE,
    OSPF_IF_EVENT_UP_POINT_TO_POINT,
    OSPF_IF_EVENT_UP_BROADCAST,
    OSPF_IF_EVENT_DOWN,
    OSPF_IF_EVENT_WAIT_OVER,       /* WaitTimer, or BackupSeen */
    OSPF_IF_EVENT_NEIGHBOR_CHANGE, /* somebody came, left, or says something else of his role */
    OSPF_IF_EVENT_ELECTED_OTHER,   /* what the election said */
    OSPF_IF_EVENT_ELECTED_BACKUP,
    OSPF_IF_EVENT_ELECTED_DR,
    OSPF_IF_EVENTS
};

enum ospf_interface_action {
    OSPF_IF_ACTION_NONE,
    OSPF_IF_ACTION_ADVERTISE, /* its subnets come into the router-LSA */
    OSPF_IF_ACTION_START,     /* socket, hellos */
    OSPF_IF_ACTION_STOP,      /* kill neighbours, close; subnets go */
    OSPF_IF_ACTION_CHANGE,    /* stop, and advertise still */
    OSPF_IF_ACTION_RESTART,   /* stop, then start in another manner */
    OSPF_IF_ACTION_ELECT,     /* s9.4; an ELECTED event follows */
    OSPF_IF_ACTION_ROLE,      /* another role: groups to join and to leave */
};

struct ospf_interface_step {
    enum ospf_interface_action action;
    enum ospf_interface_state next;
};

enum ospf_neighbor_state {
    OSPF_NBR_DOWN,
    OSPF_NBR_INIT,
    OSPF_NBR_2WAY,
    OSPF_NBR_EXSTART,
    OSPF_NBR_EXCHANGE,
    OSPF_NBR_LOADING,
    OSPF_NBR_FULL,
    OSPF_NBR_STATES
};

enum ospf_neighbor_event {
    OSPF_NBR_EVENT_HELLO,
    OSPF_NBR_EVENT_2WAY,
    OSPF_NBR_EVENT_1WAY,
    OSPF_NBR_EVENT_ADJ_OK,   /* an adjacency is wanted */
    OSPF_NBR_EVENT_ADJ_OVER, /* none is wanted any more: the designated routers are others now */
    OSPF_NBR_EVENT_NEGOTIATION_DONE,
    OSPF_NBR_EVENT_EXCHANGE_DONE,
    OSPF_NBR_EVENT_LOADING_DONE,
    OSPF_NBR_EVENT_SEQ_MISMATCH,
    OSPF_NBR_EVENT_BAD_REQUEST,
    OSPF_NBR_EVENT_KILL,
    OSPF_NBR_EVENT_INACTIVITY,
    OSPF_NBR_EVENT_LL_DOWN,
    OSPF_NBR_EVENTS
};

enum ospf_neighbor_action {
    OSPF_NBR_ACTION_NONE,
    OSPF_NBR_ACTION_ALIVE,     /* restart the inactivity timer */
    OSPF_NBR_ACTION_EVALUATE,  /* is an adjacency wanted? then ADJ_OK */
    OSPF_NBR_ACTION_NEGOTIATE, /* drop the lists, send empty descriptions until master and slave are known */
    OSPF_NBR_ACTION_DESCRIBE,  /* take the snapshot of the database */
    OSPF_NBR_ACTION_LOAD,      /* ask for what is missing; if nothing is: LOADING_DONE */
    OSPF_NBR_ACTION_FULL,
    OSPF_NBR_ACTION_CLEAR, /* drop the lists, cancel the timers of the exchange */
    OSPF_NBR_ACTION_DELETE,
};

struct ospf_neighbor_step {
    enum ospf_neighbor_action action;
    enum ospf_neighbor_state next;
};

struct ospf_interface_step ospf_interface_step(enum ospf_interface_state state, enum ospf_interface_event event);
struct ospf_neighbor_step ospf_neighbor_step(enum ospf_neighbor_state state, enum ospf_neighbor_event event);
const char *ospf_interface_state_name(enum ospf_interface_state s);
const char *ospf_neighbor_state_name(enum ospf_neighbor_state s);
const char *ospf_neighbor_event_name(enum ospf_neighbor_event e);
