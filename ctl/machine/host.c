/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/host.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/folder.h"
#include "helper/machine/module.h"

#define GUEST_MAX_BYTES (1u << 20)

static enum type1_state read_type1(const struct root *root, const char *module)
{
	struct modules modules _cleanup_modules_ = {0};
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

/* Told by a file of /etc/libvirt/qemu: of a guest that is defined. */
static bool says_iommufd(const struct root *root, const char *folder, const char *name)
{
	_cleanup_free_ char *text = NULL;
	char path[320];

	(void)snprintf(path, sizeof(path), "%s/%.255s", folder, name);
	return root_read_file(root, path, GUEST_MAX_BYTES, &text, NULL) == 0 &&
	       (strstr(text, "iommufd='yes'") || strstr(text, "<iommufd enabled='yes'"));
}

static bool guests_use_iommufd(const struct root *root)
{
	static const char *const folders[] = {"etc/libvirt/qemu", "run/libvirt/qemu"};
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct text_list names _cleanup_text_list_ = {0};

		/* Without memory it is not known. */
		if (folder_list(root, folders[i], ".xml", &names) < 0)
			return false;
		for (size_t k = 0; k < names.n && !found; k++)
			found = says_iommufd(root, folders[i], names.text[k]);
	}
	return found;
}

void vfio_access_read(const struct root *root, struct vfio_access *ret)
{
	*ret = (struct vfio_access){0};
	if (!root_exists(root, "sys/class/vfio-dev"))
		return;
	ret->groupless = root_is_absent(root_look(root, "sys/class/vfio"));
	ret->iommufd = root_exists(root, "dev/iommu");
	ret->guests_use_iommufd = guests_use_iommufd(root);
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
	read_lockdown(root, ret);
}
