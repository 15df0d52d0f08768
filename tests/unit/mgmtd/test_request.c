/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests: words to rpc and back, over the modules of the product; what is wrong and at which word.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/text/request.h"
#include "lib/text/words.h"
#include "strata/schema.h"

struct parsed {
    struct lyd_node *rpc;
    size_t at;
    char error[REQUEST_ERROR_MAX];
    int rc;
};

static struct parsed parse(const struct ly_ctx *ctx, const char *line)
{
    struct text_words w;
    struct parsed p = {.error = ""};

    assert_true(text_words_split(line, &w));
    p.rc = request_parse(ctx, (const char *const *)w.word, w.n, &p.rpc, &p.at, p.error, sizeof(p.error));
    text_words_free(&w);
    return p;
}

/* The words of a request, through the rpc, as the daemon hears them. */
static void assert_heard(const struct ly_ctx *ctx, const char *line, const char *name, const char *argument)
{
    struct parsed p = parse(ctx, line);
    struct text_buf n = {0}, a = {0};
    char error[REQUEST_ERROR_MAX];

    if (p.rc)
        fail_msg("%s: %s", line, p.error);
    assert_int_equal(request_words(p.rpc, &n, &a, error, sizeof(error)), 0);
    assert_string_equal(text_buf_get(&n), name);
    assert_string_equal(text_buf_get(&a), argument);
    text_buf_fini(&n);
    text_buf_fini(&a);
    lyd_free_all(p.rpc);
}

static void test_request__words_to_rpc_and_back(void **state)
{
    assert_heard(*state, "bgp clear 10.0.0.1", "bgp clear", "10.0.0.1");
    assert_heard(*state, "bgp clear 10.0.0.1 soft", "bgp clear", "10.0.0.1 soft");
    assert_heard(*state, "bgp clear 10.0.0.1 soft vpn-instance red", "bgp clear", "10.0.0.1 vpn-instance red soft");
    assert_heard(*state, "bgp clear all", "bgp clear", "all");
    assert_heard(*state, "bgp clear all vpn-instance red soft", "bgp clear", "all vpn-instance red soft");
    assert_heard(*state, "ldp clear all", "ldp clear", "all");
    assert_heard(*state, "ldp clear 10.0.0.1", "ldp clear", "10.0.0.1");
    assert_heard(*state, "mpls guard disable", "mpls guard", "disable");
    assert_heard(*state, "platform audit", "platform audit", "");
    assert_heard(*state, "platform audit repair", "platform audit", "repair");
}

static void assert_refused(const struct ly_ctx *ctx, const char *line, int rc, size_t at, const char *error)
{
    struct parsed p = parse(ctx, line);

    assert_null(p.rpc);
    if (p.rc != rc || p.at != at || !strstr(p.error, error))
        fail_msg("%s: %d at %zu: %s", line, p.rc, p.at, p.error);
}

static void test_request__what_is_wrong_and_where(void **state)
{
    assert_refused(*state, "", -ENOENT, 0, "no such request");
    assert_refused(*state, "bgp", -ENOENT, 0, "no such request");
    assert_refused(*state, "bgp stop 10.0.0.1", -ENOENT, 0, "no such request");
    assert_refused(*state, "bgp clear", -EINVAL, 2, "<neighbor> is missing");
    assert_refused(*state, "bgp clear soft", -EINVAL, 2, "\"soft\" is no neighbor");
    assert_refused(*state, "bgp clear 10.0.0.1 hard", -EINVAL, 3, "\"hard\" has no place here");
    assert_refused(*state, "bgp clear 10.0.0.1 vpn-instance", -EINVAL, 4, "<vpn-instance> is missing");
    assert_refused(*state, "bgp clear 10.0.0.1 soft soft", -EINVAL, 4, "given twice");
    assert_refused(*state, "bgp clear 10.0.0.1 neighbor 10.0.0.2", -EINVAL, 3, "has no place here");
    assert_refused(*state, "bgp clear 10.0.0.1 vpn-instance \"a b\"", -EINVAL, 4, "is no vpn-instance");
    assert_refused(*state, "mpls guard off", -EINVAL, 2, "is no state");
}

