/* SPDX-License-Identifier: Apache-2.0
 *
 * The binding core: ordered control by forwarding truth, liberal retention, the order of withdraw and release.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ldpd/bind/bind.h"
#include "strata/mem.h"

struct fixture {
    struct ldp_bind *b;
    struct mem_account mem;
    uint32_t next_label;
    int alloc_error;
    char log[4096]; /* what the core did, in order */
    size_t used;
};

static void note(struct fixture *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(struct fixture *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(f->log + f->used, sizeof(f->log) - f->used, fmt, ap);
    va_end(ap);
    f->used += (size_t)n;
    assert_true(f->used < sizeof(f->log));
}

/* Compares and clears what was done. */
static void expect(struct fixture *f, const char *wanted)
{
    assert_string_equal(f->log, wanted);
    f->used = 0;
    f->log[0] = '\0';
}

static int label_alloc(void *arg, const struct prefix *fec, uint32_t *label)
{
    struct fixture *f = arg;
    (void)fec;
    if (f->alloc_error)
        return f->alloc_error;
    *label = f->next_label++;
    return 0;
}
static void label_free(void *arg, uint32_t label)
{
    note(arg, "free %u;", label);
}
static void entry_set(void *arg, uint32_t label, const struct prefix *fec, const struct ldp_bind_via *via, size_t n)
{
    (void)fec;
    note(arg, "entry %u", label);
    for (size_t k = 0; k < n; k++)
        note(arg, " via %u", via[k].ifindex);
    note(arg, ";");
}
static void entry_del(void *arg, uint32_t label)
{
    note(arg, "no-entry %u;", label);
}
static void remote_set(void *arg, uint32_t peer, const struct prefix *fec, const struct out_label *label)
{
    char text[LABEL_TEXT_MAX];
    (void)fec;
    note(arg, "remote %u=%s;", peer, out_label_text(label, text, sizeof(text)));
}
static void remote_del(void *arg, uint32_t peer, const struct prefix *fec)
{
    (void)fec;
    note(arg, "no-remote %u;", peer);
}
static void send_mapping(void *arg, uint32_t peer, const struct prefix *fec, uint32_t label, uint32_t request_id)
{
    (void)fec;
    note(arg, request_id ? "map %u %u for %u;" : "map %u %u;", peer, label, request_id);
}
static void send_withdraw(void *arg, uint32_t peer, const struct prefix *fec, uint32_t label)
{
    (void)fec;
    note(arg, "withdraw %u %u;", peer, label);
}
static void send_release(void *arg, uint32_t peer, const struct prefix *fec, uint32_t label)
{
    (void)fec;
    note(arg, "release %u %u;", peer, label);
}
static void send_no_route(void *arg, uint32_t peer, uint32_t request_id)
{
    note(arg, "no-route %u %u;", peer, request_id);
}
/* Peer n is behind interface n. */
static bool is_at(void *arg, uint32_t peer, const struct ldp_bind_via *via)
{
    (void)arg;
    return via->ifindex == peer;
}
static const struct ldp_bind_ops ops = {
    .label_alloc = label_alloc,
    .label_free = label_free,
    .entry_set = entry_set,
    .entry_del = entry_del,
    .remote_set = remote_set,
    .remote_del = remote_del,
    .send_mapping = send_mapping,
    .send_withdraw = send_withdraw,
    .send_release = send_release,
    .send_no_route = send_no_route,
    .is_at = is_at,
};

static int setup(void **state)
{
    struct fixture *f = MEM_NEW(NULL, struct fixture);
    f->next_label = 100;
    f->mem.name = "test";
    f->b = ldp_bind_create(&ops, f, &f->mem);
    *state = f;
    return 0;
}
static int teardown(void **state)
{
    struct fixture *f = *state;
    ldp_bind_destroy(f->b);
    assert_int_equal(f->mem.count, 0);
    mem_free(NULL, f);
    return 0;
}

static struct prefix x(void)
{
    return prefix_v4(0x0a020009, 32);
}

static void test_ldp_bind__advertises_only_what_forwards(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    expect(f, "entry 100;");
    ldp_bind_entry_state(f->b, &p, 100, false, "no label-switched path");
    expect(f, "");
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "map 1 100;");
    ldp_bind_peer_up(f->b, 2, false);
    expect(f, "map 2 100;");
    ldp_bind_entry_state(f->b, &p, 100, false, "gone");
    assert_true(strstr(f->log, "withdraw 1 100;") && strstr(f->log, "withdraw 2 100;"));
}

