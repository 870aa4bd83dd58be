# SPDX-License-Identifier: GPL-2.0-or-later
"""What can't be read is not what isn't there: each fact that decides, with each error."""

import errno
import os
import shutil

from tests.ctl.companion import Companion
from tests.faults import changes, unbind
from tests.lib import suite
from tests.lib.trees import copy

GPU, AUDIO, OTHER = "0000:01:00.0", "0000:01:00.1", "0000:00:02.0"
DEVICES = "sys/bus/pci/devices"
GROUP = "sys/kernel/iommu_groups/13"
ERRORS = (errno.EIO, errno.ENOMEM, errno.EACCES)
BOOT_ID = "proc/sys/kernel/random/boot_id"
MACHINE = ["driver vfio-pci", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\\n",
           f"f {DEVICES}/{GPU}/sriov_numvfs 0\\n", "f proc/iomem 1000-1fff : BOOTFB\\n"]
# Each decides about the GPU.
FACTS = [f"open:{DEVICES}", *(f"readdir{n}:{DEVICES}" for n in range(8)), "open:sys/class/iommu", "readdir0:sys/class/iommu",
         *(f"{call}:{DEVICES}/{function}/modalias" for function in (GPU, AUDIO)
           for call in ("open", "read")),
         *(f"open:{DEVICES}/{GPU}/{name}" for name in
           ("boot_vga", "sriov_numvfs", "physfn", "iommu_group", "driver", "config", "resource",
            "driver_override")),
         *(f"open:{DEVICES}/{AUDIO}/{name}" for name in
           ("physfn", "iommu_group", "driver", "config", "driver_override")),
         f"open:{GROUP}/devices", f"readdir3:{GROUP}/devices", f"open:{GROUP}/type",
         f"open:{GROUP}/name", f"open:{GROUP}/reserved_regions", "open:proc/iomem",
         f"open:{BOOT_ID}", f"open:run/gpuclaim/{GPU}", f"open:run/gpuclaim/{AUDIO}"]
# Each is about the other GPU, which nobody claims.
OTHERS = [f"open:{DEVICES}/{OTHER}/{name}" for name in
          ("modalias", "boot_vga", "driver", "config", "iommu_group")]
# Its audio function has a driver, which the host may be using.
SOUND, ASOUND = f"{DEVICES}/{AUDIO}/sound", "proc/asound/card1"
STATUS = f"{ASOUND}/pcm3p/sub0/status"
HELD = [*unbind.MACHINE, f"d {SOUND}/card1", f"f {STATUS} closed\\n", "l proc/77/fd/5 /dev/null",
        "f proc/77/maps none\\n"]
USERS = [*(f"{call}:{path}" for path in (SOUND, "proc", "proc/77/fd", ASOUND, f"{ASOUND}/pcm3p")
           for call in ("open", "readdir0")),
         f"open:{STATUS}", f"read:{STATUS}", "open:proc/77/maps", "open:proc/77/fd/5"]


def some(number):
    """The errors that a fact, by its number, is read with: all in a full run, else one."""
    return ERRORS if suite.full() else [ERRORS[number % len(ERRORS)]]


def fault_of(fact, error):
    """FAULT of fault.c, and the path in it."""
    call, path = fact.split(":", 1)
    if call.startswith("readdir"):
        return f"readdir:{path}:{error}:{call[7:]}", path
    return f"{call}:{path}:{error}", path


