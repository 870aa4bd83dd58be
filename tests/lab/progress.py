# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person sees of a program that takes minutes: its steps as they are done, what held."""

import contextlib
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

WIDTH = 99
results = []            # of what was expected to hold


def say(text=""):
    print("\n".join(line if len(line) <= WIDTH else line[:WIDTH - 1] + "…"
                    for line in text.splitlines()) if text else "", flush=True)


def heading(text):
    say(f"\n{text}")


def held(value, what):
    """One line of the result; what does not hold makes the demo fail."""
    say(f"   {'yes' if value else 'NO '}  {what}")
    results.append(bool(value))


@contextlib.contextmanager
def quiet(log):
    """What the programs behind a step have to say goes to a file, not between our lines."""
    kept = os.dup(2)
    os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def step(what, *functions):
    """Does what may take time, the functions side by side; returns their results."""
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as log, ThreadPoolExecutor() as pool, quiet(log):
        print(f"   {what} ...", end="", flush=True)
        jobs = [pool.submit(f) for f in functions]
        while not all(job.done() for job in jobs):
            time.sleep(0.2)
            if sys.stdout.isatty():
                print(f"\r   {what} ... {time.monotonic() - start:.0f} s", end="", flush=True)
        if any(job.exception() for job in jobs):
            log.seek(0)
            print(f"\n{log.read()[-2000:]}")
    again = f"\r   {what} ..." if sys.stdout.isatty() else ""
    print(f"{again} {time.monotonic() - start:.0f} s", flush=True)
    return [job.result() for job in jobs]
