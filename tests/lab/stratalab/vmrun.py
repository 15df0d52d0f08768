# SPDX-License-Identifier: Apache-2.0
"""One command in a fresh machine, or natively in fresh network and mount namespaces.

Output streams live: the guest's stdout and stderr are two ports. Each stream ends with a
marker, a random word with the exit status, so that nothing is lost when the machine goes.
"""

import os
import re
import secrets
import selectors
import shlex
import shutil
import subprocess
import sys
import tempfile
import termios
import time

from . import native, terminal, vm
from .errors import StartError

PASSED_ON = re.compile(r"^(HOME|USER|LOGNAME|SHELL|TERM|LANG|LC_.*|TZ|CI|[ALUT]SAN_OPTIONS"
                       r"|STRATA_.*|CMOCKA_.*|CTEST_.*)$")
RESULTS = "/run/strata-lab/results"

BATCH_JOB = """
cd {cwd} || exit
{exports}
mkfifo /run/strata-lab/out /run/strata-lab/err
cat </run/strata-lab/out >/run/strata-lab/port1 & one=$!
cat </run/strata-lab/err >/run/strata-lab/port2 & two=$!
setsid -w {command} </dev/null >/run/strata-lab/out 2>/run/strata-lab/err
status=$?
( sleep 3; kill $one $two ) 2>/dev/null &
wait $one $two
printf '%s %d\\n' '{marker}' $status >/run/strata-lab/port1
printf '%s %d\\n' '{marker}' $status >/run/strata-lab/port2
sleep 20
"""

TTY_JOB = """
cd {cwd} || exit
{exports}
exec 5<>/dev/hvc0
stty rows {rows} cols {columns} sane </dev/hvc0
setsid -c -w {command} </dev/hvc0 >/dev/hvc0 2>&1 5>&-
echo $? >/run/strata-lab/ctl/status.tmp
mv /run/strata-lab/ctl/status.tmp /run/strata-lab/ctl/status
sleep 20
"""


class Options:
    """What `vm` was asked for."""

    def __init__(self, command, interactive=False, results=None, timeout=None, environment=(),
                 cpus=None, memory=None, force_vm=False):
        self.command = command
        self.interactive = interactive
        self.results = results
        self.timeout = timeout
        self.environment = list(environment)
        self.cpus = cpus
        self.memory = memory
        self.force_vm = force_vm


def exports(options):
    """Shell lines that hand the useful part of our environment to the guest."""
    lines = []
    values = {name: value for name, value in os.environ.items() if PASSED_ON.match(name)}
    for item in options.environment:
        name, equals, value = item.partition("=")
        values[name] = value if equals else os.environ.get(name, "")
    values["STRATA_LAB_RESULTS"] = RESULTS
    values["STRATA_LAB_VM"] = "1"
    for name, value in sorted(values.items()):
        lines.append(f"export {name}={shlex.quote(value)}")
    return "\n".join(lines)


class MarkedStream:
    """Copies a port to a file descriptor until the marker; remembers the exit status in it."""

    def __init__(self, link, output, marker):
        self.link = link
        self.output = output
        self.marker = marker.encode()
        self.held = b""
        self.status = None
        self.is_finished = False

    def feed(self):
        """Reads once and passes on what cannot be part of the marker."""
        data = self.link.recv(65536)
        if not data:
            self.write(self.held)
            self.is_finished = True
            return
        self.held += data
        at = self.held.find(self.marker)
        if at >= 0:
            if self.held.endswith(b"\n"):
                self.write(self.held[:at])
                self.status = int(self.held[at + len(self.marker):])
                self.is_finished = True
            return
        keep = 0
        for length in range(min(len(self.marker) - 1, len(self.held)), 0, -1):
            if self.marker.startswith(self.held[-length:]):
                keep = length
                break
        self.write(self.held[:len(self.held) - keep])
        self.held = self.held[len(self.held) - keep:]

    def write(self, data):
        """Everything, now."""
        while data:
            data = data[os.write(self.output, data):]


