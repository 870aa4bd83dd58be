# SPDX-License-Identifier: GPL-2.0-or-later
"""The n-th system call fails, the n-th allocation fails, or the program is killed before its n-th
write: for each n (GPUCLAIM_FULL=1, `make faults`), or for some, which a seed chooses.

    python3 -m tests.faults.sweep [PART-OF-NAME[:KIND[:N]]]...      KIND: error, alloc or kill
                                                    GPUCLAIM_SEED=n chooses others

machines.py and changes.py have the scenarios, and judge what is left of a machine and its files;
nth.c runs the program, plays the kernel, and does the harm.
"""

import errno
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import namedtuple

from tests.faults import changes, machines
from tests.lib import programs, suite
from tests.lib.trees import copy

ERRORS = (errno.EIO, errno.ENOSPC, errno.EINTR, errno.ENOMEM, errno.EROFS, errno.EACCES)
KINDS = ("error", "alloc", "kill")
TIMEOUT_S = 30
TIME = re.compile(rb"TIME_MS=\d+")
Result = namedtuple("Result", "code out err count")


class Tree:
    """A tree that is put back into order, and looked at, for the price of what changed in it."""

    def __init__(self, pattern, at):
        copy(pattern, at)
        self.at, self.cache = at, {}
        self.begin = self.look()

    def content(self, path, entry, stat):
        key = stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size
        if self.cache.get(path, (None,))[0] != key:
            if entry.is_symlink():
                value = os.readlink(entry.path)
            elif entry.is_dir():
                value = None
            else:
                with open(entry.path, "rb") as file:
                    value = file.read()
            self.cache[path] = key, (stat.st_mode, stat.st_uid, value)
        return self.cache[path][1]

    def look(self, folder=""):
        """{path: (mode, owner, text, link target or None: a folder)}"""
        found = {}
        for entry in os.scandir(os.path.join(self.at, folder)):
            path = os.path.join(folder, entry.name)
            found[path] = self.content(path, entry, entry.stat(follow_symlinks=False))
            if found[path][2] is None and path != "bin":
                found |= self.look(path)
        return found

    def restore(self, state):
        """What is of another state goes, and comes back: folders stay where they are."""
        now = self.look()
        for path in sorted(set(now) - set(state), reverse=True):
            full = os.path.join(self.at, path)
            if now[path][2] is None:
                os.rmdir(full)
            else:
                os.unlink(full)
        for path in sorted(state):
            if now.get(path) != state[path]:
                self.put(path, path in now, *state[path])

    def put(self, path, is_there, mode, owner, value):
        full = os.path.join(self.at, path)
        if value is None:
            if not is_there:
                os.mkdir(full)
            os.chmod(full, mode & 0o7777)
            return
        if is_there:
            os.unlink(full)
        if isinstance(value, str):
            os.symlink(value, full)
            return
        with open(full, "wb") as file:
            file.write(value)
        os.chown(full, owner, -1)
        os.chmod(full, mode & 0o7777)


class Lab:
    """The programs, and one fault of theirs at a time."""

    def __init__(self, top):
        self.top = top
        self.helper = programs.helper(sanitized=False)
        self.companion = programs.companion(sanitized=False)
        self.count = os.path.join(top, "count")
        self.allocations = programs.preload("ctl/nomem.c", top)
        self.nth = programs.nth(top)

    def read_count(self):
        with open(self.count, encoding="ascii") as file:
            return int(file.read() or 0)

    def run(self, tree, words, kind="none", at=0, number=0):
        """One run: words[0] is "gpuclaim" or "gpuclaimctl". A fault at 0 is none."""
        program = self.helper if words[0] == "gpuclaim" else self.companion
        environment = dict(os.environ)
        count = self.count
        if kind == "alloc":
            environment |= {"NTH_PRELOAD": self.allocations, "NOMEM_AT": str(at),
                            "NOMEM_COUNT": self.count, "MALLOC_PERTURB_": "165"}
            count = os.devnull
        root = ["--root", tree.at]
        line = [program, *(root if words[0] == "gpuclaim" else []), *words[1:],
                *(root if words[0] != "gpuclaim" else [])]
        with open(self.count, "w", encoding="ascii"):
            pass
        result = subprocess.run(
            [self.nth, kind if kind != "alloc" else "none", str(at), str(number), count, *line],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=TIMEOUT_S,
            env=environment)
        return Result(result.returncode, result.stdout.decode(errors="replace"),
                      result.stderr.decode(errors="replace"), self.read_count())


