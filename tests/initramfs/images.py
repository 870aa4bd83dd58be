# SPDX-License-Identifier: GPL-2.0-or-later
"""The hook of initramfs-tools in images that the real tools build; and gpuclaimctl's word on images.

    python3 -m tests.initramfs.images [PART OF A TEST'S NAME]...

A full run has each test with each Debian's tools; otherwise they take turns.

Each test has a node of its own: one of the lab's Debian trees with two kernels, below an overlay
with the product, so that update-initramfs and dracut run in it as they do on a node.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.helper import costs
from tests.lab import guest, image
from tests.lab.image import TOP
from tests.lib import suite
from tests.lib.checks import check, equal

TOOLS = ("bookworm-initramfs-tools", "trixie-initramfs-tools")
# Bytes of what is added to an image, the least so far; docs/performance.md has today's.
ADDED = {"bookworm-initramfs-tools": 72841, "trixie-initramfs-tools": 73213}
DRACUT = ("bookworm-dracut", "trixie-dracut")
ON_EACH = ("everything_is_in_the_image_of_each_kernel",)

CONF = "etc/gpuclaim/gpuclaim.conf"
DROP_INS = "etc/gpuclaim/gpuclaim.conf.d"
CONFIGURED = {
    CONF: "claim 10de:1c81\n",
    f"{DROP_INS}/10-site.conf": "set boot-vga=allow\n",
    f"{DROP_INS}/20-mask.conf": image.Link("/dev/null"),
    f"{DROP_INS}/30-elsewhere.conf": image.Link("/srv/gpus"),
    f"{DROP_INS}/40-dangling.conf": image.Link("/srv/gone"),
    f"{DROP_INS}/50-empty.conf": "",
    f"{DROP_INS}/README": "not a drop-in\n",
    "srv/gpus": "claim 10de:2330\n",
    "usr/lib/gpuclaim/gpuclaim.conf": "# vendor\n",
    "usr/lib/gpuclaim/gpuclaim.conf.d/20-mask.conf": "claim 1002:*\n",
    "run/gpuclaim/gpuclaim.conf": "claim 8086:*\n",
}

# Mounts the node, and runs a shell command in it.
ENTER = """
mount -t overlay overlay "$0/all" -o "lowerdir=$1,upperdir=$0/upper,workdir=$0/work"
for folder in dev proc sys; do mount --rbind "/$folder" "$0/all/$folder"; done
mount -t tmpfs tmpfs "$0/all/tmp"
chroot "$0/all" sh -ec "$2"
"""
SAVE = ("mkdir /var/tmp/saved; "
        "cp -a --parents /etc/gpuclaim /srv/gpus /usr/lib/udev/gpuclaim /var/tmp/saved")
RESTORE = "rm -r /etc/gpuclaim; cp -a /var/tmp/saved/. /"


class Node:
    """A context manager; what happens to the node stays until its end."""

    def __init__(self, tree, files=(), small=True, without=()):
        self.tree = image.tree(tree)
        self.files = dict(image.SMALL if small else {}) | dict(files)
        self.without = without
        self.releases = sorted(p.name for p in (self.tree / "usr/lib/modules").iterdir())

    def __enter__(self):
        self.work = Path(tempfile.mkdtemp(prefix="gpuclaim-images-"))
        for name in ("all", "upper", "work"):
            (self.work / name).mkdir()
        self.stage = self.work / "stage"
        shutil.copytree(image.stage(), self.stage, symlinks=True)
        for name in self.without:
            (self.stage / name).unlink()
        image.write(self.stage, self.files)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.work)

    def run(self, command, fails=False, **environment):
        result = subprocess.run(
            ["unshare", "--mount", "sh", "-ec", ENTER, self.work, f"{self.stage}:{self.tree}",
             command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            env=os.environ | environment)
        check(fails or result.returncode == 0, f"{command}: {result.stdout[-3000:]}")
        return result.stdout

    def build(self, *releases, **environment):
        """Makes images, the first time as a kernel's installation does."""
        for release in releases or self.releases:
            said = self.run(f"update-initramfs -c -k {release}", **environment)
            wrong = [line for line in said.splitlines()
                     if re.search(r"error|fail|cannot|gpuclaim|syntax|not found", line, re.I)]
            check(not wrong, f"update-initramfs: {wrong}")

    def images(self):
        """What gpuclaimctl says: the check, and whether the node may be rebooted."""
        # The folders of the overlay, as the chroot would see them, without the kernel's.
        said = self.run("mkdir -p /tmp/root; mount --bind / /tmp/root; gpuclaimctl status --json "
                        "--root /tmp/root || :")
        return next(c for c in json.loads(said)["checks"] if c["id"] == "initramfs")

    def judge(self, state, words):
        found = self.images()
        equal(found["state"], state, f"state of the images ({found['message']})")
        check(words in found["message"], f"{found['message']!r} does not say {words!r}")
        return found["remedy"]

    @contextlib.contextmanager
    def unpacked(self, release):
        """The folder with what is in a kernel's image, unpacked by the distribution's own tool."""
        top = Path(tempfile.mkdtemp(prefix="unpacked-", dir=self.work))
        data = (self.work / f"upper/boot/initrd.img-{release}").read_bytes()
        unpack(data, top)
        yield top


