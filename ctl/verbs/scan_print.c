/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verbs/scan_print.h"

#include <stdio.h>
#include <string.h>

#include "ctl/guests/tell.h"
#include "ctl/print/json.h"

const char *const scan_columns[] = {
	"ADDRESS", "ROLE",    "ID",   "CLASS", "GROUP", "NUMA", "DRIVER",
	"VGA",	   "MODULES", "BARS", "RESET", "LINK",	"NAME", NULL,
};

static void add_driver(struct table *table, const char *driver)
{
	bool vfio = driver && strstr(driver, "vfio");

	table_add(table, vfio ? COLOUR_GOOD : COLOUR_NONE, driver);
}

/* Appends to a list with commas; what does not fit is left out. */
static void append(char *list, size_t size, const char *word)
{
	size_t n = strlen(list);

	snprintf(list + n, size - n, "%s%s", n ? "," : "", word);
}

static void add_modules(struct table *table, const struct scan_row *row)
{
	char list[256] = "";

	for (size_t i = 0; i < row->n_modules; i++)
		append(list, sizeof(list), row->module[i].module);
	if (!row->n_modules && row->knows_modules)
		append(list, sizeof(list), "none");
	table_add(table, COLOUR_NONE, list);
}

static void add_bars(struct table *table, const struct attributes *attributes)
{
	char list[ATTRIBUTE_BARS * SIZE_TEXT_MAX] = "", size[SIZE_TEXT_MAX];

	for (size_t i = 0; i < ATTRIBUTE_BARS; i++)
		if (attributes->bar[i].size_bytes)
			append(list, sizeof(list),
			       size_format(attributes->bar[i].size_bytes, size));
	if (attributes->has_bars && !*list)
		append(list, sizeof(list), "none");
	table_add(table, COLOUR_NONE, list);
}

static void add_resets(struct table *table, const struct attributes *attributes)
{
	char list[sizeof(attributes->resets)];

	snprintf(list, sizeof(list), "%s", attributes->resets);
	for (char *p = list; *p; p++)
		if (*p == ' ')
			*p = ',';
	table_add(table, COLOUR_NONE, attributes->has_resets && !*list ? "none" : list);
}

/* "2.5 GT/s x16 of 16.0 GT/s x16", or once if it runs at its best. */
static void add_link(struct table *table, const struct attributes *attributes)
{
	const struct link *now = &attributes->current, *max = &attributes->max;

	if (!now->speed[0] || !now->width)
		table_add(table, COLOUR_NONE, NULL);
	else if (!max->speed[0] || !max->width ||
		 (strcmp(now->speed, max->speed) == 0 && now->width == max->width))
		table_addf(table, "%s x%u", now->speed, now->width);
	else
		table_addf(table, "%s x%u of %s x%u", now->speed, now->width, max->speed,
			   max->width);
}

static void add_row(struct table *table, const struct scan_rows *rows, const struct scan_row *row)
{
	const struct function *f = row->function;
	char address[PCI_ADDRESS_MAX], name[2 * NAME_MAX_BYTES];
	int vga = row->place.boot_vga;

	table_add(table, COLOUR_NONE, pci_address_format(&f->id.address, address));
	table_add(table, COLOUR_NONE, row->companion ? "companion" : "gpu");
	table_addf(table, "%04x:%04x", f->id.id.vendor, f->id.id.device);
	table_add(table, COLOUR_NONE, pci_class_name(f->id.class_code));
	table_add_known(table, row->place.group);
	table_add_known(table, row->place.numa_node);
	add_driver(table, f->driver);
	table_add(table, vga > 0 ? COLOUR_CAUTION : COLOUR_NONE,
		  vga < 0   ? NULL
		  : vga > 0 ? "boot"
			    : "no");
	add_modules(table, row);
	add_bars(table, &row->attributes);
	add_resets(table, &row->attributes);
	add_link(table, &row->attributes);
	table_add(table, COLOUR_NONE,
		  table_shows_next(table) ? names_both(rows->names, f->id.id, name) : NULL);
}

