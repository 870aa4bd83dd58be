# SPDX-License-Identifier: GPL-2.0-or-later
"""Test gpuclaimctl fleet: what it makes of many nodes' reports, and of what is none.

    python3 -m tests.ctl.fleet [--update] [PART-OF-NAME]...

fleet/NAME.out is what is printed of the nodes below. "Asked for with COLUMNS" is what a terminal
of that width shows.
"""

import html.parser
import json
import os
import re
import resource
import subprocess
import sys
import tempfile

from tests.ctl.options import on_terminal
from tests.lib import programs, suite

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fleet")
UPDATE = "--update" in sys.argv
MEMORY = 200 << 20
NODE_INSTRUCTIONS = 1300000


def device(address, ids="10de:2330", name="NVIDIA Corporation GH100 [H100 SXM5 80GB]", **more):
    vendor, product = ids.split(":")
    return {"address": address, "vendor_id": vendor, "device_id": product, "class": "030200",
            "name": name, "role": "gpu", "gpu": address, "selected": True, "driver": "vfio-pci",
            "verdict": "claimed", "ready": True, "reasons": []} | more


def node(host, gpus=8, failed=(), **more):
    """What status --json of a node with such GPUs says, a ready one unless @failed has checks."""
    devices = [device(f"0000:{i:02x}:00.0", ready=not failed) for i in range(0x10, 0x10 + gpus)]
    checks = [{"id": "configuration", "state": "pass", "message": "it is valid", "remedy": None},
              *({"id": id, "state": "fail", "message": f"{id} fails here", "remedy": "mend it"}
                for id in failed)]
    alias = [{"name": "h100", "vendor_id": "10de", "product_id": "2330", "device_type": "type-PF"}]
    return {"version": 1, "host": host, "ready": not failed, "reboot_required": False,
            "configured": True, "final": True, "configuration": "0123456789abcdef",
            "iommu": {"state": "active", "kind": "intel", "interrupt_remapping": True},
            "checks": checks, "devices": devices,
            "nova": {"device_spec": [], "alias": alias, "schedulable": {"h100": gpus}}} | more


EVIL = "<script>alert(1)</script>\"'&amp;\033[31m\u202e\n"

NODES = [
    node("gpu-01"),
    node("gpu-02", failed=["claimed", "group-viable"], time="2026-11-29T22:00:00Z"),
    node("gpu-03", gpus=7, failed=["claimed"], configuration="fedcba9876543210"),
    node("gpu-04", ready=False, reboot_required=True, checks=[
        {"id": "record", "state": "fail", "message": "set up; reboot", "remedy": "reboot"}]),
    node("gpu-05", gpus=0, ready=False, configured=False, failed=["selected"]),
    node("gpu-06", devices=[
        device("0000:10:00.0", in_use=True, quarantined=False),
        device("0000:11:00.0", in_use=False, quarantined=True, ready=False),
        device("0000:12:00.0", "1002:74a1", None),
        device("0000:13:00.0", "1002:74a1", None, role="companion"),
        device("0000:14:00.0", "1002:74a1", None, selected=False)]),
    node(EVIL, failed=["<b>odd</b>"]),
]


def write(folder, nodes=NODES, indent=2):
    for i, one in enumerate(nodes):
        with open(f"{folder}/{i:02}.json", "w", encoding="utf-8") as f:
            json.dump(one, f, indent=indent)
    return folder


def fleet(*words, **more):
    return programs.run(programs.companion(), "fleet", *words, **more)


def piped(text, *words):
    """The same of standard input."""
    return subprocess.run([programs.companion(), "fleet", "-", *words], input=text, text=True,
                          capture_output=True, check=False, timeout=60)


def golden(name, text):
    path = os.path.join(GOLDEN, name)
    if UPDATE:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    with open(path, encoding="utf-8") as f:
        assert f.read() == text, f"{name}: {text}"


def test_screens(folder):
    """At 80 and at 200 columns; no line is longer than the terminal."""
    write(folder)
    for columns in (80, 200):
        text = on_terminal(programs.companion(sanitized=False), "/",
                           os.environ | {"NO_COLOR": "1"},
                           ["fleet", folder, "--reference", "gpu-01"], columns)
        text = text.replace("\r\n", "\n").replace(folder, "DIR")
        assert max(map(len, text.splitlines())) <= columns, text
        golden(f"screen-{columns}.out", text)


def test_json(folder):
    result = fleet(write(folder), "--json", "--reference", "gpu-01")
    assert result.returncode == 0 and not result.stderr, result
    golden("json.out", result.stdout.replace(folder, "DIR"))


