# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees that a whole `gpuclaimctl setup` runs on, and how one run is judged."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "kargs"))
import tree  # noqa: E402  pylint: disable=wrong-import-position

KILLED = 137
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
}
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


def build(name, folder, more=(), machine=True):
    """A tree with its images, none of which knows gpuclaim's configuration."""
    kernels, image, tools, make = TREES[name]
    lines = [f"f {UNIT} [Service]\\n", "f usr/lib/udev/gpuclaim helper\\n", "f etc/debian_version 12\\n",
             "d tmp", "d etc/gpuclaim"]
    for kernel in kernels:
        lines += [f"f boot/vmlinuz-{kernel} kernel\\n",
                  f"f lib/modules/{kernel}/modules.builtin ",
                  f"d {os.path.dirname(image.format(kernel))}"]
        lines += [f"f lib/modules/{kernel}/modules.dep", *(f"\t{m}" for m in MODULES)]
    tree.build(name, folder, [*lines, *more], HARDWARE if machine else [])
    for place, tool in tools:
        os.makedirs(os.path.join(folder, os.path.dirname(place)), exist_ok=True)
        shutil.copy(os.path.join(HERE, "tools", tool), os.path.join(folder, place))
    for program in PROGRAMS:
        copy_program(folder, program)
    if not machine:
        shutil.rmtree(os.path.join(folder, "sys"))
    for kernel in kernels:
        subprocess.run(["chroot", folder, *(word.format(
            kernel if word == "{}" else image.format(kernel)) for word in make)], check=True)


class Case:
    """A tree that is copied as often as need be, and what is wrong with what was seen."""

    def __init__(self, program, folder, name="debian12", more=(), machine=True):
        self.program, self.name = program, name
        self.kernels, self.image = TREES[name][:2]
        self.pattern, self.at = os.path.join(folder, "pattern"), os.path.join(folder, "tree")
        self.preload = None
        self.complaints = []
        os.mkdir(self.pattern)
        build(name, self.pattern, more, machine)
        self.begin = self.snapshot(self.pattern)
        self.fresh()

    def fresh(self):
        shutil.rmtree(self.at, ignore_errors=True)
        shutil.copytree(self.pattern, self.at, symlinks=True)

    def run(self, verb, *words, kill_at=None, **options):
        environment = dict(os.environ)
        if kill_at:
            environment |= {"LD_PRELOAD": self.preload, "KILL_AT": str(kill_at)}
        return subprocess.run([self.program, verb, "--root", self.at, *words],
                              capture_output=True, stdin=subprocess.DEVNULL, text=True,
                              timeout=120, check=False, env=environment, **options)

    def json(self, verb, *words):
        """Its report; None where there is none."""
        result = self.run(verb, "--json", *words)
        try:
            return json.loads(result.stdout) | {"code": result.returncode}
        except ValueError:
            self.complain(f"{verb} --json {words}: {result}")
            return {"code": result.returncode}

    def on_terminal(self, answer, *words):
        """(exit code, all that was shown) of a setup at a terminal."""
        leader, follower = pty.openpty()
        shown = b""
        with subprocess.Popen([self.program, "setup", "--root", self.at, *words], stdin=follower,
                              stdout=follower, stderr=follower, close_fds=True) as process:
            os.close(follower)
            while True:
                try:
                    data = os.read(leader, 4096) if select.select([leader], [], [], 60)[0] else b""
                except OSError:
                    break
                if not data:
                    break
                shown += data
                if b"[y/N] " in shown and answer:
                    os.write(leader, answer)
                    answer = None
            code = process.wait(timeout=60)
        os.close(leader)
        return code, shown.decode().replace("\r\n", "\n")

    def complain(self, text):
        self.complaints.append(text)

    def expect(self, what, got, wanted):
        if got != wanted:
            self.complain(f"{what}: {got!r}, expected {wanted!r}")

    def expect_code(self, what, result, wanted):
        if result.returncode != wanted:
            self.complain(f"{what}: exit {result.returncode}, expected {wanted}: "
                          f"{result.stdout}{result.stderr}")

    def expect_in(self, what, part, text):
        if part not in text:
            self.complain(f"{what}: no {part!r} in {text!r}")

    def path(self, inner):
        return os.path.join(self.at, inner)

    def read(self, inner):
        """A file's text, a link's target; None: it is not there."""
        if os.path.islink(self.path(inner)):
            return os.readlink(self.path(inner))
        try:
            with open(self.path(inner), encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def write(self, inner, text, mode="w"):
        os.makedirs(os.path.dirname(self.path(inner)), exist_ok=True)
        with open(self.path(inner), mode, encoding="utf-8") as f:
            f.write(text)

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
        result = tree.snapshot(folder)
        for path, folders, _ in os.walk(folder):
            inner = os.path.relpath(path, folder)
            if inner == "bin" or inner.startswith(tree.OURS) or inner.startswith("sys"):
                folders.clear()
            elif inner not in ("var/lib", "tmp"):
                result[inner + "/"] = os.lstat(path).st_mode
        generated = {"images", *(self.image.format(kernel) for kernel in self.kernels)}
        return {p: v for p, v in result.items()
                if p not in generated and not LAST_NEW.search(p)}

    def expect_begin(self, what):
        """As before the first setup; and no image holds a configuration of ours."""
        self.expect(what, tree.differences(self.begin, self.snapshot()), [])
        for kernel in self.kernels:
            if CONFIG in self.inside(kernel):
                self.complain(f"{what}: the initramfs of {kernel} still has the configuration")

    def armed(self):
        """How many of the kernels' entries have gpuclaim=1; they then have all the arguments."""
        result = subprocess.run([self.program, "kargs", "show", "--json", "--root", self.at],
                                capture_output=True, text=True, timeout=60, check=True)
        lines = [line for line in json.loads(result.stdout)["lines"] if line["kind"] == "kernel"
                 and "gpuclaim=1" in (line["cmdline"] or "")]
        if any(line["lacks"] for line in lines):
            self.complain(f"arguments in part: {lines}")
        return len(lines)
