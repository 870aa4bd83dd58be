# SPDX-License-Identifier: GPL-2.0-or-later
"""Setup and undo on whole nodes: Debian's disks with two kernels, booted through GRUB.

A node's life is a few boots of one disk; see nodes.py. A full run has every pair of node and
firmware, and cuts the power at each step of a setup; otherwise each distribution, each tool and
each firmware comes up with each of the others.
"""

import itertools
import shutil
import tempfile
from pathlib import Path

from tests.lab import disk, image, lab
from tests.lab.claims import COMPANION, CONSOLE_DEVICE
from tests.lab.lab import case, check, equal
from tests.lab.nodes import (LOOK, NATIVE, OURS, PAIR, READY, answer, arguments, boot,
                             in_readme, judge_boot_claims, judge_boot_stock, judge_done,
                             judge_images, judge_like_readme, judge_same_files, judge_typed,
                             kernels, nodes, typed)
from tests.lab.seen import Seen, judge_claimed, judge_untouched

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
SUITES, TOOLS, FIRMWARE = ("bookworm", "trixie"), ("dracut", "initramfs-tools"), ("bios", "uefi")
SETUP = "gpuclaimctl setup --all-gpus --yes --json"


EVERY = [(f"{suite}-{tool}", firmware)
         for suite, tool, firmware in itertools.product(SUITES, TOOLS, FIRMWARE)]


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
{typed("setup", in_readme("Install", "gpuclaimctl setup"))}
verb again {SETUP} --alias gtx1050
own own
"""
STATUS = typed("ready", in_readme("Install", "gpuclaimctl status"))
UNDO = f"""
{READY}
{typed("undo", in_readme("Remove", "gpuclaimctl undo").removesuffix(" && reboot"))}
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
    with case("setup, as README has it"):
        judge_typed(machine, "setup", 0, "This would be done:", r"Go on\?", "Reboot, then")
        judge_like_readme(machine, "setup")
        judge_images(machine, "own", configured=True)
    with case("setup again"):
        equal(judge_done(machine, "again", changed=False)["actions"], [], "actions")


def judge_undo(machine):
    with case("undo, as README has it"):
        judge_typed(machine, "undo")
        judge_same_files(machine)
        judge_images(machine, "own", configured=False)
        judge_done(machine, "undo-again", changed=False)


@nodes(("trixie-dracut", "bios"), all_of=EVERY)
def life(name, firmware):
    """README's setup, a boot of each kernel, its undo, and a boot that is as before."""
    with disk.Node(name, firmware=firmware) as node:
        first = boot(node, FIRST)
        judge_setup(first)
        newest, other = kernels(first)[-1], kernels(first)[0]
        second = boot(node, f"{READY}{STATUS}\nnext {other}")
        with case("claims"):
            judge_boot_claims(second, newest)
            judge_typed(second, "ready", 0, "ready\n", "0000:02:00.0 .* claimed ")
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