static void test_ldp_bind__label_is_freed_after_the_last_release(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    uint32_t label = 100;
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "entry 100;map 1 100;");
    ldp_bind_route(f->b, &p, LDP_ROUTE_NONE, NULL, 0);
    expect(f, "withdraw 1 100;");
    ldp_bind_release(f->b, 1, &p, &label);
    expect(f, "no-entry 100;free 100;");
}

static void test_ldp_bind__a_neighbour_that_never_releases_is_waited_for_but_not_for_ever(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    ldp_bind_route(f->b, &p, LDP_ROUTE_NONE, NULL, 0);
    expect(f, "entry 100;map 1 100;withdraw 1 100;");
    ldp_bind_age(f->b, 2);
    ldp_bind_age(f->b, 2);
    expect(f, "");
    ldp_bind_age(f->b, 2);
    expect(f, "no-entry 100;free 100;");
}

static void test_ldp_bind__route_that_returns_keeps_its_label(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    uint32_t label = 100;
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    ldp_bind_route(f->b, &p, LDP_ROUTE_NONE, NULL, 0);
    expect(f, "entry 100;map 1 100;withdraw 1 100;");
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    expect(f, "entry 100;");
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "map 1 100;");
    ldp_bind_release(f->b, 1, &p, &label); /* answers the old withdraw */
    ldp_bind_route(f->b, &p, LDP_ROUTE_NONE, NULL, 0);
    expect(f, "withdraw 1 100;");
}

static void test_ldp_bind__egress_gives_implicit_null(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_route(f->b, &p, LDP_ROUTE_EGRESS, NULL, 0);
    expect(f, "map 1 3;");
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    expect(f, "withdraw 1 3;entry 100;");
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "map 1 100;");
    ldp_bind_route(f->b, &p, LDP_ROUTE_EGRESS, NULL, 0);
    expect(f, "withdraw 1 100;no-entry 100;free 100;map 1 3;");
}

static void test_ldp_bind__keeps_all_remote_labels(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    uint32_t label = 3;
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_peer_up(f->b, 2, false);
    ldp_bind_mapping(f->b, 1, &p, 500);
    ldp_bind_mapping(f->b, 2, &p, 3);
    expect(f, "remote 1=500;remote 2=implicit-null;");
    ldp_bind_mapping(f->b, 1, &p, 501);
    expect(f, "release 1 500;remote 1=501;");
    ldp_bind_mapping(f->b, 1, &p, 501);
    expect(f, "");
    ldp_bind_withdraw(f->b, 2, &p, &label);
    expect(f, "no-remote 2;release 2 3;");
    ldp_bind_withdraw_all(f->b, 1, NULL);
    expect(f, "no-remote 1;release 1 501;");
}

static void test_ldp_bind__reserved_labels_are_released(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_mapping(f->b, 1, &p, 1);
    ldp_bind_mapping(f->b, 1, &p, 15);
    expect(f, "release 1 1;release 1 15;");
    ldp_bind_mapping(f->b, 1, &p, 0);
    expect(f, "remote 1=0;");
}

static void test_ldp_bind__dead_peer_takes_its_bindings_along(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_mapping(f->b, 1, &p, 500);
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "remote 1=500;entry 100;map 1 100;");
    ldp_bind_peer_down(f->b, 1);
    expect(f, "no-remote 1;");
    ldp_bind_route(f->b, &p, LDP_ROUTE_NONE, NULL, 0);
    expect(f, "no-entry 100;free 100;");
}

