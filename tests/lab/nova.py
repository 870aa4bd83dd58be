# SPDX-License-Identifier: GPL-2.0-or-later
"""What Nova and libvirt get, on real boots: gpuclaim-ready.service before a stand-in for
nova-compute, the drop-in that it refreshes, and a virtual machine of Debian's libvirt with what
`nova show` prints.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab import guest, image, lab
from tests.lab.claims import COMPANION, CONSOLE_DEVICE
from tests.lab.lab import case, check, equal
from tests.lab.seen import Seen, Status, judge_claimed, judge_untouched

HERE = Path(__file__).resolve().parent
UNIT = HERE.parent.parent / "systemd/gpuclaim-ready.service"
PACKAGING = HERE.parent.parent / "packaging/debian"
DROPIN = "/etc/nova/nova.conf.d/60-gpuclaim.conf"
CONFIG = "etc/gpuclaim/gpuclaim.conf.d/60-setup.conf"
UNITS, WANTS = "etc/systemd/system", "etc/systemd/system/multi-user.target.wants"
METRICS = "/var/lib/prometheus/node-exporter"
AGAIN, READY, NOVA, GATED = "gpuclaim-boot", "gpuclaim-ready", "nova-compute", "kolla-nova_compute-container"
NOVA_GROUP = 64060
TIMEOUT = 600
# The second card shares the group of what else is behind the bridge.
CARDS = [("gtx1050", {}), ("gtx1050", {"place": "bridge"})]
CARD, CARD2 = (["0000:01:00.0", "0000:01:00.1"], ["0000:03:01.0", "0000:03:01.1"])
GPU, GPU2 = CARD[0], CARD2[0]
NIC, NIC_IDS, NIC_DEVICE = "0000:03:05.0", "1af4:1000", "virtio-net-pci,addr=0x5,romfile="
KEEP = "report_in_placement = true"
PAIR = ["0000:01:00.0", "0000:01:00.1", "0000:02:00.0", "0000:02:00.1"]     # on ports of their own

STAND_IN = """\
[Unit]
Description=Stands in for nova-compute

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /usr/local/lib/stand-in %n --config-file=/etc/nova/nova.conf
"""
# What Nova would read when it is started.
STAND_IN_PROGRAM = f"cat {DROPIN} >/run/seen-$1 2>&1 || :\n"


def installed():
    """What `gpuclaimctl setup` writes into a system that is not running, and the stand-ins."""
    files = {"etc/nova/nova.conf": "[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver\n",
             "usr/local/lib/stand-in": STAND_IN_PROGRAM,
             f"{METRICS[1:]}/other.prom": ""}
    for name in (NOVA, GATED):
        files[f"{UNITS}/{name}.service"] = STAND_IN
        files[f"{WANTS}/{name}.service"] = image.Link(f"/{UNITS}/{name}.service")
    with tempfile.TemporaryDirectory(prefix="gpuclaim-setup-") as temporary:
        folder = Path(temporary)
        (folder / "usr/lib/systemd/system").mkdir(parents=True)
        shutil.copy(UNIT, folder / "usr/lib/systemd/system")
        subprocess.run([COMPANION, "setup", "--root", folder, "--ids", "10de:1c81", "--gate=strict",
                        "--no-initramfs", "--no-kernel-args", "--alias", "gtx1050", "--yes"],
                       check=True, capture_output=True)
        for path in [p for top in ("etc", "var") for p in folder.glob(f"{top}/**/*")]:
            name = str(path.relative_to(folder))
            if path.is_symlink():
                files[name] = image.Link(os.readlink(path))
            elif path.is_file():
                files[name] = path.read_bytes()
    # One of the two does without, so that both ways are seen in one boot.
    del files[f"{UNITS}/{NOVA}.service.d/10-gpuclaim.conf"]
    return files


# --- a node's life: applied, one GPU fails, it is well again

def shown(*units):
    """The words that show what became of units, each a case."""
    return "\n".join(f"begin {unit}; run systemctl show -p ActiveState "
                     "-p ExecMainStartTimestampMonotonic -p ExecMainExitTimestampMonotonic "
                     f"{unit}" for unit in units)


WORDS = f"""
said() {{
	begin "$1"
	run journalctl -o cat "_SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID {READY})"
}}
told() {{
	begin "$1"
	run cat {DROPIN}
}}
"""
BOOTED = f"""
{WORDS}
systemctl is-system-running --wait >/dev/null
look look
mark 1
status status
{shown(READY, NOVA, GATED)}
begin failed; run systemctl --failed --plain --no-legend
begin seen; run cat /run/seen-{NOVA}.service
begin metrics; run cat {METRICS}/gpuclaim.prom
told dropin
said said
"""
APPLY = f"""
echo nova:x:{NOVA_GROUP}: >>/etc/group
gpuclaimctl nova revert
begin apply; run gpuclaimctl nova apply --placement --alias gtx1050
begin owner; run stat -c '%a %u %g' {DROPIN}
told applied
cp {DROPIN} /root/applied
"""
FOREIGN = '[pci]\\ndevice_spec = {"vendor_id":"10de","product_id":"1c81"}'
FAIL = f"""
cp -a /etc/nova /root/nova
printf '{FOREIGN}\\n' >>/etc/nova/nova.conf
status foreign
cp /root/nova/nova.conf /etc/nova/nova.conf
{{ cat /root/applied; echo '# mine'; }} >{DROPIN}
begin restarted; run systemctl restart {READY}
told edited
said edited-said
status edited-status
rm -r /etc/nova
mv /root/nova /etc/nova
begin once; run systemctl show -P ExecMainStatus -P Result {AGAIN}
for function in {" ".join(CARD)}; do
	echo $function >/sys/bus/pci/devices/$function/driver/unbind
