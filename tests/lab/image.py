# SPDX-License-Identifier: GPL-2.0-or-later
"""Full guests: a Debian's own kernel, systemd, udev and dracut, with gpuclaim installed.

    with Machine(cards=["gtx1050"], **image.boot("trixie", "facts", system=True)) as m:
        m.finish()

The script speaks guest/lib.sh, over ttyS1, like that of the busybox guest. It runs when the
initramfs has settled and stops there, or (system=True) when the system behind it is up: under
emulation that takes three times as long. What differs between tests lies in a small archive
behind the initramfs; the initramfs itself is built by the guest's dracut, once for each state
of the sources.
"""

import atexit
import contextlib
import fcntl
import functools
import hashlib
import itertools
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from tests.lab import guest
from tests.lib.checks import check

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
KEPT = 12               # images of a kind that stay in the cache

_lock = threading.Lock()

# Where the guests' distributions have these folders, whatever this machine's say.
FOLDERS = ["prefix=/usr", "udevdir=/usr/lib/udev", "systemdsystemunitdir=/usr/lib/systemd/system",
           "dracutmodulesdir=/usr/lib/dracut/modules.d"]
UNREAD = ["man", "doc", "bash-completion"]      # of usr/share: nobody reads them in a guest

DRIVERS = "virtio_pci virtio_blk ext4 xhci_pci"
NATIVES = " nouveau snd_hda_intel snd_hda_codec_hdmi"
PMEM = " nfit nd_pmem"       # a disk that is memory
COMMANDS = ("cat ls cp mkdir rm sed dd stty basename dirname readlink sleep seq touch head tail "
            "grep awk sort tr wc dmesg vfiouse")
MODULES = "base rootfs-block udev-rules fs-lib kernel-modules"
SYSTEMD = " systemd-initrd dracut-systemd"
# An image of next to no modules takes a third of the time.
SMALL = {"etc/initramfs-tools/conf.d/small": "MODULES=list\nCOMPRESS=gzip\n",
         "etc/dracut.conf.d/small.conf":
             'dracutmodules+=" base gpuclaim "\ncompress="gzip"\nhostonly="no"\n'}
CONFIGURED = {"etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n"}
HOOKS = {"bookworm": "usr/lib/dracut/hooks", "trixie": "var/lib/dracut/hooks"}

SERVICE = """\
[Unit]
After=systemd-udev-trigger.service

[Service]
ExecStart=/bin/sh /run/lab/run
"""

RUN = """\
exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
udevadm settle
echo "LAB start"
. {lab}/lib.sh
. {lab}/boot.sh
. {lab}/script
echo "LAB end"
sync
echo o >/proc/sysrq-trigger
sleep 600
"""

STOP_HOOK = "sh /lab/run\n"
HANDOVER_HOOK = """\
cp -a /lab /run/lab
[ ! -d /lab/root ] || cp -a /lab/root/. "$NEWROOT/"
"""


@dataclass(frozen=True)
class Link:
    """A symbolic link among the files of a test."""
    target: str


