# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules of the tests that run nothing by themselves, and the suites that run them."""

import ast
import functools
import glob
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHOWN_MAX = 6


@functools.cache
def source(module):
    """Its text; "" if there is no such module."""
    path = os.path.join(TOP, module.replace(".", "/"))
    for file in filter(os.path.exists, (f"{path}.py", f"{path}/__main__.py")):
        with open(file, encoding="utf-8") as text:
            return text.read()
    return ""


def runs(module):
    """Does it run something when it is called by its name?"""
    return "__name__ ==" in source(module)


def imports(module):
    """The modules of the tests that it imports."""
    for node in ast.walk(ast.parse(source(module))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests"):
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


@functools.cache
def importers():
    """{module: those that import it}"""
    found = {}
    for path in glob.glob(f"{TOP}/tests/**/*.py", recursive=True):
        module = os.path.relpath(path, TOP).removesuffix(".py").removesuffix("/__main__").replace("/", ".")
        for imported in imports(module):
            found.setdefault(imported, set()).add(module)
    return found


def suites_of(module):
    """The suites that run a module's tests: the nearest that import it, be it through others."""
    near, seen = {module}, {module}
    while near:
        found = sorted(m for m in near if runs(m))
        if found:
            return found
        near = set().union(*(importers().get(m, set()) for m in near)) - seen
        seen |= near
    return []


def refuse_to_run_nothing(words):
    """`python3 -m tests.ctl.completion` would test nothing, and end with exit code 0."""
    module = words[words.index("-m") + 1] if sys.argv[:1] == ["-m"] and "-m" in words else ""
    if module.startswith("tests.") and source(module) and not runs(module):
        suites = [f"python3 -m {suite}" for suite in suites_of(module)]
        rest = [f"and {len(suites) - SHOWN_MAX} more"] if len(suites) > SHOWN_MAX else []
        sys.exit("\n  ".join([f"{module} runs nothing by itself; who uses it:",
                              *(suites[:SHOWN_MAX] or ["a suite that starts it as a program"]), *rest]))
