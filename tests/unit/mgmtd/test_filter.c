/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters on trees: subtree (RFC 6241 section 6, the rules and the shapes of its examples) and XPath.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/mgmtd/filter/budget.h"
#include "src/mgmtd/filter/filter.h"

#define SYS " xmlns='urn:strata:system'"
#define IFS " xmlns='urn:ietf:params:xml:ns:yang:ietf-interfaces'"
#define NC  " xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'"
#define MTU "<mtu xmlns='urn:strata:interfaces'/>"

static const char config[] = "system hostname a\n"
                             "interface x { mtu 1500; description up; ipv4 address 10.0.0.1/24 }\n"
                             "interface y { mtu 1400; description up }\n"
                             "interface z mtu 1500\n";

struct row {
    const char *name, *filter, *expected; /* text syntax */
    bool is_xpath;
};

static const struct row rows[] = {
    {"empty filter", "", "", false},
    {"one container", "<system" SYS "/>", "system hostname a\n", false},
    {"two at the top", "<system" SYS "/><interfaces" IFS "><interface><name>z</name></interface></interfaces>",
     "system hostname a\ninterface z mtu 1500\n", false},
    {"entry by key, whole", "<interfaces" IFS "><interface><name>x</name></interface></interfaces>",
     "interface x {\n    description up\n    mtu 1500\n    ipv4 address 10.0.0.1/24\n}\n", false},
    {"blanks around the value", "<interfaces" IFS "><interface><name>\n z </name></interface></interfaces>",
     "interface z mtu 1500\n", false},
    {"entry by key, one leaf", "<interfaces" IFS "><interface><name>x</name>" MTU "</interface></interfaces>",
     "interface x mtu 1500\n", false},
    {"a leaf of all entries", "<interfaces" IFS "><interface>" MTU "</interface></interfaces>",
     "interface x mtu 1500\ninterface y mtu 1400\ninterface z mtu 1500\n", false},
    {"keys only", "<interfaces" IFS "><interface><name/></interface></interfaces>",
     "interface x\ninterface y\ninterface z\n", false},
    {"content of a leaf that is no key",
     "<interfaces" IFS "><interface><mtu xmlns='urn:strata:interfaces'>1400</mtu></interface></interfaces>",
     "interface y {\n    description up\n    mtu 1400\n}\n", false},
    {"two contents, both must match",
     "<interfaces" IFS "><interface><description>up</description><mtu xmlns='urn:strata:interfaces'>1500</mtu><name/>"
     "</interface></interfaces>",
     "interface x {\n    description up\n    mtu 1500\n}\n", false},
    {"two entries, different leafs",
     "<interfaces" IFS "><interface><name>x</name><description/></interface><interface><name>y</name>" MTU
     "</interface></interfaces>",
     "interface x description up\ninterface y mtu 1400\n", false},
    {"content of a value of a leaf-list",
     "<interfaces" IFS "><interface><name/><ipv4 xmlns='urn:strata:interfaces'><address>10.0.0.1/24</address></ipv4>"
     "</interface></interfaces>",
     "interface x ipv4 address 10.0.0.1/24\ninterface y\ninterface z\n", false},
    {"no such value", "<interfaces" IFS "><interface><name>q</name></interface></interfaces>", "", false},
    {"namespace of NETCONF stands for any", "<system" NC "><hostname/></system>", "system hostname a\n", false},
    {"no namespace stands for any", "<system xmlns=''><hostname/></system>", "system hostname a\n", false},
    {"siblings without and with a namespace",
     "<q xmlns=''><a/><a xmlns='urn:x'/></q><system xmlns=''/><system" SYS "/>", "system hostname a\n", false},
    {"a prefix of no namespace", "<q><b xmlns:p=''><p:a/><a xmlns='urn:x'/></b></q><system" SYS "/>",
     "system hostname a\n", false},
    {"another namespace", "<system xmlns='urn:x'/>", "", false},
    {"another namespace below", "<system" SYS "><hostname xmlns='urn:x'/></system>", "", false},
    {"an attribute that nothing has", "<system" SYS " x='1'/>", "", false},
    {"a leaf with elements in it", "<system" SYS "><hostname><a/></hostname></system>", "", false},
    {"path", "/strata-system:system", "system hostname a\n", true},
    {"path with a predicate", "/ietf-interfaces:interfaces/interface[name='z']", "interface z mtu 1500\n", true},
    {"value in a predicate", "/ietf-interfaces:interfaces/interface[strata-interfaces:mtu=1400]/name", "interface y\n",
     true},
    {"a leaf of all", "/ietf-interfaces:interfaces/interface/strata-interfaces:mtu",
     "interface x mtu 1500\ninterface y mtu 1400\ninterface z mtu 1500\n", true},
    {"two paths", "/strata-system:system | /ietf-interfaces:interfaces/interface[name='z']",
     "system hostname a\ninterface z mtu 1500\n", true},
    {"anywhere", "//description", "interface x description up\ninterface y description up\n", true},
    {"function", "/ietf-interfaces:interfaces/interface[starts-with(name, 'y')]/description",
     "interface y description up\n", true},
    {"nothing", "/strata-system:system[hostname='b']", "", true},
};

