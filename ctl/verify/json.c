/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verify/json.h"

#include "ctl/print/json.h"
#include "nova/rules/alias_match.h"
#include "nova/rules/release.h"

static void add_checks(struct json_object *to, const struct findings *findings)
{
	struct json_object *checks = json_add_array(to, "checks");

	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->finding[i];
		struct json_object *one = json_object_new_object();

		json_add_text(one, "id", f->id);
		json_add_text(one, "state", check_state_name(f->state));
		json_add_text(one, "message", f->message);
		json_add_text(one, "remedy", f->remedy);
		json_append(checks, one);
	}
}

static void add_source(struct json_object *to, const struct oslo_value *value)
{
	json_add_text(to, "file", value->file->path);
	json_add_number(to, "line", value->entry->line);
}

static struct json_object *device(const struct verification *v, size_t i)
{
	const struct nova_device *d = &v->nova.host.device[i];
	size_t at = verify_find_unit(&v->facts, d);
	struct json_object *o = json_object_new_object(), *reasons;
	const struct device_result *result;

	json_add_address(o, "address", &d->address);
	json_add_hex(o, "vendor_id", d->id.vendor, 4);
	json_add_hex(o, "device_id", d->id.device, 4);
	json_add_text(o, "dev_type", nova_type_name(d->type));
	json_add_text(o, "driver", v->nova.driver[i][0] ? v->nova.driver[i] : NULL);
	if (at == SIZE_MAX) {
		json_add_text(o, "ready", NULL);
		json_add_array(o, "reasons");
		return o;
	}
	result = &v->facts.results[at];
	json_add_bool(o, "ready", result->ready);
	reasons = json_add_array(o, "reasons");
	for (unsigned k = 0; k < result->n_reasons; k++)
		json_append_text(reasons, result->reason[k]);
	return o;
}

static void add_specs(struct json_object *to, const struct verification *v)
{
	const struct nova_judgement *j = &v->judgement;
	struct json_object *specs = json_add_array(to, "device_spec");

	for (size_t i = 0; i < j->specs.n; i++) {
		struct json_object *one = json_object_new_object(), *matches;

		add_source(one, &j->spec_values.value[j->specs.spec[i].option]);
		json_add_text(one, "value", j->spec_values.value[j->specs.spec[i].option].text);
		matches = json_add_array(one, "matches");
		for (size_t k = 0; k < v->nova.host.n_devices; k++)
			if (j->match[k] == i)
				json_append(matches, device(v, k));
		json_append(specs, one);
	}
}

static int add_alias_devices(struct json_object *to, const struct verification *v,
			     const struct alias_rule *alias)
{
	const struct nova_judgement *j = &v->judgement;
	struct json_object *devices = json_add_array(to, "devices");

	if (j->rules.placement && alias_is_repeated(&j->aliases, alias))
		return 0;
	for (size_t k = 0; k < v->nova.host.n_devices; k++) {
		const struct nova_device *device = &v->nova.host.device[k];
		char a[PCI_ADDRESS_MAX];
		int r = j->match[k] == SIZE_MAX
				? 0
				: alias_matches(&j->rules, alias, &j->specs.spec[j->match[k]],
						device);

		if (r < 0)
			return r;
		if (r > 0)
			json_append_text(devices, pci_address_format(&device->address, a));
	}
	return 0;
}

static int add_aliases(struct json_object *to, const struct verification *v)
{
	const struct nova_judgement *j = &v->judgement;
	struct json_object *aliases = json_add_array(to, "alias");
	int r = 0;

	for (size_t i = 0; i < j->aliases.n && r == 0; i++) {
		const struct alias_rule *alias = &j->aliases.alias[i];
		struct json_object *one = json_append_object(aliases);

		json_add_text(one, "name", alias->name);
		add_source(one, &j->alias_values.value[alias->option]);
		r = add_alias_devices(one, v, alias);
	}
	return r;
}

static int add_providers(struct json_object *to, const struct verification *v)
{
	const struct providers *providers = &v->judgement.providers;
	struct json_object *array = json_add_array(to, "providers");

	for (size_t i = 0; i < providers->n; i++) {
		const struct provider *p = &providers->provider[i];
		_cleanup_free_ char *name = provider_name(v->nova.name, &p->address);
		struct json_object *one;

		if (!name)
			return -ENOMEM;
		one = json_append_object(array);
		json_add_text(one, "name", name);
		json_add_text(one, "resource_class", p->resource_class);
		json_add_number(one, "total", (int64_t)p->n_devices);
		json_add_texts(one, "traits", &p->trait);
	}
	return 0;
}

/* NULL: null, the service is not on this node. */
static void add_files(struct json_object *to, const char *key, const struct effective *service)
{
	struct json_object *files;

	if (!service) {
		json_add_text(to, key, NULL);
		return;
	}
	files = json_add_array(to, key);
	for (size_t i = 0; i < service->config.n; i++)
		json_append_text(files, service->config.file[i].path);
}

int nova_verify_print_json(const struct verification *v, FILE *to)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	const char *elsewhere = nova_deployment_name(v->nova.effective.launch.deployment);
	int r;

	if (!top)
		return -ENOMEM;
	json_add_number(top, "version", 1);
	json_add_bool(top, "ready", !findings_failed(&v->judgement.findings));
	json_add_text(top, "release", nova_release_name(v->facts.release));
	json_add_bool(top, "release_guessed", v->nova.guessed);
	json_add_text(top, "deployment", elsewhere ? elsewhere : "host");
	json_add_text(top, "started_by", v->nova.effective.launch.source);
	add_files(top, "files", &v->nova.effective);
	add_files(top, "api_files", v->facts.api);
	add_files(top, "scheduler_files", v->facts.scheduler);
	add_checks(top, &v->judgement.findings);
	add_specs(top, v);
	r = add_aliases(top, v);
	if (r == 0)
		r = add_providers(top, v);
	return r < 0 ? r : json_print(top, to);
}
