/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/explain/chain.h"

#include <stdio.h>
#include <string.h>

#include "ctl/machine/attributes.h"
#include "ctl/machine/names.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/text_buffer.h"

#define LIST_MAX  512
#define OF_SLOT	  "(rows ids and class, of each function in its slot)"
#define PLACE_MAX 512

static const struct unit *unit_of(const struct units *units, size_t function)
{
	for (size_t u = 0; u < units->n_units; u++)
		for (size_t k = 0; k < units->unit[u].n_functions; k++)
			if (units->unit[u].function[k] == function)
				return &units->unit[u];
	return NULL;
}

void chain_find(struct chain *chain, size_t function)
{
	const struct node *node = &chain->status->node;

	chain->function = function;
	chain->unit = unit_of(&node->assessment.units, function);
	chain->device = SIZE_MAX;
	for (size_t i = 0; i < node->facts.n_devices; i++)
		if (node->function[i] == function)
			chain->device = i;
}

/* Of a unit the line that decides, and what it does. */
static const char *deciding(const struct unit *unit, const struct rule **rule)
{
	const struct {
		const struct rule *rule;
		const char *what;
	} rows[] = {
		{unit->skip, "no: spared by"},
		{unit->mismatch, "no: its IDs are not those of"},
		{unit->claim, "by"},
		{unit->disarmed,
		 "not in this boot, only with gpuclaim=1 among the kernel arguments: by"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].rule)
			continue;
		*rule = rows[i].rule;
		return rows[i].what;
	}
	return NULL;
}

const char *chain_selection(const struct assessment *a, size_t function, const struct rule **rule,
			    char buf[static SELECTION_MAX])
{
	const struct unit *unit = unit_of(&a->units, function);
	const struct outcome *o = decision_of(&a->decision, function);
	const char *what = unit ? deciding(unit, rule) : NULL;
	char text[RULE_TEXT_MAX];

	if (what) {
		(void)snprintf(buf, SELECTION_MAX, "%s %s", what, rule_format(*rule, text));
		return buf;
	}
	*rule = NULL;
	if (o && !verdict_is_claim(o->verdict))
		(void)snprintf(buf, SELECTION_MAX, "no: %s", o->why);
	else
		(void)snprintf(buf, SELECTION_MAX, "no: no claim line names it");
	return buf;
}

/* Absent is an answer; all else that goes wrong is none. */
static void tell_attribute(const struct chain *chain, const char *id, const char *name,
			   const char *absent, struct explanation *to)
{
	const struct pci_address *address = &chain_function(chain)->id.address;
	char path[PCI_PATH_MAX], value[256];
	ssize_t n = pci_attribute_read(chain->status->root, address, name, value, sizeof(value));

	pci_attribute_path(address, name, path);
	text_make_printable(value);
	if (n < 0 && !root_is_absent((int)n))
		explain_unknown(to, id, path, (int)n);
	else if (n < 0 && !absent)
		explain_unknown(to, id, path, 0);
	else
		explain_say(to, id, path, "%s", n > 0 ? value : absent ? absent : "");
}

static void tell_role(const struct chain *chain, struct explanation *to)
{
	const struct machine *machine = &chain->status->node.assessment.machine;
	const struct unit *unit = chain->unit;
	char a[PCI_ADDRESS_MAX], list[LIST_MAX] = "";

	if (!unit && function_is_nvswitch(&chain_function(chain)->id)) {
		explain_say(to, "role", OF_SLOT, "NVSwitch, which no line names");
		return;
	}
	if (!unit) {
		explain_say(to, "role", OF_SLOT, "neither a GPU nor what comes along with one");
		return;
	}
	if (unit->gpu != chain->function) {
		explain_say(to, "role", OF_SLOT, "companion of the GPU %s",
			    pci_address_format(&machine->function[unit->gpu].id.address, a));
		return;
	}
	for (size_t k = 1; k < unit->n_functions; k++)
		text_join(list, sizeof(list), ", ",
			  pci_address_format(&machine->function[unit->function[k]].id.address, a));
	explain_say(to, "role", OF_SLOT, "%s, with %s",
		    pci_class_is_fabric(chain_function(chain)->id.class_code) ? "NVSwitch" : "GPU",
		    *list ? list : "no companion");
}

