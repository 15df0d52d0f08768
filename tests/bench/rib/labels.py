# SPDX-License-Identifier: Apache-2.0
"""Label entries and labelled routes in a kernel with MPLS."""
import statistics
import time

from .change import watch
from .lab import DEVICE, BenchError, Namespace, Ribd, report

CONFIG = f"interface {DEVICE} ipv4 address 10.99.0.1/16\nmpls interface {DEVICE}\n"
RANGE = "mpls label-range { lower 100000; upper 900000 }\n"
TARGET, STACKS = "10.200.0.1", 1000


def floor(lab, n):
    """The bare writer: seconds to write n label entries, and to turn them all to another gateway."""
    namespace = Namespace(lab)
    r = Ribd(lab, namespace, CONFIG + RANGE)  # loads the modules and allows labels
    r.end()
    try:
        write, cpu = lab.floor(namespace, ["add", "labels", "sequential", str(n), "1", DEVICE])
        watcher = watch(lab, namespace)
        rewrite, cpu_again = lab.floor(namespace, ["add", "labels", "sequential", str(n), "2", DEVICE])
        seen = watcher.hear("routes", 120)[1]
        watcher.end()
        check(lab, namespace, 99, n)
        if seen < n:
            raise BenchError(f"the bare writer rewrote {seen} labels, not {n}")
        return write, rewrite, cpu, cpu_again
    finally:
        namespace.end()


def check(lab, namespace, protocol, n):
    found = int(namespace.run([lab.bin("ribbench_floor"), "count", "mpls", str(protocol)]))
    if found != n:
        raise BenchError(f"the kernel has {found} label entries, not {n}")


def ribd(lab, n):
    """The same through ribd: a client's label entries, then the next hop of the IGP under them changes."""
    namespace = Namespace(lab)
    r = Ribd(lab, namespace, CONFIG + RANGE)
    try:
        igp, bgp = r.client("ospfd"), r.client("bgpd")
        igp.say(f"path {TARGET} 0 {DEVICE} 400")
        igp.hear("begin")
        time.sleep(1)
        cpu = r.ribd.threads()
        bgp.say(f"swaps {n} {TARGET}")
        start = bgp.hear("begin")[0]
        write = bgp.hear("installed", 120)[1] - start
        cpu = r.ribd.busiest(cpu)
        check(lab, namespace, 181, n)
        time.sleep(1)
        watcher = watch(lab, namespace)
        igp.say(f"path {TARGET} 1 {DEVICE} 400")
        cpu_again = r.ribd.threads()
        start = igp.hear("begin")[0]
        _, seen, _, first, last = watcher.hear("routes", 120)
        watcher.end()
        cpu_again = r.ribd.busiest(cpu_again)
        if seen < n:
            raise BenchError(f"ribd rewrote {seen} labels, not {n}")
        check(lab, namespace, 181, n)
        return write, last - start, first - start, cpu, cpu_again
    finally:
        r.end()
        namespace.end()


def vpn_routes(lab, n):
    namespace = Namespace(lab)
    r = Ribd(lab, namespace, CONFIG + RANGE)
    try:
        client = r.client()
        client.say(f"path {TARGET} 0 {DEVICE} 400")
        client.hear("begin")
        time.sleep(1)
        before = namespace.count()
        client.say(f"vpn random {n} {STACKS} {TARGET}")
        start = client.hear("begin")[0]
        return namespace.wait_count(before + n, started=start)[1] - start
    finally:
        r.end()
        namespace.end()


def run(lab, options):
    n = options.labels
    pairs = [(floor(lab, n), ribd(lab, n)) for _ in range(options.rounds)]
    bare, bare_again, bare_cpu, bare_cpu_again = (statistics.median(f[i] for f, _ in pairs) for i in range(4))
    write, rewrite, first, cpu, cpu_again = (statistics.median(o[i] for _, o in pairs) for i in range(5))

    def ratio(i, k):
        """An emulated machine has fast and slow minutes: only what was measured one after the other is compared."""
        return statistics.median(f[i] / o[k] for f, o in pairs)

    report(f"bare writer, {n} label entries", n / bare / 1000, "thousand labels/s")
    report(f"ribd, {n} label entries from a client", n / write / 1000, "thousand labels/s", ratio(0, 0), "bare writer")
    report(f"ribd, {n} label entries from a client, of processor time", n / cpu / 1000, "thousand labels/s",
           ratio(2, 3), "bare writer")
    report(f"bare writer, {n} label entries replaced", n / bare_again / 1000, "thousand labels/s")
    report(f"ribd, next hop under {n} labels changes", n / rewrite / 1000, "thousand labels/s", ratio(1, 1), "bare writer")
    report(f"ribd, next hop under {n} labels changes, of processor time", n / cpu_again / 1000, "thousand labels/s",
           ratio(3, 4), "bare writer")
    report(f"ribd, next hop under {n} labels changes, outage of the first label", first * 1000, "ms")
    report(f"ribd, next hop under {n} labels changes, outage of the last label", rewrite * 1000, "ms",
           1 / ratio(1, 1), "bare writer")
    base = None
    for count in (n // 10, n // 2, n):
        each = min(vpn_routes(lab, count) for _ in range(options.rounds)) / count * 1e9
        base = base or each
        report(f"ribd, {count} VPN routes over {STACKS} label stacks", each, "ns/route", each / base,
               f"{n // 10} of them: 1 is linear")
