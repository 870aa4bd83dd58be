/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/moved.h"
#include "tests/unit/bench.h"

#define GPU   "01:00.0 10de:1e87 030000 group=1 "
#define AUDIO "01:00.1 10de:10f8 040300 group=1 "
#define USB   "01:00.2 10de:1ad8 0c0330 group=1 "
#define NIC   "02:00.0 8086:1533 020000 group=1 "
#define CLAIM "claim 10de:1e87\n"

static const struct bench_row selecting[] = {
	{"nothing asked for", "", GPU ";" AUDIO ";" NIC ";", CLAIM_BOOT,
	 "01:00.0 not-selected, 01:00.1 not-selected"},
	{"claimed", CLAIM, GPU ";" AUDIO ";", CLAIM_BOOT, "01:00.0 claimed*, 01:00.1 claimed*"},
	{"switched off: all of it", "off\n" CLAIM "skip 8086:1533\n", GPU ";" AUDIO ";" NIC ";",
	 CLAIM_BOOT, "01:00.0 switched-off, 01:00.1 switched-off, 02:00.0 switched-off"},
	{"a line names another function's IDs", "claim 8086:1533\n", NIC "driver=igb;", CLAIM_BOOT,
	 "02:00.0 not-a-gpu"},
	{"a wildcard passes over it", "claim 8086:*\n", NIC ";", CLAIM_BOOT, ""},
	{"a wildcard at its address does not", "claim 8086:* address=0000:02:00.0\n", NIC ";",
	 CLAIM_BOOT, "02:00.0 not-a-gpu"},
	{"skip of what is no GPU", "skip address=0000:02:00.0\n", NIC ";", CLAIM_BOOT,
	 "02:00.0 skipped"},
	{"virtual functions: a wildcard passes over them", "claim 10de:*\n",
	 "01:00.0 10de:20b5 030200 group=1 vf;", CLAIM_BOOT, "01:00.0 not-selected"},
	{"virtual functions: IDs mean their GPU", "claim 10de:20b5\n",
	 "01:00.0 10de:20b5 030200 group=1 vf;", CLAIM_BOOT, "01:00.0 not-selected"},
	{"virtual functions: IDs mean their GPU, after a wildcard",
	 "claim 10de:*\nclaim 10de:20b5\n", "01:00.0 10de:20b5 030200 group=1 vf;", CLAIM_BOOT,
	 "01:00.0 not-selected"},
	{"virtual functions: by address", "claim 10de:* address=0000:01:00.0\n",
	 "01:00.0 10de:20b5 030200 group=1 vf;", CLAIM_BOOT, "01:00.0 not-a-gpu"},
	{"mismatch: the slot's functions all carry it", "claim 10de:1c81 address=0000:01:00.0\n",
	 GPU ";" AUDIO ";", CLAIM_BOOT, "01:00.0 identity-mismatch, 01:00.1 identity-mismatch"},
	{"a companion where the GPU should be: it follows its GPU",
	 "claim 10de:1e87 address=0000:01:00.1\n", GPU ";" AUDIO ";", CLAIM_BOOT,
	 "01:00.0 not-selected, 01:00.1 not-selected"},
	{"what only a line names that is not armed", "not-armed\nclaim 8086:1533\n", NIC ";",
	 CLAIM_BOOT, "02:00.0 not-selected"},
};

static const struct bench_row all_or_none[] = {
	{"a companion that is held refuses the GPU", CLAIM,
	 GPU ";" AUDIO ";" USB "driver=xhci_hcd held=it;", CLAIM_BOOT,
	 "01:00.0 in-use, 01:00.1 in-use, 01:00.2 in-use"},
	{"the first refusal in order is everybody's", CLAIM,
	 GPU "boot-vga;" AUDIO ";" USB "driver=xhci_hcd held=it;", CLAIM_BOOT,
	 "01:00.0 boot-vga, 01:00.1 boot-vga, 01:00.2 boot-vga"},
	{"a companion outside of the IOMMU", CLAIM, GPU ";01:00.1 10de:10f8 040300;", CLAIM_BOOT,
	 "01:00.0 no-iommu-group, 01:00.1 no-iommu-group"},
	{"already-claimed, and the rest is taken", CLAIM, GPU "driver=vfio-pci;" AUDIO ";",
	 CLAIM_BOOT, "01:00.0 already-claimed, 01:00.1 claimed*"},
	{"already-claimed, and the rest is refused", CLAIM,
	 GPU "driver=vfio-pci;" AUDIO "driver=snd_hda_intel held=it;", CLAIM_BOOT,
	 "01:00.0 in-use, 01:00.1 in-use"},
	{"no driver for one: overrides for all", CLAIM, GPU "wanted=variant unavailable;" AUDIO ";",
	 CLAIM_BOOT, "01:00.0 driver-missing*, 01:00.1 driver-missing*"},
	{"no driver, and a refusal: nothing is done", CLAIM, GPU "unavailable boot-vga;" AUDIO ";",
	 CLAIM_BOOT, "01:00.0 boot-vga, 01:00.1 boot-vga"},
	{"no driver, in a group that is not viable: nothing is done", CLAIM,
	 GPU "unavailable;" AUDIO ";" NIC "driver=igb;", CLAIM_BOOT,
	 "01:00.0 group-not-viable, 01:00.1 group-not-viable"},
	{"boot-vga=allow", CLAIM "set boot-vga=allow\n", GPU "boot-vga framebuffer;", CLAIM_BOOT,
	 "01:00.0 claimed*"},
	{"the framebuffer without boot_vga", CLAIM, GPU "framebuffer;", CLAIM_BOOT,
	 "01:00.0 boot-vga"},
};

