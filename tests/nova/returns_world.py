# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of `gpuclaimctl nova return` stand on: a used one-time-use GPU of the node of placement.py, and
the stand-in for Placement of sync_world.py.
"""

import contextlib
import os

from tests.lib import programs
from tests.nova.placement import MANAGED, PROGRAM
from tests.nova.sync_world import ONE_TIME, bench, cloud, device
from tests.setup.node import copy_program

GPU, AUDIO, SECOND = "0000:01:00.0", "0000:01:00.1", "0000:3b:00.0"
CLASS = "CUSTOM_PCI_10DE_1C81"
SLOT = f"sys/bus/pci/devices/{GPU}"
VITALS = "VITALS=1 - - - - - - - 1 0 0 0 25"
RESOURCE = ("0x00000000f1000000 0x00000000f1ffffff 0x0000000000040200\n0x00000000e0000000 0x00000000efffffff 0x000000000014220c\n"
            + 4 * "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
            + "0x00000000f0000000 0x00000000f007ffff 0x0000000000046200\n")
SCRUBBER = "usr/local/sbin/scrub"
CONF = "/etc/gpuclaim/gpuclaim.conf"


def one_time(used=0, held=1):
    return cloud(gtx=device(GPU, CLASS, used=used, reserved=held, traits=(MANAGED, ONE_TIME)))


def aer(node, correctable=0, fatal=0, gpu=GPU):
    for name, total, n in (("correctable", "COR", correctable), ("nonfatal", "NONFATAL", 0),
                           ("fatal", "FATAL", fatal)):
        node.write(f"sys/bus/pci/devices/{gpu}/aer_dev_{name}", f"Undefined 0\nTOTAL_ERR_{total} {n}\n")


def prepare(node, gpu=GPU, companions=(AUDIO,)):
    """Its functions can be reset, and the record tells what the GPU was."""
    for address in gpu, *companions:
        node.write(f"sys/bus/pci/devices/{address}/reset", "")
        node.write(f"sys/bus/pci/devices/{address}/reset_method", "flr bus\n")
    aer(node, gpu=gpu)
    node.write("proc/1/comm", "systemd\n")
    with open(node.path("run/gpuclaim", gpu), "a", encoding="ascii") as record:
        record.write(VITALS + "\n")


def share_slot(node):
    """Another function in its slot, which nobody may reset."""
    node.write("sys/bus/pci/devices/0000:01:00.2/modalias", "pci:v00008086d00001533sv00008086sd00000001bc02sc00i00\n")


def configure(node, *lines):
    with open(node.path("etc/gpuclaim/gpuclaim.conf"), "a", encoding="ascii") as conf:
        conf.write("".join(f"{line}\n" for line in lines))


def scrubber(node, text, mode=0o755, path=SCRUBBER):
    for program in "/bin/sh", "/usr/bin/mv", "/usr/bin/sleep":
        copy_program(node.folder, program)
    node.write(path, text)
    os.chmod(node.path(path), mode)
    configure(node, f"set run-before-return=/{path}")


def environment():
    return {k: v for k, v in os.environ.items() if not k.startswith("OS_")
            and not k.lower().endswith("_proxy")}


def give_back(node, *words, verb="return", env=None):
    return programs.run(PROGRAM, "nova", verb, *((GPU,) if verb == "return" else ()), "--root",
                        node.folder, *words, env=environment() | (env or {}))


def reset_of(node, address=GPU):
    if not os.path.exists(node.path("sys/bus/pci/devices", address)):
        return ""
    with open(node.path(f"sys/bus/pci/devices/{address}/reset"), encoding="ascii") as file:
        return file.read()


@contextlib.contextmanager
def world_of(state=None):
    with bench(state or one_time()) as (node, world):
        prepare(node)
        yield node, world


def holder(node):
    node.write("proc/900/status", "Name:\tqemu\n")
    node.write("proc/900/comm", "qemu\n")
    os.makedirs(node.path("proc/900/fd"), exist_ok=True)
    os.symlink("/dev/vfio/13", node.path("proc/900/fd/7"))


def faster_once(node):
    path = node.path("run/gpuclaim", GPU)
    with open(path, encoding="ascii") as file:
        text = file.read()
    with open(path, "w", encoding="ascii") as file:
        file.write(text.replace(VITALS, VITALS.replace("- 1 0 0 0 25", "- 16 0 0 0 25")))
