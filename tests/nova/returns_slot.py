# SPDX-License-Identifier: GPL-2.0-or-later
"""A GPU whose functions have no reset of their own, which VFIO's hot reset of the slot resets together. Run by
returns.py; hot-reset.c stands for VFIO. tests/unit/test-giveback.c has which way is taken.
"""

import contextlib
import os

from tests.lib import programs
from tests.nova.placement import PROGRAM
from tests.nova.returns_world import AUDIO, GPU, SLOT, configure, environment, give_back, reset_of, share_slot, world_of
from tests.nova.sync_world import reserved

HITS = f"13:{GPU} 13:{AUDIO}"


def without_own_reset(node):
    """As sysfs shows a GPU and its audio function: the kernel tried the first before it saw the second."""
    node.write(f"{SLOT}/reset_method", "bus\n")
    os.unlink(node.path(f"sys/bus/pci/devices/{AUDIO}/reset"))
    os.unlink(node.path(f"sys/bus/pci/devices/{AUDIO}/reset_method"))
    node.write("dev/vfio/vfio", "")


@contextlib.contextmanager
def slot(**more):
    """Yields the node, the world, and what return is run with."""
    with world_of() as (node, world):
        without_own_reset(node)
        log = node.path("hot-reset")
        yield node, world, {"LD_PRELOAD": programs.preload("nova/hot-reset.c", node.folder), "HOT_RESET_LOG": log,
                            "HOT_RESET_HITS": HITS} | more


def done(node):
    """What was reset together, and alone."""
    log = node.path("hot-reset")
    text = open(log, encoding="ascii").read() if os.path.exists(log) else ""
    return text, reset_of(node)


def test_slot(tally):
    with slot() as (node, world, env):
        dry = give_back(node, "--dry-run", env=env)
        tally.equal("by its slot: a dry run resets nothing", (dry.returncode, done(node), reserved(world)),
                    (0, ("", ""), 1), dry.stderr)
        result = give_back(node, env=env)
        tally.equal("it is reset once, with all of its slot", (result.returncode, done(node), reserved(world)),
                    (0, ("13\n", ""), 0), result.stdout, result.stderr)
    with slot(HOT_RESET_HITS=f"13:{GPU} 77:{AUDIO}") as (node, world, env):
        os.unlink(node.path(f"sys/bus/pci/devices/{AUDIO}/iommu_group"))
        os.makedirs(node.path("sys/kernel/iommu_groups/77/devices"))
        os.symlink("../../../../kernel/iommu_groups/77", node.path(f"sys/bus/pci/devices/{AUDIO}/iommu_group"))
        os.rename(node.path(f"sys/kernel/iommu_groups/13/devices/{AUDIO}"),
                  node.path(f"sys/kernel/iommu_groups/77/devices/{AUDIO}"))
        node.write("dev/vfio/77", "")
        result = give_back(node, env=env)
        tally.equal("its functions in two groups: with both", (result.returncode, done(node), reserved(world)),
                    (0, ("13 77\n", ""), 0), result.stdout, result.stderr)


    with slot() as (node, world, env):
        node.write(f"sys/bus/pci/devices/{AUDIO}/reset", "")
        node.write(f"sys/bus/pci/devices/{AUDIO}/reset_method", "pm\n")
        result = give_back(node, env=env)
        tally.equal("one of them could be reset alone: they are together", (result.returncode, done(node), reserved(world)),
                    (0, ("13\n", ""), 0), result.stdout, result.stderr)


def test_status(tally):
    """What `status` says of resets is what `nova return` does."""
    with slot() as (node, world, env):
        def told():
            lines = programs.run(PROGRAM, "status", "--verbose", "--root", node.folder).stdout.splitlines()
            return next(line.split(": ", 1)[1] for line in lines if "  reset: " in line)
        tally.equal("the bus is its own", told(), "each GPU can be reset")
        node.write(f"{SLOT}/reset_method", "\n")
        tally.equal("no function of it has a reset", told().partition(":00.0: ")[2],
                    "the kernel knows no way to reset it: a guest finds it as the last one left it")
        node.write(f"sys/bus/pci/devices/{AUDIO}/reset_method", "bus\n")
        tally.equal("its audio function has that of its bus", told().partition(":00.0: ")[2],
                    "it has no reset of its own: its slot is reset, with all of it")
        result = give_back(node, env=env)
        tally.equal("and so it is", (result.returncode, done(node), reserved(world)), (0, ("13\n", ""), 0), result.stderr)
        share_slot(node)
        tally.equal("another's function is on its bus", told().partition(":00.0: ")[2],
                    "the kernel knows no way to reset it: a guest finds it as the last one left it")
        node.write(f"{SLOT}/reset_method", "bus\n")
        tally.equal("and its reset is that of its bus", told().partition(":00.0: ")[2],
                    "it can be reset only with others that are on its bus")


