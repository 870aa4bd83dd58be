# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the test suites and add up what they count.

    python3 -m tests.check fast     no virtual machine
    python3 -m tests.check all      everything, the matrices pairwise
    python3 -m tests.check full     everything, the matrices whole

One suite by hand, from the top of the tree, once `make test-programs` is done:

    python3 -m tests.kargs.actions              as the table below names it
    python3 -m tests.dracut.module rule         a test, by a part of its name, in most suites

Each suite ends with the line "N passed, N failed, N skipped"; one that ends without it counts as
one failure. GPUCLAIM_FULL=1 tells the suites to run their whole matrix.
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
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Two at a time; alone, because they write into build/; alone, and not in a fast run.
BESIDE, ALONE, SLOW = range(3)

SUITES = [
    ("unit", "tests.unit.programs build", BESIDE),
    ("unit, sanitized", "tests.unit.programs build-san", BESIDE),
    ("corpora", "tests.fuzz.corpora build-san", BESIDE),
    ("verdicts", "tests.helper.verdicts", BESIDE),
    ("companion", "tests.ctl.reports", BESIDE),
    ("dumps", "tests.ctl.dumps", BESIDE),
    ("opens", "tests.ctl.opens", BESIDE),
    ("kernel arguments", "tests.kargs.actions", BESIDE),
    ("setup's parts", "tests.setup.parts", BESIDE),
    ("setup", "tests.setup.nodes", BESIDE),
    ("nova", "tests.nova.actions", BESIDE),
    ("upgrade", "tests.upgrade.earlier", BESIDE),
    ("faults", "tests.faults.refused", BESIDE),
    ("no memory", "tests.ctl.nomem", BESIDE),
    ("lint", "tests.lint", BESIDE),
    ("install", "tests.install", ALONE),
    ("units and metrics", "tests.units_and_metrics", ALONE),
    ("packages", "tests.packages", SLOW),
    ("provisioning", "tests.provisioning", SLOW),
    ("kernel arguments, real GRUB", "tests.kargs.real_grub", SLOW),
    ("nova, judged", "tests.nova.told", SLOW),
    ("nova verify", "tests.nova.verify", SLOW),
    ("oslo.config", "tests.nova.oslo", SLOW),
    ("placement", "tests.nova.placement", SLOW),
    ("dracut", "tests.dracut.module", SLOW),
    ("initramfs images", "tests.initramfs.images", SLOW),
    ("primitives", "tests.lab.primitives", SLOW),
    ("decisions", "tests.lab.decisions", SLOW),
    ("boots", "tests.lab.boots", SLOW),
    ("demo", "tests.lab.demo", SLOW),
    ("nova, in machines", "tests.lab.nova", SLOW),
    ("setup, in machines", "tests.lab.setup", SLOW),
]
# In a full run only.
FULL = [("cloud", "tests.cloud", SLOW)]


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


def run_suite(name, words, say=functools.partial(print, flush=True), env=None):
    """Returns (passed, failed, skipped, seconds), the output going through as it comes."""
    say(f"== {name}")
    start = time.monotonic()
    tally = None
    with subprocess.Popen([PY, "-m", *words.split()], cwd=TOP, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", env=env) as process:
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
    return subprocess.Popen(["nice", PY, "-m", "tests.prepare"], cwd=TOP, stdout=log,
                            stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)


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
        for name, words, how in SUITES + (FULL if mode == "full" else []):
            if how == ALONE or (how == SLOW and mode != "fast"):
                rows.append((name, *run_suite(name, words)))
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
