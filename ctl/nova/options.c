/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/change/edit.h"
#include "ctl/change/undo.h"
#include "nova/tell/guest.h"

void nova_say(const char *format, ...)
{
	va_list args;

	fputs("gpuclaimctl: nova: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

enum problem nova_cannot(const char *what, int r)
{
	if (undo_why(r))
		nova_say("/var/lib/gpuclaim/nova.undo %s", undo_why(r));
	else
		nova_say("%s: %s", what, strerror(-r));
	return edit_is_refusal(r) ? PROBLEM_REFUSED : PROBLEM_FAILED;
}

enum exit_code nova_lock_failed(const char *action, int r, char **ret)
{
	enum problem problem = edit_is_refusal(r) ? PROBLEM_REFUSED : PROBLEM_FAILED;

	if (r == -EBUSY) {
		(void)text_format(ret, "another gpuclaimctl nova %s is at work", action);
		return problem_exit_code(PROBLEM_LOCKED);
	}
	(void)text_format(ret, "the lock can't be taken: %s%s", strerror(-r),
			  report_wants_root(r) ? ": run this as root" : "");
	return problem_exit_code(problem);
}

/* Those whose text is taken as it is. */
static bool take_checked(const struct invocation *invocation, struct nova_options *options)
{
	const struct {
		enum verb_option option;
		const char *name, *expected;
		bool (*is_valid)(const char *text);
		char *to;
		size_t size;
	} texts[] = {
		{OPTION_NUMA_POLICY, "numa-policy", "legacy, preferred, required or socket",
		 nova_numa_policy_is_valid, options->numa_policy, sizeof(options->numa_policy)},
		{OPTION_TRAITS, "traits", "letters, digits and \"_\", with commas between traits",
		 nova_traits_are_valid, options->traits, sizeof(options->traits)},
		{OPTION_TAGS, "tags",
		 "KEY=VALUE,... of keys that neither gpuclaim nor Neutron makes use of",
		 nova_tags_are_valid, options->tags, sizeof(options->tags)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = invocation->value[texts[i].option];

		if (!text)
			continue;
		if (!texts[i].is_valid(text)) {
			nova_say("--%s: expected %s, not \"%s\"", texts[i].name, texts[i].expected,
				 text);
			return false;
		}
		(void)snprintf(texts[i].to, texts[i].size, "%s", text);
	}
	return true;
}

static bool take_guest(const struct invocation *invocation, struct nova_options *options)
{
	const char *word = invocation->value[OPTION_GUEST];
	enum nova_guest guest;

	if (!word)
		return true;
	if (nova_guest_parse(word, &guest) < 0) {
		nova_say("--guest: expected linux or windows11, not \"%s\"", word);
		return false;
	}
	options->guests = 1u << guest;
	return true;
}

int nova_options_parse(const struct invocation *invocation, struct nova_options *options)
{
	const char *release = invocation->value[OPTION_RELEASE];
	const char *placement = invocation->value[OPTION_PLACEMENT];
	const char *alias = invocation->value[OPTION_ALIAS];

	if (release && nova_release_parse(release, &options->release) < 0) {
		nova_say("--release: no such release: \"%s\"; known are %s to %s", release,
			 nova_release_name(NOVA_OLDEST), nova_release_name(NOVA_NEWEST));
		return -EINVAL;
	}
	if (placement && *placement) {
		nova_say("--placement: only `nova verify` and `nova revert` take an address");
		return -EINVAL;
	}
	if (alias && !nova_alias_is_valid(alias)) {
		nova_say(
			"--alias: expected at most %d letters, digits, \".\", \"_\" or \"-\", not \"%s\"",
			NOVA_ALIAS_MAX - 1, alias);
		return -EINVAL;
	}
	if (!take_checked(invocation, options) || !take_guest(invocation, options))
		return -EINVAL;
	if (placement)
		options->placement = true;
	if (invocation->value[OPTION_SHARED_GROUPS])
		options->shared_groups = true;
	if (alias)
		(void)snprintf(options->alias, sizeof(options->alias), "%s", alias);
	return 0;
}
