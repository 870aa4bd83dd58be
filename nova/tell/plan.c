/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/tell/plan.h"

#include <stdio.h>
#include <string.h>

#define DOMAIN_MAX 0xffffu

/* What is being put together, and the GPUs that it is made from. */
struct making {
	const struct nova_gpu *gpu;
	size_t n_gpus;
	struct nova_plan plan;
};

const char *nova_alias_type(const struct nova_alias *alias)
{
	return alias->physical_function ? "type-PF" : "type-PCI";
}

const char *nova_resource_class(struct pci_id id, char buf[static NOVA_RESOURCE_CLASS_MAX])
{
	(void)snprintf(buf, NOVA_RESOURCE_CLASS_MAX, "CUSTOM_PCI_%04X_%04X", id.vendor, id.device);
	return buf;
}

static bool same_id(struct pci_id a, struct pci_id b)
{
	return a.vendor == b.vendor && a.device == b.device;
}

static struct nova_alias *find_alias(const struct nova_plan *plan, const struct nova_gpu *gpu)
{
	for (size_t i = 0; i < plan->n_aliases; i++)
		if (same_id(plan->alias[i].id, gpu->id) &&
		    plan->alias[i].physical_function == gpu->sriov)
			return &plan->alias[i];
	return NULL;
}

static void add_alias(struct nova_plan *plan, const struct nova_gpu *gpu)
{
	if (find_alias(plan, gpu))
		return;
	plan->alias[plan->n_aliases++] = (struct nova_alias){
		.id = gpu->id,
		.fabric = gpu->fabric,
		.physical_function = gpu->sriov,
	};
}

/* Do GPUs of the same IDs differ in SR-IOV? A firmware setting may do that. */
static bool has_twin(const struct nova_plan *plan, const struct nova_alias *alias)
{
	for (size_t i = 0; i < plan->n_aliases; i++)
		if (&plan->alias[i] != alias && same_id(plan->alias[i].id, alias->id))
			return true;
	return false;
}

static int name_aliases(struct nova_plan *plan)
{
	const char *asked = plan->options.alias;
	size_t models = 0;

	for (size_t i = 0; i < plan->n_aliases; i++)
		models += !plan->alias[i].fabric;
	for (size_t i = 0; i < plan->n_aliases; i++) {
		struct nova_alias *alias = &plan->alias[i];
		const char *stem = alias->fabric ? "nvswitch" : *asked ? asked : "gpu";
		const char *suffix = alias->physical_function && has_twin(plan, alias) ? "-pf" : "";

		if (*asked && !alias->fabric && models == 1)
			(void)snprintf(alias->name, sizeof(alias->name), "%s", asked);
		else
			(void)snprintf(alias->name, sizeof(alias->name), "%.64s-%04x-%04x%s", stem,
				       alias->id.vendor, alias->id.device, suffix);
	}
	return *asked && models > 1
		       ? text_list_add(
				 &plan->notes,
				 "there are several models: each alias is %s with its IDs appended, and none is that name alone",
				 asked)
		       : 0;
}

static int note_left_out(struct nova_plan *plan, const struct nova_gpu *gpu)
{
	char a[PCI_ADDRESS_MAX], b[PCI_ADDRESS_MAX];

	pci_address_format(&gpu->address, a);
	if (gpu->address.domain > DOMAIN_MAX)
		return text_list_add(&plan->notes,
				     "%s is left out: Nova knows no PCI domain above ffff", a);
	if (gpu->shares && gpu->fabric)
		return 0; /* told once, of all */
	if (gpu->shares && !plan->options.shared_groups)
		return text_list_add(
			&plan->notes,
			"%s is left out: it shares an IOMMU group with %s, and a group goes to one guest only (--shared-groups lists both)",
			a, pci_address_format(&gpu->sharing, b));
	return text_list_add(&plan->notes, "%s is left out until it is ready: %s", a, gpu->why);
}

/* Source: _filter_pools_for_numa_cells() in nova/pci/stats.py. */
static int note_homeless(struct nova_plan *plan, const struct nova_gpu *gpu)
{
	const char *policy = plan->options.numa_policy;
	char a[PCI_ADDRESS_MAX];

	if (!gpu->homeless || (strcmp(policy, "required") != 0 && strcmp(policy, "socket") != 0))
		return 0;
	return text_list_add(
		&plan->notes,
		"%s has no NUMA node: with the NUMA policy %s no guest with a NUMA topology gets it, with preferred one does",
		pci_address_format(&gpu->address, a), policy);
}

