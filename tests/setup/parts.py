#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Test the parts of setup that only read, with the machines in ../fixtures.

    run.py [NAME]...        of the modules beside it: selection, prechecks, adoption

build-san/tests/setup-parts (parts.c; build/ where it is not there) is asked for one part at a
time; what it chooses is then given to the helper, which has to choose the same.
"""

import sys

import adoption
import prechecks
import selection
from common import Failed, golden

MODULES = {"selection": selection, "prechecks": prechecks,
           "adoption": adoption}


def main():
    names = sys.argv[1:] or list(MODULES)
    passed = failed = 0
    program = golden.built("tests/setup-parts")
    for module in names:
        for name, test in MODULES[module].tests():
            try:
                test(program)
                passed += 1
            except Failed as error:
                print(f"not ok - {module}: {name}: {error}")
                failed += 1
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
