# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""Web servers that answer with the caller's address, and can misbehave.

web.py LOG PORT[=CERTIFICATE]…: serves every port on both families; with a certificate (a path
without its .crt and .key) over TLS. Every request is one line of JSON in the log.
"""
from __future__ import annotations

import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY

OTHER = {4: "2001:db8:ffff::1", 6: "203.0.113.250"}
PRIVATE = {4: "192.168.178.20", 6: "fd00:178::20"}
SLOW_SECONDS = 60


class Server(ThreadingHTTPServer):
    """Accepts both families; the TLS handshake is left to the thread of the request."""

    address_family = AF_INET6
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, certificate: str | None, log: Path) -> None:
        self.log = log
        self.secure = certificate is not None
        super().__init__(("::", port), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{certificate}.crt", f"{certificate}.key")
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def server_bind(self) -> None:
        self.socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
        # Without HTTPServer's look-up of its own name, which waits for a DNS server.
        self.socket.setsockopt(1, 2, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "lab", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up, or refuses our certificate, is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    """One method for each path that is not simply answered."""

    protocol_version = "HTTP/1.1"
    timeout = SLOW_SECONDS
    # As servers of the Internet do: else the second half of an answer waits 40 ms for the client.
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        address = self.client_address[0].removeprefix("::ffff:")
        family = 6 if ":" in address else 4
        self._note(address)
        texts = {
            "/json": json.dumps({"ip": address}),
            "/nothing": "",
            "/wrong-family": f"{OTHER[family]}\n",
            "/private": f"{PRIVATE[family]}\n",
            "/two": f"{address}\n{address}\n",
            "/five-megabytes": f"{address}\n".ljust(5 << 20),
        }
        path = self.path.partition("?")[0]
        method = getattr(self, "_" + path[1:].replace("-", "_"), None)
        if path in texts:
            self._answer(texts[path])
        elif method and path in ("/html", "/redirect-loop", "/slow", "/error", "/closes"):
            method(address)
        else:
            self._answer(f"{address}\n")

    def _html(self, address: str) -> None:
        page = f"<!DOCTYPE html><title>Log in to the hotel</title><p>Your address: {address}\n"
        self._answer(page, kind="text/html")

    def _redirect_loop(self, _address: str) -> None:
        self.send_response(302)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _slow(self, address: str) -> None:
        """The start of an answer, and then nothing for a minute."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(address)))
        self.end_headers()
        time.sleep(SLOW_SECONDS)
        self.wfile.write(address.encode())

    def _error(self, address: str) -> None:
        self._answer(f"{address}\n", status=503)

    def _closes(self, _address: str) -> None:
        self.close_connection = True

    def _answer(self, text: str, kind: str = "text/plain", status: int = 200) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _note(self, address: str) -> None:
        entry = {
            "time": time.time(),
            "address": address,
            "secure": self.server.secure,
            "host": self.headers.get("Host"),
            "path": self.path,
            "agent": self.headers.get("User-Agent"),
        }
        with open(self.server.log, "a") as file:
            file.write(json.dumps(entry) + "\n")

    def log_message(self, *_arguments: object) -> None:
        """There is a log of our own."""


def main() -> None:
    log = Path(sys.argv[1])
    for argument in sys.argv[2:]:
        port, _, certificate = argument.partition("=")
        server = Server(int(port), certificate or None, log)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 3600}).start()


if __name__ == "__main__":
    main()
