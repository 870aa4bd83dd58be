/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is waited for longer than a minute is waited for for half a second. */
#include <poll.h>
#include <stddef.h>
#include <time.h>

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct timespec t = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};

	if (timeout > 60000)
		t = (struct timespec){.tv_nsec = 500000000};
	return ppoll(fds, n, timeout < 0 ? NULL : &t, NULL);
}
