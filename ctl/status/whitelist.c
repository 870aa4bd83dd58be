/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/whitelist.h"

#include <stdio.h>
#include <string.h>

#include "ctl/judge/devices.h"
#include "ctl/judge/judge.h"
#include "nova/rules/devspec_match.h"

/* Is a selected GPU matched by a spec that our drop-in does not hold? */
static const char *find_foreign(const struct verify_facts *facts, const struct nova_judgement *j,
				size_t i, char place[static OSLO_PLACE_MAX])
{
	size_t at = verify_find_device(facts, &facts->host->device[i].address);

	if (at == SIZE_MAX || !facts->devices[at].selected || facts->devices[at].companion)
		return NULL;
	for (size_t k = 0; k < j->specs.n; k++) {
		const struct oslo_value *value = &j->spec_values.value[j->specs.spec[k].option];

		if (strcmp(value->file->path, facts->dropin) != 0 &&
		    devspec_match(&j->specs.spec[k], &facts->host->device[i]) != NOVA_MATCH_NO)
			return oslo_value_place(value, place);
	}
	return NULL;
}

void nova_whitelist_check(const struct verify_facts *facts, const struct nova_judgement *j,
			  struct check *check)
{
	const struct nova_error *error = &facts->effective->error;
	size_t unread = oslo_values_error(&j->spec_values);
	char a[PCI_ADDRESS_MAX], place[OSLO_PLACE_MAX];

	if (nova_error_is_ours(error)) {
		check_say(check, STATE_WARN, nova_unread_remedy(facts->effective), "%s",
			  error->text);
		return;
	}
	if (unread < j->spec_values.n) {
		check_say(check, STATE_WARN, "write out what it refers to", "%s: %s",
			  oslo_value_place(&j->spec_values.value[unread], place),
			  j->specs.error.text);
		return;
	}
	if (j->offers_none) {
		check_say(check, STATE_SKIP, NULL, "nova-compute offers no device of this node");
		return;
	}
	*check = (struct check){.state = STATE_SKIP};
	snprintf(check->message, sizeof(check->message),
		 "nova-compute does not start with its configuration: gpuclaimctl nova verify");
	if (error->type || j->specs.error.type)
		return;
	for (size_t i = 0; i < j->findings.n; i++) {
		const struct finding *f = &j->findings.finding[i];

		if (f->state != STATE_FAIL || strcmp(f->id, "nova-not-ready") != 0)
			continue;
		check->state = STATE_FAIL;
		snprintf(check->message, sizeof(check->message), "%s", f->message);
		snprintf(
			check->remedy, sizeof(check->remedy), "%s",
			strcmp(f->remedy, REMEDY_REFRESH) == 0
				? REMEDY_REFRESH
				: "take that device_spec out, or let nova-compute require readiness: gpuclaimctl setup --gate=strict");
		return;
	}
	for (size_t i = 0; i < facts->host->n_devices; i++) {
		if (!find_foreign(facts, j, i, place))
			continue;
		check->state = STATE_WARN;
		snprintf(check->message, sizeof(check->message),
			 "%s: matches %s, whether it is ready or not", place,
			 pci_address_format(&facts->host->device[i].address, a));
		snprintf(
			check->remedy, sizeof(check->remedy),
			"take that device_spec out, or let nova-compute require readiness: gpuclaimctl setup --gate=strict");
		return;
	}
	check->state = STATE_PASS;
	snprintf(check->message, sizeof(check->message),
		 "Nova's configuration names no GPU that is not ready");
}

static void judge_node(const struct verify_facts *facts, struct check *check)
{
	struct nova_judgement judgement _cleanup_(nova_judgement_free) = {0};
	int r = nova_judge(facts, &judgement);

	if (r < 0)
		check_say(check, STATE_FAIL, NULL, "Nova's configuration can't be judged: %s",
			  strerror(-r));
	else
		nova_whitelist_check(facts, &judgement, check);
}

int whitelist_check(const struct nova_node *node, int error, const struct facts *facts,
		    struct check *check)
{
	_cleanup_free_ struct device_result *results = NULL;
	struct verify_facts all;

	if (error < 0) {
		check_say(check, STATE_WARN, NULL, "Nova's configuration can't be read: %s",
			  strerror(-error));
		return 0;
	}
	if (!node->effective.config.n && !nova_error_is_ours(&node->effective.error)) {
		check_say(check, STATE_SKIP, NULL, "there is no Nova configuration");
		return 0;
	}
	results = calloc(facts->n_devices + 1, sizeof(*results));
	if (!results)
		return -ENOMEM;
	devices_judge(facts, results);
	all = nova_node_facts(node, facts->device, results, facts->n_devices);
	judge_node(&all, check);
	return 0;
}
