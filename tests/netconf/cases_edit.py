# SPDX-License-Identifier: Apache-2.0
"""edit-config: all operations, default operations, error options, test options (RFC 6241 section 7.2, RFC 7950 section 7)."""
from case import case, config, edit, refused, restored, route, routes, running_hostname, hostname

A, B = "203.0.113.0/25", "203.0.113.128/25"


def both():
    return route(A) + route(B).replace("<sr:static-routes>", "").replace("</sr:static-routes>", "")


@case("edit-config: merge into the candidate, then commit")
def _(router):
    with restored(router), router.connect() as m:
        assert edit(m, hostname("new")).ok
        assert running_hostname(m) == "r1" and running_hostname(m, "candidate") == "new"
        assert m.commit().ok and running_hostname(m) == "new"


@case("edit-config: running is written at once")
def _(router):
    with restored(router), router.connect() as m:
        assert edit(m, hostname("direct"), target="running").ok
        assert running_hostname(m) == "direct"


@case("edit-config: create, and create again is data-exists")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, route(A, "create"))
        e = refused("data-exists", edit, m, route(A, "create"))
        assert e.path and "route" in e.path
        assert routes(m, "candidate") == [A]


@case("edit-config: delete, and delete again is data-missing")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, route(A))
        entry = f'<sr:static-routes><sr:route nc:operation="delete"><sr:prefix>{A}</sr:prefix></sr:route></sr:static-routes>'
        edit(m, entry)
        assert routes(m, "candidate") == []
        refused("data-missing", edit, m, entry)


@case("edit-config: remove of what is not there is no error")
def _(router):
    with restored(router), router.connect() as m:
        assert edit(m, f'<sr:static-routes><sr:route nc:operation="remove"><sr:prefix>{A}</sr:prefix></sr:route>'
                       "</sr:static-routes>").ok


@case("edit-config: delete of a leaf without a value")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, "<sys:system><sys:restart><sys:stale-time>77</sys:stale-time></sys:restart></sys:system>")
        edit(m, '<sys:system><sys:restart><sys:stale-time nc:operation="delete"/></sys:restart></sys:system>')
        assert "stale-time" not in m.get_config("candidate").data_xml


@case("edit-config: replace a container")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, route(A))
        edit(m, route(B).replace("<sr:static-routes>", '<sr:static-routes nc:operation="replace">'))
        assert routes(m, "candidate") == [B]


@case("edit-config: default-operation none changes only what says so")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, route(A))
        edit(m, f'<sr:static-routes><sr:route nc:operation="delete"><sr:prefix>{A}</sr:prefix></sr:route></sr:static-routes>',
             default_operation="none")
        assert routes(m, "candidate") == []
        refused("data-missing", edit, m, hostname("x").replace("<sys:hostname>", '<sys:restart/><sys:hostname>')
                + route(B), default_operation="none")


@case("edit-config: default-operation replace leaves only what is sent")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("only"), default_operation="replace")
        xml = m.get_config("candidate").data_xml
        assert "only" in xml and "65000" not in xml
        m.discard_changes()


@case("edit-config: rollback-on-error leaves nothing")
def _(router):
    with restored(router), router.connect() as m:
        refused("data-missing", edit, m, hostname("half") +
                f'<sr:static-routes><sr:route nc:operation="delete"><sr:prefix>{A}</sr:prefix></sr:route></sr:static-routes>',
                error_option="rollback-on-error")
        assert running_hostname(m, "candidate") == "r1"


@case("edit-config: rollback-on-error on running leaves nothing")
def _(router):
    with restored(router), router.connect() as m:
        refused("data-missing", edit, m, hostname("half") +
                f'<sr:static-routes><sr:route nc:operation="delete"><sr:prefix>{A}</sr:prefix></sr:route></sr:static-routes>',
                target="running", error_option="rollback-on-error")
        assert running_hostname(m) == "r1"


