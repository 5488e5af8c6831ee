"""An S3 server behind a proxy that refuses, dawdles, or lies about what it keeps when asked to."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from chaos.hub import PROJECT, START_SECONDS
from chaos.waiting import free_port, wait_for

Mode = Literal["pass", "refuse", "slow", "truncate", "forget"]
SLOW_SECONDS = 0.2
SERVER = PROJECT / ".venv-s3" / "bin" / "moto_server"
_OF_THE_BODY = ("content-length", "x-amz-content-sha256")
_HOP_BY_HOP = ("connection", "date", "server", "transfer-encoding")


class Storage:
    """What the hub takes for its object storage."""

    def __init__(self, server_port: int) -> None:
        """Prepare to listen in front of the S3 server on that port."""
        self.server_port = server_port
        self.mode: Mode = "pass"
        self.harmed = 0
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.endpoint = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, name="storage", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()

    @contextlib.contextmanager
    def broken(self, mode: Mode) -> Iterator[None]:
        """Break it for the time of a block."""
        try:
            self.mode = mode
            yield
        finally:
            self.mode = "pass"

    def harms(self, method: str) -> Mode:
        """Choose what happens to a request, and count it if that is harm."""
        mode = self.mode
        if mode in ("truncate", "forget") and method != "PUT":
            return "pass"
        if mode != "pass":
            self.harmed += 1
        return mode


def _handler(storage: Storage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # An answer in two pieces would wait 40 ms for the client's acknowledgement of the first.

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            harm = storage.harms(self.command)
            if harm == "refuse":
                self._reset()
                return
            if harm == "forget":
                self._reply(200, [("ETag", '"never-kept"')], b"")
                return
            if harm == "slow":
                time.sleep(SLOW_SECONDS)
            self._pass_on(body[: len(body) // 2] if harm == "truncate" else body)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer

        def _pass_on(self, body: bytes) -> None:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_BODY}
            server = http.client.HTTPConnection("127.0.0.1", storage.server_port, timeout=30)
            with contextlib.closing(server):
                server.request(self.command, self.path, body, headers)
                reply = server.getresponse()
                kept = [(name, value) for name, value in reply.getheaders() if name.lower() not in _HOP_BY_HOP]
                self._reply(reply.status, kept, reply.read())

        def _reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            # The answer to a HEAD has the length of what it does not hold.
            known = {name.lower() for name, _ in headers}
            for name, value in headers if "content-length" in known else [*headers, ("Content-Length", str(len(body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _reset(self) -> None:
            # No lingering: the client gets a reset instead of a polite end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextlib.contextmanager
def running_storage(bucket: str) -> Iterator[Storage]:
    """Run an S3 server with an empty bucket, and the proxy before it, around a block."""
    if not SERVER.exists():
        raise SystemExit(f"{SERVER} is missing: 'make chaos' installs it.")
    port = free_port()
    command = [str(SERVER), "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(lambda: _makes_bucket(port, bucket), START_SECONDS, "the S3 server answers")
            storage = Storage(port)
            storage.start()
            yield storage
            storage.stop()
        finally:
            server.terminate()


def _makes_bucket(port: int, bucket: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("PUT", f"/{bucket}")
        return connection.getresponse().status == 200
    return False
