/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/dump/system.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/recipes/sources.h"
#include "ctl/recipes/unsafe.h"
#include "helper/base/folder.h"
#include "helper/base/text.h"
#include "helper/policy/cmdline.h"
#include "helper/policy/kernel_args.h"
#include "helper/record/record.h"

/* What the dump has instead of the boot's own ID, which would tell one machine from another. */
#define DUMP_BOOT_ID "00000000-0000-4000-8000-000000000000"

#define DEVICETREE "sys/firmware/devicetree/base"

#define TEXT_MAX_BYTES (1u << 20)
#define IOMEM_MAX      (4u << 20)
#define CPUINFO_MAX    (4u << 20)
#define BOOT_ID_FILE   "proc/sys/kernel/random/boot_id"

static void write_text(struct dump *dump, const char *path, const char *text)
{
	dump_file(dump, path, text, strlen(text));
}

/* "address sizes	: 46 bits physical, …", of the first processor; "" where it isn't told. */
static void find_address_sizes(const struct dump *dump, char *buf, size_t size)
{
	_cleanup_free_ char *text = NULL;
	const char *line;

	*buf = '\0';
	if (root_read_file(dump->root, "proc/cpuinfo", CPUINFO_MAX, &text, NULL) < 0)
		return;
	line = strstr(text, "address sizes");
	if (line)
		(void)snprintf(buf, size, "%.*s\n", (int)strcspn(line, "\n"), line);
}

/* What was made of it, and not all that it says: that would tell one machine from another. */
static void write_cpuinfo(struct dump *dump, const struct iommu *iommu)
{
	static const char *const processors[] = {
		[PROCESSOR_UNKNOWN] = "",
		[PROCESSOR_INTEL] = "vendor_id\t: GenuineIntel\n",
		[PROCESSOR_AMD] = "vendor_id\t: AuthenticAMD\n",
		[PROCESSOR_ARM] = "CPU implementer\t: 0x41\n",
	};
	const struct platform *platform = &iommu->platform;
	bool asked = iommu->state != IOMMU_ACTIVE;
	char sizes[80], cpuinfo[160];

	find_address_sizes(dump, sizes, sizeof(sizes));
	(void)snprintf(cpuinfo, sizeof(cpuinfo), "%s%s%s",
		       asked ? processors[platform->processor] : "",
		       platform_is_guest(dump->root) ? "flags\t\t: hypervisor\n" : "", sizes);
	if (*cpuinfo)
		write_text(dump, "proc/cpuinfo", cpuinfo);
}

/* Likewise. */
static void write_platform(struct dump *dump, const struct platform *platform)
{
	if (platform->hypervisor == HYPERVISOR_XEN_DOM0) {
		write_text(dump, "sys/hypervisor/type", "xen\n");
		write_text(dump, "proc/xen/capabilities", "control_d\n");
	} else if (platform->hypervisor == HYPERVISOR_XEN_GUEST) {
		write_text(dump, "sys/hypervisor/type", "xen\n");
	} else if (platform->hypervisor == HYPERVISOR_HYPERV_GUEST) {
		write_text(dump, "sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n");
		write_text(dump, "sys/class/dmi/id/product_name", "Virtual Machine\n");
	} else if (platform->hypervisor == HYPERVISOR_HYPERV_ROOT) {
		dump_folder(dump, "sys/class/misc/mshv");
	} else if (platform->hypervisor == HYPERVISOR_SERVICE_VM) {
		dump_folder(dump, "sys/class/misc/acrn_hsm");
	}
	if (platform->iommu_map)
		write_text(dump, DEVICETREE "/pcie@0/iommu-map", "");
}

