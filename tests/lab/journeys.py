# SPDX-License-Identifier: GPL-2.0-or-later
"""README and the playbooks in machines: a reader of the page types what it says, and reboots.

A unit stands for nova-compute there. tests/cloud has the real one, and a server on the GPU.

Debian 12 and 13, with the package as README has it made; in a full run. tests/journeys/walk.py walks
more of the pages, on trees, in each run; `life` of setup.py types README's setup and undo.
"""

import itertools
import re
import tempfile
from pathlib import Path

from tests import packages, pages
from tests.journeys.page import Walk
from tests.lab import disk, image, lab
from tests.lab.claims import COMPANION
from tests.lab.lab import case, equal
from tests.lab.nodes import (CARD, LOOK, PAIR, READY, boot, in_readme, judge_armed,
                             judge_boot_claims, judge_boot_stock, judge_images, judge_like_readme,
                             judge_same_files, judge_typed, kernels, nodes, typed)
from tests.lab.seen import Seen, judge_claimed
from tests.lib import suite

README, PLAYBOOKS = "README.md", "docs/playbooks.md"
# The page's reboot, in place of the lab's end of a machine.
REBOOT = "leave() { reboot; sleep 600; }\n"
LEFT = """
begin left
run find / -xdev ! -path '/root/*' ! -path '/var/lib/dpkg/*' ! -path '/var/log/*' -name '*gpuclaim*'
"""
# The tree where the package was made.
BUILT = """
rm -rf /root/gpuclaim
mkdir -p /root/gpuclaim/build-packages
cd /root/gpuclaim
cp /run/lab/*.deb build-packages/
"""


INSTALL = typed("install", in_readme("Install", "make deb").removeprefix("make deb && "))


def at_the_top():
    """README's first command."""
    (_, (command, *_)), *_ = pages.transcripts(README)
    return typed("first", command.removeprefix("# "))


def first_hour(before):
    """From the package to the reboot; the first version has no command at README's top."""
    install = Walk(None, README, "Install")
    assert install.take("apt install").endswith(" systemd-dev")     # chroot.sh's trees
    install.take("make deb")
    script = f"{LOOK}{BUILT}{INSTALL}remember\nkernels\n" + ("" if before else at_the_top())
    script += typed("scan", install.take("gpuclaimctl scan"))
    script += typed("setup", install.take("gpuclaimctl setup"))
    install.take("reboot")
    install.take("gpuclaimctl status")      # behind it
    install.end()
    return script + REBOOT


def judge_first_hour(machine, before):
    with case("before"):
        judge_boot_stock(machine)
    with case("install"):
        judge_typed(machine, "install", 0, "Setting up gpuclaim")
    with case("scan"):
        judge_typed(machine, "scan", 0, "ADDRESS ", *(f"{address} " for address in PAIR))
    if not before:
        with case("setup of one GPU, as README begins"):
            judge_typed(machine, "first", 0, r"Go on\?")
            judge_like_readme(machine, "first")
    with case("setup"):
        judge_typed(machine, "setup", 0, r"Go on\?", "Reboot, then")


@nodes(("bookworm",), ("trixie",))
def from_source(release):
    """README's other way, without a package, where nothing is installed but what it names."""
    command, = re.findall("`(make && [^`]+)` installs", pages.text(README))
    with packages.node(image.tree(f"{release}-readme")) as top:
        packages.in_clone(top, "HEAD", command)
        said = packages.succeed(packages.inside(top, "gpuclaimctl", "--version"), "gpuclaimctl --version")
        equal(said, f"gpuclaimctl {packages.version()}\n", "what is installed")
        equal({name for name in packages.WANTED | packages.MAKERS if not (top / name).exists()}, set(),
              "files that are not installed")


# The package's own script, at a kernel that neither GRUB nor an image knows.
UPDATE = """
kernels
new=$(cat /run/newest)
mv /boot/vmlinuz-$new /root
rm /boot/initrd.img-$new
update-grub
mv /root/vmlinuz-$new /boot
begin update
run /var/lib/dpkg/info/linux-image-$new.postinst configure
own own
"""


