# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl nova sync` against a stand-in for Placement that counts: sync_world.py.

The node is that of placement.py.
"""

import copy
import errno
import fcntl
import json
import os
import stat

from tests.lib import programs, suite
from tests.nova import sync_hostile, sync_logins, sync_spread
from tests.nova.placement import A30, GTX, MANAGED, PROGRAM, ROOT, SERVER, provider
from tests.nova.sync_world import COMPUTE_ID, ONE_TIME, OTHER, Machine, Tally, bench, cloud, device, forever, inventory, reserved


def test_round(tally):
    """Out and in again, one request where nothing has changed, and no socket at all in between."""
    with bench() as (node, world):
        first = node.sync()
        tally.equal("a node in order", (first.returncode, first.stdout), (
            0, "nothing to do: Placement says what it should\n"), first.stderr)
        tally.equal("one login", len(world["logins"]), 1)
        mode = stat.S_IMODE(os.stat(node.path("run/gpuclaim/placement-token")).st_mode)
        tally.equal("the token is for root's eyes", mode, 0o600)
        del world["asked"][:]
        again = node.sync()
        tally.equal("nothing has changed: nobody is asked", (again.returncode, world["asked"]), (0, []))
        log = node.path("strace")
        node.sync(wrap=("strace", "-f", "-e", "trace=network", "-o", log))
        with open(log, encoding="ascii") as file:
            calls = [line for line in file if "AF_INET" in line]
        tally.equal("and no socket is opened", calls, [])
        node.later()
        node.sync()
        tally.equal("a full look is one request", world["asked"],
                    [f"GET /placement/resource_providers?in_tree={ROOT}"])
        tally.equal("with the token that was kept", len(world["logins"]), 1)
        world["state"][A30]["generation"] += 1
        del world["asked"][:]
        node.later()
        node.sync()
        tally.equal("of two providers that one is read whose generation has changed",
                    {a.split("/")[3].partition("?")[0] for a in world["asked"][1:]}, {A30}, world["asked"])
        node.rebind("0000:01:00.0", "nvidia")
        out = node.sync()
        tally.equal("a GPU that another driver has is reserved", (out.returncode, reserved(world)), (0, 1),
                    out.stdout, out.stderr)
        tally.check("and it is told", out.stdout.startswith("0000:01:00.0: reserved in Placement: "),
                    out.stdout)
        kept = world["state"][GTX]["inventories"]["CUSTOM_PCI_10DE_1C81"]
        tally.equal("all else of the inventory stays", kept, inventory("CUSTOM_PCI_10DE_1C81", 1, 1)[
            "CUSTOM_PCI_10DE_1C81"])
        tally.equal("the other GPU is left alone", reserved(world, A30), 0)
        with open(node.path("var/lib/gpuclaim/sync"), encoding="ascii") as file:
            rows = [line.split(" ") for line in file.read().splitlines()[1:]]
        generation = str(world["state"][GTX]["generation"])
        tally.check("the record has the provider, its generation, and why", len(rows) == 1 and rows[0][:3] == [
            GTX, "0000:01:00.0", "ours"] and generation in rows[0] and "nvidia" in " ".join(rows[0]), rows, generation)
        node.later()
        del world["asked"][:]
        node.sync()
        tally.equal("nothing is written twice", [a for a in world["asked"] if "PUT" in a], [])
        world["state"][GTX]["inventories"]["CUSTOM_PCI_10DE_1C81"]["reserved"] = 0
        world["state"][GTX]["generation"] += 1
        node.later()
        node.sync()
        tally.equal("a restart of nova-compute reset it: reserved again", reserved(world), 1)
        node.rebind("0000:01:00.0", "vfio-pci")
        dry = node.sync("--dry-run")
        tally.equal("a dry run lifts nothing", (reserved(world), dry.stdout), (
            1, "0000:01:00.0: would be offered again by Placement: it is ready again\n"), dry.stderr)
        back = json.loads(node.sync("--json").stdout)
        tally.equal("it comes back", (reserved(world), back["changed"], back["actions"][0]["action"]),
                    (0, True, "lift"))
        tally.check("and the record is empty", not os.path.exists(node.path("var/lib/gpuclaim/sync")))


def test_others(tally):
    """What another reserved is named, and never touched."""
    rows = [("of a GPU that is ready", "vfio-pci"), ("of a GPU that is not", "nvidia")]
    for name, driver in rows:
        with bench(cloud(gtx=device("0000:01:00.0", "CUSTOM_PCI_10DE_1C81", reserved=1))) as (node, world):
            node.rebind("0000:01:00.0", driver)
            result = node.sync()
            node.rebind("0000:01:00.0", "vfio-pci")
            node.sync()
            tally.equal(f"another's reservation {name} stays", (reserved(world), [
                a for a in world["asked"] if "PUT" in a]), (1, []))
            tally.check("and is named", "reserved, but not by gpuclaim" in result.stdout, result.stdout)
    used = cloud(gtx=device("0000:01:00.0", "CUSTOM_PCI_10DE_1C81", used=1))
    for words, expected in (("--spare-moves",), 0), ((), 1):
        with bench(copy.deepcopy(used)) as (node, world):
            node.rebind("0000:01:00.0", None)
            result = node.sync(*words)
            tally.equal(f"a GPU in use, {words}", reserved(world), expected, result.stdout)
    with bench(copy.deepcopy(used)) as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        node.sync("--spare-moves")
        world["state"][GTX]["allocations"] = {}             # which raises no generation
        node.later()
        node.sync("--spare-moves")
        tally.equal("a GPU that is spared is reserved when its server is gone", reserved(world), 1)
    with bench() as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        node.sync()
        os.unlink(node.path("var/lib/gpuclaim/sync"))
        os.unlink(node.path("run/gpuclaim/sync.json"))
        node.rebind("0000:01:00.0", "vfio-pci")
        result = node.sync()
        tally.equal("a stateless or reinstalled node has no record: it is another's", reserved(world), 1)
        tally.check("and nova return is named", "nova return" in result.stdout, result.stdout)


def test_one_time(tally):
    fresh = device("0000:01:00.0", "CUSTOM_PCI_10DE_1C81", traits=(MANAGED, ONE_TIME))
    with bench(cloud(gtx=copy.deepcopy(fresh))) as (node, world):
        node.sync()
        tally.equal("one-time, fresh", reserved(world), 0)
        world["state"][GTX]["allocations"] = {SERVER: {"resources": {"CUSTOM_PCI_10DE_1C81": 1}}}
        world["state"][GTX]["generation"] += 1
        node.later()
        node.sync()
        tally.equal("used and not reserved: reserved again", reserved(world), 1)
        world["state"][GTX]["allocations"] = {}
        world["state"][GTX]["generation"] += 1
        node.later()
        result = node.sync()
        tally.equal("used once: it stays so", reserved(world), 1)
        tally.check("and waits for nova return", "nova return gives it back" in result.stdout, result.stdout)
    with bench(cloud(gtx=copy.deepcopy(fresh))) as (node, world):
        node.write("var/lib/gpuclaim/sync", f"gpuclaim-sync 1\n{GTX} 0000:01:00.0 not-ours 3 0 3 99 returned\n")
        node.sync()
        tally.equal("returned, as it was left", reserved(world), 0)
        world["state"][GTX]["generation"] += 2
        node.later()
        node.sync()
        tally.equal("changed since its return", reserved(world), 1)


def test_used_behind_our_back(tally):
    """What we reserved of a one-time-use GPU was lifted, and the GPU used, before the next full look."""
    fresh = device("0000:01:00.0", "CUSTOM_PCI_10DE_1C81", traits=(MANAGED, ONE_TIME))
    for name, left in ("and reserved by Nova", 1), ("and not reserved", 0):
        with bench(cloud(gtx=copy.deepcopy(fresh))) as (node, world):
            node.rebind("0000:01:00.0", "nvidia")
            node.sync()
            world["state"][GTX]["generation"] += 3
            world["state"][GTX]["inventories"]["CUSTOM_PCI_10DE_1C81"]["reserved"] = left
            node.rebind("0000:01:00.0", "vfio-pci")
            result = node.sync()
            tally.equal(f"used {name}: it is not offered again", reserved(world), 1, result.stdout)
            node.later()
            tally.check(f"used {name}: it waits", "nova return gives it back" in node.sync().stdout)
    used = device("0000:01:00.0", "CUSTOM_PCI_10DE_1C81", used=1, reserved=1, traits=(MANAGED, ONE_TIME))
    with bench(cloud(gtx=used)) as (node, world):
        node.sync()
        world["state"][GTX]["allocations"] = {}             # which raises no generation
        node.later()
        del world["asked"][:]
        result = node.sync()
        tally.check("the end of a use is seen", "nova return gives it back" in result.stdout, result.stdout)
        tally.equal("by one more request", len(world["asked"]), 2, world["asked"])


def test_lost_answers(tally):
    """A PUT that failed: was it stored?"""
    for status in 400, 500, 503:
        with bench() as (node, world):
            world["put"] = status
            node.rebind("0000:01:00.0", "nvidia")
            result = node.sync()
            tally.equal(f"{status}: it is told", (result.returncode, f"HTTP {status}" in result.stderr),
                        (1, True), result.stderr)
            world["put"] = None
            world["state"][GTX]["generation"] += 1
            world["state"][GTX]["inventories"]["CUSTOM_PCI_10DE_1C81"]["reserved"] = 1
            node.rebind("0000:01:00.0", "vfio-pci")
            node.later()
            result = node.sync()
            tally.equal(f"{status}: what an operator reserved since stays", reserved(world), 1, result.stdout)
    for status in 200, 500, 504:
        with bench() as (node, world):
            world["stored"] = status
            node.rebind("0000:01:00.0", "nvidia")
            result = node.sync()
            tally.equal(f"stored, and {status}: it is ours", (result.returncode, reserved(world)), (0, 1),
                        result.stderr)
            world["stored"] = None
            node.rebind("0000:01:00.0", "vfio-pci")
            node.sync()
            tally.equal(f"stored, and {status}: it comes back", reserved(world), 0)
    with bench() as (node, world):
        world["put"] = 504
        node.rebind("0000:01:00.0", "nvidia")
        node.sync()
        world["put"] = None
        world["state"][GTX]["generation"] += 2
        world["state"][GTX]["inventories"]["CUSTOM_PCI_10DE_1C81"]["reserved"] = 1
        node.rebind("0000:01:00.0", "vfio-pci")
        node.later()
        node.sync()
        tally.equal("a proxy gave up, and others wrote since: it is theirs", reserved(world), 1)


def test_answers_without_their_member(tally):
    for key in "inventories", "traits", "allocations":
        with bench(lacks=(key,)) as (node, world):
            forever(node, world, f"without {key}", tally)
    for name, change in [
            ("an inventory without total", lambda p: p["inventories"]["CUSTOM_PCI_10DE_1C81"].pop("total")),
            ("text for reserved", lambda p: p["inventories"]["CUSTOM_PCI_10DE_1C81"].update(reserved="0")),
            ("an allocation of nothing", lambda p: p["allocations"].update({SERVER: {}})),
            ("no traits but one word", lambda p: p.update(traits=ONE_TIME))]:
        with bench() as (node, world):
            change(world["state"][GTX])
            node.rebind("0000:01:00.0", "nvidia")
            result = node.sync()
            tally.equal(name, (result.returncode, [a for a in world["asked"] if "PUT" in a]), (1, []))
            tally.check(f"{name}: it is told", "this is not Placement's answer" in result.stderr, result.stderr)
    with bench(raw=(200, {})) as (node, world):
        forever(node, world, "without providers", tally)


def test_inventories(tally):
    """Beside the GPU's own."""
    def several(more):
        p = device("0000:01:00.0", "CUSTOM_PCI_10DE_1C81")
        return {**p, "inventories": {**more, **p["inventories"]}}

    with bench(cloud(gtx=several(inventory("CUSTOM_AAA", 0)))) as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        node.sync()
        tally.equal("an empty one is nobody's", world["state"][GTX]["inventories"][
            "CUSTOM_PCI_10DE_1C81"]["reserved"], 1)
    with bench(cloud(gtx=several(inventory("CUSTOM_AAA", 2)))) as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        result = node.sync()
        tally.equal("another's: nothing is changed", [a for a in world["asked"] if "PUT" in a], [])
        tally.check("another's: it is said", "inventories of several resource classes" in result.stdout,
                    result.stdout)


