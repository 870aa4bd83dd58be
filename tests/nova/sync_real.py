# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl nova sync` and `nova return` against the real Placement of Debian, in a chroot, with two
nodes in it; and with the logins of a real Keystone.
"""

import json
import os
import tempfile
import threading
import urllib.error
import urllib.request

from tests.lib import suite
from tests.nova import keystone
from tests.nova.chroots import chroot
from tests.nova.placement import A30, GOOD, GTX, REPORTED, ROOT, SERVER, fill
from tests.nova.returns_world import give_back, prepare
from tests.nova.sync_world import ONE_TIME, Machine, Tally

ADMIN = {"OS_TOKEN": "admin"}
CLASS = "CUSTOM_PCI_10DE_1C81"
# The other node: its root provider, and a GPU at the same address.
NODE2, GTX2 = "00000000-0000-0000-0000-0000000000a0", "00000000-0000-0000-0000-0000000000a1"


class Placement:
    """Asked and told as an administrator."""

    def __init__(self, port):
        self.port = port

    def call(self, method, path, body=None, version="1.26"):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}", json.dumps(body).encode() if body else None,
            {"X-Auth-Token": "admin", "OpenStack-API-Version": f"placement {version}",
             "Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read() or "{}")

    def inventory(self, uuid, **changes):
        """Its one inventory; with changes: as an operator or Nova writes it."""
        path = f"resource_providers/{uuid}/inventories"
        answer = self.call("GET", path)
        (name, values), = answer["inventories"].items()
        if changes:
            self.call("PUT", f"{path}/{name}", {**values, **changes, "resource_provider_generation":
                                                answer["resource_provider_generation"]})
        return values

    def reserved(self, uuid=GTX):
        return self.inventory(uuid)["reserved"]

    def add_second_node(self):
        self.call("POST", "resource_providers", {"name": "compute2.example.org", "uuid": NODE2})
        self.call("POST", "resource_providers", {"name": "compute2.example.org_0000:01:00.0", "uuid": GTX2,
                                                 "parent_provider_uuid": NODE2})
        self.call("PUT", f"resource_providers/{GTX2}/inventories", {
            "resource_provider_generation": 0, "inventories": {CLASS: {"total": 1}}})

    def give_memory(self):
        """To the first node: else it is no candidate for anything."""
        path = f"resource_providers/{ROOT}/inventories"
        answer = self.call("GET", path)
        self.call("PUT", path, {**answer, "inventories": {**answer["inventories"], "MEMORY_MB": {"total": 64}}})

    def add_trait(self, uuid, trait):
        path = f"resource_providers/{uuid}/traits"
        answer = self.call("GET", path)
        self.call("PUT", path, {**answer, "traits": [*answer["traits"], trait]})

    def allocate(self, uuid):
        self.call("PUT", f"allocations/{SERVER}", {"project_id": "p", "user_id": "u", "allocations": {
            uuid: {"resources": {CLASS: 1}}}})


def stir(placement, done):
    """Another that writes all the time."""
    step = 1
    while not done.is_set():
        step += 1
        try:
            placement.inventory(GTX, step_size=1, max_unit=1 + step % 2)
        except urllib.error.HTTPError:
            pass                                        # we were faster


def test_one(tally, node, placement, name):
    def sync(token="admin"):
        return node.sync(f"--placement=http://127.0.0.1:{placement.port}", env={"OS_TOKEN": token})

    def equal(what, got, expected, *why):
        tally.equal(f"{name}: {what}", got, expected, *why)

    empty = sync()
    equal("an empty Placement is no error", (empty.returncode, "no resource provider of this node"
                                              in empty.stdout), (0, True), empty.stderr)
    fill(placement.port)
    placement.add_second_node()
    placement.inventory(A30, reserved=1)
    node.rebind("0000:01:00.0", "nvidia")
    node.rebind("0000:3b:00.0", "nvidia")
    refused = sync("somebody")
    equal("without rights", (refused.returncode, "HTTP 403" in refused.stderr, placement.reserved()),
          (1, True, 0), refused.stderr)
    out = sync()
    equal("quarantine on", (out.returncode, placement.reserved()), (0, 1), out.stderr)
    equal("the other node is left alone", placement.reserved(GTX2), 0)
    equal("all else stays", placement.inventory(GTX)["total"], 1)
    placement.inventory(GTX, reserved=0)
    node.later()
    sync()
    equal("reset by a restart of nova-compute", placement.reserved(), 1)
    node.rebind("0000:01:00.0", "vfio-pci")
    node.rebind("0000:3b:00.0", "vfio-pci")
    back = sync()
    equal("quarantine off", (back.returncode, placement.reserved()), (0, 0), back.stderr)
    equal("an operator's own reserved stays", placement.reserved(A30), 1)
    done = threading.Event()
    thread = threading.Thread(target=stir, args=(placement, done))
    thread.start()
    node.rebind("0000:01:00.0", "nvidia")
    codes = {sync().returncode for _ in range(4)}
    done.set()
    thread.join()
    node.later()
    codes.add(sync().returncode)
    equal("others write at the same time", (codes, placement.reserved()), ({0}, 1))
    node.rebind("0000:01:00.0", "vfio-pci")
    sync()
    placement.add_trait(GTX, ONE_TIME)
    placement.allocate(GTX)
    node.later()
    sync()
    equal("one-time-use, used and not reserved", placement.reserved(), 1)
    placement.call("DELETE", f"allocations/{SERVER}")
    os.unlink(node.path("run/gpuclaim/sync.json"))      # Placement counts no end of a use as a change
    waits = sync()
    equal("used once: it waits for its return", (
        placement.reserved(), "0000:01:00.0: a one-time-use GPU that was used" in waits.stdout), (1, True),
          waits.stdout)


def test_return(tally, node, placement, name):
    """From used to returned, a use that Nova missed, and round again."""
    where = f"--placement=http://127.0.0.1:{placement.port}"
    prepare(node)
    result = give_back(node, where, env=ADMIN)
    tally.equal(f"{name}: given back", (result.returncode, placement.reserved()), (0, 0), result.stderr)
    placement.allocate(GTX)
    used = give_back(node, where, env=ADMIN)
    tally.equal(f"{name}: not while a server has it", used.returncode, 4, used.stderr)
    placement.call("DELETE", f"allocations/{SERVER}")
    node.later()
    node.sync(where, env=ADMIN)
    tally.equal(f"{name}: used, and not reserved by Nova: it is now", placement.reserved(), 1)
    again = give_back(node, where, env=ADMIN)
    tally.equal(f"{name}: round again", (again.returncode, placement.reserved()), (0, 0), again.stderr)


def test_together(tally, node, placement, name):
    """All one-time-use GPUs by one request say what they say one by one."""
    def told(*words):
        result = node.sync("--json", f"--placement=http://127.0.0.1:{placement.port}", *words, env=ADMIN)
        provider, = (p for p in json.loads(result.stdout)["providers"] if p["uuid"] == GTX)
        return [provider[key] for key in ("total", "reserved", "used", "action")]

    def together():
        os.unlink(node.path("run/gpuclaim/sync.json"))
        node.sync("--spread", env=ADMIN)
        node.later(3601)
        return told("--spread")
    placement.give_memory()
    answer = placement.call("GET", f"allocation_candidates?resources=MEMORY_MB:1&limit=1&in_tree={ROOT}", version="1.31")
    found = answer["provider_summaries"].get(GTX, {})
    tally.equal(f"{name}: a candidate's summary has the GPU", (found.get("resources"), ONE_TIME in found.get("traits", ())),
                ({CLASS: {"capacity": 1, "used": 0}}, True), answer)
    tally.equal(f"{name}: offered", together(), told("--dry-run"))
    placement.allocate(GTX)
    tally.equal(f"{name}: used, and reserved for that", together(), [1, 1, 1, "reserve-used"])
    tally.equal(f"{name}: and so it is, one by one", told("--dry-run"), [1, 1, 1, "leave"])


def test_down(tally, node, url, name):
    node.rebind("0000:01:00.0", "nvidia")
    with open(node.path("run/gpuclaim/sync.json"), encoding="ascii") as file:
        before = json.load(file)["providers"]
    result = node.sync("--json", f"--placement={url}", env=ADMIN)
    tally.equal(f"{name}: Placement is down: the last state is kept", (
        result.returncode, json.loads(result.stdout)["providers"]), (1, before), result.stderr)


def test_real(tally, folder, name):
    where = chroot(name)
    if not where:
        tally.check(f"{name}: a chroot", False)
        return
    node = Machine(os.path.join(folder, name), "", REPORTED)
    with keystone.worker(where, "placement_worker.py") as port:
        tally.check(f"{name}: Placement runs", port.isdigit(), port)
        if port.isdigit():
            test_one(tally, node, Placement(port), name)
            test_return(tally, node, Placement(port), name)
            test_together(tally, node, Placement(port), name)
    test_down(tally, node, f"http://127.0.0.1:{port}", name)


def main():
    tally = Tally()
    assert set(GOOD) >= {GTX, A30}
    with tempfile.TemporaryDirectory(prefix="gpuclaim-sync-") as folder:
        for name in ("bookworm", "trixie"):
            test_real(tally, folder, name)
        where = chroot("trixie")
        if where:
            keystone.test_keystone(tally, folder, where)
    suite.end(tally.passed, tally.failed)


if __name__ == "__main__":
    main()
