# SPDX-License-Identifier: Apache-2.0
"""Follows packets from host to host over every link, by a token in their payload."""

import dataclasses
import os

from . import packet
from .errors import LabError


@dataclasses.dataclass
class Hop:
    """A packet as the receiver of a link got it."""
    sender: str
    receiver: str
    interface: str
    labels: list
    ip: packet.Ipv4 | None
    owners: list = dataclasses.field(default_factory=list)
    meanings: list = dataclasses.field(default_factory=list)

    @property
    def link(self):
        """The link's name in the packet's direction."""
        return f"{self.sender}-{self.receiver}"

    def values(self):
        """The label values, top first."""
        return [label.value for label in self.labels]


@dataclasses.dataclass
class Trace:
    """The way there and the way back."""
    source: str
    target: str
    address: str
    there: list
    back: list
    sent: int
    received: int
    notes: list


def new_token():
    """Sixteen random bytes that nothing else on the wire contains."""
    return os.urandom(16)


def hops_of(frames, plan):
    """Captured frames as (hop, decoded ICMP echo or None) pairs, in order of arrival."""
    found = []
    for _, node, interface, text, _ in frames:
        frame = packet.decode_frame(bytes.fromhex(text))
        sender = plan.sender_of(node, interface, frame.source) if frame else None
        if sender is None or plan.nodes[node].program == "switch":
            continue
        echo = None
        if frame.ip and frame.ip.protocol == packet.PROTO_ICMP:
            echo = packet.decode_echo(frame.ip.payload)
        found.append((Hop(sender, node, interface, frame.labels, frame.ip), echo))
    return found


def follow(hops, source):
    """The chain of hops that begins at a node."""
    chain = []
    at = source
    rest = list(hops)
    while True:
        step = next((hop for hop in rest if hop.sender == at), None)
        if step is None:
            return chain
        rest.remove(step)
        chain.append(step)
        at = step.receiver


def name_owners(chain):
    """For each label the router that must understand it: where it is on top for the last time.

    Labels are told apart by their distance from the bottom of the stack: a swap changes the
    value, so an owner is looked for only while the value stays.
    """
    for place, hop in enumerate(chain):
        hop.owners = []
        for depth, label in enumerate(hop.labels):
            from_bottom = len(hop.labels) - depth
            owner = hop.receiver if depth == 0 else ""
            for later in chain[place + 1:] if depth else []:
                if len(later.labels) < from_bottom:
                    break
                if later.labels[-from_bottom].value != label.value:
                    break
                if len(later.labels) == from_bottom:
                    owner = later.receiver
                    break
            hop.owners.append(owner)


def best_sequence(pairs, source, is_reply):
    """The longest chain among the sequence numbers seen, the latest of equals."""
    best = []
    for sequence in sorted({echo[2] for _, echo in pairs if echo and echo[0] == is_reply}):
        hops = [hop for hop, echo in pairs if echo and echo[0] == is_reply and echo[2] == sequence]
        chain = follow(hops, source)
        if len(chain) >= len(best):
            best = chain
    return best


def run(connection, plan, source, target, address=None, count=3, size=84):
    """Pings from one node to another while capturing on every link."""
    address = address or plan.nodes[target].address()
    if not address:
        raise LabError(f"{target} has no address in the topology: say which with --to ADDRESS")
    token = new_token()
    number = connection.ask("capture-start", token=token.hex())["capture"]
    answer = connection.ask("ping", node=source, to=address, count=count, size=size,
                            token=token.hex(), interval=0.2, wait=1.5)
    frames = connection.ask("capture-stop", capture=number)["frames"]
    pairs = hops_of(frames, plan)
    there = best_sequence(pairs, source, False)
    back = best_sequence(pairs, target, True)
    name_owners(there)
    name_owners(back)
    return Trace(source, target, address, there, back, answer["sent"], answer["received"],
                 answer["notes"])


def add_meanings(trace, book):
    """Asks the owners what their labels mean; a router that does not answer stays silent."""
    book.fetch_routers({owner for hop in trace.there + trace.back for owner in hop.owners if owner})
    for hop in trace.there + trace.back:
        hop.meanings = []
        for label, owner in zip(hop.labels, hop.owners):
            entry = book.meaning(owner, label.value) if owner else None
            hop.meanings.append(entry)
