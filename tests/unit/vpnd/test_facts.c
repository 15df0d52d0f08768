/* SPDX-License-Identifier: Apache-2.0
 *
 * What is read of mgmtd's answers: whole ones, ones with parts missing, cut ones, and none; and the memory of since
 * when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "vpnd/csc/facts.h"
#include "vpnd/csc/memory.h"
#include "strata/log.h"

static const char bgp[] =
    "{\"strata-bgp:bgp\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"neighbor\":["
    "{\"address\":\"10.9.3.1\",\"state\":{\"state\":\"established\",\"uptime\":12,\"remote-as\":200,\"family\":["
    "{\"name\":\"ipv4-labeled-unicast\",\"prefixes-accepted\":3},{\"name\":\"ipv4-unicast\",\"prefixes-accepted\":1}]}}"
    ","
    "{\"address\":\"10.9.3.9\",\"state\":{\"state\":\"idle\",\"last-error\":\"sent open-error/bad-peer-as\"}}]}]}}";
static const char ldp[] =
    "{\"strata-ldp:ldp\":{\"vpn-instance\":[{\"name\":\"carrierB\",\"session\":[{\"lsr-id\":\"10.2.0.3\","
    "\"state\":\"operational\",\"transport-address\":\"10.2.0.3\",\"uptime\":7,\"address\":[\"10.2.0.3\",\"10.9.6.2\"]}"
    "]}]}}";
static const char ospf[] =
    "{\"strata-ospf:ospf\":{\"vpn-instance\":[{\"name\":\"carrierB\",\"neighbor\":["
    "{\"interface\":\"ce\",\"router-id\":\"10.2.0.3\",\"address\":\"10.9.6.2\",\"state\":\"full\"},"
    "{\"interface\":\"ce\",\"router-id\":\"10.2.0.4\",\"address\":\"10.9.6.3\",\"state\":\"exstart\"}]}]}}";
static const char counts[] =
    "{\"strata-rib:rib\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"far-end\":[{\"address\":\"10.1.0.6\","
    "\"routes\":\"4\",\"lsp\":true}],\"local-routes\":\"2\",\"remote-routes\":\"4\",\"unusable-routes\":\"1\","
    "\"labels\":\"6\",\"unusable-labels\":\"1\"}]}}";
static const char hops[] =
    "{\"strata-rib:rib\":{\"next-hop\":["
    "{\"vpn-instance\":\"public\",\"address\":\"10.1.0.6\",\"lsp-needed\":true,\"usable\":false,\"reason\":\"no "
    "label\"},"
    "{\"vpn-instance\":\"public\",\"address\":\"10.1.0.7\",\"lsp-needed\":false,\"usable\":true},"
    "{\"vpn-instance\":\"red\",\"address\":\"10.1.0.8\",\"lsp-needed\":true,\"usable\":true}]}}";

static void test_facts__sessions(void **state)
{
    struct csc_facts f = {0};
    const struct csc_session *s;

    (void)state;
    assert_true(csc_facts_take(&f, CSC_SOURCE_BGP_VPN, bgp, 5));
    assert_int_equal(f.from[CSC_SOURCE_BGP_VPN].n_sessions, 2);
    s = &f.from[CSC_SOURCE_BGP_VPN].sessions[0];
    assert_string_equal(s->instance, "carrierA");
    assert_true(s->is_up && s->has_labels && s->has_since);
    assert_int_equal(s->since_sec, 12);
    assert_int_equal(s->routes, 4);
    s++;
    assert_true(!s->is_up && !s->has_labels && !s->has_since);
    assert_string_equal(s->state, "idle");
    assert_string_equal(s->error, "sent open-error/bad-peer-as");

    assert_true(csc_facts_take(&f, CSC_SOURCE_LDP_VPN, ldp, 5));
    s = f.from[CSC_SOURCE_LDP_VPN].sessions;
    assert_true(s->is_up && s->has_labels);
    assert_int_equal(s->n_also, 2);
    assert_true(csc_facts_take(&f, CSC_SOURCE_OSPF_VPN, ospf, 5));
    s = f.from[CSC_SOURCE_OSPF_VPN].sessions;
    assert_true(s[0].is_up && !s[1].is_up);
    assert_string_equal(s[0].interface, "ce");

    assert_true(
        csc_facts_take(&f, CSC_SOURCE_BGP_TABLES,
                       "{\"strata-bgp:bgp\":{\"vpn-instance\":[{\"name\":\"carrierA\",\"statistics\":["
                       "{\"family\":\"ipv4-unicast\",\"unusable\":2,\"unusable-example\":\"x: y\",\"without-label\":0},"
                       "{\"family\":\"ipv4-labeled-unicast\",\"unusable\":1,\"without-label\":3}]}]}}",
                       5));
    assert_int_equal(csc_facts_tables(&f, "carrierA")->unusable, 3);
    assert_int_equal(csc_facts_tables(&f, "carrierA")->without_label, 3);
    assert_string_equal(csc_facts_tables(&f, "carrierA")->unusable_example.text, "x: y");
    assert_null(csc_facts_tables(&f, "carrierB"));

    /* The next answer takes the place of the former one: nobody is there any more. */
    assert_true(csc_facts_take(&f, CSC_SOURCE_BGP_VPN, "{}", 9));
    assert_int_equal(f.from[CSC_SOURCE_BGP_VPN].n_sessions, 0);
    assert_int_equal(f.from[CSC_SOURCE_BGP_VPN].told_us, 9);
    csc_facts_fini(&f);
}

