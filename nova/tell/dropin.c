/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/tell/dropin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "helper/policy/fingerprint.h"
#include "nova/tell/json.h"

#define MARK	    "# gpuclaim-nova 1 hash="
#define REVERTED    "reverted"
#define SECTION	    "[pci]\n"
#define INSTALLED   "installed"
#define SINCE	    "# report_in_placement was set in boot "
#define SINCE_END   " s after it began."
#define HASH_LENGTH (FINGERPRINT_MAX - 1)

static const char remark[] =
	"# Written by `gpuclaimctl nova apply`. At each boot gpuclaim makes the lines of [pci]\n"
	"# that list devices name the GPUs that are ready, and changes nothing else. Once this\n"
	"# file is edited, it is left alone.\n";
static const char remark_reverted[] =
	"# Kept by `gpuclaimctl nova revert`: nova-compute does not start once this was true and\n"
	"# no longer is.\n";

const char *nova_spec_option(unsigned release)
{
	return nova_accepts(release, NOVA_DEVICE_SPEC) ? "device_spec" : "passthrough_whitelist";
}

static bool is_spec_line(const char *line)
{
	return strncmp(line, "device_spec =", 13) == 0 ||
	       strncmp(line, "passthrough_whitelist =", 23) == 0;
}

/* With its newline. */
static size_t line_length(const char *line)
{
	size_t n = strcspn(line, "\n");

	return n + (line[n] == '\n');
}

/* Does a text have this very line? */
static bool has_line(const char *text, const char *line)
{
	size_t n = line_length(line);

	for (const char *p = text; *p; p += line_length(p))
		if (line_length(p) == n && strncmp(p, line, n) == 0)
			return true;
	return false;
}

/* Puts the first line's beginning before all that was added. */
static int seal(struct text_buffer *rest, char **ret)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *text = NULL;
	char hash[FINGERPRINT_MAX];
	int r = text_take(rest, &text, NULL);

	if (r < 0)
		return r;
	text_addf(&to, MARK "%s %s", fingerprint_text(text, hash), text);
	return text_take(&to, ret, NULL);
}

static void print_options(const struct nova_options *options, bool pinned, struct text_buffer *to)
{
	static const char *const keys[] = {"alias", "numa-policy", "traits", "tags"};
	const char *const values[] = {options->alias, options->numa_policy, options->traits,
				      options->tags};

	text_addf(to, "release=%s placement=%s shared-groups=%s",
		  pinned ? nova_release_name(options->release) : INSTALLED,
		  options->placement ? "yes" : "no", options->shared_groups ? "yes" : "no");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (*values[i])
			text_addf(to, " %s=%s", keys[i], values[i]);
	text_add_char(to, '\n');
}

static int print_specs(const struct nova_plan *plan, struct text_buffer *to)
{
	const char *option = nova_spec_option(plan->options.release);

	for (size_t i = 0; i < plan->n_specs; i++) {
		_cleanup_(nova_json_free) struct json_object *object = nova_json_spec(plan, i);
		const char *text = object ? nova_json_text(object) : NULL;

		if (!text)
			return -ENOMEM;
		text_addf(to, "%s = %s\n", option, text);
	}
	return 0;
}

/* What another file has is shown where people look for it. */
static int print_aliases(const struct nova_plan *plan, struct text_buffer *to)
{
	for (size_t i = 0; i < plan->n_aliases; i++) {
		const struct nova_alias *alias = &plan->alias[i];
		_cleanup_(nova_json_free) struct json_object *object = nova_json_alias(plan, i);
		const char *text = object ? nova_json_text(object) : NULL;

		if (!text)
			return -ENOMEM;
		if (alias->omitted)
			continue;
		if (alias->elsewhere)
			text_addf(to, "# %s has it:\n#", alias->elsewhere);
		text_addf(to, "%salias = %s\n", alias->elsewhere ? " " : "", text);
	}
	return 0;
}

static void print_report(const struct nova_moment *since, struct text_buffer *to)
{
	if (since->boot[0])
		text_addf(to, SINCE "%s, %" PRIu64 ".%02u" SINCE_END "\n", since->boot,
			  since->uptime_cs / 100, (unsigned)(since->uptime_cs % 100));
	text_add(to, NOVA_DROPIN_REPORT);
}

int nova_dropin_render(const struct nova_plan *plan, bool pinned, char **ret)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	int r;

	print_options(&plan->options, pinned, &to);
	text_addf(&to, "%s%s", remark, SECTION);
	r = print_specs(plan, &to);
	if (r == 0)
		r = print_aliases(plan, &to);
	if (plan->options.placement)
		print_report(&plan->options.since, &to);
	return r < 0 ? r : seal(&to, ret);
}

int nova_dropin_refresh(const char *text, const struct nova_plan *plan, char **ret)
{
	const char *rest = text + strlen(MARK) + HASH_LENGTH + 1;
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	int r = -EBADMSG;

	for (const char *line = rest; *line; line += line_length(line)) {
		if (!is_spec_line(line))
			text_add_bytes(&to, line, line_length(line));
		if (text_starts_with(line, SECTION)) {
			r = print_specs(plan, &to);
			if (r < 0)
				return r;
		}
	}
	return r < 0 ? r : seal(&to, ret);
}

bool nova_dropin_has_aliases(const char *text)
{
	return strstr(text, "\nalias = ") || strstr(text, "\n# alias = ");
}

