# SPDX-License-Identifier: GPL-2.0-or-later
"""setup and the person in front of it: what is asked, how a long step looks, and Ctrl-C in it."""

import re
import signal
import subprocess

from tests.setup.node import CONFIG, LINK, OPERATORS, Case, Terminal

SECOND = "claim 10de:2204 address=0000:02:00.0 subsystem=1043:87b3\n"
GOES_ON = '"gpuclaimctl setup" goes on from here, "gpuclaimctl undo" takes it back'
BUILDER = "usr/sbin/mkinitramfs"


def check_question(case: Case):
    """Asked before anything is changed, with and without a choice; only a yes goes on."""
    for words, first in ([], [b"all\n"]), (["--all-gpus"], []), (["--ids=10de:1c81"], []):
        for answer in b"n\n", b"\n", b"\x04", b"nonsense y\n":
            code, shown = case.on_terminal([*first, answer], *words)
            case.expect(f"{words} {answer}", code, 4)
            case.expect_in(f"{words} {answer}", "0000:01:00.0 ", shown)
            case.expect_in(f"{words} {answer}", f"  create /{CONFIG}\n", shown)
            case.expect_in(f"{words} {answer}", "nothing was changed", shown)
            case.expect_begin(f"{words} {answer}")
    for words, answers in ([], [b"\n", b"y\n"]), (["--all-gpus"], [b"YES\n"]), \
            (["--all-gpus", "--yes"], []):
        case.fresh()
        code, shown = case.on_terminal(answers, *words)
        case.expect(f"{words} {answers}: {shown}", code, 0)
        case.expect(f"{words} {answers}: asked", shown.count("] "), len(answers))
        case.expect(f"{words} {answers}", case.armed(), 2)
    code, shown = case.on_terminal([], "--all-gpus")
    case.expect("nothing to do, nothing to ask", (code, "[y/N]" in shown), (0, False))
    case.fresh()
    code, shown = case.on_terminal([], "--yes")
    case.expect("yes to what?", code, 2)
    case.expect_begin("yes to what?")


def check_choice(case: Case):
    """The GPUs by numbers; what is not understood is asked again; d shows the diff."""
    for answer in b"q\n", b"\x04":
        code, shown = case.on_terminal([answer])
        case.expect(f"{answer}: none", (code, "nothing was changed" in shown), (4, True))
        case.expect_begin(f"{answer}: none")
    code, shown = case.on_terminal([b"3\n", b"one\n", b"2\n", b"d\n", b"y\n"])
    case.expect(f"the second: {shown}", code, 0)
    for part in "   1  0000:01:00.0 ", "   2  0000:02:00.0 ", \
            'found "3", expected numbers from 1 to 2, all or q\n', 'found "one", expected', \
            f"+++ b/{CONFIG}\n", "+set arm=karg\n":
        case.expect_in("what is shown", part, shown)
    case.expect_in("only the second", SECOND, case.read(CONFIG))
    case.expect("only the second", case.read(CONFIG).count("\nclaim "), 1)
    case.fresh()
    case.write(OPERATORS, "skip address=0000:01:00.0\n")
    code, shown = case.on_terminal([b"1-1\n", b"y\n"])
    case.expect(f"one is spared: {shown}", code, 0)
    for part in "   -  0000:01:00.0 ", f"      left out: spared by /{OPERATORS}:1\n", \
            "   1  0000:02:00.0 ", "can be named with --addresses":
        case.expect_in("the spared one", part, shown)
    case.expect_in("the other one", SECOND, case.read(CONFIG))


