# SPDX-License-Identifier: GPL-2.0-or-later
"""setup and undo where more than GPUs and GRUB is there: kernels, Nova, old recipes, a trial."""

import os
import shutil
import subprocess

from tests.setup.node import CONFIG, Case
from tests.setup.runs import expect_reboot


def check_later_kernel(case):
    """A kernel that came since is built by the next setup, the others are not."""
    case.run("setup", "--all-gpus")
    new = "6.1.0-30-amd64"
    shutil.copytree(case.path(f"lib/modules/{case.kernels[0]}"), case.path(f"lib/modules/{new}"))
    case.write(f"boot/vmlinuz-{new}", "kernel\n")
    case.expect_code("setup", case.run("setup"), 0)
    case.expect("built", case.built(), case.kernels + [new])
    case.expect("inside", CONFIG in Case.inside(case, new), True)


def check_kernel_without_vfio(case):
    """One of two kernels has no vfio-pci: told, and no reason to build its image for ever."""
    case.write(f"lib/modules/{case.kernels[1]}/modules.dep", "kernel/fs/ext4/ext4.ko:\n")
    case.begin = case.snapshot()
    result = case.run("setup", "--all-gpus")
    case.expect_code("setup", result, 0)
    case.expect_in("setup", f"{case.kernels[1]} has no vfio-pci", result.stderr)
    case.expect("armed", (case.armed(), case.built()), (2, case.kernels))
    case.expect_in("again", "nothing to do", case.run("setup").stdout)
    case.expect("again", case.built(), case.kernels)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def check_next_kernel_without_vfio(case):
    """The kernel that boots next has no vfio-pci, though the other one has: refused, and named."""
    case.write(f"lib/modules/{case.kernels[0]}/modules.dep", "kernel/fs/ext4/ext4.ko:\n")
    case.begin = case.snapshot()
    result = case.run("setup", "--all-gpus")
    case.expect_code("setup", result, 4)
    case.expect_in("setup", f"{case.kernels[0]}, which boots next, has no vfio-pci", result.stderr)
    case.expect_in("forecast", "no module vfio-pci", result.stderr)
    case.expect_begin("refused")


def check_removed_kernel(case):
    """The folder of modules that a removed kernel left has vfio-pci, and no kernel that can boot."""
    new, old = case.kernels
    case.write(f"lib/modules/{new}/modules.dep", "kernel/drivers/net/virtio_net.ko:\n")
    os.remove(case.path(f"boot/vmlinuz-{old}"))
    case.begin = case.snapshot()
    for words in [], ["--dry-run"], ["--no-initramfs"], ["--no-kernel-args"]:
        result = case.run("setup", "--all-gpus", *words)
        case.expect_code(f"setup {words}", result, 4)
        case.expect_in("setup", f"{new}, which boots next, has no vfio-pci", result.stderr)
        case.expect_in("setup", f"{old} has it, but no kernel image", result.stderr)
        case.expect_begin(f"refused {words}")
    case.write(f"lib/modules/{new}/modules.builtin", "kernel/drivers/vfio/pci/vfio-pci.ko\n"
               "kernel/drivers/vfio/vfio_iommu_type1.ko\n")
    case.expect_code("built in", case.run("setup", "--all-gpus"), 0)
    case.expect("built", case.built(), [new])


def check_kernel_without_entry(case):
    """The kernel that has vfio-pci has an image and its modules, and no entry in grub.cfg."""
    new, old = case.kernels
    case.write(f"lib/modules/{new}/modules.dep", "kernel/drivers/net/virtio_net.ko:\n")
    case.write("boot/grub/grub.cfg", "### BEGIN /etc/grub.d/10_linux ###\n"
               f"menuentry 'Debian' {{\n\tlinux /boot/vmlinuz-{new} "
               f"root=UUID=1234 ro\n\tinitrd /boot/initrd.img-{new}\n}}\n")
    case.begin = case.snapshot()
    result = case.run("setup", "--all-gpus")
    case.expect_code("setup", result, 4)
    case.expect_in("setup", f"{old} has it, but no entry of the boot loader, and can't boot",
                   result.stderr)
    case.expect_in("setup", "give that kernel an entry (update-grub", result.stderr)
    case.expect_begin("refused")


