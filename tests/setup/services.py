# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl undo --services`, which the packages run when they are removed: what would keep
nova-compute from starting goes, whatever became of the records, and a later undo takes the rest."""

import os
import shutil

from tests.setup.node import CONFIG, DROPIN, GATE, LINK

NOVA = "etc/nova/nova.conf.d/60-gpuclaim.conf"
UNITS = "etc/systemd/system"
SYNC_TIMER = "usr/lib/systemd/system/gpuclaim-sync.timer"
SYNC_LINK = f"{UNITS}/timers.target.wants/gpuclaim-sync.timer"
REQUIRED = f"{UNITS}/nova-compute.service.requires/gpuclaim-ready.service"
TIMER = f"{UNITS}/timers.target.wants/gpuclaim-metrics.timer"
STAYS = '"gpuclaimctl undo" before the package is removed'
NONE_LEFT = "no service needs gpuclaim"


def gates(case):
    return [path for path, _, _ in os.walk(case.path(UNITS)) if ".service.d" in path]


def prepare(case, *words):
    """A node that is set up with all that a removal has to see to."""
    case.fresh()
    os.makedirs(case.path("etc/nova"))
    case.begin = case.snapshot()
    case.expect_code("setup", case.run("setup", "--all-gpus", "--gate=strict", *words), 0)
    case.expect("the gates", len(gates(case)), 6)


def check_sync(case):
    """The timer that keeps Placement's word true: enabled by --sync alone, disabled by undo."""
    case.fresh()
    result = case.run("setup", "--all-gpus", "--sync")
    case.expect("not installed", result.returncode, 4)
    case.expect_in("not installed", "gpuclaim-sync.timer is not installed", result.stderr)
    case.write(SYNC_TIMER, "[Timer]\n")
    case.begin = case.snapshot()
    case.expect_code("setup", case.run("setup", "--all-gpus"), 0)
    case.expect("off by default", case.read(SYNC_LINK), None)
    case.expect_code("setup --sync", case.run("setup", "--sync"), 0)
    case.expect("the timer's link", os.readlink(case.path(SYNC_LINK)), f"/{SYNC_TIMER}")
    case.expect("again", case.json("setup", "--sync")["changed"], False)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def expect_gone(case, what, nova=None):
    case.expect(f"{what}: gates", gates(case), [])
    case.expect(f"{what}: the link", case.read(LINK), None)
    case.expect(f"{what}: Nova's drop-in", case.read(NOVA), nova)
    case.expect(f"{what}: the arguments", case.armed(), 2)
    case.expect(f"{what}: files that stay", (case.read(CONFIG) is None, case.read(DROPIN) is None),
                (False, False))


def check_services(case):
    """With its records: told first, done, nothing to do the next time, and undo takes the rest."""
    prepare(case)
    before = case.snapshot()
    plan = case.json("undo", "--services", "--dry-run")
    case.expect("the plan changes nothing", case.snapshot(), before)
    case.expect("planned", (plan["code"], plan["changed"], plan["reboot_required"]), (0, True, False))
    done = case.json("undo", "--services")
    case.expect("as planned", done["actions"], plan["actions"])
    case.expect("done", (done["code"], done["changed"], done["reboot_required"]), (0, True, False))
    case.expect_in("what stays", STAYS, " ".join(done["warnings"]))
    expect_gone(case, "done")
    case.expect("no image is built", case.built(), case.kernels)
    result = case.run("undo", "--services")
    case.expect("again", (result.returncode, result.stdout), (0, f"{NONE_LEFT}\n"))
    case.expect("again, as JSON", case.json("undo", "--services")["changed"], False)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")
    result = case.run("undo", "--services")
    case.expect("after undo", (result.returncode, result.stdout, result.stderr),
                (0, f"{NONE_LEFT}\n", ""))


def check_services_setup_again(case):
    """The package comes back: setup makes what is missing, and undo knows all of it."""
    prepare(case)
    case.run("undo", "--services")
    case.expect_code("setup", case.run("setup", "--gate=strict"), 0)
    case.expect("the gates", len(gates(case)), 6)
    case.expect("Nova's drop-in", case.read(NOVA) is None, False)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect_begin("undo")


