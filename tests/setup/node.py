# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees that a whole `gpuclaimctl setup` runs on, and how one run is judged."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios

from tests.lib import trees
from tests.lib.copies import Copies
from tests.lib.programs import TOP

CONFIG = "etc/gpuclaim/gpuclaim.conf.d/60-setup.conf"
OPERATORS = "etc/gpuclaim/gpuclaim.conf"
LINK = "etc/systemd/system/multi-user.target.wants/gpuclaim-ready.service"
UNIT = "usr/lib/systemd/system/gpuclaim-ready.service"
GATE = "etc/systemd/system/nova-compute.service.d/10-gpuclaim.conf"
DROPIN = "etc/default/grub.d/60-gpuclaim.cfg"
MODULES = "kernel/drivers/vfio/vfio.ko:", \
    "kernel/drivers/vfio/vfio_iommu_type1.ko: kernel/drivers/vfio/vfio.ko", \
    "kernel/drivers/vfio/pci/vfio-pci-core.ko: kernel/drivers/vfio/vfio.ko", \
    "kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/pci/vfio-pci-core.ko"
# Two GPUs with their sound; the console is on neither.
HARDWARE = [
    "iommu intel",
    "pci 0000:00:01.0 8086:460d class=060400 group=2 driver=pcieport",
    "pci 0000:00:01.1 8086:462d class=060400 group=3 driver=pcieport",
    "pci 0000:01:00.0 10de:1c81 class=030000 sub=1458:3733 group=13 parent=0000:00:01.0",
    "pci 0000:01:00.1 10de:0fb9 class=040300 sub=1458:3733 group=13 parent=0000:00:01.0",
    "pci 0000:02:00.0 10de:2204 class=030000 sub=1043:87b3 group=14 parent=0000:00:01.1",
]
# name: (kernels, the newest first; image; tools; what makes the images)
TREES = {
    "debian12": (["6.1.0-28-amd64", "6.1.0-25-amd64"], "boot/initrd.img-{}",
                 [("usr/sbin/update-initramfs", "update-initramfs"),
                  ("usr/sbin/mkinitramfs", "mkinitramfs")],
                 ["/usr/sbin/mkinitramfs", "{}", "/{}", "zstd"]),
    "rhel9": (["5.14.0-503.el9.x86_64", "5.14.0-427.el9.x86_64"], "boot/initramfs-{}.img",
              [("usr/bin/dracut", "dracut"), ("usr/lib/mkimage", "mkinitramfs")],
              ["/usr/lib/mkimage", "{}", "/{}", "gzip"]),
    "systemd-boot": (["6.12.48+deb13-amd64", "6.12.41+deb13-amd64"], "efi/1234/{}/initrd.img",
                     [("usr/bin/dracut", "dracut"), ("usr/lib/mkimage", "mkinitramfs")],
                     ["/usr/lib/mkimage", "{}", "/{}", "gzip"]),
    "proxmox": (["6.8.12-1-pve", "6.8.4-2-pve"], "boot/initrd.img-{}",
                [("usr/sbin/update-initramfs", "update-initramfs"),
                 ("usr/sbin/mkinitramfs", "mkinitramfs")],
                ["/usr/sbin/mkinitramfs", "{}", "/{}", "zstd"]),
}
TREES["image"] = (["6.12.0-100.el10.x86_64"], "usr/lib/modules/{}/initramfs.img", *TREES["rhel9"][2:])
PROGRAMS = ["/usr/bin/cpio", "/usr/bin/zstd", "/usr/bin/gzip"]
LAST_NEW = re.compile(r"\.gpuclaimctl-\d+\.new$")


def copy_program(folder, path):
    """A program of this machine, with the libraries that it needs."""
    libraries = re.findall(r"(/\S+) \(0x", subprocess.run(
        ["ldd", path], capture_output=True, text=True, check=True).stdout)
    for name in [path, *libraries]:
        target = folder + name
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target):
            shutil.copy(name, target)


@trees.once
def pattern(folder, name, more, machine):
    kernels, image, tools, make = TREES[name]
    lines = [f"f {UNIT} [Service]\\n", "f usr/lib/udev/gpuclaim helper\\n", "f etc/debian_version 12\\n",
             "d tmp", "d etc/gpuclaim"]
    for kernel in kernels:
        lines += [f"f boot/vmlinuz-{kernel} kernel\\n",
                  f"f lib/modules/{kernel}/modules.builtin ",
                  f"d {os.path.dirname(image.format(kernel))}"]
        lines += [f"f lib/modules/{kernel}/modules.dep", *(f"\t{m}" for m in MODULES)]
    trees.build(name, folder, [*lines, *more], HARDWARE if machine else [])
    for place, tool in tools:
        os.makedirs(os.path.join(folder, os.path.dirname(place)), exist_ok=True)
        shutil.copy(os.path.join(TOP, "tests/setup/tools", tool), os.path.join(folder, place))
    for program in PROGRAMS:
        copy_program(folder, program)
    if not machine:
        shutil.rmtree(os.path.join(folder, "sys"))
    for kernel in kernels:
        subprocess.run(["chroot", folder, *(word.format(
            kernel if word == "{}" else image.format(kernel)) for word in make)], check=True)