def unpack(data, top):
    """As the kernel does: archives one after the other, as they are or in gzip."""
    here = 0
    while here < len(data):
        if data[here] == 0:
            here += 1
            continue
        if data[here:here + 2] == b"\x1f\x8b":
            plain = subprocess.run(["gzip", "-dc"], input=data[here:], check=True,
                                   stdout=subprocess.PIPE).stdout
            unpack(plain, top)
            return
        end = archive_end(data, here)
        subprocess.run(["cpio", "--quiet", "-idmu"], input=data[here:end], cwd=top, check=True)
        here = end


def archive_end(data, here):
    start = here
    while True:
        size, length = (int(data[here + i:here + i + 8], 16) for i in (54, 94))
        name = data[here + 110:here + 110 + length - 1]
        here = start + ((here - start + 110 + length + 3 & ~3) + size + 3 & ~3)
        if name == b"TRAILER!!!":
            return here


def chroot(top, *argv):
    return subprocess.run(["chroot", top, *argv], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def modules(top):
    return {p.name.split(".ko")[0].replace("-", "_") for p in top.rglob("*.ko*")}


def is_there(path):
    return path.is_symlink() or path.exists()


# --- the hook

def test_everything_is_in_the_image_of_each_kernel(tree):
    """The first with the distribution's own settings, MODULES=most."""
    with Node(tree, CONFIGURED, small=False) as node:
        node.build(node.releases[0])
        image.write(node.stage, image.SMALL)
        node.build(*node.releases[1:])
        for release in node.releases:
            with node.unpacked(release) as top:
                judge_content(top)
        node.judge("pass", "each installed kernel (2)")


def judge_content(top):
    version = chroot(top, "/usr/lib/udev/gpuclaim", "--version")
    check(version.returncode == 0 and version.stdout.startswith("gpuclaim "),
          f"the helper does not run in the image: {version.stdout}")
    libraries = list(top.glob("usr/lib*/**/libkmod.so.2"))
    check(libraries, "no libkmod.so.2, which the helper opens")
    linked = chroot(top, "/lib64/ld-linux-x86-64.so.2", "--list",
                    f"/{libraries[0].relative_to(top)}")
    check(linked.returncode == 0 and "not found" not in linked.stdout, linked.stdout)
    equal((top / "usr/lib/udev/rules.d/70-gpuclaim.rules").read_text(),
          (TOP / "udev-rules/70-gpuclaim.rules").read_text(), "the rule")
    missing = {"vfio", "vfio_pci", "vfio_pci_core", "vfio_iommu_type1"} - modules(top)
    check(not missing, f"modules missing: {missing}")
    check((top / "usr/lib/initrd-release").exists(), "no initrd-release: not known as initramfs")
    check(not (top / "etc/initrd-release").exists(), "systemd would take it for its own")
    aliases = (top / "usr/lib/gpuclaim/modules.pci").read_text()
    check("\nalias pci:v000010DEd*sv*sd*bc03sc*i* -\n" in aliases, "no alias of nouveau")
    check("nouveau" not in modules(top), "nouveau is packed: the test proves nothing")
    order = re.findall(r"^/scripts/init-top/(\S+)", (top / "scripts/init-top/ORDER").read_text(),
                       re.M)
    check("udev" in order and order.index("00gpuclaim") < order.index("udev"),
          f"the order of init-top: {order}")


def packed(top):
    """The bytes of an image of these files, compressed as mkinitramfs does."""
    return int(subprocess.run("LC_ALL=C sort | cpio --quiet -o -H newc | zstd -q -9 | wc -c",
                              shell=True, cwd=top, check=True, capture_output=True, text=True,
                              input="\n".join(str(p.relative_to(top)) for p in top.rglob("*"))).stdout)


def users(top, library):
    """The programs and libraries of an image that name a library, and are not it."""
    return [path for path in top.rglob("*") if path.is_file() and not path.is_symlink()
            and not path.name.startswith(library) and ".ko" not in path.name
            and path.read_bytes()[:4] == b"\x7fELF" and library.encode() in path.read_bytes()]


def test_bytes_added(tree):
    """As a package installs it, and without the kernel's modules; the libraries have others there, too.

    Alone: within an image all that lies behind is cut into other blocks, which is 8 KB more or less."""
    with Node(tree, image.CONFIGURED) as node:
        shutil.copy(costs.build(str(node.work / "built")), node.stage / "usr/lib/udev/gpuclaim")
        node.build(node.releases[0])
        with node.unpacked(node.releases[0]) as top:
            alone = node.work / "alone"
            for path in ("etc/gpuclaim", "scripts/init-top/00gpuclaim", "usr/lib/gpuclaim",
                         "usr/lib/udev/gpuclaim", "usr/lib/udev/rules.d/70-gpuclaim.rules",
                         "usr/lib/initrd-release"):
                (alone / path).parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-a", top / path, alone / path], check=True)
                subprocess.run(["rm", "-r", top / path], check=True)
            added = packed(alone)
            for library in ("libudev.so.1", guest.OPENED):
                check(users(top, library), f"nobody else in the image needs {library}: it is added, too")
            check(0 < added <= ADDED[tree] * 1.05, f"{added} bytes, the least so far {ADDED[tree]}")


def test_configuration(tree):
    with Node(tree, CONFIGURED) as node:
        node.build(node.releases[0])
        with node.unpacked(node.releases[0]) as top:
            for name in (CONF, f"{DROP_INS}/10-site.conf", f"{DROP_INS}/50-empty.conf",
                         "usr/lib/gpuclaim/gpuclaim.conf",
                         "usr/lib/gpuclaim/gpuclaim.conf.d/20-mask.conf"):
                equal((top / name).read_text(), CONFIGURED[name], name)
            drop_ins = top / DROP_INS
            equal(os.readlink(drop_ins / "20-mask.conf"), "/dev/null", "the mask")
            equal(os.readlink(drop_ins / "40-dangling.conf"), "/srv/gone", "the dangling link")
            equal(chroot(top, "/usr/bin/cat", f"/{DROP_INS}/30-elsewhere.conf").stdout,
                  "claim 10de:2330\n", "what the link to elsewhere leads to")
            check(not is_there(drop_ins / "README"), "a README in the image")
            check(not is_there(top / "run/gpuclaim"), "this boot's /run in the image")


def test_without_configuration(tree):
    with Node(tree) as node:
        node.build()
        for release in node.releases:
            with node.unpacked(release) as top:
                check((top / "usr/lib/udev/gpuclaim").exists(), "no helper")
                check(not is_there(top / "etc/gpuclaim"), "a configuration out of nowhere")
        node.judge("pass", "each installed kernel (2)")


def test_administrators_rule_comes_first(tree):
    rule = "# another rule\n"
    with Node(tree, {"etc/udev/rules.d/70-gpuclaim.rules": rule}) as node:
        node.build(node.releases[0])
        with node.unpacked(node.releases[0]) as top:
            equal((top / "usr/lib/udev/rules.d/70-gpuclaim.rules").read_text(), rule, "the rule")


def test_variant_drivers(tree):
    with Node(tree) as node:
        release = node.releases[0]
        alias = node.stage / "usr/lib/modules" / release / "modules.alias"
        alias.parent.mkdir(parents=True)
        alias.write_text((node.tree / alias.relative_to(node.stage)).read_text()
                         + "alias vfio_pci:v000010DEd00002342sv*sd*bc*sc*i* pci_stub\n")
        node.build(release)
        with node.unpacked(release) as top:
            check("pci_stub" in modules(top), "no variant driver")


def test_no_aliases_without_those_of_builtin_drivers(tree):
    with Node(tree) as node:
        release = node.releases[0]
        node.run(f"rm /usr/lib/modules/{release}/modules.builtin.modinfo")
        node.run(f"update-initramfs -c -k {release}")       # it warns of that itself
        with node.unpacked(release) as top:
            check(not is_there(top / "usr/lib/gpuclaim/modules.pci"), "half a list")
            check((top / "usr/lib/udev/gpuclaim").exists(), "no helper")


def test_refused_for_kdump(tree):
    """As kdump-tools makes its images: by a copy of the configuration in a folder of its own."""
    with Node(tree) as node:
        release = node.releases[0]
        for folder, word in (("/var/lib/kdump/initramfs-tools", ""), ("/srv/other", "KDUMP=y")):
            node.run(f"""mkdir -p {folder}; cp -r /etc/initramfs-tools/. {folder}
                     echo {word} >>{folder}/initramfs.conf
                     mkinitramfs -d {folder} -o /boot/initrd.img-{release} {release}""")
            with node.unpacked(release) as top:
                check(not is_there(top / "usr/lib/udev/gpuclaim"), f"the helper, by {folder}")
                said = chroot(top, "/scripts/init-top/00gpuclaim")
                equal((said.returncode, said.stdout), (0, ""), "the script without the helper")


def test_without_the_helper(tree):
    with Node(tree, without=["usr/lib/udev/gpuclaim"]) as node:
        node.build(node.releases[0])
        with node.unpacked(node.releases[0]) as top:
            check(not is_there(top / "usr/lib/gpuclaim"), "something of ours")


def test_script_never_fails(tree):
    """Whatever the helper does, init goes on."""
    with Node(tree) as node:
        node.build(node.releases[0])
        with node.unpacked(node.releases[0]) as top:
            script, helper = "/scripts/init-top/00gpuclaim", top / "usr/lib/udev/gpuclaim"
            equal(chroot(top, script, "prereqs").stdout.strip(), "", "its prerequisites")
            for content in ("#!/bin/sh\nexit 1\n", "#!/bin/sh\nkill -9 $$\n", "no program\n"):
                helper.write_text(content)
                equal(chroot(top, "/bin/sh", "-e", script).returncode, 0, f"with {content!r}")
            helper.write_text("#!/bin/sh\necho \"$@\"\n")
            equal(chroot(top, "/bin/sh", "-e", script).stdout, "boot\n", "the helper's arguments")


# --- what gpuclaimctl says of images

def change_and_rebuild(node):
    """A configuration that changes, until the image has it, by the command that is named."""
    node.judge("pass", "each installed kernel (2)")
    node.run(f"echo '# a comment' >>/{CONF}")
    node.judge("pass", "each installed kernel (2)")
    node.run(f"echo 'claim 10de:2330' >>/{CONF}")
    remedy = node.judge("warn", f": another /{CONF} is inside (and 1 more)")
    check(remedy.startswith("run /") and remedy.endswith(", and likewise for the others"), remedy)
    node.run(remedy.removeprefix("run ").partition(",")[0])
    remedy = node.judge("warn", f": another /{CONF} is inside")
    node.run(remedy.removeprefix("run "))
    node.judge("pass", "each installed kernel (2)")


def test_stale_until_rebuilt(tree):
    with Node(tree, CONFIGURED) as node:
        remedy = node.judge("warn", "there is no image for this kernel (and 1 more)")
        check("update-initramfs -c -k" in remedy, remedy)
        node.build()
        change_and_rebuild(node)


def test_stale_until_rebuilt_by_dracut(tree):
    with Node(tree, CONFIGURED) as node:
        remedy = node.judge("warn", "there is no image for this kernel (and 1 more)")
        check("dracut --force /boot/initrd.img-" in remedy, remedy)
        for release in node.releases:
            node.run(f"/etc/kernel/postinst.d/dracut {release}")
        change_and_rebuild(node)


def test_stale_in_every_way(tree):
    """Each difference is seen in an image that holds all kinds of files."""
    changes = (
        (f"rm /{DROP_INS}/10-site.conf", f"/{DROP_INS}/10-site.conf is inside, and no longer here"),
        (f"rm /{DROP_INS}/20-mask.conf",
         "/usr/lib/gpuclaim/gpuclaim.conf.d/20-mask.conf is inside"),
        ("echo 'skip 10de:*' >>/srv/gpus", f"another /{DROP_INS}/30-elsewhere.conf is inside"),
        (f"rm /{DROP_INS}/40-dangling.conf", f"/{DROP_INS}/40-dangling.conf is inside"),
        (f"echo 'claim 1002:*' >/{DROP_INS}/60-setup.conf", f"/{DROP_INS}/60-setup.conf is not"),
        ("printf '#!/bin/sh\n' >/usr/lib/udev/gpuclaim", "another /usr/lib/udev/gpuclaim is"),
    )
    with Node(tree, CONFIGURED) as node:
        node.run(f"rm /boot/vmlinuz-{node.releases[1]}")    # that kernel is no longer installed
        node.build(node.releases[0])
        node.judge("pass", "each installed kernel (1)")
        node.run(SAVE)
        for command, words in changes:
            node.run(command)
            node.judge("warn", words)
            node.run(RESTORE)
        node.judge("pass", "each installed kernel (1)")


def test_image_of_a_time_before(tree):
    """A kernel that was installed before gpuclaim was."""
    hook = "usr/share/initramfs-tools/hooks/gpuclaim"
    with Node(tree, without=[hook]) as node:
        node.build(node.releases[0])
        (node.stage / hook).write_bytes((image.stage() / hook).read_bytes())
        (node.stage / hook).chmod(0o755)
        node.build(node.releases[1])
        remedy = node.judge("warn", f"the initramfs of {node.releases[0]}: gpuclaim is not inside")
        node.run(remedy.removeprefix("run "))
        node.judge("pass", "each installed kernel (2)")


def test_without_vfio(tree):
    with Node(tree) as node:
        node.build()
        node.run(f"cd /lib/modules/{node.releases[0]}; mkdir /var/tmp/away; "
                 "mv kernel/drivers/vfio/pci/vfio-pci.ko* /var/tmp/away; depmod -a "
                 f"{node.releases[0]}; update-initramfs -u -k {node.releases[0]}; "
                 "mv /var/tmp/away/* kernel/drivers/vfio/pci/; depmod -a "
                 f"{node.releases[0]}")
        node.judge("warn", f"of {node.releases[0]}: the module vfio_pci is not inside")


def main():
    tests = suite.tests_of(globals())
    of_dracut = [test for test in tests if test[0].endswith("_by_dracut")]
    of_tools = [test for test in tests if test not in of_dracut]
    jobs = suite.spread(of_tools, TOOLS, ON_EACH) + suite.spread(of_dracut, DRACUT)
    suite.end(*suite.run(suite.chosen(jobs), workers=suite.workers()))


if __name__ == "__main__":
    main()
