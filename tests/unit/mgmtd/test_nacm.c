/* SPDX-License-Identifier: Apache-2.0
 *
 * Access control as values: rule sets, and for each what users may read, change, execute and hear. The schema is made
 * for it: state, secrets, an ordered list, nodes of a second module inside of the first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "lib/text/buf.h"
#include "lib/text/path.h"
#include "lib/text/tree.h"
#include "src/mgmtd/nacm/nacm.h"

static const char acme[] =
    "module acme { yang-version 1.1; namespace urn:acme; prefix a; import ietf-netconf-acm { prefix nacm; }"
    "  container interfaces { list interface { key name; leaf name { type string; } leaf mtu { type uint16; }"
    "    leaf-list tag { type string; } leaf password { type string; nacm:default-deny-all; }"
    "    container options { presence on; leaf cost { type uint8; } }"
    "    container counters { config false; leaf in { type uint64; } list sample { leaf value { type uint8; } } } } }"
    "  container system { leaf hostname { type string; } leaf location { type string; }"
    "    container clock { nacm:default-deny-write; leaf zone { type string; } leaf offset { type int8; } }"
    "    container keys { nacm:default-deny-all; leaf key { type string; } container hints { leaf hint { type string; "
    "} } } }"
    "  list step { key id; ordered-by user; leaf id { type uint8; } leaf what { type string; } }"
    "  rpc reboot { nacm:default-deny-all; } rpc ping;"
    "  notification link-down { leaf name { type string; } } notification break-in { nacm:default-deny-all; }"
    "}";
static const char other[] = "module other { yang-version 1.1; namespace urn:other; prefix o; import acme { prefix a; }"
                            "  augment /a:interfaces/a:interface { leaf colour { type string; } }"
                            "  container box { leaf size { type uint8; } } rpc ping; }";

#define DATA                                                                                                           \
    "<interfaces xmlns='urn:acme'>"                                                                                    \
    "<interface><name>dummy</name><mtu>9000</mtu><password>p0</password></interface>"                                  \
    "<interface><name>eth0</name><mtu>1500</mtu><tag>t1</tag><tag>t2</tag><password>p1</password>"                     \
    "<options><cost>7</cost></options><counters><in>5</in></counters><colour "                                         \
    "xmlns='urn:other'>red</colour></interface>"                                                                       \
    "</interfaces><system "                                                                                            \
    "xmlns='urn:acme'><hostname>r1</hostname><location>lab</location><clock><zone>UTC</zone></clock>"                  \
    "<keys><key>k</key><hints><hint>h</hint></hints></keys></system><box xmlns='urn:other'><size>3</size></box>"

#define MEMBERS                                                                                                        \
    "<groups><group><name>admin</name><user-name>ann</user-name></group>"                                              \
    "<group><name>guest</name><user-name>gus</user-name><user-name>both</user-name></group>"                           \
    "<group><name>limited</name><user-name>lea</user-name><user-name>both</user-name></group></groups>"
#define LIST(name, group, rules) "<rule-list><name>" name "</name><group>" group "</group>" rules "</rule-list>"
#define RULE(name, what, action) "<rule><name>" name "</name>" what "<action>" action "</action></rule>"
#define PATH(path)               "<path>" path "</path>"
#define OPS(ops)                 "<access-operations>" ops "</access-operations>"
#define MODULE(name)             "<module-name>" name "</module-name>"
#define RPC(name)                "<rpc-name>" name "</rpc-name>"
#define HEAR(name)               "<notification-name>" name "</notification-name>"

static struct lyd_node *parse(struct ly_ctx *ctx, const char *xml)
{
    struct lyd_node *tree = NULL;
    if (xml[0] && lyd_parse_data_mem(ctx, xml, LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &tree))
        fail_msg("%s in %s", ly_errmsg(ctx), xml);
    return tree;
}

static struct nacm *compile(struct ly_ctx *ctx, const char *body)
{
    struct text_buf xml = {0};
    text_buf_printf(&xml,
                    "<nacm xmlns='urn:ietf:params:xml:ns:yang:ietf-netconf-acm' xmlns:a='urn:acme' xmlns:o='urn:other' "
                    "xmlns:n='urn:ietf:params:xml:ns:yang:ietf-netconf-acm'>%s</nacm>",
                    body);
    struct lyd_node *tree = parse(ctx, text_buf_get(&xml));
    struct nacm *n = nacm_create(ctx, tree);
    lyd_free_all(tree); /* rules keep nothing of it */
    text_buf_fini(&xml);
    return n;
}

static struct nacm_view *view_of(const struct nacm *n, const char *user)
{
    static const char *const wheel[] = {"wheel"};
    struct nacm_user u = {.name = user, .is_recovery = strcmp(user, "root") == 0};
    if (strcmp(user, "wes") == 0) { /* known to the system only */
        u.groups = wheel;
        u.n_groups = 1;
    }
    return nacm_view_create(n, &u);
}