class Case:
    """One tree, and what three programs say of it."""

    def __init__(self, lab, top):
        self.lab, self.top = lab, top
        self.pattern = os.path.join(top, "pattern")
        lab.build("gtx1050", self.pattern, *MACHINE)
        self.root = os.path.join(top, "root")

    def fresh(self):
        copy(self.pattern, self.root)

    def override(self):
        with open(os.path.join(self.root, DEVICES, GPU, "driver_override"), encoding="ascii") as f:
            return f.read().strip()

    def run(self, program, *words, fault):
        return self.lab.run([program, *words, "--root", self.root], FAULT=fault)

    def check(self, fact, error):
        """Complaints about one fact that concerns the GPU."""
        fault, path = fault_of(fact, error)
        wanted = f"cannot read /{path}: {os.strerror(error)}"
        found = []
        self.fresh()
        dry = self.run(self.lab.helper, "--dry-run", "boot", fault=fault)
        line = [x for x in dry.stdout.splitlines() if x.startswith(GPU)]
        if line and not line[0].startswith(f"{GPU} failed "):
            found.append(f"dry run: {line[0]}")
        if wanted not in dry.stdout + dry.stderr:
            found.append(f"dry run names it not: {dry.stdout}{dry.stderr}")
        for verb in (["boot"], ["udev", GPU]):
            result = self.run(self.lab.helper, *verb, fault=fault)
            if self.override() != "(null)":
                found.append(f"{verb[0]}: it was written to: {self.override()}")
            if verb[0] == "udev" and "GPUCLAIM_VERDICT=failed\n" not in result.stdout:
                found.append(f"udev: {result.stdout}")
        status = self.run(self.lab.companion, "status", fault=fault)
        if status.returncode != 3 or wanted not in status.stdout:
            found.append(f"status: {status.returncode}: {status.stdout}{status.stderr}")
        again = self.run(self.lab.helper, "udev", GPU, fault="")
        # Nobody binds it in a tree, which is found out by trying.
        if "vfio-pci did not bind it" not in again.stderr:
            found.append(f"readable again, and not claimed: {again.stdout}{again.stderr}")
        return found

    def check_other(self, fact, error):
        """Complaints about one that does not concern it."""
        self.fresh()
        calm = self.run(self.lab.helper, "--dry-run", "boot", fault="").stdout
        dry = self.run(self.lab.helper, "--dry-run", "boot", fault=fault_of(fact, error)[0]).stdout
        lines = [[x for x in text.splitlines() if x.startswith("0000:01:")] for text in (calm, dry)]
        return [] if lines[0] == lines[1] else [f"{lines[1]}, expected {lines[0]}"]


def check_users(lab, pattern, root, fact, error):
    """It is not taken from its driver where it is not known who uses it; a process may end meanwhile."""
    fault, path = fault_of(fact, error)
    copy(pattern, root)
    result = lab.run([lab.helper, "--root", root, "boot"], FAULT=fault)
    with open(os.path.join(root, unbind.UNBIND), encoding="ascii") as file:
        kept = file.read() == "old"
    told = f"cannot read /{path}: {os.strerror(error)}" in result.stderr
    return [] if kept == told == (error != errno.ESRCH) else [f"kept: {kept}: {result.stderr}"]


def check_claim(lab, root):
    """Nor by hand, from the driver of a GPU, where its nodes can't be looked for."""
    device = f"{DEVICES}/{GPU}"
    lab.build("gtx1050", root, "driver vfio-pci", "driver nouveau", f"d {device}/drm/card0",
              f"l {device}/driver ../../../bus/pci/drivers/nouveau")
    claim = [lab.companion, "claim", GPU, "--dry-run", "--root", root]
    if lab.run(claim).returncode != 0:
        yield "it is not claimed without a fault"
    for name in "drm", "accel", "graphics":
        result = lab.run(claim, FAULT=f"open:{device}/{name}:{errno.EIO}")
        if result.returncode != 4 or f"cannot read /{device}/{name}: " not in result.stderr:
            yield f"{name}: {result.returncode}: {result.stdout}{result.stderr}"


def check_skipped(lab, root):
    """What the administrator's files spare stays so where their folder can't be listed or opened."""
    lab.build("gtx1050", root, "driver vfio-pci", "f usr/lib/gpuclaim/gpuclaim.conf claim 10de:1c81\\n",
              f"f etc/gpuclaim/gpuclaim.conf skip address={GPU}\\n")
    for fault in ("open:etc/gpuclaim", "readdir0:etc/gpuclaim", "open:etc/gpuclaim/gpuclaim.conf"):
        for error in ERRORS:
            result = lab.run([lab.helper, "--root", root, "--dry-run", "boot"], FAULT=fault_of(fault, error)[0])
            line = [x for x in result.stdout.splitlines() if x.startswith(GPU)]
            if not line or " claimed " in line[0]:
                yield f"{fault}: {os.strerror(error)}: {result.stdout}{result.stderr}"


