# SPDX-License-Identifier: Apache-2.0
"""The command line of strata-lab."""

import argparse
import signal
import sys

from . import vmrun
from .errors import LabError


def add_vm_verb(verbs):
    """vm: one command in a fresh machine."""
    verb = verbs.add_parser("vm", help="run one command on a kernel with MPLS and VRFs")
    verb.add_argument("-i", "--interactive", action="store_true", help="with a terminal")
    verb.add_argument("--results", metavar="DIR",
                      help="host folder the command may write to, as $STRATA_LAB_RESULTS")
    verb.add_argument("--timeout", type=float, metavar="SECONDS", help="then stop, status 124")
    verb.add_argument("-e", "--env", action="append", default=[], metavar="NAME[=VALUE]",
                      help="hand on a variable")
    verb.add_argument("--cpus", type=int)
    verb.add_argument("--memory", type=int, metavar="MB")
    verb.add_argument("--force-vm", action="store_true",
                      help="use the virtual machine even if this kernel would do")
    verb.add_argument("command", nargs=argparse.REMAINDER)
    verb.set_defaults(run=run_vm)


def run_vm(arguments):
    """vm [--] COMMAND..."""
    command = arguments.command
    if command and command[0] == "--":
        command = command[1:]
    if not command:
        raise LabError("vm: which command?")
    options = vmrun.Options(command, interactive=arguments.interactive, results=arguments.results,
                            timeout=arguments.timeout, environment=arguments.env,
                            cpus=arguments.cpus, memory=arguments.memory,
                            force_vm=arguments.force_vm)
    return vmrun.run(options)


def make_parser():
    """All verbs."""
    parser = argparse.ArgumentParser(prog="strata-lab", description="Networks of namespaces on "
                                     "kernel MPLS; see docs/lab.md.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add_vm_verb(verbs)
    return parser


def raise_interrupt(_number, _frame):
    """A signal that ends us runs the same clean-up as Ctrl-C."""
    raise KeyboardInterrupt


def main(argv=None):
    """Exit status of the whole program."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_interrupt)
    arguments = make_parser().parse_args(argv)
    try:
        return arguments.run(arguments)
    except LabError as error:
        print(f"strata-lab: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        print("strata-lab: interrupted", file=sys.stderr)
        return 130