/* Values, and entries and containers with nothing in them but keys. */
static void dump(const struct lyd_node *n, struct text_buf *out)
{
    char path[512];
    for (; n; n = n->next) {
        if (lysc_is_key(n->schema))
            continue;
        const struct lyd_node *c = lyd_child(n);
        while (c && lysc_is_key(c->schema))
            c = c->next;
        if (c) {
            dump(c, out);
            continue;
        }
        bool is_leaf = n->schema->nodetype == LYS_LEAF;
        text_buf_printf(out, "%s%s%s%s", out->len ? " " : "", yang_path_of(n, path, sizeof(path)), is_leaf ? "=" : "",
                        is_leaf ? lyd_get_value(n) : "");
    }
}

/* --- reading --- */

struct read_case {
    const char *nacm, *user, *left;
};

#define ALL_OF_DUMMY "/interfaces/interface[dummy]/mtu=9000"
#define ALL_OF_ETH0                                                                                                    \
    "/interfaces/interface[eth0]/mtu=1500 /interfaces/interface[eth0]/tag[t1] /interfaces/interface[eth0]/tag[t2] "    \
    "/interfaces/interface[eth0]/options/cost=7 /interfaces/interface[eth0]/counters/in=5"
#define COLOUR "/interfaces/interface[eth0]/colour=red"
#define SYSTEM "/system/hostname=r1 /system/location=lab /system/clock/zone=UTC"
#define BOX    "/box/size=3"
#define PUBLIC ALL_OF_DUMMY " " ALL_OF_ETH0 " " COLOUR " " SYSTEM " " BOX
#define EVERYTHING                                                                                                     \
    "/interfaces/interface[dummy]/mtu=9000 /interfaces/interface[dummy]/password=p0 "                                  \
    "/interfaces/interface[eth0]/mtu=1500 /interfaces/interface[eth0]/tag[t1] /interfaces/interface[eth0]/tag[t2] "    \
    "/interfaces/interface[eth0]/password=p1 /interfaces/interface[eth0]/options/cost=7 "                              \
    "/interfaces/interface[eth0]/counters/in=5 " COLOUR " " SYSTEM                                                     \
    " /system/keys/key=k /system/keys/hints/hint=h " BOX
#define CLOSED "<read-default>deny</read-default>" MEMBERS

