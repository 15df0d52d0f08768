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


class Report:
    """Counts and prints."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def add(self, is_ok, kind, name, detail, seconds):
        """One check's line."""
        if is_ok:
            self.passed += 1
        else:
            self.failed += 1
        word = "ok" if is_ok else "FAILED"
        print(f"{word:<7} {kind:<6} {name}  [{seconds:.1f} s]  {detail}", flush=True)

    def say(self, text):
        """Something that is no check."""
        print(f"        {text}", flush=True)


def attempt(context, check):
    """(outcome, seconds); what could not be done counts as failed."""
    begin = time.monotonic()
    try:
        outcome = disturb.carry_out(context, check)
    except LabError as error:
        outcome = checks.Outcome(False, str(error))
    return outcome, time.monotonic() - begin


def converge(context, report):
    """Polls the convergence checks until all have passed, each from the first failure on."""
    pending = [check for check in context.checks if check.is_for_convergence]
    begin = time.monotonic()
    while pending:
        outcome, seconds = attempt(context, pending[0])
        late = time.monotonic() - begin > context.settings.converge_seconds
        if outcome.is_ok or late:
            report.add(outcome.is_ok, pending[0].kind, pending[0].name, outcome.detail, seconds)
            pending.pop(0)
            if not pending and not late:
                report.say(f"converged {time.monotonic() - begin:.1f} s after the routers started")
        else:
            context.book.forget()
            time.sleep(context.settings.poll_seconds)
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
    connection = one.connect()
    try:
        context = checks.Context(connection, plan, settings, wanted)
        guard = settings.guard
        if guard and guard["initially"] == "off":
            context.must_run(guard["node"], guard["on"])
        if not converge(context, report):
            explain(context, report, one.logs)
        for check in wanted:
            if not check.is_for_convergence:
                outcome, seconds = attempt(context, check)
                report.add(outcome.is_ok, check.kind, check.name, outcome.detail, seconds)
        if any(check.kind in ("kill", "fault") for check in wanted):
            is_whole, spent, problem = disturb.wait_until_whole(context, SETTLE_SECONDS)
            report.add(is_whole, "whole", "everything as before the faults", problem or "", spent)
    finally:
        connection.close()


def keep_logs(one, folder):
    """Copies the routers' logs out of the lab."""
    if folder:
        target = pathlib.Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        for path in one.logs.glob("*"):
            shutil.copy(path, target / path.name)


def run_once(folder, build, logs=None, only=None):
    """One whole run; the Report."""
    plan = topology.load(folder)
    settings, wanted = checkfile.load(folder, plan)
    if only:
        wanted = [check for check in wanted if check.kind in only or check.is_for_convergence]
    report = Report()
    name = f"{pathlib.Path(folder).name}-{os.getpid()}"
    one = lab.bring_up(name, folder, build, report.say, is_background=False)
    try:
        run_checks(one, plan, settings, wanted, report)
    finally:
        keep_logs(one, logs)
        one.stop()
    return report


def run(folder, build, logs=None, repeat=1, only=None):
    """`strata-lab run`: exit status 0 when every check of every run passed."""
    passed = failed = whole = 0
    for number in range(1, repeat + 1):
        if repeat > 1:
            print(f"run {number} of {repeat}", flush=True)
        begin = time.monotonic()
        report = run_once(folder, build, logs, only)
        passed += report.passed
        failed += report.failed
        whole += report.failed == 0
        report.say(f"all of it took {time.monotonic() - begin:.1f} s")
    if repeat > 1:
        print(f"{whole} of {repeat} runs without a failure")
    print(f"{passed} passed, {failed} failed")
    sys.stdout.flush()
    return 0 if failed == 0 and passed else 1
