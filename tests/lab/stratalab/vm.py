# SPDX-License-Identifier: Apache-2.0
"""The virtual machine: QEMU with the kernel of kernel.py and the host's root read-only.

A machine has a control folder, shared writable with the guest as /run/strata-lab/ctl;
init.sh in it is the job. Byte streams between host and guest are virtio-serial ports,
on the host UNIX sockets in the machine's folder, in the guest /dev/vportNpM.
"""

import ctypes
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import kernel as kernels
from . import packages
from .errors import StartError

GUEST_UP = "strata-lab: guest up"
PROBE_SECONDS = 5
PR_SET_PDEATHSIG = 1

# Every job begins with this.
JOB_HEAD = """# Runs as process 1 of the guest.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ulimit -c 0
hostname strata-lab
ip link set lo up
mkdir -p /lib/modules /run/strata
[ -e {modules_at} ] || ln -s {modules} {modules_at}
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    for p in /sys/class/virtio-ports/vport*p$n; do
        [ -e "$p" ] && ln -s "/dev/${{p##*/}}" "/run/strata-lab/port$n"
    done
done
{shares}
"""

JOB_TAIL = """
sync
echo o >/proc/sysrq-trigger
sleep 60
"""


def die_with_parent():
    """In a fresh child: be killed when strata-lab dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """One virtual machine, from its folder to its end."""

    def __init__(self, kernel, folder, cpus=2, memory=4096, accel=None):
        self.kernel = kernel
        self.folder = pathlib.Path(folder)
        self.control = self.folder / "ctl"
        self.control.mkdir(parents=True, exist_ok=True)
        self.console_log = self.folder / "console.log"
        self.cpus = cpus
        self.memory = memory
        self.accel = accel
        self.ports = []
        self.tty = False
        self.shares = {}
        self.process = None

    def add_port(self, name):
        """A byte stream; the guest finds it as /run/strata-lab/portN, N returned."""
        self.ports.append(name)
        return len(self.ports)

    def add_share(self, tag, host_folder, guest_folder):
        """A host folder that the guest may write."""
        self.shares[tag] = (str(host_folder), guest_folder)

    def socket_path(self, name):
        """The host's end of a port."""
        return str(self.folder / f"{name}.sock")

    def write_job(self, body):
        """The script that the guest runs."""
        mounts = []
        for tag, (_, guest) in self.shares.items():
            mounts.append(f"mkdir -p '{guest}'")
            mounts.append("mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=none "
                          f"{tag} '{guest}' || echo 'strata-lab: no {guest}' >/dev/console")
        head = JOB_HEAD.format(modules=self.kernel.modules, shares="\n".join(mounts),
                               modules_at=f"/lib/modules/{self.kernel.release}")
        (self.control / "init.sh").write_text(head + body + JOB_TAIL, encoding="utf-8")

    def arguments(self):
        """The QEMU command line."""
        accel = self.accel or f"tcg,thread={'multi' if self.cpus > 1 else 'single'},tb-size=512"
        share = "local,security_model=none,multidevs=remap"
        command = [
            packages.find_program("qemu-system-x86_64"), "-machine", "q35", "-accel", accel,
            "-cpu", "host" if accel.startswith("kvm") else "max", "-smp", str(self.cpus),
            "-m", str(self.memory), "-nodefaults", "-no-user-config", "-display", "none",
            "-monitor", "none", "-no-reboot", "-nic", "none",
            "-chardev", f"file,id=console,path={self.console_log}", "-serial", "chardev:console",
            "-kernel", str(self.kernel.image), "-initrd", str(self.kernel.initramfs), "-append",
            "console=ttyS0 quiet panic=-1 mitigations=off tsc=unstable random.trust_cpu=on",
            "-virtfs", f"{share},path=/,mount_tag=host,readonly=on",
            "-virtfs", f"{share},path={self.control},mount_tag=ctl",
            "-device", "virtio-serial-pci,id=serial,max_ports=24"]
        for tag, (folder, _) in self.shares.items():
            command += ["-virtfs", f"{share},path={folder},mount_tag={tag}"]
        for number, name in enumerate(self.ports, start=1):
            command += self.chardev(name)
            command += ["-device", f"virtserialport,bus=serial.0,nr={number},chardev={name}"]
        if self.tty:
            command += self.chardev("tty")
            command += ["-device", f"virtconsole,bus=serial.0,nr={len(self.ports) + 1},chardev=tty"]
        return command

    def chardev(self, name):
        """A UNIX socket for a port."""
        return ["-chardev", f"socket,id={name},path={self.socket_path(name)},server=on,wait=off"]

    def start(self, background=False):
        """Starts QEMU. In the background it outlives us, else it dies with us."""
        errors = open(self.folder / "qemu.log", "wb")
        with errors:
            self.process = subprocess.Popen(
                self.arguments(), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                start_new_session=True, preexec_fn=None if background else die_with_parent)
        (self.folder / "qemu.pid").write_text(f"{self.process.pid}\n", encoding="ascii")

    def is_running(self):
        """Whether QEMU still lives."""
        return self.process is not None and self.process.poll() is None

    def connect(self, name, timeout=20.0):
        """The host's end of a port as a connected socket."""
        deadline = time.monotonic() + timeout
        while True:
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                link.connect(self.socket_path(name))
                return link
            except OSError:
                link.close()
                if time.monotonic() > deadline or not self.is_running():
                    raise StartError("the virtual machine did not start: "
                                     + self.last_words()) from None
                time.sleep(0.02)

    def last_words(self):
        """The end of what QEMU and the guest's kernel said."""
        texts = []
        for path in (self.folder / "qemu.log", self.console_log):
            if path.exists():
                texts.append(path.read_text(encoding="utf-8", errors="replace").strip()[-1500:])
        return "\n".join(text for text in texts if text) or "it said nothing"

    def stop(self):
        """Ends the machine at once."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def kvm_works(kernel):
    """Whether a guest really boots with KVM; the answer is cached for this host kernel."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK) or os.environ.get("STRATA_LAB_ACCEL") == "tcg":
        return False
    answer_file = kernels.cache_folder() / "kvm.json"
    host = {"host": platform.release(), "guest": kernel.release}
    try:
        answer = json.loads(answer_file.read_text(encoding="ascii"))
        if {key: answer.get(key) for key in host} == host:
            return bool(answer["works"])
    except (OSError, ValueError, KeyError):
        pass
    works = probe_kvm(kernel)
    partial = answer_file.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(dict(host, works=works)), encoding="ascii")
    partial.rename(answer_file)
    return works


def probe_kvm(kernel):
    """Boots a guest with KVM and waits for its first line."""
    folder = tempfile.mkdtemp(prefix="strata-lab-kvm-")
    machine = Machine(kernel, folder, cpus=1, memory=512, accel="kvm")
    machine.write_job("")
    try:
        machine.start()
        deadline = time.monotonic() + PROBE_SECONDS
        while time.monotonic() < deadline and machine.is_running():
            if machine.console_log.exists() and GUEST_UP in machine.console_log.read_text(
                    encoding="utf-8", errors="replace"):
                return True
            time.sleep(0.1)
        return False
    finally:
        machine.stop()
        shutil.rmtree(folder, ignore_errors=True)


def make(folder, cpus=None, memory=None):
    """A machine with the best acceleration that works here."""
    kernel = kernels.prepare()
    accel = "kvm" if kvm_works(kernel) else None
    return Machine(kernel, folder, cpus=cpus or min(4, max(2, os.cpu_count() or 2)),
                   memory=memory or 4096, accel=accel)
