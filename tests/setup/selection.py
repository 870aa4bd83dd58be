# SPDX-License-Identifier: GPL-2.0-or-later
"""Which GPUs setup chooses, and that the helper then selects just these."""

import os
import re
import tempfile

from tests.lib import golden, programs
from tests.setup.machines import AUDIO, BASE, FIXTURES, GPU, PORT, Failed, decided, make, select

NIC = "pci 0000:07:00.0 8086:1520 class=020000 group=70 parent=0000:00:01.0 driver=igb"
ALWAYS = ["set arm=karg", "set isolation=require"]


def claimed_by(text):
    return sorted(re.findall(r"(?m)^claim .*address=(\S+)", text))


def selected(verdicts, folder):
    """The GPUs that the helper was told to take, whatever it thinks of it."""
    def is_gpu(address):
        with open(f"{folder}/sys/bus/pci/devices/{address}/class", encoding="ascii") as f:
            return f.read()[2:4] in ("03", "12")
    return sorted(a for a, (verdict, _) in verdicts.items()
                  if verdict not in ("not-selected", "skipped", "switched-off") and is_gpu(a))


def property_all_gpus(_program):
    """Whatever --all-gpus chooses, the helper selects, and nothing else; twice is once."""
    program = programs.built("tests/setup-parts", sanitized=False)
    chosen_somewhere = 0
    for name in FIXTURES:
        with tempfile.TemporaryDirectory() as folder:
            golden.build(name, [], folder)
            notes, text, refusal, n = select(program, folder, "all-gpus")
            if refusal:
                if not refusal.startswith("refused: --all-gpus: "):
                    raise Failed(f"{name}: {refusal}")
                continue
            chosen_somewhere += 1
            chosen = claimed_by(text)
            usable = ([int(note.split()[0]) for note in notes if " chosen GPUs " in note] or [n])[0]
            if len(chosen) != n or f"set expect={usable}\n" not in text:
                raise Failed(f"{name}: {n} GPUs in {text}")
            told = [note for note in notes if ": chosen by " in note]
            if sorted(note.split()[0].rstrip(":") for note in told) != chosen:
                raise Failed(f"{name}: {notes}")
            off = os.path.exists(f"{folder}/proc/vmcore")
            verdicts = decided(folder, text)
            if not off and selected(verdicts, folder) != chosen:
                raise Failed(f"{name}: chose {chosen}, the helper {verdicts}")
            if select(program, folder, "all-gpus")[1] != text:
                raise Failed(f"{name}: a second time it is another text")
    if chosen_somewhere < len(FIXTURES) // 2:
        raise Failed(f"chose something in {chosen_somewhere} fixtures only")


def property_addresses(_program):
    """Each GPU that can be named by its address is then the only one selected."""
    program = programs.built("tests/setup-parts", sanitized=False)
    for name in FIXTURES:
        with tempfile.TemporaryDirectory() as folder:
            golden.build(name, [], folder)
            notes = select(program, folder, "all-gpus", "boot-vga=allow")[0]
            addresses = [note.split()[0].rstrip(":") for note in notes]
            off = os.path.exists(f"{folder}/proc/vmcore")
            for address in addresses[:3]:
                _, text, refusal, n = select(program, folder, f"addresses={address}")
                if refusal and "virtual function" in refusal:
                    continue
                if refusal or n != 1 or claimed_by(text) != [address]:
                    raise Failed(f"{name} {address}: {refusal} {text}")
                verdicts = decided(folder, text)
                taken = [a for a in selected(verdicts, folder)] or \
                    [a for a in verdicts if a == address]
                if not off and taken != [address]:
                    raise Failed(f"{name} {address}: {verdicts}")


