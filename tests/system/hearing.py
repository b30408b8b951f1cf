"""A client's server in a thread of the test's: what it was told, and whether it was signed."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True, kw_only=True)
class Heard:
    """By webhook-id."""

    url: str = ""
    secret: str = ""
    types: dict[str, str] = field(default_factory=dict)
    unsigned: list[str] = field(default_factory=list)

    def take(self, notice_id: str, seconds: str, signatures: str, body: bytes) -> None:
        told = f"{notice_id}.{seconds}.".encode() + body
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        wanted = base64.b64encode(hmac.new(key, told, sha256).digest()).decode()
        if f"v1,{wanted}" not in signatures.split(" "):
            self.unsigned.append(notice_id)
        self.types[notice_id] = json.loads(body)["type"]


@contextmanager
def hearing() -> Iterator[Heard]:
    """Listens on this machine until the end of the block."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told = self.headers
            heard.take(
                told["webhook-id"], told["webhook-timestamp"], told["webhook-signature"], body
            )
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
