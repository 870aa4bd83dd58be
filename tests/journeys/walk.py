# SPDX-License-Identifier: GPL-2.0-or-later
"""Nine journeys of operators, README's first hour, and what else the pages tell to type: it is done on a
tree, and leads there.

    python3 -m tests.journeys.walk [PART-OF-NAME]...

The commands are those of the page's section, in its order: a command more, less or in another place
fails the journey; one that no journey types fails the suite. What is by hand or takes a machine, such as a
reboot, page.py stands for; tests/lab/journeys.py has machines.

    journey              page                                    in machines
    first hour           README: Install to Remove               tests/lab/journeys.py years
    one node by hand     guide: One node, Tell Nova              tests/lab/setup.py life
    kickstart            guide: Many nodes                       tests/provisioning.py kickstart (a chroot)
    replaced GPU         playbooks: A GPU was replaced           tests/lab/journeys.py years
    kernel update        playbooks: A kernel was updated         tests/lab/journeys.py years
    dark console         playbooks: The console is dark          tests/lab/journeys.py dark_console
    removal              playbooks: Remove gpuclaim              tests/lab/journeys.py years
    Windows 11 guest     guide: The controller                   tests/cloud (Windows 11's shape)
    OpenStack upgrade    playbooks: OpenStack was upgraded       tests/nova/verify.py (each release's own code)
    500 nodes            guide: Many nodes                       tests/ctl/fleet_page.py (a browser)

operation.py and offered.py have the pages' other sections.
"""

import glob
import json
import os
import re
import shutil
import tempfile

from tests import pages
from tests.journeys import offered, operation
from tests.journeys.page import (DROPIN, GUIDE, NOVA, PLAYBOOKS, README, Walk, never_typed, put_hardware,
                                 ready_node, reboot)
from tests.lib import programs, suite
from tests.setup.node import CONFIG, HARDWARE, LINK, OPERATORS, Case


def first_server(case):
    """On the node and on the controller; the flavor of README's last command is among those made."""
    walk = Walk(case, README, "The first server with a GPU", {"node1.json": case.path("node1.json")})
    case.expect_code("as gpuclaim-ready.service does", case.run("nova", "refresh"), 0)
    walk.take("systemctl restart nova-compute")
    walk.run("nova verify", says="0000:01:00.0")
    case.write("node1.json", walk.run("nova show --json"))
    told = walk.run("nova show --for controller", says="alias = ")
    walk.end()
    flavor = re.search("openstack server create --flavor ([^ ]+) ", pages.text(README))[1]
    case.expect_in("the flavor that is asked for", f"openstack flavor set {flavor} ", told)


def journey_first_hour(folder):
    """README: what there is, setup, reboot, ready, the first server; all is taken back."""
    case = Case(programs.companion(sanitized=False), folder, more=NOVA)
    swap(case, "10de:2204 class=030000 sub=1043:87b3", "10de:1c81 class=030000 sub=1458:3733")
    install, remove = Walk(case, README, "Install"), Walk(case, README, "Remove")
    install.take("apt install build-essential")
    install.take("make deb && apt install ./build-packages/gpuclaim_*.deb")
    install.run("scan", says="0000:02:00.0")
    install.run("setup", says="Reboot, then gpuclaimctl status")
    install.reboot()
    install.run("status", says="ready\n")
    install.end()
    first_server(case)
    remove.run("undo", says="Reboot")
    case.expect("configuration, unit, Nova", [case.read(x) for x in (CONFIG, LINK, DROPIN)], [None] * 3)
    remove.take("apt purge gpuclaim")
    remove.end()
    return case


def journey_one_node(folder):
    """By hand: look, set up, reboot, ready; Nova is told."""
    case = Case(programs.companion(sanitized=False), folder, more=NOVA)
    walk = Walk(case, GUIDE, "One node")
    walk.run("scan", says="0000:02:00.0")
    walk.run("setup", says="a reboot would be due")
    case.expect_begin("after a dry run")
    walk.run("setup --all-gpus --alias gtx1050", says="Reboot, then gpuclaimctl status")
    verdicts = walk.reboot()
    case.expect("verdicts", set(verdicts.values()), {"claimed"})
    walk.run("status", says="ready\n")
    nova = Walk(case, GUIDE, "Tell Nova")
    case.expect_code("as gpuclaim-ready.service does", case.run("nova", "refresh"), 0)
    nova.run("nova verify")
    nova.take("systemctl restart nova-compute")
    nova.run("setup --gate=strict")
    nova.end()
    case.fresh()
    walk.run("setup --all-gpus --yes", says="Reboot")
    walk.run("status", 3, "not ready: set up; reboot")
    case.fresh()
    walk.run("setup --all-gpus --alias gtx1050 --trial", says="trial")
    walk.take("reboot")
    walk.end()
    return case


def by_anaconda(case):
    """The arguments of the example's bootloader line, in each entry."""
    arguments = re.search('(?m)^bootloader .*--append="(.*)"', pages.text("examples/kickstart/gpuclaim.ks"))[1]
    for entry in glob.glob(case.path("boot/loader/entries/*.conf")):
        inner = os.path.relpath(entry, case.at)
        case.write(inner, re.sub("(?m)^options .*", rf"\g<0> {arguments}", case.read(inner)))


