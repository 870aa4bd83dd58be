/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verbs/scan_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/forecast/forecast.h"
#include "ctl/kargs/view.h"
#include "ctl/machine/gpu_users.h"
#include "ctl/verb.h"
#include "helper/claim/fault.h"
#include "helper/claim/units.h"
#include "helper/machine/places.h"

#define VENDOR_NVIDIA 0x10de

struct scan {
	const struct root *root;
	struct policy policy;
	struct machine machine;
	struct units units;
	struct module_aliases aliases;
	struct device_tree tree;
	struct assessment assessment, future;
	struct scan_rows rows;
};

static int look_at(struct scan *scan, const struct unit *unit, size_t function)
{
	struct scan_row *row = &scan->rows.row[scan->rows.n++];

	*row = (struct scan_row){
		.function = &scan->machine.function[function],
		.gpu = scan->machine.function[unit->gpu].id.address,
		.companion = function != unit->gpu,
	};
	row->on_board = board_find(scan->root, &scan->machine, function, &row->board);
	row->place = place_read(scan->root, &row->function->id.address);
	if (place_path(scan->root, &row->function->id.address, row->path) < 0)
		row->path[0] = '\0';
	attributes_read(scan->root, &row->function->id.address, &row->attributes);
	attributes_read_links(scan->root, &row->function->id.address, &row->attributes);
	row->knows_modules = scan->aliases.size > 0 && row->attributes.modalias[0];
	return native_drivers_find(scan->root, &scan->aliases, row->attributes.modalias,
				   row->function, &row->module, &row->n_modules);
}

/* Among the lines that name, but select nothing. */
static int add_every_switch(struct policy *policy)
{
	const struct rule every_switch = {
		.kind = RULE_CLAIM,
		.has_id = true,
		.any_device = true,
		.id = {.vendor = VENDOR_NVIDIA},
		.class_digits = 4,
		.class_prefix = 0x0680,
	};

	return ARRAY_ADD(policy->disarmed, policy->n_disarmed, every_switch);
}

/*
 * Every GPU counts here, whatever is selected; of the configuration only what it takes for a
 * companion does. An NVSwitch is shown as the unit it would be if a line named it.
 */
static int find_units(struct scan *scan)
{
	struct policy *policy = &scan->policy;
	int r;

	r = policy_read(scan->root, policy);
	if (r == 0)
		r = machine_scan(scan->root, &scan->machine);
	if (r == 0)
		r = places_resolve(scan->root, &scan->machine, policy);
	if (r == 0)
		r = functions_check(policy, &scan->machine);
	if (r == 0)
		r = add_every_switch(policy);
	if (r < 0)
		return r;
	if (policy->settings.companions == COMPANIONS_NONE)
		policy->settings.companions = COMPANIONS_SLOT;
	if (policy->settings.companions == COMPANIONS_GROUP)
		r = machine_read_upstream(scan->root, &scan->machine);
	for (size_t i = 0; i < scan->machine.n_functions && r == 0; i++)
		r = machine_read_driver(scan->root, &scan->machine, i);
	return r < 0 ? r : units_find(&scan->machine, policy, &scan->units);
}

static int find_guests(struct scan_rows *rows, const struct root *root)
{
	_cleanup_free_ struct bound_function *function = calloc(rows->n + 1, sizeof(*function));
	_cleanup_free_ struct gpu_use *use = calloc(rows->n + 1, sizeof(*use));
	int r;

	if (!function || !use)
		return -ENOMEM;
	for (size_t i = 0; i < rows->n; i++) {
		const struct function *f = rows->row[i].function;

		function[i] = (struct bound_function){
			.address = f->id.address,
			.class_code = f->id.class_code,
			.driver = f->driver ? f->driver : "",
			.group = rows->row[i].place.group,
		};
	}
	r = guests_find(root, function, rows->n, use);
	for (size_t i = 0; i < rows->n && r == 0; i++)
		rows->row[i].use = use[i];
	return r;
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
	scan->rows.names = names_open(scan->root);
	scan->rows.row = calloc(scan->machine.n_functions + 1, sizeof(struct scan_row));
	if (!scan->rows.names || !scan->rows.row)
		return -ENOMEM;

	for (size_t u = 0; u < scan->units.n_units && r == 0; u++) {
		const struct unit *unit = &scan->units.unit[u];

		for (size_t k = 0; k < unit->n_functions && r == 0; k++)
			r = look_at(scan, unit, unit->function[k]);
	}
	return r < 0 ? r : find_guests(&scan->rows, scan->root);
}

