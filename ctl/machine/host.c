/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/host.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "ctl/kargs/view.h"
#include "helper/machine/module.h"

#define TYPE1 "vfio_iommu_type1"

static enum type1_state read_type1(const struct root *root)
{
	if (root_exists(root, "sys/module/" TYPE1))
		return TYPE1_LOADED;
	return module_is_known(root, TYPE1) ? TYPE1_LOADABLE : TYPE1_MISSING;
}

static unsigned long read_hugepages(const struct root *root)
{
	static const char folder[] = "sys/kernel/mm/hugepages";
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	unsigned long total = 0, n;
	char path[320], text[32];

	if (root_open_dir(root, folder, &dir) < 0)
		return 0;
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s/nr_hugepages", folder, entry->d_name);
		if (entry->d_name[0] != '.' && root_read(root, path, text, sizeof(text)) >= 0 &&
		    sscanf(text, "%lu", &n) == 1)
			total += n;
	}
	return total;
}

static bool has_text(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->text[i], text) == 0)
			return true;
	return false;
}

/* Only what changes counts: that this boot works is proven, not that the arguments are why. */
static int compare_lines(const struct kargs_view *view, const struct boot_line *running,
			 const struct boot_line *next, struct host *host)
{
	struct text_list now _cleanup_text_list_ = {0}, then _cleanup_text_list_ = {0};
	struct text_list against _cleanup_text_list_ = {0};
	int r = kargs_line_lacks(view, running, &now, &against);

	if (r == 0)
		r = kargs_line_lacks(view, next, &then, &against);
	for (size_t i = 0; i < then.n && r == 0; i++) {
		size_t n = strlen(host->next_lacks);

		if (!has_text(&now, then.text[i]))
			snprintf(host->next_lacks + n, sizeof(host->next_lacks) - n, "%s%s",
				 n ? " " : "", then.text[i]);
	}
	host->next_armed = has_text(&now, "gpuclaim=1") && !has_text(&then, "gpuclaim=1");
	snprintf(host->next_source, sizeof(host->next_source), "%s",
		 next->source ? next->source : "");
	return r;
}

static int read_next_boot(const struct root *root, struct host *host)
{
	struct kargs_view view _cleanup_kargs_view_ = {0};
	const struct boot_line *running = NULL, *next = NULL;
	int r = kargs_view_read(root, &view);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < view.lines.n; i++) {
		const struct boot_line *line = &view.lines.line[i];

		if (line->kind == BOOT_RUNNING)
			running = line;
		else if (line->kind == BOOT_NEXT)
			next = line;
	}
	if (!running || !running->cmdline || !next || !next->cmdline)
		return 0;
	return compare_lines(&view, running, next, host);
}

/* "none [integrity] confidentiality": the state that holds is in brackets. */
static void read_lockdown(const struct root *root, struct host *host)
{
	char text[64], *open, *close;

	if (root_read(root, "sys/kernel/security/lockdown", text, sizeof(text)) < 0)
		return;
	open = strchr(text, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close)
		snprintf(host->lockdown, sizeof(host->lockdown), "%.*s", (int)(close - open - 1),
			 open + 1);
}

int host_read(const struct root *root, struct host *ret)
{
	*ret = (struct host){
		.type1 = read_type1(root),
		.hugepages = read_hugepages(root),
	};
	read_lockdown(root, ret);
	return read_next_boot(root, ret);
}
