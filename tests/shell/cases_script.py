# SPDX-License-Identifier: Apache-2.0
"""Scripts, pasted text, what is kept of a session, pages."""
import os
import subprocess
import time

from cases_words import has, has_not, mark_of, offered
from pseudo import SLOW, Terminal


def test_script_status(router):
    assert router.run(text="show version\n")[0] == 0
    status, out, err = router.run(text="! remark\n# remark\n\nconfigure\nsystem hostname r2\ninterface eth0\n  mtu x\ncommit\n")
    assert status == 1
    has(err, "error: 7:7: /interfaces/interface[eth0]/mtu: ", "  mtu x")
    has(router.good("show configuration"), "hostname r1")
    status, out, err = router.run("show version", "bananas", "show version")
    assert status == 1 and out.count("strata") == 1, (out, err)
    status, _, err = router.run(text="configure\ninterface eth5 {\n  mtu 1400\n")
    assert status == 1
    has(err, "a block has no }")


def test_script_names_the_line(router):
    """What only mgmtd finds wrong, in the middle of many statements of several contexts."""
    lines = ["configure"] + [f"set policy prefix-list L rule {i} prefix 10.0.{i}.0/24" for i in range(1, 51)]
    lines += ["interface eth0", "  mtu 1400", "    no description", "  mtu 1300", "top", "system hostname r2"]
    status, _, err = router.run(text="\n".join(lines) + "\n")
    assert status == 1
    has(err, "error: 54:8: ", "nothing to remove", "    no description\n")
    lines[53] = "interface eth4 {\n  mtu 1400\n  no description\n}"
    status, _, err = router.run(text="\n".join(lines) + "\n")
    has(err, "error: 54:1: " if "54:1" in err else "error: 56:6: ")


def test_ten_thousand_lines(router):
    text = "configure\n" + "".join(f"set policy prefix-list L{i // 100} rule {i % 100 + 1} prefix 10.{i // 250}.{i % 250}.0/24\n"
                                   for i in range(10000)) + "compare | count\n"
    started = time.monotonic()
    out = router.good(text=text)
    seconds = time.monotonic() - started
    assert out.strip() == "10000", out
    assert seconds < 40 * SLOW, seconds


def test_paste(router):
    """Hundreds of lines at once, one of them wrong: the others are taken."""
    lines = [f"set policy prefix-list P rule {i} prefix 10.1.{i}.0/24" for i in range(1, 201)]
    lines[99] = "set policy prefix-list P rule 100 prefix 10.1.100.0/99"
    lines[149] = "no vpn-instance nowhere"
    lines.insert(10, "interface eth8 {\n\tmtu 1400\n\tipv4 address 10.8.0.1/24\n}")
    with Terminal(router) as t:
        t.line("configure")
        t.type("\n".join(lines) + "\n")
        text = t.prompt(60)
        has(text, "10.1.100.0/99", "nothing to remove")
        assert text.count("error: ") == 2, text
        has(t.line("compare | count"), "\n200\n")
        has(t.line("show interface eth8"), "mtu 1400", "10.8.0.1/24")


def test_marks(router):
    program = subprocess.run(router.command() + ["--marks"], capture_output=True, text=True, check=False, timeout=60 * SLOW,
                             input="show version\nbananas\nconfigure\nsystem hostname r2\nno description\nshow system\n")
    answers = program.stdout.split("\x1e")
    assert [a.split("\n")[0] for a in answers[1:]] == ["0", "1", "0", "0", "1", "0"], program.stdout
    has(answers[5], "system hostname r2")


def test_history(router):
    path = os.path.join(router.home, ".strata_history")
    if os.path.exists(path):
        os.remove(path)
    with Terminal(router) as t:
        t.line("show version")
        t.line("show configuration system")
        t.type("\x04")
        assert t.has_ended()
    assert os.stat(path).st_mode & 0o777 == 0o600
    has(router.read("home/.strata_history"), "show version\nshow configuration system\n")
    with Terminal(router) as t:
        has(t.keys("\x1b[A"), "show configuration system")
        t.type("\n")
        has(t.prompt(), "hostname r1")
        t.keys("\x12")  # Ctrl-R
        has(t.keys("vers"), "show version")
        t.type("\n")
        has(t.prompt(), "strata ")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(f"show line {i}\n" for i in range(5000))
    with Terminal(router) as t:
        t.line("show version")
    lines = router.read("home/.strata_history").split("\n")
    assert 900 < len(lines) < 1100 and lines[-2] == "show version" and lines[0] != "show line 0", lines[:2]


def test_pages(router):
    with Terminal(router, rows=12) as t:
        t.line("configure")
        t.line("load override base.conf")
        for i in range(30):
            t.type(f"set policy prefix-list P rule {i + 1} prefix 10.1.{i}.0/24\n")
        t.prompt(30)
        t.type("show\n")
        t.expect("--More--")
        t.type(" ")
        t.expect("--More--")
        t.type("q")
        t.prompt()
        has_not(t.line("show | no-more"), "--More--")
        t.type("show\n")
        t.expect("--More--")
        t.type("\x03")
        t.prompt()
        t.line("discard")


def test_gone_mgmtd(router):
    done = subprocess.run([router.command()[0], "--run-dir", router.dir + "/nowhere", "-c", "show version"],
                          capture_output=True, text=True, check=False, timeout=60 * SLOW)
    assert done.returncode == 1
    has(done.stderr, "mgmtd cannot be reached")


