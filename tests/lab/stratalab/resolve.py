# SPDX-License-Identifier: Apache-2.0
"""A scenario with its base, its files and its includes put together, as one JSON object: for
programs that run scenarios in another way, such as the simulation.
"""

import json

from . import checkfile, topology


def node_value(plan, node):
    """One node; its configuration is Strata's also where another program stands for it."""
    path = node.config or node.batch
    if node.program == "bird":
        path = topology.find_file(plan.folders, f"{node.name}.conf")
    return {"program": node.program, "routes": node.routes, "addresses": node.addresses,
            "config": path.read_text(encoding="utf-8") if path else None,
            "file": str(path) if path else None}


def scenario(folder):
    """The object; InputError when the scenario is wrong."""
    plan = topology.load(folder)
    checks = checkfile.raw(plan.folder)
    if checks:
        checkfile.load(plan.folder, plan)
    links = [{"ends": [end.node for end in link.ends], "mtu": link.mtu,
              "interfaces": [end.interface for end in link.ends]} for link in plan.links]
    return {"name": plan.name, "folder": str(plan.folder),
            "nodes": {node.name: node_value(plan, node) for node in plan.nodes.values()},
            "links": links, "checks": checks}


def text(folder):
    """The object as JSON text."""
    return json.dumps(scenario(folder), indent=1, default=str)
