#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages: built, looked into, installed into trees of whole nodes, and removed again.

They are made of HEAD, as `make deb` and `make rpm` do. No RPM distribution is at hand: the RPM is
built with Debian's rpmbuild, its requirements unchecked, and its list of files is read.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
sys.path.insert(0, str(HERE))
from provisioning import Failed, call, check, image, inside  # noqa: E402  pylint: disable=wrong-import-position

PACKAGES = TOP / "build-packages"
WANTED = {"usr/sbin/gpuclaimctl", "usr/lib/udev/gpuclaim", "usr/lib/udev/rules.d/70-gpuclaim.rules",
          "usr/lib/dracut/modules.d/50gpuclaim/module-setup.sh"}


def make(target, *more):
    result = call("make", "-s", "-C", TOP, target, *more)
    check(result.returncode == 0, result.stdout[-2000:])


def version():
    return re.search(r"(?m)^VERSION\s*:= (.*)$", (TOP / "Makefile").read_text())[1]


def test_versions():
    """The one in the Makefile is the packages', too."""
    spec = (TOP / "packaging/gpuclaim.spec").read_text()
    changelog = (TOP / "packaging/debian/changelog").read_text()
    check(f"Version:        {version()}\n" in spec, "gpuclaim.spec has another one")
    check(changelog.startswith(f"gpuclaim ({version()}) "), "debian/changelog has another one")


def gpuclaim_files(top):
    """Whatever of ours is below a tree."""
    result = call("find", top, "-xdev", "-not", "-path", "*/var/lib/dpkg/*", "-name", "*gpuclaim*",
                  "-printf", "%P\\n")
    return sorted(result.stdout.split())


def node(tree):
    """As provisioning's, without the staged installation."""
    work = tempfile.TemporaryDirectory(prefix="gpuclaim-package-")
    top = Path(work.name, "all")
    for name in ("all", "upper", "work"):
        Path(work.name, name).mkdir()
    subprocess.run(["mount", "-t", "overlay", "overlay", top, "-o",
                    f"lowerdir={image.tree(tree)},upperdir={work.name}/upper,"
                    f"workdir={work.name}/work"], check=True)
    return work, top


def try_package(tree, package):
    work, top = node(tree)
    try:
        (top / "tmp/gpuclaim.deb").write_bytes(package.read_bytes())
        result = inside(top, "dpkg", "-i", "/tmp/gpuclaim.deb")
        check(result.returncode == 0, result.stdout)
        (top / "tmp/gpuclaim.deb").unlink()
        check(all((top / name).exists() for name in WANTED),
              gpuclaim_files(top))
        result = inside(top, "gpuclaimctl", "--version")
        check(result.stdout == f"gpuclaimctl {version()}\n", result.stdout)
        enabled = list(top.glob("etc/systemd/system/*.wants/gpuclaim*"))
        check(not enabled, f"installing it enabled {enabled}")
        result = inside(top, "dpkg", "--purge", "gpuclaim")
        check(result.returncode == 0 and not gpuclaim_files(top), gpuclaim_files(top))
    finally:
        subprocess.run(["umount", "-R", top], check=True)
        work.cleanup()


def test_debian_package():
    """Installed and purged on both releases, and for both makers of an initramfs."""
    make("deb")
    package = next(PACKAGES.glob(f"gpuclaim_{version()}_*.deb"))
    try_package("bookworm-initramfs-tools", package)
    try_package("trixie-dracut", package)


def test_rpm():
    make("rpm", "RPMBUILD_FLAGS=--nodeps")
    package = next(PACKAGES.glob(f"gpuclaim-{version()}-1*.rpm"))
    result = call("rpm", "-qpl", package)
    files = {line.lstrip("/") for line in result.stdout.split("\n")}
    check(WANTED <= files, result.stdout)


def main():
    if "GPUCLAIM_NAMESPACE" not in os.environ:
        os.environ["GPUCLAIM_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    start = time.monotonic()
    tests = [(n[5:], f) for n, f in globals().items() if n.startswith("test_")]
    failed = 0
    for name, test in tests:
        try:
            test()
            print(f"ok - {name}", flush=True)
        except (Failed, OSError, subprocess.CalledProcessError) as error:
            failed += 1
            print(f"not ok - {name}: {error}", flush=True)
    minutes = (time.monotonic() - start) / 60
    print(f"{len(tests) - failed} passed, {failed} failed, 0 skipped, {minutes:.1f} minutes")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
