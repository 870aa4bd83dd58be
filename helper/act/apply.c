/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/act/apply.h"

#include <errno.h>
#include <libudev.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/act/load.h"
#include "helper/act/unbind.h"
#include "helper/base/log.h"
#include "helper/base/pci_attribute.h"
#include "helper/machine/module.h"

#define UNBIND_TIMEOUT_MS 5000
#define WAIT_SLICE_MS	  50

struct applier {
	const struct root *root;
	const struct plan *plan;
	unsigned patience_ms;
	struct apply_result *result;
	bool *done; /* a step's */
	struct udev_monitor *monitor;
};

_printf_(4, 5) static void fail(struct applier *applier, const struct plan_step *step, int error,
				const char *format, ...)
{
	struct apply_result *result = &applier->result[step->unit];
	va_list args;

	result->error = error;
	result->function = step->function;
	va_start(args, format);
	(void)vsnprintf(result->what, sizeof(result->what), format, args);
	va_end(args);
}

/* The driver a function has now; "" for none, also when the function is gone. */
static void read_driver(const struct applier *applier, const char *address,
			char buf[static DRIVER_NAME_MAX])
{
	struct pci_address a;

	if (pci_address_parse(address, &a) < 0 ||
	    pci_attribute_link(applier->root, &a, "driver", buf, DRIVER_NAME_MAX) < 0)
		buf[0] = '\0';
}

static bool is_bound(const struct applier *applier, const struct plan_step *step)
{
	char driver[DRIVER_NAME_MAX];

	read_driver(applier, step->value, driver);
	return module_name_equal(driver, step->driver);
}

/* Another driver was quicker than our override. */
static bool is_taken(const struct applier *applier, const struct plan_step *step)
{
	char driver[DRIVER_NAME_MAX];

	read_driver(applier, step->value, driver);
	return driver[0] && !module_name_equal(driver, step->driver);
}

/* Sleep until the kernel tells of a PCI device, a little while at most. */
static void wait_for_event(struct applier *applier)
{
	struct pollfd pollfd = {.fd = -1, .events = POLLIN};

	if (applier->monitor)
		pollfd.fd = udev_monitor_get_fd(applier->monitor);
	if (poll(&pollfd, 1, WAIT_SLICE_MS) > 0)
		udev_device_unref(udev_monitor_receive_device(applier->monitor));
}

/* A device is announced before the PCI core lets drivers have it (pci_bus_add_device()). */
static int bind(struct applier *applier, const struct plan_step *step)
{
	const int64_t start_ms = monotonic_ms();
	int r;

	while (!is_bound(applier, step)) {
		r = root_store(applier->root, step->path, step->value);
		if (r < 0 && r != -EAGAIN)
			return r;
		if (is_bound(applier, step))
			break;
		if (is_taken(applier, step))
			return -EBUSY;
		if (monotonic_ms() - start_ms >= applier->patience_ms)
			return -EIO;
		wait_for_event(applier);
	}
	return 0;
}

static int load(struct applier *applier, const struct plan_step *step)
{
	char name[DRIVER_NAME_MAX];
	int r = -ENOENT;

	if (module_driver(applier->root, step->driver, name))
		return 0;
	if (!applier->root->confined)
		r = load_module(step->driver);
	if (r == 0 && !module_driver(applier->root, step->driver, name))
		r = -ENODEV;
	return r;
}

/* A variant driver's name is known only once its module is there: correct the override. */
static int respell(struct applier *applier, const struct plan_step *step)
{
	char name[DRIVER_NAME_MAX], path[PCI_PATH_MAX];
	struct pci_address a;
	int r;

	if (!module_driver(applier->root, step->driver, name) || strcmp(name, step->driver) == 0)
		return 0;
	r = pci_address_parse(step->value, &a);
	if (r < 0)
		return r;
	return root_store(applier->root, pci_attribute_path(&a, "driver_override", path), name);
}

static int unbind(struct applier *applier, const struct plan_step *step)
{
	struct store undo[2];
	size_t n = 0;

	/* Its override back first, or the native driver would not match. */
	for (size_t i = 0; i < applier->plan->n_steps; i++) {
		const struct plan_step *other = &applier->plan->step[i];

		if (other->op == PLAN_OVERRIDE && other->function == step->function)
			undo[n++] = (struct store){other->undo_path, other->undo_value};
	}
	undo[n++] = (struct store){step->undo_path, step->undo_value};
	return unbind_bounded(applier->root, (struct store){step->path, step->value}, undo, n,
			      UNBIND_TIMEOUT_MS);
}

/* To the drivers that are there, and by an event to those that udev loads for it. */
static int offer(struct applier *applier, const struct plan_step *step)
{
	int r = root_store(applier->root, "sys/bus/pci/drivers_probe", step->value);
	int event = root_store(applier->root, step->path, "add");

	return event < 0 ? r : event;
}

