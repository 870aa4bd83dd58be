# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold what the helper costs a boot, by counts that are the same in each run.

    python3 -m tests.helper.costs           held against the limits
    python3 -m tests.helper.costs table     the same figures of the program that is built, or that GPUCLAIM names

Counted are the system calls and instructions of a helper that is built for this, with -O2 whatever
CFLAGS says, and its size without symbols. A limit is 5 % above the least so far: it
goes up only for a new fact, in the same commit, and down with each gain. Needs root and valgrind, as bench.py.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from tests.helper import bench
from tests.lib import suite
from tests.lib.programs import TOP

ROOM = 1.05
LIBRARIES = {"libc.so.6", "libudev.so.1"}
# The least so far; docs/performance.md has what is counted now.
COUNTED = {
    "system calls, a function that does not match": 3.01,
    "instructions, a function that does not match": 2290,
    "instructions of a start": 444400,
    "system calls, a further GPU": 91,
    "instructions, a further GPU": 104800,
    "bytes of the helper": 121192,
}


def build(folder):
    """The path of a helper as a distribution builds it, without its symbols."""
    path = os.path.join(folder, "gpuclaim")
    subprocess.run(["make", "-s", "-C", TOP, f"B={folder}", "CC=cc", "CFLAGS=-O2", "WERROR=", path],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["strip", path], check=True)
    return path


def count(helper, functions, gpus=0, verb="--dry-run boot"):
    """(system calls, instructions) of a run on such a machine, whose GPUs vfio-pci has."""
    found = []
    for counted in bench.syscalls, bench.instructions:      # each as the first run of a boot
        with tempfile.TemporaryDirectory() as folder:
            root = bench.machine(folder, functions, gpus, driver="vfio-pci")
            found.append(counted(root, f"{helper} {verb}"))
    return found


def slope(helper, small, large, verb="--dry-run boot"):
    """What one more costs, of the two counts."""
    low, high = (count(helper, *size, verb) for size in (small, large))
    step = large[1] - small[1] or large[0] - small[0]
    return [(b - a) / step for a, b in zip(low, high)]


def figures(helper):
    calls, instructions = slope(helper, (256, 0), (512, 0))
    gpu_calls, gpu_instructions = slope(helper, (64, 4), (64, 12), "boot")
    return dict(zip(COUNTED, (calls, instructions, count(helper, 1)[1], gpu_calls, gpu_instructions,
                              os.path.getsize(helper))))


def libraries(helper):
    out = subprocess.run(["readelf", "-dW", helper], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"NEEDED.*\[(.*)\]", out))


def table():
    with tempfile.TemporaryDirectory() as folder:
        helper = os.path.join(folder, "gpuclaim")
        subprocess.run(["strip", "-o", helper, bench.HELPER], check=True)
        for name, found in figures(helper).items():
            print(f"{found:14.2f}  {name}")


def main():
    suite.need_mounts()
    suite.in_memory()   # the order in which a folder tells its files is part of what is counted
    if not all(shutil.which(tool) for tool in ("strace", "valgrind")):
        suite.skip("strace and valgrind count")
    if sys.argv[1:] == ["table"]:
        table()
        return
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        helper = build(folder)
        for name, found in figures(helper).items():
            wrong = found > COUNTED[name] * ROOM
            failed += wrong
            print(f"{'not ok' if wrong else 'ok'} - {name}: {found:.2f}, the least so far {COUNTED[name]}")
        linked = libraries(helper)
        failed += linked != LIBRARIES
        print(f"{'ok' if linked == LIBRARIES else 'not ok'} - it links {', '.join(sorted(linked))}")
    suite.end(len(COUNTED) + 1 - failed, failed)


if __name__ == "__main__":
    main()
