/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/gpu_users.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "helper/base/folder.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/text.h"

#define FILE_MAX_BYTES (1u << 20)
#define UNITS	       "etc/systemd/system"
#define OVERRIDES      "etc/driverctl.d"
#define MEDIATED       "etc/mdevctl.d"
#define BLANKS	       " \t\r"
#define NVIDIA	       0x10de

static bool is_vfio(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

static int add_module(struct alias_match **list, size_t *n, const char *name)
{
	struct alias_match one = {0};

	for (size_t i = 0; i < *n; i++)
		if (module_name_equal((*list)[i].module, name))
			return 0;
	snprintf(one.module, sizeof(one.module), "%s", name);
	return ARRAY_ADD(*list, *n, one);
}

/* The module of the driver that it has; a built-in driver may have none. NULL: it has no driver. */
static const char *bound_module(const struct root *root, const struct function *f,
				char buf[static MODULE_NAME_MAX])
{
	const struct pci_address *a = &f->id.address;

	if (pci_attribute_link(root, a, "driver/module", buf, MODULE_NAME_MAX) == 0 ||
	    (!f->driver_known && pci_attribute_link(root, a, "driver", buf, MODULE_NAME_MAX) == 0))
		return buf;
	return f->driver;
}

int native_drivers_find(const struct root *root, const struct module_aliases *aliases,
			const char *modalias, const struct function *f, struct alias_match **ret,
			size_t *ret_n)
{
	_cleanup_free_ struct alias_match *match = NULL, *list = NULL;
	char module[MODULE_NAME_MAX];
	size_t n_matches = 0, n = 0;
	int r = 0;

	if (aliases->size > 0 && *modalias)
		r = modalias_match(aliases->text, aliases->size, modalias, &match, &n_matches);
	for (size_t i = 0; i < n_matches && r == 0; i++)
		if (!is_vfio(match[i].module))
			r = add_module(&list, &n, match[i].module);
	if (r == 0 && f->driver && !is_vfio(f->driver))
		r = add_module(&list, &n, bound_module(root, f, module));
	if (r < 0)
		return r;
	*ret = TAKE_PTR(list);
	*ret_n = n;
	return 0;
}

static bool has_module(const struct text_list *list, const char *module)
{
	for (size_t i = 0; i < list->n; i++)
		if (module_name_equal(list->text[i], module))
			return true;
	return false;
}

static int add_once(struct text_list *list, const char *module)
{
	return has_module(list, module) ? 0 : text_list_add(list, "%s", module);
}

static bool is_of_nvidia(const struct function *f)
{
	return f->id.id.vendor == NVIDIA &&
	       (pci_class_is_gpu(f->id.class_code) || pci_class_is_fabric(f->id.class_code));
}

/* It is to have it, or has it by a claim of this boot, whatever it is to have at the next one. */
static bool is_for_vfio_pci(const struct function *f)
{
	const struct detail *d = f->detail;

	return strcmp(d->wanted, "vfio-pci") == 0 ||
	       (d->has_record && f->driver && strcmp(f->driver, "vfio-pci") == 0);
}

/* xe_vfio_pci has the IDs of all of Xe's, but is of use for virtual functions alone. */
static int add_variant(const struct module_aliases *aliases, const char *modalias,
		       const struct function *f, struct gpu_users *users)
{
	char module[MODULE_NAME_MAX], a[PCI_ADDRESS_MAX];

	if (!pci_class_is_gpu(f->id.class_code) || !f->detail || !is_for_vfio_pci(f) ||
	    !*modalias || !modalias_variant(aliases->text, aliases->size, modalias, module) ||
	    module_name_equal(module, "xe_vfio_pci"))
		return 0;
	return text_list_add(&users->variant, "%s (%s)", pci_address_format(&f->id.address, a),
			     module);
}

/* What one of the same model, whose modalias was @seen, did not add yet: the driver that it has. */
static int add_thieves(const struct root *root, const struct module_aliases *aliases,
		       const char *modalias, const struct function *f, struct text_list *seen,
		       struct gpu_users *users)
{
	static const struct module_aliases none;
	bool known = text_list_has(seen, modalias);
	_cleanup_free_ struct alias_match *match = NULL;
	size_t n = 0;
	int r = native_drivers_find(root, known ? &none : aliases, modalias, f, &match, &n);

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_once(&users->thief, match[i].module);
	return r == 0 && !known ? text_list_add(seen, "%s", modalias) : r;
}

static int add_chosen(const struct root *root, const struct module_aliases *aliases,
		      const struct function *f, struct text_list *seen, struct gpu_users *users)
{
	char modalias[MODALIAS_MAX] = "", a[PCI_ADDRESS_MAX];
	int r;

	users->nvidia |= is_of_nvidia(f);
	r = text_list_add(&users->function, "%s", pci_address_format(&f->id.address, a));
	if (r == 0 && pci_class_is_gpu(f->id.class_code))
		r = text_list_add(&users->gpu, "%s", a);
	(void)pci_attribute_read(root, &f->id.address, "modalias", modalias, sizeof(modalias));
	if (r == 0)
		r = add_variant(aliases, modalias, f, users);
	return r < 0 ? r : add_thieves(root, aliases, modalias, f, seen, users);
}

/* One that stays with the host. */
static int add_other(const struct root *root, const struct function *f, struct gpu_users *users)
{
	const uint32_t class_code = f->id.class_code;
	char buf[MODULE_NAME_MAX];
	const char *module;

	if (!pci_class_is_gpu(class_code) && !pci_class_is_companion(class_code) &&
	    !pci_class_is_fabric(class_code))
		return 0;
	module = bound_module(root, f, buf);
	if (module && is_vfio(module))
		return 0;
	users->nvidia_stays |= is_of_nvidia(f);
	return module ? add_once(&users->needed, module) : 0;
}

int gpu_users_read(const struct root *root, const struct machine *machine, const bool *chosen,
		   struct gpu_users *users)
{
	struct text_list seen _cleanup_(text_list_free) = {0};
	struct module_aliases aliases;
	int r = module_aliases_read(root, false, &aliases);

	if (r < 0)
		return r;
	for (size_t i = 0; i < machine->n_functions && r == 0; i++)
		r = chosen[i] ? add_chosen(root, &aliases, &machine->function[i], &seen, users)
			      : add_other(root, &machine->function[i], users);
	module_aliases_free(&aliases);
	return r;
}

static const char *find_thief(const struct gpu_users *users, const char *line, size_t n)
{
	char word[MODULE_NAME_MAX];

	if (n >= sizeof(word))
		return NULL;
	memcpy(word, line, n);
	word[n] = '\0';
	for (size_t i = 0; i < users->thief.n; i++)
		if (module_name_equal(users->thief.text[i], word))
			return users->thief.text[i];
	return NULL;
}

/* What is found in a line: @place is "/etc/modules:1". Return: 0, or -ENOMEM. */
typedef int look_fn(const char *line, const char *place, struct gpu_users *users);

/* Of a list of modules to load, one a line (modules-load.d(5), modules(5)). */
static int look_for_thief(const char *line, const char *place, struct gpu_users *users)
{
	const char *thief;

	line += strspn(line, BLANKS);
	thief = find_thief(users, line, strcspn(line, BLANKS "\n"));
	return thief && !has_module(&users->needed, thief)
		       ? text_list_add(&users->place, "%s loads %s", place, thief)
		       : 0;
}

/* The address in a line 'BusID "PCI:1:0:0"'. Bus, device and function are decimal; "PCI:1@2:0:0"
 * has the domain behind the bus. A function that is left out is 0. Source: xorg.conf(5);
 * xf86ParsePciBusString() of the X server. */
static bool parse_bus_id(const char *line, struct pci_address *ret)
{
	static const char key[] = "BusID", kind[] = "PCI:";
	unsigned bus, domain = 0, device, function = 0;

	line += strspn(line, " \t");
	if (strncasecmp(line, key, strlen(key)) != 0)
		return false;
	line += strlen(key);
	line += strspn(line, " \t\"");
	if (strncasecmp(line, kind, strlen(kind)) != 0)
		return false;
	line += strlen(kind);
	if (sscanf(line, "%u@%u:%u:%u", &bus, &domain, &device, &function) < 3) {
		domain = 0;
		if (sscanf(line, "%u:%u:%u", &bus, &device, &function) < 2)
			return false;
	}
	if (bus > 0xff || device > 0x1f || function > 7)
		return false;
	*ret = (struct pci_address){
		.domain = domain,
		.bus = (uint8_t)bus,
		.device = (uint8_t)device,
		.function = (uint8_t)function,
	};
	return true;
}

static int look_for_xorg(const char *line, const char *place, struct gpu_users *users)
{
	struct pci_address address;
	char a[PCI_ADDRESS_MAX];

	if (!parse_bus_id(line, &address) ||
	    !text_list_has(&users->gpu, pci_address_format(&address, a)))
		return 0;
	return text_list_add(&users->place, "%s has Xorg use %s", place, a);
}

static int look_at_file(const struct root *root, const char *path, look_fn *look,
			struct gpu_users *users)
{
	_cleanup_free_ char *text = NULL;
	unsigned number = 1;
	int r = root_read_file(root, path, FILE_MAX_BYTES, &text, NULL);

	if (r < 0)
		return unread_add(&users->unread, path, r);
	for (const char *line = text; *line && r == 0; number++) {
		char place[320];

		(void)snprintf(place, sizeof(place), "/%.280s:%u", path, number);
		r = look(line, place, users);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return r;
}

static int look_at_folder(const struct root *root, const char *folder, look_fn *look,
			  struct gpu_users *users)
{
	struct text_list paths _cleanup_(text_list_free) = {0};
	int r = folder_paths(root, folder, ".conf", &paths);

	if (r < 0)
		return unread_add(&users->unread, folder, r);
	for (size_t i = 0; i < paths.n && r == 0; i++)
		r = look_at_file(root, paths.text[i], look, users);
	return r;
}

/* Services that make use of every NVIDIA GPU, where something starts them. */
static int look_at_wants(const struct root *root, const char *folder, struct gpu_users *users)
{
	static const char *const services[] = {
		"nvidia-persistenced.service",	"nvidia-fabricmanager.service",
		"nvidia-dcgm.service",		"nvidia-powerd.service",
		"nvidia-vgpud.service",		"nvidia-vgpu-mgr.service",
		"pve-nvidia-sriov@ALL.service",
	};
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(root, folder, ".service", &names);

	if (r < 0)
		return unread_add(&users->unread, folder, r);
	for (size_t i = 0; i < names.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(services) && r == 0; k++)
			if (strcmp(names.text[i], services[k]) == 0)
				r = text_list_add(&users->place, "/%s/%s starts", folder,
						  services[k]);
	return r;
}

static int look_at_units(const struct root *root, struct gpu_users *users)
{
	struct text_list targets _cleanup_(text_list_free) = {0};
	int r = 0;

	if (users->nvidia && !users->nvidia_stays)
		r = folder_paths(root, UNITS, ".wants", &targets);
	if (r < 0)
		return unread_add(&users->unread, UNITS, r);
	for (size_t i = 0; i < targets.n && r == 0; i++)
		r = look_at_wants(root, targets.text[i], users);
	return r;
}

/* mdevctl makes them at boot, in a folder for each GPU: with vfio-pci it has none. */
static int look_at_mediated(const struct root *root, struct gpu_users *users)
{
	int r = root_look(root, MEDIATED);

	if (r < 0)
		return root_is_absent(r) ? 0 : unread_add(&users->unread, MEDIATED, r);
	for (size_t i = 0; i < users->gpu.n && r == 0; i++) {
		char path[96];
		int found;

		(void)snprintf(path, sizeof(path), MEDIATED "/%.60s", users->gpu.text[i]);
		found = root_look(root, path);
		if (found == 0)
			r = text_list_add(&users->place, "/%s defines vGPUs", path);
		else if (!root_is_absent(found))
			r = unread_add(&users->unread, path, found);
	}
	return r;
}

static int look_at_override(const struct root *root, const char *name, struct gpu_users *users)
{
	char path[96], driver[MODULE_NAME_MAX];
	ssize_t n;

	if (!text_starts_with(name, "pci-") || !text_list_has(&users->function, name + 4))
		return 0;
	(void)snprintf(path, sizeof(path), OVERRIDES "/%.60s", name);
	n = root_read(root, path, driver, sizeof(driver));
	if (n < 0)
		return unread_add(&users->unread, path, (int)n);
	driver[strcspn(driver, BLANKS "\n")] = '\0';
	return !*driver || is_vfio(driver)
		       ? 0
		       : text_list_add(&users->override, "/%s (%s)", path, driver);
}

static int look_at_overrides(const struct root *root, struct gpu_users *users)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(root, OVERRIDES, "", &names);

	if (r < 0)
		return unread_add(&users->unread, OVERRIDES, r);
	/* Its files do nothing without it. */
	if (!names.n || !root_exists(root, "usr/sbin/driverctl"))
		return 0;
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = look_at_override(root, names.text[i], users);
	return r;
}

int gpu_users_find(const struct root *root, struct gpu_users *users)
{
	static const char *const loads[] = {"etc/modules-load.d", "run/modules-load.d",
					    "usr/lib/modules-load.d"};
	int r = look_at_file(root, "etc/modules", look_for_thief, users);

	if (r == 0)
		r = look_at_file(root, "etc/initramfs-tools/modules", look_for_thief, users);
	for (size_t i = 0; i < ARRAY_SIZE(loads) && r == 0; i++)
		r = look_at_folder(root, loads[i], look_for_thief, users);
	if (r == 0)
		r = look_at_units(root, users);
	if (r == 0)
		r = look_at_mediated(root, users);
	if (r == 0)
		r = look_at_overrides(root, users);
	if (r == 0)
		r = look_at_file(root, "etc/X11/xorg.conf", look_for_xorg, users);
	return r == 0 ? look_at_folder(root, "etc/X11/xorg.conf.d", look_for_xorg, users) : r;
}

void gpu_users_free(struct gpu_users *users)
{
	text_list_free(&users->thief);
	text_list_free(&users->needed);
	text_list_free(&users->variant);
	text_list_free(&users->gpu);
	text_list_free(&users->function);
	text_list_free(&users->override);
	text_list_free(&users->place);
	text_list_free(&users->unread);
}
