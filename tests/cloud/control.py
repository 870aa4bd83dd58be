# SPDX-License-Identifier: GPL-2.0-or-later
"""The cloud's controller: Debian 13's Keystone, Glance, Placement and Nova, in a chroot.

Its services are plain processes on 127.0.0.1, of the mount and network namespace that __main__.py made;
what they write lies above the tree, in an overlay.
"""

import re
import shlex
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
from tests.lab import guest
from tests.lab import image
from tests.cloud import linux, network, newer, windows
from tests.cloud.api import Api
from tests.lib.checks import check

TREE = "trixie-control"
DATABASES = ("keystone", "glance", "placement", "neutron", "barbican", "nova_api", "nova", "nova_cell0")
PORTS = {"mariadb": 3306, "rabbitmq": 5672, "keystone": 5000, "glance": 9292, "placement": 8778,
         "nova-api": 8774, "barbican": 9311, "apache": 80, "chromedriver": 9515, **network.PORTS}
LONG = 300
LOGIN = """\
OS_AUTH_URL=http://controller:5000/v3 OS_USERNAME=admin OS_PASSWORD=secret OS_PROJECT_NAME=admin \
OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default OS_IDENTITY_API_VERSION=3 \
OS_REGION_NAME=RegionOne HOME=/root LANG=C.UTF-8""".split()

# name: (user, command)
BASE = {
    "mariadb": ("mysql", "mariadbd --no-defaults --datadir=/var/lib/mysql --user=mysql "
                "--bind-address=127.0.0.1 --socket=/run/mysqld/mysqld.sock "
                "--innodb-flush-log-at-trx-commit=0 --max-connections=500"),
    "rabbitmq": ("rabbitmq", "env HOME=/var/lib/rabbitmq RABBITMQ_NODENAME=rabbit@localhost "
                 "/usr/lib/rabbitmq/bin/rabbitmq-server"),
}
IDENTITY = {
    "keystone": ("keystone", "keystone-wsgi-public --host 127.0.0.1 --port 5000"),
    **network.DATABASES,
}
OTHERS = {
    "glance": ("glance", "glance-api --config-file /etc/glance/glance-api.conf"),
    "placement": ("placement", "placement-api --host 127.0.0.1 --port 8778"),
    **network.SERVICES,
}
NOVA = {
    "nova-conductor": ("nova", "nova-conductor"),
    "nova-scheduler": ("nova", "nova-scheduler"),
    "nova-api": ("nova", "nova-api-wsgi --host 127.0.0.1 --port 8774"),
    "metadata": ("nova", "nova-metadata-wsgi --host 127.0.0.1 --port 8775"),
}
DASHBOARD = {
    "apache": (None, "apache2 -DFOREGROUND -f /etc/apache2/cloud.conf"),
    "chromedriver": ("nobody", "env HOME=/tmp chromedriver --port=9515"),
}

# Nova keeps the secrets of its servers' TPMs there.
KEYS = {"barbican": ("barbican", "barbican-wsgi-api --host 127.0.0.1 --port 9311")}
KEYSTONE = """
keystone-manage db_sync
keystone-manage fernet_setup --keystone-user keystone --keystone-group keystone
keystone-manage credential_setup --keystone-user keystone --keystone-group keystone
keystone-manage bootstrap --bootstrap-password secret --bootstrap-region-id RegionOne \
    --bootstrap-admin-url http://controller:5000/v3 \
    --bootstrap-internal-url http://controller:5000/v3 \
    --bootstrap-public-url http://controller:5000/v3
"""
SCHEMAS = ["""
nova-manage api_db sync
nova-manage cell_v2 map_cell0 \
    --database_connection mysql+pymysql://cloud:secret@127.0.0.1/nova_cell0
nova-manage db sync
nova-manage cell_v2 create_cell --name cell1
""", "glance-manage db_sync", "placement-manage db sync", network.SCHEMA]
CATALOG = "".join(f"""
service create --name {name} {kind}
endpoint create --region RegionOne {kind} public http://controller:{PORTS[name]}{path}
""" for name, kind, path in [("glance", "image", ""), ("placement", "placement", ""),
                             ("neutron", "network", ""), ("nova-api", "compute", "/v2.1"),
                             ("barbican", "key-manager", "")])
IMAGE = "image create --file /root/pciscan.img --disk-format raw --container-format bare"
MEMORY = 96             # iPXE starts no script with 64
SIZES = "--vcpus 1 --ram {} --disk {}"      # of the flavor: "as you like"


