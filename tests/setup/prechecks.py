# SPDX-License-Identifier: GPL-2.0-or-later
"""What setup is told before it changes anything."""

import os
import re
import subprocess
import tempfile

from tests.setup.machines import (
    AUDIO, BASE, ENTRY, GPU, IMAGES, LEFT, MENU, OTHER, PIN, PORT, PROXMOX, RELEASE, Failed, make,
    select, unified)

OFF = ["include linux.tree", "iommu intel off", PORT, GPU.format("01", 13).replace(" group=13", "")]
USB = "pci 0000:01:00.2 10de:1ad8 class=0c0330 sub=1458:3733 group=13 parent=0000:00:01.0 "
DISK = "pci 0000:01:00.4 144d:a808 class=010802 group=13 parent=0000:00:01.0 driver=nvme"
HELD = ["driver xhci_hcd module=xhci_pci", USB + "driver=xhci_hcd",
        "f sys/bus/pci/devices/0000:01:00.2/usb4/4-1/uevent DEVTYPE=usb_device\\n"]
# Its root hub has been looked through, and sleeps.
ASLEEP = ["f sys/bus/pci/devices/0000:01:00.2/usb4/power/runtime_status suspended\\n"]
# What the host works with itself.
OWN = ["pci 0000:02:00.0 10de:1c82 class=030000 group=14 parent=0000:00:01.0 driver=nouveau",
       "pci 0000:00:1f.3 8086:a170 class=040300 group=9 driver=snd_hda_intel"]
BUILTIN = [f"f lib/modules/{RELEASE}/modules.builtin kernel/drivers/usb/host/xhci-pci.ko\\n"]
REBIND_NO = "f etc/gpuclaim/gpuclaim.conf set rebind=no\\n"
NOUVEAU_IN = [*BASE[:3], GPU.format("01", 13) + " driver=nouveau",
              f"f lib/modules/{RELEASE}/modules.builtin kernel/drivers/gpu/drm/nouveau.ko\\n"]
EFI = "f sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c "
NO_ENTRY = f"{RELEASE} has no vfio-pci, 6.1.0-9-amd64 has it, but no entry of the boot loader, "
NEXT_HAS_NONE = {"vfio-modules": ("fail", f"{RELEASE}, which boots next, has no vfio-pci"),
                 "driver": ("fail", "no module vfio-pci")}
OTHER_HAS_NO_ENTRY = {"vfio-modules": ("fail", "6.1.0-9-amd64 has it, but no entry of the boot loader"),
                      "driver": ("fail", "no module vfio-pci")}
CLOUD = "6.13.1-cloud-amd64"
UPDATE_GRUB = ["f usr/sbin/grub-mkconfig default/grub.d\\n", "f usr/sbin/update-grub x",
               "f etc/default/grub GRUB_DEFAULT=0\\n"]
BARE = [f"f lib/modules/{RELEASE}/modules.dep kernel/a.ko:\\n"]
# A stick at the USB function of the GPU, a disk elsewhere.
STICK = "devices/pci0000:00/0000:00:01.0/0000:01:00.2/usb4/4-1/4-1:1.0/host6/block/sda"
ELSEWHERE = "devices/pci0000:00/0000:00:17.0/ata1/host0/block/sdb"
PLUGGED = [*BASE, "driver xhci_hcd module=xhci_pci", USB + "driver=xhci_hcd"]
MOUNTS = "f proc/self/mountinfo 29 1 {} / {} rw - ext4 {} rw\\n"
STICKS = [f"l sys/dev/block/8:1 ../../{STICK}/sda1", f"l sys/class/block/sda1 ../../{STICK}/sda1",
          f"d sys/{STICK}/sda1"]
CRYPT = ["d sys/devices/virtual/block/dm-0/slaves",
         f"l sys/devices/virtual/block/dm-0/slaves/sda1 ../../../../../{STICK}/sda1",
         "l sys/dev/block/253:0 ../../devices/virtual/block/dm-0"]
NIC = "devices/pci0000:00/0000:00:01.0/0000:01:00.2/usb4/4-2/4-2:1.0/net/enx0"
NICS = [f"l sys/class/net/enx0 ../../{NIC}", f"f sys/{NIC}/operstate up\\n"]
UP = f"f sys/{NIC}/flags 0x1003\\n"
# A keyboard there, as /proc tells of it, and sysfs; a headset has keys, but no letters.
INPUT = "devices/pci0000:00/0000:00:01.0/0000:01:00.2/usb4/4-3/4-3:1.0/0003:046D:C31C.0001/input/input5"
LETTERS = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
MEDIA = "300ff 0 0 0 178 b02004 8c0000 0 0 0"
INPUTS = ("f proc/bus/input/devices I: Bus=0003 Vendor=046d Product=c31c Version=0110\\n"
          'N: Name="Logitech USB Keyboard"\\nP: Phys=usb-0000:01:00.2-1/input0\\n'
          "S: Sysfs=/{}\\nU: Uniq=\\nH: Handlers={}event3 leds \\nB: PROP=0\\n"
          "B: EV=120013\\nB: KEY={}\\n\\nI: Bus=0019 Vendor=0000 Product=0001 Version=0000\\n"
          'N: Name="Power Button"\\nS: Sysfs=/devices/LNXSYSTM:00/LNXPWRBN:00/input/input0\\n'
          "H: Handlers=kbd event0 \\nB: EV=3\\nB: KEY=10000000000000 0\\n\\n")