static void run_row(const struct fixture_contexts *w, const struct row *row)
{
    struct lyd_node *tree = fixture_tree(w->ctx, config);
    struct text_buf out = {0};
    char error[256] = "";
    int rc = row->is_xpath ? filter_xpath(row->filter, &tree, error, sizeof(error))
                           : filter_subtree(w->plain, row->filter, &tree, error, sizeof(error));
    if (rc)
        fail_msg("%s: %s", row->name, error);
    text_write(tree, &out);
    if (strcmp(text_buf_get(&out), row->expected) != 0)
        fail_msg("%s: is\n%s---\n%s", row->name, text_buf_get(&out), row->expected);
    text_buf_fini(&out);
    yang_tree_free(tree);
}

static void test_filter__selects(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        run_row(*state, &rows[i]);
}

static void test_filter__attributes(void **state)
{
    struct fixture_contexts *w = *state;
    struct lyd_node *tree = fixture_tree(w->ctx, "system hostname a\ninterface x mtu 1500");
    char error[128];
    struct lyd_node *top = yang_top(tree, "system");
    assert_int_equal(lyd_new_meta(w->ctx, top, NULL, "ietf-origin:origin", "ietf-origin:intended", 0, NULL), 0);
    assert_int_equal(filter_subtree(w->plain,
                                    "<x:system xmlns:x='urn:strata:system' "
                                    "xmlns:or='urn:ietf:params:xml:ns:yang:ietf-origin' or:origin='or:system'/>",
                                    &tree, error, sizeof(error)),
                     0);
    assert_null(tree);
}

static void test_filter__faults(void **state)
{
    struct fixture_contexts *w = *state;
    struct lyd_node *tree = fixture_tree(w->ctx, config);
    char error[256] = "";
    assert_int_not_equal(filter_xpath("/strata-system:system[", &tree, error, sizeof(error)), 0);
    assert_true(error[0]);
    error[0] = '\0';
    assert_int_not_equal(filter_subtree(w->plain, "<a><b></a>", &tree, error, sizeof(error)), 0);
    assert_true(error[0]);
    yang_tree_free(tree);
}

/* Evaluated, these would keep everybody waiting: for seconds up to for ever. */
static void test_filter__costs_are_bounded(void **state)
{
    static const struct {
        const char *expression;
        size_t n_most; /* nodes that it is allowed on; 0 = on none */
    } costs[] = {
        {"/a:b/c[d='e']", 1000000},
        {"/a:b/c[d='e' or d='f']/g[h='i'][j=1]", 1000000},
        {"//a", 1000000},
        {"//*[starts-with(name, '//../[')]", 1000000},
        {"//a[b='c']//d[e]", 1000000},
        {"/a/b[c[d[e]]]", 1000000},
        {"/a/b[../c='d']", 1000},
        {"/a/b[c=/d/e]", 100},
        {"//*[count(//*)>0]", 1000},
        {"//*[count(//*[//*])>0]", 100},
        {"//*[//*[//*[//*]]]", 0},
        {"//*[../..[../..[../..[../..]]]]", 0},
        {"//*[/a[/a[/a[/a]]]]", 0},
        {"//*[b and/a[b or/a[2*/a[1 div/a]]]]", 0},
        {"//*[b and /a[b or /a[2 * /a[1 div /a]]]]", 0},
        {"//*[ancestor::*[preceding::*[ancestor::a[following::b]]]]", 0},
        {"//*[current()/*[current()/*[current()/*[current()/*]]]]", 0},
        {"//*[.//*[.//*[.//*[.//*]]]]", 0},
        {"//*[//* = //*]", 100},
        {"//*[.//*[//*=//*]]", 0},
        {"//*[re-match(., '(a*)*b')]", 0},
    };
    for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
        if (costs[i].n_most && budget_fault(costs[i].expression, costs[i].n_most))
            fail_msg("refused: %s", costs[i].expression);
        if (!budget_fault(costs[i].expression, costs[i].n_most ? costs[i].n_most * 1000 : 1))
            fail_msg("allowed: %s", costs[i].expression);
    }
    char *unions = calloc(1, 200001);
    for (size_t i = 0; i < 200000; i++)
        unions[i] = "//*|"[i % 4];
    assert_non_null(budget_fault(unions, 1));
    free(unions);

    struct fixture_contexts *w = *state;
    struct lyd_node *tree = fixture_tree(w->ctx, config);
    char error[256] = "";
    const char *bomb = "//*[count(//*[count(//*[count(//*[count(//*[count(//*)>0])>0])>0])>0])>0]";
    assert_int_not_equal(filter_xpath(bomb, &tree, error, sizeof(error)), 0);
    assert_non_null(strstr(error, "too long"));
    yang_tree_free(tree);
}

