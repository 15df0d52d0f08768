# SPDX-License-Identifier: Apache-2.0
"""Many plain routes from a client to the kernel, and away again; and what they cost in memory."""
import time

from . import peers
from .lab import DEVICE, BenchError, Namespace, Process, Ribd, report


class Result:
    """Seconds, processor seconds of the busiest thread and bytes of one subject; the better of two runs is kept."""

    def __init__(self, add=None, remove=None, cpu=None, cpu_remove=None, memory=None, accounted=None):
        self.add, self.remove, self.cpu, self.cpu_remove = add, remove, cpu, cpu_remove
        self.memory, self.accounted = memory, accounted

    def better(self, other):
        if other is None:
            return self
        best = Result()
        for name in ("add", "remove", "cpu", "cpu_remove", "memory", "accounted"):
            mine, its = getattr(self, name), getattr(other, name)
            setattr(best, name, its if mine is None else mine if its is None else min(mine, its))
        return best


def floor(lab, style, kind, n, hops):
    namespace = Namespace(lab)
    before = namespace.count()
    times, cpu = {}, {}
    try:
        for verb, wanted in (("add", before + n), ("del", before)):
            p = Process(lab, [lab.bin("ribbench_floor"), verb, style, kind, str(n), str(hops), DEVICE], namespace,
                        talks=True)
            start = p.hear("start", 60)[0]
            times[verb] = namespace.wait_count(wanted, started=start)[1] - start
            cpu[verb] = p.hear("done", 60)[1]
            p.end()
    finally:
        namespace.end()
    return Result(times["add"], times["del"], cpu["add"], cpu["del"])


def ribd(lab, kind, n, hops):
    namespace = Namespace(lab)
    r = Ribd(lab, namespace)
    try:
        client = r.client()
        before, memory, cpu = namespace.count(), r.ribd.rss(), r.ribd.threads()
        client.say(f"routes {kind} {n} {hops} {DEVICE}")
        start = client.hear("begin")[0]
        last = namespace.wait_count(before + n, started=start)[1]
        cpu = r.ribd.busiest(cpu)
        time.sleep(0.5)
        memory, accounted = r.ribd.rss() - memory, r.accounted()
        kernel = int(namespace.run([lab.bin("ribbench_floor"), "count", "inet", "181"]))
        if kernel < n:
            raise BenchError(f"the kernel has {kernel} routes of ribd, not {n}")
        threads = r.ribd.threads()
        client.say(f"gone {kind} {n}")
        away = client.hear("begin")[0]
        gone = namespace.wait_count(before, started=away)[1]
        return Result(last - start, gone - away, cpu, r.ribd.busiest(threads), memory, accounted)
    finally:
        r.end()
        namespace.end()


def bird(lab, kind, n, hops):
    namespace = Namespace(lab)
    empty = peers.Bird(lab, namespace, kind, 0, hops)
    base = empty.process.rss()
    empty.end()
    b = peers.Bird(lab, namespace, kind, n, hops)
    try:
        before, cpu = namespace.count(), b.process.threads()
        memory = b.process.rss() - base
        start = time.monotonic()
        b.ask("enable k")
        first, last = namespace.wait_count(before + n, started=start)
        cpu = b.process.busiest(cpu)
        start = time.monotonic()
        b.ask("disable k")
        gone = namespace.wait_count(before, started=start)
        return Result(last - first, gone[1] - gone[0], cpu, memory=memory)
    finally:
        b.end()
        namespace.end()


def zebra(lab, kind, n, hops):
    """bgpd has everything before it may tell zebra: then nothing but zebra is waited for."""
    namespace, other = Namespace(lab), Namespace(lab)
    other.run(f"ip link del {DEVICE}")
    namespace.run(f"ip link set p0 netns {other.pid}")
    other.run("ip address add 10.99.255.1/16 dev p0")
    other.run("ip link set p0 up")
    frr, feed = peers.Frr(lab, namespace), None
    try:
        feed = peers.Bird(lab, other, kind, n, hops, speaks_bgp=True)
        before = namespace.count()
        frr.start_zebra()
        frr.start_bgpd()
        frr.wait_received(n)
        memory, cpu = frr.zebra.rss(), frr.zebra.threads()
        start = time.monotonic()
        frr.let_go()
        first, last = namespace.wait_count(before + n, started=start)
        cpu, memory = frr.zebra.busiest(cpu), frr.zebra.rss() - memory
        frr.bgpd.end(9)
        gone = namespace.wait_count(before)
        return Result(last - first, gone[1] - gone[0], cpu, memory=memory)
    finally:
        frr.end()
        if feed:
            feed.end()
        namespace.end()
        other.end()


def rate(n, seconds):
    return n / seconds / 1000


def tell(what, n, results):
    """Rates in thousands a second; ribd against the bare writers, then against the others."""
    ours = results["ribd"]
    for name in ("plain", "objects"):
        r = results[name]
        report(f"bare writer, {name}, {what}", rate(n, r.add), "thousand routes/s")
        report(f"ribd, {what}", rate(n, ours.add), "thousand routes/s", r.add / ours.add, f"bare writer, {name}")
        report(f"ribd, {what}, deleted", rate(n, ours.remove), "thousand routes/s", r.remove / ours.remove,
               f"bare writer, {name}")
        report(f"ribd, {what}, of processor time", rate(n, ours.cpu), "thousand routes/s", r.cpu / ours.cpu,
               f"bare writer, {name}")
        report(f"ribd, {what}, deleted, of processor time", rate(n, ours.cpu_remove), "thousand routes/s",
               r.cpu_remove / ours.cpu_remove, f"bare writer, {name}")
    report(f"ribd, {what}, memory", ours.memory / n, "bytes/route")
    report(f"ribd, {what}, memory by its own account", ours.accounted / n, "bytes/route")
    for name in ("bird", "zebra"):
        r = results.get(name)
        if r is None:
            continue
        report(f"{name}, {what}", rate(n, r.add), "thousand routes/s")
        report(f"ribd, {what}", rate(n, ours.add), "thousand routes/s", r.add / ours.add, name)
        report(f"ribd, {what}, deleted", rate(n, ours.remove), "thousand routes/s", r.remove / ours.remove, name)
        report(f"ribd, {what}, of processor time", rate(n, ours.cpu), "thousand routes/s", r.cpu / ours.cpu, name)
        report(f"ribd, {what}, memory", ours.memory / n, "bytes/route", ours.memory / r.memory, name)


def run(lab, options):
    n = options.routes
    wanted = options.peers.split(",")  # with the first kind and number of sets only: they take longest
    for kind in options.kinds.split(","):
        for hops in (int(h) for h in options.hops.split(",")):
            subjects = {"plain": lambda: floor(lab, "plain", kind, n, hops),
                        "objects": lambda: floor(lab, "objects", kind, n, hops),
                        "ribd": lambda: ribd(lab, kind, n, hops)}
            results = {}
            for _ in range(options.rounds):
                for name, subject in subjects.items():
                    results[name] = subject().better(results.get(name))
            if "bird" in wanted and peers.has_bird():
                results["bird"] = bird(lab, kind, n, hops)
            if "zebra" in wanted and peers.has_zebra():
                results["zebra"] = zebra(lab, kind, n, hops)
            wanted = []
            tell(f"{n} {kind} routes, {hops} next-hop sets", n, results)
