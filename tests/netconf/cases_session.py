# SPDX-License-Identifier: Apache-2.0
"""Sessions: hello, capabilities, ids, closing, killing (RFC 6241 sections 7.8, 7.9, 8.1; RFC 6242)."""
import re
import socket

from case import NS, case, elements, refused, running_hostname, tag_of
from router import BASE, HELLO, HELLO_1_0, Closed


@case("session: ncclient over sshd, base:1.1")
def _(router):
    with router.connect() as m:
        assert m.connected and int(m.session_id) > 0
        assert running_hostname(m) == "r1"


@case("session: capabilities are offered")
def _(router):
    with router.connect() as m:
        for name in (":base:1.0", ":base:1.1", ":candidate", ":confirmed-commit:1.1", ":rollback-on-error", ":validate:1.1",
                     ":xpath", ":writable-running", ":notification", ":interleave", ":with-defaults", ":yang-library:1.1"):
            assert name in m.server_capabilities, f"{name} is missing"
        assert ":startup" not in m.server_capabilities


@case("session: modules are listed with revision and features")
def _(router):
    with router.connect() as m:
        caps = list(m.server_capabilities)
        assert any(c.startswith("urn:strata:bgp?module=strata-bgp&revision=") for c in caps)
        netconf = [c for c in caps if "module=ietf-netconf&" in c]
        assert len(netconf) == 1 and "candidate" in netconf[0].split("features=")[1].split(",")


@case("session: ids differ and are told in the hello")
def _(router):
    with router.connect() as a, router.connect() as b:
        assert a.session_id != b.session_id


@case("session: base:1.0 framing with a client that knows no other")
def _(router):
    with router.raw(HELLO_1_0) as s:
        for i in range(3):
            reply = s.rpc("<get-config><source><running/></source></get-config>", f'message-id="{i}"')
            assert f'message-id="{i}"' in reply and "<hostname>r1" in reply


@case("session: attributes of the rpc are in the reply")
def _(router):
    with router.raw() as s:
        reply = s.rpc("<get-config><source><running/></source></get-config>",
                      'message-id="a&lt;b" xmlns:ex="http://example.net/" ex:user=\'fred\'')
        assert 'message-id="a&lt;b"' in reply and 'ex:user="fred"' in reply and 'xmlns:ex="http://example.net/"' in reply


@case("session: an rpc with its own prefix")
def _(router):
    with router.raw() as s:
        s.send(f'<n:rpc xmlns:n="{NS["nc"]}" message-id="1"><n:get-config><n:source><n:running/></n:source></n:get-config></n:rpc>')
        assert "<hostname>r1" in s.receive()


@case("session: requests in a row are answered in order")
def _(router):
    with router.raw() as s:
        n = 60
        body = "<get-config><source><running/></source><filter><system xmlns='urn:strata:system'/></filter></get-config>"
        s.write(b"".join(s.frame(f'<rpc xmlns="{NS["nc"]}" message-id="{i}">{body}</rpc>') for i in range(n)))
        for i in range(n):
            assert f'message-id="{i}"' in s.receive()


@case("session: a message in chunks of one byte")
def _(router):
    with router.raw() as s:
        text = f'<rpc xmlns="{NS["nc"]}" message-id="7"><get-config><source><running/></source></get-config></rpc>'
        s.write(b"".join(b"\n#1\n%c" % c for c in text.encode()) + b"\n##\n")
        assert 'message-id="7"' in s.receive()


@case("session: close-session is answered, then the stream ends")
def _(router):
    with router.raw() as s:
        assert "<ok/>" in s.rpc("<close-session/>")
        assert s.is_closed()


@case("session: ncclient closes")
def _(router):
    m = router.connect()
    assert m.close_session().ok
    router.wait("closed", lambda: not m.connected)


@case("session: kill-session ends another session")
def _(router):
    with router.connect() as m, router.raw() as victim:
        assert m.kill_session(str(victim.session_id)).ok
        assert victim.is_closed()


