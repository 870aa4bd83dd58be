# SPDX-License-Identifier: GPL-2.0-or-later
"""What `nova sync` gives back by itself, with set return-to-service=auto, and what metrics tell of returns. Run by
returns.py.
"""

import json
import os
import re
import shutil
import tempfile
import time

from tests.lib import programs
from tests.nova.placement import A30, GTX, MANAGED, PROGRAM
from tests.nova.returns_world import (CLASS, GPU, SECOND, SLOT, configure, environment, faster_once, give_back,
                                      holder, one_time, prepare, reset_of, scrubber, share_slot, world_of)
from tests.nova.sync_spread import far_from_its_moments
from tests.nova.sync_world import ONE_TIME, device, reserved


def test_automatic(tally):
    """With set return-to-service=auto a pass of sync gives back what qualifies."""
    with world_of() as (node, world):
        configure(node, "set return-to-service=auto")
        result = give_back(node, "--json", verb="sync")
        tally.equal("a pass returns it", (result.returncode, reserved(world), reset_of(node)), (0, 0, "1"),
                    result.stdout, result.stderr)
        tally.check("and its JSON is one", json.loads(result.stdout)["version"] == 1, result.stdout)
    with world_of() as (node, world):
        configure(node, "set return-to-service=auto")
        faster_once(node)
        first = give_back(node, verb="sync")
        tally.equal("one that is worse stays reserved", (first.returncode, reserved(world)), (1, 1),
                    first.stderr)
        node.write(f"{SLOT}/reset", "")
        node.later()
        second = give_back(node, verb="sync")
        tally.equal("and is not reset time and again", (second.returncode, reset_of(node)), (0, ""),
                    second.stderr)
    with world_of(one_time() | {A30: device(SECOND.upper(), "CUSTOM_PCI_10DE_20B7", reserved=1,
                                            traits=(MANAGED, ONE_TIME))}) as (node, world):
        prepare(node, SECOND, ())
        configure(node, "set return-to-service=auto")
        codes = [give_back(node, verb="sync").returncode for _ in range(2)]
        tally.equal("of two that wait the second has the next pass", (codes, reserved(world), reserved(world, A30)),
                    ([0, 0], 0, 0))
        logins = len(world["logins"])
        give_back(node, verb="sync")
        tally.equal("and then Placement is not asked of either", len(world["logins"]), logins)


def test_outage(tally):
    """A Placement that fails before anything was done to the GPU is asked again later."""
    with world_of() as (node, world):
        # Else the pass itself may ask, and fail before a return is tried.
        node.write("proc/sys/kernel/hostname", far_from_its_moments() + "\n")
        node.sync()
        configure(node, "set return-to-service=auto")
        world["raw"] = (503, b"{}")
        first = give_back(node, verb="sync")
        tally.equal("an outage: it stays reserved, and is not reset", (first.returncode, reserved(world), reset_of(node)),
                    (1, 1, ""), first.stdout, first.stderr)
        del world["raw"]
        give_back(node, verb="sync")
        tally.equal("it is not tried at once", reserved(world), 1)
        path = node.path("run/gpuclaim", f"return-{GPU}")
        with open(path, encoding="ascii") as file:
            uuid, generation, until, word = file.read().split()
        soon = int(time.clock_gettime(time.CLOCK_BOOTTIME)) + 301
        tally.check("but after five minutes", int(until) <= soon, until)
        node.write(path, f"{uuid} {generation} 0 {word}\n")
        last = give_back(node, verb="sync")
        tally.equal("and returned then", (last.returncode, reserved(world), reset_of(node)), (0, 0, "1"), last.stderr)


def closed(node, *words):
    """A pass that may not see what others' processes have open."""
    return programs.run("setpriv", "--bounding-set=-all", "--inh-caps=-all", PROGRAM, "nova", "sync", *words, "--root",
                        node.folder, env=environment())


def test_sandbox(tally):
    """Where /sys is read-only a pass asks for one that may reset, and counts that as no try."""
    with world_of() as (node, world):
        configure(node, "set return-to-service=auto")
        flag = node.path("run/gpuclaim/return-waiting")
        result = programs.run("unshare", "-m", "sh", "-c", 'mount --bind "$1/sys" "$1/sys" && mount -o remount,bind,ro "$1/sys" '
                              '&& exec "$2" nova sync --root "$1"', "sh", node.folder, PROGRAM, env=environment())
        tally.equal("a pass in a sandbox asks for it", (result.returncode, os.path.exists(flag), reserved(world), metrics(node)),
                    (0, True, 1, ([GPU], [])), result.stdout, result.stderr)
        os.unlink(flag)
        share_slot(node)
        os.rename(node.path(SLOT, "reset"), node.path("reset"))
        give_back(node, verb="sync")
        tally.equal("without a reset nobody is asked", (os.path.exists(flag), metrics(node)[1]), (False, [(GPU, "no-reset")]))
        os.rename(node.path("reset"), node.path(SLOT, "reset"))
        os.unlink(node.path(f"run/gpuclaim/return-{GPU}"))
        os.makedirs(node.path("proc/1/fd"))
        os.symlink("/dev/null", node.path("proc/1/fd/0"))
        os.chmod(node.path("proc/1/fd"), 0o700)
        os.chown(node.path("proc/1/fd"), 1, 1)
        result = closed(node)
        tally.equal("one that sees no files of others asks for it, too", (result.returncode, os.path.exists(flag), reserved(world)),
                    (0, True, 1), result.stdout, result.stderr)
        os.unlink(flag)
        result = closed(node, "--return")
        tally.equal("the one that is to return asks for no other, and says why not", (
            result.returncode, os.path.exists(flag), reserved(world), "/proc/1/fd" in result.stderr), (0, False, 1, True),
            result.stdout, result.stderr)
        os.unlink(node.path(f"run/gpuclaim/return-{GPU}"))
        shutil.rmtree(node.path("proc/1/fd"))
        code = give_back(node, verb="sync").returncode
        tally.equal("and the next one does it", (code, os.path.exists(flag), reserved(world)), (0, False, 0))


