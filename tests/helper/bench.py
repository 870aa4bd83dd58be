# SPDX-License-Identifier: GPL-2.0-or-later
"""What the helper costs: counts, and ratios against driverctl in the same run. Asserts nothing.

Needs root: driverctl has no --root and valgrind no openat2(2), so that both programs find a
fixture's sysfs bind-mounted over /sys in a private mount namespace.
"""

import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

from tests.fixtures.expand import expand
from tests.lib import programs, suite
from tests.lib.programs import FIXTURES

HELPER = programs.helper(sanitized=False)
DRY_RUN = f"{HELPER} --dry-run boot"
RUNS = 11
GPUS = 8


def machine(folder, functions, gpus, driver=""):
    """A tree with so many functions, of which 2 * gpus are GTX 1050 with their audio, and have a driver."""
    has = f" driver={driver}" if driver else ""
    lines = [f"include {FIXTURES}/linux.tree", "iommu intel", "driver vfio-pci"]
    for i in range(gpus):
        for n, (ids, cls) in enumerate((("10de:1c81", "030200"), ("10de:0fb9", "040300"))):
            lines.append(f"pci 0000:{i + 1:02x}:00.{n} {ids} class={cls} group={i}{has}")
    for i in range(functions - 2 * gpus):
        lines.append(f"pci {1 + i // 8192:04x}:{i // 256 % 256:02x}:{i // 8 % 32:02x}.{i % 8} "
                     f"8086:1521 class=020000 group={1000 + i}")
    tree = os.path.join(folder, "machine.tree")
    with open(tree, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    root = os.path.join(folder, "root")
    os.mkdir(root)
    expand(tree, root)
    for i in range(gpus):
        for name, total in ("correctable", "COR"), ("nonfatal", "NONFATAL"), ("fatal", "FATAL"):
            with open(os.path.join(root, f"sys/bus/pci/devices/0000:{i + 1:02x}:00.0/aer_dev_{name}"),
                      "w", encoding="utf-8") as out:
                out.write(f"RxErr 0\nBadTLP 0\nTOTAL_ERR_{total} 0\n")
    os.makedirs(os.path.join(root, "run/gpuclaim"))
    with open(os.path.join(root, "run/gpuclaim/gpuclaim.conf"), "w", encoding="utf-8") as out:
        out.write("claim 10de:1c81\n")
    return root


def inside(root, command):
    """The command line that runs a shell command on the tree's /sys and /run."""
    return ["unshare", "-m", "sh", "-c",
            f"mount --bind {root}/sys /sys && mount --bind {root}/run /run && {command}"]


def traced(root, command, *options):
    """strace's own report of a command alone, not of the namespace around it."""
    with tempfile.NamedTemporaryFile("r", dir=root) as log:
        subprocess.run(inside(root, f"exec strace -f {' '.join(options)} -o {log.name} {command}"),
                       check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return log.read()


def syscalls(root, command=DRY_RUN):
    """How many one run makes."""
    rows = re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$",
                      traced(root, command, "-c"), re.M)
    return sum(int(n) for n, name in rows if name != "total")


def instructions(root, command=DRY_RUN):
    """Instructions of one run, counted by callgrind: without those of the kernel."""
    out = subprocess.run(inside(root, "exec valgrind --tool=callgrind --callgrind-out-file="
                                f"{root}/callgrind {command}"), check=True, capture_output=True,
                         text=True).stderr
    return int(re.search(r"Collected : (\d+)", out).group(1))


def instructions_with_children(root, command):
    """The same of a command and all that it starts; a child's begin at its fork."""
    with tempfile.TemporaryDirectory(dir=root) as folder:
        subprocess.run(inside(root, "exec valgrind --tool=callgrind --trace-children=yes --dump-before=fork "
                                    f"--dump-before=_Fork --callgrind-out-file={folder}/%p {command}"),
                       check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        texts = [entry.read_text(errors="replace") for entry in pathlib.Path(folder).iterdir()]
        return sum(int(n) for text in texts for n in re.findall(r"(?m)^totals: (\d+)", text))


def peak_kib(root):
    return int(subprocess.run(inside(root, f"exec /usr/bin/time -f %M {DRY_RUN}"), check=True,
                              capture_output=True, text=True).stderr)


def median_ms(root, command):
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(inside(root, command), check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def processes(root, command):
    """Process images a command is made of: its own, and those it executes."""
    return len(re.findall(r"execve\(.*= 0$", traced(root, command, "-e", "trace=execve"), re.M))


def bench_size():
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["strip", "-o", out.name, HELPER], check=True)
        print(f"stripped size                {os.path.getsize(out.name) / 1024:8.1f} KiB"
              "   (120 wanted at most)")


def bench_growth():
    rows = []
    for functions in (256, 1024, 4096):
        with tempfile.TemporaryDirectory() as folder:
            root = machine(folder, functions, GPUS)
            rows.append((functions, syscalls(root), instructions(root), peak_kib(root)))
    for functions, calls, count, peak in rows:
        print(f"{functions:5} functions: {calls:6} system calls, {count / 1e6:7.2f} M instructions,"
              f" peak {peak} KiB")
    (f0, c0, i0, _), (f1, c1, i1, _) = rows[0], rows[-1]
    print(f"a function that does not match: {(c1 - c0) / (f1 - f0):.2f} system calls (3 wanted at "
          f"most), {(i1 - i0) / (f1 - f0):.0f} instructions")
    slope = (rows[1][2] - i0) / (rows[1][0] - f0)
    print(f"instructions a function, 1024 to 4096 against 256 to 1024:"
          f" {(i1 - rows[1][2]) / (f1 - rows[1][0]) / slope:.2f} (1 is linear)")


def bench_pass():
    """The first in a boot, where vfio-pci has the GPUs."""
    for functions in (1, 512, 4096):
        gpus = 16 if functions > 1 else 0
        counts = []
        for counted in syscalls, instructions:
            with tempfile.TemporaryDirectory() as folder:
                counts.append(counted(machine(folder, functions, gpus, "vfio-pci"), f"{HELPER} boot"))
        print(f"gpuclaim boot, {functions} functions, {gpus} GPUs: {counts[0]} system calls, "
              f"{counts[1]} instructions")


def bench_peer():
    with tempfile.TemporaryDirectory() as folder:
        root = machine(folder, 64, GPUS)
        addresses = [f"0000:{i + 1:02x}:00.{n}" for i in range(GPUS) for n in (0, 1)]
        os.symlink("/bin/true", os.path.join(root, "run/modprobe"))
        peer = os.path.join(root, "run/peer")
        with open(peer, "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\nexport PATH=/run:$PATH\n"
                      "mount -t tmpfs none /etc/driverctl.d\n")
            out.writelines(f"echo vfio-pci >/etc/driverctl.d/pci-{a}\n"
                           f"driverctl load-override {a}\n" for a in addresses)
        os.chmod(peer, 0o755)
        boot = HELPER + " boot"
        ours, theirs = median_ms(root, boot + " || :"), median_ms(root, "/run/peer || :")
        empty = median_ms(root, ":")
        print(f"{len(addresses)} functions of {GPUS} GPUs, median of {RUNS}:"
              f" gpuclaim boot {ours - empty:.2f} ms, {processes(root, boot)} process;"
              f" driverctl load-override {theirs - empty:.1f} ms, {processes(root, '/run/peer')} processes;"
              f" ratio {(theirs - empty) / (ours - empty):.0f}")
        ours, theirs = (instructions_with_children(root, c) for c in (boot, "/run/peer"))
        print(f"instructions: {ours / 1e6:.2f} M; {theirs / 1e6:.1f} M; ratio {theirs / ours:.0f}")
        print("(on files: the kernel's part, which is the same for both, is not in it)")


def main():
    suite.in_memory()    # the order in which a folder tells its files is part of what is counted
    bench_size()
    bench_growth()
    bench_pass()
    bench_peer()


if __name__ == "__main__":
    main()
