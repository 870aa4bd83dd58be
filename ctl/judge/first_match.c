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

/* "managed=no, resource_class=CUSTOM_A": what @ours says, and @first does not. To be freed. */
static char *list_lost(const struct devspec *ours, const struct devspec *first)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	for (size_t i = 0; i < ours->dict->n; i++) {
		const char *key = ours->dict->key[i];
		_cleanup_free_ char *wanted = py_str_alloc(ours->dict->item[i]), *there = NULL;
		const struct py_value *tag = py_dict_get(first->dict, key);

		there = tag ? py_str_alloc(tag) : strdup("");
		if (!wanted || !there)
			return NULL;
		if (!is_condition(key) && (!tag || strcmp(wanted, there) != 0))
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
	_cleanup_free_ char *lost = list_lost(ours, first);

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

/* The first of ours that matches, after the one that does so before all. */
static int judge_device(const struct verify_facts *facts, struct nova_judgement *j, size_t i)
{
	const struct nova_device *device = &facts->host->device[i];
	const struct devspec *first;
	bool unknown;

	first = devspecs_find(&j->specs, device, &unknown);
	if (!first || is_ours(facts, j, first))
		return 0;
	for (size_t k = (size_t)(first - j->specs.spec) + 1; k < j->specs.n; k++) {
		const struct devspec *ours = &j->specs.spec[k];

		if (is_ours(facts, j, ours) && devspec_match(ours, device) == NOVA_MATCH_YES)
			return tell(j, ours, first, device);
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
