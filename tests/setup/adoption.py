# SPDX-License-Identifier: GPL-2.0-or-later
"""What setup --adopt makes of the recipes that people follow."""

import os
import re
import tempfile

from tests.setup.machines import AUDIO, BASE, GPU, Failed, make, parts, put, select

NIC = "pci 0000:07:00.0 8086:1520 class=020000 sub=8086:0001 group=70 parent=0000:00:01.0"
NODE = BASE + [AUDIO, GPU.format("02", 14), NIC]
ONE = BASE + [AUDIO, NIC]
CMDLINE = "BOOT_IMAGE=/vmlinuz ro quiet"
HARMLESS = "the claim needs none; take it out if the host is to use that driver"
OUT = "# taken out by gpuclaim: "
GONE = "taken out: the devices that it is for are claimed instead"
HAND = "see which devices it takes, name GPUs to setup, and take it away by hand"
RC = "#!/bin/sh\necho 10de 1c81 > /sys/bus/pci/drivers/vfio-pci/new_id\n"

# (title, machine, {path: text}, addresses, notes and warnings ("! …"), {path: text afterwards})
CASES = [
    ("nothing", ONE, {"etc/modprobe.d/a.conf": "options kvm ignore_msrs=1\n"}, "", [], {}),
    ("the usual guide: two files of modprobe.d", ONE,
     {"etc/modprobe.d/vfio.conf": "options vfio-pci ids=10de:1c81,10de:0fb9\n"
                                  "softdep nouveau pre: vfio-pci\n",
      "etc/modprobe.d/blacklist-nouveau.conf": "blacklist nouveau\noptions nouveau modeset=0\n"},
     "0000:01:00.0",
     ["/etc/modprobe.d/vfio.conf:1: ids=10de:1c81,10de:0fb9: taken out",
      "/etc/modprobe.d/vfio.conf:2: the softdep of nouveau: taken out",
      f"/etc/modprobe.d/blacklist-nouveau.conf:1: left alone: blacklist nouveau: {HARMLESS}"],
     {"etc/modprobe.d/vfio.conf": OUT + "options vfio-pci ids=10de:1c81,10de:0fb9\n"
                                  + OUT + "softdep nouveau pre: vfio-pci\n"}),
    ("both of two alike, as ids= takes them", NODE,
     {"etc/modprobe.d/vfio.conf": "options vfio_pci ids=10de:1c81 disable_vga=1"},
     "0000:01:00.0,0000:02:00.0", ["/etc/modprobe.d/vfio.conf:1: ids=10de:1c81: taken out"],
     {"etc/modprobe.d/vfio.conf": "# put in by gpuclaim: options vfio_pci disable_vga=1\n"
                                  "options vfio_pci disable_vga=1\n"
                                  + OUT + "options vfio_pci ids=10de:1c81 disable_vga=1"}),
    ("kernel arguments of a RHOSO node", ONE,
     {"proc/cmdline": f"{CMDLINE} intel_iommu=on iommu=pt vfio-pci.ids=10de:1c81 "
                      "rd.driver.pre=vfio-pci modprobe.blacklist=nouveau,nvidia\n"},
     "0000:01:00.0",
     ["! take the kernel argument vfio-pci.ids=10de:1c81 away by hand (/proc/cmdline): until "
      "then it binds every device of those IDs",
      "! take the kernel argument rd.driver.pre=vfio-pci away by hand (/proc/cmdline)",
      f"modprobe.blacklist=nouveau,nvidia (/proc/cmdline): left alone: {HARMLESS}"], {}),
    ("kernel arguments, and where they stand", ONE,
     {"proc/cmdline": f"{CMDLINE} vfio-pci.ids=10de:1c81 nouveau.modeset=0\n",
      "etc/default/grub": 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX="vfio-pci.ids=10de:1c81"\n',
      "boot/grub/grub.cfg": "\n", "usr/sbin/update-grub": ""},
     "0000:01:00.0",
     ["! take the kernel argument vfio-pci.ids=10de:1c81 away by hand (/etc/default/grub, "
      "/proc/cmdline): until then it binds every device of those IDs",
      f"nouveau.modeset=0 (/proc/cmdline): left alone: {HARMLESS}"], {}),
    ("a guest's network function on the same line", ONE,
     {"etc/modprobe.d/vfio.conf": "options vfio-pci ids=10de:1c81,8086:1520\n"
                                  "softdep igb pre: vfio-pci\n"},
     "0000:01:00.0",
     ["/etc/modprobe.d/vfio.conf:1: left alone: ids=10de:1c81,8086:1520 gives 0000:07:00.0 "
      "(8086:1520, network controller) to vfio-pci; take the IDs of GPUs out of it by hand",
      "/etc/modprobe.d/vfio.conf:2: left alone: the softdep of igb serves a device that is no "
      "GPU"], {}),
    ("a guest's network function on another line", ONE,
     {"etc/modprobe.d/a.conf": "options vfio-pci ids=10de:1c81\n",
      "etc/modprobe.d/b.conf": "options vfio-pci ids=8086:1520\nsoftdep nouveau pre: vfio-pci\n"},
     "0000:01:00.0",
     ["/etc/modprobe.d/a.conf:1: ids=10de:1c81: taken out",
      "/etc/modprobe.d/b.conf:1: left alone: ids=8086:1520 gives 0000:07:00.0 (8086:1520, "
      "network controller) to vfio-pci; take the IDs of GPUs out of it by hand",
      "/etc/modprobe.d/b.conf:2: left alone: the softdep of nouveau serves a device that is no "
      "GPU"],
     {"etc/modprobe.d/a.conf": OUT + "options vfio-pci ids=10de:1c81\n"}),
    ("a guest's network function in the kernel arguments", ONE,
     {"proc/cmdline": f"{CMDLINE} vfio-pci.ids=8086:1520,10de:1c81 rd.driver.pre=vfio-pci\n"},
     "0000:01:00.0",
     ["vfio-pci.ids=8086:1520,10de:1c81 (/proc/cmdline): left alone: it gives 0000:07:00.0 "
      "(8086:1520, network controller) to vfio-pci; take the IDs of GPUs out of it by hand",
      "rd.driver.pre=vfio-pci (/proc/cmdline): left alone: it serves a device that is no GPU"],
     {}),
    ("only a companion's ID", ONE,
     {"etc/modprobe.d/vfio.conf": "options vfio-pci ids=10de:0fb9\n"}, "",
     ["/etc/modprobe.d/vfio.conf:1: left alone: ids=10de:0fb9 gives 0000:01:00.1 (10de:0fb9, "
      "audio device) to vfio-pci; take the IDs of GPUs out of it by hand"], {}),
    ("the port's ID, by mistake, and one of nothing here", ONE,
     {"etc/modprobe.d/vfio.conf": "options vfio-pci ids=8086:1901,10de:1C81,10de:2330\n"},
     "0000:01:00.0",
     ["/etc/modprobe.d/vfio.conf:1: ids=8086:1901,10de:1C81,10de:2330: taken out"],
     {"etc/modprobe.d/vfio.conf":
      OUT + "options vfio-pci ids=8086:1901,10de:1C81,10de:2330\n"}),
    ("IDs with a subsystem and a class", ONE,
     {"etc/modprobe.d/vfio.conf": "options vfio-pci ids=ffffffff:ffffffff:ffffffff:ffffffff:"
                                  "00030000:ffff00ff,8086:1520:1234\n"},
     "0000:01:00.0", ["/etc/modprobe.d/vfio.conf:1: ids=ffffffff:ffffffff:ffffffff:ffffffff:"
                      "00030000:ffff00ff,8086:1520:1234: taken out"],
     {"etc/modprobe.d/vfio.conf": OUT + "options vfio-pci ids=ffffffff:ffffffff:ffffffff:"
                                        "ffffffff:00030000:ffff00ff,8086:1520:1234\n"}),
    ("a GPU that a skip line spares", ONE,
     {"etc/gpuclaim/gpuclaim.conf": "skip address=0000:01:00.0\n",
      "etc/modprobe.d/vfio.conf": "options vfio-pci ids=10de:1c81\n"}, "",
     ["/etc/modprobe.d/vfio.conf:1: left alone: ids=10de:1c81 gives 0000:01:00.0 (10de:1c81, "
      "VGA controller) to vfio-pci; take the IDs of GPUs out of it by hand"], {}),
    ("Ubuntu's guides: lists of modules", ONE,
     {"etc/initramfs-tools/modules": "# List of modules\nvfio\nvfio_iommu_type1\n"
                                     "options vfio_pci ids=10de:1c81,10de:0fb9\nvfio_pci\n",
      "etc/modules": "vfio_pci ids=10de:1c81\nloop\n"},
     "0000:01:00.0",
     ["/etc/modules:1: ids=10de:1c81: taken out",
      "/etc/initramfs-tools/modules:2: left alone: to load vfio: it binds nothing without ids=",
      "/etc/initramfs-tools/modules:4: ids=10de:1c81,10de:0fb9: taken out"],
     {"etc/modules": "# put in by gpuclaim: vfio_pci\nvfio_pci\n"
                     + OUT + "vfio_pci ids=10de:1c81\nloop\n",
      "etc/initramfs-tools/modules":
      "# List of modules\nvfio\nvfio_iommu_type1\n" + OUT
      + "options vfio_pci ids=10de:1c81,10de:0fb9\nvfio_pci\n"}),
    ("Kayobe's: dracut and modules-load.d", ONE,
     {"etc/dracut.conf.d/vfio.conf": 'add_drivers+="vfio vfio_iommu_type1 vfio_pci"\n',
      "etc/modules-load.d/vfio.conf": "vfio-pci\n"}, "",
     ["/etc/dracut.conf.d/vfio.conf:1: left alone: to pack vfio: it binds nothing without ids=",
      "/etc/modules-load.d/vfio.conf:1: left alone: to load vfio-pci: it binds nothing without "
      "ids="], {}),
    ("below /usr/local, which is the administrator's, too", ONE,
     {"usr/local/lib/modprobe.d/vfio.conf": "options vfio-pci ids=10de:1c81\n"}, "0000:01:00.0",
     ["/usr/local/lib/modprobe.d/vfio.conf:1: ids=10de:1c81: taken out"],
     {"usr/local/lib/modprobe.d/vfio.conf": OUT + "options vfio-pci ids=10de:1c81\n"}),
    ("Arch's: a line of two, install lines, CRLF", ONE,
     {"etc/modprobe.d/vfio.conf": "# GPU\r\noptions vfio-pci \\\n\tids=10de:1c81\nsoftdep drm "
                                  "pre: vfio-pci\r\ninstall nouveau /bin/true\r\n"
                                  "install vfio-pci /usr/local/bin/vfio-pci-override.sh\r\n"},
     "0000:01:00.0",
     ["/etc/modprobe.d/vfio.conf:2: ids=10de:1c81: taken out",
      "/etc/modprobe.d/vfio.conf:4: the softdep of drm: taken out",
      f"/etc/modprobe.d/vfio.conf:5: left alone: install nouveau: {HARMLESS}",
      "/etc/modprobe.d/vfio.conf:6: left alone: install vfio-pci: gpuclaim never runs it, other "
      "programs do: see what else it binds"],
     {"etc/modprobe.d/vfio.conf":
      "# GPU\r\n" + OUT + "options vfio-pci \\\n" + OUT + "\tids=10de:1c81\n" + OUT
      + "softdep drm pre: vfio-pci\r\ninstall nouveau /bin/true\r\n"
      "install vfio-pci /usr/local/bin/vfio-pci-override.sh\r\n"}),
    ("a softdep with other modules", ONE,
     {"etc/modprobe.d/a.conf": "softdep nvidia pre: vfio-pci i2c_core\n"}, "", [], {}),
    ("a package's file", ONE,
     {"usr/lib/modprobe.d/vfio.conf": "options vfio-pci ids=10de:1c81\n"}, "0000:01:00.0",
     ["! /usr/lib/modprobe.d/vfio.conf:1: ids=10de:1c81: not the administrator's file: put an "
      "empty file with its name into /etc/modprobe.d"], {}),
    ("driverctl's overrides", ONE,
     {"etc/driverctl.d/pci-0000:01:00.0": "vfio-pci\n",
      "etc/driverctl.d/pci-0000:01:00.1": "vfio-pci\n",
      "etc/driverctl.d/pci-0000:07:00.0": "vfio-pci\n",
      "etc/driverctl.d/pci-0000:09:00.0": "vfio-pci\n",
      "etc/driverctl.d/usb-1-1": "vfio-pci\n"},
     "0000:01:00.0",
     ["/etc/driverctl.d/pci-0000:01:00.0: removed: 0000:01:00.0 (10de:1c81, VGA controller) is "
      "claimed instead",
      "/etc/driverctl.d/pci-0000:07:00.0: left alone: it gives 0000:07:00.0 (8086:1520, network "
      "controller) to vfio-pci, which is not claimed",
      "/etc/driverctl.d/pci-0000:09:00.0: left alone: no device is there"],
     {"etc/driverctl.d/pci-0000:01:00.0": None, "etc/driverctl.d/pci-0000:01:00.1": None}),
    ("driverctl's override to another driver", ONE,
     {"etc/driverctl.d/pci-0000:01:00.0": "nvidia\n"}, "", [], {}),
    ("scripts, hooks, units and udev rules that can't be taken out are named", ONE,
     {"etc/initramfs-tools/scripts/init-top/vfio.sh":
          "#!/bin/sh\nfor d in 0000:01:00.0 0000:0b:00.0; do\n"
          "echo vfio-pci > /sys/bus/pci/devices/$d/driver_override; done\n",
      "etc/systemd/system/vfio-bind.service": "[Service]\nExecStart=/usr/local/sbin/vfio-bind.sh\n",
      "etc/libvirt/hooks/qemu.d/win10/release/end/revert.sh":
          "#!/bin/sh\nvirsh nodedev-reattach pci_0000_07_00_0\n",
      "usr/lib/dracut/modules.d/01vfio/run.sh": "modprobe pci-stub\n",
      "etc/rc.local": "# new_id\necho 10de 1c81 > /sys/bus/pci/drivers/vfio-pci/new_id\n"
                      "mount /srv\n"}, "0000:01:00.0",
     [f"! {line}; {HAND}" for line in (
         "/etc/initramfs-tools/scripts/init-top/vfio.sh:3: driver_override (a script of the "
         "initramfs): left alone: no device is at 0000:0b:00.0",
         "/etc/systemd/system/vfio-bind.service:2: a program that binds (a systemd unit): left "
         "alone: it runs /usr/local/sbin/vfio-bind.sh, which is not known",
         "/etc/libvirt/hooks/qemu.d/win10/release/end/revert.sh:2: virsh nodedev (a hook of "
         "libvirt): left alone: it is also for 0000:07:00.0 (8086:1520, network controller), "
         "which is not claimed",
         "/usr/lib/dracut/modules.d/01vfio/run.sh:1: pci-stub (a dracut module): left alone: it "
         "is not clear which functions it changes",
         "/etc/rc.local:2: new_id (a boot script): left alone: line 3 does more, or it is not "
         "clear to which device")], {}),
    ("a script of the initramfs, and what reattaches", ONE,
     {"etc/initramfs-tools/scripts/init-top/vfio.sh":
          "#!/bin/sh\n# GPU\nfor d in 0000:01:00.0 0000:01:00.1; do\n"
          "\techo vfio-pci > /sys/bus/pci/devices/$d/driver_override\ndone\n\n"
          "modprobe -i vfio-pci",
      "etc/libvirt/hooks/qemu.d/win10/release/end/revert.sh":
          "#!/bin/sh\nvirsh nodedev-reattach pci_0000_01_00_0\n"}, "0000:01:00.0",
     ["/etc/initramfs-tools/scripts/init-top/vfio.sh:4: driver_override (a script of the "
      f"initramfs): {GONE}",
      "/etc/libvirt/hooks/qemu.d/win10/release/end/revert.sh:2: virsh nodedev (a hook of libvirt): "
      f"{GONE}"],
     {"etc/initramfs-tools/scripts/init-top/vfio.sh":
          f"#!/bin/sh\n# GPU\n{OUT}for d in 0000:01:00.0 0000:01:00.1; do\n"
          f"{OUT}\techo vfio-pci > /sys/bus/pci/devices/$d/driver_override\n{OUT}done\n\n"
          f"{OUT}modprobe -i vfio-pci",
      "etc/libvirt/hooks/qemu.d/win10/release/end/revert.sh":
          f"#!/bin/sh\n{OUT}virsh nodedev-reattach pci_0000_01_00_0\n"}),
    ("what takes a GPU from its driver, or gives it back, by hand", ONE,
     {"usr/local/sbin/gpu-host":
          "#!/bin/sh\necho 0000:01:00.0 > /sys/bus/pci/drivers/vfio-pci/unbind\n"
          "echo > /sys/bus/pci/devices/0000:01:00.0/driver_override\n"
          "echo 0000:01:00.0 > /sys/bus/pci/drivers_probe\n",
      "usr/local/sbin/gpu-unbind":
          "#!/bin/sh\necho 0000:01:00.0 > /sys/bus/pci/drivers/nvidia/unbind\n",
      "etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n"}, "",
     ["! /usr/local/sbin/gpu-host:2: unbind (a script): left alone: line 2 gives a function back "
      f"to the host; {HAND}",
      "! /usr/local/sbin/gpu-unbind:2: unbind (a script): left alone: it gives nothing to vfio-pci; "
      f"{HAND}"], {}),
    ("a unit with blanks around its signs, one that tells when it is ready", ONE,
     {"etc/systemd/system/gpu.service":
          "[Service]\nType = oneshot\nExecStart = /bin/sh -c 'echo vfio-pci > "
          "/sys/bus/pci/devices/0000:01:00.0/driver_override'\n",
      "etc/systemd/system/ready.service":
          "[Service]\nType=notify\nExecStart=/bin/sh -c 'echo vfio-pci > "
          "/sys/bus/pci/devices/0000:01:00.0/driver_override'\n",
      "etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n"}, "",
     ["/etc/systemd/system/gpu.service:3: driver_override (a systemd unit): " + GONE,
      "! /etc/systemd/system/ready.service:3: driver_override (a systemd unit): left alone: line 2 "
      f"does more, or it is not clear to which device; {HAND}"],
     {"etc/systemd/system/gpu.service":
          "[Service]\nType = oneshot\n# put in by gpuclaim: ExecStart=/bin/true\n"
          f"ExecStart=/bin/true\n{OUT}ExecStart = /bin/sh -c 'echo vfio-pci > "
          "/sys/bus/pci/devices/0000:01:00.0/driver_override'\n"}),
    ("a unit with nothing but what it runs at its end: without a command systemd refuses it", ONE,
     {"etc/systemd/system/gpu.service":
          "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStop=/bin/sh -c 'echo vfio-pci > "
          "/sys/bus/pci/devices/0000:01:00.0/driver_override'\n",
      "etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n"}, "",
     ["/etc/systemd/system/gpu.service:4: driver_override (a systemd unit): " + GONE],
     {"etc/systemd/system/gpu.service":
          "[Service]\nType=oneshot\nRemainAfterExit=yes\n# put in by gpuclaim: ExecStart=/bin/true\n"
          f"ExecStart=/bin/true\n{OUT}ExecStop=/bin/sh -c 'echo vfio-pci > "
          "/sys/bus/pci/devices/0000:01:00.0/driver_override'\n"}),
    ("a unit, its script, and a line of modprobe.d that runs it", ONE,
     {"etc/systemd/system/gpu.service":
          "[Service]\nType=oneshot\nExecStart=/usr/local/sbin/vfio-bind.sh\nRestart=on-failure\n",
      "etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n",
      "etc/modprobe.d/gpu.conf": "install vfio-pci /usr/local/sbin/vfio-bind.sh\n",
      "usr/local/sbin/vfio-bind.sh":
          "#!/bin/bash\ndriverctl set-override 0000:01:00.0 vfio-pci\n"}, "",
     ["/etc/systemd/system/gpu.service:3: a program that binds (a systemd unit): " + GONE,
      "/etc/modprobe.d/gpu.conf:1: install vfio-pci: taken out, with the script that it runs",
      "/usr/local/sbin/vfio-bind.sh:2: driverctl set-override (a script): " + GONE],
     {"etc/systemd/system/gpu.service":
          "[Service]\nType=oneshot\n# put in by gpuclaim: ExecStart=/bin/true\n"
          f"ExecStart=/bin/true\n{OUT}ExecStart=/usr/local/sbin/vfio-bind.sh\n"
          f"{OUT}Restart=on-failure\n",
      "etc/modprobe.d/gpu.conf": OUT + "install vfio-pci /usr/local/sbin/vfio-bind.sh\n",
      "usr/local/sbin/vfio-bind.sh":
          f"#!/bin/bash\n{OUT}driverctl set-override 0000:01:00.0 vfio-pci\n"}),
    ("install lines that run more than a script that is disabled", ONE,
     {"etc/modprobe.d/a.conf":
          "install vfio-pci /usr/local/sbin/vfio.sh; /opt/site/sriov-setup; "
          "/sbin/modprobe -i vfio-pci\n",
      "etc/modprobe.d/b.conf": "install vfio-pci /usr/local/sbin/vfio.sh.nic\n",
      "etc/modprobe.d/c.conf": "install vfio-pci /opt/usr/local/sbin/vfio.sh\n",
      "etc/modprobe.d/d.conf":
          "install vfio-pci /usr/local/sbin/vfio.sh; \\\n  /sbin/modprobe -i vfio-pci\n",
      "etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n",
      "usr/local/sbin/vfio.sh": RC,
      "usr/local/sbin/vfio.sh.nic":
          "#!/bin/sh\necho 8086 1520 > /sys/bus/pci/drivers/vfio-pci/new_id\n"}, "",
     [f"/etc/modprobe.d/{name}.conf:1: left alone: install vfio-pci: gpuclaim never runs it, other "
      "programs do: see what else it binds" for name in "abc"] +
     ["/etc/modprobe.d/d.conf:1: install vfio-pci: taken out, with the script that it runs",
      "/usr/local/sbin/vfio.sh:2: new_id (a script): " + GONE],
     {"etc/modprobe.d/d.conf":
          f"{OUT}install vfio-pci /usr/local/sbin/vfio.sh; \\\n{OUT}  /sbin/modprobe -i vfio-pci\n",
      "usr/local/sbin/vfio.sh":
          f"#!/bin/sh\n{OUT}echo 10de 1c81 > /sys/bus/pci/drivers/vfio-pci/new_id\n"}),
    ("a script that another needs, which is left alone", ONE,
     {"usr/local/sbin/inner.sh": RC,
      "usr/local/sbin/lib.sh":
          "#!/bin/sh\nbind_gpu() {\necho 10de 1c81 > /sys/bus/pci/drivers/vfio-pci/new_id\n}\n"
          "/usr/local/sbin/inner.sh\n",
      "usr/local/sbin/other.sh":
          "#!/bin/sh\n. /usr/local/sbin/lib.sh\nbind_gpu\ntouch /run/started\n"
          "echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override\n",
      "etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n"}, "",
     ["! /usr/local/sbin/inner.sh:2: new_id (a script): left alone: /usr/local/sbin/lib.sh, which is left "
      f"alone, names it; {HAND}",
      "! /usr/local/sbin/lib.sh:3: new_id (a script): left alone: /usr/local/sbin/other.sh, which is left "
      f"alone, names it; {HAND}"], {}),
    ("a script that is called by its name, by one that is left alone; another name is none", ONE,
     {"usr/local/sbin/inner.sh": RC,
      "usr/local/sbin/own.sh": RC,
      "usr/local/sbin/other.sh":
          "#!/bin/sh\ninner.sh\nown.sh.d/all\n/opt/own.sh\nmy-own.sh\ntouch /run/started\n"
          "echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override\n",
      "etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n"}, "",
     ["! /usr/local/sbin/inner.sh:2: new_id (a script): left alone: /usr/local/sbin/other.sh, which is left "
      f"alone, names it; {HAND}",
      f"/usr/local/sbin/own.sh:2: new_id (a script): {GONE}"],
     {"usr/local/sbin/own.sh":
          f"#!/bin/sh\n{OUT}echo 10de 1c81 > /sys/bus/pci/drivers/vfio-pci/new_id\n"}),
    ("udev's rules: of the GPU, and of all functions of a vendor", ONE,
     {"etc/udev/rules.d/99-gpu.rules":
          'KERNEL=="sda", SYMLINK+="disk"\nACTION=="add", KERNEL=="0000:01:00.0", '
          'ATTR{driver_override}="vfio-pci"\n',
      "etc/udev/rules.d/99-nic.rules":
          'ACTION=="add", SUBSYSTEM=="pci", ATTR{vendor}=="0x8086", '
          'ATTR{driver_override}="vfio-pci"\n'}, "0000:01:00.0",
     ["/etc/udev/rules.d/99-gpu.rules:2: driver_override (a udev rule): " + GONE,
      "! /etc/udev/rules.d/99-nic.rules:1: driver_override (a udev rule): left alone: it is also "
      f"for 0000:07:00.0 (8086:1520, network controller), which is not claimed; {HAND}"],
     {"etc/udev/rules.d/99-gpu.rules":
          f'KERNEL=="sda", SYMLINK+="disk"\n{OUT}ACTION=="add", KERNEL=="0000:01:00.0", '
          'ATTR{driver_override}="vfio-pci"\n'}),
    ("a script that a package has, one of a system with rpm", ONE,
     {"etc/rc.local": RC, "var/lib/dpkg/info/a.list": "/.\n/etc\n/etc/rc.local\n",
      "usr/lib/dracut/modules.d/90gpu/gpu.sh": RC, "var/lib/rpm/rpmdb.sqlite": ""}, "0000:01:00.0",
     [f"! /etc/rc.local:2: new_id (a boot script): left alone: a package has it; {HAND}",
      "! /usr/lib/dracut/modules.d/90gpu/gpu.sh:2: new_id (a dracut module): left alone: it is "
      f"not known whether a package owns it; {HAND}"], {}),
    ("IDs of pci-stub", ONE, {"etc/modprobe.d/vfio.conf": "options pci-stub ids=10de:1c81\n"},
     "0000:01:00.0", ["/etc/modprobe.d/vfio.conf:1: ids=10de:1c81: taken out"],
     {"etc/modprobe.d/vfio.conf": OUT + "options pci-stub ids=10de:1c81\n"}),
    ("a tree without sys", ONE + ["x sys"],
     {"etc/modprobe.d/vfio.conf": "options vfio-pci ids=10de:1c81\n"}, "",
     ["nothing is taken over: this tree has no sys, so it is not known which devices the IDs of "
      "old recipes mean"], {}),
]


