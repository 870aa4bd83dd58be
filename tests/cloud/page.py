# SPDX-License-Identifier: GPL-2.0-or-later
"""The last page of `make cloud`: what there was, as the cloud and its nodes told it."""

import contextlib
import re
from pathlib import Path

from tests.cloud import newer
from tests.lab.progress import heading, say

NEWER = "   Nova, and what it needs for that, is Debian testing's.\n"


def of_node(cloud):
    """What is to be told of the node that runs, behind its servers."""
    name = cloud.node.name
    yield f"   {name}{cloud.node.origin}:"
    yield f"      gpuclaimctl status says {cloud.node.status()[1]!r}; Placement has, at last:"
    for provider, (total, used) in sorted(cloud.api.gpus().items()):
        if provider.startswith(f"{name}_"):
            yield f"         {provider:25} {total} GPU, {used} in use"


def memory():
    """GiB that the processes of this namespace hold."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/smaps_rollup"):
        with contextlib.suppress(OSError):      # it has ended
            total += int(re.search(r"^Pss: +(\d+) kB", path.read_text(), re.M)[1])
    return total / 2 ** 20


def show(cloud, seconds):
    heading("What there was")
    say("   controller: Keystone, Glance, Placement, Nova, Neutron with OVN of Debian 13, on 127.0.0.1.\n"
        f"{NEWER if newer.is_chosen() else ''}"
        "   The servers' system is a boot sector, started by a BIOS, in the network behind iPXE; that\n"
        "   of 'linux' is Debian's kernel.")
    for line in cloud.told + (list(of_node(cloud)) if cloud.node else []):
        say(line)
    say(f"   {seconds / 60:.1f} minutes; {memory():.1f} GiB of memory, with the node")
