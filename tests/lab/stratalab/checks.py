# SPDX-License-Identifier: Apache-2.0
"""Carries out checks. Each returns an Outcome; LabError means it could not be done at all."""

import concurrent.futures
import dataclasses
import ipaddress
import json
import queue
import re
import time

from . import labels, packet, trace
from .errors import LabError


AT_ONCE = 4
FRESH = 10.0


@dataclasses.dataclass
class Outcome:
    """Passed or not, and what was seen."""
    is_ok: bool
    detail: str
    seconds: float = 0.0


class Context:
    """What checks need: the agent, the plan, the settings, the label tables, and what has been
    seen a moment ago (answers, traces), so that one look serves several checks."""

    def __init__(self, connect, plan, settings, checks):
        self.connect = connect
        self.connection = connect()
        self.plan = plan
        self.settings = settings
        self.checks = checks
        self.book = labels.LabelBook(self.connection, plan)
        self.book.command = settings.labels_command
        self.answers = {}
        self.traces = {}
        self.others = []

    def together(self, work, items):
        """[work(context, item)] of all items at the same time, each over its own connection."""
        if len(items) < 2:
            return [work(self, item) for item in items]
        while len(self.others) < min(AT_ONCE, len(items)):
            self.others.append(self.branch())
        free = queue.SimpleQueue()
        for one in self.others:
            one.book.tables = self.book.tables
            free.put(one)

        def run_one(item):
            one = free.get()
            try:
                return work(one, item)
            finally:
                free.put(one)

        with concurrent.futures.ThreadPoolExecutor(len(self.others)) as pool:
            return list(pool.map(run_one, items))

    def branch(self):
        """The same over another connection; only what is seen is not shared."""
        return Context(self.connect, self.plan, self.settings, self.checks)

    def close(self):
        """Ends the connections."""
        for one in [self, *self.others]:
            one.connection.close()

    def forget(self):
        """What has been seen no longer counts."""
        self.book.forget()
        self.answers = {}
        self.traces = {}

    def run(self, node, command, timeout=30):
        """A shell command inside a node: {status, output, errors}."""
        return self.connection.ask("run", node=node, command=command, timeout=timeout)

    def run_many(self, nodes, command, timeout=30):
        """The same in many nodes: {node: {status, output, errors}}."""
        return self.connection.ask("run-many", nodes=nodes, command=command, timeout=timeout)

    def look_many(self, nodes, command):
        """What a command that only looks says on each node, refusing failure: {node: output}."""
        now = time.monotonic()
        known = {node for node in nodes if now - self.answers.get((node, command), (0,))[0] < FRESH}
        missing = [node for node in nodes if node not in known]
        if missing:
            for node, output in self.must_run_many(missing, command).items():
                self.answers[node, command] = (time.monotonic(), output)
        return {node: self.answers[node, command][1] for node in nodes}

    def trace(self, source, target, address):
        """The hops from one node to another: of a trace, or of the answers to one the other way."""
        now = time.monotonic()
        for at, seen in list(self.traces.values()):
            if now - at < FRESH:
                if (seen.source, seen.target, seen.address) == (source, target, address):
                    return seen.there
                if (seen.target, seen.source) == (source, target) and seen.back \
                        and seen.back[0].ip.destination == address:
                    return seen.back
        seen = trace.run(self.connection, self.plan, source, target, address, count=2)
        self.traces[source, target, address] = (time.monotonic(), seen)
        return seen.there

    def must_run_many(self, nodes, command):
        """The same, refusing failure: {node: output}."""
        answers = self.run_many(nodes, command)
        for node, answer in answers.items():
            if answer["status"] != 0:
                text = (answer["errors"] + answer["output"]).strip()[:300]
                raise LabError(f"{node}: {command}: status {answer['status']}: {text}")
        return {node: answer["output"] for node, answer in answers.items()}

    def must_run(self, node, command, timeout=60):
        """The same, refusing failure."""
        answer = self.run(node, command, timeout)
        if answer["status"] != 0:
            text = (answer["errors"] + answer["output"]).strip()[:300]
            raise LabError(f"{node}: {command}: status {answer['status']}: {text}")
        return answer["output"]


def check_ping(context, check):
    """[[ping]]"""
    answer = context.connection.ask(
        "ping", node=check["from"], to=check["address"], count=check["count"], size=check["size"],
        df=check["df"], interval=check["interval"], wait=2.0)
    sent, received = answer["sent"], answer["received"]
    detail = f"{received} of {sent}"
    if answer["rtt"]:
        detail += f", {sorted(answer['rtt'])[len(answer['rtt']) // 2]:.1f} ms"
    if answer["duplicates"]:
        detail += f", {answer['duplicates']} twice"
    detail += "".join(f"; {note}" for note in answer["notes"])
    if check["expect"] == "none":
        return Outcome(received == 0, detail)
    return Outcome(100.0 * (sent - received) / sent <= check["loss"]
                   and not answer["duplicates"], detail)


