/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/undo.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/edit.h"
#include "ctl/change/editor.h"
#include "helper/base/text_buffer.h"

#define FOLDER		 "var/lib/gpuclaim"
#define HEAD		 "gpuclaim-undo 1\n"
#define RECORD_MAX_BYTES (64u << 20)

static void file_free(struct undo_file *file)
{
	free(file->path);
	free(file->before);
	free(file->after);
	kargs_changes_free(&file->changes);
	*file = (struct undo_file){0};
}

void undo_free(struct undo *undo)
{
	for (size_t i = 0; i < undo->n; i++)
		file_free(&undo->file[i]);
	free(undo->file);
	*undo = (struct undo){0};
}

struct undo_file *undo_find(struct undo *undo, const char *path)
{
	for (size_t i = 0; i < undo->n; i++)
		if (strcmp(undo->file[i].path, path) == 0)
			return &undo->file[i];
	return NULL;
}

static struct undo_file *undo_add(struct undo *undo, const char *path)
{
	char *copy = strdup(path);
	struct undo_file *file = copy ? ARRAY_PLACE(undo->file, undo->n) : NULL;

	if (file)
		file->path = copy;
	else
		free(copy);
	return file;
}

static int set_text(char **to, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

int undo_note(struct undo *undo, const struct undo_file *file)
{
	struct undo_file *known = undo_find(undo, file->path);
	int r;

	if (!known)
		known = undo_add(undo, file->path);
	if (!known)
		return -ENOMEM;
	known->editor = file->editor;
	known->guarded = file->guarded;
	r = set_text(&known->before, file->before);
	if (r == 0)
		r = set_text(&known->after, file->after);
	for (size_t i = 0; i < file->changes.n && r == 0; i++)
		r = kargs_changes_add(&known->changes, file->changes.change[i].was,
				      file->changes.change[i].now);
	return r;
}

/* "KEY LENGTH", a newline, as many bytes, a newline: any text passes through. */
static void put(struct text_buffer *to, const char *key, const char *text)
{
	if (text)
		text_addf(to, "%s %zu\n%s\n", key, strlen(text), text);
}

int undo_render(const struct undo *undo, char **ret, size_t *ret_size)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	text_add(&to, HEAD);
	if (undo->open)
		put(&to, "open", "");
	for (size_t i = 0; i < undo->n; i++) {
		const struct undo_file *file = &undo->file[i];

		put(&to, "file", file->path);
		put(&to, "editor", editor_of(file->editor)->word);
		put(&to, "before", file->before);
		put(&to, "after", file->after);
		if (file->guarded)
			put(&to, "guarded", "");
		for (size_t j = 0; j < file->changes.n; j++) {
			put(&to, "was", file->changes.change[j].was);
			put(&to, "now", file->changes.change[j].now);
		}
	}
	put(&to, "end", "");
	return text_take(&to, ret, ret_size);
}

/* One field from *@at on; both texts inside @text, which has its newlines cut to NULs. */
static int take(char *text, size_t size, size_t *at, const char **key, const char **value)
{
	char *line = text + *at, *end = memchr(line, '\n', size - *at), *blank, *rest;
	unsigned long length;
	size_t start;

	if (!end)
		return -EBADMSG;
	*end = '\0';
	blank = strchr(line, ' ');
	if (!blank || blank[1] < '0' || blank[1] > '9')
		return -EBADMSG;
	*blank = '\0';
	errno = 0;
	length = strtoul(blank + 1, &rest, 10);
	start = (size_t)(end + 1 - text);
	if (errno || *rest || length >= size - start || text[start + length] != '\n')
		return -EBADMSG;
	text[start + length] = '\0';
	if (strlen(text + start) != length)
		return -EBADMSG;
	*key = line;
	*value = text + start;
	*at = start + length + 1;
	return 0;
}

