/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/kargs.h"

#include "tests/unit/test.h"

static const char *const refusals[] = {"(open quote)", "(conflict)"};

/* The line after the arguments were added; *@ret_back what taking them away leaves. */
static char *apply(const char *line, char **ret_back, size_t *ret_n)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0},
				     none _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *now = NULL, *again = NULL;
	size_t gone = 99;
	int r = kargs_apply(line, kargs_all, KARGS_ALL, &now, &changes);

	*ret_back = strdup(line);
	*ret_n = changes.n;
	if (r < 0)
		return strdup(refusals[r == -EEXIST]);
	test_int("twice", kargs_apply(now, kargs_all, KARGS_ALL, &again, &none), 0);
	test_text("twice is once", again, now);
	test_int("and changes nothing", (long)none.n, 0);
	free(*ret_back);
	*ret_back = NULL;
	test_int("taken back", kargs_revert(now, &changes, ret_back, &gone), 0);
	test_int("all of it", (long)gone, 0);
	return TAKE_PTR(now);
}

static const struct {
	const char *name, *line, *now;
} lines[] = {
	{"nothing there", "", "intel_iommu=on iommu=pt gpuclaim=1"},
	{"the usual line", "root=/dev/sda1 ro quiet",
	 "root=/dev/sda1 ro quiet intel_iommu=on iommu=pt gpuclaim=1"},
	{"a newline at the end", "ro\n", "ro intel_iommu=on iommu=pt gpuclaim=1\n"},
	{"blanks stay", "  ro   quiet  ", "  ro   quiet intel_iommu=on iommu=pt gpuclaim=1  "},
	{"blanks only", "  ", "intel_iommu=on iommu=pt gpuclaim=1   "},
	{"all there", "gpuclaim=1 iommu=pt intel_iommu=on", "gpuclaim=1 iommu=pt intel_iommu=on"},
	{"a sub-option is kept", "intel_iommu=on,sm_on iommu=pt",
	 "intel_iommu=on,sm_on iommu=pt gpuclaim=1"},
	{"a sub-option gets company", "intel_iommu=sm_on ro",
	 "intel_iommu=on,sm_on ro iommu=pt gpuclaim=1"},
	{"behind the quote of a value", "iommu=\"force a\" intel_iommu=on",
	 "iommu=\"pt,force a\" intel_iommu=on gpuclaim=1"},
	{"inside a quote around it all", "\"iommu=force a\" intel_iommu=on",
	 "\"iommu=pt,force a\" intel_iommu=on gpuclaim=1"},
	{"a dash is an underscore", "intel-iommu=on iommu=pt gpuclaim=1",
	 "intel-iommu=on iommu=pt gpuclaim=1"},
	{"merged under its own name", "intel-iommu=sm_on iommu=pt gpuclaim=1",
	 "intel-iommu=on,sm_on iommu=pt gpuclaim=1"},
	{"the last of several is merged into", "intel_iommu=sm_on intel_iommu=igfx_off",
	 "intel_iommu=sm_on intel_iommu=on,igfx_off iommu=pt gpuclaim=1"},
	{"a name alone says nothing",
	 "intel_iommu iommu=", "intel_iommu iommu= intel_iommu=on iommu=pt gpuclaim=1"},
	{"a name alone arms", "gpuclaim intel_iommu=on iommu=pt",
	 "gpuclaim intel_iommu=on iommu=pt"},
	{"another word for 1", "gpuclaim=yes intel_iommu=on iommu=pt",
	 "gpuclaim=yes intel_iommu=on iommu=pt"},
	{"before init's words", "ro -- single", "ro intel_iommu=on iommu=pt gpuclaim=1 -- single"},
	{"before init's words alone", "-- single", "intel_iommu=on iommu=pt gpuclaim=1 -- single"},
	{"init's words don't count", "ro -- iommu=pt gpuclaim=0",
	 "ro intel_iommu=on iommu=pt gpuclaim=1 -- iommu=pt gpuclaim=0"},
	{"a quoted -- is one, too", "ro \"--\" x",
	 "ro intel_iommu=on iommu=pt gpuclaim=1 \"--\" x"},
	{"--x is none", "ro --x", "ro --x intel_iommu=on iommu=pt gpuclaim=1"},
	{"a quoted argument", "dyndbg=\"file x +p\"",
	 "dyndbg=\"file x +p\" intel_iommu=on iommu=pt gpuclaim=1"},
	{"variables stay", "ro $kernelopts $tuned_params",
	 "ro $kernelopts $tuned_params intel_iommu=on iommu=pt gpuclaim=1"},
	{"on after off", "intel_iommu=off intel_iommu=on iommu=pt gpuclaim=1",
	 "intel_iommu=off intel_iommu=on iommu=pt gpuclaim=1"},
	{"on after off in one", "intel_iommu=off,on iommu=pt gpuclaim=1",
	 "intel_iommu=off,on iommu=pt gpuclaim=1"},
	{"off", "ro intel_iommu=off", "(conflict)"},
	{"off after on", "intel_iommu=on intel_iommu=off", "(conflict)"},
	{"off among others", "intel_iommu=sm_on,off", "(conflict)"},
	{"no IOMMU", "iommu=off", "(conflict)"},
	{"no IOMMU, whatever follows", "iommu=off iommu=pt", "(conflict)"},
	{"no IOMMU, whatever was before", "iommu=pt,off", "(conflict)"},
	{"translated", "iommu=force,nopt", "(conflict)"},
	{"switched off for good", "gpuclaim=0", "(conflict)"},
	{"switched off by one of two", "gpuclaim=1 gpuclaim=off", "(conflict)"},
	{"an empty element", "iommu=,force intel_iommu=,on,",
	 "iommu=pt,,force intel_iommu=,on, gpuclaim=1"},
	{"an open quote", "ro dyndbg=\"file", "(open quote)"},
	{"a quote alone", "\"", "(open quote)"},
	{"other names", "gpuclaim.ids=10de:1c81 iommu.strict=1 xiommu=pt",
	 "gpuclaim.ids=10de:1c81 iommu.strict=1 xiommu=pt intel_iommu=on iommu=pt "
	 "gpuclaim=1"},
};