def test_names(tally):
    """No escape of a terminal's comes through."""
    with bench(cloud(root={**provider("evil\x1b[2J\nfoo", None, "VCPU", 8, ()), "generation": 1}),
               COMPUTE_ID) as (node, world):
        result = node.sync()
        tally.check("a name is printable", "evil?[2J?foo" in result.stdout and "\x1b" not in result.stdout,
                    result.stdout)


def bump_once(world):
    def change(p):
        if not world.get("bumped"):
            world["bumped"] = True
            p["generation"] += 1
    return change


def test_conflicts(tally):
    with bench() as (node, world):
        world["between"] = bump_once(world)
        node.rebind("0000:01:00.0", "nvidia")
        result = node.sync()
        tally.equal("another was faster: after a fresh look", (result.returncode, reserved(world)), (0, 1),
                    result.stderr)
    with bench() as (node, world):
        world["between"] = lambda p: p.update(generation=p["generation"] + 1)
        node.rebind("0000:01:00.0", "nvidia")
        result = node.sync()
        tally.equal("others change it all the time", (result.returncode, reserved(world)), (0, 0),
                    result.stderr)
        tally.check("nothing of it is ours", not os.path.exists(node.path("var/lib/gpuclaim/sync")))
    with bench() as (node, world):
        world["between"] = lambda p: world["state"].pop(GTX, None)
        node.rebind("0000:01:00.0", "nvidia")
        tally.equal("a provider that is gone is no error", node.sync().returncode, 0)
    with bench() as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        node.sync()
        world["state"]["00000000-0000-0000-0000-000000000077"] = world["state"].pop(GTX)
        node.later()
        tally.equal("a reshape is no error", node.sync().returncode, 0)
        node.rebind("0000:01:00.0", "vfio-pci")
        node.sync()
        tally.equal("what was ours is forgotten", os.path.exists(node.path("var/lib/gpuclaim/sync")), False)
    with bench(None, COMPUTE_ID) as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        node.sync()
        known = dict(world["state"])
        world["state"].clear()
        node.rebind("0000:01:00.0", "vfio-pci")
        told = node.sync()
        world["state"].update(known)
        node.later()
        tally.equal("while Placement does not know this node nothing of it is forgotten",
                    (told.returncode, node.sync().returncode, reserved(world)), (0, 0, 0), told.stdout)
    with bench(forbid=True) as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        result = node.sync()
        tally.equal("without the right to write", (result.returncode, reserved(world)), (1, 0))
        tally.check("it is said", "HTTP 403" in result.stderr, result.stderr)
        tally.check("nothing of it is ours", not os.path.exists(node.path("var/lib/gpuclaim/sync")))
        world["forbid"] = False
        tally.equal("the next pass tries again", (node.sync().returncode, reserved(world)), (0, 1))


