# SPDX-License-Identifier: Apache-2.0
"""Commands and shells inside the nodes of a lab, with our own streams or terminal."""

import json
import os
import select
import signal
import sys

from . import terminal, wire
from .errors import LabError


def shell_command():
    """A plain interactive shell with the node's name as prompt."""
    return ["/bin/bash", "--norc", "--noprofile", "-i"]


class Session:
    """One running `exec`: relays frames until it ends."""

    def __init__(self, connection, has_terminal):
        self.connection = connection
        self.channel = connection.channel
        self.has_terminal = has_terminal
        self.inputs = [0]
        self.is_resized = False

    def start(self, node, command):
        """Sends the request."""
        size = terminal.size()
        self.channel.send(wire.REQUEST, {
            "verb": "exec", "node": node, "command": command, "tty": self.has_terminal,
            "rows": size.lines, "columns": size.columns,
            "environment": {"TERM": os.environ.get("TERM", "dumb")}})

    def take_input(self):
        """Passes on what was typed."""
        data = os.read(0, 4096)
        if data:
            self.channel.send(wire.INPUT, data)
        else:
            self.inputs = []
            self.channel.send(wire.CLOSE)

    def take_frame(self):
        """Handles one frame; the exit status if it was the last."""
        kind, body = self.channel.receive()
        if kind == wire.OUTPUT:
            terminal.write_all(1, body)
        elif kind == wire.ERRORS:
            terminal.write_all(2, body)
        elif kind == wire.FAILURE:
            raise LabError(json.loads(body)["error"])
        elif kind == wire.ANSWER:
            return json.loads(body)["status"]
        return None

    def loop(self):
        """Until the command has ended; its status."""
        while True:
            if self.is_resized:
                self.is_resized = False
                size = terminal.size()
                self.channel.send(wire.RESIZE, {"rows": size.lines, "columns": size.columns})
            ready = []
            if not self.channel.has_frame():
                ready, _, _ = select.select([self.connection.link, *self.inputs], [], [], 0.5)
            if self.channel.has_frame() or self.connection.link in ready:
                status = self.take_frame()
                if status is not None:
                    return status if status >= 0 else 128 - status
            if 0 in ready:
                self.take_input()


def run(lab, node, command, has_terminal=None):
    """A command inside a node; its exit status."""
    if has_terminal is None:
        has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    connection = lab.connect()
    session = Session(connection, has_terminal)
    before = signal.signal(signal.SIGWINCH, lambda *_: setattr(session, "is_resized", True))
    try:
        session.start(node, command)
        if has_terminal:
            with terminal.raw_input():
                return session.loop()
        return session.loop()
    except (wire.Closed, OSError) as error:
        raise LabError(f"the lab has gone: {error}") from error
    finally:
        signal.signal(signal.SIGWINCH, before)
        connection.close()
