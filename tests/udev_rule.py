# SPDX-License-Identifier: GPL-2.0-or-later
"""The udev rules with the real udevd of three Debians, on PCI functions of this machine.

    python3 -m tests.udev_rule [PART OF A TEST'S NAME]...

The daemon runs in a tree of its own, with its own /run. A script stands for the helper; what kmod
is asked for, it finds in modprobe.d and makes a file of.
"""

import re
import subprocess
import tempfile
from pathlib import Path

from tests.lab import image
from tests.lab.image import TOP
from tests.lib import suite
from tests.lib.checks import check, equal

SUITES = ("bookworm", "trixie", "sid")          # systemd 252, 257 and the newest
RULE = "usr/lib/udev/rules.d/70-gpuclaim.rules"

TREE = """
unshare --mount --net --pid --fork sh -ec '
mkdir "$0/top" "$0/upper" "$0/work"
mount -t overlay overlay "$0/top" -o "lowerdir=$0/layer:$1,upperdir=$0/upper,workdir=$0/work"
for folder in dev sys; do mount --rbind "/$folder" "$0/top/$folder"; done
mount -t proc proc "$0/top/proc"
mount -t tmpfs tmpfs "$0/top/run"
exec chroot "$0/top" sh -ec "$2"' "$@"
"""
# One event, from the kernel's uevent to the last RUN.
EVENT = """
mkdir -p /run/udev /run/done /run/gpuclaim/claimed
[ ! -e /mark ] || cp /mark /run/gpuclaim/claimed/{name}
PATH=$PATH:/usr/lib/systemd:/lib/systemd
systemd-udevd --daemon --resolve-names=never >/dev/null 2>&1
for try in 1 2 3; do timeout 30 udevadm trigger --settle --action=add {device} && break; done
udevadm settle
udevadm info --query=property {device} >/run/properties
udevadm control --exit >/dev/null 2>&1
ls /run/done
grep -E "^(GPUCLAIM_|MODALIAS)" /run/properties
"""
# Which events have a pass of nova sync. The kernel's word of an error can't be sent from here, one beside it can. All that run
# this see the events of all: each has its number, and a second one of its function, which is waited for, behind it.
SYNC_RULE, ENABLED = "usr/lib/udev/rules.d/71-gpuclaim-sync.rules", "etc/systemd/system/timers.target.wants"
SYNC = """
mkdir -p /run/udev /run/done
PATH=$PATH:/usr/lib/systemd:/lib/systemd
systemd-udevd --daemon --resolve-names=never >/dev/null 2>&1
on() {{
	uuid=$(cat /proc/sys/kernel/random/uuid)
	echo "$1 $uuid${{3:+ $3}}" >"$2/uevent"
	for try in 1 2 3; do timeout 30 udevadm trigger --settle --action=change "$2" && break; done
	[ ! -e "/run/done/$uuid" ] || echo "$1${{3:+ $3}}"
}}
for action in add bind unbind change; do on $action {device} ""; done
on change {device} ERROREVENT=1
on unbind {other} ""
udevadm control --exit >/dev/null 2>&1
"""
NATIVE, WANTED = "native", ["before", "builtin", "last"]
OTHERS = {
    "etc/modprobe.d/test.conf": f"alias pci:* {NATIVE}\n"
                                f"install {NATIVE} /bin/touch /run/done/{NATIVE}\n"
                                "install builtin /bin/touch /run/done/builtin\n",
    "etc/udev/rules.d/10-power.rules": 'ACTION=="add", SUBSYSTEM=="pci",'
                                       ' RUN="/bin/touch /run/done/before"\n',
    "etc/udev/rules.d/71-load.rules": 'ACTION=="add", SUBSYSTEM=="pci",'
                                      ' RUN{builtin}+="kmod load builtin"\n',
    "etc/udev/rules.d/99-reset.rules": 'ACTION=="add", SUBSYSTEM=="pci",'
                                       ' RUN+="/bin/touch /run/done/last"\n',
}
RESERVED = ["GPUCLAIM_RESERVED=1", "MODALIAS=gpuclaim:"]


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def in_tree(debian, files, command):
    """What a command prints in a Debian's tree with these files."""
    with tempfile.TemporaryDirectory(prefix="gpuclaim-udev-") as work:
        layer = Path(work, "layer")
        write(layer, files)
        helper = layer / "usr/lib/udev/gpuclaim"
        if helper.exists():
            helper.chmod(0o755)
        return subprocess.run(["sh", "-c", TREE, "sh", work, image.tree(debian), command],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=True).stdout


def rule(*changes):
    """The rule's text; any function of this machine stands for a GPU."""
    text = (TOP / "udev-rules/70-gpuclaim.rules").read_text()
    for old, new in (('"0x03*|', '"0x*|'), *changes):
        check(old in text, f"{old}: the rule's words have changed, the test is blind")
        text = text.replace(old, new)
    return text


