/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/record/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/time.h>

#include "helper/record/record.h"

static void on_alarm(int signal _unused_)
{
	/* Only there to end flock(2) with EINTR. */
}

int lock_take(const struct root *root, const char *name, unsigned timeout_ms)
{
	const struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	/* More than once: the first alarm may come before flock(2) has begun. */
	const struct itimerval off = {0}, timer = {.it_value = timeout, .it_interval = timeout};
	const struct sigaction action = {.sa_handler = on_alarm};
	struct sigaction before;
	_cleanup_close_ int fd = -EBADF;
	char path[64];
	int r;

	r = root_mkdir(root, RECORD_DIR);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), RECORD_DIR "/%s", name);
	fd = root_open_at(root, path, O_RDWR | O_CREAT);
	if (fd < 0)
		return fd;

	(void)sigaction(SIGALRM, &action, &before); /* fails for bad arguments only */
	(void)setitimer(ITIMER_REAL, &timer, NULL);
	r = flock(fd, timeout_ms ? LOCK_EX : LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)sigaction(SIGALRM, &before, NULL);
	if (r < 0)
		return r == -EINTR || r == -EWOULDBLOCK ? -EBUSY : r;
	return TAKE_FD(fd);
}
