# SPDX-License-Identifier: GPL-2.0-or-later
"""A trial boot with GRUB's own programs, as Debian 12 and 13 ship them.

    python3 -m tests.kargs.real_grub [PART OF A TEST'S NAME]...

Each node is a Debian tree under an overlay, with /boot on an ext4 image of its own, where GRUB's
programs, grub-probe too, run on what gpuclaimctl makes. Only what grub-mkconfig asks about the
root file system, which is on no disk here, is answered for them.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab import image
from tests.lib import programs, suite
from tests.lib.checks import check, equal

TREES = ("bookworm-initramfs-tools", "trixie-dracut")
PROGRAM = programs.companion(sanitized=False)

# The environment block is asked about for real.
PROBE = """#!/bin/sh
case $*:$1 in
*/grubenv:*) exec /usr/sbin/grub-probe.real "$@" ;;
*:--target=device) echo /dev/vda1 ;;
*:--target=fs) echo ext2 ;;
*:--target=fs_uuid) echo 1f3a-22 ;;
*:--target=partmap) echo msdos ;;
*:--target=compatibility_hint | *:--target=drive) echo hd0,msdos1 ;;
esac
"""
DEFAULTS = """GRUB_DEFAULT={}
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX="console=ttyS0"
"""
MINE = "menuentry 'mine' {\n\techo '}'\n}\n"


def run(*words, wanted=0, **options):
    result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=300, check=False,
                            **options)
    equal(result.returncode, wanted, f"exit code of {' '.join(map(str, words))}: {result.stdout}")
    return result.stdout


class Node:
    """A Debian with GRUB; a context manager that throws it away."""

    def __init__(self, name, boot="ext4"):
        self.lower, self.boot = image.tree(name), boot
        self.folder = Path(tempfile.mkdtemp())
        self.at = self.folder / "root"

    def __enter__(self):
        for name in "root", "upper", "work":
            (self.folder / name).mkdir()
        run("mount", "-t", "tmpfs", "-o", "mode=755", "none", self.folder / "upper")
        (self.folder / "upper/files").mkdir()
        (self.folder / "upper/work").mkdir()
        run("mount", "-t", "overlay", "-o", f"lowerdir={self.lower},upperdir={self.folder}/upper/"
            f"files,workdir={self.folder}/upper/work", "none", self.at)
        kernels = self.folder / "kernels"
        shutil.copytree(self.at / "boot", kernels)
        if self.boot == "ext4":
            disk = self.folder / "disk"
            with open(disk, "wb") as f:
                f.truncate(100 << 20)
            run("mke2fs", "-q", "-t", "ext4", "-d", kernels, disk)
            run("mount", "-o", "loop", disk, self.at / "boot")
        self.prepare()
        return self

    def __exit__(self, *_exception):
        if self.boot == "ext4":
            run("umount", self.at / "boot")
        run("umount", self.at)
        run("umount", self.folder / "upper")
        shutil.rmtree(self.folder)

    def prepare(self):
        probe = self.at / "usr/sbin/grub-probe"
        probe.rename(probe.with_name("grub-probe.real"))
        probe.write_text(PROBE)
        probe.chmod(0o755)
        (self.at / "etc/default").mkdir(exist_ok=True)
        (self.at / "etc/gpuclaim").mkdir()
        (self.at / "etc/gpuclaim/gpuclaim.conf").write_text("set expect=0\n")
        (self.at / "boot/grub").mkdir()
        self.grub("grub-editenv", "/boot/grub/grubenv", "create")
        self.set_default("0")

    def grub(self, *words, wanted=0):
        """One of GRUB's programs, with this machine's disks."""
        script = ('mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && '
                  'exec chroot "$0" "$@"')
        return run("unshare", "-m", "sh", "-c", script, self.at, *words, wanted=wanted)

    def set_default(self, entry):
        (self.at / "etc/default/grub").write_text(DEFAULTS.format(entry))
        self.grub("grub-mkconfig", "-o", "/boot/grub/grub.cfg")

    def ctl(self, *words, wanted=0):
        return run(PROGRAM, *words, "--root", self.at, wanted=wanted)

    def read(self, path):
        return (self.at / path).read_text()

    def environment(self):
        return self.grub("grub-editenv", "list").split()

    def boot_trial(self):
        """What GRUB does: it lets go of its choice. The command line is the trial's."""
        options = re.search(r"(?m)^\s*linux\s+\S+ (.*)$", self.read("boot/grub/custom.cfg"))
        self.grub("grub-editenv", "-", "unset", "next_entry")
        (self.at / "proc/cmdline").write_text(options.group(1) + "\n")