static int find_ports(struct scan *scan)
{
	_cleanup_free_ bool *wanted = calloc(scan->machine.n_functions + 1, sizeof(*wanted));

	if (!wanted)
		return -ENOMEM;
	for (size_t i = 0; i < scan->rows.n; i++)
		wanted[scan->rows.row[i].function - scan->machine.function] = true;
	scan->rows.tree = &scan->tree;
	scan->rows.machine = &scan->machine;
	return device_tree_make(scan->root, &scan->machine, wanted, &scan->tree);
}

static int foresee(struct scan *scan)
{
	struct kargs_view boot _cleanup_(kargs_view_free) = {0};
	int r = kargs_view_read(scan->root, NULL, &boot);

	/* No lines: they can't be read. */
	if (r == -ENOMEM)
		return r;
	r = forecast_next_boot(scan->root, &scan->assessment.machine, &boot, &scan->future);
	if (r == 0)
		scan->rows.future = &scan->future;
	return r == -ENODATA ? 0 : r;
}

/* Here every GPU counts; what is selected is decided anew. */
static int find_more(struct scan *scan, const struct invocation *invocation)
{
	int r = 0;

	scan->rows.root = scan->root;
	if (invocation->value[OPTION_TREE])
		r = find_ports(scan);
	if (r < 0 || !invocation->value[OPTION_WHY])
		return r;
	scan->rows.assessment = &scan->assessment;
	r = assess(scan->root, CLAIM_BOOT, &scan->assessment);
	return r < 0 ? r : foresee(scan);
}

static void scan_free(struct scan *scan)
{
	device_tree_free(&scan->tree);
	assessment_free(&scan->future);
	assessment_free(&scan->assessment);
	for (size_t i = 0; i < scan->rows.n; i++)
		free(scan->rows.row[i].module);
	free(scan->rows.row);
	names_close(&scan->rows.names);
	module_aliases_free(&scan->aliases);
	units_free(&scan->units);
	machine_free(&scan->machine);
	policy_free(&scan->policy);
}

/* What is not shown, though it may be there. */
static void tell_faults(const struct machine *machine)
{
	char text[FAULT_TEXT_MAX];

	for (size_t i = 0; i < machine->n_faults; i++)
		fprintf(stderr, "gpuclaimctl: scan: %s%s\n", fault_format(&machine->fault[i], text),
			fault_remedy(&machine->fault[i]));
}

static enum exit_code run(const struct invocation *invocation)
{
	struct scan scan = {.root = invocation->root};
	struct table_style style = {.columns = invocation->value[OPTION_COLUMNS],
				    .no_headings = invocation->value[OPTION_NO_HEADINGS]};
	bool whole;
	int r;

	if (invocation->value[OPTION_TREE] && (style.columns || style.no_headings)) {
		fputs("gpuclaimctl: scan: --tree has its own columns, with headings\n", stderr);
		return EXIT_CODE_USAGE;
	}
	r = find_all(&scan);
	if (r == 0)
		r = find_more(&scan, invocation);
	for (size_t i = 0; i < scan.policy.n_errors; i++)
		fprintf(stderr, "gpuclaimctl: scan: %s\n", scan.policy.errors[i]);
	if (scan.policy.n_errors)
		fprintf(stderr, "gpuclaimctl: scan: %s\n", policy_remedy(&scan.policy));
	tell_faults(&scan.machine);
	whole = !fault_of_all(&scan.machine);
	if (r == 0)
		r = invocation->json ? scan_print_json(&scan.rows, stdout)
				     : scan_print_text(&scan.rows, &style, stdout);
	scan_free(&scan);
	if (r < 0) {
		fprintf(stderr, "gpuclaimctl: scan: the PCI functions can't be listed: %s\n",
			strerror(-r));
		return EXIT_CODE_FAILED;
	}
	return whole ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

static const struct accepted options[] = {
	{.option = OPTION_ROOT},	{.option = OPTION_COLUMNS, .words = scan_columns},
	{.option = OPTION_NO_HEADINGS}, {.option = OPTION_TREE},
	{.option = OPTION_WHY},		{.option = OPTION_JSON},
};

const struct verb verb_scan = {
	.name = "scan",
	.summary = "list every GPU and its companions",
	.about =
		"List every GPU and the functions that come along with it, selected or not: address,\n"
		"IDs, class, IOMMU group, NUMA node, driver, whether it is the boot VGA, the modules\n"
		"that would take it, BAR sizes, reset methods, link (now, and at best), and name.\n"
		"What can't be read is \"-\", in JSON null.",
	.exits = "0 done; 1 the functions can't be listed; 2 wrong usage.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
