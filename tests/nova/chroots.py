# SPDX-License-Identifier: GPL-2.0-or-later
"""Nova of three of Debian's suites, each in a chroot, and the program that is held against it."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
JUDGE = "build/tests/judge-nova"
# (suite, Nova's number, does it decide?)
RELEASES = [("bookworm", 26, True), ("trixie", 31, True), ("sid", 34, False)]


def chroot(debian):
    """The folder; None where it can't be built, which chroot.sh says."""
    result = subprocess.run([f"{HERE}/chroot.sh", debian], stdout=subprocess.PIPE, text=True,
                            check=False)
    return result.stdout.strip() if result.returncode == 0 else None


def ask(command, lines, timeout):
    """What a program answers to lines of JSON, a line each."""
    result = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=timeout, check=False)
    if result.returncode != 0:
        sys.exit(f"{command[0]}: exit code {result.returncode}: {result.stderr[-2000:].decode()}")
    # Python's strings may hold NUL and lone surrogates: so may judge-nova's.
    text = result.stdout.replace(b"\xc0\x80", b"\\u0000").decode("utf-8", "surrogatepass")
    return [json.loads(line) for line in text.split("\n") if line]
