/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/progress.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/print/terminal.h"

#define LINE_START "\r\033[K" /* ECMA-48: erase to the end of the line */

/* A terminal that can't erase is a log. */
static size_t room_of(FILE *to)
{
	const char *term = getenv("TERM");
	size_t room = terminal_room(to);

	return room == SIZE_MAX || !term || strcmp(term, "dumb") == 0 ? 0 : room;
}

static long seconds_since(const struct timespec *begin)
{
	struct timespec now = *begin;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - begin->tv_sec;
}

const char *progress_format(const struct progress *progress, long seconds, char *text)
{
	size_t n = progress->width < PROGRESS_LINE_MAX ? progress->width : PROGRESS_LINE_MAX;

	(void)snprintf(text, PROGRESS_LINE_MAX, "%s ... %ld s%s%s", progress->title, seconds,
		       progress->said[0] ? ": " : "", progress->said);
	text[n - 1] = '\0';
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}

static void show(const struct progress *progress)
{
	char text[PROGRESS_LINE_MAX];

	fprintf(progress->to, LINE_START "%s",
		progress_format(progress, seconds_since(&progress->begin), text));
	(void)fflush(progress->to); /* what fails here is found at the end of main() */
}

struct progress progress_begin(FILE *to, const char *title)
{
	struct progress progress = {.to = to, .title = title, .width = room_of(to)};

	(void)clock_gettime(CLOCK_MONOTONIC, &progress.begin);
	if (progress.width) {
		show(&progress);
	} else {
		fprintf(to, "%s ...\n", title);
		(void)fflush(to);
	}
	return progress;
}

void progress_tell(void *context, const char *line)
{
	struct progress *progress = context;

	if (!progress->width)
		return;
	if (line)
		(void)snprintf(progress->said, sizeof(progress->said), "%s", line);
	show(progress);
}

void progress_end(struct progress *progress, const char *result)
{
	if (progress->width)
		fprintf(progress->to, LINE_START "%s ... %s, %ld s\n", progress->title, result,
			seconds_since(&progress->begin));
	else
		fprintf(progress->to, "%s ... %s\n", progress->title, result);
	(void)fflush(progress->to);
}