@case("session: nobody kills himself or a stranger")
def _(router):
    with router.connect() as m:
        refused("invalid-value", m.kill_session, m.session_id)
        refused(("invalid-value", "data-missing"), m.kill_session, "4000000000")


@case("session: one relay a session, it carries the user and where from")
def _(router):
    with router.relay() as s, router.connect() as m:
        sessions = elements(m.get(("subtree", '<netconf-server xmlns="urn:strata:netconf"><session/></netconf-server>')),
                            f"netconf:session[netconf:id='{s.session_id}']")
        assert len(sessions) == 1
        said = {e.tag.split("}")[1]: e.text for e in sessions[0]}
        assert said["user"] == "root" and said["host"] == "192.0.2.9", said


@case("session: a second hello is no rpc, and harms nobody")
def _(router):
    with router.raw() as s:
        s.send(HELLO_1_0)
        assert tag_of(s.receive()) == "unknown-element"
        assert "<ok/>" in s.rpc("<close-session/>")


@case("session: a client without a common version is sent away")
def _(router):
    s = router.socket()
    s.receive()
    s.send('<hello xmlns="%s"><capabilities><capability>urn:x</capability></capabilities></hello>' % NS["nc"])
    assert s.is_closed()
    s.close()


@case("session: a hello with a session-id is none of a client's")
def _(router):
    s = router.socket()
    s.receive()
    s.send((HELLO % "").replace("</hello>", "<session-id>4</session-id></hello>"))
    assert s.is_closed()
    s.close()


@case("session: who says no hello is sent away in time")
def _(router):
    s = router.socket()
    s.receive()
    assert s.is_closed(timeout=8)
    s.close()


@case("session: who is no relay is sent away")
def _(router):
    for line in (b"GET / HTTP/1.0\r\n", b"strata-netconf 2 host=x\n", b"strata-netconf 1 host=" + b"a" * 200, b"\n", b"\0" * 64):
        s = router.socket(line)
        assert s.is_closed(), line
        s.close()


@case("session: too many sessions are refused, the rest go on")
def _(router):
    open_ones, refusals = [], 0
    try:
        for _i in range(20):
            try:
                open_ones.append(router.socket().start())
            except (Closed, ConnectionError):
                refusals += 1
        assert refusals and len(open_ones) <= 12
        assert "r1" in open_ones[-1].rpc("<get-config><source><running/></source></get-config>")
    finally:
        for s in open_ones:
            s.close()
    router.wait("there is room again", lambda: can_open(router))


def can_open(router):
    try:
        with router.raw() as s:
            return bool(re.search("session-id", s.hello))
    except (Closed, ConnectionError):
        return False


@case("session: who sends all at once and then no more gets every answer, through the relay, too")
def _(router):
    for connect in (router.raw, router.relay):
        with connect(hello=None) as s:
            rpcs = [f'<rpc xmlns="{BASE}" message-id="{i}">{body}</rpc>' for i, body in enumerate((
                "<get-config><source><running/></source></get-config>", "<get/>", "<validate><source><running/></source></validate>",
                "<nonsense/>", '<get-data xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-nmda" xmlns:ds='
                '"urn:ietf:params:xml:ns:yang:ietf-datastores"><datastore>ds:operational</datastore></get-data>') * 4)]
            s.write("]]>]]>".join([HELLO_1_0, *rpcs, ""]).encode())
            s.read_fd.shutdown(socket.SHUT_WR)
            assert "<session-id>" in s.receive()
            for i in range(len(rpcs)):
                assert f'message-id="{i}"' in s.receive(20), f"no answer {i}"
            assert s.is_closed()


@case("session: who sends half a message and then no more is gone, and who only listens, too")
def _(router):
    with router.raw() as s:
        s.write(b"\n#10\n<rpc")
        s.read_fd.shutdown(socket.SHUT_WR)
        assert s.is_closed()
    router.wait("the log says so", lambda: "gone amid a message" in router.log())
    with router.raw() as s:
        s.rpc('<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>')
        s.read_fd.shutdown(socket.SHUT_WR)
        assert s.is_closed()
