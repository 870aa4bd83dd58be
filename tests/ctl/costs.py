# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold what the companion costs on large machines, by counts that are the same in each run.

    python3 -m tests.ctl.costs          held against the limits
    python3 -m tests.ctl.costs table    what docs/performance.md has: up to 4,096 functions, and memory

Counted on 512 functions with 16 GPUs that vfio-pci has: system calls, opens and instructions, and what a
further function costs of each; and what `status` costs beside all that a distribution's kernel and dracut
have. A limit is the least that was counted so far, and 5 % more; docs/performance.md has what is counted
now. It goes up only for a new fact, in the same commit, and down with each gain. Instructions are held
where the program is compiled with -O2.
Needs root, strace and valgrind.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tests.ctl.companion import Companion
from tests.helper import bench
from tests.lib import golden, programs, suite
from tests.lib.programs import TOP
from tests.nova import sync_world
from tests.nova.placement import ROOT
from tests.setup import node

PROGRAM = programs.companion(sanitized=False)
NAMES = os.path.join(TOP, "tests/ctl/pci.ids")
GPUS = [f"0000:{i + 1:02x}:00.0" for i in range(16)]
SIZES = 256, 512
LARGE = 4096
COUNTS = "system calls", "opens", "instructions"
ROOM = 1.05
# The least so far: COUNTS on 512 functions, and for a further function.
COUNTED = {
    "status": ((12001, 5214, 24681000), (15, 7, 17430)),
    "scan": ((6286, 2452, 16539000), (7, 3, 6730)),
    "nova show": ((11760, 5054, 38751000), (15, 7, 34540)),
    "setup --all-gpus --dry-run": ((19700, 7957, 52114000), (21, 9, 45040)),
    "nova sync": ((7709, 3393, 15287000), (8, 4, 8220)),
}
# COUNTS of `status` on 512 functions beside what Debian 13's kernel and dracut have: so many aliases of
# each kind, and files.
BESIDE = 14295, 6082, 49139000
ALIASES = {"usb:v{:04X}p0001d*dc*dsc*dp*ic*isc*ip*in* toy": 11800,
           "pci:v00008086d0000{:04X}sv*sd*bc*sc*i* toy": 6600}
SCRIPTS, SCRIPT = 280, "#!/bin/sh\n" + "inst_multiple -o /usr/bin/tool\n" * 50


def distribution(root):
    """The files of a kernel's and dracut's packages that a verb looks through."""
    with open(f"{root}/proc/sys/kernel/osrelease", encoding="utf-8") as file:
        release = file.read().strip()
    with open(f"{root}/lib/modules/{release}/modules.alias", "w", encoding="utf-8") as out:
        for kind, number in ALIASES.items():
            out.writelines(f"alias {kind.format(i)}\n" for i in range(number))
    folder = f"{root}/usr/lib/dracut/modules.d/50toys"
    os.makedirs(folder)
    for i in range(SCRIPTS):
        with open(f"{folder}/{i}.sh", "w", encoding="utf-8") as out:
            out.write(SCRIPT)


def placement():
    """The GPUs as Placement has them."""
    return {ROOT: sync_world.cloud()[ROOT]} | {
        f"00000000-0000-0000-0000-0000000001{i:02}":
            sync_world.device(address.upper(), "CUSTOM_PCI_10DE_1C81") for i, address in enumerate(GPUS)}