def write(folder, files):
    """Files {name: text, or a Link} below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.target)
        else:
            path.write_text(content)


@contextlib.contextmanager
def _locked(name):
    """One at a time, among all programs that use this cache."""
    guest.CACHE.mkdir(parents=True, exist_ok=True)
    with open(guest.CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def cached(name, suffix, parts, make):
    """CACHE/NAME-DIGEST.SUFFIX, made by make(path) if it is missing; old ones go."""
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    path = guest.CACHE / f"{name}-{digest}{suffix}"
    with _locked(name):
        if not path.exists():
            new = path.with_name(f"{path.name}.new")
            shutil.rmtree(new, ignore_errors=True)      # of a run that was cut off
            make(new)
            new.rename(path)
            old = sorted(guest.CACHE.glob(f"{name}-????????????{suffix}"),
                         key=lambda p: p.stat().st_mtime)
            for stale in old[:-KEPT]:
                shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    return path


def run(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def tree(suite):
    """The Debian tree; the first call takes a minute. A folder is one that somebody has made."""
    return suite if isinstance(suite, Path) else Path(run(HERE / "chroot.sh", suite))


def _install(folder):
    """As a package installs it, and what the lab adds."""
    run("make", "--no-print-directory", "-C", TOP, "install-strip", f"DESTDIR={folder}", *FOLDERS)
    for name in UNREAD:
        shutil.rmtree(folder / "usr/share" / name, ignore_errors=True)
    (folder / "usr/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(guest.vfiouse(), folder / "usr/bin/vfiouse")
    service = folder / "etc/systemd/system/lab.service"
    service.parent.mkdir(parents=True)
    service.write_text(SERVICE)


@functools.cache
def _stage():
    with tempfile.TemporaryDirectory(prefix="gpuclaim-stage-") as folder:
        fresh = Path(folder, "stage")
        fresh.mkdir(0o755)
        with _locked("install"):
            _install(fresh)
        contents = [(str(p.relative_to(fresh)), p.stat().st_mode, p.read_bytes())
                    for p in sorted(fresh.rglob("*")) if p.is_file()]
        return cached("stage", "", contents, lambda path: shutil.copytree(fresh, path))


def stage():
    """The folder with the product as installed, as it was when this process first asked."""
    with _lock:
        return _stage()


def complaints(path, about=""):
    """Takes away the log beside an initramfs, and fails if dracut reported an error in it.

    about: a pattern of the errors that count."""
    log = path.with_name(path.name + ".log")
    found = [line for line in log.read_text().splitlines()
             if re.search(r"error|fail|cannot|command not found", line, re.I) and re.search(about, line)]
    log.unlink()
    check(not found, f"dracut: {found}")


def layer(files):
    """A folder with these files, to lie above the stage."""

    def make(path):
        for name, text in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(text)
            if text.startswith("#!"):
                (path / name).chmod(0o755)

    return cached("layer", "", [sorted(files.items())], make)


def _image(kind, suite, *options, files=None):
    top, makers = tree(suite), [HERE / name for name in ("image.sh", "tree.sh")]
    layers = ([layer(files)] if files else []) + [stage()]
    what = f"{kind}-{suite}" + ("" if not options else "-" + options[0])

    def make(path):
        run(makers[0], kind, top, ":".join(map(str, layers)), path, *options[1:])
        if kind == "initrd":
            complaints(path)

    return cached(what, ".img", [top.name, [p.name for p in layers],
                                  [p.read_bytes() for p in makers], options], make)


def root(suite):
    """The root disk."""
    return _image("root", suite)


# What the initramfs of a flavor has besides; "--modules", "--drivers", files of the host.
# The drivers that would steal a card are in most of them, or those would prove nothing.
FLAVORS = {
    "product": (" gpuclaim", NATIVES, [], None),
    "bare": ("", NATIVES, [], None),
    "lean": (" gpuclaim", "", [], CONFIGURED),
    "late": (" gpuclaim", NATIVES, ["--omit-drivers", "vfio vfio_pci vfio_pci_core"], CONFIGURED),
    "in-memory": (" gpuclaim", NATIVES + PMEM, [], None),
    "in-memory-bare": ("", NATIVES + PMEM, [], None),
    "in-memory-vfio": ("", NATIVES + PMEM + " vfio_pci vfio_iommu_type1", [], None),
}


def initramfs(suite, systemd=True, flavor="product"):
    """What the suite's dracut makes of the installed product."""
    modules, drivers, options, files = FLAVORS[flavor]
    kind = "systemd" if systemd else "plain"
    return _image("initrd", suite, f"{kind}-{flavor}", "--gzip",
                  "--modules", MODULES + modules + (SYSTEMD if systemd else ""),
                  "--drivers", DRIVERS + drivers, "--install", COMMANDS, *options, files=files)


def kernel(suite):
    return next((tree(suite) / "boot").glob("vmlinuz-*"))


def _blank():
    """A disk for dracut to wait for, where nobody mounts it."""

    def make(path):
        path.write_bytes(bytes(1 << 20))

    return cached("blank", ".img", [], make)


def _add(archive, name, content):
    if isinstance(content, Link):
        archive.link(name, content.target)
    else:
        archive.file(name, content, 0o755 if content[:2] in ("#!", b"#!") else 0o644)


def addition(suite, script, system, early, late, at="pre-mount"):
    """The archive behind the initramfs: one test's script and files.

    at: when the script is run, unless it is in the system.
    """
    archive = guest.Archive()
    hook, stage_of_hook = (HANDOVER_HOOK, "pre-pivot") if system else (STOP_HOOK, at)
    archive.file(f"{HOOKS[suite.partition('-')[0]]}/{stage_of_hook}/99-lab.sh", hook, 0o755)
    archive.file("lab/run", RUN.format(lab="/run/lab" if system else "/lab"))
    for name in ("lib.sh", "boot.sh"):
        archive.file(f"lab/{name}", (HERE / "guest" / name).read_bytes())
    archive.file("lab/script", script)
    for name, content in early.items():
        _add(archive, name, content)
    for name, content in late.items():
        _add(archive, f"lab/root/{name}", content)
    return archive.bytes()