def installed(folder, name, *lines):
    """What the installer leaves: a tree without devices, on which its %post ran what the page says."""
    os.mkdir(os.path.join(folder, name))
    case = Case(programs.companion(sanitized=False), os.path.join(folder, name), name="rhel9", machine=False)
    case.write(OPERATORS, "".join(f"{line}\n" for line in lines))
    walk = Walk(case, GUIDE, "Many nodes", only="--no-kernel-args")
    command = walk.left[0].replace(" --root=/mnt/sysimage", "")
    case.expect_in("the example", f"\n{command}\n", pages.text("examples/kickstart/gpuclaim.ks"))
    walk.run("setup")
    walk.end()
    case.expect_in("what is claimed", "\nclaim 10de:1c81\n", case.read(CONFIG))
    for kernel in case.kernels:
        case.expect("inside", case.inside(kernel).get(CONFIG, b"").decode(), case.read(CONFIG))
    case.expect("the unit", bool(case.read(LINK)), True)
    by_anaconda(case)
    return case


# What the nodes have: lines in the place of others, what is claimed at the first boot, ready.
NODES = {
    "one": ((), ["0000:01:00.0", "0000:01:00.1"], 0),
    "two": (("10de:2204", "10de:1c81"), ["0000:01:00.0", "0000:01:00.1", "0000:02:00.0"], 0),
    "none": (("10de:1c81", "10de:1b80"), [], 3),
}


def first_boots(case, host, none_is_right):
    """Each kind of node by itself: (how it is, what it reports)."""
    for kind, (instead, claimed, code) in NODES.items():
        put_hardware(case, [line.replace(*instead) if instead else line for line in HARDWARE])
        verdicts = reboot(case)
        case.expect(f"{kind}: claimed", sorted(a for a, v in verdicts.items() if v == "claimed"), claimed)
        code = 0 if none_is_right else code
        case.expect_code(f"{kind}: {none_is_right}", case.run("status"), code)
        yield code, {**case.json("status"), "host": f"{host}-{kind}"}


def journey_kickstart(folder):
    """200 nodes of three kinds, by one kickstart: the first boot claims each GPU of the ID; a node without
    one is not ready, unless the configuration says so."""
    case, right = installed(folder, "plain"), installed(folder, "expect", "set expect=0")
    kinds = [*first_boots(case, "a", False), *first_boots(right, "b", True)]
    states = [kinds[i % len(kinds)] for i in range(200)]
    for i, (_, report) in enumerate(states):
        case.write(f"reports/{i}.json", json.dumps(report | {"host": f"node{i}"}))
    told = json.loads(case.run("fleet", "/reports", "--json").stdout)
    good = sum(code == 0 for code, _ in states)
    case.expect("of 200 nodes", {state: n for state, n in told["states"].items() if n},
                {"ready": good, "not-set-up": 200 - good})
    case.complaints += right.complaints
    return case


def swap(case, old, new):
    """Another device in the place of one."""
    put_hardware(case, [line.replace(old, new) for line in HARDWARE])


def journey_replaced_gpu(folder):
    """Another model in the slot: named, not claimed; chosen anew, ready."""
    case = ready_node(folder)
    walk = Walk(case, PLAYBOOKS, "A GPU was replaced")
    swap(case, "10de:1c81 class=030000 sub=1458:3733", "10de:1e30 class=030000 sub=10de:129e")
    verdicts = reboot(case)
    case.expect("the new one", verdicts["0000:01:00.0"], "identity-mismatch")
    walk.run("status", 3, "claim 10de:1c81 address=0000:01:00.0")
    walk.run("setup --all-gpus")
    walk.reboot()
    walk.run("status", says="ready\n")
    walk.run("nova apply")
    case.expect_in("what Nova is told", '"1e30"', case.read(DROPIN))
    walk.run("nova show --for controller", says="1e30")
    walk.end()
    return case


def journey_kernel_update(folder):
    """A kernel whose image lacks gpuclaim is named before the reboot, and mended."""
    case = ready_node(folder)
    walk = Walk(case, PLAYBOOKS, "A kernel was updated")
    old = case.image.format(case.kernels[0])
    shutil.copy(os.path.join(case.pattern, old), case.path(old))
    walk.run("status", 3, f"the initramfs of {case.kernels[0]}")
    walk.run("kargs show", says="gpuclaim=1")
    walk.run("setup", says=case.kernels[0])
    walk.end()
    case.expect_code("mended", case.run("status"), 0)
    return case


