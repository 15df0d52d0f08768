# SPDX-License-Identifier: Apache-2.0
"""Words: what is offered, what may be cut short, what is said about a wrong one."""
import re

from pseudo import Terminal


def has(text, *parts):
    for part in parts:
        assert part in text, f"{part!r} is not in {text!r}"


def has_not(text, *parts):
    for part in parts:
        assert part not in text, f"{part!r} is in {text!r}"


def offered(terminal, typed):
    """What ? lists behind the text; the line is dropped."""
    return terminal.help(typed)


def test_commands_are_listed(router):
    with Terminal(router) as t:
        has(offered(t, ""), "show ", "monitor ", "configure ", "request ", "Change the configuration", "help ")
        has(offered(t, "request "), "mpls ", "session ", "commit ", "ldp ")
        has(offered(t, "request mpls guard "), "enable ", "disable ", "Take labels from anywhere")
        has(offered(t, "request bgp clear 10.0.0.1 "), "vpn-instance ", "soft ", "<Enter>")
        has(offered(t, "request bgp clear "), "all ", "All neighbours")
        has(offered(t, "clear bgp all "), "vpn-instance ", "soft ", "<Enter>")
        has_not(offered(t, "request bgp clear "), "soft ", "<Enter>")
        has(offered(t, "configure "), "exclusive ", "nobody else can commit", "<Enter>")
        text = t.line("help | no-more")
        has(text, "configure exclusive", "show mpls lsp", "| match", "monitor interval SECONDS show STATE")
        t.line("configure")
        text = offered(t, "commit ")
        has(text, "check ", "confirmed ", "and-quit ", "comment ", "<Enter>")
        has(offered(t, "commit confirmed 5 comment x "), "persist ", "<Enter>")
        has_not(offered(t, "commit confirmed 5 comment x "), "comment ")
        has(offered(t, "load "), "merge ", "replace ", "override ", "Add what the file has")
        has(offered(t, "load merge "), "base.conf", "terminal ", "<FILE>")
        has(t.line("help | no-more"), "commit confirmed [MINUTES]", "rollback [N]", "load override terminal")


def test_statements_are_listed(router):
    with Terminal(router) as t:
        t.line("configure")
        has(offered(t, ""), "vpn-instance ", "no ", "One VPN instance", "commit ")
        has(offered(t, "interface eth0 mtu "), "<mtu>", "68..65535", "octets")
        has(offered(t, "vpn-instance red label-mode "), "per-instance", "[default]", "per-route", "A label for every route")
        has(offered(t, "no interface eth0 "), "mtu ", "ipv4 ")
        has(offered(t, "set vpn-i red lab"), "label-mode ")
        t.line("vpn-instance red")
        has(offered(t, ""), "label-mode ", "route-distinguisher ", "up ")
        has_not(offered(t, ""), "\n  ospf ")
        has(offered(t, "nonsense "), "nothing known")


def test_values_are_offered(router):
    with Terminal(router) as t:
        t.line("configure")
        text = offered(t, "vpn-instance ")
        has(text, "red ", "green ", "configured", "<name>")
        has(offered(t, "interface eth0 vpn-instance "), "red ", "green ")
        has(offered(t, "bgp family ipv4-unicast redistribute ospf prefix-list "), "SITE ")
        has(offered(t, "ospf area 0.0.0.0 interface "), "eth0 ")
        t.line("vpn-instance blue")
        t.line("top")
        has(offered(t, "interface eth0 vpn-instance "), "blue ")
        t.line('commit comment "blue is new"')
        has(offered(t, "rollback "), "0 ", "1 ", "blue is new", "20", "<N>")
        has(offered(t, "run show route vpn-instance "), "red ", "green ")
        has(offered(t, "run show route sou"), "source ")
        has(offered(t, "run show ospf neighbor "), "router-id", "state", "<Enter>")
        has(offered(t, "run show route | "), "match ", "count ", "json ", "no-more ")