static const struct bench_row standing[] = {
	{"ours: nothing to do", CLAIM, GPU "driver=vfio-pci record=claimed/vfio-pci;", CLAIM_UDEV,
	 "01:00.0 claimed"},
	{"completed: its driver came later", CLAIM, GPU "driver=vfio-pci record=driver-missing;",
	 CLAIM_UDEV, "01:00.0 claimed"},
	{"bound by others after a refusal", CLAIM, GPU "driver=vfio-pci record=in-use/nouveau;",
	 CLAIM_UDEV, "01:00.0 already-claimed"},
	{"refused for what is no more", CLAIM, GPU "driver=nouveau record=no-iommu-group;",
	 CLAIM_UDEV, "01:00.0 in-use"},
	{"ours, taken away since: again", CLAIM, GPU "record=claimed/vfio-pci;", CLAIM_UDEV,
	 "01:00.0 claimed*"},
	{"ours, with a driver that is not wanted any more", CLAIM,
	 GPU "driver=vfio-pci wanted=variant record=claimed/vfio-pci;", CLAIM_UDEV,
	 "01:00.0 claimed"},
	{"ours, and somebody gave it to another driver since", CLAIM,
	 GPU "driver=nouveau record=claimed/vfio-pci;", CLAIM_UDEV, "01:00.0 in-use"},
	{"refused for its group, and its own driver came since", CLAIM,
	 GPU ";" AUDIO "driver=snd_hda_intel record=group-not-viable;" NIC "driver=igb;",
	 CLAIM_UDEV, "01:00.0 group-not-viable, 01:00.1 group-not-viable"},
	{"tried and taken back, and its own driver came since", CLAIM,
	 GPU "driver=nouveau record=failed;", CLAIM_UDEV, "01:00.0 failed"},
	{"the same, asked for again", CLAIM "set rebind=yes\n",
	 GPU "driver=nouveau record=group-not-viable;", CLAIM_LIVE, "01:00.0 claimed*"},
	{"bound to a vfio driver that is not the wanted one", CLAIM,
	 GPU "driver=vfio-pci wanted=variant;", CLAIM_BOOT, "01:00.0 in-use"},
	{"ours, in a group that has lost its viability", CLAIM,
	 GPU "driver=vfio-pci record=claimed/vfio-pci;" NIC "driver=igb;", CLAIM_UDEV,
	 "01:00.0 claimed"},
	{"ours, with virtual functions by now", CLAIM,
	 GPU "driver=vfio-pci vfs=4 record=claimed/vfio-pci;", CLAIM_UDEV, "01:00.0 claimed"},
	{"an earlier release's companion of another maker stands in nobody's way", CLAIM,
	 GPU ";01:00.3 1022:15b6 0c0330 group=1 driver=vfio-pci record=claimed/vfio-pci;",
	 CLAIM_UDEV, "01:00.0 claimed*"},
	{"likewise for what joins", CLAIM,
	 GPU "driver=vfio-pci record=claimed/vfio-pci;" AUDIO
	     ";01:00.3 1022:15b6 0c0330 group=1 driver=vfio-pci record=claimed/vfio-pci;",
	 CLAIM_UDEV, "01:00.0 claimed, 01:00.1 claimed*"},
	{"back with the host by now: in the way", CLAIM,
	 GPU ";01:00.3 1022:15b6 0c0330 group=1 driver=xhci_hcd record=claimed/vfio-pci;",
	 CLAIM_UDEV, "01:00.0 group-not-viable"},
	{"with vfio-pci, but not by us: in the way", CLAIM,
	 GPU ";01:00.3 1022:15b6 0c0330 group=1 driver=vfio-pci;", CLAIM_BOOT,
	 "01:00.0 group-not-viable"},
	{"functions=: what is left out is outside", "claim 10de:1e87 functions=0\n",
	 GPU ";" AUDIO "driver=snd_hda_intel;", CLAIM_BOOT,
	 "01:00.0 group-not-viable, 01:00.1 not-selected"},
	{"functions=: what is left out, in a group of its own", "claim 10de:1e87 functions=0\n",
	 GPU ";01:00.1 10de:10f8 040300 group=2 driver=snd_hda_intel;", CLAIM_BOOT,
	 "01:00.0 claimed*, 01:00.1 not-selected"},
	{"functions=: another maker's comes along", "claim 10de:1e87 functions=0,3\n",
	 GPU ";" AUDIO "match=none;01:00.3 1022:15b6 0c0330 group=1;", CLAIM_BOOT,
	 "01:00.0 claimed*, 01:00.1 not-selected, 01:00.3 claimed*"},
	{"functions=: nothing of another slot is left out by it", "claim 10de:1e87 functions=0\n",
	 GPU ";02:00.1 1022:15b6 0c0330 group=2;", CLAIM_BOOT, "01:00.0 claimed*"},
	{"a later arrival joins", CLAIM, GPU "driver=vfio-pci record=claimed/vfio-pci;" AUDIO ";",
	 CLAIM_UDEV, "01:00.0 claimed, 01:00.1 claimed*"},
	{"a later arrival can't: the claim stands", CLAIM,
	 GPU "driver=vfio-pci record=claimed/vfio-pci;" AUDIO "driver=snd_hda_intel;" USB ";",
	 CLAIM_UDEV, "01:00.0 claimed, 01:00.1 in-use, 01:00.2 in-use"},
	{"a GPU arrives beside a claim that stands", "claim 10de:*\n",
	 GPU "driver=vfio-pci record=claimed/vfio-pci;02:00.0 10de:1c81 030000 group=1;",
	 CLAIM_UDEV, "01:00.0 claimed, 02:00.0 claimed*"},
	{"a GPU arrives beside a claim that stands, of a GPU that is not whole", "claim 10de:*\n",
	 GPU
	 "driver=vfio-pci record=claimed/vfio-pci;"
	 "01:00.1 10de:10f8 040300 group=2 driver=snd_hda_intel;02:00.0 10de:1c81 030000 group=1;",
	 CLAIM_UDEV, "01:00.0 claimed, 01:00.1 in-use, 02:00.0 claimed*"},
	{"failed before: left alone", CLAIM, GPU "record=failed;" AUDIO "record=failed;",
	 CLAIM_UDEV, "01:00.0 failed, 01:00.1 failed"},
	{"failed before: left alone by boot, too", CLAIM,
	 GPU "record=failed;" AUDIO "record=failed;", CLAIM_BOOT, "01:00.0 failed, 01:00.1 failed"},
	{"failed before: gpuclaimctl claim tries again", CLAIM,
	 GPU "record=failed;" AUDIO "record=failed;", CLAIM_LIVE,
	 "01:00.0 claimed*, 01:00.1 claimed*"},
	{"released: left alone", CLAIM,
	 GPU "driver=nouveau record=released;" AUDIO "driver=snd_hda_intel record=released;",
	 CLAIM_UDEV, "01:00.0 released, 01:00.1 released"},
	{"released: left alone by boot, too, and unbound", CLAIM "set rebind=yes\n",
	 GPU "record=released;" AUDIO "record=released;", CLAIM_BOOT,
	 "01:00.0 released, 01:00.1 released"},
	{"released: a later arrival is left alone with it", CLAIM, GPU "record=released;" AUDIO ";",
	 CLAIM_UDEV, "01:00.0 released, 01:00.1 released"},
	{"released: in the way of another in its group", "claim 10de:*\n",
	 GPU "record=released;02:00.0 10de:1c81 030000 group=1;", CLAIM_UDEV,
	 "01:00.0 released, 02:00.0 group-not-viable"},
	{"released: gpuclaimctl claim takes it again", CLAIM,
	 GPU "record=released;" AUDIO "record=released;", CLAIM_LIVE,
	 "01:00.0 claimed*, 01:00.1 claimed*"},
	{"claimed live, selected by nothing, beside one that arrives",
	 "claim 10de:1c81 address=0000:02:00.0\n",
	 GPU "driver=vfio-pci record=claimed/vfio-pci;02:00.0 10de:1c81 030000 group=1;",
	 CLAIM_UDEV, "01:00.0 not-selected, 02:00.0 claimed*"},
	{"bound by others, selected by nothing, beside one that arrives",
	 "claim 10de:1c81 address=0000:02:00.0\n",
	 GPU "driver=vfio-pci;02:00.0 10de:1c81 030000 group=1;", CLAIM_UDEV,
	 "01:00.0 not-selected, 02:00.0 group-not-viable"},
	{"failed before: a later arrival is left alone with it", CLAIM,
	 GPU "record=failed;" AUDIO ";", CLAIM_UDEV, "01:00.0 failed, 01:00.1 failed"},
};

