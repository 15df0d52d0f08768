/* SPDX-License-Identifier: Apache-2.0
 *
 * edit-config on trees (RFC 6241 section 7.2, RFC 7950 sections 7.5.8 to 7.8.6): each operation on what is there and
 * what is not, every error-tag with its path and info, order, prefixes in values, deep and broken XML.
 */
#include "tests/unit/mgmtd/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/mgmtd/edit/edit.h"
#include "src/mgmtd/edit/xml.h"

#define NC   " xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0' "
#define SYS  " xmlns='urn:strata:system' "
#define IFS  " xmlns='urn:ietf:params:xml:ns:yang:ietf-interfaces' "
#define NACM " xmlns='urn:ietf:params:xml:ns:yang:ietf-netconf-acm' "
#define YANG " xmlns:y='urn:ietf:params:xml:ns:yang:1' "

struct row {
    const char *name;
    const char *before; /* text syntax */
    const char *xml;
    const char *after;             /* NULL: fails */
    const char *tag, *path, *info; /* of the fault */
    enum front_default_operation op;
};

static const struct row rows[] = {
    {.name = "merge creates",
     .before = "",
     .xml = "<system" SYS "><hostname>a</hostname></system>",
     .after = "system hostname a\n"},
    {.name = "merge changes and keeps the rest",
     .before = "interface x mtu 1500\ninterface y mtu 1500",
     .xml = "<interfaces" IFS
            "><interface><name>x</name><mtu xmlns='urn:strata:interfaces'>1400</mtu></interface></interfaces>",
     .after = "interface x mtu 1400\ninterface y mtu 1500\n"},
    {.name = "empty container does nothing", .before = "", .xml = "<system" SYS "/>", .after = ""},
    {.name = "create",
     .before = "",
     .xml = "<system" SYS NC "><hostname nc:operation='create'>a</hostname></system>",
     .after = "system hostname a\n"},
    {.name = "create what exists",
     .before = "system hostname a",
     .xml = "<system" SYS NC "><hostname nc:operation='create'>b</hostname></system>",
     .tag = "data-exists",
     .path = "/strata-system:system/hostname",
     .info = ""},
    {.name = "create an entry that exists",
     .before = "interface x mtu 1500",
     .xml = "<interfaces" IFS NC "><interface nc:operation='create'><name>x</name></interface></interfaces>",
     .tag = "data-exists",
     .path = "/ietf-interfaces:interfaces/interface[name='x']",
     .info = ""},
    {.name = "delete a leaf, without a value",
     .before = "system hostname a\ninterface x mtu 1500",
     .xml = "<system" SYS NC "><hostname nc:operation='delete'/></system>",
     .after = "interface x mtu 1500\n"},
    {.name = "delete an entry",
     .before = "interface x mtu 1500\ninterface y mtu 1500",
     .xml = "<interfaces" IFS NC "><interface nc:operation='delete'><name>x</name></interface></interfaces>",
     .after = "interface y mtu 1500\n"},
    {.name = "delete what is not there",
     .before = "",
     .xml = "<system" SYS NC "><hostname nc:operation='delete'/></system>",
     .tag = "data-missing",
     .path = "/strata-system:system/hostname",
     .info = ""},
    {.name = "delete an entry that is not there",
     .before = "interface y mtu 1500",
     .xml = "<interfaces" IFS NC "><interface nc:operation='delete'><name>x</name></interface></interfaces>",
     .tag = "data-missing",
     .path = "/ietf-interfaces:interfaces/interface[name='x']",
     .info = ""},
    {.name = "delete a whole container",
     .before = "system hostname a\ninterface x mtu 1500",
     .xml = "<interfaces" IFS NC " nc:operation='delete'/>",
     .after = "system hostname a\n"},
    {.name = "delete a container that says nothing",
     .before = "system hostname a",
     .xml = "<interfaces" IFS NC " nc:operation='delete'/>",
     .tag = "data-missing",
     .path = "/ietf-interfaces:interfaces",
     .info = ""},
    {.name = "remove what is not there",
     .before = "system hostname a",
     .xml = "<interfaces" IFS NC " nc:operation='remove'/>",
     .after = "system hostname a\n"},
    {.name = "remove",
     .before = "system hostname a",
     .xml = "<system" SYS NC "><hostname nc:operation='remove'/></system>",
     .after = ""},
    {.name = "replace an entry",
     .before = "interface x { mtu 1500; description d }\ninterface y mtu 1500",
     .xml = "<interfaces" IFS NC "><interface nc:operation='replace'><name>x</name><mtu "
            "xmlns='urn:strata:interfaces'>1400</mtu></interface></interfaces>",
     .after = "interface x mtu 1400\ninterface y mtu 1500\n"},
    {.name = "replace by default replaces all",
     .before = "system hostname a",
     .op = FRONT_DEFAULT_REPLACE,
     .xml = "<interfaces" IFS "><interface><name>x</name></interface></interfaces>",
     .after = "interface x\n"},
    {.name = "none goes through",
     .before = "interface x { mtu 1500; description d }",
     .op = FRONT_DEFAULT_NONE,
     .xml =
         "<interfaces" IFS NC "><interface><name>x</name><description nc:operation='delete'/></interface></interfaces>",
     .after = "interface x mtu 1500\n"},
    {.name = "none creates nothing",
     .before = "",
     .op = FRONT_DEFAULT_NONE,
     .xml = "<interfaces" IFS "><interface><name>x</name></interface></interfaces>",
     .tag = "data-missing",
     .path = "/ietf-interfaces:interfaces/interface[name='x']",
     .info = ""},
    {.name = "none below which something is created",
     .before = "interface x mtu 1500",
     .op = FRONT_DEFAULT_NONE,
     .xml = "<interfaces" IFS NC "><interface><name>x</name><description nc:operation='create'>d</description>"
            "</interface></interfaces>",
     .after = "interface x {\n    description d\n    mtu 1500\n}\n"},
    {.name = "unknown namespace",
     .before = "",
     .xml = "<system xmlns='urn:x'/>",
     .tag = "unknown-namespace",
     .path = "",
     .info = "<bad-element>system</bad-element><bad-namespace>urn:x</bad-namespace>"},
    {.name = "no namespace",
     .before = "",
     .xml = "<system/>",
     .tag = "unknown-namespace",
     .path = "",
     .info = "<bad-element>system</bad-element><bad-namespace></bad-namespace>"},
    {.name = "empty namespace",
     .before = "",
     .xml = "<system xmlns=''/>",
     .tag = "unknown-namespace",
     .path = "",
     .info = "<bad-element>system</bad-element><bad-namespace></bad-namespace>"},
    {.name = "ends what did not begin",
     .before = "",
     .xml = "</x><x xmlns='urn:y'>",
     .tag = "malformed-message",
     .path = "",
     .info = ""},
    {.name = "unknown element",
     .before = "",
     .xml = "<system" SYS "><nothing>1</nothing></system>",
     .tag = "unknown-element",
     .path = "/strata-system:system",
     .info = "<bad-element>nothing</bad-element>"},
    {.name = "key is missing",
     .before = "",
     .xml = "<interfaces" IFS "><interface/></interfaces>",
     .tag = "missing-element",
     .path = "/ietf-interfaces:interfaces/interface",
     .info = "<bad-element>name</bad-element>"},
    {.name = "value out of range",
     .before = "",
     .xml = "<interfaces" IFS
            "><interface><name>x</name><mtu xmlns='urn:strata:interfaces'>1</mtu></interface></interfaces>",
     .tag = "invalid-value",
     .path = "/ietf-interfaces:interfaces/interface[name='x']/strata-interfaces:mtu",
     .info = "<bad-element>mtu</bad-element>"},
    {.name = "state is not configured",
     .before = "",
     .xml = "<management xmlns='urn:strata:management'><software>x</software></management>",
     .tag = "invalid-value",
     .path = "/strata-management:management",
     .info = ""},
    {.name = "bad operation",
     .before = "",
     .xml = "<system" SYS NC " nc:operation='melt'/>",
     .tag = "bad-attribute",
     .path = "/strata-system:system",
     .info = "<bad-attribute>operation</bad-attribute><bad-element>system</bad-element>"},
    {.name = "text in a container",
     .before = "",
     .xml = "<system" SYS ">text</system>",
     .tag = "bad-element",
     .path = "/strata-system:system",
     .info = "<bad-element>system</bad-element>"},
    {.name = "broken XML",
     .before = "",
     .xml = "<system" SYS "><hostname>",
     .tag = "malformed-message",
     .path = "",
     .info = ""},
    {.name = "leaf-list value is created and deleted",
     .before = "interface x ipv4 address [ 10.0.0.1/24 10.0.1.1/24 ]",
     .op = FRONT_DEFAULT_NONE,
     .xml = "<interfaces" IFS NC "><interface><name>x</name><ipv4 xmlns='urn:strata:interfaces'>"
            "<address nc:operation='delete'>10.0.0.1/24</address><address nc:operation='create'>10.0.2.1/24</address>"
            "</ipv4></interface></interfaces>",
     .after = "interface x ipv4 address [ 10.0.1.1/24 10.0.2.1/24 ]\n"},
};

