/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/resetting.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "ctl/machine/health.h"
#include "helper/base/folder.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/text.h"

/* A reset that ends does so earlier, as a rule; a GPU awake answers in microseconds. */
#define PATIENCE_MS 2000
#define PCI_DRIVERS "sys/bus/pci/drivers"
/* More descriptors than there are when a verb begins. */
#define FDS_MAX 64
/* That a signal comes between is not for ever. */
#define TRIES_MAX 1000

/* It could sleep, and would be woken: it is not being reset. */
static bool may_sleep(const struct root *root, const struct pci_address *address)
{
	char power[16];

	if (pci_attribute_read(root, address, "power_state", power, sizeof(power)) > 0 &&
	    strcmp(power, "D3cold") == 0 && may_lose_power(root, address))
		return true;
	return health_is_asleep(root, address);
}

/* A driver's folder has a link of each function that it has. */
static int find_bound(const struct root *root, const char *driver, struct text_list *ret)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *folder = NULL;
	int r;

	if (text_format(&folder, PCI_DRIVERS "/%s", driver) < 0)
		return -ENOMEM;
	r = folder_list(root, folder, "", &names);
	if (r < 0) /* it is not known to have one */
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < names.n && r == 0; i++) {
		struct pci_address address;
		char a[PCI_ADDRESS_MAX];

		if (pci_address_parse(names.text[i], &address) == 0 && !may_sleep(root, &address))
			r = text_list_add(ret, "%s", pci_address_format(&address, a));
	}
	return r;
}

static int find_tried(const struct root *root, struct text_list *ret)
{
	struct text_list drivers _cleanup_(text_list_free) = {0};
	int r = folder_list(root, PCI_DRIVERS, "", &drivers);

	for (size_t i = 0; i < drivers.n && r == 0; i++)
		if (strstr(drivers.text[i], "vfio"))
			r = find_bound(root, drivers.text[i], ret);
	return r;
}

/* Reads of each one byte, and says so. */
static void child(const struct root *root, const struct text_list *tried, size_t first, int link)
{
	(void)setsid(); /* out of reach of a terminal's signals */
	/* Whoever waits for the end of our output must not wait for it. */
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (fd != root->fd && fd != link)
			(void)close(fd);

	for (size_t i = first; i < tried->n; i++) {
		char path[96], byte = 0;
		int fd;

		(void)snprintf(path, sizeof(path), PCI_DEVICES "/%s/config", tried->text[i]);
		fd = root_open_at(root, path, O_RDONLY);
		if (fd >= 0 && read(fd, &byte, 1) < 0)
			byte = 0; /* it has come back, whatever it brings */
		if (fd >= 0)
			(void)close(fd);
		if (send(link, &byte, 1, MSG_NOSIGNAL) != 1)
			break; /* nobody listens any more */
	}
	_exit(0);
}

/* Whether it says so: where that can't be heard, it is not read either. */
static bool has_come_back(int link)
{
	struct pollfd pollfd = {.fd = link, .events = POLLIN};
	ssize_t n = -1;
	char byte;

	for (unsigned tries = 0; tries < TRIES_MAX && n < 0; tries++) {
		int r = poll(&pollfd, 1, PATIENCE_MS);

		if (r > 0)
			n = recv(link, &byte, 1, 0);
		if (r == 0 || (n < 0 && errno != EINTR))
			return false;
	}
	return n == 1;
}

/* Up to the one that it does not come back from. */
static size_t follow(int link, size_t first, size_t n)
{
	while (first < n && has_come_back(link))
		first++;
	return first;
}

/* @first: where to begin; then where it stalls, or the number of all. */
static int try_from(const struct root *root, const struct text_list *tried, size_t *first)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	int links[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, links) < 0)
		return -errno;
	ours = links[0];
	theirs = links[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(root, tried, *first, theirs);

	(void)close(TAKE_FD(theirs));
	*first = follow(ours, *first, tried->n);
	if (*first == tried->n)
		(void)waitpid(pid, NULL, 0);
	return 0;
}

/* The name of the port above @name, in the target of its link; or NULL. */
static const char *port_above(char *target, const char *name)
{
	struct pci_address address;
	const char *port = NULL;
	char *save = NULL;

	for (char *part = strtok_r(target, "/", &save); part && strcmp(part, name) != 0;
	     part = strtok_r(NULL, "/", &save))
		if (pci_address_parse(part, &address) == 0)
			port = part;
	return port;
}

/* What takes the device's lock or its configuration space; the port above it is reset with it. */
static int avoid(const struct root *root, const char *name, struct text_list *ret)
{
	static const char *const attributes[] = {"config", "driver_override", "sriov_numvfs"};
	char path[96], target[512];
	const char *port;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(attributes) && r == 0; i++)
		r = text_list_add(ret, PCI_DEVICES "/%s/%s", name, attributes[i]);
	(void)snprintf(path, sizeof(path), PCI_DEVICES "/%s", name);
	if (r < 0 || root_link_target(root, path, target, sizeof(target)) < 0)
		return r;
	port = port_above(target, name);
	return port ? text_list_add(ret, PCI_DEVICES "/%s/config", port) : 0;
}

int resetting_find(const struct root *root, struct text_list *ret)
{
	struct text_list tried _cleanup_(text_list_free) = {0},
			       found _cleanup_(text_list_free) = {0};
	int r = find_tried(root, &tried);

	for (size_t i = 0; i < tried.n && r == 0; i++) {
		r = try_from(root, &tried, &i);
		if (r == 0 && i < tried.n)
			r = avoid(root, tried.text[i], &found);
	}
	return HAND_OVER(r, ret, found);
}
