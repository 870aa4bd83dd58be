# SPDX-License-Identifier: GPL-2.0-or-later
"""An emulated card: the process behind it, its place in the machine, its access log."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab import guest
from tests.lib.checks import check, equal

HERE = Path(__file__).resolve().parent
OPTIONS = {"flr": "cap pcie flr", "acs": "cap pcie\next acs"}


@dataclass(frozen=True)
class Access:
    """One line of a card's log; function is None for what concerns the whole card."""
    number: int
    function: int | None
    kind: str
    text: str


class Card:
    """A card of cards/MODEL.card; "MODEL+flr" and "MODEL+acs" can do this besides, at each function.

    place: "port" (a root port of its own), "bridge" (behind one conventional PCI bridge,
    shared by everything placed there) or "switch" (a port of one PCIe switch).
    present=False: the port is empty until plugged.
    """

    def __init__(self, model, place="port", present=True):
        self.model, self.place, self.present = model, place, present
        name, *options = model.split("+")
        self.text = (HERE / "cards" / f"{name}.card").read_text()
        for option in options:
            self.text = re.sub("^cap pcie$", OPTIONS[option], self.text, flags=re.M)
        self.functions = [int(n) for n in re.findall(r"^function (\d)", self.text, re.M)]
        self.folder = self.name = self.bus = self.process = None
        self.slot = 0

    def start(self, folder, name):
        self.name, self.folder = name, Path(folder)
        self.folder.mkdir()
        (self.folder / "card").write_text(self.text)
        self._spawn()

    def _spawn(self):
        self.process = subprocess.Popen([guest.card_server(), self.folder / "card", self.folder],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        check(self.process.stdout.readline() == "ready\n", f"{self.model}: did not start")

    def command(self, text):
        """A command to the card's process, see card/main.c; in force on return."""
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        equal(self.process.stdout.readline(), "ok\n", f"answer to {text!r}")

    def die(self):
        """Reads find all ones from now on, as if the card had been pulled.

        (Ending the process looks the same to the guest, but upsets QEMU.)
        """
        for n in self.functions:
            self.command(f"fault {n} dead")

    def live(self):
        """It answers again as if nothing had been."""
        for n in self.functions:
            self.command(f"fault {n} none")

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None

    def devices(self):
        """QEMU's device of each function; function 0 last, for it completes a hotplug."""
        for n in sorted(self.functions, reverse=True):
            yield {"driver": "vfio-user-pci", "id": f"{self.name}-{n}", "bus": self.bus,
                   "addr": f"{self.slot:x}.{n}", "multifunction": len(self.functions) > 1,
                   "socket": {"type": "unix", "path": str(self.folder / f"{n}.sock")}}

    @property
    def log(self):
        """All that has happened to the card so far."""
        found = []
        for line in (self.folder / "log").read_text().splitlines():
            number, function, rest = line.split(" ", 2)
            kind, _, text = rest.partition(" ")
            found.append(Access(int(number), None if function == "-" else int(function),
                                kind, text))
        return found

    def accesses(self, *kinds, function=None, since=None, until=None):
        """The log's entries of these kinds, between two marks of the guest's script.

        A mark is set function by function: it begins with its last line for what comes
        after it and with its first for what comes before.
        """
        log = self.log
        first, last = 0, len(log)
        places = {}
        for i, entry in enumerate(log):
            if entry.kind == "mark":
                places.setdefault(entry.text, []).append(i)
        for mark in (since, until):
            check(mark is None or str(mark) in places, f"{self.name}: no mark {mark} in its log")
        if since is not None:
            first = places[str(since)][-1]
        if until is not None:
            last = places[str(until)][0]
        return [e for e in log[first:last] if e.kind in kinds and function in (None, e.function)]

    def bar_accesses(self, **where):
        """What a driver does to a card, and neither the PCI core nor vfio-pci's claim."""
        return self.accesses("bar-read", "bar-write", **where)
