# SPDX-License-Identifier: Apache-2.0
"""How a case is written: a function with @case("what it shows"), given the router. After each, the server must still serve, the
configuration is as it was (or the case puts it back), and no lock is left."""
import contextlib
import re

from ncclient.operations import RPCError
from ncclient.xml_ import to_ele
from router import BASE

CASES = []
NS = {"nc": BASE, "sys": "urn:strata:system", "bgp": "urn:strata:bgp", "sr": "urn:strata:static-routes",
      "netconf": "urn:strata:netconf", "mgmt": "urn:strata:management", "vpn": "urn:strata:vpn-instance",
      "mon": "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring",
      "yl": "urn:ietf:params:xml:ns:yang:ietf-yang-library", "nacm": "urn:ietf:params:xml:ns:yang:ietf-netconf-acm",
      "nmda": "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda", "ds": "urn:ietf:params:xml:ns:yang:ietf-datastores",
      "wd": "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults",
      "notif": "urn:ietf:params:xml:ns:netconf:notification:1.0",
      "ncn": "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"}
HOSTNAME = "r1"


def case(name):
    def add(fn):
        CASES.append((name, fn))
        return fn
    return add


def config(inner):
    """<config> for edit-config, with prefixes nc (operations) and those of NS."""
    return f'<nc:config {prefixes()}>{inner}</nc:config>'


def prefixes():
    return " ".join(f'xmlns:{p}="{uri}"' for p, uri in NS.items())


def hostname(name, operation=None):
    op = f' nc:operation="{operation}"' if operation else ""
    return f"<sys:system><sys:hostname{op}>{name}</sys:hostname></sys:system>"


def route(prefix, operation=None, next_hop="192.0.2.1"):
    op = f' nc:operation="{operation}"' if operation else ""
    return (f"<sr:static-routes><sr:route{op}><sr:prefix>{prefix}</sr:prefix>"
            f"<sr:next-hop><sr:address>{next_hop}</sr:address></sr:next-hop></sr:route></sr:static-routes>")


def text_of(reply, path):
    """The text of the first element at `path` ("sys:hostname", any depth); None if there is none."""
    found = elements(reply, path)
    return found[0].text if found else None


def elements(reply, path):
    root = to_ele(reply.data_xml if hasattr(reply, "data_xml") else getattr(reply, "xml", reply))
    return root.xpath(f"//{path}", namespaces=NS)


def running(m, source="running"):
    return m.get_config(source).data_xml


def running_hostname(m, source="running"):
    return text_of(m.get_config(source, filter=("subtree", '<system xmlns="urn:strata:system"/>')), "sys:hostname")


def refused(tag, fn, *args, **kwargs):
    """fn must end in an rpc-error with this tag (or one of several); the error is returned."""
    try:
        fn(*args, **kwargs)
    except RPCError as e:
        tags = (tag,) if isinstance(tag, str) else tag
        assert e.tag in tags, f"error-tag {e.tag}, not {tag}: {e.message}"
        return e
    raise AssertionError(f"was accepted, not refused with {tag}")


def tag_of(reply):
    found = re.search(r"<error-tag>([a-z-]+)</error-tag>", reply)
    return found.group(1) if found else None


def still_serves(router):
    """A new session reads the configuration that the suite began with."""
    with router.raw() as s:
        reply = s.rpc("<get-config><source><running/></source></get-config>")
        assert f"<hostname>{HOSTNAME}</hostname>" in reply, f"the configuration is another: {reply}"


@contextlib.contextmanager
def restored(router):
    """Whatever happens inside: at the end runs what ran before, and the candidate is the same."""
    read = "<get-config><source><running/></source></get-config>"
    with router.raw() as s:
        before = re.search(r"<data>(.*)</data>", s.rpc(read), re.S).group(1)
    try:
        yield
    finally:
        with router.raw() as s:
            s.rpc("<cancel-commit/>")
            s.rpc("<cancel-commit><persist-id>abc</persist-id></cancel-commit>")
            s.rpc("<discard-changes/>")
            reply = s.rpc(f"<copy-config><target><running/></target><source><config>{before}</config></source></copy-config>")
            assert "<ok/>" in reply, reply
            after = re.search(r"<data>(.*)</data>", s.rpc(read), re.S).group(1)
            assert after == before, f"not as before: {after}"


def edit(m, inner, target="candidate", **options):
    return m.edit_config(target=target, config=config(inner), **options)


def routes(m, source="running"):
    reply = m.get_config(source, filter=("subtree", '<static-routes xmlns="urn:strata:static-routes"/>'))
    return sorted(e.text for e in elements(reply, "sr:route/sr:prefix"))


def do(m, body):
    """An operation that ncclient has no function for."""
    return m.dispatch(to_ele(body))
