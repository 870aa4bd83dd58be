/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remedies that look at what is set already. */
#include "tests/unit/test.h"
#include "tests/unit/readiness_world.h"

static void no_power(struct world *w)
{
	w->device[0].health.power_cut = true;
}

static void awake(struct world *w)
{
	no_power(w);
	argue(w, "vfio_pci.disable_idle_d3=1");
}

static void not_awake(struct world *w)
{
	no_power(w);
	argue(w, "vfio_pci.disable_idle_d3=0");
}

CHANGE(framebuffer, w->device[0].framebuffer = true)

static void no_modeset(struct world *w)
{
	framebuffer(w);
	argue(w, "nomodeset");
}

static void no_efifb(struct world *w)
{
	framebuffer(w);
	argue(w, "video=efifb:off");
}

CHANGE(held, w->device[0].verdict = VERDICT_IN_USE;
       strcpy(w->device[0].why, "bound to xhci_hcd, and in use by USB device 3-1"))

static char *variants[] = {"0000:01:00.0 (nvgrace_gpu_vfio_pci)"};
CHANGE(against, strcpy(w->facts.next_boot.against, "intel_iommu=off"))
CHANGE(variant, w->users.variant = ((struct text_list){.text = variants, .n = 1}))

#define CUT "0000:01:00.0: its power is cut while no guest has it (D3cold)"
#define REMEDY_CUT                                           \
	"if it does not come back when a guest starts, add " \
	"vfio-pci.disable_idle_d3=1 to the kernel command line, and reboot"
static void no_room(struct world *w)
{
	w->device[0].health.homeless_bytes = 256 << 20;
	w->device[0].health.homeless_bar = 1;
}

static void no_room_in_guest(struct world *w)
{
	no_room(w);
	w->facts.host.guest = true;
}

#define ROOM "0000:01:00.0: the kernel found no address for its BAR 1 of 256M"
#define FRAMEBUFFER                                                                    \
	"0000:01:00.0: the host's boot framebuffer is in its memory (/proc/iomem): a " \
	"guest may fail to map it"
#define PRIMARY "make another GPU the primary in the firmware's setup"

static const struct {
	const char *name;
	void (*change)(struct world *w);
	const char *id, *message, *remedy;
} rows[] = {
	{"its power is cut", no_power, "d3cold", CUT, REMEDY_CUT},
	{"an argument keeps it awake", awake, "d3cold",
	 "vfio-pci.disable_idle_d3=1 lets no idle GPU lose its power", ""},
	{"an argument that does not", not_awake, "d3cold", CUT, REMEDY_CUT},
	{"a BAR without room", no_room, "bars", ROOM,
	 "enable \"Above 4G Decoding\" (a bigger MMIO window, for Resizable BAR) in the firmware's setup, or boot with pci=realloc"},
	{"a BAR without room in a virtual machine", no_room_in_guest, "bars", ROOM,
	 "give this virtual machine a larger 64-bit MMIO window, where it is defined on its host (OVMF: opt/ovmf/X-PciMmio64Mb)"},
	{"what hangs there", held, "claimed",
	 "0000:01:00.0: in-use: bound to xhci_hcd, and in use by USB device 3-1",
	 "stop or unplug what is named, and run gpuclaimctl claim with the GPU's address"},
	{"the framebuffer", framebuffer, "framebuffer", FRAMEBUFFER, PRIMARY},
	{"what keeps other drivers from the console", no_modeset, "framebuffer", FRAMEBUFFER,
	 PRIMARY ": with nomodeset no other GPU's driver takes over the console"},
	{"what did not help", no_efifb, "framebuffer", FRAMEBUFFER,
	 PRIMARY ": this kernel's framebuffer does not heed video="},
	{"the file that boots may be a generated one", against, "kernel-arguments",
	 "the next boot (/boot/grub/grub.cfg) has kernel arguments that stop the claims, and this boot has not: intel_iommu=off",
	 "run gpuclaimctl kargs apply; where it names a place that they come from, take them out "
	 "there, and run it again"},
	{"which driver is made for it", variant, "variant-driver",
	 "the kernel has a driver that is made for a selected GPU: 0000:01:00.0 "
	 "(nvgrace_gpu_vfio_pci)",
	 "have \"set driver=auto\" in /etc/gpuclaim/gpuclaim.conf, run gpuclaimctl setup, and reboot"},
};

TESTS(advice)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct readiness readiness;
		struct world world;

		make_world(&world);
		rows[i].change(&world);
		if (!test_int(rows[i].name, readiness_judge(&world.facts, &readiness), 0))
			continue;
		test_text(rows[i].name, find_check(&readiness, rows[i].id)->message,
			  rows[i].message);
		test_text(rows[i].name, find_check(&readiness, rows[i].id)->remedy, rows[i].remedy);
		readiness_free(&readiness);
	}
	return test_done();
}
