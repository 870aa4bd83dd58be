/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells a plan: as diffs and commands, or as JSON. */
#ifndef GPUCLAIM_CTL_CHANGE_PRINT_H
#define GPUCLAIM_CTL_CHANGE_PRINT_H

#include <stdio.h>

#include "ctl/change/plan.h"
#include "ctl/print/json.h"

/** plan_print() - a diff of each file, and each command. Return: 0 or -ENOMEM */
int plan_print(const struct change_plan *plan, FILE *to) _must_check_;

/** plan_add_actions() - append what each step does to a JSON array. Return: 0 or -ENOMEM */
int plan_add_actions(const struct change_plan *plan, struct json_object *array) _must_check_;

/** json_add_texts() - an array of texts below @key */
void json_add_texts(struct json_object *to, const char *key, const struct text_list *list);

#endif
