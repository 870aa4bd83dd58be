# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations, good and broken, on two identical cards beside the host's display."""

from tests.lab.claims import (AUDIO, AUDIO2, CARD, CARD2, CLAIM, CONSOLE, CONSOLE_DEVICE, GPU, GPU2,
                              Case, kernels, play)
from tests.lab.lab import check, equal

DROP_INS = "/etc/gpuclaim/gpuclaim.conf.d"
OLD = "/etc/modprobe.d/old.conf"
FIRST = f"claim 10de:1c81 address={GPU}\n"
MIB = 1 << 20


def cards(first, second):
    return {CARD: first, CARD2: second, CONSOLE: "not-selected"}


CLAIMED = cards("claimed", "claimed")
ONE = cards("claimed", "not-selected")
NONE = cards("not-selected", "not-selected")
OFF = {CARD: "switched-off", CARD2: "switched-off", CONSOLE: "switched-off"}


# --- broken configurations: less is claimed, never more

def broken(name, make, log, want=None, cmdline="", conf=CLAIM):
    """A case with a good main file, and a drop-in that is not."""
    return Case(f"broken: {name}", want or NONE, conf=conf, cmdline=cmdline,
                before=f"f={DROP_INS}/50-site.conf\n{make}", log=[log, "no claim line of any file counts", r"\(invalid\)"])


def refused_as_a_whole(name, make, log):
    return broken(name, make, f"{DROP_INS}/50-site.conf{log}")


BROKEN = [
    refused_as_a_whole("syntax", "printf 'set expect=2\\nclaim 10de\\n' >$f", ":2:7: "),
    refused_as_a_whole("unknown word", "echo grab 10de:1c81 >$f", ":1:1: "),
    refused_as_a_whole("a folder", "mkdir $f", ": is no regular file"),
    refused_as_a_whole("a dangling link", "ln -s nowhere $f", ": can't be read: No such file"),
    refused_as_a_whole("writable by all", "echo >$f; chmod 666 $f", ": has mode 0666"),
    refused_as_a_whole("too large", f"yes '#' | head -c {MIB + 1} >$f", ": is larger than 1 MiB"),
    refused_as_a_whole("no text", "head -c 5000 /usr/lib/udev/gpuclaim >$f", ":1:8: .*not a NUL byte"),
    broken("a folder that all may write to", f"chmod 777 {DROP_INS}; echo >$f",
           f"{DROP_INS}: has mode 0777"),
    broken("its skip still holds", f"printf 'skip address={AUDIO2}\\nset skip\\n' >$f", ":2:5: ",
           want=cards("claimed", "skipped"), cmdline="gpuclaim.ids=10de:1c81"),
    broken("its settings are the defaults", "printf 'set rebind=no\\nset boot\\n' >$f", ":2:5: ",
           want=cards("claimed", "claimed"), cmdline="gpuclaim.ids=10de:1c81",
           conf="set companions=none\n"),
]
NOT_BROKEN = [
    Case("an empty drop-in", CLAIMED, conf=CLAIM, before=f": >{DROP_INS}/50-site.conf"),
    Case("just small enough", CLAIMED, conf=CLAIM,
         before=f"yes '#' | head -c {MIB} >{DROP_INS}/50-site.conf"),
    Case("a masked vendor file", NONE,
         before="mkdir -p /usr/lib/gpuclaim; echo claim 10de:1c81 >/usr/lib/gpuclaim/gpuclaim.conf"
                "\nln -s /dev/null /etc/gpuclaim/gpuclaim.conf"),
    Case("a vendor file", CLAIMED,
         before="mkdir -p /usr/lib/gpuclaim; echo claim 10de:1c81 >/usr/lib/gpuclaim/gpuclaim.conf"),
]


@kernels("trixie")
def broken_configurations(suite):
    play(BROKEN + NOT_BROKEN, cards=["gtx1050-small"] * 2, extra=CONSOLE_DEVICE, suite=suite)


# --- the kernel command line

