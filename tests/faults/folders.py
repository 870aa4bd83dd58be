# SPDX-License-Identifier: GPL-2.0-or-later
"""A folder that can't be listed is not taken for an empty one: who asks for its names says so."""

import errno
import os

from tests.setup import node

UNITS = "etc/systemd/system"
MACHINE = ["driver vfio-pci", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\\n",
           "f proc/self/mountinfo 22 1 253:0 / / rw - ext4 /dev/dm-0 rw\\n",
           "l sys/dev/block/253:0 ../../devices/virtual/block/dm-0", "d sys/devices/virtual/block/dm-0/slaves",
           "f etc/nova/nova.conf [pci]\\n"]
STATUS = ["status", "--verbose"]
SETUP = ["setup", "--all-gpus", "--dry-run"]
VERIFY = ["nova", "verify"]
LOOK = "the node can't be looked at"
IMAGE = ["setup", "--image", "--ids=10de:1c81", "--dry-run"]
RECIPES = "it is not known whether older recipes for vfio-pci are left over: /"
USERS = "it is not known whether something is set up to use the selected GPUs on the host: /"
# (tree, words, folder, exit code, what is said before the folder and why)
ROWS = [
    ("machine", STATUS, "etc/modprobe.d", 3, RECIPES),
    ("machine", STATUS, "etc/driverctl.d", 3, RECIPES),
    ("machine", STATUS, f"{UNITS}/libvirtd.service.d", 3, RECIPES),
    ("machine", STATUS, "etc/modules-load.d", 3, USERS),
    ("machine", STATUS, "etc/X11/xorg.conf.d", 3, USERS),
    ("machine", STATUS, f"{UNITS}/multi-user.target.wants", 3, USERS),
    ("machine", ["dump"], "sys/class/iommu", 0, "# left out: /"),
    ("machine", ["dump"], "etc/modprobe.d", 0, "# left out: /"),
    ("machine", ["dump"], "proc/1/fd", 0, "# left out: what 1 processes have open"),
    ("debian12", SETUP, "boot", 4, "it is not known how big a new initramfs gets: /"),
    ("debian12", SETUP, "etc/modules-load.d", 0,
     USERS.replace("selected", "chosen")),
    ("debian12", [*SETUP, "--adopt"], "etc/driverctl.d", 1, "old recipes can't be looked for: "),
    ("debian12", ["undo", "--services"], UNITS, 1, f"/{UNITS} can't be listed"),
    ("debian12", ["undo", "--services"], "etc/gpuclaim/gpuclaim.conf.d", 0, "the configuration, the kernel arguments"),
    ("machine", ["status"], "lib/modules", 1, "the node can't be looked at"),
    ("machine", VERIFY, "sys/dev/block/253:0/slaves", 1, LOOK),
    ("machine", VERIFY, "sys/class/net", 1, LOOK),
    ("machine", VERIFY, "usr/lib/python3/dist-packages", 1, LOOK),
    ("debian12", ["kargs", "show"], "etc/default/grub.d", 1, "the kernel arguments can't be read"),
    ("image", IMAGE, "usr/lib/modules", 1, "/usr/lib/modules: "),
    ("image", ["kargs", "show"], "usr/lib/bootc/kargs.d", 0,
     "a file that shows which boot loader this is can't be read"),
]


def check(lab, root, row):
    """Complaints of one row: as it is without the fault, it says nothing of it."""
    _, words, folder, code, text = row
    os.makedirs(os.path.join(root, folder), exist_ok=True)
    command = [lab.companion, *words, "--root", root]
    calm = lab.run(command)
    if text in calm.stdout + calm.stderr:
        yield f"without a fault: {calm.stdout}{calm.stderr}"
    for fault in (f"open:{folder}:{errno.EIO}", f"readdir:{folder}:{errno.EIO}:0"):
        result = lab.run(command, FAULT=fault)
        if result.returncode != code or text not in result.stdout + result.stderr:
            yield f"{fault}: {result.returncode}: {result.stdout}{result.stderr}"


def check_link(lab, root):
    """Complaints: one of ours that can't be read is told, and stays; the next run takes it away."""
    path = f"{UNITS}/multi-user.target.wants/gpuclaim-ready.service"
    os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
    os.symlink("/usr/lib/systemd/system/gpuclaim-ready.service", os.path.join(root, path))
    command = [lab.companion, "undo", "--services", "--root", root]
    for call in "open", "read":
        result = lab.run(command, FAULT=f"{call}:{path}:{errno.EIO}")
        if result.returncode != 1 or f"/{path}: {os.strerror(errno.EIO)}" not in result.stderr:
            yield f"{call}: {result.returncode}: {result.stdout}{result.stderr}"
    result = lab.run(command)
    if result.returncode != 0 or os.path.islink(os.path.join(root, path)):
        yield f"without a fault: {result.returncode}: {result.stdout}{result.stderr}"


def run(lab, top):
    """(name, complaints) of each check."""
    places = {name: os.path.join(top, name) for name in ("machine", "debian12", "image")}
    lab.build("gtx1050", places["machine"], *MACHINE)
    for name in ("debian12", "image"):
        node.build(name, places[name], machine=name != "image")
    for row in ROWS:
        yield f"{' '.join(row[1])}, /{row[2]}", list(check(lab, places[row[0]], row))
    yield "undo --services, a link to a unit", list(check_link(lab, places["debian12"]))
