/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our change taken out of a file that others have changed since: one way a kind of file. Pure. */
#ifndef GPUCLAIM_CTL_CHANGE_TAKE_OUT_H
#define GPUCLAIM_CTL_CHANGE_TAKE_OUT_H

#include "ctl/change/undo_file.h"

/**
 * take_out_fn - what a file should hold without our change
 * @current:	what it holds: other than before, and other than we left it
 * @ret:	to be freed; NULL: it should not be there
 * @ret_gone:	how many of our changes were not found; 0 when called
 *
 * Return: 0, -EINVAL (it can't be told where our change is), or -ENOMEM.
 */
typedef int take_out_fn(const struct undo_file *file, const char *current, char **ret,
			size_t *ret_gone) _must_check_;

take_out_fn take_out_lines;    /* our lines go */
take_out_fn take_out_marked;   /* so does what is between our marks */
take_out_fn take_out_own_line; /* and a line that says that it is ours */
take_out_fn take_out_words;    /* our arguments go from a command line */
take_out_fn take_out_ordered;  /* and the others stand as they stood */
take_out_fn take_out_options;  /* our arguments go from an entry's options */
take_out_fn take_out_linux;    /* from the value of GRUB_CMDLINE_LINUX */
take_out_fn take_out_default;  /* from that of GRUB_CMDLINE_LINUX_DEFAULT */
take_out_fn take_out_all;      /* whatever was made of it goes */
take_out_fn take_out_nothing;  /* all of it is another's now */

/* Lines that were taken out come back, whatever else was changed since; so does a whole file,
 * unless there is another one; @current: NULL: it is not there. */
take_out_fn take_out_adoption;

#endif
