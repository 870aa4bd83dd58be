/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By what guests have devices: VFIO groups and type 1, or a device's own node and iommufd. */
#include "tests/unit/readiness_world.h"

#include <string.h>

#include "tests/unit/test.h"

static void iommufd_too(struct world *w)
{
	w->facts.access.iommufd = true;
	for (size_t i = 0; i < ARRAY_SIZE(w->device); i++)
		w->device[i].has_cdev = true;
}

static void asked(struct world *w)
{
	iommufd_too(w);
	w->facts.access.guests_use_iommufd = true;
	for (size_t i = 0; i < ARRAY_SIZE(w->device); i++)
		w->device[i].needs_own = true;
}

/* A kernel without CONFIG_VFIO_GROUP: there are no nodes of groups, nor type 1. */
static void groupless(struct world *w)
{
	iommufd_too(w);
	w->facts.access.groupless = true;
	w->facts.host.type1 = TYPE1_MISSING;
	for (size_t i = 0; i < ARRAY_SIZE(w->device); i++) {
		w->device[i].node = false;
		w->device[i].groupless = w->device[i].needs_own = true;
	}
}

CHANGE(groups_alone, (void)w)
CHANGE(no_type1, w->facts.host.type1 = TYPE1_MISSING)
CHANGE(cdev_without_iommufd, iommufd_too(w); w->facts.access.iommufd = false)
CHANGE(for_libvirt, groupless(w); w->facts.access.guests_use_iommufd = true)
CHANGE(no_cdev, groupless(w); strcpy(w->device[2].cdev, "vfio1"))
CHANGE(hidden_cdev, groupless(w); strcpy(w->device[2].cdev, "vfio1");
       w->device[2].cdev_error = -EACCES)
CHANGE(hidden_cdevs, groupless(w); w->device[2].has_cdev = false; w->device[2].cdev_error = -EIO)
CHANGE(never_cdev, groupless(w); w->device[2].has_cdev = false)
CHANGE(no_iommufd, groupless(w); w->facts.access.iommufd = false)
CHANGE(asked_no_cdev, asked(w); strcpy(w->device[2].cdev, "vfio1"))
CHANGE(asked_no_iommufd, asked(w); w->facts.access.iommufd = false)

static const struct {
	const char *name;
	void (*change)(struct world *w);
	unsigned backends;
	const char *wanted;
} rows[] = {
	{"groups alone", groups_alone, BACKEND_GROUP, "ready:"},
	{"no type 1, and nothing in its place", no_type1, 0, "not ready: vfio-type1=fail"},
	{"both backends", iommufd_too, BACKEND_GROUP | BACKEND_IOMMUFD, "ready:"},
	{"both, but for /dev/iommu", cdev_without_iommufd, BACKEND_GROUP, "ready:"},
	{"both, and guests use iommufd", asked, BACKEND_GROUP | BACKEND_IOMMUFD, "ready:"},
	{"guests use iommufd, no node", asked_no_cdev, BACKEND_GROUP | BACKEND_IOMMUFD,
	 "not ready: vfio-node=fail"},
	{"guests use iommufd, no /dev/iommu", asked_no_iommufd, BACKEND_GROUP,
	 "not ready: vfio-node=fail"},
	{"no groups, and who knows what guests use", groupless, BACKEND_IOMMUFD,
	 "ready: vfio-type1=warn"},
	{"no groups, and guests use iommufd", for_libvirt, BACKEND_IOMMUFD, "ready:"},
	{"no groups, no node in /dev", no_cdev, BACKEND_IOMMUFD,
	 "not ready: vfio-node=fail vfio-type1=warn"},
	{"no groups, a node that can't be looked at", hidden_cdev, BACKEND_IOMMUFD,
	 "not ready: vfio-node=fail vfio-type1=warn"},
	{"no groups, nodes that can't be listed", hidden_cdevs, BACKEND_IOMMUFD,
	 "not ready: vfio-node=fail vfio-type1=warn"},
	{"no groups, no node at all", never_cdev, BACKEND_IOMMUFD,
	 "not ready: vfio-node=fail vfio-type1=warn"},
	{"no groups, no /dev/iommu", no_iommufd, 0, "not ready: vfio-node=fail vfio-type1=fail"},
};

static const struct {
	const char *name, *xml;
	bool uses;
} guests[] = {
	{"a hostdev",
	 "<hostdev mode='subsystem' type='pci' managed='no'>\n"
	 "<driver name='vfio' iommufd='yes'/></hostdev>",
	 true},
	{"the whole guest", "<domain><iommufd enabled='yes'/></domain>", true},
	{"not", "<domain><iommufd enabled='no'/><driver name='vfio' iommufd='no'/></domain>",
	 false},
	{"a name", "<domain><name>iommufd='yes'</name></domain>", false},
	{"a server's name",
	 "<domain><metadata><nova:instance><nova:name>x iommufd='yes' "
	 "&lt;iommufd enabled='yes'</nova:name></nova:instance></metadata></domain>",
	 false},
	{"metadata of others", "<metadata><driver xmlns='x' iommufd='yes'/></metadata>", false},
	{"behind metadata", "<metadata><a/></metadata><driver iommufd='yes'/>", true},
	{"a comment", "<!-- <driver iommufd='yes'/> --><domain/>", false},
	{"another value", "<driver name=\" iommufd='yes'>\"/>", false},
	{"another attribute", "<driver x-iommufd='yes'/><drivers iommufd='yes'/>", false},
	{"cut off", "<driver", false},
	{"a comment that is cut off", "<!-- <driver iommufd='yes'/>", false},
	{"nothing", "", false},
};

