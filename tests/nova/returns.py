# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl nova return`: a one-time-use GPU goes from used to offered again, or stays reserved and
says why. Against the stand-in for Placement of sync_world.py, on the node of placement.py.
"""

import fcntl
import json
import os
import signal
import subprocess
import time

from tests.lib import programs, suite
from tests.nova import returns_auto, returns_slot
from tests.nova.placement import GTX, MANAGED, PROGRAM, ROOT
from tests.nova.returns_world import (AUDIO, CLASS, CONF, GPU, RESOURCE, SCRUBBER, SLOT, VITALS, aer, configure,
                                      environment, faster_once, give_back, holder, one_time, reset_of, scrubber,
                                      share_slot, world_of)
from tests.nova.sync_world import ONE_TIME, OTHER, Tally, cloud, device, inventory, reserved


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
                    (0, f"nothing to do: {GPU}: Placement has no reservation of it\n"), again.stderr)
        node.later()
        node.sync()
        tally.equal("sync leaves it offered", reserved(world), 0)
        world["state"][GTX]["generation"] += 2      # a server came and went, and Nova's cache was old
        node.later()
        node.sync()
        tally.equal("a use that Nova missed: reserved again", reserved(world), 1)
        second = give_back(node)
        tally.equal("and it goes round again", (second.returncode, reserved(world)), (0, 0), second.stderr)


def test_locked(tally):
    """While another one is at work JSON says so, too."""
    with world_of() as (node, world):
        with open(node.path("run/gpuclaim/return.lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = give_back(node, "--json")
        told = json.loads(result.stdout)
        tally.equal("another return is at work", (result.returncode, reserved(world), told["changed"],
                                                  told["result"], told["detail"]),
                    (5, 1, False, "failed", "another gpuclaimctl nova return is at work"), result.stderr)


def refused(tally, name, change, code, *texts, state=None, reset=True):
    with world_of(state) as (node, world):
        before = reserved(world)
        change(node)
        result = give_back(node)
        tally.equal(f"{name}: it stays reserved", (result.returncode, reserved(world)), (code, before),
                    result.stdout, result.stderr)
        for text in texts:
            tally.check(f"{name}: it says why", text in result.stderr, result.stderr)
        if code == 4 or not reset:
            tally.equal(f"{name}: nothing was reset", reset_of(node, AUDIO), "")


def without_vitals(node):
    path = node.path("run/gpuclaim", GPU)
    with open(path, encoding="ascii") as file:
        text = file.read()
    with open(path, "w", encoding="ascii") as file:
        file.write(text.replace(VITALS + "\n", ""))


def test_doubts(tally):
    """Each by itself."""
    def nothing(_node):
        pass

    def unlink(name, address=GPU):
        return lambda node: os.unlink(node.path(f"sys/bus/pci/devices/{address}/{name}"))

    def without_reset(node, address):
        share_slot(node)
        node.write(f"sys/bus/pci/devices/{address}/reset_method", "\n")

    refused(tally, "in use by a server", nothing, 4, "delete that server first", state=one_time(used=1))
    refused(tally, "another driver has it", lambda node: node.rebind(GPU, "nvidia"), 4, "it is not ready")
    refused(tally, "no record of the claim", without_vitals, 4, "reboot the node")
    refused(tally, "a companion that can't be reset alone", lambda node: without_reset(node, AUDIO), 4,
            "without others")
    refused(tally, "no way to reset it", lambda node: without_reset(node, GPU), 4, "without others")
    refused(tally, "a reset that fails", lambda node: (unlink("reset")(node), os.mkdir(
        node.path(SLOT, "reset"))), 1, "the reset of 0000:01:00.0 failed")
    refused(tally, "fewer lanes than at the claim", faster_once, 1, "its link has 1 lanes, and had 16 when it was claimed")
    refused(tally, "a fatal error since the claim", lambda node: aer(node, fatal=1), 1, "fatal errors (AER)")
    refused(tally, "counts that are gone", unlink("aer_dev_correctable"), 1, "reports less of it")
    refused(tally, "a broken configuration", lambda node: configure(node, "set return-to-service=perhaps"),
            2, "the configuration is broken")
    refused(tally, "a container's own processes only", lambda node: (os.makedirs(node.path("proc/self/ns")), os.symlink(
        "pid:[4026532999]", node.path("proc/self/ns/pid"))), 4, "outside of containers")
    refused(tally, "the first process is hidden", lambda node: os.unlink(node.path("proc/1/comm")) or
            os.rmdir(node.path("proc/1")), 4, "outside of containers")
    refused(tally, "a process has its group", holder, 4, "it is in use on this node: process 900")


def test_scrubber(tally):
    """The operator's own program: what it fails at leaves the GPU reserved."""
    with world_of() as (node, world):
        scrubber(node, f"#!/bin/sh\ntest \"$1 $0 $PWD\" = '{GPU} /{SCRUBBER} /' && echo scrubbed > /ran && echo scrubbed\n")
        result = give_back(node, "--json")
        tally.equal("one that exits with 0", (result.returncode, reserved(world)), (0, 0), result.stderr)
        tally.check("it has no other files than the folder's", os.path.exists(node.path("ran")) and
                    not os.path.exists("/ran"))
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
    rows = [("the GPU is gone", f"mv /{SLOT} /gone", 4, "no claim line selects a GPU"),
            ("its audio function is gone", f"mv /sys/bus/pci/devices/{AUDIO} /gone", 1, "changed meanwhile"),
            ("the GPU is skipped", f"echo 'skip address={GPU}' >> {CONF}", 4, "no claim line selects a GPU"),
            ("the configuration is broken", f"echo nonsense >> {CONF}", 2, "the configuration is broken"),
            ("another is to run", f"echo 'set run-before-return=/{SCRUBBER}2' >> {CONF}", 1, "changed meanwhile"),
            ("a process has the GPU", "mv /later /proc/900/fd", 4, "it is in use on this node: process 900")]
    for name, command, code, why in rows:
        refused(tally, f"one after which {name}", lambda node, c=command: (
            holder(node), os.rename(node.path("proc/900/fd"), node.path("later")),
            scrubber(node, f"#!/bin/sh\n{c}\n")), code, why, reset=False)
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


