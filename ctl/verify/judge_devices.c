/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ctl/machine/disk_use.h"
#include "ctl/readiness/checks.h"
#include "ctl/verify/judge.h"
#include "nova/rules/devspec_match.h"

/* For what our own file says: it lists what was ready when it was written. */
#define REFRESH "gpuclaimctl nova refresh, then restart nova-compute"

static const char *place_of(const struct nova_judgement *j, size_t spec,
			    char buf[static NOVA_PLACE_MAX])
{
	return nova_place(&j->spec_values.value[j->specs.spec[spec].option], buf);
}

static int find_matches(const struct nova_situation *s, struct nova_judgement *j)
{
	int r = 0;

	for (size_t i = 0; i < s->host->n_devices && r == 0; i++) {
		const struct devspec *spec;
		char a[PCI_ADDRESS_MAX];
		bool unknown;

		spec = devspecs_find(&j->specs, &s->host->device[i], &unknown);
		j->match[i] = spec ? (size_t)(spec - j->specs.spec) : SIZE_MAX;
		if (!spec && unknown)
			r = findings_add(
				&j->findings, STATE_WARN, "nova-matches", NULL,
				"%s is matched if its VPD holds a serial number (remote_managed), which is not looked at",
				pci_address_format(&s->host->device[i].address, a));
	}
	return r;
}

