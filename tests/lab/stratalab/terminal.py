# SPDX-License-Identifier: Apache-2.0
"""The operator's terminal: raw mode, size, relaying."""

import contextlib
import os
import select
import shutil
import sys
import termios
import tty


def size():
    """Rows and columns of our terminal, or 24x80."""
    return shutil.get_terminal_size((90, 24))


@contextlib.contextmanager
def raw_input():
    """Raw mode while inside, if our input is a terminal; always restored."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def write_all(descriptor, data):
    """Everything, now."""
    while data:
        data = data[os.write(descriptor, data):]


def relay_socket(link, finished):
    """Copies terminal to socket and back until `finished()` or the socket's end."""
    with raw_input():
        wanted = [link, 0]
        while True:
            ready, _, _ = select.select(wanted, [], [], 0.3)
            if link in ready:
                data = link.recv(65536)
                if not data:
                    return
                write_all(1, data)
            if 0 in ready:
                data = os.read(0, 4096)
                if data:
                    link.sendall(data)
                else:
                    wanted.remove(0)
            if not ready and finished():
                return
