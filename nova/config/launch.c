/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/launch.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/folder.h"
#include "helper/base/text.h"

#define FILE_MAX_BYTES (1u << 20)
#define NOVA_CONF      "/etc/nova/nova.conf"

/* A node of Kubernetes, unless Nova is on the host all the same. */
#define KUBELET "var/lib/kubelet/pods"

#define SERVICE(name, devstack, other)                                                           \
	{                                                                                        \
		{name ".service", "openstack-" name ".service", "devstack@" devstack ".service", \
		 other},                                                                         \
			"etc/init.d/" name, "/etc/nova/" name ".conf", "etc/default/" name       \
	}

/* The last is the API's alone, of Ubuntu's packages and OpenStack-Ansible's roles. */
struct service {
	const char *unit[4], *script, *conf, *defaults;
};

static const struct service services[] = {
	[NOVA_COMPUTE] = SERVICE("nova-compute", "n-cpu", NULL),
	[NOVA_API] = SERVICE("nova-api", "n-api", "nova-api-os-compute.service"),
	[NOVA_SCHEDULER] = SERVICE("nova-scheduler", "n-sch", NULL),
};

/*
 * What is not there tells nothing, what can't be read is remembered: all readers return 1 then.
 */
static int take_failure(struct launch *launch, const char *path, int r)
{
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r == -ENOMEM)
		return r;
	if (text_format(&launch->unread, "/%s", path) < 0)
		return -ENOMEM;
	launch->error = r;
	return 1;
}

/* A text that need not be there. */
static int read_text(const struct root *root, struct launch *launch, const char *path, char **ret)
{
	int r = root_read_file(root, path, FILE_MAX_BYTES, ret, NULL);

	return r < 0 ? take_failure(launch, path, r) : 0;
}

/* "[ -f '/etc/nova/nova-compute.conf' ]", with quotes or without. */
static bool asks_first(const char *script, const char *conf)
{
	for (const char *at = script; (at = strstr(at, conf)); at++) {
		size_t quote = at > script && at[-1] == '\'';

		if (at - script >= (ptrdiff_t)(3 + quote) && strncmp(at - 3 - quote, "-f ", 3) == 0)
			return true;
	}
	return false;
}

/*
 * The script of Debian's and Ubuntu's packages names nova.conf, then nova-compute.conf or that of
 * another service, which most of them ask for first.
 */
static int take_script(const struct root *root, const struct service *service,
		       struct launch *launch)
{
	const char *const defaults[] = {"etc/default/openstack", service->defaults};
	_cleanup_free_ char *script = NULL;
	const char *conf;
	int r = read_text(root, launch, service->script, &script);

	if (r != 0 || !script)
		return r;
	if (!launch->source && text_format(&launch->source, "/%s", service->script) < 0)
		return -ENOMEM;
	conf = strstr(script, service->conf);
	r = launch_add_argument(launch, false, NOVA_CONF, strlen(NOVA_CONF));
	if (r == 0 && conf &&
	    (!asks_first(script, service->conf) || root_exists(root, &service->conf[1])))
		r = launch_add_argument(launch, false, service->conf, strlen(service->conf));
	for (size_t i = 0; i < ARRAY_SIZE(defaults) && r == 0; i++) {
		_cleanup_free_ char *text = NULL;

		r = read_text(root, launch, defaults[i], &text);
		if (r == 0 && text)
			r = launch_take_defaults(launch, text);
	}
	return r;
}

/* A unit, or a drop-in of one; @path is absolute. */
static int take_unit_text(struct launch *launch, const char *path, const char *text)
{
	int r = launch_take_unit(launch, text);

	return r < 0 ? r : variables_name_file(&launch->environment, path);
}

static int read_dropin(const struct root *root, struct launch *launch, const char *path)
{
	_cleanup_free_ char *text = NULL, *shown = text_absolute(path);
	int r;

	if (!shown)
		return -ENOMEM;
	r = read_text(root, launch, path, &text);
	return r == 0 && text ? take_unit_text(launch, shown, text) : r;
}

/* systemd takes all drop-ins of all folders by their names. */
static int take_dropins(const struct root *root, struct unit_folders *folders, const char *unit,
			struct launch *launch)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	char folder[UNIT_PATH_MAX];
	int r = 0, added = 0;

	snprintf(folder, sizeof(folder), "%s.d", unit);
	for (size_t i = 0; i < UNIT_FOLDERS && r == 0; i++) {
		_cleanup_closedir_ DIR *dir = NULL;
		const struct dirent *entry;
		char path[UNIT_PATH_MAX];

		if (!unit_folders_path(root, folders, &(struct unit_place){i, folder}, path))
			continue;
		r = root_open_dir(root, path, &dir);
		while (r == 0 && added == 0 && (entry = root_next(dir, &r)))
			if (entry->d_name[0] != '.' && strstr(entry->d_name, ".conf"))
				added = text_list_add(&names, "%s\n%s/%s", entry->d_name, path,
						      entry->d_name);
		r = r < 0 ? take_failure(launch, path, r) : added;
	}
	text_list_sort(&names);
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = read_dropin(root, launch, strchr(names.text[i], '\n') + 1);
	return r;
}