int nova_dropin_shrink(const char *text, const char *other, char **ret, size_t *ret_n)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	*ret_n = 0;
	for (const char *line = text + strlen(MARK) + HASH_LENGTH + 1; *line;
	     line += line_length(line)) {
		if (is_spec_line(line) && !has_line(other, line))
			continue;
		text_add_bytes(&to, line, line_length(line));
		*ret_n += is_spec_line(line);
	}
	return seal(&to, ret);
}

/* What others wrote into it, without our lines but the one that has to stay. */
static int without_ours(const char *text, const char *ours, bool keep_report, char **ret)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	bool empty = true;

	for (const char *line = text; *line; line += line_length(line)) {
		bool stays = text_starts_with(line, SECTION) ||
			     (keep_report && text_starts_with(line, NOVA_DROPIN_REPORT));

		if (text_starts_with(line, MARK) || (!stays && has_line(ours, line)))
			continue;
		text_add_bytes(&to, line, line_length(line));
		empty &= *line == '\n' || text_starts_with(line, SECTION);
	}
	*ret = NULL;
	return empty ? 0 : text_take(&to, ret, NULL);
}

bool nova_dropin_reports(const char *text)
{
	return text && strstr(text, "\n" NOVA_DROPIN_REPORT);
}

int nova_dropin_revert(const char *text, const char *ours, bool keep_report, char **ret)
{
	struct text_buffer kept _cleanup_(text_buffer_free) = {0};
	struct nova_dropin dropin = {0};
	int r = nova_dropin_parse(text, &dropin);

	if (r < 0 || !dropin.intact)
		return without_ours(text, ours, keep_report, ret);
	*ret = NULL;
	if (!keep_report || !nova_dropin_reports(text))
		return 0;
	text_addf(&kept, "%s\n%s%s", REVERTED, remark_reverted, SECTION);
	print_report(&dropin.options.since, &kept);
	return seal(&kept, ret);
}

/* Where there is no such line, or not as we write it, nothing is known. */
static void parse_since(const char *text, struct nova_moment *ret)
{
	const char *at = strstr(text, "\n" SINCE);
	struct nova_moment since = {0};
	unsigned hundredths;

	if (at && sscanf(at + 1, SINCE "%36[0-9a-f-], %" SCNu64 ".%2u", since.boot,
			 &since.uptime_cs, &hundredths) == 3) {
		since.uptime_cs = since.uptime_cs * 100 + hundredths;
		*ret = since;
	}
}

/* The next word of the line "KEY=VALUE …"; its value in @value. */
static bool take_word(const char **at, const char *key, char *value, size_t size)
{
	size_t n = strlen(key), length;

	*at += strspn(*at, " ");
	if (strncmp(*at, key, n) != 0 || (*at)[n] != '=')
		return false;
	length = strcspn(*at + n + 1, " \n");
	if (length >= size)
		return false;
	memcpy(value, *at + n + 1, length);
	value[length] = '\0';
	*at += n + 1 + length;
	return true;
}

static bool take_switch(const char **at, const char *key, bool *ret)
{
	char value[4];

	if (!take_word(at, key, value, sizeof(value)))
		return false;
	*ret = strcmp(value, "yes") == 0;
	return *ret || strcmp(value, "no") == 0;
}

/* One that need not be there; returns false if it is wrong. */
static bool take_choice(const char **at, const char *key, bool (*is_valid)(const char *),
			char *value, size_t size)
{
	char text[NOVA_LIST_MAX];

	if (!take_word(at, key, text, sizeof(text)))
		return true;
	if (!*text || strlen(text) >= size || !is_valid(text))
		return false;
	memcpy(value, text, strlen(text) + 1);
	return true;
}

static bool parse_options(const char *at, struct nova_options *ret)
{
	char release[16];

	if (!take_word(&at, "release", release, sizeof(release)) ||
	    !take_switch(&at, "placement", &ret->placement) ||
	    !take_switch(&at, "shared-groups", &ret->shared_groups))
		return false;
	if (strcmp(release, INSTALLED) != 0 && nova_release_parse(release, &ret->release) < 0)
		return false;
	return take_choice(&at, "alias", nova_alias_is_valid, ret->alias, sizeof(ret->alias)) &&
	       take_choice(&at, "numa-policy", nova_numa_policy_is_valid, ret->numa_policy,
			   sizeof(ret->numa_policy)) &&
	       take_choice(&at, "traits", nova_traits_are_valid, ret->traits,
			   sizeof(ret->traits)) &&
	       take_choice(&at, "tags", nova_tags_are_valid, ret->tags, sizeof(ret->tags)) &&
	       *at == '\n';
}

int nova_dropin_parse(const char *text, struct nova_dropin *ret)
{
	const char *hash = text + strlen(MARK), *rest = hash + HASH_LENGTH + 1;
	struct nova_dropin dropin = {0};
	char real[FINGERPRINT_MAX];

	if (!text_starts_with(text, MARK) || strcspn(hash, " \n") != HASH_LENGTH ||
	    hash[HASH_LENGTH] != ' ')
		return -EBADMSG;
	dropin.intact = strncmp(fingerprint_text(rest, real), hash, HASH_LENGTH) == 0;
	if (strncmp(rest, REVERTED "\n", strlen(REVERTED) + 1) == 0) {
		dropin.reverted = true;
		dropin.options.placement = true;
	} else if (!parse_options(rest, &dropin.options)) {
		return -EBADMSG;
	}
	parse_since(rest, &dropin.options.since);
	*ret = dropin;
	return 0;
}
