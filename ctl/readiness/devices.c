/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/devices.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_printf_(2, 3) static void add_reason(struct device_result *result, const char *format, ...)
{
	va_list args;

	if (result->n_reasons == REASONS_MAX)
		return;
	va_start(args, format);
	(void)vsnprintf(result->reason[result->n_reasons++], REASON_MAX, format, args);
	va_end(args);
}

bool device_is_bound(const struct device_facts *device)
{
	return device->wanted[0] && strcmp(device->driver, device->wanted) == 0;
}

static bool is_gpu(const struct device_facts *d)
{
	return d->in_unit && !d->companion;
}

const struct device_facts *device_leading(const struct facts *facts, size_t i)
{
	const struct device_facts *d = &facts->device[i];

	for (size_t k = 0; k < i; k++) {
		const struct device_facts *other = &facts->device[k];

		if (is_gpu(d) && is_gpu(other) && d->selected && other->selected && d->group >= 0 &&
		    d->group == other->group)
			return other;
	}
	return NULL;
}

const struct device_facts *device_sharing(const struct facts *facts, size_t i)
{
	const struct device_facts *leading = device_leading(facts, i);

	return leading && facts->device[i].fabric && leading->fabric ? NULL : leading;
}

/* Why the binding is not what it should be; nothing if it is. */
static void judge_binding(const struct device_facts *d, struct device_result *result)
{
	const char *word = verdict_name(d->verdict);
	const char *to = d->driver[0] ? d->driver : "no driver";

	if (!verdict_is_claim(d->verdict) && d->pending)
		add_reason(result, "not claimed yet; in this boot it was %s: %s", word, d->why);
	else if (!verdict_is_claim(d->verdict))
		add_reason(result, "%s: %s", word, d->why);
	else if (!device_is_bound(d) && d->from_record)
		add_reason(result, "%s, but bound to %s now", word, to);
	else if (!device_is_bound(d))
		add_reason(result, "not claimed in this boot, bound to %s", to);
}

bool device_lacks_own_node(const struct device_facts *d)
{
	return device_is_bound(d) && d->needs_own && (!d->has_cdev || d->cdev[0]);
}

const char *devices_why_own(const struct facts *facts)
{
	return facts->access.groupless ? "this kernel has no VFIO groups"
				       : "a guest of libvirt uses iommufd";
}

unsigned devices_backends(const struct facts *facts)
{
	unsigned backends = 0;

	if (!facts->access.groupless && facts->host.type1 != TYPE1_MISSING)
		backends |= BACKEND_GROUP;
	for (size_t i = 0; i < facts->n_devices; i++)
		if (facts->access.iommufd && facts->device[i].has_cdev)
			backends |= BACKEND_IOMMUFD;
	return backends;
}

/* What a guest opens. */
static void judge_nodes(const struct facts *facts, const struct device_facts *d,
			struct device_result *result)
{
	if (d->group < 0)
		add_reason(result, "in no IOMMU group");
	else if (d->needs_own && !facts->access.iommufd)
		add_reason(result, "/dev/iommu is not there, and %s", devices_why_own(facts));
	else if (device_lacks_own_node(d) && d->cdev_error)
		add_reason(result, "its node in /dev/vfio/devices can't be looked at: %s, and %s",
			   strerror(-d->cdev_error), devices_why_own(facts));
	else if (device_lacks_own_node(d))
		add_reason(result, "it has no node in /dev/vfio/devices, and %s",
			   devices_why_own(facts));
	else if (!d->groupless && d->node_error)
		add_reason(result, "/dev/vfio/%d can't be looked at: %s", d->group,
			   strerror(-d->node_error));
	else if (!d->groupless && !d->node)
		add_reason(result, "/dev/vfio/%d is not there", d->group);
}