done
begin unloaded; run modprobe -r vfio_pci
begin again; run systemctl restart {AGAIN}
begin drivers; run readlink {" ".join(f"/sys/bus/pci/devices/{a}/driver" for a in CARD)}
"""
RECOVER = f"""
begin revert; run gpuclaimctl nova revert
told reverted
begin apply; run gpuclaimctl nova apply --alias gtx1050
told again
begin undo; run gpuclaimctl undo
told undone
begin left; run find /etc -name '*gpuclaim*' ! -path {DROPIN}
"""


def specs(machine, name):
    """The addresses that the drop-in lists."""
    lines = [line.removeprefix("device_spec = ") for line in machine.outputs(name)
             if line.startswith("device_spec = ")]
    return [json.loads(line)["address"] for line in lines]


def unlisted(machine, name):
    """The drop-in without what may change: its devices, and the hash over all of it."""
    return [re.sub("hash=[0-9a-f]+", "", line) for line in machine.outputs(name)
            if not line.startswith("device_spec = ")]


def unit(machine, name):
    return dict(line.split("=", 1) for line in machine.outputs(name))


def boot(disk, script, nic=False, begin=BOOTED, **files):
    """The next boot of a node, whose disk keeps what happens."""
    booted = image.boot("trixie", begin + script, system=True, append="gpuclaim=1", **files)
    cards = [lab.Card(name, **where) for name, where in CARDS]      # each boot's logs are its own
    with lab.Machine(cards=cards, bridge_devices=[NIC_DEVICE] if nic else [],
                     extra=CONSOLE_DEVICE, timeout=TIMEOUT,
                     **booted | {"disk": str(disk), "snapshot": False}) as m:
        m.finish()
    return m


def judge_order(machine, other):
    """What is told was right before anyone looked."""
    done = int(unit(machine, READY)["ExecMainExitTimestampMonotonic"])
    began = int(unit(machine, other)["ExecMainStartTimestampMonotonic"])
    check(0 < done < began, f"{READY} was done at {done}, {other} was started at {began}")


def judge_seen(machine):
    judge_order(machine, NOVA)
    equal(machine.outputs("seen"), machine.outputs("dropin"), "the drop-in that Nova has seen")


def judge_well(machine, addresses, units):
    Status(machine, "status").judge_ready(*addresses)
    judge_claimed(Seen(machine), *addresses)
    judge_untouched(machine, 0, 1)
    equal({name: unit(machine, name)["ActiveState"] for name in units},
          {name: "active" for name in units}, "states of the units")


def judge_applied(machine):
    equal(machine.statuses("apply"), [0], f"exit code of apply: {machine.outputs('apply')}")
    equal(specs(machine, "applied"), [GPU, GPU2], "device_spec")
    equal(machine.outputs("owner"), [f"640 0 {NOVA_GROUP}"], "mode and owner of the drop-in")
    check(KEEP in machine.outputs("applied"), f"no {KEEP!r}: {machine.outputs('applied')}")


def judge_failed(applied, machine):
    with case("one GPU fails"):
        status = Status(machine, "status")
        equal((status.code, status.json["ready"]), (3, False), "exit code of status, ready")
        status.judge_devices({a: "claimed" for a in CARD} | {a: "group-not-viable" for a in CARD2})
        why = " ".join(status.devices[GPU2]["reasons"])
        check(NIC in why and NIC_IDS in why, f"the reason does not name the NIC: {why!r}")
        viable = status.checks["group-viable"]
        check(viable["state"] == "fail" and NIC in viable["message"], f"group-viable: {viable}")
        check(any(NIC in line for line in machine.outputs("said")),
              f"nor does the unit: {machine.outputs('said')}")
        judge_claimed(Seen(machine), *CARD)
    with case("the drop-in lists the other alone, before Nova looks"):
        equal(specs(machine, "dropin"), [GPU], "device_spec")
        equal(unlisted(machine, "dropin"), unlisted(applied, "applied"), "the other lines")
        equal(machine.outputs("owner"), [f"640 0 {NOVA_GROUP}"], "mode and owner of the drop-in")
        judge_seen(machine)
    with case("the unit fails, and the strict gate holds Nova back"):
        equal([line.split()[0] for line in machine.outputs("failed")], [f"{READY}.service"],
              "failed units")
        equal(unit(machine, NOVA)["ActiveState"], "active", "Nova without the gate")
        gated = unit(machine, GATED)
        equal((gated["ActiveState"], gated["ExecMainStartTimestampMonotonic"]), ("inactive", "0"),
              "Nova with the gate: state, start")
    with case("metrics"):
        for line in ("gpuclaim_ready 0", "gpuclaim_selected_gpus 2", "gpuclaim_ready_gpus 1",
                     f'gpuclaim_verdict{{address="{GPU2}",verdict="group-not-viable"}} 1'):
            check(line in machine.outputs("metrics"), f"no {line}: {machine.outputs('metrics')}")


def judge_told_otherwise(applied, machine):
    """Nova reads what nobody refreshes: that is a failed check."""
    with case("a spec in nova.conf matches the failed GPU"):
        found = Status(machine, "foreign").checks["nova-whitelist"]
        equal(found["state"], "fail", "nova-whitelist")
        check("/etc/nova/nova.conf:" in found["message"] and GPU2 in found["message"],
              f"the message: {found['message']!r}")
        check("--gate=strict" in found["remedy"], f"the remedy: {found['remedy']!r}")
        equal(Status(machine, "status").checks["nova-whitelist"]["state"], "pass",
              "nova-whitelist without that spec")
    with case("an edited drop-in is left alone, and that is said"):
        equal(machine.outputs("edited"), [*applied.outputs("applied"), "# mine"], "the drop-in")
        said = machine.outputs("edited-said")
        check(any(f"{DROPIN} was edited: it is left as it is" in line for line in said),
              f"the unit did not say so: {said}")
        equal(machine.statuses("restarted"), [1], "exit code of the restart")
        equal(Status(machine, "edited-status").checks["nova-whitelist"]["state"], "fail",
              "nova-whitelist with the failed GPU in the edited drop-in")


def judge_again(machine):
    """The unit that runs the helper once more is shut in, but may load a module and store."""
    with case("the helper runs once more"):
        equal(sorted(machine.outputs("once")), ["0", "success"], "the run in this boot")
        equal(machine.statuses("unloaded"), [0], f"modprobe -r: {machine.outputs('unloaded')}")
        equal(machine.statuses("again"), [0], f"the unit: {machine.outputs('again')}")
        equal([os.path.basename(link) for link in machine.outputs("drivers")], ["vfio-pci"] * 2,
              "the drivers of what was let go")


def judge_taken_back(machine):
    with case("revert keeps report_in_placement"):
        equal(machine.statuses("revert"), [0], "exit code of revert")
        lines = [line for line in machine.outputs("reverted") if not line.startswith("#")]
        equal(lines, ["[pci]", KEEP], "the drop-in")
        check(any(KEEP in line for line in machine.outputs("revert")),
              f"it does not say so: {machine.outputs('revert')}")
    with case("apply again"):
        equal(machine.statuses("apply"), [0], "exit code of apply")
        equal(machine.outputs("again"), machine.outputs("dropin"), "the drop-in")
    with case("undo keeps report_in_placement, and nothing else"):
        equal(machine.statuses("undo"), [0], f"exit code of undo: {machine.outputs('undo')}")
        equal(machine.outputs("undone"), machine.outputs("reverted"), "the drop-in")
        check(any(KEEP in line for line in machine.outputs("undo")),
              f"it does not say so: {machine.outputs('undo')}")
        equal(machine.outputs("left"), [], "what is left of setup")


@lab.test
def one_of_two_fails():
    """A NIC in the second card's group, for the length of one boot."""
    files = installed()
    early = {CONFIG: files[CONFIG]}
    with tempfile.TemporaryDirectory(prefix="gpuclaim-nova-") as folder:
        disk = Path(folder, "disk")
        shutil.copy(image.root("trixie"), disk)
        first = boot(disk, APPLY, early=early, late=files)
        with case("the first boot lists what setup could not know"):
            judge_well(first, CARD + CARD2, (READY, NOVA, GATED))
            equal(specs(first, "dropin"), [GPU, GPU2], "device_spec")
            judge_seen(first)
        with case("apply"):
            judge_applied(first)
        failed = boot(disk, f"begin owner; run stat -c '%a %u %g' {DROPIN}\n{FAIL}", nic=True,
                      early=early)
        judge_failed(first, failed)
        judge_told_otherwise(first, failed)
        judge_again(failed)
        last = boot(disk, RECOVER, early=early)
        with case("both are listed when the cause is gone"):
            judge_well(last, CARD + CARD2, (READY, NOVA, GATED))
            equal(last.outputs("dropin"), first.outputs("applied"), "the drop-in")
            judge_seen(last)
        judge_taken_back(last)


