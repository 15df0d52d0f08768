# SPDX-License-Identifier: Apache-2.0
"""checks.toml: what a scenario must do. Reads and validates only; checks*.py carry out.

Every check becomes a Check: its kind, its name and its validated fields.
"""

import dataclasses
import pathlib
import re

from . import tomlread

LABEL_TOP = (1 << 20) - 1
OWNER_WORDS = (3, 4)
KINDS = ("ping", "stack", "route", "tcp", "exec", "forge", "fault", "kill", "kill-round", "audit")


@dataclasses.dataclass
class Check:
    """One check: kind is the name of its array in checks.toml."""
    kind: str
    name: str
    fields: dict
    is_for_convergence: bool = False

    def __getitem__(self, key):
        return self.fields[key]


@dataclasses.dataclass
class Settings:
    """[settings]"""
    converge_seconds: float = 120.0
    poll_seconds: float = 1.0
    labels_command: str = "strata -c 'show mpls label | json'"
    routes_command: str = "strata -c 'show route | json'"
    audit_command: str = ""
    audit_clean: str = ""
    guard: dict | None = None


class Reader:
    """Reads checks against a topology."""

    def __init__(self, plan):
        self.plan = plan
        self.checks = []

    def node(self, table, key, default=tomlread.MISSING):
        """The name of a node."""
        name = table.text(key, default)
        if name is not default and name not in self.plan.nodes:
            table.fail(key, f"there is no node {name!r}"
                       + tomlread.did_you_mean(name, self.plan.nodes))
        return name

    def nodes(self, table, key, default=tomlread.MISSING):
        """Names of nodes; "strata" stands for all routers that run Strata."""
        names = table.texts(key, default)
        if names is default:
            return names
        found = []
        for name in names:
            if name == "strata":
                found += [node.name for node in self.plan.routers()]
            elif name in self.plan.nodes:
                found.append(name)
            else:
                table.fail(key, f"there is no node {name!r}"
                           + tomlread.did_you_mean(name, self.plan.nodes))
        return found

    def target(self, table):
        """(node or None, address) of `to`: a node's name or an address."""
        text = table.text("to")
        if text in self.plan.nodes:
            address = table.address("address", None) or self.plan.nodes[text].address()
            if address is None:
                table.fail("to", f"node {text} has no address in topology.toml: add `address`")
            return text, address
        if not re.match(r"^[0-9.]+$", text):
            table.fail("to", f"there is no node {text!r}"
                       + tomlread.did_you_mean(text, self.plan.nodes))
        return None, table.address("to")

    def labels(self, table, key):
        """A label stack, top first: numbers or the words of labels.py."""
        value = table.get(key, list, "a list of labels, top first")
        for item in value:
            if isinstance(item, int) and not isinstance(item, bool):
                if not 0 <= item <= LABEL_TOP:
                    table.fail(key, f"label {item} is not between 0 and {LABEL_TOP}")
                continue
            words = item.split() if isinstance(item, str) else []
            if len(words) not in OWNER_WORDS:
                table.fail(key, f"{item!r} is neither a number nor \"ROUTER OWNER "
                           "[VPN-INSTANCE] FEC\"")
            node = self.plan.nodes.get(words[0])
            if node is None or node.program != "strata":
                table.fail(key, f"{item!r}: {words[0]} is no strata router")
        return value

    def regex(self, table, key):
        """A regular expression or None."""
        text = table.text(key, None)
        if text is not None:
            try:
                re.compile(text, re.MULTILINE)
            except re.error as error:
                table.fail(key, f"not a regular expression: {error}")
        return text

    def add(self, kind, table, name, fields, for_convergence):
        """Ends a check's table."""
        given = table.text("name", None) or name
        converge = table.flag("converge", for_convergence)
        table.done()
        self.checks.append(Check(kind, given, fields, converge))

    def read_ping(self, table):
        """[[ping]]"""
        source = self.node(table, "from")
        target, address = self.target(table)
        fields = {"from": source, "address": address, "count": table.number("count", 5, 1, 10000),
                  "size": table.number("size", 84, 44, 65535), "df": table.flag("df", False),
                  "interval": table.number("interval", 0.1, 0.001, 10, float),
                  "loss": table.number("loss", 0, 0, 100, float),
                  "expect": table.word("expect", ("reply", "none"), "reply")}
        self.add("ping", table, f"{source} to {target or address}, {fields['size']} bytes"
                 + (" with DF" if fields["df"] else ""), fields, fields["expect"] == "reply")

    def read_tcp(self, table):
        """[[tcp]]"""
        source, target = self.node(table, "from"), self.node(table, "to")
        address = table.address("address", None) or self.plan.nodes[target].address()
        if address is None:
            table.fail("to", f"node {target} has no address in topology.toml: add `address`")
        size = table.number("bytes", 10_000_000, 1, 1 << 30)
        fields = {"from": source, "to": target, "address": address, "bytes": size,
                  "timeout": table.number("timeout", 120, 1, 3600, float)}
        self.add("tcp", table, f"{source} to {target}, {size} bytes", fields, False)

    def stack_links(self, table, key, default=tomlread.MISSING):
        """{link: label stack} of a table SENDER-RECEIVER = [labels]."""
        inner = table.table(key, default)
        links = {}
        for link in inner.values if inner else {}:
            names = link.split("-")
            if len(names) != 2 or not self.plan.link_between(*names):
                inner.fail(link, "there is no such link (SENDER-RECEIVER)")
            links[link] = self.labels(inner, link)
        return links

    def read_stack(self, table):
        """[[stack]]"""
        source, target = self.node(table, "from"), self.node(table, "to")
        address = table.address("address", None) or self.plan.nodes[target].address()
        fields = {"from": source, "to": target, "address": address,
                  "links": self.stack_links(table, "links")}
        self.add("stack", table, f"{source} to {target}", fields, True)

    def read_route(self, table):
        """[[route]]"""
        nodes = self.nodes(table, "node")
        fields = {"nodes": nodes, "where": table.text("where", "anywhere"),
                  "present": table.prefixes("present", []), "absent": table.prefixes("absent", []),
                  "in": table.texts("in", ["kernel", "strata"])}
        for item in fields["in"]:
            if item not in ("kernel", "strata"):
                table.fail("in", f"must be kernel or strata, not {item!r}")
        if not fields["present"] and not fields["absent"]:
            table.fail("", "needs `present` or `absent`")
        name = f"{', '.join(nodes)}: " + "; ".join(
            f"{key} {', '.join(fields[key])}" for key in ("present", "absent") if fields[key])
        self.add("route", table, name + f" ({fields['where']})", fields, True)

    def read_exec(self, table):
        """[[exec]]"""
        nodes, command = self.nodes(table, "node"), table.text("command")
        fields = {"nodes": nodes, "command": command, "match": self.regex(table, "match"),
                  "no-match": self.regex(table, "no-match"),
                  "status": table.number("status", 0, 0, 255),
                  "timeout": table.number("timeout", 30, 1, 600, float)}
        self.add("exec", table, f"{', '.join(nodes)}: {command}", fields, False)

    def forged_hop(self, table, node, interface):
        """(node, interface) that gets the frames: the cable's end, or `next` over a switch."""
        far = self.plan.far_end(node, interface)
        if self.plan.nodes[far.node].program != "switch":
            return far.node, far.interface
        receiver = self.node(table, "next")
        ends = self.plan.link_between(far.node, receiver)
        if ends is None:
            table.fail("next", f"{receiver} is not on switch {far.node}")
        return receiver, ends[1]

    def read_forge(self, table, settings):
        """[[forge]]"""
        node = self.node(table, "from")
        known = self.plan.interfaces(node)
        interface = table.text("interface", known[0] if known else "")
        if interface not in known:
            table.fail("interface", f"node {node} has no cable end {interface!r}")
        target, address = self.target(table)
        if target is None:
            table.fail("to", "must be the node that would be the victim")
        fields = {"from": node, "interface": interface,
                  "hop": self.forged_hop(table, node, interface),
                  "labels": self.labels(table, "labels"),
                  "to": target, "address": address,
                  "source": table.address("source", self.plan.nodes[node].address() or "10.0.0.1"),
                  "count": table.number("count", 5, 1, 1000),
                  "priority-tags": table.number("priority-tags", 0, 0, 4),
                  "expect": table.word("expect", ("died", "delivered"), "died"),
                  "twin": table.flag("twin", False)}
        if fields["twin"] and settings.guard is None:
            table.fail("twin", "needs [settings.guard]")
        self.add("forge", table, f"{node} to {target}: {fields['labels']}", fields, False)

    def read_kill(self, table):
        """[[kill]]"""
        router, daemon = self.node(table, "router"), table.text("daemon")
        fields = {"router": router, "daemon": daemon, "signal": table.text("signal", "KILL"),
                  "from": self.node(table, "from"), "to": self.node(table, "to"),
                  "rate": table.number("rate", 20, 1, 1000),
                  "expect": table.word("expect", ("no-loss", "recover"), "no-loss"),
                  "recover-seconds": table.number("recover-seconds", 30, 1, 600, float),
                  "observe-seconds": table.number("observe-seconds", 5, 0, 600, float),
                  "restart-seconds": table.number("restart-seconds",
                                                  1 if daemon == "stratad" else 0, 0, 600, float),
                  "audit": table.flag("audit", True)}
        fields["address"] = self.plan.nodes[fields["to"]].address()
        if self.plan.nodes[router].program != "strata":
            table.fail("router", f"{router} is no strata router")
        self.add("kill", table, f"{router} {daemon} SIG{fields['signal']}: {fields['expect']}",
                 fields, False)

    def read_fault(self, table):
        """[[fault]]"""
        node, stack = self.node(table, "node"), table.text("stack")
        wanted = [check for check in self.checks if check.kind == "stack" and check.name == stack]
        if not wanted:
            table.fail("stack", f"there is no [[stack]] named {stack!r}")
        fields = {"node": node, "break": table.text("break"), "mend": table.text("mend"),
                  "stack": wanted[0], "detour": self.stack_links(table, "detour", None),
                  "rate": table.number("rate", 20, 1, 1000),
                  "seconds": table.number("seconds", 10, 1, 600, float),
                  "during": table.word("during", ("lost", "delivered", "rerouted", "any"),
                                       "any"),
                  "recover-seconds": table.number("recover-seconds", 30, 1, 600, float)}
        self.add("fault", table, f"{node}: {fields['break']}", fields, False)

    def daemons(self, table, key):
        """[(router, daemon)] of ["ROUTER DAEMON", ...]."""
        found = []
        for item in table.texts(key, []):
            words = item.split()
            if len(words) != 2:
                table.fail(key, f"{item!r} is not \"ROUTER DAEMON\"")
            node = self.plan.nodes.get(words[0])
            if node is None or node.program != "strata":
                table.fail(key, f"{item!r}: {words[0]} is no strata router")
            found.append(tuple(words))
        return found

    def read_kill_round(self, table):
        """[[kill-round]]"""
        source, target = self.node(table, "from"), self.node(table, "to")
        address = table.address("address", None) or self.plan.nodes[target].address()
        if address is None:
            table.fail("to", f"node {target} has no address in topology.toml: add `address`")
        fields = {"from": source, "to": target, "address": address,
                  "rate": table.number("rate", 20, 1, 1000),
                  "no-loss": self.daemons(table, "no-loss"),
                  "recover": self.daemons(table, "recover"),
                  "gap-seconds": table.number("gap-seconds", 2, 0, 600, float),
                  "recover-seconds": table.number("recover-seconds", 30, 1, 600, float),
                  "observe-seconds": table.number("observe-seconds", 3, 0, 600, float),
                  "restart-seconds": table.number("restart-seconds", 1, 0, 600, float)}
        if not fields["no-loss"] and not fields["recover"]:
            table.fail("", "needs `no-loss` or `recover`")
        self.add("kill-round", table, f"{source} to {target}", fields, False)

    def read_audit(self, table, settings):
        """[[audit]]"""
        nodes = self.nodes(table, "node", None) or [node.name for node in self.plan.routers()]
        if not settings.audit_command:
            table.fail("", "needs [settings.audit]")
        self.add("audit", table, "kernel against intent: " + ", ".join(nodes), {"nodes": nodes},
                 False)


