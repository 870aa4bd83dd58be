# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs of setup and undo where nothing breaks: what they write, print, and take back."""

import os
import shutil

from tests.lib import trees
from tests.setup.node import CONFIG, DROPIN, GATE, LINK, OPERATORS, UNIT, Case

CLAIM = "claim 10de:1c81 address=0000:01:00.0 subsystem=1458:3733\n"
KEYS = {"version", "changed", "reboot_required", "dry_run", "actions", "notes", "warnings",
        "checks", "refusal", "error", "code"}


def expect_reboot(case):
    """Between setup and reboot status has one message, and tells it once."""
    status = case.run("status")
    case.expect("status", (status.returncode, status.stdout.splitlines()[0]),
                (3, "not ready: set up; reboot [armed]"))
    case.expect("what fails", [line for line in status.stdout.splitlines()
                               if line.startswith("fail ")], [])


def check_round(case: Case):
    """Set up, again, without a choice, and back: byte for byte."""
    result = case.run("setup", "--all-gpus")
    case.expect_code("setup", result, 0)
    for n, kernel in enumerate(case.kernels, 1):
        case.expect_in("progress", f"initramfs of {kernel} ({n} of 2) ... ok\n", result.stdout)
        case.expect("inside", case.inside(kernel).get(CONFIG, b"").decode(), case.read(CONFIG))
    for part in "the next boot gives to vfio-pci: 0000:01:00.0 (now", "\nSecure Boot: off", \
            "\nno other module of this kernel would take a chosen function\n":
        case.expect_in("what was looked at", part, result.stdout)
    case.expect_in("the last line", "\nReboot, then gpuclaimctl status", result.stdout)
    for line in "set arm=karg\n", "set expect=2\n", CLAIM:
        case.expect_in("configuration", line, case.read(CONFIG))
    case.expect("the unit", case.read(LINK), f"/{UNIT}")
    case.expect("armed", case.armed(), 2)
    case.expect("built", case.built(), case.kernels)
    expect_reboot(case)
    after = case.snapshot()
    for words in ["--all-gpus"], [], ["--all-gpus", "--yes"]:
        result = case.run("setup", *words)
        case.expect_code(f"again {words}", result, 0)
        case.expect_in(f"again {words}", "nothing to do: all is set up\n", result.stdout)
        case.expect(f"again {words}", case.snapshot(), after)
    case.expect("nothing is built again", case.built(), case.kernels)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")
    result = case.run("undo")
    case.expect("a second undo", (result.returncode, result.stdout), (0, "nothing to undo\n"))
    case.expect("built for each once more", case.built(), case.kernels * 2)


def check_entries_of_others(case):
    """The initramfs stage leaves the entries alone: kernel-install would write them anew, and where
    nothing tells the arguments from those of the system that runs, an installer's say."""
    case.expect_code("setup", case.run("setup", "--all-gpus", "--no-kernel-args"), 0)
    for kernel in case.kernels:
        case.expect("inside", case.inside(kernel).get(CONFIG, b"").decode(), case.read(CONFIG))
        entry = f"efi/loader/entries/1234-{kernel}.conf"
        case.expect(f"entry of {kernel}", trees.differences(
            {p: v for p, v in case.begin.items() if p == entry},
            {p: v for p, v in case.snapshot().items() if p == entry}), [])
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def check_target(case):
    """A tree without a sys: IDs work, what would have to look at devices does not."""
    for option in ["--all-gpus"], ["--addresses=0000:01:00.0"]:
        result = case.run("setup", *option)
        case.expect_code(f"{option}", result, 4)
        case.expect_in(f"{option}", "name IDs with --ids", result.stderr)
        case.expect_begin(f"{option}")
    result = case.run("setup")
    case.expect_code("nothing", result, 2)
    case.expect_in("nothing", "no GPU is named: give --ids", result.stderr)
    case.expect_code("IDs", case.run("setup", "--ids", "10de:1c81,10de:2204"), 0)
    case.expect_in("IDs", "\nclaim 10de:1c81\nclaim 10de:2204\n", case.read(CONFIG))
    case.expect("armed", case.armed(), 2)
    report = case.json("setup", "--ids", "10de:1c81,10de:2204")
    case.expect("again", (report.get("changed"), report.get("actions")), (False, []))
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def check_by_path(case):
    """Where each GPU sits is written, and the helper finds it there."""
    case.expect_code("setup", case.run("setup", "--all-gpus", "--by-path"), 0)
    lines = [line for line in case.read(CONFIG).splitlines() if line.startswith("claim ")]
    case.expect("by path", [" path=0000:00/" in line and "address=" not in line
                            for line in lines], [True] * len(lines))
    case.expect_in("again", "nothing to do", case.run("setup", "--all-gpus", "--by-path").stdout)


