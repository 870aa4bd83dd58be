# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs that are tested: where they are, and how they are run."""

import itertools
import os
import subprocess

from tests.lib import suite

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = os.path.join(TOP, "tests/fixtures")


def built(name, sanitized=True):
    """A program that was built: sanitized, unless that is not there or out of date."""
    plain, other = (os.path.join(TOP, folder, name) for folder in ("build", "build-san"))
    if sanitized and os.path.exists(other) and os.path.getmtime(other) >= os.path.getmtime(plain):
        return other
    return plain


def helper(sanitized=True):
    """gpuclaim, or what GPUCLAIM names."""
    return os.path.abspath(os.environ.get("GPUCLAIM", built("gpuclaim", sanitized)))


def companion(sanitized=True):
    """gpuclaimctl, or what GPUCLAIMCTL names. A sanitizer's runtime wants to be the first library:
    tests that need that place take the program that is shipped."""
    return os.path.abspath(os.environ.get("GPUCLAIMCTL", built("gpuclaimctl", sanitized)))


# A sanitized program takes six times as long to begin, and longer to look for leaks than to run: of so
# many runs of it one is of it, and the others of the one that is shipped; and of those one looks.
SANITIZED = 1 if suite.full() else 4
LEAKS = 1 if suite.full() else 4
_count = itertools.count(suite.seed())


def run(*argv, timeout=60, env=None, **more):
    """What a program prints, and how it ends. It has nothing to read."""
    turn = next(_count)
    leaks = {"ASAN_OPTIONS": f"detect_leaks={int(turn // SANITIZED % LEAKS == 0)}"}
    sanitized = os.path.join(TOP, "build-san/")
    if argv[0].startswith(sanitized) and turn % SANITIZED:
        argv = [os.path.join(TOP, "build", argv[0].removeprefix(sanitized)), *argv[1:]]
    return subprocess.run(argv, stdin=subprocess.DEVNULL, timeout=timeout, check=False,
                          env=leaks | dict(env or os.environ),
                          **{"capture_output": True, "text": True} | more)


def call(*argv, **more):
    """The same, both its outputs in one."""
    return subprocess.run([str(a) for a in argv], **{
        "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT,
        "text": True, "check": False} | more)


def preload(source, folder):
    """A library to be loaded into a program, made of one C file of the tests."""
    path = os.path.join(folder, os.path.basename(source).removesuffix(".c") + ".so")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", path,
                    os.path.join(TOP, "tests", source)], check=True)
    return path


def nth(folder):
    """tests/faults/nth.c, which runs a program and plays the kernel for it."""
    path = os.path.join(folder, "nth")
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-D_GNU_SOURCE", "-o", path,
                    os.path.join(TOP, "tests/faults/nth.c")], check=True)
    return path
