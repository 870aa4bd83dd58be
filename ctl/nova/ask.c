/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/ask.h"

#include <stdio.h>
#include <string.h>

#include "ctl/judge/api.h"
#include "ctl/judge/first_match.h"
#include "ctl/judge/judge.h"
#include "ctl/nova/ask_aliases.h"
#include "helper/base/text.h"
#include "nova/rules/release.h"

#define RELEASES  (NOVA_NEWEST - NOVA_OLDEST + 1)
#define RANGE_MAX 48

/**
 * struct answer - of one release
 * @before, @after: what stops nova-compute without and with the change; owned; NULL: nothing
 * @reports:	report_in_placement is on without it
 * @doubts:	part of the configuration could not be judged with it
 */
struct answer {
	unsigned release;
	char *before, *after;
	bool reports, doubts;
};

/**
 * struct asking - all that is asked
 * @after, @api:	what nova-compute, and nova-api on this node, read with the change
 * @guessed:	no release is known: @answer has all that can be
 */
struct asking {
	const struct nova_node *node;
	const struct nova_dropin_change *change;
	struct effective after, api;
	struct answer answer[RELEASES];
	size_t n;
	bool guessed;
};

/* Nova's words on one line, and as part of a sentence. */
static char *plain(const char *words)
{
	char *copy = strdup(words);
	size_t n = copy ? strlen(copy) : 0;

	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c < 0x20)
			*c = ' ';
	if (n && copy[n - 1] == '.')
		copy[n - 1] = '\0';
	return copy;
}

static int judge(const struct asking *asking, const struct effective *effective, unsigned release,
		 char **ret, bool *ret_reports, bool *ret_doubts)
{
	struct nova_judgement j _cleanup_(nova_judgement_free) = {0};
	struct verify_facts facts = nova_node_facts(asking->node, NULL, NULL, 0);
	const struct finding *stop;
	int r;

	facts.effective = effective;
	facts.release = release;
	r = nova_judge_start(&facts, &j);
	if (r < 0)
		return r;
	*ret_reports = j.rules.report;
	*ret_doubts = nova_judgement_doubts(&j) || nova_error_is_ours(&j.specs.error) ||
		      nova_error_is_ours(&j.aliases.error);
	stop = nova_judgement_stop(&j);
	*ret = stop ? plain(stop->message) : NULL;
	return stop && !*ret ? -ENOMEM : 0;
}

/* Our lines that another one beats, and our aliases that nova-api does not know. */
static bool is_of_ours(const struct finding *finding, const char *dropin)
{
	return strcmp(finding->id, FIRST_MATCH_ID) == 0 ||
	       (strcmp(finding->id, API_ID) == 0 &&
		strncmp(finding->message, dropin, strlen(dropin)) == 0);
}

/* By what runs here or is asked for. */
static int note_unused(const struct asking *asking, unsigned release, struct text_list *notes)
{
	struct nova_judgement j _cleanup_(nova_judgement_free) = {0};
	struct verify_facts facts = nova_node_facts(asking->node, NULL, NULL, 0);
	_cleanup_free_ char *dropin = NULL;
	int r;

	if (text_format(&dropin, "/%s", asking->change->path) < 0)
		return -ENOMEM;
	facts.effective = &asking->after;
	facts.release = release ? release : asking->node->release;
	facts.dropin = dropin;
	facts.api = asking->api.launch.source ? &asking->api : NULL;
	r = nova_judge_start(&facts, &j);
	for (size_t i = 0; i < j.findings.n && r == 0; i++)
		if (is_of_ours(&j.findings.finding[i], dropin))
			r = text_list_add(notes, "%s", j.findings.finding[i].message);
	return r;
}

static int ask_one(struct asking *asking, unsigned release)
{
	struct answer *answer = &asking->answer[asking->n++];
	bool ignored;
	int r;

	answer->release = release;
	r = judge(asking, &asking->node->effective, release, &answer->before, &answer->reports,
		  &ignored);
	return r < 0 ? r
		     : judge(asking, &asking->after, release, &answer->after, &ignored,
			     &answer->doubts);
}

