# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl nova return`: a one-time-use GPU goes from used to offered again, or stays reserved and
says why. Against the stand-in for Placement of sync_world.py, on the node of placement.py.
"""

import contextlib
import json
import os

from tests.lib import programs, suite
from tests.nova.placement import GTX, MANAGED, PROGRAM
from tests.nova.sync import ONE_TIME, Tally
from tests.nova.sync_world import bench, cloud, device, inventory, reserved

GPU, AUDIO = "0000:01:00.0", "0000:01:00.1"
CLASS = "CUSTOM_PCI_10DE_1C81"
SLOT = f"sys/bus/pci/devices/{GPU}"
VITALS = "VITALS=1 - - - - - - - 1 0 0 0 25"
SCRUBBER = "usr/local/sbin/scrub"


def one_time(used=0, held=1):
    return cloud(gtx=device(GPU, CLASS, used=used, reserved=held, traits=(MANAGED, ONE_TIME)))


def aer(node, correctable=0, fatal=0):
    for name, total, n in (("correctable", "COR", correctable), ("nonfatal", "NONFATAL", 0),
                           ("fatal", "FATAL", fatal)):
        node.write(f"{SLOT}/aer_dev_{name}", f"Undefined 0\nTOTAL_ERR_{total} {n}\n")


def prepare(node):
    """Both functions can be reset, and the record tells what the GPU was."""
    for address in GPU, AUDIO:
        node.write(f"sys/bus/pci/devices/{address}/reset", "")
        node.write(f"sys/bus/pci/devices/{address}/reset_method", "flr bus\n")
    aer(node)
    with open(node.path("run/gpuclaim", GPU), "a", encoding="ascii") as record:
        record.write(VITALS + "\n")


def configure(node, *lines):
    with open(node.path("etc/gpuclaim/gpuclaim.conf"), "a", encoding="ascii") as conf:
        conf.write("".join(f"{line}\n" for line in lines))


def scrubber(node, text, mode=0o755):
    node.write(SCRUBBER, text)
    os.chmod(node.path(SCRUBBER), mode)
    configure(node, f"set run-before-return=/{SCRUBBER}")


def give_back(node, *words, verb="return", token=None):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("OS_")
             and not k.lower().endswith("_proxy")}
    return programs.run(PROGRAM, "nova", verb, *((GPU,) if verb == "return" else ()), "--root",
                        node.folder, *words, env={**clean, **({"OS_TOKEN": token} if token else {})})


def reset_of(node, address=GPU):
    with open(node.path(f"sys/bus/pci/devices/{address}/reset"), encoding="ascii") as file:
        return file.read()


@contextlib.contextmanager
def world_of(state=None):
    with bench(state or one_time()) as (node, world):
        prepare(node)
        yield node, world


def test_round(tally):
    """From used to returned; a use that Nova's cache missed is reserved again."""
    with world_of() as (node, world):
        tally.check("sync names it", "nova return" in node.sync().stdout)
        dry = give_back(node, "--dry-run")
        tally.equal("a dry run changes nothing", (dry.returncode, reserved(world), reset_of(node)),
                    (0, 1, ""), dry.stdout, dry.stderr)
        result = give_back(node, "--json")
        told = json.loads(result.stdout)
        tally.equal("it is given back", (result.returncode, reserved(world), told["changed"], told["result"]),
                    (0, 0, True, "returned"), result.stdout, result.stderr)
        tally.equal("each function of it was reset", (reset_of(node), reset_of(node, AUDIO)), ("1", "1"))
        tally.check("all else of the inventory stays", world["state"][GTX]["inventories"] ==
                    inventory(CLASS, 1, 0), world["state"][GTX])
        again = give_back(node)
        tally.equal("a second one does nothing", (again.returncode, again.stdout),
                    (0, f"nothing to do: {GPU}: nothing of it is reserved in Placement\n"), again.stderr)
        node.later()
        node.sync()
        tally.equal("sync leaves it offered", reserved(world), 0)
        world["state"][GTX]["generation"] += 2      # a server came and went, and Nova's cache was old
        node.later()
        node.sync()
        tally.equal("a use that Nova missed: reserved again", reserved(world), 1)
        second = give_back(node)
        tally.equal("and it goes round again", (second.returncode, reserved(world)), (0, 0), second.stderr)


