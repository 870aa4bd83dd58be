/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/detail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"
#include "helper/machine/module.h"

#define DEFAULT_DRIVER "vfio-pci"

struct reader {
	const struct root *root;
	struct machine *machine;
	const struct settings *settings;
	const size_t *wanted;
	size_t n_wanted;
	bool initramfs;
	bool have_aliases;
	struct module_aliases aliases;
	bool have_modules;
	struct modules modules;
};

static const struct pci_address *address_of(const struct reader *reader, size_t i)
{
	return &reader->machine->function[i].id.address;
}

/* As pci_attribute_read(). */
static int read_text(const struct reader *reader, size_t i, const char *name, char *buf,
		     size_t size)
{
	return (int)pci_attribute_read(reader->root, address_of(reader, i), name, buf, size);
}

/* Keep that an attribute can't be read. */
static int note(const struct reader *reader, size_t i, const char *name, int r)
{
	struct fault fault = {
		.scope = FAULT_FUNCTION,
		.address = *address_of(reader, i),
	};

	pci_attribute_path(&fault.address, name, fault.path);
	return machine_note(reader->machine, reader->root, &fault, r);
}

static int read_number(const struct reader *reader, size_t i, const char *name, unsigned *ret)
{
	char text[32];
	int n = read_text(reader, i, name, text, sizeof(text));

	*ret = n > 0 ? (unsigned)strtoul(text, NULL, 10) : 0;
	return note(reader, i, name, n == 0 ? -EINVAL : n);
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

static int read_modules(struct reader *reader)
{
	int r;

	if (reader->have_modules)
		return 0;
	r = modules_read(reader->root, NULL, &reader->modules);
	if (r == 0)
		reader->have_modules = true;
	return r;
}

static int read_group_number(const struct reader *reader, size_t i, int *ret)
{
	char name[16], *end;
	long n;
	int r = pci_attribute_link(reader->root, address_of(reader, i), "iommu_group", name,
				   sizeof(name));

	if (r < 0) {
		*ret = root_is_absent(r) ? -1 : UNKNOWN_GROUP;
		return note(reader, i, "iommu_group", r);
	}
	n = strtol(name, &end, 10);
	*ret = *end || n < 0 || n > INT32_MAX ? -1 : (int)n;
	return 0;
}

/* Configuration space offset 0x0e, low 7 bits: 1 PCI-to-PCI bridge, 2 CardBus bridge. */
static int read_header(const struct reader *reader, size_t i, struct detail *d)
{
	_cleanup_close_ int fd = -EBADF;
	char path[PCI_PATH_MAX];
	unsigned char type;
	ssize_t n;

	fd = root_open_at(reader->root, pci_attribute_path(address_of(reader, i), "config", path),
			  O_RDONLY);
	n = fd < 0 ? fd : read(fd, d->header.byte, sizeof(d->header.byte));
	if (fd >= 0 && n < 0)
		n = -errno;
	d->header.n = n > 0 ? (size_t)n : 0;
	type = d->header.n > 0x0e ? d->header.byte[0x0e] & 0x7f : 0;
	d->bridge = type == 1 || type == 2;
	/* By its class it is one, whatever its header says. */
	if (pci_class_is_bridge(reader->machine->function[i].id.class_code))
		return 0;
	return note(reader, i, "config", (int)n);
}

/* The kernel shows "(null)" where no override is set. */
static int read_override(const struct reader *reader, size_t i, struct detail *d)
{
	int n = read_text(reader, i, "driver_override", d->driver_override,
			  sizeof(d->driver_override));

	if (strcmp(d->driver_override, "(null)") == 0)
		d->driver_override[0] = '\0';
	return note(reader, i, "driver_override", n);
}

/* Who may take the console need not know where it is. */
static int read_framebuffer(const struct reader *reader)
{
	struct fault fault = {.scope = FAULT_ALL, .path = IOMEM_PATH};
	int r = framebuffer_read(reader->root, &reader->machine->framebuffer);

	if (r < 0 && reader->settings->boot_vga == BOOT_VGA_ALLOW)
		return 0;
	return machine_note(reader->machine, reader->root, &fault, r);
}

static int read_has_framebuffer(const struct reader *reader, size_t i, bool *ret)
{
	const struct framebuffer *framebuffer = &reader->machine->framebuffer;
	char text[ROOT_ATTRIBUTE_MAX];
	int n;

	if (!framebuffer->end)
		return 0;
	n = read_text(reader, i, "resource", text, sizeof(text));
	if (n < 0)
		return note(reader, i, "resource", n);
	*ret = framebuffer_is_in(framebuffer, text);
	return 0;
}

/* A companion always gets the generic driver: variant drivers drive GPUs. */
static int read_wanted(struct reader *reader, size_t i, struct detail *d)
{
	const struct function *f = &reader->machine->function[i];
	char modalias[MODALIAS_MAX], module[MODULE_NAME_MAX];
	bool companion = pci_class_is_companion(f->id.class_code);
	const struct detail *alike;
	int r;

	snprintf(d->wanted, sizeof(d->wanted), "%s", DEFAULT_DRIVER);
	if (!companion && strcmp(reader->settings->driver, DRIVER_AUTO) != 0) {
		memcpy(d->wanted, reader->settings->driver, sizeof(d->wanted));
	} else if (!companion &&
		   read_text(reader, i, "modalias", modalias, sizeof(modalias)) >= 0) {
		r = read_aliases(reader);
		if (r < 0)
			return r;
		if (modalias_variant(reader->aliases.text, reader->aliases.size, modalias, module))
			memcpy(d->wanted, module, sizeof(d->wanted));
	}
	alike = machine_find_alike(reader->machine, d);
	d->available = alike ? alike->available : module_driver(reader->root, d->wanted, d->wanted);
	if (d->available || alike)
		return 0;
	r = read_modules(reader);
	d->available = r == 0 && modules_may_have(&reader->modules, d->wanted);
	return r;
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
	r = read_group_number(reader, i, &d->group);
	if (r == 0)
		r = machine_read_driver(reader->root, reader->machine, i);
	/*
	 * VFIO takes no bridge (vfio_pci_core_register_device()), and lets what it has sleep: who
	 * reads its configuration wakes it, or waits for its reset.
	 */
	if (r == 0 && !(f->driver && strstr(f->driver, "vfio")))
		r = read_header(reader, i, d);
	return r;
}

/* Would anything drive this unbound function one day? */
static int read_match(struct reader *reader, size_t i)
{
	const struct function *f = &reader->machine->function[i];
	_cleanup_free_ struct alias_match *match = NULL;
	char modalias[MODALIAS_MAX];
	size_t n = 0;
	int r;

	if (f->driver || f->unread || f->detail->bridge || pci_class_is_bridge(f->id.class_code))
		return 0;
	r = read_text(reader, i, "modalias", modalias, sizeof(modalias));
	if (r < 0)
		return note(reader, i, "modalias", r);
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

/* What an earlier run of this boot said of it. */
static int read_record(const struct reader *reader, size_t i, struct detail *d)
{
	struct fault fault = {
		.scope = FAULT_FUNCTION,
		.address = reader->machine->function[i].id.address,
	};
	char a[PCI_ADDRESS_MAX];
	int r = record_read(reader->root, &fault.address, reader->machine->boot_id, &d->record);

	d->has_record = r == 0;
	snprintf(fault.path, sizeof(fault.path), RECORD_DIR "/%s",
		 pci_address_format(&fault.address, a));
	/* One that nobody wrote so is none. */
	return machine_note(reader->machine, reader->root, &fault, r == -EINVAL ? 0 : r);
}

static int read_screen(const struct reader *reader, size_t i, struct detail *d)
{
	unsigned boot_vga;
	int r = read_number(reader, i, "boot_vga", &boot_vga);

	if (r == 0)
		r = read_number(reader, i, "sriov_numvfs", &d->vfs);
	if (r == 0)
		r = read_has_framebuffer(reader, i, &d->framebuffer);
	d->boot_vga = r == 0 && boot_vga == 1;
	return r;
}

/* Has the present driver been there before any file of modules could be read? */
static int read_builtin(struct reader *reader, size_t i, struct detail *d)
{
	const struct function *f = &reader->machine->function[i];
	int r = read_modules(reader);

	d->builtin = r == 0 && modules_have_driver_builtin(reader->root, &reader->modules,
							   &f->id.address, f->driver);
	return r;
}

static int read_holders(const struct reader *reader, size_t i, struct detail *d)
{
	const struct function *f = &reader->machine->function[i];
	const struct bound_function bound = {f->id.address, f->id.class_code, f->driver, d->group};
	struct fault fault = {.scope = FAULT_FUNCTION, .address = f->id.address};
	struct holders holders = {0};

	/* Before: what is found meanwhile counts. */
	if (pci_class_sub(f->id.class_code) == 0x0c03)
		(void)usb_is_settled(reader->root, &bound, d->unsettled);
	hold_find(reader->root, &bound, &holders);
	if (holders.n)
		memcpy(d->held, holders.holder[0].what, sizeof(d->held));
	memcpy(fault.path, holders.unread, sizeof(fault.path));
	/* It is in use, whatever else there is. */
	return holders.n ? 0 : machine_note(reader->machine, reader->root, &fault, holders.error);
}

static int read_the_rest(struct reader *reader, size_t i, struct detail *d)
{
	struct function *f = &reader->machine->function[i];
	char path[PCI_PATH_MAX];
	int r;

	r = root_look(reader->root, pci_attribute_path(&f->id.address, "physfn", path));
	d->vf = r == 0;
	r = note(reader, i, "physfn", r);
	if (r == 0 && !d->has_record)
		r = read_record(reader, i, d);
	/* After an unbind that hangs, who reads this attribute would wait for the device's lock. */
	if (r == 0 && (!d->has_record || d->record.verdict != VERDICT_FAILED || d->record.unread))
		r = read_override(reader, i, d);
	if (r == 0 && !pci_class_is_companion(f->id.class_code))
		r = read_screen(reader, i, d);
	return r;
}

static int read_present_driver(struct reader *reader, size_t i, struct detail *d)
{
	const struct function *f = &reader->machine->function[i];
	int r;

	if (!f->driver || module_name_equal(f->driver, d->wanted))
		return 0;
	r = read_builtin(reader, i, d);
	return r == 0 ? read_holders(reader, i, d) : r;
}

static int read_wanted_function(struct reader *reader, size_t i)
{
	struct function *f = &reader->machine->function[i];
	const char *setting = reader->settings->driver;
	int r = f->detail ? 0 : read_member(reader, i);
	bool whole = r == 0 && f->detail->setting[0];

	if (r < 0 || (whole && strcmp(f->detail->setting, setting) == 0))
		return r;
	r = read_wanted(reader, i, f->detail);
	if (r == 0 && !whole)
		r = read_the_rest(reader, i, f->detail);
	if (r == 0)
		r = read_present_driver(reader, i, f->detail);
	snprintf(f->detail->setting, sizeof(f->detail->setting), "%s", setting);
	return r;
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

static int note_group(const struct reader *reader, int group, const char *name, int r)
{
	struct fault fault = {.scope = FAULT_GROUP, .group = group};

	snprintf(fault.path, sizeof(fault.path), "sys/kernel/iommu_groups/%d/%s", group, name);
	return machine_note(reader->machine, reader->root, &fault, r);
}

/* A text of a group: "" where there is none, and where it can't be read. */
static int read_group_text(const struct reader *reader, int group, const char *name, char *buf,
			   size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/%s", group, name);
	n = root_read(reader->root, path, buf, size);
	if (n < 0)
		buf[0] = '\0';
	return note_group(reader, group, name, (int)n);
}

static bool is_wanted(const struct reader *reader, size_t i)
{
	for (size_t k = 0; k < reader->n_wanted; k++)
		if (reader->wanted[k] == i)
			return true;
	return false;
}

/* Who was wanted by another policy may be in the way of this one. */
static int match_members(struct reader *reader, const struct group *group)
{
	int r = 0;

	for (size_t k = 0; k < group->n_members && r == 0; k++) {
		const struct detail *d = reader->machine->function[group->member[k]].detail;

		if (d->setting[0] && d->match == MATCH_UNKNOWN &&
		    !is_wanted(reader, group->member[k]))
			r = read_match(reader, group->member[k]);
	}
	return r;
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
		return note_group(reader, group->number, "devices", r);

	while ((entry = root_next(dir, &r))) {
		size_t i;

		if (pci_address_parse(entry->d_name, &address) < 0)
			continue;
		i = machine_find(reader->machine, &address);
		if (i == NO_FUNCTION)
			continue;
		if (ARRAY_ADD(group->member, group->n_members, i) < 0)
			return -ENOMEM;
		if (reader->machine->function[i].detail)
			continue;
		r = read_member(reader, i);
		if (r == 0)
			r = read_match(reader, i);
		if (r < 0)
			return r;
		read_claim(reader, i);
	}
	r = note_group(reader, group->number, "devices", r);
	/* As their addresses are: a verdict names the same member each time. */
	if (group->n_members)
		qsort(group->member, group->n_members, sizeof(*group->member), compare_indexes);
	return r;
}

static int read_group(struct reader *reader, int number)
{
	struct machine *machine = reader->machine;
	char text[ROOT_ATTRIBUTE_MAX];
	struct group *group;
	int r;
	const struct group *known = number < 0 ? NULL : machine_group(machine, number);

	if (number < 0 || known)
		return known ? match_members(reader, known) : 0;
	group = ARRAY_PLACE(machine->group, machine->n_groups);
	if (!group)
		return -ENOMEM;
	group->number = number;

	r = read_group_text(reader, number, "type", group->type, sizeof(group->type));
	if (r == 0)
		r = read_group_text(reader, number, "name", text, sizeof(text));
	if (r < 0)
		return r;
	group->noiommu = strcmp(text, "vfio-noiommu") == 0;
	r = read_group_text(reader, number, "reserved_regions", text, sizeof(text));
	group->direct = r == 0 && iommu_has_direct_region(text);
	return r < 0 ? r : read_members(reader, group);
}

int machine_detail(const struct root *root, struct machine *machine, const size_t *wanted,
		   size_t n_wanted, const struct settings *settings, bool initramfs)
{
	struct reader reader = {.root = root,
				.machine = machine,
				.settings = settings,
				.wanted = wanted,
				.n_wanted = n_wanted,
				.initramfs = initramfs};
	int r = n_wanted ? read_framebuffer(&reader) : 0;

	for (size_t k = 0; k < n_wanted && r == 0; k++)
		r = read_wanted_function(&reader, wanted[k]);
	for (size_t k = 0; k < n_wanted && r == 0; k++)
		r = read_group(&reader, machine->function[wanted[k]].detail->group);
	module_aliases_free(&reader.aliases);
	modules_free(&reader.modules);
	return r;
}
