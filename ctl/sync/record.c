/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/own.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"

#define FOLDER	    "var/lib/gpuclaim"
#define HEAD	    "gpuclaim-sync 1\n"
#define RECORD_MAX  (1u << 20)
#define ENTRIES_MAX 4096

static const char *const words[_SYNC_MARK_COUNT] = {
	[SYNC_NOT_OURS] = "not-ours",
	[SYNC_SETTING] = "setting",
	[SYNC_OURS] = "ours",
	[SYNC_USED] = "used",
};

void sync_record_free(struct sync_record *record)
{
	free(record->entry);
	*record = (struct sync_record){0};
}

struct sync_entry *sync_record_find(const struct sync_record *record, const char *uuid)
{
	for (size_t i = 0; i < record->n; i++)
		if (strcmp(record->entry[i].uuid, uuid) == 0)
			return &record->entry[i];
	return NULL;
}

int sync_record_note(struct sync_record *record, const struct sync_entry *entry)
{
	struct sync_entry *known = sync_record_find(record, entry->uuid);

	if (entry->mark == SYNC_NOT_OURS && !entry->returned) {
		if (known)
			*known = record->entry[--record->n];
		return 0;
	}
	if (!known)
		return ARRAY_ADD(record->entry, record->n, *entry);
	*known = *entry;
	return 0;
}

static int parse_mark(const char *word, enum sync_mark *ret)
{
	for (int i = 0; i < _SYNC_MARK_COUNT; i++)
		if (strcmp(word, words[i]) == 0) {
			*ret = (enum sync_mark)i;
			return 0;
		}
	return -EBADMSG;
}

static int parse_line(const char *line, struct sync_record *record)
{
	struct sync_entry entry = {0};
	char address[PCI_ADDRESS_MAX], mark[16];
	int at = -1;

	if (sscanf(line, "%36s %16s %15s %ld %ld %ld %" SCNd64 " %n", entry.uuid, address, mark,
		   &entry.generation, &entry.before, &entry.returned, &entry.time, &at) != 7 ||
	    at < 0 || pci_address_parse(address, &entry.address) < 0 ||
	    parse_mark(mark, &entry.mark) < 0 || entry.generation < 0 || entry.before < 0 ||
	    entry.returned < 0 || record->n == ENTRIES_MAX || sync_record_find(record, entry.uuid))
		return -EBADMSG;
	(void)snprintf(entry.reason, sizeof(entry.reason), "%s", line + at);
	return sync_record_note(record, &entry);
}

int sync_record_parse(char *text, struct sync_record *ret)
{
	struct sync_record record _cleanup_(sync_record_free) = {0};
	char *save = NULL;
	int r = strncmp(text, HEAD, strlen(HEAD)) == 0 ? 0 : -EBADMSG;

	if (r < 0)
		return r;
	for (char *line = strtok_r(text + strlen(HEAD), "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save))
		r = parse_line(line, &record);
	return HAND_OVER(r, ret, record);
}

int sync_record_render(const struct sync_record *record, char **ret)
{
	struct text_buffer text _cleanup_(text_buffer_free) = {0};

	text_add(&text, HEAD);
	for (size_t i = 0; i < record->n; i++) {
		const struct sync_entry *e = &record->entry[i];
		char address[PCI_ADDRESS_MAX], reason[SYNC_REASON_MAX];

		memcpy(reason, e->reason, sizeof(reason));
		text_make_printable(reason);
		text_addf(&text, "%s %s %s %ld %ld %ld %" PRId64 " %s\n", e->uuid,
			  pci_address_format(&e->address, address), words[e->mark], e->generation,
			  e->before, e->returned, e->time, reason);
	}
	return text_take(&text, ret, NULL);
}

int sync_record_read(const struct root *root, struct sync_record *ret)
{
	_cleanup_free_ char *text = NULL;
	int r = own_read(root, SYNC_RECORD_PATH, RECORD_MAX, &text);

	*ret = (struct sync_record){0};
	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	return sync_record_parse(text, ret);
}

int sync_record_write(const struct root *root, const struct sync_record *record)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (!record->n)
		return root_remove(root, SYNC_RECORD_PATH);
	r = sync_record_render(record, &text);
	if (r == 0)
		r = root_mkdir(root, FOLDER);
	return r < 0 ? r : root_replace(root, SYNC_RECORD_PATH, text, strlen(text), 0644, true);
}
