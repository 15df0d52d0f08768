# SPDX-License-Identifier: Apache-2.0
"""Scenarios that stand on others: bases, included checks, and what `resolve` makes of them."""

import json
import pathlib
import tempfile
import unittest

from stratalab import checkfile, resolve, topology
from stratalab.errors import InputError

BASE = """
[nodes.a]
program = "host"
addresses = { a-r = ["10.0.0.1/24"] }
[nodes.b]
program = "host"
addresses = { b-s = ["10.0.1.1/24"] }
[nodes.evil]
program = "host"
[nodes.r]
program = "strata"
[nodes.s]
program = "strata"
[[links]]
ends = ["a", "r"]
[[links]]
ends = ["r", "s"]
mtu = 1600
[[links]]
ends = ["s", "b"]
[[links]]
ends = ["r", "evil"]
"""


class BaseTest(unittest.TestCase):
    """two scratch scenarios, `upper` on `lower`"""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.scratch.name)
        self.write("lower/topology.toml", BASE)
        self.write("lower/r.conf", "lower r")
        self.write("lower/s.conf", "lower s")

    def tearDown(self):
        self.scratch.cleanup()

    def write(self, name, text):
        """One file of the scratch folder."""
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def upper(self, text):
        """The topology of `upper`."""
        self.write("upper/topology.toml", 'base = "lower"\n' + text)
        return topology.load(self.root / "upper")

    def cables(self, plan):
        """[(end, end, mtu)] of all links."""
        return [("/".join((link.ends[0].node, link.ends[0].interface)),
                 "/".join((link.ends[1].node, link.ends[1].interface)), link.mtu)
                for link in plan.links]

    def test_takes_all_of_the_base(self):
        plan = self.upper("")
        self.assertEqual(list(plan.nodes), ["a", "b", "evil", "r", "s"])
        self.assertEqual(len(plan.links), 4)
        self.assertEqual(plan.name, "upper")
        self.assertEqual(plan.nodes["r"].config.read_text(), "lower r")

    def test_own_files_go_first(self):
        self.write("upper/r.conf", "upper r")
        plan = self.upper("")
        self.assertEqual(plan.nodes["r"].config.read_text(), "upper r")
        self.assertEqual(plan.nodes["s"].config.read_text(), "lower s")

    def test_leaves_out_nodes_and_links(self):
        plan = self.upper('without = ["evil", "s-r"]\n[[links]]\nends = ["r", "s"]\n'
                          'interfaces = ["r-new", "s-new"]\n')
        self.assertNotIn("evil", plan.nodes)
        self.assertEqual(self.cables(plan), [("a/a-r", "r/r-a", 1500), ("s/s-b", "b/b-s", 1500),
                                             ("r/r-new", "s/s-new", 1500)])

    def test_replaces_nodes_and_links(self):
        plan = self.upper('[nodes.a]\nprogram = "host"\naddresses = { a-r = ["10.5.0.1/24"] }\n'
                          '[[links]]\nends = ["s", "r"]\nmtu = 9000\n')
        self.assertEqual(plan.nodes["a"].address(), "10.5.0.1")
        self.assertIn(("s/s-r", "r/r-s", 9000), self.cables(plan))
        self.assertEqual(len(plan.links), 4)

    def test_a_switch_in_place_of_a_cable(self):
        plan = self.upper('[nodes.lan]\nprogram = "switch"\n[[links]]\nends = ["r", "lan"]\n'
                          'interfaces = ["r-s", "lan-r"]\n[[links]]\nends = ["s", "lan"]\n'
                          'interfaces = ["s-r", "lan-s"]\n[[links]]\nends = ["a", "lan"]\n')
        self.assertEqual(plan.link_between("r", "s"), ("r-s", "s-r"))
        self.assertEqual(plan.link_between("a", "s"), ("a-lan", "s-r"))
        self.assertEqual(plan.link_between("a", "r"), ("a-r", "r-a"))
        self.assertIsNone(plan.link_between("a", "b"))
        number = next(place for place, link in enumerate(plan.links)
                      if link.ends[0].node == "s" and link.ends[1].node == "lan")
        self.assertEqual(plan.sender_of("r", "r-s", topology.hardware_address(number, 0)), "s")
        self.assertIsNone(plan.sender_of("r", "r-s", b"\0" * 6))
        self.assertEqual(plan.sender_of("r", "r-a", b"\0" * 6), "a")

    def test_forged_frames_over_a_switch(self):
        plan = self.upper('without = "r-evil"\n[nodes.lan]\nprogram = "switch"\n[[links]]\n'
                          'ends = ["evil", "lan"]\n[[links]]\nends = ["r", "lan"]\n')
        forge = '[[forge]]\nfrom = "evil"\nlabels = [16]\nto = "b"\n'
        for text, key in ((forge, "forge[1].next"), (forge + 'next = "b"\n', "forge[1].next")):
            self.write("upper/checks.toml", text)
            with self.assertRaises(InputError) as caught:
                checkfile.load(self.root / "upper", plan)
            self.assertEqual(caught.exception.key, key)
        self.write("upper/checks.toml", forge + 'next = "r"\n')
        _, checks = checkfile.load(self.root / "upper", plan)
        self.assertEqual(checks[0]["hop"], ("r", "r-lan"))

    def test_a_base_of_a_base(self):
        self.upper('without = "evil"\n')
        self.write("top/topology.toml", 'base = "upper"\n')
        self.write("top/s.conf", "top s")
        plan = topology.load(self.root / "top")
        self.assertNotIn("evil", plan.nodes)
        self.assertEqual(plan.nodes["s"].config.read_text(), "top s")

    def test_wrong_bases(self):
        for text, key in (('without = "x"\n', "without"), ('without = "a-b"\n', "without"),
                          ('[nodes.c]\nprogram = "bird"\n', "nodes.c.config")):
            with self.assertRaises(InputError) as caught:
                self.upper(text)
            self.assertEqual(caught.exception.key, key)
        for base in ("upper", "nowhere"):
            self.write("upper/topology.toml", f'base = "{base}"\n')
            with self.assertRaises(InputError) as caught:
                topology.load(self.root / "upper")
            self.assertEqual(caught.exception.key, "base")

    def test_includes_checks(self):
        self.write("common/one.toml", """
            settings = { converge-seconds = 7, poll-seconds = 2 }
            [[ping]]
            name = "there"
            from = "a"
            to = "b"
            [[ping]]
            from = "b"
            to = "a"
        """)
        self.write("upper/checks.toml", """
            include = ["../common/one.toml"]
            settings = { poll-seconds = 3 }
            [[ping]]
            name = "there"
            from = "a"
            to = "b"
            size = 1000
            [[kill-round]]
            from = "a"
            to = "b"
            no-loss = ["r ribd", "s mgmtd"]
        """)
        settings, checks = checkfile.load(self.root / "upper", self.upper(""))
        self.assertEqual((settings.converge_seconds, settings.poll_seconds), (7, 3))
        self.assertEqual([(check.kind, check.fields.get("size")) for check in checks],
                         [("ping", 84), ("ping", 1000), ("kill-round", None)])
        self.assertEqual(checks[2]["no-loss"], [("r", "ribd"), ("s", "mgmtd")])

    def test_wrong_includes(self):
        plan = self.upper("")
        self.write("common/bad.toml", '[[ping]]\nfrom = "a"\nto = "nobody"\n')
        for text, file, key in (('include = ["x.toml"]', "upper/checks.toml", "include"),
                                ('include = ["checks.toml"]', "upper/checks.toml", "include"),
                                ('include = ["../common/bad.toml"]', "common/bad.toml",
                                 "ping[1].to")):
            self.write("upper/checks.toml", text)
            with self.assertRaises(InputError) as caught:
                checkfile.load(self.root / "upper", plan)
            self.assertTrue(caught.exception.file.endswith(file), caught.exception.file)
            self.assertEqual(caught.exception.key, key)

    def test_resolves(self):
        self.write("upper/b.bird", "router id 1.1.1.1;")
        self.write("upper/b.conf", "upper b")
        self.upper('[nodes.b]\nprogram = "bird"\naddresses = { b-s = ["10.0.1.1/24"] }\n')
        self.write("upper/checks.toml", '[[ping]]\nfrom = "a"\nto = "b"\n')
        value = json.loads(resolve.text(self.root / "upper"))
        self.assertEqual(value["nodes"]["b"]["config"], "upper b")
        self.assertEqual(value["nodes"]["s"]["config"], "lower s")
        self.assertEqual(value["links"][1], {"ends": ["r", "s"], "mtu": 1600,
                                             "interfaces": ["r-s", "s-r"]})
        self.assertEqual(value["checks"]["ping"], [{"from": "a", "to": "b"}])
