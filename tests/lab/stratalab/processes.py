# SPDX-License-Identifier: Apache-2.0
"""Processes inside nodes: routers, commands, shells. Runs in the agent.

A process is started by a thread that has entered the namespace, so no helper program is
needed between us and it.
"""

import contextlib
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time

from . import netns, shells, wire
from .network import Refused

AT_ONCE = 3
SHELL_PROMPT = "[{node}] \\w# "


# lab-signal SIGNAL DAEMON: to all processes of that name in this namespace, without forks
LAB_SIGNAL = """status=1
for d in /proc/[0-9]*; do
    name=
    { read -r name <"$d/comm"; } 2>/dev/null
    if [ "$name" = "$2" ] && [ "$d/ns/net" -ef /proc/self/ns/net ]; then
        kill -s "$1" "${d#/proc/}" && status=0
    fi
done
exit $status
"""


def write_program(path, body):
    """An executable shell script."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + body)
    os.chmod(path, 0o755)


class Processes:
    """Starts, watches and ends what runs inside the nodes."""

    def __init__(self, network, description):
        self.network = network
        self.run_root = description["run"]
        self.state_root = description["state"]
        self.logs = description["logs"]
        self.build = description["build"]
        self.routers = {}
        self.shells = shells.Shells(self.start_shell)

    def folders(self, name):
        """(run folder, state folder) of a router."""
        return f"{self.run_root}/{name}", f"{self.state_root}/{name}"

    def environment(self, name):
        """What a process inside a node sees; `strata` there talks to that router."""
        environment = dict(os.environ)
        run, _ = self.folders(name)
        tools = f"{self.run_root}/tools-{name}"
        if not os.path.isdir(tools):
            os.makedirs(tools)
            write_program(f"{tools}/strata",
                          f"exec '{self.build}/bin/strata' --run-dir '{run}' \"$@\"\n")
            write_program(f"{tools}/lab-signal", LAB_SIGNAL)
            write_program(f"{tools}/lab-birdc", f"exec birdc -s '{run}/bird.ctl' \"$@\"\n")
        path = environment.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        environment["PATH"] = f"{tools}:{self.build}/bin:{path}"
        environment["STRATA_NODE"] = name
        environment["STRATA_SCENARIO"] = self.network.scenario
        environment["PS1"] = SHELL_PROMPT.format(node=name)
        return environment

    def command_of(self, name, config):
        """What runs on a router."""
        run, state = self.folders(name)
        if self.network.nodes[name]["program"] == "bird":
            return [find_bird(), "-d", "-c", config, "-s", f"{run}/bird.ctl"]
        given = ["--config", config] if config else []
        return [f"{self.build}/bin/stratad", *given, "--run-dir", run, "--state-dir", state]

    def start_router(self, request):
        """stratad or BIRD of one router; its output goes to logs/NODE.log."""
        name = request["node"]
        self.network.has_node(name)
        for folder in self.folders(name):
            os.makedirs(folder, exist_ok=True)
        command = self.command_of(name, request.get("config"))
        log = open(f"{self.logs}/{name}.log", "ab")
        with log, netns.inside(name):
            try:
                child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                         env=self.environment(name), start_new_session=True)
            except OSError as error:
                raise Refused(f"node {name}: {command[0]}: {error.strerror}") from error
        self.routers[name] = child
        if self.network.nodes[name]["program"] == "strata":
            self.start_other_program(name, self.network.nodes[name]["routes"])
        return {"pid": child.pid}

    def start_other_program(self, name, routes):
        """Adds routes beside a router's, each as soon as its interface and instance are there."""
        lines = [f"until ip route replace {route} 2>/dev/null; do sleep 0.5; done" for route in routes]
        if not lines:
            return
        with netns.inside(name):
            subprocess.Popen(["/bin/sh", "-c", "\n".join(lines)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env=self.environment(name), start_new_session=True)

    def start_shell(self, name):
        """A shell that answers question after question."""
        run, _ = self.folders(name)
        return shells.start_process([f"{self.build}/bin/strata", "--run-dir", run],
                                    self.environment(name))

    def run(self, request):
        """A command to its end: status and output; killed after its time-out."""
        name = request["node"]
        self.network.has_node(name)
        command = request["command"]
        question = shells.question_of(command)
        if question and self.network.nodes[name]["program"] == "strata":
            answer = self.shells.ask(name, question, request.get("timeout", 30))
            if answer:
                return answer
        if isinstance(command, str):
            command = ["/bin/sh", "-c", command]
        with netns.inside(name):
            try:
                child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, env=self.environment(name),
                                         start_new_session=True)
            except OSError as error:
                return {"status": 127, "output": "", "errors": f"{command[0]}: {error.strerror}"}
        try:
            output, errors = child.communicate(timeout=request.get("timeout", 30))
        except subprocess.TimeoutExpired:
            kill_group(child)
            output, errors = child.communicate()
            errors += b"timed out"
        return {"status": child.returncode, "output": output.decode(errors="replace"),
                "errors": errors.decode(errors="replace")}

    def run_many(self, request):
        """One command in many nodes, a few at a time: {node: answer of `run`}."""
        waiting = list(request["nodes"])
        answers = {}

        def work():
            while waiting:
                name = waiting.pop()
                try:
                    answers[name] = self.run(dict(request, node=name))
                except (Refused, OSError) as error:
                    answers[name] = {"status": 127, "output": "", "errors": str(error)}

        workers = [threading.Thread(target=work) for _ in range(min(AT_ONCE, len(waiting)))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return answers

    def execute(self, channel, request):
        """A command with its streams on the channel, with a terminal if asked."""
        name = request["node"]
        self.network.has_node(name)
        environment = self.environment(name)
        environment.update(request.get("environment", {}))
        with contextlib.ExitStack() as stack:
            if request.get("tty"):
                child, streams, inputs = start_with_terminal(name, request, environment, stack)
            else:
                child, streams, inputs = start_with_pipes(name, request, environment, stack)
            try:
                relay(channel, child, streams, inputs)
            finally:
                if child.poll() is None:
                    kill_group(child)
            return {"status": child.wait()}

    def kill(self, request):
        """A signal to a router's daemon, found by its name inside the namespace."""
        name = request["node"]
        self.network.has_node(name)
        number = getattr(signal, "SIG" + request.get("signal", "KILL").removeprefix("SIG"))
        pids = [pid for pid, command in netns.processes_in(name) if command == request["daemon"]]
        for pid in pids:
            os.kill(pid, number)
        return {"pids": pids, "time": time.time()}

    def list_all(self, request):
        """{node: [[pid, command]]}"""
        names = [request["node"]] if request.get("node") else list(self.network.nodes)
        return {name: netns.processes_in(name) for name in names}

    def stop_all(self):
        """Asks all processes of all nodes to end, then makes them."""
        own = os.getpid()
        self.shells.stop_all()
        for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0)):
            deadline = time.monotonic() + patience
            first = True
            while True:
                for child in self.routers.values():
                    child.poll()
                alive = [pid for name in self.network.nodes
                         for pid, _ in netns.processes_in(name) if pid != own]
                if not alive:
                    break
                if first:
                    for pid in alive:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, number)
                    first = False
                if time.monotonic() > deadline:
                    break
                time.sleep(0.1)
        self.routers = {}
        for root in (self.run_root, self.state_root):
            for name in self.network.nodes:
                shutil.rmtree(f"{root}/{name}", ignore_errors=True)
                shutil.rmtree(f"{root}/tools-{name}", ignore_errors=True)