# --- the package is removed

def package(folder):
    """The product as installed, with what the package runs at its removal."""
    top = Path(folder, "package")
    shutil.copytree(image.stage(), top, ignore=shutil.ignore_patterns("lab.service", "vfiouse"))
    (top / "DEBIAN").mkdir()
    (top / "DEBIAN/control").write_text("Package: gpuclaim\nVersion: 1\nArchitecture: all\n"
                                        "Maintainer: the lab <lab@example.org>\n"
                                        "Description: the product\n")
    shutil.copy(PACKAGING / "prerm", top / "DEBIAN/prerm")
    (top / "DEBIAN/prerm").chmod(0o755)
    subprocess.run(["dpkg-deb", "-b", "--root-owner-group", top, f"{top}.deb"], check=True,
                   capture_output=True)
    return Path(f"{top}.deb").read_bytes()


STATES = shown(READY, NOVA, GATED)
PURGE = f"""
begin install; run dpkg -i /usr/local/lib/gpuclaim.deb
begin purge; run dpkg --purge gpuclaim
begin still; run systemctl is-active {NOVA} {GATED}
begin restart; run systemctl restart {GATED}
"""
PURGED = f"""
systemctl is-system-running --wait >/dev/null
look look
{STATES}
begin left; run find /etc/systemd/system /usr/sbin -name '*gpuclaim*' ! -type d
"""


