/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/readiness.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/machine/resetting.h"
#include "tests/unit/find_check.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define SLOT   "sys/bus/pci/devices/0000:01:00.0/"
#define DEVICE "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/"
#define PORT   "sys/devices/pci0000:00/0000:00:01.0/"

static const struct pci_address spot = {.bus = 1};

/* "dead, cold, …": what is held against the GPU. */
static const char *describe(const struct health *h, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "%s%s%s%s%s%s", h->dead ? "dead " : "",
				    h->unwakeable ? "unwakeable " : "",
				    h->resetting ? "resetting " : "", h->cold ? "cold " : "",
				    h->no_reset ? "no-reset " : "", h->nodeless ? "nodeless " : "");

	if (h->reset_fault)
		n += (size_t)snprintf(
			buf + n, size - n, "%s:%s ", h->reset_fault->needs ? "needs" : "hangs",
			h->reset_fault->needs ? h->reset_fault->needs : h->reset_fault->hangs);
	if (h->homeless_bytes)
		n += (size_t)snprintf(buf + n, size - n, "BAR%u:%lu ", h->homeless_bar,
				      (unsigned long)h->homeless_bytes);
	if (h->narrow.lanes)
		n += (size_t)snprintf(buf + n, size - n, "x%u/x%u ", h->narrow.lanes,
				      h->narrow.possible);
	if (h->speed > 0)
		n += (size_t)snprintf(buf + n, size - n, "%.1f/%.1f ", h->speed, h->speed_possible);
	if (h->power_cut)
		snprintf(buf + n, size - n, "power-cut ");
	return buf;
}

