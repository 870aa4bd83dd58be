# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands of a page's section, walked through one after the other on a tree."""

import os
import re
import shlex
import shutil
import uuid

from tests import pages
from tests.ctl.companion import Companion
from tests.fixtures import expand
from tests.lib import programs
from tests.setup.node import Case

README, GUIDE, PLAYBOOKS = "README.md", "docs/operators-guide.md", "docs/playbooks.md"
VFIO = "sys/bus/pci/drivers/vfio-pci"
BY_HAND = ("gpuclaimctl ", "reboot", "systemctl ", "apt ", "make deb", "echo ")
NOVA = ["f etc/nova/nova.conf [DEFAULT]\\n", "d etc/nova/nova.conf.d"]
DROPIN = "etc/nova/nova.conf.d/60-gpuclaim.conf"
# (page, heading, command) of each that a walk came to.
TYPED = set()


def section(page, heading):
    return re.search(rf"(?ms)^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", pages.text(page))[1]


def commands(page, heading):
    """Those of its blocks and between backquotes, as they come, without what follows " #". Of a
    transcript what is typed."""
    text = re.sub(r"(?s)<!-- on.*?-->", "<!-- on -->", section(page, heading))
    text = re.sub(r"(?m)(?<=\S) +# .*$", "", re.sub(r" \\\n +", " ", text))
    found, transcript = [], False
    for line in text.splitlines():
        block = re.match(r" {4,}(\S.*)", line)
        transcript = line == "<!-- on -->" or (transcript and (bool(block) or not line))
        if transcript:
            found += re.findall(r"^ {4}# (.*)", line)
        elif block:
            found.append(block[1])
        else:
            found += re.findall(r"`(gpuclaimctl [^`]+)`", line)
    return [command for command in found if command.startswith(BY_HAND)]


def bind(case, address):
    """What vfio-pci's probe leaves in sysfs and in /dev."""
    device = case.path(f"sys/bus/pci/devices/{address}")
    os.makedirs(case.path(VFIO), exist_ok=True)
    os.symlink(os.path.relpath(case.path(VFIO), os.path.realpath(device)), f"{device}/driver")
    group = os.path.basename(os.readlink(f"{device}/iommu_group"))
    case.write(f"dev/vfio/{group}", "")


def reboot(case):
    """The next boot's arguments, the helper's verdicts, and the drivers that follow of them."""
    for address in os.listdir(case.path("sys/bus/pci/devices")):
        link = f"sys/bus/pci/devices/{address}/driver"
        if os.path.basename(case.read(link) or "") == "vfio-pci":
            os.unlink(case.path(link))
    lines = case.json("kargs", "show")["lines"]
    case.write("proc/cmdline", next(x["cmdline"] for x in lines if x["kind"] == "next") + "\n")
    case.write("proc/sys/kernel/random/boot_id", f"{uuid.uuid4()}\n")
    told = programs.run(programs.helper(sanitized=False), "--root", case.at, "--dry-run", "boot")
    verdicts = dict(line.split()[:2] for line in told.stdout.splitlines())
    for address, verdict in verdicts.items():
        if verdict == "claimed":
            bind(case, address)
    Companion(case.program).write_record(case.at, [f"{a}={v}" for a, v in verdicts.items()])
    return verdicts


def put_hardware(case, lines):
    """Other devices than before, or the first that the tree has."""
    machine = expand.Machine(programs.FIXTURES)
    machine.read(lines)
    machine.write(expand.Tree(case.at + ".new"))
    shutil.rmtree(case.path("sys"), ignore_errors=True)
    shutil.move(case.at + ".new/sys", case.at)
    shutil.rmtree(case.at + ".new")


def ready_node(folder, more=()):
    """One that was set up and rebooted, with both its GPUs."""
    case = Case(programs.companion(sanitized=False), folder, more=[*NOVA, *more])
    case.expect_code("setup", case.run("setup", "--all-gpus"), 0)
    reboot(case)
    case.expect_code("ready", case.run("status"), 0)
    return case


def never_typed():
    """What stands in README, the guide and the playbooks, and no walk came to."""
    return {(page, heading, command) for page in (README, GUIDE, PLAYBOOKS)
            for heading in re.findall("(?m)^## (.*)", pages.text(page))
            for command in commands(page, heading)} - TYPED


class Walk:
    """A reader at a node, who types what the section says; `instead`: for what stands there as an
    example, {text: what this node has}; `only`: of a section with several subjects the commands
    that have it, a regular expression."""

    def __init__(self, case, page, heading, instead=(), only=""):
        self.case, self.instead, self.page, self.heading = case, dict(instead), page, heading
        self.left = [command for command in commands(page, heading) if re.search(only, command)]

    def take(self, begin):
        """The next command, which begins so."""
        assert self.left and self.left[0].startswith(begin), (self.heading, begin, self.left)
        command = self.left.pop(0)
        TYPED.add((self.page, self.heading, command))
        for text, own in self.instead.items():
            command = command.replace(text, own)
        return command

    def run(self, begin, code=0, says="", more=()):
        """Runs the next command, which is gpuclaimctl's, and looks how it ends; what it printed."""
        command = re.split(" (?:>|&&) ", self.take(f"gpuclaimctl {begin}"))[0]
        words = [word for word in shlex.split(command)[1:] if not word.startswith("--root")]
        result = self.case.run(*words, *more)
        self.case.expect_code(command, result, code)
        self.case.expect_in(command, says, result.stdout + result.stderr)
        return result.stdout

    def reboot(self):
        self.take("reboot")
        return reboot(self.case)

    def end(self):
        assert not self.left, (self.heading, self.left)
