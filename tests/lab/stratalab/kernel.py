# SPDX-License-Identifier: Apache-2.0
"""The guest's kernel: fetches the distribution's package into the cache and builds an initramfs.

Nothing is installed: the package is only unpacked. The cache folder is
$STRATA_LAB_CACHE, else $XDG_CACHE_HOME/strata-lab, else ~/.cache/strata-lab:

    kernel-RELEASE/vmlinuz, kernel-RELEASE/lib/modules/RELEASE/, initramfs-RELEASE-HASH.cpio
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from . import packages
from .errors import StartError

META_PACKAGE = "linux-image-amd64"

# Loaded in this order, each with what it depends on; absent ones are built in or not needed.
BOOT_MODULES = ["virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console"]
NET_MODULES = ["veth", "dummy", "vrf", "ip_tunnel", "mpls_router", "mpls_iptunnel", "sch_netem",
               "bridge", "crc32c_generic", "nf_tables", "af_packet"]
MODULE_OPTIONS = {"dummy.ko": ["numdummies=0"]}

INIT = """#!/bin/busybox sh
# First program of the guest: modules, the host's root read-only below a tmpfs, then the job.
b=/bin/busybox
$b mkdir -p /proc /sys /dev /host /rw /new
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
echo "strata-lab: guest up"
while read -r m o; do
    $b insmod "/modules/$m" $o || echo "strata-lab: no module $m"
done </modules/order
o=trans=virtio,version=9p2000.L,msize=524288
$b mount -t 9p -o $o,cache=loose,ro host /host || echo "strata-lab: cannot mount the host's root"
$b mount -t tmpfs tmpfs /rw
$b mkdir /rw/upper /rw/work
$b mount -t overlay -o lowerdir=/host,upperdir=/rw/upper,workdir=/rw/work,index=off,xino=off \\
    overlay /new || echo "strata-lab: cannot mount the overlay"
$b mount -t proc proc /new/proc
$b mount -t sysfs sysfs /new/sys
$b mount -t devtmpfs dev /new/dev
$b mkdir -p /new/dev/pts /new/dev/shm
$b mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /new/dev/pts
$b mount -t tmpfs -o mode=1777 tmpfs /new/dev/shm
$b mount -t tmpfs -o mode=755 tmpfs /new/run
$b mkdir -p /new/run/netns /new/run/lock /new/run/strata-lab/ctl
$b mount -t 9p -o $o,cache=none ctl /new/run/strata-lab/ctl || echo "strata-lab: no job"
exec $b switch_root /new /bin/sh /run/strata-lab/ctl/init.sh
"""


def cache_folder():
    """The cache folder, made if it is not there."""
    given = os.environ.get("STRATA_LAB_CACHE")
    if given:
        folder = pathlib.Path(given)
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        folder = pathlib.Path(base) / "strata-lab"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def cache_lock(folder):
    """Only one strata-lab at a time fills the cache."""
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Kernel:
    """A kernel in the cache: its release name and its files."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.release = self.folder.name.removeprefix("kernel-")
        self.image = self.folder / "vmlinuz"
        self.modules = self.folder / "lib" / "modules" / self.release
        self.initramfs = None


def release_key(folder):
    """Sorts kernel folders by the numbers in their names."""
    return [int(number) for number in re.findall(r"\d+", folder.name)]


def cached_kernels(folder):
    """Complete kernels in the cache, newest last."""
    found = [path for path in folder.glob("kernel-*") if (path / "vmlinuz").exists()]
    return sorted(found, key=release_key)


def real_package_name():
    """The real kernel package that the meta package depends on, or None before apt-get update."""
    done = subprocess.run(["apt-cache", "depends", META_PACKAGE], capture_output=True, text=True,
                          check=False)
    match = re.search(r"Depends: (linux-image-\S+)", done.stdout)
    return match.group(1) if match else None


