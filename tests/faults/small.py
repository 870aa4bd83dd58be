# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may say what: links in the place of our files, others' records, escapes, secrets, lost readers."""

import errno
import os
import stat
import subprocess

from tests.fixtures import expand
from tests.lib import programs, trees
from tests.nova import machines
from tests.setup import node

NOBODY = 65534
OLD = "6.1.0-25-amd64"      # of the node, beside the one that boots next
VICTIM = "etc/victim"
NOVA = "etc/nova/nova.conf.d/60-gpuclaim.conf"
ESCAPE = "\x1b[31m\x9b"
APPLY, REVERT = ["apply", "--no-exec"], ["revert", "--no-exec"]
# What is refused is told, too.
ENTRIES = [("odd=", [["show"], ["apply", "--dry-run"], APPLY, ["show"], ["revert", "--dry-run"], REVERT]),
           ("intel_iommu=off,", [["show"], APPLY])]
COMPUTE = ["bind 10de:1c81 10de:0fb9", "conf claim 10de:1c81",
           "+ d usr/lib/python3/dist-packages/nova-31.0.0.dist-info"]


def expect(found, what):
    return [] if found else [what]


def make_compute(folder):
    os.makedirs(folder)
    machines.build("twins", COMPUTE, folder)


def check_link(lab, folder, words, path):
    """A link at the place of a file of ours, to a file that is not there."""
    place, victim = os.path.join(folder, path), os.path.join(folder, VICTIM)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    os.symlink("/" + VICTIM, place)
    result = lab.run([lab.companion, *words, "--root", folder])
    return expect(not os.path.exists(victim) and result.returncode == 4 and "link" in result.stderr,
                  f"{result.returncode}: {result.stderr}")


def check_record_link(lab, folder):
    """A link at the place of a record is no way to another file: the record takes its place."""
    place, victim = os.path.join(folder, "var/lib/gpuclaim/kargs.undo"), os.path.join(folder, VICTIM)
    os.makedirs(os.path.dirname(place))
    os.symlink("/" + VICTIM, place)
    codes = [lab.run([lab.companion, "kargs", *APPLY, "--root", folder]).returncode]
    kept = stat.S_ISREG(os.lstat(place).st_mode) and stat.S_IMODE(os.lstat(place).st_mode) == 0o600
    codes.append(lab.run([lab.companion, "kargs", *REVERT, "--root", folder]).returncode)
    return expect(codes == [0, 0] and kept and not os.path.exists(victim), f"{codes}, {kept}")


def check_kept(lab, folder):
    """A link into a folder that is kept elsewhere, to the text that we wrote: each boot follows it."""
    place, kept = os.path.join(folder, NOVA), os.path.join(folder, "srv/managed.conf")
    lab.run([lab.companion, "nova", "apply", "--root", folder])
    os.makedirs(os.path.dirname(kept))
    os.rename(place, kept)
    os.symlink("/srv/managed.conf", place)
    os.unlink(os.path.join(folder, "sys/bus/pci/devices/0000:02:00.0/driver"))
    result = lab.run([lab.companion, "nova", "refresh", "--root", folder])
    with open(kept, encoding="ascii") as file:
        text = file.read()
    return expect(result.returncode == 0 and os.path.islink(place) and "0000:02:00.0" not in text,
                  f"{result.returncode}: {result.stderr}")


def check_early(lab, folder, words):
    """A link that leads to another's file is told before anything is changed."""
    place = os.path.join(folder, node.DROPIN)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(os.path.join(folder, VICTIM), "w", encoding="ascii") as file:
        file.write("GRUB_TIMEOUT=5\n")
    os.symlink("/" + VICTIM, place)
    before = trees.snapshot(folder)
    result = lab.run([lab.companion, *words, "--root", folder])
    return expect(result.returncode == 4 and "is a link" in result.stderr + result.stdout
                  and trees.snapshot(folder) == before, f"{result.returncode}: {result.stderr}")


def check_path(lab, folder):
    """Where Nova's drop-in is does not depend on a record that others may write."""
    lab.run([lab.companion, "nova", "apply", "--root", folder])
    os.chmod(os.path.join(folder, "var/lib/gpuclaim/nova.undo"), 0o666)
    shown = lab.run([lab.companion, "nova", "show", "--root", folder])
    reverted = lab.run([lab.companion, "nova", "revert", "--root", folder])
    return expect(shown.returncode == 0 and reverted.returncode == 1
                  and "nova.undo may be written by others" in reverted.stderr,
                  f"{shown.stderr}{reverted.returncode}: {reverted.stderr}")


