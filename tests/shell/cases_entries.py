# SPDX-License-Identifier: Apache-2.0
"""Entries of lists as a whole: copy, rename, insert."""
import json

from cases_words import has, has_not, mark_of, offered
from pseudo import Terminal

RULES = """\
nacm rule-list A {
    group [ "x" ]
    rule one { module-name a; action permit; }
    rule two { module-name b; action deny; }
    rule three { module-name c; action permit; }
}
nacm rule-list B
"""


def order(router, *commands):
    """The rules of list A, the lists."""
    router.write("rules.conf", RULES)
    out = router.good("configure", "load merge rules.conf", *commands, "show nacm | json")
    lists = json.loads(out)["ietf-netconf-acm:nacm"]["rule-list"]
    return [r["name"] for r in lists[0].get("rule", [])], [x["name"] for x in lists]


def test_insert(router):
    assert order(router) == (["one", "two", "three"], ["A", "B"])
    assert order(router, "insert nacm rule-list A rule three before one")[0] == ["three", "one", "two"]
    assert order(router, "insert nacm rule-list A rule one after rule two")[0] == ["two", "one", "three"]
    assert order(router, "insert nacm rule-list A rule two first")[0] == ["two", "one", "three"]
    assert order(router, "nacm rule-list A", "insert ru two last", "top")[0] == ["one", "three", "two"]
    assert order(router, "nacm rule-list A", "insert nacm rule-list B first", "top")[1] == ["B", "A"]


def test_copy_and_rename(router):
    out = router.good("configure", "vpn-instance red label-mode per-route", "vpn-instance red vpn-target import 1:1", "copy vpn-i red to blue",
                      "show vpn-instance blue", "show vpn-instance red")
    has(out, "vpn-instance blue {\n    vpn-target import 1:1\n    label-mode per-route\n}", "vpn-instance red {")
    out = router.good("configure", "rename interface eth0 to eth7", "compare")
    assert out == "- interface eth0 mtu 1500\n+ interface eth7 mtu 1500\n", out
    assert order(router, "rename nacm rule-list A rule two to zwei")[0] == ["one", "zwei", "three"]
    out = router.good("configure", "policy prefix-list SITE", "copy rule 10 to 20", "show")
    has(out, "rule 10 {", "rule 20 {")
    assert out.count("10.2.0.0/16") == 2, out


def test_entries_that_cannot(router):
    def fails(word, text, *commands):
        status, out, err = router.run("configure", *commands)
        assert status == 1 and out == "", (commands, out, err)
        has(err, text)
        assert word is None or mark_of(err, commands[-1]) == word, err

    fails("green", "already", "copy vpn-instance red to green")
    fails("9", "no valid", "copy interface eth0 mtu 9 to eth1")
    fails("nix", "not configured: /vpn-instances/vpn-instance[nix]", "copy vpn-instance nix to blue")
    fails("bananas", "unknown word", "rename bananas red to blue")
    fails("x", "nothing can follow", "copy vpn-instance red to blue x")
    fails(None, "expected the name of the vpn-instance", "copy vpn-instance red to")
    fails(None, "then to", "copy vpn-instance red")
    fails("ten", "no valid", "policy prefix-list SITE", "copy rule 10 to ten")
    fails("first", "no order", "insert vpn-instance red first")
    fails("to", "names no entry", "copy ospf to bgp")
    router.write("rules.conf", RULES)
    fails("nix", "no such entry", "load merge rules.conf", "insert nacm rule-list A rule one before nix")
    with Terminal(router) as t:
        t.line("configure")
        t.line("load merge rules.conf")
        has(offered(t, "copy "), "vpn-instance ", "interface ")
        text = offered(t, "copy vpn-instance ")
        has(text, "red ", "green ")
        text = offered(t, "rename vpn-i red ")
        has(text, "to ", "The new name")
        has_not(text, "label-mode ")
        has(offered(t, "copy vpn-instance red to "), "<name>")
        has(offered(t, "copy vpn-instance red to blue "), "<Enter>")
        has(offered(t, "insert nacm rule-list A rule one "), "before ", "after ", "first ", "last ")
        has(offered(t, "insert "), "nacm ")
        has_not(offered(t, "insert "), "interface ", "vpn-instance ")
        has(offered(t, "insert nacm rule-list A "), "rule ", "before ")
        text = offered(t, "insert nacm rule-list A rule one before ")
        has(text, "two ", "three ")
        has_not(offered(t, "insert vpn-instance red "), "before ")
