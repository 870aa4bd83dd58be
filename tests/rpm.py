# SPDX-License-Identifier: GPL-2.0-or-later
"""The RPM: built of HEAD, as `make rpm` does, looked into, installed on a Debian node, and removed again.

No RPM distribution is at hand: it is built with Debian's rpmbuild, and `rpm --root` installs, upgrades
and removes it.

    python3 -m tests.rpm [PART OF A TEST'S NAME]...
"""

import re
import tempfile
from pathlib import Path

from tests.lab import image
from tests.lab.image import TOP
from tests.lib import suite
from tests.lib.checks import check
from tests.lib.programs import call
from tests.packages import (GATES, NOVA, PACKAGES, WANTED, built_where_declared, judge_lint, make, node, set_up,
                            state, succeed, version)
from tests.provisioning import inside

DATABASE = "/var/lib/rpm"
# No Debian package tells rpm what it provides: one of this name does, in a database of its own.
STANDS_FOR_DEBIAN = """\
Name: debian
Version: 1
Release: 1
Summary: What Debian's packages provide
License: none
BuildArch: noarch
{provides}
%description
It is empty.
%files
"""
# What a requirement of the package is in Debian, where a file or a program does not tell.
FILES = {"dracut": "usr/bin/dracut", "gcc": "usr/bin/gcc", "kmod": "usr/bin/kmod",
         "kmod-libs": "usr/lib/x86_64-linux-gnu/libkmod.so.2", "make": "usr/bin/make",
         "systemd-udev": "usr/bin/udevadm"}


def provided(top, name):
    """Does the tree have what rpm calls so?"""
    module = re.fullmatch(r"pkgconfig\((.*)\)", name)
    library = re.match(r"(lib[\w.+-]+\.so[\w.]*|ld-linux[\w.-]+)\(", name)
    if module:
        return inside(top, "pkg-config", "--exists", module[1]).returncode == 0
    if library:
        return any(top.glob(f"usr/lib*/**/{library[1]}"))
    path = FILES.get(name, name)
    return name.startswith(("rpmlib(", "rtld(")) or "/" in path and (top / path.lstrip("/")).exists()


def stand_for_debian(top, names):
    """In the tree's database of rpm a package that provides the names which the tree has."""
    have = [name for name in names if provided(top, name)]
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "debian.spec")
        spec.write_text(STANDS_FOR_DEBIAN.format(provides="".join(
            f"Provides: {name}\n" for name in have if not name.startswith("rpmlib("))))
        succeed(call("rpmbuild", "-bb", "--define", f"_topdir {folder}", spec), "rpmbuild")
        package, = Path(folder).glob("RPMS/*/*.rpm")
        rpm(top, "-i", "--justdb", "--nodeps", package)


def rpm(top, *words):
    """The tree's package manager is this machine's; its scripts run in the tree."""
    return succeed(call("rpm", f"--root={top}", f"--dbpath={DATABASE}", *words), f"rpm {words}")


def requirements(*words):
    """Names alone: versions are not Debian's."""
    told = succeed(call("rpm", "-qp", "--requires", *words), f"rpm -qp --requires {words}")
    return sorted({line.split(" ")[0] for line in told.split("\n") if line})


def rpm_package():
    """Built where only what the Debian package's Build-Depends name is there, and rpm's word for it."""
    spec = (TOP / "packaging/gpuclaim.spec").read_text()
    names = " ".join(re.findall(r"(?m)^BuildRequires:(.*)$", spec)).split()
    names.remove("systemd-rpm-macros")
    with node(built_where_declared()) as top:
        (top / DATABASE[1:]).mkdir(parents=True, exist_ok=True)
        database = f"RPMBUILD_FLAGS=--define '_dbpath {top}{DATABASE}'"
        said = call("make", "-s", "-C", TOP, "rpm", database).stdout
        missing = set(re.findall(r"(?m)^\s+(\S+) is needed by gpuclaim-", said))
        check(missing == set(names), f"the build needs {missing} of {names}")
        stand_for_debian(top, names)
        make("rpm", database)
    return next(PACKAGES.glob(f"gpuclaim-{version()}-1*.rpm"))


def judge_requires(top, package):
    """No requirement but those that the tree has."""
    names = requirements(package)
    missing = [name for name in names if not provided(top, name)]
    check(not missing and {"dracut", "kmod-libs"} <= set(names), f"{missing} of {names}")
    stand_for_debian(top, names)


def test_package():
    """Installed, upgraded and removed; the second time with a program that is gone."""
    package = rpm_package()
    judge_lint("rpmlint", "--strict", "-c", TOP / "packaging/rpmlint.toml", package)
    owned = call("rpm", "-qpl", package).stdout.split("\n")
    check(WANTED | {"etc/gpuclaim/gpuclaim.conf.d"} <= {line.lstrip("/") for line in owned}, owned)
    with node(image.tree("trixie-dracut")) as top:
        (top / "usr/bin/dracut").write_text("#!/bin/sh\n")
        judge_requires(top, package)
        rpm(top, "-i", package)
        set_up(top)
        before = state(top)
        rpm(top, "-U", "--force", package)
        check(state(top) == before, "an upgrade takes something away")
        said = rpm(top, "-e", "gpuclaim")
        check(not list(top.glob(GATES)) and not (top / NOVA).exists(), said)
        check('"gpuclaimctl undo" before the package is removed' in said, said)
        rpm(top, "-i", package)
        set_up(top)
        (top / "usr/sbin/gpuclaimctl").unlink()
        said = rpm(top, "-e", "gpuclaim")
        check(not list(top.glob(GATES)), said)


# What a distribution's macros would run there, in place of those that Debian's rpmbuild lacks.
MACROS = {"systemd_post": "post", "systemd_preun": "preun", "systemd_postun": "postun"}


def test_macros():
    """Where the distribution has its macros, they are asked for each unit but the initramfs' own."""
    spec = (TOP / "packaging/gpuclaim.spec").read_text().replace("@VERSION@", version())
    defined = [word for name, words in MACROS.items()
               for word in ("--define", f"{name}() told {words} %*")]
    with tempfile.NamedTemporaryFile("w", suffix=".spec") as file:
        file.write(spec)
        file.flush()
        said = succeed(call("rpmspec", "-P", "--define", "_unitdir /units", "--define",
                            "_udevrulesdir /udev/rules.d", *defined, file.name), "rpmspec")
    units = {path.name for path in (TOP / "systemd").iterdir() if path.suffix in (".path", ".service", ".timer")}
    units.remove("gpuclaim-initramfs.service")
    for words in MACROS.values():
        told = re.search(rf"(?m)^told {words} (.*)$", said)
        check(told and set(told[1].split()) == units, said)
    check("\n/units/gpuclaim-*.service\n" in said and "\n/udev/gpuclaim\n" in said, said)


def main():
    suite.own_mounts()
    suite.end(*suite.run(suite.chosen(suite.tests_of(globals()))))


if __name__ == "__main__":
    main()
