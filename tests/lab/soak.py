# SPDX-License-Identifier: GPL-2.0-or-later
"""Random machines, booted with the real helper, and judged by a small model.

    make soak BOOTS=60              boots the seeds from GPUCLAIM_SEED on; `make check` three
    python3 -m tests.lab.soak 17    the machine of this seed, as a failure names it

soak_machine.py makes a machine of a number, soak_model.py says what must become of it. Whatever the
machine: no GPU is half claimed, what is no GPU is untouched, the dry run foresaw it, the record says
what sysfs says, a second run changes nothing, and no card's memory was touched.
"""

import functools
import os
import sys

from tests.lab import lab, soak_machine
from tests.lab.claims import CLAIMED, Case, judge_facts, play
from tests.lab.lab import check, equal
from tests.lab.soak_machine import BY_HAND, HELD, WITH_VFS
from tests.lab.soak_model import Model
from tests.lib import suite

BOOTS = 3
TIMEOUT_S = 900                     # a busy machine takes minutes for a boot
BROKEN = "printf 'claim 10de:1c81\\nset x\\n' >/etc/gpuclaim/gpuclaim.conf.d/50-broken.conf\n"
STATES = """
# given DRIVER ADDRESS: bound to it, as others do.
given() {
	modprobe "$1"
	cd "/sys/bus/pci/devices/$2" || return
	echo "$1" >driver_override
	echo "$2" >/sys/bus/pci/drivers_probe
	echo >driver_override
	cd /
}

# more_facts: what `facts` does not say.
more_facts() {
	for d in /sys/bus/pci/devices/*; do
		[ ! -e "$d/physfn" ] || echo "LAB vf ${d##*/}"
		for name in boot_vga sriov_numvfs; do
			n=0
			[ ! -e "$d/$name" ] || read -r n <"$d/$name"
			[ "$n" = 0 ] || echo "LAB $name ${d##*/}"
		done
	done
}
"""
AGAIN = """
told first grep -v ^TIME_MS /run/gpuclaim/0000:*
told boot gpuclaim boot
step again
kernel_log later
told second grep -v ^TIME_MS /run/gpuclaim/0000:*
"""


def before(soaked):
    commands = [STATES, BROKEN if soaked.broken else ""]
    for address, state in soaked.states.items():
        card = next(c for c in soaked.cards if soaked.place(c) == address)
        commands += {
            HELD: [f"given uio_pci_generic {address}"],
            BY_HAND: [f"bind_by_hand {' '.join(f'{address[:-1]}{n}' for n in card.functions)}"],
            WITH_VFS: [f"given pci-pf-stub {address}",
                       f"echo 2 >/sys/bus/pci/devices/{address}/sriov_numvfs"],
        }[state]
    return "\n".join([*commands, "more_facts"])


def judge(soaked, seen):
    steps = seen.steps
    model = Model(soaked, steps["before"], vfs=seen.said("vf"),
                  with_vfs=seen.said("sriov_numvfs"), vga=seen.said("boot_vga"))
    want = model.verdicts()
    judge_there(soaked, steps["before"])
    judge_told(seen.dry, want, "what the dry run says")
    equal(steps["dry"], steps["before"], "the machine after the dry run")
    equal(seen.statuses("dry") + seen.statuses("boot"), [0, 0, 0], "exit codes")
    judge_facts(steps["before"], steps["after"], want)
    judge_record(seen, want)
    judge_units(model, steps["after"])
    for card in seen.machine.cards:
        # Before that the firmware and the kernel take a USB controller from one another.
        equal(seen.touches(card, "before", "again"), [], f"{card.name}: BAR accesses")
    judge_second_run(seen)


def judge_there(soaked, functions):
    """The cards are where the lines and the model think they are."""
    for card in soaked.cards:
        equal(functions[soaked.place(card)].id if card.present else soaked.place(card) in functions,
              soak_machine.ids(card) if card.present else False, f"the card {soaked.place(card)}")


def judge_told(told, want, what):
    """What a line names besides is no GPU."""
    equal({a: v for a, v in told.items() if a in want}, want, what)
    for address, verdict in told.items():
        check(address in want or verdict not in CLAIMED, f"{what}: {address} is {verdict}")


def judge_record(seen, want):
    records = {a: v for a, v in seen.records.items() if a != "boot"}
    judge_told(records, want, "the record")
    for address in records:
        equal(seen.recorded_driver[address], seen.steps["after"][address].driver,
              f"{address}: recorded driver")


def judge_units(model, after):
    for gpu in model.gpus:
        ours = {a for a in model.unit(gpu) if after[a].driver == "vfio-pci"}
        check(ours in (set(), set(model.unit(gpu))), f"{gpu}: half claimed, {sorted(ours)}")


def judge_second_run(seen):
    equal(seen.steps["again"], seen.steps["after"], "the machine after a second run")
    equal(seen.said("second"), seen.said("first"), "the records after a second run")
    claimed = [line for line in seen.said("later") if ": claimed" in line]
    equal(claimed, [], "what a second run logs of claims")


def boot(seed):
    soaked = soak_machine.machine(seed)
    print(f"# {seed}: {soaked.told()}", flush=True)
    play([Case(f"{len(soaked.cards)} cards", {}, conf=soaked.conf(), before=before(soaked), after=AGAIN,
               judged=False, then=functools.partial(judge, soaked))],
         companion=False, timeout=TIMEOUT_S, **soaked.fields())


def main():
    """Each test is named by the command that repeats it."""
    first, boots = suite.seed(), int(os.environ.get("BOOTS") or BOOTS)
    seeds = [int(word) for word in sys.argv[1:] if word.isdigit()]
    for seed in seeds or range(first, first + boots):
        test = functools.partial(boot, seed)
        test.__name__ = f"python3 -m tests.lab.soak {seed}"
        lab.test(test)
    lab.main()


if __name__ == "__main__":
    main()