static void test_ldp_bind__waits_for_labels(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    f->alloc_error = -EAGAIN;
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    expect(f, "");
    f->alloc_error = 0;
    ldp_bind_labels_available(f->b);
    expect(f, "entry 100;");
}

/* ribd gave it to another while we were apart: it is withdrawn at once, and the new one goes out when it forwards. */
static void test_ldp_bind__a_lost_label_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    uint32_t old = 100, label = 101;
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "entry 100;map 1 100;");
    ldp_bind_label_lost(f->b, &p, 99); /* none of ours */
    expect(f, "");
    ldp_bind_label_lost(f->b, &p, 100);
    expect(f, "withdraw 1 100;no-entry 100;free 100;entry 101;");
    ldp_bind_entry_state(f->b, &p, 100, true, NULL); /* of the old one */
    expect(f, "");
    ldp_bind_entry_state(f->b, &p, 101, true, NULL);
    expect(f, "map 1 101;");
    ldp_bind_release(f->b, 1, &p, &old);
    expect(f, "");
    ldp_bind_route(f->b, &p, LDP_ROUTE_NONE, NULL, 0);
    expect(f, "withdraw 1 101;");
    ldp_bind_label_lost(f->b, &p, 101); /* while its release is awaited */
    expect(f, "no-entry 101;free 101;");
    ldp_bind_release(f->b, 1, &p, &label);
    expect(f, "");
}

static void test_ldp_bind__answers_requests(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_request(f->b, 1, &p, 7);
    expect(f, "no-route 1 7;");
    ldp_bind_route(f->b, &p, LDP_ROUTE_EGRESS, NULL, 0);
    expect(f, "map 1 3;");
    ldp_bind_request(f->b, 1, &p, 8);
    expect(f, "map 1 3 for 8;");
}

static void test_ldp_bind__replay_tells_entries_and_bindings(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_mapping(f->b, 1, &p, 500);
    ldp_bind_route(f->b, &p, LDP_ROUTE_TRANSIT, NULL, 0);
    expect(f, "remote 1=500;entry 100;");
    ldp_bind_replay(f->b);
    expect(f, "entry 100;remote 1=500;");
}

/* --- split horizon towards another carrier --- */

static void route_via(struct fixture *f, enum ldp_route_role role, uint32_t ifindex)
{
    struct prefix p = x();
    struct ldp_bind_via via = {.gateway = ip_addr_v4(0x0a010001 + ifindex), .ifindex = ifindex};
    ldp_bind_route(f->b, &p, role, &via, ifindex ? 1 : 0);
}

static void test_ldp_bind__gives_no_label_back_to_another_carrier(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_peer_up(f->b, 2, true);
    route_via(f, LDP_ROUTE_TRANSIT, 2);
    expect(f, "entry 100 via 2;");
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "map 1 100;");
    ldp_bind_request(f->b, 2, &p, 7);
    expect(f, "no-route 2 7;");
    route_via(f, LDP_ROUTE_TRANSIT, 1); /* a carrier's own routers keep what they hold: liberal retention */
    expect(f, "entry 100 via 1;");
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "map 2 100;");
}

static void test_ldp_bind__takes_a_label_from_where_it_would_come_back(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_peer_up(f->b, 2, true);
    route_via(f, LDP_ROUTE_STITCHED, 0); /* over BGP's path, in another instance */
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "entry 100;map 2 100;map 1 100;");
    route_via(f, LDP_ROUTE_TRANSIT, 2); /* the IGP's copy took over */
    expect(f, "withdraw 2 100;entry 100 via 2;");
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "");
    route_via(f, LDP_ROUTE_STITCHED, 0); /* and back, before the release came */
    expect(f, "entry 100;");
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "map 2 100;");
    uint32_t label = 100;
    ldp_bind_release(f->b, 2, &p, &label); /* answers the withdraw, not the mapping */
    ldp_bind_replay(f->b);
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "entry 100;");
}