_folder = None
_number = itertools.count()


def _temporary(data):
    global _folder
    with _lock:
        if _folder is None:
            _folder = Path(tempfile.mkdtemp(prefix="gpuclaim-boot-"))
            atexit.register(shutil.rmtree, _folder, ignore_errors=True)
        path = _folder / str(next(_number))
    path.write_bytes(data)
    return path


def network(folder, suite, script):
    """Puts into a folder what a diskless guest loads from there: vmlinuz and initrd.img."""
    shutil.copy(kernel(suite), folder / "vmlinuz")
    data = initramfs(suite).read_bytes()
    data += bytes(-len(data) % 4)
    # There is no disk to wait for: the script is what dracut waits for.
    data += addition(suite, script, False, {"usr/lib/dracut/need-initqueue": ""}, {},
                     at="initqueue/finished")
    (folder / "initrd.img").write_bytes(data)


def boot(suite, script, *, system=False, systemd=True, flavor="product", append="", early=None,
         late=None, device="/dev/vda"):
    """What Machine() needs to boot a full guest.

    system: go on to the real root; systemd: have it in the initramfs; flavor: of the initramfs,
    one of FLAVORS; append: more of the kernel command line; early, late: files {name: text,
    bytes or Link} for the initramfs and for the real root; device: which the disk is.
    """
    data = initramfs(suite, systemd, flavor).read_bytes()
    data += bytes(-len(data) % 4) + addition(suite, script, system, early or {}, late or {})
    return {
        "kernel": str(kernel(suite)),
        "initrd": str(_temporary(data)),
        "disk": str(root(suite) if system else _blank()),
        "cmdline": "console=ttyS0 panic=-1 quiet loglevel=6 no_timer_check "
                   f"root={device} rw rd.shell=0 rd.emergency=poweroff {append}",
    }


# --- the same with initramfs-tools

# Modules are in the image as udev would find them there, by their aliases: none is forced.
TOOLS = {
    "etc/gpuclaim/gpuclaim.conf": CONFIGURED["etc/gpuclaim/gpuclaim.conf"],
    "etc/initramfs-tools/conf.d/lab": "MODULES=list\nCOMPRESS=gzip\n",
    "etc/initramfs-tools/hooks/lab": f"""\
#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules {DRIVERS}{NATIVES}
mkdir -p "$DESTDIR/lab/bin"
copy_exec /usr/bin/dash /lab/bin/sh
for command in {COMMANDS}; do
    copy_exec "/usr/bin/$command" "/lab/bin/$command"
done
""",
    "etc/initramfs-tools/scripts/init-premount/lab": """\
#!/bin/sh
[ "$1" != prereqs ] || exit 0
[ ! -e /lab/stop ] || PATH=/lab/bin:$PATH /lab/bin/sh /lab/run
""",
    "etc/initramfs-tools/scripts/init-bottom/lab": """\
#!/bin/sh
[ "$1" != prereqs ] || exit 0
PATH=/lab/bin:$PATH
cp -a /lab /run/lab
[ ! -d /lab/root ] || cp -a /lab/root/. "$rootmnt/"
""",
}


def boot_tools(suite, script, *, system=False, append="", late=None):
    """What Machine() needs to boot a full guest whose initramfs initramfs-tools has built.

    The configuration is in it as the hook took it from the tree; the rest as for boot().
    """
    name = f"{suite}-initramfs-tools"
    archive = guest.Archive()
    if not system:
        archive.file("lab/stop", "")
    archive.file("lab/run", RUN.format(lab="/run/lab" if system else "/lab"))
    for part in ("lib.sh", "boot.sh"):
        archive.file(f"lab/{part}", (HERE / "guest" / part).read_bytes())
    archive.file("lab/script", script)
    for path, content in (late or {}).items():
        _add(archive, f"lab/root/{path}", content)
    data = _image("initramfs-tools", name, files=TOOLS).read_bytes()
    data += bytes(-len(data) % 4) + archive.bytes()
    vmlinuz, = (p for p in (tree(name) / "boot").glob("vmlinuz-*") if "-rt-" not in p.name)
    return {
        "kernel": str(vmlinuz),
        "initrd": str(_temporary(data)),
        "disk": str(root(name) if system else _blank()),
        "cmdline": "console=ttyS0 panic=-1 quiet loglevel=6 no_timer_check root=/dev/vda rw "
                   f"{append}",
    }
