# SPDX-License-Identifier: Apache-2.0
"""One next hop of the IGP changes under many IP routes that share it: what the kernel is told, and how long it takes."""
import time

from .lab import DEVICE, BenchError, Namespace, Process, Ribd, report

TARGET = "10.200.0.1"


def watch(lab, namespace):
    p = Process(lab, [lab.bin("ribbench_floor"), "watch"], namespace, talks=True)
    p.hear("watching", 10)
    return p


def run(lab, options):
    n = min(options.routes, 100000)
    namespace = Namespace(lab)
    r = Ribd(lab, namespace)
    try:
        igp, bgp = r.client("ospfd"), r.client("bgpd")
        igp.say(f"path {TARGET} 0 {DEVICE} 0")
        igp.hear("begin")
        time.sleep(0.5)
        before = namespace.count()
        bgp.say(f"through random {n} {TARGET}")
        start = bgp.hear("begin")[0]
        namespace.wait_count(before + n, started=start)
        time.sleep(1)
        watcher = watch(lab, namespace)
        igp.say(f"path {TARGET} 1 {DEVICE} 0")
        start = igp.hear("begin")[0]
        routes, _, nexthops, _, last = watcher.hear("routes", 70)
        watcher.end()
        if nexthops == 0:
            raise BenchError("the next hop did not change in the kernel")
        report(f"kernel's messages of routes, one next hop under {n} routes changes", routes, "messages")
        report(f"kernel's messages of next hops, one next hop under {n} routes changes", nexthops, "messages")
        report(f"one next hop under {n} routes changes", (last - start) * 1e3, "ms")
    finally:
        r.end()
        namespace.end()
