# SPDX-License-Identifier: GPL-2.0-or-later
"""A random machine of the soak: its cards, what stands beside them, its IOMMU, what it is told."""

import random
import re
from dataclasses import dataclass, field

from tests.lab import claims
from tests.lab.claims import CONSOLE_DEVICE
from tests.lab.emulated import Card
from tests.lab.machine import FIRST_SLOT

MODELS = ("amd", "gtx1050", "gtx1050", "gtx1050-small", "h100", "rtx4", "soc")
OPTIONS = ("", "", "+acs", "+flr", "+acs+flr")
BESIDE = {"bridge": ("e1000,addr=0x5,romfile=", "qemu-xhci,addr=0x6"),
          "switch": ("e1000e,romfile=", "qemu-xhci")}
COMPANIONS = ("10de:0fb9", "10de:10f9", "1002:ab30")
NO_GPUS = ("8086:100e", "8086:10d3", "1b36:000d")
NOT_THERE = ("10de:9999", "1002:0001")
# IOMMUs, with what turns them off; the driver of virtio's is a module that nothing loads.
IOMMUS = ("intel",) * 5 + ("amd",) * 3 + ("virtio", "none")
OFF = {"intel": "intel_iommu=off", "amd": "amd_iommu=off"}
SETTINGS = {"companions": ("none",), "rebind": ("yes", "no"), "boot-vga": ("allow",),
            "arm": ("karg",), "expect": ("0", "1", "2")}
HELD, BY_HAND, WITH_VFS = "held", "by hand", "with VFs"


@dataclass
class Line:
    """A claim or a skip: IDs ("10de:*") or none, a place (the address of a function 0) or none."""
    word: str
    ids: str = ""
    place: str = ""
    klass: str = ""
    path: str = ""                  # in place of the address
    karg: bool = False              # on the kernel command line

    def text(self):
        where = f"path={self.path}" if self.path else self.place and f"address={self.place}"
        return " ".join(filter(None, [self.word, self.ids, where,
                                      self.klass and f"class={self.klass}"]))

    def argument(self):
        """(the parameter of the kernel command line, its value)"""
        if self.word == "skip":
            return "gpuclaim.skip", self.place
        if not self.place:
            return "gpuclaim.ids", self.ids
        return "gpuclaim.addresses", self.place + (self.ids and f"={self.ids}")

    def matches_ids(self, ids):
        return self.ids in ("", ids, f"{ids[:5]}*")


@dataclass
class Soaked:
    """What is random of a machine."""
    cards: list
    beside: dict = field(default_factory=dict)      # place: -device arguments
    states: dict = field(default_factory=dict)      # address of a GPU: what happens before the run
    lines: list = field(default_factory=list)
    settings: dict = field(default_factory=dict)
    iommu: str = "intel"
    intremap: bool = True
    off: bool = False               # the IOMMU, by the kernel command line
    suite: str = "trixie"
    console: bool = True
    broken: bool = False            # a drop-in that is
    switch: str = ""                # gpuclaim=1, gpuclaim=0 or nothing
    others: str = ""                # vfio-pci.ids= of somebody else

    def place(self, card):
        """The address of its GPU."""
        return f"{claims.place(self, card)}.0"

    def conf(self):
        return "\n".join([line.text() for line in self.lines if not line.karg]
                         + [f"set {name}={value}" for name, value in self.settings.items()])

    def append(self):
        found = {}
        for name, value in (line.argument() for line in self.lines if line.karg):
            found[name] = f"{found[name]},{value}" if name in found else f"{name}={value}"
        return " ".join(filter(None, [OFF[self.iommu] if self.off else "", self.switch, self.others,
                                      *found.values()]))

    def fields(self):
        """Of lab.Machine."""
        return {"cards": self.cards, "iommu": self.iommu, "intremap": self.intremap,
                "suite": self.suite, "append": self.append(),
                "extra": CONSOLE_DEVICE if self.console else [],
                "bridge_devices": self.beside.get("bridge", []),
                "switch_devices": self.beside.get("switch", [])}

    def told(self):
        """In one line, for who reads of it."""
        cards = [f"{c.model} ({c.place if c.present else 'absent'})" for c in self.cards]
        devices = [device.split(",")[0] for place in self.beside.values() for device in place]
        return "; ".join(filter(None, [
            ", ".join(cards + devices) or "no card", f"{self.iommu}, {self.suite}",
            "" if self.intremap else "no remapping", "console" if self.console else "",
            "broken drop-in" if self.broken else "", self.append(),
            ", ".join(f"{a} {state}" for a, state in self.states.items()),
            self.conf().replace("\n", ", ")]))