def check_no_gpu_there(case):
    """A line that stays and names a place without its GPU: no node that is never ready."""
    for where, says in (("address=0000:09:00.0", "no device is there"),
                        ("path=0000:00/1f.7/00.0", "no device is there")):
        case.write(OPERATORS, f"claim 10de:1c81 {where}\n")
        begin = case.snapshot()
        for words in (), ("--all-gpus",):
            result = case.run("setup", *words)
            case.expect_code(f"{where} {words}", result, 4)
            case.expect_in(where, f"/{OPERATORS}:1: claim 10de:1c81 {where}: {says}", result.stderr)
            case.expect(f"{where}: nothing is changed",
                        trees.differences(begin, case.snapshot()), [])


def check_skip_astray(case):
    """A skip line for a place where no GPU is any more: what it was to spare may be chosen."""
    case.write(OPERATORS, "skip address=0000:09:00.0\n")
    result = case.run("setup", "--all-gpus", "--dry-run")
    case.expect_code("astray", result, 0)
    case.expect_in("astray", f"/{OPERATORS}:1: skip address=0000:09:00.0: the skip line spares no GPU: "
                   "no device is there; gpuclaimctl scan", result.stderr)
    case.write(OPERATORS, "skip 10de:1c81 address=0000:09:00.0\n")
    result = case.run("setup", "--all-gpus", "--dry-run")
    case.expect_in("the GPU is elsewhere", "the skip line spares no GPU: no device is there; a GPU with "
                   "these IDs is at 0000:01:00.0; gpuclaimctl scan", result.stderr)
    case.write(OPERATORS, "skip address=0000:01:00.1\n")
    result = case.run("setup", "--all-gpus", "--dry-run")
    case.expect("a companion's place spares its GPU", "spares no GPU" in result.stderr, False)


def check_override_to_come(case):
    """An ACS override that update-grub has yet to write would have the node never ready."""
    case.write("etc/default/grub", case.read("etc/default/grub") +
               'GRUB_CMDLINE_LINUX="pcie_acs_override=downstream"\n')
    begin = case.snapshot()
    result = case.run("setup", "--all-gpus")
    case.expect_code("to come", result, 4)
    case.expect_in("to come", "/etc/default/grub gives the next boot the kernel argument "
                   "pcie_acs_override=downstream, with which the IOMMU groups do not isolate", result.stderr)
    case.expect_in("to come", "; take pcie_acs_override=downstream out of /etc/default/grub, and put",
                   result.stderr)
    case.expect("nothing is changed", trees.differences(begin, case.snapshot()), [])
    result = case.run("setup", "--all-gpus", "--no-kernel-args", "--dry-run")
    case.expect_code("left out", result, 0)
    case.expect_in("left out", "/etc/default/grub gives new kernels the kernel argument pcie", result.stderr)
    case.write(OPERATORS, "set isolation=accept\n")
    case.expect_code("accepted", case.run("setup", "--all-gpus", "--dry-run"), 0)


def check_override_elsewhere(case):
    """An ACS override of new kernels, where the entries are edited one by one: the next boot has none."""
    case.write("etc/kernel/cmdline", case.read("etc/kernel/cmdline").rstrip() +
               " pcie_acs_override=downstream\n")
    result = case.run("setup", "--all-gpus", "--dry-run")
    case.expect_code("elsewhere", result, 0)
    case.expect_in("elsewhere", "/etc/kernel/cmdline gives new kernels the kernel argument "
                   "pcie_acs_override=downstream, with which the IOMMU groups do not isolate", result.stderr)
    case.expect_in("elsewhere", "; take pcie_acs_override=downstream out of /etc/kernel/cmdline, and",
                   result.stderr)


def check_boot_not_mounted(case):
    """What would be written below /boot boots nothing; where nothing is, that is no matter."""
    case.write("etc/fstab", "UUID=2 /boot ext4 defaults 0 2\n")
    case.write("proc/self/mountinfo", "29 1 8:2 / / rw - ext4 /dev/sda2 rw\n")
    result = case.run("setup", "--all-gpus", "--dry-run")
    case.expect_code("both parts", result, 4)
    case.expect_in("both parts", "/boot is in /etc/fstab and is not mounted", result.stderr)
    result = case.run("setup", "--all-gpus", "--dry-run", "--no-initramfs", "--no-kernel-args")
    case.expect_code("none of them", result, 0)


