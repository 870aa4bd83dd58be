# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples of provisioning, run on the trees of whole Debian nodes.

Each gets a tree with GRUB, two kernels and a dracut or initramfs-tools of its own, gpuclaim
installed, and nothing else done to it; afterwards that tree is looked at: configuration, every
initramfs image, kernel arguments. What can't be run here is the installer around them: Anaconda,
debian-installer, subiquity, curtin, cloud-init's boot and disk-image-create. A stand-in answers for
grub-probe, since a tree has no disk below it.

    python3 -m tests.provisioning [PART OF A TEST'S NAME]...
"""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab import image
from tests.lib import golden, suite, trees
from tests.lib.checks import check
from tests.lib.programs import call

EXAMPLES = image.TOP / "examples"
ARGUMENTS = {"intel_iommu=on", "iommu=pt", "gpuclaim=1"}
LINK = "etc/systemd/system/multi-user.target.wants/gpuclaim-ready.service"
GRUB_PROBE = """\
#!/bin/sh
case " $* " in
*=device*) echo /dev/vda1 ;;
*=fs_uuid*) echo 01234567-89ab-cdef-0123-456789abcdef ;;
*=fs\\ *) echo ext2 ;;
*=partmap*) echo msdos ;;
*=abstraction*) ;;
*=compatibility_hint* | *=hints_string*) echo hd0,msdos1 ;;
*) echo ext2 ;;
esac
"""
# As curtin and debian-installer do it: the tree's own programs, with this machine's proc, sys, dev.
INSIDE = """\
for folder in proc sys dev; do mount --rbind /$folder "$1/$folder"; done
mount -t tmpfs none "$1/sys"
exec chroot "$@"
"""


@contextlib.contextmanager
def node(tree):
    """The tree with gpuclaim installed, in an overlay: what is done to it is thrown away."""
    with tempfile.TemporaryDirectory(prefix="gpuclaim-node-") as work:
        top = Path(work, "all")
        for name in ("all", "upper", "work"):
            Path(work, name).mkdir()
        lower = f"{image.stage()}:{image.tree(tree)}"
        subprocess.run(["mount", "-t", "overlay", "overlay", top, "-o",
                        f"lowerdir={lower},upperdir={work}/upper,workdir={work}/work"], check=True)
        try:
            # Its second kernel is what other tests are about, and takes as long again.
            for path in [*top.glob("boot/*-rt-*"), *top.glob("usr/lib/modules/*-rt-*")]:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            probe = top / "usr/sbin/grub-probe"
            probe.write_text(GRUB_PROBE)
            probe.chmod(0o755)
            (top / "etc/default").mkdir(exist_ok=True)
            grub = top / "etc/default/grub"
            if not grub.exists():
                grub.write_text('GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n')
            (top / "boot/grub").mkdir(exist_ok=True)
            image.write(top, image.SMALL)
            yield top
        finally:
            subprocess.run(["umount", "-R", top], check=True)


def inside(top, *argv):
    """Runs a command in the tree, whose sys is empty: the hardware here is not the node's."""
    return call("unshare", "--mount", "sh", "-eu", "-c", INSIDE, "sh", top, *argv)


def machine(top, fixture):
    """Makes the tree one of a machine with these devices."""
    golden.build(fixture, [], str(top))


def verify(top, claim, arguments=True):
    """The node is set up as the example promises."""
    text = (top / "etc/gpuclaim/gpuclaim.conf.d/60-setup.conf").read_text()
    check("\nset arm=karg\n" in text and re.search(claim, text), text)
    result = call(top / "usr/sbin/gpuclaimctl", "status", "--json", "--root", top)
    checks = {c["id"]: c for c in json.loads(result.stdout)["checks"]}
    check(checks["configuration"]["state"] == "pass", checks["configuration"])
    check(checks["initramfs"]["state"] == "pass", checks["initramfs"])
    if not arguments:
        return
    result = call(top / "usr/sbin/gpuclaimctl", "kargs", "show", "--root", top)
    check(re.search(r"(?m)^new kernels.*\n.*\bgpuclaim=1\b", result.stdout), result.stdout)
    for line in re.findall(r"(?m)^(?:next|kernel) (?!.*\(recovery\)).*\n    (.*)$", result.stdout):
        check(ARGUMENTS <= set(line.split()), result.stdout)