def check_record(lab, folder, change, remedy):
    """A record of changes is root's alone; one that others could write says nothing."""
    place = os.path.join(folder, "var/lib/gpuclaim/kargs.undo")
    lab.run([lab.companion, "kargs", "apply", "--no-exec", "--root", folder])
    mode = stat.S_IMODE(os.stat(place).st_mode)
    change(place)
    before = trees.snapshot(folder)
    result = lab.run([lab.companion, "kargs", "revert", "--no-exec", "--root", folder])
    return expect(mode == 0o600 and result.returncode == 1 and remedy in result.stderr
                  and trees.snapshot(folder) == before,
                  f"mode {mode:o}, {result.returncode}: {result.stderr}")


def controls(words, result):
    """Complaints about control characters that a run printed."""
    text = result.stdout + result.stderr
    if any(ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160 for c in text):
        yield f"{words}: {text!r}"


def check_entries(lab, folder, argument, actions):
    """Boot entries' names and arguments, too, and what is done to their files."""
    entries = os.path.join(folder, "boot/loader/entries")
    for name in os.listdir(entries):
        place = os.path.join(entries, name)
        with open(place, encoding="ascii") as file:
            text = file.read()
        with open(place, "w", encoding="utf-8") as file:
            file.write(text.replace("options ", f"options {argument}{ESCAPE} "))
        os.rename(place, place.replace(".conf", f"{ESCAPE}.conf"))
    for words in actions:
        result = lab.run([lab.companion, "kargs", *words, "--root", folder])
        yield from controls(words, result)
        yield from expect("?[31m" in result.stdout + result.stderr, str(result))


def check_escapes(lab, folder):
    """A driver's name, the list of names and kernel arguments are shown without control characters."""
    os.makedirs(folder)
    machine = expand.Machine(programs.FIXTURES)
    machine.read(["include gtx1050.tree",
                  "f usr/share/misc/pci.ids 10de  Nvi\\x1bdia\\n\\t1c81  GTX\\x1b[31m\\n",
                  "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\\n"])
    machine.write(expand.Tree(folder))
    gpu = os.path.join(folder, "sys/bus/pci/devices/0000:01:00.0/driver")
    os.symlink("../../../bus/pci/drivers/odd" + ESCAPE, gpu)
    with open(os.path.join(folder, "proc/cmdline"), "w", encoding="latin-1") as file:
        file.write(f"root=/dev/vda1 odd={ESCAPE} intel_iommu=off,{ESCAPE}\n")
    for words in (["scan"], ["status"], ["status", "--prometheus"], ["kargs", "show"],
                  ["claim", "0000:01:00.0", "--dry-run"]):
        result = lab.run([lab.companion, *words, "--root", folder])
        yield from controls(words, result)
    result = lab.run([lab.helper, "--root", folder, "--dry-run", "boot"])
    if "\x1b" in result.stdout + result.stderr:
        yield f"boot: {result.stdout!r}"


def check_full(lab, folder, words):
    """Standard output that takes nothing."""
    with open("/dev/full", "w", encoding="ascii") as full:
        result = lab.run([lab.helper, "--root", folder, *words], capture_output=False, stdout=full,
                         stderr=subprocess.PIPE)
    return expect(result.returncode == 1 and "standard output" in result.stderr,
                  f"{result.returncode}: {result.stderr}")


