# SPDX-License-Identifier: GPL-2.0-or-later
"""What writes boot entries besides GRUB, for real: kernel-install, bootctl, ukify, ostree and tuned.

tools/ has stand-ins of some. Here what they do is held against what the real ones do, and gpuclaimctl
works with the real ones; Debian 13's, and in a full run sid's, too. Each test has a tree under an
overlay, and the EFI partition is a file system in memory. gpuclaimctl runs in the tree, whose
firmware, kernel command line and kernels are files. No rpm-ostree is in Debian: ostree makes the
deployment and says what its own edit of the arguments would be.

    python3 -m tests.kargs.real_tools [PART OF A TEST'S NAME]...
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.kargs import real_grub
from tests.lab import image
from tests.lib import programs, suite
from tests.lib.checks import check, equal
from tests.packages import node

TREES = ("trixie-tools", "sid-tools") if suite.full() else ("trixie-tools",)
TOOLS = Path(__file__).with_name("tools")
OLD, NEW = "6.12.41+deb13-amd64", "6.12.48+deb13-amd64"
ARGUMENTS = "intel_iommu=on iommu=pt gpuclaim=1"
RUNNING = "initrd=\\1234\\initrd.img root=UUID=1234 ro quiet"
PROCESSOR = "vendor_id\t: GenuineIntel\n"
VENDOR = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
ESP = "/efi"

# Devices and processes are this machine's, the command line and the processor are the tree's.
INSIDE = """\
mount --rbind /dev "$1/dev"
cp "$1/proc/cmdline" "$1/proc/cpuinfo" "$1/run"
mount -t proc none "$1/proc"
for file in cmdline cpuinfo; do mount --bind "$1/run/$file" "$1/proc/$file"; done
exec chroot "$@"
"""


def run(top, *words, wanted=0, more=()):
    """more: words for unshare."""
    result = programs.call("unshare", "--mount", *more, "sh", "-euc", INSIDE, "sh", top, *words)
    equal(result.returncode, wanted, f"exit code of {words}: {result.stdout}")
    return result.stdout


def ctl(top, *words, wanted=0):
    """gpuclaimctl of the tree, as on the node itself."""
    return run(top, "/usr/sbin/gpuclaimctl", *words, wanted=wanted)


def variable(name):
    return f"sys/firmware/efi/efivars/{name}-{VENDOR}"


def kernel(top, release):
    image.write(top, {f"usr/lib/modules/{release}/vmlinuz": "kernel\n",
                      f"boot/initrd.img-{release}": "image\n"})


def prepare(top):
    """A node with systemd-boot, installed by bootctl, and two kernels, by kernel-install."""
    shutil.copy(programs.companion(sanitized=False), top / "usr/sbin/gpuclaimctl")
    image.write(top, {"proc/cmdline": RUNNING + "\n", "proc/cpuinfo": PROCESSOR,
                      "etc/machine-id": "0123456789abcdef" * 2 + "\n",
                      "etc/kernel/entry-token": "1234\n",
                      "etc/kernel/install.conf": f"layout=bls\nBOOT_ROOT={ESP}\n",
                      variable("x"): ""})
    (top / variable("x")).unlink()
    for name, words in ("LoaderInfo", "systemd-boot 257\0".encode("utf-16-le")), \
            ("LoaderFeatures", b"\xff" * 8):
        (top / variable(name)).write_bytes(b"\6\0\0\0" + words)
    (top / ESP[1:]).mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", top / ESP[1:]], check=True)
    run(top, "env", "SYSTEMD_RELAX_ESP_CHECKS=1", "bootctl", f"--esp-path={ESP}", "--no-variables",
        "install")
    for release in OLD, NEW:
        kernel(top, release)
        add(top, release)


def add(top, release):
    """What a kernel package's scripts do."""
    run(top, "kernel-install", "add", release, f"/usr/lib/modules/{release}/vmlinuz")


def files(top):
    """What is on the EFI partition and below /etc/kernel."""
    return {str(path.relative_to(top)): path.read_bytes() for folder in (ESP[1:], "etc/kernel")
            for path in (top / folder).rglob("*") if path.is_file()}


