/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/boot_env.h"

#include <stdio.h>
#include <string.h>

#include "grub/bls.h"
#include "grub/grub_trial.h"

#define VARIABLES "sys/firmware/efi/efivars/"
/* Of the boot loader interface. */
#define VENDOR "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

/* The kernel shows 4 bytes of attributes, then the value: UTF-16, of which names are ASCII. */
#define ATTRIBUTES_BYTES 4

char *boot_grubenv(const struct root *root, const struct loader *loader, const char *name)
{
	_cleanup_free_ char *text = NULL;
	char *value = NULL;

	if (!loader->grubenv || root_read_text(root, loader->grubenv, &text) < 0 ||
	    grubenv_get(text, name, &value) < 0)
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
		text[n++] = data[i + 1] == 0 && data[i] > ' ' && data[i] <= '~' ? data[i] : '?';
	return text;
}

char *boot_once(const struct root *root, const struct loader *loader)
{
	char *id = loader->kind == LOADER_SYSTEMD_BOOT
			   ? boot_efi_variable(root, "LoaderEntryOneShot")
			   : boot_grubenv(root, loader, "next_entry");

	if (id && *id)
		return id;
	free(id);
	return NULL;
}

char *boot_chosen_once(const struct root *root, const struct loader *loader)
{
	char *once = boot_once(root, loader);

	if (!once || !trial_is_id(once))
		return once;
	free(once);
	return NULL;
}
