# SPDX-License-Identifier: Apache-2.0
"""Runs a scenario: up, convergence, all checks, down; prints a line for each check."""

import contextlib
import os
import pathlib
import shutil
import sys
import time

from . import checkfile, checks, disturb, lab, picture, topology, trace
from .errors import LabError

LOG_LINES = 12
SETTLE_SECONDS = 30
PROGRESS_SECONDS = 10
DISTURBING = ("kill", "kill-round", "fault")
ITSELF = checkfile.Check("run", "the scenario itself", {})
WHOLE = checkfile.Check("whole", "everything as before the faults", {})


class Report:
    """Counts and prints, and knows what the time went into."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.failures = []
        self.phases = {}
        self.begun = self.last = time.monotonic()

    def add(self, check, outcome):
        """One check's line."""
        if outcome.is_ok:
            self.passed += 1
        else:
            self.failed += 1
            self.failures.append(f"{check.kind} {check.name}")
        word = "ok" if outcome.is_ok else "FAILED"
        print(f"{word:<7} {check.kind:<6} {check.name}  [{outcome.seconds:.1f} s]  "
              f"{outcome.detail}", flush=True)

    def say(self, text):
        """Something that is no check."""
        print(f"        {text}", flush=True)

    def phase(self, name):
        """The time since the last phase's end belongs to this one."""
        now = time.monotonic()
        self.phases[name] = self.phases.get(name, 0.0) + now - self.last
        self.last = now

    def times(self):
        """The seconds of each phase."""
        words = [f"{name} {seconds:.1f}" for name, seconds in self.phases.items()]
        return f"{self.last - self.begun:.1f} s: " + ", ".join(words)


class Progress:
    """Says now and then what is being waited for."""

    def __init__(self, report):
        self.report = report
        self.begin = self.told = time.monotonic()

    def waiting_for(self, check, outcome):
        """Prints at most every PROGRESS_SECONDS."""
        now = time.monotonic()
        if now - self.told >= PROGRESS_SECONDS:
            self.told = now
            self.report.say(f"{now - self.begin:.0f} s: waiting for {check.kind} {check.name}: "
                            f"{outcome.detail}")


def converge(context, report):
    """Polls the convergence checks until all have passed, each from the first failure on."""
    begin = time.monotonic()
    progress = Progress(report)
    wanted = [check for check in context.checks if check.is_for_convergence]
    is_late = False
    for pending in disturb.groups(wanted):
        while pending:
            failed = []
            outcomes = disturb.carry_out_all(context, pending)
            is_late = time.monotonic() - begin > context.settings.converge_seconds
            for check, outcome in zip(pending, outcomes):
                if outcome.is_ok or is_late:
                    report.add(check, outcome)
                else:
                    failed.append(check)
                    progress.waiting_for(check, outcome)
            pending = failed
            if pending:
                context.forget()
                time.sleep(context.settings.poll_seconds)
    if wanted and not report.failed:
        report.say(f"converged {time.monotonic() - begin:.1f} s after the routers started")
    report.phase("converge")
    return report.failed == 0


def explain(context, report, logs):
    """What helps after a failure: where the packets stop, and the ends of the logs."""
    for check in context.checks:
        if check.kind == "ping" and check["expect"] == "reply":
            target = next((node.name for node in context.plan.nodes.values()
                           if node.address() == check["address"]), None)
            if target is None:
                continue
            with contextlib.suppress(LabError):
                result = trace.run(context.connection, context.plan, check["from"], target)
                report.say(f"trace {check['from']} to {target}:")
                print(picture.draw_compact(result), flush=True)
    for path in sorted(pathlib.Path(logs).glob("*.log")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
        if lines:
            report.say(f"the end of {path.name}:")
            print("\n".join("    " + line for line in lines), flush=True)


def run_checks(one, plan, settings, wanted, report):
    """All checks on a lab that is up."""
    context = checks.Context(one.connect, plan, settings, wanted)
    try:
        guard = settings.guard
        if guard and guard["initially"] == "off":
            context.must_run(guard["node"], guard["on"])
        if not converge(context, report):
            explain(context, report, one.logs)
        rest = [check for check in wanted if not check.is_for_convergence]
        for group in disturb.groups(rest):
            for check, outcome in zip(group, disturb.carry_out_all(context, group)):
                report.add(check, outcome)
            report.phase(group[0].kind)
        if any(check.kind in DISTURBING for check in wanted):
            is_whole, spent, problem = disturb.wait_until_whole(context, SETTLE_SECONDS)
            report.add(WHOLE, checks.Outcome(is_whole, problem or "", spent))
            report.phase("whole")
    finally:
        context.close()


def keep_logs(one, folder):
    """Copies the routers' logs out of the lab."""
    if folder:
        target = pathlib.Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        for path in one.logs.glob("*"):
            shutil.copy(path, target / path.name)


def choose(wanted, only, without):
    """The checks to do: all convergence checks, of the others those kinds."""
    return [check for check in wanted if check.is_for_convergence
            or ((not only or check.kind in only) and check.kind not in without)]


class Scenario:
    """One scenario to run."""

    def __init__(self, folder, only=None, without=()):
        self.plan = topology.load(folder)
        self.settings, wanted = checkfile.load(folder, self.plan)
        self.checks = choose(wanted, only, without)

    def run(self, one, report):
        """In a lab that has no network; leaves none."""
        connection = one.connect()
        try:
            lab.deploy(one, connection, self.plan, report.say)
            report.phase("start")
            run_checks(one, self.plan, self.settings, self.checks, report)
        finally:
            connection.ask("clear")
            connection.close()
            report.phase("down")

    def report(self, one, logs):
        """The Report of one run; what could not be done at all counts as a failure."""
        report = Report()
        try:
            self.run(one, report)
        except LabError as error:
            report.add(ITSELF, checks.Outcome(False, str(error)))
        keep_logs(one, logs)
        for path in one.logs.glob("*.log"):
            if path.stem in self.plan.nodes:
                path.unlink()
        return report


def run_one_after_another(scenarios, build, logs, repeat):
    """[(scenario's name, Report)] of all runs, in one machine."""
    reports = []
    first = Report()
    one = lab.boot(f"{scenarios[0].plan.name}-{os.getpid()}", [each.plan for each in scenarios],
                   build, first.say, is_background=False)
    try:
        for number in range(1, repeat + 1):
            for scenario in scenarios:
                name = scenario.plan.name
                if len(scenarios) > 1 or repeat > 1:
                    print(f"== {name}" + (f", run {number} of {repeat}" if repeat > 1 else ""),
                          flush=True)
                to = logs and (pathlib.Path(logs) / name if len(scenarios) > 1 else logs)
                report = scenario.report(one, to)
                report.say(f"{name} took {report.times()}")
                reports.append((name, report))
    finally:
        one.stop()
    return reports


def run(folders, build, logs=None, repeat=1, only=None, without=()):
    """`strata-lab run`: exit status 0 when every check of every run passed."""
    scenarios = [Scenario(folder, only, without) for folder in folders]
    begin = time.monotonic()
    reports = run_one_after_another(scenarios, build, logs, repeat)
    passed = sum(report.passed for _, report in reports)
    failed = sum(report.failed for _, report in reports)
    if len(reports) > 1:
        print(f"== {len(reports)} runs in {time.monotonic() - begin:.0f} s, "
              f"{sum(not report.failed for _, report in reports)} without a failure")
        for name, report in reports:
            for failure in report.failures:
                print(f"        {name}: FAILED {failure}")
    print(f"{passed} passed, {failed} failed")
    sys.stdout.flush()
    return 0 if failed == 0 and passed else 1
