# SPDX-License-Identifier: GPL-2.0-or-later
"""Of sync.py: what a broken Placement, name server or file can't make `nova sync` do."""

import copy
import json
import os
import tempfile

from tests.lib import programs
from tests.nova.placement import A30, GTX, PASSWORD, PROGRAM, ROOT, TOKEN
from tests.nova.sync_spread import in_order, spread
from tests.nova.sync_world import COMPUTE_ID, ELSEWHERE, ONE_TIME, Machine, bench, files_of, forever, reserved

GPU = "0000:01:00.0"

BROKEN = [("garbage", (200, b"<html>")), ("nothing", (200, b"")), ("a list", (200, [])),
          ("an error", (500, {})), ("endless", (200, b"[" * (3 << 20))), ("the token in an answer", (500, TOKEN.encode()))]
WORSE = [*BROKEN, ("refused", (403, {})), ("numbers", (200, {"resource_providers": [
    {"uuid": ROOT, "name": "compute1", "generation": 1},
    {"uuid": "../../etc", "name": "compute1_0000:01:00.0", "parent_provider_uuid": ROOT}]}))]


def check_size(tally, name, result):
    if "endless" in name:
        tally.check(f"{name}: it is not read to its end", "its answer is larger than 2 MiB" in result.stderr, result.stderr)


def test_hostile(tally):
    for name, raw in WORSE:
        with bench(None, COMPUTE_ID, raw=raw) as (node, world):
            check_size(tally, name, forever(node, world, name, tally))
    with bench(moved=True) as (node, world):
        forever(node, world, "a redirect", tally)
        tally.check("nobody follows it", not [a for a in world["asked"] if ELSEWHERE in a], world["asked"])
    with bench(late=4) as (node, world):
        forever(node, world, "each answer after four seconds", tally)
        tally.check("three of them are ten seconds, and more is not asked", len(world["asked"]) <= 3, world["asked"])
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


def test_record_stays(tally):
    """What is reserved by us stays so, and ours, whatever is answered; then it is lifted."""
    for name, raw in WORSE:
        with bench(None, COMPUTE_ID) as (node, world):
            node.rebind(GPU, "nvidia")
            node.sync()
            node.rebind(GPU, "vfio-pci")
            before = files_of(node)
            world["raw"] = raw
            result = node.sync()
            tally.equal(f"ours, and {name}: nothing is changed", (result.returncode, reserved(world), files_of(node) == before),
                        (1, 1, True), result.stderr)
            world["raw"] = None
            tally.equal(f"ours, and {name}: it is lifted then", (node.sync().returncode, reserved(world)), (0, 0))


def test_keystone(tally):
    """Who is asked for a token is no better than who is shown it."""
    moved = (307, b"", [("Location", f"{ELSEWHERE}v3/auth/tokens")])
    rows = [*BROKEN, ("a redirect", moved), ("no token", (201, {"token": {}})),
            ("a token of two lines", (201, {"token": {}}, [("X-Subject-Token", "a\rX-Evil: b")])),
            ("the password in an answer", (400, PASSWORD.encode())), ("a catalog of nothing", (201, {"token": {"catalog": 7}},
                                                                      [("X-Subject-Token", TOKEN)]))]
    for name, login in rows:
        with bench(login=login) as (node, world):
            result = forever(node, world, f"Keystone: {name}", tally)
            check_size(tally, f"Keystone: {name}", result)
            tally.equal(f"Keystone: {name}: Placement is not asked, and one login is tried", (
                world["asked"], len(world["logins"])), ([], 1))
            tally.check(f"Keystone: {name}: no token is kept", not os.path.exists(node.path("run/gpuclaim/placement-token")))


def test_candidates(tally):
    """The request for all one-time-use GPUs, where all others are answered well."""
    for name, raw in [*BROKEN, ("a list of summaries", (200, {"provider_summaries": []}))]:
        with in_order(candidates=raw) as (node, world):
            spread(node, world)
            node.later(3601)
            result = forever(node, world, f"candidates: {name}", tally, words=("--spread",))
            check_size(tally, f"candidates: {name}", result)
    odd = {"traits": [None, ONE_TIME], "resources": {"CUSTOM_PCI_10DE_1C81": {"capacity": -(1 << 70), "used": "x"}}}
    summaries = {GTX: odd, "../../etc": odd, ROOT: {"traits": 1, "resources": []}, A30: None}
    with in_order(candidates=(200, {"provider_summaries": summaries})) as (node, world):
        spread(node, world)
        before = copy.deepcopy(world["state"])
        spread(node, world, 3601)
        tally.equal("odd summaries change nothing", world["state"], before)


def test_name_server(tally):
    """One that is dead is not waited for: who did would be there when it has failed."""
    with tempfile.TemporaryDirectory(prefix="gpuclaim-sync-") as folder:
        node = Machine(os.path.join(folder, "node"), "http://placement.example.org:9")
        slow, log = programs.preload("nova/slow-names.c", folder), os.path.join(folder, "names")
        node.rebind(GPU, "nvidia")
        result = node.sync(wrap=("env", f"LD_PRELOAD={slow}", f"NAMES_LOG={log}"))
        tally.equal("it fails", result.returncode, 1)
        with open(log, encoding="ascii") as file:
            tally.equal("and ends before the name server does", file.read(), "asked\n")


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


TESTS = [test_hostile, test_record_stays, test_keystone, test_candidates, test_name_server, test_fifo]