def find_bird():
    """BIRD's program, also where PATH has no sbin."""
    return shutil.which("bird") or "/usr/sbin/bird"


def kill_group(child):
    """Ends a child and what it started in its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def start_with_pipes(name, request, environment, stack):
    """(child, {descriptor: frame kind}, input descriptor)"""
    with netns.inside(name):
        try:
            child = subprocess.Popen(request["command"], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     env=environment, start_new_session=True)
        except OSError as error:
            raise Refused(f"{request['command'][0]}: {error.strerror}") from error
    for stream in (child.stdout, child.stderr, child.stdin):
        stack.callback(lambda stream=stream: close_quietly(stream))
    streams = {child.stdout.fileno(): wire.OUTPUT, child.stderr.fileno(): wire.ERRORS}
    return child, streams, child.stdin


def close_quietly(stream):
    """Closing a broken pipe is no error here."""
    with contextlib.suppress(OSError):
        stream.close()


def become_terminal_owner():
    """In the child: standard input becomes the controlling terminal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def set_size(descriptor, rows, columns):
    """The size of a pseudo terminal."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def start_with_terminal(name, request, environment, stack):
    """The same with a pseudo terminal."""
    ours, theirs = pty.openpty()
    master = os.fdopen(ours, "r+b", buffering=0)
    stack.callback(lambda: close_quietly(master))
    set_size(theirs, request.get("rows", 24), request.get("columns", 80))
    try:
        with netns.inside(name):
            child = subprocess.Popen(request["command"], stdin=theirs, stdout=theirs, stderr=theirs,
                                     env=environment, start_new_session=True,
                                     preexec_fn=become_terminal_owner)
    except OSError as error:
        raise Refused(f"{request['command'][0]}: {error.strerror}") from error
    finally:
        os.close(theirs)
    return child, {ours: wire.OUTPUT}, master


def relay(channel, child, streams, inputs):
    """Copies until the child has ended and its streams are dry; Closed if the client goes."""
    ended = None
    while streams:
        if channel.has_frame():
            ready = []
        else:
            wanted = [channel.descriptor, *streams]
            ready, _, _ = select.select(wanted, [], [], 0.2)
        if channel.has_frame() or channel.descriptor in ready:
            handle_input(*channel.receive(), inputs)
        for descriptor in ready:
            if descriptor in streams:
                try:
                    data = os.read(descriptor, 65536)
                except OSError:
                    data = b""
                if data:
                    channel.send(streams[descriptor], data)
                else:
                    del streams[descriptor]
        if child.poll() is not None and not ready:
            # a background child of the command may hold the streams open
            ended = ended or time.monotonic()
            if time.monotonic() - ended > 0.5:
                return


def handle_input(kind, body, inputs):
    """A frame that came while a command runs."""
    with contextlib.suppress(OSError, ValueError):
        if kind == wire.INPUT:
            inputs.write(body)
            inputs.flush()
        elif kind == wire.CLOSE:
            inputs.close()
        elif kind == wire.RESIZE:
            size = json.loads(body)
            set_size(inputs.fileno(), size["rows"], size["columns"])
