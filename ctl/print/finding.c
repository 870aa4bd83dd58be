/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

const char *check_state_name(enum check_state state)
{
	static const char *const names[] = {
		[STATE_PASS] = "pass",
		[STATE_WARN] = "warn",
		[STATE_FAIL] = "fail",
		[STATE_SKIP] = "skip",
	};

	return names[state];
}

/* Line by line: a message may have more than one. */
static void make_printable(char *text)
{
	for (char *line = text, *end; *line; line = end) {
		char last;

		end = line + strcspn(line, "\n");
		last = *end;
		*end = '\0';
		text_make_printable(line);
		*end = last;
		end += last != '\0';
	}
}

void check_say(struct check *check, enum check_state state, const char *remedy, const char *format,
	       ...)
{
	va_list args;

	check->state = state;
	va_start(args, format);
	(void)vsnprintf(check->message, sizeof(check->message), format, args);
	make_printable(check->message);
	va_end(args);
	(void)snprintf(check->remedy, sizeof(check->remedy), "%s", remedy ? remedy : "");
}

const char *check_more(size_t n, char buf[static MORE_MAX])
{
	buf[0] = '\0';
	if (n > 1)
		(void)snprintf(buf, MORE_MAX, " (and %zu more)", n - 1);
	return buf;
}

/* What two entries of one line have in common is told once. */
static bool is_told(const struct findings *findings, const struct finding *one)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *other = &findings->finding[i];

		if (other->state == one->state && strcmp(other->id, one->id) == 0 &&
		    strcmp(other->message, one->message) == 0)
			return true;
	}
	return false;
}

static void finding_free(struct finding *finding)
{
	free(finding->message);
	free(finding->remedy);
}

int findings_add(struct findings *findings, enum check_state state, const char *id,
		 const char *remedy, const char *format, ...)
{
	struct finding one = {.state = state, .id = id};
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&one.message, format, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	make_printable(one.message);
	if (is_told(findings, &one)) {
		finding_free(&one);
		return 0;
	}
	if (text_copy(remedy, &one.remedy) == 0 &&
	    ARRAY_ADD(findings->finding, findings->n, one) == 0)
		return 0;
	finding_free(&one);
	return -ENOMEM;
}

const struct finding *findings_failed(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->finding[i].state == STATE_FAIL)
			return &findings->finding[i];
	return NULL;
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		finding_free(&findings->finding[i]);
	free(findings->finding);
	*findings = (struct findings){0};
}