SYSFS_INPUT = [f"l sys/class/input/input5 ../../{INPUT}"]
TPM = "devices/pci0000:00/0000:00:01.0/0000:01:00.2/usb4/4-4/4-4:1.0/i2c-9/9-0029/tpm/tpm0"
# The ports of a Thunderbolt controller hang on it, though they are not below it in sysfs.
DOCK = "devices/pci0000:00/0000:00:07.0/0000:2c:00.0/0000:2d:01.0/0000:2e:00.0/net/eth3"
DOCKED = [f"l sys/class/net/eth3 ../../{DOCK}", f"f sys/{DOCK}/flags 0x1003\\n",
          f"f sys/{DOCK}/operstate up\\n"]
CONSUMER = "l sys/bus/pci/devices/0000:01:00.2/consumer:pci:0000:00:{} ../../virtual/devlink/x"
ROOTED = "f proc/self/mountinfo 29 1 8:2 / / {} - ext4 /dev/sdc2 rw\\n"
FSTAB = "f etc/fstab # a comment\\nUUID=1 / ext4 defaults 0 1\\nUUID=2 {} ext4 defaults 0 2\\n"
CARRIES = "0000:01:00.2 (USB controller) carries "

# (title, machine, words of the selection, {id: (state, part of the message)})
CASES = [
    ("all is well", BASE + ["f boot/initrd.img-6 x"], ["all-gpus"], {
        "configuration": ("pass", "no error"), "arming": ("pass", "gpuclaim=1"),
        "next-boot": ("pass", "vfio-pci: 0000:01:00.0 (now without a driver)"), "iommu-firmware": ("pass", "(intel)"),
        "iommu-kernel": ("pass", "uses"), "interrupt-remapping": ("pass", ""), "selected": ("pass", "1 GPU is chosen"), "identity": ("pass", ""),
        "iommu-group": ("pass", ""), "virtual-functions": ("pass", ""), "boot-vga": ("pass", ""), "reserved-region": ("pass", ""), "in-use": ("pass", ""), "groups": ("pass", ""),
        "thief-drivers": ("pass", "kept from it: nouveau"), "variant-driver": ("pass", ""),
        "bars": ("pass", ""), "reset-method": ("pass", ""), "d3cold": ("pass", ""), "vfio-modules": ("pass", "1 installed kernel has"),
        "boot-room": ("pass", ""), "gpu-users": ("pass", ""), "secure-boot": ("pass", "not booted by UEFI")}),
    ("a driver is made for it", ["include gh200-pair.tree"], ["all-gpus"],
     {"variant-driver": ("warn", "0009:01:00.0 (nvgrace_gpu_vfio_pci), 0019:01:00.0 (nvgr")}),
    ("it is to have that driver", ["include gh200-pair.tree",
                                   "f etc/gpuclaim/gpuclaim.conf set driver=auto\\n"],
     ["all-gpus"], {"variant-driver": ("pass", "")}),
    ("a driver for virtual functions has its IDs, too", [
        "include battlemage.tree", f"f lib/modules/{RELEASE}/modules.alias",
        "\talias vfio_pci:v00008086d0000E20Bsv*sd*bc*sc*i* xe_vfio_pci"], ["addresses=03:00.0"],
     {"variant-driver": ("pass", "")}),
    ("nouveau has it now", [*BASE[:3], GPU.format("01", 13) + " driver=nouveau"], ["all-gpus"],
     {"in-use": ("pass", ""), "thief-drivers": ("pass", "nouveau"),
      "next-boot": ("pass", "gives to vfio-pci: 0000:01:00.0 (now nouveau)")}),
    ("vfio-pci has it now", [*BASE[:3], GPU.format("01", 13) + " driver=vfio-pci"], ["all-gpus"],
     {"next-boot": ("pass", "takes no function")}),
    ("armed by a later file", BASE + [
        "f etc/gpuclaim/gpuclaim.conf set arm=always\n",
        "f etc/gpuclaim/gpuclaim.conf.d/70-site.conf set arm=always\n",
        "f etc/gpuclaim/gpuclaim.conf.d/80-site.conf set expect=1\n"], ["all-gpus"],
     {"arming": ("fail", "/etc/gpuclaim/gpuclaim.conf.d/70-site.conf makes claim")}),
    ("armed by a file that setup's own beats", BASE + [
        "f etc/gpuclaim/gpuclaim.conf set arm=always\n"], ["all-gpus"], {"arming": ("pass", "")}),
    ("armed by the command line", BASE + ["f proc/cmdline gpuclaim.arm=always\n"], ["all-gpus"],
     {"arming": ("fail", "/proc/cmdline makes claim")}),
    ("a driver that is built in has it", NOUVEAU_IN, ["all-gpus"],
     {"in-use": ("fail", "or set rebind=yes\n  or choose other GPUs")}),
    ("the same, and rebind=no", NOUVEAU_IN + [REBIND_NO], ["all-gpus"],
     {"in-use": ("fail", "set rebind=no keeps it so\n  write set rebind=yes in its place, or choose")}),
    ("rebind=no, and a built-in driver's port", BASE + HELD[:2] + ASLEEP + BUILTIN + [REBIND_NO],
     ["all-gpus"], {"in-use": ("fail", "set rebind=no keeps it so\n  take set rebind=no out, or choose other")}),
    ("a memory stick at a module's port", BASE + HELD, ["all-gpus"], {"in-use": ("pass", "")}),
    ("a memory stick at a built-in driver's port", BASE + HELD + BUILTIN, ["all-gpus"],
     {"in-use": ("fail", "USB device 4-1\n  unplug what hangs on it, or choose other GPUs")}),
    ("nothing hangs on a built-in driver's port", BASE + HELD[:2] + ASLEEP + BUILTIN,
     ["all-gpus"], {"in-use": ("pass", "")}),
    ("off in the kernel", OFF, ["all-gpus"], {
        "iommu-kernel": ("warn", "intel_iommu=on"), "groups": ("skip", ""),
        "iommu-group": ("skip", ""), "boot-vga": ("pass", ""),
        "interrupt-remapping": ("skip", "")}),
    ("off in the kernel, and the console's", [*OFF[:3], OFF[3] + " boot_vga=1"],
     ["ids=10de:1c81"], {"iommu-kernel": ("warn", ""), "boot-vga": ("fail", "0000:01:00.0")}),
    ("off in AMD's kernel", [OFF[0], "iommu amd off", *OFF[2:]], ["all-gpus"],
     {"iommu-kernel": ("fail", "no argument turns it off")}),
    ("off in AMD's kernel, by an argument", [OFF[0], "iommu amd off", *OFF[2:],
                                             "f proc/cmdline amd_iommu=off\\n"], ["all-gpus"],
     {"iommu-kernel": ("fail", "amd_iommu=off keeps")}),
    ("what setup would add is there", [*OFF, "f proc/cmdline intel_iommu=on\\n"], ["all-gpus"],
     {"iommu-kernel": ("fail", "intel_iommu=on is there")}),
    ("a table without a unit", [OFF[0], "iommu amd empty", *OFF[2:]], ["all-gpus"],
     {"iommu-firmware": ("fail", "IVRS has no IOMMU")}),
    ("a Xen dom0", ["include xen-dom0.tree"], ["all-gpus", "boot-vga=allow"],
     {"iommu-firmware": ("fail", "Xen owns the IOMMU")}),
    ("off in the firmware", [OFF[0], *OFF[2:]], ["all-gpus"],
     {"iommu-firmware": ("fail", "off in the firmware"), "iommu-kernel": ("skip", ""),
      "groups": ("skip", ""), "boot-vga": ("skip", "")}),
    ("no remapping", [BASE[0], "iommu intel noremap", *BASE[2:]], ["all-gpus"],
     {"interrupt-remapping": ("warn", "not ready")}),
    ("an ACS override", [*BASE, "f proc/cmdline intel_iommu=on pcie_acs_override=downstream\\n"],
     ["all-gpus"], {"isolation": ("fail", "pcie_acs_override=downstream")}),
    ("an ACS override that is accepted", [
        *BASE, "f proc/cmdline intel_iommu=on pcie_acs_override=downstream\\n",
        "f etc/gpuclaim/gpuclaim.conf set isolation=accept\\n"],
     ["all-gpus"], {"isolation": ("warn", "pcie_acs_override=downstream")}),
    ("ports set by hand", [*BASE, "f proc/cmdline intel_iommu=on pci=noacs\\n"],
     ["all-gpus"], {"isolation": ("warn", "the kernel argument pci=noacs sets")}),
    ("an ID of nothing here", BASE, ["ids=10de:2330"], {"selected": ("warn", "no GPU")}),
    ("a disk in the group", BASE + [DISK], ["all-gpus"],
     {"groups": ("fail", "0000:01:00.4 (144d:a808, NVMe controller, driver nvme)")}),
    ("two GPUs in a group, one chosen", BASE + [GPU.format("02", 13)], ["addresses=01:00.0"],
     {"groups": ("fail", "0000:02:00.0")}),
    ("two GPUs in a group, both chosen", BASE + [GPU.format("02", 13)], ["all-gpus"],
     {"groups": ("pass", ""), "selected": ("pass", "2 GPUs are")}),
    ("the console's, allowed", [*BASE[:3], GPU.format("01", 13) + " boot_vga=1"],
     ["all-gpus", "boot-vga=allow"], {"boot-vga": ("warn", "0000:01:00.0: it has the console, which is dark")}),
    ("the console's, with a passphrase prompt", [
        *BASE[:3], GPU.format("01", 13) + " boot_vga=1",
        "f etc/crypttab cryptroot UUID=2222 none luks,discard\\n"],
     ["all-gpus", "boot-vga=allow"],
     {"boot-vga": ("warn", "prompt of cryptroot (/etc/crypttab:1)")}),
    ("the kernel's boot VGA, with the console elsewhere", ["include vgaarb-wrong.tree"],
     ["ids=10de:24e0", "boot-vga=allow"], {"boot-vga": ("pass", "")}),
    ("the console's", [*BASE[:3], GPU.format("01", 13) + " boot_vga=1"], ["ids=10de:1c81"],
     {"boot-vga": ("fail", "0000:01:00.0: the console's GPU")}),
    ("the firmware's region", ["group 13 direct=1000-1fff", *BASE], ["all-gpus"],
     {"reserved-region": ("fail", "RMRR")}),
    ("virtual functions", ["include vfs.tree"], ["all-gpus"],
     {"virtual-functions": ("fail", "2 virtual functions")}),
    ("not behind the IOMMU", [*BASE[:3], OFF[3]], ["all-gpus"],
     {"iommu-group": ("fail", "not behind it")}),
    ("another's line that does not match",
     BASE + ["f etc/gpuclaim/gpuclaim.conf claim 10de:2330 address=0000:01:00.0\\n"],
     ["all-gpus"], {"identity": ("fail", "/etc/gpuclaim/gpuclaim.conf:1")}),
    ("a broken file", BASE + ["f etc/gpuclaim/gpuclaim.conf claim\\n"], ["all-gpus"],
     {"configuration": ("fail", "/etc/gpuclaim/gpuclaim.conf:1:6")}),
    ("a broken file of setup's own", BASE + ["f etc/gpuclaim/gpuclaim.conf.d/60-setup.conf z\\n"],
     ["all-gpus"], {"configuration": ("pass", ""), "groups": ("pass", "")}),
    ("a later drop-in allows the console", [
        *BASE[:3], GPU.format("01", 13) + " boot_vga=1",
        "f etc/gpuclaim/gpuclaim.conf.d/70-more.conf set boot-vga=allow\\n"], ["ids=10de:1c81"],
     {"boot-vga": ("warn", "")}),
    ("an earlier drop-in loses", [
        *BASE[:3], GPU.format("01", 13) + " boot_vga=1",
        "f usr/lib/gpuclaim/gpuclaim.conf.d/50-more.conf set boot-vga=allow\\n"],
     ["ids=10de:1c81", "boot-vga=refuse"], {"boot-vga": ("fail", "")}),
    ("switched off for now", BASE + ["f proc/cmdline gpuclaim=0\\n"], ["all-gpus"],
     {"selected": ("pass", "1 GPU")}),
    ("a BAR that got no room", [*BASE[:3], GPU.format("01", 13) + " raw1=0000000c"], ["all-gpus"],
     {"bars": ("fail", "0000:01:00.0: its BAR 1 got no room")}),
    ("a BAR without an address", [*BASE[:3], GPU.format("01", 13) + " bar0=0+16M"], ["all-gpus"],
     {"bars": ("fail", "0000:01:00.0: the kernel found no address for its BAR 0 of 16M")}),
    ("another GPU's BAR got no room", [*BASE, GPU.format("02", 14) + " raw1=0000000c"],
     ["addresses=0000:01:00.0"], {"bars": ("pass", "")}),
    ("no reset", BASE + ["f sys/bus/pci/devices/0000:01:00.0/reset_method \\n"], ["all-gpus"],
     {"reset-method": ("warn", "0000:01:00.0")}),
    ("an old kernel's reset", BASE + ["x sys/bus/pci/devices/0000:01:00.0/reset_method",
                                      "f sys/bus/pci/devices/0000:01:00.0/reset x"], ["all-gpus"],
     {"reset-method": ("pass", "")}),
    ("an old kernel without a reset", BASE + ["x sys/bus/pci/devices/0000:01:00.0/reset_method"],
     ["all-gpus"], {"reset-method": ("warn", "0000:01:00.0")}),
    ("its power can be cut", BASE + [
        "f sys/bus/pci/devices/0000:01:00.0/d3cold_allowed 1\\n",
        "d sys/bus/pci/devices/0000:00:01.0/firmware_node/power_resources_D3hot"], ["all-gpus"],
     {"d3cold": ("warn", "0000:01:00.0")}),
    ("its power can be cut, but vfio-pci lets none sleep", BASE + [
        "f sys/bus/pci/devices/0000:01:00.0/d3cold_allowed 1\\n",
        "d sys/bus/pci/devices/0000:00:01.0/firmware_node/power_resources_D3hot",
        "f sys/module/vfio_pci/parameters/disable_idle_d3 Y\\n"], ["all-gpus"],
     {"d3cold": ("pass", "")}),
    ("its power can be cut, but the next vfio-pci lets none sleep", BASE + [
        "f sys/bus/pci/devices/0000:01:00.0/d3cold_allowed 1\\n",
        "d sys/bus/pci/devices/0000:00:01.0/firmware_node/power_resources_D3hot",
        "f proc/cmdline intel_iommu=on vfio-pci.disable_idle_d3=1\\n"], ["all-gpus"],
     {"d3cold": ("pass", "")}),
    ("its power may not be cut", BASE + [
        "f sys/bus/pci/devices/0000:01:00.0/d3cold_allowed 0\\n",
        "d sys/bus/pci/devices/0000:00:01.0/firmware_node/power_resources_D3hot"], ["all-gpus"],
     {"d3cold": ("pass", "")}),
    ("a kernel without vfio", BASE + [f"f {OTHER}/modules.dep kernel/vfio/vfio_iommu_type1.ko:\\n",
                                      *IMAGES],
     ["all-gpus"], {"vfio-modules": ("warn", "6.1.0-9-amd64 has no vfio-pci")}),
    ("no kernel with vfio", [*BASE[1:], f"f {OTHER}/modules.dep kernel/a.ko:\\n", IMAGES[1]],
     ["all-gpus"], {"vfio-modules": ("fail", "6.1.0-9-amd64 has no vfio-pci")}),
    ("what a removed kernel left has vfio", [*BASE, *BARE, *LEFT, IMAGES[0]], ["all-gpus"],
     {"vfio-modules": ("fail", f"{RELEASE} has no vfio-pci, 6.1.0-9-amd64 has it, but no kernel "
                       "image, and can't boot"), "driver": ("fail", "no module vfio-pci")}),
    ("what a removed kernel left has none", [*BASE, f"f {OTHER}/modules.dep kernel/a.ko:\\n",
                                             IMAGES[0]], ["all-gpus"],
     {"vfio-modules": ("pass", "1 installed kernel has")}),
    ("no entry starts the kernel that has vfio", [*BASE, *BARE, *LEFT, *IMAGES,
                                                  ENTRY.format(RELEASE)], ["all-gpus"],
     {"vfio-modules": ("fail", NO_ENTRY.replace(" has no", ", which boots next, has no")),
      "driver": ("fail", "no module vfio-pci")}),
    ("no entry starts the kernel that has none", [
        *BASE, f"f {OTHER}/modules.dep kernel/a.ko:\\n", *IMAGES, ENTRY.format(RELEASE)],
     ["all-gpus"], {"vfio-modules": ("pass", "1 installed kernel has")}),
    ("grub.cfg does not start the kernel that has vfio", [
        *BASE, *BARE, *LEFT, *IMAGES, MENU.format("-" + RELEASE)], ["all-gpus"],
     OTHER_HAS_NO_ENTRY),
    ("custom.cfg starts the kernel that has vfio", [
        *BASE, *BARE, *LEFT, *IMAGES, MENU.format("-" + RELEASE),
        MENU.format("-6.1.0-9-amd64").replace("grub.cfg", "custom.cfg")], ["all-gpus"],
     NEXT_HAS_NONE),
    ("grub.cfg does not tell which kernel it starts", [
        *BASE, *BARE, *LEFT, *IMAGES, MENU.format("-" + RELEASE) + MENU[len(
            "f boot/grub/grub.cfg "):].format("")], ["all-gpus"], NEXT_HAS_NONE),
    ("update-grub gives a newer kernel an entry, which has none", [
        *BASE, *UPDATE_GRUB, IMAGES[0], MENU.format("-" + RELEASE), f"f boot/vmlinuz-{CLOUD} k",
        f"f lib/modules/{CLOUD}/modules.dep kernel/a.ko:\\n"], ["all-gpus"],
     {"vfio-modules": ("warn", f"{CLOUD}, which has no entry yet, has no vfio-pci\n  install linux")}),
    ("update-grub gives a kernel an entry, which has vfio", [
        *BASE, *UPDATE_GRUB, *BARE, *LEFT, *IMAGES, MENU.format("-" + RELEASE)], ["all-gpus"],
     {"vfio-modules": ("fail", "but no entry of the boot loader, and can't boot\n  give that kernel "
                       "an entry (update-grub"), "driver": ("fail", "no module vfio-pci")}),
    ("no entry starts the kernel that runs", [
        *BASE, *BARE, *LEFT, *IMAGES, MENU.format("-6.1.0-9-amd64")], ["all-gpus"],
     {"vfio-modules": ("warn", f"{RELEASE} has no vfio-pci")}),
    ("a kernel runs that is in no entry, nor is any other", [
        *BASE, f"f {OTHER}/modules.dep kernel/a.ko:\\n", *IMAGES, MENU.format("-5.10.0-1-amd64")],
     ["all-gpus"], {"vfio-modules": ("warn", "6.1.0-9-amd64 has no vfio-pci")}),
    ("a custom.cfg too large to be read", [
        *BASE, f"f {OTHER}/modules.dep kernel/a.ko:\\n", *IMAGES, MENU.format("-" + RELEASE),
        "f boot/grub/custom.cfg " + "#" * (1 << 20) + "\\n" + MENU[len("f boot/grub/grub.cfg "):].format(
            "-6.1.0-9-amd64")], ["all-gpus"],
     {"vfio-modules": ("warn", "6.1.0-9-amd64 has no vfio-pci")}),
    ("entries of other kernels", [*BASE, *BARE, *LEFT, *IMAGES, ENTRY.format("5.10.0-1-amd64")],
     ["all-gpus"], {"vfio-modules": ("warn", f"{RELEASE} has no vfio-pci")}),
    ("an entry that can't be read", [
        *BASE, *BARE, *LEFT, *IMAGES, ENTRY.format(RELEASE),
        "l boot/loader/entries/m-6.1.0-9-amd64.conf m-6.1.0-9-amd64.conf"], ["all-gpus"],
     NEXT_HAS_NONE),
    ("a folder among the entries", [
        *BASE, *BARE, *LEFT, *IMAGES, ENTRY.format(RELEASE),
        "d boot/loader/entries/m-6.1.0-9-amd64.conf"], ["all-gpus"], NEXT_HAS_NONE),
    ("unified images beside the entries", [
        *BASE, *BARE, *LEFT, *IMAGES, ENTRY.format(RELEASE),
        "f efi/EFI/Linux/m-6.1.0-9-amd64.efi x"], ["all-gpus"], NEXT_HAS_NONE),
    ("a unified image for one of them", [
        *BASE, *BARE, *LEFT, f"f lib/modules/{RELEASE}/vmlinuz k", f"f {OTHER}/vmlinuz k",
        f"f efi/EFI/Linux/m-{RELEASE}.efi x"], ["all-gpus"],
     OTHER_HAS_NO_ENTRY),
    ("a unified image whose name tells nothing", [
        *BASE, *BARE, *LEFT, f"f lib/modules/{RELEASE}/vmlinuz k", f"f {OTHER}/vmlinuz k",
        "f efi/EFI/Linux/linux.efi x"], ["all-gpus"],
     {"vfio-modules": ("warn", f"{RELEASE} has no vfio-pci")}),
    ("unified images that say what they hold, whatever they are called", [
        *BASE, *BARE, *LEFT, f"f lib/modules/{RELEASE}/vmlinuz k", f"f {OTHER}/vmlinuz k",
        unified("efi/EFI/Linux/linux.efi", RELEASE)], ["all-gpus"],
     OTHER_HAS_NO_ENTRY),
    ("a unified image that is called as another kernel", [
        *BASE, *BARE, *LEFT, f"f lib/modules/{RELEASE}/vmlinuz k", f"f {OTHER}/vmlinuz k",
        unified(f"efi/EFI/Linux/m-{RELEASE}.efi", "6.1.0-9-amd64")], ["all-gpus"],
     {"vfio-modules": ("warn", f"{RELEASE} has no vfio-pci")}),
    ("Proxmox' pinned kernel", [
        *BASE, *BARE, *LEFT, *IMAGES, *PROXMOX, PIN], ["all-gpus"],
     NEXT_HAS_NONE),
    ("Proxmox' kernel of the next boot, pinned before another", [
        *BASE, *BARE, *LEFT, *IMAGES, *PROXMOX, PIN, "f etc/kernel/next-boot-pin 6.1.0-9-amd64\\n"],
     ["all-gpus"], {"vfio-modules": ("warn", f"{RELEASE} has no vfio-pci")}),
    ("leftovers alone", [*BASE[1:], *LEFT], ["all-gpus"], {"vfio-modules": ("warn", "no kernel")}),
    ("the kernel that runs, and is not in /boot, has none", [*BASE, *BARE, *LEFT], ["all-gpus"],
     {"vfio-modules": ("fail", f"{RELEASE} has no vfio-pci"),
      "driver": ("fail", "no module vfio-pci")}),
    ("a kernel image in the folder of its modules",
     [*BASE, *BARE, *LEFT, IMAGES[0], f"f {OTHER}/vmlinuz k"], ["all-gpus"],
     {"vfio-modules": ("warn", f"{RELEASE} has no vfio-pci")}),
    ("vfio built in", [*BASE[1:], IMAGES[1], f"f {OTHER}/modules.dep ", f"f {OTHER}/modules.builtin",
                       "\tkernel/drivers/vfio/pci/vfio-pci.ko",
                       "\tkernel/drivers/vfio/vfio_iommu_type1.ko"], ["all-gpus"],
     {"vfio-modules": ("pass", "1 installed kernel")}),
    ("what POWER has in place of vfio_iommu_type1", ["include power9.tree"], ["all-gpus"],
     {"vfio-modules": ("pass", "1 installed kernel")}),
    ("POWER's, in a tree that is no machine", [
        "include power9.tree", "f boot/vmlinuz-6.12.107+deb13-powerpc64le k", "x proc/cpuinfo",
        "x sys"], ["ids=10de:1db1"],
     {"vfio-modules": ("pass", "1 installed kernel")}),
    ("POWER's is not there", ["include power9.tree", "f lib/modules/6.12.107+deb13-powerpc64le/"
                              "modules.dep kernel/vfio/pci/vfio-pci.ko:\\n"], ["all-gpus"],
     {"vfio-modules": ("warn", "has no vfio_iommu_spapr_tce")}),
    ("no kernel", BASE[1:], ["all-gpus"], {"vfio-modules": ("warn", "no kernel is installed")}),
    ("a mounted stick", [*PLUGGED, *STICKS, MOUNTS.format("8:1", "/", "/dev/sda1")], ["all-gpus"],
     {"host-use": ("fail", CARRIES + "/dev/sda1, mounted at /")}),
    ("a mounted disk elsewhere", [*PLUGGED, *STICKS, f"l sys/dev/block/8:17 ../../{ELSEWHERE}/sdb1",
                                  MOUNTS.format("8:17", "/", "/dev/sdb1")], ["all-gpus"],
     {"host-use": ("pass", "")}),
    ("swap on a stick", [*PLUGGED, *STICKS, "f proc/swaps Filename Type Size Used Priority\\n"
                         "/dev/sda1 partition 1 0 -2\\n"], ["all-gpus"],
     {"host-use": ("fail", CARRIES + "/dev/sda1, which is swap")}),
    ("an encrypted stick", [*PLUGGED, *STICKS, *CRYPT,
                            MOUNTS.format("253:0", "/srv", "/dev/mapper/luks")], ["all-gpus"],
     {"host-use": ("fail", CARRIES + "/dev/mapper/luks, mounted at /srv")}),
    ("btrfs on a stick", [*PLUGGED, *STICKS, MOUNTS.format("0:35", "/srv", "/dev/sda1")],
     ["all-gpus"], {"host-use": ("fail", CARRIES + "/dev/sda1, mounted at /srv")}),
    ("an interface that is up", [*PLUGGED, *NICS, f"f sys/{NIC}/flags 0x1003\\n"], ["all-gpus"],
     {"host-use": ("fail", CARRIES + "the network interface enx0, which is up")}),
    ("an interface that is down", [*PLUGGED, *NICS, f"f sys/{NIC}/flags 0x1002\\n"], ["all-gpus"],
     {"host-use": ("pass", "")}),
    ("an interface whose cable is out", [*PLUGGED, NICS[0], UP, f"f sys/{NIC}/operstate down\\n"],
     ["all-gpus"], {"host-use": ("pass", "")}),
    ("the root file system comes over the network", [
        *PLUGGED, NICS[0], UP, f"f sys/{NIC}/operstate down\\n",
        "f proc/self/mountinfo 29 1 0:24 / / rw - nfs4 10.0.0.1:/srv/node rw\\n"], ["all-gpus"],
     {"host-use": ("fail", CARRIES + "the network interface enx0, which is up, and / comes from "
                   "10.0.0.1:/srv/node")}),
    ("swap in the stick's second partition, encrypted", [
        *PLUGGED, *STICKS, *CRYPT, "l sys/class/block/dm-0 ../../devices/virtual/block/dm-0",
        "l dev/mapper/swap ../dm-0", "f proc/swaps Filename Type Size Used Priority\\n"
        "/dev/mapper/swap partition 1 0 -2\\n"], ["all-gpus"],
     {"host-use": ("fail", CARRIES + "/dev/mapper/swap, which is swap")}),
    ("the console's keyboard", [*PLUGGED, INPUTS.format(INPUT, "sysrq kbd ", LETTERS)],
     ["all-gpus"],
     {"host-use": ("fail", CARRIES + "the console's keyboard (Logitech USB Keyboard)")}),
    ("a keyboard that no console listens to", [*PLUGGED, INPUTS.format(INPUT, "", LETTERS)],
     ["all-gpus"], {"host-use": ("pass", "")}),
    ("a keyboard elsewhere", [*PLUGGED, INPUTS.format(INPUT.replace("01:00.2", "00:14.0"),
                                                      "sysrq kbd ", LETTERS)],
     ["all-gpus"], {"host-use": ("pass", "")}),
    ("a headset with keys", [*PLUGGED, INPUTS.format(INPUT, "kbd ", MEDIA)], ["all-gpus"],
     {"host-use": ("pass", "")}),
    ("a keyboard, by sysfs", [*PLUGGED, *SYSFS_INPUT,
                              f"f sys/{INPUT}/capabilities/key {LETTERS}\\n"], ["all-gpus"],
     {"host-use": ("fail", CARRIES + "the console's keyboard (input5)")}),
    ("a headset, by sysfs", [*PLUGGED, *SYSFS_INPUT, f"f sys/{INPUT}/capabilities/key {MEDIA}\\n"],
     ["all-gpus"], {"host-use": ("pass", "")}),
    ("a TPM", [*PLUGGED, f"d sys/{TPM}", f"l sys/class/tpm/tpm0 ../../{TPM}"], ["all-gpus"],
     {"host-use": ("fail", CARRIES + "the TPM tpm0")}),
    ("an interface in a Thunderbolt dock of its controller",
     [*PLUGGED, *DOCKED, CONSUMER.format("07.0")], ["all-gpus"],
     {"host-use": ("fail", CARRIES + "the network interface eth3, which is up")}),
    ("an interface in another controller's dock",
     [*PLUGGED, *DOCKED, CONSUMER.format("07.1")], ["all-gpus"], {"host-use": ("pass", "")}),
    ("mounts that can't be read", [*PLUGGED, "d proc/self/mountinfo"], ["all-gpus"],
     {"host-use": ("fail", "/proc/self/mountinfo can't be read: ")}),
    ("a kernel for clouds", [*BASE[1:], "f lib/modules/6.1.0-28-cloud-amd64/modules.dep k/a.ko:\\n",
                             "f boot/vmlinuz-6.1.0-28-cloud-amd64 k"], ["all-gpus"],
     {"vfio-modules": ("fail", "6.1.0-28-cloud-amd64 has no vfio-pci")}),
    ("/boot is not mounted", [*BASE, ROOTED.format("rw"), FSTAB.format("/boot")], ["all-gpus"],
     {"mounts": ("fail", "/boot is in /etc/fstab and is not mounted")}),
    ("the ESP is not mounted", [*BASE, ROOTED.format("rw"), FSTAB.format("/boot/efi")],
     ["all-gpus"], {"mounts": ("fail", "/boot/efi is in /etc/fstab and is not mounted")}),
    ("an ESP that need not be mounted", [
        *BASE, ROOTED.format("rw"),
        FSTAB.format("/boot/efi").replace("defaults 0 2", "umask=0077,nofail 0 2")], ["all-gpus"],
     {"mounts": ("pass", "")}),
    ("/ is ostree's", [*BASE, ROOTED.format("ro,relatime"), "f run/ostree-booted"], ["all-gpus"],
     {"mounts": ("pass", "")}),
    ("/boot is mounted", [*BASE, ROOTED.format("rw") + "30 29 8:1 / /boot rw - ext4 /dev/sdc1 rw\\n",
                          FSTAB.format("/boot")], ["all-gpus"], {"mounts": ("pass", "")}),
    ("another folder is not mounted", [*BASE, ROOTED.format("rw"), FSTAB.format("/srv")],
     ["all-gpus"], {"mounts": ("pass", "")}),
    ("/ is read-only", [*BASE, ROOTED.format("ro,relatime")], ["all-gpus"],
     {"mounts": ("fail", "/ is mounted read-only")}),
    ("a disk in the group of a GPU in a slot", BASE + [DISK], ["all-gpus"],
     {"groups": ("fail", "else put one of them in another slot, turn on ACS in the firmware's setup, or")}),
    ("a disk in the group of a soldered GPU", [
        *BASE, "pci 0000:00:05.0 10de:1eb8 class=030200 group=20",
        "pci 0000:00:05.3 144d:a808 class=010802 group=20 driver=nvme"], ["ids=10de:1eb8"],
     {"groups": ("fail", "else turn on ACS in the firmware's setup, or choose other GPUs")}),
    ("a GPU behind VMD", ["include vmd-gpu.tree"], ["ids=10de:1eb8"],
     {"groups": ("fail", "turn VMD off for this slot")}),
    ("who uses it", BASE + [AUDIO] + [
        "f etc/modules-load.d/gpu.conf # all\\nnouveau\\n", "f etc/modules snd-hda-intel\\nloop\\n",
        "l etc/systemd/system/multi-user.target.wants/nvidia-persistenced.service /dev/null"],
     ["all-gpus"],
     {"gpu-users": ("warn", "/etc/modules:1 loads snd_hda_intel, /etc/modules-load.d/gpu.conf:2 "
                    "loads nouveau, /etc/systemd/system/multi-user.target.wants/"
                    "nvidia-persistenced.service starts")}),
    ("Xorg was told to use it", BASE + [
        "f etc/X11/xorg.conf.d/20-gpu.conf Section \"Device\"\\n  BusID \"PCI:1:0:0\"\\nEndSection\\n"],
     ["all-gpus"],
     {"gpu-users": ("warn", "/etc/X11/xorg.conf.d/20-gpu.conf:2 has Xorg use 0000:01:00.0")}),
    ("Xorg was told to use it, and the function is left out", BASE + [
        "f etc/X11/xorg.conf.d/20-gpu.conf  BusID \"PCI:1:0\"\\n BusID \"PCI:1@0:0\"\\n"], ["all-gpus"],
     {"gpu-users": ("warn", "conf:1 has Xorg use 0000:01:00.0, /etc/X11/xorg.conf.d/20-gpu.conf:2")}),
    ("Xorg was told to use the host's own", BASE + OWN[:1] + [
        "f etc/X11/xorg.conf Section \"Device\"\\n BusID \"PCI:2:0:0\"\\n#BusID \"PCI:1:0:0\"\\n"
        "BusID \"PCI:1@1:0:0\"\\n"], ["ids=10de:1c81"], {"gpu-users": ("pass", "")}),
    ("the host's own GPU and sound card need them", BASE + [AUDIO, *OWN] + [
        "f etc/modules-load.d/gpu.conf nouveau\n", "f etc/modules snd-hda-intel\nloop\n",
        "l etc/systemd/system/multi-user.target.wants/nvidia-persistenced.service /dev/null"],
     ["ids=10de:1c81"], {"gpu-users": ("pass", "")}),
    ("only its own sound card needs one", BASE + [AUDIO, OWN[1]] + [
        "f etc/modules nouveau\nsnd-hda-intel\n",
        "l etc/systemd/system/a.target.wants/nvidia-persistenced.service /dev/null"],
     ["ids=10de:1c81"], {"gpu-users": (
         "warn", "/etc/modules:1 loads nouveau, /etc/systemd/system/a.target.wants/nvidia-pers")}),
    ("other modules are loaded", BASE + ["f etc/modules-load.d/a.conf kvm\\n",
                                         "f etc/modules-load.d/b.txt nouveau\\n"], ["all-gpus"],
     {"gpu-users": ("pass", "")}),
    ("Secure Boot", BASE + [EFI + "\\x06\\x00\\x00\\x00\\x01",
                            "f sys/kernel/security/lockdown none [integrity] confidentiality\\n"],
     ["all-gpus"], {"secure-boot": ("pass", "Secure Boot: on; the kernel's lockdown: none [int")}),
    ("no Secure Boot", BASE + [EFI + "\\x06\\x00\\x00\\x00\\x00"], ["all-gpus"],
     {"secure-boot": ("pass", "Secure Boot: off; the kernel's lockdown: not known")}),
    ("a tree without sys", BASE + ["x sys", "f boot/1/6.1/initrd x", IMAGES[0]], ["ids=10de:1c81"], {
        "configuration": ("pass", ""), "iommu-firmware": ("skip", ""), "iommu-kernel": ("skip", ""),
        "interrupt-remapping": ("skip", ""), "selected": ("skip", ""), "identity": ("skip", ""),
        "iommu-group": ("skip", ""), "virtual-functions": ("skip", ""), "boot-vga": ("skip", ""),
        "reserved-region": ("skip", ""), "in-use": ("skip", ""), "groups": ("skip", ""),
        "driver": ("skip", ""), "host-use": ("skip", ""), "thief-drivers": ("skip", ""), "variant-driver": ("skip", ""), "bars": ("skip", ""), "reset-method": ("skip", ""), "d3cold": ("skip", ""),
        "vfio-modules": ("pass", ""), "boot-room": ("pass", ""), "gpu-users": ("skip", ""),
        "secure-boot": ("skip", "")}),
]