def at_question(world, number, change):
    """Do it when Placement is asked for the GPU's allocations for the first, second... time."""
    count = []

    def hook(asked):
        if asked.endswith("/allocations"):
            count.append(asked)
            if len(count) == number:
                change()
    world["hook"] = hook


def append(path, line):
    return lambda node: node.write(path, open(node.path(path), encoding="ascii").read() + line)


def test_meanwhile(tally):
    """What happens while Placement is asked: the node is looked at last, before the reset and after it."""
    rows = [("a process takes it", holder, "in use on this node: process 900"),
            ("it is skipped", append(CONF[1:], f"skip address={GPU}\n"), "no claim line selects a GPU"),
            ("the configuration breaks", append(CONF[1:], "nonsense\n"), "the configuration is broken"),
            ("it vanishes", lambda node: os.rename(node.path(SLOT), node.path("gone")), "no claim line selects a GPU"),
            ("its audio function vanishes", lambda node: os.rename(
                node.path("sys/bus/pci/devices", AUDIO), node.path("gone")), "changed meanwhile"),
            ("it goes to another driver", lambda node: node.rebind(GPU, "nvidia"), "it is not ready")]
    for number, when in (1, "before its reset"), (2, "after its reset"):
        for name, change, why in rows:
            with world_of() as (node, world):
                at_question(world, number, lambda c=change, n=node: c(n))
                result = give_back(node)
                tally.check(f"{name} {when}: it stays reserved", result.returncode != 0 and reserved(world) == 1,
                            result.stdout, result.stderr)
                tally.check(f"{name} {when}: it says why", why in result.stderr, result.stderr)
                if number == 1:
                    tally.equal(f"{name} {when}: it is not reset", reset_of(node), "")


