/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would outlive the package and harm others: a unit that requires ours does not start once
 * ours is gone. The names of our files are enough to find it; the record tells what was there
 * before, if it can be read. */
#include "ctl/setup/services.h"

#include <string.h>

#include "ctl/arguments/trial.h"
#include "ctl/change/content.h"
#include "ctl/change/editor.h"
#include "ctl/change/plan.h"
#include "ctl/setup/nova.h"
#include "ctl/setup/plan.h"
#include "helper/base/folder.h"
#include "helper/base/root.h"

#define PREFIX "gpuclaim-"

/**
 * struct services - one run
 * @record:	setup's, empty where it can't be read
 * @part:	what of it is to be taken back, and what is known by name; its texts are others'
 * @links:	pairs: a link to a unit of ours, its target
 * @files, @nova: what is to be done
 * @no_record:	it can't be read
 * @result:	of the files, one of which may have failed: 0 or -errno
 */
struct services {
	const struct root *root;
	struct report *report;
	struct undo record, part;
	struct text_list links;
	struct change_plan files, nova;
	bool no_record;
	int result;
};

static void services_free(struct services *s)
{
	undo_free(&s->record);
	free(s->part.file);
	text_list_free(&s->links);
	change_plan_free(&s->files);
	change_plan_free(&s->nova);
}

static int read_record(struct services *s)
{
	int r = undo_read(s->root, SETUP_RECORD, &s->record);

	if (r == -ENOMEM || r >= 0)
		return r;
	s->no_record = true;
	return text_list_add(&s->report->warnings,
			     "/var/lib/gpuclaim/" SETUP_RECORD
			     ".undo can't be read (%s): files are recognized by their names",
			     strerror(-r));
}

/* It is told, and keeps nothing else from being taken back. */
static int pass_over(struct services *s, const char *path, int error)
{
	_cleanup_free_ char *what = text_absolute(path);

	if (error == -ENOMEM || !what)
		return -ENOMEM;
	s->result = report_errno(s->report, error, what);
	return 0;
}

static int find_links_in(struct services *s, const char *folder)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(s->root, folder, "", &names);

	if (r < 0)
		return pass_over(s, folder, r);
	for (size_t i = 0; i < names.n && r == 0; i++) {
		_cleanup_free_ char *path = NULL, *target = NULL;

		if (strncmp(names.text[i], PREFIX, strlen(PREFIX)) != 0)
			continue;
		if (asprintf(&path, "%s/%s", folder, names.text[i]) < 0)
			return -ENOMEM;
		r = content_read_link(s->root, path, &target);
		if (r == -EINVAL || (r == 0 && !target)) {
			r = 0; /* no link: nobody's way to enable a unit */
			continue;
		}
		if (r < 0) {
			r = pass_over(s, path, r);
			continue;
		}
		r = text_list_add(&s->links, "%s", path);
		if (r == 0)
			r = text_list_add(&s->links, "%s", target);
	}
	return r;
}

/* systemctl enable, add-wants and add-requires make them; a unit that is gone is not enabled. */
static int find_links(struct services *s)
{
	static const char *const kinds[] = {".wants", ".requires", ".upholds"};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct text_list folders _cleanup_(text_list_free) = {0};

		if (r == 0)
			r = folder_paths(s->root, SETUP_UNITS, kinds[i], &folders);
		if (r < 0)
			return pass_over(s, SETUP_UNITS, r);
		for (size_t j = 0; j < folders.n && r == 0; j++)
			r = find_links_in(s, folders.text[j]);
	}
	return r;
}

static void add(struct services *s, struct undo_file file)
{
	s->part.file[s->part.n++] = file;
}

/* The last one goes first: the gates, and folders when nothing is in them any more. */
static int collect(struct services *s)
{
	size_t most = s->links.n / 2 + s->record.n + SETUP_GATES;

	s->part.file = calloc(most, sizeof(*s->part.file));
	if (!s->part.file)
		return -ENOMEM;
	for (size_t i = 0; i < s->record.n; i++)
		if (editor_of(s->record.file[i].editor)->thing == THING_FOLDER &&
		    strncmp(s->record.file[i].path, SETUP_UNITS "/", strlen(SETUP_UNITS "/")) == 0)
			add(s, s->record.file[i]);
	for (size_t i = 0; i < s->links.n; i += 2)
		add(s, (struct undo_file){.path = s->links.text[i],
					  .editor = UNDO_LINK,
					  .after = s->links.text[i + 1]});
	for (size_t i = 0; i < SETUP_GATES; i++) {
		const struct undo_file *known = undo_find(&s->record, setup_gates[i]);

		add(s, known ? *known
			     : (struct undo_file){.path = (char *)setup_gates[i],
						  .editor = UNDO_WHOLE,
						  .after = (char *)setup_gate_text});
	}
	return 0;
}

/* One by one: what can't be read or changed keeps nothing else from being taken back. */
static int plan_files(struct services *s)
{
	int r = read_record(s);

	if (r == 0)
		r = find_links(s);
	if (r == 0)
		r = collect(s);
	for (size_t i = s->part.n; i-- > 0 && r == 0;) {
		struct undo one = {.file = &s->part.file[i], .n = 1};

		r = setup_plan_undo(s->root, &one, &s->files);
		if (r < 0)
			r = pass_over(s, s->part.file[i].path, r);
	}
	return r < 0 ? r : report_take(s->report, &s->files.warnings);
}

