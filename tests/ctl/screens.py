# SPDX-License-Identifier: GPL-2.0-or-later
"""Test what a terminal shows, at 80 and at 200 columns, against screens/NAME-COLUMNS.

    python3 -m tests.ctl.screens [--update] [NAME]...

Colours stand there as [green] and so on. No line but one of a diff is wider than the terminal, and
without colours the text is the same. Those of fleet, of many nodes, are in fleet/screen-COLUMNS.out.
"""

import os
import re
import sys
import tempfile

from tests.ctl.companion import Companion
from tests.lib import programs, suite
from tests.setup.node import Case, Terminal

GOLDEN = os.path.join(os.path.dirname(__file__), "screens")
COLOURS = {"0": "plain", "1": "bold", "31": "red", "32": "green", "33": "yellow"}
COLUMNS = 80, 200
TWINS = ["conf claim 10de:1c81", "conf set expect=2", "record 0000:02:00.0=claimed",
         "+ pci 0000:02:00.0 10de:1c81 class=030000 sub=1458:3733 group=14 parent=0000:00:01.1 "
         "driver=vfio-pci"]
# A line of Nova's for a GPU that the host's driver has.
SPEC = ["+ f etc/nova/nova.conf [pci]\\ndevice_spec = {\"address\": \"0000:01:00.0\"}\\n"
        "device_spec = {\"address\": \"0000:02:00.0\"}\\n",
        "+ f usr/lib/systemd/system/nova-compute.service [Service]\\nExecStart=/usr/bin/nova-compute\\n"]
NODE = "node"
# name: (machine, its head; words)
SCREENS = {
    "scan": ("twins", TWINS, ["scan"]),
    "status": ("twins", TWINS, ["status"]),
    "explain": ("twins", TWINS, ["explain", "0000:02:00.0"]),
    "nova-verify": ("twins", TWINS + SPEC, ["nova", "verify"]),
    "setup-dry-run": (NODE, [], ["setup", "--addresses=0000:01:00.0", "--alias=gpu", "--dry-run"]),
    "kargs-show": (NODE, [], ["kargs", "show"]),
}


def build(name, head, folder):
    """The folder of the machine."""
    program = programs.companion(sanitized=False)
    if name == NODE:
        return Case(program, folder).at
    companion = Companion(program)
    companion.build(name, [line for line in head if not line.startswith("record")], folder)
    for line in head:
        if line.startswith("record"):
            companion.write_record(folder, line.split()[1:])
    return folder


def show(folder, words, columns):
    """(the screen with its colours as words, its lines without them)"""
    program = programs.companion(sanitized=False)
    _, text = Terminal([program, *words, "--root", folder], columns).end()
    text = re.sub(r"\b[0-9a-f]{16}\b", "HASH", text)
    named = re.sub(r"\033\[(\d+)m", lambda match: f"[{COLOURS[match[1]]}]", text)
    return named, re.sub(r"\033\[\d+m", "", text).splitlines()


def check(name, folder, columns, update):
    machine, head, words = SCREENS[name]
    screen, lines = show(build(machine, head, folder), words, columns)
    path = os.path.join(GOLDEN, f"{name}-{columns}")
    if update:
        with open(path, "w", encoding="utf-8") as f:
            f.write(screen)
    with open(path, encoding="utf-8") as f:
        wanted = f.read()
    problems = [] if screen == wanted else [f"got:\n{screen}", f"expected:\n{wanted}"]
    problems += [f"wider than {columns}: {line}" for line in lines
                 if len(line) > columns and not re.match(r"[-+ ]|would ", line) and " " in line]
    return suite.tell(f"{name}, {columns} columns", problems)


def main():
    update = "--update" in sys.argv
    names = [word for word in sys.argv[1:] if word != "--update"]
    os.environ.pop("NO_COLOR", None)
    suite.need_mounts()
    results = []
    for name in SCREENS:
        for columns in COLUMNS if not names or name in names else ():
            with tempfile.TemporaryDirectory() as folder:
                results.append(check(name, folder, columns, update))
    suite.end(*suite.add(results))


if __name__ == "__main__":
    main()
