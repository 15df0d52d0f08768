# SPDX-License-Identifier: Apache-2.0
"""Captures on all links at once: one packet socket a node, the receiving side only.

A capture keeps the frames that contain its token (a random word in the payload of what we
send), so control traffic costs nothing and packets are followed from link to link. Runs
in the agent.
"""

import binascii
import select
import socket
import threading
import time

from . import network

ETH_P_ALL = 3
SNAP = 256
MOST = 20000


class Capture:
    """One running capture on a set of nodes."""

    def __init__(self, net, nodes, token):
        self.net = net
        self.token = token
        self.frames = []
        self.running = True
        self.sockets = {}
        for name in nodes:
            link = network.raw_socket(name, socket.SOCK_RAW, socket.htons(ETH_P_ALL),
                                      socket.AF_PACKET)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            link.setblocking(False)
            self.sockets[link.fileno()] = (name, link)
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        """Reads until stopped."""
        poller = select.poll()
        for descriptor in self.sockets:
            poller.register(descriptor, select.POLLIN)
        while self.running:
            for descriptor, _ in poller.poll(100):
                self.drain(*self.sockets[descriptor])

    def drain(self, name, link):
        """All that is waiting on one socket."""
        while True:
            try:
                data, address = link.recvfrom(65535)
            except OSError:
                return
            if address[2] == socket.PACKET_OUTGOING or self.token not in data:
                continue
            # Python asks the socket itself for the name, so it is that of the node's namespace
            interface = address[0] if (name, address[0]) in self.net.peer else None
            if interface and len(self.frames) < MOST:
                self.frames.append((time.time(), name, interface, data[:SNAP], len(data)))

    def stop(self):
        """Ends the capture; the frames in order of arrival."""
        time.sleep(0.05)
        self.running = False
        self.thread.join()
        for name, link in self.sockets.values():
            self.drain(name, link)
            link.close()
        return sorted(self.frames, key=lambda frame: frame[0])


class Captures:
    """Captures by number."""

    def __init__(self, net):
        self.net = net
        self.running = {}
        self.next_number = 1

    def start(self, request):
        """{"token": hex, "nodes": [...] or absent for all} -> {"capture": number}"""
        nodes = request.get("nodes") or list(self.net.nodes)
        number = self.next_number
        self.next_number += 1
        self.running[number] = Capture(self.net, nodes, binascii.unhexlify(request["token"]))
        return {"capture": number}

    def stop(self, request):
        """{"capture": number} -> {"frames": [[time, node, interface, hex, length]]}"""
        frames = self.running.pop(request["capture"]).stop()
        return {"frames": [[at, node, interface, data.hex(), length]
                           for at, node, interface, data, length in frames]}

    def stop_all(self):
        """At the end."""
        for number in list(self.running):
            self.running.pop(number).stop()