/* By a link to /dev/null, which below another root need not be there, or an empty file. */
static bool is_masked(const struct root *root, const char *path, const char *text)
{
	char target[16];

	return text ? !*text
		    : root_link_target(root, path, target, sizeof(target)) == 0 &&
			       strcmp(target, "/dev/null") == 0;
}

/* The first folder's unit hides the others'. */
static int take_unit(const struct root *root, struct unit_folders *folders, const char *unit,
		     struct launch *launch)
{
	int r = 0;

	for (size_t i = 0; i < UNIT_FOLDERS && !launch->source && r == 0; i++) {
		_cleanup_free_ char *text = NULL;
		char path[UNIT_PATH_MAX];

		if (!unit_folders_path(root, folders, &(struct unit_place){i, unit}, path))
			continue;
		r = read_text(root, launch, path, &text);
		if (r == 0 && is_masked(root, path, text))
			return 0;
		if (r != 0 || !text)
			continue;
		if (text_format(&launch->source, "/%s", path) < 0)
			return -ENOMEM;
		r = take_unit_text(launch, launch->source, text);
		if (r == 0)
			r = take_dropins(root, folders, unit, launch);
	}
	return r;
}

static int take_units(const struct root *root, const struct service *service,
		      struct unit_folders *folders, struct launch *launch)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(service->unit) && !launch->source && r == 0; i++)
		if (service->unit[i])
			r = take_unit(root, folders, service->unit[i], launch);
	return r;
}

/* With "-" what is not there is none; without, it keeps the unit from starting. */
static int take_missing(struct launch *launch, const char *path, bool optional, int r)
{
	if (optional)
		return 0;
	if (text_format(&launch->missing, "/%s", path) < 0)
		return -ENOMEM;
	launch->error = r;
	return 1;
}

static int take_file(const struct root *root, struct launch *launch, const char *path,
		     bool optional)
{
	_cleanup_free_ char *text = NULL, *file = text_absolute(path);
	int r = root_read_file(root, path, FILE_MAX_BYTES, &text, NULL);

	if (!file)
		return -ENOMEM;
	if (r == 0)
		return variables_take_file(&launch->environment, file, text);
	if (root_is_absent(r) || r == -EISDIR || (optional && r == -EOPNOTSUPP))
		return take_missing(launch, path, optional, r);
	return take_failure(launch, path, r);
}

#define WILDCARDS "*?["

/* Files of one folder by a pattern, as far as glob(7) takes it there. */
static int take_pattern(const struct root *root, struct launch *launch, const char *path,
			bool optional)
{
	struct text_list paths _cleanup_(text_list_free) = {0};
	const char *name = text_base_name(path);
	_cleanup_free_ char *folder = NULL;
	bool found = false;
	int r;

	if (name == path || *name == '.' || strpbrk(path, WILDCARDS) < name)
		return take_failure(launch, path, -EOPNOTSUPP);
	if (text_format(&folder, "%.*s", (int)(name - path - 1), path) < 0)
		return -ENOMEM;
	r = folder_paths(root, folder, "", &paths);
	if (r < 0)
		return take_failure(launch, folder, r);
	for (size_t i = 0; i < paths.n && r == 0; i++) {
		if (fnmatch(name, text_base_name(paths.text[i]), 0) != 0)
			continue;
		found = true;
		r = take_file(root, launch, paths.text[i], optional);
	}
	return r == 0 && !found ? take_missing(launch, path, optional, -ENOENT) : r;
}

/* systemd reads them after Environment=, and before it expands the command. */
static int take_environment(const struct root *root, struct launch *launch)
{
	int r = 0;

	for (size_t i = 0; i < launch->environment_file.n && r == 0; i++) {
		const char *path = launch->environment_file.text[i];
		bool optional = *path == '-';

		path += optional;
		path += strspn(path, "/");
		if (strchr(path, '%')) /* a specifier of systemd.unit(5) */
			r = take_failure(launch, path, -EOPNOTSUPP);
		else if (strpbrk(path, WILDCARDS))
			r = take_pattern(root, launch, path, optional);
		else
			r = take_file(root, launch, path, optional);
	}
	return r;
}

static int take_command(const struct root *root, const struct service *service,
			struct launch *launch)
{
	int r = take_environment(root, launch);

	if (r == 0 &&
	    (!launch->source || (launch->command && strstr(launch->command, service->script))))
		r = take_script(root, service, launch);
	else if (r == 0 && launch->command)
		r = launch_take_command(launch);
	launch->contained = launch->command && launch_is_contained(launch->command);
	launch_drop_variables(launch);
	return r;
}

static bool is_known(const struct service *service, const char *unit)
{
	for (size_t i = 0; i < ARRAY_SIZE(service->unit); i++)
		if (service->unit[i] && strcmp(service->unit[i], unit) == 0)
			return true;
	return false;
}

