# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl kargs` where things go wrong: killed anywhere, no room, no rights, two at once."""

import fcntl
import glob
import json
import os
import shutil
import subprocess
import tempfile

from tests.kargs import partitions, trial_mishaps
from tests.lib import programs, suite, trees
from tests.lib.copies import KILLED, Copies, kill_points

SAMPLES = os.path.join(programs.TOP, "tests/samples/grub-default")
VARIABLE = "GRUB_CMDLINE_LINUX_DEFAULT"
SWEPT = ("debian12", "rhel9", "rhel8")


class Case(Copies):
    """A node without a GPU, which is to have none: a trial of it comes up ready."""

    def __init__(self, program, name, folder, preload):
        super().__init__(program, folder, lambda pattern: trees.build(
            name, pattern, ["f etc/gpuclaim/gpuclaim.conf set expect=0\\n"]), preload)
        self.name = name
        self.after = {}

    def run(self, action, *words, **options):
        return self.call(*(["commit"] if action == "commit" else ["kargs", action]), *words,
                         **options)

    def expect_whole(self, what, after):
        """Each file is the old or the new one; nothing else but an unfinished new file is there."""
        for path, value in trees.snapshot(self.at).items():
            if ".gpuclaimctl-" in path:
                continue
            if value not in (self.begin.get(path), after.get(path)):
                self.complain(f"{what}: {path} is neither old nor new")

    def sweep(self, first, then, points):
        """Kill FIRST before its effects; THEN must finish, and a revert restores."""
        for n in points:
            self.fresh()
            if first == "revert":
                self.expect_code("apply", self.run("apply"), 0)
            killed = self.run(first, kill_at=n)
            what = f"{first} killed at {n}, {then}"
            if killed.returncode != KILLED:
                self.expect_code(what, killed, 0)
                return n - 1
            if first == "apply":
                self.expect_whole(what, self.after)
            self.expect_code(what, self.run(then), 0)
            if then == "apply":
                missing = trees.differences(self.after, trees.snapshot(self.at))
                self.expect(what, [m for m in missing if ".gpuclaimctl-" not in m], [])
                self.expect_code(what, self.run("revert"), 0)
            left = trees.differences(self.begin, trees.snapshot(self.at))
            self.expect(what, [m for m in left if ".gpuclaimctl-" not in m], [])
        return 0

    def sweeps(self):
        self.fresh()
        self.expect_code("apply", self.run("apply"), 0)
        self.after = trees.snapshot(self.at)
        pairs = ("apply", "apply"), ("apply", "revert"), ("revert", "revert")
        for number, (first, then) in enumerate(pairs, SWEPT.index(self.name)):
            effects = self.sweep(first, then, kill_points(number))
            if effects < 5:
                self.complain(f"{first}: only {effects} effects were seen")


def check_kills(case):
    case.sweeps()


READ_ONLY = 'mount --bind "$T/{0}" "$T/{0}" && mount -o remount,bind,ro "$T/{0}"'
FULL = ('cp -a "$T/{0}" "$T/saved" && mount -t tmpfs -o size=64k,mode=755 none "$T/{0}" && '
        'cp -a "$T/saved/." "$T/{0}/" && rm -r "$T/saved" && '
        '{{ head -c 1m /dev/zero >"$T/{0}/filler" 2>/dev/null; true; }}')


def check_read_only(case):
    for folder, *words in ("etc", "apply"), ("var", "apply"), ("run", "apply"), (
            "boot", "apply", "--trial"), ("var", "apply", "--trial"):
        case.fresh()
        result = case.mounted(READ_ONLY.format(folder), "kargs", *words)
        case.expect_code(f"{folder} is read-only", result, 4)
        case.expect("it says so", "Read-only file system" in result.stderr, True)
        case.expect_begin(f"{folder} was read-only")


def check_full(case):
    for folder, *words in ("etc", "apply"), ("var", "apply"), ("boot", "apply", "--trial"):
        case.fresh()
        os.makedirs(case.path(folder), exist_ok=True)
        result = case.mounted(FULL.format(folder), "kargs", *words)
        case.expect_code(f"{folder} is full", result, 4)
        case.expect("it says so", "No space left on device" in result.stderr, True)
        case.expect_begin(f"{folder} was full")


def check_rights(case):
    """Not root: refused before anything is written."""
    case.fresh()
    case.show_others()
    result = case.run("apply", user=65534, group=65534, extra_groups=[])
    case.expect_code("not root", result, 4)
    case.expect_begin("not root")
    result = case.run("apply", "--trial", user=65534, group=65534, extra_groups=[])
    case.expect_code("a trial, not root", result, 4)
    case.expect_begin("a trial, not root")
    os.chmod(case.at, 0o777)
    case.expect_code("others may write to the folder", case.run("apply"), 4)
    case.expect_begin("others may write to the folder")