@lab.test
def the_package_is_purged():
    """Behind the strict gate, without an undo: nova-compute runs on, and starts at the next boot."""
    files = installed()
    early = {CONFIG: files[CONFIG]}
    with tempfile.TemporaryDirectory(prefix="gpuclaim-purge-") as folder:
        disk = Path(folder, "disk")
        shutil.copy(image.root("trixie"), disk)
        files["usr/local/lib/gpuclaim.deb"] = package(folder)
        first = boot(disk, PURGE, early=early, late=files)
        last = boot(disk, PURGED, begin="", early=early)
    with case("before"):
        judge_well(first, CARD + CARD2, (READY, NOVA, GATED))
    with case("the purge"):
        for name in ("install", "purge", "restart"):
            equal(first.statuses(name), [0], f"exit code of {name}: {first.outputs(name)}")
        check(any('"gpuclaimctl undo" before the package is removed' in line for line in first.outputs("purge")),
              f"what stays is not told: {first.outputs('purge')}")
        equal(first.outputs("still"), ["active"] * 2, "Nova after the purge")
    with case("the next boot"):
        equal(last.outputs("left"), [], "what is left")
        equal({name: unit(last, name)["ActiveState"] for name in (READY, NOVA, GATED)},
              {READY: "inactive", NOVA: "active", GATED: "active"}, "states of the units")
    with case("the image claims as before, until it is built anew"):
        judge_claimed(Seen(last), *CARD, *CARD2)