def rewrite(path, old, new):
    def change(node):
        with open(node.path(path), encoding="ascii") as file:
            text = file.read()
        assert old in text, text
        node.write(path, text.replace(old, new))
    return change


def answer_as(ids):
    """The configuration space of a GPU that has others' IDs; the driver's link and all else stay."""
    def change(node):
        with open(node.path(SLOT, "config"), "wb") as file:
            file.write(ids + bytes(60))
    return change


def test_proofs(tally):
    """What its reset left of it: each by itself keeps it reserved."""
    def with_link(node):
        node.write(f"{SLOT}/resource", RESOURCE)
        rewrite(f"run/gpuclaim/{GPU}", VITALS, "VITALS=1 16777216 268435456 0 0 0 0 524288 16 0 0 0 80")(node)
        node.write(f"{SLOT}/current_link_width", "16\n")
        node.write(f"{SLOT}/current_link_speed", "8.0 GT/s PCIe\n")

    rows = [("nothing else", lambda node: None, 0, ""),
            ("other IDs", answer_as(b"\xde\x10\x82\x1c"), 1, "it does not answer with the IDs that it had"),
            ("ones", answer_as(b"\xff" * 4), 1, "it is not ready"),
            ("a smaller BAR", rewrite(f"{SLOT}/resource", "0x00000000efffffff", "0x00000000e7ffffff"), 1, "BAR 1 has 128M, and had 256M"),
            ("no ROM", rewrite(f"{SLOT}/resource", "0x00000000f0000000 0x00000000f007ffff 0x0000000000046200",
                               "0x0000000000000000 0x0000000000000000 0x0000000000000000"), 1, "ROM"),
            ("fewer lanes", rewrite(f"{SLOT}/current_link_width", "16", "8"), 1, "its link has 8 lanes, and had 16"),
            ("a slower link", rewrite(f"{SLOT}/current_link_speed", "8.0", "2.5"), 1, "its link runs at 2.5 GT/s, and at 8.0"),
            ("a link that is down", rewrite(f"{SLOT}/current_link_speed", "8.0 GT/s PCIe", "Unknown"), 1, "reports less of it"),
            ("a corrected error", lambda node: aer(node, correctable=1), 1, "errors (AER)"),
            ("a fatal error", lambda node: aer(node, fatal=1), 1, "errors (AER)"),
            ("power management that failed", lambda node: node.write(f"{SLOT}/power/runtime_status", "error\n"), 1, "it can't be woken"),
            ("no power", lambda node: node.write(f"{SLOT}/power_state", "D3cold\n"), 1, "reports less of it"),
            ("no driver", lambda node: node.rebind(GPU, None), 1, "it is not ready")]
    for name, change, code, why in rows:
        with world_of() as (node, world):
            with_link(node)
            at_question(world, 2, lambda c=change, n=node: c(n))
            result = give_back(node)
            tally.equal(f"after its reset {name}: is it returned?", (result.returncode, reserved(world), reset_of(node)),
                        (code, code, "1"), result.stdout, result.stderr)
            tally.check(f"after its reset {name}: it says why", why in result.stderr, result.stderr)


