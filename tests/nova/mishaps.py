# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl nova` where things go wrong: killed anywhere, no room, no rights, two at once."""

import fcntl
import json
import os
import re
import tempfile

from tests.kargs import mishaps as kargs
from tests.lib import programs, suite
from tests.lib.copies import KILLED, Copies
from tests.lib.trees import differences
from tests.nova import machines

DROPIN = "etc/nova/nova.conf.d/60-gpuclaim.conf"
HEAD = ["bind 10de:1c81 10de:0fb9", "conf claim 10de:1c81",
        "+ d usr/lib/python3/dist-packages/nova-31.0.0.dist-info",
        f"+ f etc/group root:x:0:\\nnova:x:{os.getegid() + 1}:\\n"]
FAILS = "sys/bus/pci/devices/0000:02:00.0/driver"
RELEASES = ("rocky stein train ussuri victoria wallaby xena yoga zed 2023.1 2023.2 2024.1 2024.2 "
            "2025.1 2025.2 2026.1 2026.2").split()
BIG = (8 << 20) + 1          # bytes; gpuclaim reads 8 MiB of a file of Nova's


class Case(Copies):
    """A machine with two GPUs that are claimed, and Nova. Folders may have been made."""

    def __init__(self, program, folder, preload):
        super().__init__(program, folder, lambda pattern: machines.build("twins", HEAD, pattern),
                         preload)

    def text(self):
        return self.read(DROPIN)

    def run(self, *words, **options):
        return self.call("nova", *words, **options)

    def fail_gpu(self):
        os.unlink(self.path(FAILS))


def prepare(case, action):
    """The tree before ACTION, and the drop-in it begins with."""
    case.fresh()
    if action != "apply":
        case.expect_code("apply", case.run("apply", "--placement"), 0)
    if action == "refresh":
        case.fail_gpu()
    return case.text()


def check_kills(case):
    """Killed before each effect the drop-in is the old or the new one, and the next run ends it."""
    for action, words in (("apply", ["--placement"]), ("refresh", []), ("revert", [])):
        before = prepare(case, action)
        case.expect_code(action, case.run(action, *words), 0)
        after = case.text()
        for n in range(1, 100):
            prepare(case, action)
            killed = case.run(action, *words, kill_at=n)
            what = f"{action} killed at {n}"
            if killed.returncode != KILLED:
                case.expect_code(what, killed, 0)
                case.expect(f"{action}: its effects were seen", n > 4, True)
                break
            case.expect(f"{what}: the drop-in is whole", case.text() in (before, after), True)
            case.expect_code(f"{what}, again", case.run(action, *words), 0)
            case.expect(f"{what}, again", case.text(), after)
            case.expect_code(f"{what}, revert", case.run("revert"), 0)
            left = [d for d in differences(case.begin, case.snapshot())
                    if ".gpuclaimctl-" not in d and FAILS not in d]
            case.expect(f"{what}, revert: what stays", left, [f"new: {DROPIN}"])
            case.expect(f"{what}: no record is left",
                        os.path.exists(case.path("var/lib/gpuclaim/nova.undo")), False)


def check_no_room(case):
    for script, error in ((kargs.READ_ONLY, "Read-only file system"),
                          (kargs.FULL, "No space left on device")):
        for folder in "etc", "var":
            for action in "apply", "refresh", "revert":
                before = prepare(case, action)
                os.makedirs(case.path(folder), exist_ok=True)
                result = case.mounted(script.format(folder), "nova", action)
                if action == "revert" and script == kargs.FULL and folder == "var":
                    continue        # to remove a file takes no room
                # The drop-in is taken back before its record: what is done then is no refusal.
                done = action == "revert" and folder == "var"
                case.expect_code(f"{action}, {folder}: {error}", result, 1 if done else 4)
                case.expect(f"{action}, {folder}: it says so", error in result.stderr, True)
                if not done:
                    case.expect(f"{action}, {folder}: {error}", case.text(), before)


# Room for the folders, the record and the temporary file of the record's first write, no more.
FOUR_FILES = 'mount -t tmpfs -o nr_inodes=4,mode=755 none "$T/var"'


