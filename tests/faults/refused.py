# SPDX-License-Identifier: GPL-2.0-or-later
"""What the programs do when the kernel or a file system refuses them.

    python3 -m tests.faults.refused [MODULE]...     GPUCLAIM and GPUCLAIMCTL name other programs
                                                    than build/'s

folders.py: folders that can't be listed; healed.py: what was not written once; loaders.py: a boot
loader's files; odd_files.py: FIFOs, sockets and device nodes below --root; released.py: a probe that
fails; small.py: links, records, escapes and secrets; synced.py: folders that can't be synced; unbind.py:
the bounded unbind and its child; unreadable.py: what decides, and can't be read. fault.c is loaded into the programs, and
has one call fail that is named.
"""

import os
import sys
import tempfile

from tests.faults import folders, healed, loaders, odd_files, released, small, synced, unbind, unreadable
from tests.fixtures import expand
from tests.lib import programs, suite

MODULES = {"folders": folders, "healed": healed, "loaders": loaders, "odd_files": odd_files,
           "released": released, "small": small, "synced": synced, "unbind": unbind,
           "unreadable": unreadable}


class Lab:
    """The two programs, and what is done to them."""

    def __init__(self, top):
        self.helper = programs.helper(sanitized=False)
        self.companion = programs.companion(sanitized=False)
        self.preload = programs.preload("faults/fault.c", top)

    def run(self, command, timeout=60, **more):
        """Words in capitals are the environment's."""
        environment = {name: value for name, value in more.items() if name.isupper()}
        rest = {name: value for name, value in more.items() if not name.isupper()}
        return programs.run(*command, timeout=timeout, errors="replace", **rest,
                            env=os.environ | {"LD_PRELOAD": self.preload} | environment)

    @staticmethod
    def build(name, folder, *lines):
        """The machine of a fixture, and more lines of its description."""
        os.makedirs(folder)
        machine = expand.Machine(programs.FIXTURES)
        machine.read([f"include {name}.tree", *lines])
        machine.write(expand.Tree(folder))


def results(name):
    """(passed, failed, skipped) of each check of a module; complaints None: it can't be made."""
    with tempfile.TemporaryDirectory() as top:
        for title, complaints in MODULES[name].run(Lab(top), top):
            if complaints is None:
                yield 0, 0, 1
            else:
                yield *suite.tell(f"{name}: {title}", complaints), 0


def main():
    suite.listed(MODULES)
    suite.end(*suite.add(result for name in sys.argv[1:] or suite.some(MODULES, 3)
                         for result in results(name)))


if __name__ == "__main__":
    main()
