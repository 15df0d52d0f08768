/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan and the text, over the modules of the product: what is asked for, golden text of small trees, names that are
 * unique over the whole schema, and that a real parser takes it.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/metricsd/metrics/plan.h"
#include "src/metricsd/metrics/render.h"

static int setup(void **state)
{
    static struct metrics_plan plan;
    struct ly_ctx *ctx = fixture_context();

    if (metrics_plan_init(&plan, ctx))
        return -1;
    metrics_plan_fini(&plan);
    *state = ctx;
    return 0;
}

static bool has_path(const struct metrics_plan *p, const char *path)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->paths[i], path) == 0)
            return true;
    return false;
}

static void test_plan__what_is_marked_and_no_big_tables(void **state)
{
    static const char *const big[] = {"/rib/route",        "/rib/label",     "/rib/mpls-forwarding", "/rib/lsp",
                                      "/ldp/binding",      "/ospf/database", "/ospf/route",          "/bgp/ipv4-vpn",
                                      "/bgp/ipv4-unicast", "/rib/forwarding"};
    struct metrics_plan p;

    assert_int_equal(metrics_plan_init(&p, *state), 0);
    assert_true(has_path(&p, "/bgp/neighbor/state"));
    assert_true(has_path(&p, "/bgp/vpn-instance/neighbor/state"));
    assert_true(has_path(&p, "/bgp/statistics"));
    assert_true(has_path(&p, "/ldp/session"));
    assert_true(has_path(&p, "/ospf/neighbor"));
    assert_true(has_path(&p, "/rib/counters"));
    assert_true(has_path(&p, "/vpn-instances/vpn-instance/state"));
    assert_true(has_path(&p, "/carriers-carrier/carrier"));
    assert_true(has_path(&p, "/management/daemon"));
    for (size_t i = 0; i < sizeof(big) / sizeof(big[0]); i++)
        for (size_t k = 0; k < p.n; k++)
            if (strncmp(p.paths[k], big[i], strlen(big[i])) == 0)
                fail_msg("%s is asked for", p.paths[k]);
    metrics_plan_fini(&p);
}

static void check(const char *text)
{
    char file[] = "/tmp/strata-metrics-XXXXXX", command[512];
    int fd = mkstemp(file), rc;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    snprintf(command, sizeof(command), "%s %s", TEST_CHECKER, file);
    rc = system(command);
    if (rc)
        fail_msg("refused:\n%s", text);
    unlink(file);
}

static char *rendered(const struct ly_ctx *ctx, const char *const *json, size_t n, bool is_complete)
{
    struct metrics_render *r = metrics_render_create();
    struct text_buf out = {0};
    char *text;

    for (size_t i = 0; i < n; i++) {
        struct lyd_node *tree = NULL;
        if (lyd_parse_data_mem(ctx, json[i], LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &tree) != LY_SUCCESS)
            fail_msg("%s: %s", json[i], ly_errmsg(ctx));
        metrics_render_add(r, tree);
        lyd_free_all(tree);
    }
    if (!is_complete)
        metrics_render_incomplete(r);
    metrics_render_text(r, &out);
    text = strdup(text_buf_get(&out));
    text_buf_fini(&out);
    metrics_render_destroy(r);
    check(text);
    return text;
}

static void test_render__golden(void **state)
{
    static const char *const json[] = {
        "{\"strata-bgp:bgp\":{\"neighbor\":[{\"address\":\"10.0.0.1\",\"state\":{\"state\":\"established\","
        "\"uptime\":7,\"received\":\"12\",\"last-error\":\"none\","
        "\"family\":[{\"name\":\"ipv4-vpn\",\"prefixes-received\":3,\"end-of-rib\":true}]}}]}}",
        "{\"strata-bgp:bgp\":{\"vpn-instance\":[{\"name\":\"red\",\"neighbor\":[{\"address\":\"10.9.0.1\",\"state\":{"
        "\"received\":\"18446744073709551615\"}}]}]}}",
    };
    char *text = rendered(*state, json, 2, true);

    assert_string_equal(
        text, "# TYPE strata_bgp_neighbor_family_end_of_rib gauge\n"
              "# HELP strata_bgp_neighbor_family_end_of_rib The neighbour has told all it had at first.\n"
              "strata_bgp_neighbor_family_end_of_rib{address=\"10.0.0.1\",family=\"ipv4-vpn\"} 1\n"
              "# TYPE strata_bgp_neighbor_family_prefixes_received gauge\n"
              "# HELP strata_bgp_neighbor_family_prefixes_received Routes that the neighbour has told us.\n"
              "strata_bgp_neighbor_family_prefixes_received{address=\"10.0.0.1\",family=\"ipv4-vpn\"} 3\n"
              "# TYPE strata_bgp_neighbor_received counter\n"
              "# HELP strata_bgp_neighbor_received Messages received.\n"
              "strata_bgp_neighbor_received_total{address=\"10.0.0.1\"} 12\n"
              "strata_bgp_neighbor_received_total{vpn_instance=\"red\",address=\"10.9.0.1\"} 18446744073709551615\n"
              "# TYPE strata_bgp_neighbor_state stateset\n"
              "# HELP strata_bgp_neighbor_state The state of the session, or of the connection that got furthest.\n"
              "strata_bgp_neighbor_state{address=\"10.0.0.1\",strata_bgp_neighbor_state=\"idle\"} 0\n"
              "strata_bgp_neighbor_state{address=\"10.0.0.1\",strata_bgp_neighbor_state=\"connect\"} 0\n"
              "strata_bgp_neighbor_state{address=\"10.0.0.1\",strata_bgp_neighbor_state=\"active\"} 0\n"
              "strata_bgp_neighbor_state{address=\"10.0.0.1\",strata_bgp_neighbor_state=\"open-sent\"} 0\n"
              "strata_bgp_neighbor_state{address=\"10.0.0.1\",strata_bgp_neighbor_state=\"open-confirm\"} 0\n"
              "strata_bgp_neighbor_state{address=\"10.0.0.1\",strata_bgp_neighbor_state=\"established\"} 1\n"
              "# TYPE strata_bgp_neighbor_uptime_seconds gauge\n"
              "# UNIT strata_bgp_neighbor_uptime_seconds seconds\n"
              "# HELP strata_bgp_neighbor_uptime_seconds Time since the session came up or went.\n"
              "strata_bgp_neighbor_uptime_seconds{address=\"10.0.0.1\"} 7\n"
              "# TYPE strata_metrics_complete gauge\n"
              "# HELP strata_metrics_complete 1 if every daemon that is needed has answered.\n"
              "strata_metrics_complete 1\n# EOF\n");
    free(text);
}