def check_node(lab, root):
    """A claimed GPU whose /dev/vfio/N can't be looked at: not ready, and not said to lack it."""
    lab.build("nova-node", root, "f etc/gpuclaim/gpuclaim.conf claim 10de:20b7\\n")
    Companion(lab.companion).write_record(root, ["0000:3b:00.0=claimed"])
    status = [lab.companion, "status", "--root", root]
    if lab.run(status).returncode != 0:
        yield "it is not ready without a fault"
    for error in ERRORS:
        result = lab.run(status, FAULT=f"open:dev/vfio/16:{error}")
        if result.returncode != 3 or "is not there" in result.stdout or \
                f"whether /dev/vfio/16, of 0000:3b:00.0, is there: {os.strerror(error)}" \
                not in result.stdout:
            yield f"{result.returncode}: {result.stdout}{result.stderr}"


def check_nova(lab, root):
    """A claimed GPU whose IDs can't be read: Nova is not told of one with none."""
    changes.compute(root)
    result = lab.run([lab.companion, "nova", "apply", "--root", root],
                     FAULT=f"open:{DEVICES}/0000:02:00.0/modalias:{errno.EIO}")
    with open(os.path.join(root, changes.DROPIN), encoding="ascii") as file:
        text = file.read()
    if result.returncode != 0 or "0000:02:00.0" in text or "0000:01:00.0" not in text or \
            "0000:02:00.0 is left out until it is ready: what it is can't be read" not in result.stderr:
        yield f"{result.returncode}: {result.stdout}{result.stderr}{text}"
    result = lab.run([lab.companion, "status", "--root", root],
                     FAULT=f"open:{DEVICES}/0000:02:00.0/modalias:{errno.EIO}")
    rows = [line for line in result.stdout.splitlines() if line.startswith("0000:02:00.0 ")]
    if [row.split()[6] for row in rows] != ["no"] or \
            "are decimal numbers" in result.stdout:
        yield f"{result.returncode}: {result.stdout}"


def check_sys(lab, root):
    """Where no function is seen, a /sys that can't be listed may be a machine's all the same."""
    lab.build("nova-node", root)
    shutil.rmtree(os.path.join(root, "sys/bus/pci/devices"))
    result = lab.run([lab.companion, "status", "--root", root], FAULT=f"open:sys:{errno.EIO}")
    if result.returncode != 3 or "cannot read /sys: " not in result.stdout:
        yield f"{result.returncode}: {result.stdout}{result.stderr}"


def run(lab, top):
    """(name, complaints) of each check."""
    yield "/dev/vfio/N", list(check_node(lab, os.path.join(top, "node")))
    yield "what Nova is told", list(check_nova(lab, os.path.join(top, "compute")))
    yield "claim, and who uses it", list(check_claim(lab, os.path.join(top, "claim")))
    yield "what is spared", list(check_skipped(lab, os.path.join(top, "skipped")))
    case = Case(lab, top)
    case.fresh()
    for number, fact in enumerate(FACTS):
        for error in some(number):
            yield f"{fact}: {os.strerror(error)}", case.check(fact, error)
    held = os.path.join(top, "held")
    lab.build("gtx1050", held, *HELD)
    for number, fact in enumerate(USERS):
        for error in some(number):
            yield f"who uses it, {fact}: {os.strerror(error)}", check_users(lab, held, case.root, fact, error)
    for fact in USERS[-2:]:
        yield f"who uses it ends, {fact}", check_users(lab, held, case.root, fact, errno.ESRCH)
    for number, fact in enumerate(OTHERS):
        for error in some(number):
            yield f"another's {fact}: {os.strerror(error)}", case.check_other(fact, error)
    yield "sys itself", list(check_sys(lab, os.path.join(top, "bare")))
