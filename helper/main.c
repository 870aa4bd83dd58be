/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <libudev.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/exit_code.h"
#include "helper/base/log.h"
#include "helper/base/pci_attribute.h"
#include "helper/claim/fault.h"
#include "helper/run.h"

struct options {
	const char *prefix;
	bool dry, verbose;
};

static void usage(FILE *to)
{
	fputs("Usage: gpuclaim [OPTION]... boot\n"
	      "       gpuclaim [OPTION]... udev [ADDRESS]\n"
	      "Claim the GPUs that gpuclaim.conf(5) names for vfio-pci.\n"
	      "\n"
	      "  boot            one pass over all devices; runs in the initramfs, before udevd\n"
	      "  udev [ADDRESS]  for one device's event (by default the one that udev reports):\n"
	      "                  prints GPUCLAIM_VERDICT=; GPUCLAIM_CLAIMED=1 if the claim\n"
	      "                  stands; GPUCLAIM_RESERVED=1 and a MODALIAS that no module has\n"
	      "                  if native drivers are to be kept off; unbinds nothing\n"
	      "\n"
	      "      --root DIR  take every path below DIR\n"
	      "  -n, --dry-run   change nothing; boot prints ADDRESS VERDICT WHY, a line a function\n"
	      "  -v, --verbose   log more\n"
	      "  -h, --help      print this text\n"
	      "  -V, --version   print the version\n"
	      "\n"
	      "Exit status: 0 whatever the verdicts, 1 after an internal failure, 2 on wrong usage.\n",
	      to);
}

static int wrong(const char *what, const char *word)
{
	fprintf(stderr, "gpuclaim: %s%s; try gpuclaim --help\n", what, word);
	return EXIT_CODE_USAGE;
}

static int wrong_option(int found, char *const *argv)
{
	char letter[] = {'-', (char)optopt, '\0'};
	bool known =
		!optopt || strchr("rnvhV", optopt); /* that one is long, and the last word read */

	return wrong(found == ':' ? "a value is missing: " : "no such option: ",
		     known ? argv[optind - 1] : letter);
}

/* In the initramfs nothing else listens; udev throws away what we say on stderr. */
static void open_log(const struct root *root, bool verbose, bool udev)
{
	enum log_target target = LOG_TARGET_STDERR;

	if (root->confined)
		target = LOG_TARGET_STDERR;
	else if (policy_is_initramfs(root) || !root_exists(root, "dev/log"))
		target = LOG_TARGET_KMSG;
	else if (udev || !isatty(STDERR_FILENO))
		target = LOG_TARGET_SYSLOG;
	log_open(target, verbose ? LOG_DEBUG : LOG_INFO);
}

static void print_outcomes(const struct assessment *a)
{
	char address[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < a->policy.n_errors; i++)
		fprintf(stderr, "gpuclaim: %s\n", a->policy.errors[i]);
	if (a->policy.n_errors)
		fprintf(stderr, "gpuclaim: %s\n", policy_remedy(&a->policy));
	for (size_t i = 0; i < a->policy.n_warnings; i++)
		fprintf(stderr, "gpuclaim: %s\n", a->policy.warnings[i]);
	for (size_t i = 0; i < a->decision.n_outcomes; i++) {
		const struct outcome *o = &a->decision.outcome[i];

		pci_address_format(&a->machine.function[o->function].id.address, address);
		printf("%s %s %s\n", address, verdict_name(o->verdict), o->why);
	}
}

static int verb_boot(const struct root *root, const struct options *options)
{
	struct run run = {.root = root, .mode = CLAIM_BOOT, .dry = options->dry};
	int r;

	r = run_claim(&run);
	if (r < 0) {
		log_errno(LOG_ERR, r, "boot: nothing was claimed");
		return EXIT_CODE_FAILED;
	}
	if (options->dry)
		print_outcomes(&run.result);
	assessment_free(&run.result);
	return EXIT_CODE_OK;
}

/* The address of the event that udev runs us for. */
static int event_address(struct pci_address *ret)
{
	struct udev *udev = udev_new();
	struct udev_device *device = udev ? udev_device_new_from_environment(udev) : NULL;
	const char *subsystem = device ? udev_device_get_subsystem(device) : NULL;
	int r = -ENODEV;

	if (subsystem && strcmp(subsystem, "pci") == 0)
		r = pci_address_parse(udev_device_get_sysname(device), ret);
	udev_device_unref(device);
	udev_unref(udev);
	return r;
}

