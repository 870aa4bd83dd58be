/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/report_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "nova/config/effective.h"

#define PROGRAM	    "nova-compute"
#define COMMAND_MAX (64u << 10)
#define START_TIME  20	/* words of /proc/PID/stat behind the name: the 22nd of all */
#define TICKS_PER_S 100 /* USER_HZ, on each architecture that has PCI GPUs */

/* "/usr/bin/python3 -s /usr/bin/nova-compute …"; a shell that names it is not one. */
static bool is_compute(const char *words, size_t size)
{
	const char *at = words, *end = words + size;

	if (strncmp(text_base_name(at), "python", 6) == 0)
		do
			at += strlen(at) + 1;
		while (at < end && *at == '-');
	return at < end && strcmp(text_base_name(at), PROGRAM) == 0;
}

/* The name is in brackets, and may have any of them in it. */
static bool parse_start(const char *stat, uint64_t *ret_cs)
{
	const char *at = strrchr(stat, ')');

	for (unsigned i = 0; at && i < START_TIME; i++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, " %" SCNu64, ret_cs) == 1;
}

/* Of the host's own slices: the systemd of a container has a unit of the same name. */
static bool is_path_of(const char *path, const char *unit)
{
	static const char slice[] = ".slice";

	while (*path == '/') {
		size_t n = strcspn(++path, "/\n");

		if (n == strlen(unit) && strncmp(path, unit, n) == 0)
			return true;
		if (n < strlen(slice) || !text_starts_with(path + n - strlen(slice), slice))
			return false;
		path += n;
	}
	return false;
}

bool nova_runs_in(const char *cgroup, const char *unit)
{
	static const char *const systemd[] = {"::", ":name=systemd:"};

	for (const char *line = cgroup; line; line = strchr(line, '\n')) {
		line += strspn(line, "\n");
		line += strspn(line, "0123456789");
		for (size_t i = 0; i < ARRAY_SIZE(systemd); i++)
			if (text_starts_with(line, systemd[i]) &&
			    is_path_of(line + strlen(systemd[i]), unit))
				return true;
	}
	return false;
}

static bool is_of_unit(const struct root *root, const char *name, const char *unit)
{
	char path[64], cgroup[4096];

	(void)snprintf(path, sizeof(path), "proc/%.20s/cgroup", name);
	return unit && root_read(root, path, cgroup, sizeof(cgroup)) > 0 &&
	       nova_runs_in(cgroup, unit);
}

static void take_process(const struct root *root, const char *name, const char *unit,
			 struct nova_runs *runs)
{
	_cleanup_free_ char *words = NULL;
	char path[64], stat[1024];
	uint64_t start_cs;
	size_t size;
	int r;

	(void)snprintf(path, sizeof(path), "proc/%.20s/cmdline", name);
	r = root_read_file(root, path, COMMAND_MAX, &words, &size);
	if (r < 0) {
		runs->unread |= !root_is_absent(r) && r != -ESRCH;
		return;
	}
	if (!is_compute(words, size))
		return;
	(void)snprintf(path, sizeof(path), "proc/%.20s/stat", name);
	if (root_read(root, path, stat, sizeof(stat)) < 0 || !parse_start(stat, &start_cs)) {
		runs->unread = true;
		return;
	}
	runs->n++;
	runs->own += is_of_unit(root, name, unit);
	if (start_cs < runs->last_cs)
		return;
	runs->last_cs = start_cs;
	runs->last_pid = (int)strtol(name, NULL, 10);
}

static void read_now(const struct root *root, struct nova_moment *ret)
{
	struct nova_moment now = {0};
	unsigned hundredths;
	char text[64];

	if (root_read(root, "proc/uptime", text, sizeof(text)) <= 0 ||
	    sscanf(text, "%" SCNu64 ".%2u", &now.uptime_cs, &hundredths) != 2)
		return;
	now.uptime_cs = now.uptime_cs * TICKS_PER_S + hundredths;
	if (root_read(root, "proc/sys/kernel/random/boot_id", now.boot, sizeof(now.boot)) > 0)
		*ret = now;
}