static const struct read_case reads[] = {
    /* defaults: all but what the schema calls sensitive */
    {"", "gus", PUBLIC},
    {"", "root", EVERYTHING},
    {"<enable-nacm>false</enable-nacm><read-default>deny</read-default>", "gus", EVERYTHING},
    {CLOSED, "gus", ""},
    {CLOSED, "root", EVERYTHING},
    /* groups: of /nacm, of the system, none */
    {CLOSED LIST("l", "limited", RULE("r", "", "permit")), "lea", EVERYTHING},
    {CLOSED LIST("l", "limited", RULE("r", "", "permit")), "both", EVERYTHING},
    {CLOSED LIST("l", "limited", RULE("r", "", "permit")), "gus", ""},
    {CLOSED LIST("l", "wheel", RULE("r", "", "permit")), "wes", EVERYTHING},
    {"<enable-external-groups>false</enable-external-groups>" CLOSED LIST("l", "wheel", RULE("r", "", "permit")), "wes",
     ""},
    {CLOSED LIST("l", "*", RULE("r", "", "permit")), "wes", EVERYTHING},
    {CLOSED LIST("l", "*", RULE("r", "", "permit")), "nobody", ""}, /* in no group: no rule applies */
    {CLOSED "<rule-list><name>l</name>" RULE("r", "", "permit") "</rule-list>", "gus", ""},
    /* order: of lists, of rules; the first that matches decides */
    {CLOSED LIST("l", "limited", RULE("r", "", "permit")) LIST("g", "guest", RULE("r", "", "deny")), "both",
     EVERYTHING},
    {CLOSED LIST("g", "guest", RULE("r", "", "deny")) LIST("l", "limited", RULE("r", "", "permit")), "both", ""},
    {MEMBERS LIST("l", "limited", RULE("1", PATH("/a:interfaces") OPS("read"), "deny") RULE("2", "", "permit")), "lea",
     SYSTEM " /system/keys/key=k /system/keys/hints/hint=h " BOX},
    {MEMBERS LIST("l", "limited", RULE("1", "", "permit") RULE("2", PATH("/a:interfaces") OPS("read"), "deny")), "lea",
     EVERYTHING},
    /* operations: a rule for writing says nothing of reading */
    {CLOSED LIST("l", "limited", RULE("r", OPS("create update delete exec"), "permit")), "lea", ""},
    {CLOSED LIST("l", "limited", RULE("r", OPS("update read"), "permit")), "lea", EVERYTHING},
    /* kinds: rules for operations and notifications say nothing of data */
    {CLOSED LIST("l", "limited", RULE("1", RPC("*"), "permit") RULE("2", HEAR("*"), "permit")), "lea", ""},
    /* paths */
    {MEMBERS LIST("l", "limited", RULE("r", PATH("/"), "deny")), "lea", ""},
    {CLOSED LIST("l", "limited", RULE("r", PATH("/"), "permit")), "lea", EVERYTHING},
    {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface/a:mtu"), "deny")), "lea",
     "/interfaces/interface[dummy] /interfaces/interface[eth0]/tag[t1] /interfaces/interface[eth0]/tag[t2] "
     "/interfaces/interface[eth0]/options/cost=7 /interfaces/interface[eth0]/counters/in=5 " COLOUR " " SYSTEM " " BOX},
    {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface[a:name='eth0']"), "deny")), "lea",
     ALL_OF_DUMMY " " SYSTEM " " BOX},
    {MEMBERS LIST("l", "limited",
                  RULE("r", PATH("/a:interfaces/a:interface[a:name='eth0']/a:tag[.='t1']"), "deny")
                      RULE("s", PATH("/a:system"), "deny")),
     "lea",
     ALL_OF_DUMMY " /interfaces/interface[eth0]/mtu=1500 /interfaces/interface[eth0]/tag[t2] "
                  "/interfaces/interface[eth0]/options/cost=7 /interfaces/interface[eth0]/counters/in=5 " COLOUR
                  " " BOX},
    {MEMBERS LIST("l", "limited",
                  RULE("r", PATH("/a:interfaces/a:interface/a:counters"), "deny") RULE("s", PATH("/a:system"), "deny")),
     "lea",
     ALL_OF_DUMMY " /interfaces/interface[eth0]/mtu=1500 /interfaces/interface[eth0]/tag[t1] "
                  "/interfaces/interface[eth0]/tag[t2] /interfaces/interface[eth0]/options/cost=7 " COLOUR " " BOX},
    /* keys stay as long as their entry does */
    {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface/a:name"), "deny")), "lea", PUBLIC},
    /* sensitive by the schema: a rule may say otherwise, for all of it or for one leaf */
    {MEMBERS LIST("l", "limited",
                  RULE("r", PATH("/a:system/a:keys"), "permit") RULE("s", PATH("/a:interfaces"), "deny")),
     "lea", SYSTEM " /system/keys/key=k /system/keys/hints/hint=h " BOX},
    {MEMBERS LIST("l", "limited",
                  RULE("r", PATH("/a:system/a:keys/a:hints"), "permit") RULE("s", PATH("/a:interfaces"), "deny")),
     "lea", SYSTEM " /system/keys/hints/hint=h " BOX},
    /* the way to what is permitted is shown, and nothing else on it */
    {CLOSED LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface[a:name='eth0']/a:mtu"), "permit")), "lea",
     "/interfaces/interface[eth0]/mtu=1500"},
    {CLOSED LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface[a:name='eth9']/a:mtu"), "permit")), "lea",
     ""},
    /* what was denied first with all below stays so */
    {MEMBERS LIST("l", "limited",
                  RULE("1", PATH("/a:interfaces"), "deny")
                      RULE("2", PATH("/a:interfaces/a:interface/a:mtu"), "permit")),
     "lea", SYSTEM " " BOX},
    {MEMBERS LIST("l", "limited",
                  RULE("1", PATH("/a:interfaces/a:interface/a:mtu"), "permit")
                      RULE("2", PATH("/a:interfaces"), "deny")),
     "lea", ALL_OF_DUMMY " /interfaces/interface[eth0]/mtu=1500 " SYSTEM " " BOX},
    /* modules */
    {MEMBERS LIST("l", "limited", RULE("r", MODULE("other"), "deny")), "lea", ALL_OF_DUMMY " " ALL_OF_ETH0 " " SYSTEM},
    {MEMBERS LIST("l", "limited", RULE("r", MODULE("acme"), "deny")), "lea", BOX}, /* colour goes with its interface */
    {MEMBERS LIST("l", "limited", RULE("1", MODULE("acme"), "deny") RULE("2", "", "permit")), "lea", BOX},
    /* ... also where the way to something permitted is shown, and whatever is permitted in general */
    {MEMBERS LIST("l", "limited",
                  RULE("1", PATH("/a:interfaces/a:interface[a:name='eth0']/a:mtu"), "permit")
                      RULE("2", MODULE("acme"), "deny")),
     "lea", "/interfaces/interface[eth0]/mtu=1500 " BOX},
    {MEMBERS LIST("l", "limited",
                  RULE("1", PATH("/a:interfaces/a:interface[a:name='eth0']/a:mtu"), "permit")
                      RULE("2", MODULE("acme"), "deny") RULE("3", PATH("/a:interfaces"), "permit")),
     "lea", "/interfaces/interface[eth0]/mtu=1500 " BOX},
    {CLOSED LIST("l", "limited", RULE("r", MODULE("other"), "permit")), "lea", BOX},
    {CLOSED LIST("l", "limited", RULE("r", MODULE("nobodys"), "permit")), "lea", ""},
    {CLOSED LIST("l", "limited", RULE("r", MODULE("acme") PATH("/a:interfaces/a:interface[a:name='eth0']"), "permit")),
     "lea",
     "/interfaces/interface[eth0]/mtu=1500 /interfaces/interface[eth0]/tag[t1] /interfaces/interface[eth0]/tag[t2] "
     "/interfaces/interface[eth0]/password=p1 /interfaces/interface[eth0]/options/cost=7 "
     "/interfaces/interface[eth0]/counters/in=5"},
    {CLOSED LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface/o:colour"), "permit")), "lea", COLOUR},
};

static void test_nacm__what_is_read(void **state)
{
    for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        const struct read_case *c = &reads[i];
        struct nacm *n = compile(*state, c->nacm);
        struct nacm_view *v = view_of(n, c->user);
        struct lyd_node *tree = parse(*state, DATA);
        struct text_buf got = {0};

        nacm_prune(v, &tree);
        dump(tree, &got);
        if (strcmp(text_buf_get(&got), c->left) != 0)
            fail_msg("case %zu, user %s:\n got %s\nwant %s\n %s", i, c->user, text_buf_get(&got), c->left, c->nacm);
        text_buf_fini(&got);
        lyd_free_all(tree);
        nacm_view_destroy(v);
        nacm_destroy(n);
    }
}

/* The same question node by node: what is left of a pruned tree is what may be read, and the way to it. */
static void check_nodes(const struct nacm_view *v, const struct lyd_node *all, const struct lyd_node *pruned,
                        bool is_above_readable)
{
    for (; all; all = all->next) {
        struct lyd_node *left = NULL;
        lyd_find_sibling_first(pruned, all, &left);
        bool may = nacm_may_read(v, all);
        if (may && !left && is_above_readable)
            fail_msg("%s may be read and was removed", all->schema->name);
        if (!may && left && !lyd_child(left) && !lysc_is_key(all->schema))
            fail_msg("%s may not be read and was left", all->schema->name);
        check_nodes(v, lyd_child(all), left ? lyd_child(left) : NULL, may);
    }
}

static void test_nacm__node_by_node_is_the_same(void **state)
{
    for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        struct nacm *n = compile(*state, reads[i].nacm);
        struct nacm_view *v = view_of(n, reads[i].user);
        struct lyd_node *all = parse(*state, DATA), *pruned = parse(*state, DATA);

        nacm_prune(v, &pruned);
        check_nodes(v, all, pruned, true);
        lyd_free_all(all);
        lyd_free_all(pruned);
        nacm_view_destroy(v);
        nacm_destroy(n);
    }
}

