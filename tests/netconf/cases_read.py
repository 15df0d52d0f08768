# SPDX-License-Identifier: Apache-2.0
"""Reading: get, get-config, filters, with-defaults, get-schema, the server's own state (RFC 6241, 6243, 6022, 8525)."""
import re

from case import NS, case, config, do, edit, elements, refused, restored, route, text_of

SYSTEM = '<system xmlns="urn:strata:system"/>'


@case("get-config: all of running")
def _(router):
    with router.connect() as m:
        reply = m.get_config("running")
        assert text_of(reply, "sys:hostname") == "r1" and text_of(reply, "bgp:as") == "65000"
        assert not elements(reply, "netconf:state")


@case("get-config: subtree filter selects a container")
def _(router):
    with router.connect() as m:
        reply = m.get_config("running", filter=("subtree", SYSTEM))
        assert text_of(reply, "sys:hostname") == "r1" and not elements(reply, "bgp:bgp")


@case("get-config: subtree filter with a content match and a selection node")
def _(router):
    with router.connect() as m:
        reply = m.get_config("running", filter=("subtree", '<bgp xmlns="urn:strata:bgp"><neighbor><address>10.9.9.2</address>'
                                                           "<remote-as/></neighbor></bgp>"))
        assert text_of(reply, "bgp:remote-as") == "65001", reply.xml
        assert text_of(reply, "bgp:address") == "10.9.9.2" and not elements(reply, "bgp:as")
        reply = m.get_config("running", filter=("subtree", '<bgp xmlns="urn:strata:bgp"><neighbor><address>10.9.9.3</address>'
                                                           "</neighbor></bgp>"))
        assert not elements(reply, "bgp:neighbor")


@case("get-config: an empty filter selects nothing")
def _(router):
    with router.connect() as m:
        reply = do(m, f'<get-config xmlns="{NS["nc"]}"><source><running/></source><filter type="subtree"/></get-config>')
        assert not elements(reply, "sys:system")


@case("get-config: a filter of an unknown namespace selects nothing")
def _(router):
    with router.connect() as m:
        reply = m.get_config("running", filter=("subtree", '<system xmlns="urn:example:nothing"/>'))
        assert not elements(reply, "sys:system")


@case("get-config: xpath filter with prefixes of the client")
def _(router):
    with router.connect() as m:
        reply = m.get_config("running", filter=("xpath", ({"a": NS["bgp"]}, "/a:bgp/a:neighbors/a:neighbor[a:remote-as='65001']"))
                             if "neighbors" in m.get_config("running").data_xml else
                             ("xpath", ({"a": NS["bgp"]}, "/a:bgp/a:neighbor[a:remote-as='65001']")))
        assert text_of(reply, "bgp:address") == "10.9.9.2" and not elements(reply, "sys:system")


@case("get-config: xpath that is none, and xpath without select")
def _(router):
    with router.connect() as m:
        refused(("invalid-value", "bad-element", "bad-attribute", "operation-failed"), m.get_config, "running",
                filter=("xpath", "/sys:system[["))
        refused("missing-attribute", do, m,
                f'<get-config xmlns="{NS["nc"]}"><source><running/></source><filter type="xpath"/></get-config>')


@case("get-config: with-defaults explicit, report-all, trim")
def _(router):
    with router.connect() as m:
        def stale(mode):
            return text_of(m.get_config("running", filter=("subtree", SYSTEM), with_defaults=mode), "sys:stale-time")
        assert stale("explicit") is None and stale("trim") is None and stale("report-all") == "60"


@case("get-config: with-defaults report-all-tagged marks what is default")
def _(router):
    with router.connect() as m:
        reply = m.get_config("running", filter=("subtree", SYSTEM), with_defaults="report-all-tagged")
        leaf = elements(reply, "sys:stale-time")[0]
        assert leaf.get("{urn:ietf:params:xml:ns:netconf:default:1.0}default") == "true", reply.xml
        assert not elements(reply, "sys:hostname")[0].attrib


