/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program, and has one of its system calls fail or kills it there. For x86-64.
 *
 *     nth WHAT N ERRNO COUNT PROGRAM [ARGUMENT]...
 *
 * WHAT is "error" (the N-th call returns -ERRNO and does nothing), "kill" (SIGKILL before the N-th
 * call that writes), or "none". The calls are counted from the one that opens --root's folder, so
 * that the dynamic loader has its libraries. How many there were goes into the file COUNT.
 * NTH_PRELOAD is the program's LD_PRELOAD. It ends as the program does.
 *
 * Below a root that is no machine's it plays the kernel, too: what is written to a driver_override
 * is its value from then on, a store into drivers_probe binds, one into unbind takes from.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const int calls[] = {
	SYS_read,	SYS_pread64,	SYS_open,	SYS_openat,   SYS_openat2, SYS_readlink,
	SYS_readlinkat, SYS_getdents64, SYS_newfstatat, SYS_fstat,    SYS_stat,	   SYS_lstat,
	SYS_statx,	SYS_mmap,	SYS_poll,	SYS_ppoll,    SYS_socket,  SYS_socketpair,
	SYS_connect,	SYS_sendto,	SYS_sendmsg,	SYS_recvfrom, SYS_recvmsg, SYS_clone,
	SYS_wait4,	SYS_close,	SYS_uname,	SYS_flock,    SYS_access,  SYS_faccessat,
	SYS_fgetxattr,	SYS_flistxattr,
};
static const int writes[] = {
	SYS_write,     SYS_pwrite64, SYS_rename,  SYS_renameat,	 SYS_renameat2, SYS_unlink,
	SYS_unlinkat,  SYS_mkdir,    SYS_mkdirat, SYS_symlink,	 SYS_symlinkat, SYS_fsync,
	SYS_fdatasync, SYS_fchmod,   SYS_fchown,  SYS_fsetxattr,
};

struct plan {
	bool error, kill;
	long at, error_number;
	long count;
	bool begun;
};

static bool is_one_of(long call, const int *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == call)
			return true;
	return false;
}

static bool is_write(long call)
{
	return is_one_of(call, writes, LENGTH(writes));
}

/* The tracer is asked about writes, where any call may fail about all, and about nothing else. */
static int watch(bool all)
{
	size_t n_calls = all ? LENGTH(calls) : 0;
	struct sock_filter filter[2 * (LENGTH(calls) + LENGTH(writes)) + 2];
	struct sock_fprog program = {.filter = filter};
	unsigned short n = 0;

	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						   offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < n_calls + LENGTH(writes); i++) {
		int call = i < n_calls ? calls[i] : writes[i - n_calls];

		filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							   (unsigned)call, 0, 1);
		filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	}
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void read_memory(pid_t pid, unsigned long address, void *buf, size_t size)
{
	struct iovec to = {buf, size}, from = {(void *)address, size};

	(void)process_vm_readv(pid, &to, 1, &from, 1, 0);
}

/* One file, whole. */
static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(126);
	(void)close(fd);
}

/* What has this function for its override, or "". */
static void read_override(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	if (fd >= 0)
		(void)close(fd);
	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (strcmp(buf, "(null)") == 0)
		buf[0] = '\0';
}

/* @sys: the length of the path up to and with "/sys" */
static void bind(const char *path, size_t sys, const char *address)
{
	char device[4096], place[4200], driver[64], target[128];

	snprintf(device, sizeof(device), "%.*s/bus/pci/devices/%s", (int)sys, path, address);
	snprintf(place, sizeof(place), "%s/driver_override", device);
	read_override(place, driver, sizeof(driver));
	snprintf(target, sizeof(target), "/sys/bus/pci/drivers/%s", driver);
	snprintf(place, sizeof(place), "%s/driver", device);
	if (driver[0] && symlink(target, place) < 0 && errno != EEXIST)
		_exit(125);
}

