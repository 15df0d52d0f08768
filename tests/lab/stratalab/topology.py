# SPDX-License-Identifier: Apache-2.0
"""topology.toml: which nodes there are, what runs on them, how they are cabled."""

import dataclasses
import ipaddress
import pathlib
import re

from . import tomlread

PROGRAMS = ("strata", "host", "static")
NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,14}$")
INTERFACE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,14}$")
STATIC_SYSCTLS = {"net.ipv4.ip_forward": 1, "net.ipv4.conf.all.rp_filter": 0,
                  "net.ipv4.conf.default.rp_filter": 0, "net.mpls.platform_labels": 100000}


@dataclasses.dataclass
class End:
    """One end of a cable."""
    node: str
    interface: str


@dataclasses.dataclass
class Link:
    """A cable."""
    ends: list
    mtu: int


@dataclasses.dataclass
class Node:
    """A network namespace and what runs in it."""
    name: str
    program: str
    config: pathlib.Path | None = None
    batch: pathlib.Path | None = None
    addresses: dict = dataclasses.field(default_factory=dict)
    routes: list = dataclasses.field(default_factory=list)
    sysctls: dict = dataclasses.field(default_factory=dict)

    def address(self):
        """The node's first address, or None."""
        for addresses in self.addresses.values():
            for text in addresses:
                return text.split("/")[0]
        return None


class Topology:
    """The whole of topology.toml."""

    def __init__(self, folder, name, nodes, links):
        self.folder = folder
        self.name = name
        self.nodes = nodes
        self.links = links

    def routers(self):
        """The nodes that run Strata."""
        return [node for node in self.nodes.values() if node.program == "strata"]

    def interfaces(self, name):
        """The cable ends of a node."""
        return [end.interface for link in self.links for end in link.ends if end.node == name]

    def far_end(self, node, interface):
        """The End at the other end of a cable."""
        for link in self.links:
            for one, two in (link.ends, link.ends[::-1]):
                if (one.node, one.interface) == (node, interface):
                    return two
        return None

    def link_between(self, one, two):
        """Interfaces of the first cable between two nodes, (at one, at two), or None."""
        for link in self.links:
            for near, far in (link.ends, link.ends[::-1]):
                if (near.node, far.node) == (one, two):
                    return near.interface, far.interface
        return None

    def request(self):
        """What the agent's `build` needs."""
        nodes = {}
        for node in self.nodes.values():
            sysctls = dict(node.sysctls)
            lines = node.batch.read_text(encoding="utf-8").splitlines() if node.batch else []
            nodes[node.name] = {"program": node.program, "addresses": node.addresses,
                                "routes": node.routes, "sysctls": sysctls, "batch": lines,
                                "batch_file": str(node.batch)}
        links = [{"mtu": link.mtu, "ends": [dataclasses.asdict(end) for end in link.ends]}
                 for link in self.links]
        return {"verb": "build", "nodes": nodes, "links": links}


def read_ends(table, nodes):
    """The two ends of one [[links]] entry."""
    names = table.texts("ends")
    if len(names) != 2 or names[0] == names[1]:
        table.fail("ends", f"must name two different nodes, not {names!r}")
    for name in names:
        if name not in nodes:
            table.fail("ends", f"there is no node {name!r}")
    given = table.texts("interfaces", None)
    interfaces = given or [f"{names[0]}-{names[1]}", f"{names[1]}-{names[0]}"]
    if len(interfaces) != 2:
        table.fail("interfaces", "must be two names, in the order of `ends`")
    for interface in interfaces:
        if not INTERFACE.match(interface):
            table.fail("interfaces" if given else "ends",
                       f"interface name {interface!r} must have 1 to 15 letters, digits, '-' or '_'"
                       + ("" if given else "; give other names with `interfaces`"))
    return [End(name, interface) for name, interface in zip(names, interfaces)]


def read_links(root, nodes):
    """All [[links]]."""
    links = []
    used = set()
    for table in root.tables("links"):
        ends = read_ends(table, nodes)
        for end in ends:
            if (end.node, end.interface) in used:
                table.fail("ends", f"node {end.node} already has an interface {end.interface}; "
                           "give other names with `interfaces`")
            used.add((end.node, end.interface))
        links.append(Link(ends, table.number("mtu", 1500, 576, 65535)))
        table.done()
    if not links:
        root.fail("links", "is missing (an array of tables: [[links]])")
    return links


def read_addresses(table):
    """addresses = { interface = ["a/n", ...] }"""
    inner = table.table("addresses", None)
    addresses = {}
    for interface in inner.values if inner else {}:
        addresses[interface] = inner.texts(interface)
        for text in addresses[interface]:
            try:
                ipaddress.IPv4Interface(text)
            except ValueError:
                inner.fail(interface, f"{text!r} is not an IPv4 address with a length")
    return addresses


def read_sysctls(table):
    """sysctls = { "net.ipv4.x" = 1 }"""
    inner = table.table("sysctls", None)
    values = {}
    for key in inner.values if inner else {}:
        values[key] = inner.get(key, (int, str), "a number or a text")
        if not key.startswith("net.") or ".." in key or "/" in key:
            inner.fail(key, "must be a name under net., with dots")
    return values


def existing_file(table, key, folder, name):
    """A file of the scenario's folder."""
    path = folder / name
    if not path.is_file():
        table.fail(key, f"there is no file {path}")
    return path


def read_node(table, name, folder):
    """One [nodes.NAME]."""
    if not NAME.match(name):
        table.fail("", f"node name {name!r} must have 1 to 15 letters, digits or '_'")
    node = Node(name, table.word("program", PROGRAMS))
    if node.program == "strata":
        node.config = existing_file(table, "config", folder, table.text("config", f"{name}.conf"))
    else:
        node.addresses = read_addresses(table)
        node.routes = table.texts("routes", [])
        node.sysctls = read_sysctls(table)
    if node.program == "static":
        node.batch = existing_file(table, "batch", folder, table.text("batch", f"{name}.ip"))
    table.done()
    return node


def check_interfaces(root, topology):
    """Addresses name interfaces that exist; static nodes get their forwarding switched on."""
    for node in topology.nodes.values():
        known = topology.interfaces(node.name)
        for interface in node.addresses:
            if interface != "lo" and interface not in known:
                root.fail(f"nodes.{node.name}.addresses.{interface}",
                          f"no cable has this end; {node.name} has {', '.join(known) or 'none'}")
        if node.program == "static":
            defaults = dict(STATIC_SYSCTLS)
            defaults.update({f"net.mpls.conf.{interface}.input": 1 for interface in known})
            node.sysctls = defaults | node.sysctls


def load(folder):
    """The topology of a scenario's folder; InputError when it is wrong."""
    folder = pathlib.Path(folder).resolve()
    root = tomlread.load(folder / "topology.toml")
    name = root.text("name", folder.name)
    nodes = {}
    inner = root.table("nodes")
    for key in inner.values:
        nodes[key] = read_node(inner.table(key), key, folder)
    topology = Topology(folder, name, nodes, read_links(root, nodes))
    root.done()
    check_interfaces(root, topology)
    return topology
