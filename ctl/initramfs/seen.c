/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/seen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/base/text_buffer.h"
#include "helper/policy/fingerprint.h"

#define SEEN_MAX (1u << 20)

static void print_time(struct text_buffer *to, const struct timespec *time)
{
	text_addf(to, " %lld.%09ld", (long long)time->tv_sec, time->tv_nsec);
}

static void print_file(struct text_buffer *to, const struct root *root, const char *path)
{
	struct stat st;

	if (fstatat(root->fd, path, &st, 0) < 0) {
		text_addf(to, "%s: %s\n", path, strerror(errno));
		return;
	}
	text_addf(to, "%s: %llu:%llu %lld bytes", path, (unsigned long long)st.st_dev,
		  (unsigned long long)st.st_ino, (long long)st.st_size);
	print_time(to, &st.st_mtim);
	print_time(to, &st.st_ctim);
	text_add_char(to, '\n');
}

static void print_modules(struct text_buffer *to, const struct root *root, const char *release,
			  const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "lib/modules/%s/%s", release, name);
	print_file(to, root, path);
}

static void print_conf(struct text_buffer *to, const struct conf_file *file)
{
	char hash[FINGERPRINT_MAX];

	text_addf(to, "%s: %s%s %s\n", file->path, file->masked ? "masked" : "", file->problem,
		  fingerprint_text(file->text ? file->text : "", hash));
}

/* All that the judgement of an image depends on, to be freed; NULL: no memory. */
static char *render(const struct root *root, const struct initramfs_kernel *kernel,
		    const struct installed *installed)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	text_add(&to, "gpuclaimctl " GPUCLAIM_VERSION "\n");
	print_file(&to, root, kernel->image);
	print_file(&to, root, IMAGE_HELPER);
	print_modules(&to, root, kernel->release, "modules.dep");
	print_modules(&to, root, kernel->release, "modules.builtin");
	for (size_t i = 0; i < installed->n_conf; i++)
		print_conf(&to, &installed->conf[i]);
	return text_take_or_null(&to);
}

static const char *path_of(const struct initramfs_kernel *kernel, char *buf, size_t size)
{
	(void)snprintf(buf, size, INITRAMFS_SEEN_DIR "/%s", kernel->release);
	return buf;
}

bool initramfs_seen(const struct root *root, const struct initramfs_kernel *kernel,
		    const struct installed *installed)
{
	_cleanup_free_ char *now = render(root, kernel, installed), *then = NULL;
	char path[512];

	return now &&
	       root_read_file(root, path_of(kernel, path, sizeof(path)), SEEN_MAX, &then, NULL) ==
		       0 &&
	       strcmp(now, then) == 0;
}

int initramfs_seen_write(const struct root *root, const struct initramfs_kernel *kernel,
			 const struct installed *installed)
{
	_cleanup_free_ char *now = render(root, kernel, installed);
	char path[512];
	int r = now ? root_mkdir(root, INITRAMFS_SEEN_DIR) : -ENOMEM;

	return r < 0 ? r
		     : root_replace(root, path_of(kernel, path, sizeof(path)), now, strlen(now),
				    0644, false);
}