/* A unit of another name that starts the service: where it is, in *ret, or NULL. */
static int read_other(const struct root *root, enum nova_service service,
		      struct unit_folders *folders, const char *unit, char **ret)
{
	struct launch other = {0};
	int r = take_unit(root, folders, unit, &other);

	if (r >= 0 && other.unread)
		*ret = TAKE_PTR(other.unread);
	else if (r >= 0 && other.command && strstr(other.command, nova_service_name(service)))
		*ret = TAKE_PTR(other.source);
	launch_free(&other);
	return r < 0 ? r : 0;
}

/* Where none of the names that we know is there, the only one is it; of a template one can't tell.
 */
static int take_others(const struct root *root, enum nova_service service,
		       struct unit_folders *folders, struct launch *launch)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = unit_folders_like(folders, nova_service_name(service), &names);

	for (size_t i = 0; i < names.n && r == 0; i++) {
		_cleanup_free_ char *path = NULL;

		if (is_known(&services[service], names.text[i]))
			continue;
		r = read_other(root, service, folders, names.text[i], &path);
		if (r == 0 && path)
			r = text_list_add(&launch->others, "%s", path);
	}
	if (r != 0 || launch->source || launch->others.n != 1 ||
	    strstr(launch->others.text[0], "@."))
		return r;
	r = take_unit(root, folders, text_base_name(launch->others.text[0]), launch);
	text_list_free(&launch->others);
	return r;
}

static int read_host(const struct root *root, struct unit_folders *folders, struct launch *launch)
{
	const struct service *compute = &services[NOVA_COMPUTE];
	int r = take_units(root, compute, folders, launch);

	if (r == 0)
		r = take_others(root, NOVA_COMPUTE, folders, launch);
	if (r != 0)
		return r;
	if (!launch->source && root_exists(root, KUBELET) && !root_exists(root, compute->script)) {
		launch->deployment = NOVA_IN_KUBERNETES;
		return 0;
	}
	return take_command(root, compute, launch);
}

/* "WSGIScriptAlias / /usr/bin/nova-api-wsgi"; the metadata's script is not it. */
static bool starts_api(const char *text)
{
	static const char directive[] = "WSGIScriptAlias";
	static const char *const scripts[] = {"nova-api", "nova/wsgi/osapi_compute"};

	for (const char *line = text; line; line = strchr(line, '\n')) {
		size_t n;

		line += strspn(line, " \t\r\n");
		n = strcspn(line, "\n");
		if (strncasecmp(line, directive, strlen(directive)) != 0)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
			if (memmem(line, n, scripts[i], strlen(scripts[i])))
				return true;
	}
	return false;
}

static bool is_conf(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".conf") == 0;
}

static int take_site(const struct root *root, const char *folder, const char *name,
		     struct launch *launch)
{
	_cleanup_free_ char *text = NULL, *path = NULL;
	int r;

	if (text_format(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	r = read_text(root, launch, path, &text);
	if (r != 0 || !text || !starts_api(text))
		return r;
	launch->wsgi = true;
	if (asprintf(&launch->source, "/%s", path) >= 0)
		return 0;
	launch->source = NULL;
	return -ENOMEM;
}

static int take_sites(const struct root *root, struct launch *launch)
{
	static const char *const folders[] = {"etc/apache2/sites-enabled", "etc/httpd/conf.d"};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++) {
		_cleanup_closedir_ DIR *dir = NULL;
		const struct dirent *entry;

		r = root_open_dir(root, folders[i], &dir);
		if (r < 0)
			r = take_failure(launch, folders[i], r);
		while (dir && r == 0 && !launch->source && (entry = root_next(dir, &r)))
			if (is_conf(entry->d_name))
				r = take_site(root, folders[i], entry->d_name, launch);
	}
	return r;
}

static int take_elsewhere(const struct root *root, enum nova_service service,
			  struct unit_folders *folders, struct launch *launch)
{
	const char *path;

	launch->deployment = deployment_find(root, service, folders, &path);
	if (!launch->deployment)
		return service == NOVA_API ? take_sites(root, launch) : 0;
	if (asprintf(&launch->source, "/%s", path) >= 0)
		return 0;
	launch->source = NULL;
	return -ENOMEM;
}

int launch_read_service(const struct root *root, enum nova_service service,
			struct unit_folders *folders, struct launch *ret)
{
	struct launch launch = {0};
	int r = take_units(root, &services[service], folders, &launch);

	if (r == 0 && launch.source)
		r = take_command(root, &services[service], &launch);
	else if (r == 0)
		r = take_elsewhere(root, service, folders, &launch);
	if (r < 0) {
		launch_free(&launch);
		return r;
	}
	*ret = launch;
	return 0;
}

int launch_read(const struct root *root, struct unit_folders *folders, struct launch *ret)
{
	struct launch launch = {0};
	const char *path;
	int r = 0;

	launch.deployment = deployment_find(root, NOVA_COMPUTE, folders, &path);
	if (!launch.deployment)
		r = read_host(root, folders, &launch);
	if (r < 0) {
		launch_free(&launch);
		return r;
	}
	*ret = launch;
	return 0;
}
