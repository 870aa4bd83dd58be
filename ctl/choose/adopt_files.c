/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/adopt_files.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/recipes/owner.h"
#include "helper/base/folder.h"
#include "helper/base/text.h"

#define BLANKS	    " \t"
#define UNITS	    "etc/systemd/system"
#define CALLS_DEPTH 3 /* a unit that runs a script that runs another */

/* systemctl enable made a link in a folder of a target or of another unit. */
static int is_wanted(const struct root *root, const char *unit, bool *ret)
{
	static const char *const kinds[] = {".wants", ".requires"};
	int r = 0;

	*ret = false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct text_list folders _cleanup_(text_list_free) = {0};
		char target[PATH_MAX], path[600];

		if (r == 0)
			r = folder_list(root, UNITS, kinds[i], &folders);
		for (size_t k = 0; k < folders.n; k++) {
			(void)snprintf(path, sizeof(path), UNITS "/%s/%s", folders.text[k], unit);
			*ret = *ret || root_link_target(root, path, target, sizeof(target)) >= 0;
		}
	}
	return r;
}

static int find_runs(const struct root *root, const struct recipe_source *source, bool *ret)
{
	switch (source->role) {
	case ROLE_BOOT:
	case ROLE_RULES:
		*ret = true;
		return 0;
	case ROLE_UNIT:
		return is_wanted(root, text_base_name(source->path), ret);
	case ROLE_OTHER:
	case ROLE_GUEST:
	case ROLE_CALLED:
		break;
	}
	*ret = false;
	return 0;
}

static struct adopted_file *find_called(const struct adopted_files *files, const char *path)
{
	for (size_t i = 0; i < files->sources->n; i++)
		if (strcmp(files->sources->source[i].path, path) == 0 &&
		    files->sources->source[i].file >= RECIPE_SCRIPT)
			return &files->file[i];
	return NULL;
}

/* What is run by what runs, runs. */
static void spread_runs(struct adopted_files *files)
{
	for (size_t i = 0; i < files->sources->n; i++) {
		const struct adopted_file *file = &files->file[i];

		for (size_t k = 0; file->runs && k < file->whole.calls.n; k++) {
			struct adopted_file *called = find_called(files, file->whole.calls.text[k]);

			if (called)
				called->runs = true;
		}
	}
}

int adopted_files_read(const struct root *root, const struct recipe_sources *sources,
		       struct adopted_files *ret)
{
	struct adopted_files files = {.sources = sources,
				      .file = calloc(sources->n + 1, sizeof(*files.file))};
	int r = files.file ? 0 : -ENOMEM;

	for (size_t i = 0; i < sources->n && r == 0; i++) {
		const struct recipe_source *source = &sources->source[i];

		if (source->file >= RECIPE_SCRIPT)
			r = whole_judge(source->text, source->file, &files.file[i].whole);
		if (r == 0)
			r = find_runs(root, source, &files.file[i].runs);
	}
	if (r < 0) {
		adopted_files_free(&files);
		return r;
	}
	for (unsigned depth = 0; depth < CALLS_DEPTH; depth++)
		spread_runs(&files);
	*ret = files;
	return 0;
}

void adopted_files_free(struct adopted_files *files)
{
	for (size_t i = 0; files->file && i < files->sources->n; i++) {
		whole_free(&files->file[i].whole);
		free(files->file[i].kept);
	}
	free(files->file);
	*files = (struct adopted_files){0};
}

void adopted_files_take(const struct adopted_files *files, struct adopted *adopted)
{
	for (size_t i = 0; files->file && i < files->sources->n; i++) {
		const struct whole *whole = &files->file[i].whole;
		struct pci_address address;

		if (!files->file[i].runs || !whole->gives || whole->more || whole->returns)
			continue;
		for (size_t k = 0; k < whole->addresses.n; k++)
			if (pci_address_parse(whole->addresses.text[k], &address) == 0)
				(void)adopted_take_address(adopted, &address); /* see settle() */
		for (size_t k = 0; k < whole->ids.n; k++)
			adopted_take(adopted, whole->ids.text[k]);
	}
}

/* The first function that it gives away and nothing claims. */
static int keep_foreign(const struct adopted *adopted, struct adopted_file *file)
{
	const struct whole *whole = &file->whole;
	const struct function_id *foreign = NULL;
	char text[PCI_ADDRESS_MAX];
	struct pci_address address;

	for (size_t i = 0; i < whole->addresses.n; i++) {
		size_t k = pci_address_parse(whole->addresses.text[i], &address) < 0
				   ? NO_FUNCTION
				   : machine_find(adopted->machine, &address);

		if (k == NO_FUNCTION)
			return text_set(&file->kept, "no device is at %s",
					whole->addresses.text[i]);
		if (!foreign && !adopted_covers(adopted, &adopted->machine->function[k].id))
			foreign = &adopted->machine->function[k].id;
	}
	for (size_t i = 0; i < whole->ids.n && !foreign; i++)
		foreign = adopted_foreign(adopted, whole->ids.text[i]);
	if (!foreign)
		return 0;
	return text_set(&file->kept, "it is also for %s (%04x:%04x, %s), which is not claimed",
			pci_address_format(&foreign->address, text), foreign->id.vendor,
			foreign->id.device, pci_class_name(foreign->class_code));
}

