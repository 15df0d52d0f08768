# SPDX-License-Identifier: Apache-2.0
"""What must harm nobody: broken framing, hostile XML, clients that die or do not read. After each case the suite checks that the
server serves and that the configuration is the old one."""
import os
import random
import select
import signal
import time

from case import NS, case, config, hostname, restored, route, tag_of
from router import Closed

READ = "<get-config><source><running/></source></get-config>"


def rpc(body, message_id="1"):
    return f'<rpc xmlns="{NS["nc"]}" message-id="{message_id}">{body}</rpc>'


@case("framing: malformed chunk headers end the session")
def _(router):
    for header in (b"\n#abc\n", b"\n#0\n", b"\n#01\n", b"\n#-1\n", b"\n# 5\n", b"\n#5 \n", b"#5\n", b"\n\n", b"\n##\n", b"\n#4294967296\n",
                   b"\n#99999999999999999999\n", b"\n#4294967295\n", b"<rpc/>]]>]]>", b"\r\n#5\r\n", b"\n#5\r\n", b"\n#1\nx\n#x",
                   b"\n#1\nx\n##x", b"\n#1\nxy\n##\n", b"\0\0\0\0"):
        with router.raw() as s:
            s.write(header + b"     ")
            assert s.is_closed(), header


@case("framing: every prefix of a good message, then the end")
def _(router):
    with router.raw() as s:
        good = s.frame(rpc(READ))
    for n in range(0, len(good), 3):
        s = router.socket().start()
        s.write(good[:n])
        s.close()


@case("framing: a good message byte by byte")
def _(router):
    with router.raw() as s:
        for c in s.frame(rpc(READ)):
            s.write(bytes([c]))
        assert "<hostname>r1" in s.receive()


@case("framing: a message longer than the limit ends the session, memory stays")
def _(router):
    before = router.memory_kb("netconfd")
    for start in (b"\n#5000000\n", b"\n#4000000\n" + b" " * 4000000 + b"\n#4000000\n"):
        with router.raw() as s:
            try:
                s.write(start)
            except (Closed, ConnectionError):
                pass
            assert s.is_closed(), start[:12]
    assert router.memory_kb("netconfd") - before < 60000


@case("framing: base:1.0 without an end mark, longer than the limit")
def _(router):
    s = router.socket()
    s.receive()
    try:
        for _i in range(80):
            s.write(b"]]>]]]]>>" * 10000)
    except (Closed, ConnectionError):
        pass
    assert s.is_closed()
    s.close()


@case("framing: noise")
def _(router):
    rnd = random.Random(1)
    for _i in range(60):
        s = router.socket()
        try:
            if rnd.random() < 0.7:
                s.start()
            s.write(bytes(rnd.choice(b"\n#0123456789<>]/ =\"'rpcx\0\xff") for _k in range(rnd.randrange(1, 400))))
        except (Closed, ConnectionError):
            pass
        s.close()


@case("xml: malformed messages are answered, the session goes on")
def _(router):
    with router.raw() as s:
        for text in ("", " ", "<", "<rpc", "<rpc>", "</rpc>", "x", rpc(READ)[:-3], rpc("<get-config>"), rpc(READ) + rpc(READ),
                     '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + rpc("&a;"), rpc("<a b=c/>"), rpc('<a b="<"/>'),
                     "<rpc xmlns=\"%s\" message-id='1'" % NS["nc"], rpc("\0"), "\ufeff<rpc/>", rpc("<!-- "), rpc("<![CDATA["), "<!---->"):
            if not text:
                continue
            s.send(text)
            assert tag_of(s.receive()) == "malformed-message", text
        assert "<hostname>r1" in s.rpc(READ)


@case("xml: bytes that are no UTF-8")
def _(router):
    with router.raw() as s:
        s.send(b'<rpc xmlns="%s" message-id="1"><edit-config><target><candidate/></target><config><system xmlns="urn:strata:system">'
               b"<hostname>\xff\xfe\x80</hostname></system></config></edit-config></rpc>" % NS["nc"].encode())
        assert "<rpc-error>" in s.receive()
        assert "<hostname>r1" in s.rpc(READ)


