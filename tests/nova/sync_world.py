# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands for Keystone and Placement with inventories that are written, and the node that asks them.

It keeps generations as Placement does, counts what it is asked, and misbehaves as its world says.
"""

import contextlib
import http.server
import json
import os
import ssl
import tempfile
import threading
import time

from tests.lib import programs
from tests.nova.placement import A30, GTX, MANAGED, PASSWORD, PROGRAM, ROOT, TOKEN, Node, provider

OTHER = "00000000-0000-0000-0000-000000000019"
CREDENTIALS = ("f etc/nova/nova.conf [DEFAULT]\\nmy_ip = 10.0.0.1\\n[placement]\\nauth_url = {url}/identity\\n"
               "username = nova\\npassword = " + PASSWORD.replace('"', "") + "\\nproject_name = service\\n"
               "region_name = R1\\n")

ONE_TIME = "HW_PCI_ONE_TIME_USE"
ELSEWHERE = "/elsewhere/"       # as long as "/placement/"; all is answered well there
COMPUTE_ID = f"f var/lib/nova/compute_id {ROOT}\\n"


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, *why):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"not ok - {name}", *why, sep="\n  ")

    def equal(self, name, got, expected, *why):
        self.check(name, got == expected, f"got {got}, expected {expected}", *why)


def inventory(resource_class, total=1, reserved=0):
    return {resource_class: {"total": total, "reserved": reserved, "min_unit": 1, "max_unit": total,
                             "step_size": 1, "allocation_ratio": 1.0}}


def device(address, resource_class, used=0, reserved=0, traits=(MANAGED,), node="compute1", parent=ROOT):
    p = provider(f"{node}_{address}", parent, resource_class, 1, traits, used)
    return {**p, "inventories": inventory(resource_class, 1, reserved), "generation": 3}


def cloud(**changes):
    state = {ROOT: {**provider("compute1", None, "VCPU", 8, ()), "generation": 9},
             GTX: device("0000:01:00.0", "CUSTOM_PCI_10DE_1C81"),
             A30: device("0000:3B:00.0", "CUSTOM_PCI_10DE_20B7")}
    for key, value in changes.items():
        uuid = {"root": ROOT, "gtx": GTX, "a30": A30}.get(key, OTHER)
        if value is None:
            del state[uuid]
        else:
            state[uuid] = value
    return state


class Handler(http.server.BaseHTTPRequestHandler):
    """Keystone below /identity, Placement below /placement, with the state of a world."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(data)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_POST(self):
        world = self.server.world
        world["logins"].append(self.body()["auth"])
        if world.get("login") and not self.path.startswith(ELSEWHERE):
            return self.answer(*world["login"])
        if world.get("refuse"):
            return self.answer(401, {})
        endpoint = {"interface": "public", "region": "R1", "url": world["url"] + "/placement"}
        expires = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() + world["life"]))
        return self.answer(201, {"token": {"catalog": [{"type": "placement", "endpoints": [endpoint]}],
                                           "expires_at": expires}}, [("X-Subject-Token", world["token"])])

    def admit(self):
        world = self.server.world
        world["asked"].append(f"{self.command} {self.path}")
        time.sleep(world.get("late", 0))
        if world.get("raw"):
            self.answer(*world["raw"])
        elif world.get("moved") and not self.path.startswith(ELSEWHERE):
            self.answer(302, b"", [("Location", self.path.replace("/placement/", ELSEWHERE, 1))])
        elif self.headers["X-Auth-Token"] != world["token"]:
            self.answer(401, {})
        else:
            world.get("hook", lambda _: None)(world["asked"][-1])
            return world["state"]
        return None

    def summaries(self, asked):
        """Of all that is below a root, if it has memory to offer."""
        assert self.headers["OpenStack-API-Version"] == "placement 1.31"
        state, root = self.server.world["state"], asked.rpartition("in_tree=")[2]
        if "full" in self.server.world:
            return {}
        return {uuid: {"traits": p["traits"], "resources": {c: {
            "capacity": i["total"] - i.get("reserved", 0),
            "used": sum(a["resources"].get(c, 0) for a in p["allocations"].values())}
            for c, i in p["inventories"].items()}} for uuid, p in state.items() if root in (uuid, p["parent"])}

    def do_GET(self):
        state = self.admit()
        if state is None:
            return None
        path, _, name = self.path[len("/placement/"):].partition("?name=")
        path, _, trait = path.partition("&required=")
        words = path.replace("?in_tree=", "/tree/").split("/")
        if words[0].startswith("allocation_candidates?"):
            if "candidates" in self.server.world:
                return self.answer(*self.server.world["candidates"])
            return self.answer(200, {"allocation_requests": [], "provider_summaries": self.summaries(words[0])})
        if trait and self.server.world.get("knows_no_trait"):
            return self.answer(400, {"errors": [{"title": "Bad Request"}]})
        if words == ["resource_providers"] or words[1] == "tree":
            rows = [(u, p) for u, p in state.items() if name in ("", p["name"])
                    and (not trait or trait in p["traits"])
                    and (len(words) == 1 or words[2] in (u, p["parent"]))]
            return self.answer(200, {"resource_providers": [
                {"uuid": u, "name": p["name"], "parent_provider_uuid": p["parent"],
                 "generation": p["generation"]} for u, p in rows]})
        p = state.get(words[1])
        if not p or (len(words) > 3 and words[3] not in p["inventories"]):
            return self.answer(404, {})
        if words[2] in self.server.world.get("lacks", ()):
            return self.answer(200, {})
        answer = p[words[2]] if len(words) == 3 else p["inventories"][words[3]]
        generation = {"resource_provider_generation": p["generation"]}
        answer = self.answer(200, {words[2]: answer, **generation} if len(words) == 3
                             else {**answer, **generation})
        change = self.server.world.get("between")
        if change and len(words) > 3:
            change(p)
        return answer

    def do_PUT(self):
        world, body = self.server.world, self.body()
        state = self.admit()
        if state is None:
            return None
        if world.get("forbid"):
            return self.answer(403, {})
        if world.get("put"):        # not stored, and said so or not
            return self.answer(world["put"], {})
        words = self.path[len("/placement/"):].split("/")
        p = state.get(words[1])
        if not p:
            return self.answer(404, {})
        if body["resource_provider_generation"] != p["generation"]:
            return self.answer(409, {"errors": [{"code": "placement.concurrent_update"}]})
        assert self.headers["OpenStack-API-Version"] >= "placement 1.26"
        p["generation"] += 1
        p["inventories"][words[3]] = {k: v for k, v in body.items() if not k.startswith("resource")}
        if world.get("stored"):     # its answer is lost on the way
            return self.answer(world["stored"], b"<html>")
        return self.answer(200, {**p["inventories"][words[3]],
                                 "resource_provider_generation": p["generation"]})


