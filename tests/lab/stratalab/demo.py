# SPDX-License-Identifier: Apache-2.0
"""The demonstration: installs and builds what is missing, brings the carrier's carrier network up,
shows the customers' pings and every label on the way, and leaves a shell for looking around.
"""

import os
import subprocess
import sys
import tempfile
import time

from . import checkfile, checks, disturb, lab, labels, packages, picture, runner, topology, trace
from .errors import LabError, StartError

HOSTS = ("cust1", "cust2")
NETWORK = """
        site 1 of AS 200                 AS 100                  site 2 of AS 200
  cust1 - l2pe1 - s1 - l1ce1 == l1pe1 - p - l1pe2 == l1ce2 - s2 - l2pe2 - cust2
                                  |
                                 evil  (another customer carrier, same addresses)
"""
HINTS = """
The network stays up until you leave this shell. Look around:

  strata-lab trace cust1 cust2 --both        every label, there and back
  strata-lab shell l1pe1                     a shell on a router; there: strata, ip -f mpls route
  strata-lab exec l1pe1 strata -c 'show mpls label'
  strata-lab exec cust1 ping 192.168.2.1
"""


def run_visibly(command, log):
    """A build step; its output is kept, and shown when it fails."""
    done = subprocess.run(command, cwd=lab.repository(), stdin=subprocess.DEVNULL, stdout=log,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        log.seek(0)
        raise StartError(f"{' '.join(command)} failed:\n"
                         + log.read().decode(errors="replace")[-3000:])


def build(say):
    """Installs what building needs and builds; the build folder."""
    root = lab.repository()
    with tempfile.TemporaryFile() as log:
        say("looking for packages that building needs")
        run_visibly([str(root / "tests" / "packages"), "build"], log)
        say("building (the first time takes a few minutes)")
        begin = time.monotonic()
        run_visibly(["cmake", "--preset", "release"], log)
        run_visibly(["ninja", "-C", "build"], log)
        say(f"built in {time.monotonic() - begin:.0f} s")
    return root / "build"


def wait_until_up(context, say):
    """Polls the convergence checks; what is still missing after the time-out, or None."""
    begin = time.monotonic()
    told = 0.0
    while True:
        problem = disturb.first_problem(context)
        spent = time.monotonic() - begin
        if problem is None:
            say(f"converged: everything is as it must be, {spent:.0f} s after the routers started")
            return None
        if spent > context.settings.converge_seconds:
            return problem
        if spent - told >= 10:
            told = spent
            say(f"{spent:.0f} s: waiting for {problem}")
        time.sleep(context.settings.poll_seconds)


def show_pings(context):
    """The customers' pings, both ways; True when nothing was lost."""
    is_whole = True
    for source, target in (HOSTS, HOSTS[::-1]):
        address = context.plan.nodes[target].address()
        for size, dont_fragment in ((84, False), (1500, True)):
            answer = context.connection.ask("ping", node=source, to=address, count=5, size=size,
                                            df=dont_fragment, interval=0.1)
            times = sorted(answer["rtt"])
            print(f"  {source} pings {target} ({address}), {size} bytes: {answer['received']} of "
                  f"{answer['sent']} answered"
                  + (f", {times[0]:.1f} to {times[-1]:.1f} ms" if times else ""))
            is_whole = is_whole and answer["received"] == answer["sent"]
    return is_whole


def show(context):
    """Pings and picture; True when all is well."""
    print(NETWORK)
    is_whole = show_pings(context)
    print()
    result = trace.run(context.connection, context.plan, *HOSTS)
    try:
        trace.add_meanings(result, labels.LabelBook(context.connection, context.plan))
    except LabError as error:
        print(f"  (labels without meanings: {error})")
    print(picture.draw(result, is_both_ways=True), flush=True)
    return is_whole and result.received == result.sent


def leave_shell(one):
    """A shell on the host that knows the lab."""
    print(HINTS)
    environment = dict(os.environ, STRATA_LAB=one.name, PS1=r"strata-lab \w$ ")
    here = lab.repository() / "tests" / "lab"
    environment["PATH"] = f"{here}:{environment.get('PATH', '')}"
    subprocess.run(["/bin/bash", "--norc", "--noprofile", "-i"], env=environment, check=False)


def run(scenario, is_batch=False, build_folder=None):
    """`strata-lab demo`: exit status 0 when the network does what it must."""
    def say(text):
        print(f"strata-lab: {text}", file=sys.stderr, flush=True)

    is_batch = is_batch or not (sys.stdin.isatty() and sys.stdout.isatty())
    folder = build_folder or build(say)
    packages.ensure(packages.NATIVE_TOOLS)
    plan = topology.load(scenario)
    settings, wanted = checkfile.load(scenario, plan)
    one = lab.bring_up(f"demo-{os.getpid()}", plan, folder, say, is_background=False)
    try:
        context = checks.Context(one.connect, plan, settings, wanted)
        try:
            problem = wait_until_up(context, say)
            if problem:
                say(f"not up after {settings.converge_seconds:.0f} s: {problem}")
                runner.explain(context, runner.Report(), one.logs)
            is_well = show(context) and problem is None
        finally:
            context.close()
        if not is_batch:
            leave_shell(one)
        return 0 if is_well else 1
    finally:
        say("taking the network down")
        one.stop()
