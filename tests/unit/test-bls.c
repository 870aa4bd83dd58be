/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/bls.h"

#include "grub/grub_cfg.h"
#include "grub/grubenv.h"
#include "tests/unit/test.h"

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
		{"several lines: the first", "options ro\noptions quiet\n",
		 "options ro intel_iommu=on iommu=pt gpuclaim=1\noptions quiet\n", 0},
		{"merged where it stands", "options ro intel_iommu=sm_on\noptions quiet\n",
		 "options ro intel_iommu=on,sm_on iommu=pt gpuclaim=1\noptions quiet\n", 0},
		{"the last word wins over lines",
		 "options intel_iommu=off\noptions intel_iommu=on\n",
		 "options intel_iommu=off iommu=pt gpuclaim=1\noptions intel_iommu=on\n", 0},
		{"an option by another name", "optionsx a\noptions ro\n",
		 "optionsx a\noptions ro intel_iommu=on iommu=pt gpuclaim=1\n", 0},
		{"a key alone is no line of options", "options\noptions ro\n",
		 "options\noptions ro intel_iommu=on iommu=pt gpuclaim=1\n", 0},
		{"none", "title x\nefi /memtest\n", NULL, -ENOENT},
		{"init's words on the last line", "options ro\noptions -- x\n",
		 "options ro intel_iommu=on iommu=pt gpuclaim=1\noptions -- x\n", 0},
		{"patterns and blanks in quotes", "options  dyndbg=\"file *  +p\"  a*\n",
		 "options  dyndbg=\"file *  +p\"  a* intel_iommu=on iommu=pt gpuclaim=1\n", 0},
		{"init's words before the last line", "options ro -- x\noptions y\n", NULL,
		 -EINVAL},
		{"an open quote", "options ro \"x\n", NULL, -EINVAL},
		{"a conflict", "options iommu=off\noptions ro\n", NULL, -EEXIST},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
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

/* What others took out is counted. */
static void test_gone(void)
{
	struct kargs_change change[] = {{(char *)"", (char *)"iommu=pt"},
					{(char *)"", (char *)"gpuclaim=1"}};
	const struct kargs_changes changes = {.change = change, .n = 2};
	_cleanup_free_ char *back = NULL;
	size_t gone = 0;

	test_int("one of ours is gone",
		 bls_revert("title a\noptions ro gpuclaim=1\n", &changes, &back, &gone), 0);
	test_text("the other one goes", back ? back : "(none)", "title a\noptions ro\n");
	test_int("so many are gone", (long)gone, 1);
}

