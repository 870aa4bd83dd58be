/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/precheck/precheck.h"

#include <stdio.h>
#include <string.h>

#include "ctl/forecast/forecast.h"
#include "ctl/machine/attributes.h"
#include "ctl/machine/health.h"
#include "ctl/machine/host_use.h"
#include "ctl/precheck/boot.h"
#include "ctl/precheck/isolation.h"
#include "ctl/precheck/mounts.h"
#include "ctl/precheck/prompt.h"
#include "ctl/precheck/system.h"
#include "helper/base/text.h"
#include "helper/claim/iommu_trouble.h"
#include "helper/machine/module.h"

#define LIST_MAX 600

/**
 * struct inspection - what the checks of the hardware share
 * @future:	what the next boot will decide
 * @rewritten:	as in precheck()
 * @users:	of the chosen functions; owned
 */
struct inspection {
	const struct root *root;
	const struct node *node;
	const struct assessment *future;
	bool rewritten;
	struct gpu_users users;
	struct findings *findings;
};

/**
 * struct row - a check
 * @id:		NULL: of rows of ctl/readiness, which setup asks, too
 * @run:	adds a finding of that id
 * @hardware:	it needs a machine: skipped in a tree without sys
 * @verdict, @pass, @remedy: of check_refusal()
 */
struct row {
	const char *id;
	int (*run)(struct inspection *in, const struct row *row);
	bool hardware;
	enum verdict verdict;
	const char *pass, *remedy;
};

static int check_firmware(struct inspection *in, const struct row *row)
{
	const struct iommu *iommu = &in->node->facts.iommu;
	struct iommu_trouble trouble;

	if (iommu->state != IOMMU_OFF_FIRMWARE)
		return findings_add(in->findings, STATE_PASS, row->id, NULL,
				    "the firmware has an IOMMU (%s)", iommu_kind_name(iommu->kind));
	iommu_trouble(iommu, &in->future->policy.args, &trouble);
	return findings_add(in->findings, STATE_FAIL, row->id, trouble.remedy, "%s", trouble.what);
}

/* AMD's is on unless something turns it off; a module may come with the next kernel. */
static int check_kernel(struct inspection *in, const struct row *row)
{
	const struct iommu *iommu = &in->node->facts.iommu;
	struct iommu_trouble trouble;
	bool fails;

	if (iommu->state == IOMMU_OFF_FIRMWARE)
		return findings_add(in->findings, STATE_SKIP, row->id, NULL,
				    "there is no IOMMU to use");
	if (iommu->state == IOMMU_ACTIVE)
		return findings_add(in->findings, STATE_PASS, row->id, NULL,
				    "the kernel uses the IOMMU");
	iommu_trouble(iommu, &in->future->policy.args, &trouble);
	if (trouble.cured_by_setup)
		return findings_add(
			in->findings, STATE_WARN, row->id,
			"reboot with the kernel arguments that setup adds",
			"the kernel does not use the IOMMU now; intel_iommu=on will turn it on");
	fails = iommu->kind == IOMMU_INTEL || iommu->kind == IOMMU_AMD;
	return findings_add(in->findings, fails ? STATE_FAIL : STATE_WARN, row->id, trouble.remedy,
			    "%s", trouble.what);
}

/* Of the next boot; NULL where that is not known. What runs now may be on its way out. */
static const char *next_cmdline(const struct inspection *in)
{
	const struct boot_lines *lines = &in->node->boot.lines;

	for (size_t i = 0; i < lines->n; i++)
		if (lines->line[i].kind == BOOT_NEXT && lines->line[i].cmdline)
			return lines->line[i].cmdline;
	return NULL;
}

static int check_selected(struct inspection *in, const struct row *row)
{
	size_t n = 0;

	for (size_t i = 0; i < in->future->decision.n_outcomes; i++)
		n += forecast_takes_gpu(in->future, &in->future->decision.outcome[i]);
	if (n)
		return findings_add(in->findings, STATE_PASS, row->id, NULL, "%zu %s chosen", n,
				    n > 1 ? "GPUs are" : "GPU is");
	return findings_add(in->findings, STATE_WARN, row->id,
			    "compare the IDs with what gpuclaimctl scan lists",
			    "no GPU of this node is chosen");
}