def event(debian, text, helper, mark=None):
    """What was run for a function of which the helper or its mark says this, and what udev has."""
    device = next(p for p in Path("/sys/bus/pci/devices").iterdir() if (p / "modalias").exists())
    files = OTHERS | {RULE: text, "usr/lib/udev/gpuclaim": f"#!/bin/sh\n{helper}\n"}
    if mark is not None:
        files["mark"] = mark
    lines = in_tree(debian, files, EVENT.format(device=device, name=device.name)).split()
    return ([line for line in lines if "=" not in line],
            [line for line in lines if "=" in line and not line.startswith("MODALIAS=pci:")])


def said(*properties):
    return f"printf '%s\\n' {' '.join(properties)}"


def test_native_driver_of_others(debian):
    """The test sees what it is to miss below."""
    equal(event(debian, rule(), said("GPUCLAIM_VERDICT=not-selected")),
          (sorted([*WANTED, NATIVE]), ["GPUCLAIM_VERDICT=not-selected"]), "of what is not ours")
    equal(event(debian, rule(), "exit 1")[0], sorted([*WANTED, NATIVE]), "a helper that fails")


def test_claimed_by_the_helper(debian):
    claimed = ["GPUCLAIM_CLAIMED=1", *RESERVED, "GPUCLAIM_VERDICT=claimed"]
    done, properties = event(debian, rule(), said(*claimed))
    equal((done, sorted(properties)), (WANTED, sorted(claimed)), "run, properties")
    equal(event(debian, rule(), said("GPUCLAIM_VERDICT=driver-missing", *RESERVED))[0], WANTED,
          "without vfio-pci")


def test_claimed_before(debian):
    """By its mark, and without a process; the mark of an older helper is empty."""
    ours = rule(('"*vfio?pci"', '"*"'))
    claimed = ["GPUCLAIM_VERDICT=claimed", *RESERVED]
    done, properties = event(debian, ours, "touch /run/done/helper", "\n".join([*claimed, ""]))
    equal((done, sorted(properties)), (WANTED, sorted(claimed)), "run, properties")
    done, properties = event(debian, ours, said(*claimed), "")
    equal((done, sorted(properties)), (WANTED, sorted(claimed)), "with an empty mark")
    equal(event(debian, rule(), "exit 1", "\n".join([*claimed, ""]))[0],
          sorted([*WANTED, NATIVE]), "with a mark, and another driver")


def sync_events(debian, *files):
    """The events that start gpuclaim-sync.service. A host bridge stands for one with a GPU below."""
    functions = sorted(Path("/sys/bus/pci/devices").iterdir())
    bridges = [p for p in functions if (p / "class").read_text().startswith("0x0600")]
    text = (TOP / "udev-rules/71-gpuclaim-sync.rules").read_text()
    for old, new in (("604??", "600??"), ("ERROR_EVENT", "SYNTH_ARG_ERROREVENT"),
                     ("/usr/bin/systemctl --no-block start gpuclaim-sync.service", "/bin/touch /run/done/$env{SYNTH_UUID}")):
        check(old in text, f"{old}: the rule's words have changed, the test is blind")
        text = text.replace(old, new)
    layer = OTHERS | {SYNC_RULE: text} | {name: "" for name in files}
    other = next(p for p in functions if p not in bridges)
    return in_tree(debian, layer, SYNC.format(device=bridges[0], other=other)).splitlines()


def test_events_for_placement(debian):
    equal(sync_events(debian, f"{ENABLED}/gpuclaim-sync.timer"), ["bind", "unbind", "change ERROREVENT=1"],
          "events with a pass")
    equal(sync_events(debian), [], "while the timer is not enabled")


def test_valid(debian):
    if debian == "bookworm":         # its udevadm has no verify yet
        answer = in_tree(debian, {RULE: rule()}, "udevadm test /sys/bus/pci/devices/* 2>&1")
        check("70-gpuclaim.rules" in answer, f"udev did not read the rule: {answer}")
        check(not re.search(r"70-gpuclaim.rules:\d+ (Invalid|Unknown|Failed to parse)", answer),
              answer)
        return
    answer = in_tree(debian, {RULE: rule()}, f"udevadm verify /{RULE} 2>&1 || :")
    check("Success: 1" in answer, answer)


def main():
    suite.need_mounts()
    jobs = [(f"{name}, {debian}", test, debian) for name, test in suite.tests_of(globals())
            for debian in SUITES]
    suite.end(*suite.run(suite.chosen(jobs), workers=suite.workers()))


if __name__ == "__main__":
    main()