static const struct bench_row rebinding[] = {
	{"companions: a companion", CLAIM, GPU ";" AUDIO "driver=snd_hda_intel;", CLAIM_BOOT,
	 "01:00.0 claimed*, 01:00.1 claimed*"},
	{"companions: not the GPU", CLAIM, GPU "driver=nouveau;" AUDIO ";", CLAIM_BOOT,
	 "01:00.0 in-use, 01:00.1 in-use"},
	{"companions: not one that is held", CLAIM, GPU ";" AUDIO "driver=snd_hda_intel held=it;",
	 CLAIM_BOOT, "01:00.0 in-use, 01:00.1 in-use"},
	{"yes: the GPU, too", CLAIM "set rebind=yes\n",
	 GPU "driver=nouveau;" AUDIO "driver=snd_hda_intel;", CLAIM_BOOT,
	 "01:00.0 claimed*, 01:00.1 claimed*"},
	{"yes: not one that is held", CLAIM "set rebind=yes\n", GPU "driver=nouveau held=it;",
	 CLAIM_BOOT, "01:00.0 in-use"},
	{"no: nothing", CLAIM "set rebind=no\n", GPU ";" AUDIO "driver=snd_hda_intel;", CLAIM_BOOT,
	 "01:00.0 in-use, 01:00.1 in-use"},
	{"udev: nothing", CLAIM "set rebind=yes\n", GPU ";" AUDIO "driver=snd_hda_intel;",
	 CLAIM_UDEV, "01:00.0 in-use, 01:00.1 in-use"},
	{"pci-stub: the GPU, too", CLAIM, GPU "driver=pci-stub;" AUDIO "driver=pci-stub;",
	 CLAIM_BOOT, "01:00.0 claimed*, 01:00.1 claimed*"},
	{"pci-stub: live, too", CLAIM, GPU "driver=pci-stub;", CLAIM_LIVE, "01:00.0 claimed*"},
	{"pci-stub: not one that is held", CLAIM, GPU "driver=pci-stub held=it;", CLAIM_BOOT,
	 "01:00.0 in-use"},
	{"pci-stub: not with rebind=no", CLAIM "set rebind=no\n", GPU "driver=pci-stub;",
	 CLAIM_BOOT, "01:00.0 in-use"},
	{"pci-stub: not for an event", CLAIM, GPU "driver=pci-stub;", CLAIM_UDEV, "01:00.0 in-use"},
	{"pci-stub: the console's GPU is refused", CLAIM, GPU "driver=pci-stub boot-vga;",
	 CLAIM_BOOT, "01:00.0 boot-vga"},
	{"live: as boot", CLAIM, GPU ";" AUDIO "driver=snd_hda_intel;", CLAIM_LIVE,
	 "01:00.0 claimed*, 01:00.1 claimed*"},
	{"live: as boot, not the GPU", CLAIM, GPU "driver=nouveau;", CLAIM_LIVE, "01:00.0 in-use"},
};

