/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/scrub.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl/change/exec.h"
#include "helper/base/own.h"

#define STEP_MS		50
#define GRACE_MS	5000
#define DESCRIPTORS	1024 /* more than we ever open */
#define STATUS_NOT_RUN	126
#define STATUS_SIGNALED 128

/* Each folder above it, too: whoever may write to one of them can put another in its place. */
static int check_above(const struct root *root, const char *path)
{
	_cleanup_free_ char *folder = strdup(path);
	char *end;
	int r = folder ? own_check(root->fd) : -ENOMEM;

	while (r == 0 && (end = strrchr(folder, '/'))) {
		_cleanup_close_ int fd = -EBADF;

		*end = '\0';
		fd = root_open_at(root, folder, O_RDONLY | O_DIRECTORY);
		r = fd < 0 ? fd : own_check(fd);
	}
	return r;
}

/* Opened once: what was looked at is what is run. */
static int open_checked(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;
	int r = check_above(root, path);

	if (r < 0)
		return r;
	fd = root_open_at(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	r = fd < 0 ? fd : own_check(fd);
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r == 0 && !S_ISREG(st.st_mode))
		r = -EACCES;
	return r < 0 ? r : TAKE_FD(fd);
}

/* Nothing of ours: no connection, no signal that is held, no folder, no mask. */
static int leave_behind(const struct root *root)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)setsid(); /* it can't fail in a child */
	(void)umask(022);
	/* Not close_range(): Linux 5.10 does not mark them. Most are none of ours. */
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return -errno;
	if (root->confined && (fchdir(root->fd) < 0 || chroot(".") < 0))
		return -errno;
	return chdir("/") < 0 ? -errno : 0;
}

static void child(const struct root *root, int fd, const char *path,
		  const struct pci_address *address)
{
	char search[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char locale[] = "LC_ALL=C";
	char *const environment[] = {search, locale, NULL};
	char a[PCI_ADDRESS_MAX];
	char *const words[] = {strdup(path), strdup(pci_address_format(address, a)), NULL};
	int empty[2];

	if (pipe2(empty, O_CLOEXEC) < 0 || dup2(empty[0], STDIN_FILENO) < 0 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0 || close(empty[1]) < 0 ||
	    leave_behind(root) < 0 || !words[0] || !words[1])
		_exit(STATUS_NOT_RUN);
	/* A script is opened by /proc, which a folder does not have. Both return only if they fail.
	 */
	if (root->confined)
		(void)execve(path, words, environment);
	else if (fcntl(fd, F_SETFD, 0) == 0)
		(void)fexecve(fd, words, environment);
	_exit(STATUS_NOT_RUN);
}

/* Return: 0, -ETIMEDOUT, -EINTR where @watch and a signal came, or another negative errno. */
static int wait_until(pid_t pid, int64_t end_ms, bool watch, int *status)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000};
	pid_t ended;

	while (!(ended = waitpid(pid, status, WNOHANG))) {
		if (watch && exec_is_interrupted())
			return -EINTR;
		if (monotonic_ms() >= end_ms)
			return -ETIMEDOUT;
		(void)nanosleep(&step, NULL); /* cut short: looks earlier */
	}
	return ended < 0 ? -errno : 0;
}

/* With all that it has started: it leads its own session. One that the kernel keeps is left. */
static void end_all(pid_t pid)
{
	int status;

	(void)kill(-pid, SIGTERM);
	(void)kill(pid, SIGTERM);
	(void)!wait_until(pid, monotonic_ms() + GRACE_MS, false, &status);
	(void)kill(-pid, SIGKILL);
}

/* Its status, or -ETIMEDOUT or -EINTR after it was ended. */
static int wait_for(pid_t pid, unsigned timeout_ms)
{
	int status, r = wait_until(pid, monotonic_ms() + timeout_ms, true, &status);

	if (r == -ETIMEDOUT || r == -EINTR)
		end_all(pid);
	if (r < 0)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SIGNALED + WTERMSIG(status);
}

int scrub_run(const struct root *root, const char *path, const struct pci_address *address,
	      unsigned timeout_ms)
{
	_cleanup_close_ int fd = -EBADF;
	pid_t pid;

	if (exec_is_interrupted())
		return -EINTR;
	if (root->confined && geteuid() != 0)
		return -EPERM; /* chroot() is root's */
	fd = open_checked(root, path + 1);
	if (fd < 0)
		return fd;
	(void)fflush(NULL); /* the child has no lines of ours to print again */
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(root, fd, path, address);
	return wait_for(pid, timeout_ms);
}
