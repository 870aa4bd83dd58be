# SPDX-License-Identifier: GPL-2.0-or-later
"""What a cloud leaves behind that was ended with Ctrl-C while it came up: nothing.

    python3 -m tests.cloud.clean
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lab import lab
from tests.lib.checks import check, equal


def processes(folder):
    """Command lines of those whose environment names the folder; what the cloud starts inherits that."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):      # it has ended
            if folder.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def interfaces():
    return sorted(os.listdir("/sys/class/net"))


@lab.test
def cut_off():
    before = interfaces(), Path("/run/netns").exists() and os.listdir("/run/netns")
    with tempfile.TemporaryDirectory(prefix="gpuclaim-cut-") as folder:
        argv = [sys.executable, "-u", "-m", "tests.cloud", "one_gpu"]
        cloud = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 env=os.environ | {"TMPDIR": folder}, start_new_session=True)
        for line in cloud.stdout:
            if re.search(r"it comes up.*\d s$", line):
                break
        with lab.case("it was up, then cut off"):
            check(len(processes(folder)) > 20, f"processes of the cloud: {processes(folder)}")
            os.killpg(cloud.pid, signal.SIGINT)
            cloud.communicate()
            equal(cloud.returncode != 0, True, "exit code is not 0")
        with lab.case("no process, mount, file, interface or namespace is left"):
            equal(processes(folder), [], "processes")
            equal([m for m in Path("/proc/mounts").read_text().splitlines() if folder in m], [], "mounts")
            equal(os.listdir(folder), [], "files")
            after = interfaces(), Path("/run/netns").exists() and os.listdir("/run/netns")
            equal(after, before, "interfaces and namespaces")


if __name__ == "__main__":
    lab.main()
