# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run could not write is written by the next one."""

import os

from tests.lib.trees import copy

GPU = "0000:01:00.0"
BOOT_RECORD = "run/gpuclaim/boot"
MARK = f"run/gpuclaim/claimed/{GPU}"


def check(lab, root, path, verb):
    """Complaints: a path that is lost is made anew."""
    place = os.path.join(root, path)
    with open(place, encoding="ascii") as file:
        before = file.read()
    os.unlink(place)
    result = lab.run([lab.helper, "--root", root, *verb])
    if not os.path.exists(place):
        return [f"it is not: {result.stdout}{result.stderr}"]
    with open(place, encoding="ascii") as file:
        after = file.read()
    same = [text.split("TIME_MS")[0] for text in (before, after)]
    return [] if same[0] == same[1] else [f"{before}, now {after}"]


def run(lab, top):
    """(name, complaints) of each check."""
    pattern, root = os.path.join(top, "pattern"), os.path.join(top, "root")
    lab.build("vfio-already", pattern, "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\\n")
    lab.run([lab.helper, "--root", pattern, "boot"])
    for path in (MARK, BOOT_RECORD, f"run/gpuclaim/{GPU}"):
        for verb in (["boot"], ["udev", GPU]):
            copy(pattern, root)
            yield f"{path}, {verb[0]}", check(lab, root, path, verb)