/* What is named only by its path, there or not. */
static void test_nacm__places(void **state)
{
    static const struct {
        const char *nacm, *path;
        bool is_permitted;
    } cases[] = {
        {"", "/acme:system/hostname", true},
        {"", "/acme:system/keys/hints/hint", false},
        {"", "/acme:interfaces/interface[name='gone']/password", false},
        {"", "/acme:interfaces/interface[name='gone']/other:colour", true},
        {"", "/acme:nothing/of/that", false},
        {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface[a:name='x']"), "deny")),
         "/acme:interfaces/interface[name='x']/mtu", false},
        {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface[a:name='x']"), "deny")),
         "/acme:interfaces/interface[name='y']/mtu", true},
        {CLOSED LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface/a:mtu"), "permit")),
         "/acme:interfaces/interface[name='y']/mtu", true},
        {CLOSED LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface/a:mtu"), "permit")),
         "/acme:interfaces/interface[name='y']", false},
        {MEMBERS LIST("l", "limited", RULE("r", MODULE("acme"), "deny")),
         "/acme:interfaces/interface[name='y']/other:colour", false},
        {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface/a:tag[.='t']"), "deny")),
         "/acme:interfaces/interface[name='y']/tag[.='t']", false},
        {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:interfaces/a:interface/a:tag[.='t']"), "deny")),
         "/acme:interfaces/interface[name='y']/tag[.='u']", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct nacm *n = compile(*state, cases[i].nacm);
        struct nacm_view *v = view_of(n, "lea"), *root = view_of(n, "root");
        if (nacm_may_read_path(v, cases[i].path) != cases[i].is_permitted)
            fail_msg("case %zu: %s: %s", i, cases[i].path, cases[i].nacm);
        assert_true(nacm_may_read_path(root, cases[i].path));
        nacm_view_destroy(v);
        nacm_view_destroy(root);
        nacm_destroy(n);
    }
}

/* --- writing --- */

struct write_case {
    const char *nacm, *user, *was, *now;
    const char *denied; /* "operation path seen", "" = permitted */
};

#define IF(body)   "<interfaces xmlns='urn:acme'>" body "</interfaces>"
#define ETH0(body) IF("<interface><name>eth0</name>" body "</interface>")
#define SYS(body)  "<system xmlns='urn:acme'>" body "</system>"
#define OPEN       "<write-default>permit</write-default>" MEMBERS

static const struct write_case writes[] = {
    /* defaults: nothing may be written but by the recovery session */
    {"", "gus", "", "", ""},
    {"", "gus", ETH0("<mtu>1</mtu>"), ETH0("<mtu>1</mtu>"), ""},
    {"", "gus", "", ETH0(""), "create /interfaces/interface[eth0] /interfaces/interface[eth0]"},
    {"", "gus", ETH0(""), "", "delete /interfaces/interface[eth0] /interfaces/interface[eth0]"},
    {"", "gus", ETH0("<mtu>1</mtu>"), ETH0("<mtu>2</mtu>"),
     "update /interfaces/interface[eth0]/mtu /interfaces/interface[eth0]/mtu"},
    {"", "root", ETH0("<mtu>1</mtu>"), SYS("<clock><zone>Z</zone></clock>"), ""},
    {"<enable-nacm>false</enable-nacm>", "gus", ETH0("<mtu>1</mtu>"), "", ""},
    {OPEN, "gus", ETH0("<mtu>1</mtu>"), ETH0("<tag>x</tag>"), ""},
    /* by the schema */
    {OPEN, "gus", "", SYS("<hostname>h</hostname><clock><zone>Z</zone></clock>"),
     "create /system/clock/zone /system/clock/zone"},
    {OPEN, "gus", SYS("<clock><zone>Z</zone></clock>"), "", "delete /system/clock/zone /system/clock/zone"},
    {OPEN, "gus", "", ETH0("<password>p</password>"),
     "create /interfaces/interface[eth0]/password /interfaces/interface[eth0]/password"},
    /* what goes with an entry is asked for, too, and not told to who may not read it */
    {OPEN, "gus", ETH0("<mtu>1</mtu><password>p</password>"), "",
     "delete /interfaces/interface[eth0]/password /interfaces/interface[eth0]"},
    {OPEN, "gus", SYS("<keys><hints><hint>h</hint></hints></keys>"), "", "delete /system/keys/hints/hint /system"},
    {OPEN LIST("g", "guest", RULE("r", PATH("/a:interfaces/a:interface/a:password") OPS("delete"), "permit")), "gus",
     ETH0("<mtu>1</mtu><password>p</password>"), "", ""},
    /* operations are told apart */
    {MEMBERS LIST("g", "guest",
                  RULE("r", PATH("/a:interfaces/a:interface[a:name='eth0']") OPS("read update"), "permit")),
     "gus", ETH0("<mtu>1</mtu>"), ETH0("<mtu>2</mtu>"), ""},
    {MEMBERS LIST("g", "guest",
                  RULE("r", PATH("/a:interfaces/a:interface[a:name='eth0']") OPS("read update"), "permit")),
     "gus", ETH0(""), ETH0("<mtu>2</mtu>"), "create /interfaces/interface[eth0]/mtu /interfaces/interface[eth0]/mtu"},
    {MEMBERS LIST("g", "guest", RULE("r", PATH("/a:interfaces/a:interface[a:name='eth0']") OPS("create"), "permit")),
     "gus", ETH0("<mtu>1</mtu>"), ETH0(""), "delete /interfaces/interface[eth0]/mtu /interfaces/interface[eth0]/mtu"},
    {MEMBERS LIST("g", "guest", RULE("r", PATH("/a:interfaces/a:interface[a:name='eth0']"), "permit")), "gus", "",
     IF("<interface><name>eth1</name></interface>"), "create /interfaces/interface[eth1] /interfaces/interface[eth1]"},
    /* one entry in a list whose container nobody may create */
    {MEMBERS LIST("g", "guest", RULE("1", PATH("/a:interfaces/a:interface") OPS("create"), "permit")), "gus", "",
     ETH0("<mtu>3</mtu><options/>"), ""},
    {MEMBERS LIST("g", "guest", RULE("1", PATH("/a:interfaces/a:interface/a:options/a:cost"), "permit")), "gus",
     ETH0(""), ETH0("<options><cost>1</cost></options>"),
     "create /interfaces/interface[eth0]/options /interfaces/interface[eth0]/options"},
    /* modules */
    {OPEN LIST("g", "guest", RULE("r", MODULE("other"), "deny")), "gus", ETH0(""),
     ETH0("<colour xmlns='urn:other'>c</colour>"),
     "create /interfaces/interface[eth0]/colour /interfaces/interface[eth0]/colour"},
    {MEMBERS LIST("g", "guest", RULE("r", MODULE("other"), "permit")), "gus", ETH0(""),
     ETH0("<colour xmlns='urn:other'>c</colour>"), ""},
    {MEMBERS LIST("g", "guest", RULE("r", MODULE("other"), "permit")), "gus", ETH0("<mtu>1</mtu>"),
     ETH0("<mtu>2</mtu><colour xmlns='urn:other'>c</colour>"),
     "update /interfaces/interface[eth0]/mtu /interfaces/interface[eth0]/mtu"},
    /* /nacm itself: its own schema denies all */
    {OPEN, "gus", "",
     "<nacm xmlns='urn:ietf:params:xml:ns:yang:ietf-netconf-acm'><enable-nacm>false</enable-nacm></nacm>",
     "create /nacm/enable-nacm /nacm/enable-nacm"},
    {OPEN LIST("a", "admin", RULE("r", MODULE("ietf-netconf-acm"), "permit")), "ann", "",
     "<nacm xmlns='urn:ietf:params:xml:ns:yang:ietf-netconf-acm'><enable-nacm>false</enable-nacm></nacm>", ""},
};

static void test_nacm__what_is_written(void **state)
{
    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        const struct write_case *c = &writes[i];
        struct nacm *n = compile(*state, c->nacm);
        struct nacm_view *v = view_of(n, c->user);
        struct lyd_node *was = parse(*state, c->was), *now = parse(*state, c->now);
        struct nacm_denial d;
        char got[1100] = "", path[512], seen[512] = "-";

        int rc = nacm_check_change(v, was, now, &d);
        if (rc)
            snprintf(got, sizeof(got), "%s %s %s", nacm_op_name(d.op), yang_path_of(d.node, path, sizeof(path)),
                     d.seen ? yang_path_of(d.seen, seen, sizeof(seen)) : seen);
        if (strcmp(got, c->denied) != 0 || rc != (c->denied[0] ? -EACCES : 0))
            fail_msg("case %zu, user %s: got %d \"%s\", want \"%s\"\n %s", i, c->user, rc, got, c->denied, c->nacm);
        lyd_free_all(was);
        lyd_free_all(now);
        nacm_view_destroy(v);
        nacm_destroy(n);
    }
}

