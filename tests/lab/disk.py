# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes that boot from a whole disk of their own, through GRUB, as often as a test likes.

    with disk.Node("trixie-dracut", firmware="uefi") as node:
        m = node.boot("install_product\nrun gpuclaimctl setup --all-gpus")
        m = node.boot("look look\nstatus status")

A node is one of chroot.sh's trees with two kernels. Its disk is made without loop devices
(disk.sh), booted once to make GRUB's configuration, and kept in the cache; each Node has a copy,
and what happens to it stays until the node's end. The script of a boot comes on a second disk,
and speaks guest/lib.sh over ttyS1, with the words of boot.sh and node.sh.
"""

import contextlib
import io
import shutil
import struct
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.lab import image, lab
from tests.lib.checks import check

HERE = Path(__file__).resolve().parent
SECTOR = 512
ESP, ROOT = 2048, 32768                 # first sectors; disk.sh knows them, too
TIMEOUT = 900
SLOT = 0x11                             # of the disk with the script

RUN = """\
exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
cd /run/lab
. ./lib.sh
. ./boot.sh
. ./node.sh
udevadm settle
echo "LAB start"
. ./script
echo "LAB end"
leave
"""


def _entry(kind, first, sectors, active=False):
    """One line of a partition table; without cylinders, which nobody reads."""
    return struct.pack("<B3sB3sII", 0x80 if active else 0, b"\xfe\xff\xff", kind, b"\xfe\xff\xff",
                       first, sectors)


def assemble(path):
    """Adds to the root file system in PATH what lies before it: the table, GRUB, the ESP.

    Returns the log of its making.
    """
    parts = {name: path.with_name(f"{path.name}.{name}") for name in ("boot", "core", "esp", "log")}
    boot, core, esp = (parts[name].read_bytes() for name in ("boot", "core", "esp"))
    check(len(core) <= (ESP - 1) * SECTOR, "GRUB does not fit before the first partition")
    check(len(esp) <= (ROOT - ESP) * SECTOR, "the EFI system partition is too large")
    size = path.stat().st_size // SECTOR
    table = (_entry(0xef, ESP, len(esp) // SECTOR) + _entry(0x83, ROOT, size - ROOT, active=True)
             + bytes(32))
    with open(path, "r+b") as disk:
        disk.write(boot[:446] + table + b"\x55\xaa")
        disk.write(core)
        disk.seek(ESP * SECTOR)
        disk.write(esp)
    said = parts["log"].read_text()
    for part in parts.values():
        part.unlink()
    return said


def build(path, name, stage="", command=""):
    """The disk, as it is before its first boot; returns what the command said."""
    image.run(HERE / "disk.sh", image.tree(name), stage, path, command)
    return assemble(path)


def base(name):
    """The node's disk, which has been booted once."""
    parts = [image.tree(name).name] + [(HERE / f).read_bytes()
                                       for f in ("disk.py", "disk.sh", "tree.sh")]

    def make(path):
        build(path, name)
        with Node(name, path) as node:
            m = node.boot("run update-grub\n", cards=[])
            check(m.statuses() == [0], f"update-grub: {m.outputs()}")
            shutil.move(node.disk, path)        # from another file system, perhaps

    return image.cached(f"disk-{name}", ".img", parts, make)


def firmware():
    """OVMF's two files, as QEMU's package or the system's has them."""
    for top in (Path(lab.qemu()).parent / "tree", Path("/")):
        files = [top / f"usr/share/OVMF/OVMF_{part}_4M.fd" for part in ("CODE", "VARS")]
        if all(f.exists() for f in files):
            return files
    raise lab.Skip("no OVMF")


def _product(member):
    """Not the unit of guests that boot otherwise: the disk has its own."""
    return None if member.name.endswith("/lab.service") else member


class Node:
    """A machine's disk and firmware variables, from boot to boot; files: for its scripts, beside them."""

    def __init__(self, name, disk=None, firmware="bios", files=()):
        self.name, self.firmware, self.source, self.files = name, firmware, disk, files
        self.boots = 0

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gpuclaim-node-"))
        self.disk = self.folder / "disk"
        try:
            self._fill()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _fill(self):
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", self.source or base(self.name),
                        self.disk], check=True)
        if self.firmware == "uefi":
            code, variables = firmware()
            (self.folder / "code.fd").symlink_to(code)
            shutil.copy(variables, self.folder / "vars.fd")

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def _script(self, script):
        """The second disk: a plain archive."""
        self.boots += 1
        path = self.folder / f"script{self.boots}"
        with tarfile.open(path, "w") as archive:
            texts = {"run": RUN, "script": script}
            texts |= {f: (HERE / "guest" / f).read_text() for f in ("lib.sh", "boot.sh", "node.sh")}
            for name, text in texts.items():
                info = tarfile.TarInfo(name)
                info.size = len(text.encode())
                archive.addfile(info, io.BytesIO(text.encode()))
            archive.add(image.stage(), "stage", filter=_product)
            for file in self.files:
                archive.add(file, Path(file).name)
        return path

    def machine(self, script, cards=("gtx1050", "gtx1050"), extra=(), timeout=TIMEOUT, **fields):
        """The Machine of the next boot, for tests that end it in their own way."""
        script = self._script(script)
        return lab.Machine(
            cards=list(cards), disk=str(self.disk), snapshot=False, timeout=timeout,
            firmware=str(self.folder) if self.firmware == "uefi" else None,
            extra=["-drive", f"file={script},format=raw,if=none,id=script,readonly=on",
                   "-device", f"virtio-blk-pci,drive=script,addr={SLOT:#x}", *extra], **fields)

    def boot(self, script, **options):
        """One boot to the end of its script and of the machine."""
        with self.machine(script, **options) as machine:
            machine.finish()
        return machine

    def cut(self, script, **options):
        """One boot whose power is cut when the script says "LAB cut"."""
        with self.machine(script, **options) as machine:
            machine.wait_for(r"^LAB cut$")
            machine.qmp("quit")
            machine.process.wait()
        return machine

    def boot_on(self, script, **options):
        """One boot of a machine that ends by itself, without a script's end: a panic, a reset."""
        with self.machine(script, **options) as machine:
            with contextlib.suppress(subprocess.TimeoutExpired):
                machine.process.wait(TIMEOUT)
        return machine
