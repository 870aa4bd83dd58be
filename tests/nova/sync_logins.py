# SPDX-License-Identifier: GPL-2.0-or-later
"""Of sync.py: as whom `nova sync` asks, where, and whom it believes."""

import os
import subprocess
import tempfile

from tests.nova.placement import PASSWORD, ROOT, provider
from tests.nova.sync_world import Machine, bench, cloud, device, forever, reserved, serve

SECRET = PASSWORD.replace('"', "")
PLACEMENT = f"[placement]\nauth_url = {{url}}/identity\nusername = nova\npassword = {SECRET}\nproject_name = service\n"
REGION = "region_name = R1\n"


def certify(folder, name, subject):
    """A server's key and certificate in one file, which is its own authority."""
    pem = os.path.join(folder, f"{name}.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out", pem + ".crt",
                    "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", f"subjectAltName={subject}"],
                   stderr=subprocess.DEVNULL, check=True)
    with open(pem, "a", encoding="ascii") as out, open(pem + ".crt", encoding="ascii") as crt:
        out.write(crt.read())
    return pem


def test_tls(tally):
    rows = [("a certificate of nobody known", "IP:127.0.0.1", False), ("a trusted one of another host", "IP:127.0.0.2", True),
            ("a trusted one of another name", "DNS:placement.example.org", True)]
    with tempfile.TemporaryDirectory(prefix="gpuclaim-sync-") as folder:
        for number, (name, subject, trusted) in enumerate(rows):
            pem = certify(folder, f"server{number}", subject)
            with serve(cloud(), pem) as world:
                trust = f"\\ncafile = {pem}.crt\\nx = " if trusted else ""
                node = Machine(os.path.join(folder, f"node{number}"), world["url"] + ("/identity" + trust if trust else ""))
                forever(node, world, name, tally)
                tally.equal(f"{name}: no password is sent there", world["logins"], [])
        pem = certify(folder, "good", "IP:127.0.0.1")
        with serve(cloud(), pem) as world:
            node = Machine(os.path.join(folder, "other"), world["url"] + "/identity\\ncafile = " + pem + ".crt\\nx = ")
            result = node.sync()
            tally.equal("one that is trusted", result.returncode, 0, result.stderr)


def who(world):
    """As whom Keystone was asked, the last time."""
    return world["logins"][-1]["identity"]["password"]["user"]["name"] if world["logins"] else None


def variables(world, name):
    return {"OS_AUTH_URL": world["url"] + "/identity", "OS_USERNAME": name, "OS_PASSWORD": SECRET, "OS_PROJECT_NAME": "p",
            "OS_REGION_NAME": "R1"}


def write_cloud(node, world, name):
    node.write("etc/openstack/clouds.yaml", f"clouds:\n  a:\n    region_name: R1\n    auth:\n      auth_url: {world['url']}"
               f"/identity\n      username: {name}\n      password: '{SECRET}'\n      project_name: p\n")


def test_credentials(tally):
    """Nova's own section, else clouds.yaml, else the environment."""
    with bench() as (node, world):
        write_cloud(node, world, "of-the-cloud")
        env = variables(world, "of-the-environment")
        section = PLACEMENT.format(url=world["url"])
        rows = [("Nova's section comes first", section + REGION, {**env, "OS_CLOUD": "a"}, "nova"),
                ("one without a password is none", section.replace("password", "passwort") + REGION,
                 {**env, "OS_CLOUD": "a"}, "of-the-cloud"),
                ("nor one without an address", section.replace("auth_url", "auth_uri") + REGION,
                 {"OS_CLOUD": "a"}, "of-the-cloud"),
                ("the environment", "[placement]\n", env, "of-the-environment"),
                ("auth_section names another one", f"[placement]\nauth_section = other\n{REGION}"
                 + section.replace("[placement]", "[other]").replace("= nova", "= of-another-section"), env,
                 "of-another-section")]
        for name, conf, given, user in rows:
            node.write("etc/nova/nova.conf", conf)
            result = node.sync("--dry-run", env=given)
            tally.equal(name, (result.returncode, who(world)), (0, user), result.stderr)
        node.write("etc/nova/nova.conf", "[placement]\n")
        result = node.sync("--dry-run")
        tally.equal("none at all", result.returncode, 1, result.stderr)
        tally.check("it is said", "no credentials" in result.stderr, result.stderr)


def test_address(tally):
    """[placement] endpoint_override beats the catalog, where a region of this name is not."""
    with bench() as (node, world):
        section = PLACEMENT.format(url=world["url"])
        for name, more, code in (("no such region", "region_name = R9\n", 1),
                                 ("endpoint_override", f"region_name = R9\nendpoint_override = {world['url']}/placement/\n", 0)):
            node.write("etc/nova/nova.conf", section + more)
            result = node.sync("--dry-run")
            tally.equal(name, result.returncode, code, result.stderr)


# Where nova-compute's own folder is on the host.
PLACES = ("var/lib/nova", "var/lib/docker/volumes/nova_compute/_data", "var/lib/containers/storage/volumes/nova_compute/_data",
          "var/lib/openstack-helm/compute/nova", "var/snap/openstack-hypervisor/common/lib/nova")


def test_places(tally):
    """Only its compute_id tells which of two roots is this node's: one has the name, the other the GPU."""
    for folder in PLACES:
        two = {name: {**provider(f"compute1.example.{top}", None, "VCPU", 8, ()), "generation": 1}
               for name, top in (("root", "com"), ("other", "org"))}
        gtx = device("0000:01:00.0", "CUSTOM_PCI_10DE_1C81", node="compute1.example.com")
        with bench(cloud(gtx=gtx, **two), f"f {folder}/compute_id {ROOT}\\n") as (node, world):
            node.rebind("0000:01:00.0", "nvidia")
            result = node.sync(env=variables(world, "nova"))
            tally.equal(f"compute_id below {folder}", (result.returncode, reserved(world)), (0, 1), result.stderr)


TESTS = (test_places, test_tls, test_credentials, test_address)
