/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/json.h"

#include <stdio.h>
#include <time.h>

#include "ctl/guests/tell.h"
#include "ctl/machine/attributes.h"
#include "ctl/machine/host.h"
#include "ctl/machine/names.h"
#include "ctl/nova/facts.h"
#include "ctl/print/json.h"
#include "ctl/verify/dropin_path.h"
#include "nova/tell/json.h"

static const char *source_word(bool from_record)
{
	return from_record ? "record" : "computed";
}

/* "2026-11-29T22:30:00Z": when, and of which node, where reports are gathered. */
static void add_moment(struct json_object *to, const struct root *root)
{
	char name[HOST_NAME_MAX_BYTES], text[32] = "";
	time_t now = time(NULL);
	struct tm utc;

	if (gmtime_r(&now, &utc))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	json_add_text(to, "host", *host_name_read(root, name) ? name : NULL);
	json_add_text(to, "time", *text ? text : NULL);
}

static void add_iommu(struct json_object *to, const struct facts *facts)
{
	struct json_object *iommu = json_add_object(to, "iommu");

	json_add_text(iommu, "state", facts->machine ? iommu_state_word(facts) : NULL);
	json_add_text(iommu, "kind", facts->machine ? iommu_kind_name(facts->iommu.kind) : NULL);
	if (facts->machine && !facts->remapping_error)
		json_add_bool(iommu, "interrupt_remapping", facts->interrupt_remapping);
	else
		json_add_text(iommu, "interrupt_remapping", NULL);
}

static void add_record(struct json_object *to, const struct facts *facts)
{
	struct json_object *record;

	if (!facts->has_record) {
		json_add_text(to, "record", NULL);
		return;
	}
	record = json_add_object(to, "record");
	json_add_text(record, "stage", facts->record.stage);
	json_add_text(record, "configuration", facts->record.config);
	json_add_number(record, "selected", (int64_t)facts->record.gpus);
	json_add_number(record, "claimed", (int64_t)facts->record.claimed);
	json_add_number(record, "time_ms", (int64_t)facts->record.time_ms);
}

static void add_checks(struct json_object *to, const struct readiness *readiness)
{
	struct json_object *checks = json_add_array(to, "checks");

	for (size_t i = 0; i < readiness->n_checks; i++) {
		const struct check *check = &readiness->check[i];
		struct json_object *one = json_object_new_object();

		json_add_text(one, "id", check->id);
		json_add_text(one, "state", check_state_name(check->state));
		json_add_text(one, "message", check->message);
		json_add_text(one, "remedy", check->remedy[0] ? check->remedy : NULL);
		json_append(checks, one);
	}
}

static void add_identity(struct json_object *to, const struct function *f, struct names *names)
{
	char name[2 * NAME_MAX_BYTES];

	json_add_address(to, "address", &f->id.address);
	json_add_hex(to, "vendor_id", f->id.id.vendor, 4);
	json_add_hex(to, "device_id", f->id.id.device, 4);
	json_add_hex(to, "class", f->id.class_code, 6);
	json_add_text(to, "name", names_both(names, f->id.id, name));
}

static void add_place(struct json_object *to, const struct root *root, const struct device_facts *d)
{
	struct place place = place_read(root, &d->address);

	json_add_known(to, "iommu_group", d->group);
	json_add_known(to, "numa_node", place.numa_node);
	if (place.boot_vga < 0)
		json_add_text(to, "boot_vga", NULL);
	else
		json_add_bool(to, "boot_vga", place.boot_vga > 0);
}

/* Of GPUs only; null: it is not known. */
static void add_quarantined(struct json_object *to, const struct status *status,
			    const struct device_facts *d)
{
	bool known = status->reserved_known && d->in_unit && !d->companion;
	int quarantined =
		known ? sync_quarantined(&status->reserved, &status->synced, &d->address) : -1;

	if (quarantined < 0)
		json_add_text(to, "quarantined", NULL);
	else
		json_add_bool(to, "quarantined", quarantined);
}

static struct json_object *device(const struct status *status, struct names *names, size_t i)
{
	const struct node *g = &status->node;
	const struct device_facts *d = &g->device[i];
	const struct device_result *result = &status->readiness.device[i];
	struct json_object *o = json_object_new_object(), *reasons;