def check_as_configured(case):
    """The operator's claim lines are the choice, and stay the operator's."""
    lines = "# my GPUs\nset boot-vga=allow\nclaim 10de:1c81\n"
    case.write(OPERATORS, lines)
    result = case.run("setup")
    case.expect_code("setup", result, 0)
    case.expect_in("who chose", "chosen by /etc/gpuclaim/gpuclaim.conf:3\n", result.stdout)
    case.expect("not touched", case.read(OPERATORS), lines)
    case.expect("only armed", [line for line in case.read(CONFIG).splitlines()
                               if not line.startswith("#")],
                ["set arm=karg", "set isolation=require"])
    case.expect_in("again", "nothing to do", case.run("setup").stdout)
    # Whoever takes that line away gets it back.
    case.write(CONFIG, "# nothing\n")
    case.expect_code("disarmed by hand", case.run("setup"), 0)
    case.expect("armed again", case.read(CONFIG), "# nothing\nset arm=karg\n")
    case.expect_code("boot VGA", case.run("setup", "--boot-vga=refuse"), 0)
    case.expect_in("boot VGA", "\nset isolation=require\nset boot-vga=refuse\n", case.read(CONFIG))
    case.expect_code("undo", case.run("undo"), 0)
    case.expect("the operator's", case.read(OPERATORS), lines)


def check_no_choice(case):
    """Without a terminal: the list, and exit code 2."""
    for words in [], ["--yes"], ["--dry-run"]:
        result = case.run("setup", *words)
        case.expect_code(f"{words}", result, 2)
        for part in "0000:01:00.0 ", "0000:02:00.0 ", "no GPU is named: give --all-gpus":
            case.expect_in(f"{words}", part, result.stderr)
        case.expect(f"{words}", result.stdout, "")
        case.expect_begin(f"{words}")
    report = case.json("setup")
    case.expect("JSON", (report["code"], len(report.get("notes", []))), (2, 2))
    case.expect_in("JSON", "no GPU is named", report.get("refusal") or "")


def check_wrong_options(case):
    """Usage, and configuration errors: exit code 2, nothing is changed."""
    for words, part in ((["--ids", "nvidia"], "expected VENDOR:DEVICE"),
                        (["--ids", "10de:1c81", "--gate=maybe"], "expected strict or none"),
                        (["--all-gpus", "--boot-vga=maybe"], "expected refuse or allow")):
        result = case.run("setup", *words)
        case.expect_code(f"{words}", result, 2)
        case.expect_in(f"{words}", part, result.stderr)
        case.expect_begin(f"{words}")
    case.write(OPERATORS, "claim nonsense\n")
    for words in [], ["--all-gpus"]:
        result = case.run("setup", *words)
        case.expect_code("a broken file", result, 2)
        case.expect_in("a broken file", "/etc/gpuclaim/gpuclaim.conf:1:7: ", result.stderr)
    case.write(OPERATORS, "claim nonsense\nset expect=x\n")
    site = "etc/gpuclaim/gpuclaim.conf.d/10-site.conf"
    case.write(site, "skip\n")
    result = case.run("setup", "--all-gpus")
    case.expect_code("two broken files", result, 2)
    wanted = [f"/{OPERATORS}:1:7: found", f"/{OPERATORS}:2:5: found", f"/{site}:1:5: found",
              "correct each place that is named: until then no claim line of any file counts"]
    lines = [line.removeprefix("gpuclaimctl: setup: ") for line in result.stderr.splitlines()]
    case.expect("each error on a line of its own, what to do once",
                [line[:len(part)] for line, part in zip(lines, wanted)] + lines[len(wanted):],
                wanted)
    case.expect("what was written", case.read(CONFIG), None)
    os.unlink(case.path(site))
    os.unlink(case.path(OPERATORS))
    case.write(CONFIG, "nonsense\n")
    case.expect_code("our own file, broken", case.run("setup"), 2)
    case.expect_code("and replaced", case.run("setup", "--all-gpus"), 0)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect("what was there before", case.read(CONFIG), "nonsense\n")