static void unbind(const char *path, size_t sys, const char *address)
{
	char place[4200];

	snprintf(place, sizeof(place), "%.*s/bus/pci/devices/%s/driver", (int)sys, path, address);
	(void)unlink(place);
}

/* A store into sysfs: what the kernel would make of it. Returns whether it is one. */
static bool store(const char *path, const char *value)
{
	const char *name = strrchr(path, '/'), *sys = strstr(path, "/sys/");
	char line[300];

	if (!name || !sys)
		return false;
	if (strcmp(name, "/driver_override") == 0) {
		snprintf(line, sizeof(line), "%s\n", *value == '\n' || !*value ? "(null)" : value);
		put(path, line);
	} else if (strcmp(name, "/drivers_probe") == 0) {
		bind(path, (size_t)(sys - path) + 4, value);
	} else if (strcmp(name, "/unbind") == 0) {
		unbind(path, (size_t)(sys - path) + 4, value);
	} else {
		return false;
	}
	return true;
}

static bool play_kernel(pid_t pid, const struct user_regs_struct *regs)
{
	char link[64], path[4096], value[256] = "";
	ssize_t n;

	if (regs->orig_rax != SYS_write || regs->rdx >= sizeof(value))
		return false;
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, (int)regs->rdi);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	read_memory(pid, regs->rsi, value, regs->rdx);
	return store(path, value);
}

/* --root's folder is opened by openat(), O_PATH | O_DIRECTORY; the loader opens none so. */
static bool begins(const struct user_regs_struct *regs)
{
	return (long)regs->orig_rax == SYS_openat && regs->rdx & O_PATH;
}

/* Returns whether the program is to be killed. */
static bool judge(struct plan *plan, pid_t pid)
{
	struct user_regs_struct regs;
	bool hit;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return false;
	plan->begun |= begins(&regs);
	if (!plan->begun)
		return false;
	hit = (!plan->kill || is_write((long)regs.orig_rax)) && ++plan->count == plan->at;
	if (hit && plan->kill)
		return true;
	if (hit && plan->error)
		regs.rax = (unsigned long)-plan->error_number;
	else if (play_kernel(pid, &regs))
		regs.rax = regs.rdx;
	else
		return false;
	regs.orig_rax = (unsigned long)-1;
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
	return false;
}

/* Returns the program's wait status. */
static int trace(struct plan *plan, pid_t first)
{
	int result = 0, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		int signal = 0;

		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == first)
				return status; /* who is left behind has no time to do harm */
			continue;
		}
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
			if (judge(plan, pid))
				(void)kill(first, SIGKILL);
		} else if (status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP) {
			signal = WSTOPSIG(status);
		}
		(void)ptrace(PTRACE_CONT, pid, NULL, signal);
	}
	return result;
}

static void run(char **argv, bool all)
{
	const char *preload = getenv("NTH_PRELOAD");

	if (preload)
		(void)setenv("LD_PRELOAD", preload, 1);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0 && watch(all) == 0)
		(void)execv(argv[0], argv);
	_exit(126);
}

int main(int argc, char **argv)
{
	struct plan plan = {0};
	char text[32];
	int status;
	pid_t pid;

	if (argc < 6)
		return 126;
	plan.error = strcmp(argv[1], "error") == 0;
	plan.kill = strcmp(argv[1], "kill") == 0;
	plan.begun = !plan.error; /* the loader writes nothing */
	plan.at = atol(argv[2]);
	plan.error_number = atol(argv[3]);
	pid = fork();
	if (pid == 0)
		run(argv + 5, plan.error);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return 126;
	(void)ptrace(PTRACE_SETOPTIONS, pid, NULL,
		     PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
	(void)ptrace(PTRACE_CONT, pid, NULL, 0);
	status = trace(&plan, pid);
	snprintf(text, sizeof(text), "%ld", plan.count);
	put(argv[4], text);
	if (WIFSIGNALED(status)) {
		(void)signal(WTERMSIG(status), SIG_DFL);
		(void)raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}
