/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/tell/dropin.h"

#include "helper/policy/fingerprint.h"
#include "tests/unit/test.h"

static const struct nova_gpu gpus[] = {
	{.address = {.bus = 1}, .id = {0x10de, 0x1c81}, .ready = true},
	{.address = {.bus = 2}, .id = {0x10de, 0x1c81}, .ready = true},
};

static char *render(size_t n, const struct nova_options *options)
{
	struct nova_plan plan _cleanup_(nova_plan_free) = {0};
	char *text = NULL;

	if (nova_plan_make(gpus, n, options, &plan) < 0 ||
	    nova_dropin_render(&plan, false, &text) < 0)
		abort();
	return text;
}

static bool has(const char *text, const char *what)
{
	return text && strstr(text, what);
}

static void test_parse(void)
{
	struct nova_options options = {.release = 31, .placement = true, .alias = "gpu"};
	_cleanup_free_ char *text = render(2, &options), *all = strdup(text);
	struct nova_dropin dropin = {0};

	test_int("ours", nova_dropin_parse(text, &dropin), 0);
	test_int("intact", dropin.intact, 1);
	test_int("it follows what is installed", dropin.options.release, 0);
	test_int("Placement", dropin.options.placement, 1);
	test_int("not the groups", dropin.options.shared_groups, 0);
	test_text("alias", dropin.options.alias, "gpu");
	test_int("not reverted", dropin.reverted, 0);
	for (size_t i = 0; text[i]; i++) {
		char c = text[i];

		text[i] = c == 'x' ? 'y' : 'x';
		dropin.intact = false;
		if (nova_dropin_parse(text, &dropin) == 0 && dropin.intact)
			test_text("each changed byte is seen", text, all);
		text[i] = c;
	}
	for (size_t i = strlen(text); i-- > 0;) {
		text[i] = '\0';
		dropin.intact = false;
		if (nova_dropin_parse(text, &dropin) == 0 && dropin.intact)
			test_text("each cut is seen", text, all);
	}
}

