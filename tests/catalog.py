# SPDX-License-Identifier: GPL-2.0-or-later
"""What the journal is sent, and the catalog that `journalctl -x` explains it by.

    python3 -m tests.catalog [PART OF A TEST'S NAME]...
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile

from tests import pages
from tests.lib import golden, programs, suite
from tests.setup.node import copy_program

CATALOG = "systemd/gpuclaim.catalog"
TWINS = ["conf claim 10de:1c81 address=0000:02:00.0"]


def ids():
    """{(kind, word): ID}, as the program has them."""
    found = {}
    for kind, path in ("verdict", "helper/record/verdict.c"), ("check", "ctl/status/journal.c"):
        found |= {(kind, word): number for word, number in
                  re.findall(r'\{"([a-z0-9-]+)", "(\w{32})"\}', pages.text(path))}
    return found


def entries(text):
    """{ID: (subject, body)} of a catalog."""
    found = {}
    for entry in re.split(r"(?m)^-- ", text)[1:]:
        number, _, rest = entry.partition("\n")
        head, _, body = rest.partition("\n\n")
        found[number.strip()] = (re.search(r"Subject: (.*)", head)[1], body)
    return found


def test_tables():
    """Each verdict and each check that troubleshooting has, which pages.py holds against the code."""
    wanted = [("verdict", word) for word in pages.table("Verdicts")]
    wanted += [("check", word) for word in pages.table("Checks of status")]
    found = ids()
    assert list(found) == wanted, set(found) ^ set(wanted)
    numbers = list(found.values())
    assert len(set(numbers)) == len(numbers), "two have the same"
    assert all(re.fullmatch("[0-9a-f]{32}", number) for number in numbers)


def plain(cell):
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", cell).replace("`", "")


def test_remedies():
    """The catalog says what the page says."""
    told = entries(pages.text(CATALOG))
    found = ids()
    assert list(told) == list(found.values()), "other IDs than the program's, or another order"
    for (kind, word), number in found.items():
        subject, body = told[number]
        assert subject.endswith(f": {word}") and f" {word}." in body, (word, subject, body)
        for *_, do in pages.table("Verdicts" if kind == "verdict" else "Checks of status")[word]:
            assert plain(do) in " ".join(body.split()), (word, do, body)


def test_journalctl(folder):
    """systemd's own tool takes it, and knows each."""
    place = os.path.join(folder, "usr/lib/systemd/catalog")
    os.makedirs(place)
    os.makedirs(os.path.join(folder, "var/lib/systemd/catalog"))
    shutil.copy(CATALOG, place)
    done = programs.call("journalctl", f"--root={folder}", "--update-catalog")
    assert done.returncode == 0 and not done.stdout, done.stdout
    told = programs.call("journalctl", f"--root={folder}", "--list-catalog").stdout
    listed = re.findall(r"^(\w{32}) gpuclaim: .*: ([a-z0-9-]+)$", told, re.M)
    assert sorted(listed) == sorted((number, word) for (_, word), number in ids().items()), told


@contextlib.contextmanager
def listening(folder, place):
    """Yields a call: what came to a socket in the tree."""
    path = os.path.join(folder, place)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as at:
        at.bind(path)
        at.setblocking(False)

        def heard():
            while True:
                try:
                    yield at.recv(1 << 16).decode()
                except BlockingIOError:
                    return
        yield heard
    os.unlink(path)


def entry(text):
    """{field: value} of what is sent to the journal."""
    assert text.endswith("\n"), text
    return dict(line.split("=", 1) for line in text.splitlines())


def in_tree(folder, head, *words, stream=True):
    """What a journal in the tree is sent by `status` there: [{field: value}]."""
    golden.build("twins", head, folder)
    program = programs.companion(sanitized=False)
    copy_program(folder, program)
    with listening(folder, "run/systemd/journal/socket") as heard, tempfile.TemporaryFile() as out:
        st = os.fstat(out.fileno())
        there = {"JOURNAL_STREAM": f"{st.st_dev}:{st.st_ino + (not stream)}"}
        done = subprocess.run(["chroot", folder, program, "status", *words], stdout=out, check=False,
                              stderr=subprocess.PIPE, env=os.environ | there, timeout=60)
        assert done.returncode == 3, done
        return [entry(text) for text in heard()]


def test_sent(folder):
    """Each function's verdict, each check that fails, and no other."""
    sent = in_tree(folder, TWINS)
    report = programs.run(programs.companion(), "status", "--json", "--root", folder)
    report = pages.json.loads(report.stdout)
    failed = {c["id"]: c for c in report["checks"] if c["state"] == "fail"}
    checks = {e["GPUCLAIM_CHECK"]: e for e in sent if "GPUCLAIM_CHECK" in e}
    assert failed and set(checks) == set(failed), (set(checks), set(failed))
    found = ids()
    for name, entry in checks.items():
        assert entry["MESSAGE_ID"] == found["check", name] and entry["PRIORITY"] == "3", entry
        assert entry["MESSAGE"] == f"{name}: {failed[name]['message']}", entry
        assert entry["GPUCLAIM_REMEDY"] == (failed[name]["remedy"] or "see gpuclaim-verdicts(7)")
    verdicts = {e["GPUCLAIM_ADDRESS"]: e for e in sent if "GPUCLAIM_VERDICT" in e}
    assert len(sent) == len(checks) + len(verdicts)
    for device in report["devices"]:
        entry = verdicts.pop(device["address"])
        assert entry["MESSAGE_ID"] == found["verdict", device["verdict"]], entry
        assert entry["MESSAGE"].startswith(f"{device['address']}: {device['verdict']}: "), entry
    assert not verdicts, verdicts


