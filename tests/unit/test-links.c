/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lanes of a GPU's link, and of those above it. */
#include <stdio.h>

#include "ctl/machine/health.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define ROOT_PORT "sys/devices/pci0000:00/0000:00:01.1/"
#define UPSTREAM  ROOT_PORT "0000:01:00.0/"
#define BELOW	  UPSTREAM "0000:02:00.0/"
#define NAVI	  BELOW "0000:03:00.0/"
#define WIDTH(folder, now, most) \
	"f " folder "current_link_width " now "|\nf " folder "max_link_width " most "|\n"

static const char *describe(const struct narrow_link *link, char *buf, size_t size)
{
	char a[PCI_ADDRESS_MAX];

	buf[0] = '\0';
	if (link->lanes)
		(void)snprintf(buf, size, "%s x%u/x%u",
			       link->above ? pci_address_format(&link->port, a) : "itself",
			       link->lanes, link->possible);
	return buf;
}

/* A GPU with a switch of its own, whose upstream port alone tells how many lanes the slot gives. */
static const struct {
	const char *name, *script, *expected;
} switches[] = {
	{"all of them",
	 WIDTH(NAVI, "16", "16") WIDTH(BELOW, "16", "16") WIDTH(UPSTREAM, "16", "16")
		 WIDTH(ROOT_PORT, "16", "16"),
	 ""},
	{"a riser of four",
	 WIDTH(NAVI, "16", "16") WIDTH(BELOW, "16", "16") WIDTH(UPSTREAM, "4", "16")
		 WIDTH(ROOT_PORT, "4", "16"),
	 "0000:01:00.0 x4/x16"},
	{"a slot of four",
	 WIDTH(NAVI, "16", "16") WIDTH(BELOW, "16", "16") WIDTH(UPSTREAM, "4", "16")
		 WIDTH(ROOT_PORT, "4", "4"),
	 ""},
	{"its own link first",
	 WIDTH(NAVI, "8", "16") WIDTH(BELOW, "8", "16") WIDTH(UPSTREAM, "4", "16")
		 WIDTH(ROOT_PORT, "4", "16"),
	 "itself x8/x16"},
	{"below a switch's port it may have fewer than that port's switch",
	 WIDTH(NAVI, "8", "8") WIDTH(BELOW, "8", "16") WIDTH(UPSTREAM, "16", "16")
		 WIDTH(ROOT_PORT, "16", "16"),
	 ""},
	{"two ports, and no third: the second is no upstream port",
	 WIDTH(NAVI, "16", "16") WIDTH(BELOW, "16", "16") WIDTH(UPSTREAM, "4", "16"), ""},
};

TESTS(links)
{
	static const struct pci_address navi = {.bus = 3};
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		struct health health;
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, switches[i].script);
		tree_dir(&tree, "sys/bus/pci/devices");
		tree_link(&tree, "sys/bus/pci/devices/0000:03:00.0",
			  "../../../devices/pci0000:00/0000:00:01.1/0000:01:00.0/0000:02:00.0/"
			  "0000:03:00.0");
		health = health_read(&tree.root, &navi, NULL, false);
		test_text(switches[i].name, describe(&health.narrow, text, sizeof(text)),
			  switches[i].expected);
		tree_remove(&tree);
	}
	return test_done();
}
