/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole state by event matrix of both machines, against RFC 2328 s9.3 and s10.3 written down independently.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "ospfd/session/fsm.h"

/* What the RFC says of a neighbour, as rules. */
static enum ospf_neighbor_state expected(enum ospf_neighbor_state s, enum ospf_neighbor_event e)
{
    switch (e) {
    case OSPF_NBR_EVENT_HELLO:
        return s == OSPF_NBR_DOWN ? OSPF_NBR_INIT : s;
    case OSPF_NBR_EVENT_2WAY:
        return s == OSPF_NBR_INIT ? OSPF_NBR_2WAY : s;
    case OSPF_NBR_EVENT_1WAY:
        return s >= OSPF_NBR_2WAY ? OSPF_NBR_INIT : s;
    case OSPF_NBR_EVENT_ADJ_OK:
        return s == OSPF_NBR_2WAY ? OSPF_NBR_EXSTART : s;
    case OSPF_NBR_EVENT_ADJ_OVER:
        return s >= OSPF_NBR_EXSTART ? OSPF_NBR_2WAY : s;
    case OSPF_NBR_EVENT_NEGOTIATION_DONE:
        return s == OSPF_NBR_EXSTART ? OSPF_NBR_EXCHANGE : s;
    case OSPF_NBR_EVENT_EXCHANGE_DONE:
        return s == OSPF_NBR_EXCHANGE ? OSPF_NBR_LOADING : s;
    case OSPF_NBR_EVENT_LOADING_DONE:
        return s == OSPF_NBR_LOADING ? OSPF_NBR_FULL : s;
    case OSPF_NBR_EVENT_SEQ_MISMATCH:
    case OSPF_NBR_EVENT_BAD_REQUEST:
        return s >= OSPF_NBR_EXCHANGE ? OSPF_NBR_EXSTART : s;
    case OSPF_NBR_EVENT_KILL:
    case OSPF_NBR_EVENT_INACTIVITY:
    case OSPF_NBR_EVENT_LL_DOWN:
    case OSPF_NBR_EVENTS:
        break;
    }
    return OSPF_NBR_DOWN;
}

static void test_fsm__neighbour_matrix(void **state)
{
    (void)state;
    for (int s = 0; s < OSPF_NBR_STATES; s++) {
        for (int e = 0; e < OSPF_NBR_EVENTS; e++) {
            struct ospf_neighbor_step step =
                ospf_neighbor_step((enum ospf_neighbor_state)s, (enum ospf_neighbor_event)e);
            assert_int_equal(step.next, expected((enum ospf_neighbor_state)s, (enum ospf_neighbor_event)e));
            if (e == OSPF_NBR_EVENT_HELLO)
                assert_int_equal(step.action, OSPF_NBR_ACTION_ALIVE);
            else if (step.next == OSPF_NBR_DOWN && e >= OSPF_NBR_EVENT_KILL)
                assert_int_equal(step.action, OSPF_NBR_ACTION_DELETE);
            else if ((int)step.next == s)
                assert_int_equal(step.action, OSPF_NBR_ACTION_NONE);
            else if (step.next == OSPF_NBR_EXSTART)
                assert_int_equal(step.action, OSPF_NBR_ACTION_NEGOTIATE);
            else if (step.next == OSPF_NBR_INIT || e == OSPF_NBR_EVENT_ADJ_OVER)
                assert_int_equal(step.action, OSPF_NBR_ACTION_CLEAR);
            else
                assert_int_not_equal(step.action, OSPF_NBR_ACTION_NONE);
        }
    }
}

/* What the RFC says of an interface: where a kind of link leads, and what an election may change. */
static enum ospf_interface_state leads_to(enum ospf_interface_state s, enum ospf_interface_event e)
{
    switch (e) {
    case OSPF_IF_EVENT_UP_LOOPBACK:
        return OSPF_IF_LOOPBACK;
    case OSPF_IF_EVENT_UP_PASSIVE:
        return OSPF_IF_PASSIVE;
    case OSPF_IF_EVENT_UP_POINT_TO_POINT:
        return OSPF_IF_POINT_TO_POINT;
    case OSPF_IF_EVENT_UP_BROADCAST:
        return s >= OSPF_IF_WAITING ? s : OSPF_IF_WAITING;
    case OSPF_IF_EVENT_DOWN:
        return OSPF_IF_DOWN;
    case OSPF_IF_EVENT_ELECTED_OTHER:
        return s >= OSPF_IF_WAITING ? OSPF_IF_DR_OTHER : s;
    case OSPF_IF_EVENT_ELECTED_BACKUP:
        return s >= OSPF_IF_WAITING ? OSPF_IF_BACKUP : s;
    case OSPF_IF_EVENT_ELECTED_DR:
        return s >= OSPF_IF_WAITING ? OSPF_IF_DR : s;
    case OSPF_IF_EVENT_WAIT_OVER:
    case OSPF_IF_EVENT_NEIGHBOR_CHANGE:
    case OSPF_IF_EVENTS:
        break;
    }
    return s;
}

static enum ospf_interface_action does(enum ospf_interface_state s, enum ospf_interface_event e)
{
    bool speaks = s >= OSPF_IF_POINT_TO_POINT;
    enum ospf_interface_state next = leads_to(s, e);
    if (e == OSPF_IF_EVENT_WAIT_OVER)
        return s == OSPF_IF_WAITING ? OSPF_IF_ACTION_ELECT : OSPF_IF_ACTION_NONE;
    if (e == OSPF_IF_EVENT_NEIGHBOR_CHANGE)
        return s > OSPF_IF_WAITING ? OSPF_IF_ACTION_ELECT : OSPF_IF_ACTION_NONE;
    if (next == s)
        return OSPF_IF_ACTION_NONE;
    if (e >= OSPF_IF_EVENT_ELECTED_OTHER)
        return OSPF_IF_ACTION_ROLE;
    if (next == OSPF_IF_DOWN)
        return OSPF_IF_ACTION_STOP;
    if (next >= OSPF_IF_POINT_TO_POINT)
        return speaks ? OSPF_IF_ACTION_RESTART : OSPF_IF_ACTION_START;
    return speaks ? OSPF_IF_ACTION_CHANGE : OSPF_IF_ACTION_ADVERTISE;
}

static void test_fsm__interface_matrix(void **state)
{
    (void)state;
    for (int s = 0; s < OSPF_IF_STATES; s++) {
        for (int e = 0; e < OSPF_IF_EVENTS; e++) {
            struct ospf_interface_step step =
                ospf_interface_step((enum ospf_interface_state)s, (enum ospf_interface_event)e);
            assert_int_equal(step.next, leads_to((enum ospf_interface_state)s, (enum ospf_interface_event)e));
            assert_int_equal(step.action, does((enum ospf_interface_state)s, (enum ospf_interface_event)e));
        }
    }
}

static void test_fsm__names(void **state)
{
    (void)state;
    for (int s = 0; s < OSPF_NBR_STATES; s++)
        assert_string_not_equal(ospf_neighbor_state_name((enum ospf_neighbor_state)s), "unknown");
    for (int e = 0; e < OSPF_NBR_EVENTS; e++)
        assert_string_not_equal(ospf_neighbor_event_name((enum ospf_neighbor_event)e), "unknown");
    for (int s = 0; s < OSPF_IF_STATES; s++)
        assert_string_not_equal(ospf_interface_state_name((enum ospf_interface_state)s), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fsm__neighbour_matrix),
        cmocka_unit_test(test_fsm__interface_matrix),
        cmocka_unit_test(test_fsm__names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