def read_settings(root, reader, settings):
    """[settings] of one file over what an included one said."""
    table = root.table("settings", None)
    if table is None:
        return
    settings.converge_seconds = table.number("converge-seconds", settings.converge_seconds, 1, 3600,
                                             float)
    settings.poll_seconds = table.number("poll-seconds", settings.poll_seconds, 0.1, 60, float)
    settings.labels_command = table.text("labels-command", settings.labels_command)
    settings.routes_command = table.text("routes-command", settings.routes_command)
    guard = table.table("guard", None)
    if guard:
        settings.guard = {"node": reader.node(guard, "node"), "off": guard.text("off"),
                          "on": guard.text("on"),
                          "initially": guard.word("initially", ("on", "off"), "on")}
        guard.done()
    audit = table.table("audit", None)
    if audit:
        settings.audit_command = audit.text("command")
        settings.audit_clean = reader.regex(audit, "clean") or ""
        audit.done()
    table.done()


def read_layers(file, passed=()):
    """The root Tables of a file and those it includes, included ones first, each once."""
    root = tomlread.load(file)
    layers = []
    for name in root.texts("include", []):
        path = (file.parent / name).resolve()
        if path in passed:
            root.fail("include", f"{name} includes this file itself")
        if not path.is_file():
            root.fail("include", f"there is no file {path}")
        known = [layer.file for layer in layers]
        layers += [layer for layer in read_layers(path, (*passed, file)) if layer.file not in known]
    return [*layers, root]