static int warn_that_it_goes(const struct inspection *in, const char *list)
{
	_cleanup_free_ char *prompt = NULL, *running = NULL;
	const char *cmdline = next_cmdline(in);
	int r = cmdline ? 0 : root_read_text(in->root, "proc/cmdline", &running);

	if (r == -ENOMEM)
		return r;
	if (!cmdline)
		cmdline = running ? running : "";
	r = passphrase_prompt_find(in->root, cmdline, &prompt);
	if (r < 0)
		return r;
	if (!prompt)
		return findings_add(in->findings, STATE_WARN, "boot-vga",
				    "have a serial console or the management controller at hand",
				    "%s: it has the console, which is dark after the next boot",
				    list);
	return findings_add(
		in->findings, STATE_WARN, "boot-vga",
		"boot with a serial console last (console=ttyS0), or let a TPM or a key file open it",
		"%s: it has the console, which is dark after the next boot, and the passphrase prompt of %s is on it",
		list, prompt);
}

/* "boot-vga=allow": told, since the screen goes dark. */
static int warn_of_console(const struct inspection *in)
{
	const struct assessment *a = in->future;
	char list[LIST_MAX] = "", address[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < a->decision.n_outcomes; i++) {
		const struct outcome *o = &a->decision.outcome[i];
		const struct function *f = &a->machine.function[o->function];

		if (forecast_takes_gpu(in->future, o) &&
		    (f->detail->boot_vga || f->detail->framebuffer) &&
		    !machine_has_console_elsewhere(&a->machine, f))
			text_join(list, LIST_MAX, ", ",
				  pci_address_format(&f->id.address, address));
	}
	return *list ? warn_that_it_goes(in, list) : 0;
}

/* Of a GPU, or of a companion of it: only what hangs there can be unplugged. */
static const char *remedy_of_use(const struct function *gpu, const struct outcome *o)
{
	if (o->kept || strstr(o->why, "in use by"))
		return "unplug what hangs on it, or choose other GPUs";
	if (strstr(o->why, "set rebind=no"))
		return gpu->driver ? "write set rebind=yes in its place, or choose other GPUs"
				   : "take set rebind=no out, or choose other GPUs";
	return "or choose other GPUs";
}

/* What is soldered, or behind VMD, is in no slot that another would be better than. */
static const char *remedy_of(const struct inspection *in, const struct row *row,
			     const struct outcome *o)
{
	const struct function *f = &in->future->machine.function[o->function];

	if (row->verdict != VERDICT_GROUP_NOT_VIABLE)
		return row->verdict == VERDICT_IN_USE ? remedy_of_use(f, o) : row->remedy;
	if (strstr(o->why, "driver vmd)"))
		return "turn VMD off for this slot in the firmware's setup, or choose other GPUs";
	if (in->node->facts.host.guest)
		return "give each a root port of its own, where this virtual machine is defined on its host, or choose other GPUs";
	if (place_is_soldered(in->root, &in->future->machine, f))
		return "if the other one is a GPU, choose it, too; else turn on ACS in the firmware's setup, or choose other GPUs";
	return row->remedy;
}

/* What the decision will say against a chosen GPU, and what to do then. */
static int check_refusal(struct inspection *in, const struct row *row)
{
	const struct assessment *a = in->future;
	char list[LIST_MAX] = "", line[VERDICT_WHY_MAX + 32], address[PCI_ADDRESS_MAX];
	const char *remedy = NULL;
	size_t n = in->findings->n;
	int r = 0;

	for (size_t i = 0; i < a->decision.n_outcomes; i++) {
		const struct outcome *o = &a->decision.outcome[i];

		if (!forecast_takes_gpu(in->future, o) || o->verdict != row->verdict)
			continue;
		snprintf(line, sizeof(line), "%s: %s",
			 pci_address_format(&a->machine.function[o->function].id.address, address),
			 o->why);
		text_join(list, LIST_MAX, "; ", line);
		if (!remedy)
			remedy = remedy_of(in, row, o);
	}
	if (*list)
		return findings_add(in->findings, STATE_FAIL, row->id, remedy, "%s", list);
	if (in->node->facts.iommu.state == IOMMU_OFF_FIRMWARE)
		return findings_add(in->findings, STATE_SKIP, row->id, NULL,
				    "there is no IOMMU: every claim is refused");
	if (row->verdict == VERDICT_BOOT_VGA)
		r = warn_of_console(in);
	if (r < 0 || in->findings->n > n)
		return r;
	if (in->node->facts.iommu.state == IOMMU_OFF_KERNEL &&
	    (row->verdict == VERDICT_GROUP_NOT_VIABLE || row->verdict == VERDICT_RESERVED_REGION ||
	     row->verdict == VERDICT_NO_IOMMU_GROUP))
		return findings_add(
			in->findings, STATE_SKIP, row->id, NULL,
			"the groups are known once the IOMMU is on: see status after the reboot");
	return findings_add(in->findings, STATE_PASS, row->id, NULL, "%s", row->pass);
}

