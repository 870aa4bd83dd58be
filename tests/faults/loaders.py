# SPDX-License-Identifier: GPL-2.0-or-later
"""A file of the boot loader's that can't be read: another loader's files are not changed for it."""

import errno
import os

from tests.faults.sweep import Tree
from tests.lib import trees

APPLY = ["kargs", "apply", "--no-exec"]
LOADERS = {"debian12": [], "rhel9": [], "systemd-boot": [],
           # Refused: which of two blocks GRUB reads is not known.
           "rhel8": ["f boot/efi/EFI/redhat/grubenv # GRUB Environment Block\\nkernelopts=ro\\n####\\n"]}
# What is looked at besides.
OTHERS = ("proc", "sys", "run", "var", "dev", "lib/modules")


def opened(lab, top, tree):
    """The paths that the change opens, below the tree."""
    log = os.path.join(top, "log")
    with open(log, "w", encoding="ascii"):
        pass
    lab.run([lab.companion, *APPLY, "--root", tree.at], FAULT_LOG=log)
    with open(log, encoding="utf-8") as file:
        lines = {line.rstrip("\n") for line in file}
    return sorted(path for path in lines if not path.startswith("w ") and path not in ("", ".")
                  and not path.startswith(OTHERS))


def machines(state):
    return {path: value for path, value in state.items()
            if not path.startswith(("run", "var")) and value[2] is not None}


def check(lab, tree, fault, after):
    """Complaints."""
    before = machines(tree.begin)
    tree.restore(tree.begin)
    result = lab.run([lab.companion, *APPLY, "--root", tree.at], FAULT=fault)
    now = machines(tree.look())
    if result.returncode == 0:
        return trees.differences(after, now)
    # Who can't read back what was written says so, with exit code 1.
    right = now == before or (result.returncode == 1 and now == after)
    return [] if right else [f"exit code {result.returncode}", *trees.differences(before, now)]


def named_entries(lab, top):
    """What kernel-install calls its entries after can't be read: it is not run for another's."""
    entry = "efi/loader/entries/{}-6.12.48+deb13-amd64.conf"
    for path, text, other in (("etc/kernel/entry-token", "debian", "1234"),
                              ("etc/machine-id", "1" * 32, "2" * 32)):
        folder = os.path.join(top, os.path.basename(path))
        trees.build("systemd-boot", folder)
        os.rename(os.path.join(folder, entry.format("1234")), os.path.join(folder, entry.format(other)))
        os.makedirs(os.path.join(folder, "etc/kernel"))
        with open(os.path.join(folder, path), "w", encoding="ascii") as file:
            file.write(text + "\n")
        tree = Tree(folder, os.path.join(top, "root"))
        lab.run([lab.companion, *APPLY, "--root", tree.at])
        after = machines(tree.look())
        for call in ("open", "read"):
            yield (f"entries named otherwise, {call} {path}",
                   check(lab, tree, f"{call}:{path}:{errno.EIO}", after))


def run(lab, top):
    """(name, complaints) of each check."""
    yield from named_entries(lab, top)
    for name, lines in LOADERS.items():
        folder = os.path.join(top, name)
        trees.build(name, folder, lines)
        tree = Tree(folder, os.path.join(top, "root"))
        paths = opened(lab, top, tree)
        after = machines(tree.look())
        yield f"{name}, enough paths", [] if len(paths) > 5 else [f"only {paths}"]
        for call in ("open", "read"):
            for path in paths:
                yield (f"{name}, {call} {path}",
                       check(lab, tree, f"{call}:{path}:{errno.EIO}", after))
