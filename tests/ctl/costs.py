# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold what the companion costs on large machines, by counts that are the same in each run.

    python3 -m tests.ctl.costs

Counted on 512 functions with 16 GPUs that vfio-pci has: system calls, opens, and what a further function
costs. A limit is 5 % above what docs/performance.md has: it goes up only for a new fact, in the same
commit, and down with each gain. Needs root and strace.
"""

import os
import re
import shutil
import subprocess
import tempfile

from tests.helper import bench
from tests.lib import suite
from tests.lib.programs import TOP

ROOM = 1.05
GPUS = 16
SIZES = 512, 1024
# What was counted, see docs/performance.md: system calls, opens, system calls for a further function.
COUNTED = {
    "status": (7789, 2818, 6),
    "scan": (6323, 2391, 7),
    "nova show": (11710, 5028, 15),
}
NAMES = "system calls", "opens", "system calls for a further function"


def count(verb, root):
    """(system calls, opens) of a run."""
    with tempfile.NamedTemporaryFile("r") as log:
        subprocess.run(["strace", "-f", "-c", "-o", log.name, os.path.join(TOP, "build/gpuclaimctl"),
                        *verb.split(), "--root", root], check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rows = {name: int(n) for n, name in
                re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$", log.read(), re.M)}
    rows.pop("total", None)
    return sum(rows.values()), sum(n for name, n in rows.items() if name.startswith("open"))


def figures():
    """The three numbers of each verb."""
    found = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            root = bench.machine(folder, size, GPUS, driver="vfio-pci")
            for verb in COUNTED:
                found[verb, size] = count(verb, root)
    small, large = SIZES
    return {verb: (*found[verb, small],
                   (found[verb, large][0] - found[verb, small][0]) / (large - small))
            for verb in COUNTED}


def main():
    if os.geteuid() != 0 or not shutil.which("strace"):
        suite.skip("root and strace count")
    failed = 0
    for verb, counts in figures().items():
        for name, found, limit in zip(NAMES, counts, COUNTED[verb]):
            wrong = not 0 < found <= limit * ROOM
            failed += wrong
            print(f"{'not ok' if wrong else 'ok'} - {verb}, {name}: {found:.2f}, {limit} in the documentation")
    suite.end(len(COUNTED) * len(NAMES) - failed, failed)


if __name__ == "__main__":
    main()
