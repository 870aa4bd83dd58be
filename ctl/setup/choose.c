/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/setup/choose.h"

#include <stdio.h>
#include <string.h>

#include "ctl/print/prompt.h"
#include "ctl/readiness/idle_lines.h"
#include "ctl/setup/ask.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "helper/policy/conf_files.h"

char *setup_config_errors(const struct policy *policy, bool replaced)
{
	struct text_buffer text _cleanup_(text_buffer_free) = {0};

	for (size_t i = 0; i < policy->n_files; i++) {
		const struct config_file *file = &policy->files[i];

		if (file->error && !(replaced && strcmp(file->path, SELECTION_FILE) == 0))
			text_addf(&text, "%s\n", file->error);
	}
	if (text.length)
		text_add(&text, policy_remedy(policy));
	return text_take_or_null(&text);
}

static bool is_claim_of_file(const struct rule *rule, bool ours)
{
	return rule->kind == RULE_CLAIM && rule->line > 0 &&
	       (strcmp(rule->source, SELECTION_FILE) == 0) == ours;
}

/* The claim lines in files: in setup's own, or in the others. */
static size_t count_claims(const struct policy *policy, bool ours)
{
	size_t n = 0;

	for (size_t i = 0; i < policy->n_rules; i++)
		n += is_claim_of_file(&policy->rules[i], ours);
	for (size_t i = 0; i < policy->n_disarmed; i++)
		n += is_claim_of_file(&policy->disarmed[i], ours);
	return n;
}

/* The file stays as it is, and what it may have lost of "set arm=karg" comes back. */
static int keep_file(struct setup *s)
{
	const char *now = s->facts.config;
	bool armed = s->node.assessment.policy.settings.arm == ARM_KARG;
	size_t n = strlen(now);
	char *text;

	if (armed)
		text = strdup(now);
	else
		(void)text_format(&text, "%s%sset arm=karg\n", now,
				  n && now[n - 1] != '\n' ? "\n" : "");
	if (!text)
		return -ENOMEM;
	free(s->selection.text);
	s->selection.text = text;
	return 0;
}

static int refuse(struct setup *s)
{
	report_notes(&s->report, stderr);
	return report_problem(&s->report, s->selection.usage ? PROBLEM_USAGE : PROBLEM_REFUSED,
			      "%s", s->selection.refusal);
}

/* What was to be claimed so far, and is not any more: by mistake, perhaps. */
static int warn_of_dropped(struct setup *s)
{
	const struct text_list *dropped = &s->selection.dropped;
	struct text_buffer list _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < dropped->n; i++)
		text_addf(&list, "%s%s", i ? ", " : "", dropped->text[i]);
	text = text_take_or_null(&list);
	if (!text)
		return -ENOMEM;
	if (!dropped->n)
		return 0;
	return text_list_add(
		&s->report.warnings,
		"the new choice drops what setup chose before: %s: %s stays with the host from the next boot on; to keep it, name it, too",
		text, dropped->n > 1 ? "each" : "it");
}

static int make(struct setup *s, const struct selection_request *request)
{
	int r = selection_make(&s->node, &s->candidates, request, &s->selection);

	if (r < 0)
		return report_errno(&s->report, r, "the choice can't be made");
	for (size_t i = 0; i < s->selection.notes.n && r == 0; i++)
		r = text_list_add(&s->report.notes, "%s", s->selection.notes.text[i]);
	if (r == 0)
		r = warn_of_dropped(s);
	if (r < 0)
		return report_errno(&s->report, r, "the choice can't be made");
	return s->selection.refusal ? refuse(s) : 0;
}

/* Nothing is named anywhere: the list of what there is, for a person to choose from. */
static int offer(struct setup *s, struct selection_request *request, bool *ret_ask)
{
	int r;

	if (!s->node.facts.machine)
		return report_problem(
			&s->report, PROBLEM_USAGE,
			"no GPU is named: give --ids; this tree has no sys, and so no devices to choose from");
	*ret_ask = prompt_is_possible() && !s->invocation->value[OPTION_YES] && !s->report.dry_run;
	if (*ret_ask) {
		r = setup_ask_which(s, request);
		return r < 0 ? r : make(s, request);
	}
	request->all_gpus = true;
	r = make(s, request);
	if (r < 0)
		return r;
	report_notes(&s->report, stderr);
	return report_problem(
		&s->report, PROBLEM_USAGE,
		"no GPU is named: give --all-gpus, --addresses or --ids, or write claim lines to /etc/gpuclaim/gpuclaim.conf");
}

