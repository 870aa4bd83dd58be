# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines whose GPUs are claimed, or must not be, while one thing fails."""

import json
import os
import re

from tests.fixtures import expand
from tests.lib.programs import FIXTURES

DEVICES = "sys/bus/pci/devices"
DRIVERS = "sys/bus/pci/drivers"
RECORDS = "run/gpuclaim"
ADDRESS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")
# What a kernel has for its drivers to be taken from, and to.
STORES = [f"f {DRIVERS}/{name}/unbind" for name in ("snd_hda_intel", "xhci_hcd", "vfio-pci")]
# Two GPUs of six functions: the first one's audio and USB have drivers already.
TWO = ["include rtx2080.tree", "driver vfio-pci",
       "pci 0000:00:01.1 8086:462d class=060400 group=3 driver=pcieport",
       "pci 0000:02:00.0 10de:1e87 class=030000 sub=1043:8662 group=14 parent=0000:00:01.1",
       "pci 0000:02:00.1 10de:10f8 class=040300 sub=1043:8662 group=14 parent=0000:00:01.1",
       *STORES, "f etc/gpuclaim/gpuclaim.conf claim 10de:1e87\\n"]
ONE = ["include gtx1050.tree", "driver vfio-pci", *STORES,
       "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\\n"]
CLAIMS = ("claimed", "already-claimed")
GPU, CONSOLE = "0000:01:00.0", "0000:00:02.0"
BOOT_ID = "5f0bd1b5-6d35-4c2f-9a5a-0c6f0f4f7d11"
# Why a GPU must be left alone: the lines that make it so.
REASONS = {
    "boot VGA": [f"f {DEVICES}/{GPU}/boot_vga 1\\n"],
    "framebuffer": ["f proc/iomem e0000000-e0ffffff : BOOTFB\\n"],
    "virtual functions": [f"f {DEVICES}/{GPU}/sriov_numvfs 2\\n",
                          f"f {DEVICES}/{GPU}/sriov_totalvfs 4\\n"],
    "reserved region": ["f sys/kernel/iommu_groups/13/reserved_regions "
                        "0x00000000f0000000 0x00000000f0ffffff direct\\n"],
    "network adapter": ["pci 0000:01:00.2 8086:1533 class=020000 group=13 parent=0000:00:01.0 "
                        "driver=igb"],
    "open audio": ["pci 0000:01:00.1 10de:0fb9 class=040300 group=13 parent=0000:00:01.0 "
                   "driver=snd_hda_intel", f"d {DEVICES}/0000:01:00.1/sound/card1",
                   "l proc/77/fd/5 /dev/snd/pcmC1D3p", "f proc/77/comm pulse\\n"],
    "native driver": [f"l {DEVICES}/{GPU}/driver ../../../bus/pci/drivers/nouveau",
                      f"d {DRIVERS}/nouveau"],
    "skip": ["f etc/gpuclaim/gpuclaim.conf.d/9.conf skip address=0000:01:00.1\\n"],
    "broken configuration": ["f etc/gpuclaim/gpuclaim.conf.d/9.conf clam 10de:1c81\\n"],
    "other identity": ["f etc/gpuclaim/gpuclaim.conf claim 10de:1c82 address=0000:01:00.0\\n"],
    "released": [f"f {RECORDS}/{GPU}",
                 *(f"\t{line}" for line in (f"BOOT_ID={BOOT_ID}", "STAGE=live", f"ADDRESS={GPU}",
                                            f"GPU={GPU}", "VERDICT=released", "WHY=let go"))],
    "gpuclaim=0": ["f proc/cmdline root=/dev/vda1 gpuclaim=0\\n"],
    "crash kernel": ["f proc/vmcore"],
    "not armed": ["f etc/gpuclaim/gpuclaim.conf.d/9.conf set arm=karg\\n"],
    "no IOMMU group": [f"x {DEVICES}/{GPU}/iommu_group"],
}


