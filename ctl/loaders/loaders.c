/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/loaders/loaders.h"

#include "ctl/loaders/entries.h"
#include "ctl/loaders/try_grub.h"
#include "boot/entries.h"
#include "boot/env.h"

#define KARGS_LOADER_ADDRESS(name) &name,

static const struct kargs_loader *const table[] = {KARGS_LOADERS(KARGS_LOADER_ADDRESS)};

static bool detect_unknown(const struct root *root _unused_, struct loader *loader)
{
	loader->refusal = "no boot loader that gpuclaim knows was found";
	return true;
}

const struct kargs_loader kargs_unknown = {
	.kind = {.name = "unknown",
		 .detect = detect_unknown,
		 .read = boot_read_entries,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub},
	.forget = kargs_forget_grub,
	.revert = kargs_revert_entries,
};

struct loader loader_detect(const struct root *root)
{
	struct loader loader = loader_places(root);

	for (size_t i = 0; !loader.kind; i++)
		if (table[i]->kind.detect(root, &loader))
			loader.kind = &table[i]->kind;
	loader.once = loader.kind->once(root, &loader);
	return loader;
}

const struct kargs_loader *kargs_loader_of(const struct loader *loader)
{
	return (const struct kargs_loader *)loader->kind;
}
