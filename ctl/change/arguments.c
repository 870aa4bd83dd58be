/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/arguments.h"

int arguments_read_ostree(const struct root *root, const struct arguments *arguments, char **ret)
{
	(void)root;
	return text_copy(arguments->next, ret);
}

static int add_words(struct text_list *to, const char *const words[])
{
	int r = 0;

	for (size_t i = 0; words[i] && r == 0; i++)
		r = text_list_add(to, "%s", words[i]);
	return r;
}

int arguments_revert_ostree(const struct root *root, const struct loader *loader,
			    struct arguments_revert *revert)
{
	const struct kargs_changes *changes = &revert->file->changes;
	int r = add_words(&revert->words, (const char *const[]){loader->tool, "kargs", NULL});

	(void)root;
	for (size_t i = 0; i < changes->n && r == 0; i++) {
		const struct kargs_change *c = &changes->change[i];

		r = text_list_add(&revert->words, "--delete-if-present=%s", c->now);
		if (r == 0 && *c->was)
			r = text_list_add(&revert->words, "--append-if-missing=%s", c->was);
	}
	return r;
}
