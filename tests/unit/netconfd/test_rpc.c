/* SPDX-License-Identifier: Apache-2.0
 *
 * From the text of an <rpc> to what mgmtd is asked, and from its answer to the reply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/context.h"
#include "src/netconfd/packet/hello.h"
#include "src/netconfd/rpc/rpc.h"

struct world {
    struct ly_ctx *ctx;
    struct rpc_names *names;
    struct rpc rpc;
    struct rpc_plan plan;
    struct rpc_fault fault;
    bool has_rpc, has_plan;
};

static int set_up(void **state)
{
    static const char *const dirs[] = {TEST_YANG_DIR, NULL};
    struct world *w = calloc(1, sizeof(*w));
    char error[512];
    if (yang_context_create(dirs, &w->ctx, error, sizeof(error)))
        fail_msg("%s", error);
    w->names = rpc_names_create(w->ctx);
    *state = w;
    return 0;
}

static void forget(struct world *w)
{
    if (w->has_plan)
        rpc_plan_fini(&w->plan);
    if (w->has_rpc)
        rpc_fini(&w->rpc);
    w->has_plan = w->has_rpc = false;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    forget(w);
    rpc_names_destroy(w->names);
    ly_ctx_destroy(w->ctx);
    free(w);
    return 0;
}

static bool take(struct world *w, const char *text)
{
    forget(w);
    w->has_rpc = true;
    if (!rpc_read(&w->rpc, w->ctx, w->names, text, strlen(text), &w->fault))
        return false;
    struct rpc_call call = {.rpc = &w->rpc, .now_sec = 1700000000};
    w->has_plan = true;
    return rpc_plan_make(&call, &w->plan, &w->fault);
}

#define RPC(body) "<rpc xmlns=\"" NETCONF_NS "\" message-id=\"1\">" body "</rpc>"

static const struct front_request *good(struct world *w, const char *text)
{
    if (!take(w, text))
        fail_msg("%s: %s", w->fault.tag, w->fault.message);
    return &w->plan.request;
}

static void test_plan__config_goes_as_it_is_with_its_namespaces(void **state)
{
    const struct front_request *r =
        good(*state, RPC("<edit-config xmlns:nc=\"" NETCONF_NS "\" xmlns:a='urn:\"a'><target><candidate/></target>"
                         "<config xmlns:s='urn:strata:system' xmlns:a='urn:b'><s:system "
                         "nc:operation='merge'><s:hostname>x</s:hostname>"
                         "</s:system><s:y xmlns:s='urn:own'/> </config></edit-config>"));
    assert_int_equal(r->op, FRONT_EDIT);
    assert_int_equal(r->datastore, FRONT_CANDIDATE);
    assert_int_equal(r->test_option, FRONT_SET);
    assert_string_equal(
        r->text, "<s:system xmlns:s=\"urn:strata:system\" xmlns:a=\"urn:b\" xmlns:nc=\"" NETCONF_NS
                 "\" xmlns=\"" NETCONF_NS "\" nc:operation='merge'><s:hostname>x</s:hostname></s:system>"
                 "<s:y xmlns:a=\"urn:b\" xmlns:nc=\"" NETCONF_NS "\" xmlns=\"" NETCONF_NS "\" xmlns:s='urn:own'/> ");
}

static void test_plan__an_empty_config_is_one(void **state)
{
    static const char *const texts[] = {"<config/>", "<config></config>"};
    for (size_t i = 0; i < 2; i++) {
        char text[512];
        snprintf(text, sizeof(text), RPC("<copy-config><target><running/></target><source>%s</source></copy-config>"),
                 texts[i]);
        const struct front_request *r = good(*state, text);
        assert_int_equal(r->op, FRONT_COPY);
        assert_string_equal(r->text, " ");
    }
}

static void test_plan__filters(void **state)
{
    const struct front_request *r =
        good(*state, RPC("<get><filter><system xmlns='urn:strata:system'/></filter></get>"));
    assert_int_equal(r->op, FRONT_GET);
    assert_int_equal(r->datastore, FRONT_OPERATIONAL);
    assert_int_equal(r->filter, FRONT_SUBTREE);
    assert_non_null(strstr(r->text, "<system xmlns=\"urn:strata:system\"/>"));
    r = good(*state, RPC("<get-config><source><running/></source><filter type='xpath' xmlns:q='urn:strata:bgp' "
                         "select='/q:bgp/q:as'/>"
                         "</get-config>"));
    assert_int_equal(r->filter, FRONT_XPATH);
    assert_string_equal(r->text, "/strata-bgp:bgp/as");
    assert_int_equal(r->content, FRONT_CONFIG_ONLY);
    good(*state, RPC("<get><filter><a xmlns=''/><a xmlns='urn:strata:system'/></filter></get>"));
    good(*state, "<q:rpc xmlns:q='" NETCONF_NS "' message-id='1'><q:get><q:filter><a/><a xmlns='urn:strata:system'/>"
                 "</q:filter></q:get></q:rpc>");
    r = good(*state, RPC("<get-config><source><candidate/></source><filter type='subtree'/></get-config>"));
    assert_int_equal(r->filter, FRONT_SUBTREE);
    assert_true(!r->text || !r->text[0]);
    assert_false(take(*state, RPC("<get><filter type='xpath'/></get>")));
}

static void test_plan__commit(void **state)
{
    const struct front_request *r = good(*state, RPC("<commit><confirmed/><persist>p</persist></commit>"));
    assert_int_equal(r->confirm_sec, 600);
    assert_string_equal(r->persist, "p");
    r = good(*state, RPC("<commit><persist-id>p</persist-id></commit>"));
    assert_int_equal(r->confirm_sec, 0);
    assert_string_equal(r->persist_id, "p");
}

static void test_plan__get_schema_of_ncclient(void **state)
{
    struct world *w = *state;
    const struct front_request *r = good(
        w,
        RPC("<n:get-schema "
            "xmlns:n='urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring'><n:identifier>strata-system</n:identifier>"
            "<n:format>yang</n:format></n:get-schema>"));
    assert_int_equal(r->op, FRONT_RPC); /* mgmtd judges access */
    assert_non_null(strstr(r->text, "<identifier>strata-system</identifier>"));
    assert_true(w->plan.finish(&(struct rpc_call){.rpc = &w->rpc}, &w->plan, &w->fault));
    assert_non_null(strstr(text_buf_get(&w->plan.body), "module strata-system {"));
    good(w, RPC("<get-schema xmlns='urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring'><identifier>x</identifier>"
                "</get-schema>"));
    assert_false(w->plan.finish(&(struct rpc_call){.rpc = &w->rpc}, &w->plan, &w->fault));
    assert_string_equal(w->fault.tag, "invalid-value");
}

