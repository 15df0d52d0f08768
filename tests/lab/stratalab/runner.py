# SPDX-License-Identifier: Apache-2.0
"""Runs a scenario: up, convergence, all checks, down; prints a line for each check."""

import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import sys
import threading
import time

from . import checkfile, checks, disturb, lab, picture, startup, topology, trace, ways
from .errors import LabError

LOG_LINES = 12
SETTLE_SECONDS = 30
PROGRESS_SECONDS = 10
DISTURBING = ("kill", "kill-round", "fault")
ITSELF = checkfile.Check("run", "the scenario itself", {})
WHOLE = checkfile.Check("whole", "everything as before the faults", {})


class Report:
    """Counts and prints (at once, or all of it with `flush`), and knows what the time went into."""

    def __init__(self, is_held=False):
        self.held = [] if is_held else None
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
        self.write(f"{word:<7} {check.kind:<6} {check.name}  [{outcome.seconds:.1f} s]  "
                   f"{outcome.detail}")

    def say(self, text):
        """Something that is no check."""
        self.write(f"        {text}")

    def write(self, text):
        """A line, now or later."""
        if self.held is None:
            print(text, flush=True)
        else:
            self.held.append(text)

    def flush(self):
        """What was held back."""
        if self.held:
            print("\n".join(self.held), flush=True)
            self.held = []

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
    """Says now and then what is being waited for; gives up when a configuration was refused."""

    def __init__(self, report, one, plan):
        self.report = report
        self.one = one
        self.plan = plan
        self.begin = self.told = time.monotonic()

    def waiting_for(self, check, outcome):
        """Prints at most every PROGRESS_SECONDS."""
        now = time.monotonic()
        if now - self.told >= PROGRESS_SECONDS:
            self.told = now
            self.report.say(f"{now - self.begin:.0f} s: waiting for {check.kind} {check.name}: "
                            f"{outcome.detail}")
            refused, _ = startup.look(self.one, self.plan)
            if refused:
                raise LabError("; ".join(f"{name} refused its configuration: {problem}"
                                         for name, problem in refused.items()))


def converge(context, report, one):
    """Polls the convergence checks until all have passed, each from the first failure on."""
    begin = time.monotonic()
    progress = Progress(report, one, context.plan)
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
                report.write(picture.draw_compact(result))
    for path in sorted(pathlib.Path(logs).glob("*.log")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
        if lines:
            report.say(f"the end of {path.name}:")
            report.write("\n".join("    " + line for line in lines))


def run_checks(one, plan, settings, wanted, report):
    """All checks on a lab that is up."""
    context = checks.Context(one.connect, plan, settings, wanted)
    try:
        guard = settings.guard
        if guard and guard["initially"] == "off":
            context.must_run(guard["node"], guard["on"])
        if not converge(context, report, one):
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

    def __init__(self, folder, only=None, without=(), configure=()):
        self.plan = topology.load(folder)
        self.ways = ways.of_routers(self.plan, configure)
        self.settings, wanted = checkfile.load(folder, self.plan)
        self.checks = choose(wanted, only, without)

    def run(self, one, report):
        """In a lab that has no network; leaves none."""
        connection = one.connect()
        try:
            lab.deploy(one, connection, self.plan, report.say, self.ways)
            report.phase("start")
            run_checks(one, self.plan, self.settings, self.checks, report)
        finally:
            connection.ask("clear")
            connection.close()
            report.phase("down")

    def report(self, one, report, logs):
        """One whole run; what could not be done at all counts as a failure."""
        try:
            self.run(one, report)
        except LabError as error:
            report.add(ITSELF, checks.Outcome(False, str(error)))
        keep_logs(one, logs)
        for path in one.logs.glob("*.log"):
            if path.stem in self.plan.nodes:
                path.unlink()
        report.say(f"{self.plan.name} took {report.times()}")


class Runs:
    """Many runs in a few machines, each taking the next that is waiting."""

    def __init__(self, scenarios, build, logs, repeat, jobs):
        self.waiting = [(scenario, number) for number in range(1, repeat + 1)
                        for scenario in scenarios]
        self.jobs = min(jobs, len(self.waiting))
        self.scenarios = scenarios
        self.build = build
        self.logs = logs
        self.repeat = repeat
        self.labs = []
        self.reports = []
        self.lock = threading.Lock()

    def title(self, scenario, number):
        """What stands above a run."""
        return f"== {scenario.plan.name}" + (f", run {number} of {self.repeat}"
                                             if self.repeat > 1 else "")

    def boot(self, number):
        """A machine of our own."""
        name = f"{self.scenarios[0].plan.name}-{os.getpid()}" + (f"-{number}" if number else "")
        one = lab.boot(name, [each.plan for each in self.scenarios], self.build,
                       Report().say, is_background=False)
        with self.lock:
            self.labs.append(one)
        return one

    def machine(self, number):
        """Run after run in a machine, until none waits; one that has died is replaced."""
        one = self.boot(number)
        try:
            while True:
                with self.lock:
                    if not self.waiting:
                        return
                    scenario, turn = self.waiting.pop(0)
                if not one.process_lives():
                    one.stop()
                    one = self.boot(number)
                self.one_run(one, scenario, turn)
        finally:
            one.stop()

    def one_run(self, one, scenario, turn):
        """One scenario in a machine, told at once or, beside others, at its end."""
        report = Report(is_held=self.jobs > 1)
        if len(self.scenarios) > 1 or self.repeat > 1:
            report.write(self.title(scenario, turn))
        many = self.logs and len(self.scenarios) > 1
        scenario.report(one, report, pathlib.Path(self.logs) / scenario.plan.name if many
                        else self.logs)
        with self.lock:
            report.flush()
            self.reports.append((scenario.plan.name, report))

    def all(self):
        """[(scenario's name, Report)] of all runs."""
        if self.jobs < 2:
            self.machine(0)
            return self.reports
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            workers = [pool.submit(self.machine, number) for number in range(self.jobs)]
            try:
                for worker in workers:
                    worker.result()
            finally:
                self.waiting = []
                if any(worker.running() for worker in workers):
                    for one in self.labs:
                        one.stop()
        return self.reports


def run(folders, build, logs=None, repeat=1, only=None, without=(), jobs=1, configure=()):
    """`strata-lab run`: exit status 0 when every check of every run passed."""
    scenarios = [Scenario(folder, only, without, configure) for folder in folders]
    begin = time.monotonic()
    reports = Runs(scenarios, build, logs, repeat, jobs).all()
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
