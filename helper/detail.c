/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "module.h"

#define DEFAULT_DRIVER "vfio-pci"
#define IOMEM_MAX      (1u << 20)

struct reader {
	const struct root *root;
	struct machine *machine;
	const struct settings *settings;
	bool initramfs;
	bool have_aliases;
	struct module_aliases aliases;
	uint64_t fb_start, fb_end; /* the boot framebuffer; 0 and 0: none */
};

/* Path of a function's attribute. */
static const char *attribute(const struct reader *reader, size_t i, const char *name, char *buf,
			     size_t size)
{
	char a[PCI_ADDRESS_MAX];

	snprintf(buf, size, "sys/bus/pci/devices/%s/%s",
		 pci_address_format(&reader->machine->function[i].id.address, a), name);
	return buf;
}

static unsigned read_number(const struct reader *reader, size_t i, const char *name)
{
	char path[96], text[32];

	if (root_read(reader->root, attribute(reader, i, name, path, sizeof(path)), text,
		      sizeof(text)) <= 0)
		return 0;
	return (unsigned)strtoul(text, NULL, 10);
}

static int read_aliases(struct reader *reader)
{
	int r;

	if (reader->have_aliases)
		return 0;
	r = module_aliases_read(reader->root, reader->initramfs, &reader->aliases);
	if (r == 0)
		reader->have_aliases = true;
	return r;
}

static int read_modalias(const struct reader *reader, size_t i, char *buf, size_t size)
{
	char path[96];
	ssize_t n;

	n = root_read(reader->root, attribute(reader, i, "modalias", path, sizeof(path)), buf, size);
	return n < 0 ? (int)n : 0;
}

static int read_group_number(const struct reader *reader, size_t i)
{
	char path[96], name[16], *end;
	long n;

	if (root_link_name(reader->root, attribute(reader, i, "iommu_group", path, sizeof(path)),
			   name, sizeof(name)) < 0)
		return -1;
	n = strtol(name, &end, 10);
	return *end || n < 0 || n > INT32_MAX ? -1 : (int)n;
}

/* Configuration space offset 0x0e, low 7 bits: 1 PCI-to-PCI bridge, 2 CardBus bridge. */
static bool read_is_bridge(const struct reader *reader, size_t i)
{
	_cleanup_close_ int fd = -EBADF;
	unsigned char header_type;
	char path[96];

	fd = root_open_at(reader->root, attribute(reader, i, "config", path, sizeof(path)),
			  O_RDONLY);
	if (fd < 0 || pread(fd, &header_type, 1, 0x0e) != 1)
		return false;
	header_type &= 0x7f;
	return header_type == 1 || header_type == 2;
}

/* The kernel shows "(null)" where no override is set. */
static void read_override(const struct reader *reader, size_t i, struct detail *d)
{
	char path[96];

	if (root_read(reader->root, attribute(reader, i, "driver_override", path, sizeof(path)),
		      d->driver_override, sizeof(d->driver_override)) < 0 ||
	    strcmp(d->driver_override, "(null)") == 0)
		d->driver_override[0] = '\0';
}

/*
 * Where the boot framebuffer lies. Names: drivers/firmware/sysfb_simplefb.c ("BOOTFB"),
 * drivers/video/fbdev/{efifb,vesafb,simplefb}.c, drivers/gpu/drm/tiny/simpledrm.c.
 */
static void read_framebuffer(struct reader *reader)
{
	static const char *const names[] = { "BOOTFB", "efifb", "vesafb", "simplefb", "simpledrm",
					     "simple-framebuffer" };
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	if (root_read_file(reader->root, "proc/iomem", IOMEM_MAX, &text, NULL) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *name = strstr(line, " : ");
		unsigned long long start, end;

		if (!name || sscanf(line, " %llx-%llx", &start, &end) != 2)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (strcmp(name + 3, names[i]) == 0 && end > start) {
				reader->fb_start = start;
				reader->fb_end = end;
				return;
			}
	}
}

