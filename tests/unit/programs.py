# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the unit test programs of a build folder and count their rows.

    python3 -m tests.unit.programs build|build-san
"""

import glob
import sys

from tests.lib import programs, suite


def rows(program):
    """(passed, failed) of one program, which prints a row for each."""
    result = programs.call(program, errors="replace", timeout=300)
    lines = result.stdout.splitlines()
    bad = [line for line in lines if not line.startswith("ok ")]
    failed = sum(line.startswith("not ok ") for line in lines)
    if result.returncode and not failed:
        bad.append(f"not ok {program}: exit code {result.returncode}")
        failed = 1
    if bad:
        print(f"{program}:", *bad, sep="\n")
    return sum(line.startswith("ok ") for line in lines), failed


def main():
    folder = sys.argv[1]
    found = sorted(p for p in glob.glob(f"{folder}/tests/test-*") if "." not in p)
    if not found:
        print(f"not ok: no test program in {folder}/tests")
        suite.end(0, 1)
    suite.end(*suite.add(rows(program) for program in found))


if __name__ == "__main__":
    main()