def entries(top):
    """{name: {field: text}} of what both write: a title is the distribution's, an image's name Debian's."""
    return {path.name: dict(re.findall(r"(?m)^(version|options|linux|initrd)\s+(.*)$",
                                       re.sub(r"(initrd\.img)-\S+", r"\1", path.read_text())))
            for path in (top / ESP[1:] / "loader/entries").glob("*.conf")}


# --- the stand-ins

# What is there before "kernel-install add", and where its arguments come from.
BEFORE = {
    "a template": {"etc/kernel/cmdline": "root=UUID=1 ro\tquiet\nsplash \n"},
    "the vendor's": {"usr/lib/kernel/cmdline": "root=UUID=2 quiet\n"},
    "the running kernel's": {"proc/cmdline": "BOOT_IMAGE=/vmlinuz root=/dev/sda1 initrd=\\a\\b ro quiet\n"},
    "boots are counted": {"etc/kernel/tries": "3\n"},
    "they were counted": {f"efi/loader/entries/1234-{NEW}+2-1.conf": "title old\n"},
}


def beside_kernel_install(top, files_before):
    """The real one's entries, then those of the stand-in, both from the same files."""
    made = []
    for tool in "kernel-install", "stand-in":
        for path in (top / ESP[1:] / "loader/entries").iterdir():
            path.unlink()
        image.write(top, files_before)
        run(top, tool, "add", NEW, f"/usr/lib/modules/{NEW}/vmlinuz")
        made.append(entries(top))
    equal(*made, f"the stand-in's entries beside {files_before}")


def kernel_install_stand_in(tree):
    """Names and fields of what both write are the same."""
    for files_before in BEFORE.values():
        with node(image.tree(tree)) as top:
            prepare(top)
            shutil.copy(TOOLS / "kernel-install", top / "usr/bin/stand-in")
            beside_kernel_install(top, files_before)


def bootctl_stand_in(tree):
    """The variable's bytes, and that it is gone."""
    with node(image.tree(tree)) as top:
        prepare(top)
        shutil.copy(TOOLS / "bootctl", top / "usr/bin/stand-in")
        once, made = top / variable("LoaderEntryOneShot"), []
        for tool in "bootctl", "stand-in":
            run(top, tool, "set-oneshot", "1234-a~b.conf")
            made.append(once.read_bytes())
            run(top, tool, "set-oneshot", "")
            check(not once.exists(), f"{tool} leaves the variable")
        equal(*made, "the stand-in's variable")


# --- gpuclaimctl with the real ones

def check_armed(top, kernels):
    for release in kernels:
        options = entries(top)[f"1234-{release}.conf"]["options"].strip()
        equal(options, f"root=UUID=1234 ro quiet {ARGUMENTS}", release)


def systemd_boot(tree):
    """Given, given again, inherited by a new kernel, taken back: byte for byte, and of that one, too."""
    with node(image.tree(tree)) as top:
        prepare(top)
        before = files(top)
        ctl(top, "kargs", "apply")
        check_armed(top, (OLD, NEW))
        check("nothing to do" in ctl(top, "kargs", "apply"), "a second run changes something")
        kernel(top, "6.13.1")
        add(top, "6.13.1")
        check_armed(top, (OLD, NEW, "6.13.1"))
        ctl(top, "kargs", "revert")
        after = files(top)
        check(before.items() <= after.items(), sorted(set(before.items()) - set(after.items())))
        check(all(b"gpuclaim" not in text for text in after.values()), "ours are left")


def counted(tree):
    """An entry whose boots are counted, and one made by hand, are edited: none is doubled."""
    with node(image.tree(tree)) as top:
        prepare(top)
        folder = top / ESP[1:] / "loader/entries"
        (folder / f"1234-{NEW}.conf").rename(folder / f"1234-{NEW}+2-1.conf")
        shutil.copy(folder / f"1234-{OLD}.conf", folder / "mine.conf")
        before = files(top)
        ctl(top, "kargs", "apply")
        equal({name: ARGUMENTS in fields["options"] for name, fields in entries(top).items()},
              {f"1234-{NEW}+2-1.conf": True, f"1234-{OLD}.conf": True, "mine.conf": True}, "armed")
        ctl(top, "kargs", "revert")
        equal(files(top), before, "after the revert")


