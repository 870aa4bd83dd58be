/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/grub_trial.h"

#include "tests/unit/test.h"

#define ADDED " intel_iommu=on iommu=pt gpuclaim=1"
#define HEAD  "menuentry 'gpuclaim trial: "
#define ID    " --id gpuclaim-trial {\n"
#define BEGIN "### BEGIN gpuclaim trial ###\n"
#define END   "### END gpuclaim trial ###\n"

/* As 10_linux of Debian 12 and 13 writes it. */
static const char debian[] =
	"function gfxmode {\n\tset gfxpayload=\"${1}\"\n}\n"
	"menuentry 'Debian GNU/Linux' --class debian --class os $menuentry_id_option "
	"'gnulinux-simple-1f3a' {\n"
	"\tload_video\n\tinsmod gzio\n"
	"\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi\n"
	"\tset root='hd0,msdos1'\n"
	"\tif [ x$feature_platform_search_hint = xy ]; then\n"
	"\t  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,msdos1  1f3a\n"
	"\telse\n\t  search --no-floppy --fs-uuid --set=root 1f3a\n\tfi\n"
	"\techo\t'Loading Linux 6.12 ...'\n"
	"\tlinux\t/boot/vmlinuz-6.12 root=UUID=1f3a ro  quiet\n"
	"\techo\t'Loading initial ramdisk ...'\n"
	"\tinitrd\t/boot/initrd.img-6.12\n}\n";

static const char debian_trial[] =
	HEAD "Debian GNU/Linux' --class debian --class os" ID "\tload_video\n\tinsmod gzio\n"
	     "\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi\n"
	     "\tset root='hd0,msdos1'\n"
	     "\tif [ x$feature_platform_search_hint = xy ]; then\n"
	     "\t  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,msdos1  1f3a\n"
	     "\telse\n\t  search --no-floppy --fs-uuid --set=root 1f3a\n\tfi\n"
	     "\techo\t'Loading Linux 6.12 ...'\n"
	     "\tlinux\t/boot/vmlinuz-6.12 root=UUID=1f3a ro  quiet" ADDED "\n"
	     "\techo\t'Loading initial ramdisk ...'\n"
	     "\tinitrd\t/boot/initrd.img-6.12\n}\n";

/* Ubuntu's, the saved default in a submenu. */
static const char ubuntu[] =
	"menuentry 'Ubuntu' --class ubuntu $menuentry_id_option 'gnulinux-simple-a' {\n"
	"\trecordfail\n\tlinux\t/vmlinuz-6.8 root=a ro  splash $vt_handoff\n}\n"
	"submenu 'Advanced options for Ubuntu' $menuentry_id_option 'gnulinux-advanced-a' {\n"
	"\tmenuentry 'Ubuntu, with Linux 6.5' --class ubuntu --unrestricted "
	"$menuentry_id_option 'gnulinux-6.5-advanced-a' {\n"
	"\t\trecordfail\n\t\tsavedefault\n\t\tgfxmode $linux_gfx_mode\n"
	"\t\tlinux\t/vmlinuz-6.5 root=a ro intel_iommu=sm_on $vt_handoff\n"
	"\t\tinitrd\t/initrd.img-6.5\n\t}\n}\n";

static const char ubuntu_trial[] =
	HEAD "Ubuntu, with Linux 6.5' --class ubuntu --unrestricted" ID
	     "\t\trecordfail\n\t\tgfxmode $linux_gfx_mode\n"
	     "\t\tlinux\t/vmlinuz-6.5 root=a ro intel_iommu=on,sm_on $vt_handoff iommu=pt "
	     "gpuclaim=1\n"
	     "\t\tinitrd\t/initrd.img-6.5\n\t}\n";

