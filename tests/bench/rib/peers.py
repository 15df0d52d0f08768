# SPDX-License-Identifier: Apache-2.0
"""BIRD and FRR's zebra, each fed in the way that keeps it waiting least, so that its own writing is measured."""
import json
import os
import shutil
import subprocess
import time

from .lab import FRR, BenchError, Process

BIRD_KERNEL = """
protocol kernel k {{
    disabled;
    scan time 3600;
    ipv4 {{ import none; export where source = RTS_STATIC; }};
}}
"""
BIRD_BGP = """
protocol bgp b {{
    local 10.99.255.1 as 65001;
    neighbor 10.99.0.1 as 65002;
    ipv4 {{ import none; export where source = RTS_STATIC; next hop keep; }};
}}
"""
BIRD = """# a measurement
router id {router_id};
log "{dir}/bird.log" {{ warning, error, fatal, bug }};
protocol device {{ scan time 3600; }}
protocol static feed {{
    ipv4;
include "{dir}/routes";
}}
"""
BGPD = """hostname bench
router bgp 65002
 bgp router-id 10.99.0.1
 no bgp ebgp-requires-policy
 neighbor 10.99.255.1 remote-as 65001
 neighbor 10.99.255.1 timers connect 1
 address-family ipv4 unicast
  table-map HOLD
 exit-address-family
route-map HOLD deny 10
"""


def has_bird():
    return bool(shutil.which("bird")) and bool(shutil.which("birdc"))


def has_zebra():
    return os.path.exists(FRR + "/zebra") and bool(shutil.which("vtysh")) and has_bird()


class Bird:
    """BIRD with all routes in its table, and one protocol that may tell them on."""

    def __init__(self, lab, namespace, kind, n, hops, speaks_bgp=False):
        self.dir = lab.folder(f"bird-{namespace.pid}-{'bgp' if speaks_bgp else 'kernel'}")
        os.chmod(self.dir, 0o755)
        with open(self.dir + "/routes", "w", encoding="ascii") as f:
            subprocess.run([lab.bin("ribbench_floor"), "print", "bird", kind, str(n), str(hops)], stdout=f, check=True)
        with open(self.dir + "/bird.conf", "w", encoding="ascii") as f:
            f.write(BIRD.format(dir=self.dir, router_id="10.99.255.1" if speaks_bgp else "10.99.0.1"))
            f.write((BIRD_BGP if speaks_bgp else BIRD_KERNEL).format())
        self.namespace = namespace
        self.socket = self.dir + "/bird.ctl"
        self.process = Process(lab, ["bird", "-f", "-c", self.dir + "/bird.conf", "-s", self.socket], namespace,
                               log=self.dir + "/out")
        self.wait_answer()

    def ask(self, words):
        return subprocess.run(["birdc", "-s", self.socket] + words.split(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=240).stdout

    def wait_answer(self):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if os.path.exists(self.socket) and "BIRD" in self.ask("show status"):
                return
            time.sleep(0.1)
        raise BenchError("BIRD does not answer")

    def end(self):
        self.process.end(9)


class Frr:
    """zebra and bgpd; a BIRD beside them in a namespace of its own tells bgpd all routes."""

    def __init__(self, lab, namespace):
        self.lab = lab
        self.namespace = namespace
        self.dir = lab.folder(f"frr-{namespace.pid}")
        self.zebra = self.bgpd = None
        with open(self.dir + "/bgpd.conf", "w", encoding="ascii") as f:
            f.write(BGPD)
        with open(self.dir + "/zebra.conf", "w", encoding="ascii") as f:
            f.write("hostname bench\n")
        os.chmod(lab.dir, 0o755)  # FRR's daemons give root's rights away
        shutil.chown(self.dir, "frr", "frr")

    def start(self, name):
        where = ["-z", self.dir + "/zserv.api", "-i", f"{self.dir}/{name}.pid", "--vty_socket", self.dir, "-f",
                 f"{self.dir}/{name}.conf", "-A", "127.0.0.1", "--log", f"file:{self.dir}/{name}.log"]
        process = Process(self.lab, [f"{FRR}/{name}"] + where, self.namespace, log=f"{self.dir}/{name}.out")
        end = time.monotonic() + 60
        while not os.path.exists(f"{self.dir}/{name}.vty"):
            if time.monotonic() > end or process.popen.poll() is not None:
                raise BenchError(f"{name} does not start")
            time.sleep(0.05)
        return process

    def start_zebra(self):
        self.zebra = self.start("zebra")

    def start_bgpd(self):
        self.bgpd = self.start("bgpd")

    def ask(self, *commands):
        words = ["vtysh", "--vty_socket", self.dir]
        for command in commands:
            words += ["-c", command]
        return self.namespace.run(words, check=False)

    def let_go(self):
        """bgpd, which has held everything back until now, tells zebra."""
        self.ask("configure terminal", "router bgp 65002", "address-family ipv4 unicast", "no table-map HOLD")

    def wait_received(self, n, seconds=180):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                peers = json.loads(self.ask("show bgp ipv4 unicast summary json")).get("peers", {})
            except ValueError:
                peers = {}
            if any(p.get("pfxRcd") == n for p in peers.values()):
                return
            time.sleep(0.5)
        raise BenchError("bgpd has not got all routes")

    def end(self):
        for process in (self.bgpd, self.zebra):
            if process:
                process.end(9)
