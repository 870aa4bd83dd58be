/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/content.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/initramfs/unpack.h"
#include "helper/machine/modalias.h"

#define MODULES_FOLDER "usr/lib/modules/"
/* Links that lead to links that lead to links. */
#define PASSES_MAX 4
/* Configuration files are small, and few. */
#define KEPT_MAX_BYTES (32u << 20)
#define FILES_MAX      1000

/**
 * struct file - a file of the image that is of interest
 * @name:	with usr/lib for lib, since images have one of them as a link to the other
 * @content:	as many bytes as @entry says, or NULL: too large, or with another link to the same
 * file
 * @link:	@content is a link's target
 */
struct file {
	char *name, *content;
	struct cpio_entry entry;
	bool link;
};

/**
 * struct collection - what is being put together
 * @wanted:	names that links of ours lead to
 */
struct collection {
	struct image *image;
	struct file *file;
	size_t n;
	struct text_list wanted;
	size_t kept;
};

static const char *canonical(const char *name, char buf[static PATH_MAX + 8])
{
	if (strncmp(name, "lib/", 4) != 0)
		return name;
	(void)snprintf(buf, PATH_MAX + 8, "usr/%s", name);
	return buf;
}

static struct file *find_file(const struct collection *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->file[i].name, name) == 0)
			return &c->file[i];
	return NULL;
}

/* GNU cpio stores the content of a file that has many names with its last name only. */
static bool is_same_file(const struct file *file, const struct cpio_entry *entry)
{
	return entry->links > 1 && S_ISREG(entry->mode) && file->entry.links > 1 && !file->link &&
	       file->entry.archive == entry->archive && file->entry.inode == entry->inode &&
	       file->entry.major == entry->major && file->entry.minor == entry->minor;
}

static bool is_wanted(const struct collection *c, const struct cpio_entry *entry, const char *name)
{
	if (strcmp(name, IMAGE_HELPER) == 0 || conf_files_is_packed(name))
		return true;
	if (text_list_has(&c->wanted, name))
		return true;
	for (size_t i = 0; i < c->n; i++)
		if (is_same_file(&c->file[i], entry))
			return true;
	return false;
}

static size_t keep(void *context, const struct cpio_entry *entry)
{
	const struct collection *c = context;
	char buf[PATH_MAX + 8];
	const char *name = canonical(entry->name, buf);

	if (!is_wanted(c, entry, name))
		return 0;
	if (S_ISLNK(entry->mode))
		return PATH_MAX;
	return IMAGE_HELPER_MAX;
}

static int add_module(struct image *image, const char *name)
{
	const char *release = name + strlen(MODULES_FOLDER), *rest = strchr(release, '/');
	char module[MODULE_NAME_MAX];

	if (!rest || !image_module_name(rest + 1, module, sizeof(module)))
		return 0;
	return text_list_add(&image->modules, "%.*s/%s", (int)(rest - release), release, module);
}

static bool is_file_system(const char *name)
{
	/* Of dracut's modules squash, squash-squashfs and squash-erofs. */
	return TEXT_IS_ANY(name, "squash/root.img", "squash-root.img", "squashfs-root.img",
			   "erofs-root.img");
}

static bool is_kmod(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && strcmp(slash + 1, IMAGE_KMOD) == 0;
}

static int fill_file(struct file *file, const struct cpio_entry *entry, const char *content)
{
	free(TAKE_PTR(file->content));
	file->entry = *entry;
	file->entry.name = file->name;
	file->link = S_ISLNK(entry->mode);
	if (!content)
		return 0;
	file->content = malloc(file->entry.size + 1);
	if (!file->content)
		return -ENOMEM;
	memcpy(file->content, content, file->entry.size + 1);
	return 0;
}

