# SPDX-License-Identifier: GPL-2.0-or-later
"""Test the parts of setup that only read, with the machines in ../fixtures.

    python3 -m tests.setup.parts [NAME]...      of the modules beside it: selection, published,
                                                prechecks, adoption

build-san/tests/setup-parts (parts.c; build/ where it is not there) is asked for one part at a time;
what it chooses is then given to the helper, which has to choose the same.
"""

import sys

from tests.lib import programs, suite
from tests.setup import adoption, prechecks, published, selection
from tests.setup.machines import Failed

MODULES = {"selection": selection, "published": published, "prechecks": prechecks,
           "adoption": adoption}


def complaints(test, program):
    try:
        test(program)
    except Failed as error:
        return [error]
    return []


def main():
    suite.listed(MODULES)
    program = programs.built("tests/setup-parts")
    suite.end(*suite.add(suite.tell(f"{module}: {name}", complaints(test, program))
                         for module in sys.argv[1:] or MODULES
                         for name, test in suite.some(MODULES[module].tests())))


if __name__ == "__main__":
    main()
