/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verify/judge.h"

#include <stdio.h>
#include <string.h>

#include "nova/rules/release.h"

const char *nova_place(const struct oslo_value *value, char buf[static NOVA_PLACE_MAX])
{
	snprintf(buf, NOVA_PLACE_MAX, "%s:%u", value->file->path, value->entry->line);
	return buf;
}

size_t nova_device_facts(const struct nova_situation *s, const struct pci_address *address)
{
	for (size_t i = 0; i < s->n_devices; i++)
		if (pci_address_compare(&s->devices[i].address, address) == 0)
			return i;
	return SIZE_MAX;
}

void nova_judge_stop(struct nova_judgement *j)
{
	if (!j->stop)
		j->stop = j->findings.n;
}

const struct finding *nova_judgement_stop(const struct nova_judgement *j)
{
	return j->stop ? &j->findings.finding[j->stop - 1] : NULL;
}

static int judge_error(const struct nova_error *error, struct nova_judgement *j)
{
	int r = findings_add(&j->findings, STATE_FAIL, "nova-configuration",
			     "mend or remove what is named: nova-compute does not start", "%s: %s",
			     error->type, error->text);

	if (r == 0)
		nova_judge_stop(j);
	return r;
}

static int judge_files(const struct nova_situation *s, struct nova_judgement *j)
{
	const struct effective *e = s->effective;
	const char *elsewhere = nova_deployment_name(e->launch.deployment);
	int r = 0;

	if (nova_error_is_ours(&e->error))
		return findings_add(&j->findings, STATE_FAIL, "nova-configuration",
				    "mend or remove that file", "%s", e->error.text);
	if (e->error.type)
		return judge_error(&e->error, j);
	if (!e->config.n)
		return findings_add(&j->findings, STATE_FAIL, "nova-configuration",
				    "install nova-compute, or look on the node that has it",
				    "%s has no configuration of Nova's",
				    elsewhere ? elsewhere : "this node");
	for (size_t i = 0; i < e->ignored.n && r == 0; i++)
		r = findings_add(
			&j->findings, STATE_FAIL, "nova-configuration",
			"chgrp nova it, and chmod g+rx",
			"%s can't be listed by the user nova: its files are passed over in silence",
			e->ignored.text[i]);
	for (size_t i = 0; i < e->launch.environment.n && r == 0; i++)
		r = findings_add(
			&j->findings, STATE_WARN, "nova-configuration", "take it out of the unit",
			"%s sets %s in the environment, which beats all files and is not judged here",
			e->launch.source, e->launch.environment.text[i]);
	if (r == 0)
		r = findings_add(&j->findings, STATE_PASS, "nova-configuration", NULL,
				 "nova-compute reads %zu file%s", e->config.n,
				 e->config.n > 1 ? "s" : "");
	return r;
}

/* Is our drop-in among what nova-compute reads? */
static int judge_dropin(const struct nova_situation *s, struct nova_judgement *j)
{
	const char *elsewhere = nova_deployment_name(s->effective->launch.deployment);

	if (!s->has_dropin)
		return 0;
	for (size_t i = 0; i < s->effective->config.n; i++)
		if (strcmp(s->effective->config.file[i].path, s->dropin) == 0)
			return findings_add(&j->findings, STATE_PASS, "nova-dropin", NULL,
					    "%s is read", s->dropin);
	if (s->effective->error.type)
		return 0;
	return findings_add(
		&j->findings, STATE_FAIL, "nova-dropin",
		elsewhere ? "gpuclaimctl nova revert, and tell the deployment's own configuration"
			  : "start nova-compute so that it reads /etc/nova/nova.conf.d",
		"%s is not read: %s%s", s->dropin,
		elsewhere ? elsewhere : "the command line of nova-compute names other folders",
		elsewhere ? "'s nova-compute reads no file of this node's /etc/nova" : "");
}

/* One of the settings that are yes or no; *ret stays where it can't be read. */
static int read_setting(const struct nova_situation *s, struct nova_judgement *j,
			enum nova_option option, bool *ret)
{
	struct oslo_values values _cleanup_oslo_values_ = {0};
	const struct oslo_name *name = effective_option(option);
	char place[NOVA_PLACE_MAX];
	int word, r = oslo_config_single(&s->effective->config, name, &values);

	if (r < 0 || !values.n)
		return r;
	(void)nova_place(&values.value[0], place);
	if (values.value[0].error.type)
		return findings_add(&j->findings, STATE_FAIL, "nova-settings",
				    "write true or false", "%s: %s: %s can't be read: %s", place,
				    values.value[0].error.type, name->key,
				    values.value[0].error.text);
	if (values.value[0].doubt)
		return findings_add(&j->findings, STATE_WARN, "nova-settings",
				    "write true or false",
				    "%s: %s refers to $%s, which no file sets", place, name->key,
				    values.value[0].doubt);
	word = oslo_boolean(values.value[0].text);
	if (word >= 0) {
		*ret = word;
		return 0;
	}
	r = findings_add(
		&j->findings, STATE_FAIL, "nova-settings", "write true or false",
		"%s: ConfigFileValueError: Value for option %s is not valid: Unexpected boolean value '%s'",
		place, name->key, values.value[0].text);
	/* The scheduler's own is read when aliases are checked at the start. */
	if (r == 0 &&
	    (option == NOVA_OPTION_REPORT || nova_accepts(s->release, NOVA_ALIAS_AT_START)))
		nova_judge_stop(j);
	return r;
}

