/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/machine_copy.h"

#include <errno.h>
#include <string.h>

/* Never NULL for want of things to copy. */
static void *copy_array(const void *from, size_t n, size_t size)
{
	void *to = calloc(n + 1, size);

	if (to && n)
		memcpy(to, from, n * size);
	return to;
}

static int copy_functions(const struct machine *from, struct machine *to)
{
	to->function = calloc(from->n_functions + 1, sizeof(*to->function));
	if (!to->function)
		return -ENOMEM;
	for (; to->n_functions < from->n_functions; to->n_functions++) {
		const struct function *f = &from->function[to->n_functions];
		struct function *copy = &to->function[to->n_functions];

		*copy = (struct function){
			.id = f->id,
			.unread = f->unread,
			.driver_known = f->driver_known,
			.upstream = NO_FUNCTION,
			.driver = f->driver ? strdup(f->driver) : NULL,
			.detail = f->detail ? copy_array(f->detail, 1, sizeof(*f->detail)) : NULL,
		};
		if (!copy->driver != !f->driver || !copy->detail != !f->detail) {
			to->n_functions++; /* to be freed, too */
			return -ENOMEM;
		}
	}
	return 0;
}

static int copy_groups(const struct machine *from, struct machine *to)
{
	to->group = calloc(from->n_groups + 1, sizeof(*to->group));
	if (!to->group)
		return -ENOMEM;
	for (; to->n_groups < from->n_groups; to->n_groups++) {
		const struct group *g = &from->group[to->n_groups];
		size_t *member = copy_array(g->member, g->n_members, sizeof(*member));

		if (!member)
			return -ENOMEM;
		to->group[to->n_groups] = *g;
		to->group[to->n_groups].member = member;
	}
	return 0;
}

static int copy_faults(const struct machine *from, struct machine *to)
{
	to->fault = calloc(from->n_faults + 1, sizeof(*to->fault));
	if (!to->fault)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_faults; i++)
		if (strcmp(from->fault[i].path, IOMEM_PATH) != 0)
			to->fault[to->n_faults++] = from->fault[i];
	return 0;
}

int machine_copy(const struct machine *machine, struct machine *ret)
{
	struct machine copy = {.iommu = machine->iommu};
	int r;

	memcpy(copy.boot_id, machine->boot_id, sizeof(copy.boot_id));
	r = copy_functions(machine, &copy);
	if (r == 0)
		r = copy_groups(machine, &copy);
	if (r == 0)
		r = copy_faults(machine, &copy);
	if (r < 0)
		machine_free(&copy);
	else
		*ret = copy;
	return r;
}