def check_reader(lab, folder):
    """Who reads along goes away: what was begun is done, and it says how to go on."""
    reader, writer = os.pipe()
    os.close(reader)
    result = lab.run([lab.companion, "setup", "--all-gpus", "--no-exec", "--no-initramfs", "--root",
                      folder], capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    again = lab.run([lab.companion, "setup", "--all-gpus", "--no-exec", "--no-initramfs", "--root",
                     folder])
    return expect(result.returncode == 1 and "cannot be written; nothing was stopped" in result.stderr
                  and "run it again" in result.stderr and again.returncode == 0
                  and os.path.exists(os.path.join(folder, node.DROPIN)),
                  f"{result.returncode}: {result.stderr}; {again.stdout}{again.stderr}")


def check_unseen(lab, folder, words, path, refused):
    """What can't be looked at is not taken for absent: it is done as ever, or refused."""
    begin = trees.snapshot(folder)
    fault = lab.run([lab.companion, *words, "--root", folder], FAULT=f"open:{path}:{errno.EIO}")
    after = trees.snapshot(folder)
    if refused:
        return expect(fault.returncode == 1 and after == begin, f"{fault.returncode}: {fault.stdout}{fault.stderr}")
    calm = lab.run([lab.companion, *words, "--root", folder])
    return expect(fault.returncode == calm.returncode == 0 and trees.snapshot(folder) == after != begin,
                  f"{fault.returncode}: {fault.stdout}{fault.stderr}")


def check_kernel(lab, folder):
    """A kernel whose modules can't be looked at gets its image, too, and is told of."""
    modules = f"lib/modules/{OLD}"
    os.unlink(os.path.join(folder, modules, "modules.builtin"))
    result = lab.run([lab.companion, "setup", "--all-gpus", "--no-exec", "--root", folder],
                     FAULT=f"open:{modules}/modules.dep:{errno.EIO}")
    return expect(result.returncode == 0 and f"update-initramfs -u -k {OLD}" in result.stdout
                  and f"{OLD} has no modules.dep that can be read; " in result.stderr, str(result))


def check_user(lab, folder, words):
    """Without root it says what to do."""
    result = lab.run([lab.companion, *words, "--root", folder], user=NOBODY, group=NOBODY,
                     extra_groups=[])
    return expect((result.returncode, result.stdout) == (4, "") and "run this as root" in result.stderr,
                  str(result))


def check_secret(lab, folder, url):
    result = lab.run([lab.companion, "nova", "verify", "--placement", "--root", folder],
                     OS_AUTH_URL=url, OS_USERNAME="u", OS_PASSWORD="hidden", OS_PROJECT_NAME="p")
    return expect("hidden" not in result.stdout + result.stderr
                  and "geheim" not in result.stdout + result.stderr, result.stderr)


def run(lab, top):
    """(name, complaints) of each check."""
    count = 0

    def fresh(make):
        nonlocal count
        count += 1
        folder = os.path.join(top, f"tree{count}")
        make(folder)
        return folder

    def debian(folder):
        trees.build("debian12", folder)

    def whole(folder):
        node.build("debian12", folder, [])

    setup = ["setup", "--all-gpus", "--no-exec", "--no-initramfs"]
    yield "a link for the choice", check_link(lab, fresh(whole), setup, node.CONFIG)
    yield "a link for GRUB's drop-in", check_link(lab, fresh(debian), ["kargs", "apply", "--no-exec"],
                                                  node.DROPIN)
    yield "a link for Nova's drop-in", check_link(lab, fresh(make_compute), ["nova", "apply"],
                                                  NOVA)
    yield "a link for a record", check_record_link(lab, fresh(debian))
    yield "the same, to be tried", check_link(lab, fresh(make_compute), ["nova", "apply", "--dry-run"],
                                              NOVA)
    for who, mode in (("all", 0o602), ("its group", 0o620)):
        yield f"a record that {who} may write", check_record(
            lab, fresh(debian), lambda path, mode=mode: os.chmod(path, mode), "chmod go-w on it")
    if os.geteuid() == 0:
        yield "another's record", check_record(lab, fresh(debian),
                                               lambda path: os.chown(path, NOBODY, -1),
                                               "chown root on it")
    yield "Nova's drop-in, and a record that all may write", check_path(lab, fresh(make_compute))
    yield "a link to Nova's drop-in", check_kept(lab, fresh(make_compute))
    for words in (["kargs", "apply", "--dry-run"], ["kargs", "apply", "--no-exec"], [*setup, "--dry-run"],
                  setup):
        yield f"a link to another's file, {words}", check_early(lab, fresh(whole), words)
    yield "escapes", list(check_escapes(lab, os.path.join(top, "escapes")))
    for argument, actions in ENTRIES:
        yield f"escapes in boot entries, {argument}", list(check_entries(
            lab, fresh(lambda folder: trees.build("rhel9", folder)), argument, actions))
    lab.build("vfio-already", os.path.join(top, "full"))
    for words in (["--dry-run", "boot"], ["udev", "0000:01:00.0"]):
        yield f"nowhere to print, {words}", check_full(lab, os.path.join(top, "full"), words)
    yield "firmware's table unseen", check_unseen(
        lab, fresh(lambda folder: node.build("rhel9", folder, [])), setup, "sys/firmware/acpi/tables/DMAR", False)
    yield "a unit unseen", check_unseen(lab, fresh(whole), setup,
                                        "usr/lib/systemd/system/gpuclaim-ready.service", True)
    yield "a kernel unseen", check_kernel(lab, fresh(whole))
    yield "no reader", check_reader(lab, fresh(whole))
    for url in ("http://u:geheim@127.0.0.1:1", "ftp://u:geheim@h/v3", "http://u:geheim@[::1", "http://u:geheim%40h:1"):
        yield f"a URL with a password, {url}", check_secret(lab, fresh(make_compute), url)
    if os.geteuid() == 0 and os.stat(top).st_mode & stat.S_IRWXU:
        os.chmod(top, 0o755)
        folder = fresh(whole)
        for words in (["setup", "--all-gpus"], ["kargs", "apply"], ["claim", "0000:01:00.0"], ["undo"],
                      ["nova", "apply"], ["nova", "sync"], ["nova", "return", "0000:01:00.0"]):
            yield f"no root, {' '.join(words)}", check_user(lab, folder, words)
