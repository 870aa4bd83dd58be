/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/hold.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"
#include "helper/base/text.h"

#define PATH_ROOM 400	      /* our longest path with two directory entries in it */
#define MAPS_MAX  (16u << 20) /* bytes: some 100 000 mappings */

#define FIRST_PIDS "pid:[4026531836]" /* the namespace that holds every process */

/* What is looked for, and where the answer goes. */
struct search {
	const struct root *root;
	const struct nodes *nodes;
	struct holders *found;
};

typedef void (*visit_fn)(const struct search *search, const char *dir, const char *name);

/* The first is the one to tell. A process that ends meanwhile, and all that is gone, holds nothing.
 */
static void note(const struct search *search, const char *path, int r)
{
	struct holders *found = search->found;

	if (r >= 0 || root_is_absent(r) || r == -ESRCH || found->error)
		return;
	found->error = r;
	snprintf(found->unread, sizeof(found->unread), "%.*s", NODES_UNREAD_MAX - 1, path);
}

/* Call @visit for each entry of @dir. Return: 0, or a negative errno that is not noted yet. */
static int visit_each(const struct search *search, const char *dir, visit_fn visit)
{
	_cleanup_closedir_ DIR *handle = NULL;
	const struct dirent *entry;
	int r = root_open_dir(search->root, dir, &handle);

	while (r == 0 && (entry = root_next(handle, &r)))
		if (entry->d_name[0] != '.')
			visit(search, dir, entry->d_name);
	return r;
}

static void each_entry(const struct search *search, const char *dir, visit_fn visit)
{
	note(search, dir, visit_each(search, dir, visit));
}

_printf_(4, 5) static void add(const struct search *search, int pid, const char *remedy,
			       const char *format, ...)
{
	struct holders *found = search->found;
	struct holder *holder = &found->holder[found->n];
	va_list args;

	if (found->n == HOLDERS_MAX)
		return;
	for (size_t i = 0; pid && i < found->n; i++)
		if (found->holder[i].pid == pid)
			return;
	found->n++;
	holder->pid = pid;
	holder->remedy = remedy;
	va_start(args, format);
	(void)vsnprintf(holder->what, sizeof(holder->what), format, args);
	va_end(args);
}

/* In usb1: "1-2" is a device on port 2, "1-0:1.0" the root hub's own interface. */
static void visit_usb_device(const struct search *search, const char *dir _unused_,
			     const char *name)
{
	if (name[0] >= '0' && name[0] <= '9' && strchr(name, '-') && !strchr(name, ':'))
		add(search, 0, "unplug it first", "USB device %.20s", name);
}

static void visit_usb_bus(const struct search *search, const char *dir, const char *name)
{
	char path[PATH_ROOM];

	if (strncmp(name, "usb", 3) != 0)
		return;
	snprintf(path, sizeof(path), "%.100s/%s", dir, name);
	each_entry(search, path, visit_usb_device);
}

/* Source: sound/core/pcm.c, "closed" where no one has the substream open. */
static void visit_substream(const struct search *search, const char *dir, const char *name)
{
	char path[PATH_ROOM], status[32];
	ssize_t n;

	if (strncmp(name, "sub", 3) != 0)
		return;
	snprintf(path, sizeof(path), "%.100s/%.40s/status", dir, name);
	n = root_read(search->root, path, status, sizeof(status));
	note(search, path, (int)n);
	if (n >= 0 && strncmp(status, "closed", 6) != 0)
		add(search, 0, "stop it first", "audio stream %.40s", dir + strlen("proc/asound/"));
}

static void visit_pcm(const struct search *search, const char *dir, const char *name)
{
	char path[PATH_ROOM];

	if (strncmp(name, "pcm", 3) != 0)
		return;
	snprintf(path, sizeof(path), "%.100s/%.40s", dir, name);
	each_entry(search, path, visit_substream);
}

static void visit_sound_card(const struct search *search, const char *dir _unused_,
			     const char *name)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "proc/asound/%.40s", name);
	each_entry(search, path, visit_pcm);
}

/* Of framebuffers and their consoles. */
struct screen {
	unsigned lowest;   /* number of the machine's first framebuffer */
	bool has_consoles; /* the kernel tells of virtual consoles */
	bool bound;	   /* one of them is on framebuffers */
};

static int read_lowest(const struct root *root, struct screen *screen)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	unsigned n;
	int r;

	screen->lowest = UINT_MAX;
	r = root_open_dir(root, "sys/class/graphics", &dir);
	while (r == 0 && (entry = root_next(dir, &r)))
		if (sscanf(entry->d_name, "fb%4u", &n) == 1 && n < screen->lowest)
			screen->lowest = n;
	return r;
}

/* "(M) frame buffer device", and bind is 1 (drivers/tty/vt/vt.c). */
static struct screen read_screen(const struct search *search)
{
	const struct root *root = search->root;
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	struct screen screen = {0};
	char path[PATH_ROOM], text[64];
	ssize_t n;
	int r;

	note(search, "sys/class/graphics", read_lowest(root, &screen));
	r = root_open_dir(root, "sys/class/vtconsole", &dir);
	while (r == 0 && (entry = root_next(dir, &r))) {
		if (entry->d_name[0] == '.')
			continue;
		screen.has_consoles = true;
		snprintf(path, sizeof(path), "sys/class/vtconsole/%s/name", entry->d_name);
		n = root_read(root, path, text, sizeof(text));
		note(search, path, (int)n);
		if (n < 0 || !strstr(text, "frame buffer"))
			continue;
		snprintf(path, sizeof(path), "sys/class/vtconsole/%s/bind", entry->d_name);
		n = root_read(root, path, text, sizeof(text));
		note(search, path, (int)n);
		if (n > 0 && text[0] == '1')
			screen.bound = true;
	}
	note(search, "sys/class/vtconsole", r);
	return screen;
}

