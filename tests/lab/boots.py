# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole boots: the product in images by the distributions' own dracut, with real systemd and udev.

The host's display is an emulated VGA, so that all GTX 1050 are free to be claimed. nouveau and
snd_hda_intel are in the initramfs, unless a test takes an image of another flavor.
"""

import functools
import itertools
import re

from tests.lab import image, lab
from tests.lab.claims import CONSOLE, CONSOLE_DEVICE
from tests.lab.lab import check, equal
from tests.lab.seen import Seen, Status, judge_claimed, judge_probed, judge_untouched
from tests.lib import suite

CARD, CARD2, CARD3 = ([f"0000:0{n}:00.{f}" for f in (0, 1)] for n in (1, 2, 3))
(GPU, AUDIO), (GPU2, AUDIO2), (GPU3, AUDIO3) = CARD, CARD2, CARD3
PAIR = CARD + CARD2
CONF = "/etc/gpuclaim/gpuclaim.conf"
CLAIM = "claim 10de:1c81\n"
ARM = "set arm=karg\n"
NATIVE = {"nouveau", "snd_hda_intel"}


def guests(*chosen, stages=("initramfs", "system")):
    """Registers a test for these guests; a full run has all there are.

    A guest is (a suite of Debian, what runs the initramfs, where the test looks).
    """
    everything = itertools.product(("bookworm", "trixie"), ("systemd", "plain"), stages)

    def register(function):
        for guest in everything if suite.full() else chosen:
            test = functools.partial(function, *guest)
            test.__name__ = f"{function.__name__} ({', '.join(guest)})"
            lab.test(test)
        return function
    return register


def play(suite, first, stage, script="", cards=("gtx1050", "gtx1050"), **options):
    """Boots a guest to its end; the script begins with a look and a mark."""
    fields = {k: options.pop(k) for k in ("asks", "memory") if k in options}
    script = f"look look\nmark 1\n{script}\n"
    booted = image.boot(suite, script, systemd=first == "systemd", system=stage == "system",
                        **options)
    with lab.Machine(cards=list(cards), extra=CONSOLE_DEVICE, **fields, **booted) as machine:
        machine.finish()
    return machine


def configured(text):
    return {CONF[1:]: text}


def both(text):
    """The configuration in the initramfs and in the real root."""
    return {"early": configured(text), "late": configured(text)}


def judge_usable(machine, *addresses):
    for address in addresses:
        equal(machine.vfiouse(address, "use")["verdict"], "pass", f"vfiouse of {address}")


USE = f"begin use\nrun vfiouse {' '.join(PAIR)}\n"
LOG = [f"{CONSOLE}: not-selected: no claim line names it", f"{GPU}: claimed: driver vfio-pci",
       f"{GPU2}: claimed: driver vfio-pci"]


def judge_log(seen, lines, claimed, stage="initramfs"):
    """One line a GPU, and the sum."""
    equal(seen.log[:-1], lines, "the kernel log")
    check(seen.log[-1].startswith(f"{claimed} selected GPUs claimed, in the {stage}"),
          f"the last line of the log is {seen.log[-1]!r}")


def judge_order(machine, first):
    """In the initramfs our unit was done before anything there loads a module."""
    if first != "systemd":
        return
    lines = machine.outputs("journal")

    def at(pattern):
        found = [i for i, line in enumerate(lines) if re.search(pattern, line)]
        check(found, f"no {pattern!r} in the journal: {lines[:5]}")
        return found[0]

    done = at("Finished gpuclaim-initramfs.service")
    check(at("^2 of 2 selected GPUs claimed") < done, "claimed after the unit's end")
    for other in ("systemd-modules-load.service", "systemd-udevd.service"):
        check(done < at(f"Starting {other}"), f"{other} was started before our unit was done")


# --- the claim

# Rules of others, before and behind ours.
RULES = {f"etc/udev/rules.d/{number}-others.rules":
         f"""ACTION=="add", SUBSYSTEM=="pci", RUN+="/bin/sh -c 'echo {number} %k >>/run/ran'"\n"""
         for number in (10, 99)}
RAN = "begin ran; run cat /run/ran\n"


def judge_ran(machine):
    wanted = {f"{number} {address}" for number in (10, 99) for address in PAIR}
    equal(wanted - set(machine.outputs("ran")), set(), "rules whose RUN was lost")


@guests(("trixie", "systemd", "system"), ("bookworm", "plain", "system"),
        ("bookworm", "systemd", "initramfs"), ("trixie", "plain", "initramfs"))
def claimed(suite, first, stage):
    system = ""
    if stage == "system":
        system = f"""
        status status
        begin scan; run gpuclaimctl scan
        begin failed; run systemctl --failed --plain --no-legend
        begin journal; run sh -c 'journalctl -b -o cat | grep -E "claimed|^Start|^Finish"'
        coldplug_again
        look again
        echo 'claim 10de:2330' >>{CONF}
        status changed
        """
    # The initramfs may be left before all its events are done: the rest is the system's.
    options = {name: files | RULES for name, files in both(CLAIM).items()}
    options["early"]["etc/modules-load.d/any.conf"] = "virtio_blk\n"
    m = play(suite, first, stage, f"{RAN}{system}\nmark 2\n{USE}", **options)
    seen = Seen(m)
    judge_ran(m)
    judge_claimed(seen, *PAIR)
    equal(seen.modules & NATIVE, set(), "native modules that are loaded")
    judge_untouched(m, 0, 1, until=2)
    judge_log(seen, LOG, "2 of 2")
    judge_usable(m, *PAIR)
    if stage == "system":
        judge_system(m, seen, first)


def judge_system(m, seen, first):
    status = Status(m, "status")
    status.judge_ready(*PAIR)
    equal(status.json["reboot_required"], False, "reboot_required")
    equal(m.statuses("scan"), [0], "exit code of scan")
    equal(m.outputs("failed"), [], "failed units")
    judge_order(m, first)
    equal(m.outputs("coldplug"), [CONSOLE], "who has the helper started in a second coldplug")
    again = Seen(m, "again")
    equal(again.devices, seen.devices, "the functions after a second coldplug")
    equal(again.modules - seen.modules, set(), "modules loaded by a second coldplug")
    equal(again.log, seen.log, "the log after a second coldplug")
    changed = Status(m, "changed")
    equal((changed.code, changed.json["reboot_required"]), (0, True),
          "exit code, reboot_required after a change of the configuration")
    equal(changed.checks["configuration-in-step"]["state"], "warn", "configuration-in-step")


@guests(("trixie", "systemd", "initramfs"), stages=("initramfs",))
def without_gpuclaim(suite, first, stage):
    m = play(suite, first, stage, flavor="bare", early=configured(CLAIM))
    seen = Seen(m)
    equal(seen.records, {}, "records")
    equal(NATIVE - seen.modules, set(), "native modules that are not loaded")
    equal([seen.drivers[a] for a in (AUDIO, AUDIO2)], ["snd_hda_intel"] * 2, "audio drivers")
    judge_probed(m, 0, 1)


def judge_forced(m):
    seen = Seen(m)
    equal(NATIVE - seen.modules, set(), "native modules that are not loaded")
    judge_claimed(seen, *PAIR)
    judge_untouched(m, 0, 1)
    return seen


@guests(("bookworm", "systemd", "initramfs"), ("trixie", "plain", "initramfs"),
        stages=("initramfs",))
def modules_of_driver_pre(suite, first, stage):
    """Loaded by force, and by a configuration on the kernel command line alone, as PXE has it."""
    judge_forced(play(suite, first, stage, append="rd.driver.pre=nouveau,snd_hda_intel "
                                                  "gpuclaim.ids=10de:1c81"))


@guests(("trixie", "systemd", "initramfs"), stages=("initramfs",))
def modules_of_modules_load(suite, first, stage):
    """Loaded by force, and by a configuration that waits for gpuclaim=1."""
    if first != "systemd":
        raise lab.Skip("nothing reads modules-load.d there")
    early = configured(CLAIM + ARM)
    early["etc/modules-load.d/early.conf"] = "nouveau\nsnd_hda_intel\n"
    m = play(suite, first, stage, "ended gpuclaim-initramfs; began systemd-modules-load "
             "systemd-udevd", early=early, append="gpuclaim=1")
    judge_forced(m)
    times = {w[2]: int(w[3]) for w in (line.split(" ") for line in m.lines)
             if w[:2] in (["LAB", "began"], ["LAB", "ended"])}
    done = times.pop("gpuclaim-initramfs")
    check(0 < done < min(times.values()), f"our unit was done at {done}, others began: {times}")


# --- switched off, or later

@guests(("bookworm", "systemd", "system"), stages=("system",))
def switched_off(suite, first, stage):
    m = play(suite, first, stage, "status status", append="gpuclaim=0", **both(CLAIM))
    seen, status = Seen(m), Status(m, "status")
    equal((status.code, status.json["ready"]), (3, False), "exit code of status, ready")
    equal(status.checks["switched-off"]["state"], "fail", "the check of the switch")
    for address in PAIR:
        equal(seen.record(address)[0], "switched-off", f"{address}: recorded verdict")
        equal(seen.devices[address].override, "(null)", f"{address}: override")
    equal(NATIVE - seen.modules, set(), "native modules that are not loaded")
    equal([seen.drivers[a] for a in (AUDIO, AUDIO2)], ["snd_hda_intel"] * 2, "audio drivers")
    judge_probed(m, 0, 1)


@guests(("trixie", "plain", "system"), stages=("system",))
def left_to_the_real_root(suite, first, stage):
    m = play(suite, first, stage, f"status status\nmark 2\n{USE}", flavor="lean",
             append="rd.gpuclaim=0", late=configured(CLAIM))
    seen = Seen(m)
    judge_claimed(seen, *PAIR, stage="system")
    check(f"{GPU}: switched-off: " in "\n".join(seen.log), f"the initramfs: {seen.log}")
    equal(seen.modules & NATIVE, set(), "native modules that are loaded")
    judge_untouched(m, 0, 1, until=2)
    Status(m, "status").judge_ready(*PAIR)
    judge_usable(m, *PAIR)


@guests(("bookworm", "systemd", "system"), stages=("system",))
def left_to_the_real_root_too_late(suite, first, stage):
    m = play(suite, first, stage, "status status", append="rd.gpuclaim=0", **both(CLAIM))
    seen, status = Seen(m), Status(m, "status")
    judge_probed(m, 0, 1)
    equal([seen.drivers[a] for a in (AUDIO, AUDIO2)], ["snd_hda_intel"] * 2, "audio drivers")
    equal((status.code, status.json["ready"]), (3, False), "exit code of status, ready")
    for address in PAIR:
        equal(seen.record(address)[0], "in-use", f"{address}: recorded verdict")
        equal(seen.devices[address].override, "(null)", f"{address}: override")
        check(status.devices[address]["reasons"], f"{address}: no reasons")
    said = [line for line in seen.journal if re.match(f"{GPU}: in-use: .*snd_hda_intel", line)]
    check(said, f"the journal says nothing of it: {seen.journal}")


@guests(("trixie", "systemd", "initramfs"), stages=("initramfs",))
def not_armed(suite, first, stage):
    m = play(suite, first, stage, early=configured(CLAIM + ARM))
    seen = Seen(m)
    equal(seen.record(GPU), ("not-selected", "initramfs"), "record")
    judge_probed(m, 0, 1)


@guests(("bookworm", "systemd", "system"), stages=("system",))
def vfio_missing_in_the_initramfs(suite, first, stage):
    m = play(suite, first, stage, f"status status\nmark 2\n{USE}", flavor="late",
             append="rd.driver.pre=nouveau", late=configured(CLAIM))
    seen = Seen(m)
    log = "\n".join(seen.log)
    check(f"{GPU}: driver-missing: " in log and f"{GPU2}: driver-missing: " in log, seen.log)
    check("nouveau" in seen.modules, "nouveau is not loaded: the test proves nothing")
    judge_claimed(seen, *PAIR, stage="system")
    judge_untouched(m, 0, 1, until=2)
    Status(m, "status").judge_ready(*PAIR)
    judge_usable(m, *PAIR)


# --- hotplug

HOTPLUG = f"""
ask plug
wait_for 30 [ -e /run/gpuclaim/{AUDIO2} ]
udevadm settle
look plugged
status plugged
mark 2
pull_out {AUDIO}; rescan
pull_out {GPU} {AUDIO}; rescan
look rescanned
status rescanned
mark 3
modprobe snd_hda_intel
ask plug-another
wait_for 30 [ -e /run/gpuclaim/{AUDIO3} ]
udevadm settle
look held
status held
mark 4
"""


@guests(("trixie", "systemd", "system"), stages=("system",))
def hotplug(suite, first, stage):
    """After the boot: a card arrives, one is taken out and found again, one has its audio held."""
    def plug(i):
        def answer(machine):
            machine.plug(machine.cards[i])
        return answer

    m = play(suite, first, stage, HOTPLUG, flavor="lean", late=configured(CLAIM),
             cards=["gtx1050", lab.Card("gtx1050", present=False),
                    lab.Card("gtx1050", present=False)],
             asks={"plug": plug(1), "plug-another": plug(2)})
    judge_claimed(Seen(m), *CARD)
    plugged, rescanned, held = (Seen(m, c) for c in ("plugged", "rescanned", "held"))
    judge_claimed(plugged, *CARD)
    judge_claimed(plugged, *CARD2, stage="system")
    equal(plugged.modules & NATIVE, set(), "native modules that are loaded")
    Status(m, "plugged").judge_ready(*PAIR)
    judge_rescanned(m, rescanned)
    judge_held(m, held)


def judge_rescanned(m, seen):
    for address in PAIR:
        equal((seen.drivers[address], seen.record(address)[0]), ("vfio-pci", "claimed"), address)
    equal(seen.modules & NATIVE, set(), "native modules that are loaded")
    judge_untouched(m, 0, 1, until=3)
    Status(m, "rescanned").judge_ready(*PAIR)


def judge_held(m, seen):
    """The third card is not claimed, for its audio has a driver; nothing else has changed."""
    for address in CARD3:
        equal(seen.record(address), ("in-use", "system"), f"{address}: record")
    equal(seen.drivers[AUDIO3], "snd_hda_intel", "driver of the third card's audio")
    judge_probed(m, 2, until=4)
    for address in PAIR:
        equal(seen.drivers[address], "vfio-pci", f"{address}: driver")
    judge_untouched(m, 0, 1, until=4)
    status = Status(m, "held")
    equal((status.code, status.json["ready"]), (3, False), "exit code of status, ready")
    status.judge_devices({a: "claimed" for a in PAIR} | {a: "in-use" for a in CARD3})


# --- in the running system: a second coldplug, a live release

def properties(case, *addresses):
    """Runs every rule again, as `udevadm trigger` of an administrator does."""
    lines = [f"begin {case}", "udevadm trigger --action=add --subsystem-match=pci",
             "udevadm settle"]
    lines += [f"run sh -c 'udevadm info -q property /sys/bus/pci/devices/{a} | grep ^GPUCLAIM'"
              for a in addresses]
    return "\n".join(lines) + "\n"


LIVE = f"""
for a in {' '.join(CARD2)}; do
	[ ! -e /sys/bus/pci/devices/$a/driver ] || echo $a >/sys/bus/pci/devices/$a/driver/unbind