static int write_iommu(struct dump *dump)
{
	static const char *const tables[] = {"DMAR", "IVRS", "IORT", "VIOT"};
	struct text_list names _cleanup_(text_list_free) = {0},
			       irqs _cleanup_(text_list_free) = {0};
	char path[400], chip[64];
	int r = dump_list(dump, "sys/class/iommu", "", &names);

	for (size_t i = 0; i < names.n; i++) {
		snprintf(path, sizeof(path), "sys/class/iommu/%s", names.text[i]);
		dump_folder(dump, path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		snprintf(path, sizeof(path), "sys/firmware/acpi/tables/%s", tables[i]);
		dump_copy(dump, path);
	}
	if (root_exists(dump->root, DEVICETREE))
		dump_folder(dump, DEVICETREE);
	dump_copy(dump, "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts");
	dump_copy(dump, "sys/module/iommufd/parameters/allow_unsafe_interrupts");
	write_cpuinfo(dump, &dump->machine.iommu);
	if (dump->machine.iommu.state != IOMMU_ACTIVE)
		write_platform(dump, &dump->machine.iommu.platform);
	if (r == 0)
		r = dump_list(dump, "sys/kernel/irq", "", &irqs);
	/* One that is remapped tells as much as all. */
	for (size_t i = 0; i < irqs.n; i++) {
		snprintf(path, sizeof(path), "sys/kernel/irq/%s/chip_name", irqs.text[i]);
		if (root_read(dump->root, path, chip, sizeof(chip)) < 3 ||
		    (!text_starts_with(chip, "IR-") && !text_starts_with(chip, "ITS-")))
			continue;
		dump_copy(dump, path);
		break;
	}
	return r;
}

/* Is it an argument that tells of GPUs, the IOMMU or drivers? Others may tell of anything. */
static bool is_ours(const char *name)
{
	static const char *const starts[] = {
		"gpuclaim",
		"iommu",
		"vfio",
		"nouveau",
		"nvidia",
		"nova_core",
		"amdgpu",
		"radeon",
		"i915",
		"xe.",
		"rd.driver",
		"rdblacklist",
		"initcall_blacklist",
		"video",
		"pci",
		"quiet",
		"ro",
		"rw",
	};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		size_t n = strlen(starts[i]);

		if (strncmp(name, starts[i], n) == 0 &&
		    (!name[n] || strchr("._-", name[n]) || starts[i][n - 1] == '.'))
			return true;
	}
	return kernel_arg_matters(name);
}

static int write_cmdline(struct dump *dump)
{
	_cleanup_free_ char *text = NULL, *buf = NULL, *kept = NULL;
	const char *cursor, *start, *name, *value;
	size_t n = 0, left_out = 0, size;

	if (root_read_file(dump->root, "proc/cmdline", TEXT_MAX_BYTES, &text, &size) < 0)
		return 0;
	buf = malloc(size + 1);
	kept = malloc(size + 3);
	if (!buf || !kept)
		return -ENOMEM;
	for (cursor = start = text; cmdline_next(&cursor, buf, &name, &value); start = cursor) {
		size_t length = (size_t)(cursor - start);

		if (!is_ours(name)) {
			left_out++;
			continue;
		}
		memcpy(kept + n, start, length);
		n += length;
	}
	while (n && strchr(" \n", kept[n - 1]))
		n--;
	kept[n++] = '\n';
	if (left_out)
		fprintf(dump->to, "# left out: %zu kernel arguments\n", left_out);
	dump_file(dump, "proc/cmdline", kept, n);
	return 0;
}

/* The boot framebuffer's place and that of PCI functions, one of which it is in; no other memory.
 */
static int write_iomem(struct dump *dump)
{
	_cleanup_free_ char *text = NULL, *kept = NULL;
	char *save = NULL, *to;

	if (root_read_file(dump->root, "proc/iomem", IOMEM_MAX, &text, NULL) < 0)
		return 0;
	to = kept = malloc(strlen(text) + 2);
	if (!kept)
		return -ENOMEM;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *name = strstr(line, " : ");
		struct pci_address owner;

		if (name && (strcasestr(name, "fb") || strcasestr(name, "simple") ||
			     pci_address_parse(name + 3, &owner) == 0))
			to += sprintf(to, "%s\n", line);
	}
	dump_file(dump, "proc/iomem", kept, (size_t)(to - kept));
	return 0;
}

/* What a process has open of the nodes of audio functions and GPUs. */
static void write_open(struct dump *dump, const char *folder, const struct text_list *fds)
{
	static const char *const nodes[] = {"/dev/snd/", "/dev/dri/", "/dev/nvidia", "/dev/kfd"};
	char path[600], target[64];

	for (size_t i = 0; i < fds->n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, fds->text[i]);
		if (root_link_target(dump->root, path, target, sizeof(target)) < 0)
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(nodes); k++)
			if (text_starts_with(target, nodes[k]))
				dump_link(dump, path, target);
	}
}

/* Who holds an audio function, or a GPU: process numbers and device nodes, no names. */
static int write_holders(struct dump *dump)
{
	struct text_list pids _cleanup_(text_list_free) = {0};
	size_t left_out = 0;
	int r = dump_list(dump, "proc", "", &pids);

	for (size_t i = 0; i < pids.n && r == 0; i++) {
		struct text_list fds _cleanup_(text_list_free) = {0};
		char folder[300];

		if (pids.text[i][0] < '1' || pids.text[i][0] > '9')
			continue;
		snprintf(folder, sizeof(folder), "proc/%s/fd", pids.text[i]);
		r = folder_list(dump->root, folder, "", &fds);
		if (r < 0 && r != -ENOMEM) {
			left_out++;
			r = 0;
		}
		write_open(dump, folder, &fds);
	}
	if (left_out)
		fprintf(dump->to, "# left out: what %zu processes have open\n", left_out);
	return r;
}

