/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/judge.h"

#include <string.h>

#include "ctl/judge/aliases.h"
#include "ctl/judge/api.h"
#include "ctl/judge/devices.h"
#include "ctl/judge/first_match.h"
#include "ctl/judge/options.h"
#include "ctl/judge/scheduling.h"
#include "ctl/judge/unread.h"
#include "helper/base/text.h"
#include "nova/python/mend.h"
#include "nova/rules/release.h"

const char *nova_unread_remedy(const struct effective *effective)
{
	if (effective->launch.deployment == NOVA_IN_KUBERNETES || effective->launch.contained)
		return "compare what it has in /etc/nova with `gpuclaimctl nova show`";
	return "mend it, or make it readable";
}

static int judge_error(const struct effective *e, struct nova_judgement *j)
{
	const struct nova_error *error = &e->error;
	const struct oslo_config *config = &e->config;
	/* The last one that was read is what it is about. */
	bool ended = config->n && config->file[config->n - 1].ini.ended;
	const char *mend = mend_file(error->text, ended);
	char remedy[REMEDY_MAX];
	int r;

	(void)snprintf(remedy, sizeof(remedy), "%s: nova-compute does not start",
		       mend ? mend : "mend or remove what is named");
	r = findings_add(&j->findings, STATE_FAIL, "nova-configuration", remedy, "%s: %s",
			 error->type, error->text);
	if (r == 0)
		nova_judgement_set_stop(j);
	return r;
}

/* What apply wrote makes no Nova: a control plane with Ironic's nova-compute in a container. */
static bool is_alone(const struct verify_facts *facts)
{
	const struct effective *e = facts->effective;

	return !e->launch.source && !e->launch.deployment && e->config.n == 1 &&
	       strcmp(e->config.file[0].path, facts->dropin) == 0;
}

static int judge_variable(const struct variable *variable, struct nova_judgement *j)
{
	return findings_add(
		&j->findings, STATE_WARN, "nova-configuration", "take it out there",
		"%s sets %s in the environment, which beats all files and is not judged here",
		variable->file, variable->name);
}

/* What is read is what oslo.config reads without arguments, or what one of several units says. */
static int judge_starters(const struct launch *launch, struct nova_judgement *j)
{
	int r = 0;

	for (size_t i = 0; i < launch->others.n && r == 0; i++)
		r = findings_add(&j->findings, launch->source ? STATE_WARN : STATE_FAIL,
				 "nova-configuration",
				 "compare what it reads with `gpuclaimctl nova show`",
				 "%s starts a nova-compute%s: what that one reads is not judged",
				 launch->others.text[i], launch->source ? ", too" : "");
	if (r == 0 && !launch->source && !launch->deployment && !launch->others.n)
		r = findings_add(
			&j->findings, STATE_WARN, "nova-configuration",
			"where it runs in a container, compare its /etc/nova with `gpuclaimctl nova show`",
			"no unit that is known starts nova-compute: what it would read without arguments is judged");
	return r;
}

static int judge_files(const struct verify_facts *facts, struct nova_judgement *j)
{
	const struct effective *e = facts->effective;
	const char *elsewhere = nova_deployment_name(e->launch.deployment);
	int r = 0;

	if (nova_error_is_ours(&e->error))
		return findings_add(&j->findings, STATE_FAIL, "nova-configuration",
				    nova_unread_remedy(e), "%s", e->error.text);
	if (e->error.type)
		return judge_error(e, j);
	if (!e->config.n || is_alone(facts))
		return findings_add(&j->findings, STATE_FAIL, "nova-configuration",
				    "install nova-compute, or look on the node that has it",
				    "%s has no Nova configuration",
				    elsewhere ? elsewhere : "this node");
	for (size_t i = 0; i < e->ignored.n && r == 0; i++)
		r = findings_add(
			&j->findings, STATE_FAIL, "nova-configuration",
			"let it list that folder: User=, Group= and SupplementaryGroups= of nova-compute's unit count",
			"the user %s can't list %s: Nova passes over its files in silence",
			e->reader.name, e->ignored.text[i]);
	for (size_t i = 0; i < e->launch.environment.n && r == 0; i++)
		r = judge_variable(&e->launch.environment.variable[i], j);
	if (r == 0)
		r = judge_starters(&e->launch, j);
	if (r == 0)
		r = findings_add(&j->findings, STATE_PASS, "nova-configuration", NULL,
				 "nova-compute reads %zu file%s", e->config.n,
				 e->config.n > 1 ? "s" : "");
	return r;
}

