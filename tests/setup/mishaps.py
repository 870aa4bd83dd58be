# SPDX-License-Identifier: GPL-2.0-or-later
"""setup and undo where things go wrong: killed anywhere, no room, no tools, two at once."""

import fcntl
import os
import shutil

from tests.lib import programs, trees
from tests.lib.copies import KILLED, kill_points
from tests.setup.node import CONFIG, DROPIN, GATE, LAST_NEW

# The numbers of each tree's first sweep: one after the other's last.
SWEPT = {"debian12": 0, "rhel9": 4, "systemd-boot": 6}
BOOT_AS_BEFORE = "; the node boots as before: run gpuclaimctl setup to go on, or gpuclaimctl undo\n"


# In the sweep: old recipes, which are in the images, and Nova.
WORDS = ["--all-gpus", "--adopt"]
RECIPE = "etc/modprobe.d/vfio.conf"
OLD = [f"f {RECIPE} options vfio-pci ids=10de:2204\\n", "d etc/nova/nova.conf.d"]


def check_order(case, what):
    """Whenever a kernel has the arguments, all that they switch on is in place."""
    armed = case.armed()
    if armed and not all(CONFIG in case.inside(kernel) for kernel in case.kernels):
        case.complain(f"{what}: armed, and an initramfs has no configuration")
    if armed and case.read(CONFIG) is None:
        case.complain(f"{what}: armed without a configuration")


def differences(before, after):
    return [d for d in trees.differences(before, after) if not LAST_NEW.search(d)]


def expect_inside(case, what):
    """The images hold the files as they are now."""
    for kernel in case.kernels:
        inside = case.inside(kernel)
        for path in CONFIG, RECIPE:
            case.expect(f"{what}: /{path} inside", inside.get(path, b"").decode(),
                        case.read(path) or "")


def sweep(case, first, then, after, points):
    """Kill FIRST before its effects; THEN finishes it, or takes it back."""
    words = {"setup": WORDS, "undo": []}
    for n in points:
        case.fresh()
        if first == "undo":
            case.expect_code("setup", case.run("setup", *words["setup"]), 0)
        killed = case.run(first, *words[first], kill_at=n)
        what = f"{first} killed at {n}, {then}"
        if killed.returncode != KILLED:
            case.expect_code(what, killed, 0)
            return n - 1
        check_order(case, what)
        case.expect_code(what, case.run(then, *words[then]), 0)
        check_order(case, what)
        if then == "setup":
            case.expect(what, differences(after, case.snapshot()), [])
            case.expect(f"{what}: armed", case.armed(), 2)
            expect_inside(case, what)
            case.expect_code(what, case.run("undo"), 0)
        case.expect_begin(what)
        expect_inside(case, what)
    return 0


def check_kills(case):
    case.preload = programs.preload("kargs/kill.c", os.path.dirname(case.at))
    case.expect_code("setup", case.run("setup", *WORDS), 0)
    after = case.snapshot()
    pairs = [("setup", "setup"), ("undo", "undo")]
    if case.name == "debian12":
        pairs += [("setup", "undo"), ("undo", "setup")]
    for number, (first, then) in enumerate(pairs, SWEPT[case.name]):
        effects = sweep(case, first, then, after, kill_points(number, 14))
        if effects < 20:
            case.complain(f"{first}: only {effects} effects were seen")


def break_tool(case, place, script):
    """A line at the beginning of a stand-in."""
    head, _, rest = case.read(place).partition("\n")
    case.write(place, f"{head}\n{script}\n{rest}")


def mend_tool(case, place):
    shutil.copy(os.path.join(case.pattern, place), case.path(place))


def fails(case, what, part, code=1):
    """A setup that fails; what it says of the node is true, and undo and setup both mend it."""
    result = case.run("setup", "--all-gpus")
    case.expect_code(what, result, code)
    case.expect_in(what, part, result.stderr)
    check_order(case, what)
    case.expect(f"{what}: armed", case.armed(), 0)
    if code == 1:
        case.expect_in(what, BOOT_AS_BEFORE, result.stderr)
    return result


def check_undo_without_effect(case):
    """update-grub does nothing: undo fails and names the file, until it is done."""
    case.expect_code("setup", case.run("setup", "--all-gpus"), 0)
    tool = "usr/sbin/update-grub"
    break_tool(case, tool, "exit 0")
    for _ in range(2):
        result = case.run("undo")
        case.expect_code("without effect", result, 1)
        case.expect_in("where", "/boot/grub/grub.cfg still has gpuclaim=1", result.stderr)
        case.expect("armed", case.armed(), 2)
    mend_tool(case, tool)
    case.expect_code("mended", case.run("undo"), 0)
    case.expect_begin("undo")


