/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/prompt.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool prompt_is_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static void on_interrupt(int signal)
{
	(void)signal; /* that there is one ends the wait */
}

/* A terminal has a line, or its end, when it has anything. Ctrl-C counts from the question on. */
static bool wait_for_line(const sigset_t *open)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	return ppoll(&input, 1, NULL, open) > 0;
}

static bool ask(const char *question, const sigset_t *open, char line[static PROMPT_LINE_MAX])
{
	fprintf(stderr, "%s ", question);
	if (wait_for_line(open) && fgets(line, PROMPT_LINE_MAX, stdin))
		return true;
	fputc('\n', stderr);
	return false;
}

bool prompt_line(const char *question, char line[static PROMPT_LINE_MAX])
{
	const struct sigaction action = {.sa_handler = on_interrupt};
	struct sigaction before;
	sigset_t keys, open;
	bool answered;

	/* None of these can fail with good arguments. */
	(void)sigemptyset(&keys);
	(void)sigaddset(&keys, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &keys, &open);
	(void)sigaction(SIGINT, &action, &before);
	answered = ask(question, &open, line);
	(void)sigaction(SIGINT, &before, NULL);
	(void)sigprocmask(SIG_SETMASK, &open, NULL);
	if (answered)
		line[strcspn(line, "\n")] = '\0';
	return answered;
}

bool prompt_is_yes(const char *line)
{
	return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}
