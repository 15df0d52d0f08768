/* SPDX-License-Identifier: Apache-2.0
 *
 * What front ends read: GET of each datastore with filter, content, depth, defaults and origin; mgmtd's own state in
 * its module and in those of the IETF.
 */
#include "tests/unit/mgmtd/clients.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define CONFIG  "vpn-instance A route-distinguisher 1:1\nsystem hostname a\n"
#define VPN     "<vpn-instances xmlns='urn:strata:vpn-instance'/>"
#define ORIGINS " xmlns:or=\"urn:ietf:params:xml:ns:yang:ietf-origin\""

static struct client *begin(struct world *w)
{
    world_start(w, NULL);
    world_daemon(w, "ribd");
    world_daemon(w, "vpnd");
    struct client *c = client_create(w, "alice", "netconf");
    struct front_request load = {.op = FRONT_LOAD, .text = CONFIG, .name = "f"};
    assert_int_equal(client_ask(c, &load), 0);
    assert_int_equal(client_op(c, FRONT_COMMIT, 0), 0);
    return c;
}

static const char *get(struct client *c, struct front_request r)
{
    r.op = FRONT_GET;
    r.format = FRONT_XML;
    assert_int_equal(client_ask(c, &r), 0);
    return c->text;
}

#define EXPECT(c, part, ...)                                                                                           \
    do {                                                                                                               \
        const char *got_ = get((c), (struct front_request){__VA_ARGS__});                                              \
        if (!strstr(got_, (part)))                                                                                     \
            fail_msg("no %s in %s", (part), got_);                                                                     \
    } while (0)

#define EXPECT_NOT(c, part, ...)                                                                                       \
    do {                                                                                                               \
        const char *got_ = get((c), (struct front_request){__VA_ARGS__});                                              \
        if (strstr(got_, (part)))                                                                                      \
            fail_msg("%s in %s", (part), got_);                                                                        \
    } while (0)

static void test_operations__get_operational(void **state)
{
    struct client *c = begin(*state);
    EXPECT(c, "<table>1000</table>", .datastore = FRONT_OPERATIONAL, .filter = FRONT_SUBTREE, .text = VPN);
    assert_non_null(strstr(c->text, "<route-distinguisher>1:1</route-distinguisher>"));
    assert_null(strstr(c->text, "hostname"));
    EXPECT(c, "<table>1000</table>", .datastore = FRONT_OPERATIONAL, .filter = FRONT_XPATH,
           .text = "/strata-vpn-instance:vpn-instances/vpn-instance[name='A']");
    EXPECT(c, "<table>1000</table>", .datastore = FRONT_OPERATIONAL, .path = "/vpn-instances/vpn-instance[A]");
    EXPECT_NOT(c, "route-distinguisher", .datastore = FRONT_OPERATIONAL, .path = "/vpn-instances",
               .content = FRONT_STATE_ONLY);
    assert_non_null(strstr(c->text, "<name>A</name>"));
    EXPECT_NOT(c, "table", .datastore = FRONT_OPERATIONAL, .path = "/vpn-instances", .content = FRONT_CONFIG_ONLY);
    assert_non_null(strstr(c->text, "route-distinguisher"));
    EXPECT(c, "<hostname>a</hostname>", .datastore = FRONT_OPERATIONAL);
    assert_non_null(strstr(c->text, "<table>1000</table>"));
    EXPECT_NOT(c, "<name>", .datastore = FRONT_RUNNING, .number = 1);
    assert_non_null(strstr(c->text, "<system"));
    EXPECT(c, "<name>A</name>", .datastore = FRONT_RUNNING, .number = 2);
    assert_null(strstr(c->text, "route-distinguisher"));
    client_destroy(c);
}

static void test_operations__with_defaults(void **state)
{
    struct client *c = begin(*state);
    static const char mode[] = "<label-mode";
    EXPECT_NOT(c, mode, .filter = FRONT_SUBTREE, .text = VPN);
    EXPECT(c, "<label-mode>per-instance</label-mode>", .filter = FRONT_SUBTREE, .text = VPN,
           .defaults = FRONT_REPORT_ALL);
    EXPECT(c, ":default=\"true\">per-instance</label-mode>", .filter = FRONT_SUBTREE, .text = VPN,
           .defaults = FRONT_REPORT_ALL_TAGGED);
    struct front_request load = {.op = FRONT_LOAD, .text = "vpn-instance A label-mode per-instance", .name = "f"};
    assert_int_equal(client_ask(c, &load), 0);
    assert_int_equal(client_op(c, FRONT_COMMIT, 0), 0);
    EXPECT(c, mode, .filter = FRONT_SUBTREE, .text = VPN, .defaults = FRONT_EXPLICIT);
    EXPECT_NOT(c, mode, .filter = FRONT_SUBTREE, .text = VPN, .defaults = FRONT_TRIM);
    EXPECT(c, "<label-mode>per-instance</label-mode>", .filter = FRONT_SUBTREE, .text = VPN,
           .defaults = FRONT_REPORT_ALL_TAGGED); /* set by somebody: not tagged */
    client_destroy(c);
}