# What stands for nova-compute.
COMPUTE = """
printf '[Service]\\nExecStart=sleep infinity\\n' >/etc/systemd/system/nova-compute.service
systemctl daemon-reload
systemctl start nova-compute
"""


def first_server():
    """README's commands on the node and on the controller, up to the server."""
    walk = Walk(None, README, "The first server with a GPU")
    script = COMPUTE + typed("restart", walk.take("systemctl restart nova-compute"))
    script += typed("verify", walk.take("gpuclaimctl nova verify"))
    script += typed("export", walk.take("gpuclaimctl nova show --json"))
    script += typed("controller", walk.take("gpuclaimctl nova show --for controller"))
    walk.end()
    return script + "rm /etc/systemd/system/nova-compute.service\n"


def judge_first_server(machine):
    with case("the first server"):
        judge_typed(machine, "restart")
        judge_typed(machine, "verify", 0, *PAIR[::2])
        judge_typed(machine, "export")
        flavor = re.search("openstack server create --flavor ([^ ]+) ", pages.text(README))[1]
        judge_typed(machine, "controller", 0, "alias = ", f"openstack flavor set {flavor} ")


def update_kernel(before):
    """Where another version did the setup, the package is upgraded first."""
    walk = Walk(None, PLAYBOOKS, "A kernel was updated")
    script = READY + (BUILT + INSTALL if before else "")
    script += typed("ready", in_readme("Install", "gpuclaimctl status")) + first_server() + UPDATE
    script += typed("updated", walk.take("gpuclaimctl status"))
    script += typed("kargs", walk.take("gpuclaimctl kargs show"))
    script += typed("setup", walk.take("gpuclaimctl setup"))
    walk.end()
    return script + REBOOT


def judge_update(machine, before):
    with case("claimed"):
        judge_boot_claims(machine)
    if before:
        with case("upgrade"):
            judge_typed(machine, "install", 0, "Unpacking gpuclaim .* over ", "Setting up gpuclaim")
    with case("ready"):
        judge_typed(machine, "ready", 0, "ready\n", *(f"{address} .* vfio-pci +claimed +yes"
                                                      for address in PAIR))
    judge_first_server(machine)
    with case("kernel update"):
        equal(machine.statuses("update"), [0], f"the package's script ({machine.outputs('update')})")
        judge_images(machine, "own", configured=True)
        judge_typed(machine, "updated", 0, "ready\n")
        newest, other = map(re.escape, kernels(machine)[::-1])
        judge_typed(machine, "kargs", 0, rf"kernel {newest}, .* gpuclaim=1\n")
        judge_typed(machine, "setup", 0, rf"initramfs of {other} \(1 of 1\) \.\.\. ok" if before
                    else "nothing to do")


SWAPPED = ["gtx1050", "amd"]
OTHER = [f"0000:02:00.{f}" for f in (0, 1)]


def replace_gpu():
    """The boot that finds another model, and the one behind the page's reboot."""
    walk = Walk(None, PLAYBOOKS, "A GPU was replaced")
    first = LOOK + typed("status", walk.take("gpuclaimctl status"))
    first += typed("setup", walk.take("gpuclaimctl setup")) + REBOOT
    walk.take("reboot")
    second = READY + typed("anew", walk.take("gpuclaimctl status"))
    second += typed("apply", walk.take("gpuclaimctl nova apply"))
    second += typed("show", walk.take("gpuclaimctl nova show"))
    walk.end()
    return first, second


def judge_replaced(first, second, kernel):
    with case("the new kernel claims; the new GPU is named, and not claimed"):
        seen = Seen(first)
        judge_armed(first, kernel)
        judge_claimed(seen, *CARD)
        equal(seen.record(OTHER[0])[0], "identity-mismatch", "recorded verdict")
        judge_typed(first, "status", 3, "claim 10de:1c81 address=0000:02:00.0 ")
        judge_typed(first, "setup", 0, "Reboot, then")
    with case("chosen anew"):
        judge_claimed(Seen(second), *CARD, *OTHER)
        judge_typed(second, "anew", 0, "ready\n")
    with case("Nova is told"):
        judge_typed(second, "apply")
        judge_typed(second, "show", 0, '"gtx1050-1002-744c"', '"gtx1050-10de-1c81"')