static int read_users(struct inspection *in)
{
	const struct assessment *a = in->future;
	_cleanup_free_ bool *chosen = calloc(a->machine.n_functions + 1, sizeof(*chosen));
	int r;

	if (!chosen)
		return -ENOMEM;
	for (size_t i = 0; i < a->decision.n_outcomes; i++)
		chosen[a->decision.outcome[i].function] =
			forecast_takes(in->future, &a->decision.outcome[i]);
	r = gpu_users_read(in->root, &a->machine, chosen, &in->users);
	return r == 0 ? gpu_users_find(in->root, &in->users) : r;
}

/* The chosen GPUs, as status will find them. */
static size_t read_devices(const struct inspection *in, struct device_facts *ret)
{
	const struct assessment *a = in->future;
	size_t n = 0;

	for (size_t i = 0; i < a->decision.n_outcomes && in->node->facts.machine; i++) {
		const struct outcome *o = &a->decision.outcome[i];
		const struct function *f = &a->machine.function[o->function];

		if (!forecast_takes_gpu(a, o))
			continue;
		ret[n++] = (struct device_facts){
			.address = f->id.address,
			.gpu = f->id.address,
			.in_unit = true,
			.selected = true,
			.health = health_read(in->root, &f->id.address, &f->detail->header, false)};
	}
	return n;
}

/* What status asks as well, in its words. */
static int check_as_status(struct inspection *in, _unused_ const struct row *row)
{
	const struct facts *now = &in->node->facts;
	struct policy policy = in->future->policy;
	_cleanup_free_ struct device_facts *device =
		calloc(in->future->decision.n_outcomes + 1, sizeof(*device));
	struct facts facts = {.policy = &policy,
			      .machine = now->machine,
			      .iommu = now->iommu,
			      .interrupt_remapping = now->interrupt_remapping,
			      .remapping_error = now->remapping_error,
			      .host = now->host,
			      .device = device,
			      .users = &in->users};
	int r = !device ? -ENOMEM : now->machine ? read_users(in) : 0;

	if (r == 0)
		r = isolation_foresee(&in->node->boot.lines, next_cmdline(in), in->rewritten,
				      &policy.args, &facts);
	if (r < 0)
		return r;
	facts.n_devices = read_devices(in, device);
	return readiness_foresee(&facts, in->findings);
}

/* What the host lives on would go with the functions. */
static int check_host_use(struct inspection *in, const struct row *row)
{
	struct host_use use _cleanup_(host_use_free) = {0};
	const struct assessment *a = in->future;
	char list[LIST_MAX] = "", line[LIST_MAX], address[PCI_ADDRESS_MAX];
	int r = host_use_read(in->root, &use);

	for (size_t i = 0; i < a->decision.n_outcomes && r == 0; i++) {
		const struct outcome *o = &a->decision.outcome[i];
		const struct function_id *id = &a->machine.function[o->function].id;
		const char *what = NULL;

		if (forecast_takes(in->future, o))
			r = host_use_find(in->root, &use, &id->address, &what);
		if (!what)
			continue;
		(void)snprintf(line, sizeof(line), "%s (%s) carries %s",
			       pci_address_format(&id->address, address),
			       pci_class_name(id->class_code), what);
		text_join(list, LIST_MAX, "; ", line);
	}
	if (r < 0 && use.unread)
		return findings_add(in->findings, STATE_FAIL, row->id,
				    "see why it can't be read, and run setup again",
				    "/%s can't be read: %s", use.unread, strerror(-r));
	if (r < 0)
		return r;
	if (*list)
		return findings_add(in->findings, STATE_FAIL, row->id,
				    "move that to another controller, or choose other GPUs", "%s",
				    list);
	return findings_add(in->findings, STATE_PASS, row->id, NULL,
			    "the host has nothing in use below a chosen function");
}

static int check_arming(struct inspection *in, _unused_ const struct row *row)
{
	return precheck_arming(&in->future->policy, in->findings);
}

static int check_kernels(struct inspection *in, _unused_ const struct row *row)
{
	return precheck_kernels(in->root, in->node, in->findings);
}

static int check_next_boot(struct inspection *in, _unused_ const struct row *row)
{
	return precheck_next_boot(in->future, &in->node->assessment.machine, in->findings);
}

static int check_mounts(struct inspection *in, _unused_ const struct row *row)
{
	return precheck_mounts(in->root, in->findings);
}

static int check_room(struct inspection *in, _unused_ const struct row *row)
{
	return precheck_room(in->root, in->findings);
}