static struct lyd_node *from_xml(const struct ly_ctx *ctx, const char *xml)
{
    struct ly_in *in = NULL;
    struct lyd_node *tree = NULL;

    assert_int_equal(ly_in_new_memory(xml, &in), 0);
    assert_int_equal(lyd_parse_op(ctx, NULL, in, LYD_XML, LYD_TYPE_RPC_YANG, &tree, NULL), 0);
    ly_in_free(in, 0);
    return tree;
}

/* As it comes by NETCONF: leafs in any order, false flags said. */
static void test_request__rpc_to_words(void **state)
{
    struct lyd_node *rpc =
        from_xml(*state, "<bgp-clear xmlns=\"urn:strata:bgp\"><soft>false</soft>"
                         "<vpn-instance>red</vpn-instance><neighbor>10.0.0.1</neighbor></bgp-clear>");
    struct text_buf n = {0}, a = {0}, xml = {0};
    char error[REQUEST_ERROR_MAX];

    assert_int_equal(request_words(rpc, &n, &a, error, sizeof(error)), 0);
    assert_string_equal(text_buf_get(&n), "bgp clear");
    assert_string_equal(text_buf_get(&a), "10.0.0.1 vpn-instance red");
    request_reply(rpc->schema, "a < b & so on", &xml);
    assert_string_equal(text_buf_get(&xml), "<result xmlns=\"urn:strata:bgp\">a &lt; b &amp; so on</result>");
    text_buf_fini(&xml);
    request_reply(rpc->schema, "", &xml);
    assert_string_equal(text_buf_get(&xml), "");
    text_buf_fini(&n);
    text_buf_fini(&a);
    text_buf_fini(&xml);
    lyd_free_all(rpc);
}

/* One of the daemons does it. */
static void assert_performed(const struct lysc_node *rpc)
{
    const struct schema_owner *o = schema_owners;
    LY_ARRAY_COUNT_TYPE i;

    LY_ARRAY_FOR(rpc->exts, i)
    if (strcmp(rpc->exts[i].def->name, "performed-by") == 0)
        break;
    if (i == LY_ARRAY_COUNT(rpc->exts))
        fail_msg("%s: who performs it?", rpc->name);
    while (o->daemon && strcmp(o->daemon, rpc->exts[i].argument) != 0)
        o++;
    if (!o->daemon)
        fail_msg("%s: %s is no daemon", rpc->name, rpc->exts[i].argument);
}

/* Every rpc can be typed: two words at least, and what has to be given can be given; and answers with `result`. */
static void test_request__every_rpc_has_the_form(void **state)
{
    const struct lysc_node *rpc = NULL;
    unsigned n = 0;

    while ((rpc = request_next(*state, rpc))) {
        const struct lysc_node *leaf = NULL;
        char first[REQUEST_WORD_MAX];

        n++;
        if (strchr(rpc->name, '-')) {
            const char *second = request_name(rpc, first);
            assert_ptr_equal(request_find(*state, first, second), rpc);
        } else {
            fail_msg("%s: its name has no two words", rpc->name);
        }
        assert_non_null(rpc->dsc);
        while ((leaf = lys_getnext(leaf, rpc, NULL, 0))) {
            assert_int_equal(leaf->nodetype, LYS_LEAF);
            assert_non_null(leaf->dsc);
        }
        assert_non_null(lys_find_child(rpc, rpc->module, "result", 0, 0, LYS_GETNEXT_OUTPUT));
        assert_performed(rpc);
    }
    assert_true(n >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request__words_to_rpc_and_back),
        cmocka_unit_test(test_request__what_is_wrong_and_where),
        cmocka_unit_test(test_request__rpc_to_words),
        cmocka_unit_test(test_request__every_rpc_has_the_form),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