def journey_dark_console(folder):
    """The entry with gpuclaim=0 claims nothing; another choice, or all is taken back."""
    case = Case(programs.companion(sanitized=False), folder)
    case.expect_code("setup", case.run("setup", "--all-gpus"), 0)
    case.write("proc/cmdline", "root=UUID=1234 ro gpuclaim=1 gpuclaim=0\n")
    told = programs.run(programs.helper(sanitized=False), "--root", case.at, "--dry-run", "boot")
    case.expect("the rescue entry", {x.split()[1] for x in told.stdout.splitlines()}, {"switched-off"})
    walk = Walk(case, PLAYBOOKS, "The console is dark")
    case.write("sys/bus/pci/devices/0000:02:00.0/boot_vga", "1\n")
    walk.run("scan", says="VGA")
    walk.run("setup --all-gpus", says="0000:02:00.0")
    case.expect("the console's GPU is left out", "10de:2204" in case.read(CONFIG), False)
    walk.run("undo")
    walk.end()
    case.expect("nothing is left", case.read(CONFIG), None)
    return case


def journey_removal(folder):
    """Everything is taken back, byte for byte; the next boot claims nothing."""
    case = ready_node(folder)
    walk = Walk(case, PLAYBOOKS, "Remove gpuclaim")
    walk.run("undo")
    case.expect("configuration, unit, Nova", [case.read(x) for x in (CONFIG, LINK, DROPIN)], [None] * 3)
    verdicts = walk.reboot()
    case.expect("the next boot", set(verdicts.values()) - {"not-selected"}, set())
    walk.run("undo", says="nothing to undo")
    walk.end()
    return case


def journey_windows_guest(folder):
    """From the node's report to flavor and image properties, on the controller."""
    case = ready_node(folder)
    walk = Walk(case, GUIDE, "The controller", {"node1.json node2.json": case.path("node1.json")},
                only="nova show")
    case.write("node1.json", walk.run("nova show --json"))
    walk.run("nova show --for controller", says="openstack flavor set gpu-10de-1c81")
    told = walk.run("nova show --for controller --guest windows11")
    for part in "os_secure_boot=required", "hw_tpm_model=", "hw_firmware_type=uefi":
        case.expect_in("image properties", part, told)
    walk.end()
    return case


def journey_openstack_upgrade(folder):
    """From Yoga to 2025.1: the drop-in is made anew for the release there is, and judged by it; and by the
    next."""
    packages = "usr/lib/python3/dist-packages"
    case = ready_node(folder, more=[f"d {packages}/nova-25.3.0.dist-info"])
    case.expect_code("as gpuclaim-ready.service does", case.run("nova", "refresh"), 0)
    case.expect_in("before", "\npassthrough_whitelist = ", case.read(DROPIN))
    os.rename(case.path(f"{packages}/nova-25.3.0.dist-info"), case.path(f"{packages}/nova-31.0.0.dist-info"))
    walk = Walk(case, PLAYBOOKS, "OpenStack was upgraded")
    walk.run("nova apply")
    for part in "\ndevice_spec = ", '"managed":"no"':
        case.expect_in("after", part, case.read(DROPIN))
    case.expect("the old name", "passthrough_whitelist" in case.read(DROPIN), False)
    walk.run("nova verify", says="0000:01:00.0")
    walk.run("nova show --for controller", says="alias")
    walk.run("nova verify --release 2026.2")
    walk.end()
    return case


def journey_many_nodes(folder):
    """500 nodes' reports as one: who is not ready, and why; a node's difference; a page."""
    case = ready_node(folder)
    walk = Walk(case, GUIDE, "Many nodes", {"fleet reports": "fleet /reports"}, only="status|gpuclaimctl fleet")
    good = json.loads(walk.run("status --json"))
    os.unlink(case.path("sys/bus/pci/devices/0000:01:00.0/driver"))
    bad = json.loads(case.run("status", "--json").stdout)
    case.expect("two nodes", (good["ready"], bad["ready"]), (True, False))
    for i in range(500):
        report = bad if i % 100 == 7 else good
        case.write(f"reports/gpu-{i:03}.json", json.dumps(report | {"host": f"gpu-{i:03}"}))
    case.write("reports/gpu-500.json", json.dumps(good)[:300])
    told = walk.run("fleet", 1, "500 nodes")
    case.expect("not ready", [f"gpu-{i:03}" in told for i in (7, 107, 207, 307, 407)], [True] * 5)
    case.expect_in("why", "claimed", told)
    walk.run("fleet reports --reference", 1, "gpu-007")
    case.expect_in("a page", "</html>", walk.run("fleet reports --html", 1, "gpu-500.json"))
    walk.end()
    return case


# What a page tells to type, and another suite does.
ELSEWHERE = {(GUIDE, "Many nodes", "gpuclaimctl setup --image")}     # tests/setup/image.py


def walked(journey):
    def call():
        with tempfile.TemporaryDirectory() as folder:
            complaints = journey(folder).complaints
            assert not complaints, "\n  ".join(complaints)
    return call


def main():
    os.chdir(programs.TOP)
    suite.need_mounts()
    suite.in_memory()
    journeys = [(name.removeprefix("journey_"), walked(function))
                for place in (globals(), vars(operation), vars(offered))
                for name, function in place.items() if name.startswith("journey_")]
    chosen = suite.chosen(journeys)
    results = [suite.run(chosen)]
    if len(chosen) == len(journeys):
        results.append(suite.tell("each command of the pages is typed",
                                  sorted(map(str, never_typed() ^ ELSEWHERE))))
    suite.end(*suite.add(results))


if __name__ == "__main__":
    main()
