// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan.h"

#include <stdio.h>
#include <string.h>

#include "claim.h"
#include "module.h"
#include "verb.h"

#define VENDOR_NVIDIA 0x10de

struct scan {
	const struct root *root;
	struct policy policy;
	struct machine machine;
	struct units units;
	struct module_aliases aliases;
	struct findings findings;
};

static bool is_vfio(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

static int add_module(struct finding *finding, const char *name)
{
	struct alias_match *more;

	for (size_t i = 0; i < finding->n_modules; i++)
		if (module_name_equal(finding->module[i].module, name))
			return 0;
	more = reallocarray(finding->module, finding->n_modules + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	finding->module = more;
	more += finding->n_modules++;
	*more = (struct alias_match){0};
	snprintf(more->module, sizeof(more->module), "%s", name);
	return 0;
}

/* The module of the driver that it has; a built-in driver may have none. */
static const char *bound_module(const struct scan *scan, const struct function *f,
				char buf[static MODULE_NAME_MAX])
{
	char path[96], a[PCI_ADDRESS_MAX];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver/module",
		 pci_address_format(&f->id.address, a));
	return root_link_name(scan->root, path, buf, MODULE_NAME_MAX) == 0 ? buf : f->driver;
}

/* Who would take it: all that match, and who has it, vfio's own drivers aside. */
static int find_modules(const struct scan *scan, struct finding *finding)
{
	_cleanup_free_ struct alias_match *match = NULL;
	const struct function *f = finding->function;
	char module[MODULE_NAME_MAX];
	size_t n = 0;
	int r = 0;

	finding->knows_modules = scan->aliases.size > 0 && finding->card.modalias[0];
	if (finding->knows_modules)
		r = modalias_match(scan->aliases.text, scan->aliases.size, finding->card.modalias,
				   &match, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		if (!is_vfio(match[i].module))
			r = add_module(finding, match[i].module);
	if (r == 0 && f->driver && !is_vfio(f->driver))
		r = add_module(finding, bound_module(scan, f, module));
	return r;
}

static int look_at(struct scan *scan, const struct unit *unit, size_t function)
{
	struct finding *finding = &scan->findings.finding[scan->findings.n++];

	*finding = (struct finding){
		.function = &scan->machine.function[function],
		.gpu = scan->machine.function[unit->gpu].id.address,
		.companion = function != unit->gpu,
	};
	finding->place = place_read(scan->root, &finding->function->id.address);
	card_read(scan->root, &finding->function->id.address, &finding->card);
	return find_modules(scan, finding);
}

/*
 * Every GPU counts here, whatever is selected; of the configuration only what it takes for a
 * companion does. An NVSwitch is shown as the unit it would be if a line named it.
 */
static int find_units(struct scan *scan)
{
	struct rule every_switch = {
		.kind = RULE_CLAIM,
		.has_id = true,
		.any_device = true,
		.id = {.vendor = VENDOR_NVIDIA},
		.class_digits = 4,
		.class_prefix = 0x0680,
	};
	struct policy all = {.rules = &every_switch, .n_rules = 1};
	int r;

	r = policy_read(scan->root, &scan->policy);
	if (r < 0)
		return r;
	all.settings = scan->policy.settings;
	if (all.settings.companions == COMPANIONS_NONE)
		all.settings.companions = COMPANIONS_SLOT;

	r = machine_scan(scan->root, &scan->machine);
	if (r < 0)
		return r;
	if (all.settings.companions == COMPANIONS_GROUP)
		machine_read_upstream(scan->root, &scan->machine);
	for (size_t i = 0; i < scan->machine.n_functions; i++) {
		r = machine_read_driver(scan->root, &scan->machine, i);
		if (r < 0)
			return r;
	}
	return units_find(&scan->machine, &all, &scan->units);
}

static int find_all(struct scan *scan)
{
	int r;

	r = find_units(scan);
	if (r < 0)
		return r;
	r = module_aliases_read(scan->root, scan->policy.initramfs, &scan->aliases);
	if (r < 0)
		return r;
	scan->findings.names = names_open(scan->root);
	scan->findings.finding = calloc(scan->machine.n_functions + 1, sizeof(struct finding));
	if (!scan->findings.names || !scan->findings.finding)
		return -ENOMEM;

	for (size_t u = 0; u < scan->units.n_units && r == 0; u++) {
		const struct unit *unit = &scan->units.unit[u];

		for (size_t k = 0; k < unit->n_functions && r == 0; k++)
			r = look_at(scan, unit, unit->function[k]);
	}
	return r;
}

static void scan_free(struct scan *scan)
{
	for (size_t i = 0; i < scan->findings.n; i++)
		free(scan->findings.finding[i].module);
	free(scan->findings.finding);
	names_close(scan->findings.names);
	module_aliases_free(&scan->aliases);
	units_free(&scan->units);
	machine_free(&scan->machine);
	policy_free(&scan->policy);
}

static enum exit_code run(const struct invocation *invocation)
{
	struct scan scan = {.root = invocation->root};
	int r;

	r = find_all(&scan);
	if (r == 0)
		r = invocation->json ? scan_print_json(&scan.findings, stdout)
				     : scan_print_text(&scan.findings, stdout);
	scan_free(&scan);
	if (r < 0) {
		fprintf(stderr, "gpuclaimctl: scan: the PCI functions can't be listed: %s\n",
			strerror(-r));
		return EXIT_CODE_FAILED;
	}
	return EXIT_CODE_OK;
}

const struct verb verb_scan = {
	.name = "scan",
	.summary = "list every GPU and its companions",
	.help = "List every GPU and the functions that come along with it, selected or not: "
		"address,\n"
		"IDs, class, IOMMU group, NUMA node, driver, whether it is the boot VGA, the "
		"modules\n"
		"that would take it, BAR sizes, reset methods, link (now, and at best), and name.\n"
		"What can't be read is \"-\", in JSON null.\n"
		"\n"
		"      --root DIR  take every path below DIR\n"
		"      --json      print JSON\n"
		"  -h, --help      print this text\n"
		"\n"
		"Exit status: 0 done; 1 the functions can't be listed; 2 wrong usage.",
	.options = ACCEPTS(OPTION_JSON),
	.run = run,
};
