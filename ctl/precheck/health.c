/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/precheck/health.h"

#include <stdio.h>

#include "ctl/machine/health.h"
#include "ctl/precheck/forecast.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/text.h"

#define LIST_MAX 600

/* As check "bars" of status: such a GPU is not ready after the boot either. */
static int check_bars(const struct root *root, const struct assessment *a,
		      struct findings *findings)
{
	char list[LIST_MAX] = "", line[160], text[128], address[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < a->decision.n_outcomes; i++) {
		const struct outcome *o = &a->decision.outcome[i];
		const struct pci_address *at = &a->machine.function[o->function].id.address;
		struct health health;

		if (!forecast_takes_gpu(a, o))
			continue;
		health = health_read(root, at);
		if (!health_lacks_bar(&health))
			continue;
		(void)snprintf(line, sizeof(line), "%s: %s", pci_address_format(at, address),
			       health_describe_bar(&health, text, sizeof(text)));
		text_join(list, sizeof(list), "; ", line);
	}
	if (*list)
		return findings_add(findings, STATE_FAIL, "bars",
				    health_bar_remedy(&a->policy.args), "%s", list);
	return findings_add(findings, STATE_PASS, "bars", NULL,
			    "each BAR of the chosen GPUs has an address");
}

/* Without one, what a guest left in the GPU is there for the next. */
static bool has_reset(const struct root *root, const struct pci_address *address)
{
	char path[PCI_PATH_MAX], methods[64];

	if (pci_attribute_read(root, address, "reset_method", methods, sizeof(methods)) >= 0)
		return methods[0];
	/* Before Linux 5.15 only this tells. */
	return root_exists(root, pci_attribute_path(address, "reset", path));
}

static int check_power(const struct root *root, const struct assessment *a,
		       struct findings *findings)
{
	char resets[LIST_MAX] = "", powers[LIST_MAX] = "", address[PCI_ADDRESS_MAX];
	int r;

	for (size_t i = 0; i < a->decision.n_outcomes; i++) {
		const struct outcome *o = &a->decision.outcome[i];

		if (!forecast_takes_gpu(a, o))
			continue;
		pci_address_format(&a->machine.function[o->function].id.address, address);
		if (!has_reset(root, &a->machine.function[o->function].id.address))
			text_join(resets, LIST_MAX, ", ", address);
		if (!kernel_args_have(&a->policy.args, KARG_NO_IDLE_D3) &&
		    may_lose_power(root, &a->machine.function[o->function].id.address))
			text_join(powers, LIST_MAX, ", ", address);
	}
	if (*resets)
		r = findings_add(findings, STATE_WARN, "reset-method",
				 "reboot the node between guests that don't trust each other",
				 "%s: the kernel knows no way to reset it", resets);
	else
		r = findings_add(findings, STATE_PASS, "reset-method", NULL,
				 "the kernel can reset each chosen GPU");
	if (r < 0)
		return r;
	if (*powers)
		return findings_add(
			findings, STATE_WARN, "d3cold",
			"if it does not come back when a guest starts: \"options vfio-pci disable_idle_d3=1\" in /etc/modprobe.d",
			"%s: its power is cut while no guest has it (D3cold)", powers);
	return findings_add(findings, STATE_PASS, "d3cold", NULL,
			    "no chosen GPU loses its power while it is idle");
}

int precheck_health(const struct root *root, const struct assessment *future,
		    struct findings *findings)
{
	int r = check_bars(root, future, findings);

	return r == 0 ? check_power(root, future, findings) : r;
}
