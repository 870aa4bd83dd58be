# SPDX-License-Identifier: GPL-2.0-or-later
"""The cloud's own interfaces, asked without a client: Nova's, Placement's."""

import functools
import json
import time
import urllib.error
import urllib.request

from tests.lib.checks import Failure, check

KEYSTONE, NOVA = "http://127.0.0.1:5000/v3", "http://127.0.0.1:8774/v2.1"
PLACEMENT, GLANCE = "http://127.0.0.1:8778", "http://127.0.0.1:9292/v2"
NEUTRON = "http://127.0.0.1:9696/v2.0"
VERSION = {"OpenStack-API-Version": "compute 2.90"}
RECENT = {"OpenStack-API-Version": "placement 1.39"}
GPU_CLASS = "CUSTOM_PCI_10DE_1C81"
LONG = 600
# urllib would ask a proxy that the environment names.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Refused(RuntimeError):
    def __init__(self, method, url, error):
        self.code = error.code
        super().__init__(f"{method} {url}: {error.code}: {error.read()[:500]}")


def call(method, url, body=None, headers=None):
    """(answer, headers); an error's answer is in the exception's text."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json",
                                                 **(headers or {})}, method=method)
    try:
        with _opener.open(request, timeout=LONG) as answer:
            text = answer.read()
            return json.loads(text) if text else None, answer.headers
    except urllib.error.HTTPError as e:
        raise Refused(method, url, e) from None


def until(what, function, seconds=LONG, pause=1):
    """What the function returns as soon as that is true."""
    end = time.monotonic() + seconds
    while not (value := function()):
        check(time.monotonic() < end, f"{what}: not within {seconds} s")
        time.sleep(pause)
    return value


class Api:
    """The admin's view, or that of a project whose user has its name."""

    def __init__(self, project="admin"):
        self.project = project

    @functools.cached_property
    def _token(self):
        user = {"name": self.project, "password": "secret", "domain": {"name": "Default"}}
        scope = {"project": {"name": self.project, "domain": {"name": "Default"}}}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}},
                         "scope": scope}}
        _, headers = call("POST", f"{KEYSTONE}/auth/tokens", body)
        return {"X-Auth-Token": headers["X-Subject-Token"]}

    def nova(self, method, path, body=None):
        return call(method, NOVA + path, body, self._token | VERSION)[0]

    def refused(self, method, path, body=None):
        """(code, text) of the answer, which must be a refusal."""
        try:
            self.nova(method, path, body)
        except Refused as e:
            return e.code, str(e)
        raise Failure(f"{method} {path} was not refused")

    def placement(self, path):
        return call("GET", PLACEMENT + path, headers=self._token | RECENT)[0]

    # --- Placement

    def _inventories(self):
        """(provider, its inventory) of all GPUs there are."""
        for provider in self.placement("/resource_providers")["resource_providers"]:
            path = f"/resource_providers/{provider['uuid']}/inventories"
            inventory = self.placement(path)["inventories"].get(GPU_CLASS)
            if inventory:
                yield provider, inventory

    def gpus(self):
        """{provider's name: (its GPUs, those in use)}"""
        found = {}
        for provider, inventory in self._inventories():
            usage = self.placement(f"/resource_providers/{provider['uuid']}/usages")["usages"]
            found[provider["name"]] = (inventory["total"], usage[GPU_CLASS])
        return found

    def reserved(self):
        """The names of the providers whose GPU is offered to nobody."""
        return {provider["name"] for provider, inventory in self._inventories() if inventory["reserved"]}

    def computes_are_up(self):
        return all(one["state"] == "up" for one in self.nova("GET", "/os-services?binary=nova-compute")["services"])

    def with_trait(self, trait):
        """The names of the providers that have it."""
        return {p["name"] for p in self.placement(f"/resource_providers?required={trait}")["resource_providers"]}

    def candidates(self, **more):
        """How many places there are for a server of the flavor's sizes that wants more of this."""
        wanted = {"VCPU": 1, "MEMORY_MB": 96, **more}
        query = ",".join(f"{k}:{v}" for k, v in wanted.items())
        return len(self.placement(f"/allocation_candidates?resources={query}")
                   ["allocation_requests"])

    # --- Nova

    def hosts(self):
        """Those that the scheduler may choose: they have been mapped to their cell."""
        found = self.nova("GET", "/os-hypervisors")["hypervisors"]
        return {h["hypervisor_hostname"] for h in found}

    def forget(self, host):
        """A node that is gone: its service, and with it what Placement has of it."""
        for service in self.nova("GET", f"/os-services?host={host}")["services"]:
            self.nova("DELETE", f"/os-services/{service['id']}")

    # --- Neutron

    def neutron(self, path):
        return call("GET", NEUTRON + path, headers=self._token)[0]

    def network(self, name):
        """Its ID."""
        return self.neutron(f"/networks?name={name}")["networks"][0]["id"]

    def security_group(self):
        """The ID of that which this project's servers are in."""
        project = self.neutron("/networks?name=servers")["networks"][0]["project_id"]
        found = self.neutron(f"/security-groups?name=default&project_id={project}")
        return found["security_groups"][0]["id"]

    def metadata_agent(self):
        """Its address in the servers' network."""
        query = f"device_owner=network:distributed&network_id={self.network('servers')}"
        port, = self.neutron(f"/ports?{query}")["ports"]
        return port["fixed_ips"][0]["ip_address"]

    # --- Glance and Nova

    def image(self, name):
        return call("GET", f"{GLANCE}/images?name={name}", headers=self._token)[0]["images"][0]

    def flavor(self, name, alias):
        """Makes one."""
        made = self.nova("POST", "/flavors", {"flavor": {
            "name": name, "vcpus": 1, "ram": 96, "disk": 0}})["flavor"]
        self.nova("POST", f"/flavors/{made['id']}/os-extra_specs",
                  {"extra_specs": {"pci_passthrough:alias": f"{alias}:1"}})

    def wanted(self, name, count=1, system="pciscan", flavor="gtx1050", user_data=None):
        """A request for servers. With user data they are in the servers' network; else in none."""
        flavors = self.nova("GET", "/flavors")["flavors"]
        where = {"networks": "none"}
        if user_data:
            where = {"networks": [{"uuid": self.network("servers")}], "user_data": user_data}
        return {"server": {
            "name": name, "imageRef": self.image(system)["id"], **where,
            "flavorRef": next(f["id"] for f in flavors if f["name"] == flavor),
            "min_count": count, "max_count": count}}

    def create(self, *args, **what):
        self.nova("POST", "/servers", self.wanted(*args, **what))

    def servers(self, all_projects=False):
        """Those there are, oldest first."""
        more = "&all_tenants=1" if all_projects else ""
        return self.nova("GET", f"/servers/detail?sort_key=created_at&sort_dir=asc{more}")["servers"]

    def server(self, name, all_projects=False):
        return next(s for s in self.servers(all_projects) if s["name"] == name)

    def settled(self, name):
        """The server, when it is ACTIVE or in ERROR."""
        def done():
            server = self.server(name)
            return server["status"] in ("ACTIVE", "ERROR") and server
        return until(f"server {name} settled", done)

    def delete(self, name):
        self.nova("DELETE", f"/servers/{self.server(name)['id']}")
        until(f"server {name} deleted", lambda: name not in {s["name"] for s in self.servers()})

    def console(self, name, end="PCI end"):
        """What the server's system says, to its end."""
        path = f"/servers/{self.server(name)['id']}/action"

        def whole():
            text = self.nova("POST", path, {"os-getConsoleOutput": {}})["output"]
            return end in text and text
        return until(f"console of {name}", whole, 3 * LONG).splitlines()
