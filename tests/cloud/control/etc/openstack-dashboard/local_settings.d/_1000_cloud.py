# SPDX-License-Identifier: GPL-2.0-or-later
ALLOWED_HOSTS = ["controller"]
OPENSTACK_KEYSTONE_URL = "http://controller:5000/v3"
CONSOLE_TYPE = None     # no screen of a server's: there is no VNC
