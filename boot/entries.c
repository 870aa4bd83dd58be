/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/entries.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "boot/env.h"
#include "boot/layout.h"
#include "grub/bls.h"
#include "grub/grub_cfg.h"
#include "grub/grub_trial.h"
#include "grub/grubenv.h"
#include "grub/staged.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

#define STAGED		 "run/ostree/staged-deployment"
#define STAGED_MAX_BYTES 65536

/* A host's name may have "rescue" in it. */
static bool is_rescue(const char *name)
{
	return text_has_part(name, "0-rescue");
}

/* What it starts is not known. */
static int add_unread(struct boot_lines *lines, enum boot_kind kind, const char *path, int r)
{
	struct boot_line line = {.kind = kind,
				 .name = (char *)text_base_name(path),
				 .source = (char *)path,
				 .why = "this entry can't be read"};

	if (r == -EINVAL)
		line.why = "a NUL byte is in this entry";
	return boot_add(lines, &line);
}

/* A folder, or a dangling link: what starts the machine passes over it, too. */
static bool is_no_entry(int r)
{
	return root_is_absent(r) || r == -EISDIR;
}

static int read_entry(const struct root *root, const struct loader *loader, const char *name,
		      enum boot_kind kind, struct boot_lines *lines)
{
	_cleanup_free_ char *text = NULL, *path = NULL, *version = NULL, *kernel = NULL;
	_cleanup_free_ char *options = NULL, *expanded = NULL;
	struct boot_line line = {.kind = kind};
	int r;

	if (text_format(&path, "%s/%s", loader->entries, name) < 0)
		return -ENOMEM;
	r = root_read_text(root, path, &text);
	if (r < 0 && r != -ENOMEM)
		return is_no_entry(r) ? 0 : add_unread(lines, kind, path, r);
	if (r == 0)
		r = bls_field(text, "linux", &kernel);
	if (r == -ENOENT)
		return 0; /* no kernel's entry */
	if (r == 0 && strncmp(boot_release(kernel), "memtest", 7) == 0)
		return 0;
	if (r == 0)
		r = bls_field(text, "version", &version);
	if (r < 0 && r != -ENOENT)
		return r;
	r = bls_options(text, &options, &line.line);
	if (r < 0)
		return r;

	expanded = grubenv_expand(loader->environment, options);
	if (!expanded)
		return -ENOMEM;
	line.recovery = is_rescue(name) || is_rescue(kernel) || (version && is_rescue(version));
	if (loader->kind->starter == STARTER_GRUB && !line.recovery)
		line.why = bls_grub_trouble(text);
	line.name = version ? version : (char *)boot_release(kernel);
	line.cmdline = line.why ? NULL : expanded;
	line.source = line.entry = path;
	line.text = text;
	line.kernel = kernel;
	return boot_add(lines, &line);
}

/* By version as GRUB and systemd-boot do, the newest first. */
static int by_version(const void *a, const void *b)
{
	return strverscmp(*(char *const *)b, *(char *const *)a);
}

static int list_entries(const struct root *root, const struct loader *loader,
			struct text_list *names)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, loader->entries, &dir);

	while (r == 0 && (entry = root_next(dir, &r))) {
		const char *dot = strrchr(entry->d_name, '.');

		/* No boot loader takes a hidden one. */
		if (dot && strcmp(dot, ".conf") == 0 && *entry->d_name != '.')
			r = text_list_add(names, "%s", entry->d_name);
	}
	if (names->n)
		qsort(names->text, names->n, sizeof(*names->text), by_version);
	return r;
}

/* How much of it is there without what counts its boots ("+3-1") and without ".conf". */
static size_t stem_length(const char *name)
{
	static const char dot_conf[] = ".conf", figures[] = "0123456789";
	size_t n = strlen(name), tail = strlen(dot_conf), left;
	const char *plus, *at;

	if (n < tail || strcmp(name + n - tail, dot_conf) != 0)
		return n;
	n -= tail;
	plus = memrchr(name, '+', n);
	if (!plus)
		return n;
	at = plus + 1;
	left = strspn(at, figures);
	at += left;
	if (left && *at == '-') {
		left = strspn(at + 1, figures);
		at += 1 + left;
	}
	return left && at == name + n ? (size_t)(plus - name) : n;
}

