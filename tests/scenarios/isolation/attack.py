# SPDX-License-Identifier: Apache-2.0
"""What the checks cannot say: runs in the namespace of pe1.

    attack.py hellos INTERFACE    whose OSPF and LDP hellos arrive there
    attack.py flush               forged labels from evil and redb, while `nft flush ruleset` is done again and again
    attack.py recreate            forged labels from evil, while the port it is on is deleted and made again and again

A forged packet that gets through comes to redhost, where nobody listens on its port: the kernel counts that.
"""

import contextlib
import ctypes
import json
import socket
import struct
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
VICTIM = "172.16.1.1"
RATE = 400
FLUSHES = 20
REBIRTHS = 5


@contextlib.contextmanager
def inside(node):
    """This thread in the namespace of another node."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", "rb") as own, open(f"/run/netns/{node}", "rb") as other:
        if libc.setns(other.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(own.fileno(), CLONE_NEWNET)


def run(*command):
    """A command that must work."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def strata(line):
    """One line of the operator's shell."""
    return run("strata", "-c", line)


def hardware_address(port):
    """Of an interface of pe1."""
    return json.loads(run("ip", "-j", "link", "show", port))[0]["address"]


def red_label():
    """The label that pe1 gave red2, to reach redce."""
    for label in json.loads(strata("show mpls label | json"))["strata-rib:rib"]["label"]:
        if (label["owner"], label.get("vpn-instance"), label["fec"]) == ("ldpd", "red", "10.2.0.1/32"):
            return int(label["label"])
    raise SystemExit("pe1 has no label for 10.2.0.1/32 in red")


def arrived():
    """Datagrams that came to the victim so far."""
    with inside("redhost"), open("/proc/thread-self/net/snmp", encoding="ascii") as file:
        keys, values = [line.split() for line in file if line.startswith("Udp:")]
    return int(values[keys.index("NoPorts")])


def frame(to, label, source):
    """A datagram to the victim below one label."""
    udp = struct.pack("!HHHH", 40000, 33434, 16, 0) + b"forged!!"
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                       socket.inet_aton(source), socket.inet_aton(VICTIM))
    total = sum(struct.unpack("!10H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:]
    return to + b"\x02\0\0\0\0\x66\x88\x47" + struct.pack("!I", label << 12 | 0x100 | 64) + head + udp


class Shooter:
    """Sends one frame again and again, also over an interface that is made anew."""

    def __init__(self, node, port, label, source):
        self.node, self.interface = node, f"{node}-pe1"
        self.frame = frame(bytes.fromhex(hardware_address(port).replace(":", "")), label, source)
        self.sent = 0
        self.running = True
        self.thread = threading.Thread(target=self.loop)
        self.thread.start()

    def loop(self):
        """Until it is stopped."""
        with inside(self.node):
            link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        while self.running:
            try:
                link.sendto(self.frame, (self.interface, 0))
                self.sent += 1
            except OSError:
                pass
            time.sleep(1 / RATE)
        link.close()

    def stop(self):
        """How many were sent."""
        self.running = False
        self.thread.join()
        return self.sent


def shoot(shooters, seconds):
    """(delivered, sent) of shooters that are stopped after some time."""
    before = arrived()
    time.sleep(seconds)
    sent = sum(shooter.stop() for shooter in shooters)
    time.sleep(0.2)
    return arrived() - before, sent


def prove(label):
    """The attack works if there is no guard."""
    strata("request mpls guard disable")
    try:
        delivered, sent = shoot([Shooter("evil", "pe1-evil", label, "10.9.9.2"),
                                 Shooter("redb", "pe1-redb", label, "10.9.4.2")], 0.5)
    finally:
        strata("request mpls guard enable")
    print(f"without the guard {delivered} of {sent} arrive")
    if delivered < sent / 2:
        raise SystemExit("the attack proves nothing")


def takes_labels(port):
    """Whether the kernel takes labels there now."""
    try:
        with open(f"/proc/sys/net/mpls/conf/{port}/input", encoding="ascii") as file:
            return file.read().strip() == "1"
    except OSError:
        return False


def flush():
    """Another program's flush, twenty times."""
    label = red_label()
    prove(label)
    before = arrived()
    shooters = [Shooter("evil", "pe1-evil", label, "10.9.9.2"), Shooter("redb", "pe1-redb", label, "10.9.4.2")]
    for _ in range(FLUSHES):
        run("nft", "flush", "ruleset")
        time.sleep(0.1)
    _, sent = shoot(shooters, 1)
    delivered = arrived() - before
    print(f"{FLUSHES} flushes: delivered {delivered} of {sent}")
    if not takes_labels("pe1-evil"):
        raise SystemExit("labels are not let in again")
    if "chain in_" not in run("nft", "list", "ruleset"):
        raise SystemExit("the guard is not back")


def recreate():
    """The port away and back."""
    label = red_label()
    prove(label)
    before, open_times = arrived(), 0
    shooter = Shooter("evil", "pe1-evil", label, "10.9.9.2")
    mac = hardware_address("pe1-evil")
    for _ in range(REBIRTHS):
        run("ip", "link", "del", "pe1-evil")
        run("ip", "link", "add", "pe1-evil", "mtu", "1600", "address", mac, "type", "veth",
            "peer", "name", "evil-pe1", "mtu", "1600", "netns", "evil")
        run("ip", "-n", "evil", "link", "set", "evil-pe1", "up")
        end = time.monotonic() + 5
        while time.monotonic() < end and not takes_labels("pe1-evil"):
            time.sleep(0.01)
        open_times += takes_labels("pe1-evil")
        time.sleep(0.2)
    _, sent = shoot([shooter], 0.2)
    print(f"{REBIRTHS} times made anew, {open_times} times opened: delivered {arrived() - before} of {sent}")
    if open_times != REBIRTHS:
        raise SystemExit("labels were not let in again")


def hellos(port):
    """Prints once whose hellos come in."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    link.bind((port, 0x0800))
    link.settimeout(8)
    seen = set()
    while len(seen) < 2:
        data, address = link.recvfrom(2048)
        rest = data[(data[0] & 15) * 4:]
        if address[2] == socket.PACKET_OUTGOING:
            continue
        if data[9] == 89 and rest[1] == 1:
            seen.add(f"ospf hello from {socket.inet_ntoa(rest[4:8])}")
        elif data[9] == 17 and rest[2:4] == b"\x02\x86":
            seen.add(f"ldp hello from {socket.inet_ntoa(rest[12:16])}")
    print("\n".join(sorted(seen)))


if __name__ == "__main__":
    try:
        {"flush": flush, "recreate": recreate, "hellos": lambda: hellos(sys.argv[2])}[sys.argv[1]]()
    except (OSError, KeyError, TypeError, ValueError, AttributeError, subprocess.SubprocessError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