def check_newest_without_entry(case):
    """The newest kernel has no vfio-pci, and no entry until setup has grub.cfg made anew: told."""
    new = "6.1.0-30-cloud-amd64"
    case.write(f"lib/modules/{new}/modules.dep", "kernel/drivers/net/virtio_net.ko:\n")
    case.write(f"boot/vmlinuz-{new}", "kernel\n")
    result = case.run("setup", "--all-gpus", "--dry-run")
    case.expect_code("setup", result, 0)
    case.expect_in("setup", f"{new}, which has no entry yet, has no vfio-pci; install linux-image-amd64",
                   result.stderr)


def check_partitions_elsewhere(case):
    """Proxmox' EFI partitions are mounted where no other loader looks: each has its own images."""
    hook = "etc/initramfs/post-update.d/proxmox-boot-sync"
    case.write(hook, "#!/bin/sh\nexec /usr/sbin/proxmox-boot-tool refresh\n")
    os.chmod(case.path(hook), 0o755)
    subprocess.run(["chroot", case.at, f"/{hook}"], check=True, capture_output=True)
    old = case.kernels[1]
    other = case.path(f"partitions/5E6F-7788/EFI/proxmox/{old}/initrd.img-{old}")
    shutil.copy(other, case.path("tmp/initrd"))
    case.expect_code("status", case.run("status"), 3)
    case.expect_code("setup", case.run("setup", "--all-gpus"), 0)
    case.expect("armed", (case.armed(), case.built()), (4, case.kernels))
    case.expect("its image", "  initramfs: " in case.run("status").stdout, False)
    for place in "1A2B-3C4D", "5E6F-7788":      # the firmware boots the one or the other
        entry = f"partitions/{place}/loader/entries/proxmox-{case.kernels[0]}.conf"
        text = case.read(entry)
        case.expect_in(place, "set up; reboot", case.run("status").stdout)
        case.write(entry, text.replace(" gpuclaim=1", ""))
        case.expect(place, "set up; reboot" in case.run("status").stdout, False)
        case.write(entry, text)
    os.remove(case.path(f"partitions/1A2B-3C4D/loader/entries/proxmox-{old}.conf"))
    shutil.copy(case.path("tmp/initrd"), other)
    case.expect_in("the other's image", f"warn  initramfs: the initramfs of {old}",
                   case.run("status").stdout)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect("undone", (case.armed(), case.read(CONFIG)), (0, None))


def check_nova(case):
    """Where there is a Nova its drop-in is written, with aliases and no device yet; undo takes it."""
    nova = "etc/nova/nova.conf.d/60-gpuclaim.conf"
    case.run("setup", "--all-gpus")
    case.expect("no Nova, no drop-in", case.read(nova), None)
    case.run("undo")
    os.makedirs(case.path("etc/nova"))
    case.begin = case.snapshot()
    report = case.json("setup", "--all-gpus", "--dry-run")
    case.expect_in("planned", {"action": "create", "file": f"/{nova}"}, report["actions"])
    done = case.json("setup", "--all-gpus")
    case.expect("as planned", done.get("actions"), report.get("actions"))
    for part in "gpu-10de-1c81", "gpu-10de-2204":
        case.expect_in("aliases", part, case.read(nova) or "")
    case.expect("no device yet", "\ndevice_spec" in case.read(nova), False)
    case.expect_in("twice", "nothing to do", case.run("setup").stdout)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")
    result = case.run("setup", "--all-gpus", "--no-nova")
    case.expect("left out", (result.returncode, case.read(nova)), (0, None))
    result = case.run("setup", "--alias=bigone")
    case.expect_code("an alias", result, 0)
    case.expect_in("an alias", f"created /{nova}\n", result.stdout)
    case.expect_in("an alias", "bigone-10de-1c81", case.read(nova) or "")
    case.expect_in("undo --dry-run", f"--- a/{nova}\n", case.run("undo", "--dry-run").stdout)
    case.expect_in("undo", f"removed /{nova}\n", case.run("undo").stdout)
    case.expect_begin("undo of an alias")
    case.expect_code("with Placement", case.run("setup", "--all-gpus", "--placement"), 0)
    case.expect_in("with Placement", "\nreport_in_placement = true\n", case.read(nova) or "")
    case.expect_in("it stays", "nothing to do", case.run("setup").stdout)
    case.run("undo")
    for words in (["--alias=a b"], ["--alias=x", "--no-nova"], ["--placement", "--no-nova"],
                  ["--placement=http://x"]):
        case.expect_code(f"{words}", case.run("setup", "--all-gpus", *words), 2)
    case.write(nova, "[pci]\n")
    result = case.run("setup", "--all-gpus")
    case.expect_code("another's drop-in", result, 0)
    case.expect_in("another's drop-in", "Nova is left out: ", result.stderr)
    case.expect("another's drop-in", case.read(nova), "[pci]\n")
    case.expect_code("asked for", case.run("setup", "--all-gpus", "--alias=x"), 4)
    for target in "/elsewhere", os.path.basename(nova):     # leads nowhere; to itself
        check_link(case, nova, target)
    check_taken_alias(case)