def read(folder, path):
    try:
        with open(os.path.join(folder, path), encoding="utf-8", newline="") as f:
            return f.read()
    except FileNotFoundError:
        return None


def write(folder, path, text):
    put(folder, path, "")
    with open(os.path.join(folder, path), "w", encoding="utf-8", newline="") as f:
        f.write(text)


def check_case(program, title, lines, files, addresses, told, after):
    with tempfile.TemporaryDirectory() as folder:
        make(lines, folder)
        for path, text in files.items():
            write(folder, path, text)
        dry = parts(program, folder, "adopt")
        if any(read(folder, path) != text for path, text in files.items()):
            raise Failed(f"{title}: a look has changed a file")
        out = parts(program, folder, "adopt", "apply")
        said = re.findall(r"(?m)^(?:# |(?=! ))(.*)$", dry)
        again = parts(program, folder, "adopt")
        if out != dry or "NOT UNDONE" in out or dry.splitlines()[0] != f"= {addresses}":
            raise Failed(f"{title}:\n{dry}")
        missing = [line for line in told if line not in said]
        # What is told of is counted where the table tells all of it.
        if missing or bool(said) != bool(told):
            raise Failed(f"{title}: not told {missing}\n{dry}")
        for path, text in files.items():
            if read(folder, path) != after.get(path, text):
                raise Failed(f"{title}: {path} is now {read(folder, path)!r}")
        if "\n--- " in again or "\n+++ " in again:
            raise Failed(f"{title}: a second time it changes more:\n{again}")
        if addresses and not select(program, folder, f"addresses={addresses}")[1]:
            raise Failed(f"{title}: setup would not take {addresses}")


def tests():
    """(name, function of a program)"""
    for case in CASES:
        yield case[0], lambda program, case=case: check_case(program, *case)