def merged(layers, kind):
    """The tables of one kind of all layers; a later one replaces those that have its `name`."""
    tables = []
    for root in layers:
        own = root.tables(kind)
        names = {table.values["name"] for table in own if "name" in table.values}
        tables = [table for table in tables if table.values.get("name") not in names] + own
    return tables


def load(folder, plan):
    """(Settings, [Check]) of a scenario's folder; InputError when wrong."""
    file = pathlib.Path(folder).resolve() / "checks.toml"
    layers = read_layers(file)
    reader = Reader(plan)
    settings = Settings()
    for root in layers:
        read_settings(root, reader, settings)
    for kind in KINDS:
        for table in merged(layers, kind):
            arguments = [settings] if kind in ("forge", "audit") else []
            getattr(reader, f"read_{kind.replace('-', '_')}")(table, *arguments)
    for root in layers:
        root.done()
    return settings, reader.checks


def raw(folder):
    """What checks.toml says, with what it includes, as one tree; {} without the file."""
    file = pathlib.Path(folder).resolve() / "checks.toml"
    if not file.is_file():
        return {}
    layers = read_layers(file)
    settings = {}
    for root in layers:
        settings |= root.values.get("settings", {})
    found = {kind: [table.values for table in merged(layers, kind)] for kind in KINDS}
    return {"settings": settings} | {kind: tables for kind, tables in found.items() if tables}