def check_failing_tools(case):
    """The program that builds images fails, lies, or ends us; so does update-grub."""
    build, grub = "usr/sbin/mkinitramfs", "usr/sbin/update-grub"
    first, second = case.kernels
    for what, place, script, part in (
            ("it fails", build, "echo no room >&2; exit 3", "failed with exit status 3"),
            ("at the second", build, f'[ "$1" != {second} ] || exit 3', "failed with exit status 3"),
            ("does nothing", build, "exit 0",
             f"the new initramfs of {first} is not right: /{CONFIG} is not inside"),
            ("leaves us out", build, "LEAVE_OUT=1",
             f"the new initramfs of {first} is not right: gpuclaim is not inside"),
            ("grub fails", grub, "exit 3", "update-grub: failed with exit status 3")):
        for then in "setup", "undo":
            case.fresh()
            break_tool(case, place, script)
            fails(case, what, part)
            mend_tool(case, place)
            words = ["--all-gpus"] if then == "setup" else []
            case.expect_code(f"{what}, {then}", case.run(then, *words), 0)
            if then == "setup":
                case.expect(f"{what}, {then}", case.armed(), 2)
                case.expect_code(f"{what}, undo", case.run("undo"), 0)
            case.expect_begin(f"{what}, {then}")


def check_failing_undo(case):
    """An undo that fails half-way has disarmed the node, and goes on when it is run again."""
    for place in "usr/sbin/mkinitramfs", "usr/sbin/update-grub":
        case.fresh()
        case.expect_code("setup", case.run("setup", "--all-gpus"), 0)
        break_tool(case, place, "exit 3")
        result = case.run("undo")
        case.expect_code(place, result, 1)
        case.expect_in(place, '"gpuclaimctl undo" goes on from here', result.stderr)
        check_order(case, place)
        mend_tool(case, place)
        case.expect_code(place, case.run("undo"), 0)
        case.expect_begin(place)


def check_impossible(case):
    """Refused before anything is changed: no kernel, no tool, no loader, the opposite argument."""
    def no_kernel():
        for kernel in case.kernels:
            os.unlink(case.path(f"boot/vmlinuz-{kernel}"))

    def no_tool():
        for name in "mkinitramfs", "update-initramfs":
            os.unlink(case.path(f"usr/sbin/{name}"))

    def other_tool(name):
        def other():
            no_tool()
            case.write(f"usr/bin/{name}", "#!/bin/sh\n")
            os.chmod(case.path(f"usr/bin/{name}"), 0o755)
        return other

    def no_loader():
        shutil.rmtree(case.path("boot/grub"))
        for name in "update-grub", "grub-mkconfig":
            os.unlink(case.path(f"usr/sbin/{name}"))

    def opposite():
        case.write("etc/default/grub", 'GRUB_CMDLINE_LINUX="intel_iommu=off"\n', "a")

    def masked(path):
        def mask():
            os.makedirs(os.path.dirname(case.path(path)), exist_ok=True)
            os.symlink("/dev/null", case.path(path))
        return mask

    def frozen():
        case.write("etc/initramfs-tools/update-initramfs.conf", "update_initramfs=no\n")

    for spoil, part in ((frozen, "says update_initramfs=no, and update-initramfs builds nothing then: say yes "
                                 "there first; --no-initramfs leaves the images to you"),
                        (no_kernel, "no kernel is installed here"),
                        (no_tool, "install dracut or initramfs-tools; --no-initramfs leaves "
                                  "the images to you"),
                        *((other_tool(name), f"{name} builds the images ({conf}), and gpuclaim has no "
                           "part for it: install dracut in its place; gpuclaimctl kargs apply gives "
                           "the kernel its arguments, intel_iommu=on (Intel's), iommu=pt and gpuclaim=1, "
                           "or tells where they belong")
                          for name, conf in (("mkinitcpio", "/etc/mkinitcpio.conf"),
                                             ("mkinitfs", "/etc/mkinitfs/mkinitfs.conf"))),
                        (no_loader, "the program that writes grub.cfg is not installed; the kernel "
                                    "needs: intel_iommu=on iommu=pt gpuclaim=1; --no-kernel-args "
                                    "leaves them to you"),
                        (opposite, '"intel_iommu=off" says the opposite'),
                        (masked(CONFIG), f"/{CONFIG} is a link to /dev/null"),
                        (masked(GATE), f"/{GATE} is a link to /dev/null"),
                        (masked(DROPIN), f"/{DROPIN} is a link to /dev/null")):
        case.fresh()
        spoil()
        before = case.snapshot()
        for words in [], ["--dry-run"]:
            result = case.run("setup", "--all-gpus", "--gate=strict", *words)
            case.expect_code(part, result, 4)
            case.expect_in(part, part, result.stderr)
            case.expect(part, case.snapshot(), before)
        case.expect_in(part, "nothing to undo", case.run("undo").stdout)


READ_ONLY = 'mount --bind "$T/{0}" "$T/{0}" && mount -o remount,bind,ro "$T/{0}"'
# What is full stays so, and what was there is written back when the mounts are gone.
FULL = ('cp -a "$T/{0}" "$T/saved" && mount -t tmpfs -o size={1},mode=755 none "$T/{0}" && '
        'cp -a "$T/saved/." "$T/{0}/" && rm -r "$T/saved" && '
        '{{ head -c 9m /dev/zero >"$T/{0}/filler" 2>/dev/null; true; }}')