static int ask_all(struct asking *asking, unsigned release)
{
	bool placement = nova_dropin_reports(asking->change->after);
	unsigned oldest = placement ? nova_since(NOVA_REPORT_IN_PLACEMENT) : NOVA_OLDEST;
	int r = 0;

	asking->guessed = !release && asking->node->guessed;
	if (release)
		r = ask_one(asking, release);
	if (r == 0 && !asking->node->guessed && asking->node->release != release)
		r = ask_one(asking, asking->node->release);
	for (unsigned i = oldest; i <= NOVA_NEWEST && asking->guessed && r == 0; i++)
		r = ask_one(asking, i);
	return r;
}

/* What is reported is so for good. */
static bool is_for_good(const struct asking *asking)
{
	return nova_dropin_reports(asking->change->after) &&
	       !nova_dropin_reports(asking->change->before);
}

static bool is_refused(const struct asking *asking, const struct answer *answer)
{
	if (is_for_good(asking) && (answer->before || (answer->doubts && !answer->reports)))
		return true;
	return answer->after && !answer->before;
}

static bool is_told(const struct asking *asking, const struct answer *answer)
{
	return answer->before && answer->after && !is_refused(asking, answer);
}

typedef bool answer_test(const struct asking *asking, const struct answer *answer);

/* The newest one, and how many; "nova-compute (2025.2 to 2026.2)" in @who. */
static const struct answer *find(const struct asking *asking, answer_test *test, size_t *ret_n,
				 char who[static RANGE_MAX])
{
	const struct answer *first = NULL, *last = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < asking->n; i++) {
		const struct answer *answer = &asking->answer[i];

		if (!test(asking, answer))
			continue;
		first = !first || answer->release < first->release ? answer : first;
		last = !last || answer->release > last->release ? answer : last;
		++*ret_n;
	}
	if (first == last)
		(void)snprintf(who, RANGE_MAX, "nova-compute (%s)",
			       last ? nova_release_name(last->release) : "");
	else
		(void)snprintf(who, RANGE_MAX, "nova-compute (%s %s %s)",
			       nova_release_name(first->release), *ret_n == 2 ? "and" : "to",
			       nova_release_name(last->release));
	return last;
}

static int say_refusal(const struct asking *asking, const struct answer *answer, const char *who,
		       char **ret)
{
	bool for_good = is_for_good(asking);

	if (answer->before)
		return text_format(
			ret,
			"%s does not start as it is: %s; correct that first, as report_in_placement can't be taken back",
			who, answer->before);
	if (answer->after)
		return text_format(ret, "%s would no longer start: %s; correct that first%s", who,
				   answer->after, for_good ? ", or leave --placement out" : "");
	return text_format(
		ret,
		"it is not known whether %s would start, so report_in_placement can't be taken back: first correct what `gpuclaimctl nova verify` warns of",
		who);
}

static int decide(const struct asking *asking, struct text_list *notes, char **ret_refusal)
{
	_cleanup_free_ char *refusal = NULL;
	const struct answer *answer;
	char who[RANGE_MAX];
	size_t n;
	int r = 0;

	answer = find(asking, is_refused, &n, who);
	if (answer)
		r = say_refusal(asking, answer, who, &refusal);
	if (refusal && asking->guessed && n < asking->n)
		r = text_list_add(notes, "%s; --release names the one that runs here", refusal);
	else if (refusal)
		*ret_refusal = TAKE_PTR(refusal);
	answer = find(asking, is_told, &n, who);
	if (r == 0 && answer && !*ret_refusal)
		r = text_list_add(notes, "%s does not start as it is: %s; correct that", who,
				  answer->after);
	return r;
}

/* As if Nova read it, also where it is put into what Nova reads by other means. */
static int read_after(const struct root *root, const struct effective *before,
		      const struct nova_dropin_change *change, struct effective *after)
{
	struct effective_extra extra = {.path = change->path, .text = change->after};
	_cleanup_free_ char *shown = NULL;
	int r = effective_read_changed(root, before, &extra, after);

	if (r < 0 || after->error.type || oslo_config_has_file(&after->config, change->path))
		return r;
	if (text_format(&shown, "/%s", change->path) < 0)
		return -ENOMEM;
	return oslo_config_add(&after->config, shown, change->after, strlen(change->after));
}

