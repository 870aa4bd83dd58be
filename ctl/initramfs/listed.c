/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/listed.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "ctl/loaders/loaders.h"
#include "boot/config.h"
#include "helper/base/folder.h"
#include "helper/base/root.h"

/* Headers of a unified image: far more sections than any has fit. */
#define UNIFIED_HEAD_BYTES 4096
#define PE_OFFSET_AT	   0x3c /* of the signature, in the DOS header */
#define COFF_BYTES	   24u	/* signature and COFF header */
#define SECTION_BYTES	   40u
#define N_SECTIONS_AT	   6
#define OPTIONAL_AT	   20 /* the size of the optional header */
#define VIRTUAL_AT	   8
#define RAW_SIZE_AT	   16
#define RAW_AT		   20
#define NAME_MAX_BYTES	   8

/* Of type 1; of type 2, unified kernel images, are loader_unified_folders. */
static const char *const entry_folders[] = {"boot/loader/entries", "efi/loader/entries",
					    "boot/efi/loader/entries"};

/**
 * struct listing - what the entries say together
 * @listed:	of each kernel: one starts it
 * @any:	there is an entry of a kernel
 * @open:	one does not tell which kernel it starts, or can't be read
 */
struct listing {
	bool *listed;
	bool any, open;
};

/* "vmlinuz-6.1.0-28-amd64" does, also of a kernel that is gone; "vmlinuz" and "linux" do not. */
static bool names_release(const struct boot_line *line)
{
	return line->name && isdigit((unsigned char)*line->name) && strchr(line->name, '.');
}

static void take_line(const struct boot_line *line, const struct initramfs *images,
		      struct listing *l)
{
	bool found = false;

	for (size_t k = 0; k < images->n; k++) {
		if (!boot_line_is_of(line, images->kernel[k].release))
			continue;
		l->listed[k] = found = true;
	}
	if (line->recovery)
		return;
	l->any = true;
	l->open |= !found && !names_release(line);
}

static uint32_t get16(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
	return get16(p) | get16(p + 2) << 16;
}

bool unified_find_section(const unsigned char *head, size_t n, const char *name, uint32_t *ret_at,
			  uint32_t *ret_size)
{
	char padded[NAME_MAX_BYTES] = "";
	uint32_t pe, n_sections;
	size_t at;

	memcpy(padded, name, strnlen(name, sizeof(padded)));
	if (n < PE_OFFSET_AT + 4 || memcmp(head, "MZ", 2) != 0)
		return false;
	pe = get32(head + PE_OFFSET_AT);
	if (pe > n || n - pe < COFF_BYTES || memcmp(head + pe, "PE\0\0", 4) != 0)
		return false;
	n_sections = get16(head + pe + N_SECTIONS_AT);
	at = (size_t)pe + COFF_BYTES + get16(head + pe + OPTIONAL_AT);
	for (uint32_t i = 0; i < n_sections && at + SECTION_BYTES <= n; i++, at += SECTION_BYTES) {
		uint32_t size = get32(head + at + VIRTUAL_AT);
		uint32_t raw = get32(head + at + RAW_SIZE_AT);

		if (memcmp(head + at, padded, sizeof(padded)) != 0)
			continue;
		*ret_at = get32(head + at + RAW_AT);
		*ret_size = size && size < raw ? size : raw;
		return true;
	}
	return false;
}

/* Source: UAPI.5, section .uname: the release of its kernel, as uname -r has it. */
static bool read_release(const struct root *root, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = root_open_at(root, path, O_RDONLY | O_NONBLOCK);
	unsigned char head[UNIFIED_HEAD_BYTES];
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
	uint32_t at, length;

	if (n < 0 || !unified_find_section(head, (size_t)n, ".uname", &at, &length))
		return false;
	n = pread(fd, buf, length < size - 1 ? length : size - 1, at);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	buf[strcspn(buf, " \t\n")] = '\0';
	return *buf != '\0';
}

static bool is_unified(const char *name)
{
	const char *suffix = strrchr(name, '.');

	return name[0] != '.' && suffix && strcmp(suffix, ".efi") == 0;
}