def test_strangers_are_told_why(router):
    """Who may not open mgmtd's socket; only root can play somebody else."""
    if os.getuid() != 0:
        return
    os.chmod(router.dir, 0o755)
    done = subprocess.run(router.command() + ["-c", "show version"], capture_output=True, text=True, cwd="/", user=65534,
                          group=65534, extra_groups=[], env=router.environment(), timeout=60 * SLOW, check=False)
    assert done.returncode == 1, done
    has(done.stderr, "permission denied", "group strata")


def test_what_is_not_configured(router):
    for command in ("show configuration bgp neighbor 10.0.0.1", "show configuration interface eth0 vpn-instance",
                    "show configuration expanded interface eth9"):
        status, out, err = router.run(command)
        assert (status, out) == (1, ""), (command, status, out)
        has(err, "note: not configured: ")
    assert router.run("show configuration interface eth9 | json")[:2] == (1, "{}\n")
    status, out, err = router.run("configure", "show interface eth9")
    assert (status, out) == (1, ""), out
    has(router.good("show configuration interface eth0 mtu"), "interface eth0 mtu 1500")
    has(router.good("configure", "show vpn-instance red"), "vpn-instance red")
    router.good("configure", "load override /dev/null", "show")


def test_area_as_a_number(router):
    router.good("configure", "ospf area 0 interface eth0", "commit")
    has(router.good("show configuration ospf area 0 interface eth0"), "ospf area 0.0.0.0 interface eth0")
    router.good("configure", "no ospf area 0", "commit")
    assert router.run("show configuration ospf area 0")[0] == 1


def test_pages_go_back(router):
    lines = "".join(f"set policy prefix-list P rule {i} prefix 10.1.{i}.0/24 action permit\n" for i in range(1, 41))
    router.good(text="configure\n" + lines + "commit\n")
    with Terminal(router, rows=12) as t:
        t.type("show configuration policy | set | match 10.1\n")
        for _ in range(2):
            t.expect("--More--")
            t.type(" ")
        t.expect("--More--")
        t.type("b")
        text = t.expect(r"--More-- \(\d+ lines below\)")
        has(text, "rule 22 ")
        has_not(text, "rule 33 ")
        t.type("g")
        has(t.expect("lines below"), "rule 1 ")
        t.type("/rule 1[59]\r")
        text = t.expect("lines below")
        has(text, "P rule 15 ")
        has_not(text, "P rule 14 ")
        t.type("n")
        has(t.expect("lines below"), "P rule 19 ")
        t.type("N")
        has(t.expect("lines below"), "P rule 15 ")
        t.resize(6, 120)  # noticed at once
        text = t.expect("lines below")
        assert text.count("rule ") == 5, text
        t.type("/rule 40\r")
        t.expect("looking for it")
        has(t.prompt(), "rule 40 ")


def test_events_as_json(router):
    with Terminal(router) as t:
        t.type("monitor events match config-change | json\n")
        t.keys("")
        router.good("configure", "system hostname r2", "commit")
        t.expect(r'^\{"ietf-restconf:notification": \{"eventTime": "[^"]*Z", "ietf-netconf-notifications:netconf-config-change"')
        text = t.expect(r"\}\n")
        has(text, '"datastore":"running"')
        t.type("q")
        t.prompt()


def test_ping_and_traceroute(router):
    """With programs that say how they were called."""
    os.makedirs(os.path.join(router.dir, "tools"), exist_ok=True)
    for name in ("ping", "traceroute"):
        path = os.path.join(router.dir, router.write("tools/" + name, '#!/bin/sh\necho "$0" "$@"\n[ "$*" = "${*#*9.9}" ]\n'))
        os.chmod(path, 0o755)
    prefix = router.dir + "/tools/"
    assert router.good("ping 10.0.0.1") == prefix + "ping -n -c 5 10.0.0.1\n"
    out = router.good("ping 10.0.0.1 source 10.0.0.2 count 3 size 1472 ttl 9 df vpn-instance public")
    assert out == prefix + "ping -n -c 3 -I 10.0.0.2 -s 1472 -t 9 -M do 10.0.0.1\n", out
    assert router.good("ping vpn-instance public 10.0.0.1 count 3") == prefix + "ping -n -c 3 10.0.0.1\n"
    assert router.good("trace vpn-instance public fd00::1 ttl 7") == prefix + "traceroute -n -e -m 7 fd00::1\n"
    assert router.good("trace fd00::1 ttl 7") == prefix + "traceroute -n -e -m 7 fd00::1\n"
    assert router.good("ping r2 | count") == "1\n"
    assert router.run("ping 10.9.9.9")[0] == 1  # no answer
    assert router.run("configure", "run ping 10.0.0.1")[1] == prefix + "ping -n -c 5 10.0.0.1\n"
    for line, word in (("ping -f", "-f"), ("ping 10.0.0.1 -f", "-f"), ("ping ;reboot", ";"), ("ping 10.0.0.1 source x", "x"),
                       ("ping 10.0.0.1 size 70000", "70000"), ("ping $(reboot)", "$(reboot)"), ("ping 10.0.0.1 ttl 0", "0")):
        status, out, err = router.run(line)
        assert (status, out) == (1, ""), (line, out)
        assert mark_of(err, line).startswith(word), err
    status, out, err = router.run("ping 10.0.0.1 vpn-instance red")
    assert (status, out) == (1, "")
    has(err, "error: vpn-instance red is not in the kernel", "ribd is not running")
    os.remove(prefix + "ping")
    os.remove(prefix + "traceroute")
    with Terminal(router) as t:
        has(offered(t, "ping 10.0.0.1 "), "vpn-instance ", "df ", "<Enter>", "Never in fragments")
        t.type("ping 127.0.0.1 count 100\n")
        t.keys("")
        t.type("\x03")  # ends it, not the shell
        t.prompt()
        has(t.line("show version"), "strata ")
