/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/dump/text.h"

#include <string.h>

#include "helper/base/folder.h"

#define COPY_MAX_BYTES (1u << 20)

/* A path is a word of the line it stands in. */
static bool is_plain_path(const char *path)
{
	for (; *path; path++)
		if (*path <= ' ' || *path > '~')
			return false;
	return true;
}

static bool check_path(struct dump *dump, const char *path)
{
	if (is_plain_path(path))
		return true;
	fputs("# left out: a file whose name has blanks or other odd bytes\n", dump->to);
	return false;
}

/* Can it stand as lines? Two at least, all printable, none blank: those would be passed over. */
static bool is_lines(const char *text, size_t size)
{
	size_t lines = 0, visible = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n') {
			if (visible == 0)
				return false;
			visible = 0;
			lines++;
		} else if ((text[i] < ' ' || text[i] > '~') && text[i] != '\t') {
			return false;
		} else {
			visible += text[i] != ' ' && text[i] != '\t';
		}
	}
	return lines > 1 && text[size - 1] == '\n';
}

static void write_lines(const char *text, size_t size, FILE *to)
{
	for (size_t at = 0; at < size;) {
		const char *newline = memchr(text + at, '\n', size - at);
		size_t n = (size_t)(newline - text) - at + 1;

		fputc('\t', to);
		fwrite(text + at, 1, n, to);
		at += n;
	}
}

static void write_value(const char *text, size_t size, FILE *to)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n')
			fputs("\\n", to);
		else if (c == '\t')
			fputs("\\t", to);
		else if (c == '\\')
			fputs("\\\\", to);
		else if (c < ' ' || c > '~')
			fprintf(to, "\\x%02x", c);
		else
			fputc(c, to);
	}
	fputc('\n', to);
}

void dump_file(struct dump *dump, const char *path, const char *text, size_t size)
{
	if (!check_path(dump, path))
		return;
	fprintf(dump->to, "f %s", path);
	if (size && is_lines(text, size)) {
		fputc('\n', dump->to);
		write_lines(text, size, dump->to);
	} else if (size) {
		fputc(' ', dump->to);
		write_value(text, size, dump->to);
	} else {
		fputc('\n', dump->to);
	}
}

void dump_folder(struct dump *dump, const char *path)
{
	if (check_path(dump, path))
		fprintf(dump->to, "d %s\n", path);
}

void dump_link(struct dump *dump, const char *path, const char *target)
{
	if (check_path(dump, path) && check_path(dump, target))
		fprintf(dump->to, "l %s %s\n", path, target);
}

int dump_list(struct dump *dump, const char *folder, const char *suffix, struct text_list *ret)
{
	int r = folder_list(dump->root, folder, suffix, ret);

	if (r == 0 || r == -ENOMEM)
		return r;
	if (check_path(dump, folder))
		fprintf(dump->to, "# left out: /%s: %s\n", folder, strerror(-r));
	return 0;
}

void dump_copy(struct dump *dump, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (root_read_file(dump->root, path, COPY_MAX_BYTES, &text, &size) == 0)
		dump_file(dump, path, text, size);
}

void dump_copy_link(struct dump *dump, const char *path)
{
	char target[512];

	if (root_link_target(dump->root, path, target, sizeof(target)) == 0)
		dump_link(dump, path, target);
}

void dump_copy_existence(struct dump *dump, const char *path)
{
	if (root_exists(dump->root, path))
		dump_file(dump, path, "", 0);
}