static const struct {
	const char *name, *config;
	const char *entry; /* of grub_menu_find() */
	const char *trial; /* or why not */
	int error;
} rows[] = {
	{"Debian", debian, "0", debian_trial, 0},
	{"Ubuntu, saved, in a submenu", ubuntu, "gnulinux-advanced-a>gnulinux-6.5-advanced-a",
	 ubuntu_trial, 0},
	{"no ID, nothing but a title", "menuentry SUSE {\nlinux /v\n}\n", "0",
	 "menuentry 'gpuclaim trial: SUSE'" ID "linux /v" ADDED "\n}\n", 0},
	{"nothing behind the kernel but a blank", "menuentry 'A' {\nlinux /v \n}\n", "0",
	 HEAD "A'" ID "linux /v" ADDED "\n}\n", 0},
	{"a quote in the title", "menuentry 'It'\\''s' --id x {\n linux /v a\n}", "0",
	 HEAD "It'\\''s'" ID " linux /v a" ADDED "\n}\n", 0},
	{"users and an ID with =", "menuentry \"A b\" --users 'a b' --id=x {\n linux /v a\n}\n",
	 "x", HEAD "A b' --users 'a b'" ID " linux /v a" ADDED "\n}\n", 0},
	{"init's words", "menuentry 'A' {\n linux /v a -- b\n}\n", "0",
	 HEAD "A'" ID " linux /v a" ADDED " -- b\n}\n", 0},
	{"braces that close nothing",
	 "menuentry 'A' {\n echo '}' \"}\" \\} ${x} # }\n linux /v a\n if x; then { y; }; fi\n}\n",
	 "0",
	 HEAD "A'" ID " echo '}' \"}\" \\} ${x} # }\n linux /v a" ADDED
	      "\n if x; then { y; }; fi\n}\n",
	 0},
	{"a number sign within braces", "menuentry 'A' {\n echo ${#} b\n linux /v a\n}\n", "0",
	 HEAD "A'" ID " echo ${#} b\n linux /v a" ADDED "\n}\n", 0},
	{"a number sign within a word", "menuentry 'A' {\n linux /v a#b\n echo c#}\n}\n", "0",
	 HEAD "A'" ID " linux /v a#b" ADDED "\n echo c#}\n", 0},
	{"it does not close", "menuentry 'A' {\n linux /v a\n", "0", "its end can't be found",
	 -EINVAL},
	{"two kernels", "menuentry 'A' {\nif x; then\nlinux /v a\nelse\nlinux /w a\nfi\n}\n", "0",
	 "more than one kernel is named in it", -EINVAL},
	{"no kernel", "menuentry 'A' {\n linux \n}\n", "0", "it names no kernel", -EINVAL},
	{"a comment behind", "menuentry 'A' {\n linux /v a # b\n}\n", "0",
	 "more than plain words follow its kernel", -EINVAL},
	{"a command behind", "menuentry 'A' {\n linux /v a; b\n}\n", "0",
	 "more than plain words follow its kernel", -EINVAL},
	{"a line goes on", "menuentry 'A' {\n linux /v a \\\nb\n}\n", "0",
	 "more than plain words follow its kernel", -EINVAL},
	{"a quote is open", "menuentry 'A' {\n linux /v 'a\n' }\n", "0",
	 "more than plain words follow its kernel", -EINVAL},
	{"the brace on another line", "menuentry 'A'\n{\n linux /v a\n}\n", "0",
	 "its first line is not one that can be copied", -EINVAL},
	{"a command in the first line", "menuentry 'A' { x\n linux /v a\n}\n", "0",
	 "its first line is not one that can be copied", -EINVAL},
	{"a conflict", "menuentry 'A' {\n linux /v iommu=off\n}\n", "0", NULL, -EEXIST},
};

static void test_entry(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct grub_menu menu _cleanup_(grub_menu_free) = {0};
		_cleanup_free_ char *text = NULL;
		const struct grub_entry *from;
		const char *why = "";
		int r = grub_cfg_parse(rows[i].config, &menu);

		from = r == 0 ? grub_menu_find(&menu, rows[i].entry) : NULL;
		if (!test_int(rows[i].name, !from, 0))
			continue;
		r = grub_trial_entry(rows[i].config, from, kargs_all, KARGS_ALL, &text, &why);
		test_int(rows[i].name, r, rows[i].error);
		if (rows[i].trial)
			test_text(rows[i].name, text ? text : why, rows[i].trial);
	}
}

