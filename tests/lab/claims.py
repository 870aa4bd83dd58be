# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases of the early-boot helper, many in one boot.

    claims.play([
        Case("by ID", {GPU: "claimed"}, conf="claim 10de:1c81"),
        Case("off", {GPU: "switched-off"}, conf="claim 10de:1c81", cmdline="gpuclaim=0"),
    ], cards=["gtx1050"])

A case says the verdict of every function that gpuclaim is to have one for, by address;
"0000:01:00" stands for all functions of that slot. Whatever it is, judge() holds the run
against the contract: the dry run said the same and changed nothing, the record says the
same, the claimed functions have the driver and the override, all other functions are as
they were, and no card was touched.
"""

import functools
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import lab
from tests.lab.lab import check, equal
from tests.lib import suite

HERE = Path(__file__).resolve().parent
HELPER = HERE.parent.parent / "build/gpuclaim"
COMPANION = HERE.parent.parent / "build/gpuclaimctl"

CARD, CARD2 = "0000:01:00", "0000:02:00"
GPU, AUDIO = f"{CARD}.0", f"{CARD}.1"
GPU2, AUDIO2 = f"{CARD2}.0", f"{CARD2}.1"
CONSOLE = "0000:00:10.0"            # the host's own display, where a machine has one
CONSOLE_DEVICE = ["-device", "VGA,addr=0x10"]

CLAIMED = ("claimed", "already-claimed")
CLAIM = "claim 10de:1c81\n"
KERNELS = ("trixie", "bookworm")


@dataclass
class Case:
    name: str
    want: dict                      # address: verdict
    conf: str = ""                  # gpuclaim.conf
    cmdline: str = ""               # added to the kernel's
    before: str = ""                # commands before the run
    run: str = "decide"
    after: str = ""                 # commands after it
    real: dict = field(default_factory=dict)    # where the run ends otherwise than foreseen
    log: tuple = ()                 # patterns that the kernel log is to have
    why: dict = field(default_factory=dict)     # address: a pattern
    touched: bool = False           # may the run itself touch cards?
    judged: bool = True             # False: only `then` tells what is expected
    then: object = None             # called with the Seen, for checks of its own

    def script(self):
        begin = f"fresh {shlex.quote(self.name)}"
        conf = f"cat >/etc/gpuclaim/gpuclaim.conf <<'END'\n{self.conf}\nEND" if self.conf else ""
        cmdline = f"cmdline '{self.cmdline}'" if self.cmdline else ""
        return "\n".join([begin, conf, cmdline, self.before, self.run,
                          self.after, ""])


class Seen:
    """What the lines of a case say."""

    def __init__(self, machine, name):
        self.machine, self.name = machine, name
        self.lines = machine.case(name)
        check(self.lines, "the guest never came to it")
        self.steps = self._steps()
        self.dry = self._verdicts("dry")
        self.records = {a: words[0] for a, words in self._words("record").items()}
        self.recorded_driver = {a: words[1] for a, words in self._words("record").items()}
        self.recorded_why = {a: " ".join(words[2:]) for a, words in self._words("record").items()}
        self.log = [line[8:] for line in self.lines if line.startswith("LAB log ")]
        self.errors = [line[8:] for line in self.lines if line.startswith("LAB err ")]

    def _steps(self):
        found, step = {}, None
        for line in self.lines:
            words = line.split(" ")
            if words[:2] == ["LAB", "step"]:
                step = found.setdefault(words[2], {})
                step.clear()
            elif words[:2] == ["LAB", "dev"] and step is not None:
                values = dict(w.split("=", 1) for w in words[3:])
                step[words[2]] = lab.Device(values["id"], values["class"], values["driver"],
                                            values["override"], values["group"])
        return found

    def _words(self, kind):
        rest = (line.removeprefix(f"LAB {kind} ").split(" ") for line in self.lines
                if line.startswith(f"LAB {kind} "))
        return {words[0]: words[1:] for words in rest}

    def _verdicts(self, kind):
        return {a: words[0] for a, words in self._words(kind).items()}

    def said(self, kind):
        """The lines that the command of `told KIND` printed."""
        return [line.removeprefix(f"LAB {kind} ") for line in self.lines
                if line.startswith(f"LAB {kind} ")]

    def statuses(self, kind):
        return [int(line.split(" ")[3]) for line in self.lines
                if line.startswith(f"LAB status {kind} ")]

    def touches(self, card, since, until, function=None):
        return card.bar_accesses(function=function, since=f"{self.name}/{since}",
                                 until=f"{self.name}/{until}")


class Asks(dict):
    """Marks the moments of a case in the logs of the cards; other questions are as given."""

    case = ""

    def __missing__(self, question):
        word, name = question.split(" ")
        equal(word, "mark", "question")

        def mark(machine):
            cases = [line[9:] for line in machine.lines if line.startswith("LAB case ")]
            for card in machine.cards:
                if card.process:
                    card.command(f"mark {cases[-1]}/{name}")

        return mark


def whole(machine, verdicts):
    """The same with "0000:01:00" written out, function by function."""
    found = {}
    for address, verdict in verdicts.items():
        if "." in address:
            found[address] = verdict
            continue
        places = {place(machine, card): card for card in machine.cards}
        for function in places[address].functions:
            found[f"{address}.{function}"] = verdict
    return found


def place(machine, card):
    """The address of a card without its function, with one bridge or one switch at most."""
    ports = [c for c in machine.cards if c.place == "port"]
    switched = [c for c in machine.cards if c.place == "switch"]
    if card in ports:
        return f"0000:{ports.index(card) + 1:02x}:00"
    if card in switched:
        return f"0000:{len(ports) + 3 + switched.index(card):02x}:00"
    return f"0000:{len(ports) + 2:02x}:{card.slot:02x}"


def judge_facts(before, after, verdicts):
    """Claimed functions have driver and override; nothing else has changed."""
    equal(sorted(after), sorted(before), "the functions after the run")
    for address, now in after.items():
        verdict = verdicts.get(address)
        if verdict == "claimed":
            equal((now.driver, now.override), ("vfio-pci", "vfio-pci"),
                  f"{address}: driver and override")
        elif verdict == "driver-missing":
            equal((now.driver, now.override), ("-", "vfio-pci"), f"{address}: driver, override")
        else:
            equal(now, before[address], address)


def judge(case, seen):
    want = whole(seen.machine, case.want)
    real = want | whole(seen.machine, case.real)
    equal(seen.dry, want, "what the dry run says")
    equal(seen.statuses("dry") + seen.statuses("boot"), [0, 0], "exit codes")
    equal(seen.steps["dry"], seen.steps["before"], "the machine after the dry run")
    equal({a: v for a, v in seen.records.items() if a != "boot"}, real, "the record")
    for address, driver in seen.recorded_driver.items():
        if address != "boot":
            equal(driver, seen.steps["after"][address].driver, f"{address}: recorded driver")
    judge_facts(seen.steps["before"], seen.steps["after"], real)
    judge_texts(case, seen)
    if not case.touched:
        for card in seen.machine.cards:
            equal(seen.touches(card, "before", "after"), [], f"{card.name}: BAR accesses")
    judge_natives(seen, real)


def judge_texts(case, seen):
    for pattern in case.log:
        check(any(re.search(pattern, line) for line in seen.log),
              f"no {pattern!r} in the log: {seen.log}")
    for address, pattern in case.why.items():
        why = seen.recorded_why[address]
        check(re.search(pattern, why), f"{address}: no {pattern!r} in {why!r}")


def judge_natives(seen, verdicts):
    """If the case loaded the native drivers: they got what was not claimed, and only that."""
    if "natives" not in seen.steps:
        return
    for card in seen.machine.cards:
        gpu = f"{place(seen.machine, card)}.0"
        touches = seen.touches(card, "after", "natives")
        if verdicts.get(gpu) in CLAIMED + ("driver-missing",):
            equal(touches, [], f"{card.name}: BAR accesses of native drivers")
        else:
            check(len(touches) > 100, f"{card.name}: nouveau did not probe it")
    for address, verdict in verdicts.items():
        if verdict in CLAIMED:
            equal(seen.steps["natives"][address].driver, "vfio-pci", f"{address}: driver")


def play(cases, asks=None, companion=True, **fields):
    """Boots a machine for these cases, in this order, and judges each."""
    programs = {"usr/lib/udev/gpuclaim": HELPER} | fields.pop("programs", {})
    if companion and COMPANION.exists():
        programs["usr/sbin/gpuclaimctl"] = COMPANION
    files = {"lab/claim.sh": (HERE / "guest/claim.sh").read_text()} | fields.pop("files", {})
    script = (". /lab/claim.sh\nPATH=$PATH:/usr/lib/udev\n"
              + "".join(case.script() for case in cases))
    failure = None
    with lab.Machine(script=script, files=files, programs=programs, asks=Asks(asks or {}),
                     **fields) as machine:
        try:
            machine.finish()
        except lab.Failure as e:
            failure = e         # the cases before it may be well
    for case in cases:
        with lab.case(case.name):
            seen = Seen(machine, case.name)
            if case.judged:
                judge(case, seen)
            if case.then:
                case.then(seen)
    if failure:
        raise failure


def kernels(*suites):
    """Registers a test, a function of the suite, for these kernels; in a full run for all."""
    def register(function):
        for debian in KERNELS if suite.full() else suites:
            test = functools.partial(function, debian)
            test.__name__ = f"{function.__name__} ({debian})"
            lab.test(test)
        return function
    return register
