# SPDX-License-Identifier: GPL-2.0-or-later
"""A GPU and the functions that come along with it."""

import tempfile

from tests.lab import lab
from tests.lab.claims import AUDIO, CARD, CLAIM, CONSOLE, CONSOLE_DEVICE, GPU, Case, kernels, play
from tests.lab.lab import check, equal

USB, UCSI = f"{CARD}.2", f"{CARD}.3"
RTX = "claim 10de:1f08\n"
# Audio and USB are QEMU's, for real drivers: functions 1 and 2 of the card's slot.
STAND_INS = CONSOLE_DEVICE + [
    "-audiodev", "none,id=sound",
    "-device", "ich9-intel-hda,id=hda,bus=port0,addr=0.1,multifunction=on",
    "-device", "hda-duplex,bus=hda.0,audiodev=sound",
    "-device", "qemu-xhci,id=usb,bus=port0,addr=0.2,multifunction=on",
]
HOST_DRIVERS = f"""
as_vendor 10DE {AUDIO} {USB}
native snd_hda_intel {AUDIO}
native xhci_pci {USB}
"""


def four(verdict):
    return {a: verdict for a in (GPU, AUDIO, USB, UCSI)} | {CONSOLE: "not-selected"}


def usable(seen):
    for address in (GPU, AUDIO, USB, UCSI):
        equal(seen.machine.vfiouse(address, seen.name)["verdict"], "pass", f"use of {address}")


@kernels("trixie")
def four_functions(suite):
    play([
        Case("all come along", four("claimed"), conf=RTX, after=f"run vfiouse {GPU} {AUDIO} {USB} "
             f"{UCSI}", then=usable),
        Case("companions=group", four("claimed"), conf=f"{RTX}set companions=group"),
        Case("companions=none", {GPU: "group-not-viable", CONSOLE: "not-selected"},
             conf=f"{RTX}set companions=none", why={GPU: f"{CARD}.[123] .* shares IOMMU group"}),
        Case("named by a companion only", four("not-selected"), conf="claim 10de:10f9"),
        Case("one is skipped", four("skipped"), conf=f"{RTX}skip 10de:1adb"),
    ], cards=["rtx4"], extra=CONSOLE_DEVICE, suite=suite)


@kernels("trixie", "bookworm")
def companions_with_drivers(suite):
    play([
        Case("nothing hangs on them", four("claimed"), conf=RTX, before=HOST_DRIVERS),
        Case("rebind=no", four("in-use"), conf=f"{RTX}set rebind=no", before=HOST_DRIVERS,
             why={GPU: f"{AUDIO}: bound to snd_hda_intel, and set rebind=no"}),
        Case("an open stream", four("in-use"), conf=RTX,
             before=f"{HOST_DRIVERS}wait_for 10 [ -e /dev/snd/pcmC0D0p ]\n"
                    "sleep 1000 >/dev/snd/pcmC0D0p &\n"
                    "wait_for 10 grep -q state /proc/asound/card0/pcm0p/sub0/status",
             after="kill $!; wait $!", why={GPU: f"{AUDIO}: .*audio stream card0"}),
        Case("a USB device", four("in-use"), conf=RTX,
             before=f"{HOST_DRIVERS}ask plug\nwait_for 20 [ -e /sys/bus/usb/devices/1-1 ]",
             after="ask unplug; wait_for 20 [ ! -e /sys/bus/usb/devices/1-1 ]",
             why={GPU: f"{USB}: .*USB device 1-1"}),
        Case("the USB device has gone", four("claimed"), conf=RTX, before=HOST_DRIVERS),
    ], cards=["rtx-half"], extra=STAND_INS, suite=suite,
        asks={"plug": lambda m: m.qmp("device_add", driver="usb-tablet", bus="usb.0", id="tablet"),
              "unplug": lambda m: m.qmp("device_del", id="tablet")})


# --- a switch on the board: the GPU on one of its ports, a USB controller on another

SWITCHED, BEHIND = "0000:03:00", "0000:04:00.0"


