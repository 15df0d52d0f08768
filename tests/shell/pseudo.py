# SPDX-License-Identifier: Apache-2.0
"""A router's management in a temporary folder, and shells at pseudo-terminals in front of it."""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][0-9A-B]|\x1b[=>]|\x1b7|\x1b8|\x00|\x07")
PROMPT = re.compile(r"strata@\S+# $")
BASE = """\
system hostname r1
interface eth0 mtu 1500
vpn-instance red
vpn-instance green
policy prefix-list SITE rule 10 {
    action permit
    prefix 10.2.0.0/16
}
ospf router-id 10.0.0.1
"""
SLOW = float(os.environ.get("STRATA_TEST_SLOW", "1"))  # times longer to wait on a busy machine


class Failed(Exception):
    """What was expected did not come."""


class Router:
    """mgmtd and daemons that need no privileges."""

    def __init__(self, build, daemons=("ospfd", "ldpd")):
        self.build = build
        self.dir = tempfile.mkdtemp(prefix="strata-shell-")
        self.home = os.path.join(self.dir, "home")
        self.processes = []
        for name in ("home", "run", "state"):
            os.mkdir(os.path.join(self.dir, name))
        for name in ("mgmtd", *daemons):
            self.start(name)
        deadline = time.monotonic() + 30 * SLOW
        while self.run("show version")[0] and time.monotonic() < deadline:
            time.sleep(0.1)

    def start(self, name):
        log = open(os.path.join(self.dir, name + ".log"), "ab")
        command = [os.path.join(self.build, "bin", name), "--run-dir", self.dir + "/run", "--state-dir", self.dir + "/state"]
        self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        log.close()

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10 * SLOW)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def write(self, name, text):
        """A file in the folder where shells start; its name."""
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
            f.write(text)
        return name

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8") as f:
            return f.read()

    def reset(self):
        """The configuration that every test starts from."""
        self.write("base.conf", BASE)
        self.good("configure", "load override base.conf", "commit")

    def command(self):
        return [os.path.join(self.build, "bin", "strata"), "--run-dir", self.dir + "/run"]

    def environment(self):
        path = self.dir + "/tools:" + os.environ.get("PATH", "/usr/bin:/bin")
        return {**os.environ, "PATH": path, "HOME": self.home, "TERM": "xterm", "SSH_CONNECTION": "192.0.2.7 4711 192.0.2.1 22"}

    def run(self, *commands, text=None):
        """Status, standard output, standard error of `strata -c ...`, or of text on standard input."""
        words = [w for c in commands for w in ("-c", c)]
        done = subprocess.run(self.command() + words, input=text or "", capture_output=True, text=True, cwd=self.dir,
                              env=self.environment(), timeout=120 * SLOW, check=False)
        return done.returncode, done.stdout, done.stderr

    def good(self, *commands, text=None):
        status, out, err = self.run(*commands, text=text)
        if status:
            raise Failed(f"{commands or text!r}: status {status}: {err}")
        return out


class Terminal:
    """A shell that somebody types at."""

    def __init__(self, router, rows=40, columns=120):
        self.text = ""
        self.seen = 0  # expect() looks behind this
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(router.dir)
            words = router.command()
            os.execve(words[0], words, router.environment())
        self.resize(rows, columns)
        self.prompt()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:  # 0: it has ended
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """False: nothing came, or the shell is gone."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += ESCAPES.sub("", data.decode("utf-8", "replace")).replace("\r", "")
        return bool(data)

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def expect(self, pattern, seconds=10):
        """Waits until it was printed since the last call; what came up to its end."""
        deadline = time.monotonic() + seconds * SLOW
        while True:
            hit = re.compile(pattern, re.M).search(self.text, self.seen)
            if hit:
                got = self.text[self.seen:hit.end()]
                self.seen = hit.end()
                return got
            left = deadline - time.monotonic()
            if left <= 0 or not self.read(left):
                raise Failed(f"expected {pattern!r}, got {self.text[self.seen:]!r}")

    def prompt(self, seconds=10):
        """Waits for the prompt; what was printed before."""
        start = self.seen
        deadline = time.monotonic() + seconds * SLOW
        while True:
            hit = PROMPT.search(self.text, self.seen)
            if hit and not self.read(0.05):
                self.seen = len(self.text)
                return self.text[start:]
            if not hit and (time.monotonic() > deadline or not self.read(max(deadline - time.monotonic(), 0.01))):
                raise Failed(f"no prompt after {self.text[start:]!r}")

    def line(self, text, seconds=10):
        """Types a line, returns what it gives, the echo and the next prompt with it."""
        self.type(text + "\n")
        return self.prompt(seconds)

    def keys(self, text):
        """Types what is no whole line, returns all that it gives: until nothing has come for a while."""
        self.type(text)
        start = self.seen
        deadline = time.monotonic() + 3 * SLOW
        while not self.read(0.3 * SLOW) and time.monotonic() < deadline:
            pass
        while self.read(0.3 * SLOW):
            pass
        self.seen = len(self.text)
        return self.text[start:]

    def help(self, typed):
        """What ? lists behind the text: up to where the line is shown again. The line is dropped."""
        self.type(typed + "?")
        line = re.escape(typed)
        text = self.expect(line + r"\n(.*\n)+(.*# |\.\.\. )" + line)
        self.type("\x15\x03")  # Ctrl-U, Ctrl-C: a new prompt says that it was read
        self.expect(r"\^C\n")
        self.prompt()
        return text[text.find("\n"):text.rfind("\n") + 1]

    def clear(self):
        """Drops the line."""
        self.type("\x15")
        self.keys("")

    def has_ended(self):
        deadline = time.monotonic() + 5 * SLOW
        while time.monotonic() < deadline:
            self.read(0.1)
            pid, _ = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return True
        return False
