# SPDX-License-Identifier: GPL-2.0-or-later
"""Does `gpuclaimctl nova verify` judge [pci] as Nova's own code does?

The cases of verify_cases.py, those written by hand and some thousands generated, go to build/tests/judge-nova
and to the classes of Debian's python3-nova in a chroot: both must accept and refuse the same,
with the same words, and match the same devices. What gpuclaim can't tell counts as neither, but
must be rare. GPUCLAIM_SEED repeats a run, GPUCLAIM_CASES says how many are generated.
"""

import json
import os
import re
import time

from tests.lib import suite
from tests.nova import verify_cases
from tests.nova.chroots import HERE, JUDGE, RELEASES, ask, chroot

IN_CHROOT = ('mount -t tmpfs tmpfs "$1/sys" && mount -t tmpfs tmpfs "$1/tmp" && '
             'cp "$2" "$1/tmp/" && exec chroot "$1" python3 -W ignore "/tmp/${2##*/}"')

# Object addresses differ from run to run; Python and jsonschema changed some words.
WORDS = [(r" object at 0x[0-9a-f]+>", " object>"),
         (r" should be non-empty$", " is too short"),
         (r"Illegal trailing comma before end of .*", "(a comma too many)"),
         (r"(Expecting property name enclosed in double quotes|Expecting value): .*",
          "(a comma too many)"),
         (r"^cannot use 'tuple' as a dict key \((.*)\)$", r"\1")]


def plain(error):
    if not isinstance(error, list):
        return error
    text = error[1]
    for pattern, by in WORDS:
        text = re.sub(pattern, by, text)
    return [error[0], text]


def plain_providers(providers):
    """gpuclaim knows standard traits by their namespaces: a misspelt one keeps its name with it."""
    return {address: [re.sub(r"^CUSTOM_(COMPUTE|HW|MISC|OWNER|STORAGE)_", r"\1_", word)
                      if isinstance(word, str) else word for word in row]
            for address, row in providers.items()}


def differences(ours, novas, release):
    """What the two answers disagree on; None where gpuclaim says that it can't tell."""
    if isinstance(ours["device_spec"], str) or isinstance(ours["alias"], str):
        return None
    found = []
    for key in ("device_spec", "alias", "report"):
        a, b = plain(ours[key]), plain(novas[key])
        if key == "report" and ours["device_spec"]:
            continue
        if bool(a) != bool(b):
            found.append(f"{key}: {a}, Nova: {b}")
        elif a and a[0] != b[0]:
            found.append(f"{key}: {a}, Nova: {b}")
        elif a and a[1] != b[1] and not (key == "alias" and release > 31):
            found.append(f"{key}: words: {a[1]!r}, Nova: {b[1]!r}")
    if ours["device_spec"]:
        return found
    for key in ("matches", "providers", "schedulable"):
        if key == "providers" and ours["report"] or key == "schedulable" and ours["alias"]:
            continue
        if key == "schedulable" and isinstance(novas[key], list):
            continue                # Nova's own statistics fell over odd tags
        a, b = ours[key], novas[key]
        if key == "providers":
            a, b = plain_providers(a), plain_providers(b)
        if a != b and -1 not in ours["matches"].values():
            found.append(f"{key}: {ours[key]}, Nova: {novas[key]}")
    return found


def compare(debian, release, named):
    """Returns (passed, failed, untold), and prints what differs."""
    start = time.monotonic()
    folder = chroot(debian)
    if not folder:
        print(f"not ok - {debian}: no chroot")
        return 0, 1, 0
    lines = "".join(json.dumps({"release": release, **c}) + "\n" for _, c in named)
    ours = ask([JUDGE], lines, 120)
    novas = ask(["unshare", "-m", "sh", "-c", IN_CHROOT, "sh", folder, f"{HERE}/verify_worker.py"], lines,
                600)
    passed = failed = untold = 0
    for (name, case), a, b in zip(named, ours, novas, strict=True):
        found = differences(a, b, release)
        passed += found == []
        failed += bool(found)
        untold += found is None
        if found and failed < 20:
            print(f"not ok - {release}: {name}", *found, json.dumps(
                {k: case[k] for k in ("device_spec", "alias", "report", "placement")}), sep="\n  ")
    print(f"# {debian}, Nova {release}: {passed} alike, {failed} not, {untold} can't be told, "
          f"{time.monotonic() - start:.0f} s")
    return passed, failed, untold


def main():
    seed = os.environ.get("GPUCLAIM_SEED", "20261123")
    n = int(os.environ.get("GPUCLAIM_CASES", "20000" if suite.full() else "3000"))
    print(f"# GPUCLAIM_SEED={seed} GPUCLAIM_CASES={n}")
    named = list(verify_cases.HAND.items())
    for kind, share in (verify_cases.Generator, n), (verify_cases.Kinds, n // 4):
        cases = verify_cases.generate(kind(seed), share)
        named += [(f"{kind.__name__} {i}", c) for i, c in enumerate(cases)]
    totals = [0, 0]
    for debian, release, decides in RELEASES:
        passed, failed, untold = compare(debian, release, named)
        if not decides:
            continue
        too_many = untold > len(named) // 10
        if too_many:
            print(f"not ok - {debian}: too much that can't be told")
        totals[0] += passed
        totals[1] += failed + too_many
    suite.end(*totals)


if __name__ == "__main__":
    main()
