# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Placement on loopback, with a database of its own in memory of the chroot's /tmp.

    placement_worker.py [KEYSTONE'S ADDRESS, ITS ADMINISTRATOR'S PASSWORD]     without: no login

Prints its port, then serves until standard input ends. Run by tests/nova/placement.py in a chroot.
"""

import os
import sys
import threading
import warnings
from wsgiref import simple_server

warnings.simplefilter("ignore")
os.environ["OS_PLACEMENT_CONFIG_DIR"] = "/tmp"
LOGIN = ("[api]\nauth_strategy = keystone\n[keystone_authtoken]\nauth_type = password\nauth_url = {0}\nusername = admin\n"
         "www_authenticate_uri = {0}\n"
         "password = {1}\nproject_name = admin\nuser_domain_name = Default\nproject_domain_name = Default\n")
with open("/tmp/placement.conf", "w", encoding="ascii") as conf:
    conf.write((LOGIN.format(*sys.argv[1:]) if sys.argv[1:] else "[api]\nauth_strategy = noauth2\n") + "[placement_database]\n"
               "connection = sqlite:////tmp/placement.sqlite\nsync_on_startup = true\n")


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def main():
    out = os.fdopen(os.dup(1), "w")         # the log goes to standard output, too
    os.dup2(2, 1)
    import os_traits                        # what 3.5 (2025.2) and later have, too
    os_traits.HW_PCI_ONE_TIME_USE = "HW_PCI_ONE_TIME_USE"
    sys.argv = ["placement-api"]
    from placement import wsgi              # reads its configuration when it is imported
    server = simple_server.make_server("127.0.0.1", 0, wsgi.init_application(), handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, file=out, flush=True)
    sys.stdin.read()


main()