/* proc/asound/card1/pcm3p/sub0/status */
static int write_streams(struct dump *dump, const char *folder, unsigned depth)
{
	static const char *const starts[] = {"sub", "pcm", "card"};
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = dump_list(dump, folder, "", &names);

	for (size_t i = 0; i < names.n && r == 0; i++) {
		_cleanup_free_ char *path = NULL;
		char status[32];

		if (strncmp(names.text[i], starts[depth], strlen(starts[depth])) != 0)
			continue;
		if (text_format(&path, "%s/%s%s", folder, names.text[i], depth ? "" : "/status") <
		    0)
			return -ENOMEM;
		if (depth > 0)
			r = write_streams(dump, path, depth - 1);
		else if (root_read(dump->root, path, status, sizeof(status)) > 0)
			dump_file(dump, path, status, strcspn(status, "\n"));
	}
	return r;
}

/* A comment is the operator's own business: a '#' stays, for the columns that errors name. */
static void strip_comments(char *text, size_t *size)
{
	char *to = text;
	bool comment = false;

	for (size_t i = 0; i < *size; i++) {
		bool begins = text[i] == '#' && (i == 0 || strchr(" \t\n", text[i - 1]));

		if (text[i] == '\n')
			comment = false;
		if (!comment)
			*to++ = text[i];
		comment = comment || begins;
	}
	*size = (size_t)(to - text);
}

/* @bits: those of the mode that a tree does not have by itself, see tests/fixtures/expand.py */
static void write_mode(struct dump *dump, const char *path, mode_t bits)
{
	_cleanup_close_ int fd = root_open_at(dump->root, path, O_PATH);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if (st.st_uid != 0)
		fprintf(dump->to, "# /%s: not root's\n", path);
	if (st.st_mode & bits)
		fprintf(dump->to, "m %s %o\n", path, (unsigned)st.st_mode & 0777);
}

static void write_config_file(struct dump *dump, const char *path)
{
	_cleanup_free_ char *text = NULL;
	char target[256];
	size_t size;

	if (root_link_target(dump->root, path, target, sizeof(target)) == 0 &&
	    strcmp(target, "/dev/null") == 0) {
		dump_link(dump, path, target);
		return;
	}
	if (root_read_file(dump->root, path, TEXT_MAX_BYTES, &text, &size) < 0)
		return;
	strip_comments(text, &size);
	dump_file(dump, path, text, size);
	write_mode(dump, path, 022);
}

static int write_configuration(struct dump *dump)
{
	static const char *const layers[] = {"etc/gpuclaim", "run/gpuclaim", "usr/lib/gpuclaim"};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(layers) && r == 0; i++) {
		struct text_list names _cleanup_(text_list_free) = {0};
		char folder[64], path[400];

		snprintf(path, sizeof(path), "%s/gpuclaim.conf", layers[i]);
		write_config_file(dump, path);
		snprintf(folder, sizeof(folder), "%s/gpuclaim.conf.d", layers[i]);
		r = dump_list(dump, folder, ".conf", &names);
		for (size_t k = 0; k < names.n; k++) {
			snprintf(path, sizeof(path), "%s/%s", folder, names.text[k]);
			write_config_file(dump, path);
		}
		write_mode(dump, layers[i], 022);
		write_mode(dump, folder, 022);
	}
	return r;
}

static void keep_lines(const struct recipe_lines *lines, const char *text, char *to)
{
	for (size_t i = 0; i < lines->n; i++)
		memcpy(to + lines->line[i].start, text + lines->line[i].start,
		       lines->line[i].end - lines->line[i].start);
}

/* The lines that count, where they stand: the others are empty. */
static int write_modprobe(struct dump *dump, const char *path, const char *text)
{
	struct recipe_lines recipes _cleanup_(recipe_lines_free) = {0};
	struct recipe_lines options _cleanup_(recipe_lines_free) = {0};
	_cleanup_free_ char *kept = NULL;
	size_t n = 0;
	int r = recipe_find(text, RECIPE_MODPROBE, &recipes);

	if (r == 0)
		r = unsafe_options_find(text, &options);
	if (r < 0 || recipes.n + options.n == 0)
		return r;
	kept = calloc(strlen(text) + 1, 1);
	if (!kept)
		return -ENOMEM;
	keep_lines(&recipes, text, kept);
	keep_lines(&options, text, kept);
	for (size_t at = 0; text[at]; at++)
		if (text[at] == '\n' || kept[at])
			kept[n++] = text[at];
	dump_file(dump, path, kept, n);
	return 0;
}

