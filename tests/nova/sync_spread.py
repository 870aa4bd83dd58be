# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl nova sync --spread`, as the timer runs it: what Placement is asked, and when.

tests/unit/test-sync-due.c adds it up for 500 nodes.
"""

import collections
import contextlib
import json
import os
import re
import time

from tests.nova.placement import GTX, MANAGED, ROOT
from tests.nova.sync_world import COMPUTE_ID, ONE_TIME, bench, cloud, device, reserved


def moment(name):
    """How long ago the node's moment of the hour was, in seconds."""
    seed = 0xcbf29ce484222325
    for byte in f"{name}\n".encode():
        seed = (seed ^ byte) * 0x100000001b3 % (1 << 64)
    return (int(time.clock_gettime(time.CLOCK_BOOTTIME)) + seed % 3600) % 3600


def far_from_its_moments():
    """A name for the node."""
    return next(name for name in (f"compute1.rack{i}" for i in range(10000))
                if 2000 < moment(name) < 2600 and 100 < moment(name) % 300 < 150)


@contextlib.contextmanager
def in_order(state=None, *lines, **more):
    """A node whose GPUs are all ready."""
    with bench(state, COMPUTE_ID, *lines, **more) as (node, world):
        with open(node.path("etc/gpuclaim/gpuclaim.conf"), "a", encoding="ascii") as conf:
            conf.write("skip address=0000:05:00.0\n")
        node.write("proc/sys/kernel/hostname", far_from_its_moments() + "\n")
        yield node, world


def spread(node, world, later=0):
    """A pass as the timer runs it. Return: what Placement was asked."""
    del world["asked"][:]
    if later:
        node.later(later)
    result = node.sync("--quiet", "--spread")
    assert result.returncode == 0, result
    return [a.replace(f"in_tree={ROOT}", "in_tree=X").removeprefix("GET /placement/resource_providers")
            for a in world["asked"]]


def outage(node, world, later):
    node.later(later)
    world["raw"] = (503, b"{}")
    node.sync("--quiet", "--spread")
    del world["raw"]


TREE, TRAIT = "?in_tree=X", f"?in_tree=X&required={ONE_TIME}"
ALL = "GET /placement/allocation_candidates?resources=MEMORY_MB:1&limit=1&in_tree=X"


def test_spread(tally):
    """What a node in order costs."""
    with in_order() as (node, world):
        tally.equal("the first pass waits for the node's own moment", spread(node, world), [])
        tally.equal("and the second", spread(node, world), [])
        tally.equal("then one request, whatever the GPUs are", spread(node, world, 301), [TREE])
        tally.equal("once an hour it is asked which are one-time-use GPUs", spread(node, world, 3601), [TREE, ALL])
        tally.equal("which is known then", spread(node, world, 3601), [TREE])
        world["state"][GTX]["generation"] += 1
        tally.equal("until a provider changes", spread(node, world, 3601), [TREE, ALL])
        node.rebind("0000:01:00.0", "nvidia")
        node.sync("--quiet", "--spread")
        tally.equal("a GPU that breaks is reserved at once", reserved(world), 1)
    with in_order() as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        spread(node, world)
        tally.equal("so is one that is broken at the first pass", reserved(world), 1)
    with in_order(full=True) as (node, world):
        spread(node, world)
        tally.equal("a node without memory to offer takes one more", spread(node, world, 3601), [TREE, ALL, TRAIT])
    for status in 400, 403, 404, 406:
        with in_order(candidates=(status, {})) as (node, world):
            spread(node, world)
            tally.equal(f"so does one that answers it {status}", spread(node, world, 3601), [TREE, ALL, TRAIT])
    with in_order(full=True, knows_no_trait=True) as (node, world):
        spread(node, world)
        spread(node, world, 3601)
        tally.equal("a Placement that knows no such trait has no such GPU", spread(node, world, 3601), [TREE])
    with in_order() as (node, world):
        spread(node, world)
        spread(node, world, 301)
        outage(node, world, 3601)
        tally.equal("after an outage in the node's moment it is not asked at once", spread(node, world, 61), [TREE])
        tally.equal("but in the next half an hour", spread(node, world, 1000), [TREE, ALL])
        world["state"][GTX]["generation"] += 1
        outage(node, world, 301)
        tally.equal("another outage makes it no earlier", spread(node, world, 1000), [TREE])
    with in_order() as (node, world):
        spread(node, world)
        told = node.sync()
        tally.check("by hand all is asked", f"GET /placement/resource_providers/{GTX}/inventories" in world["asked"],
                    told.stdout)


