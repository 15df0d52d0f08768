# SPDX-License-Identifier: Apache-2.0
"""Builds the network of a topology: namespaces, cables, the addresses of plain hosts.

On a strata router nothing is set but the names and MTUs of its interfaces (and IPv6 noise
is silenced on them): all else is the daemons' work. Runs in the agent.
"""

import contextlib
import socket
import subprocess
import tempfile

from . import netns


class Refused(Exception):
    """The kernel or a tool said no; the text says to what."""


# What a switch must not do: turn frames away for a while (STP), hold multicast back, add IPv6.
SWITCH = "link add name bridge type bridge stp_state 0 forward_delay 0 mcast_snooping 0"


def write_sysctl(path, value):
    """One value under /proc/sys, in the namespace of this thread; absent ones are skipped."""
    with contextlib.suppress(FileNotFoundError):
        with open(f"/proc/sys/{path}", "w", encoding="ascii") as file:
            file.write(str(value))


def batches(lines):
    """Splits lines into runs of one family, [(options, numbered lines)]; `-f FAMILY` begins a line.

    A run keeps its place by empty lines, so that ip's messages have the right line number.
    """
    runs = []
    for number, line in enumerate(lines):
        words = line.split()
        options = words[:2] if words[:1] == ["-f"] else []
        if words and not words[0].startswith("#"):
            if not runs or runs[-1][0] != options:
                runs.append((options, [""] * number))
            run = runs[-1][1]
            run += [""] * (number - len(run))
            run.append(" ".join(words[len(options):]))
    return runs


def ip_batch(lines, what):
    """One ip process for many commands (one more for each change of family)."""
    for options, run in batches(lines):
        with tempfile.NamedTemporaryFile("w", suffix=".batch") as file:
            file.write("\n".join(run) + "\n")
            file.flush()
            done = subprocess.run(["ip", *options, "-batch", file.name], capture_output=True,
                                  text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Refused(f"{what}: {done.stderr.strip().replace(file.name, 'line ')}")


class Network:
    """Nodes and interfaces that exist here."""

    def __init__(self):
        self.nodes = {}
        self.links = []
        self.peer = {}
        self.scenario = ""

    def build(self, request):
        """The whole network of {"nodes": {...}, "links": [...]} (see topology.py)."""
        if self.nodes:
            raise Refused("there is a network already")
        self.nodes = request["nodes"]
        self.links = request["links"]
        self.scenario = request["scenario"]
        self.peer = {}
        for name in self.nodes:
            netns.create(name)
        lines = []
        for number, link in enumerate(self.links):
            one, two = link["ends"]
            words = []
            for side, end in enumerate((one, two)):
                mac = f"02:00:00:00:{number:02x}:{side + 1:02x}"
                words.append(f"name {end['interface']} address {mac} mtu {link['mtu']} "
                             f"netns {end['node']}")
            lines.append(f"link add {words[0]} type veth peer {words[1]}")
            self.peer[one["node"], one["interface"]] = (two["node"], two["interface"])
            self.peer[two["node"], two["interface"]] = (one["node"], one["interface"])
        ip_batch(lines, "cables")
        for name, node in self.nodes.items():
            with netns.inside(name):
                self.set_up_node(name, node)
        return {"nodes": len(self.nodes), "links": len(self.links)}

    def set_up_node(self, name, node):
        """The inside of one namespace; this thread is in it."""
        for path in ("all", "default", *self.interfaces(name)):
            write_sysctl(f"net/ipv6/conf/{path}/disable_ipv6", 1)
        if node["program"] == "strata":
            return
        if node["program"] == "switch":
            self.set_up_switch(name)
            return
        lines = ["link set lo up"]
        for interface in self.interfaces(name):
            lines.append(f"link set {interface} up")
        for interface, addresses in node["addresses"].items():
            lines += [f"address add {address} dev {interface}" for address in addresses]
        lines += [f"route add {route}" for route in node["routes"]]
        for key, value in node["sysctls"].items():
            write_sysctl(key.replace(".", "/"), value)
        ip_batch(lines, f"node {name}")
        ip_batch(node.get("batch", []), f"node {name}: {node.get('batch_file', 'batch')}")
        for key, value in node["sysctls"].items():
            write_sysctl(key.replace(".", "/"), value)

    def set_up_switch(self, name):
        """One bridge that has all the node's interfaces; it forwards everything from the start."""
        ports = self.interfaces(name)
        ip_batch([SWITCH, *(f"link set {port} master bridge up" for port in ports),
                  "link set bridge up"], f"switch {name}")

    def interfaces(self, name):
        """The cable ends of a node."""
        return [end["interface"] for link in self.links for end in link["ends"]
                if end["node"] == name]

    def has_node(self, name):
        """Refuses an unknown node."""
        if name not in self.nodes:
            raise Refused(f"there is no node {name}")

    def mac_of(self, name, interface):
        """The hardware address of a cable end: the cable's number and side."""
        for number, link in enumerate(self.links):
            for side, end in enumerate(link["ends"]):
                if (end["node"], end["interface"]) == (name, interface):
                    return bytes((2, 0, 0, 0, number, side + 1))
        raise Refused(f"node {name} has no interface {interface}")

    def remove(self):
        """All namespaces' names; with the last process in them they are gone."""
        for name in list(self.nodes):
            netns.delete(name)
        self.nodes = {}


def raw_socket(name, kind, protocol, family=socket.AF_INET):
    """A socket that lives in a node's namespace."""
    with netns.inside(name):
        return socket.socket(family, kind, protocol)