/*
 * Ironic's nova-compute offers other machines, and VMware's those of another host: of this node's
 * devices none is looked at.
 *
 * Source: nova/virt: get_available_resource() of no other driver has pci_passthrough_devices.
 */
int nova_driver_tell(const struct effective *effective, char **ret)
{
	static const struct oslo_name name[] = {{"DEFAULT", "compute_driver"}, {0}};
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	char place[OSLO_PLACE_MAX];
	int r = oslo_config_single(&effective->config, name, &values);

	*ret = NULL;
	if (r < 0 || !values.n || !values.value[0].text[0] || values.value[0].doubt ||
	    strstr(values.value[0].text, "libvirt"))
		return r;
	return text_format(ret,
			   "%s: compute_driver is %s: nova-compute offers no device of this node",
			   oslo_value_place(&values.value[0], place), values.value[0].text);
}

static int judge_driver(const struct verify_facts *facts, struct nova_judgement *j)
{
	_cleanup_free_ char *told = NULL;
	int r = nova_driver_tell(facts->effective, &told);

	if (r < 0 || !told)
		return r;
	j->offers_none = true;
	return findings_add(
		&j->findings, STATE_FAIL, "nova-configuration",
		"set compute_driver = libvirt.LibvirtDriver, or look on a node whose nova-compute has it",
		"%s", told);
}

/* Is our drop-in among what nova-compute reads? */
static int judge_dropin(const struct verify_facts *facts, struct nova_judgement *j)
{
	const char *elsewhere = nova_deployment_name(facts->effective->launch.deployment);

	if (!facts->has_dropin)
		return 0;
	for (size_t i = 0; i < facts->effective->config.n; i++)
		if (strcmp(facts->effective->config.file[i].path, facts->dropin) == 0)
			return findings_add(&j->findings, STATE_PASS, "nova-dropin", NULL,
					    "%s is read", facts->dropin);
	if (facts->effective->error.type)
		return 0;
	return findings_add(
		&j->findings, STATE_FAIL, "nova-dropin",
		elsewhere
			? "gpuclaimctl nova revert, and put the GPUs into the deployment's own configuration"
			: "start nova-compute so that it reads /etc/nova/nova.conf.d",
		"%s is not read: %s%s", facts->dropin,
		elsewhere ? elsewhere : "the command line of nova-compute names other folders",
		elsewhere ? "'s nova-compute reads no file of this node's /etc/nova" : "");
}

/* One of the settings that are yes or no; *ret stays where it can't be read. */
static int read_setting(const struct verify_facts *facts, struct nova_judgement *j,
			enum nova_option option, bool *ret)
{
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	const struct oslo_name *name = effective_option(option);
	char place[OSLO_PLACE_MAX];
	int word, r = oslo_config_single(&facts->effective->config, name, &values);

	if (r < 0 || !values.n)
		return r;
	(void)oslo_value_place(&values.value[0], place);
	if (values.value[0].error.type)
		return findings_add(&j->findings, STATE_FAIL, "nova-settings",
				    "write true or false", "%s: %s: %s can't be read: %s", place,
				    values.value[0].error.type, name->key,
				    values.value[0].error.text);
	if (values.value[0].doubt)
		return findings_add(&j->findings, STATE_WARN, "nova-settings",
				    "write true or false",
				    "%s: %s refers to $%s, which may be no option of Nova", place,
				    name->key, values.value[0].doubt);
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
	    (option == NOVA_OPTION_REPORT || nova_accepts(facts->release, NOVA_ALIAS_AT_START)))
		nova_judgement_set_stop(j);
	return r;
}

static int judge_settings(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r = 0;

	if (nova_accepts(facts->release, NOVA_REPORT_IN_PLACEMENT))
		r = read_setting(facts, j, NOVA_OPTION_REPORT, &j->rules.report);
	if (r == 0 && nova_accepts(facts->release, NOVA_PCI_IN_PLACEMENT))
		r = read_setting(facts, j, NOVA_OPTION_PLACEMENT, &j->rules.placement);
	if (r == 0 && j->rules.placement && !j->rules.report)
		r = findings_add(
			&j->findings, STATE_WARN, "nova-settings",
			"set [pci] report_in_placement = true, or take pci_in_placement out",
			"pci_in_placement is on and report_in_placement is off: the scheduler finds no GPU of this node");
	return r;
}