# (title, machine or lines of one, words, lines that must be told, all of the rest of the answer
# that matters: a refusal, or the claim lines)
SKIP = "f etc/gpuclaim/gpuclaim.conf skip 10de:0fb9\\n"
LINE_1 = "claim 10de:1c81 address=0000:01:00.0 subsystem=1458:3733"
LINE_2 = "claim 10de:1c81 address=0000:02:00.0 subsystem=1458:3733"
TWO = BASE + [GPU.format("02", 14)]
BOOT = BASE[:3] + [GPU.format("01", 13) + " boot_vga=1"]
CASES = [
    ("an ID", BASE, ["ids=10de:1c81"], ["0000:01:00.0: chosen by 10de:1c81"], ["claim 10de:1c81"]),
    ("an ID in capitals, and one of nothing here", BASE, ["ids=10DE:1C81,10de:2330"],
     ["10de:2330: no GPU here has this ID yet"], ["claim 10de:1c81", "claim 10de:2330"]),
    ("a vendor", TWO, ["ids=10de:*"], ["0000:02:00.0: chosen by 10de:*"], ["claim 10de:*"]),
    ("an ID twice", BASE, ["ids=10de:1c81,10de:1c81"], ["10de:1c81: named twice"],
     ["claim 10de:1c81"]),
    ("no ID", BASE, ["ids=gtx"], [],
     'usage: --ids: found "gtx", expected VENDOR:DEVICE, four hex digits each, as in 10de:1c81'),
    ("an empty list", BASE, ["ids=,"], [], "usage: --ids: the list is empty"),
    ("nothing", BASE, [], [],
     "usage: no GPU is named: give --ids, --addresses or --all-gpus"),
    ("a companion's ID", BASE + [AUDIO], ["ids=10de:0fb9"], [],
     "refused: --ids: 0000:01:00.1 (10de:0fb9) is the audio device of the GPU 0000:01:00.0 and "
     "comes along by itself: name the GPU, 10de:1c81"),
    ("a network function's ID", BASE + [NIC], ["ids=10de:1c81,8086:1520"], [],
     "refused: --ids: 0000:07:00.0 (8086:1520) is no GPU but a network controller, which is "
     "never claimed; the GPUs here: 0000:01:00.0 (10de:1c81)"),
    ("one of two alike by its short address", TWO, ["addresses=02:00.0"],
     ["0000:02:00.0: chosen by --addresses"], [LINE_2]),
    ("in capitals with a long domain", TWO, ["addresses=00000000:02:00.0"], [], [LINE_2]),
    ("an address twice", BASE, ["addresses=0000:01:00.0,01:00.0"], ["0000:01:00.0: named twice"],
     [LINE_1]),
    ("no address", BASE, ["addresses=1"], [],
     'usage: --addresses: found "1", expected DOMAIN:BUS:DEVICE.FUNCTION, as in 0000:3b:00.0 '
     "(3b:00.0 for short)"),
    ("an address where nothing is", TWO, ["addresses=3b:00.0"], [],
     "refused: --addresses: no device is at 0000:3b:00.0; the GPUs here: 0000:01:00.0 "
     "(10de:1c81), 0000:02:00.0 (10de:1c81)"),
    ("a network function's address", BASE + [NIC], ["addresses=07:00.0"], [],
     "refused: --addresses: 0000:07:00.0 (8086:1520) is no GPU but a network controller, which "
     "is never claimed; the GPUs here: 0000:01:00.0 (10de:1c81)"),
    ("a companion's address", BASE + [AUDIO], ["addresses=01:00.1"], [],
     "refused: --addresses: 0000:01:00.1 (10de:0fb9) is the audio device of the GPU 0000:01:00.0 "
     "and comes along by itself: name the GPU, 10de:1c81"),
    ("a virtual function's address", ["include vfs.tree"], ["addresses=3b:00.4"], [],
     "refused: --addresses: 0000:3b:00.4 (10de:20b5) is a virtual function: name its physical "
     "function"),
    ("an ID and an address", TWO, ["ids=10de:1c81", "addresses=01:00.0"],
     ["0000:01:00.0: chosen by 10de:1c81"], ["claim 10de:1c81", LINE_1]),
    ("a processor's graphics, with functions of the processor in its slot",
     ["include raphael.tree"], ["addresses=11:00.0"],
     ["0000:11:00.0 is integrated: 0000:11:00.1 (audio device) comes along; with the host stay "
      "0000:11:00.2 (the processor's encryption controller), 0000:11:00.3 (the processor's USB "
      "controller), 0000:11:00.4 (the processor's USB controller)"],
     ["claim 1002:164e address=0000:11:00.0 subsystem=1849:364e"]),
    ("by its ID, with functions= of another line", [
        "include raphael.tree",
        "f etc/gpuclaim/gpuclaim.conf claim 1002:164e functions=0-1,4\\n"], ["ids=1002:164e"],
     ["0000:11:00.0 is integrated: 0000:11:00.1 (audio device), 0000:11:00.4 (the processor's USB "
      "controller) come along; with the host stay 0000:11:00.2 (the processor's encryption "
      "controller), 0000:11:00.3 (the processor's USB controller)"], ["claim 1002:164e"]),
    ("a processor's graphics alone in its slot", BASE + [
        "pci 0000:00:02.0 8086:3e92 class=030000 group=2"], ["addresses=00:02.0"],
     ["0000:00:02.0 is integrated: nothing comes along"],
     ["claim 8086:3e92 address=0000:00:02.0 subsystem=0000:0000"]),
    ("GPUs that share a group in pairs", ["include v100-pairs.tree"], ["all-gpus"],
     ["0000:28:00.0 shares IOMMU group 20 with 0000:27:00.0: both go to one guest",
      "3 of 6 chosen GPUs can be handed out, each to a guest of its own"],
     ["set expect=3", *(f"claim 10de:1db4 address=0000:{bus}:00.0 subsystem=10de:1214"
                        for bus in ("27", "28", "43", "44", "c3", "c4"))]),
    ("two below one port, while the IOMMU is off", [
        TWO[0], "iommu intel off", *(line.split(" group=")[0] + " parent=0000:00:01.0"
                                     for line in TWO[3:]), TWO[2]], ["all-gpus"],
     ["1 of 2 chosen GPUs can surely be handed out, each to a guest of its own; those below one "
      "port may share an IOMMU group, which is known only when the IOMMU is on: after the reboot run "
      "the same setup again, which counts them (set expect=)"],
     ["set expect=1", LINE_1, LINE_2]),
    ("two below two ports, while the IOMMU is off", [
        TWO[0], "iommu intel off", PORT, PORT.replace("00:01.0", "00:03.0"),
        *(line.split(" group=")[0] + f" parent=0000:00:0{port}.0"
          for line, port in zip(TWO[3:], "13"))], ["all-gpus"], [],
     ["set expect=2", LINE_1, LINE_2]),
    ("an address and all", TWO, ["addresses=01:00.0", "all-gpus"],
     ["0000:02:00.0: chosen by --all-gpus"], [LINE_1, LINE_2]),
    ("a skip line of a companion, by ID", BASE + [AUDIO, SKIP],
     ["ids=10de:1c81"], ["0000:01:00.0: left out: spared by /etc/gpuclaim/gpuclaim.conf:1"],
     ["claim 10de:1c81"]),
    ("a skip line, by address", BASE + [AUDIO, SKIP],
     ["addresses=01:00.0"], [],
     "refused: --addresses: 0000:01:00.0 is spared by /etc/gpuclaim/gpuclaim.conf:1: take that "
     "line out"),
    ("a skip line, all", TWO + [AUDIO, SKIP], ["all-gpus"],
     ["0000:01:00.0: left out: spared by /etc/gpuclaim/gpuclaim.conf:1"], [LINE_2]),
    ("all skipped on the command line", BASE + ["f proc/cmdline gpuclaim.skip=0000:01:00.0\\n"],
     ["all-gpus"],
     ["0000:01:00.0: left out: spared by gpuclaim.skip= on the kernel command line"],
     "refused: --all-gpus: every GPU here is left out; name one with --addresses, or take away "
     "what spares it"),
    ("no GPU", BASE[:3], ["all-gpus"], [], "refused: --all-gpus: this node has no GPU"),
    ("the boot VGA, all", BOOT, ["all-gpus"],
     ["0000:01:00.0: left out: the boot VGA: --boot-vga=allow takes it, and the console with it"],
     "refused: --all-gpus: every GPU here is left out; name one with --addresses, or take away "
     "what spares it"),
    ("the boot VGA, by ID", BOOT, ["ids=10de:1c81"],
     ["0000:01:00.0: chosen by 10de:1c81; it is the boot VGA: --boot-vga=allow takes it, and the "
      "console with it"], ["claim 10de:1c81"]),
    ("the boot VGA, allowed", BOOT, ["all-gpus", "boot-vga=allow"],
     ["0000:01:00.0: chosen by --all-gpus"], ["set boot-vga=allow", "set expect=1", LINE_1]),
    ("a word that is no policy", BOOT, ["all-gpus", "boot-vga=yes"], [],
     'usage: --boot-vga: found "yes", expected refuse or allow'),
    ("a processor's GPU is not meant", ["include raphael.tree"], ["all-gpus"],
     ["0000:11:00.0: left out: integrated: 0000:11:00.2 (1022:1649), a function of the processor, "
      "is in its slot"],
     ["set expect=1", "claim 10de:2231 address=0000:01:00.0 subsystem=10de:147e"]),
    ("--all-gpus, two of them in one group", ["include shared-group.tree"], ["all-gpus"],
     ["0000:24:00.0 shares IOMMU group 20 with 0000:23:00.0: both go to one guest",
      "2 of 3 chosen GPUs can be handed out, each to a guest of its own"],
     ["set expect=2", "claim 10de:2235 address=0000:11:00.0 subsystem=10de:145a",
      "claim 10de:2235 address=0000:23:00.0 subsystem=10de:145a",
      "claim 10de:2235 address=0000:24:00.0 subsystem=10de:145a"]),
    ("a processor's GPU by its address", ["include raphael.tree"], ["addresses=11:00.0"],
     ["0000:11:00.0: chosen by --addresses"],
     ["claim 1002:164e address=0000:11:00.0 subsystem=1849:364e"]),
    ("a processor's USB controller by its address", ["include raphael.tree"],
     ["addresses=11:00.3"], [],
     "refused: --addresses: 0000:11:00.3 (1022:15b6) is no GPU but a USB controller, which is "
     "claimed with a GPU only (functions= of its claim line); the GPUs here: 0000:01:00.0 (10de:2231), 0000:04:00.0 (1a03:2000), "
     "0000:11:00.0 (1002:164e)"),
    ("a skip line of the processor's USB controller",
     ["include raphael.tree", "f etc/gpuclaim/gpuclaim.conf skip 1022:15b6\\n"],
     ["ids=1002:164e"], ["0000:11:00.0: left out: spared by /etc/gpuclaim/gpuclaim.conf:1"],
     ["claim 1002:164e"]),
    ("an NVSwitch by ID", ["include nvswitch.tree"], ["ids=10de:22a3"],
     ["0000:31:00.0: chosen by 10de:22a3"], ["claim 10de:22a3"]),
    ("a vendor's NVSwitch is not meant", ["include nvswitch.tree"], ["ids=10de:*"],
     ["0000:11:00.0: chosen by 10de:*"], ["claim 10de:*"]),
    ("a tree without sys, by ID", ["x sys"], ["ids=10de:1c81"],
     ["10de:1c81: no GPU here has this ID: this tree has no devices"], ["claim 10de:1c81"]),
    ("a tree without sys, by address", ["x sys"], ["addresses=01:00.0"], [],
     "refused: --addresses: this tree has no sys, and so no devices to look at: name IDs with "
     "--ids"),
    ("a tree without sys, all", ["x sys"], ["all-gpus"], [],
     "refused: --all-gpus: this tree has no sys, and so no devices to look at: name IDs with "
     "--ids"),
]
SOC = [*BASE, "pci 0000:11:00.0 1002:164e class=030000 group=26 parent=0000:00:01.0",
       "pci 0000:11:00.1 1002:1640 class=040300 group=27 parent=0000:00:01.0"]