# --- what an example's file says

def kickstart(name):
    """(arguments of bootloader --append, header of %post, script of %post)"""
    text = (EXAMPLES / "kickstart" / name).read_text()
    append = re.search(r'(?m)^bootloader .*--append="([^"]*)"', text)[1]
    post = re.search(r"(?ms)^%post([^\n]*)\n(.*?)^%end$", text)
    check(text.count("\n%") == 2 * len(re.findall(r"(?m)^%(?:packages|post|pre)\b", text)),
          f"{name}: a section without %end")
    check("\ngpuclaim\n" in text, f"{name}: the package is not installed")
    return set(append.split()), post[1], post[2]


def test_kickstart():
    """%post in the new system."""
    arguments, head, script = kickstart("gpuclaim.ks")
    check(arguments == ARGUMENTS and "--nochroot" not in head, (arguments, head))
    with node("trixie-dracut") as top:
        result = inside(top, "/bin/sh", "-eu", "-c", script)
        check(result.returncode == 0, result.stdout)
        verify(top, r"\nclaim 10de:1c81\b", arguments=False)


def test_kickstart_from_outside():
    """%post --nochroot, by --root=/mnt/sysimage."""
    arguments, head, script = kickstart("gpuclaim-nochroot.ks")
    check(arguments == ARGUMENTS and "--nochroot" in head, (arguments, head))
    with node("bookworm-dracut") as top:
        result = call("sh", "-eu", "-c", script.replace("/mnt/sysimage", str(top)))
        check(result.returncode == 0, result.stdout)
        verify(top, r"\nclaim 10de:1c81\b", arguments=False)


def node_files(top):
    """What an image may not bring along: it is each node's own."""
    return {path.relative_to(top) for folder in ("etc", "var") for path in (top / folder).rglob("*")}


def test_containerfile():
    """Its lines of ours, by the tree's own dracut; the other lines are the package manager's."""
    text = (EXAMPLES / "containerfile/Containerfile").read_text()
    runs = [line for line in re.findall(r"(?m)^RUN (.*)$", text) if line.startswith("gpuclaimctl")]
    check(len(runs) == 1, text)
    with node("trixie-dracut") as top:
        for kernel in top.glob("boot/vmlinuz-*"):
            release = kernel.name.split("-", 1)[1]
            kernel.rename(top / "usr/lib/modules" / release / "vmlinuz")
        (top / "etc/default/grub").unlink()
        (top / "boot/grub").rmdir()
        before = node_files(top)
        result = inside(top, "/bin/sh", "-euc", runs[0])
        check(result.returncode == 0, result.stdout)
        check(node_files(top) == before, node_files(top) - before)
        image_file = top / "usr/lib/modules" / release / "initramfs.img"
        names = inside(top, "lsinitrd", f"/{image_file.relative_to(top)}").stdout
        for name in ("usr/lib/udev/gpuclaim", "usr/lib/gpuclaim/gpuclaim.conf.d/60-setup.conf"):
            check(name in names, names)
        preset = inside(top, "systemctl", "preset", "gpuclaim-ready.service")
        check((top / LINK).is_symlink(), preset.stdout)
        shown = call(top / "usr/sbin/gpuclaimctl", "kargs", "show", "--root", top).stdout
        check(re.search(r"(?m)^new kernels.*\n.*\bgpuclaim=1$", shown), shown)


def test_edpm():
    """What the node set says is all that a node lacks: kargs apply has nothing to add for EDPM."""
    text = (EXAMPLES / "edpm/nodeset.yaml").read_text()
    words = re.search(r'(?m)^ {8}edpm_kernel_args: "(.*)"$', text)[1]
    check(set(words.split()) == ARGUMENTS, words)
    with tempfile.TemporaryDirectory() as work:
        top = Path(work, "tree")
        trees.build("edpm", top)
        grub = top / "etc/default/grub"
        given = grub.read_text().replace("hugepages=32", f"hugepages=32 {words}")
        grub.write_text(given)
        result = call(image.stage() / "usr/sbin/gpuclaimctl", "kargs", "apply", "--root", top)
        check(result.returncode == 0 and grub.read_text() == given, result.stdout)


