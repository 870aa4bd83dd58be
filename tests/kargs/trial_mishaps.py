# SPDX-License-Identifier: GPL-2.0-or-later
"""A boot that tries the arguments, where things go wrong: killed anywhere, no room, no rights."""

import json
import os
import shutil
import subprocess

from tests.lib import programs, trees
from tests.lib.copies import kill_points

RUNNING = ("root=UUID=1234 ro intel_iommu=on iommu=pt gpuclaim=1 gpuclaim.trial=1 panic=30 "
           "rd.shell=0 rd.emergency=reboot\n")
SWEPT = ("debian12", "rhel9")


def boot_trial(case):
    """What a boot of it changes: GRUB lets go of its choice, and the arguments are there."""
    tool = "grub-editenv" if case.name.startswith("debian") else "grub2-editenv"
    subprocess.run(["chroot", case.at, f"/usr/bin/{tool}", "-", "unset", "next_entry"], check=True)
    with open(os.path.join(case.at, "proc/cmdline"), "w", encoding="ascii") as f:
        f.write(RUNNING)


def with_trial(case):
    """From here on each fresh tree runs a trial that is still to be decided about."""
    case.fresh()
    case.expect_code("apply --trial", case.run("apply", "--trial"), 0)
    boot_trial(case)
    shutil.rmtree(case.pattern)
    shutil.copytree(case.at, case.pattern, symlinks=True)


def left(after, folder):
    """What is not as in the snapshot, unfinished new files aside."""
    found = trees.differences(after, trees.snapshot(folder))
    return [f for f in found if ".gpuclaimctl-" not in f]


def sweep_prepare(case, first, then, points):
    """The trial's preparation, or its end, is cut off before its effects."""
    case.fresh()
    case.run("apply", "--trial")
    prepared = trees.snapshot(case.at)
    for n in points:
        case.fresh()
        if first == ("revert",):
            case.run("apply", "--trial")
        killed = case.run(*first, kill_at=n)
        what = f"{' '.join(first)} killed at {n}, {' '.join(then)}"
        if killed.returncode == 0:
            return n - 1
        case.expect_code(what, killed, 137)
        case.expect_whole(what, prepared)
        case.expect_code(what, case.run(*then), 0)
        case.expect(what, left(prepared if then == ("apply", "--trial") else case.begin, case.at),
                    [])
    return 0


def check_kills(case):
    apply, revert = ("apply", "--trial"), ("revert",)
    pairs = (apply, apply), (apply, revert), (revert, revert), (revert, apply)
    for number, (first, then) in enumerate(pairs, SWEPT.index(case.name)):
        if sweep_prepare(case, first, then, kill_points(number)) < 5:
            case.complain(f"{first}: only a few effects were seen")


def check_kills_while_failing(case):
    """Cut off, and the machine boots: commit takes away what is there, whatever that is."""
    for n in kill_points(SWEPT.index(case.name), len(SWEPT)):
        case.fresh()
        killed = case.run("apply", "--trial", kill_at=n)
        if killed.returncode == 0:
            break
        result = case.run("commit")
        case.expect_code(f"killed at {n}", result, 0)
        if "has not been booted yet" in result.stdout:
            case.expect_code(f"killed at {n}", case.run("revert"), 0)
        case.expect(f"killed at {n}", left(case.begin, case.at), [])
    case.expect("there were effects", n > 5, True)


def check_kills_of_commit(case):
    """Cut off anywhere, the next commit comes to the same end, and a revert takes all back."""
    with_trial(case)
    case.fresh()
    case.expect_code("commit", case.run("commit"), 0)
    committed = trees.snapshot(case.at)
    case.expect_code("revert", case.run("revert"), 0)
    end = trees.snapshot(case.at)
    for n in kill_points(SWEPT.index(case.name), len(SWEPT)):
        case.fresh()
        killed = case.run("commit", kill_at=n)
        if killed.returncode == 0:
            break
        what = f"commit killed at {n}"
        case.expect_code(what, killed, 137)
        case.expect_code(what, case.run("commit"), 0)
        case.expect(what, left(committed, case.at), [])
        case.expect_code(what, case.run("revert"), 0)
        case.expect(what, left(end, case.at), [])
    case.expect("there were effects", n > 10, True)


def check_revert_of_running(case):
    """In the trial's own boot a revert takes everything back, and there is nothing to commit."""
    with_trial(case)
    case.fresh()
    case.expect_code("revert", case.run("revert"), 0)
    result = case.run("commit")
    case.expect_code("commit", result, 0)
    case.expect("it says so", "decided on before" in result.stdout, True)
    case.expect("as before", [f for f in left(case.begin, case.at) if "proc/cmdline" not in f], [])


def check_apply_in_trial(case):
    """Made permanent by hand, the trial is only cleared away."""
    with_trial(case)
    case.fresh()
    case.expect_code("apply", case.run("apply"), 0)
    after = trees.snapshot(case.at)
    result = case.run("commit", "--json")
    case.expect_code("commit", result, 0)
    said = json.loads(result.stdout)
    case.expect("changed", (said["trial"], said["changed"]), ("running", True))
    case.expect("one file went", len(trees.differences(after, trees.snapshot(case.at))), 1)


AS_MACHINE = "".join(f'mkdir -p "$T/{a}" && mount --bind "$T/{a}" {b} && '
                     for a, b in (("boot", "/boot"), ("run", "/run"), ("var", "/var"),
                                  ("tools", "/usr/sbin"), ("sys", "/sys"))) + 'true'


def check_systemd_boot(case):
    """bootctl asks the machine's own EFI: the tree's folders lie over it, for us only."""
    case.fresh()
    for folder in "EFI", "loader":
        shutil.move(os.path.join(case.at, "efi", folder), os.path.join(case.at, "boot", folder))
    os.makedirs(os.path.join(case.at, "tools"))
    for tool in "kernel-install", "bootctl":
        shutil.copy(os.path.join(programs.TOP, "tests/kargs/tools", tool),
                    os.path.join(case.at, "tools"))
    os.makedirs(os.path.join(case.at, "sys/firmware/efi/efivars"))
    for kernel in "6.12.48+deb13-amd64", "6.12.41+deb13-amd64":
        with open(os.path.join(case.at, "boot", f"vmlinuz-{kernel}"), "w", encoding="ascii"):
            pass
    begin = trees.snapshot(case.at)
    entry = "boot/loader/entries/1234-6.12.48+deb13-amd64~gpuclaim_trial.conf"
    for words, state in ((["apply", "--trial"], "pending"), (["apply", "--trial"], "pending"),
                         (["revert"], "none"), (["revert"], "none")):
        result, shown = (case.as_machine(AS_MACHINE, "kargs", *w)
                         for w in (words, ["show", "--json"]))
        case.expect_code(" ".join(words), result, 0)
        case.expect("what show tells", json.loads(shown.stdout)["trial"], state)
        case.expect("the entry", os.path.exists(os.path.join(case.at, entry)), state == "pending")
    case.expect("as before", trees.differences(begin, trees.snapshot(case.at)), [])


CHECKS = [(check_systemd_boot, "systemd-boot"), (check_revert_of_running, "debian12"),
          (check_revert_of_running, "rhel9"), (check_apply_in_trial, "debian12"),
          (check_apply_in_trial, "rhel9")]
SWEEPS = [(check, name) for check in (check_kills, check_kills_while_failing, check_kills_of_commit)
          for name in SWEPT]