def bootctl_entries(top):
    """{name: command line}"""
    told = run(top, "env", "SYSTEMD_RELAX_ESP_CHECKS=1", "bootctl", f"--esp-path={ESP}", "list",
               "--json=short")
    return {entry["id"]: entry.get("options", "")
            for entry in json.loads(re.search(r"(?m)^\[.*\]$", told)[0])}


def trial(tree):
    """bootctl chooses the entry, which it can read (by this name it lists none, systemd-boot does);
    both are taken back."""
    with node(image.tree(tree)) as top:
        prepare(top)
        before, listed = files(top), bootctl_entries(top)
        ctl(top, "kargs", "apply", "--trial")
        name = (top / variable("LoaderEntryOneShot")).read_bytes()[4:].decode("utf-16-le")[:-1]
        equal(bootctl_entries(top), listed, "what boots when nothing is chosen")
        folder = top / ESP[1:] / "loader/entries"
        shutil.copy(folder / name, folder / "copy.conf")
        check(f"{ARGUMENTS} gpuclaim.trial=1" in bootctl_entries(top)["copy.conf"], name)
        (folder / "copy.conf").unlink()
        ctl(top, "kargs", "revert")
        check(not (top / variable("LoaderEntryOneShot")).exists(), "the choice stays")
        equal(files(top), before, "after the revert")


def uki(tree):
    """Refused; what the refusal says to do puts the arguments into the image."""
    with node(image.tree(tree)) as top:
        prepare(top)
        shutil.rmtree(top / ESP[1:] / "loader/entries")
        image.write(top, {"etc/kernel/install.conf": f"layout=uki\nuki_generator=ukify\nBOOT_ROOT={ESP}\n",
                          "etc/kernel/cmdline": "root=UUID=1234 ro quiet\n"})
        add(top, NEW)
        before = files(top)
        said = ctl(top, "kargs", "apply", wanted=4)
        check("add the missing ones to /etc/kernel/cmdline and build the image anew" in said and ARGUMENTS in said,
              said)
        equal(files(top), before, "after a refusal")
        image.write(top, {"etc/kernel/cmdline": f"root=UUID=1234 ro quiet {ARGUMENTS}\n"})
        add(top, NEW)
        told = run(top, "ukify", "--json=short", "inspect", f"{ESP}/EFI/Linux/1234-{NEW}.efi")
        equal(json.loads(told)[".cmdline"]["text"].strip(), f"root=UUID=1234 ro quiet {ARGUMENTS}",
              "the command line in the image")


# --- ostree

DEPLOY = """\
mkdir -p /t/usr/lib/modules/6.11 /t/usr/etc /t/boot /t/dev /t/proc /t/run /t/sysroot /t/tmp /t/var /sysroot
for folder in bin lib lib64 sbin; do mkdir -p /t/usr/$folder; ln -s usr/$folder /t/$folder; done
ln -s sysroot/ostree /t/ostree
echo kernel >/t/usr/lib/modules/6.11/vmlinuz
echo image >/t/usr/lib/modules/6.11/initramfs.img
printf 'ID=fedora\\nPRETTY_NAME="Fedora CoreOS 41"\\nVERSION_ID=41\\n' >/t/usr/lib/os-release
ostree admin init-fs --modern /
ostree admin os-init --sysroot=/ fedora
ostree --repo=/ostree/repo commit -b main --tree=dir=/t
ostree admin deploy --sysroot=/ --os=fedora --karg=root=UUID=1234 --karg=rw --karg=iommu=soft main
"""


