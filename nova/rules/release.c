/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/release.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "helper/base/text.h"

#define PACKAGE "nova-"

static const struct {
	const char *name, *codename;
} releases[] = {
	{"rocky", NULL},	 {"stein", NULL},	 {"train", NULL},
	{"ussuri", NULL},	 {"victoria", NULL},	 {"wallaby", NULL},
	{"xena", NULL},		 {"yoga", NULL},	 {"zed", NULL},
	{"2023.1", "antelope"},	 {"2023.2", "bobcat"},	 {"2024.1", "caracal"},
	{"2024.2", "dalmatian"}, {"2025.1", "epoxy"},	 {"2025.2", "flamingo"},
	{"2026.1", "gazpacho"},	 {"2026.2", "hibiscus"},
};
_Static_assert(ARRAY_SIZE(releases) == NOVA_NEWEST - NOVA_OLDEST + 1, "a release has no name");

static const unsigned since[] = {
	[NOVA_FLAVOR_NUMA] = 21,	 [NOVA_VTPM] = 22,	     [NOVA_HIDE_HYPERVISOR] = 22,
	[NOVA_NUMA_SOCKET] = 23,	 [NOVA_SECURE_BOOT] = 23,    [NOVA_REMOTE_MANAGED] = 25,
	[NOVA_DEVICE_SPEC] = 26,	 [NOVA_SPEC_PLACEMENT] = 26, [NOVA_ALIAS_PLACEMENT] = 27,
	[NOVA_REPORT_IN_PLACEMENT] = 26, [NOVA_MAXPHYSADDR] = 28,    [NOVA_PCI_IN_PLACEMENT] = 27,
	[NOVA_LIVE_MIGRATABLE] = 31,	 [NOVA_MANAGED] = 31,	     [NOVA_ONE_TIME_USE] = 32,
	[NOVA_ALIAS_AT_START] = 32,	 [NOVA_OWNER_TRAIT] = 34,    [NOVA_NO_OLD_FILTERS] = 24,
};
_Static_assert(ARRAY_SIZE(since) == _NOVA_FEATURE_COUNT, "a feature came with no release");

unsigned nova_since(enum nova_feature feature)
{
	return since[feature];
}

bool nova_accepts(unsigned release, enum nova_feature feature)
{
	return release >= since[feature];
}

const char *nova_release_name(unsigned release)
{
	if (release < NOVA_OLDEST || release > NOVA_NEWEST)
		return NULL;
	return releases[release - NOVA_OLDEST].name;
}

int nova_release_parse(const char *text, unsigned *ret)
{
	char number[16];

	for (unsigned i = 0; i < ARRAY_SIZE(releases); i++) {
		snprintf(number, sizeof(number), "%u", NOVA_OLDEST + i);
		if (strcasecmp(text, releases[i].name) != 0 && strcmp(text, number) != 0 &&
		    (!releases[i].codename || strcasecmp(text, releases[i].codename) != 0))
			continue;
		*ret = NOVA_OLDEST + i;
		return 0;
	}
	return -EINVAL;
}

unsigned nova_release_of_package(const char *name)
{
	const char *version = name + strlen(PACKAGE), *suffix = strrchr(name, '.');
	unsigned long n;
	char *end;

	if (strncmp(name, PACKAGE, strlen(PACKAGE)) != 0 || *version < '0' || *version > '9')
		return 0;
	if (strcmp(suffix ? suffix : "", ".dist-info") != 0 &&
	    strcmp(suffix ? suffix : "", ".egg-info") != 0)
		return 0;
	errno = 0;
	n = strtoul(version, &end, 10);
	return errno || *end != '.' || n > 9999 ? 0 : (unsigned)n;
}

typedef int entry_function(const struct root *root, const char *path, const char *name,
			   unsigned *release);

/* Calls @each for what a folder holds; a folder that is not there holds nothing. */
static int walk(const struct root *root, const char *path, entry_function *each, unsigned *release)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, path, &dir);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	while (r == 0 && (entry = root_next(dir, &r)))
		if (entry->d_name[0] != '.')
			r = each(root, path, entry->d_name, release);
	return r;
}

static int take_package(_unused_ const struct root *root, _unused_ const char *path,
			const char *name, unsigned *release)
{
	unsigned found = nova_release_of_package(name);

	if (found > *release)
		*release = found;
	return 0;
}

/* "python3", "python3.11": below them are dist-packages (Debian) and site-packages. */
static int take_python(const struct root *root, const char *path, const char *name,
		       unsigned *release)
{
	static const char *const folders[] = {"dist-packages", "site-packages"};
	int r = 0;

	if (strncmp(name, "python3", strlen("python3")) != 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++) {
		_cleanup_free_ char *folder = NULL;

		if (text_format(&folder, "%s/%s/%s", path, name, folders[i]) < 0)
			return -ENOMEM;
		r = walk(root, folder, take_package, release);
	}
	return r;
}

static int take_environment(const struct root *root, const char *path, const char *name,
			    unsigned *release)
{
	_cleanup_free_ char *folder = NULL;

	if (text_format(&folder, "%s/%s/lib", path, name) < 0)
		return -ENOMEM;
	return walk(root, folder, take_python, release);
}

int nova_release_installed(const struct root *root, unsigned *ret)
{
	static const char *const folders[] = {"usr/lib", "usr/local/lib", "var/lib/kolla/venv/lib",
					      "opt/stack/data/venv/lib"};
	unsigned release = 0;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++)
		r = walk(root, folders[i], take_python, &release);
	if (r == 0)
		r = walk(root, "openstack/venvs", take_environment, &release);
	if (r < 0)
		return r;
	if (release == 0)
		return -ENOENT;
	if (release < NOVA_OLDEST)
		release = NOVA_OLDEST;
	*ret = release < NOVA_NEWEST ? release : NOVA_NEWEST;
	return 0;
}
