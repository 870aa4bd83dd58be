/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/module.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

#define MODULES_TEXT_MAX (16u << 20)
#define RELEASE_MAX	 128
#define RELEASE		 "proc/sys/kernel/osrelease"
#define PACKED_ALIASES	 "usr/lib/gpuclaim/modules.pci"

static int read_release_file(const struct root *root, const char *release, const char *name,
			     char **ret, size_t *ret_n)
{
	char path[320];

	snprintf(path, sizeof(path), "lib/modules/%s/%s", release, name);
	return root_read_file(root, path, MODULES_TEXT_MAX, ret, ret_n);
}

/*
 * modules.builtin.modinfo holds "MODULE.KEY=VALUE" with NULs between them; we append
 * its PCI aliases as lines "alias VALUE MODULE". Source: Documentation/kbuild/kbuild.rst.
 */
static void append_builtin(const char *info, size_t size, char *text, size_t *n)
{
	for (const char *entry = info; entry < info + size; entry += strlen(entry) + 1) {
		const char *dot = strchr(entry, '.');

		if (!dot || strncmp(dot, ".alias=pci:", 11) != 0)
			continue;
		/* no longer than the entry: "alias " and two blanks replace ".alias=" */
		*n += (size_t)sprintf(text + *n, "alias %s %.*s\n", dot + 7, (int)(dot - entry),
				      entry);
	}
}

/* "alias usb:…", as most lines are: no PCI function has such a modalias. */
static bool is_of_another_bus(const char *line)
{
	static const char alias[] = "alias ";
	const char *pattern = line + sizeof(alias) - 1;

	return strncmp(line, alias, sizeof(alias) - 1) == 0 && !strchr("*?[\\ \t", *pattern) &&
	       strncmp(pattern, "pci:", 4) != 0 && strncmp(pattern, "vfio_pci:", 9) != 0;
}

/* What is left is looked through for each function. Returns its size. */
static size_t drop_other_buses(char *text, size_t size)
{
	const char *end = text + size;
	char *to = text;

	for (const char *line = text, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		next = newline ? newline + 1 : end;
		if (is_of_another_bus(line))
			continue;
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	return (size_t)(to - text);
}

static int read_system_aliases(const struct root *root, struct module_aliases *ret)
{
	_cleanup_free_ char *text = NULL, *builtin = NULL;
	size_t n = 0, n_builtin = 0;
	char release[RELEASE_MAX];
	char *both;
	int known, r;

	known = (int)root_read(root, RELEASE, release, sizeof(release));
	r = known < 0 ? known : read_release_file(root, release, "modules.alias", &text, &n);
	if (r == -ENOMEM)
		return r;
	ret->whole = r == 0;
	if (r == 0)
		n = drop_other_buses(text, n);
	r = known < 0 ? known
		      : read_release_file(root, release, "modules.builtin.modinfo", &builtin,
					  &n_builtin);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		ret->whole = false; /* kernels before 5.2 don't tell what is built in */

	/* An entry grows by one byte at most when it becomes a line. */
	both = malloc(n + 2 * n_builtin + 1);
	if (!both)
		return -ENOMEM;
	if (n)
		memcpy(both, text, n);
	if (n_builtin)
		append_builtin(builtin, n_builtin, both, &n);
	both[n] = '\0';
	ret->text = both;
	ret->size = n;
	return 0;
}

int module_aliases_read(const struct root *root, bool initramfs, struct module_aliases *ret)
{
	struct module_aliases aliases = {0};
	int r;

	if (initramfs) {
		r = root_read_file(root, PACKED_ALIASES, MODULES_TEXT_MAX, &aliases.text,
				   &aliases.size);
		if (r == -ENOMEM)
			return r;
		if (r == 0) {
			aliases.whole = true;
			*ret = aliases;
			return 0;
		}
	}

	r = read_system_aliases(root, &aliases);
	if (r < 0)
		return r;
	if (initramfs)
		aliases.whole = false;
	*ret = aliases;
	return 0;
}

void module_aliases_free(struct module_aliases *aliases)
{
	free(aliases->text);
	*aliases = (struct module_aliases){0};
}

/* A line of modules.dep begins with the module's file: "kernel/…/vfio-pci.ko.xz:"; one of
 * modules.builtin is nothing else. */
static bool line_is(const char *line, size_t n, const char *name)
{
	const char *colon = memchr(line, ':', n);
	const char *end = colon ? colon : line + n;
	const char *slash, *dot;
	char module[MODULE_NAME_MAX];

	slash = memrchr(line, '/', (size_t)(end - line));
	slash = slash ? slash + 1 : line;
	dot = memchr(slash, '.', (size_t)(end - slash));
	if (!dot || (size_t)(dot - slash) >= sizeof(module))
		return false;
	snprintf(module, sizeof(module), "%.*s", (int)(dot - slash), slash);
	return module_name_equal(module, name);
}

static bool text_names(const char *text, const char *name)
{
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");

		if (line_is(line, n, name))
			return true;
		line += n + (line[n] == '\n');
	}
	return false;
}

