# SPDX-License-Identifier: Apache-2.0
"""Configuration mode: contexts, commits, files, other sessions."""
import os
import re

from cases_words import has, has_not, offered
from pseudo import Terminal


def test_contexts(router):
    with Terminal(router) as t:
        has(t.line("configure"), "strata@r1(config)# ")
        has(t.line("edit vpn-i red vpn-target"), "(config-vpn-instance-red-vpn-target)# ")
        t.line("import 1:1")
        has(t.line("up"), "(config-vpn-instance-red)# ")
        has(t.line("show"), "vpn-target import 1:1")
        has(t.line("up"), "(config)# ")
        has(t.line("interface eth0"), "(config-interface-eth0)# ")
        t.line("mtu 1400")
        has(t.line("ipv4"), "(config-interface-eth0-ipv4)# ")
        t.line("address 10.0.0.1/24")
        has(t.line("exit"), "(config-interface-eth0)# ")
        has(t.line("top"), "(config)# ")
        text = t.line("show | compare")
        has(text, "+ vpn-instance red vpn-target import 1:1", "- interface eth0 mtu 1500", "+ interface eth0 mtu 1400")
        has(t.line("edit system hostname x"), "error: ", "expected a container")
        t.line("discard")
        has(t.line("end"), "strata@r1# ")


def test_outer_words_leave_a_place(router):
    with Terminal(router) as t:
        t.line("configure")
        t.line("mpls")
        t.line("interface eth0")
        has(t.line("interface eth1"), "(config-mpls-interface-eth1)# ")  # the nearest that knows it
        has(t.line("system hostname r2"), "(config)# ")
        t.line("mpls interface eth2")
        has(t.line("ospf"), "(config-ospf)# ")
        has(t.line("bananas"), "error: ", "(config-ospf)# ")
        has(t.line("top"), "(config)# ")
        has(t.line("compare"), "+ mpls interface eth0", "+ mpls interface eth1", "+ mpls interface eth2", "+ system hostname r2")


def test_set_stays(router):
    with Terminal(router) as t:
        t.line("configure")
        for line in ("set mpls interface eth0", "set interface eth1", "set vpn-instance blue", "set mpls", "set interface eth1 mtu 1400"):
            has(t.line(line), "strata@r1(config)# ")
        t.line("mpls")
        has(t.line("set interface eth2"), "(config-mpls)# ")
        has(t.line("compare"), "+ mpls interface eth0", "+ mpls interface eth2", "+ vpn-instance blue", "+ interface eth1 mtu 1400")


def test_pasting_what_is_shown(router):
    shown = router.good("show configuration") + "mpls interface eth0\nospf area 0.0.0.0 interface eth0\npolicy prefix-list X\n"
    router.write("shown.conf", shown)
    loaded = router.good("configure", "load override shown.conf", "show")
    router.write("empty.conf", "\n")
    typed = router.good(text=f"configure\nload override empty.conf\n{shown}top\nshow\n")
    assert typed == loaded, typed


def test_statements(router):
    with Terminal(router) as t:
        t.line("configure")
        t.type("interface eth1 {\n")
        t.expect(r"\.\.\. $")
        has(t.keys("?"), "mtu ", "ipv4 ")
        t.type("  mtu 1400 # a remark\n! a line of remarks\n  ipv4 address 10.0.0.1/24; description \"x ! y\"\n")
        t.type("}\n")
        t.prompt()
        has(t.line("show interface eth1"), "mtu 1400", "address 10.0.0.1/24", 'description "x ! y"')
        t.line("delete interface eth1 description")
        t.line("no interface eth1 mtu")
        t.line("# nothing")
        has(t.line("show interface eth1"), "interface eth1 ipv4 address 10.0.0.1/24")
        has(t.line("no interface eth9"), "nothing to remove")
        t.line("set vpn-instance blue label-mode per-route")
        has(t.line("compare"), "+ vpn-instance blue label-mode per-route", "+ interface eth1 ipv4")


def test_commit(router):
    with Terminal(router) as t:
        t.line("configure")
        t.line("system hostname r2")
        has(t.line("commit check"), "can be committed")
        has(t.line("commit comment \"a new name\""), "committed as ", "strata@r2(config)# ")
        has(t.line("run show configuration history"), "a new name")
        has(t.line("commit"), "nothing to commit")
        t.line("system hostname r3")
        has(t.line("commit and-quit"), "committed as ", "strata@r3# ")
        has(t.line("show configuration system"), "hostname r3")


def test_confirmed_commit(router):
    with Terminal(router) as t:
        t.line("configure")
        t.line("system hostname r2")
        has(t.line("commit confirmed 3"), "goes back by itself in 3 minutes", "[not confirmed] strata@r2(config)# ")
        with Terminal(router) as other:
            has(other.line("configure"), "goes back by itself", "[not confirmed] ")
            other.line("end")
        has(t.line("abort"), "strata@r1(config)# ")
        has_not(t.line(""), "[not confirmed]")
        has(t.line("run show configuration system"), "hostname r1")
        t.line("system hostname r4")
        t.line("commit confirmed")
        text = t.line("commit")
        has(text, "strata@r4(config)# ")
        has_not(text.split("\n")[-1], "[not confirmed]")
        t.line("system hostname r5")
        has(t.line("commit confirmed 5 persist mine"), "[not confirmed] ")
        has(t.line("commit"), "error: ")
        has(t.line("commit persist-id mine"), "strata@r5(config)# ")
        t.line("system hostname r6")
        t.line("commit confirmed 5")
        t.line("end")
        has(t.line("request commit cancel"), "strata@r5# ")
        has(t.line("request commit cancel"), "error: ")


