/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/devspec_parse.h"

#include <string.h>

#include "helper/base/text.h"
#include "nova/python/boolean.h"
#include "nova/python/python_json.h"
#include "nova/rules/devspec_read.h"
#include "nova/rules/release.h"

static int refuse_about(struct reading *reading, const char *before, const struct py_value *value,
			const char *after)
{
	_cleanup_free_ char *reason = devspec_reason(before, value, after);

	return reason ? devspec_refuse_config(reading, reason) : -ENOMEM;
}

static int parse_id(struct reading *reading, const char *key, bool strip,
		    char field[static NOVA_FIELD_MAX])
{
	const struct py_value *value = py_dict_get(reading->spec->dict, key);
	_cleanup_free_ char *copy = NULL;

	if (!value)
		return devspec_set_field(reading, key, "*", 0, 0, field);
	if (value->type != PY_STR && strip)
		return devspec_refuse(reading, "AttributeError",
				      "'%s' object has no attribute 'strip'", py_type_name(value));
	if (value->type != PY_STR)
		return devspec_refuse(reading, "TypeError",
				      "int() can't convert non-string with explicit base");
	copy = strdup(value->text);
	if (!copy)
		return -ENOMEM;
	return devspec_set_field(reading, key, strip ? py_strip(copy) : copy, 0xffff, 4, field);
}

/* -1 where the tag isn't there. */
static int parse_boolean(struct reading *reading, const char *key, int *ret)
{
	const struct py_value *value = devspec_tag(reading->spec, key);
	_cleanup_free_ char *error = NULL, *reason = NULL;

	*ret = -1;
	if (!value)
		return 0;
	*ret = py_boolean(value, &error);
	if (*ret != -EINVAL)
		return *ret < 0 ? *ret : 0;
	if (text_format(&reason, "Cannot parse tag '%s': %s", key, error) < 0)
		return -ENOMEM;
	return devspec_refuse_config(reading, reason);
}

static int parse_tags(struct reading *reading)
{
	struct devspec *spec = reading->spec;
	unsigned release = reading->rules->release;
	int managed = -1, live_migratable = -1, one_time_use = -1, r = 0;

	if (nova_accepts(release, NOVA_MANAGED))
		r = parse_boolean(reading, "managed", &managed);
	if (r == 0 && nova_accepts(release, NOVA_LIVE_MIGRATABLE))
		r = parse_boolean(reading, "live_migratable", &live_migratable);
	if (r == 0 && nova_accepts(release, NOVA_ONE_TIME_USE))
		r = parse_boolean(reading, "one_time_use", &one_time_use);
	spec->unmanaged = managed == 0;
	spec->live_migratable = live_migratable > 0;
	spec->one_time_use = one_time_use > 0;
	if (r == 0 && spec->one_time_use && !reading->rules->report)
		return devspec_refuse_config(
			reading,
			"one_time_use=true requires pci.report_in_placement to be enabled");
	return r;
}

/*
 * Only virtual functions may be remote_managed. Of an address Nova asks sysfs for a path that
 * holds the name of a Python object, of a devname for a file that the kernel doesn't have, so
 * any physical function ends here.
 */
static int parse_remote_managed(struct reading *reading)
{
	const struct py_value *value = devspec_tag(reading->spec, "remote_managed");
	struct devspec *spec = reading->spec;
	int r;

	if (!value || !nova_accepts(reading->rules->release, NOVA_REMOTE_MANAGED))
		return 0;
	r = py_boolean(value, NULL);
	spec->remote_managed = r == 1;
	if (!spec->remote_managed)
		return r == -ENOMEM ? r : 0;
	if (spec->kind == NOVA_ADDRESS_ABSENT)
		return devspec_refuse(
			reading, "PciDeviceRemoteManagedNotPresent",
			"Invalid PCI Whitelist: A device specified as \"remote_managed\" is not actually present on the host");
	if (!spec->physical)
		return 0;
	if (py_dict_get(spec->dict, "devname") && py_is_true(py_dict_get(spec->dict, "devname")))
		return devspec_refuse(reading, "PciDeviceNotFoundById",
				      "PCI device %s:%s:%s.%s not found", spec->field[0],
				      spec->field[1], spec->field[2], spec->field[3]);
	return devspec_refuse(reading, "PciDeviceNotFoundById",
			      "PCI device <nova.pci.devspec.PciAddress%sSpec object> not found",
			      spec->kind == NOVA_ADDRESS_GLOB ? "Glob" : "Regex");
}

static int parse_spec(struct reading *reading, const struct py_value *dict)
{
	struct devspecs *specs = reading->specs;
	int r;

	if (dict->type != PY_DICT)
		return refuse_about(reading, "Invalid entry: '", dict, "'; Expecting dict");
	reading->spec = ARRAY_PLACE(specs->spec, specs->n);
	if (!reading->spec)
		return -ENOMEM;
	*reading->spec = (struct devspec){.option = specs->error_option, .dict = dict};
	r = parse_id(reading, "vendor_id", true, reading->spec->vendor);
	if (r == 0)
		r = parse_id(reading, "product_id", false, reading->spec->product);
	if (r == 0)
		r = devspec_read_address(reading);
	if (r == 0)
		r = parse_tags(reading);
	if (r == 0)
		r = parse_remote_managed(reading);
	specs->n -= r != 0;
	return r;
}

static int parse_option(struct reading *reading, const char *text)
{
	struct devspecs *specs = reading->specs;
	const struct py_value value = {.type = PY_STR, .text = (char *)(uintptr_t)text};
	_cleanup_free_ char *error = NULL;
	struct py_value *root;
	int r;

	r = py_json_parse(text, &root, &error);
	if (r == -EINVAL)
		return refuse_about(reading, "Invalid entry: '", &value, "'");
	if (r == -ELOOP)
		return devspec_doubt(reading, "JSON that is nested very deeply");
	if (r < 0)
		return r;
	r = ARRAY_ADD(specs->root, specs->n_roots, root);
	if (r < 0) {
		py_value_free(root);
		return r;
	}
	if (root->type == PY_DICT)
		return parse_spec(reading, root);
	if (root->type != PY_LIST)
		return refuse_about(reading, "Invalid entry: '", &value,
				    "'; Expecting list or dict");
	for (size_t i = 0; i < root->n && r == 0; i++)
		r = parse_spec(reading, root->item[i]);
	return r;
}

int devspecs_parse(const struct nova_rules *rules, const char *const *value, size_t n,
		   struct devspecs *ret)
{
	struct devspecs specs = {0};
	struct reading reading = {.rules = rules, .specs = &specs};
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		specs.error_option = i;
		r = parse_option(&reading, value[i]);
	}
	if (r < 0) {
		devspecs_free(&specs);
		return r;
	}
	*ret = specs;
	return 0;
}