def test_nodes(tally):
    """Whose providers are this node's?"""
    two = cloud(other={**provider("compute1.example.org", None, "VCPU", 8, ()), "generation": 1})
    del two[ROOT]
    two[ROOT] = {**provider("compute1.example.com", None, "VCPU", 8, ()), "generation": 1}
    two[GTX]["name"] = "compute1.example.com_0000:01:00.0"
    for name, lines, code, expected in [
            ("two nodes of the name", (), 1, 0), ("compute_id tells which", (COMPUTE_ID,), 0, 1)]:
        with bench(copy.deepcopy(two), *lines) as (node, world):
            node.rebind("0000:01:00.0", "nvidia")
            result = node.sync()
            tally.equal(name, (result.returncode, reserved(world)), (code, expected), result.stderr)
    with bench(cloud(root={**provider("compute2", None, "VCPU", 8, ()), "generation": 1},
                     gtx=device("0000:01:00.0", "C", node="compute2")), COMPUTE_ID) as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        result = node.sync()
        tally.equal("a compute_id that was copied from another node", (result.returncode, reserved(world)),
                    (0, 0))
        tally.check("is named", "is compute2, and this node is compute1" in result.stdout, result.stdout)
    with bench(None, "f var/lib/nova/compute_id " + OTHER) as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        result = node.sync()
        tally.equal("a reinstalled node that Placement does not know yet", (result.returncode,
                                                                              reserved(world)), (0, 0))
        world["state"][OTHER] = {**world["state"].pop(ROOT)}
        world["state"][GTX]["parent"] = OTHER
        node.later()
        node.sync()
        tally.equal("and then it does", reserved(world), 1)
    second = "f opt/b/compute_id " + OTHER
    both = cloud(other={**provider("compute1-b", None, "VCPU", 8, ()), "generation": 1})
    both[A30] = device("0000:3B:00.0", "CUSTOM_B", node="compute1-b", parent=OTHER)
    with bench(both, COMPUTE_ID, second) as (node, world):
        node.write("etc/nova/nova.conf.d/b.conf", "[DEFAULT]\nstate_path = /opt/b\nhost = compute1-b\n")
        node.rebind("0000:01:00.0", "nvidia")
        node.rebind("0000:3b:00.0", "nvidia")
        result = node.sync()
        tally.equal("several computes on one host", (reserved(world), reserved(world, A30)), (1, 1),
                    result.stdout, result.stderr)
    with bench(None, "f var/lib/nova/compute_id none") as (node, world):
        result = node.sync()
        tally.equal("no UUID", (result.returncode, world["asked"]), (1, []), result.stderr)


