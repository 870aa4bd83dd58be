# SPDX-License-Identifier: GPL-2.0-or-later
"""The units and the metrics, by systemd's and Prometheus' own tools.

    python3 -m tests.units_and_metrics [PART OF A TEST'S NAME]...
"""

import contextlib
import fnmatch
import functools
import http.server
import json
import os
import re
import socket
import subprocess
import threading
import time
import urllib.request

from tests.lib import golden, programs, suite
from tests.lib.programs import TOP, call

COMPANION = os.path.join(TOP, "build/gpuclaimctl")
SERVICES = ("initramfs", "boot", "ready", "commit", "metrics", "return", "sync")
SERVER = "4f7e2d0a-0b1c-4d2e-8f30-123456789abc"
TIMERS = ("metrics", "sync")
# Tenths, as systemd-analyze counts. The boot loader's tools run in commit; metrics sees processes, sync
# asks servers, return does both and resets.
# What systemd orders a service behind by itself.
DEFAULTS = "sysinit.target", "basic.target"
EXPOSURE_MAX = {"boot": 32, "ready": 20, "metrics": 21, "sync": 25, "return": 35, "commit": 60}


def units(folder):
    """The units as installed, with programs where systemd looks for them."""
    subprocess.run(["make", "-s", "-C", TOP, "install", f"DESTDIR={folder}", "prefix=/usr",
                    "udevdir=/usr/lib/udev", "systemdsystemunitdir=/usr/lib/systemd/system",
                    "dracutmodulesdir=/usr/lib/dracut/modules.d"],
                   check=True, stdout=subprocess.DEVNULL)
    paths = [os.path.join(folder, f"usr/lib/systemd/system/gpuclaim-{name}.service")
             for name in SERVICES]
    for path in [*paths, *(timer(folder, name) for name in TIMERS)]:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            # Neither the manual nor the programs are installed on the machine that tests this.
            file.write(re.sub(r"=(-?)/usr/(sbin|lib/udev)/", rf"=\1{folder}/usr/\2/",
                              re.sub(r"(?m)^Documentation=.*\n", "", text)))
    return dict(zip(SERVICES, paths))


def timer(folder, name="metrics"):
    return os.path.join(folder, f"usr/lib/systemd/system/gpuclaim-{name}.timer")


def test_units_are_understood(folder):
    result = call("systemd-analyze", "verify", "--man=no", *units(folder).values(),
                  *(timer(folder, name) for name in TIMERS))
    assert result.returncode == 0 and not result.stdout, result.stdout


def test_metrics_are_written_again(folder):
    """Not at boot alone: and only where the service would write them."""
    texts = []
    for path in (units(folder)["ready"], units(folder)["metrics"], timer(folder)):
        with open(path, encoding="utf-8") as file:
            texts.append(file.read())
    ready, service, again = texts
    assert "gpuclaim-metrics.timer" in setting(ready, "Wants"), ready
    assert "gpuclaim-metrics.timer" not in setting(ready, "Requires"), ready
    where = setting(service, "ConditionPathIsDirectory")
    assert where and where == setting(again, "ConditionPathIsDirectory"), (where, again)
    assert setting(again, "OnUnitInactiveSec"), again
    # With it the second run would find the service active, and do nothing.
    assert not setting(service, "RemainAfterExit"), service


def test_placement_is_told_while_the_node_runs(folder):
    """Each 30 s, not all nodes at once; and by udev only where the timer is enabled."""
    with open(units(folder)["sync"], encoding="utf-8") as file:
        service = file.read()
    with open(timer(folder, "sync"), encoding="utf-8") as file:
        again = file.read()
    assert setting(again, "OnUnitInactiveSec") == ["30s"], again
    assert setting(again, "RandomizedDelaySec") and setting(again, "AccuracySec"), again
    assert setting(service, "StartLimitIntervalSec") == ["0"], service
    with open(os.path.join(TOP, "udev-rules/71-gpuclaim-sync.rules"), encoding="utf-8") as file:
        rules = file.read()
    # The kernel tells a class without its leading zero: drivers/pci/pci-driver.c, pci_uevent().
    found = re.search(r'(?m)^ENV\{PCI_CLASS\}!="(.*)", GOTO=', rules)[1].split("|")
    told = [code for code in (0x030000, 0x030200, 0x038000, 0x120000, 0x060400, 0x060000, 0x040300, 0x010802, 0x020000)
            if any(fnmatch.fnmatchcase(f"{code:04X}", word) for word in found)]
    assert told == [0x030000, 0x030200, 0x038000, 0x120000, 0x060400], told
    assert 'ACTION!="remove|bind|unbind|change|offline|online"' in rules, rules
    enabled = rules.index('TEST!="/etc/systemd/system/timers.target.wants/gpuclaim-sync.timer"')
    assert enabled < rules.index("RUN+="), rules


