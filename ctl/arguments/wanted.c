/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/arguments/wanted.h"

#include <stdarg.h>
#include <string.h>

#include "ctl/arguments/lines.h"
#include "ctl/change/plan.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"

/* "; the kernel needs: intel_iommu=on iommu=pt gpuclaim=1", to be freed */
static char *wanted_words(const struct kargs_view *view)
{
	struct text_buffer words _cleanup_(text_buffer_free) = {0};

	text_add(&words, "; the kernel needs:");
	for (size_t i = 0; i < view->n_wanted; i++)
		text_addf(&words, " %s=%s", view->wanted[i].name, view->wanted[i].value);
	return text_take_or_null(&words);
}

int kargs_line_is_complete(const struct kargs_view *view, const struct boot_line *line)
{
	for (size_t i = 0; i < view->n_wanted; i++) {
		int r = kargs_state(line->cmdline, &view->wanted[i], NULL);

		if (r != KARGS_PRESENT)
			return r < 0 ? r : 0;
	}
	return 1;
}

int kargs_find_missing(const struct kargs_view *view, const char *cmdline, struct kargs_wanted *ret,
		       size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < view->n_wanted; i++) {
		int r = cmdline ? kargs_state(cmdline, &view->wanted[i], NULL) : KARGS_MISSING;

		if (r < 0)
			return r;
		if (r != KARGS_PRESENT)
			ret[(*ret_n)++] = view->wanted[i];
	}
	return 0;
}

int kargs_refuse(struct change_plan *plan, const struct kargs_view *view, const char *format, ...)
{
	_cleanup_free_ char *words = wanted_words(view);
	_cleanup_free_ char *why = NULL;
	va_list args;

	va_start(args, format);
	(void)!text_replace(&why, format, args);
	va_end(args);
	return words && why ? change_plan_refuse(plan, "%s%s", why, words) : -ENOMEM;
}