# As rpm-ostree, of whose words gpuclaimctl has two, by what ostree has for it: on a machine that runs
# from a deployment the next one is staged, and what it is to have is kept beside it.
RPM_OSTREE = """\
#!/bin/sh
set -e
first=$(ls /boot/loader/entries/*.conf | tail -n 1)
options() { sed -n 's/^options //p' "$first" | sed 's| ostree=[^ ]*||'; }
words=" $(cat /run/words 2>/dev/null || options) "
shift
for option; do
	word=${option#*=}
	case $option in --append*) words="$words$word " ;; *) words="${words%%" $word "*} ${words#*" $word "}" ;; esac
done
[ -e /run/ostree-booted ] ||
	exec ostree admin deploy --sysroot=/ --os=fedora --karg-none $(printf -- '--karg=%s ' $words) main
echo "$words" >/run/words
exec ostree admin deploy --stage --karg-none $(printf -- '--karg=%s ' $words) main
"""
# The deployment becomes the root of a machine, as far as its programs can tell; ostree looks at the
# first of the processes, which must be one of ours.
BOOTED = """\
root=$(echo /ostree/deploy/fedora/deploy/*.0)
mount --bind "$root" "$root"
for folder in bin lib lib64 sbin; do mount --bind /usr/$folder "$root/usr/$folder"; done
mount --bind / "$root/sysroot"
mount --bind /boot "$root/boot"
mount -t tmpfs none "$root/run"
mount -t tmpfs none "$root/tmp"
mount -t tmpfs none "$root/var"
mount --rbind /dev "$root/dev"
mount -t proc none "$root/proc"
sed -n 's/^options //p' /boot/loader/entries/*.conf >"$root/run/cmdline"
mount --bind "$root/run/cmdline" "$root/proc/cmdline"
mount --bind /run/cpuinfo "$root/proc/cpuinfo"
touch "$root/run/ostree-booted"
chroot "$root" "$@"
"""
STAGED = """\
gpuclaimctl kargs apply
echo == again
gpuclaimctl kargs apply
echo == show
gpuclaimctl kargs show
echo == revert
gpuclaimctl kargs revert
echo == show
gpuclaimctl kargs show
"""


def options_of(top):
    """{name: arguments}: the last boots, another is of the deployment before."""
    return {entry.name: sorted(re.search(r"(?m)^options (.*)$", entry.read_text())[1].split())
            for entry in sorted((top / "boot/loader/entries").glob("*.conf"))}


def deploy(top):
    shutil.copy(programs.companion(sanitized=False), top / "usr/sbin/gpuclaimctl")
    image.write(top, {"proc/cmdline": "BOOT_IMAGE=/vmlinuz root=UUID=1234 rw\n",
                      "proc/cpuinfo": PROCESSOR})
    run(top, "sh", "-euc", DEPLOY)


def ostree_stand_in(tree):
    """Of two deployments, one after the other, rpm-ostree's stand-in makes what ostree makes."""
    made = []
    for program in (TOOLS / "rpm-ostree").read_text(), RPM_OSTREE:
        with node(image.tree(tree)) as top:
            deploy(top)
            image.write(top, {"usr/bin/rpm-ostree": program})
            (top / "usr/bin/rpm-ostree").chmod(0o755)
            for words in ["--append-if-missing=gpuclaim=1"], ["--delete-if-present=iommu=soft"]:
                run(top, "rpm-ostree", "kargs", *words)
            made.append(options_of(top))
    equal(*made, "the stand-in's entries")


def ostree(tree):
    """Without rpm-ostree refused; with it given to the deployment that boots, and taken back; the one
    before keeps what it has."""
    with node(image.tree(tree)) as top:
        deploy(top)
        before = options_of(top)
        said = ctl(top, "kargs", "apply", wanted=4)
        check("/usr/lib/bootc/kargs.d" in said and ARGUMENTS in said, said)
        equal(options_of(top), before, "after a refusal")
        image.write(top, {"usr/bin/rpm-ostree": RPM_OSTREE})
        (top / "usr/bin/rpm-ostree").chmod(0o755)
        ctl(top, "kargs", "apply")
        earlier, armed = options_of(top).values()
        check({"intel_iommu=on", "iommu=pt,soft", "gpuclaim=1"} <= set(armed), armed)
        check("gpuclaim=1" not in earlier, earlier)
        run(top, "ostree", "admin", "instutil", "set-kargs", "--sysroot=/", "--merge", "--append=quiet")
        check("nothing to do" in ctl(top, "kargs", "apply"), "lost by a new deployment")
        ctl(top, "kargs", "revert")
        earlier, left = options_of(top).values()
        path, = (word for word in left if word.startswith("ostree="))
        check((top / path.removeprefix("ostree=/")).exists(), f"{path} is no deployment")
        equal(sorted({*left} - {path}), ["iommu=soft", "quiet", "root=UUID=1234", "rw"], "after the revert")
        check("gpuclaim=1" in earlier, earlier)


