# SPDX-License-Identifier: GPL-2.0-or-later
"""The early-boot helper decides and acts on real kernels."""

from tests.lab import decisions_actions  # noqa: F401  # registers its tests
from tests.lab import decisions_companions  # noqa: F401
from tests.lab import decisions_config  # noqa: F401
from tests.lab import decisions_live  # noqa: F401
from tests.lab import decisions_misbehaving  # noqa: F401
from tests.lab import lab
from tests.lab.claims import (AUDIO, AUDIO2, CARD, CARD2, CLAIM, COMPANION, CONSOLE, CONSOLE_DEVICE,
                              GPU, GPU2, Case, kernels, play)
from tests.lab.lab import check, equal

HOST = {CONSOLE: "not-selected"}


def usable(*addresses):
    def judge(seen):
        for address in addresses:
            equal(seen.machine.vfiouse(address, seen.name)["verdict"], "pass",
                  f"use of {address}")
    return judge


# --- the IOMMU is proven before anything is written

@kernels("trixie", "bookworm")
def iommu_off_in_the_kernel(suite):
    play([Case("native drivers get it", {CARD: "iommu-off-kernel"} | HOST, conf=CLAIM,
               log=[f"{GPU}: iommu-off-kernel: .*intel_iommu=on"], after="natives")],
         cards=["gtx1050"], append="intel_iommu=off", extra=CONSOLE_DEVICE, suite=suite)


@kernels("trixie")
def no_iommu_in_the_machine(suite):
    play([Case("native drivers get it", {CARD: "iommu-off-firmware"} | HOST, conf=CLAIM,
               log=[f"{GPU}: iommu-off-firmware: .*virtual machine"], after="natives")],
         cards=["gtx1050"], iommu="none", extra=CONSOLE_DEVICE, suite=suite)


def not_assignable(seen):
    used = seen.machine.vfiouse(GPU, seen.name)
    equal((used["viable"], used["iommu"]), ("yes", "EPERM"), "viable, SET_IOMMU")
    if COMPANION.exists():
        equal(seen.statuses("ready"), [3], "exit code of status")
        check(any("interrupt remapping" in line for line in seen.said("ready")),
              f"no interrupt remapping in {seen.said('status')}")


@kernels("trixie")
def no_interrupt_remapping(suite):
    play([Case("claimed, not ready", {CARD: "claimed"} | HOST, conf=CLAIM,
               after=f"run vfiouse {GPU} {AUDIO}; told ready gpuclaimctl status",
               then=not_assignable)],
         cards=["gtx1050"], intremap=False, extra=CONSOLE_DEVICE, suite=suite)


# --- no room for a BAR: a processor of 36 address bits, and a BAR of 64 GiB

def no_room_for_the_bar(seen):
    flags = seen.said("flags")
    equal(flags, ["0x0000000000000000 0x0000000000000000 0x0000000000000000"],
          "what the kernel gave BAR 1")
    if COMPANION.exists():
        equal(seen.statuses("ready"), [3], "exit code of status")
        check(any("its BAR 1 got no room" in line for line in seen.said("ready")),
              f"no word of BAR 1 in {seen.said('ready')}")


@kernels("trixie")
def a_bar_without_room(suite):
    resource = f"/sys/bus/pci/devices/{GPU}/resource"
    play([Case("claimed, not ready", {CARD: "claimed"} | HOST, conf=CLAIM,
               after=f"told flags sed -n 2p {resource}; told ready gpuclaimctl status",
               then=no_room_for_the_bar)],
         cards=["gtx1050-64g"], extra=[*CONSOLE_DEVICE, "-cpu", "max,phys-bits=36"], suite=suite)


# --- which of two identical cards

@kernels("trixie")
def identical_cards(suite):
    mismatch = f"claim 10de:1c82 address={GPU}\n"
    play([
        Case("wrong IDs", {CARD: "identity-mismatch", CARD2: "not-selected"} | HOST,
             conf=mismatch, why={GPU: "is 10de:1c81 .* not what /etc/gpuclaim/gpuclaim.conf:1"}),
        Case("wrong IDs, and another line matches",
             {CARD: "identity-mismatch", CARD2: "claimed"} | HOST, conf=mismatch + CLAIM),
        Case("both by ID", {CARD: "claimed", CARD2: "claimed"} | HOST, conf=CLAIM,
             after=f"run vfiouse {GPU} {AUDIO} {GPU2} {AUDIO2}",
             then=usable(GPU, AUDIO, GPU2, AUDIO2)),
        Case("the second is skipped", {CARD: "claimed", CARD2: "skipped"} | HOST,
             conf=f"{CLAIM}skip address={AUDIO2}"),
        Case("the first by address", {CARD: "claimed", CARD2: "not-selected"} | HOST,
             conf=f"claim 10de:1c81 address={GPU}", after="natives"),
    ], cards=["gtx1050", "gtx1050"], extra=CONSOLE_DEVICE, suite=suite)


