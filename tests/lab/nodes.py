# SPDX-License-Identifier: GPL-2.0-or-later
"""What the boots of a whole node say, and what is expected of them.

The host's display is an emulated VGA, and nouveau and snd_hda_intel are in the images and on the
disk: a boot without the claim shows it.
"""

import functools
import json
import re

from tests import pages
from tests.journeys.page import commands
from tests.lab import lab
from tests.lab.claims import CONSOLE_DEVICE
from tests.lab.seen import Seen, Status, judge_claimed, judge_probed, judge_untouched
from tests.lib import suite
from tests.lib.checks import check, equal

CARD, CARD2 = ([f"0000:0{n}:00.{f}" for f in (0, 1)] for n in (1, 2))
PAIR = CARD + CARD2
NATIVE = {"nouveau", "snd_hda_intel"}
OURS = {"intel_iommu=on", "iommu=pt", "gpuclaim=1"}
LOOK = "look look\nbegin cmdline; run cat /proc/cmdline\nmark 1\n"
READY = f"""
begin unit; run systemctl start gpuclaim-ready.service
begin unit-log; run journalctl -b -q -o short-monotonic -u gpuclaim-ready.service
{LOOK}
status status
"""


def nodes(*chosen, all_of=()):
    """Registers a test for these nodes, each the test's arguments; in a full run for all of another
    list."""
    def register(function):
        for node in all_of if suite.full() and all_of else chosen:
            test = functools.partial(function, *node)
            test.__name__ = f"{function.__name__} ({', '.join(node)})"
            lab.test(test)
        return function
    return register


def answer(machine, name):
    """(exit code, JSON) of a companion's verb."""
    code, = machine.statuses(name)
    text = "\n".join(line[9:] for line in machine.case(name) if line.startswith("LAB json "))
    check(text, f"{name} ended with {code}: {machine.outputs(name)}")
    return code, json.loads(text)


def kernels(machine):
    """The installed ones, newest last."""
    return [line[11:] for line in machine.lines if line.startswith("LAB kernel ")]


def judge_done(machine, name, changed=True):
    code, found = answer(machine, name)
    equal(code, 0, f"exit code of {name} ({machine.outputs(name)})")
    equal(found["changed"], changed, f"{name}: changed")
    return found


def arguments(machine):
    return set(machine.outputs("cmdline")[0].split())


def judge_armed(machine, kernel=None):
    """The arguments are there; which kernel it is."""
    equal(OURS - arguments(machine), set(), "kernel arguments that are missing")
    check(kernel is None or any(f"vmlinuz-{kernel}" in word for word in arguments(machine)),
          f"not the kernel that was asked for, {kernel}: {arguments(machine)}")


def judge_boot_claims(machine, kernel=None):
    """A boot of an armed node: the cards are ours, and nobody touched them."""
    seen = Seen(machine)
    judge_armed(machine, kernel)
    judge_claimed(seen, *PAIR)
    judge_untouched(machine, 0, 1)
    equal(seen.modules & {"nouveau"}, set(), "native modules that are loaded")
    equal(machine.statuses("unit"), [0], f"gpuclaim-ready.service ({machine.outputs('unit')})")
    Status(machine, "status").judge_ready(*PAIR)


def judge_boot_stock(machine, case_name="look"):
    """A boot of a node that is not armed: native drivers have the cards."""
    seen = Seen(machine, case_name)
    equal(OURS & arguments(machine), set(), "kernel arguments of ours")
    equal(NATIVE - seen.modules, set(), "native modules that are not loaded")
    equal([seen.drivers[a] for a in (CARD[1], CARD2[1])], ["snd_hda_intel"] * 2, "audio drivers")
    equal({seen.devices[a].override for a in PAIR}, {"(null)"}, "overrides")
    judge_probed(machine, 0, 1)


def judge_same_files(machine, name="compare"):
    differences = [line[12:] for line in machine.case(name) if line.startswith("LAB differs ")]
    equal(differences, [], "files that differ")
    counts = [int(line[13:]) for line in machine.case(name) if line.startswith("LAB compared ")]
    check(counts[0] > 100, f"only {counts} files were compared")


def judge_images(machine, name, configured, number=2):
    """The configuration is in all images, or in none."""
    lines = [line.split(" ") for line in machine.case(name)]
    sizes = {w[2]: int(w[3]) for w in lines if w[:2] == ["LAB", "image"]}
    equal(len(sizes), number, "number of images")
    check(min(sizes.values()) > 100, f"the listing of an image failed: {sizes}")
    for path in sizes:
        ours = [w[3] for w in lines if w[:3] == ["LAB", "own", path]]
        found = [f for f in ours if f.startswith(("etc/gpuclaim/", "./etc/gpuclaim/"))]
        equal(bool(found), configured, f"{path}: has a configuration ({ours})")


def in_readme(heading, begin):
    """The first command in a section of README that begins so."""
    return next(command for command in commands("README.md", heading) if command.startswith(begin))


def typed(name, command):
    return f"typed {name} '{command}'\n"


def judge_typed(machine, name, code=0, *said):
    """The exit code of what was typed, and parts, in their order, of what it printed, unfolded."""
    text = re.sub(r"\n {4,}", " ", "\n".join(machine.outputs(name)))
    equal(machine.statuses(name), [code], f"exit code of {name} ({text})")
    wanted = "".join(f"(.|\n)*{part}" for part in said)
    check(re.match(wanted, text), f"{name}: not {said}: {text}")


def judge_like_readme(machine, name):
    """A setup printed what README shows, but for its kernels, the seconds that a terminal is told,
    and how it folds lines."""
    (_, (_, *shown)), *_ = pages.transcripts("README.md")
    kinds = sorted(set(re.findall(r"[\d.]+-\d+-amd64", " ".join(shown))))
    for kernel, own in zip(kinds, kernels(machine)):
        shown = [line.replace(kernel, own) for line in shown]
    text = "\n".join(machine.outputs(name))
    printed = re.sub(r"\n {4,}|(?<= ok), \d+ s$", lambda m: " " * m[0].startswith("\n"), text, flags=re.M)
    check(pages.same(printed.split("\n"), shown),
          "\n".join(["README shows", *shown, "printed is", printed]))


def boot(node, script, **options):
    return node.boot(script, extra=CONSOLE_DEVICE, **options)