static void test_disarm(void)
{
	static const char armed[] = "# GRUB Environment Block\nkernelopts=ro gpuclaim=1\n##";
	static const char off[] = "# GRUB Environment Block\nkernelopts=ro gpuclaim=0\n##";
	static const struct {
		const char *name, *block, *text, *now;
		size_t changes;
	} rows[] = {
		{"clean", NULL, "options ro  x\n", "options ro  x\n", 0},
		{"armed", NULL, "options ro  gpuclaim=1 x\n", "options ro  x\n", 1},
		{"armed twice, by other words", NULL, "options gpuclaim ro\noptions gpuclaim=yes\n",
		 "options ro\noptions \n", 2},
		{"off for good", NULL, "options ro gpuclaim=0\n", "options ro gpuclaim=0\n", 0},
		{"by $kernelopts", armed, "options $kernelopts\n",
		 "options $kernelopts gpuclaim=0\n", 1},
		{"by both", armed, "options $kernelopts gpuclaim=1 x\n",
		 "options $kernelopts x gpuclaim=0\n", 2},
		{"off already", armed, "options $kernelopts gpuclaim=0\n",
		 "options $kernelopts gpuclaim=0\n", 0},
		{"off in $kernelopts", off, "options $kernelopts\n", "options $kernelopts\n", 0},
		{"text of its own", armed, "options ro\n", "options ro\n", 0},
		{"no options", armed, "title x\n", "title x\n", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
		_cleanup_free_ char *now = NULL, *again = NULL;

		test_int(rows[i].name, bls_disarm(rows[i].text, rows[i].block, &now, &changes), 0);
		test_text(rows[i].name, now ? now : "(none)", rows[i].now);
		test_int(rows[i].name, (long)changes.n, (long)rows[i].changes);
		test_int(rows[i].name, bls_disarm(rows[i].now, rows[i].block, &again, &changes), 0);
		test_text("a second run changes nothing", again ? again : "(none)", rows[i].now);
	}
}

/* What is added would be init's. */
static void test_disarm_end(void)
{
	static const char block[] = "# GRUB Environment Block\nkernelopts=ro gpuclaim=1 -- x\n##";
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *now = NULL;

	test_int("behind a \"--\" of the block",
		 bls_disarm("options $kernelopts\n", block, &now, &changes), -EINVAL);
	test_text("untouched", now ? now : "(none)", "(none)");
}

/* Taken out of no line by itself: it is left, and nothing tries for ever. */
static void test_disarm_two_lines(void)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *now = NULL;

	test_int("in a quote that two lines share",
		 bls_disarm("options x=\"a\noptions b\" gpuclaim=1\n", NULL, &now, &changes),
		 -EINVAL);
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

/* What is said begins with these words; NULL: GRUB takes the entry as it stands there. */
static void test_grub_trouble(void)
{
	static const struct {
		const char *name, *text, *trouble;
	} rows[] = {
		{"as kernel-install writes it",
		 "title a b\nversion 1\nlinux /v\ninitrd /i\noptions ro quiet\n", NULL},
		{"indented, comments, no newline", "# x\n  # y\n\tlinux /v\n options ro", NULL},
		{"carriage returns", "linux /v\r\noptions ro quiet\r\n", NULL},
		{"an empty line behind them", "linux /v\noptions ro\n\ninitrd /i\n", NULL},
		{"a tab elsewhere", "title\ta b\nlinux\t/v\noptions \tro quiet\n", NULL},
		{"blanks only", "linux /v\noptions  \n", NULL},
		{"none", "title a\nlinux /v\n", "it has no options line"},
		{"an empty line", "linux /v\n\noptions ro\n", "GRUB stops reading"},
		{"one with a carriage return", "linux /v\r\n\r\noptions ro\r\n",
		 "GRUB stops reading"},
		{"blanks only on a line", "linux /v\n  \noptions ro\n", "GRUB stops reading"},
		{"a word alone", "linux /v\ndevicetree\noptions ro\n", "GRUB stops reading"},
		{"a word and a blank", "linux /v\ninitrd \noptions ro\n", "GRUB stops reading"},
		{"options and a blank", "linux /v\noptions \n", "GRUB stops reading"},
		{"above the kernel, too", "\nlinux /v\noptions ro\n", "GRUB stops reading"},
		{"the kernel alone below", "options ro\n\nlinux /v\n", "GRUB stops reading"},
		{"a tab behind options", "linux /v\noptions\tro quiet\n", "a tab stands"},
		{"and one word, which is to get more", "linux /v\noptions\tro\n", "a tab stands"},
		{"a tab behind linux", "linux\t/v x\noptions ro\n", "a tab stands"},
		{"several lines", "linux /v\noptions ro\noptions quiet\n", "it has several"},
		{"the second below an empty line", "linux /v\noptions ro\n\noptions quiet\n",
		 "it has several"},
		{"below a word alone", "linux /v\noptions ro\nfoo\noptions quiet\n",
		 "it has several"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *said = bls_grub_trouble(rows[i].text), *wanted = rows[i].trouble;
		size_t n = wanted ? strlen(wanted) : 0;

		test_int(rows[i].name, said == NULL, wanted == NULL);
		test_int(rows[i].name, wanted && said && strncmp(said, wanted, n) == 0,
			 wanted != NULL);
	}
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
		{"the last of two", "# GRUB Environment Block\nkernelopts=a\nkernelopts=b\n##", "b",
		 0},
		{"escapes", "# GRUB Environment Block\nb=\\\nkernelopts=no\nkernelopts=a\\\\b\n#",
		 "a\\b", 0},
		{"a longer name", "# GRUB Environment Block\nkernelopts2=x\n#", NULL, -ENOENT},
		{"a comment",
		 "# GRUB Environment Block\n# WARNING: Do not edit this file\nkernelopts=x\n##",
		 "x", 0},
		{"in a comment", "# GRUB Environment Block\n# a\n#kernelopts=x\n##", NULL, -ENOENT},
		{"after what fills the rest", "# GRUB Environment Block\na=b\n##kernelopts=x", NULL,
		 -ENOENT},
		{"broken: no end", "# GRUB Environment Block\nkernelopts=x##", NULL, -ENOENT},
		{"broken: its end is of the value", "# GRUB Environment Block\nkernelopts=x\\\n##",
		 NULL, -ENOENT},
		{"before what is broken", "# GRUB Environment Block\nkernelopts=x\na=\\\n##", "x",
		 0},
		{"behind a line without a value", "# GRUB Environment Block\na\nkernelopts=x\n##",
		 NULL, -ENOENT},
		{"behind an empty line", "# GRUB Environment Block\n\nkernelopts=x\n##", NULL,
		 -ENOENT},
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

#define HEAD "# GRUB Environment Block\n"

static void test_grubenv_set(void)
{
	static const struct {
		const char *name, *text, *value, *now; /* NULL: refused with @error */
		int error;
	} rows[] = {
		{"longer", HEAD "a=1\nkernelopts=ro\nb=2\n####", "ro x",
		 HEAD "a=1\nkernelopts=ro x\nb=2\n##", 0},
		{"shorter", HEAD "kernelopts=ro x\n#", "ro", HEAD "kernelopts=ro\n###", 0},
		{"the same", HEAD "kernelopts=ro \n#", "ro ", HEAD "kernelopts=ro \n#", 0},
		{"it just fits", HEAD "kernelopts=ro\n##", "ro x", HEAD "kernelopts=ro x\n", 0},
		{"one byte too much", HEAD "kernelopts=ro\n#", "ro x", NULL, -ENOSPC},
		{"new", HEAD "a=1\n################", "ro", HEAD "a=1\nkernelopts=ro\n##", 0},
		{"gone", HEAD "kernelopts=ro\na=1\n#", NULL, HEAD "a=1\n###############", 0},
		{"a comment and a longer name stay", HEAD "# x\nkernelopts2=y\nkernelopts=a\n###",
		 "ab", HEAD "# x\nkernelopts2=y\nkernelopts=ab\n##", 0},
		{"escapes", HEAD "kernelopts=a\n#####", "a\\b\n", HEAD "kernelopts=a\\\\b\\\n\n",
		 0},
		{"the last of two, which GRUB sets last", HEAD "kernelopts=a\nkernelopts=b\n##",
		 "bc", HEAD "kernelopts=a\nkernelopts=bc\n#", 0},
		{"no newline before what fills it", HEAD "kernelopts=a##", "a", NULL, -EINVAL},
		{"its end is of the value", HEAD "kernelopts=a\\\n##", "a", NULL, -EINVAL},
		{"new, behind what is broken", HEAD "a=b\\\n####################", "a", NULL,
		 -EINVAL},
		{"new, behind a line without a value", HEAD "a\n####################", "a", NULL,
		 -EINVAL},
		{"no block", "kernelopts=a\n##", "a", NULL, -EINVAL},
		{"nothing", "", "a", NULL, -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *now = NULL, *value = NULL;
		int r = grubenv_set(rows[i].text, "kernelopts", rows[i].value, &now);

		test_int(rows[i].name, r, rows[i].error);
		test_text(rows[i].name, now ? now : "(none)", rows[i].now ? rows[i].now : "(none)");
		if (r == 0 && rows[i].value) {
			test_int(rows[i].name, grubenv_get(now, "kernelopts", &value), 0);
			test_text(rows[i].name, value ? value : "(none)", rows[i].value);
		}
	}
}

static void test_expand(void)
{
	static const char block[] = HEAD "kernelopts=ro $x\nTuned_2=iso\nempty=\n###";
	static const struct {
		const char *options, *expanded;
	} rows[] = {
		{"$kernelopts quiet", "ro $x quiet"},	     {"a $Tuned_2", "a iso"},
		{"$Tuned_2$Tuned_2.x", "isoiso.x"},	     {"a$empty b", "a b"},
		{"$unknown $ $$Tuned_2", "$unknown $ $iso"}, {"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *expanded = grubenv_expand(block, rows[i].options);
		_cleanup_free_ char *none = grubenv_expand(NULL, rows[i].options);

		test_text(rows[i].options, expanded, rows[i].expanded);
		test_text("without a block", none, rows[i].options);
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

static void test_foreign(void)
{
#define OURS \
	"### BEGIN /etc/grub.d/10_linux_zfs ###\nmenuentry a {\nlinux /a\n}\n### END /etc/grub.d/10_linux_zfs ###\n"
#define OTHERS \
	"### BEGIN /etc/grub.d/30_os-prober ###\nmenuentry b {\nlinux /b\n}\n### END /etc/grub.d/30_os-prober ###\n"
#define NOBODYS "menuentry c {\nlinux /c\n}\n"
	static const struct {
		const char *text, *foreign;
	} rows[] = {
		{OURS OTHERS NOBODYS, "010"}, {OTHERS OURS, "10"}, {OTHERS NOBODYS, "10"},
		{OTHERS OTHERS, "00"},	      {OURS, "0"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct grub_menu menu _cleanup_(grub_menu_free) = {0};
		char foreign[8] = "";

		test_int("read", grub_cfg_parse(rows[i].text, &menu), 0);
		for (size_t k = 0; k < menu.n && k + 1 < sizeof(foreign); k++)
			foreign[k] = menu.entry[k].foreign ? '1' : '0';
		test_text("another script made it", foreign, rows[i].foreign);
	}
}

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
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};

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

static void test_tuned(void)
{
	static const struct {
		const char *text, *cmdline, *expanded;
	} rows[] = {
		{"set tuned_params=\"iommu=pt gpuclaim=1\"\nexport tuned_params\n",
		 "ro quiet $tuned_params x", "ro quiet iommu=pt gpuclaim=1 x"},
		{"\tset tuned_params=\"a\"\nset tuned_params=\"b\"\n", "$tuned_params", "b"},
		{"set tuned_params=\"\"\n", "ro $tuned_params", "ro "},
		{"set tuned_params=a", "ro $tuned_params2", "ro $tuned_params2"},
		{"set tuned_initrd=\"a\"\n", "ro $tuned_params", "ro $tuned_params"},
		{"set tuned_params=\"a\"\n", "ro $vt_handoff", "ro $vt_handoff"},
		{NULL, "ro $tuned_params", "ro $tuned_params"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *expanded = grub_cfg_expand(rows[i].text, rows[i].cmdline);

		test_text(rows[i].cmdline, expanded, rows[i].expanded);
	}
}

static void test_reads_entries(void)
{
	static const struct {
		const char *text;
		bool reads;
	} rows[] = {
		{"insmod blscfg\nblscfg\n", true},
		{"if x; then\n\tblscfg\nfi\n", true},
		{"blscfg non-default", true},
		{"# The blscfg command parses\nblscfgs\n", false},
		{"insmod blscfg\n", false},
		{"", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].text, grub_cfg_reads_entries(rows[i].text), rows[i].reads);
}

TESTS(bls)
{
	test_apply();
	test_gone();
	test_disarm();
	test_disarm_two_lines();
	test_disarm_end();
	test_read();
	test_grub_trouble();
	test_grubenv();
	test_grubenv_set();
	test_expand();
	test_menu();
	test_foreign();
	test_tuned();
	test_reads_entries();
	return test_done();
}
