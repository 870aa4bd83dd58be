#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the test suites one after the other, and add up what they count.

    check.py fast   no virtual machine
    check.py all    everything, the matrices pairwise
    check.py full   everything, the matrices whole

Each suite is a command whose last line is "N passed, N failed, N skipped"; a
suite that ends without one counts as one failure. GPUCLAIM_FULL=1 tells the
suites to run their whole matrix.
"""

import functools
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

TALLY = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped")
PY = sys.executable

# Two at a time; alone, because they write into build/; alone, and not in a fast run.
BESIDE, ALONE, SLOW = range(3)

SUITES = [
    ("unit", [PY, "tests/unit.py", "build"], BESIDE),
    ("unit, sanitized", [PY, "tests/unit.py", "build-san"], BESIDE),
    ("corpora", [PY, "tests/corpora.py", "build-san"], BESIDE),
    ("golden", [PY, "tests/golden.py"], BESIDE),
    ("companion", [PY, "tests/ctl/run.py"], BESIDE),
    ("dumps", [PY, "tests/ctl/dumps.py"], BESIDE),
    ("opens", [PY, "tests/ctl/opens.py"], BESIDE),
    ("kernel arguments", [PY, "tests/kargs/run.py"], BESIDE),
    ("setup's parts", [PY, "tests/setup/run.py"], BESIDE),
    ("setup", [PY, "tests/setup/whole.py"], BESIDE),
    ("nova", [PY, "tests/nova/run.py"], BESIDE),
    ("upgrade", [PY, "tests/upgrade/run.py"], BESIDE),
    ("faults", [PY, "tests/faults/run.py"], BESIDE),
    ("no memory", [PY, "tests/ctl/nomem.py"], BESIDE),
    ("lint", [PY, "tests/lint.py"], BESIDE),
    ("install", [PY, "tests/install.py"], ALONE),
    ("units and metrics", [PY, "tests/service.py"], ALONE),
    ("packages", [PY, "tests/packages.py"], SLOW),
    ("provisioning", [PY, "tests/provisioning.py"], SLOW),
    ("kernel arguments, real GRUB", [PY, "tests/kargs/real.py"], SLOW),
    ("nova, judged", [PY, "tests/nova/judges.py"], SLOW),
    ("nova verify", [PY, "tests/nova/verify.py"], SLOW),
    ("oslo.config", [PY, "tests/nova/oslo.py"], SLOW),
    ("placement", [PY, "tests/nova/placement.py"], SLOW),
    ("dracut", [PY, "tests/dracut/run.py"], SLOW),
    ("initramfs images", [PY, "tests/initramfs/run.py"], SLOW),
    ("primitives", [PY, "tests/lab/primitives.py"], SLOW),
    ("decisions", [PY, "tests/lab/decisions.py"], SLOW),
    ("boots", [PY, "tests/lab/boots.py"], SLOW),
    ("demo", [PY, "tests/lab/demo.py"], SLOW),
    ("nova, in machines", [PY, "tests/lab/nova.py"], SLOW),
    ("setup, in machines", [PY, "tests/lab/setup.py"], SLOW),
]
# In a full run only.
FULL = [("cloud", [PY, "tests/cloud/run.py"], SLOW)]


def scratch():
    """The environment of suites that make and remove trees of small files by the thousand: in
    memory, where there is room and programs may be run."""
    memory = "/dev/shm"
    if not os.path.isdir(memory):
        return None
    found = os.statvfs(memory)
    if found.f_flag & (os.ST_NOEXEC | os.ST_RDONLY) or found.f_bavail * found.f_frsize < 1 << 30:
        return None
    return os.environ | {"TMPDIR": memory}


def run_suite(name, command, say=functools.partial(print, flush=True), env=None):
    """Returns (passed, failed, skipped, seconds), the output going through as it comes."""
    say(f"== {name}")
    start = time.monotonic()
    tally = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, errors="replace",
                          env=env) as process:
        for line in process.stdout:
            match = TALLY.match(line)
            if match:
                tally = tuple(int(n) for n in match.groups())
            say(line.rstrip("\n"))
    seconds = time.monotonic() - start
    if tally == (0, 0, 0):
        tally = None        # what tested nothing has not passed
    if tally is None or (process.returncode != 0 and tally[1] == 0):
        say(f"not ok - {name}: ended with exit code {process.returncode}"
            f"{'' if tally else ' and without a count'}")
        tally = ((tally or (0, 0, 0))[0], 1, (tally or (0, 0, 0))[2])
    return *tally, seconds


def run_aside(suite):
    """The same beside another, the output when all of it is there."""
    lines = []
    result = run_suite(*suite[:2], say=lines.append, env=scratch())
    print("\n".join(lines), flush=True)
    return suite[0], *result


def prepare(log):
    """Builds in the background what the suites with virtual machines will want."""
    return subprocess.Popen(["nice", PY, "tests/prepare.py"], stdout=log, stdin=subprocess.DEVNULL,
                            stderr=subprocess.STDOUT)


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in ("fast", "all", "full"):
        sys.exit(__doc__)
    mode = sys.argv[1]
    if mode == "full":
        os.environ["GPUCLAIM_FULL"] = "1"

    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as log:
        background = prepare(log) if mode != "fast" else None
        with ThreadPoolExecutor(2) as pool:
            rows = list(pool.map(run_aside, [s for s in SUITES if s[2] == BESIDE]))
        for name, command, how in SUITES + (FULL if mode == "full" else []):
            if how == ALONE or (how == SLOW and mode != "fast"):
                rows.append((name, *run_suite(name, command)))
        if background:
            background.wait()
            log.seek(0)
            print(f"== trees, built beside the first suites\n{log.read()}", end="")

    print("== summary")
    for name, passed, failed, skipped, seconds in rows:
        print(f"{name:20} {passed:5} passed {failed:3} failed {skipped:3} skipped"
              f" {seconds / 60:6.1f} minutes")
    totals = [sum(row[i] for row in rows) for i in (1, 2, 3)]
    print(f"{(time.monotonic() - start) / 60:.1f} minutes in all")
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped", flush=True)
    sys.exit(1 if totals[1] else 0)


if __name__ == "__main__":
    main()