class Bound:
    """What a tree's functions are bound to, and are to be bound to."""

    def __init__(self, state):
        self.driver, self.override = {}, {}
        for path, (_, _, value) in state.items():
            folder, name = os.path.split(path)
            address = os.path.basename(folder)
            if name == "driver" and isinstance(value, str) and ADDRESS.match(address):
                self.driver[address] = os.path.basename(value)
            if name == "driver_override" and value.strip() not in (b"", b"(null)"):
                self.override[address] = value.strip().decode()
        self.ours = {a for a, driver in self.driver.items() if driver == "vfio-pci"}


def records(state):
    """{address: {KEY: VALUE}} of the functions' records, and the addresses with a mark."""
    found, marks = {}, set()
    for path, (_, _, value) in state.items():
        folder, name = os.path.split(path)
        if ADDRESS.match(name) and folder == RECORDS:
            found[name] = dict(line.split("=", 1) for line in value.decode().splitlines())
        elif ADDRESS.match(name) and folder == f"{RECORDS}/claimed":
            marks.add(name)
    return found, marks


def gpus(addresses):
    return {address.rsplit(".", 1)[0] for address in addresses}


class Claims:
    """No more is bound than without the fault, nothing by halves, and the record tells the truth."""

    def __init__(self, sweep):
        self.sweep = sweep
        self.begin, self.after = Bound(sweep.begin), Bound(sweep.after)
        self.changed = {a for a in self.begin.ours ^ self.after.ours}

    def check_bound(self, now):
        more = now.ours - self.after.ours - self.begin.ours
        if more:
            yield f"claims {sorted(more)}"
        strange = set(now.override) - set(self.after.override) - set(self.begin.override)
        if strange:
            yield f"sets the override of {sorted(strange)}"
        for gpu in gpus(self.changed):
            functions = {a for a in self.changed if a.startswith(gpu)}
            if functions & now.ours not in (functions, set()):
                yield f"{gpu} is claimed by halves: {sorted(functions & now.ours)}"

    @staticmethod
    def check_records(now, state):
        found, marks = records(state)
        for address, record in found.items():
            if "VERDICT" not in record or "WHY" not in record:
                yield f"the record of {address} is not whole"
            elif (record["VERDICT"] in CLAIMS) != (address in now.ours):
                yield f"the record of {address} says {record['VERDICT']}: {record['WHY']}"
        untrue = marks - now.ours
        if untrue:
            yield f"untrue marks: {sorted(untrue)}"

    def check_order(self, state):
        """A mark is there before the record that tells of its claim: nobody looks for it behind that."""
        (found, marks), (old, _) = records(state), records(self.sweep.begin)
        for address, record in found.items():
            if record != old.get(address) and record.get("VERDICT") in CLAIMS and address not in marks:
                yield f"the record of {address} is before its mark"

    def check_healed(self, _):
        """An event, a run of `boot`, or the verb for what had failed, makes it what it would be."""
        for words in self.sweep.scenario.heal:
            result = self.sweep.run(words)
            if result.code != 0:
                yield f"the next {' '.join(words)} ends with {result.code}: {result.err}"
        state = self.sweep.tree.look()
        if Bound(state).ours != self.after.ours:
            yield f"not healed: {sorted(Bound(state).ours)}"
        found, marks = records(state)
        calm, calm_marks = records(self.sweep.after)
        if marks != calm_marks:
            yield f"not healed: marks {sorted(marks)}"
        # Who was cut off before its record leaves what looks like somebody else's.
        verdicts = [{a: r["VERDICT"].removeprefix("already-") for a, r in x.items()}
                    for x in (found, calm)]
        if verdicts[0] != verdicts[1]:
            yield f"not healed: records {verdicts[0]}"

    def check(self, kind, result):
        state = self.sweep.tree.look()
        now = Bound(state)
        if kind != "kill":
            if result.code not in self.sweep.scenario.codes:
                yield "exit code"
            yield from self.check_bound(now)
            yield from self.check_records(now, state)
        else:
            yield from (x for x in self.check_bound(now) if "halves" not in x)
            yield from self.check_order(state)
        if self.sweep.scenario.heal:
            yield from self.sweep.later(state, self.check_healed)


