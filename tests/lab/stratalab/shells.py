# SPDX-License-Identifier: Apache-2.0
"""One long-lived operator shell for each router, for the many questions that checks ask.

A shell that is started for one question spends nearly all its time on getting ready (its YANG
modules), ten times longer under emulation than outside. These are asked again and again:
`strata --marks` ends every answer with the byte 0x1e and a status. Runs in the agent.
"""

import contextlib
import os
import re
import select
import subprocess
import threading
import time

MARK = b"\x1e"
PLAIN = re.compile(r"^strata -c '([^'\n]+)'$")
ASKED = ("show ", "request ")


def question_of(command):
    """The operational command of a plain `strata -c 'COMMAND'`, or None: then a process runs it."""
    if isinstance(command, str):
        found = PLAIN.match(command)
        question = found.group(1) if found else ""
    else:
        question = command[2] if len(command) == 3 and command[:2] == ["strata", "-c"] else ""
    return question if question.startswith(ASKED) and "\n" not in question else None


class Shell:
    """One `strata --marks`."""

    def __init__(self, child):
        self.child = child
        self.lock = threading.Lock()
        os.set_blocking(child.stdout.fileno(), False)
        os.set_blocking(child.stderr.fileno(), False)

    def read_some(self, stream):
        """What is there now; None at the end of the stream."""
        try:
            return os.read(stream.fileno(), 1 << 20) or None
        except BlockingIOError:
            return b""

    def ask(self, question, timeout):
        """{status, output, errors}; None if the shell has gone or does not answer in time."""
        deadline = time.monotonic() + timeout
        self.child.stdin.write(question.encode() + b"\n")
        self.child.stdin.flush()
        output = errors = b""
        while True:
            select.select([self.child.stdout], [], [], max(0.0, deadline - time.monotonic()))
            data = self.read_some(self.child.stdout)
            errors += self.read_some(self.child.stderr) or b""
            if data is None or (not data and time.monotonic() >= deadline):
                return None
            output += data
            head, mark, tail = output.rpartition(MARK)
            if mark and tail.endswith(b"\n"):
                errors += self.read_some(self.child.stderr) or b""
                return {"status": int(tail), "output": head.decode(errors="replace"),
                        "errors": errors.decode(errors="replace")}

    def end(self):
        """Ends the process."""
        with contextlib.suppress(OSError):
            self.child.kill()
        self.child.wait()
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            with contextlib.suppress(OSError):
                stream.close()


class Shells:
    """The shells by router; `start(node)` gives a process with pipes."""

    def __init__(self, start):
        self.start = start
        self.shells = {}
        self.lock = threading.Lock()

    def shell_of(self, name):
        """The router's shell, started at the first question."""
        with self.lock:
            shell = self.shells.get(name)
            if shell is None or shell.child.poll() is not None:
                shell = self.shells[name] = Shell(self.start(name))
            return shell

    def ask(self, name, question, timeout):
        """{status, output, errors}; None if there is no answer to be had this way."""
        try:
            shell = self.shell_of(name)
            with shell.lock:
                answer = shell.ask(question, timeout)
                if answer is None:
                    shell.end()
                return answer
        except (OSError, ValueError):
            return None

    def stop_all(self):
        """At the end."""
        with self.lock:
            for shell in self.shells.values():
                shell.end()
            self.shells = {}


def start_process(program, environment):
    """`strata --marks` with pipes; behind the daemons when there is not enough computing power."""
    return subprocess.Popen([*program, "--marks"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment, start_new_session=True,
                            preexec_fn=lambda: os.nice(5))