def test_preseed():
    """debconf takes the file, and its late_command does the work."""
    path = EXAMPLES / "preseed/gpuclaim.cfg"
    result = call("debconf-set-selections", "--checkonly", path)
    check(result.returncode == 0 and not result.stdout, result.stdout)
    command = re.search(r"(?m)^d-i preseed/late_command string in-target (.*)$", path.read_text())
    with node("bookworm-initramfs-tools") as top:
        result = inside(top, *shlex.split(command[1]))
        check(result.returncode == 0, result.stdout)
        verify(top, r"\nclaim 10de:1c81\b")


def cloud_config(name):
    """The file's text, which cloud-init understands."""
    path = EXAMPLES / "cloud-init" / name
    result = call("cloud-init", "schema", "--config-file", path)
    check(result.returncode == 0 and "Valid cloud-config" in result.stdout, result.stdout)
    return path.read_text()


def test_autoinstall():
    """What curtin is told to run in the target."""
    text = cloud_config("autoinstall.yaml")
    command = re.search(r"(?m)^ +- curtin in-target --target=/target -- (.*)$", text)
    with node("trixie-initramfs-tools") as top:
        result = inside(top, *shlex.split(command[1]))
        check(result.returncode == 0, result.stdout)
        verify(top, r"\nclaim 10de:1c81\b")


def test_first_boot():
    """cloud-init takes the file; its condition for a reboot holds after setup, and not before."""
    text = cloud_config("first-boot.yaml")
    words = [w.strip() for w in re.search(r"(?m)^  - \[(gpuclaimctl.*)\]$", text)[1].split(",")]
    condition = re.search(r"(?m)^  condition: >-\n    (.*)$", text)[1]
    with node("bookworm-initramfs-tools") as top:
        machine(top, "gtx1050")
        here = condition.replace("gpuclaimctl", f"{top}/usr/sbin/gpuclaimctl --root={top}")
        check(call("sh", "-c", here).returncode == 1, "a reboot is due before anything was done")
        result = call(top / "usr/sbin/gpuclaimctl", f"--root={top}", *words[1:])
        check(result.returncode == 0, result.stdout)
        verify(top, r"\nclaim 10de:1c81 address=0000:01:00\.0")
        check(call("sh", "-c", here).returncode == 0, "no reboot is due")


def test_image_builder():
    """The element's script, in the image, and the kernel arguments it hands to `bootloader`."""
    element = EXAMPLES / "diskimage-builder/gpuclaim"
    result = call("bash", "-euc", f". {element}/environment.d/50-gpuclaim.bash; "
                  "echo $DIB_BOOTLOADER_DEFAULT_CMDLINE")
    check(ARGUMENTS <= set(result.stdout.split()), result.stdout)
    with node("trixie-dracut") as top:
        (top / "tmp/90-gpuclaim").write_text((element / "install.d/90-gpuclaim").read_text())
        result = inside(top, "bash", "/tmp/90-gpuclaim")
        check(result.returncode and "DIB_GPUCLAIM_IDS" in result.stdout, result.stdout)
        result = inside(top, "env", "DIB_GPUCLAIM_IDS=10de:1c81,10de:2331", "bash",
                        "/tmp/90-gpuclaim")
        check(result.returncode == 0, result.stdout)
        verify(top, r"\nclaim 10de:2331\b", arguments=False)


def run_play(top, *more):
    """One run of the playbook against a tree."""
    environment = os.environ | {"PATH": f"{top}/usr/sbin:{os.environ['PATH']}",
                                "ANSIBLE_ROLES_PATH": str(EXAMPLES / "ansible/roles"),
                                "ANSIBLE_LOCALHOST_WARNING": "0", "LC_ALL": "C.UTF-8"}
    return call("ansible-playbook", "-i", "localhost,", "-c", "local",
                "-e", f"gpuclaim_root={top}", "-e", "gpuclaim_package=",
                "-e", "ansible_python_interpreter=/usr/bin/python3",
                "-e", '{"gpuclaim_ids": [], "gpuclaim_all_gpus": true, "gpuclaim_alias": ""}',
                *more, EXAMPLES / "ansible/site.yml", env=environment)