static const struct {
	const char *name, *script, *expected;
} readings[] = {
	{"nothing is known", "d " DEVICE "\n", ""},
	{"a good one",
	 "f " DEVICE "power_state D0|\nf " DEVICE "reset_method flr bus|\n"
	 "f " DEVICE "current_link_width 16|\nf " DEVICE "max_link_width 16|\n",
	 ""},
	{"one whose power management failed", "f " DEVICE "power/runtime_status error|\n",
	 "unwakeable "},
	{"one that sleeps", "f " DEVICE "power/runtime_status suspended|\n", ""},
	{"no way to reset", "f " DEVICE "reset_method |\n", "no-reset "},
	{"a Navi without vendor-reset",
	 "f " DEVICE "modalias pci:v00001002d0000731Fsv|\nf " DEVICE "reset_method bus|\n",
	 "needs:device_specific "},
	{"a Navi with it",
	 "f " DEVICE "modalias pci:v00001002d0000731Fsv|\nf " DEVICE
	 "reset_method device_specific bus|\n",
	 ""},
	{"a Vega with another method of that name",
	 "f " DEVICE "modalias pci:v00001002d0000687Fsv|\nf " DEVICE
	 "reset_method device_specifics pm|\n",
	 "needs:device_specific "},
	{"a Navi 2x",
	 "f " DEVICE "modalias pci:v00001002d000073BFsv|\nf " DEVICE "reset_method pm bus|\n", ""},
	{"a GB202",
	 "f " DEVICE "modalias pci:v000010DEd00002B85sv|\nf " DEVICE "reset_method flr bus|\n",
	 "hangs:flr "},
	{"an RTX PRO 6000",
	 "f " DEVICE "modalias pci:v000010DEd00002BB5sv|\nf " DEVICE "reset_method flr bus|\n",
	 "hangs:flr "},
	{"a GB202 without that",
	 "f " DEVICE "modalias pci:v000010DEd00002B85sv|\nf " DEVICE "reset_method bus|\n", ""},
	{"a T4 of an old kernel",
	 "f " DEVICE "modalias pci:v000010DEd00001EB8sv|\nf " DEVICE "reset_method bus|\n",
	 "hangs:bus "},
	{"a T4 with a better one",
	 "f " DEVICE "modalias pci:v000010DEd00001EB8sv|\nf " DEVICE "reset_method flr bus|\n", ""},
	{"asleep",
	 "f " DEVICE "power_state D3cold|\nf " DEVICE "d3cold_allowed 1|\n"
	 "d " PORT "firmware_node/power_resources_D3hot\n",
	 "cold power-cut "},
	{"half of its lanes",
	 "f " DEVICE "current_link_width 8|\nf " DEVICE "max_link_width 16|\n"
	 "f " PORT "max_link_width 16|\n",
	 "x8/x16 "},
	{"all the lanes of its slot",
	 "f " DEVICE "current_link_width 8|\nf " DEVICE "max_link_width 16|\n"
	 "f " PORT "max_link_width 8|\n",
	 ""},
	{"fewer than its slot has",
	 "f " DEVICE "current_link_width 4|\nf " DEVICE "max_link_width 16|\n"
	 "f " PORT "max_link_width 8|\n",
	 "x4/x8 "},
	{"slower than both ends can",
	 "f " DEVICE "current_link_speed 2.5 GT/s PCIe|\n"
	 "f " DEVICE "max_link_speed 16.0 GT/s PCIe|\n"
	 "f " PORT "max_link_speed 8.0 GT/s PCIe|\n",
	 "2.5/8.0 "},
	{"as fast as its slot",
	 "f " DEVICE "current_link_speed 8.0 GT/s PCIe|\n"
	 "f " DEVICE "max_link_speed 16.0 GT/s PCIe|\n"
	 "f " PORT "max_link_speed 8.0 GT/s PCIe|\n",
	 ""},
	{"its power can be cut",
	 "f " DEVICE "d3cold_allowed 1|\nd " PORT "firmware_node/power_resources_D3hot\n",
	 "power-cut "},
	{"and may not be",
	 "f " DEVICE "d3cold_allowed 0|\nd " PORT "firmware_node/power_resources_D3hot\n", ""},
	{"no power resource", "f " DEVICE "d3cold_allowed 1|\n", ""},
	{"one node", "f " DEVICE "numa_node -1|\nd sys/devices/system/node/node0\n", ""},
	{"two nodes, neither known", "f " DEVICE "numa_node -1|\nd sys/devices/system/node/node1\n",
	 "nodeless "},
	{"two nodes, its own", "f " DEVICE "numa_node 1|\nd sys/devices/system/node/node1\n", ""},
	{"a BAR without an address",
	 "f " DEVICE "resource 0x1000 0x1fff 0x40200|0x0 0x3fffff 0x2014220c|0x0 0x0 0x0|"
	 "0x0 0x0 0x0|0x0 0x0 0x0|0x0 0x7f 0x20040101|\n",
	 "BAR1:4194304 "},
	{"an I/O BAR without one does not matter",
	 "f " DEVICE "resource 0x1000 0x1fff 0x40200|0x0 0x0 0x0|0x0 0x0 0x0|"
	 "0x0 0x0 0x0|0x0 0x0 0x0|0x0 0x7f 0x20040101|\n",
	 ""},
};

static void test_reading(void)
{
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(readings); i++) {
		struct health health;
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, readings[i].script);
		tree_dir(&tree, "sys/bus/pci/devices");
		tree_link(&tree, "sys/bus/pci/devices/0000:01:00.0",
			  "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0");
		health = health_read(&tree.root, &spot, NULL, false);
		test_text(readings[i].name, describe(&health, text, sizeof(text)),
			  readings[i].expected);
		tree_remove(&tree);
	}
}

/* A GPU that fell off the bus reads as ones; one that sleeps must not be woken to find out. The
 * kernel says D3cold of both. */
/* Before Linux 5.15 there is no reset_method, and "reset" only where there is a reset. */
static void test_old_kernel(void)
{
	for (unsigned has = 0; has < 2; has++) {
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, "f " DEVICE "modalias pci:v000010DEd00001C81sv|\n"
				   "l sys/bus/pci/devices/0000:01:00.0 "
				   "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0\n");
		if (has)
			tree_file(&tree, DEVICE "reset", "");
		test_int("an old kernel", health_read(&tree.root, &spot, NULL, false).no_reset,
			 !has);
		tree_remove(&tree);
	}
}

