/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/editor.h"

#include <string.h>

#include "ctl/change/content.h"

static int read_ostree(const struct arguments *arguments, char **ret)
{
	return text_copy(arguments->next, ret);
}

static int add_words(struct text_list *to, const char *const words[])
{
	int r = 0;

	for (size_t i = 0; words[i] && r == 0; i++)
		r = text_list_add(to, "%s", words[i]);
	return r;
}

static int revert_ostree(const struct loader *loader, struct arguments_revert *revert)
{
	const struct kargs_changes *changes = &revert->file->changes;
	int r = add_words(&revert->words, (const char *const[]){loader->tool, "kargs", NULL});

	for (size_t i = 0; i < changes->n && r == 0; i++) {
		const struct kargs_change *c = &changes->change[i];

		r = text_list_add(&revert->words, "--delete-if-present=%s", c->now);
		if (r == 0 && *c->was)
			r = text_list_add(&revert->words, "--append-if-missing=%s", c->was);
	}
	return r;
}

#define OF_FILE .read = content_read_file, .put = content_put_file

static const struct editor editors[_UNDO_COUNT] = {
	[UNDO_WHOLE] = {"whole", OF_FILE, .take_out = take_out_lines},
	[UNDO_CMDLINE] = {"cmdline", OF_FILE, .take_out = take_out_words, .replaced = true},
	[UNDO_GRUB_LINUX] = {"linux", OF_FILE, .take_out = take_out_linux},
	[UNDO_GRUB_DEFAULT] = {"default", OF_FILE, .take_out = take_out_default},
	[UNDO_ADOPTED] = {"adopted", OF_FILE, .take_out = take_out_adoption, .may_remove = true},
	[UNDO_BLS] = {"bls", OF_FILE, .take_out = take_out_options},
	[UNDO_GRUBENV] = {"grubenv", .read = content_read_kernelopts, .put = content_put_kernelopts,
			  .take_out = take_out_ordered},
	[UNDO_OSTREE] = {"ostree", .thing = THING_ARGUMENTS, .read_arguments = read_ostree,
			 .revert_arguments = revert_ostree, .take_out = take_out_ordered},
	[UNDO_MARKED] = {"marked", OF_FILE, .take_out = take_out_marked},
	[UNDO_OWN_LINE] = {"own-line", OF_FILE, .take_out = take_out_own_line},
	[UNDO_OWN] = {"own", OF_FILE, .take_out = take_out_all, .ours_alone = true},
	[UNDO_LINK] = {"link", .thing = THING_LINK, .read = content_read_link,
		       .put = content_put_link, .take_out = take_out_nothing},
	[UNDO_FOLDER] = {"folder", .thing = THING_FOLDER, .read = content_read_folder,
			 .put = content_put_folder, .take_out = take_out_nothing},
	[UNDO_RECORD] = {"record", .thing = THING_RECORD, OF_FILE, .take_out = take_out_nothing},
};

const struct editor *editor_of(enum undo_editor kind)
{
	return &editors[kind];
}

int editor_find(const char *word, enum undo_editor *ret)
{
	for (unsigned i = 0; i < _UNDO_COUNT; i++) {
		if (strcmp(editors[i].word, word) != 0)
			continue;
		*ret = (enum undo_editor)i;
		return 0;
	}
	return -EBADMSG;
}

int editor_read(const struct root *root, const struct arguments *arguments,
		const struct undo_file *file, char **ret)
{
	const struct editor *editor = &editors[file->editor];

	return editor->read ? editor->read(root, file->path, ret)
			    : editor->read_arguments(arguments, ret);
}

int undo_without_ours(const struct undo_file *file, const char *current, char **ret,
		      size_t *ret_gone)
{
	const struct editor *editor = &editors[file->editor];

	*ret_gone = 0;
	if (content_equal(current, file->before) ||
	    (file->after && content_equal(current, file->after)))
		return text_copy(file->before, ret);
	if (current || editor->ours_alone || editor->may_remove)
		return editor->take_out(file, current, ret, ret_gone);
	*ret_gone = file->changes.n;
	*ret = NULL;
	return 0;
}

int undo_warn(const struct undo_file *file, const char *current, size_t gone,
	      struct text_list *warnings)
{
	const struct editor *editor = &editors[file->editor];
	/* No content means a removed file only where that can have been our change. */
	bool known = file->after || editor->may_remove;

	if (content_equal(current, file->before) ||
	    (known && content_equal(current, file->after)) || editor->ours_alone ||
	    editor->thing == THING_FOLDER)
		return 0;
	if (!current)
		return text_list_add(warnings, "/%s: somebody else has removed it", file->path);
	if (gone)
		return text_list_add(
			warnings,
			"/%s: somebody else has changed it since; of our changes %zu %s not there any more",
			file->path, gone, gone == 1 ? "is" : "are");
	if (file->after)
		return text_list_add(warnings,
				     "/%s: somebody else has changed it since, and that is kept",
				     file->path);
	return 0;
}
