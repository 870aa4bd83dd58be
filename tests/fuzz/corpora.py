#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Replay every file of the fuzz corpora, and count them."""

import pathlib
import subprocess
import sys

CORPUS = pathlib.Path("tests/fuzz/corpus")


def replay(program, files):
    """Returns how many files the target took, and what it said if it did not take them all."""
    result = subprocess.run([program, *files], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            stdin=subprocess.DEVNULL, text=True, errors="replace", timeout=300,
                            check=False)
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
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed or not targets else 0)


if __name__ == "__main__":
    main()
