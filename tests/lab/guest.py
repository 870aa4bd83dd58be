# SPDX-License-Identifier: GPL-2.0-or-later
"""The busybox guest of the lab: an initramfs in two parts.

base(kernel) has busybox, kmod, the kernel modules, our own programs for the guest;
it is built once for each set of inputs and kept in the cache. overlay(files) is the
part of one test: the kernel unpacks the two one after the other.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
CACHE = Path(os.environ.get("GPUCLAIM_CACHE", "/var/cache/gpuclaim"))

MODULES = """
vfio vfio_iommu_type1 vfio_pci_core vfio_pci nouveau amdgpu snd_hda_intel
snd_hda_codec_hdmi snd_hda_codec_generic xhci_pci ehci_pci usbcore usbhid usb_storage hid_generic uas
ucsi_ccg i2c_nvidia_gpu e1000 e1000e igb virtio_pci virtio_net virtio_blk
virtio_iommu ahci sd_mod nvme ext4 overlay pciehp shpchp bochs cirrus qxl ast mgag200
pci_stub pci_pf_stub uio_pci_generic
""".split()

CFLAGS = "-std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wconversion -Wshadow -Werror".split()


def _digest(*parts):
    h = hashlib.sha256()
    for part in parts:
        h.update(part if isinstance(part, bytes) else str(part).encode())
        h.update(b"\0")
    return h.hexdigest()[:12]


def _run(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout


def _in_cache(name, make):
    """CACHE/name; if it is missing, made by make(path) and put there whole."""
    path, new = CACHE / name, CACHE / f"{name}.new"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            make(new)
            new.rename(path)
    return path


def compile_c(name, sources, headers=(), include=HERE / "card"):
    """The program built from these sources."""
    texts = [Path(p).read_bytes() for p in (*sources, *headers)]
    argv = ["gcc", *CFLAGS, f"-I{include}"]

    def make(path):
        _run(*argv, "-o", path, *map(str, sources))

    return _in_cache(f"{name}-{_digest(*CFLAGS, *texts)}", make)


def card_server():
    folder = HERE / "card"
    return compile_c("card", sorted(folder.glob("*.c")), sorted(folder.glob("*.h")))


def vfiouse():
    return compile_c("vfiouse", [HERE / "guest/vfiouse.c"], [HERE / "card/lab_regs.h"])


def hotreset():
    """gpuclaimctl's own hot reset, without what it has to be asked and proven before."""
    modules = [TOP / name for name in ("ctl/giveback/hot_reset", "helper/base/root", "helper/base/pci",
                                       "helper/base/text")]
    return compile_c("hotreset", [HERE / "guest/hotreset.c", *(f"{m}.c" for m in modules)],
                     [f"{m}.h" for m in (*modules, TOP / "helper/base/util")], TOP)


def pciscan():
    """A disk of 1 MiB whose boot sector tells on the first serial port what is on the PCI buses."""
    source = HERE / "guest/pciscan.S"

    def make(path):
        _run("gcc", "-m32", "-c", "-o", f"{path}.o", source)
        _run("ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", "-o", path,
             f"{path}.o")
        os.remove(f"{path}.o")
        os.truncate(path, 1 << 20)

    return _in_cache(f"pciscan-{_digest(source.read_bytes())}.img", make)


def kernel(suite):
    """The folder with this Debian suite's kernel."""
    return Path(_run(HERE / "kernel.sh", suite).strip())


# What our programs open when they need it: no list of what they link has it.
OPENED = "libkmod.so.2"


def library(name):
    """Its path on this machine."""
    for line in _run("/sbin/ldconfig", "-p").splitlines():
        if line.strip().startswith(f"{name} "):
            return line.split(" => ")[1]
    raise RuntimeError(f"no {name} on this machine")


def libraries(program):
    """The shared libraries of a program, as ldd resolves them, and the one that ours open."""
    found = []
    answer = subprocess.run(["ldd", program], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=False)
    if answer.returncode:       # a static program
        return found
    for line in answer.stdout.splitlines():
        words = line.split()
        path = words[2] if "=>" in words else words[0]
        if path.startswith("/"):
            found.append(path)
    if OPENED not in Path(program).name and OPENED.encode() in Path(program).read_bytes():
        found += [library(OPENED), *libraries(library(OPENED))]
    return found