def test_rollback_and_compare(router):
    router.good("configure", "system hostname r2", "commit")
    router.good("configure", "system hostname r3", "commit")
    out = router.good("configure", "compare 1", "compare 2")
    has(out, "- system hostname r2\n+ system hostname r3\n", "- system hostname r1\n+ system hostname r3\n")
    router.good("configure", "rollback 2", "commit")
    assert router.good("show configuration system") == "system hostname r1\n"
    status, _, err = router.run("configure", "rollback 49")
    assert status == 1
    has(err, "error: ")


def test_files(router):
    expected = router.good("show configuration")
    for name in ("all.conf", "all.json", "all.xml"):
        router.good("configure", "save " + name)
        assert os.stat(os.path.join(router.dir, name)).st_mode & 0o777 == 0o600
        out = router.good("configure", "no system", "load override " + name, "compare")
        assert out == "", out
        router.write("nameless", router.read(name))  # the content says what it is
        out = router.good("configure", "no system", "load override nameless", "compare")
        assert out == "", (name, out)
    router.write("more.conf", "interface eth0 description x\nsystem hostname r2\n")
    has(router.good("configure", "load merge more.conf", "show interface eth0"), "mtu 1500", "description x")
    out = router.good("configure", "load replace more.conf", "show")
    has(out, "interface eth0 description x", "vpn-instance red")
    has_not(out, "mtu 1500")
    out = router.good("configure", "load override more.conf", "show")
    assert sorted(out.split("\n")) == sorted(router.read("more.conf").split("\n")), out
    router.write("bad.conf", "system hostname x\ninterface y {\n    mtu big\n}\n")
    status, _, err = router.run("configure", "load merge bad.conf")
    assert status == 1
    has(err, "bad.conf:3:9: ", "      mtu big\n          ^")
    has(router.run("configure", "load merge none.conf")[2], "No such file")
    assert router.good("show configuration") == expected


def test_load_terminal(router):
    with Terminal(router) as t:
        t.line("configure")
        t.type("load merge terminal\n")
        t.expect("Ctrl-D")
        t.type("interface eth3 {\n    mtu 1300\n}\nsystem hostname r8\n")
        t.keys("")
        t.type("\x04")
        t.prompt()
        has(t.line("compare"), "+ interface eth3 mtu 1300", "+ system hostname r8")
    out = router.good(text="configure\nload override terminal\nsystem hostname r9\n")
    assert out == "", out
    out = router.good("configure", "load override -", "show", text='{"strata-system:system": {"hostname": "r7"}}')
    assert out == "system hostname r7\n", out


def test_exclusive(router):
    with Terminal(router) as t:
        has(t.line("configure exclusive"), "(config-exclusive)# ")
        status, _, err = router.run("configure", "system hostname r2", "commit")
        assert status == 1, err
        status, _, err = router.run("configure exclusive")
        assert status == 1, err
        t.line("system hostname r3")
        has(t.line("commit and-quit"), "strata@r3# ")
        router.good("configure", "system hostname r2", "commit")


def test_leaving_with_changes(router):
    with Terminal(router) as t:
        t.line("configure")
        t.line("system hostname r2")
        t.type("end\n")
        t.expect(r"Commit them\? \[cancel/yes/no\] ")
        has(t.line("c"), "(config)# ")
        t.type("exit\n")
        t.expect(r"\[cancel/yes/no\] ")
        has(t.line("no"), "strata@r1# ")
        t.line("configure")
        assert t.line("compare").count("\n") == 1, t.text
        t.line("system hostname r2")
        t.type("\x1a")  # Ctrl-Z
        t.expect(r"\[cancel/yes/no\] ")
        has(t.line("yes"), "strata@r2# ")
        has(t.line("show configuration system"), "hostname r2")
    out = router.run(text="configure\nsystem hostname r3\nend\nshow version\n")
    assert out[0] == 0
    has(out[2], "not committed")
    has(router.run(text="configure\nsystem hostname r3\n")[2], "not committed")


def test_keys(router):
    with Terminal(router) as t:
        t.line("configure")
        t.type("system hostname broken\x03")  # Ctrl-C
        has(t.prompt(), "^C\n")
        t.type("interface eth5 {\n")
        t.expect(r"\.\.\. $")
        t.type("\x03")
        has(t.prompt(), "^C\n")
        assert t.line("compare").count("\n") == 1, t.text
        t.line("interface eth0")
        t.type("\x04")  # Ctrl-D: one place after the other
        has(t.prompt(), "(config)# ")
        t.type("\x04")
        has(t.prompt(), "strata@r1# ")
        t.type("\x04")
        assert t.has_ended()


