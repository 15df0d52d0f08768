# SPDX-License-Identifier: Apache-2.0
"""Traffic of the plain hosts: pings, flows, transfers, datagrams, raw frames. Runs in the agent.

Sockets are made inside the namespaces and used from here: no process is started.
"""

import binascii
import errno
import hashlib
import os
import select
import socket
import struct
import threading
import time

from . import network, packet

IP_MTU_DISCOVER = 10
IP_PMTUDISC_DONT = 0
IP_PMTUDISC_DO = 2
IP_RECVERR = 11
SOL_IP = 0
MSG_ERRQUEUE = 0x2000
HEADERS = 28


class Pinger:
    """ICMP echo from one node to one address over a raw socket."""

    def __init__(self, node, target, size=84, dont_fragment=False, token=b"", source=None):
        self.target = target
        self.ident = int.from_bytes(os.urandom(2), "big")
        self.payload = token + b"\xa5" * max(0, size - HEADERS - len(token))
        self.socket = network.raw_socket(node, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        mode = IP_PMTUDISC_DO if dont_fragment else IP_PMTUDISC_DONT
        self.socket.setsockopt(SOL_IP, IP_MTU_DISCOVER, mode)
        self.socket.setsockopt(SOL_IP, IP_RECVERR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        if source:
            self.socket.bind((source, 0))
        self.socket.setblocking(False)
        self.sent = {}
        self.replies = {}
        self.duplicates = 0
        self.notes = []

    def note(self, text):
        """Remembers a remark once."""
        if text not in self.notes:
            self.notes.append(text)

    def send(self, sequence):
        """One request."""
        self.sent[sequence] = time.monotonic()
        message = packet.encode_echo(self.ident, sequence & 0xFFFF, self.payload)
        try:
            self.socket.sendto(message, (self.target, 0))
        except OSError as error:
            self.note(os.strerror(error.errno) if error.errno else str(error))

    def receive(self, wait):
        """Takes the replies that come within `wait` seconds; returns after the first batch."""
        poller = select.poll()
        poller.register(self.socket, select.POLLIN)
        if not poller.poll(max(0, int(wait * 1000))):
            return
        self.take_errors()
        while True:
            try:
                data = self.socket.recv(65535)
            except OSError as error:
                if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK):
                    return
                self.note(os.strerror(error.errno))
                continue
            self.take(data)

    def take(self, data):
        """One received packet."""
        ip = packet.decode_ipv4(data)
        echo = packet.decode_echo(ip.payload) if ip and ip.protocol == packet.PROTO_ICMP else None
        if not echo or not echo[0] or echo[1] != self.ident or echo[3] != self.payload:
            return
        for sequence in (echo[2], echo[2] + 65536):
            if sequence in self.sent:
                if sequence in self.replies:
                    self.duplicates += 1
                self.replies.setdefault(sequence, time.monotonic())
                return

    def take_errors(self):
        """ICMP errors from the error queue become remarks."""
        while True:
            try:
                _, extras, _, _ = self.socket.recvmsg(2048, 512, MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, data in extras:
                if (level, kind) == (SOL_IP, IP_RECVERR) and len(data) >= 24:
                    (number, origin, icmp_type, code, _, info,
                     _) = struct.unpack_from("IBBBBII", data)
                    text = os.strerror(number)
                    if origin == 2 and (icmp_type, code) == (3, packet.ICMP_FRAG_NEEDED):
                        text = f"fragmentation needed, mtu {info}"
                    offender = socket.inet_ntoa(data[20:24])
                    self.note(text + (f" from {offender}" if offender != "0.0.0.0" else ""))

    def close(self):
        """Frees the socket."""
        self.socket.close()


class Flow:
    """A ping at a steady rate in the background; what was lost when is asked at the end."""

    def __init__(self, pinger, rate):
        self.pinger = pinger
        self.interval = 1.0 / rate
        self.running = True
        self.started = time.time() - time.monotonic()
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        """Sends in time, receives in between."""
        due = time.monotonic()
        sequence = 0
        while self.running:
            now = time.monotonic()
            if now >= due:
                self.pinger.send(sequence)
                sequence += 1
                due += self.interval
                if now - due > 1.0:
                    due = now
            self.pinger.receive(min(0.1, max(0.0, due - time.monotonic())))

    def stop(self, patience):
        """The timeline: [sequence, time sent, seconds to the reply or None]."""
        self.running = False
        self.thread.join()
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and len(self.pinger.replies) < len(self.pinger.sent):
            self.pinger.receive(0.1)
        timeline = []
        for sequence, sent in sorted(self.pinger.sent.items()):
            reply = self.pinger.replies.get(sequence)
            timeline.append([sequence, round(sent + self.started, 4),
                             None if reply is None else round(reply - sent, 5)])
        self.pinger.close()
        return timeline


class Traffic:
    """What the hosts can be told to send."""

    def __init__(self, net):
        self.net = net
        self.flows = {}
        self.next_number = 1

    def pinger(self, request):
        """A Pinger as a request describes it."""
        self.net.has_node(request["node"])
        return Pinger(request["node"], request["to"], request.get("size", 84),
                      request.get("df", False), binascii.unhexlify(request.get("token", "")),
                      request.get("source"))

    def ping(self, request):
        """{"node", "to", "count", "size", "df", "interval", "wait"} -> sent, received, rtt"""
        pinger = self.pinger(request)
        try:
            interval, wait = request.get("interval", 0.2), request.get("wait", 2.0)
            start = time.monotonic()
            for sequence in range(request.get("count", 3)):
                pinger.send(sequence)
                due = start + (sequence + 1) * interval
                while time.monotonic() < due and len(pinger.replies) <= sequence:
                    pinger.receive(due - time.monotonic())
                if len(pinger.replies) > sequence:
                    time.sleep(max(0.0, min(interval, due - time.monotonic())))
            deadline = time.monotonic() + wait
            while len(pinger.replies) < len(pinger.sent) and time.monotonic() < deadline:
                pinger.receive(deadline - time.monotonic())
            times = [pinger.replies[key] - pinger.sent[key] for key in pinger.replies]
            return {"sent": len(pinger.sent), "received": len(pinger.replies),
                    "duplicates": pinger.duplicates, "notes": pinger.notes,
                    "rtt": [round(value * 1000, 2) for value in times]}
        finally:
            pinger.close()

    def start_flow(self, request):
        """{"node", "to", "rate"} -> {"flow": number}"""
        number = self.next_number
        self.next_number += 1
        self.flows[number] = Flow(self.pinger(request), request.get("rate", 20))
        return {"flow": number, "time": time.time()}

    def stop_flow(self, request):
        """{"flow": number, "wait": seconds} -> {"timeline": [...]}"""
        flow = self.flows.pop(request["flow"])
        return {"timeline": flow.stop(request.get("wait", 2.0)), "notes": flow.pinger.notes,
                "duplicates": flow.pinger.duplicates}

    def stop_all(self):
        """At the end."""
        for number in list(self.flows):
            self.flows.pop(number).stop(0)

    def tcp(self, request):
        """{"from", "to", "address", "bytes"} -> whether what arrived is what was sent"""
        self.net.has_node(request["from"])
        self.net.has_node(request["to"])
        listener = network.raw_socket(request["to"], socket.SOCK_STREAM, 0)
        client = network.raw_socket(request["from"], socket.SOCK_STREAM, 0)
        timeout = request.get("timeout", 60)
        result = {"received": 0, "sha256": None, "error": None}
        try:
            listener.bind((request["address"], 0))
            listener.listen(1)
            listener.settimeout(timeout)
            receiver = threading.Thread(target=receive_all, args=(listener, result, timeout))
            receiver.start()
            begin = time.monotonic()
            sent = send_all(client, listener.getsockname(), request["bytes"], timeout, result)
            if result["error"]:
                listener.shutdown(socket.SHUT_RDWR)
            receiver.join()
            return {"sent": request["bytes"], "received": result["received"],
                    "equal": sent is not None and sent == result["sha256"],
                    "error": result["error"], "seconds": round(time.monotonic() - begin, 2)}
        finally:
            listener.close()
            client.close()

    def send_udp(self, request):
        """{"node", "to", "count", "token", "size"}: datagrams that nobody need answer"""
        self.net.has_node(request["node"])
        link = network.raw_socket(request["node"], socket.SOCK_DGRAM, 0)
        token = binascii.unhexlify(request["token"])
        payload = token + b"\xa5" * max(0, request.get("size", 84) - HEADERS - len(token))
        errors = []
        with link:
            for _ in range(request.get("count", 3)):
                try:
                    link.sendto(payload, (request["to"], request.get("port", 33434)))
                except OSError as error:
                    errors.append(os.strerror(error.errno))
                time.sleep(request.get("interval", 0.05))
        return {"errors": errors}

    def inject(self, request):
        """{"node", "interface", "hop": [node, interface], "frames": [hex without addresses]}: raw
        frames onto a cable. The Ethernet addresses are filled in: that of the hop, and ours.
        """
        node, interface = request["node"], request["interface"]
        head = self.net.mac_of(*request["hop"]) + self.net.mac_of(node, interface)
        link = network.raw_socket(node, socket.SOCK_RAW, 0, socket.AF_PACKET)
        with link:
            for text in request["frames"]:
                link.sendto(head + binascii.unhexlify(text), (interface, 0))
                time.sleep(request.get("interval", 0.02))
        return {"sent": len(request["frames"])}


def receive_all(listener, result, timeout):
    """The server's half of a transfer."""
    try:
        link, _ = listener.accept()
        link.settimeout(timeout)
        digest = hashlib.sha256()
        with link:
            while data := link.recv(1 << 18):
                digest.update(data)
                result["received"] += len(data)
        result["sha256"] = digest.hexdigest()
    except OSError as error:
        result["error"] = result["error"] or f"receiving: {error}"


def send_all(client, address, size, timeout, result):
    """The client's half; the digest of what was sent."""
    data = os.urandom(size)
    try:
        client.settimeout(timeout)
        client.connect(address)
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
    except OSError as error:
        result["error"] = f"sending: {error}"
        return None
    return hashlib.sha256(data).hexdigest()