def test_tokens(tally):
    with bench() as (node, world):
        node.sync()
        world["token"] = "another-token"
        node.later()
        result = node.sync()
        tally.equal("a revoked token: one more login", (result.returncode, len(world["logins"])), (0, 2))
    with bench(life=30) as (node, world):
        node.sync()
        node.later()
        node.sync()
        tally.equal("one that is about to expire is not used", len(world["logins"]), 2)
    with bench() as (node, world):
        node.sync()
        os.chmod(node.path("run/gpuclaim/placement-token"), 0o666)
        node.later()
        node.sync()
        tally.equal("one that others may write is not used", len(world["logins"]), 2)
    with bench() as (node, world):
        node.write("var/lib/gpuclaim/sync", f"gpuclaim-sync 1\n{GTX} 0000:01:00.0 ours 3 0 0 99 x\n")
        os.chmod(node.path("var/lib/gpuclaim/sync"), 0o666)
        result = node.sync()
        tally.equal("a record that others may write", (result.returncode, world["asked"], result.stdout),
                    (4, [], ""), result.stderr)
        node.write("var/lib/gpuclaim/sync", "rubbish\n")
        os.chmod(node.path("var/lib/gpuclaim/sync"), 0o644)
        tally.equal("a record that is none", node.sync().returncode, 4)


