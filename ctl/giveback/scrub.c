/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/scrub.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "helper/base/own.h"

#define STEP_MS		50
#define STATUS_NOT_RUN	126
#define STATUS_SIGNALED 128

/* Opened once: what was looked at is what is run. */
static int open_checked(const struct root *root, const char *path)
{
	_cleanup_free_ char *folder = strndup(path, (size_t)(strrchr(path, '/') - path));
	_cleanup_close_ int above = -EBADF, fd = -EBADF;
	struct stat st;
	int r;

	if (!folder)
		return -ENOMEM;
	above = root_open_at(root, *folder ? folder : ".", O_RDONLY | O_DIRECTORY);
	r = above < 0 ? above : own_check(above);
	if (r < 0)
		return r;
	fd = root_open_text(root, path);
	r = fd < 0 ? fd : own_check(fd);
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r == 0 && !S_ISREG(st.st_mode))
		r = -EACCES;
	return r < 0 ? r : TAKE_FD(fd);
}

static void child(int fd, const char *path, const struct pci_address *address)
{
	char search[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char locale[] = "LC_ALL=C";
	char *const environment[] = {search, locale, NULL};
	char a[PCI_ADDRESS_MAX];
	char *const words[] = {strdup(path), strdup(pci_address_format(address, a)), NULL};
	int empty[2];

	(void)setsid(); /* it can't fail in a child */
	if (pipe2(empty, O_CLOEXEC) < 0 || dup2(empty[0], STDIN_FILENO) < 0 ||
	    close(empty[1]) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
	    fcntl(fd, F_SETFD, 0) < 0 || !words[0] || !words[1])
		_exit(STATUS_NOT_RUN);
	(void)fexecve(fd, words, environment); /* returns only if it fails */
	_exit(STATUS_NOT_RUN);
}

/* Its status, or -ETIMEDOUT after it was killed. */
static int wait_for(pid_t pid, unsigned timeout_ms)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000};
	int status;
	pid_t ended = 0;

	for (unsigned waited_ms = 0; waited_ms < timeout_ms && !ended; waited_ms += STEP_MS) {
		ended = waitpid(pid, &status, WNOHANG);
		if (ended < 0)
			return -errno;
		if (!ended)
			(void)nanosleep(&step, NULL); /* cut short: looks earlier */
	}
	if (!ended) {
		(void)kill(-pid, SIGKILL); /* it leads its own session */
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, WNOHANG); /* one that the kernel keeps is left */
		return -ETIMEDOUT;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SIGNALED + WTERMSIG(status);
}

int scrub_run(const struct root *root, const char *path, const struct pci_address *address,
	      unsigned timeout_ms)
{
	_cleanup_close_ int fd = open_checked(root, path + 1);
	pid_t pid;

	if (fd < 0)
		return fd;
	(void)fflush(NULL); /* the child has no lines of ours to print again */
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(fd, path, address);
	return wait_for(pid, timeout_ms);
}