/* --- operations and notifications --- */

struct word_case {
    const char *nacm, *user, *module, *name;
    bool is_permitted;
};

static const struct word_case operations[] = {
    {"", "gus", "ietf-netconf", "get-config", true},
    {"", "gus", "ietf-netconf", "kill-session", false},
    {"", "gus", "ietf-netconf", "delete-config", false},
    {"", "root", "ietf-netconf", "kill-session", true},
    {"", "gus", "acme", "ping", true},
    {"", "gus", "acme", "reboot", false},
    {"", "gus", "acme", "no-such", true},
    {"<exec-default>deny</exec-default>", "gus", "acme", "ping", false},
    {"<exec-default>deny</exec-default>", "gus", "ietf-netconf", "close-session", true},
    {"<exec-default>deny</exec-default><enable-nacm>false</enable-nacm>", "gus", "acme", "reboot", true},
    {MEMBERS LIST("l", "limited", RULE("r", RPC("reboot"), "permit")), "lea", "acme", "reboot", true},
    {MEMBERS LIST("l", "limited", RULE("r", RPC("reboot"), "permit")), "gus", "acme", "reboot", false},
    {MEMBERS LIST("l", "limited", RULE("r", MODULE("other") RPC("*"), "deny")), "lea", "other", "ping", false},
    {MEMBERS LIST("l", "limited", RULE("r", MODULE("other") RPC("*"), "deny")), "lea", "acme", "ping", true},
    {MEMBERS LIST("l", "limited", RULE("r", MODULE("other"), "deny")), "lea", "other", "ping", false},
    {MEMBERS LIST("l", "limited", RULE("r", RPC("ping") OPS("read"), "deny")), "lea", "acme", "ping", true},
    {MEMBERS LIST("l", "limited", RULE("r", RPC("ping") OPS("exec"), "deny")), "lea", "acme", "ping", false},
    {MEMBERS LIST("l", "limited", RULE("r", PATH("/"), "deny")), "lea", "acme", "ping", true},
    {MEMBERS LIST("l", "limited", RULE("r", HEAR("ping"), "deny")), "lea", "acme", "ping", true},
    {MEMBERS LIST("l", "limited", RULE("r", RPC("close-session"), "deny")), "lea", "ietf-netconf", "close-session",
     true},
    {MEMBERS LIST("l", "limited", RULE("1", RPC("ping"), "permit") RULE("2", "", "deny")), "lea", "acme", "ping", true},
    {MEMBERS LIST("l", "limited", RULE("1", RPC("ping"), "permit") RULE("2", "", "deny")), "lea", "acme", "pong",
     false},
};