def check_entry(node, kernel):
    """GRUB's own parser takes it, and it is the default entry's kernel with our words."""
    custom = node.read("boot/grub/custom.cfg")
    node.grub("grub-script-check", "/boot/grub/custom.cfg")
    line = re.search(r"(?m)^\s*linux\s+(\S+) (.*)$", custom)
    equal(line.group(1), f"/{kernel}", "the kernel")
    check("console=ttyS0 quiet intel_iommu=on iommu=pt gpuclaim=1 gpuclaim.trial=1 panic=30"
          in line.group(2), line.group(2))
    equal(node.environment(), ["next_entry=gpuclaim-trial"], "the environment")


def kernels(node):
    """As GRUB sorts them: the first is the default."""
    return list(dict.fromkeys(re.findall(r"(?m)^\s*linux\s+/(\S+)",
                                         node.read("boot/grub/grub.cfg"))))


def trial(name):
    """Prepared, taken back, prepared, booted, made permanent, taken back."""
    with Node(name) as node:
        before = node.read("boot/grub/grub.cfg")
        newest = kernels(node)[0]
        node.ctl("kargs", "apply", "--trial")
        check_entry(node, newest)
        node.ctl("kargs", "revert")
        equal(node.environment(), [], "the environment")
        check(not (node.at / "boot/grub/custom.cfg").exists(), "custom.cfg is left")

        node.ctl("kargs", "apply", "--trial")
        equal(node.read("boot/grub/grub.cfg"), before, "grub.cfg, which a trial leaves alone")
        node.boot_trial()
        node.ctl("commit")
        after = node.read("boot/grub/grub.cfg")
        for words in re.findall(r"(?m)^\s*linux\s+\S+ (.*)$", after):
            equal("gpuclaim=1" in words, "single" not in words, f"armed: {words}")
            check("trial" not in words and "panic" not in words, words)
        check(not (node.at / "boot/grub/custom.cfg").exists(), "custom.cfg is left")
        node.ctl("kargs", "revert")
        equal(node.read("boot/grub/grub.cfg"), before, "grub.cfg after the revert")


def saved_default(name):
    """The default is saved, in the submenu, and an older kernel; custom.cfg has an entry."""
    with Node(name) as node:
        node.set_default("saved")
        older = kernels(node)[1]
        path = re.findall(r"(?m)^submenu .* '(\S+)' \{|^\tmenuentry .* '(\S+-advanced-\S*)' \{",
                          node.read("boot/grub/grub.cfg"))
        entry = [inner for _, inner in path if older.removeprefix("vmlinuz-") in inner][0]
        node.grub("grub-set-default", f"{path[0][0]}>{entry}")
        (node.at / "boot/grub/custom.cfg").write_text(MINE)
        node.ctl("kargs", "apply", "--trial")
        custom = node.read("boot/grub/custom.cfg")
        check(custom.startswith(MINE) and "savedefault" not in custom, custom)
        node.grub("grub-script-check", "/boot/grub/custom.cfg")
        check(f"\tlinux\t/{older} " in custom, custom)
        node.ctl("kargs", "revert")
        equal(node.read("boot/grub/custom.cfg"), MINE, "custom.cfg")
        equal(node.environment(), [f"saved_entry={path[0][0]}>{entry}"], "the environment")


def failed(name):
    """The old entry is back: the next commit clears up."""
    with Node(name) as node:
        node.ctl("kargs", "apply", "--trial")
        node.grub("grub-editenv", "-", "unset", "next_entry")
        check("the trial failed" in node.ctl("commit"), "it does not say that it failed")
        check(not (node.at / "boot/grub/custom.cfg").exists(), "custom.cfg is left")
        equal(node.ctl("commit"), "no trial\n", "a second commit")


def no_disk(name):
    """Where grub-probe finds no disk below the environment block, the trial is refused."""
    with Node(name, boot="overlay") as node:
        said = node.ctl("kargs", "apply", "--trial", wanted=4)
        check("can't tell whether GRUB can write /boot/grub/grubenv" in said, said)
        equal(node.environment(), [], "the environment")


TESTS = (trial, saved_default, failed, no_disk)


def main():
    if os.geteuid() != 0 or programs.run("losetup", "-f").returncode != 0:
        suite.skip("only root, and with loop devices, can make a disk")
    suite.end(*suite.run(suite.chosen([(f"{test.__name__}, {name}", test, name)
                                       for test in TESTS for name in TREES])))


if __name__ == "__main__":
    main()
