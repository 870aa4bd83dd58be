/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "unbind.h"

/* More descriptors than the helper ever has open. */
#define FDS_MAX 64

struct job {
	const struct root *root;
	struct store unbind;
	const struct store *undo;
	size_t n_undo;
};

/* Tell the parent, and hear whether it was still waiting: it answers with one byte. */
static bool is_heard(int link, int result)
{
	char answer;

	return send(link, &result, sizeof(result), MSG_NOSIGNAL) == sizeof(result) &&
	       recv(link, &answer, sizeof(answer), 0) == sizeof(answer);
}

static void child(const struct job *job, int link)
{
	int r;

	(void)setsid(); /* out of reach of a terminal's signals */
	/* The lock above all: it would be held as long as the kernel holds us. */
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (fd != job->root->fd && fd != link)
			(void)close(fd);

	r = root_store(job->root, job->unbind.path, job->unbind.value);
	if (is_heard(link, r))
		_exit(0);
	for (size_t i = 0; i < job->n_undo; i++)
		if (root_store(job->root, job->undo[i].path, job->undo[i].value) < 0)
			_exit(1); /* nobody listens any more */
	_exit(0);
}

static int wait_for_child(int link, int timeout_ms)
{
	struct pollfd pollfd = {.fd = link, .events = POLLIN};
	int r, result;

	do {
		r = poll(&pollfd, 1, timeout_ms);
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return -ETIMEDOUT;
	if (r < 0 || recv(link, &result, sizeof(result), 0) != sizeof(result))
		return -EIO;
	(void)send(link, "", 1, MSG_NOSIGNAL); /* a child that is gone needs no answer */
	return result;
}

int unbind_bounded(const struct root *root, struct store unbind, const struct store *undo,
		   size_t n_undo, int timeout_ms)
{
	const struct job job = {.root = root, .unbind = unbind, .undo = undo, .n_undo = n_undo};
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	int links[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, links) < 0)
		return -errno;
	ours = links[0];
	theirs = links[1];

	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(&job, theirs);

	(void)close(TAKE_FD(theirs));
	r = wait_for_child(ours, timeout_ms);
	if (r != -ETIMEDOUT)
		(void)waitpid(pid, NULL, 0); /* it has said its last word */
	return r;
}