def check_progress(case: Case):
    """A terminal has one line that lives; a log has whole lines, whatever else is written to it."""
    case.write(BUILDER, case.read(BUILDER).replace("\nset -e\n", '\nset -e\necho "packing $1"\n'))
    code, shown = case.on_terminal([], "--all-gpus", "--yes")
    case.expect(f"at a terminal: {shown}", code, 0)
    for n, kernel in enumerate(case.kernels, 1):
        title = f"initramfs of {kernel} ({n} of 2) ... "
        case.expect("the builder's line", bool(re.search(
            re.escape(f"\r\033[K{title}") + rf"\d+ s: packing {re.escape(kernel)}", shown)), True)
        case.expect("what stays of it", bool(re.search(
            re.escape(f"\r\033[K{title}") + r"ok, \d+ s\n", shown)), True)
    case.fresh()
    log = subprocess.run([case.program, "setup", "--root", case.at, "--all-gpus"], text=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=True).stdout
    for n, kernel in enumerate(case.kernels, 1):
        title = f"initramfs of {kernel} ({n} of 2) ..."
        case.expect_in("in a log", f"\n{title}\n{title} ok\n", log)
    case.expect("nothing is written over in a log", "\r" in log or "\033" in log, False)


def sleep_in_second(case):
    """The second image takes for ever; the first one is built as ever."""
    case.write(BUILDER, case.read(BUILDER).replace(
        "\nset -e\n", f"\nset -e\n[ $1 != {case.kernels[1]} ] || {{ echo begun; sleep 1000; }}\n"))


def expect_interrupted(case, code, shown):
    case.expect(f"interrupted: {shown}", code, 1)
    case.expect_in("what was done", f"initramfs of {case.kernels[0]} (1 of 2) ... ok", shown)
    case.expect_in("where", f"interrupted while the initramfs of {case.kernels[1]} (2 of 2) was "
                   "built; the kernel arguments were not touched, and without gpuclaim=1 among "
                   f"them the node boots as it did: {GOES_ON}\n", shown)
    case.expect("nothing after it", (case.armed(), case.read(LINK)), (0, None))


def check_interrupted(case: Case):
    """Ctrl-C, or a signal to setup alone, in the middle of the second image; then on, or back."""
    builder = case.read(BUILDER)
    for how, then in ("keys", "setup"), (signal.SIGINT, "undo"), (signal.SIGTERM, "setup"), \
            (signal.SIGHUP, "undo"):
        case.fresh()
        sleep_in_second(case)
        terminal = Terminal([case.program, "setup", "--root", case.at, "--all-gpus", "--yes"])
        case.expect(f"{how}: it builds", terminal.until(b": begun"), True)
        if how == "keys":
            terminal.type(b"\x03")
        else:
            terminal.process.send_signal(how)
        expect_interrupted(case, *terminal.end())
        case.write(BUILDER, builder)
        case.expect_code(f"{how}: {then}", case.run(then, *["--all-gpus"] * (then == "setup")), 0)
        if then == "undo":
            case.expect_begin(f"{how}: back")
        else:
            case.expect(f"{how}: on", case.armed(), 2)


def check_interrupted_undo(case: Case):
    """undo says where it was, too, and goes on."""
    case.expect_code("setup", case.run("setup", "--all-gpus"), 0)
    builder = case.read(BUILDER)
    sleep_in_second(case)
    terminal = Terminal([case.program, "undo", "--root", case.at])
    case.expect("it builds", terminal.until(b": begun"), True)
    terminal.type(b"\x03")
    code, shown = terminal.end()
    case.expect(f"interrupted: {shown}", code, 1)
    case.expect_in("how to go on", '"gpuclaimctl undo" goes on from here\n', shown)
    case.write(BUILDER, builder)
    case.expect_code("on", case.run("undo"), 0)
    case.expect_begin("back")


def check_shielded(case: Case):
    """Who starts it with nohup wants it to go on."""
    sleep_in_second(case)
    case.write(BUILDER, case.read(BUILDER).replace("sleep 1000", "sleep 1"))
    with subprocess.Popen(["nohup", case.program, "setup", "--root", case.at, "--all-gpus"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if "(2 of 2) ...\n" in line:
                process.send_signal(signal.SIGHUP)
    case.expect("it went on", (process.returncode, case.armed()), (0, 2))


CHECKS = [(check, {"name": "debian12"}) for check in (
    check_question, check_choice, check_progress, check_interrupted, check_interrupted_undo,
    check_shielded)]