class Reads:
    """Nothing is changed, and what says that all was done was all said."""

    def __init__(self, sweep):
        self.sweep = sweep

    def check(self, _, result):
        scenario = self.sweep.scenario
        if result.code not in scenario.codes:
            yield "exit code"
        if "--json" in scenario.words and result.code in (0, 3):
            try:
                ready = json.loads(result.out).get("ready")
                if ready is not None and ready != (result.code == 0):
                    yield f"ready is {ready}"
            except ValueError as error:
                yield f"no JSON: {error}"
        if self.sweep.tree.look() != self.sweep.begin:
            yield "the tree is changed"


class Scenario:
    """A machine, a run of it, and how it is judged; heal: what is run after a fault."""

    def __init__(self, name, lines, words, **more):
        self.name, self.lines, self.words = name, lines, words
        self.judge, self.code = more.get("judge", Claims), more.get("code", 0)
        self.before, self.heal = more.get("before", ()), more.get("heal", ())
        self.codes = more.get("codes", (0, 1, 2))
        self.kinds = more.get("kinds", ("error", "alloc", "kill"))
        # Of each kind in a run that is not full.
        self.some = more.get("some", 2)

    def build(self, folder):
        os.makedirs(folder)
        machine = expand.Machine(FIXTURES)
        machine.read(self.lines)
        machine.write(expand.Tree(folder))


BOOT, UDEV = ["gpuclaim", "boot"], ["gpuclaim", "udev", GPU]
EVENTS = [["gpuclaim", "udev", f"0000:{a}"] for a in ("01:00.0", "01:00.1", "01:00.2", "01:00.3",
                                                      "02:00.0", "02:00.1")]
CLAIM = [["gpuclaimctl", "claim", GPU], ["gpuclaimctl", "claim", "0000:02:00.0"]]
# 2: what is wrong may be the configuration, or the words, as far as they see.
CALLS = (0, 1, 2, 4)
SCENARIOS = [
    Scenario("boot", TWO, BOOT, heal=[BOOT, *EVENTS, *CLAIM]),
    Scenario("udev", ONE, UDEV, heal=[*EVENTS[:2], ["gpuclaim", "udev", CONSOLE], CLAIM[0]]),
    Scenario("claim", TWO, CLAIM[0], heal=[CLAIM[0]], codes=CALLS),
    Scenario("release", TWO, ["gpuclaimctl", "release", GPU], before=[BOOT], codes=CALLS,
             heal=[["gpuclaimctl", "release", GPU]]),
    Scenario("status", TWO, ["gpuclaimctl", "status", "--json"], before=[BOOT], judge=Reads, code=3,
             codes=(3, 1, 2), kinds=("error", "alloc")),
    Scenario("scan", TWO, ["gpuclaimctl", "scan", "--json"], judge=Reads, codes=CALLS,
             kinds=("error", "alloc")),
    Scenario("dump", TWO, ["gpuclaimctl", "dump"], judge=Reads, codes=CALLS,
             kinds=("error", "alloc")),
    *(Scenario(f"refuse, {name}, {words[1]}", [*ONE, *lines], words, kinds=("error", "alloc"),
               some=1)
      for name, lines in REASONS.items() for words in (BOOT, UDEV)),
    *(Scenario(f"not ready, {name}", [*ONE, *REASONS[name]], ["gpuclaimctl", "status", "--json"],
               judge=Reads, code=3, codes=(3, 1, 2), kinds=("error",))
      for name in ("virtual functions", "network adapter", "no IOMMU group")),
]