/* The first six lines of "resource" are the BARs: start, end, flags. */
static bool read_has_framebuffer(const struct reader *reader, size_t i)
{
	char path[96], text[ROOT_ATTRIBUTE_MAX], *save = NULL, *line;
	unsigned long long start, end;

	if (!reader->fb_end ||
	    root_read(reader->root, attribute(reader, i, "resource", path, sizeof(path)), text,
		      sizeof(text)) < 0)
		return false;
	line = strtok_r(text, "\n", &save);
	for (unsigned bar = 0; line && bar < 6; bar++, line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%llx %llx", &start, &end) == 2 && end > start &&
		    reader->fb_start >= start && reader->fb_start <= end)
			return true;
	return false;
}

/* A companion always gets the generic driver: variant drivers drive GPUs. */
static int read_wanted(struct reader *reader, size_t i, struct detail *d)
{
	const struct function *f = &reader->machine->function[i];
	char modalias[MODALIAS_MAX], module[MODULE_NAME_MAX];
	int r;

	snprintf(d->wanted, sizeof(d->wanted), "%s", DEFAULT_DRIVER);
	if (!pci_class_is_companion(f->id.class)) {
		if (strcmp(reader->settings->driver, DRIVER_AUTO) != 0) {
			memcpy(d->wanted, reader->settings->driver, sizeof(d->wanted));
		} else if (read_modalias(reader, i, modalias, sizeof(modalias)) == 0) {
			r = read_aliases(reader);
			if (r < 0)
				return r;
			if (modalias_variant(reader->aliases.text, reader->aliases.size, modalias,
					     module))
				memcpy(d->wanted, module, sizeof(d->wanted));
		}
	}

	d->available = module_driver(reader->root, d->wanted, d->wanted) ||
		       module_is_known(reader->root, d->wanted);
	return 0;
}

/* What every function of a group tells, wanted or not. */
static int read_member(const struct reader *reader, size_t i)
{
	struct detail *d = calloc(1, sizeof(*d));
	struct function *f = &reader->machine->function[i];
	int r;

	if (!d)
		return -ENOMEM;
	f->detail = d;
	d->group = read_group_number(reader, i);
	r = machine_read_driver(reader->root, reader->machine, i);
	if (r < 0)
		return r;
	/*
	 * VFIO takes no bridge (vfio_pci_core_register_device()), and lets what it has sleep: who
	 * reads its configuration wakes it, or waits for its reset.
	 */
	d->bridge = !(f->driver && strstr(f->driver, "vfio")) && read_is_bridge(reader, i);
	return 0;
}

/* Would anything drive this unbound function one day? */
static int read_match(struct reader *reader, size_t i)
{
	const struct function *f = &reader->machine->function[i];
	_cleanup_free_ struct alias_match *match = NULL;
	char modalias[MODALIAS_MAX];
	size_t n = 0;
	int r;

	if (f->driver || f->detail->bridge || pci_class_is_bridge(f->id.class) ||
	    read_modalias(reader, i, modalias, sizeof(modalias)) < 0)
		return 0;
	r = read_aliases(reader);
	if (r < 0)
		return r;
	r = modalias_match(reader->aliases.text, reader->aliases.size, modalias, &match, &n);
	if (r < 0)
		return r;
	if (n)
		f->detail->match = MATCH_SOME;
	else if (reader->aliases.whole)
		f->detail->match = MATCH_NONE;
	return 0;
}

static int read_wanted_function(struct reader *reader, size_t i)
{
	struct function *f = &reader->machine->function[i];
	char path[96];
	struct detail *d;
	int r;

	r = read_member(reader, i);
	if (r < 0)
		return r;
	d = f->detail;
	r = read_wanted(reader, i, d);
	if (r < 0)
		return r;

	d->vf = root_exists(reader->root, attribute(reader, i, "physfn", path, sizeof(path)));
	d->has_record = record_read(reader->root, &f->id.address, reader->machine->boot_id,
				    &d->record) == 0;
	/* After an unbind that hangs, who reads this attribute would wait for the device's lock. */
	if (!d->has_record || d->record.verdict != VERDICT_FAILED)
		read_override(reader, i, d);
	if (!pci_class_is_companion(f->id.class)) {
		d->boot_vga = read_number(reader, i, "boot_vga") == 1;
		d->vfs = read_number(reader, i, "sriov_numvfs");
		d->framebuffer = read_has_framebuffer(reader, i);
	}
	if (f->driver && !module_name_equal(f->driver, d->wanted)) {
		const struct bound_function bound = {f->id.address, f->id.class, f->driver,
						     d->group};
		struct holders holders = {0};

		/* Before: what is found meanwhile counts. */
		if (pci_class_sub(f->id.class) == 0x0c03)
			(void)usb_is_settled(reader->root, &bound, d->unsettled);
		hold_find(reader->root, &bound, &holders);
		if (holders.n)
			memcpy(d->held, holders.holder[0].what, sizeof(d->held));
	}
	return 0;
}

