/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/effective.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/base/text.h"
#include "helper/base/text_buffer.h"

#define FILE_MAX_BYTES (8u << 20)
#define NOVA_USER      "nova"
#define DIST	       "usr/share/nova/nova-dist.conf"

struct work {
	const struct root *root;
	enum nova_service service;
	const struct effective_extra *extra;
	struct effective *effective;
	struct text_list missing;
	const struct effective *before; /* of an earlier look, or NULL */
};

static bool may_read(const struct account *reader, const struct stat *st)
{
	if (!reader->known || reader->uid == 0)
		return true;
	if (st->st_uid == reader->uid)
		return st->st_mode & S_IRUSR;
	return st->st_mode & (account_has_group(reader, st->st_gid) ? S_IRGRP : S_IROTH);
}

static int check_access(struct work *work, int fd, const char *path, struct text_list *refused)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return may_read(&work->effective->reader, &st) ? 0 : text_list_add(refused, "/%s", path);
}

/* A negative errno that Nova would meet, too. A file that isn't there it tells at the end. */
static int refuse_file(struct work *work, const char *path, int r, bool wanted)
{
	struct nova_error *error = &work->effective->error;

	if (r == -ENOENT)
		return wanted ? text_list_add(&work->missing, "/%s", path) : 0;
	if (r == -EISDIR)
		r = nova_error_set(error, "IsADirectoryError", "[Errno 21] Is a directory: '/%s'",
				   path);
	else if (r == -EFBIG)
		r = nova_error_set(error, NOVA_ERROR_OURS, "/%s is larger than 8 MiB", path);
	else
		r = nova_error_set(error, "OSError", "[Errno %d] %s: '/%s'", -r, strerror(-r),
				   path);
	return r;
}

/* What Nova would say of a file's text. */
static int refuse_text(struct work *work, const struct oslo_file *file)
{
	static const char decoding[] = "UnicodeDecodeError: ";
	const char *text = file->ini.error;

	if (strncmp(text, decoding, strlen(decoding)) != 0)
		return nova_error_set(&work->effective->error, "ConfigFileParseError", "%s", text);
	return nova_error_set(&work->effective->error, "UnicodeDecodeError", "%s, in %s:%u",
			      text + strlen(decoding), file->path, file->ini.error_line);
}

static bool is_extra(const struct work *work, const char *path)
{
	return work->extra && strcmp(work->extra->path, path) == 0;
}

/* Is this the folder that the extra file is to be in? */
static bool is_extra_folder(const struct work *work, const char *path)
{
	const char *slash = work->extra ? strrchr(work->extra->path, '/') : NULL;
	size_t n = strlen(path);

	return slash && (size_t)(slash - work->extra->path) == n &&
	       strncmp(work->extra->path, path, n) == 0;
}

static int read_text(struct work *work, const char *path, bool wanted, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (is_extra(work, path)) {
		*ret_size = strlen(work->extra->text);
		*ret = strdup(work->extra->text);
		return *ret ? 0 : -ENOMEM;
	}
	fd = root_open_text(work->root, path);
	r = fd < 0 ? fd : root_read_fd(fd, FILE_MAX_BYTES, ret, ret_size);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return refuse_file(work, path, r, wanted);
	return check_access(work, fd, path, &work->effective->unreadable);
}

/*
 * All readers return 1 where Nova gives up at once. @path is relative to the root, as always.
 */
static int read_file(struct work *work, const char *path, bool wanted)
{
	struct oslo_config *config = &work->effective->config;
	_cleanup_free_ char *text = NULL, *shown = NULL;
	size_t size;
	int r = read_text(work, path, wanted, &text, &size);

	if (r != 0 || !text)
		return r;
	if (text_format(&shown, "/%s", path) < 0)
		return -ENOMEM;
	r = oslo_config_add(config, shown, text, size);
	if (r == 0 && config->file[config->n - 1].ini.error)
		r = refuse_text(work, &config->file[config->n - 1]);
	return r;
}

