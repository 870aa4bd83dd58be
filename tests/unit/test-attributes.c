/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/attributes.h"

#include "tests/unit/test.h"

/* As resource_show() prints a GTX 1050: two BARs of 64 bits, each followed by its empty upper half.
 */
static const char gtx1050[] = "0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n"
			      "0x00000000e0000000 0x00000000efffffff 0x000000000014220c\n"
			      "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			      "0x00000000f0000000 0x00000000f1ffffff 0x000000000014220c\n"
			      "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
			      "0x000000000000e000 0x000000000000e07f 0x0000000000040101\n"
			      "0x00000000000c0000 0x00000000000dffff 0x0000000000046200\n";

static void describe(const struct bar *bar, char *buf, size_t size)
{
	char text[SIZE_TEXT_MAX];

	(void)snprintf(buf, size, "%s%s%s%s", size_format(bar->size_bytes, text),
		       bar->io ? " io" : "", bar->prefetchable ? " prefetchable" : "",
		       bar->wide ? " 64bit" : "");
}

static void test_bars(void)
{
	static const char *const expected[ATTRIBUTE_BARS] = {
		"16M", "256M prefetchable 64bit", "0", "32M prefetchable 64bit", "0", "128 io",
	};
	struct bar bar[ATTRIBUTE_BARS] = {0};

	test_int("six BARs are read", attributes_parse_bars(gtx1050, bar), true);
	for (size_t i = 0; i < ATTRIBUTE_BARS; i++) {
		char text[64];

		describe(&bar[i], text, sizeof(text));
		test_text("BAR", text, expected[i]);
	}
}

static void test_odd_bars(void)
{
	/* Not assigned: the kernel shows its size from 0, with IORESOURCE_UNSET. */
	static const char unset[] = "0x0000000000000000 0x000000000fffffff 0x0000000020140204\n"
				    "0x0 0x0 0x0\n0x0 0x0 0x0\n0x0 0x0 0x0\n0x0 0x0 0x0\n"
				    "0x10 0x0 0x200";
	struct bar bar[ATTRIBUTE_BARS] = {0};

	test_int("an unassigned BAR is read", attributes_parse_bars(unset, bar), true);
	test_int("an unassigned BAR has no address", bar[0].homeless, true);
	test_int("an unassigned BAR has its size", (long)bar[0].size_bytes, 256l << 20);
	test_int("an end below the start has none", (long)bar[5].size_bytes, 0);
	test_int("too few lines are refused", attributes_parse_bars("0x0 0x0 0x0\n", bar), false);
	test_int("other words are refused", attributes_parse_bars("none\n", bar), false);
	test_int("no text is refused", attributes_parse_bars("", bar), false);
}

static void test_sizes(void)
{
	static const struct {
		uint64_t size_bytes;
		const char *expected;
	} rows[] = {
		{0, "0"},
		{1, "1"},
		{256, "256"},
		{1023, "1023"},
		{1024, "1K"},
		{1536ull << 10, "1536K"},
		{128ull << 30, "128G"},
		{1ull << 40, "1T"},
		{1ull << 52, "4096T"},
		{(1ull << 40) + 1, "1099511627777"},
	};
	char text[SIZE_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_text("size", size_format(rows[i].size_bytes, text), rows[i].expected);
}

TESTS(attributes)
{
	test_bars();
	test_odd_bars();
	test_sizes();
	return test_done();
}
