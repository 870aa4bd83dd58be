# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of the pure rooms and of the parsers the unit tests and the suites of fixtures run.

    python3 -m tests.coverage [unit]        `make coverage` builds what it wants; unit: those alone

It tells lines and branches of each room, and which lines nothing ran; below the limits it fails.
Whether a test passes is `make check`'s to say: here it only runs.
"""

import glob
import json
import os
import subprocess
import sys

from tests.lib import programs, suite

BUILD = "build-cov"
LINES, BRANCHES = 95, 85    # of each room, in percent
MISSED_MAX = 40             # so many places of a file are told

# A room's pure files: all that LAYERS calls pure, and of the others what takes a text.
ROOMS = [
    ("the decision", "helper/claim/*.c", "!helper/claim/assess.c"),
    ("the policy", "helper/policy/*.c", "!helper/policy/conf_files.c", "!helper/policy/policy.c"),
    ("texts and numbers", "helper/base/pci.c", "helper/base/text.c", "helper/policy/topology.c",
     "helper/record/verdict.c", "helper/platform/acpi.c", "helper/machine/modalias.c"),
    ("GRUB and boot entries", "grub/*.c", "boot/lines.c"),
    ("Python's values", "nova/python/*.c"),
    ("oslo.config", "nova/config/oslo_*.c"),
    ("how Nova is started", "nova/config/launch_text.c", "nova/config/variables.c"),
    ("Nova's rules", "nova/rules/*.c", "!nova/rules/devices.c"),
    ("what Nova is told", "nova/tell/*.c"),
    ("Nova judged", "ctl/judge/*.c"),
    ("checks", "ctl/readiness/*.c"),
    ("hints", "ctl/hints/*.c", "!ctl/hints/read.c"),
    ("recipes' texts", "ctl/recipes/recipe_text.c", "ctl/recipes/script.c", "ctl/recipes/command.c",
     "ctl/recipes/does.c", "ctl/recipes/whole.c", "ctl/recipes/named.c"),
    ("fleet's files", "ctl/fleet/split.c"),
    ("images", "ctl/initramfs/cpio.c", "ctl/initramfs/judge.c"),
    ("dumps' texts", "ctl/dump/text.c"),
]

# What runs them, beside the unit tests. What runs in a chroot leaves its counts there.
SUITES = [f"tests.fuzz.corpora {BUILD}", "tests.helper.verdicts", "tests.ctl.reports",
          "tests.nova.actions", "tests.ctl.dumps", "tests.ctl.nomem", "tests.faults.refused"]


def files_of(patterns):
    """Those of the patterns, but not of those with a '!'."""
    found = {f for p in patterns if p[0] != "!" for f in glob.glob(p)}
    return sorted(found - {f for p in patterns if p[0] == "!" for f in glob.glob(p[1:])})


def run_unit():
    program = f"{BUILD}/tests/unit-tests"
    for name in programs.call(program, "--names").stdout.split():
        programs.call(program, name, errors="replace", timeout=300)


def run_suites():
    env = os.environ | {"GPUCLAIM": f"{BUILD}/gpuclaim", "GPUCLAIMCTL": f"{BUILD}/gpuclaimctl"}
    for words in SUITES:
        result = programs.call(sys.executable, "-m", *words.split(), env=env, errors="replace")
        print(f"{words}: {result.stdout.strip().rpartition(chr(10))[2]}", flush=True)


def counted(path):
    """gcov's word on one file: {line: count}, and [taken?] of each of its branches' two ways."""
    made = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities",
                           f"{BUILD}/{path[:-2]}.o"], capture_output=True, check=True)
    entry = next(f for f in json.loads(made.stdout)["files"] if f["file"] == path)
    lines = {}
    for line in entry["lines"]:
        lines[line["line_number"]] = lines.get(line["line_number"], 0) + line["count"]
    return lines, [b["count"] > 0 for line in entry["lines"] for b in line["branches"]]


def percent(part, whole):
    return 100 * part / whole if whole else 100


def places(numbers):
    """Line numbers, those in a row as FIRST-LAST."""
    runs = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return [str(a) if a == b else f"{a}-{b}" for a, b in runs]


def tell_missed(path, lines):
    missed = places(n for n, count in sorted(lines.items()) if not count)
    if missed:
        more = f" and {len(missed) - MISSED_MAX} more" if len(missed) > MISSED_MAX else ""
        print(f"  {path}: {' '.join(missed[:MISSED_MAX])}{more}")


def room(name, patterns):
    """One row of the table; is it above the limits?"""
    found = {path: counted(path) for path in files_of(patterns)}
    lines = [bool(count) for counts, _ in found.values() for count in counts.values()]
    branches = [taken for _, more in found.values() for taken in more]
    line, branch = percent(sum(lines), len(lines)), percent(sum(branches), len(branches))
    good = bool(found) and line >= LINES and branch >= BRANCHES
    print(f"{'ok' if good else 'not ok':6} {name:24}{len(lines):6} lines {line:6.1f} %"
          f"{len(branches):7} branches {branch:6.1f} %")
    for path, (counts, _) in found.items():
        tell_missed(path, counts)
    return good


def main():
    if not os.path.exists(f"{BUILD}/gpuclaimctl"):
        sys.exit(__doc__)
    for data in glob.glob(f"{BUILD}/**/*.gcda", recursive=True):
        os.unlink(data)
    run_unit()
    if sys.argv[1:] != ["unit"]:
        run_suites()
    good = [room(name, patterns) for name, *patterns in ROOMS]
    suite.end(sum(good), len(good) - sum(good))


if __name__ == "__main__":
    main()
