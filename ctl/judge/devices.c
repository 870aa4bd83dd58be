/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/devices.h"

#include <stdio.h>
#include <string.h>

#include "ctl/machine/disk_use.h"
#include "nova/rules/devspec_match.h"
#include "nova/rules/release.h"

#define ENTRY_MAX 32

static const char *place_of(const struct nova_judgement *j, size_t spec,
			    char buf[static OSLO_PLACE_MAX])
{
	return oslo_value_place(&j->spec_values.value[j->specs.spec[spec].option], buf);
}

static int find_matches(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r = 0;

	for (size_t i = 0; i < facts->host->n_devices && r == 0; i++) {
		const struct devspec *spec;
		char a[PCI_ADDRESS_MAX];
		bool unknown;

		spec = devspecs_find(&j->specs, &facts->host->device[i], &unknown);
		j->match[i] = spec ? (size_t)(spec - j->specs.spec) : SIZE_MAX;
		if (!spec && unknown)
			r = findings_add(
				&j->findings, STATE_WARN, "nova-matches", NULL,
				"a device_spec with remote_managed matches %s if its VPD holds a serial number: gpuclaimctl does not read that",
				pci_address_format(&facts->host->device[i].address, a));
	}
	return r;
}

/* No condition at all: every device of the host. */
static int judge_breadth(struct nova_judgement *j)
{
	char place[OSLO_PLACE_MAX];
	int r = 0;

	for (size_t i = 0; i < j->specs.n && r == 0; i++) {
		const struct devspec *spec = &j->specs.spec[i];
		bool any = spec->kind == NOVA_ADDRESS_GLOB;

		for (unsigned k = 0; k < ARRAY_SIZE(spec->field) && any; k++)
			any = strcmp(spec->field[k], "*") == 0;
		if (any && strcmp(spec->vendor, "*") == 0 && strcmp(spec->product, "*") == 0)
			r = findings_add(&j->findings, STATE_FAIL, "nova-matches",
					 "name vendor_id, product_id and address",
					 "%s: matches every PCI device of this node",
					 place_of(j, i, place));
	}
	return r;
}

/* Which one of a list: ", entry 2"; "" where its option has no other. */
static const char *entry_of(const struct nova_judgement *j, size_t spec, char buf[static ENTRY_MAX])
{
	size_t option = j->specs.spec[spec].option, before = 0, n = 0;

	for (size_t i = 0; i < j->specs.n; i++) {
		n += j->specs.spec[i].option == option;
		before += i < spec && j->specs.spec[i].option == option;
	}
	buf[0] = '\0';
	if (n > 1)
		(void)snprintf(buf, ENTRY_MAX, ", entry %zu", before + 1);
	return buf;
}

static int judge_idle(const struct verify_facts *facts, struct nova_judgement *j)
{
	char place[OSLO_PLACE_MAX], entry[ENTRY_MAX];
	int r = 0;

	for (size_t i = 0; i < j->specs.n && r == 0; i++) {
		bool used = j->specs.spec[i].remote_managed;

		for (size_t k = 0; k < facts->host->n_devices && !used; k++)
			used = devspec_match(&j->specs.spec[i], &facts->host->device[k]) !=
			       NOVA_MATCH_NO;
		if (!used)
			r = findings_add(&j->findings, STATE_WARN, "nova-matches",
					 "correct or remove it",
					 "%s%s: matches no device of this node",
					 place_of(j, i, place), entry_of(j, i, entry));
	}
	return r;
}

/* Others bound it: what its guest will meet is judged all the same. */
static int judge_foreign(const struct verify_facts *facts, struct nova_judgement *j, size_t i,
			 const char *reason)
{
	const struct nova_group *group = &facts->group[i];
	char a[PCI_ADDRESS_MAX], b[PCI_ADDRESS_MAX], place[OSLO_PLACE_MAX];

	(void)pci_address_format(&facts->host->device[i].address, a);
	(void)place_of(j, j->match[i], place);
	if (group->none)
		return findings_add(
			&j->findings, STATE_FAIL, "nova-not-ready",
			"take it out of device_spec, or put it behind an IOMMU",
			"%s: matches %s, which is in no IOMMU group: no guest starts with it",
			place, a);
	if (group->blocker)
		return findings_add(
			&j->findings, STATE_FAIL, "nova-not-ready",
			"take it out of device_spec, or unbind the other function from its driver",
			"%s: matches %s, whose IOMMU group is not viable: %s has driver %s, and no guest starts with it",
			place, a, pci_address_format(&group->blocker->address, b),
			facts->driver[group->blocker - facts->host->device]);
	return findings_add(
		&j->findings, STATE_WARN, "nova-not-ready", "claim it: gpuclaimctl setup",
		"%s: matches %s, which gpuclaim does not look after: %s", place, a, reason);
}

