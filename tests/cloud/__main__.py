# SPDX-License-Identifier: GPL-2.0-or-later
"""`make cloud`: Keystone, Glance, Placement, Neutron and Nova give claimed GPUs to servers.

    python3 -m tests.cloud [NAME]...        tests, or parts of their names; -l lists them. Without a
                                            name: one GPU and the Dashboard, with LINUX=1 in the
                                            environment a server that is a Linux, too; all tests if
                                            GPUCLAIM_FULL=1

What takes the network is built first. Then all that runs (the controller's services, the compute
nodes, the cards) runs in a network without an outside, and in one process namespace, so that it
ends with this program. KEEP=1 in the environment leaves it running, until `make cloud-down`.
"""

import contextlib
import functools
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.cloud import servers, failing, one_time      # their tests are run in this order
from tests.cloud import cloud, compute, control, newer, nodes, page, pxe
from tests.lab import guest, image, lab
from tests.lab.progress import heading, say, step
from tests.lib import suite

INSIDE, START, FOLDER = (f"GPUCLAIM_CLOUD_{word}" for word in ("INSIDE", "START", "FOLDER"))
NAMESPACES = "unshare --net --mount --pid --fork --mount-proc --kill-child".split()
PID, KEPT = guest.CACHE / "cloud.pid", guest.CACHE / "cloud.kept"
KEEP = os.environ.get("KEEP") == "1"


def build():
    heading("What it is made of, from the cache where it is there")
    step("QEMU with vfio-user, for emulated GPUs", lab.qemu)
    step("Debian 13 twice: a controller and a compute node",
         lambda: image.tree(control.TREE), lambda: image.tree(compute.TREE))
    if newer.is_chosen():
        step("Debian testing's Nova for both", lambda: newer.above(control.TREE), lambda: newer.above(compute.TREE))
    lab.acceleration()
    step("the compute node's disk, with GRUB", compute.installed)
    if "replaced" in nodes.chosen(sys.argv[1:]):
        step("the installer that the network boots", pxe.initramfs)
    used = nodes.nodes(sys.argv[1:])
    for pair in [used[i:i + 2] for i in range(0, len(used), 2)]:
        step(f"gpuclaimctl setup in {' and in '.join(node[0] for node in pair)}",
             *(functools.partial(compute.joined, *node) for node in pair))


def outside():
    """Builds, and has the rest done inside; with KEEP=1 until all is shown, else to the end."""
    if PID.exists():
        sys.exit("a cloud is running: `make cloud-down` ends it")
    if not sys.argv[1:] and not suite.full():
        sys.argv += ["one_gpu", "dashboard"] + ["linux"] * (os.environ.get("LINUX") == "1")
    build()
    KEPT.unlink(missing_ok=True)
    folder = tempfile.mkdtemp(prefix="gpuclaim-cloud-")
    # What is cut off removes nothing of its own: all of it lies below the folder.
    os.environ |= {FOLDER: folder, "TMPDIR": f"{folder}/tmp"}
    os.mkdir(f"{folder}/tmp")
    process = subprocess.Popen([*NAMESPACES, sys.executable, "-m", "tests.cloud", *sys.argv[1:]],
                               start_new_session=KEEP)
    try:
        while process.poll() is None and not KEPT.exists():
            time.sleep(0.2)
        code = int(KEPT.read_text()) if KEPT.exists() else process.returncode
    except KeyboardInterrupt:
        process.kill()      # unshare, and all that is inside with it
        code = process.wait()
    if process.returncode is None:
        inner, = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        PID.write_text(f"{inner} {folder}\n")
        say("\nIt goes on running. Ask it, for example:\n"
            "   tests/cloud/openstack server list\n"
            "   make cloud-down     ends it")
    else:
        remove(folder)
    sys.exit(code)


def remove(folder):
    """The namespace with the mounts in it has ended. --one-file-system: or so we believe."""
    subprocess.run(["rm", "-r", "--one-file-system", folder], check=True)


def inside():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    sys.argv.append("-j1")
    with control.Control(os.environ[FOLDER]) as controller, \
            cloud.Cloud(controller) as running:
        servers.cloud = failing.cloud = one_time.cloud = running
        try:
            lab.main()
        except SystemExit as end:
            code = end.code
        page.show(running, time.time() - float(os.environ[START]))
        if KEEP:
            keep(code)
    sys.exit(code)


def keep(code):
    KEPT.write_text(str(code))
    null = os.open(os.devnull, os.O_RDWR)
    for number in 0, 1, 2:
        os.dup2(null, number)
    signal.pause()


def down():
    """`make cloud-down`."""
    if not PID.exists():
        sys.exit("no cloud is running")
    inner, folder = PID.read_text().split()
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(inner), signal.SIGTERM)
        while Path("/proc", inner).exists():
            time.sleep(0.2)
    remove(folder)
    PID.unlink()
    KEPT.unlink(missing_ok=True)


def main():
    if sys.argv[1:] == ["down"]:
        return down()
    if "-l" in sys.argv:
        lab.main()
    if os.environ.get(INSIDE):
        return inside()
    os.environ |= {INSIDE: "1", START: str(time.time())}
    return outside()


if __name__ == "__main__":
    main()