def check_dry_run(case):
    """A dry run tells each step of the real one, and changes nothing."""
    case.write(OPERATORS, "set companions=group\n")
    words = ["--all-gpus", "--gate=strict"]
    begin = case.snapshot()
    text = case.run("setup", *words, "--dry-run")
    case.expect_code("dry run", text, 0)
    for part in f"+++ b/{CONFIG}\n", f"+++ b/{GATE}\n", f"+++ b/{DROPIN}\n", "+set arm=karg\n", \
            f"would link: /{LINK} -> /{UNIT}\n", "would run: /usr/sbin/update-grub\n", \
            f"would run: /usr/sbin/update-initramfs -u -k {case.kernels[0]}\n":
        case.expect_in("dry run", part, text.stdout)
    planned = case.json("setup", *words, "--dry-run")
    case.expect("nothing changed", (case.snapshot(), case.built()), (begin, []))
    case.expect("not even a lock", os.path.exists(case.path("run/gpuclaim")), False)
    done = case.json("setup", *words)
    case.expect("it does what it said", done.get("actions"), planned.get("actions"))
    case.expect("it would change", (planned.get("changed"), planned.get("reboot_required"),
                                    planned.get("dry_run")), (True, True, True))
    after = case.snapshot()
    text = case.run("undo", "--dry-run").stdout
    for part in f"--- a/{CONFIG}\n", f"would remove the link: /{LINK}\n", \
            f"would run: /usr/sbin/update-initramfs -u -k {case.kernels[1]}\n":
        case.expect_in("undo --dry-run", part, text)
    planned = case.json("undo", "--dry-run")
    case.expect("nothing changed by that", case.snapshot(), after)
    done = case.json("undo")
    case.expect("undo does what it said", done.get("actions"), planned.get("actions"))
    case.expect("back", case.snapshot(), begin)


def check_parts_left_out(case):
    """--no-kernel-args and --no-initramfs; a later run adds what was left out."""
    result = case.run("setup", "--all-gpus", "--no-kernel-args")
    case.expect_code("no arguments", result, 0)
    case.expect_in("no arguments", "give the next boot intel_iommu=on iommu=pt gpuclaim=1 in your own way; "
                   "without gpuclaim=1 nothing is claimed", result.stderr)
    case.expect("not armed", (case.armed(), case.read(DROPIN)), (0, None))
    case.expect("but built", case.built(), case.kernels)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("no arguments, undo")
    case.expect_code("by another hand", case.run("kargs", "apply"), 0)
    result = case.run("setup", "--all-gpus", "--no-kernel-args")
    case.expect("there by another hand", (result.returncode, result.stderr), (0, ""))
    case.fresh()
    result = case.run("setup", "--all-gpus", "--no-initramfs")
    case.expect_code("no initramfs", result, 0)
    case.expect("armed, not built", (case.armed(), case.built()), (2, []))
    case.expect_code("with it", case.run("setup", "--all-gpus"), 0)
    case.expect("built now", case.built(), case.kernels)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def check_gate(case):
    """nova-compute waits for the unit, where it is there; and no longer."""
    case.expect_code("strict", case.run("setup", "--all-gpus", "--gate=strict"), 0)
    case.expect("all known units", sorted(
        name for name in os.listdir(case.path("etc/systemd/system")) if name.endswith(".d")),
        sorted(f"{unit}.service.d" for unit in (
            "nova-compute", "openstack-nova-compute", "kolla-nova_compute-container",
            "tripleo_nova_compute", "edpm_nova_compute",
            "snap.openstack-hypervisor.nova-compute")))
    for part in "[Unit]\nRequires=gpuclaim-ready.service\n", "\nAfter=gpuclaim-ready.service\n":
        case.expect_in("the gate", part, case.read(GATE))
    case.expect_in("stays without the option", "nothing to do", case.run("setup").stdout)
    case.expect_code("none", case.run("setup", "--gate=none"), 0)
    case.expect("gone", case.read(GATE), None)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")
    for begin in ("remove", "mask"):
        case.fresh()
        os.unlink(case.path(UNIT))
        if begin == "mask":
            os.makedirs(case.path("etc/systemd/system"), exist_ok=True)
            os.symlink("/dev/null", case.path("etc/systemd/system/gpuclaim-ready.service"))
        result = case.run("setup", "--all-gpus", "--gate=strict")
        case.expect_code(begin, result, 4)
        case.expect_in(begin, "nova-compute would never start", result.stderr)
        case.expect(begin, case.read(CONFIG), None)
        result = case.run("setup", "--all-gpus")
        case.expect_code(begin, result, 0)
        case.expect_in(begin, "gpuclaim-ready.service is ", result.stderr)
        case.expect(begin, case.read(LINK), None)


