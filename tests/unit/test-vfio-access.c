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
	{"no groups, no node at all", never_cdev, BACKEND_IOMMUFD,
	 "not ready: vfio-node=fail vfio-type1=warn"},
	{"no groups, no /dev/iommu", no_iommufd, 0, "not ready: vfio-node=fail vfio-type1=fail"},
};

TESTS(vfio_access)
{
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