def test_doubts(tally):
    """Nothing but the GPU's own is reset, and what fails leaves it reserved."""
    rows = [("another's function would be hit", {"HOT_RESET_HITS": f"{HITS} 20:0000:01:01.0"}, "reset others with it"),
            ("another's would be in place of its own", {"HOT_RESET_HITS": f"13:{GPU} 13:0000:01:01.1"}, "reset others with it"),
            ("many others would be", {"HOT_RESET_HITS": HITS + f" 13:{AUDIO}" * 8}, "reset others with it"),
            ("one of it would not be", {"HOT_RESET_HITS": f"13:{GPU}"}, "reset others with it"),
            ("somebody has its group", {"HOT_RESET_BUSY": "13"}, "somebody else has its IOMMU group")]
    for name, trouble, why in rows:
        with slot(**trouble) as (node, world, env):
            result = give_back(node, env=env)
            tally.equal(f"{name}: it stays reserved, and nothing is reset",
                        (result.returncode, done(node), reserved(world)), (1, ("", ""), 1), result.stderr)
            tally.check(f"{name}: it says why", why in result.stderr, result.stderr)
    for name, errno, why in (("5", "5", "Input/output error"), ("25", "25", "Inappropriate ioctl for device"),
                             ("25, and it is gone", "25", "it did not come back, and the kernel has given up")):
        with slot(HOT_RESET_FAILS=errno) as (node, world, env):
            gone = {"HOT_RESET_KILLS": node.path(SLOT, "config")} if "gone" in name else {}
            result = give_back(node, env=env | gone)
            tally.equal(f"a reset that fails, {name}: it stays reserved", (result.returncode, reserved(world)), (1, 1),
                        result.stderr)
            tally.check(f"and why is told, {name}", f"the reset of {GPU} with its slot failed: {why}" in result.stderr,
                        result.stderr)


def test_refusals(tally):
    """Where the slot is not its own, or its groups have no nodes, VFIO is not asked."""
    def gone(node):
        os.unlink(node.path("dev/vfio/13"))

    def replaced(node):
        """A Tesla T4 does not come back from a reset of its bus."""
        path = f"{SLOT}/modalias"
        with open(node.path(path), encoding="ascii") as file:
            text = file.read()
        node.write(path, text.replace("1C81", "1EB8"))
        node.write(f"{SLOT}/reset_method", "\n")
        configure(node, "claim 10de:1eb8")

    rows = [("a function of its slot is another's", share_slot, "without others"), ("no node of its group", gone, "not ready"),
            ("it is known to hang", replaced, "its reset is known to fail")]
    for name, change, why in rows:
        with slot() as (node, world, env):
            change(node)
            result = give_back(node, env=env)
            tally.equal(f"{name}: refused", (result.returncode, done(node), reserved(world)), (4, ("", ""), 1),
                        result.stderr)
            tally.check(f"{name}: it says why", why in result.stderr, result.stderr)


def test_hanging(tally):
    """The kernel does not come back from it."""
    with slot() as (node, world, env):
        preload = programs.preload("nova/impatient.c", node.folder)
        os.mkfifo(node.path("hot-reset"))       # nobody reads what it tells
        result = programs.run(PROGRAM, "nova", "return", GPU, "--root", node.folder, env=environment() | env | {
            "LD_PRELOAD": f"{env['LD_PRELOAD']} {preload}"})
        tally.equal("a hot reset that hangs: it stays reserved", (result.returncode, reserved(world)), (1, 1),
                    result.stderr)
        tally.check("it is told", f"the reset of {GPU} with its slot did not end in 90 s" in result.stderr, result.stderr)
        with open(node.path("hot-reset"), encoding="ascii") as fifo:
            tally.equal("the child was left in it", fifo.read(), "13\n")


TESTS = (test_slot, test_status, test_doubts, test_refusals, test_hanging)