/*
 * By what it says itself, or else by its name, "TOKEN-RELEASE.efi"; one of another form tells
 * nothing. Return: it tells.
 */
static bool take_image(const struct root *root, const char *path, const struct initramfs *images,
		       struct listing *l)
{
	char release[128];
	bool says = read_release(root, path, release, sizeof(release)), found = says;

	for (size_t k = 0; k < images->n; k++) {
		const char *kernel = images->kernel[k].release;

		if (says ? strcmp(release, kernel) != 0 : !strstr(path, kernel))
			continue;
		l->listed[k] = found = true;
	}
	return found;
}

static int take_unified(const struct root *root, const struct initramfs *images, bool starts,
			struct listing *l)
{
	for (size_t i = 0; i < LOADER_UNIFIED_FOLDERS; i++) {
		const char *place = loader_unified_folders[i];
		struct folder_names folder _cleanup_(folder_names_free) = {0};
		int r = folder_names_read(root, place, &folder);

		if (r < 0)
			return r;
		l->open |= folder.unlisted;
		for (size_t n = 0; n < folder.names.n; n++) {
			_cleanup_free_ char *path = NULL;

			if (!is_unified(folder.names.text[n]))
				continue;
			if (asprintf(&path, "%s/%s", place, folder.names.text[n]) < 0)
				return -ENOMEM;
			l->any |= starts;
			l->open |= !take_image(root, path, images, l);
		}
	}
	return 0;
}

/* Anywhere in a file that a boot loader reads, on whatever partition. */
static bool is_mentioned(const struct root *root, const struct loader *loader,
			 const struct boot_lines *lines, const char *release)
{
	_cleanup_free_ char *custom = boot_custom_path(loader);

	if ((lines->config && strstr(lines->config, release)) ||
	    (custom && loader_file_says(root, custom, release)))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(entry_folders); i++)
		if (loader_folder_has(root, entry_folders[i], ".conf", release))
			return true;
	return false;
}

static int read_listing(const struct root *root, const struct loader *loader,
			const struct boot_lines *lines, const struct initramfs *images,
			struct listing *l)
{
	bool starts_unified = loader->kind->unifies || loader->kind->starter == STARTER_EFI;
	struct root watched = *root;
	int trouble = 0;

	watched.trouble = &trouble;
	for (size_t i = 0; i < lines->n; i++)
		if (lines->line[i].kind == BOOT_KERNEL && !lines->line[i].foreign)
			take_line(&lines->line[i], images, l);
	l->open |= lines->config && strstr(lines->config, "blscfg");
	for (size_t k = 0; k < images->n && l->any; k++)
		l->listed[k] |= is_mentioned(&watched, loader, lines, images->kernel[k].release);
	l->open |= trouble < 0;
	return loader->no_unified ? 0 : take_unified(root, images, starts_unified, l);
}

/* Entries of none of the kernels are older than all of them, or another system's. */
static bool is_of_use(const struct listing *l, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (l->listed[k])
			return l->any && !l->open;
	return false;
}

/* It was started, by whatever: the network, kexec, the firmware. */
static bool is_running(const struct boot_lines *lines, const char *release)
{
	for (size_t i = 0; i < lines->n; i++)
		if (lines->line[i].kind == BOOT_RUNNING && lines->line[i].name &&
		    strcmp(lines->line[i].name, release) == 0)
			return true;
	return false;
}

int listed_mark(const struct root *root, const struct loader *loader,
		const struct boot_lines *lines, struct initramfs *images)
{
	_cleanup_free_ bool *listed = calloc(images->n + 1, sizeof(*listed));
	struct listing l = {.listed = listed};
	int r;

	images->relists = kargs_loader_of(loader)->writes_config && !loader->refusal;
	if (!listed)
		return -ENOMEM;
	r = read_listing(root, loader, lines, images, &l);
	if (r < 0 || !is_of_use(&l, images->n))
		return r;
	for (size_t k = 0; k < images->n; k++)
		images->kernel[k].unlisted =
			!listed[k] && !is_running(lines, images->kernel[k].release);
	return 0;
}
