# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab: real kernels in QEMU, with emulated GPUs that log who touched them.

    @lab.test
    def two_cards():
        script = "mark 1; modprobe nouveau; mark 2; facts"
        with lab.Machine(cards=["gtx1050", "gtx1050"], script=script) as m:
            m.finish()                              # until the guest has ended
        lab.equal(m.devices()["0000:01:00.0"].driver, "-", "driver")
        lab.check(m.cards[0].bar_accesses(since=1, until=2), "nobody read its BARs")

    if __name__ == "__main__":
        lab.main()

A card is a file of cards/: "gtx1050", "gtx1050+flr", or Card("gtx1050", place="bridge"). Cards on ports
have the addresses 0000:01:00, 0000:02:00 and so on, in the order given. Each has a `log`,
a list of Access(number, function, kind, text); kinds: cfg-read, cfg-write, bar-read,
bar-write, reset (power-on, device, flr), mark, fault, connect, disconnect, irq, dma-read,
dma-write, msi. Machine's fields are in machine.py, the words of a guest's script (mark,
facts, run, begin, ask, wait_for) in guest/lib.sh. What a script prints comes over ttyS1
into `lines`; what the kernel prints on ttyS0 is console(). `ask NAME` in a script calls
asks[NAME](machine) here and prints what that returns.

A test passes by returning, fails by raising, is skipped by raising Skip. One boot may hold
many cases: each `with lab.case(NAME):` in a test is counted, and may fail, by itself. Names
or parts of names on the command line select tests; -j N runs N machines at a time.
"""

import argparse
import contextlib
import shutil
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from tests.lab.emulated import Access, Card
from tests.lab.machine import Device, Machine, acceleration, qemu
from tests.lib import suite
from tests.lib.checks import Failure, Skip, check, equal

__all__ = ["Access", "Card", "Device", "Failure", "Machine", "Skip", "acceleration", "case",
           "check", "equal", "main", "qemu", "test"]

_tests = []
_print_lock = threading.Lock()
_running = threading.local()    # .name of the test; .results of its cases


def test(function):
    """Registers a test under its function's name."""
    _tests.append(function)
    return function


def _say(line):
    with _print_lock:
        print(line, flush=True)


def _why(error):
    """One line: what went wrong and, unless a check said so, where."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, (Failure, Skip)):
        return text
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {text} ({frame.name}, line {frame.lineno})"


@contextlib.contextmanager
def case(name):
    """One case of the test that runs: an exception in it ends the case, not the test."""
    try:
        yield
    except Exception as e:      # pylint: disable=broad-except  # of a test: any
        _tell("skipped" if isinstance(e, Skip) else "failed", f"{_running.name}: {name}", e)
    else:
        _tell("passed", f"{_running.name}: {name}")


def _tell(result, name, error=None):
    _running.results.append(result)
    if result == "failed":
        kept = " ".join(map(str, Machine.folders.mine))
        _say(f"not ok - {name}: {_why(error)} [{kept}]")
    else:
        _say(f"ok - {name}" + (f" # SKIP {_why(error)}" if error else ""))


def _run(function):
    """The results of a test: its own, unless it is nothing but its cases."""
    name, start = function.__name__, time.monotonic()
    Machine.folders.mine = []
    _running.name, _running.results = name, []
    try:
        function()
    except Skip as e:
        _tell("skipped", name, e)
    except Exception as e:      # pylint: disable=broad-except  # of a test: any
        _tell("failed", name, e)
    else:
        if not _running.results:
            _tell("passed", name)
    _say(f"# {name}: {(time.monotonic() - start) / 60:.1f} minutes")
    if "failed" not in _running.results:
        for folder in Machine.folders.mine:
            shutil.rmtree(folder)
    return _running.results


def main():
    """Runs the tests of a program that imports this module, and exits."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="tests to run, or parts of their names")
    parser.add_argument("-j", type=int, default=suite.workers(), help="machines at a time")
    parser.add_argument("-l", action="store_true", help="list the tests")
    options = parser.parse_args()
    chosen = [t for t in _tests
              if not options.names or any(n in t.__name__ for n in options.names)]
    if options.l or not chosen:
        print("\n".join(t.__name__ for t in chosen))
        sys.exit(0 if chosen else 2)
    start = time.monotonic()
    acceleration()
    with ThreadPoolExecutor(options.j) as pool:
        results = [r for of_test in pool.map(_run, chosen) for r in of_test]
    counts = [f"{results.count(r)} {r}" for r in ("passed", "failed", "skipped")]
    _say(f"{', '.join(counts)}, {(time.monotonic() - start) / 60:.1f} minutes")
    sys.exit(1 if "failed" in results else 0)
