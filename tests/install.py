#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""make install and uninstall, into a folder."""

import os
import stat
import subprocess
import sys
import tempfile

FOLDERS = ["prefix=/usr", "udevdir=/usr/lib/udev", "systemdsystemunitdir=/usr/lib/systemd/system",
           "dracutmodulesdir=/usr/lib/dracut/modules.d"]
WANTED = {
    "usr/lib/udev/gpuclaim": 0o755,
    "usr/sbin/gpuclaimctl": 0o755,
    "usr/lib/udev/rules.d/70-gpuclaim.rules": 0o644,
    "usr/lib/dracut/modules.d/50gpuclaim/module-setup.sh": 0o755,
    "usr/lib/dracut/modules.d/50gpuclaim/gpuclaim.sh": 0o755,
    "usr/share/initramfs-tools/hooks/gpuclaim": 0o755,
    "usr/share/initramfs-tools/scripts/init-top/00gpuclaim": 0o755,
    "usr/lib/systemd/system/gpuclaim-initramfs.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-ready.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-commit.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-metrics.service": 0o644,
    "usr/share/man/man8/gpuclaim.8": 0o644,
    "usr/share/man/man8/gpuclaimctl.8": 0o644,
    "usr/share/man/man5/gpuclaim.conf.5": 0o644,
    "usr/share/bash-completion/completions/gpuclaimctl": 0o644,
    "usr/share/doc/gpuclaim/README.md": 0o644,
}


def make(target, destdir, *more):
    subprocess.run(["make", "--no-print-directory", target, f"DESTDIR={destdir}", *FOLDERS, *more],
                   check=True, stdout=subprocess.DEVNULL)


def installed(destdir):
    return {os.path.relpath(os.path.join(folder, name), destdir):
            stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
            for folder, _, names in os.walk(destdir) for name in names}


def test_files(destdir):
    make("install", destdir)
    assert installed(destdir) == WANTED, installed(destdir)


def test_again(destdir):
    make("install", destdir)
    make("install", destdir)
    assert installed(destdir) == WANTED


def test_umask(destdir):
    before = os.umask(0o077)
    try:
        make("install", destdir)
    finally:
        os.umask(before)
    assert installed(destdir) == WANTED


def test_uninstall(destdir):
    make("install", destdir)
    make("uninstall", destdir)
    assert not installed(destdir), installed(destdir)


def test_other_udevdir(destdir):
    """Whoever runs the helper runs it from where it was installed."""
    make("install", destdir, "udevdir=/opt/udev")
    assert "opt/udev/gpuclaim" in installed(destdir)
    for path, wanted in (
            ("systemd/system/gpuclaim-initramfs.service", "ExecStart=-/opt/udev/gpuclaim boot"),
            ("dracut/modules.d/50gpuclaim/module-setup.sh", "gpuclaim_helper=/opt/udev/gpuclaim"),
            ("dracut/modules.d/50gpuclaim/gpuclaim.sh", "\n/opt/udev/gpuclaim boot"),
            ("../share/initramfs-tools/hooks/gpuclaim", "helper=/opt/udev/gpuclaim"),
            ("../share/initramfs-tools/scripts/init-top/00gpuclaim", "helper=/opt/udev/gpuclaim")):
        with open(os.path.join(destdir, "usr/lib", path), encoding="utf-8") as file:
            assert wanted in file.read(), path


def main():
    tests = [(n[5:], f) for n, f in globals().items() if n.startswith("test_")]
    failed = 0
    for name, test in tests:
        with tempfile.TemporaryDirectory() as destdir:
            try:
                test(destdir)
                print(f"ok - {name}")
            except (AssertionError, subprocess.CalledProcessError) as e:
                failed += 1
                print(f"not ok - {name}: {e}")
    print(f"{len(tests) - failed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
