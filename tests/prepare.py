# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds, two at a time, the trees that the suites want, in the order in which they want them.

A suite that comes to one first builds it, or waits for it: each script holds a lock while it
builds, and finds in the cache what is there. So this only saves time, and may fail: the suite
that needs the tree then says so.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREES = """
lab/chroot.sh bookworm-build
lab/chroot.sh bookworm-initramfs-tools
lab/chroot.sh trixie-dracut
nova/chroot.sh bookworm
nova/chroot.sh trixie
lab/chroot.sh trixie-initramfs-tools
lab/chroot.sh bookworm-dracut
lab/chroot.sh trixie-ansible-lint
nova/chroot.sh sid
lab/chroot.sh bookworm
lab/chroot.sh trixie
lab/chroot.sh trixie-libvirt
lab/chroot.sh sid
lab/chroot.sh trixie-tools
lab/qemu.sh
lab/kernel.sh trixie
lab/kernel.sh bookworm
""".strip().splitlines()


def build(line):
    script, *words = line.split()
    start = time.monotonic()
    result = subprocess.run([HERE / script, *words], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    minutes = (time.monotonic() - start) / 60
    if result.returncode:
        print(f"{line}: failed after {minutes:.1f} minutes:\n{result.stdout[-3000:]}", flush=True)
    else:
        print(f"{line}: {minutes:.1f} minutes", flush=True)
    return result.returncode


def main():
    with ThreadPoolExecutor(2) as pool:
        failed = any(list(pool.map(build, TREES)))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