@case("get-config: without a source it is refused")
def _(router):
    with router.connect() as m:
        e = refused("missing-element", do, m, f'<get-config xmlns="{NS["nc"]}"/>')
        assert "source" in str(e.info)


@case("get: configuration and state of a daemon")
def _(router):
    with router.connect() as m:
        reply = m.get(("subtree", '<bgp xmlns="urn:strata:bgp"/>'))
        assert text_of(reply, "bgp:as") == "65000"
        neighbor = elements(reply, "bgp:neighbor[bgp:address='10.9.9.2']")[0]
        assert neighbor.xpath(".//bgp:state", namespaces=NS), reply.xml


@case("get: the state of the server itself")
def _(router):
    with router.connect() as m:
        reply = m.get(("subtree", '<netconf-server xmlns="urn:strata:netconf"><state/><session/></netconf-server>'))
        assert int(text_of(reply, "netconf:accepted")) > 0
        mine = elements(reply, f"netconf:session[netconf:id='{m.session_id}']")
        assert mine and mine[0].findtext("netconf:user", namespaces=NS) == "root"
        assert mine[0].findtext("netconf:host", namespaces=NS) == "127.0.0.1"


@case("get: xpath over state")
def _(router):
    with router.connect() as m:
        reply = m.get(("xpath", ({"n": NS["netconf"]}, "/n:netconf-server/n:session/n:user")))
        assert text_of(reply, "netconf:user") == "root" and not elements(reply, "netconf:accepted")


@case("get: the management of the router")
def _(router):
    with router.connect() as m:
        reply = m.get(("subtree", '<management xmlns="urn:strata:management"/>'))
        daemons = {d.findtext("mgmt:name", namespaces=NS): d.findtext("mgmt:state", namespaces=NS)
                   for d in elements(reply, "mgmt:daemon")}
        assert daemons["netconfd"] == "in-sync" and daemons["bgpd"] == "in-sync", daemons


@case("get-schema: every module that is advertised can be had, and says its namespace")
def _(router):
    with router.connect() as m:
        names = [c.split("module=")[1].split("&")[0] for c in m.server_capabilities if "?module=strata-" in c]
        assert len(names) >= 10
        for name in names:
            text = m.get_schema(name).data
            assert f"module {name} " in text and "namespace " in text


@case("get-schema: with a revision, in yin, and what there is not")
def _(router):
    with router.connect() as m:
        assert "module strata-system " in m.get_schema("strata-system", version="2026-01-01", format="yang").data
        refused("invalid-value", m.get_schema, "strata-system", version="1999-01-01")
        refused("invalid-value", m.get_schema, "no-such-module")
        refused("invalid-value", m.get_schema, "strata-system", format="xsd")


@case("get: yang-library, with the content-id of the hello")
def _(router):
    with router.connect() as m:
        said = [c for c in m.server_capabilities if "yang-library:1.1" in c][0].split("content-id=")[1]
        reply = m.get(("subtree", f'<yang-library xmlns="{NS["yl"]}"/>'))
        assert text_of(reply, "yl:yang-library/yl:content-id") == said, reply.xml[:500]
        assert "strata-bgp" in [e.text for e in elements(reply, "yl:module/yl:name")]


@case("get: netconf-state: capabilities, datastores, schemas, sessions")
def _(router):
    with router.connect() as m:
        reply = m.get(("subtree", f'<netconf-state xmlns="{NS["mon"]}"/>'))
        names = [e.text for e in elements(reply, "mon:schema/mon:identifier")]
        assert "strata-bgp" in names and "ietf-netconf" in names
        assert m.session_id in [e.text for e in elements(reply, "mon:session/mon:session-id")]
        assert {"running", "candidate"} <= {e.text for e in elements(reply, "mon:datastore/mon:name")}
        assert any("candidate:1.0" in e.text for e in elements(reply, "mon:capability"))


