# SPDX-License-Identifier: Apache-2.0
"""Frames between strata-lab and its agent.

A frame is a length (4 bytes), a kind (1 byte) and a body. A session begins with a greeting,
MAGIC and 16 random bytes, which the agent echoes: a virtual port may still hold bytes of
an earlier session, so the client skips everything before its own greeting.

    client                          agent
      greeting ------------------------>
      <------------------------ greeting
      REQUEST {"verb": ..., ...} ------->
      <----------- OUTPUT / ERRORS ...       while something runs
      INPUT, RESIZE, CLOSE ------------->
      <----------------- ANSWER or FAILURE   ends the request, the next one may follow
"""

import json
import os
import struct

MAGIC = b"\nstrata-lab-1\n"
GREETING_SIZE = len(MAGIC) + 16

REQUEST = b"Q"
ANSWER = b"A"
FAILURE = b"F"
OUTPUT = b"O"
ERRORS = b"E"
INPUT = b"I"
RESIZE = b"R"
CLOSE = b"C"

BIGGEST = 64 << 20


class Closed(Exception):
    """The other side has gone."""


class Channel:
    """Frames over a read(n) and a write(bytes) that may do less; `descriptor` is for select."""

    def __init__(self, read, write, descriptor):
        self.read_some = read
        self.descriptor = descriptor
        self.write_some = write
        self.buffer = b""

    def need(self, size):
        """Waits until `size` bytes are buffered."""
        while len(self.buffer) < size:
            data = self.read_some(65536)
            if not data:
                raise Closed("connection closed")
            self.buffer += data

    def take(self, size):
        """The next `size` bytes."""
        self.need(size)
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def send_bytes(self, data):
        """All of it."""
        view = memoryview(data)
        while view:
            view = view[self.write_some(view[:32768]):]

    def greet(self):
        """Client: greets, and skips until its greeting comes back."""
        greeting = MAGIC + os.urandom(16)
        self.send_bytes(greeting)
        while True:
            self.need(GREETING_SIZE)
            at = self.buffer.find(greeting)
            if at >= 0:
                self.buffer = self.buffer[at + len(greeting):]
                return
            self.buffer = self.buffer[-(GREETING_SIZE - 1):]

    def welcome(self):
        """Agent: skips until a greeting comes and echoes it."""
        while True:
            self.need(GREETING_SIZE)
            at = self.buffer.find(MAGIC)
            if at >= 0:
                self.take(at)
                self.send_bytes(self.take(GREETING_SIZE))
                return
            self.buffer = self.buffer[-(GREETING_SIZE - 1):]

    def send(self, kind, body=b""):
        """One frame; a body that is not bytes goes as JSON."""
        if not isinstance(body, (bytes, bytearray, memoryview)):
            body = json.dumps(body).encode()
        self.send_bytes(struct.pack("!I", len(body)) + kind + bytes(body))

    def has_frame(self):
        """Whether a whole frame is buffered."""
        if len(self.buffer) < 5:
            return False
        return len(self.buffer) >= 5 + struct.unpack_from("!I", self.buffer)[0]

    def receive(self):
        """(kind, body) of the next frame."""
        self.need(5)
        length, = struct.unpack_from("!I", self.buffer)
        if length > BIGGEST:
            raise Closed("a frame of an impossible length")
        head = self.take(5)
        return head[4:5], self.take(length)
