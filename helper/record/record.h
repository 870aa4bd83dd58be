/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot record: what gpuclaim decided for a function, kept in /run/gpuclaim. */
#ifndef GPUCLAIM_HELPER_RECORD_RECORD_H
#define GPUCLAIM_HELPER_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/pci.h"
#include "helper/base/root.h"
#include "helper/record/verdict.h"
#include "helper/record/vitals.h"

#define RECORD_DIR	  "run/gpuclaim"
#define RECORD_TEXT_MAX	  1024
#define RECORD_STAGE_LIVE "live"

/* A file for each function that is claimed: record_properties(), which the udev rule imports. */
#define RECORD_CLAIMED_DIR RECORD_DIR "/claimed"

#define RECORD_PROPERTIES_MAX 128

/**
 * struct record - one function's record, or with no address the run's own
 * @boot_id:	/proc/sys/kernel/random/boot_id when it was written
 * @stage:	"initramfs", "system", or RECORD_STAGE_LIVE: gpuclaimctl claim wrote it
 * @config:	policy's hash
 * @gpu:	the GPU the function belongs to (itself for a GPU)
 * @kept:	refused for now only, and kept from native drivers
 * @driver:	what it was bound to, "" if nothing
 * @unread:	VERDICT_FAILED: for what could not be read; nothing was tried
 * @time_ms:	since boot (CLOCK_BOOTTIME)
 * @vitals:	of a GPU with a verdict of a claim, as it was then; earlier versions wrote none
 */
struct record {
	char boot_id[37];
	char stage[16];
	char config[17];
	struct pci_address address, gpu;
	struct pci_id id;
	bool companion, kept, unread;
	enum verdict verdict;
	char driver[64];
	char why[VERDICT_WHY_MAX];
	unsigned long time_ms;
	struct vitals vitals;
};

/**
 * record_render() - as lines KEY=VALUE
 * @buf:	at least RECORD_TEXT_MAX bytes
 *
 * Pure. Return: the length.
 */
size_t record_render(const struct record *record, char buf[static RECORD_TEXT_MAX]);

/**
 * record_parse() - read what record_render() wrote
 *
 * Unknown keys are passed over, so that a newer helper in the initramfs does
 * not blind an older companion. Pure.
 *
 * Return: 0, or -EINVAL with @ret untouched.
 */
int record_parse(const char *text, struct record *ret) _must_check_;

/**
 * record_properties() - a function's properties for udev, as lines KEY=VALUE
 * @reserved:	native drivers are to be kept off it
 * @buf:	at least RECORD_PROPERTIES_MAX bytes
 *
 * A reserved function has a MODALIAS that no module matches, so that kmod loads
 * none for it, and all else that other rules run is run.
 * **Source:** systemd, src/udev/udev-builtin-kmod.c and 80-drivers.rules: they
 * load what the property MODALIAS names. No rule may assign it since systemd
 * 258, but one may import it.
 *
 * Pure. Return: the length.
 */
size_t record_properties(enum verdict verdict, bool reserved,
			 char buf[static RECORD_PROPERTIES_MAX]);

/**
 * record_write() - write one function's record, by rename
 *
 * With a verdict of a claim it has its mark in RECORD_CLAIMED_DIR, else none.
 * The mark comes first: whoever is cut off between the two leaves no record
 * that tells a later run that all is done.
 */
int record_write(const struct root *root, const struct record *record) _must_check_;

/** record_has_mark() - is a claim's mark there? Also true of what is no claim */
bool record_has_mark(const struct root *root, const struct record *record) _must_check_;

/**
 * record_read() - read a function's record of this boot
 *
 * Return: 0, -ENOENT if there is none or it is another boot's, or another
 * negative errno.
 */
int record_read(const struct root *root, const struct pci_address *address, const char *boot_id,
		struct record *ret) _must_check_;

/** struct run_record - the file "boot": that a run took place, devices or not */
struct run_record {
	char boot_id[37];
	char stage[16];
	char config[17];
	unsigned gpus;	    /* that were selected */
	unsigned claimed;   /* of them */
	unsigned waited_ms; /* for USB controllers, of all runs: see SETTLE_MS */
	unsigned long time_ms;
};

int run_record_write(const struct root *root, const struct run_record *record) _must_check_;
int run_record_read(const struct root *root, const char *boot_id,
		    struct run_record *ret) _must_check_;

#endif
