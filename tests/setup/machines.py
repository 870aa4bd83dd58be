# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines for the tests of setup's parts, and what the parts say of them."""

import glob
import os
import re

from tests.fixtures import expand
from tests.lib import golden, programs

FIXTURES = sorted(os.path.basename(path).removesuffix(".tree")
                  for path in glob.glob(os.path.join(programs.FIXTURES, "*.tree")))
SETUP = "etc/gpuclaim/gpuclaim.conf.d/60-setup.conf"
# A port and a GPU behind it.
PORT = "pci 0000:00:01.0 8086:1901 class=060400 group=1 driver=pcieport"
GPU = "pci 0000:{0}:00.0 10de:1c81 class=030000 sub=1458:3733 group={1} parent=0000:00:01.0"
AUDIO = "pci 0000:01:00.1 10de:0fb9 class=040300 sub=1458:3733 group=13 parent=0000:00:01.0"
RELEASE = "6.12.107+deb13-amd64"
# What makes a folder of modules one of a kernel that can boot.
OTHER = "lib/modules/6.1.0-9-amd64"
IMAGES = [f"f boot/vmlinuz-{RELEASE} k", "f boot/vmlinuz-6.1.0-9-amd64 k"]
LEFT = [f"f {OTHER}/modules.dep kernel/vfio/vfio-pci.ko:\\nkernel/vfio/vfio_iommu_type1.ko:\\n"]
ENTRY = "f boot/loader/entries/m-{0}.conf version {0}\\nlinux /vmlinuz-{0}\\noptions root=/dev/sda1\\n"
MENU = ("f boot/grub/grub.cfg menuentry 'Debian' {{\\n\\tlinux /boot/vmlinuz{} root=/dev/sda1\\n}}\\n")
PROXMOX = ["f proc/cmdline initrd=\\\\EFI\\\\proxmox\\\\a root=ZFS=rpool/ROOT/pve-1 boot=zfs\\n",
           "f etc/kernel/proxmox-boot-uuids 1A2B-3C4D\\n", "f usr/sbin/proxmox-boot-tool #!/bin/sh\\n",
           "m usr/sbin/proxmox-boot-tool 755", "d sys/firmware/efi",
           "f etc/kernel/cmdline root=ZFS=rpool/ROOT/pve-1 boot=zfs\\n"]
PIN = f"f etc/kernel/proxmox-boot-pin {RELEASE}\\n"
BASE = ["include linux.tree", "iommu intel", PORT, GPU.format("01", 13)]


class Failed(Exception):
    """A test's complaint."""


def parts(program, folder, *words):
    result = programs.run(program, folder, *words)
    if result.returncode:
        raise Failed(f"{words}: {result}")
    return result.stdout


def make(lines, folder):
    """A machine that these lines describe, without a list of names: those differ."""
    machine = expand.Machine(programs.FIXTURES)
    machine.read(lines)
    machine.write(expand.Tree(folder))
    os.makedirs(f"{folder}/usr/share/misc", exist_ok=True)
    with open(f"{folder}/usr/share/misc/pci.ids", "w", encoding="ascii"):
        pass


def put(folder, path, text):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def select(program, folder, *words):
    """(notes, text or None, refusal or None, number of GPUs)"""
    lines = parts(program, folder, "select", *words).splitlines(keepends=True)
    notes = [line[2:].rstrip("\n") for line in lines]
    for n, line in enumerate(lines):
        if line.startswith("= "):
            return notes[:n], "".join(lines[n + 1:]), None, int(line[2:])
        if not line.startswith("# "):
            return notes[:n], None, line.rstrip("\n"), 0
    raise Failed(f"{words}: no answer")


def decided(folder, text):
    """{address: (verdict, why)} of what the helper makes of the text."""
    put(folder, SETUP, text)
    with open(f"{folder}/proc/cmdline", encoding="ascii") as f:
        words = f.read().split()
    put(folder, "proc/cmdline", " ".join([*words, "gpuclaim=1"]) + "\n")
    lines = golden.told(programs.run(programs.helper(sanitized=False), "--root", folder, "boot",
                                     "--dry-run"))
    if lines[-1] != "exit 0" or any("60-setup.conf" in line and "!" in line for line in lines):
        raise Failed("\n".join(lines))
    rows = [line.split(" ", 2) for line in lines if re.match(r"[0-9a-f]{4,8}:..:..\.. ", line)]
    return {row[0]: (row[1], row[2]) for row in rows}


def unified(path, release):
    """A PE image with one section, .uname, which is at its end."""
    number = "\\x{:02x}\\x00\\x00\\x00".format
    zeros = "\\x00".__mul__
    return (f"f {path} MZ" + zeros(58) + number(0x40) + "PE" + zeros(4) + "\\x01" + zeros(17)
            + ".uname" + zeros(2) + number(len(release)) + zeros(4) + number(len(release))
            + number(0x80) + zeros(16) + release)
