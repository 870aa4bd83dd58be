# SPDX-License-Identifier: GPL-2.0-or-later
"""setup and the person in front of it: what is asked, how a long step looks, and Ctrl-C in it."""

import os
import re
import signal
import subprocess
import time

from tests.setup.node import CONFIG, LINK, OPERATORS, Case, Terminal

SECOND = "claim 10de:2204 address=0000:02:00.0 subsystem=1043:87b3\n"
GOES_ON = ": run gpuclaimctl setup to go on, or gpuclaimctl undo\n"
BEFORE, MAY_BE = "; the node boots as before", "; the next boot may have the kernel arguments"
GRUB = "usr/sbin/update-grub"
BUILDER = "usr/sbin/mkinitramfs"


def check_question(case: Case):
    """Asked before anything is changed, with and without a choice; only a yes goes on."""
    for words, first in ([], [b"all\n"]), (["--all-gpus"], []), (["--ids=10de:1c81"], []):
        for answer in b"n\n", b"\n", b"\x04", b"\x03", b"nonsense y\n":
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
    for answer in b"q\n", b"\x04", b"\x03":
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
                   f"built; the node boots as before{GOES_ON}", shown)
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


def hang(case, place, script, head):
    """A program's end takes for ever: what it has written by then is written."""
    first, _, rest = case.read(place).partition("\n")
    case.write(place, f"{first}\n{head}{rest.replace('exec ', '')}\n{script}\n")


def armed(case):
    return "gpuclaim=1" in case.read("boot/grub/grub.cfg")


def interrupt(case, *words, ready="/begun", keys=b"\x03"):
    """Ctrl-C once the file is there: (exit code, what was shown)"""
    terminal = Terminal([case.program, *words, "--root", case.at])
    for _ in range(600):
        if os.path.exists(case.at + ready):
            break
        time.sleep(0.1)
    for key in keys:
        terminal.type(bytes([key]))
        time.sleep(1)
    return terminal.end()


def check_interrupted_loader(case: Case):
    """Ctrl-C when grub.cfg is written already: it is written again; where that fails, undo does."""
    program = case.read(GRUB)
    for verb, words in ("setup", ("--all-gpus", "--yes")), ("kargs", ("apply",)):
        back = [verb, "revert"] if verb == "kargs" else ["undo"]
        for again in True, False:
            case.fresh()
            what = f"{verb}, again: {again}"
            hang(case, GRUB, "[ ! -e /begun ] || exit 0\ntouch /begun\nsleep 1000 & wait $!; exit 9",
                 "" if again else "[ ! -e /begun ] || exit 7\n")
            code, shown = interrupt(case, verb, *words)
            case.expect(f"{what}: {shown}", (code, armed(case)), (1, not again))
            case.expect_in(what, "/update-grub: interrupted", shown)
            os.unlink(case.at + "/begun")
            case.write(GRUB, program)
            if verb == "setup":
                case.expect_in(what, f"{BEFORE if again else MAY_BE}{GOES_ON}", shown)
            elif again:
                case.expect_in(what, "all is as it was before", shown)
            case.expect(f"{what}: a record", case.read("var/lib/gpuclaim/kargs.undo") is None, again)
            case.expect_code(f"{what}: {back}", case.run(*back), 0)
            case.expect(f"{what}: armed after {back}", armed(case), False)
            case.expect_begin(f"{what}: {back}")


def check_interrupted_kargs(case: Case):
    """Every action that runs a program waits for its end, and tells."""
    for begin, words in ([], ["apply"]), ([], ["apply", "--trial"]), (["apply"], ["revert"]):
        case.fresh()
        if begin:
            case.expect_code("apply", case.run("kargs", *begin), 0)
        place = "usr/sbin/grub-reboot" if "--trial" in words else GRUB
        program = case.read(place)
        case.write(place, "#!/bin/sh\necho $$ >/begun\nsleep 1000 & wait $!; exit 9\n")
        code, shown = interrupt(case, "kargs", *words)
        case.expect(f"{words}: {shown}", code, 1)
        case.expect_in(words, ": interrupted", shown)
        case.expect(f"{words}: it runs on", os.path.exists(f"/proc/{case.read('begun').strip()}"), False)
        os.unlink(case.at + "/begun")
        case.write(place, program)
        case.expect_code(f"{words}: revert", case.run("kargs", "revert"), 0)
        case.expect_begin(f"{words}: revert")


def check_deaf_builder(case: Case):
    """A builder that heeds no SIGTERM, and one that asks the terminal, are ended."""
    builder = case.read(BUILDER)
    deaf = "trap '' TERM\ntouch /begun\nwhile :; do sleep 1; done"
    for what, script, keys in ("the second", deaf, b"\x03\x03"), ("some seconds", deaf, b"\x03"):
        case.fresh()
        case.write(BUILDER, builder.replace("\nset -e\n", f"\nset -e\n{script}\n"))
        code, shown = interrupt(case, "setup", "--all-gpus", "--yes", keys=keys)
        case.expect(f"{what}: {shown}", code, 1)
        case.expect_in(what, f"{BEFORE}{GOES_ON}", shown)
    case.fresh()
    case.write(BUILDER, builder.replace(
        "\nset -e\n", "\nset -e\nif read -r answer </dev/tty; then :; else echo no terminal; fi\n"))
    code, shown = case.on_terminal([], "--all-gpus", "--yes")
    case.expect(f"it asks: {shown}", code, 0)


def check_interrupted_image(case: Case):
    """In the build of an image, too."""
    case.write("usr/bin/dracut", "#!/bin/sh\necho $$ >/begun\nsleep 1000\n")
    code, shown = interrupt(case, "setup", "--image", "--ids=10de:1c81")
    case.expect(f"image: {shown}", code, 1)
    case.expect_in("image", f"interrupted while the initramfs of {case.kernels[0]} was built", shown)
    case.expect("it runs on", os.path.exists(f"/proc/{case.read('begun').strip()}"), False)


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
    check_shielded, check_interrupted_loader, check_interrupted_kargs, check_deaf_builder)]
CHECKS.append((check_interrupted_image, {"name": "image", "machine": False}))