def test_tab_completes(router):
    with Terminal(router) as t:
        assert t.keys("conf\t") == "configure ", t.text
        assert t.keys("\t").count("exclusive") == 1
        t.clear()
        t.line("configure")
        assert t.keys("vpn\t") == "vpn-instance ", t.text[-50:]
        t.clear()
        first = t.keys("com\t")
        has(first, "commit ", "compare ", "Make the candidate run")  # nothing in common to add: the list
        t.clear()
        has(t.keys("vpn-instance red label-mode per\t"), "per-")
        has(t.keys("\t"), "per-instance", "per-route")
        t.clear()
        t.keys("vpn-instance r\t")
        has(t.keys("lab\t"), "label-mode")
        t.clear()
        t.keys("load merge base\t")
        t.type("\n")
        has_not(t.prompt(), "error")


def test_tab_in_the_middle(router):
    with Terminal(router) as t:
        t.line("configure")
        t.keys("interfa eth0 mtu 1400")
        t.keys("\x01" + "\x1bf")  # the first word's end
        t.keys("\t")
        t.keys("\n")
        has(t.line("compare"), "- interface eth0 mtu 1500", "+ interface eth0 mtu 1400")


def test_question_mark_is_plain(router):
    with Terminal(router) as t:
        t.line("configure")
        t.line('interface eth0 description "who?"')
        has(t.line("show interface eth0"), "who?")
        t.keys("interface eth0 description why\x16")
        t.keys("?")
        t.type("\n")
        t.prompt()
        has(t.line("show"), "why?")


def test_abbreviations(router):
    assert router.good("sh ospf ne") == router.good("show ospf neighbor")
    assert router.good("sh conf exp vpn-i red") == router.good("show configuration expanded vpn-instance red")
    out = router.good("sh conf sys")
    assert out == "system hostname r1\n", out
    router.good("conf", "int eth0 mt 1400", "top", "vpn-i red label-m per-r", "top", "del vpn-i green", "commi check", "commi")
    out = router.good("show configuration")
    has(out, "mtu 1400", "vpn-instance red label-mode per-route")
    has_not(out, "green")
    status, _, err = router.run("conf", "com")
    assert status == 1
    has(err, '"com" is ambiguous: commit, compare')
    status, _, err = router.run("conf", "interface eth0 ipv4 addr 10.0.0.1/99")
    assert status == 1
    has(err, "no valid")
    out = router.good("conf", "policy prefix-list SITE rule 10 act de", "top", "show policy")
    has(out, "action deny")


def test_exact_word_wins(router):
    """interface and its prefixes: `ip` of ipv4 alone is clear, `i` is not where two begin so."""
    out = router.good("configure", "edit interface eth0", "ip address 192.0.2.1/24", "show")
    has(out, "192.0.2.1/24")
    router.write("short.conf", "int eth0 mtu 1400\n")  # files say it in full
    status, _, err = router.run("configure", "load merge short.conf")
    assert status == 1
    has(err, 'short.conf:1:1: unknown word "int"')


def test_requests(router):
    has(router.good("req ldp cle al"), "sessions cleared")
    status, _, err = router.run("request ldp clear")
    assert status == 1
    has(err, "not complete; expected: lsr-id")
    status, _, err = router.run("request mpls guard of")
    assert status == 1
    assert mark_of(err, "request mpls guard of") == "of", err
    has(err, "one of: enable, disable")
    has(router.run("request bananas")[2], 'nobody does "bananas"')


def test_words_of_others(router):
    assert router.good("display version") == router.good("disp ver") == router.good("show version")
    assert router.good("display current-configuration system") == "system hostname r1\n"
    status, _, err = router.run("configure", "commit comment")
    assert status == 1
    has(err, "expected a text, in quotes if it has blanks")


def test_clear(router):
    has(router.good("clear ldp all"), "sessions cleared")
    has(router.good("reset ld al"), "sessions cleared")
    status, _, err = router.run("clear ldp")
    assert status == 1
    has(err, "not complete; expected: lsr-id")
    with Terminal(router) as t:
        has(offered(t, "clear "), "bgp ", "ldp ")
        has_not(offered(t, "clear "), "platform ")
        has(offered(t, "clear ldp "), "all ")
        has(t.line("show ospf drop"), "note: there is nothing to show")


