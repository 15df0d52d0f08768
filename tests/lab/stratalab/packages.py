# SPDX-License-Identifier: Apache-2.0
"""Debian packages: installs what is missing, asks apt for nothing else.

Only `ensure` changes the machine, and only when a wanted program is absent.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

from .errors import StartError

# program looked for -> package that brings it
VM_TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "depmod": "kmod",
    "dpkg-deb": "dpkg",
    "ip": "iproute2",
    "nft": "nftables",
    "setsid": "util-linux",
}
NATIVE_TOOLS = {"ip": "iproute2", "nft": "nftables", "modprobe": "kmod"}
BIRD_TOOLS = {"bird": "bird2"}
SERVICES = {"bird2": "bird.service"}
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")

SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"


def find_program(name):
    """Full path of a program, also from the sbin folders; None when absent."""
    return shutil.which(name, path=SEARCH_PATH)


def run_apt(arguments, cwd=None):
    """apt-get without questions; True when it succeeded."""
    command = ["apt-get", "-q", "-y", "-o", "APT::Sandbox::User=root",
               "-o", "Dpkg::Use-Pty=0", *arguments]
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        done = subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError as error:
        raise StartError("apt-get is not here: install the packages by hand") from error
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode(errors="replace")[-2000:])
    return done.returncode == 0


@contextlib.contextmanager
def without_services(packages):
    """What is installed meanwhile starts no service, now or at the next boot."""
    is_ours = not POLICY.exists()
    if is_ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if is_ours:
            POLICY.unlink()
        systemctl = find_program("systemctl")
        for package in packages:
            if package in SERVICES and systemctl:
                subprocess.run([systemctl, "-q", "disable", SERVICES[package]], check=False,
                               stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def install(packages):
    """Installs packages; refreshes apt's lists once if the first try fails."""
    print("strata-lab: installing " + " ".join(packages), file=sys.stderr)
    if os.geteuid() != 0:
        raise StartError("these packages are missing, and only root can install them: "
                         + " ".join(packages))
    wanted = ["install", "--no-install-recommends", *packages]
    with without_services(packages):
        is_done = run_apt(wanted) or (run_apt(["update"]) and run_apt(wanted))
    if not is_done:
        raise StartError("apt-get could not install " + " ".join(packages))


def ensure(tools):
    """Makes sure that every program of {program: package} is present."""
    missing = sorted({package for program, package in tools.items() if not find_program(program)})
    if missing:
        install(missing)
