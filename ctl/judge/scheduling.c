/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/scheduling.h"

#include <string.h>

#include "nova/rules/alias_match.h"
#include "nova/rules/release.h"

#define FILTER "PciPassthroughFilter"
#define ID     "nova-scheduling"
/* From so many on the ways to choose several of them are more than Placement looks at. */
#define MANY 9

#define VENDOR_NVIDIA 0x10de
#define VENDOR_INTEL  0x8086

/* The one value of an option that matters here alone; none where it can't be told. */
static int read_option(const struct effective *effective, const struct oslo_name *name,
		       struct oslo_values *values)
{
	int r = oslo_config_single(&effective->config, name, values);

	if (r == 0 && values->n && (values->value[0].error.type || values->value[0].doubt))
		oslo_values_free(values);
	return r;
}

/* Is a word one of those between commas? */
static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += n)
		if ((at == list || strchr(", \t\n.", at[-1])) &&
		    (!at[n] || strchr(", \t\n", at[n])))
			return true;
	return false;
}

/* The option as this release reads it: *ret_old is what it has by its name of old, read or not. */
static int read_filters(const struct verify_facts *facts, const struct effective *read,
			struct oslo_values *values, struct oslo_values *ret_old)
{
	static const struct oslo_name today[] = {{"filter_scheduler", "enabled_filters"},
						 {"DEFAULT", "scheduler_default_filters"},
						 {0}};
	static const struct oslo_name old[] = {{"DEFAULT", "scheduler_default_filters"}, {0}};
	struct oslo_name alone[] = {today[0], {0}};
	bool both = !nova_accepts(facts->release, NOVA_NO_OLD_FILTERS);
	int r = read_option(read, both ? today : alone, values);

	return r < 0 || both ? r : read_option(read, old, ret_old);
}

static int say_filters(const struct verify_facts *facts, struct nova_judgement *j,
		       const struct oslo_values *values, const struct oslo_values *old)
{
	char place[OSLO_PLACE_MAX];

	if (values->n)
		return findings_add(
			&j->findings, STATE_WARN, ID, "add " FILTER " to it on the controller",
			"%s: %s lacks " FILTER
			": where the scheduler reads it, servers that ask for a GPU go to nodes without one",
			oslo_value_place(&values->value[0], place), values->value[0].entry->key);
	if (old->n)
		return findings_add(
			&j->findings, STATE_WARN, ID,
			"write it as [filter_scheduler] enabled_filters",
			"%s: scheduler_default_filters is not read from Xena on, and Nova does not say so",
			oslo_value_place(&old->value[0], place));
	if (!facts->scheduler)
		return 0;
	return findings_add(
		&j->findings, STATE_WARN, ID,
		"set [filter_scheduler] enabled_filters to the defaults and " FILTER,
		"nova-scheduler is on this node, and no file sets enabled_filters: " FILTER
		" is not among the defaults");
}

/*
 * Where the scheduler is elsewhere, what nova-compute reads is all that there is to go by.
 *
 * Source: nova/conf/scheduler.py: the filter is among the defaults of no release.
 */
static int judge_filters(const struct verify_facts *facts, struct nova_judgement *j)
{
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	struct oslo_values old _cleanup_(oslo_values_free) = {0};
	const struct effective *read = facts->scheduler ? facts->scheduler : facts->effective;
	int r;

	if (read->error.type)
		return 0;
	r = read_filters(facts, read, &values, &old);
	if (r < 0 || (values.n && has_word(values.value[0].text, FILTER)))
		return r;
	return say_filters(facts, j, &values, &old);
}

/* Source: placement/conf/placement.py: max_allocation_candidates, depth-first by default. */
static int judge_limits(struct nova_judgement *j)
{
	for (size_t i = 0; i < j->providers.n; i++) {
		const char *resource_class = j->providers.provider[i].resource_class;
		size_t n = 0, before = 0;

		for (size_t k = 0; k < j->providers.n; k++)
			if (strcmp(j->providers.provider[k].resource_class, resource_class) == 0) {
				n++;
				before += k < i;
			}
		if (n < MANY || before)
			continue;
		return findings_add(
			&j->findings, STATE_WARN, ID,
			"in placement.conf: [placement] max_allocation_candidates = 1000, allocation_candidates_generation_strategy = breadth-first",
			"%zu providers of %s: a request for several has more candidates than Placement should make; without a limit the query takes minutes, or finds no host",
			n, resource_class);
	}
	return 0;
}

/* "," parts what a flavor asks for, ":" its count. */
static int judge_alias_name(struct nova_judgement *j, const struct alias_rule *alias)
{
	char place[OSLO_PLACE_MAX];

	if (!strpbrk(alias->name, ":,"))
		return 0;
	return findings_add(
		&j->findings, STATE_WARN, "nova-alias-satisfiable",
		"name it with letters, digits, \"-\" and \"_\"",
		"%s: alias %s can't be asked for: \":\" and \",\" separate the words of a flavor's pci_passthrough:alias",
		oslo_value_place(&j->alias_values.value[alias->option], place), alias->name);
}

