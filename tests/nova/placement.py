# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl nova verify --placement` against a stand-in and against the real Placement.

The node is ../fixtures/nova-node.tree, the stand-in a server on loopback that knows Keystone's login
and Placement's four questions; the real one is Debian's python3-placement in a chroot.
"""

import contextlib
import copy
import http.server
import json
import os
import resource
import ssl
import subprocess
import tempfile
import threading
import urllib.request

from tests.ctl.companion import Companion
from tests.lib import golden, programs, suite
from tests.nova.chroots import HERE, chroot

PROGRAM = programs.companion(sanitized=False)
TOKEN = "gAAAA-a-token-that-is-a-secret"
PASSWORD = "correct horse \"battery\" staple"
ROOT, GTX, A30 = ("00000000-0000-0000-0000-00000000000%d" % i for i in range(3))
OTHER = "00000000-0000-0000-0000-000000000009"
SERVER = "11111111-1111-1111-1111-111111111111"
SPECS = ('device_spec = {"vendor_id":"10de","product_id":"1c81","address":"0000:01:00.0"}\\n'
         'device_spec = {"vendor_id":"10de","product_id":"20b7","address":"0000:3b:00.0"}\\n')
REPORTED = f"f etc/nova/nova.conf [pci]\\nreport_in_placement = true\\n{SPECS}"
MANAGED = "COMPUTE_MANAGED_PCI_DEVICE"


def provider(name, parent=ROOT, resource_class=None, total=1, traits=(MANAGED,), used=None, reserved=0):
    return {"name": name, "parent": parent, "traits": list(traits), "allocations":
            {SERVER: {"resources": {resource_class: used}}} if used else {},
            "inventories": {resource_class: {"total": total, "reserved": reserved}} if resource_class
            else {}}


GOOD = {ROOT: provider("compute1.example.org", None, "VCPU", 8, ()),
        OTHER: provider("compute10", None, "VCPU", 8, ()),
        GTX: provider("compute1.example.org_0000:01:00.0", ROOT, "CUSTOM_PCI_10DE_1C81"),
        A30: provider("compute1.example.org_0000:3B:00.0", ROOT, "CUSTOM_PCI_10DE_20B7")}


def changed(**changes):
    """GOOD with some providers changed, added or, where None, left out."""
    state = copy.deepcopy(GOOD)
    names = {"root": ROOT, "gtx": GTX, "a30": A30}
    for key, value in changes.items():
        uuid = names.get(key, "0000000%d-0000-0000-0000-000000000000" % len(state))
        if value is None:
            del state[uuid]
        elif isinstance(value, str):
            state[uuid]["name"] = value
        elif key in names and set(value) != set(GOOD[ROOT]):
            state[uuid].update(value)
        else:
            state[uuid] = value
    return state


class Handler(http.server.BaseHTTPRequestHandler):
    """Keystone below /identity, Placement below /placement."""

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):      # it may have had enough
            self.wfile.write(data)

    def do_POST(self):
        world = self.server.world
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        world["logins"].append(body["auth"])
        if self.path != "/identity/v3/auth/tokens" or world.get("refuse"):
            return self.answer(401, {"error": {"code": 401}})
        endpoint = {"interface": "public", "region": "R1", "url": world["url"] + "/placement/"}
        inner = {"interface": "internal", "region": "R2", "url": world["url"] + "/placement"}
        wrong = {"interface": "public", "region": "R2", "url": "http://127.0.0.1:9/"}
        catalog = [{"type": "compute", "endpoints": [wrong]},
                   {"type": "placement", "endpoints": [wrong, endpoint, inner]}]
        return self.answer(201, {"token": {"catalog": catalog}}, [("X-Subject-Token", TOKEN)])

    def do_GET(self):
        world = self.server.world
        if world.get("raw"):
            return self.answer(*world["raw"])
        if self.headers["X-Auth-Token"] != TOKEN or not self.path.startswith("/placement/"):
            return self.answer(401, {})
        if not self.headers["OpenStack-API-Version"].startswith("placement 1."):
            return self.answer(406, {})
        path, _, name = self.path[len("/placement/"):].partition("?name=")
        words = path.replace("?in_tree=", "/tree/").split("/")
        state = {uuid: p for uuid, p in world["state"].items() if name in ("", p["name"])}
        if words == ["resource_providers"] or words[1] == "tree":
            return self.answer(200, {"resource_providers": [
                {"uuid": uuid, "name": p["name"], "parent_provider_uuid": p["parent"]}
                for uuid, p in state.items()
                if len(words) == 1 or words[2] in (uuid, p["parent"])]
                + ([] if name or len(words) > 1 else world.get("crowd", []))})
        key = words[2]
        return self.answer(200, {key: state[words[1]][key], "resource_provider_generation": 1})


@contextlib.contextmanager
def serve(world, certificate=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if certificate else "http"
    server.world = {"logins": [], **world}
    server.world["url"] = f"{scheme}://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.world
    finally:
        server.shutdown()
        server.server_close()


class Node:
    """The machine, and gpuclaimctl's answers about it."""

    def __init__(self, folder, *lines):
        self.folder = folder
        companion = Companion(PROGRAM)
        golden.build("nova-node", ["conf claim 10de:1c81", "conf claim 10de:20b7",
                                   *(f"+ {line}" for line in lines)], folder)
        companion.write_record(folder, ["0000:01:00.0=claimed", "0000:01:00.1=claimed",
                                        "0000:05:00.0=group-not-viable",
                                        "0000:05:00.1=group-not-viable", "0000:3b:00.0=claimed"])

    def run_compute(self, start):
        """nova-compute runs since START, in hundredths of a second, and it is an hour later."""
        os.makedirs(os.path.join(self.folder, "proc/812"))
        for path, text in ("uptime", "3600.25 7000.00\n"), ("812/cmdline", "/usr/bin/nova-compute\0"), \
                ("812/stat", f"812 (nova-compute) S {'0 ' * 18}{start} 0\n"):
            with open(os.path.join(self.folder, "proc", path), "w", encoding="ascii") as file:
                file.write(text)

    def ask(self, url, memory=None, **env):
        """MEMORY: bytes of address space that it may have."""
        def limit():
            if memory:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        clean = {k: v for k, v in os.environ.items() if not k.startswith("OS_")
                 and not k.lower().endswith("_proxy")}
        result = programs.run(PROGRAM, "nova", "verify", "--json", f"--placement={url}", "--root",
                              self.folder, timeout=120, env={**clean, **env}, preexec_fn=limit)
        findings = [c for c in json.loads(result.stdout)["checks"] if c["id"] == "nova-providers"] \
            if result.stdout else []
        return result, findings


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, *why):
        self.passed += good
        self.failed += not good
        if not good:
            print(f"not ok - {name}", *why, sep="\n  ")

    def expect(self, name, answer, code, *texts):
        """The exit code, each text in some message or on standard error, and no secret at all."""
        result, findings = answer
        said = result.stderr + "".join(f"{c['state']} {c['message']}\n" for c in findings)
        missing = [t for t in texts if t not in said]
        leaked = [s for s in (TOKEN, PASSWORD, "horse") if s in result.stdout + result.stderr]
        self.check(name, result.returncode == code and not missing and not leaked,
                   f"exit {result.returncode}, expected {code}", said, missing, leaked)


