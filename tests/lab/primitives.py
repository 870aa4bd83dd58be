# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab proves itself: that its cards behave as tests rely on."""

import time

from tests.lab import guest, lab

GPU, AUDIO = "0000:01:00.0", "0000:01:00.1"
GPU2, AUDIO2 = "0000:02:00.0", "0000:02:00.1"


def finished(script, **fields):
    with lab.Machine(script=script, **fields) as m:
        m.finish()
        return m


def drivers(machine, *addresses, case=None):
    devices = machine.devices(case)
    return [devices[a].driver if a in devices else "gone" for a in addresses]


def usable(machine, *addresses, case=None):
    for address in addresses:
        lab.equal(machine.vfiouse(address, case)["verdict"], "pass", f"vfiouse of {address}")


@lab.test
def native_drivers_touch_the_card():
    script = "mark 1; modprobe nouveau; modprobe snd_hda_intel; mark 2; facts; dmesg"
    m = finished(script, cards=["gtx1050", "gtx1050"])
    lab.check(any("NVIDIA GP107 (137000a1)" in line for line in m.lines), "nouveau saw no GP107")
    lab.equal(drivers(m, AUDIO, AUDIO2), ["snd_hda_intel"] * 2, "audio drivers")
    for card in m.cards:
        lab.check(len(card.bar_accesses(function=0, since=1, until=2)) > 100,
                  f"{card.name}: nouveau hardly read it")


def claimed_by_hand(suite):
    script = f"""
    mark 1
    bind_by_hand {GPU} {AUDIO} {GPU2} {AUDIO2}
    modprobe nouveau
    modprobe snd_hda_intel
    mark 2
    facts
    run vfiouse {GPU} {AUDIO} {GPU2} {AUDIO2}
    mark 3
    cat /sys/bus/pci/devices/{GPU}/reset_method
    run sh -c 'echo 1 >/sys/bus/pci/devices/{GPU}/reset'
    mark 4
    run hotreset {GPU} {AUDIO}
    mark 5
    run hotreset {GPU}
    """
    m = finished(script, cards=["gtx1050", "gtx1050"], suite=suite,
                 programs={"usr/bin/hotreset": guest.hotreset()})
    lab.equal(drivers(m, GPU, AUDIO, GPU2, AUDIO2), ["vfio-pci"] * 4, "drivers")
    usable(m, GPU, AUDIO, GPU2, AUDIO2)
    lab.equal(m.vfiouse(GPU)["hot-reset"], "ok", "hot reset")
    for card in m.cards:
        lab.equal(card.bar_accesses(since=1, until=2), [], f"BAR accesses of {card.name}")
        lab.check(card.accesses("dma-write", function=0, since=2, until=3), "no DMA")
        lab.check(card.accesses("msi", function=0, since=2, until=3), "no MSI")
    judge_reset_with_the_slot(m)


def judge_reset_with_the_slot(m):
    """The kernel names a reset of the bus for the GPU, and refuses it; VFIO's hits both functions, and has to."""
    lab.check("bus" in m.lines, "the GPU's methods are not just a reset of the bus")
    lab.equal(m.statuses()[-3:], [1, 0, 1], "statuses of the resets: alone, both together, one of both")
    lab.equal([line for line in m.outputs() if "hot-reset=" in line and "vfiouse" not in line],
              ["hot-reset=ok", "hot-reset=EXDEV"], "hot resets")
    lab.equal(m.cards[0].accesses("reset", since=3, until=4), [], "resets by the bus alone")
    lab.equal({a.function for a in m.cards[0].accesses("reset", since=4, until=5)}, {0, 1}, "functions that were reset")


@lab.test
def claimed_cards_are_untouched_and_usable():
    claimed_by_hand("trixie")


@lab.test
def claimed_cards_are_usable_with_an_older_kernel():
    claimed_by_hand("bookworm")


@lab.test
def groups_follow_acs():
    m = finished("facts", cards=["gtx1050", "gtx1050+acs"])
    d = m.devices()
    lab.equal(d[GPU].group, d[AUDIO].group, "group of the audio function without ACS")
    lab.check(d[GPU2].group != d[AUDIO2].group, "functions with ACS share a group")


