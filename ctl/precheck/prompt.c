/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/precheck/prompt.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "helper/base/text.h"
#include "helper/policy/cmdline.h"

#define CRYPTTAB "etc/crypttab"
#define ZFS_LIST "etc/zfs/zfs-list.cache"
#define BLANKS	 " \t\r"

#define DATASET_MAX 256 /* ZFS_MAX_DATASET_NAME_LEN */
/* Of the list's fields, parted by tabs: the name, whose key it has, where the key is. */
enum { ZFS_NAME, ZFS_KEY_OWNER = 10, ZFS_KEY_LOCATION };

/*
 * What the kernel arguments say of it.
 * @luks:	the argument that opens a disk, "" if none
 * @off:	nothing of LUKS is opened
 * @dataset:	ZFS's that is the root, as @luks
 */
struct arguments {
	bool serial, off, key, plymouth;
	char luks[32], dataset[DATASET_MAX];
};

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (parameter_name_equal(name, names[i]))
			return true;
	return false;
}

/* Options of an entry, or of rd.luks.options=: somebody or something else opens it. */
static bool has_token(const char *options)
{
	static const char *const tokens[] = {
		"tpm2-device=", "fido2-device=", "pkcs11-uri=", "keyscript=", "noauto"};

	for (size_t i = 0; options && i < ARRAY_SIZE(tokens); i++)
		if (strstr(options, tokens[i]))
			return true;
	return false;
}

static void read_argument(const char *name, const char *value, struct arguments *arguments)
{
	static const char *const opens[] = {"rd.luks.uuid", "rd.luks.name", "luks.uuid",
					    "luks.name",    "rd_LUKS_UUID", "cryptdevice"};
	static const char *const keys[] = {"rd.luks.key", "luks.key", "cryptkey"};
	static const char *const off[] = {"0", "no", "off", "false"};
	static const char *const options[] = {"rd.luks.options", "luks.options"};

	if (strcmp(name, "console") == 0)
		arguments->serial = value && (!text_starts_with(value, "tty") || value[3] > '9');
	else if (strcmp(name, "splash") == 0 || strcmp(name, "rhgb") == 0)
		arguments->plymouth = true;
	else if (strcmp(name, "root") == 0 && value &&
		 (strncasecmp(value, "zfs:", 4) == 0 || strncasecmp(value, "zfs=", 4) == 0))
		(void)snprintf(arguments->dataset, DATASET_MAX, "%s", value + 4);
	else if (strcmp(name, "luks") == 0)
		arguments->off = value && is_one_of(value, off, ARRAY_SIZE(off));
	else if (is_one_of(name, keys, ARRAY_SIZE(keys)) ||
		 (is_one_of(name, options, ARRAY_SIZE(options)) && has_token(value)))
		arguments->key = true;
	else if (value && is_one_of(name, opens, ARRAY_SIZE(opens)))
		(void)snprintf(arguments->luks, sizeof(arguments->luks), "%.30s=", name);
}

static int read_arguments(const char *cmdline, struct arguments *ret)
{
	_cleanup_free_ char *buf = malloc(strlen(cmdline) + 1);
	const char *name, *value;

	if (!buf)
		return -ENOMEM;
	while (cmdline_next(&cmdline, buf, &name, &value))
		read_argument(name, value, ret);
	return 0;
}

/* "NAME DEVICE [KEY [OPTIONS]]"; cut up. Returns the name where somebody has to type, or NULL. */
static const char *parse_entry(char *line)
{
	char *save = NULL;
	const char *name = strtok_r(line, BLANKS, &save);
	const char *device = strtok_r(NULL, BLANKS, &save);
	const char *key = strtok_r(NULL, BLANKS, &save);
	const char *options = strtok_r(NULL, BLANKS, &save);

	if (!name || *name == '#' || !device || has_token(options))
		return NULL;
	return !key || strcmp(key, "none") == 0 || strcmp(key, "-") == 0 ? name : NULL;
}

static int find_entry(const struct root *root, bool plymouth, char **ret)
{
	_cleanup_free_ char *text = NULL;
	char *next = NULL;
	unsigned number = 0;
	int r = root_read_text(root, CRYPTTAB, &text);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (char *line = text; line; line = next) {
		const char *name;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		name = parse_entry(line);
		if (!name)
			continue;
		if (text_format(ret, "%s (/" CRYPTTAB ":%u%s)", name, number,
				plymouth ? ", shown by plymouth" : "") < 0)
			return -ENOMEM;
		return 0;
	}
	return 0;
}

/* "" where the line has not so many. */
static void copy_field(const char *line, unsigned n, char ret[static DATASET_MAX])
{
	for (; n > 0; n--) {
		line += strcspn(line, "\t\n");
		line += *line == '\t';
	}
	(void)snprintf(ret, DATASET_MAX, "%.*s", (int)strcspn(line, "\t\n"), line);
}

/* Of a dataset by zed's list whose key unlocks it, and from where that comes. */
static bool find_key(const char *list, const char *dataset, char owner[static DATASET_MAX],
		     char location[static DATASET_MAX])
{
	for (const char *line = list; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char name[DATASET_MAX];

		copy_field(line, ZFS_NAME, name);
		copy_field(line, ZFS_KEY_OWNER, owner);
		copy_field(line, ZFS_KEY_LOCATION, location);
		if (*location && strcmp(name, dataset) == 0)
			return true;
	}
	return false;
}

/* ZFS's own encryption: of those that share a key the first one has it. */
static int find_zfs(const struct root *root, const struct arguments *arguments, char **ret)
{
	_cleanup_free_ char *list = NULL;
	char path[DATASET_MAX + sizeof(ZFS_LIST)], first[DATASET_MAX], location[DATASET_MAX],
		same[DATASET_MAX];
	int r;

	(void)snprintf(path, sizeof(path), ZFS_LIST "/%.*s", (int)strcspn(arguments->dataset, "/"),
		       arguments->dataset);
	r = root_read_text(root, path, &list);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (!find_key(list, arguments->dataset, first, location) ||
	    !find_key(list, first, same, location) || strcmp(location, "prompt") != 0)
		return 0;
	return text_format(ret, "%s (/%s)", first, path);
}

int passphrase_prompt_find(const struct root *root, const char *cmdline, char **ret)
{
	struct arguments arguments = {0};
	int r = read_arguments(cmdline, &arguments);

	*ret = NULL;
	if (r < 0 || arguments.serial)
		return r;
	if (!arguments.off)
		r = find_entry(root, arguments.plymouth, ret);
	if (r == 0 && !*ret && *arguments.dataset)
		r = find_zfs(root, &arguments, ret);
	if (r < 0 || *ret || arguments.off || !*arguments.luks || arguments.key)
		return r;
	if (text_format(ret, "%s on the kernel command line%s", arguments.luks,
			arguments.plymouth ? ", shown by plymouth" : "") < 0)
		return -ENOMEM;
	return 0;
}
