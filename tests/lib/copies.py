# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree that is copied as often as need be, gpuclaimctl run on it, and what was wrong with that."""

import os

from tests.lib import programs, suite, trees

KILLED = 137


def kill_points(sweep, step=7):
    """Before which of its effects a program is killed: before each in a full run, else before one of
    some. Sweeps, by their numbers, begin with another one each: what one leaves out another has, or
    another seed."""
    return (range(1, 1000) if suite.full()
            else range(1 + (sweep + suite.seed()) % step, 1000, step))


class Copies:
    """build(folder) makes the pattern; `at` is the copy in use, `begin` what it was at first."""

    def __init__(self, program, folder, build, preload=None):
        self.program, self.preload = program, preload
        self.pattern, self.at = os.path.join(folder, "pattern"), os.path.join(folder, "tree")
        self.complaints = []
        os.mkdir(self.pattern)
        build(self.pattern)
        self.begin = self.snapshot(self.pattern)

    def fresh(self):
        trees.copy(self.pattern, self.at)

    def snapshot(self, folder=None):
        return trees.snapshot(folder or self.at)

    def call(self, *words, kill_at=None, more=None, **options):
        """Runs gpuclaimctl, which is killed before an effect if that is wanted (kargs/kill.c).

        more: of its environment."""
        environment = os.environ | (more or {})
        if kill_at:
            environment |= {"LD_PRELOAD": self.preload, "KILL_AT": str(kill_at)}
        return programs.run(self.program, *words, "--root", self.at, env=environment,
                            **{"timeout": 120} | options)

    def as_machine(self, script, *words):
        """The same on this machine, with mounts that a line of shell makes; $T is the tree."""
        return programs.run("unshare", "-m", "sh", "-c", f'{script} && exec "$P" "$@"', "sh",
                            *words, env={**os.environ, "T": self.at, "P": self.program},
                            timeout=120)

    def mounted(self, script, *words):
        """On the tree, with such mounts."""
        return self.as_machine(script, *words, "--root", self.at)

    def show_others(self):
        """Users who are not root may look into the folder that the tree is in."""
        os.chmod(os.path.dirname(self.at), 0o755)

    def path(self, inner):
        return os.path.join(self.at, inner)

    def read(self, inner):
        """A file's text, a link's target; None: it is not there."""
        if os.path.islink(self.path(inner)):
            return os.readlink(self.path(inner))
        try:
            with open(self.path(inner), encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def write(self, inner, text, mode="w"):
        os.makedirs(os.path.dirname(self.path(inner)), exist_ok=True)
        with open(self.path(inner), mode, encoding="utf-8") as f:
            f.write(text)

    def complain(self, text):
        self.complaints.append(text)

    def expect(self, what, got, wanted):
        if got != wanted:
            self.complain(f"{what}: {got!r}, expected {wanted!r}")

    def expect_code(self, what, result, wanted):
        if result.returncode != wanted:
            self.complain(f"{what}: exit {result.returncode}, expected {wanted}: "
                          f"{result.stdout}{result.stderr}")

    def expect_in(self, what, part, text):
        if part not in (text or ""):
            self.complain(f"{what}: no {part!r} in {text!r}")

    def expect_begin(self, what):
        self.expect(what, trees.differences(self.begin, self.snapshot()), [])
