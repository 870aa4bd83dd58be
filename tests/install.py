# SPDX-License-Identifier: GPL-2.0-or-later
"""make install and uninstall, into a folder, and how the programs are built.

    python3 -m tests.install [PART OF A TEST'S NAME]...
"""

import os
import re
import stat
import subprocess
from pathlib import Path

from tests.lib import suite

FOLDERS = ["prefix=/usr", "udevdir=/usr/lib/udev", "systemdsystemunitdir=/usr/lib/systemd/system",
           "catalogdir=/usr/lib/systemd/catalog", "dracutmodulesdir=/usr/lib/dracut/modules.d"]
WANTED = {
    "usr/lib/udev/gpuclaim": 0o755,
    "usr/sbin/gpuclaimctl": 0o755,
    "usr/lib/udev/rules.d/70-gpuclaim.rules": 0o644,
    "usr/lib/udev/rules.d/71-gpuclaim-sync.rules": 0o644,
    "usr/lib/dracut/modules.d/50gpuclaim/module-setup.sh": 0o755,
    "usr/lib/dracut/modules.d/50gpuclaim/gpuclaim.sh": 0o755,
    "usr/share/initramfs-tools/hooks/gpuclaim": 0o755,
    "usr/share/initramfs-tools/scripts/init-top/00gpuclaim": 0o755,
    "usr/lib/systemd/system/gpuclaim-initramfs.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-boot.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-ready.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-commit.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-metrics.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-metrics.timer": 0o644,
    "usr/lib/systemd/system/gpuclaim-return.path": 0o644,
    "usr/lib/systemd/system/gpuclaim-return.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-sync.service": 0o644,
    "usr/lib/systemd/system/gpuclaim-sync.timer": 0o644,
    "usr/lib/systemd/catalog/gpuclaim.catalog": 0o644,
    "usr/share/man/man8/gpuclaim.8": 0o644,
    "usr/share/man/man8/gpuclaimctl.8": 0o644,
    "usr/share/man/man8/gpuclaimctl-setup.8": 0o644,
    "usr/share/man/man8/gpuclaimctl-fleet.8": 0o644,
    "usr/share/man/man8/gpuclaimctl-kargs.8": 0o644,
    "usr/share/man/man8/gpuclaimctl-nova.8": 0o644,
    "usr/share/man/man7/gpuclaim-verdicts.7": 0o644,
    "usr/share/man/man5/gpuclaim.conf.5": 0o644,
    "usr/share/bash-completion/completions/gpuclaimctl": 0o644,
    "usr/share/zsh/site-functions/_gpuclaimctl": 0o644,
    "usr/share/fish/vendor_completions.d/gpuclaimctl.fish": 0o644,
    "usr/share/doc/gpuclaim/README.md": 0o644,
    "usr/share/doc/gpuclaim/CHANGELOG.md": 0o644,
    "usr/share/doc/gpuclaim/docs/cloud.md": 0o644,
    "usr/share/doc/gpuclaim/docs/how-it-works.md": 0o644,
    "usr/share/doc/gpuclaim/docs/operators-guide.md": 0o644,
    "usr/share/doc/gpuclaim/docs/performance.md": 0o644,
    "usr/share/doc/gpuclaim/docs/playbooks.md": 0o644,
    "usr/share/doc/gpuclaim/docs/security.md": 0o644,
    "usr/share/doc/gpuclaim/docs/troubleshooting.md": 0o644,
}


WANTED |= {f"usr/share/doc/gpuclaim/{path}": 0o755 if path.stat().st_mode & 0o100 else 0o644
           for path in Path("examples").rglob("*") if path.is_file()}


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


def test_strip(destdir):
    """The same files; the programs without their symbols, as packages have them. What says that the
    helper opens a library stays."""
    sections = {}
    for target in "install", "install-strip":
        make(target, destdir)
        assert installed(destdir) == WANTED, target
        for name in "usr/lib/udev/gpuclaim", "usr/sbin/gpuclaimctl":
            out = read("readelf", "-SW", os.path.join(destdir, name))
            sections[target, name] = set(re.findall(r"\] (\.[\w.]+) ", out))
    for name in "usr/lib/udev/gpuclaim", "usr/sbin/gpuclaimctl":
        assert ".symtab" in sections["install", name], name
        gone = sections["install", name] - sections["install-strip", name]
        assert all(re.match(r"\.(symtab|strtab|debug_)", section) for section in gone), gone
        assert ".symtab" in gone and ".note.dlopen" in sections["install-strip", name], name


def test_small(destdir):
    """The helper, which each initramfs has, is made small where a distribution optimizes."""
    assert "-Os" in words_of(destdir, CFLAGS="-O2 -g")
    for variables in {"CFLAGS": "-O0 -g"}, {"CFLAGS": "-O2", "SMALL": ""}:
        assert "-Os" not in words_of(destdir, **variables), variables


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
            ("systemd/system/gpuclaim-boot.service", "ExecStart=-/opt/udev/gpuclaim boot"),
            ("dracut/modules.d/50gpuclaim/module-setup.sh", "gpuclaim_helper=/opt/udev/gpuclaim"),
            ("dracut/modules.d/50gpuclaim/gpuclaim.sh", "\n/opt/udev/gpuclaim boot"),
            ("../share/initramfs-tools/hooks/gpuclaim", "helper=/opt/udev/gpuclaim"),
            ("../share/initramfs-tools/scripts/init-top/00gpuclaim", "helper=/opt/udev/gpuclaim")):
        with open(os.path.join(destdir, "usr/lib", path), encoding="utf-8") as file:
            assert wanted in file.read(), path


