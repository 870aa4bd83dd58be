#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A stand-in for Neutron on port 9696: there is no network, port, subnet or anything else.

Servers without a network never ask for one, but Nova looks for their ports to show and delete them.
"""

import http.server
import json


class Nothing(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind = self.path.partition("?")[0].rsplit("/", 1)[-1].removesuffix(".json")
        body = json.dumps({kind.replace("-", "_"): []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.ThreadingHTTPServer(("127.0.0.1", 9696), Nothing).serve_forever()