STATES = [
    ("in order", {}, 0, ["pass Placement has the 2 PCI resource providers of compute1.example.org"]),
    ("a provider is missing", {"a30": None}, 3,
     ["fail Placement has no resource provider compute1.example.org_0000:3B:00.0, whose GPU is ready"]),
    ("all are missing", {"a30": None, "gtx": None}, 3, ["0000:01:00.0", "0000:3B:00.0"]),
    ("a GPU that is not ready", {"x": provider("compute1.example.org_0000:05:00.0", ROOT,
                                               "CUSTOM_PCI_10DE_1C81")}, 3,
     ["fail Placement offers compute1.example.org_0000:05:00.0, which is not ready: group-not-viable"]),
    ("and it is allocated", {"x": provider("compute1.example.org_0000:05:00.0", ROOT,
                                           "CUSTOM_PCI_10DE_1C81", used=1)}, 3,
     [f"compute1.example.org_0000:05:00.0: 1 allocated to {SERVER}, and the GPU is not ready"]),
    ("an allocated GPU that is ready", {"gtx": {"allocations": {SERVER: {"resources": {
        "CUSTOM_PCI_10DE_1C81": 1}}}}}, 0, ["pass"]),
    ("a wrong total", {"gtx": {"inventories": {"CUSTOM_PCI_10DE_1C81": {"total": 2, "reserved": 0}}}}, 3,
     ["fail the inventory of compute1.example.org_0000:01:00.0 has a total of 2 CUSTOM_PCI_10DE_1C81, "
      "not 1"]),
    ("another class", {"gtx": {"inventories": {"CUSTOM_GPU": {"total": 1, "reserved": 0}}}}, 3,
     ["has no inventory of CUSTOM_PCI_10DE_1C81, but of CUSTOM_GPU"]),
    ("no inventory", {"gtx": {"inventories": {}}}, 3, ["has no inventory of CUSTOM_PCI_10DE_1C81"]),
    ("reserved", {"gtx": {"inventories": {"CUSTOM_PCI_10DE_1C81": {"total": 1, "reserved": 1}}}}, 0,
     ["warn compute1.example.org_0000:01:00.0: all 1 CUSTOM_PCI_10DE_1C81 are reserved"]),
    ("a trait is lacking", {"gtx": {"traits": []}}, 0, [f"warn compute1.example.org_0000:01:00.0 lacks "
                                                        f"trait {MANAGED}"]),
    ("a device that is gone", {"x": provider("compute1.example.org_0000:77:00.0", ROOT, "A")}, 3,
     ["fail Placement offers compute1.example.org_0000:77:00.0, and this node has no such device"]),
    ("a device that no spec matches", {"x": provider("compute1.example.org_0000:03:00.0", ROOT, "A")}, 3,
     ["fail Placement offers compute1.example.org_0000:03:00.0, which no device_spec matches"]),
    ("providers of other kinds", {"x": provider("compute1.example.org_vgpu", ROOT, "VGPU", 1, ())}, 0,
     ["pass"]),
    ("another name for the node", {"root": "other"}, 3,
     ["fail Placement has no resource provider of this node, compute1"]),
    ("the short name", {"root": "compute1", "gtx": "compute1_0000:01:00.0",
                        "a30": "compute1_0000:3B:00.0"}, 0, ["pass"]),
    ("two that could be it", {"x": provider("compute1.example.com", None)}, 1,
     ["several resource providers could be this node: compute1.example.org, compute1.example.com"]),
]