# --- libvirt

CONSOLE_LOG = "/run/console"
DOMAIN, END = f"""\
<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='file'>
      <driver name='qemu' type='raw'/>
      <source file='/usr/local/lib/pciscan.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <serial type='file'><source path='{CONSOLE_LOG}'/></serial>
""", "  </devices>\n</domain>\n"
# AppArmor's tools are not there, and the kernel has it.
LIBVIRT = {
    "etc/libvirt/qemu.conf": 'security_driver = "none"\n',
    "usr/local/lib/begin.xml": DOMAIN,
    "usr/local/lib/end.xml": END,
    "usr/local/lib/pciscan.img": guest.pciscan().read_bytes(),
    f"{WANTS}/{UNIT.name}": image.Link(f"/usr/lib/systemd/system/{UNIT.name}"),
}
# What the manual has as an example of --output.
OTHER = "/etc/nova/nova-compute.conf.d/60-gpuclaim.conf"
VIRTUAL = f"""
systemctl is-system-running --wait >/dev/null
look look
mark 1
status status
{shown(READY, "libvirtd")}
begin nodedev; run virsh nodedev-list --cap pci
begin show; run gpuclaimctl nova show --for controller
sed -n '/<hostdev/,/<.hostdev/s/^#//p' /tmp/run.out >/run/hostdev.xml
cat /usr/local/lib/begin.xml /run/hostdev.xml /usr/local/lib/end.xml >/run/domain.xml
mark 2
begin create; run virsh create /run/domain.xml
wait_for 120 grep -q '^PCI end' {CONSOLE_LOG}
mark 3
begin console; run cat {CONSOLE_LOG}
begin destroy; run virsh destroy guest
look after
begin apply; run gpuclaimctl nova apply --output {OTHER}
begin applied; run cat {OTHER}
echo {PAIR[0]} >/sys/bus/pci/drivers/vfio-pci/unbind
systemctl restart {READY}
begin refreshed; run cat {OTHER}
"""


@lab.test
def a_virtual_machine_of_libvirt():
    """With both GPUs and their audio, from what `nova show` prints; it boots a sector that tells of its devices."""
    config = {CONFIG: "claim 10de:1c81\n"}
    booted = image.boot("trixie-libvirt", VIRTUAL, system=True, early=config,
                        late=config | LIBVIRT)
    with lab.Machine(cards=["gtx1050", "gtx1050"], extra=CONSOLE_DEVICE, memory="2G",
                     timeout=TIMEOUT, **booted) as m:
        m.finish()
    with case("ready before libvirtd looks"):
        judge_well(m, PAIR, (READY, "libvirtd"))
        judge_order(m, "libvirtd")
    with case("virsh nodedev-list names the devices"):
        names = {"pci_" + re.sub("[:.]", "_", address) for address in PAIR}
        equal(names - set(m.outputs("nodedev")), set(), "devices that are missing")
    with case("a machine with what nova show prints has the GPUs"):
        judge_virtual(m)
    with case("the unit refreshes a drop-in that is elsewhere"):
        equal(specs(m, "applied"), [PAIR[0], PAIR[2]], "device_spec")
        equal(specs(m, "refreshed"), [PAIR[2]], "device_spec without the first GPU's driver")


def judge_virtual(machine):
    equal(machine.statuses("create"), [0], f"exit code of create: {machine.outputs('create')}")
    found = [line for line in machine.outputs("console") if " 10de:" in line]
    equal([line.split(" ", 2)[2] for line in found],
          ["10de:1c81 BAR0=137000a1", "10de:0fb9"] * 2, "the GPUs and their audio on its buses")
    for card in machine.cards:
        check(card.bar_accesses(function=0, since=2, until=3), f"{card.name}: nobody read it")
    equal(machine.statuses("destroy"), [0], "exit code of destroy")
    after = Seen(machine, "after")
    equal({after.drivers[a] for a in PAIR}, {"vfio-pci"}, "drivers afterwards")


if __name__ == "__main__":
    lab.main()