static bool has_virtual(const struct verify_facts *facts, const struct pci_address *address)
{
	for (size_t i = 0; i < facts->host->n_devices; i++)
		if (facts->host->device[i].type == NOVA_TYPE_VF &&
		    pci_address_compare(&facts->host->device[i].parent, address) == 0)
			return true;
	return false;
}

static const char *remedy_of(const struct verify_facts *facts, const struct device_facts *d,
			     const char *file)
{
	if (strcmp(file, facts->dropin) == 0)
		return REMEDY_REFRESH;
	if (d->selected)
		return "gpuclaimctl status names the remedy";
	return has_virtual(facts, &d->address)
		       ? "name the addresses of its virtual functions, not its own"
		       : "claim it, or take it out of device_spec";
}

/* A GPU or a companion of one: it must be ready, and a companion is none to hand out alone. */
static int judge_unit(const struct verify_facts *facts, struct nova_judgement *j, size_t i,
		      size_t at)
{
	const struct device_facts *d = &facts->devices[at];
	const struct device_result *result = &facts->results[at];
	const struct oslo_value *spec = &j->spec_values.value[j->specs.spec[j->match[i]].option];
	char a[PCI_ADDRESS_MAX], place[OSLO_PLACE_MAX];

	(void)pci_address_format(&d->address, a);
	(void)place_of(j, j->match[i], place);
	if (d->companion)
		return findings_add(
			&j->findings, STATE_WARN, "nova-matches",
			"end its address with \".0\", or name product_id",
			"%s: matches %s, a companion of a GPU: Nova would give it to a guest without its GPU",
			place, a);
	if (result->ready)
		return 0;
	if (result->shares)
		return findings_add(&j->findings, STATE_WARN, "nova-not-ready", NULL,
				    "%s: matches %s: %s: both go to one guest, or to none", place,
				    a, result->reason[0]);
	if (!d->selected && facts->vfio[i])
		return judge_foreign(facts, j, i, result->reason[0]);
	return findings_add(&j->findings, STATE_FAIL, "nova-not-ready",
			    remedy_of(facts, d, spec->file->path),
			    "%s: matches %s, which is not ready: %s", place, a,
			    result->n_reasons ? result->reason[0] : "no reason is known");
}

/*
 * A virtual function of a GPU: the vendor's driver makes virtual GPUs of them (nvidia), or they
 * are handed out as they are. libvirt refuses one that it is not to bind, and that no driver for
 * VFIO has.
 */
static int judge_virtual(const struct verify_facts *facts, struct nova_judgement *j, size_t i)
{
	const char *driver = facts->driver[i];
	bool unmanaged =
		j->specs.spec[j->match[i]].unmanaged && nova_accepts(facts->release, NOVA_MANAGED);
	char a[PCI_ADDRESS_MAX], place[OSLO_PLACE_MAX];

	(void)pci_address_format(&facts->host->device[i].address, a);
	(void)place_of(j, j->match[i], place);
	if (facts->vfio[i] || (!*driver && !unmanaged))
		return 0;
	if (unmanaged)
		return findings_add(
			&j->findings, STATE_WARN, "nova-matches",
			"give it a vGPU type, or bind it to a vfio driver, before a guest asks for it",
			"%s: matches the virtual function %s, which %s%s%s: libvirt refuses it while it has no vfio-dev",
			place, a, *driver ? "driver " : "no driver has", driver,
			*driver ? " has" : "");
	return findings_add(
		&j->findings, STATE_WARN, "nova-matches",
		nova_accepts(facts->release, NOVA_MANAGED)
			? "write \"managed\": \"no\" if a guest should get it as a virtual GPU of that driver"
			: "bind it to vfio-pci: Nova of this release takes each device from its driver",
		"%s: matches the virtual function %s, which driver %s has: a guest that gets it takes it from that driver",
		place, a, driver);
}

/*
 * No GPU of ours. What Neutron gets is the operator's affair, and so is what has a VFIO driver
 * or none. Other drivers Nova has libvirt take away when a guest starts.
 */
