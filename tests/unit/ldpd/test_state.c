/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state: what is asked for by path, and that nothing else is written.
 */
#include "session_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "ldpd/north/state.h"
#include "strata/state.h"
#include "tests/unit/schema/state_dump.h"

static const char *const lists[] = {"interface e1 {",         "adjacency e1 10.0.0.1", "session 10.0.0.1 {",
                                    "session-end 10.0.0.1 {", "binding 10.9.9.9/32 {", "drops {"};

enum { N_LISTS = sizeof(lists) / sizeof(lists[0]), ALL = (1 << N_LISTS) - 1 };

/* Bit i of `wanted`: lists[i] is there. */
static void shows(struct fixture *f, const char *path, unsigned wanted)
{
    static struct state_dump d;
    struct state_writer *w = state_writer_create(&ldpd_schema);
    state_open(w, LDPD_LDP);
    ldpd_state_instance(w, path, f->ldp);
    state_close(w);
    state_dump_take(&d, &ldpd_schema, w);
    for (size_t i = 0; i < N_LISTS; i++)
        if ((strstr(d.text, lists[i]) != NULL) != ((wanted >> i & 1) != 0))
            fail_msg("%s, %s: %s", path, lists[i], d.text);
}

/* A session that was lost once, and a label of ours. */
static void test_ldp_state__by_path(void **state)
{
    struct fixture *f = *state;
    struct prefix p = prefix_v4(0x0a090909, 32);
    session_up_active(f);
    peer_notify(f, 0x8000000a);
    run_ms(f, 20000);
    route(f, &p, RIB_SOURCE_OSPF);
    run_ms(f, 1000);
    shows(f, "", ALL);
    shows(f, "/ldp", ALL);
    shows(f, "/ldp/vpn-instance[binding]", ALL);
    shows(f, "/ldp/interface", 1u << 0);
    shows(f, "/ldp/adjacency[e1]", 1u << 1);
    shows(f, "/ldp/vpn-instance/session", 1u << 2);
    shows(f, "/ldp/vpn-instance[name='/binding']/session[10.0.0.1]/address", 1u << 2);
    shows(f, "/ldp/session-end/reason", 1u << 3);
    shows(f, "/ldp/binding[10.9.9.9/32]/remote", 1u << 4);
    shows(f, "/ldp/drops", 1u << 5);
    shows(f, "/ldp/router-id", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ldp_state__by_path, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