@lab.test
def flr_resets_the_function():
    m = finished(f"bind_by_hand {GPU}; cat /sys/bus/pci/devices/{GPU}/reset_method; mark 1;"
                 f"run vfiouse {GPU}; mark 2", cards=["h100"])
    usable(m, GPU)
    lab.equal(m.vfiouse(GPU)["reset"], "ok", "reset of the function")
    resets = [a.text for a in m.cards[0].accesses("reset", since=1, until=2)]
    lab.check("flr" in resets, f"resets seen: {resets}")


@lab.test
def flr_that_never_ends():
    m = finished(f"""
    echo flr >/sys/bus/pci/devices/{GPU}/reset_method
    ask break
    run sh -c 'echo 1 >/sys/bus/pci/devices/{GPU}/reset'
    """, cards=["h100"], asks={"break": lambda m: m.cards[0].command("fault 0 flr-stuck")})
    lab.equal(m.statuses(), [1], "status of the reset")
    lab.equal([a.text for a in m.cards[0].accesses("reset", function=0)][-1], "flr", "last reset")


@lab.test
def virtual_functions():
    m = finished(f"""
    modprobe vfio-pci enable_sriov=1
    bind_by_hand {GPU}
    cat /sys/bus/pci/devices/{GPU}/sriov_totalvfs
    run sh -c 'echo 2 >/sys/bus/pci/devices/{GPU}/sriov_numvfs'
    facts
    """, cards=["h100"])
    lab.check("2" in m.lines, "sriov_totalvfs is not 2")
    lab.equal(m.statuses(), [0], "status of sriov_numvfs")
    vfs = [d for a, d in m.devices().items() if a.startswith("0000:01:") and a != GPU]
    lab.equal(len(vfs), 2, "number of VFs")


@lab.test
def every_iommu():
    script = f"modprobe vfio_iommu_type1 allow_unsafe_interrupts=1; modprobe virtio_iommu; " \
             f"bind_by_hand {GPU} {AUDIO}; ls /sys/class/iommu; run vfiouse {GPU}"
    for iommu, name in (("amd", "ivhd0"), ("virtio", "0000:00:03.0")):
        m = finished(script, cards=["gtx1050"], iommu=iommu)
        lab.check(any(name in line for line in m.lines), f"{iommu}: not in /sys/class/iommu")
        usable(m, GPU)


@lab.test
def no_iommu_no_groups():
    for fields in ({"iommu": "none"}, {"append": "intel_iommu=off"}):
        m = finished(f"facts; bind_by_hand {GPU}; ls /sys/class/iommu | wc -l; facts",
                     cards=["gtx1050"], **fields)
        lab.equal(m.devices()[GPU].group, "-", "group")
        lab.equal(m.devices()[GPU].driver, "-", "driver")


@lab.test
def no_interrupt_remapping():
    m = finished(f"bind_by_hand {GPU} {AUDIO}; run vfiouse {GPU}", cards=["gtx1050"],
                 intremap=False)
    lab.equal(m.vfiouse(GPU)["viable"], "yes", "viable")
    lab.equal(m.vfiouse(GPU)["iommu"], "EPERM", "SET_IOMMU")


@lab.test
def hotplug():
    script = f"""
    facts
    begin plugged
    ask plug
    wait_for 30 [ -e /sys/bus/pci/devices/{GPU}/iommu_group ] &&
        wait_for 30 [ -e /sys/bus/pci/devices/{AUDIO}/iommu_group ]
    mark 1
    bind_by_hand {GPU} {AUDIO}
    mark 2
    facts
    run vfiouse {GPU} {AUDIO}
    """
    m = finished(script, cards=[lab.Card("gtx1050", present=False)],
                 asks={"plug": lambda m: m.plug(m.cards[0])})
    lab.equal(drivers(m, GPU), ["gone"], "driver before the hotplug")
    lab.equal(drivers(m, GPU, AUDIO, case="plugged"), ["vfio-pci"] * 2, "drivers")
    usable(m, GPU, AUDIO, case="plugged")
    lab.equal(m.cards[0].bar_accesses(since=1, until=2), [], "BAR accesses")


