# SPDX-License-Identifier: GPL-2.0-or-later
"""The last page of `make cloud`: what there was, as the cloud and its nodes told it."""

from tests.lab.progress import heading, say


def of_node(cloud):
    """What is to be told of the node that runs, behind its servers."""
    name = cloud.node.name
    yield f"   {name}{cloud.node.origin}:"
    yield f"      gpuclaimctl status says {cloud.node.status()[1]!r}; Placement has, at last:"
    for provider, (total, used) in sorted(cloud.api.gpus().items()):
        if provider.startswith(f"{name}_"):
            yield f"         {provider:25} {total} GPU, {used} in use"


def show(cloud, seconds):
    heading("What there was")
    say("   controller: Keystone, Glance, Placement, Nova, Neutron with OVN of Debian 13, on 127.0.0.1.\n"
        "   The servers' system is a boot sector, started by a BIOS, in the network behind iPXE; that\n"
        "   of 'linux' is Debian's kernel.")
    for line in cloud.told + (list(of_node(cloud)) if cloud.node else []):
        say(line)
    say(f"   {seconds / 60:.1f} minutes")