def mark_of(text, line):
    """The word above the mark."""
    lines = text.split("\n")
    at = next(i for i, l in enumerate(lines) if l.strip() == "^" and lines[i - 1].strip() == line)
    return re.match(r"\S*", lines[at - 1][lines[at].index("^"):]).group()


def test_errors_point_at_the_word(router):
    with Terminal(router) as t:
        for line, word in (("bananas", "bananas"), ("configure exclusively", "exclusively")):
            text = t.line(line)
            has(text, "error: ")
            assert mark_of(text, line) == word, text
        slip = "neighbor".replace("h", "")
        text = t.line("show ospf " + slip)
        has(text, 'did you mean "neighbor"?')
        assert mark_of(text, "show ospf " + slip) == slip, text
        has(t.line("configure".replace("i", "")), 'did you mean "configure"?')
        t.line("configure")
        for line, word in (("interface eth0 mtu fast", "fast"), ("interfaec eth0", "interfaec"),
                           ("  vpn-instance red label-mode per-rout x", "x"), ("no interface eth0 mtv", "mtv"),
                           ("commit confirmed soon", "soon"), ("no interface eth7", "interface"),
                           ("rollback now", "now"), ('interface eth0 description "open', '"open')):
            text = t.line(line)
            has(text, "error: ")
            assert mark_of(text, line.strip()) == word, (line, text)
        has(t.line("interfaec eth0"), 'did you mean "interface"?')
        has(t.line("interface eth0 mtv 9"), 'did you mean "mtu"?')
        has(t.line("vpn-instance red label-mode per-ruote"), 'did you mean "per-route"?', "one of: per-instance, per-route")
        has(t.line("interface eth0 mtu"), "expected the value of mtu (a number 68..65535)")
        has(t.line("load merge"), "not complete")


def test_help_for_a_word(router):
    text = router.good("help monitor")
    has(text, "monitor events")
    has_not(text, "configure exclusive")
    text = router.good("configure", "help show")
    has(text, "show PATH", "A part of the candidate", "show expanded PATH")
    has_not(text, "Write the candidate")
    status, out, err = router.run("help bananas")
    assert (status, out) == (1, "")
    has(err, 'no command has "bananas"')


def test_state_in_configuration_mode(router):
    status, out, err = router.run("configure", "show bgp sum")
    assert (status, out) == (1, "")
    has(err, "unknown part of the configuration: sum", "try: run show bgp sum")
    has(router.good("configure", "do show version"), "strata")


def test_who_holds_a_lock_is_said(router):
    with Terminal(router) as t, Terminal(router) as other:
        t.line("configure exclusive")
        has(other.line("configure"), "has locked the running configuration", " of ")
        t.line("end")
        t.line("configure")
        t.line("system hostname r9")
        t.line("commit confirmed 5 persist tonight")
        other.line("end")
        has(other.line("configure"), 'confirmed by "commit persist-id NAME"')
        has(other.line("run show management confirmed-commit"), "deadline")
        assert not re.search(r"deadline.*\dd", other.line("run show management confirmed-commit"))
        t.line("abort persist-id tonight")


def test_statements_of_the_top_in_a_place(router):
    with Terminal(router) as t:
        t.line("configure")
        t.line("interface eth0")
        has(offered(t, ""), "<top>", "which leaves this place", "mtu ")
        has(offered(t, "ospf "), "router-id ")
        has(offered(t, "osp"), "ospf ")
        has(offered(t, "nonsense "), "nothing known")
        has(t.line("osp router-id 10.0.0.9"), "(config)#")
        t.line("interface eth0")
        has(t.line("no osp router-id"), "(config)#")
        t.line("interface eth0")
        has(t.line("no mtu"), "(config-interface-eth0)#")
        has(t.line("compare"), "- ospf router-id 10.0.0.1", "- interface eth0 mtu 1500")
        has(t.line("nobody x"), "unknown command")