KARG = f"{FIRST}set arm=karg\n"
COMMAND_LINE = [
    Case("not armed", NONE, conf=KARG, why={GPU: "not armed: /etc/gpuclaim/gpuclaim.conf:1"}),
    Case("armed", ONE, conf=KARG, cmdline="gpuclaim=1"),
    Case("gpuclaim=0", OFF, conf=CLAIM, cmdline="gpuclaim=0"),
    Case("gpuclaim=0 beats the rest", OFF, conf=CLAIM, cmdline="gpuclaim=1 gpuclaim=0 "
         "gpuclaim.ids=10de:1c81"),
    Case("rd.gpuclaim=0 in the initramfs", OFF, conf=CLAIM, cmdline="rd.gpuclaim=0",
         before=": >/etc/initrd-release", why={GPU: "left to the real root"}),
    Case("rd.gpuclaim=0 after it", CLAIMED, conf=CLAIM, cmdline="rd.gpuclaim=0"),
    Case("ids without a configuration", CLAIMED, cmdline="gpuclaim.ids=10de:1c81"),
    Case("a bare address", ONE, cmdline=f"gpuclaim.addresses={GPU}",
         log=[f"gpuclaim.addresses={GPU}: identity not checked"]),
    Case("an address with IDs", cards("not-selected", "claimed"),
         cmdline=f"gpuclaim.addresses={GPU2}=10de:1c81"),
    Case("an address with wrong IDs", cards("identity-mismatch", "not-selected"),
         cmdline=f"gpuclaim.addresses={GPU}=10de:1c82"),
    Case("skip", cards("skipped", "claimed"), conf=CLAIM, cmdline=f"gpuclaim.skip={GPU}"),
    Case("a bad skip", NONE, conf=CLAIM, cmdline="gpuclaim.skip=0000:01",
         log=[r'gpuclaim.skip: found "0000:01"']),
    Case("a bad element", NONE, cmdline="gpuclaim.ids=10de:1c81,10de", log=['found "10de"']),
    Case("after the double dash", NONE, cmdline="-- gpuclaim.ids=10de:1c81"),
]


# --- modules and their options

def parameter(name):
    return f"told parameter cat /sys/module/vfio_pci/parameters/{name}"


def honoured(seen):
    equal(seen.said("parameter"), ["Y"], "disable_idle_d3")


MODULES = [
    Case("ids in modprobe.d", ONE, conf=FIRST, after=parameter("disable_idle_d3"), then=honoured,
         before=f"echo options vfio-pci ids=10de:1c81,10de:0fb9 disable_idle_d3=1 >{OLD}"),
    Case("ids in modprobe.d, other spelling", ONE, conf=FIRST,
         after=parameter("disable_idle_d3"), then=honoured,
         before=f"echo options vfio_pci disable_idle_d3=1 ids=10de:1c81 >{OLD}"),
    Case("ids on the command line", ONE, conf=FIRST, after=parameter("disable_idle_d3"),
         then=honoured,
         cmdline="vfio-pci.ids=10de:1c81,10de:0fb9 vfio_pci.disable_idle_d3=1"),
    Case("an install command", ONE, conf=FIRST, before=f"echo install vfio-pci /bin/touch /tmp/ran "
         f">{OLD}", after="told ran ls /tmp/ran",
         then=lambda seen: equal(seen.said("ran"), [], "what the install command did")),
    Case("a blacklist line", ONE, conf=FIRST, before=f"echo blacklist vfio-pci >{OLD}"),
    Case("a softdep", ONE, conf=FIRST, before=f"echo softdep vfio-pci pre: pci-stub >{OLD}",
         after="told stub ls /sys/bus/pci/drivers/pci-stub/uevent; modprobe -r pci-stub",
         then=lambda seen: check(seen.said("stub"), "pci-stub was not loaded")),
    Case("vfio-pci is there already", ONE, conf=FIRST, before="modprobe vfio-pci"),
]


# --- a crash kernel: a /proc of our own, since the real one has no vmcore

ANOTHER_PROC = """
mkdir -p /tmp/other/proc
for f in sys dev run etc lib lib64 usr bin; do
	[ ! -d /$f ] || mkdir -p /tmp/other/$f
	[ ! -d /$f ] || mount --rbind /$f /tmp/other/$f
done
cp /proc/cmdline /tmp/other/proc
mkdir -p /tmp/other/proc/sys
mount --bind /proc/sys /tmp/other/proc/sys
within='chroot /tmp/other'
"""


CRASH_KERNEL = [
    Case("another /proc", CLAIMED, conf=CLAIM, before=ANOTHER_PROC),
    Case("one with a vmcore", OFF, conf=CLAIM,
         before=": >/tmp/other/proc/vmcore; within='chroot /tmp/other'",
         why={GPU: "crash kernel", AUDIO: "crash kernel"}),
]


@kernels("trixie")
def command_line_and_modules(suite):
    play(COMMAND_LINE + MODULES + CRASH_KERNEL, cards=["gtx1050-small"] * 2,
         extra=CONSOLE_DEVICE, suite=suite)