class Node:
    """A Debian with Nova on so many functions, all set up, and what the verbs cost there."""

    def __init__(self, folder, functions, url):
        self.folder = folder
        self.root = bench.machine(folder, functions, len(GPUS), driver="vfio-pci")
        with tempfile.TemporaryDirectory() as debian:
            node.build("debian12", debian, machine=False)
            subprocess.run(["cp", "-a", f"{debian}/.", self.root], check=True)
        os.makedirs(f"{self.root}/usr/share/misc", exist_ok=True)
        shutil.copy(NAMES, f"{self.root}/usr/share/misc")
        golden.happen(self.root, [sync_world.CREDENTIALS.format(url=url),
                                  "f proc/sys/kernel/hostname compute1\\n"])
        Companion(PROGRAM).write_record(self.root, [f"{address}=claimed" for address in GPUS])

    def run(self, verb, *wrap):
        return programs.run(*wrap, PROGRAM, *verb.split(), "--root", self.root, timeout=600)

    def calls(self, verb):
        """(system calls, opens) of a run, by strace."""
        with tempfile.NamedTemporaryFile("r") as log:
            self.run(verb, "strace", "-f", "-c", "-o", log.name)
            rows = {name: int(n) for n, name in
                    re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$", log.read(), re.M)}
        rows.pop("total", None)
        return sum(rows.values()), sum(n for name, n in rows.items() if name.startswith("open"))

    @functools.cached_property
    def counter(self):
        """valgrind 3.19 knows no openat2(2)."""
        library = programs.preload("ctl/openat2.c", self.folder)
        return ("env", f"LD_PRELOAD={library}", "valgrind", "--tool=callgrind",
                "--callgrind-out-file=/dev/null")

    def instructions(self, verb):
        """Those of the program itself, which ends after its children."""
        return int(re.findall(r"Collected : (\d+)", self.run(verb, *self.counter).stderr)[-1])

    def count(self, verb):
        if verb == "nova sync":
            self.run(verb)      # and then there is nothing to ask, for five minutes
        return *self.calls(verb), self.instructions(verb)

    def peak_mib(self, verb):
        return int(self.run(verb, "/usr/bin/time", "-f", "%M").stderr.split()[-1]) / 1024


def measure(functions, ask):
    """What a node of this size answers."""
    with tempfile.TemporaryDirectory() as folder, sync_world.serve(placement()) as world:
        return ask(Node(folder, functions, world["url"]))


def count_all(there):
    return {verb: there.count(verb) for verb in COUNTED}


def count_beside(there):
    distribution(there.root)
    return there.count("status")


def figures():
    """(what, counts, limits) of each row."""
    small = measure(SIZES[0], count_all)
    large, beside = measure(SIZES[1], lambda there: (count_all(there), count_beside(there)))
    for verb, (limits, further) in COUNTED.items():
        yield verb, large[verb], limits
        more = [(b - a) / (SIZES[1] - SIZES[0]) for a, b in zip(small[verb], large[verb])]
        yield f"{verb}, a further function", more, further
    yield "status beside a distribution's files", beside, BESIDE


def optimized():
    """The notes for a debugger tell how each file was compiled."""
    notes = subprocess.run(["readelf", "--debug-dump=info", "--dwarf-depth=1", PROGRAM], check=True,
                           capture_output=True, text=True).stdout
    compilers = re.findall("DW_AT_producer.*GNU C.*", notes)
    return bool(compilers) and all(" -O2 " in line for line in compilers)


def hold(what, found, limits):
    """The number of those that are worse."""
    failed = 0
    for name, n, limit in zip(COUNTS, found, limits):
        wrong = not 0 < n <= limit * ROOM
        failed += wrong
        print(f"{'not ok' if wrong else 'ok'} - {what}, {name}: {n:.2f}, the least so far {limit}")
    return failed


def table():
    for functions in SIZES[-1], LARGE:
        rows = measure(functions, lambda there: {
            verb: (there.count(verb), there.peak_mib(verb)) for verb in COUNTED})
        for verb, (counts, peak) in rows.items():
            print(f"{functions:5} functions, {verb:27}",
                  *(f"{n:10} {name}" for name, n in zip(COUNTS, counts)), f"{peak:5.1f} MiB")


def main():
    suite.in_memory()    # the order in which a folder tells its files is part of what is counted
    if os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("strace", "valgrind")):
        suite.skip("root, strace and valgrind count")
    if sys.argv[1:] == ["table"]:
        table()
        return
    n = len(COUNTS) if optimized() else len(COUNTS) - 1
    failed = held = 0
    for what, found, limits in figures():
        failed += hold(what, found[:n], limits)
        held += n
    suite.end(held - failed, failed)


if __name__ == "__main__":
    main()