static void test_facts__ribd(void **state)
{
    struct csc_facts f = {0};
    const struct csc_counts *c;
    struct ip_addr a = ip_addr_v4(0x0a010006), b = ip_addr_v4(0x0a010007), d = ip_addr_v4(0x0a010008);

    (void)state;
    assert_true(csc_facts_take(&f, CSC_SOURCE_INSTANCES, counts, 1));
    c = csc_facts_counts(&f, "carrierA");
    assert_non_null(c);
    assert_int_equal(c->local_routes, 2);
    assert_int_equal(c->remote_routes, 4);
    assert_int_equal(c->unusable_routes, 1);
    assert_int_equal(c->unusable_labels, 1);
    assert_int_equal(c->n_far_ends, 1);
    assert_true(c->far_ends[0].has_lsp && c->far_ends[0].routes == 4);
    assert_null(csc_facts_counts(&f, "carrier"));

    assert_true(csc_facts_take(&f, CSC_SOURCE_NEXT_HOPS, hops, 1));
    assert_string_equal(csc_facts_next_hop(&f, &a)->reason, "no label");
    assert_null(csc_facts_next_hop(&f, &b)); /* plain IP would do */
    assert_null(csc_facts_next_hop(&f, &d)); /* not in the provider's network */
    assert_true(csc_facts_take(&f, CSC_SOURCE_PLATFORM,
                               "{\"strata-rib:rib\":{\"platform\":{\"mpls\":false,\"missing\":\"no MPLS\","
                               "\"warning\":[\"interface p: mtu 1500\"]}}}",
                               1));
    assert_int_equal(f.from[CSC_SOURCE_PLATFORM].n_warnings, 1);
    assert_string_equal(f.from[CSC_SOURCE_PLATFORM].missing, "no MPLS");
    csc_facts_fini(&f);
}

/* Cut anywhere, or of another shape: nothing is taken, what was known stays. */
static void test_facts__malformed(void **state)
{
    static const char *const odd[] = {
        "",
        "[]",
        "3",
        "null",
        "{\"strata-bgp:bgp\":3}",
        "{\"strata-bgp:bgp\":{\"vpn-instance\":3}}",
        "{\"strata-bgp:bgp\":{\"vpn-instance\":[3]}}",
        "{\"strata-bgp:bgp\":{\"vpn-instance\":[{\"neighbor\":[3,{},{\"address\":7},{\"address\":\"x\"}]}]}}",
        "{\"strata-rib:rib\":{\"vpn-instance\":[{\"far-end\":{}},{\"name\":3,\"far-end\":[{\"address\":[]}]}]}}",
        "{\"strata-bgp:bgp\":{\"unimported\":[3,{},{\"next-hop\":7}]}}",
        "{\"strata-rib:rib\":{\"platform\":[{}],\"next-hop\":[[]]}}",
    };
    struct csc_facts f = {0};

    (void)state;
    assert_true(csc_facts_take(&f, CSC_SOURCE_BGP_VPN, bgp, 1));
    for (size_t n = 0; n + 1 < sizeof(bgp); n++) {
        char *cut = calloc(1, n + 1);

        memcpy(cut, bgp, n);
        if (n < strlen(bgp))
            assert_false(csc_facts_take(&f, CSC_SOURCE_BGP_VPN, cut, 2));
        free(cut);
    }
    assert_int_equal(f.from[CSC_SOURCE_BGP_VPN].n_sessions, 2);
    assert_int_equal(f.from[CSC_SOURCE_BGP_VPN].told_us, 1);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        for (int s = 0; s < CSC_SOURCE_COUNT; s++) {
            csc_facts_take(&f, (enum csc_source)s, odd[i], 3);
            assert_int_equal(f.from[s].n_sessions, s == CSC_SOURCE_BGP_VPN && i < 4 ? 2 : 0);
            assert_int_equal(f.from[s].n_next_hops, 0);
        }
    }
    csc_facts_fini(&f);
}