/* A field that belongs to the last file; *@was is kept for the "now" that follows it. */
static int set_field(struct undo_file *file, const char *key, const char *value, const char **was)
{
	if (strcmp(key, "editor") == 0)
		return editor_find(value, &file->editor);
	if (strcmp(key, "before") == 0)
		return set_text(&file->before, value);
	if (strcmp(key, "after") == 0)
		return set_text(&file->after, value);
	if (strcmp(key, "guarded") == 0) {
		file->guarded = true;
		return 0;
	}
	if (strcmp(key, "was") == 0) {
		*was = value;
		return 0;
	}
	if (strcmp(key, "now") == 0 && *was)
		return kargs_changes_add(&file->changes, *was, value);
	return -EBADMSG;
}

static int parse(char *text, size_t size, struct undo *undo)
{
	const char *key, *value, *was = NULL;
	size_t at = 0;

	for (;;) {
		int r = take(text, size, &at, &key, &value);

		if (r < 0)
			return r;
		if (strcmp(key, "end") == 0)
			return at == size ? 0 : -EBADMSG;
		if (strcmp(key, "open") == 0) {
			undo->open = true;
			continue;
		}
		if (strcmp(key, "file") == 0) {
			if (!undo_add(undo, value))
				return -ENOMEM;
			continue;
		}
		if (undo->n == 0)
			return -EBADMSG;
		r = set_field(&undo->file[undo->n - 1], key, value, &was);
		if (r < 0)
			return r;
	}
}

/* With a NUL behind it; to be freed. */
static char *copy_bytes(const char *text, size_t size)
{
	char *copy = malloc(size + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

int undo_parse(const char *text, size_t size, struct undo *ret)
{
	struct undo undo _cleanup_(undo_free) = {0};
	_cleanup_free_ char *copy = copy_bytes(text, size);
	size_t head = strlen(HEAD);
	int r;

	if (size < head || memcmp(text, HEAD, head) != 0)
		return -EBADMSG;
	if (!copy)
		return -ENOMEM;
	r = parse(copy + head, size - head, &undo);
	return HAND_OVER(r, ret, undo);
}

const char *undo_path(const char *name, char buf[static UNDO_PATH_MAX])
{
	(void)snprintf(buf, UNDO_PATH_MAX, FOLDER "/%s.undo", name);
	return buf;
}

bool undo_exists(const struct root *root, const char *name)
{
	char path[UNDO_PATH_MAX];

	return root_exists(root, undo_path(name, path));
}

const char *undo_why(int r)
{
	if (r == -EBADMSG)
		return "is not a record that this program wrote; move it away";
	if (r == UNDO_FOREIGN)
		return "belongs to another user: if you trust what it says, run chown root on it";
	if (r == UNDO_OPEN_TO_ALL)
		return "may be written by others: if you trust what it says, run chmod go-w on it";
	return NULL;
}

int undo_read(const struct root *root, const char *name, struct undo *ret)
{
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *text = NULL;
	char path[UNDO_PATH_MAX];
	size_t size;
	int r;

	fd = root_open_text(root, undo_path(name, path));
	if (fd == -ENOENT) {
		*ret = (struct undo){0};
		return 0;
	}
	r = fd < 0 ? fd : own_check(fd);
	if (r == 0)
		r = root_read_fd(fd, RECORD_MAX_BYTES, &text, &size);
	return r != 0 ? r : undo_parse(text, size, ret);
}

int undo_write(const struct root *root, const char *name, const struct undo *undo)
{
	_cleanup_free_ char *text = NULL;
	char path[UNDO_PATH_MAX];
	size_t size;
	int r;

	undo_path(name, path);
	if (undo->n == 0) {
		r = edit_remove(root, path);
		return r < 0 ? r : edit_remove_folder(root, FOLDER);
	}
	r = undo_render(undo, &text, &size);
	/* Whole files are in it, which not everybody may be able to read. */
	return r < 0 ? r : edit_replace_private(root, path, text, size);
}
