/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verify/dropin_path.h"

#include "ctl/change/undo.h"
#include "helper/base/text.h"
#include "nova/tell/dropin.h"

int nova_dropin_path(const struct root *root, char **ret)
{
	struct undo undo _cleanup_(undo_free) = {0};
	int r = undo_read(root, NOVA_RECORD, &undo);

	/* What others may have written says nothing of where it is. */
	if (r == UNDO_FOREIGN || r == UNDO_OPEN_TO_ALL)
		r = 0;
	return r < 0 ? r : text_copy(undo.n ? undo.file[0].path : NOVA_DROPIN_PATH, ret);
}