def test_a_gpu_is_returned_outside_of_the_sandbox_of_the_passes(folder):
    """The same pass, which may reset and see processes; what started it is gone when it starts."""
    paths, texts = units(folder), {}
    for name, path in (("sync", paths["sync"]), ("return", paths["return"]), ("timer", timer(folder, "sync")),
                       ("path", paths["return"].replace(".service", ".path"))):
        with open(path, encoding="utf-8") as file:
            texts[name] = file.read()
    flag = setting(texts["path"], "PathExists")
    assert setting(texts["return"], "ExecStartPre") == ["-/bin/rm", "-f", *flag], flag
    assert setting(texts["return"], "ExecStart") == setting(texts["sync"], "ExecStart") + ["--return"]
    assert setting(texts["timer"], "Wants") == [os.path.basename(paths["return"]).replace(".service", ".path")]
    assert not setting(texts["return"], "ProtectKernelTunables") + setting(texts["return"], "ProtectProc")
    assert "CAP_SYS_PTRACE" in setting(texts["return"], "CapabilityBoundingSet")
    assert setting(texts["return"], "DeviceAllow") == ["char-vfio", "rw", "/dev/vfio/vfio", "rw"]
    assert not setting(texts["sync"], "DeviceAllow")
    assert setting(texts["sync"], "ProtectKernelTunables") == ["yes"]
    assert setting(texts["sync"], "CapabilityBoundingSet") == ["CAP_DAC_READ_SEARCH"]


def test_units_are_hardened(folder):
    """systemd-analyze counts four options less, whatever they say, of a unit without the defaults."""
    paths = units(folder)
    for name, most in EXPOSURE_MAX.items():
        counted = os.path.join(folder, os.path.basename(paths[name]))
        with open(paths[name], encoding="utf-8") as file, open(counted, "w", encoding="utf-8") as to:
            to.write(file.read().replace("DefaultDependencies=no\n", ""))
        result = call("systemd-analyze", "security", "--no-pager", "--offline=true",
                      f"--threshold={most}", counted)
        assert result.returncode == 0, result.stdout[-200:]


def test_units_open_no_path_that_they_close(folder):
    """Of two words for one path the stricter counts: what ProtectSystem= closes stays so."""
    closed = {"yes": {"/usr", "/boot", "/efi"}, "full": {"/usr", "/boot", "/efi", "/etc"}}
    for path in units(folder).values():
        with open(path, encoding="utf-8") as file:
            text = file.read()
        protect = re.search(r"(?m)^ProtectSystem=(.*)$", text)
        opened = {word.lstrip("-") for line in re.findall(r"(?m)^ReadWritePaths=(.*)$", text)
                  for word in line.split()}
        both = opened & closed.get(protect[1] if protect else "", set())
        assert not both, (path, both)
    # The boot loader's own tools write below /boot, /efi and /etc, wherever they like.
    with open(units(folder)["commit"], encoding="utf-8") as file:
        assert not setting(file.read(), "ProtectSystem")


def test_readiness_is_one_process(folder):
    """systemd makes a sandbox for each, which costs more than all that the program does in it."""
    with open(units(folder)["ready"], encoding="utf-8") as file:
        started = re.findall(r"(?m)^Exec\w+=\S*/gpuclaimctl (.*)$", file.read())
    columns = "ADDRESS,ROLE,ID,GROUP,DRIVER,VERDICT,READY"      # names cost more than all the rest
    assert started == [f"status --wait 30 --refresh --allow-none --columns {columns}"], started


def test_units_wait_for_nobody_for_long(folder):
    """What is ordered before nova-compute has an end."""
    for path in units(folder).values():
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert "Before=nova" not in text or re.search(r"(?m)^TimeoutStartSec=\d+$", text), path


