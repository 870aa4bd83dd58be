/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/guests/guests.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/machine/hold.h"

#define WORDS_MAX (1u << 20) /* bytes of a command line */
#define PATH_ROOM 96

/* @unseen: a process can't be looked at, or may be hidden */
struct search {
	const struct root *root;
	const struct nodes *nodes; /* of each function */
	size_t n;
	struct gpu_use *use;
	bool unseen;
};

/* One part of "guest=a,,b,debug-threads=on", a comma being two there. Returns what is behind it. */
static const char *take_part(const char *at, char *buf, size_t size)
{
	size_t n = 0;

	for (; *at && (*at != ',' || at[1] == ','); at++) {
		at += *at == ',';
		if (n + 1 < size)
			buf[n++] = *at;
	}
	buf[n] = '\0';
	return *at ? at + 1 : at;
}

static void read_name(const char *value, struct gpu_use *ret)
{
	char part[GUEST_NAME_MAX + 8];

	for (const char *at = value; *at;) {
		bool first = at == value, named;

		at = take_part(at, part, sizeof(part));
		named = strncmp(part, "guest=", 6) == 0;
		if (named || (first && !strchr(part, '=')))
			(void)snprintf(ret->name, sizeof(ret->name), "%.*s", GUEST_NAME_MAX - 1,
				       part + (named ? 6 : 0));
	}
	text_make_printable(ret->name);
}

void guest_read_words(const char *words, size_t size, struct gpu_use *ret)
{
	const char *option = "";

	for (size_t at = 0, n; at < size; at += n + 1) {
		const char *word = words + at;

		n = strnlen(word, size - at);
		if (at + n == size)
			return; /* its end is missing */
		if (strcmp(option, "name") == 0)
			read_name(word, ret);
		else if (strcmp(option, "uuid") == 0 && text_is_uuid(word))
			memcpy(ret->instance, word, GUEST_UUID_MAX);
		/* QEMU takes two dashes as well. */
		option = word[0] == '-' ? word + 1 + (word[1] == '-') : "";
	}
}

static void describe(const struct root *root, int pid, struct gpu_use *ret)
{
	_cleanup_free_ char *words = NULL;
	char path[PATH_ROOM], comm[20];
	size_t size;

	*ret = (struct gpu_use){.state = USE_GUEST, .pid = pid};
	(void)snprintf(path, sizeof(path), "proc/%d/comm", pid);
	if (root_read(root, path, comm, sizeof(comm)) > 0) {
		text_make_printable(comm);
		(void)snprintf(ret->name, sizeof(ret->name), "%s", comm);
	}
	(void)snprintf(path, sizeof(path), "proc/%d/cmdline", pid);
	if (root_read_file(root, path, WORDS_MAX, &words, &size) == 0)
		guest_read_words(words, size, ret);
}

static void look_at_descriptor(struct search *search, int pid, const char *path)
{
	char target[PATH_ROOM];
	int r = root_link_target(search->root, path, target, sizeof(target));
	dev_t number;

	if (r == -EACCES || r == -EPERM)
		search->unseen = true;
	if (r < 0 || !strstr(target, "vfio/"))
		return;
	number = root_device(search->root, path);
	for (size_t i = 0; i < search->n; i++)
		if (search->use[i].state != USE_GUEST &&
		    nodes_have(&search->nodes[i], target, number))
			describe(search->root, pid, &search->use[i]);
}

/* One that ends meanwhile has nothing. */
static void look_at_process(struct search *search, int pid)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	char folder[32], path[PATH_ROOM];
	int r;

	(void)snprintf(folder, sizeof(folder), "proc/%d/fd", pid);
	r = root_open_dir(search->root, folder, &dir);
	while (r == 0 && (entry = root_next(dir, &r))) {
		(void)snprintf(path, sizeof(path), "%s/%.20s", folder, entry->d_name);
		if (entry->d_name[0] != '.')
			look_at_descriptor(search, pid, path);
	}
	if (r < 0 && r != -ESRCH && !root_is_absent(r))
		search->unseen = true;
}

static void look_at_all(struct search *search)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(search->root, "proc", &dir);

	search->unseen = !hold_sees_all(search->root);
	while (r == 0 && (entry = root_next(dir, &r)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			look_at_process(search, (int)strtol(entry->d_name, NULL, 10));
	search->unseen |= r < 0;
}

int guests_find(const struct root *root, const struct bound_function *function, size_t n,
		struct gpu_use *ret)
{
	_cleanup_free_ struct nodes *nodes = calloc(n + 1, sizeof(*nodes));
	struct search search = {.root = root, .nodes = nodes, .n = n, .use = ret};
	bool any = false;

	if (!nodes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct gpu_use){0};
		if (strstr(function[i].driver, "vfio"))
			nodes[i] = nodes_read(root, &function[i]);
		any |= nodes[i].n > 0;
	}
	if (any)
		look_at_all(&search);
	for (size_t i = 0; i < n; i++)
		if (ret[i].state != USE_GUEST && nodes[i].n && !nodes[i].error && !search.unseen)
			ret[i].state = USE_FREE;
	return 0;
}

const char *gpu_use_format(const struct gpu_use *use, char buf[static GPU_USE_TEXT_MAX])
{
	(void)snprintf(buf, GPU_USE_TEXT_MAX, "%s%s%s%s%sprocess %d", use->name,
		       use->instance[0] ? " (" : "", use->instance, use->instance[0] ? ")" : "",
		       use->name[0] || use->instance[0] ? ", " : "", use->pid);
	return buf;
}
