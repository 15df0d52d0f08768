/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine: every state with every event, against a table written down a second time, and what must always
 * hold.
 */
#include "tests/unit/bgpd/cm.h"

#include "bgpd/session/fsm.h"

/* One row a state, in order of the events: action/next. Actions: . none, C connect, L listen, W wait, O send open,
 * F confirm, E establish, H hold, K keepalive, U update, D drop, N notify, X fsm error. Next states by number. */
static const char *const expected[BGP_STATE_COUNT] = {
    /*            start pass stop retry hold keep shold up  fail open herr oerr coll nver note keep upd  uerr */
    [BGP_STATE_IDLE] = "C1 L2 .0 .0 .0 .0 .0 D0 .0 .0 .0 .0 .0 .0 .0 .0 .0 .0",
    [BGP_STATE_CONNECT] = ".1 .1 D0 C1 D0 D0 D0 O3 W2 D0 D0 D0 D0 D0 D0 D0 D0 D0",
    [BGP_STATE_ACTIVE] = ".2 .2 D0 C1 D0 D0 D0 O3 D0 D0 D0 D0 D0 D0 D0 D0 D0 D0",
    [BGP_STATE_OPEN_SENT] = ".3 .3 N0 X0 N0 X0 D0 .3 W2 F4 N0 N0 N0 D0 D0 X0 X0 X0",
    [BGP_STATE_OPEN_CONFIRM] = ".4 .4 N0 X0 N0 K4 D0 .4 D0 X0 N0 N0 N0 D0 D0 E5 X0 X0",
    [BGP_STATE_ESTABLISHED] = ".5 .5 N0 X0 N0 K5 D0 .5 D0 X0 N0 N0 N0 D0 D0 H5 U5 N0",
};

static enum bgp_action action_of(char c)
{
    static const char letters[] = ".CLWOFEHKUDNX";
    const char *at = strchr(letters, c);

    assert_non_null(at);
    return (enum bgp_action)(at - letters);
}

static void test_fsm__whole_matrix(void **state)
{
    (void)state;
    for (enum bgp_state s = 0; s < BGP_STATE_COUNT; s++)
        for (enum bgp_event e = 0; e < BGP_EVENT_COUNT; e++) {
            const char *cell = expected[s] + 3 * e;
            struct bgp_transition t = bgp_fsm(s, e);

            if (t.action != action_of(cell[0]) || t.next != (enum bgp_state)(cell[1] - '0'))
                fail_msg("%s on %s: %s to %s", bgp_state_name(s), bgp_event_name(e), bgp_action_name(t.action),
                         bgp_state_name(t.next));
        }
}

static void test_fsm__laws(void **state)
{
    (void)state;
    for (enum bgp_state s = 0; s < BGP_STATE_COUNT; s++)
        for (enum bgp_event e = 0; e < BGP_EVENT_COUNT; e++) {
            struct bgp_transition t = bgp_fsm(s, e);

            /* Only a KEEPALIVE in OpenConfirm makes a session. */
            if (t.next == BGP_STATE_ESTABLISHED && s != BGP_STATE_ESTABLISHED)
                assert_true(s == BGP_STATE_OPEN_CONFIRM && e == BGP_EVENT_KEEPALIVE);
            /* Nothing is said that nobody could hear. */
            if (t.action == BGP_ACTION_NOTIFY || t.action == BGP_ACTION_FSM_ERROR)
                assert_true(s >= BGP_STATE_OPEN_SENT && t.next == BGP_STATE_IDLE);
            /* A NOTIFICATION is never answered. */
            if (e == BGP_EVENT_NOTIFICATION || e == BGP_EVENT_NOTIFICATION_VERSION)
                assert_true(t.action == BGP_ACTION_DROP || t.action == BGP_ACTION_NONE);
            /* Whoever becomes idle has closed, but the idle. */
            if (t.next == BGP_STATE_IDLE && s != BGP_STATE_IDLE)
                assert_true(t.action == BGP_ACTION_DROP || t.action == BGP_ACTION_NOTIFY ||
                            t.action == BGP_ACTION_FSM_ERROR);
            assert_string_not_equal(bgp_event_name(e), "?");
            assert_string_not_equal(bgp_action_name(t.action), "?");
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fsm__whole_matrix),
        cmocka_unit_test(test_fsm__laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
