# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Keystone on loopback, with a database and keys of its own in the chroot's /tmp.

    keystone_worker.py PASSWORD        of its administrator, admin in the project admin

Prints its port, then serves until standard input ends. Run by tests/nova/keystone.py in a chroot.
"""

import base64
import os
import sqlite3
import sys
import threading
import warnings
from wsgiref import simple_server

warnings.simplefilter("ignore")
CONF = """[database]
connection = sqlite:////tmp/keystone.sqlite
[token]
provider = fernet
[fernet_tokens]
key_repository = /tmp/fernet
[fernet_receipts]
key_repository = /tmp/fernet
[credential]
key_repository = /tmp/credential
[identity]
password_hash_rounds = 4
"""


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def write_files():
    for folder in "/tmp/fernet", "/tmp/credential":
        os.makedirs(folder, 0o700)
        for name in "0", "1":
            with open(f"{folder}/{name}", "wb") as key:
                key.write(base64.urlsafe_b64encode(os.urandom(32)))
    with open("/tmp/keystone.conf", "w", encoding="ascii") as conf:
        conf.write(CONF)
    os.environ["OS_KEYSTONE_CONFIG_DIR"] = "/tmp"


def bootstrap(url, password):
    """In a process of its own, as keystone-manage does: what serves locks what this one loads."""
    from keystone import server
    server.configure(config_files=["/tmp/keystone.conf"])
    from keystone.cmd import bootstrap as command
    from keystone.common import sql
    from keystone.common.sql import upgrades
    sql.initialize()
    upgrades.offline_sync_database_to_version()
    work = command.Bootstrapper()
    work.admin_username = work.admin_role_name = work.project_name = "admin"
    work.admin_password = password
    work.service_name, work.region_id = "keystone", "R1"
    work.public_url = work.internal_url = work.admin_url = url
    work.bootstrap()


def main():
    out, password = os.fdopen(os.dup(1), "w"), sys.argv.pop()
    os.dup2(2, 1)
    write_files()
    server = simple_server.make_server("127.0.0.1", 0, None, handler_class=Quiet)
    pid = os.fork()
    if pid == 0:
        bootstrap(f"http://127.0.0.1:{server.server_port}/v3", password)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        sys.exit(1)
    with sqlite3.connect("/tmp/keystone.sqlite") as database:      # else who reads keeps out who writes
        database.execute("PRAGMA journal_mode=WAL")
    from keystone.server import wsgi
    server.set_app(wsgi.initialize_public_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, file=out, flush=True)
    sys.stdin.read()


main()