struct selection_request setup_request(const struct setup *s)
{
	const char *const *value = s->invocation->value;

	return (struct selection_request){
		.ids = value[OPTION_IDS],
		.addresses = value[OPTION_ADDRESSES],
		.adopted = s->adoption.addresses,
		.boot_vga = value[OPTION_BOOT_VGA],
		.all_gpus = value[OPTION_ALL_GPUS],
	};
}

static int as_configured(struct setup *s, struct selection_request *request)
{
	int r;

	request->as_configured = true;
	r = make(s, request);
	if (r == 0 && s->facts.config && !request->boot_vga && keep_file(s) < 0)
		r = report_errno(&s->report, -ENOMEM, "the choice can't be made");
	return r;
}

/* Lines that stay, and name a place where no GPU is that they mean: the node would never be ready.
 */
static int refuse_no_gpu(struct setup *s, bool replaced)
{
	const struct facts *facts = &s->node.facts;
	char place[RULE_PLACE_MAX], text[RULE_TEXT_MAX];

	for (size_t i = 0; facts->machine && i < facts->n_idle; i++) {
		const struct idle_line *line = &facts->idle[i];
		bool ours = line->rule->line && strcmp(line->rule->source, SELECTION_FILE) == 0;

		if (!line->no_gpu || (ours && replaced))
			continue;
		return report_problem(&s->report, PROBLEM_REFUSED, "%s: %s: %s; %s",
				      rule_place(line->rule, place), rule_format(line->rule, text),
				      line->why, idle_lines_remedy(line, 1, false));
	}
	return 0;
}

/* What they were to spare may be among the chosen. */
static int warn_of_stray(struct setup *s)
{
	const struct facts *facts = &s->node.facts;
	char place[RULE_PLACE_MAX], text[RULE_TEXT_MAX];

	for (size_t i = 0; i < facts->n_stray; i++) {
		const struct idle_line *line = &facts->stray[i];

		if (text_list_add(&s->report.warnings,
				  "%s: %s: the skip line spares no GPU: %s; %s",
				  rule_place(line->rule, place), rule_format(line->rule, text),
				  line->why, idle_lines_remedy(line, 1, false)) < 0)
			return report_errno(&s->report, -ENOMEM, "skip lines can't be told");
	}
	return 0;
}

int setup_choose(struct setup *s, bool *ret_ask)
{
	const struct policy *policy = &s->node.assessment.policy;
	const char *const *value = s->invocation->value;
	bool named = value[OPTION_IDS] || value[OPTION_ADDRESSES] || value[OPTION_ALL_GPUS];
	bool ours = count_claims(policy, true) > 0;
	struct selection_request request = setup_request(s);
	_cleanup_free_ char *errors = setup_config_errors(policy, named);
	int r;

	*ret_ask = false;
	if (!errors)
		return report_errno(&s->report, -ENOMEM, "the configuration can't be printed");
	if (*errors)
		return report_problem(&s->report, PROBLEM_USAGE, "%s", errors);
	r = refuse_no_gpu(s, named || request.adopted);
	if (r == 0)
		r = warn_of_stray(s);
	if (r < 0)
		return r;
	if (ours && !named && (s->adoption.addresses || value[OPTION_BOOT_VGA]))
		return report_problem(
			&s->report, PROBLEM_USAGE,
			"/" SELECTION_FILE
			" will be written anew: name the GPUs that it claims now, too, with --all-gpus, --addresses or --ids");
	if (named || request.adopted)
		return make(s, &request);
	if (!ours && count_claims(policy, false) == 0)
		return offer(s, &request, ret_ask);
	return as_configured(s, &request);
}
