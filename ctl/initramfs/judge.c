/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/initramfs/build_id.h"
#include "helper/machine/modalias.h"
#include "helper/policy/config.h"
#include "helper/policy/fingerprint.h"

/* What a configuration file means to the boot: the same for two that differ in comments only.
 * @has: the settings that it has, but for those that no claim hangs on */
struct meaning {
	unsigned has;
	bool broken;
	char hash[FINGERPRINT_MAX];
};

static int read_meaning(const struct conf_file *file, struct meaning *ret)
{
	const char *text = file && file->text ? file->text : "";
	struct config config = {0};
	int r = config_parse(text, file && file->text ? file->size : 0, "", &config);

	if (r < 0)
		return r;
	ret->has = 0;
	for (unsigned i = 0; i < _SETTING_COUNT; i++)
		if (setting_is_of_claim((enum setting)i))
			ret->has |= config.has & (1u << i);
	ret->broken = config.n_errors > 0 || (file && *file->problem);
	r = fingerprint(config.rules, config.n_rules, &config.settings, ret->broken, ret->hash);
	config_free(&config);
	return r;
}

/* Returns 1, 0 or -ENOMEM; NULL stands for no such file. */
static int same_meaning(const struct conf_file *a, const struct conf_file *b)
{
	struct meaning x, y;
	int r = read_meaning(a, &x);

	if (r == 0)
		r = read_meaning(b, &y);
	if (r < 0)
		return r;
	return x.has == y.has && x.broken == y.broken && strcmp(x.hash, y.hash) == 0;
}

/* "gpuclaim.conf.d/10-site.conf": the same in each layer. */
static const char *name_of(const struct conf_file *file)
{
	const char *name = strstr(file->path, "gpuclaim/");

	return name ? name + strlen("gpuclaim/") : file->path;
}

static const struct conf_file *find(const struct conf_file *files, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name_of(&files[i]), name) == 0)
			return &files[i];
	return NULL;
}

static _printf_(2, 3) int say(char **ret, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = vasprintf(ret, format, args);
	va_end(args);
	return r < 0 ? -ENOMEM : 1;
}

/* Returns 1 with @ret_why if a file differs, 0, or -ENOMEM. */
static int find_difference(const struct image *image, const struct installed *installed,
			   char **ret_why)
{
	for (size_t i = 0; i < installed->n_conf; i++) {
		const struct conf_file *file = &installed->conf[i];
		const struct conf_file *inside = find(image->conf, image->n_conf, name_of(file));
		int r;

		/* A folder in the list is one that can't be trusted: no image has that. */
		if (!conf_files_is_packed(file->path))
			continue;
		r = same_meaning(file, inside);
		if (r == 0)
			return say(ret_why, inside ? "another /%s is inside" : "/%s is not inside",
				   file->path);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < image->n_conf; i++) {
		const struct conf_file *inside = &image->conf[i];
		int r = 1;

		if (!find(installed->conf, installed->n_conf, name_of(inside)))
			r = same_meaning(NULL, inside);
		if (r == 0)
			return say(ret_why, "/%s is inside, and no longer here", inside->path);
		if (r < 0)
			return r;
	}
	return 0;
}

static const char *missing_module(const struct image *image, const char *release,
				  const struct text_list *modules)
{
	size_t length = strlen(release);

	for (size_t i = 0; i < modules->n; i++) {
		bool found = false;

		for (size_t k = 0; k < image->modules.n && !found; k++) {
			const char *inside = image->modules.text[k];

			found = strncmp(inside, release, length) == 0 && inside[length] == '/' &&
				strcmp(inside + length + 1, modules->text[i]) == 0;
		}
		if (!found)
			return modules->text[i];
	}
	return NULL;
}

int initramfs_judge(const struct image *image, const struct installed *installed,
		    const char *release, const struct text_list *modules, enum initramfs_state *ret,
		    char **ret_why)
{
	const char *missing = missing_module(image, release, modules);
	int r;

	if (!image->helper) {
		*ret = image->packed ? INITRAMFS_UNREADABLE : INITRAMFS_WITHOUT_US;
		r = say(ret_why,
			image->packed
				? "most of it is in a file system inside, where gpuclaimctl does not look"
				: "gpuclaim is not inside");
		return r < 0 ? r : 0;
	}
	*ret = INITRAMFS_STALE;
	r = find_difference(image, installed, ret_why);
	if (r == 0 && installed->helper &&
	    !build_id_same(image->helper, image->helper_size, installed->helper,
			   installed->helper_size))
		r = say(ret_why, "another /" IMAGE_HELPER " is inside");
	if (r == 0 && missing) {
		*ret = INITRAMFS_WITHOUT_MODULES;
		r = say(ret_why, "the module %s is not inside", missing);
	} else if (r == 0 && modules->n && !image->kmod && !image->packed) {
		*ret = INITRAMFS_WITHOUT_MODULES;
		r = say(ret_why, "the library " IMAGE_KMOD ", which loads modules, is not inside");
	}
	if (r == 0) {
		*ret = INITRAMFS_CURRENT;
		r = say(ret_why, "%s", "");
	}
	return r < 0 ? r : 0;
}

/* Has a file of one module a line, such as "kernel/drivers/vfio/vfio.ko", this one? */
static const char *find_line(const char *text, const char *module)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char name[MODULE_NAME_MAX];

		if (image_module_name(line, name, sizeof(name)) && strcmp(name, module) == 0)
			return line;
	}
	return NULL;
}

/* A line of modules.dep: a module, a colon, and all that it needs. */
static int add_line(const char *line, struct text_list *ret)
{
	int r = 0;

	while (r == 0 && *line && *line != '\n') {
		char name[MODULE_NAME_MAX];

		if (image_module_name(line, name, sizeof(name)) && !text_list_has(ret, name))
			r = text_list_add(ret, "%s", name);
		line += strcspn(line, " :\t\n");
		line += strspn(line, " :\t");
	}
	return r;
}

int initramfs_modules(const char *dep, const char *builtin, struct text_list *ret)
{
	static const char *const names[] = {"vfio_pci", "vfio_iommu_type1", "vfio_iommu_spapr_tce"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *line = find_line(dep, names[i]);
		int r = 0;

		if (line)
			r = add_line(line, ret);
		else if (i == 0 && !find_line(builtin, names[i]))
			r = -ENOENT; /* each architecture has one of the others, or none */
		if (r < 0)
			return r;
	}
	return 0;
}