static int add_file(struct collection *c, const char *name, const struct cpio_entry *entry,
		    const char *content)
{
	struct file *file = find_file(c, name);

	c->kept += sizeof(*file) + strlen(name) + (content ? entry->size : 0);
	if (c->kept > KEPT_MAX_BYTES || c->n == FILES_MAX)
		return -E2BIG;
	if (!file) {
		char *copy = strdup(name);

		file = copy ? ARRAY_PLACE(c->file, c->n) : NULL;
		if (!file) {
			free(copy);
			return -ENOMEM;
		}
		file->name = copy;
	}
	return fill_file(file, entry, content);
}

static int visit(void *context, const struct cpio_entry *entry, const char *content)
{
	struct collection *c = context;
	char buf[PATH_MAX + 8];
	const char *name = canonical(entry->name, buf);

	if (S_ISREG(entry->mode) && is_file_system(name))
		c->image->packed = true;
	if (!S_ISDIR(entry->mode) && is_kmod(name))
		c->image->kmod = true;
	/* Modules are reported in one pass only. */
	if (c->wanted.n == 0 && !S_ISDIR(entry->mode) &&
	    strncmp(name, MODULES_FOLDER, strlen(MODULES_FOLDER)) == 0) {
		c->kept += strlen(name);
		return c->kept > KEPT_MAX_BYTES ? -E2BIG : add_module(c->image, name);
	}
	return !S_ISDIR(entry->mode) && is_wanted(c, entry, name)
		       ? add_file(c, name, entry, content)
		       : 0;
}

/* The file that a name leads to in the end, or NULL; @ret_gone: where the way ends. */
static const struct file *follow(const struct collection *c, const char *name,
				 char ret_gone[static PATH_MAX])
{
	(void)snprintf(ret_gone, PATH_MAX, "%s", name);
	for (unsigned i = 0; i < PASSES_MAX; i++) {
		const struct file *file = find_file(c, ret_gone);
		char target[PATH_MAX], buf[PATH_MAX + 8];

		if (!file || !file->link)
			return file;
		if (!file->content ||
		    conf_link_target(file->name, file->content, target, sizeof(target)) < 0)
			return NULL;
		(void)snprintf(ret_gone, PATH_MAX, "%.*s", PATH_MAX - 1, canonical(target, buf));
	}
	return NULL;
}

/* Adds what links lead to that was passed over. Returns whether there is some, or -ENOMEM. */
static int want_targets(struct collection *c)
{
	size_t before = c->wanted.n;

	for (size_t i = 0; i < c->n; i++) {
		char gone[PATH_MAX];

		if (!c->file[i].link || follow(c, c->file[i].name, gone) ||
		    strcmp(gone, "dev/null") == 0 || text_list_has(&c->wanted, gone))
			continue;
		if (text_list_add(&c->wanted, "%s", gone) < 0)
			return -ENOMEM;
	}
	return c->wanted.n > before;
}

/* The content may be with another name of the same file. */
static const struct file *with_content(const struct collection *c, const struct file *file)
{
	for (size_t i = 0; i < c->n && file->entry.links > 1 && file->entry.size == 0; i++) {
		const struct file *other = &c->file[i];

		if (other->entry.size > 0 && is_same_file(other, &file->entry))
			return other;
	}
	return file;
}

static int take_helper(struct collection *c)
{
	char gone[PATH_MAX];
	const struct file *file = follow(c, IMAGE_HELPER, gone);

	if (!file || !S_ISREG(file->entry.mode))
		return 0;
	file = with_content(c, file);
	if (!file->content)
		return -EFBIG;
	c->image->helper = malloc(file->entry.size + 1);
	if (!c->image->helper)
		return -ENOMEM;
	memcpy(c->image->helper, file->content, file->entry.size);
	c->image->helper_size = file->entry.size;
	return 0;
}

