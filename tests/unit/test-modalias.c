/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/modalias.h"

#include "tests/unit/test.h"

#define GTX	"pci:v000010DEd00001C81sv00001458sd00003746bc03sc00i00"
#define H100	"pci:v000010DEd00002330sv000010DEsd000016C1bc03sc02i00"
#define MLX5_VF "pci:v000015B3d0000101Esv000015B3sd00000001bc02sc00i00"

/* As depmod(8) writes them. */
static const char aliases[] =
	"# Aliases extracted from modules themselves.\n"
	"alias acpi*:PNP0C0C:* button\n"
	"alias pci:v000010DEd*sv*sd*bc03sc00i00* nouveau\n"
	"alias pci:v000010DEd*sv*sd*bc03sc02i00* nouveau\n"
	"alias pci:v000012D2d*sv*sd*bc03sc00i00* nouveau\n"
	"alias pci:v000010DEd00001C81sv*sd*bc*sc*i* nvidiafb\n"
	"alias pci:v000010DEd*sv*sd*bc*sc*i* nvidia-all\n"
	"alias pci:v000010DEd00001C81sv*sd*bc*sc*i* nvidia_all\n"
	"alias pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_core\n"
	"alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"
	"alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci\n"
	"alias vfio_pci:v000010DEd00002330sv*sd*bc*sc*i* nvgrace-gpu-vfio-pci\n"
	"alias vfio_pci:v000010DEd*sv*sd*bc*sc*i* nvidia_generic_vfio\n"
	"alias vfio_pci:v000010DEd00002330sv*sd*bc*sc*i* second_of_equals\n"
	"alias pci:v00008086d0000153[3A]* -\n"
	"alias usb:v1D6Bp0002d*dc*dsc*dp*ic*isc*ip*in* hub\n";

/* "module:wildcards module:wildcards", in the order found. */
static void print_matches(const char *text, const char *modalias, char *buf, size_t size)
{
	_cleanup_free_ struct alias_match *all = NULL;
	size_t n = 0, used = 0;

	buf[0] = '\0';
	if (modalias_match(text, strlen(text), modalias, &all, &n) != 0)
		abort();
	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s:%u", i ? " " : "",
					 all[i].module, all[i].wildcards);
}

static void test_match(void)
{
	static const struct {
		const char *modalias, *expected;
	} rows[] = {
		{GTX, "nouveau:4 nvidiafb:5 nvidia-all:5"},
		{H100, "nouveau:4 nvidia-all:6"},
		{MLX5_VF, "mlx5_core:5"},
		{"vfio_pci:v000015B3d0000101Esv000015B3sd00000001bc02sc00i00",
		 "vfio_pci:7 mlx5_vfio_pci:5"},
		{"pci:v00008086d00001533sv00008086sd00000001bc02sc00i00", "-:1"},
		{"pci:v00008086d0000153Asv00008086sd00000001bc02sc00i00", "-:1"},
		{"pci:v00008086d00001539sv00008086sd00000001bc02sc00i00", ""},
		{"acpi:X:PNP0C0C:", "button:2"},
		{"usb:v1D6Bp0002d0612dc09dsc00dp03ic09isc00ip00in00", "hub:8"},
		{"pci:v000010DE", ""},
		{"pci:", ""},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char buf[256], name[96];

		(void)snprintf(name, sizeof(name), "matches of \"%s\"", rows[i].modalias);
		print_matches(aliases, rows[i].modalias, buf, sizeof(buf));
		test_text(name, buf, rows[i].expected);
	}
}