static int add_name(struct text_list *names, const char *path, const char *name, const char *part)
{
	if (name[0] == '.' || !text_ends_with(name, ".conf") || !strstr(name, part))
		return 0;
	return text_list_add(names, "%s/%s", path, name);
}

static int list_folder(struct work *work, const char *path, const char *part,
		       struct text_list *names)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(work->root, path, &dir);

	if (r == -ENOENT && is_extra_folder(work, path))
		return 0;
	if (r < 0)
		return r;
	r = check_access(work, dirfd(dir), path, &work->effective->ignored);
	while (r == 0 && (entry = root_next(dir, &r))) {
		_cleanup_free_ char *full = NULL;

		if (text_format(&full, "%s/%s", path, entry->d_name) < 0)
			return -ENOMEM;
		if (!is_extra(work, full))
			r = add_name(names, path, entry->d_name, part);
	}
	return r;
}

/* "*.conf" of a folder, or "*nova*.conf"; hidden files are none. */
static int read_folder(struct work *work, const char *path, const char *part)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	size_t ignored = work->effective->ignored.n;
	int r = list_folder(work, path, part, &names);

	if (r == 0 && is_extra_folder(work, path))
		r = add_name(&names, path, strrchr(work->extra->path, '/') + 1, part);
	if (r < 0)
		return r;
	text_list_sort(&names);
	if (work->effective->ignored.n > ignored)
		return r;
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = read_file(work, names.text[i], true);
	return r;
}

/* A path of the command line: absolute, or the user's. */
static char *resolve(const struct work *work, const char *path)
{
	char *full;
	int r;

	if (strncmp(path, "~/", 2) == 0)
		r = asprintf(&full, "%s/%s", work->effective->reader.home + 1, path + 2);
	else if (path[0] == '/')
		r = asprintf(&full, "%s", path + strspn(path, "/"));
	else
		r = asprintf(&full, "%s/%s", work->effective->reader.home + 1, path);
	return r < 0 ? NULL : full;
}

static int read_argument(struct work *work, const struct launch_argument *argument)
{
	_cleanup_free_ char *path = resolve(work, argument->path);
	size_t n;
	int r;

	if (!path)
		return -ENOMEM;
	if (!argument->folder)
		return read_file(work, path, true);
	n = strlen(path);
	if (n && path[n - 1] == '/')
		path[n - 1] = '\0';
	r = read_folder(work, path, "");
	if (r != -ENOENT && r != -ENOTDIR)
		return r;
	return nova_error_set(&work->effective->error, "ConfigDirNotFoundError",
			      "Failed to read config file directory: %s", argument->path);
}

/* The first of the default folders that has it. */
static int find_default(const struct work *work, const struct default_folder *folder,
			const char *name, char **ret)
{
	*ret = NULL;
	for (unsigned i = 0; i < DEFAULT_FOLDERS; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s%s%s", folder[i].path, folder[i].path[0] ? "/" : "", name) <
		    0) {
			path = NULL;
			return -ENOMEM;
		}
		if ((folder_may_have(&folder[i].names, name) && root_exists(work->root, path)) ||
		    is_extra_folder(work, path)) {
			*ret = TAKE_PTR(path);
			break;
		}
	}
	return 0;
}

/* An earlier look that went well has met each file that is there. */
static bool may_have(const struct work *work, const char *path)
{
	const struct effective *before = work->before;

	return !before || before->error.type || before->unreadable.n ||
	       oslo_config_has_file(&before->config, path);
}

static int read_defaults(struct work *work, const struct default_folder *defaults, bool folders)
{
	const char *const names[] = {"nova", nova_service_name(work->service)};
	size_t n = ARRAY_SIZE(names) - work->effective->launch.wsgi;
	int r = 0;

	if (!folders && may_have(work, DIST))
		r = read_file(work, DIST, false);
	for (size_t i = 0; i < n && r == 0; i++) {
		_cleanup_free_ char *path = NULL;
		char name[32];

		snprintf(name, sizeof(name), "%s.conf%s", names[i], folders ? ".d" : "");
		r = find_default(work, defaults, name, &path);
		if (r < 0 || !path)
			continue;
		r = folders ? read_folder(work, path, "") : read_file(work, path, true);
		if (r == -ENOTDIR)
			r = 0;
	}
	return r;
}

