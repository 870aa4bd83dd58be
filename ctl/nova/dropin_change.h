/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to become of the drop-in for nova-compute. */
#ifndef GPUCLAIM_CTL_NOVA_DROPIN_CHANGE_H
#define GPUCLAIM_CTL_NOVA_DROPIN_CHANGE_H

#include <sys/types.h>

#include "helper/base/text.h"

/**
 * struct nova_dropin_change - what is to become of the drop-in
 * @path:	relative to the root; owned
 * @before, @after: its content, NULL: it is not there; equal: nothing is to be done; owned
 * @refusal:	one sentence, owned: then nothing may be changed (exit code 4)
 * @forget:	the record of changes goes, too
 * @no_record:	it can't be read, and stays as it is
 * @notes:	one sentence each
 * @n_ready:	how many GPUs are listed
 * @has_group, @group: whom a file that is made anew is for; else all may read it
 */
struct nova_dropin_change {
	char *path, *before, *after, *refusal;
	bool forget, no_record;
	struct text_list notes;
	size_t n_ready;
	bool has_group;
	gid_t group;
};

/** nova_change_refuse() - say why nothing may be changed. Return: 0 or -ENOMEM */
#define nova_change_refuse(change, ...) text_set(&(change)->refusal, __VA_ARGS__)

void nova_dropin_change_free(struct nova_dropin_change *change);

#endif