# --- the console's GPU

FREED = """
told iomem grep -c fb$ /proc/iomem
grep vgaarb /tmp/dmesg | sed 's/^/LAB kernel /'
"""


def let_go(seen):
    check(any("deactivate vga console" in line for line in seen.lines), "the console has not gone")


BROKEN_REFUSAL = "printf 'set boot-vga=refuse\\nset x\\n' >/etc/gpuclaim/gpuclaim.conf.d/9.conf"


@kernels("trixie")
def the_boot_vga(suite):
    play([
        Case("refused", {CARD: "boot-vga"}, conf=CLAIM, log=[f"{GPU}: boot-vga: the console"]),
        Case("refused to all on the command line", {CARD: "boot-vga"},
             cmdline=f"gpuclaim.addresses={GPU}=10de:1c81"),
        Case("a broken drop-in held the refusal", {CARD: "not-selected"},
             conf=f"{CLAIM}set boot-vga=allow", before=BROKEN_REFUSAL),
        Case("the same, with a claim that still counts", {CARD: "boot-vga"},
             conf=f"{CLAIM}set boot-vga=allow", before=BROKEN_REFUSAL,
             cmdline="gpuclaim.ids=10de:1c81"),
        Case("a broken drop-in held its skip", {CARD: "skipped"}, conf=CLAIM,
             before=f"printf 'skip address={GPU}\\nset x\\n' >/etc/gpuclaim/gpuclaim.conf.d/9.conf",
             cmdline="gpuclaim.ids=10de:1c81 gpuclaim.boot-vga=allow"),
        Case("allowed", {CARD: "claimed"}, conf=f"{CLAIM}set boot-vga=allow",
             after=f"{FREED}natives\nrun vfiouse {GPU}",
             then=lambda seen: (let_go(seen), usable(GPU)(seen))),
    ], cards=["gtx1050"], suite=suite)


def framebuffer_gone(seen):
    let_go(seen)
    equal(seen.said("fb"), ["1"], "framebuffers before the run")
    equal(seen.said("iomem"), ["0"], "framebuffers after it")


FAKE_IOMEM = f"""
awk '{{ print }} / : {GPU}$/ && !n++ {{ print "    " $1 " : BOOTFB" }}' /proc/iomem >/tmp/iomem
mount --bind /tmp/iomem /proc/iomem
"""


@kernels("trixie")
def the_boot_framebuffer(suite):
    """On the emulated VGA, whose BIOS sets a graphics mode; "claimed" has no companions here."""
    play([
        Case("refused", {CONSOLE: "boot-vga", CARD: "not-selected"}, conf="claim 1234:1111"),
        Case("in another GPU's memory", {CONSOLE: "not-selected", CARD: "boot-vga"}, conf=CLAIM,
             before=FAKE_IOMEM, after="umount /proc/iomem",
             why={GPU: "the boot framebuffer lies in its memory"}),
        Case("allowed", {CONSOLE: "claimed", CARD: "not-selected"},
             conf="claim 1234:1111\nset boot-vga=allow", before="told fb grep -c fb$ /proc/iomem",
             after=FREED, then=framebuffer_gone),
    ], cards=["gtx1050"], append="vga=791", extra=CONSOLE_DEVICE, suite=suite)


# --- groups shared with what is not to be claimed

SHARED, NIC, DISKS = "0000:02:01", "0000:02:05.0", "0000:00:1f.2"
NAMED = f"""{CLAIM}
claim 8086:100e
claim 8086:2922 address={DISKS}
claim 10de:1c81 address={NIC}
claim 8086:*
"""


@kernels("trixie")
def a_group_with_a_nic(suite):
    why = f"{NIC} .8086:100e, network controller"
    all_named = {SHARED: "group-not-viable", NIC: "identity-mismatch", DISKS: "not-a-gpu"} | HOST
    play([
        Case("unbound", {SHARED: "group-not-viable"} | HOST, conf=CLAIM,
             why={f"{SHARED}.0": why}),
        Case("named in the configuration", all_named, conf=NAMED),
        Case("bound", {SHARED: "group-not-viable"} | HOST, conf=CLAIM,
             before="modprobe e1000; modprobe ahci", why={f"{SHARED}.0": f"{why}, driver e1000"}),
        Case("bound and named", all_named, conf=f"{NAMED}set rebind=yes"),
        Case("companions=group", {SHARED: "group-not-viable"} | HOST,
             conf=f"{CLAIM}set companions=group\nset rebind=yes"),
    ], cards=[lab.Card("gtx1050", place="bridge")], bridge_devices=["e1000,addr=0x5,romfile="],
        extra=CONSOLE_DEVICE, suite=suite)


