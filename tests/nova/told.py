# SPDX-License-Identifier: GPL-2.0-or-later
"""Hands what gpuclaimctl tells Nova of each machine in golden/ to Nova's own code.

Debian's python3-nova of bookworm (26) and trixie (31) decides; sid's is reported. Each runs in a
tree of its own (chroot.sh), where told_worker.py looks at the drop-in with Nova's classes, and
servers_worker.py boots servers on some of them in Nova's functional test harness. What `apply`
refuses is shown there, too: with it Nova would not start, for that reason, and without it it does.
"""

import contextlib
import glob
import json
import os
import re
import shutil
import tempfile

from tests.lib import golden, programs, suite, trees
from tests.nova import machines
from tests.nova.chroots import HERE, chroot

# (Debian, the release it has, does it decide?)
SUITES = [("bookworm", "zed", True), ("trixie", "2025.1", True), ("sid", "2026.2", False)]
MACHINES_MIN = 12
DROPIN = "etc/nova/nova.conf.d/60-gpuclaim.conf"
# Machines that servers are booted on, with Placement and without.
BOOTED = ("a100", "mixed-gpus", "one-failed", "twins")
# Options of `show` that say nothing about what is shown.
CHOSEN_HERE = re.compile(r"--(release|format|for|guest) \S+|--placement")
# What `apply` refuses: (name, machine, who is claimed, what is there already, options).
NETWORK = 'device_spec = {"devname":"eno1","physical_network":"physnet1"}'
REFUSED = [
    ("devname, then Placement", "nova-node", ["10de:1c81"], NETWORK, ["--placement"]),
    ("devname in an array, then Placement", "twins", ["10de:1c81"],
     'passthrough_whitelist = [{"devname":"eno1"}]', ["--placement"]),
    ("an alias of that name without a policy", "nova-node", ["10de:1c81"],
     'alias = {"name":"gtx","vendor_id":"10de","product_id":"1c81","device_type":"type-PCI"}',
     ["--alias", "gtx"]),
    ("an alias of that name for another type", "twins", ["10de:1c81"],
     'alias = {"name":"gpu","vendor_id":"10de","product_id":"1db6","device_type":"type-PF",'
     '"numa_policy":"preferred"}', ["--alias", "gpu"]),
    ("a GPU and its virtual function, then Placement", "nova-vfs", ["10de:27b8"],
     'device_spec = [{"address":"0000:25:00.0"},{"address":"0000:25:00.4"}]', ["--placement"]),
    ("mixed classes of virtual functions, then Placement", "nova-vfs", ["10de:27b8"],
     'device_spec = [{"address":"0000:25:00.4","resource_class":"A"},'
     '{"address":"0000:25:00.5","resource_class":"B"}]', ["--placement"]),
    ("mixed traits, then Placement", "nova-vfs", ["10de:27b8"],
     'device_spec = [{"address":"0000:25:00.4","traits":"A"},{"address":"0000:25:00.5"}]',
     ["--placement"]),
]


def call(program, folder, *words):
    result = programs.run(program, "nova", "show", "--root", folder, *words)
    if result.returncode not in (0, 3):
        raise RuntimeError(f"show {words}: {result}")
    return result.stdout


def schedulable(program, folder, words):
    """What `status --json` says once the drop-in is there; both are gone afterwards."""
    applied = programs.run(program, "nova", "apply", "--root", folder, *words)
    if applied.returncode not in (0, 4):    # 4: there is nothing that Nova could be told
        raise RuntimeError(f"apply {words}: {applied}")
    result = programs.run(program, "status", "--json", "--root", folder)
    with contextlib.suppress(FileNotFoundError):
        os.remove(os.path.join(folder, DROPIN))
    shutil.rmtree(os.path.join(folder, "var/lib/gpuclaim"), ignore_errors=True)
    return json.loads(result.stdout)["nova"]["schedulable"]


def sections(path):
    with open(path, encoding="utf-8") as f:
        return golden.split_sections(f.read())


def option_sets(commands):
    """The ways to ask that a section's `show` commands have, release and Placement aside."""
    wanted = {tuple(CHOSEN_HERE.sub("", command[4:]).split()) for _events, command in commands
              if command and command.startswith("show")}
    return sorted(wanted)


def case_of(program, folder, words):
    """What is said of one drop-in."""
    report = json.loads(call(program, folder, *words, "--format", "json"))
    return {
        "dropin": call(program, folder, *words),
        "controller": call(program, folder, *words, "--for", "controller"),
        "schedulable": schedulable(program, folder, words),
        "providers": report["providers"],
        "pci_in_placement": report["pci_in_placement"],
        "flavor": report["flavor"],
        "image": report["image"],
        "libvirt": report["libvirt"],
    }


