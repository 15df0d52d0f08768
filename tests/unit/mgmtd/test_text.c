/* SPDX-License-Identifier: Apache-2.0
 *
 * The text syntax: what parses, what it is written as, what each error says and where.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <errno.h>

#include <stdio.h>
#include <stdlib.h>

#include "lib/text/utf8.h"
#include "lib/text/expand.h"

static const char pe_text[] =
    "system hostname l1pe1\n"
    "interface lo ipv4 address 10.1.0.4/32\n"
    "interface l1pe1-p { mtu 1600; ipv4 address 10.9.4.1/24 }\n"
    "interface l1pe1-l1ce1 { vpn-instance carrierA; ipv4 address 10.9.3.2/24 }  # customer\n"
    "mpls { interface l1pe1-p; interface l1pe1-l1ce1 guarded true; }\n"
    "static-routes { route 192.168.7.0/24 next-hop 10.9.0.1 }\n"
    "static-routes vpn-instance carrierA route 10.0.0.0/8 { next-hop 10.9.3.1; next-hop 10.9.3.9 }\n"
    "vpn-instance carrierA {\n"
    "    route-distinguisher 100:1\n"
    "    vpn-target { import [ 100:1 100:2 ]; export 100:1 }\n"
    "    label-mode per-route\n"
    "    carriers-carrier signaling bgp\n"
    "}\n";

static const char pe_written[] = "system hostname l1pe1\n"
                                 "interface lo ipv4 address 10.1.0.4/32\n"
                                 "interface l1pe1-p {\n"
                                 "    mtu 1600\n"
                                 "    ipv4 address 10.9.4.1/24\n"
                                 "}\n"
                                 "interface l1pe1-l1ce1 {\n"
                                 "    vpn-instance carrierA\n"
                                 "    ipv4 address 10.9.3.2/24\n"
                                 "}\n"
                                 "static-routes {\n"
                                 "    route 192.168.7.0/24 next-hop 10.9.0.1\n"
                                 "    vpn-instance carrierA route 10.0.0.0/8 {\n"
                                 "        next-hop 10.9.3.1\n"
                                 "        next-hop 10.9.3.9\n"
                                 "    }\n"
                                 "}\n"
                                 "mpls {\n"
                                 "    interface l1pe1-p\n"
                                 "    interface l1pe1-l1ce1 guarded\n"
                                 "}\n"
                                 "vpn-instance carrierA {\n"
                                 "    route-distinguisher 100:1\n"
                                 "    vpn-target {\n"
                                 "        import [ 100:1 100:2 ]\n"
                                 "        export 100:1\n"
                                 "    }\n"
                                 "    label-mode per-route\n"
                                 "    carriers-carrier signaling bgp\n"
                                 "}\n";

static void test_text__round_trip(void **state)
{
    struct ly_ctx *ctx = *state;
    struct lyd_node *tree = fixture_tree(ctx, pe_text);
    struct lyd_node *again = fixture_tree(ctx, pe_written);
    struct yang_fault fault;

    fixture_expect_text(tree, pe_written);
    fixture_expect_text(again, pe_written);
    assert_true(yang_tree_equal(tree, again));
    assert_int_equal(yang_tree_validate(ctx, tree, &fault), 0);
    yang_tree_free(tree);
    yang_tree_free(again);
}

static void test_text__one_line_is_block(void **state)
{
    struct ly_ctx *ctx = *state;
    struct lyd_node *a = fixture_tree(ctx, "vpn-instance A label-mode per-route carriers-carrier signaling ldp");
    struct lyd_node *b = fixture_tree(
        ctx, "vpn-instances { vpn-instance A { label-mode per-route; carriers-carrier { signaling ldp } } }");
    assert_true(yang_tree_equal(a, b));
    yang_tree_free(a);
    yang_tree_free(b);
}

static void test_text__boolean_alone_is_true(void **state)
{
    struct lyd_node *tree = fixture_tree(*state, "mpls { interface a guarded; interface b guarded false }");
    fixture_expect_text(tree, "mpls {\n    interface a guarded\n    interface b guarded false\n}\n");
    yang_tree_free(tree);
}

static void test_text__quotes(void **state)
{
    struct lyd_node *tree = fixture_tree(*state, "vpn-instance A description \"a \\\"b\\\" {c}; # d\\n\"");
    fixture_expect_text(tree, "vpn-instance A description \"a \\\"b\\\" {c}; # d\\n\"\n");
    yang_tree_free(tree);
}

static void test_text__no_removes(void **state)
{
    struct lyd_node *tree = fixture_tree(*state, pe_text);
    struct text_error err;
    const char *edit =
        "no interface lo\nno interface l1pe1-p mtu\nno static-routes\ndelete mpls interface l1pe1-p\n"
        "no mpls interface l1pe1-l1ce1 guarded\nvpn-instance carrierA { no vpn-target import 100:2; no label-mode }\n"
        "no vpn-instance carrierA carriers-carrier\nno interface l1pe1-l1ce1 ipv4 address\nno system";
    assert_int_equal(fixture_parse(*state, edit, &tree, &err), 0);
    fixture_expect_text(tree,
                        "interface l1pe1-p ipv4 address 10.9.4.1/24\ninterface l1pe1-l1ce1 vpn-instance carrierA\n"
                        "mpls interface l1pe1-l1ce1\nvpn-instance carrierA {\n    route-distinguisher 100:1\n"
                        "    vpn-target {\n        import 100:1\n        export 100:1\n    }\n}\n");
    yang_tree_free(tree);
}

static void test_text__errors_name_place_and_expectation(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *path, *message; /* parts of the message */
    } cases[] = {
        {"system hostname a\nfrob hostname b", 2, 1, "", "unknown word \"frob\"; expected one of: "},
        {"interface lo {\n    mtu fast\n}", 2, 9, "/interfaces/interface[lo]/mtu", "expected a number 68..65535"},
        {"interface lo mtu 10", 1, 18, "/interfaces/interface[lo]/mtu", "\"10\" is no valid mtu"},
        {"interface lo mtu", 1, 17, "/interfaces/interface[lo]",
         "expected the value of mtu (a number 68..65535), found end of text"},
        {"interface\n", 1, 10, "/interfaces", "expected the name of interface, found end of line"},
        {"interface lo { mtu 1500", 1, 24, "/interfaces/interface[lo]", "the block opened at line 1 has no }"},
        {"system hostname a }", 1, 19, "", "} without a block"},
        {"system hostname a { }", 1, 19, "/system", "no block can follow a value"},
        {"system hostname \"a", 1, 17, "/system", "the quoted text has no end"},
        {"system hostname a b", 1, 19, "/system", "unknown word \"b\"; expected one of: hostname, restart"},
        {"interface lo ipv4 address [ 10.0.0.1/32 ;", 1, 41, "/interfaces/interface[lo]/ipv4",
         "expected a value or ], found ;"},
        {"interface lo ipv4 address 10.0.0.1.1/32", 1, 27, "/interfaces/interface[lo]/ipv4/address",
         "is no valid address"},
        {"static-routes route 10.0.0.0/33", 1, 21, "/static-routes/route",
         "is no valid route (it is not written like one); expected an IPv4 prefix like 10.0.0.0/24"},
        {"bgp neighbor 10.0.0.2 family ipv4-unicorn", 1, 30, "/bgp/neighbor[10.0.0.2]/family",
         "\"ipv4-unicorn\" is no valid family ("},
        {"vpn-instance A label-mode best", 1, 27, "/vpn-instances/vpn-instance[A]/label-mode",
         "one of: per-instance, per-route"},
        {"no system hostname", 1, 4, "", "nothing to remove: this system is not configured"},
        {"system hostname a\nno system restart stale-time", 2, 11, "/system", "nothing to remove"},
        {"mpls interface a\nno mpls interface b", 2, 9, "/mpls", "nothing to remove: this interface is not configured"},
        {"{ system }", 1, 1, "", "expected a statement, found {"},
        {"system hostname \001", 1, 17, "", "control character"},
        {"no", 1, 3, "", "expected a statement, found end of text"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lyd_node *tree = NULL;
        struct text_error err;
        if (fixture_parse(*state, cases[i].text, &tree, &err) == 0)
            fail_msg("accepted: %s", cases[i].text);
        if (err.line != cases[i].line || err.column != cases[i].column || strcmp(err.path, cases[i].path) != 0 ||
            !strstr(err.message, cases[i].message))
            fail_msg("case %zu (%s) gave %u:%u: %s: %s", i, cases[i].text, err.line, err.column, err.path, err.message);
        yang_tree_free(tree);
    }
}

