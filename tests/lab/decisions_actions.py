# SPDX-License-Identifier: GPL-2.0-or-later
"""What the helper does beside the plain claim: failures, rollback, races, hotplug."""

from tests.lab import lab
from tests.lab.claims import (AUDIO, AUDIO2, CARD, CARD2, CLAIM, CONSOLE, CONSOLE_DEVICE, GPU, GPU2,
                              Case, kernels, play)
from tests.lab.lab import check, equal

FIRST = f"{CLAIM}skip address={GPU2}"
KEEP = ["GPUCLAIM_RESERVED=1", "MODALIAS=gpuclaim:"]    # native drivers off
YES, NO = ["GPUCLAIM_VERDICT=claimed", "GPUCLAIM_CLAIMED=1", *KEEP], ["GPUCLAIM_VERDICT=failed"]


def cards(first, second):
    return {CARD: first, CARD2: second, CONSOLE: "not-selected"}


BOTH, ONE = cards("claimed", "claimed"), cards("claimed", "skipped")


def udev(*addresses):
    """Runs the helper as the udev rule would, function by function."""
    return "\n".join(f"told udev-{a} gpuclaim udev {a}" for a in addresses) + "\nstep udev\n"


def answers(seen, *addresses):
    return [line for a in addresses for line in seen.said(f"udev-{a}")]


def bound(seen, step, *addresses):
    for a in addresses:
        found = seen.steps[step].get(a)
        check(found, f"{a} is not there")
        equal((found.driver, found.override), ("vfio-pci", "vfio-pci"), f"{a}: driver, override")


# --- a second run, and the runs that udev starts

def silent(seen):
    equal(seen.said("later"), [], "the kernel log of the later runs")
    equal(answers(seen, GPU, AUDIO, GPU2), YES * 2 + ["GPUCLAIM_VERDICT=skipped"], "answers")
    equal(seen.steps["udev"], seen.steps["after"], "the machine after the later runs")
    equal(seen.said("later-records"), seen.said("first-records"), "the records")


def both_told_once(seen):
    for a in (GPU, AUDIO, GPU2):
        equal(seen.said(f"out-{a}"), YES, f"answer for {a}")
    bound(seen, "after", GPU, AUDIO, GPU2, AUDIO2)
    for a in (GPU, GPU2):
        equal(len([line for line in seen.log if line.startswith(f"{a}: claimed")]), 1,
              f"log lines of {a}")


AT_ONCE = f"""
step before
for a in {GPU} {AUDIO} {GPU2}; do gpuclaim udev $a >/tmp/out-$a & done
wait
for a in {GPU} {AUDIO} {GPU2}; do told out-$a cat /tmp/out-$a; done
after_run
"""


def claimed_unrecorded(seen):
    equal(seen.statuses("boot"), [0], "exit code")
    equal(seen.records, {}, "records")
    bound(seen, "after", GPU, AUDIO, GPU2, AUDIO2)
    check(any("cannot write its record" in line for line in seen.log), f"log: {seen.log}")


def no_claim_by_udev(seen):
    equal(seen.said("udev-" + GPU), ["GPUCLAIM_VERDICT=in-use"], "answer")
    equal(seen.steps["udev"], seen.steps["before"], "the machine")




def bound_to(driver):
    return f"""
modprobe {driver}
echo {driver} >/sys/bus/pci/devices/{GPU}/driver_override
echo {GPU} >/sys/bus/pci/drivers_probe
"""


def unbound_from(driver):
    return f"echo {GPU} >/sys/bus/pci/drivers/{driver}/unbind"


