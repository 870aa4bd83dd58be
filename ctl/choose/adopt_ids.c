/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/adopt_ids.h"

#include <stdio.h>
#include <string.h>

#include "helper/claim/units.h"

#define ANY 0xffffffffu

struct vfio_id {
	unsigned vendor, device, sub_vendor, sub_device, class_code, mask;
};

/* The next one of the list; what the driver can't read it passes over, too. */
static bool next_id(const char **list, struct vfio_id *ret)
{
	while (**list) {
		size_t n = strcspn(*list, ",");
		char word[64];
		int fields;

		*ret = (struct vfio_id){.sub_vendor = ANY, .sub_device = ANY};
		snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : 0), *list);
		*list += n;
		*list += **list == ',';
		fields = sscanf(word, "%x:%x:%x:%x:%x:%x", &ret->vendor, &ret->device,
				&ret->sub_vendor, &ret->sub_device, &ret->class_code, &ret->mask);
		if (fields >= 2)
			return true;
	}
	return false;
}

static bool is(unsigned wanted, unsigned value)
{
	return wanted == ANY || wanted == value;
}

static bool matches(const struct vfio_id *id, const struct function_id *f)
{
	return is(id->vendor, f->id.vendor) && is(id->device, f->id.device) &&
	       is(id->sub_vendor, f->subsystem.vendor) && is(id->sub_device, f->subsystem.device) &&
	       !((id->class_code ^ f->class_code) & id->mask);
}

static bool can_be_taken(const struct adopted *adopted, size_t i)
{
	const struct candidate *c = &adopted->candidates->item[i];

	return !c->vf && !c->bridge && !adopted->spared[i];
}

void adopted_take(struct adopted *adopted, const char *ids)
{
	struct vfio_id id;

	while (next_id(&ids, &id))
		for (size_t i = 0; i < adopted->candidates->n; i++)
			if (matches(&id, &adopted->candidates->item[i].id) &&
			    can_be_taken(adopted, i))
				adopted->taken[i] = true;
}

bool adopted_take_address(struct adopted *adopted, const struct pci_address *address)
{
	const struct candidate *c = candidates_find(adopted->candidates, address);
	size_t i;

	if (!c)
		return false;
	i = (size_t)(c - adopted->candidates->item);
	if (can_be_taken(adopted, i))
		adopted->taken[i] = true;
	return adopted->taken[i];
}

bool adopted_covers(const struct adopted *adopted, const struct function_id *id)
{
	for (size_t i = 0; i < adopted->candidates->n; i++) {
		const struct function_id *gpu = &adopted->candidates->item[i].id;

		if (!adopted->taken[i] && !adopted->chosen[i])
			continue;
		if (pci_address_compare(&gpu->address, &id->address) == 0 ||
		    companion_in_slot(gpu, id))
			return true;
	}
	return false;
}

/* A port is in many a recipe, by mistake: vfio-pci never binds one. */
static bool is_port(const struct function_id *id)
{
	return pci_class_is_bridge(id->class_code);
}

const struct function_id *adopted_foreign(const struct adopted *adopted, const char *ids)
{
	struct vfio_id id;

	while (next_id(&ids, &id))
		for (size_t i = 0; i < adopted->machine->n_functions; i++) {
			const struct function_id *f = &adopted->machine->function[i].id;

			if (matches(&id, f) && !is_port(f) && !adopted_covers(adopted, f))
				return f;
		}
	return NULL;
}
