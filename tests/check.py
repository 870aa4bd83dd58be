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

import os
import re
import subprocess
import sys
import tempfile
import time

TALLY = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped")
PY = sys.executable

# (name, command, needs virtual machines)
SUITES = [
    ("unit", [PY, "tests/unit.py", "build"], False),
    ("unit, sanitized", [PY, "tests/unit.py", "build-san"], False),
    ("corpora", [PY, "tests/corpora.py", "build-san"], False),
    ("golden", [PY, "tests/golden.py"], False),
    ("companion", [PY, "tests/ctl/run.py"], False),
    ("dumps", [PY, "tests/ctl/dumps.py"], False),
    ("kernel arguments", [PY, "tests/kargs/run.py"], False),
    ("setup's parts", [PY, "tests/setup/run.py"], False),
    ("setup", [PY, "tests/setup/whole.py"], False),
    ("nova", [PY, "tests/nova/run.py"], False),
    ("lint", [PY, "tests/lint.py"], False),
    ("install", [PY, "tests/install.py"], False),
    ("units and metrics", [PY, "tests/service.py"], False),
    ("packages", [PY, "tests/packages.py"], True),
    ("provisioning", [PY, "tests/provisioning.py"], True),
    ("kernel arguments, real GRUB", [PY, "tests/kargs/real.py"], True),
    ("nova, judged", [PY, "tests/nova/judges.py"], True),
    ("nova verify", [PY, "tests/nova/verify.py"], True),
    ("oslo.config", [PY, "tests/nova/oslo.py"], True),
    ("placement", [PY, "tests/nova/placement.py"], True),
    ("dracut", [PY, "tests/dracut/run.py"], True),
    ("initramfs images", [PY, "tests/initramfs/run.py"], True),
    ("primitives", [PY, "tests/lab/primitives.py"], True),
    ("decisions", [PY, "tests/lab/decisions.py"], True),
    ("boots", [PY, "tests/lab/boots.py"], True),
    ("nova, in machines", [PY, "tests/lab/nova.py"], True),
    ("setup, in machines", [PY, "tests/lab/setup.py"], True),
]


def run_suite(name, command):
    """Returns (passed, failed, skipped, seconds), the output going through as it comes."""
    print(f"== {name}", flush=True)
    start = time.monotonic()
    tally = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, errors="replace") as process:
        for line in process.stdout:
            match = TALLY.match(line)
            if match:
                tally = tuple(int(n) for n in match.groups())
            print(line, end="", flush=True)
    seconds = time.monotonic() - start
    if tally == (0, 0, 0):
        tally = None        # what tested nothing has not passed
    if tally is None or (process.returncode != 0 and tally[1] == 0):
        print(f"not ok - {name}: ended with exit code {process.returncode}"
              f"{'' if tally else ' and without a count'}")
        tally = ((tally or (0, 0, 0))[0], 1, (tally or (0, 0, 0))[2])
    return *tally, seconds


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
    rows = []
    with tempfile.TemporaryFile("w+") as log:
        background = prepare(log) if mode != "fast" else None
        for name, command, needs_lab in SUITES:
            if mode == "fast" and needs_lab:
                continue
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
