# SPDX-License-Identifier: GPL-2.0-or-later
"""A server's disk with a Linux of the paper's shape: its initramfs lacks the GPU's driver at first.

GRUB, Debian's kernel, a busybox; what it does is linux/init's: it makes its initramfs anew, with the
driver, and reboots into it.
"""

import lzma
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from tests.lab import guest, image

HERE = Path(__file__).resolve().parent
SUITE, TREE = "trixie", "trixie-compute"
MODULES, DRIVER = ["virtio_pci", "virtio_blk", "ext4", "crc32c_generic"], "nouveau"
SECTOR, FIRST = 512, 2048       # of the disk: one partition, from there to the end
SIZE = 96 << 20
GRUB = """\
linux (hd0,msdos1)/vmlinuz console=ttyS0 quiet loglevel=4 no_timer_check mitigations=off panic=1
initrd (hd0,msdos1)/initrd.img
boot
"""


def _initramfs(modules):
    archive = guest.Archive()
    for name in ("bin", "dev", "proc", "sys", "disk"):
        archive.folder(name)
    archive.console()
    archive.program("/bin/busybox", "bin/busybox")
    archive.file("init", (HERE / "linux/init").read_bytes(), 0o755)
    archive.tree(modules, "")
    return archive.bytes()


def _stage(names, folder):
    """These modules, unpacked: where a processor is emulated twice, nobody unpacks more than is needed."""
    guest.stage_modules(SUITE, names, folder)
    for path in folder.rglob("*.ko.xz"):
        path.with_suffix("").write_bytes(lzma.decompress(path.read_bytes()))
        path.unlink()
    release, = (folder / "lib/modules").iterdir()
    subprocess.run(["depmod", "-b", folder, release.name], check=True)


def _core(tree, work):
    """GRUB's, by the tree's own program and its libraries."""
    (work / "grub.cfg").write_text(GRUB)
    subprocess.run([f"{tree}/lib64/ld-linux-x86-64.so.2", "--library-path",
                    f"{tree}/usr/lib/x86_64-linux-gnu", f"{tree}/usr/bin/grub-mkimage",
                    "-d", f"{tree}/usr/lib/grub/i386-pc", "-O", "i386-pc", "-p", "(hd0,msdos1)/",
                    "-c", work / "grub.cfg", "-o", work / "core",
                    "biosdisk", "part_msdos", "ext2", "linux"], check=True)
    return (work / "core").read_bytes()


def make(path):
    """Made from the GRUB of a compute node's tree and the kernel of the lab's guests."""
    tree = image.tree(TREE)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        root = work / "root"
        root.mkdir()
        shutil.copy(guest.kernel(SUITE) / "vmlinuz", root)
        _stage(MODULES, work / "first")
        _stage([*MODULES, DRIVER], root / "modules")
        (root / "initrd.img").write_bytes(_initramfs(work / "first"))
        sectors = SIZE // SECTOR - FIRST
        entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", FIRST, sectors)
        with open(path, "wb") as out:
            out.truncate(SIZE)
            out.write((tree / "usr/lib/grub/i386-pc/boot.img").read_bytes()[:446])
            out.write(entry + bytes(48) + b"\x55\xaa")
            out.write(_core(tree, work))
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal,^metadata_csum_seed,"
                        "^orphan_file", "-E", f"offset={FIRST * SECTOR}", "-d", root, path,
                        f"{sectors // 2}k"], check=True)