# (what else is in the slot of 1002:164e, why it is left out)
INTEGRATED = [
    ("2 1022:1649 class=108000",
     "integrated: 0000:11:00.2 (1022:1649), a function of the processor, is in its slot"),
    ("3 1022:15b6 class=0c0330",
     "integrated: 0000:11:00.3 (1022:15b6), a function of the processor, is in its slot"),
    ("6 1022:15e3 class=040300", None),
    ("3 1002:7446 class=0c0330", None),
    ("3 1912:0014 class=0c0330", None),
]
EXCLUDED = [
    ("1a03:2000 class=030000", "a management controller's VGA (ASPEED)"),
    ("102b:0536 class=030000", "a management controller's VGA (Matrox)"),
    ("1234:1111 class=030000", "an emulated VGA (QEMU)"),
    ("1013:00b8 class=030000", "an emulated VGA (Cirrus)"),
    ("15ad:0405 class=030000", "an emulated VGA (VMware)"),
    ("1af4:1050 class=038000", "an emulated GPU (virtio)"),
    ("1b36:0100 class=030000", "an emulated GPU (QXL)"),
    ("1414:5353 class=030000", "an emulated VGA (Hyper-V)"),
    ("1d0f:1111 class=030000", "an emulated VGA (Amazon)"),
    ("80ee:beef class=030000", "an emulated VGA (VirtualBox)"),
    ("19e5:1711 class=030000", "a management controller's VGA (HiSilicon)"),
    ("1002:515e class=030000", "a server board's VGA (ES1000)"),
    ("1002:4752 class=030000", "a server board's VGA (Rage XL)"),
    ("18ca:0027 class=030000", "a server board's VGA (XGI)"),
    ("126f:0750 class=030000", "a server board's VGA (Silicon Motion)"),
    ("10de:1c81 class=030100", "a display controller of another kind than VGA, 3D and display"),
    ("10de:22a3 class=068000",
     "an NVSwitch is taken only where it is named: --ids or --addresses"),
]