static void apply_step(struct applier *applier, const struct plan_step *step)
{
	char driver[DRIVER_NAME_MAX];
	int r;

	switch (step->op) {
	case PLAN_OVERRIDE:
		r = root_store(applier->root, step->path, step->value);
		if (r < 0 && step->value[0] == '\n')
			fail(applier, step, r, "cannot clear its driver_override");
		else if (r < 0)
			fail(applier, step, r, "cannot set its driver_override to %s", step->value);
		break;
	case PLAN_LOAD:
		r = load(applier, step);
		if (r < 0) {
			fail(applier, step, r, "no driver %s%s", step->driver,
			     r == -ENOPKG ? ": libkmod.so.2 is missing" : "");
			applier->result[step->unit].missing = !applier->plan->whole;
		}
		break;
	case PLAN_UNBIND:
		read_driver(applier, step->value, driver);
		r = unbind(applier, step);
		if (r < 0)
			fail(applier, step, r, "cannot take it from %s", driver);
		if (r == -ETIMEDOUT)
			applier->result[step->unit].stuck = step->function;
		break;
	case PLAN_BIND:
		r = respell(applier, step);
		if (r == 0)
			r = bind(applier, step);
		if (r < 0)
			fail(applier, step, r, "%s did not bind it: see the kernel's log",
			     step->driver);
		break;
	case PLAN_OFFER:
		r = offer(applier, step);
		if (r < 0)
			fail(applier, step, r, "cannot give it back to its native driver");
		break;
	}
}

typedef bool (*undo_fn)(struct applier *applier, size_t i);

static bool undo_bind(struct applier *applier, size_t i)
{
	const struct plan_step *step = &applier->plan->step[i];

	/* Also when loading the module bound it before the step's turn came. */
	return step->op == PLAN_BIND && is_bound(applier, step);
}

static bool undo_override(struct applier *applier, size_t i)
{
	return applier->plan->step[i].op == PLAN_OVERRIDE && applier->done[i];
}

static bool undo_unbind(struct applier *applier, size_t i)
{
	return applier->plan->step[i].op == PLAN_UNBIND && applier->done[i];
}

static void add_not_undone(struct apply_result *result)
{
	static const char note[] = " (and not all of it could be taken back)";
	size_t n = strlen(result->what);

	if (!strstr(result->what, note))
		snprintf(result->what + n, sizeof(result->what) - n, "%s", note);
}

/* Off our driver, overrides as before, and back to the native driver where it had one. */
static void undo_unit(struct applier *applier, size_t unit)
{
	static const undo_fn order[] = {undo_bind, undo_override, undo_unbind};

	for (size_t k = 0; k < ARRAY_SIZE(order); k++)
		for (size_t i = applier->plan->n_steps; i > 0; i--) {
			const struct plan_step *step = &applier->plan->step[i - 1];

			/* What is stuck in the kernel would make us stick, too. */
			if (step->unit == unit && step->function != applier->result[unit].stuck &&
			    order[k](applier, i - 1) &&
			    root_store(applier->root, step->undo_path, step->undo_value) < 0)
				add_not_undone(&applier->result[unit]);
		}
}

static struct udev_monitor *open_monitor(struct udev *udev)
{
	struct udev_monitor *monitor = udev_monitor_new_from_netlink(udev, "kernel");

	if (!monitor)
		return NULL;
	if (udev_monitor_filter_add_match_subsystem_devtype(monitor, "pci", NULL) < 0 ||
	    udev_monitor_enable_receiving(monitor) < 0)
		return udev_monitor_unref(monitor);
	return monitor;
}

void plan_apply(const struct root *root, const struct plan *plan, unsigned patience_ms,
		struct apply_result *result)
{
	_cleanup_free_ bool *done = calloc(plan->n_steps + 1, sizeof(*done));
	struct applier applier = {
		.root = root,
		.plan = plan,
		.patience_ms = patience_ms,
		.result = result,
		.done = done,
	};
	struct udev *udev = NULL;

	if (patience_ms && plan->n_steps) {
		udev = udev_new();
		applier.monitor = udev ? open_monitor(udev) : NULL;
	}
	for (size_t i = 0; i < plan->n_steps; i++)
		result[plan->step[i].unit].stuck = NO_FUNCTION;
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct plan_step *step = &plan->step[i];

		if (result[step->unit].error)
			continue;
		if (!done)
			fail(&applier, step, -ENOMEM, "no memory for the plan");
		else
			apply_step(&applier, step);
		if (result[step->unit].error == 0)
			done[i] = true;
		else if (!result[step->unit].missing && done)
			undo_unit(&applier, step->unit);
	}
	if (udev) {
		udev_monitor_unref(applier.monitor);
		udev_unref(udev);
	}
}

int apply_give_back(const struct root *root, const struct pci_address *address)
{
	char a[PCI_ADDRESS_MAX], modalias[MODALIAS_MAX];
	int r = 0;

	pci_address_format(address, a);
	if (!root->confined &&
	    pci_attribute_read(root, address, "modalias", modalias, sizeof(modalias)) > 0)
		r = load_matching(modalias);
	if (r < 0)
		log_errno(LOG_WARNING, r, "%s: cannot load the modules that match it", a);
	return root_store(root, "sys/bus/pci/drivers_probe", a);
}
