# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold what gpuclaim says about the machines in fixtures/ against golden/ (see lib/golden.py).

    python3 -m tests.helper.verdicts [--update] [NAME]...

A command is "cat FILE", or gpuclaim's arguments. Whatever has --dry-run among its arguments must
leave every byte as it was.
"""

import re

from tests.lib import golden, programs, suite

# What differs from run to run, or with each change of the configuration's language.
UNSTABLE = [(re.compile(r"(configuration |CONFIG=)[0-9a-f]{16}"), r"\1HASH"),
            (re.compile(r"^(TIME_MS=)\d+$", re.M), r"\1N")]


class Session:
    """gpuclaim, as golden.py asks it."""

    build = staticmethod(golden.build)

    def __init__(self, program):
        self.program = program

    def run(self, folder, words):
        return golden.told(programs.run(self.program, "--root", folder, *words))

    def ask(self, folder, words):
        if words[0] == "cat":
            return golden.show_file(folder, words[1])
        before = golden.facts(folder)
        lines = self.run(folder, words)
        if "--dry-run" in words and golden.facts(folder) != before:
            lines.append("THE TREE WAS CHANGED")
        return lines

    def command(self, folder, command):
        text = "\n".join(self.ask(folder, command.split()))
        for pattern, replacement in UNSTABLE:
            text = pattern.sub(replacement, text)
        return text.splitlines()


if __name__ == "__main__":
    suite.end(*golden.check_all(Session(programs.helper()), __file__))
