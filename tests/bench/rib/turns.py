# SPDX-License-Identifier: Apache-2.0
"""How long ribd hears nobody: the longest turn of its loop, in processor time, while each of the big things happens to it,
above a data plane that discards."""
from .lab import DEVICE, Namespace, Ribd, report

CONFIG = f"interface {DEVICE} ipv4 address 10.99.0.1/16\nmpls interface {DEVICE}\n"
TARGET = "10.200.0.1"
QUIET_US, QUIET = 1000, 5


class Turns:
    """The longest turn of each event, as ribbench_discard tells it."""

    def __init__(self, ribd):
        self.ribd = ribd
        self.download = None

    def until_quiet(self):
        """Milliseconds of the longest turn until nothing happens any more."""
        longest = quiet = 0
        while quiet < QUIET:
            us = self.ribd.hear("turn", 60)[0]
            longest = max(longest, us)
            quiet = quiet + 1 if us < QUIET_US else 0
        return longest / 1e3

    def tell(self, event, n):
        longest = self.until_quiet()
        self.download = self.download or longest
        report(f"ribd without a kernel, longest turn, {n} routes: {event}", longest, "ms", longest / self.download, "while they come")


def run(lab, options):
    n = options.routes
    namespace = Namespace(lab)
    r = Ribd(lab, namespace, CONFIG, program="ribbench_discard", talks=True)
    try:
        igp, bgp = r.client("ospfd"), r.client("bgpd")
        igp.say(f"path {TARGET} 0 {DEVICE} 0")
        turns = Turns(r.ribd)
        turns.until_quiet()
        bgp.say(f"through random {n} {TARGET}")
        turns.tell("they come", n)
        igp.say(f"path {TARGET} 1 {DEVICE} 0")
        turns.tell("their next hop turns", n)
        igp.say("subscribe bgp")
        turns.tell("somebody subscribes to them", n)
        igp.say(f"path {TARGET} 0 {DEVICE} 0")
        turns.tell("their next hop turns, and somebody is told", n)
        igp.say(f"nopath {TARGET}")
        turns.tell("their next hop goes, and somebody is told", n)
        igp.say(f"path {TARGET} 0 {DEVICE} 0")
        turns.tell("it comes back", n)
        igp.end()
        turns.tell("the subscriber dies", n)
        bgp.end()
        turns.tell("their client dies", n)
        r.client("bgpd")
        turns.tell("it comes back and tells none of them again", n)
    finally:
        r.end()
        namespace.end()