static void test_first_lines(void)
{
	static const struct {
		const char *name, *rest;
		int result;
	} rows[] = {
		{"as we write it", "release=installed placement=no shared-groups=no\n", 0},
		{"a release", "release=zed placement=no shared-groups=yes alias=a.b-c_1\n", 0},
		{"an unknown one", "release=queens placement=no shared-groups=no\n", -EBADMSG},
		{"no release", "placement=no shared-groups=no\n", -EBADMSG},
		{"no answer", "release=zed placement=maybe shared-groups=no\n", -EBADMSG},
		{"no name", "release=zed placement=no shared-groups=no alias=\n", -EBADMSG},
		{"a bad name", "release=zed placement=no shared-groups=no alias=a:1\n", -EBADMSG},
		{"more", "release=zed placement=no shared-groups=no and=more\n", -EBADMSG},
		{"all of them",
		 "release=zed placement=yes shared-groups=no alias=a numa-policy=socket "
		 "traits=a,B_1 "
		 "tags=a=1,b_c=x-y.z\n",
		 0},
		{"an unknown policy", "release=zed placement=no shared-groups=no numa-policy=x\n",
		 -EBADMSG},
		{"a bad trait", "release=zed placement=no shared-groups=no traits=a-b\n", -EBADMSG},
		{"a tag without a value", "release=zed placement=no shared-groups=no tags=a=\n",
		 -EBADMSG},
		{"a tag that is ours", "release=zed placement=no shared-groups=no tags=address=x\n",
		 -EBADMSG},
		{"no line", "release=zed placement=no shared-groups=no", -EBADMSG},
		{"reverted", "reverted\n[pci]\n", 0},
		{"nothing", "", -EBADMSG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char hash[FINGERPRINT_MAX], text[256];
		struct nova_dropin dropin;

		snprintf(text, sizeof(text), "# gpuclaim-nova 1 hash=%s %s",
			 fingerprint_text(rows[i].rest, hash), rows[i].rest);
		test_int(rows[i].name, nova_dropin_parse(text, &dropin), rows[i].result);
	}
	test_int("empty", nova_dropin_parse("", &(struct nova_dropin){0}), -EBADMSG);
	test_int("another's", nova_dropin_parse("[pci]\n", &(struct nova_dropin){0}), -EBADMSG);
	test_int(
		"a short hash",
		nova_dropin_parse("# gpuclaim-nova 1 hash=12 reverted\n", &(struct nova_dropin){0}),
		-EBADMSG);
	test_int("cut off",
		 nova_dropin_parse("# gpuclaim-nova 1 hash=0123456789abcdef",
				   &(struct nova_dropin){0}),
		 -EBADMSG);
}

static void test_refresh(void)
{
	struct nova_options options = {.release = 31, .placement = true};
	_cleanup_free_ char *two = render(2, &options), *one = render(1, &options);
	_cleanup_free_ char *refreshed = NULL, *back = NULL, *none = NULL;
	struct nova_plan plan _cleanup_(nova_plan_free) = {0},
			      whole _cleanup_(nova_plan_free) = {0};
	struct nova_plan nothing _cleanup_(nova_plan_free) = {0};

	if (nova_plan_make(gpus, 1, &options, &plan) < 0 ||
	    nova_plan_make(gpus, 2, &options, &whole) < 0 ||
	    nova_plan_make(gpus, 0, &options, &nothing) < 0)
		abort();
	test_int("one less", nova_dropin_refresh(two, &plan, &refreshed), 0);
	test_text("as if made so", refreshed ? refreshed : "", one);
	test_int("it is back", nova_dropin_refresh(refreshed, &whole, &back), 0);
	test_text("as it was", back ? back : "", two);
	test_int("none is ready", nova_dropin_refresh(two, &nothing, &none), 0);
	test_int("no device", has(none, "device_spec"), 0);
	test_int("aliases stay", has(none, "\nalias = "), 1);
	test_int("and Placement", has(none, "\nreport_in_placement = true\n"), 1);
}

static void test_revert(void)
{
	struct nova_options options = {.release = 31},
			    reported = {.release = 31, .placement = true};
	_cleanup_free_ char *plain = render(1, &options), *placement = render(1, &reported);
	_cleanup_free_ char *edited = NULL, *left = NULL, *kept = NULL, *again = NULL,
			    *other = NULL, *all = NULL, *ours = NULL;
	struct nova_dropin dropin = {0};

	test_int("plain", nova_dropin_revert(plain, "", true, &left), 0);
	test_int("nothing is left", !left && !nova_dropin_reports(plain), 1);
	test_int("with Placement", nova_dropin_revert(placement, "", true, &kept), 0);
	test_int("that stays", has(kept, "[pci]\nreport_in_placement = true\n"), 1);
	test_int("and nothing else", has(kept, "device_spec") || has(kept, "alias"), 0);
	test_int("it is ours",
		 kept && nova_dropin_parse(kept, &dropin) == 0 && dropin.intact && dropin.reverted,
		 1);
	test_int("again", nova_dropin_revert(kept, "", true, &again), 0);
	test_text("the same", again ? again : "", kept);
	test_int("let go", nova_dropin_revert(kept, "", false, &all), 0);
	test_int("all of it", !all, 1);
	if (asprintf(&edited, "%sdevice_spec = {}\n[DEFAULT]\ndebug = true\n", placement) < 0)
		abort();
	test_int("edited", nova_dropin_revert(edited, placement, true, &other), 0);
	test_text("others' lines stay", other ? other : "",
		  "[pci]\nreport_in_placement = true\ndevice_spec = {}\n[DEFAULT]\ndebug = true\n");
	test_int("edited, let go", nova_dropin_revert(edited, placement, false, &ours), 0);
	test_text("ours goes", ours ? ours : "",
		  "[pci]\ndevice_spec = {}\n[DEFAULT]\ndebug = true\n");
}

#define BOOT "5f0bd1b5-6d35-4c2f-9a5a-0c6f0f4f7d11"

static void test_since(void)
{
	static const char line[] = "\n# report_in_placement was set in boot " BOOT
				   ", 1234.05 s after it began.\nreport_in_placement = true\n";
	struct nova_options options = {
		.release = 31, .placement = true, .since = {.boot = BOOT, .uptime_cs = 123405}};
	_cleanup_free_ char *text = render(2, &options), *shrunk = NULL, *kept = NULL;
	struct nova_dropin dropin = {0};
	size_t n;

	test_int("it is said", has(text, line), 1);
	test_int("ours", nova_dropin_parse(text, &dropin), 0);
	test_text("boot", dropin.options.since.boot, BOOT);
	test_int("when", (int)dropin.options.since.uptime_cs, 123405);
	test_int("shrunk", nova_dropin_shrink(text, "", &shrunk, &n), 0);
	test_int("it stays", has(shrunk, line), 1);
	test_int("reverted", nova_dropin_revert(shrunk, "", true, &kept), 0);
	test_int("it stays, too", has(kept, line), 1);
	dropin = (struct nova_dropin){0};
	test_int("of a reverted one", nova_dropin_parse(kept, &dropin), 0);
	test_int("it is read", (int)dropin.options.since.uptime_cs, 123405);
	*strstr(kept, " after it") = '\0';
	test_int("cut off", nova_dropin_parse(kept, &dropin), 0);
	test_int("no longer intact", dropin.intact, 0);
}

TESTS(nova_dropin)
{
	test_parse();
	test_first_lines();
	test_refresh();
	test_revert();
	test_since();
	return test_done();
}
