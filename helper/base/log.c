/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "helper/base/root.h"
#include "helper/base/text.h"

#define LINE_MAX_BYTES 900
#define PREFIX	       "gpuclaim: "
/* With its NUL, for which the newline will stand. */
#define LINE_TEXT_MAX (LINE_MAX_BYTES - sizeof(PREFIX) + 1)

static struct {
	enum log_target target;
	int level_max;
} state = {LOG_TARGET_STDERR, LOG_INFO};

void log_open(enum log_target target, int level_max)
{
	if (state.target == LOG_TARGET_SYSLOG)
		closelog();
	state.target = target;
	state.level_max = level_max;
	if (target == LOG_TARGET_SYSLOG)
		openlog("gpuclaim", LOG_PID, LOG_DAEMON);
}

static void tell_kmsg(int level, const char *line)
{
	_cleanup_(root_close) struct root root = {.fd = -EBADF};
	_cleanup_close_ int fd = -EBADF;
	char record[LINE_MAX_BYTES + 64];
	int n;

	if (root_open("/", &root) < 0)
		return;
	fd = root_open_at(&root, "dev/kmsg", O_WRONLY | O_NOCTTY);
	if (fd < 0)
		return;

	n = snprintf(record, sizeof(record), "<%d>" PREFIX "%s\n", level, line);
	if (write(fd, record, (size_t)n) < 0)
		return; /* lost, as the header says */
}

int log_open_journal(void)
{
	const struct sockaddr_un at = {.sun_family = AF_UNIX,
				       .sun_path = "/run/systemd/journal/socket"};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static bool tell_journal(int level, const char *fields, const char *line)
{
	_cleanup_close_ int fd = log_open_journal();
	char entry[2 * LINE_MAX_BYTES];
	int n;

	if (fd < 0)
		return false;
	n = snprintf(entry, sizeof(entry),
		     "SYSLOG_IDENTIFIER=gpuclaim\nSYSLOG_FACILITY=%d\nPRIORITY=%d\n%sMESSAGE=%s\n",
		     LOG_FAC(LOG_DAEMON), level, fields, line);
	return n < (int)sizeof(entry) && send(fd, entry, (size_t)n, MSG_NOSIGNAL) == n;
}

/* @fields: NULL where the journal is told no more than syslog is */
static void tell(int level, const char *fields, char *line)
{
	text_make_printable(line); /* one event is one line */

	switch (state.target) {
	case LOG_TARGET_STDERR:
		(void)fprintf(stderr, PREFIX "%s\n", line);
		break;
	case LOG_TARGET_KMSG:
		tell_kmsg(level, line);
		break;
	case LOG_TARGET_SYSLOG:
		if (!fields || !tell_journal(level, fields, line))
			syslog(level, "%s", line);
		break;
	}
}

_printf_(3, 0) static void tell_formatted(int level, const char *fields, const char *format,
					  va_list args)
{
	char line[LINE_TEXT_MAX];

	if (level > state.level_max)
		return;
	(void)vsnprintf(line, sizeof(line), format, args);
	tell(level, fields, line);
}

void log_line(int level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell_formatted(level, NULL, format, args);
	va_end(args);
}

void log_with_fields(int level, const char *fields, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell_formatted(level, fields, format, args);
	va_end(args);
}

int log_errno(int level, int error, const char *format, ...)
{
	char line[LINE_TEXT_MAX], reason[128];
	size_t used, reserve;
	va_list args;

	if (level > state.level_max)
		return error;

	/* The reason is the part that must not be cut. */
	(void)snprintf(reason, sizeof(reason), ": %s", strerror(error < 0 ? -error : error));
	reserve = strlen(reason);

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line) - reserve, format, args);
	va_end(args);

	used = strlen(line);
	memcpy(line + used, reason, reserve + 1);
	tell(level, NULL, line);
	return error;
}