static void run_row(const struct fixture_contexts *w, const struct row *row)
{
    struct lyd_node *tree = fixture_tree(w->ctx, row->before);
    struct edit_request r = {.xml = row->xml, .default_operation = row->op};
    struct edit_fault f;
    struct text_buf out = {0};
    int rc = edit_apply(w->ctx, w->plain, &r, &tree, &f);

    if (rc && row->after)
        fail_msg("%s: %s: %s: %s", row->name, f.tag, f.path, f.message);
    if (!rc && !row->after)
        fail_msg("%s: should have failed with %s", row->name, row->tag);
    text_write(tree, &out);
    if (row->after && strcmp(row->after, text_buf_get(&out)) != 0)
        fail_msg("%s: is\n%s---\n%s", row->name, text_buf_get(&out), row->after);
    if (!row->after && (strcmp(f.tag, row->tag) != 0 || strcmp(f.path, row->path) != 0 ||
                        strcmp(f.info, row->info) != 0 || !f.message[0] || f.error != rc))
        fail_msg("%s: is %s %s %s (%s)", row->name, f.tag, f.path, f.info, f.message);
    text_buf_fini(&out);
    yang_tree_free(tree);
}

static void test_edit__operations(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        run_row(*state, &rows[i]);
}

/* --- order --- */

