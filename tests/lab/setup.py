# SPDX-License-Identifier: GPL-2.0-or-later
"""Setup and undo on whole nodes: Debian's disks with two kernels, booted through GRUB.

A node's life is a few boots of one disk. The host's display is an emulated VGA, and nouveau and
snd_hda_intel are in the images and on the disk: a boot without the claim shows it. A full run
has every pair of node and firmware, and cuts the power at each step of a setup; otherwise each
distribution, each tool and each firmware comes up with each of the others.
"""

import functools
import itertools
import json
import shutil
import tempfile
from pathlib import Path

from tests.lab import disk, image, lab
from tests.lab.claims import COMPANION, CONSOLE_DEVICE
from tests.lab.lab import case, check, equal
from tests.lab.seen import Seen, Status, judge_claimed, judge_probed, judge_untouched
from tests.lib import suite

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
SUITES, TOOLS, FIRMWARE = ("bookworm", "trixie"), ("dracut", "initramfs-tools"), ("bios", "uefi")
CARD, CARD2 = ([f"0000:0{n}:00.{f}" for f in (0, 1)] for n in (1, 2))
PAIR = CARD + CARD2
NATIVE = {"nouveau", "snd_hda_intel"}
OURS = {"intel_iommu=on", "iommu=pt", "gpuclaim=1"}
SETUP = "gpuclaimctl setup --all-gpus --yes --json"
LOOK = "look look\nbegin cmdline; run cat /proc/cmdline\nmark 1\n"
READY = f"begin unit; run systemctl start gpuclaim-ready.service\n{LOOK}status status\n"


EVERY = [(f"{suite}-{tool}", firmware)
         for suite, tool, firmware in itertools.product(SUITES, TOOLS, FIRMWARE)]


def nodes(*chosen, all_of=()):
    """Registers a test for these nodes, (name, firmware); in a full run for all of another list."""
    def register(function):
        for name, firmware in all_of if suite.full() and all_of else chosen:
            test = functools.partial(function, name, firmware)
            test.__name__ = f"{function.__name__} ({name}, {firmware})"
            lab.test(test)
        return function
    return register


def answer(machine, name):
    """(exit code, JSON) of a companion's verb."""
    code, = machine.statuses(name)
    text = "\n".join(line[9:] for line in machine.case(name) if line.startswith("LAB json "))
    check(text, f"{name} ended with {code}: {machine.outputs(name)}")
    return code, json.loads(text)


def kernels(machine):
    """The installed ones, newest last."""
    return [line[11:] for line in machine.lines if line.startswith("LAB kernel ")]


def judge_done(machine, name, changed=True):
    code, found = answer(machine, name)
    equal(code, 0, f"exit code of {name} ({machine.outputs(name)})")
    equal(found["changed"], changed, f"{name}: changed")
    return found


def arguments(machine):
    return set(machine.outputs("cmdline")[0].split())


def judge_boot_claims(machine, kernel=None):
    """A boot of an armed node: the cards are ours, and nobody touched them."""
    seen = Seen(machine)
    equal(OURS - arguments(machine), set(), "kernel arguments that are missing")
    check(kernel is None or any(f"vmlinuz-{kernel}" in word for word in arguments(machine)),
          f"not the kernel that was asked for, {kernel}: {arguments(machine)}")
    judge_claimed(seen, *PAIR)
    judge_untouched(machine, 0, 1)
    equal(seen.modules & {"nouveau"}, set(), "native modules that are loaded")
    equal(machine.statuses("unit"), [0], f"gpuclaim-ready.service ({machine.outputs('unit')})")
    Status(machine, "status").judge_ready(*PAIR)


def judge_boot_stock(machine, case_name="look"):
    """A boot of a node that is not armed: native drivers have the cards."""
    seen = Seen(machine, case_name)
    equal(OURS & arguments(machine), set(), "kernel arguments of ours")
    equal(NATIVE - seen.modules, set(), "native modules that are not loaded")
    equal([seen.drivers[a] for a in (CARD[1], CARD2[1])], ["snd_hda_intel"] * 2, "audio drivers")
    equal({seen.devices[a].override for a in PAIR}, {"(null)"}, "overrides")
    judge_probed(machine, 0, 1)


def judge_same_files(machine, name="compare"):
    differences = [line[12:] for line in machine.case(name) if line.startswith("LAB differs ")]
    equal(differences, [], "files that differ")
    counts = [int(line[13:]) for line in machine.case(name) if line.startswith("LAB compared ")]
    check(counts[0] > 100, f"only {counts} files were compared")


def judge_images(machine, name, configured):
    """The configuration is in both images, or in none."""
    lines = [line.split(" ") for line in machine.case(name)]
    sizes = {w[2]: int(w[3]) for w in lines if w[:2] == ["LAB", "image"]}
    equal(len(sizes), 2, "number of images")
    check(min(sizes.values()) > 100, f"the listing of an image failed: {sizes}")
    for path in sizes:
        ours = [w[3] for w in lines if w[:3] == ["LAB", "own", path]]
        found = [f for f in ours if f.startswith(("etc/gpuclaim/", "./etc/gpuclaim/"))]
        equal(bool(found), configured, f"{path}: has a configuration ({ours})")


