/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each allocation of what judges Nova's configuration, and of what Nova is told, fails once. */
#include <errno.h>

#include "ctl/judge/judge.h"
#include "nova/rules/alias_match.h"
#include "nova/rules/devspec_parse.h"
#include "nova/tell/json.h"
#include "nova/tell/plan.h"
#include "tests/unit/nomem.h"
#include "tests/unit/test.h"

#define DROPIN "/etc/nova/nova.conf.d/60-gpuclaim.conf"

static struct nova_device devices[] = {
	{.address = {0, 1, 0, 0}, .id = {0x10de, 0x1c81}, .class_code = 0x030000, .numa_node = -1},
	{.address = {0, 2, 0, 0}, .id = {0x10de, 0x1c81}, .class_code = 0x030000, .numa_node = -1},
	{.address = {0, 3, 0, 0}, .id = {0x144d, 0xa80a}, .class_code = 0x010802, .numa_node = -1},
};
static const struct nova_host host = {.device = devices, .n_devices = ARRAY_SIZE(devices)};
static const struct device_facts gpus[] = {
	{.address = {0, 1, 0, 0}, .in_unit = true, .selected = true, .driver = "vfio-pci"},
	{.address = {0, 2, 0, 0}, .in_unit = true, .selected = true},
};
static const struct device_result results[] = {
	{.ready = true},
	{.n_reasons = 1, .reason = {"group-not-viable: as it is"}},
};
static const char *const drivers[] = {"vfio-pci", "", "nvme"};
static const bool vfio[] = {true, false, false};
static const struct nova_group groups[3];

static int judge(const struct effective *effective, const struct effective *api)
{
	struct text_list mounted _cleanup_(text_list_free) = {0};
	struct nova_judgement judgement = {0};
	const struct verify_facts facts = {
		.release = 31,
		.node = "node",
		.effective = effective,
		.api = api,
		.host = &host,
		.devices = gpus,
		.results = results,
		.n_devices = ARRAY_SIZE(gpus),
		.driver = drivers,
		.vfio = vfio,
		.group = groups,
		.mounted = &mounted,
		.dropin = DROPIN,
		.has_dropin = true,
	};
	int r = nova_judge(&facts, &judgement);

	if (r < 0)
		return r;
	for (size_t i = 0; i < judgement.findings.n; i++)
		(void)nomem_tell(judgement.findings.finding[i].message);
	nova_judgement_free(&judgement);
	return 0;
}

static int judge_text(const char *text)
{
	static const char theirs[] =
		"[pci]\nalias = {\"name\":\"a\",\"vendor_id\":\"10de\",\"product_id\":\"1c82\"}\n";
	struct effective effective = {0}, api = {0};
	int r = oslo_config_add(&effective.config, DROPIN, text, strlen(text));

	if (r == 0)
		r = oslo_config_add(&api.config, "/etc/nova/api.conf", theirs, strlen(theirs));
	if (r == 0)
		r = judge(&effective, &api);
	effective_free(&effective);
	effective_free(&api);
	return r;
}

static int judge_all(void)
{
	static const char *const texts[] = {
		"[pci]\ndevice_spec = [{\"address\":\"0000:01:00.0\"},{\"vendor_id\":\"144d\"}]\n"
		"alias = {\"name\":\"a\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\"}\n"
		"alias = {\"name\":\"b\",\"vendor_id\":\"1002\",\"product_id\":\"0001\"}\n"
		"report_in_placement = on\n",
		"[pci]\npassthrough_whitelist = {\"vendor_id\":\"10de\"}\npassthrough_whitelist = []\n"
		"alias = {\"name\":\"a\",\"device_type\":\"type-PF\",\"vendor_id\":\"10de\","
		"\"product_id\":\"1c81\"}\nreport_in_placement = x\n",
		"[pci]\ndevice_spec = {\nalias = {\n",
		"[pci]\ndevice_spec = {\"address\":\"0000:02:00.0\",\"traits\":\"x\"}\n"
		"report_in_placement = $none\nalias = {\"name\":\"a\",\"vendor_id\":\"10de\"}\n"
		"alias = {\"name\":\"a\",\"vendor_id\":\"10de\",\"numa_policy\":\"required\"}\n"
		"[filter_scheduler]\npci_in_placement = true\n",
		"[pci]\ndevice_spec = $missing\nalias = {\"name\":\"\"}\n",
		"[pci]\ndevice_spec = {\"devname\":\"x\"}\ndevice_spec = {\"address\":{\"bus\":\"(?i)1\"}}\n",
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts) && r == 0; i++)
		r = judge_text(texts[i]);
	return r;
}

