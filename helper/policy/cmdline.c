/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/cmdline.h"

#include <string.h>

#include "helper/base/text.h"

#define SOURCE "kernel command line"

#define EXPECT_ID	  "expected VENDOR:DEVICE, as in 10de:1c81, or VENDOR:*"
#define EXPECT_ADDRESS	  "expected a full PCI address, as in 0000:3b:00.0"
#define EXPECT_ADDRESS_ID "expected ADDRESS=VENDOR:DEVICE, as in 0000:3b:00.0=10de:2330"
#define EXPECT_SWITCH	  "expected 0, no, off, false, 1, yes, on or true"
#define EXPECT_PARAMETER \
	"expected gpuclaim.ids=, .addresses=, .skip= or a setting, as in gpuclaim.boot-vga="

#define UNTIL_NO_LIST	 "nothing in this argument counts"
#define UNTIL_NO_CLAIM	 "nothing is claimed"
#define UNTIL_CAREFUL	 "the most careful value holds"
#define UNTIL_OFF	 "gpuclaim is switched off"
#define UNTIL_OFF_INITRD "nothing is claimed in the initramfs"

/* As the kernel's own isspace(), for which the no-break space of Latin-1 is one. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

/* The length of the parameter at @s; *@ret_equals is where its '=' is, or 0. */
static size_t measure(const char *s, bool in_quote, size_t *ret_equals)
{
	size_t i, equals = 0;

	for (i = 0; s[i]; i++) {
		if (is_space(s[i]) && !in_quote)
			break;
		if (s[i] == '=' && equals == 0)
			equals = i;
		if (s[i] == '"')
			in_quote = !in_quote;
	}

	*ret_equals = equals;
	return i;
}

bool cmdline_next(const char **cursor, char *buf, const char **name, const char **value)
{
	const char *s = *cursor;
	size_t length, equals;
	bool quoted;
	char *v;

	while (is_space(*s))
		s++;
	*cursor = s;
	if (*s == '\0')
		return false;

	quoted = *s == '"';
	s += quoted;
	length = measure(s, quoted, &equals);
	*cursor = s + length;

	memcpy(buf, s, length);
	/* The quote at the end belongs to the one before the name or before the value. */
	if (length > 0 && buf[length - 1] == '"' && (quoted || (equals && s[equals + 1] == '"')))
		length--;
	buf[length] = '\0';

	*name = buf;
	*value = NULL;
	if (equals) {
		v = buf + equals;
		*v++ = '\0';
		*value = *v == '"' ? v + 1 : v;
	} else if (strcmp(buf, "--") == 0) {
		*cursor += strlen(*cursor);
		return false;
	}
	return true;
}

/* What a file can hold may be binary; what is told about it is one line of text. */
static void copy_printable(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; i + 1 < size && from[i]; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[i] = '\0';
}

static int add_error(struct cmdline *c, const char *parameter, const char *element,
		     const char *what, const char *until)
{
	struct cmdline_error *error = ARRAY_PLACE(c->errors, c->n_errors);

	if (!error)
		return -ENOMEM;
	copy_printable(error->parameter, sizeof(error->parameter), parameter);
	copy_printable(error->element, sizeof(error->element), element);
	error->what = what;
	error->until = until;
	return 0;
}

/* The element readers cut up their text; they return what was expected, or NULL. */
static const char *parse_id(char *element, struct rule *rule)
{
	return rule_parse_id(element, rule) < 0 ? EXPECT_ID : NULL;
}

static const char *parse_address(char *element, struct rule *rule)
{
	rule->has_address = pci_address_parse(element, &rule->address) == 0;
	return rule->has_address ? NULL : EXPECT_ADDRESS;
}

static const char *parse_address_id(char *element, struct rule *rule)
{
	char *id = strchr(element, '=');

	if (id) {
		*id++ = '\0';
		rule->has_id = pci_id_parse(id, &rule->id) == 0;
		if (!rule->has_id)
			return EXPECT_ADDRESS_ID;
	}
	return parse_address(element, rule) ? EXPECT_ADDRESS_ID : NULL;
}

struct list {
	const char *name;
	enum rule_kind kind;
	const char *(*parse)(char *element, struct rule *rule);
};

static const struct list lists[] = {
	{"gpuclaim.ids", RULE_CLAIM, parse_id},
	{"gpuclaim.addresses", RULE_CLAIM, parse_address_id},
	{"gpuclaim.skip", RULE_SKIP, parse_address},
};

