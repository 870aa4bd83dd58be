# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package: built, looked into, installed into trees of whole nodes, and removed again.

It is made of HEAD, as `make deb` does, where only what it declares is installed; what rpm is told of
requirements is held against it. The RPM itself: tests.rpm.

    python3 -m tests.packages [PART OF A TEST'S NAME]...
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab import image
from tests.lab.image import TOP
from tests.lib import suite, trees
from tests.lib.checks import check, equal
from tests.lib.programs import call
from tests.provisioning import inside

PACKAGES = TOP / "build-packages"
WANTED = {"usr/sbin/gpuclaimctl", "usr/lib/udev/gpuclaim", "usr/lib/udev/rules.d/70-gpuclaim.rules",
          "usr/lib/dracut/modules.d/50gpuclaim/module-setup.sh"}

# Of Debian's package, whichever of the two the node has.
MAKERS = {"usr/share/initramfs-tools/hooks/gpuclaim", "usr/share/initramfs-tools/scripts/init-top/00gpuclaim"}


def make(target, *more):
    result = call("make", "-s", "-C", TOP, target, *more)
    check(result.returncode == 0, result.stdout[-2000:])


def version():
    return re.search(r"(?m)^VERSION\s*:= (.*)$", (TOP / "Makefile").read_text())[1]


def test_versions():
    """The Makefile says it, and the manuals, as lint sees to; CHANGELOG tells of it, and its tag."""
    found = call("git", "-C", TOP, "grep", "-lF", version(), "--", ":!tests", ":!man", ":!CHANGELOG.md").stdout
    check(found == "Makefile\n", found)
    changelog = (TOP / "CHANGELOG.md").read_text()
    check(f"\n## [{version()}]" in changelog, "CHANGELOG.md does not have it")
    check(all(f"tag `v{one}`" in changelog for one in re.findall(r"(?m)^## \[(\d.*?)\]", changelog)),
          "CHANGELOG.md names no tag of a version")


def test_addresses():
    """There is no page and no list yet: none is named, and what must be is an address to nowhere."""
    found = call("git", "-C", TOP, "grep", "-nE", r"https?://|@[a-z.]*example|\bexample\.(org|com)", "--",
                 "packaging", ":!packaging/debian/copyright").stdout
    check(not found, found)


def dist(folder):
    """HEAD's archive, made in a clone with this machine's clock and another umask: {name: bytes}."""
    succeed(call("git", "clone", "-q", TOP, folder / "clone"), "git clone")
    before = os.umask(0o077)
    try:
        succeed(call("make", "-s", "-C", folder / "clone", "dist"), "make dist")
    finally:
        os.umask(before)
    return {path.name: path.read_bytes() for path in folder.glob("clone/build-packages/*")}


def test_dist():
    """The same bytes twice, all files of HEAD, and an SBOM that is of this archive."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        made = dist(Path(one))
        check(made == dist(Path(other)), "two runs differ")
        archive = f"gpuclaim-{version()}.tar.gz"
        names = succeed(call("tar", "-tf", f"{one}/clone/build-packages/{archive}"), "tar").split("\n")
    files = {name.split("/", 1)[1] for name in names if name and not name.endswith("/")}
    check(files == set(call("git", "-C", TOP, "ls-tree", "-r", "--name-only", "HEAD").stdout.split()),
          "other files than HEAD has")
    sbom = json.loads(made[f"gpuclaim-{version()}.spdx.json"])
    ours, *libraries = sbom["packages"]
    check(sbom["spdxVersion"] == "SPDX-2.3" and ours["versionInfo"] == version(), sbom)
    check(ours["checksums"][0]["checksumValue"] == hashlib.sha256(made[archive]).hexdigest(), ours)
    check({"libudev", "libpci", "yaml-0.1"} <= {library["name"] for library in libraries}, libraries)
    ids = [package["SPDXID"] for package in sbom["packages"]]
    check(len(set(ids)) == len(ids) == len(sbom["relationships"]), sbom["relationships"])


def gpuclaim_files(top):
    """Whatever of ours is below a tree; run, where the lock is, is empty again at a boot."""
    result = call("find", top, "-xdev", "-not", "-path", "*/var/lib/dpkg/*", "-not", "-path",
                  f"{top}/run/*", "-name", "*gpuclaim*", "-printf", "%P\\n")
    return sorted(result.stdout.split())


@contextlib.contextmanager
def node(tree):
    """As provisioning's, without the staged installation; @tree is a folder."""
    with tempfile.TemporaryDirectory(prefix="gpuclaim-package-") as work:
        top = Path(work, "all")
        for name in ("all", "upper", "work"):
            Path(work, name).mkdir()
        subprocess.run(["mount", "-t", "overlay", "overlay", top, "-o",
                        f"lowerdir={tree},upperdir={work}/upper,workdir={work}/work"], check=True)
        try:
            yield top
        finally:
            subprocess.run(["umount", "-R", top], check=True)


def succeed(result, what):
    check(result.returncode == 0, f"{what}: {result.stdout[-3000:]}")
    return result.stdout


# --- building

# The names of RHEL and Fedora for what BuildRequires names by its module.
DEVEL = {"json-c": "json-c-devel", "libarchive": "libarchive-devel", "libcurl": "libcurl-devel",
         "libkmod": "kmod-devel", "libpci": "pciutils-devel", "libudev": "systemd-devel",
         "smartcols": "libsmartcols-devel", "yaml-0.1": "libyaml-devel"}


def to_install(program, then):
    """What README has a person install before the package is built."""
    found = re.search(rf"(?s)\n    {program} install (.*?)\n    {then}\b", (TOP / "README.md").read_text())
    return set(found[1].replace("\\\n", " ").split())


def test_readme():
    """Who starts from nothing is told all that the packages are built with, and no more."""
    control = (TOP / "packaging/debian/control").read_text()
    declared = re.search(r"(?s)\nBuild-Depends:(.*?)\n\S", control)[1]
    names = {name.split()[0].removesuffix("-compat") for name in declared.split(",")}
    equal(to_install("apt", "make deb"), names | {"build-essential", "git"}, "apt install")
    spec = (TOP / "packaging/gpuclaim.spec").read_text()
    names = {DEVEL.get(name.removeprefix("pkgconfig(").rstrip(")"), name)
             for line in re.findall(r"(?m)^BuildRequires:(.*)$", spec) for name in line.split()}
    equal(to_install("dnf", "make rpm"), names | {"git", "rpm-build"}, "dnf install")


def built_where_declared():
    """A tree with build-essential and Build-Depends."""
    return image.tree("bookworm-build")


def judge_requirements(top):
    """The RPM's are those of the Debian package, library by library."""
    spec = (TOP / "packaging/gpuclaim.spec").read_text()
    control = (TOP / "packaging/debian/control").read_text()
    wanted = set(re.findall(r"\blib[\w.+-]+-dev\b", re.search(r"(?s)Build-Depends:.*?\n\S", control)[0]))
    modules = re.findall(r"pkgconfig\((.*?)\)", spec)
    find = 'for m; do dpkg -S "$(pkg-config --variable=pcfiledir $m)/$m.pc"; done'
    found = succeed(inside(top, "sh", "-euc", find, "sh", *modules), f"pkg-config of {modules}")
    found = {line.split(":")[0] for line in found.split("\n") if line}
    check(found == wanted, f"BuildRequires of {found}, Build-Depends on {wanted}")


def test_debian_build():
    """With Build-Depends and no more; the compiler has nothing to say to the distribution's flags."""
    make("deb-source")
    with node(built_where_declared()) as top:
        judge_requirements(top)
        shutil.copytree(PACKAGES / "deb", top / "build")
        said = succeed(inside(top, "env", "DEB_BUILD_OPTIONS=parallel=2", "sh", "-euc",
                              "cd /build/gpuclaim-* && dpkg-buildpackage -b -us -uc"), "the build")
        check(not re.search(r"(?m)^\S+: warning: |redefined", said), said[-3000:])
        for package in top.glob("build/*.deb"):
            shutil.copy(package, PACKAGES)
    judge_lint("lintian", "-I", "--pedantic", "--allow-root", "--fail-on=error,warning,info,pedantic",
               debian_package())


def judge_lint(*command):
    """Nothing is said but what an override explains."""
    result = call(*command)
    check(result.returncode == 0, result.stdout)


def debian_package():
    return next(PACKAGES.glob(f"gpuclaim_{version()}_*.deb"))


def first_version():
    """The last commit of 0.1.0."""
    later = succeed(call("git", "-C", TOP, "log", "--format=%H", "-S0.1.0", "-1", "--", "Makefile"), "git")
    return f"{later.strip()}^"


def in_clone(top, commit, command):
    """Types a command in a clone of the repository, which is returned."""
    clone = top / "root/gpuclaim"
    succeed(call("git", "clone", "-q", TOP, clone), "git clone")
    succeed(call("git", "-C", clone, "checkout", "-q", commit), "git checkout")
    succeed(inside(top, "sh", "-euc", f"cd /root/gpuclaim; {command}"), command)
    return clone


def made(release, commit="HEAD"):
    """A commit's package, as README has it made where nothing is installed but what it names."""
    commit = succeed(call("git", "-C", TOP, "rev-parse", "--verify", commit), "git").strip()
    tree = image.tree(f"{release}-readme")

    def make_package(folder):
        with node(tree) as top:
            clone = in_clone(top, commit, "make deb")
            folder.mkdir()
            for package in clone.glob("build-packages/gpuclaim_*.deb"):
                shutil.copy(package, folder)

    folder = image.cached(f"package-{release}", "", [tree.name, commit], make_package)
    return next(folder.glob("*.deb"))


# --- installing and removing

def dpkg(top, *words):
    """dpkg in the tree; what it installs is copied there."""
    words = list(words)
    if isinstance(words[-1], Path):
        shutil.copy(words[-1], top / "tmp/gpuclaim.deb")
        words[-1] = "/tmp/gpuclaim.deb"
    result = inside(top, "dpkg", *words)
    (top / "tmp/gpuclaim.deb").unlink(missing_ok=True)
    return succeed(result, f"dpkg {words}")


def try_package(tree, package):
    with node(image.tree(tree)) as top:
        dpkg(top, "-i", package)
        check(all((top / name).exists() for name in WANTED | MAKERS), gpuclaim_files(top))
        result = inside(top, "gpuclaimctl", "--version")
        check(result.stdout == f"gpuclaimctl {version()}\n", result.stdout)
        enabled = list(top.glob("etc/systemd/system/*.wants/gpuclaim*"))
        check(not enabled, f"installing it enabled {enabled}")
        dpkg(top, "--purge", "gpuclaim")
        check(not gpuclaim_files(top), gpuclaim_files(top))


def test_debian_package():
    """Installed and purged on both releases, and for both makers of an initramfs."""
    try_package("bookworm-initramfs-tools", debian_package())
    try_package("trixie-dracut", debian_package())


GATES = "etc/systemd/system/*.service.d/10-gpuclaim.conf"
LINK = "etc/systemd/system/multi-user.target.wants/gpuclaim-ready.service"
NOVA = "etc/nova/nova.conf.d/60-gpuclaim.conf"
CONFIG = "etc/gpuclaim/gpuclaim.conf.d/60-setup.conf"
RECORDS = "var/lib/gpuclaim"


def own(top, verb, *words):
    """The tree's own program, from outside: sys is empty, so that it is no machine."""
    return succeed(call(top / "usr/sbin/gpuclaimctl", verb, "--root", top, *words), verb)


def set_up(top):
    (top / "etc/nova").mkdir(exist_ok=True)
    own(top, "setup", "--ids", "10de:1c81", "--gate=strict", "--no-initramfs", "--no-kernel-args",
        "--alias", "gtx1050", "--yes")
    check(len(list(top.glob(GATES))) == 6 and (top / NOVA).exists(), "setup has done nothing")


def state(top):
    """What setup wrote, byte for byte."""
    return {path.relative_to(top): os.readlink(path) if path.is_symlink() else path.read_bytes()
            for folder in ("etc", RECORDS) for path in top.glob(f"{folder}/**/*gpuclaim*")
            if path.is_symlink() or path.is_file()}


def judge_removed(top, said):
    """nova-compute needs nothing that is gone; the rest stays, and that is told."""
    check(not list(top.glob(GATES)), f"gates are left: {said}")
    check(not os.path.lexists(top / LINK), f"the unit is still enabled: {said}")
    check(not (top / "usr/sbin/gpuclaimctl").exists(), f"not removed: {said}")
    check((top / CONFIG).exists() and any((top / RECORDS).iterdir()), f"the rest is gone: {said}")


@contextlib.contextmanager
def installed(tree, package=None):
    """A node with the package; no image is made there, which takes long."""
    with node(image.tree(tree)) as top:
        for name in ("usr/sbin/update-initramfs", "usr/bin/dracut"):
            maker = top / name
            maker.unlink(missing_ok=True)
            maker.write_text("#!/bin/sh\n")
            maker.chmod(0o755)
        dpkg(top, "-i", package or debian_package())
        yield top


def numbered(folder, number, keep=("",)):
    """The same with another version, and of its maintainer's scripts those whose name begins so."""
    call("dpkg-deb", "-R", debian_package(), f"{folder}/other")
    control = Path(folder, "other/DEBIAN/control")
    control.write_text(control.read_text().replace(f"Version: {version()}", f"Version: {number}"))
    for script in Path(folder, "other/DEBIAN").glob("p*"):
        if not script.name.startswith(keep):
            script.unlink()
    succeed(call("dpkg-deb", "-b", f"{folder}/other", f"{folder}/other.deb"), "dpkg-deb")
    return Path(folder, "other.deb")


def test_upgrade_keeps():
    """To the same version and to a newer one; no script stops a unit, and nova-compute with it."""
    with tempfile.TemporaryDirectory() as folder, installed("bookworm-initramfs-tools") as top:
        set_up(top)
        before = state(top)
        for package in (debian_package(), numbered(folder, f"{version()}+1")):
            dpkg(top, "-i", package)
            check(state(top) == before, f"changed by {package.name}")
        for script in Path(folder, "other/DEBIAN").glob("p*"):
            found = re.findall(r"(?m)^.*(?:invoke|systemctl).* (?:stop|restart|try-restart)\b.*$",
                               script.read_text())
            check(not found, f"{script.name}: {found}")


# What 0.1.0's setup wrote there, and what its kernel arguments were given to.
FIRST = TOP / "tests/upgrade/0.1.0/setup-debian12.tree"


def test_upgrade_from_first():
    """What 0.1.0 set up, which had no script behind its removal, is kept; then undone, and purged."""
    with tempfile.TemporaryDirectory() as folder, \
            installed("bookworm-initramfs-tools", numbered(folder, "0.1.0", ("prerm",))) as top:
        before = state(top)
        for program in "update-grub", "grub-mkconfig":
            shutil.copy(TOP / "tests/kargs/tools" / program, top / "usr/sbin")
        trees.change(top, FIRST.read_text().splitlines())
        left = state(top)
        check(len(left) > len(before) + 8, f"0.1.0 left {sorted(left)}")
        said = dpkg(top, "-i", debian_package())
        check("over (0.1.0)" in said and state(top) == left, said)
        own(top, "undo")
        check(state(top) == before, sorted(state(top)))
        said = dpkg(top, "-P", "gpuclaim")
        check(not gpuclaim_files(top) and "was forgotten" not in said, f"{gpuclaim_files(top)}: {said}")


def test_removal():
    """Removed, installed again, undone: nothing is left, and nothing is lost in between."""
    with installed("trixie-dracut") as top:
        before = state(top)
        set_up(top)
        said = dpkg(top, "-r", "gpuclaim")
        judge_removed(top, said)
        check(not (top / NOVA).exists(), f"Nova's drop-in is left: {said}")
        check('"gpuclaimctl undo" before the package is removed' in said, said)
        dpkg(top, "-i", debian_package())
        own(top, "undo")
        check(state(top) == before, sorted(state(top)))
        said = dpkg(top, "-P", "gpuclaim")
        check(not gpuclaim_files(top), gpuclaim_files(top))
        check("was forgotten" not in said and "still name" not in said, said)


def test_purge_without_undo():
    """No configuration, record, drop-in or dead link is left; what else names gpuclaim is told."""
    with installed("trixie-dracut") as top:
        set_up(top)
        image.write(top, {
            "etc/default/grub.d/60-gpuclaim.cfg": 'GRUB_CMDLINE_LINUX="gpuclaim=1"\n',
            "etc/default/grub": 'GRUB_CMDLINE_LINUX="quiet gpuclaim=1"\n',
            "etc/gpuclaim/gpuclaim.conf": "skip 10de:1c82\n",
            "var/lib/prometheus/node-exporter/gpuclaim.prom": "",
            "usr/sbin/update-grub": "#!/bin/sh\n>/boot/updated\n"})
        (top / "usr/sbin/update-grub").chmod(0o755)
        dpkg(top, "-r", "gpuclaim")
        link = top / "etc/systemd/system/other.target.wants/gpuclaim-ready.service"
        link.parent.mkdir()
        link.symlink_to("/usr/lib/systemd/system/gpuclaim-ready.service")
        said = dpkg(top, "-P", "gpuclaim")
        check(not gpuclaim_files(top), gpuclaim_files(top))
        check((top / "boot/updated").exists(), "grub.cfg still has the arguments")
        check('"gpuclaimctl undo" was forgotten' in said and "\n  /etc/default/grub\n" in said, said)


def test_removal_goes_through():
    """With records that are none, another gpuclaimctl at work, and from outside of the tree."""
    with installed("bookworm-initramfs-tools") as top:
        set_up(top)
        for name in ("setup", "nova"):
            (top / RECORDS / f"{name}.undo").write_text("nonsense\n")
        said = dpkg(top, "-r", "gpuclaim")
        judge_removed(top, said)
        check("no record says how to undo them" in said, said)
        shutil.rmtree(top / RECORDS)
        dpkg(top, "-i", debian_package())
        set_up(top)
        succeed(call("dpkg", f"--root={top}", "-r", "gpuclaim"), "dpkg --root")
        judge_removed(top, "dpkg --root")
        dpkg(top, "-i", debian_package())
        set_up(top)
        (top / "usr/sbin/gpuclaimctl").write_text("#!/bin/sh\necho another is at work >&2\nexit 5\n")
        said = dpkg(top, "-r", "gpuclaim")
        check(not list(top.glob(GATES)) and "removed all the same" in said, said)


def main():
    suite.own_mounts()
    suite.end(*suite.run(suite.chosen(suite.tests_of(globals()))))


if __name__ == "__main__":
    main()
