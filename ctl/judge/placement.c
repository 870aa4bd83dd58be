/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/placement.h"

#include <string.h>

#define ID	      "nova-providers"
#define MANAGED_TRAIT "COMPUTE_MANAGED_PCI_DEVICE"
#define RESTART	      "restart nova-compute, then look at its log"

static const struct placement_provider *find_provider(const struct placement *placement,
						      const struct pci_address *address)
{
	for (size_t i = 0; i < placement->n; i++) {
		struct pci_address a;

		if (placement_address_of(placement, &placement->provider[i], &a) &&
		    pci_address_compare(&a, address) == 0)
			return &placement->provider[i];
	}
	return NULL;
}

static const struct provider *find_expected(const struct nova_judgement *j,
					    const struct pci_address *address)
{
	for (size_t i = 0; i < j->providers.n; i++)
		if (pci_address_compare(&j->providers.provider[i].address, address) == 0)
			return &j->providers.provider[i];
	return NULL;
}

static long sum_used(const struct placement_provider *p)
{
	long used = 0;

	for (size_t i = 0; i < p->n_inventories; i++)
		used += p->inventory[i].used;
	return used;
}

static int judge_inventory(struct nova_judgement *j, const struct placement_provider *p,
			   const struct provider *expected)
{
	const struct placement_inventory *found = NULL;
	int r = 0;

	for (size_t i = 0; i < p->n_inventories; i++)
		if (strcmp(p->inventory[i].resource_class, expected->resource_class) == 0)
			found = &p->inventory[i];
	if (!found)
		return findings_add(&j->findings, STATE_FAIL, ID, RESTART,
				    "%s has no inventory of %s%s%s", p->name,
				    expected->resource_class, p->n_inventories ? ", but of " : "",
				    p->n_inventories ? p->inventory[0].resource_class : "");
	if (found->total != (long)expected->n_devices)
		r = findings_add(&j->findings, STATE_FAIL, ID, RESTART,
				 "the inventory of %s has a total of %ld %s, not %zu", p->name,
				 found->total, found->resource_class, expected->n_devices);
	if (r == 0 && found->reserved >= found->total && found->total > 0)
		r = findings_add(
			&j->findings, STATE_WARN, ID,
			"openstack resource provider inventory set --amend --resource CLASS:reserved=0 UUID",
			"%s: all %ld %s are reserved: no server gets one", p->name, found->reserved,
			found->resource_class);
	return r;
}

static int judge_trait(struct nova_judgement *j, const struct placement_provider *p,
		       const char *trait)
{
	if (text_list_has(&p->trait, trait))
		return 0;
	return findings_add(
		&j->findings, STATE_WARN, ID, RESTART, "%s lacks trait %s%s", p->name, trait,
		strcmp(trait, PROVIDER_OWNER_TRAIT) == 0
			? ": no server gets it once every nova-compute is 2026.2 or newer"
			: "");
}

static int judge_traits(struct nova_judgement *j, const struct placement_provider *p,
			const struct provider *expected)
{
	int r = 0;

	for (size_t i = 0; i < expected->trait.n && r == 0; i++)
		r = judge_trait(j, p, expected->trait.text[i]);
	return r;
}

static int judge_allocations(struct nova_judgement *j, const struct placement_provider *p,
			     const char *reason)
{
	if (!p->consumer.n)
		return 0;
	return findings_add(&j->findings, STATE_FAIL, ID,
			    "delete or cold migrate that server, then mend the GPU",
			    "%s: %ld allocated to %s%s, and the GPU is not ready: %s", p->name,
			    sum_used(p), p->consumer.text[0],
			    p->consumer.n > 1 ? " and others" : "", reason);
}

