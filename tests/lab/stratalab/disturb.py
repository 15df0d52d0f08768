# SPDX-License-Identifier: Apache-2.0
"""Checks that break something while packets flow: [[kill]] and [[fault]]."""

import time

from . import checks, labels, trace
from .errors import GoneError, LabError


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
LAST_LOOK = 2.0  # how long after the last kill of a round packets are still looked at
TOGETHER = ("ping", "forge")


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
    context.forget()
    wanted = [check for check in context.checks
              if check.is_for_convergence and (kinds is None or check.kind in kinds)]
    for group in groups(wanted):
        for check, outcome in zip(group, carry_out_all(context, group)):
            if not outcome.is_ok:
                return f"{check.kind} {check.name}: {outcome.detail}"
    return None


def restart_stratad(context, router, seconds):
    """What the init system would do for stratad; for other daemons that is stratad's work."""
    time.sleep(seconds)
    node = context.plan.nodes[router]
    context.connection.ask("start", node=node.name, config=str(node.config))


def is_back(context, router, daemon, pids):
    """Whether a new process of the daemon runs."""
    listed = context.connection.ask("list", node=router)[router]
    return any(command == daemon and pid not in pids for pid, command in listed)


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
            if check["restart-seconds"]:
                restart_stratad(context, check["router"], check["restart-seconds"])
            time.sleep(check["observe-seconds"])
            is_whole, spent, problem = wait_until_whole(
                context, max(0.0, check["recover-seconds"] - check["observe-seconds"]), FORWARDING)
            if not is_whole:
                spent += check["observe-seconds"]
                problems.append(f"not whole after {spent:.0f} s: {problem}")
            if not is_back(context, check["router"], check["daemon"], killed["pids"]):
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


def kill_one(context, check, router, daemon):
    """Kills a daemon and waits until it is back; (when it was killed, problem or None)."""
    killed = context.connection.ask("kill", node=router, daemon=daemon, signal="KILL")
    if not killed["pids"]:
        return killed["time"], f"{router} runs no {daemon}"
    begin = time.monotonic()
    if daemon == "stratad":
        restart_stratad(context, router, check["restart-seconds"])
    while not is_back(context, router, daemon, killed["pids"]):
        if time.monotonic() - begin > check["recover-seconds"]:
            return killed["time"], f"{router} {daemon} did not come back"
        time.sleep(0.2)
    return killed["time"], None


def losses(timeline, kills):
    """[(what was killed, packets lost since then and before the next kill, seconds to the last)]"""
    found = []
    for place, (at, what) in enumerate(kills):
        end = kills[place + 1][0] if place + 1 < len(kills) else float("inf")
        lost = [sent for _, sent, reply in timeline if reply is None and at <= sent < end]
        if lost:
            found.append((what, len(lost), lost[-1] - at))
    return found


def kill_without_loss(context, check, problems):
    """The first half of a round: kills under one ping that must not lose a packet."""
    flow = start_flow(context, check, check["from"], check["address"])
    kills = []
    try:
        time.sleep(1.0)
        for router, daemon in check["no-loss"]:
            begin = time.monotonic()
            at, problem = kill_one(context, check, router, daemon)
            kills.append((at, f"{router} {daemon}"))
            problems += [problem] if problem else []
            time.sleep(max(0.0, begin + check["gap-seconds"] - time.monotonic()))
        time.sleep(LAST_LOOK)
    finally:
        timeline = context.connection.ask("flow-stop", flow=flow)["timeline"]
    lost, sent, _ = outage(timeline, 0)
    told = losses(timeline, kills)
    problems += [f"{count} packets lost up to {seconds:.1f} s after {what} was killed"
                 for what, count, seconds in told]
    if lost and not told:
        problems.append(f"{lost} packets lost before the first kill")
    return f"{len(kills)} kills without loss, {lost} of {sent} packets lost"


def kill_and_recover(context, check, router, daemon, problems):
    """One kill of the second half: packets and stacks must be right again in time."""
    flow = start_flow(context, check, check["from"], check["address"])
    try:
        time.sleep(0.3)
        begin = time.monotonic()
        at, problem = kill_one(context, check, router, daemon)
        if problem is None:
            time.sleep(max(0.0, begin + check["observe-seconds"] - time.monotonic()))
            _, _, problem = wait_until_whole(
                context, max(1.0, begin + check["recover-seconds"] - time.monotonic()), FORWARDING)
        spent = time.monotonic() - begin
    finally:
        timeline = context.connection.ask("flow-stop", flow=flow, wait=0.5)["timeline"]
    lost, _, seconds = outage(timeline, at)
    if seconds > check["recover-seconds"]:
        problem = problem or f"still losing packets {seconds:.1f} s after"
    if problem:
        problems.append(f"{router} {daemon}: after {spent:.0f} s: {problem}")
    return f"{router} {daemon} {lost} lost" + (f" in {seconds:.1f} s" if lost else "")