static void test_answers(void)
{
	static const unsigned char ones[64] = {[0 ... 63] = 0xff}, good[64] = {0xde, 0x10};
	static const struct {
		const char *name, *power;
		bool power_resource;
		const unsigned char *config;
		const char *expected;
	} rows[] = {
		{"a GPU that answers", "D0\n", false, good, ""},
		{"a GPU that does not", "D0\n", true, ones, "dead power-cut "},
		{"a sleeping GPU is not asked", "D3cold\n", true, ones, "cold power-cut "},
		{"whose power nobody can cut does not sleep", "D3cold\n", false, ones, "dead "},
		{"and may have come back", "D3cold\n", false, good, ""},
	};
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct health health;
		struct tree tree;

		tree_make(&tree);
		tree_dir(&tree, "sys/bus/pci/devices");
		tree_link(&tree, "sys/bus/pci/devices/0000:01:00.0",
			  "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0");
		tree_file(&tree, DEVICE "power_state", rows[i].power);
		tree_file(&tree, DEVICE "d3cold_allowed", "1\n");
		tree_bytes(&tree, DEVICE "config", rows[i].config, sizeof(good));
		if (rows[i].power_resource)
			tree_dir(&tree, PORT "firmware_node/power_resources_D3hot");
		health = health_read(&tree.root, &spot, NULL, false);
		test_text(rows[i].name, describe(&health, text, sizeof(text)), rows[i].expected);
		tree_remove(&tree);
	}
}

/* Reading its link would wake it: what is in the pipe stays there. */
static void test_link_of_sleeper(void)
{
	static const struct {
		const char *power;
		bool left;
	} rows[] = {{"D0", false}, {"D3cold", true}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_close_ int fd = -EBADF;
		struct pollfd pollfd = {.events = POLLIN};
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, "f " DEVICE "d3cold_allowed 1|\n"
				   "d " PORT "firmware_node/power_resources_D3hot\n"
				   "l sys/bus/pci/devices/0000:01:00.0 "
				   "../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0\n");
		tree_file(&tree, DEVICE "power_state", rows[i].power);
		tree.root.confined = false; /* no other root has pipes */
		test_int("a pipe", mkfifoat(tree.root.fd, DEVICE "current_link_width", 0600), 0);
		fd = root_open_at(&tree.root, SLOT "current_link_width", O_RDWR);
		test_int("something to be read", write(fd, "8", 1), 1);
		(void)health_read(&tree.root, &spot, NULL, false);
		pollfd.fd = fd;
		test_int(rows[i].power, poll(&pollfd, 1, 0), rows[i].left);
		tree_remove(&tree);
	}
}

/*
 * A named pipe without a writer keeps its reader waiting, as the kernel does during a reset. None
 * but a function with a VFIO driver is tried, and none that would be woken. Of the ports above it
 * only the nearer one is reset with it; the other one tells which functions are one board.
 */
#define NEARER PORT "0000:0a:00.0/"
#define BEHIND NEARER "0000:01:00.0/"

static void test_stalled(void)
{
	static const struct {
		const char *name, *driver;
		bool asleep;
		const char *expected;
	} rows[] = {
		{"being reset", "vfio-pci", false,
		 SLOT "config " SLOT "driver_override " SLOT "sriov_numvfs "
		      "sys/bus/pci/devices/0000:0a:00.0/config "},
		{"not ours", "nvidia", false, ""},
		{"asleep", "vfio-pci", true, ""},
	};
	static const char *const script =
		"f sys/bus/pci/devices/0000:00:02.0/config good|\n"
		"l sys/bus/pci/drivers/vfio-pci/0000:00:02.0 ../../devices/0000:00:02.0\n"
		"l sys/bus/pci/devices/0000:01:00.0 "
		"../../../devices/pci0000:00/0000:00:01.0/0000:0a:00.0/0000:01:00.0\n"
		"f " BEHIND "d3cold_allowed 1|\nf " NEARER "d3cold_allowed 1|\n"
		"d " PORT "firmware_node/power_resources_D3hot\n";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text_list stalled _cleanup_(text_list_free) = {0};
		char text[512] = "", link[96];
		struct health health;
		struct tree tree;
		int fd;

		tree_make(&tree);
		tree_script(&tree, script);
		tree.root.confined = false; /* no other root has pipes */
		test_int(rows[i].name, mkfifoat(tree.root.fd, BEHIND "config", 0600), 0);
		(void)snprintf(link, sizeof(link), "sys/bus/pci/drivers/%s/0000:01:00.0",
			       rows[i].driver);
		tree_link(&tree, link, "../../devices/0000:01:00.0");
		tree_file(&tree, BEHIND "power_state", rows[i].asleep ? "D3cold\n" : "D3hot\n");
		test_int(rows[i].name, resetting_find(&tree.root, &stalled), 0);
		for (size_t k = 0; k < stalled.n; k++)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ",
				       stalled.text[k]);
		test_text(rows[i].name, text, rows[i].expected);

		tree.root.avoid = stalled.text;
		tree.root.n_avoid = stalled.n;
		if (stalled.n) {
			health = health_read(&tree.root, &spot, NULL, false);
			test_text(rows[i].name, describe(&health, text, sizeof(text)),
				  "resetting power-cut ");
			tree.root.n_avoid = 0;
			fd = root_open_at(&tree.root, SLOT "config", O_WRONLY);
			(void)close(fd); /* who was left behind may go */
		}
		tree_remove(&tree);
	}
}