static int keep_owned(const struct root *root, const char *path, struct adopted_file *file)
{
	char target[PATH_MAX];
	int r;

	if (root_link_target(root, path, target, sizeof(target)) >= 0)
		return text_set(&file->kept, "it is a link to %.200s", target);
	r = owner_find(root, path);
	if (r == -ENOMEM || r == OWNER_ADMINISTRATOR)
		return r;
	if (r == OWNER_PACKAGE)
		return text_set(&file->kept, "a package has it");
	return text_set(&file->kept, "it is not known whether a package owns it");
}

/* A drop-in says only what is to be other than in the unit. */
static bool starts_in_dropin(const struct recipe_source *source, const struct whole *whole)
{
	for (size_t i = 0; i < whole->out.n; i++)
		if (whole->out.line[i].rest && strstr(source->path, ".d/"))
			return true;
	return false;
}

static int keep_what_does_more(const struct root *root, const struct adopted *adopted,
			       const struct recipe_source *source, struct adopted_file *file)
{
	const struct whole *whole = &file->whole;
	int r;

	if (whole->more || starts_in_dropin(source, whole))
		return text_set(&file->kept,
				"line %u does more, or it is not clear to which device",
				whole->more ? whole->more : source->lines.line[0].line);
	if (whole->returns && source->role != ROLE_GUEST)
		return text_set(&file->kept, "line %u gives a function back to the host",
				whole->returns);
	if (!whole->addresses.n && !whole->ids.n && !whole->calls.n)
		return text_set(&file->kept, "it is not clear which functions it changes");
	if (!whole->gives && !whole->calls.n && !whole->returns)
		return text_set(&file->kept, "it gives nothing to vfio-pci");
	r = keep_foreign(adopted, file);
	return r < 0 || file->kept ? r : keep_owned(root, source->path, file);
}

/* Another program than ours to judge does what it does. */
static int keep_callers(struct adopted_files *files)
{
	int r = 0;

	for (size_t i = 0; i < files->sources->n && r == 0; i++) {
		struct adopted_file *file = &files->file[i];

		for (size_t k = 0; k < file->whole.calls.n && !file->kept && r == 0; k++) {
			const char *path = file->whole.calls.text[k];
			const struct adopted_file *called = find_called(files, path);

			if (!called || called->kept)
				r = text_set(&file->kept, "it runs /%s, which %s", path,
					     called ? "is left alone" : "is not known");
		}
	}
	return r;
}

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_-.", c));
}

/* Is it there with nothing of a name behind it, and before it a slash, or nothing of a path? */
static bool names(const char *text, const char *name, bool whole_path)
{
	for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
		char before = at > text ? at[-1] : '\n';
		bool begins = whole_path ? before == '/' : before != '/' && !is_of_name(before);

		if (begins && !is_of_name(at[strlen(name)]))
			return true;
	}
	return false;
}

/* By its path, or, where a shell finds it by its name, by that. */
static bool names_file(const char *text, const struct recipe_source *source)
{
	return names(text, source->path, true) ||
	       (source->role == ROLE_CALLED && names(text, strrchr(source->path, '/') + 1, false));
}

/* What is left alone may need what it names: a script that it runs, or whose functions it has. */
static int keep_named(struct adopted_files *files, size_t user)
{
	const struct recipe_source *source = files->sources->source;
	int r = 0;

	if (source[user].file < RECIPE_SCRIPT || !files->file[user].kept)
		return 0;
	for (size_t i = 0; i < files->sources->n && r == 0; i++)
		if (source[i].file >= RECIPE_SCRIPT && !files->file[i].kept &&
		    names_file(source[user].text, &source[i]))
			r = text_set(&files->file[i].kept, "/%s, which is left alone, names it",
				     source[user].path);
	return r;
}

static size_t count_kept(const struct adopted_files *files)
{
	size_t n = 0;

	for (size_t i = 0; i < files->sources->n; i++)
		n += files->file[i].kept != NULL;
	return n;
}

int adopted_files_settle(const struct root *root, const struct adopted *adopted,
			 struct adopted_files *files)
{
	size_t before;
	int r = 0;

	for (size_t i = 0; i < files->sources->n && r == 0; i++)
		if (files->sources->source[i].file >= RECIPE_SCRIPT)
			r = keep_what_does_more(root, adopted, &files->sources->source[i],
						&files->file[i]);
	do {
		before = count_kept(files);
		if (r == 0)
			r = keep_callers(files);
		for (size_t i = 0; i < files->sources->n && r == 0; i++)
			r = keep_named(files, i);
	} while (r == 0 && count_kept(files) > before);
	return r;
}

static int does_install(void *context, const struct recipe_line *line, char *text)
{
	(void)line;
	for (unsigned words = 0; words < 2; words++) {
		text += strspn(text, BLANKS);
		text += strcspn(text, BLANKS);
	}
	return does_line(context, text);
}

int adopted_files_runs(const struct adopted_files *files, const char *line, size_t n)
{
	struct whole whole _cleanup_(whole_free) = {0};
	_cleanup_free_ char *text = strndup(line, n);
	struct does does = {.whole = &whole, .line = 1};
	int r = text ? recipe_each_line(text, RECIPE_MODPROBE, does_install, &does) : -ENOMEM;

	does_free(&does);
	if (r < 0)
		return r;
	if (whole.more || whole.gives || whole.returns || whole.addresses.n || whole.ids.n)
		return 0;
	for (size_t i = 0; i < whole.calls.n; i++) {
		const struct adopted_file *called = find_called(files, whole.calls.text[i]);

		if (!called || called->kept)
			return 0;
	}
	return whole.calls.n > 0;
}
