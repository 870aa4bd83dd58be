/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ctl/readiness/checks.h"
#include "helper/base/text.h"

static void check_nova_whitelist(const struct check_input *in, struct check *check)
{
	if (in->facts->whitelist)
		*check = *in->facts->whitelist;
	else
		check_say(check, STATE_SKIP, NULL, "Nova's configuration is not looked at");
}

static void check_kernel_arguments(const struct check_input *in, struct check *check)
{
	const struct next_boot *next = &in->facts->next_boot;

	if (next->doubt[0])
		check_say(check, STATE_WARN, "gpuclaimctl kargs show", "%s", next->doubt);
	else if (!next->source[0])
		check_say(
			check, STATE_SKIP, NULL,
			"the next boot's kernel arguments are not known (see gpuclaimctl kargs show)");
	else if (next->against[0])
		check_say(
			check, STATE_WARN,
			"run gpuclaimctl kargs apply; where it names a place that they come from, take them out there, and run it again",
			"the next boot (%s) has kernel arguments that stop the claims, and this boot has not: %s",
			next->source, next->against);
	else if (next->lacks[0])
		check_say(check, STATE_WARN, "gpuclaimctl kargs apply",
			  "the next boot (%s) lacks kernel arguments that this boot has: %s",
			  next->source, next->lacks);
	else if (next->dropped[0])
		check_say(
			check, STATE_WARN,
			"run gpuclaimctl kargs apply; if it can't edit that file, add the arguments there by hand",
			"%s lacks kernel arguments that the next boot has: a new kernel or grub2-mkconfig may drop them: %s",
			next->made_from, next->dropped);
	else if (next->rescue[0])
		check_say(check, STATE_WARN, "gpuclaimctl kargs apply",
			  "the rescue entry %s has gpuclaim=1, which it should not have",
			  next->rescue);
	else
		check_say(
			check, STATE_PASS, NULL,
			"the next boot (%s) has the kernel arguments that a claim needs, as this boot has",
			next->source);
}

static void check_hugepages(const struct check_input *in, struct check *check)
{
	unsigned long n = in->facts->host.hugepages;

	if (n)
		check_say(check, STATE_PASS, NULL, "%lu hugepages are reserved", n);
	else
		check_say(
			check, STATE_PASS, NULL,
			"no hugepages are reserved: a guest starts more slowly, for its memory is pinned in small pages");
}

static void check_lockdown(const struct check_input *in, struct check *check)
{
	const char *lockdown = in->facts->host.lockdown;

	if (!*lockdown || strcmp(lockdown, "none") == 0)
		check_say(check, STATE_PASS, NULL,
			  *lockdown ? "the kernel is not locked down"
				    : "the kernel does not say whether it is locked down");
	else
		check_say(
			check, STATE_PASS, NULL,
			"the kernel is locked down (%s): VFIO works, and unsigned modules are not loaded",
			lockdown);
}

static void join_texts(const struct text_list *list, char *buf, size_t size)
{
	*buf = '\0';
	for (size_t i = 0; i < list->n; i++)
		text_join(buf, size, ", ", list->text[i]);
}

static void say_unread(struct check *check, enum check_state state, const struct text_list *unread,
		       const char *what)
{
	char list[MESSAGE_MAX - 128];

	join_texts(unread, list, sizeof(list));
	check_say(check, state, "see why it can't be read", "it is not known whether %s: %s", what,
		  list);
}

/* Nothing to look at: said, and true. */
static bool has_no_users(const struct check_input *in, struct check *check)
{
	if (in->selected && in->facts->users)
		return false;
	check_say(check, STATE_SKIP, NULL,
		  in->selected ? "it was not looked at" : NOTHING_SELECTED);
	return true;
}

static void check_thief_drivers(const struct check_input *in, struct check *check)
{
	char list[MESSAGE_MAX - 64];

	if (has_no_users(in, check))
		return;
	join_texts(&in->facts->users->thief, list, sizeof(list));
	if (!*list)
		check_say(check, STATE_PASS, NULL,
			  "no other module of this kernel would take a %s function",
			  selected_word(in));
	else
		check_say(check, STATE_PASS, NULL,
			  in->foreseen ? "would take a chosen function, and is kept from it: %s"
				       : "kept from the selected functions: %s",
			  list);
}

