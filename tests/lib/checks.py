# SPDX-License-Identifier: GPL-2.0-or-later
"""What a test says about what it found."""


class Skip(Exception):
    """Raised by a test that can't run here; the argument says why."""


class Failure(AssertionError):
    """Something is not as the test expects."""


def check(value, why):
    if not value:
        raise Failure(why)


def equal(found, wanted, what="value"):
    if found != wanted:
        raise Failure(f"{what} is {found!r}, not {wanted!r}")