done
bind_by_hand {' '.join(CARD2)}
{properties("second", GPU, GPU2)}
begin release
run gpuclaimctl release {GPU}
{properties("third", GPU, AUDIO)}
look released
status status
"""
GIVEN = ["GPUCLAIM_CLAIMED=1", "GPUCLAIM_RESERVED=1", "GPUCLAIM_VERDICT=claimed",
         "GPUCLAIM_VERDICT=skipped"]


@guests(("trixie", "systemd", "system"), stages=("system",))
def released_live(suite, first, stage):
    """One card is claimed and given back; the other is skipped, and driverctl's."""
    m = play(suite, first, stage, LIVE, flavor="lean",
             **both(f"{CLAIM}skip address={GPU2}\n"))
    judge_claimed(Seen(m), *CARD)
    equal(sorted(m.outputs("second")), GIVEN, "properties: claimed, skipped")
    equal(m.statuses("release"), [0], f"release: {m.outputs('release')}")
    equal(m.outputs("third"), ["GPUCLAIM_VERDICT=released"] * 2, "properties when it is released")
    seen, status = Seen(m, "released"), Status(m, "status")
    equal((seen.drivers[AUDIO], seen.record(GPU)[0]), ("snd_hda_intel", "released"),
          "the audio function's driver, the record")
    equal([seen.devices[a].override for a in CARD], ["(null)"] * 2, "overrides")
    check("nouveau" in seen.modules, "nouveau was not loaded")
    status.judge_devices({a: "released" for a in CARD})


