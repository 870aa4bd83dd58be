/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit codes of both programs: a stable interface, listed in the manual. */
#ifndef GPUCLAIM_HELPER_BASE_EXIT_CODE_H
#define GPUCLAIM_HELPER_BASE_EXIT_CODE_H

enum exit_code {
	EXIT_CODE_OK = 0,	 /* done, or ready */
	EXIT_CODE_FAILED = 1,	 /* an operation failed */
	EXIT_CODE_USAGE = 2,	 /* wrong usage, or the configuration is in error */
	EXIT_CODE_NOT_READY = 3, /* status: the node is not ready */
	EXIT_CODE_REFUSED = 4,	 /* refused for safety or impossible here; nothing changed */
	EXIT_CODE_LOCKED = 5,	 /* another gpuclaimctl is at work */
};

#endif
