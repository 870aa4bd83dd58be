#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Test `gpuclaimctl kargs` on whole trees, with stand-ins for the distributions' programs.

    run.py [--update] [NAME]...

golden/NAME.out is written as ../golden/'s files are (see ../golden.py), about
trees/NAME.tree. Its commands are

    $ ACTION OPTION...      gpuclaimctl kargs ACTION --root TREE OPTION...
    $ commit OPTION...      gpuclaimctl commit --root TREE OPTION...
    $ cat FILE
    $ same                  is each file but the record as it was when the section began?

tools/ has the stand-ins, each with the traps of the real one; they run in a chroot with
busybox, as root only. hard.py is about failures: full disks, kills, two at once.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests"))
sys.path.insert(0, HERE)
import golden  # noqa: E402  pylint: disable=wrong-import-position
import hard  # noqa: E402  pylint: disable=wrong-import-position
import tree  # noqa: E402  pylint: disable=wrong-import-position


class Session:
    """golden.py reads the files; the trees and the commands are ours."""

    def __init__(self, program):
        self.program = program
        self.begin = None

    def build(self, name, head, folder):
        tree.build(name, folder, [line[2:] for line in head if line.startswith("+ ")])
        self.begin = tree.snapshot(folder)

    def kargs(self, folder, words):
        before = tree.snapshot(folder)
        verb = ["commit"] if words[0] == "commit" else ["kargs", words[0]]
        result = subprocess.run([self.program, *verb, "--root", folder, *words[1:]],
                                capture_output=True, stdin=subprocess.DEVNULL, text=True,
                                timeout=60, check=False)
        lines = result.stdout.splitlines()
        lines += [f"! {line}" for line in result.stderr.splitlines()]
        lines.append(f"exit {result.returncode}")
        if (words[0] == "show" or "--dry-run" in words) and tree.snapshot(folder) != before:
            lines.append("THE TREE WAS CHANGED")
        return lines

    def command(self, folder, command):
        words = command.split()
        if words[0] == "cat":
            return golden.show_file(folder, words[1])
        if words[0] == "same":
            changed = tree.differences(self.begin, tree.snapshot(folder))
            return changed or ["the same"]
        return self.kargs(folder, words)


def main():
    update = "--update" in sys.argv
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False,
                                           capture_output=True).returncode != 0:
        print("skipped: only root, and with mount namespaces, can run a tree's programs")
        print("0 passed, 0 failed, 1 skipped")
        return
    # In memory: every effect is synced, thousands of times here.
    if os.access("/dev/shm", os.W_OK):
        tempfile.tempdir = "/dev/shm"
    passed = failed = 0
    program = golden.companion()
    good, bad = golden.check_with(Session(program), HERE, names, update)
    passed, failed = passed + good, failed + bad
    if not names and not update:
        good, bad = hard.run(golden.companion(sanitized=False))
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