static void judge(const char *const *good, size_t n_good, const char *const *bad, size_t n_bad)
{
    for (size_t i = 0; i < n_good; i++)
        if (budget_fault(good[i], 1))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < n_bad; i++)
        if (!budget_fault(bad[i], 1))
            fail_msg("allowed: %s", bad[i]);
}

#define JUDGE(good, bad) judge(good, sizeof(good) / sizeof((good)[0]), bad, sizeof(bad) / sizeof((bad)[0]))

/* By zero, libyang divides to death. */
static void test_filter__divisors(void **state)
{
    static const char *const good[] = {
        "//a[b mod 2 = 1]",          "//*[position()mod\t10]",
        "/mod/model[mod='mod 0']",   "/a/mod:mod[@mod and mod or mode]",
        "/a[1 div 0 and self::mod]",
    };
    static const char *const bad[] = {
        "/a[1 mod 0]",
        "/a[1mod 0]",
        "/a[.mod 0]",
        "/a[..mod 0]",
        "/a[1.mod 0]",
        "/a[(1)mod(0)]",
        "/a['x'mod 0]",
        "/a[* mod 0]",
        "/a[*mod 0]",
        "/a[mod mod 0]",
        "/a[and mod 0]",
        "/a[1 mod0]",
        "/a[1 mod 0.5]",
        "/a[1 mod -1]",
        "/a[1 mod b]",
        "/a[2 * 3 mod 0]",
        "/a[b[1] mod count(/x)]",
        "/a mod/b",
        "/a[1 ormod mod 0]",
        "/a[\"x\"mod 0]",
        "/a[1 mod 3/b]",
        "/a[1 mod 3 //b]",
        "/a[1 mod 3[b]]",
    };
    struct fixture_contexts *w = *state;
    struct lyd_node *tree = fixture_tree(w->ctx, config);
    char error[256] = "";
    JUDGE(good, bad);
    assert_int_not_equal(filter_xpath("//*[1 mod 0]", &tree, error, sizeof(error)), 0);
    assert_non_null(strstr(error, "mod needs"));
    assert_int_equal(filter_xpath("//*[position() mod 2 = 1]", &tree, error, sizeof(error)), 0);
    yang_tree_free(tree);
}

/* libyang loses memory for these. */
static void test_filter__what_costs_memory(void **state)
{
    static const char *const good[] = {"/a[b = c and d != e or f < g]", "/a[b = (c = d)]",    "/a[b[c = d] = e[f = g]]",
                                       "/a[concat(b = c, d = e)]",      "/a[b >= c][d <= e]", "/a[b='=='] | /c[d = e]",
                                       "(/a[b='c'] | /d)[1][2]",        "/a/node()[1]",       "/a/ text ( )[b]",
                                       "//*[current()[a] = (b)[c]]"};
    static const char *const bad[] = {"/a[b = c = d]",
                                      "/a[b=c!=d]",
                                      "a=b=c",
                                      "/a[b = c and d = e = f]",
                                      "/a[(b = c = d)]",
                                      "/a[b[c = d] = e[f = g] = h]",
                                      "/a[count(b) = c = d]",
                                      "/a[b < c > d]",
                                      "'a'[/]",
                                      "string(a)[/]",
                                      "('a')[/]",
                                      "((string(a)))[/]",
                                      "/a[1[/]]",
                                      "(concat(/a[b], 'c') )[/]",
                                      "'a'/b",
                                      "/a[1 //b]",
                                      "string(a)/b",
                                      "(1)/b"};
    (void)state;
    JUDGE(good, bad);
}

