# SPDX-License-Identifier: Apache-2.0
"""What is told at the prompt while nobody asks; the history of commits."""
import os
import re

from cases_words import has, has_not, offered
from pseudo import Terminal


def test_commit_goes_back_at_the_prompt(router):
    with Terminal(router) as t, Terminal(router) as other:
        t.line("configure")
        t.line("system hostname r2")
        has(t.line("commit confirmed seconds 3"), "in 3 seconds unless", "[not confirmed] strata@r2(config)# ")
        t.type("set interface eth0 mtu 14")
        has(t.expect("it was rolled back\n"), "note: the commit was not confirmed in time")
        t.type("00\n")  # what was typed before is still there
        text = t.prompt()
        has(text, "strata@r1(config)# set interface eth0 mtu 1400")
        has_not(text, "[not confirmed]", "is over")
        has(t.line("compare"), "+ interface eth0 mtu 1400")
        has(other.line(""), "[not confirmed]", "was rolled back")  # in operational mode as well
        t.line("discard")


def test_warning_before_a_commit_goes_back(router):
    with Terminal(router) as t:
        t.line("configure")
        t.line("system hostname r2")
        t.line("commit confirmed seconds 62")
        t.expect("note: the commit will be rolled back in 1 minute unless confirmed\n")
        with Terminal(router) as other:
            other.line("configure")
            other.line("commit")
        has(t.expect("confirmed the commit that waited\n"), "(session ")
        has_not(t.prompt(), "[not confirmed]")


def test_others_commit_at_the_prompt(router):
    with Terminal(router) as t:
        t.line("configure")
        router.good("configure", "interface eth0 mtu 1300", "commit")
        has(t.expect("carried over"), "committed 1 change;")
        t.prompt()
        t.line("end")
        router.good("configure", "system hostname r7", "commit")
        has_not(t.prompt(), "committed")  # only who changes something himself is told; but the name is right
        has(t.text[-30:], "strata@r7# ")


def test_other_letters(router):
    with Terminal(router) as t:
        t.line("configure")
        t.line("interface eth0 description \u00fcber")
        has(t.line("compare"), "+ interface eth0 description \u00fcber")


def test_script_says_what_was_committed(router):
    status, out, err = router.run(text="configure\nsystem hostname r2\ncommit check\ncommit\ncommit\n")
    assert status == 0, err
    assert re.fullmatch(r"can be committed\ncommitted as \d+\nnothing to commit\n", out), out
    status, out, err = router.run(text="configure\n\nbgp family ipv4-unicast redistribute ospf prefix-list NONE\n commit\nshow version\n")
    assert (status, out) == (1, ""), (status, out)
    has(err, "error: /bgp/", "note: in line 4: commit\n")
    status, out, _ = router.run("configure", "system hostname r3", "commit comment x")
    assert re.fullmatch(r"committed as \d+\n", out), out


def test_history_of_commits(router):
    router.good("configure", "system hostname r2", 'commit comment "the second"')
    last = int(re.search(r"\d+", router.good("configure", "system hostname r3", "commit")).group())
    difference = "- system hostname r1\n+ system hostname r2\n"
    assert router.good(f"show history {last - 1}") == difference
    assert router.good(f"show configuration history {last - 1}") == difference
    assert router.good("compare 2 1") == router.good("configure", "compare 2 1") == difference
    assert router.good("configure", "compare 1 2") == "- system hostname r2\n+ system hostname r1\n"
    assert router.good("configure", "show | compare rollback 2") == "- system hostname r1\n+ system hostname r3\n"
    has(router.run("configure", "show | compare x")[2], "expected: | compare [N]")
    has(router.run("compare 1 9999")[2], "error: there are only ")
    has(router.run("show history 99999")[2], "there is no commit 99999")
    with Terminal(router) as t:
        text = offered(t, "compare 2 ")
        has(text, "0 ", " by ", ": the second", "<M>")
        text = offered(t, "show history ")
        has(text, f"{last - 1} ", ": the second", "<Enter>")
        t.line("configure")
        has(offered(t, "compare "), ": the second", "<Enter>")


def test_errors_name_few_words(router):
    for commands, word in ((("configure", "bananas"), "command"), (("configure", "ospf bananas"), "bananas"), (("show bananas",), "bananas"),
                           (("configure", "interfaec x"), "interface")):
        status, _, err = router.run(*commands)
        assert status == 1
        has(err, word, "(? lists all ")
        assert err.count(", ") <= 10, err


def test_log(router):
    """What the programs logged: of all, of one, the last, by grade; also of one that is dead."""
    out = router.good("show log")
    assert out.startswith("time "), out
    has(out, " mgmtd ", " ospfd ", " ldpd ", " started")
    times = [line.split()[0] for line in out.splitlines()[1:] if line[:2] == "20"]
    assert times == sorted(times) and len(times) > 3, times
    out = router.good("show log daemon ospfd")
    has(out, " ospfd ")
    has_not(out, " ldpd ")
    assert len(router.good("show log | last 2").splitlines()) == 3
    before = int(router.good("show log level info event committed | count"))
    router.good(text="configure\nsystem hostname r7\ncommit\n")
    has(router.good("show log daemon mgmtd | match committed"), "sequence=")
    assert int(router.good("show log level info event committed | count")) == before + 1
    has_not(router.good("show management"), "line:")  # only where it is asked for
    os.rename(router.dir + "/run/ldpd.log", router.dir + "/run/ldpd.log.old")  # put aside
    has(router.good("show log daemon ldpd"), " ldpd ")


def test_users(router):
    out = router.good("show users")
    has(out, "shell", "192.0.2.7")
    has_not(out, " local ")
    assert router.good("sh users kind shell | count") == "1\n"
    assert int(router.good("show sessions detail | count")) >= 1
    with Terminal(router) as t:
        has(offered(t, "show users "), "detail ", "kind ", "<Enter>")
        t.line("configure")
        t.line("policy")
        has(t.line("ospf bananas"), "error: ", "(config-policy)# ")  # a mistake leaves no place
        has(t.line("no ospf bananas"), "error: ", "(config-policy)# ")