/* Consoles are on the first framebuffer unless somebody moved them (fbcon=map:, con2fbmap). */
static void visit_framebuffer(const struct search *search, const char *dir _unused_,
			      const char *name)
{
	struct screen screen = read_screen(search);
	unsigned n;

	if (sscanf(name, "fb%4u", &n) == 1 &&
	    (!screen.has_consoles || (screen.bound && n <= screen.lowest)))
		add(search, 0,
		    "take it off there first: write 0 to the bind file of the frame buffer device in /sys/class/vtconsole",
		    "the console on framebuffer %.20s", name);
}

/* A vGPU, which goes with the driver, and hangs the unbind while a guest has it. */
static void visit_mediated(const struct search *search, const char *dir _unused_, const char *name)
{
	if (text_is_uuid(name))
		add(search, 0, "end its guest and remove it (write 1 to its remove file) first",
		    "mediated device %.36s", name);
}

/* " (Xorg)", or nothing. */
static const char *comm_of(const struct search *search, int pid, char *buf, size_t size)
{
	char path[32], comm[20];

	buf[0] = '\0';
	snprintf(path, sizeof(path), "proc/%d/comm", pid);
	if (root_read(search->root, path, comm, sizeof(comm)) > 0)
		snprintf(buf, size, " (%s)", comm);
	return buf;
}

static void add_process(const struct search *search, int pid, const char *node, const char *how)
{
	char comm[24];

	add(search, pid, "end it first", "process %d%s with %.50s %s", pid,
	    comm_of(search, pid, comm, sizeof(comm)), node, how);
}

/* /proc/PID/fd/N: does it point at a device node that counts? */
static void visit_descriptor(const struct search *search, const char *dir, const char *name)
{
	char path[PATH_ROOM], target[PATH_ROOM];
	int r;

	snprintf(path, sizeof(path), "%.100s/%.20s", dir, name);
	r = root_link_target(search->root, path, target, sizeof(target));
	/* No node has a name as long as that. */
	note(search, path, r == -ENAMETOOLONG ? 0 : r);
	if (r == 0 && target[0] == '/' &&
	    nodes_have(search->nodes, target, root_device(search->root, path)))
		add_process(search, (int)strtol(dir + strlen("proc/"), NULL, 10), target, "open");
}

/* "7f10-7f20 rw-s …": what is mapped there. Only a mapping that is shared is of a device. */
static dev_t mapped_device(const struct search *search, int pid, const char *line)
{
	unsigned long start, end;
	char path[80], shared;

	if (sscanf(line, "%16lx-%16lx %*3c%c", &start, &end, &shared) != 3 || shared != 's')
		return 0;
	snprintf(path, sizeof(path), "proc/%d/map_files/%lx-%lx", pid, start, end);
	return root_device(search->root, path);
}

/* A node may be mapped and closed again. The path is what begins with the line's first slash. */
static void look_at_maps(const struct search *search, int pid)
{
	_cleanup_free_ char *text = NULL;
	char path[32], *save = NULL;
	int r;

	snprintf(path, sizeof(path), "proc/%d/maps", pid);
	r = root_read_file(search->root, path, MAPS_MAX, &text, NULL);
	note(search, path, r);
	for (char *line = r < 0 ? NULL : strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *node = strchr(line, '/');

		if (node && nodes_have(search->nodes, node, mapped_device(search, pid, line)))
			add_process(search, pid, node, "mapped");
	}
}

static void visit_process(const struct search *search, const char *dir _unused_, const char *name)
{
	char path[PATH_ROOM];
	int pid = (int)strtol(name, NULL, 10), r;

	if (pid <= 0 || search->found->n == HOLDERS_MAX)
		return;
	snprintf(path, sizeof(path), "proc/%d/fd", pid);
	r = visit_each(search, path, visit_descriptor);
	note(search, path, r);
	if (r == -EACCES || r == -EPERM)
		search->found->unseen_pid = pid;
	else
		look_at_maps(search, pid);
}

void hold_find(const struct root *root, const struct bound_function *f, struct holders *ret)
{
	struct nodes nodes = nodes_read(root, f);
	const struct search search = {.root = root, .nodes = &nodes, .found = ret};
	char path[PCI_PATH_MAX];

	note(&search, nodes.unread, nodes.error);
	/* Below, a folder that is not there means that nothing of the kind holds it. */
	if (pci_class_sub(f->class_code) == 0x0c03) {
		each_entry(&search, pci_attribute_path(&f->address, "", path), visit_usb_bus);
	} else if (pci_class_sub(f->class_code) == 0x0403) {
		each_entry(&search, pci_attribute_path(&f->address, "sound", path),
			   visit_sound_card);
	} else if (pci_class_is_gpu(f->class_code)) {
		each_entry(&search, pci_attribute_path(&f->address, "graphics", path),
			   visit_framebuffer);
		each_entry(&search, pci_attribute_path(&f->address, "", path), visit_mediated);
	}
	if (nodes.n)
		each_entry(&search, "proc", visit_process);
}

void hold_find_unbind(const struct root *root, struct holders *ret)
{
	const struct nodes nodes = {.node = {{0, "/sys/bus/pci/drivers/*/unbind"}}, .n = 1};
	const struct search search = {.root = root, .nodes = &nodes, .found = ret};

	each_entry(&search, "proc", visit_process);
}

bool hold_sees_all(const struct root *root)
{
	char target[32];
	int r = root_link_target(root, "proc/self/ns/pid", target, sizeof(target));

	if (root_look(root, "proc/1") < 0)
		return false;
	return r < 0 ? root_is_absent(r) : strcmp(target, FIRST_PIDS) == 0;
}