def cases_of(program, name, head, commands):
    """(release, case): the drop-ins of one machine, each with what has to be true of it."""
    ready = machines.words_of(head, "ready")
    if ready is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        machines.build(name, head, folder)
        known = {"machine": name, "devices": machines.devices(folder), "ready": ready}
        for _suite, release, _decides in SUITES:
            for options in option_sets(commands):
                for placement in (), ("--placement",):
                    words = ["--release", release, *placement, *options]
                    yield release, {"name": f"{name}, {head[0][3:]}: show {' '.join(words)}",
                                    **known, **case_of(program, folder, words)}


def refused_case(program, release, name, machine, claimed, site, words):
    """What was refused, and the drop-in that would have been written were nothing there."""
    head = [f"== {name}", *(f"conf claim {ids}" for ids in claimed), f"bind {' '.join(claimed)}"]
    words = ["--release", release, *words]
    with tempfile.TemporaryDirectory() as folder:
        machines.build(machine, head, folder)
        known = {"name": f"{machine}, {name}: apply {' '.join(words)}", "machine": machine,
                 "devices": machines.devices(folder), "site": f"[pci]\n{site}\n", "providers": [],
                 "dropin": call(program, folder, *words)}
        os.makedirs(os.path.join(folder, "etc/nova/nova.conf.d"), exist_ok=True)
        with open(os.path.join(folder, "etc/nova/nova.conf.d/50-site.conf"), "w", encoding="ascii") as f:
            f.write(known["site"])
        before = trees.snapshot(folder)
        result = programs.run(program, "nova", "apply", "--root", folder, *words)
        if result.returncode != 4 or trees.differences(before, trees.snapshot(folder)):
            raise RuntimeError(f"{known['name']}: not refused: {result}")
    return {**known, "refusal": " ".join(result.stderr.split())}


def make_cases(program):
    """{release: cases}: making a machine takes longer than asking about it."""
    cases = {release: [refused_case(program, release, *row) for row in REFUSED]
             for _suite, release, _decides in SUITES}
    for path in sorted(glob.glob(os.path.join(HERE, "golden/*.out"))):
        name = os.path.basename(path).removesuffix(".out")
        for head, commands in sections(path):
            for release, case in cases_of(program, name, head, commands):
                cases.setdefault(release, []).append(case)
    return cases


def run_inside(tree, script, cases, timeout):
    """The script's lines "ok NAME" and "not ok NAME: WHY"."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(HERE, script), folder)
        with open(os.path.join(folder, "cases.json"), "w", encoding="utf-8") as f:
            json.dump(cases, f)
        result = programs.run(os.path.join(HERE, "inside.sh"), tree, folder, "python3",
                              f"/mnt/{script}", "/mnt/cases.json", timeout=timeout)
    lines = [line for line in result.stdout.splitlines() if line.startswith(("ok ", "not ok "))]
    if result.returncode or not lines:
        lines.append(f"not ok {script} ended with {result.returncode}: "
                     f"{result.stdout[-2000:]}{result.stderr[-4000:]}")
    return lines


def judge(cases, debian):
    """What Nova's code of a suite says."""
    tree = chroot(debian)
    if not tree:
        return [f"not ok {debian}: no tree"]
    if len({case["machine"] for case in cases}) < MACHINES_MIN:
        return [f"not ok {debian}: fewer than {MACHINES_MIN} machines"]
    booted = {(c["machine"], bool(c["providers"])): c for c in reversed(cases)
              if c["machine"] in BOOTED and "refusal" not in c}
    return (run_inside(tree, "told_worker.py", cases, 300)
            + run_inside(tree, "servers_worker.py", list(booted.values()), 900))


def main():
    suite.need_mounts("only root, and with mount namespaces, can run Nova in a tree of its own")
    results = []
    cases = make_cases(programs.companion(sanitized=False))
    for debian, release, decides in SUITES:
        lines = judge(cases[release], debian)
        bad = [line for line in lines if line.startswith("not ok")]
        for line in bad:
            print(line if decides else f"reported of {debian}: {line[7:]}", f"({debian})")
        print(f"Nova of {debian}, {release}: {len(lines) - len(bad)} of {len(lines)}", flush=True)
        results.append((len(lines) - len(bad), len(bad) if decides else 0,
                        0 if decides else len(bad)))
    suite.end(*suite.add(results))


if __name__ == "__main__":
    main()
