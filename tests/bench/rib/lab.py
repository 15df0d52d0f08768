# SPDX-License-Identifier: Apache-2.0
"""Namespaces, processes and the clock of the measurements. Whatever is started is ended when the lab is left."""
import json
import os
import re
import resource
import select
import shutil
import subprocess
import tempfile
import time

DEVICE = "b0"
FRR = "/usr/lib/frr"


class BenchError(Exception):
    pass


def report(name, value, unit, ratio=None, against=None):
    """One result; ratio and against are null where a figure stands for itself."""
    line = {"name": name, "value": round(value, 3), "unit": unit,
            "ratio": None if ratio is None else round(ratio, 3), "against": against}
    print(json.dumps(line), flush=True)


class Process:
    """One program in one namespace; with lines in and out if it talks."""

    def __init__(self, lab, command, namespace=None, talks=False, log=None):
        if namespace:
            command = ["nsenter", f"--net=/proc/{namespace.pid}/ns/net", "--"] + command
        self.log = open(log, "ab") if log else subprocess.DEVNULL
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                                      stdout=subprocess.PIPE if talks else self.log, stderr=self.log)
        self.name = command[-1] if not talks else "client"
        self.buffer = b""
        lab.processes.append(self)

    @property
    def pid(self):
        return self.popen.pid

    def say(self, line):
        self.popen.stdin.write(line.encode() + b"\n")
        self.popen.stdin.flush()

    def hear(self, word, seconds=120):
        """The numbers behind the next line that begins with the word."""
        end = time.monotonic() + seconds
        while True:
            line, newline, rest = self.buffer.partition(b"\n")
            if newline:
                self.buffer = rest
                words = line.decode().split()
                if words and words[0] == word:
                    return [float(w) for w in words[1:] if re.match(r"^[\d.]+$", w)]
                continue
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.popen.stdout], [], [], left)[0]:
                raise BenchError(f"waited {seconds} s for '{word}'")
            data = os.read(self.popen.stdout.fileno(), 65536)
            if not data:
                raise BenchError(f"ended before it said '{word}'")
            self.buffer += data

    def end(self, signal=15, seconds=20):
        if self.popen.poll() is None:
            self.popen.send_signal(signal)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        for stream in (self.popen.stdin, self.popen.stdout, self.log):
            if hasattr(stream, "close"):
                try:
                    stream.close()
                except OSError:
                    pass

    def threads(self):
        """Seconds of processor so far of each thread."""
        used = {}
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{thread}/schedstat", encoding="ascii") as f:
                used[thread] = int(f.read().split()[0]) / 1e9
        return used

    def busiest(self, before):
        """Seconds of processor that the busiest thread has used since: what it would take if nobody else ran here."""
        return max(now - before.get(thread, 0) for thread, now in self.threads().items())

    def rss(self):
        return rss_of(self.pid)