@case("edit-config: continue-on-error does the rest, and still says so")
def _(router):
    with restored(router), router.connect() as m:
        refused("data-missing", edit, m,
                f'<sr:static-routes><sr:route nc:operation="delete"><sr:prefix>{A}</sr:prefix></sr:route>'
                f"<sr:route><sr:prefix>{B}</sr:prefix><sr:next-hop><sr:address>192.0.2.1</sr:address></sr:next-hop></sr:route>"
                "</sr:static-routes>", error_option="continue-on-error")
        assert routes(m, "candidate") == [B]


@case("edit-config: test-only changes nothing")
def _(router):
    with restored(router), router.connect() as m:
        assert edit(m, hostname("tested"), test_option="test-only").ok
        assert running_hostname(m, "candidate") == "r1"


@case("edit-config: test-then-set refuses what is not valid")
def _(router):
    with restored(router), router.connect() as m:
        bad = "<bgp:bgp><bgp:vpn-instance><bgp:name>nowhere</bgp:name></bgp:vpn-instance></bgp:bgp>"
        refused(("data-missing", "invalid-value", "operation-failed"), edit, m, bad, test_option="test-then-set")
        assert "nowhere" not in m.get_config("candidate").data_xml


@case("edit-config: several changes in one edit")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("many") + route(A) +
             "<bgp:bgp><bgp:router-id>10.0.0.9</bgp:router-id></bgp:bgp>")
        m.commit()
        assert running_hostname(m) == "many" and routes(m) == [A] and "10.0.0.9" in m.get_config("running").data_xml


@case("edit-config: a value of the wrong type names the leaf")
def _(router):
    with restored(router), router.connect() as m:
        e = refused("invalid-value", edit, m,
                    "<sys:system><sys:restart><sys:stale-time>soon</sys:stale-time></sys:restart></sys:system>")
        assert "stale-time" in (e.path or "") + (e.message or "")
        refused("invalid-value", edit, m,
                "<sys:system><sys:restart><sys:stale-time>99999</sys:stale-time></sys:restart></sys:system>")


@case("edit-config: unknown element, unknown namespace, unknown operation")
def _(router):
    with restored(router), router.connect() as m:
        refused("unknown-element", edit, m, "<sys:system><sys:nonsense>1</sys:nonsense></sys:system>")
        refused(("unknown-namespace", "unknown-element"), edit, m, '<x xmlns="urn:example:nothing"/>')
        refused(("bad-attribute", "invalid-value", "bad-element"), edit, m, hostname("x", "explode"))
        assert running_hostname(m, "candidate") == "r1"


@case("edit-config: a list entry without its key")
def _(router):
    with restored(router), router.connect() as m:
        refused(("missing-element", "invalid-value", "data-missing", "operation-failed"), edit, m,
                "<sr:static-routes><sr:route><sr:next-hop><sr:address>192.0.2.1</sr:address></sr:next-hop></sr:route></sr:static-routes>")


@case("edit-config: state cannot be configured")
def _(router):
    with restored(router), router.connect() as m:
        refused(("invalid-value", "unknown-element", "bad-element", "operation-failed", "access-denied"), edit, m,
                "<netconf:netconf-server><netconf:state><netconf:accepted>5</netconf:accepted></netconf:state></netconf:netconf-server>")


@case("edit-config: what a daemon refuses is refused, with its reason and its path")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, '<vpn:vpn-instances><vpn:vpn-instance><vpn:name>c1</vpn:name><vpn:route-distinguisher>1:1</vpn:route-distinguisher>'
                "<vpn:label-mode>per-instance</vpn:label-mode><vpn:carriers-carrier><vpn:signaling>bgp</vpn:signaling>"
                "</vpn:carriers-carrier></vpn:vpn-instance></vpn:vpn-instances>")
        e = refused(("operation-failed", "invalid-value"), m.commit)
        assert "per-instance" in e.message or "per-route" in e.message, e.message
        assert config("") and running_hostname(m) == "r1"
