/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/exec.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "helper/base/text_buffer.h"

#define OUTPUT_MAX_BYTES 65536

/* A program has so long to end when it is asked to; and signals that come together are one. */
#define GRACE_MS    10000
#define TOGETHER_MS 500

static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root",
	"LANG=C.UTF-8",
	"LC_ALL=C.UTF-8",
	NULL,
};

const char *exec_check_root(const struct root *root)
{
	struct stat st;

	if (geteuid() != 0)
		return "only root can do that";
	if (!root->confined)
		return NULL;
	if (fstat(root->fd, &st) < 0 || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return "the folder must belong to root, and nobody else may write to it";
	return NULL;
}

/* By which a person ends a program; whom nohup shields from one stays shielded. */
static sigset_t interrupts(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction now;
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			(void)sigaddset(&set, signals[i]);
	return set;
}

void exec_hold_interrupts(void)
{
	sigset_t set = interrupts();

	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

bool exec_is_interrupted(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
		sigismember(&pending, SIGHUP) == 1);
}

/* This machine's kernel file systems, for programs that ask the kernel; in the child. */
static int bind_kernel(const char *name)
{
	char from[16];
	struct stat st;

	if (lstat(name, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	(void)snprintf(from, sizeof(from), "/%s", name);
	return mount(from, name, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

static int enter_root(const struct root *root)
{
	static const char *const names[] = {"proc", "sys", "dev"};

	if (fchdir(root->fd) < 0)
		return -errno;
	if (!root->confined)
		return 0;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int r = bind_kernel(names[i]);

		if (r < 0)
			return r;
	}
	if (chroot(".") < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* Never returns; an errno on @error_fd says that there was no exec. */
_Noreturn static void run_child(const struct root *root, const char *const argv[], int output,
				int empty, int error_fd)
{
	sigset_t held = interrupts();
	int r = 0;

	if (dup2(empty, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		r = -errno;
	if (r == 0)
		r = enter_root(root);
	if (r == 0) {
		(void)signal(SIGPIPE, SIG_DFL);
		/* No terminal: its keys are for us to pass on, and none can be asked and waited
		 * for. */
		(void)setsid();
		(void)sigprocmask(SIG_UNBLOCK, &held, NULL);
		(void)umask(022);
		(void)execve(argv[0], (char *const *)argv, (char *const *)environment);
		r = -errno;
	}
	(void)!write(error_fd, &r, sizeof(r)); /* nobody to tell if even that fails */
	_exit(127);
}

/**
 * struct output - what a program says, while it does
 * @text:	the first OUTPUT_MAX_BYTES of it; NULL: no memory, nothing is kept
 * @line:	the start of the line that is not ended yet
 */
struct output {
	const struct exec_watch *watch;
	char *text;
	size_t size, line_size;
	char line[EXEC_LINE_MAX];
};

static void tell(const struct output *output, const char *line)
{
	if (output->watch && output->watch->tell)
		output->watch->tell(output->watch->context, line);
}

static void end_line(struct output *output)
{
	output->line[output->line_size] = '\0';
	if (output->line_size)
		tell(output, output->line);
	output->line_size = 0;
}

static void take_output(struct output *output, const char *data, size_t n)
{
	size_t kept = output->size + n <= OUTPUT_MAX_BYTES ? n : OUTPUT_MAX_BYTES - output->size;

	if (output->text)
		memcpy(output->text + output->size, data, kept);
	output->size += kept;
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\n' || data[i] == '\r')
			end_line(output);
		else if (output->line_size < sizeof(output->line) - 1)
			output->line[output->line_size++] = data[i];
	}
}

/**
 * struct ending - a program that is ended, with all that it has started
 * @signals:	a signalfd of what is held
 * @held:	the last signal that came, taken so that the next one is seen; 0: none did
 * @sent:	what the program got for it: nothing, SIGTERM, SIGKILL
 * @since_ms:	since when
 */
struct ending {
	pid_t pid;
	int signals, held, sent;
	int64_t since_ms;
};

static bool take_signals(struct ending *ending)
{
	struct signalfd_siginfo info;
	bool any = false;

	while (read(ending->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		ending->held = (int)info.ssi_signo;
		any = true;
	}
	return any;
}

static void send_signal(struct ending *ending, int signal)
{
	if (kill(-ending->pid, signal) < 0)
		(void)kill(ending->pid, signal); /* it has no session yet */
	(void)kill(-ending->pid, SIGCONT);
	ending->sent = signal;
	ending->since_ms = monotonic_ms();
}

/* Asked by the first signal; made to by the next one, or when its time is over. */
static void end_program(struct ending *ending)
{
	bool came = take_signals(ending);
	int64_t passed_ms = ending->sent ? monotonic_ms() - ending->since_ms : 0;

	if (!ending->sent && came)
		send_signal(ending, SIGTERM);
	else if (ending->sent && passed_ms >= (came ? TOGETHER_MS : GRACE_MS))
		send_signal(ending, SIGKILL);
}

/* To the end, so that the program never waits for us. */
static void follow(int fd, pid_t pid, struct output *output)
{
	sigset_t held = interrupts();
	_cleanup_close_ int signals = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
	struct pollfd polled[] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
	struct ending ending = {.pid = pid, .signals = signals};
	char data[4096];
	ssize_t n = 1;

	if (output->watch && output->watch->insist)
		(void)take_signals(&ending);
	while (n != 0 && ending.sent != SIGKILL) {
		if (poll(polled, ARRAY_SIZE(polled), 1000) == 0)
			tell(output, NULL);
		end_program(&ending);
		if (!polled[0].revents)
			continue;
		n = read(fd, data, sizeof(data));
		if (n > 0)
			take_output(output, data, (size_t)n);
		else if (n < 0 && errno != EINTR)
			break;
	}
	end_line(output);
	if (ending.held)
		(void)raise(ending.held); /* again, for exec_is_interrupted() */
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run(const struct root *root, const char *const argv[], const struct exec_watch *watch,
	       char **ret_output)
{
	_cleanup_close_ int empty = -EBADF;
	_cleanup_close_ int out_read = -EBADF, out_write = -EBADF;
	_cleanup_close_ int error_read = -EBADF, error_write = -EBADF;
	_cleanup_free_ char *text = calloc(1, OUTPUT_MAX_BYTES + 1);
	struct output output = {.watch = watch, .text = text};
	int pipe_fds[2], error = 0, status;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	empty = pipe_fds[0];
	(void)close(pipe_fds[1]); /* nobody writes: reading ends at once */
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	out_read = pipe_fds[0];
	out_write = pipe_fds[1];
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	error_read = pipe_fds[0];
	error_write = pipe_fds[1];

	(void)fflush(NULL); /* the child must not print what waits in our buffers */
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		run_child(root, argv, out_write, empty, error_write);
	(void)close(TAKE_FD(out_write));
	(void)close(TAKE_FD(error_write));
	follow(out_read, pid, &output);
	status = wait_for(pid);
	if (read(error_read, &error, sizeof(error)) == (ssize_t)sizeof(error))
		return error;
	if (ret_output)
		*ret_output = TAKE_PTR(text);
	return status != 0 && exec_is_interrupted() ? -EINTR : status;
}

int exec_run(const struct root *root, const char *const argv[], const struct exec_watch *watch,
	     char **ret_output)
{
	sigset_t set = interrupts(), before;
	int r;

	(void)sigprocmask(SIG_BLOCK, &set, &before);
	r = run(root, argv, watch, ret_output);
	(void)sigprocmask(SIG_SETMASK, &before, NULL); /* who did not hold them ends here */
	return r;
}

static bool is_plain(const char *word)
{
	return *word &&
	       !word[strspn(
		       word,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%")];
}

char *exec_format(const char *const argv[])
{
	struct text_buffer text _cleanup_(text_buffer_free) = {0};

	for (; *argv; argv++) {
		const char *quote = is_plain(*argv) ? "" : strchr(*argv, '\'') ? "\"" : "'";

		text_addf(&text, "%s%s%s%s", text.length ? " " : "", quote, *argv, quote);
	}
	return text_take_or_null(&text);
}