def stream_out(machine, marker, timeout):
    """Relays both streams until their markers; the exit status."""
    streams = [MarkedStream(machine.connect("out"), 1, marker),
               MarkedStream(machine.connect("err"), 2, marker)]
    selector = selectors.DefaultSelector()
    for stream in streams:
        selector.register(stream.link, selectors.EVENT_READ, stream)
    deadline = time.monotonic() + timeout if timeout else None
    while selector.get_map():
        for key, _ in selector.select(1.0):
            key.data.feed()
            if key.data.is_finished:
                selector.unregister(key.fileobj)
                key.data.link.close()
        if deadline and time.monotonic() > deadline:
            print(f"strata-lab: no end after {timeout:g} s, machine stopped", file=sys.stderr)
            return 124
    if streams[0].status is None:
        raise StartError("the virtual machine ended by itself: " + machine.last_words())
    return streams[0].status


def run_interactive(machine):
    """Our terminal becomes the guest's."""
    link = machine.connect("tty")
    status_file = machine.control / "status"
    terminal.relay_socket(link, finished=lambda: status_file.exists() or not machine.is_running())
    if not status_file.exists():
        raise StartError("the virtual machine ended by itself: " + machine.last_words())
    return int(status_file.read_text(encoding="ascii"))


def run_in_machine(options):
    """The command in a fresh machine; its exit status."""
    folder = tempfile.mkdtemp(prefix="strata-lab-vm-")
    machine = None
    try:
        machine = vm.make(folder, options.cpus, options.memory)
        results = options.results or os.path.join(folder, "results")
        os.makedirs(results, exist_ok=True)
        machine.add_share("results", os.path.abspath(results), RESULTS)
        marker = "\0strata-lab-end-" + secrets.token_hex(12)
        fields = {"cwd": shlex.quote(os.getcwd()), "exports": exports(options),
                  "command": " ".join(shlex.quote(word) for word in options.command)}
        if options.interactive:
            machine.tty = True
            size = terminal.size()
            machine.write_job(TTY_JOB.format(rows=size.lines, columns=size.columns, **fields))
        else:
            machine.add_port("out")
            machine.add_port("err")
            # printf's %b gives the NUL that no text stream contains
            job = BATCH_JOB.format(marker=marker.replace("\0", "\\0"), **fields)
            machine.write_job(job.replace("'%s %d", "'%b %d"))
        machine.start()
        if options.interactive:
            return run_interactive(machine)
        return stream_out(machine, marker, options.timeout)
    finally:
        if machine:
            machine.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run_native(options):
    """The command in fresh namespaces of this kernel."""
    environment = dict(os.environ)
    for item in options.environment:
        name, equals, value = item.partition("=")
        if equals:
            environment[name] = value
    scratch = None
    if options.results:
        os.makedirs(options.results, exist_ok=True)
        environment["STRATA_LAB_RESULTS"] = os.path.abspath(options.results)
    else:
        scratch = tempfile.mkdtemp(prefix="strata-lab-results-")
        environment["STRATA_LAB_RESULTS"] = scratch
    setup = ("mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/lock /run/strata && "
             "ip link set lo up && exec \"$@\"")
    try:
        done = subprocess.run(["unshare", "-n", "-m", "sh", "-c", setup, "sh", *options.command],
                              env=environment, timeout=options.timeout, check=False,
                              stdin=None if options.interactive else subprocess.DEVNULL)
        return done.returncode if done.returncode >= 0 else 128 - done.returncode
    except subprocess.TimeoutExpired:
        return 124
    finally:
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)


def run(options):
    """The command where its labels really forward; its exit status."""
    if not options.force_vm and native.is_capable():
        return run_native(options)
    try:
        return run_in_machine(options)
    except termios.error as error:
        raise StartError(f"the terminal refused: {error}") from error
