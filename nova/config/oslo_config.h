/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several configuration files as one, as oslo.config reads options of them. Pure. */
#ifndef GPUCLAIM_NOVA_CONFIG_OSLO_CONFIG_H
#define GPUCLAIM_NOVA_CONFIG_OSLO_CONFIG_H

#include "nova/config/oslo_ini.h"
#include "nova/python/error.h"

/**
 * struct oslo_file - one file, in the order of reading
 * @path:	as Nova sees it; owned
 */
struct oslo_file {
	char *path;
	struct ini ini;
};

struct oslo_config {
	struct oslo_file *file; /* owned */
	size_t n;
};

/** oslo_config_has_file() - is a file of that path, relative to the root, among what was read? */
bool oslo_config_has_file(const struct oslo_config *config, const char *path);

/**
 * oslo_config_add() - read one more file
 *
 * Return: 0 (also if the file has an error, see its ini), or -ENOMEM.
 */
int oslo_config_add(struct oslo_config *config, const char *path, const char *text,
		    size_t size) _must_check_;
void oslo_config_free(struct oslo_config *config);

/* One name of an option: [section] and key. */
struct oslo_name {
	const char *section, *key;
};

/**
 * struct oslo_value - one value of an option
 * @text:	substituted; owned
 * @file, @entry: where it is written
 * @doubt:	it refers to what may be no option of Nova's, by this name; owned; NULL: it doesn't
 * @error:	it can't be read, @text is "": RecursionError where it refers to itself, or ours,
 * see nova_error_is_ours(), where it goes through more options or grows larger than anybody means
 */
struct oslo_value {
	char *text;
	const struct oslo_file *file;
	const struct ini_entry *entry;
	char *doubt;
	struct nova_error error;
};

struct oslo_values {
	struct oslo_value *value; /* owned */
	size_t n;
};

/**
 * oslo_config_multi() - all values of an option that may be repeated
 * @name:	its names, the one of today first; ends with a key of NULL
 *
 * Files count in their order; within one file older names come before newer ones. What "$name"
 * stands for is put in, up to 1 MiB of it in all.
 *
 * Source: _get_file_value() and _substitute() in oslo_config/cfg.py.
 *
 * Return: 0, or -ENOMEM. Free with oslo_values_free().
 */
int oslo_config_multi(const struct oslo_config *config, const struct oslo_name *name,
		      struct oslo_values *ret) _must_check_;

/** oslo_config_single() - the one value that counts: the last file's last. @ret: one, or none */
int oslo_config_single(const struct oslo_config *config, const struct oslo_name *name,
		       struct oslo_values *ret) _must_check_;

/** oslo_values_error() - the index of the first value that can't be read, or SIZE_MAX */
size_t oslo_values_error(const struct oslo_values *values);
void oslo_values_free(struct oslo_values *values);

/** oslo_value_place() - "/etc/nova/nova.conf:12", where it is written, in @buf */
#define OSLO_PLACE_MAX 320
const char *oslo_value_place(const struct oslo_value *value, char buf[static OSLO_PLACE_MAX]);

/** oslo_boolean() - as type Boolean takes it. Return: 1, 0, or -EINVAL */
int oslo_boolean(const char *text);

#endif
