# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold how often the verbs open files of a node: facts are read once, and passed on.

    python3 -m tests.ctl.opens [--verbose]    the worst paths of each run, too

Counted is each open, openat and openat2 below --root that gpuclaimctl itself makes, also one that
finds nothing; not what its children open. A limit goes up only for a new fact. Read again are the files
that are about to be changed, under the lock, and those that were. The list of names, most of what a short
run costs, is opened where a name is printed, and once.
"""

import collections
import os
import re
import subprocess
import sys
import tempfile

from tests.lib import golden, programs
from tests.setup import node

OPEN = re.compile(r'^open\w*\((?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"([^"]*)"')
# One read of it can wake a GPU, so there is no second one in a run.
CONFIG = re.compile(r"sys/(bus/pci/)?devices/.*0000:(0[12]|[0-3]9):00\.[01]/config$")
# In this order, on one tree: (arguments, exit code, opens)
RUNS = [
    (["setup", "--all-gpus", "--dry-run"], 0, 265),
    (["setup", "--all-gpus"], 0, 412),
    (["status"], 3, 170),
    (["nova", "show"], 3, 84),
]
# Hints ask more of the four GPUs, which vfio-pci has, and nothing of those opens them again.
HINTED = "plx-ats", ["status", "--verbose"], 4
# Arguments, and how often the list of names is opened.
NAMES = "usr/share/misc/pci.ids"
NAMED = [
    (["status"], 1),
    (["status", "--columns=address,name"], 1),
    (["status", "--columns=address"], 0),
    (["status", "--quiet"], 0),
    (["scan"], 1),
    (["scan", "--columns=address"], 0),
    (["nova", "show"], 0),
]


def opens(program, folder, words, code):
    """How often it opened each path below the folder."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as log:
        result = subprocess.run(["strace", "-y", "-o", log.name, "-e", "trace=open,openat,openat2",
                                 program, *words, "--root", folder], capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, timeout=300, check=False)
        if code is not None and result.returncode != code:
            raise RuntimeError(f"{words}: exit {result.returncode}: {result.stderr}")
        found = [OPEN.match(line) for line in log]
    paths = [os.path.normpath(os.path.join(match[1] or "", match[2])) for match in found if match]
    return collections.Counter(os.path.relpath(path, folder) for path in paths
                               if path.startswith(f"{folder}/"))


def complaints(limit, found):
    total = sum(found.values())
    if total > limit:
        yield f"{total} opens, of {len(found)} different files; {limit} were enough"
    for path, n in found.items():
        if CONFIG.match(path) and n > 1:
            yield f"/{path} is opened {n} times, which can wake the GPU; once is enough"


def hinted(program):
    """Whether each GPU's configuration is opened once where hints are wanted."""
    name, words, gpus = HINTED
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        golden.build(name, ["conf claim 10de:*"], folder)
        found = [n for path, n in opens(program, folder, words, None).items() if CONFIG.match(path)]
    if found != [1] * gpus:
        print(f"not ok - {' '.join(words)}: {gpus} GPUs' configurations are opened {found} times")
    return found == [1] * gpus


def main():
    verbose = sys.argv[1:] == ["--verbose"]
    if sys.argv[1:] and not verbose:
        sys.exit(__doc__)
    if os.geteuid() != 0 or subprocess.run(["strace", "-o", "/dev/null", "true"], check=False,
                                           capture_output=True).returncode != 0:
        print("skipped: only root can run a tree's programs, and under strace")
        print("0 passed, 0 failed, 1 skipped")
        return
    program = programs.companion(sanitized=False)
    failed = int(not hinted(program))
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.join(os.path.realpath(folder), "tree")
        os.mkdir(folder)
        node.build("debian12", folder, ["f proc/cpuinfo vendor_id\\t: GenuineIntel\\n"])
        for words, code, limit in RUNS:
            found = opens(program, folder, words, code)
            wrong = list(complaints(limit, found))
            for complaint in wrong:
                print(f"not ok - {' '.join(words)}: {complaint}")
            failed += bool(wrong)
            if verbose:
                print(f"{' '.join(words)}: {sum(found.values())} opens, of {len(found)} different")
                for path, n in found.most_common(40):
                    print(f"  {n:4} {path}")
        for words, wanted in NAMED:
            found = opens(program, folder, words, None)[NAMES]
            failed += found != wanted
            if found != wanted:
                print(f"not ok - {' '.join(words)}: {found} opens of {NAMES}, {wanted} are right")
    print(f"{1 + len(RUNS) + len(NAMED) - failed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