# --- configurations that go wrong, and other recipes

@guests(("trixie", "plain", "system"), stages=("system",))
def broken_configuration(suite, first, stage):
    m = play(suite, first, stage, "status status\nbegin failed\n"
             "run systemctl --failed --plain --no-legend", **both(CLAIM + "claim 10de\n"))
    seen, status = Seen(m), Status(m, "status")
    check(any(re.match(CONF + ":2:[0-9]+: ", line) for line in seen.log), f"log: {seen.log}")
    judge_probed(m, 0, 1)
    equal([seen.devices[a].override for a in PAIR], ["(null)"] * 4, "overrides")
    equal(m.outputs("failed"), [], "failed units")
    equal((status.code, status.json["ready"]), (3, False), "exit code of status, ready")
    equal(status.checks["configuration"]["state"], "fail", "the check of the configuration")


@guests(("trixie", "systemd", "initramfs"), stages=("initramfs",))
def configuration_of_the_host_dropped(suite, first, stage):
    m = play(suite, first, stage, flavor="lean", append="rd.hostonly=0")
    seen = Seen(m)
    equal(seen.record(GPU), ("not-selected", "initramfs"), "record")
    equal(seen.devices[GPU].driver, "-", "driver")


@guests(("bookworm", "systemd", "initramfs"), stages=("initramfs",))
def old_recipe(suite, first, stage):
    """A module option that would bind both cards; the host is to keep the second."""
    early = configured(f"claim 10de:1c81 address={GPU}\n")
    early["etc/modprobe.d/old.conf"] = "options vfio-pci ids=10de:1c81,10de:0fb9\n"
    m = play(suite, first, stage, early=early)
    seen = Seen(m)
    judge_claimed(seen, *CARD)
    judge_untouched(m, 0)
    equal(seen.drivers[AUDIO2], "snd_hda_intel", "driver of the second card's audio")
    judge_probed(m, 1)


