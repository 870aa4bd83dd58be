# SPDX-License-Identifier: GPL-2.0-or-later
"""Test `gpuclaimctl setup` and `undo` on whole trees, with stand-ins for the distributions' tools.

    python3 -m tests.setup.nodes [NAME]...      of the checks, without "check_"

tools/ beside it and ../kargs/tools/ have the stand-ins; those that build an initramfs make real
images, with cpio, zstd and gzip. They run in a chroot, as root only.
"""

import multiprocessing
import os
import sys
import tempfile

from tests.lib import programs, suite
from tests.setup import image, mishaps, node, runs, services, surroundings, terminal
from tests.setup.node import Case


def run(job):
    """Returns (passed, failed) of one."""
    program, check, options = job
    with tempfile.TemporaryDirectory() as folder:
        case = Case(program, folder, **options)
        try:
            check(case)
        except Exception as error:  # pylint: disable=broad-except
            case.complain(f"it broke off: {error!r}")
        return suite.tell(f"{check.__name__.removeprefix('check_')} {options}", case.complaints)


def main():
    names = sys.argv[1:]
    checks = mishaps.CHECKS + runs.CHECKS + surroundings.CHECKS + services.CHECKS + \
        image.CHECKS + terminal.CHECKS
    suite.listed(check.__name__.removeprefix("check_") for check, _ in checks)
    suite.need_mounts()
    suite.in_memory()
    program = programs.companion(sanitized=False)
    wanted = [(program, check, options)
              for check, options in (checks if names else suite.some(checks))
              if not names or check.__name__.removeprefix("check_") in names]
    with tempfile.TemporaryDirectory() as folder:
        for _, _, options in wanted:        # each layout once, before there are several processes
            node.build(folder=folder, **{"name": "debian12"} | options)
    # Not threads: while one writes a program into its tree, what another starts has the file open,
    # and the program can't be run ("Text file busy").
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        suite.end(*suite.add(pool.imap(run, wanted)))


if __name__ == "__main__":
    main()