/* Of modprobe.d what gives functions to vfio-pci, and what vfio's modules are told. */
static int write_recipes(struct dump *dump)
{
	struct text_list paths _cleanup_(text_list_free) = {0},
			       unread _cleanup_(text_list_free) = {0};
	int r = recipes_list_modprobe(dump->root, &paths, &unread);

	for (size_t i = 0; i < unread.n; i++)
		fprintf(dump->to, "# left out: %s\n", unread.text[i]);
	for (size_t i = 0; i < paths.n && r == 0; i++) {
		_cleanup_free_ char *text = NULL;
		size_t size;

		if (root_read_file(dump->root, paths.text[i], TEXT_MAX_BYTES, &text, &size) == 0 &&
		    strlen(text) == size)
			r = write_modprobe(dump, paths.text[i], text);
	}
	return r;
}

/* A record of this boot is one of the dump's boot. */
static void write_record(struct dump *dump, const char *path)
{
	_cleanup_free_ char *text = NULL;
	const char *boot_id = dump->machine.boot_id;
	size_t size;
	char *at;

	if (root_read_file(dump->root, path, TEXT_MAX_BYTES, &text, &size) < 0)
		return;
	at = strstr(text, "BOOT_ID=");
	if (at && strlen(at) > strlen("BOOT_ID=") + strlen(DUMP_BOOT_ID)) {
		at += strlen("BOOT_ID=");
		if (strncmp(at, boot_id, strlen(DUMP_BOOT_ID)) == 0)
			memcpy(at, DUMP_BOOT_ID, strlen(DUMP_BOOT_ID));
		else
			memcpy(at, "an-older-boot", strlen("an-older-boot"));
	}
	dump_file(dump, path, text, size);
}

static int write_records(struct dump *dump)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	char path[400];
	int r = dump_list(dump, RECORD_DIR, "", &names);

	for (size_t i = 0; i < names.n; i++) {
		struct pci_address address;

		snprintf(path, sizeof(path), RECORD_DIR "/%s", names.text[i]);
		if (strcmp(names.text[i], "boot") == 0 ||
		    pci_address_parse(names.text[i], &address) == 0)
			write_record(dump, path);
	}
	return r;
}

/* What is in a folder below /dev, by the start of its name. */
static int write_nodes(struct dump *dump, const char *folder, bool (*is_one)(const char *name))
{
	struct text_list names _cleanup_(text_list_free) = {0};
	char path[400];
	int r = dump_list(dump, folder, "", &names);

	for (size_t i = 0; i < names.n; i++) {
		snprintf(path, sizeof(path), "%s/%.255s", folder, names.text[i]);
		if (!is_one(names.text[i]))
			continue;
		dump_file(dump, path, "", 0);
		write_mode(dump, path, 066);
	}
	return r;
}

static bool is_group(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

static bool is_cdev(const char *name)
{
	return strncmp(name, "vfio", 4) == 0;
}

static int write_vfio_nodes(struct dump *dump)
{
	static const char *const classes[] = {"sys/class/vfio", "sys/class/vfio-dev"};
	int r = write_nodes(dump, "dev/vfio", is_group);

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (root_exists(dump->root, classes[i]))
			dump_folder(dump, classes[i]);
	if (root_exists(dump->root, "dev/iommu"))
		dump_file(dump, "dev/iommu", "", 0);
	return r == 0 ? write_nodes(dump, "dev/vfio/devices", is_cdev) : r;
}

int dump_system(struct dump *dump)
{
	static int (*const writers[])(struct dump * dump) = {
		write_iommu,	     write_cmdline, write_iomem,   write_holders,
		write_configuration, write_recipes, write_records, write_vfio_nodes,
	};
	int r = 0;

	if (dump->machine.boot_id[0])
		dump_file(dump, BOOT_ID_FILE, DUMP_BOOT_ID "\n", strlen(DUMP_BOOT_ID "\n"));
	dump_copy_existence(dump, "proc/vmcore");
	dump_copy_existence(dump, "etc/initrd-release");
	dump_copy_existence(dump, "usr/lib/initrd-release");
	for (size_t i = 0; i < ARRAY_SIZE(writers) && r == 0; i++)
		r = writers[i](dump);
	return r == 0 ? write_streams(dump, "proc/asound", 2) : r;
}