/* What can't be read is NULL. */
static int read_list(const struct root *root, const char *release, const char *name, char **ret)
{
	int r = read_release_file(root, release, name, ret, NULL);

	return r == -ENOMEM ? r : 0;
}

int modules_read(const struct root *root, const char *release, struct modules *ret)
{
	struct modules modules _cleanup_(modules_free) = {0};
	char running[RELEASE_MAX];
	int r = 0;

	if (!release && root_read(root, RELEASE, running, sizeof(running)) >= 0)
		release = running;
	if (release)
		r = read_list(root, release, "modules.dep", &modules.dep);
	if (release && r == 0)
		r = read_list(root, release, "modules.builtin", &modules.builtin);
	return HAND_OVER(r, ret, modules);
}

void modules_free(struct modules *modules)
{
	free(modules->dep);
	free(modules->builtin);
	*modules = (struct modules){0};
}

bool modules_may_have(const struct modules *modules, const char *name)
{
	return !modules->dep || text_names(modules->dep, name);
}

bool modules_have_builtin(const struct modules *modules, const char *name)
{
	return modules->builtin && text_names(modules->builtin, name);
}

bool modules_have(const struct modules *modules, const char *name)
{
	return (modules->dep && text_names(modules->dep, name)) ||
	       modules_have_builtin(modules, name);
}

static bool registered(const struct root *root, const char *driver)
{
	char path[32 + DRIVER_NAME_MAX];

	snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", driver);
	return root_exists(root, path);
}

static void replace_all(char *s, char from, char to)
{
	for (; *s; s++)
		if (*s == from)
			*s = to;
}

/* The drivers of a loaded module: entries "pci:NAME". */
static bool driver_of_module(const struct root *root, const char *module,
			     char buf[static DRIVER_NAME_MAX])
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[32 + DRIVER_NAME_MAX];

	snprintf(path, sizeof(path), "sys/module/%s/drivers", module);
	if (root_open_dir(root, path, &dir) < 0)
		return false;
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, "pci:", 4) == 0 &&
		    strlen(entry->d_name + 4) < DRIVER_NAME_MAX) {
			snprintf(buf, DRIVER_NAME_MAX, "%.63s", entry->d_name + 4);
			return true;
		}
	return false;
}

bool module_driver(const struct root *root, const char *name, char buf[static DRIVER_NAME_MAX])
{
	char spelled[DRIVER_NAME_MAX];

	snprintf(spelled, sizeof(spelled), "%s", name);
	if (registered(root, spelled))
		goto found;
	replace_all(spelled, '-', '_');
	if (registered(root, spelled))
		goto found;
	if (driver_of_module(root, spelled, buf))
		return true;
	replace_all(spelled, '_', '-');
	if (registered(root, spelled))
		goto found;
	return false;
found:
	snprintf(buf, DRIVER_NAME_MAX, "%s", spelled);
	return true;
}

bool modules_have_driver_builtin(const struct root *root, const struct modules *modules,
				 const struct pci_address *address, const char *driver)
{
	char module[MODULE_NAME_MAX];

	if (pci_attribute_link(root, address, "driver/module", module, sizeof(module)) < 0)
		(void)snprintf(module, sizeof(module), "%.63s", driver);
	return modules_have_builtin(modules, module);
}
