# SPDX-License-Identifier: GPL-2.0-or-later
"""Proxmox' EFI partitions, which nobody has mounted: what a change has really made of each.

proxmox-boot-tool leaves one out that it can't mount or does not know, says so, and exits with 0.
"""

import os
import shutil

from tests.lib import programs, trees

ONE, OTHER = "1A2B-3C4D", "5E6F-7788"
ENTRY = "loader/entries/proxmox-6.8.12-1-pve.conf"
STALE = ("version 6.8.12-1-pve\nlinux /EFI/proxmox/6.8.12-1-pve/vmlinuz-6.8.12-1-pve\n"
         "options root=ZFS=rpool/ROOT/pve-1 boot=zfs\n")


NONE = "29 1 0:24 / / rw - zfs rpool/ROOT/pve-1 rw\n"
# A rescue system's, whose paths are not those of the tree, which is at its /target
ELSEWHERE = (f"{NONE}30 29 8:2 / /target/mnt/esp rw - vfat /dev/sda2 rw\n"
             "31 29 8:18 / /target/mnt/other rw - vfat /dev/sdb2 rw\n")


def unmounted(case, mountinfo=NONE):
    """The environment in which their file systems are the folders below partitions."""
    case.fresh()
    case.write("proc/self/mountinfo", mountinfo)
    library = programs.preload("kargs/partitions.c", os.path.dirname(case.at))
    return {"LD_PRELOAD": library, "PARTITIONS": case.path("partitions")}


def forget_loader(case):
    """The tool takes it for none of its own; an entry of a former day boots."""
    os.unlink(case.path(f"partitions/{OTHER}/loader/loader.conf"))
    case.write(f"partitions/{OTHER}/{ENTRY}", STALE)


def check_refreshed(case):
    more = unmounted(case)
    for action, said in (("apply", "a reboot is due"), ("apply", "nothing to do"), ("revert", "edited"),
                         ("revert", "nothing to do")):
        result = case.run(action, more=more)
        case.expect_code(action, result, 0)
        case.expect_in(action, said, result.stdout)
        case.expect(f"{action}: complaints", result.stderr, "")
    changed = trees.differences(case.begin, trees.snapshot(case.at))
    case.expect("after the revert", [c for c in changed if "partitions/" not in c and "mountinfo" not in c], [])


def check_elsewhere(case):
    """They are mounted where the tree has no folder: looked at all the same. One that can't be, because
    it may be written to there, is named, and nothing is said against it."""
    more = unmounted(case, ELSEWHERE)
    for busy, said in (False, ""), (True, f"kernel on {OTHER}, from /etc/kernel/proxmox-boot-uuids: "
                                          "it is not mounted: not read back\n"):
        if busy:
            case.write(f"partitions/{OTHER}/busy", "")
        for action in "apply", "revert":
            result = case.run(action, more=more)
            case.expect_code(f"{action}, busy: {busy}", result, 0)
            case.expect(f"{action}, busy: {busy}: complaints",
                        result.stderr.removeprefix("gpuclaimctl: kargs: "), said)
            case.expect(f"{action}: its entry", " gpuclaim=1" in case.read(f"partitions/{OTHER}/{ENTRY}"),
                        action == "apply")


def check_left_out(case):
    """Named, and no success, each time, until it is mended."""
    for spoil, why in (
            (forget_loader, f"/dev/disk/by-uuid/{OTHER}/{ENTRY}: after the change it still lacks"),
            (lambda case: shutil.rmtree(case.path(f"partitions/{OTHER}")),
             f"kernel on {OTHER}, from /etc/kernel/proxmox-boot-uuids: there is no such partition"),
            (lambda case: case.write(f"partitions/{OTHER}/broken", ""),
             f"kernel on {OTHER}, from /etc/kernel/proxmox-boot-uuids: it can't be mounted")):
        more = unmounted(case)
        spoil(case)
        for turn in "once", "again":
            result = case.run("apply", more=more)
            case.expect_code(f"{why}: {turn}", result, 1)
            case.expect_in(turn, why, result.stderr)
            case.expect(f"{turn}: {ONE} is named", ONE in result.stderr, False)
        case.write("etc/kernel/proxmox-boot-uuids", f"{ONE}\n")
        case.expect_code("off the list", case.run("apply", more=more), 0)


def check_revert_left_out(case):
    """What still claims there is no success, and the record stays until it is taken back."""
    more = unmounted(case)
    case.expect_code("apply", case.run("apply", more=more), 0)
    conf = case.path(f"partitions/{OTHER}/loader/loader.conf")
    os.rename(conf, conf + ".away")
    result = case.run("revert", more=more)
    case.expect_code("revert", result, 1)
    case.expect_in("revert", f"/dev/disk/by-uuid/{OTHER}/{ENTRY} still has gpuclaim=1", result.stderr)
    os.rename(conf + ".away", conf)
    case.expect_code("revert, mended", case.run("revert", more=more), 0)
    case.expect("its entry", "gpuclaim" in case.read(f"partitions/{OTHER}/{ENTRY}"), False)


MAY_BE = "the boot loader may have the new kernel arguments all the same"
FAILS_AFTER = '#!/bin/sh\n/usr/sbin/tool "$@"\nexit 1\n'
FAILS_BEFORE = "#!/bin/sh\nexit 1\n"


def check_failed(case):
    """Of two partitions with the same kernels one is armed: what a refresh that fails did to the other."""
    for unarmed, tool, armed_since in ((OTHER, FAILS_AFTER, True), (ONE, FAILS_BEFORE, False),
                                       (ONE, FAILS_AFTER, True), (OTHER, FAILS_BEFORE, False)):
        more = unmounted(case)
        conf = case.path(f"partitions/{unarmed}/loader/loader.conf")
        os.rename(conf, conf + ".away")
        case.write(f"partitions/{unarmed}/{ENTRY}", STALE)
        case.expect_code("one is left out", case.run("apply", more=more), 1)
        os.rename(conf + ".away", conf)
        path = case.path("usr/sbin/proxmox-boot-tool")
        os.rename(path, case.path("usr/sbin/tool"))
        case.write("usr/sbin/proxmox-boot-tool", tool)
        os.chmod(path, 0o755)
        result = case.run("apply", more=more)
        case.expect_code(f"{unarmed}, {tool}", result, 1)
        case.expect(f"{unarmed}, {tool}: {result.stderr}", MAY_BE in result.stderr, armed_since)


CHECKS = [(check_refreshed, "proxmox"), (check_elsewhere, "proxmox"), (check_left_out, "proxmox"),
          (check_revert_left_out, "proxmox"), (check_failed, "proxmox")]
