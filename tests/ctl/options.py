# SPDX-License-Identifier: GPL-2.0-or-later
"""What gpuclaimctl makes of its command line and its terminal, whatever the machine; what the shells
complete, and what the manuals list (completion.py). A part of tests.ctl.reports; alone:

    python3 -m tests.ctl.options [PART OF A TEST'S NAME]...     -l lists them
"""

import collections
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import tempfile
import termios

from tests.ctl import completion, events as udev_events
from tests.lib import golden, programs, suite

# (arguments, the one line on standard error)
WRONG = [
    ([], "a verb is missing"),
    (["frobnicate"], "frobnicate: no such verb"),
    (["stauts"], "stauts: no such verb (did you mean status?)"),
    (["completio"], "completio: no such verb"),     # is listed nowhere
    (["--frobnicate"], "--frobnicate: no such option"),
    (["--jsno", "status"], "--jsno: no such option (did you mean --json?)"),
    (["status", "--promeheus"], "--promeheus: no such option (did you mean --prometheus?)"),
    (["scan", "--promeheus"], "--promeheus: no such option"),      # it takes none
    (["setup", "--addreses=0000:01:00.0"],
     "--addreses: no such option (did you mean --addresses?)"),
    (["status", "-x"], "-x: no such option"),
    (["status", "-qx"], "-x: no such option"),
    (["status", "--verbose", "-qx"], "-x: no such option"),
    (["status", "--json=yes"], "--json: it takes no value"),
    (["status", "--help=yes"], "--help: it takes no value"),
    (["kargs", "aply"], 'kargs: no such action: "aply" (did you mean apply?)'),
    (["status", "--root"], "--root: a value is missing"),
    (["status", "--wait"], "--wait: a value is missing"),
    (["status", "--wait", "soon"], '--wait: expected seconds, 0 to 86400, not "soon"'),
    (["status", "--wait", "-1"], '--wait: expected seconds, 0 to 86400, not "-1"'),
    (["status", "--wait", "86401"], '--wait: expected seconds, 0 to 86400, not "86401"'),
    (["status", "--wait", ""], '--wait: expected seconds, 0 to 86400, not ""'),
    (["status", "0000:01:00.0"], 'status: one argument too many: "0000:01:00.0"'),
    (["claim"], "claim: ADDRESS is missing"),
    (["fleet"], "fleet: FILE|DIR|-... is missing"),
    (["release", "0000:01:00.0", "0000:02:00.0"],
     'release: one argument too many: "0000:02:00.0"'),
    (["release", "--wait", "1", "0000:01:00.0"], "release: --wait is no option of this verb"),
    (["scan", "--wait", "1"], "scan: --wait is no option of this verb"),
    (["scan", "--quiet"], "scan: --quiet is no option of this verb"),
    (["scan", "-v"], "scan: --verbose is no option of this verb"),
    (["scan", "--columns"], "--columns: a value is missing"),
    (["scan", "--columns="], 'scan: --columns: there is no column ""'),
    (["scan", "--columns=ID,"], 'scan: --columns: there is no column ""'),
    (["scan", "--columns=id,BAR,NAME"], 'scan: --columns: there is no column "BAR"'),
    (["status", "--columns=ID", "--columns=LINK"], 'status: --columns: there is no column "LINK"'),
    (["nova", "verify", "--columns=ROLE"], 'nova: --columns: there is no column "ROLE"'),
    (["claim", "0000:01:00.0", "--no-headings"], "claim: --no-headings is no option of this verb"),
]

VERBS = ["scan", "setup", "status", "kargs", "commit", "nova", "claim", "release", "dump", "explain",
         "fleet", "undo"]
OPTIONS = ("json", "quiet", "verbose", "wait", "dry-run", "no-exec", "prometheus", "output",
           "alias", "release", "format", "for", "placement", "shared-groups", "numa-policy",
           "traits", "tags", "ids", "addresses", "all-gpus", "boot-vga", "no-kernel-args",
           "no-initramfs", "no-nova", "gate", "trial", "adopt", "yes", "refresh", "allow-none", "services",
           "by-path", "guest", "columns", "no-headings", "reference", "html", "tree", "why",
           "sync", "image", "spare-moves", "spread", "return")