struct world {
	struct policy policy;
	struct device_facts device[2];
	struct facts facts;
};

static void make_world(struct world *w)
{
	struct device_facts claimed = {
		.address = spot,
		.gpu = spot,
		.in_unit = true,
		.selected = true,
		.from_record = true,
		.verdict = VERDICT_CLAIMED,
		.then = {.known = true},
		.now = {.known = true},
		.driver = "vfio-pci",
		.wanted = "vfio-pci",
		.node = true,
	};

	*w = (struct world){
		.policy = {.valid = true},
		.facts = {.machine = true,
			  .has_record = true,
			  .interrupt_remapping = true,
			  .host = {.type1 = TYPE1_LOADED},
			  .next_boot = {.source = "/boot/grub/grub.cfg"},
			  .iommu = {.state = IOMMU_ACTIVE, .kind = IOMMU_INTEL},
			  .n_devices = 2},
	};
	w->policy.settings.expect = EXPECT_ANY;
	w->device[0] = w->device[1] = claimed;
	w->device[1].address.function = 1;
	w->device[1].companion = true;
	w->facts.policy = &w->policy;
	w->facts.device = w->device;
}

static const struct reset_fault needs = {.needs = "device_specific"}, hangs = {.hangs = "flr"};

#define CHANGE(name, statement)           \
	static void name(struct world *w) \
	{                                 \
		statement;                \
	}

CHANGE(fewer_lanes, w->device[0].then.value[VITAL_LANES] = 16;
       w->device[0].now.value[VITAL_LANES] = 8)
CHANGE(slower, w->device[0].then.value[VITAL_SPEED] = 160; w->device[0].now.value[VITAL_SPEED] = 25)
CHANGE(dead, w->device[0].health.dead = true)
CHANGE(resetting, w->device[0].health.resetting = true)
CHANGE(unwakeable, w->device[0].health.unwakeable = true)
CHANGE(cold, w->device[0].health.cold = true)
CHANGE(homeless, w->device[0].health.homeless_bytes = 1 << 30)
CHANGE(dropped, w->device[0].health.dropped = true)
CHANGE(without_bars, w->device[0].health.no_bars = true)
CHANGE(no_reset, w->device[0].health.no_reset = true)
CHANGE(reset_with_slot, no_reset(w); w->device[0].whole_bus = w->device[0].bus_resets = true)
CHANGE(slot_without_reset, no_reset(w); w->device[0].whole_bus = true)
CHANGE(alone_on_bus, w->device[0].health.resets = RESET_OF_BUS)
CHANGE(beside_others, alone_on_bus(w); w->device[0].others_on_bus = true)
CHANGE(no_reset_of_audio, w->device[1].health.no_reset = true)
CHANGE(unreliable, w->device[0].health.reset_fault = &needs)
CHANGE(hanging, w->device[0].health.reset_fault = &hangs)
CHANGE(narrow, w->device[0].health.narrow.lanes = 8; w->device[0].health.narrow.possible = 16)
CHANGE(slow, w->device[0].health.speed = 2.5; w->device[0].health.speed_possible = 16)
CHANGE(no_vitals, w->device[0].then.known = false; fewer_lanes(w))
CHANGE(shrunk, w->device[0].then.value[VITAL_BAR + 1] = 16ull << 30;
       w->device[0].now.value[VITAL_BAR + 1] = 256 << 20; fewer_lanes(w))
