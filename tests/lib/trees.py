# SPDX-License-Identifier: GPL-2.0-or-later
"""The trees of nodes with a boot loader, which ../kargs/trees describes: made, and compared."""

import functools
import glob
import os
import re
import shutil
import subprocess
import tempfile

from tests.fixtures import expand
from tests.lib.programs import TOP

KARGS = os.path.join(TOP, "tests/kargs")

# (where it goes in the tree, which stand-in)
GRUB = [("usr/bin/grub-editenv", "grub-editenv"), ("usr/sbin/grub-reboot", "grub-reboot"),
        ("usr/sbin/grub-probe", "grub-probe")]
GRUB2 = [(place.replace("grub-", "grub2-"), tool) for place, tool in GRUB]
DEBIAN = [("usr/sbin/update-grub", "update-grub"), ("usr/sbin/grub-mkconfig", "grub-mkconfig"),
          *GRUB]
RED_HAT = [("usr/sbin/grub2-mkconfig", "grub2-mkconfig"), *GRUB2]
TOOLS = {
    "debian12": DEBIAN, "debian13": DEBIAN, "ubuntu-curtin": DEBIAN, "ubuntu-cloud": DEBIAN,
    "rhel8": RED_HAT, "rhel9": RED_HAT, "rhel10": RED_HAT, "fedora": RED_HAT,
    "edpm": RED_HAT,
    "suse": [("usr/sbin/grub2-mkconfig", "grub2-mkconfig"), *GRUB2],
    "systemd-boot": [("usr/bin/kernel-install", "kernel-install"), ("usr/bin/bootctl", "bootctl")],
    "proxmox": [("usr/sbin/proxmox-boot-tool", "proxmox-boot-tool"), *DEBIAN],
    "kernelstub": [("usr/bin/kernel-install", "kernel-install")],
}
# Those whose grub.cfg is made before the test begins.
CONFIGS = {name: ("/usr/sbin/grub-mkconfig", "boot/grub/grub.cfg")
           for name in ("debian12", "debian13", "ubuntu-curtin", "ubuntu-cloud")}
CONFIGS["suse"] = ("/usr/sbin/grub2-mkconfig", "boot/grub2/grub.cfg")
BUSYBOX = "/bin/busybox"
# Besides what the stand-ins call: what lines of the tests do.
ALWAYS = {"sh", "[", "cat", "cp", "echo", "env", "false", "flock", "head", "kill", "ln", "ls", "mkdir",
          "mv", "printf", "rm", "sed", "sleep", "test", "touch", "true"}
# What a run leaves that is not the machine's: the record, the lock.
OURS = ("var/lib/gpuclaim", "run/gpuclaim")


@functools.cache
def applets():
    """What busybox is called as: by the stand-ins, whose words these are, and by the tests."""
    out = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True)
    words = set()
    for path in glob.glob(os.path.join(TOP, "tests/*/tools/*")):
        with open(path, encoding="utf-8") as f:
            words |= set(re.findall(r"[\w\[-]+", f.read()))
    return [name for name in out.stdout.split() if name in words | ALWAYS]


def copy(pattern, folder):
    """A copy of a tree in the place of the one that is there."""
    subprocess.run(["rm", "-rf", folder], check=True)
    subprocess.run(["cp", "-a", pattern, folder], check=True)


@functools.cache
def kept():
    """Where trees are kept that are made once and copied: a folder that goes with the program."""
    return tempfile.TemporaryDirectory()


def once(make):
    """A function of a tree's layout that makes it in a folder: what is returned makes it there, too,
    and for each layout by copying what was made the first time."""
    made = {}

    def build(folder, *layout):
        if layout not in made:
            made[layout] = tempfile.mkdtemp(dir=kept().name)
            os.chmod(made[layout], 0o755)
            make(made[layout], *layout)
        copy(made[layout], folder)
    return build


@once
def pattern(folder, name, hardware):
    machine = expand.Machine(os.path.join(KARGS, "trees"))
    machine.read([f"include {name}.tree", *hardware])
    os.makedirs(os.path.join(folder, "bin"))
    shutil.copy(BUSYBOX, os.path.join(folder, "bin/busybox"))
    for applet in applets():
        if applet != "busybox":
            os.symlink("busybox", os.path.join(folder, "bin", applet))
    for place, tool in TOOLS.get(name, ()):
        os.makedirs(os.path.join(folder, os.path.dirname(place)), exist_ok=True)
        shutil.copy(os.path.join(KARGS, "tools", tool), os.path.join(folder, place))
    machine.write(expand.Tree(folder))
    if name in CONFIGS:
        program, config = CONFIGS[name]
        os.makedirs(os.path.join(folder, os.path.dirname(config)), exist_ok=True)
        subprocess.run(["chroot", folder, program, "-o", f"/{config}"], check=True)
    for tool, block in (("grub-editenv", "boot/grub/grubenv"), ("grub2-editenv", "boot/grub2/grubenv")):
        if not os.path.exists(os.path.join(folder, "usr/bin", tool)):
            continue
        # The environment block has 1024 bytes.
        made = os.path.exists(os.path.join(folder, block))
        words = ["unset", "nothing"] if made else ["create"]
        subprocess.run(["chroot", folder, f"/usr/bin/{tool}", f"/{block}", *words], check=True)


def build(name, folder, more=(), hardware=()):
    """The tree, with a shell and the programs that its distribution has.

    MORE comes when grub.cfg is made, HARDWARE is part of the machine.
    """
    pattern(folder, name, tuple(hardware))
    change(folder, more)


def change(folder, lines):
    """More lines of the description, of a tree that is there."""
    machine = expand.Machine(os.path.join(KARGS, "trees"))
    machine.read(lines)
    machine.write_iommu(expand.Tree(folder))
    for primitive in machine.primitives:
        machine.write_primitive(expand.Tree(folder), *primitive)


def snapshot(folder):
    """{path: (mode, link target or content)} of what belongs to the machine."""
    result = {}
    for path, folders, files in os.walk(folder):
        inner = os.path.relpath(path, folder)
        if inner == "bin" or inner.startswith(OURS):
            folders.clear()
            continue
        for name in files:
            full = os.path.join(path, name)
            content = os.readlink(full) if os.path.islink(full) else None
            if content is None:
                with open(full, "rb") as f:
                    content = f.read()
            stat = os.lstat(full)
            result[os.path.normpath(os.path.join(inner, name))] = (stat.st_mode, stat.st_uid,
                                                                   content)
    return result


def differences(before, after):
    lines = [f"gone: {p}" for p in sorted(set(before) - set(after))]
    lines += [f"new: {p}" for p in sorted(set(after) - set(before))]
    return lines + [f"other: {p}" for p in sorted(set(before) & set(after))
                    if before[p] != after[p]]