/* "0000:3d:00.0, 0000:3e:00.0: on one board", told at the first of them. */
static void tell_board(const struct scan_rows *rows, const struct scan_row *first, FILE *to)
{
	char a[PCI_ADDRESS_MAX];
	const char *separator = "";

	if (!first->on_board ||
	    pci_address_compare(&first->board, &first->function->id.address) != 0)
		return;
	for (size_t i = 0; i < rows->n; i++) {
		const struct scan_row *row = &rows->row[i];

		if (!row->on_board || pci_address_compare(&row->board, &first->board) != 0)
			continue;
		fprintf(to, "%s%s", separator, pci_address_format(&row->function->id.address, a));
		separator = ", ";
	}
	fputs(first->on_board == BOARD_SURE ? ": on one board\n"
					    : ": it may be that they are on one board\n",
	      to);
}

static const char *const why_columns[] = {"ADDRESS", "NEXT-BOOT", "SELECTED", "LINE", NULL};

/* What --why tells of a function; @rule: the line that decides, or NULL. */
static const struct outcome *why_of(const struct scan_rows *rows, const struct scan_row *row,
				    const struct rule **rule, char text[static SELECTION_MAX])
{
	const struct assessment *a = rows->assessment;
	size_t function = machine_find(&a->machine, &row->function->id.address);

	*rule = NULL;
	text[0] = '\0';
	if (function == NO_FUNCTION)
		return NULL; /* it came a moment ago */
	chain_selection(a, function, rule, text);
	return rows->future ? decision_of(&rows->future->decision, function) : NULL;
}

static int print_why(const struct scan_rows *rows, const struct table_style *style, FILE *to)
{
	const struct table_style own = {.no_headings = style->no_headings};
	struct table table _cleanup_(table_free) = {0};
	char address[PCI_ADDRESS_MAX], text[SELECTION_MAX], place[RULE_PLACE_MAX];
	const struct rule *rule;

	table_init(&table, why_columns, &own);
	for (size_t i = 0; i < rows->n; i++) {
		const struct outcome *o = why_of(rows, &rows->row[i], &rule, text);

		table_add(&table, COLOUR_NONE,
			  pci_address_format(&rows->row[i].function->id.address, address));
		table_add(&table, COLOUR_NONE, o ? verdict_name(o->verdict) : NULL);
		table_add(&table, COLOUR_NONE, text);
		table_add(&table, COLOUR_NONE, rule ? rule_place(rule, place) : NULL);
	}
	fputc('\n', to);
	return table_print(&table, to);
}

/* The tree takes the table's place. */
static int print_table(const struct scan_rows *rows, const struct table_style *style, FILE *to)
{
	struct table table _cleanup_(table_free) = {0};

	if (rows->tree)
		return device_tree_print(rows->root, rows->machine, rows->tree, to);
	table_init(&table, scan_columns, style);
	for (size_t i = 0; i < rows->n; i++)
		add_row(&table, rows, &rows->row[i]);
	return table_print(&table, to);
}

int scan_print_text(const struct scan_rows *rows, const struct table_style *style, FILE *to)
{
	int r;

	if (rows->n == 0) {
		fputs("no GPU: no PCI function of class 03xx or 12xx\n", to);
		return 0;
	}
	r = print_table(rows, style, to);
	if (r == 0 && rows->assessment)
		r = print_why(rows, style, to);
	if (r < 0 || style->no_headings)
		return r;
	for (size_t i = 0; i < rows->n; i++)
		tell_board(rows, &rows->row[i], to);
	for (size_t i = 0; i < rows->n && r == 0; i++)
		gpu_use_print(&rows->row[i].function->id.address, &rows->row[i].use, to);
	return r;
}

static void json_bars(struct json_object *to, const struct attributes *attributes)
{
	struct json_object *bars;

	if (!attributes->has_bars) {
		json_add_text(to, "bars", NULL);
		return;
	}
	bars = json_add_array(to, "bars");
	for (size_t i = 0; i < ATTRIBUTE_BARS; i++) {
		const struct bar *bar = &attributes->bar[i];
		struct json_object *one;

		if (!bar->size_bytes)
			continue;
		one = json_object_new_object();
		json_add_number(one, "index", (int)i);
		json_add_number(one, "size_bytes", (int64_t)bar->size_bytes);
		json_add_text(one, "type", bar->io ? "io" : "memory");
		json_add_bool(one, "prefetchable", bar->prefetchable);
		json_add_bool(one, "64bit", bar->wide);
		json_append(bars, one);
	}
}

