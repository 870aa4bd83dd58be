/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/native_drivers.h"

#include <stdio.h>
#include <string.h>

static bool is_vfio(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

static int add_module(struct alias_match **list, size_t *n, const char *name)
{
	struct alias_match *more;

	for (size_t i = 0; i < *n; i++)
		if (module_name_equal((*list)[i].module, name))
			return 0;
	more = reallocarray(*list, *n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	*list = more;
	more += (*n)++;
	*more = (struct alias_match){0};
	snprintf(more->module, sizeof(more->module), "%s", name);
	return 0;
}

/* The module of the driver that it has; a built-in driver may have none. */
static const char *bound_module(const struct root *root, const struct function *f,
				char buf[static MODULE_NAME_MAX])
{
	char path[96], a[PCI_ADDRESS_MAX];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver/module",
		 pci_address_format(&f->id.address, a));
	return root_link_name(root, path, buf, MODULE_NAME_MAX) == 0 ? buf : f->driver;
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
