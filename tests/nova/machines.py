# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines whose GPUs are claimed, from ../fixtures, and what libvirt tells Nova of them.

The head of a section in golden/ may say more than ../lib/golden.py knows:

    bind VENDOR:DEVICE...   these functions are bound to vfio-pci
    ready [ADDRESS...]      the GPUs that Nova may be told of: said by people, not by gpuclaim
"""

import os
import re

from tests.fixtures import expand
from tests.lib.programs import FIXTURES

PCI = re.compile(r"^pci \S+ (\S+) ")
ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


def described(name, bound):
    """The fixture's lines, the bound functions' with another driver."""
    with open(os.path.join(FIXTURES, f"{name}.tree"), encoding="utf-8") as f:
        for line in f.read().splitlines():
            match = PCI.match(line)
            if match and match.group(1) in bound:
                line = re.sub(r" driver=\S+", "", line) + " driver=vfio-pci"
            yield line


def words_of(head, keyword):
    """The words of the head's lines that begin with a keyword; None without such a line."""
    lines = [line for line in head if line == keyword or line.startswith(keyword + " ")]
    return [word for line in lines for word in line.split()[1:]] if lines else None


def build(name, head, folder):
    machine = expand.Machine(FIXTURES)
    lines = list(described(name, words_of(head, "bind") or []))
    conf = [line[5:] for line in head if line.startswith("conf ")]
    if conf:
        lines += ["f etc/gpuclaim/gpuclaim.conf", *("\t" + line for line in conf)]
    lines += [line[2:] for line in head if line.startswith("+ ")]
    machine.read(lines)
    machine.write(expand.Tree(folder))


def attribute(folder, address, name):
    try:
        with open(os.path.join(folder, "sys/bus/pci/devices", address, name),
                  encoding="ascii") as f:
            return f.read().strip()
    except FileNotFoundError:
        return ""


def device_type(folder, address):
    """As libvirt's capabilities say it: by the SR-IOV capability, not by its functions."""
    if os.path.lexists(os.path.join(folder, "sys/bus/pci/devices", address, "physfn")):
        return "type-VF"
    return "type-PF" if int(attribute(folder, address, "sriov_totalvfs") or 0) else "type-PCI"


def devices(folder):
    """What nova.virt.libvirt.host reports, of every function of the machine."""
    result = []
    for address in sorted(os.listdir(os.path.join(folder, "sys/bus/pci/devices"))):
        if len(address.split(":", maxsplit=1)[0]) > 4:
            continue        # logged and passed over by Nova
        vendor, product = (attribute(folder, address, n)[2:] for n in ("vendor", "device"))
        node = int(attribute(folder, address, "numa_node") or -1)
        device = {"dev_id": "pci_" + re.sub("[:.]", "_", address), "address": address,
                  "vendor_id": vendor, "product_id": product,
                  "numa_node": None if node < 0 else node,
                  "label": f"label_{vendor}_{product}", "dev_type": device_type(folder, address)}
        if device["dev_type"] == "type-VF":
            parent = os.readlink(os.path.join(folder, "sys/bus/pci/devices", address, "physfn"))
            device["parent_addr"] = os.path.basename(parent)
        result.append(device)
    return result
