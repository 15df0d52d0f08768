# SPDX-License-Identifier: Apache-2.0
"""Whether the routers took their configurations: told by what they print when they start."""

import re
import time

ACCEPTED = {"strata": re.compile(r" mgmtd committed .*author=boot"),
            "bird": re.compile(r"^bird: Started", re.MULTILINE)}
REFUSED = {"strata": re.compile(r' mgmtd (?:configuration-bad|running-not-expanded) error="(.*)"'
                                r' effect='),
           "bird": re.compile(r"^bird: (\S+:\d+:\d+ .*|Unable to open .*)$", re.MULTILINE)}


def verdict(program, text):
    """(whether it is known, what a router says against its configuration or None)."""
    refused = REFUSED[program].search(text)
    if refused:
        return True, refused.group(1)
    return bool(ACCEPTED[program].search(text)), None


def look(lab, plan):
    """({router: what it says against its configuration}, routers that are still silent)"""
    refused = {}
    silent = []
    for node in plan.started():
        path = lab.logs / f"{node.name}.log"
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        is_known, problem = verdict(node.program, text)
        if problem:
            refused[node.name] = problem
        elif not is_known:
            silent.append(node.name)
    return refused, silent


def wait(lab, plan, seconds):
    """The same when all have answered or the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        refused, silent = look(lab, plan)
        if not silent or time.monotonic() > deadline:
            return refused, silent
        time.sleep(0.2)
