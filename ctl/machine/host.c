/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/host.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "helper/machine/module.h"

#define GUEST_MAX_BYTES (1u << 20)

static enum type1_state read_type1(const struct root *root, const char *module)
{
	struct modules modules _cleanup_(modules_free) = {0};
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/module/%s", module);
	if (root_exists(root, path))
		return TYPE1_LOADED;
	if (modules_read(root, NULL, &modules) < 0)
		return TYPE1_LOADABLE; /* nothing is known against it */
	return modules_may_have(&modules, module) ? TYPE1_LOADABLE : TYPE1_MISSING;
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

/* The parameter of a module that is there, whoever set it. */
static bool allows_unsafe_interrupts(const struct root *root, const char *module)
{
	char path[96], text[8];

	(void)snprintf(path, sizeof(path), "sys/module/%s/parameters/allow_unsafe_interrupts",
		       module);
	return root_read(root, path, text, sizeof(text)) > 0 && text[0] == 'Y';
}

const char *host_name_read(const struct root *root, char buf[static HOST_NAME_MAX_BYTES])
{
	static const char *const places[] = {"proc/sys/kernel/hostname", "etc/hostname"};

	*buf = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(places) && !*buf; i++)
		if (root_read(root, places[i], buf, HOST_NAME_MAX_BYTES) < 0)
			*buf = '\0';
	buf[strcspn(buf, " \t\r\n")] = '\0';
	return buf;
}

/* The end of a tag: a ">" in a value is no end. */
static const char *tag_end(const char *at)
{
	char quote = '\0';

	for (; *at && (quote || *at != '>'); at++) {
		if (quote && *at == quote)
			quote = '\0';
		else if (!quote && (*at == '"' || *at == '\''))
			quote = *at;
	}
	return at;
}

/* Is it @name, with this attribute? libvirt writes with single quotes. */
static bool tag_says(const char *tag, const char *end, const char *name, const char *attribute)
{
	size_t n = strlen(name), k = strlen(attribute);

	if (strncmp(tag, name, n) != 0 || tag[n] != ' ')
		return false;
	for (const char *at = tag + n; at && at < end;) {
		at += strspn(at, " \t\r\n");
		if (strncmp(at, attribute, k) == 0)
			return true;
		at += strcspn(at, "'\"");
		at = at < end ? strchr(at + 1, *at) : NULL;
		at = at ? at + 1 : NULL;
	}
	return false;
}

bool guest_uses_iommufd(const char *xml)
{
	bool metadata = false;

	for (const char *tag = strchr(xml, '<'); tag; tag = strchr(tag, '<')) {
		bool comment = strncmp(++tag, "!--", 3) == 0;
		const char *end = comment ? strstr(tag, "-->") : tag_end(tag);

		if (!end)
			return false;
		if (!comment && strncmp(tag, "metadata>", 9) == 0)
			metadata = true;
		if (!comment && strncmp(tag, "/metadata>", 10) == 0)
			metadata = false;
		if (!comment && !metadata &&
		    (tag_says(tag, end, "driver", "iommufd='yes'") ||
		     tag_says(tag, end, "iommufd", "enabled='yes'")))
			return true;
		tag = end;
	}
	return false;
}

/* Told by a file of /etc/libvirt/qemu: of a guest that is defined. Return: 1, 0, or an errno */
static int says_iommufd(const struct root *root, const char *folder, const char *name)
{
	_cleanup_free_ char *text = NULL;
	const char *dot = strrchr(name, '.');
	char path[320];
	int r;

	if (!dot || strcmp(dot, ".xml") != 0)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%.255s", folder, name);
	r = root_read_file(root, path, GUEST_MAX_BYTES, &text, NULL);
	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	return guest_uses_iommufd(text);
}

/* The first errno is kept, unless one is found. Return: likewise. */
static int look_for_iommufd(const struct root *root, const char *folder)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, folder, &dir), error = 0, found = 0;

	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	while (found <= 0 && (entry = root_next(dir, &r))) {
		found = says_iommufd(root, folder, entry->d_name);
		error = error ? error : found;
	}
	if (found > 0)
		return 1;
	return error < 0 ? error : r;
}

static void find_iommufd(const struct root *root, struct vfio_access *access)
{
	static const char *const folders[] = {"etc/libvirt/qemu", "run/libvirt/qemu"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		int r = look_for_iommufd(root, folders[i]);

		access->guests_use_iommufd |= r > 0;
		if (r < 0 && !access->unread) {
			access->unread = folders[i];
			access->error = r;
		}
	}
}

void vfio_access_read(const struct root *root, struct vfio_access *ret)
{
	*ret = (struct vfio_access){0};
	if (!root_exists(root, "sys/class/vfio-dev"))
		return;
	ret->groupless = root_is_absent(root_look(root, "sys/class/vfio"));
	ret->iommufd = root_exists(root, "dev/iommu");
	find_iommufd(root, ret);
}

void host_read(const struct root *root, const struct iommu *iommu, struct host *ret)
{
	*ret = (struct host){
		.type1 = read_type1(root, iommu_map_module(iommu)),
		.hugepages = read_hugepages(root),
	};
	ret->unsafe_interrupts = (ret->type1 == TYPE1_LOADED &&
				  allows_unsafe_interrupts(root, iommu_map_module(iommu))) ||
				 allows_unsafe_interrupts(root, "iommufd");
	ret->guest = platform_is_guest(root);
	read_lockdown(root, ret);
}