@kernels("trixie")
def behind_a_switch(suite):
    card, host = {SWITCHED: "claimed"}, {CONSOLE: "not-selected"}
    play([
        Case("companions=slot", card | host, conf=CLAIM, before=f"as_vendor 10DE {BEHIND}"),
        Case("companions=group", card | {BEHIND: "claimed"} | host,
             conf=f"{CLAIM}set companions=group", before=f"native xhci_pci {BEHIND}"),
        Case("companions=group, and one in use", {SWITCHED: "in-use", BEHIND: "in-use"} | host,
             conf=f"{CLAIM}set companions=group\nset rebind=no", before=f"native xhci_pci {BEHIND}",
             why={f"{SWITCHED}.0": f"{BEHIND}: bound to xhci_hcd"}),
    ], cards=[lab.Card("gtx1050-small", place="switch")], switch_devices=["qemu-xhci"],
        extra=CONSOLE_DEVICE, suite=suite)


# --- an unbind that does not end: ALSA waits for whoever has the control device open

def left_behind(seen):
    equal(seen.statuses("held"), [0], "exit code")
    check("LAB returned first" in seen.lines, "it waited for the unbind")
    for address in (GPU, AUDIO, USB, UCSI):
        equal(seen.records[address], "failed", f"verdict of {address}")
        check("errno 110" in seen.recorded_why[address], seen.recorded_why[address])
    for address in (GPU, USB, UCSI):
        equal(seen.steps["after"][address], seen.steps["before"][address], address)
    equal(seen.steps["freed"], seen.steps["before"], "the machine once the unbind has ended")


@kernels("trixie", "bookworm")
def unbind_that_hangs(suite):
    play([
        Case("the control device is opened meanwhile", {}, conf=RTX, judged=False,
             then=left_behind,
             before=f"{HOST_DRIVERS}wait_for 10 [ -e /dev/snd/controlC0 ]", run=f"""
             step before
             hold gpuclaim boot
             sleep 1000 </dev/snd/controlC0 &
             holder=$!
             {{ sleep 40; kill $holder 2>/dev/null; }} &
             let_go
             gpuclaim boot
             gpuclaim udev {AUDIO} >/dev/null
             ! kill $holder 2>/dev/null || echo LAB returned first
             after_run
             wait_for 60 eval '! pidof gpuclaim >/dev/null'
             step freed
             """),
        Case("the control device is open before", four("in-use"), conf=RTX,
             before=f"{HOST_DRIVERS}wait_for 10 [ -e /dev/snd/controlC0 ]\n"
                    "sleep 1000 </dev/snd/controlC0 &\nholder=$!", after="kill $holder",
             why={GPU: f"{AUDIO}: .*/dev/snd/controlC0"}),
    ], cards=["rtx-half"], extra=STAND_INS, suite=suite)


# --- a USB controller of the GPU's vendor, with a real driver

ROOT_HUB = "/sys/bus/usb/devices/usb1"
USB_ONLY = CONSOLE_DEVICE + ["-device", "qemu-xhci,id=usb,bus=port0,addr=0.1,multifunction=on"]
BOUND = f"native xhci_pci {AUDIO}\n"
DISPLAY = "claim 1b36:1f08\n"


def pair(verdict):
    return {a: verdict for a in (GPU, AUDIO, UCSI)} | {CONSOLE: "not-selected"}


def overrides(seen, step):
    return [seen.steps[step][a].override for a in (GPU, AUDIO, UCSI)]


def kept_and_completed(seen):
    """The GPU is kept from drivers while a root hub may not sleep, and taken as soon as it does."""
    equal(seen.dry, pair("in-use"), "what the dry run says")
    equal(seen.steps["dry"], seen.steps["before"], "the machine after the dry run")
    equal(overrides(seen, "held"), ["vfio-pci", "(null)", "vfio-pci"], "overrides while it is awake")
    equal([seen.steps["held"][a].driver for a in (GPU, AUDIO)], ["-", "xhci_hcd"], "drivers then")
    equal([seen.steps["after"][a].driver for a in (GPU, AUDIO, UCSI)],
          ["vfio-pci"] * 3, "drivers")
    check(any("may not sleep" in line for line in seen.said("first")), seen.said("first"))


