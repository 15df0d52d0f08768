# SPDX-License-Identifier: Apache-2.0
"""Which router gets its configuration in which way; configure.py goes those ways, inside."""

from .errors import LabError

WAYS = ("file", "shell", "text", "json", "xml", "netconf")
MIXED = "mixed"


def chosen(name, configure):
    """The way for a scenario out of "WAY" and "SCENARIO=WAY"; the last that fits counts."""
    way = WAYS[0]
    for words in configure:
        scenario, equals, wanted = words.rpartition("=")
        if wanted not in (*WAYS, MIXED):
            raise LabError(f"--configure: {wanted!r} is none of {', '.join(WAYS)}, {MIXED}")
        if not equals or scenario == name:
            way = wanted
    return way


def of_routers(plan, configure):
    """{router: way}, without those that start with their file. Mixed: the ways one after the other."""
    way = chosen(plan.name, configure)
    routers = [node.name for node in plan.started() if node.program == "strata"]
    ways = {name: WAYS[number % len(WAYS)] if way == MIXED else way
            for number, name in enumerate(routers)}
    return {name: wanted for name, wanted in ways.items() if wanted != WAYS[0]}