/* As names_open() looks for it. */
static const char *names_file(const struct root *root)
{
	static const char *const files[] = {"usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (root_exists(root, files[i]))
			return files[i];
	return "(the pci.ids of libpci)";
}

static void tell_identity(const struct chain *chain, struct explanation *to)
{
	const struct function *f = chain_function(chain);
	_cleanup_(names_close) struct names *names = names_open(chain->status->root);
	char path[PCI_PATH_MAX], name[2 * NAME_MAX_BYTES];
	const char *known = names ? names_both(names, f->id.id, name) : NULL;

	to->failed |= !names;
	if (known)
		explain_say(to, "name", names_file(chain->status->root), "%s", known);
	else
		explain_unknown(to, "name", names_file(chain->status->root), 0);
	pci_attribute_path(&f->id.address, "modalias", path);
	if (f->unread)
		explain_unknown(to, "ids", path, 0);
	else
		explain_say(to, "ids", path, "%04x:%04x, subsystem %04x:%04x", f->id.id.vendor,
			    f->id.id.device, f->id.subsystem.vendor, f->id.subsystem.device);
	explain_say(to, "class", path, "%06x, %s", f->id.class_code,
		    pci_class_name(f->id.class_code));
	tell_attribute(chain, "revision", "revision", NULL, to);
	tell_role(chain, to);
}

/* The line that decides; where none does, all that may hold one. */
static void find_source(const struct policy *policy, const struct rule *rule,
			char place[static PLACE_MAX])
{
	if (rule && rule->line) {
		(void)rule_place(rule, place);
		return;
	}
	place[0] = '\0';
	for (size_t i = 0; i < policy->n_files && !rule; i++)
		text_join(place, PLACE_MAX, ", /", policy->files[i].path);
	text_join(place, PLACE_MAX, ", /", "proc/cmdline");
}

/* "/etc/gpuclaim/gpuclaim.conf:3:7: found …", or it is of a kernel argument. */
static void tell_error(const char *error, struct explanation *to)
{
	char place[PLACE_MAX];

	(void)snprintf(place, sizeof(place), "%s", *error == '/' ? error : "/proc/cmdline");
	if (strstr(place, ": "))
		*strstr(place, ": ") = '\0';
	explain_say(to, "configuration-error", place, "%s", error);
}

static void tell_selection(const struct chain *chain, struct explanation *to)
{
	const struct assessment *a = &chain->status->node.assessment;
	char text[SELECTION_MAX], place[PLACE_MAX];
	const struct rule *rule = NULL;

	chain_selection(a, chain->function, &rule, text);
	find_source(&a->policy, rule, place);
	explain_say(to, "selected", place, "%s", text);
	for (size_t i = 0; i < a->policy.n_errors; i++)
		tell_error(a->policy.errors[i], to);
}

/* Source: driver_override_show() in drivers/pci/pci-sysfs.c prints a NULL as printk() does. */
static void tell_override(const struct chain *chain, struct explanation *to)
{
	struct explain_fact *fact;

	tell_attribute(chain, "driver-override", "driver_override", "none", to);
	fact = to->n_facts ? &to->fact[to->n_facts - 1] : NULL;
	if (!fact || !fact->value || strcmp(fact->value, "(null)") != 0)
		return;
	free(fact->value);
	fact->value = strdup("none");
	to->failed |= !fact->value;
}

static void tell_driver(const struct chain *chain, struct explanation *to)
{
	const struct function *f = chain_function(chain);
	char path[PCI_PATH_MAX];

	pci_attribute_path(&f->id.address, "driver", path);
	if (f->driver_known)
		explain_say(to, "driver", path, "%s", f->driver ? f->driver : "none");
	else
		explain_unknown(to, "driver", path, 0);
	tell_override(chain, to);
}

static void tell_iommu(const struct chain *chain, struct explanation *to)
{
	const struct facts *facts = &chain->status->node.facts;

	if (facts->iommu.unread[0])
		explain_unknown(to, "iommu", facts->iommu.unread, 0);
	else
		explain_say(to, "iommu", IOMMU_CLASS, "%s, %s", iommu_state_word(facts),
			    iommu_kind_name(facts->iommu.kind));
	if (!facts->interrupt_remapping &&
	    (facts->remapping_error || root_look(chain->status->root, IRQ_FOLDER) < 0))
		explain_unknown(to, "interrupt-remapping", IRQ_FOLDER, facts->remapping_error);
	else
		explain_say(to, "interrupt-remapping", IRQ_FOLDER, "%s",
			    facts->interrupt_remapping ? "on" : "off");
}

/* @ret_error: why it can't be listed as a whole, or 0. Return: 0, or -ENOMEM */
static int list_members(const struct root *root, const char *folder, struct text_list *ret,
			int *ret_error)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, folder, &dir), error = 0;

	while (r == 0 && error == 0 && (entry = root_next(dir, &r)))
		if (entry->d_name[0] != '.')
			error = text_list_add(ret, "%s", entry->d_name);
	*ret_error = root_is_absent(r) ? 0 : r;
	text_list_sort(ret);
	return error;
}

/* Of each member its index, and its address with its driver in @list. */
static int read_members(const struct chain *chain, const struct text_list *names, bool *member,
			struct text_buffer *list)
{
	struct machine *machine = &chain->status->node.assessment.machine;
	struct pci_address address;
	int r = 0;

