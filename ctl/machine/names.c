/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/names.h"

#include <errno.h>
#include <fcntl.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/text.h"

#define LOOKUP_FLAGS (PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB)

struct names {
	const struct root *root;
	struct pci_access *access; /* NULL once the list turned out to be broken */
	bool sought;		   /* for the root's own list */
	int fd;			   /* that, or -EBADF */
};

/* libpci's error function must not return, and gets no pointer of ours: the one way back. */
static jmp_buf broken_list;

static void on_error(char *message _unused_, ...) __attribute__((format(printf, 1, 2), noreturn));
static void on_error(char *message _unused_, ...)
{
	longjmp(broken_list, 1);
}

static void on_message(char *message _unused_, ...) __attribute__((format(printf, 1, 2)));
static void on_message(char *message _unused_, ...)
{
}

static int open_list(const struct root *root)
{
	static const char *const paths[] = {"usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		int fd = root_open_at(root, paths[i], O_RDONLY);

		if (fd >= 0)
			return fd;
	}
	return -EBADF;
}

/* libpci's own list, for a root without one. What is packed and not there it looks for unpacked,
 * under a name in memory that it does not check (3.9): it gets that name. */
static int own_list(const struct names *names, char **ret)
{
	const char *own = names->access->id_file_name, *packed = own ? strstr(own, ".gz") : NULL;

	if (!packed || packed[3] || access(own, F_OK) == 0)
		return 0;
	*ret = strndup(own, (size_t)(packed - own));
	return *ret ? 0 : -ENOMEM;
}

/* libpci wants a path: the open file's own name, which can't lead elsewhere. */
static int use_list(struct names *names)
{
	char *path = NULL;
	int r = 0;

	names->sought = true;
	names->fd = open_list(names->root);
	if (names->fd < 0)
		r = own_list(names, &path);
	else if (asprintf(&path, "/proc/self/fd/%d", names->fd) < 0)
		r = -ENOMEM;
	if (r == 0 && path)
		pci_set_name_list_path(names->access, path, 1);
	return r;
}

struct names *names_open(const struct root *root)
{
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->access = pci_alloc();
	if (!names->access) {
		free(names);
		return NULL;
	}
	names->access->error = on_error;
	names->access->warning = on_message;
	names->access->debug = on_message;
	names->root = root;
	names->fd = -EBADF;
	return names;
}

void names_close(struct names **names)
{
	if (!*names)
		return;
	if ((*names)->access)
		pci_cleanup((*names)->access);
	if ((*names)->fd >= 0)
		(void)close((*names)->fd);
	free(*names);
}

static const char *give_up(struct names *names)
{
	pci_cleanup(names->access);
	names->access = NULL;
	return NULL;
}

static const char *look_up(struct names *names, int what, struct pci_id id, char *buf)
{
	const char *name;

	if (!names->access)
		return NULL;
	if (!names->sought && use_list(names) < 0)
		return give_up(names);
	if (setjmp(broken_list))
		return give_up(names);
	name = pci_lookup_name(names->access, buf, NAME_MAX_BYTES, what | LOOKUP_FLAGS, id.vendor,
			       id.device);
	if (name == buf)
		text_make_printable(buf);
	/* A name too long for the buffer comes back as libpci's own remark. */
	return name && strcmp(name, "<pci_lookup_name: buffer too small>") != 0 ? name : NULL;
}

const char *names_vendor(struct names *names, struct pci_id id, char buf[static NAME_MAX_BYTES])
{
	return look_up(names, PCI_LOOKUP_VENDOR, id, buf);
}

const char *names_device(struct names *names, struct pci_id id, char buf[static NAME_MAX_BYTES])
{
	return look_up(names, PCI_LOOKUP_DEVICE, id, buf);
}

const char *names_both(struct names *names, struct pci_id id, char buf[static 2 * NAME_MAX_BYTES])
{
	char vendor_buf[NAME_MAX_BYTES], device_buf[NAME_MAX_BYTES];
	const char *vendor = names_vendor(names, id, vendor_buf);
	const char *device = names_device(names, id, device_buf);

	if (!vendor)
		return NULL;
	snprintf(buf, 2 * NAME_MAX_BYTES, "%s%s%s", vendor, device ? " " : "",
		 device ? device : "");
	return buf;
}
