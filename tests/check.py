# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the test suites and add up what they count.

    python3 -m tests.check fast     no virtual machine; of what takes long a fifth
    python3 -m tests.check all      everything, the matrices pairwise
    python3 -m tests.check full     everything, the matrices whole

One suite by hand, from the top of the tree, once `make test-programs` is done:

    python3 -m tests.kargs.actions              as the table below names it
    python3 -m tests.dracut.module rule         a test, by a part of its name, in most suites

Each suite ends with the line "N passed, N failed, N skipped"; one that ends without it counts as
one failure. GPUCLAIM_FULL=1 tells the suites to run their whole matrix; else GPUCLAIM_SEED, a number,
chooses what part of it is run. GPUCLAIM_QUICK=1 is for who waits for the end.
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

# In a fast run: two at a time, those that take long first; alone, because they write into build/.
# Then in all: three at a time, with one virtual machine each, since a machine often waits; alone,
# because it has two.
FAST, FAST_ALONE, SLOW, SLOW_ALONE = range(4)

SUITES = [
    ("setup", "tests.setup.nodes", FAST),
    ("kernel arguments", "tests.kargs.actions", FAST),
    ("companion", "tests.ctl.reports", FAST),
    ("screens", "tests.ctl.screens", FAST),
    ("dumps", "tests.ctl.dumps", FAST),
    ("fleet", "tests.ctl.fleet", FAST),
    ("opens", "tests.ctl.opens", FAST),
    ("nova", "tests.nova.actions", FAST),
    ("faults", "tests.faults.refused", FAST),
    ("faults, the n-th", "tests.faults.sweep", FAST),
    ("setup's parts", "tests.setup.parts", FAST),
    ("unit, sanitized", "tests.unit.programs build-san", FAST),
    ("verdicts", "tests.helper.verdicts", FAST),
    ("no memory", "tests.ctl.nomem", FAST),
    ("upgrade", "tests.upgrade.earlier", FAST),
    ("costs", "tests.helper.costs", FAST),
    ("costs, companion", "tests.ctl.costs", FAST),
    ("lint", "tests.lint", FAST),
    ("journeys", "tests.journeys.walk", FAST),
    ("pages", "tests.pages", FAST),
    ("catalog", "tests.catalog", FAST),
    ("layers", "tests.layers", FAST),
    ("unit", "tests.unit.programs build", FAST),
    ("corpora", "tests.fuzz.corpora build-san", FAST),
    ("install", "tests.install", FAST_ALONE),
    ("units and metrics", "tests.units_and_metrics", FAST_ALONE),
    ("setup, in machines", "tests.lab.setup", SLOW),
    ("boots", "tests.lab.boots", SLOW),
    ("decisions", "tests.lab.decisions", SLOW),
    ("nova, in machines", "tests.lab.nova", SLOW),
    ("soak", "tests.lab.soak", SLOW),
    ("initramfs images", "tests.initramfs.images", SLOW),
    ("dracut", "tests.dracut.module", SLOW),
    ("udev rule", "tests.udev_rule", SLOW),
    ("provisioning", "tests.provisioning", SLOW),
    ("packages", "tests.packages", SLOW),
    ("packages, RPM", "tests.rpm", SLOW),
    ("primitives", "tests.lab.primitives", SLOW),
    ("nova, judged", "tests.nova.told", SLOW),
    ("nova verify", "tests.nova.verify", SLOW),
    ("kernel arguments, real GRUB", "tests.kargs.real_grub", SLOW),
    ("kernel arguments, real tools", "tests.kargs.real_tools", SLOW),
    ("oslo.config", "tests.nova.oslo", SLOW),
    ("placement", "tests.nova.placement", SLOW),
    ("nova sync", "tests.nova.sync", SLOW),
    ("nova sync, real Placement", "tests.nova.sync_real", SLOW),
    ("nova return", "tests.nova.returns", SLOW),
    ("demo", "tests.lab.demo", SLOW_ALONE),
]
# In a full run only.
FULL = [("journeys, in machines", "tests.lab.journeys", SLOW_ALONE), ("cloud", "tests.cloud", SLOW_ALONE),
        ("cloud, one-time use", "tests.cloud.one_time", SLOW_ALONE), ("cloud, cut off", "tests.cloud.clean", SLOW_ALONE),
        ("fleet's page", "tests.ctl.fleet_page", SLOW_ALONE),
        ("return, in a machine", "tests.lab.returns", SLOW_ALONE)]


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