static void test_ldp_bind__replay_finds_who_is_barred_by_now(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    route_via(f, LDP_ROUTE_TRANSIT, 2);
    ldp_bind_peer_up(f->b, 2, true);
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    ldp_bind_replay(f->b);
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    expect(f, "entry 100 via 2;entry 100 via 2;");
}

struct seen {
    unsigned n_fecs;
    struct ldp_bind_view view;
    struct ldp_remote_view remotes[4];
    size_t n;
};
static bool see(void *arg, const struct ldp_bind_view *v, const struct ldp_remote_view *remotes, size_t n)
{
    struct seen *s = arg;
    s->n_fecs++;
    s->view = *v;
    s->n = n;
    assert_in_range(n, 0, 4);
    memcpy(s->remotes, remotes, n * sizeof(*remotes));
    return true;
}

static void test_ldp_bind__shows_whose_label_is_in_use(void **state)
{
    struct fixture *f = *state;
    struct prefix p = x();
    struct seen s = {0};
    ldp_bind_peer_up(f->b, 1, false);
    ldp_bind_peer_up(f->b, 2, false);
    ldp_bind_mapping(f->b, 1, &p, 500);
    ldp_bind_mapping(f->b, 2, &p, 600);
    route_via(f, LDP_ROUTE_TRANSIT, 2);
    ldp_bind_entry_state(f->b, &p, 100, false, "no label-switched path");
    ldp_bind_each(f->b, NULL, see, &s);
    assert_int_equal(s.n_fecs, 1);
    assert_int_equal(s.view.role, LDP_ROUTE_TRANSIT);
    assert_int_equal(s.view.state, LDP_FEC_WAITING);
    assert_string_equal(s.view.reason, "no label-switched path");
    assert_int_equal(s.n, 2);
    for (size_t k = 0; k < s.n; k++) {
        assert_true(s.remotes[k].has_remote);
        assert_int_equal(s.remotes[k].remote, s.remotes[k].peer == 1 ? 500 : 600);
        assert_int_equal(s.remotes[k].is_in_use, s.remotes[k].peer == 2);
        assert_false(s.remotes[k].is_holder);
    }
    ldp_bind_entry_state(f->b, &p, 100, true, NULL);
    route_via(f, LDP_ROUTE_STITCHED, 2); /* BGP's label goes on, nobody's of LDP */
    ldp_bind_each(f->b, NULL, see, &s);
    for (size_t k = 0; k < s.n; k++) {
        assert_false(s.remotes[k].is_in_use);
        assert_true(s.remotes[k].is_holder);
    }
}

static void test_ldp_bind__bounds_what_another_carrier_gives(void **state)
{
    struct fixture *f = *state;
    struct seen s = {0};
    ldp_bind_peer_up(f->b, 1, true);
    for (uint32_t k = 0; k < 50010; k++) {
        struct prefix p = prefix_v4(0x0b000000 + k, 32);
        f->used = 0;
        ldp_bind_mapping(f->b, 1, &p, 16 + k);
    }
    assert_string_equal(f->log, "release 1 50025;");
    struct prefix old = prefix_v4(0x0b000000, 32);
    f->used = 0;
    ldp_bind_mapping(f->b, 1, &old, 99); /* what it has may change */
    expect(f, "release 1 16;remote 1=99;");
    ldp_bind_each(f->b, NULL, see, &s);
    assert_int_equal(s.n_fecs, 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ldp_bind__advertises_only_what_forwards, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__label_is_freed_after_the_last_release, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__a_neighbour_that_never_releases_is_waited_for_but_not_for_ever,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__route_that_returns_keeps_its_label, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__egress_gives_implicit_null, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__keeps_all_remote_labels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__reserved_labels_are_released, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__dead_peer_takes_its_bindings_along, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__waits_for_labels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__a_lost_label_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__answers_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__replay_tells_entries_and_bindings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__gives_no_label_back_to_another_carrier, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__takes_a_label_from_where_it_would_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__replay_finds_who_is_barred_by_now, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__shows_whose_label_is_in_use, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ldp_bind__bounds_what_another_carrier_gives, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
