/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/record/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RECORD_PATH_MAX (sizeof(RECORD_DIR) + 1 + PCI_ADDRESS_MAX)
#define MARK_PATH_MAX	(sizeof(RECORD_CLAIMED_DIR) + 1 + PCI_ADDRESS_MAX)

static void record_path(const struct pci_address *address, char buf[static RECORD_PATH_MAX])
{
	char a[PCI_ADDRESS_MAX];

	snprintf(buf, RECORD_PATH_MAX, "%s/%s", RECORD_DIR, pci_address_format(address, a));
}

size_t record_render(const struct record *r, char buf[static RECORD_TEXT_MAX])
{
	char address[PCI_ADDRESS_MAX], gpu[PCI_ADDRESS_MAX], vitals[VITALS_TEXT_MAX] = "";
	int n;

	if (r->vitals.known)
		vitals_render(&r->vitals, vitals);
	n = snprintf(buf, RECORD_TEXT_MAX,
		     "BOOT_ID=%s\nSTAGE=%s\nCONFIG=%s\nADDRESS=%s\nGPU=%s\nID=%04x:%04x\n"
		     "ROLE=%s\nVERDICT=%s\nDRIVER=%s\nTIME_MS=%lu\n%s%s%s%s%sWHY=%s\n",
		     r->boot_id, r->stage, r->config, pci_address_format(&r->address, address),
		     pci_address_format(&r->gpu, gpu), r->id.vendor, r->id.device,
		     r->companion ? "companion" : "gpu", verdict_name(r->verdict), r->driver,
		     r->time_ms, r->kept ? "KEPT=1\n" : "", r->unread ? "UNREAD=1\n" : "",
		     *vitals ? "VITALS=" : "", vitals, *vitals ? "\n" : "", r->why);
	return n < 0 ? 0 : (size_t)n;
}

size_t record_properties(enum verdict verdict, bool reserved,
			 char buf[static RECORD_PROPERTIES_MAX])
{
	int n = snprintf(buf, RECORD_PROPERTIES_MAX, "GPUCLAIM_VERDICT=%s\n%s%s",
			 verdict_name(verdict),
			 verdict_is_claim(verdict) ? "GPUCLAIM_CLAIMED=1\n" : "",
			 reserved ? "GPUCLAIM_RESERVED=1\nMODALIAS=gpuclaim:\n" : "");

	return n < 0 ? 0 : (size_t)n;
}

/* Copy a value that must fit, so that a record is taken whole or not at all. */
static int take(const char *value, char *to, size_t size)
{
	size_t n = strlen(value);

	if (n >= size)
		return -EINVAL;
	memcpy(to, value, n + 1);
	return 0;
}

static int take_time(const char *value, unsigned long *ret)
{
	char *end;
	unsigned long n;

	if (value[0] < '0' || value[0] > '9')
		return -EINVAL;
	errno = 0;
	n = strtoul(value, &end, 10);
	if (errno || *end)
		return -EINVAL;
	*ret = n;
	return 0;
}

static int take_role(const char *value, bool *ret)
{
	if (strcmp(value, "gpu") != 0 && strcmp(value, "companion") != 0)
		return -EINVAL;
	*ret = value[0] == 'c';
	return 0;
}

/* The keys without which a record says nothing. */
enum { KEY_BOOT_ID = 1, KEY_ADDRESS = 2, KEY_VERDICT = 4, KEYS_NEEDED = 7 };

static int take_key(const char *key, const char *value, struct record *r, unsigned *seen)
{
	if (strcmp(key, "BOOT_ID") == 0) {
		*seen |= KEY_BOOT_ID;
		return take(value, r->boot_id, sizeof(r->boot_id));
	}
	if (strcmp(key, "STAGE") == 0)
		return take(value, r->stage, sizeof(r->stage));
	if (strcmp(key, "CONFIG") == 0)
		return take(value, r->config, sizeof(r->config));
	if (strcmp(key, "ADDRESS") == 0) {
		*seen |= KEY_ADDRESS;
		return pci_address_parse(value, &r->address);
	}
	if (strcmp(key, "GPU") == 0)
		return pci_address_parse(value, &r->gpu);
	if (strcmp(key, "ID") == 0)
		return pci_id_parse(value, &r->id);
	if (strcmp(key, "ROLE") == 0)
		return take_role(value, &r->companion);
	if (strcmp(key, "VERDICT") == 0) {
		*seen |= KEY_VERDICT;
		return verdict_parse(value, &r->verdict);
	}
	if (strcmp(key, "UNREAD") == 0) {
		r->unread = strcmp(value, "1") == 0;
		return 0;
	}
	if (strcmp(key, "DRIVER") == 0)
		return take(value, r->driver, sizeof(r->driver));
	if (strcmp(key, "TIME_MS") == 0)
		return take_time(value, &r->time_ms);
	if (strcmp(key, "VITALS") == 0)
		r->vitals = vitals_parse(value);
	if (strcmp(key, "KEPT") == 0)
		r->kept = strcmp(value, "1") == 0;
	if (strcmp(key, "WHY") == 0)
		return take(value, r->why, sizeof(r->why));
	return 0;
}

/* Cut one "KEY=VALUE" off the text: its length, or 0 at the end. */
static const char *next_pair(const char *text, char *line, size_t size, char **ret_value)
{
	size_t n = strcspn(text, "\n");
	char *equals;

	if (n == 0 || n >= size)
		return NULL;
	memcpy(line, text, n);
	line[n] = '\0';
	equals = strchr(line, '=');
	if (!equals)
		return NULL;
	*equals = '\0';
	*ret_value = equals + 1;
	return text + n + (text[n] == '\n');
}

