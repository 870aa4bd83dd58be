# SPDX-License-Identifier: GPL-2.0-or-later
"""What an earlier version left on a node is read, kept true and taken back by this one.

    python3 -m tests.upgrade.earlier [NAME]...      of the scenes
    python3 -m tests.upgrade.earlier record VERSION PROGRAMS

VERSION/SCENE.tree holds what that version's programs wrote on the scene's tree, in the language
of ../fixtures: undo records, boot records, the drop-ins with their hashes. It is data, made once
by "record" with the programs of the folder PROGRAMS when that version was the current one, and
never made again: a scene whose tree changes below it wants its old tree back.
"""

import os
import subprocess
import sys
import tempfile
import threading

from tests.fixtures import expand
from tests.lib import programs, suite, trees
from tests.lib.copies import Copies
from tests.setup import node as setup

HERE = os.path.dirname(os.path.abspath(__file__))
NOVA = "etc/nova/nova.conf.d/60-gpuclaim.conf"
GPU, AUDIO = "0000:01:00.0", "0000:01:00.1"
RECORD = "run/gpuclaim/{}"
NOVA_NODE = ["include nova-node.tree", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\\n"]
VFIO = ["f usr/lib/initrd-release ",
        "f sys/bus/pci/drivers/vfio-pci/bind ",
        "l sys/bus/pci/drivers/vfio-pci/module ../../../../module/vfio_pci",
        "f sys/module/vfio_pci/refcnt 0\\n"]
CLAIM = ["include gtx1050.tree", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\\n", *VFIO]
# The USB controllers are the processor's own: that version took them for companions.
FOREIGN = ["include linux.tree", "iommu amd", "f etc/gpuclaim/gpuclaim.conf claim 1002:164e\\n",
           "pci 0000:00:08.1 1022:14dd class=060400 group=8 driver=pcieport",
           "pci 0000:11:00.0 1002:164e class=030000 parent=0000:00:08.1 group=26",
           "pci 0000:11:00.1 1002:1640 class=040300 parent=0000:00:08.1 group=27",
           "pci 0000:11:00.2 1022:1649 class=108000 parent=0000:00:08.1 group=28 driver=ccp",
           "pci 0000:11:00.3 1022:15b6 class=0c0330 parent=0000:00:08.1 group=26",
           "pci 0000:11:00.4 1022:15b7 class=0c0330 parent=0000:00:08.1 group=30", *VFIO]


class Node(Copies):
    """A tree. MACHINE: fixtures' lines, else BASE is of ../kargs/trees or of ../setup."""

    def __init__(self, folder, base=None, machine=(), more=()):
        self.base, self.machine, self.more = base, machine, more
        super().__init__(None, folder, self.build)
        self.at = self.pattern

    def build(self, folder):
        if self.machine:
            description = expand.Machine(programs.FIXTURES)
            description.read(self.machine)
            description.write(expand.Tree(folder))
        elif self.base in setup.TREES:
            setup.build(self.base, folder, self.more)
        else:
            trees.build(self.base, folder, self.more)

    def snapshot(self, folder=None):
        """Of all that is text, and what drives each function: no image of an initramfs."""
        folder = folder or self.at
        result = {path: entry for path, entry in trees.snapshot(folder).items()
                  if path != "images" and "/initr" not in path
                  and not setup.LAST_NEW.search(path)}
        for path, folders, _ in os.walk(os.path.join(folder, "sys/devices")):
            if "driver" in folders:
                link = os.path.join(path, "driver")
                result[os.path.relpath(link, folder)] = (0o120777, 0, os.readlink(link))
        return result

    def run(self, program, *words):
        return programs.run(program, "--root", self.at, *words, timeout=120)


# ---- the scenes: what the old programs did, and what is asked of the new ones

def undone(node, ctl, _helper):
    """setup is taken back, all of it."""
    result = node.run(ctl, "undo")
    node.expect_code("undo", result, 0)
    node.expect("undo says no more than what it did", result.stderr, "")
    node.expect_begin("undo")


def set_up(node, ctl, helper):
    """Between setup and reboot; then taken back."""
    result = node.run(ctl, "status")
    node.expect_code("status", result, 3)
    node.expect_in("status", "set up; reboot", result.stdout)
    undone(node, ctl, helper)


def adopted(node, ctl, helper):
    """The old recipe comes back, with what was added since."""
    recipe = os.path.join(node.at, "etc/modprobe.d/vfio.conf")
    with open(recipe, "a", encoding="utf-8") as f:
        f.write("options kvm ignore_msrs=1\n")
    node.expect_code("undo", node.run(ctl, "undo"), 0)
    node.expect("recipe", node.read("etc/modprobe.d/vfio.conf"),
                RECIPE.replace("\\n", "\n") + "options kvm ignore_msrs=1\n")
    with open(recipe, "w", encoding="utf-8") as f:
        f.write(RECIPE.replace("\\n", "\n"))
    node.expect_begin("undo")
    node.expect_code("again", node.run(ctl, "undo"), 0)
    del helper


def reverted(node, ctl, _helper):
    """Kernel arguments are known as ours, and go."""
    result = node.run(ctl, "kargs", "apply", "--dry-run")
    node.expect_in("apply", "nothing to do", result.stdout)
    node.expect_code("revert", node.run(ctl, "kargs", "revert"), 0)
    node.expect_begin("revert")


def completed(node, ctl, _helper):
    """That version left GRUB's computed variable to its reader; now it gets a line of ours, and
    all of it goes."""
    result = node.run(ctl, "kargs", "apply")
    node.expect("apply", (result.returncode, result.stdout.splitlines()[0]),
                (0, "edited /etc/default/grub"))
    node.expect_code("revert", node.run(ctl, "kargs", "revert"), 0)
    node.expect_begin("revert")


def dropin_refreshed(node, ctl, _helper):
    """The drop-in's hash is known: the GPU that is not ready any more goes out of it, and aliases keep
    names and types, whatever they would be by now: flavors ask for them."""
    before = node.read(NOVA)
    node.expect("refresh", (node.run(ctl, "nova", "refresh").returncode, node.read(NOVA)),
                (0, before))
    gpu = os.path.join(node.at, "sys/bus/pci/devices", lost_gpu(before))
    with open(os.path.join(gpu, "sriov_totalvfs"), "w", encoding="ascii") as f:
        f.write("16\n")
    os.unlink(os.path.join(gpu, "driver"))
    node.expect_code("refresh", node.run(ctl, "nova", "refresh"), 0)
    node.expect("aliases stay", aliases(node.read(NOVA)), aliases(before))
    node.expect("its line goes", lost_gpu(before) in node.read(NOVA), False)
    node.expect_code("revert", node.run(ctl, "nova", "revert"), 0)
    node.expect("revert", node.read(NOVA), None)


def aliases(dropin):
    return [line for line in dropin.splitlines() if line.startswith("alias = ")]


def lost_gpu(dropin):
    """The address of its last device line."""
    line = [line for line in dropin.splitlines() if line.startswith("device_spec")][-1]
    return line.split('"address":"')[1].split('"')[0]


def records_read(node, ctl, helper):
    """The records of this boot count: claimed by us, by the configuration of then."""
    result = node.run(ctl, "status", "--json")
    node.expect_in("status", '"verdict":"claimed"', result.stdout.replace(" ", ""))
    node.expect("no verdict is computed anew", '"computed"' in result.stdout, False)
    before = {name: node.read(RECORD.format(name)) for name in (GPU, AUDIO, "boot")}
    result = node.run(helper, "boot")
    node.expect("a later boot has nothing to tell", (result.returncode, result.stderr), (0, ""))
    node.expect("the records stay", before,
                {name: node.read(RECORD.format(name)) for name in before})
    node.expect_in("dry run", f"{GPU} claimed driver vfio-pci",
                   node.run(helper, "boot", "--dry-run").stdout)


def foreign_kept(node, ctl, helper):
    """What only the old version claimed stands in this boot; status tells of the next."""
    links = {path: entry for path, entry in node.snapshot().items() if path.endswith("/driver")}
    result = node.run(helper, "boot")
    node.expect("boot", (result.returncode, result.stderr), (0, ""))
    node.expect("every driver stays", {path: entry for path, entry in node.snapshot().items()
                                       if path.endswith("/driver")}, links)
    result = node.run(ctl, "status")
    for address in "0000:11:00.3", "0000:11:00.4":
        node.expect_in("status", address, result.stdout)
    node.expect_in("status names the line that keeps them", "functions=0", result.stdout)


RECIPE = "options vfio-pci ids=10de:2204\\nsoftdep nouveau pre: vfio-pci\\n"
NOVA_THERE = ["d etc/nova", "f etc/nova/nova.conf [DEFAULT]\\n"]
# name: (the tree, the old companion's commands, what is asked of the new)
SCENES = {
    "setup-debian12": ({"base": "debian12", "more": NOVA_THERE},
                       ["setup --all-gpus --alias gpu --gate=strict"], set_up),
    "setup-rhel9": ({"base": "rhel9"}, ["setup --all-gpus"], set_up),
    "setup-systemd-boot": ({"base": "systemd-boot"}, ["setup --all-gpus"], set_up),
    "trial-debian12": ({"base": "debian12"}, ["setup --all-gpus --trial"], undone),
    "adopt-debian12": ({"base": "debian12", "more": [f"f etc/modprobe.d/vfio.conf {RECIPE}"]},
                       ["setup --adopt"], adopted),
    **{f"kargs-{name}": ({"base": name}, ["kargs apply"], reverted)
       for name in ("debian13", "ubuntu-curtin", "rhel8", "fedora", "suse")},
    "kargs-rhel10": ({"base": "rhel10"}, ["kargs apply"], completed),
    "nova": ({"machine": NOVA_NODE}, ["nova apply --alias gpu"], dropin_refreshed),
    "claimed": ({"machine": CLAIM}, [], records_read),
    "foreign-companion": ({"machine": FOREIGN}, [], foreign_kept),
}


def state_file(version, name):
    return os.path.join(HERE, version, f"{name}.tree")


def check(version, name):
    """Returns (passed, failed) of one scene."""
    layout, _, ask = SCENES[name]
    with tempfile.TemporaryDirectory() as folder:
        node = Node(folder, **layout)
        with open(state_file(version, name), encoding="utf-8") as f:
            trees.change(node.at, f.read().splitlines())
        ask(node, programs.companion(sanitized=False), programs.helper())
        return suite.tell(f"{name}, by {version}", node.complaints)


# ---- the recorder

def bind(folder, stop):
    """The kernel's part, while the recorded helper runs: who stores an address is bound."""
    device = os.path.join(folder, "sys/bus/pci/devices")
    while not stop.is_set():
        with open(os.path.join(folder, "sys/bus/pci/drivers_probe"), encoding="ascii") as f:
            address = f.read()[:12]
        link = os.path.join(device, address, "driver")
        if address and not os.path.islink(link):
            above = os.path.relpath(os.path.join(folder, "sys"), os.path.realpath(link + "/.."))
            os.symlink(f"{above}/bus/pci/drivers/vfio-pci", link)


def record_claim(node, programs):
    """As a boot wrote it: each store takes a moment, in which the kernel's part is played."""
    stop = threading.Event()
    kernel = threading.Thread(target=bind, args=(node.at, stop))
    kernel.start()
    subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "inject=write:delay_exit=200000",
                    os.path.join(programs, "gpuclaim"), "--root", node.at, "boot"], check=True)
    stop.set()
    kernel.join()


