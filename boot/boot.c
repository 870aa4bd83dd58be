/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/boot.h"

#include <string.h>

#include "helper/base/root.h"

static int read_running(const struct root *root, struct boot_lines *lines)
{
	_cleanup_free_ char *text = NULL, *release = NULL;
	struct boot_line line = {.kind = BOOT_RUNNING, .source = (char *)"proc/cmdline"};
	int r;

	/* A tree without sys is a target: what runs is another system. */
	if (!root_exists(root, "sys"))
		return 0;
	r = root_read_text(root, "proc/cmdline", &text);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	text[strcspn(text, "\n")] = '\0';
	if (root_read_text(root, "proc/sys/kernel/osrelease", &release) == 0)
		release[strcspn(release, "\n")] = '\0';
	line.cmdline = text;
	line.name = release;
	return boot_add(lines, &line);
}

static int take_running(const struct boot_lines *known, struct boot_lines *lines)
{
	int r = 0;

	for (size_t i = 0; i < known->n && r == 0; i++) {
		struct boot_line line = known->line[i];

		if (line.kind != BOOT_RUNNING)
			continue;
		line.source++; /* a slash */
		r = boot_add(lines, &line);
	}
	return r;
}

int boot_read(const struct root *root, const struct loader *loader, const struct boot_lines *known,
	      struct boot_lines *ret)
{
	struct boot_lines lines _cleanup_(boot_lines_free) = {0};
	int r = known ? take_running(known, &lines) : read_running(root, &lines);

	if (r == 0)
		r = loader->kind->read(root, loader, &lines);
	if (r == 0 && loader->kind->read_new)
		r = loader->kind->read_new(root, loader, &lines);
	return HAND_OVER(r, ret, lines);
}