static int read_api(const struct root *root, const struct nova_dropin_change *change,
		    struct effective *compute, struct effective *api)
{
	const struct effective_extra extra = {.path = change->path, .text = change->after};
	const struct effective_service which = {NOVA_API, compute};

	return effective_read_service(root, &which, &extra, api);
}

static int ask(const struct root *root, struct nova_node *node, unsigned release,
	       struct nova_dropin_change *change, char **ret_refusal)
{
	struct asking asking = {.node = node, .change = change};
	int r = read_after(root, &node->effective, change, &asking.after);

	*ret_refusal = NULL;
	if (r == 0 && change->after && !node->effective.launch.deployment)
		r = read_api(root, change, &node->effective, &asking.api);
	if (r == 0)
		r = ask_all(&asking, release);
	if (r == 0)
		r = decide(&asking, &change->notes, ret_refusal);
	if (r == 0 && change->after && !*ret_refusal && !node->effective.launch.deployment)
		r = note_unused(&asking, release, &change->notes);
	for (size_t i = 0; i < asking.n; i++) {
		free(asking.answer[i].before);
		free(asking.answer[i].after);
	}
	effective_free(&asking.after);
	effective_free(&asking.api);
	return r;
}

static int read_node(const struct nova_question *question, const struct nova_dropin_change *change,
		     struct nova_node *ret)
{
	bool known = question->plan && question->release == 0;
	const struct nova_look look = {
		.release = known ? question->plan->options.release : 0,
		.guessed = known && question->plan->guessed,
		.machine = question->machine,
		.dropin = question->plan ? change->path : NULL,
		.has_dropin = change->before,
	};

	return nova_node_read(question->root, &look, ret);
}

int nova_ask(const struct nova_question *question, struct nova_dropin_change *change,
	     char **ret_refusal)
{
	struct nova_node node;
	int r = read_node(question, change, &node);

	if (r < 0)
		return r;
	r = ask(question->root, &node, question->release, change, ret_refusal);
	nova_node_free(&node);
	return r;
}

/* Of a deployment's own configuration nobody knows which lines these are to replace. */
static void unmark(struct nova_plan *plan)
{
	for (size_t i = 0; i < plan->n_aliases; i++) {
		free(plan->alias[i].elsewhere);
		plan->alias[i].elsewhere = NULL;
		plan->alias[i].omitted = false;
	}
}

static int note_conflict(const char *conflict, struct text_list *notes)
{
	_cleanup_free_ char *line = plain(conflict);

	return line ? text_list_add(notes, "%s", line) : -ENOMEM;
}

static int render(const struct root *root, struct nova_node *node, unsigned release,
		  struct nova_plan *plan, struct nova_dropin_change *change)
{
	bool elsewhere = node->effective.launch.deployment;
	_cleanup_free_ char *conflict = NULL;
	int r = nova_ask_aliases(node, change->path, plan, &conflict);

	if (r == 0 && conflict && !elsewhere) {
		change->refusal = plain(conflict);
		return change->refusal ? 0 : -ENOMEM;
	}
	if (r == 0 && conflict)
		r = note_conflict(conflict, &change->notes);
	if (r == 0)
		r = nova_dropin_render(plan, release != 0, &change->after);
	if (r == 0)
		r = ask(root, node, release, change, &change->refusal);
	if (r < 0 || !elsewhere)
		return r;
	unmark(plan);
	free(change->after);
	change->after = NULL;
	return nova_dropin_render(plan, release != 0, &change->after);
}

int nova_ask_render(const struct nova_question *question, struct nova_plan *plan,
		    struct nova_dropin_change *change)
{
	struct nova_node node;
	int r = read_node(question, change, &node);

	if (r < 0)
		return r;
	r = render(question->root, &node, question->release, plan, change);
	nova_node_free(&node);
	return r;
}