/* No part of a text may be read beyond its end; each either parses or gives an error. */
static void test_text__truncated_at_every_byte(void **state)
{
    for (size_t len = 0; len <= strlen(pe_text); len++) {
        char *copy = malloc(len + 1); /* the sanitizer sees an over-read; no NUL behind */
        memcpy(copy, pe_text, len);
        struct text_source src = {.name = "cut", .text = copy, .len = len};
        struct lyd_node *tree = NULL;
        struct text_error err;
        int rc = text_parse(*state, &src, &tree, &err);
        assert_true(rc == 0 || err.message[0]);
        yang_tree_free(tree);
        free(copy);
    }
}

static void test_text__validation_fault_has_a_line(void **state)
{
    struct lyd_node *tree =
        fixture_tree(*state, "system hostname a\ninterface x {\n    mtu 1500\n    vpn-instance nowhere\n}\n");
    struct yang_fault fault;
    assert_int_equal(yang_tree_validate(*state, tree, &fault), -22);
    assert_string_equal(fault.path, "/interfaces/interface[x]/vpn-instance");
    assert_int_equal(text_line_of(fault.node), 4);
    yang_tree_free(tree);
}

static void test_text__same_value_names_both(void **state)
{
    struct lyd_node *tree =
        fixture_tree(*state, "vpn-instance A route-distinguisher 100:1\nvpn-instance B route-distinguisher 100:1\n");
    struct yang_fault fault;
    assert_int_equal(yang_tree_validate(*state, tree, &fault), -22);
    assert_non_null(strstr(fault.message, "vpn-instance A"));
    assert_non_null(strstr(fault.message, "vpn-instance B"));
    assert_non_null(strstr(fault.message, " have the same route-distinguisher: each needs its own"));
    assert_non_null(strstr(fault.path, "/vpn-instances/vpn-instance["));
    assert_non_null(strstr(fault.path, "]/route-distinguisher"));
    assert_in_range(text_line_of(fault.node), 1, 2);
    yang_tree_free(tree);
}

