# SPDX-License-Identifier: GPL-2.0-or-later
"""Test `gpuclaimctl kargs` on whole trees, with stand-ins for the distributions' programs.

    python3 -m tests.kargs.actions [--update] [NAME]...

golden/NAME.out (see ../lib/golden.py) is about trees/NAME.tree. Its commands are

    $ ACTION OPTION...      gpuclaimctl kargs ACTION --root TREE OPTION...
    $ commit OPTION...      gpuclaimctl commit --root TREE OPTION...
    $ cat FILE
    $ same                  is each file but the record as it was when the section began?

tools/ has the stand-ins, each with the traps of the real one; they run in a chroot with busybox, as
root only. mishaps.py is about failures: full disks, kills, two at once.
"""

from tests.kargs import mishaps
from tests.lib import golden, programs, suite, trees


class Session:
    """gpuclaimctl kargs, as golden.py asks it."""

    def __init__(self, program):
        self.program = program
        self.begin = None

    def build(self, name, head, folder):
        trees.build(name, folder, [line[2:] for line in head if line.startswith("+ ")])
        self.begin = trees.snapshot(folder)

    def kargs(self, folder, words):
        before = trees.snapshot(folder)
        verb = ["commit"] if words[0] == "commit" else ["kargs", words[0]]
        lines = golden.told(programs.run(self.program, *verb, "--root", folder, *words[1:]))
        if (words[0] == "show" or "--dry-run" in words) and trees.snapshot(folder) != before:
            lines.append("THE TREE WAS CHANGED")
        return lines

    def command(self, folder, command):
        words = command.split()
        if words[0] == "cat":
            return golden.show_file(folder, words[1])
        if words[0] == "same":
            changed = trees.differences(self.begin, trees.snapshot(folder))
            return changed or ["the same"]
        return self.kargs(folder, words)


def main():
    suite.need_mounts()
    suite.in_memory()
    results = [golden.check_all(Session(programs.companion()), __file__)]
    if golden.arguments() == ([], False):
        results.append(mishaps.run(programs.companion(sanitized=False)))
    suite.end(*suite.add(results))


if __name__ == "__main__":
    main()