def boot(node, script, **options):
    return node.boot(script, extra=CONSOLE_DEVICE, **options)


# The disk but for 8 MB; an image is larger.
FULL = """
fallocate -l $(($(stat -f -c '%a*%S' /) - 8000000)) /root/fill
"""
FIRST = f"""
{LOOK}
install_product
remember
kernels
{FULL}
verb full {SETUP}
rm /root/fill
compare full-compare
verb setup {SETUP}
verb again {SETUP}
own own
"""
UNDO = f"""
{READY}
verb undo gpuclaimctl undo --json
verb undo-again gpuclaimctl undo --json
compare compare
own own
"""


def judge_setup(machine):
    with case("stock"):
        judge_boot_stock(machine)
    with case("no room"):
        code, found = answer(machine, "full")
        equal((code, found["changed"]), (4, False), f"exit code, changed ({found})")
        judge_same_files(machine, "full-compare")
    with case("setup"):
        equal(judge_done(machine, "setup")["reboot_required"], True, "reboot_required")
        judge_images(machine, "own", configured=True)
    with case("setup again"):
        equal(judge_done(machine, "again", changed=False)["actions"], [], "actions")


def judge_undo(machine):
    with case("undo"):
        judge_done(machine, "undo")
        judge_same_files(machine)
        judge_images(machine, "own", configured=False)
        judge_done(machine, "undo-again", changed=False)


@nodes(("trixie-dracut", "bios"), all_of=EVERY)
def life(name, firmware):
    """Setup, a boot of each kernel, undo, and a boot that is as before."""
    with disk.Node(name, firmware=firmware) as node:
        first = boot(node, FIRST)
        judge_setup(first)
        newest, other = kernels(first)[-1], kernels(first)[0]
        second = boot(node, f"{READY}\nnext {other}")
        with case("claims"):
            judge_boot_claims(second, newest)
        third = boot(node, UNDO)
        with case("claims with the other kernel"):
            judge_boot_claims(third, other)
        judge_undo(third)
        last = boot(node, LOOK)
        with case("undone"):
            judge_boot_stock(last)


TRY = f"verb trial {SETUP} --trial"
# What the entry of the trial is made to end in: no first process, so that the kernel panics.
PANIC = "rdinit=/nonexistent"
CUSTOM = "/boot/grub/custom.cfg"
FIRST_TRIAL = f"""
{LOOK}
install_product
remember
kernels
{TRY}
own own
sed -i '/gpuclaim.trial=1/s|$| {PANIC}|' {CUSTOM}
"""
AFTER_PANIC = f"""
{LOOK}
sed -i 's| {PANIC}$||' {CUSTOM}
verb commit gpuclaimctl commit --json
{TRY}
"""
WITHOUT_IOMMU = f"""
{READY}
verb commit gpuclaimctl commit --json
"""
AFTER_WITHOUT = f"""
{LOOK}
verb commit gpuclaimctl commit --json
{TRY}
"""
# The units of the boot decide; the verb by hand then finds nothing to do.
SUCCESS = f"""
begin commits; run systemctl start gpuclaim-commit.service
{READY}
verb commit gpuclaimctl commit --json
kernels | head -n 1 >/run/other
next "$(sed 's/LAB kernel //' /run/other)"
"""


def judge_nothing_claimed(machine, verdict=None):
    """The image holds helper and configuration all the same."""
    seen = Seen(machine)
    equal({seen.devices[a].override for a in PAIR}, {"(null)"}, "overrides")
    check("vfio-pci" not in {seen.drivers[a] for a in PAIR}, f"drivers: {seen.drivers}")
    if verdict:
        equal({seen.record(a)[0] for a in PAIR}, {verdict}, "recorded verdicts")


@nodes(("bookworm-initramfs-tools", "bios"), all_of=EVERY)
def trial(name, firmware):
    """A trial that panics, one without an IOMMU, one that comes up, each from a boot as before."""
    with disk.Node(name, firmware=firmware) as node:
        first = boot(node, FIRST_TRIAL)
        with case("prepared"):
            judge_boot_stock(first)
            judge_done(first, "trial")
            judge_images(first, "own", configured=True)
        panicked = node.boot_on("true", extra=CONSOLE_DEVICE)
        with case("the trial panics"):
            check("Kernel panic" in panicked.console(), "no panic on the console")
            equal(panicked.lines, [], "what the boot said")
        back = boot(node, AFTER_PANIC)
        with case("back after a panic"):
            judge_boot_stock(back)
            judge_nothing_claimed(back, "not-selected")
            equal(judge_done(back, "commit")["trial"], "failed", "the trial")
            judge_done(back, "trial")
        lost = boot(node, WITHOUT_IOMMU, iommu="none")
        with case("a trial without an IOMMU"):
            equal(OURS - arguments(lost), set(), "kernel arguments that are missing")
            judge_nothing_claimed(lost, "iommu-off-firmware")
            equal(answer(lost, "commit")[0], 3, "exit code of commit")
        back = boot(node, AFTER_WITHOUT)
        with case("back after no IOMMU"):
            judge_boot_stock(back)
            judge_nothing_claimed(back, "not-selected")
            judge_done(back, "trial")
        committed = boot(node, SUCCESS)
        with case("a trial that comes up"):
            check("gpuclaim.trial=1" in arguments(committed), "this is not the trial")
            judge_boot_claims(committed)
            equal(committed.statuses("commits"), [0], "gpuclaim-commit.service")
            equal(judge_done(committed, "commit", changed=False)["trial"], "settled", "the trial")
        last = boot(node, READY)
        with case("permanent, and with the other kernel"):
            judge_boot_claims(last, kernels(first)[0])


