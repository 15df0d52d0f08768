# SPDX-License-Identifier: Apache-2.0
"""The command line of strata-lab."""

import argparse
import os
import pathlib
import signal
import sys

from . import demo, inside, lab, labels, picture, resolve, runner, startup, topology, \
    trace, vmrun, ways
from .errors import LabError

CONFIGURE_SECONDS = 60
SCENARIOS = pathlib.Path(__file__).resolve().parents[2] / "scenarios"


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


def say(text):
    """Progress goes to standard error."""
    print(f"strata-lab: {text}", file=sys.stderr, flush=True)


def scenario_folder(text):
    """A scenario by its folder, or by its name among tests/scenarios."""
    for folder in (pathlib.Path(text), SCENARIOS / text):
        if (folder / "topology.toml").is_file():
            return folder.resolve()
    raise LabError(f"{text}: no scenario there (a folder with a topology.toml)")


def build_folder(arguments):
    """Where bin/stratad is."""
    given = arguments.build or os.environ.get("STRATA_BUILD")
    return pathlib.Path(given).resolve() if given else lab.repository() / "build"


def run_up(arguments):
    """up SCENARIO"""
    folder = scenario_folder(arguments.scenario)
    plan = topology.load(folder)
    one = lab.bring_up(arguments.lab or folder.name, plan, build_folder(arguments), say)
    say(f"lab {one.name} is up; logs in {one.logs}")
    if not plan.started():
        return 0
    refused, silent = startup.wait(one, plan, CONFIGURE_SECONDS)
    for name, problem in refused.items():
        say(f"{name} REFUSED its configuration: {problem}")
    if silent:
        say(f"not yet configured after {CONFIGURE_SECONDS} s: {', '.join(silent)}")
    say("the routers have been started; their protocols need up to a minute to converge")
    return 1 if refused else 0


def run_down(arguments):
    """down [LAB...]"""
    if arguments.all:
        labs = lab.all_labs()
    else:
        labs = [lab.find(name) for name in arguments.labs or [None]]
    for one in labs:
        one.stop()
        say(f"lab {one.name} is down")
    if arguments.all:
        lab.sweep(age=0)
    return 0


def run_list(_arguments):
    """list"""
    for one in lab.all_labs():
        print(f"{one.name}  {one.data['mode']}  {one.data['scenario']}")
    return 0


def known_node(one, name):
    """Refuses a node that the lab does not have."""
    plan = one.topology()
    if name not in plan.nodes:
        raise LabError(f"lab {one.name} has no node {name}; it has {', '.join(plan.nodes)}")
    return plan


def run_shell(arguments):
    """shell NODE"""
    one = lab.find(arguments.lab)
    known_node(one, arguments.node)
    return inside.run(one, arguments.node, inside.shell_command())


def run_exec(arguments):
    """exec NODE COMMAND...; --lab may stand behind the node too"""
    command = arguments.command
    if command[:1] == ["--lab"] and len(command) > 1:
        arguments.lab, command = command[1], command[2:]
    elif command and command[0].startswith("--lab="):
        arguments.lab, command = command[0].removeprefix("--lab="), command[1:]
    command = command[1:] if command[:1] == ["--"] else command
    one = lab.find(arguments.lab)
    known_node(one, arguments.node)
    if not command:
        raise LabError("exec: which command?")
    return inside.run(one, arguments.node, command)


def run_trace(arguments):
    """trace HOST HOST"""
    one = lab.find(arguments.lab)
    plan = known_node(one, arguments.source)
    address = None
    if arguments.target not in plan.nodes:
        raise LabError(f"lab {one.name} has no node {arguments.target}")
    if arguments.to:
        address = arguments.to
    connection = one.connect()
    try:
        result = trace.run(connection, plan, arguments.source, arguments.target, address,
                           arguments.count, arguments.size)
        trace.add_meanings(result, labels.LabelBook(connection, plan))
    finally:
        connection.close()
    style = picture.Style(False) if arguments.plain else None
    print(picture.draw(result, style, arguments.both))
    return 0 if result.received == result.sent else 1