def check_link(case, nova, target):
    """A link in the drop-in's place stops who asked for Nova alone."""
    case.fresh()
    os.makedirs(os.path.dirname(case.path(nova)), exist_ok=True)
    os.symlink(target, case.path(nova))
    case.begin = case.snapshot()
    refused = case.run("setup", "--all-gpus", "--alias=x")
    case.expect(f"{target}, asked for", refused.returncode in (1, 4), True)
    case.expect_begin(f"{target}, asked for")
    planned, done = case.run("setup", "--all-gpus", "--dry-run"), case.run("setup", "--all-gpus")
    for result in planned, done:
        case.expect_code(f"{target}, not asked for", result, 0)
        case.expect_in(f"{target}, not asked for", "Nova is left out: ", result.stderr)
    case.expect(f"{target}: the link", os.readlink(case.path(nova)), target)
    case.run("undo")
    case.expect_begin(f"{target}, undone")


def check_taken_alias(case):
    """Two aliases of one name that differ: from 2025.2 on nova-compute would not start."""
    case.fresh()
    os.makedirs(case.path("usr/lib/python3/dist-packages/nova-32.0.0.dist-info"))
    alias = '{"name":"x-10de-2204","vendor_id":"10DE","product_id":"2204","device_type":"type-PCI"'
    case.write("etc/nova/nova.conf", f"[pci]\nalias = {alias}}}\n")
    case.begin = case.snapshot()
    for words in ["--dry-run"], ["--json"], []:
        result = case.run("setup", "--all-gpus", "--alias=x", *words)
        case.expect_code(f"a taken alias {words}", result, 4)
        case.expect_in("it says where, and in Nova's words", "/etc/nova/nova.conf:2", result.stderr)
        case.expect_in("it says where, and in Nova's words", "NUMA policy mismatch", result.stderr)
        case.expect_begin(f"a taken alias {words}")
    case.write("etc/nova/nova.conf", f'[pci]\nalias = {alias},"numa_policy":"preferred"}}\n')
    case.begin = case.snapshot()
    case.expect_code("the same alias", case.run("setup", "--all-gpus", "--alias=x"), 0)
    case.expect_in("twice", "nothing to do", case.run("setup", "--alias=x").stdout)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def check_adopt(case):
    """An old recipe is taken over, built into the images, and given back by an undo."""
    recipe = "etc/modprobe.d/vfio.conf"
    old = "options vfio-pci ids=10de:2204\nsoftdep nouveau pre: vfio-pci\n"
    case.write(recipe, old)
    case.begin = case.snapshot()
    planned = case.json("setup", "--adopt", "--dry-run")
    case.expect("planned only", case.snapshot(), case.begin)
    done = case.json("setup", "--adopt")
    case.expect("as planned", done.get("actions"), planned.get("actions"))
    case.expect_in("adopted", {"action": "edit", "file": f"/{recipe}"}, done["actions"])
    case.expect_in("its GPU", "\nclaim 10de:2204 address=0000:02:00.0 ", case.read(CONFIG))
    case.expect("not the other", "0000:01:00.0" in case.read(CONFIG), False)
    case.expect("for root's eyes only", os.stat(case.path("var/lib/gpuclaim/setup.undo")).st_mode
                & 0o777, 0o600)
    case.expect("taken out", [line for line in case.read(recipe).splitlines()
                              if not line.startswith("#")], [])
    case.expect_in("twice", "nothing to do", case.run("setup", "--adopt").stdout)
    case.write(recipe, "options vfio-pci disable_idle_d3=1\n", "a")
    case.expect_code("undo", case.run("undo"), 0)
    case.expect("given back", case.read(recipe), old + "options vfio-pci disable_idle_d3=1\n")
    # driverctl's file goes as a whole, and nobody else removed it.
    case.fresh()
    override = "etc/driverctl.d/pci-0000:02:00.0"
    case.write(override, "vfio-pci\n")
    result = case.run("setup", "--adopt")
    case.expect_code("driverctl", result, 0)
    case.expect_in("driverctl", "GA102 [GeForce RTX 3090]: chosen by --adopt\n", result.stdout)
    case.expect("driverctl", case.read(override), None)
    result = case.run("undo")
    case.expect("undo of that", (result.returncode, result.stderr, case.read(override)),
                (0, "", "vfio-pci\n"))
    # Its service would take a claimed function to another driver: of the GPU or of its sound.
    for function, driver in (("02:00.0", "nvidia"), ("01:00.1", "snd_hda_intel")):
        case.fresh()
        override = f"etc/driverctl.d/pci-0000:{function}"
        case.write(override, f"{driver}\n")
        case.expect_code("no driverctl", case.run("setup", "--all-gpus", "--dry-run"), 0)
        case.write("usr/sbin/driverctl", "#!/bin/sh\n")
        case.expect_code("the host's own", case.run(
            "setup", f"--addresses=0000:0{3 - int(function[1])}:00.0", "--dry-run"), 0)
        case.begin = case.snapshot()
        result = case.run("setup", "--all-gpus")
        case.expect_code("another driver's", result, 4)
        case.expect_in("another driver's", f"at each boot, after the claim: /{override} ({driver}); run "
                       "driverctl unset-override", result.stderr)
        case.expect_begin("another driver's")
    # What can't be read may be an old recipe: nothing is done, and that is no success.
    case.fresh()
    case.write("etc/modprobe.d/a.conf", "")
    loops = ["loop.conf", "other.conf"]
    for loop in loops:
        os.symlink(loop, case.path(f"etc/modprobe.d/{loop}"))
    case.begin = case.snapshot()
    result = case.run("setup", "--adopt", "--all-gpus")
    case.expect_code("a file that can't be read", result, 4)
    for loop in loops:
        case.expect_in("a file that can't be read", f"/etc/modprobe.d/{loop}: Too many levels of symbolic"
                       " links: it is not known whether an old recipe is there", result.stderr)
    case.expect_begin("a file that can't be read")
    # The images hold modprobe.d: they are built anew even where the claim lines stay.
    case.fresh()
    case.expect_code("first", case.run("setup", "--all-gpus"), 0)
    case.write(recipe, old)
    built = len(case.built())
    result = case.run("setup", "--adopt")
    case.expect_code("a choice of before", result, 0)
    case.expect_in("a choice of before", "chosen by /etc/gpuclaim/gpuclaim.conf.d/60-setup.conf",
                   result.stdout)
    case.expect("built anew", case.built()[built:], case.kernels)
    built = len(case.built())
    case.expect_code("undo", case.run("undo"), 0)
    case.expect("and back", case.built()[built:], case.kernels)
    case.expect("given back", case.read(recipe), old)


