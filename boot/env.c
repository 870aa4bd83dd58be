/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/env.h"

#include <stdio.h>
#include <string.h>

#include "grub/bls.h"
#include "grub/grub_cfg.h"
#include "grub/grub_trial.h"
#include "grub/grubenv.h"

#define VARIABLES "sys/firmware/efi/efivars/"
/* Of the boot loader interface. */
#define VENDOR "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

/* The kernel shows 4 bytes of attributes, then the value: UTF-16, of which names are ASCII. */
#define ATTRIBUTES_BYTES 4

char *boot_variable(const struct loader *loader, const char *name)
{
	char *value = NULL;

	if (!loader->environment || grubenv_get(loader->environment, name, &value) < 0)
		return NULL;
	return value;
}

char *boot_efi_variable(const struct root *root, const char *name)
{
	_cleanup_free_ char *data = NULL;
	char path[128], *text;
	size_t size, n = 0;

	(void)snprintf(path, sizeof(path), VARIABLES "%s" VENDOR, name);
	if (root_read_file(root, path, ROOT_FILE_MAX_BYTES, &data, &size) < 0)
		return NULL;
	text = calloc(1, size / 2 + 1);
	for (size_t i = ATTRIBUTES_BYTES; text && i + 1 < size && (data[i] || data[i + 1]); i += 2)
		text[n++] = data[i + 1] == 0 && data[i] >= ' ' && data[i] <= '~' ? data[i] : '?';
	return text;
}

/* An empty one says nothing. */
static char *unless_empty(char *id)
{
	if (id && *id)
		return id;
	free(id);
	return NULL;
}

char *boot_once_grub(const struct root *root _unused_, const struct loader *loader)
{
	return unless_empty(boot_variable(loader, "next_entry"));
}

char *boot_lasting_grub(const struct root *root _unused_, const struct loader *loader)
{
	return boot_variable(loader, "saved_entry");
}

/* The menu that reads the entries may say another default than the saved one. */
char *boot_lasting_bls(const struct root *root, const struct loader *loader)
{
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	_cleanup_free_ char *text = NULL;

	if (loader->config && root_read_text(root, loader->config, &text) == 0 &&
	    grub_cfg_parse(text, &menu) == 0 && menu.standard &&
	    strcmp(menu.standard, "${saved_entry}") != 0)
		return TAKE_PTR(menu.standard);
	return boot_lasting_grub(root, loader);
}

char *boot_once_efi(const struct root *root, const struct loader *loader _unused_)
{
	return unless_empty(boot_efi_variable(root, "LoaderEntryOneShot"));
}

char *boot_lasting_efi(const struct root *root, const struct loader *loader _unused_)
{
	static const char *const confs[] = {"efi/loader/loader.conf", "boot/efi/loader/loader.conf",
					    "boot/loader/loader.conf"};
	char *name = boot_efi_variable(root, "LoaderEntryDefault");

	if (name && *name != '@') /* "@saved" and its like are no entries */
		return name;
	free(name);
	name = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(confs) && !name; i++) {
		_cleanup_free_ char *text = NULL;

		if (root_read_text(root, confs[i], &text) == 0 &&
		    bls_field(text, "default", &name) < 0)
			name = NULL;
	}
	return name;
}

const char *boot_chosen_once(const struct loader *loader)
{
	return loader->once && !trial_is_id(loader->once) ? loader->once : NULL;
}
