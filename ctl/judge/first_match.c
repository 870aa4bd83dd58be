/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/first_match.h"

#include <string.h>

#include "helper/base/text.h"
#include "nova/rules/devspec_match.h"

/* The keys that say which devices a line is about; all others describe these devices. */
static bool is_condition(const char *key)
{
	return TEXT_IS_ANY(key, "vendor_id", "product_id", "address", "devname");
}

/* Of another line ours replaces managed on purpose, and Nova heeds no more than these. */
static bool is_missed(const char *key)
{
	return TEXT_IS_ANY(key, "resource_class", "traits", "physical_network", "trusted",
			   "remote_managed", "live_migratable", "one_time_use", "dev_type",
			   "numa_node");
}

static bool is_kept(const char *key)
{
	return !is_condition(key);
}

/* "managed=no, resource_class=CUSTOM_A": what @loser says, and @first does not. To be freed. */
static char *list_lost(const struct devspec *loser, const struct devspec *first,
		       bool matters(const char *key))
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	for (size_t i = 0; i < loser->dict->n; i++) {
		const char *key = loser->dict->key[i];
		_cleanup_free_ char *wanted = py_str_alloc(loser->dict->item[i]), *there = NULL;
		const struct py_value *tag = py_dict_get(first->dict, key);

		there = tag ? py_str_alloc(tag) : strdup("");
		if (!wanted || !there)
			return NULL;
		if (matters(key) && (!tag || strcmp(wanted, there) != 0))
			text_addf(&to, "%s%s=%s", to.length ? ", " : "", key, wanted);
	}
	return text_take_or_null(&to);
}

static bool is_ours(const struct verify_facts *facts, const struct nova_judgement *j,
		    const struct devspec *spec)
{
	return strcmp(j->spec_values.value[spec->option].file->path, facts->dropin) == 0;
}

static int tell(struct nova_judgement *j, const struct devspec *ours, const struct devspec *first,
		const struct nova_device *device)
{
	char at[OSLO_PLACE_MAX], before[OSLO_PLACE_MAX], a[PCI_ADDRESS_MAX];
	_cleanup_free_ char *lost = list_lost(ours, first, is_kept);

	if (!lost)
		return -ENOMEM;
	return findings_add(&j->findings, STATE_WARN, FIRST_MATCH_ID,
			    "take that line out, or the GPU's address out of it",
			    "%s: matches %s first, so that %s has no effect; %s%s",
			    oslo_value_place(&j->spec_values.value[first->option], before),
			    pci_address_format(&device->address, a),
			    oslo_value_place(&j->spec_values.value[ours->option], at),
			    *lost ? "lost: " : "the GPU stays listed while it is not ready", lost);
}

/* Ours is the first, and what another one says of the GPU was heeded before. */
static int tell_other(struct nova_judgement *j, const struct devspec *ours,
		      const struct devspec *other, const struct nova_device *device)
{
	char at[OSLO_PLACE_MAX], after[OSLO_PLACE_MAX], a[PCI_ADDRESS_MAX];
	_cleanup_free_ char *lost = list_lost(other, ours, is_missed);

	if (!lost)
		return -ENOMEM;
	if (!*lost)
		return 0;
	return findings_add(
		&j->findings, STATE_WARN, FIRST_MATCH_ID,
		"leave the GPU to one of the two lines, and have its alias say the same",
		"%s: matches %s before %s, of which this is lost: %s",
		oslo_value_place(&j->spec_values.value[ours->option], at),
		pci_address_format(&device->address, a),
		oslo_value_place(&j->spec_values.value[other->option], after), lost);
}

/* The next one that matches, of ours where the first is another's, or the other way round. */
static int judge_device(const struct verify_facts *facts, struct nova_judgement *j, size_t i)
{
	const struct nova_device *device = &facts->host->device[i];
	const struct devspec *first;
	bool unknown, ours;

	first = devspecs_find(&j->specs, device, &unknown);
	if (!first)
		return 0;
	ours = is_ours(facts, j, first);
	for (size_t k = (size_t)(first - j->specs.spec) + 1; k < j->specs.n; k++) {
		const struct devspec *next = &j->specs.spec[k];

		if (is_ours(facts, j, next) == ours ||
		    devspec_match(next, device) != NOVA_MATCH_YES)
			continue;
		return ours ? tell_other(j, first, next, device) : tell(j, next, first, device);
	}
	return 0;
}

int nova_judge_first_match(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r = 0;

	for (size_t i = 0; i < facts->host->n_devices && !j->specs.error.type && r == 0; i++)
		r = judge_device(facts, j, i);
	return r;
}