def check_half_room(case):
    """The drop-in is in place, and that it was the last step finds no room to be noted."""
    case.fresh()
    case.expect_code("first", case.run("apply"), 0)
    after = case.text()
    case.fresh()
    os.makedirs(case.path("var"), exist_ok=True)
    # The first write's temporary file becomes the record: the second one has no room.
    result = case.mounted(FOUR_FILES, "nova", "apply")
    case.expect_code("the record can't be closed", result, 1)
    case.expect("the drop-in is there", case.text(), after)
    case.expect("and that is said", ("was changed" in result.stderr, "as it was" in result.stderr),
                (True, False))


def check_other_path(case):
    """A drop-in that can't be written somewhere else leaves the record of the one there is."""
    case.fresh()
    case.expect_code("apply", case.run("apply"), 0)
    os.unlink(case.path(DROPIN))
    record = case.read("var/lib/gpuclaim/nova.undo")
    result = case.mounted(kargs.READ_ONLY.format("etc"), "nova", "apply", "--output",
                          "/etc/nova/nova.conf.d/99-other.conf")
    case.expect_code("elsewhere", result, 4)
    case.expect("the record stands", case.read("var/lib/gpuclaim/nova.undo"), record)


def check_rights(case):
    case.fresh()
    case.show_others()
    result = case.run("apply", user=65534, group=65534, extra_groups=[])
    case.expect_code("not root", result, 4)
    case.expect_begin("not root")