/* What the module says of the value is the whole story: no "expected text" behind it. */
static void test_text__tail_that_tells_nothing(void **state)
{
    struct lyd_node *tree = NULL;
    struct text_error err;
    assert_int_not_equal(fixture_parse(*state, "interface lo ipv4 address 10.0.0.1.1/32", &tree, &err), 0);
    assert_non_null(strstr(err.message, "An interface address is written like 10.0.0.1/24"));
    assert_null(strstr(err.message, "expected"));
    yang_tree_free(tree);
}

static void test_text__diff_lines(void **state)
{
    struct lyd_node *a = fixture_tree(*state, "system hostname a\ninterface x mtu 1500\nmpls interface x");
    struct lyd_node *b =
        fixture_tree(*state, "system hostname b\ninterface x mtu 1500\ninterface y ipv4 address 10.0.0.1/24\n");
    struct text_buf out = {0};
    text_write_diff(a, b, &out);
    assert_string_equal(text_buf_get(&out), "- mpls interface x\n+ interface y ipv4 address 10.0.0.1/24\n"
                                            "- system hostname a\n+ system hostname b\n");
    text_buf_fini(&out);
    yang_tree_free(a);
    yang_tree_free(b);
}

static void test_text__rebase_keeps_both(void **state)
{
    struct lyd_node *base = fixture_tree(*state, "system hostname a\ninterface x mtu 1500\ninterface z mtu 1400");
    struct lyd_node *mine =
        fixture_tree(*state, "system hostname b\ninterface x { mtu 1500; ipv4 address 10.0.0.1/24 }");
    struct lyd_node *theirs =
        fixture_tree(*state, "system hostname a\ninterface x mtu 1600\ninterface z mtu 1400\nmpls interface x");
    yang_tree_rebase(base, mine, &theirs);
    fixture_expect_text(
        theirs, "system hostname b\ninterface x {\n    mtu 1600\n    ipv4 address 10.0.0.1/24\n}\nmpls interface x\n");
    yang_tree_free(base);
    yang_tree_free(mine);
    yang_tree_free(theirs);
}