/* As the helper in the image will find it: see conf_files.c. */
static int take_text(const struct collection *c, const struct file *file, struct conf_file *conf)
{
	bool trusted = file->entry.uid == 0 && !(file->entry.mode & (S_IWGRP | S_IWOTH));
	const struct file *full = with_content(c, file);

	if (!S_ISREG(file->entry.mode) || !trusted || !full->content ||
	    full->entry.size > CONF_FILE_MAX_BYTES) {
		(void)snprintf(conf->problem, sizeof(conf->problem),
			       "is not accepted inside the image");
		return 0;
	}
	conf->masked = full->entry.size == 0;
	if (conf->masked)
		return 0;
	conf->text = malloc(full->entry.size + 1);
	if (!conf->text)
		return -ENOMEM;
	memcpy(conf->text, full->content, full->entry.size + 1);
	conf->size = full->entry.size;
	return 0;
}

static int add_conf(const struct collection *c, const char *name)
{
	struct image *image = c->image;
	struct conf_file *conf = ARRAY_PLACE(image->conf, image->n_conf);
	const struct file *file;
	char gone[PATH_MAX];

	if (!conf)
		return -ENOMEM;
	conf->path = strdup(name);
	if (!conf->path)
		return -ENOMEM;
	file = follow(c, name, gone);
	if (file)
		return take_text(c, file, conf);
	conf->masked = strcmp(gone, "dev/null") == 0;
	if (!conf->masked)
		(void)snprintf(conf->problem, sizeof(conf->problem), "leads to no file inside");
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* A name below /etc hides the same name below /usr/lib. */
static bool is_hidden(const struct collection *c, const char *name)
{
	char above[PATH_MAX];

	if (strncmp(name, "usr/lib/", 8) != 0)
		return false;
	(void)snprintf(above, sizeof(above), "etc/%s", name + 8);
	return find_file(c, above) != NULL;
}

static int take_conf(struct collection *c)
{
	int r = 0;

	if (c->n)
		qsort(c->file, c->n, sizeof(*c->file), by_name);
	for (size_t i = 0; i < c->n && r == 0; i++)
		if (conf_files_is_packed(c->file[i].name) && !is_hidden(c, c->file[i].name))
			r = add_conf(c, c->file[i].name);
	return r;
}

static int collect(int fd, struct collection *c, const char **ret_why)
{
	const struct cpio_visitor visitor = {.keep = keep, .entry = visit, .context = c};
	int r = image_read(fd, &visitor, ret_why);

	for (unsigned i = 1; i < PASSES_MAX && r == 0; i++) {
		r = want_targets(c);
		if (r <= 0)
			break;
		r = image_read(fd, &visitor, ret_why);
	}
	if (r == 0)
		r = take_helper(c);
	if (r == 0)
		r = take_conf(c);
	if (r == -E2BIG)
		*ret_why = "it holds more files of gpuclaim's than there can be";
	if (r == -EFBIG && !*ret_why)
		*ret_why = "the gpuclaim inside is larger than a real one";
	return r;
}

int image_inspect(int fd, struct image *ret, const char **ret_why)
{
	struct image image _cleanup_(image_free) = {0};
	struct collection c = {.image = &image};
	int r;

	*ret_why = NULL;
	r = collect(fd, &c, ret_why);
	for (size_t i = 0; i < c.n; i++) {
		free(c.file[i].name);
		free(c.file[i].content);
	}
	free(c.file);
	text_list_free(&c.wanted);
	return HAND_OVER(r, ret, image);
}

void image_free(struct image *image)
{
	free(image->helper);
	conf_files_free(image->conf, image->n_conf);
	text_list_free(&image->modules);
	*image = (struct image){0};
}

bool image_module_name(const char *path, char *ret, size_t size)
{
	size_t length = strcspn(path, " :\t\n");
	const char *slash = memrchr(path, '/', length), *name = slash ? slash + 1 : path;
	const char *dot = memchr(name, '.', length - (size_t)(name - path));

	if (!dot || strncmp(dot, ".ko", 3) != 0 || (dot[3] && !strchr(". :\t\n", dot[3])) ||
	    (size_t)snprintf(ret, size, "%.*s", (int)(dot - name), name) >= size)
		return false;
	for (char *p = ret; *p; p++)
		if (*p == '-')
			*p = '_';
	return true;
}