	for (size_t i = 0; i < names->n && r == 0; i++) {
		size_t at = pci_address_parse(names->text[i], &address) < 0
				    ? NO_FUNCTION
				    : machine_find(machine, &address);

		text_addf(list, "%s%s", i ? ", " : "", names->text[i]);
		if (at == NO_FUNCTION)
			continue;
		member[at] = true;
		r = machine_read_driver(chain->status->root, machine, at);
		if (r == 0 && machine->function[at].driver)
			text_addf(list, " (%s)", machine->function[at].driver);
	}
	return r;
}

static int tell_members(const struct chain *chain, const char *group, bool *member,
			struct explanation *to)
{
	struct text_buffer list _cleanup_(text_buffer_free) = {0};
	struct text_list names _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *text = NULL;
	char folder[64], type[32] = "";
	int r, error;

	(void)snprintf(folder, sizeof(folder), "sys/kernel/iommu_groups/%s/devices", group);
	r = list_members(chain->status->root, folder, &names, &error);
	if (r == 0)
		r = read_members(chain, &names, member, &list);
	if (r < 0)
		return r;
	text = text_take_or_null(&list);
	if (!text)
		return -ENOMEM;
	if (error < 0)
		explain_unknown(to, "group-members", folder, error);
	else
		explain_say(to, "group-members", folder, "%s", *text ? text : "none");
	(void)snprintf(folder, sizeof(folder), "sys/kernel/iommu_groups/%s/type", group);
	if (root_read(chain->status->root, folder, type, sizeof(type)) > 0)
		explain_say(to, "group-type", folder, "%s", type);
	else
		explain_unknown(to, "group-type", folder, 0);
	return 0;
}

static int tell_group(const struct chain *chain, struct explanation *to)
{
	const struct machine *machine = &chain->status->node.assessment.machine;
	const struct pci_address *address = &chain_function(chain)->id.address;
	_cleanup_free_ bool *member = calloc(machine->n_functions + 1, sizeof(*member));
	char path[PCI_PATH_MAX], group[16];
	int r = pci_attribute_link(chain->status->root, address, "iommu_group", group,
				   sizeof(group));

	if (!member)
		return -ENOMEM;
	pci_attribute_path(address, "iommu_group", path);
	if (r < 0 && !root_is_absent(r))
		explain_unknown(to, "group", path, r);
	else
		explain_say(to, "group", path, "%s", r < 0 ? "none" : group);
	r = r < 0 ? 0 : tell_members(chain, group, member, to);
	member[chain->function] = true;
	return r < 0 ? r
		     : device_tree_make(chain->status->root,
					&chain->status->node.assessment.machine, member, &to->tree);
}

static int tell_modules(const struct chain *chain, struct explanation *to)
{
	const struct root *root = chain->status->root;
	struct module_aliases aliases = {0};
	struct modules modules _cleanup_(modules_free) = {0};
	_cleanup_free_ struct alias_match *match = NULL;
	char list[LIST_MAX] = "", modalias[MODALIAS_MAX], file[256], release[128];
	size_t n = 0;
	int r;

	if (root_read(root, "proc/sys/kernel/osrelease", release, sizeof(release)) <= 0)
		(void)snprintf(release, sizeof(release), "RELEASE");
	(void)snprintf(file, sizeof(file), "lib/modules/%s/modules.alias", release);

	(void)pci_attribute_read(root, &chain_function(chain)->id.address, "modalias", modalias,
				 sizeof(modalias));
	r = module_aliases_read(root, false, &aliases);
	if (r == 0)
		r = modules_read(root, NULL, &modules);
	if (r == 0)
		r = native_drivers_find(root, &aliases, modalias, chain_function(chain), &match,
					&n);
	for (size_t i = 0; i < n; i++) {
		text_join(list, sizeof(list), ", ", match[i].module);
		if (modules_have_builtin(&modules, match[i].module))
			text_join(list, sizeof(list), " ", "(part of the kernel)");
	}
	if (r == 0 && (!aliases.size || !*modalias))
		explain_unknown(to, "modules", file, 0);
	else if (r == 0)
		explain_say(to, "modules", file, "%s", *list ? list : "none");
	module_aliases_free(&aliases);
	return r;
}

int chain_tell(const struct chain *chain, struct explanation *to)
{
	int r = machine_read_driver(chain->status->root, &chain->status->node.assessment.machine,
				    chain->function);

	if (r < 0)
		return r;
	tell_identity(chain, to);
	tell_selection(chain, to);
	tell_driver(chain, to);
	r = tell_modules(chain, to);
	tell_iommu(chain, to);
	return r < 0 ? r : tell_group(chain, to);
}