static void test_lines(void)
{
	static const struct {
		const char *name, *text, *expected;
	} rows[] = {
		{"nothing", "", ""},
		{"a plain alias", "alias pci:a one\n", "one:0"},
		{"no last newline", "alias pci:a one", "one:0"},
		{"blanks and tabs", "  alias\tpci:a \t one \n", "one:0"},
		{"no module", "alias pci:a\n", ""},
		{"no pattern", "alias\n", ""},
		{"a fourth word", "alias pci:a one two\n", ""},
		{"a keyword as long", "aliaz pci:a one\n", ""},
		{"another keyword", "options pci:a one\n", ""},
		{"a longer keyword", "aliases pci:a one\n", ""},
		{"a comment", "#alias pci:a one\n", ""},
		{"case counts", "alias PCI:a one\n", ""},
		{"a longer pattern", "alias pci:ab one\n", ""},
		{"a shorter pattern", "alias pci: one\n", ""},
		{"a star for nothing", "alias pci:a* one\n", "one:1"},
		{"a question mark", "alias pci:? one\n", "one:0"},
		{"a question mark too many", "alias pci:a? one\n", ""},
		{"a set", "alias pci:[ab] one\n", "one:0"},
		{"another set", "alias pci:[!a] one\n", ""},
		{"an escape", "alias pci:\\a one\n", "one:0"},
		{"an escaped star", "alias pci:\\* one\n", ""},
		{"a leading star", "alias * one\n", "one:1"},
		{"twice", "alias pci:a* one\nalias pci:a one\n", "one:0"},
		{"twice, the other way", "alias pci:a one\nalias pci:a* one\n", "one:0"},
		{"dash and underscore", "alias pci:a* o-ne\nalias pci:a o_ne\n", "o-ne:0"},
		{"two modules", "alias pci:a one\nalias pci:a two\n", "one:0 two:0"},
		{"a name of 63 bytes",
		 "alias pci:a "
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:0"},
		{"a name of 64 bytes",
		 "alias pci:a "
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
		 ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char buf[256];

		print_matches(rows[i].text, "pci:a", buf, sizeof(buf));
		test_text(rows[i].name, buf, rows[i].expected);
	}
}

static void test_untouched(void)
{
	struct alias_match *all = (struct alias_match *)aliases;
	size_t n = 7;

	test_int("no matches", modalias_match("", 0, GTX, &all, &n), 0);
	test_int("no matches", (long)n, 0);
	test_int("no matches", all == NULL, true);
}

static void test_nul(void)
{
	static const char text[] = "alias pci:a\0 one\nalias pci:\0 one\nalias pci:a two\n";
	_cleanup_free_ struct alias_match *all = NULL;
	size_t n = 0;

	if (modalias_match(text, sizeof(text) - 1, "pci:a", &all, &n) != 0)
		abort();
	test_int("NUL bytes match nothing", (long)n, 1);
	test_text("the other line is found", n == 1 ? all[0].module : "", "two");
}

static void test_variant(void)
{
	static const struct {
		const char *modalias, *variant;
	} rows[] = {
		{MLX5_VF, "mlx5_vfio_pci"},
		{H100, "nvgrace-gpu-vfio-pci"},
		{GTX, "nvidia_generic_vfio"},
		{"pci:v00001002d0000744Csv00001002sd00000001bc03sc00i00", NULL},
		{"vfio_pci:v000015B3d0000101Esv000015B3sd00000001bc02sc00i00", NULL},
		{"usb:v1D6Bp0002d0612dc09dsc00dp03ic09isc00ip00in00", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[96], buf[MODULE_NAME_MAX] = "untouched";
		bool found = modalias_variant(aliases, sizeof(aliases) - 1, rows[i].modalias, buf);

		(void)snprintf(name, sizeof(name), "variant for \"%s\"", rows[i].modalias);
		test_int(name, found, rows[i].variant != NULL);
		test_text(name, buf, rows[i].variant ? rows[i].variant : "untouched");
	}
}

static void test_names(void)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{"vfio-pci", "vfio_pci", true},	 {"a-b_c", "a_b-c", true}, {"", "", true},
		{"vfio", "vfio_pci", false},	 {"a-", "a", false},	   {"a", "a_", false},
		{"vfio-pci", "VFIO-PCI", false}, {"a-b", "a.b", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "names \"%s\" and \"%s\"", rows[i].a, rows[i].b);
		test_int(name, module_name_equal(rows[i].a, rows[i].b), rows[i].equal);
	}
}

TESTS(modalias)
{
	test_match();
	test_lines();
	test_untouched();
	test_nul();
	test_variant();
	test_names();
	return test_done();
}
