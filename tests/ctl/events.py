# SPDX-License-Identifier: GPL-2.0-or-later
"""`status --wait` sleeps until udev tells of a change, and looks again then.

Run by options.py, the program below itself in namespaces of its own: no udevd sends anything there but
this test, and /etc and /run are its own.

    events.py PROGRAM FOLDER
"""

import os
import socket
import struct
import subprocess
import sys
import time

NETLINK_KOBJECT_UEVENT = 15
POLL = 7            # the number of this system call on x86-64
UDEV_GROUP = 2
MAGIC = 0xfeedcafe
WAIT_S = 600        # far longer than the test may take
CLAIM = "claim 10de:1c81 address=ffff:1f:1f.7\n"       # no such device: it is waited for
WRONG = "claim\n"                                      # an error is final


def murmur(data):
    """MurmurHash2, by which libudev's filters know a subsystem."""
    m, mask = 0x5bd1e995, 0xffffffff
    h = len(data)
    whole = len(data) & ~3
    for (k,) in struct.iter_unpack("<I", data[:whole]):
        k = k * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def event(subsystem):
    """A message as udevd sends it (src/libsystemd/sd-device/device-monitor.c)."""
    properties = {"ACTION": "change", "DEVPATH": f"/devices/{subsystem}", "SUBSYSTEM": subsystem,
                  "SEQNUM": "1"}
    data = b"".join(f"{k}={v}".encode() + b"\0" for k, v in properties.items())
    head = struct.pack("=8sIIII", b"libudev\0", socket.htonl(MAGIC), 40, 40, len(data))
    head += struct.pack("=IIII", socket.htonl(murmur(subsystem.encode())), 0, 0, 0)
    return head + data


def send(subsystem):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_KOBJECT_UEVENT) as s:
        s.bind((0, 0))
        s.sendto(event(subsystem), (0, UDEV_GROUP))


def sleeps_ms(process):
    """For how long it sleeps in poll(), which no other answer comes from; blocks until it does."""
    while process.poll() is None:
        with open(f"/proc/{process.pid}/syscall", encoding="ascii") as file:
            words = file.read().split()
        if words[0] == str(POLL):
            return int(words[3], 16)
        time.sleep(0.01)
    return 0


def write(text):
    with open("/etc/gpuclaim/gpuclaim.conf", "w", encoding="ascii") as file:
        file.write(text)


def inside(program):
    os.makedirs("/etc/gpuclaim", exist_ok=True)
    write(CLAIM)
    with subprocess.Popen([program, "status", "--quiet", "--wait", str(WAIT_S)]) as process:
        asleep = sleeps_ms(process)
        assert WAIT_S * 900 < asleep <= WAIT_S * 1000, f"it sleeps for {asleep} ms"
        write(WRONG)
        send("pci")
        try:
            code = process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert code == 3, code
    print("ok")


def check(program, folder):
    """Returns what is wrong, if anything; only root on x86-64 can tell."""
    if os.geteuid() != 0 or os.uname().machine != "x86_64":
        return []
    layers = os.path.join(folder, "events")
    os.mkdir(layers)
    script = ('mount -t tmpfs tmpfs "$1" && mkdir "$1/upper" "$1/work" && '
              'mount -t overlay overlay /etc -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" && '
              'mount -t tmpfs tmpfs /run && exec "$2" "$3" "$4"')
    result = subprocess.run(["unshare", "--mount", "--net", "sh", "-c", script, "sh", layers,
                             sys.executable, os.path.abspath(__file__), os.path.abspath(program)],
                            capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=300,
                            check=False)
    return [] if result.stdout == "ok\n" else [str(result)]


if __name__ == "__main__":
    inside(sys.argv[1])