def check_foreign_edits(case):
    """What another hand did in between is kept, and named."""
    case.expect_code("setup", case.run("setup", "--all-gpus", "--gate=strict"), 0)
    case.write(CONFIG, "skip address=0000:02:00.0 # broken\n", "a")
    case.write(GATE, "[Service]\nTimeoutStartSec=9\n", "a")
    case.write("etc/gpuclaim/gpuclaim.conf.d/70-site.conf", "set companions=group\n")
    os.unlink(case.path(LINK))
    os.symlink("/elsewhere", case.path(LINK))
    case.write(DROPIN, 'GRUB_TIMEOUT="7"\n', "a")
    result = case.run("undo")
    case.expect_code("undo", result, 0)
    case.expect("configuration", case.read(CONFIG), "skip address=0000:02:00.0 # broken\n")
    case.expect("gate", case.read(GATE), "[Service]\nTimeoutStartSec=9\n")
    case.expect("link", case.read(LINK), "/elsewhere")
    case.expect("arguments", case.read(DROPIN), 'GRUB_TIMEOUT="7"\n')
    case.expect("armed", case.armed(), 0)
    case.expect("another's file", case.read("etc/gpuclaim/gpuclaim.conf.d/70-site.conf"),
                "set companions=group\n")
    for path in CONFIG, GATE, LINK, DROPIN:
        case.expect_in("named", f"/{path}: somebody else has changed it since", result.stderr)
    case.expect_in("done", "nothing to undo", case.run("undo").stdout)
    # A second setup over a foreign line: an undo gives that line back.
    case.fresh()
    case.run("setup", "--all-gpus")
    case.write(CONFIG, "set companions=group\n", "a")
    case.expect_code("over it", case.run("setup", "--all-gpus"), 0)
    case.expect("replaced", "companions" in case.read(CONFIG), False)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect("given back", case.read(CONFIG), "set companions=group\n")


def check_other_choice(case):
    """A second setup with another choice; the way back is to before the first."""
    case.expect_code("all", case.run("setup", "--all-gpus"), 0)
    case.expect_code("one", case.run("setup", "--addresses=0000:02:00.0"), 0)
    case.expect("one", (case.read(CONFIG).count("\nclaim "), case.armed()), (1, 2))
    case.expect("built twice", case.built(), case.kernels * 2)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


DROPS = "the new choice drops what setup chose before: "


def check_dropped(case):
    """A new choice that leaves out what an earlier one had names it, once, and no other's choice."""
    case.expect_code("both", case.run("setup", "--all-gpus"), 0)
    told = case.json("setup", "--addresses", "0000:01:00.0", "--dry-run")["warnings"]
    case.expect("planned", [w.removeprefix(DROPS)[:24] for w in told if DROPS in w],
                ["0000:02:00.0 (10de:2204)"])
    result = case.run("setup", "--addresses", "0000:01:00.0")
    case.expect_in("done", f"{DROPS}0000:02:00.0 (10de:2204): it stays with the host", result.stderr)
    for words in ["--addresses", "0000:01:00.0"], ["--all-gpus"], []:
        result = case.run("setup", *words)
        case.expect(f"{words}: nothing is dropped", DROPS in result.stderr, False)
    case.write("etc/gpuclaim/gpuclaim.conf", "claim 10de:2204\n")
    result = case.run("setup", "--addresses", "0000:01:00.0")
    case.expect("another line keeps it", DROPS in result.stderr, False)


