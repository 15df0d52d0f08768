# SPDX-License-Identifier: Apache-2.0
"""commit, confirmed commit, cancel-commit (RFC 6241 sections 8.3.4.1 and 8.4)."""
import os
import signal
import time

from case import case, edit, hostname, refused, restored, running_hostname


def expect_back(router, seconds=12):
    with router.connect() as m:
        router.wait("the configuration is back", lambda: running_hostname(m) == "r1", seconds)


@case("commit: without changes")
def _(router):
    with router.connect() as m:
        assert m.commit().ok


@case("commit: confirmed by a second commit")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("tried"))
        assert m.commit(confirmed=True, timeout="6").ok and running_hostname(m) == "tried"
        assert m.commit().ok
        time.sleep(7)
        assert running_hostname(m) == "tried"


@case("commit: goes back when nobody confirms")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("tried"))
        m.commit(confirmed=True, timeout="5")
        assert running_hostname(m) == "tried"
        router.wait("back", lambda: running_hostname(m) == "r1", 20)


@case("commit: goes back when the session ends")
def _(router):
    with restored(router):
        with router.connect() as m:
            edit(m, hostname("tried"))
            m.commit(confirmed=True, timeout="600")
        expect_back(router)


@case("commit: goes back when the client dies")
def _(router):
    with restored(router):
        with router.raw() as s, router.connect() as m:
            edit(m, hostname("tried"))
            assert "<ok/>" in s.rpc("<commit><confirmed/><confirm-timeout>600</confirm-timeout></commit>")
        expect_back(router)


@case("commit: cancel-commit brings back what ran")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("tried"))
        m.commit(confirmed=True, timeout="600")
        assert m.cancel_commit().ok
        router.wait("back", lambda: running_hostname(m) == "r1")


@case("commit: with persist it outlives the session, who knows the id confirms")
def _(router):
    with restored(router):
        with router.connect() as m:
            edit(m, hostname("tried"))
            m.commit(confirmed=True, timeout="600", persist="abc")
        with router.connect() as m:
            assert running_hostname(m) == "tried"
            refused(("invalid-value", "in-use", "operation-failed"), m.commit)
            refused(("invalid-value", "operation-failed"), m.commit, persist_id="xyz")
            assert m.commit(persist_id="abc").ok and running_hostname(m) == "tried"


@case("commit: with persist, cancelled from another session")
def _(router):
    with restored(router):
        with router.connect() as m:
            edit(m, hostname("tried"))
            m.commit(confirmed=True, timeout="600", persist="abc")
        with router.connect() as m:
            refused(("invalid-value", "operation-failed"), m.cancel_commit, persist_id="xyz")
            assert m.cancel_commit(persist_id="abc").ok
        expect_back(router)


@case("commit: a further confirmed commit prolongs it")
def _(router):
    with restored(router), router.connect() as m:
        edit(m, hostname("tried"))
        m.commit(confirmed=True, timeout="6")
        m.commit(confirmed=True, timeout="60")
        time.sleep(7)
        assert running_hostname(m) == "tried"
        m.cancel_commit()
        router.wait("back", lambda: running_hostname(m) == "r1")


@case("commit: cancel-commit without one")
def _(router):
    with router.connect() as m:
        refused(("operation-failed", "invalid-value"), m.cancel_commit)


@case("commit: a persistent one survives the death of mgmtd, and goes back in time")
def _(router):
    with restored(router):
        with router.connect() as m:
            edit(m, hostname("tried"))
            m.commit(confirmed=True, timeout="8", persist="abc")
        os.kill(router.pid("mgmtd"), signal.SIGKILL)
        router.wait("mgmtd is back", lambda: answers(router), 30)
        expect_back(router, 30)


@case("commit: one that ends with its session goes back when mgmtd dies")
def _(router):
    with restored(router):
        s = router.socket().start()
        s.rpc(f"<edit-config><target><candidate/></target>{config_of('tried')}</edit-config>")
        assert "<ok/>" in s.rpc("<commit><confirmed/></commit>")
        os.kill(router.pid("mgmtd"), signal.SIGKILL)
        assert s.is_closed(), "a session without its mgmtd must end"
        s.close()
        router.wait("mgmtd is back", lambda: answers(router), 30)
        expect_back(router, 30)


def config_of(name):
    return f'<config><system xmlns="urn:strata:system"><hostname>{name}</hostname></system></config>'


def answers(router):
    try:
        with router.raw() as s:
            return "<data>" in s.rpc("<get-config><source><running/></source></get-config>")
    except Exception:  # noqa: BLE001
        return False


@case("commit: right after a validate, the daemons that it starts are there")
def _(router):
    """The validate is over, ospfd is not needed for the moment, and must not be ended amid the commit."""
    with restored(router), router.connect() as m:
        edit(m, '<ospf xmlns="urn:strata:ospf"><router-id>10.0.0.1</router-id></ospf>')
        m.validate("candidate")
        m.commit()
        edit(m, '<ldp xmlns="urn:strata:ldp"><router-id>10.0.0.1</router-id></ldp>')
        m.validate("candidate")
        m.commit()
    assert router.log().count("daemon-started daemon=ospfd") == 1, router.log()[-3000:]
