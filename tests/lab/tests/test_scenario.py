# SPDX-License-Identifier: Apache-2.0
"""Reading scenarios: what is right is read, what is wrong is told with file and key."""

import pathlib
import tempfile
import unittest

from stratalab import checkfile, topology
from stratalab.errors import InputError

SCENARIOS = pathlib.Path(__file__).resolve().parents[2] / "scenarios"

TOPOLOGY = """
[nodes.a]
program = "host"
[nodes.a.addresses]
a-r = ["10.0.0.1/24"]
[nodes.b]
program = "host"
addresses = { b-r = ["10.0.1.1/24"] }
[nodes.r]
program = "strata"
[[links]]
ends = ["a", "r"]
[[links]]
ends = ["r", "b"]
mtu = 1600
"""


class ScenarioTest(unittest.TestCase):
    """a scratch scenario of three nodes, and ours"""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        (self.folder / "r.conf").write_text("")

    def tearDown(self):
        self.scratch.cleanup()

    def topology(self, text=TOPOLOGY):
        """Reads a topology text."""
        (self.folder / "topology.toml").write_text(text)
        return topology.load(self.folder)

    def checks(self, text):
        """Reads a checks text."""
        plan = self.topology()
        (self.folder / "checks.toml").write_text(text)
        return checkfile.load(self.folder, plan)

    def refuses(self, key, old, new):
        """The topology with one change is refused, naming file and key."""
        with self.assertRaises(InputError) as caught:
            self.topology(TOPOLOGY.replace(old, new, 1))
        self.assertIn("topology.toml", caught.exception.file)
        self.assertEqual(caught.exception.key, key)
        self.assertIn(key, str(caught.exception))

    def refuses_checks(self, key, text):
        """The checks are refused, naming file and key."""
        with self.assertRaises(InputError) as caught:
            self.checks(text)
        self.assertIn("checks.toml", caught.exception.file)
        self.assertEqual(caught.exception.key, key)

    def test_reads_a_topology(self):
        plan = self.topology()
        self.assertEqual(list(plan.nodes), ["a", "b", "r"])
        self.assertEqual(plan.links[1].mtu, 1600)
        self.assertEqual(plan.link_between("b", "r"), ("b-r", "r-b"))
        self.assertEqual(plan.far_end("r", "r-a").node, "a")
        self.assertEqual(plan.nodes["b"].address(), "10.0.1.1")

    def test_our_scenarios_are_right(self):
        for folder in SCENARIOS.iterdir():
            if (folder / "topology.toml").exists():
                plan = topology.load(folder)
                _, checks = checkfile.load(folder, plan)
                self.assertTrue(checks)

    def test_wrong_topologies(self):
        self.refuses("nodes.a.program", '"host"', '"hots"')
        self.refuses("nodes.r.config", 'program = "strata"', 'program = "strata"\nconfig = "x"')
        self.refuses("nodes.r.batch", 'program = "strata"', 'program = "static"')
        self.refuses("nodes.a.address", "[nodes.a.addresses]", "[nodes.a.address]")
        self.refuses("nodes.a.addresses.a-r", "10.0.0.1/24", "10.0.0.1/33")
        self.refuses("nodes.a.addresses.a-x", "a-r =", "a-x =")
        self.refuses("links[1].ends", '["a", "r"]', '["a", "x"]')
        self.refuses("links[2].mtu", "1600", "16")
        self.refuses("links[2].mtu", "1600", '"1600"')
        self.refuses("links[2].mut", "mtu = 1600", "mut = 1600")
        self.refuses("links[1].interfaces", 'ends = ["a", "r"]',
                     'ends = ["a", "r"]\ninterfaces = ["a-name-too-long-by-far", "r-a"]')
        self.refuses("nodes.thisnameisfartoolong", "[nodes.b]", "[nodes.thisnameisfartoolong]\n"
                     'program = "host"\n[nodes.b]')
        self.refuses("", "[nodes.a]", "[nodes.a")

    def test_says_what_may_be_meant(self):
        for old, new, hint in (('program = "host"', 'program = "hots"', "did you mean host"),
                               ('program = "host"', 'progam = "host"', "is 'progam' misspelt"),
                               ("mtu = 1600", "mut = 1600", "did you mean mtu")):
            with self.assertRaises(InputError) as caught:
                self.topology(TOPOLOGY.replace(old, new, 1))
            self.assertIn(hint, str(caught.exception))
        for text, hint in (('[[ping]]\nform = "a"\nto = "b"', "is 'form' misspelt"),
                           ('[[pnig]]\nfrom = "a"', "did you mean ping"),
                           ('[[route]]\nnode = "srtata"\nabsent = "10.0.0.0/8"', "no node")):
            with self.assertRaises(InputError) as caught:
                self.checks(text)
            self.assertIn(hint, str(caught.exception))

    def test_two_cables_need_names(self):
        twice = TOPOLOGY + '[[links]]\nends = ["r", "b"]\n'
        with self.assertRaises(InputError):
            self.topology(twice)
        plan = self.topology(twice + 'interfaces = ["r-b2", "b-r2"]\n')
        self.assertEqual(len(plan.links), 3)

    def test_reads_checks(self):
        settings, checks = self.checks("""
            [settings]
            converge-seconds = 5
            [[ping]]
            from = "a"
            to = "b"
            size = 1500
            df = true
            [[stack]]
            from = "a"
            to = "b"
            links = { r-b = [16, "r bgp custX 10.0.1.0/24"] }
            [[route]]
            node = "strata"
            absent = "10.3.0.0/16"
        """)
        self.assertEqual(settings.converge_seconds, 5)
        self.assertEqual([check.kind for check in checks], ["ping", "stack", "route"])
        self.assertEqual(checks[0]["address"], "10.0.1.1")
        self.assertEqual(checks[2]["nodes"], ["r"])

    def test_wrong_checks(self):
        self.refuses_checks("ping[1].from", '[[ping]]\nfrom = "x"\nto = "b"')
        self.refuses_checks("ping[1].to", '[[ping]]\nfrom = "a"\nto = "x"')
        self.refuses_checks("ping[1].count", '[[ping]]\nfrom = "a"\nto = "b"\ncount = 0')
        self.refuses_checks("ping[1].colour", '[[ping]]\nfrom = "a"\nto = "b"\ncolour = 1')
        self.refuses_checks("pnig", '[[pnig]]\nfrom = "a"')
        self.refuses_checks("stack[1].links.a-b",
                            '[[stack]]\nfrom = "a"\nto = "b"\nlinks = { a-b = [] }')
        self.refuses_checks("stack[1].links.r-b",
                            '[[stack]]\nfrom = "a"\nto = "b"\nlinks = { r-b = ["r 10"] }')
        self.refuses_checks("stack[1].links.r-b",
                            '[[stack]]\nfrom = "a"\nto = "b"\nlinks = { r-b = ["a ldp 10.0.0.0/8"] }')
        self.refuses_checks("route[1]", '[[route]]\nnode = "r"')
        self.refuses_checks("route[1].absent", '[[route]]\nnode = "r"\nabsent = ["10.0.0.1/8"]')
        self.refuses_checks("forge[1].twin", '[[forge]]\nfrom = "a"\nlabels = [16]\nto = "b"\n'
                            "twin = true")
        self.refuses_checks("kill[1].router", '[[kill]]\nrouter = "a"\ndaemon = "x"\n'
                            'from = "a"\nto = "b"')
        self.refuses_checks("exec[1].match", '[[exec]]\nnode = "a"\ncommand = "x"\nmatch = "("')
