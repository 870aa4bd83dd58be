#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the programs do when the kernel or a file system refuses them.

    run.py [MODULE]...      GPUCLAIM and GPUCLAIMCTL name other programs than build/'s

kinds.py: FIFOs and device nodes below --root; talk.py: the bounded unbind;
facts.py: what decides. fault.c is loaded into the programs, and has one call
fail that is named: the plain ones, for a sanitizer's runtime wants to be the first library.
"""

import importlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TOP, "tests/fixtures"), HERE]
import expand  # noqa: E402  pylint: disable=wrong-import-position

MODULES = ["kinds", "talk", "facts"]


class Lab:
    """The two programs, and what is done to them."""

    def __init__(self, top):
        self.helper = os.path.abspath(os.environ.get("GPUCLAIM", f"{TOP}/build/gpuclaim"))
        self.companion = os.path.abspath(os.environ.get("GPUCLAIMCTL", f"{TOP}/build/gpuclaimctl"))
        self.preload = os.path.join(top, "fault.so")
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-D_GNU_SOURCE", "-o",
                        self.preload, os.path.join(HERE, "fault.c")], check=True)

    def run(self, command, timeout=60, **environment):
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, text=True,
                              errors="replace", timeout=timeout, check=False,
                              env=os.environ | {"LD_PRELOAD": self.preload} | environment)

    @staticmethod
    def build(name, folder, *lines):
        """The machine of a fixture, and more lines of its description."""
        os.makedirs(folder)
        machine = expand.Machine(os.path.join(TOP, "tests/fixtures"))
        machine.read([f"include {name}.tree", *lines])
        machine.write(expand.Tree(folder))


def main():
    passed = failed = skipped = 0
    for name in sys.argv[1:] or MODULES:
        module = importlib.import_module(name)
        with tempfile.TemporaryDirectory() as top:
            for title, complaints in module.run(Lab(top), top):
                passed += complaints == []
                skipped += complaints is None
                failed += bool(complaints)
                if complaints:
                    print(f"not ok - {name}: {title}", *complaints[:20], sep="\n  ")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
