# SPDX-License-Identifier: GPL-2.0-or-later
"""What keeping GPUs for virtual machines costs a boot of Debian 13, beside other ways. Asserts nothing.

    python3 -m tests.lab.bench_boot [NUMBER OF GPUS]... [WAY]...

QEMU counts: an instruction of the guest is a nanosecond, what it idles is skipped, and its disk is
memory, which nobody waits for. So a moment tells how much was done before it, in millions of the guest's
nanoseconds from the kernel's start. The ways take turns; all boot the same kernel and system, with the
native drivers in the initramfs. Each boot takes minutes.
"""

import datetime
import os
import platform
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import image, lab
from tests.lab.claims import CONSOLE_DEVICE
from tests.lib.checks import check, equal

SUITE, CARD, SIZES = "trixie", "gtx1050", (2, 8, 30)
CONF = {"etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n"}
UNIT = "systemd/system/multi-user.target.wants/gpuclaim-ready.service"
ENABLED = {f"etc/{UNIT}": image.Link("/usr/lib/systemd/system/gpuclaim-ready.service")}
# What of the product is on the disk is not there for the others.
HIDDEN = {f"etc/udev/rules.d/{name}": image.Link("/dev/null") for name in
          ("70-gpuclaim.rules", "71-gpuclaim-sync.rules")}
RECIPE = "vfio-pci.ids=10de:1c81,10de:0fb9 rd.driver.pre=vfio-pci"
MOMENTS = "last GPU bound", "switch root", "multi-user", "GPUs verified"
# The kernel tells of each driver that got a device; the script is run after all that is counted.
APPEND = 'dyndbg="func driver_bound +p" log_buf_len=8M '
BOUND = re.compile(r"^\[ *([\d.]+)\] .*'vfio-pci'.*driver_bound")
LATE = {"etc/systemd/system/lab.service.d/late.conf": "[Unit]\nAfter=multi-user.target\n"}
SCRIPT = """
begin end; run systemctl is-system-running --wait
begin userspace; run systemctl show --value -p UserspaceTimestampMonotonic
begin multi-user; run systemctl show --value -p ActiveEnterTimestampMonotonic multi-user.target
begin ready; run systemctl show --value -p ActiveEnterTimestampMonotonic gpuclaim-ready.service
begin failed; run systemctl --failed --plain --no-legend
begin log; run sh -c "dmesg | grep vfio-pci.*driver_bound"
"""
# driverctl's, which this machine has.
OVERRIDES = ("usr/sbin/driverctl", "usr/lib/systemd/system/driverctl@.service",
             "usr/lib/udev/rules.d/05-driverctl.rules")


@dataclass
class Way:
    """How the GPUs come to vfio-pci: the flavor of the initramfs, kernel arguments, files."""
    flavor: str
    append: str = ""
    early: dict = field(default_factory=dict)
    late: dict = field(default_factory=lambda: HIDDEN)


WAYS = {
    "ids, blacklists": Way("in-memory-vfio", f"{RECIPE} modprobe.blacklist=nouveau,snd_hda_intel"),
    "gpuclaim": Way("in-memory", early=CONF, late=CONF | ENABLED),
    "vfio-pci.ids=": Way("in-memory-vfio", RECIPE),
    "driverctl": Way("in-memory-bare"),
}


def driverctl(gpus):
    """The program, and what it is to do."""
    return {name: Path("/", name).read_text(encoding="utf-8") for name in OVERRIDES} | {
        f"etc/driverctl.d/pci-0000:{n:02x}:00.{f}": "vfio-pci\n"
        for n in range(1, gpus + 1) for f in (0, 1)}


def boot(name, gpus):
    """The machine after its boot."""
    way = WAYS[name]
    late = way.late | LATE | (driverctl(gpus) if name == "driverctl" else {})
    booted = image.boot(SUITE, SCRIPT, system=True, flavor=way.flavor, device="/dev/pmem0",
                        append=APPEND + way.append, early=way.early, late=late)
    with lab.Machine(cards=[CARD] * gpus, extra=CONSOLE_DEVICE, in_memory=True, counted=True,
                     timeout=3600, **booted) as machine:
        machine.wait_for("^LAB end$")
    return machine


def moments(machine, gpus):
    """Those of MOMENTS, in millions of nanoseconds."""
    bound = [float(m[1]) for m in map(BOUND.match, machine.outputs("log")) if m]
    equal(len(bound), 2 * gpus, "functions that vfio-pci got")
    equal(machine.outputs("failed"), [], "units that failed")
    later = [int(machine.outputs(case)[0]) / 1000 for case in ("userspace", "multi-user", "ready")]
    check(later[1] > 0, "multi-user.target was not reached")
    return [max(bound) * 1000, *later]


def tell(gpus, name, found, first):
    """A row: each moment, and its ratio to the first way's; the last one only gpuclaim has."""
    print(f"{gpus:4}  {name:16}" + "".join(f"  {n:8.0f}  {n / of:5.3f}" for n, of in zip(found[:3], first))
          + (f"  {found[3]:8.0f}" if found[3] else ""), flush=True)


def main():
    words = sys.argv[1:]
    sizes = [int(word) for word in words if word.isdigit()] or SIZES
    names = [word for word in words if not word.isdigit()] or list(WAYS)
    print(f"{datetime.date.today()}, Linux {platform.release()}, {os.cpu_count()} processors, QEMU with TCG")
    print("GPUs  way             " + "".join(f"  {moment:>15}" for moment in MOMENTS))
    for gpus in sizes:
        first = None
        for name in names:
            found = moments(boot(name, gpus), gpus)
            first = first or found
            tell(gpus, name, found, first)


if __name__ == "__main__":
    main()
