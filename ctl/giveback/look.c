/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/machine/health.h"
#include "ctl/node/device_read.h"
#include "ctl/node/node.h"
#include "helper/base/pci_attribute.h"
#include "helper/machine/hold.h"

/* Return: is its group known? Without it who has it can't be told. */
static bool add_holders(const struct root *root, const struct node *node, const struct function *f,
			struct holders *holders)
{
	const struct group *group =
		f->detail ? machine_group(&node->assessment.machine, f->detail->group) : NULL;

	for (size_t k = 0; group && k < group->n_members; k++) {
		const struct function *m = &node->assessment.machine.function[group->member[k]];
		const struct bound_function bound = {.address = m->id.address,
						     .class_code = m->id.class_code,
						     .driver = m->driver,
						     .group = group->number};

		if (m->driver && !pci_class_is_bridge(m->id.class_code))
			hold_find(root, &bound, holders);
	}
	return group != NULL;
}

/* The group's node is the same for all of them: who has it has all. */
static void look_at_holders(const struct root *root, const struct node *node, size_t function,
			    struct giveback_look *look, struct giveback_facts *facts)
{
	struct holders holders = {0};
	bool grouped =
		add_holders(root, node, &node->assessment.machine.function[function], &holders);
	bool all = hold_sees_all(root);

	facts->held = holders.n > 0;
	facts->unseen = holders.error || holders.unseen_pid || !grouped || !all;
	if (facts->held)
		(void)snprintf(look->why, sizeof(look->why), "%s", holders.holder[0].what);
	else if (!grouped)
		(void)snprintf(look->why, sizeof(look->why), "its IOMMU group is not known");
	else if (!all)
		(void)snprintf(
			look->why, sizeof(look->why),
			"/proc does not show all processes: run this outside of containers and sandboxes");
	else if (facts->unseen)
		(void)snprintf(look->why, sizeof(look->why), "/%s", holders.unread);
}

static bool resets_alone(const struct root *root, const struct pci_address *address, bool only)
{
	char path[PCI_PATH_MAX], methods[64];
	int r;

	if (root_look(root, pci_attribute_path(address, "reset", path)) < 0)
		return false;
	r = (int)pci_attribute_read(root, address, "reset_method", methods, sizeof(methods));
	if (r < 0 && !root_is_absent(r))
		return false;
	return way_resets_alone(r < 0 ? NULL : methods, only);
}

/* What every function has, and who may write to it may reset it, too. */
static bool can_write(const struct root *root, const struct pci_address *address)
{
	char path[PCI_PATH_MAX];

	return faccessat(root->fd, pci_attribute_path(address, "driver_override", path), W_OK, 0) ==
	       0;
}

/* Not /sys alone: systemd 257 leaves it writable, whatever ProtectKernelTunables= says. */
bool giveback_is_confined(const struct root *root, const struct pci_address *address)
{
	char target[2];

	if (root_link_target(root, "proc/1/fd/0", target, sizeof(target)) == -EACCES)
		return true;
	return !can_write(root, address) && errno == EROFS;
}

/* As it answers now, and not as the kernel remembers it. */
static bool has_ids(const struct root *root, const struct pci_address *address,
		    const struct pci_id *id)
{
	unsigned char byte[4];
	char path[PCI_PATH_MAX];
	_cleanup_close_ int fd =
		root_open_at(root, pci_attribute_path(address, "config", path), O_RDONLY);

	return fd >= 0 && read(fd, byte, sizeof(byte)) == (ssize_t)sizeof(byte) &&
	       (byte[0] | byte[1] << 8) == id->vendor && (byte[2] | byte[3] << 8) == id->device;
}

bool giveback_is_gone(const struct root *root, const struct pci_address *address)
{
	return has_ids(root, address, &(struct pci_id){.vendor = 0xffff, .device = 0xffff});
}

static void take_function(const struct root *root, const struct node *node,
			  const struct device_facts *d, struct giveback_look *look,
			  struct way_facts *way)
{
	const struct machine *machine = &node->assessment.machine;

	way->alone &=
		resets_alone(root, &d->address, device_count_on_bus(machine, &d->address) == 1);
	way->grouped &= d->node;
	look->function[look->n_functions] = d->address;
	look->group[look->n_functions++] = d->group;
}