static bool names_any(const struct launch *launch, bool folder)
{
	for (size_t i = 0; i < launch->n; i++)
		if (launch->argument[i].folder == folder)
			return true;
	return false;
}

static int list_defaults(struct work *work, const struct default_folder **ret)
{
	struct effective *effective = work->effective;

	*ret = work->before ? work->before->defaults : NULL;
	if (*ret)
		return 0;
	*ret = effective->defaults = calloc(DEFAULT_FOLDERS, sizeof(*effective->defaults));
	if (!effective->defaults)
		return -ENOMEM;
	return default_folders_list(work->root, effective->reader.home, effective->defaults);
}

static int read_host(struct work *work)
{
	const struct launch *launch = &work->effective->launch;
	bool files = names_any(launch, false), folders = names_any(launch, true);
	const struct default_folder *defaults = NULL;
	int r = files && folders ? 0 : list_defaults(work, &defaults);

	if (r == 0 && !files)
		r = read_defaults(work, defaults, false);
	if (r == 0 && !folders)
		r = read_defaults(work, defaults, true);
	for (size_t i = 0; i < launch->n && r == 0; i++)
		r = read_argument(work, &launch->argument[i]);
	return r;
}

/* A folder with "*" or "*nova*" behind it, or a file. */
static int read_place(struct work *work, char *place)
{
	char *part = strrchr(place, '/') + 1;

	if (*part != '*')
		return root_exists(work->root, place) ? read_file(work, place, true) : 0;
	part[-1] = '\0';
	part++;
	part[strcspn(part, "*")] = '\0';
	return root_exists(work->root, place) ? read_folder(work, place, part) : 0;
}

static int refuse_deployment(struct work *work, int r)
{
	enum nova_deployment deployment = work->effective->launch.deployment;
	const char *service = nova_service_name(work->service);

	if (deployment == NOVA_IN_KUBERNETES && r == -EOPNOTSUPP)
		return nova_error_set(
			&work->effective->error, NOVA_ERROR_OURS,
			"the pod of %s has no volume nova-etc: so it is not known what it reads",
			service);
	return nova_error_set(&work->effective->error, NOVA_ERROR_OURS,
			      "/%s can't be read: %s: so it is not known what %s reads",
			      deployment_teller(deployment, work->service), strerror(-r), service);
}

/* Of these the container gets its files; what is there of them. */
static int read_elsewhere(struct work *work)
{
	const struct launch *launch = &work->effective->launch;
	struct text_list places _cleanup_(text_list_free) = {0};
	int r = deployment_files(work->root, launch->deployment, work->service, &places);

	/* The container has users of its own. */
	work->effective->reader.known = false;
	if (r < 0 && r != -ENOMEM)
		return refuse_deployment(work, r);
	for (size_t i = 0; i < places.n && r == 0; i++)
		r = read_place(work, places.text[i]);
	return r;
}

static int refuse_list(struct work *work, const char *type, const char *what,
		       const struct text_list *list)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *text = NULL;
	int r;

	if (!list->n || work->effective->error.type)
		return 0;
	for (size_t i = 0; i < list->n; i++)
		text_addf(&to, "%s%s", i ? "," : "", list->text[i]);
	r = text_take(&to, &text, NULL);
	if (r < 0)
		return r;
	return nova_error_set(&work->effective->error, type, "Failed to %s some config files: %s",
			      what, text);
}

static int read_all(struct work *work)
{
	const struct launch *launch = &work->effective->launch;
	int r;

	if (launch->unread)
		return nova_error_set(&work->effective->error, NOVA_ERROR_OURS,
				      "%s can't be read: %s: so it is not known what %s reads",
				      launch->unread, strerror(-launch->error),
				      nova_service_name(work->service));
	if (launch->contained)
		return nova_error_set(
			&work->effective->error, NOVA_ERROR_OURS,
			"%s starts a container that does not get this host's /etc/nova: so it is not known what %s reads",
			launch->source, nova_service_name(work->service));
	if (launch->missing)
		return nova_error_set(&work->effective->error, "systemd",
				      "Failed to load environment files: %s: '%s'",
				      strerror(-launch->error), launch->missing);
	r = launch->deployment ? read_elsewhere(work) : read_host(work);
	if (r >= 0)
		r = refuse_list(work, "ConfigFilesNotFoundError", "find", &work->missing);
	if (r >= 0)
		r = refuse_list(work, "ConfigFilesPermissionDeniedError", "open",
				&work->effective->unreadable);
	text_list_free(&work->missing);
	return r;
}