def test_units_have_an_end_of_memory(folder):
    """Whatever the files hold that they read; but nobody is to be killed in the middle of a claim."""
    for name, path in units(folder).items():
        with open(path, encoding="utf-8") as file:
            found = re.findall(r"(?m)^MemoryMax=(\d+[MG%])$", file.read())
        assert len(found) == (name != "initramfs"), (path, found)


def test_units_do_not_wait_for_who_is_left_behind(folder):
    """In a function's reset, or in an unbind, that does not end: nobody can kill it there."""
    paths = units(folder)
    for name in ("initramfs", "boot", "ready", "metrics", "return", "sync"):
        with open(paths[name], encoding="utf-8") as file:
            assert "\nKillMode=process\n" in file.read(), paths[name]


def test_a_node_without_a_gpu_passes(folder):
    """Its image may be shared with nodes that have some: the unit passes, status does not."""
    with open(os.path.join(TOP, "systemd/gpuclaim-ready.service"), encoding="utf-8") as file:
        words = re.findall(r"(?m)^ExecStart=/usr/sbin/gpuclaimctl (.*)$", file.read())[-1].split()
    for number, (conf, codes, configured) in enumerate([
            ([], (3, 0), 0), (["claim 10de:1c18"], (3, 0), 0),
            (["claim 10de:1c81", "set arm=karg"], (3, 0), 0),
            (["claim 10de:1c18", "set expect=0"], (0, 0), 1),
            (["claim 10de:1c18", "set expect=1"], (3, 3), 1),
            (["claim 10de:1c81"], (3, 3), 1), (["clam"], (3, 3), 1),
            (["claim 10de:1c81 address=0000:3b:00.0"], (3, 3), 0)]):
        top = f"{folder}/{number}"
        text = metrics(top, "gtx1050", conf)
        found = tuple(call(COMPANION, *argv, "--quiet", "--root", top).returncode
                      for argv in (["status"], words))
        assert found == codes, (conf, found)
        for line in (f"gpuclaim_configured {configured}", f"gpuclaim_ready {int(codes[0] == 0)}"):
            assert f"\n{line}\n" in text, (conf, line, text)


def setting(text, name):
    """All words that a unit gives it."""
    return " ".join(re.findall(rf"(?m)^{name}=(.*)$", text)).split()


def test_the_helper_runs_once_more_before_the_look(folder):
    """Also on a node that was set up before there was this unit: only gpuclaim-ready is enabled."""
    texts = {}
    for name, path in units(folder).items():
        with open(path, encoding="utf-8") as file:
            texts[name] = file.read()
    again, ready = "gpuclaim-boot.service", texts["ready"]
    assert again in setting(ready, "Wants") and again in setting(ready, "After"), ready
    assert again not in setting(ready, "Requires"), ready
    for name in ("After", "ConditionPathExistsGlob", "ConditionKernelCommandLine",
                 "ConditionVirtualization"):
        wanted = [word for word in setting(ready, name) if word not in (again, *DEFAULTS)]
        assert setting(texts["boot"], name) == wanted, name
    assert setting(texts["boot"], "ExecStart")[0] == f"-{folder}/usr/lib/udev/gpuclaim"
    # Started again with gpuclaim-ready, it would unbind in the middle of the node's work.
    assert setting(texts["boot"], "RemainAfterExit") == ["yes"]
    assert "[Install]" not in texts["boot"]


def test_only_those_who_need_it_wait_for_readiness(folder):
    """systemd has a target wait for whom it pulls in, but for those without the defaults, all of which
    but that one stay."""
    with open(units(folder)["ready"], encoding="utf-8") as file:
        ready = file.read()
    assert setting(ready, "DefaultDependencies") == ["no"], ready
    assert setting(ready, "WantedBy") == ["multi-user.target"], ready
    assert set(DEFAULTS) <= set(setting(ready, "After")), ready
    assert setting(ready, "Requires") == ["sysinit.target"], ready
    assert setting(ready, "Conflicts") == ["shutdown.target"], ready
    assert {"shutdown.target", "nova-compute.service"} <= set(setting(ready, "Before")), ready