static void take_functions(const struct root *root, const struct node *node,
			   const struct device_facts *gpu, struct giveback_look *look,
			   struct giveback_facts *facts)
{
	struct way_facts way = {.alone = true, .whole = gpu->whole_bus, .grouped = true};
	bool all = true;

	facts->writable = true;
	for (size_t i = 0; i < node->facts.n_devices; i++) {
		const struct device_facts *d = &node->facts.device[i];

		if (!d->in_unit || pci_address_compare(&d->gpu, &gpu->address) != 0)
			continue;
		facts->writable &= can_write(root, &d->address);
		all &= look->n_functions < GIVEBACK_FUNCTIONS;
		if (all)
			take_function(root, node, d, look, &way);
	}
	facts->way = all && look->n_functions ? way_of(&way) : GIVEBACK_NO_WAY;
}

/* By its bus it is reset whatever ways it has of its own. */
static bool has_bad_reset(const struct health *health, const struct pci_id *id,
			  enum giveback_way way)
{
	return way == GIVEBACK_BY_SLOT ? reset_fault_of(id, "bus") != NULL
				       : health->reset_fault != NULL;
}

static int take_gpu(const struct root *root, const struct node *node, size_t i,
		    struct giveback_look *look, struct giveback_facts *facts)
{
	const struct device_facts *d = &node->facts.device[i];
	_cleanup_free_ struct device_result *result =
		calloc(node->facts.n_devices + 1, sizeof(*result));

	if (!result)
		return -ENOMEM;
	devices_judge(&node->facts, result);
	look->known = true;
	look->id = node->assessment.machine.function[node->function[i]].id.id;
	facts->ready = result[i].ready || result[i].shares;
	if (!facts->ready)
		(void)snprintf(look->why, sizeof(look->why), "%s", result[i].reason[0]);
	else
		look_at_holders(root, node, node->function[i], look, facts);
	facts->then = d->then;
	/* Asked first: that wakes it, and one that sleeps does not tell of its link. */
	facts->same_ids = facts->was_reset && has_ids(root, &d->address, &look->id);
	facts->now = vitals_read(root, &d->address, !d->health.resetting);
	take_functions(root, node, d, look, facts);
	facts->bad_reset = has_bad_reset(&d->health, &look->id, facts->way);
	return 0;
}

/* Whether it is to be woken is not known before all else is. */
static int read_node(const struct root *root, bool was_reset, struct node *ret)
{
	struct text_list avoid _cleanup_(text_list_free) = {0};
	struct root careful = *root;
	int r = was_reset ? 0 : health_avoid_sleeping(root, &avoid);

	careful.avoid = avoid.text;
	careful.n_avoid = avoid.n;
	return r < 0 ? r : node_read(was_reset ? root : &careful, ret);
}

int giveback_look(const struct root *root, const struct pci_address *address,
		  struct giveback_look *ret, struct giveback_facts *facts)
{
	struct node node _cleanup_(node_free) = {0};
	int r = read_node(root, facts->was_reset, &node);

	*ret = (struct giveback_look){0};
	/* Nothing of an earlier look counts: the GPU may be gone, or be another's. */
	*facts = (struct giveback_facts){.provider = facts->provider,
					 .one_time = facts->one_time,
					 .total = facts->total,
					 .reserved = facts->reserved,
					 .used = facts->used,
					 .before = facts->before,
					 .was_reset = facts->was_reset};
	if (r < 0)
		return r;
	ret->valid = node.facts.policy->valid;
	ret->settings = node.facts.policy->settings;
	if (!ret->valid)
		return 0;
	for (size_t i = 0; i < node.facts.n_devices; i++) {
		const struct device_facts *d = &node.facts.device[i];

		if (pci_address_compare(&d->address, address) == 0 && d->in_unit && !d->companion &&
		    d->selected)
			return take_gpu(root, &node, i, ret, facts);
	}
	return 0;
}

bool giveback_look_is_same(const struct giveback_look *then, const struct giveback_look *now)
{
	bool same = then->n_functions == now->n_functions && then->id.vendor == now->id.vendor &&
		    then->id.device == now->id.device &&
		    strcmp(then->settings.run_before_return, now->settings.run_before_return) == 0;

	for (size_t i = 0; i < then->n_functions && same; i++)
		same = pci_address_compare(&then->function[i], &now->function[i]) == 0 &&
		       then->group[i] == now->group[i];
	return same;
}