def fetch_kernel(folder):
    """Downloads and unpacks the distribution's kernel into the cache."""
    name = real_package_name()
    if name is None and packages.run_apt(["update"]):
        name = real_package_name()
    if name is None:
        raise StartError(f"apt knows no {META_PACKAGE}: there is no kernel for the virtual machine")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="fetch-", dir=folder))
    try:
        if not packages.run_apt(["download", name], cwd=scratch):
            packages.run_apt(["update"])
            if not packages.run_apt(["download", name], cwd=scratch):
                raise StartError(f"apt-get could not download {name}")
        package = next(scratch.glob("*.deb"))
        unpack_kernel(package, scratch / "root", folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def unpack_kernel(package, scratch, folder):
    """Turns a kernel package into kernel-RELEASE/ of the cache, by one rename at the end."""
    subprocess.run(["dpkg-deb", "-x", str(package), str(scratch)], check=True)
    image = next((scratch / "boot").glob("vmlinuz-*"))
    release = image.name.removeprefix("vmlinuz-")
    ready = scratch.parent / "ready"
    (ready / "lib" / "modules").mkdir(parents=True)
    modules = scratch / "lib" / "modules" / release
    if not modules.exists():
        modules = scratch / "usr" / "lib" / "modules" / release
    shutil.move(str(modules), str(ready / "lib" / "modules" / release))
    shutil.copyfile(image, ready / "vmlinuz")
    subprocess.run([packages.find_program("depmod"), "-b", str(ready), release], check=True)
    target = folder / f"kernel-{release}"
    shutil.rmtree(target, ignore_errors=True)
    ready.rename(target)


def module_files(kernel):
    """Paths of the guest's modules, relative to the modules folder, in load order."""
    depends = {}
    by_name = {}
    text = (kernel.modules / "modules.dep").read_text(encoding="ascii")
    for line in text.splitlines():
        path, _, rest = line.partition(":")
        depends[path] = rest.split()
        by_name[pathlib.Path(path).name.split(".")[0].replace("-", "_")] = path
    order = []

    def add(path):
        if path in order:
            return
        for other in depends[path]:
            add(other)
        order.append(path)

    for name in BOOT_MODULES + NET_MODULES:
        path = by_name.get(name)
        if path:
            add(path)
    return order


class Cpio:
    """Writes a cpio archive in the `newc` format that the kernel unpacks at boot."""

    def __init__(self):
        self.parts = []
        self.number = 1

    def add(self, name, mode, data=b""):
        """Appends one entry."""
        raw = name.encode() + b"\0"
        fields = [self.number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0]
        self.number += 1
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        for piece in (header + raw, data):
            self.parts.append(piece + b"\0" * (-len(piece) % 4))

    def bytes(self):
        """The whole archive."""
        self.add("TRAILER!!!", 0)
        return b"".join(self.parts)


def initramfs_bytes(kernel):
    """The guest's first file system: busybox, the modules, the init program."""
    archive = Cpio()
    for name in ("bin", "modules"):
        archive.add(name, 0o040755)
    busybox = packages.find_program("busybox")
    archive.add("bin/busybox", 0o100755, pathlib.Path(busybox).read_bytes())
    archive.add("init", 0o100755, INIT.encode())
    names = []
    for path in module_files(kernel):
        name = pathlib.Path(path).name
        names.append(" ".join([name, *MODULE_OPTIONS.get(name, [])]))
        archive.add(f"modules/{name}", 0o100644, (kernel.modules / path).read_bytes())
    archive.add("modules/order", 0o100644, ("\n".join(names) + "\n").encode())
    return archive.bytes()


def initramfs_key(kernel):
    """Changes whenever the initramfs would."""
    busybox = os.stat(packages.find_program("busybox"))
    text = repr((INIT, BOOT_MODULES, NET_MODULES, MODULE_OPTIONS, kernel.release, busybox.st_size,
                 int(busybox.st_mtime)))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def prepare():
    """A kernel with its initramfs, from the cache or freshly fetched."""
    packages.ensure(packages.VM_TOOLS)
    folder = cache_folder()
    with cache_lock(folder):
        if not cached_kernels(folder):
            fetch_kernel(folder)
        kernel = Kernel(cached_kernels(folder)[-1])
        kernel.initramfs = folder / f"initramfs-{kernel.release}-{initramfs_key(kernel)}.cpio"
        if not kernel.initramfs.exists():
            for old in folder.glob(f"initramfs-{kernel.release}-*.cpio"):
                old.unlink()
            partial = kernel.initramfs.with_suffix(".tmp")
            partial.write_bytes(initramfs_bytes(kernel))
            partial.rename(kernel.initramfs)
    return kernel