def test_without_a_record(tally):
    """On a node that keeps nothing what was reserved before it was installed anew is lifted once it is proven."""
    for name, traits in ("a GPU", (MANAGED,)), ("a one-time-use GPU", (MANAGED, ONE_TIME)):
        with world_of(cloud(gtx=device(GPU, CLASS, reserved=1, traits=traits))) as (node, world):
            told = node.sync().stdout
            tally.equal(f"{name}: sync names nova return, and leaves it", (reserved(world), "nova return" in told), (1, True), told)
            result = give_back(node)
            tally.equal(f"{name}: which lifts it", (result.returncode, reserved(world), reset_of(node)), (0, 0, "1"), result.stderr)
            node.later()
            node.sync()
            tally.equal(f"{name}: and it stays so", reserved(world), 0)
    with world_of(cloud(gtx=device(GPU, CLASS, reserved=1))) as (node, world):
        node.rebind(GPU, "nvidia")
        result = give_back(node)
        tally.equal("not one that is not proven", (result.returncode, reserved(world), reset_of(node)), (4, 1, ""), result.stderr)


def test_session(tally):
    """A new login before it is given back: the first one may be too old by then."""
    with world_of() as (node, world):
        at_question(world, 1, lambda: world.update(token="another"))
        result = give_back(node)
        tally.equal("a token that ran out", (result.returncode, reserved(world), len(world["logins"])), (0, 0, 2),
                    result.stdout, result.stderr)


def test_marks(tally):
    """A reservation of ours stays ours where Placement does not take the change."""
    for status in 500, 504, 403:
        with world_of(cloud(gtx=device(GPU, CLASS))) as (node, world):
            node.rebind(GPU, "nvidia")
            node.sync()
            node.rebind(GPU, "vfio-pci")
            world["put"] = status
            result = give_back(node, "--json")
            tally.equal(f"HTTP {status}: it failed", (result.returncode, reserved(world), json.loads(result.stdout)["result"]),
                        (1, 1, "failed"), result.stdout, result.stderr)
            del world["put"]
            node.later()
            tally.equal(f"HTTP {status}: and sync lifts it", (node.sync().returncode, reserved(world)), (0, 0))


def test_lost_answer(tally):
    """Placement takes the return, and whether it did is never told: a use since is seen all the same."""
    for used in False, True:
        with world_of() as (node, world):
            def lose(asked):
                if asked.startswith("PUT"):
                    world.update(stored=504, raw=(503, b"{}"))
            world["hook"] = lose
            result = give_back(node)
            tally.equal(f"its answer is lost, used since: {used}: that is an error", (result.returncode, reserved(world)), (1, 0),
                        result.stderr)
            for key in "hook", "stored", "raw":
                del world[key]
            world["state"][GTX]["generation"] += 2 * used       # a server came and went, and Nova's cache was old
            node.sync()
            tally.equal(f"its answer is lost, used since: {used}: is it reserved?", reserved(world), int(used))


def test_quarantine_since(tally):
    """What a pass writes itself after a return is no use."""
    with world_of() as (node, world):
        give_back(node)
        for driver, expected in ("nvidia", 1), ("vfio-pci", 0), ("nvidia", 1), ("vfio-pci", 0):
            node.rebind(GPU, driver)
            node.sync()
            tally.equal(f"returned, and then {driver} has it", reserved(world), expected)


def test_hanging_reset(tally):
    """The kernel does not come back from it: the child is left there, and so is the reservation."""
    with world_of() as (node, world):
        preload = programs.preload("nova/impatient.c", node.folder)
        result = programs.run("strace", "-f", "-o", "/dev/null", "-E", f"LD_PRELOAD={preload}", "-P", node.path(SLOT, "reset"),
                              "-e", "inject=write:delay_enter=3s", PROGRAM, "nova", "return", GPU, "--json", "--root",
                              node.folder, env=environment())
        tally.equal("a reset that hangs: it stays reserved", (
            result.returncode, reserved(world), json.loads(result.stdout)["result"]), (1, 1, "failed"), result.stderr)
        tally.check("and why is told", f"the reset of {GPU} did not end in 90 s, and goes on: reboot the node"
                    in result.stderr, result.stderr)
        tally.equal("the child was left in it", (reset_of(node), reset_of(node, AUDIO)), ("1", ""))


