# SPDX-License-Identifier: Apache-2.0
"""The agent: one long-lived process where the network lives, in the guest or natively.

It serves each connection (a virtual port, or a client of a UNIX socket) in a thread of its
own, one request at a time. It decides nothing: it builds, starts, sends, captures and
answers. Started as  agent.py DESCRIPTION.json  with
{"socket": path} or {"ports": [paths]}, "run": folder, "state": folder, "logs": folder.
"""

import json
import os
import pathlib
import socket
import sys
import threading
import time
import traceback

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from stratalab import capture, configure, network, processes, traffic, wire  # noqa: E402


class Agent:
    """The network that lives here, and what may be asked of it."""

    def __init__(self, description):
        self.network = network.Network()
        self.processes = processes.Processes(self.network, description)
        self.captures = capture.Captures(self.network)
        self.traffic = traffic.Traffic(self.network)
        self.stopped = threading.Event()
        self.verbs = {
            "hello": lambda request: {"time": time.time()},
            "build": self.network.build,
            "start": self.processes.start_router,
            "configure": lambda request: configure.configure(self.processes, request),
            "run": self.processes.run,
            "run-many": self.processes.run_many,
            "kill": self.processes.kill,
            "list": self.processes.list_all,
            "capture-start": self.captures.start,
            "capture-stop": self.captures.stop,
            "ping": self.traffic.ping,
            "flow-start": self.traffic.start_flow,
            "flow-stop": self.traffic.stop_flow,
            "tcp": self.traffic.tcp,
            "udp": self.traffic.send_udp,
            "inject": self.traffic.inject,
            "clear": self.clear,
            "stop": self.stop,
        }

    def clear(self, _request):
        """Ends the network: flows, captures, processes, namespaces, files; another may follow."""
        self.traffic.stop_all()
        self.captures.stop_all()
        self.processes.stop_all()
        self.network.remove()
        return {}

    def stop(self, request):
        """The same, and the agent's own end."""
        self.clear(request)
        self.stopped.set()
        return {}

    def serve_request(self, channel, request):
        """One request, one answer; `exec` also streams."""
        verb = request.get("verb")
        try:
            if verb == "exec":
                answer = self.processes.execute(channel, request)
            else:
                answer = self.verbs[verb](request)
            channel.send(wire.ANSWER, answer)
        except wire.Closed:
            raise
        except (network.Refused, OSError) as error:
            channel.send(wire.FAILURE, {"error": str(error)})
        except Exception as error:  # an agent that dies leaves a lab nobody can take down
            traceback.print_exc()
            channel.send(wire.FAILURE, {"error": f"{verb}: {type(error).__name__}: {error}"})

    def serve(self, channel):
        """Requests until the client goes."""
        channel.welcome()
        while True:
            kind, body = channel.receive()
            if kind == wire.REQUEST:
                self.serve_request(channel, json.loads(body))

    def serve_port(self, path):
        """A virtual port: one client after the other, for ever."""
        port = os.open(path, os.O_RDWR)
        channel = wire.Channel(lambda size: os.read(port, size),
                               lambda data: os.write(port, data), port)
        while True:
            try:
                self.serve(channel)
            except wire.Closed:
                time.sleep(0.1)
            except OSError:
                time.sleep(0.5)

    def serve_client(self, link):
        """A client of the UNIX socket."""
        try:
            self.serve(wire.Channel(link.recv, link.send, link.fileno()))
        except (wire.Closed, OSError):
            pass
        finally:
            link.close()

    def serve_socket(self, path):
        """Clients of a UNIX socket."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen(16)
        while True:
            link, _ = listener.accept()
            threading.Thread(target=self.serve_client, args=(link,), daemon=True).start()


def main():
    """Serves until told to stop."""
    description = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    agent = Agent(description)
    for path in description.get("ports", []):
        threading.Thread(target=agent.serve_port, args=(path,), daemon=True).start()
    if "socket" in description:
        threading.Thread(target=agent.serve_socket, args=(description["socket"],),
                         daemon=True).start()
    try:
        agent.stopped.wait()
        time.sleep(0.2)
    except KeyboardInterrupt:
        agent.stop({})


if __name__ == "__main__":
    main()
