# SPDX-License-Identifier: GPL-2.0-or-later
"""What changes files, where one allocation fails: the n-th, for each n (GPUCLAIM_FULL=1) or some.

Exit code 0 means that all is as it is with memory. Whatever the exit code, a record of changes is
whole, nothing is changed without one, and the undo gives back each file byte for byte.
"""

import os
import re
import shutil
import sys
import tempfile

from tests.lib import programs, suite, trees
from tests.nova import machines
from tests.setup import node

SOME = 14
CHANGED = ("etc", "var", "run", "boot")      # all that a run without programs may change
RECORDS = "var/lib/gpuclaim"
HEAD, END = b"gpuclaim-undo ", b"\nend 0\n\n"
RECIPE = "f etc/modprobe.d/vfio.conf options vfio-pci ids=10de:2204\\nsoftdep nouveau pre: vfio-pci\\n"
NODE = ["bind 10de:1c81 10de:0fb9", "conf claim 10de:1c81",
        "+ d usr/lib/python3/dist-packages/nova-31.0.0.dist-info"]


def build_nova(folder):
    machines.build("twins", NODE, folder)


def build_kargs(folder):
    trees.build("debian12", folder)


def build_adopt(folder):
    node.build("debian12", folder, [RECIPE])


# name: (what makes the tree, the change, what takes it back)
SCENARIOS = {
    "kargs apply": (build_kargs, ["kargs", "apply", "--no-exec"], ["kargs", "revert", "--no-exec"]),
    "nova apply": (build_nova, ["nova", "apply", "--placement"], ["nova", "revert"]),
    "setup --adopt": (build_adopt, ["setup", "--all-gpus", "--adopt", "--no-exec", "--no-initramfs",
                                    "--no-kernel-args"], ["undo", "--no-exec"]),
}


class Sweep:
    def __init__(self, program, folder, name):
        self.build, self.change, self.undo = SCENARIOS[name]
        self.program, self.name = program, name
        self.preload = programs.preload("ctl/nomem.c", folder)
        self.count = os.path.join(folder, "count")
        self.pattern, self.at = os.path.join(folder, "pattern"), os.path.join(folder, "tree")
        self.complaints, self.stays = [], []
        os.mkdir(self.pattern)
        self.build(self.pattern)
        shutil.copytree(self.pattern, self.at, symlinks=True)
        self.begin = trees.snapshot(self.pattern)

    def fresh(self):
        for top in CHANGED:
            shutil.rmtree(os.path.join(self.at, top), ignore_errors=True)
            if os.path.isdir(os.path.join(self.pattern, top)):
                shutil.copytree(os.path.join(self.pattern, top), os.path.join(self.at, top),
                                symlinks=True)

    def run(self, words, at=None):
        environment = dict(os.environ)
        if at is not None:
            environment |= {"LD_PRELOAD": self.preload, "NOMEM_AT": str(at),
                            "NOMEM_COUNT": self.count, "MALLOC_PERTURB_": "165"}
        return programs.run(self.program, *words, "--root", self.at, text=False, env=environment)

    def complain(self, n, what, result):
        self.complaints.append(f"{self.name}, allocation {n}: {what}: exit {result.returncode}: "
                               f"{result.stderr.decode()[-300:]}")

    def now(self):
        return {path: value for path, value in trees.snapshot(self.at).items()
                if ".gpuclaimctl-" not in path}

    @staticmethod
    def without_names(snapshot):
        """The devices' names in comments are libpci's, which leaves them out without memory."""
        plain = dict(snapshot)
        if node.CONFIG in plain:
            plain[node.CONFIG] = tuple(
                re.sub(rb"(?m)^# NVIDIA .*\n", b"", v) if isinstance(v, bytes) else v
                for v in plain[node.CONFIG])
        return plain

    def check_records(self, n, result):
        folder = os.path.join(self.at, RECORDS)
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if not name.endswith(".undo"):
                continue
            with open(os.path.join(folder, name), "rb") as file:
                text = file.read()
            if not text.startswith(HEAD) or not text.endswith(END):
                self.complain(n, f"{name} is not whole", result)

    def check(self, n, after):
        self.fresh()
        result = self.run(self.change, n)
        if result.returncode == 0:
            for difference in trees.differences(self.without_names(after), self.without_names(self.now())):
                self.complain(n, difference, result)
        self.check_records(n, result)
        changed = trees.differences(self.begin, self.now())
        records = os.path.join(self.at, RECORDS)
        if changed and not (os.path.isdir(records) and os.listdir(records)):
            self.complain(n, f"no record of {changed}", result)
        undone = self.run(self.undo)
        if undone.returncode != 0:
            self.complain(n, "the undo fails", undone)
        for difference in trees.differences(self.begin, self.now()):
            if difference not in self.stays:
                self.complain(n, f"undone: {difference}", undone)

    def sweep(self):
        result = self.run(self.change, 0)
        if result.returncode != 0:
            self.complain(0, "it fails with memory", result)
            return 0
        with open(self.count, encoding="ascii") as file:
            n = int(file.read())
        after = self.now()
        if after == self.begin:
            self.complain(0, "it changes nothing", result)
        self.run(self.undo)
        self.stays = trees.differences(self.begin, self.now())
        step = 1 if suite.full() else max(1, n // SOME)
        for at in range(1, n + 1, step):
            self.check(at, after)
        return len(range(1, n + 1, step))


def check(name):
    """Returns (passed, failed)."""
    with tempfile.TemporaryDirectory() as folder:
        sweep = Sweep(programs.companion(sanitized=False), folder, name)
        print(f"# {name}: {sweep.sweep()} allocations failed")
        return suite.tell(name, sweep.complaints)


def main():
    suite.end(*suite.add(check(name) for name in sys.argv[1:] or SCENARIOS))


if __name__ == "__main__":
    main()
