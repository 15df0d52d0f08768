# SPDX-License-Identifier: Apache-2.0
"""copy-config, delete-config, locks, validate, discard-changes, and several clients at once (RFC 6241 sections 7.3 to 7.6, 8.3)."""
from case import NS, case, config, do, edit, hostname, refused, restored, route, routes, running_hostname


@case("copy-config: running over the candidate")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("x"))
        assert m.copy_config(source="running", target="candidate").ok
        assert running_hostname(m, "candidate") == "r1"


@case("copy-config: the candidate over running is a transaction")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("copied"))
        assert m.copy_config(source="candidate", target="running").ok
        assert running_hostname(m) == "copied"


@case("copy-config: a <config> over the candidate")
def _(router):
    with restored(router), router.connect() as m:
        assert do(m, f'<copy-config xmlns="{NS["nc"]}"><target><candidate/></target><source>'
                     f"{config(hostname('whole'))}</source></copy-config>").ok
        xml = m.get_config("candidate").data_xml
        assert "whole" in xml and "65000" not in xml


@case("copy-config: an empty <config> empties the candidate")
def _(router):
    with restored(router), router.connect() as m:
        assert do(m, f'<copy-config xmlns="{NS["nc"]}"><target><candidate/></target><source><config/></source></copy-config>').ok
        assert "hostname" not in m.get_config("candidate").data_xml
        assert running_hostname(m) == "r1"


@case("copy-config: a place onto itself")
def _(router):
    with router.connect() as m:
        refused("invalid-value", m.copy_config, source="running", target="running")


@case("delete-config: running and what there is not are never deleted")
def _(router):
    with router.connect() as m:
        for target in ("running", "candidate", "startup"):
            refused(("unknown-element", "missing-element", "operation-not-supported"), m.delete_config, target)


@case("discard-changes: the candidate is running again")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("x"))
        assert m.discard_changes().ok and running_hostname(m, "candidate") == "r1"


@case("validate: the candidate, and a <config>")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("fine"))
        assert m.validate("candidate").ok
        assert do(m, f'<validate xmlns="{NS["nc"]}"><source>{config(hostname("fine"))}</source></validate>').ok
        refused("invalid-value", do, m, f'<validate xmlns="{NS["nc"]}"><source>'
                f'{config("<sys:system><sys:hostname>-bad-</sys:hostname></sys:system>")}</source></validate>')
        assert running_hostname(m) == "r1"


@case("validate: a dangling reference")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, "<bgp:bgp><bgp:vpn-instance><bgp:name>nowhere</bgp:name></bgp:vpn-instance></bgp:bgp>")
        refused(("data-missing", "invalid-value", "operation-failed"), m.validate, "candidate")
        e = refused(("data-missing", "invalid-value", "operation-failed"), m.commit)
        assert "nowhere" in (e.message or "") + (e.path or ""), e.message
        assert running_hostname(m) == "r1" and "nowhere" not in m.get_config("running").data_xml


@case("lock: another session is refused and told whose it is")
def _(router):
    with router.connect() as a, router.connect() as b:
        with a.locked("running"):
            e = refused("lock-denied", b.lock, "running")
            assert a.session_id in str(e.info), e.info
        assert b.lock("running").ok and b.unlock("running").ok


@case("lock: running locked by another: no write, no commit")
def _(router):
    with restored(router), router.connect() as a, router.connect() as b:
        with a.locked("running"):
            refused(("in-use", "lock-denied"), edit, b, hostname("x"), target="running")
            edit(b, hostname("x"))
            refused(("in-use", "lock-denied"), b.commit)
            b.discard_changes()
        assert running_hostname(a) == "r1"


@case("lock: the candidate locked by another cannot be edited")
def _(router):
    with restored(router), router.connect() as a, router.connect() as b:
        with a.locked("candidate"):
            refused(("in-use", "lock-denied"), edit, b, hostname("x"))
            assert edit(a, hostname("mine")).ok
        assert running_hostname(a, "candidate") == "r1", "unlock discards (section 8.3.5.2)"


@case("lock: the candidate with changes cannot be locked")
def _(router):
    with restored(router), router.connect() as a:
        edit(a, hostname("x"))
        refused("lock-denied", a.lock, "candidate")


@case("lock: twice, and unlock of what is not locked")
def _(router):
    with router.connect() as a, router.connect() as b:
        with a.locked("running"):
            refused("lock-denied", a.lock, "running")
            refused(("operation-failed", "lock-denied", "in-use"), b.unlock, "running")
        refused(("operation-failed", "lock-denied"), a.unlock, "running")


@case("lock: vanishes with a client that dies")
def _(router):
    a = router.socket().start()
    assert "<ok/>" in a.rpc("<lock><target><running/></target></lock>")
    assert "<ok/>" in a.rpc("<lock><target><candidate/></target></lock>")
    a.close()
    with router.connect() as m:
        def is_free():
            try:
                return m.lock("running").ok and m.unlock("running").ok
            except Exception:  # noqa: BLE001
                return False
        router.wait("the lock is gone", is_free)


@case("lock: what its dead owner left in the candidate is discarded")
def _(router):
    a = router.socket().start()
    assert "<ok/>" in a.rpc("<lock><target><candidate/></target></lock>")
    a.rpc(f"<edit-config><target><candidate/></target>{config(hostname('left'))}</edit-config>")
    a.close()
    with router.connect() as m:
        router.wait("discarded", lambda: running_hostname(m, "candidate") == "r1")


@case("lock: kill-session frees it")
def _(router):
    with router.raw() as a, router.connect() as m:
        a.rpc("<lock><target><running/></target></lock>")
        m.kill_session(str(a.session_id))
        assert m.lock("running").ok and m.unlock("running").ok


@case("candidate: shared by all sessions")
def _(router):
    with restored(router), router.connect() as a, router.connect() as b:
        edit(a, hostname("shared"))
        assert running_hostname(b, "candidate") == "shared"
        edit(b, route("203.0.113.0/24"))
        a.commit()
        assert running_hostname(b) == "shared" and routes(b) == ["203.0.113.0/24"]


@case("candidate: outlives the session that changed it")
def _(router):
    with restored(router):
        with router.connect() as a:
            edit(a, hostname("kept"))
        with router.connect() as b:
            assert running_hostname(b, "candidate") == "kept"


@case("candidate: what others write into running is in it, too")
def _(router):
    with restored(router), router.connect() as a:
        edit(a, route("203.0.113.0/24"))
        edit(a, hostname("other"), target="running")
        assert running_hostname(a, "candidate") == "other" and routes(a, "candidate") == ["203.0.113.0/24"]
        a.commit()
        assert running_hostname(a) == "other" and routes(a) == ["203.0.113.0/24"]


@case("two writers at once: both changes are there")
def _(router):
    with restored(router), router.raw() as a, router.raw() as b:
        sent = 0
        for i in range(10):
            for s, net in ((a, 10), (b, 11)):
                s.send(f'<rpc xmlns="{NS["nc"]}" message-id="{i}"><edit-config><target><running/></target>'
                       f"{config(route(f'{net}.{i}.0.0/16'))}</edit-config></rpc>")
                sent += 1
        for _i in range(10):
            for s in (a, b):
                reply = s.receive(30)
                assert "<ok/>" in reply, reply
        with router.connect() as m:
            assert len(routes(m)) == sent