@case("xml: 20000 nested elements")
def _(router):
    with router.raw() as s:
        for body in ("<a>" * 20000 + "</a>" * 20000, "<get><filter>" + "<a>" * 20000 + "</a>" * 20000 + "</filter></get>", "<a>" * 200000):
            s.send(rpc(body))
            assert "<rpc-error>" in s.receive()
        deep = "<a>" * 100 + "</a>" * 100
        s.send(rpc(f'<get-config><source><running/></source><filter type="subtree">{deep}</filter></get-config>'))
        assert "rpc-reply" in s.receive()


@case("xml: a giant message with 100000 attributes, elements, or one name")
def _(router):
    with router.raw() as s:
        for body in ("<get " + " ".join(f'a{i}="x"' for i in range(20000)) + "/>", "<get><filter>" + "<a/>" * 100000 + "</filter></get>",
                     '<get><filter><system xmlns="urn:strata:system">' + "<hostname/>" * 100000 + "</system></filter></get>",
                     "<edit-config><target><candidate/></target><config>" + "<a/>" * 100000 + "</config></edit-config>",
                     '<edit-config><target><candidate/></target><config><system xmlns="urn:strata:system">'
                     + "<hostname>x</hostname>" * 50000 + "</system></config></edit-config>",
                     "<edit-config><target><candidate/></target><config>" + "<route xmlns='urn:x'/>" * 100000 + "</config></edit-config>",
                     "<" + "a" * 1000000 + "/>", f"<get-config><source><running/></source><x>{'y' * 3000000}</x></get-config>"):
            s.send(rpc(body))
            started = time.monotonic()
            assert "<rpc-error>" in s.receive(30), body[:60]
            assert time.monotonic() - started < 10, body[:60]
        assert "<hostname>r1" in s.rpc(READ)


@case("xml: entities that grow")
def _(router):
    with router.raw() as s:
        s.send('<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>' + rpc("<x>&b;</x>"))
        assert tag_of(s.receive()) == "malformed-message"


@case("rpc: without message-id, of an unknown namespace, of an unknown name")
def _(router):
    with router.raw() as s:
        s.send(f'<rpc xmlns="{NS["nc"]}"><get-config><source><running/></source></get-config></rpc>')
        reply = s.receive()
        assert tag_of(reply) == "missing-attribute" and "<bad-attribute>message-id" in reply
        reply = s.rpc('<foo xmlns="urn:example:nothing"/>')
        assert tag_of(reply) == "unknown-namespace" and "<bad-namespace>urn:example:nothing" in reply and "<bad-element>foo" in reply
        assert tag_of(s.rpc("<foo/>")) == "operation-not-supported"
        assert tag_of(s.rpc("")) == "missing-element"
        assert tag_of(s.rpc(READ + READ)) is not None
        s.send('<rpc message-id="1"><get/></rpc>')
        assert tag_of(s.receive()) == "unknown-element"


@case("rpc: wrong types and unknown elements in the input")
def _(router):
    with router.raw() as s:
        for body, tag in (("<kill-session><session-id>abc</session-id></kill-session>", "invalid-value"),
                          ("<kill-session><session-id>0</session-id></kill-session>", "invalid-value"),
                          ("<kill-session/>", "missing-element"),
                          ("<edit-config><target><candidate/></target><error-option>maybe</error-option><config/></edit-config>", "invalid-value"),
                          ("<edit-config><target><candidate/></target></edit-config>", "missing-element"),
                          ("<edit-config><config/></edit-config>", "missing-element"),
                          ("<get-config><source><running/></source><bogus/></get-config>", "unknown-element"),
                          ("<get-config><source><startup/></source></get-config>", "unknown-element"),
                          ("<commit><confirmed/><confirm-timeout>-4</confirm-timeout></commit>", "invalid-value")):
            reply = s.rpc(body)
            assert tag_of(reply) == tag, f"{body}: {reply}"


@case("edit: hostile content of <config>")
def _(router):
    with restored(router), router.raw() as s:
        for content in ("text", "<system/>", '<system xmlns="urn:strata:system"/>' * 2, '<system xmlns="urn:strata:system">text</system>',
                        '<system xmlns="urn:strata:system"><hostname><a/></hostname></system>',
                        '<system xmlns="urn:strata:system"><hostname>a</hostname><hostname>b</hostname></system>',
                        f'<system xmlns="urn:strata:system"><hostname>{"a" * 100000}</hostname></system>',
                        '<rpc-reply xmlns="urn:x"/>', "<a:b/>", '<netconf-state xmlns="%s"/>' % NS["mon"]):
            s.send(rpc(f"<edit-config><target><candidate/></target><config>{content}</config></edit-config>"))
            assert "rpc-reply" in s.receive(), content
        s.rpc("<discard-changes/>")
        assert "<hostname>r1" in s.rpc(READ)