/* Reads up to the first bad element, which makes the whole list void. */
static int parse_list(struct cmdline *c, const struct list *list, char *value)
{
	size_t n_before = c->n_rules;

	for (char *element = value, *next; element; element = next) {
		struct rule rule = {.kind = list->kind, .source = SOURCE};
		char shown[sizeof(c->errors->element)];
		const char *what;
		int r;

		next = strchr(element, ',');
		if (next)
			*next++ = '\0';
		copy_printable(shown, sizeof(shown), element);

		what = list->parse(element, &rule);
		if (what) {
			bool skip = list->kind == RULE_SKIP;

			c->n_rules = n_before;
			c->claims_void |= skip;
			return add_error(c, list->name, shown, what,
					 skip ? UNTIL_NO_CLAIM : UNTIL_NO_LIST);
		}

		r = ARRAY_ADD(c->rules, c->n_rules, rule);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Returns 1 or 0 for on and off, or -EINVAL. */
static int parse_switch(const char *value)
{
	static const char *const words[][2] = {
		{"0", "1"},
		{"no", "yes"},
		{"off", "on"},
		{"false", "true"},
	};

	if (!value)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		for (int on = 0; on <= 1; on++)
			if (strcmp(value, words[i][on]) == 0)
				return on;
	return -EINVAL;
}

static int apply_switch(struct cmdline *c, const char *name, const char *value)
{
	bool initramfs = *name == 'r';
	int on = parse_switch(value);

	if (on <= 0 && initramfs)
		c->off_initramfs = true;
	else if (on <= 0)
		c->off = true;
	else if (!initramfs)
		c->armed = true;

	if (on >= 0)
		return 0;
	return add_error(c, name, value, EXPECT_SWITCH, initramfs ? UNTIL_OFF_INITRD : UNTIL_OFF);
}

static int apply_unknown(struct cmdline *c, const char *name, const char *value)
{
	c->claims_void = true;
	return add_error(c, name, value ? value : "", EXPECT_PARAMETER, UNTIL_NO_CLAIM);
}

static int apply_setting(struct cmdline *c, const char *name, const char *value)
{
	const char *shown = value ? value : "";
	struct settings settings = c->settings;
	enum setting setting;
	int r = setting_parse(strchr(name, '.') + 1, shown, &settings, &setting);

	if (r == -ENOENT || setting_is_of_files(setting))
		return apply_unknown(c, name, value);
	c->settings = settings;

	c->has |= 1u << setting;
	if (r == 0)
		return 0;
	setting_be_careful(&c->settings, setting);
	return add_error(c, name, shown, setting_error(setting), UNTIL_CAREFUL);
}

static int apply(struct cmdline *c, const char *name, const char *value)
{
	_cleanup_free_ char *copy = NULL;

	if (parameter_name_equal(name, "gpuclaim") || parameter_name_equal(name, "rd.gpuclaim"))
		return apply_switch(c, name, value);

	if (parameter_name_equal(name, "BOOT_IMAGE")) {
		/* "/vmlinuz-0-rescue-1234", "/1234/0-rescue/linux" */
		c->rescue |= value && text_has_part(value, "0-rescue");
		return 0;
	}
	if (parameter_name_equal(name, "gpuclaim.trial")) {
		c->trial = parse_switch(value) == 1;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!parameter_name_equal(name, lists[i].name))
			continue;
		copy = strdup(value ? value : "");
		return copy ? parse_list(c, &lists[i], copy) : -ENOMEM;
	}
	if (text_starts_with(name, "gpuclaim."))
		return apply_setting(c, name, value);

	/* "gpuclaim_skip=" is nobody else's: it may be what should have spared something. */
	if (text_starts_with(name, "gpuclaim") || text_starts_with(name, "rd.gpuclaim"))
		return apply_unknown(c, name, value);
	return 0;
}

int cmdline_parse(const char *text, struct cmdline *ret)
{
	struct cmdline c = {.settings = settings_default()};
	_cleanup_free_ char *buf = malloc(strlen(text) + 1);
	const char *name, *value;

	if (!buf)
		return -ENOMEM;

	while (cmdline_next(&text, buf, &name, &value)) {
		int r = apply(&c, name, value);

		if (r < 0) {
			cmdline_free(&c);
			return r;
		}
	}

	*ret = c;
	return 0;
}

void cmdline_free(struct cmdline *cmdline)
{
	free(cmdline->rules);
	free(cmdline->errors);
	*cmdline = (struct cmdline){0};
}
