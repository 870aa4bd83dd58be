/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/policy_text.h"

#include <stdarg.h>

#include "tests/unit/test.h"

struct out {
	char *text;
	size_t used;
};

static _printf_(2, 3) void put(struct out *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	out->used +=
		(size_t)vsnprintf(out->text + out->used, POLICY_TEXT_MAX - out->used, format, args);
	va_end(args);
	if (out->used >= POLICY_TEXT_MAX)
		abort();
}

static void put_rules(struct out *out, const char *what, const struct rule *rules, size_t n)
{
	char text[RULE_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		put(out, "%s%s; ", what, rule_format(&rules[i], text));
}

static void render(const struct policy *p, struct out *out)
{
	static const char *const offs[] = {"", "off by kernel argument; ", "off in initramfs; ",
					   "off in a rescue boot; ", "off in crash kernel; "};
	const struct settings standard = settings_default();
	char word[DRIVER_NAME_MAX], usual[DRIVER_NAME_MAX];

	put(out, "%s%s", offs[p->off], p->initramfs ? "initramfs; " : "");
	put_rules(out, "", p->rules, p->n_rules);
	put_rules(out, "disarmed ", p->disarmed, p->n_disarmed);
	for (unsigned i = 0; i < _SETTING_COUNT; i++) {
		const char *is = setting_format(&p->settings, (enum setting)i, word);

		if (strcmp(is, setting_format(&standard, (enum setting)i, usual)) != 0)
			put(out, "%s=%s; ", setting_name((enum setting)i), is);
	}
	for (size_t i = 0; i < p->n_errors; i++)
		put(out, "E %s; ", p->errors[i]);
	for (size_t i = 0; i < p->n_warnings; i++)
		put(out, "W %s; ", p->warnings[i]);
	if (p->valid != (p->n_errors == 0))
		put(out, "valid is wrong; ");
}

void policy_text(const struct tree *tree, char buf[static POLICY_TEXT_MAX])
{
	struct out out = {.text = buf};
	struct policy policy;

	if (policy_read(&tree->root, &policy) != 0)
		abort();
	render(&policy, &out);
	policy_free(&policy);
}

void policy_check(const struct policy_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[POLICY_TEXT_MAX];
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, rows[i].files);
		policy_text(&tree, text);
		test_text(rows[i].name, text, rows[i].expected);
		tree_remove(&tree);
	}
}
