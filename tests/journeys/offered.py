# SPDX-License-Identifier: GPL-2.0-or-later
"""Journeys in which Placement is asked: the sections of the guide and the playbooks about nova sync,
nova return and nova verify, on the node and with the stand-in of tests/nova/sync_world.py.

`python3 -m tests.journeys.walk` walks them, too.
"""

import re

from tests import pages
from tests.journeys.page import GUIDE, PLAYBOOKS, Walk, ready_node
from tests.lib import programs
from tests.lib.copies import Copies
from tests.nova.placement import A30, GTX, MANAGED, PASSWORD, PROGRAM
from tests.nova.returns_world import SECOND, configure, environment, prepare, scrubber
from tests.nova.sync_world import ONE_TIME, bench, cloud, device, reserved
from tests.setup.services import SYNC_LINK, SYNC_TIMER

CLASS = "CUSTOM_PCI_10DE_20B7"


class Reader(Copies):
    """Who types at that node."""

    def __init__(self, node):       # pylint: disable=super-init-not-called  # the node is made already
        self.program, self.at, self.complaints = PROGRAM, node.folder, []
        self.variables = environment()

    def run(self, *words):
        return programs.run(self.program, *words, "--root", self.at, env=self.variables)


def held(*traits):
    """The second GPU, all of it reserved by another hand than gpuclaim's."""
    return device(SECOND.upper(), CLASS, reserved=1, traits=(MANAGED, *traits))


def journey_sync(folder):
    """What would be reserved; the timer that does it from the next boot on, or from now on."""
    with bench() as (node, world):
        walk = Walk(Reader(node), GUIDE, "While the node runs")
        node.rebind("0000:01:00.0", "nvidia")
        walk.run("nova sync --dry-run", says="would be reserved in Placement")
        walk.case.expect("after a dry run", reserved(world, GTX), 0)
    complaints = walk.case.complaints
    walk.case = ready_node(folder, more=[f"f {SYNC_TIMER} [Timer]\\n"])
    walk.run("setup --sync")
    walk.case.expect("the timer", bool(walk.case.read(SYNC_LINK)), True)
    walk.take("systemctl start gpuclaim-sync.timer")
    walk.end()
    walk.case.complaints += complaints
    return walk.case


def journey_placement(_folder):
    """nova verify asks Placement, with the variables of an openrc file."""
    with bench() as (node, world):
        case = Reader(node)
        walk = Walk(case, GUIDE, "The controller", only="--placement")
        case.variables |= {"OS_AUTH_URL": world["url"] + "/identity", "OS_USERNAME": "nova",
                           "OS_PASSWORD": PASSWORD, "OS_PROJECT_NAME": "service"}
        walk.run("nova verify --placement", 3, "nova-providers")
        case.expect("it was asked", bool(world["asked"]), True)
        walk.end()
    return case


def journey_quarantine(_folder):
    """Reserved because it is not ready; mended, offered; reserved by others, returned."""
    with bench() as (node, world):
        case = Reader(node)
        walk = Walk(case, PLAYBOOKS, "A GPU is in quarantine")
        prepare(node, SECOND, ())
        node.rebind(SECOND, "nvidia")
        walk.run("nova sync", says="reserved in Placement")
        case.expect("its inventory", reserved(world, A30), 1)
        case.expect_in("cat /var/lib/gpuclaim/sync", A30, case.read("var/lib/gpuclaim/sync"))
        walk.run("status", 3, SECOND)
        node.rebind(SECOND, "vfio-pci")
        case.expect_code("the next pass", node.sync(), 0)
        case.expect("mended", reserved(world, A30), 0)
        world["state"][A30] = held() | {"generation": 99}
        node.later()
        case.expect_in("an operator's", "reserved, but not by gpuclaim", node.sync().stdout)
        walk.run(f"nova return {SECOND}")
        case.expect("returned", reserved(world, A30), 0)
        walk.end()
    return case


def journey_one_time(_folder):
    """Reset, proven, offered again; with a program of the operator's own; by a pass alone."""
    with bench(cloud(a30=held(ONE_TIME))) as (node, world):
        case = Reader(node)
        walk = Walk(case, PLAYBOOKS, "A one-time-use GPU was used")
        program = re.search("(?m)^ +set run-before-return=/(.*)", pages.text(PLAYBOOKS))[1]
        prepare(node, SECOND, ())
        walk.run(f"nova return {SECOND} --dry-run")
        case.expect("after a dry run", reserved(world, A30), 1)
        scrubber(node, "#!/bin/sh\necho $1 >/ran\n", path=program)
        walk.run(f"nova return {SECOND}")
        case.expect("returned", (reserved(world, A30), case.read("ran")), (0, f"{SECOND}\n"))
        world["state"][A30] = held(ONE_TIME) | {"generation": 99}
        configure(node, "set return-to-service=auto")
        walk.run("nova sync")
        case.expect("returned by a pass", reserved(world, A30), 0)
        walk.end()
    return case