static const struct word_case heard[] = {
    {"", "gus", "acme", "link-down", true},
    {"", "gus", "acme", "break-in", false},
    {"", "root", "acme", "break-in", true},
    {"<read-default>deny</read-default>", "gus", "acme", "link-down", false},
    {CLOSED LIST("l", "limited", RULE("r", HEAR("link-down"), "permit")), "lea", "acme", "link-down", true},
    {CLOSED LIST("l", "limited", RULE("r", HEAR("*") OPS("read"), "permit")), "lea", "acme", "break-in", true},
    {CLOSED LIST("l", "limited", RULE("r", HEAR("*") OPS("exec"), "permit")), "lea", "acme", "break-in", false},
    {CLOSED LIST("l", "limited", RULE("r", MODULE("other") HEAR("*"), "permit")), "lea", "acme", "link-down", false},
    {CLOSED LIST("l", "limited", RULE("r", MODULE("acme"), "permit")), "lea", "acme", "link-down", true},
    {MEMBERS LIST("l", "limited", RULE("r", HEAR("link-down"), "deny")), "lea", "acme", "link-down", false},
    {MEMBERS LIST("l", "limited", RULE("r", RPC("link-down"), "deny")), "lea", "acme", "link-down", true},
};

static void check_words(struct ly_ctx *ctx, const struct word_case *cases, size_t n_cases, bool is_operation)
{
    for (size_t i = 0; i < n_cases; i++) {
        const struct word_case *c = &cases[i];
        struct nacm *n = compile(ctx, c->nacm);
        struct nacm_view *v = view_of(n, c->user);
        struct lyd_node *node = NULL;
        bool got;

        if (is_operation) {
            got = nacm_may_execute(v, c->module, c->name);
        } else {
            assert_int_equal(lyd_new_inner(NULL, ly_ctx_get_module_implemented(ctx, c->module), c->name, 0, &node), 0);
            got = nacm_may_hear(v, node);
        }
        if (got != c->is_permitted)
            fail_msg("case %zu: %s %s: %s\n %s", i, c->user, c->name, got ? "permitted" : "denied", c->nacm);
        lyd_free_all(node);
        nacm_view_destroy(v);
        nacm_destroy(n);
    }
}