def test_spread_one_time(tally):
    """A one-time-use GPU costs nothing while a guest has it, and the end of its use is seen."""
    gtx = device("0000:01:00.0", "CUSTOM_PCI_10DE_1C81", used=1, traits=(MANAGED, ONE_TIME))
    with in_order(cloud(gtx=gtx)) as (node, world):
        count = "sys/bus/pci/devices/0000:01:00.0/enable"
        node.write(count, "1\n")
        spread(node, world)
        tally.equal("one request tells all of it", spread(node, world, 3601)[:2], [TREE, ALL])
        tally.equal("used, and not reserved: it is, once that is seen", reserved(world), 1)
        tally.equal("while a guest has it there is one request", spread(node, world, 301), [TREE])
        tally.equal("and once a day it is asked for", spread(node, world, 86401)[1:], [f"/{GTX}/allocations"])
        node.write(count, "0\n")
        world["state"][GTX]["allocations"] = {}
        tally.equal("then for the end of its use", spread(node, world, 301), [TREE, f"/{GTX}/allocations"])
        tally.equal("which is seen", spread(node, world, 301), [TREE])
        told = json.loads(node.sync("--json").stdout)
        tally.equal("it waits for its return", [p["action"] for p in told["providers"] if p["uuid"] == GTX],
                    ["await-return"])


def test_spread_many(tally):
    """Eight one-time-use GPUs cost no more than one, also where all are in the record, or another boot's."""
    addresses = [f"0000:{n:02x}:00.0" for n in range(0x41, 0x49)]
    uuids = [f"00000000-0000-0000-0000-0000000001{n:02d}" for n in range(8)]
    more = {uuid: device(a.upper(), "CUSTOM_PCI_10DE_1C81", used=n % 2, reserved=n % 2, traits=(MANAGED, ONE_TIME))
            for n, (uuid, a) in enumerate(zip(uuids, addresses))}
    lines = [f"pci {a} 10de:1c81 class=030000 group={300 + n} driver=vfio-pci" for n, a in enumerate(addresses)]
    for full, cost in (False, []), (True, [TRAIT]):
        with in_order({**cloud(), **more}, *lines, *(f"f dev/vfio/{300 + n} " for n in range(8)),
                      **({"full": True} if full else {})) as (node, world):
            spread(node, world)
            details = [f"/{uuid}/{what}" for uuid in reversed(uuids) for what in ("inventories", "traits", "allocations")]
            asked = spread(node, world, 3601)
            tally.equal(f"{'no memory to offer' if full else 'eight of them'}: what is asked",
                        sorted(asked), sorted([TREE, ALL, *cost, *(details if full else [])]))
            told = {p["uuid"]: (p["reserved"], p["used"], p["action"])
                    for p in json.loads(node.sync("--dry-run", "--json").stdout)["providers"]}
            tally.equal("and it is right", [told[uuid] for uuid in uuids], [(0, 0, "leave"), (1, 1, "leave")] * 4)
            os.unlink(node.path("run/gpuclaim/sync.json"))
            spread(node, world)
            for uuid in uuids:
                world["state"][uuid]["generation"] += 1
            tally.equal("after another boot likewise", len(spread(node, world, 3601)), 27 if full else 2)


def opens(node, log):
    """How many files a pass opened of the node, by its first folders, and which sockets it made."""
    node.sync("--quiet", "--spread", wrap=("strace", "-f", "-y", "-o", log, "-e", "trace=open,openat,openat2,socket"))
    with open(log, encoding="utf-8") as file:
        lines = file.read().splitlines()
    paths = {os.path.relpath(path, node.folder) for path in re.findall(r"= \d+<(/[^>]*)>", "\n".join(lines))
             if path.startswith(f"{node.folder}/")}
    return collections.Counter(path.partition("/")[0] for path in paths), [s for s in lines if "socket(" in s]


def test_many_functions(tally):
    """A thousand functions beside the GPUs: a pass without a change opens a file of sysfs for each, and asks nobody."""
    for n in 0, 1000:
        lines = [f"pci {1 + i // 256:04x}:{i // 8 % 32:02x}:00.{i % 8} 8086:1521 class=020000 group={1000 + i}"
                 for i in range(n)]
        with in_order(None, *lines) as (node, world):
            spread(node, world)
            tally.equal(f"{n} more functions: the full look is one request", spread(node, world, 301), [TREE])
            del world["asked"][:]
            count, sockets = opens(node, node.path("strace"))
            tally.equal(f"{n} more functions: then nothing is asked", (sockets, world["asked"]), ([], []))
            few = count if n == 0 else few
            tally.equal(f"{n} more functions: files beside sysfs are as many", count - collections.Counter(sys=count["sys"]),
                        few - collections.Counter(sys=few["sys"]))
            tally.check(f"{n} more functions: one file of sysfs for each", count["sys"] - few["sys"] <= n, count)


TESTS = (test_spread, test_spread_one_time, test_spread_many, test_many_functions)
