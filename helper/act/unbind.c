/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/act/unbind.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

/* More descriptors than the helper ever has open. */
#define FDS_MAX 64
/* That a signal comes between is not for ever. */
#define TRIES_MAX 1000
#define GRACE_MS  1000

/* How the child ends: the parent knows what came of it, or it was taken back. */
enum {
	CHILD_HEARD,
	CHILD_UNHEARD,
};

struct job {
	const struct root *root;
	int (*work)(const struct root *root, const void *context);
	const void *context;
	const struct store *undo;
	size_t n_undo;
};

static ssize_t receive(int link, void *buf, size_t size)
{
	ssize_t n = -1;

	for (unsigned tries = 0; tries < TRIES_MAX && n < 0; tries++) {
		n = recv(link, buf, size, 0);
		if (n < 0 && errno != EINTR)
			break;
	}
	return n;
}

static ssize_t tell(int link, const void *buf, size_t size)
{
	ssize_t n = -1;

	for (unsigned tries = 0; tries < TRIES_MAX && n < 0; tries++) {
		n = send(link, buf, size, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			break;
	}
	return n;
}

/* Tell the parent, and hear whether it was still waiting: it answers with one byte. */
static bool is_heard(int link, int result)
{
	char answer;

	return tell(link, &result, sizeof(result)) == sizeof(result) &&
	       receive(link, &answer, sizeof(answer)) == sizeof(answer);
}

static void child(const struct job *job, int link)
{
	int r;

	(void)setsid(); /* out of reach of a terminal's signals */
	/* The lock above all: it would be held as long as the kernel holds us. */
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (fd != job->root->fd && fd != link)
			(void)close(fd);

	r = job->work(job->root, job->context);
	if (is_heard(link, r))
		_exit(CHILD_HEARD);
	for (size_t i = 0; i < job->n_undo; i++)
		if (root_store(job->root, job->undo[i].path, job->undo[i].value) < 0)
			break; /* nobody listens any more */
	_exit(CHILD_UNHEARD);
}

static int wait_for_word(int link, int64_t deadline_ms)
{
	struct pollfd pollfd = {.fd = link, .events = POLLIN};
	int64_t left_ms;
	int r;

	do {
		left_ms = deadline_ms - monotonic_ms();
		r = poll(&pollfd, 1, left_ms > 0 ? (int)left_ms : 0);
	} while (r < 0 && errno == EINTR && left_ms > 0);
	if (r < 0 && errno != EINTR)
		return -errno;
	return r > 0 ? 0 : -ETIMEDOUT;
}

/* What the child says, once it has heard that we listen. */
static int converse(int link, int64_t deadline_ms)
{
	int result, r = wait_for_word(link, deadline_ms);

	if (r < 0)
		return r;
	if (receive(link, &result, sizeof(result)) != sizeof(result))
		return -EIO;
	return tell(link, "", 1) == 1 ? result : -EIO;
}

/* It ends soon, unless the kernel keeps it. Return: what it says of being heard, or -ETIMEDOUT. */
static int wait_for_end(pid_t pid, int64_t deadline_ms)
{
	const int64_t soon_ms = monotonic_ms() + GRACE_MS;
	const struct timespec pause = {.tv_nsec = 1000000};
	int status = 0;
	pid_t ended;

	for (;;) {
		ended = waitpid(pid, &status, WNOHANG);
		if (ended == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_UNHEARD;
		if (ended < 0 && errno != EINTR)
			return CHILD_HEARD; /* somebody else waits for all children of ours */
		if (monotonic_ms() >= deadline_ms && monotonic_ms() >= soon_ms)
			return -ETIMEDOUT;
		(void)nanosleep(&pause, NULL); /* cut short: looks earlier */
	}
}

static int run_job(const struct job *job, int timeout_ms)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	int64_t deadline_ms = monotonic_ms() + timeout_ms;
	int links[2], r, end;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, links) < 0)
		return -errno;
	ours = links[0];
	theirs = links[1];

	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(job, theirs);

	(void)close(TAKE_FD(theirs));
	r = converse(ours, deadline_ms);
	/* Whatever failed: the child must not wait for us, while we wait for it. */
	(void)close(TAKE_FD(ours));
	if (r == -ETIMEDOUT)
		return r;
	end = wait_for_end(pid, deadline_ms);
	if (end == -ETIMEDOUT)
		return end;
	return end == CHILD_UNHEARD && r >= 0 ? -EIO : r;
}

static int store_one(const struct root *root, const void *context)
{
	const struct store *store = context;

	return root_store(root, store->path, store->value);
}

int unbind_bounded(const struct root *root, struct store unbind, const struct store *undo,
		   size_t n_undo, int timeout_ms)
{
	return run_job(&(struct job){root, store_one, &unbind, undo, n_undo}, timeout_ms);
}

int work_bounded(const struct root *root, int (*work)(const struct root *root, const void *context),
		 const void *context, int timeout_ms)
{
	return run_job(&(struct job){root, work, context, NULL, 0}, timeout_ms);
}