class Sweep:
    """One scenario: what it is without a fault, and with each."""

    def __init__(self, lab, scenario, top):
        self.lab, self.scenario = lab, scenario
        pattern = os.path.join(top, "pattern")
        scenario.build(pattern)
        self.tree = Tree(pattern, os.path.join(top, "root"))
        for words in scenario.before:
            result = lab.run(self.tree, words)
            assert result.code == 0, (scenario.name, words, result)
        self.begin = self.tree.look()
        self.calm = lab.run(self.tree, scenario.words)
        assert self.calm.code == scenario.code, (scenario.name, self.calm)
        self.after = self.tree.look()
        self.judge = scenario.judge(self)
        self.complaints, self.known = [], {}

    def run(self, words):
        return self.lab.run(self.tree, words)

    def later(self, state, check):
        """What CHECK finds by running the programs on what a fault left: asked once of each such
        state, whenever it was made."""
        changed = frozenset((path, mode, owner, TIME.sub(b"", value) if isinstance(value, bytes) else value)
                            for path, (mode, owner, value) in state.items() ^ self.begin.items())
        if changed not in self.known:
            self.known[changed] = list(check(state))
        return self.known[changed]

    def try_one(self, kind, at):
        number = ERRORS[at % len(ERRORS)] if kind == "error" else 0
        self.tree.restore(self.begin)
        where = f"{kind} {at}" + (f" {errno.errorcode[number]}" if number else "")
        try:
            result = self.lab.run(self.tree, self.scenario.words, kind, at, number)
            found = list(self.judge.check(kind, result))
        except subprocess.TimeoutExpired:
            result, found = None, ["hangs"]
        if kind != "kill" and result and result.code < 0:
            found.append("crashes")
        for what in found:
            said = f" [{result.code}: {(result.out + result.err).strip()[-300:]}]" if result else ""
            self.complaints.append(f"{where}: {what}{said}")

    def numbers(self, kind, only):
        self.tree.restore(self.begin)
        n = self.lab.run(self.tree, self.scenario.words, kind).count
        assert n > 0, (self.scenario.name, kind)
        if only:
            return [int(only)]
        if suite.full():
            return range(1, n + 1)
        seed = f"{os.environ.get('GPUCLAIM_SEED', '14')} {self.scenario.name} {kind}"
        return sorted(random.Random(seed).sample(range(1, n + 1), min(self.scenario.some, n)))

    def sweep(self, kind, only=None):
        numbers = self.numbers(kind, only)
        for at in numbers:
            self.try_one(kind, at)
        return len(numbers)


def wanted():
    """(scenario, kind, the only number or None) of each part of the suite."""
    scenarios = [*machines.SCENARIOS, *changes.SCENARIOS]
    for word in sys.argv[1:] or [""]:
        part, kind, only = (*word.split(":"), "", "")[:3]
        for scenario in scenarios:
            if part in scenario.name:
                yield scenario, [k for k in KINDS if k in scenario.kinds and kind in ("", k)], only


def check(lab, scenario, kinds, only):
    """(passed, failed) of each kind of fault."""
    with tempfile.TemporaryDirectory(dir=lab.top) as top:
        sweep = Sweep(lab, scenario, top)
        for kind in kinds:
            sweep.complaints = []
            n = sweep.sweep(kind, only)
            print(f"# {scenario.name}, {kind}: {n} faults", flush=True)
            yield suite.tell(f"{scenario.name}, {kind}", sweep.complaints)


def main():
    if os.uname().machine != "x86_64":
        suite.skip("nth.c knows the calls of x86-64")
    with tempfile.TemporaryDirectory() as top:
        lab = Lab(top)
        suite.end(*suite.add(counts for part in suite.some(wanted())
                             for counts in check(lab, *part)))


if __name__ == "__main__":
    main()