def check_tcp(context, check):
    """[[tcp]]"""
    answer = context.connection.ask("tcp", **{
        "from": check["from"], "to": check["to"], "address": check["address"],
        "bytes": check["bytes"], "timeout": check["timeout"]})
    detail = f"{answer['received']} of {answer['sent']} bytes in {answer['seconds']} s"
    if answer["error"]:
        detail += f"; {answer['error']}"
    elif not answer["equal"]:
        detail += "; the bytes differ"
    return Outcome(bool(answer["equal"]), detail)


def words_of(stack):
    """A wanted stack for people."""
    return " | ".join(str(label) for label in stack) or "no label"


def compare_stack(context, hop, wanted):
    """None when a hop's labels are the wanted ones, else what is wrong."""
    values = hop.values()
    sets = [context.book.resolve(label) for label in wanted]
    if len(values) == len(sets) and all(value in one for value, one in zip(values, sets)):
        return None
    numbers = " ".join("/".join(str(value) for value in sorted(one)) for one in sets)
    return (f"{hop.link}: captured {' '.join(map(str, values)) or 'no label'}, "
            f"wanted {numbers or 'no label'} ({words_of(wanted)})")


def wrong_stacks(context, check, hops):
    """What is wrong with a trace's stacks, by the label tables as we know them."""
    context.book.fetch([label for stack in check["links"].values() for label in stack])
    problems = (compare_stack(context, hop, check["links"].get(hop.link, []))
                for hop in hops)
    return [problem for problem in problems if problem]


def check_stack(context, check):
    """[[stack]]: on every link of the way exactly the wanted labels; links not named carry none."""
    hops = context.trace(check["from"], check["to"], check["address"])
    seen = {hop.link: hop for hop in hops}
    problems = [f"{link}: no packet" for link in check["links"] if link not in seen]
    if not hops or hops[-1].receiver != check["to"]:
        last = hops[-1].receiver if hops else check["from"]
        problems.append(f"no packet got beyond {last}")
    if not problems:
        problems = wrong_stacks(context, check, hops)
        if problems:
            context.forget()
            hops = context.trace(check["from"], check["to"], check["address"])
            problems = wrong_stacks(context, check, hops)
    labelled = sum(1 for hop in hops if hop.labels)
    return Outcome(not problems, "; ".join(problems)
                   or f"{labelled} labelled links of {len(hops)}")


def tables_of(text):
    """{VPN instance: kernel table} from a dump of VRF devices, by device name and by alias."""
    tables = {}
    for device in json.loads(text or "[]"):
        table = device["linkinfo"]["info_data"]["table"]
        for name in (device["ifname"], device.get("ifalias")):
            if name:
                tables[name] = str(table)
    return tables


def first_wins(pairs):
    """A JSON object with the first of equal keys: ip prints an encap's labels as a second dst."""
    result = {}
    for key, value in pairs:
        result.setdefault(key, value)
    return result


def as_network(text):
    """A prefix from a route dump, or None."""
    if text == "default":
        text = "0.0.0.0/0"
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None


def kernel_routes(context, nodes, where):
    """{node: prefixes in its kernel's tables}"""
    tables = {}
    if where not in ("anywhere", "public"):
        dumps = context.look_many(nodes, "ip -j -d link show type vrf")
        for node, text in dumps.items():
            known = tables_of(text)
            if where not in known:
                raise LabError(f"{node} has no VPN instance {where} in the kernel "
                               f"(it has {', '.join(known) or 'none'})")
            tables[node] = known[where]
    dumps = context.look_many(nodes, "ip -4 -j route show table all")
    return {node: kernel_prefixes(text, where, tables.get(node)) for node, text in dumps.items()}


def kernel_prefixes(text, where, table):
    """Prefixes of one node's dump."""
    found = set()
    for entry in json.loads(text or "[]", object_pairs_hook=first_wins):
        of_table = str(entry.get("table", "main"))
        if entry.get("type", "unicast") in ("broadcast", "multicast", "unreachable"):
            continue
        if where == "public" and of_table not in ("main", "local"):
            continue
        if table is not None and of_table != table:
            continue
        network = as_network(entry.get("dst", ""))
        if network:
            found.add(network)
    return found


def strata_prefixes(document, where, instance=""):
    """Prefixes of all objects in a `show route` document, with the instance they stand under."""
    if isinstance(document, list):
        return set().union(*(strata_prefixes(item, where, instance) for item in document))
    if not isinstance(document, dict):
        return set()
    own = document.get("vpn-instance", document.get("instance", instance))
    if not isinstance(own, (dict, list)):
        instance = str(own or "")
    is_public = instance in ("", "-", "public", "default", "main")
    found = set()
    wanted = where == "anywhere" or (is_public if where == "public" else instance == where)
    for key in ("prefix", "destination-prefix", "destination"):
        network = as_network(document[key]) if isinstance(document.get(key), str) else None
        if network and wanted:
            found.add(network)
    for value in document.values():
        if isinstance(value, (dict, list)):
            found |= strata_prefixes(value, where, instance)
    return found