static void apply(const struct fixture_contexts *w, struct lyd_node **tree, const char *xml)
{
    struct edit_request r = {.xml = xml};
    struct edit_fault f;
    if (edit_apply(w->ctx, w->plain, &r, tree, &f))
        fail_msg("%s: %s: %s", f.tag, f.path, f.message);
}

static void expect_order(const struct lyd_node *tree, const char *expected)
{
    char got[64] = "";
    for (const struct lyd_node *n = lyd_child(tree); n; n = n->next)
        if (strcmp(LYD_NAME(n), "rule-list") == 0)
            strncat(got, lyd_get_value(lyd_child(n)), sizeof(got) - strlen(got) - 1);
    assert_string_equal(got, expected);
}

#define LIST(attributes, name) "<nacm" NACM YANG "><rule-list " attributes "><name>" name "</name></rule-list></nacm>"

static void test_edit__order(void **state)
{
    struct fixture_contexts *w = *state;
    struct lyd_node *tree = NULL;
    apply(w, &tree, LIST("", "b"));
    apply(w, &tree, LIST("y:insert='first'", "a"));
    apply(w, &tree, LIST("y:insert='last'", "d"));
    apply(w, &tree,
          "<nacm" NACM YANG " xmlns:n='urn:ietf:params:xml:ns:yang:ietf-netconf-acm'><rule-list "
          "y:insert='before' y:key=\"[n:name='d']\"><name>c</name></rule-list></nacm>");
    expect_order(tree, "abcd");
    apply(w, &tree, LIST("y:insert='after' y:key=\"[name='d']\"", "a"));
    expect_order(tree, "bcda");
    apply(w, &tree, LIST("y:insert='first'", "a"));
    apply(w, &tree, LIST("", "c"));
    expect_order(tree, "abcd");

    struct edit_fault f;
    struct edit_request r = {.xml = LIST("y:insert='before' y:key=\"[name='z']\"", "e")};
    assert_int_not_equal(edit_apply(w->ctx, w->plain, &r, &tree, &f), 0);
    assert_string_equal(f.tag, "bad-attribute");
    assert_string_equal(f.app_tag, "missing-instance");
    r.xml = LIST("y:insert='before'", "e");
    assert_int_not_equal(edit_apply(w->ctx, w->plain, &r, &tree, &f), 0);
    assert_string_equal(f.tag, "missing-attribute");
    yang_tree_free(tree);
}

