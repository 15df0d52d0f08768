#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast and how small ribd is, beside what the kernel could take and what other routing suites do, in one run.

    rib.py BUILD_DIR [--routes N] [--rounds N] [--only PART,...] [--peers none]
Lines of JSON as all measurements here; README.md says what each means. Needs root: everything is in network namespaces
of its own. Parts: download, stacks, change, turns.
"""
import argparse
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rib import change, download, stacks, turns  # noqa: E402
from rib.lab import Lab  # noqa: E402

PARTS = {"download": download.run, "stacks": stacks.run, "change": change.run, "turns": turns.run}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--routes", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=2, help="of ribd and its floors, in turns; the best counts")
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--kinds", default="random,sequential")
    parser.add_argument("--hops", default="64,1", help="next-hop sets")
    parser.add_argument("--peers", default="bird,zebra", help="or none")
    return parser.parse_args()


def main():
    options = arguments()
    if os.geteuid() != 0:
        sys.exit("rib: namespaces need root")
    unknown = set(options.only.split(",")) - set(PARTS)
    if unknown:
        sys.exit("rib: no such part: " + ", ".join(sorted(unknown)))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # everything that was started is ended
    with Lab(os.path.abspath(options.build)) as lab:
        for part in options.only.split(","):
            PARTS[part](lab, options)


if __name__ == "__main__":
    main()
