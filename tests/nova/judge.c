/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges device_spec and alias as `gpuclaimctl nova verify` does, for the comparison with Nova's
 * own code. One JSON object a line on stdin:
 *
 *	{"release": 31, "report": false, "placement": false, "device_spec": ["…"], "alias": ["…"],
 *	 "devices": [["0000:41:00.0", "10de:1c81", "type-PCI", null]], "netdevs": [["eth0", "…",
 * 0]]}
 *
 * and one on stdout: what is refused, with Nova's words, else which spec matches which device.
 * {"root": "FOLDER"} asks for the effective configuration below a folder.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "ctl/print/json.h"
#include "nova/config/effective.h"
#include "nova/rules/alias.h"
#include "nova/rules/alias_match.h"
#include "nova/rules/devspec_match.h"
#include "nova/rules/devspec_parse.h"
#include "nova/rules/provider.h"
#include "nova/rules/release.h"

struct values {
	const char **text;
	size_t n;
};

static const char *text_of(struct json_object *o)
{
	return json_object_get_string(o);
}

static struct json_object *member(struct json_object *o, const char *key)
{
	return json_object_object_get(o, key);
}

static struct values read_values(struct json_object *array)
{
	struct values v = {.n = json_object_array_length(array)};

	v.text = calloc(v.n + 1, sizeof(*v.text));
	if (!v.text)
		err(EXIT_FAILURE, "calloc");
	for (size_t i = 0; i < v.n; i++)
		v.text[i] = text_of(json_object_array_get_idx(array, i));
	return v;
}

static void read_device(struct json_object *o, struct nova_device *d)
{
	const char *type = text_of(json_object_array_get_idx(o, 2));
	const char *parent = text_of(json_object_array_get_idx(o, 3));

	*d = (struct nova_device){.numa_node = -1};
	while (strcmp(type, nova_type_name(d->type)) != 0)
		d->type++;
	if (pci_address_parse(text_of(json_object_array_get_idx(o, 0)), &d->address) < 0 ||
	    pci_id_parse(text_of(json_object_array_get_idx(o, 1)), &d->id) < 0 ||
	    (parent && pci_address_parse(parent, &d->parent) < 0))
		errx(EXIT_FAILURE, "not a device: %s", text_of(o));
}

static void read_host(struct json_object *o, struct nova_host *host)
{
	struct json_object *devices = member(o, "devices"), *netdevs = member(o, "netdevs");

	host->n_devices = json_object_array_length(devices);
	host->n_netdevs = json_object_array_length(netdevs);
	host->device = calloc(host->n_devices + 1, sizeof(*host->device));
	host->netdev = calloc(host->n_netdevs + 1, sizeof(*host->netdev));
	if (!host->device || !host->netdev)
		err(EXIT_FAILURE, "calloc");
	for (size_t i = 0; i < host->n_devices; i++)
		read_device(json_object_array_get_idx(devices, i), &host->device[i]);
	for (size_t i = 0; i < host->n_netdevs; i++) {
		struct json_object *one = json_object_array_get_idx(netdevs, i);

		host->netdev[i] = (struct nova_netdev){
			strdup(text_of(json_object_array_get_idx(one, 0))),
			strdup(text_of(json_object_array_get_idx(one, 1))),
			(unsigned)json_object_get_int(json_object_array_get_idx(one, 2)),
		};
	}
}

static void add_error(struct json_object *to, const char *key, const struct nova_error *error,
		      const char *doubt)
{
	struct json_object *array;

	if (doubt) {
		json_add_text(to, key, doubt);
		return;
	}
	if (!error->type) {
		json_add_text(to, key, NULL);
		return;
	}
	array = json_add_array(to, key);
	json_object_array_add(array, json_object_new_string(error->type));
	json_object_array_add(array, json_object_new_string(error->text));
}

/* The index of the first spec for each device that has one; -1 where it can't be told. */
static void add_matches(struct json_object *to, const struct nova_host *host,
			const struct devspecs *specs)
{
	struct json_object *matches = json_add_object(to, "matches");

	for (size_t i = 0; i < host->n_devices; i++) {
		const struct devspec *spec;
		char a[PCI_ADDRESS_MAX];
		bool unknown;

		spec = devspecs_find(specs, &host->device[i], &unknown);
		if (spec || unknown)
			json_object_object_add(
				matches, pci_address_format(&host->device[i].address, a),
				json_object_new_int(spec ? (int)(spec - specs->spec) : -1));
	}
}

static void add_providers(struct json_object *to, const struct providers *providers)
{
	struct json_object *object = json_add_object(to, "providers");

	for (size_t i = 0; i < providers->n; i++) {
		const struct provider *p = &providers->provider[i];
		struct json_object *array = json_object_new_array();
		char a[PCI_ADDRESS_MAX];

		json_object_array_add(array, json_object_new_string(p->resource_class));
		json_object_array_add(array, json_object_new_int((int)p->n_devices));
		for (size_t k = 0; k < p->trait.n; k++)
			json_object_array_add(array, json_object_new_string(p->trait.text[k]));
		json_object_object_add(object, pci_address_format(&p->address, a), array);
	}
}