# --- other GPUs, other IOMMUs

VFS = f"""
modprobe pci-pf-stub
cd /sys/bus/pci/devices/{GPU2}
echo pci-pf-stub >driver_override
echo {GPU2} >/sys/bus/pci/drivers_probe
echo >driver_override
echo 2 >sriov_numvfs
cd /
"""


@kernels("trixie")
def groups_of_their_own(suite):
    """The first card's functions have a group each; the second is an accelerator with VFs."""
    h100, vfs = f"{CARD2}.0", {f"{CARD2}.4": "not-selected", f"{CARD2}.5": "not-selected"}
    not_h100 = {h100: "not-selected"} | HOST
    play([
        Case("companions=none", {GPU: "claimed"} | not_h100, conf=f"{CLAIM}set companions=none",
             after=f"run vfiouse {GPU}", then=usable(GPU)),
        Case("companions=slot", {CARD: "claimed"} | not_h100, conf=CLAIM),
        Case("driver=auto", {CARD: "claimed"} | not_h100, conf=f"{CLAIM}set driver=auto"),
        Case("by class", {CARD: "not-selected", h100: "claimed"} | HOST,
             conf="claim 10de:* class=0302", after=f"run vfiouse {h100}", then=usable(h100)),
        Case("of another class", {CARD: "not-selected"} | not_h100,
             conf="claim 10de:2330 class=0300"),
        Case("with VFs", {CARD: "claimed", h100: "pf-with-vfs"} | vfs | HOST,
             conf=f"{CLAIM}claim 10de:2330\nset rebind=yes", before=VFS,
             why={h100: "sriov_numvfs"}),
    ], cards=["gtx1050+acs", "h100"], extra=CONSOLE_DEVICE, suite=suite)


def only_the_second(seen):
    first, second = (seen.touches(c, "after", "amdgpu") for c in seen.machine.cards)
    equal(first, [], "BAR accesses of the claimed card")
    check(second, "amdgpu did not touch the other card")
    usable(GPU, AUDIO)(seen)


@kernels("trixie")
def amd_cards(suite):
    play([Case("one of two", {CARD: "claimed", CARD2: "not-selected"} | HOST,
               conf=f"claim 1002:744c address={GPU}",
               before="mkdir -p /lib/firmware/amdgpu; : >/lib/firmware/amdgpu/any",
               after=f"modprobe amdgpu; step amdgpu; run vfiouse {GPU} {AUDIO}",
               then=only_the_second)],
         cards=["amd", "amd"], extra=CONSOLE_DEVICE, suite=suite)


@kernels("bookworm")
def amd_iommu(suite):
    play([Case("both", {CARD: "claimed", CARD2: "claimed"} | HOST,
               conf=f"{CLAIM}claim 1002:744c", after=f"run vfiouse {GPU} {AUDIO} {GPU2} {AUDIO2}",
               then=usable(GPU, AUDIO, GPU2, AUDIO2))],
         cards=["gtx1050", "amd"], iommu="amd", extra=CONSOLE_DEVICE, suite=suite)


@kernels("trixie")
def virtio_iommu(suite):
    """Its driver is a module, which bookworm's kernel lacks; a first probe makes the group."""
    cases = [
        Case("without its driver", {CARD: "iommu-off-kernel"} | HOST, conf=CLAIM,
             why={GPU: "virtio_iommu into the initramfs"}),
        Case("not probed before", {CARD: "no-iommu-group"} | HOST, conf=CLAIM,
             before="modprobe virtio_iommu\n"
                    "wait_for 10 [ -e /sys/bus/pci/devices/0000:00:00.0/iommu_group ]"),
        Case("probed before", {CARD: "claimed"} | HOST, conf=CLAIM, touched=True,
             before=f"modprobe virtio_iommu; bind_by_hand {GPU} {AUDIO}\n"
                    f"for a in {GPU} {AUDIO}; do echo $a >/sys/bus/pci/drivers/vfio-pci/unbind\n"
                    "echo >/sys/bus/pci/devices/$a/driver_override; done\n"
                    "modprobe vfio_iommu_type1\n"
                    "echo 1 >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts",
             after=f"run vfiouse {GPU} {AUDIO}", then=usable(GPU, AUDIO)),
    ]
    play(cases if suite != "bookworm" else cases[:1], cards=["gtx1050"], iommu="virtio",
         extra=CONSOLE_DEVICE, suite=suite)


if __name__ == "__main__":
    lab.main()
