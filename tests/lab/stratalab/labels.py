# SPDX-License-Identifier: Apache-2.0
"""Whose label is this: the label tables of the routers, asked live.

A label is written in checks as a number, or as "ROUTER OWNER [VPN-INSTANCE] FEC": the label
that ROUTER's daemon OWNER ("ldp" and "ldpd" are the same) gave out for FEC, for example
"s1 ldp 10.2.0.3/32" or "l2pe2 bgp custX 192.168.2.0/24". "*" for FEC takes any. A label for
the whole of a VPN instance stands for every FEC in it.
"""

import contextlib
import dataclasses
import json

from .errors import LabError

PUBLIC = ("-", "default", "public")
RETIRED = ("resting", "found")
WHOLE_INSTANCE = "vpn-instance"
COMMAND = "strata -c 'show mpls label | json'"


class Unresolved(LabError):
    """A label's words have no label at present."""


@dataclasses.dataclass
class Entry:
    """One row of a router's label table."""
    label: int
    owner: str
    instance: str
    fec: str
    purpose: str

    def is_from(self, owner):
        """Whether a protocol (by its own or its daemon's name) gave this label out."""
        return owner in (self.owner, self.owner.removesuffix("d"), self.purpose)

    def is_for(self, instance, fec):
        """Whether it stands for a FEC; an instance of None is not looked at."""
        if instance is not None and instance != self.instance:
            return False
        if fec in ("*", self.fec):
            return True
        return self.purpose == WHOLE_INSTANCE and bool(instance)

    def words(self):
        """For people: "bgp custX 192.168.2.0/24"."""
        return " ".join(word for word in (self.owner, self.instance, self.fec) if word)


def rows_of(document):
    """The list of objects with a `label` in whatever wrapping a JSON document has."""
    if isinstance(document, list):
        if document and all(isinstance(item, dict) and "label" in item for item in document):
            if not isinstance(document[0]["label"], (list, dict)):
                return document
        children = document
    elif isinstance(document, dict):
        children = list(document.values())
    else:
        return []
    rows = []
    for child in children:
        rows += rows_of(child)
    return rows


def entry_of(row):
    """An Entry from a JSON row; absent columns are empty."""
    def text(*names):
        for name in names:
            value = row.get(name)
            if value is not None and value not in PUBLIC:
                return str(value)
        return ""
    return Entry(int(row["label"]), text("owner", "protocol"), text("vpn-instance", "vrf"),
                 text("fec", "prefix"), text("purpose", "operation"))


def parse_table(text):
    """The entries of `show mpls label | json`."""
    return [entry_of(row) for row in rows_of(json.loads(text))
            if str(row["label"]).isdigit() and row.get("state") not in RETIRED]


class LabelBook:
    """The label tables of all strata routers, each asked at most once until `forget`."""

    def __init__(self, connection, plan):
        self.connection = connection
        self.plan = plan
        self.command = COMMAND
        self.tables = {}

    def forget(self):
        """Asks again next time."""
        self.tables = {}

    def table(self, router):
        """A router's entries; empty for nodes that are no strata routers."""
        node = self.plan.nodes.get(router)
        if node is None or node.program != "strata":
            return []
        if router not in self.tables:
            answer = self.connection.ask("run", node=router, command=self.command)
            try:
                self.tables[router] = parse_table(answer["output"])
            except (ValueError, KeyError, TypeError) as error:
                text = (answer["errors"] or answer["output"]).strip()[:200]
                raise Unresolved(f"{router}: show mpls label: {text or error}") from error
        return self.tables[router]

    def fetch(self, stack):
        """Asks all routers that a stack's words name, a few at a time."""
        wanted = {words.split()[0] for words in stack if isinstance(words, str)}
        self.fetch_routers(name for name in wanted
                           if name in self.plan.nodes and name not in self.tables)

    def fetch_routers(self, names):
        """Asks routers; what goes wrong is told when the table is used."""
        names = sorted(name for name in names if self.plan.nodes[name].program == "strata")
        if len(names) < 2:
            return
        answers = self.connection.ask("run-many", nodes=names, command=self.command)
        for name, answer in answers.items():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                self.tables[name] = parse_table(answer["output"])

    def meaning(self, router, label):
        """The Entry of a label at the router that must understand it, or None."""
        for entry in self.table(router):
            if entry.label == label:
                return entry
        return None

    def resolve(self, words):
        """All labels that a label's words can mean (a number means itself)."""
        if isinstance(words, int):
            return {words}
        parts = words.split()
        router, owner, fec = parts[0], parts[1], parts[-1]
        instance = parts[2] if len(parts) == 4 else None
        if instance in PUBLIC:
            instance = ""
        found = {entry.label for entry in self.table(router)
                 if entry.is_from(owner) and entry.is_for(instance, fec)}
        if not found:
            raise Unresolved(f"no label is \"{words}\"")
        return found
