# SPDX-License-Identifier: GPL-2.0-or-later
"""
Hold the product's C files against LAYERS: who includes whom, where prototypes stand, whether a
function is called, and who makes exit codes.

    python3 -m tests.layers          the checks
    python3 -m tests.layers rooms    each room, its files, and which rooms it includes now

A call needs a prototype, a prototype stands in its own module's header, and so includes tell of
calls, too.
"""

import collections
import functools
import os
import re
import subprocess
import sys

FILES_MAX = 22
COMMENT = re.compile(r"/\*.*?\*/", re.S)
INCLUDE = re.compile(r'^#include "(.+)"$', re.M)
# "int f(...)" at the start of a line up to its body, or to its semicolon.
DEFINED = re.compile(r"^(?!static\b)[a-z_][^\n;{}()=]*?\b(\w+)\([^;{}]*\)\n\{$", re.M)
DECLARED = re.compile(r"^(?!static\b|typedef\b)[a-z_][^\n;{}()=]*?\b(\w+)\([^;{}]*;", re.M)

FUNCTION = re.compile(r"^(?P<head>[a-z_][^\n;{}()=]*?)\b(?P<name>\w+)\((?P<arguments>[^;{}]*)\)\n"
                      r"\{$(?P<body>.*?)^\}$", re.M | re.S)


@functools.cache
def text(path):
    with open(path, encoding="utf-8") as file:
        return COMMENT.sub("", file.read())


@functools.cache
def sources():
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "helper", "boot",
                          "grub", "nova", "ctl"], capture_output=True, text=True, check=True).stdout
    return [f for f in out.split("\n") if f.endswith((".c", ".h")) and os.path.exists(f)]


@functools.cache
def layers():
    """(rooms from the bottom up: {path: what it may include}, exceptions: {(unit, unit)})"""
    rooms, exceptions = {}, set()
    with open("LAYERS", encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            path, may, _ = (part.strip() for part in line.split("|"))
            if path.startswith("except "):
                exceptions.add((path.removeprefix("except "), may))
            else:
                rooms[path] = may.split()
    return rooms, exceptions


def room(path):
    """A room is a folder, or one file."""
    return path if path in layers()[0] else os.path.dirname(path)


def unit(path):
    return os.path.splitext(path)[0]


def includes(path):
    return [g for g in INCLUDE.findall(text(path)) if g in sources()]


def check_rooms():
    """Each file is in a room, each room has files, and not too many."""
    count = collections.Counter(room(f) for f in sources())
    rooms = layers()[0]
    return [f"{f}: LAYERS has no such room" for f in sources() if room(f) not in rooms] + \
        [f"{r}: nothing is in this room" for r in rooms if not count[r]] + \
        [f"{r}: {n} files, {FILES_MAX} at most" for r, n in count.items() if n > FILES_MAX]


def check_order():
    """LAYERS goes from the bottom up: a room includes those above its line."""
    found, seen = [], []
    for path, may in layers()[0].items():
        found += [f"{path}: may include {r}, which does not stand before it" for r in may
                  if r not in seen]
        seen.append(path)
    return found


def check_includes():
    """A room includes what LAYERS allows, and LAYERS allows no more than that."""
    rooms, exceptions = layers()
    used = collections.defaultdict(set)
    found = []
    for f in sources():
        for g in includes(f):
            if room(f) == room(g) or (unit(f), unit(g)) in exceptions:
                continue
            used[room(f)].add(room(g))
            if room(g) not in rooms.get(room(f), []):
                found.append(f"{f}: includes {g}, which LAYERS does not allow")
    return found + [f"{r}: LAYERS allows {other}, and nothing needs it"
                    for r, may in rooms.items() for other in may if other not in used[r]]


def circles(arrows):
    """The sets of units that reach each other."""
    number, low, stack, found = {}, {}, [], []

    def visit(v):
        number[v] = low[v] = len(number)
        stack.append(v)
        for w in sorted(arrows[v]):
            if w not in number:
                visit(w)
            if w in stack:
                low[v] = min(low[v], low[w])
        if low[v] == number[v]:
            i = stack.index(v)
            found.append(stack[i:])
            del stack[i:]

    sys.setrecursionlimit(10000)
    for v in sorted(arrows):
        if v not in number:
            visit(v)
    return [c for c in found if len(c) > 1]


def check_circles():
    """No two modules, a .c file and its header, need each other, be it through a third."""
    arrows = {unit(f): set() for f in sources()}
    for f in sources():
        arrows[unit(f)] |= {unit(g) for g in includes(f) if unit(g) != unit(f)
                            and (unit(f), unit(g)) not in layers()[1]}
    return [f"a circle: {' '.join(sorted(c))}" for c in circles(arrows)]


def check_prototypes():
    """A function is declared in the header of the file that has its body."""
    where = {name: f for f in sources() if f.endswith(".c") for name in DEFINED.findall(text(f))}
    if len(where) < 300:
        return ["found few functions: the check is blind"]
    return [f"{f}: declares {name}(), which {where[name]} has" for f in sources()
            if f.endswith(".h") for name in DECLARED.findall(text(f))
            if name in where and unit(where[name]) != unit(f)]


def check_used():
    """A function that others may call is called, and not by tests alone."""
    words = collections.Counter(word for f in sources() for word in re.findall(r"\w+", text(f)))
    known = collections.Counter(name for f in sources()
                                for name in DEFINED.findall(text(f)) + DECLARED.findall(text(f)))
    return [f"{name}(): nothing calls it" for name, n in known.items()
            if words[name] <= n and name != "main"]


def check_private():
    """A .c file declares nothing of another by hand."""
    return [f"{f}: extern {m}" for f in sources() if f.endswith(".c")
            for m in re.findall(r"^extern .*", text(f), re.M)]


def is_door(path, head, arguments):
    """main(), a verb or an action of one; of a problem's kind the code is made in one place."""
    return path.startswith("ctl/verbs/") or path.endswith("/main.c") or \
        ("enum exit_code" in head and re.fullmatch(r"const struct invocation \*\w+", arguments)) or \
        path == "ctl/change/report.c"


def check_exit_codes():
    """Exit codes are made at the door: inside, results are values or a negative errno."""
    return [f"{f}: {m['name']}() makes an exit code" for f in sources() if f.endswith(".c")
            for m in FUNCTION.finditer(text(f)) if "EXIT_CODE_" in m["body"]
            and not is_door(f, m["head"], " ".join(m["arguments"].split()))]


def tell_rooms():
    for r in layers()[0]:
        mine = [f for f in sources() if room(f) == r]
        lower = {room(g) for f in mine for g in includes(f)} - {r}
        print(f"{r} ({len(mine)} files): {' '.join(x for x in layers()[0] if x in lower)}")


def main():
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if sys.argv[1:] == ["rooms"]:
        tell_rooms()
        return
    checks = [(n[6:], f) for n, f in globals().items() if n.startswith("check_")]
    failed = 0
    for name, check in checks:
        found = check()
        print(f"{'not ok' if found else 'ok'} - {name}", *found, sep="\n  ")
        failed += bool(found)
    print(f"{len(checks) - failed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
