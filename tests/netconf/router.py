# SPDX-License-Identifier: Apache-2.0
"""A router of its own for the NETCONF tests: stratad with its daemons, an sshd with its own keys and configuration, and the
two kinds of clients: ncclient through ssh, and raw bytes on netconfd's socket or through the relay."""
import getpass
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from ncclient import manager

PORT = 8830
BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
BASE_1_1 = "urn:ietf:params:netconf:base:1.1"
CONFIG = """
system hostname r1
netconf-server { hello-timeout 3; stall-timeout 2; max-message-size 4096; max-sessions 12 }
bgp { as 65000; router-id 10.0.0.1; neighbor 10.9.9.2 { remote-as 65001; family ipv4-unicast } }
"""
HELLO = (f'<hello xmlns="{BASE}"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability>'
         f"%s</capabilities></hello>")
HELLO_1_0 = HELLO % ""
HELLO_1_1 = HELLO % f"<capability>{BASE_1_1}</capability>"


class Closed(Exception):
    """The other end closed the stream."""


class Raw:
    """NETCONF as bytes. Framing is done here by hand, so that it can be done wrong."""

    def __init__(self, read_fd, write, close):
        self.read_fd, self.write, self.close = read_fd, write, close
        self.data, self.is_chunked, self.hello = b"", False, None

    def fill(self, timeout=10):
        self.read_fd.settimeout(timeout)
        try:
            more = self.read_fd.recv(65536)
        except ConnectionError as e:
            raise Closed() from e
        if not more:
            raise Closed()
        self.data += more

    def until(self, mark, timeout=10):
        while mark not in self.data:
            self.fill(timeout)
        before, self.data = self.data.split(mark, 1)
        return before

    def receive(self, timeout=10):
        if not self.is_chunked:
            return self.until(b"]]>]]>", timeout).decode()
        message = b""
        while True:
            while len(self.data) < 4 or (head := re.match(rb"\n#(#|[1-9][0-9]*)\n", self.data)) is None:
                self.fill(timeout)
            self.data = self.data[head.end():]
            if head.group(1) == b"#":
                return message.decode()
            size = int(head.group(1))
            while len(self.data) < size:
                self.fill(timeout)
            message, self.data = message + self.data[:size], self.data[size:]

    def frame(self, text):
        body = text.encode() if isinstance(text, str) else text
        return b"\n#%d\n%s\n##\n" % (len(body), body) if self.is_chunked else body + b"]]>]]>"

    def send(self, text):
        self.write(self.frame(text))

    def start(self, hello=HELLO_1_1):
        self.hello = self.receive()
        self.send(hello)
        self.is_chunked = BASE_1_1 in hello
        return self

    def rpc(self, body, attributes='message-id="1"', timeout=20):
        self.send(f'<rpc xmlns="{BASE}" {attributes}>{body}</rpc>')
        return self.receive(timeout)

    @property
    def session_id(self):
        return int(re.search(r"<session-id>(\d+)<", self.hello).group(1))

    def is_closed(self, timeout=10):
        try:
            while True:
                self.fill(timeout)
        except Closed:
            return True
        except TimeoutError:
            return False


