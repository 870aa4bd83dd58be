# SPDX-License-Identifier: GPL-2.0-or-later
"""A folder that can't be synced, after a file in it was replaced or taken away: that is not "nothing was
changed", exit code 4."""

import errno
import os

from tests.faults import changes
from tests.lib import trees

RECORDS = changes.RECORDS
GRUB, NOVA, OURS = "etc/default/grub.d", "etc/nova/nova.conf.d", "etc/gpuclaim/gpuclaim.conf.d"
OUTPUT, OTHER = ["nova", "apply", "--output"], f"{NOVA}/other.conf"


def spoil(root):
    """A record that can't be read."""
    with open(os.path.join(root, RECORDS, "nova.undo"), "w", encoding="ascii") as file:
        return file.write("?")


def lose(root):
    """The file of a record is not there any more."""
    os.unlink(os.path.join(root, OTHER))
    return True


# (tree, what is run before, words, folder, exit code)
ROWS = [
    (changes.loader("debian12"), [], changes.APPLY, RECORDS, 4),
    (changes.loader("debian12"), [], changes.APPLY, GRUB, 1),
    (changes.loader("debian12"), [changes.APPLY], changes.REVERT, GRUB, 1),
    (changes.loader("rhel9"), [changes.APPLY], changes.REVERT, "boot/loader/entries", 1),
    (changes.node_of("debian12"), [], [*changes.SETUP, "--no-initramfs"], OURS, 1),
    (changes.node_of("debian12"), [], [*changes.SETUP, "--no-initramfs"], GRUB, 1),
    (changes.node_of("debian12"), [[*changes.SETUP, "--no-initramfs"]], changes.UNDO, OURS, 1),
    (changes.compute, [], ["nova", "apply"], NOVA, 1),
    (changes.compute, [[*OUTPUT, f"/{OTHER}"], lose], [*OUTPUT, f"/{NOVA}/60-gpuclaim.conf"], RECORDS, 1),
    (changes.compute, [["nova", "apply"]], ["nova", "revert"], NOVA, 1),
    (changes.compute, [["nova", "apply"], spoil], ["undo", "--services"], NOVA, 1),
]


def check(lab, root, row):
    """Complaints."""
    build, before, words, folder, code = row
    build(root)
    for line in before:
        assert line(root) if callable(line) else \
            lab.run([lab.companion, *line, "--root", root]).returncode == 0, line
    was = trees.snapshot(root)
    result = lab.run([lab.companion, *words, "--root", root], FAULT=f"fsync:{folder}:{errno.ENOSPC}")
    if result.returncode != code or os.strerror(errno.ENOSPC) not in result.stderr:
        yield f"exit code {result.returncode}, expected {code}: {result.stderr}"
    if code == 4:
        yield from trees.differences(was, trees.snapshot(root))


def run(lab, top):
    """(name, complaints) of each check."""
    for number, row in enumerate(ROWS):
        yield f"{' '.join(row[2])}, /{row[3]}", list(check(lab, os.path.join(top, str(number)), row))
