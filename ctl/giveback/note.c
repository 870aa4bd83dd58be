/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PATH_SIZE 64

static const char *note_path(const struct pci_address *address, char path[static PATH_SIZE])
{
	char a[PCI_ADDRESS_MAX];

	(void)snprintf(path, PATH_SIZE, "run/gpuclaim/return-%s", pci_address_format(address, a));
	return path;
}

bool giveback_note_read(const struct root *root, const struct pci_address *address,
			struct giveback_note *ret)
{
	char path[PATH_SIZE], text[128], word[32];

	*ret = (struct giveback_note){0};
	if (root_read(root, note_path(address, path), text, sizeof(text)) < 0 ||
	    sscanf(text, "%36s %ld %" SCNd64 " %31s", ret->uuid, &ret->generation, &ret->until_s,
		   word) != 4)
		return false;
	for (int i = 0; i < _GIVEBACK_DOUBT_COUNT; i++)
		if (strcmp(giveback_word((enum giveback_doubt)i), word) == 0) {
			ret->doubt = (enum giveback_doubt)i;
			return true;
		}
	return false;
}

int giveback_note_write(const struct root *root, const struct pci_address *address,
			const struct giveback_note *note)
{
	char path[PATH_SIZE], text[128];
	int n;

	note_path(address, path);
	if (!note)
		return root_remove(root, path);
	n = snprintf(text, sizeof(text), "%s %ld %" PRId64 " %s\n", note->uuid, note->generation,
		     note->until_s, giveback_word(note->doubt));
	return root_replace(root, path, text, (size_t)n, 0644, false);
}

bool giveback_note_is_failure(const struct giveback_note *note,
			      const struct sync_provider *provider, int64_t now_s)
{
	if (provider && provider->read && !provider->reserved)
		return false;
	switch (note->doubt) {
	case GIVEBACK_UNFINISHED:
		return now_s > note->until_s;
	case GIVEBACK_SURE:
	case GIVEBACK_NOTHING:
	case GIVEBACK_NO_PROVIDER:
	case GIVEBACK_USED:
	case GIVEBACK_UNKNOWN:
		return false;
	default:
		return true;
	}
}

bool giveback_note_holds(const struct giveback_note *note, const struct sync_provider *provider,
			 int64_t now_s)
{
	return strcmp(note->uuid, provider->uuid) == 0 &&
	       note->generation == provider->generation &&
	       (note->doubt == GIVEBACK_UNFINISHED || note->until_s >= now_s);
}

bool giveback_is_waiting(const struct sync_provider *p)
{
	return p->read && p->one_time && !p->used && p->total > 0 && p->reserved >= p->total;
}