/* A USB companion whose devices may not all be found yet. */
#define AWAKE USB "driver=xhci_hcd unsettled=awake"
#define KEPT  "override=vfio-pci record=kept"

static const struct bench_row settling[] = {
	{"kept, for it may be free in a moment", CLAIM, GPU ";" AUDIO ";" AWAKE ";", CLAIM_BOOT,
	 "01:00.0 in-use*+, 01:00.1 in-use*+, 01:00.2 in-use+"},
	{"an override that is there is not written again", CLAIM,
	 GPU KEPT ";" AUDIO KEPT ";" AWAKE " record=kept/xhci_hcd;", CLAIM_BOOT,
	 "01:00.0 in-use+, 01:00.1 in-use+, 01:00.2 in-use+"},
	{"a companion with a driver has no override yet", CLAIM,
	 GPU ";" AUDIO "driver=snd_hda_intel;" AWAKE ";", CLAIM_BOOT,
	 "01:00.0 in-use*+, 01:00.1 in-use+, 01:00.2 in-use+"},
	{"settled: taken", CLAIM,
	 GPU KEPT ";" AUDIO KEPT ";" USB "driver=xhci_hcd record=kept/xhci_hcd;", CLAIM_BOOT,
	 "01:00.0 claimed*, 01:00.1 claimed*, 01:00.2 claimed*"},
	{"a device was found: let go", CLAIM,
	 GPU KEPT ";" AUDIO KEPT ";" USB "driver=xhci_hcd held=stick record=kept/xhci_hcd;",
	 CLAIM_BOOT, "01:00.0 in-use-, 01:00.1 in-use-, 01:00.2 in-use"},
	{"the same, by an event", CLAIM,
	 GPU KEPT ";" AUDIO KEPT ";" USB "driver=xhci_hcd held=stick record=kept/xhci_hcd;",
	 CLAIM_UDEV, "01:00.0 in-use-, 01:00.1 in-use-, 01:00.2 in-use"},
	{"not by gpuclaimctl claim", CLAIM,
	 GPU KEPT ";" USB "driver=xhci_hcd held=stick record=kept/xhci_hcd;", CLAIM_LIVE,
	 "01:00.0 in-use, 01:00.2 in-use"},
	{"somebody's own override is not let go", CLAIM,
	 GPU "override=vfio-pci record=in-use;" USB "driver=xhci_hcd held=stick;", CLAIM_BOOT,
	 "01:00.0 in-use, 01:00.2 in-use"},
	{"a device that is there, and more may come", CLAIM, GPU ";" AWAKE " held=stick;",
	 CLAIM_BOOT, "01:00.0 in-use, 01:00.2 in-use"},
	{"another reason: not kept", CLAIM, GPU "boot-vga;" AWAKE ";", CLAIM_BOOT,
	 "01:00.0 boot-vga, 01:00.2 boot-vga"},
	{"another companion in use: not kept", CLAIM,
	 GPU ";" AUDIO "driver=snd_hda_intel held=stream;" AWAKE ";", CLAIM_BOOT,
	 "01:00.0 in-use, 01:00.1 in-use, 01:00.2 in-use"},
	{"the GPU has its native driver: not kept", CLAIM, GPU "driver=nouveau;" AWAKE ";",
	 CLAIM_BOOT, "01:00.0 in-use, 01:00.2 in-use"},
	{"rebind=no: not kept", CLAIM "set rebind=no\n", GPU ";" AWAKE ";", CLAIM_BOOT,
	 "01:00.0 in-use, 01:00.2 in-use"},
	{"an event: kept as before, settled or not", CLAIM,
	 GPU KEPT ";" AUDIO "driver=snd_hda_intel record=kept/snd_hda_intel;" USB
		  "driver=xhci_hcd record=kept/xhci_hcd;",
	 CLAIM_UDEV, "01:00.0 in-use+, 01:00.1 in-use+, 01:00.2 in-use+"},
	{"an event alone: kept for who may unbind", CLAIM, GPU ";" USB "driver=xhci_hcd;",
	 CLAIM_UDEV, "01:00.0 in-use*+, 01:00.2 in-use+"},
	{"who shares its group is kept with it", "claim 10de:*\n",
	 GPU ";" AWAKE ";02:00.0 10de:1c81 030000 group=1;", CLAIM_BOOT,
	 "01:00.0 in-use*+, 01:00.2 in-use+, 02:00.0 group-not-viable*+"},
	{"in a group that is not viable: let go once that is known", CLAIM,
	 GPU KEPT ";" USB "driver=xhci_hcd record=kept/xhci_hcd;" NIC "driver=igb;", CLAIM_BOOT,
	 "01:00.0 group-not-viable-, 01:00.2 group-not-viable"},
	{"live: waits as well", CLAIM, GPU ";" AWAKE ";", CLAIM_LIVE,
	 "01:00.0 in-use*+, 01:00.2 in-use+"},
};