static int judge_other(const struct verify_facts *facts, struct nova_judgement *j, size_t i)
{
	const struct nova_device *d = &facts->host->device[i];
	const struct devspec *spec = &j->specs.spec[j->match[i]];
	char a[PCI_ADDRESS_MAX], place[OSLO_PLACE_MAX];

	(void)pci_address_format(&d->address, a);
	(void)place_of(j, j->match[i], place);
	if (disk_use_has(facts->mounted, &d->address))
		return findings_add(
			&j->findings, STATE_FAIL, "nova-matches", "take it out of device_spec, now",
			"%s: matches %s (%s), which holds file systems that are mounted", place, a,
			pci_class_name(d->class_code));
	if (d->type == NOVA_TYPE_VF)
		return pci_class_is_gpu(d->class_code) ? judge_virtual(facts, j, i) : 0;
	if (py_dict_get(spec->dict, "physical_network") || devspec_tag(spec, "devname") ||
	    !facts->driver[i][0] || facts->vfio[i])
		return 0;
	return findings_add(
		&j->findings, STATE_WARN, "nova-matches",
		"name vendor_id, product_id and address of what Nova may hand out",
		"%s: matches %s (%s), which driver %s has: a guest that gets it takes it from that driver",
		place, a, pci_class_name(d->class_code), facts->driver[i]);
}

static int judge_matched(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r = 0;

	for (size_t i = 0; i < facts->host->n_devices && r == 0; i++) {
		size_t at = verify_find_unit(facts, &facts->host->device[i]);

		if (j->match[i] == SIZE_MAX)
			continue;
		if (at != SIZE_MAX)
			r = judge_unit(facts, j, i, at);
		else
			r = judge_other(facts, j, i);
	}
	return r;
}

static int say_unmatched(const struct verify_facts *facts, struct nova_judgement *j,
			 const char *address)
{
	return findings_add(&j->findings, STATE_FAIL, "nova-ready-gpus",
			    facts->effective->launch.deployment
				    ? "put what `gpuclaimctl nova show` prints into the deployment"
				    : "gpuclaimctl nova apply",
			    "%s is ready, and no device_spec matches it", address);
}

/* Nothing on this node mends that. */
static int say_unseen(struct nova_judgement *j, const char *address)
{
	return findings_add(
		&j->findings, STATE_WARN, "nova-ready-gpus",
		"switch VMD off for its slot in the firmware's setup, or take its claim line out",
		"%s is ready, but Nova ignores PCI domains above ffff", address);
}

/* Each GPU that is ready should be offered. */
static int judge_unmatched(const struct verify_facts *facts, struct nova_judgement *j)
{
	size_t ready = 0, missing = 0;
	int r = 0;

	if (j->specs.doubt)
		return findings_add(&j->findings, STATE_SKIP, "nova-ready-gpus", NULL,
				    "not judged: a part of device_spec can't be judged");
	for (size_t i = 0; i < facts->n_devices && r == 0; i++) {
		const struct nova_device *device =
			nova_host_find(facts->host, &facts->devices[i].address);
		char a[PCI_ADDRESS_MAX];

		if (!facts->devices[i].in_unit || facts->devices[i].companion ||
		    !facts->results[i].ready)
			continue;
		ready++;
		if (device && j->match[device - facts->host->device] != SIZE_MAX)
			continue;
		/* One of its group is listed; more are where all are asked for. */
		if (facts->results[i].shares)
			continue;
		missing++;
		(void)pci_address_format(&facts->devices[i].address, a);
		r = device ? say_unmatched(facts, j, a) : say_unseen(j, a);
	}
	if (r == 0 && !missing)
		r = findings_add(&j->findings, ready ? STATE_PASS : STATE_SKIP, "nova-ready-gpus",
				 NULL,
				 ready ? "each of the %zu GPUs that are ready is matched"
				       : "no GPU is ready (%zu)",
				 ready);
	return r;
}

static bool has_finding(const struct nova_judgement *j, const char *id)
{
	for (size_t i = 0; i < j->findings.n; i++)
		if (strcmp(j->findings.finding[i].id, id) == 0)
			return true;
	return false;
}

int nova_judge_devices(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r;

	if (j->specs.error.type) {
		for (size_t i = 0; i < facts->host->n_devices; i++)
			j->match[i] = SIZE_MAX;
		return findings_add(&j->findings, STATE_SKIP, "nova-matches", NULL,
				    "Nova refuses device_spec: what it matches is not judged");
	}
	r = find_matches(facts, j);
	if (r == 0)
		r = judge_breadth(j);
	if (r == 0)
		r = judge_idle(facts, j);
	if (r == 0)
		r = judge_matched(facts, j);
	if (r == 0 && !has_finding(j, "nova-matches"))
		r = findings_add(&j->findings, STATE_PASS, "nova-matches", NULL,
				 "device_spec matches nothing that it should not");
	if (r == 0 && !has_finding(j, "nova-not-ready"))
		r = findings_add(&j->findings, STATE_PASS, "nova-not-ready", NULL,
				 "no GPU that is not ready is matched");
	return r == 0 ? judge_unmatched(facts, j) : r;
}