def build(name, folder, more=(), machine=True):
    """A tree with its images, none of which knows gpuclaim's configuration."""
    pattern(folder, name, tuple(more), machine)


class Terminal:
    """A program at a terminal of its own, which sends the signals of its keys."""

    def __init__(self, argv, columns=1000):
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.shown = b""
        self.process = subprocess.Popen(     # pylint: disable=consider-using-with
            argv, stdin=follower, stdout=follower, stderr=follower, close_fds=True,
            start_new_session=True, env=os.environ | {"TERM": "xterm"},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(follower)

    def until(self, text):
        """What is shown until something is; false: it has ended before."""
        begin = len(self.shown)
        while text not in self.shown[begin:]:
            try:
                data = os.read(self.leader, 4096) if select.select([self.leader], [], [], 60)[0] \
                    else b""
            except OSError:
                data = b""
            if not data:
                return False
            self.shown += data
        return True

    def type(self, keys):
        os.write(self.leader, keys)

    def end(self):
        """(exit code, all that was shown)"""
        self.until(b"never shown")
        code = self.process.wait(timeout=60)
        os.close(self.leader)
        return code, self.shown.decode().replace("\r\n", "\n")

    def talk(self, answers):
        for answer in answers:
            if self.until(b"] "):
                self.type(answer)
        return self.end()


class Case(Copies):
    """A node with two GPUs and its images, and a copy of it."""

    def __init__(self, program, folder, name="debian12", more=(), machine=True):
        self.name = name
        self.kernels, self.image = TREES[name][:2]
        super().__init__(program, folder, lambda pattern: build(name, pattern, more, machine))
        self.fresh()

    def run(self, verb, *words, **options):
        return self.call(verb, *words, **options)

    def json(self, verb, *words):
        """Its report; None where there is none."""
        result = self.run(verb, "--json", *words)
        try:
            return json.loads(result.stdout) | {"code": result.returncode}
        except ValueError:
            self.complain(f"{verb} --json {words}: {result}")
            return {"code": result.returncode}

    def on_terminal(self, answers, *words):
        """(exit code, all that was shown) of a setup at a terminal: an answer for each question."""
        return Terminal([self.program, "setup", "--root", self.at, *words]).talk(answers)

    def built(self):
        """The kernels whose images were built, in their order."""
        return (self.read("images") or "").split()

    def inside(self, kernel):
        """{path: bytes} of an image, unpacked by other programs than ours."""
        image = self.path(self.image.format(kernel))
        with open(image, "rb") as f:
            unpack = "zstd" if f.read(4) == b"\x28\xb5\x2f\xfd" else "gzip"
        folder = self.at + ".image"
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        subprocess.run(f"{unpack} -dcq <{image} | cpio -idm --quiet", shell=True, check=True,
                       cwd=folder)
        result = {}
        for path, _, files in os.walk(folder):
            for name in files:
                with open(os.path.join(path, name), "rb") as f:
                    result[os.path.relpath(os.path.join(path, name), folder)] = f.read()
        return result

    def snapshot(self, folder=None):
        """All that is the machine's, folders too; not what is generated: images, their list."""
        folder = folder or self.at
        result = super().snapshot(folder)
        for path, folders, _ in os.walk(folder):
            inner = os.path.relpath(path, folder)
            if inner == "bin" or inner.startswith(trees.OURS) or inner.startswith("sys"):
                folders.clear()
            elif inner not in ("var/lib", "tmp"):
                result[inner + "/"] = os.lstat(path).st_mode
        generated = {"images", *(self.image.format(kernel) for kernel in self.kernels)}
        return {p: v for p, v in result.items()
                if p not in generated and not LAST_NEW.search(p)}

    def expect_begin(self, what):
        """As before the first setup; and no image holds a configuration of ours."""
        super().expect_begin(what)
        for kernel in self.kernels:
            if CONFIG in self.inside(kernel):
                self.complain(f"{what}: the initramfs of {kernel} still has the configuration")

    def armed(self):
        """How many of the kernels' entries have gpuclaim=1; they then have all the arguments."""
        result = self.run("kargs", "show", "--json")
        lines = [line for line in json.loads(result.stdout)["lines"] if line["kind"] == "kernel"
                 and "gpuclaim=1" in (line["cmdline"] or "")]
        if any(line["lacks"] for line in lines):
            self.complain(f"arguments in part: {lines}")
        return len(lines)