static void test_read__faults(void **state)
{
    static const struct {
        const char *text, *tag, *info;
    } cases[] = {
        {"<rpc", "malformed-message", ""},
        {"<x/>", "unknown-element", "<bad-element>x"},
        {"<rpc xmlns=\"" NETCONF_NS "\"><get/></rpc>", "missing-attribute", "<bad-attribute>message-id"},
        {RPC(""), "missing-element", ""},
        {RPC("<foo/>"), "operation-not-supported", "<bad-element>foo"},
        {RPC("<foo xmlns='urn:x'/>"), "unknown-namespace", "<bad-element>foo</bad-element><bad-namespace>urn:x"},
        {RPC("<foo xmlns=''/>"), "unknown-namespace", "<bad-element>foo</bad-element><bad-namespace>"},
        {"<q:rpc xmlns:q=\"" NETCONF_NS "\" message-id=\"1\"><get/></q:rpc>", "unknown-namespace",
         "<bad-namespace></bad-namespace>"},
        {RPC("<get><filter><p:a/><a xmlns='u'/></filter></get>"), "malformed-message", ""},
        {RPC("<get><filter><?><a xmlns=''/><a xmlns='u'/><?"
             "?></filter></get>"),
         "malformed-message", ""},
        {"<q:rpc xmlns:q=\"" NETCONF_NS "\" message-id=\"1\" xmlns:p=\"\"><get/></q:rpc>", "unknown-namespace",
         "<bad-namespace></bad-namespace>"},
        {RPC("<get-config/>"), "missing-element", "<bad-element>source"},
        {RPC("<edit-config><target><running/></target></edit-config>"), "missing-element", "<bad-element>config"},
        {RPC("<get><bogus/></get>"), "unknown-element", "<bad-element>bogus"},
        {RPC("<kill-session><session-id>x</session-id></kill-session>"), "invalid-value", "<bad-element>session-id"},
        {RPC("<edit-config><target><running/></target><config/><config/></edit-config>"), "too-big", "config"},
    };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_false(take(w, cases[i].text));
        if (strcmp(w->fault.tag, cases[i].tag) != 0 || !strstr(w->fault.info, cases[i].info))
            fail_msg("%s: %s %s", cases[i].text, w->fault.tag, w->fault.info);
    }
}