def precheck(program, folder, words):
    """{id: (state, message and remedy)}, and what refuses"""
    _, text, refusal, _ = select(program, folder, *words)
    if refusal:
        raise Failed(refusal)
    result = subprocess.run([program, folder, "precheck"], input=text, capture_output=True,
                            text=True, timeout=60, check=False)
    if result.returncode:
        raise Failed(str(result))
    rows = re.findall(r"(?m)^(pass|warn|fail|skip) ([a-z0-9-]+): (.*(?:\n  .*)?)$", result.stdout)
    refused = re.findall(r"(?m)^refused by (\S+)$", result.stdout)
    remedies = len(re.findall(r"(?m)^  \S", result.stdout))
    if remedies != sum(row[0] in ("warn", "fail") for row in rows):
        raise Failed(f"a remedy is missing, or is one too many:\n{result.stdout}")
    return {row[1]: (row[0], row[2]) for row in rows}, refused


def check_case(program, title, lines, words, expected):
    with tempfile.TemporaryDirectory() as folder:
        make(lines, folder)
        found, refused = precheck(program, folder, words)
    for name, (state, part) in expected.items():
        if name not in found or found[name][0] != state or part not in found[name][1]:
            raise Failed(f"{title}: {name} is {found.get(name)}, expected {state} {part}")
    failed = [name for name, (state, _) in found.items() if state == "fail"]
    wanted = [name for name, (state, _) in expected.items() if state == "fail"]
    if failed != wanted or refused != failed[:1]:
        raise Failed(f"{title}: failed {failed}, expected {wanted}, refused by {refused}")


def boot_room(program):
    """An image so big that no disk has room for another: refused, wherever it is."""
    for path in "boot/initrd.img-6.1", "boot/0123/6.1/initrd", "efi/0123/6.1/initrd":
        with tempfile.TemporaryDirectory() as folder:
            make(BASE, folder)
            os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
            with open(f"{folder}/{path}", "wb") as f:
                f.truncate(8 << 40)     # a hole
            found, refused = precheck(program, folder, ["all-gpus"])
            if refused != ["boot-room"] or f"/{path.split('/', 1)[0]} has " not in \
                    found["boot-room"][1]:
                raise Failed(f"{path}: {found['boot-room']}")
    with tempfile.TemporaryDirectory() as folder:
        make(BASE, folder)
        os.makedirs(f"{folder}/boot")
        with open(f"{folder}/boot/vmlinuz", "wb") as f:
            f.truncate(8 << 40)
        if precheck(program, folder, ["all-gpus"])[0]["boot-room"][0] != "skip":
            raise Failed("a kernel passes for an initramfs")


def tests():
    """(name, function of a program)"""
    yield "boot_room", boot_room
    for case in CASES:
        yield case[0], lambda program, case=case: check_case(program, *case)