STORE = "echo vfio-pci >/sys/bus/pci/devices/0000:02:00.0/driver_override\n"
# What gives the second GPU away, wherever it lives, and a script that does more.
SCRIPTS = {
    "etc/initramfs-tools/scripts/init-top/vfio": (0o755, f"#!/bin/sh\n{STORE}modprobe -i vfio-pci\n"),
    "usr/local/sbin/vfio-bind": (0o750, f"#!/bin/sh\n{STORE}"),
    "etc/systemd/system/vfio-bind.service":
        (0o644, "[Service]\nType=oneshot\nExecStart=/usr/local/sbin/vfio-bind\n"),
    "etc/udev/rules.d/10-vfio.rules":
        (0o644, '# site\nSUBSYSTEM=="pci", KERNEL=="0000:02:00.0", ATTR{driver_override}="vfio-pci"\n'
                'SUBSYSTEM=="net", NAME="lan0"\n'),
}
MORE = "etc/rc.local"


def check_adopted_scripts(case):
    """Scripts, a unit and a rule are disabled; undo gives bytes and modes back."""
    for path, (mode, text) in SCRIPTS.items():
        case.write(path, text)
        os.chmod(case.path(path), mode)
    case.write(MORE, f"#!/bin/sh\n{STORE}mount /srv\n")
    os.chmod(case.path(MORE), 0o755)
    case.begin = case.snapshot()
    result = case.run("setup", "--all-gpus", "--adopt")
    case.expect_code("adopted", result, 0)
    for path, (mode, text) in SCRIPTS.items():
        now = case.read(path)
        case.expect(f"{path}: it gives nothing away",
                    [line for line in now.splitlines() if not line.startswith("#") and
                     ("0000:02:00.0" in line or "vfio-bind" in line)], [])
        case.expect(f"{path}: mode", os.stat(case.path(path)).st_mode & 0o777, mode)
        case.expect(f"{path}: changed", now != text, True)
    case.expect_in("the rule of others", '\nSUBSYSTEM=="net", NAME="lan0"\n',
                   case.read("etc/udev/rules.d/10-vfio.rules"))
    case.expect("what does more", case.read(MORE), f"#!/bin/sh\n{STORE}mount /srv\n")
    case.expect_in("what does more", f"/{MORE}", result.stdout + result.stderr)
    case.expect_in("twice", "nothing to do", case.run("setup", "--all-gpus", "--adopt").stdout)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def check_trial(case):
    """The arguments are booted once; undo takes the trial back, pending or made permanent."""
    planned = case.json("setup", "--all-gpus", "--trial", "--dry-run")
    case.expect("nothing yet", case.snapshot(), case.begin)
    done = case.json("setup", "--all-gpus", "--trial")
    case.expect("as planned", (done["code"], done.get("actions")), (0, planned.get("actions")))
    case.expect("a reboot is due", done.get("reboot_required"), True)
    case.expect("no entry but the trial's", case.armed(), 0)
    case.expect("built", case.built(), case.kernels)
    expect_reboot(case)
    case.expect_in("its entry", "gpuclaim.trial=1", case.read("boot/grub/custom.cfg") or "")
    case.expect_in("twice", "nothing to do", case.run("setup", "--trial").stdout)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")
    case.run("setup", "--all-gpus", "--trial")
    case.expect_code("for good", case.run("setup"), 0)
    case.expect("armed", case.armed(), 2)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo of both")
    result = case.run("setup", "--all-gpus", "--trial", "--no-kernel-args")
    case.expect_code("a trial of nothing", result, 2)
    case.write("usr/sbin/grub-probe", "#!/bin/sh\necho lvm\n")
    before = case.snapshot()
    case.expect_code("not on LVM", case.run("setup", "--all-gpus", "--trial"), 4)
    case.expect("not on LVM", case.snapshot(), before)


PARTITIONS = ["l dev/disk/by-uuid/1A2B-3C4D ../../sda2", "l dev/disk/by-uuid/5E6F-7788 ../../sdb2",
              "f sys/class/block/sda2/dev 8:2\\n", "f sys/class/block/sdb2/dev 8:18\\n",
              "f proc/self/mountinfo 30 29 8:2 / /{0} rw - vfat /dev/sda2 rw\\n"
              "31 29 8:18 / /mnt/other rw - vfat /dev/sdb2 rw\\n",
              "l {0} /partitions/1A2B-3C4D", "l mnt/other /partitions/5E6F-7788"]
CHECKS = [(check_partitions_elsewhere,
           {"name": "proxmox", "more": [line.format(place) for line in PARTITIONS]})
          for place in ("mnt/esp", "boot/efi")]
CHECKS += [(check, {"name": "debian12"}) for check in (
    check_later_kernel, check_kernel_without_vfio,
    check_next_kernel_without_vfio, check_removed_kernel, check_kernel_without_entry,
    check_newest_without_entry, check_nova, check_adopt,
    check_adopted_scripts, check_trial)]
