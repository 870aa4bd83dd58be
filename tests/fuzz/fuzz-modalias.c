/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first line is the modalias, the rest the text of modules.alias. */
#include <fnmatch.h>
#include <string.h>

#include "helper/machine/modalias.h"
#include "tests/fuzz/fuzz.h"

static const struct alias_match *find(const struct alias_match *all, size_t n, const char *module)
{
	for (size_t i = 0; i < n; i++)
		if (module_name_equal(all[i].module, module))
			return &all[i];
	return NULL;
}

static unsigned count_stars(const char *s)
{
	unsigned n = 0;

	for (; *s; s++)
		n += *s == '*';
	return n;
}

/* Each line by itself, the slow and plain way; returns 1 if it matches. */
static unsigned check_line(char *line, const char *modalias, const struct alias_match *all,
			   size_t n)
{
	char *save = NULL;
	const char *keyword = strtok_r(line, " \t", &save);
	const char *pattern = strtok_r(NULL, " \t", &save);
	const char *module = strtok_r(NULL, " \t", &save);
	const struct alias_match *match;

	if (!module || strcmp(keyword, "alias") != 0 || strtok_r(NULL, " \t", &save) ||
	    strlen(module) >= MODULE_NAME_MAX || fnmatch(pattern, modalias, 0) != 0)
		return 0;

	match = find(all, n, module);
	FUZZ_ASSERT(match);
	FUZZ_ASSERT(match->wildcards <= count_stars(pattern));
	return 1;
}

static void check_all_lines(char *text, const char *modalias, const struct alias_match *all,
			    size_t n)
{
	unsigned lines = 0;

	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		lines += check_line(line, modalias, all, n);
	}

	FUZZ_ASSERT(n <= lines);
	for (size_t i = 0; i < n; i++)
		FUZZ_ASSERT(find(all, n, all[i].module) == &all[i]); /* each once */
}

static void check_variant(const char *text, size_t size, const char *modalias)
{
	_cleanup_free_ struct alias_match *all = NULL;
	char variant[MODULE_NAME_MAX] = "", wanted[512];
	const struct alias_match *match;
	size_t n = 0;

	if (!modalias_variant(text, size, modalias, variant)) {
		FUZZ_ASSERT(*variant == '\0');
		return;
	}

	(void)snprintf(wanted, sizeof(wanted), "vfio_%s", modalias);
	FUZZ_ASSERT(modalias_match(text, size, wanted, &all, &n) == 0);
	match = find(all, n, variant);
	FUZZ_ASSERT(match && !module_name_equal(variant, "vfio_pci"));
	for (size_t i = 0; i < n; i++)
		FUZZ_ASSERT(all[i].wildcards >= match->wildcards ||
			    module_name_equal(all[i].module, "vfio_pci"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ struct alias_match *all = NULL;
	_cleanup_free_ char *copy = NULL;
	const char *text = (const char *)data;
	const char *newline = size ? memchr(text, '\n', size) : NULL;
	char modalias[256];
	size_t length = newline ? (size_t)(newline - text) : 0, n = 0;

	if (!newline || length >= sizeof(modalias))
		return 0;
	memcpy(modalias, text, length);
	modalias[length] = '\0';
	text = newline + 1;
	size -= length + 1;

	FUZZ_ASSERT(modalias_match(text, size, modalias, &all, &n) == 0);
	check_variant(text, size, modalias);
	if (memchr(text, '\0', size))
		return 0; /* the plain way takes a string */

	copy = strndup(text, size);
	FUZZ_ASSERT(copy);
	check_all_lines(copy, modalias, all, n);
	return 0;
}