def test_the_helper_may_do_its_work(folder):
    """Store in /sys, load a module, see who has a device open, and where the framebuffer lies."""
    with open(units(folder)["boot"], encoding="utf-8") as file:
        text = file.read()
    assert not setting(text, "ProtectKernelTunables") + setting(text, "ProtectKernelModules")
    assert "@module" in setting(text, "SystemCallFilter")
    assert setting(text, "ProtectProc") in ([], ["default"])
    for capability in ("CAP_SYS_MODULE", "CAP_SYS_PTRACE", "CAP_SYS_ADMIN"):
        assert capability in setting(text, "CapabilityBoundingSet"), capability


def test_the_drop_in_can_be_refreshed(folder):
    """ProtectSystem=strict would forbid it: the unit names the folder that `nova apply` may write to."""
    with open(units(folder)["ready"], encoding="utf-8") as file:
        paths = re.findall(r"(?m)^ReadWritePaths=(.*)$", file.read())
    with open(os.path.join(TOP, "ctl/nova/reach.c"), encoding="utf-8") as file:
        writable = re.search(r'#define WRITABLE "(.*)/"', file.read()).group(1)
    assert f"-/{writable}" in " ".join(paths).split(), (paths, writable)


def metrics(folder, fixture, conf):
    golden.build(fixture, [f"conf {line}" for line in conf], folder)
    result = programs.run(COMPANION, "status", "--prometheus", "--root", folder)
    assert result.returncode in (0, 3) and not result.stderr, result
    return result.stdout


def test_metrics_are_understood(folder):
    text = metrics(folder, "gtx1050", ["claim 10de:1c81", "set expect=2"])
    result = call("promtool", "check", "metrics", stdin=None, input=text)
    assert result.returncode == 0 and not result.stdout, result.stdout
    for line in ("gpuclaim_ready 0", "gpuclaim_selected_gpus 1", "gpuclaim_ready_gpus 0",
                 "gpuclaim_expected_gpus 2",
                 'gpuclaim_verdict{address="0000:01:00.0",verdict="claimed"} 1',
                 'gpuclaim_check{id="record",state="fail"} 1'):
        assert f"\n{line}\n" in text, (line, text)
    assert re.search(r'\ngpuclaim_device_ready\{address="0000:01:00.1",gpu="0000:01:00.0",'
                     r'role="companion",vendor_id="10de",device_id="0fb9",name=".*"\} 0\n', text)


def test_metrics_go_into_a_file(folder):
    """By rename, and the exit code is still the node's."""
    text = metrics(folder, "gtx1050", ["claim 10de:1c81"])
    os.makedirs(f"{folder}/var/lib/metrics")
    result = call(COMPANION, "status", "--prometheus", "--root", folder,
                  "--output", "/var/lib/metrics/gpuclaim.prom")
    assert (result.returncode, result.stdout) == (3, ""), result
    assert os.listdir(f"{folder}/var/lib/metrics") == ["gpuclaim.prom"]
    with open(f"{folder}/var/lib/metrics/gpuclaim.prom", encoding="utf-8") as file:
        assert file.read() == text
    os.makedirs(f"{folder}/var/lib/folder")
    result = call(COMPANION, "status", "--output", "/var/lib/folder", "--root", folder)
    assert result.returncode == 1 and "/var/lib/folder: it can't be written" in result.stdout, result


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def scraped(folder, text, metric):
    """The series of a metric, as a Prometheus has them that scrapes the text from node1."""
    port, pages = free_port(), f"{folder}/pages"
    os.makedirs(pages)
    with open(f"{pages}/metrics", "w", encoding="utf-8") as file:
        file.write(text)
    handler = functools.partial(Quiet, directory=pages)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with open(f"{folder}/prometheus.yml", "w", encoding="utf-8") as file:
            json.dump({"scrape_configs": [{"job_name": "node", "scrape_interval": "1s", "static_configs": [
                {"targets": [f"127.0.0.1:{server.server_port}"], "labels": {"instance": "node1"}}]}]}, file)
        child = subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/db",
                                  f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
        try:
            return series_of(f"http://127.0.0.1:{port}/api/v1/series?match[]={metric}", child)
        finally:
            child.kill()
            child.wait()
            server.shutdown()