static void test_nacm__what_is_executed(void **state)
{
    check_words(*state, operations, sizeof(operations) / sizeof(operations[0]), true);
}

static void test_nacm__who_may_write_at_all(void **state)
{
    static const struct {
        const char *nacm, *user;
        bool may;
    } cases[] = {
        {"", "gus", false},
        {"", "root", true},
        {"<enable-nacm>false</enable-nacm>", "gus", true},
        {"<write-default>permit</write-default>", "gus", true},
        {MEMBERS LIST("l", "limited", RULE("r", PATH("/o:box") OPS("update"), "permit")), "lea", true},
        {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:system/a:hostname") OPS("update"), "permit")), "gus", false},
        {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:system") OPS("read exec"), "permit")), "lea", false},
        {MEMBERS LIST("l", "limited", RULE("r", PATH("/a:system"), "deny")), "lea", false},
        {MEMBERS LIST("l", "limited", RULE("r", RPC("ping"), "permit")), "lea", false},
        {MEMBERS LIST("l", "limited", RULE("r", "", "permit")), "lea", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct nacm *n = compile(*state, cases[i].nacm);
        struct nacm_view *v = view_of(n, cases[i].user);
        if (nacm_may_write(v) != cases[i].may)
            fail_msg("case %zu: %s %s", i, cases[i].user, cases[i].nacm);
        nacm_view_destroy(v);
        nacm_destroy(n);
    }
}

static void test_nacm__what_is_heard(void **state)
{
    check_words(*state, heard, sizeof(heard) / sizeof(heard[0]), false);
}

/* --- all at once: the kinds of rules that the appendix of RFC 8341 shows --- */

/* A.1 to A.4 in our words: groups; guests see no monitoring module; the limited run two operations, may change the
 * system and the dummy interface; guests and limited never see /nacm; administrators may do anything. */
#define SITE                                                                                                           \
    MEMBERS LIST("guest-rules", "guest",                                                                               \
                 RULE("no-monitoring", MODULE("other") OPS("*"), "deny") RULE("no-rules", PATH("/n:nacm"), "deny"))    \
        LIST("limited-rules", "limited",                                                                               \
             RULE("no-ping", MODULE("other") RPC("ping"), "deny")                                                      \
                 RULE("run-reboot", RPC("reboot") OPS("exec"), "permit")                                               \
                     RULE("system", PATH("/a:system") OPS("read create update delete"), "permit"))                     \
            LIST("dummy", "limited",                                                                                   \
                 RULE("dummy", PATH("/a:interfaces/a:interface[a:name='dummy']") OPS("read update"), "permit"))        \
                LIST("admin-rules", "admin", RULE("all", MODULE("*") OPS("*"), "permit"))

static void test_nacm__a_site(void **state)
{
    static const struct read_case who[] = {
        {SITE, "gus", ALL_OF_DUMMY " " ALL_OF_ETH0 " " SYSTEM},
        {SITE, "lea",
         "/interfaces/interface[dummy]/mtu=9000 /interfaces/interface[dummy]/password=p0 " ALL_OF_ETH0 " " COLOUR
         " " SYSTEM " /system/keys/key=k /system/keys/hints/hint=h " BOX},
        {SITE, "ann", EVERYTHING},
    };
    static const struct write_case change[] = {
        {SITE, "gus", SYS("<hostname>a</hostname>"), SYS("<hostname>b</hostname>"), "d"},
        {SITE, "lea", SYS("<hostname>a</hostname>"), SYS("<hostname>b</hostname><clock><zone>Z</zone></clock>"), ""},
        {SITE, "lea", ETH0("<mtu>1</mtu>"), ETH0("<mtu>2</mtu>"), "d"},
        {SITE, "lea", IF("<interface><name>dummy</name><mtu>1</mtu></interface>"),
         IF("<interface><name>dummy</name><mtu>2</mtu></interface>"), ""},
        {SITE, "lea", IF("<interface><name>dummy</name></interface>"), "", "d"},
        {SITE, "ann", ETH0("<mtu>1</mtu><password>p</password>"), SYS("<keys><key>k</key></keys>"), ""},
    };
    static const struct word_case run[] = {
        {SITE, "gus", "other", "ping", false},
        {SITE, "lea", "other", "ping", false},
        {SITE, "lea", "acme", "ping", true},
        {SITE, "gus", "acme", "reboot", false},
        {SITE, "lea", "acme", "reboot", true},
        {SITE, "ann", "ietf-netconf", "kill-session", true},
        {SITE, "lea", "ietf-netconf", "kill-session", false},
    };
    struct nacm_denial d;

    for (size_t i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
        struct nacm *n = compile(*state, who[i].nacm);
        struct nacm_view *v = view_of(n, who[i].user);
        struct lyd_node *tree = parse(*state, DATA);
        struct text_buf got = {0};
        nacm_prune(v, &tree);
        dump(tree, &got);
        assert_string_equal(text_buf_get(&got), who[i].left);
        text_buf_fini(&got);
        lyd_free_all(tree);
        nacm_view_destroy(v);
        nacm_destroy(n);
    }
    for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
        struct nacm *n = compile(*state, change[i].nacm);
        struct nacm_view *v = view_of(n, change[i].user);
        struct lyd_node *was = parse(*state, change[i].was), *now = parse(*state, change[i].now);
        assert_int_equal(nacm_check_change(v, was, now, &d), change[i].denied[0] ? -EACCES : 0);
        lyd_free_all(was);
        lyd_free_all(now);
        nacm_view_destroy(v);
        nacm_destroy(n);
    }
    check_words(*state, run, sizeof(run) / sizeof(run[0]), true);
}

static int setup(void **state)
{
    struct ly_ctx *ctx;

    ly_log_options(LY_LOSTORE_LAST);
    assert_int_equal(ly_ctx_new(NULL, LY_CTX_DISABLE_SEARCHDIR_CWD | LY_CTX_NO_YANGLIBRARY, &ctx), 0);
    ly_ctx_set_searchdir(ctx, "/usr/share/yang/modules/libyang");
    ly_ctx_set_searchdir(ctx, "/usr/share/yuma/modules/ietf");
    assert_non_null(ly_ctx_load_module(ctx, "ietf-netconf-acm", "2018-02-14", NULL));
    if (lys_parse_mem(ctx, acme, LYS_IN_YANG, NULL) || lys_parse_mem(ctx, other, LYS_IN_YANG, NULL))
        fail_msg("%s", ly_errmsg(ctx));
    *state = ctx;
    return 0;
}

static int teardown(void **state)
{
    ly_ctx_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nacm__what_is_read),     cmocka_unit_test(test_nacm__node_by_node_is_the_same),
        cmocka_unit_test(test_nacm__places),           cmocka_unit_test(test_nacm__what_is_written),
        cmocka_unit_test(test_nacm__what_is_executed), cmocka_unit_test(test_nacm__what_is_heard),
        cmocka_unit_test(test_nacm__a_site),           cmocka_unit_test(test_nacm__who_may_write_at_all),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
