/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/fleet/read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/fleet/split.h"
#include "ctl/print/json.h"
#include "helper/base/text.h"

#define CHUNK 65536
/* Of one file; how many more there are is told. */
#define PROBLEMS_MAX 8
/* What has no report in so many bytes has none: it may be without an end. */
#define FOREIGN_MAX (64u << 20)
#define NAME_LENGTH 200

/**
 * struct source - a file while it is read
 * @nodes:	that were in it
 * @problems:	likewise, told or not
 * @foreign:	bytes since the last node
 */
struct source {
	const char *path;
	int fd;
	struct fleet *fleet;
	struct split split;
	size_t nodes, problems, foreign;
};

/* Not all paths are text, and none is to write to the terminal. */
_printf_(3, 4) static int note(struct fleet *fleet, const char *path, const char *format, ...)
{
	_cleanup_free_ char *shown = report_tidy(path, PATH_MAX), *what = NULL;
	va_list args;

	va_start(args, format);
	(void)!text_replace(&what, format, args);
	va_end(args);
	return shown && what ? text_list_add(&fleet->problem, "%s: %s", shown, what) : -ENOMEM;
}

static int note_line(struct source *source, size_t line, const char *what)
{
	if (source->problems++ >= PROBLEMS_MAX)
		return 0;
	return note(source->fleet, source->path, "line %zu: %s", line, what);
}

/* The file's name, without ".json"; with a number from the second on. */
static char *name_of(const struct source *source)
{
	const char *name = text_base_name(source->path);
	char buf[NAME_LENGTH + 24];
	size_t n = strlen(name);

	if (n > strlen(".json") && text_ends_with(name, ".json"))
		n -= strlen(".json");
	n = n > NAME_LENGTH ? NAME_LENGTH : n;
	if (source->nodes)
		(void)snprintf(buf, sizeof(buf), "%.*s#%zu", (int)n, name, source->nodes + 1);
	else
		(void)snprintf(buf, sizeof(buf), "%.*s", (int)n, name);
	return report_tidy(buf, sizeof(buf));
}

static int add_node(struct source *source, struct fleet_node *node)
{
	if (!node->name)
		node->name = name_of(source);
	node->source = report_tidy(source->path, PATH_MAX);
	if (!node->name || !node->source || fleet_add(source->fleet, node) < 0) {
		fleet_node_free(node);
		return -ENOMEM;
	}
	source->nodes++;
	source->foreign = 0;
	return 0;
}

static int take_text(struct source *source)
{
	_cleanup_free_ char *text = split_text(&source->split);
	_cleanup_(json_free) struct json_object *report = text ? json_parse(text) : NULL;
	struct fleet_node node;
	int r;

	if (!text)
		return -ENOMEM;
	if (!report)
		return note_line(source, source->split.first,
				 "it is not JSON, or larger than a node's report can be");
	r = report_read(report, source->fleet->compared, &node);
	if (r == -EBADMSG)
		return note_line(source, source->split.first,
				 "it is not what gpuclaimctl status --json of this release prints");
	return r < 0 ? r : add_node(source, &node);
}

static int take_found(struct source *source, enum split_found found)
{
	if (found == SPLIT_BROKEN)
		return note_line(source, source->split.line, "it is cut off, or not JSON");
	return found == SPLIT_TEXT ? take_text(source) : 0;
}

static int take_bytes(struct source *source, const char *bytes, size_t n)
{
	size_t taken;
	int r = 0;

	source->foreign += n;
	for (; n > 0 && r == 0; bytes += taken, n -= taken)
		r = take_found(source, split_take(&source->split, bytes, n, &taken));
	return r;
}

static int end_source(struct source *source, int error)
{
	int r = take_found(source, split_end(&source->split));

	if (r == 0 && error < 0)
		return note(source->fleet, source->path, "it can't be read: %s", strerror(-error));
	if (r == 0 && source->foreign > FOREIGN_MAX)
		return note(source->fleet, source->path,
			    "its first %u MiB hold no report: the rest was not read",
			    FOREIGN_MAX >> 20);
	if (r == 0 && source->problems > PROBLEMS_MAX)
		return note(source->fleet, source->path, "and %zu more like these",
			    source->problems - PROBLEMS_MAX);
	if (r == 0 && !source->nodes && !source->problems)
		return note(source->fleet, source->path, "it is empty");
	return r;
}

static int read_stream(struct source *source)
{
	_cleanup_free_ char *bytes = malloc(CHUNK);
	ssize_t n = 1;
	int r = bytes ? 0 : -ENOMEM;

	while (r == 0 && n != 0 && source->foreign <= FOREIGN_MAX) {
		n = read(source->fd, bytes, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return end_source(source, -errno);
		r = take_bytes(source, bytes, (size_t)n);
	}
	return r < 0 ? r : end_source(source, 0);
}

static int read_source(struct fleet *fleet, const char *path, int fd)
{
	struct source source = {
		.path = path,
		.fd = fd,
		.fleet = fleet,
		.split = {.line = 1, .first = 1, .at_line_start = true},
	};
	int r = read_stream(&source);

	split_free(&source.split);
	return r;
}

/* A FIFO that nobody writes to, and a device, must not hold up the others. */
static int read_entry(struct fleet *fleet, const char *path, int folder)
{
	_cleanup_close_ int fd =
		openat(folder, strrchr(path, '/') + 1, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return note(fleet, path, "it can't be read: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return note(fleet, path, "it is not a regular file, and was not read");
	return read_source(fleet, path, fd);
}

static int list(DIR *dir, struct text_list *names, int *error)
{
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && (entry = root_next(dir, error)))
		if (entry->d_name[0] != '.')
			r = text_list_add(names, "%s", entry->d_name);
	text_list_sort(names);
	return r;
}

/* What is hidden is an editor's or a copy under way. */
static int read_folder(struct fleet *fleet, const char *path, int fd)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), error = 0, r;
	_cleanup_closedir_ DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (!dir) {
		r = note(fleet, path, "it can't be listed: %s", strerror(errno));
		if (copy >= 0)
			(void)close(copy); /* it was only read */
		return r;
	}
	r = list(dir, &names, &error);
	if (r == 0 && error < 0)
		r = note(fleet, path, "it can't be listed: %s", strerror(-error));
	if (r == 0 && !names.n && error == 0)
		r = note(fleet, path, "there is no file in it");
	for (size_t i = 0; i < names.n && r == 0; i++) {
		_cleanup_free_ char *entry = NULL;

		if (text_format(&entry, "%.*s/%s",
				(int)(strlen(path) - (path[strlen(path) - 1] == '/')), path,
				names.text[i]) < 0)
			return -ENOMEM;
		r = read_entry(fleet, entry, fd);
	}
	return r;
}

int fleet_read(const struct root *root, const char *path, struct fleet *fleet)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return read_source(fleet, "standard input", STDIN_FILENO);
	fd = root->confined ? root_open_at(root, path + strspn(path, "/"), O_RDONLY)
			    : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return note(fleet, path, "it can't be read: %s",
			    strerror(root->confined ? -fd : errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return read_folder(fleet, path, fd);
	return read_source(fleet, path, fd);
}