def run(program, folder, checks):
    """Returns (passed, failed)."""
    return suite.add(suite.tell(name, check(program, folder)) for name, check in checks)


def wrong_usage(program, _folder):
    """Exit code 2, one line, nothing on standard output."""
    problems = []
    for arguments, line in WRONG:
        result = programs.run(program, *arguments)
        verb = next((f"{word} " for word in arguments if word in VERBS), "")
        expected = f"gpuclaimctl: {line}; try gpuclaimctl {verb}--help\n"
        if (result.returncode, result.stdout, result.stderr) != (2, "", expected):
            problems.append(f"{arguments}: {result}")
    return problems


def wrong_in_json(program, folder):
    """Whoever asks for JSON gets it whatever is wrong, and reads that nothing was changed."""
    problems = []
    for arguments, line in WRONG + [
            (["status", "--prometheus"], "status: --json and --prometheus: name one of them"),
            (["fleet", "none", "--html"], "fleet: --json and --html: name one of them"),
            (["kargs"], "an action is missing"), (["kargs", "nonsense"], "no such action"),
            (["kargs", "revert", "--trial"], "kargs: revert: --trial is no option of it"),
            (["kargs", "show", "--no-exec"], "kargs: show: --no-exec is no option of it"),
            (["nova", "show", "--output", "/x"], "nova: show: --output is no option of it"),
            (["claim", "nonsense"], "expected an address"),
            (["release", "1"], "expected an address"),
            (["setup", "--ids=x"], "expected VENDOR:DEVICE"), (["setup"], "no GPU is named"),
            (["setup", "--quiet", "--gate=x"], "expected strict or none"),
            (["undo", "extra"], "one argument too many"),
            (["commit", "--ids=10de:1c81"], "is no option of this verb")]:
        if "--json=yes" in arguments:
            continue
        # First, so that an option without its value does not take it for that.
        result = programs.run(program, "--root", folder, "--json", *arguments)
        try:
            report = json.loads(result.stdout)
        except ValueError:
            report = {}
        told = f"{report.get('refusal') or ''}{report.get('error') or ''}"
        if result.returncode != 2 or report.get("changed") is not False or line not in told or (
                line not in result.stderr):
            problems.append(f"{arguments}: {result}")
    result = programs.run(program, "undo", "--json", "--root", folder + "/none")
    if result.returncode != 2 or json.loads(result.stdout)["changed"] is not False:
        problems.append(str(result))
    return problems


def missing_root(program, folder):
    result = programs.run(program, "scan", "--root", folder + "/none")
    good = result.returncode == 2 and "No such file" in result.stderr and not result.stdout
    return [] if good else [str(result)]


def help_texts(_program, folder):
    """Every verb is in the list, and its help names exactly the options that it takes."""
    problems = []
    program = programs.companion(sanitized=False)       # hundreds of times
    general = programs.run(program, "--help")
    verbs = re.findall(r"(?m)^  ([a-z]+)  ", general.stdout)
    if general.returncode or general.stderr or verbs != VERBS:
        problems.append(f"--help: {general}")
    for verb in verbs:
        text = programs.run(program, verb, "-h").stdout
        named = set(re.findall(r"(?m)^ +(?:-., )?--([a-z-]+)", text)) - {"help", "root"}
        values = {"wait": ["0"], "alias": ["gpu"], "release": ["zed"], "format": ["conf"],
                  "for": ["compute"], "output": ["/out"], "ids": ["10de:1c81"],
                  "addresses": ["0000:01:00.0"], "boot-vga": ["refuse"], "gate": ["none"],
                  "numa-policy": ["legacy"], "guest": ["linux"], "traits": ["a"], "tags": ["a=1"],
                  "columns": ["id"], "reference": ["a"]}
        # A verb that changes something gets an empty root: it finds nothing to change.
        words = {"kargs": [["apply", "--root", folder]],
                 "setup": [["--ids=10de:1c81", "--dry-run", "--no-initramfs", "--root", folder]],
                 "nova": [["show", "--root", folder], ["apply", "--dry-run", "--root", folder],
                          ["verify", "--root", folder], ["sync", "--dry-run", "--root", folder]],
                 "claim": [["0000:01:00.0", "--root", folder]],
                 "release": [["0000:01:00.0", "--root", folder]],
                 "explain": [["0000:01:00.0", "--root", folder]],
                 "fleet": [["none", "--root", folder]],
                 }.get(verb, [["--root", folder]])
        taken = {o for o in OPTIONS
                 if any(programs.run(program, verb, *w, f"--{o}", *values.get(o, [])).returncode != 2
                        for w in words)}
        if named != taken or not text.startswith(f"Usage: gpuclaimctl {verb} "):
            problems.append(f"{verb} --help names {named}, and it takes {taken}")
    return problems