/* What a schema cannot have costs no quadratic time. */
static void test_read__too_many_siblings(void **state)
{
    struct world *w = *state;
    static const char *const shapes[][3] = {
        {"<edit-config><target><running/></target><config>", "<a/>", "</config></edit-config>"},
        {"<get><filter>", "<route xmlns='urn:x'/>", "</filter></get>"},
        {"<edit-config><target><running/></target><config><x>", "<route/>", "</x></config></edit-config>"},
    };
    for (size_t i = 0; i < 3; i++) {
        struct text_buf text = {0};
        text_buf_puts(&text, "<rpc xmlns=\"" NETCONF_NS "\" message-id=\"1\">");
        text_buf_puts(&text, shapes[i][0]);
        for (int k = 0; k < 20001; k++)
            text_buf_puts(&text, shapes[i][1]);
        text_buf_puts(&text, shapes[i][2]);
        text_buf_puts(&text, "</rpc>");
        assert_false(take(w, text.data));
        assert_string_equal(w->fault.tag, "too-big");
        text_buf_fini(&text);
    }
}

/* Each child of <config> has what is declared around it. */
static void test_read__too_many_namespaces(void **state)
{
    struct world *w = *state;
    struct text_buf text = {0};
    text_buf_puts(&text, "<rpc xmlns=\"" NETCONF_NS "\" message-id=\"1\"");
    for (int k = 0; k < 200; k++)
        text_buf_printf(&text, " xmlns:p%d='urn:a'", k);
    text_buf_puts(&text, "><edit-config><target><running/></target><config>");
    for (int k = 0; k < 1000; k++)
        text_buf_puts(&text, "<route/>");
    text_buf_puts(&text, "</config></edit-config></rpc>");
    assert_false(take(w, text.data));
    assert_string_equal(w->fault.tag, "too-big");
    text_buf_fini(&text);
}

static void test_write__fault(void **state)
{
    struct world *w = *state;
    struct text_buf out = {0};
    struct front_reply r = {.error = -EBUSY,
                            .text = "a < b",
                            .tag = "lock-denied",
                            .app_tag = "",
                            .info = "<session-id>4</session-id>",
                            .path = "/strata-bgp:bgp/neighbor[address='1.1.1.1/x:y']/remote-as"};
    take(w, RPC("<get/>"));
    rpc_fault_of_reply(&w->fault, &r);
    rpc_write_fault(&out, &w->rpc, &w->fault);
    assert_non_null(strstr(out.data, "<rpc-reply xmlns=\"" NETCONF_NS "\" message-id=\"1\">"));
    assert_non_null(strstr(out.data, "<error-type>protocol</error-type><error-tag>lock-denied</error-tag>"));
    assert_non_null(strstr(out.data, "a &lt; b"));
    assert_non_null(strstr(out.data, "<error-info><session-id>4</session-id></error-info>"));
    assert_non_null(strstr(out.data,
                           "<error-path xmlns:strata-bgp=\"urn:strata:bgp\">/strata-bgp:bgp/strata-bgp:neighbor["
                           "strata-bgp:address='1.1.1.1/x:y']/strata-bgp:remote-as</error-path>"));
    text_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan__config_goes_as_it_is_with_its_namespaces),
        cmocka_unit_test(test_plan__an_empty_config_is_one),
        cmocka_unit_test(test_plan__filters),
        cmocka_unit_test(test_plan__commit),
        cmocka_unit_test(test_plan__get_schema_of_ncclient),
        cmocka_unit_test(test_read__faults),
        cmocka_unit_test(test_read__too_many_siblings),
        cmocka_unit_test(test_read__too_many_namespaces),
        cmocka_unit_test(test_write__fault),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