bool boot_entry_is_same(const char *a, const char *b)
{
	size_t n = stem_length(a);

	return n == stem_length(b) && strncmp(a, b, n) == 0;
}

static bool entry_is(const struct boot_line *line, const char *wanted, size_t number)
{
	const char *name = text_base_name(line->source);
	_cleanup_free_ char *title = NULL;
	char id[256], digits[16];

	if (line->text && bls_field(line->text, "title", &title) == 0 && strcmp(title, wanted) == 0)
		return true;

	(void)snprintf(id, sizeof(id), "%.*s", (int)stem_length(name), name);
	(void)snprintf(digits, sizeof(digits), "%zu", number);
	return fnmatch(wanted, id, 0) == 0 || fnmatch(wanted, name, 0) == 0 ||
	       strcmp(wanted, digits) == 0;
}

/* What the boot loader was told to start, to be freed; NULL: its own choice. */
static char *chosen(const struct root *root, const struct loader *loader)
{
	const char *once = boot_chosen_once(loader);

	return once ? strdup(once) : loader->kind->lasting(root, loader);
}

static int add_next(struct boot_lines *lines, const struct boot_line *of)
{
	struct boot_line next = *of;

	next.kind = BOOT_NEXT;
	next.source = of->source + 1; /* boot_add() puts the slash back */
	return boot_add(lines, &next);
}

/* BOOT_NEXT stands before the kernels, for people read from the top. */
static void move_up(struct boot_lines *lines, size_t to)
{
	struct boot_line next = lines->line[lines->n - 1];

	memmove(&lines->line[to + 1], &lines->line[to], (lines->n - 1 - to) * sizeof(next));
	lines->line[to] = next;
}

/* Does grub.cfg itself have what is wanted, as an entry of os-prober's? */
static bool is_in_menu(const struct root *root, const struct loader *loader, const char *wanted)
{
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	_cleanup_free_ char *text = NULL;

	return loader->config && root_read_text(root, loader->config, &text) == 0 &&
	       grub_cfg_parse(text, &menu) == 0 &&
	       (text_list_has(&menu.others, wanted) || grub_menu_find(&menu, wanted));
}

static int choose_entry(const struct root *root, const struct loader *loader,
			struct boot_lines *lines, size_t first)
{
	_cleanup_free_ char *wanted = chosen(root, loader);
	size_t next = lines->n;
	int r;

	for (size_t i = lines->n; wanted && i-- > first;)
		if (entry_is(&lines->line[i], wanted, i - first))
			next = i;
	if (next == lines->n && wanted && !isdigit((unsigned char)*wanted) &&
	    is_in_menu(root, loader, wanted))
		return 0;
	/* Without a word on it, or with one on what isn't there: the newest that is no rescue. */
	for (size_t i = first; next == lines->n && i < lines->n; i++)
		if (!lines->line[i].recovery)
			next = i;
	/* One that can't be read may be no kernel's. */
	if (next == lines->n || !lines->line[next].entry)
		return 0;
	r = add_next(lines, &lines->line[next]);
	if (r == 0)
		move_up(lines, first);
	return r;
}

/* Ours is no kernel's own entry. */
static int read_trial(const struct root *root, const struct loader *loader,
		      const struct text_list *names, struct boot_lines *lines)
{
	const char *once = loader->once;
	size_t n = once ? strlen(once) : 0;
	int r = 0;

	for (size_t i = 0; once && trial_is_id(once) && i < names->n && r == 0; i++)
		if (trial_is_id(names->text[i]) && strncmp(names->text[i], once, n) == 0)
			r = read_entry(root, loader, names->text[i], BOOT_TRIAL, lines);
	return r;
}

/* Is it called after the token of this system's entries? */
static bool is_own(const struct boot_tokens *tokens, const char *entry)
{
	const char *name = text_base_name(entry);
	const char *const own[] = {tokens->said, tokens->machine};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		size_t n = strlen(own[i]);

		if (n && strncmp(name, own[i], n) == 0 && name[n] == '-')
			return true;
	}
	return false;
}