def machine(seed):
    rng = random.Random(seed)
    soaked = with_cards(rng)
    soaked.iommu = rng.choice(IOMMUS)
    soaked.intremap = rng.random() < 0.7
    soaked.off = soaked.iommu in OFF and rng.random() < 0.1
    soaked.suite = rng.choice(claims.KERNELS)
    soaked.console = rng.random() < 0.7
    soaked.broken = rng.random() < 0.1
    soaked.switch = rng.choice(("",) * 5 + ("gpuclaim=1",) * 3 + ("gpuclaim=0",))
    soaked.others = rng.choice(("", "", "vfio-pci.ids=10de:1c81,10de:0fb9,8086:100e,1b36:000d"))
    soaked.lines = lines(rng, soaked)
    chosen = rng.sample(sorted(SETTINGS), rng.choice((0, 0, 1, 2)))
    soaked.settings = {name: rng.choice(SETTINGS[name]) for name in chosen}
    soaked.states = states(rng, soaked)
    return soaked


def with_cards(rng):
    beside = rng.choice((None, "bridge", "bridge", "switch"))
    cards = [Card(rng.choice(MODELS) + rng.choice(OPTIONS),
                  place=rng.choice(("port", beside or "port"))) for _ in range(rng.randint(0, 4))]
    behind = [card for card in cards if card.place == "bridge"]
    for slot, card in enumerate(behind, 1):
        card.slot = slot
    ports = [card for card in cards if card.place == "port"]
    if ports and rng.random() < 0.2:
        rng.choice(ports).present = False
    devices = rng.sample(BESIDE[beside], rng.choice((0, 1, 1, 2))) if beside else []
    return Soaked(cards, {beside: devices} if devices else {})


def ids(card):
    return re.search(r"^id (\S+)", card.text, re.M)[1]


def lines(rng, soaked):
    """A few for each card, a few for what is no GPU or is not there, a skip perhaps."""
    found = []
    for card in soaked.cards:
        if rng.random() < 0.9:
            found.append(claim(rng, soaked, card))
        if rng.random() < 0.12:
            found.append(skip(rng, soaked, card))
    for others in (COMPANIONS, NO_GPUS, NOT_THERE, ("1234:1111",)):
        if rng.random() < 0.15:
            found.append(Line("claim", rng.choice(others)))
    if rng.random() < 0.1:
        found.append(Line("claim", "10de:1c81", "0000:7f:00.0"))
    return found


def claim(rng, soaked, card):
    way = rng.choice(("ids",) * 4 + ("address",) * 3 + ("path", "class", "karg", "karg", "wrong"))
    own, place = ids(card), soaked.place(card)
    if way == "karg":
        return Line("claim", own, rng.choice(("", place)), karg=True)
    if way == "class":
        return Line("claim", f"{own[:5]}*", klass=rng.choice(("0300", "0302", "03")))
    if way == "wrong":
        return Line("claim", f"{own[:5]}1c82", place)
    if way == "path" and card.place == "port":
        return Line("claim", own, place, path=path(soaked, card))
    return Line("claim", own, "" if way == "ids" else place)


def path(soaked, card):
    ports = [c for c in soaked.cards if c.place == "port"]
    return f"0000:00/{FIRST_SLOT:02x}.{ports.index(card)}/00.0"


def skip(rng, soaked, card):
    if rng.random() < 0.3:
        return Line("skip", ids(card))
    return Line("skip", place=soaked.place(card), karg=rng.random() < 0.3)


def states(rng, soaked):
    """What has a card before the run: another driver, vfio-pci, or a driver that made VFs."""
    found = {}
    for card in soaked.cards:
        if card.present and rng.random() < 0.2:
            with_vfs = card.model.startswith("h100") and card.place == "port"
            found[soaked.place(card)] = WITH_VFS if with_vfs else rng.choice((HELD, BY_HAND))
    return found