def test_refused(folder):
    """One that a claim line selects, and that is refused, is a warning; another is none."""
    more = ["+ f sys/bus/pci/devices/0000:02:00.0/sriov_numvfs 2", "+ d dev/vfio"]
    sent = in_tree(folder, TWINS + more)
    told = {e["GPUCLAIM_ADDRESS"]: e["PRIORITY"] for e in sent
            if e.get("GPUCLAIM_VERDICT") not in (None, "claimed", "already-claimed")}
    assert told["0000:02:00.0"] == "4" and told["0000:01:00.0"] == "6", sent


def running(folder, program, *words, before=()):
    """(entries, lines of syslog) of a program in a tree that is a running system's."""
    copy_program(folder, program)
    journal = "run/systemd/journal/socket"
    with listening(folder, "dev/log") as lines, listening(folder, journal) as heard:
        done = subprocess.run([*before, "/usr/sbin/chroot", folder, program, *words], check=False,
                              timeout=60, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0, done
        return [entry(text) for text in heard()], list(lines())


REFUSED = ["+ f sys/bus/pci/devices/0000:02:00.0/sriov_numvfs 2"]


def test_helper(folder):
    """After the initramfs each GPU's verdict has its ID; the sum is a line."""
    for i, words in enumerate((["boot"], ["udev", "0000:02:00.0"])):
        tree = os.path.join(folder, str(i))
        os.mkdir(tree)
        golden.build("twins", TWINS + REFUSED, tree)
        sent, lines = running(tree, programs.helper(sanitized=False), *words)
        told = {e["GPUCLAIM_ADDRESS"]: e for e in sent}
        refused = told["0000:02:00.0"]
        assert refused["GPUCLAIM_VERDICT"] == "pf-with-vfs" and refused["PRIORITY"] == "4", refused
        assert refused["MESSAGE_ID"] == ids()["verdict", "pf-with-vfs"], refused
        assert refused["SYSLOG_IDENTIFIER"] == "gpuclaim" and refused["SYSLOG_FACILITY"] == "3", refused
        assert refused["MESSAGE"].startswith("0000:02:00.0: pf-with-vfs: 2 virtual functions"), refused
        assert "of 1 selected GPUs claimed" in lines[-1] and not any("pf-with" in x for x in lines)


def test_claim_and_release(folder):
    """Of one GPU that is claimed now, and given back: each verdict has its ID."""
    if os.uname().machine != "x86_64":
        return      # nth.c knows the calls of x86-64
    tree = os.path.join(folder, "tree")
    os.mkdir(tree)
    golden.build("twins", [*TWINS, "+ driver vfio-pci"], tree)
    kernel = [programs.nth(folder), "none", "0", "0", os.path.join(folder, "count")]
    for word, verdict in ("claim", "claimed"), ("release", "released"):
        sent, lines = running(tree, programs.companion(sanitized=False), word, "0000:02:00.0",
                              before=kernel)
        assert len(sent) == 1 and not any(f": {verdict}: " in x for x in lines), (sent, lines)
        assert sent[0]["MESSAGE_ID"] == ids()["verdict", verdict], sent
        assert sent[0]["GPUCLAIM_VERDICT"] == verdict and sent[0]["PRIORITY"] == "5", sent
        assert sent[0]["MESSAGE"].startswith(f"0000:02:00.0: {verdict}: "), sent


def test_helper_without_journal(folder):
    """Where there is syslog only, nothing is lost."""
    golden.build("twins", TWINS + REFUSED, folder)
    program = programs.helper(sanitized=False)
    copy_program(folder, program)
    with listening(folder, "dev/log") as lines:
        done = subprocess.run(["chroot", folder, program, "boot"], check=False, timeout=60,
                              stderr=subprocess.PIPE)
        assert done.returncode == 0, done
        assert any("0000:02:00.0: pf-with-vfs: " in line for line in lines())


def test_not_sent(folder):
    """Where what is printed goes elsewhere, is for programs, or is nothing."""
    for i, (words, stream) in enumerate(((["--json"], True), (["--quiet"], True),
                                         (["--prometheus"], True), ([], False))):
        tree = os.path.join(folder, str(i))
        os.mkdir(tree)
        assert not in_tree(tree, TWINS, *words, stream=stream), words


def main():
    os.chdir(programs.TOP)
    suite.need_mounts()
    suite.in_memory()
    wanted = suite.chosen(suite.tests_of(globals()))
    suite.end(*suite.run([(name, suite.in_folder(test) if test.__code__.co_argcount else test)
                          for name, test in wanted]))


if __name__ == "__main__":
    main()