def test_states(tally, node):
    for name, changes, code, texts in STATES:
        with serve({"state": changed(**changes)}) as world:
            tally.expect(name, node.ask(world["url"] + "/placement", OS_TOKEN=TOKEN), code, *texts)
    twice = changed(x=provider("compute1.example.com", None))
    with serve({"state": twice}) as world:
        url = world["url"].replace("://", "://u:horse@") + "/placement"
        tally.expect("two, and an address with a secret", node.ask(url, OS_TOKEN=TOKEN), 1,
                     "several resource providers could be this node")
    test_userinfo(tally, node)
    evil = {**GOOD, "../../x": provider("compute1.example.org_0000:05:00.0", ROOT)}
    with serve({"state": evil}) as world:
        tally.expect("no UUID", node.ask(world["url"] + "/placement", OS_TOKEN=TOKEN), 1,
                     "this is not Placement's answer")


def test_userinfo(tally, node):
    """The password of an address is in no message, whatever comes back."""
    login = {"OS_USERNAME": "admin", "OS_PASSWORD": PASSWORD, "OS_PROJECT_NAME": "admin"}
    for name, world, text in [
            ("401", {}, "the URL: Placement refuses the token (HTTP 401)"),
            ("403", {"raw": (403, {})}, "the URL: Placement refuses the token (HTTP 403)"),
            ("500", {"raw": (500, {})}, "the URL: Placement answers HTTP 500"),
            ("a redirect", {"raw": (302, b"", [("Location", "http://u:horse@127.0.0.1:9/")])}, "HTTP 302"),
            ("no JSON", {"raw": (200, b"<html>")}, "the URL: this is not Placement's answer")]:
        with serve({"state": GOOD, **world}) as served:
            url = served["url"].replace("://", "://u:horse@") + "/placement"
            tally.expect(f"{name}, and an address with a secret", node.ask(url, OS_TOKEN="x"), 1, text)
    tally.expect("nobody listens, and an address with a secret", node.ask(url, OS_TOKEN="x"), 1, "the URL: ")
    for refuse, text in (True, "Keystone refuses the login (HTTP 401)"), (False, "catalog"):
        with serve({"state": GOOD, "refuse": refuse}) as served:
            url = served["url"].replace("://", "://u:horse@") + "/identity"
            tally.expect(f"Keystone's address with a secret: {text}", node.ask(
                "", OS_AUTH_URL=url, OS_REGION_NAME="R3", **login), 1, text)


