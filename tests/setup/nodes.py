#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Test `gpuclaimctl setup` and `undo` on whole trees, with stand-ins for the distributions' tools.

    whole.py [NAME]...      of the checks, without "check_"

tools/ beside it and ../kargs/tools/ have the stand-ins; those that build an initramfs make real
images, with cpio, zstd and gzip. They run in a chroot, as root only.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile

import whole_hard
import whole_parts
import whole_runs
import whole_services
from whole_case import Case

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import golden  # noqa: E402  pylint: disable=wrong-import-position


def run(job):
    """Its complaints, which are told."""
    program, check, options = job
    with tempfile.TemporaryDirectory() as folder:
        case = Case(program, folder, **options)
        try:
            check(case)
        except Exception as error:  # pylint: disable=broad-except
            case.complain(f"it broke off: {error!r}")
        name = check.__name__.removeprefix("check_")
        for complaint in case.complaints[:20]:
            print(f"not ok - {name} {options}: {complaint}", flush=True)
        return case.complaints


def main():
    names = sys.argv[1:]
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False,
                                           capture_output=True).returncode != 0:
        print("skipped: only root, and with mount namespaces, can run a tree's programs")
        print("0 passed, 0 failed, 1 skipped")
        return
    # In memory: every effect is synced, thousands of times here.
    if os.access("/dev/shm", os.W_OK):
        tempfile.tempdir = "/dev/shm"
    program = golden.companion(sanitized=False)
    wanted = [(program, check, options)
              for check, options in (whole_hard.CHECKS + whole_runs.CHECKS + whole_parts.CHECKS +
                                     whole_services.CHECKS)
              if not names or check.__name__.removeprefix("check_") in names]
    # Not threads: while one writes a program into its tree, what another starts has the file open,
    # and the program can't be run ("Text file busy").
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        failed = sum(map(bool, pool.imap(run, wanted)))
    passed = len(wanted) - failed
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