class Archive:
    """A cpio archive in the "newc" format of initramfs images."""

    def __init__(self):
        self.parts, self.inode, self.folders = [], 0, set()

    def _entry(self, name, mode, data):
        self.inode += 1
        raw = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + raw
        self.parts += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]

    def folder(self, name):
        name = name.strip("/")
        if not name or name in self.folders:
            return
        self.folder(os.path.dirname(name))
        self.folders.add(name)
        self._entry(name, stat.S_IFDIR | 0o755, b"")

    def file(self, name, data, mode=0o644):
        self.folder(os.path.dirname(name))
        data = data.encode() if isinstance(data, str) else data
        self._entry(name.strip("/"), stat.S_IFREG | mode, data)

    def link(self, name, target):
        self.folder(os.path.dirname(name))
        self._entry(name.strip("/"), stat.S_IFLNK | 0o777, target.encode())

    def console(self):
        """The kernel opens it before anything is mounted."""
        self.folder("dev")
        self.inode += 1
        raw = b"dev/console\0"
        fields = (self.inode, stat.S_IFCHR | 0o600, 0, 0, 1, 0, 0, 0, 0, 5, 1, len(raw), 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + raw
        self.parts += [head, b"\0" * (-len(head) % 4)]

    def program(self, source, name):
        """A program with the libraries it needs, at their own paths."""
        self.file(name, Path(source).read_bytes(), 0o755)
        for library in libraries(source):
            if library.lstrip("/") not in self.folders:
                self.folders.add(library.lstrip("/"))
                self.file(library, Path(library).read_bytes(), 0o755)

    def tree(self, source, name):
        for path in sorted(Path(source).rglob("*")):
            if path.is_file() and not path.is_symlink():
                self.file(f"{name}/{path.relative_to(source)}", path.read_bytes(),
                          path.stat().st_mode & 0o777)

    def bytes(self):
        self._entry("TRAILER!!!", 0, b"")
        body = b"".join(self.parts)
        return body + b"\0" * (-len(body) % 512)


def _closure(folder, names):
    """The files of these modules and of all they depend on, soft dependencies too."""
    alias, needs = {}, {}
    for line in (folder / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        alias[Path(path).name.split(".ko")[0].replace("-", "_")] = path
        needs[path] = rest.split()
    soft = {}
    for line in (folder / "modules.softdep").read_text().splitlines():
        words = line.split()
        if words and words[0] == "softdep":
            soft[words[1]] = [w for w in words[2:] if not w.endswith(":")]
    wanted, todo = set(), [n for n in names if n in alias]
    while todo:
        name = todo.pop().replace("-", "_")
        path = alias.get(name)
        if path is None or path in wanted:
            continue
        wanted.add(path)
        todo += [Path(p).name.split(".ko")[0] for p in needs[path]]
        todo += soft.get(name, [])
    return sorted(wanted)


def stage_modules(suite, names, target):
    """target/lib/modules/RELEASE with these modules and fresh indexes."""
    top = kernel(suite)
    release = (top / "release").read_text().strip()
    source = top / "lib/modules" / release
    folder = Path(target) / "lib/modules" / release
    for path in _closure(source, names):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / path, folder / path)
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(source / name, folder / name)
    _run("depmod", "-b", str(target), release)


def _make_base(suite, modules, path):
    work = Path(f"{path}.tree")
    shutil.rmtree(work, ignore_errors=True)     # of a run that was cut off
    stage_modules(suite, modules, work)
    a = Archive()
    for name in ("proc", "sys", "dev", "run", "tmp", "root", "etc", "bin", "sbin", "usr/bin"):
        a.folder(name)
    a.console()
    a.program("/bin/busybox", "bin/busybox")
    a.program("/bin/kmod", "usr/bin/kmod")
    for name in ("modprobe", "insmod", "rmmod", "lsmod", "modinfo", "depmod"):
        a.link(f"usr/sbin/{name}", "/usr/bin/kmod")
    a.link("sbin/modprobe", "/usr/bin/kmod")
    a.program(vfiouse(), "lab/vfiouse")
    a.file("init", (HERE / "guest/init").read_bytes(), 0o755)
    a.file("lab/lib.sh", (HERE / "guest/lib.sh").read_bytes())
    a.tree(work, "")
    path.write_bytes(a.bytes())
    shutil.rmtree(work)


def base(suite, modules=MODULES):
    """The initramfs that all tests with this suite's kernel (and these modules) share."""
    key = _digest(suite, (kernel(suite) / "release").read_text(), *modules,
                  (HERE / "guest.py").read_bytes(), vfiouse(),
                  (HERE / "guest/init").read_bytes(), (HERE / "guest/lib.sh").read_bytes())
    return _in_cache(f"guest-{suite}-{key}.cpio",
                     lambda path: _make_base(suite, modules, path))


def overlay(script, files=(), programs=(), links=()):
    """One test's part: files {name: text or bytes}, programs {name: path outside}."""
    a = Archive()
    a.file("lab/script", script)
    for name, data in dict(files).items():
        a.file(name, data)
    for name, source in dict(programs).items():
        a.program(source, name)
    for name, target in dict(links).items():
        a.link(name, target)
    return a.bytes()
