/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short words for what all JSON reports need of json-c. */
#ifndef GPUCLAIM_CTL_PRINT_JSON_H
#define GPUCLAIM_CTL_PRINT_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "helper/base/pci.h"
#include "helper/base/text.h"
#include "helper/base/util.h"

/*
 * Keys are added in the order of the calls; a value that isn't known is null. What could not be
 * made for want of memory spoils the whole: json_render() then has nothing. NULL may be added to.
 */
void json_add(struct json_object *to, const char *key, struct json_object *value); /* takes it */
void json_append(struct json_object *array, struct json_object *value);		   /* likewise */
void json_append_text(struct json_object *array, const char *text);
void json_add_number(struct json_object *to, const char *key, int64_t value);
void json_add_text(struct json_object *to, const char *key, const char *text); /* NULL: null */
void json_add_bool(struct json_object *to, const char *key, bool value);
void json_add_known(struct json_object *to, const char *key, int value); /* negative: null */
void json_add_address(struct json_object *to, const char *key, const struct pci_address *address);
void json_add_hex(struct json_object *to, const char *key, unsigned value, int digits);

/* An empty object or array below @key, for the caller to fill; belongs to @to. */
struct json_object *json_add_object(struct json_object *to, const char *key);
struct json_object *json_add_array(struct json_object *to, const char *key);
struct json_object *json_append_object(struct json_object *array);

/** json_add_texts() - an array of texts below @key */
void json_add_texts(struct json_object *to, const char *key, const struct text_list *texts);

/** json_text() - a string of valid UTF-8: other bytes become '?' (file names may hold any) */
struct json_object *json_text(const char *text);

/* Members of an object, which belong to it: NULL where there is none of this type. */
struct json_object *json_member(struct json_object *o, const char *key, enum json_type type);
const char *json_member_text(struct json_object *o, const char *key);

/**
 * json_parse() - read what another machine sent
 *
 * At most 32 deep and 16384 objects and arrays: json-c takes some hundred bytes for each of them,
 * be it empty.
 *
 * Return: the value, to be put; NULL: it is no JSON, more than that, or there is no memory.
 */
struct json_object *json_parse(const char *text) _must_check_;

/**
 * json_render() - the text of an object, as people like to read it
 *
 * json-c's own leaves out what it has no memory for, and does not say so.
 *
 * Return: to be freed; NULL: there was no memory for all of it.
 */
char *json_render(struct json_object *object) _must_check_;

/** json_print() - print that, with a newline. Return: 0, or -ENOMEM with nothing printed */
int json_print(struct json_object *object, FILE *to) _must_check_;

static inline void json_free(struct json_object **object)
{
	(void)json_object_put(*object); /* whether it was the last reference doesn't matter */
}

#endif