def kept_and_let_go(seen):
    equal(overrides(seen, "held"), ["vfio-pci", "(null)", "vfio-pci"], "overrides before the device")
    equal(overrides(seen, "after"), ["(null)"] * 3, "overrides with the device")
    check("USB device 1-1" in seen.recorded_why[GPU], seen.recorded_why[GPU])


AWAKE = f"""{BOUND}echo on >{ROOT_HUB}/power/control
dry_run
told boot gpuclaim boot
told first cat /run/gpuclaim/{GPU}
step held
"""


@kernels("trixie")
def usb_companion(suite):
    play([
        Case("its root hubs fall asleep", pair("claimed"), conf=DISPLAY, before=BOUND),
        Case("one may not sleep, then may", {}, conf=DISPLAY, judged=False,
             then=kept_and_completed,
             run=f"{AWAKE}echo auto >{ROOT_HUB}/power/control\n"
                 f"wait_for 10 grep -q suspended {ROOT_HUB}/power/runtime_status\n"
                 "told boot gpuclaim boot\nafter_run"),
        Case("a device is found between the runs", {}, conf=DISPLAY, judged=False,
             then=kept_and_let_go,
             run=f"{AWAKE}ask plug\nwait_for 20 [ -e /sys/bus/usb/devices/1-1 ]\n"
                 "told boot gpuclaim boot\nafter_run"),
        Case("a device is there", pair("in-use"), conf=DISPLAY, before=BOUND,
             why={GPU: f"{AUDIO}: .*USB device 1-1"}),
    ], cards=["usb-half"], extra=USB_ONLY, suite=suite,
        asks={"plug": lambda m: m.qmp("device_add", driver="usb-tablet", bus="usb.0", id="tablet")})

# --- a processor's slot: its graphics, and the board's USB with the disk of /

SOC = "claim 1002:164e\n"
# Its disk has a file system that is in use, and what is read comes from the disk.
ON_DISK = f"""native xhci_pci {AUDIO}
modprobe usb_storage; modprobe sd_mod; modprobe ext4
wait_for 30 [ -b /dev/sda ]
mke2fs /dev/sda >/dev/null
mkdir -p /tmp/disk
mount -t ext4 /dev/sda /tmp/disk
echo kept >/tmp/disk/file
"""
READ_BACK = """sync
echo 3 >/proc/sys/vm/drop_caches
told disk cat /tmp/disk/file
umount /tmp/disk
"""


def disk_stays(seen):
    equal(seen.said("disk"), ["kept"], "what the disk holds")
    equal(seen.steps["after"][AUDIO].driver, "xhci_hcd", "driver of the board's USB controller")


def soc(name, verdicts, before="", **fields):
    return Case(name, verdicts | {CONSOLE: "not-selected"}, before=before + ON_DISK,
                after=READ_BACK, then=disk_stays, **fields)


@kernels("trixie")
def processor_with_a_disk(suite):
    """Whatever a line says, the controller that the disk hangs on stays with the host."""
    with tempfile.NamedTemporaryFile(prefix="gpuclaim-stick-") as stick:
        stick.truncate(16 << 20)
        play([
            soc("its graphics", {GPU: "claimed"}, conf=SOC),
            soc("rebind=yes", {GPU: "claimed"}, conf=f"{SOC}set rebind=yes\nset companions=group"),
            soc("named", {GPU: "claimed", AUDIO: "not-a-gpu"},
                conf=f"{SOC}claim 1b36:000d\nset rebind=yes"),
            soc("were it the graphics' own", {GPU: "in-use", AUDIO: "in-use"}, conf=SOC,
                before=f"as_vendor 1002 {AUDIO}\n", why={GPU: f"{AUDIO}: .*USB device 2-1"}),
        ], cards=["soc"], suite=suite, extra=USB_ONLY + [
            "-drive", f"if=none,id=stick,format=raw,file={stick.name}",
            "-device", "usb-storage,bus=usb.0,drive=stick"])
