# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl setup --image`, in the build of an image: what a node has of its own is not touched, and
the machine that builds is not looked at."""

CONFIG = "usr/lib/gpuclaim/gpuclaim.conf.d/60-setup.conf"
PRESET = "usr/lib/systemd/system-preset/60-gpuclaim.preset"
KARGS = "usr/lib/bootc/kargs.d/60-gpuclaim.toml"
REFUSED = {"--all-gpus": 4, "--addresses=0000:01:00.0": 4, "--by-path": 4, "--boot-vga=allow": 4,
           "--adopt": 2, "--trial": 2, "--gate=strict": 2, "--alias=a": 2, "--placement": 2}


def setup(case, *words):
    return case.run("setup", "--image", *words)


def judge_done(case, before, *files):
    after = case.snapshot()
    new = {path for path in after if after[path] != before.get(path) and not path.endswith("/")}
    case.expect("new files", new, set(files))
    case.expect("the image's configuration", CONFIG in case.inside(case.kernels[0]), CONFIG in files)


def check_image(case):
    """Refused first, with nothing changed; then told, done, and the next run finds its files."""
    before = case.snapshot()
    for word, code in REFUSED.items():
        case.expect(word, (setup(case, "--ids=10de:1c81", word).returncode, case.snapshot()),
                    (code, before))
    result = setup(case)
    case.expect_in("no choice", "no GPU is named: give --ids, or copy", result.stderr)
    plan = case.json("setup", "--image", "--ids=10de:ffff", "--dry-run")
    case.expect("the plan changes nothing", case.snapshot(), before)
    done = case.json("setup", "--image", "--ids=10de:ffff")
    case.expect("as planned", (done["code"], done["actions"]), (0, plan["actions"]))
    judge_done(case, before, CONFIG, PRESET, KARGS)
    case.expect("what it claims", "\nclaim 10de:ffff\n" in case.read(CONFIG), True)
    case.expect("armed by an argument", "\nset arm=karg\n" in case.read(CONFIG), True)
    case.expect_in("arguments", '"gpuclaim=1"', case.read(KARGS))
    case.expect_in("shown", "gpuclaim=1", case.run("kargs", "show").stdout)
    result = setup(case, "--ids=10de:ffff")
    case.expect("again", (result.returncode, result.stdout.splitlines()[-1:]),
                (0, [f"initramfs of {case.kernels[0]} ... ok"]))
    case.expect("again with the lines that are there", setup(case).returncode, 0)
    result = case.run("undo")
    case.expect("there is no record", (result.returncode, result.stdout), (0, "nothing to undo\n"))


def check_image_in_part(case):
    """Lines that were copied there are the choice; what is left out stays as it is."""
    case.write("usr/lib/gpuclaim/gpuclaim.conf.d/10-site.conf", "set arm=karg\nclaim 10de:1c81\n")
    before = case.snapshot()
    result = setup(case, "--no-kernel-args", "--no-initramfs")
    case.expect_code("setup", result, 0)
    judge_done(case, before, PRESET)
    case.write("usr/lib/gpuclaim/gpuclaim.conf.d/10-site.conf", "claim nonsense\n")
    case.expect_code("a broken line", setup(case), 2)


def check_no_image(case):
    """A node that was installed: nothing is written that it would never boot."""
    before = case.snapshot()
    for words in [], ["--dry-run"], ["--no-initramfs"]:
        result = setup(case, "--ids=10de:1c81", *words)
        case.expect_code(f"{words}", result, 4)
        case.expect_in(f"{words}", "this system is installed, since it has /", result.stderr)
        case.expect_in(f"{words}", "; run gpuclaimctl setup without --image\n", result.stderr)
    case.expect("nothing is changed", case.snapshot(), before)


TREE = {"name": "image", "machine": False}
CHECKS = [(check_image, TREE), (check_image, {"name": "image"}), (check_image_in_part, TREE),
          *((check_no_image, {"name": name}) for name in ("debian12", "rhel9", "systemd-boot"))]