def test_link_out(tally):
    """A link that leads out of the folder is nobody's process."""
    with world_of() as (node, world), tempfile.TemporaryDirectory() as outside:
        configure(node, "set return-to-service=auto")
        os.chown(outside, 1, 1)
        os.symlink(outside, node.path("proc/1/fd"))
        result = closed(node)
        tally.equal("files of others outside of the folder are not asked for", (
            result.returncode, os.path.exists(node.path("run/gpuclaim/return-waiting")), reserved(world)), (0, False, 0),
            result.stdout, result.stderr)


def test_long_return(tally):
    """While the operator's program is at work, a GPU that fails is reserved."""
    with world_of() as (node, world):
        configure(node, "set return-to-service=auto")
        scrubber(node, "#!/bin/sh\nmv /sys/bus/pci/devices/0000:3b:00.0/driver /sys/gone\nn=0\n"
                 f"while [ $n -lt 200 ]; do\nwhile read -r uuid rest; do [ $uuid != {A30} ] || exit 0; done "
                 "</var/lib/gpuclaim/sync\nsleep 0.1; n=$((n + 1))\ndone\nexit 1\n")
        result = give_back(node, verb="sync")
        tally.equal("the other one is reserved, and this one returned",
                    (result.returncode, reserved(world, A30), reserved(world)), (0, 1, 0), result.stderr)


def test_sleeping(tally):
    """What was refused is looked at again later, asleep or not: only its reset wakes it."""
    for name, change in ("no reset", lambda node: (share_slot(node), os.unlink(node.path(SLOT, "reset")))), ("held", holder):
        with world_of() as (node, world):
            configure(node, "set return-to-service=auto")
            change(node)
            give_back(node, verb="sync")
            tally.equal(f"{name}: it stays reserved", reserved(world), 1)
            prepare(node)
            shutil.rmtree(node.path("proc/900"), ignore_errors=True)
            node.write(f"{SLOT}/power/runtime_status", "suspended\n")
            path = node.path("run/gpuclaim", f"return-{GPU}")
            with open(path, encoding="ascii") as file:
                uuid, generation, _, word = file.read().split()
            tally.equal(f"{name}: it is not tried at once", reset_of(node), "")
            node.write(path, f"{uuid} {generation} 0 {word}\n")
            give_back(node, verb="sync")
            tally.equal(f"{name}, and asleep now", (reset_of(node), reserved(world)), ("1", 0))


def metrics(node):
    """What is told of returns."""
    text = programs.run(PROGRAM, "status", "--prometheus", "--root", node.folder).stdout
    return (re.findall(r'(?m)^gpuclaim_awaits_return\{address="(.*?)".*\} 1$', text),
            re.findall(r'(?m)^gpuclaim_return_failed\{address="(.*?)",result="(.*)"\} 1$', text))


def test_metrics(tally):
    with world_of() as (node, world):
        tally.equal("nothing is known before a pass", metrics(node), ([], []))
        node.sync()
        tally.equal("it waits", metrics(node), ([GPU], []))
        faster_once(node)
        give_back(node, "--dry-run")
        tally.equal("a dry run is no try", metrics(node), ([GPU], []))
        give_back(node)
        tally.equal("one that failed", metrics(node), ([GPU], [(GPU, "worse")]))
        world["state"][GTX]["inventories"][CLASS]["reserved"] = 0
        world["state"][GTX]["generation"] += 1
        node.later()
        node.sync()
        tally.equal("others have lifted it since", metrics(node), ([], []))
    with world_of() as (node, world):
        holder(node)
        give_back(node)
        tally.equal("one that was refused, before a pass", metrics(node), ([], [(GPU, "held")]))
        shutil.rmtree(node.path("proc/900"))
        give_back(node)
        node.sync()
        tally.equal("and returned", (metrics(node), reserved(world)), (([], []), 0))
    with world_of(one_time(used=1)) as (node, world):
        give_back(node)
        tally.equal("while a server has it nothing failed", metrics(node), ([], []))
    with world_of() as (node, world):
        configure(node, "set return-to-service=auto")
        holder(node)
        give_back(node, verb="sync")
        tally.equal("one that a pass was refused", metrics(node), ([GPU], [(GPU, "held")]))
    with world_of() as (node, world):
        node.sync()
        configure(node, "set return-to-service=auto")
        seen = []
        world["hook"] = lambda asked: seen.append((metrics(node), reset_of(node)))
        give_back(node, verb="sync")
        tally.equal("one that is at work failed neither before its reset nor after it", (seen[0], seen[-1], reserved(world)),
                    ((([GPU], []), ""), (([GPU], []), "1"), 0))


TESTS = (test_automatic, test_outage, test_sandbox, test_link_out, test_long_return, test_sleeping, test_metrics)