void nova_runs_read(const struct root *root, const char *unit, struct nova_runs *ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, "proc", &dir);

	*ret = (struct nova_runs){0};
	read_now(root, &ret->now);
	while (r == 0 && (entry = root_next(dir, &r)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			take_process(root, entry->d_name, unit, ret);
	ret->unread |= r < 0;
}

static bool is_this_boot(const struct nova_report_facts *facts)
{
	return facts->since.boot[0] && strcmp(facts->since.boot, facts->runs.now.boot) == 0;
}

static bool is_before(const struct nova_report_facts *facts)
{
	return is_this_boot(facts) && facts->runs.last_cs + NOVA_START_CS <= facts->since.uptime_cs;
}

/* Each that runs is judged: which files those of other units read is not known. */
static enum nova_report_fate fate_of_none(const struct nova_report_facts *facts)
{
	const struct nova_runs *runs = &facts->runs;

	if (!facts->reverted && (runs->unread || (runs->n && !is_before(facts))))
		return NOVA_REPORT_RUNNING;
	return runs->n && runs->now.uptime_cs < runs->last_cs + NOVA_START_CS ? NOVA_REPORT_STARTING
									      : NOVA_REPORT_GOES;
}

enum nova_report_fate nova_report_fate(const struct nova_report_facts *facts)
{
	const struct nova_runs *runs = &facts->runs;

	if (facts->elsewhere)
		return NOVA_REPORT_GOES;
	if (facts->placement == NOVA_HAS_SOME)
		return NOVA_REPORT_IN_USE;
	if (facts->placement == NOVA_HAS_NONE)
		return fate_of_none(facts);
	if (!is_this_boot(facts) || !runs->own || runs->unread)
		return NOVA_REPORT_UNKNOWN;
	if (runs->last_cs >= facts->since.uptime_cs)
		return NOVA_REPORT_STARTED;
	return is_before(facts) ? NOVA_REPORT_GOES : NOVA_REPORT_UNKNOWN;
}

static const char *unknown_since(const struct nova_report_facts *facts)
{
	if (facts->contained)
		return "it is not known what a nova-compute outside of this node's own unit, as in a container, was started with";
	if (!facts->since.boot[0])
		return "the time when it was set was not noted";
	if (!is_this_boot(facts))
		return "it was set in an earlier boot";
	if (facts->runs.unread)
		return "a process can't be looked at";
	return facts->runs.own ? "nova-compute was just starting when it was set"
			       : "no nova-compute of this node's unit is known to run";
}

const char *nova_report_why(const struct nova_report_facts *facts, enum nova_report_fate fate,
			    char buf[static NOVA_REPORT_WHY_MAX])
{
	if (fate == NOVA_REPORT_IN_USE)
		(void)snprintf(buf, NOVA_REPORT_WHY_MAX, "it has some");
	else if (fate == NOVA_REPORT_STARTING)
		(void)snprintf(
			buf, NOVA_REPORT_WHY_MAX,
			"nova-compute (process %d) was started less than 5 minutes ago and may be about to report some",
			facts->runs.last_pid);
	else if (fate == NOVA_REPORT_RUNNING && facts->runs.unread)
		(void)snprintf(
			buf, NOVA_REPORT_WHY_MAX,
			"a process that can't be looked at may be a nova-compute that still reports some");
	else if (fate == NOVA_REPORT_RUNNING)
		(void)snprintf(
			buf, NOVA_REPORT_WHY_MAX,
			"nova-compute (process %d) may have been started with it and still report some",
			facts->runs.last_pid);
	else if (fate == NOVA_REPORT_STARTED)
		(void)snprintf(buf, NOVA_REPORT_WHY_MAX,
			       "nova-compute (process %d) was started after it was set",
			       facts->runs.last_pid);
	else
		(void)snprintf(buf, NOVA_REPORT_WHY_MAX, "it is not known whether it has any: %s",
			       unknown_since(facts));
	return buf;
}

/* That which systemd makes of a script has its name. */
static void read_runs(const struct root *root, const struct launch *launch, struct nova_runs *ret)
{
	const char *name = launch->source ? text_base_name(launch->source) : "";
	char unit[64];

	(void)snprintf(unit, sizeof(unit), "%s%s", name, strchr(name, '.') ? "" : ".service");
	nova_runs_read(root, *name ? unit : NULL, ret);
}

/* As if our line were not there. */
int nova_report_read(const struct root *root, const char *path, struct nova_report_facts *ret)
{
	struct effective_extra extra = {.path = path, .text = ""};
	struct effective effective _cleanup_(effective_free) = {0};
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	int r = effective_read(root, &extra, &effective);

	*ret = (struct nova_report_facts){0};
	if (r < 0)
		return r;
	read_runs(root, &effective.launch, &ret->runs);
	ret->contained = effective.launch.deployment || effective.launch.contained ||
			 (ret->runs.n && !ret->runs.own);
	ret->readable = !effective.error.type && !effective.launch.environment.n;
	if (ret->readable)
		r = oslo_config_single(&effective.config, effective_option(NOVA_OPTION_REPORT),
				       &values);
	ret->elsewhere = r == 0 && values.n && !values.value[0].error.type &&
			 oslo_boolean(values.value[0].text) > 0;
	return r;
}