/* libyang takes what it finds for a leaf of the type that the function is for. */
static void test_filter__functions(void **state)
{
    static const char *const good[] = {"/a[count(b) = 2]", "/a[not (b)]", "/a[not(b)and(c)]",

                                       "/a[derived-from-or-self(b, 'd:e')]", "/deref/enum-value[bit-is-set]"};
    static const char *const bad[] = {"//*[enum-value(/)]",
                                      "//*[enum-value (..) = 1]",
                                      "//*[bit-is-set(@*, 'a')]",
                                      "deref(/a)",
                                      "/a/deref(b)",
                                      "//*[x:deref(.)]",
                                      "/a[1 and deref(b)]",
                                      "/a[id('b')]",
                                      "/a[countdown(b)]",
                                      "/a[coun(b)]",
                                      "/a[deref\n\t(b)]"};
    struct fixture_contexts *w = *state;
    struct lyd_node *tree = fixture_tree(w->ctx, config);
    char error[256] = "";
    JUDGE(good, bad);
    assert_int_not_equal(filter_xpath("//*[enum-value(/) != 1]", &tree, error, sizeof(error)), 0);
    assert_non_null(strstr(error, "enum-value"));
    yang_tree_free(tree);
}

static void expect_tops(const struct fixture_contexts *w, const char *filter, const char *expected)
{
    struct text_buf out = {0};
    if (filter[0] == '<' || !filter[0])
        filter_subtree_tops(w->plain, w->ctx, filter, &out);
    else
        filter_xpath_tops(w->ctx, filter, &out);
    assert_string_equal(text_buf_get(&out), expected);
    text_buf_fini(&out);
}

#define RIB   " xmlns='urn:strata:rib'"
#define X_RIB "/strata-rib:rib/route"

static void test_filter__tops(void **state)
{
    const struct fixture_contexts *w = *state;
    struct text_buf many = {0};
    expect_tops(w, "/m:a/b[c='d']", "/a");
    expect_tops(w, "/m:a | /n:b/c", "/a /b");
    expect_tops(w, "//a", "");
    expect_tops(w, "a/b", "");
    expect_tops(w, "/a[b=/c/d]", "");
    expect_tops(w, "/a[b and /c]", "");
    expect_tops(w, "/*", "");
    expect_tops(w, "/strata-rib:*", "");
    expect_tops(w, "/node()", "");
    expect_tops(w, "/node ( )", "");
    expect_tops(w, "/a[current()/b]", "");
    expect_tops(w, "/a | /strata-rib:*", "");
    expect_tops(w, "/a/../b", "");
    expect_tops(w, "count(/a)", "");
    expect_tops(w, "/strata-rib:rib", "/rib");
    expect_tops(w, "/strata-rib:rib/*", "/rib");
    expect_tops(w, "/strata-rib:rib/counters/routes | /strata-system:system", "/rib/counters/routes /system");
    expect_tops(w, "/strata-rib:rib/counters/routes | /system", "/rib /system");
    expect_tops(w, X_RIB "[prefix='10.0.0.0/8'][ source = \"bgp\" ]/metric",
                "/rib/route[prefix=10.0.0.0/8][source=bgp]");
    expect_tops(w, X_RIB "[prefix='10.0.0.1/08']", "/rib/route");
    expect_tops(w, X_RIB "[prefix='10.0.0.0/8' or source='bgp']", "/rib/route");
    expect_tops(w, X_RIB "[metric='5']", "/rib/route");
    expect_tops(w, X_RIB "[last()]", "/rib");
    expect_tops(w, "<a xmlns='urn:x'/><b/>", "/a /b");
    expect_tops(w, "", "/");
    expect_tops(w, "<rib" RIB "><counters/><route><prefix> 10.0.0.0/8\n</prefix><metric>5</metric></route></rib>",
                "/rib/counters /rib/route[prefix=10.0.0.0/8]");
    expect_tops(w, "<rib" RIB "><counters><routes/></counters></rib>", "/rib/counters/routes");
    expect_tops(w, "<rib" RIB "><route><prefix>x</prefix><vpn-instance>a b</vpn-instance></route></rib>", "/rib/route");
    expect_tops(w, "<rib" RIB "><route/><what/></rib>", "/rib");
    expect_tops(w, "<system" SYS "><hostname>a</hostname><x/></system>", "/system");
    expect_tops(w, "<interfaces" IFS "><interface><name>x</name></interface></interfaces>",
                "/interfaces/interface[name=x]");
    text_buf_puts(&many, "<interfaces" IFS ">");
    for (int i = 0; i < 20; i++)
        text_buf_printf(&many, "<interface><name>x%d</name></interface>", i);
    text_buf_puts(&many, "</interfaces>");
    expect_tops(w, text_buf_get(&many), "/interfaces");
    text_buf_fini(&many);
}

