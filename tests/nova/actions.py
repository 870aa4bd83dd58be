#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Test `gpuclaimctl nova`; judges.py lets Nova's own code say what it thinks of that.

    run.py [--update] [NAME]...

golden/NAME.out is written as ../golden/'s files are (see ../golden.py and machines.py), about the
machines in ../fixtures. Its commands are

    $ ACTION OPTION...      gpuclaimctl nova ACTION --root TREE OPTION...
    $ cat FILE
    $ attributes FILE       its mode and group
    $ edit                  somebody adds a line to the drop-in
    $ same                  is each file but ours as it was when the section began?

hard.py is about failures: full disks, kills, two at once.
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests"))
sys.path.insert(0, HERE)
import golden  # noqa: E402  pylint: disable=wrong-import-position
import hard  # noqa: E402  pylint: disable=wrong-import-position
import machines  # noqa: E402  pylint: disable=wrong-import-position

DROPIN = "etc/nova/nova.conf.d/60-gpuclaim.conf"


def attributes(path):
    status = os.stat(path)
    return [f"{status.st_mode & 0o7777:o} {status.st_uid}:{status.st_gid}"]


class Session:
    """golden.py reads the files; the machines and the commands are ours."""

    def __init__(self, program):
        self.program = program
        self.begin = None

    def build(self, name, head, folder):
        machines.build(name, head, folder)
        self.begin = hard.snapshot(folder)

    def nova(self, folder, words):
        before = golden.checksum(folder)
        result = subprocess.run([self.program, "nova", words[0], "--root", folder, *words[1:]],
                                capture_output=True, stdin=subprocess.DEVNULL, text=True,
                                timeout=60, check=False)
        lines = result.stdout.splitlines()
        lines += [f"! {line}" for line in result.stderr.splitlines()]
        lines.append(f"exit {result.returncode}")
        if (words[0] == "show" or "--dry-run" in words) and golden.checksum(folder) != before:
            lines.append("THE TREE WAS CHANGED")
        return [re.sub(r"\b[0-9a-f]{16}\b", "HASH", line) for line in lines]

    def command(self, folder, command):
        words = command.split()
        if words[0] == "cat":
            return [re.sub(r"\b[0-9a-f]{16}\b", "HASH", line)
                    for line in golden.show_file(folder, words[1].lstrip("/"))]
        if words[0] == "attributes":
            return attributes(os.path.join(folder, words[1]))
        if words[0] == "edit":
            with open(os.path.join(folder, DROPIN), "a", encoding="ascii") as f:
                f.write('device_spec = {"address":"0000:09:00.0"}\n')
            return []
        if words[0] == "same":
            return hard.differences(self.begin, hard.snapshot(folder)) or ["the same"]
        return self.nova(folder, words)


def main():
    update = "--update" in sys.argv
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    passed = failed = skipped = 0
    program = golden.companion()
    good, bad = golden.check_with(Session(program), HERE, names, update)
    passed, failed = passed + good, failed + bad
    if not names and not update:
        good, bad, left = hard.run(golden.companion(sanitized=False))
        passed, failed, skipped = passed + good, failed + bad, skipped + left
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