/* --- since when --- */

struct lines {
    char text[1000];
};

static void on_line(void *arg, enum log_level level, const char *line)
{
    struct lines *l = arg;

    (void)level;
    strncat(l->text, line, sizeof(l->text) - strlen(l->text) - 1);
}

static void round_at(struct csc_memory *m, uint64_t sec, const char *problem, int is_far_end_up)
{
    csc_memory_begin(m, sec * 1000000);
    if (problem)
        csc_memory_see(m, "a", CSC_KIND_PROBLEM, problem, 1, "it burns");
    if (is_far_end_up >= 0)
        csc_memory_see(m, "a", CSC_KIND_FAR_END, "10.1.0.6", is_far_end_up, NULL);
    csc_memory_end(m);
}

static void test_memory__alarms_are_told_once(void **state)
{
    struct lines l = {""};
    struct log *log = log_create("vpnd", on_line, &l);
    struct csc_memory *m = csc_memory_create(log);
    uint32_t sec;

    (void)state;
    round_at(m, 100, "fire", -1);
    round_at(m, 105, "fire", -1);
    assert_string_equal(l.text, ""); /* it may go by itself */
    round_at(m, 110, "fire", -1);
    assert_non_null(strstr(l.text, "alarm-raised vpn-instance=a problem=\"it burns\""));
    l.text[0] = '\0';
    round_at(m, 115, "fire", -1);
    assert_string_equal(l.text, "");
    assert_true(csc_memory_since(m, "a", CSC_KIND_PROBLEM, "fire", 117000000, &sec));
    assert_int_equal(sec, 17);
    round_at(m, 120, NULL, -1);
    assert_non_null(strstr(l.text, "alarm-cleared vpn-instance=a problem=\"it burns\" after=20s"));
    assert_false(csc_memory_since(m, "a", CSC_KIND_PROBLEM, "fire", 121000000, &sec));
    l.text[0] = '\0';
    round_at(m, 130, "smoke", -1); /* a short one is not told at all */
    round_at(m, 135, NULL, -1);
    assert_string_equal(l.text, "");
    csc_memory_destroy(m);
    log_destroy(log);
}

static void count_lost(void *arg, const char *key, uint32_t lost_sec)
{
    uint32_t *sec = arg;

    assert_string_equal(key, "10.1.0.6");
    *sec = lost_sec + 1;
}

static void test_memory__far_ends_are_missed(void **state)
{
    struct csc_memory *m = csc_memory_create(NULL);
    uint32_t sec = 0;

    (void)state;
    round_at(m, 100, NULL, 1);
    round_at(m, 200, NULL, 0);
    csc_memory_each_lost(m, "a", count_lost, &sec, 200000000);
    assert_int_equal(sec, 0);
    assert_true(csc_memory_since(m, "a", CSC_KIND_FAR_END, "10.1.0.6", 230000000, &sec));
    assert_int_equal(sec, 30); /* since the path went, not since it is known */
    sec = 0;
    round_at(m, 300, NULL, -1);
    csc_memory_each_lost(m, "b", count_lost, &sec, 300000000);
    assert_int_equal(sec, 0);
    csc_memory_each_lost(m, "a", count_lost, &sec, 300000000);
    assert_int_equal(sec, 101);
    sec = 0;
    round_at(m, 3801, NULL, -1); /* in the end it is given up */
    csc_memory_each_lost(m, "a", count_lost, &sec, 3801000000);
    assert_int_equal(sec, 0);
    csc_memory_destroy(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts__sessions),
        cmocka_unit_test(test_facts__ribd),
        cmocka_unit_test(test_facts__malformed),
        cmocka_unit_test(test_memory__alarms_are_told_once),
        cmocka_unit_test(test_memory__far_ends_are_missed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
