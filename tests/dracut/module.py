# SPDX-License-Identifier: GPL-2.0-or-later
"""The dracut module, unchanged, in images built by three generations of dracut.

    python3 -m tests.dracut.module [PART OF A TEST'S NAME]...

A full run has each test with each dracut; otherwise most of them take turns.
"""

import os
import re
import shutil
import stat
import subprocess
import tempfile
import threading
from pathlib import Path

from tests.lab import image
from tests.lab.image import TOP
from tests.lib import suite
from tests.lib.checks import check, equal

SUITES = ("bookworm", "trixie", "sid")          # dracut 059, 106 and the newest
ON_EACH = ("everything_is_in_the_image", "without_systemd")
FAST = ["--no-compress", "--modules"]
SYSTEMD = "systemd base gpuclaim"
PLAIN = "base gpuclaim"

_lock = threading.Lock()
_kernel_layer = None


def archives(data):
    """The cpio archives of an image without compression: newer dracuts make two."""
    start = here = 0
    while here < len(data):
        size, length = (int(data[here + i:here + i + 8], 16) for i in (54, 94))
        name = data[here + 110:here + 110 + length - 1]
        here = (here + 110 + length + 3 & ~3) + size + 3 & ~3
        if name == b"TRAILER!!!":
            yield data[start:here]
            while data[here:here + 1] == b"\0":
                here += 1
            start = here


