/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/setup/ask.h"

#include <stdio.h>
#include <string.h>

#include "ctl/choose/numbers.h"
#include "ctl/print/prompt.h"
#include "helper/base/text_buffer.h"

#define WHICH "Which are for guests? Numbers such as 1,3-4, or q for none [all]"

/* Each with its number, or with the reason why it has none. How many have one. */
static size_t list(const struct setup *s, const struct selection_request *request,
		   const struct candidate **numbered)
{
	char a[PCI_ADDRESS_MAX], buf[LEFT_OUT_MAX];
	size_t n = 0;

	fputs("GPUs of this node:\n", stderr);
	for (size_t i = 0; i < s->candidates.n; i++) {
		const struct candidate *c = &s->candidates.item[i];
		const char *why = selection_reason(&s->node, c, request, buf);

		pci_address_format(&c->id.address, a);
		if (why) {
			fprintf(stderr, "   -  %s %s\n      left out: %s\n", a, c->name, why);
			continue;
		}
		numbered[n++] = c;
		fprintf(stderr, "%4zu  %s %s\n", n, a, c->name);
	}
	if (n < s->candidates.n)
		fputs("One that is left out can be named with --addresses.\n", stderr);
	return n;
}

/* Until it is understood; false: none is wanted. */
static bool choose(size_t n, bool *chosen)
{
	char line[PROMPT_LINE_MAX];

	while (prompt_line(WHICH, line) && strcasecmp(line, "q") != 0) {
		if (numbers_parse(line, n, chosen) == 0)
			return true;
		fprintf(stderr, "found \"%s\", expected numbers from 1 to %zu, all or q\n", line,
			n);
	}
	return false;
}

static int take(struct setup *s, struct selection_request *request,
		const struct candidate *const *numbered, const bool *chosen)
{
	struct text_buffer text _cleanup_(text_buffer_free) = {0};
	char a[PCI_ADDRESS_MAX];

	for (size_t i = 0; numbered[i]; i++)
		if (chosen[i])
			text_addf(&text, "%s%s", text.length ? "," : "",
				  pci_address_format(&numbered[i]->id.address, a));
	s->picked = text_take_or_null(&text);
	request->addresses = s->picked;
	return s->picked ? 0 : report_errno(&s->report, -ENOMEM, "the choice can't be made");
}

int setup_ask_which(struct setup *s, struct selection_request *request)
{
	_cleanup_free_ const struct candidate **numbered =
		calloc(s->candidates.n + 1, sizeof(*numbered));
	_cleanup_free_ bool *chosen = calloc(s->candidates.n + 1, sizeof(*chosen));
	size_t n;

	if (!numbered || !chosen)
		return report_errno(&s->report, -ENOMEM, "the choice can't be made");
	n = list(s, request, numbered);
	if (n && !choose(n, chosen))
		return report_problem(&s->report, PROBLEM_REFUSED, "nothing was changed");
	request->all_gpus = !memchr(chosen, 0, n);
	return request->all_gpus ? 0 : take(s, request, numbered, chosen);
}

/* The person has to know what "y" means. */
bool setup_ask_go_on(const struct setup *s)
{
	char line[PROMPT_LINE_MAX];

	fputs("This would be done:\n", stderr);
	if (report_plan(&s->planned, stderr) < 0)
		return false;
	while (prompt_line("Go on? d shows each change [y/N]", line)) {
		if (strcasecmp(line, "d") != 0)
			return prompt_is_yes(line);
		if (report_diff(&s->planned, stderr) < 0)
			return false;
	}
	return false;
}