@case("client: dies amid a commit; the configuration is the old or the new one")
def _(router):
    with restored(router):
        for i in range(10):
            s = router.socket().start()
            s.write(s.frame(rpc(f"<edit-config><target><candidate/></target>{config(hostname('old'))}</edit-config>"))
                    + s.frame(rpc("<commit/>")))
            time.sleep(i * 0.01)
            s.close()
            with router.raw() as t:
                reply = t.rpc(READ)
                assert "<hostname>r1<" in reply or "<hostname>old<" in reply
                t.rpc("<discard-changes/>")


@case("client: dies with requests queued")
def _(router):
    for _i in range(10):
        s = router.socket().start()
        s.write(s.frame(rpc(READ)) * 200)
        s.close()


def is_cut_off(client):
    """The other end is closed, whatever waits here to be read. The log says why, unless it has too much to say."""
    poll = select.poll()
    poll.register(client.read_fd, 0)
    return any(events & select.POLLHUP for _fd, events in poll.poll(0))


@case("client: who never reads is cut off, others are served meanwhile")
def _(router):
    with restored(router):
        with router.raw() as s:
            many = "".join(route(f"10.{i // 250}.{i % 250}.0/24") for i in range(2000)).replace(
                "</sr:static-routes><sr:static-routes>", "")
            assert "<ok/>" in s.rpc(f"<edit-config><target><candidate/></target>{config(many)}</edit-config>", timeout=60)
        sleeper = router.socket().start()
        before = router.memory_kb("netconfd")
        request = sleeper.frame(rpc("<get-config><source><candidate/></source></get-config>"))
        try:
            for _i in range(400):
                sleeper.write(request)
        except (Closed, ConnectionError):
            pass
        with router.raw() as s:
            started = time.monotonic()
            assert "<hostname>r1" in s.rpc(READ) and time.monotonic() - started < 5
        router.wait("the sleeper is cut off", lambda: is_cut_off(sleeper), 60)
        assert router.memory_kb("netconfd") - before < 60000
        sleeper.close()


@case("client: a subscriber who never reads is cut off")
def _(router):
    s = router.socket().start()
    try:
        s.rpc(f'<create-subscription xmlns="{NS["notif"]}"/>')
        deadline = time.monotonic() + 40
        filler = s.frame(rpc(READ))
        while not is_cut_off(s) and time.monotonic() < deadline:
            try:
                s.write(filler * 20)
            except (Closed, ConnectionError):
                break
        assert is_cut_off(s)
    finally:
        s.close()


@case("client: 30 at once, each dies in another way")
def _(router):
    rnd = random.Random(7)
    for _round in range(3):
        sessions = []
        for _i in range(10):
            try:
                sessions.append(router.socket().start())
            except (Closed, ConnectionError):
                pass
        for s in sessions:
            good = s.frame(rpc("<lock><target><candidate/></target></lock>")) + s.frame(rpc(READ))
            try:
                s.write(good[:rnd.randrange(len(good))])
            except (Closed, ConnectionError):
                pass
        for s in sessions:
            s.close()
    with router.connect() as m:
        router.wait("no lock is left", lambda: m.lock("candidate").ok and m.unlock("candidate").ok)


@case("daemon: netconfd killed: clients hear it, the next session works")
def _(router):
    with restored(router):
        s = router.socket().start()
        s.rpc("<lock><target><running/></target></lock>")
        old = router.pid("netconfd")
        os.kill(old, signal.SIGKILL)
        assert s.is_closed()
        s.close()

        def is_back():
            try:
                os.chmod(f"{router.run_dir}/netconf.sock", 0o666)
                with router.raw() as t:
                    return router.pid("netconfd") != old and "<ok/>" in t.rpc("<lock><target><running/></target></lock>")
            except (OSError, Closed, TimeoutError):
                return False
        router.wait("netconfd is back, without the lock of the dead", is_back, 30)


@case("daemon: a relay without netconfd says what is wrong")
def _(router):
    import subprocess
    p = subprocess.run([f"{router.bin}/strata-netconf", "--run-dir", f"{router.dir}/nowhere"], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=20, check=False)
    assert p.returncode == 1 and "is NETCONF configured" in p.stderr, p.stderr
