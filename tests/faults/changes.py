# SPDX-License-Identifier: GPL-2.0-or-later
"""What changes files, while one thing fails: whole files, a record of them, and the way back."""

import os
import re

from tests.faults.machines import Reads
from tests.lib import suite, trees
from tests.nova import machines
from tests.setup import node

RECORDS = "var/lib/gpuclaim"
DROPIN = "etc/nova/nova.conf.d/60-gpuclaim.conf"
HEAD, END = b"gpuclaim-undo ", b"\nend 0\n\n"
# The lock, and what a crashed run left beside a file: nobody's.
NOBODYS = re.compile(r"(^|/)\.gpuclaimctl-|^run(/gpuclaim(/gpuclaimctl\.lock)?)?$")
COMPUTE = ["bind 10de:1c81 10de:0fb9", "conf claim 10de:1c81",
           "+ d usr/lib/python3/dist-packages/nova-31.0.0.dist-info", "+ f etc/nova/nova.conf [DEFAULT]\\n"]
RECIPE = "f etc/modprobe.d/vfio.conf options vfio-pci ids=10de:2204\\nsoftdep nouveau pre: vfio-pci\\n"


def files(state):
    """What somebody looks at: no empty folders, which are nobody's change."""
    return {path: value for path, value in state.items()
            if not NOBODYS.search(path) and value[2] is not None}


def machines_files(state):
    return {path: value for path, value in files(state).items() if not path.startswith(RECORDS)}


def without_names(state):
    """The devices' names in comments are libpci's, which leaves them out without memory; the moment
    in Nova's drop-in is left out where it can't be read. A record counts the bytes, too."""
    def plain(value):
        if not isinstance(value, bytes):
            return value
        text = re.sub(rb"(?m)^# (NVIDIA |report_in_placement was set in boot ).*\n", b"", value)
        return re.sub(rb"(?m)^(after) \d+$", rb"\1", text) if text.startswith(HEAD) else text
    return {path: (mode, owner, plain(value)) for path, (mode, owner, value) in state.items()}


class Changes:
    """Exit code by what happened; each file whole; done again, done; undone, as it was."""

    def __init__(self, sweep):
        self.sweep = sweep
        self.begin, self.after = files(sweep.begin), files(sweep.after)
        result = [sweep.run(words) for words in sweep.scenario.undo]
        assert all(r.code == 0 for r in result), result
        self.undone = machines_files(sweep.tree.look())

    def check_whole(self, now, less):
        for path, value in now.items():
            if less and path == DROPIN:
                continue
            if path.startswith(RECORDS):
                if not value[2].startswith(HEAD) or not value[2].endswith(END):
                    yield f"{path} is not whole"
            elif without_names({path: value})[path] not in (
                    without_names({path: x[path]})[path] for x in (self.begin, self.after)
                    if path in x):
                yield f"{path} is neither as before nor as after"

    def check_code(self, result, now):
        if result.code not in (0, 1, 2, 4):
            yield "exit code"
        if result.code in (2, 4) and now != self.begin:
            yield f"exit code {result.code} and {trees.differences(self.begin, now)}"
        if result.code == 0:
            for difference in trees.differences(without_names(self.after), without_names(now)):
                yield f"exit code 0 and {difference}"

    def check_again(self):
        again = self.sweep.run(self.sweep.scenario.words)
        if again.code != 0:
            yield f"the next run ends with {again.code}: {again.err}"
        now = machines_files(self.sweep.tree.look())
        wanted = machines_files(self.sweep.after)
        for difference in trees.differences(without_names(wanted), without_names(now)):
            yield f"done again: {difference}"

    def check_undone(self):
        for words in self.sweep.scenario.undo:
            result = self.sweep.run(words)
            if result.code != 0:
                yield f"{' '.join(words)} ends with {result.code}: {result.err}"
        now = machines_files(self.sweep.tree.look())
        # What stays after an undo stays only where it was put.
        if now != machines_files(self.begin):
            for difference in trees.differences(self.undone, now):
                yield f"undone: {difference}"

    def names_fewer(self, now):
        """A refresh names only those GPUs that are seen to be ready, and changes nothing else."""
        if "refresh" not in self.sweep.scenario.words or DROPIN not in now:
            return False
        lines, wanted = (set(files[DROPIN][2].splitlines()[1:]) for files in (now, self.after))
        return lines < wanted and all(line.startswith(b"device_spec") for line in wanted - lines)

    def check(self, kind, result):
        state = self.sweep.tree.look()
        now = files(state)
        # What can't be read of a GPU keeps it from Nova, and that is said.
        less = self.names_fewer(now) or kind == "error" and "is left out" in result.err
        yield from self.check_whole(now, less)
        if kind != "kill" and not less:
            yield from self.check_code(result, now)
        yield from self.sweep.later(state, self.check_later)

    def check_later(self, state):
        if not self.sweep.scenario.undo:
            yield from self.check_again()
            return
        yield from self.check_undone()
        self.sweep.tree.restore(state)
        yield from self.check_again()
        yield from self.check_undone()


class Scenario:
    """A tree, what changes it, and what takes it back (nothing: what is judged takes back)."""

    def __init__(self, name, build, words, **more):
        self.name, self.build = name, build
        self.words = ["gpuclaimctl", *words]
        self.undo = [["gpuclaimctl", *more["undo"]]] if "undo" in more else []
        self.before = [["gpuclaimctl", *words] for words in more.get("before", ())]
        self.judge, self.code = more.get("judge", Changes), more.get("code", 0)
        self.codes = more.get("codes", (0, 1, 2, 3, 4))
        self.kinds = more.get("kinds", ("error", "alloc", "kill"))
        # Of each kind in a run that is not full.
        self.some = more.get("some", 2)


def loader(name):
    return lambda folder: trees.build(name, folder)


def compute(folder):
    os.makedirs(folder)
    machines.build("twins", COMPUTE, folder)


def node_of(*words):
    return lambda folder: node.build(*words[:1], folder, list(words[1:]))


APPLY, REVERT = ["kargs", "apply", "--no-exec"], ["kargs", "revert", "--no-exec"]
SETUP, UNDO = ["setup", "--all-gpus", "--no-exec"], ["undo", "--no-exec"]
LOADERS = ("debian12", "rhel9", "systemd-boot",
           *(("rhel8", "rhel10", "fedora", "suse", "ubuntu-curtin") if suite.full() else ()))
SCENARIOS = [
    *(Scenario(f"kargs apply, {name}", loader(name), APPLY, undo=REVERT) for name in LOADERS),
    *(Scenario(f"kargs revert, {name}", loader(name), REVERT, before=[APPLY]) for name in LOADERS),
    Scenario("setup, adopt", node_of("debian12", RECIPE),
             [*SETUP, "--adopt", "--no-initramfs"], undo=UNDO),
    Scenario("setup, rhel9", node_of("rhel9"), [*SETUP, "--no-initramfs"], undo=UNDO),
    Scenario("undo", node_of("debian12", RECIPE), UNDO,
             before=[[*SETUP, "--adopt", "--no-initramfs"]]),
    Scenario("nova apply", compute, ["nova", "apply", "--placement"], undo=["nova", "revert"]),
    Scenario("nova refresh", compute, ["nova", "refresh"], before=[["nova", "apply"]]),
    Scenario("nova revert", compute, ["nova", "revert"], before=[["nova", "apply"]]),
    Scenario("nova verify", compute, ["nova", "verify", "--json"], judge=Reads,
             before=[["nova", "apply"]], kinds=("error", "alloc")),
]
