# SPDX-License-Identifier: Apache-2.0
"""Notifications: create-subscription, filters, replay, interleave (RFC 5277), and RFC 6470's events."""
import datetime
import time

from case import NS, case, do, edit, hostname, refused, restored, running_hostname


def subscribe(s, extra="", timeout=20):
    return s.rpc(f'<create-subscription xmlns="{NS["notif"]}">{extra}</create-subscription>', timeout=timeout)


def utc(offset=0):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset)).strftime("%Y-%m-%dT%H:%M:%SZ")


def until(s, word, n=30, timeout=10):
    """The next notification with this word in it."""
    for _i in range(n):
        message = s.receive(timeout)
        if "<notification" in message and word in message:
            assert "<eventTime>" in message
            return message
    raise AssertionError(f"{word} does not come")


@case("notifications: ncclient hears of a change of configuration")
def _(router):
    with restored(router), router.connect() as m, router.connect() as other:
        m.create_subscription()
        edit(other, hostname("heard"), target="running")
        for _i in range(20):
            n = m.take_notification(timeout=10)
            assert n is not None, "nothing came"
            if "netconf-config-change" in n.notification_xml:
                break
        assert "hostname" in n.notification_xml and f"<session-id>{other.session_id}</session-id>" in n.notification_xml


@case("notifications: session start and end")
def _(router):
    with router.raw() as s:
        assert "<ok/>" in subscribe(s)
        with router.raw() as other:
            assert f"<session-id>{other.session_id}</session-id>" in until(s, "netconf-session-start")
        assert f"<session-id>{other.session_id}</session-id>" in until(s, "netconf-session-end")


@case("notifications: a filter lets through what it names")
def _(router):
    with router.raw() as s:
        assert "<ok/>" in subscribe(s, f'<filter type="subtree"><netconf-session-end xmlns="{NS["ncn"]}"/></filter>')
        with router.raw():
            pass
        assert "netconf-session-end" in s.receive(10), "the start was not wanted"


@case("notifications: confirmed commit")
def _(router):
    with restored(router), router.raw() as s, router.connect() as m:
        subscribe(s)
        edit(m, hostname("tried"))
        m.commit(confirmed=True, timeout="600")
        assert "start" in until(s, "netconf-confirmed-commit")
        m.cancel_commit()
        assert "cancel" in until(s, "netconf-confirmed-commit")


@case("notifications: requests go on between them (interleave)")
def _(router):
    with restored(router), router.connect() as m:
        m.create_subscription()
        edit(m, hostname("between"), target="running")
        assert running_hostname(m) == "between"
        assert m.take_notification(timeout=10) is not None


@case("notifications: replay tells what was, then that it is over")
def _(router):
    with router.raw():
        pass
    with router.raw() as s:
        assert "<ok/>" in subscribe(s, f"<startTime>{utc(-600)}</startTime>")
        until(s, "netconf-session-start", 2000)
        until(s, "replayComplete", 2000)


@case("notifications: replay up to a time in the past ends by itself")
def _(router):
    with router.raw() as s:
        assert "<ok/>" in subscribe(s, f"<startTime>{utc(-600)}</startTime><stopTime>{utc(-1)}</stopTime>")
        until(s, "notificationComplete", 2000)
        with router.raw():
            pass
        time.sleep(0.3)
        assert "rpc-reply" in s.rpc("<get-config><source><running/></source></get-config>"), "nothing may come in between"


@case("notifications: stopTime in the future")
def _(router):
    with router.raw() as s:
        assert "<ok/>" in subscribe(s, f"<startTime>{utc()}</startTime><stopTime>{utc(2)}</stopTime>")
        until(s, "notificationComplete", 200)
        assert "<ok/>" in subscribe(s)  # the subscription is over: the session may have another one (RFC 5277 section 2.1.1)
        with router.raw():
            pass
        until(s, "netconf-session-start", 50)


@case("notifications: one subscription a session, times that make sense")
def _(router):
    with router.raw() as s:
        assert "missing-element" in subscribe(s, f"<stopTime>{utc(60)}</stopTime>")
        assert "bad-element" in subscribe(s, f"<startTime>{utc(600)}</startTime>")
        assert "bad-element" in subscribe(s, f"<startTime>{utc(-60)}</startTime><stopTime>{utc(-120)}</stopTime>")
        assert "invalid-value" in subscribe(s, "<startTime>yesterday</startTime>")
        assert "<rpc-error>" in subscribe(s, "<stream>no-such-stream</stream>")
        assert "<ok/>" in subscribe(s, "<stream>NETCONF</stream>")
        s.send(f'<rpc xmlns="{NS["nc"]}" message-id="1"><create-subscription xmlns="{NS["notif"]}"/></rpc>')
        for _i in range(20):
            reply = s.receive()
            if "rpc-reply" in reply:
                break
        assert "<rpc-error>" in reply


@case("notifications: the streams are told")
def _(router):
    with router.connect() as m:
        reply = m.get(("subtree", '<netconf xmlns="urn:ietf:params:xml:ns:netmod:notification"><streams/></netconf>'))
        assert "<name>NETCONF</name>" in reply.data_xml, reply.data_xml


@case("rpc: one of the router's own")
def _(router):
    with router.connect() as m:
        reply = do(m, '<bgp-clear xmlns="urn:strata:bgp"><neighbor>10.9.9.2</neighbor></bgp-clear>')
        assert "rpc-error" not in reply.xml
        e = refused("missing-element", do, m, '<bgp-clear xmlns="urn:strata:bgp"/>')
        assert "neighbor" in str(e.info)
        refused("operation-not-supported", do, m, '<bgp-nonsense xmlns="urn:strata:bgp"/>')