static void test_custom(void)
{
	static const struct {
		const char *name, *before, *after, *back; /* NULL: refused */
	} files[] = {
		{"none", NULL, BEGIN "E\n" END, ""},
		{"empty", "", BEGIN "E\n" END, ""},
		{"the operator's", "menuentry 'x' {\n}\n", "menuentry 'x' {\n}\n" BEGIN "E\n" END,
		 "menuentry 'x' {\n}\n"},
		{"no newline at its end", "set a=b", "set a=b\n" BEGIN "E\n" END, "set a=b\n"},
		{"ours, older", "a\n" BEGIN "old\n" END "b\n", "a\nb\n" BEGIN "E\n" END, "a\nb\n"},
		{"a mark inside a line", "echo " BEGIN, "echo " BEGIN BEGIN "E\n" END,
		 "echo " BEGIN},
		{"no end", BEGIN "old\n", NULL, NULL},
		{"two of them", BEGIN "a\n" END BEGIN "b\n" END, NULL, NULL},
		{"no beginning", "a\n" END, NULL, NULL},
		{"an open block", "menuentry 'x' {\n", NULL, NULL},
		{"an open quote", "echo 'x\n", NULL, NULL},
		{"a block closed twice", "}\n", NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *after = NULL, *back = NULL, *comment = NULL;
		const char *at;
		bool found = false;
		int r = grub_trial_add(files[i].before, "E\n", &after);

		test_int(files[i].name, r, files[i].after ? 0 : -EINVAL);
		if (r < 0)
			continue;
		test_int(files[i].name, grub_trial_remove(after, &back, &found), 0);
		test_int(files[i].name, found, true);
		test_text(files[i].name, back ? back : "(none)", files[i].back);
		/* The comment behind the mark is for people. */
		at = strstr(after, BEGIN "# W");
		comment = at ? text_splice(after, (size_t)(at - after) + strlen(BEGIN),
					   (size_t)(strstr(at, "E\n" END) - after), "")
			     : NULL;
		test_text(files[i].name, comment ? comment : "(none)", files[i].after);
	}
}

static void test_bls(void)
{
	static const struct {
		const char *name, *text, *kernelopts, *trial;
		int error;
	} entries[] = {
		{"RHEL 9", "titlex y\ntitle A (9)\nversion 5\noptions root=a $tuned_params\n", NULL,
		 "titlex y\ntitle gpuclaim trial: A (9)\nversion 5\n"
		 "options root=a $tuned_params" ADDED "\n",
		 0},
		{"RHEL 8", "title A\noptions $kernelopts $tuned_params\n",
		 "root=a intel_iommu=sm_on",
		 "title gpuclaim trial: A\n"
		 "options root=a intel_iommu=on,sm_on $tuned_params iommu=pt gpuclaim=1\n",
		 0},
		{"no title", "options a\n", NULL, "options a" ADDED "\n", 0},
		{"no options", "title A\n", NULL, NULL, -ENOENT},
		{"a conflict in $kernelopts", "options $kernelopts\n", "iommu=off", NULL, -EEXIST},
	};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		_cleanup_free_ char *text = NULL;

		test_int(entries[i].name,
			 bls_trial_entry(entries[i].text, entries[i].kernelopts, kargs_all,
					 KARGS_ALL, &text),
			 entries[i].error);
		if (entries[i].trial)
			test_text(entries[i].name, text ? text : "(none)", entries[i].trial);
	}
}

static void test_words(void)
{
	static const struct {
		const char *cmdline, *without;
		bool running;
	} lines[] = {
		{"ro quiet panic=30", "ro quiet panic=30", false},
		{"ro gpuclaim=1 gpuclaim.trial=1 panic=30 rd.shell=0 rd.emergency=reboot",
		 "ro gpuclaim=1", true},
		{"panic=5 gpuclaim.trial=1 panic=30", "panic=5", true},
		{"ro -- gpuclaim.trial=1", "ro -- gpuclaim.trial=1", false},
		{"gpuclaim.trial=0", "gpuclaim.trial=0", false},
	};
	static const struct {
		const char *id;
		bool trial;
	} ids[] = {
		{"gpuclaim-trial", true},
		{"abcd-5.14~gpuclaim_trial", true},
		{"abcd-5.14~gpuclaim_trial.conf", true},
		{"gpuclaim-trial.conf", false},
		{"gpuclaim-trials", false},
		{"~gpuclaim_trial", false},
		{"", false},
		{".conf", false},
		{"0", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_free_ char *text = trial_without(lines[i].cmdline);

		test_int(lines[i].cmdline, trial_is_running(lines[i].cmdline), lines[i].running);
		test_text(lines[i].cmdline, text ? text : "(none)", lines[i].without);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		test_int(ids[i].id, trial_is_id(ids[i].id), ids[i].trial);
}

TESTS(grub_trial)
{
	test_entry();
	test_custom();
	test_bls();
	test_words();
	return test_done();
}