def test_answers(tally, node):
    for name, raw, text in [
            ("nonsense", (200, b"<html>"), "this is not Placement's answer"),
            ("nothing", (200, b""), "this is not Placement's answer"),
            ("a list", (200, []), "this is not Placement's answer"),
            ("other types", (200, {"resource_providers": 5}), "this is not Placement's answer"),
            ("broken rows", (200, {"resource_providers": [5, {}, {"name": 1, "uuid": None}]}),
             "Placement has no resource provider"),
            ("an error", (500, {}), "HTTP 500"), ("refused", (403, {}), "HTTP 403"),
            ("a redirect", (302, b"", [("Location", "http://127.0.0.1:9/")]), "HTTP 302")]:
        with serve({"state": GOOD, "raw": raw}) as world:
            answer = node.ask(world["url"] + "/placement", OS_TOKEN=TOKEN)
            tally.expect(name, answer, 3 if "has no" in text else 1, text)
        url = world["url"]
    tally.expect("nobody listens", node.ask(url, OS_TOKEN=TOKEN), 1, url)
    tally.expect("a strange scheme", node.ask("file:///etc/passwd", OS_TOKEN=TOKEN), 1,
                 "expected http:// or https://")
    with serve({"state": GOOD}) as world:
        tally.expect("another token", node.ask(world["url"] + "/placement", OS_TOKEN="x"), 1, "HTTP 401")


def test_crowd(tally, folder):
    """A cloud whose list is too large: the node is asked for by its name."""
    node = Node(os.path.join(folder, "crowded"), REPORTED,
                "f proc/sys/kernel/hostname compute1.example.org\\n")
    crowd = [{"uuid": f"{n:032x}", "name": f"other{n}", "links": "l" * 1000} for n in range(3000)]
    with serve({"state": GOOD, "crowd": crowd}) as world:
        tally.expect("a crowd", node.ask(world["url"] + "/placement", OS_TOKEN=TOKEN), 0)