/* --- in parts --- */

static void test_subtree__is_divisible(void **state)
{
    static const struct {
        const char *filter;
        bool is_divisible;
    } cases[] = {
        {"", true},
        {"<system" SYS "/>", true},
        {"<interfaces" IFS "><interface><name>x</name>" MTU "</interface></interfaces>", true},
        {"<rib" RIB "><route><prefix/><source/></route></rib>", true},
        {"<rib" RIB "><route><prefix>10.0.0.0/8</prefix></route></rib>", true},
        {"<rib" RIB "><route><metric>5</metric></route></rib>", true},
        {"<rib" RIB "><route><next-hop><interface>e</interface></next-hop></route></rib>", true},
        {"<rib" NC "><route><metric>5</metric></route></rib>", true},
        {"<rib" RIB "><counters><routes>5</routes></counters><route/></rib>", false},
        {"<interfaces" IFS "><interface><description>up</description></interface></interfaces>", false},
        {"<system" SYS "><hostname>a</hostname></system>", false},
        {"<nothing" SYS "><hostname>a</hostname></nothing>", false},
        {"<x", false},
    };
    const struct fixture_contexts *w = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (filter_subtree_is_divisible(w->plain, w->ctx, cases[i].filter) != cases[i].is_divisible)
            fail_msg("%s", cases[i].filter);
}

static void test_xpath__is_divisible(void **state)
{
    static const char *const divisible[] = {
        "/strata-rib:rib",
        "/strata-rib:rib/route/prefix",
        "/strata-rib:rib/strata-rib:route[vpn-instance='public'][prefix = '10.0.0.0/8']/metric",
        "/strata-rib:rib/route[metric > 5 and not(selected='true')]",
        "/strata-rib:rib/route[next-hop/interface='e']",
        "/strata-rib:rib/route[starts-with(prefix, '10.')] | /strata-system:system",
        "/strata-rib:rib/route[strata-rib:installed]",
        "/strata-rib:rib/route/metric[. > 5]",
        "/strata-rib:rib/*",
        "//route/metric",
        "/ietf-interfaces:interfaces/interface[name=\"x\"]/description",
        " /strata-system:system ",
    };
    static const char *const whole[] = {
        "",
        "/",
        "count(/strata-rib:rib/route)",
        "/strata-rib:rib/route[1]",
        "/strata-rib:rib/route[(2)]",
        "/strata-rib:rib/route[last()]",
        "/strata-rib:rib/route[position()<9]",
        "/strata-rib:rib/route[metric - 1]",
        "/strata-rib:rib/route[count(next-hop)=1]",
        "/strata-rib:rib/route[../counters/routes=1]",
        "/strata-rib:rib/route[/strata-rib:rib/counters/routes=1]",
        "/strata-rib:rib/route/../counters",
        "/strata-rib:rib/route/following-sibling::route",
        "/strata-rib:rib[counters/routes=5]/route",
        "/strata-rib:rib[counters]/route",
        "//route[prefix='10.0.0.0/8']",
        "/strata-rib:rib/*[prefix='10.0.0.0/8']",
        "/ietf-interfaces:interfaces/interface[description='up']",
        "/strata-rib:rib/route[nothing='5']",
        "/strata-rib:rib/route[prefix='10.0.0.0/8'",
        "/strata-rib:rib/route[prefix='10.0.0.0/8]",
        "(/strata-rib:rib/route)[1]",
        "/strata-rib:rib/text()",
        "strata-rib:rib",
        "/strata-rib:rib |",
    };
    const struct fixture_contexts *w = *state;
    for (size_t i = 0; i < sizeof(divisible) / sizeof(divisible[0]); i++)
        if (!filter_xpath_is_divisible(w->ctx, divisible[i]))
            fail_msg("needs the whole: %s", divisible[i]);
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        if (filter_xpath_is_divisible(w->ctx, whole[i]))
            fail_msg("is divisible: %s", whole[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter__selects),       cmocka_unit_test(test_filter__attributes),
        cmocka_unit_test(test_filter__faults),        cmocka_unit_test(test_filter__costs_are_bounded),
        cmocka_unit_test(test_filter__divisors),      cmocka_unit_test(test_filter__what_costs_memory),
        cmocka_unit_test(test_filter__functions),     cmocka_unit_test(test_filter__tops),
        cmocka_unit_test(test_subtree__is_divisible), cmocka_unit_test(test_xpath__is_divisible),
    };
    return cmocka_run_group_tests(tests, fixture_contexts_setup, fixture_contexts_teardown);
}
