/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/print.h"

#include "ctl/change/exec.h"
#include "ctl/change/plan.h"
#include "ctl/change/run.h"
#include "ctl/print/diff.h"

/* Of a folder nobody is told: the file in it is. */
static bool is_silent(const struct change_step *step)
{
	return step->kind == CHANGE_WATCH || step->editor == UNDO_FOLDER;
}

static int print_step(const struct change_step *step, FILE *to)
{
	_cleanup_free_ char *text = NULL;

	if (step->kind == CHANGE_COMMAND) {
		text = exec_format((const char *const *)step->argv);
		if (text)
			fprintf(to, "would run: %s\n", text);
		return text ? 0 : -ENOMEM;
	}
	if (step->editor == UNDO_LINK) {
		if (step->after)
			fprintf(to, "would link: /%s -> %s\n", step->path, step->after);
		else
			fprintf(to, "would remove the link: /%s\n", step->path);
		return 0;
	}
	if (asprintf(&text, "/%s", step->path) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return diff_print(text, step->before, step->after, to);
}

int plan_print(const struct change_plan *plan, FILE *to)
{
	int r = 0;

	for (size_t i = 0; i < plan->n && r == 0; i++)
		if (!is_silent(&plan->step[i]))
			r = print_step(&plan->step[i], to);
	return r;
}

int plan_add_actions(const struct change_plan *plan, struct json_object *array)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct change_step *step = &plan->step[i];
		struct json_object *action;
		_cleanup_free_ char *text = NULL;
		bool command = step->kind == CHANGE_COMMAND;

		if (is_silent(step))
			continue;
		if (command)
			text = exec_format((const char *const *)step->argv);
		else if (asprintf(&text, "/%s", step->path) < 0)
			text = NULL;
		if (!text)
			return -ENOMEM;
		action = json_object_new_object();
		json_object_array_add(array, action);
		json_add_text(action, "action", command ? "run" : change_step_verb(step));
		json_add_text(action, command ? "command" : "file", text);
	}
	return 0;
}

void json_add_texts(struct json_object *to, const char *key, const struct text_list *list)
{
	struct json_object *array = json_add_array(to, key);

	for (size_t i = 0; i < list->n; i++)
		json_object_array_add(array, json_text(list->text[i]));
}