static void json_resets(struct json_object *to, const struct attributes *attributes)
{
	char list[sizeof(attributes->resets)], *save = NULL;
	struct json_object *resets;

	if (!attributes->has_resets) {
		json_add_text(to, "reset_methods", NULL);
		return;
	}
	resets = json_add_array(to, "reset_methods");
	memcpy(list, attributes->resets, sizeof(list));
	for (const char *p = strtok_r(list, " ", &save); p; p = strtok_r(NULL, " ", &save))
		json_append_text(resets, p);
}

static void json_link(struct json_object *to, const struct attributes *attributes)
{
	struct json_object *link = json_add_object(to, "link");
	const struct link *now = &attributes->current, *max = &attributes->max;

	json_add_text(link, "current_speed", now->speed[0] ? now->speed : NULL);
	json_add_known(link, "current_width", now->width ? (int)now->width : -1);
	json_add_text(link, "max_speed", max->speed[0] ? max->speed : NULL);
	json_add_known(link, "max_width", max->width ? (int)max->width : -1);
}

static void json_modules(struct json_object *to, const struct scan_row *row)
{
	struct json_object *modules;

	if (!row->knows_modules && !row->n_modules) {
		json_add_text(to, "modules", NULL);
		return;
	}
	modules = json_add_array(to, "modules");
	for (size_t i = 0; i < row->n_modules; i++)
		json_append_text(modules, row->module[i].module);
}

static void json_why(struct json_object *to, const struct scan_rows *rows,
		     const struct scan_row *row)
{
	char text[SELECTION_MAX], place[RULE_PLACE_MAX];
	const struct rule *rule;
	const struct outcome *o = why_of(rows, row, &rule, text);

	json_add_text(to, "selected", *text ? text : NULL);
	json_add_text(to, "line", rule ? rule_place(rule, place) : NULL);
	json_add_text(to, "verdict_next_boot", o ? verdict_name(o->verdict) : NULL);
}

static struct json_object *json_row(const struct scan_rows *rows, const struct scan_row *row)
{
	struct json_object *o = json_object_new_object();
	const struct function *f = row->function;
	char name[2 * NAME_MAX_BYTES];

	json_add_address(o, "address", &f->id.address);
	json_add_text(o, "path", row->path[0] ? row->path : NULL);
	json_add_hex(o, "vendor_id", f->id.id.vendor, 4);
	json_add_hex(o, "device_id", f->id.id.device, 4);
	json_add_hex(o, "subsystem_vendor_id", f->id.subsystem.vendor, 4);
	json_add_hex(o, "subsystem_device_id", f->id.subsystem.device, 4);
	json_add_hex(o, "class", f->id.class_code, 6);
	json_add_text(o, "class_name", pci_class_name(f->id.class_code));
	json_add_text(o, "vendor_name", names_vendor(rows->names, f->id.id, name));
	json_add_text(o, "device_name", names_device(rows->names, f->id.id, name));
	json_add_text(o, "name", names_both(rows->names, f->id.id, name));
	json_add_text(o, "role", row->companion ? "companion" : "gpu");
	json_add_address(o, "gpu", &row->gpu);
	if (row->on_board)
		json_add_address(o, "board", &row->board);
	else
		json_add_text(o, "board", NULL);
	if (row->on_board)
		json_add_bool(o, "board_certain", row->on_board == BOARD_SURE);
	json_add_known(o, "iommu_group", row->place.group);
	json_add_known(o, "numa_node", row->place.numa_node);
	json_add_text(o, "driver", f->driver);
	if (row->place.boot_vga < 0)
		json_add_text(o, "boot_vga", NULL);
	else
		json_add_bool(o, "boot_vga", row->place.boot_vga > 0);
	json_modules(o, row);
	json_bars(o, &row->attributes);
	json_resets(o, &row->attributes);
	json_link(o, &row->attributes);
	if (rows->assessment)
		json_why(o, rows, row);
	gpu_use_json(o, &row->use);
	return o;
}

int scan_print_json(const struct scan_rows *rows, FILE *to)
{
	_cleanup_(json_free) struct json_object *report = json_object_new_object();
	struct json_object *devices;

	if (!report)
		return -ENOMEM;
	json_add_number(report, "version", 1);
	devices = json_add_array(report, "devices");
	for (size_t i = 0; i < rows->n; i++)
		json_append(devices, json_row(rows, &rows->row[i]));
	if (rows->tree)
		device_tree_add_json(report, "tree", rows->root, rows->machine, rows->tree);
	return json_print(report, to);
}