static void test_operations__origin(void **state)
{
    struct client *c = begin(*state);
    EXPECT(c, "<vpn-instances xmlns=\"urn:strata:vpn-instance\"" ORIGINS " or:origin=\"or:intended\">",
           .datastore = FRONT_OPERATIONAL, .source = FRONT_INTENDED, .path = "/vpn-instances", .is_expanded = true);
    struct front_request remove = {.op = FRONT_LOAD, .load = FRONT_OVERRIDE, .text = "system hostname b", .name = "f"};
    assert_int_equal(client_ask(c, &remove), 0);
    assert_int_equal(client_op(c, FRONT_COMMIT, 0), 0);
    EXPECT(c, "or:origin=\"or:learned\"", .datastore = FRONT_OPERATIONAL, .source = FRONT_INTENDED,
           .path = "/vpn-instances", .is_expanded = true);
    EXPECT_NOT(c, "origin", .datastore = FRONT_OPERATIONAL, .path = "/vpn-instances");
    EXPECT(c, "<table>", .datastore = FRONT_OPERATIONAL, .source = FRONT_INTENDED, .argument = "ietf-origin:learned");
    assert_null(strstr(c->text, "hostname"));
    EXPECT(c, "<hostname>", .datastore = FRONT_OPERATIONAL, .source = FRONT_INTENDED,
           .argument = "!ietf-origin:learned");
    assert_null(strstr(c->text, "<table>"));
    EXPECT(c, "<table>", .datastore = FRONT_OPERATIONAL, .source = FRONT_INTENDED, .argument = "intended learned");
    assert_non_null(strstr(c->text, "<hostname>"));
    client_destroy(c);
}

static void test_operations__own_state(void **state)
{
    struct client *c = begin(*state);
    assert_int_equal(client_op(c, FRONT_LOCK, FRONT_RUNNING), 0);
    EXPECT(c, "<name>running</name><locks><global-lock><locked-by-session>1</locked-by-session>",
           .datastore = FRONT_OPERATIONAL, .path = "/netconf-state/datastores");
    EXPECT(c, ":netconf-ssh</transport><username>alice</username><source-host>192.0.2.1</source-host><login-time>",
           .datastore = FRONT_OPERATIONAL, .path = "/netconf-state/sessions");
    EXPECT(c, "<identifier>strata-bgp</identifier>", .datastore = FRONT_OPERATIONAL, .filter = FRONT_SUBTREE,
           .text = "<netconf-state xmlns='urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring'><schemas><schema>"
                   "<identifier>strata-bgp</identifier></schema></schemas></netconf-state>");
    assert_null(strstr(c->text, "strata-ospf"));
    EXPECT(c, "<name>NETCONF</name>", .datastore = FRONT_OPERATIONAL, .path = "/netconf/streams");
    EXPECT(c, ":operational</name><schema>complete</schema>", .datastore = FRONT_OPERATIONAL,
           .path = "/yang-library/datastore");
    EXPECT(c, "<lock><datastore>running</datastore><session>1</session>", .datastore = FRONT_OPERATIONAL,
           .path = "/management/lock");
    EXPECT(c, "<id>1</id><user>alice</user><kind>netconf</kind><host>192.0.2.1</host>", .datastore = FRONT_OPERATIONAL,
           .path = "/management/session");
    client_destroy(c);
}

static void test_operations__rpc(void **state)
{
    struct world *w = *state;
    struct client *c = begin(w);
    struct fake *bgpd = world_daemon(w, "bgpd");
    struct front_request rpc = {.op = FRONT_RPC,
                                .text = "<bgp-clear xmlns='urn:strata:bgp'><soft>true</soft><vpn-instance>A"
                                        "</vpn-instance><neighbor>10.0.0.1</neighbor></bgp-clear>"};
    world_until(w, client_ask(c, &rpc) == 0);
    assert_string_equal(bgpd->last_action, "bgp clear|10.0.0.1 vpn-instance A soft");
    assert_string_equal(c->text, "<result xmlns=\"urn:strata:bgp\">done by bgpd</result>");
    rpc.text = "<bgp-clear xmlns='urn:strata:bgp'/>";
    assert_int_equal(client_ask(c, &rpc), -EINVAL);
    assert_string_equal(c->tag, "missing-element");
    rpc.text = "<bgp-clear xmlns='urn:strata:bgp'><neighbor>10.0.0</neighbor></bgp-clear>";
    assert_int_equal(client_ask(c, &rpc), -EINVAL);
    assert_string_equal(c->tag, "invalid-value");
    rpc.text = "<ldp-clear xmlns='urn:strata:ldp'><lsr-id>all</lsr-id></ldp-clear>";
    assert_int_equal(client_ask(c, &rpc), -ENOTCONN);
    client_destroy(c);
}

static void test_operations__bad_requests(void **state)
{
    struct client *c = begin(*state);
    struct front_request bad = {.op = FRONT_GET, .format = FRONT_XML, .filter = FRONT_XPATH, .text = "/a["};
    assert_int_equal(client_ask(c, &bad), -EINVAL);
    assert_string_equal(c->tag, "invalid-value");
    bad = (struct front_request){.op = FRONT_RPC, .text = "<a"};
    assert_int_equal(client_ask(c, &bad), -EINVAL);
    assert_string_equal(c->tag, "malformed-message");
    bad.text =
        "<get xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'><filter><a xmlns=''/><a xmlns='urn:x'/></filter></get>";
    assert_int_equal(client_ask(c, &bad), -EOPNOTSUPP);
    bad.text = "";
    assert_int_equal(client_ask(c, &bad), -EINVAL);
    assert_string_equal(c->text, "there is no rpc");
    bad.text = "<no-such xmlns='urn:strata:system'/>";
    assert_int_equal(client_ask(c, &bad), -EINVAL);
    bad.text = "<close-session xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'/>";
    assert_int_equal(client_ask(c, &bad), -EOPNOTSUPP);
    assert_string_equal(c->tag, "operation-not-supported");
    client_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_operations__get_operational, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_operations__with_defaults, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_operations__origin, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_operations__own_state, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_operations__rpc, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(test_operations__bad_requests, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