/* By name: does any of the options of that name match? Several are none in Placement. */
static bool is_schedulable(const struct nova_rules *rules, const struct alias_rules *aliases,
			   const struct alias_rule *alias, const struct devspec *spec,
			   const struct nova_device *device)
{
	bool matches = false;

	for (size_t i = 0; i < aliases->n; i++) {
		if (strcmp(aliases->alias[i].name, alias->name) != 0)
			continue;
		matches |= alias_matches(rules, &aliases->alias[i], spec, device) > 0;
	}
	return matches && (!alias_is_repeated(aliases, alias) || !rules->placement ||
			   !nova_accepts(rules->release, NOVA_PCI_IN_PLACEMENT));
}

/* For each alias by name: which devices can be given to it. */
static void add_schedulable(struct json_object *to, const struct nova_rules *rules,
			    const struct devspecs *specs, const struct alias_rules *aliases)
{
	struct json_object *object = json_add_object(to, "schedulable");

	for (size_t k = 0; k < aliases->n; k++) {
		const char *name = aliases->alias[k].name;
		struct json_object *list = json_object_new_array();
		char a[PCI_ADDRESS_MAX];

		for (size_t i = 0; i < rules->host->n_devices; i++) {
			const struct nova_device *device = &rules->host->device[i];
			bool unknown;
			const struct devspec *spec = devspecs_find(specs, device, &unknown);

			if (spec &&
			    is_schedulable(rules, aliases, &aliases->alias[k], spec, device))
				json_object_array_add(
					list, json_object_new_string(
						      pci_address_format(&device->address, a)));
		}
		if (json_object_array_length(list))
			json_object_object_add(object, name, list);
		else
			json_object_put(list);
	}
}

static void judge(struct json_object *in, struct json_object *out)
{
	struct nova_host host = {0};
	struct nova_rules rules = {
		.release = (unsigned)json_object_get_int(member(in, "release")),
		.report = json_object_get_boolean(member(in, "report")),
		.placement = json_object_get_boolean(member(in, "placement")),
		.node = "node",
		.host = &host,
	};
	struct values spec = read_values(member(in, "device_spec"));
	struct values alias = read_values(member(in, "alias"));
	struct devspecs specs;
	struct alias_rules aliases;
	struct providers providers = {0};

	read_host(in, &host);
	if (devspecs_parse(&rules, spec.text, spec.n, &specs) < 0 ||
	    alias_rules_parse(&rules, alias.text, alias.n, &aliases) < 0 ||
	    providers_make(&rules, &specs, &providers) < 0)
		err(EXIT_FAILURE, "judge");
	add_error(out, "device_spec", &specs.error, specs.doubt);
	add_error(out, "alias", &aliases.error, aliases.doubt);
	add_error(out, "report", &providers.error, NULL);
	add_matches(out, &host, &specs);
	add_providers(out, &providers);
	add_schedulable(out, &rules, &specs, &aliases);
	providers_free(&providers);
	alias_rules_free(&aliases);
	devspecs_free(&specs);
	nova_host_free(&host);
	free(spec.text);
	free(alias.text);
}

static void add_values(struct json_object *to, const char *key, const struct effective *e,
		       enum nova_option option, bool multi)
{
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	struct json_object *array = json_add_array(to, key);
	int r = multi ? oslo_config_multi(&e->config, effective_option(option), &values)
		      : oslo_config_single(&e->config, effective_option(option), &values);

	if (r < 0)
		err(EXIT_FAILURE, "%s", key);
	for (size_t i = 0; i < values.n; i++)
		json_object_array_add(array,
				      json_object_new_string(values.value[i].error.type
								     ? values.value[i].error.type
								     : values.value[i].text));
}

static void read_effective(const char *folder, struct json_object *out)
{
	struct effective effective _cleanup_(effective_free) = {0};
	_cleanup_(root_close) struct root root = {.fd = -EBADF};
	struct json_object *files;

	if (root_open(folder, &root) < 0 || effective_read(&root, NULL, &effective) < 0)
		err(EXIT_FAILURE, "%s", folder);
	add_error(out, "error", &effective.error, NULL);
	files = json_add_array(out, "files");
	for (size_t i = 0; i < effective.config.n; i++)
		json_object_array_add(files, json_object_new_string(effective.config.file[i].path));
	add_values(out, "device_spec", &effective, NOVA_OPTION_DEVICE_SPEC, true);
	add_values(out, "alias", &effective, NOVA_OPTION_ALIAS, true);
	add_values(out, "report_in_placement", &effective, NOVA_OPTION_REPORT, false);
	add_values(out, "pci_in_placement", &effective, NOVA_OPTION_PLACEMENT, false);
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		_cleanup_(json_free) struct json_object *in = json_tokener_parse(line);
		_cleanup_(json_free) struct json_object *out = json_object_new_object();

		if (!in)
			errx(EXIT_FAILURE, "not JSON: %s", line);
		if (member(in, "root"))
			read_effective(text_of(member(in, "root")), out);
		else
			judge(in, out);
		puts(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN));
		(void)fflush(stdout);
	}
	free(line);
	return EXIT_SUCCESS;
}