@nodes(("trixie-initramfs-tools", "uefi"), ("bookworm-dracut", "uefi"), all_of=EVERY)
def offline(name, firmware):
    """A tree of another kernel than the running one, set up before its disk ever booted."""
    command = f"for time in 1 2; do {COMPANION} setup --root $ROOT --ids 10de:1c81 --yes; done"
    with tempfile.TemporaryDirectory(prefix="gpuclaim-offline-") as folder:
        path = Path(folder, "disk")
        said = disk.build(path, name, image.stage(), command)
        with disk.Node(name, path, firmware) as node:
            first = boot(node, f"{READY}\nkernels\nnext $(cat /run/newest) recovery\n")
            recovery = boot(node, LOOK)
    with case("setup"):
        check("nothing to do" in said, f"the second setup: {said[-2000:]}")
    with case("claims"):
        judge_boot_claims(first)
    with case("the recovery entry does not claim"):
        check("single" in arguments(recovery), f"no recovery: {arguments(recovery)}")
        equal(OURS & arguments(recovery), set(), "kernel arguments of ours")
        equal({Seen(recovery).devices[a].override for a in PAIR}, {"(null)"}, "overrides")


# Spread over a setup, and over those that go on where the one before was cut off.
CUTS = {
    "with its configuration written": "[ -e /etc/gpuclaim/gpuclaim.conf.d/60-setup.conf ]",
    "in the first image": "[ -e /run/ten-seconds ]",
    "behind the first image": "find /boot -newer /root/before -name 'initrd.img-*' | grep -q .",
    "in the second image": "[ -e /run/ten-seconds ]",
    "with the drop-in written": "[ -e /etc/default/grub.d/60-gpuclaim.cfg ]",
}
CUT = """
{look}
{install}
(sleep 10; : >/run/ten-seconds) &
{setup} >/run/setup.log 2>&1 &
until {condition}; do sleep 0.3; done
echo "LAB cut"
sleep 600
"""


@nodes(all_of=[("bookworm-initramfs-tools", "bios"), ("trixie-dracut", "uefi")])
def power_cuts(name, firmware):
    """Each time the node boots as it did before; at last a setup finishes, and undo restores."""
    install = "install_product\nremember\nsync"
    with disk.Node(name, firmware=firmware) as node:
        for where, condition in CUTS.items():
            machine = node.cut(CUT.format(look=LOOK, install=install, setup=SETUP,
                                          condition=condition), extra=CONSOLE_DEVICE)
            install = ""
            with case(f"before the cut {where}"):
                judge_boot_stock(machine)
        finished = boot(node, f"{LOOK}\nverb setup {SETUP}\nown own")
        with case("before the setup that finishes"):
            judge_boot_stock(finished)
        with case("the setup that finishes"):
            judge_done(finished, "setup")
            judge_images(finished, "own", configured=True)
        last = boot(node, UNDO)
        with case("claims"):
            judge_boot_claims(last)
        judge_undo(last)


PXE = """\
#!ipxe
set arguments root=/dev/vda console=ttyS0 panic=-1 quiet loglevel=6 no_timer_check rd.shell=0
chain gpuclaim.ipxe
"""


@lab.test
def diskless():
    """From TFTP by iPXE, with the IDs on the command line and no configuration anywhere."""
    with tempfile.TemporaryDirectory(prefix="gpuclaim-tftp-") as name:
        folder = Path(name)
        image.network(folder, "trixie", f"{LOOK}begin use\nrun vfiouse {' '.join(PAIR)}\n")
        (folder / "boot.ipxe").write_text(PXE)
        shutil.copy(EXAMPLES / "ipxe/gpuclaim.ipxe", folder)
        with lab.Machine(cards=["gtx1050", "gtx1050"], network=name, extra=CONSOLE_DEVICE) as m:
            m.finish()
    seen = Seen(m)
    check("gpuclaim.ids=10de:1c81" in arguments(m), f"the command line: {arguments(m)}")
    judge_claimed(seen, *PAIR)
    judge_untouched(m, 0, 1)
    equal(seen.modules & NATIVE, set(), "native modules that are loaded")
    for address in PAIR:
        equal(m.vfiouse(address, "use")["verdict"], "pass", f"vfiouse of {address}")


if __name__ == "__main__":
    lab.main()