def run_run(arguments):
    """run SCENARIO..."""
    return runner.run([scenario_folder(name) for name in arguments.scenarios],
                      build_folder(arguments), arguments.logs, arguments.repeat, arguments.only,
                      arguments.without, arguments.jobs, arguments.configure)


def run_resolve(arguments):
    """resolve SCENARIO"""
    print(resolve.text(scenario_folder(arguments.scenario)))
    return 0


def run_demo(arguments):
    """demo"""
    folder = build_folder(arguments) if arguments.build else None
    return demo.run(scenario_folder(arguments.scenario), arguments.batch, folder)


def add_lab_verbs(verbs):
    """up, down, list, shell, exec, trace."""
    up = verbs.add_parser("up", help="bring a scenario up and leave it running")
    up.add_argument("scenario")
    up.add_argument("--lab", metavar="NAME", help="name of the lab (else the scenario's)")
    up.add_argument("--build", metavar="DIR", help="where bin/stratad is (else build/)")
    up.set_defaults(run=run_up)
    running = verbs.add_parser("run", help="up, convergence, all checks, down")
    running.add_argument("scenarios", nargs="+", metavar="SCENARIO",
                         help="one after another in one virtual machine")
    running.add_argument("--build", metavar="DIR", help="where bin/stratad is (else build/)")
    running.add_argument("--logs", metavar="DIR", help="keep the routers' logs there")
    running.add_argument("--repeat", type=int, default=1, metavar="N", help="N fresh runs")
    running.add_argument("--jobs", type=int, default=1, metavar="N",
                         help="share the scenarios out to N virtual machines at once")
    running.add_argument("--only", action="append", metavar="KIND",
                         help="besides convergence only checks of this kind (may be repeated)")
    running.add_argument("--without", action="append", metavar="KIND", default=[],
                         help="no checks of this kind (may be repeated)")
    running.set_defaults(run=run_run)
    running.add_argument("--configure", action="append", metavar="[SCENARIO=]WAY", default=[],
                         help="how the routers get their configuration: "
                         f"{', '.join(ways.WAYS)}, or mixed (may be repeated)")
    resolving = verbs.add_parser("resolve", help="a scenario put together, as JSON")
    resolving.add_argument("scenario")
    resolving.set_defaults(run=run_resolve)
    showing = verbs.add_parser("demo", help="build, bring up a carrier's carrier network, show it")
    showing.add_argument("--batch", action="store_true", help="no shell at the end")
    showing.add_argument("--build", metavar="DIR", help="do not build, use this")
    showing.add_argument("--scenario", default="csc-bgp", help=argparse.SUPPRESS)
    showing.set_defaults(run=run_demo)
    down = verbs.add_parser("down", help="take a lab down")
    down.add_argument("labs", nargs="*", metavar="LAB")
    down.add_argument("--all", action="store_true")
    down.set_defaults(run=run_down)
    listing = verbs.add_parser("list", help="labs that are up")
    listing.set_defaults(run=run_list)
    shell = verbs.add_parser("shell", help="a shell inside a node")
    shell.add_argument("node")
    shell.set_defaults(run=run_shell)
    execute = verbs.add_parser("exec", help="a command inside a node")
    execute.add_argument("node")
    execute.add_argument("command", nargs=argparse.REMAINDER)
    execute.set_defaults(run=run_exec)
    tracing = verbs.add_parser("trace", help="follow packets from host to host, label by label")
    tracing.add_argument("source")
    tracing.add_argument("target")
    tracing.add_argument("--to", metavar="ADDRESS", help="an address of the target")
    tracing.add_argument("--count", type=int, default=3)
    tracing.add_argument("--size", type=int, default=84, help="bytes of the IP packet")
    tracing.add_argument("--both", action="store_true", help="the answer's way too")
    tracing.add_argument("--plain", action="store_true", help="no colours")
    tracing.set_defaults(run=run_trace)
    for verb in (shell, execute, tracing):
        verb.add_argument("--lab", metavar="NAME", help="which lab, if several are up")


def make_parser():
    """All verbs."""
    parser = argparse.ArgumentParser(prog="strata-lab", description="Networks of namespaces on "
                                     "kernel MPLS; see docs/lab.md.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add_lab_verbs(verbs)
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