/* Lines "0x… 0x… TYPE"; "direct-relaxable" is no obstacle (iommu_group_show_resv_regions()). */
static bool has_direct_region(char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *type = strrchr(line, ' ');

		if (type && strcmp(type + 1, "direct") == 0)
			return true;
	}
	return false;
}

static int compare_indexes(const void *a, const void *b)
{
	const size_t *ia = a, *ib = b;

	return (*ia > *ib) - (*ia < *ib);
}

/* What an earlier run of this boot claimed stands, also where nothing selects it any more. */
static void read_claim(const struct reader *reader, size_t i)
{
	const struct function *f = &reader->machine->function[i];

	if (f->driver && record_read(reader->root, &f->id.address, reader->machine->boot_id,
				     &f->detail->record) == 0)
		f->detail->has_record = true;
}

static int read_members(struct reader *reader, struct group *group)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	struct pci_address address;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices", group->number);
	r = root_open_dir(reader->root, path, &dir);
	if (r < 0)
		return r == -ENOENT ? 0 : r;

	while ((entry = readdir(dir))) {
		size_t i, *member;

		if (pci_address_parse(entry->d_name, &address) < 0)
			continue;
		i = machine_find(reader->machine, &address);
		if (i == NO_FUNCTION)
			continue;
		member = reallocarray(group->member, group->n_members + 1, sizeof(*member));
		if (!member)
			return -ENOMEM;
		group->member = member;
		group->member[group->n_members++] = i;
		if (reader->machine->function[i].detail)
			continue;
		r = read_member(reader, i);
		if (r == 0)
			r = read_match(reader, i);
		if (r < 0)
			return r;
		read_claim(reader, i);
	}
	/* As their addresses are: a verdict names the same member each time. */
	if (group->n_members)
		qsort(group->member, group->n_members, sizeof(*group->member), compare_indexes);
	return 0;
}

static int read_group(struct reader *reader, int number)
{
	struct machine *machine = reader->machine;
	char path[64], text[ROOT_ATTRIBUTE_MAX];
	struct group *group;

	if (number < 0 || machine_group(machine, number))
		return 0;
	group = reallocarray(machine->group, machine->n_groups + 1, sizeof(*group));
	if (!group)
		return -ENOMEM;
	machine->group = group;
	group = &machine->group[machine->n_groups++];
	*group = (struct group){ .number = number };

	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/type", number);
	if (root_read(reader->root, path, group->type, sizeof(group->type)) < 0)
		group->type[0] = '\0';
	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/name", number);
	group->noiommu = root_read(reader->root, path, text, sizeof(text)) >= 0 &&
			 strcmp(text, "vfio-noiommu") == 0;
	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/reserved_regions", number);
	group->direct = root_read(reader->root, path, text, sizeof(text)) >= 0 &&
			has_direct_region(text);
	return read_members(reader, group);
}

int machine_detail(const struct root *root, struct machine *machine, const size_t *wanted,
		   size_t n_wanted, const struct settings *settings, bool initramfs)
{
	struct reader reader = {
		.root = root,
		.machine = machine,
		.settings = settings,
		.initramfs = initramfs,
	};
	int r = 0;

	if (n_wanted)
		read_framebuffer(&reader);
	for (size_t k = 0; k < n_wanted && r == 0; k++)
		r = read_wanted_function(&reader, wanted[k]);
	for (size_t k = 0; k < n_wanted && r == 0; k++)
		r = read_group(&reader, machine->function[wanted[k]].detail->group);
	module_aliases_free(&reader.aliases);
	return r;
}
