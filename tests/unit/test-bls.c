// SPDX-License-Identifier: GPL-2.0-or-later
#include "bls.h"

#include "grub_cfg.h"
#include "test.h"

static void test_apply(void)
{
	static const struct {
		const char *name, *text, *now; /* NULL: refused with @error */
		int error;
	} rows[] = {
		{"one line", "title x\noptions ro quiet\nlinux /v\n",
		 "title x\noptions ro quiet intel_iommu=on iommu=pt gpuclaim=1\nlinux /v\n", 0},
		{"variables stay", "options $kernelopts $tuned_params",
		 "options $kernelopts $tuned_params intel_iommu=on iommu=pt gpuclaim=1", 0},
		{"blanks and tabs", "\toptions \t ro\n",
		 "\toptions \t ro intel_iommu=on iommu=pt gpuclaim=1\n", 0},
		{"several lines: the last", "options ro\noptions quiet\n",
		 "options ro\noptions quiet intel_iommu=on iommu=pt gpuclaim=1\n", 0},
		{"merged where it stands", "options ro intel_iommu=sm_on\noptions quiet\n",
		 "options ro intel_iommu=on,sm_on\noptions quiet iommu=pt gpuclaim=1\n", 0},
		{"the last word wins over lines",
		 "options intel_iommu=off\noptions intel_iommu=on\n",
		 "options intel_iommu=off\noptions intel_iommu=on iommu=pt gpuclaim=1\n", 0},
		{"an option by another name", "optionsx a\noptions ro\n",
		 "optionsx a\noptions ro intel_iommu=on iommu=pt gpuclaim=1\n", 0},
		{"a key alone is no line of options", "options\noptions ro\n",
		 "options\noptions ro intel_iommu=on iommu=pt gpuclaim=1\n", 0},
		{"none", "title x\nefi /memtest\n", NULL, -ENOENT},
		{"init's words on the last line", "options ro\noptions -- x\n",
		 "options ro\noptions intel_iommu=on iommu=pt gpuclaim=1 -- x\n", 0},
		{"init's words before the last line", "options ro -- x\noptions y\n", NULL,
		 -EINVAL},
		{"an open quote", "options ro \"x\n", NULL, -EINVAL},
		{"a conflict", "options iommu=off\noptions ro\n", NULL, -EEXIST},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kargs_changes changes _cleanup_kargs_changes_ = {0};
		_cleanup_free_ char *now = NULL, *back = NULL;
		size_t gone = 99;

		test_int(rows[i].name,
			 bls_apply(rows[i].text, kargs_all, KARGS_ALL, &now, &changes),
			 rows[i].error);
		if (!rows[i].now)
			continue;
		test_text(rows[i].name, now ? now : "(none)", rows[i].now);
		test_int(rows[i].name, bls_revert(rows[i].now, &changes, &back, &gone), 0);
		test_text(rows[i].name, back ? back : "(none)", rows[i].text);
		test_int(rows[i].name, (long)gone, 0);
	}
}

static void test_read(void)
{
	static const char text[] =
		"title  A b\n# version 1\nversion 2\noptions a\n  options\tb c\n";
	_cleanup_free_ char *title = NULL, *version = NULL, *none = NULL, *options = NULL;
	unsigned line = 0;

	test_int("a field", bls_field(text, "title", &title), 0);
	test_text("its value", title, "A b");
	test_int("not in a comment", bls_field(text, "version", &version), 0);
	test_text("but after it", version, "2");
	test_int("none", bls_field(text, "linux", &none), -ENOENT);
	test_int("options", bls_options(text, &options, &line), 0);
	test_text("of all lines", options, "a b c");
	test_int("from the first one on", (long)line, 4);
}

static void test_grubenv(void)
{
	static const struct {
		const char *name, *text, *value;
		int error;
	} rows[] = {
		{"a value", "# GRUB Environment Block\na=1\nkernelopts=ro x=y \n####", "ro x=y ",
		 0},
		{"the first", "# GRUB Environment Block\nkernelopts=\n####", "", 0},
		{"escapes", "# GRUB Environment Block\nb=\\\nkernelopts=no\nkernelopts=a\\\\b\n#",
		 "a\\b", 0},
		{"a longer name", "# GRUB Environment Block\nkernelopts2=x\n#", NULL, -ENOENT},
		{"after the end", "# GRUB Environment Block\n###\nkernelopts=x\n", NULL, -ENOENT},
		{"no block", "kernelopts=x\n", NULL, -EINVAL},
		{"nothing", "", NULL, -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *value = NULL;

		test_int(rows[i].name, grubenv_get(rows[i].text, "kernelopts", &value),
			 rows[i].error);
		if (rows[i].value)
			test_text(rows[i].name, value ? value : "(none)", rows[i].value);
	}
}

static const char menu_text[] =
	"if [ \"${next_entry}\" ] ; then\n"
	"   set default=\"${next_entry}\"\n"
	"else\n   set default=\"1>x2\"\nfi\n"
	"function savedefault {\n  x\n}\n"
	"menuentry 'It'\\''s Debian' --class debian $menuentry_id_option 'top' {\n"
	"\techo 'Loading'\n\tlinux\t/boot/vmlinuz-6.1 root=a ro  quiet\n\tinitrd /i\n}\n"
	"submenu \"More\" --id more {\n"
	"\tmenuentry 'One' {\n\t\tlinux16 /boot/vmlinuz-6.0\n\t}\n"
	"\tmenuentry 'Two' --id x2 {\n\t\tlinuxefi /boot/vmlinuz-5.9 a\n\t}\n}\n"
	"menuentry 'Firmware' {\n\tfwsetup\n}\n"
	"menuentry 'Last' {\n\tlinux /v b\n}\n";

static void test_menu(void)
{
	static const struct {
		const char *standard, *title;
	} rows[] = {
		{"0", "It's Debian"}, {"top", "It's Debian"}, {"It's Debian", "It's Debian"},
		{"1>0", "One"},	      {"More>One", "One"},    {"1>1", "Two"},
		{"more>x2", "Two"},   {"3", "Last"},	      {"2", "(none)"},
		{"9", "(none)"},      {"", "(none)"},
	};
	struct grub_menu menu _cleanup_grub_menu_ = {0};

	test_int("read", grub_cfg_parse(menu_text, &menu), 0);
	test_int("entries with a kernel", (long)menu.n, 4);
	test_text("the default is the last that is no variable of a trial", menu.standard, "1>x2");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct grub_entry *e = grub_menu_find(&menu, rows[i].standard);

		test_text(rows[i].standard, e ? e->title : "(none)", rows[i].title);
	}
	if (menu.n < 4)
		return;
	test_text("kernel", menu.entry[0].kernel, "/boot/vmlinuz-6.1");
	test_text("arguments as they stand", menu.entry[0].cmdline, "root=a ro  quiet");
	test_int("line", (long)menu.entry[0].line, 11);
	test_text("no arguments", menu.entry[1].cmdline, "");
	test_text("place", menu.entry[2].place, "1>1");
}

int main(void)
{
	test_apply();
	test_read();
	test_grubenv();
	test_menu();
	return test_done();
}