def told(name, passed, failed, skipped, seconds, processor):
    return (f"{name:27} {passed:5} passed {failed:3} failed {skipped:3} skipped"
            f" {seconds / 60:6.1f} minutes {processor:6.0f} s of a processor")


def run_suite(name, words, say=functools.partial(print, flush=True), env=None):
    """Returns (name, passed, failed, skipped, seconds, seconds of processor), the output going
    through as it comes."""
    say(f"== {name}")
    start = time.monotonic()
    tally = None
    process = subprocess.Popen([PY, "-m", *words.split()], cwd=TOP, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                               errors="replace", env=env)
    with process.stdout:
        for line in process.stdout:
            match = TALLY.match(line)
            if match:
                tally = tuple(int(n) for n in match.groups())
            say(line.rstrip("\n"))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - start
    if tally == (0, 0, 0):
        tally = None        # what tested nothing has not passed
    if tally is None or (process.returncode != 0 and tally[1] == 0):
        say(f"not ok - {name}: ended with exit code {process.returncode}"
            f"{'' if tally else ' and without a count'}")
        tally = ((tally or (0, 0, 0))[0], 1, (tally or (0, 0, 0))[2])
    result = name, *tally, seconds, usage.ru_utime + usage.ru_stime
    say(f"-- {told(*result)}")
    return result


def run_aside(suite, env):
    """The same beside another, the output when all of it is there."""
    lines = []
    print(f"-- {suite[0]} begins", flush=True)
    result = run_suite(*suite[:2], say=lines.append, env=env)
    print("\n".join(lines), flush=True)
    return result


def run_kind(suites, kind, env=None, at_a_time=1):
    """The rows of the suites of one kind."""
    chosen = [suite for suite in suites if suite[2] == kind]
    if at_a_time == 1:
        return [run_suite(name, words) for name, words, _ in chosen]
    with ThreadPoolExecutor(at_a_time) as pool:
        return list(pool.map(functools.partial(run_aside, env=env), chosen))


def run_all(mode):
    rows = run_kind(SUITES, FAST, scratch(), at_a_time=2) + run_kind(SUITES, FAST_ALONE)
    if mode != "fast":
        rows += run_kind(SUITES, SLOW, os.environ | {"GPUCLAIM_WORKERS": "1"}, at_a_time=3)
        rows += run_kind(SUITES + (FULL if mode == "full" else []), SLOW_ALONE)
    return rows


def prepare(log):
    """Builds in the background what the suites with virtual machines will want."""
    return subprocess.Popen(["nice", PY, "-m", "tests.prepare"], cwd=TOP, stdout=log,
                            stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)


def summary(rows, start):
    """Tells what each suite did; the number of tests that failed."""
    print("== summary: passed, failed, skipped, minutes, seconds of a processor")
    for name, passed, failed, skipped, seconds, processor in rows:
        print(f"{name:28}{passed:6}{failed:4}{skipped:4}{seconds / 60:6.1f}{processor:6.0f}")
    totals = [sum(result[i] for result in rows) for i in (1, 2, 3)]
    print(f"{(time.monotonic() - start) / 60:.1f} minutes in all")
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped", flush=True)
    return totals[1]


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in ("fast", "all", "full"):
        sys.exit(__doc__)
    mode = sys.argv[1]
    if mode != "all":
        os.environ["GPUCLAIM_FULL" if mode == "full" else "GPUCLAIM_QUICK"] = "1"

    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as log:
        background = prepare(log) if mode != "fast" else None
        rows = run_all(mode)
        if background:
            background.wait()
            log.seek(0)
            print(f"== trees, built beside the first suites\n{log.read()}", end="")
    sys.exit(1 if summary(rows, start) else 0)


if __name__ == "__main__":
    main()
