# SPDX-License-Identifier: GPL-2.0-or-later
"""
Hold the product's C files against LAYERS: who includes and calls whom, what is pure, where prototypes
stand, whether a function is called, and who makes exit codes.

    python3 -m tests.layers          the checks; `make` first: build/ tells of calls
    python3 -m tests.layers rooms    each room, its files, and which rooms it includes or calls now

A file calls another when its object needs a name, a function's or a table's, that the other's has.
"""

import collections
import functools
import os
import re
import subprocess
import sys

FILES_MAX = 20
PURE = re.compile(r"; pure(?:, but for ([\w, ]+))?")
# What reaches for a file, a clock, the environment or the log, whoever gives a struct root apart.
REACHES = re.compile(r"(f?open|open[a-z]*at|p?read|write|l?stat|fstat(at)?|statx|readlink(at)?|(f?d?opendir|readdir)"
                     r"|f?access(at)?|time|clock_gettime|gettimeofday|getenv|ioctl|socket|fork|exec[lv]\w*"
                     r"|(root|folder|log|library)_\w+)$")
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
    """(rooms from the bottom up: {path: what it may include and call}, exceptions: {(unit, unit)},
    pure rooms: {path: its modules that are not})"""
    rooms, exceptions, pure = {}, set(), {}
    with open("LAYERS", encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            path, may, job = (part.strip() for part in line.split("|"))
            if path.startswith("except "):
                exceptions.add((path.removeprefix("except "), may))
            else:
                rooms[path] = may.split()
                if found := PURE.search(job):
                    pure[path] = {f"{path}/{m}" for m in re.findall(r"\w+", found[1] or "")}
    return rooms, exceptions, pure


def room(path):
    """A room is a folder, or one file."""
    return path if path in layers()[0] else os.path.dirname(path)


def unit(path):
    return os.path.splitext(path)[0]


def includes(path):
    return [g for g in INCLUDE.findall(text(path)) if g in sources()]


@functools.cache
def names():
    """What the objects have and need: {file: (names it has, names it needs)}"""
    objects = {f"build/{unit(f)}.o": f for f in sources() if f.endswith(".c")}
    missing = [o for o, f in objects.items()
               if not os.path.exists(o) or os.path.getmtime(o) < os.path.getmtime(f)]
    if missing:
        sys.exit(f"not ok - {missing[0]} is not there, or older than its source: make all")
    return parse_names(subprocess.run(["nm", "-A", "-P", "-g", *objects], capture_output=True,
                                      text=True, check=True).stdout, objects)


def parse_names(lines, objects):
    """nm's lines: "OBJECT: NAME KIND", where the kind of what is needed is U."""
    found = {f: (set(), set()) for f in objects.values()}
    for line in lines.splitlines():
        path, name, kind = line.split()[:3]
        found[objects[path.rstrip(":")]][kind == "U"].add(name)
    return found


def calls_of(found):
    """[(a file, one that it calls, by which name)]"""
    where = {name: f for f, (has, _) in found.items() for name in has if name != "main"}
    return [(f, where[name], name) for f, (_, needs) in found.items() for name in sorted(needs)
            if name in where]


def told(calls):
    return [(f, g, f"needs {name} of") for f, g, name in calls]


@functools.cache
def arrows():
    """[(a file, one that it includes or calls, how)]"""
    return [(f, g, "includes") for f in sources() for g in includes(f)] + \
        told(calls_of(names()))


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


def judge_arrows(found, rooms, exceptions):
    """(what LAYERS does not allow, {room: rooms it needs})"""
    used, wrong = collections.defaultdict(set), []
    for f, g, how in found:
        if room(f) == room(g) or (unit(f), unit(g)) in exceptions:
            continue
        used[room(f)].add(room(g))
        if room(g) not in rooms.get(room(f), []):
            wrong.append(f"{f}: {how} {g}, which LAYERS does not allow")
    return wrong, used


def check_arrows():
    """A room includes and calls what LAYERS allows, and LAYERS allows no more than that."""
    rooms, exceptions, _ = layers()
    wrong, used = judge_arrows(arrows(), rooms, exceptions)
    return wrong + [f"{r}: LAYERS allows {other}, and nothing needs it"
                    for r, may in rooms.items() for other in may if other not in used[r]]


def circles(to):
    """The sets of units that reach each other."""
    number, low, stack, found = {}, {}, [], []

    def visit(v):
        number[v] = low[v] = len(number)
        stack.append(v)
        for w in sorted(to[v]):
            if w not in number:
                visit(w)
            if w in stack:
                low[v] = min(low[v], low[w])
        if low[v] == number[v]:
            i = stack.index(v)
            found.append(stack[i:])
            del stack[i:]

    sys.setrecursionlimit(10000)
    for v in sorted(to):
        if v not in number:
            visit(v)
    return [c for c in found if len(c) > 1]


def judge_circles(found, exceptions):
    to = collections.defaultdict(set)
    for f, g, _ in found:
        to[unit(g)]
        if unit(f) != unit(g) and (unit(f), unit(g)) not in exceptions:
            to[unit(f)].add(unit(g))
    return [f"a circle: {' '.join(sorted(c))}" for c in circles(to)]


def check_circles():
    """No two modules, a .c file and its header, need each other, be it through a third."""
    return judge_circles(arrows(), layers()[1])


def reaching(path):
    """What of a file's words and names reaches for more than its arguments."""
    _, needs = names().get(path, ((), ()))
    return re.findall(r"\bstruct root\b", text(path))[:1] + [n for n in sorted(needs) if REACHES.match(n)]


def check_pure():
    """What LAYERS calls pure takes no struct root, and no file, clock or log by itself."""
    pure = layers()[2]
    reach = {f: reaching(f) for f in sources() if room(f) in pure}
    return [f"{f}: needs {', '.join(found)}, and is pure" for f, found in reach.items()
            if found and unit(f) not in pure[room(f)]] + \
        [f"{m}: LAYERS says that it is not pure, and it is" for modules in pure.values() for m in modules
         if not any(found and unit(f) == m for f, found in reach.items())]


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


def check_itself():
    """The checks of calls see what they are for: here two files call each other, one of them upwards,
    and no include tells of it."""
    files = {"build/helper/base/a.o": "helper/base/a.c", "build/ctl/judge/b.o": "ctl/judge/b.c"}
    found = told(calls_of(parse_names(
        "build/helper/base/a.o: down T 0 4\nbuild/helper/base/a.o: up U \nbuild/helper/base/a.o: main T 0 4\n"
        "build/ctl/judge/b.o: down U \nbuild/ctl/judge/b.o: up T 0 4\nbuild/ctl/judge/b.o: free U \n", files)))
    wrong, _ = judge_arrows(found, *layers()[:2])
    seen = wrong + judge_circles(found, set()) + [n for n in ("fopen", "root_read", "free") if REACHES.match(n)]
    expected = ["helper/base/a.c: needs up of ctl/judge/b.c, which LAYERS does not allow",
                "a circle: ctl/judge/b helper/base/a", "fopen", "root_read"]
    return [] if seen == expected else [f"saw {seen}"]


def tell_rooms():
    for r in layers()[0]:
        mine = [f for f in sources() if room(f) == r]
        lower = {room(g) for f, g, _ in arrows() if room(f) == r} - {r}
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