CHANGE(without_rom, w->device[0].then.value[VITAL_ROM] = 512 << 10)
CHANGE(erring, w->device[0].then.value[VITAL_CORRECTABLE] = 2;
       w->device[0].now.value[VITAL_CORRECTABLE] = 7; slower(w))
CHANGE(fatal, w->device[0].now.value[VITAL_FATAL] = 1)
CHANGE(power_cut, w->device[0].health.power_cut = true)
CHANGE(nodeless, w->device[0].health.nodeless = true)
CHANGE(framebuffer, w->device[0].framebuffer = true)
CHANGE(no_type1, w->facts.host.type1 = TYPE1_MISSING)
CHANGE(next_unknown, w->facts.next_boot.source[0] = '\0')
CHANGE(next_lacks, strcpy(w->facts.next_boot.lacks, "intel_iommu=on"))
CHANGE(next_against, strcpy(w->facts.next_boot.against, "intel_iommu=off"))
CHANGE(next_dropped, strcpy(w->facts.next_boot.made_from, "/etc/default/grub");
       strcpy(w->facts.next_boot.dropped, "iommu=pt gpuclaim=1"))
CHANGE(next_armed, w->policy.n_disarmed = 1; w->facts.next_boot.armed = true)

static const struct {
	const char *name;
	void (*change)(struct world *);
	bool ready, gpu_ready, reboot;
	const char *id;
	enum check_state state;
	const char *message;
} check_rows[] = {
	{"dead", dead, false, false, false, "card-answers", STATE_FAIL,
	 "0000:01:00.0: it does not answer: its configuration reads as ones"},
	{"resetting", resetting, false, false, false, "card-answers", STATE_FAIL,
	 "0000:01:00.0: it does not answer: it is being reset"},
	{"unwakeable", unwakeable, false, false, false, "card-answers", STATE_FAIL,
	 "0000:01:00.0: it can't be woken: its power management failed (power/runtime_status says "
	 "error)"},
	{"cold", cold, true, true, false, "card-answers", STATE_WARN,
	 "0000:01:00.0: it sleeps (D3cold), and was not woken up for this"},
	{"a BAR", homeless, false, false, false, "bars", STATE_FAIL,
	 "0000:01:00.0: the kernel found no address for its BAR 0 of 1G"},
	{"a BAR that the kernel gave up", dropped, false, false, false, "bars", STATE_FAIL,
	 "0000:01:00.0: its BAR 0 got no room: its register reads 0x00000000, and the kernel gave "
	 "it nothing"},
	{"no BAR", without_bars, false, false, false, "bars", STATE_FAIL,
	 "0000:01:00.0: it has no memory BAR: no driver can work with it"},
	{"reset", no_reset, true, true, false, "reset", STATE_WARN,
	 "0000:01:00.0: the kernel knows no way to reset it: a guest finds it as the last "
	 "one left it"},
	{"reset with its slot", reset_with_slot, true, true, false, "reset", STATE_PASS,
	 "0000:01:00.0: it has no reset of its own: its slot is reset, with all of it"},
	{"its slot has no reset", slot_without_reset, true, true, false, "reset", STATE_WARN,
	 "0000:01:00.0: the kernel knows no way to reset it: a guest finds it as the last "
	 "one left it"},
	{"a reset of its bus, its companion is on another", alone_on_bus, true, true, false,
	 "reset", STATE_PASS, "each GPU can be reset"},
	{"a reset of its bus, which others share", beside_others, true, true, false, "reset",
	 STATE_WARN, "0000:01:00.0: it can be reset only with others that are on its bus"},
	{"an unreliable reset", unreliable, true, true, false, "reset", STATE_WARN,
	 "0000:01:00.0: its reset needs vendor-reset's device_specific, which its "
	 "reset_method does not have"},
	{"a reset that hangs", hanging, true, true, false, "reset", STATE_WARN,
	 "0000:01:00.0: the reset that is tried first, flr, is known to hang it"},
	{"a companion is reset with its GPU", no_reset_of_audio, true, true, false, "reset",
	 STATE_PASS, "each GPU can be reset"},
	{"lanes", narrow, true, true, false, "link", STATE_WARN,
	 "0000:01:00.0: its link has 8 of 16 lanes"},
	{"speed", slow, true, true, false, "link", STATE_PASS,
	 "0000:01:00.0: its link runs at 2.5 of 16.0 GT/s, as an idle GPU's may"},
	{"no facts of the claim", no_vitals, true, true, false, "since-claim", STATE_PASS,
	 "no GPU is worse than when it was claimed"},
	{"a BAR that shrank", shrunk, true, true, false, "since-claim", STATE_WARN,
	 "0000:01:00.0: its BAR 1 has 256M, and had 16G when it was claimed"},
	{"a ROM that is gone", without_rom, true, true, false, "since-claim", STATE_WARN,
	 "0000:01:00.0: its ROM, 512K when it was claimed, is gone"},
	{"fewer lanes than before", fewer_lanes, true, true, false, "since-claim", STATE_WARN,
	 "0000:01:00.0: its link has 8 lanes, and had 16 when it was claimed"},
	{"a lower speed than before", slower, true, true, false, "since-claim", STATE_WARN,
	 "0000:01:00.0: its link runs at 2.5 GT/s, and at 16.0 when it was claimed"},
	{"errors that grow", erring, true, true, false, "since-claim", STATE_WARN,
	 "0000:01:00.0: its count of correctable errors (AER) is 7, and was 2 when it was claimed"},
	{"a fatal error", fatal, true, true, false, "since-claim", STATE_WARN,
	 "0000:01:00.0: its count of fatal errors (AER) is 1, and was 0 when it was claimed"},
	{"power", power_cut, true, true, false, "d3cold", STATE_WARN,
	 "0000:01:00.0: its power is cut while no guest has it (D3cold)"},
	{"node", nodeless, true, true, false, "numa", STATE_WARN,
	 "0000:01:00.0: its NUMA node isn't known: Nova can't place a guest beside it"},
	{"framebuffer", framebuffer, true, true, false, "framebuffer", STATE_WARN,
	 "0000:01:00.0: the host's boot framebuffer is in its memory (/proc/iomem): a "
	 "guest "
	 "may fail to map it"},
	{"type1", no_type1, false, true, false, "vfio-type1", STATE_FAIL,
	 "the module vfio_iommu_type1 is not there: no guest's memory can be mapped"},
	{"unknown loader", next_unknown, true, true, false, "kernel-arguments", STATE_SKIP,
	 "the next boot's kernel arguments are not known (see gpuclaimctl kargs show)"},
	{"next boot", next_lacks, true, true, false, "kernel-arguments", STATE_WARN,
	 "the next boot (/boot/grub/grub.cfg) lacks kernel arguments that this boot has: intel_iommu=on"},
	{"next boot, against", next_against, true, true, false, "kernel-arguments", STATE_WARN,
	 "the next boot (/boot/grub/grub.cfg) has kernel arguments that stop the claims, and this boot has not: intel_iommu=off"},
	{"a template without them", next_dropped, true, true, false, "kernel-arguments", STATE_WARN,
	 "/etc/default/grub lacks kernel arguments that the next boot has: a new kernel or grub2-mkconfig may drop them: iommu=pt gpuclaim=1"},
	{"armed by the next boot", next_armed, true, true, true, "armed", STATE_WARN,
	 "1 claim line waits for gpuclaim=1 on the kernel command line (set arm=karg)"},
};

static void test_checks(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(check_rows); i++) {
		struct readiness readiness;
		struct world world;

		make_world(&world);
		check_rows[i].change(&world);
		if (readiness_judge(&world.facts, &readiness) < 0)
			continue;
		test_int(check_rows[i].name, readiness.ready, check_rows[i].ready);
		test_int(check_rows[i].name, readiness.device[0].ready, check_rows[i].gpu_ready);
		test_int(check_rows[i].name, readiness.reboot_required, check_rows[i].reboot);
		test_int(check_rows[i].name, find_check(&readiness, check_rows[i].id)->state,
			 check_rows[i].state);
		test_text(check_rows[i].name, find_check(&readiness, check_rows[i].id)->message,
			  check_rows[i].message);
		readiness_free(&readiness);
	}
}

TESTS(health)
{
	test_reading();
	test_old_kernel();
	test_answers();
	test_link_of_sleeper();
	test_stalled();
	test_checks();
	return test_done();
}
