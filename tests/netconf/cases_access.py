# SPDX-License-Identifier: Apache-2.0
"""Access control through NETCONF (RFC 8341): a second, unprivileged user, whom the kernel names behind the relay."""
import contextlib

from case import NS, case, config, edit, hostname, restored, tag_of

READ = "<get-config><source><running/></source></get-config>"


def write(name, target="running"):
    return f"<edit-config><target><{target}/></target>{config(hostname(name))}</edit-config>"


@contextlib.contextmanager
def rules(router, groups, lists="", defaults=""):
    """With this /nacm in running."""
    with restored(router), router.connect() as m:
        edit(m, f"<nacm:nacm>{defaults}<nacm:groups>{groups}</nacm:groups>{lists}</nacm:nacm>", target="running")
        yield m


def group(name, user):
    return f"<nacm:group><nacm:name>{name}</nacm:name><nacm:user-name>{user}</nacm:user-name></nacm:group>"


def rule_list(group_name, *rules_):
    body = "".join(f"<nacm:rule><nacm:name>r{i}</nacm:name>{r}</nacm:rule>" for i, r in enumerate(rules_))
    return f"<nacm:rule-list><nacm:name>l-{group_name}</nacm:name><nacm:group>{group_name}</nacm:group>{body}</nacm:rule-list>"


def rule(action, module="*", what="", operations="*"):
    return (f"<nacm:module-name>{module}</nacm:module-name>{what}<nacm:access-operations>{operations}</nacm:access-operations>"
            f"<nacm:action>{action}</nacm:action>")


@case("access: an unprivileged user comes in under his own name")
def _(router):
    with router.relay("nobody") as s, router.connect() as m:
        who = m.get(("subtree", f'<netconf-server xmlns="urn:strata:netconf"><session><id>{s.session_id}</id><user/></session></netconf-server>'))
        assert "<user>nobody</user>" in who.data_xml, who.data_xml


@case("access: by default he reads, and writes nothing")
def _(router):
    with router.relay("nobody") as s:
        assert "<hostname>r1" in s.rpc(READ)
        assert tag_of(s.rpc(write("x"))) == "access-denied"


@case("access: he cannot kill sessions by default (default-deny-all)")
def _(router):
    with router.raw() as victim, router.relay("nobody") as s:
        assert tag_of(s.rpc(f"<kill-session><session-id>{victim.session_id}</session-id></kill-session>")) == "access-denied"
        assert "<hostname>r1" in victim.rpc(READ)


@case("access: a group may write what its rule names, and no more")
def _(router):
    allow = rule_list("ops", rule("permit", "strata-system"))
    with rules(router, group("ops", "nobody"), allow), router.relay("nobody") as s:
        assert "<ok/>" in s.rpc(write("byops"))
        other = ('<edit-config><target><running/></target><config><bgp xmlns="urn:strata:bgp"><router-id>10.0.0.7</router-id></bgp>'
                 "</config></edit-config>")
        assert tag_of(s.rpc(other)) == "access-denied"
        assert "10.0.0.7" not in s.rpc(READ)


@case("access: what he may not read is not there")
def _(router):
    deny = rule_list("guests", rule("deny", "strata-bgp", operations="read"))
    with rules(router, group("guests", "nobody"), deny), router.relay("nobody") as s:
        reply = s.rpc(READ)
        assert "<hostname>r1" in reply and "65000" not in reply
        assert "65000" not in s.rpc('<get><filter type="subtree"><bgp xmlns="urn:strata:bgp"/></filter></get>')
        assert "65000" not in s.rpc(f'<get-data xmlns="{NS["nmda"]}" xmlns:ds="{NS["ds"]}"><datastore>ds:operational</datastore>'
                                    '<subtree-filter><bgp xmlns="urn:strata:bgp"/></subtree-filter></get-data>')


@case("access: an operation can be denied")
def _(router):
    deny = rule_list("guests", rule("deny", "ietf-netconf", "<nacm:rpc-name>lock</nacm:rpc-name>", "exec"))
    with rules(router, group("guests", "nobody"), deny), router.relay("nobody") as s:
        assert tag_of(s.rpc("<lock><target><running/></target></lock>")) == "access-denied"
        assert "<hostname>r1" in s.rpc(READ)


@case("access: exec-default deny leaves only close-session")
def _(router):
    with rules(router, group("guests", "nobody"), defaults="<nacm:exec-default>deny</nacm:exec-default>"), \
            router.relay("nobody") as s:
        assert tag_of(s.rpc(READ)) == "access-denied"
        assert "<ok/>" in s.rpc("<close-session/>")


@case("access: the rules themselves are hidden and cannot be changed by others")
def _(router):
    with rules(router, group("guests", "nobody")), router.relay("nobody") as s:
        assert "guests" not in s.rpc(READ)
        reply = s.rpc(f'<edit-config><target><running/></target><config><nacm xmlns="{NS["nacm"]}"><enable-nacm>false</enable-nacm>'
                      "</nacm></config></edit-config>")
        assert tag_of(reply) == "access-denied"


@case("access: what he may not write is not committed out of the candidate")
def _(router):
    with restored(router), router.relay("nobody") as s:
        reply = s.rpc(write("x", "candidate"))
        if "<ok/>" in reply:
            assert tag_of(s.rpc("<commit/>")) == "access-denied"
        else:
            assert tag_of(reply) == "access-denied"


@case("access: a session of his is ended by root")
def _(router):
    with router.relay("nobody") as s, router.connect() as m:
        assert m.kill_session(str(s.session_id)).ok
        assert s.is_closed()


@case("access: get-schema needs the right to execute it, close-session never (section 3.4.4)")
def _(router):
    schema = '<get-schema xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"><identifier>%s</identifier></get-schema>'
    with router.relay("nobody") as s:
        assert "module strata-bgp {" in s.rpc(schema % "strata-bgp")
    nothing = "<nacm:exec-default>deny</nacm:exec-default>"
    for defaults, lists in ((nothing, ""), ("", rule_list("ops", rule(
            "deny", "ietf-netconf-monitoring", "<nacm:rpc-name>get-schema</nacm:rpc-name>", "exec")))):
        with rules(router, group("ops", "nobody"), lists, defaults), router.relay("nobody") as s:
            assert tag_of(s.rpc(schema % "strata-bgp")) == "access-denied"
            assert tag_of(s.rpc(schema % "no-such-module")) == "access-denied"
            assert "<ok/>" in s.rpc("<close-session/>")
            assert s.is_closed()


@case("access: the monitoring of NETCONF shows nobody what he may not read")
def _(router):
    path = "<nacm:path>/mon:netconf-state/mon:sessions</nacm:path>"
    read = f'<get><filter><netconf-state xmlns="{NS["mon"]}"/></filter></get>'
    with router.relay("nobody") as s:
        assert "<sessions>" in s.rpc(read)
    with rules(router, group("ops", "nobody"), rule_list("ops", rule("deny", "ietf-netconf-monitoring", path, "read"))), \
            router.relay("nobody") as s:
        reply = s.rpc(read)
        assert "<sessions>" not in reply and "<statistics>" in reply and "<schemas>" in reply, reply[-600:]


@case("access: one user cannot take all sessions (max-sessions 12: a quarter is left for others)")
def _(router):
    with contextlib.ExitStack() as stack:
        for _i in range(9):
            stack.enter_context(router.relay("nobody"))
        refused = router.relay("nobody", hello=None)
        assert stack.enter_context(refused).is_closed()
        assert "<hostname>r1" in stack.enter_context(router.raw()).rpc(READ)