static void test_apply(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_free_ char *back = NULL;
		size_t n;
		char *now = apply(lines[i].line, &back, &n);

		test_text(lines[i].name, now, lines[i].now);
		test_text("as before", back, lines[i].line);
		free(now);
	}
}

static void test_revert_after_others(void)
{
	static const struct {
		const char *name, *line, *back;
		long gone;
	} rows[] = {
		{"one more word at the end", "ro intel_iommu=on,sm_on iommu=pt gpuclaim=1 quiet",
		 "ro intel_iommu=sm_on quiet", 0},
		{"in another order", "gpuclaim=1 quiet iommu=pt ro intel_iommu=on,sm_on",
		 "quiet ro intel_iommu=sm_on", 0},
		{"one is gone", "ro iommu=pt intel_iommu=on,sm_on", "ro intel_iommu=sm_on", 1},
		{"one was extended", "ro intel_iommu=on,sm_on,igfx_off iommu=pt gpuclaim=1",
		 "ro intel_iommu=on,sm_on,igfx_off", 1},
		{"nothing left", "", "", 3},
		{"init's words are not ours", "intel_iommu=on,sm_on -- gpuclaim=1 iommu=pt",
		 "intel_iommu=sm_on -- gpuclaim=1 iommu=pt", 2},
	};
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	char *line = NULL;

	test_int("made", kargs_apply("ro intel_iommu=sm_on", kargs_all, KARGS_ALL, &line, &changes),
		 0);
	test_text("so", line, "ro intel_iommu=on,sm_on iommu=pt gpuclaim=1");
	free(line);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *back = NULL;
		size_t gone = 99;

		test_int(rows[i].name, kargs_revert(rows[i].line, &changes, &back, &gone), 0);
		test_text(rows[i].name, back, rows[i].back);
		test_int(rows[i].name, (long)gone, rows[i].gone);
	}
}

static void test_state(void)
{
	static const struct {
		const char *name, *line, *text;
		size_t wanted;
		enum kargs_state state;
	} rows[] = {
		{"present", "ro iommu=pt", "iommu=pt", 1, KARGS_PRESENT},
		{"missing", "ro iommu=force", "", 1, KARGS_MISSING},
		{"conflict", "ro iommu=pt iommu=nopt iommu=pt", "iommu=nopt", 1, KARGS_CONFLICT},
		{"the last one tells", "intel_iommu=off intel_iommu=on,sm_on",
		 "intel_iommu=on,sm_on", 0, KARGS_PRESENT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = NULL;

		test_int(rows[i].name, kargs_state(rows[i].line, &kargs_all[rows[i].wanted], &text),
			 (long)rows[i].state);
		test_text(rows[i].name, text ? text : "", rows[i].text);
	}
}

static void test_without(void)
{
	static const char *const names[] = {"BOOT_IMAGE", "initrd"};
	_cleanup_free_ char *line =
		kargs_without("BOOT_IMAGE=/vmlinuz ro  initrd=a\tdyndbg=\"a b\" quiet\n", names, 2);

	test_text("without what the boot loader adds", line, "ro dyndbg=\"a b\" quiet");
}

/* Of all that are there and of ours one argument is made, for who can't edit a line. */
static void test_merged(void)
{
	static const struct {
		const char *name, *line, *was, *now;
	} rows[] = {
		{"none is there", "ro quiet", "", "intel_iommu=on"},
		{"one with another word", "ro intel_iommu=sm_on quiet", "intel_iommu=sm_on",
		 "intel_iommu=on,sm_on"},
		{"two", "intel_iommu=sm_on ro intel-iommu=igfx_off",
		 "intel_iommu=sm_on intel-iommu=igfx_off", "intel_iommu=on,sm_on,igfx_off"},
		{"one without a value", "intel_iommu ro", "intel_iommu", "intel_iommu=on"},
		{"after the end they are init's", "ro -- intel_iommu=sm_on", "", "intel_iommu=on"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *was = NULL, *now = NULL;

		test_int(rows[i].name, kargs_merged(rows[i].line, &kargs_all[0], &was, &now), 0);
		test_text(rows[i].name, was ? was : "(null)", rows[i].was);
		test_text(rows[i].name, now ? now : "(null)", rows[i].now);
	}
}

TESTS(kargs)
{
	test_apply();
	test_revert_after_others();
	test_state();
	test_without();
	test_merged();
	return test_done();
}