/* 1, 0 or -ENOMEM; two systems may share a file system, each in a subvolume. */
static int has_other_root(const struct boot_line *line, const struct boot_line *own)
{
	int r = boot_values_differ(line->cmdline, own->cmdline, "root");

	return r == 0 ? boot_values_differ(line->cmdline, own->cmdline, "rootflags") : r;
}

/* Does it have another root than each that this system's entries have? 1, 0 or -ENOMEM */
static int is_foreign(const struct boot_lines *lines, size_t first,
		      const struct boot_tokens *tokens, const struct boot_line *line)
{
	int r = 0;

	if (!line->cmdline || is_own(tokens, line->entry))
		return 0;
	for (size_t i = first; i < lines->n; i++) {
		const struct boot_line *own = &lines->line[i];

		if (!own->cmdline || !is_own(tokens, own->entry))
			continue;
		r = has_other_root(line, own);
		if (r <= 0)
			return r;
	}
	return r;
}

/* Another system's, in the same partition; one of before the machine's ID was changed has our root.
 */
static int mark_foreign(const struct root *root, struct boot_lines *lines, size_t first)
{
	struct boot_tokens tokens = boot_tokens_read(root);

	for (size_t i = first; i < lines->n; i++) {
		int r = is_foreign(lines, first, &tokens, &lines->line[i]);

		if (r < 0)
			return r;
		lines->line[i].foreign = r;
	}
	return 0;
}

int boot_read_entries(const struct root *root, const struct loader *loader,
		      struct boot_lines *lines)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	size_t first;
	int r;

	if (!loader->entries)
		return 0;
	r = list_entries(root, loader, &names);
	if (r == 0)
		r = read_trial(root, loader, &names, lines);
	first = lines->n;
	for (size_t i = 0; i < names.n && r == 0; i++)
		if (!trial_is_id(names.text[i]))
			r = read_entry(root, loader, names.text[i], BOOT_KERNEL, lines);
	if (r == 0)
		r = mark_foreign(root, lines, first);
	return r < 0 ? r : choose_entry(root, loader, lines, first);
}

static int add_staged(const char *data, size_t size, int trouble, struct boot_lines *lines)
{
	_cleanup_free_ char *cmdline = NULL;
	struct boot_line line = {
		.kind = BOOT_NEXT, .name = (char *)"staged", .source = (char *)STAGED};
	int r = trouble < 0 ? trouble : staged_kargs(data, size, &cmdline);

	if (r == -ENOENT) /* the entries have them */
		return 0;
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		line.why = "the arguments of the staged deployment can't be read";
	line.cmdline = cmdline;
	r = boot_add(lines, &line);
	line.kind = BOOT_KERNEL;
	if (r == 0)
		r = boot_add(lines, &line);
	return r < 0 ? r : 1;
}

int boot_read_staged(const struct root *root, struct boot_lines *lines)
{
	_cleanup_free_ char *data = NULL;
	size_t size = 0;
	int r = root_read_file(root, STAGED, STAGED_MAX_BYTES, &data, &size);

	if (r == -ENOENT)
		return 0;
	return add_staged(data, size, r, lines);
}

/* In a folder: NAME itself, or where @below is not empty NAME/@below. */
static int find_in(const struct root *root, const char *folder, const char *below, char **ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, folder, &dir);

	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	while (!*ret && (entry = root_next(dir, &r))) {
		const char *name = entry->d_name;
		char path[512];

		if (*name == '.' || (!*below && strncmp(name, "vmlinu", 6) != 0) || is_rescue(name))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s%s", folder, name, below);
		if (root_exists(root, path) && text_copy(path, ret) < 0)
			return -ENOMEM;
	}
	return r;
}

int boot_find_kernel(const struct root *root, char **ret)
{
	static const struct {
		const char *folder, *below;
	} places[] = {
		{"usr/lib/modules", "/vmlinuz"},
		{"lib/modules", "/vmlinuz"},
		{"boot", ""},
		/* /boot has it, which may not be mounted: its modules are here */
		{"usr/lib/modules", "/modules.dep"},
		{"lib/modules", "/modules.dep"},
	};
	int r = 0;

	*ret = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(places) && r == 0 && !*ret; i++)
		r = find_in(root, places[i].folder, places[i].below, ret);
	return r;
}
