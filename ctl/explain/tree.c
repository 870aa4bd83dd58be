/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/explain/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/machine/attributes.h"
#include "helper/base/pci_attribute.h"

#define TARGET_MAX 512

const char *const device_tree_columns[] = {"FUNCTION", "ID",   "CLASS", "GROUP",
					   "DRIVER",   "NAME", NULL};

struct making {
	const struct machine *machine;
	struct device_tree *tree;
	size_t *at; /* of each function its node, or SIZE_MAX */
};

static size_t add(struct making *making, size_t function, size_t parent)
{
	struct device_tree *tree = making->tree;

	if (making->at[function] != SIZE_MAX)
		return making->at[function];
	tree->node[tree->n] = (struct tree_node){.function = function, .parent = parent};
	making->at[function] = tree->n;
	return tree->n++;
}

/* The link leads through the folders of the ports: ".../pci0000:00/0000:00:01.0/0000:01:00.0". */
static void add_with_ports(struct making *making, char *target, size_t function)
{
	size_t parent = SIZE_MAX, at;
	struct pci_address address;
	char *save = NULL;

	for (char *part = strtok_r(target, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		if (pci_address_parse(part, &address) < 0)
			continue;
		at = machine_find(making->machine, &address);
		if (at != NO_FUNCTION)
			parent = add(making, at, parent);
	}
	at = add(making, function, SIZE_MAX);
	making->tree->node[at].asked = true;
}

static void add_all(const struct root *root, const bool *wanted, struct making *making)
{
	char path[PCI_PATH_MAX], target[TARGET_MAX];

	for (size_t i = 0; i < making->machine->n_functions; i++) {
		if (!wanted[i])
			continue;
		pci_attribute_path(&making->machine->function[i].id.address, "", path);
		if (root_link_target(root, path, target, sizeof(target)) < 0)
			target[0] = '\0';
		add_with_ports(making, target, i);
	}
}

int device_tree_make(const struct root *root, struct machine *machine, const bool *wanted,
		     struct device_tree *ret)
{
	_cleanup_free_ size_t *at = calloc(machine->n_functions + 1, sizeof(*at));
	struct making making = {.machine = machine, .tree = ret, .at = at};
	int r = 0;

	ret->node = calloc(machine->n_functions + 1, sizeof(*ret->node));
	if (!at || !ret->node)
		return -ENOMEM;
	for (size_t i = 0; i < machine->n_functions; i++)
		at[i] = SIZE_MAX;
	add_all(root, wanted, &making);
	for (size_t i = 0; i < ret->n && r == 0; i++)
		r = machine_read_driver(root, machine, ret->node[i].function);
	return r;
}

void device_tree_free(struct device_tree *tree)
{
	free(tree->node);
	*tree = (struct device_tree){0};
}

static void add_row(struct table *table, const struct root *root, const struct function *f,
		    struct names *names)
{
	char address[PCI_ADDRESS_MAX], name[2 * NAME_MAX_BYTES];
	int group = place_read_group(root, &f->id.address);

	table_add(table, COLOUR_NONE, pci_address_format(&f->id.address, address));
	table_addf(table, "%04x:%04x", f->id.id.vendor, f->id.id.device);
	table_add(table, COLOUR_NONE, pci_class_name(f->id.class_code));
	if (group < 0)
		table_add(table, COLOUR_NONE, NULL);
	else
		table_addf(table, "%d", group);
	table_add(table, f->driver && strstr(f->driver, "vfio") ? COLOUR_GOOD : COLOUR_NONE,
		  f->driver);
	table_add(table, COLOUR_NONE, names_both(names, f->id.id, name));
}

int device_tree_print(const struct root *root, const struct machine *machine,
		      const struct device_tree *tree, FILE *to)
{
	static const struct table_style plain;
	struct table table _cleanup_(table_free) = {0};
	_cleanup_(names_close) struct names *names = names_open(root);

	if (!names)
		return -ENOMEM;
	table_init(&table, device_tree_columns, &plain);
	for (size_t i = 0; i < tree->n; i++) {
		table_begin_row(&table, tree->node[i].parent);
		add_row(&table, root, &machine->function[tree->node[i].function], names);
	}
	return table_print(&table, to);
}

void device_tree_add_json(struct json_object *to, const char *key, const struct root *root,
			  const struct machine *machine, const struct device_tree *tree)
{
	struct json_object *all = json_add_array(to, key);

	for (size_t i = 0; i < tree->n; i++) {
		const struct tree_node *node = &tree->node[i];
		const struct function *f = &machine->function[node->function];
		struct json_object *one = json_append_object(all);

		json_add_address(one, "address", &f->id.address);
		if (node->parent == SIZE_MAX)
			json_add_text(one, "parent", NULL);
		else
			json_add_address(
				one, "parent",
				&machine->function[tree->node[node->parent].function].id.address);
		json_add_bool(one, "asked", node->asked);
		json_add_hex(one, "vendor_id", f->id.id.vendor, 4);
		json_add_hex(one, "device_id", f->id.id.device, 4);
		json_add_hex(one, "class", f->id.class_code, 6);
		json_add_known(one, "iommu_group", place_read_group(root, &f->id.address));
		json_add_text(one, "driver", f->driver);
	}
}