def test_large(tally, node):
    """What is small as text and large in memory; what is large as text."""
    for name, filler in (("objects", b'{"a":{}}'), ("arrays", b"[]"), ("numbers", b"1"),
                         ("texts", b'""'), ("brackets in texts", b'"[[[[[[[["')):
        for size in (2 << 20) - 64, 3 << 20:
            body = b'{"resource_providers":[' + b",".join([filler] * (size // (len(filler) + 1)))
            with serve({"state": GOOD, "raw": (200, body + b"]}")}) as world:
                answer = node.ask(world["url"] + "/placement", memory=256 << 20, OS_TOKEN=TOKEN)
            small = size < 2 << 20 and name in ("numbers", "texts", "brackets in texts")
            text = "Placement has no resource provider" if small else \
                "this is not Placement's answer" if size < 2 << 20 else "larger than 2 MiB"
            tally.expect(f"{name}, {size} bytes", answer, 3 if small else 1, text)
    deep = b'{"resource_providers":' + b"[" * 10000 + b"]" * 10000 + b"}"
    with serve({"state": GOOD, "raw": (200, deep)}) as world:
        tally.expect("deep", node.ask(world["url"] + "/placement", OS_TOKEN=TOKEN), 1,
                     "this is not Placement's answer")


def test_logins(tally, node):
    login = {"OS_USERNAME": "admin", "OS_PASSWORD": PASSWORD, "OS_PROJECT_NAME": "admin"}
    with serve({"state": GOOD}) as world:
        identity = world["url"] + "/identity"
        tally.expect("an openrc file", node.ask("", OS_AUTH_URL=identity, OS_REGION_NAME="R1", **login), 0)
        user = world["logins"][-1]["identity"]["password"]["user"]
        tally.check("what it asks with", user == {"password": PASSWORD, "name": "admin", "domain":
                                                  {"name": "Default"}}, user)
        scope = world["logins"][-1].get("scope")
        tally.check("its scope", scope == {"project": {"name": "admin", "domain": {"name": "Default"}}},
                    scope)
        tally.expect("a versioned address", node.ask("", OS_AUTH_URL=identity + "/v3/",
                                                     OS_REGION_NAME="R1", **login), 0)
        tally.expect("an interface", node.ask("", OS_AUTH_URL=identity, OS_INTERFACE="internalURL",
                                              OS_REGION_NAME="R2", **login), 0)
        tally.expect("a region that is not there", node.ask("", OS_AUTH_URL=identity,
                                                            OS_REGION_NAME="R3", **login), 1, "catalog")
        tally.expect("an application credential", node.ask(
            "", OS_AUTH_URL=identity, OS_REGION_NAME="R1", OS_APPLICATION_CREDENTIAL_ID="i",
            OS_APPLICATION_CREDENTIAL_SECRET=PASSWORD), 0)
        tally.check("and no scope", "scope" not in world["logins"][-1], world["logins"][-1])
        path = os.path.join(node.folder, "etc/openstack/clouds.yaml")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"clouds:\n  a:\n    region_name: R1\n    auth:\n      auth_url: {identity}\n"
                       f"      username: u\n      password: '{PASSWORD}'\n      project_id: p\n")
        tally.expect("clouds.yaml", node.ask("", OS_CLOUD="a"), 0)
        scope = world["logins"][-1].get("scope")
        tally.check("its project", scope == {"project": {"id": "p"}}, scope)
        tally.expect("another cloud", node.ask("", OS_CLOUD="b"), 1, "clouds.yaml: there is no such cloud")
        with open(path, "w", encoding="ascii") as file:
            file.write("clouds: [\n")
        tally.expect("no YAML", node.ask("", OS_CLOUD="a"), 1, "clouds.yaml: ")
        os.unlink(path)
        tally.expect("no clouds.yaml", node.ask("", OS_CLOUD="a"), 1, "is not there")
        tally.expect("nothing at all", node.ask(""), 1, "no credentials")
        tally.expect("no address", node.ask("", **login), 1, "OS_AUTH_URL is not set")
    with serve({"state": GOOD, "refuse": True}) as world:
        tally.expect("a wrong password", node.ask("", OS_AUTH_URL=world["url"] + "/identity", **login), 1,
                     "Keystone refuses the login (HTTP 401)")


def test_tls(tally, node, folder):
    pem = os.path.join(folder, "server.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out",
                    pem + ".crt", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1"], stderr=subprocess.DEVNULL, check=True)
    with open(pem, "a", encoding="ascii") as out, open(pem + ".crt", encoding="ascii") as crt:
        out.write(crt.read())
    with serve({"state": GOOD}, pem) as world:
        url = world["url"] + "/placement"
        tally.expect("a certificate of nobody known", node.ask(url, OS_TOKEN=TOKEN), 1, url)
        tally.expect("a certificate that is trusted", node.ask(url, OS_TOKEN=TOKEN,
                                                               OS_CACERT=pem + ".crt"), 0)
        other = url.replace("127.0.0.1", "localhost")
        tally.expect("of another host", node.ask(other, OS_TOKEN=TOKEN, OS_CACERT=pem + ".crt"), 1, other)


def test_switched_off(tally, folder):
    node = Node(os.path.join(folder, "off"), f"f etc/nova/nova.conf [pci]\\n{SPECS}")
    with serve({"state": GOOD}) as world:
        tally.expect("report_in_placement was on", node.ask(world["url"] + "/placement", OS_TOKEN=TOKEN),
                     3, "The [pci]report_in_placement is False but it was enabled before")
    with serve({"state": changed(gtx=None, a30=None)}) as world:
        tally.expect("it never was", node.ask(world["url"] + "/placement", OS_TOKEN=TOKEN), 0, "skip")


APPLIED = "etc/nova/nova.conf.d/60-gpuclaim.conf"


def test_revert(tally, folder):
    """report_in_placement goes where Placement has no PCI device of the node, and only there."""
    rows = [("it has some", GOOD, {}, 0, True, "while Placement has PCI devices of this node, and it has some"),
            ("it has the node alone", {ROOT: GOOD[ROOT]}, {}, 0, False, ""),
            ("it has others' devices alone", {ROOT: GOOD[ROOT], GTX: {**GOOD[GTX], "traits": []}}, {}, 0,
             False, ""),
            ("it does not know the node", {OTHER: GOOD[OTHER]}, {}, 1, True,
             "Placement has no resource provider of this node"),
            ("it can't be asked", GOOD, {"OS_TOKEN": "wrong"}, 1, True, "nothing was changed"),
            ("it has none yet, and nova-compute runs with the devices", {ROOT: GOOD[ROOT]}, {}, 0, True,
             "may have been started with it and still report some"),
            ("asked again with the file without devices", {ROOT: GOOD[ROOT]}, {}, 0, False, ""),
            ("asked again too soon", {ROOT: GOOD[ROOT]}, {}, 0, True,
             "wait until nova-compute has run for 5 minutes")]
    for i, (name, state, env, code, kept, text) in enumerate(rows):
        node = Node(os.path.join(folder, f"revert{i}"))
        programs.run(PROGRAM, "nova", "apply", "--placement", "--root", node.folder)
        if "again" in name:
            programs.run(PROGRAM, "nova", "revert", "--root", node.folder)
        if "nova-compute runs" in name or "again" in name:
            node.run_compute(358000 if "soon" in name else 9000)
        with serve({"state": state}) as world:
            result = programs.run(PROGRAM, "nova", "revert", f"--placement={world['url']}/placement",
                                  "--root", node.folder, env={**os.environ, "OS_TOKEN": TOKEN, **env})
        there = os.path.exists(os.path.join(node.folder, APPLIED))
        tally.check(f"revert: {name}",
                    (result.returncode, there) == (code, kept) and text in result.stderr,
                    f"exit {result.returncode}, expected {code}; kept: {there}", result.stderr)


def test_owner(tally, folder):
    """Since 2026.2 the scheduler asks for a trait of Nova's own."""
    node = Node(os.path.join(folder, "owner"), REPORTED,
                "d usr/lib/python3/dist-packages/nova-34.0.0.dist-info")
    owned = {"traits": [MANAGED, "OWNER_NOVA"]}
    with serve({"state": changed(gtx=owned, a30=owned)}) as world:
        tally.expect("2026.2, in order", node.ask(world["url"] + "/placement", OS_TOKEN=TOKEN), 0, "pass")
    with serve({"state": changed(gtx=owned)}) as world:
        tally.expect("a provider that is not Nova's", node.ask(
            world["url"] + "/placement", OS_TOKEN=TOKEN), 0,
            "warn compute1.example.org_0000:3B:00.0 lacks trait OWNER_NOVA: no server gets it")


def put(port, path, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", json.dumps(body).encode(), {
        "X-Auth-Token": "admin", "OpenStack-API-Version": "placement 1.20",
        "Content-Type": "application/json"}, method="POST" if path == "resource_providers" else "PUT")
    with urllib.request.urlopen(request, timeout=30) as response:
        response.read()


def fill(port):
    """The same providers in the real one."""
    for uuid, p in GOOD.items():
        body = {"name": p["name"], "uuid": uuid}
        put(port, "resource_providers", {**body, "parent_provider_uuid": p["parent"]} if p["parent"]
            else body)
        for name in p["inventories"]:
            if name.startswith("CUSTOM_"):
                put(port, f"resource_classes/{name}", None)
        put(port, f"resource_providers/{uuid}/inventories",
            {"resource_provider_generation": 0, "inventories": {
                k: {"total": v["total"]} for k, v in p["inventories"].items()}})
        put(port, f"resource_providers/{uuid}/traits",
            {"resource_provider_generation": 1, "traits": p["traits"]})


def test_real(tally, node, name):
    folder = chroot(name)
    if not folder:
        tally.check(f"{name}: a chroot", False)
        return
    command = ('mount -t tmpfs tmpfs "$1/tmp" && cp "$2" "$1/tmp/" && '
               'exec chroot "$1" python3 -W ignore /tmp/placement_worker.py')
    with subprocess.Popen(["unshare", "-m", "sh", "-c", command, "sh", folder,
                           f"{HERE}/placement_worker.py"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        port = process.stdout.readline().strip()
        tally.check(f"{name}: Placement runs", port.isdigit(), port)
        url = f"http://127.0.0.1:{port}"
        if port.isdigit():
            tally.expect(f"{name}: an empty Placement", node.ask(url, OS_TOKEN="admin"), 3,
                         "Placement has no resource provider of this node")
            fill(port)
            tally.expect(f"{name}: in order", node.ask(url, OS_TOKEN="admin"), 0,
                         "pass Placement has the 2 PCI resource providers")
            put(port, f"resource_providers/{GTX}/inventories",
                {"resource_provider_generation": 2, "inventories": {"CUSTOM_PCI_10DE_1C81":
                                                                    {"total": 3}}})
            tally.expect(f"{name}: a wrong total", node.ask(url, OS_TOKEN="admin"), 3, "not 1")
        process.stdin.close()


def main():
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="gpuclaim-placement-") as folder:
        node = Node(os.path.join(folder, "node"), REPORTED)
        test_states(tally, node)
        test_answers(tally, node)
        test_large(tally, node)
        test_crowd(tally, folder)
        test_logins(tally, node)
        test_tls(tally, node, folder)
        test_switched_off(tally, folder)
        test_revert(tally, folder)
        test_owner(tally, folder)
        for name in ("bookworm", "trixie"):
            test_real(tally, node, name)
    suite.end(tally.passed, tally.failed)


if __name__ == "__main__":
    main()