def entry(path, mode, content):
    if isinstance(content, str):
        return [f"l {path} {content}"]
    lines = [f"f {path}", *("\t" + line for line in content.decode().split("\n")[:-1])]
    if not content.endswith(b"\n") or content.count(b"\n") == 1:
        escaped = content.decode().replace("\\", "\\\\").replace("\n", "\\n")
        lines = [f"f {path} {escaped}"]
    return lines if mode & 0o777 == 0o644 else [*lines, f"m {path} {mode & 0o777:o}"]


def record(version, programs):
    os.makedirs(os.path.join(HERE, version), exist_ok=True)
    for name, (layout, commands, _) in SCENES.items():
        with tempfile.TemporaryDirectory() as folder:
            node = Node(folder, **layout)
            trees.OURS, hidden = (), trees.OURS
            before = node.snapshot()
            for command in commands:
                result = node.run(os.path.join(programs, "gpuclaimctl"), *command.split())
                print(f"{name}: {command}: exit {result.returncode}")
                print(result.stdout + result.stderr, end="")
            if not commands:
                record_claim(node, programs)
            after = node.snapshot()
            trees.OURS = hidden
        lines = [f"# What gpuclaim {version} left: {', '.join(commands) or 'gpuclaim boot'}"]
        lines += [f"x {path}" for path in sorted(set(before) - set(after))]
        for path in sorted(after):
            if before.get(path) != after[path] and not path.endswith("/lock"):
                lines += entry(path, after[path][0], after[path][2])
        with open(state_file(version, name), "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")


def main():
    if sys.argv[1:2] == ["record"]:
        record(*sys.argv[2:])
        return
    suite.need_mounts()
    versions = sorted(name for name in os.listdir(HERE) if os.path.isdir(os.path.join(HERE, name))
                      and name[0].isdigit())
    suite.end(*suite.add(check(version, name) for version in versions
                         for name in sys.argv[1:] or SCENES
                         if os.path.exists(state_file(version, name))))


if __name__ == "__main__":
    main()