def play(top, *more):
    """{"ok": n, "changed": n, …} of one run that goes well."""
    result = run_play(top, *more)
    recap = re.search(r"(?m)^localhost +: (.*)$", result.stdout)
    check(recap and result.returncode == 0, result.stdout)
    return {k: int(v) for k, v in (word.split("=") for word in recap[1].split())}


def test_ansible():
    """Twice is once, and --check changes nothing and says what it would; so is taking it back."""
    with node("bookworm-initramfs-tools") as top:
        machine(top, "gtx1050")
        begin = node_files(top)
        dry = play(top, "--check")
        check(dry["changed"] == 1 and not (top / "var/lib/gpuclaim").exists(), dry)
        first, second = play(top), play(top)
        check(first["changed"] == 1 and second["changed"] == 0, (first, second))
        verify(top, r"\nclaim 10de:1c81 address=0000:01:00\.0")
        absent = ["-e", "gpuclaim_state=absent"]
        done = node_files(top)
        dry = play(top, *absent, "--check")
        check(dry["changed"] == 1 and node_files(top) == done, dry)
        first, second = play(top, *absent), play(top, *absent)
        check(first["changed"] == 1 and second["changed"] == 0, (first, second))
        check(play(top, *absent, "--check")["changed"] == 0, "a third run would change something")
        left = {str(path) for path in node_files(top) - begin}
        check(not any(re.match(r"etc/(?:gpuclaim|systemd|default/grub\.d)/", path) for path in left),
              left)


def test_ansible_gate():
    """The gate of an earlier run goes where none is wanted; each twice."""
    gate = "etc/systemd/system/nova-compute.service.d/10-gpuclaim.conf"
    with node("bookworm-initramfs-tools") as top:
        machine(top, "gtx1050")
        options = ["-e", '{"gpuclaim_options": ["--no-initramfs"]}']
        for word, changes in ("strict", 1), ("strict", 0), ("none", 1), ("none", 0):
            told = play(top, *options, "-e", f"gpuclaim_gate={word}")
            check(told["changed"] == changes, (word, told))
            check((top / gate).exists() == (word == "strict"), word)


def test_ansible_without_program():
    """Where gpuclaim is gone already, absent changes nothing; and fails where its work is not."""
    absent = ["-e", "gpuclaim_state=absent"]
    with node("bookworm-initramfs-tools") as top:
        (top / "usr/sbin/gpuclaimctl").unlink()
        check(play(top, *absent)["changed"] == 0, "changed without gpuclaimctl")
        record = top / "var/lib/gpuclaim/setup.undo"
        record.parent.mkdir(parents=True)
        record.touch()
        told = run_play(top, *absent).stdout
        check("The node is still set up" in told and "failed=1" in told, told)
        told = run_play(top, "-e", "gpuclaim_state=gone").stdout
        check("must be one of: present, absent" in told, told)


LINT = """\
mount -t tmpfs none "$1/mnt"
mount -t proc none "$1/proc"
cp -r "$2/." "$1/mnt"
exec chroot "$1" env -C /mnt HOME=/mnt LC_ALL=C.UTF-8 ansible-lint --offline --profile production
"""


def lint(folder):
    """What ansible-lint of Debian 13 says of a folder, in its strictest profile."""
    tree = image.tree("trixie-ansible-lint")
    return call("unshare", "--mount", "sh", "-euc", LINT, "sh", tree, folder)


def test_ansible_lint():
    """It finds nothing in the playbook and the role, and finds what is wrong in a copy."""
    result = lint(EXAMPLES / "ansible")
    check(result.returncode == 0 and "Passed" in result.stdout, result.stdout)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(EXAMPLES / "ansible", folder, dirs_exist_ok=True)
        tasks = Path(folder, "roles/gpuclaim/tasks/main.yml")
        tasks.write_text(tasks.read_text().replace("ansible.builtin.include_tasks", "include_tasks"))
        result = lint(folder)
        check(result.returncode == 2 and "fqcn" in result.stdout, result.stdout)


def main():
    suite.own_mounts()
    suite.end(*suite.run(suite.chosen(suite.tests_of(globals()))))


if __name__ == "__main__":
    main()
