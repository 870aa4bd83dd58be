# SPDX-License-Identifier: GPL-2.0-or-later
"""`gpuclaimctl nova sync` with the login of a real Keystone, at the real Placement that trusts it."""

import contextlib
import json
import os
import subprocess
import urllib.request

from tests.nova.chroots import HERE
from tests.nova.placement import GTX, PASSWORD, SPECS
from tests.nova.sync_world import Machine

SECRET = PASSWORD.replace('"', "")
CONF = ("[pci]\nreport_in_placement = true\n{specs}[placement]\nauth_url = {url}\nregion_name = R1\n"
        "valid_interfaces = public\n")
USER = "username = {name}\npassword = {password}\nproject_name = admin\nuser_domain_name = Default\n"
APPLICATION = "auth_type = v3applicationcredential\napplication_credential_id = {id}\napplication_credential_secret = {secret}\n"
NAME = "compute1.example.org"
ROOT_UUID, GPU_CLASS = "00000000-0000-0000-0000-0000000000b0", "CUSTOM_PCI_10DE_1C81"


@contextlib.contextmanager
def worker(where, program, *words):
    """Its port, or what it said instead."""
    command = ('mount -t tmpfs tmpfs "$1/tmp" && cp "$2" "$1/tmp/" && root=$1 program=$(basename "$2") && shift 2 && '
               'exec chroot "$root" python3 -W ignore "/tmp/$program" "$@"')
    with subprocess.Popen(["unshare", "-m", "sh", "-c", command, "sh", where, f"{HERE}/{program}", *words],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


class Cloud:
    """Asked and told as its administrator."""

    def __init__(self, identity, placement):
        self.identity, self.placement = f"http://127.0.0.1:{identity}/v3", f"http://127.0.0.1:{placement}"
        self.headers = {"Content-Type": "application/json", "OpenStack-API-Version": "placement 1.26"}
        user = {"name": "admin", "password": SECRET, "domain": {"id": "default"}}
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        answer, token = self.ask("POST", f"{self.identity}/auth/tokens", {"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})
        self.headers["X-Auth-Token"] = token["X-Subject-Token"]
        self.user, self.project = answer["token"]["user"]["id"], answer["token"]["project"]["id"]

    def ask(self, method, url, body=None):
        request = urllib.request.Request(url, json.dumps(body).encode() if body else None, self.headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read() or "{}"), response.headers

    def add_placement(self):
        service = self.ask("POST", f"{self.identity}/services", {"service": {"type": "placement", "name": "placement"}})
        self.ask("POST", f"{self.identity}/endpoints", {"endpoint": {
            "service_id": service[0]["service"]["id"], "interface": "public", "region_id": "R1", "url": self.placement}})

    def add_user(self, name, role):
        roles = {r["name"]: r["id"] for r in self.ask("GET", f"{self.identity}/roles")[0]["roles"]}
        user = self.ask("POST", f"{self.identity}/users", {"user": {"name": name, "password": SECRET, "domain_id": "default"}})
        self.ask("PUT", f"{self.identity}/projects/{self.project}/users/{user[0]['user']['id']}/roles/{roles[role]}")

    def add_application(self):
        answer, _ = self.ask("POST", f"{self.identity}/users/{self.user}/application_credentials", {
            "application_credential": {"name": "sync", "secret": SECRET, "roles": [{"name": "admin"}]}})
        return APPLICATION.format(id=answer["application_credential"]["id"], secret=SECRET)

    def add_providers(self):
        at = f"{self.placement}/resource_providers"
        self.ask("PUT", f"{self.placement}/resource_classes/{GPU_CLASS}")
        self.ask("POST", at, {"name": NAME, "uuid": ROOT_UUID})
        self.ask("POST", at, {"name": f"{NAME}_0000:01:00.0", "uuid": GTX, "parent_provider_uuid": ROOT_UUID})
        self.ask("PUT", f"{at}/{GTX}/inventories", {
            "resource_provider_generation": 0, "inventories": {GPU_CLASS: {"total": 1}}})

    def reserved(self):
        answer, _ = self.ask("GET", f"{self.placement}/resource_providers/{GTX}/inventories")
        return answer["inventories"][GPU_CLASS]["reserved"]


def sync_in_time(node):
    """A pass has ten seconds, which servers on a machine under load may not keep: the next one tries again."""
    for _ in range(5):
        result = node.sync()
        if "Timeout was reached" not in result.stderr:
            break
    return result


def test_logins(tally, node, cloud):
    def sync(credentials):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(node.path("run/gpuclaim/placement-token"))
        node.write("etc/nova/nova.conf", CONF.format(specs=SPECS.replace("\\n", "\n"), url=cloud.identity) + credentials)
        return sync_in_time(node)

    service = USER.format(name="nova", password=SECRET)
    node.rebind("0000:01:00.0", "nvidia")
    rows = [("a wrong password", USER.format(name="nova", password="wrong"), "Keystone refuses the login"),
            ("an unknown user", USER.format(name="nobody", password=SECRET), "Keystone refuses the login"),
            ("a user without rights", USER.format(name="reader", password=SECRET), "HTTP 403"),
            ("an unknown application", APPLICATION.format(id="0" * 32, secret="x"), "Keystone refuses the login")]
    for name, credentials, why in rows:
        result = sync(credentials)
        tally.equal(f"Keystone: {name}", (result.returncode, why in result.stderr, cloud.reserved()), (1, True, 0),
                    result.stderr)
    result = sync(service)
    tally.equal("Keystone: the role service reserves, by the catalog's address", (result.returncode, cloud.reserved()),
                (0, 1), result.stderr)
    node.rebind("0000:01:00.0", "vfio-pci")
    result = sync_in_time(node)
    tally.equal("Keystone: and lifts, with the token that was kept", (result.returncode, cloud.reserved()), (0, 0),
                result.stderr)
    node.rebind("0000:01:00.0", "nvidia")
    result = sync(cloud.add_application())
    tally.equal("Keystone: so does an application credential", (result.returncode, cloud.reserved()), (0, 1), result.stderr)


def test_keystone(tally, folder, where):
    node = Machine(os.path.join(folder, "keystone"), "")
    with worker(where, "keystone_worker.py", SECRET) as identity:
        tally.check("Keystone runs", identity.isdigit(), identity)
        if not identity.isdigit():
            return
        with worker(where, "placement_worker.py", f"http://127.0.0.1:{identity}/v3", SECRET) as placement:
            tally.check("Keystone: Placement runs", placement.isdigit(), placement)
            if placement.isdigit():
                cloud = Cloud(identity, placement)
                cloud.add_placement()
                cloud.add_user("nova", "service")
                cloud.add_user("reader", "reader")
                cloud.add_providers()
                test_logins(tally, node, cloud)
