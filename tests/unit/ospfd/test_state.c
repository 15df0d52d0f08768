/* SPDX-License-Identifier: Apache-2.0
 *
 * Operational state: what is asked for by path, and that nothing else is written.
 */
#include "tests/unit/ospfd/world.h"

#include "ospfd/north/state.h"
#include "strata/state.h"
#include "tests/unit/schema/state_dump.h"

static const char *const lists[] = {"neighbor e1 2.2.2.2", "interface e1 {",
                                    "database 0.0.0.0 router 1.1.1.1 1.1.1.1 {", "route ", "statistics {"};

enum { N_LISTS = sizeof(lists) / sizeof(lists[0]) };

/* Bit i of `wanted`: lists[i] is there. */
static void shows(struct node *n, const char *path, unsigned wanted)
{
    static struct state_dump d;
    struct state_writer *w = state_writer_create(&ospfd_schema);
    ospf_state_begin(w);
    ospf_state_instance(w, path, n->instance, NULL, n->world->now_us);
    ospf_state_end(w);
    state_dump_take(&d, &ospfd_schema, w);
    for (size_t i = 0; i < N_LISTS; i++)
        if ((strstr(d.text, lists[i]) != NULL) != ((wanted >> i & 1) != 0))
            fail_msg("%s, %s: %s", path, lists[i], d.text);
}

static void test_state__by_path(void **state)
{
    (void)state;
    struct world *w = world_create(1);
    struct node *a = world_node(w, 0x01010101), *b = world_node(w, 0x02020202);
    world_link(w, a, b, 10, 10);
    world_start(w);
    world_run_ms(w, 20000);
    assert_int_equal(node_full_neighbors(a), 1);
    shows(a, "/ospf/neighbor[e1][2.2.2.2]/state", 1u << 0);
    shows(a, "/ospf/vpn-instance[/route]/neighbor", 1u << 0);
    shows(a, "/ospf/interface", 1u << 1);
    shows(a, "/ospf/database/prefix", 1u << 2);
    shows(a, "/ospf/statistics", 1u << 4);
    shows(a, "/ospf/vpn-instance[name='neighbor']/drop", 1u << 4);
    shows(a, "/ospf/current-router-id", 0);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_state__by_path)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