def version(program, _folder):
    results = [programs.run(program, *a) for a in (["--version"], ["-V"], ["status", "--version"])]
    return [str(r) for r in results
            if r.returncode or not re.fullmatch(r"gpuclaimctl \d+\.\d+\.\d+\n", r.stdout)]


def option_order(program, folder):
    """Options may stand before the verb and after it."""
    before, after = (re.sub(r'"time": ".*?"', "", programs.run(program, *words).stdout) for words in (
        ("--root", folder, "--json", "status"), ("status", "--json", "--root", folder)))
    return [] if before == after and before.startswith("{") else [before, after]


def quiet(program, folder):
    result = programs.run(program, "status", "-q", "--json", "--root", folder)
    return [] if (result.returncode, result.stdout, result.stderr) == (3, "", "") else [str(result)]


def full_disk(program, folder):
    """A report that could not be written is a failure."""
    with open("/dev/full", "w", encoding="ascii") as full:
        result = programs.run(program, "status", "--root", folder, capture_output=False, stdout=full,
                              stderr=subprocess.PIPE)
    good = result.returncode == 1 and "No space left on device" in result.stderr
    return [] if good else [str(result)]


def waiting(program, folder):
    """--wait comes back: at once for a tree, which has no events, and after its time else."""
    tree = programs.run(program, "status", "--wait", "3600", "--root", folder)
    own = programs.run(program, "status", "--wait", "1")
    return [str(r) for r in (tree, own) if r.returncode not in (0, 3) or r.stderr]


def events(program, folder):
    return udev_events.check(program, folder)


