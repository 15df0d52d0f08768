/* SPDX-License-Identifier: Apache-2.0
 *
 * The session table of RFC 5036 s2.5.4: the two good ways up, and what every event does in every state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "ldpd/session/fsm.h"

static enum ldp_session_state walk(const enum ldp_session_event *events, size_t n, enum ldp_session_action *last)
{
    enum ldp_session_state s = LDP_SESSION_NONE;
    for (size_t i = 0; i < n; i++) {
        struct ldp_session_step step = ldp_session_step(s, events[i]);
        s = step.next;
        *last = step.action;
    }
    return s;
}

static void test_ldp_fsm__active_way_up(void **state)
{
    (void)state;
    const enum ldp_session_event events[] = {LDP_EVENT_START, LDP_EVENT_TCP_ACTIVE, LDP_EVENT_INIT_GOOD,
                                             LDP_EVENT_KEEPALIVE};
    enum ldp_session_action last;
    assert_int_equal(walk(events, 4, &last), LDP_SESSION_OPERATIONAL);
    assert_int_equal(last, LDP_ACTION_UP);
}

static void test_ldp_fsm__passive_way_up(void **state)
{
    (void)state;
    const enum ldp_session_event events[] = {LDP_EVENT_TCP_PASSIVE, LDP_EVENT_INIT_GOOD, LDP_EVENT_KEEPALIVE};
    enum ldp_session_action last;
    assert_int_equal(walk(events, 3, &last), LDP_SESSION_OPERATIONAL);
    assert_int_equal(last, LDP_ACTION_UP);
}

/* Whatever happens, an ending action leads to NONE, a session comes up only by a KeepAlive in OPENREC, messages are
 * delivered only when operational, and bad ends are told where there is a connection. */
static void test_ldp_fsm__every_state_and_event(void **state)
{
    (void)state;
    for (int s = 0; s < LDP_SESSION_STATES; s++) {
        for (int e = 0; e < LDP_SESSION_EVENTS; e++) {
            struct ldp_session_step step = ldp_session_step((enum ldp_session_state)s, (enum ldp_session_event)e);
            bool is_end =
                step.action == LDP_ACTION_CLOSE || step.action == LDP_ACTION_NOTIFY || step.action == LDP_ACTION_REJECT;
            if (is_end)
                assert_int_equal(step.next, LDP_SESSION_NONE);
            if (step.action == LDP_ACTION_UP)
                assert_true(s == LDP_SESSION_OPENREC && e == LDP_EVENT_KEEPALIVE);
            if (step.action == LDP_ACTION_DELIVER)
                assert_true(s == LDP_SESSION_OPERATIONAL && e == LDP_EVENT_MESSAGE);
            if (e == LDP_EVENT_STOP || e == LDP_EVENT_TCP_DOWN || e == LDP_EVENT_TIMEOUT)
                assert_int_equal(step.next, LDP_SESSION_NONE);
            if (e == LDP_EVENT_ERROR && s >= LDP_SESSION_INITIALIZED)
                assert_int_equal(step.action, LDP_ACTION_NOTIFY);
        }
    }
}

static void test_ldp_fsm__rejected_init_backs_off(void **state)
{
    (void)state;
    assert_int_equal(ldp_session_step(LDP_SESSION_OPENSENT, LDP_EVENT_INIT_BAD).action, LDP_ACTION_REJECT);
    assert_int_equal(ldp_session_step(LDP_SESSION_OPENSENT, LDP_EVENT_FATAL).action, LDP_ACTION_REJECT);
    assert_int_equal(ldp_session_step(LDP_SESSION_OPERATIONAL, LDP_EVENT_FATAL).action, LDP_ACTION_CLOSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ldp_fsm__active_way_up),
        cmocka_unit_test(test_ldp_fsm__passive_way_up),
        cmocka_unit_test(test_ldp_fsm__every_state_and_event),
        cmocka_unit_test(test_ldp_fsm__rejected_init_backs_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
