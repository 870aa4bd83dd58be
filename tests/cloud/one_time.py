# SPDX-License-Identifier: GPL-2.0-or-later
"""A one-time-use GPU goes round in a cloud whose Nova knows such GPUs: newer.py's.

    python3 -m tests.cloud.one_time
"""

import os
import sys

from tests.cloud import newer
from tests.cloud.api import LONG, until
from tests.cloud.compute import gpu, provider
from tests.cloud.nodes import node_of
from tests.lab import lab
from tests.lab.lab import case, equal
from tests.lab.progress import heading, step
from tests.nova.sync_world import ONE_TIME

FOR_ONE_USE = ("systemctl stop nova-compute && "
               "gpuclaimctl nova apply --placement --alias gtx1050 --tags one_time_use=yes")
cloud = None            # the Cloud, while it runs


def use_once(name, server):
    """It is used, and then offered to nobody: Nova reserves it, or nova sync does for it."""
    with case(f"the {server} server has it, and it is reserved"):
        cloud.judge_serves(cloud.server(server), gpu(0))
        until("reserved in Placement", lambda: cloud.api.reserved() == {name})
    cloud.api.delete(server)


def for_one_use(node, name):
    """The tag in the drop-in, and nova-compute anew."""
    step("gpuclaimctl nova apply --tags one_time_use=yes", lambda: node.run(FOR_ONE_USE))
    before = cloud.controller.reports(node.name)
    step("nova-compute anew", lambda: node.run("systemctl start nova-compute"))
    cloud.join(before)
    until("Placement knows", lambda: cloud.api.with_trait(ONE_TIME) == {name})
    until("nova-compute is up", cloud.api.computes_are_up)


def one_time():
    heading("A one-time-use GPU is used, given back, used again, and given back again")
    node = cloud.start(node_of("compute8"))
    name = provider(node.name, gpu(0))
    equal(set(until("providers", cloud.api.gpus)), {name}, "providers")
    # Until the second use: nothing returns it by itself.
    node.run("systemctl stop gpuclaim-sync.timer")
    with case("as any other before it is a one-time-use GPU"):
        cloud.judge_serves(cloud.server("plain"), gpu(0))
    cloud.api.delete("plain")
    for_one_use(node, name)
    use_once(name, "first")
    with case("before it is returned the next server is refused"):
        cloud.judge_refused(cloud.server("early"))
        equal(cloud.api.reserved(), {name}, "reserved in Placement")
    cloud.api.delete("early")
    with case("nova return gives it back"):
        node.run(f"gpuclaimctl nova return {gpu(0)}")
        equal(cloud.api.reserved(), set(), "reserved in Placement")
    use_once(name, "second")
    node.run("systemctl start gpuclaim-sync.timer")
    with case("the node's own units give it back, and the next server has it"):
        until("offered again", lambda: not cloud.api.reserved(), 3 * LONG)
        cloud.judge_serves(cloud.server("third"), gpu(0))


if newer.is_chosen():
    lab.test(one_time)

if __name__ == "__main__":
    os.environ[newer.CHOSEN] = "1"
    os.execv(sys.executable, [sys.executable, "-m", "tests.cloud", "one_time"])