def ostree_staged(tree):
    """What is staged has no entry before the shutdown: it is what boots next all the same."""
    with node(image.tree(tree)) as top:
        deploy(top)
        image.write(top, {"usr/bin/rpm-ostree": RPM_OSTREE})
        (top / "usr/bin/rpm-ostree").chmod(0o755)
        before = options_of(top)
        words, = before.values()
        said = run(top, "sh", "-euc", BOOTED, "sh", "/bin/sh", "-euc", STAGED, more=("--pid", "--fork"))
        _, again, armed, _, after = re.split(r"(?m)^== .*\n", said)
        check("nothing to do" in again, said)
        shown = r"(?m)^next boot staged, from /run/ostree/staged-deployment\n    (.*)$"
        check({"intel_iommu=on", "iommu=pt,soft", "gpuclaim=1"} <= set(re.search(shown, armed)[1].split()), said)
        equal(sorted(re.search(shown, after)[1].split()), [word for word in words if "ostree=" not in word],
              "after the revert")
        equal(options_of(top), before, "the entry, which ostree writes when the machine shuts down")


# --- tuned

PROFILE = "[bootloader]\ncmdline={}\n"


def linux_lines(grub):
    return re.findall(r"(?m)^\s*linux\s+(\S+ .*)$", grub.read("boot/grub/grub.cfg"))


def run_profile(grub, words):
    """tuned gives a node these arguments, and GRUB's menu is made."""
    image.write(grub.at, {f"boot/vmlinuz-{NEW}": "", f"boot/initrd.img-{NEW}": "",
                          "etc/tuned/profiles/lab/tuned.conf": PROFILE.format(words)})
    main = grub.at / "etc/tuned/tuned-main.conf"
    main.write_text(re.sub(r"(?m)^daemon\b.*$", "daemon = 0", main.read_text()))
    grub.set_default("0")
    grub.grub("tuned", "--profile", "lab")
    grub.grub("grub-mkconfig", "-o", "/boot/grub/grub.cfg")


def tuned(tree):
    """It computes GRUB's variable from itself: ours come beside its own, and go without them."""
    with real_grub.Node(tree) as grub:
        run_profile(grub, "isolcpus=2 nohz_full=2")
        before = grub.read("boot/grub/grub.cfg"), grub.read("etc/default/grub")
        check("\\$tuned_params" in before[1] and "nohz_full=2" in before[0], before)
        grub.ctl("kargs", "apply")
        for line in linux_lines(grub):
            equal(f"quiet $tuned_params {ARGUMENTS}" in line, "single" not in line, line)
        grub.ctl("kargs", "revert")
        equal((grub.read("boot/grub/grub.cfg"), grub.read("etc/default/grub")), before, "after the revert")


def tuned_gives_ours(tree):
    """A profile that has gpuclaim's arguments: each kernel has them, as GRUB reads the menu."""
    with real_grub.Node(tree) as grub:
        run_profile(grub, ARGUMENTS)
        for line in linux_lines(grub):
            check("gpuclaim" not in line, line)
        lines = json.loads(grub.ctl("kargs", "show", "--json"))["lines"]
        equal({line["kind"] for line in lines}, {"next", "kernel", "new"}, "lines")
        for line in lines:
            equal(ARGUMENTS in line["cmdline"], "single" not in line["cmdline"], line)


TESTS = (kernel_install_stand_in, bootctl_stand_in, systemd_boot, counted, trial, uki, ostree_stand_in,
         ostree, ostree_staged, tuned, tuned_gives_ours)


def main():
    if os.geteuid() != 0 or programs.run("losetup", "-f").returncode != 0:
        suite.skip("only root, and with loop devices, can make a disk")
    suite.own_mounts()
    suite.in_memory()
    suite.end(*suite.run(suite.chosen([(f"{test.__name__}, {tree}", test, tree)
                                       for tree in TREES for test in TESTS])))


if __name__ == "__main__":
    main()