@guests(("trixie", "systemd", "initramfs"), stages=("initramfs",))
def sixteen_gpus(suite, first, stage):
    m = play(suite, first, stage, cards=["gtx1050-small"] * 16, early=configured(CLAIM))
    seen = Seen(m)
    addresses = [f"0000:{n:02x}:00.{f}" for n in range(1, 17) for f in (0, 1)]
    judge_claimed(seen, *addresses)
    judge_untouched(m, *range(16))
    judge_log(seen, LOG[:1] + [f"{a}: claimed: driver vfio-pci" for a in addresses[::2]],
              "16 of 16")


# --- the initramfs of initramfs-tools

def play_tools(suite, stage, script="", **options):
    script = f"look look\nmark 1\n{script}\n"
    booted = image.boot_tools(suite, script, system=stage == "system", **options)
    with lab.Machine(cards=["gtx1050", "gtx1050"], extra=CONSOLE_DEVICE, **booted) as machine:
        machine.finish()
    return machine


def tools(*chosen):
    """Registers a test for these of Debian's suites; a full run has both."""
    def register(function):
        for debian in ("bookworm", "trixie") if suite.full() else chosen:
            test = functools.partial(function, debian)
            test.__name__ = f"{function.__name__} ({debian})"
            lab.test(test)
        return function
    return register