@contextlib.contextmanager
def serve(state, certificate=None, **more):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    server.block_on_close = False
    scheme = "https" if certificate else "http"
    server.world = {"logins": [], "asked": [], "state": state, "life": 3600, "token": TOKEN, **more}
    server.world["url"] = f"{scheme}://127.0.0.1:{server.server_port}"
    server.handle_error = lambda *_: None       # whoever has enough hangs up
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.world
    finally:
        server.shutdown()
        server.server_close()


class Machine(Node):
    """The node, with its credentials in nova.conf."""

    def __init__(self, folder, url, *lines):
        super().__init__(folder, CREDENTIALS.format(url=url), *lines)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w", encoding="ascii") as file:
            file.write(text)

    def rebind(self, address, driver):
        link = self.path("sys/bus/pci/devices", address, "driver")
        os.unlink(link)
        if driver:
            os.symlink(f"../../../bus/pci/drivers/{driver}", link)

    def sync(self, *words, env=None, wrap=()):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("OS_")
                 and not k.lower().endswith("_proxy")}
        result = programs.run(*wrap, PROGRAM, "nova", "sync", "--root", self.folder, *words,
                              env={**clean, **(env or {})})
        for secret in (TOKEN, PASSWORD.replace('"', ""), "horse"):
            assert secret not in result.stdout + result.stderr, result
        return result

    def later(self, seconds=301):
        """As if five minutes had passed, or longer."""
        path = self.path("run/gpuclaim/sync.json")
        with open(path, encoding="ascii") as file:
            state = json.load(file)
        for key in "tried", "late":
            state[key] -= seconds if state[key] else 0     # below 0 on a machine that has just booted
        with open(path, "w", encoding="ascii") as file:
            json.dump(state, file)


def reserved(world, uuid=GTX):
    return next(iter(world["state"][uuid]["inventories"].values()))["reserved"]


@contextlib.contextmanager
def bench(state=None, *lines, **more):
    with tempfile.TemporaryDirectory(prefix="gpuclaim-sync-") as folder:
        with serve(state or cloud(), **more) as world:
            yield Machine(os.path.join(folder, "node"), world["url"], *lines), world


def files_of(node):
    """All of the node, but for what a pass keeps of what it saw, its token and its lock."""
    found = {}
    for folder, _, names in os.walk(node.folder):
        for path in (os.path.join(folder, name) for name in names):
            if os.path.islink(path):
                found[path] = os.readlink(path)
            else:
                with open(path, "rb") as file:
                    found[path] = file.read()
    kept = ("sync.json", "sync.lock", "placement-token")
    return {path: text for path, text in found.items() if path not in [node.path("run/gpuclaim", name) for name in kept]}


def forever(node, world, name, tally, words=()):
    """What of Placement never lets a pass come to its end: the program ends all the same, or the suite says so."""
    node.rebind("0000:01:00.0", "nvidia")
    before, held = files_of(node), reserved(world)
    result = node.sync(*words)
    tally.equal(f"{name}: nothing is changed", (result.returncode, reserved(world)), (1, held), result.stderr)
    tally.check(f"{name}: no file is, either", files_of(node) == before)
    tally.check(f"{name}: it is told", "what was reserved stays as it was" in result.stderr, result.stderr)
    return result