def refused(tally, name, change, code, *texts, state=None):
    with world_of(state) as (node, world):
        before = reserved(world)
        change(node)
        result = give_back(node)
        tally.equal(f"{name}: it stays reserved", (result.returncode, reserved(world)), (code, before),
                    result.stdout, result.stderr)
        for text in texts:
            tally.check(f"{name}: it says why", text in result.stderr, result.stderr)
        if code == 4:
            tally.equal(f"{name}: nothing was reset", reset_of(node, AUDIO) if name != "a companion that can't be "
                        "reset alone" else "", "")


def holder(node):
    node.write("proc/900/status", "Name:\tqemu\n")
    node.write("proc/900/comm", "qemu\n")
    os.makedirs(node.path("proc/900/fd"), exist_ok=True)
    os.symlink("/dev/vfio/13", node.path("proc/900/fd/7"))


def without_vitals(node):
    path = node.path("run/gpuclaim", GPU)
    with open(path, encoding="ascii") as file:
        text = file.read()
    with open(path, "w", encoding="ascii") as file:
        file.write(text.replace(VITALS + "\n", ""))


def faster_once(node):
    path = node.path("run/gpuclaim", GPU)
    with open(path, encoding="ascii") as file:
        text = file.read()
    with open(path, "w", encoding="ascii") as file:
        file.write(text.replace(VITALS, VITALS.replace("- 1 0 0 0 25", "- 16 0 0 0 25")))


def test_doubts(tally):
    """Each by itself."""
    def nothing(_node):
        pass

    def unlink(name, address=GPU):
        return lambda node: os.unlink(node.path(f"sys/bus/pci/devices/{address}/{name}"))

    refused(tally, "in use by a server", nothing, 4, "delete that server first", state=one_time(used=1))
    refused(tally, "another driver has it", lambda node: node.rebind(GPU, "nvidia"), 4, "it is not ready")
    refused(tally, "no record of the claim", without_vitals, 4, "reboot the node")
    refused(tally, "a companion that can't be reset alone", unlink("reset", AUDIO), 4, "without others")
    refused(tally, "no way to reset it", lambda node: node.write(f"{SLOT}/reset_method", "\n"), 4,
            "without others")
    refused(tally, "a reset that fails", lambda node: (unlink("reset")(node), os.mkdir(
        node.path(SLOT, "reset"))), 1, "the reset of 0000:01:00.0 failed")
    refused(tally, "fewer lanes than at the claim", faster_once, 1, "its link has 1 lanes, 16 at its claim")
    refused(tally, "a fatal error since the claim", lambda node: aer(node, fatal=1), 1, "fatal errors (AER)")
    refused(tally, "counts that are gone", unlink("aer_dev_correctable"), 1, "does not tell")
    refused(tally, "a broken configuration", lambda node: configure(node, "set return-to-service=perhaps"),
            2, "the configuration is broken")
    refused(tally, "a process has its group", holder, 4, "it is in use on this node: process 900")


