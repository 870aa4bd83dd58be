/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/explain/explanation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

static struct explain_fact *add(struct explanation *explanation, const char *id, const char *file)
{
	struct explain_fact *more =
		reallocarray(explanation->fact, explanation->n_facts + 1, sizeof(*more));
	char *path = NULL;

	if (more)
		explanation->fact = more;
	if (!more || text_format(&path, "%s%s", strchr("/(", *file) ? "" : "/", file) < 0) {
		explanation->failed = true;
		return NULL;
	}
	more[explanation->n_facts] = (struct explain_fact){.id = id, .file = path};
	return &more[explanation->n_facts++];
}

void explain_say(struct explanation *explanation, const char *id, const char *file,
		 const char *format, ...)
{
	struct explain_fact *fact = add(explanation, id, file);
	va_list args;

	if (!fact)
		return;
	va_start(args, format);
	explanation->failed |= text_replace(&fact->value, format, args) < 0;
	va_end(args);
}

void explain_unknown(struct explanation *explanation, const char *id, const char *file, int error)
{
	struct explain_fact *fact = add(explanation, id, file);

	if (fact && error < 0)
		fact->error = strerror(-error);
}

void explanation_free(struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->n_facts; i++) {
		free(explanation->fact[i].value);
		free(explanation->fact[i].file);
	}
	free(explanation->fact);
	free(explanation->next);
	device_tree_free(&explanation->tree);
	*explanation = (struct explanation){0};
}
