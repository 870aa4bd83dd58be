# SPDX-License-Identifier: GPL-2.0-or-later
"""What `gpuclaimctl setup` costs besides building images: its own CPU time. Asserts nothing.

On a tree of two kernels, whose images are as big as those of whole nodes. Needs root.
"""

import json
import os
import shutil
import subprocess
import tempfile

from tests.setup.node import Case

PROGRAM = os.path.abspath("build/gpuclaimctl")
FILLER_MIB = 120
TIMES = 5


def fill(path):
    """Programs and libraries, which an image is made of, too."""
    size = 0
    with open(path, "wb") as out:
        for folder in "/usr/lib/x86_64-linux-gnu", "/usr/bin", "/usr/sbin":
            for name in sorted(os.listdir(folder)):
                full = os.path.join(folder, name)
                if size < FILLER_MIB << 20 and os.path.isfile(full):
                    with open(full, "rb") as f:
                        size += out.write(f.read())


def cpu_s(case, *words):
    """(seconds of user and system time of a run and all that it starts, its report)"""
    with tempfile.TemporaryFile("w+") as out:
        with subprocess.Popen([PROGRAM, *words, "--json", "--root", case.at], stdout=out,
                              stdin=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return usage.ru_utime + usage.ru_stime, json.load(out)


def prepare(case):
    """What builds an image puts one there from now on that was built before: the rest is ours."""
    fill(os.path.join(case.pattern, "filler"))
    for kernel in case.kernels:     # as big as afterwards
        subprocess.run(["chroot", case.pattern, "/usr/sbin/mkinitramfs", kernel,
                        "/" + case.image.format(kernel), "zstd"], check=True)
    case.fresh()
    case.run("setup", "--all-gpus")
    for kernel in case.kernels:
        shutil.copy(case.path(case.image.format(kernel)),
                    os.path.join(case.pattern, f"boot/built-{kernel}"))
    with open(os.path.join(case.pattern, "usr/sbin/update-initramfs"), "w",
              encoding="ascii") as out:
        out.write('#!/bin/sh\necho "$3" >>/images\nexec mv -f "/boot/built-$3" '
                  '"/boot/initrd.img-$3"\n')
    os.unlink(os.path.join(case.pattern, "filler"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        case = Case(PROGRAM, folder)
        prepare(case)
        first = []
        for _ in range(TIMES):
            case.fresh()
            first.append(cpu_s(case, "setup", "--all-gpus")[0])
        built = len(case.built())
        image = os.path.getsize(case.path(case.image.format(case.kernels[0]))) / (1 << 20)
        second = [cpu_s(case, "setup") for _ in range(TIMES)]
        print(f"setup, {built} images of {image:.0f} MiB: {min(first):.2f} s of CPU besides building "
              f"them (1 wanted at most)")
        print(f"a second setup: {min(s for s, _ in second):.2f} s, changed: "
              f"{any(r['changed'] for _, r in second)}, {len(case.built()) - built} images built "
              "(none wanted)")


if __name__ == "__main__":
    main()