def check_kill_round(context, check):
    """[[kill-round]]: one daemon after another dies; what this costs is known for each."""
    problems = []
    told = []
    if check["no-loss"]:
        told.append(kill_without_loss(context, check, problems))
    for router, daemon in check["recover"]:
        told.append(kill_and_recover(context, check, router, daemon, problems))
    if context.settings.audit_command:
        problems += checks.audit_patiently(context, [n.name for n in context.plan.routers()])
    return checks.Outcome(not problems, "; ".join(problems or told))


def allow_stacks(context, check, allowed, is_broken):
    """Adds to {link: [stacks]} the ways of a [[fault]] as the labels are now; a stack: [sets of
    labels, top first]. While something is broken some may not be there."""
    ways = (check["stack"]["links"], check["detour"])
    context.forget()
    context.book.fetch([label for way in ways for wanted in way.values() for label in wanted])
    for way in ways:
        for link, wanted in way.items():
            try:
                stack = [context.book.resolve(label) for label in wanted]
            except labels.Unresolved:
                if not is_broken:
                    raise
                continue
            allowed.setdefault(link, []).append(stack)


def is_stack(values, wanted):
    """Whether these labels are the wanted ones."""
    return len(values) == len(wanted) and all(v in one for v, one in zip(values, wanted))


def wrong_hops(hops, allowed, there):
    """Hops of the way there whose labels are not the allowed ones; `there` is their direction."""
    wrong = []
    for hop, echo in hops:
        if echo is not None and echo[0] != (not there):
            continue
        values = hop.values()
        if not any(is_stack(values, wanted) for wanted in allowed.get(hop.link, [[]])):
            wrong.append(f"{hop.link}: {' '.join(map(str, values)) or 'no label'}")
    return list(dict.fromkeys(wrong))


def wrong_delivery(check, timeline, hops):
    """What is wrong with what became of a fault's packets, or None."""
    replies = [reply is not None for _, _, reply in timeline]
    if check["during"] == "lost" and sum(replies) > len(replies) / 2:
        return "packets still got through"
    if check["during"] == "delivered" and not all(replies):
        return "packets were lost"
    if check["during"] == "rerouted":
        if not all(replies[-(len(replies) // 3):]):
            return "packets were still lost at the end"
        unused = set(check["detour"]) - {hop.link for hop, _ in hops}
        if unused:
            return "no packet took the detour over " + ", ".join(sorted(unused))
    return None


def check_fault(context, check):
    """[[fault]]: while something is broken no packet has a wrong stack; later all is whole."""
    stack = check["stack"]
    allowed = {}
    allow_stacks(context, check, allowed, False)
    token = trace.new_token()
    context.must_run(check["node"], check["break"])
    try:
        capture = context.connection.ask("capture-start", token=token.hex())["capture"]
        flow = start_flow(context, check, stack["from"], stack["address"], token)
        time.sleep(check["seconds"])
        answer = context.connection.ask("flow-stop", flow=flow, wait=1.0)
        frames = context.connection.ask("capture-stop", capture=capture)["frames"]
        # A FEC whose route went and came back another way has another label now.
        if check["detour"]:
            allow_stacks(context, check, allowed, True)
    finally:
        context.must_run(check["node"], check["mend"])
    hops = trace.hops_of(frames, context.plan)
    problems = [f"wrong stack on {text}" for text in wrong_hops(hops, allowed, True)]
    wrong = wrong_delivery(check, answer["timeline"], hops)
    problems += [wrong] if wrong else []
    lost, sent, _ = outage(answer["timeline"], 0)
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
    "kill-round": check_kill_round,
}


def can_join(check):
    """Whether a check disturbs no other of its kind, so that they may be done at the same time."""
    return check.kind in TOGETHER and not check.fields.get("twin")


def groups(wanted):
    """Lists of neighbouring checks that may be done at the same time."""
    found = []
    for check in wanted:
        if found and can_join(check) and can_join(found[-1][0]) and check.kind == found[-1][0].kind:
            found[-1].append(check)
        else:
            found.append([check])
    return found


def carry_out(context, check):
    """Any check by its kind; what could not be done counts as failed."""
    begin = time.monotonic()
    try:
        outcome = TABLE[check.kind](context, check)
    except GoneError:
        raise
    except LabError as error:
        outcome = checks.Outcome(False, str(error))
    outcome.seconds = time.monotonic() - begin
    return outcome


def carry_out_all(context, group):
    """The outcomes of a group."""
    if group[0].kind == "forge":
        context.book.fetch([label for check in group for label in check["labels"]])
    return context.together(carry_out, group)