static int judge_settings(const struct nova_situation *s, struct nova_judgement *j)
{
	int r = 0;

	if (nova_accepts(s->release, NOVA_REPORT_IN_PLACEMENT))
		r = read_setting(s, j, NOVA_OPTION_REPORT, &j->rules.report);
	if (r == 0 && nova_accepts(s->release, NOVA_PCI_IN_PLACEMENT))
		r = read_setting(s, j, NOVA_OPTION_PLACEMENT, &j->rules.placement);
	if (r == 0 && j->rules.placement && !j->rules.report)
		r = findings_add(
			&j->findings, STATE_WARN, "nova-settings",
			"set [pci] report_in_placement = true, or take pci_in_placement out",
			"pci_in_placement is on and report_in_placement is off: the scheduler finds no GPU of this node");
	return r;
}

/* What our drop-in says once, and another file says otherwise later. */
static int judge_beaten(const struct nova_situation *s, struct nova_judgement *j)
{
	struct oslo_values values _cleanup_oslo_values_ = {0};
	const struct oslo_name *name = effective_option(NOVA_OPTION_REPORT);
	char place[NOVA_PLACE_MAX];
	int r = oslo_config_single(&s->effective->config, name, &values);

	if (r < 0 || !values.n || strcmp(values.value[0].file->path, s->dropin) == 0 ||
	    j->rules.report)
		return r;
	for (size_t f = 0; f < s->effective->config.n; f++) {
		const struct oslo_file *file = &s->effective->config.file[f];

		for (size_t i = 0; i < file->ini.n; i++)
			if (strcmp(file->path, s->dropin) == 0 &&
			    strcmp(file->ini.entry[i].section, name->section) == 0 &&
			    strcmp(file->ini.entry[i].key, name->key) == 0)
				return findings_add(
					&j->findings, STATE_FAIL, "nova-settings",
					"take that line out: this file is read after all drop-ins",
					"%s beats the %s of %s",
					nova_place(&values.value[0], place), name->key, s->dropin);
	}
	return 0;
}

static int judge_all(const struct nova_situation *s, struct nova_judgement *j)
{
	int r = judge_files(s, j);

	if (r == 0)
		r = judge_dropin(s, j);
	if (r == 0 && s->effective->error.type) {
		for (size_t i = 0; i < s->host->n_devices; i++)
			j->match[i] = SIZE_MAX;
		return findings_add(&j->findings, STATE_SKIP, "nova-device-spec", NULL,
				    nova_error_is_ours(&s->effective->error)
					    ? "not judged: it can't be read"
					    : "not judged: nova-compute does not read so far");
	}
	if (r == 0)
		r = judge_settings(s, j);
	if (r == 0)
		r = judge_beaten(s, j);
	if (r == 0)
		r = nova_judge_options(s, j);
	if (r == 0)
		r = nova_judge_devices(s, j);
	if (r == 0)
		r = nova_judge_aliases(s, j);
	return r;
}

bool nova_judgement_doubts(const struct nova_judgement *j)
{
	for (size_t i = 0; i < j->spec_values.n; i++)
		if (j->spec_values.value[i].doubt)
			return true;
	return j->specs.doubt || j->aliases.doubt;
}

static int judge_start(const struct nova_situation *s, struct nova_judgement *j)
{
	int r = judge_files(s, j);

	if (r == 0 && s->effective->error.type)
		return 0;
	if (r == 0)
		r = judge_settings(s, j);
	return r == 0 ? nova_judge_options(s, j) : r;
}

typedef int judging(const struct nova_situation *situation, struct nova_judgement *judgement);

static int judge_with(judging *with, const struct nova_situation *situation,
		      struct nova_judgement *ret)
{
	struct nova_judgement j = {
		.rules = {.release = situation->release,
			  .node = situation->node,
			  .host = situation->host},
		.match = calloc(situation->host->n_devices + 1, sizeof(*j.match)),
	};
	int r = j.match ? with(situation, &j) : -ENOMEM;

	if (r < 0) {
		nova_judgement_free(&j);
		return r;
	}
	*ret = j;
	return 0;
}

int nova_judge(const struct nova_situation *situation, struct nova_judgement *ret)
{
	return judge_with(judge_all, situation, ret);
}

int nova_judge_start(const struct nova_situation *situation, struct nova_judgement *ret)
{
	return judge_with(judge_start, situation, ret);
}

void nova_judgement_free(struct nova_judgement *j)
{
	oslo_values_free(&j->spec_values);
	oslo_values_free(&j->alias_values);
	devspecs_free(&j->specs);
	alias_rules_free(&j->aliases);
	providers_free(&j->providers);
	findings_free(&j->findings);
	free(j->match);
	*j = (struct nova_judgement){0};
}