def test_look(tally):
    with bench() as (node, world):
        gpu = "sys/bus/pci/devices/0000:01:00.0"
        node.write(f"{gpu}/power/runtime_status", "suspended\n")
        node.write(f"{gpu}/power_state", "D3hot\n")
        log = node.path("strace")
        result = node.sync(wrap=("strace", "-f", "-e", "trace=openat,openat2,open", "-o", log))
        with open(log, encoding="ascii") as file:
            opened = [line for line in file if "0000:01:00.0/config" in line]
        tally.equal("a GPU that sleeps is not woken", opened, [])
        tally.equal("and is ready", (result.returncode, reserved(world)), (0, 0), result.stdout)
        node.write(f"{gpu}/power/runtime_status", "active\n")
        node.write(f"{gpu}/power_state", "D0\n")
        with open(node.path(gpu, "config"), "wb") as file:
            file.write(b"\xff" * 256)
        node.sync()
        tally.equal("a GPU that answers ones is reserved", reserved(world), 1)
    with bench() as (node, world):
        node.write("sys/bus/pci/devices/0000:01:00.0/power/runtime_status", "error\n")
        result = node.sync()
        tally.equal("a GPU whose power management failed is reserved", (result.returncode, reserved(world)),
                    (0, 1), result.stdout)
        tally.check("and why is told", "it can't be woken" in result.stdout, result.stdout)
    with bench() as (node, world):
        result = node.sync(wrap=("strace", "-f", "-o", "/dev/null", "-e", "inject=rename,renameat,renameat2:error=EPERM"))
        tally.equal("what the kernel does not allow is no refusal of ours", result.returncode, 1, result.stderr)
    with bench() as (node, world):
        for function in "01":
            os.unlink(node.path(f"sys/bus/pci/devices/0000:01:00.{function}"))
        node.sync()
        tally.equal("a GPU that fell off the bus is reserved", reserved(world), 1)
    with bench(cloud(other=device("0000:77:00.0", "CUSTOM_PCI_10DE_1C81"))) as (node, world):
        node.write("etc/gpuclaim/gpuclaim.conf", "claim 10de:*\nclaim 10de:1c81 address=0000:77:00.0\n")
        node.sync()
        tally.equal("so is one that a line names and that was never there", (reserved(world, OTHER), reserved(world)), (1, 0))
    shared = [f"pci 0000:{n}:00.0 10de:1c81 class=030000 group=300 driver=vfio-pci" for n in (41, 42)]
    with bench(cloud(gtx=device("0000:41:00.0", "C"), other=device("0000:42:00.0", "C")), *shared, "f dev/vfio/300 ") as (node, world):
        node.sync()
        tally.equal("of two in one group neither is", (reserved(world), reserved(world, OTHER)), (0, 0))
    with bench() as (node, world):
        node.rebind("0000:01:00.0", "nvidia")
        node.sync()
        node.rebind("0000:01:00.0", "vfio-pci")
        fault = f"FAULT=open:sys/bus/pci/devices/0000:01:00.0/iommu_group:{errno.EIO}"
        result = node.sync(wrap=("env", f"LD_PRELOAD={programs.preload('faults/fault.c', node.folder)}", fault))
        tally.equal("what can't be told changes nothing", (result.returncode, reserved(world)), (0, 1), result.stdout)
        tally.check("and that is told", "it is not known whether it is ready" in result.stdout, result.stdout, result.stderr)
    with bench() as (node, world):
        node.sync()
        node.write("etc/gpuclaim/gpuclaim.conf", "claim nonsense\n")
        result = node.sync("--json")
        tally.equal("a broken configuration changes nothing", (result.returncode, reserved(world)), (2, 0))
        tally.check("and JSON says so", "is broken" in (json.loads(result.stdout)["error"] or ""), result.stdout)
    with bench() as (node, world):
        with open(node.path("run/gpuclaim/sync.lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = node.sync("--json")
            told = json.loads(result.stdout)
            tally.equal("another is at work", (result.returncode, told["changed"], told["asked"], told["error"]),
                        (5, False, False, "another gpuclaimctl nova sync is at work"), result.stderr)


def quarantined(node):
    """What status --json says of each GPU, and fleet of that: it adds up those of the node."""
    status = programs.run(PROGRAM, "status", "--json", "--root", node.folder)
    node.write("reports/node.json", status.stdout)
    fleet = json.loads(programs.run(PROGRAM, "fleet", node.path("reports"), "--json").stdout)
    return ([d["quarantined"] for d in json.loads(status.stdout)["devices"] if d["address"] in ("0000:01:00.0", "0000:3b:00.0")],
            [m["quarantined"] for m in fleet["models"]])


def test_quarantined(tally):
    with bench() as (node, world):
        tally.equal("before a pass it is not known", quarantined(node), ([None, None], [None, None]))
        node.sync()
        tally.equal("none is in quarantine", quarantined(node), ([False, False], [0, 0]))
        node.rebind("0000:01:00.0", "nvidia")
        node.sync()
        tally.equal("one is", quarantined(node), ([True, False], [1, 0]))
        os.unlink(node.path("run/gpuclaim/sync.json"))
        tally.equal("after a boot the record tells", quarantined(node), ([True, None], [1, None]))
        os.chmod(node.path("var/lib/gpuclaim/sync"), 0o666)
        tally.equal("a record that others may write tells nothing", quarantined(node),
                    ([None, None], [None, None]))


def main():
    suite.need_mounts()
    tally = Tally()
    for test in (test_round, test_others, test_one_time, test_used_behind_our_back, test_lost_answers,
                 test_answers_without_their_member, test_inventories, test_names, test_conflicts,
                 test_nodes, *sync_hostile.TESTS, test_tokens, test_look, test_quarantined, *sync_spread.TESTS, *sync_logins.TESTS):
        test(tally)
    suite.end(tally.passed, tally.failed)


if __name__ == "__main__":
    main()