class Page(html.parser.HTMLParser):
    """The elements of a page, and what is wrong with them."""

    VOID = {"meta", "link", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.problems = [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.problems.append(f"not closed: {self.open}")

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> at {self.getpos()}")

    def count(self, tag):
        return sum(name == tag for name, _ in self.tags)


def test_page(folder):
    """It needs no other file, runs nothing, and says what each table and each cell's heads are."""
    with open(f"{write(folder)}/99<i>.json", "w", encoding="utf-8") as f:
        f.write("{")
    result = fleet(folder, "--html", "--reference", "gpu-01")
    assert result.returncode == 1, result
    page = Page(result.stdout)
    assert not page.problems, page.problems
    for tag in "script", "link", "img", "iframe", "i", "b", "form":
        assert not page.count(tag), tag
    assert not re.search(r"url\(|@import|https?:|\bon\w+=|javascript:", result.stdout.split("<main")[0])
    assert not any(key in ("src", "style") or key.startswith("on")
                   for _, attributes in page.tags for key in attributes)
    assert page.count("table") == page.count("caption") == page.count("thead") == 5
    heads = [attributes for tag, attributes in page.tags if tag == "th"]
    assert all(head.get("scope") in ("row", "col") for head in heads)
    assert sum(head["scope"] == "row" for head in heads) == page.count("tr") - 5
    assert ("html", {"lang": "en"}) in page.tags and page.count("title") == page.count("h1") == 1
    assert "\033" not in result.stdout
    golden("page.html", result.stdout.replace(folder, "DIR"))


def test_bad_files(folder):
    """Each is named, none is a node, and the good ones are told."""
    good, bad = f"{folder}/good", f"{folder}/bad"
    os.mkdir(good)
    os.mkdir(bad)
    write(good, NODES[:2])
    text = json.dumps(NODES[0], indent=2)
    told = {
        "cut": text[:300],
        "empty": "",
        "foreign": json.dumps({"version": 1, "devices": []}),
        "later": json.dumps(NODES[0] | {"version": 2}),
        "list": json.dumps(NODES),
        "no-checks": json.dumps(NODES[0] | {"checks": None}),
        "no-devices": json.dumps(NODES[0] | {"devices": [1]}),
        "odd-ids": json.dumps(NODES[0] | {"devices": [device("0000:01:00.0", "zz:1")]}),
        "huge": json.dumps(NODES[0] | {"more": "x" * (5 << 20)}),
        "deep": '{"a":' + "[" * 100 + "]" * 100 + "}",
        "many": json.dumps(NODES[0] | {"more": [{}] * 20000}),
        "nul": "\0" * 100,
        "text": "root:x:0:0\n" * 9,
        "braces": "{" * 100000,
    }
    for name, content in told.items():
        with open(f"{bad}/{name}", "w", encoding="utf-8") as f:
            f.write(content)
    os.mkfifo(f"{bad}/fifo")
    os.symlink("/dev/zero", f"{bad}/zero")
    os.symlink("none", f"{bad}/broken-link")
    os.mkdir(f"{bad}/folder")
    result = fleet(bad, f"{folder}/none", good, "--json")
    report = json.loads(result.stdout)
    assert result.returncode == 1 and not report["complete"]
    assert [one["host"] for one in report["nodes"]] == ["gpu-01", "gpu-02"]
    named = [*told, "fifo", "zero", "broken-link", "folder"]
    for name in named:
        lines = [line for line in result.stderr.splitlines() if f"/bad/{name}: " in line]
        assert 1 <= len(lines) <= 9, (name, lines)
    assert f"{folder}/none: it can't be read: No such file" in result.stderr
    assert sorted(report["problems"]) == sorted(
        line.removeprefix("gpuclaimctl: fleet: ") for line in result.stderr.splitlines())


def test_endless(_folder):
    """What has no end and no report in it is given up."""
    result = fleet("/dev/zero")
    assert result.returncode == 1 and "hold no report: the rest was not read" in result.stderr, result


def test_stream(_folder):
    """Many in one stream, in any layout; a cut one and what is between them are named."""
    texts = [json.dumps(one, indent=i % 3 or None) for i, one in enumerate(NODES[:5])]
    for between in "", "\n", "\n\n":
        result = piped(between.join(texts), "--json")
        assert result.returncode == 0, result
        assert len(json.loads(result.stdout)["nodes"]) == 5
    for cut in range(1, len(texts[1]), 97):
        result = piped(f"{texts[1][:cut]}\n{texts[0]}\nwarning: hello\n{texts[2]}", "--json")
        hosts = {one["host"] for one in json.loads(result.stdout)["nodes"]}
        assert result.returncode == 1 and "gpu-03" in hosts and "gpu-02" not in hosts, (cut, result)


def test_never_ready(_folder):
    """A node that says it is ready, and has a check that fails, is not."""
    result = piped(json.dumps(NODES[1] | {"ready": True}), "--json")
    assert json.loads(result.stdout)["states"]["ready"] == 0, result


def test_names(folder):
    """A node without a name gets its file's; one that is told twice counts once, the latest."""
    nameless = {key: value for key, value in NODES[0].items() if key != "host"}
    with open(f"{folder}/rack-1.json", "w", encoding="utf-8") as f:
        f.write(json.dumps(nameless) * 2)
    write(folder, [NODES[1] | {"time": "2026-11-29T22:00:02Z"}, NODES[0] | {"host": "gpu-02"}
                   | {"time": "2026-11-29T22:00:01Z"}])
    result = fleet(folder, "--json")
    nodes = json.loads(result.stdout)["nodes"]
    assert [one["host"] for one in nodes] == ["gpu-02", "rack-1", "rack-1#2"], nodes
    assert nodes[0]["state"] == "not-ready" and result.returncode == 1
    assert re.search(r"left out: \S+ has a later report of node gpu-02\n", result.stderr), \
        result.stderr


def test_latest(folder):
    """A report without a time is never the latest, wherever it is read."""
    old = NODES[1] | {"time": "2026-11-29T01:00:00Z"}
    new = NODES[0] | {"host": "gpu-02", "time": "2026-11-29T02:00:00Z"}
    none = {key: value for key, value in old.items() if key != "time"}
    for order in (new, none, old), (none, new, old), (old, new, none):
        result = fleet(write(folder, order), "--json")
        assert [one["state"] for one in json.loads(result.stdout)["nodes"]] == ["ready"], result


def test_no_status(_folder):
    """A report without a check is none; an alias whose GPUs are not known differs in nothing."""
    result = piped(json.dumps(NODES[0] | {"checks": [], "devices": []}), "--json")
    assert result.returncode == 1 and not json.loads(result.stdout)["nodes"], result
    unknown = NODES[0] | {"host": "b", "nova": NODES[0]["nova"] | {"schedulable": {"x": None}}}
    lacking = NODES[0] | {"host": "c", "nova": NODES[0]["nova"] | {"schedulable": {}}}
    result = piped(json.dumps(unknown) + json.dumps(lacking), "--reference", "c")
    assert result.returncode == 0 and "Differences" not in result.stdout, result


def test_reference(folder):
    """Without the reference node the rest is told all the same."""
    result = fleet(write(folder), "--reference", "none")
    assert result.returncode == 1 and "7 nodes" in result.stdout, result
    assert "no node of this name was read" in result.stderr


def test_root(folder):
    """Below --root paths are those of the tree."""
    os.makedirs(f"{folder}/var/reports")
    write(f"{folder}/var/reports")
    for path in "/var/reports", "/var/reports/00.json":
        result = fleet("--root", folder, path, "--json")
        assert result.returncode == 0 and json.loads(result.stdout)["nodes"], result


def stream_of(n):
    """So many nodes as one text, every third of them with two checks that fail."""
    ready, bad = (json.dumps(one, indent=2) for one in NODES[:2])
    return "\n".join((bad if i % 3 == 0 else ready).replace('"gpu-0', f'"rack-{i:05}-gpu-0')
                     for i in range(n))


def test_memory(folder):
    """10,000 nodes, in each format, in no more memory than is allowed."""
    path = f"{folder}/nodes"
    with open(path, "w", encoding="utf-8") as f:
        f.write(stream_of(10000))
    for words in [], ["--verbose"], ["--json"], ["--html"], ["--reference", "rack-00001-gpu-01"]:
        with open(path, encoding="utf-8") as f:
            result = subprocess.run(
                [programs.companion(sanitized=False), "fleet", "-", *words], stdin=f, text=True,
                capture_output=True, check=False, timeout=120,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)))
        assert result.returncode == 0 and "rack-09999" in result.stdout or "10000 nodes" in result.stdout, (
            words, result.returncode, result.stderr)


def test_linear(folder):
    """Four times the nodes are four times the instructions, and one is no more than leaves ten thousand below two
    seconds: they took one of a processor's time with a million instructions each, not optimized."""
    for words in "--verbose", "--html", "--json":
        counts = []
        for n in 100, 400:
            with open(f"{folder}/nodes", "w", encoding="utf-8") as f:
                f.write(stream_of(n))
            told = programs.run("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                                programs.companion(sanitized=False), "fleet", f"{folder}/nodes", words, timeout=900)
            counts.append(int(re.search(r"Collected : (\d+)", told.stderr)[1]))
        assert counts[1] < 4.5 * counts[0] and counts[1] < 400 * NODE_INSTRUCTIONS, (words, counts)


def main():
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
    suite.listed(name for name, _ in suite.tests_of(globals()))
    tests = [(name, suite.in_folder(function)) for name, function in suite.tests_of(globals())
             if not wanted or any(word in name for word in wanted)]
    suite.end(*suite.run(tests))


if __name__ == "__main__":
    main()
