# SPDX-License-Identifier: GPL-2.0-or-later
"""Test `gpuclaimctl nova`; told.py lets Nova's own code say what it thinks of that.

    python3 -m tests.nova.actions [--update] [NAME]...

golden/NAME.out (see ../lib/golden.py and machines.py) is about a machine in ../fixtures. Its commands
are

    $ ACTION OPTION...      gpuclaimctl nova ACTION --root TREE OPTION...
    $ cat FILE
    $ attributes FILE       its mode and group
    $ edit                  somebody adds a line to the drop-in
    $ same                  is each file but ours as it was when the section began?

mishaps.py is about failures: full disks, kills, two at once.
"""

import os

from tests.lib import golden, programs, suite, trees
from tests.nova import machines, mishaps

DROPIN = "etc/nova/nova.conf.d/60-gpuclaim.conf"


def attributes(path):
    status = os.stat(path)
    return [f"{status.st_mode & 0o7777:o} {status.st_uid}:{status.st_gid}"]


class Session:
    """gpuclaimctl nova, as golden.py asks it."""

    def __init__(self, program):
        self.program = program
        self.begin = None

    def build(self, name, head, folder):
        machines.build(name, head, folder)
        self.begin = trees.snapshot(folder)

    def nova(self, folder, words):
        before = golden.facts(folder)
        lines = golden.told(programs.run(self.program, "nova", words[0], "--root", folder, *words[1:]))
        if (words[0] == "show" or "--dry-run" in words) and golden.facts(folder) != before:
            lines.append("THE TREE WAS CHANGED")
        return golden.without_hashes(lines)

    def command(self, folder, command):
        words = command.split()
        if words[0] == "cat":
            return golden.without_hashes(golden.show_file(folder, words[1].lstrip("/")))
        if words[0] == "attributes":
            return attributes(os.path.join(folder, words[1]))
        if words[0] == "edit":
            with open(os.path.join(folder, DROPIN), "a", encoding="ascii") as f:
                f.write('device_spec = {"address":"0000:09:00.0"}\n')
            return []
        if words[0] == "same":
            return trees.differences(self.begin, trees.snapshot(folder)) or ["the same"]
        return self.nova(folder, words)


def main():
    results = [(*golden.check_all(Session(programs.companion()), __file__), 0)]
    if golden.arguments() == ([], False):
        results.append(mishaps.run(programs.companion(sanitized=False)))
    suite.end(*suite.add(results))


if __name__ == "__main__":
    main()