def series_of(url, child):
    """Once there are any."""
    while child.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=30) as answer:
            found = json.load(answer)["data"]
            if found:
                return found
        time.sleep(0.1)
    return f"prometheus ended with {child.returncode}"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_the_guest_of_a_gpu_is_told(folder):
    """And nothing where not all processes can be looked at."""
    for number, (first, wanted) in enumerate([(["+ d proc/1/fd"], ["0", "1"]), ([], ["1"])]):
        top = f"{folder}/{number}"
        golden.build("two-nodes", [
            "conf claim 10de:*", *first, "+ l proc/812/fd/9 /dev/vfio/11",
            "+ f proc/812/cmdline qemu\\x00-name\\x00guest=a\"b\\x00-uuid\\x00"
            f"{SERVER}\\x00"], top)
        text = programs.run(COMPANION, "status", "--prometheus", "--root", top).stdout
        result = call("promtool", "check", "metrics", stdin=None, input=text)
        assert result.returncode == 0 and not result.stdout, result.stdout
        found = set(re.findall(r"(?m)^gpuclaim_device_in_use\{.*\} (\d)$", text))
        assert found == set(wanted), text
        assert ('\ngpuclaim_device_user{address="0000:11:00.0",'
                f'instance="{SERVER}",server="{SERVER}",name="a\\"b"}} 1\n') in text, text
        for series in [] if number else scraped(top, text, "gpuclaim_device_user"):
            assert (series["instance"], series["exported_instance"], series["server"]) == ("node1", SERVER, SERVER)


def test_metrics_may_see_who_has_a_gpu(folder):
    """Other users' processes are hidden otherwise, and what they have open closed."""
    with open(units(folder)["metrics"], encoding="utf-8") as file:
        text = file.read()
    assert setting(text, "ProtectProc") in ([], ["default"])
    for capability in ("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"):
        assert capability in setting(text, "CapabilityBoundingSet"), capability


def test_metrics_need_no_more(folder):
    """Neither a socket nor an owner is asked for, and the collector may read the file whatever the mask is."""
    golden.build("two-nodes", ["conf claim 10de:*", "+ d proc/1/fd", "+ l proc/812/fd/9 /dev/vfio/11"], folder)
    os.makedirs(f"{folder}/var/lib/metrics")
    log, file = f"{folder}/strace", f"{folder}/var/lib/metrics/gpuclaim.prom"
    result = call("strace", "-f", "-o", log, "-e", "trace=socket,chown,fchown,lchown,fchownat", "sh", "-c", 'umask 077; exec "$@"',
                  "sh", COMPANION, "status", "--prometheus", "--root", folder, "--output", "/var/lib/metrics/gpuclaim.prom")
    assert result.returncode == 3 and os.stat(file).st_mode & 0o7777 == 0o644, result
    with open(log, encoding="utf-8") as calls:
        asked = [line for line in calls if not re.search(r"\+\+\+ exited|--- SIG", line)]
    assert not asked, asked
    with open(units(folder)["metrics"], encoding="utf-8") as unit:
        text = unit.read()
    assert setting(text, "UMask") == ["0077"] and "@chown" not in setting(text, "SystemCallFilter"), text
    assert setting(text, "RestrictAddressFamilies") == ["AF_UNIX"], text


def test_alert_rules(_folder):
    rules = os.path.join(TOP, "examples/prometheus")
    for argv in (["check", "rules", "gpuclaim.rules.yml"], ["test", "rules", "gpuclaim.test.yml"]):
        result = call("promtool", *argv, cwd=rules)
        assert result.returncode == 0, result.stdout


def test_alerts_know_the_metrics(folder):
    """An alert on a metric that nobody writes never fires."""
    written = set(re.findall(r"(?m)^# TYPE (gpuclaim_\w+)",
                             metrics(folder, "gtx1050", ["claim 10de:1c81", "set expect=1"])))
    with open(os.path.join(TOP, "examples/prometheus/gpuclaim.rules.yml"), encoding="utf-8") as file:
        asked = set(re.findall(r"\bgpuclaim_\w+", file.read()))
    assert asked <= written, asked - written


def expressions(panel):
    return [target["expr"] for target in panel["targets"]]