def on_terminal(program, folder, environment, words=("status",), columns=0):
    """What the program prints to a terminal."""
    leader, follower = pty.openpty()
    fcntl.ioctl(leader, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([program, *words, "--root", folder], stdout=follower,
                          stdin=subprocess.DEVNULL, env=environment) as process:
        os.close(follower)
        text = b""
        while True:
            try:
                data = os.read(leader, 65536)
            except OSError:
                break
            if not data:
                break
            text += data
    os.close(leader)
    return text.decode()


def colour(program, folder):
    """To a terminal, unless NO_COLOR says otherwise; never into a pipe."""
    folder += "/none-expected"
    os.makedirs(f"{folder}/etc/gpuclaim")
    with open(f"{folder}/etc/gpuclaim/gpuclaim.conf", "w", encoding="ascii") as conf:
        conf.write("set expect=0\n")
    plain = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    problems = []
    for environment, wanted in ((plain, True), (plain | {"NO_COLOR": ""}, True),
                                (plain | {"NO_COLOR": "1"}, False)):
        text = on_terminal(program, folder, environment)
        if ("\033[32mready\033[0m" in text) != wanted or "ready" not in text:
            problems.append(f"NO_COLOR={environment.get('NO_COLOR')}: {text!r}")
    piped = programs.run(program, "status", "--root", folder, env=plain).stdout
    if "\033" in piped or not piped.startswith("ready\n"):
        problems.append(f"pipe: {piped!r}")
    return problems


def narrow(program, folder):
    """A terminal gets each word of a table whole, and no line that it has to break; one that does
    not tell its width is taken for 80 columns."""
    folder += "/narrow"
    golden.build("hgx-h200", [], folder)
    problems = []
    for verb in ("scan", "status"):
        piped = programs.run(program, verb, "--root", folder).stdout
        rows = piped[piped.index("ADDRESS "):].partition("\nnext: ")[0].splitlines()
        wanted = collections.Counter(" ".join(rows).split())
        for columns in (0, 80, 60, 40, 400):
            text = on_terminal(program, folder, os.environ | {"NO_COLOR": "1"}, [verb], columns)
            wide = max(map(len, text.splitlines()))
            lines = text[text.index("ADDRESS "):].partition("\r\nnext: ")[0].splitlines()
            parts = sum(line.startswith("ADDRESS ") for line in lines)
            got = collections.Counter(" ".join(lines).split())
            for word in [row.split()[0] for row in rows] * (parts - 1):
                got[word] -= 1
            if got != wanted or wide > (columns or 80) or (parts == 1) != (
                    columns == 400):
                problems.append(f"{verb}, {columns} columns: {text}")
    return problems


def broken_names(program, folder):
    """A list of names that is no such list leaves the names out, and nothing else."""
    os.makedirs(f"{folder}/usr/share/misc", exist_ok=True)
    device = f"{folder}/sys/bus/pci/devices/0000:01:00.0"
    os.makedirs(device)
    problems = []
    for path, text in ((f"{folder}/usr/share/misc/pci.ids", "\t\t\tno list\n10de\n"),
                       (f"{device}/modalias",
                        "pci:v000010DEd00001C81sv00001458sd00003733bc03sc00i00\n")):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
    result = programs.run(program, "scan", "--root", folder, "--json")
    if result.returncode or '"name": null' not in result.stdout:
        problems.append(str(result))
    text = programs.run(program, "scan", "--root", folder)
    if not re.search(r"0000:01:00\.0 .* -\n\Z", text.stdout):
        problems.append(str(text))
    return problems


def odd_names(program, folder):
    """What is no ASCII is shown in a table as it is, and what is no UTF-8 as its bytes; both in line."""
    folder += "/names"
    golden.build("twins", [], folder)
    os.makedirs(f"{folder}/usr/share/misc", exist_ok=True)
    with open(f"{folder}/usr/share/misc/pci.ids", "wb") as f:
        f.write(b"10de  N\xc3\xa4me\n\t1c81  \xe2\x82\xac\n\t0fb9  a\xff\xe2\x82\n")
    lines = programs.run(program, "scan", "--root", folder, "--columns=name,id", "--no-headings",
                         env=os.environ | {"LC_ALL": "C"}).stdout.splitlines()
    good = ["N\u00e4me \u20ac              10de:1c81", "N\u00e4me a\\xff\\xe2\\x82  10de:0fb9"] * 2
    return [] if lines == good else [str(lines)]


def odd_bytes(program, folder):
    """JSON is valid UTF-8, whatever a file is called."""
    modprobe = f"{folder}/etc/modprobe.d".encode()
    os.makedirs(modprobe)
    names = [b"a\xff\xc0\xaf.conf", "\u00e9\u20ac\U0001f600.conf".encode(), b"\xed\xa0\x80\xe9.conf"]
    for name in names:
        with open(os.path.join(modprobe, name), "w", encoding="ascii") as f:
            f.write("options vfio-pci ids=1:2\n")
    result = programs.run(program, "status", "--root", folder, "--json", text=False)
    try:
        checks = json.loads(result.stdout.decode())["checks"]
    except ValueError as error:
        return [str(error)]
    message = next(c["message"] for c in checks if c["id"] == "old-recipes")
    wanted = ["/a???.conf:1", "/\u00e9\u20ac\U0001f600.conf:1", "/????.conf:1"]
    return [f"no {w} in {message}" for w in wanted if w not in message]


def locked(program, folder):
    """While another gpuclaimctl is at work, the verbs that change something say so."""
    os.makedirs(f"{folder}/run/gpuclaim", exist_ok=True)
    problems = []
    with open(f"{folder}/run/gpuclaim/gpuclaimctl.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (["claim", "0000:01:00.0"], ["release", "0000:01:00.0"], ["kargs", "apply"]):
            result = programs.run(program, *words, "--root", folder)
            line = f"gpuclaimctl: {words[0]}: another gpuclaimctl is at work\n"
            if (result.returncode, result.stdout, result.stderr) != (5, "", line):
                problems.append(str(result))
    return problems


CHECKS = [(check.__name__, check) for check in (
    wrong_usage, wrong_in_json, missing_root, help_texts, version, option_order, quiet, full_disk,
    waiting, events, colour, narrow, locked, broken_names, odd_names, odd_bytes, *completion.CHECKS)]


def main():
    checks = suite.chosen(CHECKS)
    with tempfile.TemporaryDirectory() as folder:
        suite.end(*run(programs.companion(), folder, checks))


if __name__ == "__main__":
    main()