static void test_render__labels_are_escaped(void **state)
{
    static const char *const json[] = {
        "{\"strata-management:management\":{\"daemon\":[{\"name\":\"a \\\"b\\\" \\\\ c\\nd\",\"needed\":true}]},"
        "\"strata-ospf:ospf\":{\"drop\":[{\"reason\":\"packet-checksum\",\"count\":\"1\"}],"
        "\"neighbor\":[{\"interface\":\"eth0\",\"router-id\":\"10.0.0.1\",\"transitions\":2}]}}"};
    char *text = rendered(*state, json, 1, false);

    assert_non_null(strstr(text, "strata_management_daemon_needed{daemon=\"a \\\"b\\\" \\\\ c\\nd\"} 1\n"));
    assert_non_null(strstr(text, "strata_ospf_drop_count_total{reason=\"packet-checksum\"} 1\n"));
    assert_non_null(
        strstr(text, "strata_ospf_neighbor_transitions_total{interface=\"eth0\",router_id=\"10.0.0.1\"} 2\n"));
    assert_non_null(strstr(text, "strata_metrics_complete 0\n# EOF\n"));
    free(text);
}

/* Configuration, keys, text and what is not marked is left out. */
static void test_render__only_what_is_marked(void **state)
{
    static const char *const json[] = {
        "{\"strata-bgp:bgp\":{\"as\":100,\"neighbor\":[{\"address\":\"10.0.0.1\",\"remote-as\":200}],"
        "\"ipv4-unicast\":[{\"prefix\":\"10.0.0.0/8\",\"path\":1,\"best\":true}]}}"};
    char *text = rendered(*state, json, 1, true);

    assert_null(strstr(text, "strata_bgp"));
    free(text);
}

/* No two leafs of the schema share a name with different types: one of them would be lost. */
struct names {
    size_t n;
    struct {
        char name[METRICS_NAME_MAX];
        const char *type;
    } all[2048];
};

static void add_name(struct names *a, const char *name, const char *type, const struct lysc_node *leaf)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->all[i].name, name) == 0 && strcmp(a->all[i].type, type) != 0)
            fail_msg("%s of %s: %s and %s", name, leaf->module->name, a->all[i].type, type);
    assert_true(a->n < sizeof(a->all) / sizeof(a->all[0]));
    snprintf(a->all[a->n].name, METRICS_NAME_MAX, "%s", name);
    a->all[a->n++].type = type;
}

static void search(struct names *a, const struct lysc_node *n, const char *prefix, bool is_marked)
{
    const struct lysc_node *c = NULL;
    char name[METRICS_NAME_MAX];

    while ((c = lys_getnext(c, n, NULL, 0))) {
        if (c->nodetype == LYS_LEAF) {
            const char *type = is_marked ? metrics_family_of(prefix, c, name) : NULL;
            if (type)
                add_name(a, name, type, c);
        } else if (c->nodetype & (LYS_CONTAINER | LYS_LIST)) {
            metrics_name(prefix, c, name);
            search(a, c, name, metrics_is_marked(c) || (is_marked && c->nodetype == LYS_CONTAINER));
        }
    }
}

static void test_render__names_are_unique(void **state)
{
    static struct names all;
    const struct lys_module *m;
    uint32_t index = 0;
    size_t n_counters = 0;

    while ((m = ly_ctx_get_module_iter(*state, &index))) {
        const struct lysc_node *c = NULL;
        char name[METRICS_NAME_MAX];
        while (m->implemented && m->compiled && (c = lys_getnext(c, NULL, m->compiled, 0))) {
            if (c->nodetype != LYS_CONTAINER)
                continue;
            metrics_name("strata", c, name);
            search(&all, c, name, metrics_is_marked(c));
        }
    }
    for (size_t i = 0; i < all.n; i++)
        n_counters += strcmp(all.all[i].type, "counter") == 0;
    assert_true(all.n > 100 && n_counters > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan__what_is_marked_and_no_big_tables),
        cmocka_unit_test(test_render__golden),
        cmocka_unit_test(test_render__labels_are_escaped),
        cmocka_unit_test(test_render__only_what_is_marked),
        cmocka_unit_test(test_render__names_are_unique),
    };
    return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