/* What our drop-in says once, and another file says otherwise later. */
static int judge_beaten(const struct verify_facts *facts, struct nova_judgement *j)
{
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	const struct oslo_name *name = effective_option(NOVA_OPTION_REPORT);
	char place[OSLO_PLACE_MAX];
	int r = oslo_config_single(&facts->effective->config, name, &values);

	if (r < 0 || !values.n || strcmp(values.value[0].file->path, facts->dropin) == 0 ||
	    j->rules.report)
		return r;
	for (size_t f = 0; f < facts->effective->config.n; f++) {
		const struct oslo_file *file = &facts->effective->config.file[f];

		for (size_t i = 0; i < file->ini.n; i++)
			if (strcmp(file->path, facts->dropin) == 0 &&
			    strcmp(file->ini.entry[i].section, name->section) == 0 &&
			    strcmp(file->ini.entry[i].key, name->key) == 0)
				return findings_add(
					&j->findings, STATE_FAIL, "nova-settings",
					"take that line out: this file is read after all drop-ins",
					"%s beats the %s of %s",
					oslo_value_place(&values.value[0], place), name->key,
					facts->dropin);
	}
	return 0;
}

static int judge_nothing(const struct verify_facts *facts, struct nova_judgement *j,
			 const char *why)
{
	for (size_t i = 0; i < facts->host->n_devices; i++)
		j->match[i] = SIZE_MAX;
	return findings_add(&j->findings, STATE_SKIP, "nova-device-spec", NULL, "not judged: %s",
			    why);
}

static int judge_all(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r = judge_files(facts, j);

	if (r == 0)
		r = judge_dropin(facts, j);
	if (r == 0 && facts->effective->error.type)
		return judge_nothing(facts, j,
				     nova_error_is_ours(&facts->effective->error)
					     ? "it can't be read"
					     : "nova-compute stops before it reads this");
	if (r == 0)
		r = judge_settings(facts, j);
	if (r == 0)
		r = judge_driver(facts, j);
	if (r == 0 && j->offers_none)
		return judge_nothing(facts, j, "nova-compute offers no device of this node");
	if (r == 0)
		r = judge_beaten(facts, j);
	if (r == 0)
		r = nova_judge_unread(facts, j);
	if (r == 0)
		r = nova_judge_options(facts, j);
	if (r == 0)
		r = nova_judge_devices(facts, j);
	if (r == 0)
		r = nova_judge_first_match(facts, j);
	if (r == 0)
		r = nova_judge_aliases(facts, j);
	if (r == 0)
		r = nova_judge_scheduling(facts, j);
	return r == 0 ? nova_judge_api(facts, j) : r;
}

static int judge_start(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r = judge_files(facts, j);

	if (r == 0 && facts->effective->error.type)
		return 0;
	if (r == 0)
		r = judge_settings(facts, j);
	if (r == 0)
		r = nova_judge_options(facts, j);
	if (r == 0)
		r = nova_judge_first_match(facts, j);
	return r == 0 ? nova_judge_api(facts, j) : r;
}

typedef int judging(const struct verify_facts *facts, struct nova_judgement *judgement);

static int judge_with(judging *with, const struct verify_facts *facts, struct nova_judgement *ret)
{
	struct nova_judgement j _cleanup_(nova_judgement_free) = {
		.rules = {.release = facts->release, .node = facts->node, .host = facts->host},
		.beaten = facts->effective->launch.environment.n > 0,
		.match = calloc(facts->host->n_devices + 1, sizeof(*j.match)),
	};
	int r = j.match ? with(facts, &j) : -ENOMEM;

	return HAND_OVER(r, ret, j);
}

int nova_judge(const struct verify_facts *facts, struct nova_judgement *ret)
{
	return judge_with(judge_all, facts, ret);
}

int nova_judge_start(const struct verify_facts *facts, struct nova_judgement *ret)
{
	return judge_with(judge_start, facts, ret);
}