static const struct bench_row groups[] = {
	{"a bridge by class, with its driver", CLAIM,
	 "00:01.0 8086:460d 060400 group=1 driver=pcieport;" GPU ";", CLAIM_BOOT,
	 "01:00.0 claimed*"},
	{"a bridge by header type", CLAIM,
	 "00:01.0 8086:460d 068000 group=1 driver=x bridge;" GPU ";", CLAIM_BOOT,
	 "01:00.0 claimed*"},
	{"host and ISA bridges", CLAIM,
	 "00:00.0 8086:4660 060000 group=1;00:1f.0 8086:7a83 060100 group=1;" GPU ";", CLAIM_BOOT,
	 "01:00.0 claimed*"},
	{"another bridge is none", CLAIM, "00:1f.5 8086:7aa3 068000 group=1 match=some;" GPU ";",
	 CLAIM_BOOT, "01:00.0 group-not-viable"},
	{"bound", CLAIM, GPU ";" NIC "driver=igb match=some;", CLAIM_BOOT,
	 "01:00.0 group-not-viable"},
	{"bound, and no module matches", CLAIM, GPU ";" NIC "driver=igb match=none;", CLAIM_BOOT,
	 "01:00.0 group-not-viable"},
	{"bound to vfio-pci, but not ours", CLAIM, GPU ";" NIC "driver=vfio-pci;", CLAIM_BOOT,
	 "01:00.0 group-not-viable"},
	{"unbound, and a driver may come", CLAIM, GPU ";" NIC "match=some;", CLAIM_BOOT,
	 "01:00.0 group-not-viable"},
	{"unbound, and nothing is known", CLAIM, GPU ";" NIC ";", CLAIM_BOOT,
	 "01:00.0 group-not-viable"},
	{"unbound, and nothing ever drives it", CLAIM, GPU ";" NIC "match=none;", CLAIM_BOOT,
	 "01:00.0 claimed*"},
	{"a companion's group counts as well", CLAIM,
	 GPU ";01:00.1 10de:10f8 040300 group=2;02:00.0 8086:1533 020000 group=2 driver=igb;",
	 CLAIM_BOOT, "01:00.0 group-not-viable, 01:00.1 group-not-viable"},
	{"companions=none: the audio function is in the way", CLAIM "set companions=none\n",
	 GPU ";" AUDIO "match=some;", CLAIM_BOOT, "01:00.0 group-not-viable"},
	{"a GPU that is skipped is in the way", "claim 10de:*\nskip 10de:1c81\n",
	 GPU ";02:00.0 10de:1c81 030000 group=1;", CLAIM_BOOT,
	 "01:00.0 group-not-viable, 02:00.0 skipped"},
	{"a group without a type", CLAIM, GPU ";group=1 unknown;", CLAIM_BOOT,
	 "01:00.0 no-iommu-group"},
	{"an identity group", CLAIM, GPU ";group=1 identity;", CLAIM_BOOT, "01:00.0 claimed*"},
};