static void test_guests(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(guests); i++)
		test_int(guests[i].name, guest_uses_iommufd(guests[i].xml), guests[i].uses);
}

/* A GPU that a guest can't open is not ready itself, so that Nova is not told of it: why? */
static const struct {
	const char *name;
	void (*change)(struct world *w);
	const char *reason;
} gpus[] = {
	{"groups alone", groups_alone, ""},
	{"both, but for /dev/iommu", cdev_without_iommufd, ""},
	{"guests use iommufd", asked, ""},
	{"guests use iommufd, no node", asked_no_cdev,
	 "it has no node in /dev/vfio/devices, and a guest of libvirt uses iommufd"},
	{"guests use iommufd, no /dev/iommu", asked_no_iommufd,
	 "/dev/iommu is not there, and a guest of libvirt uses iommufd"},
	{"no groups", groupless, ""},
	{"no groups, no node at all", never_cdev,
	 "it has no node in /dev/vfio/devices, and this kernel has no VFIO groups"},
	{"no groups, a node that can't be looked at", hidden_cdev,
	 "its node in /dev/vfio/devices can't be looked at: Permission denied, and this kernel has no VFIO groups"},
	{"no groups, no /dev/iommu", no_iommufd,
	 "/dev/iommu is not there, and this kernel has no VFIO groups"},
};

static void test_gpus(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(gpus); i++) {
		struct device_result result[ARRAY_SIZE(((struct world *)NULL)->device)] = {0};
		struct world w;

		make_world(&w);
		gpus[i].change(&w);
		devices_judge(&w.facts, result);
		test_int(gpus[i].name, result[2].ready, !*gpus[i].reason);
		test_text(gpus[i].name, result[2].reason[0], gpus[i].reason);
	}
}

CHANGE(all_fine, (void)w)
CHANGE(open_group, w->device[0].node_open = true; strcpy(w->device[1].open_cdev, "vfio2"))
CHANGE(open_cdev, strcpy(w->device[2].open_cdev, "vfio0"); strcpy(w->device[2].cdev, "vfio1"))
CHANGE(open_and_gone, open_group(w); w->device[2].node = false)
CHANGE(open_unbound, w->device[1].node_open = true; w->device[1].driver[0] = '\0')

/* Nodes that all users of the host may open. */
static const struct {
	const char *name;
	void (*change)(struct world *w);
	const char *wanted, *message;
} opened[] = {
	{"none", all_fine, "ready:", "/dev/vfio/GROUP is there for 3 functions"},
	{"a group's", open_group, "ready: vfio-node=warn",
	 "all users of this host may open /dev/vfio/13, and have 0000:01:00.0 with it (and 1 more)"},
	{"its own, and another is not there", open_cdev, "ready: vfio-node=warn",
	 "all users of this host may open /dev/vfio/devices/vfio0, and have 0000:02:00.0 with it"},
	{"a group's, and another's is not there", open_and_gone, "not ready: vfio-node=fail",
	 "/dev/vfio/14, of 0000:02:00.0, is not there"},
	{"of what is not bound", open_unbound, "not ready: claimed=fail",
	 "/dev/vfio/GROUP is there for 2 functions"},
};

static void test_opened(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(opened); i++) {
		struct readiness readiness;
		struct world w;
		char buf[1024];

		make_world(&w);
		opened[i].change(&w);
		if (!test_int(opened[i].name, readiness_judge(&w.facts, &readiness), 0))
			continue;
		test_text(opened[i].name, render(&readiness, buf, sizeof(buf)), opened[i].wanted);
		test_text(opened[i].name, find_check(&readiness, "vfio-node")->message,
			  opened[i].message);
		readiness_free(&readiness);
	}
}

TESTS(vfio_access)
{
	test_guests();
	test_gpus();
	test_opened();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct readiness readiness;
		struct world w;
		char buf[1024];

		make_world(&w);
		rows[i].change(&w);
		test_int(rows[i].name, devices_backends(&w.facts), rows[i].backends);
		if (!test_int(rows[i].name, readiness_judge(&w.facts, &readiness), 0))
			continue;
		test_text(rows[i].name, render(&readiness, buf, sizeof(buf)), rows[i].wanted);
		readiness_free(&readiness);
	}
	return test_done();
}