@lab.test
def unplug_by_request():
    script = f"""
    bind_by_hand {GPU} {AUDIO}
    facts
    begin unplugged
    ask unplug
    wait_for 60 [ ! -e /sys/bus/pci/devices/{GPU} ]
    facts
    begin replugged
    ask replug
    wait_for 60 [ -e /sys/bus/pci/devices/{GPU}/iommu_group ]
    facts
    """

    def replug(machine):
        machine.qmp.wait_event("DEVICE_DELETED", device="card0-0")
        machine.qmp.wait_event("DEVICE_DELETED", device="card0-1")
        machine.plug(machine.cards[0])

    m = finished(script, cards=["gtx1050"],
                 asks={"unplug": lambda m: m.unplug(m.cards[0]), "replug": replug})
    lab.equal(drivers(m, GPU, AUDIO), ["vfio-pci"] * 2, "drivers")
    lab.equal(drivers(m, GPU, AUDIO, case="unplugged"), ["gone"] * 2, "after the unplug")
    lab.equal(drivers(m, GPU, AUDIO, case="replugged"), ["-"] * 2, "after it came back")


@lab.test
def surprise_removal():
    show_id = f"run hexdump -e '4/1 \"%02x\"' -n 4 /sys/bus/pci/devices/{GPU}/config"
    script = f"""
    bind_by_hand {GPU} {AUDIO}
    {show_id}
    begin dead
    ask pull
    {show_id}
    facts
    begin gone
    ask unplug
    wait_for 60 [ ! -e /sys/bus/pci/devices/{GPU} ]
    facts
    """
    m = finished(script, cards=["gtx1050", "gtx1050"],
                 asks={"pull": lambda m: m.cards[0].die(),
                       "unplug": lambda m: m.unplug(m.cards[0])})
    lab.equal(m.outputs(), ["de10811c"], "vendor and device ID")
    lab.equal(m.outputs("dead"), ["ffffffff"], "vendor and device ID of a dead card")
    lab.equal(drivers(m, GPU, AUDIO, case="dead"), ["vfio-pci"] * 2, "drivers")
    lab.equal(drivers(m, GPU, AUDIO, GPU2, case="gone"), ["gone", "gone", "-"], "drivers")


@lab.test
def many_cards():
    script = "facts; bind_by_hand $(ls /sys/bus/pci/devices | grep -v ^0000:00); facts"
    m = finished(script, cards=["gtx1050-small"] * 24)
    found = [d for a, d in m.devices().items() if not a.startswith("0000:00:")]
    lab.equal([d.driver for d in found], ["vfio-pci"] * 48, "drivers")
    lab.equal(len({d.group for d in found}), 24, "number of groups")


@lab.test
def group_shared_behind_a_bridge():
    script = """
    modprobe e1000
    facts
    """
    m = finished(script, cards=[lab.Card("gtx1050", place="bridge")],
                 bridge_devices=["e1000,addr=0x5,romfile="])
    found = {d.id: d for d in m.devices().values()}
    for name in ("10de:1c81", "10de:0fb9", "8086:100e"):
        lab.check(name in found, f"{name} is not there")
    lab.equal(found["8086:100e"].driver, "e1000", "driver of the NIC")
    lab.equal({found[n].group for n in ("10de:1c81", "10de:0fb9", "8086:100e")},
              {found["10de:1c81"].group}, "groups behind the bridge")


@lab.test
def a_boot_sector_tells_of_the_card():
    with lab.Machine(cards=["gtx1050"], disk=str(guest.pciscan())) as m:
        while "PCI end" not in m.console():
            lab.check(time.monotonic() < m.deadline, f"no end: {m.console()}")
            time.sleep(0.1)
        said = m.console()
    for line in ("PCI 01:00.0 10de:1c81 BAR0=137000a1", "PCI 01:00.1 10de:0fb9"):
        lab.check(f"{line}\n" in said, f"no {line!r} in {said}")


if __name__ == "__main__":
    lab.main()
