#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What only a kernel with MPLS can tell of ribd: label entries beside a bare writer, rewrites, labelled VPN routes.

    tests/lab/strata-lab vm -- tests/bench/rib_vm.py BUILD_DIR [--labels N] [--rounds N]
Run by `tests/bench/run rib-vm`. Each figure is compared within one machine and one run.
"""
import argparse
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rib import labels  # noqa: E402
from rib.lab import Lab  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--labels", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=3, help="pairs of a bare writer and ribd; the median counts")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # everything that was started is ended
    with Lab(os.path.abspath(options.build)) as lab:
        labels.run(lab, options)


if __name__ == "__main__":
    main()