class Image:
    """An initramfs, built and unpacked; a context manager that throws it away."""

    def __init__(self, debian, options, files=(), without=(), hidden=(), **environment):
        """files: added; without: not installed of the product; hidden: of the tree below."""
        self.debian, self.options, self.files = debian, options, dict(files)
        self.without, self.hidden, self.environment = without, hidden, environment

    def __enter__(self):
        self.work = Path(tempfile.mkdtemp(prefix="gpuclaim-dracut-"))
        self.top = self.work / "unpacked"
        self.top.mkdir()
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.work)

    def _build(self):
        with _lock:
            tree, staged = image.tree(self.debian), image.stage()
            below = f":{kernel_layer()}" if self.debian == "sid" else ""
        layer = self.work / "layer"
        shutil.copytree(staged, layer, symlinks=True)
        image.write(layer, self.files)
        for name in self.without:
            (layer / name).unlink()
        for name in self.hidden:        # what an overlay takes for "deleted"
            (layer / name).parent.mkdir(parents=True, exist_ok=True)
            os.mknod(layer / name, stat.S_IFCHR)
        built = self.work / "image"
        result = subprocess.run(
            [image.HERE / "image.sh", "initrd", tree, f"{layer}{below}", built, *self.options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            env=os.environ | self.environment)
        check(result.returncode == 0, f"dracut: {result.stdout}")
        # What the modules of sources.py's dracut miss in Debian is no fault of ours.
        image.complaints(built, "gpuclaim|vfio|kmod" if isinstance(self.debian, Path) else "")
        for archive in archives(built.read_bytes()):
            subprocess.run(["cpio", "--quiet", "-idmu"], input=archive, cwd=self.top, check=True)

    def has(self, name):
        return (self.top / name).exists() or (self.top / name).is_symlink()

    def text(self, name):
        return (self.top / name).read_text()

    def hooks(self, stage):
        """The hooks of ours, wherever this dracut keeps hooks."""
        found = [p for base in ("usr/lib", "var/lib")
                 if not (self.top / base / "dracut/hooks").is_symlink()
                 for p in (self.top / base / "dracut/hooks" / stage).glob("*gpuclaim*")]
        return [p.name for p in found]

    def ours(self):
        return [str(p.relative_to(self.top)) for p in self.top.rglob("*gpuclaim*")]

    def modules(self):
        return {p.name.split(".ko")[0].replace("-", "_") for p in self.top.rglob("*.ko*")}

    def run(self, *argv):
        """Runs a program of the image with the image's libraries."""
        return subprocess.run(["chroot", self.top, *argv], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)


def kernel_layer():
    """trixie's kernel modules, for the tree that has no kernel."""
    global _kernel_layer
    if _kernel_layer is None:
        _kernel_layer = tempfile.mkdtemp(prefix="kernel-", dir=image.guest.CACHE)
        shutil.copytree(image.tree("trixie") / "usr/lib/modules",
                        Path(_kernel_layer) / "usr/lib/modules", copy_function=os.link)
    return _kernel_layer


def host_modules(debian):
    """The folder of kernel modules that a debian's image is made from."""
    return next((image.tree("trixie" if debian == "sid" else debian) / "usr/lib/modules").iterdir())


def opens_libkmod(top):
    """The helper opens it: no closure of what it links has brought it, and what that one needs."""
    found = list(top.glob("usr/lib*/**/libkmod.so.2"))
    check(found, "no libkmod.so.2")
    name = found[0].relative_to(top)
    linked = subprocess.run(["chroot", top, "/lib64/ld-linux-x86-64.so.2", "--list", f"/{name}"],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    check(linked.returncode == 0 and "not found" not in linked.stdout, linked.stdout)


def without_other_modules(debian):
    """A dracut.conf: with no list of modules, so that each is asked, but few to ask."""
    folder = image.tree(debian) / "usr/lib/dracut/modules.d"
    names = [re.sub(r"^\d\d", "", p.name) for p in folder.iterdir()]
    return {"etc/dracut.conf.d/few.conf":
            f'omit_dracutmodules+=" {" ".join(n for n in names if n != "base")} "\n'}


CONFIGURED = {
    "etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n",
    "etc/gpuclaim/gpuclaim.conf.d/10-site.conf": "set boot-vga=allow\n",
    "etc/gpuclaim/gpuclaim.conf.d/20-mask.conf": image.Link("/dev/null"),
    "etc/gpuclaim/gpuclaim.conf.d/30-elsewhere.conf": image.Link("/srv/gpus"),
    "etc/gpuclaim/gpuclaim.conf.d/40-dangling.conf": image.Link("/srv/gone"),
    "etc/gpuclaim/gpuclaim.conf.d/50-empty.conf": "",
    "etc/gpuclaim/gpuclaim.conf.d/README": "not a drop-in\n",
    "srv/gpus": "claim 10de:2330\n",
    "usr/lib/gpuclaim/gpuclaim.conf": "# vendor\n",
    "usr/lib/gpuclaim/gpuclaim.conf.d/20-mask.conf": "claim 1002:*\n",
    "run/gpuclaim/gpuclaim.conf": "claim 8086:*\n",
}


def test_everything_is_in_the_image(debian):
    with Image(debian, [*FAST, SYSTEMD], CONFIGURED) as i:
        version = i.run("/usr/lib/udev/gpuclaim", "--version")
        check(version.returncode == 0 and version.stdout.startswith("gpuclaim "),
              f"the helper does not run in the image: {version.stdout}")
        opens_libkmod(i.top)
        equal(i.text("usr/lib/udev/rules.d/70-gpuclaim.rules"),
              (TOP / "udev-rules/70-gpuclaim.rules").read_text(), "the rule")
        unit = "usr/lib/systemd/system/gpuclaim-initramfs.service"
        wants = "usr/lib/systemd/system/sysinit.target.wants/gpuclaim-initramfs.service"
        check("ExecStart=-/usr/lib/udev/gpuclaim boot" in i.text(unit), "the unit")
        equal(i.text(wants), i.text(unit), "what sysinit.target wants")
        equal(i.hooks("cmdline"), ["99-gpuclaim.sh"], "cmdline hooks")
        equal(i.hooks("pre-udev"), [], "pre-udev hooks: a service would be started for it alone")
        missing = {"vfio", "vfio_pci", "vfio_pci_core", "vfio_iommu_type1"} - i.modules()
        check(not missing, f"modules missing: {missing}")


def test_configuration(debian):
    with Image(debian, [*FAST, PLAIN], CONFIGURED) as i:
        for name in ("gpuclaim.conf", "gpuclaim.conf.d/10-site.conf",
                     "gpuclaim.conf.d/50-empty.conf"):
            equal(i.text(f"etc/gpuclaim/{name}"), CONFIGURED[f"etc/gpuclaim/{name}"], name)
        drop_ins = i.top / "etc/gpuclaim/gpuclaim.conf.d"
        equal(os.readlink(drop_ins / "20-mask.conf"), "/dev/null", "the mask")
        equal(os.readlink(drop_ins / "40-dangling.conf"), "/srv/gone", "the dangling link")
        equal(i.run("/bin/cat", "/etc/gpuclaim/gpuclaim.conf.d/30-elsewhere.conf").stdout,
              "claim 10de:2330\n", "what the link to elsewhere leads to")
        check(not i.has("etc/gpuclaim/gpuclaim.conf.d/README"), "a README in the image")
        for name in ("gpuclaim.conf", "gpuclaim.conf.d/20-mask.conf"):
            equal(i.text(f"usr/lib/gpuclaim/{name}"), CONFIGURED[f"usr/lib/gpuclaim/{name}"], name)
        check(not i.has("run/gpuclaim"), "this boot's /run in the image")
        dropped = i.text("usr/lib/dracut/hostonly-files").splitlines()
        check("/etc/gpuclaim/gpuclaim.conf" in dropped, "rd.hostonly=0 would not drop the files")
        check("/usr/lib/gpuclaim/gpuclaim.conf" not in dropped, "rd.hostonly=0 drops the vendor's")


def test_without_configuration(debian):
    with Image(debian, [*FAST, SYSTEMD]) as i:
        check(i.has("usr/lib/udev/gpuclaim"), "no helper")
        equal(i.hooks("cmdline"), ["99-gpuclaim.sh"], "cmdline hooks")
        check(not i.has("etc/gpuclaim"), "a configuration out of nowhere")


def test_without_systemd(debian):
    with Image(debian, [*FAST, PLAIN]) as i:
        equal(i.hooks("pre-udev"), ["05-gpuclaim.sh"], "pre-udev hooks")
        equal(i.hooks("cmdline"), ["00-gpuclaim.sh"], "cmdline hooks")
        check(not list(i.top.rglob("gpuclaim-initramfs.service")), "a unit without systemd")
        opens_libkmod(i.top)


def test_host_only(debian):
    """vfio-pci is in the image although this machine has not loaded it."""
    with Image(debian, ["--hostonly", *FAST, PLAIN], CONFIGURED) as i:
        missing = {"vfio_pci", "vfio_iommu_type1"} - i.modules()
        check(not missing, f"modules missing: {missing}")
        check(i.has("etc/gpuclaim/gpuclaim.conf"), "no configuration")


def expanded(line):
    """The lines that one with "[0123]" stands for."""
    before, digits, after = re.fullmatch(r"([^\[]*)(?:\[([0-9A-F]{2,})\])?(.*)", line).groups()
    return [before + digit + after for digit in digits or [""]]


def is_said(line, lines):
    """Whether another one matches all that this one does: "alias pci:v00001234d00005678* -"."""
    return line.startswith("alias pci:") and any(f"{line[:n]}* -" in lines for n in range(len(line) - 3))


def test_aliases_of_all_modules(debian):
    """modules.pci knows modules that are not packed, and the built-in drivers."""
    source = host_modules(debian)
    builtin = b"toy.license=GPL\0toy.alias=pci:v00001234d*sv*sd*bc*sc*i*\0other.alias=usb:v1\0"
    lines = (source / "modules.alias").read_text().splitlines()
    wanted = {line for line in lines if line.startswith("alias vfio_pci:")}
    wanted |= {re.sub(r"((sv\*sd\*)?bc\*sc\*i)?\* .*", "* -", line) for line in lines
               if line.startswith("alias pci:")}
    with Image(debian, [*FAST, PLAIN], {
            f"usr/lib/modules/{source.name}/modules.builtin.modinfo": builtin.decode()}) as i:
        joined = i.text("usr/lib/gpuclaim/modules.pci").splitlines()
        found = [line for some in joined for line in expanded(some)]
        wanted.add("alias pci:v00001234d** -")
        equal(sorted(found), sorted(line for line in wanted if not is_said(line, wanted)), "modules.pci")
        check(2 * len(joined) < len(found), "what differs in one digit has lines of its own")
        check("alias pci:v000010DEd*sv*sd*bc03sc*i* -" in found, "no alias of nouveau")
        check("nouveau" not in i.modules(), "nouveau is packed: the test proves nothing")


def test_no_aliases_without_those_of_builtin_drivers(debian):
    """A kernel before 5.2 has no modules.builtin.modinfo: the list would not be whole."""
    gone = f"usr/lib/modules/{host_modules(debian).name}/modules.builtin.modinfo"
    with Image(debian, [*FAST, PLAIN], hidden=[gone]) as i:
        check(not i.has("usr/lib/gpuclaim/modules.pci"), "half a list")
        check(i.has("usr/lib/udev/gpuclaim"), "no helper")


def test_variant_drivers(debian):
    """A driver that stands in for vfio_pci comes along, whatever its name."""
    source = host_modules(debian)
    aliases = (source / "modules.alias").read_text()
    with Image(debian, [*FAST, PLAIN], {
            f"usr/lib/modules/{source.name}/modules.alias":
                aliases + "alias vfio_pci:v000010DEd00002342sv*sd*bc*sc*i* pci_stub\n"}) as i:
        check("pci_stub" in i.modules(), "no variant driver")
    with Image(debian, [*FAST, PLAIN]) as i:
        check("pci_stub" not in i.modules(), "pci_stub comes anyway: the test proves nothing")


def test_refused_for_kdump(debian):
    few = without_other_modules(debian)
    with Image(debian, ["--no-compress"], few) as i:
        check(i.ours(), "not even in an ordinary image: the test proves nothing")
    with Image(debian, ["--no-compress"], few, IN_KDUMP="1") as i:
        check(not i.ours(), f"in a crash kernel's image: {i.ours()}")
    module = {"usr/lib/dracut/modules.d/99kdump/module-setup.sh": "check() { return 0; }\n"}
    with Image(debian, ["--no-compress", "--add", "kdump"], few | module) as i:
        check(not i.ours(), f"in an image with the module kdump: {i.ours()}")


def test_refused_without_helper(debian):
    with Image(debian, ["--no-compress"], without_other_modules(debian),
               without=["usr/lib/udev/gpuclaim"]) as i:
        check(not i.ours(), f"without the helper: {i.ours()}")


def main():
    jobs = suite.spread(suite.tests_of(globals()), SUITES, ON_EACH)
    try:
        counts = suite.run(suite.chosen(jobs), workers=suite.workers())
    finally:
        if _kernel_layer:
            shutil.rmtree(_kernel_layer)
    suite.end(*counts)


if __name__ == "__main__":
    main()
