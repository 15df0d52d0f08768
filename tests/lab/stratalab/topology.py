# SPDX-License-Identifier: Apache-2.0
"""topology.toml: which nodes there are, what runs on them, how they are cabled.

A scenario may stand on another one (`base`): it has that one's nodes and links, but those that it
leaves out or gives again, and any file of a node that it does not have itself.
"""

import dataclasses
import ipaddress
import pathlib
import re

from . import tomlread

PROGRAMS = ("strata", "host", "static", "switch", "bird")
CONFIGURED = {"strata": ".conf", "bird": ".bird"}
NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,14}$")
INTERFACE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,14}$")
FORWARDING = {"net.ipv4.ip_forward": 1, "net.ipv4.conf.all.rp_filter": 0,
              "net.ipv4.conf.default.rp_filter": 0}
STATIC_SYSCTLS = FORWARDING | {"net.mpls.platform_labels": 100000}


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
    """The whole of topology.toml; `folders` are its own and those of its bases."""

    def __init__(self, folders, name, nodes, links):
        self.folder = folders[0]
        self.folders = folders
        self.name = name
        self.nodes = nodes
        self.links = links

    def routers(self):
        """The nodes that run Strata."""
        return [node for node in self.nodes.values() if node.program == "strata"]

    def started(self):
        """The nodes on which a routing program is started."""
        return [node for node in self.nodes.values() if node.program in CONFIGURED]

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
        """Interfaces of the first cable between two nodes, (at one, at two), or None; a way that
        leads through switches only counts as one."""
        waiting = [(near.interface, far) for link in self.links
                   for near, far in (link.ends, link.ends[::-1]) if near.node == one]
        passed = {one}
        while waiting:
            interface, far = waiting.pop(0)
            if far.node == two:
                return interface, far.interface
            if far.node not in passed and self.nodes[far.node].program == "switch":
                passed.add(far.node)
                waiting += [(interface, end) for link in self.links
                            for near, end in (link.ends, link.ends[::-1]) if near.node == far.node]
        return None

    def sender_of(self, node, interface, source):
        """The node that sent a frame which a node received: the cable's other end, or behind a
        switch the one with this source address; None if nobody has it."""
        far = self.far_end(node, interface)
        if far is None or self.nodes[far.node].program != "switch":
            return far.node if far else None
        for number, link in enumerate(self.links):
            for side, end in enumerate(link.ends):
                if source == hardware_address(number, side):
                    return end.node
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
        return {"verb": "build", "nodes": nodes, "links": links, "scenario": str(self.folder)}


def hardware_address(number, side):
    """What the agent gives the ends of the cable with this number."""
    return bytes((2, 0, 0, 0, number, side + 1))


def read_ends(table, nodes):
    """The two ends of one [[links]] entry."""
    names = table.texts("ends")
    if len(names) != 2 or names[0] == names[1]:
        table.fail("ends", f"must name two different nodes, not {names!r}")
    for name in names:
        if name not in nodes:
            table.fail("ends", f"there is no node {name!r}"
                       + tomlread.did_you_mean(name, nodes))
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


def read_links(root, nodes, inherited):
    """All [[links]], behind those of the base that none of them replaces (has an end of)."""
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
    kept = [link for link in inherited
            if not any((end.node, end.interface) in used for end in link.ends)]
    if not links and not kept:
        root.fail("links", "is missing (an array of tables: [[links]])")
    if len(kept + links) > 255:
        root.fail("links", "255 are the most")
    return kept + links


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


def find_file(folders, name):
    """A file in the first of the scenario's folders that has it, or None."""
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def existing_file(table, key, folders, default):
    """The file that a key names."""
    name = table.text(key, default)
    path = find_file(folders, name)
    if path is None:
        table.fail(key, "there is no file " + " or ".join(str(one / name) for one in folders))
    return path


def read_node(table, name, folders):
    """One [nodes.NAME]."""
    if not NAME.match(name):
        table.fail("", f"node name {name!r} must have 1 to 15 letters, digits or '_'")
    node = Node(name, table.word("program", PROGRAMS))
    if node.program in CONFIGURED:
        node.config = existing_file(table, "config", folders, name + CONFIGURED[node.program])
    if node.program in ("host", "static", "bird", "strata"):
        node.routes = table.texts("routes", [])
    if node.program in ("host", "static", "bird"):
        node.addresses = read_addresses(table)
        node.sysctls = read_sysctls(table)
    if node.program == "static":
        node.batch = existing_file(table, "batch", folders, f"{name}.ip")
    table.done()
    return node


def check_interfaces(root, topology):
    """Addresses name interfaces that exist; what forwards gets its forwarding switched on."""
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
        if node.program == "bird":
            node.sysctls = FORWARDING | node.sysctls


def read_layers(folder):
    """[(folder, root Table)] of a scenario and its bases, itself first."""
    layers = []
    while True:
        root = tomlread.load(folder / "topology.toml")
        layers.append((folder, root))
        base = root.text("base", None)
        if base is None:
            return layers
        folder = (folder.parent / base).resolve()
        if not (folder / "topology.toml").is_file():
            root.fail("base", f"there is no scenario {folder}")
        if folder in [known for known, _ in layers]:
            root.fail("base", f"{base} stands on this scenario itself")


def leave_out(root, nodes, links):
    """`without`: drops nodes with their links, and links named NODE-NODE, of the base."""
    for name in root.texts("without", []):
        ends = set(name.split("-"))
        if name in nodes:
            del nodes[name]
            links = [link for link in links if name not in (end.node for end in link.ends)]
        elif len(ends) == 2 and any({end.node for end in link.ends} == ends for link in links):
            links = [link for link in links if {end.node for end in link.ends} != ends]
        else:
            root.fail("without", f"the base has no node and no link {name!r}")
    return links


def load(folder):
    """The topology of a scenario's folder; InputError when it is wrong."""
    layers = read_layers(pathlib.Path(folder).resolve())
    folders = [place for place, _ in layers]
    nodes = {}
    links = []
    for _, root in reversed(layers):
        links = leave_out(root, nodes, links)
        inner = root.table("nodes", None if nodes else tomlread.MISSING)
        for key in inner.values if inner else {}:
            nodes[key] = read_node(inner.table(key), key, folders)
        links = read_links(root, nodes, links)
        root.text("name", None)
        root.done()
    root = layers[0][1]
    topology = Topology(folders, root.text("name", folders[0].name), nodes, links)
    check_interfaces(root, topology)
    return topology
