/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/precheck/health.h"

#include <stdio.h>

#include "ctl/machine/health.h"
#include "ctl/forecast/forecast.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/text.h"

#define LIST_MAX 600

/* Where there is none, neither attribute is there; before Linux 5.15 only the second one ever is.
 */
static bool has_reset(const struct root *root, const struct pci_address *address)
{
	char path[PCI_PATH_MAX], methods[64];

	if (pci_attribute_read(root, address, "reset_method", methods, sizeof(methods)) >= 0)
		return methods[0];
	return root_exists(root, pci_attribute_path(address, "reset", path));
}

struct lists {
	char bars[LIST_MAX], resets[LIST_MAX], powers[LIST_MAX];
};

static void list_one(const struct root *root, const struct assessment *future,
		     const struct function *f, struct lists *lists)
{
	struct health health = health_read(root, &f->id.address, &f->detail->header);
	char line[160], text[128], address[PCI_ADDRESS_MAX];

	pci_address_format(&f->id.address, address);
	(void)snprintf(line, sizeof(line), "%s: %s", address,
		       health_describe_bar(&health, text, sizeof(text)));
	if (health_lacks_bar(&health))
		text_join(lists->bars, LIST_MAX, "; ", line);
	if (!has_reset(root, &f->id.address))
		text_join(lists->resets, LIST_MAX, ", ", address);
	if (health.power_cut && !kernel_args_have(&future->policy.args, KARG_NO_IDLE_D3))
		text_join(lists->powers, LIST_MAX, ", ", address);
}

/* As check "bars" of status: such a GPU is not ready after the boot either. */
static int check_bars(const struct kernel_args *args, const char *list, struct findings *findings)
{
	if (*list)
		return findings_add(findings, STATE_FAIL, "bars", health_bar_remedy(args), "%s",
				    list);
	return findings_add(findings, STATE_PASS, "bars", NULL,
			    "each BAR of the chosen GPUs has an address");
}

/* Without one, what a guest left in the GPU is there for the next. */
static int check_reset(const char *list, struct findings *findings)
{
	if (*list)
		return findings_add(findings, STATE_WARN, "reset-method",
				    "reboot the node between guests that don't trust each other",
				    "%s: the kernel knows no way to reset it", list);
	return findings_add(findings, STATE_PASS, "reset-method", NULL,
			    "the kernel can reset each chosen GPU");
}

static int check_power(const char *list, struct findings *findings)
{
	if (*list)
		return findings_add(
			findings, STATE_WARN, "d3cold",
			"if it does not come back when a guest starts: \"options vfio-pci disable_idle_d3=1\" in /etc/modprobe.d",
			"%s: its power is cut while no guest has it (D3cold)", list);
	return findings_add(findings, STATE_PASS, "d3cold", NULL,
			    "no chosen GPU loses its power while it is idle");
}

int precheck_health(const struct root *root, const struct assessment *future,
		    struct findings *findings)
{
	struct lists lists = {.bars = ""};
	int r;

	for (size_t i = 0; i < future->decision.n_outcomes; i++) {
		const struct outcome *o = &future->decision.outcome[i];

		if (forecast_takes_gpu(future, o))
			list_one(root, future, &future->machine.function[o->function], &lists);
	}
	r = check_bars(&future->policy.args, lists.bars, findings);
	if (r == 0)
		r = check_reset(lists.resets, findings);
	return r == 0 ? check_power(lists.powers, findings) : r;
}
