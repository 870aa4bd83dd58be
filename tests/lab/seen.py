# SPDX-License-Identifier: GPL-2.0-or-later
"""What a full guest saw, and what is expected of it."""

import json

from tests.lib.checks import check, equal

PROBED = 100                        # BAR accesses that only a driver makes


class Seen:
    """What `look CASE` of a guest said."""

    def __init__(self, machine, case="look"):
        self.devices = machine.devices(case)
        self.drivers = {a: d.driver for a, d in self.devices.items()}
        self.modules, self.log, self.journal, self.records = set(), [], [], {}
        for line in machine.case(case):
            _, word, rest = (line.split(" ", 2) + ["", ""])[:3]
            if word == "module":
                self.modules.add(rest)
            elif word == "log":
                self.log.append(rest)
            elif word == "syslog":
                self.journal.append(rest)
            elif word == "record":
                name, pair = rest.split(" ", 1)
                key, value = pair.split("=", 1)
                self.records.setdefault(name, {})[key] = value

    def record(self, address):
        """(verdict, stage), of the boot as a whole if the address is "boot"."""
        record = self.records.get(address, {})
        return record.get("VERDICT"), record.get("STAGE")


class Status:
    """What `status CASE` of a guest said."""

    def __init__(self, machine, case):
        self.code, = machine.statuses(case)
        text = "\n".join(machine.outputs(case))
        check(self.code in (0, 3), f"status ended with {self.code}: {text}")
        self.json = json.loads(text)
        self.checks = {c["id"]: c for c in self.json["checks"]}
        self.devices = {d["address"]: d for d in self.json["devices"]}

    def judge_ready(self, *addresses):
        equal((self.code, self.json["ready"]), (0, True), "exit code of status, ready")
        self.judge_devices({a: "claimed" for a in addresses})
        failed = [c for c in self.checks.values() if c["state"] in ("fail", "warn")]
        equal(failed, [], "checks that do not pass")

    def judge_devices(self, verdicts):
        for address, verdict in verdicts.items():
            device = self.devices[address]
            equal((device["verdict"], device["ready"]), (verdict, verdict == "claimed"),
                  f"{address}: verdict, ready")


def judge_claimed(seen, *addresses, stage="initramfs"):
    for address in addresses:
        device = seen.devices[address]
        equal((device.driver, device.override), ("vfio-pci", "vfio-pci"),
              f"{address}: driver, override")
        equal(seen.record(address), ("claimed", stage), f"{address}: recorded verdict, stage")


def judge_untouched(machine, *cards, until=1):
    for i in cards:
        card = machine.cards[i]
        equal(card.bar_accesses(until=until), [], f"{card.name}: BAR accesses")


def judge_probed(machine, *cards, until=1):
    """The native driver had it: the lab can fail."""
    for i in cards:
        card = machine.cards[i]
        count = len(card.bar_accesses(function=0, until=until))
        check(count > PROBED, f"{card.name}: {count} BAR accesses: nouveau did not probe it")
