# SPDX-License-Identifier: GPL-2.0-or-later
"""A collector of ironic-python-agent: what gpuclaimctl scan tells goes into Ironic's inventory.

Install it in the ramdisk, with gpuclaim, as an entry point of the agent:

    [options.entry_points]
    ironic_python_agent.inspector.collectors =
        gpuclaim = gpuclaim_collector:collect

and name it on the ramdisk's kernel command line: ipa-inspection-collectors=default,gpuclaim. Ironic
keeps it in the plugin data: `openstack baremetal node inventory save NODE`, key "gpuclaim".
"""

import json
import subprocess

SECONDS = 60


def collect(data, failures):
    """Add data["gpuclaim"]; what goes wrong is a failure of the inspection's, and no more."""
    try:
        result = subprocess.run(["gpuclaimctl", "scan", "--json"], capture_output=True, text=True,
                                timeout=SECONDS, check=True)
        data["gpuclaim"] = json.loads(result.stdout)["devices"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        failures.add(f"gpuclaim: {error}")
