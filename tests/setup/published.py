# SPDX-License-Identifier: GPL-2.0-or-later
"""What setup --all-gpus chooses on machines of public listings (../fixtures names them)."""

import tempfile

from tests.setup.machines import Failed, make, select
from tests.setup.selection import claimed_by

NONE = ("refused: --all-gpus: every GPU here is left out; name one with --addresses, or take away "
        "what spares it")
ROOT_BUS = "on the root bus: integrated"
CONSOLE = "the boot VGA: --boot-vga=allow takes it, and the console with it"
NVSWITCH = "an NVSwitch is taken only where it is named: --ids or --addresses"
ASPEED = "a management controller's VGA (ASPEED)"
MATROX = "a management controller's VGA (Matrox)"
VF = "a virtual function"

# machine: ({what is chosen}, {what is left out: why})
MACHINES = {
    "a5000-switches": ({"0000:4f:00.0", "0000:52:00.0"}, {}),
    "alder-lake-vfs": (set(), {"0000:00:02.0": ROOT_BUS, "0000:00:02.1": VF, "0000:00:02.2": VF}),
    "alpine-ridge": ({"0000:0a:00.0"}, {"0000:00:02.0": ROOT_BUS}),
    "altra": ({"0004:01:00.0"}, {"0002:02:00.0": ASPEED}),
    "b450-slot": ({"0000:05:00.0"}, {"0000:08:00.0": CONSOLE}),
    "b60-dual": ({"0000:30:00.0", "0000:31:00.0", "0000:52:00.0"}, {}),
    "battlemage": ({"0000:03:00.0"}, {"0000:00:02.0": ROOT_BUS}),
    "gb10": (set(), {"000f:01:00.0": CONSOLE}),
    "gh200-pair": ({"0009:01:00.0", "0019:01:00.0"}, {"0008:02:00.0": ASPEED}),
    "granite-ridge": ({"0000:01:00.0"}, {
        "0000:0f:00.0": "integrated: 0000:0f:00.2 (1022:1649), a function of the processor, is in "
                        "its slot"}),
    "hgx-b200": ({"0000:1b:00.0", "0000:2b:00.0"}, {}),
    "hgx-h200": ({"0000:18:00.0", "0000:2a:00.0"},
                 {f"0000:0{bus}:00.0": NVSWITCH for bus in range(5, 9)}),
    "k80": ({f"0000:{bus}:00.0" for bus in ("b0", "b1", "c0", "c1")}, {}),
    "m60": ({"0000:3d:00.0", "0000:3e:00.0"}, {"0000:03:00.0": MATROX}),
    "mi210": ({"0000:13:00.0", "0000:23:00.0"}, {"0000:c2:00.0": ASPEED}),
    "mi300a": ({"0000:01:00.0", "0001:01:00.0"}, {"0002:02:00.0": ASPEED}),
    "mi300x-oam": ({"0000:05:00.0", "0000:15:00.0"}, {}),
    "ms-a2": ({"0000:07:00.0"}, {
        "0000:0f:00.0": "integrated: 0000:0f:00.2 (1022:1649), a function of the processor, is in "
                        "its slot"}),
    "optimus": ({"0000:01:00.0"}, {"0000:00:02.0": ROOT_BUS}),
    "phoenix": (set(), {
        "0000:c5:00.0": "integrated: 0000:c5:00.2 (1022:15c7), a function of the processor, is in "
                        "its slot"}),
    "poweredge-rmrr": ({"0000:3b:00.0"}, {"0000:03:00.0": MATROX}),
    "rtx2080ti-plx": ({"0000:3d:00.0", "0000:3f:00.0"}, {}),
    "skylake": (set(), {"0000:00:02.0": ROOT_BUS, "0000:01:00.0": CONSOLE}),
    "titan-ridge": ({"0000:0b:00.0"}, {"0000:00:02.0": ROOT_BUS}),
    "two-domains": ({"0000:89:00.0", "0000:8a:00.0", "0001:89:00.0", "0001:8a:00.0"}, {}),
    "vmd-disks": ({"0000:01:00.0"}, {"0000:00:02.0": ROOT_BUS}),
    "x58": ({"0000:02:00.0"}, {"0000:01:00.0": CONSOLE}),
}


def check_machine(program, name):
    chosen, left_out = MACHINES[name]
    with tempfile.TemporaryDirectory() as folder:
        make([f"include {name}.tree"], folder)
        notes, text, refusal, _ = select(program, folder, "all-gpus")
    told = {note.split(": left out: ")[0]: note.split(": left out: ", 1)[1]
            for note in notes if ": left out: " in note}
    if told != left_out or refusal != (None if chosen else NONE) or \
            set(claimed_by(text or "")) != chosen:
        raise Failed(f"{name}: {refusal}\n{text}\n{notes}")


def tests():
    """(name, function of a program)"""
    yield from ((name, lambda program, name=name: check_machine(program, name))
                for name in MACHINES)
