# SPDX-License-Identifier: Apache-2.0
"""Whether this machine's own kernel forwards labels and has VRF devices."""

import os
import subprocess

from . import packages

MODULES = ("mpls_router", "mpls_iptunnel", "vrf")

# In namespaces of its own: a label table, a VRF device, a route that imposes a label.
TRIAL = """
set -e
ip link set lo up
echo 1000 >/proc/sys/net/mpls/platform_labels
ip link add strata-vrf type vrf table 10
ip link add strata-a type veth peer name strata-b
ip link set strata-a up
ip link set strata-b up
ip address add 192.0.2.1/24 dev strata-a
ip route add 198.51.100.0/24 encap mpls 100/200 via 192.0.2.2 dev strata-a
ip -f mpls route add 500 dev strata-vrf
"""


def is_capable():
    """True when a trial in fresh namespaces works; loads the modules if it may."""
    if os.environ.get("STRATA_LAB_MODE") == "vm" or os.geteuid() != 0:
        return False
    modprobe = packages.find_program("modprobe")
    if not os.path.exists("/proc/sys/net/mpls") and os.path.isdir("/lib/modules") and modprobe:
        for module in MODULES:
            subprocess.run([modprobe, "-q", module], stdin=subprocess.DEVNULL, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not os.path.exists("/proc/sys/net/mpls") or not packages.find_program("ip"):
        return False
    done = subprocess.run(["unshare", "-n", "-m", "sh", "-c", TRIAL], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0