def strata_routes(context, nodes, where):
    """{node: prefixes in the router's own table}"""
    command = context.settings.routes_command
    nodes = [node for node in nodes if context.plan.nodes[node].program == "strata"]
    found = {}
    for node, text in (context.look_many(nodes, command) if nodes else {}).items():
        try:
            found[node] = strata_prefixes(json.loads(text), where)
        except ValueError as error:
            raise LabError(f"{node}: {command}: not JSON: {text[:100]!r}") from error
    return found


def check_route(context, check):
    """[[route]]: `present` must be there exactly, of `absent` nothing may be within."""
    problems = []
    counted = 0
    sources = {"kernel": kernel_routes, "strata": strata_routes}
    for name in check["in"]:
        for node, found in sources[name](context, check["nodes"], check["where"]).items():
            counted += len(found)
            for text in check["present"]:
                if ipaddress.IPv4Network(text) not in found:
                    problems.append(f"{node}: {name} has no {text}")
            for text in check["absent"]:
                bad = [one for one in found if one.subnet_of(ipaddress.IPv4Network(text))]
                problems += [f"{node}: {name} has {one}" for one in sorted(bad)]
    return Outcome(not problems, "; ".join(problems) or f"{counted} routes looked at")


def check_exec(context, check):
    """[[exec]]"""
    problems = []
    answers = context.run_many(check["nodes"], check["command"], check["timeout"])
    for node, answer in sorted(answers.items()):
        text = answer["output"] + answer["errors"]
        if answer["status"] != check["status"]:
            problems.append(f"{node}: status {answer['status']}: {text.strip()[:200]}")
        elif check["match"] and not re.search(check["match"], text, re.MULTILINE):
            problems.append(f"{node}: no {check['match']!r} in {text.strip()[:200]!r}")
        elif check["no-match"] and (bad := re.search(check["no-match"], text, re.MULTILINE)):
            problems.append(f"{node}: found {bad.group(0)!r}")
    return Outcome(not problems, "; ".join(problems) or "as wanted")


def audit(context, nodes):
    """Problems that the routers' own audit finds."""
    problems = []
    answers = context.run_many(nodes, context.settings.audit_command, 60)
    for node, answer in sorted(answers.items()):
        text = (answer["output"] + answer["errors"]).strip()
        clean = context.settings.audit_clean
        if answer["status"] != 0 or (clean and not re.search(clean, text, re.MULTILINE)):
            problems.append(f"{node}: audit: {text[:200]}")
    return problems


def audit_patiently(context, nodes, patience=10.0):
    """The same, giving reconciliation some time."""
    deadline = time.monotonic() + patience
    while True:
        problems = audit(context, nodes)
        if not problems or time.monotonic() > deadline:
            return problems
        time.sleep(1.0)


def check_audit(context, check):
    """[[audit]]"""
    problems = audit_patiently(context, check["nodes"])
    return Outcome(not problems, "; ".join(problems) or f"{len(check['nodes'])} routers clean")


def forged_frames(context, check, token):
    """The frames of a forgery, without Ethernet addresses."""
    stack = [packet.Label(min(context.book.resolve(label))) for label in check["labels"]]
    payload = packet.encode_udp(check["source"], check["address"], 40000, 33434, token)
    ip = packet.Ipv4(check["source"], check["address"], packet.PROTO_UDP, payload=payload)
    frame = packet.encode_frame(packet.Frame(labels=stack, ip=ip))
    tags = packet.PRIORITY_TAG * check["priority-tags"]
    return [(tags + frame[12:]).hex()] * check["count"], [label.value for label in stack]


def forge_once(context, check):
    """(packets that arrived at the victim, links reached, stack): sends and looks everywhere."""
    token = trace.new_token()
    frames, stack = forged_frames(context, check, token)
    number = context.connection.ask("capture-start", token=token.hex())["capture"]
    context.connection.ask("inject", node=check["from"], interface=check["interface"],
                           hop=check["hop"], frames=frames)
    time.sleep(0.5)
    seen = context.connection.ask("capture-stop", capture=number)["frames"]
    hops = [hop for hop, _ in trace.hops_of(seen, context.plan)]
    arrived = sum(1 for hop in hops if hop.receiver == check["to"])
    return arrived, list(dict.fromkeys(hop.link for hop in hops)), stack


def judge_forgery(context, check, expect):
    """Outcome of one attempt."""
    arrived, links, stack = forge_once(context, check)
    sent = check["count"]
    detail = f"{stack}: {arrived} of {sent} delivered, seen on {', '.join(links) or 'no link'}"
    return Outcome(arrived == (0 if expect == "died" else sent), detail)


def check_forge(context, check):
    """[[forge]]; a twin runs first with the guard off and must be delivered then."""
    context.book.fetch(check["labels"])
    guard = context.settings.guard
    if not check["twin"]:
        return judge_forgery(context, check, check["expect"])
    try:
        context.must_run(guard["node"], guard["off"])
        without = judge_forgery(context, check, "delivered")
    finally:
        context.must_run(guard["node"], guard["on"])
    guarded = judge_forgery(context, check, check["expect"])
    return Outcome(without.is_ok and guarded.is_ok,
                   f"guard off: {without.detail}; guard on: {guarded.detail}")