def check_lock(case):
    case.fresh()
    os.makedirs(case.path("run/gpuclaim"))
    with open(case.path("run/gpuclaim/gpuclaimctl.lock"), "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        for action in "apply", "refresh", "revert":
            case.expect_code(f"{action}, another one is at work", case.run(action), 5)
            result = case.run(action, "--json")
            case.expect_code(f"{action} --json, another one is at work", result, 5)
            report = json.loads(result.stdout)
            case.expect(f"{action} --json, the refusal", (report["changed"], report["refusal"]),
                        (False, "another gpuclaimctl is at work"))
        case.expect_code("a dry run needs no lock", case.run("apply", "--dry-run"), 0)
        case.expect_code("nor does show", case.run("show"), 0)
        case.expect_begin("another one was at work")
    case.expect_code("the other one has ended", case.run("apply"), 0)


def check_attributes(case):
    """The new file is Nova's to read; what the operator made of it outlives a refresh."""
    case.fresh()
    case.expect_code("apply", case.run("apply"), 0)
    status = os.stat(case.path(DROPIN))
    case.expect("group and mode", (status.st_gid, status.st_mode & 0o7777),
                (os.getegid() + 1, 0o640))
    os.chmod(case.path(DROPIN), 0o600)
    os.chown(case.path(DROPIN), 12, 34)
    case.fail_gpu()
    case.expect_code("refresh", case.run("refresh"), 0)
    status = os.stat(case.path(DROPIN))
    case.expect("owner and mode", (status.st_uid, status.st_gid, status.st_mode & 0o7777),
                (12, 34, 0o600))


PASSWD = """root:x:0:0::/root:/bin/bash
stack:x:1001:1002::/opt/stack:/bin/bash
own:x:1003:{nova}::/:/bin/sh
more:x:1004:1004::/:/bin/sh
"""
GROUP = "root:x:0:\nnova:x:{nova}:more\n"
READERS = [             # User= of nova-compute's unit, has the node a group nova, whose the file is
    ("stack", True, 1002), ("1001", True, 1002), ("root", True, None), ("own", True, None),
    ("more", True, None), ("1004", True, None), ("nobody-known", True, None),
    ("stack", False, 0), ("root", False, 0)]


def check_reader(case):
    """The new file is group nova's, unless the user of nova-compute's unit is not in it."""
    nova = os.getegid() + 1
    for user, has_nova, group in READERS:
        case.fresh()
        write_to(case.path("etc/systemd/system/devstack@n-cpu.service"),
                 b"[Service]\nExecStart=/opt/stack/data/venv/bin/nova-compute "
                 b"--config-file /etc/nova/nova-cpu.conf\nUser=" + user.encode() + b"\n")
        write_to(case.path("etc/nova/nova-cpu.conf"), b"[DEFAULT]\n")
        write_to(case.path("etc/passwd"), PASSWD.format(nova=nova).encode())
        write_to(case.path("etc/group"), GROUP.format(nova=nova).encode() if has_nova else b"")
        what = f"User={user}, group nova: {has_nova}"
        result = case.run("apply")
        case.expect_code(f"{what}: apply", result, 0)
        status = os.stat(case.path(DROPIN))
        case.expect(f"{what}: group and mode", (status.st_gid, status.st_mode & 0o7777),
                    (nova if group is None else group, 0o640 if has_nova else 0o644))
        case.expect(f"{what}: who can't read it is told", "such as nova-api" in result.stderr,
                    group == 1002)
        case.expect_code(f"{what}: it is read", case.run("verify"), 0)


def report_of(result):
    """What status told, whenever it did."""
    return json.loads(result.stdout) | {"time": None}


def check_status_refreshes(case):
    """One process for a unit: the drop-in as by nova refresh, and status of the node as it is then."""
    case.fresh()
    case.expect_code("apply", case.run("apply"), 0)
    case.fail_gpu()
    before = case.call("status", "--json")
    stale = case.text()
    case.expect("status alone changes nothing", case.text(), stale)
    result = case.call("status", "--refresh", "--json")
    case.expect("as the node is", result.returncode, before.returncode)
    report = report_of(result)
    case.expect("devices listed", (stale.count("\ndevice_spec"), case.text().count("\ndevice_spec")),
                (2, 1))
    case.expect("judged by the new drop-in", report, report_of(case.call("status", "--json")))
    with open(case.path("run/gpuclaim/gpuclaimctl.lock"), "w", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        again = case.call("status", "--refresh", "--json")
    case.expect("without the lock", (again.returncode, report_of(again)),
                (result.returncode, report))
    case.expect("that is told", "another gpuclaimctl" in again.stderr, True)


def check_odd_files(case):
    """nova.conf and a drop-in that are huge, no text, or no files: one sentence, no change."""
    odd = {
        "a folder": os.mkdir,
        "huge": lambda path: write(path, b"#" * BIG),
        "bytes": lambda path: write(path, b"\xff\xfe\0\0[pci]\nreport_in_placement = 0\n"),
    }
    for inner in "etc/nova/nova.conf", DROPIN:
        for name, make in odd.items():
            case.fresh()
            os.makedirs(os.path.dirname(case.path(inner)))
            make(case.path(inner))
            begin = case.snapshot()
            result = case.run("apply", "--placement")
            case.expect(f"{inner}, {name}: {result.stderr}", result.returncode in (1, 4), True)
            case.expect(f"{inner}, {name}: one line", result.stderr.count("\n"), 1)
            case.expect(f"{inner}, {name}", differences(begin, case.snapshot()), [])


def check_unreadable_start(case):
    """
    What starts nova-compute can't be read: then it is not known what it reads. Nothing is
    written, unless the operator chose the file.
    """
    odd = {
        "Is a directory": os.mkdir,
        "Too many levels of symbolic links": lambda path: os.symlink(os.path.basename(path), path),
        "File too large": lambda path: write(path, b"#" * BIG),
    }
    unit = "usr/lib/systemd/system/nova-compute.service"
    for inner in "etc/init.d/nova-compute", unit, f"{unit}.d/a.conf", "etc/default/nova-compute":
        for error, make in odd.items():
            case.fresh()
            if inner.startswith(unit + "."):
                write_to(case.path(unit), b"[Service]\n")
            elif inner.startswith("etc/default"):
                write_to(case.path("etc/init.d/nova-compute"), b"#!/bin/sh\n")
            os.makedirs(os.path.dirname(case.path(inner)), exist_ok=True)
            make(case.path(inner))
            begin = case.snapshot()
            for words in ["apply"], ["apply", "--placement"], ["verify"], \
                    ["apply", "--placement", "--output", "/" + DROPIN]:
                result = case.run(*words)
                what = f"{inner}: {error}: {' '.join(words)}"
                case.expect_code(what, result, 3 if words == ["verify"] else 4)
                case.expect(f"{what}: {result.stdout}{result.stderr}",
                            f"/{inner} can't be read: {error}: " in result.stdout + result.stderr,
                            True)
                case.expect(what, differences(begin, case.snapshot()), [])
            result = case.run("apply", "--output", "/" + DROPIN)
            case.expect_code(f"{inner}: {error}: the operator's choice", result, 0)
            case.expect(f"{inner}: {error}: it is told", f"/{inner} can't" in result.stderr, True)


def check_image(case):
    """Below the root of a system that does not run there is no GPU: all comes with the refresh."""
    case.fresh()
    os.rename(case.path("sys"), case.path("later"))
    case.expect_code("apply", case.run("apply", "--alias", "gpu", "--placement"), 0)
    case.expect("no device, no alias", re.findall(r"(?m)^\w+ =.*$", case.text()),
                ["report_in_placement = true"])
    os.rename(case.path("later"), case.path("sys"))
    case.expect_code("refresh", case.run("refresh"), 0)
    text = case.text()
    case.expect("devices", text.count("\ndevice_spec = "), 2)
    case.expect("alias", text.count('\nalias = {"name":"gpu"'), 1)
    case.expect_code("again", case.run("refresh"), 0)
    case.expect("again", case.text(), text)


def check_release_followed(case):
    """An upgrade of Nova changes the words at the next refresh, unless a release was asked for."""
    for words, expected in (([], 2), (["--release", "yoga"], 0)):
        case.fresh()
        packages = case.path("usr/lib/python3/dist-packages")
        os.rename(f"{packages}/nova-31.0.0.dist-info", f"{packages}/nova-30.0.0.dist-info")
        case.expect_code("apply", case.run("apply", *words), 0)
        case.expect("before", case.text().count('"managed":"no"'), 0)
        os.rename(f"{packages}/nova-30.0.0.dist-info", f"{packages}/nova-31.0.0.dist-info")
        case.expect_code("refresh", case.run("refresh"), 0)
        case.expect("after", case.text().count('"managed":"no"'), expected)


def values(text):
    """The JSON objects in a text, in any format, each once and in their order."""
    found = [json.loads(t) for t in re.findall(r'\{"(?:name|vendor_id)":[^{}]*\}', text)]
    return [one for i, one in enumerate(found) if one not in found[:i]]


def check_formats(case):
    """Every format says of every release what JSON says, for compute and for controllers."""
    case.fresh()
    for release in RELEASES:
        for options in [], ["--placement"]:
            words = ["--release", release, *options]
            result = case.run("show", *words, "--format", "json")
            if options and release in RELEASES[:RELEASES.index("zed")]:
                case.expect_code(f"{words}", result, 2)
                continue
            said = json.loads(result.stdout)
            for whom, wanted in (("compute", said["device_spec"] + said["alias"]),
                                 ("controller", said["alias"])):
                for name in "conf", "kolla", "puppet", "osa", "juju", "sunbeam", "edpm":
                    result = case.run("show", *words, "--format", name, "--for", whom)
                    case.expect(f"{name} for {whom}, {words}",
                                (result.returncode, values(result.stdout)), (0, wanted))


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def write_to(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write(path, data)


CHECKS = [check_no_room, check_half_room, check_other_path, check_rights, check_lock, check_attributes,
          check_reader, check_status_refreshes, check_odd_files,
          check_unreadable_start, check_image, check_release_followed, check_formats, check_kills]


def check_one(program, check, preload):
    with tempfile.TemporaryDirectory() as folder:
        case = Case(program, folder, preload)
        check(case)
        return *suite.tell(check.__name__, case.complaints), 0


def run(program):
    """Returns (passed, failed, skipped)."""
    if not suite.may_mount():
        print("skipped: only root, and with mount namespaces, can make a disk full")
        return 0, 0, 1
    suite.in_memory()
    with tempfile.TemporaryDirectory() as folder:
        preload = programs.preload("kargs/kill.c", folder)
        return suite.add(check_one(program, check, preload) for check in suite.some(CHECKS))
