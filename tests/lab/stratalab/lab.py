# SPDX-License-Identifier: Apache-2.0
"""A lab that is up: where it lives, how to talk to it, how to take it down.

Its folder, /run/strata-lab/NAME for root, holds lab.json, the logs of the routers (logs/)
and what the machine or the agent needs. A lab outlives the strata-lab that started it.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

from . import native, packages, topology, vm, wire
from .errors import GoneError, LabError, StartError

CHANNELS = 6
GUEST_LAB = "/run/strata-lab/lab"

GUEST_JOB = """
mkdir -p /run/strata /var/lib/strata
/usr/bin/python3 -X frozen_modules=on -B {agent} {description} >>{lab}/logs/agent.log 2>&1
"""


def root_folder():
    """Where the labs of this user are."""
    if os.geteuid() == 0:
        folder = pathlib.Path("/run/strata-lab")
    else:
        base = os.environ.get("XDG_RUNTIME_DIR", f"/tmp/strata-lab-{os.getuid()}")
        folder = pathlib.Path(base) / "strata-lab"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def repository():
    """The source tree we belong to."""
    return pathlib.Path(__file__).resolve().parents[3]


def agent_program():
    """The agent's main file."""
    return pathlib.Path(__file__).resolve().with_name("agent.py")


class Connection:
    """A session with the agent."""

    def __init__(self, link, lock=None):
        self.link = link
        self.lock = lock
        self.channel = wire.Channel(link.recv, link.send, link.fileno())

    def greet(self, timeout):
        """The greeting; False if the agent does not answer in time."""
        self.link.settimeout(timeout)
        try:
            self.channel.greet()
        except (wire.Closed, OSError):
            return False
        self.link.settimeout(None)
        return True

    def ask(self, verb, **fields):
        """One request, its answer; LabError when refused."""
        try:
            self.channel.send(wire.REQUEST, dict(fields, verb=verb))
            return self.answer()
        except (wire.Closed, OSError) as error:
            raise GoneError(f"the lab has gone: {error}") from error

    def answer(self):
        """Waits for the end of the request."""
        while True:
            kind, body = self.channel.receive()
            if kind == wire.ANSWER:
                return json.loads(body)
            if kind == wire.FAILURE:
                raise LabError(json.loads(body)["error"])

    def close(self):
        """Ends the session."""
        self.link.close()
        if self.lock:
            self.lock.close()


