# SPDX-License-Identifier: GPL-2.0-or-later
"""A GPU that is given back, and whose drivers the kernel can't be asked for."""

import errno
import os

from tests.ctl.companion import Companion
from tests.lib import trees

GPU, AUDIO = "0000:01:00.0", "0000:01:00.1"
PROBE = "sys/bus/pci/drivers_probe"
UNREAD = [f"{folder}/{address}{name}" for address in (GPU, AUDIO) for folder, name in (
    ("run/gpuclaim", ""), ("sys/bus/pci/devices", "/driver"), ("sys/bus/pci/devices", "/driver_override"),
    ("sys/bus/pci/devices", "/iommu_group"))]


def build(lab, folder):
    """Claimed, and let go by vfio-pci since."""
    lab.build("gtx1050", folder, "driver vfio-pci",
              *(f"f sys/bus/pci/devices/{address}/driver_override vfio-pci\\n"
                for address in (GPU, AUDIO)))
    Companion(lab.companion).write_record(folder, [f"{GPU}=claimed", f"{AUDIO}=claimed"])


def check(lab, folder, heal, **fault):
    """Told with the way out, which then works. HEAL: by the file that is not there at first."""
    build(lab, folder)
    command = [lab.companion, "release", GPU, "--root", folder]
    if heal:
        os.unlink(os.path.join(folder, PROBE))
    failed = lab.run(command, **fault)
    told = f"{GPU}: cannot be given to its drivers: /{PROBE}: "
    if failed.returncode != 1 or told not in failed.stderr \
            or "run gpuclaimctl release again" not in failed.stderr:
        yield f"exit {failed.returncode}: {failed.stdout}{failed.stderr}"
    if heal:
        with open(os.path.join(folder, PROBE), "w", encoding="ascii"):
            pass
    healed = lab.run(command)
    with open(os.path.join(folder, PROBE), encoding="ascii") as file:
        probed = file.read()
    if healed.returncode != 0 or "0000:01:00." not in probed:
        yield f"again: exit {healed.returncode}: {healed.stdout}{healed.stderr}, probed {probed!r}"
    again = lab.run(command)
    if again.returncode != 0 or "nothing to do" not in again.stdout:
        yield f"a third time: exit {again.returncode}: {again.stdout}{again.stderr}"


def check_unread(lab, folder, path, error):
    """What decides and can't be read: nothing is given back for that, nor called done."""
    build(lab, folder)
    before = trees.snapshot(folder)
    result = lab.run([lab.companion, "release", GPU, "--root", folder], FAULT=f"open:{path}:{error}")
    if result.returncode != 4 or f"{GPU}: cannot read /{path}: {os.strerror(error)}" not in result.stderr:
        yield f"exit {result.returncode}: {result.stdout}{result.stderr}"
    yield from (x for x in trees.differences(before, trees.snapshot(folder)) if ".lock" not in x)


def run(lab, top):
    """(name, complaints) of each check."""
    yield "no drivers_probe", list(check(lab, os.path.join(top, "gone"), True))
    for error in errno.EIO, errno.EACCES:
        yield f"it can't be opened: {os.strerror(error)}", list(check(
            lab, os.path.join(top, str(error)), False, FAULT=f"open:{PROBE}:{error}"))
    for name in UNREAD:
        yield f"/{name} can't be read", list(check_unread(lab, os.path.join(top, name.replace("/", "_")),
                                                          name, errno.EIO))