/* A provider of a device that is here: ready, or not to be offered. */
static int judge_provider(const struct verify_facts *facts, struct nova_judgement *j,
			  const struct placement_provider *p, const struct pci_address *address)
{
	size_t at = verify_find_device(facts, address);
	const struct provider *expected = find_expected(j, address);
	bool unit = at != SIZE_MAX && facts->devices[at].in_unit && !facts->devices[at].companion;
	const char *reason = "no reason is known";
	int r = 0;

	if (unit && facts->results[at].n_reasons)
		reason = facts->results[at].reason[0];
	if (unit && !facts->results[at].ready && facts->devices[at].selected &&
	    !facts->results[at].shares) {
		r = findings_add(
			&j->findings, STATE_FAIL, ID,
			expected
				? "gpuclaimctl nova refresh, or take it out of device_spec; then restart nova-compute"
				: RESTART,
			"Placement offers %s, which is not ready: %s", p->name, reason);
		if (r == 0)
			r = judge_allocations(j, p, reason);
	} else if (!expected && text_list_has(&p->trait, MANAGED_TRAIT) && !j->specs.doubt) {
		r = findings_add(&j->findings, STATE_FAIL, ID, RESTART,
				 "Placement offers %s, which no device_spec matches", p->name);
	}
	if (r == 0 && expected)
		r = judge_inventory(j, p, expected);
	if (r == 0 && expected)
		r = judge_traits(j, p, expected);
	return r;
}

/* Those that Placement has. */
static int judge_present(const struct verify_facts *facts, const struct placement *placement,
			 struct nova_judgement *j)
{
	int r = 0;

	for (size_t i = 0; i < placement->n && r == 0; i++) {
		const struct placement_provider *p = &placement->provider[i];
		struct pci_address address;

		if (!placement_address_of(placement, p, &address))
			continue;
		if (nova_host_find(facts->host, &address))
			r = judge_provider(facts, j, p, &address);
		else
			r = findings_add(&j->findings, STATE_FAIL, ID, RESTART,
					 "Placement offers %s, and this node has no such device%s",
					 p->name, p->consumer.n ? "; it is allocated" : "");
	}
	return r;
}

/* Those that it lacks. */
static int judge_missing(const struct verify_facts *facts, const struct placement *placement,
			 struct nova_judgement *j)
{
	int r = 0;

	for (size_t i = 0; i < j->providers.n && r == 0; i++) {
		const struct pci_address *address = &j->providers.provider[i].address;
		size_t at = verify_find_device(facts, address);
		_cleanup_free_ char *name = provider_name(placement->node, address);

		if (!name)
			return -ENOMEM;
		if (find_provider(placement, address) || at == SIZE_MAX ||
		    !facts->results[at].ready)
			continue;
		r = findings_add(&j->findings, STATE_FAIL, ID, RESTART,
				 "Placement has no resource provider %s, whose GPU is ready", name);
	}
	return r;
}

bool placement_has_pci(const struct placement *placement)
{
	for (size_t i = 0; i < placement->n; i++)
		if (text_list_has(&placement->provider[i].trait, MANAGED_TRAIT))
			return true;
	return false;
}

static int judge_switched_off(const struct placement *placement, struct nova_judgement *j)
{
	if (placement_has_pci(placement))
		return findings_add(
			&j->findings, STATE_FAIL, ID,
			"set [pci] report_in_placement = true: there is no way back",
			"PlacementPciException: Failed to gather or report PCI resources to Placement: The [pci]report_in_placement is False but it was enabled before on this compute. Nova does not support disabling it after it is enabled.");
	return findings_add(&j->findings, STATE_SKIP, ID, NULL,
			    "report_in_placement is off: Placement has no PCI device of %s",
			    placement->node);
}

int placement_judge(const struct verify_facts *facts, const struct placement *placement,
		    struct nova_judgement *j)
{
	size_t before = j->findings.n;
	int r;

	if (!placement->node)
		return findings_add(&j->findings, STATE_FAIL, ID, RESTART,
				    "Placement has no resource provider of this node, %s",
				    facts->node);
	if (!j->rules.report)
		return judge_switched_off(placement, j);
	r = judge_present(facts, placement, j);
	if (r == 0)
		r = judge_missing(facts, placement, j);
	if (r == 0 && j->findings.n == before)
		r = findings_add(&j->findings, STATE_PASS, ID, NULL,
				 "Placement has the %zu PCI resource providers of %s",
				 j->providers.n, placement->node);
	return r;
}