class Lab:
    """One lab by its folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.name = self.folder.name
        self.data = {}
        self.machine = None
        self.is_background = True

    @property
    def logs(self):
        """Where the routers' output goes."""
        return self.folder / "logs"

    def save(self):
        """Writes lab.json."""
        partial = self.folder / "lab.json.tmp"
        partial.write_text(json.dumps(self.data, indent=1), encoding="utf-8")
        partial.rename(self.folder / "lab.json")

    def load(self):
        """Reads lab.json; a lab without it is still starting or broken."""
        with contextlib.suppress(OSError, ValueError):
            self.data = json.loads((self.folder / "lab.json").read_text(encoding="utf-8"))
        return self

    def topology(self):
        """The topology it was made from."""
        return topology.load(self.data["scenario"])

    def process_lives(self):
        """Whether our machine or agent still runs (and is no stranger with the same pid)."""
        pid = self.data.get("pid")
        if not pid:
            return False
        try:
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
        return str(self.folder).encode() in command

    def start(self, scenario, build, report=lambda text: None):
        """Boots or unshares, and waits for the agent."""
        self.logs.mkdir(parents=True, exist_ok=True)
        is_native = native.is_capable()
        self.data = {"name": self.name, "scenario": str(scenario), "build": str(build),
                     "mode": "native" if is_native else "vm", "pid": None}
        self.save()
        if is_native:
            self.start_native()
        else:
            report("booting the virtual machine")
            self.start_machine()
        self.save()
        deadline = time.monotonic() + 120
        while True:
            with contextlib.suppress(LabError):
                self.connect(timeout=2.0).close()
                return
            if time.monotonic() > deadline or not self.process_lives():
                words = self.machine.last_words() if self.machine else self.agent_words()
                raise StartError("the lab did not start: " + words)

    def agent_words(self):
        """The end of the agent's log."""
        path = self.logs / "agent.log"
        return path.read_text(encoding="utf-8", errors="replace")[-1500:] if path.exists() else ""

    def describe(self, **more):
        """The agent's description file."""
        description = dict(more, build=self.data["build"])
        path = self.folder / "agent.json"
        path.write_text(json.dumps(description), encoding="utf-8")
        return path

    def start_machine(self):
        """A virtual machine with the agent in it."""
        self.machine = vm.make(self.folder / "vm")
        self.machine.add_share("lab", self.folder, GUEST_LAB)
        ports = [f"/run/strata-lab/port{self.machine.add_port(f'agent{number}')}"
                 for number in range(CHANNELS)]
        self.describe(ports=ports, run="/run/strata", state="/var/lib/strata",
                      logs=f"{GUEST_LAB}/logs")
        self.machine.write_job(GUEST_JOB.format(
            agent=agent_program(), description=f"{GUEST_LAB}/agent.json", lab=GUEST_LAB))
        self.machine.start(background=self.is_background)
        self.data["pid"] = self.machine.process.pid

    def start_native(self):
        """The agent in namespaces of its own."""
        packages.ensure(packages.NATIVE_TOOLS)
        path = self.describe(socket=str(self.folder / "agent.sock"), logs=str(self.logs),
                             run=str(self.folder / "run"), state=str(self.folder / "state"))
        with open(self.logs / "agent.log", "ab") as log:
            child = subprocess.Popen(
                ["unshare", "-n", "-m", "sh", "-c",
                 "mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && exec \"$@\"", "sh",
                 sys.executable, "-B", str(agent_program()), str(path)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=None if self.is_background else vm.die_with_parent)
        self.data["pid"] = child.pid

    def connect(self, timeout=10.0):
        """A session on a free channel."""
        if self.data.get("mode") == "native":
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                link.connect(str(self.folder / "agent.sock"))
            except OSError as error:
                link.close()
                time.sleep(0.1)
                raise LabError(f"lab {self.name} does not answer: {error}") from error
            connection = Connection(link)
        else:
            connection = self.connect_port()
        if not connection.greet(timeout):
            connection.close()
            raise LabError(f"lab {self.name} does not answer")
        return connection

    def connect_port(self):
        """A session on a virtual port that nobody else uses."""
        for number in range(CHANNELS):
            path = self.folder / "vm" / f"agent{number}.sock"
            lock = open(f"{path}.lock", "w", encoding="ascii")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                continue
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                link.connect(str(path))
            except OSError as error:
                link.close()
                lock.close()
                time.sleep(0.2)
                raise LabError(f"lab {self.name} does not answer: {error}") from error
            return Connection(link, lock)
        raise LabError(f"all {CHANNELS} channels of lab {self.name} are in use")

    def stop(self, is_polite=True):
        """Takes everything down; never fails because something has already gone."""
        if is_polite and self.data.get("pid") and self.process_lives():
            with contextlib.suppress(LabError):
                connection = self.connect(timeout=5.0)
                connection.link.settimeout(20)
                with contextlib.suppress(LabError):
                    connection.ask("stop")
                connection.close()
        self.end_process()
        shutil.rmtree(self.folder, ignore_errors=True)

    def end_process(self):
        """Our machine or agent, by its pid."""
        if self.data.get("mode") == "native":
            deadline = time.monotonic() + 3
            while self.process_lives() and time.monotonic() < deadline:
                time.sleep(0.1)
        if self.process_lives():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.data["pid"], signal.SIGKILL)
        if self.machine and self.machine.process:
            self.machine.process.wait()
        else:
            deadline = time.monotonic() + 5
            while self.process_lives() and time.monotonic() < deadline:
                time.sleep(0.05)