def check_case(program, title, lines, words, told, expected):
    with tempfile.TemporaryDirectory() as folder:
        make(lines, folder)
        notes, text, refusal, _ = select(program, folder, *words)
    if isinstance(expected, str):
        answer = refusal
    else:
        answer = text and [line for line in text.splitlines()
                           if not line.startswith("#") and line not in ALWAYS
                           and (not line.startswith("set expect") or line in expected)]
    missing = [note for note in told if note not in notes]
    if answer != expected or missing:
        raise Failed(f"{title}: {answer!r}\n  expected {expected!r}\n  notes {notes}")


def exclusions(program):
    """Each kind that --all-gpus leaves out is told with its reason; the real GPU is taken."""
    for ids, why in EXCLUDED:
        pci = f"pci 0000:09:00.0 {ids} group=90 parent=0000:00:01.0"
        check_case(program, ids, BASE + [pci], ["all-gpus"], [f"0000:09:00.0: left out: {why}"],
                   [LINE_1])
    check_case(program, "integrated", BASE + ["pci 0000:00:02.0 8086:3e92 class=038000 group=2"],
               ["all-gpus"], ["0000:00:02.0: left out: on the root bus: integrated"], [LINE_1])
    check_case(program, "an NPU", BASE + ["pci 0000:00:0b.0 8086:7d1d class=120000 group=2"],
               ["all-gpus"], ["0000:00:0b.0: left out: on the root bus: integrated"], [LINE_1])
    for function, why in INTEGRATED:
        pci = f"pci 0000:11:00.{function} group=28 parent=0000:00:01.0"
        note = f"0000:11:00.0: left out: {why}" if why else "0000:11:00.0: chosen by --all-gpus"
        line = "claim 1002:164e address=0000:11:00.0 subsystem=0000:0000"
        check_case(program, pci, [*SOC, pci], ["all-gpus"], [note],
                   [LINE_1] + ([] if why else [line]))
    for ids in ("1002:74a0 class=120000", "1002:738c class=120000", "10de:2331 class=030200", "8086:0bd5 class=038000",
                "19e5:d801 class=120000"):
        line = f"claim {ids.split()[0]} address=0000:09:00.0 subsystem=0000:0000"
        pci = f"pci 0000:09:00.0 {ids} group=90 parent=0000:00:01.0"
        check_case(program, ids, BASE + [pci], ["all-gpus"], [], [LINE_1, line])
    # A module beside a function of the processor, and on a root bus, as virtual machines show it.
    for ids, more in (("1002:74a0 class=120000", ["pci 0000:09:00.2 1022:1649 class=108000"]),
                      ("1002:74a1 class=120000", []), ("10de:2330 class=030200", []),
                      ("10de:2204 class=030000", []), ("1da3:1020 class=120000", [])):
        line = f"claim {ids.split()[0]} address=0000:09:00.0 subsystem=0000:0000"
        check_case(program, ids, [*BASE, f"pci 0000:09:00.0 {ids} group=90", *more], ["all-gpus"],
                   [], [LINE_1, line])


def header(program):
    """The file says who wrote it, and waits for the kernel argument."""
    with tempfile.TemporaryDirectory() as folder:
        make(BASE, folder)
        text = select(program, folder, "ids=10de:1c81")[1]
        if not text.startswith("# Written by gpuclaimctl setup") or \
                "\nset arm=karg\nset isolation=require\n" not in text:
            raise Failed(text)


def isolation(program):
    """The operator's word of it stays the last one; setup's own is not taken for it."""
    for path, says in (("gpuclaim.conf", "accept"), ("gpuclaim.conf.d/99-site.conf", "accept"),
                       ("gpuclaim.conf.d/60-setup.conf", "require")):
        line = f"f etc/gpuclaim/{path} set isolation={says}\\n"
        with tempfile.TemporaryDirectory() as folder:
            make(BASE + [line], folder)
            text = select(program, folder, "ids=10de:1c81")[1]
            if ("set isolation=" in text) != (says == "require"):
                raise Failed(f"{path}: {text}")


def tests():
    """(name, function of a program)"""
    named = [property_all_gpus, property_addresses, exclusions, header, isolation]
    yield from ((test.__name__, test) for test in named)
    for case in CASES:
        yield case[0], lambda program, case=case: check_case(program, *case)
