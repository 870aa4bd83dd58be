# SPDX-License-Identifier: GPL-2.0-or-later
"""Journeys of a node that runs, besides the nine: the other sections of the guide and the playbooks.

`python3 -m tests.journeys.walk` walks them, too.
"""

import re
import shlex
import subprocess

from tests.journeys.page import DROPIN, GUIDE, PLAYBOOKS, Walk, put_hardware, ready_node, reboot
from tests.lib import programs
from tests.setup.node import CONFIG, HARDWARE, Case

DISK = ["pci 0000:00:01.2 8086:462f class=060400 group=4 driver=pcieport",
        "pci 0000:01:00.0 144d:a80a class=010802 group=15 parent=0000:00:01.2 driver=nvme"]
OLD = "options vfio-pci ids=10de:1c81\n"


def behind_a_disk(bus):
    """The first GPU's bus has another number, for a disk has its own."""
    moved = [line.replace("pci 0000:01:00.", f"pci 0000:{bus}:00.") for line in HARDWARE]
    return sorted(moved + DISK, key=lambda line: "parent=" in line)


def journey_moved_gpu(folder):
    """A disk shifts the bus numbers: named, and not claimed; by its path it stays itself."""
    case = ready_node(folder)
    walk = Walk(case, PLAYBOOKS, "A GPU has moved")
    put_hardware(case, behind_a_disk("03"))
    case.expect("the disk", reboot(case).get("0000:01:00.0"), "identity-mismatch")
    walk.run("status", 3, "a GPU with these IDs is at 0000:03:00.0")
    walk.run("setup --all-gpus --by-path", says="Reboot")
    case.expect("by its path", walk.reboot()["0000:03:00.0"], "claimed")
    case.expect_code("ready", case.run("status"), 0)
    walk.end()
    put_hardware(case, behind_a_disk("05"))
    case.expect("whatever its bus number is", reboot(case)["0000:05:00.0"], "claimed")
    return case


def journey_out_of_service(folder):
    """A good GPU is kept from Nova by a skip line; another is given back to the host at once."""
    case = ready_node(folder)
    walk = Walk(case, PLAYBOOKS, "A GPU stays out of service", {"0000:3b:00.0": "0000:01:00.0"})
    walk.run("status", says="ready\n")
    line, file = re.fullmatch("echo '(.*)' >> /(.*)", walk.take("echo")).groups()
    case.write(file, f"{line}\n")
    walk.run("setup --all-gpus", says="0000:01:00.0")
    verdicts = walk.reboot()
    case.expect("the next boot", [verdicts[f"0000:0{n}:00.0"] for n in (1, 2)], ["skipped", "claimed"])
    case.expect_code("as gpuclaim-ready.service does", case.run("nova", "refresh"), 0)
    case.expect("Nova is told of it", "0000:01:00.0" in case.read(DROPIN), False)
    case.expect_code("ready", case.run("status"), 0)
    case.write(file, "")
    case.expect_code("chosen again", case.run("setup", "--all-gpus"), 0)
    reboot(case)
    # What the kernel would do about it, a tree does not: tests/lab/decisions_live.py.
    walk.run("release", says="take 0000:01:00.0 from vfio-pci", more=("--dry-run",))
    walk.run("nova apply")
    walk.take("systemctl restart nova-compute")
    walk.end()
    return case


def journey_old_recipe(folder):
    """What is left of an older way is named, taken over, and put back by undo."""
    recipe = "etc/modprobe.d/vfio.conf"
    case = Case(programs.companion(sanitized=False), folder, more=[f"f {recipe} {OLD.strip()}\\n"])
    walk = Walk(case, PLAYBOOKS, "An old recipe is in the way")
    walk.run("status", 3, f"/{recipe}:1")
    walk.run("setup --adopt --dry-run", says="10de:1c81")
    case.expect_begin("after a dry run")
    walk.run("setup --adopt", says="Reboot")
    case.expect("the recipe", case.read(recipe), f"# taken out by gpuclaim: {OLD}")
    case.expect("the GPU that it had", walk.reboot()["0000:01:00.0"], "claimed")
    walk.end()
    case.expect_code("ready", case.run("status"), 0)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect("the recipe is back", case.read(recipe), OLD)
    return case


def journey_deployment_tools(folder):
    """Each tool gets the node's GPUs, or the controllers' alias, in its own form."""
    case = ready_node(folder)
    walk = Walk(case, GUIDE, "Deployment tools")
    while walk.left:
        walk.run("nova show --format", says="1c81")
    walk.end()
    return case


def journey_monitoring(folder):
    """A script is told which check fails: of a node whose configuration is in error."""
    case = ready_node(folder)
    walk = Walk(case, GUIDE, "Monitoring")
    walk.run("scan", says="0000:01:00.0")
    case.write(CONFIG, case.read(CONFIG) + "nonsense\n")
    status, pipe = walk.take("gpuclaimctl status --json | jq ").split(" | ", 1)
    told = case.run(*status.split()[1:])
    case.expect_code(status, told, 3)
    names = subprocess.run(shlex.split(pipe), input=told.stdout, capture_output=True, text=True, check=False)
    case.expect_in("which check fails", "configuration", names.stdout.split())
    walk.end()
    return case


def journey_guests(folder):
    """What may make them slower, and what libvirt's own need."""
    case = ready_node(folder)
    for heading, command, says in ("What may make guests slower", "status --verbose", "\nhint "), \
            ("Guests of libvirt, without Nova", "nova show --for controller", "<hostdev "):
        walk = Walk(case, GUIDE, heading)
        walk.run(command, says=says)
        walk.end()
    return case
