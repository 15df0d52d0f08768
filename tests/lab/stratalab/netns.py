# SPDX-License-Identifier: Apache-2.0
"""Network namespaces of this machine, entered by a thread without starting a process."""

import contextlib
import ctypes
import os
import threading

CLONE_NEWNET = 0x40000000
CLONE_NEWNS = 0x00020000
MS_BIND = 4096
MNT_DETACH = 2
NAMES = "/run/netns"

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    """Turns a C call's -1 into an OSError."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def bind(source, target):
    """mount --bind."""
    check(libc.mount(source.encode(), target.encode(), None, MS_BIND, None), f"bind {target}")


def create(name):
    """A new namespace with a name, as `ip netns add` makes it."""
    os.makedirs(NAMES, exist_ok=True)
    path = f"{NAMES}/{name}"
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, 0))
    failures = []

    def make():
        try:
            check(libc.unshare(CLONE_NEWNET), "unshare")
            bind(f"/proc/self/task/{threading.get_native_id()}/ns/net", path)
        except OSError as error:
            failures.append(error)

    # A thread that ends takes its namespace with it; the bind mount keeps ours.
    maker = threading.Thread(target=make)
    maker.start()
    maker.join()
    if failures:
        os.unlink(path)
        raise failures[0]


def delete(name):
    """Forgets a name; the namespace goes with its last user."""
    path = f"{NAMES}/{name}"
    libc.umount2(path.encode(), MNT_DETACH)
    with contextlib.suppress(OSError):
        os.unlink(path)


@contextlib.contextmanager
def inside(name):
    """This thread is in the namespace while inside; sockets and processes made here stay there."""
    before = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
    try:
        wanted = os.open(f"{NAMES}/{name}", os.O_RDONLY)
        try:
            check(libc.setns(wanted, CLONE_NEWNET), f"setns {name}")
        finally:
            os.close(wanted)
        try:
            yield
        finally:
            check(libc.setns(before, CLONE_NEWNET), "setns back")
    finally:
        os.close(before)


def identity(name):
    """A number that processes in this namespace share (see processes_in)."""
    return os.stat(f"{NAMES}/{name}").st_ino


def processes_in(name):
    """(pid, command name) of all processes whose main thread is in the namespace."""
    wanted = identity(name)
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            if os.stat(f"/proc/{entry}/ns/net").st_ino != wanted:
                continue
            with open(f"/proc/{entry}/comm", encoding="utf-8", errors="replace") as file:
                found.append((int(entry), file.read().strip()))
        except OSError:
            continue
    return found