def check_arguments_of_others(case):
    """Kernel arguments that were there before are not setup's to take back."""
    case.expect_code("kargs", case.run("kargs", "apply"), 0)
    case.expect_code("setup", case.run("setup", "--all-gpus"), 0)
    result = case.run("undo")
    case.expect_code("undo", result, 0)
    case.expect("still there", case.armed(), 2)
    case.expect_in("told", "gpuclaimctl kargs revert", result.stderr)
    case.expect_code("revert", case.run("kargs", "revert"), 0)
    case.expect_begin("revert")
    case.expect_code("setup again", case.run("setup", "--all-gpus"), 0)
    case.expect_code("reverted by hand", case.run("kargs", "revert"), 0)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def check_no_exec(case):
    """Files are written, the commands are told: in JSON, in text, and in an undo."""
    report = case.json("setup", "--all-gpus", "--no-exec")
    commands = [a["command"] for a in report.get("actions", []) if a["action"] == "run"]
    case.expect("commands", commands, [
        *(f"/usr/sbin/update-initramfs -u -k {kernel}" for kernel in case.kernels),
        "/usr/sbin/update-grub"])
    case.expect("nothing ran", (report["code"], case.built(), case.armed()), (0, [], 0))
    case.expect("files", None in (case.read(CONFIG), case.read(DROPIN)), False)
    text = case.run("setup", "--all-gpus", "--no-exec").stdout
    for command in commands:
        case.expect_in("told again", f"to be run: {command}\n", text)
    case.expect_code("run", case.run("setup", "--all-gpus"), 0)
    case.expect("armed", case.armed(), 2)
    text = case.run("undo", "--no-exec").stdout
    for command in commands:
        case.expect_in("undo", f"to be run: {command}\n", text)
    case.expect("the files are back", case.read(CONFIG), None)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def check_report(case):
    """The JSON has its keys whatever happens; --quiet prints problems only."""
    for words in [], ["--all-gpus", "--dry-run"], ["--all-gpus"], ["--ids=x"]:
        report = case.json("setup", *words)
        case.expect(f"keys {words}", set(report), KEYS)
    report = case.json("undo")
    case.expect("keys of undo", set(report), KEYS)
    case.expect("undo", (report.get("changed"), report.get("reboot_required"), report["code"]),
                (True, False, 0))
    case.expect("what undo did", [a["action"] for a in report["actions"]],
                ["remove", "run", "remove", "remove", "run", "run"])
    for verb, words in ("setup", ["--all-gpus"]), ("undo", []):
        result = case.run(verb, "--quiet", *words)
        case.expect(f"{verb} --quiet", (result.returncode, result.stdout, result.stderr),
                    (0, "", ""))
    case.expect_begin("quiet")


def check_folders(case):
    """A folder that setup made stays if another's file is in it; one that was there stays."""
    os.makedirs(case.path("etc/default/grub.d"))
    case.begin = case.snapshot()
    case.run("setup", "--all-gpus")
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")
    case.run("setup", "--all-gpus")
    other = "etc/systemd/system/multi-user.target.wants/other.service"
    os.symlink("/other", case.path(other))
    case.expect_code("undo", case.run("undo"), 0)
    case.expect("the other's", case.read(other), "/other")
    case.expect("ours", os.path.exists(case.path("etc/gpuclaim/gpuclaim.conf.d")), False)


def check_prechecks(case):
    """What speaks against it is told before anything is changed; what was looked at is in JSON."""
    report = case.json("setup", "--all-gpus", "--dry-run")
    states = {c["id"]: c["state"] for c in report.get("checks", [])}
    case.expect("looked at", (states.get("iommu-firmware"), states.get("vfio-modules")),
                ("pass", "pass"))
    shutil.rmtree(case.path("sys/class/iommu"))
    os.unlink(case.path("sys/firmware/acpi/tables/DMAR"))
    before = case.snapshot()
    for words in [], ["--dry-run"], ["--yes"]:
        result = case.run("setup", "--all-gpus", *words)
        case.expect_code("no IOMMU", result, 4)
        case.expect_in("no IOMMU", "enable VT-d (Intel) or AMD-Vi", result.stderr)
        case.expect("no IOMMU", case.snapshot(), before)


DEBIAN, RED_HAT = {"name": "debian12"}, {"name": "rhel9"}
TARGET = {"name": "debian12", "machine": False}
SYSTEMD_BOOT = {"name": "systemd-boot"}
CHECKS = [(check_round, DEBIAN), (check_round, RED_HAT), (check_round, SYSTEMD_BOOT),
          (check_override_elsewhere, RED_HAT), (check_entries_of_others, SYSTEMD_BOOT),
          (check_target, TARGET)]
CHECKS += [(check, DEBIAN) for check in (
    check_as_configured, check_boot_not_mounted, check_by_path, check_no_gpu_there, check_skip_astray,
    check_override_to_come, check_no_choice, check_wrong_options, check_dry_run,
    check_parts_left_out, check_gate, check_foreign_edits, check_other_choice, check_dropped,
    check_arguments_of_others, check_no_exec, check_report, check_folders, check_prechecks)]
