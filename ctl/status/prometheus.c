/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/prometheus.h"

#include <stdio.h>

#include "ctl/giveback/note.h"
#include "ctl/machine/names.h"
#include "ctl/readiness/devices.h"

/* The format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
static void print_head(FILE *to, const char *name, const char *help)
{
	fprintf(to, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void print_value(FILE *to, const char *name, const char *help, unsigned long value)
{
	print_head(to, name, help);
	fprintf(to, "%s %lu\n", name, value);
}

/* A label's value; in it, backslash, quote and newline are told by a backslash. */
static void print_label(FILE *to, const char *key, const char *value)
{
	fprintf(to, "%s=\"", key);
	for (const char *p = value; *p; p++) {
		if (*p == '\n') {
			fputs("\\n", to);
			continue;
		}
		if (*p == '\\' || *p == '"')
			fputc('\\', to);
		fputc(*p, to);
	}
	fputc('"', to);
}

static void print_checks(FILE *to, const struct readiness *readiness)
{
	static const char *const name = "gpuclaim_check";

	print_head(to, name, "1 for the state that each check of readiness is in.");
	for (size_t i = 0; i < readiness->n_checks; i++)
		fprintf(to, "%s{id=\"%s\",state=\"%s\"} 1\n", name, readiness->check[i].id,
			check_state_name(readiness->check[i].state));
}

static void print_device(FILE *to, const struct status *status, struct names *names, size_t i)
{
	const struct device_facts *d = &status->node.device[i];
	const struct function *f =
		&status->node.assessment.machine.function[status->node.function[i]];
	char address[PCI_ADDRESS_MAX], gpu[PCI_ADDRESS_MAX], name[2 * NAME_MAX_BYTES];
	const char *known = names_both(names, f->id.id, name);

	fprintf(to, "gpuclaim_device_ready{address=\"%s\",gpu=\"%s\",role=\"%s\",",
		pci_address_format(&d->address, address), pci_address_format(&d->gpu, gpu),
		d->companion ? "companion" : "gpu");
	fprintf(to, "vendor_id=\"%04x\",device_id=\"%04x\",", f->id.id.vendor, f->id.id.device);
	print_label(to, "name", known ? known : "");
	fprintf(to, "} %d\n", status->readiness.device[i].ready);
}

static void print_devices(FILE *to, const struct status *status, struct names *names)
{
	const struct facts *facts = &status->node.facts;
	char address[PCI_ADDRESS_MAX];

	print_head(to, "gpuclaim_device_ready",
		   "Whether a selected function could go to a guest now.");
	for (size_t i = 0; i < facts->n_devices; i++)
		if (facts->device[i].selected)
			print_device(to, status, names, i);
	print_head(to, "gpuclaim_verdict", "1 for what gpuclaim decided on each function.");
	for (size_t i = 0; i < facts->n_devices; i++)
		fprintf(to, "gpuclaim_verdict{address=\"%s\",verdict=\"%s\"} 1\n",
			pci_address_format(&facts->device[i].address, address),
			verdict_name(facts->device[i].verdict));
}

/* Where it is not known who has it, nothing is told. */
static void print_users(FILE *to, const struct status *status)
{
	char address[PCI_ADDRESS_MAX];

	print_head(to, "gpuclaim_device_in_use", "Whether a guest has the function.");
	for (size_t i = 0; i < status->node.facts.n_devices; i++)
		if (status->use[i].state != USE_UNKNOWN)
			fprintf(to, "gpuclaim_device_in_use{address=\"%s\"} %d\n",
				pci_address_format(&status->node.device[i].address, address),
				status->use[i].state == USE_GUEST);
	print_head(to, "gpuclaim_device_user", "1 for the guest that has the function.");
	for (size_t i = 0; i < status->node.facts.n_devices; i++) {
		if (status->use[i].state != USE_GUEST)
			continue;
		/* Prometheus takes "instance" for its own: the same again by another name. */
		fprintf(to, "gpuclaim_device_user{address=\"%s\",instance=\"%s\",server=\"%s\",",
			pci_address_format(&status->node.device[i].address, address),
			status->use[i].instance, status->use[i].instance);
		print_label(to, "name", status->use[i].name);
		fputs("} 1\n", to);
	}
}