def check_services_without_records(case):
    """Missing, damaged, of another version: the names of the files are enough."""
    def old(text):
        return text.replace("gpuclaim-undo 1", "gpuclaim-undo 0", 1)

    for what, spoil in (("damaged", lambda text: "nonsense\n"), ("cut short", lambda text: text[:-20]),
                        ("empty", lambda text: ""), ("another version", old), ("missing", None)):
        prepare(case)
        for name in ("setup", "nova"):
            path = f"var/lib/gpuclaim/{name}.undo"
            if spoil:
                case.write(path, spoil(case.read(path)))
            else:
                os.unlink(case.path(path))
        if not spoil:
            shutil.rmtree(case.path("var/lib/gpuclaim"))
        result = case.run("undo", "--services")
        case.expect_code(what, result, 0)
        for folder in gates(case):      # whose they are nobody knows
            os.rmdir(folder)
        expect_gone(case, what)
        case.expect_in(what, "take gpuclaim=1 out of the kernel arguments", result.stderr)
        case.expect(f"{what}: the record is kept", case.read("var/lib/gpuclaim/setup.undo") is None,
                    not spoil)


def check_services_of_others(case):
    """What others wrote: links to our units go, lines of their own stay and are named."""
    prepare(case, "--placement")
    for link in (REQUIRED, TIMER):
        os.makedirs(os.path.dirname(case.path(link)), exist_ok=True)
        os.symlink(f"/usr/lib/systemd/system/{os.path.basename(link)}", case.path(link))
    masked = f"{UNITS}/gpuclaim-commit.service"
    os.symlink("/dev/null", case.path(masked))
    own = f"{UNITS}/nova-compute.service.d/override.conf"
    case.write(own, "[Unit]\nBindsTo = gpuclaim-ready.service\n")
    other = f"{UNITS}/other.service"
    case.write(other, "[Unit]\nAfter=gpuclaim-ready.service\n# Requires=gpuclaim-ready.service\n")
    case.write(GATE, "[Service]\nTimeoutStartSec=9\n", "a")
    os.unlink(case.path(LINK))
    os.symlink("/elsewhere", case.path(LINK))
    for words in ["--dry-run"], []:
        result = case.run("undo", "--services", *words)
        case.expect_code(f"others {words}", result, 0)
        case.expect_in("own drop-in", f"/{own} requires a unit of gpuclaim", result.stderr)
        case.expect("others that don't", f"/{other}" in result.stderr, False)
        case.expect("ours", f"/{GATE} requires" in result.stderr, False)
    case.expect("gate", case.read(GATE), "[Service]\nTimeoutStartSec=9\n")
    case.expect("links", [case.read(link) for link in (LINK, REQUIRED, TIMER)], [None] * 3)
    case.expect("a mask", case.read(masked), "/dev/null")
    case.expect("own drop-in", case.read(own), "[Unit]\nBindsTo = gpuclaim-ready.service\n")
    kept = [line for line in case.read(NOVA).splitlines() if not line.startswith("#")]
    case.expect("Nova", kept, ["[pci]", "report_in_placement = true"])
    case.expect_in("that is told", "keeps report_in_placement", result.stderr)
    case.expect_code("undo", case.run("undo"), 0)
    case.expect("nothing of it is armed", case.armed(), 0)
    case.expect("Nova after undo", [line for line in case.read(NOVA).splitlines()
                                    if not line.startswith("#")], kept)


def check_services_with_arguments_alone(case):
    """What takes them back is named as it is."""
    case.expect_code("apply", case.run("kargs", "apply"), 0)
    result = case.run("undo", "--services")
    case.expect_code("undo --services", result, 0)
    case.expect_in("undo --services", '"gpuclaimctl kargs revert" before the package is removed', result.stderr)


def check_services_in_part(case):
    """An edited drop-in of Nova without its record is left, and said; the gates go all the same."""
    prepare(case)
    os.unlink(case.path("var/lib/gpuclaim/nova.undo"))
    case.write(NOVA, "# mine\n", "a")
    text = case.read(NOVA)
    folder = f"{UNITS}/edpm_nova_compute.service.d/10-gpuclaim.conf"
    os.unlink(case.path(folder))
    os.mkdir(case.path(folder))
    result = case.run("undo", "--services")
    case.expect_code("edited", result, 1)
    case.expect_in("no file", f"/{folder}: ", result.stderr)
    os.rmdir(case.path(folder))
    os.rmdir(case.path(os.path.dirname(folder)))
    result = case.run("undo", "--services")
    case.expect_in("edited", "take the lines out by hand", result.stderr)
    expect_gone(case, "edited", text)


CHECKS = [(check, {"name": "debian12"}) for check in (
    check_sync, check_services, check_services_setup_again, check_services_without_records,
    check_services_of_others, check_services_with_arguments_alone, check_services_in_part)]