def test_asleep(tally):
    """It is kept awake over its reset, for one that sleeps does not tell of its link."""
    control = f"{SLOT}/power/control"
    with world_of() as (node, world):
        node.write(control, "auto\n")
        seen = []
        at_question(world, 2, lambda: seen.append(open(node.path(control), encoding="ascii").read()))
        result = give_back(node)
        tally.equal("it is awake over its reset, and may sleep then", (
            result.returncode, seen[0][:2], open(node.path(control), encoding="ascii").read()[:4]), (0, "on", "auto"),
            result.stdout, result.stderr)
    for name, change, woken in ("is refused", holder, False), ("is reset", lambda node: None, True):
        with world_of() as (node, _):
            node.write(f"{SLOT}/power/runtime_status", "suspended\n")
            node.write(f"{SLOT}/power_state", "D3hot\n")
            change(node)
            log = node.path("strace")
            programs.run("strace", "-f", "-e", "trace=openat,openat2,open", "-o", log, PROGRAM, "nova", "return", GPU,
                         "--root", node.folder, env=environment())
            with open(log, encoding="ascii") as file:
                opened = any(f"{GPU}/config" in line for line in file)
            tally.equal(f"one that sleeps and {name}: is it woken?", opened, woken)


def test_providers(tally):
    """Which provider is the GPU's can't be told: it is left alone, and why is told."""
    twin = device(GPU, CLASS, reserved=1, traits=(MANAGED, ONE_TIME))
    refused(tally, "two providers", lambda node: None, 1, "2 resource providers of it",
            state={**one_time(), OTHER: twin})
    other = one_time()
    for p in other.values():
        p["name"] = p["name"].replace("compute1", "compute7")
    refused(tally, "another node's compute_id", lambda node: node.write(
        "var/lib/nova/compute_id", ROOT), 1, "compute7", state=other)


def interrupt(node, number):
    """A signal to `nova return` while the program runs. Return: its exit code, what it said."""
    with subprocess.Popen([PROGRAM, "nova", "return", GPU, "--root", node.folder], env=environment(), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        for _ in range(200):
            if os.path.exists(node.path("going")):
                break
            time.sleep(0.05)
        child.send_signal(number)
        return (child.wait(timeout=30), child.stderr.read()) if number != signal.SIGKILL else (child.wait(), "")


def test_signals(tally):
    """A signal ends the program, and all that it has started."""
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGKILL:
        with world_of() as (node, world):
            scrubber(node, "#!/bin/sh\nwhile :; do sleep 0.1; echo >> /going; done\n")
            code, said = interrupt(node, number)
            time.sleep(0.3)
            size = os.path.getsize(node.path("going"))
            time.sleep(0.5)
            tally.equal(f"{number.name}: the program has ended", os.path.getsize(node.path("going")), size)
            tally.equal(f"{number.name}: it stays reserved, as it was", (reserved(world), reset_of(node)), (1, ""))
            if number != signal.SIGKILL:
                tally.check(f"{number.name}: it is told", code == 1 and "a signal has ended it" in said, code, said)


def test_words(tally):
    with world_of() as (node, _):
        for words in (), ("01:00.0",), (GPU, AUDIO):
            result = programs.run(PROGRAM, "nova", "return", *words, "--root", node.folder)
            tally.equal(f"return {' '.join(words)}", (result.returncode, result.stderr), (
                2, "gpuclaimctl: nova: return: expected one address, as in 0000:01:00.0\n"))


def main():
    suite.need_mounts()
    tally = Tally()
    for test in (test_round, test_locked, test_doubts, test_scrubber, test_placement, test_meanwhile, test_proofs, test_without_a_record, test_session,
                 test_marks, test_lost_answer, test_quarantine_since, test_hanging_reset, test_asleep, test_providers, test_signals,
                 *returns_auto.TESTS, *returns_slot.TESTS, test_words):
        test(tally)
    suite.end(tally.passed, tally.failed)


if __name__ == "__main__":
    main()
