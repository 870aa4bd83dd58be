/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/live/json.h"

#include "ctl/print/json.h"

static void add_actions(struct json_object *top, const struct live *live)
{
	struct json_object *array = json_add_array(top, "actions");

	for (size_t i = 0; i < live->n_actions; i++) {
		const struct live_action *a = &live->action[i];
		struct json_object *action = json_append_object(array);

		json_add_text(action, "action", a->word);
		json_add_address(action, "device", &a->address);
		json_add_text(action, "driver", a->driver[0] ? a->driver : NULL);
	}
}

static void add_devices(struct json_object *top, const struct live *live)
{
	struct json_object *array = json_add_array(top, "devices");

	for (size_t i = 0; i < live->n_devices; i++) {
		const struct live_device *d = &live->device[i];
		struct json_object *device = json_append_object(array);

		json_add_address(device, "address", &d->address);
		json_add_text(device, "role", d->companion ? "companion" : "gpu");
		json_add_text(device, "driver", d->driver[0] ? d->driver : NULL);
		json_add_text(device, "verdict", verdict_name(d->verdict));
		json_add_text(device, "why", d->why);
	}
}

static void add_holders(struct json_object *top, const struct live *live)
{
	struct json_object *array = json_add_array(top, "holders");

	for (size_t i = 0; i < live->holders.n; i++) {
		const struct holder *h = &live->holders.holder[i];
		struct json_object *holder = json_append_object(array);

		json_add_known(holder, "pid", h->pid ? h->pid : -1);
		json_add_text(holder, "what", h->what);
	}
}

int live_print_json(const struct live *live, FILE *to)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	bool is_refusal =
		live->report.kind == PROBLEM_USAGE || live->report.kind == PROBLEM_REFUSED;

	json_add_number(top, "version", 1);
	json_add_bool(top, "changed", live->report.changed);
	json_add_bool(top, "reboot_required", false);
	json_add_bool(top, "dry_run", live->invocation->dry_run);
	add_actions(top, live);
	add_devices(top, live);
	add_holders(top, live);
	json_add_texts(top, "warnings", &live->report.warnings);
	json_add_text(top, "refusal", is_refusal ? live->report.problem : NULL);
	json_add_text(top, "error", is_refusal ? NULL : live->report.problem);
	return json_print(top, to);
}