def test_scrubber(tally):
    """The operator's own program: what it fails at leaves the GPU reserved."""
    with world_of() as (node, world):
        scrubber(node, "#!/bin/sh\necho \"$1\" > \"${0%/*}/ran\" 2>&1\necho scrubbed; test -e /proc/self\n")
        result = give_back(node, "--json")
        tally.equal("one that exits with 0", (result.returncode, reserved(world)), (0, 0), result.stderr)
        tally.check("what it says is no JSON of ours", json.loads(result.stdout)["changed"] and
                    "scrubbed" in result.stderr, result.stdout, result.stderr)
    rows = [("one that fails", "#!/bin/sh\nexit 3\n", 0o755, 1, "it ended with 3"),
            ("one that is killed", "#!/bin/sh\nkill -9 $$\n", 0o755, 1, "it ended with 137"),
            ("one that can't be run", "no program", 0o644, 1, "it ended with 126"),
            ("one that others may write", "#!/bin/sh\nexit 0\n", 0o777, 4, "others than root may write")]
    for name, text, mode, code, why in rows:
        refused(tally, name, lambda node, t=text, m=mode: scrubber(node, t, m), code, why)
        refused(tally, f"{name}, of another owner", lambda node, t=text, m=mode: (
            scrubber(node, t, m), os.chown(node.path(SCRUBBER), 65534, 65534)), 4, "others than root")
    refused(tally, "one after which the GPU is gone", lambda node: scrubber(
        node, f"#!/bin/sh\nmv {node.path(SLOT)} {node.path('gone')}\n"), 4, "it is not ready")
    refused(tally, "one after which the configuration is broken", lambda node: scrubber(
        node, f"#!/bin/sh\necho nonsense >> {node.path('etc/gpuclaim/gpuclaim.conf')}\n"), 4, "it is not ready")
    refused(tally, "one that is not there", lambda node: configure(
        node, "set run-before-return=/usr/local/sbin/none"), 1, "run-before-return=/usr/local/sbin/none")


def test_placement(tally):
    """What happens there meanwhile, and what it refuses."""
    def raced(p):
        p["generation"] += 1

    rows = [("changed by others meanwhile", {"between": raced}, "run this again"),
            ("no right to write", {"forbid": True}, "HTTP 403"),
            ("garbage", {"raw": (200, b"<html>")}, ""), ("an error", {"raw": (503, b"{}")}, "503")]
    for name, trouble, why in rows:
        with world_of() as (node, world):
            world.update(trouble)
            result = give_back(node)
            tally.equal(f"{name}: it stays reserved", (result.returncode, reserved(world)), (1, 1),
                        result.stdout, result.stderr)
            tally.check(f"{name}: it says why", why in result.stderr, result.stderr)
            tally.check(f"{name}: no return is noted", not os.path.exists(
                node.path("var/lib/gpuclaim/sync")))


def test_automatic(tally):
    """With set return-to-service=auto a pass of sync gives back what qualifies."""
    with world_of() as (node, world):
        configure(node, "set return-to-service=auto")
        result = give_back(node, "--json", verb="sync")
        tally.equal("a pass returns it", (result.returncode, reserved(world), reset_of(node)), (0, 0, "1"),
                    result.stdout, result.stderr)
        tally.check("and its JSON is one", json.loads(result.stdout)["version"] == 1, result.stdout)
    with world_of() as (node, world):
        configure(node, "set return-to-service=auto")
        faster_once(node)
        first = give_back(node, verb="sync")
        tally.equal("one that is worse stays reserved", (first.returncode, reserved(world)), (1, 1),
                    first.stderr)
        node.write(f"{SLOT}/reset", "")
        node.later()
        second = give_back(node, verb="sync")
        tally.equal("and is not reset time and again", (second.returncode, reset_of(node)), (0, ""),
                    second.stderr)


def test_words(tally):
    with world_of() as (node, _):
        for words in (), ("01:00.0",), (GPU, AUDIO):
            result = programs.run(PROGRAM, "nova", "return", *words, "--root", node.folder)
            tally.equal(f"return {' '.join(words)}", (result.returncode, result.stderr), (
                2, "gpuclaimctl: nova: return: expected one address, as in 0000:01:00.0\n"))


def main():
    suite.need_mounts()
    tally = Tally()
    for test in test_round, test_doubts, test_scrubber, test_placement, test_automatic, test_words:
        test(tally)
    suite.end(tally.passed, tally.failed)


if __name__ == "__main__":
    main()