static int run_files(struct services *s)
{
	struct change_run run _cleanup_(change_run_free) = {.root = s->root,
							    .record = SETUP_RECORD};

	for (size_t i = 0; i < s->files.n; i++) {
		struct change_plan one = {.step = &s->files.step[i], .n = 1};

		if (change_run_steps(&run, &one) < 0)
			s->result = report_problem(s->report, PROBLEM_FAILED, "%s",
						   run.error ? run.error : strerror(ENOMEM));
	}
	return report_steps(s->report, &s->files, &run);
}

static int do_files(struct services *s)
{
	int r = plan_files(s);

	if (r == 0)
		r = s->report->dry_run ? change_plan_append(&s->report->actions, &s->files)
				       : run_files(s);
	return r < 0 ? report_errno(s->report, r, "the units' files") : s->result;
}

/* What a file will hold, or holds. NULL: it can't be read, or goes. */
static const char *text_of(const struct services *s, const char *path, char **ret)
{
	for (size_t i = 0; i < s->files.n; i++)
		if (strcmp(s->files.step[i].path, path) == 0)
			return s->files.step[i].after;
	return root_read_text(s->root, path, ret) < 0 ? NULL : *ret;
}

/* "Requires=", with blanks around, and a unit of ours among its words. */
static bool requires_ours(const char *line)
{
	static const char *const keys[] = {"Requires", "Requisite", "BindsTo"};
	const char *end = line + strcspn(line, "\n"), *word = strstr(line, PREFIX);

	line += strspn(line, " \t");
	for (size_t i = 0; i < ARRAY_SIZE(keys) && word && word < end; i++) {
		size_t n = strlen(keys[i]);

		if (strncmp(line, keys[i], n) == 0 && line[n + strspn(line + n, " \t")] == '=')
			return true;
	}
	return false;
}

static int warn_of(struct services *s, const char *path)
{
	_cleanup_free_ char *buf = NULL;
	const char *text = text_of(s, path, &buf);

	for (const char *line = text; line && *line;
	     line += strcspn(line, "\n"), line += *line == '\n')
		if (requires_ours(line))
			return text_list_add(
				&s->report->warnings,
				"/%s requires a unit of gpuclaim, and gpuclaim did not write it: take that line out, or its service does not start without gpuclaim",
				path);
	return 0;
}

/* What an administrator wrote himself is his to mend. */
static int warn_of_all(struct services *s, const char *folder, const char *suffix)
{
	struct text_list paths _cleanup_(text_list_free) = {0};
	int r = folder_paths(s->root, folder, suffix, &paths);

	if (r < 0)
		return text_list_add(
			&s->report->warnings,
			"/%s can't be listed (%s): see whether a unit there requires one of gpuclaim",
			folder, strerror(-r));
	for (size_t i = 0; i < paths.n && r == 0; i++)
		r = strcmp(suffix, ".d") == 0 ? warn_of_all(s, paths.text[i], ".conf")
					      : warn_of(s, paths.text[i]);
	return r;
}

static int has_configuration(const struct services *s, bool *ret)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(s->root, "etc/gpuclaim/gpuclaim.conf.d", ".conf", &names);

	/* One that can't be listed may have it. */
	*ret = names.n > 0 || r < 0 || root_exists(s->root, "etc/gpuclaim/gpuclaim.conf");
	return r == -ENOMEM ? r : 0;
}

static int tell_what_stays(struct services *s)
{
	bool setup = undo_exists(s->root, SETUP_RECORD), configured;
	bool record =
		setup || undo_exists(s->root, KARGS_RECORD) || undo_exists(s->root, TRIAL_RECORD);
	int r = has_configuration(s, &configured);

	if (r == 0 && record && !s->no_record)
		return text_list_add(
			&s->report->warnings,
			"the kernel arguments, the initramfs images and the configuration stay, so the next boot claims GPUs, too: run \"gpuclaimctl %s\" before the package is removed, or install gpuclaim again to run it (/var/lib/gpuclaim is kept until the package is purged)",
			setup ? "undo" : "kargs revert");
	if (r < 0 || (!record && !configured))
		return r;
	return text_list_add(
		&s->report->warnings,
		"the configuration, the kernel arguments and the initramfs images stay as they are, and no record says how to undo them: take gpuclaim=1 out of the kernel arguments, remove /etc/gpuclaim, and build the images anew");
}

static int do_nova(struct services *s)
{
	int r = setup_undo_nova_known(s->root, true, &s->nova, s->report);

	if (r == 0 && !s->report->dry_run)
		r = setup_undo_nova_known(s->root, false, &s->nova, s->report);
	return r;
}

static int do_all(struct services *s)
{
	int files = do_files(s), nova = do_nova(s);
	int r = warn_of_all(s, SETUP_UNITS, ".service");

	if (r == 0)
		r = warn_of_all(s, SETUP_UNITS, ".d");
	if (r == 0)
		r = tell_what_stays(s);
	if (r == 0 && s->report->dry_run)
		r = change_plan_append(&s->report->actions, &s->nova);
	if (s->report->dry_run)
		s->report->changed = change_plan_has_work(&s->report->actions);
	if (r < 0)
		return report_errno(s->report, r, "what stays can't be printed");
	if (s->report->changed && s->report->kind == PROBLEM_REFUSED)
		s->report->kind = PROBLEM_FAILED;
	return files < 0 ? files : nova;
}

int setup_undo_services(const struct root *root, struct report *report)
{
	struct services s = {.root = root, .report = report};
	int r = do_all(&s);

	services_free(&s);
	return r;
}