static void test_text__merge_replace_prune(void **state)
{
    struct lyd_node *to = fixture_tree(*state, "system hostname a\ninterface x mtu 1500\ninterface z mtu 1400");
    struct lyd_node *from = fixture_tree(*state, "interface z { mtu 1300; ipv4 address 10.0.0.1/24 }");
    yang_tree_merge(&to, from);
    fixture_expect_text(
        to, "system hostname a\ninterface x mtu 1500\ninterface z {\n    mtu 1300\n    ipv4 address 10.0.0.1/24\n}\n");
    yang_tree_prune(&to, "/interfaces/interface[x]");
    fixture_expect_text(to, "interface x mtu 1500\n");
    yang_tree_replace_tops(&to, from);
    fixture_expect_text(to, "interface z {\n    mtu 1300\n    ipv4 address 10.0.0.1/24\n}\n");
    yang_tree_free(to);
    yang_tree_free(from);
}

/* A fault names the entry that it is about, and says what to do. */
static void test_text__faults_name_the_entry(void **state)
{
    static const struct {
        const char *text, *path, *message;
        unsigned line;
    } cases[] = {
        {"bgp {\nas 1\nrouter-id 1.1.1.1\nneighbor 10.0.0.1 remote-as 5\nneighbor 10.0.0.2 {\n}\n}",
         "/bgp/neighbor[10.0.0.2]", "remote-as is missing: it must be given here", 5},
        {"vpn-instance A\nbgp {\nas 1\nrouter-id 1.1.1.1\nvpn-instance A neighbor 10.0.0.7\n}",
         "/bgp/vpn-instance[A]/neighbor[10.0.0.7]", "remote-as is missing: it must be given here", 5},
        {"system hostname x\nbgp as 1", "/bgp", "router-id is missing: it must be given here", 2},
        {"policy {\nprefix-list P rule 5 { action permit; prefix 10.0.0.0/8 }\nprefix-list P rule 6 action deny\n}",
         "/policy/prefix-list[P]/rule[6]", "prefix is missing: it must be given here", 3},
        {"vpn-instance A carriers-carrier signaling bgp\nvpn-instance B carriers-carrier",
         "/vpn-instances/vpn-instance[B]/carriers-carrier", "signaling is missing: at least one must be given here", 2},
        {"interface x {\nvpn-instance nowhere\n}", "/interfaces/interface[x]/vpn-instance",
         "there is no vpn-instance \"nowhere\": configure it, or name another one", 2},
        {"ospf redistribute static {\nprefix-list P\n}", "/ospf/redistribute[static]/prefix-list",
         "there is no prefix-list \"P\": configure it, or name another one", 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lyd_node *tree = fixture_tree(*state, cases[i].text);
        struct yang_fault fault;
        assert_int_equal(yang_tree_validate(*state, tree, &fault), -EINVAL);
        assert_string_equal(fault.path, cases[i].path);
        assert_string_equal(fault.message, cases[i].message);
        assert_int_equal(text_line_of(fault.node), cases[i].line);
        yang_tree_free(tree);
    }
}

static void test_text__prefix_list_lengths(void **state)
{
    static const struct {
        const char *rule, *message;
    } cases[] = {
        {"ge 7", "The least length (ge) is below the length of the prefix."},
        {"le 7", "The greatest length (le) is below the length of the prefix."},
        {"ge 20; le 19", "The least length (ge) is above the greatest (le)."},
        {"ge 8; le 8", NULL},
        {"ge 32; le 32", NULL},
        {"le 8", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[160];
        struct yang_fault fault;
        snprintf(text, sizeof(text), "policy prefix-list P rule 1 { action permit; prefix 10.0.0.0/8; %s }",
                 cases[i].rule);
        struct lyd_node *tree = fixture_tree(*state, text);
        assert_int_equal(yang_tree_validate(*state, tree, &fault), cases[i].message ? -EINVAL : 0);
        assert_string_equal(fault.message, cases[i].message ? cases[i].message : "");
        yang_tree_free(tree);
    }
}

/* What takes the place of a word, quoted or not, and of a path that was typed as people see it. */
static void test_text__expands_words_and_paths(void **state)
{
    static const struct {
        const char *typed, *full;
    } cases[] = {
        {"sys host a", "system hostname a"},
        {"nacm rule-l \"a b\" rul r path   /bgp ; sys host \"cd\"",
         "nacm rule-list \"a b\" rule r path   /strata-bgp:bgp ; system hostname \"cd\""},
        {"nacm rule-list l rule r path \"/bgp/neighbor[10.0.0.1]\" # \"x\"\nsys host h",
         "nacm rule-list l rule r path \"/strata-bgp:bgp/neighbor[address='10.0.0.1']\" # \"x\"\nsystem hostname h"},
        {"nacm { rule-list l { rule \"q r\" { path \"interface eth0\"; act deny } } }",
         "nacm { rule-list l { rule \"q r\" { path \"/ietf-interfaces:interfaces/interface[name='eth0']\"; action deny "
         "} } }"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text_expansion x = {0};
        struct text_error err = {0};
        struct text_source src = {.name = "typed", .text = cases[i].typed, .len = strlen(cases[i].typed)};
        if (text_expand(*state, NULL, "", &src, &x, &err))
            fail_msg("%s: %s", cases[i].typed, err.message);
        assert_string_equal(text_buf_get(&x.full), cases[i].full);
        text_expansion_fini(&x);
    }
}

/* What is wrong with typed words is said at the very word. */
static void test_text__expansion_points_at_the_word(void **state)
{
    static const struct {
        const char *typed;
        unsigned line, column;
        const char *message; /* its beginning */
    } cases[] = {
        {"bogus", 1, 1, "unknown word \"bogus\"; expected one of: "},
        {"interfaec eth0", 1, 1, "unknown word \"interfaec\"; did you mean \"interface\"? expected one of: "},
        {"interface eth0 mtu fast", 1, 20, "\"fast\" is no valid mtu"},
        {"interface eth0 {\n  mtu 1400\n  ipv4 addresz 10.0.0.1/24\n}", 3, 8, "unknown word \"addresz\"; did you mean"},
        {"vpn-instance A label-mode per", 1, 27, "\"per\" is ambiguous: per-instance, per-route"},
        {"interface eth0 mtu", 1, 19, "expected the value of mtu (a number 68..65535)"},
        {"vpn-instance", 1, 13, "expected the name of vpn-instance"},
        {"system hostname \"a", 1, 17, "the quoted text has no end"},
        {"no", 1, 3, "expected a statement"},
        {"}", 1, 1, "} without a block"},
        {"no interface eth0 {\n}", 1, 19, "no block can follow here"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text_expansion x = {0};
        struct text_error err = {0};
        struct text_source src = {.name = "typed", .text = cases[i].typed, .len = strlen(cases[i].typed)};
        assert_int_equal(text_expand(*state, NULL, "", &src, &x, &err), -EINVAL);
        if (err.line != cases[i].line || err.column != cases[i].column ||
            strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("%s: %u:%u: %s", cases[i].typed, err.line, err.column, err.message);
        text_expansion_fini(&x);
    }
}

/* Where a statement leads, and which blocks wait for their end. */
static void test_text__expansion_knows_places(void **state)
{
    static const struct {
        const char *typed, *place, *blocks;
        bool is_place;
    } cases[] = {
        {"int eth0", "interface eth0", "", true},
        {"set bgp neigh 10.0.0.1", "bgp neighbor 10.0.0.1", "", true},
        {"int eth0 mtu 1400", "interface eth0", "", false},
        {"no int eth0", "interface eth0", "", false},
        {"int eth0 { mtu 1400 }", "", "", false},
        {"int eth0 {\n ipv4 {", "ipv4", "interface eth0 ipv4", false},
        {"int eth0 {\n ipv4 { }\n", "ipv4", "interface eth0", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text_expansion x = {0};
        struct text_error err = {0};
        struct text_source src = {.name = "typed", .text = cases[i].typed, .len = strlen(cases[i].typed)};
        if (text_expand(*state, NULL, "", &src, &x, &err))
            fail_msg("%s: %s", cases[i].typed, err.message);
        if (cases[i].place[0])
            assert_string_equal(text_buf_get(&x.place), cases[i].place);
        assert_string_equal(text_buf_get(&x.blocks), cases[i].blocks);
        assert_int_equal(x.is_place, cases[i].is_place);
        assert_int_equal(x.is_open, cases[i].blocks[0] != '\0');
        text_expansion_fini(&x);
    }
}

static void test_text__same_word(void **state)
{
    unsigned line = 2, column = 9;
    (void)state;
    text_same_word("interface eth0 {\n    mtu 1400\n}", "int eth0 {\n    mt 1400\n}", &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 8);
}

/* Stored, such octets could not be read again. */
static void test_text__only_characters(void **state)
{
    static const struct {
        const char *text;
        bool is_good;
    } rows[] = {
        {"", true},
        {"a\tb", true},
        {"\xc3\xbc \xe2\x82\xac \xf0\x9f\x90\x88", true},
        {"\x1b[31m", false},
        {"\x01", false},
        {"\x7f", false},
        {"\xc2\x9b", false},         /* also begins a sequence of a terminal */
        {"\xff", false},             /* Latin-1 */
        {"\xc3", false},             /* cut off */
        {"\xc0\xaf", false},         /* longer than need be */
        {"\xed\xa0\x80", false},     /* a surrogate */
        {"\xef\xbf\xbf", false},     /* a noncharacter */
        {"\xf4\x90\x80\x80", false}, /* beyond the last */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lyd_node *tree = NULL;
        struct text_error err;
        char text[96];
        snprintf(text, sizeof(text), "system hostname a\ninterface x description \"%s\"", rows[i].text);
        int rc = fixture_parse(*state, text, &tree, &err);
        if (text_is_good(rows[i].text) != rows[i].is_good || (rows[i].text[0] && (rc == 0) != rows[i].is_good))
            fail_msg("row %zu: %s", i, err.message);
        if (!rows[i].is_good)
            assert_int_equal(err.line, 2);
        yang_tree_free(tree);
    }
    char cut[5];
    text_copy_good(cut, sizeof(cut), "abc\xc3\xbc");
    assert_string_equal(cut, "abc");
    text_copy_good(cut, sizeof(cut), "a\x1b\xc3");
    assert_string_equal(cut, "a??");
}

static void test_text__area_as_a_number(void **state)
{
    static const struct {
        const char *typed, *written; /* NULL: refused */
    } rows[] = {
        {"0", "0.0.0.0"},     {"0.0.0.1", "0.0.0.1"}, {"65794", "0.1.1.2"}, {"4294967295", "255.255.255.255"},
        {"4294967296", NULL}, {"-1", NULL},           {"0x1", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lyd_node *tree = NULL;
        struct text_error err;
        struct text_expansion x;
        char text[96], wanted[96];
        snprintf(text, sizeof(text), "ospf area %s interface a", rows[i].typed);
        snprintf(wanted, sizeof(wanted), "ospf area %s interface a\n", rows[i].written);
        struct text_source src = {.text = text, .len = strlen(text)};
        assert_int_equal(fixture_parse(*state, text, &tree, &err) == 0, rows[i].written != NULL);
        assert_int_equal(text_expand(*state, NULL, "", &src, &x, &err) == 0, rows[i].written != NULL);
        if (rows[i].written) {
            fixture_expect_text(tree, wanted);
            assert_memory_equal(text_buf_get(&x.full), wanted, strlen(wanted) - 1);
        }
        text_expansion_fini(&x);
        yang_tree_free(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__faults_name_the_entry),
        cmocka_unit_test(test_text__prefix_list_lengths),
        cmocka_unit_test(test_text__round_trip),
        cmocka_unit_test(test_text__one_line_is_block),
        cmocka_unit_test(test_text__boolean_alone_is_true),
        cmocka_unit_test(test_text__quotes),
        cmocka_unit_test(test_text__no_removes),
        cmocka_unit_test(test_text__errors_name_place_and_expectation),
        cmocka_unit_test(test_text__truncated_at_every_byte),
        cmocka_unit_test(test_text__validation_fault_has_a_line),
        cmocka_unit_test(test_text__same_value_names_both),
        cmocka_unit_test(test_text__tail_that_tells_nothing),
        cmocka_unit_test(test_text__diff_lines),
        cmocka_unit_test(test_text__rebase_keeps_both),
        cmocka_unit_test(test_text__merge_replace_prune),
        cmocka_unit_test(test_text__expands_words_and_paths),
        cmocka_unit_test(test_text__expansion_points_at_the_word),
        cmocka_unit_test(test_text__expansion_knows_places),
        cmocka_unit_test(test_text__same_word),
        cmocka_unit_test(test_text__only_characters),
        cmocka_unit_test(test_text__area_as_a_number),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