/* Source: systemd.exec(5), Group= and SupplementaryGroups=. */
static void find_reader(const struct root *root, struct effective *effective)
{
	const struct launch *launch = &effective->launch;
	struct account *reader = &effective->reader;

	snprintf(reader->home, sizeof(reader->home), "/var/lib/nova");
	account_read(root, launch->user ? launch->user : NOVA_USER, reader);
	if (launch->group)
		account_set_group(root, launch->group, reader);
	for (size_t i = 0; i < launch->more_groups.n; i++)
		account_add_group(root, launch->more_groups.text[i], reader);
}

/* @r: what came of looking who reads them. */
static int read_files(struct work *work, int r, struct effective *ret)
{
	if (r == 0)
		r = read_all(work);
	if (r < 0) {
		effective_free(work->effective);
		return r;
	}
	*ret = *work->effective;
	return 0;
}

int effective_read(const struct root *root, const struct effective_extra *extra,
		   struct effective *ret)
{
	struct effective effective = {0};
	struct work work = {root, NOVA_COMPUTE, extra, &effective, {0}, NULL};
	int r = launch_read(root, &effective.units, &effective.launch);

	find_reader(root, &effective);
	return read_files(&work, r, ret);
}

int effective_read_changed(const struct root *root, const struct effective *before,
			   const struct effective_extra *extra, struct effective *ret)
{
	struct effective effective = {.reader = before->reader};
	struct work work = {root, NOVA_COMPUTE, extra, &effective, {0}, before};

	return read_files(&work, launch_copy(&before->launch, &effective.launch), ret);
}

int effective_read_service(const struct root *root, const struct effective_service *which,
			   const struct effective_extra *extra, struct effective *ret)
{
	struct effective effective = {0};
	struct work work = {root, which->service, extra, &effective, {0}, NULL};
	int r = launch_read_service(root, which->service, &which->compute->units,
				    &effective.launch);

	if (r == 0 && !effective.launch.source && !effective.launch.unread) {
		*ret = effective; /* it is not here */
		return 0;
	}
	find_reader(root, &effective);
	return read_files(&work, r, ret);
}

void effective_free(struct effective *effective)
{
	launch_free(&effective->launch);
	unit_folders_free(&effective->units);
	oslo_config_free(&effective->config);
	nova_error_free(&effective->error);
	text_list_free(&effective->unreadable);
	text_list_free(&effective->ignored);
	if (effective->defaults)
		default_folders_free(effective->defaults);
	free(effective->defaults);
	*effective = (struct effective){0};
}

const struct oslo_name *effective_option(enum nova_option option)
{
	static const struct oslo_name names[_NOVA_OPTION_COUNT][4] = {
		[NOVA_OPTION_DEVICE_SPEC] = {{"pci", "device_spec"},
					     {"pci", "passthrough_whitelist"},
					     {"DEFAULT", "pci_passthrough_whitelist"}},
		[NOVA_OPTION_OLD_DEVICE_SPEC] = {{"pci", "passthrough_whitelist"},
						 {"DEFAULT", "pci_passthrough_whitelist"}},
		[NOVA_OPTION_ALIAS] = {{"pci", "alias"}, {"DEFAULT", "pci_alias"}},
		[NOVA_OPTION_REPORT] = {{"pci", "report_in_placement"}},
		[NOVA_OPTION_PLACEMENT] = {{"filter_scheduler", "pci_in_placement"}},
		[NOVA_OPTION_DEDICATED] = {{"compute", "cpu_dedicated_set"}},
	};

	return names[option];
}
