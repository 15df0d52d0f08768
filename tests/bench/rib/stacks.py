# SPDX-License-Identifier: Apache-2.0
"""Labelled VPN routes over 1000 label stacks: ribd's own time, above a data plane that discards; it must grow in a line."""
from .lab import DEVICE, Namespace, Ribd, report

CONFIG = f"interface {DEVICE} ipv4 address 10.99.0.1/16\nmpls interface {DEVICE}\n"
STACKS = 1000
TRANSPORT = "10.200.0.1"


def wait_written(process, column, wanted, seconds=30):
    """Time when so many routes (0), labels (1) or next hops (2) were written."""
    while True:
        written = process.hear("written", seconds)
        if written[column] >= wanted:
            return written[3]


def vpn_routes(lab, n):
    """(processor seconds, seconds, bytes)"""
    namespace = Namespace(lab)
    r = Ribd(lab, namespace, CONFIG, program="ribbench_discard", talks=True)
    try:
        client = r.client()
        client.say(f"path {TRANSPORT} 0 {DEVICE} 400")
        wait_written(r.ribd, 0, 1)
        cpu, memory = r.ribd.threads(), r.ribd.rss()
        client.say(f"vpn random {n} {STACKS} {TRANSPORT}")
        start = client.hear("begin")[0]
        done = wait_written(r.ribd, 0, 1 + n)
        return r.ribd.busiest(cpu), done - start, r.ribd.rss() - memory
    finally:
        r.end()
        namespace.end()


def run(lab, options):
    base = None
    for n in (10000, 50000, 100000):
        best = min(vpn_routes(lab, n) for _ in range(options.rounds))
        each = best[0] / n * 1e9
        base = base or each
        report(f"ribd without a kernel, {n} VPN routes over {STACKS} label stacks, processor time", each, "ns/route", each / base,
               "10000 of them: 1 is linear")
        report(f"ribd without a kernel, {n} VPN routes over {STACKS} label stacks, memory", best[2] / n, "bytes/route")
