/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/initramfs/build_id.h"
#include "ctl/initramfs/content.h"
#include "ctl/initramfs/cpio.h"
#include "ctl/initramfs/judge.h"
#include "tests/fuzz/fuzz.h"

#define KEEP_BYTES 64

/* What a visitor was told, as one number. */
struct sum {
	uint64_t value;
};

static void add(struct sum *sum, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		sum->value = (sum->value ^ p[i]) * 0x100000001b3;
}

static size_t keep(void *context _unused_, const struct cpio_entry *entry _unused_)
{
	return KEEP_BYTES;
}

static int visit(void *context, const struct cpio_entry *entry, const char *content)
{
	struct sum *sum = context;

	add(sum, entry->name, strlen(entry->name) + 1);
	add(sum, &entry->size, sizeof(entry->size));
	FUZZ_ASSERT(!content || entry->size <= KEEP_BYTES);
	if (content)
		add(sum, content, (size_t)entry->size + 1);
	return 0;
}

/* An archive is the same one in whatever pieces it comes. Returns where it ended. */
static size_t read_in_steps(const char *data, size_t size, size_t step, struct sum *sum)
{
	const struct cpio_visitor visitor = {.keep = keep, .entry = visit, .context = sum};
	struct cpio cpio = {.visitor = &visitor};
	size_t at = 0;

	while (at < size) {
		size_t n = size - at < step ? size - at : step, used = 0;
		int r = cpio_push(&cpio, data + at, n, &used);

		if (r < 0) {
			FUZZ_ASSERT(r == -EBADMSG && cpio.why);
			at = size + 1;
			break;
		}
		FUZZ_ASSERT(used <= n && (used == n || cpio_is_between(&cpio)));
		at += used;
		if (used < n)
			break;
	}
	cpio_free(&cpio);
	return at;
}

static void check_cpio(const char *data, size_t size)
{
	struct sum whole = {0}, steps = {0};
	size_t end = read_in_steps(data, size, size, &whole);

	FUZZ_ASSERT(read_in_steps(data, size, 5, &steps) == end);
	FUZZ_ASSERT(whole.value == steps.value);
}

static void check_judgement(const struct image *image)
{
	struct text_list modules _cleanup_(text_list_free) = {0};
	const struct installed installed = {
		.helper = image->helper,
		.helper_size = image->helper_size,
		.conf = image->conf,
		.n_conf = image->n_conf,
	};
	_cleanup_free_ char *why = NULL;
	enum initramfs_state state;

	/* What the image holds, held against itself. */
	FUZZ_ASSERT(initramfs_judge(image, &installed, "6.1", &modules, &state, &why) == 0);
	FUZZ_ASSERT(image->helper ? state == INITRAMFS_CURRENT : state != INITRAMFS_CURRENT);
}

static void check_image(const uint8_t *data, size_t size)
{
	int fd = memfd_create("image", MFD_CLOEXEC);
	struct image image _cleanup_(image_free) = {0};
	const char *why = NULL;
	int r;

	FUZZ_ASSERT(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	r = image_inspect(fd, &image, &why);
	FUZZ_ASSERT(close(fd) == 0);
	FUZZ_ASSERT(r == 0 || r == -EBADMSG || r == -EFBIG || r == -E2BIG);
	FUZZ_ASSERT((r == 0) != (why != NULL));
	if (r == 0)
		check_judgement(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct text_list modules _cleanup_(text_list_free) = {0};
	size_t id_size = 0;
	int r;

	FUZZ_ASSERT(text);
	if (build_id_find((const char *)data, size, &id_size))
		FUZZ_ASSERT(id_size > 0 && id_size < size);
	FUZZ_ASSERT(build_id_same((const char *)data, size, (const char *)data, size));
	r = initramfs_modules(text, text, &modules);
	FUZZ_ASSERT(r == 0 || r == -ENOENT);
	check_cpio((const char *)data, size);
	check_image(data, size);
	return 0;
}
