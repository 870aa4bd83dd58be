# SPDX-License-Identifier: GPL-2.0-or-later
"""How a suite runs its tests, counts them and ends: check.py adds up the last lines."""

import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

# Started in the background, or by nohup, the tests are told to ignore these, and so is what they start:
# the programs that are tested must not be.
for _signal in signal.SIGINT, signal.SIGHUP:
    if signal.getsignal(_signal) == signal.SIG_IGN:
        signal.signal(_signal, lambda *_: None)


def full():
    """Is the whole of each matrix wanted?"""
    return bool(os.environ.get("GPUCLAIM_FULL"))


def seed():
    """Which part of what is too much for each run is run now: GPUCLAIM_SEED, a number."""
    return int(os.environ.get("GPUCLAIM_SEED", "0"))


def quick():
    """Is this a run that a developer waits for: `make check-fast`?"""
    return bool(os.environ.get("GPUCLAIM_QUICK"))


def some(tests, share=5):
    """Of tests that take long all of them, but in a quick run one in so many, from the seed on."""
    tests = list(tests)
    return tests[seed() % min(share, len(tests))::share] if quick() and tests else tests


def workers():
    """How many tests of a suite may run at a time: check.py runs several suites, each with one."""
    return int(os.environ.get("GPUCLAIM_WORKERS", "2"))


def end(passed, failed, skipped=0, note=""):
    """The last line, and the exit code. Who tested nothing has not passed."""
    print(f"{passed} passed, {failed} failed, {skipped} skipped{note}", flush=True)
    sys.exit(1 if failed or not passed + skipped else 0)


def skip(why):
    """Ends a suite that can't run here."""
    print(f"skipped: {why}")
    end(0, 0, 1)


def may_mount():
    """Only root, and with mount namespaces, can run a tree's programs."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], check=False,
                                                capture_output=True).returncode == 0


def need_mounts(why="only root, and with mount namespaces, can run a tree's programs"):
    if not may_mount():
        skip(why)


def own_mounts():
    """Starts the suite again where its mounts are its own."""
    if "GPUCLAIM_NAMESPACE" not in os.environ:
        os.environ["GPUCLAIM_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.orig_argv[1:]])


def in_memory():
    """Where each of thousands of effects is synced, the trees are in memory."""
    if os.access("/dev/shm", os.W_OK):
        tempfile.tempdir = "/dev/shm"


def tests_of(module):
    """(name, function) of its functions test_..., in their order; module: its globals()."""
    return [(name[5:], function) for name, function in module.items() if name.startswith("test_")]


def listed(names):
    """`-l` alone: the names are told, and nothing is run."""
    if sys.argv[1:] == ["-l"]:
        print(*dict.fromkeys(names), sep="\n")
        sys.exit()


def chosen(tests):
    """Those whose name has one of the command line's words as a part; without words all."""
    listed(test[0] for test in tests)
    return [test for test in tests
            if not sys.argv[1:] or any(word in test[0] for word in sys.argv[1:])]


def attempt(name, function, *arguments):
    """Whether a test passes, which it does by returning; told, too."""
    try:
        function(*arguments)
    except Exception as error:      # pylint: disable=broad-except  # of a test: any
        print(f"not ok - {name}: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"ok - {name}", flush=True)
    return True


def spread(tests, variants, on_each=()):
    """(name with variant, function, variant): a full run has each test on each of the variants.
    Otherwise each test but those named in @on_each has one of them, in turn, from the seed on."""
    return [(f"{name}, {variant}", function, variant)
            for i, (name, function) in enumerate(tests)
            for variant in (variants if full() or name in on_each
                            else [variants[(i + seed()) % len(variants)]])]


def in_folder(function):
    """The same test, with a folder of its own for its argument."""
    def call():
        with tempfile.TemporaryDirectory() as folder:
            function(folder)
    return call


def run(tests, workers=1):
    """Runs (name, function, argument...) and returns (passed, failed)."""
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda test: attempt(*test), tests))
    return sum(results), len(results) - sum(results)


def tell(title, complaints):
    """Returns (passed, failed) of one test that collects what is wrong."""
    if complaints:
        print(f"not ok - {title}", *complaints[:20], sep="\n  ", flush=True)
    return int(not complaints), int(bool(complaints))


def add(results):
    """The sum of what the parts of a suite counted."""
    return [sum(counts) for counts in zip(*results)] or [0, 0]