STUB, UNSTUB = bound_to("pci-stub"), unbound_from("pci-stub")
UIO, UNUIO = bound_to("uio_pci_generic"), unbound_from("uio_pci_generic")
RUNS = [
    Case("a second run", ONE, conf=FIRST, then=silent, after=f"""
         told first-records cat /run/gpuclaim/{GPU} /run/gpuclaim/{AUDIO}
         told again gpuclaim boot
         {udev(GPU, AUDIO, GPU2)}
         told later-records cat /run/gpuclaim/{GPU} /run/gpuclaim/{AUDIO}
         kernel_log later
         """),
    Case("bound before", cards("already-claimed", "claimed"), conf=CLAIM,
         before=f"bind_by_hand {GPU} {AUDIO}"),
    Case("one function bound before", {GPU: "already-claimed", AUDIO: "claimed",
                                       CARD2: "skipped", CONSOLE: "not-selected"}, conf=FIRST,
         before=f"bind_by_hand {GPU}"),
    Case("runs of udev side by side", {}, conf=CLAIM, run=AT_ONCE, judged=False,
         then=both_told_once),
    Case("/run is read-only", {}, conf=CLAIM, judged=False, then=claimed_unrecorded, run="""
         mount -o remount,ro /run
         told boot gpuclaim boot
         after_run
         mount -o remount,rw /run
         """),
    Case("another driver has it", cards("in-use", "skipped"), conf=FIRST, before=UIO, after=UNUIO,
         why={GPU: "bound to uio_pci_generic, which had it before gpuclaim ran"}),
    Case("another driver has it, and udev runs", {}, conf=f"{FIRST}\nset rebind=yes", before=UIO,
         run="step before\n" + udev(GPU), after=UNUIO, judged=False, then=no_claim_by_udev),
    Case("rebind=yes", ONE, conf=f"{FIRST}\nset rebind=yes", before=UIO),
    Case("pci-stub keeps it", ONE, conf=FIRST, before=STUB),
    Case("pci-stub keeps it, and rebind=no", cards("in-use", "skipped"),
         conf=f"{FIRST}\nset rebind=no", before=STUB, after=UNSTUB),
]


# --- while a run is under way

def in_the_middle(seen):
    equal(seen.steps["middle"][GPU].driver, "-", "driver of the GPU in the middle")
    for card in seen.machine.cards:
        equal(seen.touches(card, "before", "after"), [], f"{card.name}: BAR accesses")
    bound(seen, "after", GPU, AUDIO, GPU2, AUDIO2)


def locked_out(seen):
    equal(seen.said("second"), NO + KEEP, "answer of the second run")
    equal(seen.statuses("second"), [0], "exit code of the second run")
    equal(seen.said("held"), YES, "answer of the first")
    bound(seen, "after", GPU, AUDIO, GPU2, AUDIO2)


def waited(seen):
    equal(seen.said("second"), YES, "answer of the second run")
    equal(seen.said("held"), YES, "answer of the first")
    bound(seen, "after", GPU, AUDIO, GPU2, AUDIO2)


def one_vanished(seen):
    equal(seen.records[GPU], "failed", "verdict of the card that vanished")
    equal([seen.records[a] for a in (GPU2, AUDIO2)], ["claimed"] * 2, "verdicts of the other")
    bound(seen, "after", GPU2, AUDIO2)
    check(GPU not in seen.steps["after"], "it is still there")


def one_died(seen):
    equal(seen.statuses("held"), [0], "exit code")
    equal([seen.records[a] for a in (GPU2, AUDIO2)], ["claimed"] * 2, "verdicts of the other")
    bound(seen, "after", GPU2, AUDIO2)
    check(GPU not in seen.steps["gone"], "it is still there")


def gone_before(seen):
    """Nothing was found in its configuration space: it may be claimed, and is of no use to a guest."""
    equal(seen.statuses("ready"), [3], "exit code of status")
    said = [line for line in seen.said("ready") if line.startswith("fail  card-answers: ")]
    check(said and GPU in said[0] and GPU2 not in said[0], f"card-answers: {seen.said('ready')}")


MIDDLE = [
    Case("a card is gone before the claim", BOTH, conf=CLAIM, before="ask pull",
         after="told ready gpuclaimctl status --verbose\nask find", then=gone_before),
    Case("a native driver comes", {}, conf=CLAIM, judged=False, then=in_the_middle, run="""
         step before
         hold gpuclaim boot
         modprobe -C /dev/null nouveau
         step middle
         let_go
         after_run
         """, after="modprobe -r nouveau"),
    Case("another run comes", {}, conf=CLAIM, judged=False, then=locked_out, run=f"""
         hold gpuclaim udev {GPU}
         told second gpuclaim udev {GPU2}
         let_go
         after_run
         """),
    Case("another run waits", {}, conf=CLAIM, judged=False, then=waited, run=f"""
         hold gpuclaim udev {GPU}
         gpuclaim udev {GPU2} >/tmp/second.out &
         second=$!
         let_go
         wait $second
         told second cat /tmp/second.out
         after_run
         """),
    Case("a card vanishes", {}, conf=CLAIM, judged=False, then=one_vanished, run=f"""
         hold gpuclaim boot
         remove {GPU} {AUDIO}
         let_go
         after_run
         """, after=f"rescan {GPU} {AUDIO}"),
]


