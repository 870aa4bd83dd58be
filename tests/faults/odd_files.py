# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree below --root is anybody's: FIFOs, sockets and device nodes in the place of its files."""

import os
import socket
import stat
import subprocess

from tests.lib.trees import copy

TIMEOUT_S = 20
GPU = "0000:01:00.0"
# What opens most of a tree's files; those that change it are tried last.
COMMANDS = [("gpuclaim", "--dry-run", "boot"), ("gpuclaimctl", "scan"), ("gpuclaimctl", "status"),
            ("gpuclaimctl", "dump"), ("gpuclaimctl", "kargs", "show"), ("gpuclaimctl", "nova", "show"),
            ("gpuclaimctl", "nova", "verify"), ("gpuclaimctl", "claim", GPU, "--dry-run"),
            ("gpuclaimctl", "setup", "--all-gpus", "--dry-run"), ("gpuclaim", "udev", GPU),
            ("gpuclaimctl", "status", "--prometheus"), ("gpuclaimctl", "scan", "--json"),
            ("gpuclaimctl", "nova", "show", "--for", "controller"),
            ("gpuclaimctl", "kargs", "apply", "--dry-run"), ("gpuclaimctl", "undo", "--dry-run"),
            ("gpuclaimctl", "commit", "--no-exec"), ("gpuclaimctl", "kargs", "revert", "--no-exec"),
            ("gpuclaim", "boot"), ("gpuclaimctl", "release", GPU), ("gpuclaimctl", "claim", GPU),
            ("gpuclaimctl", "nova", "refresh"), ("gpuclaimctl", "nova", "revert"),
            ("gpuclaimctl", "nova", "apply")]


def command_line(lab, command, root):
    program = lab.helper if command[0] == "gpuclaim" else lab.companion
    if command[0] == "gpuclaim":
        return [program, "--root", root, *command[1:]]
    return [program, *command[1:], "--root", root]


def fresh(lab, pattern, top):
    root = os.path.join(top, "root")
    copy(pattern, root)
    return root


def list_opened(lab, pattern, top):
    """Each path that is opened, below the root and links resolved: the commands that do it; and
    those that are opened to write."""
    found, written = {}, set()
    for command in COMMANDS:
        root = fresh(lab, pattern, top)
        log = os.path.join(top, "log")
        open(log, "w", encoding="ascii").close()
        lab.run(command_line(lab, command, root), FAULT_LOG=log)
        with open(log, encoding="utf-8") as f:
            opened = {line.rstrip("\n") for line in f}
        for path in opened:
            real = os.path.realpath(os.path.join(root, path.removeprefix("w ").lstrip("/")))
            if not real.startswith(root + "/") or os.path.isdir(real):
                continue
            found.setdefault(os.path.relpath(real, root), {})[command] = True
            if path.startswith("w "):
                written.add(os.path.relpath(real, root))
    return found, written


def some(commands):
    """One of each program, and the last: what changes a tree."""
    helper = [c for c in commands if c[0] == "gpuclaim"]
    companion = [c for c in commands if c[0] != "gpuclaim"]
    return list(dict.fromkeys([*helper[:1], *helper[-1:], *companion[:1], *companion[-1:]]))


def put(path, kind):
    """Returns a descriptor that sees what is written, or None; False if it may not be made."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    if kind == "FIFO":
        os.mkfifo(path)
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            folder = os.open(os.path.dirname(path), os.O_PATH)      # a path has 107 bytes there
            server.bind(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
            os.close(folder)
        return None
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))
    except PermissionError:
        return False
    return None


def is_written(fd):
    try:
        return bool(os.read(fd, 1))
    except BlockingIOError:
        return True     # somebody has it open to write, still


def check_path(lab, path, kind, commands, pattern, top):
    """Complaints."""
    root = fresh(lab, pattern, top)
    place = os.path.join(root, path)
    reader = put(place, kind)
    if reader is False:
        return None
    found = []
    for command in commands:
        try:
            result = lab.run(command_line(lab, command, root), timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            found.append(f"{' '.join(command)}: hangs at {path}, a {kind}")
            continue
        if result.returncode < 0:
            found.append(f"{' '.join(command)}: ends by signal {-result.returncode} at {path}, "
                         f"a {kind}")
        if reader is not None and is_written(reader):
            found.append(f"{' '.join(command)}: writes to {path}, a {kind}")
    if reader is not None:
        os.close(reader)
    return found


def run(lab, top):
    """(name, complaints) of each check; complaints None: it could not be made."""
    pattern = os.path.join(top, "pattern")
    lab.build("nova-node", pattern)
    opened, written = list_opened(lab, pattern, top)
    yield "enough paths are opened", [] if len(opened) > 80 else [f"only {len(opened)}"]
    yield "some are to write", [] if len(written) > 2 else [f"only {len(written)}"]
    for path, commands in sorted(opened.items()):
        yield f"{path}, a FIFO", check_path(lab, path, "FIFO", some(commands), pattern, top)
    for path, commands in sorted(opened.items()):
        yield f"{path}, a socket", check_path(lab, path, "socket", list(commands)[-1:], pattern, top)
    for path in sorted(written):
        yield f"{path}, a device", check_path(lab, path, "device", some(opened[path]), pattern, top)