static bool needs_node(const struct alias_rule *alias)
{
	const char *policy = alias_numa_policy(alias);

	return strcmp(policy, "required") == 0 || strcmp(policy, "socket") == 0;
}

/* Source: _filter_pools_for_numa_cells() in nova/pci/stats.py. */
static int judge_alias_nodes(const struct verify_facts *facts, struct nova_judgement *j,
			     const struct alias_rule *alias)
{
	char place[OSLO_PLACE_MAX], a[PCI_ADDRESS_MAX], more[MORE_MAX];
	const struct nova_device *first = NULL;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < facts->host->n_devices && needs_node(alias); i++) {
		const struct nova_device *device = &facts->host->device[i];

		if (j->match[i] == SIZE_MAX || device->numa_node >= 0)
			continue;
		r = alias_matches(&j->rules, alias, &j->specs.spec[j->match[i]], device);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		first = first ? first : device;
		n++;
	}
	if (!first)
		return 0;
	return findings_add(
		&j->findings, STATE_WARN, "nova-alias-satisfiable",
		"write \"numa_policy\": \"preferred\"",
		"%s: alias %s has numa_policy %s, and %s has no NUMA node%s: no guest with a NUMA topology gets it",
		oslo_value_place(&j->alias_values.value[alias->option], place), alias->name,
		alias_numa_policy(alias), pci_address_format(&first->address, a),
		check_more(n, more));
}

static bool is_claimed_gpu(const struct verify_facts *facts, size_t i)
{
	return facts->devices[i].in_unit && !facts->devices[i].companion &&
	       facts->devices[i].selected;
}

static bool names_claimed_gpu(const char *addresses, const struct verify_facts *facts)
{
	char a[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < facts->n_devices; i++)
		if (is_claimed_gpu(facts, i) &&
		    has_word(addresses, pci_address_format(&facts->devices[i].address, a)))
			return true;
	return false;
}

/* The section of one type that names a claimed GPU; *ret_named: one names any address. */
static const struct oslo_file *find_named(const struct verify_facts *facts,
					  const struct ini_entry **ret, bool *ret_named)
{
	for (size_t f = 0; f < facts->effective->config.n; f++)
		for (size_t i = 0; i < facts->effective->config.file[f].ini.n; i++) {
			const struct oslo_file *file = &facts->effective->config.file[f];
			const struct ini_entry *entry = &file->ini.entry[i];

			if (strcmp(entry->key, "device_addresses") != 0)
				continue;
			*ret_named = true;
			*ret = entry;
			if (names_claimed_gpu(entry->value, facts))
				return file;
		}
	return NULL;
}

/* NVIDIA's and Intel's have mdev types, and have them with their own drivers. */
static bool is_left_for_vgpu(const struct verify_facts *facts)
{
	for (size_t i = 0; i < facts->n_devices; i++) {
		const struct device_facts *d = &facts->devices[i];
		const struct nova_device *device = nova_host_find(facts->host, &d->address);

		if (d->in_unit && !d->companion && !d->selected && d->driver[0] && device &&
		    (device->id.vendor == VENDOR_NVIDIA || device->id.vendor == VENDOR_INTEL))
			return true;
	}
	return false;
}

/* Source: nova/conf/devices.py: without device_addresses a type is for all GPUs that have it. */
static int judge_mdev(const struct verify_facts *facts, struct nova_judgement *j)
{
	static const struct oslo_name name[] = {
		{"devices", "enabled_mdev_types"}, {"devices", "enabled_vgpu_types"}, {0}};
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	const struct ini_entry *entry = NULL;
	const struct oslo_file *file;
	char place[OSLO_PLACE_MAX];
	bool named = false, any = false;
	int r = read_option(facts->effective, name, &values);

	if (r < 0 || !values.n || !values.value[0].text[0])
		return r;
	for (size_t i = 0; i < facts->n_devices; i++)
		any |= is_claimed_gpu(facts, i);
	file = find_named(facts, &entry, &named);
	if (file)
		return findings_add(
			&j->findings, STATE_WARN, ID, "take its address out, or its claim line",
			"%s:%u: names for vGPU a GPU that gpuclaim claims: it has no mdev types then",
			file->path, entry->line);
	if (!any || named || is_left_for_vgpu(facts))
		return 0;
	return findings_add(&j->findings, STATE_WARN, ID, "take it out, or leave a GPU unclaimed",
			    "%s: %s is set, and gpuclaim claims each GPU: none has mdev types",
			    oslo_value_place(&values.value[0], place), values.value[0].entry->key);
}

int nova_judge_scheduling(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r = judge_filters(facts, j);

	if (r == 0)
		r = judge_limits(j);
	if (r == 0)
		r = judge_mdev(facts, j);
	for (size_t i = 0; i < j->aliases.n && !j->specs.error.type && r == 0; i++) {
		r = judge_alias_name(j, &j->aliases.alias[i]);
		if (r == 0)
			r = judge_alias_nodes(facts, j, &j->aliases.alias[i]);
	}
	return r;
}