static void test_edit__prefixes_in_values(void **state)
{
    struct fixture_contexts *w = *state;
    struct lyd_node *tree = NULL, *node;
    apply(w, &tree,
          "<interfaces" IFS " xmlns:t='urn:ietf:params:xml:ns:yang:iana-if-type'><interface><name>x</name>"
          "</interface></interfaces>"
          "<nacm" NACM "><rule-list><name>l</name><rule><name>r</name><path xmlns:q='urn:strata:system'>"
          "/q:system/q:hostname</path><action>permit</action></rule></rule-list></nacm>");
    assert_int_equal(lyd_find_path(yang_top(tree, "nacm"),
                                   "/ietf-netconf-acm:nacm/rule-list[name='l']/rule[name='r']/path", 0, &node),
                     LY_SUCCESS);
    assert_string_equal(lyd_get_value(node), "/strata-system:system/hostname");
    yang_tree_free(tree);
}

static void test_edit__goes_on_after_a_fault(void **state)
{
    struct fixture_contexts *w = *state;
    struct lyd_node *tree = NULL;
    struct edit_request r = {
        .goes_on = true, .xml = "<system" SYS "><no/></system><system" SYS "><hostname>a</hostname><no2/></system>"};
    struct edit_fault f;
    assert_int_not_equal(edit_apply(w->ctx, w->plain, &r, &tree, &f), 0);
    assert_string_equal(f.info, "<bad-element>no</bad-element>");
    fixture_expect_text(tree, "system hostname a\n");
    yang_tree_free(tree);
}

/* libyang itself does not survive these. */
static void test_edit__no_namespace(void **state)
{
    static const char *const all[] = {
        "<system xmlns=''/><system" SYS "/>",
        "<system" SYS "><hostname xmlns=''/><hostname>a</hostname></system>",
        "<system xmlns\n= \"\"/><system" SYS "/>",
        "<a:system xmlns:a=''/><system" SYS "/>",
        "</x><system/><system" SYS "/><x>",
        "<!--><x>--></x><system/><system" SYS "/><x>",
        "<?q > <x> ?></x><system/><system" SYS "/><x>",
        "<![CDATA[]]><x>]]></x><system/><system" SYS "/><x>",
        "<!DOCTYPE <x>></x><system/><system" SYS "/><x>",
        "<a xmlns=\"<![CDATA[]]>\"/><a xmlns='u'/>",
        "< a/><b xmlns=''/><b xmlns='u'/>",
        "<?><b xmlns=''/><b xmlns='u'/><?"
        "?>",
    };
    struct fixture_contexts *w = *state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct lyd_node *tree = NULL;
        struct edit_request r = {.xml = all[i]};
        struct edit_fault f;
        assert_int_not_equal(edit_apply(w->ctx, w->plain, &r, &tree, &f), 0);
        if (strcmp(f.tag, i < 4 ? "unknown-namespace" : "malformed-message") != 0)
            fail_msg("%s: %s %s", all[i], f.tag, f.message);
        yang_tree_free(tree);
    }
}

static void test_edit__too_deep(void **state)
{
    struct fixture_contexts *w = *state;
    size_t n = 20000;
    char *xml = calloc(n, 4);
    struct lyd_node *tree = NULL;
    struct edit_request r = {.xml = xml};
    struct edit_fault f;
    for (size_t i = 0; i < n; i++)
        memcpy(xml + 3 * i, "<a>", 3);
    assert_int_not_equal(edit_apply(w->ctx, w->plain, &r, &tree, &f), 0);
    assert_string_equal(f.tag, "malformed-message");
    free(xml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edit__operations),         cmocka_unit_test(test_edit__order),
        cmocka_unit_test(test_edit__prefixes_in_values), cmocka_unit_test(test_edit__goes_on_after_a_fault),
        cmocka_unit_test(test_edit__no_namespace),       cmocka_unit_test(test_edit__too_deep),
    };
    return cmocka_run_group_tests(tests, fixture_contexts_setup, fixture_contexts_teardown);
}