/* Three GPUs in a chain of groups: each companion shares the next GPU's group. */
#define CHAIN(third)                                                         \
	"01:00.0 10de:0001 030000 group=1;01:00.1 10de:0002 040300 group=2;" \
	"02:00.0 10de:0001 030000 group=2;02:00.1 10de:0002 040300 group=3;" \
	"03:00.0 10de:0001 030000 group=3 " third ";"

static const struct bench_row chains[] = {
	{"a chain of groups", "claim 10de:*\n", CHAIN(""), CLAIM_BOOT,
	 "01:00.0 claimed*, 01:00.1 claimed*, 02:00.0 claimed*, 02:00.1 claimed*, "
	 "03:00.0 claimed*"},
	{"its last GPU is refused: so are they all", "claim 10de:*\n", CHAIN("boot-vga"),
	 CLAIM_BOOT,
	 "01:00.0 group-not-viable, 01:00.1 group-not-viable, 02:00.0 group-not-viable, "
	 "02:00.1 group-not-viable, 03:00.0 boot-vga"},
	{"its last GPU is not asked for",
	 "claim 10de:0001 address=0000:01:00.0\n"
	 "claim 10de:0001 address=0000:02:00.0\n",
	 CHAIN("match=some"), CLAIM_BOOT,
	 "01:00.0 group-not-viable, 01:00.1 group-not-viable, 02:00.0 group-not-viable, "
	 "02:00.1 group-not-viable, 03:00.0 not-selected"},
	{"its first GPU is refused: so are they all",
	 "claim 10de:*\n"
	 "skip address=0000:01:00.0\n",
	 CHAIN(""), CLAIM_BOOT,
	 "01:00.0 skipped, 01:00.1 skipped, 02:00.0 group-not-viable, "
	 "02:00.1 group-not-viable, 03:00.0 group-not-viable"},
	{"its last GPU's driver is missing: no obstacle", "claim 10de:*\n", CHAIN("unavailable"),
	 CLAIM_BOOT,
	 "01:00.0 claimed*, 01:00.1 claimed*, 02:00.0 claimed*, 02:00.1 claimed*, "
	 "03:00.0 driver-missing*"},
};