# --- without vfio-pci

AWAY = "module=$(/usr/sbin/modinfo -n vfio-pci); mv $module /tmp/away"
UNLISTED = """
list=${module%/kernel/*}/modules.dep
grep -v ^kernel/drivers/vfio/pci/vfio-pci.ko $list >/tmp/list
mount --bind /tmp/list $list
"""
BACK = "mv /tmp/away $module; umount $list"


def completed(seen):
    equal(seen.said("early"), ["GPUCLAIM_VERDICT=driver-missing", *KEEP], "answer without it")
    equal(answers(seen, GPU), YES, "answer")
    bound(seen, "udev", GPU, AUDIO)
    check(any(line.startswith(f"{GPU}: claimed") for line in seen.said("later")), "not logged")


COMPLETE = f"""
told early gpuclaim udev {GPU}
{BACK}
{udev(GPU)}
kernel_log later
"""
MISSING = [
    Case("no such module", cards("driver-missing", "skipped"), conf=FIRST,
         before=AWAY + UNLISTED, after=f"natives\nmodprobe -r nouveau snd_hda_intel\n{COMPLETE}",
         then=completed),
    Case("its file is lost", ONE, real={CARD: "driver-missing"}, conf=FIRST, before=AWAY,
         after=COMPLETE, then=completed),
]
LAST = [
    Case("a card is pulled", {}, conf=CLAIM, judged=False, then=one_died, run=f"""
         hold gpuclaim boot
         ask pull
         let_go
         after_run
         ask unplug
         wait_for 60 [ ! -e /sys/bus/pci/devices/{GPU} ]
         told udev-{GPU} gpuclaim udev {GPU}
         step gone
         """),
]


@kernels("trixie", "bookworm")
def runs_and_races(suite):
    play(RUNS + MIDDLE + MISSING + LAST,
         asks={"pull": lambda m: m.cards[0].die(), "find": lambda m: m.cards[0].live(),
               "unplug": lambda m: m.unplug(m.cards[0])},
         cards=["gtx1050"] * 2, extra=CONSOLE_DEVICE, suite=suite)


# --- failure: all functions of a GPU or none

def left_alone(seen):
    equal(answers(seen, GPU, AUDIO), NO * 2, "answers")
    equal(seen.steps["udev"], seen.steps["after"], "the machine after udev's runs")
    check(all(" failed " in line for line in seen.said("again") if line.startswith(CARD)),
          f"a second dry run: {seen.said('again')}")


def as_before(seen):
    equal(seen.steps["after"][GPU].driver, "pci-stub", "driver")


REFUSED = cards("failed", "claimed")


@kernels("trixie", "bookworm")
def failure_and_rollback(suite):
    play([
        Case("the second function fails", BOTH, real=REFUSED, conf=CLAIM,
             why={GPU: f"^{AUDIO}: .*errno 5", AUDIO: "^vfio-pci did not bind it"},
             log=[f"{GPU}: failed: ", f"{AUDIO}: failed: ", "1 of 2 selected GPUs claimed"],
             before=f"as_vendor 10DE {AUDIO}", after=udev(GPU, AUDIO) + "told again gpuclaim boot --dry-run",
             then=left_alone),
        Case("vfio-pci was there", BOTH, real=REFUSED, conf=CLAIM, before="modprobe vfio-pci"),
        Case("back to the driver it had", cards("claimed", "skipped"),
             real=cards("failed", "skipped"), conf=f"{FIRST}\nset rebind=yes",
             before=STUB, after=UNSTUB, then=as_before),
        Case("vfio-pci is told to take it", BOTH, conf=CLAIM,
             before="echo options vfio-pci disable_denylist=1 >/etc/modprobe.d/x.conf"),
        Case("native drivers get what failed", BOTH, real=REFUSED, conf=CLAIM, after="natives"),
    ], cards=["gtx1050-refused", "gtx1050"], extra=CONSOLE_DEVICE, suite=suite)