def check_lock(case):
    case.fresh()
    os.makedirs(os.path.join(case.at, "run/gpuclaim"))
    with open(os.path.join(case.at, "run/gpuclaim/gpuclaimctl.lock"), "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        for action in ["apply"], ["apply", "--trial"], ["revert"], ["commit"]:
            result = case.run(*action, "--json")
            case.expect_code(f"{action}, another one is at work", result, 5)
            case.expect("the JSON", json.loads(result.stdout)["error"],
                        "another gpuclaimctl is at work")
        case.expect_code("a dry run needs no lock", case.run("apply", "--dry-run"), 0)
        case.expect_code("nor does show", case.run("show"), 0)
        case.expect_begin("another one was at work")
    case.expect_code("the other one has ended", case.run("apply"), 0)


def check_attributes(case):
    """Owner, mode and extended attributes outlive an edit and a revert."""
    case.fresh()
    path = os.path.join(case.at, "etc/kernel/cmdline")
    os.chmod(path, 0o640)
    os.chown(path, 12, 34)
    os.setxattr(path, "trusted.gpuclaim-test", b"label")
    for action in "apply", "revert":
        case.expect_code(action, case.run(action), 0)
        stat = os.stat(path)
        case.expect(f"{action}: owner and mode", (stat.st_uid, stat.st_gid, stat.st_mode & 0o7777),
                    (12, 34, 0o640))
        case.expect(f"{action}: label", os.getxattr(path, "trusted.gpuclaim-test"), b"label")


def check_hidden(case):
    """The machine's mounts and files are none of the tree's programs' business."""
    case.fresh()
    tool = os.path.join(case.at, "usr/sbin/update-grub")
    with open(tool, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nset -e\n[ -d /proc/self ]\nenv >/env\ncat >/input\n"
                "exec /usr/sbin/grub-mkconfig -o /boot/grub/grub.cfg\n")
    with open("/proc/mounts", encoding="utf-8") as f:
        before = f.read()
    case.expect_code("apply", case.run("apply"), 0)
    with open("/proc/mounts", encoding="utf-8") as f:
        case.expect("mounts", f.read(), before)
    with open(os.path.join(case.at, "env"), encoding="utf-8") as f:
        names = sorted(line.split("=")[0] for line in f.read().splitlines())
    case.expect("environment", [n for n in names if n not in ("PWD", "SHLVL", "_", "OLDPWD")],
                ["HOME", "LANG", "LC_ALL", "PATH"])
    case.expect("input", os.path.getsize(os.path.join(case.at, "input")), 0)


def source(path):
    """What a shell makes of a file: the judge over our reader."""
    return subprocess.run(["sh", "-c", '. "$1" >/dev/null 2>&1; printf %s "$' + VARIABLE + '"',
                           "sh", path], capture_output=True, text=True, timeout=60,
                          check=True).stdout


def check_samples(case):
    """In the samples that are edited a shell finds the old arguments and the new ones."""
    paths = sorted(glob.glob(os.path.join(SAMPLES, "good-*.grub")))
    case.expect("there are samples", len(paths) >= 30, True)
    for path in paths:
        before, after = source(path), source(path.removesuffix(".grub") + ".exp")
        name = os.path.basename(path)
        if "present" in name:
            case.expect(name, after, before)
            continue
        kept = after.replace("intel_iommu=on,sm_on", "intel_iommu=sm_on")
        for word in "intel_iommu=on", "iommu=pt", "gpuclaim=1":
            kept = kept.replace(f" {word}", "", 1) if f" {word}" in kept else (
                kept.replace(word, "", 1))
        case.expect(name, kept, before)
        case.expect(name, sum(w in after for w in ("intel_iommu=on", "iommu=pt", "gpuclaim=1")), 3)


AS_MACHINE = "".join(f'mkdir -p "$T/{a}" && mount --bind "$T/{a}" {b} && '
                     for a, b in (("boot", "/boot"), ("run", "/run"), ("var", "/var"),
                                  ("tools", "/usr/sbin"))) + 'true'


def check_ostree(case):
    """rpm-ostree takes no other root: the tree's folders lie over the machine's, for us only."""
    case.fresh()
    os.makedirs(os.path.join(case.at, "tools"))
    shutil.copy(os.path.join(programs.TOP, "tests/kargs/tools/rpm-ostree"), os.path.join(case.at, "tools"))
    entries = os.path.join(case.at, "boot/loader/entries")

    def newest():
        with open(os.path.join(entries, max(os.listdir(entries))), encoding="ascii") as f:
            return f.read()

    before = newest()
    merged = before.replace("rw ostree", "rw iommu=force ostree")
    for begin, words in (before, ["iommu=pt", "gpuclaim=1"]), (merged, ["iommu=pt,force"]):
        with open(os.path.join(entries, max(os.listdir(entries))), "w", encoding="ascii") as f:
            f.write(begin)
        for action in "apply", "apply", "revert", "revert":
            result = case.as_machine(AS_MACHINE, "kargs", action)
            case.expect_code(action, result, 0)
            now = newest()
            for word in words:
                case.expect(f"{word} after {action}", f" {word}" in now, action == "apply")
        case.expect("the same words", sorted(now.split()), sorted(begin.replace("version 1", "version 2").split()))


INHERITED = b"merge-deployment" + bytes(8)
UNKNOWN = b"kargs" + bytes(3) + b"of another form"


def check_ostree_staged(case):
    """`ostree admin upgrade --stage` leaves the arguments out: the entries' are those of the next boot.
    What is there and can't be read is neither armed nor taken for what is not."""
    case.fresh()
    os.makedirs(case.path("tools"))
    shutil.copy(os.path.join(programs.TOP, "tests/kargs/tools/rpm-ostree"), case.path("tools"))
    os.makedirs(case.path("run/ostree"))

    def do(action, staged, code):
        with open(case.path("run/ostree/staged-deployment"), "wb") as f:
            f.write(staged)
        result = case.as_machine(AS_MACHINE, "kargs", action)
        case.expect_code(f"{action}, {staged}", result, code)
        if code:
            case.expect_in("why", "the arguments of the staged deployment can't be read", result.stderr)
        with open(case.path("boot/loader/entries/" + max(os.listdir(case.path("boot/loader/entries")))),
                  encoding="ascii") as f:
            return " gpuclaim=1" in f.read()

    case.expect("not known: apply", do("apply", UNKNOWN, 4), False)
    case.expect("inherited: apply", do("apply", INHERITED, 0), True)
    case.expect("not known: revert", do("revert", UNKNOWN, 4), True)
    case.expect("inherited: revert", do("revert", INHERITED, 0), False)


def check_other_loader(case):
    """GRUB's files are there, and the running kernel was started by something else."""
    running = AS_MACHINE + ' && mount --bind "$T/etc" /etc && mount --bind "$T/cmdline" /proc/cmdline'
    for cmdline, doubted in (("initrd=\\EFI\\debian\\initrd.img ro quiet\n", True),
                             ("BOOT_IMAGE=/boot/vmlinuz-6.1.0-28-amd64 ro quiet\n", False)):
        case.fresh()
        case.write("cmdline", cmdline)
        os.makedirs(case.path("tools"))
        for tool in os.listdir(case.path("usr/sbin")):
            shutil.copy(case.path(f"usr/sbin/{tool}"), case.path("tools"))
        begin = trees.snapshot(case.at)
        result = case.as_machine(running, "kargs", "apply")
        said = result.stdout + result.stderr
        case.expect(f"{cmdline}: refused ({said})", result.returncode != 0, doubted)
        if doubted:
            case.expect_in("what was seen", "initrd=\\EFI\\debian\\initrd.img", said)
            case.expect("as before", trees.differences(begin, trees.snapshot(case.at)), [])


def check_two_blocks(case):
    """RHEL 8 on UEFI has a second grubenv: what the next boot has is not known."""
    case.fresh()
    os.makedirs(case.path("boot/efi/EFI/redhat"))
    case.write("boot/efi/EFI/redhat/grubenv", "# GRUB Environment Block\nkernelopts=ro\n####\n")
    case.expect_in("status", "warn  kernel-arguments: /boot/efi/EFI/redhat/grubenv sets kernelopts",
                   case.call("status", "--verbose").stdout)


CHECKS = [(check_samples, "debian12"), (check_read_only, "debian12"),
          (check_full, "debian12"), (check_rights, "debian12"), (check_lock, "debian12"),
          (check_attributes, "rhel9"), (check_hidden, "debian12"), (check_ostree, "ostree"),
          (check_ostree_staged, "ostree"), (check_other_loader, "debian12"), (check_two_blocks, "rhel8"), *partitions.CHECKS,
          *trial_mishaps.CHECKS]


def check_one(program, check, name, preload):
    with tempfile.TemporaryDirectory() as folder:
        case = Case(program, name, folder, preload)
        check(case)
        return suite.tell(f"{check.__name__}, {name}", case.complaints)


def run(program):
    """Returns (passed, failed)."""
    checks = [*CHECKS, *((check_kills, name) for name in SWEPT), *trial_mishaps.SWEEPS]
    with tempfile.TemporaryDirectory() as folder:
        preload = programs.preload("kargs/kill.c", folder)
        return suite.add(check_one(program, *check, preload) for check in suite.some(checks))
