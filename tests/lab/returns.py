# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes on behind the boot, in its units' own sandboxes, under a real systemd and kernel: one-time-use GPUs
that were used go back to Placement, one by its slot, as VFIO resets it, one by its functions' own resets.

The timers are ours to the letter, but for when they elapse. Placement is the stand-in of ../nova/sync_world.py.
"""

from tests.lab import image, lab
from tests.lab.claims import CONSOLE_DEVICE
from tests.lab.lab import case, check, equal
from tests.lab.seen import Status
from tests.nova import sync_world
from tests.nova.placement import A30, GTX, MANAGED, ROOT, provider
from tests.nova.sync_world import COMPUTE_ID, CREDENTIALS, ONE_TIME, reserved

# The host, as QEMU's network shows it to a guest.
OUTSIDE = "10.0.2.2"
NETWORK = ["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,addr=0x3,romfile="]
SLOT, OWN = "0000:01:00.0", "0000:02:00.0"          # how they are reset
CLASS = "CUSTOM_PCI_10DE_1C81"
METRICS = "/var/lib/prometheus/node-exporter"
UNITS = ("gpuclaim-sync.timer", "gpuclaim-return.path", "gpuclaim-metrics.timer")
UNUSED = ("libvirtd.service", "libvirtd.socket", "libvirtd-ro.socket", "libvirtd-admin.socket", "virtlogd.service",
          "virtlogd.socket", "virtlockd.socket", "systemd-logind.service")
SERVICES = ("gpuclaim-sync", "gpuclaim-return", "gpuclaim-metrics")
# An empty one takes back all of a timer's moments.
SOON = "[Timer]\nOnActiveSec=\nOnActiveSec=1s\nOnUnitInactiveSec=30s\nRandomizedDelaySec=0\n"
# A drop-in that takes from the unit what it needs.
CLOSED = "/run/systemd/system/gpuclaim-return.service.d"
FORBIDDEN = "operation not permitted|permission denied|read-only|bad system call"

SCRIPT = f"""
# patiently COMMAND...: wait_for's many looks would be most of what an emulated machine does.
patiently() {{
	left=100
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 5
	done
}}
systemctl is-system-running --wait >/dev/null
modprobe virtio_net
systemctl start systemd-networkd
patiently sh -c 'ip route | grep -q 10.0.2'
chown 64060:64060 /etc/nova/nova.conf
chmod 600 /etc/nova/nova.conf
status before
mark 1
rm -f {METRICS}/gpuclaim.prom
# By hand all is asked, and nothing returned; the timer's passes ask at the node's own time in the hour.
begin by-hand; run gpuclaimctl nova sync
echo 'set return-to-service=auto' >>/etc/gpuclaim/gpuclaim.conf
mkdir -p {CLOSED}
printf '[Service]\nCapabilityBoundingSet=\nCapabilityBoundingSet=CAP_DAC_READ_SEARCH\n' >{CLOSED}/closed.conf
systemctl daemon-reload
begin start; run systemctl start gpuclaim-sync.timer gpuclaim-metrics.timer
both_are_told() {{
	[ "$(journalctl -b -q -o cat -u gpuclaim-return | grep -c 'it stays reserved')" -ge 2 ]
}}
begin closed; run patiently both_are_told
begin kept; run ask reserved
begin forbidden; run journalctl -b -q -o cat -u gpuclaim-return
begin path-closed; run systemctl is-active gpuclaim-return.path
rm -r {CLOSED}
systemctl daemon-reload
# One that was refused is left alone for five minutes.
systemctl stop gpuclaim-return
rm -f /run/gpuclaim/return-0*
opened=$(date +%s)
is_returned() {{
	[ "$(ask reserved)" = "{SLOT}=0 {OWN}=0" ]
}}
begin returned; run patiently is_returned
mark 2
begin flag; run patiently test ! -e /run/gpuclaim/return-waiting
begin metrics; run patiently grep gpuclaim_ready_gpus {METRICS}/gpuclaim.prom
begin units; run systemctl is-active {" ".join(UNITS)}
systemctl stop gpuclaim-sync.timer gpuclaim-metrics.timer
begin path; run systemctl is-active gpuclaim-return.path
begin results; run systemctl show -P Result {" ".join(SERVICES)}
begin said; run journalctl -b -q -o cat --since "@$opened" {" ".join(f"-u {s}" for s in SERVICES)}
status after
"""


def used(address):
    """As Nova leaves it when its server is deleted."""
    return sync_world.device(address, CLASS, reserved=1, traits=(MANAGED, ONE_TIME), node="guest")


def files():
    """The node's, but for its claims. nova.conf is for nova's eyes only."""
    return {"etc/systemd/network/10-net.network":
            "[Match]\nDriver=virtio_net\n[Network]\nAddress=10.0.2.15/24\nLinkLocalAddressing=no\n",
            f"{METRICS[1:]}/other.prom": "",
            **{f"etc/systemd/system/{name}": image.Link("/dev/null") for name in UNUSED},
            **{f"etc/systemd/system/{name}.d/soon.conf": SOON for name in UNITS if name.endswith(".timer")},
            "var/lib/nova/compute_id": COMPUTE_ID.split(" ", 2)[2].replace("\\n", "\n")}


def nova_conf(world):
    port = world["url"].rpartition(":")[2]
    world["url"] = f"http://{OUTSIDE}:{port}"       # as the catalog has it, too
    return CREDENTIALS.split(" ", 2)[2].format(url=world["url"]).replace("\\n", "\n")


@lab.test
def used_once_and_given_back():
    config = {"etc/gpuclaim/gpuclaim.conf": "claim 10de:1c81\n"}
    state = {ROOT: provider("guest", None, "VCPU", 8, ()) | {"generation": 9}, GTX: used(SLOT), A30: used(OWN.upper())}
    with sync_world.serve(state) as world:
        conf = {"etc/nova/nova.conf": nova_conf(world)}
        booted = image.boot("trixie-libvirt", SCRIPT, system=True, append="intel_iommu=on", early=config,
                            late=config | files() | conf)
        with lab.Machine(cards=["gtx1050", "gtx1050+flr"], extra=CONSOLE_DEVICE + NETWORK, timeout=1800,
                         asks={"reserved": lambda _: f"{SLOT}={reserved(world)} {OWN}={reserved(world, A30)}"},
                         **booted) as machine:
            machine.finish()
    with case("both are ready, and wait"):
        Status(machine, "before").judge_ready(*(f"{a[:-1]}{f}" for a in (SLOT, OWN) for f in "01"))
    said = machine.outputs("said")
    with case("by hand nothing is returned"):
        equal(machine.statuses("by-hand"), [0], f"nova sync: {machine.outputs('by-hand')}")
    with case("a unit that may not see who has a GPU gives none back"):
        equal(machine.statuses("closed"), [0], f"it has said so of both: {machine.outputs('forbidden')}")
        equal(machine.outputs("kept"), [f"{SLOT}=1 {OWN}=1"], "reserved")
        why = [line for line in machine.outputs("forbidden") if "it is not known whether it is in use" in line]
        equal(len(why), 2, f"why: {machine.outputs('forbidden')}")
        equal(machine.outputs("path-closed"), ["active"], "the path")
    with case("the units give both back"):
        equal(machine.statuses("start"), [0], f"systemctl start: {machine.outputs('start')}")
        equal(machine.statuses("returned"), [0], f"they are offered again: {said}")
        equal([reserved(world, uuid) for uuid in (GTX, A30)], [0, 0], "reserved")
        equal(machine.statuses("flag"), [0], "nothing waits any more")
    with case("each was reset, by its slot or by its functions"):
        for card, how in zip(machine.cards, ("device", "flr")):
            found = {(a.function, a.text) for a in card.accesses("reset", since=1, until=2)}
            check({(0, how), (1, how)} <= found, f"resets of {card.name}: {found}")
    with case("the metrics are written"):
        equal(machine.outputs("metrics")[-1:], ["gpuclaim_ready_gpus 2"], f"metrics: {said}")
    with case("the timers and the path wait; the path ends with its timer"):
        equal(machine.outputs("units"), ["active"] * len(UNITS), "units")
        equal(machine.outputs("path"), ["inactive"], "the path without its timer")
    with case("no sandbox forbids what its unit does"):
        equal([word for word in machine.outputs("results") if word], ["success"] * len(SERVICES), f"results: {said}")
        wrong = [line for line in said if any(word in line.lower() for word in FORBIDDEN.split("|"))]
        equal(wrong, [], "what was forbidden")
    with case("both are well after it"):
        Status(machine, "after").judge_ready(*(f"{a[:-1]}{f}" for a in (SLOT, OWN) for f in "01"))


if __name__ == "__main__":
    lab.main()
