# SPDX-License-Identifier: GPL-2.0-or-later
"""Replay every file of the fuzz corpora, and count them.

    python3 -m tests.fuzz.corpora build-san
"""

import pathlib
import sys

from tests.lib import programs, suite

CORPUS = pathlib.Path("tests/fuzz/corpus")


def replay(program, files):
    """Returns how many files the target took, and what it said if it did not take them all."""
    result = programs.call(program, *files, errors="replace", timeout=300)
    lines = result.stdout.splitlines()
    taken = [line[3:] for line in lines if line.startswith("ok ")]
    if result.returncode == 0 and taken == files:
        return len(taken), []
    at = next((f for f in files if f not in taken), "its end")
    return len(taken), [f"not ok {program}: exit code {result.returncode} at {at}",
                        *(line for line in lines if not line.startswith("ok "))]


def main():
    folder = sys.argv[1]
    passed = failed = 0
    targets = sorted(p.stem[5:] for p in pathlib.Path("tests/fuzz").glob("fuzz-*.c"))
    for target in targets:
        files = sorted(str(f) for f in (CORPUS / target).glob("*"))
        taken, complaints = replay(f"{folder}/tests/replay-{target}", files)
        if not files:
            complaints.append(f"not ok {target}: there is no corpus")
        print(*complaints, sep="\n", end="\n" if complaints else "")
        passed += taken
        failed += bool(complaints)
    suite.end(passed, failed)


if __name__ == "__main__":
    main()
