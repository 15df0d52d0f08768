# SPDX-License-Identifier: Apache-2.0
"""The demonstration network (tests/scenarios/csc-bgp): what the text of a router configures, ncclient configures, too."""
import os
import re
import subprocess

from case import case, elements, restored
from ncclient.xml_ import to_ele
from router import BASE, CONFIG

SCENARIO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios", "csc-bgp")
NETCONF = re.search(r"^netconf-server .*$", CONFIG, re.M).group(0)


def data(m):
    return re.search(r"<data[^>]*>(.*)</data>", m.get_config("running").data_xml, re.S).group(1)


def by_text(router, path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    mixed = f"{router.dir}/demo.conf"
    with open(mixed, "w", encoding="utf-8") as f:
        f.write(text + "\n" + NETCONF + "\n")
    p = subprocess.run([f"{router.bin}/strata", "--run-dir", router.run_dir], text=True, capture_output=True, timeout=60, check=False,
                       input=f"configure\nload override {mixed}\ncommit\n")
    assert p.returncode == 0, p.stdout + p.stderr


@case("demonstration: each router of the network by text and by ncclient is the same")
def _(router):
    for name in sorted(f[:-5] for f in os.listdir(SCENARIO) if f.endswith(".conf")):
        with router.connect() as m:
            empty = data(m)
            with restored(router):
                by_text(router, f"{SCENARIO}/{name}.conf")
                wanted = data(m)
                assert elements(to_ele(f"<x>{wanted}</x>"), "sys:hostname")
            assert data(m) == empty
            with restored(router):
                m.edit_config(target="candidate", default_operation="replace", config=f'<config xmlns="{BASE}">{wanted}</config>')
                m.commit()
                assert data(m) == wanted