/* What WHY has to name. */
/* What a verdict hangs on and can't be read claims nothing. */
static const struct bench_row faults[] = {
	{"what all hang on", CLAIM, "fault;" GPU ";", CLAIM_BOOT, "01:00.0 failed"},
	{"of itself", CLAIM, "fault=01:00.0;" GPU ";", CLAIM_BOOT, "01:00.0 failed"},
	{"of its companion", CLAIM, "fault=01:00.1;" GPU ";" AUDIO ";", CLAIM_BOOT,
	 "01:00.0 failed, 01:00.1 failed"},
	{"of another", CLAIM, "fault=05:00.0;" GPU ";", CLAIM_BOOT, "01:00.0 claimed*"},
	{"of a member of its group", CLAIM, "fault=02:00.0;" GPU ";" NIC "match=none;", CLAIM_BOOT,
	 "01:00.0 failed"},
	{"it is refused all the same", CLAIM, "fault;" GPU "driver=nouveau boot-vga;", CLAIM_BOOT,
	 "01:00.0 boot-vga"},
};

static const struct {
	const char *name, *conf, *machine, *address, *part;
} reasons[] = {
	{"the function that caused it", CLAIM, GPU ";" AUDIO "driver=snd_hda_intel held=stream-7;",
	 "01:00.0", "01:00.1"},
	{"what holds it", CLAIM, GPU ";" AUDIO "driver=snd_hda_intel held=stream-7;", "01:00.1",
	 "stream-7"},
	{"the driver that has it", CLAIM, GPU "driver=nouveau;", "01:00.0", "nouveau"},
	{"the member in the way", CLAIM, GPU ";" NIC "driver=igb;", "01:00.0", "02:00.0"},
	{"the member's driver", CLAIM, GPU ";" NIC "driver=igb;", "01:00.0", "igb"},
	{"the member, for each function", CLAIM, GPU ";" AUDIO ";" NIC "driver=igb;", "01:00.1",
	 "02:00.0"},
	{"what it is instead", "claim 10de:1c81 address=0000:01:00.0\n", GPU ";", "01:00.0",
	 "10de:1e87"},
	{"the line", "\nclaim 10de:1c81 address=0000:01:00.0\n", GPU ";", "01:00.0", "conf:2"},
	{"the line that skips", CLAIM "\nskip 10de:10f8\n", GPU ";" AUDIO ";", "01:00.0", "conf:3"},
	{"a companion's GPU", "", GPU ";" AUDIO ";", "01:00.1", "companion of 0000:01:00.0"},
	{"that it is not armed", "not-armed\n" CLAIM, GPU ";", "01:00.0", "not armed"},
	{"how many", CLAIM, GPU "vfs=7;", "01:00.0", "7 virtual functions"},
	{"the driver", CLAIM, GPU "wanted=variant;", "01:00.0", "driver variant"},
	{"the driver that is missing", CLAIM, GPU "wanted=variant unavailable;", "01:00.0",
	 "variant"},
	{"why it failed before", CLAIM, GPU "record=failed;", "01:00.0", "as recorded"},
	{"a member that nothing drives", CLAIM, GPU ";" NIC "match=none;", "01:00.0",
	 "warning: 0000:02:00.0"},
	{"a GPU that nothing drives", CLAIM, GPU ";02:00.0 1a03:2000 030000 group=1 match=none;",
	 "01:00.0", "warning: 0000:02:00.0"},
	{"Intel's remedy", CLAIM, "iommu-off-kernel;kind=1;" GPU ";", "01:00.0", "intel_iommu=on"},
	{"AMD's remedy", CLAIM, "iommu-off-kernel;kind=2;" GPU ";", "01:00.0", "AMD-Vi"},
	{"Arm's remedy", CLAIM, "iommu-off-kernel;kind=3;" GPU ";", "01:00.0", "its driver"},
	{"virtio's remedy", CLAIM, "iommu-off-kernel;kind=4;" GPU ";", "01:00.0", "virtio_iommu"},
	{"the crash kernel", "crash-kernel\n" CLAIM, GPU ";", "01:00.0", "crash kernel"},
	{"the kernel argument", "off\n" CLAIM, GPU ";", "01:00.0", "gpuclaim=0"},
	{"the initramfs' kernel argument", "off-initramfs\n" CLAIM, GPU ";", "01:00.0",
	 "rd.gpuclaim=0"},
};

static void test_reasons(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		struct pci_address address = bench_address(reasons[i].address);
		const struct outcome *o;
		char name[96];
		struct bench b;

		bench_decide(&b, reasons[i].conf, reasons[i].machine, CLAIM_BOOT);
		o = decision_of(&b.decision, machine_find(&b.machine, &address));
		bench_require(o, reasons[i].name);
		(void)snprintf(name, sizeof(name), "why: %s", reasons[i].name);
		(void)test_text(name, strstr(o->why, reasons[i].part) ? reasons[i].part : o->why,
				reasons[i].part);
		bench_tear_down(&b);
	}
}