def statistics(s):
    """What /netconf-state/statistics says, by name."""
    reply = s.rpc(f'<get><filter><netconf-state xmlns="{NS["mon"]}"><statistics/></netconf-state></filter></get>')
    assert "<sessions>" not in reply and "<netconf-server" not in reply, reply
    return {k: v if "time" in k else int(v) for k, v in re.findall("<([a-z-]+)>([^<]+)</", reply)}


def own_counters(s, session_id):
    reply = s.rpc(f'<get><filter><netconf-state xmlns="{NS["mon"]}"><sessions><session><session-id>{session_id}</session-id>'
                  "</session></sessions></netconf-state></filter></get>")
    assert reply.count("<session>") == 1 and "<username>root</username>" in reply and "<login-time>" in reply, reply
    return {k: int(v) for k, v in re.findall("<((?:in|out)-[a-z-]+)>([0-9]+)</", reply)}


@case("get: netconf-state: statistics count what happened (RFC 6022 section 2.1.5)")
def _(router):
    with router.raw() as s:
        before = statistics(s)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)", before["netconf-start-time"])
        with router.raw() as closed:
            closed.rpc("<close-session/>")
        with router.raw() as killed:
            s.rpc(f"<kill-session><session-id>{killed.session_id}</session-id></kill-session>")
            assert killed.is_closed()
        with router.raw():
            pass  # goes away by itself
        with router.raw(hello=None) as bad:
            bad.receive()
            bad.write(b"<hello/>]]>]]>")
            assert bad.is_closed()
        assert "<rpc-error>" in s.rpc("<nonsense/>") and "<rpc-error>" in s.rpc("<unlock><target><running/></target></unlock>")
        router.wait("the end of all of them is counted", lambda: statistics(s)["dropped-sessions"] > before["dropped-sessions"])
        after = statistics(s)
        told = {k: after[k] - before[k] for k in after if k != "netconf-start-time"}
        assert (told["in-sessions"], told["in-bad-hellos"], told["dropped-sessions"]) == (4, 1, 1), told
        assert (told["in-bad-rpcs"], told["out-rpc-errors"]) == (1, 2) and told["in-rpcs"] >= 6, told


@case("get: netconf-state: each session has its counters")
def _(router):
    with router.raw() as s:
        assert own_counters(s, s.session_id) == {"in-rpcs": 1, "in-bad-rpcs": 0, "out-rpc-errors": 0, "out-notifications": 0}
        s.rpc("<nonsense/>")
        s.rpc('<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>')
        with router.raw():
            assert "netconf-session-start" in s.receive()
        while "netconf-session-end" not in s.receive():
            pass
        told = own_counters(s, s.session_id)
        assert told == {"in-rpcs": 4, "in-bad-rpcs": 1, "out-rpc-errors": 1, "out-notifications": 2}, told


@case("get: the state of a lock is shown")
def _(router):
    with router.connect() as m, m.locked("running"):
        reply = m.get(("subtree", f'<netconf-state xmlns="{NS["mon"]}"><datastores/></netconf-state>'))
        locked = elements(reply, "mon:datastore[mon:name='running']//mon:locked-by-session")
        assert [e.text for e in locked] == [m.session_id], reply.xml


@case("get-config: 5000 entries come whole")
def _(router):
    with restored(router), router.connect() as m:
        many = "".join(f"<sr:route><sr:prefix>10.{i // 250}.{i % 250}.0/24</sr:prefix><sr:next-hop><sr:address>192.0.2.1"
                       "</sr:address></sr:next-hop></sr:route>" for i in range(5000))
        edit(m, f"<sr:static-routes>{many}</sr:static-routes>")
        assert len(elements(m.get_config("candidate"), "sr:route")) == 5000
        m.discard_changes()


@case("get-config: candidate shows what was edited, running does not")
def _(router):
    with restored(router), router.connect() as m:
        m.edit_config(target="candidate", config=config(route("203.0.113.0/24")))
        assert elements(m.get_config("candidate"), "sr:route") and not elements(m.get_config("running"), "sr:route")
