/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static FILE *out;
static unsigned long sequence;

int log_open(const char *path)
{
	out = fopen(path, "we");
	if (!out)
		return -errno;
	setvbuf(out, NULL, _IOLBF, 0);
	return 0;
}

void log_event(const struct function *f, const char *format, ...)
{
	va_list ap;

	fprintf(out, "%lu ", ++sequence);
	if (f)
		fprintf(out, "%u ", f->number);
	else
		fputs("- ", out);
	va_start(ap, format);
	vfprintf(out, format, ap);
	va_end(ap);
	fputc('\n', out);
}
