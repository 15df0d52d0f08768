# SPDX-License-Identifier: Apache-2.0
"""Checks that break something while packets flow: [[kill]] and [[fault]]."""

import time

from . import checks, trace
from .errors import LabError


def start_flow(context, check, source, address, token=b""):
    """A steady ping; its number."""
    return context.connection.ask("flow-start", node=source, to=address, rate=check["rate"],
                                  token=token.hex())["flow"]


def outage(timeline, since):
    """(lost, sent, seconds from `since` to the end of the last loss) of a flow's timeline."""
    lost = [sent for _, sent, reply in timeline if reply is None]
    return len(lost), len(timeline), max(0.0, lost[-1] - since) if lost else 0.0


# After each of many kills only the packets are asked; `run` asks everything once more at its end.
FORWARDING = ("ping", "stack")


def wait_until_whole(context, seconds, kinds=None):
    """Polls the convergence checks (of these kinds) until they pass; (whether, seconds it took,
    what failed)."""
    begin = time.monotonic()
    while True:
        problem = first_problem(context, kinds)
        spent = time.monotonic() - begin
        if problem is None or spent > seconds:
            return problem is None, spent, problem
        time.sleep(context.settings.poll_seconds)


def first_problem(context, kinds=None):
    """What the first failing convergence check (of these kinds) says, or None."""
    context.book.forget()
    for check in context.checks:
        if check.is_for_convergence and (kinds is None or check.kind in kinds):
            try:
                outcome = carry_out(context, check)
            except LabError as error:
                return f"{check.kind} {check.name}: {error}"
            if not outcome.is_ok:
                return f"{check.kind} {check.name}: {outcome.detail}"
    return None


def restart_killed(context, check):
    """What the init system would do for stratad; for other daemons that is stratad's work."""
    if check["restart-seconds"]:
        time.sleep(check["restart-seconds"])
        node = context.plan.nodes[check["router"]]
        context.connection.ask("start", node=node.name, config=str(node.config))


def is_back(context, check, pids):
    """Whether a new process of the daemon runs."""
    listed = context.connection.ask("list", node=check["router"])[check["router"]]
    return any(command == check["daemon"] and pid not in pids for pid, command in listed)


def check_kill(context, check):
    """[[kill]]: a daemon dies under a steady ping; then everything must be whole and clean."""
    flow = start_flow(context, check, check["from"], check["address"])
    problems = []
    killed = None
    try:
        time.sleep(1.0)
        killed = context.connection.ask("kill", node=check["router"], daemon=check["daemon"],
                                        signal=check["signal"])
        if not killed["pids"]:
            problems.append(f"{check['router']} runs no {check['daemon']}")
        else:
            restart_killed(context, check)
            time.sleep(check["observe-seconds"])
            is_whole, spent, problem = wait_until_whole(
                context, max(0.0, check["recover-seconds"] - check["observe-seconds"]), FORWARDING)
            if not is_whole:
                spent += check["observe-seconds"]
                problems.append(f"not whole after {spent:.0f} s: {problem}")
            if not is_back(context, check, killed["pids"]):
                problems.append(f"{check['daemon']} did not come back")
    finally:
        answer = context.connection.ask("flow-stop", flow=flow)
    lost, sent, seconds = outage(answer["timeline"], killed["time"] if killed else 0)
    if lost and check["expect"] == "no-loss":
        problems.append(f"packets were lost during {seconds:.1f} s")
    if lost and seconds > check["recover-seconds"]:
        problems.append(f"still losing packets {seconds:.1f} s after")
    if check["audit"] and context.settings.audit_command:
        problems += checks.audit_patiently(context, [n.name for n in context.plan.routers()])
    return checks.Outcome(not problems, f"{lost} of {sent} lost"
                          + (f", the last after {seconds:.1f} s" if lost else "")
                          + "".join(f"; {problem}" for problem in problems))


def allowed_stacks(context, stack):
    """{link: [sets of labels, top first]} of a [[stack]] check as the labels are now."""
    context.book.forget()
    context.book.fetch([label for wanted in stack["links"].values() for label in wanted])
    return {link: [context.book.resolve(label) for label in wanted]
            for link, wanted in stack["links"].items()}


def wrong_hops(hops, allowed, there):
    """Hops of the way there whose labels are not the allowed ones; `there` is their direction."""
    wrong = []
    for hop, echo in hops:
        if echo is not None and echo[0] != (not there):
            continue
        wanted = allowed.get(hop.link, [])
        values = hop.values()
        if len(values) != len(wanted) or any(v not in one for v, one in zip(values, wanted)):
            wrong.append(f"{hop.link}: {' '.join(map(str, values)) or 'no label'}")
    return list(dict.fromkeys(wrong))


def check_fault(context, check):
    """[[fault]]: while something is broken no packet has a wrong stack; later all is whole."""
    stack = check["stack"]
    allowed = allowed_stacks(context, stack)
    token = trace.new_token()
    problems = []
    context.must_run(check["node"], check["break"])
    try:
        capture = context.connection.ask("capture-start", token=token.hex())["capture"]
        flow = start_flow(context, check, stack["from"], stack["address"], token)
        time.sleep(check["seconds"])
        answer = context.connection.ask("flow-stop", flow=flow, wait=1.0)
        frames = context.connection.ask("capture-stop", capture=capture)["frames"]
    finally:
        context.must_run(check["node"], check["mend"])
    wrong = wrong_hops(trace.hops_of(frames, context.plan), allowed, True)
    problems += [f"wrong stack on {text}" for text in wrong]
    lost, sent, _ = outage(answer["timeline"], 0)
    if check["during"] == "lost" and lost < sent / 2:
        problems.append("packets still got through")
    if check["during"] == "delivered" and lost:
        problems.append("packets were lost")
    is_whole, spent, problem = wait_until_whole(context, check["recover-seconds"])
    if not is_whole:
        problems.append(f"not whole {spent:.0f} s after mending: {problem}")
    return checks.Outcome(not problems, f"{lost} of {sent} lost while broken, "
                          f"whole {spent:.1f} s after mending"
                          + "".join(f"; {text}" for text in problems))


TABLE = {
    "ping": checks.check_ping,
    "stack": checks.check_stack,
    "route": checks.check_route,
    "tcp": checks.check_tcp,
    "exec": checks.check_exec,
    "forge": checks.check_forge,
    "audit": checks.check_audit,
    "fault": check_fault,
    "kill": check_kill,
}


def carry_out(context, check):
    """Any check by its kind."""
    return TABLE[check.kind](context, check)
