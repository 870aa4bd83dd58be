# SPDX-License-Identifier: GPL-2.0-or-later
"""Cards that come all at once, and that do not come back."""

from tests.lab import guest, image, lab
from tests.lab.claims import CLAIM, CONSOLE_DEVICE, GPU, Case, kernels, play
from tests.lab.decisions_live import ended
from tests.lab.lab import check, equal
from tests.lab.seen import Seen, Status, judge_claimed
from tests.nova.placement import GTX, MANAGED, ROOT
from tests.nova.returns_world import CLASS
from tests.nova.sync_world import CREDENTIALS, ONE_TIME, cloud, device, reserved, serve

# --- thirty GPUs at once: udev starts the helper for each function, side by side

PLUGGED = [f"0000:{n:02x}:00.{f}" for n in range(1, 31) for f in (0, 1)]
PLUG = f"""
ask plug
all_there() {{
	for a in {' '.join(PLUGGED)}; do [ -e /sys/bus/pci/devices/$a/iommu_group ] || return 1; done
}}
wait_for 300 all_there
udevadm settle --timeout=600
look plugged
status status
"""


@kernels()
def thirty_by_hotplug(suite):
    files = {"etc/gpuclaim/gpuclaim.conf": CLAIM}
    booted = image.boot(suite, PLUG, system=True, early=files, late=files)
    cards = [lab.Card("gtx1050-small", present=False) for _ in PLUGGED[::2]]
    with lab.Machine(cards=cards, extra=CONSOLE_DEVICE, timeout=1500, **booted,
                     asks={"plug": lambda m: [m.plug(c) for c in m.cards] and "ok"}) as m:
        m.finish()
    seen = Seen(m, "plugged")
    judge_claimed(seen, *PLUGGED, stage="system")
    equal(seen.modules & {"nouveau", "snd_hda_intel"}, set(), "native modules that are loaded")
    for card in m.cards:
        equal(card.bar_accesses(), [], f"{card.name}: BAR accesses")
    for a in PLUGGED[::2]:
        equal(len([line for line in seen.journal if line.startswith(f"{a}: claimed")]), 1, f"lines of {a}")
    Status(m, "status").judge_ready(*PLUGGED)


# --- a GPU comes back from a server, and its reset ends, or never does

# QEMU's own network leads to the stand-in for Placement, which listens here.
GATEWAY = "10.0.2.2"
NETWORK = ["-netdev", "user,id=net", "-device", "e1000,netdev=net,addr=0x11,romfile="]
RETURN = f"""
echo compute1 >/proc/sys/kernel/hostname
modprobe e1000
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up
told boot gpuclaim boot
step before
told well gpuclaimctl nova return {GPU}
told offered ask reserved
step returned
told reserve ask reserve
ask break
told stuck gpuclaimctl nova return {GPU}
told still ask reserved
told state gpuclaimctl status --verbose
told next gpuclaimctl nova return {GPU}
told last ask reserved
"""


def returned(seen):
    card = seen.machine.cards[0]
    ended(seen, "well", 0)
    equal({a.function for a in card.accesses("reset", since=f"{seen.name}/before", until=f"{seen.name}/returned")
           if a.text == "flr"}, {0, 1}, "functions that were reset")
    equal(seen.said("offered"), ["0"], "reserved behind a reset that ends")
    ended(seen, "stuck", 1, f"the reset of {GPU} failed: it did not come back")
    equal(seen.said("still"), ["1"], "reserved behind a reset that never ends")
    equal(seen.statuses("state"), [3], "exit code of status")
    ended(seen, "next", 4, "it is not ready: it does not answer: its configuration reads as ones")
    equal(seen.said("last"), ["1"], "reserved after the next return")


@kernels()
def given_back(suite):
    gpu = device(GPU, CLASS, reserved=1, traits=(MANAGED, ONE_TIME))
    with serve(cloud(gtx=gpu)) as world:
        world["url"] = f"http://{GATEWAY}:{world['url'].rpartition(':')[2]}"

        curl = guest.library("libcurl.so.4")       # opened when it is needed

        def reserve(_):
            world["state"][GTX]["inventories"][CLASS]["reserved"] = 1

        conf = CREDENTIALS.format(url=world["url"]).split(" ", 2)[2].replace("\\n", "\n")
        play([Case("a reset that ends, and one that never does", {}, conf=CLAIM, run=RETURN, judged=False,
                   then=returned)],
             asks={"reserved": lambda m: str(reserved(world)), "reserve": reserve,
                   "break": lambda m: m.cards[0].command("fault 0 flr-stuck")},
             cards=["gtx1050+flr"], extra=CONSOLE_DEVICE + NETWORK, suite=suite, timeout=900,
             programs={curl[1:]: curl},
             files={"etc/nova/nova.conf": conf, "var/lib/nova/compute_id": f"{ROOT}\n"})