# When udevd was done with its first device, in microseconds, as its records have it.
UDEV_BEGAN = "echo LAB began udev $(sed -n 's/^I://p' /run/udev/data/* | sort -n | head -n 1)\n"


def judge_before_udev(machine, seen):
    began, = (int(line.split(" ")[3]) for line in machine.lines
              if line.startswith("LAB began udev "))
    done = int(seen.records["boot"]["TIME_MS"]) * 1000
    check(0 < done < began, f"we were done at {done}, udevd had a device at {began}")


@tools("bookworm")
def initramfs_tools_claimed(suite):
    m = play_tools(suite, "initramfs", f"{UDEV_BEGAN}mark 2\n{USE}")
    seen = Seen(m)
    judge_claimed(seen, *PAIR)
    equal(seen.modules & NATIVE, set(), "native modules that are loaded")
    judge_untouched(m, 0, 1, until=2)
    judge_log(seen, LOG, "2 of 2")
    judge_before_udev(m, seen)
    judge_usable(m, *PAIR)


@tools("trixie")
def initramfs_tools_claimed_up_to_the_system(suite):
    m = play_tools(suite, "system", f"status status\nmark 2\n{USE}", late=configured(CLAIM))
    seen = Seen(m)
    judge_claimed(seen, *PAIR)
    equal(seen.modules & NATIVE, set(), "native modules that are loaded")
    judge_untouched(m, 0, 1, until=2)
    Status(m, "status").judge_ready(*PAIR)
    judge_usable(m, *PAIR)


@tools("bookworm")
def initramfs_tools_switched_off(suite):
    """The drivers that are kept off above are there, and would have had the cards."""
    m = play_tools(suite, "initramfs", append="rd.gpuclaim=0")
    seen = Seen(m)
    for address in PAIR:
        equal(seen.record(address), ("switched-off", "initramfs"), f"{address}: record")
        equal(seen.devices[address].override, "(null)", f"{address}: override")
    equal(NATIVE - seen.modules, set(), "native modules that are not loaded")
    judge_probed(m, 0, 1)


if __name__ == "__main__":
    lab.main()