def check_read_only(case):
    for folder in "etc", "var", "run":
        case.fresh()
        result = case.mounted(READ_ONLY.format(folder), "setup", "--all-gpus")
        case.expect_code(f"{folder} is read-only", result, 4)
        case.expect_in(f"{folder} is read-only", "Read-only file system", result.stderr)
        case.expect_begin(f"{folder} was read-only")
    case.fresh()
    result = case.mounted(READ_ONLY.format("boot"), "setup", "--all-gpus")
    case.expect_code("boot is read-only", result, 4)
    case.expect_in("boot is read-only", "/boot is mounted read-only; remount it", result.stderr)
    case.expect_begin("boot was read-only")
    # Without an image to build it is the arguments that have no place.
    result = case.mounted(READ_ONLY.format("boot"), "setup", "--all-gpus", "--no-initramfs")
    case.expect_code("grub.cfg is read-only", result, 1)
    case.expect_in("grub.cfg is read-only", BOOT_AS_BEFORE, result.stderr)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("grub.cfg was read-only")


def check_full(case):
    for folder in "etc", "var":
        case.fresh()
        result = case.mounted(FULL.format(folder, "128k"), "setup", "--all-gpus")
        case.expect_code(f"{folder} is full", result, 4)
        case.expect_in(f"{folder} is full", "No space left on device", result.stderr)
        case.expect_begin(f"{folder} was full")
    case.fresh()
    result = case.mounted(FULL.format("boot", "256k"), "setup", "--all-gpus")
    case.expect_code("boot is full", result, 4)
    case.expect_in("boot is full", "/boot has 0 MiB free", result.stderr)
    case.expect_begin("boot was full")
    # There was room when it was looked at, and then there is none.
    case.fresh()
    break_tool(case, "usr/sbin/mkinitramfs", "head -c 99m /dev/zero >/boot/filler || exit 3")
    result = case.mounted(FULL.format("boot", "40m"), "setup", "--all-gpus")
    case.expect_code("boot fills", result, 1)
    case.expect_in("boot fills", "failed with exit status 3; the node", result.stderr)
    case.expect_in("boot fills", BOOT_AS_BEFORE, result.stderr)
    case.expect("armed", case.armed(), 0)
    mend_tool(case, "usr/sbin/mkinitramfs")
    case.expect_code("room again", case.run("setup", "--all-gpus"), 0)
    case.expect("armed now", case.armed(), 2)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("boot was full")


def check_lock(case):
    os.makedirs(case.path("run/gpuclaim"))
    with open(case.path("run/gpuclaim/gpuclaimctl.lock"), "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        for words in ["setup", "--all-gpus"], ["undo"]:
            result = case.run(*words)
            case.expect_code(f"{words}", result, 5)
            case.expect_in(f"{words}", "another gpuclaimctl is at work", result.stderr)
        case.expect_code("a dry run needs no lock", case.run("setup", "--all-gpus", "--dry-run"), 0)
        case.expect_begin("another one was at work")
    # One lock from the first to the last step: what runs in between can't take it.
    break_tool(case, "usr/sbin/mkinitramfs",
               "flock -n /run/gpuclaim/gpuclaimctl.lock true && echo free >/free")
    case.expect_code("the other one has ended", case.run("setup", "--all-gpus"), 0)
    case.expect("held all the time", case.read("free"), None)


def check_rights(case):
    """Not root: refused before anything is written."""
    case.show_others()
    result = case.run("setup", "--all-gpus", user=65534, group=65534, extra_groups=[])
    case.expect_code("not root", result, 4)
    case.expect_begin("not root")
    os.chmod(case.at, 0o777)
    result = case.run("setup", "--all-gpus")
    case.expect_code("others may write to the folder", result, 4)
    case.expect_in("others may write", "nobody else may write to it", result.stderr)
    os.chmod(case.at, 0o755)
    case.expect_begin("others may write to the folder")


def check_spoilt_record(case):
    """A record that is none: said, and nothing is done on top of it."""
    case.write("var/lib/gpuclaim/setup.undo", "nonsense\n")
    for words in ["setup", "--all-gpus"], ["undo"]:
        result = case.run(*words)
        case.expect_code(f"{words}", result, 1)
        case.expect_in(f"{words}", "/var/lib/gpuclaim/setup.undo: it was not written by this program; "
                       "move it away", result.stderr)
        case.expect(f"{words}", (case.read(CONFIG), case.read(DROPIN)), (None, None))


CHECKS = [*((check_kills, {"name": name, "more": OLD})
            for name in SWEPT),
          *((check, {"name": "debian12"}) for check in (
              check_failing_tools, check_failing_undo, check_undo_without_effect,
              check_impossible, check_read_only, check_full, check_lock, check_rights,
              check_spoilt_record))]
