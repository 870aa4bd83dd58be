/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/act/settle.h"

#include <time.h>

#include "helper/machine/usb.h"

#define SLICE_MS 20

static bool is_awaited(const struct assessment *a, const struct outcome *o)
{
	const struct detail *d = a->machine.function[o->function].detail;

	return o->kept && d && d->unsettled[0];
}

bool settle_is_due(const struct assessment *a)
{
	for (size_t i = 0; i < a->decision.n_outcomes; i++)
		if (is_awaited(a, &a->decision.outcome[i]))
			return true;
	return false;
}

static bool is_over(const struct root *root, const struct function *f)
{
	const struct bound_function bound = {f->id.address, f->id.class_code, f->driver,
					     f->detail->group};
	struct holders holders = {0};
	char why[USB_WHY_MAX];

	if (usb_is_settled(root, &bound, why))
		return true;
	hold_find(root, &bound, &holders);
	return holders.n > 0;
}

static bool all_over(const struct root *root, const struct assessment *a)
{
	for (size_t i = 0; i < a->decision.n_outcomes; i++) {
		const struct outcome *o = &a->decision.outcome[i];

		if (is_awaited(a, o) && !is_over(root, &a->machine.function[o->function]))
			return false;
	}
	return true;
}

unsigned settle_wait(const struct root *root, const struct assessment *a, unsigned budget_ms)
{
	const int64_t start_ms = monotonic_ms();
	unsigned waited = 0;

	while (waited < budget_ms && !all_over(root, a)) {
		unsigned left = budget_ms - waited, slice = left < SLICE_MS ? left : SLICE_MS;

		/* Cut short, it looks again the sooner. */
		(void)nanosleep(&(struct timespec){.tv_nsec = slice * 1000000L}, NULL);
		waited = (unsigned)(monotonic_ms() - start_ms);
	}
	return waited < budget_ms ? waited : budget_ms;
}