/* No condition at all: every device of the host. */
static int judge_breadth(struct nova_judgement *j)
{
	char place[NOVA_PLACE_MAX];
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

static int judge_idle(const struct nova_situation *s, struct nova_judgement *j)
{
	char place[NOVA_PLACE_MAX];
	int r = 0;

	for (size_t i = 0; i < j->specs.n && r == 0; i++) {
		bool used = j->specs.spec[i].remote_managed;

		for (size_t k = 0; k < s->host->n_devices && !used; k++)
			used = devspec_match(&j->specs.spec[i], &s->host->device[k]) !=
			       NOVA_MATCH_NO;
		if (!used)
			r = findings_add(
				&j->findings, STATE_WARN, "nova-matches", "correct or remove it",
				"%s: matches no device of this node", place_of(j, i, place));
	}
	return r;
}

static bool is_vfio(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

/* A GPU or a companion of one: it must be ready, and a companion is none to hand out alone. */
static int judge_unit(const struct nova_situation *s, struct nova_judgement *j, size_t i,
		      size_t facts)
{
	const struct device_facts *d = &s->devices[facts];
	const struct device_result *result = &s->results[facts];
	const struct oslo_value *spec = &j->spec_values.value[j->specs.spec[j->match[i]].option];
	const char *remedy = "claim it, or take it out of device_spec";
	char a[PCI_ADDRESS_MAX], place[NOVA_PLACE_MAX];

	(void)pci_address_format(&d->address, a);
	(void)place_of(j, j->match[i], place);
	if (d->companion)
		return findings_add(
			&j->findings, STATE_WARN, "nova-matches",
			"end its address with \".0\", or name product_id",
			"%s: matches %s, a companion of a GPU, which Nova would hand out by itself",
			place, a);
	if (result->ready)
		return 0;
	if (result->shares)
		return findings_add(&j->findings, STATE_WARN, "nova-not-ready", NULL,
				    "%s: matches %s: %s: both go to one guest, or to none", place,
				    a, result->reason[0]);
	if (strcmp(spec->file->path, s->dropin) == 0)
		remedy = REFRESH;
	else if (d->selected)
		remedy = "gpuclaimctl status tells the remedy";
	if (!d->selected && is_vfio(d->driver))
		return findings_add(&j->findings, STATE_WARN, "nova-not-ready",
				    "claim it: gpuclaimctl setup",
				    "%s: matches %s, which gpuclaim does not look after: %s", place,
				    a, result->reason[0]);
	return findings_add(&j->findings, STATE_FAIL, "nova-not-ready", remedy,
			    "%s: matches %s, which is not ready: %s", place, a,
			    result->n_reasons ? result->reason[0] : "no reason is known");
}

/*
 * No GPU of ours. What Neutron gets is the operator's affair, and so is what has a VFIO driver
 * or none. Other drivers Nova has libvirt take away when a guest starts.
 */
static int judge_other(const struct nova_situation *s, struct nova_judgement *j, size_t i)
{
	const struct nova_device *d = &s->host->device[i];
	const struct devspec *spec = &j->specs.spec[j->match[i]];
	char a[PCI_ADDRESS_MAX], place[NOVA_PLACE_MAX];

	(void)pci_address_format(&d->address, a);
	(void)place_of(j, j->match[i], place);
	if (disk_use_has(s->mounted, &d->address))
		return findings_add(
			&j->findings, STATE_FAIL, "nova-matches", "take it out of device_spec, now",
			"%s: matches %s (%s), which holds file systems that are mounted", place, a,
			pci_class_name(d->class));
	if (py_dict_get(spec->dict, "physical_network") || devspec_tag(spec, "devname") ||
	    d->type == NOVA_TYPE_VF || !s->driver[i][0] || is_vfio(s->driver[i]))
		return 0;
	return findings_add(&j->findings, STATE_WARN, "nova-matches",
			    "name vendor_id, product_id and address of what Nova may hand out",
			    "%s: matches %s (%s), which driver %s has: a guest would take it away",
			    place, a, pci_class_name(d->class), s->driver[i]);
}

static int judge_matched(const struct nova_situation *s, struct nova_judgement *j)
{
	int r = 0;

	for (size_t i = 0; i < s->host->n_devices && r == 0; i++) {
		size_t facts = nova_device_facts(s, &s->host->device[i].address);

		if (j->match[i] == SIZE_MAX)
			continue;
		if (facts != SIZE_MAX && s->devices[facts].in_unit)
			r = judge_unit(s, j, i, facts);
		else
			r = judge_other(s, j, i);
	}
	return r;
}

/* Each GPU that is ready should be offered. */
static int judge_unmatched(const struct nova_situation *s, struct nova_judgement *j)
{
	size_t ready = 0, missing = 0;
	int r = 0;

	if (j->specs.doubt)
		return findings_add(&j->findings, STATE_SKIP, "nova-ready-gpus", NULL,
				    "not judged: not all of device_spec could be");
	for (size_t i = 0; i < s->n_devices && r == 0; i++) {
		const struct nova_device *device = nova_host_find(s->host, &s->devices[i].address);
		char a[PCI_ADDRESS_MAX];

		if (!s->devices[i].in_unit || s->devices[i].companion || !s->results[i].ready)
			continue;
		ready++;
		if (device && j->match[device - s->host->device] != SIZE_MAX)
			continue;
		missing++;
		(void)pci_address_format(&s->devices[i].address, a);
		r = findings_add(
			&j->findings, STATE_FAIL, "nova-ready-gpus",
			!device ? NULL
			: s->effective->launch.deployment
				? "put what `gpuclaimctl nova show` prints into the deployment"
				: "gpuclaimctl nova apply",
			device ? "%s is ready, and no device_spec matches it"
			       : "%s is ready, but Nova passes over domains above ffff",
			a);
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

int nova_judge_devices(const struct nova_situation *s, struct nova_judgement *j)
{
	int r;

	if (j->specs.error.type) {
		for (size_t i = 0; i < s->host->n_devices; i++)
			j->match[i] = SIZE_MAX;
		return findings_add(&j->findings, STATE_SKIP, "nova-matches", NULL,
				    "what device_spec matches is not judged: Nova refuses it");
	}
	r = find_matches(s, j);
	if (r == 0)
		r = judge_breadth(j);
	if (r == 0)
		r = judge_idle(s, j);
	if (r == 0)
		r = judge_matched(s, j);
	if (r == 0 && !has_finding(j, "nova-matches"))
		r = findings_add(&j->findings, STATE_PASS, "nova-matches", NULL,
				 "device_spec matches nothing that it should not");
	if (r == 0 && !has_finding(j, "nova-not-ready"))
		r = findings_add(&j->findings, STATE_PASS, "nova-not-ready", NULL,
				 "no GPU that is not ready is matched");
	return r == 0 ? judge_unmatched(s, j) : r;
}

/* Is a selected GPU matched by a spec that our drop-in does not hold? */
static const char *find_foreign(const struct nova_situation *s, const struct nova_judgement *j,
				size_t i, char place[static NOVA_PLACE_MAX])
{
	size_t facts = nova_device_facts(s, &s->host->device[i].address);

	if (facts == SIZE_MAX || !s->devices[facts].selected || s->devices[facts].companion)
		return NULL;
	for (size_t k = 0; k < j->specs.n; k++) {
		const struct oslo_value *value = &j->spec_values.value[j->specs.spec[k].option];

		if (strcmp(value->file->path, s->dropin) != 0 &&
		    devspec_match(&j->specs.spec[k], &s->host->device[i]) != NOVA_MATCH_NO)
			return nova_place(value, place);
	}
	return NULL;
}

void nova_whitelist_check(const struct nova_situation *s, const struct nova_judgement *j,
			  struct check *check)
{
	const struct nova_error *error = &s->effective->error;
	size_t unread = oslo_values_error(&j->spec_values);
	char a[PCI_ADDRESS_MAX], place[NOVA_PLACE_MAX];

	if (nova_error_is_ours(error)) {
		check_say(check, STATE_WARN, "mend or remove that file", "%s", error->text);
		return;
	}
	if (unread < j->spec_values.n) {
		check_say(check, STATE_WARN, "write out what it refers to", "%s: %s",
			  nova_place(&j->spec_values.value[unread], place), j->specs.error.text);
		return;
	}
	*check = (struct check){.state = STATE_SKIP};
	snprintf(check->message, sizeof(check->message),
		 "nova-compute does not start with its configuration: gpuclaimctl nova verify");
	if (error->type || j->specs.error.type)
		return;
	for (size_t i = 0; i < j->findings.n; i++) {
		const struct finding *f = &j->findings.finding[i];

		if (f->state != STATE_FAIL || strcmp(f->id, "nova-not-ready") != 0)
			continue;
		check->state = STATE_FAIL;
		snprintf(check->message, sizeof(check->message), "%s", f->message);
		snprintf(
			check->remedy, sizeof(check->remedy), "%s",
			strcmp(f->remedy, REFRESH) == 0
				? REFRESH
				: "take that device_spec out, or let nova-compute require readiness: gpuclaimctl setup --gate=strict");
		return;
	}
	for (size_t i = 0; i < s->host->n_devices; i++) {
		if (!find_foreign(s, j, i, place))
			continue;
		check->state = STATE_WARN;
		snprintf(check->message, sizeof(check->message),
			 "%s: matches %s, and would if it were not ready, too", place,
			 pci_address_format(&s->host->device[i].address, a));
		snprintf(
			check->remedy, sizeof(check->remedy),
			"take that device_spec out, or let nova-compute require readiness: gpuclaimctl setup --gate=strict");
		return;
	}
	check->state = STATE_PASS;
	snprintf(check->message, sizeof(check->message),
		 "Nova is told of no GPU that is not ready");
}
