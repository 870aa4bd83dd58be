/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd-boot: entries that kernel-install writes. */
#include <stdio.h>
#include <string.h>

#include "ctl/arguments/entries.h"
#include "ctl/arguments/try_entry.h"
#include "ctl/arguments/wanted.h"
#include "ctl/loaders/row.h"
#include "boot/entries.h"
#include "boot/env.h"
#include "boot/layout.h"
#include "boot/new.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

/* Which partition is whose is not known: it may read both, or one, and kernel-install writes to
 * one.
 */
#define TWO_FOLDERS \
	"entries are in two of /boot/loader/entries, /efi/loader/entries and /boot/efi/loader/entries, and which boot is not known; remove those that bootctl list does not show, or add the missing arguments to all by hand"

/*
 * Whose entries they are where they are not kernel-install's, which systemd brings along there,
 * too: the next update would write them without our arguments.
 */
static const char *find_maker(const struct root *root)
{
	static const struct {
		const char *sign, *refusal;
	} makers[] = {
		{"etc/sdboot-manage.conf",
		 "sdboot-manage writes the entries; add the missing arguments to LINUX_OPTIONS in /etc/sdboot-manage.conf and run sdboot-manage gen"},
		{"usr/bin/clr-boot-manager",
		 "clr-boot-manager writes the entries; put the missing arguments into a file of /etc/kernel/cmdline.d and run clr-boot-manager update"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (root_exists(root, makers[i].sign))
			return makers[i].refusal;
	return kargs_find_maker(root);
}

/* With GRUB beside it, in the ESP of another system say, GRUB's own files decide. */
static bool detect(const struct root *root, struct loader *l)
{
	static const char *const marks[] = {"boot/efi/EFI/systemd",
					    "efi/EFI/systemd",
					    "boot/EFI/systemd",
					    "boot/efi/loader/loader.conf",
					    "efi/loader/loader.conf",
					    "boot/loader/loader.conf",
					    NULL};

	if (l->config || !loader_first_of(root, marks))
		return false;
	if (kargs_find_sdbootutil(root, l))
		return true;
	l->refusal = l->more_entries ? TWO_FOLDERS : find_maker(root);
	if (!loader_find_tool(root, "kernel-install", l->tool, sizeof(l->tool)) && !l->refusal)
		l->refusal =
			"kernel-install, which would give new kernels their entries, is not installed; add the missing arguments to the options lines of the entries";
	return true;
}

static bool is_machine_id(const char *text, size_t n)
{
	return n == 32 && strspn(text, "0123456789abcdef") >= n;
}

static bool is_token(const char *token, const char *name, size_t n)
{
	return n == strlen(token) && strncmp(name, token, n) == 0;
}

/* Not after what kernel-install calls them now: it would leave that entry, and make one more. */
static bool is_others(const struct boot_tokens *tokens, const char *name, size_t n)
{
	if (*tokens->said)
		return !is_token(tokens->said, name, n);
	return is_machine_id(tokens->machine, strlen(tokens->machine)) && is_machine_id(name, n) &&
	       !is_token(tokens->machine, name, n);
}

/* Where kernel-install would find the kernel, to be freed, or NULL: no memory. */
static char *image_path(const struct root *root, const char *release)
{
	char *image;

	if (text_format(&image, "/usr/lib/modules/%s/vmlinuz", release) < 0)
		return NULL;
	if (root_exists(root, image + 1))
		return image;
	free(image);
	(void)text_format(&image, "/boot/vmlinuz-%s", release);
	return image;
}

/* With another's ID in front the entry may be another system's, in the same EFI partition. */
static bool is_here(const struct root *root, const char *release)
{
	_cleanup_free_ char *image = image_path(root, release);

	return image && root_exists(root, image + 1);
}

/* "TOKEN-RELEASE.conf" is what kernel-install writes. */
static bool is_installed(const struct root *root, const struct boot_tokens *tokens,
			 const struct boot_line *line)
{
	const char *file = text_base_name(line->entry);
	size_t n = strlen(file), name = line->name ? strlen(line->name) : 0;
	size_t tail = name + strlen("-.conf");

	return name && n > tail && file[n - tail] == '-' &&
	       strncmp(file + n - tail + 1, line->name, name) == 0 &&
	       !(is_others(tokens, file, n - tail) && is_here(root, line->name));
}

/* By hand, or its boots are counted. */
static bool is_edited(const struct root *root, const struct boot_tokens *tokens,
		      const struct boot_line *line)
{
	return line->kind == BOOT_KERNEL && line->entry && !line->foreign &&
	       (line->recovery || !is_installed(root, tokens, line));
}

static int plan_entries(const struct root *root, const struct kargs_view *view,
			const struct boot_tokens *tokens, struct change_plan *plan)
{
	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];
		struct kargs_wish wish _cleanup_(kargs_wish_free) = {0};
		_cleanup_free_ char *image = NULL;
		int r = is_edited(root, tokens, line)
				? kargs_edit_entry(view, NULL, line, plan)
				: kargs_wish_of_entry(view, line, &wish, plan);

		if (r < 0 || plan->refusal)
			return r;
		if (r == 0)
			continue;
		image = image_path(root, line->name);
		if (!image)
			return -ENOMEM;
		if (!root_exists(root, image + 1))
			return kargs_refuse(
				plan, view,
				"%s: its kernel is not where kernel-install could find it",
				line->source);
		r = change_plan_command(plan, (const char *const[]){view->loader.tool, "add",
								    line->name, image, NULL});
		if (r < 0)
			return r;
	}
	return 0;
}

