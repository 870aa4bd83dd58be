/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "grub/grub_trial.h"
#include "tests/fuzz/fuzz.h"

/* The line at @s without what follows it; *@s moves on. */
static size_t next_line(const char **s)
{
	const char *line = *s;
	size_t n = strcspn(line, "\n");

	*s = line + n + (line[n] == '\n');
	return n;
}

static bool is_savedefault(const char *line, size_t n)
{
	size_t blank = strspn(line, " \t");

	return n - blank == strlen("savedefault") && strncmp(line + blank, "savedefault", 11) == 0;
}

/* All lines but the first and the kernel's are the same, in the same order. */
static void check_lines(const char *config, const struct grub_entry *from, const char *trial,
			const struct grub_entry *to)
{
	const char *before = config + from->start, *now = trial, *line = config;
	unsigned number = 1, own = 1;

	while (line < before) {
		(void)next_line(&line);
		number++;
	}
	(void)next_line(&before);
	(void)next_line(&now);
	number++;
	own++;
	while (*now) {
		const char *a = before, *b = now;
		size_t n = next_line(&before), m = next_line(&now);

		if (is_savedefault(a, n)) {
			now = b;
			number++;
			continue;
		}
		if (number == from->line)
			FUZZ_ASSERT(own == to->line && m > n);
		else if (*now)
			FUZZ_ASSERT(n == m && strncmp(a, b, n) == 0);
		else /* what follows the '}' on its line is not the entry's */
			FUZZ_ASSERT(n >= m && strncmp(a, b, m) == 0 && b[m - 1] == '}');
		number++;
		own++;
	}
}

static void check_entry(const char *config, const struct grub_entry *from)
{
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	_cleanup_free_ char *trial = NULL;
	const struct grub_entry *to;
	const char *why = NULL;
	int r = grub_trial_entry(config, from, kargs_all, KARGS_ALL, &trial, &why);

	if (r < 0) {
		FUZZ_ASSERT(!trial && (r == -EEXIST || (r == -EINVAL && why)));
		return;
	}
	FUZZ_ASSERT(grub_cfg_parse(trial, &menu) == 0);
	to = grub_menu_find(&menu, TRIAL_ID);
	FUZZ_ASSERT(menu.n == 1 && to && to->start == 0);
	FUZZ_ASSERT(strcmp(to->kernel, from->kernel) == 0);
	for (size_t i = 0; i < KARGS_ALL; i++)
		FUZZ_ASSERT(kargs_state(to->cmdline, &kargs_all[i], NULL) == KARGS_PRESENT);
	check_lines(config, from, trial, to);
}

/* Put in twice is put in once, and taken out is as it was. */
static void check_custom(const char *text)
{
	_cleanup_free_ char *others = NULL, *now = NULL, *again = NULL, *back = NULL;
	bool found;
	size_t n;

	if (grub_trial_add(text, "menuentry 'x' {\n}\n", &now) < 0)
		return;
	FUZZ_ASSERT(grub_trial_add(now, "menuentry 'x' {\n}\n", &again) == 0);
	FUZZ_ASSERT(strcmp(now, again) == 0);
	FUZZ_ASSERT(grub_trial_remove(now, &back, &found) == 0 && found);
	FUZZ_ASSERT(grub_trial_remove(text, &others, &found) == 0);
	n = strlen(others);
	FUZZ_ASSERT(strncmp(back, others, n) == 0);
	FUZZ_ASSERT(!back[n] || (back[n] == '\n' && !back[n + 1] && others[n - 1] != '\n'));
}

static void check_bls(const char *text)
{
	_cleanup_free_ char *trial = NULL;

	if (bls_trial_entry(text, "a $kernelopts", kargs_all, KARGS_ALL, &trial) == 0)
		FUZZ_ASSERT(strlen(trial) >= strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size), *lasting = NULL;
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};

	FUZZ_ASSERT(text && grub_cfg_parse(text, &menu) == 0);
	for (size_t i = 0; i < menu.n; i++)
		check_entry(text, &menu.entry[i]);
	check_custom(text);
	check_bls(text);
	lasting = trial_without(text);
	FUZZ_ASSERT(lasting || kargs_check(text) == -EINVAL);
	return 0;
}