static int add_specs(struct making *making)
{
	struct nova_plan *plan = &making->plan;
	int r = 0;

	for (size_t i = 0; i < making->n_gpus && r == 0; i++) {
		const struct nova_gpu *gpu = &making->gpu[i];
		bool listed = gpu->shares ? plan->options.shared_groups : gpu->ready;
		struct nova_alias *alias = find_alias(plan, gpu);

		if (alias)
			alias->usable += gpu->ready || gpu->shares;
		if (!listed || !alias || gpu->address.domain > DOMAIN_MAX) {
			r = note_left_out(plan, gpu);
			continue;
		}
		r = note_homeless(plan, gpu);
		alias->schedulable++;
		alias->memory_bytes += gpu->memory_bytes;
		plan->spec[plan->n_specs++] = (struct nova_spec){
			.address = gpu->address,
			.id = gpu->id,
			.alias = (size_t)(alias - plan->alias),
			.audio = gpu->audio,
			.has_audio = gpu->has_audio,
		};
	}
	return r;
}

bool nova_fabric_request(const struct nova_plan *plan, char buf[static NOVA_REQUEST_MAX])
{
	const struct nova_alias *fabric = NULL;
	char one[NOVA_ALIAS_NAME_MAX + 12];

	buf[0] = '\0';
	for (size_t i = 0; i < plan->n_aliases; i++)
		if (plan->alias[i].fabric && plan->alias[i].usable)
			fabric = &plan->alias[i];
	for (size_t i = 0; i < plan->n_aliases && fabric; i++) {
		const struct nova_alias *alias = &plan->alias[i];

		if (alias->id.vendor != fabric->id.vendor || !alias->usable)
			continue;
		(void)snprintf(one, sizeof(one), "%s:%u", alias->name, alias->usable);
		text_join(buf, NOVA_REQUEST_MAX, ",", one);
	}
	return fabric;
}

static int note_fabric(struct nova_plan *plan)
{
	char request[NOVA_REQUEST_MAX];
	bool lacks = false;

	for (size_t i = 0; i < plan->n_aliases; i++)
		lacks |=
			plan->alias[i].fabric && plan->alias[i].schedulable < plan->alias[i].usable;
	if (!nova_fabric_request(plan, request))
		return 0;
	return text_list_add(
		&plan->notes,
		"NVSwitches and the GPUs between them go to one guest together: its flavor has pci_passthrough:alias=%s%s",
		request,
		lacks ? ", which needs --shared-groups: of an IOMMU group only one is listed now"
		      : "");
}

static int compare_aliases(const void *a, const void *b)
{
	const struct nova_alias *x = a, *y = b;

	if (x->fabric != y->fabric)
		return x->fabric ? 1 : -1;
	if (x->id.vendor != y->id.vendor)
		return x->id.vendor < y->id.vendor ? -1 : 1;
	if (x->id.device != y->id.device)
		return x->id.device < y->id.device ? -1 : 1;
	return (int)x->physical_function - (int)y->physical_function;
}

static int compare_specs(const void *a, const void *b)
{
	const struct nova_spec *x = a, *y = b;

	return pci_address_compare(&x->address, &y->address);
}

int nova_plan_make(const struct nova_gpu *gpus, size_t n_gpus, const struct nova_options *options,
		   struct nova_plan *ret)
{
	struct making making = {.gpu = gpus, .n_gpus = n_gpus, .plan.options = *options};
	struct nova_plan *plan = &making.plan;
	int r;

	plan->spec = calloc(n_gpus + 1, sizeof(*plan->spec));
	plan->alias = calloc(n_gpus + 1, sizeof(*plan->alias));
	if (!plan->spec || !plan->alias) {
		nova_plan_free(plan);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n_gpus; i++)
		if (gpus[i].address.domain <= DOMAIN_MAX)
			add_alias(plan, &gpus[i]);
	qsort(plan->alias, plan->n_aliases, sizeof(*plan->alias), compare_aliases);
	r = name_aliases(plan);
	if (r == 0 && *options->traits && !options->placement)
		r = text_list_add(&plan->notes,
				  "traits are for Placement: without --placement none is written");
	if (r == 0)
		r = add_specs(&making);
	if (r == 0)
		r = note_fabric(plan);
	if (r < 0) {
		nova_plan_free(plan);
		return r;
	}
	qsort(plan->spec, plan->n_specs, sizeof(*plan->spec), compare_specs);
	*ret = *plan;
	return 0;
}

void nova_plan_free(struct nova_plan *plan)
{
	free(plan->spec);
	for (size_t i = 0; plan->alias && i < plan->n_aliases; i++)
		free(plan->alias[i].elsewhere);
	free(plan->alias);
	text_list_free(&plan->notes);
	*plan = (struct nova_plan){0};
}