class Control:
    """A context manager: on its end the services end, too.

    The mounts below the folder end with the namespace; nobody removes anything before that.
    """

    def __init__(self, folder):
        self.folder, self.root, self.processes = Path(folder), Path(folder, "root"), {}
        self.api = Api()

    def __enter__(self):
        self._lay_out()
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def _lay_out(self):
        """The overlay, what a chroot needs of the kernel, and our files."""
        for name in ("root", "upper", "work"):
            (self.folder / name).mkdir()
        trees = ":".join(map(str, [*newer.above(TREE), image.tree(TREE)]))
        run("mount", "-t", "overlay", "overlay", self.root, "-o",
            f"lowerdir={trees},upperdir={self.folder}/upper,workdir={self.folder}/work")
        run("mount", "-t", "proc", "proc", self.root / "proc")
        run("mount", "-t", "tmpfs", "tmpfs", self.root / "dev")
        for name in ("null", "zero", "full", "random", "urandom"):
            (self.root / "dev" / name).touch()
            run("mount", "--bind", f"/dev/{name}", self.root / "dev" / name)
        (self.root / "dev/fd").symlink_to("/proc/self/fd")
        (self.root / "dev/shm").mkdir()
        (self.root / "dev/shm").chmod(0o1777)
        shutil.copytree(HERE / "control", self.root, dirs_exist_ok=True)
        shutil.copy(HERE / "nova.conf", self.root / "etc/nova")
        shutil.copy(guest.pciscan(), self.root / "root/pciscan.img")
        for name, owner in (("run/mysqld", "mysql"), ("run/lock/nova", "nova"),
                            ("run/lock/neutron", "neutron"), ("run/ovn", "root"),
                            ("var/lib/glance/images", "glance")):
            (self.root / name).mkdir(parents=True, exist_ok=True)
            self.run(f"chown {owner}: /{name}")
        self.run("chmod -R go+rX /root /etc/nova /etc/keystone /etc/glance /etc/placement /etc/neutron "
                 "/etc/barbican /etc/openstack-dashboard")

    # --- commands and services

    def argv(self, command, user=None):
        group = "nogroup" if user == "nobody" else user
        drop = ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups"] if user else []
        return ["chroot", str(self.root), "env", "TMPDIR=/tmp", *LOGIN, *drop, *shlex.split(command)]

    def _ask(self, command, user, text):
        return subprocess.run(self.argv(command, user), input=text, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, command, user=None, text=None):
        result = self._ask(command, user, text)
        check(result.returncode == 0, f"controller: {command!r} ended with {result.returncode}: "
                                      f"{result.stdout[-1000:]} {result.stderr[-1000:]}")
        return result.stdout

    def openstack(self, commands):
        """One process for all lines: its imports take seconds. It says so if one fails, and no more;
        with the microversions of an older client it is content."""
        result = self._ask("openstack", None, commands.strip() + "\n")
        wrong = [line for line in result.stderr.splitlines() if "supported versions" not in line]
        check(not wrong, f"openstack: {wrong}")
        return result.stdout

    def _start(self, services):
        for name, (user, command) in services.items():
            with open(self.folder / f"{name}.log", "wb") as log:
                self.processes[name] = subprocess.Popen(
                    self.argv(command, user), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for name in services:
            self._wait(name)

    def _wait(self, name):
        """Until it answers; those without a port are not waited for."""
        end = time.monotonic() + LONG
        while name in PORTS:
            try:
                socket.create_connection(("127.0.0.1", PORTS[name])).close()
                return
            except OSError:
                check(self.processes[name].poll() is None and time.monotonic() < end,
                      f"{name} did not start: {self.log(name)[-1500:]}")
                time.sleep(0.2)

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # --- what a cloud's operator does

    def start(self):
        """All but Nova: its configuration is still to come."""
        self._start(BASE)
        sql = "".join(f"CREATE DATABASE {name}; GRANT ALL ON {name}.* TO cloud@localhost "
                      "IDENTIFIED BY 'secret'; " for name in DATABASES)
        self.run("mariadb --socket=/run/mysqld/mysqld.sock", text=sql)
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(self._commands, text) for text in (KEYSTONE, *SCHEMAS)]:
                done.result()
        self._start(IDENTITY)
        self._start(OTHERS)
        self.openstack(CATALOG)
        self.openstack(network.NETWORKS)    # a new client knows the catalog
        self.openstack(f"security group rule create --protocol icmp {self.api.security_group()}")

    def _commands(self, text):
        for line in text.replace("\\\n", "").strip().splitlines():
            words = line.split("-")[0]
            user = None if words == "keystone" else words
            self.run(line, user)

    def forget(self, host):
        """A node that is gone; OVN lets no other one have its address."""
        self.api.forget(host)
        self.run(f"ovn-sbctl --db=tcp:127.0.0.1:6642 --if-exists chassis-del {host}")

    def user_data_given(self):
        """How often the metadata service gave a server its user data."""
        return self.log("metadata").count('"GET /latest/user-data HTTP/1.1" 200')

    def reports(self, host):
        """How often nova-compute said that it is there. It does once it listens; a server that is
        asked for before is never heard of again."""
        query = f"SELECT report_count FROM nova.services WHERE host = '{host}'"
        return int(self.run(f'mariadb -N --socket=/run/mysqld/mysqld.sock -e "{query}"') or 0)

    def apply(self, printed):
        """What `gpuclaimctl nova show --for controller` printed: to a file, and run, as it is.

        Only the sizes of the flavor are ours, and which image is IMAGE.
        """
        dropin = self.root / "etc/nova/nova.conf.d/60-gpuclaim.conf"
        dropin.write_text("\n".join(printed) + "\n")
        dropin.chmod(0o644)
        self._start(newer.commands(NOVA))
        self.openstack(f"{IMAGE} pciscan")
        text = "\n".join(line.lstrip("# ") for line in printed).replace("\\\n", " ")
        commands = [line.removeprefix("openstack ") for line in text.splitlines()
                    if line.startswith("openstack ")]
        self.printed = [c for c in commands if c.startswith("flavor ") or "os_type=linux" in c]
        self._flavor("gtx1050", MEMORY)
        self._offer("pciscan")
        self._offer_network()

    def start_browser(self):
        """Alone: it needs none of the cloud's services."""
        self._start({"chromedriver": DASHBOARD["chromedriver"]})

    def start_dashboard(self):
        """Apache with Horizon, and what drives a browser."""
        self._start(DASHBOARD)

    def _flavor(self, name, ram, disk=0):
        """As it was printed, but for its sizes."""
        create, *more, _ = self.printed
        sized, n = re.subn(r"--vcpus \d+ --ram \d+ --disk \d+", SIZES.format(ram, disk), create)
        check(n == 1 and len(more) == 1, f"flavor commands: {self.printed}")
        self.openstack("\n".join(command.replace(" gtx1050", f" {name}") for command in (sized, *more)))

    def _offer(self, system):
        """For the image, what was printed."""
        # Neither a boot sector nor a kernel that QEMU itself loads is started by UEFI.
        self.openstack(f"{self.printed[-1].replace('IMAGE', system)}\n"
                       f"image unset --property hw_firmware_type {system}")

    def _offer_kernel(self, system, kernel, ramdisk, cmdline):
        """An image whose kernel and ramdisk, two files in /root, QEMU loads."""
        self.openstack("".join(
            f"image create --file /root/{file} --disk-format {kind} --container-format {kind} {file}\n"
            for file, kind in ((kernel, "aki"), (ramdisk, "ari"))))
        kernel, ramdisk = (self.api.image(name)["id"] for name in (kernel, ramdisk))
        # By itself: of several lines the client reads no quotes.
        self.run(f"openstack {IMAGE} --property kernel_id={kernel} --property ramdisk_id={ramdisk} "
                 f"--property 'os_command_line={cmdline}' {system}")
        self._offer(system)

    def _offer_network(self):
        """iPXE, which does what network.START says, and then starts the boot sector."""
        shutil.copy(self.root / "usr/lib/ipxe/ipxe.lkrn", self.root / "root")
        (self.root / "root/start.ipxe").write_text(
            network.START.format(metadata=self.api.metadata_agent()))
        self._offer_kernel("network", "ipxe.lkrn", "start.ipxe", "imgexec <INITRD>")

    def offer_linux(self):
        """A disk with Debian's kernel, and a flavor with memory for it."""
        linux.make(self.root / "root/linux.img")
        self.openstack(f"{IMAGE.replace('pciscan', 'linux')} linux")
        self._offer("linux")
        self._flavor("gtx1050-linux", 384)

    def offer_windows(self, printed):
        """A disk of Windows 11's shape, and what gpuclaimctl printed of its properties; the same
        without Secure Boot, too."""
        self.run("barbican-manage db upgrade", "barbican")
        self._start(KEYS)
        windows.disk(self.root, self.root / "root/windows.img")
        properties = re.findall(r"--property (\S+)", " ".join(printed).split("openstack image set")[1])
        for name, left_out in ("windows", ()), ("unsigned", ("os_secure_boot=required",)):
            kept = " ".join(f"--property {p}" for p in properties if p not in left_out)
            self.openstack(f"{IMAGE.replace('pciscan', 'windows')} {kept} {name}")
        self._flavor("gtx1050-windows", 256)
        self.openstack("flavor set gtx1050-windows --property hw:hide_hypervisor_id=true")

    def admit(self, project):
        """Another project, with a user of its own by this name; it may use what is offered. Only an
        administrator may use a flavor without a disk."""
        self.openstack(f"""
project create {project}
user create --project {project} --password secret {project}
role add --project {project} --user {project} member
image set --public pciscan""")
        self._flavor("gtx1050-disk", MEMORY, 1)
        return Api(project)


def run(*argv):
    subprocess.run(argv, check=True)
