# SPDX-License-Identifier: Apache-2.0
"""Gives routers that started with nothing their configuration as an operator would. Runs in the agent.

A way is a function of a router and its configuration file. What other forms of the file are needed, the router's own
shell makes of it, in a candidate that is thrown away.
"""

import contextlib
import os
import subprocess
import threading
import time

from . import netns
from .network import Refused

AT_ONCE = 3
PATIENCE = 120
BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
END = b"]]>]]>"


class Router:
    """A router to configure: its shell and its NETCONF server."""

    def __init__(self, processes, name, path):
        self.processes = processes
        self.name = name
        self.path = path
        self.run_dir, _ = processes.folders(name)

    def refuse(self, problem):
        """Raises the error about this router."""
        raise Refused(f"node {self.name} was not configured: {problem.strip()}")

    def wait_for(self, file):
        """Until a socket is there."""
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(f"{self.run_dir}/{file}"):
            if time.monotonic() > deadline:
                self.refuse(f"{file} is not there after {PATIENCE} s")
            time.sleep(0.1)

    def must(self, command):
        """What a command prints; it must end well."""
        answer = self.processes.run({"node": self.name, "command": command, "timeout": PATIENCE})
        if answer["status"]:
            self.refuse(answer["errors"] or answer["output"])
        return answer["output"]

    def shell(self, *lines):
        """The same for lines of the shell."""
        return self.must(["strata", *(word for line in lines for word in ("-c", line))])

    def other_form(self, form):
        """The configuration in another form."""
        return self.shell("configure", f"load override {self.path}", f"show | {form}")

    def write(self, name, text):
        """A file beside the router's sockets."""
        path = f"{self.run_dir}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Netconf:
    """A NETCONF client (RFC 6241, base 1.0) on the streams of strata-netconf, as sshd would start it."""

    def __init__(self, child):
        self.child = child
        self.data = b""

    def send(self, text):
        """One message."""
        self.child.stdin.write(text.encode() + END)
        self.child.stdin.flush()

    def receive(self):
        """The next message; "" if the server has gone."""
        while END not in self.data:
            more = os.read(self.child.stdout.fileno(), 65536)
            if not more:
                return ""
            self.data += more
        message, self.data = self.data.split(END, 1)
        return message.decode()

    def ask(self, body):
        """None, or what was answered instead of <ok/>."""
        self.send(f'<rpc xmlns="{BASE}" message-id="1">{body}</rpc>')
        answer = self.receive()
        return None if "<ok/>" in answer else answer or "the server ended the session"


def by_shell(router):
    """Lines of `set` on the shell's standard input."""
    path = router.write("given.set", f"configure\n{router.other_form('set')}commit\n")
    router.must(f"strata <{path}")


def by_text(router):
    """The file itself, loaded."""
    router.shell("configure", f"load override {router.path}", "commit")


def by_loading(router, form):
    """Another form, loaded."""
    path = router.write(f"given.{form}", router.other_form(form))
    router.shell("configure", f"load override {path}", "commit")


def by_netconf(router):
    """edit-config of the candidate and commit, after the shell has switched NETCONF on."""
    root = router.other_form("xml").strip()
    config = "<config" + root.removeprefix("<data").removesuffix("</data>") + "</config>"
    router.shell("configure", "set netconf-server", "commit")
    router.wait_for("netconf.sock")
    candidate = "<target><candidate/></target>"
    with netns.inside(router.name):
        child = subprocess.Popen(["strata-netconf", "--run-dir", router.run_dir],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env=router.processes.environment(router.name))
    timer = threading.Timer(PATIENCE, child.kill)
    timer.start()
    try:
        client = Netconf(child)
        client.send(f'<hello xmlns="{BASE}"><capabilities><capability>'
                    "urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>")
        if "<session-id>" not in client.receive():
            router.refuse("NETCONF: there was no hello")
        for body in (f"<lock>{candidate}</lock>",
                     f"<edit-config>{candidate}{config}</edit-config>",
                     "<validate><source><candidate/></source></validate>", "<commit/>",
                     f"<unlock>{candidate}</unlock>", "<close-session/>"):
            problem = client.ask(body)
            if problem:
                router.refuse(f"NETCONF: {problem}")
    except BrokenPipeError:
        router.refuse("NETCONF: the server ended the session")
    finally:
        timer.cancel()
        for stream in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        child.kill()
        child.wait()


FUNCTIONS = {"shell": by_shell, "text": by_text, "json": lambda router: by_loading(router, "json"),
             "xml": lambda router: by_loading(router, "xml"), "netconf": by_netconf}


def configure(processes, request):
    """{"nodes": {name: [way, file]}}, a few at a time: {name: seconds}; Refused if one was refused."""
    waiting = list(request["nodes"].items())
    seconds = {}
    problems = []

    def work():
        while waiting:
            name, (way, path) = waiting.pop(0)
            begin = time.monotonic()
            try:
                router = Router(processes, name, path)
                router.wait_for("mgmtd.sock")
                FUNCTIONS[way](router)
            except (Refused, OSError) as error:
                problems.append(f"{way}: {error}")
            seconds[name] = time.monotonic() - begin

    workers = [threading.Thread(target=work) for _ in range(min(AT_ONCE, len(waiting)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if problems:
        raise Refused("; ".join(problems))
    return {"seconds": seconds}