	add_identity(o, &g->assessment.machine.function[g->function[i]], names);
	json_add_text(o, "role", !d->in_unit ? NULL : d->companion ? "companion" : "gpu");
	if (d->in_unit)
		json_add_address(o, "gpu", &d->gpu);
	else
		json_add_text(o, "gpu", NULL);
	json_add_bool(o, "selected", d->selected);
	json_add_text(o, "driver", d->driver[0] ? d->driver : NULL);
	json_add_text(o, "wanted_driver", d->wanted[0] ? d->wanted : NULL);
	add_place(o, status->root, d);
	json_add_text(o, "verdict", verdict_name(d->verdict));
	json_add_text(o, "why", d->why);
	json_add_text(o, "source", source_word(d->from_record));
	json_add_bool(o, "ready", result->ready);
	gpu_use_json(o, &status->use[i]);
	add_quarantined(o, status, d);
	reasons = json_add_array(o, "reasons");
	for (unsigned k = 0; k < result->n_reasons; k++)
		json_append_text(reasons, result->reason[k]);
	return o;
}

/* As the drop-in that is there was made; null where nothing can be said. */
static void add_nova(struct json_object *to, const struct status *status)
{
	static const struct {
		const char *key;
		struct json_object *(*make)(const struct nova_plan *plan);
	} parts[] = {
		{"device_spec", nova_json_specs},
		{"alias", nova_json_aliases},
		{"schedulable", nova_json_schedulable},
	};
	struct json_object *nova = json_add_object(to, "nova");
	struct nova_plan plan _cleanup_(nova_plan_free) = {0};
	_cleanup_free_ char *path = NULL;
	struct nova_options options = {0};
	bool known = status->node.facts.machine;

	if (nova_dropin_path(status->root, &path) == 0)
		nova_options_read(status->root, path, &options);
	known = known && nova_plan_read(status->root, &status->node, &status->readiness, &options,
					&plan) == 0;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (known)
			json_add(nova, parts[i].key, parts[i].make(&plan));
		else
			json_add_text(nova, parts[i].key, NULL);
}

/* null: it is no machine. */
static void add_backends(struct json_object *to, const struct facts *facts)
{
	unsigned backends = devices_backends(facts);
	struct json_object *list;

	if (!facts->machine) {
		json_add_text(to, "backends", NULL);
		return;
	}
	list = json_add_array(to, "backends");
	if (backends & BACKEND_GROUP)
		json_append_text(list, "group");
	if (backends & BACKEND_IOMMUFD)
		json_append_text(list, "iommufd");
}

/* For monitoring: none of them keeps the node from being ready. */
static void add_hints(struct json_object *to, const struct hints *hints)
{
	struct json_object *list = json_add_array(to, "hints");

	for (size_t i = 0; i < hints->n; i++) {
		const struct hint *hint = &hints->hint[i];
		struct json_object *one = json_append_object(list);

		json_add_text(one, "id", hint->id);
		json_add_address(one, "address", &hint->gpu);
		if (hint->has_peer)
			json_add_address(one, "peer", &hint->peer);
		else
			json_add_text(one, "peer", NULL);
		json_add_text(one, "state", hint_state_name(hint->state));
		json_add_text(one, "message", hint->text);
	}
}

static void add_errors(struct json_object *to, const struct policy *policy)
{
	struct json_object *errors = json_add_array(to, "configuration_errors");

	for (size_t i = 0; i < policy->n_errors; i++)
		json_append_text(errors, policy->errors[i]);
}

int status_print_json(const struct status *status, FILE *to)
{
	_cleanup_(json_free) struct json_object *report = json_object_new_object();
	_cleanup_(names_close) struct names *names = names_open(status->root);
	const struct facts *facts = &status->node.facts;
	struct json_object *devices;

	if (!report || !names)
		return -ENOMEM;
	json_add_number(report, "version", 1);
	add_moment(report, status->root);
	json_add_bool(report, "ready", status->readiness.ready);
	json_add_bool(report, "reboot_required", status->readiness.reboot_required);
	json_add_bool(report, "configured", status->readiness.configured);
	json_add_bool(report, "final", status->readiness.final);
	json_add_text(report, "source", source_word(facts->has_record));
	json_add_text(report, "configuration", facts->policy->hash);
	add_errors(report, facts->policy);
	add_record(report, facts);
	add_iommu(report, facts);
	add_backends(report, facts);
	add_checks(report, &status->readiness);
	devices = json_add_array(report, "devices");
	for (size_t i = 0; i < facts->n_devices; i++)
		json_append(devices, device(status, names, i));
	add_hints(report, &status->hints);
	add_nova(report, status);
	return json_print(report, to);
}