class Router:
    def __init__(self, build):
        self.bin = os.path.join(build, "bin")
        self.dir = tempfile.mkdtemp(prefix="strata-netconf-")
        self.run_dir, self.state_dir = f"{self.dir}/run", f"{self.dir}/state"
        self.processes = {}
        os.chmod(self.dir, 0o755)

    # --- processes ---
    def spawn(self, name, argv):
        log = open(f"{self.dir}/{name}.log", "ab")
        self.processes[name] = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def start(self):
        config = f"{self.dir}/start.conf"
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG)
        self.spawn("stratad", [f"{self.bin}/stratad", "--run-dir", self.run_dir, "--state-dir", self.state_dir,
                               "--config", config])
        self.start_sshd()
        self.wait("netconfd listens", self.is_netconfd_up, 60)
        self.wait("sshd listens", self.is_sshd_up, 20)
        # Access control is the point of some cases, the group of the socket is not.
        os.chmod(self.run_dir, 0o755)
        os.chmod(f"{self.run_dir}/netconf.sock", 0o666)
        with self.raw():
            pass

    def start_sshd(self):
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self.dir}/{key}_key"], check=True)
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        options = {"Port": PORT, "ListenAddress": "127.0.0.1", "HostKey": f"{self.dir}/host_key", "PidFile": "none",
                   "AuthorizedKeysFile": f"{self.dir}/user_key.pub", "StrictModes": "no", "UsePAM": "no",
                   "PasswordAuthentication": "no", "PermitRootLogin": "prohibit-password",
                   "PermitUserEnvironment": "no", "MaxStartups": "100:30:200",
                   "Subsystem": f"netconf {self.bin}/strata-netconf --run-dir {self.run_dir}"}
        with open(f"{self.dir}/sshd_config", "w", encoding="utf-8") as f:
            f.writelines(f"{k} {v}\n" for k, v in options.items())
        self.spawn("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", f"{self.dir}/sshd_config"])

    def is_netconfd_up(self):
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(f"{self.run_dir}/netconf.sock") == 0

    @staticmethod
    def is_sshd_up():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", PORT)) == 0

    @staticmethod
    def wait(what, test, seconds=15):
        deadline = time.monotonic() + seconds
        while not test():
            if time.monotonic() > deadline:
                raise AssertionError(f"not in {seconds} s: {what}")
            time.sleep(0.05)

    def pid(self, daemon):
        with open(f"{self.run_dir}/{daemon}.pid", encoding="utf-8") as f:
            return int(f.read())

    def memory_kb(self, daemon):
        with open(f"/proc/{self.pid(daemon)}/status", encoding="utf-8") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    def log(self, name="stratad"):
        with open(f"{self.dir}/{name}.log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self):
        for name in ("stratad", "sshd"):
            p = self.processes.pop(name, None)
            if p:
                p.terminate()
                try:
                    p.wait(30)
                except subprocess.TimeoutExpired:
                    p.kill()

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    # --- clients ---
    def connect(self, **options):
        return manager.connect(host="127.0.0.1", port=PORT, username=getpass.getuser(), timeout=30,
                               key_filename=f"{self.dir}/user_key", hostkey_verify=False, allow_agent=False,
                               look_for_keys=False, **options)

    def socket(self, line=b"strata-netconf 1 host=192.0.2.7\n"):
        """Bytes straight to netconfd, as the relay would bring them."""
        s = socket.socket(socket.AF_UNIX)
        s.connect(f"{self.run_dir}/netconf.sock")
        s.sendall(line)
        return Raw(s, s.sendall, s.close)

    def raw(self, hello=HELLO_1_1):
        return RawContext(self.socket(), hello)

    def relay(self, user=None, hello=HELLO_1_1):
        """Through the relay as another user (setpriv), without sshd."""
        ours, theirs = socket.socketpair()
        argv = ["setpriv", f"--reuid={user}", "--clear-groups"] if user else []
        p = subprocess.Popen(argv + [f"{self.bin}/strata-netconf", "--run-dir", self.run_dir], stdin=theirs,
                             stdout=theirs, env={"PATH": os.environ["PATH"], "SSH_CONNECTION": "192.0.2.9 1 192.0.2.1 22",
                                                 "ASAN_OPTIONS": "detect_leaks=0"})
        theirs.close()

        def close():
            ours.close()
            p.wait(10)
        return RawContext(Raw(ours, ours.sendall, close), hello)


class RawContext:
    def __init__(self, raw, hello):
        self.raw, self.hello = raw, hello

    def __enter__(self):
        return self.raw.start(self.hello) if self.hello else self.raw

    def __exit__(self, *_):
        self.raw.close()