static int check_secure_boot(struct inspection *in, _unused_ const struct row *row)
{
	return precheck_secure_boot(in->root, in->node->facts.machine, in->findings);
}

/* In the order in which they are told. */
static const struct row rows[] = {
	{.run = check_as_status},
	{.id = "arming", .run = check_arming},
	{.id = "vfio-modules", .run = check_kernels},
	{.id = "iommu-firmware", .run = check_firmware, .hardware = true},
	{.id = "iommu-kernel", .run = check_kernel, .hardware = true},
	{.id = "selected", .run = check_selected, .hardware = true},
	{"identity", check_refusal, true, VERDICT_IDENTITY_MISMATCH,
	 "each named address has the device that was named with it",
	 "correct the claim line that is named"},
	{"iommu-group", check_refusal, true, VERDICT_NO_IOMMU_GROUP,
	 "the chosen GPUs are behind the IOMMU",
	 "choose other GPUs, or look for the device in the firmware's setup"},
	{"virtual-functions", check_refusal, true, VERDICT_PF_WITH_VFS,
	 "no chosen GPU has virtual functions in use",
	 "write 0 to its sriov_numvfs, and take away what sets it at boot; or choose other GPUs"},
	{"boot-vga", check_refusal, true, VERDICT_BOOT_VGA, "no chosen GPU has the console",
	 "make another GPU the primary one in the firmware's setup, choose other GPUs, or give --boot-vga=allow"},
	{"reserved-region", check_refusal, true, VERDICT_RESERVED_REGION,
	 "the firmware keeps no region of their groups mapped",
	 "look for a firmware update, or an option such as HP's shared memory features, that takes the region away; or choose other GPUs"},
	{"in-use", check_refusal, true, VERDICT_IN_USE, "no built-in driver holds a chosen GPU",
	 NULL},
	{"groups", check_refusal, true, VERDICT_GROUP_NOT_VIABLE,
	 "the groups hold nothing but what is claimed, and bridges",
	 "if the other one is a GPU, choose it, too; else put one of them in another slot, turn on ACS in the firmware's setup, or choose other GPUs"},
	{"driver", check_refusal, true, VERDICT_DRIVER_MISSING,
	 "the kernel that boots next has the driver for the chosen GPUs",
	 "install the rest of that kernel's modules (linux-modules-extra, kernel-modules), or boot another one"},
	{.id = "host-use", .run = check_host_use, .hardware = true},
	{.id = "next-boot", .run = check_next_boot, .hardware = true},
	{.id = "mounts", .run = check_mounts},
	{.id = "boot-room", .run = check_room},
	{.id = "secure-boot", .run = check_secure_boot},
};

static int check_all(struct inspection *in)
{
	bool machine = in->node->facts.machine;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && r == 0; i++) {
		const struct row *row = &rows[i];

		if (row->hardware && !machine)
			r = findings_add(in->findings, STATE_SKIP, row->id, NULL,
					 "this tree has no sys: it is not a machine");
		else
			r = row->run(in, row);
	}
	return r;
}

/* Which kernel is next is not always known; then one that can claim is no reason to refuse. */
static int find_next(const struct root *root, const struct initramfs *images, const char **ret)
{
	bool found = images->next < images->n;
	int r = 0;

	*ret = found ? images->kernel[images->next].release : NULL;
	for (size_t i = 0; i < images->n && !found && r == 0; i++) {
		struct modules modules _cleanup_(modules_free) = {0};

		if (images->kernel[i].unlisted)
			continue;
		r = modules_read(root, images->kernel[i].release, &modules);
		found = r == 0 && modules_have(&modules, "vfio_pci");
		*ret = found ? images->kernel[i].release : NULL;
	}
	return r;
}

static int check_with(const struct root *root, const struct node *node, const char *config_text,
		      bool rewritten, struct findings *findings)
{
	struct assessment future;
	struct inspection in = {
		.root = root,
		.node = node,
		.future = &future,
		.rewritten = rewritten,
		.findings = findings,
	};
	const char *next;
	int r = find_next(root, &node->images, &next);

	if (r == 0)
		r = forecast(root, &node->assessment.machine, config_text, next, &future);
	if (r < 0)
		return r;
	r = check_all(&in);
	gpu_users_free(&in.users);
	assessment_free(&future);
	return r;
}

int precheck(const struct root *root, const struct node *node, const char *config_text,
	     bool rewritten, struct findings *ret)
{
	struct findings findings _cleanup_(findings_free) = {0};
	int r = check_with(root, node, config_text, rewritten, &findings);

	return HAND_OVER(r, ret, findings);
}