/* A file's name may hold anything; a reason is one line, and reads from left to right. */
static void test_one_line(void)
{
	struct bench b;

	bench_set_up(&b, "skip 10de:1e87\n", GPU ";");
	b.config.rules[0].source = "two\nlines\x7f\u202e.conf";
	bench_require(claim_decide(&b.machine, &b.policy, &b.units, CLAIM_BOOT, &b.decision) == 0,
		      "memory");
	(void)test_text("one line", b.decision.outcome[0].why, "by /two?lines????.conf:1");
	bench_tear_down(&b);
}

static void test_lookup(void)
{
	struct bench b;

	bench_decide(&b, CLAIM, GPU ";" NIC "match=none;", CLAIM_BOOT);
	(void)test_int("a function with a verdict", decision_of(&b.decision, 0) != NULL, true);
	(void)test_int("one without", decision_of(&b.decision, 1) != NULL, false);
	(void)test_int("none at all", decision_of(&b.decision, NO_FUNCTION) != NULL, false);
	bench_tear_down(&b);

	bench_decide(&b, CLAIM, "", CLAIM_BOOT);
	(void)test_int("a machine without functions", (long)b.decision.n_outcomes, 0);
	(void)test_int("has none", decision_of(&b.decision, 0) != NULL, false);
	bench_tear_down(&b);
}

/* Where a GPU with the IDs of the first line sits that no line of its own has. */
static void test_moved(void)
{
	static const struct {
		const char *name, *conf, *machine, *moved;
	} rows[] = {
		{"nowhere", "claim 10de:1c81 address=0000:01:00.0\n", "02:00.0 10de:1c82 030000;",
		 ""},
		{"elsewhere", "claim 10de:1c81 address=0000:01:00.0\n", "02:00.0 10de:1c81 030000;",
		 "; a GPU with these IDs is at 0000:02:00.0"},
		{"at two places", "claim 10de:1c81 address=0000:01:00.0\n",
		 "02:00.0 10de:1c81 030000; 03:00.0 10de:1c81 030000;",
		 "; a GPU with these IDs is at 0000:02:00.0 and 0000:03:00.0"},
		{"named by its own line",
		 "claim 10de:1c81 address=0000:01:00.0\nclaim 10de:1c81 address=0000:02:00.0\n",
		 "02:00.0 10de:1c81 030000;", ""},
		{"another line's other IDs",
		 "claim 10de:1c81 address=0000:01:00.0\nclaim 10de:1c82 address=0000:02:00.0\n",
		 "02:00.0 10de:1c81 030000;", "; a GPU with these IDs is at 0000:02:00.0"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char moved[MOVED_TEXT_MAX];
		struct bench b;

		bench_set_up(&b, rows[i].conf, rows[i].machine);
		(void)test_text(rows[i].name,
				moved_format(&b.machine, &b.policy, &b.policy.rules[0], moved),
				rows[i].moved);
		/* As gpuclaim.addresses= may have it: that is of no GPU in particular. */
		b.policy.rules[0].has_id = false;
		(void)test_text(rows[i].name,
				moved_format(&b.machine, &b.policy, &b.policy.rules[0], moved), "");
		bench_tear_down(&b);
	}
}

/* The first line counts as well. */
static void test_moved_to_the_first(void)
{
	char moved[MOVED_TEXT_MAX];
	struct bench b;

	bench_set_up(&b,
		     "claim 10de:1c81 address=0000:02:00.0\nclaim 10de:1c81 address=0000:01:00.0\n",
		     "02:00.0 10de:1c81 030000;");
	(void)test_text("what the first line names",
			moved_format(&b.machine, &b.policy, &b.policy.rules[1], moved), "");
	bench_tear_down(&b);
}

TESTS(claim)
{
	bench_check(selecting, ARRAY_SIZE(selecting));
	bench_check(all_or_none, ARRAY_SIZE(all_or_none));
	bench_check(standing, ARRAY_SIZE(standing));
	bench_check(rebinding, ARRAY_SIZE(rebinding));
	bench_check(settling, ARRAY_SIZE(settling));
	bench_check(groups, ARRAY_SIZE(groups));
	bench_check(chains, ARRAY_SIZE(chains));
	bench_check(faults, ARRAY_SIZE(faults));
	test_reasons();
	test_one_line();
	test_lookup();
	test_moved();
	test_moved_to_the_first();
	return test_done();
}
