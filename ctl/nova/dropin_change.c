/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/dropin_change.h"

#include <stdarg.h>

#include "helper/base/text.h"

int nova_change_refuse(struct nova_dropin_change *change, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = text_replace(&change->refusal, format, args);
	va_end(args);
	return r;
}

void nova_dropin_change_free(struct nova_dropin_change *change)
{
	free(change->path);
	free(change->before);
	free(change->after);
	free(change->refusal);
	text_list_free(&change->notes);
	*change = (struct nova_dropin_change){0};
}