def test_sessions(router):
    with Terminal(router) as t, Terminal(router) as other:
        t.line("configure")
        t.line("system hostname mine")
        text = other.line("show management session")
        numbers = re.findall(r"^ *(\d+) ", text, re.M)
        assert len(numbers) >= 2, text
        has(text, "shell", "192.0.2.7")
        has(other.line("configure"), "has changes that are not committed")
        other.line("end")
        has(other.line("request session kill 99999"), "error: ")
        other.line(f"request session kill {min(map(int, numbers))}")
        has(t.line("compare"), "what was not committed is gone")
        has_not(t.line("compare"), "is gone")
        has_not(router.good("show configuration"), "mine")


def test_xml_of_netconf(router):
    """With what is around it there, and without; faults are told with the file's own lines."""
    system = '<system xmlns="urn:strata:system">\n<hostname>r9</hostname></system>'
    space = "urn:ietf:params:xml:ns:netconf:base:1.0"
    for text in (system, f'<?xml version="1.0"?>\n<!-- <x> -->\n<config xmlns="{space}">{system}</config>\n',
                 f"<nc:data xmlns:nc='{space}'>\n{system}\n</nc:data>", f"<data xmlns='{space}'>{system}<policy xmlns='urn:strata:policy'/></data>"):
        router.write("r9.xml", text)
        has(router.good("configure", "load merge r9.xml", "compare"), "+ system hostname r9")
    router.write("r9.xml", f"<config xmlns='{space}'/>")
    assert router.good("configure", "load override r9.xml", "show") == ""
    for text, line in ((f"<config xmlns='{space}'>\n{system.replace('hostname', 'hostnam')}</config>", 3), (f"<config xmlns='{space}'>\n", 2),
                       ("<config>\n<x/></config>", 2), (f"<data xmlns='{space}'></config>", 1)):
        router.write("r9.xml", text)
        status, _, err = router.run("configure", "load merge r9.xml")
        assert status == 1
        has(err, f"error: r9.xml:{line}: ")
    router.good("configure", "save all.xml")
    assert router.read("all.xml").startswith(f'<data xmlns="{space}">\n<'), router.read("all.xml")


def test_all_faults_of_a_file(router):
    text = """system hostname r9
interface eth0 mtu huge
bananas {
    apples 1
}
interface eth1 {
    mtu 1400
    mtv 1
}
no interface eth9
ospf router-id 10.0.0.300
"""
    router.write("bad.conf", text)
    for how in ("merge", "override"):
        status, out, err = router.run("configure", f"load {how} bad.conf", "show")
        assert (status, out) == (1, "")
        for place in ("2:20: ", "3:1: ", "8:5: ", "10:4: ", "11:16: "):
            has(err, "error: bad.conf:" + place)
        assert err.count("error: ") == 5, err
        has(err, "      mtv 1\n      ^")
    router.write("bad.conf", "\n".join(f"interface eth{i} mtu x" for i in range(30)) + "\n")
    status, _, err = router.run("configure", "load merge bad.conf")
    assert err.count("error: ") == 10, err
    has(err, "note: there are more errors")
    router.write("bad.conf", 'system hostname "open\ninterface eth0 mtu x\n')  # nothing behind it is understood
    assert router.run("configure", "load merge bad.conf")[2].count("error: ") == 1


def test_delete_all(router):
    out = router.good("configure", "vpn-instance red label-mode per-route", "edit vpn-instance red", "delete", "up", "show vpn-instance red",
                      "top", "delete", "show", "load merge base.conf", "compare")
    assert out == "vpn-instance red\n", out
    with Terminal(router) as t:
        t.line("configure")
        t.type("delete\n")
        t.expect(r"Delete the whole configuration\? \[no/yes\] ")
        t.line("no")
        assert t.line("compare").count("\n") == 1, t.text
        t.type("delete\n")
        t.expect(r"\[no/yes\] ")
        t.line("yes")
        has(t.line("compare"), "- system hostname r1")


def test_where_files_go(router):
    os.mkfifo(os.path.join(router.dir, "fifo"))
    for name in ("fifo", "/dev/null", "home"):
        for command in (f"save {name}", f"show | save {name}"):
            status, _, err = router.run("configure", command)
            assert status == 1
            has(err, f"error: {name}: ")
    router.good("configure", "save ~/mine.conf", "show system | save ~/piped.conf")
    assert router.read("home/piped.conf") == "system hostname r1\n"
    assert os.stat(os.path.join(router.home, "piped.conf")).st_mode & 0o777 == 0o600
    router.write("home/mine.conf", router.read("home/mine.conf") + "# " + "x" * 1000)
    router.good("configure", "save ~/mine.conf")
    has_not(router.read("home/mine.conf"), "xxx")
    with Terminal(router) as t:
        t.line("configure")
        assert t.keys("load merge ~/mi\t").endswith("~/mine.conf "), t.text
        t.type("\n")
        has_not(t.prompt(), "error")
        has(offered(t, "show | save ~/"), "~/mine.conf", "~/piped.conf")
