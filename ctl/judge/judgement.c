/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/judgement.h"

size_t verify_find_device(const struct verify_facts *facts, const struct pci_address *address)
{
	for (size_t i = 0; i < facts->n_devices; i++)
		if (pci_address_compare(&facts->devices[i].address, address) == 0)
			return i;
	return SIZE_MAX;
}

size_t verify_find_unit(const struct verify_facts *facts, const struct nova_device *device)
{
	size_t at = verify_find_device(facts, &device->address);

	return at != SIZE_MAX && facts->devices[at].in_unit && device->type != NOVA_TYPE_VF
		       ? at
		       : SIZE_MAX;
}

void nova_judgement_set_stop(struct nova_judgement *j)
{
	if (!j->stop)
		j->stop = j->findings.n;
}

const struct finding *nova_judgement_stop(const struct nova_judgement *j)
{
	return j->stop ? &j->findings.finding[j->stop - 1] : NULL;
}

static bool has_doubt(const struct oslo_values *values)
{
	for (size_t i = 0; i < values->n; i++)
		if (values->value[i].doubt)
			return true;
	return false;
}

bool nova_judgement_doubts(const struct nova_judgement *j)
{
	return j->beaten || has_doubt(&j->spec_values) || has_doubt(&j->alias_values) ||
	       j->specs.doubt || j->aliases.doubt;
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