int record_parse(const char *text, struct record *ret)
{
	struct record record = {0};
	unsigned seen = 0;
	char line[RECORD_TEXT_MAX], *value;

	while (*text) {
		text = next_pair(text, line, sizeof(line), &value);
		if (!text || take_key(line, value, &record, &seen) < 0)
			return -EINVAL;
	}
	if (seen != KEYS_NEEDED)
		return -EINVAL;

	*ret = record;
	return 0;
}

static void mark_path(const struct pci_address *address, char buf[static MARK_PATH_MAX])
{
	char a[PCI_ADDRESS_MAX];

	snprintf(buf, MARK_PATH_MAX, "%s/%s", RECORD_CLAIMED_DIR, pci_address_format(address, a));
}

static int write_mark(const struct root *root, const struct record *record)
{
	char path[MARK_PATH_MAX], text[RECORD_PROPERTIES_MAX];
	int r;

	r = root_mkdir(root, RECORD_CLAIMED_DIR);
	if (r < 0)
		return r;
	mark_path(&record->address, path);
	return root_replace(root, path, text, record_properties(record->verdict, true, text), 0644,
			    false);
}

int record_write(const struct root *root, const struct record *record)
{
	char path[RECORD_PATH_MAX], mark[MARK_PATH_MAX], text[RECORD_TEXT_MAX];
	bool claim = verdict_is_claim(record->verdict);
	int r;

	r = root_mkdir(root, RECORD_DIR);
	if (r < 0)
		return r;
	mark_path(&record->address, mark);
	if (!claim)
		r = root_remove(root, mark);
	if (r < 0)
		return r;
	record_path(&record->address, path);
	if (claim)
		r = write_mark(root, record);
	if (r == 0)
		r = root_replace(root, path, text, record_render(record, text), 0644, false);
	/* No mark without its record; what failed first is told, whatever becomes of it. */
	if (r < 0 && claim && root_remove(root, mark) < 0)
		return r;
	return r;
}

bool record_has_mark(const struct root *root, const struct record *record)
{
	char mark[MARK_PATH_MAX];

	mark_path(&record->address, mark);
	return !verdict_is_claim(record->verdict) || root_exists(root, mark);
}

int record_read(const struct root *root, const struct pci_address *address, const char *boot_id,
		struct record *ret)
{
	char path[RECORD_PATH_MAX], text[RECORD_TEXT_MAX];
	struct record record;
	ssize_t n;
	int r;

	record_path(address, path);
	n = root_read(root, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	r = record_parse(text, &record);
	if (r < 0)
		return r;
	if (strcmp(record.boot_id, boot_id) != 0)
		return -ENOENT;

	*ret = record;
	return 0;
}

int run_record_write(const struct root *root, const struct run_record *r)
{
	char text[RECORD_TEXT_MAX], waited[32] = "";
	int n;

	if (r->waited_ms)
		snprintf(waited, sizeof(waited), "WAITED_MS=%u\n", r->waited_ms);
	n = snprintf(text, sizeof(text),
		     "BOOT_ID=%s\nSTAGE=%s\nCONFIG=%s\nGPUS=%u\nCLAIMED=%u\nTIME_MS=%lu\n%s",
		     r->boot_id, r->stage, r->config, r->gpus, r->claimed, r->time_ms, waited);
	if (n < 0)
		return -EINVAL;

	n = n < (int)sizeof(text) ? n : (int)sizeof(text) - 1;
	if (root_mkdir(root, RECORD_DIR) < 0)
		return -EIO;
	return root_replace(root, RECORD_DIR "/boot", text, (size_t)n, 0644, false);
}

static int take_count(const char *value, unsigned *ret)
{
	unsigned long n;
	int r;

	r = take_time(value, &n);
	if (r == 0)
		*ret = (unsigned)n;
	return r;
}

static int take_run_key(const char *key, const char *value, struct run_record *r)
{
	if (strcmp(key, "BOOT_ID") == 0)
		return take(value, r->boot_id, sizeof(r->boot_id));
	if (strcmp(key, "STAGE") == 0)
		return take(value, r->stage, sizeof(r->stage));
	if (strcmp(key, "CONFIG") == 0)
		return take(value, r->config, sizeof(r->config));
	if (strcmp(key, "GPUS") == 0)
		return take_count(value, &r->gpus);
	if (strcmp(key, "CLAIMED") == 0)
		return take_count(value, &r->claimed);
	if (strcmp(key, "TIME_MS") == 0)
		return take_time(value, &r->time_ms);
	if (strcmp(key, "WAITED_MS") == 0)
		return take_count(value, &r->waited_ms);
	return 0;
}

int run_record_read(const struct root *root, const char *boot_id, struct run_record *ret)
{
	struct run_record record = {0};
	char text[RECORD_TEXT_MAX], line[RECORD_TEXT_MAX], *value;
	const char *cursor = text;
	ssize_t n;

	n = root_read(root, RECORD_DIR "/boot", text, sizeof(text));
	if (n < 0)
		return (int)n;
	while (*cursor) {
		cursor = next_pair(cursor, line, sizeof(line), &value);
		if (!cursor || take_run_key(line, value, &record) < 0)
			return -EINVAL;
	}
	if (strcmp(record.boot_id, boot_id) != 0)
		return -ENOENT;

	*ret = record;
	return 0;
}