def test_dashboard(folder):
    """It has what Grafana's dashboards need, and asks for metrics that are written."""
    with open(os.path.join(TOP, "examples/grafana/gpuclaim.json"), encoding="utf-8") as file:
        dashboard = json.load(file)
    for key, kind in (("title", str), ("uid", str), ("schemaVersion", int), ("panels", list),
                      ("templating", dict), ("time", dict), ("annotations", dict)):
        assert isinstance(dashboard.get(key), kind), key
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        assert panel["type"] in ("stat", "table", "timeseries") and panel["title"], panel
        place = panel["gridPos"]
        assert set(place) == {"x", "y", "w", "h"} and place["x"] + place["w"] <= 24, place
        here = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])}
        assert not here & taken, panel["title"]
        taken |= here
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    asked = " ".join(expression for panel in panels for expression in expressions(panel))
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(panels))) <= variables, variables
    written = set(re.findall(r"(?m)^# TYPE (gpuclaim_\w+)",
                             metrics(folder, "gtx1050", ["claim 10de:1c81"])))
    assert set(re.findall(r"\bgpuclaim_\w+", asked)) <= written, asked
    rules = {"groups": [{"name": "dashboard", "rules": [
        {"record": f"x:{number}", "expr": expression.replace("$node", ".*")}
        for number, expression in enumerate(e for panel in panels for e in expressions(panel))]}]}
    path = os.path.join(folder, "rules.yml")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(rules, file)
    result = call("promtool", "check", "rules", path)
    assert result.returncode == 0, result.stdout


def on_path(folder, script):
    """The environment of an example: gpuclaimctl is what the script does."""
    path = os.path.join(folder, "bin")
    os.makedirs(path, exist_ok=True)
    with open(f"{path}/gpuclaimctl", "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{script}\n")
    os.chmod(f"{path}/gpuclaimctl", 0o755)
    return {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}


def test_ansible_fact(folder):
    """JSON whatever happens: a fact that is none ends the play."""
    fact = os.path.join(TOP, "examples/ansible/facts.d/gpuclaim.fact")
    golden.build("two-nodes", ["conf claim 10de:*"], folder)
    real = on_path(folder, f'exec {COMPANION} "$@" --root {folder}')
    assert len(json.loads(call(fact, env=real).stdout)["devices"]) == 8
    for script in ("exit 127", "echo half; exit 1", "echo >&2 {}"):
        report = json.loads(call(fact, env=on_path(folder, script)).stdout)
        assert report["ready"] is None, report


def test_node_feature_discovery(folder):
    """Labels as NFD takes them, and the old file stays where there is no report."""
    script = os.path.join(TOP, "examples/nfd/gpuclaim-features")
    golden.build("two-nodes", ["conf claim 10de:* address=0000:11:00.0"], folder)
    features = os.path.join(folder, "features.d")
    os.mkdir(features)
    real = on_path(folder, f'exec {COMPANION} "$@" --root {folder}')
    assert call(script, features, env=real).returncode == 0
    assert call(script, features, env=on_path(folder, "exit 1")).returncode != 0
    assert os.listdir(features) == ["gpuclaim"]
    with open(f"{features}/gpuclaim", encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert lines == [f"feature.node.kubernetes.io/gpuclaim-{label}"
                     for label in ("ready=false", "gpus=1", "10de-2206=1")], lines
    for line in lines:
        name, value = line.split("/")[1].split("=")
        assert re.fullmatch(r"[a-z0-9][-a-z0-9]{0,61}[a-z0-9]", name), name
        assert re.fullmatch(r"[a-z0-9]{1,63}", value), value


def test_ironic_collector(folder):
    """What scan tells is in the inventory; a failure is one of the inspection's."""
    code = ("import gpuclaim_collector, json\ndata, failures = {}, set()\n"
            "gpuclaim_collector.collect(data, failures)\n"
            "print(json.dumps([data, sorted(failures)]))")
    golden.build("two-nodes", [], folder)
    for script, n in ((f'exec {COMPANION} "$@" --root {folder}', 8), ("exit 1", 0), ("echo []", 0)):
        environment = {**on_path(folder, script), "PYTHONDONTWRITEBYTECODE": "1",
                       "PYTHONPATH": os.path.join(TOP, "examples/ironic")}
        data, failures = json.loads(call("python3", "-c", code, env=environment).stdout)
        assert len(data.get("gpuclaim", [])) == n and bool(failures) == (n == 0), (script, failures)


def main():
    suite.end(*suite.run([(name, suite.in_folder(test))
                          for name, test in suite.chosen(suite.tests_of(globals()))]))


if __name__ == "__main__":
    main()
