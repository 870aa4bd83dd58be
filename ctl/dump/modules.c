/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/dump/modules.h"

#include <fnmatch.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

#define TEXT_MAX_BYTES (16u << 20)
#define RELEASE_MAX    128

static bool names_module(const struct dump *dump, const char *name)
{
	if (strstr(name, "vfio"))
		return true;
	for (size_t i = 0; i < dump->n_modules; i++)
		if (module_name_equal(dump->module[i].module, name))
			return true;
	return false;
}

static int add_module(struct dump *dump, const char *name, size_t n)
{
	struct alias_match one = {0};

	if (n >= sizeof(one.module))
		return 0;
	memcpy(one.module, name, n);
	if (names_module(dump, one.module))
		return 0;
	return ARRAY_ADD(dump->module, dump->n_modules, one);
}

/* What follows "pci:" or "vfio_pci:" in a function's modalias. */
static void format_modalias(const struct function_id *id, char *buf, size_t size)
{
	snprintf(buf, size, "v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", id->id.vendor, id->id.device,
		 id->subsystem.vendor, id->subsystem.device, pci_class_base(id->class_code),
		 (unsigned)(id->class_code >> 8 & 0xff), (unsigned)(id->class_code & 0xff));
}

/* Does a pattern "pci:v000010DEd*…" match one of the functions? */
static bool matches_any(const struct dump *dump, const char *pattern)
{
	const char *colon = strchr(pattern, ':');
	char modalias[96];
	size_t fixed;

	if (!colon || (strncmp(pattern, "pci:", 4) != 0 && strncmp(pattern, "vfio_pci:", 9) != 0))
		return false;
	fixed = strcspn(colon + 1, "*?[\\");
	for (size_t i = 0; i < dump->machine.n_functions; i++) {
		format_modalias(&dump->machine.function[i].id, modalias, sizeof(modalias));
		/* Most patterns begin with another vendor: "v000010DE". */
		if (strncmp(colon + 1, modalias, fixed) != 0)
			continue;
		if (fnmatch(colon + 1, modalias, 0) == 0)
			return true;
	}
	return false;
}

/* Lines "alias PATTERN MODULE" that matter here. */
static int write_aliases(struct dump *dump, const char *path)
{
	_cleanup_free_ char *text = NULL, *kept = NULL;
	char *save = NULL, *to;
	int r = 0;

	if (root_read_file(dump->root, path, TEXT_MAX_BYTES, &text, NULL) < 0)
		return 0;
	kept = malloc(strlen(text) + 2);
	if (!kept)
		return -ENOMEM;
	to = kept;
	for (char *line = strtok_r(text, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		char pattern[256], module[MODULE_NAME_MAX];

		if (sscanf(line, "alias %255s %63s", pattern, module) != 2 ||
		    !matches_any(dump, pattern))
			continue;
		to += sprintf(to, "%s\n", line);
		r = add_module(dump, module, strlen(module));
	}
	if (r == 0)
		dump_file(dump, path, kept, (size_t)(to - kept));
	return r;
}

/* "MODULE.alias=PATTERN" with NULs between them, as in modules.builtin.modinfo. */
static int write_builtin_info(struct dump *dump, const char *path)
{
	_cleanup_free_ char *text = NULL, *kept = NULL;
	size_t size, n = 0;
	int r = 0;

	if (root_read_file(dump->root, path, TEXT_MAX_BYTES, &text, &size) < 0)
		return 0;
	kept = malloc(size + 1);
	if (!kept)
		return -ENOMEM;
	for (const char *entry = text; entry < text + size && r == 0; entry += strlen(entry) + 1) {
		const char *alias = strstr(entry, ".alias=");

		if (!alias || !matches_any(dump, alias + strlen(".alias=")))
			continue;
		memcpy(kept + n, entry, strlen(entry) + 1);
		n += strlen(entry) + 1;
		r = add_module(dump, entry, (size_t)(alias - entry));
	}
	if (r == 0)
		dump_file(dump, path, kept, n);
	return r;
}

/* Of a list of module files, each with its dependencies perhaps, those that matter. */
static int write_files(struct dump *dump, const char *path)
{
	_cleanup_free_ char *text = NULL, *kept = NULL;
	char *save = NULL, *to;

	if (root_read_file(dump->root, path, TEXT_MAX_BYTES, &text, NULL) < 0)
		return 0;
	kept = malloc(strlen(text) + 2);
	if (!kept)
		return -ENOMEM;
	to = kept;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t n = strcspn(line, ":");
		const char *slash = memrchr(line, '/', n);
		const char *name = slash ? slash + 1 : line;
		char module[MODULE_NAME_MAX];
		size_t length = strcspn(name, ".");

		if (length >= sizeof(module))
			continue;
		memcpy(module, name, length);
		module[length] = '\0';
		if (names_module(dump, module))
			to += sprintf(to, "%.*s%s\n", (int)n, line, line[n] ? ":" : "");
	}
	dump_file(dump, path, kept, (size_t)(to - kept));
	return 0;
}

static int add_drivers(struct dump *dump)
{
	int r = 0;

	for (size_t i = 0; i < dump->machine.n_functions && r == 0; i++) {
		const struct function *f = &dump->machine.function[i];
		char module[MODULE_NAME_MAX];

		if (!f->driver)
			continue;
		r = add_module(dump, f->driver, strlen(f->driver));
		if (r == 0 && pci_attribute_link(dump->root, &f->id.address, "driver/module",
						 module, sizeof(module)) == 0)
			r = add_module(dump, module, strlen(module));
	}
	return r;
}

int dump_modules(struct dump *dump)
{
	static const struct {
		const char *name;
		int (*write)(struct dump *dump, const char *path);
	} files[] = {
		{"modules.alias", write_aliases},
		{"modules.builtin.modinfo", write_builtin_info},
		{"modules.dep", write_files}, /* the last two know what the first two found */
		{"modules.builtin", write_files},
	};
	char release[RELEASE_MAX], path[RELEASE_MAX + 64];
	int r = add_drivers(dump);

	dump_copy(dump, "proc/sys/kernel/osrelease");
	if (r == 0)
		r = write_aliases(dump, "usr/lib/gpuclaim/modules.pci");
	/* Also where it lacks the running kernel's. */
	if (root_exists(dump->root, "lib/modules"))
		dump_folder(dump, "lib/modules");
	if (root_read(dump->root, "proc/sys/kernel/osrelease", release, sizeof(release)) < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(files) && r == 0; i++) {
		snprintf(path, sizeof(path), "lib/modules/%s/%s", release, files[i].name);
		r = files[i].write(dump, path);
	}
	return r;
}
