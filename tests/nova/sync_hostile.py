# SPDX-License-Identifier: GPL-2.0-or-later
"""Of sync.py: what a broken Placement, name server or file can't make `nova sync` do."""

import copy
import json
import os
import tempfile
import time

from tests.lib import programs
from tests.nova.placement import A30, GTX, PROGRAM, ROOT, TOKEN
from tests.nova.sync_spread import in_order, spread
from tests.nova.sync_world import ONE_TIME, Machine, bench, forever, reserved

BROKEN = [("garbage", (200, b"<html>")), ("nothing", (200, b"")), ("a list", (200, [])),
          ("an error", (500, {})), ("a redirect", (302, b"", [("Location", "http://127.0.0.1:9/")])),
          ("endless", (200, b"[" * (3 << 20))), ("the token in an answer", (500, TOKEN.encode()))]


def test_hostile(tally):
    rows = [*BROKEN, ("refused", (403, {})), ("numbers", (200, {"resource_providers": [
        {"uuid": ROOT, "name": "compute1", "generation": 1},
        {"uuid": "../../etc", "name": "compute1_0000:01:00.0", "parent_provider_uuid": ROOT}]}))]
    for name, raw in rows:
        with bench(None, f"f var/lib/nova/compute_id {ROOT}\\n", raw=raw) as (node, world):
            forever(node, world, name, tally)
    with bench(slow=30) as (node, world):
        forever(node, world, "slow", tally)
    with bench() as (node, world):
        node.sync()
        node.rebind("0000:01:00.0", "nvidia")
        state = copy.deepcopy(json.load(open(node.path("run/gpuclaim/sync.json"), encoding="ascii")))
        world["raw"] = (503, {})
        result = node.sync("--json")
        answer = json.loads(result.stdout)
        tally.equal("down in the middle: the last state is kept and told", (
            result.returncode, answer["providers"], bool(answer["error"])), (1, state["providers"], True))
        world["raw"] = None
        tally.equal("and up again", (node.sync().returncode, reserved(world)), (0, 1))
    with bench(refuse=True) as (node, world):
        result = forever(node, world, "Keystone refuses", tally)
        tally.check("a refused login", "Keystone refuses the login" in result.stderr, result.stderr)


def test_candidates(tally):
    """The request for all one-time-use GPUs, where all others are answered well."""
    for name, raw in [*BROKEN, ("a list of summaries", (200, {"provider_summaries": []}))]:
        with in_order(candidates=raw) as (node, world):
            spread(node, world)
            node.later(3601)
            forever(node, world, f"candidates: {name}", tally, words=("--spread",))
    odd = {"traits": [None, ONE_TIME], "resources": {"CUSTOM_PCI_10DE_1C81": {"capacity": -(1 << 70), "used": "x"}}}
    summaries = {GTX: odd, "../../etc": odd, ROOT: {"traits": 1, "resources": []}, A30: None}
    with in_order(candidates=(200, {"provider_summaries": summaries})) as (node, world):
        spread(node, world)
        before = copy.deepcopy(world["state"])
        spread(node, world, 3601)
        tally.equal("odd summaries change nothing", world["state"], before)


def test_name_server(tally):
    """One that is dead is not waited for."""
    with tempfile.TemporaryDirectory(prefix="gpuclaim-sync-") as folder:
        node = Machine(os.path.join(folder, "node"), "http://placement.example.org:9")
        slow = programs.preload("nova/slow-names.c", folder)
        node.rebind("0000:01:00.0", "nvidia")
        before = time.monotonic()
        result = node.sync(wrap=("env", f"LD_PRELOAD={slow}"))
        tally.equal("it fails", result.returncode, 1)
        tally.check("and ends", time.monotonic() - before < 12, time.monotonic() - before)


def test_fifo(tally):
    """Nova's user owns the folder of compute_id. On this machine's own root, below a mount of ours."""
    script = ("mount -t tmpfs none /var/lib && mkdir -p /var/lib/nova /var/lib/gpuclaim && "
              f"printf 'gpuclaim-sync 1\\n{GTX} 0000:01:00.0 ours 3 0 0 99 x\\n' > /var/lib/gpuclaim/sync && "
              "{make} /var/lib/nova/compute_id && exec timeout 20 {program} nova sync --dry-run")
    for name, make in (("a FIFO", "mkfifo"), ("a device", "ln -s /dev/zero")):
        result = programs.run("unshare", "-m", "sh", "-c", script.format(make=make, program=PROGRAM),
                              env={**os.environ, "OS_TOKEN": "x"})
        tally.equal(f"{name} in place of compute_id", result.returncode, 1, result.stderr)
        tally.check(f"{name}: it is told", "/var/lib/nova/compute_id" in result.stderr, result.stderr)


TESTS = [test_hostile, test_candidates, test_name_server, test_fifo]