static void print_properties(enum verdict verdict, bool reserved)
{
	char text[RECORD_PROPERTIES_MAX];

	(void)record_properties(verdict, reserved, text);
	fputs(text, stdout);
}

/* Our claim of this boot still stands: the usual case, told without looking any further. */
static bool claim_stands(const struct root *root, const struct pci_address *address)
{
	char boot_id[37], driver[DRIVER_NAME_MAX];
	struct record record;

	return root_read(root, "proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id)) > 0 &&
	       record_read(root, address, boot_id, &record) == 0 &&
	       record.verdict == VERDICT_CLAIMED && record_has_mark(root, &record) &&
	       pci_attribute_link(root, address, "driver", driver, sizeof(driver)) == 0 &&
	       strcmp(driver, record.driver) == 0;
}

/* udev drops what a program prints that fails: another run that is not done is no failure here. */
static void print_outcome(const struct run *run)
{
	const struct assessment *a = &run->result;
	const struct outcome *o =
		decision_of(&a->decision, machine_find(&a->machine, &run->address));
	enum verdict verdict = o			   ? o->verdict
			       : fault_of_all(&a->machine) ? VERDICT_FAILED
							   : VERDICT_NOT_SELECTED;

	if (run->busy) {
		log_line(LOG_WARNING,
			 "another run of gpuclaim has held the lock for more than 5 s");
		print_properties(VERDICT_FAILED, true);
		return;
	}
	print_properties(verdict, verdict_is_claim(verdict) || verdict == VERDICT_DRIVER_MISSING ||
					  (o && o->kept));
}

static int verb_udev(const struct root *root, const struct options *options, const char *arg)
{
	struct run run = {.root = root, .mode = CLAIM_UDEV, .dry = options->dry};
	struct pci_address address;
	int r;

	if (arg && pci_address_parse(arg, &address) < 0)
		return wrong("expected an address as in 0000:01:00.0, not ", arg);
	if (!arg && event_address(&address) < 0)
		return wrong("udev: no PCI device's event in the environment, and no ADDRESS", "");
	if (claim_stands(root, &address)) {
		print_properties(VERDICT_CLAIMED, true);
		return EXIT_CODE_OK;
	}

	run.address = address;
	r = run_claim(&run);
	if (r < 0) {
		log_errno(LOG_ERR, r, "udev: nothing was claimed");
		print_properties(VERDICT_FAILED, false);
		return EXIT_CODE_FAILED;
	}
	print_outcome(&run);
	assessment_free(&run.result);
	return EXIT_CODE_OK;
}

static int run_verb(int argc, char **argv, const struct options *options)
{
	struct root root _cleanup_(root_close) = {.fd = -EBADF};
	bool udev;
	int r;

	if (argc < 1)
		return wrong("expected a verb: boot or udev", "");
	udev = strcmp(argv[0], "udev") == 0;
	if (!udev && strcmp(argv[0], "boot") != 0)
		return wrong("no such verb: ", argv[0]);
	if (argc > (udev ? 2 : 1))
		return wrong("one argument too many: ", argv[argc - 1]);

	r = root_open(options->prefix, &root);
	if (r < 0) {
		fprintf(stderr, "gpuclaim: cannot open %s: %s\n", options->prefix, strerror(-r));
		return EXIT_CODE_USAGE;
	}
	open_log(&root, options->verbose, udev);
	return udev ? verb_udev(&root, options, argc > 1 ? argv[1] : NULL)
		    : verb_boot(&root, options);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"root", required_argument, NULL, 'r'}, {"dry-run", no_argument, NULL, 'n'},
		{"verbose", no_argument, NULL, 'v'},	{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},	{0},
	};
	struct options options = {.prefix = "/"};
	int c;

	while ((c = getopt_long(argc, argv, ":nvhV", longs, NULL)) != -1)
		switch (c) {
		case 'r':
			options.prefix = optarg;
			break;
		case 'n':
			options.dry = true;
			break;
		case 'v':
			options.verbose = true;
			break;
		case 'h':
			usage(stdout);
			return EXIT_CODE_OK;
		case 'V':
			puts("gpuclaim " GPUCLAIM_VERSION);
			return EXIT_CODE_OK;
		default:
			return wrong_option(c, argv);
		}
	c = run_verb(argc - optind, argv + optind, &options);
	/* Half a list of verdicts must not pass for a whole one. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_errno(LOG_ERR, -errno, "standard output: cannot be written");
		return EXIT_CODE_FAILED;
	}
	return c;
}