/* Whether it matches is told right, or not at all. */
static int match_alias(const char *traits, int expected)
{
	static const char *const alias_text[] = {
		"{\"name\":\"a\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\",\"traits\":\"x,y\"}"};
	const struct nova_rules rules = {31, true, true, "node", &host};
	struct alias_rules aliases = {0};
	struct devspecs specs = {0};
	const char *spec_text[1];
	char spec[128];
	int r;

	(void)snprintf(spec, sizeof(spec),
		       "{\"vendor_id\":\"10de\",\"product_id\":\"1c81\",\"traits\":\"%s\"}",
		       traits);
	spec_text[0] = spec;
	r = devspecs_parse(&rules, spec_text, 1, &specs);

	if (r == 0)
		r = alias_rules_parse(&rules, alias_text, 1, &aliases);
	if (r == 0 && specs.n && aliases.n)
		r = alias_matches(&rules, &aliases.alias[0], &specs.spec[0], &devices[0]);
	if (r == 1)
		r = alias_is_same(&aliases.alias[0], &aliases.alias[0]);
	if (r >= 0)
		r = r == expected ? 0 : -EINVAL;
	alias_rules_free(&aliases);
	devspecs_free(&specs);
	return r;
}

static int match_with_traits(void)
{
	return match_alias("y,x", 1);
}

static int match_without_trait(void)
{
	return match_alias("x", 0);
}

static const struct nova_gpu listed[] = {
	{.address = {0, 1, 0, 0}, .id = {0x10de, 0x1c81}, .ready = true},
	{.address = {0, 2, 0, 0}, .id = {0x10de, 0x20f1}, .ready = true, .sriov = true},
	{.address = {0, 3, 0, 0}, .id = {0x10de, 0x20f1}, .why = "no"},
};

static int plan_gpus(void)
{
	const struct nova_options options = {.release = 31};
	struct nova_plan plan = {0};
	int r = nova_plan_make(listed, ARRAY_SIZE(listed), &options, &plan);

	for (size_t i = 0; i < plan.n_aliases; i++)
		(void)nomem_tell(plan.alias[i].name);
	nova_plan_free(&plan);
	return r;
}

static int tell_json(struct json_object *object)
{
	int r = nomem_tell(object ? nova_json_text(object) : NULL);

	nova_json_free(&object);
	return r;
}

/* A device_spec that lacks a part would give away other devices, too. */
static int tell_gpus(void)
{
	const struct nova_options options = {
		.release = 31, .placement = true, .traits = "HW_GPU", .tags = "one_time_use=yes"};
	struct nova_plan plan = {0};
	int r = nova_plan_make(listed, ARRAY_SIZE(listed), &options, &plan);

	if (r == 0)
		r = tell_json(nova_json_specs(&plan));
	if (r == 0)
		r = tell_json(nova_json_aliases(&plan));
	if (r == 0)
		r = tell_json(nova_json_schedulable(&plan));
	nova_plan_free(&plan);
	return r;
}

TESTS(nomem_nova)
{
	nomem_test_each("a configuration judged", judge_all);
	nomem_test_each("an alias that matches", match_with_traits);
	nomem_test_each("an alias without its trait", match_without_trait);
	nomem_test_each("a plan", plan_gpus);
	nomem_test_each("what Nova is told", tell_gpus);
	return test_done();
}
