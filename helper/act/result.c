/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/act/result.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "helper/base/pci_attribute.h"

unsigned long result_time_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t); /* can't fail for this clock */
	return (unsigned long)t.tv_sec * 1000ul + (unsigned long)t.tv_nsec / 1000000ul;
}

const char *result_stage(const struct policy *policy)
{
	return policy->initramfs ? "initramfs" : "system";
}

static struct outcome *outcome_at(struct assessment *a, size_t function)
{
	/* The decision is ours: decision_of() only promises not to change it. */
	return (struct outcome *)decision_of(&a->decision, function);
}

/* What failed changes the verdicts of its whole GPU. */
void result_take(struct assessment *a, const struct apply_result *result)
{
	for (size_t u = 0; u < a->units.n_units; u++) {
		const struct unit *unit = &a->units.unit[u];
		char address[PCI_ADDRESS_MAX];

		if (!result[u].error)
			continue;
		pci_address_format(&a->machine.function[result[u].function].id.address, address);
		for (size_t k = 0; k < unit->n_functions; k++) {
			struct outcome *o = outcome_at(a, unit->function[k]);

			if (!o || !(o->act || o->let_go))
				continue;
			o->unread = false;
			o->verdict = result[u].missing ? VERDICT_DRIVER_MISSING : VERDICT_FAILED;
			snprintf(o->why, sizeof(o->why), "%s%s%s: %s (errno %d)",
				 o->function == result[u].function ? "" : address,
				 o->function == result[u].function ? "" : ": ", result[u].what,
				 strerror(-result[u].error), -result[u].error);
		}
	}
}

struct record result_record(const struct root *root, const struct assessment *a,
			    const struct outcome *o)
{
	const struct function *f = &a->machine.function[o->function];
	struct record record = {
		.address = f->id.address,
		.gpu = f->id.address,
		.id = f->id.id,
		.verdict = o->verdict,
		.kept = o->kept,
		.unread = o->unread,
		.time_ms = result_time_ms(),
	};

	if (o->unit != NO_FUNCTION) {
		size_t gpu = a->units.unit[o->unit].gpu;

		record.gpu = a->machine.function[gpu].id.address;
		record.companion = gpu != o->function;
	}
	snprintf(record.boot_id, sizeof(record.boot_id), "%s", a->machine.boot_id);
	snprintf(record.stage, sizeof(record.stage), "%s", result_stage(&a->policy));
	snprintf(record.config, sizeof(record.config), "%s", a->policy.hash);
	snprintf(record.why, sizeof(record.why), "%s", o->why);
	/* As sysfs tells it now: never what we hope it to be. */
	(void)pci_attribute_link(root, &f->id.address, "driver", record.driver,
				 sizeof(record.driver));
	return record;
}

struct vitals result_vitals(const struct root *root, const struct assessment *a,
			    const struct outcome *o)
{
	if (!verdict_is_claim(o->verdict) || o->unit == NO_FUNCTION ||
	    a->units.unit[o->unit].gpu != o->function)
		return (struct vitals){.known = false};
	return vitals_read(root, &a->machine.function[o->function].id.address,
			   o->act || a->policy.initramfs);
}
