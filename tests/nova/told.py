#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hands what gpuclaimctl tells Nova of each machine in golden/ to Nova's own code.

Debian's python3-nova of bookworm (26) and trixie (31) decides; sid's is reported. Each
runs in a tree of its own (chroot.sh), where judge.py looks at the drop-in with Nova's classes, and
servers.py boots servers on some of them in Nova's functional test harness.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TOP, "tests"), HERE]
import golden  # noqa: E402  pylint: disable=wrong-import-position
import machines  # noqa: E402  pylint: disable=wrong-import-position

PROGRAM = os.path.abspath(os.environ.get("GPUCLAIMCTL", os.path.join(TOP, "build/gpuclaimctl")))
# (suite, the release it has, does it decide?)
SUITES = [("bookworm", "zed", True), ("trixie", "2025.1", True), ("sid", "2026.2", False)]
MACHINES_MIN = 12
# Machines that servers are booted on, with Placement and without.
BOOTED = ("a100", "mixed-gpus", "one-failed", "twins")
# Options of `show` that say nothing about what is shown.
CHOSEN_HERE = re.compile(r"--(release|format|for) \S+|--placement")


def call(program, folder, *words):
    result = subprocess.run([program, "nova", "show", "--root", folder, *words],
                            capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=60,
                            check=False)
    if result.returncode not in (0, 3):
        raise RuntimeError(f"show {words}: {result}")
    return result.stdout


def schedulable(program, folder, words):
    """What `status --json` says once the drop-in is there; both are gone afterwards."""
    applied = subprocess.run([program, "nova", "apply", "--root", folder, *words],
                             capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=60,
                             check=False)
    if applied.returncode not in (0, 4):    # 4: there is nothing that Nova could be told
        raise RuntimeError(f"apply {words}: {applied}")
    result = subprocess.run([program, "status", "--json", "--root", folder], capture_output=True,
                            stdin=subprocess.DEVNULL, text=True, timeout=60, check=False)
    shutil.rmtree(os.path.join(folder, "etc/nova"), ignore_errors=True)
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


def make_cases(program):
    """{release: cases}: making a machine takes longer than asking about it."""
    cases = {}
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
        result = subprocess.run([os.path.join(HERE, "inside.sh"), tree, folder, "python3",
                                 f"/mnt/{script}", "/mnt/cases.json"], capture_output=True,
                                stdin=subprocess.DEVNULL, text=True, timeout=timeout, check=False)
    lines = [line for line in result.stdout.splitlines() if line.startswith(("ok ", "not ok "))]
    if result.returncode or not lines:
        lines.append(f"not ok {script} ended with {result.returncode}: "
                     f"{result.stdout[-2000:]}{result.stderr[-4000:]}")
    return lines


def judge(cases, suite):
    """What Nova's code of a suite says."""
    result = subprocess.run([os.path.join(HERE, "chroot.sh"), suite], capture_output=True,
                            text=True, check=False, stdin=subprocess.DEVNULL)
    if result.returncode:
        return [f"not ok {suite}: no tree: {result.stderr[-2000:]}"]
    if len({case["machine"] for case in cases}) < MACHINES_MIN:
        return [f"not ok {suite}: fewer than {MACHINES_MIN} machines"]
    tree = result.stdout.strip()
    booted = {(c["machine"], bool(c["providers"])): c for c in reversed(cases)
              if c["machine"] in BOOTED}
    return (run_inside(tree, "judge.py", cases, 300)
            + run_inside(tree, "servers.py", list(booted.values()), 900))


def can_judge():
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0


def main():
    if not can_judge():
        print("skipped: only root, and with mount namespaces, can run Nova in a tree of its own")
        print("0 passed, 0 failed, 1 skipped")
        return
    passed = failed = skipped = 0
    cases = make_cases(PROGRAM)
    for suite, release, decides in SUITES:
        lines = judge(cases[release], suite)
        bad = [line for line in lines if line.startswith("not ok")]
        for line in bad:
            print(line if decides else f"reported of {suite}: {line[7:]}", f"({suite})")
        print(f"Nova of {suite}, {release}: {len(lines) - len(bad)} of {len(lines)}", flush=True)
        passed += len(lines) - len(bad)
        failed += len(bad) if decides else 0
        skipped += 0 if decides else len(bad)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