static int plan_all(const struct root *root, const struct kargs_view *view,
		    struct change_plan *plan)
{
	int trouble = 0;
	struct root watched = *root;
	struct boot_tokens tokens;
	int r;

	watched.trouble = &trouble;
	tokens = boot_tokens_read(&watched);
	if (trouble < 0)
		return kargs_refuse(
			plan, view,
			"/etc/kernel/entry-token or /etc/machine-id, after which kernel-install calls the entries, can't be read: %s",
			strerror(-trouble));
	r = kargs_plan_cmdline(root, view, plan);
	return r < 0 || plan->refusal ? r : plan_entries(root, view, &tokens, plan);
}

static int plan_trial(const struct root *root, const struct kargs_view *view,
		      const struct boot_line *next, struct change_plan *plan)
{
	_cleanup_free_ char *stem = NULL, *id = NULL;
	const char *once = view->loader.once;
	char tool[64];
	int r;

	if (!root_exists(root, "sys/firmware/efi/efivars"))
		return change_plan_refuse(
			plan,
			"systemd-boot's choice for one boot is an EFI variable, and here are none");
	if (!loader_find_tool(root, "bootctl", tool, sizeof(tool)))
		return change_plan_refuse(plan, "bootctl is not installed");
	r = kargs_copy_entry(root, view, next, &stem, plan);
	if (r < 0 || plan->refusal)
		return r;
	if (text_format(&id, "%s.conf", strrchr(stem, '/') + 1) < 0)
		return -ENOMEM;
	if (once && strcmp(once, id) == 0)
		return 0;
	return change_plan_command(plan, (const char *const[]){tool, "set-oneshot", id, NULL});
}

const struct kargs_loader kargs_systemd_boot = {
	.kind = {.name = "systemd-boot",
		 .detect = detect,
		 .starter = STARTER_EFI,
		 .read = boot_read_entries,
		 .read_new = boot_read_template,
		 .once = boot_once_efi,
		 .lasting = boot_lasting_efi,
		 .kernel_install = true},
	.plan = plan_all,
	.trial_asks_nothing = true,
	.plan_trial = plan_trial,
	.forget = kargs_forget_efi,
	.revert = kargs_revert_entries,
};