def read(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def test_hardened(destdir):
    """What the compiler and the linker can do against a bug of ours is in both programs."""
    make("install", destdir)
    for name in ("usr/lib/udev/gpuclaim", "usr/sbin/gpuclaimctl"):
        path = os.path.join(destdir, name)
        segments = read("readelf", "-lW", path)
        assert "Elf file type is DYN" in segments and "GNU_RELRO" in segments, (name, segments)
        assert re.search(r"GNU_STACK .* RW +0x", segments), (name, segments)
        dynamic = read("readelf", "-dW", path)
        assert re.search(r"FLAGS_1.* NOW PIE", dynamic), (name, dynamic)
        assert not re.search("RPATH|RUNPATH", dynamic), (name, dynamic)
        symbols = set(re.findall(r" (\w+_chk(?:_fail)?)@", read("readelf", "--dyn-syms", "-W", path)))
        assert {"__stack_chk_fail", "__snprintf_chk", "__memcpy_chk"} <= symbols, (name, symbols)


def test_hardened_on_x86(_destdir):
    """Each jump has its landing, each return its shadow, and no frame leaps over the guard page.

    The C library's own start files may lack the note: then a program has none, but our part has."""
    if os.uname().machine != "x86_64":
        return
    make("all", "")
    for name in ("gpuclaim", "gpuclaimctl"):
        code = read("objdump", "-d", "--no-show-raw-insn", f"build/{name}")
        assert re.search(r"<main>:\n.*\tendbr64", code), name
        assert re.search(r"sub +\$0x1000,%rsp\n.*(or|mov)q +\$0x0,\(%rsp\)", code), name
    for name in ("libcore", "libact", "libgrub", "libnova", "libctl"):
        # A note of a type that it does not know (.note.dlopen's) ends readelf with 1.
        notes = subprocess.run(["readelf", "-nW", f"build/{name}.a"], check=False,
                               capture_output=True, text=True).stdout
        members = notes.count("\nFile: ")
        assert members == notes.count("x86 feature: IBT, SHSTK"), (name, notes)


def words_of(folder, **variables):
    """How a file is compiled with these variables of a user's; no compiler has a word to say."""
    target = f"{folder}/helper/base/pci.o"
    done = subprocess.run(["make", "-B", "V=1", f"B={folder}", target, "WERROR=1",
                           *(f"{name}={value}" for name, value in variables.items())],
                          check=True, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return next(line for line in done.stdout.splitlines() if f"-o {target}" in line).split()


def test_fortify_is_the_users(destdir):
    """A level that he or his distribution sets is left alone, and so is a build that can't have one."""
    three, two = "-D_FORTIFY_SOURCE=3", "-D_FORTIFY_SOURCE=2"
    for compiler in ("gcc", "clang"):
        assert three in words_of(destdir, CC=compiler)
        for name in ("CPPFLAGS", "CFLAGS"):
            assert three not in words_of(destdir, CC=compiler, **{name: f"-O2 {two}"})
        assert three not in words_of(destdir, CC=compiler, CFLAGS=f"-O2 -Wp,{two}")
        words_of(destdir, CC=compiler, CFLAGS=f"-O2 -Wp,-U_FORTIFY_SOURCE -Wp,{three}")
        assert three not in words_of(destdir, CC=compiler, CFLAGS="-O0")
        for variant in ("SANITIZE", "COVERAGE"):
            words = words_of(destdir, CC=compiler, **{variant: "undefined"})
            assert three not in words and "-fcf-protection" not in words, words


# Calls of later Linux: RHEL 8's headers have no number of them.
OLD_HEADER = "#include <sys/syscall.h>\n" + "".join(
    f"#undef SYS_{name}\n" for name in ("openat2", "fsopen", "fsconfig", "fsmount"))


def test_old_headers(destdir):
    """RHEL 8's, of Linux 4.18, have no linux/openat2.h, nor numbers of later calls."""
    stub = Path(destdir, "include")
    stub.mkdir()
    for path in Path("/usr/include").iterdir():
        if path.name != "linux":
            (stub / path.name).symlink_to(path)
    (stub / "linux").mkdir()
    for path in Path("/usr/include/linux").iterdir():
        if path.name != "openat2.h":
            (stub / "linux" / path.name).symlink_to(path)
    (stub / "old.h").write_text(OLD_HEADER)
    own = read("gcc", "-print-file-name=include").strip()
    multiarch = f"/usr/include/{read('gcc', '-print-multiarch').strip()}"
    flags = f"-nostdinc -isystem {own} -isystem {stub} -isystem {multiarch} -include {stub}/old.h"
    objects = [f"{destdir}/{name}.o" for name in ("helper/base/root", "ctl/loaders/proxmox")]
    subprocess.run(["make", "-B", f"B={destdir}", *objects, "WERROR=1", f"CPPFLAGS={flags}"], check=True,
                   capture_output=True)


def test_check_real(_destdir):
    """Who names no sources is told that nothing was tested."""
    said = read("make", "-s", "check-real", "DRACUT=", "GRUBBY=")
    assert said.count("skipped: no ") == said.count("0 passed, 0 failed, 1 skipped") == 2, said


def main():
    suite.end(*suite.run([(name, suite.in_folder(test))
                          for name, test in suite.chosen(suite.tests_of(globals()))]))


if __name__ == "__main__":
    main()