def sweep(age=600):
    """Removes the folders of labs that died without their clean-up."""
    for path in root_folder().iterdir():
        with contextlib.suppress(OSError):
            is_old = time.time() - path.stat().st_mtime >= age
            if path.is_dir() and is_old and not Lab(path).load().process_lives():
                shutil.rmtree(path, ignore_errors=True)


def create(name):
    """The folder of a new lab; refuses a name in use, clears away a dead lab."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", name):
        raise LabError(f"{name!r} is no name for a lab: letters, digits, '.', '_' and '-', please")
    sweep()
    folder = root_folder() / name
    if folder.exists():
        old = Lab(folder).load()
        if old.process_lives():
            raise LabError(f"lab {name} is up already; take it down with: strata-lab down {name}")
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return Lab(folder)


def all_labs():
    """Labs that are up."""
    labs = [Lab(path).load() for path in sorted(root_folder().iterdir()) if path.is_dir()]
    return [lab for lab in labs if lab.process_lives()]


def find(name=None):
    """The lab with a name ($STRATA_LAB without one), or the only one."""
    name = name or os.environ.get("STRATA_LAB")
    labs = all_labs()
    if name:
        for lab in labs:
            if lab.name == name:
                return lab
        raise LabError(f"no lab {name} is up")
    if not labs:
        raise LabError("no lab is up; start one with: strata-lab up SCENARIO")
    if len(labs) > 1:
        raise LabError("several labs are up, name one with --lab: "
                       + ", ".join(lab.name for lab in labs))
    return labs[0]


def check_build(plans, build):
    """What the scenarios need is there."""
    stratad = pathlib.Path(build) / "bin" / "stratad"
    if any(plan.routers() for plan in plans) and not stratad.exists():
        raise LabError(f"{stratad} is not there: build Strata first, or give --build DIR")
    if any(node.program == "bird" for plan in plans for node in plan.nodes.values()):
        packages.ensure(packages.BIRD_TOOLS)


def boot(name, plans, build, report=lambda text: None, is_background=True):
    """A new lab for these topologies, with nothing in it yet; nothing is left after an error.

    A lab that is not in the background dies with us, whatever kills us.
    """
    check_build(plans, build)
    lab = create(name)
    lab.is_background = is_background
    try:
        begin = time.monotonic()
        lab.start(plans[0].folder, pathlib.Path(build).resolve(), report)
        report(f"{'namespaces' if lab.data['mode'] == 'native' else 'virtual machine'} ready "
               f"after {time.monotonic() - begin:.1f} s")
        return lab
    except BaseException:
        lab.stop(is_polite=lab.data.get("mode") == "native")
        raise


def deploy(lab, connection, plan, report=lambda text: None, ways=None):
    """Builds a network in an empty lab and starts its routers.

    `ways`: how routers get their configuration, {node: way}; those not in it start with their file.
    """
    ways = ways or {}
    begin = time.monotonic()
    lab.data["scenario"] = str(plan.folder)
    lab.save()
    connection.ask(**plan.request())
    for node in plan.started():
        connection.ask("start", node=node.name,
                       config=None if node.name in ways else str(node.config))
    report(f"{len(plan.nodes)} nodes, {len(plan.links)} links, {len(plan.started())} routers "
           f"started after {time.monotonic() - begin:.1f} s")
    if ways:
        answer = connection.ask("configure", nodes={node.name: [ways[node.name], str(node.config)]
                                                    for node in plan.started() if node.name in ways})
        report(f"configured after {time.monotonic() - begin:.1f} s: " + ", ".join(
            f"{name} by {ways[name]} {seconds:.1f} s"
            for name, seconds in sorted(answer["seconds"].items())))
    lab.data["started"] = time.time()
    lab.save()


def bring_up(name, plan, build, report=lambda text: None, is_background=True):
    """A new lab with its network built and its routers started; taken down again on any error."""
    lab = boot(name, [plan], build, report, is_background)
    try:
        connection = lab.connect()
        try:
            deploy(lab, connection, plan, report)
        finally:
            connection.close()
        return lab
    except BaseException:
        lab.stop(is_polite=lab.data.get("mode") == "native")
        raise