/* With vfio-pci alone a guest does not get all of such a GPU: of a Grace, its memory. */
static void check_variant_driver(const struct check_input *in, struct check *check)
{
	char list[MESSAGE_MAX - 128];

	if (has_no_users(in, check))
		return;
	join_texts(&in->facts->users->variant, list, sizeof(list));
	if (*list)
		check_say(
			check, STATE_WARN,
			in->foreseen
				? "write \"set driver=auto\" to /etc/gpuclaim/gpuclaim.conf, and run setup again"
				: "have \"set driver=auto\" in /etc/gpuclaim/gpuclaim.conf, run gpuclaimctl setup, and reboot",
			"the kernel has a driver that is made for a %s GPU: %s", selected_word(in),
			list);
	else
		check_say(check, STATE_PASS, NULL, "the kernel has no better driver for a %s GPU",
			  selected_word(in));
}

/* Its service runs after the claim, and takes a function from vfio-pci. */
static bool has_overrides(const struct check_input *in, struct check *check)
{
	const struct text_list *overrides = &in->facts->users->override;
	char list[MESSAGE_MAX - 96];

	join_texts(overrides, list, sizeof(list));
	if (*list)
		check_say(
			check, in->foreseen ? STATE_FAIL : STATE_WARN,
			in->foreseen ? "run driverctl unset-override for each, or choose other GPUs"
				     : "run driverctl unset-override for each, and reboot",
			"driverctl gives %s functions to another driver at each boot, after the claim: %s",
			selected_word(in), list);
	return *list;
}

static void check_gpu_users(const struct check_input *in, struct check *check)
{
	const struct gpu_users *users = in->facts->users;
	char list[MESSAGE_MAX], what[96];

	if (has_no_users(in, check) || has_overrides(in, check))
		return;
	(void)snprintf(what, sizeof(what), "something is set up to use the %s GPUs on the host",
		       selected_word(in));
	join_texts(&users->place, list, sizeof(list));
	if (*list)
		check_say(check, STATE_WARN, "disable what the host does not need", "%s", list);
	else if (users->unread.n)
		say_unread(check, STATE_WARN, &users->unread, what);
	else
		check_say(check, STATE_PASS, NULL,
			  "nothing is set up to use the %s GPUs on the host", selected_word(in));
}

static void check_old_recipes(const struct check_input *in, struct check *check)
{
	const struct recipes *recipes = in->facts->recipes;
	char list[MESSAGE_MAX - 128];

	if (recipes && recipes->found.n) {
		join_texts(&recipes->found, list, sizeof(list));
		check_say(
			check, STATE_WARN,
			"gpuclaimctl setup --adopt takes over what is safe and names the rest: an old recipe may take devices that the host should keep",
			"older recipes for vfio-pci are left over: %s", list);
	} else if (recipes && recipes->ignored.n) {
		join_texts(&recipes->ignored, list, sizeof(list));
		check_say(check, STATE_WARN, "give it a name that ends in .conf, or remove it",
			  "no program reads it, for its name does not end in .conf: %s", list);
	} else if (recipes && recipes->unread.n) {
		say_unread(check, STATE_SKIP, &recipes->unread,
			   "older recipes for vfio-pci are left over");
	} else {
		check_say(check, STATE_PASS, NULL, "no older recipe for vfio-pci is left over");
	}
}

static const struct check_row rows[] = {
	/* Nova's configuration names no GPU that is not ready */
	{"nova-whitelist", NULL, check_nova_whitelist, 0},
	/* the next boot has what this one has */
	{"kernel-arguments", NULL, check_kernel_arguments, 0},
	/* a hint: guests' memory is pinned */
	{"hugepages", NULL, check_hugepages, 0},
	/* a hint: what the kernel refuses to load */
	{"lockdown", NULL, check_lockdown, 0},
	/* which modules are kept from them */
	{"thief-drivers", "thief-drivers", check_thief_drivers, 0},
	/* they have the driver that is made for them */
	{"variant-driver", "variant-driver", check_variant_driver, 0},
	/* nothing of the host is set up to use them */
	{"gpu-users", "gpu-users", check_gpu_users, 0},
	/* nothing but gpuclaim gives functions to vfio-pci */
	{"old-recipes", NULL, check_old_recipes, CHECK_OF_TREE},
};

const struct check_group checks_of_host = CHECK_GROUP(rows);
