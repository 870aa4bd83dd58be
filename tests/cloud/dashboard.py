# SPDX-License-Identifier: GPL-2.0-or-later
"""The Dashboard, as a browser shows it: Chromium, asked by the WebDriver protocol.

    with Browser() as browser:
        browser.log_in("admin", "secret")
        servers = browser.servers()

What a page has is read from its DOM, as its scripts have left it; each page that was looked at
stays as a picture in build/cloud/.
"""

import base64
import re
from pathlib import Path

from tests.cloud import api
from tests.lib.checks import check

PICTURES = Path(__file__).resolve().parent.parent.parent / "build/cloud"
DRIVER, DASHBOARD = "http://127.0.0.1:9515/session", "http://controller/horizon/"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"     # the key of WebDriver's references
# No screen, no GPU, not a word to anybody; chromedriver gives it a new folder of its own.
FLAGS = ("--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
         "--disable-background-networking --disable-component-update --disable-sync "
         "--window-size=1400,900").split()
CHROMIUM = {"alwaysMatch": {"goog:chromeOptions": {"binary": "/usr/lib/chromium/chromium",
                                                   "args": FLAGS}}}
LONG = 120              # for any page
MOVING = re.compile("click intercepted|not interactable|stale element")
# [{header: cell}] of a table; null as long as it isn't there.
ROWS = """
const table = document.querySelector(`table#${arguments[0]}`);
if (!table)
    return null;
const names = [...table.querySelectorAll("tr.table_column_header th")].map(c => c.innerText.trim());
return [...table.querySelectorAll("tbody tr[data-object-id]")].map(row => Object.fromEntries(
    [...row.cells].map((cell, i) => [names[i], cell.innerText.trim()])));
"""
# {term: description} of a server's page
TERMS = """
return Object.fromEntries([...document.querySelectorAll("dl dt")].map(
    dt => [dt.innerText.trim(), dt.nextElementSibling.innerText.trim()]));
"""

# {device's ID: {network: addresses}}: where a line of the network's colour leads
TOPOLOGY = """
const all = (from, css) => [...from.querySelectorAll(css)];
const networks = Object.fromEntries(all(document, "#topology_canvas g.network").map(network => [
    getComputedStyle(network.querySelector(".network-rect")).fill,
    network.querySelector(".network-name").textContent]));
return Object.fromEntries(all(document, "#topology_canvas g.device").map(device => [
    device.id.replace("id_", ""), Object.fromEntries(all(device, "g.port").map(port => [
        networks[getComputedStyle(port.querySelector("line")).stroke],
        port.querySelector("text").textContent.split(",")]))]));
"""


def until(what, function):
    return api.until(what, function, LONG, 0.2)


class Browser:
    """A context manager: on its end the browser ends, too."""

    def __init__(self):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self._session = DRIVER

    def __enter__(self):
        self._session += "/" + self._ask("POST", "", {"capabilities": CHROMIUM})["sessionId"]
        return self

    def __exit__(self, *_):
        self._ask("DELETE", "")

    # --- what a browser is asked

    def _ask(self, method, path, body=None):
        return api.call(method, self._session + path, body)[0]["value"]

    def _elements(self, css):
        found = self._ask("POST", "/elements", {"using": "css selector", "value": css})
        return [element[ELEMENT] for element in found]

    def _one(self, css):
        element, *more = until(f"{css} on the page", lambda: self._elements(css))
        check(not more, f"{css}: {len(more) + 1} of them")
        return element

    def _open(self, path):
        self._ask("POST", "/url", {"url": DASHBOARD + path})

    def _text(self, css):
        return self._ask("GET", f"/element/{self._one(css)}/text")

    def _type(self, css, text):
        self._ask("POST", f"/element/{self._one(css)}/value", {"text": text})

    def _click(self, css):
        """As soon as it is where it will be, and nothing lies above it."""
        def clicked():
            try:
                self._ask("POST", f"/element/{self._one(css)}/click", {})
            except RuntimeError as e:
                if not MOVING.search(str(e)):
                    raise
                return False
            return True
        until(f"a click on {css}", clicked)

    def _read(self, script, *arguments):
        """What a script of ours makes of the page."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": arguments})

    def _picture(self, name):
        data = base64.b64decode(self._ask("GET", "/screenshot"))
        (PICTURES / f"{name}.png").write_bytes(data)

    def _table(self, name):
        until(f"table {name}", lambda: self._read(ROWS, name) is not None)
        self._picture(name)
        return self._read(ROWS, name)

    # --- the Dashboard's pages

    def log_in(self, user, password):
        """What the page says of it; nothing when it lets them in."""
        self._open("auth/login/")
        self._type("#id_username", user)
        self._type("#id_password", password)
        self._click("#loginBtn")
        until("an answer", lambda: self._elements(".alert-danger, #sidebar"))
        self._picture("login")
        return "" if self._elements("#sidebar") else self._text(".alert-danger")

    def servers(self):
        """Project > Compute > Instances: {name: (status, image, flavor, addresses)}"""
        self._open("project/instances/")
        return {row["Instance Name"]: (row["Status"], row["Image Name"], row["Flavor"],
                                       row["IP Address"].split())
                for row in self._table("instances")}

    def server(self, name):
        """A click on its name there: what its page says of it, and the lines of its log."""
        self._open("project/instances/")
        self._click(f"#instances tr[data-display='{name}'] td.anchor a")
        until("the server's page", lambda: "Flavor Name" in self._read(TERMS))
        terms = self._read(TERMS)
        self._picture("server")
        self._click("#instance_details a[href='?tab=instance_details__log']")
        log = until("its log", lambda: self._text("#instance_details__log pre.logs"))
        self._picture("log")
        return terms, log.splitlines()

    def topology(self, devices):
        """Project > Network > Network Topology, once that many servers and routers are drawn."""
        self._open("project/network_topology/?tab=topology_tabs__topology")
        until(f"{devices} devices", lambda: len(self._read(TOPOLOGY)) == devices)
        self._picture("topology")
        return self._read(TOPOLOGY)

    def delete(self, name):
        """As a person does: a tick, a button, and yes."""
        self._open("project/instances/")
        self._click(f"#instances tr[data-display='{name}'] .multi_select_column label")
        self._click("#instances__action_delete")
        self._click(".modal-footer .btn-danger")

    def providers(self):
        """Admin > Compute > Hypervisors: the names of Placement's providers."""
        self._open("admin/hypervisors/")
        self._click("#hypervisor_info a[href='?tab=hypervisor_info__provider']")
        return {row["Resource Provider Name"] for row in self._table("providers")}


def told(server, image):
    """What Nova tells of a server, as Browser.servers() has it."""
    return (server["status"].capitalize(), image, server["flavor"]["original_name"],
            [a["addr"] for network in server["addresses"].values() for a in network])