# --- cards that come later

def plugged(seen):
    equal(answers(seen, GPU, AUDIO), YES * 2, "answers")
    bound(seen, "udev", GPU, AUDIO)
    for address in (GPU, AUDIO):
        equal(seen.records[address], "claimed", f"record of {address}")
        equal(seen.machine.vfiouse(address, seen.name)["verdict"], "pass", f"use of {address}")
    equal(seen.touches(seen.machine.cards[0], "before", "udev"), [], "BAR accesses")


PLUGGED = f"""
arrived {AUDIO} {GPU}
{udev(GPU, AUDIO)}
records
"""


def replug(machine):
    machine.qmp.wait_event("DEVICE_DELETED", device="card0-0")
    machine.qmp.wait_event("DEVICE_DELETED", device="card0-1")
    machine.plug(machine.cards[0])


def joined(*addresses):
    def judge(seen):
        equal(answers(seen, *addresses), YES * len(addresses), "answers")
        bound(seen, "udev", GPU, AUDIO)
    return judge


def can_not_join(seen):
    equal(answers(seen, AUDIO), ["GPUCLAIM_VERDICT=in-use"], "answer")
    equal(seen.steps["udev"][AUDIO].driver, "snd_hda_intel", "driver of the companion")
    equal(seen.steps["udev"][AUDIO].override, "(null)", "its override")
    bound(seen, "udev", GPU)
    equal((seen.records[GPU], seen.records[AUDIO]), ("claimed", "in-use"), "records")


HOST2 = {CARD2: "not-selected", CONSOLE: "not-selected"}
LATER = f"claim 10de:1c81 address={GPU}"


@kernels("trixie")
def hotplug(suite):
    play([
        Case("plugged", {}, conf=LATER, judged=False, then=plugged,
             run=f"told boot gpuclaim boot\nstep before\nask plug\n{PLUGGED}",
             after=f"run vfiouse {GPU} {AUDIO}"),
        Case("unplugged and plugged again", {}, conf=LATER, judged=False, then=plugged,
             run=f"told boot gpuclaim boot\nstep before\nask unplug\n"
                 f"wait_for 60 [ ! -e /sys/bus/pci/devices/{GPU} ]\nask replug\n{PLUGGED}",
             after=f"run vfiouse {GPU} {AUDIO}"),
        Case("removed and found again", {}, conf=LATER, judged=False, then=plugged,
             run=f"told boot gpuclaim boot\nstep before\nremove {AUDIO} {GPU}\n"
                 f"rescan\n{PLUGGED}", after=f"run vfiouse {GPU} {AUDIO}"),
        Case("the GPU first", {GPU: "claimed"} | HOST2, conf=LATER, before=f"remove {AUDIO}",
             after=f"rescan {AUDIO}\n{udev(AUDIO)}", then=joined(AUDIO)),
        Case("the companion first", HOST2, conf=LATER, before=f"remove {GPU}",
             after=f"told udev-early gpuclaim udev {AUDIO}\nrescan {GPU}\n{udev(GPU, AUDIO)}",
             then=joined(GPU, AUDIO)),
        Case("the companion comes with a driver", {}, conf=LATER, judged=False,
             before=f"remove {AUDIO}", after=f"modprobe snd_hda_intel\nrescan {AUDIO}\n"
             f"wait_for 20 [ -e /sys/bus/pci/devices/{AUDIO}/driver ]\n{udev(AUDIO)}\nrecords",
             then=can_not_join),
    ], cards=[lab.Card("gtx1050", present=False), "gtx1050-small"], extra=CONSOLE_DEVICE,
        suite=suite, asks={"plug": lambda m: m.plug(m.cards[0]),
                           "unplug": lambda m: m.unplug(m.cards[0]), "replug": replug})