def rss_of(pid):
    """Bytes of memory of its own: what is private and resident."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"^RssAnon:\s+(\d+)", f.read(), re.M).group(1)) * 1024


class Namespace:
    """A network of its own with two devices, b0 and p0, that are one cable; 64 gateways are on it."""

    def __init__(self, lab):
        self.lab = lab
        self.holder = Process(lab, ["unshare", "-n", "sleep", "3600"])
        self.pid = self.holder.pid
        self.wait_apart()
        self.run("ip link set lo up")
        self.run(f"ip link add {DEVICE} type veth peer name p0")
        self.run("ip address add 10.99.0.1/16 dev " + DEVICE)
        self.run("ip link set p0 up")
        self.run(f"ip link set {DEVICE} up")

    def wait_apart(self):
        ours = os.readlink("/proc/self/ns/net")
        for _ in range(6000):  # the kernel may be taking the last one down
            if os.readlink(f"/proc/{self.pid}/ns/net") != ours:
                return
            time.sleep(0.02)
        raise BenchError("no namespace")

    def run(self, command, check=True):
        words = command.split() if isinstance(command, str) else command
        done = subprocess.run(["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"] + words,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, text=True)
        if check and done.returncode:
            raise BenchError(f"{' '.join(words)}: {done.stdout.strip()}")
        return done.stdout

    def count(self):
        """Routes of the main table (and of the local one, as long as the kernel keeps both as one)."""
        with open(f"/proc/{self.pid}/net/fib_triestat", encoding="ascii") as f:
            found = re.search(r"^Main:.*?^\s*Prefixes:\s+(\d+)", f.read(), re.M | re.S)
        return int(found.group(1)) if found else 0

    def wait_count(self, wanted, seconds=240, started=None):
        """Until the kernel holds so many: (time of the first seen change, time of the last). Looks more often towards
        the end: to look costs the time of a walk over the table."""
        start = started or time.monotonic()
        first_count, first = self.count(), None
        while True:
            before = time.monotonic()
            count = self.count()
            now = time.monotonic()
            if count != first_count and first is None:
                first = before
            if count == wanted:
                return first or start, now
            if now - start > seconds:
                raise BenchError(f"{count} routes after {seconds} s, not {wanted}")
            done, left = abs(count - first_count), abs(wanted - count)
            pause = 0.02 if not done else (now - (first or start)) * left / done / 2
            time.sleep(min(max(pause, 3 * (now - before), 0.004), 0.2))

    def end(self):
        self.holder.end(9)


class Lab:
    def __init__(self, build):
        self.build = build
        self.processes = []

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="strata-bench-")
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.end()
        shutil.rmtree(self.dir, ignore_errors=True)

    def bin(self, name):
        return os.path.join(self.build, "bin", name)

    def folder(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(path, exist_ok=True)
        return path

    def floor(self, namespace, words):
        """The bare writer: seconds, and seconds of processor."""
        out = namespace.run([self.bin("ribbench_floor")] + words)
        start = re.search(r"^start ([\d.]+)", out, re.M)
        done = re.search(r"^done ([\d.]+) cpu ([\d.]+)", out, re.M)
        if not start or not done:
            raise BenchError(out)
        return float(done.group(1)) - float(start.group(1)), float(done.group(2))


class Ribd:
    """mgmtd with a small configuration, ribd, and clients, in one namespace."""

    def __init__(self, lab, namespace, config="", program="ribd", talks=False):
        self.lab = lab
        self.namespace = namespace
        self.dir = tempfile.mkdtemp(dir=lab.dir)
        where = ["--run-dir", self.dir, "--state-dir", self.dir]
        boot = os.path.join(self.dir, "boot.conf")
        with open(boot, "w", encoding="utf-8") as f:
            f.write(config)
        self.log = os.path.join(self.dir, "log")
        self.mgmtd = Process(lab, [lab.bin("mgmtd")] + where + ["--config", boot], namespace, log=self.log)
        self.ribd = Process(lab, [lab.bin(program)] + where, namespace, talks=talks, log=self.log)
        self.clients = []
        self.wait_socket()

    def wait_socket(self):
        for _ in range(600):
            if os.path.exists(os.path.join(self.dir, "ribd.sock")):
                return
            time.sleep(0.05)
        with open(self.log, encoding="utf-8", errors="replace") as f:
            raise BenchError("ribd does not listen:\n" + f.read()[-2000:])

    def client(self, name="bgpd"):
        c = Process(self.lab, [self.lab.bin("ribbench_client"), self.dir, name], self.namespace, talks=True,
                    log=self.log)
        c.hear("up", 30)
        self.clients.append(c)
        return c

    def accounted(self):
        """Bytes that the RIB says it uses."""
        out = self.namespace.run([self.lab.bin("strata"), "--run-dir", self.dir, "-c", "show rib counters | json"])
        return int(json.loads(out)["strata-rib:rib"]["counters"]["memory"])

    def end(self):
        for process in self.clients + [self.ribd, self.mgmtd]:
            process.end()