/* What `nova sync` has set; a record that can't be read gives no metric. */
static void print_reserved(FILE *to, const struct status *status)
{
	static const char *const name = "gpuclaim_reserved_providers";
	const struct sync_record *record = &status->reserved;
	size_t used = 0, others = 0;

	print_head(to, name, "Resource providers that gpuclaim keeps reserved in Placement.");
	if (!status->reserved_known)
		return;
	for (size_t i = 0; i < record->n; i++) {
		const enum sync_mark mark = record->entry[i].mark;

		used += mark == SYNC_USED;
		others += mark == SYNC_OURS || mark == SYNC_SETTING;
	}
	fprintf(to, "%s{reason=\"not-ready\"} %zu\n%s{reason=\"used\"} %zu\n", name, others, name,
		used);
}

static const struct sync_provider *provider_of(const struct sync_state *state,
					       const struct pci_address *address)
{
	for (size_t i = 0; i < state->n_providers; i++)
		if (pci_address_compare(&state->provider[i].address, address) == 0)
			return &state->provider[i];
	return NULL;
}

static void print_waiting(FILE *to, const struct status *status)
{
	static const char *const name = "gpuclaim_awaits_return";
	char a[PCI_ADDRESS_MAX];

	print_head(to, name, "Whether a one-time-use GPU was used, and waits for its return.");
	for (size_t i = 0; i < status->synced.n_providers; i++) {
		const struct sync_provider *p = &status->synced.provider[i];

		if (p->read)
			fprintf(to, "%s{address=\"%s\",provider=\"%s\"} %d\n", name,
				pci_address_format(&p->address, a), p->uuid,
				giveback_is_waiting(p));
	}
}

static void print_failed_returns(FILE *to, const struct status *status)
{
	static const char *const name = "gpuclaim_return_failed";
	char a[PCI_ADDRESS_MAX];

	print_head(to, name, "1 for a GPU whose last return to service left it reserved, and why.");
	for (size_t i = 0; i < status->node.facts.n_devices; i++) {
		const struct device_facts *d = &status->node.facts.device[i];
		struct giveback_note note;

		if (d->in_unit && !d->companion &&
		    giveback_note_read(status->root, &d->address, &note) &&
		    giveback_note_is_failure(&note, provider_of(&status->synced, &d->address),
					     sync_seconds_since_boot()))
			fprintf(to, "%s{address=\"%s\",result=\"%s\"} 1\n", name,
				pci_address_format(&d->address, a), giveback_word(note.doubt));
	}
}

static void print_expected(FILE *to, const struct facts *facts)
{
	int expect = facts->policy->settings.expect;

	if (expect != EXPECT_ANY)
		print_value(to, "gpuclaim_expected_gpus",
			    "How many GPUs the setting expect asks for.", (unsigned long)expect);
}

static void print_claim_time(FILE *to, const struct facts *facts)
{
	static const char *const name = "gpuclaim_claim_seconds";

	if (!facts->has_record)
		return;
	print_head(to, name, "Seconds from the kernel's start to the end of gpuclaim's run.");
	fprintf(to, "%s{stage=\"%s\"} %lu.%03lu\n", name, facts->record.stage,
		facts->record.time_ms / 1000, facts->record.time_ms % 1000);
}

int status_print_prometheus(const struct status *status, FILE *to)
{
	_cleanup_(names_close) struct names *names = names_open(status->root);
	const struct readiness *readiness = &status->readiness;
	const struct facts *facts = &status->node.facts;

	if (!names)
		return -ENOMEM;
	print_head(to, "gpuclaim_info", "1, with the version of gpuclaimctl.");
	fputs("gpuclaim_info{version=\"" GPUCLAIM_VERSION "\"} 1\n", to);
	print_value(to, "gpuclaim_configured",
		    "Whether a GPU is selected, or expect says how many are right.",
		    readiness->configured);
	print_value(to, "gpuclaim_ready", "Whether the node is ready: no check fails.",
		    readiness->ready);
	print_value(to, "gpuclaim_reboot_required",
		    "Whether the next boot will decide differently from this one.",
		    readiness->reboot_required);
	print_value(to, "gpuclaim_selected_gpus", "GPUs that the configuration selects.",
		    devices_count_gpus(facts, NULL));
	print_value(to, "gpuclaim_ready_gpus", "GPUs that could go to a guest now.",
		    devices_count_gpus(facts, readiness->device));
	print_expected(to, facts);
	print_claim_time(to, facts);
	print_checks(to, readiness);
	print_devices(to, status, names);
	print_users(to, status);
	print_reserved(to, status);
	print_waiting(to, status);
	print_failed_returns(to, status);
	return 0;
}
