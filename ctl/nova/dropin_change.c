/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/dropin_change.h"

void nova_dropin_change_free(struct nova_dropin_change *change)
{
	free(change->path);
	free(change->before);
	free(change->after);
	free(change->refusal);
	text_list_free(&change->notes);
	*change = (struct nova_dropin_change){0};
}
