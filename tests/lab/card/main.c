/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card CARD-FILE DIRECTORY: serves each function N on DIRECTORY/N.sock and logs
 * what happens to it in DIRECTORY/log. Prints "ready", then takes commands:
 *
 *	mark TEXT			a line in the log
 *	fault FUNCTION none|dead|flr-stuck
 *
 * Ends, and takes its sockets away, at the end of its input or on SIGTERM.
 */
#include "card.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct card card;

static int allocate_bars(struct function *f)
{
	for (unsigned int i = 0; i < MAX_BARS; i++) {
		void *p;

		if (!f->bar[i].size)
			continue;
		p = mmap(NULL, f->bar[i].size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			return -errno;
		f->bar[i].memory = p;
	}
	return 0;
}

static void forget_client(struct function *f)
{
	struct client *c = &f->client;

	if (c->fd >= 0) {
		close(c->fd);
		log_event(f, "disconnect");
	}
	for (unsigned int i = 0; i < N_IRQ_TYPES; i++) {
		if (c->fd >= 0 && c->irq_fd[i] >= 0)
			close(c->irq_fd[i]);
		c->irq_fd[i] = -1;
	}
	c->fd = -1;
	dma_forget(c);
}

static int listen_on(struct function *f, const char *directory)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int n;

	n = snprintf(f->socket_path, sizeof(f->socket_path), "%s/%u.sock", directory, f->number);
	if (n < 0 || (size_t)n >= sizeof(f->socket_path))
		return -ENAMETOOLONG;
	memcpy(sun.sun_path, f->socket_path, (size_t)n + 1);
	(void)unlink(f->socket_path); /* of an earlier server that was killed */
	f->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (f->listen_fd < 0)
		return -errno;
	if (bind(f->listen_fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    listen(f->listen_fd, 1) < 0)
		return -errno;
	return 0;
}

static int start_function(struct function *f, const char *directory)
{
	int r;

	f->client.fd = -1;
	forget_client(f);
	r = allocate_bars(f);
	if (r == 0)
		r = listen_on(f, directory);
	if (r == 0)
		function_reset(f, "power-on");
	return r;
}

static void serve(struct function *f)
{
	if (f->client.fd < 0) {
		f->client.fd = accept4(f->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (f->client.fd >= 0) {
			log_event(f, "connect");
			function_reset(f, "power-on");
		}
	} else if (message_serve(f) < 0) {
		forget_client(f);
	}
}

static bool set_fault(unsigned int number, const char *word)
{
	static const char *const names[] = {
		[FAULT_NONE] = "none",
		[FAULT_DEAD] = "dead",
		[FAULT_FLR_STUCK] = "flr-stuck",
	};

	if (number >= MAX_FUNCTIONS || !card.function[number].present)
		return false;
	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], word))
			continue;
		card.function[number].fault = (enum fault)i;
		log_event(&card.function[number], "fault %s", word);
		return true;
	}
	return false;
}

/* Returns false at the end of the input. Each command is answered. */
static bool command(void)
{
	char line[256], word[32];
	unsigned int number;
	bool ok = true;
	ssize_t n;

	n = read(STDIN_FILENO, line, sizeof(line) - 1);
	if (n <= 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "mark ", 5) == 0)
		log_event(NULL, "mark %s", line + 5);
	else if (sscanf(line, "fault %u %31s", &number, word) == 2)
		ok = set_fault(number, word);
	else
		ok = false;
	puts(ok ? "ok" : "bad command");
	fflush(stdout);
	return true;
}

static void run(int signal_fd)
{
	for (;;) {
		struct pollfd p[MAX_FUNCTIONS + 2] = {
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = signal_fd, .events = POLLIN},
		};

		for (unsigned int i = 0; i < MAX_FUNCTIONS; i++) {
			const struct function *f = &card.function[i];

			p[i + 2].events = POLLIN;
			p[i + 2].fd = !f->present	  ? -1
				      : f->client.fd >= 0 ? f->client.fd
							  : f->listen_fd;
		}
		if (poll(p, MAX_FUNCTIONS + 2, -1) < 0 && errno != EINTR)
			return;
		if (p[1].revents || (p[0].revents && !command()))
			return;
		for (unsigned int i = 0; i < MAX_FUNCTIONS; i++)
			if (p[i + 2].revents)
				serve(&card.function[i]);
	}
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
	char path[256];
	int r = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: %s CARD-FILE DIRECTORY\n", argv[0]);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/log", argv[2]);
	r = card_read(argv[1], &card);
	if (r == 0)
		r = log_open(path);
	for (unsigned int i = 0; r == 0 && i < MAX_FUNCTIONS; i++)
		if (card.function[i].present)
			r = start_function(&card.function[i], argv[2]);
	if (r < 0) {
		fprintf(stderr, "%s: %s: %s\n", argv[0], argv[1], strerror(-r));
		return 1;
	}
	puts("ready");
	fflush(stdout);
	run(catch_signals());
	for (unsigned int i = 0; i < MAX_FUNCTIONS; i++)
		if (card.function[i].present)
			(void)unlink(card.function[i].socket_path);
	return 0;
}
