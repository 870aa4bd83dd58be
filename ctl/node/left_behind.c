/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/node/left_behind.h"

#include <string.h>

/* The unit that took it as a companion in this boot, if it still has it and would not any more. */
static const struct unit *former_unit(const struct root *root, const struct assessment *a, size_t i)
{
	const struct function *f = &a->machine.function[i];
	const struct outcome *o = decision_of(&a->decision, i);
	struct record record;

	if (!pci_class_is_companion(f->id.class_code) || !f->driver ||
	    (o && o->unit != NO_FUNCTION) ||
	    record_read(root, &f->id.address, a->machine.boot_id, &record) < 0 ||
	    !record.companion || !verdict_is_claim(record.verdict) ||
	    strcmp(record.driver, f->driver) != 0)
		return NULL;
	i = machine_find(&a->machine, &record.gpu);
	o = i == NO_FUNCTION ? NULL : decision_of(&a->decision, i);
	if (!o || o->unit == NO_FUNCTION || !unit_is_wanted(&a->units.unit[o->unit]))
		return NULL;
	return &a->units.unit[o->unit];
}

static uint8_t bit_of(const struct pci_address *gpu, const struct pci_address *address)
{
	if (!pci_address_same_device(gpu, address))
		return 0;
	return (uint8_t)(1u << address->function);
}

static void describe(const struct assessment *a, const struct unit *unit, size_t i,
		     struct left_function *ret)
{
	const struct function *f = &a->machine.function[i];

	*ret = (struct left_function){
		.id = f->id,
		.gpu = a->machine.function[unit->gpu].id,
	};
	/* Of what is in no unit only members of their groups have details. */
	ret->blocks = f->detail && f->detail->group >= 0;
	if (!bit_of(&ret->gpu.address, &f->id.address))
		return;
	for (size_t k = 0; k < unit->n_functions; k++)
		ret->functions |= bit_of(&ret->gpu.address,
					 &a->machine.function[unit->function[k]].id.address);
}

/* One line keeps all of a GPU. */
static void join_functions(struct left_behind *left)
{
	for (size_t i = 0; i < left->n; i++)
		for (size_t k = 0; k < left->n; k++)
			if (left->function[i].functions &&
			    pci_address_compare(&left->function[i].gpu.address,
						&left->function[k].gpu.address) == 0)
				left->function[i].functions |=
					bit_of(&left->function[i].gpu.address,
					       &left->function[k].id.address);
}

int left_behind_find(const struct root *root, struct assessment *a, struct left_behind *ret)
{
	struct left_behind left = {0};

	for (size_t i = 0; i < a->machine.n_functions; i++) {
		const struct unit *unit;
		struct left_function *place;

		if (!pci_class_is_companion(a->machine.function[i].id.class_code))
			continue;
		unit = machine_read_driver(root, &a->machine, i) < 0 ? NULL
								     : former_unit(root, a, i);
		if (!unit)
			continue;
		place = ARRAY_PLACE(left.function, left.n);
		if (!place) {
			free(left.function);
			return -ENOMEM;
		}
		describe(a, unit, i, place);
	}
	join_functions(&left);
	*ret = left;
	return 0;
}

static int compare_addresses(const void *a, const void *b)
{
	return pci_address_compare(a, b);
}

int lost_find(const struct root *root, const struct machine *machine,
	      const struct text_list *records, struct pci_address **ret, size_t *ret_n)
{
	_cleanup_free_ struct pci_address *lost = NULL;
	size_t n = 0;

	for (size_t i = 0; i < records->n; i++) {
		struct pci_address address;
		struct record record;

		if (pci_address_parse(records->text[i], &address) < 0 ||
		    machine_find(machine, &address) != NO_FUNCTION ||
		    record_read(root, &address, machine->boot_id, &record) < 0 ||
		    !verdict_is_claim(record.verdict))
			continue;
		if (ARRAY_ADD(lost, n, address) < 0)
			return -ENOMEM;
	}
	if (lost)
		qsort(lost, n, sizeof(*lost), compare_addresses);
	*ret = TAKE_PTR(lost);
	*ret_n = n;
	return 0;
}