static void judge_surroundings(const struct facts *facts, size_t i, struct device_result *result)
{
	const struct device_facts *d = &facts->device[i];
	const struct device_facts *sharing = device_sharing(facts, i);
	char a[PCI_ADDRESS_MAX];

	if (d->nameless)
		add_reason(result, "what it is can't be read");
	if (facts->iommu.state != IOMMU_ACTIVE)
		return; /* the verdict tells it */
	if (d->blocked)
		add_reason(result, "IOMMU group %d is not viable: %s has driver %s", d->group,
			   pci_address_format(&d->blocker, a), d->blocker_driver);
	if (device_is_bound(d))
		judge_nodes(facts, d, result);
	if (!facts->interrupt_remapping)
		add_reason(result, facts->remapping_error
					   ? "whether interrupt remapping is on can't be told"
					   : "interrupt remapping is off");
	if (facts->policy->settings.isolation == ISOLATION_REQUIRE &&
	    kernel_args_have(&facts->policy->args, KARG_ACS_OVERRIDE))
		add_reason(result, "an ACS override makes its group");
	if (verdict_is_claim(d->verdict) && d->vfs)
		add_reason(result, "%u virtual functions are enabled", d->vfs);
	if (d->health.dead)
		add_reason(result, "it does not answer: its configuration reads as ones");
	if (d->health.resetting)
		add_reason(result, "it does not answer: it is being reset");
	if (d->health.unwakeable)
		add_reason(result, "it can't be woken: its power management failed");
	if (d->health.homeless_bytes || d->health.dropped)
		add_reason(result, "its BAR %u has no address", d->health.homeless_bar);
	if (d->health.no_bars)
		add_reason(result, "it has no memory BAR");
	if (sharing)
		add_reason(result, "shares-group-with %s",
			   pci_address_format(&sharing->address, a));
}

static void judge_one(const struct facts *facts, size_t i, struct device_result *result)
{
	const struct device_facts *d = &facts->device[i];

	if (!d->selected) {
		add_reason(result, "%s: %s", verdict_name(d->verdict), d->why);
		return;
	}
	judge_binding(d, result);
	judge_surroundings(facts, i, result);
	result->ready = result->n_reasons == 0;
	result->shares = facts->iommu.state == IOMMU_ACTIVE && device_leading(facts, i) &&
			 result->n_reasons == (device_sharing(facts, i) ? 1 : 0);
}

/* A GPU is ready with all its companions only. */
static void judge_companions(const struct facts *facts, size_t gpu, struct device_result *result)
{
	char a[PCI_ADDRESS_MAX];

	for (size_t k = 0; k < facts->n_devices; k++) {
		const struct device_facts *d = &facts->device[k];

		if (!d->in_unit || !d->companion || !d->selected || result[k].ready ||
		    pci_address_compare(&d->gpu, &facts->device[gpu].address) != 0)
			continue;
		add_reason(&result[gpu], "its companion %s is not ready",
			   pci_address_format(&d->address, a));
		result[gpu].ready = result[gpu].shares = false;
	}
}

void devices_judge(const struct facts *facts, struct device_result *result)
{
	for (size_t i = 0; i < facts->n_devices; i++)
		judge_one(facts, i, &result[i]);
	for (size_t i = 0; i < facts->n_devices; i++)
		if (is_gpu(&facts->device[i]))
			judge_companions(facts, i, result);
}

unsigned devices_count_gpus(const struct facts *facts, const struct device_result *result)
{
	unsigned n = 0;

	for (size_t i = 0; i < facts->n_devices; i++)
		if (is_gpu(&facts->device[i]) && facts->device[i].selected &&
		    (!result || result[i].ready))
			n++;
	return n;
}

void devices_say(struct devices_found found, struct check *check, enum check_state state,
		 const char *remedy, const char *format, ...)
{
	char a[PCI_ADDRESS_MAX], more[MORE_MAX], text[MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	check_say(check, state, remedy, "%s: %s%s", pci_address_format(&found.first->address, a),
		  text, check_more(found.n, more));
}

const struct device_facts *devices_at(const struct facts *facts, const struct pci_address *address)
{
	for (size_t i = 0; i < facts->n_devices; i++)
		if (pci_address_compare(&facts->device[i].address, address) == 0)
			return &facts->device[i];
	return NULL;
}
