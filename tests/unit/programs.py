# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the unit tests of a build folder, each file's in a process, and count their rows.

    python3 -m tests.unit.programs build|build-san [NAME]...
"""

import sys

from tests.lib import programs, suite


def rows(program, name):
    """(passed, failed) of a file's tests, which print a row for each."""
    result = programs.call(program, name, errors="replace", timeout=300)
    lines = result.stdout.splitlines()
    bad = [line for line in lines if not line.startswith("ok ")]
    failed = sum(line.startswith("not ok ") for line in lines)
    if result.returncode and not failed:
        bad.append(f"not ok {name}: exit code {result.returncode}")
        failed = 1
    if bad:
        print(f"{name}:", *bad, sep="\n")
    return sum(line.startswith("ok ") for line in lines), failed


def main():
    program = f"{sys.argv[1]}/tests/unit-tests"
    names = sys.argv[2:] or programs.call(program, "--names").stdout.split()
    suite.end(*suite.add(rows(program, name) for name in names))


if __name__ == "__main__":
    main()
