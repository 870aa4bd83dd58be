# SPDX-License-Identifier: GPL-2.0-or-later
"""`make demo`: boots a machine with two emulated GTX 1050 and shows how they are claimed.

The exit code is 0 if all that the text says held.
"""

import json
import re
import sys
import time

from tests.lab import boots, image, lab
from tests.lab.progress import heading, held, results, say, step
from tests.lab.seen import PROBED, Seen

SUITE = "trixie"
SCRIPT = """
begin scan; run gpuclaimctl scan
begin status; run gpuclaimctl status
begin journal
run sh -c 'journalctl -b -q -o json --output-fields=MESSAGE,_SOURCE_MONOTONIC_TIMESTAMP |
	grep -E "gpuclaim-initramfs|systemd-udevd.service|claimed|not-selected"'
"""
SHOWN = r"Starting (gpuclaim|systemd-udevd)|^\d{4}:|GPUs claimed"


def with_gpuclaim():
    return boots.play(SUITE, "systemd", "system", SCRIPT, **boots.both(boots.CLAIM))


def without_gpuclaim():
    return boots.play(SUITE, "systemd", "initramfs", flavor="bare")


def images():
    image.initramfs(SUITE)
    image.initramfs(SUITE, flavor="bare")
    image.root(SUITE)


def build_and_boot():
    heading("1. Build and boot")
    step("QEMU with vfio-user, for emulated GPUs", lab.qemu)
    step("a Debian 13 with its own kernel, systemd, udev and dracut", lambda: image.tree(SUITE))
    step("its initramfs by dracut, with gpuclaim, nouveau and snd_hda_intel; its disk", images)
    return step("two machines with it, one with gpuclaim and one without",
                with_gpuclaim, without_gpuclaim)


def show_log(machine):
    """What the initramfs's part of the journal says, by the kernel's clock; returns the texts."""
    shown = []
    for line in machine.outputs("journal"):
        entry = json.loads(line)
        if not re.search(SHOWN, entry["MESSAGE"]):
            continue
        stamp = entry.get("_SOURCE_MONOTONIC_TIMESTAMP", entry["__MONOTONIC_TIMESTAMP"])
        say(f"   [{int(stamp) / 1e6:9.6f}] {entry['MESSAGE']}")
        shown.append(entry["MESSAGE"])
        if shown[-1].startswith("Starting systemd-udevd"):
            break
    return shown


def show(machine, bare):
    seen = Seen(machine)
    heading("2. The machine with gpuclaim: gpuclaimctl scan")
    say("\n".join(f"   {line}" for line in machine.outputs("scan")))
    heading(f"3. What its initramfs logged, with the line '{boots.CLAIM.strip()}' in gpuclaim.conf")
    texts = show_log(machine)
    heading("4. Is the node ready? gpuclaimctl status")
    say("\n".join(f"   {line}" for line in machine.outputs("status")))
    heading("5. Did it all hold?")
    held(any(t.startswith("2 of 2") for t in texts)
         and texts[-1].startswith("Starting systemd-udevd")
         and all(seen.drivers[a] == "vfio-pci" for a in boots.PAIR),
         "both GPUs went to vfio-pci, with their audio functions, before udevd was started")
    held(not seen.modules & boots.NATIVE, "nouveau and snd_hda_intel were not even loaded")
    held(sum(touches(machine)) == 0 and min(touches(bare)) > PROBED,
         f"{sum(touches(machine))} accesses to the GPUs' memory; without gpuclaim, by nouveau: "
         f"{sum(touches(bare))}")
    held(machine.statuses("status") == [0], "gpuclaimctl status ended with exit code 0")


def touches(machine):
    return [len(card.bar_accesses()) for card in machine.cards]


def main():
    start = time.monotonic()
    say("gpuclaim on a machine with two emulated GTX 1050 and a VGA for the host's console")
    show(*build_and_boot())
    failed = results.count(False)
    say(f"{'FAILED' if failed else 'Everything held'}, after {time.monotonic() - start:.0f} s.")
    say(f"{results.count(True)} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