def judge_removed(undone, last):
    with case("undo"):
        judge_typed(undone, "undo")
        judge_same_files(undone)
    with case("as before"):
        judge_boot_stock(last)
    with case("purge"):
        judge_typed(last, "purge")
        equal(last.outputs("left"), [], "files of gpuclaim")


@nodes(*itertools.product(("bookworm-initramfs-tools", "trixie-dracut"), ("", "0.1.0")))
def years(name, before):
    """README's first hour; a kernel is updated, a GPU replaced by another model; README's Remove.

    before: the version that does the setup, if it is another.
    """
    replaced, anew = replace_gpu()
    remove = Walk(None, README, "Remove")
    undo = typed("undo", remove.take("gpuclaimctl undo").removesuffix(" && reboot"))
    release, first = name.partition("-")[0], packages.first_version() if before else "HEAD"
    package, installed = packages.made(release), packages.made(release, first)
    with disk.Node(name, files=[installed]) as node:
        machine = boot(node, first_hour(before))
        judge_first_hour(machine, before)
        node.files = [package]
        updated = boot(node, update_kernel(before))
        judge_update(updated, before)
        swapped = boot(node, replaced, cards=SWAPPED)
        chosen = boot(node, f"{anew}{undo}compare compare\n{REBOOT}", cards=SWAPPED)
        judge_replaced(swapped, chosen, kernels(updated)[-1])
        last = boot(node, LOOK + typed("purge", remove.take("apt purge")) + LEFT)
        judge_removed(chosen, last)
    remove.end()


# What an operator adds at the boot menu holds for one boot.
AT_THE_MENU = "sed -i 's/gpuclaim=1/& gpuclaim=0/' /boot/grub/grub.cfg\n"
BACK = "sed -i 's/ gpuclaim=0//' /boot/grub/grub.cfg\n"


def dark_console_boots(node):
    """The one that shows nothing, the one with gpuclaim=0, and the one behind another choice."""
    walk = Walk(None, PLAYBOOKS, "The console is dark")
    console = f"begin vga; run cat /sys/bus/pci/devices/{CARD[0]}/boot_vga\n"
    dark = node.boot(LOOK + console + AT_THE_MENU + REBOOT)
    rescue = node.boot(LOOK + BACK + typed("scan", walk.take("gpuclaimctl scan"))
                       + typed("setup", walk.take("gpuclaimctl setup")) + REBOOT)
    last = node.boot(LOOK + typed("undo", walk.take("gpuclaimctl undo")) + "own own\n")
    walk.end()
    return dark, rescue, last


@nodes(("bookworm-initramfs-tools",))
def dark_console(name):
    """All GPUs of a model were given away, the screen's own among them: nobody sees the boot."""
    command = ("rm -r $ROOT/boot/*-rt-* $ROOT/usr/lib/modules/*-rt-*\n"     # one image takes half as long
               f"{COMPANION} setup --root $ROOT --ids 10de:1c81 --boot-vga=allow --yes")
    with tempfile.TemporaryDirectory(prefix="gpuclaim-dark-") as folder:
        path = Path(folder, "disk")
        disk.build(path, name, image.stage(), command)
        with disk.Node(name, path) as node:
            dark, rescue, last = dark_console_boots(node)
    with case("dark"):
        judge_claimed(Seen(dark), *PAIR)
        equal(dark.outputs("vga"), ["1"], "the first GPU has the screen")
    with case("the entry with gpuclaim=0"):
        equal({Seen(rescue).record(address)[0] for address in PAIR}, {"switched-off"}, "verdicts")
        judge_typed(rescue, "scan", 0, "ADDRESS +VGA ", f"{CARD[0]} +boot ")
    with case("another choice"):
        judge_typed(rescue, "setup", 0, f"{CARD[0]}.*left out", "Reboot, then")
        judge_claimed(Seen(last), *OTHER)
        equal(Seen(last).record(CARD[0])[0], "not-selected", "recorded verdict")
    with case("undo"):
        judge_typed(last, "undo")
        judge_images(last, "own", configured=False, number=1)


if __name__ == "__main__":
    suite.own_mounts()
    lab.main()
