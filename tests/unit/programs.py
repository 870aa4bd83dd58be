#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the unit test programs of a build folder and count their rows."""

import glob
import subprocess
import sys


def main():
    folder = sys.argv[1]
    passed = failed = 0
    programs = sorted(p for p in glob.glob(f"{folder}/tests/test-*") if "." not in p)
    for program in programs:
        result = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, text=True, errors="replace",
                                timeout=300, check=False)
        lines = result.stdout.splitlines()
        bad = [line for line in lines if not line.startswith("ok ")]
        passed += sum(line.startswith("ok ") for line in lines)
        failed += sum(line.startswith("not ok ") for line in lines)
        if bad:
            print(f"{program}:", *bad, sep="\n")
        if result.returncode and not any(line.startswith("not ok ") for line in lines):
            print(f"not ok {program}: exit code {result.returncode}")
            failed += 1
    if not programs:
        print(f"not ok: no test program in {folder}/tests")
        failed += 1
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
