# SPDX-License-Identifier: Apache-2.0
"""What runs decide without a network: groups of checks, losses of a round of kills, shells."""

import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from stratalab import checkfile, cli, disturb, lab, native, runner, shells, startup, topology, \
    ways
from stratalab.errors import LabError, StartError


def check(kind, name="", converge=False, **fields):
    """A check by hand."""
    return checkfile.Check(kind, name, fields, converge)


# Answers every line with its capitals; "die" ends it, "slow" never answers, "bad" fails.
ECHO = """
import sys
for line in sys.stdin:
    line = line.strip()
    if line == "show die":
        sys.exit(3)
    if line == "show slow":
        continue
    if line == "show bad":
        print("no such thing", file=sys.stderr, flush=True)
    print(line.upper())
    print(f"\\x1e{int(line == 'show bad')}", flush=True)
"""


def start_echo(_name):
    """A process that behaves as `strata --marks` does."""
    return subprocess.Popen([sys.executable, "-c", ECHO], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Ways(unittest.TestCase):
    """Which router is configured how."""

    def test_the_last_that_fits_counts(self):
        self.assertEqual(ways.chosen("a", []), "file")
        self.assertEqual(ways.chosen("a", ["json", "a=xml", "b=text"]), "xml")
        self.assertEqual(ways.chosen("b", ["json", "a=xml"]), "json")
        for wrong in ("xm", "a=", "a=b=c"):
            with self.assertRaises(LabError):
                ways.chosen("a", [wrong])

    def test_mixed_goes_round(self):
        plan = topology.load(cli.SCENARIOS / "csc-bgp")
        mixed = ways.of_routers(plan, ["csc-bgp=mixed"])
        self.assertEqual(set(mixed.values()), set(ways.WAYS) - {"file"})
        self.assertEqual(len(mixed), len(plan.routers()) - 2)  # 9 routers, 6 ways
        self.assertEqual(ways.of_routers(plan, ["other=mixed"]), {})
        self.assertEqual(set(ways.of_routers(plan, ["xml"])), {n.name for n in plan.routers()})


class RunTest(unittest.TestCase):
    """decisions of runner and disturb, and the shells"""

    def test_groups(self):
        checks = [check("ping"), check("ping"), check("stack"), check("stack"), check("forge"),
                  check("forge", twin=True), check("forge"), check("forge"), check("tcp"),
                  check("tcp")]
        self.assertEqual([[one.kind for one in group] for group in disturb.groups(checks)],
                         [["ping", "ping"], ["stack"], ["stack"], ["forge"], ["forge"],
                          ["forge", "forge"], ["tcp"], ["tcp"]])

    def test_booting_is_said_before_it_takes_long(self):
        said = []

        def start_machine(_self):
            self.assertEqual(said, ["booting the virtual machine"])
            raise StartError("no machine here")

        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(native, "is_capable", return_value=False), \
                mock.patch.object(lab.Lab, "start_machine", start_machine):
            with self.assertRaisesRegex(StartError, "no machine here"):
                lab.Lab(folder).start("scenario", "build", said.append)
        self.assertEqual(len(said), 1)

    def test_losses_belong_to_the_kill_before(self):
        timeline = [[number, 100.0 + number, None if number in (3, 4, 8) else 0.01]
                    for number in range(10)]
        kills = [(101.5, "p ribd"), (105.0, "p mgmtd"), (107.0, "s1 ribd")]
        self.assertEqual(disturb.losses(timeline, kills),
                         [("p ribd", 2, 2.5), ("s1 ribd", 1, 1.0)])
        self.assertEqual(disturb.losses(timeline[:3], kills), [])

    def test_chooses_checks(self):
        checks = [check("ping", converge=True), check("tcp"), check("kill"), check("kill-round")]
        self.assertEqual(len(runner.choose(checks, None, [])), 4)
        self.assertEqual([one.kind for one in runner.choose(checks, ["kill"], [])],
                         ["ping", "kill"])
        self.assertEqual([one.kind for one in runner.choose(checks, None, ["kill", "ping"])],
                         ["ping", "tcp", "kill-round"])

    def test_which_commands_a_shell_answers(self):
        self.assertEqual(shells.question_of("strata -c 'show mpls label | json'"),
                         "show mpls label | json")
        self.assertEqual(shells.question_of(["strata", "-c", "request platform audit"]),
                         "request platform audit")
        for other in ("strata -c 'configure'", "strata -c 'show x' | cat", "ip route",
                      "strata -c \"show $HOME\"", "strata -c 'show x' -c 'show y'", "strata -c '"):
            self.assertIsNone(shells.question_of(other), other)

    def test_shells_answer(self):
        some = shells.Shells(start_echo)
        try:
            for word in ("one", "two"):
                self.assertEqual(some.ask("r", f"show {word}", 10),
                                 {"status": 0, "output": f"SHOW {word.upper()}\n", "errors": ""})
            self.assertEqual(some.ask("r", "show bad", 10),
                             {"status": 1, "output": "SHOW BAD\n", "errors": "no such thing\n"})
            self.assertIsNone(some.ask("r", "show die", 10))
            self.assertEqual(some.ask("r", "show again", 10)["output"], "SHOW AGAIN\n")
            self.assertIsNone(some.ask("r", "show slow", 0.2))
            self.assertEqual(some.ask("r", "show again", 10)["output"], "SHOW AGAIN\n")
        finally:
            some.stop_all()

    def test_who_took_its_configuration(self):
        bad = ('2026-11-22T17:31:08.477Z error mgmtd configuration-bad error="/x/a.conf:2:15: /bgp: '
               'unknown word "nonsense"" effect="the configuration is empty"\n')
        good = ('2026-11-22T17:31:09.477Z info mgmtd committed sequence=1 author=boot '
                'comment="boot configuration /x/a.conf"\n')
        self.assertEqual(startup.verdict("strata", "stratad started\n" + bad),
                         (True, '/x/a.conf:2:15: /bgp: unknown word "nonsense"'))
        self.assertEqual(startup.verdict("strata", good), (True, None))
        self.assertEqual(startup.verdict("strata", "stratad started\n"), (False, None))
        self.assertEqual(startup.verdict("bird", "bird: Started\n"), (True, None))
        self.assertEqual(startup.verdict("bird", "bird: /x/a.bird:2:1 syntax error, unexpected X\n"),
                         (True, "/x/a.bird:2:1 syntax error, unexpected X"))
